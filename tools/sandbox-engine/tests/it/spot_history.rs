//! A long random history of Spot: what is asked, what was said, and a model that knows the executions alone agree.

use std::collections::BTreeMap;

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::book::{OrderId, SelfTrade, Side, TimeInForce};
use binance_wire_sandbox_engine::spot::{
    Engine, Event, Execution, ExecutionType, NewList, NewOrder, OrderRef, OrderType, Status, Symbol,
};
use fastrand::Rng;

/// CI builds without optimizations.
const OPERATIONS: usize = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
const ACCOUNTS: [u64; 3] = [1, 2, 3];
const SYMBOL: &str = "AAABBB";
const ASSETS: [(&str, i64); 2] = [("AAA", 1_000), ("BBB", 100_000)];

fn engine() -> Engine {
    let symbol = Symbol {
        name: SYMBOL.to_owned(),
        base: "AAA".to_owned(),
        quote: "BBB".to_owned(),
        opening: Fixed::whole(100),
        tick: Fixed::ONE,
        max_price: Fixed::whole(1000),
        step: tenths(1),
        max_quantity: Fixed::whole(1000),
        min_notional: Fixed::ONE,
        max_notional: Fixed::whole(1_000_000),
        iceberg_parts: 10,
        trailing_delta: (10, 2000),
        max_orders: 200,
        max_algo_orders: 20,
        max_lists: 20,
        max_amends: 3,
    };
    let endowment = ASSETS.map(|(asset, amount)| (asset.to_owned(), Fixed::whole(amount)));
    Engine::new(vec![symbol], BTreeMap::from(endowment))
}

fn tenths(count: i64) -> Fixed {
    Fixed::from_units(i128::from(count) * 10_000_000)
}

/// An order as executions tell of it.
#[derive(Clone, Copy)]
struct Known {
    account: u64,
    side: Side,
    status: Status,
    executed: Fixed,
    paid: Fixed,
}

#[derive(Default)]
struct Model {
    levels: BTreeMap<(Side, Fixed), Fixed>,
    update: i64,
    orders: BTreeMap<OrderId, Known>,
    /// What accounts have, by what their executions moved.
    moved: BTreeMap<(u64, &'static str), Fixed>,
    /// What was said of balances: free and locked.
    said: BTreeMap<(u64, String), (Fixed, Fixed)>,
    /// By trade: how often an execution named it, and its quantity.
    named: BTreeMap<i64, (u32, Fixed)>,
    trades: BTreeMap<i64, Fixed>,
}

impl Model {
    fn hear(&mut self, event: Event) {
        match event {
            Event::Depth { change, .. } => {
                assert_eq!(change.first_update_id, self.update + 1, "a gap");
                self.update = change.last_update_id;
                for (side, levels) in [(Side::Buy, change.bids), (Side::Sell, change.asks)] {
                    for (price, quantity) in levels {
                        match quantity.is_zero() {
                            true => self.levels.remove(&(side, price)),
                            false => self.levels.insert((side, price), quantity),
                        };
                    }
                }
            }
            Event::Position {
                account, balances, ..
            } => {
                for (asset, balance) in balances {
                    self.said.insert((account, asset), (balance.free, balance.locked));
                }
            }
            Event::Trade { trade, .. } => assert_eq!(self.trades.insert(trade.id, trade.quantity), None),
            Event::Execution(execution) => self.execution(&execution),
            _ => {}
        }
    }

    fn execution(&mut self, execution: &Execution) {
        let order = &execution.order;
        let known = self.orders.entry(order.id).or_insert(Known {
            account: order.account,
            side: order.side,
            status: Status::New,
            executed: Fixed::ZERO,
            paid: Fixed::ZERO,
        });
        assert!(known.status.is_open(), "an order that was over: {order:?}");
        known.status = order.status;
        assert_eq!(execution.kind == ExecutionType::Trade, execution.fill.is_some());
        let Some(fill) = &execution.fill else { return };
        let paid = Fixed::from_units(fill.price.units() * fill.quantity.units() / 100_000_000);
        known.executed += fill.quantity;
        known.paid += paid;
        assert_eq!(
            (order.executed, order.executed_quote),
            (known.executed, known.paid)
        );
        let named = self.named.entry(fill.trade_id).or_default();
        *named = (named.0 + 1, fill.quantity);
        let (given, taken) = match order.side {
            Side::Buy => (("BBB", paid), ("AAA", fill.quantity)),
            Side::Sell => (("AAA", fill.quantity), ("BBB", paid)),
        };
        assert_eq!(fill.commission_asset, taken.0);
        // A thousandth of what it receives.
        assert_eq!(fill.commission.units(), taken.1.units() / 1000);
        *self.moved.entry((order.account, given.0)).or_default() -= given.1;
        *self.moved.entry((order.account, taken.0)).or_default() += taken.1 - fill.commission;
    }

