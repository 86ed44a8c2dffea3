//! What comes from the exchange: updates and snapshots.

use binance_wire_core::Timestamp;

use crate::Level;

/// The changes of a book in one event of its stream.
///
/// Product crates implement it for their events; [`Update`] is a plain one.
pub trait DepthUpdate {
    /// The first update that the event covers: `U`.
    fn first_update_id(&self) -> i64;
    /// The last update that the event covers: `u`.
    fn last_update_id(&self) -> i64;
    /// The last update of the event before: `pu`, which [`Rule::Linked`](crate::Rule::Linked) needs.
    fn previous_update_id(&self) -> Option<i64> {
        None
    }
    /// When the exchange sent it: `E`.
    fn time(&self) -> Option<Timestamp> {
        None
    }
    /// Whether every level could be read. An event that misses one is of no use, and starts a resync.
    fn is_complete(&self) -> bool {
        true
    }
    /// The changed bids, with the quantity that is there now; zero removes the level.
    fn bids(&self) -> impl Iterator<Item = Level>;
    /// The changed asks.
    fn asks(&self) -> impl Iterator<Item = Level>;
}

/// A snapshot of a book.
///
/// Product crates implement it for the answer of the operation that fetches it; [`Snapshot`] is a plain one.
pub trait DepthSnapshot {
    /// The last update that it contains: `lastUpdateId`.
    fn last_update_id(&self) -> i64;
    /// When the exchange made it, where it says so.
    fn time(&self) -> Option<Timestamp> {
        None
    }
    /// Whether every level could be read.
    fn is_complete(&self) -> bool {
        true
    }
    /// The bids, the best first.
    fn bids(&self) -> impl Iterator<Item = Level>;
    /// The asks, the best first.
    fn asks(&self) -> impl Iterator<Item = Level>;
}

/// An update as a plain value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "made by users and tests; has what the rules need"
)]
pub struct Update {
    /// The first update that it covers.
    pub first_update_id: i64,
    /// The last update that it covers.
    pub last_update_id: i64,
    /// The last update of the event before.
    pub previous_update_id: Option<i64>,
    /// When the exchange sent it.
    pub time: Option<Timestamp>,
    /// The changed bids.
    pub bids: Vec<Level>,
    /// The changed asks.
    pub asks: Vec<Level>,
}

impl Update {
    pub(crate) fn copy_of(update: &impl DepthUpdate) -> Self {
        Self {
            first_update_id: update.first_update_id(),
            last_update_id: update.last_update_id(),
            previous_update_id: update.previous_update_id(),
            time: update.time(),
            bids: update.bids().collect(),
            asks: update.asks().collect(),
        }
    }

    pub(crate) fn levels(&self) -> usize {
        self.bids.len() + self.asks.len()
    }
}

impl DepthUpdate for Update {
    fn first_update_id(&self) -> i64 {
        self.first_update_id
    }
    fn last_update_id(&self) -> i64 {
        self.last_update_id
    }
    fn previous_update_id(&self) -> Option<i64> {
        self.previous_update_id
    }
    fn time(&self) -> Option<Timestamp> {
        self.time
    }
    fn bids(&self) -> impl Iterator<Item = Level> {
        self.bids.iter().copied()
    }
    fn asks(&self) -> impl Iterator<Item = Level> {
        self.asks.iter().copied()
    }
}

/// A snapshot as a plain value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The last update that it contains.
    pub last_update_id: i64,
    /// When the exchange made it.
    pub time: Option<Timestamp>,
    /// The bids, the best first.
    pub bids: Vec<Level>,
    /// The asks, the best first.
    pub asks: Vec<Level>,
}

impl DepthSnapshot for Snapshot {
    fn last_update_id(&self) -> i64 {
        self.last_update_id
    }
    fn time(&self) -> Option<Timestamp> {
        self.time
    }
    fn bids(&self) -> impl Iterator<Item = Level> {
        self.bids.iter().copied()
    }
    fn asks(&self) -> impl Iterator<Item = Level> {
        self.asks.iter().copied()
    }
}
