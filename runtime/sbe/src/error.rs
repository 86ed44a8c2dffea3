//! Errors in SBE messages.

use crate::AMPLIFICATION;

/// The reason why bytes could not be decoded, or a value not encoded: one word wide, so that a success stays in
/// registers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct SbeError(Box<SbeErrorKind>);

impl SbeError {
    /// The kind of the error, with the place.
    pub fn kind(&self) -> &SbeErrorKind {
        &self.0
    }
}

impl From<SbeErrorKind> for SbeError {
    #[cold]
    fn from(kind: SbeErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

/// The kind of an error. Offsets count from the first byte of the message, its header included.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SbeErrorKind {
    /// The message ends too early.
    #[error("{what} of template {template_id} needs {needed} bytes at offset {offset}, {available} are left")]
    Truncated {
        /// The part that is cut off.
        what: &'static str,
        /// The message's template; 0 where the header itself is cut off.
        template_id: u16,
        /// The offset of the part.
        offset: usize,
        /// The number of bytes it needs.
        needed: u64,
        /// The number of bytes left.
        available: usize,
    },
    /// A block is shorter than the first version of its layout.
    #[error(
        "the block of {what} (template {template_id}, offset {offset}) has {length} bytes, at least {needed} are needed"
    )]
    BlockTooShort {
        /// The message or group.
        what: &'static str,
        /// The message's template.
        template_id: u16,
        /// The offset of the block.
        offset: usize,
        /// The number of bytes it must have.
        needed: usize,
        /// The number of bytes it has.
        length: usize,
    },
    /// A group claims entries that take no bytes.
    #[error("{what} (template {template_id}, offset {offset}) claims {count} entries of no bytes")]
    EmptyEntries {
        /// The group.
        what: &'static str,
        /// The message's template.
        template_id: u16,
        /// The offset of the entries.
        offset: usize,
        /// The number of entries it claims.
        count: u32,
    },
    /// Owned values would take more memory than messages of the exchange do: entries are much shorter than theirs.
    #[error(
        "{what} (template {template_id}, offset {offset}) would take more than {AMPLIFICATION} times the memory of the message"
    )]
    TooLarge {
        /// The group or field.
        what: &'static str,
        /// The message's template.
        template_id: u16,
        /// Where it was noticed.
        offset: usize,
    },
    /// Bytes are left over, though the message is not newer than this schema.
    #[error("{count} bytes are left over behind template {template_id}, from offset {offset}")]
    TrailingBytes {
        /// The message's template.
        template_id: u16,
        /// The offset at which the message ends.
        offset: usize,
        /// The number of bytes after it.
        count: usize,
    },
    /// The message is of another schema.
    #[error("schema {found} instead of {expected}; decode it with the codec of that schema")]
    WrongSchema {
        /// The schema id of the codec.
        expected: u16,
        /// The schema id of the message.
        found: u16,
    },
    /// The message is of another template than the one asked for.
    #[error("template {found} instead of {expected}")]
    WrongTemplate {
        /// The template asked for.
        expected: u16,
        /// The template of the message.
        found: u16,
    },
    /// No message of the schema has this template.
    #[error("unknown template {template_id}")]
    UnknownTemplate {
        /// The template of the message.
        template_id: u16,
    },
    /// The framing header of FIX SBE is not what it must be.
    #[error("bad framing header: message length {message_length}, encoding type {encoding_type:#06x}")]
    BadFraming {
        /// The length that it claims, itself included.
        message_length: u32,
        /// The encoding type that it claims; 0xeb50 is right.
        encoding_type: u16,
    },
    /// Text is not UTF-8.
    #[error("{field} is not UTF-8 from byte {offset} of its text")]
    NotUtf8 {
        /// The field.
        field: &'static str,
        /// The number of valid bytes of the text.
        offset: usize,
    },
    /// A number needs more digits than a decimal holds.
    #[error("{value} needs more digits than a decimal holds")]
    DecimalOverflow {
        /// The number, as mantissa and power of ten.
        value: Box<str>,
    },
    /// A decimal cannot be written at the exponent of its message without losing digits or overflowing.
    #[error("{value} cannot be written with exponent {exponent}")]
    PrecisionLost {
        /// The number.
        value: Box<str>,
        /// The exponent.
        exponent: i8,
    },
    /// Text, data or a group is longer than its length field can say.
    #[error("{what} has {length} bytes or entries, at most {limit} can be sent")]
    TooLong {
        /// The field or group.
        what: &'static str,
        /// Its length.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A value that the type of the JSON form cannot have.
    #[error("{member} {why}")]
    NotInModel {
        /// The member, as the schema names it.
        member: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// Messages are embedded in messages too deeply.
    #[error("messages are embedded too deeply")]
    TooDeep,
}
