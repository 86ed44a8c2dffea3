//! User data with snapshots, over the WebSocket API.

use std::collections::BTreeMap;

use binance_wire_core::dec;
use binance_wire_e2e::{hmac, logged_on, rest_client, resting_order, signing, within};
use binance_wire_sandbox::{Exchange, Fault, keys};
use binance_wire_signing::Credentials;
use binance_wire_spot::models::UserDataEvent;
use binance_wire_spot::user_data::{GapCause, Snapshot, UserDataItem, UserDataSource};
use binance_wire_spot::{ExecutionType, OrderStatus, OrderType, Side, UserData, rest, user_data, ws_api};
use serde_json::json;

type Item = UserDataItem<UserDataSource>;

async fn item(events: &mut UserData) -> Item {
    within("an item of user data", events.next())
        .await
        .expect("it has no end")
}

/// The items up to the next snapshot, and the snapshot.
async fn snapshot(events: &mut UserData) -> (Vec<Item>, Snapshot<UserDataSource>) {
    let mut before = Vec::new();
    loop {
        match item(events).await {
            UserDataItem::Snapshot(snapshot) => return (before, *snapshot),
            other => before.push(other),
        }
    }
}

/// The type of the next report of an order.
async fn report(events: &mut UserData) -> (i64, ExecutionType) {
    loop {
        if let UserDataItem::Event(UserDataEvent::ExecutionReport(report)) = item(events).await {
            return (report.order_id, report.execution_type);
        }
    }
}

async fn buy(rest: &rest::Client, quantity: binance_wire_core::Decimal) -> i64 {
    let order = rest
        .new_order("BTCUSDT", Side::Buy, OrderType::Market)
        .quantity(quantity);
    order.send().await.expect("filled").order_id()
}

#[tokio::test]
async fn a_snapshot_comes_first_and_events_follow() {
    let exchange = Exchange::start();
    let rest = rest_client(&exchange, hmac());
    let open = rest
        .send(&resting_order("before"))
        .await
        .expect("placed")
        .order_id();
    buy(&rest, dec!(0.002)).await;
    let client = logged_on(&exchange).await;
    let mut events = user_data(&client).connect().await.expect("connected");
    let (before, first) = snapshot(&mut events).await;
    assert!(before.is_empty(), "{before:?}");
    let orders: Vec<i64> = first.open_orders.iter().map(|order| order.order_id).collect();
    assert_eq!(orders, [open]);
    assert!(first.trades.is_empty() && first.closed_orders.is_empty() && first.doubts.is_empty());
    let balance = first
        .account
        .balances
        .iter()
        .find(|balance| balance.asset == "USDT")
        .expect("USDT");
    assert_eq!(balance.locked, dec!(510));
    let bought = buy(&rest, dec!(0.001)).await;
    assert_eq!(report(&mut events).await, (bought, ExecutionType::New));
    assert_eq!(report(&mut events).await, (bought, ExecutionType::Trade));
}

#[tokio::test]
async fn what_happened_in_a_gap_is_in_the_snapshot_or_in_events_and_never_in_both() {
    let exchange = Exchange::start();
    let rest = rest_client(&exchange, hmac());
    let client = logged_on(&exchange).await;
    let open = rest
        .send(&resting_order("open"))
        .await
        .expect("placed")
        .order_id();
    // The symbol is known by its open order: fills of others of its orders are found, too.
    let mut events = user_data(&client).connect().await.expect("connected");
    snapshot(&mut events).await;
    exchange.cut_websockets();
    let bought = buy(&rest, dec!(0.002)).await;
    rest.cancel_order("BTCUSDT")
        .order_id(open)
        .send()
        .await
        .expect("canceled");
    let (before, second) = snapshot(&mut events).await;
    let lost = |item: &Item| matches!(item, UserDataItem::Gap(GapCause::Lost(_)));
    assert!(before.iter().any(lost), "{before:?}");
    let last = buy(&rest, dec!(0.001)).await;
    let mut fills: BTreeMap<i64, usize> = BTreeMap::new();
    let mut states: BTreeMap<i64, OrderStatus> = BTreeMap::new();
    for order in second.open_orders.iter().chain(&second.closed_orders) {
        states.insert(order.order_id, order.status.clone());
    }
    for trade in &second.trades {
        *fills.entry(trade.order_id).or_default() += 1;
    }
    let mut reports = before;
    while !fills.contains_key(&last) {
        reports.push(item(&mut events).await);
        if let Some(UserDataItem::Event(UserDataEvent::ExecutionReport(report))) = reports.last()
            && report.execution_type == ExecutionType::Trade
        {
            *fills.entry(report.order_id).or_default() += 1;
        }
    }
    for report in reports {
        if let UserDataItem::Event(UserDataEvent::ExecutionReport(report)) = report {
            states.insert(report.order_id, report.order_status.clone());
        }
    }
    assert_eq!(fills, BTreeMap::from([(bought, 1), (last, 1)]));
    assert_eq!(states.get(&open), Some(&OrderStatus::Canceled));
    assert_eq!(states.get(&bought), Some(&OrderStatus::Filled));
    assert!(second.doubts.is_empty(), "{:?}", second.doubts);
}

