//! Wire forms as modules for `#[serde(with = …)]`.

use std::marker::PhantomData;

use crate::json::{self, Entries, Form, List, ListOf, MapOf, NullOr, OneOrListOf, Own, Reader, Writer};
use crate::{Decimal, DecodeError, Nullable, OneOrMany, Timestamp};

/// A value of form `F`, or a container of such values: `Option`, [`Nullable`], `Vec`, [`List`], [`Entries`], [`OneOrMany`],
/// `Box`, in any nesting.
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

/// The form of what holds values of form `F`.
struct Held<F>(PhantomData<F>);

impl<F, T: Holds<F>> Form<T> for Held<F> {
    fn read(reader: &mut Reader<'_>) -> Result<T, DecodeError> {
        T::read(reader)
    }

    fn write(value: &T, writer: &mut Writer) {
        value.write(writer);
    }
}

/// Values that hold no others.
macro_rules! plain {
    ($($type:ty)*) => {$(
        impl<F: Form<$type>> Holds<F> for $type {
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                F::read(reader)
            }

            fn write(&self, writer: &mut Writer) {
                F::write(self, writer);
            }
        }
    )*};
}

plain! { Decimal Timestamp bool i64 i32 i16 i8 u32 u16 u8 }

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
        NullOr::<Held<F>>::read(reader)
    }

    fn write(&self, writer: &mut Writer) {
        NullOr::<Held<F>>::write(self, writer);
    }
}

impl<F, T: Holds<F>> Holds<F> for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        ListOf::<Held<F>>::read(reader)
    }

    fn write(&self, writer: &mut Writer) {
        ListOf::<Held<F>>::write(self, writer);
    }
}

impl<F, T: Holds<F>> Holds<F> for List<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        ListOf::<Held<F>>::read(reader)
    }

    fn write(&self, writer: &mut Writer) {
        ListOf::<Held<F>>::write(self, writer);
    }
}

impl<F, T: Holds<F>> Holds<F> for Entries<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        MapOf::<Held<F>>::read(reader)
    }

    fn write(&self, writer: &mut Writer) {
        MapOf::<Held<F>>::write(self, writer);
    }
}

impl<F, T: Holds<F>> Holds<F> for OneOrMany<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        OneOrListOf::<Held<F>>::read(reader)
    }

    fn write(&self, writer: &mut Writer) {
        OneOrListOf::<Held<F>>::write(self, writer);
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
    ($($(#[$meta:meta])* $name:ident: $form:ty;)*) => {$(
        $(#[$meta])*
        pub mod $name {
            use super::*;

            /// Serializes a value, or a container of such values.
            ///
            /// # Errors
            ///
            /// As the serializer.
            pub fn serialize<T: Holds<$form>, S: ::serde::Serializer>(
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
            pub fn deserialize<'de, T: Holds<$form>, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<T, D::Error> {
                crate::serde::deserialize_with(T::read, deserializer)
            }
        }
    )*};
}

forms! {
    /// A [`Decimal`] as text, digit for digit: `"0.010"`. Numbers are read too.
    decimal: Own;
    /// A [`Decimal`] as a number: `0.01`. A number that has no equal in floating point is text; text is read too.
    number: json::Number;
    /// An integer as text: `"1499827319559"`. Numbers are read too.
    integer_text: json::IntegerText;
    /// A [`Timestamp`] as a number of milliseconds or microseconds: its own form. Text is read too.
    time: Own;
    /// A [`Timestamp`] as text: `"1499827319559"`. Numbers are read too.
    time_text: json::TimeText;
    /// A [`Timestamp`] as a number of seconds: `1499827319`. Text is read too.
    seconds: json::Seconds;
    /// A [`Timestamp`] as a number of seconds in text: `"1499827319"`. Numbers are read too.
    seconds_text: json::SecondsText;
    /// A boolean as text: `"true"`. Booleans are read too.
    boolean_text: json::BooleanText;
}
