use std::collections::BTreeSet;

use binance_wire_net::lifecycle::{Action, ConnectionId, Lifecycle, ReconnectPolicy, Takeover};
use proptest::prelude::*;

use super::*;

/// The accounts of a connection, each with a subscription.
const SUBSCRIPTIONS: usize = 2;

/// What is on its way to the client on one connection, in the order in which it was sent.
#[derive(Debug)]
enum Sent {
    Event(Event),
    Confirmed,
    Pong(u64),
    Closed,
}

/// An event of a subscription; two of them may be alike.
#[derive(Clone, Debug, PartialEq)]
struct Event {
    subscription: u64,
    text: String,
}

impl Message for Event {
    fn key(&self) -> (Option<u64>, &[u8]) {
        (Some(self.subscription), self.text.as_bytes())
    }
}

#[derive(Debug)]
struct Wire {
    id: ConnectionId,
    /// How many subscriptions the exchange has taken, and how many the client knows to be.
    taken: usize,
    confirmed: usize,
    sent: VecDeque<Sent>,
    /// The pings sent, those that the exchange has read, and the last that it answered.
    pings: u64,
    pings_read: u64,
    answered: u64,
    closed: bool,
}

impl Wire {
    fn new(id: ConnectionId) -> Self {
        Self {
            id,
            taken: 0,
            confirmed: 0,
            sent: VecDeque::new(),
            pings: 0,
            pings_read: 0,
            answered: 0,
            closed: false,
        }
    }

    fn ping(&mut self) -> Option<Ping> {
        self.pings += 1;
        Some(Ping(self.pings))
    }

    fn has_answered(&self, ping: Ping) -> bool {
        self.answered >= ping.0
    }

    fn is_settled(&self) -> bool {
        self.confirmed == SUBSCRIPTIONS
    }
}

#[derive(Debug, PartialEq)]
enum Out {
    Event(Event),
    Gap,
    Back,
    Replaced,
}

#[derive(Clone, Debug)]
enum Step {
    /// Something happens on the exchange, to one of the accounts; so many times the same.
    Event(usize, usize),
    Opened,
    Failed,
    /// The exchange takes the next subscription of the new connection.
    Subscribed,
    /// The exchange reads what a connection sends: the oldest, the next.
    Answered(usize),
    /// Bytes of the oldest connection arrive, or of the next.
    Read(usize, usize),
    Announced,
    /// The exchange closes the connection in use, having sent everything.
    Closed,
    /// It breaks, and what was on its way is lost.
    CutActive,
    CutOld,
    CutNew,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..SUBSCRIPTIONS, 1_usize..3).prop_map(|(subscription, times)| Step::Event(subscription, times)),
        4 => Just(Step::Opened),
        1 => Just(Step::Failed),
        6 => Just(Step::Subscribed),
        3 => (0_usize..2).prop_map(Step::Answered),
        12 => (0_usize..2, 1_usize..6).prop_map(|(which, count)| Step::Read(which, count)),
        2 => Just(Step::Announced),
        1 => Just(Step::Closed),
        1 => Just(Step::CutActive),
        1 => Just(Step::CutOld),
        1 => Just(Step::CutNew),
        3 => (0_u64..1500).prop_map(Step::Wait),
    ]
}

#[derive(Clone, Copy, Debug)]
struct Style {
    /// Whether the new connection is in use as soon as it is set up.
    at_once: bool,
    /// Whether the exchange subscribes a connection to what its address names, before the client hears of it.
    by_address: bool,
}

/// A supervisor without its sockets: of streams, where the old connection is in use until the new one takes over, or of the
/// WebSocket API, where the new one is in use as soon as it is set up.
struct World {
    life: Lifecycle,
    handover: Handover<Event>,
    /// The connection that is being made, as the exchange sees it.
    connecting: Option<Wire>,
    active: Option<Wire>,
    rising: Option<Wire>,
    /// The old connection, of which more is to come although it is not in use any more.
    giving_way: Option<Wire>,
    style: Style,
    now: Instant,
    /// What happened on the exchange.
    log: Vec<Event>,
    out: Vec<Out>,
}

