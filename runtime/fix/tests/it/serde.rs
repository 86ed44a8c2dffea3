//! serde for the values of FIX fields.
#![cfg(feature = "serde")]

use binance_wire_fix::{Field, FixTimestamp, UnrecognizedCode, impl_serde_code};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Buy,
    Sell,
    Unrecognized(UnrecognizedCode),
}

impl Side {
    fn as_str(&self) -> &str {
        match self {
            Self::Buy => "1",
            Self::Sell => "2",
            Self::Unrecognized(code) => code.as_str(),
        }
    }
}

impl_serde_code!(Side { Buy, Sell });

#[test]
fn codes_are_texts_and_unknown_ones_are_kept() {
    let sides: Vec<Side> = serde_json::from_str(r#"["1","2","Z"]"#).unwrap();
    assert!(matches!(
        sides[..],
        [Side::Buy, Side::Sell, Side::Unrecognized(_)]
    ));
    assert_eq!(serde_json::to_string(&sides).unwrap(), r#"["1","2","Z"]"#);
    assert!(serde_json::from_str::<Side>("\"a code that is too long\"").is_err());
}

#[test]
fn times_and_fields_keep_their_text() {
    let text = r#"["20240102-03:04:05.678",[55,"BTCUSDT"]]"#;
    let (time, field): (FixTimestamp, Field<'_>) = serde_json::from_str(text).unwrap();
    assert_eq!(
        field,
        Field {
            tag: 55,
            value: b"BTCUSDT"
        }
    );
    assert_eq!(serde_json::to_string(&(time, field)).unwrap(), text);
    let error = serde_json::from_str::<FixTimestamp>("\"2024\"").unwrap_err();
    assert!(error.to_string().contains("20240102-03:04:05.678"), "{error}");
    assert!(serde_json::to_string(&FixTimestamp::from_micros(i64::MAX)).is_err());
}

proptest! {
    #[test]
    fn times_come_back(count in 0_i64..=253_402_300_799_999_999, millis in any::<bool>()) {
        let time = if millis { FixTimestamp::from_millis(count / 1000) } else { FixTimestamp::from_micros(count) };
        let text = serde_json::to_string(&time).unwrap();
        prop_assert_eq!(serde_json::from_str::<FixTimestamp>(&text).unwrap(), time);
    }
}
