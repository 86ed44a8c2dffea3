//! The consumer's end of a stream of messages, and the connection's end behind it.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use binance_wire_core::json::{self, Reading};
use binance_wire_core::{DecodeError, FromJson, Text};
use futures_util::Stream;

use crate::item::{Notice, StreamItem};
use crate::metric;
use crate::overflow::Policies;
use crate::queue::{Bounds, Consumer, Overflow, Producer, Producers, queue, shared_queue};

/// Decodes a whole text frame into a message.
pub type TextDecoder<M> = fn(&str) -> Result<M, DecodeError>;

/// The decoder of a type that reads JSON, keeping unknown members or not.
pub(crate) fn decoder<M: FromJson>(reading: Reading) -> TextDecoder<M> {
    match reading == Reading::new().keeping_unknown() {
        true => |text| Reading::new().keeping_unknown().read(text),
        false => json::from_str,
    }
}

/// Decodes a whole binary frame into a message.
pub type BinaryDecoder<M> = fn(&[u8]) -> Result<M, DecodeError>;

/// Keeps alive what a stream of messages comes from, until it is dropped.
pub(crate) type Life = Box<dyn Any + Send + Sync>;

/// Messages as they come, with news about the connection among them at the place where they happened.
///
/// Dropping it ends the subscription behind it.
pub struct EventStream<M> {
    consumer: Consumer<M>,
    _guard: Life,
}

impl<M> EventStream<M> {
    pub(crate) fn new(consumer: Consumer<M>, guard: Life) -> Self {
        Self {
            consumer,
            _guard: guard,
        }
    }

    /// The next item; `None` when the stream is over. Cancel-safe.
    pub async fn next(&mut self) -> Option<StreamItem<M>> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<StreamItem<M>>> {
        let item = self.consumer.poll_next(cx);
        if let Poll::Ready(Some(item)) = &item {
            metric::delivered(item);
        }
        item
    }
}

impl<M> fmt::Debug for EventStream<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

impl<M> Unpin for EventStream<M> {}

impl<M> Stream for EventStream<M> {
    type Item = StreamItem<M>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

/// Where a connection's task puts frames, whatever type they decode into: the task itself is compiled once, and
/// only this small part for each type of message.
pub(crate) trait Sink: Send {
    /// Decodes a text into the batch.
    fn text(&mut self, text: &str);
    /// Decodes a binary frame into the batch.
    fn binary(&mut self, bytes: &[u8]);
    /// Puts news into the batch.
    fn notice(&mut self, notice: Notice);
    /// The stream is over, once every connection that feeds it is; the first reason counts.
    fn end(&mut self, reason: &str);
    /// Hands the batch to the consumer.
    fn flush(&mut self);
    /// Ready when the consumer has room; `urgent` allows for something on top.
    fn poll_room(&mut self, urgent: bool, cx: &mut Context<'_>) -> Poll<()>;
    /// Whether nobody listens any more.
    fn consumer_gone(&self) -> bool;
}

struct TypedSink<M> {
    producer: Producer<M>,
    policies: Arc<Policies>,
    text: TextDecoder<M>,
    binary: Option<BinaryDecoder<M>>,
}

impl<M: Send> Sink for TypedSink<M> {
    fn text(&mut self, text: &str) {
        let item = match (self.text)(text) {
            Ok(message) => StreamItem::Event(message),
            Err(error) => StreamItem::Undecodable {
                error,
                frame: text.as_bytes().to_vec(),
            },
        };
        self.producer.push(item, text.len(), self.policies.of_text(text));
    }

    fn binary(&mut self, bytes: &[u8]) {
        let decoded = match self.binary {
            Some(decode) => decode(bytes),
            None => {
                let kind =
                    binance_wire_core::DecodeErrorKind::Other("a binary frame where none is expected".into());
                Err(DecodeError::new(kind, 0))
            }
        };
        let item = match decoded {
            Ok(message) => StreamItem::Event(message),
            Err(error) => StreamItem::Undecodable {
                error,
                frame: bytes.to_vec(),
            },
        };
        self.producer.push(item, bytes.len(), self.policies.of_binary());
    }

    fn notice(&mut self, notice: Notice) {
        self.producer.push_news(notice.into());
    }

    fn end(&mut self, reason: &str) {
        self.producer.end(reason);
    }

    fn flush(&mut self) {
        self.producer.flush();
    }

    fn poll_room(&mut self, urgent: bool, cx: &mut Context<'_>) -> Poll<()> {
        self.producer.poll_room(urgent, cx)
    }

    fn consumer_gone(&self) -> bool {
        self.producer.consumer_gone()
    }
}

/// Both ends of a stream of messages of which the oldest are dropped when there are too many.
pub(crate) fn channel<M: Send + 'static>(
    bounds: Bounds,
    text: TextDecoder<M>,
    binary: Option<BinaryDecoder<M>>,
) -> (Box<dyn Sink>, Consumer<M>) {
    let (producer, consumer) = queue(bounds);
    (
        Box::new(TypedSink {
            producer,
            policies: Arc::new(Policies::new(Overflow::DropOldest, Default::default())),
            text,
            binary,
        }),
        consumer,
    )
}

/// Where the sinks of several connections come from that feed one stream of messages.
pub(crate) trait Sinks: Send + Sync {
    fn sink(&self) -> Box<dyn Sink>;
    /// Sets what becomes of the messages of these streams when there are too many; as all others where it is `None`.
    fn set_overflow(&self, names: &[Text], overflow: Option<Overflow>);
    /// What becomes of the messages of a stream then.
    fn overflow_of(&self, name: &str) -> Overflow;
    /// No more sinks are made; the stream ends for this reason once the last one is gone.
    fn end(&self, reason: &str);
}

struct TypedSinks<M> {
    producers: Producers<M>,
    policies: Arc<Policies>,
    text: TextDecoder<M>,
    binary: Option<BinaryDecoder<M>>,
}

impl<M: Send + 'static> Sinks for TypedSinks<M> {
    fn sink(&self) -> Box<dyn Sink> {
        Box::new(TypedSink {
            producer: self.producers.producer(),
            policies: self.policies.clone(),
            text: self.text,
            binary: self.binary,
        })
    }

    fn set_overflow(&self, names: &[Text], overflow: Option<Overflow>) {
        match overflow {
            Some(overflow) => self.policies.set(names.iter().cloned(), overflow),
            None => self.policies.forget(names),
        }
    }

    fn overflow_of(&self, name: &str) -> Overflow {
        self.policies.of(name)
    }

    fn end(&self, reason: &str) {
        self.producers.end(reason);
    }
}

/// Both ends of a stream of messages that several connections feed.
pub(crate) fn shared_channel<M: Send + 'static>(
    bounds: Bounds,
    policies: Policies,
    text: TextDecoder<M>,
    binary: Option<BinaryDecoder<M>>,
) -> (Box<dyn Sinks>, Consumer<M>) {
    let (producers, consumer) = shared_queue(bounds);
    (
        Box::new(TypedSinks {
            producers,
            policies: Arc::new(policies),
            text,
            binary,
        }),
        consumer,
    )
}
