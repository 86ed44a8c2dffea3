//! What answers have in store: members under several names, numbers in either form, times in seconds, containers within
//! containers, keys that are no identifiers.

use binance_wire_core::json::{Reading, from_str, to_string};
use binance_wire_core::{
    Decimal, DecodeError, DecodeErrorKind, FromJson, Nullable, OneOrMany, Operation, ParamSink, TimeUnit,
    Timestamp, ToJson, payload,
};
use binance_wire_nasty::models::{
    ConvertInfo, Either, InlineAgainResponse, InlineAnswerResponseItem, Keys, Mixed, Nested, OpenUnion, Pair,
    Plain, Rich, Tree, Wide,
};
use binance_wire_nasty::{models, requests};

fn recode<T: FromJson + ToJson>(text: &str) -> Result<String, DecodeError> {
    payload::recode::<T>(text, Reading::new())
}

const LOOSE: &str = r#"{"at":1735693200,"shares":"1.50","convertInfo":{"coin":"BTC"}}"#;

fn again<T: FromJson + ToJson>(text: &str) {
    assert_eq!(
        recode::<T>(text).unwrap_or_else(|error| panic!("{text}: {error}")),
        text
    );
}

/// `LOOSE` with one text in the place of another, read and written.
fn loose(from: &str, to: &str) -> Result<String, (DecodeErrorKind, String)> {
    assert!(LOOSE.contains(from), "{from}");
    recode::<models::Loose>(&LOOSE.replacen(from, to, 1))
        .map_err(|error| (error.kind().clone(), error.path()))
}

/// `LOOSE` with a further member.
fn with(member: &str) -> Result<String, (DecodeErrorKind, String)> {
    loose("{\"at\"", &format!("{{{member},\"at\""))
}

#[test]
fn a_member_comes_under_any_of_its_names_and_goes_out_under_the_first() {
    assert_eq!(loose("", "").as_deref(), Ok(LOOSE));
    assert_eq!(loose("shares", "amount").as_deref(), Ok(LOOSE));
    assert_eq!(loose("shares", "数量").as_deref(), Ok(LOOSE));
    assert_eq!(loose("convertInfo", "convertInfoVo").as_deref(), Ok(LOOSE));
    assert_eq!(loose("coin", "asset").as_deref(), Ok(LOOSE));
    again::<ConvertInfo>("{}");
}

