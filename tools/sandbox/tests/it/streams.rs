//! Market data streams.

use std::time::Duration;

use crate::common::{PATIENCE, Signer, Socket, call, get};
use binance_wire_sandbox::{Cut, Exchange, Fault, Injection};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// Waits until the exchange has taken a connection's URL in.
async fn subscribed(exchange: &Exchange, names: &[&str]) {
    assert!(
        exchange
            .wait_for(PATIENCE, |exchange| exchange.subscribed_streams() == names)
            .await
    );
}

#[tokio::test]
async fn raw_and_combined_payloads() {
    let exchange = Exchange::start();
    let mut raw = Socket::open(&exchange, "/ws/btcusdt@aggTrade").await;
    let mut combined = Socket::open(&exchange, "/stream?streams=btcusdt@aggTrade/ethusdt@trade").await;
    assert!(
        exchange
            .wait_for(PATIENCE, |exchange| exchange.counts().websockets == 2)
            .await
    );
    subscribed(&exchange, &["btcusdt@aggTrade", "ethusdt@trade"]).await;
    assert_eq!(exchange.push_stream("btcusdt@aggTrade", &json!({ "a": 1 })), 2);
    assert_eq!(exchange.push_stream("nobody@trade", &json!({})), 0);
    assert_eq!(raw.next().await, json!({ "a": 1 }));
    assert_eq!(
        combined.next().await,
        json!({ "stream": "btcusdt@aggTrade", "data": { "a": 1 } })
    );
    exchange.freeze_clock(5);
    exchange.inject(Fault::ServerShutdown);
    let shutdown = json!({ "e": "serverShutdown", "E": 5 });
    assert_eq!(raw.next().await, shutdown);
    assert_eq!(
        combined.next().await,
        json!({ "stream": "!serverShutdown", "data": shutdown })
    );
}

#[tokio::test]
async fn live_commands() {
    let exchange = Exchange::start();
    let mut socket = Socket::open(&exchange, "/ws").await;
    let ok = socket
        .request("1", "SUBSCRIBE", json!(["btcusdt@trade", "ethusdt@depth"]))
        .await;
    assert_eq!(ok, json!({ "result": null, "id": 1 }));
    socket
        .request("\"two\"", "UNSUBSCRIBE", json!(["ethusdt@depth"]))
        .await;
    socket
        .send("{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":null}")
        .await;
    assert_eq!(
        socket.next().await,
        json!({ "result": ["btcusdt@trade"], "id": null })
    );
    socket
        .request("3", "SET_PROPERTY", json!(["combined", true]))
        .await;
    exchange.push_stream("btcusdt@trade", &json!([1]));
    assert_eq!(
        socket.next().await,
        json!({ "stream": "btcusdt@trade", "data": [1] })
    );
    socket.send("nonsense").await;
    assert_eq!(socket.next().await["code"], 3);
    assert_eq!(exchange.frames().last().unwrap().text, "nonsense");
    exchange.inject(Injection::new(Fault::RateLimited { retry_after: 1 }).on_method("SUBSCRIBE"));
    assert_eq!(
        socket.request("4", "SUBSCRIBE", json!(["x@trade"])).await["code"],
        2
    );
    assert_eq!(exchange.subscribed_streams(), ["btcusdt@trade"]);
    exchange.inject(Injection::new(Fault::CutConnection(Cut::AfterProcessing)).on_method("SUBSCRIBE"));
    socket
        .send(json!({ "method": "SUBSCRIBE", "params": ["x@trade"], "id": 5 }).to_string())
        .await;
    assert_eq!(socket.message().await, None);
}

#[tokio::test]
async fn orders_move_the_market() {
    let exchange = Exchange::start();
    let target = "/stream?streams=btcusdt@trade/btcusdt@depth/btcusdt@bookTicker&timeUnit=MICROSECOND";
    let mut socket = Socket::open(&exchange, target).await;
    subscribed(
        &exchange,
        &["btcusdt@bookTicker", "btcusdt@depth", "btcusdt@trade"],
    )
    .await;
    let before = get(&exchange, "/api/v3/depth?symbol=BTCUSDT&limit=5000")
        .await
        .json();
    let market = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.3";
    let filled = call(&exchange, Signer::Ed25519, "POST", "/api/v3/order", market)
        .await
        .json();
    let fills = filled["fills"].as_array().unwrap().len();
    for fill in 0..fills {
        let trade = socket.next().await;
        assert_eq!(trade["stream"], "btcusdt@trade");
        assert_eq!(trade["data"]["p"], filled["fills"][fill]["price"]);
        assert!(trade["data"]["T"].as_i64().unwrap() > 1_000_000_000_000_000);
    }
    let diff = socket.next().await["data"].clone();
    assert_eq!(
        diff["U"].as_i64().unwrap(),
        before["lastUpdateId"].as_i64().unwrap() + 1
    );
    let after = get(&exchange, "/api/v3/depth?symbol=BTCUSDT&limit=5000")
        .await
        .json();
    assert_eq!(diff["u"], after["lastUpdateId"]);
    assert_eq!(
        applied(&before["asks"], &diff["a"]),
        *after["asks"].as_array().unwrap()
    );
    assert_eq!(before["bids"], after["bids"]);
    let ticker = socket.next().await["data"].clone();
    assert_eq!(json!([ticker["a"], ticker["A"]]), after["asks"][0]);
}

