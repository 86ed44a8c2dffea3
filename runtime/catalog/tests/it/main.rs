//! Rules, weights and look-ups, on a small catalog.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use binance_wire_catalog::{Catalog, Entry, Error, Pattern, Product, Type};
use serde_json::json;

fn product(value: &serde_json::Value) -> Product {
    serde_json::from_value(value.clone()).unwrap()
}

fn operation(more: serde_json::Value) -> serde_json::Value {
    let mut value = json!({"id": "x", "call": {"rest": {"method": "GET", "path": "/x"}}, "security": "NONE", "response": "any"});
    for (name, member) in more.as_object().unwrap() {
        value[name] = member.clone();
    }
    value
}

#[test]
fn a_product_is_read_when_it_is_asked_for() {
    static PRODUCTS: [Entry; 2] = [
        Entry::new("one", r#"{"name": "one"}"#),
        Entry::new("two", r#"{"name": "two", "colour": "red"}"#),
    ];
    static CATALOG: Catalog = Catalog::new(
        &PRODUCTS,
        r#"[{"name": "spot", "codes": [{"code": -1000, "names": ["UNKNOWN"]}]}]"#,
    );
    assert_eq!(CATALOG.names().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(CATALOG.product("one").unwrap().name, "one");
    let error = CATALOG.product("three").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no product is called `three`; there are one, two"
    );
    let error = CATALOG.product("two").unwrap_err();
    assert!(
        matches!(&error, Error::Unreadable { name, .. } if name == "two"),
        "{error:?}"
    );
    assert!(error.to_string().contains("unknown field `colour`"), "{error}");
    assert_eq!(CATALOG.products().filter(Result::is_ok).count(), 1);
    assert_eq!(CATALOG.error_codes().unwrap()[0].codes[0].code, -1000);
}

#[test]
fn the_first_line_of_a_weight_table_that_is_met_counts() {
    let product = product(&json!({"name": "x", "operations": [operation(json!({
        "parameters": [
            {"name": "limit", "type": {"int32": {}}, "default": "100"},
            {"name": "mode", "type": "text", "default": "\"FULL\""},
            {"name": "symbols", "type": {"array": "text"}},
        ],
        "weight": {"rules": [
            {"when": {"parameter": "symbol", "present": true}, "weight": 1},
            {"when": {"parameter": "symbols", "minItems": 1, "maxItems": 20}, "weight": 2, "perItem": true, "cap": 30},
            {"when": {"parameter": "mode", "values": ["MINI"]}, "weight": 40},
            {"when": {"parameter": "limit", "min": 1, "max": 100}, "weight": 5},
            {"weight": 80},
        ]},
    }))]}));
    let operation = product.operation("x").unwrap();
    let weight = |values: &[(&str, &str)]| operation.weight_of(&values.to_vec());
    assert_eq!(weight(&[]), 5);
    assert_eq!(weight(&[("limit", "101")]), 80);
    assert_eq!(weight(&[("limit", "x")]), 80);
    assert_eq!(weight(&[("symbol", "A"), ("limit", "101")]), 1);
    assert_eq!(weight(&[("symbols", r#"["A","B"]"#)]), 4);
    assert_eq!(weight(&[("symbols", "A,B,C")]), 6);
    let sixteen = vec!["A"; 16].join(",");
    assert_eq!(weight(&[("symbols", &sixteen)]), 30);
    assert_eq!(weight(&[("mode", "MINI")]), 40);
}

#[test]
fn a_call_without_a_weight_weighs_one() {
    let product = product(&json!({"name": "x", "operations": [operation(json!({}))]}));
    assert_eq!(product.operation("x").unwrap().weight_of(&[("a", "b")]), 1);
}

#[test]
fn rules_name_what_breaks_them() {
    let rule = |need: serde_json::Value| json!({"need": need, "code": -1102});
    let limit = json!([{"parameter": "type", "values": ["LIMIT"]}]);
    let broken = |rule: serde_json::Value, values: &[(&str, &str)]| -> Option<String> {
        let product = product(&json!({"name": "x", "operations": [operation(json!({"rules": [rule]}))]}));
        let operation = product.operation("x").unwrap();
        let (rule, names) = operation.broken_rule(&values.to_vec())?;
        assert_eq!(rule.code, Some(-1102));
        Some(names.join(" "))
    };
    let required = json!({"when": limit, "need": {"required": ["price", "quantity"]}, "code": -1102});
    assert_eq!(
        broken(required.clone(), &[("type", "LIMIT"), ("price", "1")]).as_deref(),
        Some("quantity")
    );
    assert_eq!(broken(required.clone(), &[("type", "MARKET")]), None);
    assert_eq!(broken(required, &[]), None);
    let by_default = json!({"when": [{"parameter": "mode", "values": ["A"], "byDefault": true}],
                            "need": {"required": ["a"]}, "code": -1102});
    assert_eq!(broken(by_default.clone(), &[]).as_deref(), Some("a"));
    assert_eq!(broken(by_default, &[("mode", "B")]), None);
    let unsent =
        json!({"when": [{"parameter": "b", "sent": false}], "need": {"required": ["a"]}, "code": -1102});
    assert_eq!(broken(unsent.clone(), &[]).as_deref(), Some("a"));
    assert_eq!(broken(unsent, &[("b", "1")]), None);
    for (need, values, names) in [
        (json!({"oneOf": ["a", "b"]}), &[][..], Some("a b")),
        (json!({"oneOf": ["a", "b"]}), &[("b", "1")], None),
        (
            json!({"exclusive": ["a", "b"]}),
            &[("a", "1"), ("b", "1")],
            Some("a b"),
        ),
        (json!({"exclusive": ["a", "b"]}), &[("a", "1")], None),
        (json!({"together": ["a", "b"]}), &[("a", "1")], Some("b")),
        (json!({"together": ["a", "b"]}), &[], None),
        (json!({"forbidden": ["a"]}), &[("a", "1")], Some("a")),
        (
            json!({"positive": ["a", "b"]}),
            &[("a", "0.00"), ("b", "0.1")],
            Some("a"),
        ),
        (json!({"positive": ["a"]}), &[("a", "word")], None),
        (
            json!({"values": {"parameter": "a", "allowed": ["X"], "refused": ["Y"]}}),
            &[("a", "Y")],
            Some("a"),
        ),
        (
            json!({"values": {"parameter": "a", "allowed": ["X"], "refused": ["Y"]}}),
            &[("a", "NEW")],
            None,
        ),
        (
            json!({"pattern": {"parameter": "a", "pattern": {"class": "a-z_-", "min": 1, "max": 3}}}),
            &[("a", "ab1")],
            Some("a"),
        ),
        (
            json!({"pattern": {"parameter": "a", "pattern": {"class": "a-z_-", "min": 1, "max": 3}}}),
            &[("a", "a-_")],
            None,
        ),
        (
            json!({"range": {"parameter": "a", "min": "1", "max": "5000"}}),
            &[("a", "5001")],
            Some("a"),
        ),
        (
            json!({"range": {"parameter": "a", "min": "1"}}),
            &[("a", "0.5")],
            Some("a"),
        ),
        (
            json!({"range": {"parameter": "a", "max": "5000"}}),
            &[("a", "5000")],
            None,
        ),
        (
            json!({"span": {"from": "a", "to": "b", "hours": 1}}),
            &[("a", "0"), ("b", "3600001")],
            Some("a b"),
        ),
        (
            json!({"span": {"from": "a", "to": "b", "hours": 1}}),
            &[("a", "0"), ("b", "3600000")],
            None,
        ),
        (
            json!({"span": {"from": "a", "to": "b", "hours": 1}}),
            &[("b", "3600001")],
            None,
        ),
        (
            json!({"combinations": [["a"], ["a", "b"]]}),
            &[("b", "1")],
            Some("b"),
        ),
        (
            json!({"combinations": [["a"], ["a", "b"]]}),
            &[("a", "1"), ("b", "1")],
            None,
        ),
    ] {
        assert_eq!(
            broken(rule(need.clone()), values).as_deref(),
            names,
            "{need} {values:?}"
        );
    }
}

#[test]
fn patterns_are_printed_as_expressions() {
    let pattern: Pattern = serde_json::from_value(json!({"class": "a-z0-9_-", "min": 1, "max": 36})).unwrap();
    assert_eq!(pattern.to_string(), "^[a-z0-9_-]{1,36}$");
    let any: Pattern = serde_json::from_value(json!({"min": 6, "max": 6})).unwrap();
    assert_eq!(any.to_string(), "^.{6}$");
    assert!(any.matches("äöüßéè") && !any.matches("12345"));
}

#[test]
fn paths_and_names_are_found_by_what_they_are() {
    let path = |id: &str, path: &str| {
        operation(json!({"id": id, "call": {"rest": {"method": "GET", "path": path}}}))
    };
    let stream = |id: &str, pattern: &str, parameters: serde_json::Value| json!({"id": id, "pattern": pattern, "event": "any", "parameters": parameters});
    let product = product(&json!({"name": "x",
        "operations": [path("one", "/a/{id}"), path("all", "/a/all"), path("tail", "/a/{id}/b"),
                       {"id": "place", "call": {"wsApi": {"method": "order.place"}}, "security": "TRADE", "response": "any"}],
        "streams": [
            stream("trade", "<symbol>@trade", json!([])),
            stream("depth", "<symbol>@depth@<speed>", json!([{"name": "speed", "type": "text"}])),
            stream("levels", "<symbol>@depth<levels>", json!([])),
            stream("kline", "<symbol>@kline_<interval>@+08:00", json!([])),
            stream("all", "!ticker@arr", json!([])),
        ],
    }));
    let found = |path: &str| {
        let (operation, values) = product.route("GET", path)?;
        Some((
            operation.id.as_str(),
            values
                .into_iter()
                .map(|(_, value)| value.to_owned())
                .collect::<Vec<_>>(),
        ))
    };
    assert_eq!(found("/a/7"), Some(("one", vec!["7".to_owned()])));
    assert_eq!(found("/a/all"), Some(("all", vec![])));
    assert_eq!(found("/a/7/b"), Some(("tail", vec!["7".to_owned()])));
    for path in ["/a/", "/a", "/a/7/", "/a/7/8/b", "/b"] {
        assert_eq!(found(path), None, "{path}");
    }
    assert!(product.has_path("/a/7") && !product.has_path("/c"));
    assert!(product.route("POST", "/a/7").is_none());
    assert_eq!(product.ws_method("order.place").unwrap().id, "place");
    assert_eq!(
        product.ws_method("order.place").unwrap().call.to_string(),
        "order.place"
    );
    let named = |name: &str| {
        let (stream, values) = product.stream(name)?;
        Some((
            stream.id.as_str(),
            values
                .into_iter()
                .map(|(_, value)| value.to_owned())
                .collect::<Vec<_>>(),
        ))
    };
    let of = |id, values: &[&str]| {
        Some((
            id,
            values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>(),
        ))
    };
    assert_eq!(named("btcusdt@trade"), of("trade", &["btcusdt"]));
    assert_eq!(named("btcusdt@depth"), of("depth", &["btcusdt"]));
    assert_eq!(named("btcusdt@depth@100ms"), of("depth", &["btcusdt", "100ms"]));
    assert_eq!(named("btcusdt@depth5"), of("levels", &["btcusdt", "5"]));
    assert_eq!(named("btcusdt@kline_1m@+08:00"), of("kline", &["btcusdt", "1m"]));
    assert_eq!(named("!ticker@arr"), of("all", &[]));
    for name in [
        "@trade",
        "btcusdt@kline_1m",
        "btcusdt",
        "",
        "btcusdt@trade@x",
        "a@b@trade",
    ] {
        assert_eq!(named(name), None, "{name}");
    }
}

#[test]
fn an_example_has_every_member_and_ends() {
    let product = product(&json!({"name": "x", "examples": {"symbol": "ETHBTC"}, "types": {
        "Node": {"object": [
            {"name": "symbol", "type": "text", "required": true},
            {"name": "price", "type": {"decimal": {"asText": true}}},
            {"name": "time", "type": {"time": {"unit": "ms"}}},
            {"name": "side", "type": {"named": "Side"}},
            {"name": "children", "type": {"array": {"named": "Node"}}},
        ]},
        "Side": {"enum": ["BUY", "SELL"]},
        "Either": {"union": {"tag": "e", "variants": {"node": "Node"}}},
        "Again": {"alias": {"named": "Either"}},
    }}));
    let value = product.example(&Type::Named("Again".to_owned()));
    assert_eq!(value["e"], "node");
    assert_eq!(value["symbol"], "ETHBTC");
    assert_eq!(value["price"], "1.00000000");
    assert_eq!(value["time"], 1_704_067_200_000_i64);
    assert_eq!(value["children"][0]["side"], "BUY");
}
