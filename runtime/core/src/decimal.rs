//! Exact decimal numbers.
//!
//! [`Decimal`] keeps the digits as they were sent, trailing zeros included, and never prints an exponent.

pub use rust_decimal::Decimal;

/// A decimal from a mantissa and a power of ten, as SBE messages carry it: `mantissa × 10^exponent`.
///
/// The scale is `-exponent`, so trailing zeros are kept. `None` where the value needs more than 96 bits or
/// 28 fraction digits.
pub fn from_mantissa(mantissa: i128, exponent: i8) -> Option<Decimal> {
    if exponent <= 0 {
        Decimal::try_from_i128_with_scale(mantissa, u32::from(exponent.unsigned_abs())).ok()
    } else {
        let factor = 10_i128.checked_pow(u32::from(exponent.unsigned_abs()))?;
        Decimal::try_from_i128_with_scale(mantissa.checked_mul(factor)?, 0).ok()
    }
}

/// The mantissa of `value` at a given exponent, or `None` where digits would be lost or it does not fit.
pub fn to_mantissa(value: Decimal, exponent: i8) -> Option<i128> {
    let shift = -(value.scale() as i32) - i32::from(exponent);
    let mantissa = value.mantissa();
    let factor = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        mantissa.checked_mul(factor)
    } else if mantissa % factor == 0 {
        Some(mantissa / factor)
    } else {
        None
    }
}
