//! Orders that cannot be lost: ids made before anything is sent, deadlines, and answers that come late.

use std::sync::Arc;
use std::time::{Duration, Instant};

use binance_wire_core::{
    CallOptions, Credit, Error, Fate, HttpMethod, Identity, LateAnswer, Operation, OperationInfo, OrderIds,
    ParamSink, Reconcile, ReconcilePolicy, RestOperation,
};
use binance_wire_rest::ClientBuilder;
use tokio::sync::{Notify, mpsc};

use crate::common::{Account, Action, Answer, NewOrder, QueryOrder, Received, Server, http, ok};

/// An order whose caller has set no id.
fn anonymous() -> NewOrder {
    NewOrder {
        client_order_id: None,
        ..NewOrder::new()
    }
}

#[tokio::test]
async fn an_id_is_made_before_anything_is_sent() {
    let server = Server::answering(http("503 Service Unavailable", &[], "")).await;
    let ids = OrderIds::with_prefix("desk1-").expect("a prefix");
    let client = server.builder().order_ids(ids).build().expect("a client");
    let error = client.send(&anonymous()).await.expect_err("unknown");
    let Error::ExecutionUnknown {
        client_order_id: Some(id),
        unresolved: Some(unresolved),
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert!(id.starts_with("desk1-"));
    assert_eq!(server.request().param("newClientOrderId"), Some(id.as_str()));
    assert_eq!(
        (unresolved.product(), unresolved.operation()),
        ("test", "newOrder")
    );
    assert_eq!(unresolved.client_order_id(), Some(id));
    let query = unresolved.orders()[0].query();
    let names: Vec<&str> = query.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["symbol", "origClientOrderId"]);
    assert_eq!(unresolved.recv_window(), Duration::from_secs(5));
    assert!(unresolved.signed_at().is_some() && unresolved.expires().is_some());
}

#[tokio::test]
async fn the_callers_id_stays_and_none_is_made_where_none_is_wanted() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    server.client().send(&NewOrder::new()).await.expect("an answer");
    let without = server.builder().order_ids(OrderIds::off()).build();
    let without = without.expect("a client");
    without.send(&anonymous()).await.expect("an answer");
    server.client().send(&anonymous()).await.expect("an answer");
    let requests = server.requests();
    let ids: Vec<Option<&str>> = requests
        .iter()
        .map(|request| request.param("newClientOrderId"))
        .collect();
    assert!(
        matches!(ids[..], [Some("my-order-1"), None, Some(made)] if made.len() == 32),
        "{ids:?}"
    );
    // One id, in one place.
    for request in &requests {
        assert!(request.query().matches("newClientOrderId").count() <= 1);
    }
}

/// A server that answers reads when it is told to, and a client of one connection, on which a read waits.
async fn busy(
    settings: impl Fn(ClientBuilder) -> ClientBuilder,
) -> (Server, binance_wire_rest::Client, Arc<Notify>) {
    let answer = Arc::new(Notify::new());
    let told = answer.clone();
    let server = Server::start(move |_, request: &Received| match request.method.as_str() {
        "GET" => Action::Later(told.clone(), ok("{\"id\":1}")),
        _ => Action::Reply(ok("{\"id\":7}")),
    })
    .await;
    let client = settings(server.builder().max_connections(1)).build();
    let client = client.expect("a client");
    let reading = client.clone();
    tokio::spawn(async move { reading.send(&Account).await });
    server.has_received(1).await;
    (server, client, answer)
}

/// Whether nothing but reads went out, once the connection is free again.
async fn nothing_was_sent(server: &Server, client: &binance_wire_rest::Client, answer: &Notify) {
    answer.notify_one();
    let reading = client.clone();
    let read = tokio::spawn(async move { reading.send(&Account).await });
    server.has_received(2).await;
    answer.notify_one();
    read.await.expect("no panic").expect("an answer");
    let methods: Vec<String> = server
        .requests()
        .into_iter()
        .map(|request| request.method)
        .collect();
    assert_eq!(methods, ["GET", "GET"]);
}

fn not_sent(result: Result<Answer, Error>) {
    assert!(matches!(&result, Err(Error::Transport(_))), "{result:?}");
}

#[tokio::test]
async fn nothing_is_sent_after_the_deadline() {
    let (server, client, answer) = busy(|builder| builder).await;
    for options in [
        CallOptions::new().deadline(Duration::from_millis(5)),
        CallOptions::new().deadline(Instant::now()),
        CallOptions::new().fail_fast(true),
    ] {
        not_sent(client.with_options(options).send(&NewOrder::new()).await);
    }
    nothing_was_sent(&server, &client, &answer).await;
}

