//! Numbers as futures print them.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::Contract;

/// A number with so many fraction digits; further ones are cut off.
pub(super) fn places(value: Fixed, digits: usize) -> String {
    let text = value.to_string();
    match text.split_once('.') {
        Some((whole, _)) if digits == 0 => whole.to_owned(),
        Some((whole, fraction)) => format!("{whole}.{}", fraction.get(..digits).unwrap_or(fraction)),
        None => text,
    }
}

/// Fraction digits that a step needs.
pub(super) fn digits(step: Fixed) -> usize {
    let text = step.to_string();
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    fraction.trim_end_matches('0').len()
}

/// A price of a contract's orders.
pub(super) fn price(contract: &Contract, value: Fixed) -> String {
    places(value, digits(contract.tick))
}

/// A quantity of a contract.
pub(super) fn quantity(contract: &Contract, value: Fixed) -> String {
    places(value, digits(contract.step))
}

/// An amount of money, and every price that is computed.
pub(super) fn money(value: Fixed) -> String {
    places(value, 8)
}

/// An average price.
pub(super) fn average(value: Fixed) -> String {
    places(value, 5)
}

/// Without zeros at the end.
pub(super) fn plain(value: Fixed) -> String {
    places(value, digits(value))
}

/// Milliseconds of microseconds.
pub(super) fn ms(us: i64) -> i64 {
    us.div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_of_their_step() {
        let fixed = |text: &str| Fixed::parse(text).unwrap();
        assert_eq!(digits(fixed("0.10")), 1);
        assert_eq!(digits(fixed("1")), 0);
        assert_eq!(places(fixed("52000.129"), 2), "52000.12");
        assert_eq!(places(fixed("3"), 0), "3");
        assert_eq!(plain(fixed("0.0004")), "0.0004");
        assert_eq!(places(Fixed::ZERO - fixed("0.5"), 3), "-0.500");
    }
}
