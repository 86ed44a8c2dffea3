//! What was let go, what waits, and what became of it.

use std::time::Duration;

use binance_wire_core::{RateLimitKind, Timestamp};

use super::meter::Mark;
use crate::demand::{AccountId, Charge, Key, PlaceId, What};

/// The room of a request that was let go. It is counted until it is [settled](crate::Ledger::settle).
#[derive(Debug)]
#[must_use = "what is not settled stays counted for ever"]
pub struct Reservation {
    pub(super) place: PlaceId,
    pub(super) account: AccountId,
    /// The earliest time at which it can have been let go.
    pub(super) at: i64,
    pub(super) event: u64,
    pub(super) held: Vec<Held>,
    pub(super) marks: Vec<Mark>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) meter: usize,
    pub(super) amount: u64,
    pub(super) on_success: u64,
}

impl Held {
    /// What the exchange has charged; `None` where that is not known.
    pub(super) fn charged(&self, outcome: Outcome) -> Option<u64> {
        match outcome {
            Outcome::NotSent => Some(0),
            Outcome::Succeeded => Some(self.on_success),
            Outcome::Failed => Some(self.amount),
            Outcome::Unknown => None,
        }
    }
}

/// What a reservation is about: the address and the counters whose stop concerns it.
#[derive(Clone, Debug)]
pub struct About {
    pub(super) place: PlaceId,
    pub(super) meters: Box<[usize]>,
}

impl About {
    /// Of what concerns an address, whatever the call.
    pub(crate) fn address(place: PlaceId) -> Self {
        let meters = Box::default();
        Self { place, meters }
    }

    pub(crate) fn meters(&self) -> &[usize] {
        &self.meters
    }
}

impl Reservation {
    /// What it is about.
    pub fn about(&self) -> About {
        About {
            place: self.place,
            meters: self.held.iter().map(|held| held.meter).collect(),
        }
    }

    /// The meters that it is charged to, for metrics.
    pub(crate) fn meters(&self) -> Vec<usize> {
        match cfg!(feature = "metrics") {
            true => self.held.iter().map(|held| held.meter).collect(),
            false => Vec::new(),
        }
    }

    /// The key of the meter that a reported counter of a kind is, where the call was not charged to it.
    pub(super) fn key_of(&self, kind: RateLimitKind) -> Option<Key> {
        let account = match kind {
            RateLimitKind::Orders => self.account,
            RateLimitKind::RequestWeight | RateLimitKind::RawRequests | RateLimitKind::Connections => {
                AccountId(None)
            }
            _ => return None,
        };
        Some(Key {
            place: self.place,
            account,
            what: What::Kind(kind),
            endpoint: None,
        })
    }
}

impl Charge {
    pub(super) fn nothing(key: Key) -> Self {
        Self {
            key,
            amount: 0,
            on_success: 0,
            rule: None,
        }
    }
}

/// Room that is kept for a request from [`at`](Self::at) on.
#[derive(Debug)]
#[must_use = "what is not claimed or cancelled stays booked until its window is over"]
pub struct Booking {
    pub(super) at: Timestamp,
    pub(super) slots: Vec<Slot>,
}

impl Booking {
    /// The time of the exchange's clock at which to ask again.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) meter: usize,
    pub(super) counter: usize,
    pub(super) window: i64,
    pub(super) amount: u64,
}

/// What became of a request that was let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing of it left this side: all of it is given back.
    NotSent,
    /// It was answered with success.
    Succeeded,
    /// It was answered with a failure.
    Failed,
    /// It was sent, and no answer came: it may be counted later.
    Unknown,
}

/// The exchange's word that a request came too early.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Whether the address is banned (418).
    pub banned: bool,
    /// Whether the limit was that of unfilled orders (-1015).
    pub orders: bool,
    /// The time from which on it may be tried again, where it is stated.
    pub until: Option<Timestamp>,
    /// The time to wait, where it is stated.
    pub wait: Option<Duration>,
}
