//! FIX: a new order encoded, an execution report decoded; ours beside fefix.
//!
//! Run with `cargo run --release -p bench-fix [PART-OF-A-NAME]`.

#[cfg(feature = "peers")]
mod peer;

use std::hint::black_box;

use binance_wire_core::Decimal;
use binance_wire_fix::{FixError, FixTimestamp};
use binance_wire_spot::fix::md::{self, MarketDataIncrementalRefresh};
use binance_wire_spot::fix::oe::{
    self, ExecutionReport, Header, HeaderRequired, NewOrderSingle, OrdType, Side, TimeInForce,
};
use harness::{Comparison, CountingAllocator, Settings, fix};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Changes of a book in one message.
const CHANGES: usize = 20;
/// 2026-01-01T13:16:51.043Z
const NOW: FixTimestamp = FixTimestamp::from_millis(1_767_273_411_043);

fn main() {
    let settings = Settings::from_environment();

    let mut buffer = Vec::with_capacity(512);
    let ours = encode(&mut buffer).expect("every value has a text").to_vec();
    let comparison = Comparison::new("NewOrderSingle, encode", ours.len())
        .target(0.2)
        .case("from typed values", move || encode(&mut buffer).map(<[u8]>::len));
    #[cfg(feature = "peers")]
    let comparison = {
        let (mut their_buffer, mut text_buffer) = (Vec::with_capacity(512), Vec::with_capacity(512));
        let (mut encoder, mut text_encoder) = (peer::Encoder::new(), peer::Encoder::new());
        encoder.new_order(quantity(), price(), NOW, &mut their_buffer);
        text_encoder.new_order_of_text(&mut text_buffer);
        assert_eq!(fields(&ours), fields(&their_buffer), "not the same message");
        assert_eq!(fields(&ours), fields(&text_buffer), "not the same message");
        comparison
            .case("fefix, from typed values", move || {
                encoder.new_order(quantity(), price(), NOW, &mut their_buffer)
            })
            .case("fefix, from text", move || {
                text_encoder.new_order_of_text(&mut text_buffer)
            })
    };
    comparison.run(&settings);

    for (name, report) in [("NEW", fix::new_report()), ("TRADE", fix::trade_report())] {
        let (_, typed) = oe::decode_as::<ExecutionReport<'_>>(&report).expect("well-formed");
        assert_eq!(typed.symbol, "BTCUSDT");
        assert!(typed.extra.is_empty(), "not in the dictionary: {:?}", typed.extra);
        decode(&format!("ExecutionReport {name}"), &report, &settings, || {
            oe::decode_as::<ExecutionReport<'_>>(&report)
        });
    }
    let changes = fix::market_data(CHANGES);
    let (_, typed) = md::decode_as::<MarketDataIncrementalRefresh<'_>>(&changes).expect("well-formed");
    assert_eq!(typed.md_entries.len(), CHANGES);
    assert!(typed.extra.is_empty(), "not in the dictionary: {:?}", typed.extra);
    let name = format!("MarketDataIncrementalRefresh, {CHANGES} changes");
    decode(&name, &changes, &settings, || {
        md::decode_as::<MarketDataIncrementalRefresh<'_>>(&changes)
    });
}

/// Our way to the typed message beside theirs to the fields.
fn decode<R>(name: &str, message: &[u8], settings: &Settings, ours: impl FnMut() -> R) {
    let comparison = Comparison::new(format!("{name}, decode"), message.len())
        .target(0.25)
        .case("to the typed message", ours);
    #[cfg(feature = "peers")]
    let (mut decoder, mut walker) = (peer::Decoder::new(), peer::Decoder::new());
    #[cfg(feature = "peers")]
    let comparison = {
        assert_eq!(
            decoder.count(message),
            fields(message).len(),
            "fefix does not see every field"
        );
        comparison
            .case("fefix, every field to its value", || decoder.values(message))
            .case("fefix, every field visited as bytes", || walker.walk(message))
    };
    comparison.run(settings);
}

fn quantity() -> Decimal {
    black_box(Decimal::new(1_518_000, 8))
}

fn price() -> Decimal {
    black_box(Decimal::new(6_012_345, 2))
}

fn encode(out: &mut Vec<u8>) -> Result<&[u8], FixError> {
    out.clear();
    let header = Header::new(HeaderRequired {
        sender_comp_id: "BENCH",
        target_comp_id: "SPOT",
        msg_seq_num: 2,
        sending_time: NOW,
    });
    let order = NewOrderSingle::new("1718096506197867067", OrdType::Limit, Side::Buy, "BTCUSDT")
        .order_qty(quantity())
        .price(price())
        .time_in_force(TimeInForce::GoodTillCancel);
    oe::encode(&header, &order, out)
}

/// The fields between the frame's own, sorted: encoders may choose their order.
#[cfg(feature = "peers")]
fn fields(message: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(message).expect("text");
    let mut fields: Vec<String> = text
        .split_terminator('\u{1}')
        .filter(|field| !["8=", "9=", "10="].iter().any(|tag| field.starts_with(tag)))
        .map(str::to_owned)
        .collect();
    fields.sort();
    fields
}
