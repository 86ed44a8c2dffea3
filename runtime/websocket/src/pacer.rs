//! Keeps what is sent on a stream connection under the exchange's limit of messages a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Allows `limit` messages in any window of `window`.
#[derive(Debug)]
pub(crate) struct Pacer {
    limit: usize,
    window: Duration,
    sent: VecDeque<Instant>,
}

impl Pacer {
    pub(crate) fn new(limit: usize, window: Duration) -> Self {
        Self {
            limit: limit.max(1),
            window,
            sent: VecDeque::with_capacity(limit),
        }
    }

    /// Takes a place now, or says when there will be one.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        while self
            .sent
            .front()
            .is_some_and(|at| now.saturating_duration_since(*at) >= self.window)
        {
            self.sent.pop_front();
        }
        match self.sent.front() {
            Some(first) if self.sent.len() >= self.limit => Err(*first + self.window),
            _ => {
                self.sent.push_back(now);
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
}
