//! A stream connection, and reading it: data goes to the consumer at once, everything else to the supervisor.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use binance_wire_net::lifecycle::ConnectionId;

use super::frame::{Frames, Kind};
use super::handover::{HELD, Handover, bytes};
use super::outbox::Outbox;
use crate::clock::now;
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
    /// Whether it is not read because nobody has room for more.
    pub(crate) stalled: bool,
    /// The ping that was sent when everything was confirmed on the connection that is to replace it.
    pub(crate) farewell: Option<Ping>,
}

impl Connection {
    /// Whether everything has come that the connection which replaces it does not bring.
    pub(crate) fn is_drained(&self) -> bool {
        self.farewell.is_some_and(|ping| self.socket.has_answered(ping))
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
            true => Destination::New(handover),
            false => Destination::Only(outbox, handover),
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
        let mut into = match overlapping {
            true => Destination::Old(outbox, handover),
            false => Destination::Only(outbox, handover),
        };
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
    /// The consumer gets it, and what another connection sends as well is told from it.
    Old(&'a mut Outbox, &'a mut Handover),
    /// The other connection delivers.
    New(&'a mut Handover),
    /// There is one connection, which delivers what the one before it has not.
    Only(&'a mut Outbox, &'a mut Handover),
}

impl Destination<'_> {
    fn put(&mut self, frame: Frame) {
        match self {
            _ if matches!(frame, Frame::Ping | Frame::Pong) => {}
            Self::Old(outbox, handover) => {
                handover.heard_old(bytes(&frame));
                if !handover.has_delivered(bytes(&frame), now) {
                    outbox.frame(frame);
                }
            }
            Self::New(handover) => handover.heard_new(frame),
            Self::Only(outbox, handover) => {
                if !handover.has_delivered(bytes(&frame), now) {
                    outbox.frame(frame);
                }
            }
        }
    }

    fn flush(&mut self) {
        match self {
            Self::Old(outbox, _) | Self::Only(outbox, _) => outbox.flush(),
            Self::New(_) => {}
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
                // Its own pings do not show that the server reads.
                Frame::Ping => {}
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
    pub(crate) fn drain(&mut self, handover: &mut Handover) -> (VecDeque<Frame>, Result<(), GapReason>) {
        let mut frames = VecDeque::new();
        let mut size = 0;
        // It is looked at to the end, and not until the runtime wants its turn.
        let mut reading = Box::pin(tokio::task::unconstrained(poll_fn(|cx| {
            while frames.len() < HELD.items && size < HELD.bytes {
                let mut frame = match self.socket.poll_frame(cx) {
                    Poll::Ready(Ok(frame)) => frame,
                    // It may have ended before the new one was subscribed.
                    Poll::Ready(Err(reason)) if !handover.met() => return Poll::Ready(Err(reason)),
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
                handover.heard_old(bytes(&frame));
                if handover.has_delivered(bytes(&frame), now) {
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
