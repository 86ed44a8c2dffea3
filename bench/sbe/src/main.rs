//! SBE: events of streams, and a book of 1,000 levels a side; ours beside the least code that reads the same bytes, and
//! beside JSON.
//!
//! Run with `cargo run --release -p bench-sbe [PART-OF-A-NAME]`.

mod hand;

use binance_wire_core::json;
use binance_wire_sbe::{MessageView as _, SbeError};
use binance_wire_spot::models::OrderBook;
use binance_wire_spot::sbe::spot::DepthResponseView;
use binance_wire_spot::sbe::stream::{
    BestBidAskStreamEventView, DepthDiffStreamEventView, TradesStreamEventView,
};
use harness::{Comparison, CountingAllocator, Settings, payloads, sbe};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const LEVELS: usize = 1000;
const CHANGES: usize = 10;

fn main() {
    let settings = Settings::from_environment();
    events(&settings);
    let body = payloads::order_book(
        &payloads::side(1, LEVELS, true),
        &payloads::side(2, LEVELS, false),
    );
    let message = sbe::depth(LEVELS);
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

/// Events of streams: every number and the symbol through the view.
fn events(settings: &Settings) {
    type Read = (fn(&[u8]) -> Result<i64, SbeError>, fn(&[u8]) -> Option<i64>);
    let rows: [(String, Vec<u8>, Read); 3] = [
        (
            "BestBidAskStreamEvent".to_owned(),
            sbe::best_bid_ask(),
            (best_bid_ask, hand::best_bid_ask),
        ),
        (
            "TradesStreamEvent, 1 trade".to_owned(),
            sbe::trade(),
            (trades, hand::trades),
        ),
        (
            format!("DepthDiffStreamEvent, {CHANGES} changes a side"),
            sbe::depth_diff(CHANGES),
            (depth_diff, hand::depth_diff),
        ),
    ];
    for (name, message, (ours, by_hand)) in rows {
        assert_eq!(ours(&message).ok(), by_hand(&message), "{name}");
        assert!(by_hand(&message).is_some(), "{name} is not well-formed");
        Comparison::new(name, message.len())
            .case("through the view", || ours(&message))
            .case("hand-written cursor", || by_hand(&message))
            .run(settings);
    }
}

fn best_bid_ask(message: &[u8]) -> Result<i64, SbeError> {
    let view = BestBidAskStreamEventView::decode(message)?;
    Ok(
        [view.bid_price(), view.bid_qty(), view.ask_price(), view.ask_qty()]
            .iter()
            .fold(view.symbol()?.len() as i64, |sum, number| {
                sum.wrapping_add(number.mantissa)
            }),
    )
}

fn trades(message: &[u8]) -> Result<i64, SbeError> {
    let view = TradesStreamEventView::decode(message)?;
    let mut sum = view.symbol()?.len() as i64;
    for trade in view.trades() {
        sum = sum
            .wrapping_add(trade.id())
            .wrapping_add(trade.price().mantissa)
            .wrapping_add(trade.qty().mantissa);
    }
    Ok(sum)
}

fn depth_diff(message: &[u8]) -> Result<i64, SbeError> {
    let view = DepthDiffStreamEventView::decode(message)?;
    let mut sum = view
        .last_book_update_id()
        .wrapping_add(view.symbol()?.len() as i64);
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
