//! The bot's order book, compared with the exchange's.

use std::sync::Arc;
use std::time::Duration;

use binance_wire_core::Decimal;
use binance_wire_exchange::Exchange;
use binance_wire_spot::books::{self, Book, BookItem, Market, OrderBooks, SharedBook};
use binance_wire_spot::{rest, streams};
use tokio::time::sleep;

use crate::desk::{Office, policy};
use crate::trace::{Trace, note};
use crate::{STREAM_HOST, SYMBOL};

/// More levels than the exchange has.
const DEPTH: u32 = 5000;
/// Levels that are compared each time; all are in the end, and now and then.
const NEAR: usize = 20;

/// Keeps the book and compares it.
#[derive(Clone)]
pub(crate) struct Shelf {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) trace: Trace,
    pub(crate) tally: Arc<std::sync::atomic::AtomicU64>,
}

impl Office {
    /// The order book, connected however often it takes.
    pub(crate) async fn books(&self, rest: &rest::Client) -> OrderBooks<Market> {
        loop {
            let connections = streams::builder_at([format!("ws://{STREAM_HOST}")])
                .allow_plaintext(true)
                .reconnect(policy(self.plan.life))
                .connect_budget(self.budget.clone())
                .dialer(self.dialer.clone());
            let started = books::builder(rest).symbols([SYMBOL]).depth(DEPTH).start(connections).await;
            match started {
                Ok(books) => return books,
                Err(error) => {
                    note!(self.trace, "books: {error}");
                    sleep(Duration::from_secs(2)).await;
                }
            }
        }
    }
}

impl Shelf {
    /// Reads what happens to the book for ever; whenever nothing is under way, it must be the exchange's.
    pub(crate) async fn read(self, mut books: OrderBooks<Market>) {
        let Some(shared) = books.book(SYMBOL) else {
            return self.trace.violated(format_args!("there is no book of {SYMBOL}"));
        };
        let mut updates = 0u64;
        while let Some(item) = books.next().await {
            match item {
                BookItem::Updated { .. } => updates += 1,
                BookItem::Synced { reason, by, .. } => note!(self.trace, "book: synced by {by:?} after {reason}"),
                BookItem::ResyncStarted { reason, .. } => note!(self.trace, "book: cannot be read: {reason}"),
                other => {
                    note!(self.trace, "book: {other:?}");
                    continue;
                }
            }
            let all = updates % 64 == 0;
            match compare(&self.exchange, &shared, if all { DEPTH as usize } else { NEAR }) {
                Ok(true) => drop(self.tally.fetch_add(1, std::sync::atomic::Ordering::Relaxed)),
                Ok(false) => {}
                Err(what) => self.trace.violated(format_args!("{what}")),
            }
        }
        self.trace.violated(format_args!("the stream of books ended"));
    }
}

/// Compares the book with the exchange's, where both are at the same update; whether they are.
pub(crate) fn compare(exchange: &Exchange, shared: &SharedBook, levels: usize) -> Result<bool, String> {
    let Some(theirs) = exchange.book(SYMBOL, levels) else {
        return Err(format!("the exchange has no book of {SYMBOL}"));
    };
    let compared = shared.read(|book| {
        if book.update_id() > theirs.last_update_id {
            return Err(format!(
                "the book is at update {}, the exchange's at {}",
                book.update_id(),
                theirs.last_update_id
            ));
        }
        if book.update_id() < theirs.last_update_id {
            return Ok(false);
        }
        same(book, levels, &theirs.bids, &theirs.asks)?;
        Ok(true)
    });
    compared.unwrap_or(Ok(false))
}

fn same(
    book: &Book,
    levels: usize,
    bids: &[(String, String)],
    asks: &[(String, String)],
) -> Result<(), String> {
    let (own_bids, own_asks) = book.depth(levels);
    for (side, own, theirs) in [("bids", own_bids, bids), ("asks", own_asks, asks)] {
        if own.len() != theirs.len() {
            return Err(format!("the book has {} {side}, the exchange's {}", own.len(), theirs.len()));
        }
        for (own, (price, quantity)) in own.iter().zip(theirs) {
            let equal = |own: Decimal, theirs: &str| theirs.parse() == Ok(own);
            if !equal(own.price, price) || !equal(own.quantity, quantity) {
                return Err(format!("the book has {own:?} in its {side}, the exchange {price}, {quantity}"));
            }
        }
    }
    Ok(())
}
