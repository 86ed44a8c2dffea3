//! Whatever happens to the connection and to the answers, the reader knows the account in the end.

use std::time::{Duration, Instant};

use binance_wire_core::{Error, TransportError};
use binance_wire_websocket::{AccountSync, Action, Fetch, Fetched, GapCause, GapReason, SyncPolicy, Ticket};
use proptest::prelude::*;

use super::reference::{Event, Exchange, Model, View, symbols, time};

const SYMBOLS: [&str; 3] = ["AAA", "BBB", "CCC"];

#[derive(Clone, Debug)]
enum Step {
    Pass(i64),
    Place {
        symbol: usize,
        quantity: i64,
    },
    Fill {
        order: usize,
        quantity: i64,
    },
    Cancel {
        order: usize,
    },
    Deposit {
        asset: usize,
        amount: i64,
    },
    Note(u32),
    /// The connection brings some of its events.
    Bring(usize),
    /// Two events about orders change places on the way.
    Swap(usize),
    Cut,
    Reconnect,
    /// A new connection brings some of the last events again.
    Replace(usize),
    /// The queue drops some.
    Drop(usize),
    /// The exchange answers; the answer is on its way.
    Serve(usize),
    Fail(usize),
    /// An answer arrives.
    Arrive(usize),
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    let any = 0_usize..64;
    prop_oneof![
        2 => (0_i64..2).prop_map(Step::Pass),
        4 => (0_usize..3, 1_i64..6).prop_map(|(symbol, quantity)| Step::Place { symbol, quantity }),
        6 => (any.clone(), 1_i64..4).prop_map(|(order, quantity)| Step::Fill { order, quantity }),
        2 => any.clone().prop_map(|order| Step::Cancel { order }),
        1 => (0_usize..2, -5_i64..5).prop_map(|(asset, amount)| Step::Deposit { asset, amount }),
        1 => (0_u32..1000).prop_map(Step::Note),
        8 => (1_usize..6).prop_map(Step::Bring),
        1 => any.clone().prop_map(Step::Swap),
        1 => Just(Step::Cut),
        3 => Just(Step::Reconnect),
        1 => (0_usize..6).prop_map(Step::Replace),
        1 => (1_usize..6).prop_map(Step::Drop),
        8 => any.clone().prop_map(Step::Serve),
        1 => any.clone().prop_map(Step::Fail),
        8 => any.prop_map(Step::Arrive),
        3 => Just(Step::Tick),
    ]
}

struct World {
    exchange: Exchange,
    sync: AccountSync<Model>,
    view: View,
    asked: Vec<(Ticket, Fetch)>,
    on_the_way: Vec<(Ticket, Fetched<Model>)>,
    /// What the connection has brought, read or dropped.
    brought: Vec<Event>,
    now: Instant,
    fills_of_third: usize,
}

