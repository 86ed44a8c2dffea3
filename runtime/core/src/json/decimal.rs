//! Decimals, digit for digit.
//!
//! `rust_decimal`'s own parser rounds what does not fit; this one refuses it.

use super::integer::out_of_range;
use super::reader::Reader;
use super::scan;
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
    /// Trailing zeros are kept. Scientific notation is understood and gives the same digits.
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
        match parse(text.as_bytes()) {
            Parsed::Value(value) => Ok(value),
            Parsed::TooLarge => Err(out_of_range(&text, offset)),
            Parsed::NotANumber => Err(DecodeError::new(DecodeErrorKind::WrongType(EXPECTED), offset)),
        }
    }
}

enum Parsed {
    Value(Decimal),
    TooLarge,
    NotANumber,
}

/// The digits of a run, and what follows it.
fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Parses `-?digits(.digits)?([eE][+-]?digits)?`: a JSON number, leading zeros allowed.
fn parse(text: &[u8]) -> Parsed {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (whole, rest) = split_digits(rest);
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => {
            let (fraction, rest) = split_digits(rest);
            if fraction.is_empty() {
                return Parsed::NotANumber;
            }
            (fraction, rest)
        }
        rest => (&[][..], rest),
    };
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', rest @ ..] => match parse_exponent(rest) {
            Some(exponent) => exponent,
            None => return Parsed::NotANumber,
        },
        _ => return Parsed::NotANumber,
    };
    if whole.is_empty() {
        return Parsed::NotANumber;
    }
    match assemble(negative, whole, fraction, exponent) {
        Some(value) => Parsed::Value(value),
        None => Parsed::TooLarge,
    }
}

/// Parses `[+-]?digits`. Held at a million, which is beyond everything that a [`Decimal`] can be.
fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let exponent = text.iter().fold(0_i64, |value, byte| {
        (value * 10 + i64::from(byte - b'0')).min(1_000_000)
    });
    Some(if negative { -exponent } else { exponent })
}

/// The decimal of these digits, or `None` where it cannot have them all.
fn assemble(negative: bool, whole: &[u8], fraction: &[u8], exponent: i64) -> Option<Decimal> {
    let mut mantissa: i128 = 0;
    for byte in whole.iter().chain(fraction) {
        mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
    }
    let scale = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    if scale < 0 && mantissa != 0 {
        let power = 10_i128.checked_pow(u32::try_from(scale.unsigned_abs()).ok()?)?;
        mantissa = mantissa.checked_mul(power)?;
    }
    let signed = if negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(signed, u32::try_from(scale.max(0)).ok()?).ok()
}
