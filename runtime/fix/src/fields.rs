//! Reading the fields of a message, one after the other.

use binance_wire_core::{Decimal, UnrecognizedValue};

use crate::error::shortened;
use crate::value::{parse_decimal, parse_i64, parse_u64};
use crate::{Dictionary, FixError, FixTimestamp, Layout, RawMessage, SOH, UnrecognizedCode};

/// A field of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Field<'a> {
    /// The tag.
    pub tag: u32,
    /// The value.
    pub value: &'a [u8],
}

impl std::fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.tag, String::from_utf8_lossy(self.value))
    }
}

/// A message of a type that the dictionary does not have: its fields in the order of the wire, header fields left
/// off, the entries of its groups one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMessage<'a> {
    /// The value of MsgType(35).
    pub msg_type: &'a str,
    /// The fields.
    pub fields: Vec<Field<'a>>,
}

impl<'a> UnknownMessage<'a> {
    /// Reads all that is left. What goes wrong is kept in `fields`.
    pub fn read(msg_type: &'a str, fields: &mut Fields<'a>) -> Self {
        let mut message = Self {
            msg_type,
            fields: Vec::new(),
        };
        while fields.next_tag() != 0 {
            fields.keep(&mut message.fields);
        }
        message
    }
}

/// The fields of a message that have been read, by the number that generated code assigns to each.
#[derive(Debug)]
pub struct Seen<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Seen<WORDS> {
    /// None yet.
    #[inline]
    pub const fn new() -> Self {
        Self([0; WORDS])
    }

    /// Notes that field `number` has been read; whether it had been before.
    #[inline]
    pub fn mark(&mut self, number: usize) -> bool {
        let Some(word) = self.0.get_mut(number / 64) else {
            return false;
        };
        let bit = 1 << (number % 64);
        let before = *word & bit != 0;
        *word |= bit;
        before
    }

    /// Whether field `number` has been read.
    #[inline]
    pub fn has(&self, number: usize) -> bool {
        self.0
            .get(number / 64)
            .is_some_and(|word| word >> (number % 64) & 1 != 0)
    }
}

impl<const WORDS: usize> Default for Seen<WORDS> {
    fn default() -> Self {
        Self::new()
    }
}

/// The maximum depth of nested groups. Dictionaries have two levels; the header is one more.
const MAX_DEPTH: usize = 8;

/// Tags have at most nine digits, which is far more than any dictionary needs.
const TAG_LIMIT: u32 = 100_000_000;

/// A cursor over the body of a message.
///
/// The first error is kept and ends the reading: [`next_tag`](Self::next_tag) gives 0 from then on, values read
/// are read as defaults, and [`finish`](Self::finish) returns the error. This keeps generated readers small.
#[derive(Debug)]
pub struct Fields<'a> {
    /// The message up to CheckSum(10): offsets are those of the message.
    bytes: &'a [u8],
    /// Where the current field starts, and where the next one does.
    start: usize,
    at: usize,
    tag: u32,
    value: &'a [u8],
    /// The field was looked at and given back.
    pending: bool,
    dictionary: &'static Dictionary,
    msg_type: &'a str,
    /// The layouts around the groups that are being read.
    outer: [Option<&'static Layout>; MAX_DEPTH],
    depth: usize,
    error: Option<Box<FixError>>,
}

impl<'a> Fields<'a> {
    /// A cursor behind MsgType(35).
    ///
    /// # Errors
    /// A BeginString(8) other than the dictionary's.
    pub fn new(message: &RawMessage<'a>, dictionary: &'static Dictionary) -> Result<Self, FixError> {
        if message.begin_string != dictionary.begin_string {
            let found = message.begin_string.to_owned();
            return Err(FixError::BeginString {
                expected: dictionary.begin_string,
                found,
            });
        }
        let mut outer = [None; MAX_DEPTH];
        outer[0] = Some(dictionary.header);
        Ok(Self {
            bytes: message.bytes.get(..message.body_end).unwrap_or_default(),
            start: message.body_start,
            at: message.body_start,
            tag: 0,
            value: &[],
            pending: false,
            dictionary,
            msg_type: message.msg_type,
            outer,
            depth: 1,
            error: None,
        })
    }

    /// Goes to the next field and gives its tag; 0 at the end and after an error.
    #[inline]
    pub fn next_tag(&mut self) -> u32 {
        if self.pending {
            self.pending = false;
            return self.tag;
        }
        let start = self.at;
        let mut at = start;
        let mut tag = 0;
        loop {
            match self.bytes.get(at) {
                // No tag starts with a zero.
                Some(b'0') if tag == 0 => return self.no_tag(start, at),
                Some(digit @ b'0'..=b'9') if tag < TAG_LIMIT => tag = tag * 10 + u32::from(digit - b'0'),
                Some(b'=') if tag != 0 => break,
                _ => return self.no_tag(start, at),
            }
            at += 1;
        }
        let start = at + 1;
        let Some(end) = find_soh(self.bytes, start) else {
            return self.no_tag(start, self.bytes.len());
        };
        if end == start {
            return self.no_value(tag, start);
        }
        self.value = self.bytes.get(start..end).unwrap_or_default();
        self.start = self.at;
        self.at = end + 1;
        self.tag = tag;
        tag
    }

