//! A window that the exchange would not take is told before anything is connected, unless another was chosen since.

use binance_wire_core::{Error, RawJson, json};
use binance_wire_websocket::{ApiClient, StreamClient};

fn is_refused(error: &Error) -> bool {
    matches!(error, Error::Unusable(text) if text.contains("recvWindow 60001"))
}

#[tokio::test]
async fn a_window_out_of_range_is_refused() {
    let api = ApiClient::builder(["ws://192.0.2.1"]).recv_window(60_001);
    let error = api.connect().await.map(drop).expect_err("refused");
    assert!(is_refused(&error), "{error}");
    let streams = StreamClient::builder(["ws://192.0.2.1"], json::from_str::<RawJson>).recv_window(60_001);
    let error = streams.connect().await.map(drop).expect_err("refused");
    assert!(is_refused(&error), "{error}");
}

#[tokio::test]
async fn the_last_window_counts() {
    // Without an address everything ends soon, but not before the window has been looked at.
    let none: [&str; 0] = [];
    let api = ApiClient::builder(none);
    let error = api.clone().recv_window(60_001).recv_window(5_000).connect().await;
    assert!(!is_refused(&error.map(drop).expect_err("no address")));
    let error = api.recv_window(5_000).recv_window(60_001).connect().await;
    assert!(is_refused(&error.map(drop).expect_err("refused")));
}
