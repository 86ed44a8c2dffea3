//! The client of code that is not async.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use binance_wire_core::{CallOptions, Error, Fate};
use binance_wire_rest::blocking::Client;

use crate::common::{Account, Action, Answer, Depth, NewOrder, Received, Server, ok};

/// A client of a server that runs on a thread of its own.
fn client() -> Client {
    client_of(|| Server::answering(ok("{\"id\":7}")))
}

/// A client of a server that never answers orders, and knows them when it is asked.
fn losing() -> Client {
    client_of(|| {
        Server::start(|_, request: &Received| match request.method.as_str() {
            "GET" => Action::Reply(ok("{\"id\":7}")),
            _ => Action::Close(Vec::new()),
        })
    })
}

fn client_of<F: Future<Output = Server>>(start: impl FnOnce() -> F + Send + 'static) -> Client {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let server = start().await;
            sender.send(server.client().blocking()).expect("the test waits");
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().expect("a client")
}

#[test]
fn a_call_waits_for_its_answer() {
    let client = client();
    for _ in 0..3 {
        client.send(&NewOrder::new()).expect("an answer");
    }
    let detailed = client.send_detailed(&Account).expect("an answer");
    assert_eq!((detailed.status, &detailed.body[..]), (200, &b"{\"id\":7}"[..]));
}

#[test]
fn the_fate_of_an_order_whose_answer_was_lost() {
    let client = losing();
    let error = client.send(&NewOrder::new()).expect_err("no answer");
    let unresolved = error.unresolved().expect("what it takes");
    let fate = client.reconcile::<NewOrder>(unresolved).expect("a fate");
    assert!(matches!(fate, Fate::CarriedOut(Answer { id: 7 })), "{fate:?}");
    let fates = client.reconcile_each::<NewOrder>(unresolved).expect("a fate");
    assert!(
        matches!(fates[..], [Fate::CarriedOut(Answer { id: 7 })]),
        "{fates:?}"
    );
}

#[test]
fn options_and_shutdown() {
    let client = client();
    let late = client.with_options(CallOptions::new().deadline(Duration::ZERO));
    let error = late.send(&NewOrder::new()).expect_err("too late");
    assert!(error.is_past_deadline(), "{error}");
    client.send(&NewOrder::new()).expect("an answer");
    assert!(
        client
            .shutdown(Duration::from_secs(60))
            .expect("no thread of tokio")
    );
    let error = client.send(&NewOrder::new()).expect_err("shut down");
    assert!(error.is_shut_down(), "{error}");
}

#[test]
fn many_threads_share_a_client() {
    let client = client();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..20 {
                    client.send(&Account).expect("an answer");
                }
            });
        }
    });
}

#[test]
fn on_a_thread_of_tokio_it_is_an_error() {
    let client = client();
    fn refused(result: Result<Answer, Error>) {
        let error = result.expect_err("a blocking call");
        assert!(
            matches!(&error, Error::Unusable(text) if text.contains("async")),
            "{error}"
        );
    }
    for mut builder in [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ] {
        let runtime = builder.enable_all().build().expect("a runtime");
        runtime.block_on(async { refused(client.send(&Account)) });
        let client = client.clone();
        let task = runtime.spawn(async move { refused(client.send(&Account)) });
        runtime.block_on(task).expect("no panic");
    }
    // The client is none the worse for it.
    client.send(&Account).expect("an answer");
}

/// The time limit of a call runs although no thread of this program drives a timer.
#[test]
fn time_limits_hold() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let client = binance_wire_rest::Client::builder([url])
        .timeout(std::time::Duration::from_millis(50))
        .build()
        .expect("a client")
        .blocking();
    let error = client.send(&Depth { symbol: "BTCUSDT" }).expect_err("no answer");
    assert!(matches!(error, Error::Transport(_)), "{error}");
}