impl World {
    fn new(seed: u64, style: Style) -> Self {
        let mut policy = ReconnectPolicy::default();
        policy.seed = Some(seed);
        let second = Duration::from_secs(1);
        let takeover = Takeover {
            meet_within: if style.at_once { Duration::ZERO } else { second },
            drain_for: if style.at_once { second } else { Duration::ZERO },
            ping_every: None,
        };
        let mut life = Lifecycle::new(&policy, takeover);
        life.connect();
        Self {
            life,
            handover: Handover::default(),
            connecting: None,
            active: None,
            rising: None,
            giving_way: None,
            style,
            now: Instant::now(),
            log: Vec::new(),
            out: Vec::new(),
        }
    }

    /// The open connections, the oldest first.
    fn wires(&mut self) -> impl Iterator<Item = &mut Wire> {
        let wires = [&mut self.giving_way, &mut self.active, &mut self.rising];
        wires.into_iter().flatten()
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Event(subscription, times) => {
                let event = Event {
                    subscription: *subscription as u64,
                    text: self.log.len().to_string(),
                };
                for _ in 0..*times {
                    self.log.push(event.clone());
                    let wires = [
                        &mut self.giving_way,
                        &mut self.active,
                        &mut self.rising,
                        &mut self.connecting,
                    ];
                    for wire in wires.into_iter().flatten() {
                        if wire.taken > *subscription && !wire.closed {
                            wire.sent.push_back(Sent::Event(event.clone()));
                        }
                    }
                }
            }
            Step::Opened => {
                if let Some(mut wire) = self.connecting.take() {
                    wire.id = self.life.opened(self.now);
                    self.rising = Some(wire);
                }
            }
            Step::Failed => {
                if self.connecting.take().is_some() {
                    self.handover.abandon();
                    self.life.failed(self.now, None);
                }
            }
            Step::Subscribed => {
                if let Some(wire) = self.rising.as_mut().filter(|wire| wire.taken < SUBSCRIPTIONS) {
                    wire.taken += 1;
                    wire.sent.push_back(Sent::Confirmed);
                }
            }
            Step::Answered(which) => {
                if let Some(wire) = self.wires().nth(*which)
                    && wire.pings_read < wire.pings
                    && !wire.closed
                {
                    wire.pings_read = wire.pings;
                    wire.sent.push_back(Sent::Pong(wire.pings));
                }
            }
            Step::Read(which, count) => (0..*count).for_each(|_| self.read(*which)),
            Step::Announced => {
                if let Some(wire) = &self.active {
                    self.life.announced(wire.id, self.now);
                }
            }
            Step::Closed => {
                if let Some(wire) = self.giving_way.as_mut().or(self.active.as_mut())
                    && !wire.closed
                {
                    wire.closed = true;
                    wire.sent.push_back(Sent::Closed);
                }
            }
            Step::CutActive => self.lost_active(),
            Step::CutOld => self.lost_old(),
            Step::CutNew => {
                if let Some(wire) = self.rising.take() {
                    self.handover.abandon();
                    self.life.lost(wire.id, self.now);
                }
            }
            Step::Wait(millis) => self.now += Duration::from_millis(*millis),
        }
        self.act();
    }

    /// Reads one frame of a connection, as the supervisors do.
    fn read(&mut self, which: usize) {
        let now = self.now;
        let Some(wire) = self.wires().nth(which) else {
            return;
        };
        let id = wire.id;
        let Some(sent) = wire.sent.pop_front() else { return };
        match sent {
            Sent::Confirmed => wire.confirmed += 1,
            Sent::Pong(number) => wire.answered = number,
            Sent::Closed if self.giving_way.as_ref().is_some_and(|old| old.id == id) => self.lost_old(),
            Sent::Closed => self.lost_active(),
            Sent::Event(event) if which == 0 => {
                if self.handover.heard_old(&event, || now) {
                    self.out.push(Out::Event(event));
                }
            }
            Sent::Event(event) => self.handover.heard_new(event),
        }
        self.act();
    }

    fn lost_old(&mut self) {
        if self.giving_way.is_some() {
            let complete = self.is_complete();
            self.conclude(complete);
        }
    }

    fn lost_active(&mut self) {
        let settled = self.rising.as_ref().is_some_and(Wire::is_settled);
        if self.giving_way.is_none() && settled && self.is_complete() {
            return self.life.met(self.now);
        }
        let Some(wire) = self.active.take() else { return };
        self.out.push(Out::Gap);
        self.giving_way = None;
        let Passed { early, late } = self.finish();
        self.deliver(early);
        self.deliver(late);
        self.life.lost(wire.id, self.now);
    }

    fn is_complete(&self) -> bool {
        let old = self.giving_way.as_ref().or(self.active.as_ref());
        old.is_some_and(|old| self.handover.is_complete(|ping| old.has_answered(ping)))
    }

    fn finish(&mut self) -> Passed<Event> {
        let new = &mut self.active;
        self.handover.finish(self.now, || new.as_mut()?.ping())
    }

    fn deliver(&mut self, events: VecDeque<Event>) {
        self.out.extend(events.into_iter().map(Out::Event));
    }

    /// The old connection is not listened to any more.
    fn conclude(&mut self, complete: bool) {
        self.giving_way = None;
        let Passed { early, late } = self.finish();
        if complete {
            self.out.push(Out::Replaced);
            self.deliver(early);
        } else {
            self.out.push(Out::Gap);
            self.deliver(early);
            self.out.push(Out::Back);
        }
        self.deliver(late);
    }

    fn act(&mut self) {
        if let Some(wire) = self.rising.as_ref().filter(|wire| wire.is_settled()) {
            self.life.ready(wire.id, self.now);
            if let Some(old) = &mut self.active {
                let subscriptions = (0..SUBSCRIPTIONS as u64).map(Some);
                self.handover.settled(subscriptions, || old.ping());
                if self.handover.met() {
                    self.life.met(self.now);
                }
            }
        }
        if self.giving_way.is_some() && self.handover.met() {
            let id = self.giving_way.as_ref().map(|wire| wire.id);
            self.conclude(true);
            id.into_iter().for_each(|id| self.life.drained(id));
        }
        if let Some(wire) = &self.active {
            self.handover.catch_up(|ping| wire.has_answered(ping));
        }
        self.life.tick(self.now);
        while let Some(action) = self.life.next_action() {
            match action {
                Action::Connect => {
                    let mut wire = Wire::new(0);
                    if self.style.by_address {
                        wire.taken = SUBSCRIPTIONS;
                        wire.sent = (0..SUBSCRIPTIONS).map(|_| Sent::Confirmed).collect();
                    }
                    self.connecting = Some(wire);
                    if self.active.is_some() {
                        assert!(self.giving_way.is_none(), "one handover at a time");
                        self.handover.begin();
                    }
                }
                Action::Promote { .. } => {
                    let complete = self.is_complete();
                    self.giving_way = self.active.take();
                    self.active = self.rising.take();
                    if self.giving_way.is_none() {
                        self.out.push(Out::Back);
                    } else if !self.style.at_once {
                        self.conclude(complete);
                    }
                }
                Action::Silent(_) => self.lost_active(),
                Action::Ping(id) => self.life.answered(id, self.now),
                Action::Close(id) => {
                    if self.giving_way.as_ref().is_some_and(|wire| wire.id == id) {
                        let complete = self.is_complete();
                        self.conclude(complete);
                    }
                }
                Action::GiveUp => panic!("attempts are not limited"),
            }
        }
    }
}

