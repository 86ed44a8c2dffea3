//! The documentation's steps, one by one.

use std::time::Duration;

use binance_wire_books::{BookSettings, OrderBook, Outcome, Reason, Rejection, Remedy, Rule};

use crate::common::{Desk, event, level, linked, snapshot};

const UPDATED: Outcome = Outcome::Updated { top_changed: true };

const SYNCED: Outcome = Outcome::Synced {
    reason: Reason::Started,
    by: Remedy::Snapshot,
};

fn settings() -> BookSettings {
    BookSettings::new(1000)
}

#[test]
fn nothing_is_fetched_before_the_stream_is_there() {
    let now = std::time::Instant::now();
    let mut machine = OrderBook::new(Rule::Sequential, settings());
    assert_eq!((machine.tick(now), machine.next_tick()), (None, None));
    assert_eq!(machine.resyncing(), Some(Reason::Started));
    // Step 1 and 2: the first event shows that the stream sends.
    assert_eq!(machine.event(&event(1, 2, &[], &[]), now), Outcome::Buffered);
    assert!(machine.tick(now).is_some());
}

#[test]
fn spot_step_by_step() {
    let mut desk = Desk::new(Rule::Sequential, settings());
    let ticket = desk.ticket();
    // Step 2.
    for update in [
        event(101, 103, &[(50, 7)], &[]),
        event(104, 108, &[(49, 0)], &[(61, 4)]),
        event(109, 110, &[], &[(60, 0)]),
    ] {
        assert_eq!(desk.event(&update), Outcome::Buffered);
    }
    // Step 4: strictly less than the first `U`, less one: 100 would do, since the event at 101 follows it.
    let old = snapshot(99, &[(50, 1)], &[(60, 1)]);
    assert_eq!(
        desk.snapshot(ticket, &old),
        Outcome::SnapshotRejected(Rejection::Older)
    );
    assert_eq!(desk.id(), None);
    let (waited, ticket) = desk.wait();
    assert_eq!(waited, Duration::from_secs(1));
    // Step 5: the first event is within the snapshot, the second has 105 in its range.
    let new = snapshot(105, &[(50, 9), (49, 2)], &[(60, 1), (61, 1)]);
    assert_eq!(desk.snapshot(ticket, &new), SYNCED);
    // Steps 6 and 7.
    let book = desk.machine.book().unwrap();
    assert_eq!(book.update_id(), 110);
    assert_eq!(book.bids().collect::<Vec<_>>(), [level(50, 9)]);
    assert_eq!(book.asks().collect::<Vec<_>>(), [level(61, 4)]);

    // An event that is older than the book is ignored, and so is one that comes twice.
    assert_eq!(desk.event(&event(101, 103, &[(50, 7)], &[])), Outcome::Unchanged);
    assert_eq!(desk.event(&event(109, 110, &[], &[(60, 0)])), Outcome::Unchanged);
    // One that overlaps is not: quantities are absolute.
    assert_eq!(desk.event(&event(110, 112, &[(51, 3)], &[])), UPDATED);
    // `U` is normally `u + 1` of the one before.
    assert_eq!(
        desk.event(&event(113, 113, &[(50, 0), (40, 0)], &[])),
        Outcome::Updated { top_changed: false }
    );
    assert_eq!(desk.bids(), [level(51, 3)]);
    // `U` greater than the book's id + 1: events are missing, start again.
    let late = event(115, 116, &[(51, 4)], &[]);
    assert_eq!(desk.event(&late), Outcome::ResyncStarted(Reason::Missed));
    assert_eq!((desk.id(), desk.machine.buffered()), (None, 1));
    // The one that was missing comes late, and is put in its place.
    assert_eq!(desk.event(&event(114, 114, &[(52, 1)], &[])), Outcome::Buffered);
    let (_, ticket) = desk.wait();
    let synced = Outcome::Synced {
        reason: Reason::Missed,
        by: Remedy::Snapshot,
    };
    assert_eq!(
        desk.snapshot(ticket, &snapshot(113, &[(51, 3)], &[(61, 4)])),
        synced
    );
    assert_eq!(desk.bids(), [level(52, 1), level(51, 4)]);
}

#[test]
fn spot_takes_an_event_right_behind_the_snapshot() {
    let mut desk = Desk::at(Rule::Sequential, settings(), &snapshot(100, &[], &[]));
    assert_eq!(desk.event(&event(101, 103, &[(50, 7)], &[])), UPDATED);
    let mut desk = Desk::at(Rule::Sequential, settings(), &snapshot(100, &[], &[]));
    let missed = Outcome::ResyncStarted(Reason::Missed);
    assert_eq!(desk.event(&event(102, 103, &[(50, 7)], &[])), missed);
}

