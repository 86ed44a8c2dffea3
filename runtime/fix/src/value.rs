//! Numbers and codes as FIX writes them.

use std::fmt;

use binance_wire_core::Decimal;

/// A value that an enum of this version of the crate does not know, kept as it came.
///
/// It can only be made by the enum's own reader, so it never hides a known value. It is 16 bytes long, and so is an
/// enum that may hold one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnrecognizedCode {
    length: Length,
    bytes: [u8; Self::CAPACITY],
}

/// A length up to fifteen. The values that it cannot have are where enums around it keep their variants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
enum Length {
    L0,
    L1,
    L2,
    L3,
    L4,
    L5,
    L6,
    L7,
    L8,
    L9,
    L10,
    L11,
    L12,
    L13,
    L14,
    L15,
}

impl Length {
    #[rustfmt::skip]
    const ALL: [Self; 16] = [
        Self::L0, Self::L1, Self::L2, Self::L3, Self::L4, Self::L5, Self::L6, Self::L7,
        Self::L8, Self::L9, Self::L10, Self::L11, Self::L12, Self::L13, Self::L14, Self::L15,
    ];
}

impl UnrecognizedCode {
    /// The longest code that fits: codes are of type CHAR or INT, so this is more than any of them has.
    pub const CAPACITY: usize = 15;

    /// Keeps `value`; `None` where it is not printable ASCII or longer than [`CAPACITY`](Self::CAPACITY).
    pub(crate) fn new(value: &[u8]) -> Option<Self> {
        if !value.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return None;
        }
        let length = *Length::ALL.get(value.len())?;
        let mut bytes = [0; Self::CAPACITY];
        bytes.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self { length, bytes })
    }

    /// The code as the exchange sent it.
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.length as usize).unwrap_or_default();
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
            length: Length::L0,
            bytes: [0; Self::CAPACITY],
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
    // The exchange writes most amounts with eight fraction digits: those are taken in one step.
    if let Some((whole, [b'.', fraction @ ..])) = digits.split_last_chunk::<9>()
        && !whole.is_empty()
        && let Some(fraction) = eight_digits(*fraction)
    {
        let mut mantissa = 0_u64;
        for byte in whole {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            mantissa = mantissa * 10 + u64::from(digit);
        }
        let mantissa = mantissa * 100_000_000 + u64::from(fraction);
        return Some(Decimal::from_parts(
            mantissa as u32,
            (mantissa >> 32) as u32,
            0,
            negative,
            8,
        ));
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

/// The number that eight digits make, all eight looked at together.
#[inline]
pub(crate) fn eight_digits(digits: [u8; 8]) -> Option<u32> {
    let value = u64::from_le_bytes(digits) ^ 0x3030_3030_3030_3030;
    // A digit is now 0 to 9: its upper half is empty, and stays empty when six is added.
    if (value | value.wrapping_add(0x0606_0606_0606_0606)) & 0xF0F0_F0F0_F0F0_F0F0 != 0 {
        return None;
    }
    let pairs = value.wrapping_mul(10 * 256 + 1) >> 8 & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100 * 65_536 + 1) >> 16 & 0x0000_FFFF_0000_FFFF;
    Some((fours.wrapping_mul(10_000 * (1 << 32) + 1) >> 32) as u32)
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
