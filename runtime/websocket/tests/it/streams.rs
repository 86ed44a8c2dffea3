//! Stream connections against a server that the tests drive.

use std::time::Duration;

use crate::common::{Peer, Server, within};
use binance_wire_core::{DecodeError, DecodeErrorKind, Error, RawJson, TimeUnit, Timestamp, json};
use binance_wire_websocket::{
    ApiClient, ConnectBudget, EventStream, GapReason, Overflow, ReconnectPolicy, StreamClient,
    StreamClientBuilder, StreamItem,
};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

pub(crate) type Item = StreamItem<RawJson>;

pub(crate) fn policy() -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    policy.seed = Some(1);
    policy
}

pub(crate) fn builder(server: &Server) -> StreamClientBuilder<RawJson> {
    StreamClient::builder([server.url.as_str()], json::from_str::<RawJson>).reconnect(policy())
}

pub(crate) async fn next(messages: &mut EventStream<RawJson>) -> Item {
    within("an item", messages.next())
        .await
        .expect("the stream goes on")
}

pub(crate) fn event(text: &str) -> Item {
    StreamItem::Event(RawJson::new(text).expect("JSON"))
}

pub(crate) fn reconnected(streams: &[&str]) -> Item {
    StreamItem::Reconnected {
        streams: streams.iter().map(|name| (*name).into()).collect(),
    }
}

pub(crate) fn trade(number: u32) -> String {
    format!(r#"{{"stream":"a@trade","data":{{"e":"trade","t":{number}}}}}"#)
}

/// A client subscribed to `a@trade`, and its connection.
pub(crate) async fn subscribed(
    server: &mut Server,
    builder: StreamClientBuilder<RawJson>,
) -> (StreamClient, EventStream<RawJson>, Peer) {
    let connecting = tokio::spawn(builder.streams(["a@trade"]).connect());
    let mut peer = server.peer().await;
    let request = peer.request().await;
    assert_eq!(request["method"], "SUBSCRIBE");
    assert_eq!(request["params"], json!(["a@trade"]));
    peer.confirm(&request).await;
    let (client, messages) = within("connecting", connecting)
        .await
        .expect("no panic")
        .expect("connected");
    (client, messages, peer)
}

#[tokio::test]
async fn subscribing_listing_and_unsubscribing_while_it_runs() {
    let mut server = Server::start().await;
    let builder = builder(&server)
        .time_unit(TimeUnit::Microsecond)
        .api_key("the-key");
    let (client, mut messages, mut peer) = subscribed(&mut server, builder).await;
    assert_eq!(peer.path, "/stream?timeUnit=MICROSECOND");
    assert_eq!(peer.api_key.as_deref(), Some("the-key"));

    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe(["b@depth", "a@trade", "１２@trade"]).await }
    });
    let request = peer.request().await;
    assert_eq!(
        request["params"],
        json!(["b@depth", "１２@trade"]),
        "what is active is not asked for again"
    );
    peer.text(trade(1)).await;
    peer.confirm(&request).await;
    peer.text(trade(2)).await;
    within("subscribe", task).await.unwrap().unwrap();
    // The confirmation between them reached nobody.
    assert_eq!(next(&mut messages).await, event(&trade(1)));
    assert_eq!(next(&mut messages).await, event(&trade(2)));

    let task = tokio::spawn({
        let client = client.clone();
        async move {
            (
                client.unsubscribe(["a@trade", "unknown"]).await,
                client.list_subscriptions().await,
            )
        }
    });
    let request = peer.request().await;
    assert_eq!(
        (&request["method"], &request["params"]),
        (&json!("UNSUBSCRIBE"), &json!(["a@trade"]))
    );
    peer.confirm(&request).await;
    let request = peer.request().await;
    assert_eq!(request["method"], "LIST_SUBSCRIPTIONS");
    peer.send_value(&json!({"id": request["id"], "result": ["b@depth"]}))
        .await;
    let (unsubscribed, listed) = within("both", task).await.unwrap();
    unsubscribed.unwrap();
    assert_eq!(listed.unwrap(), ["b@depth"]);
    assert_eq!(client.subscriptions().await.unwrap(), ["b@depth", "１２@trade"]);

    client.close().await;
    peer.closed().await;
    assert!(matches!(next(&mut messages).await, StreamItem::Terminated { .. }));
    assert!(messages.next().await.is_none());
    assert!(matches!(client.subscribe(["x"]).await, Err(Error::Transport(_))));
}

