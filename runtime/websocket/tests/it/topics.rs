//! Signed topic streams against a server that the tests drive.

use std::time::Duration;

use crate::common::{Peer, Server, within};
use aws_lc_rs::hmac;
use binance_wire_core::{Error, RawJson, Timestamp, json};
use binance_wire_signing::Credentials;
use binance_wire_websocket::{ReconnectPolicy, StreamClient, StreamClientBuilder, StreamItem};
use serde_json::{Value, json};

fn builder(server: &Server) -> StreamClientBuilder<RawJson> {
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    let url = format!("{}/sapi/wss", server.url);
    StreamClient::builder([url], json::from_str::<RawJson>)
        .reconnect(policy)
        .signed_topics(Credentials::hmac("the-key", "secret").unwrap())
        .clock(|| Timestamp::from_millis(1_700_000_000_000))
}

async fn answer(peer: &mut Peer, request: &Value, data: &str, code: &str) {
    peer.send_value(&json!({"type": "COMMAND", "data": data, "subType": request["command"], "code": code}))
        .await;
}

/// The topic in the address, which must be signed.
fn signed_topic(peer: &Peer) -> Option<String> {
    assert_eq!(peer.api_key.as_deref(), Some("the-key"));
    let query = peer.path.strip_prefix("/sapi/wss?").expect("the path");
    let (payload, signature) = query.split_once("&signature=").expect("a signature");
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
    let expected = hex::encode(hmac::sign(&key, payload.as_bytes()));
    assert_eq!(signature, expected);
    assert!(
        payload.contains("recvWindow=5000&timestamp=1700000000000"),
        "{payload}"
    );
    assert!(payload.starts_with("random="), "{payload}");
    payload.split_once("&topic=").map(|(_, topic)| topic.to_owned())
}

#[tokio::test]
async fn topics_are_subscribed_to_by_address_and_by_command() {
    let mut server = Server::start().await;
    let connecting = tokio::spawn(builder(&server).streams(["one", "two", "three"]).connect());
    let mut peer = server.peer().await;
    assert_eq!(signed_topic(&peer).as_deref(), Some("one"));
    let request = peer.request().await;
    assert_eq!(request, json!({"command": "SUBSCRIBE", "value": "three|two"}));
    answer(&mut peer, &request, "SUCCESS", "00000000").await;
    let (client, mut messages) = within("connecting", connecting).await.unwrap().unwrap();
    peer.text(r#"{"type":"DATA","topic":"two","data":"{\"title\":\"a \\\"b\\\"\"}"}"#)
        .await;
    let event = RawJson::new(r#"{"stream":"two","data":{"title":"a \"b\""}}"#).unwrap();
    assert_eq!(messages.next().await, Some(StreamItem::Event(event)));

    let task = tokio::spawn({
        let client = client.clone();
        async move { (client.subscribe(["bad"]).await, client.unsubscribe(["two"]).await) }
    });
    let request = peer.request().await;
    assert_eq!(request["value"], "bad");
    answer(&mut peer, &request, "no such topic", "10000012").await;
    let request = peer.request().await;
    assert_eq!(request, json!({"command": "UNSUBSCRIBE", "value": "two"}));
    answer(&mut peer, &request, "SUCCESS", "00000000").await;
    let (refused, unsubscribed) = within("both", task).await.unwrap();
    assert_eq!(refused.unwrap_err().code().map(|code| code.0), Some(10_000_012));
    unsubscribed.unwrap();
    assert_eq!(client.subscriptions().await.unwrap(), ["one", "three"]);
    assert!(matches!(
        client.list_subscriptions().await,
        Err(Error::Unusable(_))
    ));

    // A new connection has an address signed anew.
    let old = peer.path.clone();
    drop(peer);
    assert!(matches!(messages.next().await, Some(StreamItem::Gap { .. })));
    let mut peer = server.peer().await;
    assert_eq!(signed_topic(&peer).as_deref(), Some("one"));
    assert_ne!(peer.path, old);
    let request = peer.request().await;
    assert_eq!(request["value"], "three");
    answer(&mut peer, &request, "SUCCESS", "00000000").await;
    assert!(matches!(
        messages.next().await,
        Some(StreamItem::Reconnected { .. })
    ));
}

#[tokio::test]
async fn without_topics_the_address_names_none_and_damaged_data_is_told() {
    let mut server = Server::start().await;
    let connecting = tokio::spawn(builder(&server).connect());
    let mut peer = server.peer().await;
    assert_eq!(signed_topic(&peer), None);
    let (_client, mut messages) = within("connecting", connecting).await.unwrap().unwrap();
    for text in [r#"{"type":"DATA","topic":"t","data":"{broken"}"#, "nonsense"] {
        peer.text(text).await;
        assert!(
            matches!(messages.next().await, Some(StreamItem::Undecodable { .. })),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_window_is_that_of_the_settings_whenever_it_was_chosen() {
    let mut server = Server::start().await;
    let url = format!("{}/sapi/wss", server.url);
    let builder = StreamClient::builder([url], json::from_str::<RawJson>)
        .recv_window(2_500)
        .signed_topics(Credentials::hmac("the-key", "secret").unwrap());
    let connecting = tokio::spawn(builder.connect());
    let peer = server.peer().await;
    assert!(peer.path.contains("&recvWindow=2500&"), "{}", peer.path);
    within("connecting", connecting).await.unwrap().unwrap();
}
