//! Short forms.

use std::time::{Duration, Instant};

use binance_wire_books::{BookSettings, Level, OrderBook, Outcome, Rule, Snapshot, Ticket, Update};
use binance_wire_core::Decimal;

pub(crate) fn level(price: i64, quantity: i64) -> Level {
    Level::new(Decimal::from(price), Decimal::from(quantity))
}

pub(crate) fn levels(levels: &[(i64, i64)]) -> Vec<Level> {
    levels
        .iter()
        .map(|&(price, quantity)| level(price, quantity))
        .collect()
}

pub(crate) fn snapshot(id: i64, bids: &[(i64, i64)], asks: &[(i64, i64)]) -> Snapshot {
    Snapshot {
        last_update_id: id,
        time: None,
        bids: levels(bids),
        asks: levels(asks),
    }
}

/// An event of Spot.
pub(crate) fn event(first: i64, last: i64, bids: &[(i64, i64)], asks: &[(i64, i64)]) -> Update {
    Update {
        first_update_id: first,
        last_update_id: last,
        bids: levels(bids),
        asks: levels(asks),
        ..Update::default()
    }
}

/// An event of futures.
pub(crate) fn linked(previous: i64, first: i64, last: i64, bids: &[(i64, i64)]) -> Update {
    Update {
        previous_update_id: Some(previous),
        ..event(first, last, bids, &[])
    }
}

/// A book and its clock.
pub(crate) struct Desk {
    pub(crate) machine: OrderBook,
    pub(crate) now: Instant,
}

impl Desk {
    pub(crate) fn new(rule: Rule, settings: BookSettings) -> Self {
        let mut machine = OrderBook::new(rule, settings);
        let now = Instant::now();
        let _ = machine.connected(now);
        Self { machine, now }
    }

    /// A book at a snapshot.
    pub(crate) fn at(rule: Rule, settings: BookSettings, snapshot: &Snapshot) -> Self {
        let mut desk = Self::new(rule, settings);
        let ticket = desk.ticket();
        assert!(matches!(
            desk.machine.snapshot(ticket, snapshot, desk.now),
            Outcome::Synced { .. }
        ));
        desk
    }

    pub(crate) fn event(&mut self, update: &Update) -> Outcome {
        self.machine.event(update, self.now)
    }

    /// The ticket of the snapshot that is due now.
    pub(crate) fn ticket(&mut self) -> Ticket {
        self.machine.tick(self.now).expect("a snapshot is due")
    }

    /// Waits until a snapshot is due; how long that took, and its ticket.
    pub(crate) fn wait(&mut self) -> (Duration, Ticket) {
        let due = self
            .machine
            .next_tick()
            .expect("a snapshot is wanted")
            .max(self.now);
        let waited = due.duration_since(self.now);
        if !waited.is_zero() {
            assert_eq!(self.machine.tick(due - Duration::from_millis(1)), None);
        }
        self.now = due;
        (waited, self.ticket())
    }

    pub(crate) fn snapshot(&mut self, ticket: Ticket, snapshot: &Snapshot) -> Outcome {
        self.machine.snapshot(ticket, snapshot, self.now)
    }

    pub(crate) fn id(&self) -> Option<i64> {
        self.machine.book().map(|book| book.update_id())
    }

    pub(crate) fn bids(&self) -> Vec<Level> {
        self.machine.book().expect("a book").bids().collect()
    }
}
