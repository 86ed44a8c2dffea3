//! Answers in SBE over REST: the same types and the same values as from JSON, errors included.

use std::time::Duration;

use binance_wire_core::Error;
use binance_wire_e2e::{FOREIGN_SYMBOL, hmac, rest_builder, resting_order};
use binance_wire_sandbox::{Exchange, Fault, Injection};
use binance_wire_spot::requests::Depth;
use binance_wire_spot::rest::Client;
use binance_wire_spot::{TimeUnit, error_codes, sbe};

/// Two clients of one exchange, the second of which asks for SBE.
fn clients(exchange: &Exchange) -> (Client, Client) {
    let builder = rest_builder(exchange).credentials(hmac());
    (
        builder.clone().build().expect("a client"),
        builder.sbe(sbe::format()).build().expect("a client"),
    )
}

#[tokio::test]
async fn a_depth_snapshot_is_the_same_in_sbe_and_in_json() {
    let exchange = Exchange::start();
    let (json, sbe) = clients(&exchange);
    for symbol in ["BTCUSDT", "ETHUSDT", "LTCBTC", FOREIGN_SYMBOL] {
        for limit in [1, 100, 1000] {
            let request = Depth::new(symbol).limit(limit);
            let from_json = json.send_detailed(&request).await.expect("a book");
            let from_sbe = sbe.send_detailed(&request).await.expect("a book");
            assert_eq!(
                from_json.header("content-type"),
                Some("application/json;charset=UTF-8")
            );
            assert_eq!(from_sbe.header("content-type"), Some("application/sbe"));
            assert_eq!(from_json.value, from_sbe.value, "{symbol}");
            assert!(!from_sbe.value.bids.is_empty() && !from_sbe.sbe_deprecated);
            // Equal as text too: trailing zeros are the same.
            let text = |book: &binance_wire_spot::models::OrderBook| {
                let sides = book.bids.iter().chain(&book.asks);
                sides
                    .map(|level| format!("{}x{}", level.price, level.quantity))
                    .collect::<Vec<_>>()
            };
            assert_eq!(text(&from_json.value), text(&from_sbe.value), "{symbol}");
        }
    }
    let sent = exchange.requests();
    let schema = sbe::spot::SCHEMA;
    let asked = format!("{}:{}", schema.id, schema.version);
    assert_eq!(sent[1].header("x-mbx-sbe"), Some(asked.as_str()));
    assert_eq!(
        (sent[0].header("x-mbx-sbe"), sent[0].header("accept")),
        (None, Some("application/json"))
    );
}

/// The time is the same instant; SBE has it in microseconds always.
#[tokio::test]
async fn times_compare_by_instant() {
    let exchange = Exchange::start();
    exchange.freeze_clock(1_700_000_000_123);
    let (json, sbe) = clients(&exchange);
    let (from_json, from_sbe) = (
        json.time().send().await.expect("the time"),
        sbe.time().send().await.expect("the time"),
    );
    assert_eq!(from_json, from_sbe);
    assert_eq!(from_json.server_time.unit(), TimeUnit::Millisecond);
    assert_eq!(from_sbe.server_time.unit(), TimeUnit::Microsecond);
    json.ping().send().await.expect("pong");
    sbe.ping().send().await.expect("pong");
}

#[tokio::test]
async fn errors_in_sbe_are_the_same_errors() {
    let exchange = Exchange::start();
    let (json, sbe) = clients(&exchange);
    for client in [&json, &sbe] {
        let refused = client.depth("NOSUCHPAIR").send().await;
        let Err(Error::Api(said)) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(
            (said.status, said.code, said.message.as_str()),
            (400, error_codes::BAD_SYMBOL, "Invalid symbol.")
        );
    }
    // A fault's answer is JSON, whatever was asked for.
    exchange.inject(Injection::new(Fault::RateLimited { retry_after: 7 }).on_http("GET", "/api/v3/depth"));
    let limited = sbe.depth("BTCUSDT").send().await.expect_err("limited");
    assert!(
        matches!(&limited, Error::RateLimited { retry_after: Some(wait), .. } if *wait == Duration::from_secs(7)),
        "{limited:?}"
    );
    exchange.inject(Injection::new(Fault::CutBody { after: 20 }).on_http("GET", "/api/v3/depth"));
    let cut = sbe.depth("BTCUSDT").send().await.expect_err("cut");
    assert!(matches!(cut, Error::Transport(_)), "{cut:?}");
}

/// The sandbox has no SBE for orders and says so in SBE.
#[tokio::test]
async fn where_sbe_is_refused_the_error_says_so() {
    let exchange = Exchange::start();
    let (_, sbe) = clients(&exchange);
    let refused = sbe.send(&resting_order("mine")).await;
    let Err(Error::Api(said)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((said.status, said.code), (406, error_codes::SBE_DISABLED));

    exchange.set_sbe_enabled(false);
    let refused = sbe.depth("BTCUSDT").send().await.expect_err("no SBE here");
    assert_eq!(refused.code(), Some(error_codes::SBE_DISABLED));
    assert!(exchange.orders().is_empty());
}

/// Bytes that are no message are an error that keeps them.
#[tokio::test]
async fn damaged_messages_are_errors() {
    let exchange = Exchange::start();
    let (_, sbe) = clients(&exchange);
    let whole = sbe
        .send_detailed(&Depth::new("BTCUSDT").limit(5))
        .await
        .expect("a book")
        .body;
    for length in [0, 1, 7, 8, 20, whole.len() - 1] {
        let body = whole[..length].to_vec();
        let headers = vec![("Content-Type".to_owned(), "application/sbe".to_owned())];
        exchange.inject(Fault::Status {
            status: 200,
            headers,
            body: body.clone(),
        });
        let error = sbe.depth("BTCUSDT").send().await.expect_err("damaged");
        assert!(
            matches!(&error, Error::Decode { status: 200, body: kept, .. } if *kept == body),
            "{length}: {error:?}"
        );
    }
}
