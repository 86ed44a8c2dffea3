//! User data, from the key or token on: REST and WebSocket servers of the test's own, and the generated functions
//! between them.

use std::time::Duration;

use binance_wire::margin::models::TradeDataEvent;
use binance_wire::usds_futures::models::UserDataEvent;
use binance_wire::usds_futures::streams::{EventStream, GapReason, ReconnectPolicy, StreamItem};
use binance_wire::{margin, usds_futures};
use binance_wire_products_tests::http::{Action, Server as Rest};
use binance_wire_products_tests::ws::Server;
use binance_wire_products_tests::{API_KEY, within};
use serde_json::json;

use super::client;

const PATH: &str = "/fapi/v1/listenKey";

fn policy() -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    policy
}

async fn next<M: Send + 'static>(events: &mut EventStream<M>) -> StreamItem<M> {
    within("an item", events.next())
        .await
        .expect("the stream goes on")
}

/// Gives out key after key, and keeps the last one alive.
async fn desk() -> Rest {
    let keys = std::sync::atomic::AtomicUsize::new(0);
    Rest::start(move |_, request| {
        use std::sync::atomic::Ordering::SeqCst;
        let key = match request.method.as_str() {
            "POST" => keys.fetch_add(1, SeqCst) + 1,
            "PUT" => keys.load(SeqCst),
            _ => return Action::ok("{}"),
        };
        Action::ok(format!(r#"{{"listenKey":"key{key}"}}"#))
    })
    .await
}

/// Waits until a request of a method has come in.
async fn asked(desk: &Rest, method: &str, times: usize) {
    let enough = async {
        while desk
            .requests()
            .iter()
            .filter(|request| request.method == method)
            .count()
            < times
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    within(method, enough).await;
}

#[tokio::test]
async fn the_life_of_a_listen_key() {
    let (desk, mut server) = (desk().await, Server::start().await);
    let client = client!(usds_futures, &desk);
    let mut events = usds_futures::streams::user_data_at([&server.url], &client)
        .events(["ORDER_TRADE_UPDATE", "listenKeyExpired"])
        .close_key(true)
        .reconnect(policy())
        .connect()
        .await
        .expect("connected");
    let mut peer = server.peer().await;
    assert_eq!(
        peer.target,
        "/private/ws?listenKey=key1&events=ORDER_TRADE_UPDATE/listenKeyExpired"
    );
    // A known event, one that is not known yet, and the end of the key.
    peer.text(
        r#"{"e":"ACCOUNT_CONFIG_UPDATE","E":1611646737479,"T":1611646737476,"ac":{"s":"BTCUSDT","l":25}}"#,
    )
    .await;
    let item = next(&mut events).await;
    assert!(
        matches!(item, StreamItem::Event(UserDataEvent::AccountConfigUpdate(_))),
        "{item:?}"
    );
    let unknown = r#"{"e":"SOMETHING_NEW","E":1,"x":{"y":[1e400]}}"#;
    peer.text(unknown).await;
    let item = next(&mut events).await;
    assert!(
        matches!(&item, StreamItem::Event(UserDataEvent::Unrecognized(raw)) if raw.as_str() == unknown),
        "{item:?}"
    );
    peer.text(r#"{"e":"listenKeyExpired","E":1736996475556,"listenKey":"key1"}"#)
        .await;
    let item = next(&mut events).await;
    assert!(
        matches!(item, StreamItem::Event(UserDataEvent::ListenKeyExpired(_))),
        "{item:?}"
    );
    let item = next(&mut events).await;
    assert!(
        matches!(
            item,
            StreamItem::Gap {
                reason: GapReason::KeyExpired,
                ..
            }
        ),
        "{item:?}"
    );
    let mut new = server.peer().await;
    assert!(new.target.contains("listenKey=key2&"), "{}", new.target);
    assert!(matches!(next(&mut events).await, StreamItem::Reconnected { .. }));
    peer.closed().await;
    // The key goes with the stream, for that was asked for.
    drop(events);
    new.closed().await;
    asked(&desk, "DELETE", 1).await;
    for request in desk.requests() {
        assert_eq!(request.target, PATH, "a key alone, no signature");
        assert_eq!(request.header("x-mbx-apikey"), Some(API_KEY));
        assert_eq!(request.body, "");
    }
}

#[tokio::test]
async fn a_key_is_kept_alive() {
    let (desk, mut server) = (desk().await, Server::start().await);
    let client = client!(usds_futures, &desk);
    let mut events = usds_futures::streams::user_data_at([&server.url], &client)
        .key_life(Duration::from_millis(200))
        .reconnect(policy())
        .connect()
        .await
        .expect("connected");
    let mut peer = server.peer().await;
    assert_eq!(peer.target, "/private/ws?listenKey=key1");
    asked(&desk, "PUT", 3).await;
    // It is the same key still, on the same connection.
    peer.text(r#"{"e":"X"}"#).await;
    assert!(matches!(next(&mut events).await, StreamItem::Event(_)));
    assert!(!server.has_peer());
}

#[tokio::test]
async fn a_listen_token_of_margin_subscribes_over_the_websocket_api() {
    let desk = Rest::answering(r#"{"token":"token-1","expirationTime":4102444800000}"#).await;
    let mut server = Server::start().await;
    let client = client!(margin, &desk);
    let request = margin::requests::CreateListenToken::new()
        .symbol("BTCUSDT")
        .is_isolated(true);
    let connecting = tokio::spawn(
        margin::streams::trade_data_at([server.url.clone()], &client, request)
            .reconnect(policy())
            .connect(),
    );
    let mut peer = server.peer().await;
    let subscription = peer.request().await;
    assert_eq!(subscription["method"], "userDataStream.subscribe.listenToken");
    assert_eq!(subscription["params"], json!({"listenToken": "token-1"}));
    peer.answer(
        &subscription,
        json!({"subscriptionId": 1, "expirationTime": 4_102_444_800_000_i64}),
    )
    .await;
    let connected = within("connecting", connecting).await.expect("no panic");
    let mut events = connected.expect("connected");
    peer.text(r#"{"subscriptionId":1,"event":{"e":"balanceUpdate","E":1573200697110,"a":"BTC","d":"100.00000000","T":1573200697068}}"#)
        .await;
    let StreamItem::Event(TradeDataEvent::BalanceUpdate(change)) = next(&mut events).await else {
        panic!("no change of a balance");
    };
    assert_eq!(
        change.balance_delta.map(|delta| delta.to_string()).as_deref(),
        Some("100.00000000")
    );
    let asked = desk.request();
    assert_eq!(
        (asked.method.as_str(), asked.path()),
        ("POST", "/sapi/v1/userListenToken")
    );
    let sent = if asked.body.is_empty() {
        asked.query()
    } else {
        &asked.body
    };
    assert_eq!(
        sent, "symbol=BTCUSDT&isIsolated=true",
        "a key alone, no signature"
    );
    assert_eq!(asked.header("x-mbx-apikey"), Some(API_KEY));
}
