//! Error frames: each kind of error with its fields, for a request that changes something and for one that reads.

use std::time::Duration;

use binance_wire_core::{Error, Fate, Nullable};
use binance_wire_e2e::{
    RESTING, ed25519, logged_on, resting_order, seen, signing, status_of, within, ws_builder,
};
use binance_wire_sandbox::{Exchange, Fault, Injection, keys};
use binance_wire_spot::models::{CancelOutcome, CancelReplaceErrorData, NewOrderOutcome};
use binance_wire_spot::requests::NewOrder;
use binance_wire_spot::ws_api::{Client, SessionState};
use binance_wire_spot::{
    CancelReplaceMode, CancelReplaceStatus, Credentials, ErrorCode, OrderType, RejectReason, Side,
    TimeInForce, error_codes,
};

/// What a mutation and a read come to when the same fault strikes both.
async fn both(exchange: &Exchange, client: &Client, fault: Fault) -> [Error; 2] {
    exchange.inject(Injection::new(fault.clone()).on_method("order.place"));
    let mutation = client
        .send(&resting_order("mine"))
        .await
        .expect_err("the order fails");
    exchange.inject(Injection::new(fault).on_method("order.status"));
    let read = client
        .query_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await;
    [mutation, read.expect_err("the query fails")]
}

#[tokio::test]
async fn refusals_have_named_codes() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let refused = client
        .send(&resting_order("x").quantity(binance_wire_core::dec!(8000)))
        .await;
    let Err(Error::Api(said)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((said.status, said.code), (400, error_codes::NEW_ORDER_REJECTED));
    let refused = client
        .query_order("BTCUSDT")
        .order_id(404)
        .send()
        .await
        .expect_err("no such order");
    assert_eq!(refused.code(), Some(error_codes::NO_SUCH_ORDER));
    let refused = client
        .depth("NOSUCHPAIR")
        .send()
        .await
        .expect_err("no such symbol");
    assert_eq!(refused.code(), Some(error_codes::BAD_SYMBOL));

    let forged = Credentials::hmac(keys::HMAC_API_KEY, "not the secret").expect("usable");
    let refused = signing(&exchange, forged)
        .await
        .account()
        .send()
        .await
        .expect_err("forged");
    assert_eq!(refused.code(), Some(error_codes::INVALID_SIGNATURE));
}

#[tokio::test]
async fn status_403() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    for error in both(&exchange, &client, Fault::Html403).await {
        assert!(
            matches!(&error, Error::Forbidden { body, .. } if body.to_string().contains("Forbidden")),
            "{error:?}"
        );
    }
    assert!(exchange.orders().is_empty());
}

#[tokio::test]
async fn status_409_has_both_results() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let first = client.send(&resting_order("first")).await.expect("placed");
    let message = "Account has insufficient balance for requested action.".to_owned();
    exchange.inject(
        Injection::new(Fault::RejectNewOrder { code: -2010, message }).on_method("order.cancelReplace"),
    );
    let half = client
        .order_cancel_replace(
            "BTCUSDT",
            Side::Buy,
            OrderType::Limit,
            CancelReplaceMode::StopOnFailure,
        )
        .cancel_order_id(first.order_id())
        .time_in_force(TimeInForce::Gtc)
        .quantity(binance_wire_core::dec!(0.02))
        .price(RESTING)
        .send()
        .await;
    let Err(Error::PartialSuccess { error: said, .. }) = half else {
        panic!("{half:?}")
    };
    assert_eq!(
        (said.status, said.code),
        (409, error_codes::CANCEL_REPLACE_PARTIALLY_FAILED)
    );
    let data: CancelReplaceErrorData = said.data_as().expect("data").expect("typed");
    assert_eq!(
        (data.cancel_result, data.new_order_result),
        (CancelReplaceStatus::Success, CancelReplaceStatus::Failure)
    );
    assert!(
        matches!(&data.cancel_response, Some(Nullable::Value(CancelOutcome::CanceledOrder(order))) if order.order_id == first.order_id())
    );
    let Some(Nullable::Value(NewOrderOutcome::CancelReplaceFailure(failure))) = data.new_order_response
    else {
        panic!("the new order failed: {:?}", data.new_order_response)
    };
    assert_eq!(ErrorCode(failure.code), error_codes::NEW_ORDER_REJECTED);
    assert_eq!(
        binance_wire_core::reject_reason(ErrorCode(failure.code), &failure.msg),
        Some(RejectReason::AccountHasInsufficientBalanceForRequestedAction)
    );
    assert_eq!(status_of(&exchange, "first").as_deref(), Some("CANCELED"));
}

