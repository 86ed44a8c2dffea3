//! Types of every kind: what comes in goes out again, and what is wrong is told with its place.

use binance_wire_core::json::{Reading, from_str, to_string};
use binance_wire_core::{
    Decimal, DecodeError, DecodeErrorKind, FromJson, Nullable, OneOrMany, RawJson, ToJson, payload,
};
use binance_wire_nasty::models::{
    Everything, Filter, Full, Interval, Kline, Loop, Odd, Operation_, Outcome, Side, Ticker, Type, UserEvent,
};

const EVERYTHING: &str = r#"{"kind":"everything","text":"t","count":-1,"wide":9007199254740993,"id":"42","price":"1.500","rate":0.0010,"flag":true,"at":1735693200000,"interval":"1M","odd":"Unrecognized","kline":[1735693200000,"1.0",2.50,null,"1m"],"map":{"BTC":"0.10","币":"2"},"required_nullable":null,"anything":{"a":[1,null]},"list":[{"a":"x"},{"a":"y","b":false}]}"#;

fn recode<T: FromJson + ToJson>(text: &str) -> Result<String, DecodeError> {
    payload::recode::<T>(text, Reading::new())
}

fn again<T: FromJson + ToJson>(text: &str) {
    assert_eq!(
        recode::<T>(text).unwrap_or_else(|error| panic!("{text}: {error}")),
        text
    );
}

/// `EVERYTHING` with a further member, or another value of one.
fn with(member: &str) -> String {
    EVERYTHING.replacen("\"text\":\"t\"", &format!("\"text\":\"t\",{member}"), 1)
}

fn error_of<T: FromJson>(text: &str) -> (DecodeErrorKind, String) {
    match from_str::<T>(text) {
        Ok(_) => panic!("{text} is accepted"),
        Err(error) => (error.kind().clone(), error.path()),
    }
}

