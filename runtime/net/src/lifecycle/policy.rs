//! When a connection is made again: settings, and the delays between attempts.

use std::time::{Duration, Instant};

/// Settings of reconnection: delays between attempts, planned replacement, detection of silence.
///
/// The defaults follow the exchange's rules: a connection is cut after 24 hours, a ping frame comes every
/// 20 seconds, and 300 attempts are allowed in 5 minutes from one address.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReconnectPolicy {
    /// Delay before the first attempt after a loss; doubles with every further failure. Default 250 ms.
    pub first_delay: Duration,
    /// The longest delay. Default 30 s.
    pub max_delay: Duration,
    /// After so many failed attempts in a row the connection is given up. Default: never.
    pub max_attempts: Option<u32>,
    /// The time limit of one attempt, TLS and WebSocket handshakes included. Default 10 s.
    pub connect_timeout: Duration,
    /// A connection of this age is replaced by a new one while it still works. Default 23 h 30 min.
    pub lifetime: Duration,
    /// A connection whose server answers nothing for so long is taken for dead: after half of it the server is pinged. Its
    /// own pings are no sign of life, since they do not show that it reads. One that still sends events is replaced
    /// before it is closed. Default 65 s.
    pub silence: Duration,
    /// A connection that lived so long counts as sound, and the delay starts small again. Default 30 s.
    pub stable_after: Duration,
    /// Seed of the jitter; set it for repeatable delays. Default: from the process's random state.
    pub seed: Option<u64>,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(30),
            max_attempts: None,
            connect_timeout: Duration::from_secs(10),
            lifetime: Duration::from_secs(23 * 3600 + 30 * 60),
            silence: Duration::from_secs(65),
            stable_after: Duration::from_secs(30),
            seed: None,
        }
    }
}

/// No wait is longer; also the bound that keeps sums of times within what the clock can hold.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

impl ReconnectPolicy {
    /// The policy with every time held to thirty days, which no wait of this protocol comes near.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        for time in [
            &mut self.first_delay,
            &mut self.max_delay,
            &mut self.connect_timeout,
            &mut self.lifetime,
            &mut self.silence,
            &mut self.stable_after,
        ] {
            *time = (*time).min(LONGEST);
        }
        self
    }
}

/// Counts failures and spaces attempts.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    max: Duration,
    max_attempts: Option<u32>,
    stable_after: Duration,
    failures: u32,
    connected_at: Option<Instant>,
    jitter: Jitter,
}

impl Backoff {
    pub(super) fn new(policy: &ReconnectPolicy) -> Self {
        Self {
            first: policy.first_delay,
            max: policy.max_delay,
            max_attempts: policy.max_attempts,
            stable_after: policy.stable_after,
            failures: 0,
            connected_at: None,
            jitter: Jitter::new(policy.seed),
        }
    }

    /// A connection is up and ready for use.
    pub(super) fn connected(&mut self, now: Instant) {
        self.connected_at = Some(now);
    }

    /// When to connect again after a connection was lost or an attempt failed; `None` where that is given up. While
    /// `another_works` there is no reason to give up. `not_before` is the wait that the exchange asked for.
    pub(super) fn retry_at(
        &mut self,
        now: Instant,
        not_before: Option<Duration>,
        another_works: bool,
    ) -> Option<Instant> {
        let delay = self.failed(now, not_before);
        delay
            .or(another_works.then_some(self.max))
            .map(|delay| now + delay)
    }

    /// When to replace a connection whose end the server has announced: at once where it lived long enough to count as
    /// sound. A server that says so to every newcomer would be stormed otherwise.
    pub(super) fn replace_at(&mut self, now: Instant) -> Instant {
        let sound = self
            .connected_at
            .is_some_and(|at| now.saturating_duration_since(at) >= self.stable_after);
        match sound {
            true => now,
            false => self.retry_at(now, None, true).unwrap_or(now + self.max),
        }
    }

