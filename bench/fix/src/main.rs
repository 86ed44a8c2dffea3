//! FIX: a new order encoded, an execution report decoded; ours beside fefix.
//!
//! Run with `cargo run --release -p bench-fix [PART-OF-A-NAME]`.

mod peer;

use std::hint::black_box;

use binance_wire_core::Decimal;
use binance_wire_fix::{FixError, FixTimestamp};
use binance_wire_spot::fix::oe::{
    self, ExecutionReport, Header, HeaderRequired, NewOrderSingle, OrdType, Side, TimeInForce,
};
use harness::{Comparison, CountingAllocator, Settings};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// 2026-01-01T13:16:51.043Z
const NOW: FixTimestamp = FixTimestamp::from_millis(1_767_273_411_043);

fn main() {
    let settings = Settings::from_environment();

    let mut buffer = Vec::with_capacity(512);
    let (mut their_buffer, mut text_buffer) = (Vec::with_capacity(512), Vec::with_capacity(512));
    let ours = encode(&mut buffer).expect("every value has a text").to_vec();
    let (mut encoder, mut text_encoder) = (peer::Encoder::new(), peer::Encoder::new());
    encoder.new_order(quantity(), price(), NOW, &mut their_buffer);
    text_encoder.new_order_of_text(&mut text_buffer);
    assert_eq!(fields(&ours), fields(&their_buffer), "not the same message");
    assert_eq!(fields(&ours), fields(&text_buffer), "not the same message");
    Comparison::new("NewOrderSingle, encode", ours.len())
        .target(0.2)
        .case("from typed values", move || encode(&mut buffer).map(<[u8]>::len))
        .case("fefix, from typed values", move || {
            encoder.new_order(quantity(), price(), NOW, &mut their_buffer)
        })
        .case("fefix, from text", move || {
            text_encoder.new_order_of_text(&mut text_buffer)
        })
        .run(&settings);

    for (name, report) in [("NEW", new_report()), ("TRADE", trade_report())] {
        let (_, typed) = oe::decode_as::<ExecutionReport<'_>>(&report).expect("well-formed");
        assert_eq!(typed.symbol, "BTCUSDT");
        assert!(typed.extra.is_empty(), "not in the dictionary: {:?}", typed.extra);
        let (mut decoder, mut walker) = (peer::Decoder::new(), peer::Decoder::new());
        assert_eq!(
            decoder.count(&report),
            fields(&report).len(),
            "fefix does not see every field"
        );
        Comparison::new(format!("ExecutionReport {name}, decode"), report.len())
            .target(0.25)
            .case("to the typed message", || {
                oe::decode_as::<ExecutionReport<'_>>(&report)
            })
            .case("fefix, every field to its value", || decoder.values(&report))
            .case("fefix, every field visited as bytes", || walker.walk(&report))
            .run(&settings);
    }
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

/// A message of this body, framed.
fn framed(body: &[&str]) -> Vec<u8> {
    let body: String = body.iter().flat_map(|field| [*field, "\u{1}"]).collect();
    let mut message = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len()).into_bytes();
    let sum = message.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    message.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
    message
}

fn new_report() -> Vec<u8> {
    framed(&[
        "35=8",
        "49=SPOT",
        "56=BENCH",
        "34=2",
        "52=20260101-13:16:51.043912",
        "17=144",
        "11=1718096506197867067",
        "37=50412345678",
        "38=0.01518000",
        "40=2",
        "54=1",
        "55=BTCUSDT",
        "44=60123.45000000",
        "59=1",
        "60=20260101-13:16:51.043000",
        "25018=20260101-13:16:51.043000",
        "150=0",
        "14=0.00000000",
        "151=0.01518000",
        "25017=0.00000000",
        "1057=Y",
        "32=0.00000000",
        "39=0",
        "636=Y",
        "25023=20260101-13:16:51.043000",
        "25001=1",
    ])
}

fn trade_report() -> Vec<u8> {
    framed(&[
        "35=8",
        "49=SPOT",
        "56=BENCH",
        "34=3",
        "52=20260101-13:16:51.043912",
        "17=145",
        "11=1718096506197867067",
        "37=50412345678",
        "38=0.01518000",
        "40=2",
        "54=1",
        "55=BTCUSDT",
        "44=60123.45000000",
        "59=1",
        "60=20260101-13:16:51.043000",
        "25018=20260101-13:16:51.043000",
        "150=F",
        "14=0.01518000",
        "151=0.00000000",
        "25017=912.67397100",
        "1057=N",
        "1003=5764231877",
        "31=60123.45000000",
        "32=0.01518000",
        "39=2",
        "636=N",
        "25023=20260101-13:16:51.043000",
        "136=1",
        "137=0.00000912",
        "138=BNB",
        "139=4",
        "25001=1",
    ])
}