    /// Reports that `tag` has no value. The result is that of [`next_tag`](Self::next_tag) after an error.
    #[cold]
    fn no_value(&mut self, tag: u32, offset: usize) -> u32 {
        let layout = self.dictionary.message(self.msg_type);
        self.fail(FixError::EmptyValue {
            tag,
            message: layout.map_or("message", |layout| layout.name),
            offset,
        });
        self.tag = 0;
        self.value = &[];
        0
    }

    #[cold]
    fn no_tag(&mut self, start: usize, at: usize) -> u32 {
        if start < self.bytes.len() {
            self.fail(if at < self.bytes.len() {
                FixError::Syntax {
                    offset: at,
                    expected: "a tag and `=`",
                }
            } else {
                FixError::Truncated {
                    offset: at,
                    expected: "the end of a field",
                }
            });
        }
        self.tag = 0;
        self.value = &[];
        0
    }

    /// Gives the current field back: [`next_tag`](Self::next_tag) will come to it again.
    #[inline]
    pub fn back(&mut self) {
        self.pending = self.tag != 0;
    }

    /// The value of the current field.
    #[inline]
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Where the value of the current field starts: it is a part of the message, so its address shows.
    fn offset(&self) -> usize {
        let offset = self
            .value
            .as_ptr()
            .addr()
            .wrapping_sub(self.bytes.as_ptr().addr());
        if offset <= self.bytes.len() {
            offset
        } else {
            self.bytes.len()
        }
    }

    /// Keeps the first error and ends the reading.
    #[cold]
    pub fn fail(&mut self, error: FixError) {
        self.at = self.bytes.len();
        self.pending = false;
        if self.error.is_none() {
            self.error = Some(Box::new(error));
        }
    }

    #[cold]
    fn bad_value(&mut self, expected: &'static str) {
        let found = shortened(self.value);
        self.fail(FixError::Value {
            tag: self.tag,
            offset: self.offset(),
            expected,
            found,
        });
    }

    /// The first error, if there was one.
    ///
    /// # Errors
    /// The first error.
    pub fn finish(self) -> Result<(), FixError> {
        match self.error {
            None => Ok(()),
            Some(error) => Err(*error),
        }
    }

    /// Reports that `tag` has been read before.
    #[cold]
    pub fn duplicate(&mut self, tag: u32) {
        self.fail(FixError::DuplicateField {
            tag,
            offset: self.offset(),
        });
    }

    /// Reports that the current field belongs elsewhere.
    #[cold]
    pub fn misplaced(&mut self) {
        self.fail(FixError::MisplacedField {
            tag: self.tag,
            offset: self.offset(),
        });
    }

    /// Reports the first of `required` (number in `seen`, and tag) that has not been read.
    #[inline]
    pub fn require<const WORDS: usize>(
        &mut self,
        seen: &Seen<WORDS>,
        required: &[(usize, u32)],
        owner: &'static str,
    ) {
        for (number, tag) in required {
            if !seen.has(*number) {
                self.missing(*tag, owner);
                return;
            }
        }
    }

    #[cold]
    fn missing(&mut self, tag: u32, owner: &'static str) {
        self.fail(FixError::MissingField { tag, owner });
    }

    /// Makes `field`, which was kept before, the current field again.
    pub fn revisit(&mut self, field: Field<'a>) {
        self.tag = field.tag;
        self.value = field.value;
    }

