//! The connection itself: replaced, closed, and made again.

use std::time::Duration;

use binance_wire_core::{Error, RawJson};
use binance_wire_websocket::{ReconnectPolicy, StreamItem};
use serde_json::json;

use super::operations::{
    Account, NOW, Place, Time, builder, connected, done, ed25519_credentials, event, hmac_credentials,
    logged_on, next, send,
};
use crate::common::{Server, within};

#[tokio::test]
async fn a_shutdown_announced_moves_to_a_new_connection_before_the_old_one_closes() {
    let mut server = Server::start().await;
    let (client, mut old) = logged_on(&mut server).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = old.request().await;
    old.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    let order = send(&client, Place(Some("on-the-old-one")));
    let order_request = old.request().await;

    old.text(r#"{"event":{"e":"serverShutdown","E":1770123456789}}"#)
        .await;
    assert_eq!(next(&mut events).await, StreamItem::ServerShutdown);
    let mut new = server.peer().await;
    let logon = new.request().await;
    assert_eq!(logon["method"], "session.logon");
    // Until the new one is ready the old one serves.
    let call = send(&client, Time(1));
    let request = old.request().await;
    old.answer(&request, json!(1)).await;
    done(call).await.unwrap();
    new.answer(&logon, json!({})).await;
    let request = new.request().await;
    new.answer(&request, json!({"subscriptionId": 7})).await;
    // From now on it serves.
    old.pinged().await;
    assert_eq!(next(&mut events).await, StreamItem::Replaced);
    let call = send(&client, Time(2));
    let request = new.request().await;
    new.answer(&request, json!(2)).await;
    done(call).await.unwrap();
    // What both connections send comes once.
    old.text(r#"{"subscriptionId":0,"event":{"e":"executionReport","i":1}}"#)
        .await;
    new.text(r#"{"subscriptionId":7,"event":{"e":"executionReport","i":1}}"#)
        .await;
    new.text(r#"{"subscriptionId":7,"event":{"e":"executionReport","i":2}}"#)
        .await;
    for number in [1, 2] {
        let report = format!(r#"{{"e":"executionReport","i":{number}}}"#);
        assert_eq!(next(&mut events).await, event(&report));
    }
    // What the old connection still owed is answered, then it is closed.
    old.answer(&order_request, json!({"orderId": 1})).await;
    assert_eq!(done(order).await.unwrap(), r#"{"orderId":1}"#);
    old.closed().await;
}

#[tokio::test]
async fn the_connection_lives_as_long_as_something_uses_it() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let task = tokio::spawn(async move { client.subscribe_user_data::<RawJson>().await });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    // Every handle is gone; the stream is not.
    peer.text(r#"{"subscriptionId":0,"event":{"n":1}}"#).await;
    assert_eq!(next(&mut events).await, event(r#"{"n":1}"#));
    drop(events);
    peer.closed().await;
}

#[tokio::test]
async fn closing_ends_everything() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let order = send(&client, Place(Some("mine")));
    peer.request().await;
    client.close().await;
    peer.closed().await;
    assert!(matches!(done(order).await, Err(Error::ExecutionUnknown { .. })));
    assert!(matches!(
        done(send(&client, Place(None))).await,
        Err(Error::Transport(_))
    ));
}

#[tokio::test]
async fn a_logon_limited_on_the_way_back_is_tried_again() {
    let mut server = Server::start().await;
    let (client, peer) = logged_on(&mut server).await;
    drop(peer);
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    peer.send_value(
        &json!({"id": logon["id"], "status": 429, "error": {"code": -1003, "msg": "slow",
        "data": {"serverTime": NOW, "retryAfter": NOW + 1}}}),
    )
    .await;
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    peer.answer(&logon, json!({})).await;
    let call = send(&client, Account);
    let request = peer.request().await;
    assert!(request["params"].get("signature").is_none());
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
}

/// A clock that is off, or a fault of the exchange, says nothing of the key.
#[tokio::test]
async fn only_a_refusal_of_the_key_ends_user_data_on_the_way_back() {
    let mut server = Server::start().await;
    let (client, mut peer) = logged_on(&mut server).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    drop(peer);
    assert!(matches!(next(&mut events).await, StreamItem::Gap { .. }));
    for code in [-1021, -1000] {
        let mut peer = server.peer().await;
        let logon = peer.request().await;
        peer.send_value(
            &json!({"id": logon["id"], "status": 400, "error": {"code": code, "msg": "not now"}}),
        )
        .await;
    }
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    peer.answer(&logon, json!({})).await;
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 3})).await;
    assert!(matches!(next(&mut events).await, StreamItem::Reconnected { .. }));
    drop(peer);
    assert!(matches!(next(&mut events).await, StreamItem::Gap { .. }));
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    peer.send_value(
        &json!({"id": logon["id"], "status": 401, "error": {"code": -2015, "msg": "no such key"}}),
    )
    .await;
    assert!(matches!(next(&mut events).await, StreamItem::Terminated { .. }));
}

/// A session that was logged on while its connection was being replaced is logged on again on the new one.
#[tokio::test]
async fn a_logon_answered_on_a_replaced_connection_follows_to_the_new_one() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(ed25519_credentials());
    let (client, mut old) = connected(&mut server, builder).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.logon().await }
    });
    let logon = old.request().await;
    assert_eq!(logon["method"], "session.logon");
    old.text(r#"{"event":{"e":"serverShutdown","E":1}}"#).await;
    let mut new = server.peer().await;
    // Once the new connection answers, it is the one in use.
    loop {
        let call = send(&client, Time(1));
        let mut asked = false;
        tokio::select! {
            request = old.request() => old.answer(&request, json!(1)).await,
            request = new.request() => {
                asked = true;
                new.answer(&request, json!(1)).await;
            }
        }
        done(call).await.unwrap();
        if asked {
            break;
        }
    }
    old.answer(&logon, json!({})).await;
    let again = new.request().await;
    assert_eq!(again["method"], "session.logon");
    new.answer(&again, json!({})).await;
    done(task).await.unwrap();
    let call = send(&client, Account);
    let request = new.request().await;
    assert!(request["params"].get("signature").is_none(), "by the session");
    new.answer(&request, json!({})).await;
    done(call).await.unwrap();
}

/// Pings and events of a server that answers nothing are no signs of life.
#[tokio::test]
async fn a_peer_that_answers_nothing_is_replaced() {
    let mut server = Server::start().await;
    let builder = builder(&server)
        .credentials(hmac_credentials())
        .request_timeout(Duration::from_millis(100));
    let (client, mut deaf) = connected(&mut server, builder).await;
    let talking = tokio::spawn(async move {
        // It writes and does not read, until it is cut off.
        while deaf.try_ping().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let order = send(&client, Place(None));
    assert!(matches!(done(order).await, Err(Error::ExecutionUnknown { .. })));
    let mut peer = server.peer().await;
    let call = send(&client, Time(1));
    let request = peer.request().await;
    peer.answer(&request, json!(1)).await;
    done(call).await.unwrap();
    within("the end of the deaf connection", talking).await.unwrap();
}

#[tokio::test]
async fn a_connection_goes_through_a_proxy() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        tokio_tungstenite::accept_async(stream).await.unwrap();
        String::from_utf8(head).unwrap()
    });
    let connecting = binance_wire_websocket::ApiClient::builder(["ws://exchange.invalid/ws-api/v3"])
        .allow_plaintext(true)
        .proxy(format!("http://127.0.0.1:{port}"))
        .connect();
    let _client = within("connecting", connecting).await.unwrap();
    let head = within("the proxy", serving).await.unwrap();
    assert!(head.starts_with("CONNECT exchange.invalid:80 "), "{head}");
}

