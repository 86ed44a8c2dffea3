//! Single cases of the machine: what it fetches, what it waits for, and what it says.

use std::time::{Duration, Instant};

use binance_wire_core::{Decimal, Error, TransportError};
use binance_wire_websocket::{
    AccountSync, Action, Doubt, Fetch, Fetched, GapCause, GapReason, OrderKey, Snapshot, SyncPolicy, Ticket,
    UserDataItem,
};

use super::reference::{Account, Event, Exchange, Model, Order, View, symbols, time};

struct Bench {
    exchange: Exchange,
    sync: AccountSync<Model>,
    items: Vec<UserDataItem<Model>>,
    asked: Vec<(Ticket, Fetch)>,
    now: Instant,
}

fn policy() -> SyncPolicy {
    let mut policy = SyncPolicy::default();
    policy.seed = Some(7);
    policy
}

impl Bench {
    fn with(policy: SyncPolicy) -> Self {
        let exchange = Exchange::new();
        Self {
            sync: AccountSync::new(policy, time(exchange.now), symbols(&["AAA"])),
            exchange,
            items: Vec::new(),
            asked: Vec::new(),
            now: Instant::now(),
        }
    }

    /// Connected, and past the first snapshot.
    fn live(policy: SyncPolicy, prepare: impl FnOnce(&mut Exchange)) -> Self {
        let mut bench = Self::with(policy);
        prepare(&mut bench.exchange);
        bench.reconnect();
        bench.answer_all();
        assert!(
            matches!(bench.items[..], [UserDataItem::Snapshot(_)]),
            "{:?}",
            bench.items
        );
        bench.items.clear();
        bench
    }

    fn act(&mut self) {
        while let Some(action) = self.sync.action() {
            match action {
                Action::Yield(item) => self.items.push(item),
                Action::Fetch(ticket, fetch) => self.asked.push((ticket, fetch)),
            }
        }
        let sync = &self.sync;
        self.asked.retain(|(ticket, _)| sync.wants(*ticket));
    }

    fn reconnect(&mut self) {
        self.exchange.connected = true;
        self.sync.connected(self.now);
        self.act();
    }

    fn cut(&mut self) {
        self.exchange.connected = false;
        self.exchange.queue.clear();
        self.sync.lost(GapCause::Lost(GapReason::Silent));
        self.act();
    }

    fn bring(&mut self) {
        while let Some(event) = self.exchange.queue.pop_front() {
            self.sync.event(self.now, event);
        }
        self.act();
    }

    fn answer(&mut self, result: Result<Fetched<Model>, Error>, wait: Option<Duration>) {
        let (ticket, _) = self.asked.remove(0);
        self.sync.fetched(self.now, ticket, result, wait);
        self.act();
    }

    fn answer_next(&mut self) {
        let fetched = self.exchange.serve(&self.asked[0].1);
        self.answer(Ok(fetched), None);
    }

    fn answer_all(&mut self) {
        while !self.asked.is_empty() {
            self.answer_next();
        }
    }

    /// What a reader makes of the items after the first snapshot.
    fn view(&mut self) -> View {
        let mut view = View {
            snapshots: 1,
            ..View::default()
        };
        self.items.drain(..).for_each(|item| view.take(item));
        view
    }

    /// Lets every rest pass that there is, and answers everything in between.
    fn settle(&mut self) {
        self.answer_all();
        while let Some(due) = self.sync.due() {
            self.now = due;
            self.sync.tick(due);
            self.act();
            self.answer_all();
        }
    }

    fn snapshot(&self) -> &Snapshot<Model> {
        let snapshot = self.items.iter().rev().find_map(|item| match item {
            UserDataItem::Snapshot(snapshot) => Some(&**snapshot),
            _ => None,
        });
        snapshot.expect("a snapshot")
    }
}

fn refused() -> Error {
    Error::Transport(TransportError::new("fetching", "refused"))
}

#[test]
fn nothing_is_fetched_before_events_flow_again() {
    let mut bench = Bench::live(policy(), |_| {});
    bench.cut();
    assert!(matches!(
        bench.items[..],
        [UserDataItem::Gap(GapCause::Lost(GapReason::Silent))]
    ));
    assert!(bench.asked.is_empty());
    bench.reconnect();
    let wanted: Vec<&Fetch> = bench.asked.iter().map(|(_, fetch)| fetch).collect();
    assert_eq!(
        wanted,
        [
            &Fetch::OpenOrders {
                section: 0,
                symbol: None
            },
            &Fetch::Account
        ]
    );
}

