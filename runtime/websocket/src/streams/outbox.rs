//! The way from a connection to the consumer.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use super::connection::BATCH;
use crate::event_stream::Sink;
use crate::handover::bytes;
use crate::item::Notice;
use crate::queue::Bounds;
use crate::socket::Frame;

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
    pub(super) fn poll_room(&mut self, urgent: bool, cx: &mut Context<'_>) -> Poll<()> {
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
