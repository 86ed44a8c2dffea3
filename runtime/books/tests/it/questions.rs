//! Questions to a book.

use binance_wire_books::{Amount, Book, Level, NotExact, Side, Snapshot};
use binance_wire_core::{Decimal, Timestamp, dec};
use proptest::prelude::*;

use crate::common::{level, snapshot};

fn book() -> Book {
    let snapshot = Snapshot {
        last_update_id: 9,
        time: Some(Timestamp::from_millis(1)),
        bids: vec![
            Level::new(dec!(99.50), dec!(2)),
            Level::new(dec!(99.25), dec!(4)),
            Level::new(dec!(98), dec!(10)),
        ],
        asks: vec![
            Level::new(dec!(100.01), dec!(0.5)),
            Level::new(dec!(101), dec!(3)),
        ],
    };
    Book::from_snapshot(&snapshot, 3).unwrap()
}

#[test]
fn the_top() {
    let book = book();
    let top = book.top();
    assert_eq!(top.bid, book.best_bid());
    assert_eq!((top.ask.unwrap().price, top.update_id), (dec!(100.01), 9));
    assert_eq!(book.spread(), Some(dec!(0.51)));
    assert_eq!(book.mid(), Some(dec!(99.755)));
    assert_eq!(book.time(), Some(Timestamp::from_millis(1)));
    let one_sided = Book::from_snapshot(&snapshot(1, &[(1, 1)], &[]), 5).unwrap();
    assert_eq!((one_sided.spread(), one_sided.mid()), (None, None));
    assert_eq!(one_sided.top().ask, None);
}

#[test]
fn depth_and_iteration() {
    let book = book();
    let (bids, asks) = book.depth(2);
    assert_eq!((bids.len(), asks.len()), (2, 2));
    assert_eq!(bids[1].price, dec!(99.25));
    let levels: Vec<Decimal> = book.bids().map(|level| level.price).collect();
    assert_eq!(levels, [dec!(99.5), dec!(99.25), dec!(98)]);
    let mut backward: Vec<Decimal> = book.bids().rev().map(|level| level.price).collect();
    backward.reverse();
    assert_eq!(levels, backward);
    let mut levels = book.levels(Side::Bids);
    assert_eq!((levels.len(), levels.nth(1).unwrap().price), (3, dec!(99.25)));
    assert_eq!(
        (
            levels.next_back().unwrap().price,
            levels.next(),
            levels.next_back()
        ),
        (dec!(98), None, None)
    );
    assert_eq!(book.asks().nth(2), None);
}

#[test]
fn a_price_for_a_quantity() {
    let book = book();
    let fill = book.fill(Side::Asks, Amount::Quantity(dec!(1))).unwrap();
    assert_eq!(fill.quote, dec!(100.505));
    assert_eq!(fill.average_price(), Some(dec!(100.505)));
    assert_eq!((fill.levels, fill.worst_price), (2, Some(dec!(101))));
    assert!(fill.is_complete());
    let fill = book.fill(Side::Asks, Amount::Quantity(dec!(5))).unwrap();
    assert_eq!((fill.quantity, fill.unfilled), (dec!(3.5), dec!(1.5)));
    let nothing = book.fill(Side::Asks, Amount::Quantity(dec!(0))).unwrap();
    assert_eq!(
        (nothing.levels, nothing.worst_price, nothing.average_price()),
        (0, None, None)
    );
}

#[test]
fn a_price_for_a_sum() {
    let book = book();
    let fill = book.fill(Side::Bids, Amount::Quote(dec!(298.25))).unwrap();
    assert_eq!(
        (fill.quantity, fill.quote, fill.unfilled),
        (dec!(3), dec!(298.25), dec!(0))
    );
    let all = book.fill(Side::Bids, Amount::Quote(dec!(5000))).unwrap();
    assert_eq!((all.quantity, all.quote), (dec!(16), dec!(1576)));
    assert_eq!(all.unfilled, dec!(3424));
    // A third of a lot ends after eight digits.
    let book = Book::from_snapshot(&snapshot(1, &[(3, 5)], &[]), 5).unwrap();
    let fill = book.fill(Side::Bids, Amount::Quote(dec!(1))).unwrap();
    assert_eq!((fill.quantity, fill.quote), (dec!(0.33333333), dec!(1)));
}

#[test]
fn the_volume_to_a_price() {
    let book = book();
    let volume = book.volume_to(Side::Bids, dec!(99)).unwrap();
    assert_eq!(
        (volume.quantity, volume.quote, volume.levels),
        (dec!(6), dec!(596), 2)
    );
    assert!(volume.complete);
    assert_eq!(book.volume_to(Side::Bids, dec!(98)).unwrap().levels, 3);
    // Behind the third of three levels there may be more bids; the asks ended before that.
    assert!(!book.volume_to(Side::Bids, dec!(97)).unwrap().complete);
    assert!(book.volume_to(Side::Asks, dec!(1000)).unwrap().complete);
    assert_eq!(book.volume_to(Side::Asks, dec!(100)).unwrap().quantity, dec!(0));
}

#[test]
fn amounts_that_would_be_rounded_are_refused() {
    let snapshot = Snapshot {
        asks: vec![Level::new(dec!(12345678901234.56789), dec!(1.00000000000001))],
        ..Snapshot::default()
    };
    let book = Book::from_snapshot(&snapshot, 5).unwrap();
    assert_eq!(book.volume_to(Side::Asks, Decimal::MAX), Err(NotExact));
    let all = Amount::Quantity(dec!(5));
    assert_eq!(book.fill(Side::Asks, all), Err(NotExact));
}

#[test]
fn a_snapshot_in_any_order() {
    let mixed = snapshot(1, &[(5, 1), (9, 1), (7, 1)], &[]);
    let book = Book::from_snapshot(&mixed, 3).unwrap();
    assert_eq!(book.best_bid(), Some(level(9, 1)));
    assert_eq!(book.known_to(Side::Bids), Some(dec!(5)));
}

proptest! {
    /// Fills by quantity and by quote are two sides of one walk, and volumes agree with both.
    #[test]
    fn fills_and_volumes_agree(
        quantities in prop::collection::vec(1_i64..50, 1..20),
        wanted in 1_i64..600,
        asks: bool,
    ) {
        let side = if asks { Side::Asks } else { Side::Bids };
        let levels: Vec<_> = quantities.iter().enumerate()
            .map(|(place, &quantity)| (if asks { 100 + place as i64 } else { 100 - place as i64 }, quantity)).collect();
        let book = match asks {
            true => Book::from_snapshot(&snapshot(1, &[], &levels), 100),
            false => Book::from_snapshot(&snapshot(1, &levels, &[]), 100),
        }.unwrap();
        let total: i64 = quantities.iter().sum();
        let fill = book.fill(side, Amount::Quantity(wanted.into())).unwrap();
        prop_assert_eq!(fill.quantity, wanted.min(total).into());
        prop_assert_eq!(fill.unfilled, (wanted - total).max(0).into());
        let back = book.fill(side, Amount::Quote(fill.quote)).unwrap();
        prop_assert_eq!((back.quantity, back.quote, back.worst_price), (fill.quantity, fill.quote, fill.worst_price));
        prop_assert!(back.is_complete());
        let volume = book.volume_to(side, fill.worst_price.unwrap()).unwrap();
        prop_assert!(volume.quantity >= fill.quantity && volume.quote >= fill.quote);
        prop_assert_eq!(volume.levels, fill.levels);
    }
}
