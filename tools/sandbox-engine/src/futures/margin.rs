//! Margin, liquidation prices and funding, as functions of values.
//!
//! # The model of liquidation
//! A cross account (an isolated position) is liquidated when its margin balance, which is the wallet and the unrealized
//! profit at the mark price, is less than its maintenance margin. Its orders are canceled, and its positions are closed as a
//! whole at the mark price, against an account of the exchange that takes any amount and pays no fees. What remains less
//! than zero is taken over by that account as well (`INSURANCE_CLEAR`). Positions are not reduced in steps, there is no
//! insurance fund that could run dry, and no auto-deleveraging.

use super::contract::{Contract, Kind};
use super::math::{div, is_positive};
use super::position::Position;
use crate::Fixed;

/// The margin that a notional needs at a leverage.
pub fn initial_margin(notional: Fixed, leverage: u32) -> Fixed {
    Fixed::from_units(notional.units() / i128::from(leverage.max(1)))
}

/// The mark price at which a position is liquidated, when `wallet` is what stands for it: the isolated wallet, or the cross
/// wallet with the unrealized profits of the other positions and less their maintenance margins. `None` where there is no
/// such price above zero. The maintenance margin is that of the bracket in which the position is at `mark`.
///
/// Source: <https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93>.
pub fn liquidation_price(
    contract: &Contract,
    position: &Position,
    wallet: Fixed,
    mark: Fixed,
) -> Option<Fixed> {
    let amount = position.amount;
    if amount.is_zero() {
        return None;
    }
    let (bracket, cumulative) = contract.brackets.of(contract.notional(amount, mark));
    let held = amount.abs().times(bracket.maintenance);
    let price = match contract.kind {
        // wallet + amount · p - cost = held · p - cumulative
        Kind::Linear => div(position.cost() - wallet - cumulative, amount - held),
        // wallet - amount · size / p - cost = held · size / p - cumulative
        Kind::Inverse { contract_size } => {
            let coins = wallet - position.cost() + cumulative;
            div((amount + held).times(contract_size), coins)
        }
    };
    is_positive(price).then_some(price)
}

/// The funding rate: the premium of the contract over its index, and the interest rate as far as the premium is not within
/// 0.05 % of it, within the cap.
///
/// Source: <https://www.binance.com/en/support/faq/360033525031>.
pub fn funding_rate(premium: Fixed, interest: Fixed, cap: Fixed) -> Fixed {
    let damper = Fixed::from_units(50_000);
    let rate = premium + (interest - premium).clamp(-damper, damper);
    rate.clamp(-cap, cap)
}

/// What a position receives in a funding: longs pay shorts at positive rates.
pub fn funding_payment(contract: &Contract, amount: Fixed, mark: Fixed, rate: Fixed) -> Fixed {
    let notional = contract.notional(amount, mark);
    let paid = notional.times(rate);
    if is_positive(amount) { -paid } else { paid }
}

/// The premium of a price over the index.
pub fn premium(price: Fixed, index: Fixed) -> Fixed {
    match index.is_zero() {
        true => Fixed::ZERO,
        false => div(price, index) - Fixed::ONE,
    }
}

/// The mark price: the median of the index and the best prices of the book; the index where a side of the book is empty.
pub fn mark_price(index: Fixed, bid: Option<Fixed>, ask: Option<Fixed>) -> Fixed {
    match (bid, ask) {
        (Some(bid), Some(ask)) => index.clamp(bid, ask.max(bid)),
        _ => index,
    }
}
