//! The budget of attempts to connect, which the exchange limits for an address of the Internet and not for a connection.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The exchange's limit: 300 attempts in 5 minutes.
const ATTEMPTS: usize = 300;
const WINDOW: Duration = Duration::from_secs(5 * 60);

/// The attempts to connect to one host, of which any window of time has so many at most.
#[derive(Debug)]
struct Attempts {
    made: VecDeque<Instant>,
    /// Whether the last one who asked has to wait: only the first is worth a warning.
    used_up: bool,
}

/// A budget of attempts to open WebSocket connections: so many for each host in any window of time.
///
/// The exchange allows 300 attempts in 5 minutes from one address ([Limits][limits]), and answers more of them with a ban.
/// All clients of a process share one budget unless they are given another: whoever runs several processes behind one
/// address gives each a part of the whole.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use binance_wire_net::ConnectBudget;
///
/// let budget = ConnectBudget::new(2, Duration::from_secs(60));
/// let now = Instant::now();
/// assert_eq!(budget.take("stream.binance.com", now), Ok(()));
/// assert_eq!(budget.take("stream.binance.com", now), Ok(()));
/// let later = now + Duration::from_secs(60);
/// assert_eq!(budget.take("stream.binance.com", now), Err(later));
/// assert_eq!(budget.take("ws-api.binance.com", now), Ok(()));
/// ```
///
/// [limits]: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams#websocket-limits
#[derive(Clone)]
pub struct ConnectBudget(Arc<Budget>);

struct Budget {
    attempts: usize,
    window: Duration,
    hosts: Mutex<HashMap<String, Attempts>>,
}

impl ConnectBudget {
    /// Returns a budget of `attempts` (at least one) for each host in any `window`.
    pub fn new(attempts: usize, window: Duration) -> Self {
        Self(Arc::new(Budget {
            attempts: attempts.max(1),
            window,
            hosts: Mutex::default(),
        }))
    }

    /// Returns the budget that all clients of this process share: 300 attempts in 5 minutes.
    pub fn shared() -> Self {
        static SHARED: OnceLock<ConnectBudget> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(ATTEMPTS, WINDOW)).clone()
    }

    /// Takes an attempt to connect to `host`. The times of all calls must be of one clock.
    ///
    /// # Errors
    /// When there may be one again, where the attempts are used up.
    pub fn take(&self, host: &str, now: Instant) -> Result<(), Instant> {
        // What is under the lock is whole at any time.
        let mut hosts = self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |at: &Instant| now.saturating_duration_since(*at) >= self.0.window;
        if !hosts.contains_key(host) {
            // As many hosts as were connected to not long ago.
            hosts.retain(|_, host| !host.made.back().is_none_or(over));
            let attempts = Attempts {
                made: VecDeque::new(),
                used_up: false,
            };
            hosts.insert(host.to_owned(), attempts);
        }
        let Some(attempts) = hosts.get_mut(host) else {
            return Ok(());
        };
        while attempts.made.front().is_some_and(over) {
            attempts.made.pop_front();
        }
        match attempts.made.front() {
            Some(first) if attempts.made.len() >= self.0.attempts => {
                let at = *first + self.0.window;
                let wait_ms = at.saturating_duration_since(now).as_millis();
                if !std::mem::replace(&mut attempts.used_up, true) {
                    tracing::warn!(host, wait_ms, "the attempts to connect are used up: waiting");
                } else {
                    tracing::debug!(host, wait_ms, "waiting for an attempt to connect");
                }
                Err(at)
            }
            _ => {
                attempts.used_up = false;
                // Threads may read the clock in one order and come here in the other.
                let last = attempts.made.back().copied().unwrap_or(now);
                attempts.made.push_back(now.max(last));
                Ok(())
            }
        }
    }
}

impl Default for ConnectBudget {
    fn default() -> Self {
        Self::shared()
    }
}

impl fmt::Debug for ConnectBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectBudget")
            .field("attempts", &self.0.attempts)
            .field("window", &self.0.window)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whoever asks when, and however many of them: no window has more than the limit, and who waits as long as was
        /// said has a place unless others took it.
        #[test]
        fn no_window_has_more_attempts(
            limit in 1_usize..6,
            steps in prop::collection::vec((0_u64..40, 0_usize..3), 1..200),
        ) {
            let window = Duration::from_millis(100);
            let budget = ConnectBudget::new(limit, window);
            let mut now = Instant::now();
            let mut made: [Vec<Instant>; 3] = Default::default();
            for (step, host) in steps {
                now += Duration::from_millis(step);
                let name = ["a", "b", "c"][host];
                match budget.clone().take(name, now) {
                    Ok(()) => made[host].push(now),
                    Err(at) => {
                        prop_assert!(at > now && at <= now + window);
                        let recent = made[host].iter().filter(|made| now - **made < window).count();
                        prop_assert_eq!(recent, limit, "a refusal without need");
                    }
                }
            }
            for made in made {
                for several in made.windows(limit + 1) {
                    prop_assert!(several[limit] - several[0] >= window);
                }
            }
        }
    }

    #[test]
    fn hosts_of_long_ago_are_forgotten() {
        let budget = ConnectBudget::new(1, Duration::from_secs(1));
        let now = Instant::now();
        for host in 0..100 {
            let at = now + host * Duration::from_secs(2);
            assert_eq!(budget.take(&host.to_string(), at), Ok(()));
        }
        assert_eq!(budget.0.hosts.lock().expect("no panic").len(), 1);
    }

    #[test]
    fn the_process_has_one() {
        assert!(Arc::ptr_eq(
            &ConnectBudget::shared().0,
            &ConnectBudget::default().0
        ));
    }
}
