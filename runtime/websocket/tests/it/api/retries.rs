//! Reads that are repeated, and what is not.

use std::time::Duration;

use binance_wire_core::{CallOptions, Error, RetryBudget};
use serde_json::json;

use super::operations::{Account, Place, Time, builder, connected, done, hmac_credentials, send};
use crate::common::Server;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_read_is_repeated_when_the_connection_is_lost_before_its_answer() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder.retry_reads(3, MINUTE)).await;
    let read = send(&client, Account);
    let first = peer.request().await;
    drop(peer);
    let mut peer = server.peer().await;
    let second = peer.request().await;
    assert_eq!(second["method"], first["method"]);
    assert_ne!(second["id"], first["id"]);
    // And when the exchange says that it failed.
    peer.send_value(&json!({"id": second["id"], "status": 503, "error": {"code": -1008, "msg": "busy"}}))
        .await;
    let third = peer.request().await;
    peer.answer(&third, json!({"n": 1})).await;
    assert_eq!(done(read).await.expect("an answer"), r#"{"n":1}"#);
}

#[tokio::test]
async fn mutations_refusals_and_what_is_to_fail_fast_are_not_repeated() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder.retry_reads(3, MINUTE)).await;
    let fast = client.with_options(CallOptions::new().fail_fast(true));
    let (order, read) = (send(&client, Place(Some("mine"))), send(&fast, Time(1)));
    peer.request().await;
    peer.request().await;
    drop(peer);
    assert!(matches!(done(order).await, Err(Error::ExecutionUnknown { .. })));
    assert!(matches!(done(read).await, Err(Error::Transport(_))));
    let mut peer = server.peer().await;
    let read = send(&client, Time(2));
    // The first frame on the new connection: nothing of the old one comes back.
    let request = peer.request().await;
    assert_eq!(request["params"]["n"], 2);
    peer.send_value(&json!({"id": request["id"], "status": 400, "error": {"code": -1100, "msg": "no"}}))
        .await;
    assert!(matches!(done(read).await, Err(Error::Api(_))));
}

#[tokio::test]
async fn repetitions_are_taken_from_the_budget() {
    let mut server = Server::start().await;
    let budget = RetryBudget::new(1, 2);
    let builder = builder(&server).retry_reads(9, MINUTE).retry_budget(&budget);
    let (client, mut peer) = connected(&mut server, builder).await;
    let read = send(&client, Time(1));
    for _ in 0..2 {
        let request = peer.request().await;
        peer.send_value(&json!({"id": request["id"], "status": 500, "error": {"code": -1000, "msg": "m"}}))
            .await;
    }
    assert!(matches!(done(read).await, Err(Error::Server { .. })));
    assert_eq!(budget.available(), 0);
    for n in 0..2 {
        let read = send(&client, Time(n));
        let request = peer.request().await;
        peer.answer(&request, json!({})).await;
        done(read).await.expect("an answer");
    }
    assert_eq!(budget.available(), 1);
}

#[tokio::test]
async fn a_closed_client_repeats_nothing() {
    let mut server = Server::start().await;
    let budget = RetryBudget::new(5, 1);
    let builder = builder(&server).retry_reads(5, MINUTE).retry_budget(&budget);
    let (client, mut peer) = connected(&mut server, builder).await;
    let read = send(&client, Time(1));
    peer.request().await;
    client.close().await;
    assert!(matches!(done(read).await, Err(Error::Transport(_))));
    assert_eq!(budget.available(), 5);
}
