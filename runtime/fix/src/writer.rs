//! Writing messages into a caller's buffer.

use binance_wire_core::Decimal;

use crate::frame::sum;
use crate::value::{push_decimal, push_u64};
use crate::{Dictionary, Field, FixError, FixTimestamp, SOH};

/// Digits kept free for BodyLength(9): most bodies have 100 to 999 bytes.
const LENGTH_ROOM: usize = 3;

/// Why a field without a value is not written.
const EMPTY: &str = "the value is empty; leave the field out";

/// Puts one message at the end of a buffer. Fields are given with their tag and the sign already as text, such as
/// `"38="`, since that is what generated code has at hand.
///
/// The first error is kept and returned by [`finish`](Self::finish), which then restores the buffer.
#[derive(Debug)]
pub struct MessageWriter<'b> {
    out: &'b mut Vec<u8>,
    /// Where the message starts.
    start: usize,
    /// Where the digits of BodyLength(9) start.
    length_at: usize,
    dictionary: &'static Dictionary,
    error: Option<Box<FixError>>,
}

impl<'b> MessageWriter<'b> {
    /// Starts a message of a dictionary: BeginString(8), room for BodyLength(9), MsgType(35).
    pub fn begin(out: &'b mut Vec<u8>, dictionary: &'static Dictionary, msg_type: &str) -> Self {
        let start = out.len();
        out.reserve(512);
        let mut writer = Self {
            out,
            start,
            length_at: 0,
            dictionary,
            error: None,
        };
        writer.text("8=", dictionary.begin_string);
        writer.out.extend_from_slice(b"9=");
        writer.length_at = writer.out.len();
        writer.out.extend_from_slice(b"000\x01");
        writer.text("35=", msg_type);
        writer
    }

    #[cold]
    fn fail(&mut self, prefix: &str, reason: &'static str) {
        if self.error.is_none() {
            let tag = prefix.trim_end_matches('=').parse().unwrap_or_default();
            self.error = Some(Box::new(FixError::Unwritable { tag, reason }));
        }
    }

    #[inline]
    fn put(&mut self, prefix: &str, value: &[u8]) {
        self.out.extend_from_slice(prefix.as_bytes());
        self.out.extend_from_slice(value);
        self.out.push(SOH);
    }

    /// Text. SOH in it is an error: it would end the field, and what follows would be read as fields. So is no text:
    /// the protocol has no fields without a value.
    #[inline]
    pub fn text(&mut self, prefix: &str, value: &str) {
        if value.as_bytes().contains(&SOH) {
            self.fail(prefix, "the text contains SOH");
        }
        if value.is_empty() {
            self.fail(prefix, EMPTY);
        }
        self.put(prefix, value.as_bytes());
    }

    /// A code that is known to be clean.
    #[inline]
    pub fn code(&mut self, prefix: &str, value: &str) {
        self.put(prefix, value.as_bytes());
    }

    /// A decimal, with all its fraction digits and no exponent.
    #[inline]
    pub fn decimal(&mut self, prefix: &str, value: Decimal) {
        self.out.extend_from_slice(prefix.as_bytes());
        push_decimal(self.out, value);
        self.out.push(SOH);
    }

    /// A signed number.
    #[inline]
    pub fn int(&mut self, prefix: &str, value: i64) {
        self.out.extend_from_slice(prefix.as_bytes());
        if value < 0 {
            self.out.push(b'-');
        }
        push_u64(self.out, value.unsigned_abs());
        self.out.push(SOH);
    }

    /// An unsigned number.
    #[inline]
    pub fn uint(&mut self, prefix: &str, value: u64) {
        self.out.extend_from_slice(prefix.as_bytes());
        push_u64(self.out, value);
        self.out.push(SOH);
    }

    /// `Y` or `N`.
    #[inline]
    pub fn boolean(&mut self, prefix: &str, value: bool) {
        self.put(prefix, if value { b"Y" } else { b"N" });
    }

    /// One printable ASCII character.
    #[inline]
    pub fn character(&mut self, prefix: &str, value: char) {
        match u8::try_from(value) {
            Ok(byte @ b' '..=b'~') => self.put(prefix, &[byte]),
            _ => self.fail(prefix, "the character is not printable ASCII"),
        }
    }

    /// A UTCTIMESTAMP.
    #[inline]
    pub fn timestamp(&mut self, prefix: &str, value: FixTimestamp) {
        match value.format() {
            Some((text, length)) => self.put(prefix, text.get(..length).unwrap_or_default()),
            None => self.fail(prefix, "the time is not in the years 0 to 9999"),
        }
    }

    /// Bytes with their length in the field before them.
    pub fn data(&mut self, length_prefix: &str, prefix: &str, value: &[u8]) {
        if value.is_empty() {
            self.fail(prefix, EMPTY);
        }
        self.uint(length_prefix, value.len() as u64);
        self.put(prefix, value);
    }

    /// The fields that no dictionary declares, as they were read.
    #[inline]
    pub fn extra(&mut self, fields: &[Field<'_>]) {
        if !fields.is_empty() {
            self.extra_fields(fields);
        }
    }

    #[cold]
    fn extra_fields(&mut self, fields: &[Field<'_>]) {
        let mut previous: Option<&Field<'_>> = None;
        for field in fields {
            let prefix = format!("{}=", field.tag);
            // Data may contain SOH, and is known by the length before it.
            let is_data = previous.is_some_and(|length| {
                self.dictionary.data_of(length.tag) == Some(field.tag)
                    && crate::value::parse_u64(length.value) == Some(field.value.len() as u64)
            });
            if field.tag == 0 {
                self.fail(&prefix, "no field has the tag 0");
            }
            if field.value.is_empty() {
                self.fail(&prefix, EMPTY);
            }
            if field.value.contains(&SOH) && !is_data {
                self.fail(&prefix, "the value contains SOH");
            }
            self.put(&prefix, field.value);
            previous = Some(field);
        }
    }

    /// Ends the message: fills in BodyLength(9), appends CheckSum(10), and gives the message's bytes.
    ///
    /// # Errors
    /// The first value that could not be written; the buffer is then as long as before.
    pub fn finish(self) -> Result<&'b [u8], FixError> {
        if let Some(error) = self.error {
            self.out.truncate(self.start);
            return Err(*error);
        }
        let mut digits = Vec::new();
        let body = self.out.len() - (self.length_at + LENGTH_ROOM + 1);
        if (100..1000).contains(&body) {
            let room = self.out.get_mut(self.length_at..self.length_at + LENGTH_ROOM);
            if let Some([hundreds, tens, ones]) = room {
                *hundreds = b'0' + (body / 100) as u8;
                *tens = b'0' + (body / 10 % 10) as u8;
                *ones = b'0' + (body % 10) as u8;
            }
        } else {
            push_u64(&mut digits, body as u64);
            self.out
                .splice(self.length_at..self.length_at + LENGTH_ROOM, digits);
        }
        let sum = sum(self.out.get(self.start..).unwrap_or_default());
        let trailer = [
            b'1',
            b'0',
            b'=',
            b'0' + sum / 100,
            b'0' + sum / 10 % 10,
            b'0' + sum % 10,
            SOH,
        ];
        self.out.extend_from_slice(&trailer);
        Ok(self.out.get(self.start..).unwrap_or_default())
    }
}
