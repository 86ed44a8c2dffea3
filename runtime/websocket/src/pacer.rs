//! Keeps what is sent on a stream connection under the exchange's limit of messages a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Allows `limit` messages in any window of `window`.
#[derive(Debug)]
pub(crate) struct Pacer {
    limit: usize,
    window: Duration,
    /// When each was sent, and whether it had to be.
    sent: VecDeque<(Instant, bool)>,
}

impl Pacer {
    pub(crate) fn new(limit: usize, window: Duration) -> Self {
        Self {
            limit: limit.max(1),
            window,
            sent: VecDeque::with_capacity(limit),
        }
    }

    /// Counts a message that is sent in any case. Half of the limit stays with those that wait, however many of these there
    /// are.
    pub(crate) fn note(&mut self, now: Instant) {
        self.forget(now);
        let noted = self.sent.iter().filter(|(_, noted)| *noted).count();
        if noted < self.limit / 2 {
            self.sent.push_back((now, true));
        }
    }

    fn forget(&mut self, now: Instant) {
        let is_over = |at: Instant| now.saturating_duration_since(at) >= self.window;
        while self.sent.front().is_some_and(|(at, _)| is_over(*at)) {
            self.sent.pop_front();
        }
    }

    /// Takes a place now, or says when there will be one.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        self.forget(now);
        let excess = self.sent.len().checked_sub(self.limit);
        match excess.and_then(|excess| self.sent.get(excess)) {
            Some((at, _)) => Err(*at + self.window),
            None => {
                self.sent.push_back((now, false));
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_than_the_limit() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut pacer = Pacer::new(4, second);
        let mut sent = Vec::new();
        let mut now = start;
        while sent.len() < 40 {
            match pacer.take(now) {
                Ok(()) => {
                    sent.push(now);
                    now += Duration::from_millis(30);
                }
                Err(at) => {
                    assert!(at > now, "a refusal names a later moment");
                    now = at;
                }
            }
        }
        for five in sent.windows(5) {
            assert!(five[4] - five[0] >= second);
        }
    }

    #[test]
    fn what_is_sent_in_any_case_takes_places_and_starves_nobody() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut pacer = Pacer::new(4, second);
        for _ in 0..1000 {
            pacer.note(start);
        }
        let later = start + second / 2;
        assert_eq!([pacer.take(later), pacer.take(later)], [Ok(()); 2]);
        assert_eq!(pacer.take(later), Err(start + second));
        pacer.note(later);
        assert_eq!(pacer.take(start + second), Ok(()));
        assert_eq!(pacer.sent.len(), 3);
    }
}
