//! The exchange's clock, which can be set, stopped and run faster, and the unit in which times are printed.

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

/// The fastest that a clock runs, in times as fast as its source.
pub(crate) const FASTEST: f64 = 1_000_000.0;

/// Microseconds since the epoch: those of a source until it is set, stopped, or run at another speed.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    source: Source,
    /// A moment of the source, and what this clock showed then.
    anchor: (i64, i64),
    /// Times as fast as the source; 0: stopped.
    speed: f64,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::new(Source::System)
    }
}

impl Clock {
    pub(crate) fn new(source: Source) -> Clock {
        Clock {
            source,
            anchor: (0, 0),
            speed: 1.0,
        }
    }

    pub(crate) fn now_us(&self) -> i64 {
        let (of_source, shown) = self.anchor;
        if self.speed == 0.0 {
            return shown;
        }
        let passed = self.source.now_us().saturating_sub(of_source);
        if self.speed == 1.0 {
            return shown.saturating_add(passed);
        }
        // A product beyond what fits is the last moment that does.
        shown.saturating_add((passed as f64 * self.speed) as i64)
    }

    /// Times as fast as the source; 0: stopped.
    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    /// Sets the time; the speed stays.
    pub(crate) fn set_us(&mut self, now_us: i64) {
        self.anchor = (self.source.now_us(), now_us);
    }

    /// Runs on from now at another speed, at most [`FASTEST`].
    pub(crate) fn run_at(&mut self, speed: f64) {
        self.set_us(self.now_us());
        self.speed = if speed.is_finite() {
            speed.clamp(0.0, FASTEST)
        } else {
            1.0
        };
    }

    /// Runs beside the source, ahead of it by an offset.
    pub(crate) fn shift_ms(&mut self, offset_ms: i64) {
        self.anchor = (0, offset_ms.saturating_mul(1000));
        self.speed = 1.0;
    }

    pub(crate) fn freeze_us(&mut self, now_us: i64) {
        self.anchor = (0, now_us);
        self.speed = 0.0;
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn a_clock_is_set_stopped_and_run_at_a_speed() {
        let now = Arc::new(AtomicI64::new(1_000));
        let source = Arc::clone(&now);
        let mut clock = Clock::new(Source::Simulated(Arc::new(move || {
            source.load(Ordering::Relaxed)
        })));
        let pass = |us: i64| now.fetch_add(us, Ordering::Relaxed);
        assert_eq!(clock.now_us(), 1_000);
        clock.shift_ms(5);
        pass(10);
        assert_eq!(clock.now_us(), 6_010);
        clock.run_at(60.0);
        pass(10);
        assert_eq!(clock.now_us(), 6_610);
        clock.run_at(0.0);
        pass(10);
        assert_eq!(clock.now_us(), 6_610);
        clock.set_us(50);
        assert_eq!(clock.now_us(), 50);
        clock.run_at(0.5);
        pass(10);
        assert_eq!(clock.now_us(), 55);
        clock.run_at(1e300);
        pass(i64::MAX / 2);
        assert!(clock.now_us() > 55);
        clock.freeze_us(7);
        pass(10);
        assert_eq!(clock.now_us(), 7);
        clock.run_at(f64::NAN);
        pass(1);
        assert_eq!(clock.now_us(), 8);
    }
}
