//! A stream connection, and reading it: data goes to the consumer at once, everything else to the supervisor.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use binance_wire_net::lifecycle::ConnectionId;

use super::frame::{Frames, Kind};
use super::outbox::Outbox;
use crate::clock::now;
use crate::handover::{HELD, Handover, bytes};
use crate::item::GapReason;
use crate::queue::Bounds;
use crate::socket::{Frame, Ping, Socket};
use crate::subscriptions::SubscriptionSet;

/// Frames, and bytes of them, handled before other tasks get their turn.
pub(super) const BATCH: Bounds = Bounds {
    items: 256,
    bytes: 1 << 20,
};

/// A connection and what is subscribed on it.
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) socket: Socket,
    /// When an event came last, and an answer, unless the lifecycle knows.
    pub(crate) heard: Option<Instant>,
    pub(crate) answered: Option<Instant>,
    pub(crate) set: SubscriptionSet,
    pub(crate) frames: Frames,
    /// When the limit of messages a second allows the next one.
    pub(crate) send_at: Option<Instant>,
    /// Whether a ping waits for that.
    pub(crate) ping_due: bool,
    /// Whether it is not read because nobody has room for more.
    pub(crate) stalled: bool,
}

impl Connection {
    pub(crate) fn new(id: ConnectionId, socket: Socket, set: SubscriptionSet, frames: Frames) -> Self {
        Self {
            id,
            socket,
            heard: None,
            answered: None,
            set,
            frames,
            send_at: None,
            ping_due: false,
            stalled: false,
        }
    }

    /// Pings the server; `None` where the limit of messages a second does not allow it yet. Where it broke, its loss is
    /// noticed when it is read.
    pub(crate) fn ping(&mut self, now: Instant) -> Option<Ping> {
        match self.set.pace(now) {
            Ok(()) => self.socket.ping().ok(),
            Err(at) => {
                self.send_at = Some(self.send_at.map_or(at, |earlier| earlier.min(at)));
                None
            }
        }
    }

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
        if self.ping_due {
            self.ping_due = self.ping(now).is_none() && self.send_at.is_some();
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
    handover: &mut Handover<Frame>,
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
            false => Destination::Consumer(outbox, handover),
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
        busy |= connection.stall(!room);
        let mut into = Destination::Consumer(outbox, handover);
        if room && let Poll::Ready(read) = connection.poll_read(false, &mut into, cx) {
            return Poll::Ready(read);
        }
    }
    let complete = rising.as_ref().is_some_and(|connection| connection.set.settled());
    if handover.met() && complete && room {
        Poll::Ready(Read::Met)
    } else if busy {
        Poll::Ready(Read::Busy)
    } else {
        Poll::Pending
    }
}

/// The destination of data.
enum Destination<'a> {
    /// The consumer, who gets it unless another connection has delivered it.
    Consumer(&'a mut Outbox, &'a mut Handover<Frame>),
    /// The other connection delivers.
    Held(&'a mut Handover<Frame>),
}

impl Destination<'_> {
    fn put(&mut self, frame: Frame) {
        match self {
            _ if matches!(frame, Frame::Ping | Frame::Pong) => {}
            Self::Consumer(outbox, handover) => {
                if handover.heard_old(&frame, now) {
                    outbox.frame(frame);
                }
            }
            Self::Held(handover) => handover.heard_new(frame),
        }
    }

    fn flush(&mut self) {
        match self {
            Self::Consumer(outbox, _) => outbox.flush(),
            Self::Held(_) => {}
        }
    }
}

impl Connection {
    fn poll_read(&mut self, rising: bool, into: &mut Destination<'_>, cx: &mut Context<'_>) -> Poll<Read> {
        let mut handled = Bounds { items: 0, bytes: 0 };
        let (mut heard, mut answered) = (false, false);
        let read = loop {
            let mut frame = match self.socket.poll_frame(cx) {
                Poll::Ready(Ok(frame)) => frame,
                Poll::Ready(Err(reason)) => break Poll::Ready(Read::Lost { rising, reason }),
                Poll::Pending => break Poll::Pending,
            };
            handled.items += 1;
            handled.bytes += bytes(&frame).len();
            match &frame {
                // Its own pings do not show that the server reads. Each is answered, which counts as a message.
                Frame::Ping => self.set.has_sent(now()),
                Frame::Pong => answered = true,
                Frame::Text(_) | Frame::Binary(_) => heard = true,
            }
            if let Frame::Text(text) = &frame {
                match self.frames.sort(text) {
                    (Kind::Data, None) => {}
                    (Kind::Data, Some(unwrapped)) => frame = Frame::Text(unwrapped),
                    (kind @ Kind::KeyExpired { .. }, _) => {
                        // It is an event as well.
                        into.put(frame);
                        break Poll::Ready(Read::Control { rising, kind });
                    }
                    (kind, _) => {
                        answered |= matches!(kind, Kind::Control { .. });
                        break Poll::Ready(Read::Control { rising, kind });
                    }
                }
            }
            into.put(frame);
            if handled.items >= BATCH.items || handled.bytes >= BATCH.bytes {
                break Poll::Ready(Read::Busy);
            }
        };
        if handled.items > 0 {
            let now = now();
            self.heard = heard.then_some(now).or(self.heard);
            self.answered = answered.then_some(now).or(self.answered);
            into.flush();
        }
        read
    }
}

impl Connection {
    /// What it has still received, and why that may not be all.
    pub(crate) fn drain(
        &mut self,
        handover: &mut Handover<Frame>,
    ) -> (VecDeque<Frame>, Result<(), GapReason>) {
        let mut frames = VecDeque::new();
        let mut size = 0;
        // It is looked at to the end, and not until the runtime wants its turn.
        let mut reading = Box::pin(tokio::task::unconstrained(poll_fn(|cx| {
            while frames.len() < HELD.items && size < HELD.bytes {
                let mut frame = match self.socket.poll_frame(cx) {
                    Poll::Ready(Ok(frame)) => frame,
                    // It may have ended before the new one was subscribed.
                    Poll::Ready(Err(reason))
                        if !handover.is_complete(|ping| self.socket.has_answered(ping)) =>
                    {
                        return Poll::Ready(Err(reason));
                    }
                    Poll::Ready(Err(_)) | Poll::Pending => return Poll::Ready(Ok(())),
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
                if !handover.heard_old(&frame, now) {
                    continue;
                }
                size += bytes(&frame).len();
                frames.push_back(frame);
            }
            let reason = "it fell behind the connection that replaced it";
            Poll::Ready(Err(GapReason::Broken(reason.to_owned())))
        })));
        let outcome = reading.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(reading);
        // It never waits.
        let outcome = match outcome {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => Ok(()),
        };
        (frames, outcome)
    }
}
