//! Values that are kept as they came, and objects whose keys are data.

use std::fmt;

use super::{FromJson, Reader, ToJson, Writer};
use crate::{DecodeError, Text};

/// The JSON text of one value, checked to be well-formed and kept as it came.
///
/// Two are equal when their texts are, spaces included.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawJson(Box<str>);

impl RawJson {
    /// Checks `text` and keeps it.
    ///
    /// # Errors
    ///
    /// Where it is not one well-formed JSON value.
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        super::from_str(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the value as a type.
    ///
    /// # Errors
    ///
    /// As [`from_str`](super::from_str); offsets count from the start of this value.
    pub fn decode<T: FromJson>(&self) -> Result<T, DecodeError> {
        super::from_str(&self.0)
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromJson for RawJson {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.raw_value().map(|text| Self(text.into()))
    }
}

impl ToJson for RawJson {
    fn to_json(&self, writer: &mut Writer) {
        writer.raw(&self.0);
    }
}

/// An object whose keys are data, such as balances by asset: its members in the order in which they were sent.
///
/// A key that was sent twice is here twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entries<T>(pub Vec<(Text, T)>);

impl<T> Entries<T> {
    /// The value of the first member named `key`. Looks at one member after the other.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The members, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Text, T)> {
        self.0.iter()
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Into<Text>, T> FromIterator<(K, T)> for Entries<T> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(members: I) -> Self {
        Self(
            members
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        )
    }
}

impl<T> IntoIterator for Entries<T> {
    type Item = (Text, T);
    type IntoIter = std::vec::IntoIter<(Text, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Entries<T> {
    type Item = &'a (Text, T);
    type IntoIter = std::slice::Iter<'a, (Text, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: FromJson> FromJson for Entries<T> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut members = Vec::new();
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match T::from_json(reader) {
                Ok(value) => members.push((Text::from(key.as_str()), value)),
                Err(error) => return Err(error.in_field(&key)),
            }
        }
        Ok(Self(members))
    }
}

impl<T: ToJson> ToJson for Entries<T> {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_object();
        for (key, value) in &self.0 {
            writer.field(key, value);
        }
        writer.end_object();
    }
}
