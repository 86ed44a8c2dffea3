//! Numbers as digits, without allocating.

use crate::Decimal;

/// The digits of 0 to 99, two each.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

/// Powers of ten up to the largest that fits a `u64`.
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut n = 1;
    while n < 20 {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
};

/// The length of the buffer: the longest content is a decimal of 29 digits with sign, leading zero, point, quotes
/// and comma.
const SIZE: usize = 40;

/// Digits and their surroundings, written from the last to the first.
pub(super) struct Digits {
    buffer: [u8; SIZE],
    start: usize,
}

impl Digits {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            buffer: [0; SIZE],
            start: SIZE,
        }
    }

    /// Puts one ASCII character before what is there.
    #[inline]
    pub(super) fn push(&mut self, character: u8) {
        debug_assert!(
            character.is_ascii() && self.start > 0,
            "the buffer is long enough for every number"
        );
        self.start = self.start.saturating_sub(1);
        if let Some(place) = self.buffer.get_mut(self.start) {
            *place = character;
        }
    }

    #[inline]
    fn push_pair(&mut self, value: u64) {
        let start = self.start.saturating_sub(2);
        let pair = PAIRS[(value % 100) as usize];
        if let Some(places) = self.buffer.get_mut(start..start + 2) {
            places.copy_from_slice(&pair);
        }
        self.start = start;
    }

    /// Puts an integer.
    #[inline]
    pub(super) fn integer(&mut self, negative: bool, magnitude: u64) {
        let mut rest = magnitude;
        while rest >= 100 {
            self.push_pair(rest);
            rest /= 100;
        }
        if rest >= 10 {
            self.push_pair(rest);
        } else {
            self.push(b'0' + rest as u8);
        }
        if negative {
            self.push(b'-');
        }
    }

    /// Puts exactly `count` digits.
    #[inline]
    fn padded(&mut self, value: u64, count: usize) {
        let mut rest = value;
        for _ in 0..count / 2 {
            self.push_pair(rest);
            rest /= 100;
        }
        if count % 2 == 1 {
            self.push(b'0' + (rest % 10) as u8);
        }
    }

    /// Puts a decimal.
    #[inline]
    pub(super) fn decimal(&mut self, value: Decimal) {
        let scale = value.scale() as usize;
        let mantissa = value.mantissa();
        let negative = mantissa < 0;
        match (u64::try_from(mantissa.unsigned_abs()), POWERS.get(scale)) {
            (Ok(magnitude), Some(_)) if scale == 0 => self.integer(negative, magnitude),
            (Ok(magnitude), Some(power)) => {
                self.padded(magnitude % power, scale);
                self.push(b'.');
                self.integer(negative, magnitude / power);
            }
            _ => self.long_decimal(negative, mantissa.unsigned_abs(), scale),
        }
    }

    /// Puts a decimal digit by digit.
    #[cold]
    fn long_decimal(&mut self, negative: bool, magnitude: u128, scale: usize) {
        let mut rest = magnitude;
        let mut put = 0;
        while put <= scale || rest > 0 {
            if put == scale && scale > 0 {
                self.push(b'.');
            }
            self.push(b'0' + (rest % 10) as u8);
            rest /= 10;
            put += 1;
        }
        if negative {
            self.push(b'-');
        }
    }

    /// The text written so far.
    #[inline]
    pub(super) fn as_str(&self) -> &str {
        let text = self
            .buffer
            .get(self.start..)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        debug_assert!(text.is_some(), "only ASCII has been put");
        text.unwrap_or_default()
    }
}
