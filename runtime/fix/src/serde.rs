//! serde for the values of FIX fields, as the text that FIX writes.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[doc(hidden)]
pub use ::serde as __serde;

use crate::{Field, FixTimestamp, UnrecognizedCode};

/// As `YYYYMMDD-HH:MM:SS` with its fraction digits.
impl Serialize for FixTimestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.format() {
            Some(_) => serializer.collect_str(self),
            None => Err(serde::ser::Error::custom(
                "FIX has no text for times outside the years 0 to 9999",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for FixTimestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Parse {
            expected: "a time such as 20240102-03:04:05.678",
            parse: |text| Self::parse(text.as_bytes()),
        })
    }
}

/// Reads text with a function.
struct Parse<T> {
    expected: &'static str,
    parse: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Parse<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

/// As a pair of tag and text. Bytes that are not UTF-8 have no form here.
impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = std::str::from_utf8(self.value).map_err(serde::ser::Error::custom)?;
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.tag)?;
        pair.serialize_element(value)?;
        pair.end()
    }
}

/// Borrows from the input, so the text must have no escapes.
impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (tag, text) = <(u32, &'a str)>::deserialize(deserializer)?;
        Ok(Self {
            tag,
            value: text.as_bytes(),
        })
    }
}

/// Reads the code of an enum: for [`impl_serde_code!`](crate::impl_serde_code) alone.
#[doc(hidden)]
pub fn deserialize_code<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    parse: fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Parse {
        expected: "a code of printable ASCII",
        parse,
    })
}

/// Keeps a code that an enum does not know: for [`impl_serde_code!`](crate::impl_serde_code) alone.
#[doc(hidden)]
pub fn unrecognized_code(text: &str) -> Option<UnrecognizedCode> {
    UnrecognizedCode::new(text.as_bytes())
}

/// Implements serde's traits for enums that generated code declares, as their code on the wire; an unknown code is
/// kept. Takes the enum and its known values: `impl_serde_code!(Side { Buy, Sell })`. Expands to nothing where the
/// feature `serde` of `binance-wire-fix` is off.
#[macro_export]
macro_rules! impl_serde_code {
    ($name:ident { $($variant:ident),* $(,)? }) => {
        impl $crate::serde::__serde::Serialize for $name {
            fn serialize<S: $crate::serde::__serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::serde::__serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::__serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::serde::deserialize_code(deserializer, |text| {
                    $(if Self::$variant.as_str() == text {
                        return Some(Self::$variant);
                    })*
                    $crate::serde::unrecognized_code(text).map(Self::Unrecognized)
                })
            }
        }
    };
}