/// Connects to a server on this machine, whatever the name.
struct Detour(String);

impl binance_wire_websocket::Dial for Detour {
    fn dial(&self, host: &str, port: u16) -> binance_wire_websocket::Dialing {
        assert_eq!((host, port), ("exchange.invalid", 80));
        let address = self.0.clone();
        Box::pin(async move {
            let stream = tokio::net::TcpStream::connect(address).await?;
            Ok(Box::new(stream) as Box<dyn binance_wire_websocket::Duplex>)
        })
    }
}

#[tokio::test]
async fn a_dialer_makes_the_connections() {
    let mut server = Server::start().await;
    let address = server.url.strip_prefix("ws://").unwrap().to_owned();
    let connecting = binance_wire_websocket::ApiClient::builder(["ws://exchange.invalid/ws-api/v3"])
        .allow_plaintext(true)
        .dialer(Detour(address))
        .connect();
    let _client = within("connecting", connecting).await.unwrap();
    assert_eq!(server.peer().await.path, "/ws-api/v3");
}

#[tokio::test]
async fn addresses_of_other_machines_need_tls() {
    let api = binance_wire_websocket::ApiClient::builder(["ws://exchange.invalid/ws-api/v3"]).connect();
    let Err(error) = api.await else {
        panic!("connected")
    };
    assert!(error.to_string().contains("without TLS"), "{error}");
}

#[tokio::test]
async fn an_address_that_hangs_in_the_tls_handshake_is_left_for_the_next_one() {
    let mut server = Server::start().await;
    let hung = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://{}", hung.local_addr().unwrap());
    let mut policy = ReconnectPolicy::default();
    policy.connect_timeout = Duration::from_millis(100);
    let connecting = binance_wire_websocket::ApiClient::builder([url, server.url.clone()])
        .reconnect(policy)
        .connect();
    let _client = within("connecting", connecting).await.unwrap();
    server.peer().await;
    // The connection that nobody takes was made all the same.
    within("the first connection", hung.accept()).await.unwrap();
}
