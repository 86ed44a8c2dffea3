//! A book of 1,000 levels a side in SBE: ours beside JSON and beside the least code that reads the same bytes.
//!
//! Run with `cargo run --release -p bench-sbe [PART-OF-A-NAME]`.

mod hand;

use binance_wire_core::{Decimal, json};
use binance_wire_sbe::{EncodeMessage as _, MessageView as _, SbeError};
use binance_wire_spot::models::OrderBook;
use binance_wire_spot::sbe::spot::{
    DepthResponse, DepthResponseAsks, DepthResponseAsksRequired, DepthResponseBids,
    DepthResponseBidsRequired, DepthResponseRequired, DepthResponseView,
};
use harness::payloads::{self, Level};
use harness::{Comparison, CountingAllocator, Settings};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const LEVELS: usize = 1000;

fn main() {
    let settings = Settings::from_environment();
    let bids = payloads::side(1, LEVELS, true);
    let asks = payloads::side(2, LEVELS, false);
    let body = payloads::order_book(&bids, &asks);
    let message = message(&bids, &asks);
    check(&message, &body);

    Comparison::new("DepthResponse, walk", message.len())
        .target(1.1)
        .case("every price and quantity through the view", || walk(&message))
        .case("hand-written cursor", || hand::walk(&message))
        .run(&settings);
    Comparison::new("DepthResponse, as an OrderBook", message.len())
        .case("decoded from SBE", || book(&message))
        .case("decoded from JSON by ours", || {
            json::from_slice::<OrderBook>(body.as_bytes())
        })
        .run(&settings);
}

/// The message as the exchange would send it.
fn message(bids: &[Level], asks: &[Level]) -> Vec<u8> {
    let decimal = |units: i64| Decimal::new(units, 8);
    let mut message = DepthResponse::new(DepthResponseRequired {
        last_update_id: 71_234_567_890,
        price_exponent: -8,
        qty_exponent: -8,
    });
    message.bids.extend(bids.iter().map(|level| {
        DepthResponseBids::new(DepthResponseBidsRequired {
            price: decimal(level.price),
            qty: decimal(level.quantity),
        })
    }));
    message.asks.extend(asks.iter().map(|level| {
        DepthResponseAsks::new(DepthResponseAsksRequired {
            price: decimal(level.price),
            qty: decimal(level.quantity),
        })
    }));
    let mut bytes = Vec::new();
    message.encode(&mut bytes).expect("every number fits");
    bytes
}

/// The sum of all mantissas, which no reader can skip.
fn walk(message: &[u8]) -> Result<i64, SbeError> {
    let view = DepthResponseView::decode(message)?;
    let mut sum = view.last_update_id();
    for level in view.bids() {
        sum = sum
            .wrapping_add(level.price().mantissa)
            .wrapping_add(level.qty().mantissa);
    }
    for level in view.asks() {
        sum = sum
            .wrapping_add(level.price().mantissa)
            .wrapping_add(level.qty().mantissa);
    }
    Ok(sum)
}

/// The answer as the REST client gives it, whatever the encoding.
fn book(message: &[u8]) -> Result<OrderBook, SbeError> {
    OrderBook::try_from(DepthResponseView::decode(message)?)
}

/// All read the same book.
fn check(message: &[u8], body: &str) {
    let sum = walk(message).expect("well-formed");
    assert_eq!(Some(sum), hand::walk(message));
    let book: OrderBook = json::from_str(body).expect("well-formed");
    assert_eq!(self::book(message).expect("every number fits"), book);
}
