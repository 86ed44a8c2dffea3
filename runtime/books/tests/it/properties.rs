//! A book against an exchange whose every state is kept.
//!
//! The exchange's orders flow at random. Its events go over two connections, either of which delays them, repeats them,
//! changes their order, loses some with or without a word, is cut and comes back, or takes over from the other.
//! Snapshots are of a limited depth, late, out of a cache, or never come. Whatever happens, each book that can be read is
//! a state that the exchange had at that update, as far as it claims to know it; and once the trouble is over, it is
//! the exchange's present state.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use binance_wire_books::{
    Book, BookSettings, Level, OrderBook, Outcome, Reason, Rule, Side, Snapshot, Ticket, Update,
};
use proptest::prelude::*;

use crate::common::level;

/// Prices and quantities of both sides.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
}

impl State {
    fn sorted(&self, side: Side) -> Vec<Level> {
        let to_level = |(&price, &quantity)| level(price, quantity);
        match side {
            Side::Bids => self.bids.iter().rev().map(to_level).collect(),
            Side::Asks => self.asks.iter().map(to_level).collect(),
        }
    }
}

struct Exchange {
    rule: Rule,
    state: State,
    /// Every state there was, by update.
    history: BTreeMap<i64, State>,
    id: i64,
    /// The first update of the event to come, and its changes.
    pending: Option<(i64, State)>,
    sent: i64,
}

impl Exchange {
    fn new(rule: Rule) -> Self {
        let state = State::default();
        Self {
            rule,
            history: BTreeMap::from([(1, state.clone())]),
            state,
            id: 1,
            pending: None,
            sent: 1,
        }
    }

    /// An order that rests at a price, or is taken: never is a bid at or above an ask.
    fn trade(&mut self, bid: bool, price: i64, quantity: i64) {
        let step = match self.rule {
            Rule::Sequential => 1,
            _ => 1 + quantity * 3,
        };
        self.id += step;
        let (first, changes) = self.pending.get_or_insert((self.id, State::default()));
        *first = (*first).min(self.id);
        let best_bid = self.state.bids.last_key_value().map(|(&price, _)| price);
        let best_ask = self.state.asks.first_key_value().map(|(&price, _)| price);
        // What would cross takes the best of the other side instead.
        let (bid, price, quantity) = match (bid, best_bid, best_ask) {
            (true, _, Some(ask)) if price >= ask => (false, ask, 0),
            (false, Some(best), _) if price <= best => (true, best, 0),
            _ => (bid, price, quantity),
        };
        let (side, changed) = match bid {
            true => (&mut self.state.bids, &mut changes.bids),
            false => (&mut self.state.asks, &mut changes.asks),
        };
        match quantity {
            0 => side.remove(&price),
            _ => side.insert(price, quantity),
        };
        changed.insert(price, quantity);
        self.history.insert(self.id, self.state.clone());
    }

    /// The event of the changes since the last one.
    fn event(&mut self) -> Option<Update> {
        let (first, changes) = self.pending.take()?;
        let previous = std::mem::replace(&mut self.sent, self.id);
        Some(Update {
            first_update_id: first,
            last_update_id: self.id,
            previous_update_id: (self.rule == Rule::Linked).then_some(previous),
            time: None,
            bids: changes.sorted(Side::Bids),
            asks: changes.sorted(Side::Asks),
        })
    }

    fn snapshot(&self, id: i64, depth: usize) -> Snapshot {
        let state = &self.history[&id];
        let cut = |mut levels: Vec<Level>| {
            levels.truncate(depth);
            levels
        };
        Snapshot {
            last_update_id: id,
            time: None,
            bids: cut(state.sorted(Side::Bids)),
            asks: cut(state.sorted(Side::Asks)),
        }
    }

