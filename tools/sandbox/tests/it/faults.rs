//! Faults over HTTP, as bytes on the socket.

use std::time::Duration;

use crate::common::{LIMIT_BUY, PATIENCE, Signer, Socket, call, get, raw, send};
use binance_wire_sandbox::{Cut, Exchange, Fault, Injection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const PING: &[u8] = b"GET /api/v3/ping HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test]
async fn canned_answers() {
    let exchange = Exchange::start();
    exchange.inject(Fault::Html403);
    let forbidden = get(&exchange, "/api/v3/ping").await;
    assert_eq!(
        (forbidden.status, forbidden.header("content-type")),
        (403, Some("text/html"))
    );
    assert!(forbidden.body.starts_with(b"<html>"));

    exchange.inject(Fault::RateLimited { retry_after: 11 });
    let limited = get(&exchange, "/api/v3/ping").await;
    assert_eq!(
        (limited.status, limited.code(), limited.header("retry-after")),
        (429, -1003, Some("11"))
    );

    exchange.inject(Fault::Banned { retry_after: 120 });
    let banned = get(&exchange, "/api/v3/ping").await;
    assert_eq!(
        (banned.status, banned.code(), banned.header("retry-after")),
        (418, -1003, Some("120"))
    );

    exchange.inject(Fault::Unavailable503);
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 503);

    exchange.inject(Fault::Status {
        status: 599,
        headers: vec![("X-Odd".to_owned(), "a".to_owned())],
        body: b"odd".to_vec(),
    });
    let odd = get(&exchange, "/api/v3/ping").await;
    assert_eq!(
        (odd.status, odd.header("x-odd"), odd.body.as_slice()),
        (599, Some("a"), b"odd".as_slice())
    );
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 200);
}

#[tokio::test]
async fn sticky_and_aimed_faults() {
    let exchange = Exchange::start();
    exchange.inject(
        Injection::new(Fault::Unavailable503)
            .on_http("POST", "/api/v3/order")
            .sticky(),
    );
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 200);
    for _ in 0..2 {
        assert_eq!(
            call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY)
                .await
                .status,
            503
        );
    }
    assert!(exchange.orders().is_empty());
    exchange.clear_faults();
    exchange.inject(Injection::new(Fault::Unavailable503).after_processing());
    assert_eq!(
        call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY)
            .await
            .status,
        503
    );
    assert_eq!(exchange.orders().len(), 1);
}

#[tokio::test]
async fn cut_bodies_and_connections() {
    let exchange = Exchange::start();
    exchange.inject(Fault::CutBody { after: 10 });
    let request = b"GET /api/v3/exchangeInfo HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let cut = String::from_utf8(raw(&exchange, request).await).unwrap();
    let (head, body) = cut.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.len(), 10);
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .unwrap();
    assert!(length.parse::<usize>().unwrap() > 1000);

    exchange.inject(Fault::CutConnection(Cut::OnAccept));
    assert!(raw(&exchange, PING).await.is_empty());
    assert_eq!(exchange.requests().len(), 1);

    for (cut, placed) in [(Cut::BeforeProcessing, 0), (Cut::AfterProcessing, 1)] {
        exchange.inject(Fault::CutConnection(cut));
        let target = format!("/api/v3/order?{}", Signer::Hmac.signed(&exchange, LIMIT_BUY));
        let request = format!(
            "POST {target} HTTP/1.1\r\nX-MBX-APIKEY: {}\r\n\r\n",
            Signer::Hmac.api_key()
        );
        assert!(raw(&exchange, request.as_bytes()).await.is_empty());
        assert_eq!(exchange.orders().len(), placed);
    }
}

#[tokio::test]
async fn cancel_replace_fails_by_half_on_demand() {
    let exchange = Exchange::start();
    call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY).await;
    exchange.inject(Fault::RejectNewOrder {
        code: -2010,
        message: "Market is closed.".to_owned(),
    });
    let query = format!("{LIMIT_BUY}&cancelReplaceMode=ALLOW_FAILURE&cancelOrderId=1");
    let half = call(
        &exchange,
        Signer::Hmac,
        "POST",
        "/api/v3/order/cancelReplace",
        &query,
    )
    .await;
    assert_eq!((half.status, half.code()), (409, -2021));
    let data = half.json()["data"].clone();
    assert_eq!(
        (data["cancelResult"].as_str(), data["newOrderResult"].as_str()),
        (Some("SUCCESS"), Some("FAILURE"))
    );
    assert_eq!(data["newOrderResponse"]["msg"], "Market is closed.");
}

