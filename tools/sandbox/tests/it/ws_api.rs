//! The WebSocket API.

use std::time::Duration;

use crate::common::{PATIENCE, Signer, Socket, call, send, ws_signed};
use binance_wire_sandbox::{Cut, Exchange, Fault, Injection};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

const ORDER: [(&str, &str); 6] = [
    ("symbol", "BTCUSDT"),
    ("side", "BUY"),
    ("type", "LIMIT"),
    ("timeInForce", "GTC"),
    ("quantity", "0.01000000"),
    ("price", "51000.00"),
];

#[tokio::test]
async fn ids_are_echoed_and_limits_returned() {
    let exchange = Exchange::start();
    let mut socket = Socket::api(&exchange).await;
    for id in ["1", "\"abc\"", "null", "-7"] {
        let pong = socket.request(id, "ping", json!({})).await;
        assert_eq!(pong["id"].to_string(), id);
        assert_eq!((&pong["status"], &pong["result"]), (&json!(200), &json!({})));
        assert_eq!(pong["rateLimits"][0]["rateLimitType"], "REQUEST_WEIGHT");
    }
    assert!(
        socket
            .request("1", "v3/time", json!({ "returnRateLimits": false }))
            .await
            .get("rateLimits")
            .is_none()
    );
    let mut quiet = Socket::open(
        &exchange,
        "/ws-api/v3?returnRateLimits=false&timeUnit=microsecond",
    )
    .await;
    let time = quiet.request("1", "time", json!({})).await;
    assert!(time.get("rateLimits").is_none());
    assert!(time["result"]["serverTime"].as_i64().unwrap() > 1_000_000_000_000_000);
    assert!(
        quiet
            .request("1", "time", json!({ "returnRateLimits": true }))
            .await
            .get("rateLimits")
            .is_some()
    );
    let depth = quiet
        .request("2", "depth", json!({ "symbol": "BTCUSDT", "limit": 5 }))
        .await;
    assert_eq!(depth["result"]["bids"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn bad_frames_get_error_frames() {
    let exchange = Exchange::start();
    let mut socket = Socket::api(&exchange).await;
    for (text, id, code) in [
        ("{", json!(null), -1135),
        ("[]", json!(null), -1135),
        ("{\"method\":\"ping\"}", json!(null), -1102),
        ("{\"id\":[1],\"method\":\"ping\"}", json!(null), -1135),
        ("{\"id\":1}", json!(1), -1102),
        ("{\"id\":1,\"method\":7}", json!(1), -1102),
        ("{\"id\":1,\"method\":\"ping\",\"params\":[]}", json!(1), -1135),
        ("{\"id\":1,\"method\":\"fly\"}", json!(1), -1020),
        (
            "{\"id\":1,\"method\":\"ping\",\"params\":{\"a\":1}}",
            json!(1),
            -1104,
        ),
        (
            "{\"id\":1,\"method\":\"depth\",\"params\":{\"symbol\":\"X\"}}",
            json!(1),
            -1121,
        ),
        (
            "{\"id\":1,\"method\":\"depth\",\"params\":{\"symbol\":\"BTCUSDT\",\"limit\":1.5}}",
            json!(1),
            -1100,
        ),
        (
            "{\"id\":1,\"method\":\"order.place\",\"params\":{}}",
            json!(1),
            -1102,
        ),
        (
            "{\"id\":1,\"method\":\"userDataStream.subscribe\"}",
            json!(1),
            -2015,
        ),
    ] {
        socket.send(text).await;
        let answer = socket.next().await;
        assert_eq!(
            (&answer["id"], &answer["error"]["code"]),
            (&id, &json!(code)),
            "{text}"
        );
        assert_ne!(answer["status"], 200);
    }
}

#[tokio::test]
async fn every_key_type_signs_single_requests() {
    let exchange = Exchange::start();
    let mut socket = Socket::api(&exchange).await;
    for signer in [Signer::Hmac, Signer::Rsa, Signer::Ed25519] {
        let placed = socket
            .request("1", "order.place", ws_signed(&exchange, signer, &ORDER))
            .await;
        assert_eq!(placed["status"], 200, "{placed}");
        assert_eq!(placed["rateLimits"].as_array().unwrap().len(), 3);
        let id = placed["result"]["orderId"].to_string();
        let named = [("symbol", "BTCUSDT"), ("orderId", id.as_str())];
        let status = socket
            .request("2", "order.status", ws_signed(&exchange, signer, &named))
            .await;
        assert_eq!(status["result"]["status"], "NEW");
        let canceled = socket
            .request("3", "order.cancel", ws_signed(&exchange, signer, &named))
            .await;
        assert_eq!(canceled["result"]["status"], "CANCELED");
    }
    let mut forged = ws_signed(&exchange, Signer::Hmac, &ORDER);
    forged["quantity"] = "9".into();
    let refused = socket.request("1", "order.place", forged).await;
    assert_eq!(
        (&refused["status"], &refused["error"]["code"]),
        (&json!(400), &json!(-1022))
    );
    let wide = [
        ("symbol", "这是测试币４５６"),
        ("side", "BUY"),
        ("type", "MARKET"),
        ("quantity", "1.0"),
    ];
    let placed = socket
        .request("1", "order.place", ws_signed(&exchange, Signer::Ed25519, &wide))
        .await;
    assert_eq!(placed["result"]["symbol"], "这是测试币４５６", "{placed}");
}

async fn logon(exchange: &Exchange) -> Socket {
    let mut socket = Socket::api(exchange).await;
    let answer = socket
        .request("0", "session.logon", ws_signed(exchange, Signer::Ed25519, &[]))
        .await;
    assert_eq!(answer["result"]["apiKey"], Signer::Ed25519.api_key());
    assert!(answer["result"]["authorizedSince"].is_i64());
    socket
}

fn plain(exchange: &Exchange) -> Value {
    let mut params: serde_json::Map<String, Value> = ORDER
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect();
    params.insert("timestamp".to_owned(), exchange.now_ms().into());
    Value::Object(params)
}

#[tokio::test]
async fn session_logon_carries_requests_and_events() {
    let exchange = Exchange::start();
    let mut socket = Socket::api(&exchange).await;
    for signer in [Signer::Hmac, Signer::Rsa] {
        let refused = socket
            .request("0", "session.logon", ws_signed(&exchange, signer, &[]))
            .await;
        assert_eq!(refused["error"]["code"], -4056);
    }
    let mut socket = logon(&exchange).await;
    let no_time: Value = ORDER
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    assert_eq!(
        socket.request("1", "order.place", no_time).await["error"]["code"],
        -1102
    );

    let first = socket.request("2", "userDataStream.subscribe", json!({})).await;
    assert_eq!(first["result"], json!({ "subscriptionId": 0 }));
    let twice = socket.request("3", "userDataStream.subscribe", json!({})).await;
    assert_eq!(twice["error"]["code"], -2035);
    // The same account by another key is still the same account; another account is not.
    let same = ws_signed(&exchange, Signer::Hmac, &[]);
    assert_eq!(
        socket
            .request("4", "userDataStream.subscribe.signature", same)
            .await["error"]["code"],
        -2035
    );
    let other = ws_signed(&exchange, Signer::Second, &[]);
    let other = socket
        .request("5", "userDataStream.subscribe.signature", other)
        .await;
    assert_eq!(other["result"]["subscriptionId"], 1);
    let listed = socket.request("6", "session.subscriptions", json!({})).await;
    assert_eq!(
        listed["result"],
        json!([{ "subscriptionId": 0 }, { "subscriptionId": 1 }])
    );

    let placed = socket.request("7", "order.place", plain(&exchange)).await;
    assert_eq!(placed["status"], 200, "{placed}");
    let report = socket.next().await;
    assert_eq!(report["subscriptionId"], 0);
    assert_eq!(
        (&report["event"]["e"], &report["event"]["x"]),
        (&json!("executionReport"), &json!("NEW"))
    );
    assert_eq!(report["event"]["i"], placed["result"]["orderId"]);
    let position = socket.next().await;
    assert_eq!(position["event"]["e"], "outboundAccountPosition");
    assert_eq!(
        position["event"]["B"][1],
        json!({ "a": "USDT", "f": "999490.00000000", "l": "510.00000000" })
    );

    // What the other account does over REST arrives under its own subscription.
    let market = "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.001";
    assert_eq!(
        call(&exchange, Signer::Second, "POST", "/api/v3/order", market)
            .await
            .status,
        200
    );
    let kinds = [socket.next().await, socket.next().await];
    assert_eq!(
        kinds.each_ref().map(|event| event["event"]["x"].clone()),
        ["NEW", "TRADE"]
    );
    assert!(kinds.iter().all(|event| event["subscriptionId"] == 1));
    assert_eq!(socket.next().await["event"]["e"], "outboundAccountPosition");

    assert_eq!(exchange.push_user_event(2, &json!({ "e": "balanceUpdate" })), 1);
    assert_eq!(
        socket.next().await,
        json!({ "subscriptionId": 1, "event": { "e": "balanceUpdate" } })
    );
    let missing = socket
        .request("8", "userDataStream.unsubscribe", json!({ "subscriptionId": 9 }))
        .await;
    assert_eq!(missing["error"]["code"], -2036);
    let logout = socket.request("9", "session.logout", json!({})).await;
    assert_eq!(
        (&logout["result"]["apiKey"], &logout["result"]["userDataStream"]),
        (&json!(null), &json!(true))
    );
    let ended = socket.next().await;
    assert_eq!(
        (&ended["subscriptionId"], &ended["event"]["e"]),
        (&json!(0), &json!("eventStreamTerminated"))
    );
    assert_eq!(
        socket
            .request("10", "userDataStream.unsubscribe", json!({}))
            .await["result"],
        json!({})
    );
    assert_eq!(socket.next().await["subscriptionId"], 1);
}

#[tokio::test]
async fn a_revoked_key_ends_the_session() {
    let exchange = Exchange::start();
    let mut socket = logon(&exchange).await;
    exchange.revoke_key(Signer::Ed25519.api_key());
    let reported = socket.request("1", "session.status", json!({})).await;
    assert_eq!(
        (&reported["id"], &reported["status"], &reported["error"]["code"]),
        (&json!(null), &json!(401), &json!(-2015))
    );
    let status = socket.request("2", "session.status", json!({})).await;
    assert_eq!(status["result"]["apiKey"], json!(null));
}

#[tokio::test]
async fn faults_become_error_frames() {
    let exchange = Exchange::start();
    let mut socket = Socket::api(&exchange).await;
    let status = |status, body: &str| Fault::Status {
        status,
        headers: vec![],
        body: body.into(),
    };
    for (fault, code) in [
        (status(400, "{\"code\":-1013,\"msg\":\"x\"}"), json!([400, -1013])),
        (status(500, "gibberish"), json!([500, -1000])),
        // The firewall knows no codes.
        (Fault::Html403, json!([403, 0])),
        (Fault::Unavailable503, json!([503, -1001])),
    ] {
        exchange.inject(fault);
        let answer = socket.request("1", "ping", json!({})).await;
        assert_eq!(json!([answer["status"], answer["error"]["code"]]), code);
    }
    exchange.freeze_clock(1_700_000_000_000);
    exchange.inject(Injection::new(Fault::RateLimited { retry_after: 9 }).on_method("time"));
    assert_eq!(socket.request("1", "ping", json!({})).await["status"], 200);
    let limited = socket.request("1", "time", json!({})).await;
    assert_eq!(limited["status"], 429);
    assert_eq!(
        limited["error"]["data"],
        json!({ "serverTime": 1_700_000_000_000i64, "retryAfter": 1_700_000_009_000i64 })
    );

    // A slow answer lets others pass.
    exchange.inject(Injection::new(Fault::Delay(Duration::from_millis(300))).on_method("time"));
    socket
        .send_together(&[
            "{\"id\":\"slow\",\"method\":\"time\"}",
            "{\"id\":2,\"method\":\"ping\"}",
        ])
        .await;
    assert_eq!(socket.next().await["id"], 2);
    assert_eq!(socket.next().await["id"], "slow");

    exchange.inject(Fault::ServerShutdown);
    assert_eq!(
        socket.next().await,
        json!({ "event": { "e": "serverShutdown", "E": 1_700_000_000_000i64 } })
    );

    exchange.inject(Fault::Banned { retry_after: 60 });
    assert_eq!(socket.request("1", "ping", json!({})).await["status"], 418);
    assert!(matches!(socket.message().await, Some(Message::Close(_))));

    for (cut, placed) in [(Cut::BeforeProcessing, 0), (Cut::AfterProcessing, 1)] {
        let mut socket = Socket::api(&exchange).await;
        exchange.inject(Injection::new(Fault::CutConnection(cut)).on_method("order.place"));
        let params = ws_signed(&exchange, Signer::Ed25519, &ORDER);
        socket
            .send(json!({ "id": 1, "method": "order.place", "params": params }).to_string())
            .await;
        assert_eq!(socket.message().await, None);
        assert_eq!(exchange.orders().len(), placed);
    }
}

#[tokio::test]
async fn cancel_replace_and_rejections() {
    let exchange = Exchange::start();
    let mut socket = Socket::api(&exchange).await;
    let reject = Fault::RejectNewOrder {
        code: -2010,
        message: "Market is closed.".to_owned(),
    };
    exchange.inject(Injection::new(reject.clone()).on_method("order.place"));
    let refused = socket
        .request("1", "order.place", ws_signed(&exchange, Signer::Ed25519, &ORDER))
        .await;
    assert_eq!(
        (&refused["status"], &refused["error"]["msg"]),
        (&json!(400), &json!("Market is closed."))
    );
    let placed = socket
        .request("2", "order.place", ws_signed(&exchange, Signer::Ed25519, &ORDER))
        .await;
    let id = placed["result"]["orderId"].to_string();
    let mut replace = ORDER.to_vec();
    replace.extend([
        ("cancelReplaceMode", "STOP_ON_FAILURE"),
        ("cancelOrderId", id.as_str()),
    ]);
    exchange.inject(reject);
    let half = socket
        .request(
            "3",
            "order.cancelReplace",
            ws_signed(&exchange, Signer::Ed25519, &replace),
        )
        .await;
    assert_eq!(
        (&half["status"], &half["error"]["code"]),
        (&json!(409), &json!(-2021))
    );
    assert_eq!(
        half["error"]["data"]["newOrderResponse"]["msg"],
        "Market is closed."
    );
    assert_eq!(exchange.orders()[0].status, "CANCELED");
}

#[tokio::test]
async fn handshakes_can_be_refused() {
    let exchange = Exchange::start();
    let handshake =
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (target, status) in [
        ("/ws-api/v3?timeUnit=hour", 400),
        (
            "/ws-api/v3?responseFormat=sbe&sbeSchemaId=3&sbeSchemaVersion=5",
            400,
        ),
        ("/ws/btcusdt@trade?timeUnit=hour", 400),
    ] {
        assert_eq!(
            send(&exchange, "GET", target, handshake, "").await.status,
            status,
            "{target}"
        );
    }
    assert_eq!(send(&exchange, "GET", "/ws-api/v3", "", "").await.status, 400);
    exchange.inject(Injection::new(Fault::Html403).on_http("GET", "/ws-api/v3"));
    assert_eq!(
        send(&exchange, "GET", "/ws-api/v3", handshake, "").await.status,
        403
    );
    let before = exchange.counts().websockets;
    let _open = Socket::api(&exchange).await;
    assert!(
        exchange
            .wait_for(PATIENCE, |exchange| exchange.counts().websockets == before + 1)
            .await
    );
}
