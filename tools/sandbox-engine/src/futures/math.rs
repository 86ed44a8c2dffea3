//! Products and quotients of signed amounts, rounded toward zero, so that both sides of a trade are rounded alike.

use crate::Fixed;

/// One, in units.
const ONE: i128 = 100_000_000;
/// The number one.
pub(crate) const UNIT: Fixed = Fixed::from_units(ONE);

/// `a · b`.
pub(crate) fn mul(a: Fixed, b: Fixed) -> Fixed {
    Fixed::from_units(a.units().saturating_mul(b.units()) / ONE)
}

/// `a / b`; zero where `b` is zero.
pub(crate) fn div(a: Fixed, b: Fixed) -> Fixed {
    match b.units() {
        0 => Fixed::ZERO,
        units => Fixed::from_units(a.units().saturating_mul(ONE) / units),
    }
}

/// `a · b / c` with one rounding; zero where `c` is zero.
pub(crate) fn mul_div(a: Fixed, b: Fixed, c: Fixed) -> Fixed {
    match c.units() {
        0 => Fixed::ZERO,
        units => Fixed::from_units(a.units().saturating_mul(b.units()) / units),
    }
}

pub(crate) fn neg(a: Fixed) -> Fixed {
    Fixed::from_units(-a.units())
}

pub(crate) fn abs(a: Fixed) -> Fixed {
    Fixed::from_units(a.units().abs())
}

pub(crate) fn is_negative(a: Fixed) -> bool {
    a < Fixed::ZERO
}

pub(crate) fn is_positive(a: Fixed) -> bool {
    a > Fixed::ZERO
}

/// `a` where it is positive, else zero.
pub(crate) fn or_zero(a: Fixed) -> Fixed {
    a.max(Fixed::ZERO)
}
