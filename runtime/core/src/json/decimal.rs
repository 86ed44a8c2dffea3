//! Decimals, digit for digit.
//!
//! `rust_decimal`'s own parser rounds what does not fit; this one refuses it.

use super::integer::out_of_range;
use super::reader::Reader;
use super::scan;
use crate::{Decimal, DecodeError, DecodeErrorKind};

const EXPECTED: &str = "a decimal number";

impl Reader<'_> {
    /// Reads a decimal that is sent as text (`"0.010"`) or as a JSON number.
    ///
    /// Trailing zeros are kept. Scientific notation is understood and gives the same digits.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::OutOfRange`] where the value needs more than 96 bits or 28 fraction digits: nothing is
    /// ever rounded. [`DecodeErrorKind::WrongType`] where it is not a number.
    pub fn read_decimal(&mut self) -> Result<Decimal, DecodeError> {
        if self.peek() == b'"'
            && let Some(value) = self.short_decimal()
        {
            return Ok(value);
        }
        self.any_decimal()
    }

    /// The decimal within quotes at the position, where it has at most 19 digits and no exponent; everything
    /// else is left for [`any_decimal`](Self::any_decimal), and nothing is consumed.
    #[inline]
    fn short_decimal(&mut self) -> Option<Decimal> {
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
                return None;
            }
            end += 1 + scale;
        }
        if whole == 0 || whole + scale > scan::MAX_DIGITS || bytes.get(end) != Some(&b'"') {
            return None;
        }
        self.position = end + 1;
        Some(Decimal::from_parts(
            mantissa as u32,
            (mantissa >> 32) as u32,
            0,
            negative,
            scale as u32,
        ))
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
