//! UTCTIMESTAMP: `YYYYMMDD-HH:MM:SS` with up to six fraction digits.

use std::fmt;

use binance_wire_core::Timestamp;
use binance_wire_core::calendar::{civil_from_days, days_from_civil};

use crate::value::eight_digits;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A UTCTIMESTAMP: an instant, and how many fraction digits its text has, so that it is written as it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FixTimestamp {
    micros: i64,
    digits: Digits,
}

/// The number of fraction digits, as a type that leaves an `Option` around the time no larger than the time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
enum Digits {
    D0,
    D1,
    D2,
    D3,
    D4,
    D5,
    D6,
}

impl Digits {
    const ALL: [Self; 7] = [
        Self::D0,
        Self::D1,
        Self::D2,
        Self::D3,
        Self::D4,
        Self::D5,
        Self::D6,
    ];
}

impl FixTimestamp {
    /// The start of 1970, in whole seconds.
    pub const EPOCH: Self = Self {
        micros: 0,
        digits: Digits::D0,
    };

    /// A time in milliseconds since the Unix epoch, written with three fraction digits.
    pub const fn from_millis(count: i64) -> Self {
        Self {
            micros: count.saturating_mul(1000),
            digits: Digits::D3,
        }
    }

    /// A time in microseconds since the Unix epoch, written with six fraction digits.
    pub const fn from_micros(count: i64) -> Self {
        Self {
            micros: count,
            digits: Digits::D6,
        }
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.micros
    }

    /// The number of fraction digits in the text, 0 to 6.
    pub const fn fraction_digits(self) -> u8 {
        self.digits as u8
    }

    /// The instant, without the number of digits: milliseconds where it has three or fewer, else microseconds.
    pub const fn timestamp(self) -> Timestamp {
        if self.fraction_digits() <= 3 {
            Timestamp::from_millis(self.micros.div_euclid(1000))
        } else {
            Timestamp::from_micros(self.micros)
        }
    }

    /// Reads `YYYYMMDD-HH:MM:SS` and up to six fraction digits; `None` for anything else, such as a month 13.
    #[inline]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (fixed, fraction) = text.split_first_chunk::<17>()?;
        let [
            y0,
            y1,
            y2,
            y3,
            m0,
            m1,
            d0,
            d1,
            b'-',
            h0,
            h1,
            b':',
            n0,
            n1,
            b':',
            s0,
            s1,
        ] = *fixed
        else {
            return None;
        };
        let date = eight_digits([y0, y1, y2, y3, m0, m1, d0, d1])?;
        let time = eight_digits([b'0', b'0', h0, h1, n0, n1, s0, s1])?;
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
        let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100);
        if month == 0 || month > 12 || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = i64::from((hour * 60 + minute) * 60 + second);
        let mut micros = days_from_civil(year, month, day) * MICROS_PER_DAY + seconds * 1_000_000;
        let digits = match *fraction {
            [] => Digits::D0,
            // What the exchange sends and takes first.
            [b'.', f0, f1, f2, f3, f4, f5] => {
                micros += i64::from(eight_digits([b'0', b'0', f0, f1, f2, f3, f4, f5])?);
                Digits::D6
            }
            [b'.', f0, f1, f2] => {
                micros += i64::from(eight_digits([b'0', b'0', f0, f1, f2, b'0', b'0', b'0'])?);
                Digits::D3
            }
            [b'.', ref fraction @ ..] if !fraction.is_empty() => {
                let digits = *Digits::ALL.get(fraction.len())?;
                let mut padded = *b"00000000";
                padded.get_mut(2..2 + fraction.len())?.copy_from_slice(fraction);
                micros += i64::from(eight_digits(padded)?);
                digits
            }
            _ => return None,
        };
        Some(Self { micros, digits })
    }

    /// The text into a buffer, and its length; `None` before the year 0 and after 9999, which have no text.
    #[inline]
    pub(crate) fn format(self) -> Option<([u8; 24], usize)> {
        let days = self.micros.div_euclid(MICROS_PER_DAY);
        let rest = self.micros.rem_euclid(MICROS_PER_DAY);
        let (year, month, day) = civil_from_days(days);
        let year = u32::try_from(year).ok().filter(|year| *year <= 9999)?;
        let seconds = (rest / 1_000_000) as u32;
        let mut fraction = (rest % 1_000_000) as u32;
        let mut text = *b"00000000-00:00:00.000000";
        two_digits(&mut text, 0, year / 100);
        two_digits(&mut text, 2, year % 100);
        two_digits(&mut text, 4, month);
        two_digits(&mut text, 6, day);
        two_digits(&mut text, 9, seconds / 3600);
        two_digits(&mut text, 12, seconds / 60 % 60);
        two_digits(&mut text, 15, seconds % 60);
        for index in (18..24).rev() {
            text[index] = b'0' + (fraction % 10) as u8;
            fraction /= 10;
        }
        let length = if self.digits == Digits::D0 {
            17
        } else {
            18 + self.digits as usize
        };
        Some((text, length))
    }
}

#[inline]
fn two_digits(text: &mut [u8; 24], at: usize, value: u32) {
    text[at] = b'0' + (value / 10 % 10) as u8;
    text[at + 1] = b'0' + (value % 10) as u8;
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl From<Timestamp> for FixTimestamp {
    fn from(time: Timestamp) -> Self {
        match time.unit() {
            binance_wire_core::TimeUnit::Second => Self::from_millis(time.as_millis()),
            binance_wire_core::TimeUnit::Millisecond => Self::from_millis(time.count()),
            binance_wire_core::TimeUnit::Microsecond => Self::from_micros(time.count()),
        }
    }
}

impl From<FixTimestamp> for Timestamp {
    fn from(time: FixTimestamp) -> Self {
        time.timestamp()
    }
}

impl fmt::Display for FixTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format() {
            Some((text, length)) => {
                f.write_str(std::str::from_utf8(text.get(..length).unwrap_or_default()).unwrap_or_default())
            }
            None => write!(f, "{}us", self.micros),
        }
    }
}

impl fmt::Debug for FixTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
