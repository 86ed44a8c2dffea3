//! Values that are kept as they came, and objects whose keys are data.

use std::fmt;

use super::reader::Place;
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
/// A key that was sent twice is here twice. Members that could not be read are kept raw, in
/// [`unreadable`](Self::unreadable); [`complete`](Self::complete) makes one an error.
///
/// ```
/// use binance_wire_core::Decimal;
/// use binance_wire_core::json::{self, Entries};
///
/// let amounts: Entries<Decimal> = json::from_str(r#"{"BTC":"0.5","ETH":null}"#)?;
/// assert_eq!(amounts.len(), 1);
/// let [unreadable] = amounts.unreadable() else { unreachable!() };
/// assert_eq!((unreadable.key.as_str(), unreadable.raw.as_str()), ("ETH", "null"));
/// assert_eq!(json::to_string(&amounts), r#"{"BTC":"0.5","ETH":null}"#);
/// assert!(amounts.complete().is_err());
/// # Ok::<(), binance_wire_core::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entries<T> {
    members: Vec<(Text, T)>,
    /// In the order of the object; boxed, as there are none as a rule.
    #[allow(
        clippy::box_collection,
        reason = "a pointer in place of three words in every object"
    )]
    unreadable: Option<Box<Vec<UnreadableEntry>>>,
}

/// A member of [`Entries`] that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnreadableEntry {
    /// Its place among all members of the object, from 0.
    pub index: usize,
    /// Its key.
    pub key: Text,
    /// Its value as it came.
    pub raw: RawJson,
    /// Why it could not be read.
    pub error: DecodeError,
}

impl<T> Entries<T> {
    /// The members that could not be read, in order.
    pub fn unreadable(&self) -> &[UnreadableEntry] {
        match &self.unreadable {
            Some(unreadable) => unreadable,
            None => &[],
        }
    }

    /// The members, where every one could be read.
    ///
    /// # Errors
    ///
    /// The error of the first member that could not be read.
    pub fn complete(self) -> Result<Vec<(Text, T)>, DecodeError> {
        let first = self
            .unreadable
            .and_then(|unreadable| unreadable.into_iter().next());
        match first {
            Some(unreadable) => Err(unreadable.error),
            None => Ok(self.members),
        }
    }

    /// Adds a member behind the others.
    pub fn push(&mut self, key: impl Into<Text>, value: T) {
        self.members.push((key.into(), value));
    }

    /// The value of the first member named `key` that could be read. Looks at one member after the other.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.members
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The number of members that could be read.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no member that could be read.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members that could be read, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Text, T)> {
        self.members.iter()
    }

    pub(super) fn read_with(
        reader: &mut Reader<'_>,
        read: fn(&mut Reader<'_>) -> Result<T, DecodeError>,
    ) -> Result<Self, DecodeError> {
        let mut entries = Self::default();
        let mut index = 0;
        let object = reader.position;
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            let start = reader.place();
            match read(reader) {
                Ok(value) => entries.members.push((Text::from(key.as_str()), value)),
                Err(error) => keep(&mut entries.unreadable, reader, start, (index, &key), error)?,
            }
            index += 1;
        }
        reader.trimmed_within(object);
        Ok(entries)
    }

    /// Every member in its place, unreadable ones as they came.
    pub(super) fn write_with(&self, writer: &mut Writer, write: fn(&T, &mut Writer)) {
        writer.begin_object();
        let mut members = self.members.iter();
        let mut index = 0;
        for unreadable in self.unreadable() {
            for (key, value) in members.by_ref().take(unreadable.index.saturating_sub(index)) {
                writer.field_with(key, value, write);
                index += 1;
            }
            writer.field(&unreadable.key, &unreadable.raw);
            index += 1;
        }
        for (key, value) in members {
            writer.field_with(key, value, write);
        }
        writer.end_object();
    }
}

/// Keeps the member at `start`, which could not be read, unless the object must be complete.
#[cold]
#[inline(never)]
#[allow(clippy::box_collection, reason = "as the field")]
fn keep(
    unreadable: &mut Option<Box<Vec<UnreadableEntry>>>,
    reader: &mut Reader<'_>,
    start: Place,
    (index, key): (usize, &str),
    error: DecodeError,
) -> Result<(), DecodeError> {
    let error = error.in_field(key);
    if reader.reading.complete {
        return Err(error);
    }
    reader.return_to(start);
    // What is not JSON is no member: nothing behind it can be found.
    let raw = RawJson::from_json(reader).map_err(|error| error.in_field(key))?;
    let key = Text::from(key);
    unreadable.get_or_insert_default().push(UnreadableEntry {
        index,
        key,
        raw,
        error,
    });
    Ok(())
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self {
            members: Vec::new(),
            unreadable: None,
        }
    }
}

impl<K: Into<Text>, T> FromIterator<(K, T)> for Entries<T> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(members: I) -> Self {
        let members = members.into_iter();
        Self {
            members: members.map(|(key, value)| (key.into(), value)).collect(),
            unreadable: None,
        }
    }
}

impl<T> IntoIterator for Entries<T> {
    type Item = (Text, T);
    type IntoIter = std::vec::IntoIter<(Text, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Entries<T> {
    type Item = &'a (Text, T);
    type IntoIter = std::slice::Iter<'a, (Text, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.iter()
    }
}

impl<T: FromJson> FromJson for Entries<T> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::read_with(reader, T::from_json)
    }
}

impl<T: ToJson> ToJson for Entries<T> {
    fn to_json(&self, writer: &mut Writer) {
        self.write_with(writer, T::to_json);
    }
}
