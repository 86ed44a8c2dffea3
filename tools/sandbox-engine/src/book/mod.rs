//! A matching book of one symbol: orders by price and time, icebergs, self-trade prevention, update ids.
//!
//! An order that comes in is planned first, which changes nothing: [`Book::plan`] says what it would trade and what becomes
//! of the rest. Whoever keeps balances may refuse it then, or [commit](Book::commit) the plan and [rest](Book::rest) what is
//! left. The book knows quantities and owners alone; what else an order has is its owner's business. Orders that wait for a
//! price are kept apart, in [`Triggers`].
//!
//! Adding, finding and removing an order take the time of a look-up among the price levels, whatever the number of orders.
//! An order takes about 150 bytes, and a book holds at most as many as [`Book::with_limit`] says.

mod levels;
mod matching;
mod triggers;

use std::collections::BTreeSet;

use crate::Fixed;
use levels::Levels;

pub use matching::{Amount, Outcome, Plan, Step, Taker, TimeInForce};
pub use triggers::{Direction, Reaction, Trigger, Triggers};

/// The number of an order, unique within a book.
pub type OrderId = u64;
/// The number of an account.
pub type Owner = u64;

/// Orders that a book holds unless [`Book::with_limit`] says otherwise.
const DEFAULT_LIMIT: usize = 4_000_000;

/// The side of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Bids: the highest price is the best.
    Buy,
    /// Asks: the lowest price is the best.
    Sell,
}

impl Side {
    /// The side that this one trades with.
    #[must_use]
    pub const fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// `BUY` or `SELL`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        }
    }

    /// Whether `price` is further from the middle than `limit`, so that an order of this side with that limit takes no part.
    pub fn is_beyond(self, price: Fixed, limit: Fixed) -> bool {
        match self {
            Side::Buy => price > limit,
            Side::Sell => price < limit,
        }
    }
}

/// What happens where an order would trade with one of the same owner or trade group. The mode of the order that comes in
/// decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SelfTrade {
    /// They trade.
    #[default]
    None,
    /// What is left of the order that comes in expires.
    ExpireTaker,
    /// What is left of the order that rests expires.
    ExpireMaker,
    /// What is left of both expires.
    ExpireBoth,
    /// Both lose the smaller of the two quantities.
    Decrement,
    /// As [`Decrement`](Self::Decrement); where both orders have this mode and owners of one group, the quantity changes hands
    /// without a trade.
    Transfer,
}

/// An order that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resting {
    /// Its number.
    pub id: OrderId,
    /// Whose it is.
    pub owner: Owner,
    /// Owners with the same group count as one for self-trade prevention.
    pub group: Option<u64>,
    /// Its side.
    pub side: Side,
    /// Its price.
    pub price: Fixed,
    /// What is left of it, hidden quantity included.
    pub open: Fixed,
    /// Of an iceberg: the quantity shown at a time. Where it is traded, as much again joins the end of the queue.
    pub peak: Option<Fixed>,
    /// Its mode, which counts where [`SelfTrade::Transfer`] is at stake.
    pub self_trade: SelfTrade,
}

impl Resting {
    /// An order that shows all of its quantity.
    pub const fn new(id: OrderId, owner: Owner, side: Side, price: Fixed, open: Fixed) -> Resting {
        Resting {
            id,
            owner,
            group: None,
            side,
            price,
            open,
            peak: None,
            self_trade: SelfTrade::None,
        }
    }
}

/// Why an order cannot rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestError {
    /// The book has an order of that number.
    #[error("the book has an order {0}")]
    Duplicate(OrderId),
    /// The quantity, the price or the peak is 0 or less.
    #[error("price, quantity and peak must be more than 0")]
    NotPositive,
    /// It would trade with the best of the other side.
    #[error("an order at {0} would trade")]
    Crosses(Fixed),
    /// The book holds as many orders as it may.
    #[error("the book holds {0} orders, which is its limit")]
    Full(usize),
}

/// The levels that changed since the last [`Book::take_change`]: price and quantity, 0 where nothing is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first update id of the change: the last one of the change before and 1.
    pub first_update_id: i64,
    /// The last update id of the change; each level counts 1.
    pub last_update_id: i64,
    /// Bids, the highest first.
    pub bids: Vec<(Fixed, Fixed)>,
    /// Asks, the lowest first.
    pub asks: Vec<(Fixed, Fixed)>,
}

/// Both sides of a symbol's book. See the [module](self) for its use.
#[derive(Clone, Debug)]
pub struct Book {
    levels: Levels,
    limit: usize,
    last_update_id: i64,
    touched: BTreeSet<(Side, Fixed)>,
}

impl Default for Book {
    fn default() -> Book {
        Book::with_limit(DEFAULT_LIMIT)
    }
}

