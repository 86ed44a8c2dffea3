//! The control endpoint and the page.

use binance_wire_sandbox::Exchange;
use serde_json::{Value, json};

use crate::common::{Answer, LIMIT_BUY, Signer, Socket, call, get, send};

async fn post(exchange: &Exchange, path: &str, body: &Value) -> Answer {
    let headers = "Content-Type: application/json\r\n";
    send(exchange, "POST", path, headers, &body.to_string()).await
}

async fn state(exchange: &Exchange) -> Value {
    get(exchange, "/sandbox/state").await.json()
}

#[tokio::test]
async fn the_page_is_served_and_names_nothing_elsewhere() {
    let exchange = Exchange::start();
    for (path, kind) in [
        ("/", "text/html"),
        ("/sandbox", "text/html"),
        ("/sandbox/", "text/html"),
        ("/sandbox/page.css", "text/css"),
        ("/sandbox/page.js", "text/javascript"),
    ] {
        let file = get(&exchange, path).await;
        let said = file.header("content-type").unwrap_or_default().to_owned();
        assert!(file.status == 200 && said.starts_with(kind), "{path}: {said}");
        let policy = file.header("content-security-policy").expect("a policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        let text = String::from_utf8(file.body).expect("text");
        assert!(text.len() > 500, "{path}");
        for elsewhere in [
            "http:",
            "https:",
            "//cdn",
            "url(",
            "@import",
            "innerHTML",
            "eval(",
            " style=",
        ] {
            assert!(!text.contains(elsewhere), "{path} has {elsewhere}");
        }
    }
    // They are no requests of the exchange.
    assert_eq!(
        (exchange.requests().len(), exchange.counts().http_requests),
        (0, 0)
    );
}

#[tokio::test]
async fn the_state_shows_what_clients_do() {
    let exchange = Exchange::start();
    call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY).await;
    let market = "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.01";
    call(&exchange, Signer::Ed25519, "POST", "/api/v3/order", market).await;
    let _socket = Socket::open(&exchange, "/stream?streams=btcusdt@trade").await;
    let state = state(&exchange).await;
    let of_book = state["symbols"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["symbol"] == "BTCUSDT"));
    let book = of_book.expect("a book");
    assert!(
        book["bids"].as_array().is_some_and(|bids| bids.len() == 10),
        "{book}"
    );
    assert_eq!(state["orders"][0]["status"], "FILLED");
    assert_eq!(
        (&state["orders"][1]["status"], &state["orders"][1]["account"]),
        (&json!("NEW"), &json!(1))
    );
    assert!(
        state["accounts"][0]["fillCount"]
            .as_u64()
            .is_some_and(|fills| fills > 0),
        "{state}"
    );
    assert_eq!(
        state["connections"][0]["listens"]["streams"],
        json!(["btcusdt@trade"])
    );
    assert_eq!(state["limits"]["addresses"][0]["weightLimit"], 6000);
    assert_eq!(state["limits"]["accounts"][0]["orders10s"], 2);
    // What signs is nowhere in it.
    assert_eq!(state["counts"]["httpRequests"], 3);
    let text = state.to_string();
    assert!(
        text.contains("signature=…") && !text.contains(Signer::Hmac.api_key()),
        "{text}"
    );
}

#[tokio::test]
async fn faults_are_injected_listed_and_cleared() {
    let exchange = Exchange::start();
    let added = post(
        &exchange,
        "/sandbox/faults",
        &json!({ "faults": ["unavailable", "latency=1@always"] }),
    )
    .await;
    assert_eq!(
        added.json()["waiting"],
        json!(["unavailable", "latency=1ms@always"])
    );
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 503);
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 200);
    let faults = get(&exchange, "/sandbox/faults").await.json();
    assert_eq!(faults["struck"], json!({ "latency": 2, "unavailable": 1 }));
    assert!(
        faults["known"].as_array().is_some_and(|known| known.len() > 20),
        "{faults}"
    );
    let cleared = send(&exchange, "DELETE", "/sandbox/faults", "", "").await;
    assert_eq!(cleared.json()["waiting"], json!([]));
    // All or none.
    for wrong in [
        json!({ "faults": ["unavailable", "unheard-of"] }),
        json!({ "fault": 1 }),
        json!({}),
    ] {
        let answer = post(&exchange, "/sandbox/faults", &wrong).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 200);
}

