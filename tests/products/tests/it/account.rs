//! User data with snapshots of a product with a listen key: what is fetched over REST when events may be missing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use binance_wire::usds_futures;
use binance_wire::usds_futures::models::UserDataEvent;
use binance_wire::usds_futures::streams::{GapReason, ReconnectPolicy};
use binance_wire::usds_futures::user_data::{Doubt, GapCause, Snapshot, UserDataItem, UserDataSource};
use binance_wire::usds_futures::{FuturesOrderStatus, UserData, dec};
use binance_wire_products_tests::http::{Action, Server as Rest};
use binance_wire_products_tests::within;
use binance_wire_products_tests::ws::{Peer, Server};
use serde_json::{Value, json};

use super::client;

type Item = UserDataItem<UserDataSource>;

/// The account, as REST tells of it.
#[derive(Default)]
struct Account {
    keys: usize,
    orders: Vec<Value>,
    trades: Vec<Value>,
    updated: i64,
    fails: usize,
}

type Shared = Arc<Mutex<Account>>;

fn order(id: i64, filled: &str, status: &str, at: i64) -> Value {
    json!({
        "symbol": "BTCUSDT", "orderId": id, "clientOrderId": format!("c{id}"), "side": "BUY", "positionSide": "BOTH",
        "origQty": "3", "executedQty": filled, "status": status, "updateTime": at,
    })
}

fn trade(id: i64, order: i64, quantity: &str, at: i64) -> Value {
    json!({
        "symbol": "BTCUSDT", "id": id, "orderId": order, "price": "50000", "qty": quantity, "side": "BUY",
        "positionSide": "BOTH", "time": at,
    })
}

fn report(id: i64, filled: &str, status: &str, fill: Option<(i64, &str)>, at: i64) -> String {
    let (trade, quantity) = fill.unwrap_or((0, "0"));
    json!({
        "e": "ORDER_TRADE_UPDATE", "E": at, "T": at, "o": {
            "s": "BTCUSDT", "c": format!("c{id}"), "S": "BUY", "x": if fill.is_some() { "TRADE" } else { "NEW" },
            "X": status, "i": id, "z": filled, "l": quantity, "t": trade, "T": at, "ps": "BOTH",
        }
    })
    .to_string()
}

/// The exchange's REST API over the account.
async fn desk(account: &Shared) -> Rest {
    let account = account.clone();
    Rest::start(move |_, request| {
        let mut account = account.lock().expect("no panic");
        let parameter = |name: &str| {
            let pair = request.query().split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            pair.and_then(|value| value.parse::<i64>().ok())
        };
        if request.path() != "/fapi/v1/listenKey" && account.fails > 0 {
            account.fails -= 1;
            return Action::Reply(503, Vec::new(), "busy".into());
        }
        let answer = match request.path() {
            "/fapi/v1/listenKey" => {
                account.keys += usize::from(request.method == "POST");
                json!({ "listenKey": format!("key{}", account.keys) })
            }
            "/fapi/v3/account" => json!({
                "totalWalletBalance": "1000", "assets": [{"asset": "USDT", "walletBalance": "1000", "updateTime": account.updated}],
                "positions": [],
            }),
            "/fapi/v1/openOrders" => {
                let open = |order: &&Value| order["status"] == "NEW" || order["status"] == "PARTIALLY_FILLED";
                Value::Array(account.orders.iter().filter(open).cloned().collect())
            }
            "/fapi/v1/order" => {
                let id = parameter("orderId");
                match account.orders.iter().find(|order| order["orderId"].as_i64() == id) {
                    Some(order) => order.clone(),
                    None => {
                        let body = r#"{"code":-2013,"msg":"Order does not exist."}"#;
                        return Action::Reply(400, Vec::new(), body.into());
                    }
                }
            }
            "/fapi/v1/userTrades" => {
                let from = parameter("fromId").unwrap_or(0);
                let from_on = |trade: &&Value| trade["id"].as_i64() >= Some(from);
                Value::Array(account.trades.iter().filter(from_on).cloned().collect())
            }
            other => panic!("{other} is not fetched"),
        };
        Action::ok(answer.to_string())
    })
    .await
}

async fn connected(rest: &Rest, server: &mut Server) -> (UserData, Peer) {
    let client = client!(usds_futures, rest);
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    let events = usds_futures::streams::user_data_at([&server.url], &client)
        .reconnect(policy)
        .with_snapshots(UserDataSource::new(&client));
    let events = within("connecting", events.connect()).await.expect("connected");
    (events, server.peer().await)
}

async fn item(events: &mut UserData) -> Item {
    within("an item", events.next()).await.expect("it has no end")
}

async fn snapshot(events: &mut UserData) -> (Vec<Item>, Snapshot<UserDataSource>) {
    let mut before = Vec::new();
    loop {
        match item(events).await {
            UserDataItem::Snapshot(snapshot) => return (before, *snapshot),
            other => before.push(other),
        }
    }
}

fn trade_ids(snapshot: &Snapshot<UserDataSource>) -> Vec<i64> {
    snapshot.trades.iter().map(|trade| trade.id).collect()
}

