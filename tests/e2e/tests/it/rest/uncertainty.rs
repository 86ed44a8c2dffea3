//! Failures after which nobody knows whether the exchange acted: 5xx, cut bodies, cut connections, silence.

use std::time::Duration;

use binance_wire_core::{Error, ErrorCode, Fate, OrderIds, ReconcilePolicy};
use binance_wire_e2e::{hmac, rest_builder, rest_client, resting_order, status_of};
use binance_wire_sandbox::{Cut, Exchange, Fault, Injection};
use binance_wire_spot::dec;
use binance_wire_spot::error_codes;
use binance_wire_spot::requests::{NewOrder, OrderAmendKeepPriority};

use super::errors::both;

/// The fields of an unknown execution; its client order id must be the order's.
fn unknown(error: Error) -> (Option<u16>, Option<ErrorCode>) {
    let code = error.code();
    match error {
        Error::ExecutionUnknown {
            client_order_id,
            status,
            reason,
            ..
        } => {
            assert_eq!(client_order_id.as_deref(), Some("mine"), "the id to ask by");
            assert!(!reason.is_empty());
            (status, code)
        }
        other => panic!("an execution unknown: {other:?}"),
    }
}

fn orders_sent(exchange: &Exchange) -> usize {
    exchange
        .requests()
        .iter()
        .filter(|request| request.method == "POST")
        .count()
}

#[tokio::test]
async fn status_503_leaves_an_order_unknown_and_a_read_failed() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let [order, read] = both(&exchange, &client, Fault::Unavailable503).await;
    assert_eq!(unknown(order), (Some(503), Some(error_codes::DISCONNECTED)));
    assert!(read.to_string().contains("DISCONNECTED (-1001)"), "{read}");
    assert!(read.call().is_some_and(|call| call.method == "GET"), "{read}");
    let Error::Server {
        status, error, body, ..
    } = read
    else {
        panic!("{read:?}")
    };
    assert_eq!(
        (status, error.map(|said| said.code)),
        (503, Some(error_codes::DISCONNECTED))
    );
    assert!(body.to_string().contains("-1001"), "{body}");
    assert_eq!(
        orders_sent(&exchange),
        1,
        "an order is never sent again by itself"
    );

    // Without anything that the exchange itself said.
    let page = Fault::Status {
        status: 503,
        headers: Vec::new(),
        body: b"<html>busy</html>".to_vec(),
    };
    let [order, read] = both(&exchange, &client, page).await;
    assert_eq!(unknown(order), (Some(503), None));
    assert!(
        matches!(&read, Error::Server { error: None, body, .. } if body == "<html>busy</html>"),
        "{read:?}"
    );
}

/// The way out that the error's text names: ask by the client order id.
#[tokio::test]
async fn an_order_of_unknown_fate_is_found_by_its_client_order_id() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    exchange.inject(
        Injection::new(Fault::Unavailable503)
            .on_http("POST", "/api/v3/order")
            .after_processing(),
    );
    let error = client
        .send(&resting_order("mine"))
        .await
        .expect_err("the answer says nothing");
    let Error::ExecutionUnknown {
        client_order_id: Some(id),
        ..
    } = error
    else {
        panic!("{error:?}")
    };
    let found = client
        .query_order("BTCUSDT")
        .orig_client_order_id(id)
        .send()
        .await
        .expect("it was placed");
    assert_eq!(found.client_order_id, "mine");
}

/// A change that gives the order another id is found by that.
#[tokio::test]
async fn an_amendment_of_unknown_fate_has_the_id_of_afterwards() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let path = "/api/v3/order/amend/keepPriority";
    exchange.inject(Injection::new(Fault::Unavailable503).on_http("PUT", path));
    let amendment = OrderAmendKeepPriority::new("BTCUSDT", dec!(0.005)).orig_client_order_id("mine");
    let error = client
        .send(&amendment)
        .await
        .expect_err("the answer says nothing");
    let unresolved = error.unresolved().expect("what it takes");
    let id = unresolved.client_order_id().expect("an id");
    assert_ne!(id, "mine");
    let requests = exchange.requests();
    let sent = requests.last().expect("a request");
    assert!(
        format!("{sent:?}").contains(&format!("newClientOrderId={id}")),
        "{sent:?}"
    );
    let query = unresolved.orders().first().expect("an order").query();
    assert!(
        query.contains(&("origClientOrderId", id.as_str().into())),
        "{query:?}"
    );
}

