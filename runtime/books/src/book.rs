//! A book at one update: questions to it, and changes of it.

use binance_wire_core::{Decimal, Timestamp};

use crate::ladder::Ladder;
use crate::level::{add, multiply};
use crate::{Amount, DepthSnapshot, DepthUpdate, Fill, Level, NotExact, Side, Top, Volume};

/// An order book as it was at one update of the exchange.
///
/// A snapshot has at most as many levels a side as were asked for, and nothing is known of those behind the last one
/// until they change. A book holds no such levels: everything it shows is true and without holes, down to
/// [`known_to`](Self::known_to).
///
/// ```
/// use binance_wire_books::{Amount, Book, Level, Side, Snapshot};
/// use binance_wire_core::dec;
///
/// let snapshot = Snapshot {
///     last_update_id: 7,
///     bids: vec![Level::new(dec!(99.5), dec!(2))],
///     asks: vec![Level::new(dec!(100), dec!(1)), Level::new(dec!(101), dec!(3))],
///     ..Snapshot::default()
/// };
/// let book = Book::from_snapshot(&snapshot, 1000).expect("no negative quantities");
/// assert_eq!(book.spread(), Some(dec!(0.5)));
///
/// // Buying 2.5 takes both asks.
/// let fill = book.fill(Side::Asks, Amount::Quantity(dec!(2.5)))?;
/// assert_eq!((fill.quote, fill.worst_price), (dec!(251.5), Some(dec!(101))));
/// assert_eq!(fill.average_price(), Some(dec!(100.6)));
/// // 450 would buy more than there is: 403 is spent, 47 remains.
/// assert_eq!(book.fill(Side::Asks, Amount::Quote(dec!(450)))?.unfilled, dec!(47));
/// # Ok::<(), binance_wire_books::NotExact>(())
/// ```
#[derive(Clone, Debug)]
pub struct Book {
    bids: Half,
    asks: Half,
    update_id: i64,
    time: Option<Timestamp>,
}

/// One side and how far it is known.
#[derive(Clone, Debug)]
struct Half {
    ladder: Ladder,
    /// The worst price that is known; without it, all are.
    known_to: Option<Decimal>,
}

impl Half {
    fn new(side: Side) -> Self {
        Self {
            ladder: Ladder::new(side),
            known_to: None,
        }
    }

    /// The side of a snapshot; `None` where a quantity is negative.
    fn read(side: Side, levels: impl Iterator<Item = Level>, limit: usize) -> Option<Self> {
        let mut sorted: Vec<Level> = levels.collect();
        let full = sorted.len() >= limit;
        let mut half = Self {
            ladder: Ladder::with_capacity(side, sorted.len() + sorted.len() / 16),
            known_to: None,
        };
        // The exchange sends the best first; the ladder grows towards the best.
        sorted.reverse();
        let worst = sorted.iter().map(|level| level.price).reduce(|worst, price| {
            if half.ladder.is_beyond(price, worst) {
                price
            } else {
                worst
            }
        });
        half.change(sorted.into_iter())?;
        half.known_to = worst.filter(|_| full);
        Some(half)
    }

    #[inline]
    fn change(&mut self, levels: impl Iterator<Item = Level>) -> Option<()> {
        for level in levels {
            if level.quantity.is_sign_negative() && !level.quantity.is_zero() {
                return None;
            }
            if self
                .known_to
                .is_some_and(|bound| self.ladder.is_beyond(level.price, bound))
            {
                continue;
            }
            self.ladder.set(level);
        }
        Some(())
    }

    /// Forgets the worst levels, some at a time, where there are more than `levels`.
    fn keep(&mut self, levels: usize) {
        let len = self.ladder.len();
        if len > levels + levels / 8 + 8 {
            self.ladder.drop_worst(len - levels);
            self.known_to = self.ladder.get(levels.saturating_sub(1)).map(|level| level.price);
        }
    }
}

impl Book {
    pub(crate) fn empty() -> Self {
        Self {
            bids: Half::new(Side::Bids),
            asks: Half::new(Side::Asks),
            update_id: 0,
            time: None,
        }
    }

