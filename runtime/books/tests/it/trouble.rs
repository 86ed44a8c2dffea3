//! What goes wrong, and what the book makes of it.

use std::time::Duration;

use binance_wire_books::{
    BookSettings, DepthUpdate, Level, Outcome, Reason, Rejection, Remedy, Rule, Side, Update,
};
use binance_wire_core::{Timestamp, dec};

use crate::common::{Desk, event, level, linked, snapshot};

fn settings() -> BookSettings {
    BookSettings::new(1000)
}

fn spot() -> Desk {
    Desk::at(
        Rule::Sequential,
        settings(),
        &snapshot(100, &[(50, 1), (49, 1)], &[(60, 1)]),
    )
}

fn synced(reason: Reason, by: Remedy) -> Outcome {
    Outcome::Synced { reason, by }
}

#[test]
fn a_gap_hides_the_book_until_it_is_known_to_be_whole() {
    let mut desk = spot();
    let started = Outcome::ResyncStarted(Reason::Disconnected);
    assert_eq!(desk.machine.gap(Reason::Disconnected), started);
    assert_eq!(desk.machine.gap(Reason::Disconnected), Outcome::Unchanged);
    assert_eq!(
        (desk.id(), desk.machine.resyncing()),
        (None, Some(Reason::Disconnected))
    );
    // While the connection is gone there is no use in a snapshot.
    assert_eq!(desk.machine.tick(desk.now), None);
    // The next event shows that nothing was missed.
    let next = event(101, 101, &[(51, 1)], &[]);
    assert_eq!(desk.event(&next), synced(Reason::Disconnected, Remedy::NextEvent));
    assert_eq!(desk.id(), Some(101));
    let _ = desk.machine.connected(desk.now);
    assert_eq!(desk.machine.next_tick(), None);
}

#[test]
fn after_a_gap_an_event_that_does_not_continue_waits_for_the_snapshot() {
    let mut desk = spot();
    let _ = desk.machine.gap(Reason::Disconnected);
    let _ = desk.machine.connected(desk.now);
    let (_, ticket) = desk.wait();
    assert_eq!(desk.event(&event(103, 104, &[(52, 1)], &[])), Outcome::Buffered);
    let new = snapshot(103, &[(50, 1)], &[(60, 1)]);
    assert_eq!(
        desk.snapshot(ticket, &new),
        synced(Reason::Disconnected, Remedy::Snapshot)
    );
    assert_eq!(desk.bids(), [level(52, 1), level(50, 1)]);
}

#[test]
fn a_quiet_book_is_synchronised_after_a_gap_without_an_event() {
    let mut desk = spot();
    let _ = desk.machine.gap(Reason::Disconnected);
    let _ = desk.machine.connected(desk.now);
    let (_, ticket) = desk.wait();
    // One from before does not count.
    let old = snapshot(99, &[], &[]);
    assert_eq!(
        desk.snapshot(ticket, &old),
        Outcome::SnapshotRejected(Rejection::Older)
    );
    let (_, ticket) = desk.wait();
    let same = snapshot(100, &[(50, 1), (49, 1)], &[(60, 1)]);
    assert_eq!(
        desk.snapshot(ticket, &same),
        synced(Reason::Disconnected, Remedy::Snapshot)
    );
}

#[test]
fn a_snapshot_asked_for_before_a_gap_is_ignored() {
    let mut desk = Desk::new(Rule::Sequential, settings());
    let ticket = desk.ticket();
    let _ = desk.machine.gap(Reason::Disconnected);
    let before = snapshot(100, &[(50, 1)], &[]);
    assert_eq!(desk.snapshot(ticket, &before), Outcome::Unchanged);
    assert_eq!(desk.id(), None);
    let _ = desk.machine.connected(desk.now);
    let (_, newer) = desk.wait();
    assert_eq!(desk.snapshot(ticket, &before), Outcome::Unchanged);
    assert_eq!(
        desk.snapshot(newer, &snapshot(101, &[(50, 1)], &[])),
        synced(Reason::Started, Remedy::Snapshot)
    );
}