#[test]
fn orders_that_vanished_are_looked_up_before_the_trades_are() {
    let mut bench = Bench::live(policy(), |exchange| _ = exchange.place("AAA", 2));
    bench.cut();
    let id = bench.exchange.open()[0];
    bench.exchange.fill(id, 2);
    bench.reconnect();
    for _ in 0..2 {
        let fetched = bench.exchange.serve(&bench.asked[0].1);
        bench.answer(Ok(fetched), None);
    }
    assert_eq!(bench.asked[0].1, Fetch::Order(OrderKey::new(0, "AAA", id)));
    let fetched = bench.exchange.serve(&bench.asked[0].1);
    bench.answer(Ok(fetched), None);
    assert!(matches!(&bench.asked[0].1, Fetch::Trades { symbol, .. } if *symbol == "AAA"));
    bench.answer_all();
    let snapshot = bench.snapshot();
    assert_eq!((snapshot.closed_orders.len(), snapshot.trades.len()), (1, 1));
}

#[test]
fn a_trade_beyond_the_order_of_the_snapshot_is_left_to_its_event() {
    let mut bench = Bench::live(policy(), |exchange| _ = exchange.place("AAA", 5));
    let id = bench.exchange.open()[0];
    bench.cut();
    bench.exchange.fill(id, 1);
    bench.reconnect();
    // The order is fetched; then it is filled again; then the trades are fetched.
    for _ in 0..2 {
        let fetched = bench.exchange.serve(&bench.asked[0].1);
        bench.answer(Ok(fetched), None);
    }
    bench.exchange.fill(id, 2);
    bench.answer_all();
    let trades: Vec<i64> = bench
        .snapshot()
        .trades
        .iter()
        .map(|trade| trade.quantity)
        .collect();
    assert_eq!(trades, [1]);
    bench.items.clear();
    bench.bring();
    let fills = bench.items.iter().filter(|item| {
        matches!(
            item,
            UserDataItem::Event(Event::Order(Order { filled: 3, .. }, Some((_, 2))))
        )
    });
    assert_eq!(fills.count(), 1);
}

#[test]
fn a_full_buffer_says_so_and_starts_over() {
    let mut small = policy();
    small.buffer_events = 3;
    let mut bench = Bench::live(small, |_| {});
    bench.sync.missed(bench.now, GapCause::Undecodable);
    bench.act();
    let first: Vec<Ticket> = bench.asked.iter().map(|(ticket, _)| *ticket).collect();
    (0..4).for_each(|number| bench.exchange.note(number));
    bench.bring();
    assert!(matches!(
        bench.items[..],
        [
            UserDataItem::Gap(GapCause::Undecodable),
            UserDataItem::Gap(GapCause::BufferFull { events: 4 })
        ]
    ));
    assert!(
        bench.asked.iter().all(|(ticket, _)| !first.contains(ticket)),
        "fetched anew"
    );
    bench.answer_all();
    assert!(matches!(bench.items[2..], [UserDataItem::Snapshot(_)]));
}

#[test]
fn the_bound_in_bytes_holds_as_well() {
    let mut small = policy();
    small.buffer_bytes = 3 * size_of::<Event>();
    let mut bench = Bench::live(small, |_| {});
    bench.sync.missed(bench.now, GapCause::Undecodable);
    (0..4).for_each(|number| bench.exchange.note(number));
    bench.bring();
    assert!(matches!(
        bench.items[1],
        UserDataItem::Gap(GapCause::BufferFull { events: 4 })
    ));
}

#[test]
fn a_failure_is_said_and_tried_again_later_each_time() {
    let mut bench = Bench::with(policy());
    bench.reconnect();
    // The account, which is not asked for again.
    let account = bench.asked.iter().position(|(_, fetch)| *fetch == Fetch::Account);
    bench.asked.rotate_left(account.unwrap_or_default());
    let mut waits = Vec::new();
    for _ in 0..9 {
        bench.answer(Err(refused()), None);
        assert!(bench.asked.is_empty());
        let Some(UserDataItem::SnapshotFailed { retry_in, .. }) = bench.items.pop() else {
            panic!("nothing was said");
        };
        waits.push(retry_in);
        let due = bench.sync.due().expect("a next attempt");
        assert_eq!(due, bench.now + retry_in);
        bench.sync.tick(due - Duration::from_nanos(1));
        bench.act();
        assert!(bench.asked.is_empty());
        bench.now = due;
        bench.sync.tick(due);
        bench.act();
    }
    for (number, wait) in waits.iter().enumerate() {
        let full = (policy().first_delay * (1 << number)).min(policy().max_delay);
        assert!(full / 2 <= *wait && *wait <= full, "{waits:?}");
    }
    bench.settle();
    assert!(matches!(bench.items.last(), Some(UserDataItem::Snapshot(_))));
}

