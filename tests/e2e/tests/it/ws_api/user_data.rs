//! The account's events, typed.

use std::time::Duration;

use binance_wire_core::{Nullable, dec};
use binance_wire_e2e::{
    RESTING, every_key_type, frames_of, hmac, logged_on, next, next_event, rest_client, resting_order, seen,
    signing,
};
use binance_wire_sandbox::{Exchange, Fault};
use binance_wire_spot::models::{ExecutionReport, UserDataEvent};
use binance_wire_spot::user_data::{GapCause, UserDataItem, user_data};
use binance_wire_spot::ws_api::{EventStream, GapReason, StreamItem};
use binance_wire_spot::{ExecutionType, OrderRejectReason, OrderStatus, OrderType, Side};
use serde_json::json;

async fn report(events: &mut EventStream<UserDataEvent>) -> ExecutionReport {
    match next_event(events).await {
        UserDataEvent::ExecutionReport(report) => report,
        other => panic!("a report was expected, not {other:?}"),
    }
}

/// The free and the locked amount of an asset, from the next event.
async fn position(events: &mut EventStream<UserDataEvent>, asset: &str) -> [binance_wire_core::Decimal; 2] {
    match next_event(events).await {
        UserDataEvent::OutboundAccountPosition(position) => {
            let found = position.balances.iter().find(|balance| balance.asset == asset);
            found
                .map(|balance| [balance.free, balance.locked])
                .expect("the asset's balance")
        }
        other => panic!("balances were expected, not {other:?}"),
    }
}

/// What an order's life looks like, whatever the subscription was made with.
async fn follow_an_order(exchange: &Exchange, events: &mut EventStream<UserDataEvent>, id: &str) {
    let rest = rest_client(exchange, hmac());
    let placed = rest.send(&resting_order(id)).await.expect("placed");
    let new = report(events).await;
    assert_eq!(
        (new.execution_type, new.order_status),
        (ExecutionType::New, OrderStatus::New)
    );
    assert_eq!(
        (new.symbol.as_str(), new.client_order_id.as_str()),
        ("BTCUSDT", id)
    );
    assert_eq!(
        (new.order_id, new.side, new.order_type),
        (placed.order_id(), Side::Buy, OrderType::Limit)
    );
    assert_eq!(
        (new.price, new.orig_qty, new.executed_qty),
        (RESTING, dec!(0.01), dec!(0))
    );
    assert_eq!(new.reject_reason, Some(OrderRejectReason::None));
    assert!(new.is_working && new.working_time.is_some());
    let [free, locked] = position(events, "USDT").await;
    assert_eq!(locked, dec!(510));

    rest.cancel_order("BTCUSDT")
        .orig_client_order_id(id)
        .send()
        .await
        .expect("canceled");
    let canceled = report(events).await;
    assert_eq!(
        (canceled.execution_type, canceled.order_status),
        (ExecutionType::Canceled, OrderStatus::Canceled)
    );
    // After a cancellation the order's own id is the original one.
    assert_eq!(canceled.orig_client_order_id.as_deref(), Some(id));
    assert_eq!(position(events, "USDT").await, [free + dec!(510), dec!(0)]);
}

#[tokio::test]
async fn events_by_the_session() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let mut events = client.user_data().await.expect("subscribed");
    follow_an_order(&exchange, &mut events, "by-session").await;
    assert_eq!(frames_of(&exchange, "userDataStream.subscribe").len(), 1);
    // Orders placed on the same connection are told as well.
    client
        .send(&resting_order("same-connection"))
        .await
        .expect("placed");
    assert_eq!(report(&mut events).await.client_order_id, "same-connection");
}

#[tokio::test]
async fn events_by_a_signature_of_each_key_type() {
    let exchange = Exchange::start();
    for (name, credentials) in every_key_type() {
        let client = signing(&exchange, credentials).await;
        let mut events = client
            .user_data()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        follow_an_order(&exchange, &mut events, &format!("signed-{name}")).await;
    }
    assert_eq!(
        frames_of(&exchange, "userDataStream.subscribe.signature").len(),
        3
    );
    assert!(frames_of(&exchange, "userDataStream.subscribe").is_empty());
}

#[tokio::test]
async fn a_fill_is_reported_with_its_price_and_commission() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let mut events = client.user_data().await.expect("subscribed");
    let order = client
        .new_order("BTCUSDT", Side::Buy, OrderType::Market)
        .quantity(dec!(0.01));
    let filled = order.send().await.expect("filled");
    assert_eq!(report(&mut events).await.execution_type, ExecutionType::New);
    let trade = report(&mut events).await;
    assert_eq!(
        (trade.execution_type, trade.order_id),
        (ExecutionType::Trade, filled.order_id())
    );
    assert!(trade.last_executed_price > dec!(51000) && trade.trade_id > Some(0) && !trade.is_maker);
    assert_eq!(
        trade.last_quote_qty,
        trade.last_executed_qty * trade.last_executed_price
    );
    assert!(matches!(trade.commission_asset, Some(Nullable::Value(_))));
}