#[tokio::test]
async fn a_deadline_that_is_over_stops_a_request_even_where_a_connection_is_free() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server.client();
    client.send(&Account).await.expect("an answer");
    let options = CallOptions::new().deadline(Instant::now());
    not_sent(client.with_options(options).send(&NewOrder::new()).await);
    assert_eq!(server.requests().len(), 1);
    // It does not cut short what is out.
    let options = CallOptions::new()
        .deadline(Duration::from_secs(60))
        .fail_fast(true);
    let sent = client.with_options(options).send(&NewOrder::new()).await;
    assert_eq!(sent.expect("an answer"), Answer { id: 7 });
}

#[tokio::test]
async fn a_deadline_that_has_passed_sends_nothing_and_says_so() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let options = CallOptions::new().deadline(Duration::ZERO);
    let client = server.client().with_options(options);
    let error = client.send(&NewOrder::new()).await.expect_err("too late");
    assert!(error.is_past_deadline() && !error.is_shut_down(), "{error:?}");
    assert!(
        error.to_string().ends_with("not sent: its deadline passed"),
        "{error}"
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn orders_do_not_wait_for_long_by_themselves() {
    let (server, client, answer) = busy(|builder| builder.mutation_wait(Duration::from_millis(5))).await;
    not_sent(client.send(&NewOrder::new()).await);
    nothing_was_sent(&server, &client, &answer).await;
    // Nor longer than they would be good for.
    let (server, client, answer) = busy(|builder| builder.recv_window(5)).await;
    not_sent(client.send(&NewOrder::new()).await);
    nothing_was_sent(&server, &client, &answer).await;
}

#[tokio::test]
async fn whoever_wants_to_wait_waits() {
    let (server, client, answer) = busy(|builder| builder.mutation_wait(Duration::ZERO)).await;
    let options = CallOptions::new().deadline(Duration::from_secs(60));
    let patient = client.with_options(options);
    let order = tokio::spawn(async move { patient.send(&NewOrder::new()).await });
    tokio::task::yield_now().await;
    answer.notify_one();
    assert_eq!(
        order.await.expect("no panic").expect("an answer"),
        Answer { id: 7 }
    );
    assert_eq!(server.requests().len(), 2);
}

/// A server that answers orders when it is told to, and where late answers come to.
async fn late(
    reply: Vec<u8>,
) -> (
    Server,
    ClientBuilder,
    Arc<Notify>,
    mpsc::UnboundedReceiver<LateAnswer>,
) {
    let answer = Arc::new(Notify::new());
    let told = answer.clone();
    let server = Server::start(move |_, _| Action::Later(told.clone(), reply.clone())).await;
    let (sender, receiver) = mpsc::unbounded_channel();
    let builder = server
        .builder()
        .on_late_answer(move |late| sender.send(late).expect("the test listens"));
    (server, builder, answer, receiver)
}

#[tokio::test]
async fn an_answer_after_the_time_limit_comes_to_the_hook() {
    let (server, builder, answer, mut hook) = late(ok("{\"id\":7}")).await;
    let client = builder
        .timeout(Duration::from_millis(100))
        .build()
        .expect("a client");
    let error = client.send(&anonymous()).await.expect_err("no answer");
    let id = error
        .unresolved()
        .and_then(|unresolved| unresolved.client_order_id())
        .cloned();
    assert!(id.is_some(), "{error:?}");
    assert!(hook.try_recv().is_err());
    answer.notify_one();
    let late = hook.recv().await.expect("a late answer");
    assert_eq!((late.status, late.call.operation), (200, "newOrder"));
    assert_eq!(late.client_order_id().cloned(), id);
    assert_eq!(late.decode::<NewOrder>(), Some(Ok(Answer { id: 7 })));
    assert_eq!(server.requests().len(), 1, "nothing is sent twice");
}

#[tokio::test]
async fn a_late_refusal_is_the_error_that_it_would_have_been() {
    let (_server, builder, answer, mut hook) =
        late(http("400 Bad Request", &[], "{\"code\":-2010,\"msg\":\"no\"}")).await;
    let client = builder
        .timeout(Duration::from_millis(100))
        .build()
        .expect("a client");
    client.send(&NewOrder::new()).await.expect_err("no answer");
    answer.notify_one();
    let late = hook.recv().await.expect("a late answer");
    assert!(
        matches!(&late.result, Err(Error::Api(error)) if error.code.0 == -2010),
        "{late:?}"
    );
    assert_eq!(late.decode::<NewOrder>(), None);
}

#[tokio::test]
async fn the_answer_to_an_order_whose_caller_is_gone_comes_to_the_hook() {
    let (server, builder, answer, mut hook) = late(ok("{\"id\":7}")).await;
    let client = builder.build().expect("a client");
    let order = tokio::spawn(async move { client.send(&NewOrder::new()).await });
    server.has_received(1).await;
    order.abort();
    assert!(order.await.is_err());
    answer.notify_one();
    let late = hook.recv().await.expect("a late answer");
    assert_eq!(late.client_order_id().map(|id| id.as_str()), Some("my-order-1"));
}

#[tokio::test]
async fn an_order_whose_caller_is_gone_before_it_went_out_is_not_sent() {
    let (sender, mut hook) = mpsc::unbounded_channel();
    let (server, client, answer) = busy(move |builder| {
        let sender = sender.clone();
        builder.on_late_answer(move |late| sender.send(late).expect("the test listens"))
    })
    .await;
    let ordering = client.clone();
    let order = tokio::spawn(async move { ordering.send(&NewOrder::new()).await });
    tokio::task::yield_now().await;
    order.abort();
    assert!(order.await.is_err());
    nothing_was_sent(&server, &client, &answer).await;
    assert!(hook.try_recv().is_err());
}

#[tokio::test]
async fn answers_in_time_are_not_late() {
    let (server, builder, answer, mut hook) = late(ok("{\"id\":7}")).await;
    let client = builder.build().expect("a client");
    for _ in 0..2 {
        answer.notify_one();
        assert_eq!(
            client.send(&NewOrder::new()).await.expect("an answer"),
            Answer { id: 7 }
        );
    }
    assert!(hook.try_recv().is_err());
    assert_eq!(server.requests()[1].connection, 0, "the connection is kept");
}

/// A server that never answers orders, and answers queries as it is told, by the number of queries before.
async fn losing(
    answer: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static,
) -> (Server, binance_wire_rest::Client, Error) {
    let queries = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_, request: &Received| match request.method.as_str() {
        "GET" => Action::Reply(answer(queries.fetch_add(1, std::sync::atomic::Ordering::SeqCst))),
        _ => Action::Close(Vec::new()),
    })
    .await;
    let mut policy = ReconcilePolicy::default();
    policy.settle = Duration::ZERO;
    let client = server.builder().recv_window(1).reconcile_policy(policy).build();
    let client = client.expect("a client");
    let options = CallOptions::new().deadline(Duration::from_secs(60));
    let error = client.with_options(options).send(&anonymous()).await;
    (server, client, error.expect_err("no answer"))
}

