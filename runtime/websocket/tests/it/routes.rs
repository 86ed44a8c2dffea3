//! Streams spread over connections: by route, and where one connection does not carry them all.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::common::{Peer, Server, within};
use binance_wire_core::{Error, RawJson, json};
use binance_wire_websocket::{
    EventStream, ReconnectPolicy, Route, StreamClient, StreamClientBuilder, StreamItem, StreamRules,
};
use serde_json::json;

static RULES: StreamRules = StreamRules {
    routes: &[
        Route {
            name: "public",
            path: "/public",
        },
        Route {
            name: "market",
            path: "/market",
        },
    ],
    streams: &[("<symbol>@depth@<speed>", 0), ("<symbol>@aggTrade", 1)],
    max_streams: 2,
    messages_per_second: 10,
    lower_case: true,
};

fn builder(server: &Server) -> StreamClientBuilder<RawJson> {
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    StreamClient::builder([server.url.as_str()], json::from_str::<RawJson>).reconnect(policy)
}

/// Takes a connection and confirms what is subscribed to on it.
async fn confirmed(server: &mut Server) -> (Peer, Vec<String>) {
    let mut peer = server.peer().await;
    let request = peer.request().await;
    assert_eq!(request["method"], "SUBSCRIBE");
    peer.confirm(&request).await;
    let names = serde_json::from_value(request["params"].clone()).expect("names");
    (peer, names)
}

async fn next(messages: &mut EventStream<RawJson>) -> StreamItem<RawJson> {
    within("an item", messages.next())
        .await
        .expect("the stream goes on")
}

