//! Order types, times in force, self-trade prevention, modification, and the codes of refusals.

use binance_wire_sandbox_engine::futures::{
    AccountEvent, AlgoStatus, Event, Execution, NewOrder, OrderChange, OrderType, Prevention, PriceMatch,
    Side, Status, TimeInForce, Trigger, Working,
};

use crate::common::{ALICE, BOB, LINEAR, START_US, amount, code, exchange, fixed, limit, market, trade};

fn with(time_in_force: TimeInForce, order: NewOrder) -> NewOrder {
    NewOrder {
        time_in_force,
        ..order
    }
}

#[test]
fn times_in_force() {
    let mut futures = exchange();
    futures.place(BOB, limit(Side::Sell, "0.1", "50000")).unwrap();
    assert_eq!(
        code(futures.place(ALICE, with(TimeInForce::Gtx, limit(Side::Buy, "0.1", "50000")))),
        -5022
    );
    assert_eq!(
        code(futures.place(ALICE, with(TimeInForce::Fok, limit(Side::Buy, "0.2", "50000")))),
        -5021
    );
    let posted = futures
        .place(ALICE, with(TimeInForce::Gtx, limit(Side::Buy, "0.1", "49999.9")))
        .unwrap();
    assert_eq!(posted.status, Status::New);
    let taken = futures
        .place(ALICE, with(TimeInForce::Ioc, limit(Side::Buy, "0.3", "50000")))
        .unwrap();
    assert_eq!((taken.status, taken.executed), (Status::Expired, fixed("0.1")));
    let dated = |us| NewOrder {
        good_till_us: Some(us),
        ..with(TimeInForce::Gtd, limit(Side::Buy, "0.1", "49000"))
    };
    assert_eq!(code(futures.place(ALICE, dated(START_US + 599_000_000))), -5040);
    let order = futures.place(ALICE, dated(START_US + 700_000_000)).unwrap();
    futures.advance(START_US + 699_999_999);
    assert_eq!(futures.order(order.id).unwrap().status, Status::New);
    futures.advance(START_US + 700_000_000);
    assert_eq!(futures.order(order.id).unwrap().status, Status::Canceled);
}

#[test]
fn an_empty_book_fills_no_market_order() {
    let mut futures = exchange();
    let order = futures.place(ALICE, market(Side::Buy, "0.1")).unwrap();
    assert_eq!((order.status, order.executed), (Status::Expired, fixed("0")));
    futures.place(BOB, limit(Side::Sell, "0.1", "56000")).unwrap();
    // More than 10 % above the mark price.
    assert_eq!(code(futures.place(ALICE, market(Side::Buy, "0.1"))), -4131);
}

#[test]
fn self_trades_are_prevented() {
    for (prevention, taker, maker) in [
        (Prevention::None, Status::Filled, Status::Filled),
        (Prevention::ExpireTaker, Status::ExpiredInMatch, Status::New),
        (Prevention::ExpireMaker, Status::New, Status::ExpiredInMatch),
        (
            Prevention::ExpireBoth,
            Status::ExpiredInMatch,
            Status::ExpiredInMatch,
        ),
    ] {
        let mut futures = exchange();
        let resting = futures.place(ALICE, limit(Side::Sell, "0.1", "50000")).unwrap();
        let order = NewOrder {
            prevention,
            ..limit(Side::Buy, "0.1", "50000")
        };
        let placed = futures.place(ALICE, order).unwrap();
        assert_eq!(
            (placed.status, futures.order(resting.id).unwrap().status),
            (taker, maker)
        );
        assert_eq!(amount(&futures, ALICE), fixed("0"));
    }
}

#[test]
fn filters_have_codes() {
    let mut futures = exchange();
    futures
        .place(
            ALICE,
            NewOrder {
                client_id: Some("a".to_owned()),
                ..limit(Side::Buy, "0.1", "49000")
            },
        )
        .unwrap();
    let same = NewOrder {
        client_id: Some("a".to_owned()),
        ..limit(Side::Buy, "0.1", "49000")
    };
    let matched = NewOrder {
        price_match: PriceMatch::Opponent,
        ..limit(Side::Buy, "0.1", "0")
    };
    for (order, expected) in [
        (same, -4116),
        (matched, -5041),
        (limit(Side::Buy, "0.1", "49000.05"), -4014),
        (limit(Side::Buy, "0.1", "0"), -4001),
        (limit(Side::Buy, "0.1", "0.01"), -4013),
        (limit(Side::Buy, "0.1", "1000001"), -4002),
        (limit(Side::Buy, "0.1", "55000.1"), -4016),
        (limit(Side::Sell, "0.1", "45000"), -4024),
        (limit(Side::Buy, "0", "50000"), -4003),
        (limit(Side::Buy, "0.0005", "50000"), -4004),
        (limit(Side::Buy, "0.0015", "50000"), -4023),
        (limit(Side::Buy, "200000", "50000"), -4005),
        (market(Side::Buy, "20000"), -4005),
        (
            NewOrder {
                contract: 9,
                ..market(Side::Buy, "1")
            },
            -1121,
        ),
    ] {
        assert_eq!(code(futures.place(ALICE, order.clone())), expected, "{order:?}");
        assert_eq!(code(futures.test(ALICE, order)), expected);
    }
    futures.set_index(LINEAR, fixed("4000"));
    assert_eq!(
        code(futures.place(ALICE, limit(Side::Buy, "0.001", "4000"))),
        -4164
    );
}

