//! Whatever is sent: it is answered as the exchange would, or the connection ends, and the others are served.

use binance_wire_sandbox::Exchange;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{LIMIT_BUY, PATIENCE, Signer, Socket, call, get, raw, send};

async fn is_served(exchange: &Exchange) {
    assert_eq!(get(exchange, "/api/v3/ping").await.status, 200);
}

#[tokio::test]
async fn broken_http_is_refused() {
    let exchange = Exchange::start();
    let huge_head = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 17));
    for bad in [
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /api/v3/ping HTTP/9.9\r\n\r\n",
        "POST /api/v3/order HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n",
        "POST /api/v3/order HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST /api/v3/order HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        &huge_head,
    ] {
        let answer = raw(&exchange, bad.as_bytes()).await;
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{:?}", bad.get(..40));
    }
    let noise: Vec<u8> = (0..=255_u8).cycle().skip(1).take(1 << 16).collect();
    let _ = raw(&exchange, &[&noise[..], b"\r\n\r\n"].concat()).await;
    is_served(&exchange).await;
}

#[tokio::test]
async fn bodies_of_another_type_are_no_parameters() {
    let exchange = Exchange::start();
    let key = format!("X-MBX-APIKEY: {}\r\n", Signer::Hmac.api_key());
    let signed = Signer::Hmac.signed(&exchange, LIMIT_BUY);
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let headers = format!("{key}Content-Type: {kind}\r\n");
        let answer = send(&exchange, "POST", "/api/v3/order", &headers, &signed).await;
        assert_eq!((answer.status, answer.code()), (400, -1102), "{kind}");
    }
    assert!(exchange.orders().is_empty());
    let form = format!("{key}Content-Type: application/x-www-form-urlencoded\r\n");
    assert_eq!(
        send(&exchange, "POST", "/api/v3/order", &form, &signed)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn orders_of_others_do_not_exist() {
    let exchange = Exchange::start();
    let placed = call(&exchange, Signer::Hmac, "POST", "/api/v3/order", LIMIT_BUY).await;
    let query = format!("symbol=BTCUSDT&orderId={}", placed.json()["orderId"]);
    let asked = call(&exchange, Signer::Second, "GET", "/api/v3/order", &query).await;
    assert_eq!((asked.status, asked.code()), (400, -2013));
    let canceled = call(&exchange, Signer::Second, "DELETE", "/api/v3/order", &query).await;
    assert_eq!((canceled.status, canceled.code()), (400, -2011));
    assert_eq!(exchange.orders()[0].status, "NEW");
}

#[tokio::test]
async fn a_thousand_connections_leave_room_for_others() {
    let exchange = Exchange::start();
    let mut idle = Vec::new();
    for at in 0..1_000 {
        let mut stream = TcpStream::connect(exchange.address())
            .await
            .expect("a connection");
        // A third says nothing, a third begins a request, and a third begins TLS.
        let begun: &[u8] = match at % 3 {
            0 => b"",
            1 => b"GET /api/v3/ping HTT",
            _ => &[0x16, 0x03, 0x01],
        };
        stream.write_all(begun).await.expect("sent");
        idle.push(stream);
    }
    is_served(&exchange).await;
    let mut socket = Socket::api(&exchange).await;
    assert_eq!(
        socket.request("1", "ping", serde_json::json!({})).await["status"],
        200
    );
    // They are served as well, once they say what they want.
    let mut last = idle.swap_remove(1);
    last.write_all(b"P/1.1\r\nConnection: close\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = String::new();
    let read = tokio::time::timeout(PATIENCE, last.read_to_string(&mut answer)).await;
    assert!(
        read.is_ok_and(|read| read.is_ok()) && answer.starts_with("HTTP/1.1 200 "),
        "{answer}"
    );
}

#[tokio::test]
async fn frames_that_break_the_protocol_end_their_connection_alone() {
    let exchange = Exchange::start();
    let mut other = Socket::api(&exchange).await;
    let request = "GET /ws-api/v3 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for bad in [
        // Reserved bits, no mask, an unknown code, a length beyond every limit.
        &[0xF1, 0x80, 0, 0, 0, 0][..],
        &[0x81, 0x02, b'{', b'}'],
        &[0x83, 0x80, 0, 0, 0, 0],
        &[
            0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0,
        ],
    ] {
        let sent = [request.as_bytes(), bad].concat();
        let answer = tokio::time::timeout(PATIENCE, raw(&exchange, &sent))
            .await
            .expect("its end");
        assert!(answer.starts_with(b"HTTP/1.1 101 "), "{bad:?}");
    }
    assert_eq!(
        other.request("1", "ping", serde_json::json!({})).await["status"],
        200
    );
}

#[tokio::test]
async fn names_of_streams_that_nobody_has_leave_the_market_alone() {
    let exchange = Exchange::start();
    let sizes = ["1é", "é", "", "-9223372036854775807h", "9223372036854775807m"];
    let names = sizes.map(|size| {
        ["btcusdt@kline_", "btcusdt@ticker_", "btcusdt@depth", "!ticker_"].map(|stream| match stream {
            "!ticker_" => format!("{stream}{size}@arr"),
            _ => format!("{stream}{size}"),
        })
    });
    let zones = ["+99:99", "é", "+é8:00"].map(|zone| format!("btcusdt@kline_1h@{zone}"));
    let names: Vec<String> = names.into_iter().flatten().chain(zones).collect();
    let mut odd = Vec::new();
    for path in ["/ws", "/public/ws", "/market/ws", "/coin-futures/ws"] {
        let mut socket = Socket::open(&exchange, path).await;
        for name in &names {
            socket.request("1", "SUBSCRIBE", serde_json::json!([name])).await;
        }
        odd.push(socket);
    }
    let mut usual = Socket::open(&exchange, "/ws/btcusdt@trade").await;
    let is_there = |exchange: &Exchange| {
        exchange
            .subscribed_streams()
            .iter()
            .any(|name| name == "btcusdt@trade")
    };
    assert!(exchange.wait_for(PATIENCE, is_there).await);
    exchange.tick_market_data();
    assert_eq!(usual.next().await["e"], "trade");
}
