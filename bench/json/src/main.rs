//! JSON, from the text of a frame or the bytes of a body to typed values: ours beside binance-sdk.
//!
//! Run with `cargo run --release -p bench-json [PART-OF-A-NAME]`; README.md tells how to read the table.

mod ours;
#[cfg(feature = "peers")]
mod peer;

#[cfg(feature = "peers")]
use binance_sdk::spot::{rest_api as sdk_rest, websocket_api as sdk_api, websocket_streams as sdk_streams};
use binance_wire_core::json;
use binance_wire_spot::models::{NewOrderResponse, OrderBook};
use binance_wire_spot::streams::{MarketEvent, StreamMessage};
use harness::{Comparison, CountingAllocator, Settings, payloads};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// The most that ours may take of the peer's time.
const TARGET: f64 = 0.2;

fn main() {
    let settings = Settings::from_environment();
    streams(&settings);
    user_data(&settings);
    bodies(&settings);
}

/// Combined frames of market streams.
fn streams(settings: &Settings) {
    let frames = [
        ("aggTrade", "btcusdt@aggTrade", payloads::agg_trade()),
        ("bookTicker", "btcusdt@bookTicker", payloads::book_ticker()),
        (
            "depthUpdate, 100 levels",
            "btcusdt@depth",
            payloads::depth_update(100),
        ),
    ];
    #[cfg(feature = "peers")]
    let sdk = {
        let sdk = peer::Streams::new();
        sdk.subscribe::<sdk_streams::AggTradeResponse>("btcusdt@aggTrade");
        sdk.subscribe::<sdk_streams::BookTickerResponse>("btcusdt@bookTicker");
        sdk.subscribe::<sdk_streams::DiffBookDepthResponse>("btcusdt@depth");
        sdk
    };
    for (name, stream, data) in frames {
        let frame = payloads::combined(stream, &data);
        check_event(&frame);
        let comparison = Comparison::new(name, frame.len())
            .target(TARGET)
            .case("combined frame", || StreamMessage::decode(&frame));
        #[cfg(feature = "peers")]
        let comparison = {
            sdk.check(&frame);
            comparison.case("binance-sdk, to its callback", || sdk.receive(&frame))
        };
        comparison.run(settings);
    }
}

/// An event of the WebSocket API.
fn user_data(settings: &Settings) {
    let frame = payloads::execution_report();
    let event = ours::user_data_event(&frame).expect("the frame holds an event");
    assert_same_json(
        &json::to_string(&event),
        ours::event_text(&frame).expect("the frame holds an event"),
    );
    let comparison = Comparison::new("executionReport", frame.len())
        .target(TARGET)
        .case("event frame of the WebSocket API", || {
            ours::user_data_event(&frame)
        });
    #[cfg(feature = "peers")]
    let comparison = {
        let sdk = peer::Api::new();
        sdk.subscribe::<sdk_api::UserDataStreamEventsResponse>();
        sdk.check(&frame);
        let frame = &frame;
        comparison.case("binance-sdk, to its callback", move || sdk.receive(frame))
    };
    comparison.run(settings);
}

/// Bodies of REST answers.
fn bodies(settings: &Settings) {
    let order = payloads::new_order_full(5);
    let ours: NewOrderResponse = json::from_str(&order).expect("the body is an order");
    assert!(
        matches!(ours, NewOrderResponse::Full(_)),
        "not told apart: {ours:?}"
    );
    assert_same_json(&json::to_string(&ours), &order);
    // No target: mostly short texts, which the SDK keeps as strings and ours understands.
    let comparison = Comparison::new("newOrder FULL, 5 fills", order.len()).case("REST body", || {
        json::from_slice::<NewOrderResponse>(order.as_bytes())
    });
    #[cfg(feature = "peers")]
    let comparison = comparison.case("binance-sdk, to its result", || {
        peer::body::<sdk_rest::NewOrderResponse>(order.as_bytes())
    });
    comparison.run(settings);

    let book = payloads::order_book(&payloads::side(1, 1000, true), &payloads::side(2, 1000, false));
    let ours: OrderBook = json::from_str(&book).expect("the body is a book");
    assert_same_json(&json::to_string(&ours), &book);
    let comparison = Comparison::new("depth, 1,000 levels a side", book.len())
        .target(0.25)
        .case("REST body", || json::from_slice::<OrderBook>(book.as_bytes()));
    #[cfg(feature = "peers")]
    let comparison = comparison.case("binance-sdk, to its result", || {
        peer::body::<sdk_rest::DepthResponse>(book.as_bytes())
    });
    comparison.run(settings);
}

/// Ours decodes the frame into a type of its own and loses nothing of it.
fn check_event(frame: &str) {
    let message = StreamMessage::decode(frame).expect("the frame is well-formed");
    assert!(
        !matches!(message.event, MarketEvent::Unrecognized(_)),
        "not told apart: {frame}"
    );
    assert_same_json(&json::to_string(&message), frame);
}

fn assert_same_json(ours: &str, original: &str) {
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(parse(ours), parse(original), "something was lost");
}
