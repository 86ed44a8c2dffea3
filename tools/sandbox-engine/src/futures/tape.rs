//! What remains of trades and prices: the latest trades, klines, and the statistics of a day.

use std::collections::VecDeque;

use super::event::{AggTrade, Trade};
use crate::{Fixed, Interval};

const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 86_400_000_000;
/// Candles of a minute that are kept: eight days.
const CANDLES: usize = 11_520;
/// Trades and aggregate trades that are kept.
const TRADES: usize = 10_000;

/// A price and a volume in an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle {
    /// Its start.
    pub open_us: i64,
    /// The first price.
    pub open: Fixed,
    /// The highest price.
    pub high: Fixed,
    /// The lowest price.
    pub low: Fixed,
    /// The last price.
    pub close: Fixed,
    /// What was traded.
    pub volume: Fixed,
    /// The same in the other asset: the quote asset of linear contracts, and the base asset of inverse ones.
    pub notional: Fixed,
    /// The part of `volume` that was bought by takers.
    pub taker_volume: Fixed,
    /// The part of `notional` that was bought by takers.
    pub taker_notional: Fixed,
    /// The number of trades.
    pub trades: i64,
    /// The first trade; -1 without one.
    pub first: i64,
    /// The last trade; -1 without one.
    pub last: i64,
}

impl Candle {
    fn of_price(open_us: i64, price: Fixed) -> Candle {
        Candle {
            open_us,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Fixed::ZERO,
            notional: Fixed::ZERO,
            taker_volume: Fixed::ZERO,
            taker_notional: Fixed::ZERO,
            trades: 0,
            first: -1,
            last: -1,
        }
    }

    fn price(&mut self, price: Fixed) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
    }

    fn join(&mut self, next: &Candle) {
        self.high = self.high.max(next.high);
        self.low = self.low.min(next.low);
        self.close = next.close;
        self.volume += next.volume;
        self.notional += next.notional;
        self.taker_volume += next.taker_volume;
        self.taker_notional += next.taker_notional;
        self.trades += next.trades;
        if self.first < 0 {
            self.first = next.first;
        }
        self.last = self.last.max(next.last);
    }
}

/// Candles of a minute, from which those of longer intervals follow.
#[derive(Clone, Debug, Default)]
pub struct Candles {
    minutes: VecDeque<Candle>,
}

impl Candles {
    fn at(&mut self, time_us: i64, price: Fixed) -> &mut Candle {
        let open_us = time_us - time_us.rem_euclid(MINUTE_US);
        if self.minutes.back().is_none_or(|last| last.open_us < open_us) {
            self.minutes.push_back(Candle::of_price(open_us, price));
            if self.minutes.len() > CANDLES {
                self.minutes.pop_front();
            }
        }
        let last = self.minutes.len() - 1;
        &mut self.minutes[last]
    }

    /// Takes a price in.
    pub(crate) fn price(&mut self, time_us: i64, price: Fixed) {
        self.at(time_us, price).price(price);
    }

    fn trade(&mut self, trade: &Trade, notional: Fixed) {
        let candle = self.at(trade.time_us, trade.price);
        candle.price(trade.price);
        candle.volume += trade.quantity;
        candle.notional += notional;
        if !trade.buyer_is_maker {
            candle.taker_volume += trade.quantity;
            candle.taker_notional += notional;
        }
        candle.trades += 1;
        if candle.first < 0 {
            candle.first = trade.id;
        }
        candle.last = trade.id;
    }

    /// The candles of an interval, the oldest first; intervals without a price have none. Weeks begin on Mondays, and months
    /// are those of the calendar.
    pub fn of(&self, interval: Interval) -> Vec<Candle> {
        let mut joined: Vec<Candle> = Vec::new();
        for candle in &self.minutes {
            let open_us = interval.around(candle.open_us).0;
            match joined.last_mut() {
                Some(last) if last.open_us == open_us => last.join(candle),
                _ => joined.push(Candle { open_us, ..*candle }),
            }
        }
        joined
    }

