//! Market data: the best prices, and what they are worth to us.

use binance::models::{Filter, OrderBook, PriceLevel};
use binance::rest::Client;
use binance::streams::{self, MarketEvent, StreamItem};

use crate::prelude::*;

/// The best prices of the book.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Best {
    /// What buyers offer.
    pub bid: Decimal,
    /// What sellers ask.
    pub ask: Decimal,
}

impl Best {
    /// The best prices of a book, where it has two sides.
    pub fn of(book: &OrderBook) -> Option<Self> {
        let side = |levels: &[PriceLevel]| levels.first().map(|level| level.price);
        Some(Self {
            bid: side(&book.bids)?,
            ask: side(&book.asks)?,
        })
    }

    /// Between the two.
    pub fn middle(&self) -> Decimal {
        (self.bid + self.ask) / dec!(2)
    }
}

/// The smallest step of prices.
pub async fn tick_size(client: &Client, symbol: &str) -> Result<Option<Decimal>, Error> {
    let info = client.exchange_info().symbol(symbol).send().await?;
    let filters = info.symbols.iter().flat_map(|symbol| &symbol.filters);
    let mut ticks = filters.filter_map(|filter| match filter {
        Filter::PriceFilter(price) => Some(price.tick_size),
        _ => None,
    });
    Ok(ticks.next())
}

/// Calls `quote` with the best prices whenever they change.
pub async fn follow(symbol: &str, mut quote: impl FnMut(Best)) -> Result<(), Error> {
    let (_handle, mut messages) = streams::builder(binance::Environment::Testnet)
        .streams([streams::book_ticker(symbol)])
        .connect()
        .await?;
    while let Some(item) = messages.next().await {
        let StreamItem::Event(message) = item else {
            continue;
        };
        if let MarketEvent::BookTicker(best) = message.event {
            quote(Best {
                bid: best.bid_price,
                ask: best.ask_price,
            });
        }
    }
    Ok(())
}
