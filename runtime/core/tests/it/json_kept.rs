//! What no field holds and is written back all the same: longer spellings of numbers, elements behind the fields of a
//! tuple, and what comes with a refusal.

use binance_wire_core::json::{self, Entries, Kind, MapOf, Number, RawMembers, Shapes};
use binance_wire_core::{Decimal, DecodeError, FromJson, List, Reader, Text, ToJson, Writer, dec};

binance_wire_core::json_object! {
    /// A limit on quantities.
    pub struct Limit {
        /// Largest quantity.
        most: Decimal = required("maxQty"),
        /// Smallest quantity.
        least: Option<Decimal> = optional_as("minQty", Number),
        /// Amounts.
        amounts: Option<Vec<Decimal>> = optional("amounts"),
        /// Amounts by asset.
        by_asset: Option<Entries<Decimal>> = optional_as("byAsset", MapOf<Number>),
    }
}

binance_wire_core::json_object! {
    /// An order.
    pub struct Order {
        /// Id.
        id: i64 = required("orderId"),
        /// Status.
        status: Option<Text> = optional("status"),
    }
}

binance_wire_core::json_object! {
    /// Whether it worked.
    pub struct Outcome {
        /// Code.
        code: i64 = required("code"),
        /// Message.
        message: Option<Text> = optional("msg"),
    }
}

#[derive(Debug)]
struct Candle {
    close: Decimal,
    count: i64,
    raw: RawMembers,
}

impl FromJson for Candle {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let start = reader.aside();
        reader.begin_array()?;
        Ok(Self {
            close: reader.element(0, 2)?,
            count: reader.element(1, 2)?,
            raw: reader.end_tuple(2, start)?,
        })
    }
}

impl ToJson for Candle {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_array();
        writer.slot(0, &self.close, &self.raw);
        writer.slot(1, &self.count, &self.raw);
        writer.end_tuple(2, &self.raw);
    }
}

/// More zeros than a decimal has room for.
const ZEROS: &str = "0000000000000000000000000000000";