#[test]
fn a_new_connection_does_not_shorten_the_wait_that_the_exchange_asked_for() {
    let mut bench = Bench::with(policy());
    bench.reconnect();
    let ban = Duration::from_secs(120);
    bench.answer(Err(refused()), Some(ban));
    bench.cut();
    bench.now += Duration::from_secs(1);
    bench.reconnect();
    assert!(bench.asked.is_empty());
    bench.now += ban;
    bench.sync.tick(bench.now);
    bench.act();
    assert!(!bench.asked.is_empty());
}

#[test]
fn a_loss_during_the_snapshot_costs_another_one_at_its_place() {
    let mut bench = Bench::live(policy(), |_| {});
    bench.sync.missed(bench.now, GapCause::Replaced);
    bench.exchange.note(1);
    bench.bring();
    bench.sync.missed(bench.now, GapCause::Dropped { events: 9 });
    bench.exchange.note(2);
    bench.bring();
    bench.settle();
    assert!(
        matches!(
            bench.items[..],
            [
                UserDataItem::Gap(GapCause::Replaced),
                UserDataItem::Snapshot(_),
                UserDataItem::Event(Event::Note(1)),
                UserDataItem::Gap(GapCause::Dropped { events: 9 }),
                UserDataItem::Snapshot(_),
                UserDataItem::Event(Event::Note(2)),
            ]
        ),
        "{:?}",
        bench.items
    );
}

#[test]
fn a_fill_that_comes_after_a_later_state_counts_and_nothing_else() {
    let mut bench = Bench::live(policy(), |exchange| _ = exchange.place("AAA", 2));
    let id = bench.exchange.open()[0];
    bench.exchange.fill(id, 1);
    bench.exchange.fill(id, 1);
    // Each fill is a preview, the order and a balance.
    bench.exchange.queue.swap(1, 4);
    bench.bring();
    let late = bench
        .items
        .iter()
        .filter(|item| matches!(item, UserDataItem::LateFill(Event::Order(..))));
    assert_eq!(late.count(), 1);
    let events = bench
        .items
        .iter()
        .filter(|item| matches!(item, UserDataItem::Event(Event::Order(..))));
    assert_eq!(events.count(), 1);
}

#[test]
fn answers_that_are_behind_are_fetched_again_and_then_doubted() {
    let mut bench = Bench::live(policy(), |exchange| _ = exchange.place("AAA", 3));
    let id = bench.exchange.open()[0];
    let behind = bench.exchange.clone();
    bench.exchange.now += 10;
    bench.exchange.fill(id, 1);
    bench.bring();
    bench.items.clear();
    bench.cut();
    bench.reconnect();
    let mut attempts = 0;
    loop {
        if let Some((_, fetch)) = bench.asked.first() {
            attempts += usize::from(*fetch == Fetch::Account);
            let fetched = behind.serve(fetch);
            bench.answer(Ok(fetched), None);
        } else if let Some(due) = bench.sync.due() {
            bench.now = due;
            bench.sync.tick(due);
            bench.act();
        } else {
            break;
        }
    }
    assert_eq!(attempts, policy().attempts as usize);
    let doubts = &bench.snapshot().doubts;
    let order = OrderKey::new(0, "AAA", id);
    assert_eq!(doubts[..], [Doubt::AccountBehind, Doubt::OrderBehind(order)]);
}

#[test]
fn what_no_trade_explains_is_said_once_and_its_event_still_counts() {
    let mut bench = Bench::live(policy(), |exchange| _ = exchange.place("AAA", 3));
    let id = bench.exchange.open()[0];
    bench.cut();
    bench.exchange.fill(id, 1);
    let hidden = bench.exchange.trades.pop().expect("a trade");
    bench.reconnect();
    bench.settle();
    let order = OrderKey::new(0, "AAA", id);
    let quantity = Decimal::ONE;
    assert_eq!(
        bench.snapshot().doubts[..],
        [Doubt::Unexplained { order, quantity }]
    );
    // The trade shows up later.
    bench.exchange.trades.push(hidden.clone());
    bench.cut();
    bench.reconnect();
    bench.settle();
    assert_eq!(bench.snapshot().trades[..], [hidden]);
    assert!(bench.snapshot().doubts.is_empty());
}