    /// The candle of an interval that is going on, or the last one.
    pub fn latest(&self, interval: Interval) -> Option<Candle> {
        let open_us = interval.around(self.minutes.back()?.open_us).0;
        let from = self.minutes.partition_point(|candle| candle.open_us < open_us);
        let mut of_interval = self.minutes.range(from..);
        let mut joined = Candle {
            open_us,
            ..*of_interval.next()?
        };
        of_interval.for_each(|candle| joined.join(candle));
        Some(joined)
    }

    /// Everything since a time as one candle.
    fn since(&self, time_us: i64) -> Option<Candle> {
        let mut recent = self.minutes.iter().filter(|candle| candle.open_us >= time_us);
        let mut joined = *recent.next()?;
        recent.for_each(|candle| joined.join(candle));
        Some(joined)
    }
}

/// Reads the length of a kline; seconds are not offered for futures.
pub fn kline_interval(text: &str) -> Option<Interval> {
    Interval::parse(text).filter(|interval| *interval != Interval::SECOND)
}

/// The statistics of 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Prices, volumes and trades; the interval begins with a minute.
    pub candle: Candle,
    /// The quantity of the last trade.
    pub last_quantity: Fixed,
    /// The end.
    pub close_us: i64,
}

/// The trades of a contract.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// The latest trades.
    pub trades: VecDeque<Trade>,
    /// The latest aggregate trades that are complete.
    pub aggregates: VecDeque<AggTrade>,
    /// Candles of its price.
    pub candles: Candles,
    last_aggregate: i64,
    open_aggregate: Option<AggTrade>,
}

impl Tape {
    /// Takes a trade in, with its notional; returns the aggregate that it completed.
    pub(crate) fn trade(&mut self, trade: &Trade, notional: Fixed) -> Option<AggTrade> {
        self.candles.trade(trade, notional);
        push(&mut self.trades, trade.clone(), TRADES);
        if let Some(open) = &mut self.open_aggregate
            && open.price == trade.price
            && open.buyer_is_maker == trade.buyer_is_maker
        {
            open.quantity += trade.quantity;
            open.last = trade.id;
            return None;
        }
        let complete = self.end_aggregate();
        self.last_aggregate += 1;
        self.open_aggregate = Some(AggTrade {
            id: self.last_aggregate,
            price: trade.price,
            quantity: trade.quantity,
            first: trade.id,
            last: trade.id,
            buyer_is_maker: trade.buyer_is_maker,
            time_us: trade.time_us,
        });
        complete
    }

    /// Completes the aggregate that is open: the order that made it is done.
    pub(crate) fn end_aggregate(&mut self) -> Option<AggTrade> {
        let complete = self.open_aggregate.take()?;
        push(&mut self.aggregates, complete.clone(), TRADES);
        Some(complete)
    }

    /// The statistics of the 24 hours before a time.
    pub fn statistics(&self, now_us: i64) -> Option<Statistics> {
        let last = self.trades.back()?;
        let recent = self.candles.since(now_us - DAY_US);
        let quiet = Candle::of_price(now_us - DAY_US, last.price);
        Some(Statistics {
            candle: recent.unwrap_or(quiet),
            last_quantity: last.quantity,
            close_us: now_us,
        })
    }

    /// The price of the last trade.
    pub fn last_price(&self) -> Option<Fixed> {
        self.trades.back().map(|trade| trade.price)
    }
}

/// Adds to the end, and takes off the start what is too much.
pub(crate) fn push<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    queue.push_back(item);
    if queue.len() > most {
        queue.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn klines_have_the_lengths_that_are_offered() {
        assert_eq!(kline_interval("3m"), Some(Interval::Micros(3 * MINUTE_US)));
        assert_eq!(kline_interval("7m"), None);
        assert_eq!(kline_interval("1s"), None);
    }
}
