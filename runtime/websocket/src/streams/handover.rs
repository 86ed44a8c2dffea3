//! One connection takes over from another without loss.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::overlap::Overlap;
use crate::queue::Bounds;
use crate::socket::Frame;

/// The most messages of one connection that wait while another takes over.
pub(super) const HELD: Bounds = Bounds {
    items: 1 << 16,
    bytes: 16 << 20,
};

/// The time for which it is remembered what the old connection delivered: the new one may be slower by so much.
const REMEMBERED: Duration = Duration::from_secs(10);

/// The two connections of an overlap.
const OLD: u64 = 0;
const NEW: u64 = 1;

pub(super) fn bytes(frame: &Frame) -> &[u8] {
    match frame {
        Frame::Text(text) => text.as_bytes(),
        Frame::Binary(bytes) => bytes,
        Frame::Ping | Frame::Pong => &[],
    }
}

/// What passes from an old connection to a new one while there are both.
///
/// The old one delivers, and what the new one sends is held. An event that both have sent is the point at which they meet:
/// all that happened before has come over the old one, however slow it is, and the rest comes over the new one. Where the
/// new one is the slower one, it repeats what the old one has delivered since, which is left out.
#[derive(Debug, Default)]
pub(super) struct Handover {
    held: VecDeque<Frame>,
    held_bytes: usize,
    overlap: Overlap,
    met: bool,
    /// What connections that are gone have delivered and those after them have not sent yet, by hash, and how often.
    delivered: HashMap<u64, u32>,
    /// Until when that is remembered.
    remembered_until: Option<Instant>,
}

impl Handover {
    /// A new connection is open beside the one in use, or is given up.
    pub(super) fn restart(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
        self.overlap.clear();
        self.met = false;
    }

    /// The old connection has sent something, which is delivered.
    pub(super) fn heard_old(&mut self, message: &[u8]) {
        if self.overlap.is_repeated(OLD, message) {
            self.met = true;
            if let Some(at) = self.held.iter().position(|frame| bytes(frame) == message) {
                self.held.remove(at);
                self.held_bytes -= message.len();
            }
        }
    }

    /// The new connection has sent something.
    pub(super) fn heard_new(&mut self, frame: Frame) {
        if self.overlap.is_repeated(NEW, bytes(&frame)) {
            self.met = true;
            return;
        }
        self.held_bytes += bytes(&frame).len();
        self.held.push_back(frame);
    }

    /// Whether more of the new connection can be held. Where it cannot, it is not read until the old one has come as far.
    pub(super) fn has_room(&self) -> bool {
        self.held.len() < HELD.items && self.held_bytes < HELD.bytes
    }

    /// Whether the two have met.
    pub(super) fn met(&self) -> bool {
        self.met
    }

    /// What the new connection alone has sent; the handover is over.
    pub(super) fn finish(&mut self, now: Instant) -> VecDeque<Frame> {
        let mut held = std::mem::take(&mut self.held);
        held.retain(|frame| !self.has_delivered(bytes(frame), || now));
        if self.delivered.len() >= HELD.items {
            self.delivered.clear();
        }
        for (hash, times) in self.overlap.take(OLD) {
            *self.delivered.entry(hash).or_default() += times;
        }
        self.remembered_until = Some(now + REMEMBERED);
        self.restart();
        held
    }