/// Whether `out` is what happened, in its order and each event once, where something is missing only after a gap. Returns
/// whether nothing is missing at its end, and whether the end can be told.
fn follows(log: &[Event], out: &[Out]) -> Result<bool, String> {
    // Where the consumer may be in the log: events that are alike leave it open.
    let mut places: BTreeSet<usize> = (0..=log.len()).collect();
    // Until the first connection is up, and from a gap until the subscriptions are back, events may be missing.
    let mut interrupted = true;
    for (index, item) in out.iter().enumerate() {
        match item {
            Out::Event(event) => {
                let is_next = |place: &usize| log.get(*place) == Some(event);
                let next: BTreeSet<usize> = places
                    .iter()
                    .copied()
                    .filter(is_next)
                    .map(|place| place + 1)
                    .collect();
                let Some(first) = next.first().copied() else {
                    return Err(format!("{event:?} at {index}"));
                };
                places = if interrupted {
                    (first..=log.len()).collect()
                } else {
                    next
                };
            }
            Out::Gap => {
                let first = places.first().copied().unwrap_or_default();
                places = (first..=log.len()).collect();
                interrupted = true;
            }
            Out::Back => interrupted = false,
            Out::Replaced if interrupted => return Err("replaced in a gap".to_owned()),
            Out::Replaced => {}
        }
    }
    Ok(interrupted || places.contains(&log.len()))
}