#[tokio::test]
async fn other_events_are_typed_and_unknown_ones_kept() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let mut events = client.user_data().await.expect("subscribed");
    let deposit = json!({ "e": "balanceUpdate", "E": 1, "a": "BTC", "d": "-1.50000000", "T": 2 });
    assert_eq!(exchange.push_user_event(1, &deposit), 1);
    let UserDataEvent::BalanceUpdate(update) = next_event(&mut events).await else {
        panic!("a balance update")
    };
    assert_eq!(update.asset, "BTC");

    let novelty = json!({ "e": "novelty", "E": 1, "deep": { "list": [1, "2.50"] } });
    exchange.push_user_event(1, &novelty);
    let UserDataEvent::Unrecognized(raw) = next_event(&mut events).await else {
        panic!("an unknown event is kept")
    };
    let kept: serde_json::Value = serde_json::from_str(raw.as_str()).expect("JSON");
    assert_eq!(kept, novelty);

    // A known event that lacks a field is told with its bytes, and the stream goes on.
    exchange.push_user_event(1, &json!({ "e": "balanceUpdate", "E": 1 }));
    match next(&mut events).await {
        StreamItem::Undecodable { error, frame } => {
            assert!(error.to_string().contains("missing"), "{error}");
            assert!(frame.starts_with(b"{") && String::from_utf8_lossy(&frame).contains("balanceUpdate"));
        }
        other => panic!("{other:?}"),
    }
    exchange.push_user_event(1, &deposit);
    assert!(matches!(
        next_event(&mut events).await,
        UserDataEvent::BalanceUpdate(_)
    ));
}

#[tokio::test]
async fn a_subscription_comes_back_after_a_loss_and_says_so() {
    let exchange = Exchange::start();
    let clients = [logged_on(&exchange).await, signing(&exchange, hmac()).await];
    for (number, client) in clients.iter().enumerate() {
        let mut events = client.user_data().await.expect("subscribed");
        exchange.cut_websockets();
        let gap = next(&mut events).await;
        assert!(
            matches!(
                gap,
                StreamItem::Gap {
                    reason: GapReason::Broken(_) | GapReason::Closed { .. },
                    ..
                }
            ),
            "{gap:?}"
        );
        assert_eq!(
            next(&mut events).await,
            StreamItem::Reconnected { streams: Vec::new() }
        );
        follow_an_order(&exchange, &mut events, &format!("after-{number}")).await;
    }
}

#[tokio::test]
async fn a_shutdown_that_is_announced_leaves_no_gap() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let mut events = client.user_data().await.expect("subscribed");
    exchange.inject(Fault::ServerShutdown);
    assert_eq!(next(&mut events).await, StreamItem::ServerShutdown);
    assert_eq!(next(&mut events).await, StreamItem::Replaced);
    follow_an_order(&exchange, &mut events, "after-shutdown").await;
}

#[tokio::test]
async fn the_end_of_a_subscription_is_reported() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let mut events = client.user_data().await.expect("subscribed");
    exchange.push_user_event(1, &json!({ "e": "eventStreamTerminated", "E": 1 }));
    assert!(matches!(
        next_event(&mut events).await,
        UserDataEvent::EventStreamTerminated(_)
    ));
    assert!(matches!(next(&mut events).await, StreamItem::Terminated { .. }));
    assert_eq!(binance_wire_e2e::within("the end", events.next()).await, None);
}

#[tokio::test]
async fn dropping_the_events_unsubscribes_and_the_client_goes_on() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    drop(client.user_data().await.expect("subscribed"));
    seen(&exchange, "the unsubscription", |exchange| {
        frames_of(exchange, "userDataStream.unsubscribe").len() == 1
    })
    .await;
    client.send(&resting_order("mine")).await.expect("placed");
    // The place is free again.
    let mut events = client.user_data().await.expect("subscribed anew");
    client
        .cancel_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await
        .expect("canceled");
    assert_eq!(report(&mut events).await.execution_type, ExecutionType::Canceled);
}

#[tokio::test]
async fn with_snapshots_it_ends_with_its_client() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let mut events = user_data(&client).connect().await.expect("connected");
    assert!(matches!(events.next().await, Some(UserDataItem::Snapshot(_))));
    client
        .send(&resting_order("before-the-end"))
        .await
        .expect("placed");
    let is_report =
        |item: &UserDataItem<_>| matches!(item, UserDataItem::Event(UserDataEvent::ExecutionReport(_)));
    while !is_report(&events.next().await.expect("a report comes")) {}
    assert!(client.shutdown(Duration::from_secs(60)).await);
    let mut last = None;
    while let Some(item) = events.next().await {
        last = Some(item);
    }
    assert!(
        matches!(last, Some(UserDataItem::Gap(GapCause::Ended { .. }))),
        "{last:?}"
    );
    assert!(client.time().send().await.expect_err("closed").is_shut_down());
}