#[test]
fn prices_are_taken_from_the_book() {
    let mut futures = exchange();
    for (side, price) in [(Side::Sell, "50010"), (Side::Sell, "50020"), (Side::Buy, "49990")] {
        futures.place(BOB, limit(side, "0.1", price)).unwrap();
    }
    for (price_match, price, status) in [
        (PriceMatch::Queue, "49990", Status::New),
        (PriceMatch::Opponent, "50010", Status::Filled),
        // The book has fewer levels: the last one.
        (PriceMatch::Opponent5, "50020", Status::Filled),
    ] {
        let order = NewOrder {
            price_match,
            ..limit(Side::Buy, "0.1", "0")
        };
        let order = futures.place(ALICE, order).unwrap();
        assert_eq!((order.request.price, order.status), (fixed(price), status));
    }
}

#[test]
fn orders_are_modified() {
    let mut futures = exchange();
    let first = futures.place(ALICE, limit(Side::Buy, "0.1", "49000")).unwrap();
    let second = futures.place(BOB, limit(Side::Buy, "0.1", "49000")).unwrap();
    let change = |quantity: &str, price: &str| OrderChange {
        side: None,
        quantity: Some(fixed(quantity)),
        price: Some(fixed(price)),
        price_match: PriceMatch::None,
    };
    assert_eq!(
        code(futures.modify(ALICE, LINEAR, Some(first.id), None, change("0.1", "49000"))),
        -5027
    );
    assert_eq!(
        code(futures.modify(ALICE, LINEAR, Some(second.id), None, change("0.2", "49000"))),
        -2013
    );
    futures.take_events();
    futures
        .modify(ALICE, LINEAR, Some(first.id), None, change("0.2", "49000"))
        .unwrap();
    let amended = futures.take_events().into_iter().any(|event| {
        matches!(
            event,
            Event::Account {
                event: AccountEvent::Order {
                    execution: Execution::Amendment,
                    ..
                },
                ..
            }
        )
    });
    assert!(amended);
    // It lost its place to the other.
    futures.place(ALICE, limit(Side::Buy, "0.1", "48000")).unwrap();
    let sold = NewOrder {
        prevention: Prevention::None,
        ..market(Side::Sell, "0.15")
    };
    futures.place(ALICE, sold).unwrap();
    assert_eq!(futures.order(second.id).unwrap().status, Status::Filled);
    assert_eq!(futures.order(first.id).unwrap().executed, fixed("0.05"));
    // No more than what is filled.
    let ended = futures
        .modify(ALICE, LINEAR, Some(first.id), None, change("0.05", "49000"))
        .unwrap();
    assert_eq!(ended.status, Status::Canceled);
    assert_eq!(futures.amendments().count(), 1);
    assert_eq!(code(futures.cancel(ALICE, LINEAR, Some(first.id), None)), -2011);
}

#[test]
fn a_countdown_cancels() {
    let mut futures = exchange();
    let order = futures.place(ALICE, limit(Side::Buy, "0.1", "49000")).unwrap();
    futures.countdown(ALICE, LINEAR, 10_000);
    futures.advance(START_US + 9_000_000);
    futures.countdown(ALICE, LINEAR, 10_000);
    futures.advance(START_US + 18_000_000);
    assert!(futures.order(order.id).unwrap().is_open());
    futures.advance(START_US + 19_000_000);
    assert_eq!(futures.order(order.id).unwrap().status, Status::Canceled);
}