    fn compare(&self, engine: &mut Engine) {
        for account in ACCOUNTS {
            for (asset, endowment) in ASSETS {
                let has = engine.account(account).balances[asset];
                let moved = self.moved.get(&(account, asset)).copied().unwrap_or_default();
                assert_eq!(
                    has.free + has.locked,
                    Fixed::whole(endowment) + moved,
                    "{asset} of {account}"
                );
                assert!(has.free >= Fixed::ZERO && has.locked >= Fixed::ZERO);
                if let Some(said) = self.said.get(&(account, asset.to_owned())) {
                    assert_eq!(*said, (has.free, has.locked));
                }
                // What its open orders may still pay.
                let side = if asset == "AAA" { Side::Sell } else { Side::Buy };
                let kept = engine
                    .open_orders(account, None)
                    .filter(|order| order.side == side)
                    .map(|order| {
                        let price = match (order.side, order.price.is_zero()) {
                            (Side::Sell, _) => Fixed::ONE,
                            (Side::Buy, false) => order.price,
                            (Side::Buy, true) => order.stop_price,
                        };
                        match order.status {
                            Status::PendingNew => order.locked,
                            _ => order.open_quantity().times(price),
                        }
                    });
                assert_eq!(kept.sum::<Fixed>(), has.locked, "{asset} of {account}");
            }
        }
        self.compare_book(engine);
        for (id, known) in &self.orders {
            let order = engine.order(*id).expect("it is remembered");
            assert_eq!((order.status, order.executed), (known.status, known.executed));
            assert_eq!((order.account, order.side), (known.account, known.side));
            let fills = engine.fills_of_order(order);
            assert_eq!(
                fills.iter().map(|fill| fill.quantity).sum::<Fixed>(),
                known.executed
            );
        }
        for (id, quantity) in &self.trades {
            assert_eq!(self.named.get(id), Some(&(2, *quantity)), "a trade has two sides");
        }
        assert_eq!(self.named.len(), self.trades.len());
    }

