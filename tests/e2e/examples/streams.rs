//! Follows two market streams, subscribes to a third while they run, and sees a lost connection come back.
//!
//!     cargo run -p binance-wire-e2e --example streams

use std::time::Duration;

use binance_wire_sandbox::Exchange;
use binance_wire_spot::streams::{self, MarketEvent, StreamItem};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A small exchange inside of this program, with something going on: the example needs no network.
    let exchange = Exchange::builder()
        .market_data_every(Duration::from_millis(50))
        .start()?;
    // The real test network: `streams::builder(Environment::Testnet)`. Market data needs no key.
    let (client, mut messages) = streams::builder_at([exchange.streams_url()])
        .streams([streams::agg_trade("BTCUSDT"), streams::book_ticker("BTCUSDT")])
        .connect()
        .await?;

    let mut events = 0;
    // Items are messages, and news about the connection at the place where it happened.
    while let Some(item) = messages.next().await {
        match item {
            StreamItem::Event(message) => {
                let name = message.stream.unwrap_or_default();
                match message.event {
                    MarketEvent::AggTrade(trade) => {
                        println!("{name}: {} at {}", trade.quantity, trade.price)
                    }
                    MarketEvent::BookTicker(best) => {
                        println!("{name}: {} bid, {} asked", best.bid_price, best.ask_price);
                    }
                    MarketEvent::DepthUpdate(change) => {
                        println!(
                            "{name}: {} bids and {} asks changed",
                            change.bids.len(),
                            change.asks.len()
                        );
                    }
                    // What the exchange adds one day arrives as it was sent.
                    MarketEvent::Unrecognized(raw) => println!("{name}: {}", raw.as_str()),
                    other => println!("{name}: {other:?}"),
                }
                events += 1;
                match events {
                    4 => {
                        client
                            .subscribe([streams::diff_book_depth("BTCUSDT", None)])
                            .await?;
                        println!("-- subscribed to {:?}", client.subscriptions().await?);
                    }
                    12 => exchange.cut_websockets(),
                    18 => break,
                    _ => {}
                }
            }
            StreamItem::Gap { reason, .. } => {
                println!("-- {reason}; what comes until the next line is missing")
            }
            StreamItem::Reconnected { .. } => println!("-- back, and subscribed again"),
            news => println!("-- {news:?}"),
        }
    }
    Ok(())
}
