//! The generated market streams against the sandbox exchange.

use binance_wire_core::{Error, dec};
use binance_wire_e2e::{hmac, next, next_event, rest_client, seen, stream_builder, within};
use binance_wire_sandbox::{Exchange, Fault};
use binance_wire_spot::streams::{Client, EventStream, GapReason, MarketEvent, StreamItem, StreamMessage};
use binance_wire_spot::{DepthLevels, KlineInterval, OrderType, Side, TimeUnit, UpdateSpeed, streams};
use serde_json::json;

type Events = EventStream<StreamMessage>;

/// Subscribed to trades and to the best bid and offer of BTCUSDT.
async fn two_streams(exchange: &Exchange) -> (Client, Events) {
    let names = [streams::agg_trade("BTCUSDT"), streams::book_ticker("BTCUSDT")];
    within("connecting", stream_builder(exchange).streams(names).connect())
        .await
        .expect("connected")
}

/// The stream's name and the event of the next message.
async fn named(events: &mut Events) -> (String, MarketEvent) {
    let message = next_event(events).await;
    (
        message
            .stream
            .expect("combined streams tell their names")
            .to_string(),
        message.event,
    )
}

fn agg_trade(id: i64) -> serde_json::Value {
    json!({
        "e": "aggTrade", "E": 1_700_000_000_000_i64, "s": "BTCUSDT", "a": id, "p": "52000.10", "q": "0.50000000",
        "f": id, "l": id, "T": 1_700_000_000_000_i64, "m": true, "M": true,
    })
}

/// Pushes an aggregate trade and waits for exactly that.
async fn follow(exchange: &Exchange, events: &mut Events, id: i64) {
    assert_eq!(exchange.push_stream("btcusdt@aggTrade", &agg_trade(id)), 1);
    let (name, event) = named(events).await;
    assert_eq!(name, "btcusdt@aggTrade");
    assert!(
        matches!(&event, MarketEvent::AggTrade(trade) if trade.agg_trade_id == id),
        "{event:?}"
    );
}

#[tokio::test]
async fn two_streams_give_typed_events_with_their_names() {
    let exchange = Exchange::start();
    let (client, mut events) = two_streams(&exchange).await;
    assert_eq!(
        exchange.subscribed_streams(),
        ["btcusdt@aggTrade", "btcusdt@bookTicker"]
    );
    exchange.push_stream("btcusdt@aggTrade", &agg_trade(7));
    let best = json!({ "u": 9, "s": "BTCUSDT", "b": "51999.90", "B": "1.00000000", "a": "52000.10", "A": "2.00000000" });
    exchange.push_stream("btcusdt@bookTicker", &best);

    let (name, event) = named(&mut events).await;
    let MarketEvent::AggTrade(trade) = event else {
        panic!("{event:?}")
    };
    assert_eq!(
        (name.as_str(), trade.symbol.as_str()),
        ("btcusdt@aggTrade", "BTCUSDT")
    );
    assert_eq!(
        (trade.price, trade.quantity, trade.is_buyer_maker),
        (dec!(52000.10), dec!(0.5), true)
    );
    assert_eq!(trade.price.to_string(), "52000.10");

    let (name, event) = named(&mut events).await;
    let MarketEvent::BookTicker(best) = event else {
        panic!("{event:?}")
    };
    assert_eq!((name.as_str(), best.update_id), ("btcusdt@bookTicker", Some(9)));
    assert_eq!((best.bid_price, best.ask_qty), (dec!(51999.90), dec!(2)));
    assert_eq!(
        client.subscriptions().await.expect("known"),
        ["btcusdt@aggTrade", "btcusdt@bookTicker"]
    );
}

/// Every kind of stream that the sandbox makes up from its books.
#[tokio::test]
async fn each_stream_has_its_type() {
    let exchange = Exchange::start();
    let names = [
        streams::agg_trade("BTCUSDT"),
        streams::trade("BTCUSDT"),
        streams::book_ticker("BTCUSDT"),
        streams::mini_ticker("BTCUSDT"),
        streams::avg_price("BTCUSDT"),
        streams::kline("BTCUSDT", KlineInterval::Minute1),
        streams::partial_book_depth("BTCUSDT", DepthLevels::N5, Some(UpdateSpeed::Milliseconds100)),
        streams::diff_book_depth("BTCUSDT", None),
    ];
    let connecting = stream_builder(&exchange)
        .streams(&names)
        .time_unit(TimeUnit::Microsecond)
        .connect();
    let (_client, mut events) = within("connecting", connecting).await.expect("connected");
    exchange.tick_market_data();
    let mut seen = Vec::new();
    for _ in &names {
        let (name, event) = named(&mut events).await;
        let expected = match (&event, name.as_str()) {
            (MarketEvent::AggTrade(trade), _) => {
                assert_eq!(trade.event_time.unit(), TimeUnit::Microsecond);
                "btcusdt@aggTrade"
            }
            (MarketEvent::Trade(_), _) => "btcusdt@trade",
            (MarketEvent::BookTicker(_), _) => "btcusdt@bookTicker",
            (MarketEvent::MiniTicker(_), _) => "btcusdt@miniTicker",
            (MarketEvent::AvgPrice(_), _) => "btcusdt@avgPrice",
            (MarketEvent::Kline(_), _) => "btcusdt@kline_1m",
            (MarketEvent::OrderBook(book), _) => {
                assert_eq!((book.bids.len(), book.asks.len()), (5, 5));
                "btcusdt@depth5@100ms"
            }
            (MarketEvent::DepthUpdate(_), _) => "btcusdt@depth",
            other => panic!("{other:?}"),
        };
        assert_eq!(name, expected);
        seen.push(name);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), names.len());
}

