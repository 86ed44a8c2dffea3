//! What people look at: spans without secrets, results for combinators, shutdowns that leave nothing behind.

use std::fmt::{Debug, Write as _};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use binance_wire_core::{Error, RawJson, json};
use binance_wire_signing::Credentials;
use binance_wire_websocket::{ApiClient, ReconnectPolicy, StreamClient, StreamItem};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::api::operations::{Account, Place, Time};
use crate::common::{Server, within};

const SECOND: Duration = Duration::from_secs(1);

fn policy() -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    policy
}

/// Clients on a runtime of their own, whose tasks can be counted.
struct Apart(Option<Runtime>);

impl Apart {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        Self(Some(runtime))
    }

    async fn run<T: Send + 'static>(
        &self,
        what: &str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let runtime = self.0.as_ref().expect("a runtime");
        within(what, runtime.spawn(future)).await.expect("no panic")
    }

    fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.0.as_ref().expect("a runtime").spawn(future)
    }

    /// Waits until no task is left; one that stays is a failure.
    async fn is_empty(&self) {
        let runtime = self.0.as_ref().expect("a runtime");
        within("the end of all tasks", async {
            while runtime.metrics().num_alive_tasks() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

async fn api(apart: &Apart, server: &Server) -> ApiClient {
    let builder = ApiClient::builder([server.url.as_str()])
        .credentials(Credentials::hmac("the-api-key", "the-secret").expect("credentials"))
        .reconnect(policy());
    apart
        .run("connecting", builder.connect())
        .await
        .expect("a connection")
}

fn trade(number: u32) -> String {
    format!(r#"{{"stream":"a@trade","data":{{"e":"trade","t":{number}}}}}"#)
}

#[tokio::test]
async fn a_shutdown_of_the_api_finishes_what_is_under_way_and_leaves_no_task() {
    let (apart, mut server) = (Apart::new(), Server::start().await);
    let client = api(&apart, &server).await;
    let mut peer = server.peer().await;
    let events = apart.spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = within("a subscription", events)
        .await
        .expect("no panic")
        .expect("events");

    let order = apart.spawn({
        let client = client.clone();
        async move { client.send(&Place(Some("x-1"))).await }
    });
    let request = peer.request().await;
    let shutdown = apart.spawn({
        let client = client.clone();
        async move { client.shutdown(30 * SECOND).await }
    });
    // A call after it waits for its end, and is refused then.
    let late = apart.spawn(async move {
        tokio::task::yield_now().await;
        client.send(&Time(1)).await
    });
    peer.answer(&request, json!({"orderId": 7})).await;
    let placed = within("the order", order).await.expect("no panic");
    assert_eq!(placed.expect("an answer").0.as_str(), r#"{"orderId":7}"#);
    assert!(within("the shutdown", shutdown).await.expect("no panic"));
    let late = within("the late call", late).await.expect("no panic");
    // Where it was quicker than the shutdown, it is one of those that are waited for, and the server never answered it.
    if let Err(error) = late {
        assert!(matches!(error, Error::Transport(_)), "{error}");
    }
    peer.closed().await;
    let end = within("the end", events.next()).await;
    assert!(matches!(end, Some(StreamItem::Terminated { .. })), "{end:?}");
    drop(events);
    apart.is_empty().await;
}

#[tokio::test]
async fn a_shutdown_waits_no_longer_than_its_limit() {
    let (apart, mut server) = (Apart::new(), Server::start().await);
    let client = api(&apart, &server).await;
    let mut peer = server.peer().await;
    let read = apart.spawn({
        let client = client.clone();
        async move { client.send(&Account).await }
    });
    let _ = peer.request().await;
    let done = apart
        .run("the shutdown", async move {
            client.shutdown(Duration::from_millis(20)).await
        })
        .await;
    assert!(!done);
    let error = within("the read", read)
        .await
        .expect("no panic")
        .expect_err("no answer");
    assert!(matches!(error, Error::Transport(_)), "{error}");
    peer.closed().await;
    apart.is_empty().await;
}

#[tokio::test]
async fn a_shutdown_of_streams_sends_a_close_frame_and_leaves_no_task() {
    let (apart, mut server) = (Apart::new(), Server::start().await);
    let builder = StreamClient::builder([server.url.as_str()], json::from_str::<RawJson>).reconnect(policy());
    let (client, mut messages) = apart
        .run("connecting", builder.connect())
        .await
        .expect("a connection");
    let mut peer = server.peer().await;
    assert!(
        apart
            .run("the shutdown", async move { client.shutdown(30 * SECOND).await })
            .await
    );
    peer.closed().await;
    let end = within("the end", messages.next()).await;
    assert!(matches!(end, Some(StreamItem::Terminated { .. })), "{end:?}");
    drop(messages);
    apart.is_empty().await;
}

#[tokio::test]
async fn results_end_a_combinator_at_the_first_gap_and_a_loop_at_none() {
    let mut server = Server::start().await;
    let builder = StreamClient::builder([server.url.as_str()], json::from_str::<RawJson>).reconnect(policy());
    let connecting = tokio::spawn(builder.connect());
    let mut peer = server.peer().await;
    let (client, messages) = within("connecting", connecting)
        .await
        .expect("no panic")
        .expect("a connection");
    let subscribing = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe(["a@trade"]).await }
    });
    let request = peer.request().await;
    peer.confirm(&request).await;
    within("subscribing", subscribing)
        .await
        .expect("no panic")
        .expect("subscribed");
    peer.text(trade(1)).await;
    peer.text("not JSON").await;
    peer.text(trade(2)).await;
    peer.close().await;

    let mut results = messages.results();
    let mut seen = Vec::new();
    let until: Result<(), _> = within(
        "the first error",
        results.by_ref().try_for_each(|message| {
            seen.push(message.as_str().to_owned());
            std::future::ready(Ok(()))
        }),
    )
    .await;
    assert_eq!(seen, [trade(1)]);
    let error = until.expect_err("a frame that is no JSON");
    assert!(!error.is_gap(), "{error}");
    assert!(matches!(error.news(), StreamItem::Undecodable { .. }));

    let next = within("a message", results.next()).await;
    assert_eq!(next.expect("more").expect("a message").as_str(), trade(2));
    let gap = within("the gap", results.try_next()).await.expect_err("a gap");
    assert!(
        gap.is_gap() && matches!(gap.news(), StreamItem::Gap { .. }),
        "{gap}"
    );
    let mut peer = server.peer().await;
    let request = peer.request().await;
    peer.confirm(&request).await;
    let back = within("the end of the gap", results.next())
        .await
        .expect("more")
        .expect_err("news");
    assert!(matches!(back.news(), StreamItem::Reconnected { .. }), "{back}");
    peer.text(trade(3)).await;
    let next = within("a message", results.next()).await.expect("more");
    assert_eq!(next.expect("a message").as_str(), trade(3));
}

/// Writes down every field of every span and event.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<String>>);

impl Visit for &Notes {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().expect("no panic"), "{field}={value:?}").expect("a string takes all");
    }
}

