//! What filters need to know of the account and of the market.

use crate::{Decimal, Timestamp};

/// The state of the account and of the market at which an order is checked. Everything is optional; a filter that
/// needs what is not here is reported as not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FilterContext {
    /// `Some(None)` where the symbol is known to have no reference price.
    pub(super) reference_price: Option<Option<Decimal>>,
    pub(super) average_price: Option<Decimal>,
    pub(super) last_price: Option<Decimal>,
    pub(super) mark_price: Option<Decimal>,
    pub(super) position: Option<Decimal>,
    pub(super) open_orders: Option<u64>,
    pub(super) open_algo_orders: Option<u64>,
    pub(super) open_iceberg_orders: Option<u64>,
    pub(super) open_order_lists: Option<u64>,
    pub(super) exchange_open_orders: Option<u64>,
    pub(super) exchange_open_algo_orders: Option<u64>,
    pub(super) exchange_open_iceberg_orders: Option<u64>,
    pub(super) exchange_open_order_lists: Option<u64>,
    pub(super) amendments: Option<u64>,
    pub(super) time: Option<Timestamp>,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, value: $type) -> Self {
            self.$name = Some(value);
            self
        }
    )*};
}

impl FilterContext {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Spot: the symbol's reference price, or `None` where the exchange says that it has none. Only then do the
        /// average and the last price count.
        reference_price: Option<Decimal>,
        /// Spot: the average price over the minutes that the filter names (`avgPrice`).
        average_price: Decimal,
        /// Spot: the last price, for filters with an average over 0 minutes.
        last_price: Decimal,
        /// Futures: the mark price.
        mark_price: Decimal,
        /// Spot: the base asset that the account has, free and locked, and the quantities of its open buy orders.
        position: Decimal,
        /// The account's open orders of the symbol.
        open_orders: u64,
        /// Those of them that are stop, take-profit or trailing orders.
        open_algo_orders: u64,
        /// Those of them that are iceberg orders.
        open_iceberg_orders: u64,
        /// The account's open order lists of the symbol.
        open_order_lists: u64,
        /// The account's open orders of all symbols.
        exchange_open_orders: u64,
        /// Those of them that are stop or take-profit orders.
        exchange_open_algo_orders: u64,
        /// Those of them that are iceberg orders.
        exchange_open_iceberg_orders: u64,
        /// The account's open order lists of all symbols.
        exchange_open_order_lists: u64,
        /// How often the order that is to be amended has been amended.
        amendments: u64,
        /// The time of the check.
        time: Timestamp,
    }
}
