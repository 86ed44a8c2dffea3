//! Numbers and codes as FIX writes them.

use std::fmt;

use binance_wire_core::Decimal;

/// A value that an enum of this version of the crate does not know, kept as it came.
///
/// It can only be made by the enum's own reader, so it never hides a known value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnrecognizedCode {
    bytes: [u8; Self::CAPACITY],
    length: u8,
}

impl UnrecognizedCode {
    /// The longest code that fits: codes are of type CHAR or INT, so this is more than either allows.
    pub const CAPACITY: usize = 23;

    /// Keeps `value`; `None` where it is not printable ASCII or longer than [`CAPACITY`](Self::CAPACITY).
    pub(crate) fn new(value: &[u8]) -> Option<Self> {
        if !value.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return None;
        }
        let mut bytes = [0; Self::CAPACITY];
        bytes.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self {
            bytes,
            length: value.len() as u8,
        })
    }

    /// The code as the exchange sent it.
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl fmt::Debug for UnrecognizedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Default for UnrecognizedCode {
    fn default() -> Self {
        Self {
            bytes: [0; Self::CAPACITY],
            length: 0,
        }
    }
}

/// A decimal with all its digits: an optional minus, digits, at most one point.
#[inline]
pub fn parse_decimal(text: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    // Nineteen digits fit 64 bits whatever they are.
    if digits.len() > 19 {
        return parse_long_decimal(negative, digits);
    }
    let (mut mantissa, mut point, mut any) = (0_u64, None, false);
    for (index, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            any = true;
        } else if *byte == b'.' && point.is_none() {
            point = Some(index);
        } else {
            return None;
        }
    }
    let scale = point.map_or(0, |point| digits.len() - 1 - point);
    any.then(|| {
        Decimal::from_parts(
            mantissa as u32,
            (mantissa >> 32) as u32,
            0,
            negative,
            scale as u32,
        )
    })
}

#[cold]
fn parse_long_decimal(negative: bool, digits: &[u8]) -> Option<Decimal> {
    let (mut mantissa, mut scale, mut point, mut any) = (0_u128, 0_u32, false, false);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa.checked_mul(10)?.checked_add(u128::from(byte - b'0'))?;
                scale += u32::from(point);
                any = true;
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    // A decimal holds 96 bits and 28 fraction digits.
    if !any || mantissa >> 96 != 0 || scale > 28 {
        return None;
    }
    let (low, middle, high) = (mantissa as u32, (mantissa >> 32) as u32, (mantissa >> 64) as u32);
    Some(Decimal::from_parts(low, middle, high, negative, scale))
}

/// An unsigned number of up to 19 digits or any that fits 64 bits.
#[inline]
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut value = 0_u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// A signed number that fits 64 bits.
#[inline]
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    match text {
        [b'-', digits @ ..] => 0_i64.checked_sub_unsigned(parse_u64(digits)?),
        digits => i64::try_from(parse_u64(digits)?).ok(),
    }
}

/// Puts the digits of `value` at the end of `out`.
#[inline]
pub(crate) fn push_u64(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Puts `value` with all its fraction digits at the end of `out`.
#[inline]
pub(crate) fn push_decimal(out: &mut Vec<u8>, value: Decimal) {
    let scale = value.scale() as usize;
    let mut mantissa = value.mantissa().unsigned_abs();
    // 29 digits of the mantissa, or 28 fraction digits and a zero before them; a point; a sign.
    let mut text = [0; 32];
    let mut at = text.len();
    let mut count = 0;
    // A mantissa beyond 64 bits is rare: bring it down digit by digit, then go on with the fast division.
    while mantissa > u128::from(u64::MAX) {
        at -= 1;
        text[at] = b'0' + (mantissa % 10) as u8;
        mantissa /= 10;
        count += 1;
        if count == scale {
            at -= 1;
            text[at] = b'.';
        }
    }
    let mut mantissa = mantissa as u64;
    while mantissa != 0 || count <= scale {
        at -= 1;
        text[at] = b'0' + (mantissa % 10) as u8;
        mantissa /= 10;
        count += 1;
        if count == scale {
            at -= 1;
            text[at] = b'.';
        }
    }
    if value.is_sign_negative() {
        at -= 1;
        text[at] = b'-';
    }
    out.extend_from_slice(&text[at..]);
}
