//! Looking at eight bytes at once.
//!
//! A window is eight bytes of the input as a little-endian integer, so that the first byte is the lowest and
//! counting trailing zeros finds the first match.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// `10^n` for the digits of one window; as long as a power of two so that a masked index needs no check.
const POWERS: [u64; 16] = {
    let mut powers = [1; 16];
    let mut n = 1;
    while n < 16 {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
};

/// The eight bytes at `at`, or `None` near the end of the input.
#[inline(always)]
pub(super) fn window(bytes: &[u8], at: usize) -> Option<u64> {
    let window: &[u8; 8] = bytes.get(at..)?.first_chunk()?;
    Some(u64::from_le_bytes(*window))
}

/// The number of bytes in the window before the first quote, backslash or control character; 8 if there is none.
#[inline(always)]
pub(super) fn plain_bytes(window: u64) -> usize {
    let quote = (window ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
    let backslash = (window ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    let control = window.wrapping_sub(ONES * 0x20);
    // A borrow can only make false matches above a true one, and only the lowest counts.
    let special = (quote | backslash | control) & !window & HIGHS;
    (special.trailing_zeros() / 8) as usize
}

/// The first position at or after `from` that holds a quote, a backslash or a control character; the length of
/// the input if there is none.
#[inline]
pub(super) fn end_of_plain(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(window) = window(bytes, at) {
        let plain = plain_bytes(window);
        at += plain;
        if plain < 8 {
            return at;
        }
    }
    end_of_plain_slow(bytes, at)
}

/// [`end_of_plain`] byte by byte, for the last bytes of the input.
#[inline(never)]
fn end_of_plain_slow(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
        .map_or(bytes.len(), |plain| from + plain)
}

/// The high bits of the bytes of a window that are not digits, up to and including the first such byte.
#[inline(always)]
fn other_than_digits(window: u64) -> u64 {
    // A byte of 0 to 9 stays below 0x80 when 0x76 is added, every other byte reaches it.
    let digits = window ^ (ONES * b'0' as u64);
    (((digits & !HIGHS) + ONES * 0x76) | digits) & HIGHS
}

/// The value of eight digits.
#[inline(always)]
fn eight_digits(window: u64) -> u64 {
    // Neighbours are joined to two digits each, then those to four and the fours to eight.
    let digits = window & (ONES * 0x0F);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let outer = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(100 + (1_000_000 << 32));
    let inner = ((pairs >> 16) & 0x0000_00FF_0000_00FF).wrapping_mul(1 + (10_000 << 32));
    outer.wrapping_add(inner) >> 32
}

/// Appends the fewer than eight digits that precede the first byte marked in `others`.
#[inline(always)]
fn append_few(window: u64, others: u64, value: u64) -> (u64, usize) {
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 0 {
        return (value, 0);
    }
    // Shifted to the top: what followed is gone, and zeros are in front.
    let digits = eight_digits(window << (64 - 8 * count));
    (value.wrapping_mul(POWERS[count & 15]).wrapping_add(digits), count)
}

/// The most digits that always fit a `u64`.
pub(super) const MAX_DIGITS: usize = 19;

/// Appends the run of digits at `at` to `value`; returns the new value and how many there were.
///
/// The value has wrapped where more than [`MAX_DIGITS`] have been appended in all: the caller counts.
#[inline(always)]
pub(super) fn append_digits(bytes: &[u8], at: usize, value: u64) -> (u64, usize) {
    let Some(first) = window(bytes, at) else {
        return append_digits_slow(bytes, at, value, 0);
    };
    let others = other_than_digits(first);
    if others != 0 {
        return append_few(first, others, value);
    }
    let value = value.wrapping_mul(POWERS[8]).wrapping_add(eight_digits(first));
    // Eight digits often end the run: that is how many decimals the exchange prints.
    if !bytes.get(at + 8).is_some_and(u8::is_ascii_digit) {
        return (value, 8);
    }
    let Some(second) = window(bytes, at + 8) else {
        return append_digits_slow(bytes, at, value, 8);
    };
    let others = other_than_digits(second);
    if others == 0 {
        return append_digits_slow(bytes, at, value, 8);
    }
    let (value, count) = append_few(second, others, value);
    (value, 8 + count)
}

/// [`append_digits`] byte by byte, `total` of them having been appended: for the last bytes of the input, and for
/// sixteen digits and more.
#[inline(never)]
fn append_digits_slow(bytes: &[u8], at: usize, value: u64, total: usize) -> (u64, usize) {
    let (mut value, mut total) = (value, total);
    while let Some(digit) = bytes
        .get(at + total)
        .map(|byte| byte.wrapping_sub(b'0'))
        .filter(|digit| *digit < 10)
    {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        total += 1;
    }
    (value, total)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of a window, among plain bytes and among bytes that could mislead.
    fn windows() -> impl Iterator<Item = (usize, u8, [u8; 8])> {
        let backgrounds = [b'0', b'9', b'a', b'!', 0x7F, 0x80, 0xFF, b'#', b'[', b']'];
        backgrounds.into_iter().flat_map(|background| {
            (0..8).flat_map(move |at| {
                (0..=u8::MAX).map(move |byte| {
                    let mut bytes = [background; 8];
                    bytes[at] = byte;
                    (at, byte, bytes)
                })
            })
        })
    }

    #[test]
    fn plain_bytes_end_at_the_first_special_one() {
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        for (_, _, bytes) in windows() {
            let expected = bytes.iter().position(is_special).unwrap_or(8);
            assert_eq!(plain_bytes(u64::from_le_bytes(bytes)), expected, "{bytes:?}");
            assert_eq!(end_of_plain(&bytes, 0), expected, "{bytes:?}");
            assert_eq!(
                end_of_plain(&bytes[1..], 0),
                bytes[1..].iter().position(is_special).unwrap_or(7)
            );
        }
        // Several special bytes, and a run over more than one window.
        assert_eq!(plain_bytes(u64::from_le_bytes(*b"abc\"\\\n\"\"")), 3);
        assert_eq!(end_of_plain(b"0123456789abcdef0123\"", 2), 20);
        assert_eq!((end_of_plain(b"abc", 3), end_of_plain(b"abc", 9)), (3, 3));
    }

    #[test]
    fn digits_are_appended_up_to_the_first_other_byte() {
        for (_, _, bytes) in windows() {
            let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let value = bytes[..digits]
                .iter()
                .fold(7, |value, byte| value * 10 + u64::from(byte - b'0'));
            assert_eq!(append_digits(&bytes, 0, 7), (value, digits), "{bytes:?}");
        }
    }

    #[test]
    fn runs_of_every_length_are_appended() {
        for length in 0..=MAX_DIGITS {
            let digits = &"1234567890123456789"[..length];
            let value = digits.parse().unwrap_or(0);
            for tail in ["", ",", "\"", ",          ", ":;/          "] {
                let text = format!("xx{digits}{tail}");
                assert_eq!(append_digits(text.as_bytes(), 2, 0), (value, length), "{text}");
            }
        }
        assert_eq!(
            append_digits(b"9999999999999999999", 0, 0),
            (9_999_999_999_999_999_999, 19)
        );
        // Longer runs are counted to their end.
        assert_eq!(append_digits(&[b'5'; 100], 0, 0).1, 100);
        assert_eq!(append_digits(b"12", 5, 3), (3, 0));
    }
}