fn no_such_order() -> Vec<u8> {
    http(
        "400 Bad Request",
        &[],
        "{\"code\":-2013,\"msg\":\"Order does not exist.\"}",
    )
}

fn methods(server: &Server) -> Vec<String> {
    server
        .requests()
        .into_iter()
        .map(|request| request.method)
        .collect()
}

#[tokio::test]
async fn reconcile_finds_an_order_by_the_id_that_was_made() {
    let (server, client, error) = losing(|_| ok("{\"id\":7}")).await;
    let unresolved = error.unresolved().expect("what it takes");
    let fate = client.reconcile::<NewOrder>(unresolved).await.expect("a fate");
    assert!(matches!(fate, Fate::CarriedOut(Answer { id: 7 })), "{fate:?}");
    let requests = server.requests();
    assert_eq!(methods(&server), ["POST", "GET"], "nothing is sent again");
    let made = requests[0].param("newClientOrderId");
    assert_eq!(requests[1].param("origClientOrderId"), made);
    assert_eq!(requests[1].param("symbol"), Some("BTCUSDT"));
    assert!(made.is_some() && requests[1].param("signature").is_some());
}

#[tokio::test]
async fn reconcile_asks_again_until_the_order_cannot_arrive_any_more() {
    let (server, client, error) = losing(|_| no_such_order()).await;
    let unresolved = error.unresolved().expect("what it takes");
    let fate = client.reconcile::<NewOrder>(unresolved).await.expect("a fate");
    assert!(matches!(fate, Fate::NotCarriedOut(None)), "{fate:?}");
    let methods = methods(&server);
    assert!(methods.len() > 2, "{methods:?}");
    assert_eq!(methods.iter().filter(|method| *method == "POST").count(), 1);
    assert!(std::time::Instant::now() >= unresolved.expires().expect("a window"));
}

#[tokio::test]
async fn an_order_that_arrives_after_the_first_query_is_found() {
    let (_server, client, error) = losing(|query| match query {
        0 | 1 => no_such_order(),
        _ => ok("{\"id\":9}"),
    })
    .await;
    let unresolved = error.unresolved().expect("what it takes");
    let fate = client.reconcile::<NewOrder>(unresolved).await.expect("a fate");
    assert!(matches!(fate, Fate::CarriedOut(Answer { id: 9 })), "{fate:?}");
}

