//! Numbers as text, without the detour through `core::fmt`: four of them stand in every order.

use binance_wire_core::Decimal;

/// Room for the digits of `u64::MAX`.
const U64_DIGITS: usize = 20;

/// Appends `value` in decimal.
pub(crate) fn push_integer(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    push_digits(out, value.unsigned_abs(), 1);
}

/// Appends `value` as plain digits: trailing zeros kept, never an exponent, and no minus before zero.
pub(crate) fn push_decimal(out: &mut String, value: Decimal) {
    let Ok(mantissa) = u64::try_from(value.mantissa().unsigned_abs()) else {
        // More than 64 bits: no price and no quantity of today gets here.
        out.push_str(&value.to_string());
        return;
    };
    if value.is_sign_negative() && mantissa != 0 {
        out.push('-');
    }
    let scale = value.scale() as usize;
    let start = out.len();
    push_digits(out, mantissa, scale + 1);
    if scale > 0 {
        let point = out.len() - scale;
        debug_assert!(point > start, "one digit at least stands before the point");
        out.insert(point, '.');
    }
}

/// Appends `value` with at least `least` digits, zeros in front.
fn push_digits(out: &mut String, mut value: u64, least: usize) {
    let mut digits = [b'0'; U64_DIGITS];
    let mut start = U64_DIGITS;
    while value > 0 {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    let found = U64_DIGITS - start;
    for _ in found..least {
        out.push('0');
    }
    // All bytes are ASCII digits, so that this cannot fail.
    out.push_str(std::str::from_utf8(&digits[start..]).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(value: Decimal) -> String {
        let mut out = String::from("x=");
        push_decimal(&mut out, value);
        out.split_off(2)
    }

    #[test]
    fn integers() {
        for value in [0, 7, -1, 1_499_827_319_559, i64::MIN, i64::MAX] {
            let mut out = String::new();
            push_integer(&mut out, value);
            assert_eq!(out, value.to_string());
        }
    }

    #[test]
    fn decimals_keep_their_zeros() {
        for text in [
            "0",
            "0.00",
            "1",
            "0.1",
            "0.00000001",
            "52000.00",
            "-0.5",
            "184467440737095516.16",
        ] {
            assert_eq!(decimal(text.parse().expect("a decimal")), text);
        }
        assert_eq!(decimal(-"0.00".parse::<Decimal>().expect("a decimal")), "0.00");
        assert_eq!(decimal(Decimal::MAX), "79228162514264337593543950335");
    }

    proptest! {
        #[test]
        fn decimals_print_as_the_type_prints_itself(mantissa in any::<i64>(), scale in 0_u32..=28) {
            let value = Decimal::new(mantissa, scale);
            prop_assert_eq!(decimal(value), value.to_string());
        }
    }
}
