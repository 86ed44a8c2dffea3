//! The client of code that is not async.

use std::sync::mpsc;
use std::thread;

use binance_wire_core::Error;
use binance_wire_rest::blocking::Client;

use crate::common::{Account, Answer, Depth, NewOrder, Server, ok};

/// A client of a server that runs on a thread of its own.
fn client() -> Client {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let server = Server::answering(ok("{\"id\":7}")).await;
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
