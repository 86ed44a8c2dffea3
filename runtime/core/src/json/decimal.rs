//! Decimals, digit for digit.
//!
//! `rust_decimal`'s own parser rounds what does not fit; this one refuses it.

use super::integer::out_of_range;
use super::reader::Reader;
use super::scan;
use super::spelled::{Spelled, TooLarge};
use crate::{Decimal, DecodeError, DecodeErrorKind};

const EXPECTED: &str = "a decimal number";

/// A decimal of at most 19 digits, in two registers. A `Decimal` would be handed back in memory, written in parts and
/// then copied as a whole, for which the processor has to wait.
#[derive(Clone, Copy)]
struct Short {
    mantissa: u64,
    /// The scale; the ninth bit is set for a negative number.
    sign_and_scale: u32,
}

impl Short {
    /// In place of sign and scale: it is not such a decimal.
    const OTHER: u32 = u32::MAX;

    const NONE: Self = Self {
        mantissa: 0,
        sign_and_scale: Self::OTHER,
    };

    #[inline(always)]
    fn decimal(self) -> Decimal {
        let (low, middle) = (self.mantissa as u32, (self.mantissa >> 32) as u32);
        let (negative, scale) = (self.sign_and_scale & 0x100 != 0, self.sign_and_scale & 0xFF);
        Decimal::from_parts(low, middle, 0, negative, scale)
    }
}

impl Reader<'_> {
    /// Reads a decimal that is sent as text (`"0.010"`) or as a JSON number.
    ///
    /// Trailing zeros are kept, unless the number fits only without them. Scientific notation is understood and gives
    /// the same digits.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::OutOfRange`] where the value needs more than 96 bits or 28 fraction digits: nothing is
    /// ever rounded. [`DecodeErrorKind::WrongType`] where it is not a number.
    #[inline]
    pub fn read_decimal(&mut self) -> Result<Decimal, DecodeError> {
        match self.short_decimal() {
            Short {
                sign_and_scale: Short::OTHER,
                ..
            } => self.any_decimal(),
            short => Ok(short.decimal()),
        }
    }

    /// The decimal within quotes at the position, where it has at most 19 digits and no exponent; everything
    /// else is left for [`any_decimal`](Self::any_decimal), and nothing but white space is consumed.
    #[inline(never)]
    fn short_decimal(&mut self) -> Short {
        if self.peek() != b'"' {
            return Short::NONE;
        }
        let bytes = self.bytes();
        let start = self.position + 1;
        let negative = bytes.get(start) == Some(&b'-');
        let start = start + usize::from(negative);
        let (mut mantissa, whole) = scan::append_digits(bytes, start, 0);
        let mut end = start + whole;
        let mut scale = 0;
        if bytes.get(end) == Some(&b'.') {
            (mantissa, scale) = scan::append_digits(bytes, end + 1, mantissa);
            if scale == 0 {
                return Short::NONE;
            }
            end += 1 + scale;
        }
        if whole == 0 || whole + scale > scan::MAX_DIGITS || bytes.get(end) != Some(&b'"') {
            return Short::NONE;
        }
        self.position = end + 1;
        Short {
            mantissa,
            sign_and_scale: u32::from(negative) << 8 | scale as u32,
        }
    }

    #[cold]
    #[inline(never)]
    fn any_decimal(&mut self) -> Result<Decimal, DecodeError> {
        let offset = self.position;
        let text = match self.current() {
            b'"' => self.read_str()?,
            b'-' | b'0'..=b'9' => self.raw_value()?.into(),
            _ => return Err(self.unexpected(EXPECTED)),
        };
        let Some(spelled) = Spelled::parse(text.as_bytes()) else {
            return Err(DecodeError::new(DecodeErrorKind::WrongType(EXPECTED), offset));
        };
        if let Ok(value) = spelled.decimal() {
            return Ok(value);
        }
        match spelled.trimmed_decimal() {
            Ok(value) => {
                self.trimmed = offset..self.position;
                Ok(value)
            }
            Err(TooLarge) => Err(out_of_range(&text, offset)),
        }
    }
}

/// Whether two JSON texts are one value, in whatever spelling of its decimals.
pub(super) fn is_same_value(left: &str, right: &str) -> bool {
    let value = |text: &str| {
        Spelled::parse(text.trim_matches('"').as_bytes())?
            .trimmed_decimal()
            .ok()
    };
    let same =
        |left: &str, right: &str| left == right || value(left).is_some_and(|left| value(right) == Some(left));
    let (mut left, mut right) = (left, right);
    loop {
        let (one, other);
        (one, left) = split_token(left);
        (other, right) = split_token(right);
        if !same(one, other) {
            return false;
        }
        if one.is_empty() {
            return true;
        }
    }
}

/// The first bracket, comma, colon or scalar of well-formed JSON, and what is behind it; empty at the end.
fn split_token(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r']);
    let end = match text.bytes().next() {
        None => 0,
        Some(b'"') => end_of_string(text),
        Some(b'[' | b']' | b'{' | b'}' | b',' | b':') => 1,
        Some(_) => text
            .find(['[', ']', '{', '}', ',', ':', ' ', '\t', '\n', '\r'])
            .unwrap_or(text.len()),
    };
    text.split_at(end)
}

/// The end of the string with which `text` begins.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return place + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}
