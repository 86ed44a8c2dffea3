//! Moments of the exchange's clock, and the fixed windows that it counts in.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use binance_wire_core::{IntervalUnit, Timestamp};

/// A moment of the exchange's clock, as far as this side knows it: the true moment is at most `uncertainty` away from
/// the one named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since the Unix epoch.
    micros: i64,
    /// In microseconds.
    uncertainty: i64,
    /// The same moment of the monotonic clock.
    local: Option<Instant>,
}

impl Moment {
    /// Returns the moment `at`, give or take `uncertainty`.
    pub fn new(at: Timestamp, uncertainty: Duration) -> Self {
        Self {
            micros: at.as_micros(),
            uncertainty: micros(uncertainty),
            local: None,
        }
    }

    /// Adds the same moment of the monotonic clock, by which a stated time to wait is over, whatever the exchange's clock
    /// turns out to be.
    #[must_use]
    pub fn at_local(mut self, instant: Instant) -> Self {
        self.local = Some(instant);
        self
    }

    /// The same moment, which may be further away by so much.
    pub(crate) fn give_or_take(mut self, more: Duration) -> Self {
        self.uncertainty = self.uncertainty.saturating_add(micros(more));
        self
    }

    pub(crate) fn local(self) -> Option<Instant> {
        self.local
    }

    /// The best guess.
    pub fn at(self) -> Timestamp {
        Timestamp::from_micros(self.micros)
    }

    /// How far the true moment may be away from it.
    pub fn uncertainty(self) -> Duration {
        Duration::from_micros(self.uncertainty.unsigned_abs())
    }

    /// The earliest time that it can be.
    pub(crate) fn before(self) -> Timestamp {
        Timestamp::from_micros(self.earliest())
    }

    pub(crate) fn micros(self) -> i64 {
        self.micros
    }

    pub(crate) fn spread(self) -> i64 {
        self.uncertainty
    }

    pub(crate) fn earliest(self) -> i64 {
        self.micros.saturating_sub(self.uncertainty)
    }

    pub(crate) fn latest(self) -> i64 {
        self.micros.saturating_add(self.uncertainty)
    }
}

/// A duration in microseconds, held at the end of the range.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The interval of a limit: a number of units, aligned to the Unix epoch as the exchange's windows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// The unit.
    unit: IntervalUnit,
    /// The number of units, at least one.
    num: u32,
}

impl Interval {
    /// Returns the interval of `num` units; 0 counts as 1.
    pub const fn new(num: u32, unit: IntervalUnit) -> Self {
        Self {
            unit,
            num: if num == 0 { 1 } else { num },
        }
    }

    /// The number of units.
    pub const fn num(self) -> u32 {
        self.num
    }

    /// The unit.
    pub const fn unit(self) -> IntervalUnit {
        self.unit
    }

    /// The length.
    pub const fn length(self) -> Duration {
        Duration::from_secs(self.num as u64 * self.unit.seconds() as u64)
    }

    pub(crate) const fn micros(self) -> i64 {
        self.num as i64 * self.unit.seconds() as i64 * 1_000_000
    }

    /// The window that a time in microseconds is in.
    pub(crate) const fn window(self, at: i64) -> i64 {
        at.div_euclid(self.micros())
    }

    /// The windows that a moment may be in.
    pub(crate) fn windows(self, earliest: i64, latest: i64) -> RangeInclusive<i64> {
        self.window(earliest)..=self.window(latest)
    }

    /// The end of a window, in microseconds.
    pub(crate) const fn end(self, window: i64) -> i64 {
        window.saturating_add(1).saturating_mul(self.micros())
    }
}

/// As in `10 s`, `1 min`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            IntervalUnit::Second => "s",
            IntervalUnit::Minute => "min",
            IntervalUnit::Hour => "h",
            IntervalUnit::Day => "d",
        };
        write!(f, "{} {unit}", self.num)
    }
}
