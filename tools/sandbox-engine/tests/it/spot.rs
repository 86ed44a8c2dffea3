use std::collections::BTreeMap;

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::book::{SelfTrade, Side, TimeInForce};
use binance_wire_sandbox_engine::spot::{
    Canceled, Engine, Event, ExecutionType, ListStage, NewList, NewOrder, OrderRef, OrderType, Peg,
    Rejection, Status, Symbol,
};
use proptest::prelude::*;

const SYMBOL: &str = "AAABBB";

fn symbol() -> Symbol {
    Symbol {
        name: SYMBOL.to_owned(),
        base: "AAA".to_owned(),
        quote: "BBB".to_owned(),
        opening: Fixed::whole(100),
        tick: Fixed::ONE,
        max_price: Fixed::whole(1000),
        step: Fixed::parse("0.1").unwrap(),
        max_quantity: Fixed::whole(1000),
        min_notional: Fixed::ONE,
        max_notional: Fixed::whole(1_000_000),
        iceberg_parts: 10,
        trailing_delta: (10, 2000),
        max_orders: 200,
        max_algo_orders: 20,
        max_lists: 20,
        max_amends: 3,
    }
}

fn engine() -> Engine {
    let amounts = [("AAA", 100), ("BBB", 10_000)];
    let endowment = amounts.map(|(asset, amount)| (asset.to_owned(), Fixed::whole(amount)));
    Engine::new(vec![symbol()], BTreeMap::from(endowment))
}

fn number(text: &str) -> Fixed {
    Fixed::parse(text).unwrap()
}

fn limit(side: Side, price: i64, quantity: i64) -> NewOrder {
    NewOrder {
        price: Some(Fixed::whole(price)),
        quantity: Some(Fixed::whole(quantity)),
        ..NewOrder::new(SYMBOL, side, OrderType::Limit)
    }
}

fn stop(side: Side, kind: OrderType, stop_price: i64, quantity: i64) -> NewOrder {
    NewOrder {
        stop_price: Some(Fixed::whole(stop_price)),
        quantity: Some(Fixed::whole(quantity)),
        ..NewOrder::new(SYMBOL, side, kind)
    }
}

/// The reports on orders since the last call: number, kind and stage after it.
fn reports(engine: &mut Engine) -> Vec<(u64, ExecutionType, Status)> {
    let events = engine.take_events().into_iter();
    let reports = events.filter_map(|event| match event {
        Event::Execution(execution) => Some((execution.order.id, execution.kind, execution.order.status)),
        _ => None,
    });
    reports.collect()
}

fn stages(engine: &mut Engine) -> Vec<ListStage> {
    let events = engine.take_events().into_iter();
    events
        .filter_map(|event| {
            if let Event::List(list) = event {
                Some(list.stage)
            } else {
                None
            }
        })
        .collect()
}

fn free(engine: &mut Engine, account: u64, asset: &str) -> String {
    engine.account(account).free(asset).to_string()
}

#[test]
fn a_trade_moves_balances_and_pays_commission_on_both_sides() {
    let mut engine = engine();
    let maker = engine.place(1, &limit(Side::Sell, 100, 3), 1).unwrap();
    assert_eq!(free(&mut engine, 1, "AAA"), "97.00000000");
    let taker = engine.place(2, &limit(Side::Buy, 110, 5), 2).unwrap();
    // Bought at 100 and not at its own 110; the rest keeps 2 * 110.
    assert_eq!(free(&mut engine, 2, "BBB"), "9480.00000000");
    assert_eq!(free(&mut engine, 2, "AAA"), "102.99700000");
    assert_eq!(free(&mut engine, 1, "BBB"), "10299.70000000");
    assert_eq!(engine.order(maker).unwrap().status, Status::Filled);
    assert_eq!(engine.order(taker).unwrap().status, Status::PartiallyFilled);
    let fills: Vec<_> = engine
        .fills_of(2, SYMBOL)
        .map(|fill| (fill.trade_id, fill.is_maker))
        .collect();
    assert_eq!(fills, [(1, false)]);
    let canceled = engine.cancel(
        2,
        SYMBOL,
        &OrderRef {
            id: Some(taker),
            ..OrderRef::default()
        },
        None,
        "x",
        3,
    );
    assert!(matches!(canceled, Ok(Canceled::Order(_))));
    assert_eq!(free(&mut engine, 2, "BBB"), "9700.00000000");
}