#[tokio::test]
async fn an_announced_shutdown_is_followed_by_a_snapshot() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let mut events = user_data(&client).connect().await.expect("connected");
    snapshot(&mut events).await;
    exchange.inject(Fault::ServerShutdown);
    let (before, _) = snapshot(&mut events).await;
    assert!(
        matches!(
            before[..],
            [
                UserDataItem::ServerShutdown,
                UserDataItem::Gap(GapCause::Replaced)
            ]
        ),
        "{before:?}"
    );
    let bought = buy(&rest_client(&exchange, hmac()), dec!(0.001)).await;
    assert_eq!(report(&mut events).await, (bought, ExecutionType::New));
}

#[tokio::test]
async fn a_subscription_that_the_exchange_ends_is_opened_again() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let mut events = user_data(&client).connect().await.expect("connected");
    snapshot(&mut events).await;
    // The subscription was the session's; the next one is signed.
    client.transport().logout().await.expect("logged off");
    let (before, _) = snapshot(&mut events).await;
    let ended = |item: &Item| matches!(item, UserDataItem::Gap(GapCause::Ended { .. }));
    assert!(before.iter().any(ended), "{before:?}");
    let bought = buy(&rest_client(&exchange, hmac()), dec!(0.001)).await;
    assert_eq!(report(&mut events).await, (bought, ExecutionType::New));
}

#[tokio::test]
async fn a_frame_that_cannot_be_read_counts_as_a_gap() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let mut events = user_data(&client).connect().await.expect("connected");
    snapshot(&mut events).await;
    exchange.push_user_event(1, &json!({ "e": "executionReport", "E": 1 }));
    let (before, _) = snapshot(&mut events).await;
    assert!(
        matches!(
            before[..],
            [
                UserDataItem::Undecodable { .. },
                UserDataItem::Gap(GapCause::Undecodable)
            ]
        ),
        "{before:?}"
    );
}

#[tokio::test]
async fn two_accounts_share_a_connection() {
    let exchange = Exchange::start();
    let client = signing(&exchange, hmac()).await;
    let second = || Credentials::ed25519(keys::SECOND_API_KEY, keys::SECOND_PRIVATE_KEY_PEM).expect("a key");
    let other = ws_api::Client::from(client.transport().with_credentials(second()));
    let mut mine = user_data(&client).connect().await.expect("connected");
    let mut theirs = user_data(&other).connect().await.expect("connected");
    snapshot(&mut mine).await;
    snapshot(&mut theirs).await;
    let open = rest_client(&exchange, hmac())
        .send(&resting_order("mine"))
        .await
        .expect("placed")
        .order_id();
    let rest = rest_client(&exchange, second());
    let bought = buy(&rest, dec!(0.001)).await;
    assert_eq!(report(&mut mine).await, (open, ExecutionType::New));
    assert_eq!(report(&mut theirs).await, (bought, ExecutionType::New));
    assert_eq!(report(&mut theirs).await, (bought, ExecutionType::Trade));
    // Each snapshot is that of its account.
    exchange.cut_websockets();
    let (_, mine) = snapshot(&mut mine).await;
    let (_, theirs) = snapshot(&mut theirs).await;
    let open_orders: Vec<i64> = mine.open_orders.iter().map(|order| order.order_id).collect();
    assert_eq!(open_orders, [open]);
    assert!(theirs.open_orders.is_empty());
}