#[tokio::test]
async fn a_query_that_is_refused_says_nothing() {
    let (_server, client, error) =
        losing(|_| http("401 Unauthorized", &[], "{\"code\":-2015,\"msg\":\"no\"}")).await;
    let unresolved = error.unresolved().expect("what it takes");
    let fate = client.reconcile::<NewOrder>(unresolved).await.expect("a fate");
    assert!(
        matches!(&fate, Fate::NotKnownYet(Error::Api(error)) if error.code.0 == -2015),
        "{fate:?}"
    );
    let fates = client
        .reconcile_each::<NewOrder>(unresolved)
        .await
        .expect("fates");
    assert!(matches!(fates[..], [Fate::NotKnownYet(_)]), "{fates:?}");
}

/// Two orders in one request.
struct Batch;

impl Operation for Batch {
    type Response = Answer;

    const IDENTITY: Identity = Identity {
        each: Some("batchOrders"),
        ..NewOrder::IDENTITY
    };

    fn write_params(&self, sink: &mut dyn ParamSink) {
        sink.json("batchOrders", r#"[{"symbol":"A"},{"symbol":"B"}]"#);
    }

    fn credit(&self) -> Credit {
        Credit::ip(5)
    }
}

impl RestOperation for Batch {
    const INFO: OperationInfo = OperationInfo {
        id: "placeMultipleOrders",
        ..NewOrder::INFO
    };
    const METHOD: HttpMethod = HttpMethod::Post;
    const PATH: &'static str = "/fapi/v1/batchOrders";
}

impl Reconcile for Batch {
    type Query = QueryOrder;
}

#[tokio::test]
async fn each_order_of_a_batch_has_its_own_fate() {
    let server =
        Server::start(
            |_, request: &Received| match (request.method.as_str(), request.param("symbol")) {
                ("GET", Some("A")) => Action::Reply(ok("{\"id\":1}")),
                ("GET", _) => Action::Reply(no_such_order()),
                _ => Action::Close(Vec::new()),
            },
        )
        .await;
    let mut policy = ReconcilePolicy::default();
    policy.settle = Duration::ZERO;
    let client = server.builder().recv_window(1).reconcile_policy(policy).build();
    let client = client.expect("a client");
    let options = CallOptions::new().deadline(Duration::from_secs(60));
    let error = client
        .with_options(options)
        .send(&Batch)
        .await
        .expect_err("no answer");
    let unresolved = error.unresolved().expect("what it takes");
    let ids: Vec<_> = unresolved
        .orders()
        .iter()
        .filter_map(|order| order.client_order_id())
        .collect();
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
    // One by one alone.
    let refused = client.reconcile::<Batch>(unresolved).await;
    assert!(matches!(refused, Err(Error::Unusable(_))), "{refused:?}");
    let other = client.reconcile_each::<NewOrder>(unresolved).await;
    assert!(matches!(other, Err(Error::Unusable(_))), "{other:?}");
    let fates = client.reconcile_each::<Batch>(unresolved).await.expect("fates");
    assert!(
        matches!(
            fates[..],
            [Fate::CarriedOut(Answer { id: 1 }), Fate::NotCarriedOut(None)]
        ),
        "{fates:?}"
    );
    let sent = server.requests();
    for id in ids {
        assert!(sent[0].target.contains(id.as_str()), "{}", sent[0].target);
    }
}

#[tokio::test]
async fn a_read_that_is_repeated_goes_to_another_address() {
    let failing = Server::answering(http("503 Service Unavailable", &[], "")).await;
    let healthy = Server::answering(ok("{\"id\":7}")).await;
    let client = failing
        .builder()
        .base_urls([failing.url.as_str(), healthy.url.as_str()])
        .retry_reads(1, Duration::from_secs(60))
        .build()
        .expect("a client");
    assert_eq!(client.send(&Account).await.expect("an answer"), Answer { id: 7 });
    assert_eq!((failing.requests().len(), healthy.requests().len()), (1, 1));
    // An order is not repeated there.
    let failing = Server::answering(http("503 Service Unavailable", &[], "")).await;
    let client = failing
        .builder()
        .base_urls([failing.url.as_str(), healthy.url.as_str()])
        .retry_reads(1, Duration::from_secs(60))
        .build()
        .expect("a client");
    let order = client.send(&NewOrder::new()).await;
    assert!(matches!(order, Err(Error::ExecutionUnknown { .. })), "{order:?}");
    assert_eq!((failing.requests().len(), healthy.requests().len()), (1, 1));
}
