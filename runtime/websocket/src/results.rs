//! Messages as a stream of results.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;

use crate::event_stream::EventStream;
use crate::item::StreamItem;

/// News that interrupts a stream of messages: some are missing, or cannot be read.
///
/// What exactly happened is a [`StreamItem`] that is never an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Interruption(StreamItem<Infallible>);

impl Interruption {
    /// What happened.
    pub fn news(&self) -> &StreamItem<Infallible> {
        &self.0
    }

    /// Whether messages are missing at this point: they have to be fetched again before state built from them is right.
    /// `false` where the stream ended or a single frame could not be read.
    pub fn is_gap(&self) -> bool {
        matches!(
            self.0,
            StreamItem::Gap { .. }
                | StreamItem::Reconnected { .. }
                | StreamItem::Lagged { .. }
                | StreamItem::Refused { .. }
        )
    }
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            StreamItem::Event(never) => match *never {},
            StreamItem::Undecodable { error, frame } => {
                write!(
                    f,
                    "a frame of {} bytes could not be decoded: {error}",
                    frame.len()
                )
            }
            StreamItem::Gap { reason, .. } => write!(f, "messages are missing: {reason}"),
            StreamItem::Reconnected { .. } => f.write_str("the stream goes on after a gap"),
            StreamItem::Lagged {
                dropped, coalesced, ..
            } => write!(
                f,
                "the consumer was too slow: {dropped} messages dropped, {coalesced} replaced by newer ones"
            ),
            StreamItem::Refused { names, reason } => {
                write!(f, "the exchange refused {} streams: {reason}", names.len())
            }
            StreamItem::Terminated { reason } => write!(f, "the stream is over: {reason}"),
            StreamItem::ServerShutdown => f.write_str("the server will close the connection"),
            StreamItem::Replaced => f.write_str("a new connection took over"),
        }
    }
}

impl std::error::Error for Interruption {}

/// Messages, and what interrupts them as errors, for the combinators of `futures`. Made by [`EventStream::results`].
///
/// An error does not end it. Notices that cost no message ([`StreamItem::ServerShutdown`], [`StreamItem::Replaced`]) are
/// left out; after [`StreamItem::Terminated`] there is nothing more.
#[derive(Debug)]
#[must_use = "a stream does nothing before it is polled"]
pub struct Results<M>(EventStream<M>);

impl<M> EventStream<M> {
    /// The messages as a stream of `Result`, in which everything that makes messages missing or unreadable is an error at
    /// the place where it happened.
    ///
    /// With `try_next` or `try_for_each` the first gap ends the loop, which is what a program wants that cannot do with
    /// missing messages; with `next` it goes on.
    pub fn results(self) -> Results<M> {
        Results(self)
    }
}

impl<M> Results<M> {
    /// The next message or interruption; `None` when the stream is over. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<M, Interruption>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The stream inside.
    pub fn into_inner(self) -> EventStream<M> {
        self.0
    }
}

impl<M> Stream for Results<M> {
    type Item = Result<M, Interruption>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(item) = std::task::ready!(Pin::new(&mut self.0).poll_next(cx)) else {
                return Poll::Ready(None);
            };
            match item.or_news() {
                Ok(message) => return Poll::Ready(Some(Ok(message))),
                Err(StreamItem::ServerShutdown | StreamItem::Replaced) => {}
                Err(news) => return Poll::Ready(Some(Err(Interruption(news)))),
            }
        }
    }
}
