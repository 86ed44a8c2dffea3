//! Order books: the state machine beside the maps that one would write by hand.
//!
//! Run with `cargo run --release -p bench-books [PART-OF-A-NAME]`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use binance_wire_books::{
    BookSettings, Books, Level, OrderBook, Outcome, Rule, SharedBook, Snapshot, SnapshotPace, Update,
};
use binance_wire_core::Decimal;
use harness::{Comparison, CountingAllocator, Settings};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// What a snapshot of Spot has a side.
const LEVELS: usize = 5_000;
/// Price levels that an event changes, a busy symbol's at 100 ms.
const CHANGES: usize = 40;
const EVENTS: usize = 4_096;
const MIDDLE: i64 = 6_500_000;

/// A generator that always makes the same numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> i64 {
        (self.next() >> 16).rem_euclid(bound) as i64
    }
}

/// A level as the exchange spells it: eight digits behind the point of both.
fn level(cents: i64, quantity: i64) -> Level {
    Level::new(Decimal::new(cents * 1_000_000, 8), Decimal::new(quantity, 8))
}

fn snapshot() -> Snapshot {
    let mut random = Random(7);
    let mut side = |step: i64| {
        (1..=LEVELS as i64)
            .map(|place| level(MIDDLE + step * place, 1 + random.below(10_000_000_000)))
            .collect()
    };
    Snapshot {
        last_update_id: 0,
        time: None,
        bids: side(-1),
        asks: side(1),
    }
}

/// Events whose changes are near the top, most of them, or anywhere.
fn events(near: bool) -> Vec<Update> {
    let mut random = Random(11);
    (1..=EVENTS as i64)
        .map(|id| {
            let mut changes = |step: i64| {
                (0..CHANGES / 2)
                    .map(|_| {
                        let reach = if near {
                            1 << (1 + random.below(9))
                        } else {
                            LEVELS as u64
                        };
                        let quantity = random.below(3).min(1) * (1 + random.below(10_000_000_000));
                        level(MIDDLE + step * (1 + random.below(reach)), quantity)
                    })
                    .collect()
            };
            Update {
                first_update_id: id,
                last_update_id: id,
                bids: changes(-1),
                asks: changes(1),
                ..Update::default()
            }
        })
        .collect()
}

/// An event with the number that continues the book.
struct Numbered<'a>(i64, &'a Update);

impl binance_wire_books::DepthUpdate for Numbered<'_> {
    fn first_update_id(&self) -> i64 {
        self.0
    }
    fn last_update_id(&self) -> i64 {
        self.0
    }
    fn bids(&self) -> impl Iterator<Item = Level> {
        self.1.bids.iter().copied()
    }
    fn asks(&self) -> impl Iterator<Item = Level> {
        self.1.asks.iter().copied()
    }
}

fn machine(now: Instant) -> OrderBook {
    let mut machine = OrderBook::new(Rule::Sequential, BookSettings::new(LEVELS));
    let _ = machine.connected(now);
    let ticket = machine.tick(now).expect("a new book needs a snapshot");
    assert!(matches!(
        machine.snapshot(ticket, &snapshot(), now),
        Outcome::Synced { .. }
    ));
    machine
}

/// The two maps that one would write by hand, without any check.
#[derive(Default)]
struct Maps {
    bids: BTreeMap<Decimal, Decimal>,
    asks: BTreeMap<Decimal, Decimal>,
}

impl Maps {
    fn new() -> Self {
        let mut maps = Self::default();
        let Snapshot { bids, asks, .. } = snapshot();
        maps.apply(&Update {
            bids,
            asks,
            ..Update::default()
        });
        maps
    }

    fn apply(&mut self, update: &Update) {
        for (map, levels) in [(&mut self.bids, &update.bids), (&mut self.asks, &update.asks)] {
            for level in levels {
                match level.quantity.is_zero() {
                    true => map.remove(&level.price),
                    false => map.insert(level.price, level.quantity),
                };
            }
        }
    }

    fn top(&self) -> Option<(Decimal, Decimal)> {
        Some((*self.bids.last_key_value()?.0, *self.asks.first_key_value()?.0))
    }
}

/// Sorted vectors of decimals, the best last.
#[derive(Default)]
struct Vectors {
    bids: Vec<Level>,
    asks: Vec<Level>,
}

impl Vectors {
    fn new() -> Self {
        let Snapshot {
            mut bids, mut asks, ..
        } = snapshot();
        bids.reverse();
        asks.reverse();
        Self { bids, asks }
    }

    fn apply(&mut self, update: &Update) {
        for (side, levels, sign) in [
            (&mut self.bids, &update.bids, 1),
            (&mut self.asks, &update.asks, -1),
        ] {
            for level in levels {
                let place = side.binary_search_by(|other| match sign {
                    1 => other.price.cmp(&level.price),
                    _ => level.price.cmp(&other.price),
                });
                match (place, level.quantity.is_zero()) {
                    (Ok(place), true) => drop(side.remove(place)),
                    (Ok(place), false) => side[place].quantity = level.quantity,
                    (Err(place), false) => side.insert(place, *level),
                    (Err(_), true) => {}
                }
            }
        }
    }
}

/// Bytes of this process in memory.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0);
    pages * 4096
}