/// A change that keeps the id is shown by the quantity: the order itself was there before.
#[tokio::test]
async fn an_amendment_that_keeps_the_id_is_not_proved_by_the_order() {
    let exchange = Exchange::start();
    let mut policy = ReconcilePolicy::default();
    policy.settle = Duration::ZERO;
    let client = rest_builder(&exchange)
        .credentials(hmac())
        .recv_window(1_000)
        .reconcile_policy(policy)
        .build()
        .expect("usable");
    client.send(&resting_order("mine")).await.expect("it is placed");
    let path = "/api/v3/order/amend/keepPriority";
    exchange.inject(Injection::new(Fault::Unavailable503).on_http("PUT", path));
    let amendment = OrderAmendKeepPriority::new("BTCUSDT", dec!(0.005))
        .orig_client_order_id("mine")
        .new_client_order_id("mine");
    let error = client
        .send(&amendment)
        .await
        .expect_err("the answer says nothing");
    let unresolved = error.unresolved().expect("what it takes");
    let fate = client
        .reconcile::<OrderAmendKeepPriority>(unresolved)
        .await
        .expect("a fate");
    assert!(
        matches!(&fate, Fate::NotCarriedOut(Some(order)) if order.client_order_id == "mine"),
        "{fate:?}"
    );
}

/// Without an id of the caller's: the client made one, and asks by it.
#[tokio::test]
async fn reconcile_finds_out_what_became_of_an_order() {
    let exchange = Exchange::start();
    let mut policy = ReconcilePolicy::default();
    policy.settle = Duration::ZERO;
    let ids = OrderIds::with_prefix("desk1-").expect("a prefix");
    let client = rest_builder(&exchange)
        .credentials(hmac())
        .order_ids(ids)
        .recv_window(1_000)
        .reconcile_policy(policy)
        .build()
        .expect("usable");
    let mut order = resting_order("");
    order.new_client_order_id = None;
    for placed in [true, false] {
        let injection = Injection::new(Fault::Unavailable503).on_http("POST", "/api/v3/order");
        exchange.inject(match placed {
            true => injection.after_processing(),
            false => injection,
        });
        let error = client.send(&order).await.expect_err("the answer says nothing");
        let unresolved = error.unresolved().expect("what it takes");
        let fate = client.reconcile::<NewOrder>(unresolved).await.expect("a fate");
        match (placed, fate) {
            (true, Fate::CarriedOut(order)) => {
                assert!(order.client_order_id.starts_with("desk1-"));
                assert_eq!(Some(&order.client_order_id), unresolved.client_order_id());
            }
            (false, Fate::NotCarriedOut(None)) => {}
            (_, other) => panic!("{other:?}"),
        }
    }
    assert_eq!(
        orders_sent(&exchange),
        2,
        "an order is never sent again by itself"
    );
}

/// Codes with which the exchange says that it does not know itself, whatever the status.
#[tokio::test]
async fn the_codes_of_a_backend_that_did_not_answer() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    for code in [error_codes::UNEXPECTED_RESP, error_codes::TIMEOUT] {
        let fault = Fault::Status {
            status: 400,
            headers: Vec::new(),
            body: format!(r#"{{"code":{code},"msg":"unknown"}}"#).into_bytes(),
        };
        let [order, read] = both(&exchange, &client, fault).await;
        assert_eq!(unknown(order), (Some(400), Some(code)));
        assert!(matches!(read, Error::Server { status: 400, .. }), "{read:?}");
    }
}