#[tokio::test]
async fn the_clock_is_set_stopped_and_run_faster() {
    let exchange = Exchange::start();
    let clock = |body: Value| async move { body };
    let stopped = post(
        &exchange,
        "/sandbox/clock",
        &clock(json!({ "set": 1000, "speed": 0 })).await,
    )
    .await;
    assert_eq!(stopped.json(), json!({ "now": 1000, "speed": 0.0 }));
    assert_eq!(get(&exchange, "/api/v3/time").await.json()["serverTime"], 1000);
    let running = post(&exchange, "/sandbox/clock", &json!({ "speed": 60 })).await;
    assert!(
        running.json()["now"].as_i64().is_some_and(|now| now >= 1000),
        "{running:?}"
    );
    let shifted = post(&exchange, "/sandbox/clock", &json!({ "offset": 3_600_000 })).await;
    assert!(
        shifted.json()["now"]
            .as_i64()
            .is_some_and(|now| now > 1_700_000_000_000),
        "{shifted:?}"
    );
    for wrong in [
        json!({}),
        json!({ "set": "soon" }),
        json!({ "speed": -1 }),
        json!([1]),
    ] {
        assert_eq!(
            post(&exchange, "/sandbox/clock", &wrong).await.status,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_reset_starts_over() {
    let exchange = Exchange::start();
    call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY).await;
    assert_eq!(
        get(&exchange, "/sandbox/requests").await.json()["requests"][0]["path"],
        "/api/v3/order"
    );
    assert_eq!(post(&exchange, "/sandbox/reset", &json!({})).await.status, 200);
    let state = state(&exchange).await;
    assert_eq!((&state["orders"], &state["requests"]), (&json!([]), &json!([])));
    let placed = call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY).await;
    assert_eq!(placed.status, 200);
    send(&exchange, "DELETE", "/sandbox/requests", "", "").await;
    assert!(exchange.requests().is_empty());
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let exchange = Exchange::start();
    let host = exchange.address().to_string();
    let inject = r#"{"fault":"unavailable"}"#;
    let attempt = async |headers: String| {
        let request = format!(
            "POST /sandbox/faults HTTP/1.1\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{inject}",
            inject.len()
        );
        let answer =
            String::from_utf8(crate::common::raw(&exchange, request.as_bytes()).await).expect("text");
        answer
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse::<u16>().ok())
            .expect("a status")
    };
    let json = "Content-Type: application/json\r\n";
    let elsewhere = "Origin: https://example.com\r\n";
    assert_eq!(attempt(format!("Host: {host}\r\n{json}{elsewhere}")).await, 403);
    assert_eq!(attempt(format!("Host: rebound.example.com\r\n{json}")).await, 403);
    assert_eq!(
        attempt(format!("Host: {host}\r\nContent-Type: text/plain\r\n")).await,
        415
    );
    assert_eq!(get(&exchange, "/sandbox/nowhere").await.status, 404);
    assert_eq!(send(&exchange, "PUT", "/sandbox/state", "", "").await.status, 405);
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 200);
    assert_eq!(
        attempt(format!("Host: {host}\r\n{json}Origin: http://{host}\r\n")).await,
        200
    );
    assert_eq!(attempt(format!("Host: sandbox:9080\r\n{json}")).await, 200);
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 503);
}

#[tokio::test]
async fn prices_are_moved() {
    let exchange = Exchange::builder().seed(3).start().expect("an exchange");
    let before = exchange.book("BTCUSDT", 1);
    let moved = post(&exchange, "/sandbox/market", &json!({ "steps": 20 })).await;
    assert_eq!(moved.status, 200);
    assert_ne!(exchange.book("BTCUSDT", 1), before);
    let to = json!({ "futures": "BTCUSDT", "price": "43210" });
    post(&exchange, "/sandbox/market", &to).await;
    let best = get(&exchange, "/fapi/v1/ticker/bookTicker?symbol=BTCUSDT")
        .await
        .json();
    let bid = best["bidPrice"]
        .as_str()
        .and_then(|price| price.parse::<f64>().ok());
    assert!(
        bid.is_some_and(|bid| (43_000.0..43_300.0).contains(&bid)),
        "{best}"
    );
    for wrong in [
        json!({}),
        json!({ "steps": -1 }),
        json!({ "futures": "NONE", "price": "1" }),
        json!({ "futures": "BTCUSDT", "price": "-1" }),
    ] {
        assert_eq!(
            post(&exchange, "/sandbox/market", &wrong).await.status,
            400,
            "{wrong}"
        );
    }
}