/// An order that trades is seen on the streams of everyone.
#[tokio::test]
async fn an_order_is_seen_on_the_public_streams() {
    let exchange = Exchange::start();
    let (client, mut events) = two_streams(&exchange).await;
    client
        .unsubscribe([streams::book_ticker("BTCUSDT")])
        .await
        .expect("left");
    let rest = rest_client(&exchange, hmac());
    let order = rest
        .new_order("BTCUSDT", Side::Buy, OrderType::Market)
        .quantity(dec!(0.01));
    order.send().await.expect("filled");
    let (name, event) = named(&mut events).await;
    let MarketEvent::AggTrade(trade) = event else {
        panic!("{event:?}")
    };
    assert_eq!(
        (name.as_str(), trade.quantity, trade.is_buyer_maker),
        ("btcusdt@aggTrade", dec!(0.01), false)
    );
}

#[tokio::test]
async fn streams_come_and_go_while_the_connection_runs() {
    let exchange = Exchange::start();
    let (client, mut events) = two_streams(&exchange).await;
    client
        .subscribe([streams::trade("ETHUSDT")])
        .await
        .expect("subscribed");
    client
        .unsubscribe([streams::book_ticker("BTCUSDT")])
        .await
        .expect("unsubscribed");
    assert_eq!(client.list_subscriptions().await.expect("listed").len(), 2);
    assert_eq!(
        exchange.subscribed_streams(),
        ["btcusdt@aggTrade", "ethusdt@trade"]
    );
    assert_eq!(exchange.counts().websockets, 1, "all on one connection");

    assert_eq!(exchange.push_stream("btcusdt@bookTicker", &json!({})), 0);
    let trade = json!({
        "e": "trade", "E": 1, "s": "ETHUSDT", "t": 5, "p": "3000.00", "q": "1.00000000", "T": 1, "m": false, "M": true,
    });
    exchange.push_stream("ethusdt@trade", &trade);
    let (name, event) = named(&mut events).await;
    assert_eq!(name, "ethusdt@trade");
    assert!(matches!(event, MarketEvent::Trade(trade) if trade.trade_id == 5));
}

#[tokio::test]
async fn an_unknown_event_is_kept_as_it_came() {
    let exchange = Exchange::start();
    let (client, mut events) = two_streams(&exchange).await;
    client.subscribe(["btcusdt@novelty"]).await.expect("subscribed");
    let novelty = json!({ "e": "novelty", "deep": { "list": [1, "2.50"] } });
    exchange.push_stream("btcusdt@novelty", &novelty);
    let (name, event) = named(&mut events).await;
    let MarketEvent::Unrecognized(raw) = event else {
        panic!("{event:?}")
    };
    assert_eq!(name, "btcusdt@novelty");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(raw.as_str()).expect("JSON"),
        novelty
    );

    // What does not fit its stream is told with its bytes, and the stream goes on.
    exchange.push_stream("btcusdt@aggTrade", &json!({ "e": "aggTrade", "E": 1 }));
    match next(&mut events).await {
        StreamItem::Undecodable { error, frame } => {
            assert!(error.path().starts_with("$.data"), "{error}");
            assert!(String::from_utf8_lossy(&frame).contains("btcusdt@aggTrade"));
        }
        other => panic!("{other:?}"),
    }
    follow(&exchange, &mut events, 8).await;
}

#[tokio::test]
async fn pings_are_answered_with_their_payload() {
    let exchange = Exchange::start();
    let (_client, mut events) = two_streams(&exchange).await;
    exchange.ping_websockets(b"1700000000000");
    seen(&exchange, "the pong", |exchange| {
        exchange
            .pongs()
            .iter()
            .any(|pong| pong.payload == b"1700000000000")
    })
    .await;
    follow(&exchange, &mut events, 1).await;
}