    /// The book of a snapshot that was asked for with this limit of levels a side. A side with as many levels is known
    /// down to its last one, a shorter side is known as a whole. `None` where the snapshot is not
    /// [complete](DepthSnapshot::is_complete) or a quantity is negative.
    pub fn from_snapshot(snapshot: &impl DepthSnapshot, limit: usize) -> Option<Self> {
        if !snapshot.is_complete() {
            return None;
        }
        Some(Self {
            bids: Half::read(Side::Bids, snapshot.bids(), limit)?,
            asks: Half::read(Side::Asks, snapshot.asks(), limit)?,
            update_id: snapshot.last_update_id(),
            time: snapshot.time(),
        })
    }

    /// Applies an update, whose place in the sequence the caller has checked. `None` where it cannot be read as a whole;
    /// the book is then of no use any more.
    #[inline]
    pub(crate) fn apply(&mut self, update: &impl DepthUpdate) -> Option<()> {
        if !update.is_complete() {
            return None;
        }
        self.bids.change(update.bids())?;
        self.asks.change(update.asks())?;
        self.update_id = update.last_update_id();
        self.time = update.time().or(self.time);
        Some(())
    }

    pub(crate) fn keep(&mut self, levels: usize) {
        self.bids.keep(levels);
        self.asks.keep(levels);
    }

    pub(crate) fn is_crossed(&self) -> bool {
        match (self.best_bid(), self.best_ask()) {
            (Some(bid), Some(ask)) => bid.price >= ask.price,
            _ => false,
        }
    }

    /// The fewest levels of a side that is not known as a whole.
    pub(crate) fn fewest_known(&self) -> Option<usize> {
        [&self.bids, &self.asks]
            .into_iter()
            .filter(|half| half.known_to.is_some())
            .map(|half| half.ladder.len())
            .min()
    }

    fn half(&self, side: Side) -> &Half {
        match side {
            Side::Bids => &self.bids,
            Side::Asks => &self.asks,
        }
    }

    /// The last update of the exchange that the book contains.
    pub fn update_id(&self) -> i64 {
        self.update_id
    }

    /// The time of the last update, by the exchange's clock, where it states one.
    pub fn time(&self) -> Option<Timestamp> {
        self.time
    }

    /// The best bid.
    pub fn best_bid(&self) -> Option<Level> {
        self.bids.ladder.get(0)
    }

    /// The best ask.
    pub fn best_ask(&self) -> Option<Level> {
        self.asks.ladder.get(0)
    }

    /// The best of both sides.
    pub fn top(&self) -> Top {
        Top {
            bid: self.best_bid(),
            ask: self.best_ask(),
            update_id: self.update_id,
            time: self.time,
        }
    }

    /// The best ask less the best bid.
    pub fn spread(&self) -> Option<Decimal> {
        add(self.best_ask()?.price, -self.best_bid()?.price).ok()
    }

    /// The middle of best bid and best ask.
    pub fn mid(&self) -> Option<Decimal> {
        let sum = add(self.best_ask()?.price, self.best_bid()?.price).ok()?;
        multiply(sum, binance_wire_core::dec!(0.5)).ok()
    }

