//! From any deserializer that describes its input, into JSON text.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use crate::RawJson;
use crate::json::{MAX_DEPTH, Writer};

/// The key under which serde_json hands over numbers when its feature `arbitrary_precision` is on.
const SERDE_JSON_NUMBER: &str = "$serde_json::private::Number";

pub(super) fn collect<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let mut writer = Writer::new();
    let seed = Collect {
        writer: &mut writer,
        depth: 0,
    };
    seed.deserialize(deserializer)?;
    Ok(writer.into_string())
}

/// Writes one value.
struct Collect<'w> {
    writer: &'w mut Writer,
    depth: u32,
}

impl Collect<'_> {
    fn inner<E: Error>(&mut self) -> Result<Collect<'_>, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("nested too deeply"));
        }
        Ok(Collect {
            writer: self.writer,
            depth: self.depth + 1,
        })
    }

    fn number<E: Error>(self, finite: bool, text: &str) -> Result<(), E> {
        if !finite {
            return Err(E::custom(format_args!("{text} is not a number")));
        }
        self.writer.raw(text);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Collect<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Collect<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can have")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.writer.bool(value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.writer.i64(value);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.writer.u64(value);
        Ok(())
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<(), E> {
        self.number(true, &value.to_string())
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<(), E> {
        self.number(true, &value.to_string())
    }

    // Its own shortest form: as an `f64` it would have digits that nobody sent.
    fn visit_f32<E: Error>(self, value: f32) -> Result<(), E> {
        self.number(value.is_finite(), &value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.number(value.is_finite(), &value.to_string())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.writer.str(value);
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.writer.null();
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        self.writer.begin_array();
        while elements.next_element_seed(self.inner()?)?.is_some() {}
        self.writer.end_array();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let mut key: Option<String> = members.next_key()?;
        if key.as_deref() == Some(SERDE_JSON_NUMBER) {
            let text: String = members.next_value()?;
            let number = RawJson::new(&text).map_err(A::Error::custom)?;
            self.writer.raw(number.as_str());
            return Ok(());
        }
        self.writer.begin_object();
        while let Some(name) = key {
            self.writer.key(&name);
            members.next_value_seed(self.inner()?)?;
            key = members.next_key()?;
        }
        self.writer.end_object();
        Ok(())
    }
}