proptest! {
    /// Whatever breaks or is late, whichever connection is the slower one, and whether the new one is in use at once: events
    /// come in their order, none twice, and none is missing unless a gap was reported between those around it.
    #[test]
    fn each_event_comes_once_or_a_gap_is_reported(
        seed in any::<u64>(),
        at_once in any::<bool>(),
        by_address in any::<bool>(),
        steps in prop::collection::vec(step(), 1..400),
    ) {
        let mut world = World::new(seed, Style { at_once, by_address });
        for step in &steps {
            world.step(step);
        }
        // In the end everything that was sent is read.
        while world.wires().any(|wire| !wire.sent.is_empty() || wire.pings_read < wire.pings && !wire.closed) {
            for step in [Step::Answered(0), Step::Answered(1), Step::Read(1, 1), Step::Read(0, 1)] {
                world.step(&step);
            }
        }
        world.step(&Step::Wait(1500));
        world.step(&Step::Read(0, 1));
        let whole = follows(&world.log, &world.out);
        prop_assert!(whole.is_ok(), "{whole:?}: {:?}", world.out);
        if world.active.as_ref().is_some_and(|wire| !wire.closed) {
            prop_assert_eq!(whole, Ok(true), "the last events are missing: {:?}", world.out);
        }
    }
}

/// The exchange as two connections see it: what was sent before the new one was settled is no point to meet at.
#[test]
fn a_message_before_the_new_connection_was_settled_is_no_point_to_meet_at() {
    let event = |text: &str| Event {
        subscription: 0,
        text: text.to_owned(),
    };
    let now = Instant::now();
    for old_first in [false, true] {
        let mut handover = Handover::default();
        handover.begin();
        if old_first {
            assert!(handover.heard_old(&event("1"), || now));
            handover.heard_new(event("1"));
        } else {
            handover.heard_new(event("1"));
        }
        handover.settled([Some(0)], || None);
        if !old_first {
            assert!(handover.heard_old(&event("1"), || now));
        }
        assert!(!handover.is_complete(|_| true));
        handover.heard_new(event("2"));
        handover.heard_new(event("3"));
        assert!(handover.heard_old(&event("2"), || now));
        assert!(handover.is_complete(|_| false));
        assert_eq!(handover.finish(now, || None).late, [event("3")]);
    }
}

/// However long the new connection takes to repeat what the old one had delivered.
#[test]
fn what_was_delivered_is_remembered_until_the_new_connection_has_caught_up() {
    let event = Event {
        subscription: 0,
        text: "1".to_owned(),
    };
    let now = Instant::now();
    let mut handover = Handover::default();
    handover.begin();
    assert!(handover.heard_old(&event, || now));
    handover.settled([Some(0)], || Some(Ping(1)));
    assert!(handover.is_complete(|ping| ping.0 == 1));
    assert!(handover.finish(now, || Some(Ping(7))).late.is_empty());
    let later = now + REMEMBERED * 20;
    handover.catch_up(|_| false);
    assert!(!handover.heard_old(&event, || later), "it was delivered");
    handover.catch_up(|ping| ping.0 == 7);
    assert!(handover.heard_old(&event, || later), "it is another one");
}

/// Each account's events come from another part of the exchange.
#[test]
fn two_connections_meet_in_each_subscription() {
    let event = |subscription, text: &str| Event {
        subscription,
        text: text.to_owned(),
    };
    let now = Instant::now();
    let mut handover = Handover::default();
    handover.begin();
    handover.settled([Some(0), Some(1)], || None);
    handover.heard_new(event(1, "1"));
    assert!(handover.heard_old(&event(1, "1"), || now));
    assert!(!handover.met(), "nothing of the other one has come");
    assert!(
        handover.heard_old(&event(0, "2"), || now),
        "this one the new connection has missed"
    );
    handover.heard_new(event(0, "3"));
    assert!(handover.heard_old(&event(0, "3"), || now));
    assert!(handover.met());
}
