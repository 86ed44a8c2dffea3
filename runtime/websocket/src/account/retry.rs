//! Waits between attempts.

use std::time::Duration;

/// Doubling waits, half of each random: accounts that fail at one moment do not come back at one moment.
pub(super) struct Retry {
    first: Duration,
    longest: Duration,
    random: fastrand::Rng,
}

impl Retry {
    pub(super) fn new(first: Duration, longest: Duration, seed: Option<u64>) -> Self {
        Self {
            first,
            longest,
            random: seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed),
        }
    }

    /// The wait after so many failures in a row.
    pub(super) fn delay(&mut self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        full / 2 + (full / 2).mul_f64(self.random.f64())
    }
}
