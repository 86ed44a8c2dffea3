//! A stream connection, and reading it: data goes to the consumer at once, everything else to the supervisor.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::frame::{Frames, Kind};
use crate::event_stream::Sink;
use crate::item::{GapReason, Notice};
use crate::overlap::Overlap;
use crate::queue::Bounds;
use crate::reconnect::{Health, now};
use crate::socket::{Frame, Socket};
use crate::subscriptions::SubscriptionSet;

/// Frames, and bytes of them, handled before other tasks get their turn.
const BATCH: Bounds = Bounds {
    items: 256,
    bytes: 1 << 20,
};

/// The most messages of one connection that wait while another takes over.
pub(crate) const HELD: Bounds = Bounds {
    items: 1 << 16,
    bytes: 16 << 20,
};

/// A connection and what is subscribed on it.
pub(crate) struct Connection {
    pub(crate) socket: Socket,
    pub(crate) health: Health,
    pub(crate) set: SubscriptionSet,
    pub(crate) frames: Frames,
    /// When the limit of messages a second allows the next one.
    pub(crate) send_at: Option<Instant>,
    /// Whether it is not read because nobody has room for more.
    pub(crate) stalled: bool,
}

impl Connection {
    /// When it is to be looked at.
    pub(crate) fn next(&self) -> Option<Instant> {
        let deadline = self.set.next_deadline().filter(|_| !self.stalled);
        self.send_at.into_iter().chain(deadline).min()
    }

    /// Notes whether there is room to read it; returns whether it is read again.
    fn stall(&mut self, stalled: bool) -> bool {
        let resumed = std::mem::replace(&mut self.stalled, stalled) && !stalled;
        if resumed {
            self.set.resume(now());
        }
        resumed
    }

    /// Sends what the limit of messages a second allows.
    pub(crate) fn send_due(&mut self, now: Instant) -> Result<(), GapReason> {
        self.send_at = None;
        // What is not read may well have been answered.
        if !self.stalled && self.set.overdue(now) {
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

/// The time for which the old connection is read after the new one is complete, unless they meet before.
const OVERLAP: Duration = Duration::from_secs(1);

/// What passes from an old connection to a new one while there are both.
///
/// The old one delivers, and what the new one sends is held. An event that both have sent is the point at which they meet:
/// all that happened before has come over the old one, however slow it is, and the rest comes over the new one.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    held: VecDeque<Frame>,
    held_bytes: usize,
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
                self.held_bytes -= message.len();
            }
        }
    }

    /// The new connection has sent something.
    fn heard_new(&mut self, frame: Frame) {
        if self.overlap.is_repeated(NEW, bytes(&frame)) {
            self.met = true;
            return;
        }
        self.held_bytes += bytes(&frame).len();
        self.held.push_back(frame);
    }

    /// Whether more of the new connection can be held. Where it cannot, it is not read until the old one has come as far.
    fn has_room(&self) -> bool {
        self.held.len() < HELD.items && self.held_bytes < HELD.bytes
    }

    /// The old connection was not read for a while, and has all its time again.
    fn resume(&mut self, now: Instant) {
        self.complete_at = self.complete_at.map(|_| now);
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
    outbox: &mut Outbox,
    cx: &mut Context<'_>,
) -> Poll<Read> {
    // While an answer is awaited there is more room: who waits for it may be the consumer itself.
    let urgent = rising.is_some()
        || active
            .as_ref()
            .is_some_and(|connection| !connection.set.settled());
    let room = outbox.poll_room(urgent, cx).is_ready();
    let mut busy = false;
    let overlapping = rising.is_some() && active.is_some();
    if let Some(connection) = rising {
        let room = match overlapping {
            true => handover.has_room(),
            false => room,
        };
        // While it is held up by the old one, it has no more time than any other to be confirmed.
        busy |= connection.stall(!overlapping && !room);
        let mut into = match overlapping {
            true => Destination::Held(handover),
            false => Destination::Consumer {
                outbox,
                remember: None,
            },
        };
        if room {
            match connection.poll_read(true, &mut into, cx) {
                Poll::Ready(Read::Busy) => busy = true,
                Poll::Ready(read) => return Poll::Ready(read),
                Poll::Pending => {}
            }
        }
    }
    if let Some(connection) = active {
        if connection.stall(!room) {
            busy = true;
            handover.resume(now());
        }
        let mut into = Destination::Consumer {
            outbox,
            remember: overlapping.then_some(&mut *handover),
        };
        if room && let Poll::Ready(read) = connection.poll_read(false, &mut into, cx) {
            return Poll::Ready(read);
        }
    }
    let complete = rising.as_ref().is_some_and(|connection| connection.set.settled());
    if handover.met && complete && room {
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
        outbox: &'a mut Outbox,
        remember: Option<&'a mut Handover>,
    },
    Held(&'a mut Handover),
}

impl Destination<'_> {
    fn put(&mut self, frame: Frame) {
        match self {
            _ if matches!(frame, Frame::Ping | Frame::Pong) => {}
            Self::Consumer { outbox, remember } => {
                if let Some(handover) = remember {
                    handover.heard_old(bytes(&frame));
                }
                outbox.frame(frame);
            }
            Self::Held(handover) => handover.heard_new(frame),
        }
    }
}