#[test]
fn a_member_under_two_of_its_names_stands_twice() {
    for (member, name) in [
        ("\"amount\":\"1\"", "shares"),
        ("\"数量\":\"1\",\"amount\":\"2\"", "amount"),
        ("\"convertInfoVo\":{}", "convertInfo"),
    ] {
        assert_eq!(
            with(member),
            Err((DecodeErrorKind::DuplicateField(name), "$".to_owned())),
            "{member}"
        );
    }
    // A null beside a value is no second value, where the member may be absent.
    let both: ConvertInfo = from_str(r#"{"coin":null,"asset":"BTC"}"#).unwrap();
    assert_eq!(both.coin.as_deref(), Some("BTC"));
    let error = from_str::<ConvertInfo>(r#"{"asset":"A","coin":"B"}"#).unwrap_err();
    assert_eq!(error.kind(), &DecodeErrorKind::DuplicateField("coin"));
}

#[test]
fn events_have_members_of_several_names_too() {
    for (member, own) in [("\"T\":5", "5"), ("\"t\":\"6\"", "6"), ("\"time\":7", "7")] {
        assert_eq!(
            recode::<models::DepthUpdate>(&format!(r#"{{"e":"depthUpdate",{member},"u":1}}"#)).unwrap(),
            format!(r#"{{"e":"depthUpdate","u":1,"T":{own}}}"#)
        );
    }
    let error = from_str::<models::DepthUpdate>(r#"{"e":"depthUpdate","u":1,"T":5,"time":7}"#).unwrap_err();
    assert_eq!(error.kind(), &DecodeErrorKind::DuplicateField("time"));
    let error = from_str::<models::DepthUpdate>(r#"{"e":"depthUpdate","u":1,"t":[1]}"#).unwrap_err();
    assert_eq!(error.path(), "$.t");
}

#[test]
fn what_is_wrong_is_told_under_the_name_that_was_sent() {
    assert_eq!(
        loose("\"shares\":\"1.50\"", "\"amount\":true"),
        Err((
            DecodeErrorKind::WrongType("a decimal number"),
            "$.amount".to_owned()
        ))
    );
    assert_eq!(
        loose("\"shares\":\"1.50\",", ""),
        Err((DecodeErrorKind::MissingField("shares"), "$".to_owned()))
    );
}

#[test]
fn a_name_of_several_tells_shapes_apart() {
    let of = |text: &str| from_str::<Either>(text).unwrap();
    for text in [r#"{"fee":"1","id":5}"#, r#"{"id":5,"commission":"1"}"#] {
        let Either::Rich(Rich { id: 5, fee, .. }) = of(text) else {
            panic!("{text} is read as {:?}", of(text))
        };
        assert_eq!(fee, Decimal::ONE);
    }
    assert!(matches!(
        of(r#"{"id":5,"other":1}"#),
        Either::Plain(Plain { id: 5, .. })
    ));
    assert!(matches!(of("7"), Either::Integer(7)));
    assert!(matches!(of("\"7\""), Either::Integer(7)));
}

#[test]
fn numbers_in_either_form_are_written_in_their_own() {
    for (member, own) in [
        ("\"rate\":\"1.50\"", "\"rate\":1.50"),
        ("\"rate\":1.50", "\"rate\":1.50"),
        ("\"count\":\"-7\"", "\"count\":-7"),
        ("\"count\":7", "\"count\":7"),
        ("\"tranId\":\"9007199254740993\"", "\"tranId\":9007199254740993"),
        ("\"tranId\":9007199254740993", "\"tranId\":9007199254740993"),
        ("\"textId\":12", "\"textId\":\"12\""),
        ("\"textId\":null", "\"textId\":null"),
        ("\"counts\":[1,\"2\"]", "\"counts\":[1,2]"),
        ("\"lenientAt\":\"1735693200\"", "\"lenientAt\":1735693200"),
        ("\"atText\":1735693200000", "\"atText\":\"1735693200000\""),
        ("\"secondsText\":1735693200", "\"secondsText\":\"1735693200\""),
        ("\"flag\":\"true\"", "\"flag\":\"true\""),
        ("\"flag\":false", "\"flag\":\"false\""),
    ] {
        let text = with(member).unwrap();
        assert!(text.contains(own), "{member} is written as {text}");
    }
    assert_eq!(loose("\"1.50\"", "1.50").as_deref(), Ok(LOOSE));
}

#[test]
fn what_an_optional_member_cannot_hold_is_kept_as_it_came() {
    for member in [
        "\"rate\":\"\"",
        "\"rate\":null",
        "\"rate\":\"INF\"",
        "\"count\":\"2147483648\"",
        "\"count\":2147483648",
        "\"tranId\":\" 1\"",
        "\"tranId\":\"1 \"",
        "\"tranId\":\"01\"",
        "\"tranId\":\"\"",
        "\"tranId\":true",
        "\"counts\":\"\"",
        "\"atText\":\"soon\"",
        "\"secondsText\":1.5",
        "\"flag\":\"True\"",
        "\"flag\":1",
        "\"rate\":[]",
        "\"rate\":{}",
    ] {
        let text = with(member).unwrap();
        assert!(text.contains(member), "{member} is written as {text}");
    }
    let text = LOOSE.replacen('{', "{\"rate\":\"INF\",", 1);
    let loose: models::Loose = from_str(&text).unwrap();
    assert_eq!((loose.rate, loose.raw.get("rate")), (None, Some("\"INF\"")));
    assert_eq!(loose.raw.get("count"), None);
}

#[test]
fn other_values_are_errors_that_name_their_place() {
    for (member, path) in [("\"rate\":[1]", "$.rate"), ("\"rate\":{\"a\":1}", "$.rate")] {
        assert_eq!(with(member).unwrap_err().1, path, "{member}");
    }
    // An element that cannot be read takes no others.
    for member in ["\"counts\":[\"x\"]", "\"counts\":[1,1.5]"] {
        let text = with(member).unwrap();
        assert!(text.contains(member), "{member} is written as {text}");
    }
    // A required member has no other place.
    for shares in ["\"\"", "null", "\"INF\"", "true"] {
        assert_eq!(loose("\"1.50\"", shares).unwrap_err().1, "$.shares", "{shares}");
    }
}

#[test]
fn seconds_are_seconds() {
    let loose: models::Loose = from_str(LOOSE).unwrap();
    assert_eq!(loose.at.unit(), TimeUnit::Second);
    assert_eq!(loose.at, Timestamp::from_millis(1_735_693_200_000));
    let text = with(r#""secondsText":"1735693200","atText":"1735693200000""#).unwrap();
    let loose: models::Loose = from_str(&text).unwrap();
    assert_eq!(loose.seconds_text, Some(loose.at));
    assert_eq!(loose.at_text, Some(loose.at));
    assert_eq!(loose.at_text.map(Timestamp::unit), Some(TimeUnit::Millisecond));
}

#[derive(Default)]
struct Sink(Vec<String>);

impl ParamSink for Sink {
    fn text(&mut self, name: &str, value: &str) {
        self.0.push(format!("{name}={value:?}"));
    }
    fn integer(&mut self, name: &str, value: i64) {
        self.0.push(format!("{name}={value}"));
    }
    fn decimal(&mut self, name: &str, value: Decimal) {
        self.0.push(format!("{name}={value}"));
    }
    fn boolean(&mut self, name: &str, value: bool) {
        self.0.push(format!("{name}={value}"));
    }
    fn json(&mut self, name: &str, json: &str) {
        self.0.push(format!("{name}={json}"));
    }
}

#[test]
fn parameters_travel_in_the_unit_and_form_of_the_documentation() {
    let millis = Timestamp::from_millis(1_735_693_200_999);
    let request = requests::Loose::new()
        .since(millis)
        .since_text(millis)
        .until_text(Timestamp::from_secs(1_735_693_200))
        .exactly_text(millis)
        .id(42)
        .flag(false)
        .days([millis]);
    let mut sink = Sink::default();
    request.write_params(&mut sink);
    assert_eq!(
        sink.0,
        [
            "since=1735693200",
            "sinceText=\"1735693200\"",
            "untilText=\"1735693200000\"",
            "exactlyText=\"1735693200999000\"",
            "id=\"42\"",
            "flag=\"false\"",
            "days=[1735693200]",
        ]
    );
    let mut sink = Sink::default();
    let times = requests::RequiredTimesRequired {
        from: millis,
        to: millis,
        only: true,
    };
    requests::RequiredTimes::new(times).write_params(&mut sink);
    // What was read in seconds is not sent as such where milliseconds are understood.
    sink.timestamp("startTime", Timestamp::from_secs(5));
    assert_eq!(
        sink.0,
        [
            "from=1735693200",
            "to=\"1735693200999\"",
            "only=\"true\"",
            "startTime=5000"
        ]
    );
}

#[test]
fn containers_within_containers() {
    let text = r#"{"rows":[["1.0","2"],[]],"byCoin":{"BTC":[1735693200],"":[]},"byName":{"spot":{"free":"1"},"fund":{}},"maps":[{"a":{"b":true}},{}],"mixed":["n",[["1","2"],[]],["3.10","true"],{"a":true},1735693200],"tuples":[],"info":null,"list":["x"],"empty":{},"free":{"any":[1,{"x":null}]},"tree":{"children":[{"named":{"x":{}}}]},"either":[{"id":1}],"open":{"kind":"only","value":3}}"#;
    again::<Nested>(text);
    let nested: Nested = from_str(text).unwrap();
    assert_eq!(nested.info, Some(Nullable::Null));
    assert!(matches!(nested.either, Some(OneOrMany::Many(ref list)) if list.len() == 1));
    let times = nested.by_coin.as_ref().and_then(|map| map.get("BTC"));
    assert_eq!(times.map(|times| times[0].unit()), Some(TimeUnit::Second));
    again::<Nested>(
        r#"{"rows":[],"info":{"id":1},"list":null,"either":{"id":2},"open":{"kind":"other","x":[]}}"#,
    );
    for (text, kind, path) in [
        (
            r#"{"rows":[],"mixed":["n",[],["1"]]}"#,
            DecodeErrorKind::WrongLength(2, 1),
            "$.mixed[2]",
        ),
        (
            r#"{"rows":[],"empty":[1]}"#,
            DecodeErrorKind::WrongType("an object"),
            "$.empty",
        ),
        (
            r#"{"rows":[],"open":{"x":1}}"#,
            DecodeErrorKind::MissingField("kind"),
            "$.open",
        ),
    ] {
        let error = from_str::<Nested>(text).unwrap_err();
        assert_eq!((error.kind(), error.path().as_str()), (&kind, path), "{text}");
    }
    // What cannot be read in a list or a map takes nothing else.
    for text in [
        r#"{"rows":[[],["1",{}]]}"#,
        r#"{"rows":[],"byCoin":{"BTC":["x"]}}"#,
        r#"{"rows":[],"byName":{"spot":[]}}"#,
        r#"{"rows":[],"mixed":["n",[["x"]],["1","true"],{},-1]}"#,
    ] {
        again::<Nested>(text);
    }
    let nested: Nested = from_str(r#"{"rows":[[],["1",{}]]}"#).unwrap();
    assert_eq!(nested.rows[1].unreadable()[0].error.path().as_str(), "$[1]");
    let text = r#"{"rows":[],"tuples":[["n"]]}"#;
    again::<Nested>(text);
    let nested: Nested = from_str(text).unwrap();
    let tuples = nested.tuples.unwrap();
    assert_eq!(
        tuples.unreadable()[0].error.kind(),
        &DecodeErrorKind::WrongLength(5, 1)
    );
    again::<Mixed>(r#"["",[],["0","false"],{},-1]"#);
    again::<Pair>(r#"["1.00","false"]"#);
    // What is appended later does no harm.
    assert_eq!(recode::<Pair>(r#"["1","true",3,[]]"#).unwrap(), r#"["1","true"]"#);
    assert!(matches!(
        from_str(r#"{"kind":"other"}"#),
        Ok(OpenUnion::Unrecognized(_))
    ));
    again::<Tree>(r#"{"children":[{"children":[]},{}],"named":{"a":{"named":{}}}}"#);
}

#[test]
fn bare_answers() {
    assert_eq!(
        recode::<<requests::BareText as Operation>::Response>("\"text\"").as_deref(),
        Ok("\"text\"")
    );
    assert_eq!(
        recode::<<requests::BareBoolean as Operation>::Response>("false").as_deref(),
        Ok("false")
    );
    again::<<requests::RequiredTimes as Operation>::Response>("17");
}

#[test]
fn keys_that_are_no_identifiers() {
    let text = r#"{"15m":"a","1":1,"data[0]":"b","data[1]":"c","币安 人生":"d","with space":"e","with-dash":"f","":"g","-":"h","e":"i","E":1735693200000,"new":"j","from_json":"k","to_json":"l","clone":"m","writer":"n","value":"o","self":"p","Self":"q","super":"r","crate":"s","None":"t","Ok":"u","MEMBERS":"v","_":"w"}"#;
    again::<Keys>(text);
    let keys: Keys = from_str(text).unwrap();
    assert_eq!(
        (
            keys._15m.as_str(),
            keys.币安_人生.as_deref(),
            keys.data_1.as_deref()
        ),
        ("a", Some("d"), Some("c"))
    );
}

#[test]
fn an_object_of_many_members() {
    let member = |index: usize| match index % 3 {
        0 => format!("\"member{index}\":{index}"),
        _ => format!("\"member{index}\":\"{index}.0\""),
    };
    let members: Vec<String> = (1..=72).map(member).collect();
    let text = format!("{{{}}}", members.join(","));
    again::<Wide>(&text);
    let turned: Vec<String> = (1..=72).rev().map(member).collect();
    assert_eq!(
        recode::<Wide>(&format!("{{{}}}", turned.join(","))).unwrap(),
        text
    );
    for index in [1, 70] {
        let without = text.replacen(&format!("{},", member(index)), "", 1);
        let error = from_str::<Wide>(&without).unwrap_err();
        assert_eq!(error.path(), "$");
        assert!(
            error.to_string().contains(&format!("`member{index}` is missing")),
            "{error}"
        );
    }
}

#[test]
fn equal_parts_that_are_described_twice_are_one_type() {
    let one: InlineAnswerResponseItem =
        from_str(r#"{"coin":"A","status":"ON","rows":[{"coin":"B"}]}"#).unwrap();
    let other: InlineAgainResponse = from_str(r#"{"rows":[{"coin":"B"}],"state":"ON"}"#).unwrap();
    assert_eq!(one.rows.as_ref(), Some(&other.rows));
    assert_eq!(one.status, other.state);
    assert_eq!(to_string(&other), r#"{"rows":[{"coin":"B"}],"state":"ON"}"#);
}