impl Subscriber for Notes {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        writeln!(
            self.0.lock().expect("no panic"),
            "span {}",
            span.metadata().name()
        )
        .expect("a string takes all");
        span.record(&mut &*self);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut &*self);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Everything at TRACE: calls and connections have spans, and nothing that is worth stealing is in any.
#[tokio::test]
async fn spans_of_calls_and_connections_have_no_secret() {
    const LISTEN_KEY: &str = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1";
    let notes = Notes::default();
    let _guard = tracing::subscriber::set_default(notes.clone());
    let mut server = Server::start().await;
    let builder = ApiClient::builder([server.url.as_str()])
        .credentials(Credentials::hmac("the-api-key", "the-secret").expect("credentials"))
        .reconnect(policy());
    let connecting = tokio::spawn(builder.connect());
    let mut peer = server.peer().await;
    let client = within("connecting", connecting)
        .await
        .expect("no panic")
        .expect("a connection");
    let mut signatures = Vec::new();
    for refused in [false, true] {
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.send(&Place(Some("x-my-order"))).await }
        });
        let request = peer.request().await;
        signatures.push(
            request["params"]["signature"]
                .as_str()
                .expect("signed")
                .to_owned(),
        );
        match refused {
            false => peer.answer(&request, json!({"orderId": 7})).await,
            true => {
                let error = json!({"code": -1022, "msg": "Signature for this request is not valid."});
                let frame = json!({"id": request["id"], "status": 400, "error": error});
                peer.send_value(&frame).await;
            }
        }
        let result = within("the call", call).await.expect("no panic");
        assert_eq!(result.is_err(), refused);
    }
    // A connection by listen key that breaks, and one that is refused.
    let url = format!("{}/ws/{LISTEN_KEY}", server.url);
    let streams = StreamClient::builder([url.as_str()], json::from_str::<RawJson>).reconnect(policy());
    let connecting = tokio::spawn(streams.connect());
    let listening = server.peer().await;
    let (streams, mut messages) = within("connecting", connecting)
        .await
        .expect("no panic")
        .expect("a connection");
    server.refuse_next(503);
    listening.close().await;
    let gap = within("the gap", messages.next()).await;
    assert!(matches!(gap, Some(StreamItem::Gap { .. })), "{gap:?}");
    let _back = server.peer().await;
    drop((client, streams, messages));

    let text = notes.0.lock().expect("no panic").clone();
    for expected in [
        "span ws_api",
        "operation=\"test\"",
        "method=\"order.place\"",
        "status=200",
        "status=400",
        "code=-1022",
        "latency_us=",
        "span connect\n",
        "span connection\n",
        "span binance_streams",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    let secrets = ["the-api-key", "the-secret", "x-my-order", LISTEN_KEY].map(str::to_owned);
    for secret in secrets.iter().chain(&signatures) {
        assert!(!text.contains(secret.as_str()), "{secret} is in\n{text}");
    }
}
