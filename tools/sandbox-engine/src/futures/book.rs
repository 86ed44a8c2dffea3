//! The orders of a contract by price and time: the [book](crate::book) of the engine, with what streams of futures say of it.

use super::event::Level;
use super::order::Side;
use crate::Fixed;
use crate::book::{self, Outcome, Plan, Resting, Step};

/// A book. It knows ids and quantities; what orders may do is decided by who fills it.
#[derive(Clone, Debug, Default)]
pub struct Book {
    orders: book::Book,
    /// The last update of the change before, which streams call `pu`.
    previous: i64,
    /// The best prices that were published.
    shown: (Option<Level>, Option<Level>),
}

/// Changes of a book since the last ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BookUpdate {
    pub(crate) change: book::Change,
    pub(crate) previous: i64,
    /// The best prices, where they changed.
    pub(crate) best: Option<(Option<Level>, Option<Level>)>,
}

/// Ids of the exchange as those of the book: none is negative.
fn key(id: i64) -> u64 {
    id.unsigned_abs()
}

fn id(order: &Resting) -> i64 {
    i64::try_from(order.id).unwrap_or(i64::MAX)
}

impl Book {
    /// Puts an order at the end of its level; `false` where it would trade.
    pub(crate) fn insert(&mut self, side: Side, price: Fixed, id: i64, quantity: Fixed) -> bool {
        // The book prevents no self-trades here, so that owners do not matter.
        self.orders
            .rest(Resting::new(key(id), 0, side.into(), price, quantity))
            .is_ok()
    }

    /// Takes an order out, if it is there.
    pub(crate) fn withdraw(&mut self, id: i64) {
        self.orders.cancel(key(id));
    }

    /// Takes what was traded off an order, which keeps its place; it leaves with the last of it.
    pub(crate) fn trade(&mut self, maker: i64, price: Fixed, quantity: Fixed) {
        let step = Step::Trade {
            maker: key(maker),
            price,
            quantity,
        };
        self.orders.commit(&Plan {
            steps: vec![step],
            outcome: Outcome::Filled,
        });
    }

    /// The oldest order at the best price of a side.
    pub(crate) fn front(&self, side: Side) -> Option<(Fixed, i64)> {
        let (price, _) = self.best(side)?;
        let order = self.orders.queue(side.into(), price).next()?;
        Some((price, id(&order)))
    }

    /// The best price of a side and what is there.
    pub fn best(&self, side: Side) -> Option<Level> {
        self.orders.best(side.into())
    }

    /// The levels of a side, from the best.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        self.orders.depth(side.into())
    }

    /// The orders of a side, from the best price and the oldest.
    pub(crate) fn orders(&self, side: Side) -> impl Iterator<Item = (Fixed, i64)> + '_ {
        self.levels(side).flat_map(move |(price, _)| {
            let queue = self.orders.queue(side.into(), price);
            queue.map(move |order| (price, id(&order)))
        })
    }

    /// `lastUpdateId`.
    pub fn last_update(&self) -> i64 {
        self.orders.last_update_id()
    }

    /// What changed since this was last called.
    pub(crate) fn take_update(&mut self) -> Option<BookUpdate> {
        let change = self.orders.take_change()?;
        let best = (self.best(Side::Buy), self.best(Side::Sell));
        let moved = (best != self.shown).then_some(best);
        self.shown = best;
        let previous = std::mem::replace(&mut self.previous, change.last_update_id);
        Some(BookUpdate {
            change,
            previous,
            best: moved,
        })
    }
}

impl From<Side> for book::Side {
    fn from(side: Side) -> book::Side {
        match side {
            Side::Buy => book::Side::Buy,
            Side::Sell => book::Side::Sell,
        }
    }
}
