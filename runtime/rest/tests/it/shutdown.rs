//! The end of a client.

use std::time::Duration;

use binance_wire_core::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::common::{Account, Action, NewOrder, Server, ok};

#[tokio::test]
async fn what_is_under_way_is_finished_and_nothing_else_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let client = binance_wire_rest::Client::builder([url])
        .credentials(binance_wire_signing::Credentials::hmac("the-key", "the-secret").expect("usable"))
        .build()
        .expect("a client");
    let order = tokio::spawn({
        let client = client.clone();
        async move { client.send(&NewOrder::new()).await }
    });
    let (mut peer, _) = listener.accept().await.expect("a connection");
    assert!(peer.read(&mut [0; 4096]).await.expect("a request") > 0);
    let shutdown = tokio::spawn({
        let client = client.clone();
        async move { client.shutdown(Duration::from_secs(30)).await }
    });
    tokio::task::yield_now().await;
    // It waits behind the shutdown, and is refused when that is done.
    let late = tokio::spawn({
        let client = client.clone();
        async move { client.send(&Account).await }
    });
    tokio::task::yield_now().await;
    assert!(!shutdown.is_finished() && !late.is_finished());
    peer.write_all(&ok("{\"id\":7}")).await.expect("written");
    assert_eq!(order.await.expect("no panic").expect("an answer").id, 7);
    assert!(shutdown.await.expect("no panic"));
    let error = late.await.expect("no panic").expect_err("shut down");
    assert!(matches!(&error, Error::Transport(_)), "{error}");
    assert!(error.to_string().contains("shut down"), "{error}");
    // The connection is closed, and no other was made.
    assert_eq!(peer.read(&mut [0; 16]).await.expect("the end"), 0);
    let error = client.send(&Account).await.expect_err("shut down");
    assert!(
        matches!(error, Error::Transport(_)) && error.is_shut_down(),
        "{error}"
    );
}

#[tokio::test]
async fn it_waits_no_longer_than_its_limit() {
    let server = Server::start(|_, _| Action::Hang).await;
    let client = server.client();
    let order = tokio::spawn({
        let client = client.clone();
        async move { client.send(&NewOrder::new()).await }
    });
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!client.shutdown(Duration::from_millis(20)).await);
    let error = client.send(&Account).await.expect_err("shut down");
    assert!(matches!(error, Error::Transport(_)), "{error}");
    assert_eq!(server.requests().len(), 1);
    order.abort();
}