#[test]
fn events_survive_a_gap_during_a_resync() {
    let mut desk = Desk::new(Rule::Sequential, settings());
    assert_eq!(desk.event(&event(5, 6, &[(50, 1)], &[])), Outcome::Buffered);
    let _ = desk.machine.gap(Reason::Disconnected);
    assert_eq!(desk.machine.tick(desk.now), None);
    assert_eq!(desk.event(&event(7, 8, &[(51, 1)], &[])), Outcome::Buffered);
    let ticket = desk.ticket();
    assert_eq!(
        desk.snapshot(ticket, &snapshot(5, &[], &[])),
        synced(Reason::Started, Remedy::Snapshot)
    );
    assert_eq!(desk.bids(), [level(51, 1), level(50, 1)]);
}

#[test]
fn a_snapshot_that_does_not_come_is_asked_for_again() {
    let mut desk = Desk::new(Rule::Sequential, settings());
    let late = desk.ticket();
    let (waited, ticket) = desk.wait();
    assert_eq!(waited, Duration::from_secs(30));
    assert_eq!(desk.snapshot(late, &snapshot(1, &[], &[])), Outcome::Unchanged);
    // One that fails is tried again after the pause, and not before the exchange allows it.
    let allowed = desk.now + Duration::from_secs(90);
    desk.machine.snapshot_failed(ticket, Some(allowed), desk.now);
    let (waited, ticket) = desk.wait();
    assert_eq!(waited, Duration::from_secs(90));
    desk.machine.snapshot_failed(ticket, None, desk.now);
    // After so long a time the pauses start over.
    let (waited, ticket) = desk.wait();
    assert_eq!(waited, Duration::from_secs(1));
    assert_eq!(
        desk.snapshot(ticket, &snapshot(1, &[], &[])),
        synced(Reason::Started, Remedy::Snapshot)
    );
}

#[test]
fn a_full_buffer_forgets_the_oldest() {
    let mut desk = Desk::new(Rule::Sequential, settings().buffer(3, 1000));
    let ticket = desk.ticket();
    for id in 1..=5 {
        assert_eq!(desk.event(&event(id, id, &[(id, 1)], &[])), Outcome::Buffered);
    }
    assert_eq!(desk.machine.buffered(), 3);
    // 2 is gone; a snapshot that needs it is too old.
    assert_eq!(
        desk.snapshot(ticket, &snapshot(1, &[(1, 1)], &[])),
        Outcome::SnapshotRejected(Rejection::Older)
    );
    let (_, ticket) = desk.wait();
    let new = snapshot(2, &[(2, 1), (1, 1)], &[]);
    assert_eq!(
        desk.snapshot(ticket, &new),
        synced(Reason::Started, Remedy::Snapshot)
    );
    assert_eq!((desk.id(), desk.bids().len()), (Some(5), 5));
}

#[test]
fn a_hole_in_the_buffer_needs_a_snapshot_behind_it() {
    let mut desk = Desk::new(Rule::Linked, settings());
    let ticket = desk.ticket();
    for update in [
        linked(1, 2, 10, &[(1, 1)]),
        linked(10, 11, 20, &[(2, 1)]),
        linked(25, 26, 30, &[(3, 1)]),
    ] {
        assert_eq!(desk.event(&update), Outcome::Buffered);
    }
    let before = snapshot(5, &[], &[]);
    assert_eq!(
        desk.snapshot(ticket, &before),
        Outcome::SnapshotRejected(Rejection::Older)
    );
    let (_, ticket) = desk.wait();
    assert_eq!(
        desk.snapshot(ticket, &snapshot(25, &[], &[])),
        synced(Reason::Started, Remedy::Snapshot)
    );
    assert_eq!((desk.id(), desk.bids()), (Some(30), vec![level(3, 1)]));
}