/// A side of the book with the levels of a difference put in.
fn applied(levels: &Value, changes: &Value) -> Vec<Value> {
    let mut levels = levels.as_array().unwrap().clone();
    for change in changes.as_array().unwrap() {
        if change[1] == "0.00000000" {
            levels.retain(|level| level[0] != change[0]);
        } else {
            levels
                .iter_mut()
                .filter(|level| level[0] == change[0])
                .for_each(|level| *level = change.clone());
        }
    }
    levels
}

#[tokio::test]
async fn quiet_streams_tick() {
    let exchange = Exchange::start();
    let suffixes = [
        "aggTrade",
        "avgPrice",
        "bookTicker",
        "depth",
        "depth5@100ms",
        "depth@100ms",
        "kline_1m",
        "miniTicker",
        "trade",
    ];
    let names: Vec<String> = suffixes
        .iter()
        .map(|suffix| format!("btcusdt@{suffix}"))
        .collect();
    let mut socket = Socket::open(&exchange, &format!("/stream?streams={}", names.join("/"))).await;
    subscribed(&exchange, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    exchange.tick_market_data();
    let mut spoken = Vec::new();
    for _ in &names {
        let event = socket.next().await;
        assert!(event["data"].as_object().unwrap().len() > 2);
        spoken.push(event["stream"].as_str().unwrap().to_owned());
    }
    spoken.sort_unstable();
    assert_eq!(spoken, names);
    let periodic = Exchange::builder()
        .market_data_every(Duration::from_millis(5))
        .start()
        .unwrap();
    let mut socket = Socket::open(&periodic, "/ws/btcusdt@kline_1m").await;
    assert_eq!(socket.next().await["k"]["s"], "BTCUSDT");
    assert_eq!(socket.next().await["e"], "kline");
}

#[tokio::test]
async fn pings_pongs_and_ends() {
    let exchange = Exchange::builder().ping_every(None).start().unwrap();
    let mut socket = Socket::open(&exchange, "/ws/btcusdt@trade").await;
    subscribed(&exchange, &["btcusdt@trade"]).await;
    exchange.ping_websockets(b"copy me");
    assert!(matches!(socket.message().await, Some(Message::Ping(payload)) if payload.as_ref() == b"copy me"));
    // Reading on is what sends the pong.
    exchange.send_raw("not even JSON");
    assert_eq!(socket.message().await, Some(Message::text("not even JSON")));
    assert!(
        exchange
            .wait_for(PATIENCE, |exchange| !exchange.pongs().is_empty())
            .await
    );
    assert_eq!(exchange.pongs()[0].payload, b"copy me");
    exchange.close_websockets(1001, "soon");
    assert!(
        matches!(socket.message().await, Some(Message::Close(Some(frame))) if frame.reason.as_str() == "soon")
    );
    assert_eq!(socket.message().await, None);
    assert!(
        exchange
            .wait_for(PATIENCE, |exchange| exchange.counts().open_websockets == 0)
            .await
    );

    exchange.set_ping_every(Some(Duration::from_millis(5)));
    let mut socket = Socket::open(&exchange, "/ws/btcusdt@trade").await;
    assert!(matches!(socket.message().await, Some(Message::Ping(payload)) if !payload.is_empty()));
    exchange.cut_websockets();
    while let Some(message) = socket.message().await {
        assert!(message.is_ping(), "{message:?}");
    }
    exchange.set_ping_every(None);
    exchange.set_close_after(Some(Duration::from_millis(5)));
    let mut socket = Socket::open(&exchange, "/ws/btcusdt@trade").await;
    assert!(matches!(socket.message().await, Some(Message::Close(Some(_)))));
}

#[tokio::test]
async fn fast_clients_are_disconnected() {
    let exchange = Exchange::builder().stream_frames_per_second(2).start().unwrap();
    let mut socket = Socket::open(&exchange, "/ws").await;
    let list = "{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":1}";
    socket.send_together(&[list, list, list]).await;
    let mut closed = false;
    while let Some(message) = socket.message().await {
        closed |= message.is_close();
    }
    assert!(closed);
}

#[tokio::test]
async fn names_that_products_share_are_of_the_address() {
    let exchange = Exchange::start();
    let names = "btcusdt@trade/btcusdt@aggTrade/btcusdt@depth/btcusdt@bookTicker";
    let mut of_spot = Socket::open(&exchange, &format!("/stream?streams={names}")).await;
    let mut of_futures = Socket::open(&exchange, &format!("/market/stream?streams={names}")).await;
    assert!(
        exchange
            .wait_for(PATIENCE, |exchange| exchange.counts().websockets == 2)
            .await
    );
    let sent = call(
        &exchange,
        Signer::Hmac,
        "POST",
        "/api/v3/order",
        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01",
    );
    assert_eq!(sent.await.status, 200);
    let first = of_spot.next().await;
    assert_eq!(first["data"]["e"], "trade");
    // What comes first at the other address is what is sent to it here.
    assert_eq!(exchange.push_stream("btcusdt@trade", &json!({ "last": true })), 2);
    assert_eq!(of_futures.next().await["data"], json!({ "last": true }));
}
