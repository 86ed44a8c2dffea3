//! Numbers as text, without `core::fmt`: every order has four of them.

use binance_wire_core::Decimal;

/// Room for a sign, 20 digits or 28 fraction digits with one before them, and a point.
const ROOM: usize = 32;

/// Appends `value` in decimal.
pub(crate) fn push_integer(out: &mut String, value: i64) {
    push_scaled(out, value < 0, value.unsigned_abs(), 0);
}

/// Appends `value` as plain digits: trailing zeros kept, never an exponent, and no minus before zero.
pub(crate) fn push_decimal(out: &mut String, value: Decimal) {
    match u64::try_from(value.mantissa().unsigned_abs()) {
        Ok(mantissa) => push_scaled(
            out,
            value.is_sign_negative() && mantissa != 0,
            mantissa,
            value.scale(),
        ),
        // More than 64 bits: no price and no quantity of today gets here.
        Err(_) => out.push_str(&value.to_string()),
    }
}

/// Appends `digits` with a point before the last `scale` of them; `scale` is 28 at most, as a [`Decimal`]'s.
fn push_scaled(out: &mut String, negative: bool, mut digits: u64, scale: u32) {
    let mut text = [0; ROOM];
    let mut start = ROOM;
    let mut put = |byte: u8| {
        start -= 1;
        text[start] = byte;
    };
    if scale > 0 {
        for _ in 0..scale {
            put(b'0' + (digits % 10) as u8);
            digits /= 10;
        }
        put(b'.');
    }
    loop {
        put(b'0' + (digits % 10) as u8);
        digits /= 10;
        if digits == 0 {
            break;
        }
    }
    if negative {
        put(b'-');
    }
    // All bytes are ASCII, so that this cannot fail.
    out.push_str(std::str::from_utf8(&text[start..]).unwrap_or_default());
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
