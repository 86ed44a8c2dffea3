//! serde for the types of this project, in the form of the wire: JSON that the exchange sent goes through
//! [`serde`](https://docs.rs/serde) into a file, a queue or a database, and comes back equal.
//!
//! Everything here goes through the JSON codec of this project, which is therefore the only place where a wire form
//! is written down. It costs one pass more than that codec, and reading needs a format that describes itself (JSON,
//! YAML, MessagePack, CBOR, BSON), because many values are read both as numbers and as text.
//!
//! Numbers are exact. A decimal that the exchange sends as text is text. A bare number is an integer, or a
//! floating-point number where that has exactly the same value, and text otherwise; reading takes any of the three.
//!
//! # In your own types
//!
//! [`Decimal`](crate::Decimal) and containers of it take `#[serde(with = …)]`, as do the wire forms that differ from
//! a type's own. The modules accept the value itself and any nesting of `Option`, `Nullable`, `Vec`, `Entries`,
//! `OneOrMany` and `Box` around it:
//!
//! ```
//! use binance_wire_core::{Decimal, Text, Timestamp, dec};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Trade {
//!     symbol: Text,
//!     #[serde(with = "binance_wire_core::serde::decimal")]
//!     price: Decimal,
//!     #[serde(with = "binance_wire_core::serde::number")]
//!     levels: Vec<Decimal>,
//!     #[serde(default, skip_serializing_if = "Option::is_none", with = "binance_wire_core::serde::seconds")]
//!     time: Option<Timestamp>,
//! }
//!
//! let text = r#"{"symbol":"BTCUSDT","price":"52000.10","levels":[1.5,2]}"#;
//! let trade: Trade = serde_json::from_str(text)?;
//! assert_eq!(trade.price, dec!(52000.10));
//! assert_eq!(serde_json::to_string(&trade)?, text);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! A type with an own [`ToJson`] and [`FromJson`] implements serde's traits with
//! [`impl_serde!`](crate::impl_serde), or takes `#[serde(with = "binance_wire_core::serde")]` where it is a field.

mod forms;
mod read;
mod types;
mod write;

#[doc(hidden)]
pub use ::serde as __serde;
pub use forms::{Holds, boolean_text, decimal, integer_text, number, seconds, seconds_text, time, time_text};

use crate::json::{FromJson, Members, Reader, ToJson, Writer};
use crate::{DecodeError, FreeParameters, ParamValue};

/// Serializes a value in its JSON form; for `#[serde(with = "binance_wire_core::serde")]`.
///
/// # Errors
///
/// As the serializer.
pub fn serialize<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: ToJson + ?Sized,
    S: ::serde::Serializer,
{
    serialize_with(|writer| value.to_json(writer), serializer)
}

/// Deserializes a value from its JSON form; for `#[serde(with = "binance_wire_core::serde")]`.
///
/// # Errors
///
/// As the deserializer, and where the input is not of this type.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromJson,
    D: ::serde::Deserializer<'de>,
{
    deserialize_with(T::from_json, deserializer)
}

fn serialize_with<S: ::serde::Serializer>(
    write: impl FnOnce(&mut Writer),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut writer = Writer::new();
    write(&mut writer);
    ::serde::Serialize::serialize(&write::Json(writer.as_str()), serializer)
}

fn deserialize_with<'de, T, D: ::serde::Deserializer<'de>>(
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, crate::DecodeError>,
    deserializer: D,
) -> Result<T, D::Error> {
    let text = read::collect(deserializer)?;
    let mut reader = Reader::new(&text);
    let value = read(&mut reader).map_err(::serde::de::Error::custom)?;
    reader.finish().map_err(::serde::de::Error::custom)?;
    Ok(value)
}

/// Implements `Serialize` and `Deserialize` for types that implement [`ToJson`] and [`FromJson`], in that form.
/// Expands to nothing where the feature `serde` of `binance-wire-core` is off.
///
/// ```
/// # use binance_wire_core::{DecodeError, FromJson, Reader, ToJson, Writer};
/// #[derive(Debug, PartialEq)]
/// struct Count(i64);
/// impl ToJson for Count {
///     fn to_json(&self, writer: &mut Writer) {
///         writer.i64(self.0);
///     }
/// }
/// impl FromJson for Count {
///     fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
///         reader.read_i64().map(Self)
///     }
/// }
/// binance_wire_core::impl_serde!(Count);
/// assert_eq!(serde_json::to_string(&Count(7))?, "7");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! impl_serde {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::serde::__serde::Serialize for $type {
            fn serialize<S: $crate::serde::__serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::serde::serialize(self, serializer)
            }
        }

        impl<'de> $crate::serde::__serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::serde::__serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::serde::deserialize(deserializer)
            }
        }
    )+};
}

/// Serializes an object: a struct with the names of the wire as the names of its fields, absent ones skipped; a map for
/// formats that are not for people, many of which write a struct without the names.
///
/// # Errors
///
/// As the serializer.
#[doc(hidden)]
pub fn serialize_object<T: ToJson, S: ::serde::Serializer>(
    value: &T,
    name: &'static str,
    members: &Members,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if !serializer.is_human_readable() {
        return serialize(value, serializer);
    }
    let mut writer = Writer::new();
    value.to_json(&mut writer);
    write::object(writer.as_str(), name, members, serializer)
}

/// Implements `Serialize` and `Deserialize` for an object of [`json_object!`](crate::json_object).
#[doc(hidden)]
#[macro_export]
macro_rules! impl_serde_object {
    ($name:ident) => {
        impl $crate::serde::__serde::Serialize for $name {
            fn serialize<S: $crate::serde::__serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::serde::serialize_object(self, stringify!($name), &Self::MEMBERS, serializer)
            }
        }

        impl<'de> $crate::serde::__serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::__serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::serde::deserialize(deserializer)
            }
        }
    };
}

/// Implements `Serialize` and `Deserialize` for a request of [`request!`](crate::request): an object of its parameters by
/// their names on the wire, those that are not set left out, and with those that are set by name among them.
#[doc(hidden)]
#[macro_export]
macro_rules! impl_serde_request {
    ($name:ident { $($how:ident $field:ident: $ty:ty = $wire:literal,)* } { $($free:ident)? }) => {
        $crate::json_object! {
            @codec $name in sent {} { $($field: $ty = $how($wire),)* } { $(free $free)? }
        }

        $crate::impl_serde_request!(@as $name { $($free)? });
    };
    (@as $name:ident {}) => {
        $crate::impl_serde_object!($name);
    };
    // Names that no table has cannot be those of a struct's fields.
    (@as $name:ident { $free:ident }) => {
        $crate::impl_serde!($name);
    };
}

/// The members of the next object that no parameter of the table is named like. Consumes nothing.
#[doc(hidden)]
pub fn free_parameters(reader: &Reader<'_>, known: &Members) -> Result<FreeParameters, DecodeError> {
    let mut ahead = reader.clone();
    let mut free = FreeParameters::default();
    ahead.begin_object()?;
    while let Some(key) = ahead.next_key()? {
        if known.names.contains(&key.as_str()) {
            ahead.skip_value()?;
            continue;
        }
        match ParamValue::from_json(&mut ahead) {
            Ok(value) => free.push(key.as_str(), value),
            Err(error) => return Err(error.in_field(&key)),
        }
    }
    Ok(free)
}

/// Writes parameters that are set by name as members of an object.
#[doc(hidden)]
pub fn put_free_parameters(writer: &mut Writer, free: &FreeParameters) {
    for (name, value) in free.as_slice() {
        writer.field(name, value);
    }
}