impl Book {
    /// An empty book that holds at most `limit` orders.
    pub fn with_limit(limit: usize) -> Book {
        Book {
            levels: Levels::default(),
            // Orders are numbered in 32 bits.
            limit: limit.min(u32::MAX as usize),
            last_update_id: 0,
            touched: BTreeSet::new(),
        }
    }

    /// The number of orders that rest.
    pub fn len(&self) -> usize {
        self.levels.len()
    }

    /// Whether nothing rests.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What would become of an order that comes in. It changes nothing.
    pub fn plan(&self, taker: &Taker, time_in_force: TimeInForce) -> Plan {
        matching::plan(&self.levels, taker, time_in_force)
    }

    /// Carries out a plan that was made of this very book: makers lose what they traded or what self-trade prevention took.
    pub fn commit(&mut self, plan: &Plan) {
        for step in &plan.steps {
            let (maker, quantity) = match *step {
                Step::Trade { maker, quantity, .. } => (maker, quantity),
                Step::Prevent {
                    maker, from_maker, ..
                } => (maker, from_maker),
            };
            if let Some((side, price)) = self.levels.consume(maker, quantity) {
                self.touched.insert((side, price));
            }
        }
    }

    /// Puts an order at the end of its level.
    ///
    /// # Errors
    /// [`RestError`], and nothing changes.
    pub fn rest(&mut self, order: Resting) -> Result<(), RestError> {
        let positive = |number: Fixed| number > Fixed::ZERO;
        if !(positive(order.open) && positive(order.price) && order.peak.is_none_or(positive)) {
            return Err(RestError::NotPositive);
        }
        if self.levels.get(order.id).is_some() {
            return Err(RestError::Duplicate(order.id));
        }
        if self.would_match(order.side, order.price) {
            return Err(RestError::Crosses(order.price));
        }
        if self.len() >= self.limit {
            return Err(RestError::Full(self.limit));
        }
        self.touched.insert((order.side, order.price));
        self.levels.push(order);
        Ok(())
    }

    /// Takes an order out; none where it does not rest.
    pub fn cancel(&mut self, id: OrderId) -> Option<Resting> {
        let order = self.levels.remove(id)?;
        self.touched.insert((order.side, order.price));
        Some(order)
    }

    /// Sets what is left of an order to less than it is, and keeps its place in the queue. Whether it was done: an order that
    /// does not rest, and a quantity of 0 or less or of more than it has, change nothing.
    pub fn reduce(&mut self, id: OrderId, open: Fixed) -> bool {
        let place = self.levels.reduce(id, open);
        self.touched.extend(place);
        place.is_some()
    }

    /// Reports the best levels with the next change, although they have not changed.
    pub fn touch_best(&mut self) {
        let best = [Side::Buy, Side::Sell].map(|side| (side, self.best(side)));
        let levels = best.into_iter().filter_map(|(side, best)| Some((side, best?.0)));
        self.touched.extend(levels);
    }

    /// An order that rests.
    pub fn get(&self, id: OrderId) -> Option<Resting> {
        self.levels.get(id)
    }

    /// Whether an order with that limit would trade at once.
    pub fn would_match(&self, side: Side, limit: Fixed) -> bool {
        let best = self.best(side.opposite());
        best.is_some_and(|(price, _)| !side.is_beyond(price, limit))
    }

    /// The levels of a side, the best first: price and shown quantity.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = (Fixed, Fixed)> + '_ {
        self.levels.of(side).map(|(price, level)| (price, level.shown))
    }

    /// The best level of a side.
    pub fn best(&self, side: Side) -> Option<(Fixed, Fixed)> {
        self.depth(side).next()
    }

    /// The quantity shown at a price; 0 where nothing rests.
    pub fn quantity_at(&self, side: Side, price: Fixed) -> Fixed {
        self.levels.shown_at(side, price)
    }

    /// The orders at a price in the order in which they trade.
    pub fn queue(&self, side: Side, price: Fixed) -> impl Iterator<Item = Resting> + '_ {
        self.levels.queue(side, price)
    }

    /// The update id of the last change taken.
    pub fn last_update_id(&self) -> i64 {
        self.last_update_id
    }

    /// Sets the update id from which the next change goes on.
    pub fn set_last_update_id(&mut self, id: i64) {
        self.last_update_id = id;
    }

    /// What changed since this was last called; none where nothing did.
    pub fn take_change(&mut self) -> Option<Change> {
        let touched = std::mem::take(&mut self.touched);
        let count = i64::try_from(touched.len()).ok().filter(|count| *count > 0)?;
        let first_update_id = self.last_update_id + 1;
        self.last_update_id += count;
        let level = |&(side, price): &(Side, Fixed)| (price, self.quantity_at(side, price));
        let of = |wanted: Side| touched.iter().filter(move |(side, _)| *side == wanted).map(level);
        Some(Change {
            first_update_id,
            last_update_id: self.last_update_id,
            bids: of(Side::Buy).rev().collect(),
            asks: of(Side::Sell).collect(),
        })
    }
}