    /// Text. UTF-8 is asked for, since some fields of the exchange allow more than ASCII.
    #[inline]
    pub fn text(&mut self) -> &'a str {
        match std::str::from_utf8(self.value) {
            Ok(text) => text,
            Err(_) => {
                self.bad_value("UTF-8 text");
                ""
            }
        }
    }

    /// A decimal, all its digits kept.
    #[inline]
    pub fn decimal(&mut self) -> Decimal {
        match parse_decimal(self.value) {
            Some(value) => value,
            None => {
                self.bad_value("a decimal number of at most 28 digits");
                Decimal::ZERO
            }
        }
    }

    /// A signed number.
    #[inline]
    pub fn int(&mut self) -> i64 {
        match parse_i64(self.value) {
            Some(value) => value,
            None => {
                self.bad_value("a whole number");
                0
            }
        }
    }

    /// An unsigned number.
    #[inline]
    pub fn uint(&mut self) -> u64 {
        match parse_u64(self.value) {
            Some(value) => value,
            None => {
                self.bad_value("a whole number without a sign");
                0
            }
        }
    }

    /// A sequence number: 32 bits.
    #[inline]
    pub fn seq_num(&mut self) -> u32 {
        match parse_u64(self.value).and_then(|value| u32::try_from(value).ok()) {
            Some(value) => value,
            None => {
                self.bad_value("a sequence number up to 4294967295");
                0
            }
        }
    }

    /// `Y` or `N`.
    #[inline]
    pub fn boolean(&mut self) -> bool {
        match self.value {
            b"Y" => true,
            b"N" => false,
            _ => {
                self.bad_value("Y or N");
                false
            }
        }
    }

    /// One printable ASCII character.
    #[inline]
    pub fn character(&mut self) -> char {
        match self.value {
            [byte @ b' '..=b'~'] => char::from(*byte),
            _ => {
                self.bad_value("one character");
                ' '
            }
        }
    }

    /// A UTCTIMESTAMP.
    #[inline]
    pub fn timestamp(&mut self) -> FixTimestamp {
        match FixTimestamp::parse(self.value) {
            Some(value) => value,
            None => {
                self.bad_value("a time, YYYYMMDD-HH:MM:SS with up to six fraction digits");
                FixTimestamp::EPOCH
            }
        }
    }

    /// A code that the reading enum does not know.
    #[cold]
    pub fn unrecognized_code(&mut self) -> UnrecognizedCode {
        match UnrecognizedCode::new(self.value) {
            Some(code) => code,
            None => {
                self.bad_value("a code of at most 23 printable characters");
                UnrecognizedCode::default()
            }
        }
    }

    /// A text that the reading enum does not know.
    #[cold]
    pub fn unrecognized_text(&mut self) -> UnrecognizedValue {
        UnrecognizedValue::new(self.text())
    }

    /// The field `tag`, which must follow and is as long as the current field says. It may contain any byte.
    pub fn data(&mut self, tag: u32) -> &'a [u8] {
        let Some(length) = parse_u64(self.value) else {
            self.bad_value("the number of bytes of the data that follows");
            return &[];
        };
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let found = rest.get(..digits).and_then(parse_u64);
        if found != Some(u64::from(tag)) || rest.get(digits) != Some(&b'=') {
            self.fail(FixError::MissingField {
                tag,
                owner: "the data field behind its length",
            });
            return &[];
        }
        let start = self.at + digits + 1;
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| start.checked_add(length));
        let value = end.and_then(|end| self.bytes.get(start..end));
        match (value, end) {
            (Some([]), _) => {
                self.no_value(tag, start);
                &[]
            }
            (Some(value), Some(end)) if self.bytes.get(end) == Some(&SOH) => {
                self.at = end + 1;
                self.tag = tag;
                self.value = value;
                value
            }
            _ => {
                self.bad_value("the number of bytes of the data that follows");
                &[]
            }
        }
    }

    /// Keeps the current field, which the dictionary does not declare here. A length-prefixed pair is kept whole.
    #[cold]
    pub fn keep(&mut self, extra: &mut Vec<Field<'a>>) {
        extra.push(Field {
            tag: self.tag,
            value: self.value,
        });
        if let Some(data) = self.dictionary.data_of(self.tag) {
            let value = self.data(data);
            extra.push(Field { tag: data, value });
        }
    }

    /// Whether the current field, which no entry of the innermost group has, belongs to what is around it.
    #[cold]
    pub fn leaves(&self) -> bool {
        self.outer
            .iter()
            .take(self.depth)
            .flatten()
            .any(|layout| layout.has(self.tag))
    }

    /// The entries of the group whose count is the current field; `outer` is the layout with the count field.
    ///
    /// The first field of the first entry starts every entry. The count is not trusted: memory is taken for what
    /// is there.
    pub fn group<T>(&mut self, outer: &'static Layout, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let (tag, stated) = (self.tag, self.uint());
        let Some(level) = self.outer.get_mut(self.depth) else {
            self.fail(FixError::TooDeep { tag });
            return Vec::new();
        };
        *level = Some(outer);
        self.depth += 1;
        // No entry is shorter than `1=x` and its end.
        let room = (self.bytes.len().saturating_sub(self.at) / 4).min(256);
        let mut entries = Vec::with_capacity(usize::try_from(stated).unwrap_or(usize::MAX).min(room));
        let mut count = 0;
        while count < stated && self.error.is_none() {
            let before = self.position();
            let entry = read(self);
            if self.error.is_some() {
                break;
            }
            if self.position() == before {
                self.fail(FixError::GroupCount {
                    tag,
                    stated,
                    found: count,
                });
                break;
            }
            entries.push(entry);
            count += 1;
        }
        self.depth -= 1;
        entries
    }

    /// Where the next field starts, one that was given back included.
    fn position(&self) -> usize {
        if self.pending { self.start } else { self.at }
    }
}

/// The top bit of the lowest byte that is zero, and perhaps of higher ones.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
}

/// The first SOH at or behind `from`, eight bytes at a time.
#[inline]
fn find_soh(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let found = zero_bytes(u64::from_le_bytes(*chunk) ^ 0x0101_0101_0101_0101);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| *byte == SOH).map(|index| at + index)
}