    /// Counts a failure: how long to wait, or `None` after too many in a row.
    fn failed(&mut self, now: Instant, not_before: Option<Duration>) -> Option<Duration> {
        // A connection that dies at once must not reset the delay: that would hammer a server which
        // accepts and closes.
        if let Some(at) = self.connected_at.take()
            && now.saturating_duration_since(at) >= self.stable_after
        {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        if self.max_attempts.is_some_and(|max| self.failures > max) {
            return None;
        }
        let doublings = (self.failures - 1).min(20);
        let delay = self.first.saturating_mul(1 << doublings).min(self.max);
        // Half fixed, half random: clients cut at one moment do not come back at one moment.
        let delay = delay / 2 + self.jitter.up_to(delay / 2);
        let wait = not_before.unwrap_or_default().min(LONGEST);
        Some(wait + delay)
    }
}

/// Spreads reconnections.
#[derive(Debug)]
pub(super) struct Jitter(fastrand::Rng);

impl Jitter {
    pub(super) fn new(seed: Option<u64>) -> Self {
        Self(seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed))
    }

    /// A duration from zero to `most`.
    pub(super) fn up_to(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.0.f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> ReconnectPolicy {
        ReconnectPolicy {
            first_delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(1),
            seed: Some(7),
            ..ReconnectPolicy::default()
        }
    }

    fn delay(delay: Option<Duration>) -> Duration {
        delay.expect("not given up")
    }

    #[test]
    fn delays_double_up_to_the_longest_and_keep_half() {
        let mut backoff = Backoff::new(&policy());
        let now = Instant::now();
        for most in [100, 200, 400, 800, 1000, 1000] {
            let got = delay(backoff.failed(now, None));
            let most = Duration::from_millis(most);
            assert!(got >= most / 2 && got <= most, "{got:?} of {most:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_delays() {
        let now = Instant::now();
        let run = || {
            let mut backoff = Backoff::new(&policy());
            (0..5)
                .map(|_| delay(backoff.failed(now, None)))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
    }

    #[test]
    fn a_server_that_says_farewell_to_every_newcomer_is_not_stormed() {
        let mut backoff = Backoff::new(&policy());
        let mut now = Instant::now();
        backoff.connected(now);
        now += Duration::from_secs(3600);
        assert_eq!(
            backoff.replace_at(now),
            now,
            "a sound connection is replaced at once"
        );
        let start = now;
        let mut connections = 0;
        while now < start + Duration::from_secs(300) {
            connections += 1;
            backoff.connected(now);
            let next = backoff.replace_at(now);
            assert!(next > now);
            now = next;
        }
        // The longest delay of this policy is a second, of which half is certain.
        assert!(connections < 610, "{connections}");
    }

    #[test]
    fn only_a_stable_connection_resets_the_delay() {
        let mut backoff = Backoff::new(&policy());
        let start = Instant::now();
        for _ in 0..4 {
            backoff.failed(start, None);
        }
        backoff.connected(start);
        assert!(delay(backoff.failed(start + Duration::from_secs(1), None)) >= Duration::from_millis(500));
        backoff.connected(start);
        assert!(delay(backoff.failed(start + Duration::from_secs(31), None)) <= Duration::from_millis(100));
    }

    #[test]
    fn attempts_can_be_limited() {
        let mut backoff = Backoff::new(&ReconnectPolicy {
            max_attempts: Some(2),
            ..policy()
        });
        let now = Instant::now();
        delay(backoff.failed(now, None));
        delay(backoff.failed(now, None));
        assert_eq!(backoff.retry_at(now, None, false), None);
        // A replacement is tried on, at the longest distance.
        assert_eq!(backoff.retry_at(now, None, true), Some(now + policy().max_delay));
    }

    #[test]
    fn a_wait_asked_for_by_the_exchange_is_kept() {
        let mut backoff = Backoff::new(&policy());
        let wait = Duration::from_secs(120);
        assert!(delay(backoff.failed(Instant::now(), Some(wait))) >= wait);
        // One that cannot be meant does not overflow the clock.
        let now = Instant::now();
        assert!(
            now.checked_add(delay(backoff.failed(now, Some(Duration::MAX))))
                .is_some()
        );
    }

    #[test]
    fn endless_times_are_bounded() {
        let endless = ReconnectPolicy {
            first_delay: Duration::MAX,
            max_delay: Duration::MAX,
            silence: Duration::MAX,
            lifetime: Duration::MAX,
            ..policy()
        }
        .bounded();
        let now = Instant::now();
        assert!(
            now.checked_add(delay(Backoff::new(&endless).failed(now, None)))
                .is_some()
        );
    }
}
