//! serde for the types of this crate.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::{Entries, FromJson, Kind, List, Reader, ToJson, Writer};
use crate::{
    ApiError, Decimal, DecodeError, DecodeErrorKind, ErrorCode, FreeParameters, Nullable, OneOrMany,
    ParamValue, RawJson, Text, Timestamp,
};

// A number within raw JSON follows the rule of this module: what neither an integer nor a float holds exactly is
// serialized as text.
crate::impl_serde!(
    RawJson,
    Timestamp,
    ErrorCode,
    ApiError,
    ParamValue,
    FreeParameters
);

/// Containers of types that have a JSON form, whether or not they have one of serde's.
macro_rules! containers {
    ($($name:ident)*) => {$(
        impl<T: ToJson> Serialize for $name<T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                super::serialize(self, serializer)
            }
        }

        impl<'de, T: FromJson> Deserialize<'de> for $name<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                super::deserialize(deserializer)
            }
        }
    )*};
}

containers! { Nullable OneOrMany Entries List }

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Text, E> {
                Ok(value.into())
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

impl ToJson for ErrorCode {
    fn to_json(&self, writer: &mut Writer) {
        self.0.to_json(writer);
    }
}

impl FromJson for ErrorCode {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        FromJson::from_json(reader).map(Self)
    }
}

/// `{"status":400,"code":-2010,"msg":"…"}`: the body that the exchange sends, and the status beside it. `code` is text
/// where the exchange sent text.
impl ToJson for ApiError {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("status", &self.status);
        match &self.code_text {
            Some(text) => writer.field("code", &**text),
            None => writer.field("code", &self.code),
        }
        writer.field("msg", &self.message);
        writer.optional_field("data", &self.data);
        writer.end_object();
    }
}

impl FromJson for ApiError {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (mut status, mut code, mut message, mut data) = (None, None, None, None);
        reader.begin_object()?;
        let start = reader.offset();
        while let Some(key) = reader.next_key()? {
            let read = match key.as_str() {
                "status" => u16::from_json(reader).map(|value| status = Some(value)),
                "code" => read_code(reader).map(|value| code = Some(value)),
                "msg" => String::from_json(reader).map(|value| message = Some(value)),
                "data" => RawJson::from_json(reader).map(|value| data = Some(value)),
                _ => reader.skip_value(),
            };
            read.map_err(|error| error.in_field(&key))?;
        }
        let missing = |name| DecodeError::new(DecodeErrorKind::MissingField(name), start);
        let (code, code_text) = code.ok_or_else(|| missing("code"))?;
        Ok(Self {
            status: status.ok_or_else(|| missing("status"))?,
            code,
            code_text,
            message: message.ok_or_else(|| missing("msg"))?,
            data,
            code_name: None,
            call: None,
        })
    }
}

/// The code, and its text where it was sent as text: text that is no number has code 0.
fn read_code(reader: &mut Reader<'_>) -> Result<(ErrorCode, Option<Box<str>>), DecodeError> {
    if reader.peek_kind()? != Kind::String {
        return Ok((ErrorCode::from_json(reader)?, None));
    }
    let text = reader.read_str()?;
    Ok((ErrorCode(text.parse().unwrap_or(0)), Some(text.into())))
}

impl ToJson for ParamValue {
    fn to_json(&self, writer: &mut Writer) {
        match self {
            Self::Text(value) => value.to_json(writer),
            Self::Integer(value) => value.to_json(writer),
            Self::Decimal(value) => value.to_json(writer),
            Self::Boolean(value) => value.to_json(writer),
            Self::Timestamp(value) => value.to_json(writer),
            Self::Json(value) => value.to_json(writer),
        }
    }
}

/// By its kind in JSON, which sends the same: a decimal comes back as its text, a time as its count.
impl FromJson for ParamValue {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match reader.peek_kind()? {
            Kind::String => Self::Text(Text::from_json(reader)?),
            Kind::Boolean => Self::Boolean(bool::from_json(reader)?),
            Kind::Number => {
                let raw = reader.raw_value()?;
                match raw.parse() {
                    Ok(integer) => Self::Integer(integer),
                    Err(_) => Self::Decimal(Decimal::from_json(&mut Reader::new(raw))?),
                }
            }
            Kind::Object | Kind::Array | Kind::Null => Self::Json(RawJson::from_json(reader)?),
        })
    }
}

impl ToJson for FreeParameters {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_object();
        for (name, value) in self.as_slice() {
            writer.field(name, value);
        }
        writer.end_object();
    }
}

impl FromJson for FreeParameters {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut parameters = Self::default();
        for (name, value) in Entries::<ParamValue>::from_json(reader)? {
            parameters.push(name, value);
        }
        Ok(parameters)
    }
}