#[tokio::test]
async fn each_route_has_its_connection_under_one_handle() {
    let mut server = Server::start().await;
    let connecting = tokio::spawn(
        builder(&server)
            .rules(&RULES)
            .streams(["btcusdt@aggTrade", "btcusdt@depth@100ms"])
            .connect(),
    );
    let mut peers = BTreeMap::new();
    for _ in 0..2 {
        let (peer, names) = confirmed(&mut server).await;
        peers.insert(peer.path.clone(), (peer, names));
    }
    let (client, mut messages) = within("connecting", connecting).await.unwrap().unwrap();
    let (mut public, names) = peers.remove("/public/stream").expect("a connection for books");
    assert_eq!(names, ["btcusdt@depth@100ms"]);
    let (mut market, names) = peers.remove("/market/stream").expect("a connection for trades");
    assert_eq!(names, ["btcusdt@aggTrade"]);
    assert_eq!(
        client.subscriptions().await.unwrap(),
        ["btcusdt@aggTrade", "btcusdt@depth@100ms"]
    );

    // What comes over both arrives in one place.
    for (peer, text) in [(&mut public, r#"{"n":1}"#), (&mut market, r#"{"n":2}"#)] {
        peer.text(text).await;
        assert_eq!(
            next(&mut messages).await,
            StreamItem::Event(RawJson::new(text).unwrap())
        );
    }
    // A further stream joins those of its route.
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe(["ethusdt@depth", "btcusdt@aggTrade"]).await }
    });
    let request = public.request().await;
    assert_eq!(request["params"], json!(["ethusdt@depth"]));
    public.confirm(&request).await;
    within("subscribe", task).await.unwrap().unwrap();
    assert!(!server.has_peer());

    // The loss of one connection is told with its streams, and leaves the other alone.
    drop(market);
    match next(&mut messages).await {
        StreamItem::Gap { streams, .. } => assert_eq!(streams, ["btcusdt@aggTrade"]),
        other => panic!("{other:?}"),
    }
    public.text(r#"{"n":3}"#).await;
    assert!(matches!(next(&mut messages).await, StreamItem::Event(_)));
    let (market, names) = confirmed(&mut server).await;
    assert_eq!(
        (market.path.as_str(), names),
        ("/market/stream", vec!["btcusdt@aggTrade".to_owned()])
    );
    let streams = vec!["btcusdt@aggTrade".into()];
    assert_eq!(next(&mut messages).await, StreamItem::Reconnected { streams });

    let mut market = market;
    client.close().await;
    public.closed().await;
    market.closed().await;
    assert!(matches!(next(&mut messages).await, StreamItem::Terminated { .. }));
    assert!(messages.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_would_stay_silent_is_an_error_before_anything_is_sent() {
    let mut server = Server::start().await;
    // Without streams there is nothing to connect for yet.
    let (client, mut messages) = builder(&server).rules(&RULES).connect().await.unwrap();
    match client.subscribe(["btcusdt@depth", "btcusdt@trade"]).await {
        Err(Error::WrongRoute { stream, route, .. }) => {
            assert_eq!((stream.as_str(), route), ("btcusdt@trade", None));
        }
        other => panic!("{other:?}"),
    }
    assert!(!server.has_peer());
    assert!(client.subscriptions().await.unwrap().is_empty());
    client.close().await;
    assert!(matches!(next(&mut messages).await, StreamItem::Terminated { .. }));

    let connecting = tokio::spawn(builder(&server).rules(&RULES).route("market").connect());
    let peer = server.peer().await;
    assert_eq!(peer.path, "/market/stream");
    let (client, _messages) = within("connecting", connecting).await.unwrap().unwrap();
    let error = client.subscribe(["BTCUSDT@aggTrade"]).await.unwrap_err();
    assert!(
        matches!(&error, Error::Unusable(said) if said.contains("`btcusdt@aggTrade`")),
        "{error}"
    );
    let error = client.subscribe(["btcusdt@depth"]).await.unwrap_err();
    assert!(matches!(
        error,
        Error::WrongRoute {
            route: Some("public"),
            connection: Some("market"),
            ..
        }
    ));
    let said = error.to_string();
    for word in ["btcusdt@depth", "`public`", "`market`"] {
        assert!(said.contains(word), "{said}");
    }
    let unknown = builder(&server).rules(&RULES).route("private").connect().await;
    assert!(matches!(unknown, Err(Error::Unusable(_))));
}

#[tokio::test]
async fn more_streams_than_a_connection_carries_are_spread() {
    let mut server = Server::start().await;
    let names: Vec<String> = (0..5).map(|n| format!("s{n}@aggTrade")).collect();
    let connecting = tokio::spawn(builder(&server).rules(&RULES).streams(names.clone()).connect());
    let mut peers = Vec::new();
    let mut found = Vec::new();
    for _ in 0..3 {
        let (peer, names) = confirmed(&mut server).await;
        assert!(names.len() <= 2);
        found.extend(names.clone());
        peers.push((peer, names));
    }
    found.sort();
    assert_eq!(found, names);
    let (client, _messages) = within("connecting", connecting).await.unwrap().unwrap();
    // One place is left; the sixth takes it, and the seventh and eighth need another connection.
    let task = tokio::spawn({
        let client = client.clone();
        async move {
            client
                .subscribe(["s5@aggTrade", "s6@aggTrade", "s7@aggTrade"])
                .await
        }
    });
    let (new, names) = confirmed(&mut server).await;
    assert_eq!(names, ["s6@aggTrade", "s7@aggTrade"]);
    let (roomy, _) = peers
        .iter_mut()
        .find(|(_, names)| names.len() == 1)
        .expect("one with room");
    let request = roomy.request().await;
    assert_eq!(request["params"], json!(["s5@aggTrade"]));
    roomy.confirm(&request).await;
    within("subscribe", task).await.unwrap().unwrap();
    // Unsubscribing goes to who carries the stream, and makes room there.
    let task = tokio::spawn({
        let client = client.clone();
        async move {
            client.unsubscribe(["s7@aggTrade"]).await?;
            client.subscribe(["s8@aggTrade"]).await
        }
    });
    let mut new = new;
    for (method, name) in [("UNSUBSCRIBE", "s7@aggTrade"), ("SUBSCRIBE", "s8@aggTrade")] {
        let request = new.request().await;
        assert_eq!(
            (&request["method"], &request["params"]),
            (&json!(method), &json!([name]))
        );
        new.confirm(&request).await;
    }
    within("both", task).await.unwrap().unwrap();
    assert_eq!(client.subscriptions().await.unwrap().len(), 8);
    assert!(!server.has_peer());
}

#[tokio::test]
async fn without_rules_a_connection_carries_1024_streams() {
    let mut server = Server::start().await;
    let many: Vec<String> = (0..1025).map(|n| format!("s{n}")).collect();
    let connecting = tokio::spawn(builder(&server).streams(many).connect());
    let mut serving = Vec::new();
    for _ in 0..2 {
        let mut peer = server.peer().await;
        assert_eq!(peer.path, "/stream");
        serving.push(tokio::spawn(async move {
            let mut names = 0;
            loop {
                match tokio::time::timeout(Duration::from_secs(5), peer.message()).await {
                    Ok(Some(message)) if message.is_text() => {
                        let request: serde_json::Value =
                            serde_json::from_str(message.to_text().unwrap()).unwrap();
                        names += request["params"].as_array().unwrap().len();
                        peer.confirm(&request).await;
                    }
                    Ok(Some(_)) => {}
                    _ => return names,
                }
            }
        }));
    }
    let (client, messages) = within("connecting", connecting).await.unwrap().unwrap();
    assert_eq!(client.subscriptions().await.unwrap().len(), 1025);
    drop(messages);
    let mut carried = Vec::new();
    for task in serving {
        carried.push(task.await.unwrap());
    }
    carried.sort_unstable();
    assert_eq!(carried, [1, 1024]);
}

#[tokio::test]
async fn a_further_connection_that_does_not_come_about_concerns_no_other() {
    let mut server = Server::start().await;
    let connecting = tokio::spawn(builder(&server).rules(&RULES).streams(["a@aggTrade"]).connect());
    let (mut peer, _) = confirmed(&mut server).await;
    let (client, mut messages) = within("connecting", connecting).await.unwrap().unwrap();
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe(["a@depth"]).await }
    });
    let mut public = server.peer().await;
    let request = public.request().await;
    public
        .send_value(&json!({"error": {"code": 2, "msg": "Invalid request"}, "id": request["id"]}))
        .await;
    let error = within("subscribe", task).await.unwrap().unwrap_err();
    assert_eq!(error.code().map(|code| code.0), Some(2));
    peer.text(r#"{"n":1}"#).await;
    assert!(matches!(next(&mut messages).await, StreamItem::Event(_)));
    assert_eq!(client.subscriptions().await.unwrap(), ["a@aggTrade"]);
    // Asked again, it is tried again.
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe(["a@depth"]).await }
    });
    let (_public, names) = confirmed(&mut server).await;
    assert_eq!(names, ["a@depth"]);
    within("subscribe", task).await.unwrap().unwrap();
}
