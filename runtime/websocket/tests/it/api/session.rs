//! Sessions and user data: logging on, subscribing, and getting both back.

use binance_wire_core::{Error, RawJson};
use binance_wire_websocket::{SessionState, StreamItem};
use serde_json::{Value, json};

use super::operations::{
    Account, NOW, Place, Time, assert_ed25519, assert_hmac, builder, connected, done, ed25519_credentials,
    event, hmac_credentials, logged_on, next, payload, send,
};
use crate::common::{Server, within};

#[tokio::test]
async fn a_session_spares_signatures_until_it_is_logged_off() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(ed25519_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    assert_eq!(client.session(), SessionState::LoggedOff);
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.logon().await }
    });
    let logon = peer.request().await;
    assert_eq!(logon["method"], "session.logon");
    assert_ed25519(&logon["params"]);
    assert_eq!(
        payload(&logon["params"]),
        "apiKey=the-ed-key&recvWindow=100&timestamp=1645423376532"
    );
    peer.answer(&logon, json!({"apiKey": "the-ed-key"})).await;
    done(task).await.unwrap();
    assert_eq!(client.session(), SessionState::LoggedOn);

    let call = send(&client, Place(None));
    let request = peer.request().await;
    let params = request["params"].as_object().expect("params");
    assert!(!params.contains_key("apiKey") && !params.contains_key("signature"));
    assert_eq!(
        (&params["timestamp"], &params["recvWindow"]),
        (&json!(NOW), &json!(100))
    );
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
    let call = send(&client.with_credentials(hmac_credentials()), Place(None));
    let request = peer.request().await;
    assert_hmac(&request["params"]);
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();

    let task = tokio::spawn({
        let client = client.clone();
        async move { client.logout().await }
    });
    let logout = peer.request().await;
    assert_eq!(logout["method"], "session.logout");
    peer.answer(&logout, json!({})).await;
    done(task).await.unwrap();
    let _call = send(&client, Account);
    assert_ed25519(&peer.request().await["params"]);
}

#[tokio::test]
async fn a_refused_logon_fails_connecting() {
    let mut server = Server::start().await;
    for with_id in [true, false] {
        let builder = builder(&server).credentials(ed25519_credentials()).logon(true);
        let connecting = tokio::spawn(builder.connect());
        let mut peer = server.peer().await;
        let logon = peer.request().await;
        let id = if with_id { logon["id"].clone() } else { Value::Null };
        let refusal = json!({"id": id, "status": 401, "error": {"code": -2015, "msg": "Invalid API-key"}});
        peer.send_value(&refusal).await;
        let error = done(connecting).await.unwrap_err();
        assert_eq!(error.code().map(|code| code.0), Some(-2015));
        peer.closed().await;
    }
}

