//! Other wire forms of common types, for `field_with` and its relatives.

/// A [`Decimal`](crate::Decimal) as a JSON number: `0.010`.
pub mod number {
    use crate::json::{Reader, Writer};
    use crate::{Decimal, DecodeError};

    /// Reads a JSON number, or a text that is one.
    ///
    /// # Errors
    ///
    /// As [`Reader::read_decimal`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Decimal, DecodeError> {
        reader.read_decimal()
    }

    /// Writes a JSON number, never with an exponent.
    pub fn write(value: &Decimal, writer: &mut Writer) {
        writer.decimal_number(*value);
    }
}

/// An integer as text: `"1499827319559"`.
pub mod integer_text {
    use crate::json::{Kind, Reader, Writer};
    use crate::{DecodeError, DecodeErrorKind};

    /// Reads a text that is an integer, or a JSON number.
    ///
    /// # Errors
    ///
    /// As [`Reader::read_i64`].
    pub fn read(reader: &mut Reader<'_>) -> Result<i64, DecodeError> {
        if reader.peek_kind()? != Kind::String {
            return reader.read_i64();
        }
        let offset = reader.offset();
        let text = reader.read_str()?;
        let mut digits = Reader::new(&text);
        match digits.read_i64() {
            // No white space, no leading zero, nothing behind it: what stands there is the number.
            Ok(value) if digits.offset() == text.len() && !text.starts_with([' ', '\t', '\n', '\r']) => {
                Ok(value)
            }
            Err(error) if matches!(error.kind(), DecodeErrorKind::OutOfRange(_)) => {
                Err(DecodeError::new(error.kind().clone(), offset))
            }
            _ => Err(DecodeError::new(
                DecodeErrorKind::WrongType("an integer as text"),
                offset,
            )),
        }
    }

    /// Writes the integer as text.
    pub fn write(value: &i64, writer: &mut Writer) {
        writer.integer_text(*value);
    }
}

/// An integer that is sent bare in one answer and as text in the next; it is written bare.
pub mod lenient_integer {
    use super::integer_text;
    use crate::DecodeError;
    use crate::json::{Reader, Writer};

    /// Reads a JSON number, or a text that is an integer.
    ///
    /// # Errors
    ///
    /// As [`Reader::read_i64`]; [`OutOfRange`](crate::DecodeErrorKind::OutOfRange) also where it does not fit `T`.
    pub fn read<T: TryFrom<i64>>(reader: &mut Reader<'_>) -> Result<T, DecodeError> {
        reader.peek_kind()?;
        let start = reader.offset();
        let value = integer_text::read(reader)?;
        T::try_from(value).map_err(|_| reader.out_of_range(start))
    }

    /// Writes a JSON number.
    pub fn write<T: Copy + Into<i64>>(value: &T, writer: &mut Writer) {
        writer.i64((*value).into());
    }
}

/// A [`Timestamp`](crate::Timestamp) as text: `"1499827319559"`.
pub mod time_text {
    use crate::json::{FromJson as _, Reader, Writer};
    use crate::{DecodeError, Timestamp};

    /// Reads a text that is an integer, or a JSON number: milliseconds or microseconds, as its magnitude tells.
    ///
    /// # Errors
    ///
    /// As [`Reader::read_i64`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Timestamp, DecodeError> {
        Timestamp::from_json(reader)
    }

    /// Writes the count as text.
    pub fn write(value: &Timestamp, writer: &mut Writer) {
        writer.integer_text(value.fine_count());
    }
}

/// A [`Timestamp`](crate::Timestamp) in seconds: `1499827319`.
pub mod seconds {
    use super::integer_text;
    use crate::json::{Reader, Writer};
    use crate::{DecodeError, Timestamp};

    /// Reads a JSON number, or a text that is an integer.
    ///
    /// # Errors
    ///
    /// As [`Reader::read_i64`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Timestamp, DecodeError> {
        integer_text::read(reader).map(Timestamp::from_secs)
    }

    /// Writes a JSON number; a fraction of a second is cut off.
    pub fn write(value: &Timestamp, writer: &mut Writer) {
        writer.i64(value.as_secs());
    }
}

/// A [`Timestamp`](crate::Timestamp) in seconds, as text: `"1499827319"`.
pub mod seconds_text {
    use crate::Timestamp;
    use crate::json::Writer;

    pub use super::seconds::read;

    /// Writes the count of seconds as text; a fraction is cut off.
    pub fn write(value: &Timestamp, writer: &mut Writer) {
        writer.integer_text(value.as_secs());
    }
}

/// A boolean as text: `"true"`.
pub mod boolean_text {
    use crate::json::{Kind, Reader, Writer};
    use crate::{DecodeError, DecodeErrorKind};

    /// Reads the text `"true"` or `"false"`, or a JSON boolean.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::WrongType`] where it is something else.
    pub fn read(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
        if reader.peek_kind()? != Kind::String {
            return reader.read_bool();
        }
        let offset = reader.offset();
        match &*reader.read_str()? {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(DecodeError::new(
                DecodeErrorKind::WrongType("\"true\" or \"false\""),
                offset,
            )),
        }
    }

    /// Writes the boolean as text.
    pub fn write(value: &bool, writer: &mut Writer) {
        writer.str(if *value { "true" } else { "false" });
    }
}
