//! Numbers by value, from their text: no digit is lost to a machine type.

/// Whether two JSON numbers have the same value: `1`, `1.0` and `10e-1` do.
///
/// Texts whose exponent is beyond all sense are equal only when they are the same text.
pub fn same_number(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    match (Exact::parse(left), Exact::parse(right)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// Whether two texts are both plain decimals, without an exponent, of the same value.
pub fn same_plain_decimal(left: &str, right: &str) -> bool {
    let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'.'));
    plain(left) && plain(right) && same_number(left, right)
}

/// `± digits × 10^exponent` with no zero at either end of the digits; zero has no digits.
#[derive(PartialEq, Eq)]
struct Exact {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Exact {
    /// `None` for what is not a number, and for an exponent that does not fit 64 bits.
    fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let kept = digits
            .iter()
            .rposition(|digit| *digit != b'0')
            .map_or(0, |last| last + 1);
        let dropped = i64::try_from(digits.len() - kept).ok()?;
        digits.truncate(kept);
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..leading);
        if digits.is_empty() {
            return Some(Self {
                negative: false,
                digits,
                exponent: 0,
            });
        }
        let places = i64::try_from(fraction.len()).ok()?;
        let exponent = exponent.checked_sub(places)?.checked_add(dropped)?;
        Some(Self {
            negative,
            digits,
            exponent,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spelling_does_not_count() {
        for (left, right) in [
            ("1", "1.0"),
            ("1e2", "100"),
            ("1E+2", "100.000"),
            ("0.5", "5e-1"),
            ("-0", "0.00"),
            ("0e99", "0"),
            ("184467440737095516160", "1.8446744073709551616e20"),
            ("0.00000000000000000000000000000001", "1e-32"),
        ] {
            assert!(same_number(left, right), "{left} {right}");
            assert!(same_number(right, left), "{right} {left}");
        }
    }

    #[test]
    fn the_last_digit_counts() {
        for (left, right) in [
            ("9007199254740993", "9007199254740992"),
            ("184467440737095516160", "184467440737095516161"),
            ("0.1", "0.10000000000000000001"),
            ("1", "-1"),
            ("1", "10"),
            ("1e99999999999999999999", "1e99999999999999999998"),
            ("0", "1"),
        ] {
            assert!(!same_number(left, right), "{left} {right}");
        }
    }

    #[test]
    fn texts_are_decimals_only_when_plain() {
        assert!(same_plain_decimal("5", "5.00"));
        assert!(same_plain_decimal("007", "7"));
        assert!(!same_plain_decimal("1e2", "100"));
        assert!(!same_plain_decimal("A", "B"));
        assert!(!same_plain_decimal(
            "20240611-09:01:46.228",
            "20240611-09:01:46.229"
        ));
    }

    proptest! {
        #[test]
        fn any_text_is_compared_without_a_panic(left in "[-+0-9.eE]{0,24}", right in "\\PC{0,24}") {
            prop_assert_eq!(same_number(&left, &right), same_number(&right, &left));
        }

        #[test]
        fn a_shifted_point_is_the_same_value(digits in 1_u64.., places in 0_usize..12) {
            let text = digits.to_string();
            let shifted = format!("{text}{}e-{places}", "0".repeat(places));
            prop_assert!(same_number(&text, &shifted));
            let next = digits.checked_add(1).map(|next| next.to_string());
            prop_assert!(next.is_none_or(|next| !same_number(&next, &shifted)));
        }
    }
}