binance_wire_core::json_object! {
    /// A trade.
    pub struct Trade {
        /// Its number.
        number: i64 = required("t"),
    }
}

#[tokio::test]
async fn unknown_members_are_kept_on_request() {
    for keeps in [false, true] {
        let mut server = Server::start().await;
        let mut builder =
            StreamClient::builder([server.url.as_str()], json::from_str::<Trade>).reconnect(policy());
        if keeps {
            builder = builder.keep_unknown_members();
        }
        let connecting = tokio::spawn(builder.streams(["a@trade"]).connect());
        let mut peer = server.peer().await;
        let request = peer.request().await;
        peer.confirm(&request).await;
        let (_client, mut messages) = within("connecting", connecting)
            .await
            .expect("no panic")
            .expect("connected");
        peer.text(r#"{"t":7,"new":[1]}"#).await;
        let Some(StreamItem::Event(trade)) = within("an item", messages.next()).await else {
            panic!("no event");
        };
        assert_eq!(trade.number, 7);
        assert_eq!(trade.raw.get("new"), keeps.then_some("[1]"));
    }
}

#[tokio::test]
async fn a_refused_name_is_an_error_and_not_kept() {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (client, _messages, mut peer) = subscribed(&mut server, builder).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe(["bad name"]).await }
    });
    let request = peer.request().await;
    peer.send_value(&json!({"code": 2, "msg": "Invalid request", "id": request["id"]}))
        .await;
    let error = within("subscribe", task).await.unwrap().unwrap_err();
    assert_eq!(error.code().map(|code| code.0), Some(2));
    assert_eq!(client.subscriptions().await.unwrap(), ["a@trade"]);
}

#[tokio::test]
async fn a_refusal_at_the_start_fails_connecting() {
    let mut server = Server::start().await;
    let connecting = tokio::spawn(builder(&server).streams(["bad"]).connect());
    let mut peer = server.peer().await;
    let request = peer.request().await;
    peer.send_value(&json!({"error": {"code": 2, "msg": "Invalid request"}, "id": request["id"]}))
        .await;
    assert!(matches!(
        within("connect", connecting).await.unwrap(),
        Err(Error::Api(_))
    ));
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_subscribed_again() {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (client, mut messages, mut peer) = subscribed(&mut server, builder).await;
    peer.text(trade(1)).await;
    assert_eq!(next(&mut messages).await, event(&trade(1)));
    peer.close().await;
    match next(&mut messages).await {
        StreamItem::Gap {
            reason: GapReason::Closed { .. },
            streams,
        } => assert_eq!(streams, ["a@trade"]),
        other => panic!("{other:?}"),
    }
    // The connection after it breaks while it is being set up.
    drop(server.peer().await);
    let mut peer = server.peer().await;
    let request = peer.request().await;
    assert_eq!(request["params"], json!(["a@trade"]));
    peer.text(trade(2)).await;
    peer.confirm(&request).await;
    // What comes before the last confirmation is not lost.
    assert_eq!(next(&mut messages).await, event(&trade(2)));
    assert_eq!(next(&mut messages).await, reconnected(&["a@trade"]));
    assert_eq!(client.subscriptions().await.unwrap(), ["a@trade"]);
}

#[tokio::test]
async fn a_refusal_on_the_way_back_is_told_in_band() {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (client, mut messages, peer) = subscribed(&mut server, builder).await;
    drop(peer);
    assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
    let mut peer = server.peer().await;
    let request = peer.request().await;
    peer.send_value(&json!({"code": 2, "msg": "gone", "id": request["id"]}))
        .await;
    assert_eq!(
        next(&mut messages).await,
        StreamItem::Refused {
            names: vec!["a@trade".into()],
            reason: "gone".into()
        }
    );
    assert_eq!(next(&mut messages).await, reconnected(&[]));
    assert!(client.subscriptions().await.unwrap().is_empty());
}

#[tokio::test]
async fn of_streams_that_share_a_message_only_the_refused_one_is_given_up() {
    let mut server = Server::start().await;
    let connecting = tokio::spawn(
        builder(&server)
            .streams(["a@trade", "b@trade", "c@trade"])
            .connect(),
    );
    let mut peer = server.peer().await;
    let request = peer.request().await;
    peer.confirm(&request).await;
    let (client, mut messages) = within("connecting", connecting).await.unwrap().unwrap();
    drop(peer);
    assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
    let mut peer = server.peer().await;
    let bad = json!("b@trade");
    for _ in 0..5 {
        let request = peer.request().await;
        match request["params"].as_array().unwrap().contains(&bad) {
            true => {
                peer.send_value(&json!({"code": 2, "msg": "gone", "id": request["id"]}))
                    .await;
            }
            false => peer.confirm(&request).await,
        }
    }
    assert_eq!(
        next(&mut messages).await,
        StreamItem::Refused {
            names: vec!["b@trade".into()],
            reason: "gone".into()
        }
    );
    assert_eq!(next(&mut messages).await, reconnected(&["a@trade", "c@trade"]));
    assert_eq!(client.subscriptions().await.unwrap(), ["a@trade", "c@trade"]);
}

#[tokio::test]
async fn what_is_subscribed_to_in_an_outage_stays_wanted_when_nobody_waits_any_more() {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (client, mut messages, peer) = subscribed(&mut server, builder).await;
    drop(peer);
    assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
    let mut peer = server.peer().await;
    let request = peer.request().await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe(["b@trade"]).await }
    });
    let listed = |client: StreamClient| async move { client.subscriptions().await.unwrap() };
    while listed(client.clone()).await != ["a@trade", "b@trade"] {
        tokio::task::yield_now().await;
    }
    task.abort();
    assert!(task.await.is_err());
    // The connection of the outage is lost as well.
    drop(peer);
    assert_eq!(request["params"], json!(["a@trade"]));
    let mut peer = server.peer().await;
    for name in ["a@trade", "b@trade"] {
        let request = peer.request().await;
        assert_eq!(request["params"], json!([name]));
        peer.confirm(&request).await;
    }
    assert_eq!(listed(client).await, ["a@trade", "b@trade"]);
}