#[tokio::test]
async fn a_closed_connection_is_made_again_with_its_streams() {
    let exchange = Exchange::start();
    let (client, mut events) = two_streams(&exchange).await;
    client
        .subscribe([streams::trade("ETHUSDT")])
        .await
        .expect("subscribed");
    follow(&exchange, &mut events, 1).await;
    exchange.close_websockets(1001, "going away");
    match next(&mut events).await {
        StreamItem::Gap {
            reason: GapReason::Closed { code, reason },
            ..
        } => {
            assert_eq!((code, reason.as_str()), (Some(1001), "going away"));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(next(&mut events).await, StreamItem::Reconnected { .. }));
    // What was subscribed live is subscribed again too.
    assert_eq!(
        exchange.subscribed_streams(),
        ["btcusdt@aggTrade", "btcusdt@bookTicker", "ethusdt@trade"]
    );
    follow(&exchange, &mut events, 2).await;
}

#[tokio::test]
async fn a_cut_connection_is_made_again() {
    let exchange = Exchange::start();
    let (_client, mut events) = two_streams(&exchange).await;
    exchange.cut_websockets();
    let gap = next(&mut events).await;
    assert!(
        matches!(
            gap,
            StreamItem::Gap {
                reason: GapReason::Broken(_) | GapReason::Closed { .. },
                ..
            }
        ),
        "{gap:?}"
    );
    assert!(matches!(next(&mut events).await, StreamItem::Reconnected { .. }));
    follow(&exchange, &mut events, 1).await;
    assert_eq!(exchange.counts().websockets, 2);
}

#[tokio::test]
async fn a_shutdown_that_is_announced_leaves_no_gap() {
    let exchange = Exchange::start();
    let (_client, mut events) = two_streams(&exchange).await;
    follow(&exchange, &mut events, 1).await;
    exchange.inject(Fault::ServerShutdown);
    assert_eq!(next(&mut events).await, StreamItem::ServerShutdown);
    assert_eq!(next(&mut events).await, StreamItem::Replaced);
    seen(&exchange, "the end of the old connection", |exchange| {
        exchange.counts().open_websockets == 1
    })
    .await;
    assert_eq!(exchange.counts().websockets, 2);
    follow(&exchange, &mut events, 2).await;
}

#[tokio::test]
async fn a_raw_connection_gives_bare_events() {
    let exchange = Exchange::start();
    let connecting = stream_builder(&exchange)
        .raw()
        .streams([streams::agg_trade("BTCUSDT")])
        .connect();
    let (_client, mut events) = within("connecting", connecting).await.expect("connected");
    // Nothing is confirmed here: the exchange may still be about to note the connection.
    seen(&exchange, "the connection", |exchange| {
        exchange.counts().open_websockets == 1
    })
    .await;
    exchange.push_stream("btcusdt@aggTrade", &agg_trade(3));
    let message = next_event(&mut events).await;
    assert_eq!(message.stream, None);
    assert!(matches!(message.event, MarketEvent::AggTrade(trade) if trade.agg_trade_id == 3));
    // The announcement is bare here as well.
    exchange.inject(Fault::ServerShutdown);
    assert_eq!(next(&mut events).await, StreamItem::ServerShutdown);
    assert_eq!(next(&mut events).await, StreamItem::Replaced);
    seen(&exchange, "the replacement", |exchange| {
        let counts = exchange.counts();
        (counts.websockets, counts.open_websockets) == (2, 1)
    })
    .await;
    exchange.push_stream("btcusdt@aggTrade", &agg_trade(4));
    assert!(
        matches!(next_event(&mut events).await.event, MarketEvent::AggTrade(trade) if trade.agg_trade_id == 4)
    );
}

#[tokio::test]
async fn more_streams_than_one_connection_carries_and_the_end() {
    let exchange = Exchange::start();
    let (client, mut events) = two_streams(&exchange).await;
    let many = (0..1100).map(|number| format!("s{number}@trade"));
    within("subscribing", client.subscribe(many))
        .await
        .expect("all of them");
    assert_eq!(client.subscriptions().await.expect("names").len(), 1102);
    assert_eq!(exchange.counts().open_websockets, 2);
    client.close().await;
    assert!(matches!(next(&mut events).await, StreamItem::Terminated { .. }));
    assert_eq!(within("the end", events.next()).await, None);
    let closed = client.subscribe([streams::trade("ETHUSDT")]).await;
    assert!(matches!(closed, Err(Error::Transport(_))), "{closed:?}");

    let builder = stream_builder(&exchange);
    drop(exchange);
    let refused = within("connecting", builder.connect()).await;
    assert!(matches!(refused, Err(Error::Transport(_))), "{refused:?}");
}