#[test]
fn conditional_orders_are_orders_of_their_own() {
    let mut futures = exchange();
    trade(&mut futures, Side::Buy, "0.1", "50000");
    let stop = |kind, price: &str| NewOrder {
        stop_price: Some(fixed(price)),
        close_position: true,
        ..NewOrder::new(LINEAR, Side::Sell, kind, fixed("0"))
    };
    assert_eq!(
        code(futures.place_algo(ALICE, stop(OrderType::StopMarket, "50000"))),
        -2021
    );
    let loss = futures
        .place_algo(ALICE, stop(OrderType::StopMarket, "49000"))
        .unwrap();
    let profit = futures
        .place_algo(ALICE, stop(OrderType::TakeProfitMarket, "51000"))
        .unwrap();
    assert_eq!((loss.status, profit.status), (AlgoStatus::New, AlgoStatus::New));
    for (side, price) in [(Side::Buy, "51000"), (Side::Sell, "51000.5")] {
        futures.place(BOB, limit(side, "1", price)).unwrap();
    }
    futures.take_events();
    futures
        .place(
            BOB,
            NewOrder {
                prevention: Prevention::None,
                ..market(Side::Sell, "0.1")
            },
        )
        .unwrap();
    let algo = futures.algo(profit.id).unwrap();
    assert_eq!(algo.status, AlgoStatus::Finished);
    let order = futures.order(algo.order.unwrap()).unwrap();
    assert_eq!(
        (order.status, order.executed, order.kind),
        (Status::Filled, fixed("0.1"), OrderType::Market)
    );
    assert_eq!(order.client_id, algo.client_id);
    assert_eq!(algo.outcome, Some((fixed("51000"), fixed("0.1"))));
    assert_eq!(amount(&futures, ALICE), fixed("0"));
    let seen: Vec<AlgoStatus> = futures
        .take_events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Account {
                event: AccountEvent::Algo(algo),
                ..
            } => Some(algo.status),
            _ => None,
        })
        .collect();
    assert_eq!(
        seen,
        [
            AlgoStatus::Triggering,
            AlgoStatus::Triggered,
            AlgoStatus::Finished
        ]
    );
    // The other finds nothing to close.
    futures.place(BOB, limit(Side::Buy, "0.1", "48990")).unwrap();
    futures.cancel_all(BOB, LINEAR);
    futures.place(BOB, limit(Side::Buy, "0.1", "48990")).unwrap();
    futures.place(ALICE, market(Side::Sell, "0.1")).unwrap();
    let algo = futures.algo(loss.id).unwrap();
    assert_eq!(algo.status, AlgoStatus::Rejected, "{algo:?}");
    assert_eq!(code(futures.cancel_algo(ALICE, Some(loss.id), None)), -2011);
}

#[test]
fn conditional_orders_wait_under_their_own_id() {
    let mut futures = exchange();
    let stop = NewOrder {
        stop_price: Some(fixed("51000")),
        working: Working::Mark,
        ..NewOrder {
            kind: OrderType::Stop,
            ..limit(Side::Buy, "0.1", "51100")
        }
    };
    let order = futures.place(ALICE, stop).unwrap();
    assert_eq!((order.kind, order.status), (OrderType::Stop, Status::New));
    // It takes no margin while it waits.
    assert_eq!(futures.available(ALICE, "USDT"), fixed("10000"));
    futures.set_index(LINEAR, fixed("51000"));
    let order = futures.order(order.id).unwrap();
    assert_eq!(
        (order.kind, order.request.kind),
        (OrderType::Limit, OrderType::Stop)
    );
    assert_eq!(
        futures.listings()[LINEAR].book.best(Side::Buy),
        Some((fixed("51100"), fixed("0.1")))
    );
}

#[test]
fn a_trailing_stop_follows_the_price() {
    let mut trigger = Trigger::Trailing {
        sells: true,
        activation: Some(fixed("51000")),
        callback: fixed("0.01"),
        extreme: None,
    };
    let prices = ["50000", "49000", "51000", "52000", "51500", "51480.1", "51480"];
    let triggered: Vec<bool> = prices.iter().map(|price| trigger.observe(fixed(price))).collect();
    assert_eq!(triggered, [false, false, false, false, false, false, true]);
}

#[test]
fn a_market_that_moves_makes_nobody_forget() {
    let mut futures = exchange();
    futures.remember(10);
    let order = futures.place(ALICE, limit(Side::Buy, "0.1", "49000")).unwrap();
    futures.cancel(ALICE, LINEAR, Some(order.id), None).unwrap();
    for step in 0..20 {
        let price = if step % 2 == 0 { "50000" } else { "50010" };
        futures.quote(LINEAR, fixed(price), 5, fixed("1"));
    }
    assert_eq!(futures.order(order.id).unwrap().status, Status::Canceled);
    assert_eq!(futures.listings()[LINEAR].book.levels(Side::Buy).count(), 5);
    // Of its own, the oldest is forgotten.
    for _ in 0..10 {
        let another = futures.place(ALICE, limit(Side::Buy, "0.1", "49000")).unwrap();
        futures.cancel(ALICE, LINEAR, Some(another.id), None).unwrap();
    }
    assert!(futures.order(order.id).is_none());
}
