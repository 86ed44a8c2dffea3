//! What user data consists of.

use std::fmt;
use std::time::Duration;

use binance_wire_core::{Decimal, DecodeError, Error};

use super::model::{AccountModel, OrderKey};
use crate::item::GapReason;

/// One thing that user data yields: an event, a snapshot, or news at the place where it happened.
#[non_exhaustive]
pub enum UserDataItem<M: AccountModel> {
    /// An event. Its order has not been in a later state before.
    Event(M::Event),
    /// A fill that came after a later state of its order: count the fill, and leave the order as it is.
    LateFill(M::Event),
    /// The state of the account, the first item of all and the one that ends every [`Gap`](Self::Gap). It replaces what
    /// was known of balances, positions and open orders; events that it contains do not come any more.
    Snapshot(Box<Snapshot<M>>),
    /// Events may be missing. Those that come from now on are kept back until the next snapshot.
    Gap(GapCause),
    /// A request of a snapshot failed. It is repeated; what has been fetched is kept.
    SnapshotFailed {
        /// The reason.
        error: Error,
        /// The time until the next request.
        retry_in: Duration,
    },
    /// The events could not be opened again; the next attempt follows.
    OpenFailed {
        /// The reason.
        error: Error,
        /// The time until the next attempt.
        retry_in: Duration,
    },
    /// The exchange announced that it will close the connection. A replacement is under way; nothing needs to
    /// be done.
    ServerShutdown,
    /// A frame that could not be decoded. As it may have been an event, a [`Gap`](Self::Gap) follows.
    Undecodable {
        /// The place and the reason.
        error: DecodeError,
        /// The frame as it came.
        frame: Vec<u8>,
    },
    /// The reader was slow: the connection was not read for this long, as the queue was full. Nothing was dropped.
    Waited {
        /// How long.
        time: Duration,
    },
}

impl<M: AccountModel> UserDataItem<M> {
    /// The event, if this is one.
    pub fn event(self) -> Option<M::Event> {
        match self {
            Self::Event(event) | Self::LateFill(event) => Some(event),
            _ => None,
        }
    }

    /// The snapshot, if this is one.
    pub fn snapshot(self) -> Option<Snapshot<M>> {
        match self {
            Self::Snapshot(snapshot) => Some(*snapshot),
            _ => None,
        }
    }
}

/// The state of an account: balances and positions, open orders, and what happened to orders since the events before it.
#[non_exhaustive]
pub struct Snapshot<M: AccountModel> {
    /// Balances, and positions where there are any.
    pub account: M::Account,
    /// Every open order.
    pub open_orders: Vec<M::Order>,
    /// The orders that were closed where events are missing: those that had been open, and those that trades brought to
    /// light. An order that was placed and ended without a fill in that time is not among them.
    pub closed_orders: Vec<M::Order>,
    /// The fills that no event told of: exactly those that lie between the orders' states before and in this snapshot.
    /// None in the first one. Of symbols that had neither an event nor an open order, only those that were named to the
    /// builder are looked at.
    pub trades: Vec<M::Trade>,
    /// What does not add up, though it was fetched several times. Empty as a rule.
    pub doubts: Vec<Doubt>,
}

/// Something in a snapshot that contradicts what was known before.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Doubt {
    /// The account is older than events that came before.
    AccountBehind,
    /// The order is in an earlier state than events have told; it is in the snapshot as it was fetched.
    OrderBehind(OrderKey),
    /// The exchange no longer knows the order: how it ended is not known.
    OrderUnknown(OrderKey),
    /// This quantity of the order was filled, and no trade was found for it.
    Unexplained {
        /// The order.
        order: OrderKey,
        /// The quantity.
        quantity: Decimal,
    },
}

/// Why events may be missing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GapCause {
    /// The connection was lost, or the key or token expired.
    Lost(GapReason),
    /// Messages now come from a new connection, made while the old one worked.
    Replaced,
    /// The queue dropped events, by a policy that the caller chose.
    Dropped {
        /// How many.
        events: u64,
    },
    /// A frame could not be decoded.
    Undecodable,
    /// A fill came after so many later ones of its symbol that it may have been forgotten or missed, and its order does not
    /// say which. If it was missed, the snapshot has a [doubt](Doubt::Unexplained) about its order.
    OutOfOrder,
    /// More events came than may be kept back; they were given up, and another snapshot takes their place.
    BufferFull {
        /// How many were given up.
        events: usize,
    },
    /// The subscription ended; it is opened again.
    Ended {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for GapCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(reason) => reason.fmt(f),
            Self::Replaced => f.write_str("the connection was replaced"),
            Self::Dropped { events } => write!(f, "the queue dropped {events} events"),
            Self::Undecodable => f.write_str("a frame could not be decoded"),
            Self::OutOfOrder => f.write_str("a fill came long after later ones"),
            Self::BufferFull { events } => write!(f, "{events} events came before the snapshot"),
            Self::Ended { reason } => write!(f, "the subscription ended: {reason}"),
        }
    }
}

impl<M: AccountModel> fmt::Debug for UserDataItem<M>
where
    M::Event: fmt::Debug,
    M::Account: fmt::Debug,
    M::Order: fmt::Debug,
    M::Trade: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => f.debug_tuple("Event").field(event).finish(),
            Self::LateFill(event) => f.debug_tuple("LateFill").field(event).finish(),
            Self::Snapshot(snapshot) => f.debug_tuple("Snapshot").field(snapshot).finish(),
            Self::Gap(cause) => f.debug_tuple("Gap").field(cause).finish(),
            Self::SnapshotFailed { error, retry_in } => f
                .debug_struct("SnapshotFailed")
                .field("error", error)
                .field("retry_in", retry_in)
                .finish(),
            Self::OpenFailed { error, retry_in } => f
                .debug_struct("OpenFailed")
                .field("error", error)
                .field("retry_in", retry_in)
                .finish(),
            Self::ServerShutdown => f.write_str("ServerShutdown"),
            Self::Undecodable { error, .. } => f
                .debug_struct("Undecodable")
                .field("error", error)
                .finish_non_exhaustive(),
            Self::Waited { time } => f.debug_struct("Waited").field("time", time).finish(),
        }
    }
}

impl<M: AccountModel> fmt::Debug for Snapshot<M>
where
    M::Account: fmt::Debug,
    M::Order: fmt::Debug,
    M::Trade: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("account", &self.account)
            .field("open_orders", &self.open_orders)
            .field("closed_orders", &self.closed_orders)
            .field("trades", &self.trades)
            .field("doubts", &self.doubts)
            .finish()
    }
}
