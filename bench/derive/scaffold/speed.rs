//! The emitted form beside the derived form, decoding and encoding the same payloads.

use harness::{Comparison, CountingAllocator, Settings, payloads};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

macro_rules! compare {
    ($settings:expr, $name:ident, $json:expr) => {{
        let json: String = $json;
        let emitted: models_emitted::models::$name = models_emitted_json::from_str(&json).expect("decoded");
        let derived: models_derived::models::$name = serde_json::from_str(&json).expect("decoded");
        let texts = [
            models_emitted_json::to_string(&emitted),
            serde_json::to_string(&derived).expect("encoded"),
        ];
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        for text in &texts {
            assert_eq!(parse(text), parse(&json), "something was lost");
        }
        Comparison::new(concat!(stringify!($name), ", decode"), json.len())
            .case("emitted", || {
                models_emitted_json::from_str::<models_emitted::models::$name>(&json)
            })
            .case("derived", || {
                serde_json::from_str::<models_derived::models::$name>(&json)
            })
            .run($settings);
        Comparison::new(concat!(stringify!($name), ", encode"), json.len())
            .case("emitted", || models_emitted_json::to_string(&emitted))
            .case("derived", || serde_json::to_string(&derived))
            .run($settings);
    }};
}

use binance_wire_core::json as models_emitted_json;

fn main() {
    let settings = &Settings::from_environment();
    compare!(settings, AggTradeEvent, payloads::agg_trade());
    compare!(settings, BookTickerEvent, payloads::book_ticker());
    compare!(settings, DepthUpdateEvent, payloads::depth_update(100));
    let report = payloads::execution_report();
    let event = &report[report.find("{\"e\"").expect("an event")..report.len() - 1];
    compare!(settings, ExecutionReport, event.to_owned());
    compare!(settings, UserDataEvent, event.to_owned());
    compare!(settings, NewOrderFull, payloads::new_order_full(5));
    compare!(settings, NewOrderResponse, payloads::new_order_full(5));
    let book = payloads::order_book(&payloads::side(1, 1000, true), &payloads::side(2, 1000, false));
    compare!(settings, OrderBook, book);
}
