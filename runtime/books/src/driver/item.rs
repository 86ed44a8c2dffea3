//! What a stream of books yields.

use binance_wire_core::{Error, Text};
use binance_wire_websocket::StreamItem;

use crate::{Reason, Rejection, Remedy};

/// News of a book, at the place in the stream where it happened, or of the connections.
#[derive(Debug)]
#[non_exhaustive]
pub enum BookItem<E, M> {
    /// The book contains this event now.
    Updated {
        /// The symbol.
        symbol: Text,
        /// What changed.
        event: E,
        /// Whether the best bid or the best ask is another.
        top_changed: bool,
    },
    /// The book cannot be read from here on until [`Synced`](Self::Synced).
    ResyncStarted {
        /// The symbol.
        symbol: Text,
        /// Why.
        reason: Reason,
    },
    /// The book can be read from here on.
    Synced {
        /// The symbol.
        symbol: Text,
        /// Why the resync was necessary.
        reason: Reason,
        /// What ended it.
        by: Remedy,
    },
    /// A snapshot took the place of the book, which could be read all the time: more levels are known.
    Refreshed {
        /// The symbol.
        symbol: Text,
    },
    /// A snapshot was of no use; another one is fetched after a pause.
    SnapshotRejected {
        /// The symbol.
        symbol: Text,
        /// Why.
        rejection: Rejection,
    },
    /// A snapshot could not be fetched; it is tried again after a pause. Where the exchange names a time, no snapshot at
    /// all is fetched before.
    SnapshotFailed {
        /// The symbol.
        symbol: Text,
        /// Why.
        error: Error,
    },
    /// The exchange refused the stream of this book, which is removed.
    Refused {
        /// The symbol.
        symbol: Text,
        /// The exchange's message.
        reason: String,
    },
    /// Whatever else the connections yield: messages of other streams, and news of the connections. The consequences for
    /// books have been said before.
    Stream(StreamItem<M>),
}

impl<E, M> BookItem<E, M> {
    /// The symbol of the book that this is about.
    pub fn symbol(&self) -> Option<&Text> {
        match self {
            Self::Updated { symbol, .. }
            | Self::ResyncStarted { symbol, .. }
            | Self::Synced { symbol, .. }
            | Self::Refreshed { symbol }
            | Self::SnapshotRejected { symbol, .. }
            | Self::SnapshotFailed { symbol, .. }
            | Self::Refused { symbol, .. } => Some(symbol),
            Self::Stream(_) => None,
        }
    }
}
