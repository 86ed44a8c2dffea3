//! How often reads are repeated, and the budget that keeps repetitions from adding to the exchange's trouble.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The repetitions that a budget has room for at first, unless another number is set.
const RETRIES: u32 = 50;
/// The successful calls that earn one repetition, unless another number is set.
const SUCCESSES_PER_RETRY: u32 = 5;
/// The wait before the first repetition, before jitter; it doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_millis(50);
/// The longest wait before a repetition.
const LONGEST_DELAY: Duration = Duration::from_secs(2);

/// A budget of repetitions that calls share: each repetition takes one from it, and a few successful calls earn one back.
/// In an outage a client thus repeats a bounded number of reads, however many it makes, and in normal operation a
/// fraction of them.
///
/// A repetition that succeeds gives back what it took. Clones share the budget; hand it to several builders
/// (`retry_budget`) for one budget of a process.
///
/// ```
/// use binance_wire_core::RetryBudget;
///
/// let budget = RetryBudget::new(2, 10);
/// assert!(budget.take() && budget.take());
/// assert!(!budget.take());
/// for _ in 0..10 {
///     budget.succeeded(false);
/// }
/// assert_eq!(budget.available(), 1);
/// ```
#[derive(Clone)]
pub struct RetryBudget(Arc<Bucket>);

struct Bucket {
    /// In parts of a repetition, as many as `cost` for each.
    left: AtomicU32,
    capacity: u32,
    cost: u32,
}

impl RetryBudget {
    /// Returns a full budget with room for `retries` repetitions, of which `successes_per_retry` successful calls (at
    /// least one) earn one back.
    pub fn new(retries: u32, successes_per_retry: u32) -> Self {
        let cost = successes_per_retry.max(1);
        let capacity = retries.saturating_mul(cost);
        Self(Arc::new(Bucket {
            left: AtomicU32::new(capacity),
            capacity,
            cost,
        }))
    }

    /// The repetitions that it has room for now.
    pub fn available(&self) -> u32 {
        self.0.left.load(Ordering::Relaxed) / self.0.cost
    }

    /// Takes a repetition. `false` where there is none. For transports.
    #[must_use]
    pub fn take(&self) -> bool {
        let less = |left: u32| left.checked_sub(self.0.cost);
        let taken = self
            .0
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok()
    }

    /// Counts a successful call, `repeated` where its last attempt was a repetition. For transports.
    pub fn succeeded(&self, repeated: bool) {
        let earned = if repeated { self.0.cost } else { 1 };
        let more = |left: u32| {
            let more = left.saturating_add(earned).min(self.0.capacity);
            (more != left).then_some(more)
        };
        // A full one stays as it is, and costs no write that processors share.
        let _ = self
            .0
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

/// 50 repetitions at once, and one for every five successful calls.
impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(RETRIES, SUCCESSES_PER_RETRY)
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryBudget")
            .field("available", &self.available())
            .field("retries", &(self.0.capacity / self.0.cost))
            .field("successes_per_retry", &self.0.cost)
            .finish()
    }
}

/// How reads are repeated. For transports, whose builders have a setting for each part.
#[derive(Clone, Debug, Default)]
pub struct ReadRetries {
    /// The repetitions of one call, at most.
    pub max: u32,
    /// The time from the start of a call within which its last repetition begins.
    pub within: Duration,
    /// What all calls share.
    pub budget: RetryBudget,
}

impl ReadRetries {
    /// Begins a call that started at `started`; `repeatable` is whether it may be repeated at all.
    pub fn start(&self, started: Instant, repeatable: bool) -> Repetitions<'_> {
        Repetitions {
            settings: self,
            started,
            left: if repeatable { self.max } else { 0 },
            delay: FIRST_DELAY,
            repeated: false,
        }
    }
}

/// What comes after an attempt that failed for a reason that may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The call is repeated after this time.
    After(Duration),
    /// It has been repeated often enough, for long enough, or may not be repeated.
    No,
    /// It might be repeated, but for the budget, which is used up.
    BudgetUsedUp,
}

/// The repetitions of one call.
#[derive(Debug)]
pub struct Repetitions<'a> {
    settings: &'a ReadRetries,
    started: Instant,
    left: u32,
    delay: Duration,
    repeated: bool,
}

impl Repetitions<'_> {
    /// Decides at `now` whether to repeat the call, which must be sent by `send_by`. The wait is between half of the delay
    /// and all of it, by `chance` between 0 and 1, so that clients that failed together do not come back together.
    pub fn again(&mut self, now: Instant, send_by: Option<Instant>, chance: f64) -> Again {
        let half = self.delay / 2;
        let wait = half + half.mul_f64(chance.clamp(0.0, 1.0));
        let Some(next) = now.checked_add(wait).filter(|_| self.left > 0) else {
            return Again::No;
        };
        let late = next.saturating_duration_since(self.started) > self.settings.within;
        if late || send_by.is_some_and(|by| next >= by) {
            return Again::No;
        }
        if !self.settings.budget.take() {
            return Again::BudgetUsedUp;
        }
        self.left -= 1;
        self.delay = (self.delay * 2).min(LONGEST_DELAY);
        self.repeated = true;
        Again::After(wait)
    }

    /// Counts the success of the last attempt.
    pub fn succeeded(&self) {
        self.settings.budget.succeeded(self.repeated);
    }
}