#[test]
fn zeros_that_do_not_fit_cost_no_digit_of_the_value_and_are_written_back() {
    let text = format!(r#"{{"maxQty":"1000000000000000000000.{ZEROS}","minQty":-0.1{ZEROS}}}"#);
    let mut limit: Limit = json::from_str(&text).unwrap();
    assert_eq!(limit.most, dec!(1000000000000000000000));
    assert_eq!(limit.least, Some(dec!(-0.1)));
    assert_eq!(limit.raw.get("minQty"), Some(&*format!("-0.1{ZEROS}")));
    assert_eq!(json::to_string(&limit), text);

    limit.most = dec!(7);
    limit.least = None;
    let changed = json::to_string(&limit);
    assert!(
        changed.starts_with(r#"{"maxQty":"7","#),
        "what was changed is written, not what came: {changed}"
    );
    assert!(json::from_str::<Limit>(&format!(r#"{{"maxQty":"0.{ZEROS}1"}}"#)).is_err());
}

#[test]
fn a_digit_that_does_not_fit_is_kept_raw_where_the_number_may_be_absent() {
    let text = format!(r#"{{"maxQty":"1","minQty":"0.{ZEROS}1"}}"#);
    let limit: Limit = json::from_str(&text).unwrap();
    assert_eq!(limit.least, None);
    assert_eq!(json::to_string(&limit), text);
}

#[test]
fn lists_and_maps_of_numbers_keep_zeros_that_do_not_fit() {
    for (amounts, by_asset) in [
        (format!(r#"["2.{ZEROS}"]"#), "{}".to_owned()),
        (format!(r#"["1","2.{ZEROS}",3]"#), r#"{"BTC":1.0}"#.to_owned()),
        ("[]".to_owned(), format!(r#"{{"BTC":0.5{ZEROS},"E\"[}}":1}}"#)),
        (
            format!(r#"["2.{ZEROS}","3"]"#),
            format!(r#"{{"BTC":0.5,"ETH":-7.{ZEROS}}}"#),
        ),
    ] {
        let text = format!(r#"{{"maxQty":"1","amounts":{amounts},"byAsset":{by_asset}}}"#);
        let mut limit: Limit = json::from_str(&text).expect(&text);
        assert!(limit.amounts.is_some() && limit.by_asset.is_some(), "{text}");
        for (name, came) in [("amounts", &amounts), ("byAsset", &by_asset)] {
            let kept = came.contains(ZEROS).then_some(came.as_str());
            assert_eq!(limit.raw.get(name), kept, "{name} of {text}");
        }
        assert_eq!(json::to_string(&limit), text);

        limit.amounts = Some(vec![dec!(7)]);
        let changed = json::to_string(&limit);
        assert!(changed.contains(r#""amounts":["7"]"#), "{changed}");
    }
    let limit: Limit = json::from_str(&format!(r#"{{"maxQty":"1","amounts":[ "2.{ZEROS}" , 1 ]}}"#)).unwrap();
    assert!(json::to_string(&limit).contains(&format!(r#"[ "2.{ZEROS}" , 1 ]"#)));
}

#[test]
fn a_member_of_a_map_that_cannot_be_read_does_not_take_its_neighbours() {
    let text = r#"{"maxQty":"1","byAsset":{"A":null,"BTC":0.5,"B":"INF","C":[],"ETH":2,"D":""}}"#;
    let limit: Limit = json::from_str(text).unwrap();
    let by_asset = limit.by_asset.as_ref().unwrap();
    assert_eq!(
        (by_asset.get("BTC"), by_asset.get("ETH")),
        (Some(&dec!(0.5)), Some(&dec!(2)))
    );
    let unreadable: Vec<_> = by_asset
        .unreadable()
        .iter()
        .map(|entry| (entry.index, &*entry.key))
        .collect();
    assert_eq!(unreadable, [(0, "A"), (2, "B"), (3, "C"), (5, "D")]);
    assert_eq!(by_asset.unreadable()[1].error.path(), "$.B");
    assert_eq!(json::to_string(&limit), text);
    assert!(json::Reading::new().complete().read::<Limit>(text).is_err());
    assert_eq!(json::Reading::new().read::<Limit>(text).unwrap(), limit);
}

#[test]
fn elements_behind_the_fields_of_a_tuple_are_kept() {
    for text in [
        r#"["1.50",7]"#.to_owned(),
        r#"["1.50",7,[],{"new":null},"x"]"#.to_owned(),
        format!(r#"["1.5{ZEROS}",7,0]"#),
    ] {
        let candle: Candle = json::from_str(&text).expect(&text);
        assert_eq!((candle.close, candle.count), (dec!(1.5), 7), "{text}");
        assert_eq!(candle.raw.is_empty(), text.len() == 10, "{text}");
        assert_eq!(json::to_string(&candle), text);
    }
    let candle: Candle = json::from_str(r#"["1",2,["a"]]"#).unwrap();
    assert_eq!(candle.raw.get("2"), Some(r#"["a"]"#));
}

#[test]
fn a_tuple_keeps_what_belongs_to_it_alone() {
    let text = r#"[["1",2,3],["4",5],["6",7,8,9]]"#;
    let candles: List<Candle> = json::from_str(text).unwrap();
    let extra: Vec<usize> = candles.iter().map(|candle| candle.raw.iter().count()).collect();
    assert_eq!(extra, [1, 0, 2]);
    assert_eq!(json::to_string(&candles), text);
}

#[test]
fn a_refusal_keeps_what_comes_beside_code_and_message() {
    let text = r#"{"code":-2010,"msg":"no","data":{"serverTime":1},"orderId":5}"#;
    let outcome: Outcome = json::from_str(text).unwrap();
    assert_eq!(outcome.raw.get("data"), Some(r#"{"serverTime":1}"#));
    assert_eq!(json::to_string(&outcome), text);
    let order: Order = json::from_str(r#"{"orderId":5,"code":-2010}"#).unwrap();
    assert!(order.raw.is_empty(), "other types skip what they do not know");
}

const ORDER_OR_OUTCOME: Shapes = Shapes {
    names: &["orderId", "clientOrderId", "symbol", "code", "msg"],
    shapes: &[(&[Kind::Object, Kind::Array], 0b111), (&[Kind::Object], 0b11000)],
};

#[test]
fn a_negative_code_with_a_message_is_a_refusal_whatever_it_names() {
    for (text, shape) in [
        (
            r#"{"code":-2011,"msg":"Unknown order sent.","orderId":1,"clientOrderId":"a","symbol":"X"}"#,
            1,
        ),
        (
            r#"{"orderId":1,"clientOrderId":"a","symbol":"X","code":"-2011","msg":""}"#,
            1,
        ),
        (
            r#"{"orderId":1,"clientOrderId":"a","symbol":"X","code":200,"msg":"success"}"#,
            0,
        ),
        (r#"{"orderId":1,"clientOrderId":"a","symbol":"X","code":-1}"#, 0),
        (
            r#"[{"orderId":1,"clientOrderId":"a","symbol":"X","code":-1,"msg":""}]"#,
            0,
        ),
    ] {
        assert_eq!(Reader::new(text).shape(&ORDER_OR_OUTCOME), Ok(shape), "{text}");
    }
}

#[test]
fn a_null_decides_no_shape() {
    const ORDER: Shapes = Shapes {
        names: &["status", "fills"],
        shapes: &[
            (&[Kind::Object], 0b11),
            (&[Kind::Object], 0b01),
            (&[Kind::Object], 0b00),
        ],
    };
    for (text, shape) in [
        (r#"{"orderId":1,"status":"NEW","fills":[]}"#, 0),
        (r#"{"orderId":1,"fills":null,"status":"NEW"}"#, 1),
        (r#"{"orderId":1,"status":null,"fills": null }"#, 2),
        (r#"{"fills":null,"status":null,"fills":[]}"#, 0),
    ] {
        assert_eq!(Reader::new(text).shape(&ORDER), Ok(shape), "{text}");
    }
}
