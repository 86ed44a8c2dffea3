//! When a connection is made again, and when it is replaced before the exchange cuts it.
//!
//! Pure state: it takes events with their times, and returns what to do. No socket, no clock.

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
    /// A connection on which nothing came for so long, not even a ping, is taken for dead. After half of it the
    /// client pings the server itself, so that this may be shorter than the server's own interval. Default 65 s.
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
    pub(crate) fn bounded(mut self) -> Self {
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

/// The time by Tokio's clock, which tests can hold.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Counts failures and spaces attempts.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    max: Duration,
    max_attempts: Option<u32>,
    stable_after: Duration,
    failures: u32,
    connected_at: Option<Instant>,
    jitter: Jitter,
}

impl Backoff {
    pub(crate) fn new(policy: &ReconnectPolicy) -> Self {
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
    pub(crate) fn connected(&mut self, now: Instant) {
        self.connected_at = Some(now);
    }

    /// When to connect again after a connection was lost or an attempt failed; `None` where that is given up. While
    /// `another_works` there is no reason to give up. `not_before` is the wait that the exchange asked for.
    pub(crate) fn retry_at(
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
    pub(crate) fn replace_at(&mut self, now: Instant) -> Instant {
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

/// The result of watching a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing was heard for too long.
    Silent,
    /// It is old enough to be replaced.
    Old,
    /// The server should be asked for a sign of life.
    Ping,
}

/// Watches one connection: when it was last heard, and when it is due for replacement.
#[derive(Debug)]
pub(crate) struct Health {
    silence: Duration,
    last_heard: Instant,
    last_pinged: Instant,
    /// The server wants to be pinged, whatever else is sent.
    ping_every: Option<Duration>,
    replace_at: Option<Instant>,
    /// A sign of life is due until then.
    answer_by: Option<Instant>,
}

impl Health {
    pub(crate) fn new(policy: &ReconnectPolicy, jitter: &mut Jitter, now: Instant) -> Self {
        // Up to a fiftieth earlier (28 minutes of the default), so that many clients spread out.
        let age = policy.lifetime.saturating_sub(jitter.up_to(policy.lifetime / 50));
        Self {
            silence: policy.silence,
            last_heard: now,
            last_pinged: now,
            ping_every: None,
            replace_at: now.checked_add(age),
            answer_by: None,
        }
    }

    /// For a server that closes connections on which it is not pinged.
    pub(crate) fn ping_every(mut self, interval: Duration) -> Self {
        self.ping_every = Some(interval);
        self
    }

    /// A ping was sent.
    pub(crate) fn pinged(&mut self, now: Instant) {
        self.last_pinged = now;
    }

    fn ping_at(&self) -> Instant {
        match self.ping_every {
            Some(interval) => self.last_pinged + interval,
            None => self.last_heard.max(self.last_pinged) + self.silence / 2,
        }
    }

    /// A frame came that proves life.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.last_heard = now;
        self.answer_by = None;
    }

    /// Nothing came for so long that the server is asked, and taken for dead where it does not answer within `patience`.
    /// Returns whether a ping is to be sent.
    pub(crate) fn doubt(&mut self, now: Instant, silent_for: Duration, patience: Duration) -> bool {
        let doubtful =
            self.answer_by.is_none() && now.saturating_duration_since(self.last_heard) >= silent_for;
        if doubtful {
            self.answer_by = Some(now + patience);
            self.pinged(now);
        }
        doubtful
    }

    /// The exchange announced that it will close the connection, or a replacement attempt is due again.
    pub(crate) fn replace_from(&mut self, at: Instant) {
        self.replace_at = Some(at);
    }

    /// A replacement is under way; do not ask for another.
    pub(crate) fn replacement_started(&mut self) {
        self.replace_at = None;
    }

    pub(crate) fn check(&self, now: Instant) -> Option<Verdict> {
        if now >= self.dead_at() {
            Some(Verdict::Silent)
        } else if self.replace_at.is_some_and(|at| now >= at) {
            Some(Verdict::Old)
        } else if now >= self.ping_at() {
            Some(Verdict::Ping)
        } else {
            None
        }
    }

    fn dead_at(&self) -> Instant {
        let silent = self.last_heard + self.silence;
        self.answer_by.map_or(silent, |at| at.min(silent))
    }

    /// When [`check`](Self::check) can next say something new.
    pub(crate) fn next_check(&self) -> Instant {
        let next = self.ping_at().min(self.dead_at());
        self.replace_at.map_or(next, |at| at.min(next))
    }
}

/// Spreads reconnections.
#[derive(Debug)]
pub(crate) struct Jitter(fastrand::Rng);

impl Jitter {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed))
    }

    /// Any number.
    pub(crate) fn random(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A duration from zero to `most`.
    pub(crate) fn up_to(&mut self, most: Duration) -> Duration {
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
    fn doubts_end_with_an_answer_or_with_the_connection() {
        let start = Instant::now();
        let seconds = |seconds| start + Duration::from_secs(seconds);
        let (ten, five) = (Duration::from_secs(10), Duration::from_secs(5));
        let mut health = Health::new(&policy(), &mut Jitter::new(Some(1)), start);
        assert!(!health.doubt(seconds(9), ten, five), "it answered not long ago");
        assert!(health.doubt(seconds(10), ten, five));
        assert!(!health.doubt(seconds(11), ten, five), "asked already");
        assert_eq!(health.next_check(), seconds(15));
        assert_eq!(health.check(seconds(14)), None);
        assert_eq!(health.check(seconds(15)), Some(Verdict::Silent));
        health.heard(seconds(15));
        assert_eq!(health.check(seconds(16)), None);
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
        let health = Health::new(&endless, &mut Jitter::new(Some(1)), now);
        assert!(health.next_check() > now);
    }

    #[test]
    fn silence_and_age_are_noticed() {
        let now = Instant::now();
        let policy = ReconnectPolicy {
            lifetime: Duration::from_secs(1000),
            silence: Duration::from_secs(60),
            ..policy()
        };
        let mut health = Health::new(&policy, &mut Jitter::new(Some(1)), now);
        assert_eq!(health.next_check(), now + Duration::from_secs(30));
        assert_eq!(health.check(now + Duration::from_secs(29)), None);
        assert_eq!(health.check(now + Duration::from_secs(30)), Some(Verdict::Ping));
        health.pinged(now + Duration::from_secs(30));
        assert_eq!(health.next_check(), now + Duration::from_secs(60));
        assert_eq!(health.check(now + Duration::from_secs(59)), None);
        assert_eq!(health.check(now + Duration::from_secs(60)), Some(Verdict::Silent));
        let late = now + Duration::from_secs(1000);
        health.heard(late);
        assert_eq!(health.check(late), Some(Verdict::Old));
        health.replacement_started();
        assert_eq!(health.check(late), None);
        health.replace_from(late + Duration::from_secs(5));
        assert_eq!(health.next_check(), late + Duration::from_secs(5));
    }

    #[test]
    fn a_server_that_wants_pings_gets_them_however_much_it_sends() {
        let now = Instant::now();
        let health = Health::new(&policy(), &mut Jitter::new(Some(1)), now);
        let mut health = health.ping_every(Duration::from_secs(30));
        let due = now + Duration::from_secs(30);
        health.heard(due);
        assert_eq!(health.check(due), Some(Verdict::Ping));
        health.pinged(due);
        assert_eq!(health.check(due), None);
        assert_eq!(health.next_check(), due + Duration::from_secs(30));
    }
}
