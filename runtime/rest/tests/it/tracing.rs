//! What is traced: each request with its outcome, and nothing secret.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use crate::common::{Account, Action, NewOrder, Server, http, ok};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

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

#[tokio::test]
async fn spans_tell_the_outcome_and_no_secret() {
    let notes = Notes::default();
    let _guard = tracing::subscriber::set_default(notes.clone());
    let server = Server::start(|number, _| {
        Action::Reply(match number {
            0 => ok("{\"id\":7}"),
            _ => http(
                "400 Bad Request",
                &[],
                "{\"code\":-1022,\"msg\":\"Signature for this request is not valid.\"}",
            ),
        })
    })
    .await;
    let client = server.client();
    client.send(&NewOrder::new()).await.expect("an answer");
    client.send(&Account).await.expect_err("refused");
    let text = notes.0.lock().expect("no panic").clone();
    for expected in [
        "operation=\"newOrder\"",
        "method=\"POST\"",
        "path=\"/api/v3/order\"",
        "status=200",
        "latency_us=",
        "operation=\"getAccount\"",
        "status=400",
        "code=-1022",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    for request in server.requests() {
        let signature = request.param("signature").expect("signed").to_owned();
        assert!(!text.contains(&signature), "the signature is in\n{text}");
    }
    for secret in ["the-secret", "the-key", "my-order-1"] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}
