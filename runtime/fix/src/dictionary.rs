//! What this crate knows of a generated dictionary.

use crate::{Fields, MessageWriter};

/// The fields of a message, of the header, or of one entry of a group.
#[derive(Debug)]
pub struct Layout {
    /// The message's name, or the name of the group's count field.
    pub name: &'static str,
    /// The tags that belong here, count fields included, in ascending order.
    pub tags: &'static [u32],
    /// The groups: count field and the layout of an entry.
    pub groups: &'static [(u32, &'static Layout)],
}

impl Layout {
    /// Whether `tag` belongs here.
    pub fn has(&self, tag: u32) -> bool {
        self.tags.binary_search(&tag).is_ok()
    }

    /// The group that the count field `tag` opens here.
    pub fn group(&self, tag: u32) -> Option<&'static Layout> {
        self.groups
            .iter()
            .find(|(count, _)| *count == tag)
            .map(|(_, layout)| *layout)
    }
}

/// A dictionary as tables, for reading without types.
#[derive(Debug)]
pub struct Dictionary {
    /// The value of BeginString(8).
    pub begin_string: &'static str,
    /// Tag and name of every field, in ascending order.
    pub names: &'static [(u32, &'static str)],
    /// MsgType(35) and layout of every message.
    pub messages: &'static [(&'static str, &'static Layout)],
    /// The fields of the header.
    pub header: &'static Layout,
    /// The fields that may contain any byte: the tag of the length, the tag of the data behind it.
    pub data: &'static [(u32, u32)],
}

impl Dictionary {
    /// A dictionary that declares nothing but its BeginString(8).
    pub const fn empty(begin_string: &'static str) -> Self {
        Self {
            begin_string,
            names: &[],
            messages: &[],
            header: &Layout {
                name: "Header",
                tags: &[],
                groups: &[],
            },
            data: &[],
        }
    }

    /// The name of a field.
    pub fn name(&self, tag: u32) -> Option<&'static str> {
        let index = self
            .names
            .binary_search_by_key(&tag, |(number, _)| *number)
            .ok()?;
        self.names.get(index).map(|(_, name)| *name)
    }

    /// The layout of the message with this MsgType(35).
    pub fn message(&self, msg_type: &str) -> Option<&'static Layout> {
        self.messages
            .iter()
            .find(|(known, _)| *known == msg_type)
            .map(|(_, layout)| *layout)
    }

    /// The data field whose length is in `tag`.
    pub fn data_of(&self, tag: u32) -> Option<u32> {
        self.data
            .iter()
            .find(|(length, _)| *length == tag)
            .map(|(_, data)| *data)
    }
}

/// A message of a dictionary. Implemented by generated code.
pub trait FixMessage<'a>: Sized {
    /// The value of MsgType(35).
    const MSG_TYPE: &'static str;

    /// The fields of the body.
    const LAYOUT: &'static Layout;

    /// Reads the body. The first error is kept in `fields` and returned by [`Fields::finish`].
    fn read(fields: &mut Fields<'a>) -> Self;

    /// Writes the body in the dictionary's order. The first error is kept in `writer` and returned by
    /// [`MessageWriter::finish`].
    fn write(&self, writer: &mut MessageWriter<'_>);

    /// The fields that the dictionary does not declare for this message, in the order of the wire.
    fn extra_mut(&mut self) -> &mut Vec<crate::Field<'a>>;
}
