//! Properties of positions and of random histories.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{Contract, Kind, Position, margin};
use proptest::prelude::*;

use crate::common::{contract, fixed};

fn contracts() -> [Contract; 2] {
    let contract_size = fixed("100");
    [
        contract("BTCUSDT", Kind::Linear),
        contract("BTCUSD_PERP", Kind::Inverse { contract_size }),
    ]
}

/// Quantities in steps, and prices in ticks.
fn trades() -> impl Strategy<Value = Vec<(i64, i64)>> {
    proptest::collection::vec((-500_i64..500, 100_000_i64..900_000), 1..60)
}

fn price(ticks: i64) -> Fixed {
    Fixed::from_units(i128::from(ticks) * fixed("0.1").units())
}

proptest! {
    /// What one side of every trade earns, the other loses, to the last unit; rounding favors nobody.
    #[test]
    fn profits_and_losses_cancel_out(trades in trades(), mark in 100_000_i64..900_000) {
        for contract in contracts() {
            let (mut one, mut other) = (Position::default(), Position::default());
            let mut sum = Fixed::ZERO;
            for (steps, ticks) in &trades {
                let amount = Fixed::from_units(i128::from(*steps) * contract.step.units());
                sum += one.apply(&contract, amount, price(*ticks), Fixed::ZERO).realized;
                sum += other.apply(&contract, Fixed::ZERO - amount, price(*ticks), Fixed::ZERO).realized;
                prop_assert_eq!(one.amount, Fixed::ZERO - other.amount);
            }
            let mark = price(mark);
            let open = one.unrealized(&contract, mark) + other.unrealized(&contract, mark);
            prop_assert_eq!(sum + open, Fixed::ZERO);
        }
    }

    /// However a position was made, realized and unrealized profit are the value of its trades at the mark price.
    #[test]
    fn profits_do_not_depend_on_the_order_of_trades(trades in trades(), mark in 100_000_i64..900_000) {
        for contract in contracts() {
            let mut position = Position::default();
            let mut realized = Fixed::ZERO;
            let mut paid = Fixed::ZERO;
            let mut held = Fixed::ZERO;
            for (steps, ticks) in &trades {
                let amount = Fixed::from_units(i128::from(*steps) * contract.step.units());
                realized += position.apply(&contract, amount, price(*ticks), Fixed::ZERO).realized;
                paid += contract.value(amount, price(*ticks));
                held += amount;
            }
            prop_assert_eq!(position.amount, held);
            let worth = contract.value(held, price(mark));
            prop_assert_eq!(realized + position.unrealized(&contract, price(mark)), worth - paid);
        }
    }

    /// At the liquidation price, margin and maintenance margin are equal, but for rounding.
    #[test]
    fn margin_is_just_not_enough_at_the_liquidation_price(
        steps in prop_oneof![-400_i64..-1, 1_i64..400],
        ticks in 200_000_i64..800_000,
        leverage in 2_u32..100,
    ) {
        for contract in contracts() {
            let amount = Fixed::from_units(i128::from(steps) * contract.step.units());
            let mut position = Position::default();
            position.apply(&contract, amount, price(ticks), Fixed::ZERO);
            let wallet = margin::initial_margin(contract.notional(amount, price(ticks)), leverage);
            let Some(at) = margin::liquidation_price(&contract, &position, wallet, price(ticks)) else {
                continue;
            };
            // All of these are in the first bracket, whose share is 0.5 %.
            let held = contract.notional(amount, at).units() / 200;
            let balance = (wallet + position.unrealized(&contract, at)).units();
            let rounding = 10 + contract.notional(amount, at).units() / 10_000_000;
            prop_assert!((balance - held).abs() <= rounding, "{} {} at {}", balance, held, at);
        }
    }

    /// The maintenance margin grows with the notional, and jumps nowhere.
    #[test]
    fn maintenance_margin_is_continuous(notional in 0_i64..2_000_000, more in 0_i64..1000) {
        let brackets = contracts()[0].brackets.clone();
        let of = |whole: i64| brackets.maintenance_margin(Fixed::from_units(i128::from(whole) * 100_000_000)).units();
        let grown = of(notional + more) - of(notional);
        prop_assert!(grown >= 0 && grown <= i128::from(more) * 2_000_000 + 1);
    }

    /// Funding takes from one side what it gives to the other.
    #[test]
    fn funding_is_even(steps in 1_i64..100_000, mark in 100_000_i64..900_000, rate in -2_000_000_i64..2_000_000) {
        for contract in contracts() {
            let amount = Fixed::from_units(i128::from(steps) * contract.step.units());
            let rate = Fixed::from_units(i128::from(rate));
            let long = margin::funding_payment(&contract, amount, price(mark), rate);
            let short = margin::funding_payment(&contract, Fixed::ZERO - amount, price(mark), rate);
            prop_assert_eq!(long + short, Fixed::ZERO);
            prop_assert!(long.units().signum() * rate.units().signum() <= 0);
        }
    }
}