#[tokio::test]
async fn a_key_that_expires_costs_a_snapshot_and_no_fill() {
    let account = Shared::default();
    {
        let mut account = account.lock().expect("no panic");
        account.orders = vec![
            order(1, "1", "PARTIALLY_FILLED", 1000),
            order(2, "0", "NEW", 1000),
        ];
        account.trades = vec![trade(10, 1, "1", 1000)];
        account.updated = 1000;
    }
    let (rest, mut server) = (desk(&account).await, Server::start().await);
    let (mut events, mut peer) = connected(&rest, &mut server).await;
    let (_, first) = snapshot(&mut events).await;
    assert_eq!(first.open_orders.len(), 2);
    assert!(first.trades.is_empty(), "what was before it is in its orders");

    // A fill that is told, and one that is not.
    {
        let mut account = account.lock().expect("no panic");
        account.orders = vec![order(1, "3", "FILLED", 1200), order(2, "0", "CANCELED", 1200)];
        account
            .trades
            .extend([trade(11, 1, "1", 1100), trade(12, 1, "1", 1200)]);
        account.updated = 1200;
    }
    peer.text(report(1, "2", "PARTIALLY_FILLED", Some((11, "1")), 1100))
        .await;
    assert!(matches!(
        item(&mut events).await,
        UserDataItem::Event(UserDataEvent::OrderTradeUpdate(_))
    ));
    peer.text(r#"{"e":"listenKeyExpired","E":1200,"listenKey":"key1"}"#)
        .await;
    let mut next = server.peer().await;
    assert!(next.target.contains("listenKey=key2"), "{}", next.target);
    let (before, second) = snapshot(&mut events).await;
    let expired = |item: &Item| matches!(item, UserDataItem::Gap(GapCause::Lost(GapReason::KeyExpired)));
    assert!(before.iter().any(expired), "{before:?}");
    assert_eq!(trade_ids(&second), [12], "the fill that no event told of");
    let closed: Vec<_> = second
        .closed_orders
        .iter()
        .map(|order| (order.order_id, order.status.clone()))
        .collect();
    assert_eq!(
        closed,
        [(1, FuturesOrderStatus::Filled), (2, FuturesOrderStatus::Canceled)]
    );
    assert!(second.open_orders.is_empty() && second.doubts.is_empty());

    // The fill again, and the next order: the one is known, the other is not.
    next.text(report(1, "3", "FILLED", Some((12, "1")), 1200)).await;
    next.text(report(3, "0", "NEW", None, 1300)).await;
    let UserDataItem::Event(UserDataEvent::OrderTradeUpdate(update)) = item(&mut events).await else {
        panic!("no event");
    };
    assert_eq!(update.order.order_id, 3);
}

#[tokio::test]
async fn an_order_that_only_trades_know_is_looked_up() {
    let account = Shared::default();
    account.lock().expect("no panic").orders = vec![order(1, "0", "NEW", 1000)];
    let (rest, mut server) = (desk(&account).await, Server::start().await);
    let (mut events, peer) = connected(&rest, &mut server).await;
    snapshot(&mut events).await;
    {
        let mut account = account.lock().expect("no panic");
        account.orders.push(order(2, "3", "FILLED", 1100));
        account.trades = vec![trade(10, 2, "3", 1100)];
    }
    drop(peer);
    let _next = server.peer().await;
    let (_, second) = snapshot(&mut events).await;
    assert_eq!(trade_ids(&second), [10]);
    assert_eq!(second.closed_orders[0].order_id, 2);
    assert_eq!(second.open_orders[0].order_id, 1);
}

#[tokio::test]
async fn a_snapshot_that_fails_is_tried_again_and_says_so() {
    let account = Shared::default();
    let (rest, mut server) = (desk(&account).await, Server::start().await);
    let (mut events, peer) = connected(&rest, &mut server).await;
    snapshot(&mut events).await;
    // More often than the REST client repeats a read by itself.
    account.lock().expect("no panic").fails = 8;
    drop(peer);
    let _next = server.peer().await;
    let (before, _) = snapshot(&mut events).await;
    let failed = |item: &Item| matches!(item, UserDataItem::SnapshotFailed { .. });
    assert!(before.iter().any(failed), "{before:?}");
}

#[tokio::test]
async fn without_a_first_snapshot_there_is_no_stream() {
    let account = Shared::default();
    account.lock().expect("no panic").fails = usize::MAX;
    let (rest, server) = (desk(&account).await, Server::start().await);
    let client = client!(usds_futures, &rest);
    let events = usds_futures::user_data::user_data_at([&server.url], &client).connect();
    let error = within("connecting", events).await.expect_err("no snapshot");
    assert!(
        matches!(error, usds_futures::Error::Server { status: 503, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn an_order_that_is_gone_is_a_doubt() {
    let account = Shared::default();
    account.lock().expect("no panic").orders = vec![order(1, "0", "NEW", 1000)];
    let (rest, mut server) = (desk(&account).await, Server::start().await);
    let (mut events, peer) = connected(&rest, &mut server).await;
    snapshot(&mut events).await;
    account.lock().expect("no panic").orders.clear();
    drop(peer);
    let _next = server.peer().await;
    let (_, second) = snapshot(&mut events).await;
    assert!(
        matches!(&second.doubts[..], [Doubt::OrderUnknown(order)] if order.id == 1),
        "{:?}",
        second.doubts
    );
}

#[tokio::test]
async fn a_fill_without_a_trade_is_a_doubt_until_its_event_comes() {
    let account = Shared::default();
    account.lock().expect("no panic").orders = vec![order(1, "0", "NEW", 1000)];
    let (rest, mut server) = (desk(&account).await, Server::start().await);
    let (mut events, peer) = connected(&rest, &mut server).await;
    snapshot(&mut events).await;
    account.lock().expect("no panic").orders = vec![order(1, "1", "PARTIALLY_FILLED", 1100)];
    drop(peer);
    let mut next = server.peer().await;
    let (_, second) = snapshot(&mut events).await;
    let [Doubt::Unexplained { order, quantity }] = &second.doubts[..] else {
        panic!("{:?}", second.doubts);
    };
    assert_eq!((order.id, *quantity), (1, dec!(1)));
    next.text(report(1, "1", "PARTIALLY_FILLED", Some((10, "1")), 1100))
        .await;
    assert!(matches!(item(&mut events).await, UserDataItem::Event(_)));
}
