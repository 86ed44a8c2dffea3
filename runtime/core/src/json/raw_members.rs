//! Members of an object that its fields do not hold.

use super::{Members, Reader, Writer};
use crate::{DecodeError, Text};

/// Members of an object that its fields do not hold, as they came: a `null`, an empty text or a word such as `"INF"` where
/// a number or an object may be absent, and, where they are kept, members that the type does not know.
///
/// A field whose member is here is `None`. Both are written back.
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
    /// holds it.
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

    /// Passes over the value of a member that the type does not know; keeps it where unknown members are kept.
    pub(super) fn unknown_member(&mut self, name: &str) -> Result<(), DecodeError> {
        if !self.reading.keeps_unknown {
            return self.skip_value();
        }
        let raw = self.raw_value()?;
        self.set_aside(name, raw);
        Ok(())
    }
}
