//! A stream connection, and reading it: data goes to the consumer at once, everything else to the supervisor.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::frame::{Frames, Kind};
use crate::event_stream::Sink;
use crate::item::GapReason;
use crate::overlap::Overlap;
use crate::reconnect::{Health, now};
use crate::socket::{Frame, Socket};
use crate::subscriptions::SubscriptionSet;

/// Frames handled before other tasks get their turn.
const BATCH: usize = 256;

/// The most messages of a new connection that wait until it takes over.
pub(crate) const HELD: usize = 1 << 16;

/// A connection and what is subscribed on it.
pub(crate) struct Connection {
    pub(crate) socket: Socket,
    pub(crate) health: Health,
    pub(crate) set: SubscriptionSet,
    pub(crate) frames: Frames,
    /// When the limit of messages a second allows the next one.
    pub(crate) send_at: Option<Instant>,
}

impl Connection {
    /// Sends what the limit of messages a second allows.
    pub(crate) fn send_due(&mut self, now: Instant) -> Result<(), GapReason> {
        self.send_at = None;
        if self.set.overdue(now) {
            return Err(GapReason::Unconfirmed);
        }
        while let Some(next) = self.set.poll_send(now) {
            match next {
                Ok(frame) => self.socket.send(frame)?,
                Err(at) => {
                    self.send_at = Some(at);
                    break;
                }
            }
        }
        Ok(())
    }
}

/// The two connections of an overlap.
const OLD: u64 = 0;
const NEW: u64 = 1;

fn bytes(frame: &Frame) -> &[u8] {
    match frame {
        Frame::Text(text) => text.as_bytes(),
        Frame::Binary(bytes) => bytes,
        Frame::Ping | Frame::Pong => &[],
    }
}

pub(crate) fn deliver(sink: &mut dyn Sink, frame: &Frame) {
    match frame {
        Frame::Text(text) => sink.text(text),
        Frame::Binary(bytes) => sink.binary(bytes),
        Frame::Ping | Frame::Pong => {}
    }
}

/// The time for which the old connection is read after the new one is complete, unless they meet before.
const OVERLAP: Duration = Duration::from_secs(1);

/// What passes from an old connection to a new one while there are both.
///
/// The old one delivers, and what the new one sends is held. An event that both have sent is the point at which they meet:
/// all that happened before has come over the old one, however slow it is, and the rest comes over the new one.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    held: VecDeque<Frame>,
    overlap: Overlap,
    met: bool,
    /// When the new connection was complete.
    complete_at: Option<Instant>,
}

impl Handover {
    /// The old connection has sent something, which is delivered.
    pub(crate) fn heard_old(&mut self, message: &[u8]) {
        if self.overlap.is_repeated(OLD, message) {
            self.met = true;
            if let Some(at) = self.held.iter().position(|frame| bytes(frame) == message) {
                self.held.remove(at);
            }
        }
    }

    /// The new connection has sent something.
    fn heard_new(&mut self, frame: Frame) {
        if self.overlap.is_repeated(NEW, bytes(&frame)) {
            self.met = true;
            return;
        }
        if self.held.len() == HELD {
            // The old one is not that slow; what is oldest has come over it.
            self.met = true;
            self.held.pop_front();
        }
        self.held.push_back(frame);
    }

    /// The new connection is complete; returns whether it can take over.
    pub(crate) fn complete(&mut self, now: Instant) -> bool {
        let since = *self.complete_at.get_or_insert(now);
        self.met || now >= since + OVERLAP
    }

    /// The old connection will send no more.
    pub(crate) fn end(&mut self) {
        self.met = true;
    }

    /// When the new connection takes over at the latest.
    pub(crate) fn ends_at(&self) -> Option<Instant> {
        self.complete_at.map(|at| at + OVERLAP)
    }

    /// What the new connection alone has sent; the handover is over.
    pub(crate) fn take(&mut self) -> VecDeque<Frame> {
        std::mem::take(self).held
    }
}

