//! serde has the form of the wire: it agrees with this project's own codec, in every format that describes itself.
#![cfg(feature = "serde")]

use binance_wire_core::json::{self, Entries};
use binance_wire_core::parameter::{self, elsewhere, number, seconds};
use binance_wire_core::{
    ApiError, Credit, Decimal, ErrorCode, FreeParameters, FromJson, Nullable, OneOrMany, RawJson, Text,
    Timestamp, ToJson, dec,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

binance_wire_core::open_enum! {
    /// Which side of the book.
    pub enum Side {
        /// Buys.
        Buy = "BUY",
        /// Sells.
        Sell = "SELL",
    }
}

binance_wire_core::request! {
    /// An order of a shop.
    pub struct ShopOrder from ShopOrderRequired -> RawJson {
        optional {
            /// When it was made.
            made: Timestamp = "madeAt" as seconds,
        }
        required {
            /// Which shop.
            shop: Text = "shopId" as elsewhere,
            /// Which toy.
            toy: Text = "toy",
            /// Which side.
            side: Side = "side",
        }
        optional {
            /// Price.
            price: Decimal = "price" as number,
            /// Colours.
            colours: Vec<Text> = "colours" as parameter::json,
        }
        /// Adds a parameter.
        free parameters,
    }

    credit |_| Credit::ip(1);

    rest Post "/shop" {
        id: "order",
    }
}

proptest! {
    #[test]
    fn requests_come_back_equal(
        toy in ".{0,12}",
        made in proptest::option::of(0_i64..4_000_000_000),
        price in proptest::option::of(0_i64..1_000_000),
        colours in proptest::option::of(proptest::collection::vec("[a-zé]{0,5}", 0..3)),
        free in proptest::collection::vec(("x[a-z]{0,3}", any::<i64>()), 0..3),
    ) {
        let mut order = ShopOrder::new(ShopOrderRequired {
            shop: "7".into(),
            toy: toy.into(),
            side: Side::unlisted("HOLD"),
        });
        order.made = made.map(Timestamp::from_secs);
        order.price = price.map(|price| Decimal::new(price, 3));
        order.colours = colours.map(|colours| colours.into_iter().map(Text::from).collect());
        for (name, value) in free {
            order = order.parameter(name, value);
        }
        let ours = json::to_string(&order);
        let again = json::from_str::<ShopOrder>(&ours);
        prop_assert_eq!(again.as_ref(), Ok(&order), "{}", ours);
        let theirs = serde_json::to_string(&order).expect("it is written");
        prop_assert_eq!(serde_json::from_str::<ShopOrder>(&theirs).ok(), Some(order), "{}", theirs);
    }
}

#[test]
fn a_request_is_an_object_of_its_parameters_and_those_that_are_set_by_name() {
    let order = ShopOrder::new(ShopOrderRequired {
        shop: "7".into(),
        toy: "bear".into(),
        side: Side::Buy,
    })
    .made(Timestamp::from_millis(1_735_693_200_000))
    .price(dec!(1.50))
    .parameter("gift", true)
    .parameter("box", 3);
    let text = r#"{"madeAt":1735693200000,"shopId":"7","toy":"bear","side":"BUY","price":"1.50","gift":true,"box":3}"#;
    assert_eq!(json::to_string(&order), text);
    assert_eq!(serde_json::to_string(&order).expect("it is written"), text);
    assert_eq!(serde_json::from_str::<ShopOrder>(text).expect(text), order);
    for (text, message) in [
        (
            r#"{"shopId":"7","side":"BUY"}"#,
            "field `toy` is missing at $ (byte 27)",
        ),
        (
            r#"{"shopId":"7","toy":"bear","side":"BUY","price":null}"#,
            "null where a value is promised at $.price (byte 48)",
        ),
    ] {
        let error = json::from_str::<ShopOrder>(text).expect_err(text);
        assert_eq!(error.to_string(), message);
    }
}

/// Every wire form, alone and in containers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Forms {
    #[serde(with = "binance_wire_core::serde::decimal")]
    price: Decimal,
    #[serde(with = "binance_wire_core::serde::number")]
    ratio: Decimal,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "binance_wire_core::serde::number"
    )]
    absent: Option<Decimal>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "binance_wire_core::serde::decimal"
    )]
    null: Option<Nullable<Decimal>>,
    #[serde(with = "binance_wire_core::serde::number")]
    nested: Vec<Vec<Nullable<Decimal>>>,
    #[serde(with = "binance_wire_core::serde::number")]
    by_asset: Entries<OneOrMany<Decimal>>,
    #[serde(with = "binance_wire_core::serde::integer_text")]
    id: i64,
    count: u16,
    #[serde(with = "binance_wire_core::serde::time_text")]
    at_text: Timestamp,
    #[serde(with = "binance_wire_core::serde::seconds")]
    at_second: Timestamp,
    #[serde(with = "binance_wire_core::serde::seconds_text")]
    at_second_text: Box<Timestamp>,
    #[serde(with = "binance_wire_core::serde::boolean_text")]
    flag: Vec<bool>,
    at: Timestamp,
    symbol: Text,
    side: Side,
    raw: RawJson,
    one: OneOrMany<Decimal>,
    map: Entries<Nullable<Text>>,
    code: ErrorCode,
}