impl Connection {
    fn poll_read(&mut self, rising: bool, into: &mut Destination<'_>, cx: &mut Context<'_>) -> Poll<Read> {
        let mut handled = Bounds { items: 0, bytes: 0 };
        let read = loop {
            let mut frame = match self.socket.poll_frame(cx) {
                Poll::Ready(Ok(frame)) => frame,
                Poll::Ready(Err(reason)) => break Poll::Ready(Read::Lost { rising, reason }),
                Poll::Pending => break Poll::Pending,
            };
            handled.items += 1;
            handled.bytes += bytes(&frame).len();
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
            if handled.items >= BATCH.items || handled.bytes >= BATCH.bytes {
                break Poll::Ready(Read::Busy);
            }
        };
        if handled.items > 0 {
            self.health.heard(now());
            if let Destination::Consumer { outbox, .. } = into {
                outbox.flush();
            }
        }
        read
    }
}

impl Connection {
    /// What it has still received, and whether that is all of it.
    pub(crate) fn drain(&mut self, handover: &mut Handover) -> (VecDeque<Frame>, bool) {
        let mut frames = VecDeque::new();
        let mut size = 0;
        // It is looked at to the end, and not until the runtime wants its turn.
        let mut reading = Box::pin(tokio::task::unconstrained(poll_fn(|cx| {
            while frames.len() < HELD.items && size < HELD.bytes {
                let mut frame = match self.socket.poll_frame(cx) {
                    Poll::Ready(Ok(frame)) => frame,
                    Poll::Ready(Err(_)) | Poll::Pending => return Poll::Ready(true),
                };
                match &frame {
                    Frame::Text(text) => match self.frames.sort(text) {
                        (Kind::Data, None) => {}
                        (Kind::Data, Some(unwrapped)) => frame = Frame::Text(unwrapped),
                        _ => continue,
                    },
                    Frame::Binary(_) => {}
                    Frame::Ping | Frame::Pong => continue,
                }
                handover.heard_old(bytes(&frame));
                size += bytes(&frame).len();
                frames.push_back(frame);
            }
            Poll::Ready(false)
        })));
        let all = reading.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(true);
        drop(reading);
        (frames, all)
    }
}

/// What waits to be handed to the consumer.
enum Waiting {
    Frame(Frame),
    Notice(Notice),
}

/// The way to the consumer: at once, or behind what was held while one connection took over from another.
pub(crate) struct Outbox {
    sink: Box<dyn Sink>,
    waiting: VecDeque<Waiting>,
}

impl Outbox {
    pub(crate) fn new(sink: Box<dyn Sink>) -> Self {
        Self {
            sink,
            waiting: VecDeque::new(),
        }
    }

    pub(crate) fn frame(&mut self, frame: Frame) {
        match self.waiting.is_empty() {
            true => deliver(self.sink.as_mut(), &frame),
            false => self.waiting.push_back(Waiting::Frame(frame)),
        }
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        match self.waiting.is_empty() {
            true => self.sink.notice(notice),
            false => self.waiting.push_back(Waiting::Notice(notice)),
        }
    }

    /// Takes frames that were held. They are handed over as the consumer has room, before anything that follows.
    pub(crate) fn later(&mut self, frames: VecDeque<Frame>) {
        self.waiting.extend(frames.into_iter().map(Waiting::Frame));
    }

    /// Ready when more may be read; `urgent` allows for something on top of what the consumer has room for.
    fn poll_room(&mut self, urgent: bool, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            std::task::ready!(self.sink.poll_room(urgent, cx));
            if self.waiting.is_empty() {
                return Poll::Ready(());
            }
            let mut handed = Bounds { items: 0, bytes: 0 };
            while handed.items < BATCH.items && handed.bytes < BATCH.bytes {
                match self.waiting.pop_front() {
                    Some(Waiting::Frame(frame)) => {
                        handed.bytes += bytes(&frame).len();
                        deliver(self.sink.as_mut(), &frame);
                    }
                    Some(Waiting::Notice(notice)) => self.sink.notice(notice),
                    None => break,
                }
                handed.items += 1;
            }
            self.sink.flush();
        }
    }

    pub(crate) fn flush(&mut self) {
        self.sink.flush();
    }

    pub(crate) fn end(&mut self, reason: &str) {
        // Whatever still waits belongs before the end.
        for waiting in self.waiting.drain(..) {
            match waiting {
                Waiting::Frame(frame) => deliver(self.sink.as_mut(), &frame),
                Waiting::Notice(notice) => self.sink.notice(notice),
            }
        }
        self.sink.end(reason);
    }

    pub(crate) fn consumer_gone(&self) -> bool {
        self.sink.consumer_gone()
    }
}

fn deliver(sink: &mut dyn Sink, frame: &Frame) {
    match frame {
        Frame::Text(text) => sink.text(text),
        Frame::Binary(bytes) => sink.binary(bytes),
        Frame::Ping | Frame::Pong => {}
    }
}