#[test]
fn refuses_with_the_codes_and_texts_of_the_exchange() {
    let mut engine = engine();
    engine.place(1, &limit(Side::Sell, 105, 5), 1).unwrap();
    let maker = NewOrder {
        kind: OrderType::LimitMaker,
        ..limit(Side::Buy, 105, 1)
    };
    let named = |name: &str| NewOrder {
        client_order_id: Some(name.to_owned()),
        ..limit(Side::Buy, 50, 1)
    };
    engine.place(1, &named("x"), 1).unwrap();
    for (order, code, message) in [
        (
            NewOrder {
                symbol: "X".to_owned(),
                ..limit(Side::Buy, 1, 1)
            },
            -1121,
            "Invalid symbol.",
        ),
        (limit(Side::Buy, 2000, 1), -1013, "Filter failure: PRICE_FILTER"),
        (limit(Side::Buy, 100, 2000), -1013, "Filter failure: LOT_SIZE"),
        (
            NewOrder {
                quantity: Some(number("0.01")),
                ..limit(Side::Buy, 100, 1)
            },
            -1013,
            "Filter failure: LOT_SIZE",
        ),
        (
            NewOrder {
                iceberg: Some(Fixed::ONE),
                ..limit(Side::Buy, 90, 11)
            },
            -1013,
            "Filter failure: ICEBERG_PARTS",
        ),
        (
            NewOrder {
                quantity: Some(number("0.1")),
                ..limit(Side::Buy, 1, 1)
            },
            -1013,
            "Filter failure: NOTIONAL",
        ),
        (
            limit(Side::Sell, 110, 96),
            -2010,
            "Account has insufficient balance for requested action.",
        ),
        (maker, -2010, "Order would immediately match and take."),
        (
            stop(Side::Sell, OrderType::StopLoss, 101, 1),
            -2010,
            "Order would trigger immediately.",
        ),
        (named("x"), -2010, "Duplicate order sent."),
    ] {
        let rejection = engine.place(1, &order, 2).unwrap_err();
        assert_eq!((rejection.code, rejection.message.as_str()), (code, message));
    }
    let unknown = OrderRef {
        id: Some(99),
        ..OrderRef::default()
    };
    let rejection = engine.cancel(1, SYMBOL, &unknown, None, "x", 3).unwrap_err();
    assert_eq!(
        rejection,
        Rejection {
            code: -2011,
            message: "Unknown order sent.".to_owned()
        }
    );
    // Somebody else's order is unknown.
    let own = OrderRef {
        id: Some(1),
        ..OrderRef::default()
    };
    assert_eq!(
        engine.cancel(2, SYMBOL, &own, None, "x", 3).unwrap_err().code,
        -2011
    );
}

#[test]
fn stop_orders_fire_with_the_price_and_trailing_ones_follow_it() {
    let mut engine = engine();
    engine.seed(SYMBOL, [(Side::Buy, Fixed::whole(80), Fixed::whole(500))], 0);
    engine.place(2, &limit(Side::Buy, 90, 1), 1).unwrap();
    let loss = engine
        .place(1, &stop(Side::Sell, OrderType::StopLoss, 90, 2), 1)
        .unwrap();
    let trailing = NewOrder {
        trailing_delta: Some(500),
        price: Some(Fixed::whole(200)),
        quantity: Some(Fixed::ONE),
        ..NewOrder::new(SYMBOL, Side::Sell, OrderType::TakeProfitLimit)
    };
    let profit = engine.place(1, &trailing, 1).unwrap();
    assert_eq!(engine.order(profit).unwrap().trailing_us, Some(1));
    reports(&mut engine);
    // 1 at 90, the stop order's 2 at 80.
    engine.place(1, &limit(Side::Sell, 90, 1), 5).unwrap();
    let loss = engine.order(loss).unwrap();
    assert_eq!((loss.status, loss.working_us), (Status::Filled, Some(5)));
    assert_eq!(engine.order(profit).unwrap().working_us, None);
    // 5 % above the lowest price, 80.
    engine.place(2, &limit(Side::Sell, 84, 1), 6).unwrap();
    engine.place(1, &limit(Side::Buy, 84, 1), 7).unwrap();
    assert_eq!(engine.order(profit).unwrap().working_us, Some(7));
    assert_eq!(
        engine.book(SYMBOL).unwrap().best(Side::Sell),
        Some((Fixed::whole(200), Fixed::ONE))
    );
}

