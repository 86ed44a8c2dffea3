//! The exchange's clock, from samples of it, on this side's monotonic clock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use binance_wire_core::{TimeUnit, Timestamp};

use crate::Moment;
use crate::moment::micros;

/// The samples that are kept.
const SAMPLES: usize = 8;
/// Two clocks drift apart by this much in a million, at the most. Crystals are specified with a tenth of it.
const DRIFT_PPM: i64 = 200;

/// Estimates the exchange's clock: sans-IO, from the answers to requests for its time.
///
/// Of the samples the one with the least uncertainty counts: half its round trip, and what clocks may have drifted apart
/// since. It is measured by [`Instant`]s, so that a step of the local wall clock changes nothing.
///
/// ```
/// use std::time::{Duration, Instant};
/// use binance_wire_core::Timestamp;
/// use binance_wire_limits::ClockEstimate;
///
/// let sent = Instant::now();
/// let received = sent + Duration::from_millis(20);
/// let mut clock = ClockEstimate::new();
/// clock.record(sent, received, Timestamp::from_millis(1_000_000));
/// let now = clock.at(received).expect("there is a sample");
/// // The answer was made 10 ms ago, give or take 10 ms.
/// assert_eq!(now.at().as_millis(), 1_000_010);
/// assert!(now.uncertainty() < Duration::from_millis(11));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClockEstimate {
    samples: VecDeque<Sample>,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    /// The middle of the round trip.
    at: Instant,
    /// The exchange's time then, in microseconds.
    server: i64,
    /// In microseconds.
    uncertainty: i64,
}

impl Sample {
    fn uncertainty(&self, at: Instant) -> i64 {
        let age = at
            .saturating_duration_since(self.at)
            .max(self.at.saturating_duration_since(at));
        let drift = i128::from(micros(age)) * i128::from(DRIFT_PPM) / 1_000_000;
        self.uncertainty
            .saturating_add(i64::try_from(drift).unwrap_or(i64::MAX))
    }

    fn server(&self, at: Instant) -> i64 {
        let ahead = micros(at.saturating_duration_since(self.at));
        let behind = micros(self.at.saturating_duration_since(at));
        self.server.saturating_add(ahead).saturating_sub(behind)
    }
}

impl ClockEstimate {
    /// Returns an estimate without samples.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the time that the exchange stated in an answer, which was received at `received` to a request that was sent
    /// at `sent`.
    pub fn record(&mut self, sent: Instant, received: Instant, server: Timestamp) {
        let trip = received.saturating_duration_since(sent);
        // What the exchange cut off.
        let resolution = match server.unit() {
            TimeUnit::Second => 1_000_000,
            TimeUnit::Millisecond => 1_000,
            TimeUnit::Microsecond => 1,
        };
        while self.samples.len() >= SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample {
            at: sent + trip / 2,
            server: server.as_micros().saturating_add(resolution / 2),
            uncertainty: micros(trip) / 2 + resolution / 2 + 1,
        });
    }

    /// Leaves all samples: the exchange said that they are wrong.
    pub fn clear(&mut self) {
        self.samples.clear();
    }

    /// The exchange's time at `at`; `None` without samples.
    pub fn at(&self, at: Instant) -> Option<Moment> {
        let best = self.samples.iter().min_by_key(|sample| sample.uncertainty(at))?;
        Some(Moment::new(
            Timestamp::from_micros(best.server(at)),
            Duration::from_micros(best.uncertainty(at).unsigned_abs()),
        ))
    }
}
