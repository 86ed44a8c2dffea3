//! Items of a stream of messages.

use std::convert::Infallible;
use std::fmt;

use binance_wire_core::{DecodeError, Text};

/// One thing that a stream yields: a message, or news about the stream itself at the place where it happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StreamItem<M> {
    /// A message.
    Event(M),
    /// A frame that could not be decoded. The stream goes on.
    Undecodable {
        /// The place and the reason.
        error: DecodeError,
        /// The frame as it came.
        frame: Vec<u8>,
    },
    /// A connection was lost; messages of its streams are missing from this point on until
    /// [`Reconnected`](Self::Reconnected) names them.
    Gap {
        /// The reason.
        reason: GapReason,
        /// The streams that it carried, sorted by name; empty for user data.
        streams: Vec<Text>,
    },
    /// A new connection is up in place of a lost one, and every subscription is confirmed on it; messages of those
    /// confirmed first may come before this. State built from its streams (order books, balances, open orders) must
    /// be fetched again.
    Reconnected {
        /// The streams that it carries, sorted by name; empty for user data.
        streams: Vec<Text>,
    },
    /// The exchange announced that it will close the connection. A replacement is under way; nothing needs to
    /// be done.
    ServerShutdown,
    /// Messages now come from a new connection that was made while the old one still worked. None is missing, and none
    /// comes twice. Where the old one did not show in time that everything has come, by a message that both have or by its
    /// answer to a ping, a [`Gap`](Self::Gap) and [`Reconnected`](Self::Reconnected) come instead.
    Replaced,
    /// The consumer was too slow, and messages of a stream are missing at this point. State built from them must be
    /// fetched again, unless each message is a whole state.
    Lagged {
        /// The name of the stream; `None` for user data, and where messages do not name their stream.
        stream: Option<Text>,
        /// The number of messages dropped as the oldest.
        dropped: u64,
        /// The number of messages of which a newer one took the place ([`Overflow::Latest`](crate::Overflow::Latest)). It
        /// comes next.
        coalesced: u64,
    },
    /// The exchange refused streams that were to be subscribed again on a new connection; they are no longer
    /// part of the subscriptions.
    Refused {
        /// The names of the streams.
        names: Vec<Text>,
        /// The exchange's message.
        reason: String,
    },
    /// The stream is over; nothing comes after this.
    Terminated {
        /// Why.
        reason: String,
    },
}

impl<M> StreamItem<M> {
    /// The message, if this is one.
    pub fn event(self) -> Option<M> {
        match self {
            Self::Event(event) => Some(event),
            _ => None,
        }
    }
}

impl<M> StreamItem<M> {
    /// The message, or the news.
    pub(crate) fn or_news(self) -> Result<M, StreamItem<Infallible>> {
        Err(match self {
            Self::Event(message) => return Ok(message),
            Self::Undecodable { error, frame } => StreamItem::Undecodable { error, frame },
            Self::Gap { reason, streams } => StreamItem::Gap { reason, streams },
            Self::Reconnected { streams } => StreamItem::Reconnected { streams },
            Self::ServerShutdown => StreamItem::ServerShutdown,
            Self::Replaced => StreamItem::Replaced,
            Self::Lagged {
                stream,
                dropped,
                coalesced,
            } => StreamItem::Lagged {
                stream,
                dropped,
                coalesced,
            },
            Self::Refused { names, reason } => StreamItem::Refused { names, reason },
            Self::Terminated { reason } => StreamItem::Terminated { reason },
        })
    }
}

/// The reason why a connection was lost.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GapReason {
    /// The server closed the connection; its code and reason, where it gave them.
    Closed {
        /// The WebSocket close code.
        code: Option<u16>,
        /// The close reason, often empty.
        reason: String,
    },
    /// The connection broke.
    Broken(String),
    /// Nothing was heard for too long, not even a ping.
    Silent,
    /// The server did not confirm a subscription in time.
    Unconfirmed,
    /// The listen key or listen token expired, or the exchange withdrew it.
    KeyExpired,
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed {
                code: Some(code),
                reason,
            } => {
                write!(f, "the server closed the connection (code {code}) {reason}")
            }
            Self::Closed { code: None, .. } => f.write_str("the server closed the connection"),
            Self::Broken(reason) => write!(f, "the connection broke: {reason}"),
            Self::Silent => f.write_str("the connection fell silent"),
            Self::Unconfirmed => f.write_str("the server did not confirm a subscription"),
            Self::KeyExpired => f.write_str("the listen key or token expired"),
        }
    }
}

/// News about a stream, as the connection's task reports them before they join the messages.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    Gap { reason: GapReason, streams: Vec<Text> },
    Reconnected { streams: Vec<Text> },
    ServerShutdown,
    Replaced,
    Refused { names: Vec<Text>, reason: String },
    Terminated(String),
}

impl<M> From<Notice> for StreamItem<M> {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Gap { reason, streams } => Self::Gap { reason, streams },
            Notice::Reconnected { streams } => Self::Reconnected { streams },
            Notice::ServerShutdown => Self::ServerShutdown,
            Notice::Replaced => Self::Replaced,
            Notice::Refused { names, reason } => Self::Refused { names, reason },
            Notice::Terminated(reason) => Self::Terminated { reason },
        }
    }
}
