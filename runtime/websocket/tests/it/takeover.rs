//! A connection takes over from another that still works.

use std::time::Duration;

use crate::common::{Peer, Server, within};
use crate::streams::{builder, event, next, policy, reconnected, subscribed, trade};
use binance_wire_core::RawJson;
use binance_wire_websocket::{EventStream, StreamClient, StreamItem};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn the_announcement_of_a_shutdown_brings_a_replacement_before_the_old_connection_closes() {
    for announcement in [
        r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}"#,
        r#"{"e":"serverShutdown","E":1}"#,
    ] {
        let mut server = Server::start().await;
        let builder = builder(&server);
        let (_client, mut messages, mut old) = subscribed(&mut server, builder).await;
        old.text(announcement).await;
        assert_eq!(next(&mut messages).await, StreamItem::ServerShutdown);
        let mut new = server.peer().await;
        let request = new.request().await;
        // Both connections carry the stream for a while; the old one still counts.
        old.text(trade(1)).await;
        assert_eq!(next(&mut messages).await, event(&trade(1)));
        new.confirm(&request).await;
        new.text(trade(1)).await;
        new.text(trade(2)).await;
        assert_eq!(next(&mut messages).await, StreamItem::Replaced);
        // What both sent comes once.
        assert_eq!(next(&mut messages).await, event(&trade(2)));
        old.closed().await;
        new.text(trade(2)).await;
        assert_eq!(next(&mut messages).await, event(&trade(2)), "the overlap is over");
    }
}

/// A subscribed connection whose server has said that it shuts down, and the one in its place, which has asked to subscribe.
struct Announced {
    server: Server,
    client: StreamClient,
    messages: EventStream<RawJson>,
    old: Peer,
    new: Peer,
    request: Value,
}