/// The outcome of reading, apart from data.
#[derive(Debug)]
pub(crate) enum Read {
    /// An answer, or the announcement of a shutdown.
    Control { rising: bool, kind: Kind },
    /// The connection is gone.
    Lost { rising: bool, reason: GapReason },
    /// A batch is full; let others run.
    Busy,
    /// The new connection can take over.
    Met,
}

/// Reads both connections. While there are two, the data of the rising one is held: the old one still delivers.
pub(crate) fn poll_frames(
    active: &mut Option<Connection>,
    rising: &mut Option<Connection>,
    handover: &mut Handover,
    sink: &mut dyn Sink,
    cx: &mut Context<'_>,
) -> Poll<Read> {
    let mut busy = false;
    let overlapping = rising.is_some();
    if let Some(connection) = rising {
        let mut into = match active {
            Some(_) => Destination::Held(handover),
            None => Destination::Consumer { sink, remember: None },
        };
        match connection.poll_read(true, &mut into, cx) {
            Poll::Ready(Read::Busy) => busy = true,
            Poll::Ready(read) => return Poll::Ready(read),
            Poll::Pending => {}
        }
    }
    if let Some(connection) = active {
        // While an answer is awaited there is always room: who waits for it may be the consumer itself.
        let room = overlapping || !connection.set.settled() || sink.poll_room(cx).is_ready();
        let mut into = Destination::Consumer {
            sink,
            remember: overlapping.then_some(&mut *handover),
        };
        if room && let Poll::Ready(read) = connection.poll_read(false, &mut into, cx) {
            return Poll::Ready(read);
        }
    }
    let complete = rising.as_ref().is_some_and(|connection| connection.set.settled());
    if handover.met && complete {
        Poll::Ready(Read::Met)
    } else if busy {
        Poll::Ready(Read::Busy)
    } else {
        Poll::Pending
    }
}

/// The destination of data.
enum Destination<'a> {
    Consumer {
        sink: &'a mut dyn Sink,
        remember: Option<&'a mut Handover>,
    },
    Held(&'a mut Handover),
}

impl Destination<'_> {
    fn put(&mut self, frame: Frame) {
        match self {
            Self::Consumer { sink, remember } => {
                if let Some(handover) = remember
                    && !matches!(frame, Frame::Ping | Frame::Pong)
                {
                    handover.heard_old(bytes(&frame));
                }
                deliver(*sink, &frame);
            }
            Self::Held(_) if matches!(frame, Frame::Ping | Frame::Pong) => {}
            Self::Held(handover) => handover.heard_new(frame),
        }
    }
}

impl Connection {
    fn poll_read(&mut self, rising: bool, into: &mut Destination<'_>, cx: &mut Context<'_>) -> Poll<Read> {
        let mut handled = 0;
        let read = loop {
            let mut frame = match self.socket.poll_frame(cx) {
                Poll::Ready(Ok(frame)) => frame,
                Poll::Ready(Err(reason)) => break Poll::Ready(Read::Lost { rising, reason }),
                Poll::Pending => break Poll::Pending,
            };
            handled += 1;
            if let Frame::Text(text) = &frame {
                match self.frames.sort(text) {
                    (Kind::Data, None) => {}
                    (Kind::Data, Some(unwrapped)) => frame = Frame::Text(unwrapped),
                    (kind @ Kind::KeyExpired { .. }, _) => {
                        // It is an event as well.
                        into.put(frame);
                        break Poll::Ready(Read::Control { rising, kind });
                    }
                    (kind, _) => break Poll::Ready(Read::Control { rising, kind }),
                }
            }
            into.put(frame);
            if handled == BATCH {
                break Poll::Ready(Read::Busy);
            }
        };
        if handled > 0 {
            self.health.heard(now());
            if let Destination::Consumer { sink, .. } = into {
                sink.flush();
            }
        }
        read
    }
}
