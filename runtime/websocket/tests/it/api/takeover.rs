//! User data while one connection takes over from another: nothing is lost and nothing comes twice, or a gap is reported.

use binance_wire_core::{Error, RawJson};
use binance_wire_websocket::{ApiClient, EventStream, StreamItem};
use serde_json::{Value, json};

use super::operations::{Place, done, event, hmac_credentials, logged_on, next, send};
use crate::common::{Peer, Server, within};

type Events = EventStream<RawJson>;

/// A connection with user data of the session whose server shuts down, and the one in its place, which is logged on and asks to
/// subscribe.
struct Announced {
    server: Server,
    client: ApiClient,
    events: Events,
    old: Peer,
    new: Peer,
    request: Value,
}

async fn announced() -> Announced {
    let mut server = Server::start().await;
    let (client, mut old) = logged_on(&mut server).await;
    let mut events = subscribe(&client, &mut old, 0).await;
    let (new, request) = replacement(&mut server, &mut old, &mut events).await;
    Announced {
        server,
        client,
        events,
        old,
        new,
        request,
    }
}

async fn subscribe(client: &ApiClient, peer: &mut Peer, id: i64) -> Events {
    let client = client.clone();
    let task = tokio::spawn(async move { client.subscribe_user_data::<RawJson>().await });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": id})).await;
    done(task).await.unwrap()
}

