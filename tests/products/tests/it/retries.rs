//! What may be sent again and what may not, and how long an answer may take.

use std::time::Duration;

use binance_wire::{Environment, Error, RestOperation, dec};
use binance_wire::{b402, connect, link, usds_futures, wallet};
use binance_wire_products_tests::http::{Action, Server};

use super::at;

/// A server that fails twice, then answers.
async fn failing(failure: Action, answer: &'static str) -> Server {
    Server::start(move |number, _| match number {
        0 | 1 => failure.clone(),
        _ => Action::ok(answer),
    })
    .await
}

fn failures() -> [Action; 3] {
    let unavailable = Action::Reply(503, Vec::new(), String::new());
    [Action::Drop, Action::Hang, unavailable]
}

fn persistent(server: &Server) -> wallet::rest::Client {
    at(server, wallet::rest::Client::builder(Environment::Production))
        .timeout(Duration::from_millis(300))
        .retry_reads(3, Duration::from_secs(20))
        .build()
        .expect("usable")
}

#[tokio::test]
async fn a_read_by_post_is_sent_again() {
    for failure in failures() {
        let server = failing(failure.clone(), "[]").await;
        let assets = persistent(&server).user_asset().send().await;
        assert_eq!(assets.expect("answered in the end"), [], "{failure:?}");
        let requests = server.requests();
        assert_eq!(requests.len(), 3, "{failure:?}");
        assert!(requests.iter().all(|request| request.method == "POST"));
    }
}

#[tokio::test]
async fn a_withdrawal_is_sent_once() {
    for failure in failures() {
        let server = failing(failure.clone(), r#"{"id":"1"}"#).await;
        let outcome = persistent(&server)
            .withdraw(wallet::requests::WithdrawRequired {
                coin: "USDT".into(),
                address: "0xab".into(),
                amount: dec!(1),
            })
            .send()
            .await;
        assert!(
            matches!(outcome, Err(Error::ExecutionUnknown { .. })),
            "{failure:?}: {outcome:?}"
        );
        assert_eq!(server.requests().len(), 1, "{failure:?}");
    }
}

#[tokio::test]
async fn an_order_of_unknown_fate_has_its_id() {
    let server = failing(Action::Drop, "").await;
    let client = at(
        &server,
        usds_futures::rest::Client::builder(Environment::Production),
    )
    .build()
    .expect("usable");
    let outcome = client
        .new_order(
            "BTCUSDT",
            usds_futures::Side::Buy,
            usds_futures::FuturesOrderType::Market,
        )
        .quantity(dec!(1))
        .new_client_order_id("mine-7")
        .send()
        .await;
    let Err(Error::ExecutionUnknown { client_order_id, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(client_order_id.as_deref(), Some("mine-7"));
    assert_eq!(server.requests().len(), 1);
}

/// Sources disagree on whether a throttled order has failed for certain, so its fate is unknown; the code tells it from
/// other failures.
#[tokio::test]
async fn a_throttled_order_is_known_by_its_code() {
    for (code, throttled) in [(-1008, true), (-1000, false)] {
        let body = format!(r#"{{"code":{code},"msg":"Request throttled by system-level protection."}}"#);
        let server = failing(Action::Reply(503, Vec::new(), body), "").await;
        let client = at(
            &server,
            usds_futures::rest::Client::builder(Environment::Production),
        )
        .build()
        .expect("usable");
        let order = usds_futures::requests::NewOrder::new(
            "BTCUSDT",
            usds_futures::Side::Buy,
            usds_futures::FuturesOrderType::Market,
        )
        .quantity(dec!(1));
        let error = client
            .send(&order.new_client_order_id("mine-8"))
            .await
            .expect_err("throttled");
        assert!(
            matches!(&error, Error::ExecutionUnknown { status: Some(503), client_order_id: Some(id), .. } if id == "mine-8"),
            "{error:?}"
        );
        let said = error.code() == Some(usds_futures::error_codes::REQUEST_THROTTLED);
        assert_eq!(said, throttled);
        assert_eq!(server.requests().len(), 1);
    }
}

/// Which operations change something is the spec's word, not that of the HTTP method.
#[test]
fn what_changes_something() {
    const {
        assert!(!wallet::requests::UserAsset::INFO.mutation);
        assert!(!wallet::requests::FundingWallet::INFO.mutation);
        assert!(wallet::requests::Withdraw::INFO.mutation);
        assert!(wallet::requests::DustTransfer::INFO.mutation);
        assert!(!connect::requests::BuyEstimatedQuote::INFO.mutation);
        assert!(connect::requests::BuyPreOrder::INFO.mutation);
        assert!(!b402::requests::Verify::INFO.mutation);
        assert!(b402::requests::Settle::INFO.mutation);
        assert!(link::requests::SubAccountTransfer::INFO.mutation);
        assert!(!link::requests::SubAccountTransferHistory::INFO.mutation);
    }
}