impl World {
    fn new(buffer: usize, known: usize) -> Self {
        let mut exchange = Exchange::new();
        // A past of which the reader shall hear nothing.
        for symbol in &SYMBOLS[..2] {
            let filled = exchange.place(symbol, 2);
            exchange.fill(filled, 2);
        }
        for (number, symbol) in SYMBOLS.iter().enumerate().take(known) {
            let open = exchange.place(symbol, 5);
            if number < 2 {
                exchange.fill(open, 1);
            }
        }
        exchange.now += 1;
        let mut policy = SyncPolicy::default();
        policy.seed = Some(1);
        policy.buffer_events = buffer;
        policy.attempts = 12;
        let mut world = Self {
            sync: AccountSync::new(policy, time(exchange.now), symbols(&SYMBOLS)),
            exchange,
            view: View::default(),
            asked: Vec::new(),
            on_the_way: Vec::new(),
            brought: Vec::new(),
            now: Instant::now(),
            fills_of_third: 0,
        };
        world.step(Step::Reconnect);
        world
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Pass(millis) => self.exchange.now += millis,
            Step::Place { symbol, quantity } => _ = self.exchange.place(SYMBOLS[symbol], quantity),
            Step::Fill { order, quantity } => {
                let open = self.exchange.open();
                if let Some(id) = open.get(order % open.len().max(1)) {
                    let third = self.exchange.orders[id].symbol == SYMBOLS[2];
                    self.fills_of_third += usize::from(third);
                    // More than a page of trades of a symbol that never had one cannot be fetched.
                    if !third || self.fills_of_third < 16 {
                        self.exchange.fill(*id, quantity);
                    }
                }
            }
            Step::Cancel { order } => {
                let open = self.exchange.open();
                if let Some(id) = open.get(order % open.len().max(1)) {
                    self.exchange.cancel(*id);
                }
            }
            Step::Deposit { asset, amount } => self.exchange.deposit(asset, amount),
            Step::Note(number) => self.exchange.note(number),
            Step::Bring(count) => {
                for _ in 0..count {
                    let Some(event) = self.exchange.queue.pop_front() else {
                        break;
                    };
                    self.brought.push(event.clone());
                    self.sync.event(self.now, event);
                }
            }
            Step::Swap(place) => {
                let queue = &mut self.exchange.queue;
                let place = place % queue.len().max(1);
                let about_orders = |event: Option<&Event>| matches!(event, Some(Event::Order(..)));
                // Between the two are a preview and a balance.
                if about_orders(queue.get(place)) && about_orders(queue.get(place + 3)) {
                    queue.swap(place, place + 3);
                }
            }
            Step::Cut if self.exchange.connected => {
                self.exchange.connected = false;
                self.exchange.queue.clear();
                self.sync.lost(GapCause::Lost(GapReason::Silent));
            }
            Step::Reconnect if !self.exchange.connected => {
                self.exchange.connected = true;
                self.brought.clear();
                self.sync.connected(self.now);
            }
            Step::Replace(count) if self.exchange.connected => {
                self.sync.missed(self.now, GapCause::Replaced);
                let again = self.brought[self.brought.len().saturating_sub(count)..].to_vec();
                for event in again.into_iter().rev() {
                    // Only news that can be recognized comes twice without harm.
                    if !matches!(event, Event::Note(_)) {
                        self.exchange.queue.push_front(event);
                    }
                }
            }
            Step::Drop(count) if self.exchange.connected => {
                let count = count.min(self.exchange.queue.len());
                self.brought.extend(self.exchange.queue.drain(..count));
                self.sync
                    .missed(self.now, GapCause::Dropped { events: count as u64 });
            }
            Step::Serve(pick) if !self.asked.is_empty() => {
                let (ticket, fetch) = self.asked.swap_remove(pick % self.asked.len());
                self.on_the_way.push((ticket, self.exchange.serve(&fetch)));
            }
            Step::Fail(pick) if !self.asked.is_empty() => {
                let (ticket, _) = self.asked.swap_remove(pick % self.asked.len());
                let error = Error::Transport(TransportError::new("fetching", "refused"));
                self.sync.fetched(self.now, ticket, Err(error), None);
            }
            Step::Arrive(pick) if !self.on_the_way.is_empty() => {
                let (ticket, fetched) = self.on_the_way.swap_remove(pick % self.on_the_way.len());
                self.sync.fetched(self.now, ticket, Ok(fetched), None);
            }
            Step::Tick => {
                self.now += Duration::from_secs(1);
                self.sync.tick(self.now);
            }
            _ => {}
        }
        while let Some(action) = self.sync.action() {
            match action {
                Action::Yield(item) => self.view.take(item),
                Action::Fetch(ticket, fetch) => self.asked.push((ticket, fetch)),
            }
        }
        let sync = &self.sync;
        self.asked.retain(|(ticket, _)| sync.wants(*ticket));
    }

    /// Until nothing is left to do.
    fn settle(&mut self) {
        self.step(Step::Reconnect);
        for _ in 0..10_000 {
            let idle = self.asked.is_empty() && self.on_the_way.is_empty() && self.exchange.queue.is_empty();
            if idle && self.sync.due().is_none() {
                return;
            }
            for step in [Step::Bring(1), Step::Serve(0), Step::Arrive(0), Step::Tick] {
                self.step(step);
            }
        }
        panic!("it does not come to rest");
    }
}

fn run(steps: Vec<Step>, buffer: usize, known: usize) -> World {
    let mut world = World::new(buffer, known);
    for step in steps {
        world.step(step);
    }
    world.settle();
    world
}

fn check(world: &World) -> Vec<String> {
    let mut wrong = world.view.check(&world.exchange);
    if world.view.snapshots == 0 {
        wrong.push("no snapshot".into());
    }
    for id in world.exchange.orders.keys() {
        // Of orders that were over before the first snapshot nothing is known, or only the end.
        if world.view.before.contains_key(id)
            || world.view.orders.get(id).is_some_and(|order| order.filled == 0)
        {
            let missing = world.view.missing(&world.exchange, *id);
            if !missing.is_empty() {
                wrong.push(format!("trades {missing:?} of order {id} are missing"));
            }
        }
    }
    wrong.extend(world.view.doubts.iter().cloned());
    wrong
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Balances, orders and fills of the reader are those of the account; each fill came once; no order went back.
    #[test]
    fn the_reader_knows_the_account_in_the_end(steps in prop::collection::vec(step(), 1..160), known in 0_usize..4) {
        let world = run(steps, 100_000, known);
        prop_assert_eq!(check(&world), Vec::<String>::new(), "{:#?}", world.view);
    }

    /// The same where hardly anything can be kept back.
    #[test]
    fn a_small_buffer_costs_snapshots_and_no_fill(steps in prop::collection::vec(step(), 1..160), known in 0_usize..4) {
        let world = run(steps, 5, known);
        prop_assert_eq!(check(&world), Vec::<String>::new(), "{:#?}", world.view);
    }

    /// Once the first snapshot is there, no fill at all is missing, of whichever order.
    #[test]
    fn no_fill_after_the_first_snapshot_is_missing(steps in prop::collection::vec(step(), 1..160)) {
        let mut world = World::new(100_000, 3);
        world.settle();
        let before = world.exchange.trades.len();
        for step in steps {
            world.step(step);
        }
        world.settle();
        let expected: Vec<(i64, i64)> =
            world.exchange.trades[before..].iter().map(|trade| (trade.id, trade.order)).collect();
        let seen: Vec<(i64, i64)> = world.view.fills.iter().copied().collect();
        prop_assert_eq!(seen, expected);
        prop_assert_eq!(check(&world), Vec::<String>::new(), "{:#?}", world.view);
    }
}
