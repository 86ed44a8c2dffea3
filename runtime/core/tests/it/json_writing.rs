//! Everything the writer writes.

use binance_wire_core::json::{self, BooleanText, Entries, Form, IntegerText, Number};
use binance_wire_core::{Decimal, Nullable, OneOrMany, RawJson, Text, Timestamp, ToJson, Writer};

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

fn written(write: impl FnOnce(&mut Writer)) -> String {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.into_string()
}

#[test]
fn commas_stand_between_and_nowhere_else() {
    let text = written(|w| {
        w.begin_object();
        w.field("a", &1_i64);
        w.key("empty");
        w.begin_object();
        w.end_object();
        w.key("list");
        w.begin_array();
        w.begin_array();
        w.end_array();
        w.element("x");
        w.element_with(&decimal("1.0"), Number::write);
        w.begin_object();
        w.constant("e", "trade");
        w.end_object();
        w.null();
        w.bool(true);
        w.u64(u64::MAX);
        w.i64(i64::MIN);
        w.raw("[ 1 ]");
        w.end_array();
        w.field_with("n", &decimal("2.50"), Number::write);
        w.optional_field("absent", &None::<Text>);
        w.optional_field("there", &Some(false));
        w.optional_field_with("absent", &None, IntegerText::write);
        w.optional_field_with("text", &Some(-3), IntegerText::write);
        w.field_with("flag", &true, BooleanText::write);
        w.end_object();
    });
    let expected = concat!(
        r#"{"a":1,"empty":{},"list":[[],"x",1.0,{"e":"trade"},null,true,18446744073709551615,-9223372036854775808,[ 1 ]],"#,
        r#""n":2.50,"there":false,"text":"-3","flag":"true"}"#
    );
    assert_eq!(text, expected);
}

#[test]
fn a_writer_appends_to_memory_that_it_is_given() {
    let mut writer = Writer::append_to(String::from("params="));
    writer.begin_array();
    writer.element(&Text::from("BTCUSDT"));
    assert_eq!(writer.as_str(), "params=[\"BTCUSDT\"");
    writer.end_array();
    assert_eq!(writer.into_string(), "params=[\"BTCUSDT\"]");
}

#[test]
fn texts_and_keys_are_escaped() {
    let all: String = (0..0x80_u8)
        .map(char::from)
        .chain("é€💱\u{2028}".chars())
        .collect();
    for text in [
        "",
        "plain",
        "\"",
        "\\",
        "a\"b\\c\nd",
        "\u{8}\u{c}\r\t",
        "12345678\"12345678\\",
        "é\"é",
        &all,
    ] {
        let expected = serde_json::to_string(text).expect("writes");
        assert_eq!(json::to_string(text), expected);
        assert_eq!(json::to_string(&Text::from(text)), expected);
        assert_eq!(json::to_string(&String::from(text)), expected);
        let entries: Entries<bool> = [(text, true)].into_iter().collect();
        assert_eq!(json::to_string(&entries), format!("{{{expected}:true}}"));
        assert_eq!(json::from_str::<String>(&expected).expect("reads"), text);
    }
    assert_eq!(json::to_string("\u{1}\u{1f}\u{7f}"), "\"\\u0001\\u001f\u{7f}\"");
}

#[test]
fn decimals_are_plain_digits() {
    for text in [
        "0",
        "0.0",
        "0.00000000",
        "0.1",
        "-0.1",
        "1",
        "-1",
        "10",
        "100",
        "0.010",
        "-12.50",
        "65012.34000000",
        "18446744073709551615",
        "18446744073709551616",
        "1844674407370955161.5",
        "-1844674407370955161.6",
        "0.0000000000000000001",
        "0.1234567890123456789",
        "0.00000000000000000001",
        "0.0000000000000000000000000001",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "-7.9228162514264337593543950335",
        "-0.0000000000000000000000000000",
        "7922816251426433759354395033.5",
    ] {
        let value = decimal(text);
        assert_eq!(json::to_string(&value), format!("\"{value}\""));
        assert_eq!(written(|w| Number::write(&value, w)), value.to_string());
    }
    // What a computation leaves behind, at the ends of the range.
    for value in [Decimal::MAX, Decimal::MIN, Decimal::from_parts(1, 0, 0, true, 28)] {
        assert_eq!(json::to_string(&value), format!("\"{value}\""));
    }
    // A zero has no sign on the wire, though arithmetic can give it one.
    assert_eq!((-Decimal::ZERO).to_string(), "-0");
    assert_eq!(json::to_string(&-Decimal::ZERO), "\"0\"");
    assert_eq!(json::to_string(&-decimal("0.00")), "\"0.00\"");
}

#[test]
fn integers_have_no_padding() {
    for value in [
        0,
        1,
        9,
        10,
        99,
        100,
        101,
        999,
        1000,
        12345,
        1_000_000_007,
        i64::MAX,
    ] {
        assert_eq!(json::to_string(&value), value.to_string());
        assert_eq!(json::to_string(&-value), (-value).to_string());
        assert_eq!(written(|w| w.integer_text(-value)), format!("\"{}\"", -value));
    }
    assert_eq!(json::to_string(&i64::MIN), i64::MIN.to_string());
    assert_eq!(json::to_string(&u64::MAX), u64::MAX.to_string());
    assert_eq!(
        (json::to_string(&-5_i8), json::to_string(&u32::MAX)),
        ("-5".into(), "4294967295".into())
    );
}

#[test]
fn other_values() {
    assert_eq!(json::to_string(&()), "{}");
    assert_eq!(
        json::to_string(&Timestamp::from_micros(1_499_827_319_559_123)),
        "1499827319559123"
    );
    assert_eq!(json::to_string(&Nullable::<i64>::Null), "null");
    assert_eq!(json::to_string(&Nullable::Value(5_i64)), "5");
    assert_eq!(json::to_string(&OneOrMany::One(5_i64)), "5");
    assert_eq!(json::to_string(&OneOrMany::Many(vec![5_i64, 6].into())), "[5,6]");
    assert_eq!(json::to_string::<[bool]>(&[]), "[]");
    assert_eq!(json::to_string(&vec![Box::new(true)]), "[true]");
    assert_eq!(
        json::to_string(&[&RawJson::new(" [ 1.0 ] ").expect("JSON")][..]),
        "[[ 1.0 ]]"
    );
    // Through a reference, as emitted code may have it.
    fn twice<T: ToJson>(value: T) -> String {
        json::to_string(&[&value, &value][..])
    }
    assert_eq!(twice("a"), r#"["a","a"]"#);
}
