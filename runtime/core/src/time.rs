//! Points in time whose unit cannot be mistaken.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

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
#[derive(Clone, Copy)]
pub struct Timestamp {
    count: i64,
    unit: TimeUnit,
}

/// Counts at or above this are microseconds: as milliseconds they would lie beyond the year 5138, as
/// microseconds they start in 1973.
const FIRST_MICROSECOND_COUNT: i64 = 100_000_000_000_000;

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

impl From<std::time::SystemTime> for Timestamp {
    fn from(time: std::time::SystemTime) -> Self {
        let micros = match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |m| -m),
        };
        Self::from_micros(micros)
    }
}
