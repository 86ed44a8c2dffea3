//! Contracts: what a quantity of them is worth, and the rules of their orders.

use super::brackets::Brackets;
use super::math::{div, mul_div};
use crate::Fixed;

/// How the value of a contract follows from its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The quantity is in the base asset, and profits are in the quote asset (USDⓈ-M).
    Linear,
    /// The quantity counts contracts, each worth `contract_size` of the quote asset, and profits are in the base asset (COIN-M).
    Inverse {
        /// The worth of one contract in the quote asset.
        contract_size: Fixed,
    },
}

/// A perpetual contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// `BTCUSDT`, `BTCUSD_PERP`.
    pub symbol: String,
    /// `BTCUSDT`, `BTCUSD`.
    pub pair: String,
    /// The base asset.
    pub base: String,
    /// The quote asset.
    pub quote: String,
    /// How its value follows from its price. The margin is in the quote asset of linear contracts, and in the base asset of
    /// inverse ones.
    pub kind: Kind,
    /// `PRICE_FILTER.tickSize`.
    pub tick: Fixed,
    /// `PRICE_FILTER.minPrice`.
    pub min_price: Fixed,
    /// `PRICE_FILTER.maxPrice`.
    pub max_price: Fixed,
    /// `LOT_SIZE.stepSize`.
    pub step: Fixed,
    /// `LOT_SIZE.minQty`.
    pub min_quantity: Fixed,
    /// `LOT_SIZE.maxQty`.
    pub max_quantity: Fixed,
    /// `MARKET_LOT_SIZE.maxQty`.
    pub max_market_quantity: Fixed,
    /// `MIN_NOTIONAL.notional`; zero where there is no such filter.
    pub min_notional: Fixed,
    /// `PERCENT_PRICE`: prices of buys are at most the mark price times the first, and those of sells at least the mark price
    /// times the second.
    pub percent_price: (Fixed, Fixed),
    /// Orders that an account may have open in the contract.
    pub max_orders: usize,
    /// Conditional orders that an account may have waiting in the contract.
    pub max_conditional_orders: usize,
    /// What the leverage and the maintenance margin depend on.
    pub brackets: Brackets,
    /// The share of a trade's notional that makers pay.
    pub maker_fee: Fixed,
    /// The share of a trade's notional that takers pay.
    pub taker_fee: Fixed,
    /// The share of the notional that a forced order costs.
    pub liquidation_fee: Fixed,
    /// Time between fundings, in microseconds.
    pub funding_interval_us: i64,
    /// The interest rate per interval.
    pub interest_rate: Fixed,
    /// The funding rate is within this, and the negative of it.
    pub funding_cap: Fixed,
}

impl Contract {
    /// The asset of margin, profits and fees.
    pub fn margin_asset(&self) -> &str {
        match self.kind {
            Kind::Linear => &self.quote,
            Kind::Inverse { .. } => &self.base,
        }
    }

    /// The signed value of an amount at a price, in the margin asset: the profit of a position is the difference between its
    /// value at two prices. That of an inverse contract is negative for longs, since fewer coins are worth a contract as the
    /// price rises.
    pub fn value(&self, amount: Fixed, price: Fixed) -> Fixed {
        match self.kind {
            Kind::Linear => amount.times(price),
            Kind::Inverse { contract_size } => -div(amount.times(contract_size), price),
        }
    }

    /// The notional of an amount at a price, in the margin asset.
    pub fn notional(&self, amount: Fixed, price: Fixed) -> Fixed {
        self.value(amount, price).abs()
    }

    /// The price at which an amount has a value; the inverse of [`value`](Self::value). Zero where there is none.
    pub fn price_at(&self, amount: Fixed, value: Fixed) -> Fixed {
        match self.kind {
            Kind::Linear => div(value, amount),
            Kind::Inverse { contract_size } => mul_div(-amount, contract_size, value),
        }
    }

    /// A quantity in the base asset.
    pub fn base_quantity(&self, quantity: Fixed, price: Fixed) -> Fixed {
        match self.kind {
            Kind::Linear => quantity,
            Kind::Inverse { .. } => self.notional(quantity, price),
        }
    }

    /// A quantity in the quote asset.
    pub fn quote_quantity(&self, quantity: Fixed, price: Fixed) -> Fixed {
        match self.kind {
            Kind::Linear => quantity.times(price),
            Kind::Inverse { contract_size } => quantity.times(contract_size),
        }
    }

    /// The highest and the lowest price of orders at a mark price.
    pub fn price_bounds(&self, mark: Fixed) -> (Fixed, Fixed) {
        (mark.times(self.percent_price.0), mark.times(self.percent_price.1))
    }
}
