//! Members of an object that its fields do not hold.

use super::{Members, Reader, Writer};
use crate::{DecodeError, Text};

/// Members of an object that its fields do not hold, as they came: a `null`, an empty text or a word such as `"INF"` where
/// a number or an object may be absent; where they are [kept](super::Reading::keeping_unknown), members that the type does
/// not know, which an object with a code and a message keeps always, as they may say why something was refused.
///
/// A field whose member is here is `None`, but for one: a number that fits its field only without zeros at its end is
/// here with them, as is a list or a map of plain numbers that holds one. All are written back.
///
/// Of an array with a meaning for each place, such as a candle, the elements that its fields do not hold, under their
/// places: `raw.get("12")`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[allow(
    clippy::box_collection,
    reason = "a pointer in place of three words in every object"
)]
pub struct RawMembers(Option<Box<Vec<(Text, Text)>>>);

impl RawMembers {
    /// No members.
    pub const fn new() -> Self {
        Self(None)
    }

    /// The JSON text of the member `name`: `null`, `""`, `"INF"`. `None` where the object did not have it, or a field
    /// holds all of it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, raw)| raw)
    }

    /// Names and JSON texts, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let members = self.0.as_deref().map_or(&[][..], Vec::as_slice);
        members.iter().map(|(name, raw)| (name.as_str(), raw.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Writes the member `name` where it is here.
    #[inline]
    pub(crate) fn write(&self, writer: &mut Writer, name: &str) {
        if self.0.is_some() {
            self.write_member(writer, name);
        }
    }

    #[cold]
    #[inline(never)]
    fn write_member(&self, writer: &mut Writer, name: &str) {
        if let Some(raw) = self.get(name) {
            writer.key(name);
            writer.raw(raw);
        }
    }

    /// Where the value of `name`, which has been written from `start` on, is here in a spelling of the same value: has that.
    #[inline]
    pub(crate) fn respell(&self, writer: &mut Writer, start: usize, name: &str) {
        if self.0.is_some() {
            self.respell_member(writer, start, name);
        }
    }

    #[cold]
    #[inline(never)]
    fn respell_member(&self, writer: &mut Writer, start: usize, name: &str) {
        if let Some(raw) = self.get(name) {
            writer.respell(start, raw);
        }
    }

    /// Writes the elements of an array from the place `count` on.
    #[cold]
    #[inline(never)]
    pub(super) fn write_elements(&self, writer: &mut Writer, count: usize) {
        let behind = |name: &str| name.parse().is_ok_and(|place: usize| place >= count);
        for (_, raw) in self.iter().filter(|(name, _)| behind(name)) {
            writer.raw(raw);
        }
    }

    /// Writes the members that the type does not know.
    #[inline]
    pub fn write_unknown(&self, writer: &mut Writer, known: &Members) {
        if self.0.is_some() {
            self.write_all_unknown(writer, known);
        }
    }

    #[cold]
    #[inline(never)]
    fn write_all_unknown(&self, writer: &mut Writer, known: &Members) {
        for (name, raw) in self.iter() {
            if !known.names.contains(&name) {
                writer.key(name);
                writer.raw(raw);
            }
        }
    }
}

/// How many members were set aside before an object.
#[derive(Clone, Copy, Debug)]
pub struct Aside(usize);

impl<'a> Reader<'a> {
    /// The start of an object, for [`take_aside`](Self::take_aside).
    #[inline(always)]
    pub fn aside(&self) -> Aside {
        Aside(self.aside.len())
    }

    /// The members that have been set aside since.
    #[inline(always)]
    pub fn take_aside(&mut self, start: Aside) -> RawMembers {
        if self.aside.len() == start.0 {
            RawMembers(None)
        } else {
            self.split_aside(start)
        }
    }

    #[cold]
    #[inline(never)]
    fn split_aside(&mut self, Aside(start): Aside) -> RawMembers {
        RawMembers(Some(Box::new(self.aside.split_off(start.min(self.aside.len())))))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn set_aside(&mut self, name: &str, raw: &str) {
        if self.reading.strict {
            return;
        }
        self.aside.push((name.into(), raw.into()));
    }

    /// Keeps the text of the value of `name`, if it is the number whose zeros were left out, or the list or the map around it.
    #[cold]
    #[inline(never)]
    pub(super) fn keep_trimmed(&mut self, name: &str) {
        let value = std::mem::take(&mut self.trimmed);
        if value.end == self.position {
            self.set_aside(name, self.text.get(value).unwrap_or_default().trim());
        }
    }

    /// Where a number whose zeros were left out is within the list or the map that was read from `start` on: that is kept as
    /// a whole.
    #[inline(always)]
    pub(super) fn trimmed_within(&mut self, start: usize) {
        if self.trimmed.end > start {
            self.trimmed = start..self.position;
        }
    }

    /// Passes over the value of a member that the type does not know; keeps it where unknown members are kept, and beside
    /// a code and a message.
    pub(super) fn unknown_member(&mut self, name: &str, members: &Members) -> Result<(), DecodeError> {
        let explains = || members.names.contains(&"code") && members.names.contains(&"msg");
        if !self.reading.keeps_unknown && !explains() {
            return self.skip_value();
        }
        let raw = self.raw_value()?;
        self.set_aside(name, raw);
        Ok(())
    }
}