#[test]
fn a_pair_locks_once_and_one_ends_the_other() {
    let mut engine = engine();
    let pair = |quantity| NewList {
        client_id: Some("pair".to_owned()),
        working: None,
        orders: vec![
            NewOrder {
                kind: OrderType::LimitMaker,
                ..limit(Side::Sell, 110, quantity)
            },
            stop(Side::Sell, OrderType::StopLoss, 90, quantity),
        ],
        pays: false,
    };
    let list = engine.place_list(1, &pair(60), 1).unwrap();
    assert_eq!(free(&mut engine, 1, "AAA"), "40.00000000");
    assert_eq!(
        engine.place_list(1, &pair(1), 1).unwrap_err().message,
        "Duplicate order sent."
    );
    assert_eq!(stages(&mut engine), [ListStage::ExecStarted]);
    engine.place(2, &limit(Side::Buy, 110, 10), 2).unwrap();
    let seen = reports(&mut engine);
    let expired = engine
        .orders()
        .find(|order| order.status == Status::Expired)
        .unwrap();
    assert_eq!(expired.expiry_reason, Some("OCO_TRIGGER"));
    assert!(seen.contains(&(expired.id, ExecutionType::Expired, Status::Expired)));
    assert_eq!(
        engine.find_list(1, Some(list), None).unwrap().stage,
        ListStage::ExecStarted
    );
    let Ok(Canceled::List(list, orders)) = engine.cancel_list(1, SYMBOL, None, Some("pair"), "x", 3) else {
        panic!("a list")
    };
    assert_eq!((list.stage, orders.len()), (ListStage::AllDone, 1));
    assert_eq!(free(&mut engine, 1, "AAA"), "90.00000000");
    let mut bad = pair(1);
    bad.orders.reverse();
    assert_eq!(
        engine.place_list(1, &bad, 4).unwrap_err().message,
        "The relationship of the prices for the orders is not correct."
    );
}

#[test]
fn one_triggers_the_others_and_pays_for_them() {
    let mut engine = engine();
    let list = |pays| NewList {
        client_id: None,
        working: Some(limit(Side::Buy, 95, 10)),
        orders: vec![
            NewOrder {
                kind: OrderType::LimitMaker,
                ..limit(Side::Sell, 110, 10)
            },
            stop(Side::Sell, OrderType::StopLoss, 90, 10),
        ],
        pays,
    };
    let id = engine.place_list(1, &list(true), 1).unwrap();
    let [working, above, below] =
        [0, 1, 2].map(|at| engine.find_list(1, Some(id), None).unwrap().orders[at].0);
    assert_eq!(engine.order(above).unwrap().status, Status::PendingNew);
    engine.place(2, &limit(Side::Sell, 95, 10), 2).unwrap();
    assert_eq!(engine.order(working).unwrap().status, Status::Filled);
    // What it received is 9.99, which is 9.9 in whole steps.
    for id in [above, below] {
        let order = engine.order(id).unwrap();
        assert_eq!((order.status, order.quantity), (Status::New, number("9.9")));
    }
    assert_eq!(stages(&mut engine), [ListStage::ExecStarted, ListStage::Updated]);
    let second = engine.place_list(2, &list(false), 3).unwrap();
    let orders = engine.find_list(2, Some(second), None).unwrap().orders.clone();
    let first = OrderRef {
        id: Some(orders[0].0),
        ..OrderRef::default()
    };
    let Ok(Canceled::List(_, ended)) = engine.cancel(2, SYMBOL, &first, None, "x", 4) else {
        panic!("a list")
    };
    assert_eq!(ended.len(), 3);
}

