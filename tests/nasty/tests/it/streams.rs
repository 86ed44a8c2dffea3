//! Stream names, and events distinguished by name and by content.

use binance_wire_core::json::to_string;
use binance_wire_nasty::models::{DepthUpdateSpeed, Interval};
use binance_wire_nasty::streams::{self, MarketEvent, StreamMessage};

const KLINE: &str = r#"{"e":"kline","k":{"i":"1m","x":true}}"#;
const DEPTH: &str = r#"{"lastUpdateId":1,"bids":[["1.0","2"]]}"#;
const UPDATE: &str = r#"{"e":"depthUpdate","u":5,"key":"k"}"#;
const TICKER: &str = r#"{"e":"24hrTicker","E":1735693200000,"s":"S"}"#;
const WINDOW: &str = r#"{"e":"1hTicker","s":"S"}"#;
const SHUTDOWN: &str = r#"{"e":"serverShutdown","E":1735693200000}"#;

fn decode(frame: &str) -> MarketEvent {
    let message = StreamMessage::decode(frame).unwrap_or_else(|error| panic!("{frame}: {error}"));
    assert_eq!(to_string(&message), frame, "it does not come back as it was");
    message.event
}

fn named(stream: &str, data: &str) -> MarketEvent {
    decode(&format!(r#"{{"stream":"{stream}","data":{data}}}"#))
}

#[test]
#[allow(deprecated, reason = "it is the one with a keyword for a name")]
fn names() {
    assert_eq!(
        streams::kline("BTCUSDT", Interval::Month1, None),
        "btcusdt@kline_1M"
    );
    assert_eq!(
        streams::kline("BTCUSDT", Interval::Minute1, Some("+08:00")),
        "btcusdt@kline_1m@+08:00"
    );
    assert_eq!(streams::depth("BTCUSDT", 5, None), "btcusdt@depth5");
    assert_eq!(
        streams::depth("BTCUSDT", 20, Some(DepthUpdateSpeed::Milliseconds100)),
        "btcusdt@depth20@100ms"
    );
    assert_eq!(streams::type_("BTCUSDT"), "btcusdt@depth");
    assert_eq!(streams::all_tickers(), "!ticker@arr");
    assert_eq!(streams::tickers_by_window("1h"), "!ticker_1h@arr");
    assert_eq!(streams::marks(None), "!mark@arr");
    assert_eq!(
        streams::kline_of_contract("0xA", "56", "1s"),
        "came@0xA@56@kline_1s"
    );
    assert_eq!(streams::two("A", "b"), "A@b");
}

#[test]
fn events_are_told_by_the_name_of_their_stream() {
    assert!(matches!(named("btcusdt@kline_1m", KLINE), MarketEvent::Kline(_)));
    assert!(matches!(
        named("btcusdt@kline_1m@+08:00", KLINE),
        MarketEvent::Kline(_)
    ));
    assert!(matches!(
        named("came@0xA@56@kline_1s", WINDOW),
        MarketEvent::WindowTicker(_)
    ));
    for name in ["!mark@arr", "!mark@arr@1s"] {
        assert!(matches!(
            named(name, &format!("[{WINDOW}]")),
            MarketEvent::WindowTickerList(_)
        ));
    }
    assert!(matches!(
        named("btcusdt@depth5@100ms", DEPTH),
        MarketEvent::Depth(_)
    ));
    assert!(matches!(
        named("btcusdt@depth", UPDATE),
        MarketEvent::DepthUpdate(_)
    ));
    assert!(matches!(
        named("!ticker@arr", &format!("[{TICKER}]")),
        MarketEvent::TickerList(_)
    ));
    assert!(matches!(
        named("!ticker_1h@arr", &format!("[{WINDOW}]")),
        MarketEvent::WindowTickerList(_)
    ));
    // A name decides where the content does not: an empty list.
    assert!(matches!(named("!ticker_4h@arr", "[]"), MarketEvent::WindowTickerList(list) if list.is_empty()));
}

#[test]
fn events_are_told_by_content_where_no_name_is_sent() {
    assert!(matches!(decode(KLINE), MarketEvent::Kline(_)));
    assert!(matches!(decode(DEPTH), MarketEvent::Depth(_)));
    assert!(matches!(decode(UPDATE), MarketEvent::DepthUpdate(_)));
    assert!(matches!(
        decode(&UPDATE.replace("Update", "Snapshot")),
        MarketEvent::DepthUpdate(_)
    ));
    assert!(matches!(
        decode(&format!("[{TICKER}]")),
        MarketEvent::TickerList(_)
    ));
    assert!(matches!(
        decode(&format!("[{WINDOW}]")),
        MarketEvent::WindowTickerList(_)
    ));
    assert!(matches!(decode(SHUTDOWN), MarketEvent::Shutdown(_)));
    // An unknown name is as good as none.
    assert!(matches!(named("btcusdt@later", KLINE), MarketEvent::Kline(_)));
}

#[test]
fn what_is_not_known_is_kept() {
    for frame in [
        r#"{"e":"later","x": [1]}"#,
        "[]",
        "[1]",
        r#"[{"e":"later"}]"#,
        "3",
        "null",
        "{}",
    ] {
        assert!(matches!(decode(frame), MarketEvent::Unrecognized(_)), "{frame}");
    }
    let MarketEvent::Unrecognized(raw) = named("btcusdt@later", r#"{"e":"later", "y":1}"#) else {
        panic!("known")
    };
    assert_eq!(raw.as_str(), r#"{"e":"later", "y":1}"#);
}

#[test]
fn the_wrapper_may_come_in_any_order() {
    let message = StreamMessage::decode(&format!(
        r#"{{"data":{DEPTH},"more":0,"stream":"btcusdt@depth5"}}"#
    ))
    .unwrap();
    assert!(matches!(message.event, MarketEvent::Depth(_)));
    assert_eq!(message.stream.as_deref(), Some("btcusdt@depth5"));
}

#[test]
fn errors_name_the_place() {
    let error = StreamMessage::decode(r#"{"stream":"btcusdt@kline_1m","data":{"e":"kline","k":{"i":"1m"}}}"#)
        .unwrap_err();
    assert_eq!(error.path(), "$.data.k");
    let error =
        StreamMessage::decode(r#"{"data":{"e":"kline","k":3},"stream":"btcusdt@kline_1m"}"#).unwrap_err();
    assert_eq!(error.path(), "$.data.k");
    let error = StreamMessage::decode(r#"{"e":"depthUpdate"}"#).unwrap_err();
    assert_eq!(error.path(), "$");
    for cut in (0..KLINE.len()).filter_map(|end| KLINE.get(..end)) {
        assert!(StreamMessage::decode(cut).is_err(), "{cut}");
    }
}
