//! serde for the building blocks of messages.
#![cfg(feature = "serde")]

use binance_wire_core::{Decimal, dec};
use binance_wire_sbe::{EnumValue, Presence, Scaled, Scaled128, Unrecognized, impl_serde_enum};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Buy,
    Yes,
    Unrecognized(Unrecognized<u8>),
}

impl Side {
    fn from_raw(raw: u8) -> Self {
        match raw {
            0 => Self::Buy,
            200 => Self::Yes,
            _ => Self::Unrecognized(Unrecognized::new(raw)),
        }
    }

    fn json(self) -> EnumValue {
        match self {
            Self::Buy => EnumValue::Known("BUY"),
            Self::Yes => EnumValue::Bool(true),
            Self::Unrecognized(value) => EnumValue::Unknown(value.raw().into()),
        }
    }
}

impl_serde_enum!(Side, u8);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Message {
    price: Scaled,
    side: Vec<Side>,
    #[serde(default, skip_serializing_if = "Presence::is_absent")]
    absent: Presence<Scaled>,
    #[serde(default, skip_serializing_if = "Presence::is_absent")]
    null: Presence<Scaled128>,
    #[serde(with = "binance_wire_core::serde::decimal")]
    quantity: Presence<Decimal>,
}

#[test]
fn a_message_comes_back_equal() {
    let message = Message {
        price: Scaled::new(-12_300, -4),
        side: [0, 200, 7].map(Side::from_raw).to_vec(),
        absent: Presence::Absent,
        null: Presence::Null,
        quantity: Presence::Value(dec!(1.50)),
    };
    let text = r#"{"price":"-1.2300","side":["BUY",true,7],"null":null,"quantity":"1.50"}"#;
    assert_eq!(serde_json::to_string(&message).unwrap(), text);
    assert_eq!(serde_json::from_str::<Message>(text).unwrap(), message);
}

#[test]
fn numbers_are_read_and_what_is_wrong_is_named() {
    let read = |text: &str| serde_json::from_str::<Scaled>(text);
    assert_eq!(read("0.25").unwrap(), Scaled::new(25, -2));
    assert_eq!(read("7").unwrap(), Scaled::new(7, 0));
    assert_eq!(read("\"1e-3\"").unwrap(), Scaled::new(1, -3));
    let error = read("\"99999999999999999999\"").unwrap_err().to_string();
    assert!(error.contains("99999999999999999999 does not fit"), "{error}");
    let error = read("\"x\"").unwrap_err().to_string();
    assert!(error.contains("expected a decimal number"), "{error}");
    for text in ["\"\"", "\"-\"", "\".\"", "[]", "null"] {
        assert!(read(text).is_err(), "{text}");
    }
    let error = serde_json::from_str::<Side>("\"SELL\"").unwrap_err().to_string();
    assert!(error.contains("`SELL` is not a value"), "{error}");
    let error = serde_json::from_str::<Side>("256").unwrap_err().to_string();
    assert!(error.contains("256 does not fit"), "{error}");
}

proptest! {
    #[test]
    fn digits_are_kept(mantissa in any::<i128>(), exponent in -28_i8..=0, short in any::<i64>()) {
        let long = Scaled128::new(mantissa, exponent);
        let short = Scaled::new(short, exponent);
        let text = serde_json::to_string(&(long, short)).unwrap();
        prop_assert_eq!(serde_json::from_str::<(Scaled128, Scaled)>(&text).unwrap(), (long, short));
    }
}
