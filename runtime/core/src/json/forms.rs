//! Wire forms of common types other than their own, for [`Form`](super::Form) and the fields of `json_object!`.

use super::reader::Spelling;
use super::{Kind, Reader, Writer};
use crate::{Decimal, DecodeError, Entries, List, Nullable, OneOrMany, Timestamp};

/// A way to read and write a `T` as JSON other than the type's own.
pub trait Form<T> {
    /// Reads a value.
    ///
    /// # Errors
    ///
    /// Where the input is not JSON of this form.
    fn read(reader: &mut Reader<'_>) -> Result<T, DecodeError>;

    /// Writes the value.
    fn write(value: &T, writer: &mut Writer);
}

/// A [`Decimal`] as a JSON number, `0.010`, never with an exponent; a text that is one is read too.
pub enum Number {}

impl Form<Decimal> for Number {
    fn read(reader: &mut Reader<'_>) -> Result<Decimal, DecodeError> {
        reader.in_form(Spelling::Bare, Reader::read_decimal)
    }

    fn write(value: &Decimal, writer: &mut Writer) {
        writer.decimal_number(*value);
    }
}

/// An integer as text, `"1499827319559"`; a JSON number is read too.
pub enum IntegerText {}

impl Form<i64> for IntegerText {
    fn read(reader: &mut Reader<'_>) -> Result<i64, DecodeError> {
        reader.in_form(Spelling::Text, Reader::read_i64)
    }

    fn write(value: &i64, writer: &mut Writer) {
        writer.integer_text(*value);
    }
}

/// A [`Timestamp`] as text, `"1499827319559"`: milliseconds or microseconds, by its magnitude. A JSON number is
/// read too.
pub enum TimeText {}

impl Form<Timestamp> for TimeText {
    fn read(reader: &mut Reader<'_>) -> Result<Timestamp, DecodeError> {
        reader
            .in_form(Spelling::Text, Reader::read_i64)
            .map(Timestamp::from_wire)
    }

    fn write(value: &Timestamp, writer: &mut Writer) {
        writer.integer_text(value.fine_count());
    }
}

/// A [`Timestamp`] in seconds, `1499827319`; a fraction of a second is cut off. A text that is an integer is read too.
pub enum Seconds {}

impl Form<Timestamp> for Seconds {
    fn read(reader: &mut Reader<'_>) -> Result<Timestamp, DecodeError> {
        reader
            .in_form(Spelling::Bare, Reader::read_i64)
            .map(Timestamp::from_secs)
    }

    fn write(value: &Timestamp, writer: &mut Writer) {
        writer.i64(value.as_secs());
    }
}

/// A [`Timestamp`] in seconds, as text: `"1499827319"`; a fraction is cut off. A JSON number is read too.
pub enum SecondsText {}

impl Form<Timestamp> for SecondsText {
    fn read(reader: &mut Reader<'_>) -> Result<Timestamp, DecodeError> {
        reader
            .in_form(Spelling::Text, Reader::read_i64)
            .map(Timestamp::from_secs)
    }

    fn write(value: &Timestamp, writer: &mut Writer) {
        writer.integer_text(value.as_secs());
    }
}

/// A boolean as text, `"true"`; a JSON boolean is read too.
pub enum BooleanText {}

impl Form<bool> for BooleanText {
    fn read(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
        reader.in_form(Spelling::Text, Reader::read_bool)
    }

    fn write(value: &bool, writer: &mut Writer) {
        writer.str(if *value { "true" } else { "false" });
    }
}

/// A list of values of the form `F`.
pub struct ListOf<F>(F);

impl<T, F: Form<T>> Form<Vec<T>> for ListOf<F> {
    fn read(reader: &mut Reader<'_>) -> Result<Vec<T>, DecodeError> {
        let mut elements = Vec::new();
        let start = reader.position;
        reader.begin_array()?;
        while reader.next_element()? {
            match F::read(reader) {
                Ok(value) => elements.push(value),
                Err(error) => return Err(error.in_element(elements.len())),
            }
        }
        reader.trimmed_within(start);
        Ok(elements)
    }

