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

/// A [`Decimal`] from a literal, checked when the program is compiled: `dec!(0.010)` keeps its trailing zero.
///
/// ```
/// use binance_wire_core::dec;
/// assert_eq!(dec!(-52_000.10).to_string(), "-52000.10");
/// ```
///
/// ```compile_fail
/// let price = binance_wire_core::dec!(1e5);
/// ```
#[macro_export]
macro_rules! dec {
    ($number:literal) => {
        const { $crate::decimal::literal(stringify!($number)) }
    };
}

/// For [`dec!`](crate::dec) alone.
///
/// # Panics
/// When the program is compiled: where the text is not a plain number of at most 96 bits and 28 fraction digits.
#[doc(hidden)]
pub const fn literal(text: &str) -> Decimal {
    let bytes = text.as_bytes();
    let mut index = 0;
    let negative = !bytes.is_empty() && bytes[0] == b'-';
    if negative {
        index = 1;
    }
    let (mut mantissa, mut scale, mut digits, mut fraction) = (0_u128, 0_u32, 0_usize, false);
    while index < bytes.len() {
        match bytes[index] {
            digit @ b'0'..=b'9' => {
                mantissa = mantissa * 10 + (digit - b'0') as u128;
                digits += 1;
                if fraction {
                    scale += 1;
                }
                assert!(
                    mantissa >> 96 == 0 && scale <= 28,
                    "the number needs more digits than a Decimal has"
                );
            }
            b'.' if !fraction => fraction = true,
            // Stands between digits in a literal, and between the sign and the number in a token stream.
            b'_' | b' ' => {}
            _ => panic!("not a plain decimal number"),
        }
        index += 1;
    }
    assert!(digits > 0, "no digits");
    Decimal::from_parts(
        mantissa as u32,
        (mantissa >> 32) as u32,
        (mantissa >> 64) as u32,
        negative,
        scale,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_keep_their_digits() {
        assert_eq!(dec!(0.010).to_string(), "0.010");
        assert_eq!(dec!(52000).to_string(), "52000");
        assert_eq!(dec!(-1.50), Decimal::new(-150, 2));
        assert_eq!(dec!(79228162514264337593543950335), Decimal::MAX);
    }

    #[test]
    fn mantissas_keep_trailing_zeros_and_refuse_loss() {
        assert_eq!(
            from_mantissa(1_230, -2).map(|d| d.to_string()).as_deref(),
            Some("12.30")
        );
        assert_eq!(
            from_mantissa(5, 3).map(|d| d.to_string()).as_deref(),
            Some("5000")
        );
        assert_eq!(from_mantissa(i128::MAX, -2), None);
        assert_eq!(from_mantissa(1, -29), None);
        assert_eq!(to_mantissa(dec!(12.30), -2), Some(1_230));
        assert_eq!(to_mantissa(dec!(12.30), -1), Some(123));
        assert_eq!(to_mantissa(dec!(12.30), 0), None);
        assert_eq!(to_mantissa(dec!(12), -8), Some(1_200_000_000));
    }
}
