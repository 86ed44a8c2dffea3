//! What fields do not hold is kept as it came: other values than numbers, unknown members, unreadable elements.

use binance_wire_core::json::{self, FromJson, IntegerText, List, Number, Reader, Reading};
use binance_wire_core::{Decimal, DecodeErrorKind, Nullable, Text, Timestamp, dec};

binance_wire_core::json_object! {
    /// A position.
    pub struct Position {
        /// Trading pair.
        symbol: Text = required("symbol"),
        /// Largest notional value.
        max: Option<Decimal> = optional("max"),
        /// The same, bare.
        bare: Option<Decimal> = optional_as("bare", Number),
        /// Number of days.
        days: Option<i64> = optional_as("days", IntegerText),
        /// When it was closed.
        closed: Option<Timestamp> = optional("closed" | "closedAt"),
        /// Whether margin is added to it.
        auto: Option<bool> = optional("auto"),
        /// A note.
        note: Option<Text> = optional("note"),
        /// A price that may be `null`.
        price: Option<Nullable<Decimal>> = nullable("price"),
    }
}

binance_wire_core::json_object! {
    /// An event.
    pub struct Event in order where "e" = "event" {
        /// Trading pair.
        symbol: Text = required("s"),
        /// Price.
        price: Option<Decimal> = optional("p"),
        /// Positions.
        positions: Option<List<Position>> = optional("P"),
    }
}

/// Reads a value, with unknown members, and checks that it is written as it came.
fn kept<T: FromJson + json::ToJson>(text: &str) -> T {
    let mut reader = Reader::with(text, Reading::new().keeping_unknown());
    let value = T::from_json(&mut reader).unwrap_or_else(|error| panic!("{text}: {error}"));
    reader.finish().expect(text);
    assert_eq!(json::to_string(&value), text);
    value
}

