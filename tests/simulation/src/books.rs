//! Order books that the bot keeps, and the market's side of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use binance_wire_sandbox::Delivery;
use binance_wire_spot::books::{BookItem, BooksHandle, Market, OrderBooks};
use binance_wire_spot::models::DepthUpdateEvent;
use binance_wire_spot::streams::StreamMessage;
use tokio::time::sleep;

use crate::mirror::Mirrors;
use crate::storm::Tally;
use crate::trace::{Trace, note};

/// One update in so many has its book compared level by level; all others have the levels that they change.
const EVERY: u64 = 16;

/// What a reader of books knows of them. Clones are the same.
#[derive(Clone)]
pub(crate) struct Shelf {
    handle: BooksHandle,
    symbols: Arc<[&'static str]>,
    mirrors: Mirrors,
    state: Arc<Mutex<State>>,
    trace: Trace,
}

#[derive(Default)]
struct State {
    /// Whether the stream said last that the book can be read.
    readable: BTreeMap<String, bool>,
    updates: u64,
    resyncs: u64,
    compared: u64,
}

impl Shelf {
    pub(crate) fn new(
        books: &OrderBooks<Market>,
        symbols: &[&'static str],
        mirrors: Mirrors,
        trace: Trace,
    ) -> Self {
        Self {
            handle: books.handle(),
            symbols: symbols.into(),
            mirrors,
            state: Arc::default(),
            trace,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Updates, resyncs, and books that were compared.
    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        let state = self.lock();
        (state.updates, state.resyncs, state.compared)
    }

    /// Reads the books for ever; now and then slowly.
    pub(crate) async fn keep(self, mut books: OrderBooks<Market>, mut rng: fastrand::Rng) {
        while let Some(item) = books.next().await {
            self.take(&item);
            if rng.u32(0..2_000) == 0 {
                sleep(Duration::from_millis(rng.u64(0..20_000))).await;
            }
        }
        self.trace.violated(format_args!("the stream of books ended"));
    }

    fn take(&self, item: &BookItem<DepthUpdateEvent, StreamMessage>) {
        match item {
            BookItem::Updated { symbol, event, .. } => {
                let (readable, whole) = {
                    let mut state = self.lock();
                    state.updates += 1;
                    let whole = state.updates.is_multiple_of(EVERY);
                    (state.readable.get(symbol.as_str()).copied(), whole)
                };
                if readable != Some(true) {
                    self.trace
                        .violated(format_args!("{symbol}: an update of a book that is not in sync"));
                }
                let at_least = event.last_update_id;
                match self
                    .handle
                    .book(symbol)
                    .and_then(|book| book.read(|book| book.update_id()))
                {
                    Some(at) if at >= at_least => {}
                    at => self.trace.violated(format_args!(
                        "{symbol}: the book is at {at:?} after the update {at_least}"
                    )),
                }
                if whole {
                    self.compare(symbol);
                }
            }
            BookItem::ResyncStarted { symbol, reason } => {
                note!(self.trace, "books: {symbol} out of sync: {reason}");
                let mut state = self.lock();
                state.resyncs += 1;
                state.readable.insert(symbol.to_string(), false);
            }
            BookItem::Synced { symbol, reason, by } => {
                note!(self.trace, "books: {symbol} in sync after {reason} by {by:?}");
                self.lock().readable.insert(symbol.to_string(), true);
                self.compare(symbol);
            }
            BookItem::Refreshed { symbol } => {
                note!(self.trace, "books: {symbol} refreshed");
                self.compare(symbol);
            }
            BookItem::SnapshotRejected { symbol, rejection } => {
                note!(
                    self.trace,
                    "books: {symbol}: a snapshot is of no use: {rejection:?}"
                );
            }
            BookItem::SnapshotFailed { symbol, error } => {
                note!(self.trace, "books: {symbol}: no snapshot: {error}");
            }
            BookItem::Refused { symbol, reason } => {
                note!(self.trace, "books: the stream of {symbol} was refused: {reason}");
                self.lock().readable.insert(symbol.to_string(), false);
                tokio::spawn(self.clone().add(symbol.to_string()));
            }
            BookItem::Stream(item) => note!(self.trace, "books: {item:?}"),
            other => note!(self.trace, "books: {other:?}"),
        }
    }

    /// Adds a book again, however often it takes.
    async fn add(self, symbol: String) {
        loop {
            sleep(Duration::from_secs(2)).await;
            match self.handle.add([symbol.as_str()]).await {
                Ok(()) => return,
                Err(error) => note!(self.trace, "books: adding {symbol}: {error}"),
            }
        }
    }

    /// Compares a book that can be read with the exchange's; whether it can be read.
    fn compare(&self, symbol: &str) -> bool {
        let Some(book) = self.handle.book(symbol) else {
            return false;
        };
        let compared = book.read(|book| self.mirrors.compare(symbol, book));
        if let Some(Err(what)) = &compared {
            self.trace.violated(format_args!("books: {what}"));
        }
        self.lock().compared += 1;
        compared.is_some()
    }

    /// The first book that is not in sync with the exchange's last update, at rest.
    pub(crate) fn behind(&self) -> Option<String> {
        self.symbols.iter().find_map(|symbol| {
            let last = self.mirrors.last_update_id(symbol);
            let at = self
                .handle
                .book(symbol)
                .and_then(|book| book.read(|book| book.update_id()));
            let told = self.lock().readable.get(*symbol).copied();
            match at {
                Some(at) if Some(at) == last && told == Some(true) => None,
                at => Some(format!(
                    "books: {symbol} is at {at:?} (in sync: {told:?}), the exchange at {last:?}"
                )),
            }
        })
    }

    /// Compares all books; at rest, when they are in sync.
    pub(crate) fn check(&self) {
        for symbol in self.symbols.iter() {
            self.compare(symbol);
        }
    }
}

/// Loses, doubles and swaps depth events: so many of ten thousand.
pub(crate) fn judge_depth(
    mut rng: fastrand::Rng,
    share: u32,
    tally: Tally,
    trace: Trace,
) -> impl FnMut(&str) -> Delivery + Send + 'static {
    move |stream| {
        if rng.u32(0..10_000) >= share {
            return Delivery::Once;
        }
        let (kind, delivery) = match rng.u8(0..3) {
            0 => ("depth event lost", Delivery::Never),
            1 => ("depth event doubled", Delivery::Twice),
            _ => ("depth events swapped", Delivery::AfterNext),
        };
        note!(trace, "{stream}: {kind}");
        tally.count(kind);
        delivery
    }
}