    fn compare_book(&self, engine: &Engine) {
        let book = engine.book(SYMBOL).expect("a book");
        assert_eq!(book.last_update_id(), self.update);
        let listed = |side| {
            book.depth(side)
                .map(move |(price, quantity)| ((side, price), quantity))
        };
        let asked: BTreeMap<_, _> = listed(Side::Buy).chain(listed(Side::Sell)).collect();
        assert_eq!(asked, self.levels);
        let mut resting: BTreeMap<(Side, Fixed), Fixed> = BTreeMap::new();
        for account in ACCOUNTS {
            for order in engine
                .open_orders(account, None)
                .filter(|order| order.working_us.is_some())
            {
                // An iceberg shows what the book says that it does.
                let open = book.get(order.id).expect("it rests").open;
                assert_eq!(open, order.open_quantity());
                *resting.entry((order.side, order.price)).or_default() += open;
            }
        }
        for (place, quantity) in &self.levels {
            assert!(
                resting.get(place).is_some_and(|open| quantity <= open),
                "{place:?}"
            );
        }
        assert_eq!(resting.len(), self.levels.len());
        if let (Some(bid), Some(ask)) = (book.best(Side::Buy), book.best(Side::Sell)) {
            assert!(bid.0 < ask.0);
        }
        let tape = engine.tape(SYMBOL).expect("a tape");
        let kept: Fixed = tape.trades().map(|trade| trade.quantity).sum();
        let first = tape.trades().next().map_or(0, |trade| trade.id);
        assert_eq!(
            kept,
            self.trades
                .range(first..)
                .map(|(_, quantity)| *quantity)
                .sum::<Fixed>()
        );
    }
}

fn order(random: &mut Rng) -> NewOrder {
    let side = if random.bool() { Side::Buy } else { Side::Sell };
    let kind = random.choice([
        OrderType::Limit,
        OrderType::Limit,
        OrderType::Limit,
        OrderType::Limit,
        OrderType::Market,
        OrderType::LimitMaker,
        OrderType::StopLoss,
        OrderType::StopLossLimit,
        OrderType::TakeProfit,
        OrderType::TakeProfitLimit,
    ]);
    let kind = kind.expect("one");
    let priced = !matches!(
        kind,
        OrderType::Market | OrderType::StopLoss | OrderType::TakeProfit
    );
    let stops = !matches!(kind, OrderType::Market | OrderType::Limit | OrderType::LimitMaker);
    let times = [
        TimeInForce::Gtc,
        TimeInForce::Gtc,
        TimeInForce::Ioc,
        TimeInForce::Fok,
    ];
    let modes = [
        SelfTrade::None,
        SelfTrade::ExpireTaker,
        SelfTrade::ExpireMaker,
        SelfTrade::ExpireBoth,
        SelfTrade::Decrement,
    ];
    let quantity = tenths(random.i64(1..100));
    NewOrder {
        price: priced.then(|| Fixed::whole(random.i64(90..111))),
        stop_price: stops.then(|| Fixed::whole(random.i64(90..111))),
        quantity: Some(quantity),
        time_in_force: match kind {
            OrderType::Limit => random.choice(times).expect("one"),
            _ => TimeInForce::Gtc,
        },
        iceberg: (kind == OrderType::Limit && random.u8(..10) == 0).then(|| tenths(random.i64(1..10))),
        self_trade: random.choice(modes),
        ..NewOrder::new(SYMBOL, side, kind)
    }
}

fn step(random: &mut Rng, engine: &mut Engine, now_us: i64) {
    let account = random.choice(ACCOUNTS).expect("one");
    let open: Vec<OrderId> = engine.open_orders(account, None).map(|order| order.id).collect();
    let one = OrderRef {
        id: random.choice(open),
        ..OrderRef::default()
    };
    match random.u8(..100) {
        0..=59 => drop(engine.place(account, &order(random), now_us)),
        60..=79 => drop(engine.cancel(account, SYMBOL, &one, None, "x", now_us)),
        80..=89 => drop(engine.amend(account, SYMBOL, &one, None, tenths(random.i64(1..100)), now_us)),
        90..=97 => {
            let side = if random.bool() { Side::Buy } else { Side::Sell };
            let price = random.i64(95..105);
            let of = |side, price| NewOrder {
                price: Some(Fixed::whole(price)),
                quantity: Some(Fixed::ONE),
                ..NewOrder::new(SYMBOL, side, OrderType::Limit)
            };
            let list = NewList {
                client_id: None,
                working: Some(of(side, price)),
                orders: vec![of(side.opposite(), price + 1)],
                pays: false,
            };
            drop(engine.place_list(account, &list, now_us));
        }
        _ => drop(engine.cancel_all(account, SYMBOL, |id| format!("x{id}"), now_us)),
    }
}

#[test]
fn everything_agrees_after_a_long_history() {
    let mut random = Rng::with_seed(1);
    let mut engine = engine();
    let mut model = Model::default();
    let mut now_us = 1_700_000_000_000_000;
    for count in 0..OPERATIONS {
        now_us += random.i64(0..1_000_000);
        step(&mut random, &mut engine, now_us);
        for event in engine.take_events() {
            model.hear(event);
        }
        if count % (OPERATIONS / 20) == 0 {
            model.compare(&mut engine);
        }
    }
    model.compare(&mut engine);
    assert!(model.trades.len() > OPERATIONS / 20, "{}", model.trades.len());
}

#[test]
fn what_an_amendment_takes_off_an_order_of_a_chain_is_free_again() {
    let mut engine = engine();
    let of = |side, price| NewOrder {
        price: Some(Fixed::whole(price)),
        quantity: Some(Fixed::ONE),
        ..NewOrder::new(SYMBOL, side, OrderType::Limit)
    };
    let list = NewList {
        client_id: None,
        working: Some(of(Side::Buy, 100)),
        orders: vec![of(Side::Sell, 110)],
        pays: false,
    };
    engine.place_list(1, &list, 1).expect("placed");
    engine.place(2, &of(Side::Sell, 100), 2).expect("placed");
    let open: Vec<OrderId> = engine.open_orders(1, None).map(|order| order.id).collect();
    let one = OrderRef {
        id: open.first().copied(),
        ..OrderRef::default()
    };
    assert_eq!(engine.account(1).balances["AAA"].locked, Fixed::ONE);
    engine
        .amend(1, SYMBOL, &one, None, tenths(7), 3)
        .expect("amended");
    assert_eq!(engine.account(1).balances["AAA"].locked, tenths(7));
}
