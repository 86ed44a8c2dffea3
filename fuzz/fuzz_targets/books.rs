//! Order books: whatever comes in whatever order, nothing panics, and a book that can be read is sorted and not crossed.

#![no_main]

use std::time::{Duration, Instant};

use binance_wire_books::{BookSettings, Level, OrderBook, Reason, Rule, Snapshot, Update};
use binance_wire_core::Decimal;
use libfuzzer_sys::fuzz_target;

/// Numbers out of the input, zero when it is used up.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// Update ids are near each other, so that some continue the book.
    fn id(&mut self, near: i64) -> i64 {
        near.saturating_add(i64::from(self.byte() as i8))
    }

    fn levels(&mut self, middle: i64) -> Vec<Level> {
        (0..self.byte() % 8)
            .map(|_| {
                let price = middle + i64::from(self.byte() as i8);
                Level::new(Decimal::new(price, 2), Decimal::from(self.byte() % 4))
            })
            .collect()
    }
}

fn check(machine: &OrderBook) {
    let Some(book) = machine.book() else {
        return;
    };
    let bids: Vec<Level> = book.bids().collect();
    let asks: Vec<Level> = book.asks().collect();
    assert!(
        bids.windows(2).all(|pair| pair[0].price > pair[1].price),
        "{bids:?}"
    );
    assert!(
        asks.windows(2).all(|pair| pair[0].price < pair[1].price),
        "{asks:?}"
    );
    assert!(bids.iter().chain(&asks).all(|level| !level.quantity.is_zero()));
    if let (Some(bid), Some(ask)) = (bids.first(), asks.first()) {
        assert!(bid.price < ask.price, "{bid:?} {ask:?}");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input(bytes);
    let rule = match input.byte() % 2 {
        0 => Rule::Sequential,
        _ => Rule::Linked,
    };
    let mut machine = OrderBook::new(rule, BookSettings::new(8));
    let (mut now, mut last, mut fetched) = (Instant::now(), 100, None);
    while !input.0.is_empty() {
        match input.byte() % 8 {
            0 => drop(machine.connected(now)),
            1 => drop(machine.gap(Reason::Disconnected)),
            2 => now += Duration::from_millis(u64::from(input.byte()) * 100),
            3 => fetched = machine.tick(now).or(fetched),
            4 => {
                if let Some(ticket) = fetched.take() {
                    let snapshot = Snapshot {
                        last_update_id: input.id(last),
                        time: None,
                        bids: input.levels(1_000),
                        asks: input.levels(1_050),
                    };
                    let _ = machine.snapshot(ticket, &snapshot, now);
                }
            }
            5 => {
                if let Some(ticket) = fetched.take() {
                    machine.snapshot_failed(ticket, None, now);
                }
            }
            _ => {
                let first = input.id(last);
                let update = Update {
                    first_update_id: first,
                    last_update_id: input.id(first),
                    previous_update_id: Some(input.id(last)),
                    bids: input.levels(1_000),
                    asks: input.levels(1_050),
                    ..Update::default()
                };
                last = update.last_update_id.clamp(-1_000_000, 1_000_000);
                let _ = machine.event(&update, now);
            }
        }
        check(&machine);
    }
});