    /// Whether a connection that is gone has delivered a message that the one after it sends now.
    pub(super) fn has_delivered(&mut self, message: &[u8], now: impl Fn() -> Instant) -> bool {
        let Some(until) = self.remembered_until else {
            return false;
        };
        if now() >= until {
            self.remembered_until = None;
            self.delivered.clear();
            return false;
        }
        let Entry::Occupied(mut times) = self.delivered.entry(self.overlap.hash(message)) else {
            return false;
        };
        *times.get_mut() -= 1;
        if *times.get() == 0 {
            times.remove();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use binance_wire_net::lifecycle::{Action, ConnectionId, Lifecycle, ReconnectPolicy, Takeover};
    use proptest::prelude::*;

    use super::*;

    /// What a connection has received and the client has not read yet.
    #[derive(Debug)]
    enum Received {
        Event(u32),
        Confirmed,
        Closed,
    }

    #[derive(Debug)]
    struct Wire {
        id: ConnectionId,
        subscribed: bool,
        received: VecDeque<Received>,
        settled: bool,
    }

    #[derive(Debug, PartialEq)]
    enum Out {
        Event(u32),
        Gap,
        Back,
        Replaced,
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// Something happens on the exchange.
        Event,
        Opened,
        Failed,
        /// The exchange takes the subscription of the new connection.
        Subscribed,
        ReadOld(usize),
        ReadNew(usize),
        Announced,
        /// The exchange closes the connection in use, having sent everything.
        ClosedOld,
        /// It breaks, and what it had received is lost.
        CutOld,
        CutNew,
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => Just(Step::Event),
            4 => Just(Step::Opened),
            1 => Just(Step::Failed),
            4 => Just(Step::Subscribed),
            6 => (1_usize..6).prop_map(Step::ReadOld),
            6 => (1_usize..6).prop_map(Step::ReadNew),
            2 => Just(Step::Announced),
            1 => Just(Step::ClosedOld),
            1 => Just(Step::CutOld),
            1 => Just(Step::CutNew),
            3 => (0_u64..1500).prop_map(Step::Wait),
        ]
    }

    /// The supervisor of a stream connection without its sockets.
    struct World {
        life: Lifecycle,
        handover: Handover,
        connecting: bool,
        active: Option<Wire>,
        rising: Option<Wire>,
        now: Instant,
        events: u32,
        out: Vec<Out>,
    }

    fn frame(event: u32) -> Frame {
        Frame::Text(event.to_string().into())
    }

    fn number(frame: &Frame) -> u32 {
        std::str::from_utf8(bytes(frame))
            .expect("text")
            .parse()
            .expect("a number")
    }

    impl World {
        fn new(seed: u64) -> Self {
            let mut policy = ReconnectPolicy::default();
            policy.seed = Some(seed);
            let takeover = Takeover {
                meet_within: Duration::from_secs(1),
                drain_for: Duration::ZERO,
                ping_every: None,
            };
            let mut life = Lifecycle::new(&policy, takeover);
            life.connect();
            Self {
                life,
                handover: Handover::default(),
                connecting: false,
                active: None,
                rising: None,
                now: Instant::now(),
                events: 0,
                out: Vec::new(),
            }
        }

        fn step(&mut self, step: &Step) {
            match step {
                Step::Event => {
                    for wire in self.active.iter_mut().chain(&mut self.rising) {
                        if wire.subscribed {
                            wire.received.push_back(Received::Event(self.events));
                        }
                    }
                    self.events += 1;
                }
                Step::Opened if self.connecting => {
                    self.connecting = false;
                    if self.active.is_some() {
                        self.handover.restart();
                    }
                    self.rising = Some(Wire {
                        id: self.life.opened(self.now),
                        subscribed: false,
                        received: VecDeque::new(),
                        settled: false,
                    });
                }
                Step::Failed if self.connecting => {
                    self.connecting = false;
                    self.life.failed(self.now, None);
                }
                Step::Subscribed => {
                    if let Some(wire) = self.rising.as_mut().filter(|wire| !wire.subscribed) {
                        wire.subscribed = true;
                        wire.received.push_back(Received::Confirmed);
                    }
                }
                Step::ReadOld(count) => (0..*count).for_each(|_| self.read_old()),
                Step::ReadNew(count) => (0..*count).for_each(|_| self.read_new()),
                Step::Announced => {
                    if let Some(wire) = &self.active {
                        self.life.announced(wire.id, self.now);
                    }
                }
                Step::ClosedOld => {
                    if let Some(wire) = &mut self.active {
                        wire.subscribed = false;
                        wire.received.push_back(Received::Closed);
                    }
                }
                Step::CutOld => self.lost(),
                Step::CutNew => {
                    if let Some(wire) = self.rising.take() {
                        if self.active.is_some() {
                            self.handover.restart();
                        }
                        self.life.lost(wire.id, self.now);
                    }
                }
                Step::Wait(millis) => self.now += Duration::from_millis(*millis),
                _ => {}
            }
            self.act();
        }

        fn deliver(&mut self, frame: &Frame) {
            self.out.push(Out::Event(number(frame)));
        }

        fn read_old(&mut self) {
            let Some(wire) = &mut self.active else { return };
            match wire.received.pop_front() {
                Some(Received::Event(event)) if self.rising.is_some() => {
                    self.handover.heard_old(bytes(&frame(event)));
                    self.deliver_alone(event);
                }
                Some(Received::Event(event)) => self.deliver_alone(event),
                Some(Received::Closed) => self.lost(),
                Some(Received::Confirmed) | None => {}
            }
        }

        fn read_new(&mut self) {
            let Some(wire) = &mut self.rising else { return };
            match wire.received.pop_front() {
                Some(Received::Event(event)) if self.active.is_some() => {
                    self.handover.heard_new(frame(event))
                }
                Some(Received::Event(event)) => self.deliver_alone(event),
                Some(Received::Confirmed) => wire.settled = true,
                Some(Received::Closed) | None => {}
            }
            if let Some(wire) = self.rising.as_ref().filter(|wire| wire.settled) {
                self.life.ready(wire.id, self.now);
                if self.handover.met() {
                    self.life.met(self.now);
                }
            }
            self.act();
        }

        fn deliver_alone(&mut self, event: u32) {
            if !self.handover.has_delivered(bytes(&frame(event)), || self.now) {
                self.deliver(&frame(event));
            }
        }

        fn lost(&mut self) {
            if self.handover.met() && self.rising.as_ref().is_some_and(|wire| wire.settled) {
                self.life.met(self.now);
                return self.act();
            }
            let Some(wire) = self.active.take() else { return };
            self.out.push(Out::Gap);
            self.pass_held();
            self.life.lost(wire.id, self.now);
            self.act();
        }

        fn pass_held(&mut self) {
            for frame in self.handover.finish(self.now) {
                self.deliver(&frame);
            }
        }

        fn act(&mut self) {
            self.life.tick(self.now);
            while let Some(action) = self.life.next_action() {
                match action {
                    Action::Connect => self.connecting = true,
                    Action::Promote { .. } => {
                        let new = self.rising.take();
                        match std::mem::replace(&mut self.active, new) {
                            Some(old) => {
                                let mut all = true;
                                for received in old.received {
                                    match received {
                                        Received::Event(event) => {
                                            self.handover.heard_old(bytes(&frame(event)));
                                            self.deliver_alone(event);
                                        }
                                        Received::Closed => all = self.handover.met(),
                                        Received::Confirmed => {}
                                    }
                                }
                                match all {
                                    true => self.out.push(Out::Replaced),
                                    false => self.out.extend([Out::Gap, Out::Back]),
                                }
                            }
                            None => self.out.push(Out::Back),
                        }
                        self.pass_held();
                    }
                    Action::Silent(_) => self.lost(),
                    Action::Ping(id) => self.life.answered(id, self.now),
                    Action::Close(_) => {}
                    Action::GiveUp => panic!("attempts are not limited"),
                }
            }
        }
    }

    proptest! {
        /// Whatever breaks when, and whichever connection is the slower one: events come in their order, none twice, and
        /// none is missing unless a gap was reported between those around it.
        #[test]
        fn each_event_comes_once_or_a_gap_is_reported(
            seed in any::<u64>(),
            steps in prop::collection::vec(step(), 1..400),
        ) {
            let mut world = World::new(seed);
            for step in &steps {
                world.step(step);
            }
            // In the end everything that was received is read.
            for _ in 0..steps.len() {
                world.step(&Step::ReadOld(1));
                if world.active.is_none() {
                    world.step(&Step::ReadNew(1));
                }
            }
            let mut last = None;
            // Until the first connection is up, and from a gap until the streams are back, events may be missing.
            let (mut interrupted, mut first) = (true, true);
            for out in &world.out {
                match out {
                    Out::Event(event) => {
                        if let Some(last) = last {
                            prop_assert!(*event > last, "{event} after {last}: {:?}", world.out);
                            let next = interrupted || first || *event == last + 1;
                            prop_assert!(next, "{last} to {event}: {:?}", world.out);
                        }
                        last = Some(*event);
                        first = interrupted;
                    }
                    Out::Gap => interrupted = true,
                    Out::Back => (interrupted, first) = (false, true),
                    Out::Replaced => prop_assert!(!interrupted),
                }
            }
            if let Some(wire) = world.active.as_ref().filter(|wire| wire.subscribed)
                && let Some(last) = last
                && !interrupted
                && !first
            {
                prop_assert!(wire.received.is_empty());
                prop_assert_eq!(last + 1, world.events, "the last events are missing");
            }
        }
    }
}
