//! Typed endpoints without async.

use binance_wire::Error;
use binance_wire::spot::models::KlineInterval;
use binance_wire::spot::rest::blocking;
use binance_wire::spot::{requests, rest};
use binance_wire_core::Timestamp;
use binance_wire_products_tests::http::{Action, Server};
use serde_json::json;

/// A server on a thread with a runtime of its own.
fn server() -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let server = Server::start(|_, request| {
                Action::ok(match request.path() {
                    "/api/v3/time" => json!({"serverTime": 7}).to_string(),
                    _ => json!([[0, "1", "2", "0.5", "1.5", "10", 59_999, "15", 3, "5", "7.5", "0"]])
                        .to_string(),
                })
            })
            .await;
            sender.send(server.url.clone()).expect("the test waits");
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().expect("an address")
}

#[test]
fn calls_and_requests_and_histories() -> Result<(), Error> {
    let client = rest::Client::builder_at([server()]).build()?;
    assert_eq!(client.time().blocking().send()?.server_time.as_millis(), 7);
    let blocking: blocking::Client = client.blocking();
    assert_eq!(blocking.send(&requests::Time::new())?.server_time.as_millis(), 7);
    let klines = client
        .klines("BTCUSDT", KlineInterval::Minute1)
        .start_time(Timestamp::from_millis(0))
        .end_time(Timestamp::from_millis(59_999))
        .blocking()
        .items()
        .collect::<Result<Vec<_>, _>>()?;
    assert_eq!(klines.len(), 1);
    Ok(())
}

#[tokio::test]
async fn inside_a_task_it_is_an_error() {
    let client = rest::Client::builder_at(["http://127.0.0.1:1"])
        .build()
        .expect("a client");
    let error = client.time().blocking().send().expect_err("a blocking call");
    assert!(matches!(error, Error::Unusable(_)), "{error}");
}