#[tokio::test]
async fn logon_and_user_data_come_back_after_a_loss() {
    let mut server = Server::start().await;
    let (client, mut peer) = logged_on(&mut server).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.subscribe");
    assert!(request.get("params").is_none());
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    peer.text(r#"{"subscriptionId":0,"event":{"e":"balanceUpdate","d":"1"}}"#)
        .await;
    peer.text(r#"{"event":{"e":"balanceUpdate","d":"2"}}"#).await;
    peer.text(r#"{"subscriptionId":9,"event":{"e":"balanceUpdate","d":"not mine"}}"#)
        .await;
    assert_eq!(next(&mut events).await, event(r#"{"e":"balanceUpdate","d":"1"}"#));
    assert_eq!(next(&mut events).await, event(r#"{"e":"balanceUpdate","d":"2"}"#));

    peer.close().await;
    assert!(matches!(next(&mut events).await, StreamItem::Gap { .. }));
    let waiting = send(&client, Place(None));
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    assert_eq!(logon["method"], "session.logon");
    peer.answer(&logon, json!({})).await;
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.subscribe");
    // Another id than before.
    peer.answer(&request, json!({"subscriptionId": 4})).await;
    assert_eq!(
        next(&mut events).await,
        StreamItem::Reconnected { streams: Vec::new() }
    );
    peer.text(r#"{"subscriptionId":4,"event":{"e":"balanceUpdate","d":"3"}}"#)
        .await;
    assert_eq!(next(&mut events).await, event(r#"{"e":"balanceUpdate","d":"3"}"#));
    // The call that waited goes out by the session.
    let request = peer.request().await;
    assert_eq!(request["method"], "order.place");
    assert!(request["params"].get("signature").is_none());
    peer.answer(&request, json!({})).await;
    done(waiting).await.unwrap();

    drop(events);
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.unsubscribe");
    assert_eq!(request["params"], json!({"subscriptionId": 4}));
}

#[tokio::test]
async fn user_data_with_a_signature_and_its_end() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let mut streams = Vec::new();
    for id in [3, 5] {
        let task = tokio::spawn({
            let client = client.clone();
            async move { client.subscribe_user_data::<RawJson>().await }
        });
        let request = peer.request().await;
        assert_eq!(request["method"], "userDataStream.subscribe.signature");
        assert_hmac(&request["params"]);
        peer.answer(&request, json!({"subscriptionId": id})).await;
        streams.push(done(task).await.unwrap());
    }
    peer.text(r#"{"subscriptionId":5,"event":{"e":"x","n":1}}"#).await;
    peer.text(r#"{"subscriptionId":3,"event":{"e":"x","n":2}}"#).await;
    peer.text(r#"{"event":{"e":"eventStreamTerminated","E":1},"subscriptionId":3}"#)
        .await;
    peer.text(r#"{"subscriptionId":5,"event":{"e":"x","n":3}}"#).await;
    let [first, second] = &mut streams[..] else {
        panic!("two streams")
    };
    assert_eq!(next(first).await, event(r#"{"e":"x","n":2}"#));
    assert_eq!(next(first).await, event(r#"{"e":"eventStreamTerminated","E":1}"#));
    assert!(matches!(next(first).await, StreamItem::Terminated { .. }));
    assert!(first.next().await.is_none());
    assert_eq!(next(second).await, event(r#"{"e":"x","n":1}"#));
    assert_eq!(next(second).await, event(r#"{"e":"x","n":3}"#));

    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    peer.send_value(&json!({"id": request["id"], "status": 400, "error": {"code": -2035, "msg": "already"}}))
        .await;
    assert!(matches!(done(task).await, Err(Error::Api(error)) if error.code.0 == -2035));
}

#[tokio::test]
async fn events_that_nobody_takes_are_dropped_and_counted() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials()).event_capacity(2);
    let (client, mut peer) = connected(&mut server, builder).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    for n in 0..5 {
        peer.text(format!(r#"{{"subscriptionId":0,"event":{{"n":{n}}}}}"#))
            .await;
    }
    // Responses are not held up by them.
    let call = send(&client, Time(1));
    let request = peer.request().await;
    peer.answer(&request, json!(1)).await;
    done(call).await.unwrap();
    assert_eq!(
        next(&mut events).await,
        StreamItem::Lagged {
            stream: None,
            dropped: 3,
            coalesced: 0
        }
    );
    assert_eq!(next(&mut events).await, event(r#"{"n":3}"#));
}

#[tokio::test]
async fn a_revoked_key_ends_the_session() {
    let mut server = Server::start().await;
    let (client, mut peer) = logged_on(&mut server).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    let change = tokio::spawn({
        let client = client.clone();
        async move { client.session_change().await }
    });
    let call = send(&client, Account);
    peer.request().await;
    peer.text(
        r#"{"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions."}}"#,
    )
    .await;
    let error = done(call).await.unwrap_err();
    assert!(
        matches!(&error, Error::Api(said) if said.status == 401 && said.code.0 == -2015),
        "{error:?}"
    );
    assert!(matches!(done(change).await, Some(SessionState::Revoked(said)) if said.code.0 == -2015));
    assert!(matches!(next(&mut events).await, StreamItem::Terminated { .. }));
    // From here on requests are signed one by one again.
    let _call = send(&client, Account);
    assert_ed25519(&peer.request().await["params"]);
}

#[tokio::test]
async fn a_subscription_given_up_by_its_caller_is_undone() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    task.abort();
    assert!(within("the task", task).await.is_err());
    peer.answer(&request, json!({"subscriptionId": 8})).await;
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.unsubscribe");
    assert_eq!(request["params"], json!({"subscriptionId": 8}));
    drop(client);
}
