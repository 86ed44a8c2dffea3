//! Exact numbers with eight fraction digits, the precision of every symbol listed here.

use std::fmt;

/// Number of fraction digits kept.
pub(crate) const SCALE: u32 = 8;
const ONE: i128 = 100_000_000;
/// Digits that a decimal parameter may have on either side of the point.
const MAX_DIGITS: usize = 20;

/// A number counted in units of 10^-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fixed(i128);

/// Why a text is not a number that the exchange takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FixedError {
    /// Something else than digits and one point: signs, exponents, blanks.
    Notation,
    /// More than eight fraction digits that matter.
    Precision,
}

impl Fixed {
    pub(crate) const ZERO: Fixed = Fixed(0);

    /// The number `units * 10^-8`.
    pub(crate) const fn from_units(units: i128) -> Fixed {
        Fixed(units)
    }

    pub(crate) const fn units(self) -> i128 {
        self.0
    }

    pub(crate) const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads plain notation only: `1`, `1.50`; never `+1`, `-1`, `1e3`, `.5` or `1.`.
    pub(crate) fn parse(text: &str) -> Result<Fixed, FixedError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(FixedError::Notation),
            None => (text, ""),
        };
        let digits = |part: &str| part.len() <= MAX_DIGITS && part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(FixedError::Notation);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > SCALE as usize {
            return Err(FixedError::Precision);
        }
        let whole: i128 = whole.parse().map_err(|_| FixedError::Notation)?;
        let padded: i128 = format!("{fraction:0<width$}", width = SCALE as usize)
            .parse()
            .map_err(|_| FixedError::Notation)?;
        Ok(Fixed(whole * ONE + padded))
    }

    /// The product, rounded down; saturates far outside of what filters let through.
    pub(crate) fn times(self, other: Fixed) -> Fixed {
        Fixed(self.0.saturating_mul(other.0) / ONE)
    }

    /// How often `step` goes into the quotient of the two, as a multiple of `step`.
    pub(crate) fn divided_down_to(self, divisor: Fixed, step: Fixed) -> Fixed {
        if divisor.0 == 0 || step.0 == 0 {
            return Fixed::ZERO;
        }
        let quotient = self.0.saturating_mul(ONE) / divisor.0;
        Fixed(quotient - quotient % step.0)
    }

    /// Whether the number is a whole multiple of `step`.
    pub(crate) fn is_multiple_of(self, step: Fixed) -> bool {
        step.0 == 0 || self.0 % step.0 == 0
    }
}

impl std::ops::Add for Fixed {
    type Output = Fixed;
    fn add(self, other: Fixed) -> Fixed {
        Fixed(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Fixed {
    type Output = Fixed;
    fn sub(self, other: Fixed) -> Fixed {
        Fixed(self.0.saturating_sub(other.0))
    }
}

impl std::ops::AddAssign for Fixed {
    fn add_assign(&mut self, other: Fixed) {
        *self = *self + other;
    }
}

impl std::ops::SubAssign for Fixed {
    fn sub_assign(&mut self, other: Fixed) {
        *self = *self - other;
    }
}

impl std::iter::Sum for Fixed {
    fn sum<I: Iterator<Item = Fixed>>(iter: I) -> Fixed {
        iter.fold(Fixed::ZERO, |sum, item| sum + item)
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        let one = ONE.unsigned_abs();
        write!(
            f,
            "{sign}{}.{:0width$}",
            units / one,
            units % one,
            width = SCALE as usize
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_notation_and_nothing_else() {
        assert_eq!(
            Fixed::parse("52000.10").map(|n| n.to_string()),
            Ok("52000.10000000".to_owned())
        );
        assert_eq!(Fixed::parse("0.000000010000"), Ok(Fixed::from_units(1)));
        assert_eq!(Fixed::parse("0.000000001"), Err(FixedError::Precision));
        for bad in [
            "", ".5", "1.", "-1", "+1", "1e3", "1E-3", " 1", "1_0", "1.2.3", "１",
        ] {
            assert_eq!(Fixed::parse(bad), Err(FixedError::Notation), "{bad:?}");
        }
        assert_eq!(Fixed::parse(&"9".repeat(21)), Err(FixedError::Notation));
        assert!(Fixed::parse(&"9".repeat(20)).is_ok());
    }

    #[test]
    fn divides_down_to_the_step() {
        let [ten, three, step] = ["10", "3", "0.01"].map(|text| Fixed::parse(text).unwrap());
        assert_eq!(ten.divided_down_to(three, step).to_string(), "3.33000000");
        assert_eq!(ten.divided_down_to(Fixed::ZERO, step), Fixed::ZERO);
    }
}
