//! Orders that cannot be lost: ids made before anything is sent, deadlines, and answers that come late.

use std::time::{Duration, Instant};

use binance_wire_core::{CallOptions, Error, Fate, LateAnswer, OrderIds, ReconcilePolicy, Timestamp};
use binance_wire_websocket::{ApiClient, ApiClientBuilder};
use serde_json::json;
use tokio::sync::mpsc;

use super::operations::{Json, Place, Time, builder, connected, done, hmac_credentials, policy, send};
use crate::common::{Peer, Server, within};

#[tokio::test]
async fn an_id_is_made_before_anything_is_sent() {
    let mut server = Server::start().await;
    let ids = OrderIds::with_prefix("desk1-").expect("a prefix");
    let builder = builder(&server).credentials(hmac_credentials()).order_ids(ids);
    let (client, mut peer) = connected(&mut server, builder).await;
    let order = send(&client, Place(None));
    let request = peer.request().await;
    drop(peer);
    let error = done(order).await.expect_err("unknown");
    let unresolved = error.unresolved().expect("what it takes to find out");
    let id = unresolved.client_order_id().expect("an id").as_str();
    assert!(id.starts_with("desk1-") && id.len() == 32);
    assert_eq!(request["params"]["newClientOrderId"], id);
    assert_eq!(
        unresolved.signed_at().map(|time| time.as_millis()),
        request["params"]["timestamp"].as_i64()
    );
    assert_eq!(unresolved.recv_window(), Duration::from_millis(100));

    let mut peer = server.peer().await;
    let order = send(&client, Place(Some("mine")));
    let request = peer.request().await;
    assert_eq!(request["params"]["newClientOrderId"], "mine");
    peer.answer(&request, json!({})).await;
    done(order).await.expect("an answer");
}

/// A client whose connection is gone and stays away until the server is asked for the next.
async fn in_an_outage(
    server: &mut Server,
    settings: impl Fn(ApiClientBuilder) -> ApiClientBuilder,
) -> ApiClient {
    let mut slow = policy();
    (slow.first_delay, slow.max_delay) = (Duration::from_millis(300), Duration::from_millis(300));
    let builder = settings(builder(server).credentials(hmac_credentials()).reconnect(slow));
    let (client, mut peer) = connected(server, builder).await;
    let call = send(&client, Time(1));
    peer.request().await;
    drop(peer);
    // It fails when the client has noticed.
    assert!(matches!(done(call).await, Err(Error::Transport(_))));
    client
}

fn not_sent(result: Result<Json, Error>) {
    assert!(matches!(&result, Err(Error::Transport(_))), "{result:?}");
}

/// The next request is the read, and no order before it.
async fn nothing_was_sent(client: &ApiClient, peer: &mut Peer) {
    let call = send(client, Time(2));
    let request = peer.request().await;
    assert_eq!(request["method"], "time", "{request}");
    peer.answer(&request, json!(2)).await;
    done(call).await.expect("an answer");
}

#[tokio::test]
async fn an_order_does_not_wait_out_an_outage() {
    let mut server = Server::start().await;
    // 100 ms of `recvWindow` are less than the second for which orders wait.
    let client = in_an_outage(&mut server, |builder| builder).await;
    not_sent(client.send(&Place(Some("stale"))).await);
    let mut peer = server.peer().await;
    nothing_was_sent(&client, &mut peer).await;

    let client = in_an_outage(&mut server, |builder| {
        builder
            .recv_window(60_000)
            .mutation_wait(Duration::from_millis(5))
    })
    .await;
    not_sent(client.send(&Place(Some("stale"))).await);
    let mut peer = server.peer().await;
    nothing_was_sent(&client, &mut peer).await;
}

#[tokio::test]
async fn nothing_is_sent_after_the_deadline() {
    let mut server = Server::start().await;
    let client = in_an_outage(&mut server, |builder| builder).await;
    for options in [
        CallOptions::new().deadline(Duration::from_millis(5)),
        CallOptions::new().deadline(Instant::now()),
        CallOptions::new()
            .fail_fast(true)
            .deadline(Duration::from_secs(60)),
    ] {
        not_sent(client.with_options(options).send(&Place(Some("stale"))).await);
    }
    let mut peer = server.peer().await;
    nothing_was_sent(&client, &mut peer).await;
    // Nor where there is a connection.
    let over = CallOptions::new().deadline(Instant::now());
    let error = client.with_options(over).send(&Place(Some("stale"))).await;
    let error = error.expect_err("too late");
    assert!(error.is_past_deadline() && !error.is_shut_down(), "{error:?}");
    assert!(
        error.to_string().ends_with("not sent: its deadline passed"),
        "{error}"
    );
    nothing_was_sent(&client, &mut peer).await;
}

#[tokio::test]
async fn whoever_wants_to_wait_waits() {
    let mut server = Server::start().await;
    let client = in_an_outage(&mut server, |builder| builder).await;
    let options = CallOptions::new().deadline(Duration::from_secs(60));
    let order = send(&client.with_options(options), Place(Some("patient")));
    let mut peer = server.peer().await;
    let request = peer.request().await;
    assert_eq!(request["params"]["newClientOrderId"], "patient");
    peer.answer(&request, json!({})).await;
    done(order).await.expect("an answer");
}

fn listening(server: &Server) -> (ApiClientBuilder, mpsc::UnboundedReceiver<LateAnswer>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let builder = builder(server)
        .credentials(hmac_credentials())
        .on_late_answer(move |late| sender.send(late).expect("the test listens"));
    (builder, receiver)
}