#[test]
fn futures_step_by_step() {
    let mut desk = Desk::new(Rule::Linked, settings());
    let ticket = desk.ticket();
    // Step 2.
    for update in [
        linked(90, 95, 100, &[(50, 1)]),
        linked(100, 140, 160, &[(51, 2)]),
        linked(160, 170, 180, &[(51, 0), (49, 1)]),
    ] {
        assert_eq!(desk.event(&update), Outcome::Buffered);
    }
    // Steps 4 and 5: the first is dropped; the second has 150 in its range, the third continues it.
    assert_eq!(
        desk.snapshot(ticket, &snapshot(150, &[(50, 3)], &[(60, 1)])),
        SYNCED
    );
    assert_eq!(desk.bids(), [level(50, 3), level(49, 1)]);
    // Step 6: `pu` is the `u` before, whatever `U` is.
    assert_eq!(desk.event(&linked(180, 200, 220, &[(50, 4)])), UPDATED);
    assert_eq!(desk.event(&linked(180, 200, 220, &[(50, 4)])), Outcome::Unchanged);
    assert_eq!(desk.event(&linked(160, 170, 180, &[(51, 0)])), Outcome::Unchanged);
    assert_eq!(desk.id(), Some(220));
    let missing = linked(221, 225, 230, &[(50, 5)]);
    assert_eq!(desk.event(&missing), Outcome::ResyncStarted(Reason::Missed));
    // Otherwise from step 3: the event that showed it is part of the buffer.
    let (_, ticket) = desk.wait();
    let synced = Outcome::Synced {
        reason: Reason::Missed,
        by: Remedy::Snapshot,
    };
    assert_eq!(desk.snapshot(ticket, &snapshot(226, &[(50, 9)], &[])), synced);
    assert_eq!((desk.id(), desk.bids()), (Some(230), vec![level(50, 5)]));
}

#[test]
fn futures_do_not_take_an_event_whose_predecessor_is_missing() {
    // Numbers that would do on Spot.
    let mut desk = Desk::at(Rule::Linked, settings(), &snapshot(100, &[], &[]));
    assert_eq!(desk.event(&linked(90, 95, 101, &[(1, 1)])), UPDATED);
    let overlap = linked(100, 100, 102, &[(1, 1)]);
    assert_eq!(desk.event(&overlap), Outcome::ResyncStarted(Reason::Missed));
    // And without `pu` there is no telling.
    let mut desk = Desk::at(Rule::Linked, settings(), &snapshot(100, &[], &[]));
    let unlinked = event(100, 101, &[(1, 1)], &[]);
    assert_eq!(desk.event(&unlinked), Outcome::ResyncStarted(Reason::Missed));
}

#[test]
fn futures_take_the_event_that_follows_a_quiet_snapshot() {
    // No event has the snapshot in its range when nothing happened around it; `pu` proves that nothing lies between.
    for at in [100, 105] {
        let mut desk = Desk::at(Rule::Linked, settings(), &snapshot(at, &[], &[]));
        assert_eq!(desk.event(&linked(100, 110, 120, &[(50, 1)])), UPDATED);
        assert_eq!(desk.id(), Some(120));
    }
    let mut desk = Desk::at(Rule::Linked, settings(), &snapshot(99, &[], &[]));
    let missing = linked(100, 110, 120, &[(50, 1)]);
    assert_eq!(desk.event(&missing), Outcome::ResyncStarted(Reason::Missed));
}

#[test]
fn a_cached_snapshot_is_fetched_again_after_growing_pauses() {
    let mut desk = Desk::new(Rule::Linked, settings());
    assert_eq!(desk.event(&linked(100, 110, 120, &[(50, 1)])), Outcome::Buffered);
    let cached = snapshot(80, &[(50, 9)], &[]);
    let (mut waits, mut ticket) = (Vec::new(), desk.ticket());
    for _ in 0..7 {
        let rejected = Outcome::SnapshotRejected(Rejection::Older);
        assert_eq!(desk.snapshot(ticket, &cached), rejected);
        let waited;
        (waited, ticket) = desk.wait();
        waits.push(waited.as_secs());
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    assert_eq!(desk.snapshot(ticket, &snapshot(115, &[(49, 9)], &[])), SYNCED);
    assert_eq!(desk.bids(), [level(50, 1), level(49, 9)]);
}

#[test]
fn a_cached_snapshot_of_a_quiet_book_is_confirmed_by_another() {
    let after = Duration::from_secs(5);
    let settings = settings().confirm(after);
    // Without an event.
    let mut desk = Desk::at(Rule::Linked, settings, &snapshot(100, &[(50, 1)], &[]));
    let (waited, ticket) = desk.wait();
    assert_eq!(waited, after);
    assert_eq!(
        desk.snapshot(ticket, &snapshot(104, &[(51, 1)], &[])),
        Outcome::Refreshed
    );
    assert_eq!((desk.id(), desk.machine.next_tick()), (Some(104), None));
    // With one, which proves it.
    let mut desk = Desk::at(Rule::Linked, settings, &snapshot(100, &[(50, 1)], &[]));
    assert_eq!(desk.event(&linked(100, 101, 102, &[(51, 1)])), UPDATED);
    assert_eq!(desk.machine.next_tick(), None);
    // With one that refutes it: then there is no waiting for the confirmation.
    let mut desk = Desk::at(Rule::Linked, settings, &snapshot(100, &[(50, 1)], &[]));
    let missing = linked(101, 102, 103, &[(51, 1)]);
    assert_eq!(desk.event(&missing), Outcome::ResyncStarted(Reason::Missed));
    assert_eq!(desk.wait().0, Duration::from_secs(1));
    // An older one never takes the place of the first.
    let mut desk = Desk::at(Rule::Linked, settings, &snapshot(100, &[(50, 1)], &[]));
    let (_, ticket) = desk.wait();
    let older = snapshot(90, &[(51, 1)], &[]);
    assert_eq!(
        desk.snapshot(ticket, &older),
        Outcome::SnapshotRejected(Rejection::Older)
    );
    assert_eq!((desk.id(), desk.bids()), (Some(100), vec![level(50, 1)]));
}
