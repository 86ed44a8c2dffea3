//! Reading and writing of common types.

use std::borrow::Cow;

use super::reader::Spelling;
use super::{FromJson, Kind, Reader, ToJson, Writer};
use crate::{Decimal, DecodeError, Nullable, OneOrMany, Text, Timestamp};

impl FromJson for bool {
    #[inline]
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.read_bool()
    }
}

impl ToJson for bool {
    fn to_json(&self, writer: &mut Writer) {
        writer.bool(*self);
    }
}

impl FromJson for i64 {
    #[inline]
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.read_i64()
    }
}

impl ToJson for i64 {
    fn to_json(&self, writer: &mut Writer) {
        writer.i64(*self);
    }
}

impl FromJson for u64 {
    #[inline]
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.read_u64()
    }
}

impl ToJson for u64 {
    fn to_json(&self, writer: &mut Writer) {
        writer.u64(*self);
    }
}

/// The narrower integers go through `i64`.
macro_rules! narrow_integers {
    ($($type:ty),*) => {$(
        impl FromJson for $type {
            fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.peek();
                let start = reader.offset();
                Self::try_from(reader.read_i64()?).map_err(|_| reader.out_of_range(start))
            }
        }

        impl ToJson for $type {
            fn to_json(&self, writer: &mut Writer) {
                writer.i64(i64::from(*self));
            }
        }
    )*};
}

narrow_integers!(i8, i16, i32, u8, u16, u32);

/// As text, digit for digit; a JSON number is read too.
impl FromJson for Decimal {
    #[inline]
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.in_form(Spelling::Text, Reader::read_decimal)
    }
}

impl ToJson for Decimal {
    fn to_json(&self, writer: &mut Writer) {
        writer.decimal(*self);
    }
}

/// As an integer, in milliseconds or microseconds by its magnitude; integer text is read too.
impl FromJson for Timestamp {
    #[inline]
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader
            .in_form(Spelling::Bare, Reader::read_i64)
            .map(Self::from_wire)
    }
}

impl ToJson for Timestamp {
    fn to_json(&self, writer: &mut Writer) {
        writer.i64(self.fine_count());
    }
}

/// A bare number, such as an id that is documented as text, is read as its digits.
impl FromJson for Text {
    #[inline]
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.read_word().map(|text| Self::from(&*text))
    }
}

/// As [`Text`].
impl FromJson for String {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.read_word().map(Cow::into_owned)
    }
}

impl ToJson for str {
    fn to_json(&self, writer: &mut Writer) {
        writer.str(self);
    }
}

impl ToJson for String {
    fn to_json(&self, writer: &mut Writer) {
        writer.str(self);
    }
}

impl ToJson for Text {
    fn to_json(&self, writer: &mut Writer) {
        writer.str(self);
    }
}

/// For operations that answer with an empty object, or with `null` in an envelope. Members that come all the same are
/// passed over.
impl FromJson for () {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.peek_kind()? {
            Kind::Object | Kind::Null => reader.skip_value(),
            // Nothing, as elsewhere.
            Kind::String if reader.ahead().read_str()?.is_empty() => reader.skip_value(),
            _ => Err(reader.unexpected("an object")),
        }
    }
}

impl ToJson for () {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.end_object();
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut elements = Self::new();
        let start = reader.position;
        reader.begin_array()?;
        while reader.next_element()? {
            match T::from_json(reader) {
                Ok(element) => elements.push(element),
                Err(error) => return Err(error.in_element(elements.len())),
            }
        }
        reader.trimmed_within(start);
        Ok(elements)
    }
}

impl<T: ToJson> ToJson for [T] {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_array();
        for element in self {
            element.to_json(writer);
        }
        writer.end_array();
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self, writer: &mut Writer) {
        self.as_slice().to_json(writer);
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::from_json(reader).map(Self::new)
    }
}

impl<T: ToJson + ?Sized> ToJson for Box<T> {
    fn to_json(&self, writer: &mut Writer) {
        (**self).to_json(writer);
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn to_json(&self, writer: &mut Writer) {
        (**self).to_json(writer);
    }
}

impl<T: FromJson> FromJson for Nullable<T> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.read_null()? {
            Ok(Self::Null)
        } else {
            T::from_json(reader).map(Self::Value)
        }
    }
}

impl<T: ToJson> ToJson for Nullable<T> {
    fn to_json(&self, writer: &mut Writer) {
        match self {
            Self::Null => writer.null(),
            Self::Value(value) => value.to_json(writer),
        }
    }
}

/// An array is many, everything else one.
impl<T: FromJson> FromJson for OneOrMany<T> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.peek_kind()? {
            Kind::Array => FromJson::from_json(reader).map(Self::Many),
            _ => T::from_json(reader).map(Self::One),
        }
    }
}

impl<T: ToJson> ToJson for OneOrMany<T> {
    fn to_json(&self, writer: &mut Writer) {
        match self {
            Self::One(one) => one.to_json(writer),
            Self::Many(many) => many.to_json(writer),
        }
    }
}