async fn announced() -> Announced {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (client, mut messages, mut old) = subscribed(&mut server, builder).await;
    old.text(r#"{"e":"serverShutdown","E":1}"#).await;
    assert_eq!(next(&mut messages).await, StreamItem::ServerShutdown);
    let mut new = server.peer().await;
    let request = new.request().await;
    Announced {
        server,
        client,
        messages,
        old,
        new,
        request,
    }
}

/// The old connection may be the slower one: what happened before the new one was subscribed is still on its way.
#[tokio::test]
async fn what_the_old_connection_still_has_comes_before_what_is_new() {
    let Announced {
        server: _server,
        client: _client,
        mut messages,
        mut old,
        mut new,
        request,
    } = announced().await;
    new.confirm(&request).await;
    new.text(trade(3)).await;
    old.text(trade(1)).await;
    assert_eq!(next(&mut messages).await, event(&trade(1)));
    old.text(trade(2)).await;
    old.text(trade(3)).await;
    for number in [2, 3] {
        assert_eq!(next(&mut messages).await, event(&trade(number)));
    }
    assert_eq!(next(&mut messages).await, StreamItem::Replaced);
    old.closed().await;
    new.text(trade(4)).await;
    assert_eq!(next(&mut messages).await, event(&trade(4)));
}

/// What was received is delivered, although the takeover does not come to its end.
#[tokio::test]
async fn closing_in_a_takeover_delivers_what_was_received() {
    let Announced {
        server: _server,
        client,
        mut messages,
        mut old,
        mut new,
        request,
    } = announced().await;
    new.confirm(&request).await;
    new.text(trade(2)).await;
    new.text(trade(3)).await;
    old.text(trade(1)).await;
    assert_eq!(next(&mut messages).await, event(&trade(1)));
    new.is_read().await;
    within("the end", client.close()).await;
    for number in [2, 3] {
        assert_eq!(next(&mut messages).await, event(&trade(number)));
    }
    assert!(matches!(next(&mut messages).await, StreamItem::Terminated { .. }));
}

/// Where the two never meet, the new connection takes over all the same.
#[tokio::test]
async fn the_new_connection_does_not_wait_for_ever() {
    let Announced {
        server: _server,
        client: _client,
        mut messages,
        mut old,
        mut new,
        request,
    } = announced().await;
    // It answers, which shows that nothing is on its way.
    let old = tokio::spawn(async move { old.closed().await });
    new.confirm(&request).await;
    new.text(trade(7)).await;
    assert_eq!(next(&mut messages).await, StreamItem::Replaced);
    assert_eq!(next(&mut messages).await, event(&trade(7)));
    within("the end of the old connection", old).await.unwrap();
}

/// Where the old one does not even answer, what it sent may still be on its way: something may be missing.
#[tokio::test]
async fn an_old_connection_that_does_not_answer_leaves_a_gap() {
    let Announced {
        server: _server,
        client: _client,
        mut messages,
        old: _old,
        mut new,
        request,
    } = announced().await;
    new.confirm(&request).await;
    new.text(trade(7)).await;
    assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
    assert_eq!(next(&mut messages).await, reconnected(&["a@trade"]));
    assert_eq!(next(&mut messages).await, event(&trade(7)));
}

/// What the new one sends before all is confirmed shows nothing of the streams that are confirmed later.
#[tokio::test]
async fn the_two_do_not_meet_before_the_new_one_is_subscribed() {
    let Announced {
        server: _server,
        client: _client,
        mut messages,
        mut old,
        mut new,
        request,
    } = announced().await;
    new.text(trade(1)).await;
    old.text(trade(1)).await;
    assert_eq!(next(&mut messages).await, event(&trade(1)));
    new.confirm(&request).await;
    new.text(trade(3)).await;
    old.text(trade(2)).await;
    assert_eq!(next(&mut messages).await, event(&trade(2)));
    old.text(trade(3)).await;
    assert_eq!(next(&mut messages).await, event(&trade(3)));
    assert_eq!(next(&mut messages).await, StreamItem::Replaced);
}

/// Where the old one ends before they have met, it may have ended before the new one was subscribed: something may be missing.
#[tokio::test]
async fn an_old_connection_that_ends_before_it_met_the_new_one_leaves_a_gap() {
    let Announced {
        server: _server,
        client: _client,
        mut messages,
        mut old,
        mut new,
        request,
    } = announced().await;
    old.text(trade(5)).await;
    assert_eq!(next(&mut messages).await, event(&trade(5)));
    old.close().await;
    assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
    new.confirm(&request).await;
    new.text(trade(7)).await;
    assert_eq!(next(&mut messages).await, reconnected(&["a@trade"]));
    assert_eq!(next(&mut messages).await, event(&trade(7)));
}

/// The new connection may be the slower one: what the old one has delivered since they met does not come again.
#[tokio::test]
async fn what_the_old_connection_has_delivered_does_not_come_again() {
    let Announced {
        server: _server,
        client: _client,
        mut messages,
        mut old,
        mut new,
        request,
    } = announced().await;
    for number in 1..=3 {
        old.text(trade(number)).await;
        assert_eq!(next(&mut messages).await, event(&trade(number)));
    }
    new.confirm(&request).await;
    new.text(trade(1)).await;
    assert_eq!(next(&mut messages).await, StreamItem::Replaced);
    for number in 2..=4 {
        new.text(trade(number)).await;
    }
    assert_eq!(next(&mut messages).await, event(&trade(4)));
}

#[tokio::test]
async fn a_connection_is_replaced_when_it_is_old() {
    let mut server = Server::start().await;
    let mut policy = policy();
    policy.lifetime = Duration::from_millis(50);
    let builder = builder(&server).reconnect(policy);
    let (_client, mut messages, mut old) = subscribed(&mut server, builder).await;
    let mut new = server.peer().await;
    let request = new.request().await;
    let old = tokio::spawn(async move { old.closed().await });
    new.confirm(&request).await;
    assert_eq!(next(&mut messages).await, StreamItem::Replaced);
    within("the end of the old connection", old).await.unwrap();
}

#[tokio::test]
async fn a_replacement_succeeds_while_the_old_connection_is_flooded() {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (_client, mut messages, mut old) = subscribed(&mut server, builder).await;
    old.text(r#"{"e":"serverShutdown","E":1}"#).await;
    // Sends until it is closed.
    tokio::spawn(async move {
        let mut number = 0;
        while old.try_text(trade(number)).await {
            number += 1;
            // It reads and answers as well.
            let _ = tokio::time::timeout(Duration::ZERO, old.message()).await;
        }
    });
    let reading = tokio::spawn(async move {
        let mut events = 0;
        loop {
            match messages.next().await {
                Some(StreamItem::Event(_)) => events += 1,
                Some(StreamItem::ServerShutdown) => {}
                Some(StreamItem::Replaced) => return (events, messages),
                other => panic!("{other:?}"),
            }
        }
    });
    let mut new = server.peer().await;
    let request = new.request().await;
    new.confirm(&request).await;
    let (events, mut messages) = within("the replacement", reading).await.unwrap();
    assert!(events > 0);
    new.text(r#"{"stream":"a@trade","data":"new"}"#).await;
    assert_eq!(
        next(&mut messages).await,
        event(r#"{"stream":"a@trade","data":"new"}"#)
    );
}

#[tokio::test]
async fn an_old_connection_that_dies_during_its_replacement_leaves_the_order_intact() {
    let Announced {
        mut server,
        client: _client,
        mut messages,
        old,
        mut new,
        request,
    } = announced().await;
    new.text(trade(1)).await;
    new.text(trade(2)).await;
    // The answer to a ping shows that what came before it was read.
    new.send(Message::Ping("read".into())).await;
    assert!(matches!(new.message().await, Some(Message::Pong(_))));
    drop(old);
    assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
    new.text(trade(3)).await;
    new.confirm(&request).await;
    for number in 1..=3 {
        assert_eq!(next(&mut messages).await, event(&trade(number)));
    }
    assert_eq!(next(&mut messages).await, reconnected(&["a@trade"]));
    assert!(!server.has_peer(), "the connection under way was enough");
}

/// It sends events, and neither reads nor answers: what it sends goes on until there is another.
#[tokio::test]
async fn a_server_that_sends_and_does_not_read_is_replaced() {
    let mut server = Server::start().await;
    let mut policy = policy();
    policy.silence = Duration::from_millis(400);
    let builder = builder(&server).reconnect(policy);
    let (_client, mut messages, mut mute) = subscribed(&mut server, builder).await;
    let flowing = tokio::spawn(async move {
        let mut number = 0;
        while mute.try_text(trade(number)).await && mute.try_ping().await {
            number += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut new = server.peer().await;
    let request = new.request().await;
    new.confirm(&request).await;
    // Its pings are answered as long as it is read.
    let answering = tokio::spawn(async move { new.closed().await });
    let mut expected = 0;
    loop {
        match next(&mut messages).await {
            item if item == event(&trade(expected)) => expected += 1,
            // Whether it sent more, its answer would have shown.
            StreamItem::Gap { .. } => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(next(&mut messages).await, reconnected(&["a@trade"]));
    assert!(expected > 0);
    drop(messages);
    within("the end of the old connection", flowing).await.unwrap();
    within("the end of the new connection", answering).await.unwrap();
}
