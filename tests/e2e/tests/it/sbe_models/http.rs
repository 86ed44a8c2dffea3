//! SBE answers through the client: asked for by the header, decoded by content type, errors included.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use binance_wire_core::{Error, Timestamp, dec};
use binance_wire_spot::sbe::spot::{self as wire, EncodeMessage};
use binance_wire_spot::{Environment, rest, sbe};

/// A host that answers one request with these bytes, and gives what it was asked.
fn host(status: &'static str, body: Vec<u8>) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a request");
            request.push(byte[0]);
        }
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: application/sbe\r\nContent-Length: {length}\r\n\r\n");
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(&body))
            .expect("an answer");
        String::from_utf8(request).expect("text")
    });
    (address, answer)
}

fn client(address: &str) -> rest::Client {
    rest::Client::builder(Environment::Testnet)
        .base_url(address)
        .sbe(sbe::format())
        .build()
        .expect("a client")
}

#[tokio::test]
async fn an_answer_in_sbe_is_asked_for_and_decoded() {
    let message = {
        let mut message = wire::PriceTickerSymbolResponse::new(-2, "BTCUSDT");
        message.price = Some(dec!(52000.10));
        message
    };
    let mut bytes = Vec::new();
    message.encode(&mut bytes).expect("it can be sent");
    let (address, asked) = host("200 OK", bytes);
    let ticker = client(&address)
        .ticker_price()
        .symbol("BTCUSDT")
        .send()
        .await
        .expect("a ticker");
    assert_eq!(ticker.as_slice()[0].price.to_string(), "52000.10");
    let asked = asked.join().expect("the request").to_lowercase();
    let schema = wire::SCHEMA;
    assert!(
        asked.contains(&format!("x-mbx-sbe: {}:{}\r\n", schema.id, schema.version)),
        "{asked}"
    );
    assert!(asked.contains("application/sbe"), "{asked}");
}

#[tokio::test]
async fn a_limit_in_sbe_says_when_it_ends() {
    let until = Timestamp::from_micros(1_700_000_000_000_000);
    let message = {
        let mut message = wire::ErrorResponse::new(-1003, "Too many requests.");
        message.retry_after = Some(until);
        message
    };
    let mut bytes = Vec::new();
    message.encode(&mut bytes).expect("it can be sent");
    let (address, asked) = host("429 Too Many Requests", bytes);
    let error = client(&address).ticker_price().send().await.expect_err("a limit");
    let Error::RateLimited { retry_at, error, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (retry_at, error.code.0, error.message.as_str()),
        (Some(until), -1003, "Too many requests.")
    );
    asked.join().expect("the request");
}
