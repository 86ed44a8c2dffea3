//! The exchange's books at any update of the recent past.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use binance_wire_core::Decimal;
use binance_wire_sandbox::{DepthChange, Exchange};
use binance_wire_spot::books::{Book, Side};

/// The changes of a symbol that are remembered.
const CHANGES: usize = 20_000;

/// The exchange's books. Clones are the same.
#[derive(Clone)]
pub(crate) struct Mirrors {
    exchange: Arc<Exchange>,
    books: Arc<Mutex<BTreeMap<String, Mirror>>>,
    /// Leaves out every so many changes: a comparison that does not find that is worth nothing.
    skip_every: Option<u64>,
}

impl Mirrors {
    /// Follows the books of `symbols` from now on.
    pub(crate) fn new(exchange: &Arc<Exchange>, symbols: &[&str], skip_every: Option<u64>) -> Self {
        exchange.log_depth();
        let mut books = BTreeMap::new();
        for symbol in symbols {
            books.insert((*symbol).to_owned(), Mirror::of(exchange, symbol));
        }
        Self {
            exchange: Arc::clone(exchange),
            books: Arc::new(Mutex::new(books)),
            skip_every,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Mirror>> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        for change in self.exchange.take_depth() {
            if let Some(mirror) = books.get_mut(&change.symbol) {
                mirror.push(&change, self.skip_every);
            }
        }
        books
    }

    /// Compares every level of a client's book with the exchange's at the same update; the first difference.
    pub(crate) fn compare(&self, symbol: &str, book: &Book) -> Result<(), String> {
        let mut books = self.lock();
        let Some(mirror) = books.get_mut(symbol) else {
            return Err(format!("{symbol} has no book"));
        };
        match mirror.seek(book.update_id()) {
            Place::Found => {}
            Place::Forgotten => return Ok(()),
            Place::Never => {
                return Err(format!(
                    "{symbol}: the exchange's book never ended at update {}",
                    book.update_id()
                ));
            }
        }
        mirror
            .compare(book)
            .map_err(|what| format!("{symbol} at update {}: {what}", book.update_id()))
    }

    /// The last update of a symbol's book.
    pub(crate) fn last_update_id(&self, symbol: &str) -> Option<i64> {
        self.lock().get(symbol).map(|mirror| mirror.last)
    }
}

/// Quantities by price, in units of 10⁻⁸.
type Levels = BTreeMap<i128, i128>;

/// A book at one of its updates, and the way to the others.
struct Mirror {
    bids: Levels,
    asks: Levels,
    /// The update that the levels are of.
    at: i64,
    /// The last update of the exchange.
    last: i64,
    changes: VecDeque<Change>,
    /// How many of the changes the levels contain.
    applied: usize,
    pushed: u64,
}

/// A change from one update to another.
struct Change {
    from: i64,
    to: i64,
    levels: Vec<(Side, i128, i128)>,
    /// What it replaced, once it was applied.
    before: Vec<(Side, i128, i128)>,
}

enum Place {
    Found,
    /// It was longer ago than is remembered.
    Forgotten,
    /// No change of the exchange ended there.
    Never,
}

impl Mirror {
    fn of(exchange: &Exchange, symbol: &str) -> Self {
        let state = exchange.depth(symbol);
        let at = state.as_ref().map_or(0, |state| state.last_update_id);
        let (bids, asks) = state.map(|state| (state.bids, state.asks)).unwrap_or_default();
        Self {
            bids: bids.into_iter().collect(),
            asks: asks.into_iter().collect(),
            at,
            last: at,
            changes: VecDeque::new(),
            applied: 0,
            pushed: 0,
        }
    }

    fn push(&mut self, change: &DepthChange, skip_every: Option<u64>) {
        self.pushed += 1;
        let skipped = skip_every.is_some_and(|every| self.pushed.is_multiple_of(every));
        let side = |side: Side, levels: &[(i128, i128)]| {
            let levels = if skipped { &[] } else { levels };
            levels
                .iter()
                .map(move |(price, quantity)| (side, *price, *quantity))
                .collect::<Vec<_>>()
        };
        let mut levels = side(Side::Bids, &change.bids);
        levels.extend(side(Side::Asks, &change.asks));
        self.changes.push_back(Change {
            from: self.last,
            to: change.last_update_id,
            levels,
            before: Vec::new(),
        });
        self.last = change.last_update_id;
        if self.changes.len() > CHANGES {
            if self.applied == 0 {
                self.forward();
            }
            self.changes.pop_front();
            self.applied -= 1;
        }
    }

