//! A book that other threads read.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, PoisonError, RwLock};

use binance_wire_core::{Decimal, TimeUnit, Timestamp};

use crate::{Book, Level, OrderBook, Top};

/// A handle to a book that one thread keeps and any number of threads read. Cloning is cheap.
///
/// [`top`](Self::top) reads the best bid and ask without a lock: neither waits for the other. [`read`](Self::read) runs a
/// closure on the whole book under a lock that is held by nobody else for longer than an event takes; it cannot
/// be held across an `await`.
///
/// ```
/// use binance_wire_books::{BookSettings, OrderBook, Rule, SharedBook};
///
/// let shared = SharedBook::new(OrderBook::new(Rule::Sequential, BookSettings::new(5000)));
/// let reader = shared.clone();
/// // There is nothing to read before the first snapshot.
/// assert_eq!(reader.top(), None);
/// assert_eq!(reader.read(|book| book.bids().len()), None);
/// ```
#[derive(Clone)]
pub struct SharedBook {
    inner: Arc<Inner>,
}

struct Inner {
    machine: RwLock<OrderBook>,
    top: TopCell,
}

impl fmt::Debug for SharedBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedBook").field("top", &self.top()).finish()
    }
}

impl SharedBook {
    /// A handle to a book.
    pub fn new(machine: OrderBook) -> Self {
        let inner = Inner {
            top: TopCell::default(),
            machine: RwLock::new(machine),
        };
        let shared = Self {
            inner: Arc::new(inner),
        };
        shared.update(|_| {});
        shared
    }

    /// The best bid and ask; `None` while a resync is on. Both are of the same update.
    pub fn top(&self) -> Option<Top> {
        self.inner.top.load()
    }

    /// Runs `read` on the book, and returns what it returns; `None` while a resync is on. Keep it short: the next event
    /// waits for it.
    pub fn read<R>(&self, read: impl FnOnce(&Book) -> R) -> Option<R> {
        let machine = self.inner.machine.read().unwrap_or_else(PoisonError::into_inner);
        machine.book().map(read)
    }

    /// Runs `update` on the state machine, and then shows its book to readers. For the thread that keeps the book.
    pub fn update<R>(&self, update: impl FnOnce(&mut OrderBook) -> R) -> R {
        let mut machine = self.inner.machine.write().unwrap_or_else(PoisonError::into_inner);
        let result = update(&mut machine);
        self.inner.top.store(machine.book().map(Book::top));
        result
    }
}

const WORDS: usize = 11;

/// A top of a book that is read while it is written: a counter is odd during a write, and a reader whose counter changed
/// reads again. There is one writer at a time, which the lock of the book sees to.
#[derive(Default)]
struct TopCell {
    version: AtomicU64,
    words: [AtomicU64; WORDS],
}

impl TopCell {
    fn store(&self, top: Option<Top>) {
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        for (to, from) in self.words.iter().zip(encode(top)) {
            to.store(from, Ordering::Relaxed);
        }
        self.version.store(version.wrapping_add(2), Ordering::Release);
    }

    fn load(&self) -> Option<Top> {
        loop {
            let version = self.version.load(Ordering::Acquire);
            let words = std::array::from_fn(|place| self.words[place].load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            if version.is_multiple_of(2) && version == self.version.load(Ordering::Relaxed) {
                return decode(words);
            }
            std::hint::spin_loop();
        }
    }
}

const LIVE: u64 = 1;
const BID: u64 = 2;
const ASK: u64 = 4;
const MILLIS: u64 = 8;
const MICROS: u64 = 16;
const SECONDS: u64 = 32;

fn encode(top: Option<Top>) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    let Some(top) = top else {
        return words;
    };
    words[0] = LIVE;
    words[1] = top.update_id.cast_unsigned();
    if let Some(time) = top.time {
        words[0] |= match time.unit() {
            TimeUnit::Second => SECONDS,
            TimeUnit::Millisecond => MILLIS,
            TimeUnit::Microsecond => MICROS,
        };
        words[2] = time.count().cast_unsigned();
    }
    for (flag, at, level) in [(BID, 3, top.bid), (ASK, 7, top.ask)] {
        if let Some(Level { price, quantity }) = level {
            words[0] |= flag;
            words[at..at + 2].copy_from_slice(&halves(price));
            words[at + 2..at + 4].copy_from_slice(&halves(quantity));
        }
    }
    words
}

fn decode(words: [u64; WORDS]) -> Option<Top> {
    let has = |flag| words[0] & flag != 0;
    if !has(LIVE) {
        return None;
    }
    let decimal = |at: usize| {
        let bytes = (u128::from(words[at]) << 64 | u128::from(words[at + 1])).to_be_bytes();
        Decimal::deserialize(bytes)
    };
    let level = |flag, at| has(flag).then(|| Level::new(decimal(at), decimal(at + 2)));
    let count = words[2].cast_signed();
    Some(Top {
        bid: level(BID, 3),
        ask: level(ASK, 7),
        update_id: words[1].cast_signed(),
        time: match () {
            () if has(MILLIS) => Some(Timestamp::from_millis(count)),
            () if has(MICROS) => Some(Timestamp::from_micros(count)),
            () if has(SECONDS) => Some(Timestamp::from_secs(count)),
            () => None,
        },
    })
}

fn halves(value: Decimal) -> [u64; 2] {
    let bits = u128::from_be_bytes(value.serialize());
    [(bits >> 64) as u64, bits as u64]
}

#[cfg(test)]
mod tests {
    use binance_wire_core::dec;

    use super::*;

    fn top(id: i64) -> Top {
        Top {
            bid: Some(Level::new(Decimal::new(id, 2), Decimal::new(id, 8))),
            ask: (id % 3 != 0).then(|| Level::new(Decimal::new(id + 1, 2), Decimal::MAX)),
            update_id: id,
            time: [
                None,
                Some(Timestamp::from_micros(id)),
                Some(Timestamp::from_millis(-id)),
            ][id as usize % 3],
        }
    }

    #[test]
    fn what_is_stored_is_loaded() {
        let cell = TopCell::default();
        assert_eq!(cell.load(), None);
        for id in 0..7 {
            cell.store(Some(top(id)));
            let loaded = cell.load().unwrap();
            assert_eq!(loaded, top(id));
            let units = |top: &Top| top.time.map(Timestamp::unit);
            assert_eq!(units(&loaded), units(&top(id)));
        }
        cell.store(Some(Top {
            bid: Some(Level::new(dec!(1.500), dec!(0))),
            ..top(1)
        }));
        assert_eq!(cell.load().unwrap().bid.unwrap().price.to_string(), "1.500");
        cell.store(None);
        assert_eq!(cell.load(), None);
    }

    #[test]
    fn readers_see_whole_states_in_order() {
        let cell = TopCell::default();
        const LAST: i64 = 200_000;
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut seen = 0;
                    while seen < LAST {
                        if let Some(loaded) = cell.load() {
                            assert_eq!(loaded, top(loaded.update_id));
                            assert!(loaded.update_id >= seen);
                            seen = loaded.update_id;
                        }
                    }
                });
            }
            for id in 0..=LAST {
                cell.store(Some(top(id)));
            }
        });
    }
}
