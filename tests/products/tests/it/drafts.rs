//! What is published by name alone, and what is gone.

use binance_wire::retired;
use binance_wire_products_tests::http::Server;
use binance_wire_products_tests::{NOW, verified};

use super::client;

/// An answer whose shape nobody has published comes back as it was sent.
const RAW: &str = r#"{"anything" : [1, 1e400, {"a":null}], "a":1, "a":2}"#;

#[tokio::test]
async fn a_draft_takes_any_parameter_and_gives_raw_json() {
    let server = Server::answering(RAW).await;
    let client = client!(options, &server);
    let answer = client
        .account_config()
        .parameter("asset", "a b")
        .parameter("archived", true)
        .parameter("size", 50)
        .send()
        .await
        .expect("answered");
    assert_eq!(answer.as_str(), RAW);
    let request = server.request();
    assert_eq!(request.path(), "/eapi/v1/accountConfig");
    assert_eq!(
        verified(request.query()),
        format!("asset=a%20b&archived=true&size=50&timestamp={NOW}")
    );
}

#[tokio::test]
async fn a_draft_that_changes_something_is_signed_too() {
    let server = Server::answering("[]").await;
    client!(options, &server)
        .modify_order()
        .parameter("symbol", "BTC-260228-70000-C")
        .parameter("quantity", binance_wire::dec!(0.00000001))
        .send()
        .await
        .expect("answered");
    let request = server.request();
    assert_eq!(
        (request.method.as_str(), request.path()),
        ("PUT", "/eapi/v1/order")
    );
    let signed = if request.body.is_empty() {
        request.query()
    } else {
        &request.body
    };
    assert_eq!(
        verified(signed),
        format!("symbol=BTC-260228-70000-C&quantity=0.00000001&timestamp={NOW}")
    );
}

#[test]
fn what_is_gone_is_known_with_date_and_replacement() {
    let gone = retired::lookup("POST", "/sapi/v1/portfolio/mint").expect("listed");
    assert_eq!(gone.product, "portfolio-margin-pro");
    assert_eq!(gone.date, Some("2025-08-13"));
    assert_eq!(gone.replacement, Some("POST /sapi/v1/bfusd/subscribe"));
    assert_eq!(
        gone.to_string(),
        "POST /sapi/v1/portfolio/mint is retired since 2025-08-13; use POST /sapi/v1/bfusd/subscribe"
    );
    let gone = retired::lookup("POST", "/eapi/v1/transfer").expect("listed");
    assert_eq!((gone.date, gone.replacement), (Some("2023-02-02"), None));
    for (method, path) in [
        ("GET", "/eapi/v1/transfer"),
        ("POST", "/eapi/v1/transfer?asset=USDT"),
        ("POST", "/eapi/v1/order"),
        ("", ""),
    ] {
        assert_eq!(retired::lookup(method, path), None, "{method} {path}");
    }
}

/// The table is searched by halves: it must be sorted, and no call may stand in it twice.
#[test]
fn every_entry_is_found() {
    for entry in retired::RETIRED {
        assert_eq!(retired::lookup(entry.method, entry.path), Some(entry));
    }
}