#[test]
fn self_trade_prevention_ends_orders_and_is_remembered() {
    let mut engine = engine();
    let own = engine.place(1, &limit(Side::Sell, 100, 3), 1).unwrap();
    let new = NewOrder {
        self_trade: Some(SelfTrade::ExpireTaker),
        ..limit(Side::Buy, 100, 5)
    };
    let taker = engine.place(1, &new, 2).unwrap();
    assert_eq!(engine.order(taker).unwrap().status, Status::ExpiredInMatch);
    assert_eq!(engine.order(own).unwrap().status, Status::New);
    let new = NewOrder {
        self_trade: Some(SelfTrade::Decrement),
        ..limit(Side::Buy, 100, 5)
    };
    let taker = engine.place(1, &new, 3).unwrap();
    let order = engine.order(taker).unwrap();
    assert_eq!((order.status, order.prevented), (Status::New, Fixed::whole(3)));
    assert_eq!(engine.order(own).unwrap().status, Status::ExpiredInMatch);
    let lost: Vec<_> = engine
        .prevented_of(1, SYMBOL)
        .map(|m| (m.from_taker, m.from_maker))
        .collect();
    assert_eq!(
        lost,
        [(Fixed::whole(5), Fixed::ZERO), (Fixed::whole(3), Fixed::whole(3))]
    );
    assert_eq!(free(&mut engine, 1, "BBB"), "9800.00000000");
}

#[test]
fn between_accounts_of_a_group_a_transfer_replaces_the_trade() {
    let mut engine = engine();
    for account in [1, 2] {
        engine.set_trade_group(account, Some(9));
    }
    let mode = |order| NewOrder {
        self_trade: Some(SelfTrade::Transfer),
        ..order
    };
    engine.place(1, &mode(limit(Side::Sell, 100, 3)), 1).unwrap();
    engine.place(2, &mode(limit(Side::Buy, 100, 3)), 2).unwrap();
    assert_eq!(free(&mut engine, 1, "BBB"), "10300.00000000");
    assert_eq!(free(&mut engine, 2, "AAA"), "103.00000000");
    assert_eq!(engine.tape(SYMBOL).unwrap().trades().len(), 0);
}

#[test]
fn an_amended_order_keeps_its_place() {
    let mut engine = engine();
    let first = engine.place(1, &limit(Side::Sell, 100, 5), 1).unwrap();
    let second = engine.place(2, &limit(Side::Sell, 100, 5), 1).unwrap();
    let order = OrderRef {
        id: Some(first),
        ..OrderRef::default()
    };
    let mut amend = |quantity: &str| {
        engine
            .amend(1, SYMBOL, &order, Some("y"), number(quantity), 2)
            .map(|_| ())
    };
    assert_eq!(amend("5").unwrap_err().code, -2038);
    assert_eq!(
        amend("6").unwrap_err().message,
        "Order amend (quantity increase) is not supported."
    );
    assert_eq!(amend("2"), Ok(()));
    let named = OrderRef {
        client_order_id: Some("y".to_owned()),
        ..OrderRef::default()
    };
    assert_eq!(
        engine
            .find(1, SYMBOL, &named, || unreachable!("it exists"))
            .unwrap()
            .id,
        first
    );
    assert_eq!(free(&mut engine, 1, "AAA"), "98.00000000");
    engine.place(3, &limit(Side::Buy, 100, 3), 3).unwrap();
    assert_eq!(engine.order(first).unwrap().status, Status::Filled);
    assert_eq!(engine.order(second).unwrap().executed, Fixed::ONE);
    assert_eq!(engine.amendments_of(first).len(), 1);
}