    /// Whether a book is the state that its number says, as far as it is known.
    fn check(&self, book: &Book) -> Result<(), TestCaseError> {
        let state = self.history.get(&book.update_id());
        prop_assert!(state.is_some(), "there was no update {}", book.update_id());
        for side in [Side::Bids, Side::Asks] {
            let mut expected = state.map(|state| state.sorted(side)).unwrap_or_default();
            if let Some(bound) = book.known_to(side) {
                expected.retain(|level| match side {
                    Side::Bids => level.price >= bound,
                    Side::Asks => level.price <= bound,
                });
                prop_assert!(!expected.is_empty(), "the best level must be known");
            }
            let held: Vec<Level> = book.levels(side).collect();
            prop_assert_eq!(held, expected, "{:?} at {}", side, book.update_id());
        }
        if let (Some(bid), Some(ask)) = (book.best_bid(), book.best_ask()) {
            prop_assert!(bid.price < ask.price);
        }
        Ok(())
    }
}

#[derive(Clone, Debug)]
enum Step {
    Trade {
        bid: bool,
        price: i64,
        quantity: i64,
    },
    /// The exchange sends the changes since the last event.
    Send,
    /// A connection delivers its oldest event, or the one behind it.
    Deliver {
        line: usize,
        skip: bool,
    },
    /// The oldest event of a connection is repeated.
    Repeat {
        line: usize,
    },
    /// An event is lost without a word.
    Lose {
        line: usize,
    },
    /// All connections are cut, and what was on its way is lost.
    Cut,
    /// The stream is back.
    Return,
    /// Events may have been dropped.
    Dropped,
    /// The other connection takes over: both send for some time.
    Overlap(bool),
    /// Time passes, and a snapshot is asked for where one is due.
    Wait(u64),
    /// The oldest request is answered, with a state from so many updates ago.
    Answer {
        age: usize,
    },
    /// The oldest request fails.
    Fail,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => (any::<bool>(), 75_i64..126, 0_i64..4)
            .prop_map(|(bid, price, quantity)| Step::Trade { bid, price, quantity }),
        12 => Just(Step::Send),
        20 => (0_usize..2, prop::bool::weighted(0.1)).prop_map(|(line, skip)| Step::Deliver { line, skip }),
        2 => (0_usize..2).prop_map(|line| Step::Repeat { line }),
        1 => (0_usize..2).prop_map(|line| Step::Lose { line }),
        1 => Just(Step::Cut),
        2 => Just(Step::Return),
        1 => Just(Step::Dropped),
        2 => any::<bool>().prop_map(Step::Overlap),
        8 => (0_u64..3000).prop_map(Step::Wait),
        8 => (0_usize..6).prop_map(|age| Step::Answer { age }),
        1 => Just(Step::Fail),
    ]
}

struct World {
    exchange: Exchange,
    machine: OrderBook,
    settings: BookSettings,
    now: Instant,
    lines: [VecDeque<Update>; 2],
    both: bool,
    up: bool,
    requests: VecDeque<(Ticket, i64)>,
    /// The last update that a reader saw.
    seen: i64,
    live: bool,
}

impl World {
    fn new(rule: Rule, settings: BookSettings) -> Self {
        Self {
            exchange: Exchange::new(rule),
            machine: OrderBook::new(rule, settings),
            settings,
            now: Instant::now(),
            lines: Default::default(),
            both: false,
            up: true,
            requests: VecDeque::new(),
            seen: 0,
            live: false,
        }
    }

