//! Points in time whose unit cannot be mistaken.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::calendar::civil_from_days;

/// The unit in which the exchange counts time since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds, in some answers and parameters of products other than Spot.
    Second,
    /// Milliseconds, the default of JSON payloads.
    Millisecond,
    /// Microseconds, on request in JSON and always in SBE.
    Microsecond,
}

/// A point in time, as the exchange sent it: a count and its unit.
///
/// Two timestamps are equal when they name the same instant, whatever their unit. Negative counts occur: the
/// exchange sends `-1` where a time is not known.
///
/// It prints as RFC 3339 in UTC, with the fraction digits of its unit:
///
/// ```
/// use binance_wire_core::Timestamp;
///
/// let at = Timestamp::from_millis(1_499_827_319_559);
/// assert_eq!(at.to_string(), "2017-07-12T02:41:59.559Z");
/// ```
#[derive(Clone, Copy)]
pub struct Timestamp {
    count: i64,
    unit: TimeUnit,
}

/// Counts at or above this are microseconds: as milliseconds they would lie beyond the year 5138, as
/// microseconds they start in 1973.
const FIRST_MICROSECOND_COUNT: i64 = 100_000_000_000_000;

const SECONDS_PER_DAY: i64 = 86_400;

impl Timestamp {
    /// A time given in seconds since the Unix epoch.
    pub const fn from_secs(count: i64) -> Self {
        Self {
            count,
            unit: TimeUnit::Second,
        }
    }

    /// A time given in milliseconds since the Unix epoch.
    pub const fn from_millis(count: i64) -> Self {
        Self {
            count,
            unit: TimeUnit::Millisecond,
        }
    }

    /// A time given in microseconds since the Unix epoch.
    pub const fn from_micros(count: i64) -> Self {
        Self {
            count,
            unit: TimeUnit::Microsecond,
        }
    }

    /// A time in milliseconds or microseconds, as its magnitude tells: the rule that the exchange itself applies to
    /// what it receives.
    pub const fn from_wire(count: i64) -> Self {
        if count >= FIRST_MICROSECOND_COUNT {
            Self::from_micros(count)
        } else {
            Self::from_millis(count)
        }
    }

    /// The count as it stands on the wire, in [`unit`](Self::unit).
    pub const fn count(self) -> i64 {
        self.count
    }

    /// The unit of [`count`](Self::count).
    pub const fn unit(self) -> TimeUnit {
        self.unit
    }

    /// Seconds since the Unix epoch; a fraction is cut off towards the past.
    pub const fn as_secs(self) -> i64 {
        match self.unit {
            TimeUnit::Second => self.count,
            TimeUnit::Millisecond => self.count.div_euclid(1000),
            TimeUnit::Microsecond => self.count.div_euclid(1_000_000),
        }
    }

    /// Milliseconds since the Unix epoch, held at the ends of the range; a fraction is cut off towards the past.
    pub const fn as_millis(self) -> i64 {
        match self.unit {
            TimeUnit::Second => self.count.saturating_mul(1000),
            TimeUnit::Millisecond => self.count,
            TimeUnit::Microsecond => self.count.div_euclid(1000),
        }
    }

    /// Microseconds since the Unix epoch, held at the ends of the range.
    pub const fn as_micros(self) -> i64 {
        match self.unit {
            TimeUnit::Second => self.count.saturating_mul(1_000_000),
            TimeUnit::Millisecond => self.count.saturating_mul(1000),
            TimeUnit::Microsecond => self.count,
        }
    }

    /// The count where milliseconds or microseconds are understood: what was counted in seconds is sent in
    /// milliseconds.
    pub(crate) const fn fine_count(self) -> i64 {
        match self.unit {
            TimeUnit::Second => self.as_millis(),
            TimeUnit::Millisecond | TimeUnit::Microsecond => self.count,
        }
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_micros().cmp(&other.as_micros())
    }
}

impl Hash for Timestamp {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_micros().hash(state);
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            TimeUnit::Second => write!(f, "{}s", self.count),
            TimeUnit::Millisecond => write!(f, "{}ms", self.count),
            TimeUnit::Microsecond => write!(f, "{}us", self.count),
        }
    }
}

/// RFC 3339 in UTC, with no, three or six fraction digits as the unit has them. That form has years of four digits;
/// what lies outside them prints as `Debug` does, a count and its unit.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (per_second, digits) = match self.unit {
            TimeUnit::Second => (1, 0),
            TimeUnit::Millisecond => (1_000, 3),
            TimeUnit::Microsecond => (1_000_000, 6),
        };
        let seconds = self.as_secs();
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        if !(0..=9999).contains(&year) {
            return fmt::Debug::fmt(self, f);
        }
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        if digits > 0 {
            write!(f, ".{:0digits$}", self.count.rem_euclid(per_second))?;
        }
        f.write_str("Z")
    }
}

impl From<std::time::SystemTime> for Timestamp {
    fn from(time: std::time::SystemTime) -> Self {
        let micros = match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |m| -m),
        };
        Self::from_micros(micros)
    }
}
