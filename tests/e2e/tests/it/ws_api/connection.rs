//! Connections that are lost, closed and replaced, with and without requests under way.

use std::time::Duration;

use binance_wire_core::Error;
use binance_wire_e2e::{
    ed25519, frames_of, hmac, logged_on, resting_order, seen, signing, status_of, within, ws_builder,
};
use binance_wire_sandbox::{Cut, Exchange, Fault, Injection};
use binance_wire_spot::ws_api::SessionState;

#[tokio::test]
async fn an_order_under_way_on_a_cut_connection_is_unknown_and_never_sent_again() {
    for cut in [Cut::BeforeProcessing, Cut::AfterProcessing] {
        let exchange = Exchange::start();
        let client = logged_on(&exchange).await;
        exchange.inject(Injection::new(Fault::CutConnection(cut)).on_method("order.place"));
        let lost = within("an error", client.send(&resting_order("mine")))
            .await
            .expect_err("cut");
        let Error::ExecutionUnknown {
            client_order_id: Some(id),
            status: None,
            error: None,
            ..
        } = lost
        else {
            panic!("{cut:?}: {lost:?}")
        };
        // The client is back by itself, logged on, and can ask what became of the order.
        let found = client
            .query_order("BTCUSDT")
            .orig_client_order_id(id)
            .send()
            .await;
        assert_eq!(found.is_ok(), cut == Cut::AfterProcessing, "{cut:?}: {found:?}");
        assert_eq!(status_of(&exchange, "mine").is_some(), found.is_ok());
        assert_eq!(client.transport().session(), SessionState::LoggedOn);
        assert_eq!(frames_of(&exchange, "order.place").len(), 1, "{cut:?}");
        assert_eq!(frames_of(&exchange, "session.logon").len(), 2, "{cut:?}");
        assert_eq!(exchange.counts().websockets, 2);
    }
}

#[tokio::test]
async fn a_read_under_way_on_a_cut_connection_failed() {
    let exchange = Exchange::start();
    let client = signing(&exchange, hmac()).await;
    let cut = Fault::CutConnection(Cut::AfterProcessing);
    exchange.inject(Injection::new(cut).on_method("account.status"));
    let lost = within("an error", client.account().send())
        .await
        .expect_err("cut");
    assert!(matches!(lost, Error::Transport(_)), "{lost:?}");
    client.account().send().await.expect("the next connection serves");
}

#[tokio::test]
async fn an_idle_connection_that_is_closed_or_cut_is_made_again() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    exchange.close_websockets(1001, "going away");
    seen(&exchange, "the second connection", |exchange| {
        exchange.counts().websockets == 2
    })
    .await;
    client.send(&resting_order("after-close")).await.expect("placed");
    exchange.cut_websockets();
    seen(&exchange, "the third connection", |exchange| {
        exchange.counts().websockets == 3
    })
    .await;
    client.send(&resting_order("after-cut")).await.expect("placed");
    assert_eq!(client.transport().session(), SessionState::LoggedOn);
    assert_eq!(exchange.orders().len(), 2);
}

#[tokio::test]
async fn a_shutdown_that_is_announced_interrupts_nothing() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    // Under way on the old connection while the new one is made.
    exchange.inject(Injection::new(Fault::Delay(Duration::from_millis(300))).on_method("order.place"));
    let order = tokio::spawn({
        let client = client.clone();
        async move { client.send(&resting_order("mine")).await }
    });
    seen(&exchange, "the order", |exchange| {
        !frames_of(exchange, "order.place").is_empty()
    })
    .await;
    exchange.inject(Fault::ServerShutdown);
    seen(&exchange, "the replacement", |exchange| {
        exchange.counts().websockets == 2
    })
    .await;
    within("the order's answer", order)
        .await
        .expect("no panic")
        .expect("placed");
    client
        .cancel_order("BTCUSDT")
        .orig_client_order_id("mine")
        .send()
        .await
        .expect("canceled");
    seen(&exchange, "the end of the old connection", |exchange| {
        exchange.counts().open_websockets == 1
    })
    .await;
}

#[tokio::test]
async fn pings_are_answered_with_their_payload() {
    let exchange = Exchange::start();
    let client = signing(&exchange, hmac()).await;
    // Now the exchange knows the connection.
    client.time().send().await.expect("the time");
    exchange.ping_websockets(b"1700000000000");
    seen(&exchange, "the pong", |exchange| {
        exchange
            .pongs()
            .iter()
            .any(|pong| pong.payload == b"1700000000000")
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_an_error() {
    let exchange = Exchange::start();
    let client = ws_builder(&exchange, ed25519()).request_timeout(Duration::from_millis(300));
    let client = within("connecting", client.connect()).await.expect("connected");
    let never = Fault::Delay(Duration::from_secs(3600));
    exchange.inject(Injection::new(never.clone()).on_method("order.place"));
    exchange.inject(Injection::new(never).on_method("account.status"));
    let order = within("an error", client.send(&resting_order("mine")))
        .await
        .expect_err("silence");
    assert!(
        matches!(&order, Error::ExecutionUnknown { client_order_id: Some(id), .. } if *id == "mine"),
        "{order:?}"
    );
    let read = within("an error", client.account().send())
        .await
        .expect_err("silence");
    assert!(matches!(read, Error::Transport(_)), "{read:?}");
}

#[tokio::test]
async fn a_closed_client_and_an_absent_exchange_are_errors() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    client.transport().close().await;
    let closed = client.send(&resting_order("mine")).await.expect_err("closed");
    assert!(
        matches!(closed, Error::Transport(_)),
        "certain that it never went out: {closed:?}"
    );
    let builder = ws_builder(&exchange, ed25519());
    drop(exchange);
    let refused = within("connecting", builder.connect()).await;
    assert!(matches!(refused, Err(Error::Transport(_))), "{refused:?}");
}
