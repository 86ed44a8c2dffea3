//! Filters: the rules of a symbol that an order must keep, checked before it is sent.
//!
//! [`OrderFilters`] is made of a symbol of `exchangeInfo`. It rounds prices to the tick size and quantities to the step
//! size, and checks orders against every filter. Numbers are exact throughout.
//!
//! ```
//! use binance_wire_core::filters::{FilterContext, FilterFailure, Market, OrderFilters, OrderValues, Round};
//! use binance_wire_core::{RawJson, dec};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In a program: `OrderFilters::from(&symbol)`, where `symbol` is of the answer of `exchangeInfo`.
//! let symbol = RawJson::new(
//!     r#"{"symbol": "BTCUSDT", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": [
//!         {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
//!         {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
//!         {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": true,
//!          "maxNotional": "9000000", "applyMaxToMarket": false, "avgPriceMins": 5},
//!         {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200}]}"#,
//! )?;
//! let filters = OrderFilters::read(Market::Spot, &symbol);
//!
//! let price = filters.price(dec!(60123.4567), Round::Down)?;
//! let quantity = filters.quantity(dec!(0.000079), Round::Down)?;
//! assert_eq!((price, quantity), (dec!(60123.45), dec!(0.00007)));
//!
//! let order = OrderValues::limit("BUY", quantity, price);
//! let report = filters.check(&order, &FilterContext::new());
//! let failure: &FilterFailure = &report.failures()[0];
//! assert_eq!(
//!     failure.to_string(),
//!     "NOTIONAL: price * quantity is 4.2086415, minNotional is 5, and 0.7913585 is missing (-1013: Filter failure: NOTIONAL)"
//! );
//! // What needs the state of the account or of the market is checked where the context has it.
//! assert_eq!(report.not_checked()[0].filter, "MAX_NUM_ORDERS");
//! let report = filters.check(&order, &FilterContext::new().open_orders(12));
//! assert_eq!(report.not_checked(), []);
//! # Ok(())
//! # }
//! ```
//!
//! A request is checked as it is: `filters.check(&request, &context)` reads its parameters.

mod check;
mod context;
mod grid;
mod order;
mod read;
mod report;

pub use context::FilterContext;
pub use order::OrderValues;
pub use report::{FilterError, FilterFailure, FilterReport, NotChecked, Unchecked};

use crate::{Decimal, Text, ToJson};
use grid::Grid;
use read::{Kind, Range, Rule};

/// A symbol of `exchangeInfo` that lists its filters. Product crates implement it.
pub trait FilteredSymbol: ToJson {
    /// The market whose rules the filters follow.
    const MARKET: Market;
}

/// A market. Filters of the same name mean slightly different things on each, and failures have other codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Market {
    /// Spot and margin.
    Spot,
    /// USDⓈ-M futures.
    UsdsFutures,
    /// COIN-M futures.
    CoinFutures,
    /// European options.
    Options,
}

/// The direction in which a number is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Round {
    /// To the next lower multiple.
    Down,
    /// To the next higher multiple.
    Up,
    /// To the nearer multiple; upwards where both are equally near.
    Nearest,
}

/// The filters of a symbol. See the [module](self).
#[derive(Clone, Debug)]
pub struct OrderFilters {
    market: Market,
    symbol: Text,
    base_asset: Text,
    quote_asset: Text,
    /// The most decimal places of a price and of a quantity, where the market limits them.
    price_precision: Option<u32>,
    quantity_precision: Option<u32>,
    rules: Vec<Rule>,
}

impl<S: FilteredSymbol> From<&S> for OrderFilters {
    fn from(symbol: &S) -> Self {
        Self::read(S::MARKET, symbol)
    }
}

impl OrderFilters {
    /// The filters of a symbol in whatever form, as JSON has it: an object with `symbol`, `baseAsset`, `quoteAsset` and
    /// `filters`. A filter that cannot be read is never passed, but reported as not checked.
    pub fn read<S: ToJson + ?Sized>(market: Market, symbol: &S) -> Self {
        read::symbol(market, &crate::json::to_string(symbol))
    }

