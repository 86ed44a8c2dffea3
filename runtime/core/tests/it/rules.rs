//! Each kind of rule, obeyed and broken; and that no input makes the check panic.

use binance_wire_core::rules::{Need, Rule};
use binance_wire_core::{Decimal, ErrorCode, InvalidRequest, ParamSink, Rules, Timestamp, rule};

/// A parameter to hand over.
#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Integer(i64),
    Decimal(Decimal),
    Boolean(bool),
    Json(String),
    Time(Timestamp),
}

type Sent = Vec<(&'static str, Value)>;

fn write(sent: &Sent, sink: &mut dyn ParamSink) {
    for (name, value) in sent {
        match value {
            Value::Text(text) => sink.text(name, text),
            Value::Integer(number) => sink.integer(name, *number),
            Value::Decimal(number) => sink.decimal(name, *number),
            Value::Boolean(truth) => sink.boolean(name, *truth),
            Value::Json(json) => sink.json(name, json),
            Value::Time(time) => sink.timestamp(name, *time),
        }
    }
}

fn check(rules: Rules, sent: Sent) -> Result<(), InvalidRequest> {
    rules.check(&|sink| write(&sent, sink))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn json(text: &str) -> Value {
    Value::Json(text.to_owned())
}

const fn of(rules: &'static [Rule]) -> Rules {
    Rules::new(rules, &[], &[])
}

/// The names at fault; none where the request obeys.
fn at_fault(rules: Rules, sent: Sent) -> Vec<&'static str> {
    check(rules, sent).map_or_else(|broken| broken.parameters, |()| Vec::new())
}

const LIMIT: Rules = of(&[
    rule!("LIMIT needs a price." code -1102 if is("type", ["LIMIT", "STOP"]), not_sent("peg") => required(["price", "quantity"])),
]);

#[test]
fn numbers_above_zero() {
    const ORDER: Rules = of(&[
        rule!("1" code -1013 => positive(["quantity", "quoteOrderQty"])),
        rule!("2" if is("type", ["LIMIT"]) => positive(["price"])),
    ]);
    let zero = || Value::Decimal(Decimal::new(0, 8));
    assert_eq!(at_fault(ORDER, vec![("quantity", zero())]), ["quantity"]);
    assert_eq!(
        at_fault(ORDER, vec![("quoteOrderQty", text("-1"))]),
        ["quoteOrderQty"]
    );
    assert_eq!(
        at_fault(ORDER, vec![("quantity", Value::Integer(0))]),
        ["quantity"]
    );
    let limit = |price| vec![("type", text("LIMIT")), ("price", price)];
    assert_eq!(at_fault(ORDER, limit(zero())), ["price"]);
    for obeyed in [
        vec![("quantity", Value::Decimal(Decimal::new(1, 8)))],
        vec![("quantity", text("word"))],
        vec![("type", text("MARKET")), ("price", zero())],
        limit(Value::Decimal(Decimal::ONE)),
        vec![],
    ] {
        assert_eq!(check(ORDER, obeyed.clone()), Ok(()), "{obeyed:?}");
    }
    const EACH: Rules = Rules::new(&[], &[], &[("batch", &[rule!("3" => positive(["quantity"]))])]);
    let batch = json(r#"[{"quantity":"1"},{"quantity":"0.00"}]"#);
    let broken = check(EACH, vec![("batch", batch)]).unwrap_err();
    assert_eq!(
        (broken.parameters, broken.entry),
        (vec!["quantity"], Some(("batch", 1)))
    );
}

#[test]
fn mandatory_under_conditions() {
    let limit = ("type", text("LIMIT"));
    let price = ("price", Value::Decimal(Decimal::ONE));
    let quantity = ("quantity", Value::Decimal(Decimal::ONE));
    let broken = check(LIMIT, vec![limit.clone(), price.clone()]).unwrap_err();
    assert_eq!(broken.parameters, ["quantity"]);
    assert_eq!(broken.code, Some(ErrorCode(-1102)));
    assert_eq!(
        broken.to_string(),
        "LIMIT needs a price (quantity); the exchange's code is -1102"
    );
    assert_eq!(at_fault(LIMIT, vec![limit.clone()]), ["price", "quantity"]);
    for obeyed in [
        vec![limit.clone(), price, quantity],
        vec![limit, ("peg", text("PRIMARY_PEG"))],
        vec![("type", text("MARKET"))],
        // A value that the specs do not know.
        vec![("type", text("NOVEL"))],
        vec![],
    ] {
        assert_eq!(check(LIMIT, obeyed.clone()), Ok(()), "{obeyed:?}");
    }
}

#[test]
fn the_default_counts_where_nothing_is_sent() {
    const HEDGED: Rules =
        of(&[rule!("x" if is_or_default("positionSide", ["BOTH"]), sent("x") => forbidden(["y"]))]);
    let (x, y) = (("x", Value::Boolean(true)), ("y", text("1")));
    assert_eq!(at_fault(HEDGED, vec![x.clone(), y.clone()]), ["y"]);
    assert_eq!(
        at_fault(HEDGED, vec![("positionSide", text("BOTH")), x.clone(), y.clone()]),
        ["y"]
    );
    assert!(at_fault(HEDGED, vec![("positionSide", text("LONG")), x.clone(), y.clone()]).is_empty());
    assert!(at_fault(HEDGED, vec![y]).is_empty());
    assert!(at_fault(HEDGED, vec![x]).is_empty());
}

#[test]
fn one_of_exclusive_and_together() {
    const ONE_OF: Rules = of(&[rule!("x" => one_of(["a", "b"]))]);
    const EXCLUSIVE: Rules = of(&[rule!("x" => exclusive(["a", "b", "c"]))]);
    const TOGETHER: Rules = of(&[rule!("x" => together(["a", "b"]))]);
    let (a, b) = (("a", Value::Integer(1)), ("b", json("[]")));
    assert_eq!(at_fault(ONE_OF, vec![]), ["a", "b"]);
    assert!(at_fault(ONE_OF, vec![b.clone()]).is_empty());
    assert_eq!(at_fault(EXCLUSIVE, vec![a.clone(), b.clone()]), ["a", "b"]);
    assert!(at_fault(EXCLUSIVE, vec![a.clone()]).is_empty());
    assert!(at_fault(EXCLUSIVE, vec![]).is_empty());
    assert_eq!(at_fault(TOGETHER, vec![a.clone()]), ["b"]);
    assert!(at_fault(TOGETHER, vec![a, b]).is_empty());
    assert!(at_fault(TOGETHER, vec![]).is_empty());
}

#[test]
fn values_by_place() {
    const WORKING: Rules = of(&[rule!("x" => not("workingType", ["MARKET", "STOP_LOSS"]))]);
    const CLOSE: Rules =
        of(&[rule!("x" if is("closePosition", ["true"]) => not("reduceOnly", ["true", "false"]))]);
    assert_eq!(
        at_fault(WORKING, vec![("workingType", text("MARKET"))]),
        ["workingType"]
    );
    assert!(at_fault(WORKING, vec![("workingType", text("LIMIT"))]).is_empty());
    assert!(at_fault(WORKING, vec![("workingType", text("NOVEL"))]).is_empty());
    let reduce = ("reduceOnly", Value::Boolean(false));
    assert_eq!(
        at_fault(
            CLOSE,
            vec![("closePosition", Value::Boolean(true)), reduce.clone()]
        ),
        ["reduceOnly"]
    );
    assert_eq!(
        at_fault(CLOSE, vec![("closePosition", text("true")), reduce.clone()]),
        ["reduceOnly"]
    );
    assert!(at_fault(CLOSE, vec![("closePosition", Value::Boolean(false)), reduce]).is_empty());
}

#[test]
fn patterns_ranges_and_lengths() {
    const LIMITS: Rules = Rules::new(
        &[],
        &[
            Need::Pattern("id", "a-zA-Z0-9_-", 1, 36),
            Need::Pattern("note", "", 0, 3),
            Need::Range("rate", "0.1", "10"),
            Need::Range("least", "1000000", ""),
            Need::Items("orders", 2),
        ],
        &[],
    );
    let refused = |sent: Sent| check(LIMITS, sent).unwrap_err().to_string();
    assert_eq!(
        refused(vec![("id", text("a b"))]),
        "`id` has 1 to 36 characters, all of `[a-zA-Z0-9_-]`"
    );
    assert!(refused(vec![("id", text(""))]).contains("1 to 36"));
    assert!(refused(vec![("id", text(&"x".repeat(37)))]).contains("1 to 36"));
    assert!(refused(vec![("id", text("ü"))]).contains("1 to 36"));
    assert_eq!(
        refused(vec![("note", text("four"))]),
        "`note` has 0 to 3 characters"
    );
    assert_eq!(
        refused(vec![("rate", Value::Decimal("0.09".parse().unwrap()))]),
        "`rate` is 0.1 to 10"
    );
    assert_eq!(refused(vec![("rate", Value::Integer(11))]), "`rate` is 0.1 to 10");
    assert_eq!(
        refused(vec![("least", text("999999"))]),
        "`least` is at least 1000000"
    );
    assert_eq!(
        refused(vec![("orders", json("[1,2,3]"))]),
        "`orders` has at most 2 items"
    );
    for obeyed in [
        ("id", text("my-order_1")),
        ("id", text(&"x".repeat(36))),
        ("note", text("üöä")),
        ("rate", Value::Decimal("0.1".parse().unwrap())),
        ("rate", Value::Integer(10)),
        ("least", Value::Integer(1_000_000)),
        ("orders", json("[[1,2,3],{}]")),
        ("orders", json("[")),
    ] {
        assert_eq!(check(LIMITS, vec![obeyed.clone()]), Ok(()), "{obeyed:?}");
    }
}

#[test]
fn spans_of_time_in_any_unit() {
    const DAY: Rules = of(&[rule!("At most a day." code -1127 => span("startTime", "endTime", 86_400_000))]);
    let (from, day) = (1_700_000_000_000_i64, 86_400_000);
    let at = |name: &'static str, millis: i64| (name, Value::Integer(millis));
    let time = |name: &'static str, micros: i64| (name, Value::Time(Timestamp::from_micros(micros)));
    assert!(at_fault(DAY, vec![at("startTime", from), at("endTime", from + day)]).is_empty());
    assert_eq!(
        at_fault(DAY, vec![at("startTime", from), at("endTime", from + day + 1)]),
        ["startTime", "endTime"]
    );
    assert!(
        at_fault(
            DAY,
            vec![
                time("startTime", from * 1000),
                time("endTime", (from + day) * 1000)
            ]
        )
        .is_empty()
    );
    assert!(
        !at_fault(
            DAY,
            vec![
                time("startTime", from * 1000),
                time("endTime", (from + day) * 1000 + 1)
            ]
        )
        .is_empty()
    );
    assert!(at_fault(DAY, vec![at("startTime", from)]).is_empty());
    assert!(at_fault(DAY, vec![at("startTime", i64::MIN), at("endTime", i64::MAX)]).is_empty());
}

#[test]
fn allowed_combinations() {
    const COMBINATIONS: Rules = of(&[
        rule!("x" => combinations(["orderId", "fromId", "startTime"], [], ["orderId"], ["orderId", "fromId"])),
    ]);
    let one = Value::Integer(1);
    assert!(at_fault(COMBINATIONS, vec![]).is_empty());
    assert!(
        at_fault(
            COMBINATIONS,
            vec![("orderId", one.clone()), ("limit", one.clone())]
        )
        .is_empty()
    );
    assert_eq!(at_fault(COMBINATIONS, vec![("fromId", one.clone())]), ["fromId"]);
    assert_eq!(
        at_fault(COMBINATIONS, vec![("orderId", one.clone()), ("startTime", one)]),
        ["orderId", "startTime"]
    );
}

#[test]
fn objects_that_a_parameter_carries() {
    const BATCH: Rules = Rules::new(
        &[],
        &[],
        &[(
            "batchOrders",
            &[
                rule!("LIMIT needs a price." code -1102 if is("type", ["LIMIT"]) => required(["price"])),
                rule!("x" => range("quantity", "1", "")),
            ],
        )],
    );
    let broken = check(
        BATCH,
        vec![(
            "batchOrders",
            json(r#"[{"type":"MARKET"},{"type":"LIMIT","price":null}]"#),
        )],
    )
    .unwrap_err();
    assert_eq!(broken.entry, Some(("batchOrders", 1)));
    assert_eq!(
        broken.to_string(),
        "batchOrders[1]: LIMIT needs a price (price); the exchange's code is -1102"
    );
    let broken = |entries: &str| check(BATCH, vec![("batchOrders", json(entries))]).is_err();
    assert!(broken(r#"[{"quantity":"0.5"}]"#));
    assert!(broken(r#"[{"quantity":0.5}]"#));
    assert!(!broken(r#"[{"type":"LIMIT","price":"1","quantity":1}]"#));
    assert!(!broken("[]") && !broken("nonsense") && !broken("[{"));
    assert_eq!(
        check(BATCH, vec![("orders", json(r#"[{"type":"LIMIT"}]"#))]),
        Ok(())
    );
}

/// Rules of every kind, on few names so that most of them meet a parameter.
const ALL: Rules = Rules::new(
    &[
        rule!("1" if is("a", ["x", "true"]), not_sent("b") => required(["c"])),
        rule!("2" if is_or_default("a", ["y"]), sent("d") => one_of(["b", "c"])),
        rule!("3" => exclusive(["a", "b"])),
        rule!("4" => together(["b", "c"])),
        rule!("5" if sent("c") => forbidden(["d"])),
        rule!("6" => not("d", ["x", "y"])),
        rule!("7" => pattern("a", "a-z-", 1, 3)),
        rule!("8" => range("b", "-5", "5.5")),
        rule!("9" => items("c", 1)),
        rule!("10" => span("a", "b", 1000)),
        rule!("11" => combinations(["a", "b", "c", "d"], [], ["a"], ["b", "c"])),
    ],
    &[
        Need::Range("a", "malformed", ""),
        Need::Pattern("b", "-", 0, 9),
        Need::Items("d", 0),
    ],
    &[("c", &[rule!("12" if is("a", ["x"]) => required(["b"]))])],
);

#[test]
fn the_check_never_panics() {
    // A generator of numbers that are the same in each run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let texts = [
        "",
        "x",
        "y",
        "true",
        "-",
        "ü",
        "999999999999999999999999999999999",
        "1e400",
        "NaN",
        "\0",
    ];
    let documents = [
        "",
        "[",
        "{",
        "[]",
        "{}",
        "null",
        "[null]",
        "[[]]",
        "[{}]",
        r#"[{"a":"x"}]"#,
        r#"[{"a":"x","b":{}}]"#,
        r#"[{"a":1e999}]"#,
        r#"[{"a":"\ud800"}]"#,
        r#"{"a":"x"}"#,
        "[1,2",
        "\u{feff}[]",
        r#"[{"a":tru"#,
    ];
    let numbers = [0, 1, -1, i64::MIN, i64::MAX, 1000, 1001];
    let (mut obeyed, mut broken) = (0, 0);
    for _ in 0..20_000 {
        let sent: Sent = (0..next(5))
            .map(|_| {
                let name = ["a", "b", "c", "d", "e"][next(5) as usize];
                let value = match next(6) {
                    0 => text(texts[next(texts.len() as u64) as usize]),
                    1 => Value::Integer(numbers[next(numbers.len() as u64) as usize]),
                    2 => Value::Decimal([Decimal::MIN, Decimal::MAX, Decimal::ZERO][next(3) as usize]),
                    3 => Value::Boolean(next(2) == 0),
                    4 => json(documents[next(documents.len() as u64) as usize]),
                    _ => Value::Time(Timestamp::from_micros(
                        numbers[next(numbers.len() as u64) as usize],
                    )),
                };
                (name, value)
            })
            .collect();
        match check(ALL, sent) {
            Ok(()) => obeyed += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                broken += 1;
            }
        }
    }
    assert!(obeyed > 1000 && broken > 1000, "{obeyed} {broken}");
}

#[test]
fn the_text_names_a_parameter_once() {
    const ALONE: Rules = of(&[
        rule!("`quoteOrderQty` must not be sent." code -1106 if is("type", ["LIMIT"]) => forbidden(["quoteOrderQty"])),
    ]);
    let sent = vec![("type", text("LIMIT")), ("quoteOrderQty", text("1"))];
    assert_eq!(
        check(ALONE, sent).unwrap_err().to_string(),
        "`quoteOrderQty` must not be sent; the exchange's code is -1106"
    );
    // Of those that the rule names, the text says which break it.
    const BOTH: Rules =
        of(&[rule!("`price` and `quantity` are mandatory" => required(["price", "quantity"]))]);
    assert_eq!(
        check(BOTH, vec![("price", text("1"))]).unwrap_err().to_string(),
        "`price` and `quantity` are mandatory (quantity)"
    );
    assert_eq!(
        check(BOTH, vec![]).unwrap_err().to_string(),
        "`price` and `quantity` are mandatory"
    );
}
