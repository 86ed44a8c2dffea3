//! The trades of a symbol, and what is computed of them: aggregates, candles, statistics of windows.

use std::collections::VecDeque;

use crate::{Fixed, Interval};

/// Trades kept of a symbol; what is older is not in any answer.
const LIMIT: usize = 200_000;

/// A trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Its number: 1 more than that of the trade before.
    pub id: i64,
    /// The aggregate that it belongs to: the trades of one order at one price.
    pub aggregate: i64,
    /// Price.
    pub price: Fixed,
    /// Quantity of the base asset.
    pub quantity: Fixed,
    /// When, in microseconds.
    pub time_us: i64,
    /// Whether the buyer's order rested.
    pub buyer_is_maker: bool,
}

/// The trades of one order at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// The last of its trades, with the quantity of all of them.
    pub trade: Trade,
    /// The first of its trades.
    pub first_id: i64,
}

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// First, highest, lowest and last price; without a trade, the last price before.
    pub open: Fixed,
    /// Highest price.
    pub high: Fixed,
    /// Lowest price.
    pub low: Fixed,
    /// Last price.
    pub close: Fixed,
    /// The last price before.
    pub previous_close: Fixed,
    /// Quantity of the last trade.
    pub last_quantity: Fixed,
    /// Quantity of the base asset.
    pub volume: Fixed,
    /// Amount of the quote asset.
    pub quote_volume: Fixed,
    /// Of the volume, what the orders that came in bought.
    pub taker_buy_volume: Fixed,
    /// Of the quote volume, what the orders that came in bought for.
    pub taker_buy_quote_volume: Fixed,
    /// The first trade; -1 without one.
    pub first_id: i64,
    /// The last trade; -1 without one.
    pub last_id: i64,
    /// How many trades.
    pub count: i64,
}

impl Stats {
    /// The average price by volume; without a trade, the last price before.
    pub fn average(&self) -> Fixed {
        self.quote_volume.over(self.volume).unwrap_or(self.close)
    }
}

/// The trades of a symbol.
#[derive(Clone, Debug)]
pub struct Tape {
    trades: VecDeque<Trade>,
    opening: Fixed,
    last_price: Fixed,
    next_id: i64,
    next_aggregate: i64,
    opened_us: Option<i64>,
}

impl Tape {
    pub(super) fn new(opening: Fixed) -> Tape {
        Tape {
            trades: VecDeque::new(),
            opening,
            last_price: opening,
            next_id: 1,
            next_aggregate: 1,
            opened_us: None,
        }
    }

    /// Notes the first time that the symbol was open.
    pub(super) fn opened(&mut self, now_us: i64) {
        self.opened_us.get_or_insert(now_us);
    }

    /// Adds a trade; `continues` says whether the order that came in is that of the trade before.
    pub(super) fn push(
        &mut self,
        price: Fixed,
        quantity: Fixed,
        time_us: i64,
        buyer_is_maker: bool,
        continues: bool,
    ) -> Trade {
        let joins = continues && self.trades.back().is_some_and(|last| last.price == price);
        if !joins {
            self.next_aggregate += 1;
        }
        let trade = Trade {
            id: self.next_id,
            aggregate: self.next_aggregate - 1,
            price,
            quantity,
            time_us,
            buyer_is_maker,
        };
        self.next_id += 1;
        self.last_price = price;
        self.trades.push_back(trade);
        if self.trades.len() > LIMIT {
            self.trades.pop_front();
        }
        trade
    }

    /// The price of the last trade, or the opening price.
    pub fn last_price(&self) -> Fixed {
        self.last_price
    }

    /// The trades kept, the oldest first.
    pub fn trades(&self) -> impl DoubleEndedIterator<Item = &Trade> + ExactSizeIterator {
        self.trades.iter()
    }

    /// The trades from a number on.
    pub fn since(&self, id: i64) -> impl Iterator<Item = &Trade> {
        let start = self.trades.partition_point(|trade| trade.id < id);
        self.trades.range(start..)
    }

    /// The trades of a stretch of time, both ends included; in microseconds.
    pub fn between(&self, from_us: i64, to_us: i64) -> impl Iterator<Item = &Trade> {
        let start = self.trades.partition_point(|trade| trade.time_us < from_us);
        self.trades
            .range(start..)
            .take_while(move |trade| trade.time_us <= to_us)
    }