    /// Adds a list of filters: the `exchangeFilters` of `exchangeInfo`, or those of the account (`myFilters`).
    #[must_use]
    pub fn and<L: ToJson + ?Sized>(mut self, filters: &L) -> Self {
        self.rules.extend(read::rules(&crate::json::to_string(filters)));
        self
    }

    /// The symbol's name.
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// The names of the filters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| &*rule.name)
    }

    /// The price as a multiple of the tick size, within the bounds of `PRICE_FILTER`.
    ///
    /// # Errors
    /// The multiple is out of bounds, or the filter cannot be read.
    pub fn price(&self, price: Decimal, round: Round) -> Result<Decimal, FilterError> {
        let fits = |kind: &Kind| match kind {
            Kind::Price(range) => Some(*range),
            _ => None,
        };
        self.rounded(&["PRICE_FILTER"], fits, "price", price, round)
    }

    /// The quantity of an order with a price, as a multiple of the step size, within the bounds of `LOT_SIZE`.
    ///
    /// # Errors
    /// The multiple is out of bounds, or the filter cannot be read.
    pub fn quantity(&self, quantity: Decimal, round: Round) -> Result<Decimal, FilterError> {
        let fits = |kind: &Kind| match kind {
            Kind::LotSize(range) => Some(*range),
            _ => None,
        };
        self.rounded(&["LOT_SIZE"], fits, "quantity", quantity, round)
    }

    /// The quantity of a market order: it must fit `LOT_SIZE` and `MARKET_LOT_SIZE`.
    ///
    /// # Errors
    /// The multiple is out of bounds, or a filter cannot be read.
    pub fn market_quantity(&self, quantity: Decimal, round: Round) -> Result<Decimal, FilterError> {
        let fits = |kind: &Kind| match kind {
            Kind::LotSize(range) | Kind::MarketLotSize(range) => Some(*range),
            _ => None,
        };
        let names = ["LOT_SIZE", "MARKET_LOT_SIZE"];
        self.rounded(&names, fits, "quantity", quantity, round)
    }

    fn rounded(
        &self,
        names: &[&str],
        fits: impl Fn(&Kind) -> Option<Range>,
        parameter: &'static str,
        value: Decimal,
        round: Round,
    ) -> Result<Decimal, FilterError> {
        let mut grids = Vec::new();
        let concerns = |rule: &&Rule| names.contains(&&*rule.name) || &*rule.name == read::LIST;
        for rule in self.rules.iter().filter(concerns) {
            match (&rule.kind, fits(&rule.kind)) {
                (_, Some(range)) => grids.extend(range.step.map(|step| Grid {
                    step,
                    origin: range.origin(self.market),
                })),
                (Kind::NotReadable(why), None) => {
                    return Err(FilterError::NotChecked(NotChecked::new(&rule.name, why.clone())));
                }
                _ => {}
            }
        }
        let unexact = || FilterError::NoRoundedForm { parameter, value };
        let rounded = match grids.split_first() {
            None => value,
            Some((first, rest)) => rest
                .iter()
                .try_fold(*first, |grid, next| grid.common(*next))
                .and_then(|grid| grid.round(value, round))
                .ok_or_else(unexact)?,
        };
        let rounded = rounded.normalize();
        for rule in &self.rules {
            if let Some(range) = fits(&rule.kind)
                && let Some(failure) = self
                    .out_of_range(rule, range, parameter, rounded)
                    .into_iter()
                    .next()
            {
                return Err(FilterError::Failed(Box::new(failure)));
            }
        }
        Ok(rounded)
    }

    /// Checks an order, or a request that places or amends one, against every filter.
    #[must_use = "the report says whether the order passes"]
    pub fn check(&self, order: impl Into<OrderValues>, context: &FilterContext) -> FilterReport {
        check::order(self, &order.into(), context)
    }
}
