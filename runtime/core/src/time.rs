//! Points in time whose unit cannot be mistaken.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Error;
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

impl TimeUnit {
    /// The exchange's word for the unit, where times are asked for in it. For transports.
    ///
    /// # Errors
    /// [`Error::Unusable`] for seconds, which are not on offer.
    pub fn on_request(self) -> Result<&'static str, Error> {
        match self {
            Self::Second => Err(Error::Unusable(
                "the exchange does not count in seconds on request".into(),
            )),
            Self::Millisecond => Ok("MILLISECOND"),
            Self::Microsecond => Ok("MICROSECOND"),
        }
    }

    /// The number of these units in a second.
    const fn per_second(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Millisecond => 1_000,
            Self::Microsecond => 1_000_000,
        }
    }

    const fn duration(self, count: u64) -> Duration {
        match self {
            Self::Second => Duration::from_secs(count),
            Self::Millisecond => Duration::from_millis(count),
            Self::Microsecond => Duration::from_micros(count),
        }
    }

    /// The whole units in a duration.
    fn count(self, duration: Duration) -> u128 {
        match self {
            Self::Second => duration.as_secs().into(),
            Self::Millisecond => duration.as_millis(),
            Self::Microsecond => duration.as_micros(),
        }
    }
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
/// assert_eq!(Timestamp::from_secs(1_499_827_319).to_string(), "2017-07-12T02:41:59Z");
/// ```
///
/// Durations are added and subtracted, and the difference of two times is a duration:
///
/// ```
/// use std::time::Duration;
///
/// use binance_wire_core::Timestamp;
///
/// let an_hour_ago = Timestamp::now() - Duration::from_secs(3600);
/// assert!(Timestamp::now() - an_hour_ago >= Duration::from_secs(3600));
/// ```
///
/// It converts from and to [`SystemTime`], and with the features `chrono` and `jiff` from and to the times of these
/// crates.
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
    /// The system's time, in milliseconds.
    pub fn now() -> Self {
        Self::from_millis(Self::from(SystemTime::now()).as_millis())
    }

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

    /// A time in milliseconds or microseconds, by its magnitude: the rule that the exchange itself applies to
    /// what it receives.
    pub const fn from_wire(count: i64) -> Self {
        if count >= FIRST_MICROSECOND_COUNT {
            Self::from_micros(count)
        } else {
            Self::from_millis(count)
        }
    }

    /// The time, where it is one: `None` for 0 and -1, by which the exchange says that there is none, such as the
    /// `workingTime` of an order that is not on the book (-1) or the `goodTillDate` of one without an end (0). They are kept
    /// as they came, so that what is written is what was read.
    ///
    /// ```
    /// use binance_wire_core::Timestamp;
    ///
    /// let placed = Timestamp::from_millis(1_499_827_319_559);
    /// assert_eq!(placed.stated(), Some(placed));
    /// assert_eq!(Timestamp::from_millis(-1).stated(), None);
    /// assert_eq!(Timestamp::from_millis(0).stated(), None);
    /// ```
    pub const fn stated(self) -> Option<Self> {
        if self.count > 0 { Some(self) } else { None }
    }

    /// The count on the wire, in [`unit`](Self::unit).
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

    /// The time `duration` later, in the same unit; what is finer than the unit is cut off `duration`. `None` where
    /// that is out of range.
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let count = i128::from(self.count).checked_add_unsigned(self.unit.count(duration))?;
        self.with_count(count)
    }

    /// The time `duration` earlier, in the same unit; what is finer than the unit is cut off `duration`. `None` where
    /// that is out of range.
    pub fn checked_sub(self, duration: Duration) -> Option<Self> {
        let count = i128::from(self.count).checked_sub_unsigned(self.unit.count(duration))?;
        self.with_count(count)
    }

    fn with_count(self, count: i128) -> Option<Self> {
        let count = i64::try_from(count).ok()?;
        Some(Self { count, ..self })
    }

    /// The time from `earlier` to this; `None` where `earlier` is later.
    pub fn checked_duration_since(self, earlier: Self) -> Option<Duration> {
        let seconds = u64::try_from(i128::from(self.as_secs()) - i128::from(earlier.as_secs())).ok();
        let fraction = |time: Self| {
            let units = time.count.rem_euclid(time.unit.per_second());
            time.unit.duration(units.unsigned_abs())
        };
        let (fraction, other) = (fraction(self), fraction(earlier));
        Duration::from_secs(seconds?)
            .checked_add(fraction)?
            .checked_sub(other)
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

/// A [`Timestamp`] that another type of time, or the range of its own count, cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} since 1970 is out of range")]
pub struct TimeRangeError(Timestamp);

/// In microseconds; what is finer is cut off towards 1970, and times outside the range become its ends.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let micros = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |m| -m),
        };
        Self::from_micros(micros)
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = TimeRangeError;

    fn try_from(time: Timestamp) -> Result<Self, TimeRangeError> {
        let distance = time.unit.duration(time.count.unsigned_abs());
        let moved = match time.count < 0 {
            true => UNIX_EPOCH.checked_sub(distance),
            false => UNIX_EPOCH.checked_add(distance),
        };
        moved.ok_or(TimeRangeError(time))
    }
}

