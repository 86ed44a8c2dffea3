//! A window that the exchange would not take is told before anything is connected.

use binance_wire_core::Error;
use binance_wire_websocket::ApiClient;

#[tokio::test]
async fn a_window_out_of_range_is_refused() {
    let connected = ApiClient::builder(["ws://192.0.2.1"])
        .recv_window(60_001)
        .connect()
        .await;
    let error = connected.map(drop).expect_err("refused");
    assert!(
        matches!(&error, Error::Unusable(text) if text.contains("recvWindow 60001")),
        "{error}"
    );
}
