//! Exact numbers with eight fraction digits, the finest precision of symbols and assets.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// Number of fraction digits kept.
const SCALE: usize = 8;
const ONE: i128 = 100_000_000;
/// Digits that a decimal text may have on either side of the point.
const MAX_DIGITS: usize = 20;

/// A price, a quantity or an amount, counted in units of 10⁻⁸.
///
/// Sums and products saturate far outside of what filters let through.
///
/// ```
/// use binance_wire_sandbox_engine::Fixed;
///
/// let price = Fixed::parse("52000.10")?;
/// let quantity = Fixed::parse("0.5")?;
/// assert_eq!(price.times(quantity).to_string(), "26000.05000000");
/// # Ok::<(), binance_wire_sandbox_engine::FixedError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed(i128);

/// Why a text is not a number that the exchange takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FixedError {
    /// Something else than digits and one point: signs, exponents, blanks.
    #[error("not digits with at most one point between them")]
    Notation,
    /// More than eight fraction digits that matter.
    #[error("more than eight fraction digits")]
    Precision,
}

impl Fixed {
    /// 0.
    pub const ZERO: Fixed = Fixed(0);
    /// 1.
    pub const ONE: Fixed = Fixed(ONE);

    /// The number `units * 10⁻⁸`.
    pub const fn from_units(units: i128) -> Fixed {
        Fixed(units)
    }

    /// The whole number `number`.
    pub const fn whole(number: i64) -> Fixed {
        Fixed(number as i128 * ONE)
    }

    /// How many 10⁻⁸ the number is.
    pub const fn units(self) -> i128 {
        self.0
    }

    /// Whether the number is 0.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads plain notation only: `1`, `1.50`; never `+1`, `-1`, `1e3`, `.5` or `1.`.
    ///
    /// # Errors
    /// [`FixedError::Notation`] for any other text, and for more than 20 digits on a side of the point;
    /// [`FixedError::Precision`] where a digit other than 0 comes after the eighth of the fraction.
    pub fn parse(text: &str) -> Result<Fixed, FixedError> {
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
        if fraction.len() > SCALE {
            return Err(FixedError::Precision);
        }
        let number = |text: &str| {
            text.bytes()
                .fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'))
        };
        let missing = (fraction.len()..SCALE).fold(1, |power, _| power * 10);
        Ok(Fixed(number(whole) * ONE + number(fraction) * missing))
    }

    /// The product, rounded towards zero.
    #[must_use]
    pub fn times(self, other: Fixed) -> Fixed {
        Fixed(self.0.saturating_mul(other.0) / ONE)
    }

    /// The product, rounded away from zero.
    #[must_use]
    pub fn times_up(self, other: Fixed) -> Fixed {
        let product = self.0.saturating_mul(other.0);
        let rest = i128::from(product % ONE != 0) * product.signum();
        Fixed(product / ONE + rest)
    }

    /// The quotient, rounded towards zero; none of a division by 0.
    pub fn over(self, divisor: Fixed) -> Option<Fixed> {
        let quotient = self.0.saturating_mul(ONE).checked_div(divisor.0);
        quotient.map(Fixed)
    }

    /// How often `step` goes into the quotient of the two, as a multiple of `step`; 0 where one of the two is 0.
    #[must_use]
    pub fn divided_down_to(self, divisor: Fixed, step: Fixed) -> Fixed {
        self.over(divisor)
            .map_or(Fixed::ZERO, |quotient| quotient.down_to(step))
    }

    /// The greatest multiple of `step` that is not beyond the number; 0 where `step` is 0.
    #[must_use]
    pub fn down_to(self, step: Fixed) -> Fixed {
        match self.0.checked_rem(step.0) {
            Some(rest) => Fixed(self.0 - rest),
            None => Fixed::ZERO,
        }
    }

    /// Whether the number is a whole multiple of `step`; of 0 every number is one.
    pub fn is_multiple_of(self, step: Fixed) -> bool {
        self.0.checked_rem(step.0).unwrap_or(0) == 0
    }

    /// The number without its sign.
    #[must_use]
    pub const fn abs(self) -> Fixed {
        Fixed(self.0.saturating_abs())
    }
}

impl Add for Fixed {
    type Output = Fixed;
    fn add(self, other: Fixed) -> Fixed {
        Fixed(self.0.saturating_add(other.0))
    }
}

impl Sub for Fixed {
    type Output = Fixed;
    fn sub(self, other: Fixed) -> Fixed {
        Fixed(self.0.saturating_sub(other.0))
    }
}

impl Neg for Fixed {
    type Output = Fixed;
    fn neg(self) -> Fixed {
        Fixed(self.0.saturating_neg())
    }
}

impl AddAssign for Fixed {
    fn add_assign(&mut self, other: Fixed) {
        *self = *self + other;
    }
}

impl SubAssign for Fixed {
    fn sub_assign(&mut self, other: Fixed) {
        *self = *self - other;
    }
}

impl Sum for Fixed {
    fn sum<I: Iterator<Item = Fixed>>(iter: I) -> Fixed {
        iter.fold(Fixed::ZERO, |sum, item| sum + item)
    }
}

/// With all eight fraction digits.
impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        let one = ONE.unsigned_abs();
        write!(f, "{sign}{}.{:0SCALE$}", units / one, units % one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_notation_and_nothing_else() {
        assert_eq!(Fixed::parse("52000.10").unwrap().to_string(), "52000.10000000");
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
    fn rounds_as_it_says() {
        let [ten, three, step] = ["10", "3", "0.01"].map(|text| Fixed::parse(text).unwrap());
        assert_eq!(ten.divided_down_to(three, step).to_string(), "3.33000000");
        assert_eq!(ten.divided_down_to(Fixed::ZERO, step), Fixed::ZERO);
        let least = Fixed::from_units(1);
        let half = Fixed::from_units(50_000_000);
        assert_eq!((least.times(half), least.times_up(half)), (Fixed::ZERO, least));
        assert_eq!(
            ((-least).times(half), (-least).times_up(half)),
            (Fixed::ZERO, -least)
        );
        assert_eq!((-ten).over(three).unwrap().to_string(), "-3.33333333");
        assert_eq!(ten.over(Fixed::ZERO), None);
        let most = Fixed::from_units(i128::MAX);
        assert_eq!(
            (most + most, most.abs(), -most - most),
            (most, most, Fixed::from_units(i128::MIN))
        );
    }
}
