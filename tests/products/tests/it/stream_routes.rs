//! Which connection a stream goes over, and how many a connection carries.

use std::collections::BTreeMap;

use binance_wire::{Error, options, usds_futures};
use binance_wire_products_tests::within;
use binance_wire_products_tests::ws::{Peer, Server};
use tokio::sync::watch;

use usds_futures::streams::{self, MarketEvent, StreamItem};

/// Takes a connection and confirms what is subscribed to on it.
async fn confirmed(server: &mut Server) -> (Peer, Vec<String>) {
    let mut peer = server.peer().await;
    let request = peer.request().await;
    assert_eq!(request["method"], "SUBSCRIBE");
    peer.confirm(&request).await;
    let names = serde_json::from_value(request["params"].clone()).expect("names");
    (peer, names)
}

#[tokio::test]
async fn books_and_trades_of_futures_take_two_connections() {
    let mut server = Server::start().await;
    let names = [
        streams::agg_trade("BTCUSDT"),
        streams::diff_book_depth("BTCUSDT", None),
        streams::mark_price("BTCUSDT", None),
        streams::book_ticker("ETHUSDT"),
    ];
    let connecting = tokio::spawn(streams::builder_at([&server.url]).streams(names).connect());
    let mut peers = BTreeMap::new();
    for _ in 0..2 {
        let (peer, mut names) = confirmed(&mut server).await;
        names.sort();
        peers.insert(peer.target.clone(), (peer, names));
    }
    let connected = within("connecting", connecting).await.expect("no panic");
    let (client, mut messages) = connected.expect("connected");
    assert!(!server.has_peer());
    let (mut public, names) = peers.remove("/public/stream").expect("a connection for books");
    assert_eq!(names, ["btcusdt@depth", "ethusdt@bookTicker"]);
    let (mut market, names) = peers.remove("/market/stream").expect("a connection for trades");
    assert_eq!(names, ["btcusdt@aggTrade", "btcusdt@markPrice"]);

    market
        .text(r#"{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":123456789,"s":"BTCUSDT","a":5933014,"p":"0.001","q":"100","nq":"100","f":100,"l":105,"T":123456785,"m":true,"st":1}}"#)
        .await;
    let Some(StreamItem::Event(message)) = within("a trade", messages.next()).await else {
        panic!("no trade");
    };
    assert_eq!(message.stream.as_deref(), Some("btcusdt@aggTrade"));
    assert!(matches!(message.event, MarketEvent::AggTrade(_)), "{message:?}");
    // Of what is damaged, the bytes and the place are told, and the stream goes on.
    public
        .text(r#"{"stream":"ethusdt@bookTicker","data":{"e":"bookTicker","b":"many"}}"#)
        .await;
    let Some(StreamItem::Undecodable { error, frame }) = within("a frame", messages.next()).await else {
        panic!("it cannot be decoded");
    };
    assert_eq!(error.path(), "$.data.b");
    assert!(frame.ends_with(br#""many"}}"#));
    // An event that is not known yet is kept.
    let unknown = r#"{"e":"newEvent","x":[1,2]}"#;
    public.text(unknown).await;
    let Some(StreamItem::Event(message)) = within("an event", messages.next()).await else {
        panic!("no event");
    };
    assert!(matches!(&message.event, MarketEvent::Unrecognized(raw) if raw.as_str() == unknown));
    client.close().await;
}

#[tokio::test]
async fn a_name_without_a_route_is_an_error_before_anything_is_dialled() {
    let server = Server::start().await;
    for name in ["btcusdt@trade", "btcusdt@aggtrade", "BTCUSDT", ""] {
        let outcome = streams::builder_at([&server.url])
            .streams(["btcusdt@depth", name])
            .connect()
            .await;
        match outcome.map(drop) {
            Err(Error::WrongRoute { stream, route, .. }) => assert_eq!((&*stream, route), (name, None)),
            other => panic!("{name}: {other:?}"),
        }
    }
    let outcome = streams::builder_at([&server.url])
        .route("public")
        .streams([streams::agg_trade("BTCUSDT")])
        .connect()
        .await;
    assert!(matches!(
        outcome.map(drop),
        Err(Error::WrongRoute {
            route: Some("market"),
            connection: Some("public"),
            ..
        })
    ));
    assert!(!server.has_peer());
}

/// The exchange serves streams that it does not document.
#[tokio::test]
async fn a_name_that_is_not_known_goes_over_the_route_that_the_caller_names() {
    let mut server = Server::start().await;
    let builder = streams::builder_at([&server.url]).route("market");
    let connecting = tokio::spawn(builder.streams(["btcusdt@trade"]).connect());
    let (peer, names) = confirmed(&mut server).await;
    assert_eq!(
        (peer.target.as_str(), names),
        ("/market/stream", vec!["btcusdt@trade".to_owned()])
    );
    let connected = within("connecting", connecting).await.expect("no panic");
    let (client, _messages) = connected.expect("connected");
    client.close().await;
}

/// It would be confirmed, and stay silent.
#[tokio::test]
async fn a_symbol_in_capitals_is_refused() {
    let server = Server::start().await;
    for connecting in [
        streams::builder_at([&server.url])
            .streams(["BTCUSDT@aggTrade"])
            .connect()
            .await
            .map(drop),
        options::streams::builder_at([&server.url])
            .streams(["BTC-260327-60000-C@optionTicker"])
            .connect()
            .await
            .map(drop),
    ] {
        assert!(
            matches!(&connecting, Err(Error::Unusable(said)) if said.contains("small letters")),
            "{connecting:?}"
        );
    }
    assert!(!server.has_peer());
}

#[tokio::test]
async fn a_connection_of_options_carries_two_hundred_streams() {
    let mut server = Server::start().await;
    let names: Vec<_> = (0..201)
        .map(|strike| options::streams::trade(&format!("BTC-260327-{strike}-C")))
        .collect();
    let connecting = tokio::spawn(
        options::streams::builder_at([&server.url])
            .streams(names)
            .connect(),
    );
    let mut carried = Vec::new();
    for _ in 0..2 {
        let mut peer = server.peer().await;
        assert_eq!(peer.target, "/public/stream");
        let (count, counted) = watch::channel(0);
        carried.push(counted);
        // A large subscription may come in several messages.
        tokio::spawn(async move {
            loop {
                let request = peer.request().await;
                let names = request["params"].as_array().map_or(0, Vec::len);
                count.send_modify(|count| *count += names);
                peer.confirm(&request).await;
            }
        });
    }
    let connected = within("connecting", connecting).await.expect("no panic");
    let (client, _messages) = connected.expect("connected");
    let mut carried: Vec<usize> = carried.iter().map(|count| *count.borrow()).collect();
    carried.sort_unstable();
    assert_eq!(carried, [1, 200]);
    assert_eq!(client.subscriptions().await.expect("open").len(), 201);
    assert!(!server.has_peer());
}
