//! Quotients of signed amounts, rounded toward zero, so that both sides of a trade are rounded alike.

use crate::Fixed;

/// `a / b`; zero where `b` is zero.
pub(crate) fn div(a: Fixed, b: Fixed) -> Fixed {
    a.over(b).unwrap_or(Fixed::ZERO)
}

/// `a · b / c` with one rounding; zero where `c` is zero.
pub(crate) fn mul_div(a: Fixed, b: Fixed, c: Fixed) -> Fixed {
    match c.units() {
        0 => Fixed::ZERO,
        units => Fixed::from_units(a.units().saturating_mul(b.units()) / units),
    }
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