fn forms() -> Forms {
    Forms {
        price: dec!(52000.10),
        ratio: dec!(0.5),
        absent: None,
        null: Some(Nullable::Null),
        nested: vec![vec![Nullable::Value(dec!(1)), Nullable::Null], vec![]],
        by_asset: [
            ("BTC", OneOrMany::Many(vec![dec!(1.25)].into())),
            ("ETH", OneOrMany::One(dec!(7))),
        ]
        .into_iter()
        .collect(),
        id: i64::MIN,
        count: u16::MAX,
        at_text: Timestamp::from_micros(1_499_827_319_559_123),
        at_second: Timestamp::from_secs(1_499_827_319),
        at_second_text: Box::new(Timestamp::from_secs(-1)),
        flag: vec![true, false],
        at: Timestamp::from_millis(1_499_827_319_559),
        symbol: "BTCUSDT".into(),
        side: Side::Sell,
        raw: RawJson::new(r#"{"a":[1,-2,0.25,"x",null,true,{}]}"#).unwrap(),
        one: OneOrMany::One(dec!(0.010)),
        map: [("x", Nullable::Null), ("y", Nullable::Value(Text::from("z")))]
            .into_iter()
            .collect(),
        code: ErrorCode(-1121),
    }
}

#[test]
fn each_form_is_that_of_the_wire() {
    let text = concat!(
        r#"{"price":"52000.10","ratio":0.5,"null":null,"nested":[[1,null],[]],"by_asset":{"BTC":[1.25],"ETH":7},"#,
        r#""id":"-9223372036854775808","count":65535,"at_text":"1499827319559123","at_second":1499827319,"#,
        r#""at_second_text":"-1","flag":["true","false"],"at":1499827319559,"symbol":"BTCUSDT","side":"SELL","#,
        r#""raw":{"a":[1,-2,0.25,"x",null,true,{}]},"one":"0.010","map":{"x":null,"y":"z"},"code":-1121}"#,
    );
    assert_eq!(serde_json::to_string(&forms()).unwrap(), text);
    assert_eq!(serde_json::from_str::<Forms>(text).unwrap(), forms());
    // Through a tree, where numbers have become i64, u64 and f64.
    let tree: Value = serde_json::to_value(forms()).unwrap();
    assert_eq!(serde_json::from_value::<Forms>(tree).unwrap(), forms());
    // Through another format.
    let yaml = serde_yaml::to_string(&forms()).unwrap();
    assert_eq!(serde_yaml::from_str::<Forms>(&yaml).unwrap(), forms());
}

#[test]
fn numbers_are_read_in_every_spelling() {
    let read = |price: &str, id: &str, at: &str| {
        let mut value = serde_json::to_value(forms()).unwrap();
        value["price"] = serde_json::from_str(price).unwrap();
        value["ratio"] = serde_json::from_str(price).unwrap();
        value["id"] = serde_json::from_str(id).unwrap();
        value["at"] = serde_json::from_str(at).unwrap();
        serde_json::from_value::<Forms>(value).unwrap()
    };
    let text = read("\"0.1\"", "\"7\"", "\"1499827319559\"");
    let number = read("0.1", "7", "1499827319559");
    assert_eq!(text, number);
    assert_eq!((number.price, number.ratio, number.id), (dec!(0.1), dec!(0.1), 7));
    assert_eq!(
        read("18446744073709551615", "7", "7").price,
        dec!(18446744073709551615)
    );
    assert_eq!(read("-3", "7", "7").price, dec!(-3));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Number(#[serde(with = "binance_wire_core::serde::number")] Decimal);

#[test]
fn a_number_that_no_float_equals_is_text() {
    for (value, text) in [
        // A float equals it, but not every reader finds that float.
        (dec!(0.30000000000000004), "\"0.30000000000000004\""),
        (dec!(111211426165636910.0), "\"111211426165636910.0\""),
        (dec!(0.300000000000001), "0.300000000000001"),
        (dec!(0.1234567890123456789), "\"0.1234567890123456789\""),
        (dec!(9223372036854775808), "9223372036854775808"),
        (
            dec!(79228162514264337593543950335),
            "\"79228162514264337593543950335\"",
        ),
        (dec!(1.50), "1.5"),
        (dec!(0.00000001), "1e-8"),
    ] {
        assert_eq!(serde_json::to_string(&Number(value)).unwrap(), text);
        assert_eq!(serde_json::from_str::<Number>(text).unwrap().0, value);
    }
}

#[test]
fn unknown_values_of_a_set_are_kept() {
    let side: Side = serde_json::from_str("\"BORROW\"").unwrap();
    assert_eq!(serde_json::to_string(&side).unwrap(), "\"BORROW\"");
    assert_ne!(side, Side::Buy);
}

#[test]
fn what_is_wrong_is_an_error_that_names_it() {
    let error = serde_json::from_str::<Number>("\"1,5\"").unwrap_err();
    assert!(error.to_string().contains("expected a decimal number"), "{error}");
    let error = serde_json::from_str::<Number>("1e400").unwrap_err();
    assert!(error.to_string().contains("out of range"), "{error}");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let error = serde_yaml::from_str::<RawJson>(&deep).unwrap_err();
    assert!(!error.to_string().is_empty());
}

fn same_both_ways<T: ToJson + FromJson + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
) {
    let ours: Value = serde_json::from_str(&json::to_string(value)).unwrap();
    assert_eq!(serde_json::to_value(value).unwrap(), ours);
    assert_eq!(&serde_json::from_value::<T>(ours).unwrap(), value);
    assert_eq!(
        &serde_json::from_str::<T>(&json::to_string(value)).unwrap(),
        value
    );
    assert_eq!(
        &json::from_str::<T>(&serde_json::to_string(value).unwrap()).unwrap(),
        value
    );
}

#[test]
fn errors_of_the_exchange_come_back() {
    let mut error = ApiError {
        status: 400,
        code: ErrorCode(-2010),
        code_text: None,
        message: "no".to_owned(),
        data: Some(RawJson::new(r#"{"a":1}"#).unwrap()),
        code_name: None,
        call: None,
    };
    same_both_ways(&error);
    error.code_text = Some("000002".into());
    error.code = ErrorCode(2);
    error.data = None;
    same_both_ways(&error);
    let error = serde_json::from_str::<ApiError>(r#"{"code":1,"msg":""}"#).unwrap_err();
    assert!(error.to_string().contains("`status` is missing"), "{error}");
}

#[test]
fn free_parameters_keep_what_is_sent() {
    let mut free = FreeParameters::default();
    free.push("b", "text");
    free.push("a", 7_i64);
    free.push("c", true);
    free.push("d", RawJson::new("[1]").unwrap());
    same_both_ways(&free);
}

proptest! {
    #[test]
    fn serde_agrees_with_the_codec(
        mantissa in any::<i64>(), scale in 0_u32..=18, count in any::<i64>(), text in ".{0,30}", many in any::<bool>(),
    ) {
        let decimal = Decimal::from_i128_with_scale(i128::from(mantissa), scale);
        same_both_ways(&Timestamp::from_wire(count));
        same_both_ways(&Text::from(text.as_str()));
        same_both_ways(&Nullable::Value(decimal));
        same_both_ways(&if many { OneOrMany::Many(vec![decimal; 3].into()) } else { OneOrMany::One(decimal) });
        same_both_ways(&[(text.as_str(), decimal)].into_iter().collect::<Entries<Decimal>>());
        same_both_ways(&RawJson::new(&json::to_string(&text)).unwrap());
        same_both_ways(&json::from_str::<Side>(&json::to_string(&text)).unwrap());
        let number = serde_json::to_string(&Number(decimal)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Number>(&number).unwrap().0, decimal);
        let value = serde_json::to_value(Number(decimal)).unwrap();
        prop_assert_eq!(serde_json::from_value::<Number>(value).unwrap().0, decimal);
    }
}