    fn write(elements: &Vec<T>, writer: &mut Writer) {
        writer.begin_array();
        for value in elements {
            F::write(value, writer);
        }
        writer.end_array();
    }
}

impl<T, F: Form<T>> Form<List<T>> for ListOf<F> {
    fn read(reader: &mut Reader<'_>) -> Result<List<T>, DecodeError> {
        List::read_with(reader, F::read)
    }

    fn write(list: &List<T>, writer: &mut Writer) {
        list.write_with(writer, F::write);
    }
}

/// An object whose keys are data, with values of the form `F`.
pub struct MapOf<F>(F);

impl<T, F: Form<T>> Form<Entries<T>> for MapOf<F> {
    fn read(reader: &mut Reader<'_>) -> Result<Entries<T>, DecodeError> {
        Entries::read_with(reader, F::read)
    }

    fn write(entries: &Entries<T>, writer: &mut Writer) {
        entries.write_with(writer, F::write);
    }
}

/// A value of the form `F`, or a list of them: an array is many, everything else one.
pub struct OneOrListOf<F>(F);

impl<T, F: Form<T>> Form<OneOrMany<T>> for OneOrListOf<F> {
    fn read(reader: &mut Reader<'_>) -> Result<OneOrMany<T>, DecodeError> {
        match reader.peek_kind()? {
            Kind::Array => ListOf::<F>::read(reader).map(OneOrMany::Many),
            _ => F::read(reader).map(OneOrMany::One),
        }
    }

    fn write(values: &OneOrMany<T>, writer: &mut Writer) {
        match values {
            OneOrMany::One(one) => F::write(one, writer),
            OneOrMany::Many(many) => ListOf::<F>::write(many, writer),
        }
    }
}

/// A value of the form `F`, or `null`.
pub struct NullOr<F>(F);

impl<T, F: Form<T>> Form<Nullable<T>> for NullOr<F> {
    fn read(reader: &mut Reader<'_>) -> Result<Nullable<T>, DecodeError> {
        if reader.read_null()? {
            Ok(Nullable::Null)
        } else {
            F::read(reader).map(Nullable::Value)
        }
    }

    fn write(nullable: &Nullable<T>, writer: &mut Writer) {
        match nullable {
            Nullable::Null => writer.null(),
            Nullable::Value(inner) => F::write(inner, writer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Reading;

    /// Reads the next element of an array and writes it.
    fn recode<T, F: Form<T>>(reader: &mut Reader<'_>, writer: &mut Writer) {
        assert!(reader.next_element().unwrap());
        F::write(&F::read(reader).unwrap(), writer);
    }

    #[test]
    fn containers_keep_the_wire_form_of_what_they_hold() {
        let mut writer = Writer::new();
        writer.begin_array();
        let text = r#"[[1.50,2],{"a":3.0},[4],5,null,["7"]]"#;
        let mut reader = Reader::new(text);
        reader.begin_array().unwrap();
        recode::<Vec<_>, ListOf<Number>>(&mut reader, &mut writer);
        recode::<_, MapOf<Number>>(&mut reader, &mut writer);
        recode::<_, OneOrListOf<Number>>(&mut reader, &mut writer);
        recode::<_, OneOrListOf<Number>>(&mut reader, &mut writer);
        recode::<_, NullOr<Number>>(&mut reader, &mut writer);
        recode::<List<_>, ListOf<IntegerText>>(&mut reader, &mut writer);
        writer.end_array();
        assert_eq!(writer.as_str(), text);
    }

    #[test]
    fn errors_name_the_place() {
        let error = <ListOf<Number> as Form<Vec<Decimal>>>::read(&mut Reader::new("[1,true]")).unwrap_err();
        assert_eq!(error.path(), "$[1]");
        let error =
            MapOf::<Number>::read(&mut Reader::with(r#"{"a":[]}"#, Reading::new().complete())).unwrap_err();
        assert_eq!(error.path(), "$.a");
    }
}