    /// The bids, the best first. `take(n)` is the depth to `n` levels.
    pub fn bids(&self) -> Levels<'_> {
        self.levels(Side::Bids)
    }

    /// The asks, the best first.
    pub fn asks(&self) -> Levels<'_> {
        self.levels(Side::Asks)
    }

    /// The levels of a side, the best first.
    pub fn levels(&self, side: Side) -> Levels<'_> {
        let ladder = &self.half(side).ladder;
        Levels {
            ladder,
            next: 0,
            end: ladder.len(),
        }
    }

    /// The best `levels` of both sides, bids before asks.
    pub fn depth(&self, levels: usize) -> (Vec<Level>, Vec<Level>) {
        (
            self.bids().take(levels).collect(),
            self.asks().take(levels).collect(),
        )
    }

    /// The worst price of a side down to which every level is known; `None` where the whole side is known. Nothing is
    /// known of levels behind it.
    pub fn known_to(&self, side: Side) -> Option<Decimal> {
        self.half(side).known_to
    }

    /// The quantity at a price: zero where there is none, `None` where it is [not known](Self::known_to).
    pub fn quantity_at(&self, side: Side, price: Decimal) -> Option<Decimal> {
        let half = self.half(side);
        if half
            .known_to
            .is_some_and(|bound| half.ladder.is_beyond(price, bound))
        {
            return None;
        }
        Some(half.ladder.quantity(price))
    }

    /// What an order that takes `amount` from a side would trade, level by level: [`Side::Asks`] for one that buys. What
    /// the known levels do not offer is in [`unfilled`](Fill::unfilled). An amount in quote ends within a level; the
    /// quantity taken there is cut off after as many fraction digits as the level's quantity has, and at least eight.
    ///
    /// # Errors
    /// [`NotExact`] where a sum needs more digits than a [`Decimal`] has.
    pub fn fill(&self, side: Side, amount: Amount) -> Result<Fill, NotExact> {
        let (Amount::Quantity(wanted) | Amount::Quote(wanted)) = amount;
        let mut fill = Fill {
            quantity: Decimal::ZERO,
            quote: Decimal::ZERO,
            unfilled: wanted,
            worst_price: None,
            levels: 0,
        };
        for Level { price, quantity } in self.levels(side) {
            if fill.unfilled <= Decimal::ZERO {
                break;
            }
            let (taken, quote, used) = match amount {
                Amount::Quantity(_) => {
                    let taken = quantity.min(fill.unfilled);
                    (taken, multiply(price, taken)?, taken)
                }
                Amount::Quote(_) => {
                    let whole = multiply(price, quantity)?;
                    match whole <= fill.unfilled {
                        true => (quantity, whole, whole),
                        false => {
                            let taken = fill.unfilled.checked_div(price).ok_or(NotExact)?;
                            let taken = taken.trunc_with_scale(quantity.scale().max(8));
                            (taken, fill.unfilled, fill.unfilled)
                        }
                    }
                }
            };
            fill.quantity = add(fill.quantity, taken)?;
            fill.quote = add(fill.quote, quote)?;
            fill.unfilled = add(fill.unfilled, -used)?;
            fill.worst_price = Some(price);
            fill.levels += 1;
        }
        Ok(fill)
    }

    /// What a side offers from the best price down to `price`, that level included.
    ///
    /// # Errors
    /// [`NotExact`] where a sum needs more digits than a [`Decimal`] has.
    pub fn volume_to(&self, side: Side, price: Decimal) -> Result<Volume, NotExact> {
        let half = self.half(side);
        let mut volume = Volume {
            quantity: Decimal::ZERO,
            quote: Decimal::ZERO,
            levels: 0,
            complete: half
                .known_to
                .is_none_or(|bound| !half.ladder.is_beyond(price, bound)),
        };
        for level in self.levels(side) {
            if half.ladder.is_beyond(level.price, price) {
                break;
            }
            volume.quantity = add(volume.quantity, level.quantity)?;
            volume.quote = add(volume.quote, multiply(level.price, level.quantity)?)?;
            volume.levels += 1;
        }
        Ok(volume)
    }
}

/// The levels of one side, the best first.
#[derive(Clone, Debug)]
pub struct Levels<'a> {
    ladder: &'a Ladder,
    next: usize,
    end: usize,
}

impl Iterator for Levels<'_> {
    type Item = Level;

    fn next(&mut self) -> Option<Level> {
        if self.next >= self.end {
            return None;
        }
        self.next += 1;
        self.ladder.get(self.next - 1)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end - self.next;
        (left, Some(left))
    }

    fn nth(&mut self, n: usize) -> Option<Level> {
        self.next = self.next.saturating_add(n).min(self.end);
        self.next()
    }
}

impl DoubleEndedIterator for Levels<'_> {
    fn next_back(&mut self) -> Option<Level> {
        if self.next >= self.end {
            return None;
        }
        self.end -= 1;
        self.ladder.get(self.end)
    }
}

impl ExactSizeIterator for Levels<'_> {}

impl std::iter::FusedIterator for Levels<'_> {}
