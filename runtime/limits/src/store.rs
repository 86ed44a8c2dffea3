//! Where counters are kept that several processes share.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use binance_wire_core::{RateLimitKind, Timestamp};

use crate::Interval;

/// A boxed future, as traits need it that are used by pointer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A store of counters for all processes that send from one address. Without one, each process counts for itself.
///
/// Every process counts for itself all the same, so the store only has to add up: it never learns what a call was.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Takes all amounts where each has room under its limit, and none otherwise, in one step. `address` is the one that a
    /// ban would be of.
    ///
    /// It should fail soon where the store cannot be reached: a request waits for it.
    fn take<'a>(&'a self, address: &'a str, takes: &'a [Take]) -> BoxFuture<'a, Result<Taken, StoreError>>;

    /// Gives back what calls did not use, and notes what the exchange reported. Returns at once; where it fails, the
    /// counters stay too high until their windows end.
    fn settle(&self, changes: Vec<Change>);

    /// Notes a ban for every process. Returns at once.
    fn ban(&self, address: &str, until: Timestamp);
}

/// An amount for one window of a shared counter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Take {
    /// The name of the counter and the window, the same in every process.
    pub counter: String,
    /// The amount.
    pub amount: u64,
    /// The most that the counter may reach.
    pub limit: u64,
    pub(crate) kind: Option<RateLimitKind>,
    pub(crate) interval: Interval,
    pub(crate) window: i64,
    pub(crate) on_success: u64,
    pub(crate) description: String,
}

impl Take {
    /// The end of the window, by the exchange's clock.
    pub fn ends(&self) -> Timestamp {
        Timestamp::from_micros(self.interval.end(self.window))
    }

    /// The length of the window.
    pub fn length(&self) -> Duration {
        self.interval.length()
    }
}

/// A correction of one window of a shared counter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The name of the counter and the window.
    pub counter: String,
    /// The amount to give back.
    pub back: u64,
    /// What the exchange said that the counter is at: the counter is raised to it.
    pub reported: Option<u64>,
    /// The end of the window, by the exchange's clock.
    pub ends: Timestamp,
}

/// What a store says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// All of it was taken.
    All,
    /// Nothing was taken: the amount with this index has no room.
    Exhausted(usize),
    /// Nothing was taken: the address is banned.
    Banned(Timestamp),
}

/// A store that cannot be reached, or does not work.
#[derive(Debug)]
pub struct StoreError(String);

impl StoreError {
    /// Returns an error with its reason in words, without secrets.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// What to do while the store cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreLoss {
    /// Go on with this part of every limit: one of so many equal ones. As many as there are processes is safe.
    Share(u32),
    /// Send nothing.
    Refuse,
    /// Go on as if there were no other process.
    Ignore,
}

impl Default for StoreLoss {
    fn default() -> Self {
        Self::Share(2)
    }
}
