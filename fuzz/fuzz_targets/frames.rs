//! Frames and bodies that clients read: no input panics, and what is read is written so that it reads as the same value.
//! Values are compared as text: those that keep an unreadable element also keep its place in the input.

#![no_main]

use binance_wire_core::{FromJson, ToJson, json};
use binance_wire_limits::wire;
use binance_wire_spot::models::{NewOrderResponse, OrderBook, UserDataEvent};
use binance_wire_spot::streams::StreamMessage;
use libfuzzer_sys::fuzz_target;

fn round_trip<T: FromJson + ToJson>(text: &str) {
    if let Ok(value) = json::from_str::<T>(text) {
        let again = json::to_string(&value);
        let value = json::from_str::<T>(&again).expect("what was written");
        assert_eq!(json::to_string(&value), again);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    assert_eq!(
        StreamMessage::decode(text).is_ok(),
        json::from_str::<StreamMessage>(text).is_ok()
    );
    round_trip::<StreamMessage>(text);
    round_trip::<UserDataEvent>(text);
    round_trip::<NewOrderResponse>(text);
    round_trip::<OrderBook>(text);

    let (rules, usage) = wire::read_list(text);
    assert!(usage.len() <= rules.len(), "a count without its limit");
    let _ = wire::read_exchange_info(text);
    let _ = wire::read_server_time(text);
});