#[derive(Clone, Debug)]
enum Action {
    Place(u64, Box<NewOrder>),
    Pair(u64, Side, i64, i64),
    Chain(u64, Side, i64, i64, bool),
    Cancel(u64, prop::sample::Index),
    Amend(u64, prop::sample::Index, i64),
    CancelAll(u64),
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn new_order() -> impl Strategy<Value = NewOrder> {
    let kind = prop_oneof![
        5 => Just(OrderType::Limit),
        2 => Just(OrderType::Market),
        1 => Just(OrderType::LimitMaker),
        1 => Just(OrderType::StopLoss),
        1 => Just(OrderType::StopLossLimit),
        1 => Just(OrderType::TakeProfit),
        1 => Just(OrderType::TakeProfitLimit),
    ];
    let time_in_force =
        prop_oneof![4 => Just(TimeInForce::Gtc), 1 => Just(TimeInForce::Ioc), 1 => Just(TimeInForce::Fok)];
    let mode = prop_oneof![
        3 => Just(SelfTrade::None),
        1 => Just(SelfTrade::ExpireTaker),
        1 => Just(SelfTrade::ExpireMaker),
        1 => Just(SelfTrade::ExpireBoth),
        1 => Just(SelfTrade::Decrement),
        1 => Just(SelfTrade::Transfer),
    ];
    let peg = prop::option::weighted(0.1, (any::<bool>(), prop::option::of(0_u32..3)));
    let numbers = (
        90_i64..111,
        90_i64..111,
        1_i64..200,
        prop::option::weighted(0.2, 10_u32..1500),
    );
    let flags = (
        any::<bool>(),
        any::<bool>(),
        prop::option::weighted(0.2, 1_i64..4),
    );
    (side(), kind, time_in_force, mode, peg, numbers, flags).prop_map(
        |(
            side,
            kind,
            time_in_force,
            mode,
            peg,
            (price, stop_price, tenths, delta),
            (by_quote, sor, peak),
        )| {
            let quantity = Fixed::from_units(i128::from(tenths) * 10_000_000);
            let by_quote = by_quote && kind == OrderType::Market;
            NewOrder {
                time_in_force,
                quantity: (!by_quote).then_some(quantity),
                quote_quantity: by_quote.then_some(Fixed::whole(tenths * 10)),
                price: (!kind.is_market()).then_some(Fixed::whole(price)),
                stop_price: (kind.is_conditional() && delta.is_none()).then_some(Fixed::whole(stop_price)),
                trailing_delta: delta.filter(|_| kind.is_conditional()),
                iceberg: peak
                    .map(Fixed::whole)
                    .filter(|_| !kind.is_market() && time_in_force == TimeInForce::Gtc),
                self_trade: Some(mode),
                peg: peg
                    .filter(|_| !kind.is_market())
                    .map(|(market, offset)| Peg { market, offset }),
                sor: sor && !kind.is_conditional(),
                ..NewOrder::new(SYMBOL, side, kind)
            }
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    let account = || 1_u64..4;
    prop_oneof![
        8 => (account(), new_order()).prop_map(|(account, order)| Action::Place(account, Box::new(order))),
        1 => (account(), side(), 101_i64..110, 1_i64..20).prop_map(|(a, s, p, q)| Action::Pair(a, s, p, q)),
        1 => (account(), side(), 91_i64..109, 1_i64..20, any::<bool>())
            .prop_map(|(a, s, p, q, pays)| Action::Chain(a, s, p, q, pays)),
        2 => (account(), any::<prop::sample::Index>()).prop_map(|(a, at)| Action::Cancel(a, at)),
        1 => (account(), any::<prop::sample::Index>(), 1_i64..100).prop_map(|(a, at, q)| Action::Amend(a, at, q)),
        1 => account().prop_map(Action::CancelAll),
    ]
}

fn perform(engine: &mut Engine, action: Action, now_us: i64) -> Result<(), Rejection> {
    let open = |engine: &Engine, account: u64, at: &prop::sample::Index| {
        let ids: Vec<u64> = engine.open_orders(account, None).map(|order| order.id).collect();
        let id = (!ids.is_empty()).then(|| *at.get(&ids));
        OrderRef {
            id: Some(id.unwrap_or(u64::MAX)),
            ..OrderRef::default()
        }
    };
    match action {
        Action::Place(account, order) => engine.place(account, &order, now_us).map(|_| ()),
        Action::Pair(account, side, price, quantity) => {
            let maker = NewOrder {
                kind: OrderType::LimitMaker,
                ..limit(side, price, quantity)
            };
            let away = stop(side, OrderType::StopLoss, 200 - price, quantity);
            let orders = match side {
                Side::Sell => vec![maker, away],
                Side::Buy => vec![
                    NewOrder {
                        stop_price: Some(Fixed::whole(price)),
                        ..away
                    },
                    NewOrder {
                        price: Some(Fixed::whole(200 - price)),
                        ..maker
                    },
                ],
            };
            let list = NewList {
                client_id: None,
                working: None,
                orders,
                pays: false,
            };
            engine.place_list(account, &list, now_us).map(|_| ())
        }
        Action::Chain(account, side, price, quantity, pays) => {
            let list = NewList {
                client_id: None,
                working: Some(limit(side, price, quantity)),
                orders: vec![limit(side.opposite(), price + 1, quantity)],
                pays: pays && side == Side::Buy,
            };
            engine.place_list(account, &list, now_us).map(|_| ())
        }
        Action::Cancel(account, at) => {
            let order = open(engine, account, &at);
            engine
                .cancel(account, SYMBOL, &order, None, "x", now_us)
                .map(|_| ())
        }
        Action::Amend(account, at, tenths) => {
            let order = open(engine, account, &at);
            let quantity = Fixed::from_units(i128::from(tenths) * 10_000_000);
            engine
                .amend(account, SYMBOL, &order, None, quantity, now_us)
                .map(|_| ())
        }
        Action::CancelAll(account) => engine
            .cancel_all(account, SYMBOL, |id| format!("x{id}"), now_us)
            .map(|_| ()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_is_done_the_exchange_agrees_with_itself(actions in prop::collection::vec(action(), 1..150)) {
        let mut engine = engine();
        for account in 1..4 {
            engine.set_trade_group(account, (account > 1).then_some(7));
        }
        let mut update_id = 0;
        let mut depth: BTreeMap<(Side, Fixed), Fixed> = BTreeMap::new();
        let mut balances: BTreeMap<(u64, String), (Fixed, Fixed)> = BTreeMap::new();
        for (now_us, action) in (1_i64..).zip(actions) {
            let before = engine.take_events().len();
            prop_assert_eq!(before, 0);
            let refused = perform(&mut engine, action, now_us).err();
            let events = engine.take_events();
            prop_assert!(refused.is_none() || events.is_empty(), "{:?} and {:?}", refused, events);
            for event in events {
                match event {
                    Event::Depth { change, .. } => {
                        prop_assert_eq!(change.first_update_id, update_id + 1);
                        update_id = change.last_update_id;
                        for (side, levels) in [(Side::Buy, change.bids), (Side::Sell, change.asks)] {
                            for (price, quantity) in levels {
                                depth.remove(&(side, price));
                                if !quantity.is_zero() {
                                    depth.insert((side, price), quantity);
                                }
                            }
                        }
                    }
                    Event::Position { account, balances: changed, .. } => {
                        for (asset, balance) in changed {
                            balances.insert((account, asset), (balance.free, balance.locked));
                        }
                    }
                    Event::Execution(execution) => prop_assert!(execution.order.status.is_open() || execution.order.locked.is_zero() || execution.kind == ExecutionType::Trade || execution.kind == ExecutionType::TradePrevention),
                    _ => {}
                }
            }
            agrees(&mut engine, &depth, &balances)?;
        }
    }
}

fn agrees(
    engine: &mut Engine,
    depth: &BTreeMap<(Side, Fixed), Fixed>,
    reported: &BTreeMap<(u64, String), (Fixed, Fixed)>,
) -> Result<(), TestCaseError> {
    for account in 1..4 {
        for (asset, side) in [("AAA", Side::Sell), ("BBB", Side::Buy)] {
            let balance = engine.account(account).balances[asset];
            prop_assert!(
                balance.free >= Fixed::ZERO && balance.locked >= Fixed::ZERO,
                "{:?}",
                balance
            );
            let orders = engine
                .open_orders(account, None)
                .filter(|order| order.side == side);
            let locked: Fixed = orders.map(|order| order.locked).sum();
            prop_assert_eq!(balance.locked, locked);
            if let Some((free, locked)) = reported.get(&(account, asset.to_owned())) {
                prop_assert_eq!((*free, *locked), (balance.free, balance.locked));
            }
        }
    }
    let book = engine.book(SYMBOL).expect("a book");
    for side in [Side::Buy, Side::Sell] {
        let mut kept: Vec<_> = depth
            .iter()
            .filter(|((of, _), _)| *of == side)
            .map(|((_, price), q)| (*price, *q))
            .collect();
        if side == Side::Buy {
            kept.reverse();
        }
        prop_assert_eq!(book.depth(side).collect::<Vec<_>>(), kept);
    }
    let crossed = book
        .best(Side::Buy)
        .zip(book.best(Side::Sell))
        .is_some_and(|(bid, ask)| bid.0 >= ask.0);
    prop_assert!(!crossed);
    let mut commission: BTreeMap<String, Fixed> = BTreeMap::new();
    for account in 1..4 {
        for order in engine.orders_of(account, SYMBOL, 0) {
            let fills = engine.fills_of_order(order);
            prop_assert_eq!(
                order.executed,
                fills.iter().map(|fill| fill.quantity).sum::<Fixed>()
            );
            prop_assert!(order.executed + order.prevented <= order.quantity);
            let rests = order.status.is_open() && order.working_us.is_some();
            let resting = book.get(order.id);
            prop_assert_eq!(resting.is_some(), rests);
            if let Some(resting) = resting {
                prop_assert_eq!(resting.open, order.open_quantity());
            }
            for fill in fills {
                *commission.entry(fill.commission_asset.clone()).or_default() += fill.commission;
            }
        }
    }
    // Nothing comes from nowhere: what is missing in the accounts was paid as commission.
    for (asset, amount) in [("AAA", 300), ("BBB", 30_000)] {
        let held: Fixed = (1..4)
            .map(|account| {
                let balance = engine.account(account).balances[asset];
                balance.free + balance.locked
            })
            .sum();
        let paid = commission.get(asset).copied().unwrap_or_default();
        prop_assert_eq!(held + paid, Fixed::whole(amount));
    }
    Ok(())
}

#[test]
fn open_orders_are_counted_as_they_come_and_go() {
    let listed = Symbol {
        max_orders: 2,
        max_algo_orders: 1,
        ..symbol()
    };
    let endowment = [("AAA", 100), ("BBB", 10_000)];
    let endowment = endowment.map(|(asset, amount)| (asset.to_owned(), Fixed::whole(amount)));
    let mut engine = Engine::new(vec![listed], BTreeMap::from(endowment));
    let waiting = stop(Side::Sell, OrderType::StopLoss, 50, 1);
    let first = engine.place(1, &waiting, 1).unwrap();
    let refused = engine.place(1, &waiting, 2).unwrap_err();
    assert_eq!(refused.message, "Filter failure: MAX_NUM_ALGO_ORDERS");
    engine.place(1, &limit(Side::Buy, 90, 1), 3).unwrap();
    let refused = engine.place(1, &limit(Side::Buy, 90, 1), 4).unwrap_err();
    assert_eq!(refused.message, "Filter failure: MAX_NUM_ORDERS");
    // Another account has its own.
    engine.place(2, &limit(Side::Sell, 90, 1), 5).unwrap();
    engine.place(1, &limit(Side::Buy, 90, 1), 6).unwrap();
    let order = OrderRef {
        id: Some(first),
        ..OrderRef::default()
    };
    engine.cancel(1, SYMBOL, &order, None, "x", 7).unwrap();
    engine.place(1, &waiting, 8).unwrap();
}