#[test]
fn words_empty_texts_and_null_are_absent_numbers_and_come_back() {
    for raw in [
        "null",
        r#""""#,
        r#""null""#,
        r#""INF""#,
        r#""N/A""#,
        r#""NaN""#,
        "1000000000000000000000000000000.5",
    ] {
        for member in ["max", "bare", "days", "closed", "auto"] {
            let position: Position = kept(&format!(r#"{{"symbol":"X","{member}":{raw}}}"#));
            assert_eq!(
                (
                    position.max,
                    position.bare,
                    position.days,
                    position.closed,
                    position.auto
                ),
                (None, None, None, None, None),
                "{member}: {raw}"
            );
            assert_eq!(position.raw.get(member), Some(raw));
            assert_eq!(position.raw.iter().count(), 1);
        }
    }
}

#[test]
fn absent_null_and_empty_stay_apart() {
    let absent: Position = kept(r#"{"symbol":"X"}"#);
    let null: Position = kept(r#"{"symbol":"X","max":null}"#);
    let empty: Position = kept(r#"{"symbol":"X","max":""}"#);
    assert!(absent != null && null != empty && absent != empty);
    assert!(absent.raw.is_empty());
    // A `null` that the documentation promises is a value of the field, and a text may be empty.
    let stated: Position = kept(r#"{"symbol":"X","note":"","price":null}"#);
    assert_eq!(stated.note.as_deref(), Some(""));
    assert_eq!(stated.price, Some(Nullable::Null));
    assert!(stated.raw.is_empty());
    let word: Position = kept(r#"{"symbol":"X","price":"INF"}"#);
    assert_eq!((word.price, word.raw.get("price")), (None, Some(r#""INF""#)));
}

#[test]
fn what_stands_in_a_field_is_written_rather_than_what_came() {
    let mut position: Position = kept(r#"{"symbol":"X","max":"INF"}"#);
    position.max = Some(dec!(5));
    assert_eq!(json::to_string(&position), r#"{"symbol":"X","max":"5"}"#);
}

#[test]
fn what_has_nothing_in_it_is_absent_where_another_shape_is_expected() {
    for raw in ["{}", "[]", "[ ]"] {
        for member in ["max", "bare", "days", "closed", "auto", "note"] {
            let position: Position = kept(&format!(r#"{{"symbol":"X","{member}":{raw}}}"#));
            assert_eq!(position.raw.get(member), Some(raw));
        }
    }
    let event: Event = kept(r#"{"e":"event","s":"X","P":{}}"#);
    assert_eq!((event.positions, event.raw.get("P")), (None, Some("{}")));
}

#[test]
fn a_member_under_another_name_comes_back_under_that() {
    let position: Position = kept(r#"{"symbol":"X","closedAt":""}"#);
    assert_eq!(position.raw.get("closedAt"), Some(r#""""#));
}

#[test]
fn other_values_than_scalars_are_errors() {
    for (text, kind) in [
        (
            r#"{"symbol":"X","max":{"a":1}}"#,
            DecodeErrorKind::WrongType("a decimal number"),
        ),
        (
            r#"{"symbol":"X","max":["1"]}"#,
            DecodeErrorKind::WrongType("a decimal number"),
        ),
        (
            r#"{"symbol":"X","note":[1]}"#,
            DecodeErrorKind::WrongType("a text"),
        ),
        (
            r#"{"symbol":"X","max":"1","max":"INF"}"#,
            DecodeErrorKind::DuplicateField("max"),
        ),
        (r#"{"symbol":"X","max":"a}"#, DecodeErrorKind::UnexpectedEnd),
        (r#"{"symbol":null}"#, DecodeErrorKind::UnexpectedNull),
    ] {
        let error = json::from_str::<Position>(text).expect_err(text);
        assert_eq!(error.kind(), &kind, "{text}");
    }
}

#[test]
fn a_strict_reader_takes_what_is_documented_and_nothing_else() {
    let read = |text: &str| Reading::new().strict().read::<Position>(text);
    // A `null` is an absent member.
    for text in [
        r#"{"symbol":"X","max":"1.5","days":"3","closed":1735693200000}"#,
        r#"{"symbol":"X","bare":1.5}"#,
        r#"{"symbol":"X","max":null,"price":null}"#,
    ] {
        assert!(read(text).expect(text).raw.is_empty(), "{text}");
    }
    for (text, path) in [
        (r#"{"symbol":7}"#, "$.symbol"),
        (r#"{"symbol":"X","max":""}"#, "$.max"),
        (r#"{"symbol":"X","max":"INF"}"#, "$.max"),
        (r#"{"symbol":"X","auto":"true"}"#, "$.auto"),
        (r#"{"symbol":"X","note":1}"#, "$.note"),
        // Another spelling than the documented one, and exponents.
        (r#"{"symbol":"X","max":1.5}"#, "$.max"),
        (r#"{"symbol":"X","max":"1e2"}"#, "$.max"),
        (r#"{"symbol":"X","bare":"1.5"}"#, "$.bare"),
        (r#"{"symbol":"X","bare":1e2}"#, "$.bare"),
        (r#"{"symbol":"X","days":3}"#, "$.days"),
        (r#"{"symbol":"X","closed":"1735693200000"}"#, "$.closed"),
        (r#"{"symbol":"X","max":{}}"#, "$.max"),
    ] {
        assert_eq!(read(text).expect_err(text).path(), path);
    }
    for text in ["[\"1\"]", "[1.0]", "[1e2]", "[1,{}]"] {
        assert!(Reading::new().strict().read::<List<i64>>(text).is_err(), "{text}");
    }
    assert_eq!(
        Reading::new().strict().read::<List<i64>>("[1,2]"),
        Ok(vec![1, 2].into())
    );
}

#[test]
fn unknown_members_are_kept_where_they_are_asked_for() {
    let text = r#"{"symbol":"X","new":{"a":[1,null]},"max":"1","newer":"y"}"#;
    let skipped: Position = json::from_str(text).unwrap();
    assert!(skipped.raw.is_empty());
    let kept = Position::from_json(&mut Reader::with(text, Reading::new().keeping_unknown())).unwrap();
    assert_eq!(
        kept.raw.iter().collect::<Vec<_>>(),
        [("new", r#"{"a":[1,null]}"#), ("newer", r#""y""#)]
    );
    assert_eq!(
        json::to_string(&kept),
        r#"{"symbol":"X","max":"1","new":{"a":[1,null]},"newer":"y"}"#
    );
}

#[test]
fn each_object_has_its_own() {
    let event: Event =
        kept(r#"{"e":"event","s":"X","p":"","P":[{"symbol":"A","max":"INF","x":1},{"symbol":"B"}],"q":2}"#);
    assert_eq!(event.raw.iter().collect::<Vec<_>>(), [("p", r#""""#), ("q", "2")]);
    let positions = event.positions.unwrap();
    assert_eq!(
        positions[0].raw.iter().collect::<Vec<_>>(),
        [("max", r#""INF""#), ("x", "1")]
    );
    assert!(positions[1].raw.is_empty());
}

#[test]
fn an_unreadable_element_does_not_take_its_neighbours() {
    let text = r#"[{"symbol":"A"},{"symbol":"B","z":1,"days":[0]},7,{"symbol":"C","max":"INF"},{}]"#;
    let list: List<Position> = kept(text);
    let symbols: Vec<&str> = list.iter().map(|position| position.symbol.as_str()).collect();
    assert_eq!(symbols, ["A", "C"]);
    let unreadable: Vec<_> = list
        .unreadable()
        .iter()
        .map(|element| (element.index, element.raw.as_str(), element.error.to_string()))
        .collect();
    assert_eq!(
        unreadable,
        [
            (
                1,
                r#"{"symbol":"B","z":1,"days":[0]}"#,
                "expected an integer at $[1].days (byte 43)".to_owned()
            ),
            (2, "7", "expected an object at $[2] (byte 48)".to_owned()),
            (4, "{}", "field `symbol` is missing at $[4] (byte 79)".to_owned()),
        ]
    );
    // What had been set aside of an unreadable element does not stay behind.
    assert_eq!(list[1].raw.iter().collect::<Vec<_>>(), [("max", r#""INF""#)]);
    let error = list.clone().complete().unwrap_err();
    assert_eq!(error.path(), "$[1].days");
    let (elements, unreadable) = list.into_parts();
    assert_eq!((elements.len(), unreadable.len()), (2, 3));
}

#[test]
fn lists_are_used_like_vectors() {
    let list: List<i64> = json::from_str("[1,2,3]").unwrap();
    assert_eq!(list, vec![1, 2, 3]);
    assert_eq!(list.iter().sum::<i64>(), 6);
    assert_eq!((&list).into_iter().max(), Some(&3));
    assert_eq!(list.len(), 3);
    assert_eq!(list.clone().into_iter().collect::<List<i64>>(), list);
    assert_eq!(List::from(vec![1, 2, 3]), list);
    assert_eq!(list.complete(), Ok(vec![1, 2, 3]));
    assert!(List::<i64>::default().is_empty());
    let not_a_list = json::from_str::<List<i64>>("{}").unwrap_err();
    assert_eq!(not_a_list.kind(), &DecodeErrorKind::WrongType("an array"));
}

#[test]
fn what_is_not_json_is_no_element() {
    for text in ["[1,x]", "[1,2", "[1,{\"a\"}]", "[1 2]", "[01]"] {
        assert!(json::from_str::<List<i64>>(text).is_err(), "{text}");
    }
}