#[test]
fn more_trades_than_a_page_has_are_fetched_page_by_page() {
    let mut bench = Bench::live(policy(), |exchange| {
        let id = exchange.place("AAA", 100);
        exchange.fill(id, 1);
    });
    let id = bench.exchange.open()[0];
    bench.cut();
    (0..40).for_each(|_| bench.exchange.fill(id, 1));
    bench.reconnect();
    bench.settle();
    assert_eq!(bench.snapshot().trades.len(), 40);
    assert!(bench.snapshot().doubts.is_empty());
}

#[test]
fn balances_of_before_the_snapshot_are_not_replayed() {
    let mut bench = Bench::live(policy(), |_| {});
    bench.sync.missed(bench.now, GapCause::Replaced);
    bench.exchange.now += 1;
    bench.exchange.deposit(0, 5);
    bench.exchange.now += 1;
    bench.exchange.deposit(0, 5);
    bench.bring();
    bench.act();
    bench.answer_all();
    let balances: Vec<_> = bench
        .items
        .iter()
        .filter(|item| matches!(item, UserDataItem::Event(_)))
        .collect();
    // That of the snapshot's own time may be newer than it: it comes again.
    assert!(
        matches!(
            balances[..],
            [UserDataItem::Event(Event::Balance { amount: 1010, .. })]
        ),
        "{balances:?}"
    );
    assert_eq!(
        bench.snapshot().account,
        Account {
            balances: [1010, 1000],
            time: bench.exchange.now
        }
    );
}

#[test]
fn a_fill_that_comes_after_a_snapshot_with_many_others_counts() {
    let mut bench = Bench::live(policy(), |exchange| {
        let id = exchange.place("AAA", 5);
        exchange.fill(id, 1);
    });
    let slow = bench.exchange.open()[0];
    bench.cut();
    bench.exchange.now += 10;
    bench.reconnect();
    // Open orders and account are fetched: nothing has happened yet.
    for _ in 0..2 {
        bench.answer_next();
    }
    // Then the order is filled, and after it a new one, in more parts than are remembered.
    bench.exchange.now += 1;
    bench.exchange.fill(slow, 2);
    let many = bench.exchange.place("AAA", 300);
    (0..300).for_each(|_| bench.exchange.fill(many, 1));
    // The answers are faster than the events.
    bench.settle();
    bench.bring();
    let view = bench.view();
    assert_eq!((view.wrong, view.doubts), (Vec::new(), Vec::new()));
    assert_eq!(view.fills.len(), 301);
}

#[test]
fn a_fill_that_is_left_to_its_event_is_found_by_the_next_snapshot_if_that_never_comes() {
    let mut bench = Bench::live(policy(), |exchange| {
        let id = exchange.place("AAA", 5);
        exchange.fill(id, 1);
    });
    let slow = bench.exchange.open()[0];
    bench.cut();
    bench.reconnect();
    for _ in 0..2 {
        bench.answer_next();
    }
    bench.exchange.fill(slow, 2);
    let many = bench.exchange.place("AAA", 300);
    (0..300).for_each(|_| bench.exchange.fill(many, 1));
    bench.settle();
    // Its event is lost, and so are those of the new order.
    bench.cut();
    bench.reconnect();
    bench.settle();
    let view = bench.view();
    assert_eq!((view.wrong, view.doubts), (Vec::new(), Vec::new()));
    assert_eq!(view.fills.len(), 301);
}

#[test]
fn a_fill_that_is_later_than_what_is_remembered_is_a_gap() {
    let mut bench = Bench::live(policy(), |exchange| {
        _ = exchange.place("AAA", 5);
        _ = exchange.place("AAA", 400);
    });
    let [slow, many] = bench.exchange.open()[..] else {
        panic!("two orders")
    };
    bench.exchange.fill(slow, 1);
    bench.exchange.fill(slow, 1);
    let late = bench.exchange.queue.split_off(3);
    (0..300).for_each(|_| bench.exchange.fill(many, 1));
    let told = bench.exchange.queue.clone();
    bench.bring();
    bench.exchange.queue.extend(late);
    bench.items.clear();
    bench.bring();
    let gap = |item: &UserDataItem<Model>| matches!(item, UserDataItem::Gap(GapCause::OutOfOrder));
    assert!(bench.items.iter().any(gap), "{:?}", bench.items);
    bench.settle();
    let order = OrderKey::new(0, "AAA", slow);
    let quantity = Decimal::ONE;
    assert_eq!(
        bench.snapshot().doubts[..],
        [Doubt::Unexplained { order, quantity }]
    );
    // What is told again is no reason for a gap: all of it has counted, or was doubted.
    bench.items.clear();
    bench.exchange.queue.extend(told);
    bench.bring();
    assert!(!bench.items.iter().any(gap), "{:?}", bench.items);
}