    /// Joins trades to aggregates.
    pub fn aggregates<'t>(trades: impl Iterator<Item = &'t Trade>) -> Vec<Aggregate> {
        let mut joined: Vec<Aggregate> = Vec::new();
        for trade in trades {
            match joined.last_mut() {
                Some(last) if last.trade.aggregate == trade.aggregate => {
                    let quantity = last.trade.quantity + trade.quantity;
                    last.trade = Trade { quantity, ..*trade };
                }
                _ => joined.push(Aggregate {
                    trade: *trade,
                    first_id: trade.id,
                }),
            }
        }
        joined
    }

    /// What happened in a stretch of time, both ends included; in microseconds.
    pub fn window(&self, from_us: i64, to_us: i64) -> Stats {
        let start = self.trades.partition_point(|trade| trade.time_us < from_us);
        let before = start.checked_sub(1).and_then(|at| self.trades.get(at));
        let before = before.map_or(self.opening, |trade| trade.price);
        let mut stats = flat(before);
        for trade in self.between(from_us, to_us) {
            stats.add(trade);
        }
        stats
    }

    /// Candles that begin in a stretch of time, the oldest first; none before the symbol was open, and none after `now_us`.
    /// Of more than `limit` the first ones where the stretch has a beginning, else the last ones. Midnight is that of a place
    /// whose clock is ahead by `offset_us`. Start, end (exclusive) and content of each; all times in microseconds.
    pub fn candles(
        &self,
        interval: Interval,
        offset_us: i64,
        (from_us, to_us): (Option<i64>, Option<i64>),
        limit: usize,
        now_us: i64,
    ) -> Vec<(i64, i64, Stats)> {
        let around = |time_us: i64| {
            let (start, next) = interval.around(time_us + offset_us);
            (start - offset_us, next - offset_us)
        };
        let opened = self.opened_us.unwrap_or(now_us).min(now_us);
        let oldest = self
            .trades
            .front()
            .map_or(opened, |trade| trade.time_us.min(opened));
        let first = around(oldest).0;
        let last = to_us.unwrap_or(now_us).min(now_us);
        let mut candles = VecDeque::new();
        if let Some(from) = from_us {
            let (start, next) = around(from.max(first));
            // Only those that begin at it or later.
            let mut at = if start < from { next } else { start };
            while at <= last && candles.len() < limit {
                let (start, next) = around(at);
                candles.push_back((start, next));
                at = next;
            }
        } else {
            let mut at = last;
            while at >= first && candles.len() < limit {
                let (start, next) = around(at);
                candles.push_front((start, next));
                at = start - 1;
            }
        }
        let stats = |(start, next): (i64, i64)| (start, next, self.window(start, next - 1));
        candles.into_iter().map(stats).collect()
    }
}

/// A stretch without a trade.
fn flat(price: Fixed) -> Stats {
    Stats {
        open: price,
        high: price,
        low: price,
        close: price,
        previous_close: price,
        last_quantity: Fixed::ZERO,
        volume: Fixed::ZERO,
        quote_volume: Fixed::ZERO,
        taker_buy_volume: Fixed::ZERO,
        taker_buy_quote_volume: Fixed::ZERO,
        first_id: -1,
        last_id: -1,
        count: 0,
    }
}

impl Stats {
    fn add(&mut self, trade: &Trade) {
        if self.count == 0 {
            (self.open, self.high, self.low, self.first_id) =
                (trade.price, trade.price, trade.price, trade.id);
        }
        let amount = trade.price.times(trade.quantity);
        self.high = self.high.max(trade.price);
        self.low = self.low.min(trade.price);
        self.close = trade.price;
        self.last_quantity = trade.quantity;
        self.last_id = trade.id;
        self.count += 1;
        self.volume += trade.quantity;
        self.quote_volume += amount;
        if !trade.buyer_is_maker {
            self.taker_buy_volume += trade.quantity;
            self.taker_buy_quote_volume += amount;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_US: i64 = 1_000_000;

    #[test]
    fn trades_join_and_add_up() {
        let whole = Fixed::whole;
        let mut tape = Tape::new(whole(9));
        tape.opened(0);
        for (price, quantity, second, continues) in [
            (10, 1, 1, false),
            (10, 2, 1, true),
            (11, 1, 1, true),
            (11, 1, 61, false),
        ] {
            tape.push(
                whole(price),
                whole(quantity),
                second * SECOND_US,
                false,
                continues,
            );
        }
        let joined = Tape::aggregates(tape.trades());
        let ids: Vec<_> = joined
            .iter()
            .map(|one| (one.trade.aggregate, one.first_id, one.trade.id))
            .collect();
        assert_eq!(ids, [(1, 1, 2), (2, 3, 3), (3, 4, 4)]);
        let minute = Interval::Micros(60 * SECOND_US);
        let candles = tape.candles(minute, 0, (None, None), 10, 180 * SECOND_US);
        let seen: Vec<_> = candles
            .iter()
            .map(|(start, _, stats)| (start / SECOND_US, stats.open, stats.volume))
            .collect();
        let expected = [(0, 10, 4), (60, 11, 1), (120, 11, 0), (180, 11, 0)];
        assert_eq!(
            seen,
            expected.map(|(start, open, volume)| (start, whole(open), whole(volume)))
        );
        assert_eq!(
            tape.window(0, 60 * SECOND_US - 1).average(),
            whole(41).over(whole(4)).unwrap()
        );
        assert_eq!(
            tape.candles(minute, 0, (Some(1), None), 1, 180 * SECOND_US)[0].0,
            60 * SECOND_US
        );
        assert_eq!(tape.between(61 * SECOND_US, i64::MAX).count(), 1);
    }
}