async fn replacement(server: &mut Server, old: &mut Peer, events: &mut Events) -> (Peer, Value) {
    old.text(r#"{"event":{"e":"serverShutdown","E":1}}"#).await;
    assert_eq!(next(events).await, StreamItem::ServerShutdown);
    logged_on_again(server).await
}

/// The next connection, which is logged on, and its request to subscribe.
async fn logged_on_again(server: &mut Server) -> (Peer, Value) {
    let mut new = server.peer().await;
    let logon = new.request().await;
    new.answer(&logon, json!({})).await;
    let request = new.request().await;
    (new, request)
}

/// A connection with user data of two accounts, whose subscriptions are 0 and 1, and the one that takes over from it, where
/// they are 5 and 6.
struct TwoAccounts {
    server: Server,
    clients: [ApiClient; 2],
    events: Events,
    others: Events,
    old: Peer,
    new: Peer,
}

async fn two_accounts() -> TwoAccounts {
    let mut server = Server::start().await;
    let (client, mut old) = logged_on(&mut server).await;
    let mut events = subscribe(&client, &mut old, 0).await;
    let other = client.with_credentials(hmac_credentials());
    let mut others = subscribe(&other, &mut old, 1).await;
    old.text(r#"{"event":{"e":"serverShutdown","E":1}}"#).await;
    for events in [&mut events, &mut others] {
        assert_eq!(next(events).await, StreamItem::ServerShutdown);
    }
    let mut new = server.peer().await;
    for _ in 0..3 {
        let request = new.request().await;
        let result = match request["method"].as_str() {
            Some("userDataStream.subscribe") => json!({"subscriptionId": 5}),
            Some("userDataStream.subscribe.signature") => json!({"subscriptionId": 6}),
            _ => json!({}),
        };
        new.answer(&request, result).await;
    }
    TwoAccounts {
        server,
        clients: [client, other],
        events,
        others,
        old,
        new,
    }
}

fn fill(number: u32) -> String {
    format!(r#"{{"e":"executionReport","t":{number}}}"#)
}

async fn fills(peer: &mut Peer, subscription: i64, numbers: &[u32]) {
    for number in numbers {
        let fill = fill(*number);
        peer.text(format!(r#"{{"subscriptionId":{subscription},"event":{fill}}}"#))
            .await;
    }
}

async fn expect_fills(events: &mut Events, numbers: &[u32]) {
    for number in numbers {
        assert_eq!(next(events).await, event(&fill(*number)));
    }
}

async fn expect_gap(events: &mut Events) {
    assert!(matches!(next(events).await, StreamItem::Gap { .. }));
}

async fn expect_back(events: &mut Events) {
    assert_eq!(
        next(events).await,
        StreamItem::Reconnected { streams: Vec::new() }
    );
}

/// What the old connection sent before it answered comes before what only the new one has, whichever is faster.
#[tokio::test]
async fn the_answer_of_the_old_connection_ends_the_takeover() {
    let Announced {
        server: _server,
        client: _client,
        mut events,
        mut old,
        mut new,
        request,
    } = announced().await;
    new.answer(&request, json!({"subscriptionId": 7})).await;
    fills(&mut new, 7, &[3]).await;
    fills(&mut old, 0, &[1, 1, 2]).await;
    // Two that are alike are two.
    expect_fills(&mut events, &[1, 1, 2]).await;
    old.pinged().await;
    assert_eq!(next(&mut events).await, StreamItem::Replaced);
    expect_fills(&mut events, &[3]).await;
    // The old one has fallen behind, and nobody listens.
    fills(&mut old, 0, &[3]).await;
    old.closed().await;
    fills(&mut new, 7, &[1, 1, 2, 4]).await;
    expect_fills(&mut events, &[4]).await;
}

/// An old connection that is stuck may have more to say: a gap is reported, and orders on it are still answered.
#[tokio::test]
async fn an_old_connection_that_does_not_answer_leaves_a_gap() {
    let Announced {
        server: _server,
        client,
        mut events,
        mut old,
        mut new,
        request,
    } = announced().await;
    let order = send(&client, Place(Some("on-the-old-one")));
    let order_request = old.request().await;
    new.answer(&request, json!({"subscriptionId": 7})).await;
    fills(&mut new, 7, &[2]).await;
    expect_gap(&mut events).await;
    expect_back(&mut events).await;
    expect_fills(&mut events, &[2]).await;
    fills(&mut old, 0, &[1, 2]).await;
    old.answer(&order_request, json!({"orderId": 1})).await;
    assert_eq!(done(order).await.unwrap(), r#"{"orderId":1}"#);
    old.closed().await;
    fills(&mut new, 7, &[3]).await;
    expect_fills(&mut events, &[3]).await;
}

#[tokio::test]
async fn an_old_connection_that_ends_without_an_answer_leaves_a_gap() {
    let Announced {
        server: _server,
        client: _client,
        mut events,
        mut old,
        mut new,
        request,
    } = announced().await;
    new.answer(&request, json!({"subscriptionId": 7})).await;
    fills(&mut new, 7, &[2]).await;
    fills(&mut old, 0, &[1]).await;
    expect_fills(&mut events, &[1]).await;
    old.close().await;
    expect_gap(&mut events).await;
    expect_back(&mut events).await;
    expect_fills(&mut events, &[2]).await;
}

/// What comes before the confirmation of its subscription cannot be delivered, and hides nothing of the old connection.
#[tokio::test]
async fn an_event_before_its_subscription_is_confirmed_is_that_of_the_old_connection() {
    let Announced {
        server: _server,
        client: _client,
        mut events,
        mut old,
        mut new,
        request,
    } = announced().await;
    fills(&mut new, 7, &[1]).await;
    new.answer(&request, json!({"subscriptionId": 7})).await;
    fills(&mut old, 0, &[1]).await;
    expect_fills(&mut events, &[1]).await;
    old.pinged().await;
    assert_eq!(next(&mut events).await, StreamItem::Replaced);
}

/// The new connection breaks before the old one has answered: what it had sent is not lost, and what the old one has left is
/// in the gap.
#[tokio::test]
async fn a_new_connection_that_breaks_in_its_takeover_leaves_a_gap() {
    let Announced {
        mut server,
        client: _client,
        mut events,
        mut old,
        mut new,
        request,
    } = announced().await;
    new.answer(&request, json!({"subscriptionId": 7})).await;
    fills(&mut new, 7, &[2]).await;
    new.is_read().await;
    new.close().await;
    expect_gap(&mut events).await;
    expect_fills(&mut events, &[2]).await;
    fills(&mut old, 0, &[1, 2]).await;
    let (mut third, request) = logged_on_again(&mut server).await;
    third.answer(&request, json!({"subscriptionId": 9})).await;
    expect_back(&mut events).await;
    fills(&mut third, 9, &[3]).await;
    expect_fills(&mut events, &[3]).await;
}

/// A subscription that is refused on the new connection keeps it from taking over, unless the refusal is final.
#[tokio::test]
async fn the_old_connection_serves_as_long_as_the_new_one_is_refused() {
    let Announced {
        mut server,
        client: _client,
        mut events,
        mut old,
        mut new,
        request,
    } = announced().await;
    let refusal = json!({"id": request["id"], "status": 429, "error": {"code": -1003, "msg": "slow"}});
    new.send_value(&refusal).await;
    fills(&mut old, 0, &[1]).await;
    expect_fills(&mut events, &[1]).await;
    let (mut third, request) = logged_on_again(&mut server).await;
    third.answer(&request, json!({"subscriptionId": 9})).await;
    fills(&mut third, 9, &[2]).await;
    old.pinged().await;
    assert_eq!(next(&mut events).await, StreamItem::Replaced);
    expect_fills(&mut events, &[2]).await;
}

/// Two accounts may have events that are alike.
#[tokio::test]
async fn accounts_on_one_connection_are_separate() {
    let TwoAccounts {
        server: _server,
        clients: _clients,
        mut events,
        mut others,
        mut old,
        mut new,
    } = two_accounts().await;
    fills(&mut new, 5, &[1]).await;
    fills(&mut new, 6, &[1]).await;
    fills(&mut old, 1, &[1]).await;
    expect_fills(&mut others, &[1]).await;
    // They have not met in the other account, for which the answer of the old connection speaks.
    old.pinged().await;
    for events in [&mut events, &mut others] {
        assert_eq!(next(events).await, StreamItem::Replaced);
    }
    expect_fills(&mut events, &[1]).await;
    fills(&mut new, 6, &[2]).await;
    expect_fills(&mut others, &[2]).await;
}

/// What was received is delivered, although the takeover does not come to its end.
#[tokio::test]
async fn closing_in_a_takeover_delivers_what_was_received() {
    let Announced {
        server: _server,
        client,
        mut events,
        mut old,
        mut new,
        request,
    } = announced().await;
    let order = send(&client, Place(Some("mine")));
    old.request().await;
    new.answer(&request, json!({"subscriptionId": 7})).await;
    fills(&mut new, 7, &[2]).await;
    fills(&mut old, 0, &[1]).await;
    expect_fills(&mut events, &[1]).await;
    new.is_read().await;
    within("the end", client.close()).await;
    expect_fills(&mut events, &[2]).await;
    assert!(matches!(next(&mut events).await, StreamItem::Terminated { .. }));
    assert!(matches!(done(order).await, Err(Error::ExecutionUnknown { .. })));
}

#[tokio::test]
async fn what_one_account_meets_says_nothing_of_another() {
    let TwoAccounts {
        server: _server,
        clients: _clients,
        mut events,
        mut others,
        mut old,
        mut new,
    } = two_accounts().await;
    // One account has an event over both.
    fills(&mut new, 6, &[1]).await;
    new.is_read().await;
    fills(&mut old, 1, &[1]).await;
    expect_fills(&mut others, &[1]).await;
    // The other one's part of the exchange is behind: what it sends had happened before the new subscription.
    fills(&mut old, 0, &[2]).await;
    expect_fills(&mut events, &[2]).await;
}
