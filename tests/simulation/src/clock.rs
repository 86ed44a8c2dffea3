//! Wall clocks of virtual time: each has its own offset, drift and steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::time::Instant;

/// When every run begins: 2026-03-02 08:00:00 UTC, in microseconds.
const EPOCH_US: i64 = 1_772_438_400_000_000;

/// A wall clock. Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct WallClock {
    start: Instant,
    drift_ppm: i64,
    offset_us: Arc<AtomicI64>,
}

impl WallClock {
    /// A clock that is `offset_us` ahead at the start of the run, and gains `drift_ppm` microseconds a second.
    pub(crate) fn new(start: Instant, offset_us: i64, drift_ppm: i64) -> Self {
        Self {
            start,
            drift_ppm,
            offset_us: Arc::new(AtomicI64::new(offset_us)),
        }
    }

    /// Microseconds since the epoch.
    pub(crate) fn now_us(&self) -> i64 {
        let elapsed = i64::try_from(self.start.elapsed().as_micros()).unwrap_or(i64::MAX);
        let drift = elapsed / 1_000_000 * self.drift_ppm;
        EPOCH_US + elapsed + drift + self.offset_us.load(Ordering::Relaxed)
    }

    /// Moves the clock, as a correction of the system's time does.
    pub(crate) fn step(&self, by_us: i64) {
        self.offset_us.fetch_add(by_us, Ordering::Relaxed);
    }
}
