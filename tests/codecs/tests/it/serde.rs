//! serde and our own codec read and write the same: the samples of the specs go both ways through both.

use std::fmt::Debug;
use std::path::Path;

use ::serde::Serialize;
use ::serde::de::DeserializeOwned;
use binance_wire_core::json;
use binance_wire_core::payload::StreamFrame;
use binance_wire_core::{FromJson, RestOperation, Timestamp, ToJson, dec};
use binance_wire_spot::models::{KlineInterval, OrderType, Side, TimeInForce, UserDataEvent};
use binance_wire_spot::requests;
use binance_wire_spot::streams::{MarketEvent, StreamMessage};
use serde_json::Value;

trait Data: FromJson + ToJson + Serialize + DeserializeOwned + PartialEq + Debug {}

impl<T: FromJson + ToJson + Serialize + DeserializeOwned + PartialEq + Debug> Data for T {}

/// A sample: its key, and its payload as text.
fn samples(file: &str) -> Vec<(String, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../specs/spot/examples")
        .join(file);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .filter(|sample| sample["kind"] != "error")
        .map(|sample| {
            let key = sample["key"].as_str().unwrap_or_default().to_owned();
            (key, sample["payload"].to_string())
        })
        .collect()
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Both codecs read the text as the same value and write that alike, and serde reads what it wrote, also where the
/// format is not for people.
fn agree<T: Data>(text: &str) {
    let ours: T = json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let theirs: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(ours, theirs, "{text}");
    let written = serde_json::to_string(&ours).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(value(&written), value(&json::to_string(&ours)), "{text}");
    assert_eq!(serde_json::from_str::<T>(&written).ok(), Some(ours), "{written}");
}

/// Every sample of an operation's answer.
fn answers<O: RestOperation>(samples: &[(String, String)])
where
    O::Response: Data,
{
    let key = format!("{} {}", O::METHOD.as_str(), O::PATH);
    let mut count = 0;
    for (_, text) in samples.iter().filter(|(other, _)| *other == key) {
        agree::<O::Response>(text);
        count += 1;
    }
    assert_ne!(count, 0, "no sample of {key}");
}

#[test]
fn answers_agree() {
    let samples = samples("rest.jsonl");
    macro_rules! of {
        ($($request:ident)*) => {$(answers::<requests::$request>(&samples);)*};
    }
    // Objects, lists, positional arrays, unions, shapes and value sets that are not known.
    of! {
        Account AccountCommission AggTrades AllOrderLists AllOrders AvgPrice BookTicker CancelAllOpenOrders CancelOrder
        CancelOrderList Depth ExchangeInfo ExecutionRules HistoricalBlockTrades Klines MyAllocations MyFilters
        MyPreventedMatches MyTrades NewOrder OpenOrderLists OpenOrders OrderAmendKeepPriority OrderAmendments
        OrderListOco OrderListOto QueryOrder RateLimitOrder ReferencePrice TestOrder Ticker Ticker24hr TickerPrice
        TickerTradingDay Time Trades
    }
}

#[test]
fn events_agree() {
    let samples = samples("ws-streams.jsonl");
    assert!(samples.len() > 20, "{}", samples.len());
    for (_, text) in &samples {
        if let Ok(StreamFrame::Event { event, .. }) = json::from_str::<StreamFrame<UserDataEvent>>(text) {
            agree::<UserDataEvent>(&json::to_string(&event));
            continue;
        }
        agree::<StreamMessage>(text);
        if let Ok(event) = json::from_str::<MarketEvent>(text) {
            agree::<MarketEvent>(&json::to_string(&event));
        }
    }
}

/// Both codecs write the request as this text and read it back.
fn stored<T: Data>(request: &T, text: &str) {
    assert_eq!(json::to_string(request), text);
    agree::<T>(text);
    assert_eq!(json::from_str::<T>(text).as_ref(), Ok(request));
}

#[test]
fn requests_are_objects_of_their_parameters() {
    let order = requests::NewOrder::new("BTCUSDT", Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(dec!(0.010))
        .price(dec!(52000))
        .new_client_order_id("mine");
    stored(
        &order,
        r#"{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"0.010","price":"52000","newClientOrderId":"mine"}"#,
    );
    stored(
        &requests::OrderListOto::new(requests::OrderListOtoRequired {
            symbol: "BTCUSDT".into(),
            working_type: OrderType::Limit,
            working_side: Side::Buy,
            working_price: dec!(52000),
            working_quantity: dec!(0.01),
            pending_type: OrderType::unlisted("NEXT"),
            pending_side: Side::Sell,
            pending_quantity: dec!(0.02),
        }),
        r#"{"symbol":"BTCUSDT","workingType":"LIMIT","workingSide":"BUY","workingPrice":"52000","workingQuantity":"0.01","pendingType":"NEXT","pendingSide":"SELL","pendingQuantity":"0.02"}"#,
    );
    stored(
        &requests::Klines::new("BTCUSDT", KlineInterval::Minute1)
            .start_time(Timestamp::from_millis(1_735_693_200_000)),
        r#"{"symbol":"BTCUSDT","interval":"1m","startTime":1735693200000}"#,
    );
    stored(
        &requests::ExchangeInfo::new().symbols(["BTCUSDT", "BNBBTC"]),
        r#"{"symbols":["BTCUSDT","BNBBTC"]}"#,
    );
    stored(&requests::Ping::new(), "{}");
}

#[test]
fn a_request_without_what_it_must_have_is_refused() {
    for (text, message) in [
        (
            r#"{"symbol":"BTCUSDT","side":"BUY"}"#,
            "field `type` is missing at $ (byte 33)",
        ),
        (
            r#"{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","price":"dear"}"#,
            "expected a decimal number at $.price (byte 56)",
        ),
    ] {
        let ours = json::from_str::<requests::NewOrder>(text).expect_err(text);
        assert_eq!(ours.to_string(), message);
        assert!(
            serde_json::from_str::<requests::NewOrder>(text).is_err(),
            "{text}"
        );
    }
}
