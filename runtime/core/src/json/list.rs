//! Lists whose elements stand for themselves: one that cannot be read does not take its neighbours.

use std::ops::{Deref, DerefMut};

use super::reader::Place;
use super::{FromJson, RawJson, Reader, ToJson, Writer};
use crate::DecodeError;

/// A list as the exchange sent it: the elements that could be read, and, kept raw, those that could not.
///
/// It derefs to a `Vec` of the former. A list that has an unreadable element says so in
/// [`unreadable`](Self::unreadable); [`complete`](Self::complete) makes it an error. Check one of them where an element
/// may not be missing, such as a level of an order book.
///
/// ```
/// use binance_wire_core::json::{self, List};
///
/// let ids: List<i64> = json::from_str(r#"[1,"x",3]"#)?;
/// assert_eq!(ids[..], [1, 3]);
/// let [unreadable] = ids.unreadable() else { unreachable!() };
/// assert_eq!((unreadable.index, unreadable.raw.as_str()), (1, "\"x\""));
/// assert_eq!(json::to_string(&ids), r#"[1,"x",3]"#);
/// assert!(ids.complete().is_err());
/// # Ok::<(), binance_wire_core::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct List<T> {
    elements: Vec<T>,
    /// In the order of the list; boxed, as there are none as a rule.
    #[allow(
        clippy::box_collection,
        reason = "a pointer in place of three words in every list"
    )]
    unreadable: Option<Box<Vec<Unreadable>>>,
}

/// An element of a [`List`] that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unreadable {
    /// Its place among all elements of the list, from 0.
    pub index: usize,
    /// The element as it came.
    pub raw: RawJson,
    /// Why it could not be read.
    pub error: DecodeError,
}

impl<T> List<T> {
    /// An empty list.
    pub const fn new() -> Self {
        Self {
            elements: Vec::new(),
            unreadable: None,
        }
    }

    /// The elements that could not be read, in the order of the list.
    pub fn unreadable(&self) -> &[Unreadable] {
        match &self.unreadable {
            Some(unreadable) => unreadable,
            None => &[],
        }
    }

    /// The elements, where every one could be read.
    ///
    /// # Errors
    ///
    /// The error of the first element that could not be read.
    pub fn complete(self) -> Result<Vec<T>, DecodeError> {
        let first = self
            .unreadable
            .and_then(|unreadable| unreadable.into_iter().next());
        match first {
            Some(unreadable) => Err(unreadable.error),
            None => Ok(self.elements),
        }
    }

    #[inline(always)]
    pub(super) fn read_with(
        reader: &mut Reader<'_>,
        read: impl Fn(&mut Reader<'_>) -> Result<T, DecodeError>,
    ) -> Result<Self, DecodeError> {
        let mut list = Self::new();
        let mut index = 0;
        let array = reader.position;
        reader.begin_array()?;
        while reader.next_element()? {
            let start = reader.place();
            match read(reader) {
                Ok(element) => list.elements.push(element),
                Err(error) => keep(&mut list.unreadable, reader, start, index, error)?,
            }
            index += 1;
        }
        reader.trimmed_within(array);
        Ok(list)
    }

    #[inline(always)]
    pub(super) fn write_with(&self, writer: &mut Writer, write: impl Fn(&T, &mut Writer)) {
        let mut elements = self.elements.iter();
        write_list(writer, self.unreadable(), &mut |writer| match elements.next() {
            Some(element) => {
                write(element, writer);
                true
            }
            None => false,
        });
    }

    /// The elements that could be read, and those that could not.
    pub fn into_parts(self) -> (Vec<T>, Vec<Unreadable>) {
        (
            self.elements,
            self.unreadable.map(|unreadable| *unreadable).unwrap_or_default(),
        )
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for List<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.elements
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.elements
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(elements: Vec<T>) -> Self {
        Self {
            elements,
            unreadable: None,
        }
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Vec::from_iter(elements).into()
    }
}

/// The elements that could be read.
impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.elements.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.elements.iter()
    }
}

/// Equal to a list of which every element could be read.
impl<T: PartialEq> PartialEq<Vec<T>> for List<T> {
    fn eq(&self, other: &Vec<T>) -> bool {
        self.unreadable.is_none() && self.elements == *other
    }
}

/// As a `Vec`.
impl<T: PartialEq, const N: usize> PartialEq<[T; N]> for List<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        self.unreadable.is_none() && self.elements == *other
    }
}

impl<T: FromJson> FromJson for List<T> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::read_with(reader, T::from_json)
    }
}

/// Keeps the element at `start`, which could not be read, unless the list must be complete. Not part of the loop, which is
/// compiled for every type of element.
#[cold]
#[inline(never)]
#[allow(clippy::box_collection, reason = "as the field")]
fn keep(
    unreadable: &mut Option<Box<Vec<Unreadable>>>,
    reader: &mut Reader<'_>,
    start: Place,
    index: usize,
    error: DecodeError,
) -> Result<(), DecodeError> {
    let error = error.in_element(index);
    if reader.reading.complete {
        return Err(error);
    }
    reader.return_to(start);
    // What is not JSON is no element: nothing behind it can be found.
    let raw = RawJson::from_json(reader).map_err(|error| error.in_element(index))?;
    unreadable
        .get_or_insert_default()
        .push(Unreadable { index, raw, error });
    Ok(())
}

/// Every element in its place, unreadable ones as they came; where elements were added or removed, at the place that
/// those had.
impl<T: ToJson> ToJson for List<T> {
    fn to_json(&self, writer: &mut Writer) {
        self.write_with(writer, T::to_json);
    }
}

/// Writes unreadable elements in their places among the others, of which `write_next` writes the next if there is one.
/// Compiled once, and not for every type of element.
#[inline(never)]
fn write_list(
    writer: &mut Writer,
    unreadable: &[Unreadable],
    write_next: &mut dyn FnMut(&mut Writer) -> bool,
) {
    writer.begin_array();
    let mut index = 0;
    for unreadable in unreadable {
        while index < unreadable.index && write_next(writer) {
            index += 1;
        }
        unreadable.raw.to_json(writer);
        index += 1;
    }
    while write_next(writer) {}
    writer.end_array();
}
