//! Many books, and whose snapshot is fetched next.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use binance_wire_core::Text;

use crate::{BookSettings, DepthSnapshot, DepthUpdate, OrderBook, Outcome, Reason, Rule, SharedBook, Ticket};

/// How fast snapshots are fetched.
///
/// A client with a limiter of its own waits by itself; then [`unlimited`](Self::unlimited) suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotPace {
    /// The most snapshots that are under way at a time; at least one.
    pub in_flight: usize,
    /// The most request weight in any minute; a single snapshot may exceed it. No bound, unless set.
    pub weight_per_minute: Option<u32>,
}

impl SnapshotPace {
    /// At most so many snapshots at a time.
    pub const fn unlimited(in_flight: usize) -> Self {
        Self {
            in_flight,
            weight_per_minute: None,
        }
    }

    /// At most so many snapshots at a time, and so much request weight in any minute.
    pub const fn weight_per_minute(in_flight: usize, weight: u32) -> Self {
        Self {
            in_flight,
            weight_per_minute: Some(weight),
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// The order books of one product: a state machine without clock and sockets.
///
/// Each book is an [`OrderBook`] under a name, such as its stream's. The snapshots that they need are fetched one after
/// another, those first that have waited longest, within a [`SnapshotPace`]; a book that finds out meanwhile that it
/// has missed nothing takes no turn.
#[derive(Debug)]
pub struct Books {
    rule: Rule,
    settings: BookSettings,
    pace: SnapshotPace,
    entries: HashMap<Text, Entry>,
    /// When which book has something to do.
    due: BTreeSet<(Instant, Text)>,
    under_way: usize,
    /// When weight was spent in the last minute, and how much.
    spent: VecDeque<(Instant, u32)>,
    held_until: Option<Instant>,
    /// The last ticket of the books that were removed: what was asked for them is no snapshot of their successors.
    tickets: u64,
}

#[derive(Debug)]
struct Entry {
    book: SharedBook,
    due: Option<Instant>,
}

impl Books {
    /// No books yet.
    pub fn new(rule: Rule, settings: BookSettings, pace: SnapshotPace) -> Self {
        Self {
            rule,
            settings,
            pace,
            entries: HashMap::new(),
            due: BTreeSet::new(),
            under_way: 0,
            spent: VecDeque::new(),
            held_until: None,
            tickets: 0,
        }
    }

    /// The settings of the books.
    pub fn settings(&self) -> &BookSettings {
        &self.settings
    }

    /// Adds a book, which needs a snapshot once its stream is [connected](Self::connected). The one that is there
    /// already under this name is returned.
    pub fn insert(&mut self, name: impl Into<Text>) -> SharedBook {
        let (rule, settings, tickets) = (self.rule, self.settings, self.tickets);
        let entry = self.entries.entry(name.into()).or_insert_with(|| {
            let mut book = OrderBook::new(rule, settings);
            book.fetch.continue_after(tickets);
            Entry {
                book: SharedBook::new(book),
                due: None,
            }
        });
        entry.book.clone()
    }

    /// Removes a book; readers of it see none from then on.
    pub fn remove(&mut self, name: &str) -> Option<SharedBook> {
        let (name, entry) = self.entries.remove_entry(name)?;
        if let Some(due) = entry.due {
            self.due.remove(&(due, name));
        }
        let ticket = entry.book.update(|machine| {
            let removed = std::mem::replace(machine, OrderBook::new(self.rule, self.settings));
            removed.fetch.ticket()
        });
        self.tickets = self.tickets.max(ticket);
        Some(entry.book)
    }

    /// The book under a name.
    pub fn get(&self, name: &str) -> Option<&SharedBook> {
        self.entries.get(name).map(|entry| &entry.book)
    }

    /// The names of all books, in no order.
    pub fn names(&self) -> impl Iterator<Item = &Text> {
        self.entries.keys()
    }

    fn update<R>(&mut self, name: &str, update: impl FnOnce(&mut OrderBook) -> R) -> Option<R> {
        let entry = self.entries.get_mut(name)?;
        let (result, due) = entry
            .book
            .update(|machine| (update(machine), machine.next_tick()));
        if due != entry.due {
            let name = Text::from(name);
            if let Some(before) = entry.due {
                self.due.remove(&(before, name.clone()));
            }
            entry.due = due;
            if let Some(due) = due {
                self.due.insert((due, name));
            }
        }
        Some(result)
    }

    /// An event of the book's stream; `None` where there is no such book.
    #[inline]
    pub fn event(&mut self, name: &str, update: &impl DepthUpdate, now: Instant) -> Option<Outcome> {
        self.update(name, |machine| machine.event(update, now))
    }

    /// Events of the book's stream are missing from here on, or may be. See [`OrderBook::gap`].
    pub fn gap(&mut self, name: &str, reason: Reason) -> Option<Outcome> {
        self.update(name, |machine| machine.gap(reason))
    }

    /// The book's stream is subscribed to, for the first time or again.
    pub fn connected(&mut self, name: &str, now: Instant) -> Option<Outcome> {
        self.update(name, |machine| machine.connected(now))
    }

    /// The next snapshot that is to be fetched now, if its `weight` is within the pace. Each one is to be followed by
    /// [`snapshot`](Self::snapshot) or [`snapshot_failed`](Self::snapshot_failed) with its ticket.
    pub fn next_fetch(&mut self, weight: u32, now: Instant) -> Option<(Text, Ticket)> {
        while self.may_fetch_at(weight, now)? <= now {
            let (due, name) = self.due.first()?;
            if *due > now {
                return None;
            }
            let name = name.clone();
            if let Some(Some(ticket)) = self.update(&name, |machine| machine.tick(now)) {
                self.under_way += 1;
                self.spent.push_back((now, weight));
                return Some((name, ticket));
            }
        }
        None
    }

    /// When [`next_fetch`](Self::next_fetch) may have something, as far as is known now.
    pub fn next_tick(&mut self, weight: u32, now: Instant) -> Option<Instant> {
        let due = self.due.first()?.0;
        Some(self.may_fetch_at(weight, now)?.max(due))
    }

    /// When the pace allows a snapshot; `None` before one that is under way has ended.
    fn may_fetch_at(&mut self, weight: u32, now: Instant) -> Option<Instant> {
        if self.under_way >= self.pace.in_flight.max(1) {
            return None;
        }
        let mut at = self.held_until.map_or(now, |held| held.max(now));
        while let Some((spent, _)) = self.spent.front()
            && *spent + MINUTE <= now
        {
            self.spent.pop_front();
        }
        if let Some(most) = self.pace.weight_per_minute {
            let mut used: u32 = self.spent.iter().map(|(_, weight)| weight).sum();
            for (spent, freed) in &self.spent {
                if used.saturating_add(weight) <= most {
                    break;
                }
                used -= freed;
                at = at.max(*spent + MINUTE);
            }
        }
        Some(at)
    }

    /// The snapshot of a ticket; `None` where there is no such book any more.
    pub fn snapshot(
        &mut self,
        name: &str,
        ticket: Ticket,
        snapshot: &impl DepthSnapshot,
        now: Instant,
    ) -> Option<Outcome> {
        self.under_way = self.under_way.saturating_sub(1);
        self.update(name, |machine| machine.snapshot(ticket, snapshot, now))
    }

    /// The snapshot of a ticket could not be fetched. Where the exchange refused it for a limit or a ban, no snapshot at
    /// all is fetched before `hold_until`.
    pub fn snapshot_failed(&mut self, name: &str, ticket: Ticket, hold_until: Option<Instant>, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        self.held_until = self.held_until.max(hold_until);
        self.update(name, |machine| machine.snapshot_failed(ticket, None, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Remedy, Snapshot};

    fn books(pace: SnapshotPace, count: usize) -> (Books, Instant) {
        let mut books = Books::new(Rule::Sequential, BookSettings::new(5), pace);
        let now = Instant::now();
        for place in 0..count {
            let name = format!("book{place}");
            books.insert(name.as_str());
            assert_eq!(books.connected(&name, now), Some(Outcome::Unchanged));
        }
        (books, now)
    }

    #[test]
    fn so_many_at_a_time() {
        let (mut books, now) = books(SnapshotPace::unlimited(2), 3);
        let (first, ticket) = books.next_fetch(1, now).unwrap();
        assert!(books.next_fetch(1, now).is_some());
        assert_eq!((books.next_fetch(1, now), books.next_tick(1, now)), (None, None));
        let synced = Outcome::Synced {
            reason: Reason::Started,
            by: Remedy::Snapshot,
        };
        assert_eq!(
            books.snapshot(&first, ticket, &Snapshot::default(), now),
            Some(synced)
        );
        assert!(books.next_fetch(1, now).is_some());
        assert_eq!(books.next_fetch(1, now), None);
    }

    #[test]
    fn so_much_weight_a_minute() {
        let (mut books, start) = books(SnapshotPace::weight_per_minute(10, 100), 7);
        let (mut now, mut times) = (start, Vec::new());
        while times.len() < 7 {
            match books.next_fetch(40, now) {
                Some((name, ticket)) => {
                    times.push(now.duration_since(start).as_secs());
                    let _ = books.snapshot(&name, ticket, &Snapshot::default(), now);
                    now += Duration::from_secs(1);
                }
                None => {
                    now = books
                        .next_tick(40, now)
                        .unwrap()
                        .max(now + Duration::from_millis(1))
                }
            }
        }
        assert_eq!(times, [0, 1, 60, 61, 120, 121, 180]);
        // One that is heavier than the bound is fetched all the same, but alone.
        let (mut books, now) = self::books(SnapshotPace::weight_per_minute(10, 100), 2);
        assert!(books.next_fetch(250, now).is_some());
        assert_eq!(books.next_fetch(250, now), None);
        assert_eq!(books.next_tick(250, now), Some(now + MINUTE));
    }

    #[test]
    fn a_refusal_holds_all() {
        let (mut books, now) = books(SnapshotPace::unlimited(5), 3);
        let (name, ticket) = books.next_fetch(1, now).unwrap();
        let until = now + Duration::from_secs(90);
        books.snapshot_failed(&name, ticket, Some(until), now);
        assert_eq!(books.next_fetch(1, now), None);
        assert_eq!(books.next_tick(1, now), Some(until));
        // A later word that is shorter changes nothing.
        assert_eq!(books.next_fetch(1, until - Duration::from_millis(1)), None);
        let fetched: Vec<_> = std::iter::from_fn(|| books.next_fetch(1, until)).collect();
        assert_eq!(fetched.len(), 3);
    }

    #[test]
    fn a_snapshot_asked_for_before_the_removal_is_not_that_of_the_book_after_it() {
        let (mut books, now) = books(SnapshotPace::unlimited(2), 1);
        let (name, old) = books.next_fetch(1, now).unwrap();
        books.remove(&name);
        books.insert(&*name);
        let _ = books.connected(&name, now);
        let (_, new) = books.next_fetch(1, now).unwrap();
        assert_ne!(old, new);
        let snapshot = Snapshot::default();
        assert_eq!(
            books.snapshot(&name, old, &snapshot, now),
            Some(Outcome::Unchanged)
        );
        let synced = Outcome::Synced {
            reason: Reason::Started,
            by: Remedy::Snapshot,
        };
        assert_eq!(books.snapshot(&name, new, &snapshot, now), Some(synced));
    }

    #[test]
    fn a_book_that_heals_or_goes_takes_no_turn() {
        let (mut books, now) = books(SnapshotPace::unlimited(1), 3);
        let (name, ticket) = books.next_fetch(1, now).unwrap();
        let others: Vec<Text> = books.names().filter(|other| **other != name).cloned().collect();
        let removed = books.remove(&others[0]).unwrap();
        assert_eq!(removed.top(), None);
        let _ = books.snapshot(&name, ticket, &Snapshot::default(), now);
        let (other, ticket) = books.next_fetch(1, now).unwrap();
        assert_eq!(other, others[1]);
        let _ = books.snapshot(&other, ticket, &Snapshot::default(), now);
        // Doubt about both; the event of one proves it right.
        for name in [&name, &other] {
            assert_eq!(
                books.gap(name, Reason::Dropped),
                Some(Outcome::ResyncStarted(Reason::Dropped))
            );
            let _ = books.connected(name, now);
        }
        let event = crate::Update {
            first_update_id: 1,
            last_update_id: 1,
            ..crate::Update::default()
        };
        assert!(matches!(
            books.event(&name, &event, now),
            Some(Outcome::Synced { .. })
        ));
        let later = now + Duration::from_secs(5);
        assert_eq!(books.next_fetch(1, later).map(|(name, _)| name), Some(other));
        assert_eq!(books.next_fetch(1, later), None);
        assert_eq!(books.due.len(), 1);
    }
}
