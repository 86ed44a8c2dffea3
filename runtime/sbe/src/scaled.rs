//! Numbers sent as mantissa and exponent.

use std::fmt;

use binance_wire_core::{Decimal, decimal as core_decimal};

use crate::{SbeError, SbeErrorKind};

/// `mantissa × 10^exponent`, with a mantissa of 64 bits, as it was sent.
///
/// Displays as plain text with exactly `-exponent` fraction digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaled {
    /// The digits.
    pub mantissa: i64,
    /// The power of ten.
    pub exponent: i8,
}

/// `mantissa × 10^exponent`, with a mantissa of 128 bits, as it was sent.
///
/// Displays as plain text with exactly `-exponent` fraction digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaled128 {
    /// The digits.
    pub mantissa: i128,
    /// The power of ten.
    pub exponent: i8,
}

impl Scaled {
    /// `mantissa × 10^exponent`.
    #[inline(always)]
    pub const fn new(mantissa: i64, exponent: i8) -> Self {
        Self { mantissa, exponent }
    }

    /// The exact decimal, its scale being `-exponent`. An error where it needs more than 28 fraction digits or
    /// 96 bits.
    ///
    /// # Errors
    /// A number that needs more than 28 fraction digits or 96 bits.
    #[inline]
    pub fn decimal(self) -> Result<Decimal, SbeError> {
        // The usual case: no product, no overflow.
        if (-28..=0).contains(&self.exponent) {
            let digits = self.mantissa.unsigned_abs();
            let (low, middle) = (digits as u32, (digits >> 32) as u32);
            let scale = u32::from(self.exponent.unsigned_abs());
            return Ok(Decimal::from_parts(low, middle, 0, self.mantissa < 0, scale));
        }
        Scaled128::from(self).decimal()
    }
}

impl Scaled128 {
    /// `mantissa × 10^exponent`.
    #[inline(always)]
    pub const fn new(mantissa: i128, exponent: i8) -> Self {
        Self { mantissa, exponent }
    }

    /// The exact decimal, its scale being `-exponent`. An error where it needs more than 28 fraction digits or
    /// 96 bits.
    ///
    /// # Errors
    /// A number that needs more than 28 fraction digits or 96 bits.
    pub fn decimal(self) -> Result<Decimal, SbeError> {
        core_decimal::from_mantissa(self.mantissa, self.exponent).ok_or_else(|| self.overflow())
    }

    #[cold]
    fn overflow(self) -> SbeError {
        let value = format!("{} × 10^{}", self.mantissa, self.exponent);
        SbeErrorKind::DecimalOverflow { value: value.into() }.into()
    }
}

impl From<Scaled> for Scaled128 {
    #[inline]
    fn from(value: Scaled) -> Self {
        Self {
            mantissa: i128::from(value.mantissa),
            exponent: value.exponent,
        }
    }
}

/// A mantissa with its exponent, where there is a mantissa.
#[inline]
pub fn scaled(mantissa: Option<i64>, exponent: i8) -> Option<Scaled> {
    mantissa.map(|mantissa| Scaled { mantissa, exponent })
}

/// A mantissa with its exponent, where there is a mantissa.
#[inline]
pub fn scaled128(mantissa: Option<i128>, exponent: i8) -> Option<Scaled128> {
    mantissa.map(|mantissa| Scaled128 { mantissa, exponent })
}

/// The exact decimal of a scaled number.
///
/// # Errors
/// A number that needs more than 28 fraction digits or 96 bits.
pub fn decimal(value: impl Into<Scaled128>) -> Result<Decimal, SbeError> {
    value.into().decimal()
}

/// The exact decimal of a scaled number, where there is one.
///
/// # Errors
/// A number that needs more than 28 fraction digits or 96 bits.
pub fn optional_decimal(value: Option<impl Into<Scaled128>>) -> Result<Option<Decimal>, SbeError> {
    value.map(decimal).transpose()
}

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Scaled128::from(*self).fmt(f)
    }
}

impl fmt::Display for Scaled128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        if self.mantissa < 0 {
            f.write_str("-")?;
        }
        let places = usize::from(self.exponent.unsigned_abs());
        if self.exponent >= 0 {
            f.write_str(&digits)?;
            let zeros = if self.mantissa == 0 { 0 } else { places };
            return write!(f, "{:0<zeros$}", "");
        }
        match digits.len().checked_sub(places).filter(|&whole| whole > 0) {
            Some(whole) => {
                let (whole, fraction) = digits.split_at(whole);
                write!(f, "{whole}.{fraction}")
            }
            None => write!(f, "0.{digits:0>places$}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_exactly_the_digits_of_the_exponent() {
        for (mantissa, exponent, text) in [
            (0, 0, "0"),
            (0, -8, "0.00000000"),
            (0, 3, "0"),
            (1, -8, "0.00000001"),
            (-1, -2, "-0.01"),
            (12345, -2, "123.45"),
            (12345, -5, "0.12345"),
            (-12345, -4, "-1.2345"),
            (7, 3, "7000"),
            (100, 0, "100"),
            (i128::MIN, -2, "-1701411834604692317316873037158841057.28"),
        ] {
            assert_eq!(Scaled128 { mantissa, exponent }.to_string(), text);
        }
    }

    #[test]
    fn a_decimal_keeps_the_scale_or_is_an_error() {
        assert_eq!(
            Scaled::new(12300, -4).decimal().map(|d| d.to_string()),
            Ok("1.2300".to_owned())
        );
        assert_eq!(
            Scaled::new(5, 3).decimal().map(|d| d.to_string()),
            Ok("5000".to_owned())
        );
        assert!(Scaled::new(1, -29).decimal().is_err());
        assert!(Scaled128::new(i128::MAX, 0).decimal().is_err());
        assert!(Scaled128::new(1, 127).decimal().is_err());
    }
}
