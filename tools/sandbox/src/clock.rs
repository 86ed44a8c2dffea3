//! The exchange's clock, which a test can shift or stop, and the unit in which times are printed.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from, in microseconds since the epoch.
#[derive(Clone, Default)]
pub(crate) enum Source {
    #[default]
    System,
    Simulated(Arc<dyn Fn() -> i64 + Send + Sync>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::System => "System",
            Source::Simulated(_) => "Simulated",
        })
    }
}

impl Source {
    fn now_us(&self) -> i64 {
        match self {
            Source::System => {
                let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
            }
            Source::Simulated(now_us) => now_us(),
        }
    }
}

/// Microseconds since the epoch, shifted or held still at a test's wish.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    pub(crate) source: Source,
    offset_us: i64,
    frozen_us: Option<i64>,
}

impl Clock {
    pub(crate) fn now_us(&self) -> i64 {
        if let Some(frozen) = self.frozen_us {
            return frozen;
        }
        self.source.now_us().saturating_add(self.offset_us)
    }

    pub(crate) fn shift_ms(&mut self, offset_ms: i64) {
        self.offset_us = offset_ms.saturating_mul(1000);
        self.frozen_us = None;
    }

    pub(crate) fn freeze_us(&mut self, now_us: i64) {
        self.frozen_us = Some(now_us);
    }
}

/// The unit of times in JSON. SBE is always in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TimeUnit {
    #[default]
    Millisecond,
    Microsecond,
}

impl TimeUnit {
    /// Reads the spelling that the header and the URL parameter share.
    pub(crate) fn parse(text: &str) -> Option<TimeUnit> {
        match text {
            "MILLISECOND" | "millisecond" => Some(TimeUnit::Millisecond),
            "MICROSECOND" | "microsecond" => Some(TimeUnit::Microsecond),
            _ => None,
        }
    }

    /// A time in microseconds, in this unit.
    pub(crate) fn of(self, us: i64) -> i64 {
        match self {
            TimeUnit::Millisecond => us.div_euclid(1000),
            TimeUnit::Microsecond => us,
        }
    }
}

/// A time parameter in microseconds; milliseconds and microseconds are distinguished by size.
pub(crate) fn to_us(time: i64) -> i64 {
    if time >= 100_000_000_000_000 {
        time
    } else {
        time.saturating_mul(1000)
    }
}