/// The exchange names the moment from which it takes requests again.
#[tokio::test]
async fn status_429_names_the_moment() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let now = exchange.now_ms();
    for error in both(&exchange, &client, Fault::RateLimited { retry_after: 7 }).await {
        let Error::RateLimited {
            retry_at: Some(at),
            error: said,
            ..
        } = error
        else {
            panic!("{error:?}")
        };
        assert!(at.as_millis() >= now + 7_000);
        assert_eq!((said.status, said.code), (429, error_codes::TOO_MANY_REQUESTS));
    }
    assert!(exchange.orders().is_empty());
}

/// Who is banned is cut off, and must not come back before the time.
#[tokio::test]
async fn status_418_keeps_the_client_away() {
    let exchange = Exchange::start();
    let client = ws_builder(&exchange, ed25519()).request_timeout(Duration::from_millis(500));
    let client = within("connecting", client.connect()).await.expect("connected");
    let now = exchange.now_ms();
    exchange.inject(Injection::new(Fault::Banned { retry_after: 120 }).on_method("order.place"));
    let banned = client.send(&resting_order("mine")).await.expect_err("banned");
    let Error::Banned {
        retry_at: Some(at),
        error: said,
        ..
    } = banned
    else {
        panic!("{banned:?}")
    };
    assert!(at.as_millis() >= now + 120_000);
    assert_eq!((said.status, said.code), (418, error_codes::TOO_MANY_REQUESTS));
    seen(&exchange, "the end of the banned connection", |exchange| {
        exchange.counts().open_websockets == 0
    })
    .await;

    let waiting = within("an error", client.account().send())
        .await
        .expect_err("still banned");
    assert!(matches!(waiting, Error::Transport(_)), "{waiting:?}");
    assert_eq!(
        exchange.counts().accepted,
        1,
        "no connection is tried during the ban"
    );
    assert!(exchange.orders().is_empty());
}

#[tokio::test]
async fn status_418_of_a_read_and_the_way_back() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    exchange.inject(Injection::new(Fault::Banned { retry_after: 1 }).on_method("order.status"));
    let banned = client
        .query_order("BTCUSDT")
        .order_id(1)
        .send()
        .await
        .expect_err("banned");
    let Error::Banned {
        retry_at: Some(at), ..
    } = banned
    else {
        panic!("{banned:?}")
    };
    seen(&exchange, "the next connection", |exchange| {
        exchange.counts().websockets == 2
    })
    .await;
    assert!(exchange.now_ms() >= at.as_millis(), "it came back during the ban");
    client.send(&resting_order("mine")).await.expect("placed");
}

#[tokio::test]
async fn status_503_leaves_an_order_unknown_and_a_read_failed() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let [order, read] = both(&exchange, &client, Fault::Unavailable503).await;
    let Error::ExecutionUnknown {
        client_order_id,
        status,
        error,
        ..
    } = order
    else {
        panic!("{order:?}")
    };
    assert_eq!((client_order_id.as_deref(), status), (Some("mine"), Some(503)));
    assert_eq!(error.map(|said| said.code), Some(error_codes::DISCONNECTED));
    assert!(matches!(read, Error::Server { status: 503, .. }), "{read:?}");

    // It was carried out after all, and is found by its client order id.
    exchange.inject(
        Injection::new(Fault::Unavailable503)
            .on_method("order.place")
            .after_processing(),
    );
    let unknown = client
        .send(&resting_order("done"))
        .await
        .expect_err("the answer says nothing");
    let unresolved = unknown.unresolved().expect("what it takes to find out");
    let fate = client.reconcile::<NewOrder>(unresolved).await.expect("a fate");
    assert!(
        matches!(&fate, Fate::CarriedOut(order) if order.client_order_id == "done"),
        "{fate:?}"
    );
}

/// A key that is withdrawn ends the session; the client knows it and the request is answered, not hung.
#[tokio::test]
async fn a_revoked_key_ends_the_session() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    assert!(exchange.revoke_key(keys::ED25519_API_KEY));
    let refused = within("a refusal", client.account().send())
        .await
        .expect_err("revoked");
    assert_eq!(refused.code(), Some(error_codes::REJECTED_MBX_KEY), "{refused:?}");
    let SessionState::Revoked(said) = client.transport().session() else {
        panic!("{:?}", client.transport().session())
    };
    assert_eq!(said.code, error_codes::REJECTED_MBX_KEY);
    // What needs no key goes on.
    client.time().send().await.expect("the time");
}