#[tokio::test]
async fn a_cut_body_leaves_an_order_unknown_and_a_read_failed() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    // The read asks for an order that is there, so that its answer has a body to cut.
    client.send(&resting_order("mine")).await.expect("placed");
    client
        .cancel_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await
        .expect("canceled");
    exchange.clear_records();
    let [order, read] = both(&exchange, &client, Fault::CutBody { after: 10 }).await;
    assert_eq!(unknown(order).1, None);
    assert!(matches!(read, Error::Transport(_)), "{read:?}");
    assert_eq!(orders_sent(&exchange), 1);
    assert_eq!(status_of(&exchange, "mine").as_deref(), Some("CANCELED"));
    assert_eq!(
        exchange.orders().len(),
        2,
        "the order whose answer was cut is in the book"
    );
}

#[tokio::test]
async fn a_cut_connection_leaves_an_order_unknown_and_a_read_failed() {
    for cut in [Cut::BeforeProcessing, Cut::AfterProcessing] {
        let exchange = Exchange::start();
        let client = rest_client(&exchange, hmac());
        let [order, read] = both(&exchange, &client, Fault::CutConnection(cut)).await;
        assert_eq!(unknown(order), (None, None), "{cut:?}");
        assert!(matches!(read, Error::Transport(_)), "{cut:?}: {read:?}");
        assert_eq!(orders_sent(&exchange), 1, "{cut:?}");
        assert_eq!(
            exchange.orders().len(),
            usize::from(cut == Cut::AfterProcessing),
            "{cut:?}"
        );
    }
}

/// The same on a connection that served requests before, where a closed socket could be mistaken for a stale one.
#[tokio::test]
async fn a_kept_connection_that_is_cut_is_no_excuse_to_repeat_an_order() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    client.ping().send().await.expect("pong");
    exchange
        .inject(Injection::new(Fault::CutConnection(Cut::AfterProcessing)).on_http("POST", "/api/v3/order"));
    let error = client.send(&resting_order("mine")).await.expect_err("cut");
    assert_eq!(unknown(error), (None, None));
    assert_eq!((orders_sent(&exchange), exchange.orders().len()), (1, 1));
    // The next request finds a new connection.
    client
        .query_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await
        .expect("found");
}

#[tokio::test]
async fn reads_are_repeated_where_the_client_was_asked_to_and_orders_never() {
    let exchange = Exchange::start();
    let client = rest_builder(&exchange)
        .credentials(hmac())
        .retry_reads(3, Duration::from_secs(60))
        .build()
        .expect("a client");
    for fault in [
        Fault::Unavailable503,
        Fault::CutConnection(Cut::AfterProcessing),
        Fault::CutBody { after: 1 },
    ] {
        exchange.inject(Injection::new(fault).on_http("GET", "/api/v3/openOrders"));
    }
    assert!(
        client
            .open_orders()
            .send()
            .await
            .expect("the fourth attempt")
            .is_empty()
    );
    assert_eq!(exchange.requests().len(), 4);

    exchange.inject(Injection::new(Fault::Unavailable503).on_http("POST", "/api/v3/order"));
    let error = client
        .send(&resting_order("mine"))
        .await
        .expect_err("not repeated");
    assert_eq!(unknown(error).0, Some(503));
    assert_eq!(orders_sent(&exchange), 1);
}

#[tokio::test]
async fn silence_leaves_an_order_unknown_and_a_read_failed() {
    let exchange = Exchange::start();
    let client = rest_builder(&exchange)
        .credentials(hmac())
        .timeout(Duration::from_millis(300))
        .build()
        .expect("a client");
    let [order, read] = both(&exchange, &client, Fault::Delay(Duration::from_secs(3600))).await;
    assert_eq!(unknown(order), (None, None));
    assert!(matches!(read, Error::Transport(_)), "{read:?}");
    assert_eq!(orders_sent(&exchange), 1);
}

/// Nothing listens: it is certain that nothing was carried out.
#[tokio::test]
async fn an_order_that_never_went_out_is_no_mystery() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    drop(exchange);
    let error = client
        .send(&resting_order("mine"))
        .await
        .expect_err("nobody is there");
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
}
