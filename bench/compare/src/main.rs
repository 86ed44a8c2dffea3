//! Decodes one payload a number of times, for `compare.sh`, which counts the instructions and builds this program with
//! two revisions of the crates. So it uses only what both have.
//!
//! Usage: `bench-compare` prints the names of the payloads; `bench-compare NAME COUNT` decodes.

use std::hint::black_box;

use binance_wire_core::json;
use binance_wire_sbe::MessageView as _;
use binance_wire_spot::fix::{md, oe};
use binance_wire_spot::models::{NewOrderResponse, OrderBook, UserDataEvent};
use binance_wire_spot::sbe::{spot, stream};
use binance_wire_spot::streams::StreamMessage;
use harness::{fix, payloads, sbe};

/// Decodes a payload so many times.
type Work = Box<dyn Fn(u64)>;

fn case<R: 'static>(name: &str, payload: impl Into<Vec<u8>>, decode: fn(&[u8]) -> R) -> (String, Work) {
    let payload = payload.into();
    let work = move |count| {
        for _ in 0..count {
            black_box(decode(black_box(&payload)));
        }
    };
    (name.to_owned(), Box::new(work))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

fn cases() -> Vec<(String, Work)> {
    fn frame(bytes: &[u8]) -> StreamMessage {
        StreamMessage::decode(text(bytes)).expect("an event")
    }
    let report = payloads::execution_report();
    let event = &report[report.find("{\"e\"").expect("an event")..report.len() - 1];
    let book = payloads::order_book(&payloads::side(1, 1000, true), &payloads::side(2, 1000, false));
    vec![
        case(
            "json aggTrade, combined frame",
            payloads::combined("btcusdt@aggTrade", &payloads::agg_trade()),
            frame,
        ),
        case(
            "json bookTicker, combined frame",
            payloads::combined("btcusdt@bookTicker", &payloads::book_ticker()),
            frame,
        ),
        case(
            "json depthUpdate, 100 levels",
            payloads::combined("btcusdt@depth", &payloads::depth_update(100)),
            frame,
        ),
        case("json executionReport, event", event, |bytes| {
            json::from_slice::<UserDataEvent>(bytes).expect("an event")
        }),
        case(
            "json newOrder FULL, 5 fills",
            payloads::new_order_full(5),
            |bytes| json::from_slice::<NewOrderResponse>(bytes).expect("an order"),
        ),
        case("json depth, 1,000 levels a side", book, |bytes| {
            json::from_slice::<OrderBook>(bytes).expect("a book")
        }),
        case("sbe BestBidAskStreamEvent, view", sbe::best_bid_ask(), |bytes| {
            let view = stream::BestBidAskStreamEventView::decode(bytes).expect("an event");
            black_box((view.bid_price(), view.bid_qty(), view.ask_price(), view.ask_qty()));
            view.symbol().expect("a symbol").len()
        }),
        case("sbe TradesStreamEvent, view", sbe::trade(), |bytes| {
            let view = stream::TradesStreamEventView::decode(bytes).expect("an event");
            for trade in view.trades() {
                black_box((trade.id(), trade.price(), trade.qty()));
            }
            view.symbol().expect("a symbol").len()
        }),
        case(
            "sbe DepthDiffStreamEvent, 10 a side, view",
            sbe::depth_diff(10),
            |bytes| {
                let view = stream::DepthDiffStreamEventView::decode(bytes).expect("an event");
                for level in view.bids() {
                    black_box((level.price(), level.qty()));
                }
                for level in view.asks() {
                    black_box((level.price(), level.qty()));
                }
                view.symbol().expect("a symbol").len()
            },
        ),
        case(
            "sbe DepthResponse, 1,000 a side, view",
            sbe::depth(1000),
            |bytes| {
                let view = spot::DepthResponseView::decode(bytes).expect("a book");
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
                sum
            },
        ),
        case(
            "sbe DepthResponse, 1,000 a side, OrderBook",
            sbe::depth(1000),
            |bytes| {
                let view = spot::DepthResponseView::decode(bytes).expect("a book");
                OrderBook::try_from(view).expect("every number fits")
            },
        ),
        case("fix ExecutionReport NEW", fix::new_report(), execution_report),
        case("fix ExecutionReport TRADE", fix::trade_report(), execution_report),
        case(
            "fix MarketDataIncrementalRefresh, 20 changes",
            fix::market_data(20),
            |bytes| {
                let (header, changes) =
                    md::decode_as::<md::MarketDataIncrementalRefresh<'_>>(bytes).expect("changes");
                black_box(&header);
                black_box(&changes).md_entries.len()
            },
        ),
    ]
}

fn execution_report(bytes: &[u8]) -> usize {
    let (header, report) = oe::decode_as::<oe::ExecutionReport<'_>>(bytes).expect("a report");
    black_box(&header);
    black_box(&report).symbol.len()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [name, count] => {
            let (_, work) = cases()
                .into_iter()
                .find(|(other, _)| other == name)
                .expect("the name of a payload");
            work(count.parse().expect("a number"));
        }
        _ => cases().iter().for_each(|(name, _)| println!("{name}")),
    }
}