#[test]
fn a_crossed_book_is_not_shown() {
    for price in [60, 61] {
        let mut desk = spot();
        let crossing = event(101, 101, &[(price, 1)], &[]);
        assert_eq!(desk.event(&crossing), Outcome::ResyncStarted(Reason::Crossed));
        assert_eq!(desk.id(), None);
        // With a snapshot from before that event it still is.
        let (_, ticket) = desk.wait();
        assert_eq!(
            desk.snapshot(ticket, &snapshot(100, &[(50, 1)], &[(60, 1)])),
            Outcome::SnapshotRejected(Rejection::Crossed)
        );
        let (_, ticket) = desk.wait();
        let new = snapshot(101, &[(price, 1)], &[(price + 1, 1)]);
        assert_eq!(
            desk.snapshot(ticket, &new),
            synced(Reason::Crossed, Remedy::Snapshot)
        );
    }
    // A market that stays crossed does not use up the request weight.
    let mut desk = spot();
    let mut waits = Vec::new();
    for id in 101..106 {
        let crossing = event(id, id, &[(70, 1)], &[]);
        assert_eq!(desk.event(&crossing), Outcome::ResyncStarted(Reason::Crossed));
        let (waited, ticket) = desk.wait();
        waits.push(waited.as_secs());
        let new = snapshot(id, &[(50, 1)], &[(60, 1)]);
        assert!(matches!(desk.snapshot(ticket, &new), Outcome::Synced { .. }));
    }
    assert_eq!(waits, [1, 2, 4, 8, 16]);
}

/// An event with a level that could not be read.
struct Incomplete(Update);

impl DepthUpdate for Incomplete {
    fn first_update_id(&self) -> i64 {
        self.0.first_update_id
    }
    fn last_update_id(&self) -> i64 {
        self.0.last_update_id
    }
    fn is_complete(&self) -> bool {
        false
    }
    fn bids(&self) -> impl Iterator<Item = Level> {
        self.0.bids.iter().copied()
    }
    fn asks(&self) -> impl Iterator<Item = Level> {
        self.0.asks.iter().copied()
    }
}

#[test]
fn an_event_that_cannot_be_read_is_no_part_of_a_book() {
    let started = Outcome::ResyncStarted(Reason::Unreadable);
    let mut desk = spot();
    let incomplete = Incomplete(event(101, 102, &[(51, 1)], &[]));
    assert_eq!(desk.machine.event(&incomplete, desk.now), started);
    assert_eq!(desk.machine.buffered(), 0);
    // What follows it shows that it is missing.
    assert_eq!(desk.event(&event(103, 103, &[(52, 1)], &[])), Outcome::Buffered);
    let (_, ticket) = desk.wait();
    assert_eq!(
        desk.snapshot(ticket, &snapshot(101, &[], &[])),
        Outcome::SnapshotRejected(Rejection::Older)
    );
    let mut desk = spot();
    assert_eq!(desk.event(&event(101, 101, &[(51, -1)], &[])), started);
    // Nor is a snapshot.
    let (_, ticket) = desk.wait();
    assert_eq!(
        desk.snapshot(ticket, &snapshot(102, &[(51, -1)], &[])),
        Outcome::SnapshotRejected(Rejection::Unreadable)
    );
}

#[test]
fn numbers_that_go_back_are_noticed() {
    let timed = |first, last, second| Update {
        time: Some(Timestamp::from_secs(second)),
        ..event(first, last, &[(51, second)], &[])
    };
    let mut desk = spot();
    assert!(matches!(
        desk.event(&timed(101, 101, 1000)),
        Outcome::Updated { .. }
    ));
    // An old event that is a little late is nothing.
    assert_eq!(desk.event(&timed(100, 101, 1005)), Outcome::Unchanged);
    let started = Outcome::ResyncStarted(Reason::Renumbered);
    assert_eq!(desk.event(&timed(7, 7, 1100)), started);
    assert_eq!(desk.event(&timed(8, 8, 1101)), Outcome::Buffered);
    let (_, ticket) = desk.wait();
    assert_eq!(
        desk.snapshot(ticket, &snapshot(6, &[], &[])),
        synced(Reason::Renumbered, Remedy::Snapshot)
    );
    assert_eq!((desk.id(), desk.bids()), (Some(8), vec![level(51, 1101)]));
}