#[tokio::test]
async fn an_answer_after_the_time_limit_comes_to_the_hook() {
    let mut server = Server::start().await;
    let (builder, mut hook) = listening(&server);
    let builder = builder.request_timeout(Duration::from_millis(100));
    let (client, mut peer) = connected(&mut server, builder).await;
    for refused in [false, true] {
        let order = send(&client, Place(Some("late")));
        let request = peer.request().await;
        assert!(matches!(done(order).await, Err(Error::ExecutionUnknown { .. })));
        assert!(hook.try_recv().is_err());
        match refused {
            false => peer.answer(&request, json!({"orderId": 1})).await,
            true => {
                let error = json!({"code": -2010, "msg": "no"});
                peer.send_value(&json!({"id": request["id"], "status": 400, "error": error}))
                    .await;
            }
        }
        let late = within("a late answer", hook.recv()).await.expect("a hook");
        assert_eq!(late.client_order_id().map(|id| id.as_str()), Some("late"));
        assert_eq!(late.call.method, "order.place");
        match refused {
            false => {
                let Some(Ok(Json(order))) = late.decode::<Place>() else {
                    panic!("{late:?}")
                };
                assert_eq!((late.status, order.as_str()), (200, r#"{"orderId":1}"#));
            }
            true => assert!(
                matches!(&late.result, Err(Error::Api(error)) if error.code.0 == -2010),
                "{late:?}"
            ),
        }
        // Once.
        peer.answer(&request, json!({"orderId": 1})).await;
    }
    nothing_was_sent(&client, &mut peer).await;
    assert!(hook.try_recv().is_err());
}

#[tokio::test]
async fn the_answer_to_an_order_whose_caller_is_gone_comes_to_the_hook() {
    let mut server = Server::start().await;
    let (builder, mut hook) = listening(&server);
    let (client, mut peer) = connected(&mut server, builder).await;
    let order = send(&client, Place(Some("dropped")));
    let request = peer.request().await;
    order.abort();
    assert!(order.await.is_err());
    peer.answer(&request, json!({"orderId": 1})).await;
    let late = within("a late answer", hook.recv()).await.expect("a hook");
    assert_eq!(late.client_order_id().map(|id| id.as_str()), Some("dropped"));
}

#[tokio::test]
async fn answers_in_time_and_answers_to_reads_are_not_late() {
    let mut server = Server::start().await;
    let (builder, mut hook) = listening(&server);
    let (client, mut peer) =
        connected(&mut server, builder.request_timeout(Duration::from_millis(100))).await;
    let order = send(&client, Place(Some("mine")));
    let request = peer.request().await;
    peer.answer(&request, json!({})).await;
    done(order).await.expect("an answer");
    let read = send(&client, Time(1));
    let request = peer.request().await;
    done(read).await.expect_err("no answer");
    peer.answer(&request, json!({})).await;
    nothing_was_sent(&client, &mut peer).await;
    assert!(hook.try_recv().is_err());
}

/// A client whose order was lost, and the connection after it.
async fn lost(server: &mut Server) -> (ApiClient, Peer, Error) {
    let mut policy = ReconcilePolicy::default();
    policy.settle = Duration::ZERO;
    let builder = builder(server)
        .credentials(hmac_credentials())
        // One that runs: what time it is decides when an order can no longer arrive.
        .clock(Timestamp::now)
        .reconcile_policy(policy);
    let (client, mut peer) = connected(server, builder).await;
    let order = send(&client, Place(None));
    peer.request().await;
    drop(peer);
    let error = done(order).await.expect_err("no answer");
    (client, server.peer().await, error)
}

#[tokio::test]
async fn reconcile_finds_an_order_by_the_id_that_was_made() {
    let mut server = Server::start().await;
    let (client, mut peer, error) = lost(&mut server).await;
    let unresolved = error.unresolved().expect("what it takes").clone();
    let id = unresolved.client_order_id().expect("an id").to_string();
    let task = tokio::spawn(async move { client.reconcile::<Place>(&unresolved).await });
    let query = peer.request().await;
    assert_eq!(query["method"], "order.status");
    assert_eq!(query["params"]["origClientOrderId"], id);
    peer.answer(&query, json!({"orderId": 7})).await;
    let fate = done(task).await.expect("a fate");
    assert!(
        matches!(&fate, Fate::CarriedOut(Json(order)) if order.as_str() == r#"{"orderId":7}"#),
        "{fate:?}"
    );
}

#[tokio::test]
async fn reconcile_asks_again_until_the_order_cannot_arrive_any_more() {
    let mut server = Server::start().await;
    let (client, mut peer, error) = lost(&mut server).await;
    let unresolved = error.unresolved().expect("what it takes").clone();
    let expires = unresolved.expires().expect("a window");
    let asking = client.clone();
    let task = tokio::spawn(async move { asking.reconcile::<Place>(&unresolved).await });
    let mut queries = 0;
    while !task.is_finished() {
        let query = tokio::select! {
            query = peer.request() => query,
            () = async { while !task.is_finished() { tokio::time::sleep(Duration::from_millis(5)).await } } => break,
        };
        assert_eq!(query["method"], "order.status", "nothing else is sent");
        queries += 1;
        let error = json!({"code": -2013, "msg": "Order does not exist."});
        peer.send_value(&json!({"id": query["id"], "status": 400, "error": error}))
            .await;
    }
    let fate = done(task).await.expect("a fate");
    assert!(matches!(fate, Fate::NotCarriedOut(None)), "{fate:?}");
    assert!(queries > 1 && Instant::now() >= expires);
    drop(client);
}