#[tokio::test]
async fn delays_hold_back_one_answer_only() {
    let exchange = Exchange::start();
    let on_time = |fault| Injection::new(fault).on_http("GET", "/api/v3/time");
    exchange.inject(on_time(Fault::Delay(Duration::from_millis(300))));
    exchange.inject(on_time(Fault::Html403));
    let slow = get(&exchange, "/api/v3/time");
    tokio::pin!(slow);
    // The slow one is polled first, so it is sent first as well.
    let quick = async {
        exchange
            .wait_for(PATIENCE, |exchange| exchange.requests().len() == 1)
            .await;
        get(&exchange, "/api/v3/ping").await
    };
    let first = tokio::select! { biased; answer = &mut slow => answer, answer = quick => answer };
    assert_eq!(first.status, 200);
    assert_eq!(slow.await.status, 403);
}

#[tokio::test]
async fn connections_are_kept_and_counted() {
    let exchange = Exchange::start();
    let mut stream = tokio::net::TcpStream::connect(exchange.address()).await.unwrap();
    for _ in 0..3 {
        stream.write_all(PING).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n{}") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
    }
    let counts = exchange.counts();
    assert_eq!((counts.accepted, counts.open, counts.http_requests), (1, 1, 3));
    drop(stream);
    assert!(
        exchange
            .wait_for(PATIENCE, |exchange| exchange.counts().open == 0)
            .await
    );
    let sent = send(&exchange, "POST", "/api/v3/order?a=1", "X-Mine: yes\r\n", "b=2").await;
    assert_eq!(sent.status, 401);
    let recorded = exchange.requests().pop().unwrap();
    assert_eq!(
        (
            recorded.method.as_str(),
            recorded.path.as_str(),
            recorded.query.as_str()
        ),
        ("POST", "/api/v3/order", "a=1")
    );
    assert_eq!(
        (recorded.header("x-mine"), recorded.body_text().as_str()),
        (Some("yes"), "b=2")
    );
    exchange.clear_records();
    assert!(exchange.requests().is_empty());
}

#[tokio::test]
async fn random_bytes_do_no_harm() {
    let exchange = Exchange::start();
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    for round in 0..40usize {
        let mut bytes: Vec<u8> = (0..round * 7)
            .map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed.to_le_bytes()[3]
            })
            .collect();
        if round % 2 == 0 {
            bytes.splice(0..0, *b"GET /api/v3/depth?symbol=");
        }
        bytes.extend_from_slice(b" HTTP/1.1\r\nConnection: close\r\n\r\n");
        raw(&exchange, &bytes).await;
    }
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 200);
}

#[tokio::test]
async fn dropping_it_frees_the_port() {
    let exchange = Exchange::start();
    let address = exchange.address();
    let _open = tokio::net::TcpStream::connect(address).await.unwrap();
    drop(exchange);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn listen_keys_end_before_their_time() {
    let exchange = Exchange::start();
    let key = format!("X-MBX-APIKEY: {}\r\n", Signer::Hmac.api_key());
    let made = send(&exchange, "POST", "/fapi/v1/listenKey", &key, "")
        .await
        .json();
    let listen_key = made["listenKey"].as_str().expect("a key").to_owned();
    let mut socket = Socket::open(&exchange, &format!("/ws/{listen_key}")).await;
    socket.send(r#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#).await;
    assert_eq!(socket.next().await["result"][0], listen_key.as_str());
    exchange.inject("expire-listen-keys".parse::<Injection>().expect("a fault"));
    let said = socket.next().await;
    assert_eq!(
        (&said["e"], &said["listenKey"]),
        (&"listenKeyExpired".into(), &listen_key.into())
    );
    let late = send(&exchange, "PUT", "/fapi/v1/listenKey", &key, "").await;
    assert_eq!((late.status, late.code()), (400, -1125));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let exchange = Exchange::start();
    let idle = Socket::open(&exchange, "/stream?streams=btcusdt@trade").await;
    // The handshake is answered a moment before the connection is known.
    let known = exchange
        .wait_for(PATIENCE, |exchange| exchange.counts().open_websockets == 1)
        .await;
    assert!(known);
    let wide = serde_json::json!({ "e": "trade", "wide": "x".repeat(1 << 20) });
    assert_eq!(exchange.push_stream("btcusdt@trade", &wide), 1);
    for _ in 0..64 {
        exchange.push_stream("btcusdt@trade", &wide);
    }
    let gone = exchange
        .wait_for(PATIENCE, |exchange| exchange.counts().open_websockets == 0)
        .await;
    assert!(gone, "{:?}", exchange.counts());
    drop(idle);
    assert_eq!(get(&exchange, "/api/v3/ping").await.status, 200);
}
