//! Wire forms as modules for `#[serde(with = …)]`.

use crate::json::{self, Entries, FromJson, Reader, ToJson, Writer};
use crate::{Decimal, DecodeError, Nullable, OneOrMany, Timestamp};

/// A wire form, as a type without values; each module here has one, called `Wire`.
pub trait Form<T> {
    /// Reads a value in this form.
    ///
    /// # Errors
    ///
    /// Where the input has another form.
    fn read(reader: &mut Reader<'_>) -> Result<T, DecodeError>;

    /// Writes a value in this form.
    fn write(value: &T, writer: &mut Writer);
}

/// A value of form `F`, or a container of such values: `Option`, [`Nullable`], `Vec`, [`Entries`], [`OneOrMany`], `Box`,
/// in any nesting.
pub trait Holds<F>: Sized {
    /// Whether `null` is a value of this type, so that an `Option` around it leaves `null` to it.
    const TAKES_NULL: bool = false;

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// Where the input has another form.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Writes the value.
    fn write(&self, writer: &mut Writer);
}

impl<F, T: Holds<F>> Holds<F> for Option<T> {
    const TAKES_NULL: bool = true;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if !T::TAKES_NULL && reader.read_null()? {
            return Ok(None);
        }
        T::read(reader).map(Some)
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.write(writer),
            None => writer.null(),
        }
    }
}

impl<F, T: Holds<F>> Holds<F> for Nullable<T> {
    const TAKES_NULL: bool = true;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        json::nullable::read(reader, T::read)
    }

    fn write(&self, writer: &mut Writer) {
        json::nullable::write(self, writer, T::write);
    }
}

impl<F, T: Holds<F>> Holds<F> for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        json::list::read(reader, T::read)
    }

    fn write(&self, writer: &mut Writer) {
        json::list::write(self, writer, T::write);
    }
}

impl<F, T: Holds<F>> Holds<F> for Entries<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        json::map::read(reader, T::read)
    }

    fn write(&self, writer: &mut Writer) {
        json::map::write(self, writer, T::write);
    }
}

impl<F, T: Holds<F>> Holds<F> for OneOrMany<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        json::one_or_many::read(reader, T::read)
    }

    fn write(&self, writer: &mut Writer) {
        json::one_or_many::write(self, writer, T::write);
    }
}

impl<F, T: Holds<F>> Holds<F> for Box<T> {
    const TAKES_NULL: bool = T::TAKES_NULL;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::read(reader).map(Self::new)
    }

    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }
}

macro_rules! forms {
    ($($(#[$meta:meta])* $name:ident: $($type:ty),+ => $read:path, $write:path;)*) => {$(
        $(#[$meta])*
        pub mod $name {
            use super::*;

            /// This form, for [`Holds`].
            #[derive(Clone, Copy, Debug)]
            pub enum Wire {}

            $(
                impl Form<$type> for Wire {
                    fn read(reader: &mut Reader<'_>) -> Result<$type, DecodeError> {
                        $read(reader)
                    }

                    fn write(value: &$type, writer: &mut Writer) {
                        $write(value, writer);
                    }
                }

                impl Holds<Wire> for $type {
                    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                        <Wire as Form<Self>>::read(reader)
                    }

                    fn write(&self, writer: &mut Writer) {
                        <Wire as Form<Self>>::write(self, writer);
                    }
                }
            )+

            /// Serializes a value, or a container of such values.
            ///
            /// # Errors
            ///
            /// As the serializer.
            pub fn serialize<T: Holds<Wire>, S: ::serde::Serializer>(
                value: &T,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                crate::serde::serialize_with(|writer| value.write(writer), serializer)
            }

            /// Deserializes a value, or a container of such values.
            ///
            /// # Errors
            ///
            /// As the deserializer, and where the input has another form.
            pub fn deserialize<'de, T: Holds<Wire>, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<T, D::Error> {
                crate::serde::deserialize_with(T::read, deserializer)
            }
        }
    )*};
}

forms! {
    /// A [`Decimal`] as text, digit for digit: `"0.010"`. Numbers are read too.
    decimal: Decimal => Decimal::from_json, ToJson::to_json;
    /// A [`Decimal`] as a number: `0.01`. A number that has no equal in floating point is text; text is read too.
    number: Decimal => json::number::read, json::number::write;
    /// An integer as text: `"1499827319559"`. Numbers are read too.
    integer_text: i64 => json::integer_text::read, json::integer_text::write;
    /// An integer as a number; text is read too.
    lenient_integer: i64, i32, i16, i8, u32, u16, u8 => json::lenient_integer::read, json::lenient_integer::write;
    /// A [`Timestamp`] as a number of milliseconds or microseconds: its own form. Text is read too.
    time: Timestamp => Timestamp::from_json, ToJson::to_json;
    /// A [`Timestamp`] as text: `"1499827319559"`. Numbers are read too.
    time_text: Timestamp => json::time_text::read, json::time_text::write;
    /// A [`Timestamp`] as a number of seconds: `1499827319`. Text is read too.
    seconds: Timestamp => json::seconds::read, json::seconds::write;
    /// A [`Timestamp`] as a number of seconds in text: `"1499827319"`. Numbers are read too.
    seconds_text: Timestamp => json::seconds_text::read, json::seconds_text::write;
    /// A boolean as text: `"true"`. Booleans are read too.
    boolean_text: bool => json::boolean_text::read, json::boolean_text::write;
}