    fn set(&mut self, (side, price, quantity): (Side, i128, i128)) -> (Side, i128, i128) {
        let levels = match side {
            Side::Bids => &mut self.bids,
            Side::Asks => &mut self.asks,
        };
        let before = match quantity {
            0 => levels.remove(&price),
            quantity => levels.insert(price, quantity),
        };
        (side, price, before.unwrap_or(0))
    }

    fn forward(&mut self) {
        let levels = std::mem::take(&mut self.changes[self.applied].levels);
        let before = levels.iter().map(|level| self.set(*level)).collect();
        let change = &mut self.changes[self.applied];
        (change.levels, change.before) = (levels, before);
        self.at = change.to;
        self.applied += 1;
    }

    fn back(&mut self) {
        self.applied -= 1;
        let before = std::mem::take(&mut self.changes[self.applied].before);
        for level in before.iter().rev() {
            self.set(*level);
        }
        self.at = self.changes[self.applied].from;
    }

    fn seek(&mut self, update_id: i64) -> Place {
        while self.at > update_id && self.applied > 0 {
            self.back();
        }
        while self.applied < self.changes.len() && self.changes[self.applied].to <= update_id {
            self.forward();
        }
        if self.at == update_id {
            Place::Found
        } else if self.at > update_id {
            Place::Forgotten
        } else {
            Place::Never
        }
    }

    fn compare(&self, book: &Book) -> Result<(), String> {
        let bids = self.bids.iter().rev();
        compare(bids, book.bids(), book.known_to(Side::Bids), |price, to| {
            price >= to
        })
        .map_err(|what| format!("bids: {what}"))?;
        let asks = self.asks.iter();
        compare(asks, book.asks(), book.known_to(Side::Asks), |price, to| {
            price <= to
        })
        .map_err(|what| format!("asks: {what}"))
    }
}

fn units(value: Decimal) -> i128 {
    let mut value = value;
    value.rescale(8);
    value.mantissa()
}

/// Compares the levels of a side from the best one to the last that is known.
fn compare<'a>(
    theirs: impl Iterator<Item = (&'a i128, &'a i128)>,
    ours: impl Iterator<Item = binance_wire_spot::books::Level>,
    known_to: Option<Decimal>,
    is_known: fn(i128, i128) -> bool,
) -> Result<(), String> {
    let known_to = known_to.map(units);
    let mut theirs = theirs
        .map(|(price, quantity)| (*price, *quantity))
        .take_while(|(price, _)| known_to.is_none_or(|to| is_known(*price, to)));
    let mut ours = ours.map(|level| (units(level.price), units(level.quantity)));
    loop {
        match (theirs.next(), ours.next()) {
            (None, None) => return Ok(()),
            (theirs, ours) if theirs == ours => {}
            (theirs, ours) => {
                return Err(format!(
                    "the exchange has {theirs:?}, the client {ours:?} (10⁻⁸, known to {known_to:?})"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(last: i64, quantity: i128) -> DepthChange {
        DepthChange {
            symbol: "BTCUSDT".to_owned(),
            first_update_id: last,
            last_update_id: last,
            bids: vec![(100, quantity)],
            asks: Vec::new(),
        }
    }

    #[test]
    fn a_mirror_goes_to_any_update_that_it_remembers() {
        let mut mirror = Mirror {
            bids: Levels::new(),
            asks: Levels::new(),
            at: 10,
            last: 10,
            changes: VecDeque::new(),
            applied: 0,
            pushed: 0,
        };
        for (update, quantity) in [(11, 5), (13, 0), (14, 7)] {
            mirror.push(&change(update, quantity), None);
        }
        for (update, quantity) in [
            (14, Some(7)),
            (10, None),
            (13, None),
            (11, Some(5)),
            (14, Some(7)),
        ] {
            assert!(matches!(mirror.seek(update), Place::Found));
            assert_eq!(mirror.bids.get(&100).copied(), quantity, "at {update}");
        }
        assert!(matches!(mirror.seek(12), Place::Never));
        assert!(matches!(mirror.seek(9), Place::Forgotten));
    }
}
