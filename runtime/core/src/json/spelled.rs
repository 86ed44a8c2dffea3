//! Numbers in any spelling: `10`, `10.0`, `1e1`; the digits are never rounded.

use crate::Decimal;

/// A number as it is spelled: `-?digits(.digits)?([eE][+-]?digits)?`, leading zeros allowed.
#[derive(Clone, Copy)]
pub(super) struct Spelled<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// The number has more digits than its type.
pub(super) struct TooLarge;

impl<'a> Spelled<'a> {
    /// The parts of the number; `None` where `text` is not one.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (whole, rest) = split_digits(rest);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => {
                let (fraction, rest) = split_digits(rest);
                if fraction.is_empty() {
                    return None;
                }
                (fraction, rest)
            }
            rest => (&[][..], rest),
        };
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => parse_exponent(rest)?,
            _ => return None,
        };
        (!whole.is_empty()).then_some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// The decimal of exactly these digits, trailing zeros included.
    pub(super) fn decimal(self) -> Result<Decimal, TooLarge> {
        self.assemble().ok_or(TooLarge)
    }

    /// The decimal of the same value, without the zeros at the end of the fraction.
    pub(super) fn trimmed_decimal(mut self) -> Result<Decimal, TooLarge> {
        while let [rest @ .., b'0'] = self.fraction {
            self.fraction = rest;
        }
        self.decimal()
    }

    fn assemble(self) -> Option<Decimal> {
        let mut mantissa: i128 = 0;
        for byte in self.whole.iter().chain(self.fraction) {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
        }
        let scale = i64::try_from(self.fraction.len())
            .ok()?
            .checked_sub(self.exponent)?;
        if scale < 0 && mantissa != 0 {
            let power = 10_i128.checked_pow(u32::try_from(scale.unsigned_abs()).ok()?)?;
            mantissa = mantissa.checked_mul(power)?;
        }
        let signed = if self.negative { -mantissa } else { mantissa };
        Decimal::try_from_i128_with_scale(signed, u32::try_from(scale.max(0)).ok()?).ok()
    }

    /// Sign and magnitude of the integer; `None` where the number has a fraction, or a leading zero that would be lost.
    pub(super) fn integer(self) -> Option<Result<(bool, u64), TooLarge>> {
        if self.whole.len() > 1 && self.whole.first() == Some(&b'0') {
            return None;
        }
        // Where the point stands among the digits once the exponent has moved it.
        let length = i64::try_from(self.whole.len()).ok()?;
        let point = length.saturating_add(self.exponent);
        let mut magnitude = Some(0_u64);
        for (place, byte) in (0_i64..).zip(self.whole.iter().chain(self.fraction)) {
            let digit = u64::from(byte - b'0');
            if place >= point {
                if digit != 0 {
                    return None;
                }
            } else {
                magnitude = magnitude.and_then(|value| value.checked_mul(10)?.checked_add(digit));
            }
        }
        let digits = length.saturating_add(i64::try_from(self.fraction.len()).ok()?);
        if magnitude != Some(0) {
            let zeros = u32::try_from(point.saturating_sub(digits).max(0)).unwrap_or(u32::MAX);
            magnitude = magnitude.and_then(|value| value.checked_mul(10_u64.checked_pow(zeros)?));
        }
        Some(magnitude.map(|value| (self.negative, value)).ok_or(TooLarge))
    }
}

/// The digits of a run, and what follows it.
fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Parses `[+-]?digits`. Bounded by a million, which is beyond everything that a number can be.
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
