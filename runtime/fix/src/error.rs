//! Errors in FIX messages.

/// The reason why bytes are not a message, or a message cannot be written. Offsets count from the first byte of the
/// message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FixError {
    /// The bytes end before the message does.
    #[error("the message ends early at byte {offset}: expected {expected}")]
    Truncated {
        /// The offset at which the bytes end.
        offset: usize,
        /// The expected continuation.
        expected: &'static str,
    },
    /// Not tag=value text.
    #[error("not a FIX message at byte {offset}: expected {expected}")]
    Syntax {
        /// Where.
        offset: usize,
        /// The expectation there.
        expected: &'static str,
    },
    /// BeginString(8) names another version of the protocol.
    #[error("BeginString(8) is `{found}`, expected `{expected}`")]
    BeginString {
        /// The version that the dictionary is for.
        expected: &'static str,
        /// The value in the message.
        found: String,
    },
    /// The message is of another type than the one asked for.
    #[error("MsgType(35) is `{found}`, expected `{expected}`")]
    MsgType {
        /// The type asked for.
        expected: &'static str,
        /// The type of the message.
        found: String,
    },
    /// BodyLength(9) is not the number of bytes between its own end and CheckSum(10).
    #[error("BodyLength(9) states {stated} bytes, but CheckSum(10) comes after {found}")]
    BodyLength {
        /// The value in the message.
        stated: u64,
        /// The correct value.
        found: u64,
    },
    /// CheckSum(10) is not the sum of the bytes before it.
    #[error("CheckSum(10) says {stated:03}, the bytes sum up to {computed:03}")]
    CheckSum {
        /// The value in the message.
        stated: u8,
        /// The correct value.
        computed: u8,
    },
    /// A message longer than the reader's limit.
    #[error("BodyLength(9) says {stated} bytes, the limit is {limit}")]
    TooLong {
        /// The value in the message.
        stated: u64,
        /// The longest message accepted, in bytes.
        limit: usize,
    },
    /// A value that does not fit the field's type.
    #[error("field {tag} at byte {offset} is `{found}`: expected {expected}")]
    Value {
        /// The field.
        tag: u32,
        /// Where its value starts.
        offset: usize,
        /// The form that the type requires.
        expected: &'static str,
        /// The value, shortened.
        found: String,
    },
    /// A field without a value, which the protocol does not have: what is absent is left out.
    #[error("field {tag} of {message} has no value, at byte {offset}")]
    EmptyValue {
        /// The field.
        tag: u32,
        /// The message's name; `message` where the dictionary does not have it.
        message: &'static str,
        /// Where the value would start.
        offset: usize,
    },
    /// A required field is absent.
    #[error("field {tag} of {owner} is missing")]
    MissingField {
        /// The field.
        tag: u32,
        /// The message or group that requires it.
        owner: &'static str,
    },
    /// A field occurs twice in one message, or in one entry of a group.
    #[error("field {tag} appears more than once, again at byte {offset}")]
    DuplicateField {
        /// The field.
        tag: u32,
        /// Where the second one is.
        offset: usize,
    },
    /// A field of a group outside the group, or data without its length before it.
    #[error("field {tag} at byte {offset} is not allowed there")]
    MisplacedField {
        /// The field.
        tag: u32,
        /// Where it is.
        offset: usize,
    },
    /// A group has fewer entries than its count field says.
    #[error("field {tag} says {stated} entries, the group has {found}")]
    GroupCount {
        /// The count field.
        tag: u32,
        /// The value.
        stated: u64,
        /// The entries that follow.
        found: u64,
    },
    /// Groups inside groups beyond what any dictionary has.
    #[error("field {tag} opens a group nested too deeply")]
    TooDeep {
        /// The count field.
        tag: u32,
    },
    /// A value that cannot be written: it would end its field early or has no text form.
    #[error("field {tag} cannot be written: {reason}")]
    Unwritable {
        /// The field.
        tag: u32,
        /// Why.
        reason: &'static str,
    },
}

impl FixError {
    /// The field that the error is about, where it is about one.
    pub fn tag(&self) -> Option<u32> {
        match *self {
            Self::BeginString { .. } => Some(8),
            Self::BodyLength { .. } | Self::TooLong { .. } => Some(9),
            Self::CheckSum { .. } => Some(10),
            Self::MsgType { .. } => Some(35),
            Self::Value { tag, .. }
            | Self::EmptyValue { tag, .. }
            | Self::MissingField { tag, .. }
            | Self::DuplicateField { tag, .. }
            | Self::MisplacedField { tag, .. }
            | Self::GroupCount { tag, .. }
            | Self::TooDeep { tag }
            | Self::Unwritable { tag, .. } => Some(tag),
            Self::Truncated { .. } | Self::Syntax { .. } => None,
        }
    }

    /// The byte at which it was noticed, where there is one.
    pub fn offset(&self) -> Option<usize> {
        match *self {
            Self::Truncated { offset, .. }
            | Self::Syntax { offset, .. }
            | Self::Value { offset, .. }
            | Self::EmptyValue { offset, .. }
            | Self::DuplicateField { offset, .. }
            | Self::MisplacedField { offset, .. } => Some(offset),
            _ => None,
        }
    }

    /// The SessionRejectReason(373) with which a FIX session answers such a message; `None` where the message
    /// is garbled and the protocol asks to ignore it.
    pub fn session_reject_reason(&self) -> Option<u16> {
        match self {
            Self::MissingField { .. } => Some(1),
            Self::EmptyValue { .. } => Some(4),
            Self::Value { .. } => Some(6),
            Self::DuplicateField { .. } => Some(13),
            Self::MisplacedField { .. } => Some(14),
            Self::GroupCount { .. } => Some(16),
            Self::TooDeep { .. } | Self::MsgType { .. } | Self::Unwritable { .. } => Some(99),
            Self::Truncated { .. }
            | Self::Syntax { .. }
            | Self::BeginString { .. }
            | Self::BodyLength { .. }
            | Self::CheckSum { .. }
            | Self::TooLong { .. } => None,
        }
    }
}

/// The start of a value as text, for an error.
pub(crate) fn shortened(value: &[u8]) -> String {
    const LIMIT: usize = 48;
    let mut text = String::from_utf8_lossy(value.get(..LIMIT).unwrap_or(value)).into_owned();
    if value.len() > LIMIT {
        text.push('…');
    }
    text
}