    fn run(&mut self, step: Step) -> Result<(), TestCaseError> {
        let outcome = match step {
            Step::Trade { bid, price, quantity } => {
                self.exchange.trade(bid, price, quantity);
                return Ok(());
            }
            Step::Send => {
                if let (Some(event), true) = (self.exchange.event(), self.up) {
                    if self.both {
                        self.lines[1].push_back(event.clone());
                    }
                    self.lines[0].push_back(event);
                }
                return Ok(());
            }
            Step::Deliver { line, skip } => {
                let place = usize::from(skip && self.lines[line].len() > 1);
                let Some(event) = self.lines[line].remove(place) else {
                    return Ok(());
                };
                self.machine.event(&event, self.now)
            }
            Step::Repeat { line } => match self.lines[line].front() {
                Some(event) => self.machine.event(event, self.now),
                None => return Ok(()),
            },
            Step::Lose { line } => {
                self.lines[line].pop_front();
                return Ok(());
            }
            Step::Cut => {
                self.lines = Default::default();
                (self.up, self.both) = (false, false);
                self.machine.gap(Reason::Disconnected)
            }
            Step::Return => {
                self.up = true;
                self.machine.connected(self.now)
            }
            Step::Dropped => {
                let outcome = self.machine.gap(Reason::Dropped);
                if self.up {
                    let _ = self.machine.connected(self.now);
                }
                outcome
            }
            Step::Overlap(both) => {
                self.both = both;
                return Ok(());
            }
            Step::Wait(millis) => {
                self.now += Duration::from_millis(millis);
                if let Some(ticket) = self.machine.tick(self.now) {
                    self.requests.push_back((ticket, self.exchange.id));
                }
                return Ok(());
            }
            Step::Answer { age } => {
                let Some((ticket, asked)) = self.requests.pop_front() else {
                    return Ok(());
                };
                // Age 0: made when it arrives; 1: when it was asked for; from 2 on: out of a cache.
                let id = match age {
                    0 => self.exchange.id,
                    age => {
                        let mut older = self.exchange.history.range(..=asked).rev();
                        older.nth(age - 1).map_or(1, |(&id, _)| id)
                    }
                };
                let snapshot = self.exchange.snapshot(id, self.settings.depth);
                self.machine.snapshot(ticket, &snapshot, self.now)
            }
            Step::Fail => {
                if let Some((ticket, _)) = self.requests.pop_front() {
                    self.machine.snapshot_failed(ticket, None, self.now);
                }
                return Ok(());
            }
        };
        self.check(outcome)
    }

    /// What is said is what can be seen, and what can be seen is true.
    fn check(&mut self, outcome: Outcome) -> Result<(), TestCaseError> {
        let was_live = std::mem::replace(&mut self.live, self.machine.book().is_some());
        let expected = match outcome {
            Outcome::ResyncStarted(_) => (true, false),
            Outcome::Synced { .. } => (false, true),
            Outcome::Updated { .. } | Outcome::Refreshed => (true, true),
            Outcome::Buffered => (false, false),
            _ => (was_live, was_live),
        };
        prop_assert_eq!((was_live, self.live), expected, "{:?}", outcome);
        if let Some(book) = self.machine.book() {
            self.exchange.check(book)?;
            // A cached first snapshot may be older than the one before it, once a hole has been proved.
            if matches!(outcome, Outcome::Updated { .. } | Outcome::Refreshed) {
                prop_assert!(book.update_id() >= self.seen);
            }
            self.seen = book.update_id();
        }
        prop_assert!(self.machine.buffered() <= self.settings.buffer_events);
        Ok(())
    }

    /// Ends all trouble, and lets the exchange go on for some time.
    fn settle(&mut self) -> Result<(), TestCaseError> {
        self.lines = Default::default();
        self.requests.clear();
        self.run(Step::Return)?;
        self.both = false;
        for round in 0..20_i64 {
            // The levels at 1 and 200 are never used up.
            self.run(Step::Trade {
                bid: round % 2 == 0,
                price: [1, 200][round as usize % 2],
                quantity: round + 1,
            })?;
            self.run(Step::Send)?;
            self.run(Step::Deliver { line: 0, skip: false })?;
            self.run(Step::Wait(40_000))?;
            self.run(Step::Answer { age: 0 })?;
        }
        let book = self.machine.book();
        prop_assert!(book.is_some(), "no book: {:?}", self.machine.resyncing());
        prop_assert_eq!(book.map(Book::update_id), Some(self.exchange.id));
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn every_book_is_a_state_of_the_exchange(
        linked: bool,
        depth in prop_oneof![Just(5_usize), Just(8), Just(1000)],
        keep in prop::option::of(1_usize..6),
        confirm: bool,
        buffer in prop_oneof![Just(4_usize), Just(1000)],
        steps in prop::collection::vec(step(), 0..400),
    ) {
        let mut settings = BookSettings::new(depth).buffer(buffer, 100_000);
        settings.keep = keep;
        settings.confirm = confirm.then_some(Duration::from_secs(2));
        let rule = if linked { Rule::Linked } else { Rule::Sequential };
        let mut world = World::new(rule, settings);
        let _ = world.machine.connected(world.now);
        for step in steps {
            world.run(step)?;
        }
        world.settle()?;
    }
}