fn main() {
    let settings = Settings::from_environment();
    check();
    for (name, near) in [("near the top", true), ("anywhere", false)] {
        let events = events(near);
        let now = Instant::now();
        let mut next = events.iter().cycle();
        let (mut ours, mut id) = (machine(now), 0);
        let mut next_shelf = events.iter().cycle();
        let (mut shelf, mut shelf_id) = (shelf(1, now), 0);
        let mut next_maps = events.iter().cycle();
        let mut maps = Maps::new();
        let mut next_vectors = events.iter().cycle();
        let mut vectors = Vectors::new();
        Comparison::new(format!("event of {CHANGES} changes, {name}"), 0)
            .case("OrderBook, every number checked", move || {
                id += 1;
                next.next().map(|update| ours.event(&Numbered(id, update), now))
            })
            .case(
                "one of Books, with its lock and the top for other threads",
                move || {
                    shelf_id += 1;
                    next_shelf
                        .next()
                        .map(|update| shelf.event("0", &Numbered(shelf_id, update), now))
                },
            )
            .case("two BTreeMap<Decimal, Decimal>, nothing checked", move || {
                let update = next_maps.next()?;
                maps.apply(update);
                maps.top()
            })
            .case("two sorted Vec of decimals, nothing checked", move || {
                let update = next_vectors.next()?;
                vectors.apply(update);
                vectors.bids.last().copied()
            })
            .run(&settings);
    }
    reads(&settings);
    memory(&settings);
}

fn reads(settings: &Settings) {
    let shared = SharedBook::new(machine(Instant::now()));
    let arc = Arc::new(Mutex::new(Arc::new(shared.top())));
    let whole = shared.clone();
    Comparison::new("best bid and ask, read by another thread's handle", 0)
        .case("SharedBook::top", move || shared.top())
        .case("SharedBook::read", move || whole.read(|book| book.top()))
        .case("an Arc behind a mutex", move || Arc::clone(&arc.lock().unwrap()))
        .run(settings);
}

/// So many books with a snapshot each.
fn shelf(count: usize, now: Instant) -> Books {
    let mut books = Books::new(
        Rule::Sequential,
        BookSettings::new(LEVELS),
        SnapshotPace::unlimited(count),
    );
    for place in 0..count {
        let name = place.to_string();
        books.insert(name.as_str());
        let _ = books.connected(&name, now);
    }
    while let Some((name, ticket)) = books.next_fetch(250, now) {
        let outcome = books.snapshot(&name, ticket, &snapshot(), now);
        assert!(matches!(outcome, Some(Outcome::Synced { .. })));
    }
    books
}

/// A thousand books at ten thousand events a second.
fn memory(settings: &Settings) {
    const BOOKS: usize = 1_000;
    const RATE: usize = 10_000;
    if settings
        .only
        .as_ref()
        .is_some_and(|only| !"memory of 1,000 books".contains(only.as_str()))
    {
        return;
    }
    let (now, events) = (Instant::now(), events(true));
    let names: Vec<String> = (0..BOOKS).map(|place| place.to_string()).collect();
    println!(
        "\nMemory of {BOOKS} books with {LEVELS} levels a side, and CPU time of {RATE} events of {CHANGES} changes:\n"
    );
    let before = resident();
    let mut books = shelf(BOOKS, now);
    let start = cpu();
    for nth in 0..10 * RATE {
        let id = 1 + (nth / BOOKS) as i64;
        let outcome = books.event(&names[nth % BOOKS], &Numbered(id, &events[nth % EVENTS]), now);
        assert!(matches!(outcome, Some(Outcome::Updated { .. })), "{outcome:?}");
    }
    report("Books", before, start);
    drop(black_box(books));
    let before = resident();
    let mut maps: Vec<Maps> = (0..BOOKS).map(|_| Maps::new()).collect();
    let start = cpu();
    for nth in 0..10 * RATE {
        maps[nth % BOOKS].apply(&events[nth % EVENTS]);
        black_box(maps[nth % BOOKS].top());
    }
    report("two BTreeMap<Decimal, Decimal> each", before, start);
    drop(black_box(maps));
}

fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|nanoseconds| nanoseconds.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1e9
}

fn report(name: &str, before: usize, start: f64) {
    let megabytes = (resident().saturating_sub(before)) as f64 / 1e6;
    println!(
        "- {name}: {megabytes:.0} MB; {:.1} ms of CPU a second",
        (cpu() - start) * 100.0
    );
}

/// All ways come to the same book.
fn check() {
    let now = Instant::now();
    for near in [true, false] {
        let (mut ours, mut maps, mut vectors) = (machine(now), Maps::new(), Vectors::new());
        for update in &events(near) {
            assert!(matches!(ours.event(update, now), Outcome::Updated { .. }));
            maps.apply(update);
            vectors.apply(update);
        }
        let book = ours.book().expect("a book");
        let bids: Vec<Level> = book.bids().collect();
        let of_maps: Vec<Level> = maps
            .bids
            .iter()
            .rev()
            .map(|(&price, &quantity)| Level::new(price, quantity))
            .collect();
        assert!(bids == of_maps && bids.iter().eq(vectors.bids.iter().rev()));
        let asks: Vec<Level> = book.asks().collect();
        let of_maps: Vec<Level> = maps
            .asks
            .iter()
            .map(|(&price, &quantity)| Level::new(price, quantity))
            .collect();
        assert!(asks == of_maps && asks.iter().eq(vectors.asks.iter().rev()));
    }
}
