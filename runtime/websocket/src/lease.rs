//! The life of a key or token: when it is to be renewed, and when it is over.
//!
//! Pure state: it takes events with their times. No clock.

use std::time::{Duration, Instant};

/// No renewal follows another faster, whatever the exchange says of the life of what it gives.
const SHORTEST: Duration = Duration::from_millis(10);

/// The maximum delay between a failed renewal and the next attempt.
const RETRY: Duration = Duration::from_secs(60);

/// Longer than any key or token lives.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// Something granted for a time.
#[derive(Debug)]
pub(crate) struct Lease {
    life: Duration,
    granted: Instant,
    /// When to renew it.
    next: Instant,
}

impl Lease {
    /// Granted now for `life`; due for renewal at half of it.
    pub(crate) fn new(life: Duration, now: Instant) -> Self {
        let life = life.clamp(2 * SHORTEST, LONGEST);
        Self {
            life,
            granted: now,
            next: now + life / 2,
        }
    }

    pub(crate) fn renewed(&mut self, now: Instant) {
        *self = Self::new(self.life, now);
    }

    /// Renewal failed: there is time for ten more attempts and more before it is over.
    pub(crate) fn failed(&mut self, now: Instant, not_before: Option<Duration>) {
        let wait = (self.life / 20)
            .clamp(SHORTEST, RETRY)
            .max(not_before.unwrap_or_default());
        self.next = now + wait.min(LONGEST);
    }

    /// Renewal is tried after `wait`, sooner than it would be.
    pub(crate) fn hurry(&mut self, now: Instant, wait: Duration) {
        self.next = self.next.min(now + wait.min(LONGEST));
    }

    /// When it is to be renewed, over or not.
    pub(crate) fn due(&self) -> Instant {
        self.next
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    pub(crate) fn is_over(&self, now: Instant) -> bool {
        now >= self.end()
    }

    /// When [`is_due`](Self::is_due) or [`is_over`](Self::is_over) next becomes true.
    pub(crate) fn next(&self) -> Instant {
        self.next.min(self.end())
    }

    /// When it is over.
    pub(crate) fn end(&self) -> Instant {
        self.granted + self.life
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_key_is_renewed_at_half_of_its_life() {
        let start = Instant::now();
        let mut lease = Lease::new(HOUR, start);
        assert_eq!(lease.next(), start + HOUR / 2);
        assert!(!lease.is_due(start + HOUR / 2 - SHORTEST));
        assert!(lease.is_due(start + HOUR / 2));
        lease.renewed(start + HOUR / 2);
        assert_eq!(lease.next(), start + HOUR);
        assert!(!lease.is_over(start + HOUR));
    }

    #[test]
    fn failures_are_followed_by_attempts_until_it_is_over() {
        let start = Instant::now();
        let mut lease = Lease::new(HOUR, start);
        let mut now = lease.next();
        let mut attempts = 0;
        while !lease.is_over(now) {
            assert!(lease.is_due(now));
            attempts += 1;
            lease.failed(now, None);
            assert!(!lease.is_due(now));
            now = lease.next();
        }
        assert_eq!(attempts, 30);
        assert_eq!(now, start + HOUR);
    }

    #[test]
    fn what_the_exchange_asks_to_wait_is_waited_and_no_life_breaks_the_clock() {
        let start = Instant::now();
        let mut lease = Lease::new(HOUR, start);
        lease.failed(start, Some(Duration::from_secs(600)));
        assert_eq!(lease.next(), start + Duration::from_secs(600));
        lease.failed(start, Some(Duration::MAX));
        assert_eq!(lease.next(), start + HOUR);
        lease.hurry(start, Duration::from_secs(1));
        assert_eq!(lease.due(), start + Duration::from_secs(1));
        assert!(Lease::new(Duration::ZERO, start).next() > start);
        assert!(start.checked_add(Lease::new(Duration::MAX, start).life).is_some());
    }
}
