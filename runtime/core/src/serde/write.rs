//! From JSON text into any serializer.

use serde::ser::{Error, SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::json::{FromJson, Kind, Members, Reader};
use crate::{Decimal, DecodeError};

/// One JSON value, well-formed.
pub(super) struct Json<'a>(pub(super) &'a str);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reader = Reader::new(self.0);
        match reader.peek_kind().map_err(custom)? {
            Kind::Null => serializer.serialize_unit(),
            Kind::Boolean => serializer.serialize_bool(reader.read_bool().map_err(custom)?),
            Kind::String => serializer.serialize_str(&reader.read_str().map_err(custom)?),
            Kind::Number => serialize_number(reader.raw_value().map_err(custom)?, serializer),
            Kind::Array => {
                let mut elements = serializer.serialize_seq(None)?;
                reader.begin_array().map_err(custom)?;
                while reader.next_element().map_err(custom)? {
                    elements.serialize_element(&Json(reader.raw_value().map_err(custom)?))?;
                }
                elements.end()
            }
            Kind::Object => {
                let mut members = serializer.serialize_map(None)?;
                reader.begin_object().map_err(custom)?;
                while let Some(key) = reader.next_key().map_err(custom)? {
                    members.serialize_entry(key.as_str(), &Json(reader.raw_value().map_err(custom)?))?;
                }
                members.end()
            }
        }
    }
}

/// An object whose members all have names of `members`, as a struct.
pub(super) fn object<S: Serializer>(
    text: &str,
    name: &'static str,
    members: &Members,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let constants = members.constants.iter().map(|(name, _)| *name);
    let names = constants.chain(members.names.iter().copied());
    let mut values: Vec<(&'static str, Option<&str>)> = names.map(|name| (name, None)).collect();
    let mut reader = Reader::new(text);
    reader.begin_object().map_err(custom)?;
    while let Some(key) = reader.next_key().map_err(custom)? {
        let value = reader.raw_value().map_err(custom)?;
        if let Some((_, slot)) = values.iter_mut().find(|(name, _)| *name == key.as_str()) {
            *slot = Some(value);
        }
    }
    let there = values.iter().filter(|(_, value)| value.is_some()).count();
    let mut fields = serializer.serialize_struct(name, there)?;
    for (name, value) in values {
        match value {
            Some(value) => fields.serialize_field(name, &Json(value))?,
            None => fields.skip_field(name)?,
        }
    }
    fields.end()
}

fn custom<E: Error>(error: DecodeError) -> E {
    E::custom(error)
}

fn serialize_number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(integer) = text.parse::<i64>() {
        return serializer.serialize_i64(integer);
    }
    if let Ok(integer) = text.parse::<u64>() {
        return serializer.serialize_u64(integer);
    }
    match exact_float(text) {
        Some(float) => serializer.serialize_f64(float),
        None => serializer.serialize_str(text),
    }
}

/// The floating-point number whose shortest decimal form has the value of `text`; of at most 15 digits, as readers that
/// are quick rather than exact, such as `serde_json`'s, miss others by a unit in the last place.
fn exact_float(text: &str) -> Option<f64> {
    const DIGITS: u128 = 1_000_000_000_000_000;
    let float: f64 = text.parse().ok()?;
    let exact = decimal(text)?;
    if exact.mantissa().unsigned_abs() >= DIGITS {
        return None;
    }
    (decimal(&float.to_string())? == exact).then_some(float)
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_json(&mut Reader::new(text)).ok()
}