#[test]
fn a_busy_account_gets_its_snapshot() {
    // With events that are as fast as the answers, and with some that are slower.
    for brings in [true, false] {
        let mut bench = Bench::live(policy(), |exchange| _ = exchange.place("AAA", 5));
        bench.cut();
        bench.exchange.now += 10;
        bench.reconnect();
        let mut requests = 0;
        while let Some((_, fetch)) = bench.asked.first() {
            requests += 1;
            assert!(requests < 50, "no snapshot");
            // A market order every time that trades are asked for.
            if matches!(fetch, Fetch::Trades { .. }) {
                bench.exchange.now += 1;
                let id = bench.exchange.place("AAA", 1);
                bench.exchange.fill(id, 1);
                if brings {
                    bench.bring();
                }
            }
            bench.answer_next();
        }
        assert!(bench.snapshot().doubts.is_empty());
        bench.bring();
        let trades = bench.exchange.trades.len();
        let mut view = bench.view();
        view.wrong.retain(|wrong| !wrong.contains("is in no snapshot"));
        assert_eq!((view.wrong, view.fills.len()), (Vec::new(), trades));
    }
}

/// An account whose orders have all ended while it was away.
fn many_that_ended(count: usize) -> Bench {
    let mut bench = Bench::live(policy(), |exchange| {
        (0..count).for_each(|_| _ = exchange.place("AAA", 1));
    });
    bench.cut();
    for id in bench.exchange.open() {
        bench.exchange.cancel(id);
    }
    bench.reconnect();
    bench
}

#[test]
fn what_was_fetched_is_not_fetched_again_after_a_failure() {
    let mut bench = many_that_ended(100);
    let wait = Duration::from_secs(7);
    let mut requests = 0;
    while !bench.asked.is_empty() {
        requests += 1;
        // Every third one fails, but not twice in a row.
        if requests % 3 == 0 {
            bench.answer(Err(refused()), Some(wait));
            assert_eq!(bench.sync.due(), Some(bench.now + wait));
        } else {
            bench.answer_next();
        }
        if let Some(due) = bench.sync.due() {
            bench.sync.tick(due - Duration::from_nanos(1));
            assert_eq!(bench.sync.due(), Some(due));
            bench.now = due;
            bench.sync.tick(due);
            bench.act();
        }
    }
    assert_eq!(bench.snapshot().closed_orders.len(), 100);
    let answers = requests - requests / 3;
    assert_eq!(answers, 100 + 3);
}

#[test]
fn failures_of_requests_under_way_together_are_one() {
    let mut bench = many_that_ended(8);
    bench.answer_next();
    bench.answer_next();
    bench.items.clear();
    (0..8).for_each(|_| bench.answer(Err(refused()), None));
    assert!(
        matches!(bench.items[..], [UserDataItem::SnapshotFailed { .. }]),
        "{:?}",
        bench.items
    );
    // A later one may name a longer wait.
    let due = bench.sync.due().expect("a pause");
    bench.now = due;
    bench.sync.tick(due);
    bench.act();
    bench.answer(Err(refused()), None);
    let ban = Duration::from_secs(120);
    bench.answer(Err(refused()), Some(ban));
    assert_eq!(bench.sync.due(), Some(bench.now + ban));
    bench.settle();
    assert_eq!(bench.snapshot().closed_orders.len(), 8);
}

#[test]
fn orders_that_were_over_before_another_loss_are_not_fetched_again() {
    let mut bench = many_that_ended(20);
    (0..2 + 15).for_each(|_| bench.answer_next());
    bench.cut();
    bench.reconnect();
    bench.answer_next();
    bench.answer_next();
    let orders = bench
        .asked
        .iter()
        .filter(|(_, fetch)| matches!(fetch, Fetch::Order(_)));
    assert_eq!(orders.count(), 5);
    bench.settle();
    assert_eq!(bench.snapshot().closed_orders.len(), 20);
}
