//! A consumer that is too slow.

use std::time::Duration;

use crate::common::{Peer, Server, within};
use crate::streams::{Item, builder, event, next, subscribed, trade};
use binance_wire_core::Error;
use binance_wire_websocket::{Overflow, StreamItem};

/// A trade whose frame has some 64 KiB.
fn large_trade(number: u32) -> String {
    let filler = "x".repeat(1 << 16);
    format!(r#"{{"stream":"a@trade","data":{{"t":{number},"x":"{filler}"}}}}"#)
}

fn large_number(item: &Item) -> Option<u32> {
    let StreamItem::Event(event) = item else {
        return None;
    };
    let text = event.to_string();
    let (_, rest) = text.split_once("\"t\":")?;
    rest.split_once(',')?.0.parse().ok()
}

/// Sends large trades until the client does not take more for a while; gives their number.
async fn flood(peer: &mut Peer) -> u32 {
    let mut sent = 0;
    while sent < 3000 {
        let sending = peer.try_text(large_trade(sent));
        match tokio::time::timeout(Duration::from_millis(500), sending).await {
            Ok(true) => sent += 1,
            Ok(false) => panic!("the client closed the connection"),
            // It may have gone out or not; the frame that is under way is finished with what is sent next.
            Err(_) => return sent + 1,
        }
    }
    panic!("the client took 190 MiB that nobody reads");
}

/// Whoever waits for a subscription may be the consumer itself, so that more is taken than there is room for; but not all.
#[tokio::test]
async fn what_nobody_reads_is_bounded_while_a_subscription_is_not_confirmed() {
    for replacement in [false, true] {
        let mut server = Server::start().await;
        let builder = builder(&server).capacity(10).capacity_bytes(1 << 20);
        let (client, mut messages, mut peer) = subscribed(&mut server, builder).await;
        let mut other = None;
        if replacement {
            peer.text(r#"{"e":"serverShutdown","E":1}"#).await;
            assert_eq!(next(&mut messages).await, StreamItem::ServerShutdown);
            let mut new = server.peer().await;
            new.request().await;
            other = Some(new);
        } else {
            drop(peer);
            assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
            peer = server.peer().await;
            peer.request().await;
        }
        let sent = flood(&mut peer).await;
        // All of it comes once there is somebody to read it, but for the frame that was cut.
        for number in 0..sent - 1 {
            assert_eq!(large_number(&next(&mut messages).await), Some(number));
        }
        drop((client, other));
    }
}

#[tokio::test]
async fn the_newest_of_a_stream_takes_the_place_of_the_oldest() {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (client, mut messages, mut peer) = subscribed(&mut server, builder).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move {
            client
                .subscribe_with_overflow(["!bookTicker"], Overflow::Latest)
                .await
        }
    });
    let request = peer.request().await;
    let book = |symbol: &str, bid: u32| {
        format!(r#"{{"stream":"!bookTicker","data":{{"u":1,"s":"{symbol}","b":"{bid}"}}}}"#)
    };
    for (symbol, bid) in [("A", 1), ("B", 1), ("A", 2), ("A", 3)] {
        peer.text(book(symbol, bid)).await;
        peer.text(trade(bid)).await;
    }
    peer.confirm(&request).await;
    within("subscribe", task).await.unwrap().unwrap();
    let coalesced = StreamItem::Lagged {
        stream: Some("!bookTicker".into()),
        dropped: 0,
        coalesced: 2,
    };
    assert_eq!(next(&mut messages).await, coalesced);
    assert_eq!(next(&mut messages).await, event(&book("A", 3)));
    assert_eq!(next(&mut messages).await, event(&trade(1)));
    assert_eq!(next(&mut messages).await, event(&book("B", 1)));
    for number in [1, 2, 3] {
        assert_eq!(next(&mut messages).await, event(&trade(number)));
    }
}

#[tokio::test]
async fn changes_of_a_book_cannot_take_the_place_of_others() {
    let mut server = Server::start().await;
    let refused = builder(&server)
        .streams(["a@bookTicker", "a@depth@100ms"])
        .overflow(Overflow::Latest)
        .connect();
    let error = within("a refusal", refused).await.expect_err("changes");
    assert!(
        matches!(&error, Error::Unusable(why) if why.contains("a@depth@100ms")),
        "{error:?}"
    );
    assert!(!server.has_peer());

    let settings = builder(&server);
    let (client, _messages, mut peer) = subscribed(&mut server, settings).await;
    let subscribing = client.subscribe_with_overflow(["b@depth20", "b@depth"], Overflow::Latest);
    let error = within("a refusal", subscribing).await.expect_err("changes");
    assert!(matches!(&error, Error::Unusable(_)), "{error:?}");
    // Nothing went out, and the streams wait as before.
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe(["b@depth20", "b@depth"]).await }
    });
    let request = peer.request().await;
    assert_eq!(request["params"], serde_json::json!(["b@depth20", "b@depth"]));
    peer.confirm(&request).await;
    within("subscribe", task).await.unwrap().unwrap();
}
