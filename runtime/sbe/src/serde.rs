//! serde for the building blocks of messages, in the form of the exchange's JSON.

use binance_wire_core::json::{self, FromJson, Kind, Reader, ToJson, Writer};
use binance_wire_core::serde::Holds;
use binance_wire_core::{Decimal, DecodeError, DecodeErrorKind};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[doc(hidden)]
pub use ::serde as __serde;

use crate::{EnumValue, Presence, Scaled, Scaled128};

/// As text, digit for digit. Numbers are read too. A positive exponent comes back as zeros: the same number.
impl ToJson for Scaled128 {
    fn to_json(&self, writer: &mut Writer) {
        writer.str(&self.to_string());
    }
}

impl FromJson for Scaled128 {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.peek_kind()?;
        let offset = reader.offset();
        let text = match reader.peek_kind()? {
            Kind::String => reader.read_str()?,
            _ => reader.raw_value()?.into(),
        };
        if let Some(scaled) = parse(&text) {
            return Ok(scaled);
        }
        // Scientific notation, and everything that is no number.
        let quoted = json::to_string(&*text);
        let decimal = Decimal::from_json(&mut Reader::new(&quoted))
            .map_err(|error| DecodeError::new(error.kind().clone(), offset))?;
        let exponent = -i8::try_from(decimal.scale()).unwrap_or(i8::MAX);
        Ok(Self::new(decimal.mantissa(), exponent))
    }
}

fn parse(text: &str) -> Option<Scaled128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole.strip_prefix('-').unwrap_or(whole)) || !digits(fraction) {
        return None;
    }
    let exponent = i8::try_from(fraction.len()).ok()?;
    let mantissa = format!("{whole}{fraction}").parse().ok()?;
    Some(Scaled128::new(mantissa, -exponent))
}

impl ToJson for Scaled {
    fn to_json(&self, writer: &mut Writer) {
        Scaled128::from(*self).to_json(writer);
    }
}

impl FromJson for Scaled {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.peek_kind()?;
        let offset = reader.offset();
        let Scaled128 { mantissa, exponent } = Scaled128::from_json(reader)?;
        match i64::try_from(mantissa) {
            Ok(mantissa) => Ok(Self::new(mantissa, exponent)),
            Err(_) => {
                let kind = DecodeErrorKind::OutOfRange(mantissa.to_string().into());
                Err(DecodeError::new(kind, offset))
            }
        }
    }
}

binance_wire_core::impl_serde!(Scaled, Scaled128);

/// `null` where the sender sent null. Leave an absent field out: `#[serde(default, skip_serializing_if =
/// "Presence::is_absent")]`; where that is not possible, it is `null` too.
impl<T: Serialize> Serialize for Presence<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_none(),
            Self::Value(value) => serializer.serialize_some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Presence<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Null, Self::Value))
    }
}

impl<F, T: Holds<F>> Holds<F> for Presence<T> {
    const TAKES_NULL: bool = true;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(if reader.read_null()? {
            Self::Null
        } else {
            Self::Value(T::read(reader)?)
        })
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Absent | Self::Null => writer.null(),
            Self::Value(value) => value.write(writer),
        }
    }
}

impl Serialize for EnumValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Known(name) => serializer.serialize_str(name),
            Self::Bool(value) => serializer.serialize_bool(value),
            Self::Unknown(number) => serializer.serialize_u64(number),
        }
    }
}

/// An enum's value as it is read: a name, a truth value or a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Spelling {
    Bool(bool),
    Number(u64),
    Name(String),
}

/// Reads the value of an enum: for [`impl_serde_enum!`](crate::impl_serde_enum) alone.
#[doc(hidden)]
pub fn deserialize_enum<'de, R, E, D>(
    deserializer: D,
    values: impl IntoIterator<Item = E>,
    json: fn(E) -> EnumValue,
    from_raw: fn(R) -> E,
) -> Result<E, D::Error>
where
    R: TryFrom<u64> + DeserializeOwned,
    E: Copy,
    D: Deserializer<'de>,
{
    let spelling = Spelling::deserialize(deserializer)?;
    if let Spelling::Number(number) = spelling {
        let raw = R::try_from(number)
            .map_err(|_| D::Error::custom(format_args!("number {number} does not fit")))?;
        return Ok(from_raw(raw));
    }
    values
        .into_iter()
        .find(|value| match (json(*value), &spelling) {
            (EnumValue::Known(name), Spelling::Name(text)) => name == text,
            (EnumValue::Bool(value), Spelling::Bool(truth)) => value == *truth,
            _ => false,
        })
        .ok_or_else(|| match spelling {
            Spelling::Name(text) => D::Error::custom(format_args!("`{text}` is not a value of the schema")),
            _ => D::Error::custom("not a value of the schema"),
        })
}

/// Implements serde's traits for enums that generated code declares: as their name in JSON, or as the number of a value
/// that the schema does not have. Expands to nothing where the feature `serde` of `binance-wire-sbe` is off.
#[macro_export]
macro_rules! impl_serde_enum {
    ($name:ty, $raw:ty) => {
        impl $crate::serde::__serde::Serialize for $name {
            fn serialize<S: $crate::serde::__serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::serde::__serde::Serialize::serialize(&self.json(), serializer)
            }
        }

        impl<'de> $crate::serde::__serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::__serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let values = (<$raw>::MIN..=<$raw>::MAX).map(Self::from_raw);
                $crate::serde::deserialize_enum(deserializer, values, Self::json, Self::from_raw)
            }
        }
    };
}