#[tokio::test]
async fn attempts_to_connect_are_taken_from_a_budget() {
    let mut server = Server::start().await;
    let budget = ConnectBudget::new(3, Duration::from_secs(3600));
    let builder = builder(&server).connect_budget(budget.clone());
    let (_client, mut messages, mut peer) = subscribed(&mut server, builder).await;
    for _ in 0..2 {
        drop(peer);
        assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
        peer = server.peer().await;
        let request = peer.request().await;
        peer.confirm(&request).await;
        assert_eq!(next(&mut messages).await, reconnected(&["a@trade"]));
    }
    drop(peer);
    assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
    let api = ApiClient::builder([server.url.as_str()]).connect_budget(budget);
    tokio::select! {
        biased;
        _ = api.connect() => panic!("the budget was used up"),
        item = messages.next() => panic!("{item:?}"),
        // Ten times the longest delay of the back-off.
        () = tokio::time::sleep(Duration::from_millis(200)) => {}
    }
    assert!(!server.has_peer());
}

#[tokio::test]
async fn pings_are_answered_though_the_user_sends_nothing() {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (_client, _messages, mut peer) = subscribed(&mut server, builder).await;
    for payload in ["1700000000000", ""] {
        peer.send(Message::Ping(payload.into())).await;
        match peer.message().await {
            Some(Message::Pong(pong)) => assert_eq!(pong.as_ref(), payload.as_bytes()),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn silence_is_taken_for_a_loss() {
    let mut server = Server::start().await;
    let mut policy = policy();
    policy.silence = Duration::from_millis(80);
    let builder = builder(&server).reconnect(policy);
    let (_client, mut messages, _silent) = subscribed(&mut server, builder).await;
    assert_eq!(
        next(&mut messages).await,
        StreamItem::Gap {
            reason: GapReason::Silent,
            streams: vec!["a@trade".into()]
        }
    );
    let mut peer = server.peer().await;
    let request = peer.request().await;
    peer.confirm(&request).await;
    assert_eq!(next(&mut messages).await, reconnected(&["a@trade"]));
}

#[tokio::test]
async fn a_quiet_server_is_pinged_and_its_answer_keeps_the_connection() {
    let mut server = Server::start().await;
    let mut policy = policy();
    policy.silence = Duration::from_millis(400);
    let builder = builder(&server).reconnect(policy);
    let (client, _messages, mut peer) = subscribed(&mut server, builder).await;
    // Reading answers the pings. Several of them, on one connection, are more than one silence.
    for _ in 0..4 {
        loop {
            if let Message::Ping(_) = peer.message().await.expect("the connection stays") {
                break;
            }
        }
    }
    assert_eq!(client.subscriptions().await.unwrap(), ["a@trade"]);
    assert!(!server.has_peer());
}

#[tokio::test]
async fn the_oldest_messages_are_dropped_and_counted() {
    let mut server = Server::start().await;
    let builder = builder(&server).capacity(3).overflow(Overflow::DropOldest);
    let (client, mut messages, mut peer) = subscribed(&mut server, builder).await;
    for number in 0..10 {
        peer.text(trade(number)).await;
    }
    // The answer comes after all of them have been read.
    let listing = tokio::spawn(async move { client.list_subscriptions().await });
    let request = peer.request().await;
    peer.confirm(&request).await;
    within("list", listing).await.unwrap().unwrap();
    assert_eq!(
        next(&mut messages).await,
        StreamItem::Lagged {
            stream: Some("a@trade".into()),
            dropped: 7,
            coalesced: 0
        }
    );
    for number in 7..10 {
        assert_eq!(next(&mut messages).await, event(&trade(number)));
    }
}

#[tokio::test]
async fn waiting_loses_nothing_and_holds_the_server_back() {
    const MESSAGES: u32 = 60_000;
    let mut server = Server::start().await;
    let builder = builder(&server).capacity(2);
    let (_client, mut messages, mut peer) = subscribed(&mut server, builder).await;
    let padding = "x".repeat(500);
    let sending = tokio::spawn(async move {
        for number in 0..MESSAGES {
            peer.text(format!(r#"{{"stream":"a@trade","data":[{number},"{padding}"]}}"#))
                .await;
        }
        peer
    });
    // Far more than all buffers between the two hold: the server cannot get rid of it.
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
    assert!(!sending.is_finished());
    for number in 0..MESSAGES {
        match next(&mut messages).await {
            StreamItem::Event(message) => {
                assert!(message.as_str().contains(&format!("[{number},")), "{number}")
            }
            other => panic!("{other:?}"),
        }
    }
    within("the server", sending).await.unwrap();
}

#[tokio::test]
async fn binary_frames_and_what_cannot_be_decoded() {
    fn text(text: &str) -> Result<String, DecodeError> {
        if text.contains("bad") {
            return Err(DecodeError::new(DecodeErrorKind::Other("bad".into()), 3));
        }
        Ok(text.to_owned())
    }
    fn binary(bytes: &[u8]) -> Result<String, DecodeError> {
        Ok(format!("{bytes:?}"))
    }
    let mut server = Server::start().await;
    let builder = StreamClient::builder([server.url.as_str()], text).binary_decoder(binary);
    let connecting = tokio::spawn(builder.connect());
    let mut peer = server.peer().await;
    let (_client, mut messages) = within("connecting", connecting).await.unwrap().unwrap();
    peer.send(Message::binary(vec![1, 2])).await;
    peer.text(r#"{"stream":"bad"}"#).await;
    peer.text("not JSON at all").await;
    assert_eq!(messages.next().await, Some(StreamItem::Event("[1, 2]".into())));
    match messages.next().await {
        Some(StreamItem::Undecodable { error, frame }) => {
            assert_eq!((error.offset(), frame), (3, br#"{"stream":"bad"}"#.to_vec()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        messages.next().await,
        Some(StreamItem::Event("not JSON at all".into()))
    );
}

#[tokio::test]
async fn the_raw_form_names_its_streams_in_the_address() {
    let mut server = Server::start().await;
    let connecting = tokio::spawn(
        builder(&server)
            .raw()
            .streams(["a@trade", "b@kline_1d@+08:00"])
            .connect(),
    );
    let mut peer = server.peer().await;
    assert_eq!(peer.path, "/ws/a@trade/b@kline_1d@%2B08:00");
    let (client, mut messages) = within("connecting", connecting).await.unwrap().unwrap();
    peer.text(r#"{"e":"trade","t":1}"#).await;
    assert_eq!(next(&mut messages).await, event(r#"{"e":"trade","t":1}"#));
    let task = tokio::spawn(async move { (client.unsubscribe(["a@trade"]).await, client) });
    let request = peer.request().await;
    assert_eq!(request["method"], "UNSUBSCRIBE");
    peer.confirm(&request).await;
    let (unsubscribed, _client) = within("unsubscribe", task).await.unwrap();
    unsubscribed.unwrap();
    drop(peer);
    assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
    assert_eq!(server.peer().await.path, "/ws/b@kline_1d@%2B08:00");
    assert_eq!(next(&mut messages).await, reconnected(&["b@kline_1d@+08:00"]));
}

#[tokio::test]
async fn dropping_the_messages_closes_the_connection() {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (_client, messages, mut peer) = subscribed(&mut server, builder).await;
    drop(messages);
    peer.closed().await;
}

#[tokio::test]
async fn the_next_address_is_tried_and_attempts_can_be_limited() {
    let mut server = Server::start().await;
    let mut policy = policy();
    policy.max_attempts = Some(2);
    // Nothing listens on a port that was just given back.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let urls = [format!("ws://{gone}"), server.url.clone()];
    let builder = StreamClient::builder(urls, json::from_str::<RawJson>).reconnect(policy);
    let (_client, mut messages, peer) = subscribed(&mut server, builder).await;
    drop(server);
    drop(peer);
    assert!(matches!(next(&mut messages).await, StreamItem::Gap { .. }));
    assert!(matches!(next(&mut messages).await, StreamItem::Terminated { .. }));
    assert!(messages.next().await.is_none());
}

#[tokio::test]
async fn a_refused_handshake_says_why() {
    let body = r#"{"code":-1003,"msg":"Too many requests"}"#;
    let server = Server::refusing(vec![
        (429, Some(7), body),
        (418, Some(90), body),
        (403, None, "<html>"),
        (403, None, r#"{"code":-2015,"msg":"Invalid API-key"}"#),
        (
            451,
            None,
            r#"{"code":0,"msg":"Service unavailable from a restricted location"}"#,
        ),
        (302, None, "see /elsewhere"),
        (
            418,
            None,
            r#"{"code":-1003,"msg":"IP banned until 1700000000000."}"#,
        ),
    ])
    .await;
    match builder(&server).connect().await {
        Err(Error::RateLimited {
            retry_after, error, ..
        }) => {
            assert_eq!((retry_after, error.code.0), (Some(Duration::from_secs(7)), -1003));
        }
        other => panic!("{other:?}"),
    }
    match builder(&server).connect().await {
        Err(Error::Banned { retry_after, .. }) => assert_eq!(retry_after, Some(Duration::from_secs(90))),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        builder(&server).connect().await,
        Err(Error::Forbidden { body, .. }) if body == "<html>"
    ));
    for (status, code, message) in [
        (403, -2015, "Invalid API-key"),
        (451, 0, "Service unavailable from a restricted location"),
        (
            302,
            0,
            "the WebSocket handshake was answered with status 302: see /elsewhere",
        ),
    ] {
        match builder(&server).connect().await {
            Err(Error::Api(said)) => {
                assert_eq!(
                    (said.status, said.code.0, said.message.as_str()),
                    (status, code, message)
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(
        builder(&server).connect().await,
        Err(Error::Banned { retry_at, .. }) if retry_at == Some(Timestamp::from_millis(1_700_000_000_000))
    ));
    let unusable = StreamClient::builder(["http://x"], json::from_str::<RawJson>)
        .connect()
        .await;
    assert!(matches!(unusable, Err(Error::Unusable(_))), "{unusable:?}");
}

#[tokio::test]
async fn tls_names_the_host_and_a_broken_handshake_is_an_error() {
    use tokio::io::AsyncReadExt as _;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("wss://localhost:{port}");
    let connecting = tokio::spawn(StreamClient::builder([url], json::from_str::<RawJson>).connect());
    let (mut tcp, _) = within("a connection", listener.accept()).await.unwrap();
    // The header of a TLS record, then the whole ClientHello, in which the server name stands unencrypted.
    let mut header = [0; 5];
    within("the header", tcp.read_exact(&mut header)).await.unwrap();
    assert_eq!(header[..2], [22, 3], "a handshake record");
    let mut hello = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    within("the hello", tcp.read_exact(&mut hello)).await.unwrap();
    assert!(hello.windows(9).any(|window| window == b"localhost"));
    drop(tcp);
    match within("connect", connecting).await.unwrap() {
        Err(Error::Transport(error)) => assert!(error.action.contains("localhost"), "{error}"),
        other => panic!("{other:?}"),
    }
}
