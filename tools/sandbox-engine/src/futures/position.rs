//! Positions: what trades make of them, and what they are worth.

use super::contract::Contract;
use super::math::{is_negative, is_positive, mul_div};
use crate::Fixed;

/// A position in one contract on one side.
///
/// It keeps what was paid for it and not its entry price, so that no profit is lost to rounding: over all positions of a
/// contract, realized and unrealized profits add up to zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The quantity; negative for shorts.
    pub amount: Fixed,
    /// The value of the amount at the prices at which it was opened.
    cost: Fixed,
    /// The fees of opening it.
    fees: Fixed,
    /// The margin of an isolated position.
    pub isolated_wallet: Fixed,
    /// When it last changed, in microseconds since the epoch.
    pub updated_us: i64,
}

/// What a trade did to a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The profit that it realized, before fees.
    pub realized: Fixed,
    /// How much of the trade closed what was there, unsigned.
    pub closed: Fixed,
    /// How much of it opened, unsigned.
    pub opened: Fixed,
    /// The share of the isolated wallet that is free again.
    pub released: Fixed,
}

impl Position {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.amount.is_zero()
    }

    /// Takes a trade in: `amount` is negative for sales, `fee` what the trade cost.
    pub fn apply(&mut self, contract: &Contract, amount: Fixed, price: Fixed, fee: Fixed) -> Change {
        let before = *self;
        let closes = is_positive(before.amount) && is_negative(amount)
            || is_negative(before.amount) && is_positive(amount);
        let value = contract.value(amount, price);
        if !closes {
            self.amount += amount;
            self.cost += value;
            self.fees += fee;
            return Change {
                opened: amount.abs(),
                ..Change::default()
            };
        }
        let closed = amount.abs().min(before.amount.abs());
        let opened = amount.abs() - closed;
        let left = before.amount.abs() - closed;
        let closing = if is_negative(amount) {
            Fixed::ZERO - closed
        } else {
            closed
        };
        let closing_value = contract.value(closing, price);
        let keeps = |whole: Fixed| mul_div(whole, left, before.amount.abs());
        let kept = keeps(before.cost);
        self.amount += amount;
        self.cost = kept + (value - closing_value);
        self.fees = keeps(before.fees) + mul_div(fee, opened, amount.abs());
        self.isolated_wallet = keeps(before.isolated_wallet);
        Change {
            realized: kept - before.cost - closing_value,
            closed,
            opened,
            released: before.isolated_wallet - self.isolated_wallet,
        }
    }

    /// The average price at which it was opened; zero without a position.
    pub fn entry_price(&self, contract: &Contract) -> Fixed {
        contract.price_at(self.amount, self.cost)
    }

    /// The price at which closing it makes up for the fees of opening it.
    pub fn break_even_price(&self, contract: &Contract) -> Fixed {
        contract.price_at(self.amount, self.cost + self.fees)
    }

    /// The profit that closing it at a price would realize.
    pub fn unrealized(&self, contract: &Contract, price: Fixed) -> Fixed {
        match self.is_none() {
            true => Fixed::ZERO,
            false => contract.value(self.amount, price) - self.cost,
        }
    }

    /// The value at its opening prices.
    pub fn cost(&self) -> Fixed {
        self.cost
    }
}