#[test]
fn an_object_with_one_of_each_comes_back_as_it_was() {
    again::<Everything>(EVERYTHING);
    let everything: Everything = from_str(EVERYTHING).unwrap();
    assert_eq!(everything.id, 42);
    assert_eq!(everything.rate.to_string(), "0.0010");
    assert_eq!(everything.kline_interval, Interval::Month1);
    assert_eq!(everything.odd, Odd::Unrecognized_);
    assert_eq!(everything.kline.interval, Interval::Minute1);
    assert_eq!(everything.kline.note, Nullable::Null);
    assert_eq!(everything.map.get("币"), Some(&Decimal::from(2)));
    assert_eq!(everything.anything.as_str(), r#"{"a":[1,null]}"#);
    assert_eq!((everything.list[0].b, everything.list[1].b), (None, Some(false)));
}

#[test]
fn absent_null_and_empty_are_three_things() {
    let read = |member: &str| from_str::<Everything>(&with(member)).unwrap();
    assert_eq!(read("\"x\":0").optional_nullable, None);
    assert_eq!(
        read("\"optional_nullable\":null").optional_nullable,
        Some(Nullable::Null)
    );
    assert_eq!(
        read("\"optional_nullable\":\"\"").optional_nullable,
        Some(Nullable::Value("".into()))
    );
    // A null that is not documented reads as absent where the field may be absent.
    assert_eq!(read("\"optional\":null").optional, None);
    assert_eq!(read("\"optional\":\"\"").optional, Some("".into()));
    let required = EVERYTHING.replace("\"required_nullable\":null", "\"required_nullable\":\"\"");
    assert_eq!(
        from_str::<Everything>(&required).unwrap().required_nullable,
        Nullable::Value("".into())
    );
    let absent = EVERYTHING.replace("\"required_nullable\":null,", "");
    assert_eq!(
        error_of::<Everything>(&absent).0,
        DecodeErrorKind::MissingField("required_nullable")
    );
}

#[test]
fn wire_forms_are_kept_inside_of_containers() {
    let members = [
        ("rates", "[1.50,2]"),
        ("ids", r#"{"a":["1","-2"],"b":[]}"#),
        ("one_or_more", "0.10"),
        ("one_or_more", "[0.10,3]"),
        ("nullable_rate", "5.0"),
        ("nullable_rate", "null"),
        ("nullable_id", "\"7\""),
        ("nullable_id", "null"),
        ("nullable_reference", "null"),
        ("nullable_reference", r#"{"strike":"1"}"#),
        ("same", r#"{"a":"z"}"#),
        ("deep", r#"{"deeper":{"deepest":3}}"#),
        ("joined", r#"{"strike":"2.0","extra":"more"}"#),
    ];
    for (name, value) in members {
        let text = to_string(&from_str::<Everything>(&with(&format!("\"{name}\":{value}"))).unwrap());
        assert!(
            text.contains(&format!("\"{name}\":{value}")),
            "{name}: {value} comes back as {text}"
        );
    }
    let many = from_str::<Everything>(&with("\"one_or_more\":[1]"))
        .unwrap()
        .one_or_more;
    assert_eq!(many, Some(OneOrMany::Many(vec![Decimal::ONE].into())));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (from, to, kind, path) in [
        ("\"count\":-1,", "", DecodeErrorKind::MissingField("count"), "$"),
        (
            "\"count\":-1",
            "\"count\":null",
            DecodeErrorKind::UnexpectedNull,
            "$.count",
        ),
        (
            "\"flag\":true",
            "\"flag\":\"yes\"",
            DecodeErrorKind::WrongType("a boolean"),
            "$.flag",
        ),
        (
            "null,\"1m\"]",
            "null]",
            DecodeErrorKind::WrongLength(5, 4),
            "$.kline",
        ),
        (
            "\"kind\":\"everything\"",
            "\"text\":\"a\"",
            DecodeErrorKind::DuplicateField("text"),
            "$",
        ),
    ] {
        assert!(EVERYTHING.contains(from), "{from}");
        assert_eq!(
            error_of::<Everything>(&EVERYTHING.replacen(from, to, 1)),
            (kind, path.to_owned()),
            "{to}"
        );
    }
    let (kind, path) = error_of::<Everything>(&EVERYTHING.replace("\"count\":-1", "\"count\":2147483648"));
    assert!(
        matches!(kind, DecodeErrorKind::OutOfRange(_)) && path == "$.count",
        "{kind:?} at {path}"
    );
}

#[test]
fn what_is_wrong_within_a_map_is_kept_with_its_place() {
    let text = EVERYTHING.replace("\"BTC\":\"0.10\"", "\"BTC\":\"x\"");
    again::<Everything>(&text);
    let map = from_str::<Everything>(&text).unwrap().map;
    let [unreadable] = map.unreadable() else {
        panic!("{map:?}");
    };
    assert_eq!(unreadable.error.path().as_str(), "$.BTC");
}

#[test]
fn what_is_wrong_within_a_list_is_kept_with_its_place() {
    for (from, to, kind, path) in [
        (
            "\"b\":false",
            "\"b\":[1]",
            DecodeErrorKind::WrongType("a boolean"),
            "$[1].b",
        ),
        ("{\"a\":\"x\"}", "{}", DecodeErrorKind::MissingField("a"), "$[0]"),
    ] {
        let text = EVERYTHING.replacen(from, to, 1);
        again::<Everything>(&text);
        let list = from_str::<Everything>(&text).unwrap().list;
        let [unreadable] = list.unreadable() else {
            panic!("{list:?}");
        };
        assert_eq!((list.len(), unreadable.error.path().as_str()), (1, path));
        assert_eq!(unreadable.error.kind(), &kind);
        assert_eq!(list.complete().unwrap_err().kind(), &kind);
    }
}

#[test]
fn constants_are_checked_and_written() {
    let (_, path) =
        error_of::<Everything>(&EVERYTHING.replace("\"kind\":\"everything\"", "\"kind\":\"else\""));
    assert_eq!(path, "$.kind");
    // It may be absent, and is written all the same.
    let without = EVERYTHING.replace("\"kind\":\"everything\",", "");
    assert_eq!(to_string(&from_str::<Everything>(&without).unwrap()), EVERYTHING);
}

#[test]
fn keys_that_are_keywords_digits_or_the_decoders_own_names() {
    again::<Type>(
        r#"{"type":"t","key":"k","reader":1,"guess":true,"member":"m","present":"p","1":"one","true":false,"ключ":"k","quo\"te":"q"}"#,
    );
    // In any order, with unknown members between.
    let read: Type = from_str(r#"{"true":true,"?":[{}],"1":"one","reader":3,"key":"k","type":"t"}"#).unwrap();
    assert_eq!(
        (read.true_, read._1.as_str(), read.reader, read.guess),
        (true, "one", 3, None)
    );
    assert_eq!(error_of::<Type>("{}").0, DecodeErrorKind::MissingField("type"));
}

#[test]
fn keys_that_differ_by_case_alone() {
    let text = r#"{"e":"24hrTicker","E":1735693200000,"s":"BTCUSDT","p":"1.0","P":"2.00"}"#;
    again::<Ticker>(text);
    let ticker: Ticker = from_str(text).unwrap();
    assert_eq!(
        ticker.price_change_percent.map(|d| d.to_string()).as_deref(),
        Some("2.00")
    );
}

#[test]
fn a_type_may_hold_itself_in_a_list() {
    again::<Loop>(r#"{"again":[{"again":[]},{}]}"#);
    again::<Operation_>(r#"{"option":{"strike":"1"},"loop":{"again":[{}]}}"#);
    let text = r#"{"again":[{"again":[{"again":"x"},5]}]}"#;
    again::<Loop>(text);
    let outer = from_str::<Loop>(text).unwrap().again.unwrap();
    let inner = outer[0].again.as_ref().unwrap();
    assert_eq!(inner.unreadable()[0].error.path(), "$[1]");
}

#[test]
fn unknown_values_are_kept() {
    for text in ["unrecognized", "", "1m ", "買入", "with \"quotes\" "] {
        let odd = Odd::unlisted(text);
        assert_eq!(odd.as_str(), text);
        assert_eq!(
            matches!(odd, Odd::Unrecognized(_)),
            !Odd::KNOWN.contains(&text),
            "{text}"
        );
    }
    for text in Odd::KNOWN {
        assert!(!matches!(Odd::unlisted(text), Odd::Unrecognized(_)), "{text}");
        again::<Odd>(&to_string(&Odd::unlisted(text)));
    }
    assert_eq!(
        ("1m".parse(), "1M".parse()),
        (Ok(Interval::Minute1), Ok(Interval::Month1))
    );
    assert_eq!("T+Sell".parse(), Ok(Side::TSell));
    let error = "T+Sel".parse::<Side>().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`T+Sel` is not a value of Side: BUY, SELL, T+Sell"),
        "{error}"
    );
}

#[test]
fn a_union_keeps_what_it_does_not_know() {
    again::<Filter>(r#"{"filterType":"PRICE_FILTER","minPrice":"0.10"}"#);
    again::<Filter>(r#"{"filterType":"T+Sell","endTime":5}"#);
    let named: Filter = from_str(r#"{"filterType":"Unrecognized"}"#).unwrap();
    assert!(matches!(named, Filter::Unrecognized_(_)));
    let text = r#"{"x":{"filterType":"T+Sell"}, "filterType":"NEW", "y": 1.0}"#;
    let Ok(Filter::Unrecognized(raw)) = from_str(text) else {
        panic!("not kept")
    };
    assert_eq!(raw, RawJson::new(text).unwrap());
    again::<Filter>(text);
    assert_eq!(
        error_of::<Filter>("{\"minPrice\":\"1\"}").0,
        DecodeErrorKind::MissingField("filterType")
    );
    assert_eq!(
        error_of::<Filter>("[]").0,
        DecodeErrorKind::WrongType("an object")
    );
    // An unknown neighbour does no harm, a known one that is wrong is told.
    let filters = r#"[{"filterType":"NEW"},{"filterType":"PRICE_FILTER"}]"#;
    let (kind, path) = error_of::<Vec<Filter>>(filters);
    assert_eq!(
        (kind, path.as_str()),
        (DecodeErrorKind::MissingField("minPrice"), "$[1]")
    );
    assert!(matches!(
        from_str(r#"{"e":"later"}"#),
        Ok(UserEvent::Unrecognized(_))
    ));
}

#[test]
fn shapes_are_told_by_kind_and_by_members() {
    let full = r#"{"symbol":"S","orderId":1,"fills":[[1,"2",3,"n","1s"]]}"#;
    for (text, fits) in [
        (
            full,
            (|o: &Outcome| matches!(o, Outcome::Full(Full { .. }))) as fn(&Outcome) -> bool,
        ),
        (r#"{"symbol":"S","orderId":1}"#, |o| matches!(o, Outcome::Ack(_))),
        (
            r#"[{"symbol":"S","orderId":1}]"#,
            |o| matches!(o, Outcome::AckList(list) if list.len() == 1),
        ),
        ("[]", |o| matches!(o, Outcome::AckList(list) if list.is_empty())),
        (r#""text""#, |o| matches!(o, Outcome::Text(_))),
        ("1.50", |o| matches!(o, Outcome::Decimal(_))),
    ] {
        let outcome: Outcome = from_str(text).unwrap();
        assert!(fits(&outcome), "{text} is read as {outcome:?}");
        again::<Outcome>(text);
    }
    // What is missing is an error of the shape.
    assert_eq!(
        error_of::<Outcome>(r#"{"symbol":"S"}"#).0,
        DecodeErrorKind::MissingField("orderId")
    );
    assert_eq!(error_of::<Outcome>("true").0, DecodeErrorKind::NoMatchingShape);
    // A member of one shape alone leads to it, and whatever is wrong with it does not lead to another.
    let text = r#"{"symbol":"S","orderId":1,"fills":[[1]]}"#;
    again::<Outcome>(text);
    assert!(matches!(from_str(text), Ok(Outcome::Full(full)) if full.fills.unreadable().len() == 1));
    let (_, path) = error_of::<Outcome>(r#"{"symbol":"S","orderId":1,"fills":{}}"#);
    assert_eq!(path, "$.fills");
}

#[test]
fn tuples_are_positional() {
    again::<Kline>(r#"[1735693200000,"1.0",2.50,"n","1h"]"#);
    assert_eq!(error_of::<Kline>("{}").0, DecodeErrorKind::WrongType("an array"));
    let (_, path) = error_of::<Kline>(r#"[1735693200000,"1.0",true,"n","1h"]"#);
    assert_eq!(path, "$[2]");
}

#[test]
fn hostile_text_is_an_error() {
    for end in 0..EVERYTHING.len() {
        if let Some(cut) = EVERYTHING.get(..end) {
            assert!(from_str::<Everything>(cut).is_err(), "{cut}");
        }
    }
    let deep = format!("{}{}", r#"{"again":["#.repeat(500), "]}".repeat(500));
    assert_eq!(error_of::<Loop>(&deep).0, DecodeErrorKind::TooDeep);
}