#[test]
fn nothing_is_said_of_levels_behind_the_snapshot() {
    let bids: Vec<_> = (0..16).map(|place| (100 - place, 1)).collect();
    let settings = BookSettings::new(16);
    let mut desk = Desk::at(Rule::Sequential, settings, &snapshot(1, &bids, &[(101, 1)]));
    let book = desk.machine.book().unwrap();
    assert_eq!(book.known_to(Side::Bids), Some(dec!(85)));
    assert_eq!(book.known_to(Side::Asks), None);
    assert_eq!(book.quantity_at(Side::Bids, dec!(85)), Some(dec!(1)));
    assert_eq!(book.quantity_at(Side::Bids, dec!(84)), None);
    assert_eq!(book.quantity_at(Side::Asks, dec!(200)), Some(dec!(0)));
    // A change behind it is not taken up: its neighbours are not known.
    assert!(matches!(
        desk.event(&event(2, 2, &[(80, 5)], &[])),
        Outcome::Updated { top_changed: false }
    ));
    assert_eq!(desk.bids().last(), Some(&level(85, 1)));
}

#[test]
fn levels_are_fetched_before_they_are_used_up() {
    let bids: Vec<_> = (0..16).map(|place| (100 - place, 1)).collect();
    let settings = BookSettings::new(16);
    let mut desk = Desk::at(Rule::Sequential, settings, &snapshot(1, &bids, &[(101, 1)]));
    for id in 2..=16 {
        assert_eq!(desk.machine.next_tick(), None);
        let remove = event(id, id, &[(102 - id, 0)], &[]);
        assert_eq!(desk.event(&remove), Outcome::Updated { top_changed: true });
    }
    // One is left of sixteen. The book is kept while the snapshot is on its way.
    let (_, ticket) = desk.wait();
    assert_eq!(
        desk.event(&event(17, 17, &[(85, 7)], &[])),
        Outcome::Updated { top_changed: true }
    );
    let bids: Vec<_> = (0..16).map(|place| (85 - place, 1)).collect();
    assert_eq!(
        desk.snapshot(ticket, &snapshot(16, &bids, &[(101, 1)])),
        Outcome::Refreshed
    );
    let book = desk.machine.book().unwrap();
    assert_eq!((book.update_id(), book.bids().len()), (17, 16));
    assert_eq!(book.best_bid(), Some(level(85, 7)));
    assert_eq!(book.known_to(Side::Bids), Some(dec!(70)));
    // Where they are used up, the best level is not known, and there is no book.
    let all: Vec<_> = (0..16).map(|place| (85 - place, 0)).collect();
    assert_eq!(
        desk.event(&event(18, 18, &all, &[])),
        Outcome::ResyncStarted(Reason::Exhausted)
    );
    assert_eq!(desk.id(), None);
}

#[test]
fn a_book_keeps_no_more_levels_than_it_is_told_to() {
    let settings = BookSettings::new(1000).keep(20);
    let mut desk = Desk::at(Rule::Sequential, settings, &snapshot(1, &[], &[(5000, 1)]));
    for id in 2..500 {
        assert!(matches!(
            desk.event(&event(id, id, &[(id, id)], &[])),
            Outcome::Updated { .. }
        ));
        let book = desk.machine.book().unwrap();
        assert!(book.bids().len() <= 20 + 20 / 8 + 8);
        // What was forgotten is not known.
        if let Some(bound) = book.known_to(Side::Bids) {
            assert_eq!(book.bids().next_back().unwrap().price, bound);
        }
    }
    assert!(desk.bids().len() >= 20);
    assert_eq!(desk.machine.book().unwrap().known_to(Side::Asks), None);
    assert!(desk.machine.book().unwrap().known_to(Side::Bids).is_some());
}
