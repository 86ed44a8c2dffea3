//! Symbols, and the filters that orders have to pass.

use crate::Fixed;

use super::Rejection;
use super::order::{NewOrder, OrderType};

/// A symbol and its filters, all of which are checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol {
    /// `BTCUSDT`.
    pub name: String,
    /// The asset that is traded.
    pub base: String,
    /// The asset that it is paid with.
    pub quote: String,
    /// The price before the first trade.
    pub opening: Fixed,
    /// `PRICE_FILTER`: step of prices, and the least one.
    pub tick: Fixed,
    /// `PRICE_FILTER`: the greatest price.
    pub max_price: Fixed,
    /// `LOT_SIZE` and `MARKET_LOT_SIZE`: step of quantities, and the least one.
    pub step: Fixed,
    /// `LOT_SIZE` and `MARKET_LOT_SIZE`: the greatest quantity.
    pub max_quantity: Fixed,
    /// `NOTIONAL`: the least amount of the quote asset.
    pub min_notional: Fixed,
    /// `NOTIONAL`: the greatest amount of the quote asset; of limit orders alone.
    pub max_notional: Fixed,
    /// `ICEBERG_PARTS`: into how many parts an iceberg may be split.
    pub iceberg_parts: u32,
    /// `TRAILING_DELTA`: the least and the most basis points.
    pub trailing_delta: (u32, u32),
    /// `MAX_NUM_ORDERS`: open orders of an account.
    pub max_orders: usize,
    /// `MAX_NUM_ALGO_ORDERS`: open conditional orders of an account.
    pub max_algo_orders: usize,
    /// `MAX_NUM_ORDER_LISTS`: open order lists of an account.
    pub max_lists: usize,
    /// `MAX_NUM_ORDER_AMENDS`: how often an order may be amended.
    pub max_amends: u32,
}

fn failed(filter: &str) -> Rejection {
    Rejection::new(-1013, format!("Filter failure: {filter}"))
}

pub(super) fn check_count(now: usize, more: usize, limit: usize, filter: &str) -> Result<(), Rejection> {
    if now.saturating_add(more) > limit {
        Err(failed(filter))
    } else {
        Ok(())
    }
}

impl Symbol {
    /// Checks what an order says by itself. `last` is the last price, which values a market order.
    ///
    /// # Errors
    /// The filter that it does not pass, with -1013.
    pub fn check(&self, new: &NewOrder, last: Fixed) -> Result<(), Rejection> {
        // A pegged order's price is not known yet, and what is sent with it is none.
        let price = new.price.filter(|_| new.peg.is_none());
        for price in [price, new.stop_price].into_iter().flatten() {
            if price < self.tick || price > self.max_price || !price.is_multiple_of(self.tick) {
                return Err(failed("PRICE_FILTER"));
            }
        }
        if let Some(quantity) = new.quantity {
            let fits =
                (self.step..=self.max_quantity).contains(&quantity) && quantity.is_multiple_of(self.step);
            if !fits {
                return Err(failed("LOT_SIZE"));
            }
        }
        if let (Some(part), Some(quantity)) = (new.iceberg.filter(|part| !part.is_zero()), new.quantity) {
            if part > quantity || !part.is_multiple_of(self.step) {
                return Err(failed("LOT_SIZE"));
            }
            let most = part.times(Fixed::whole(i64::from(self.iceberg_parts)));
            if quantity > most {
                return Err(failed("ICEBERG_PARTS"));
            }
        }
        if let Some(delta) = new.trailing_delta {
            let (least, most) = self.trailing_delta;
            if !(least..=most).contains(&delta) {
                return Err(failed("TRAILING_DELTA"));
            }
        }
        let value = price.or(new.stop_price).unwrap_or(last);
        let notional = new
            .quote_quantity
            .or(new.quantity.map(|quantity| quantity.times(value)));
        let is_out = |notional: Fixed| {
            let above = !matches!(new.kind, OrderType::Market) && notional > self.max_notional;
            notional < self.min_notional || above
        };
        if notional.is_some_and(is_out) {
            return Err(failed("NOTIONAL"));
        }
        Ok(())
    }
}