/// Keeps the unit, as [`checked_add`](Timestamp::checked_add) does; held at the ends of the range.
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let unit = self.unit;
        self.checked_add(duration).unwrap_or(Self {
            count: i64::MAX,
            unit,
        })
    }
}

impl AddAssign<Duration> for Timestamp {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// Keeps the unit, as [`checked_sub`](Timestamp::checked_sub) does; held at the ends of the range.
impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        let unit = self.unit;
        self.checked_sub(duration).unwrap_or(Self {
            count: i64::MIN,
            unit,
        })
    }
}

impl SubAssign<Duration> for Timestamp {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

/// The time from the other to this one; zero where the other is later, as [`Instant`](std::time::Instant) has it.
/// [`checked_duration_since`](Timestamp::checked_duration_since) distinguishes the two.
impl Sub for Timestamp {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.checked_duration_since(earlier).unwrap_or_default()
    }
}

#[cfg(feature = "chrono")]
mod with_chrono {
    use chrono::{DateTime, TimeZone, Utc};

    use super::{TimeRangeError, Timestamp};

    /// In microseconds.
    impl<Tz: TimeZone> From<DateTime<Tz>> for Timestamp {
        fn from(time: DateTime<Tz>) -> Self {
            Self::from_micros(time.timestamp_micros())
        }
    }

    impl TryFrom<Timestamp> for DateTime<Utc> {
        type Error = TimeRangeError;

        fn try_from(time: Timestamp) -> Result<Self, TimeRangeError> {
            let nanos = time
                .unit
                .duration(time.count.rem_euclid(time.unit.per_second()).unsigned_abs());
            Self::from_timestamp(time.as_secs(), nanos.subsec_nanos()).ok_or(TimeRangeError(time))
        }
    }
}

#[cfg(feature = "jiff")]
mod with_jiff {
    use super::{TimeRangeError, Timestamp};

    /// In microseconds.
    impl From<jiff::Timestamp> for Timestamp {
        fn from(time: jiff::Timestamp) -> Self {
            Self::from_micros(time.as_microsecond())
        }
    }

    impl TryFrom<Timestamp> for jiff::Timestamp {
        type Error = TimeRangeError;

        fn try_from(time: Timestamp) -> Result<Self, TimeRangeError> {
            let nanos = time
                .unit
                .duration(time.count.rem_euclid(time.unit.per_second()).unsigned_abs());
            Self::new(time.as_secs(), nanos.subsec_nanos().cast_signed()).map_err(|_| TimeRangeError(time))
        }
    }
}
