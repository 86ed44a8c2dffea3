//! Other wire forms than a type's own: numbers in either form, times in seconds and as text, decimals of any spelling.

use binance_wire_core::json::{
    self, BooleanText, Form, FromJson, Number, Reader, Seconds, SecondsText, TimeText, Writer,
};
use binance_wire_core::{Decimal, DecodeError, DecodeErrorKind, Text, TimeUnit, Timestamp};

/// Reads the whole of `text` with a function.
fn read<T>(text: &str, read: fn(&mut Reader<'_>) -> Result<T, DecodeError>) -> Result<T, DecodeErrorKind> {
    let mut reader = Reader::new(text);
    let value = read(&mut reader).and_then(|value| reader.finish().map(|()| value));
    value.map_err(|error| error.kind().clone())
}

fn written<T>(value: T, write: fn(&T, &mut Writer)) -> String {
    let mut writer = Writer::new();
    write(&value, &mut writer);
    writer.into_string()
}

#[test]
fn integers_are_read_in_any_spelling_and_written_bare() {
    for (text, value) in [
        ("70.0", 70),
        ("\"70.00\"", 70),
        ("1e10", 10_000_000_000),
        ("\"1E+2\"", 100),
        ("-1.50e1", -15),
        ("0.0", 0),
        ("0e99", 0),
        ("100e-2", 1),
        ("1", 1),
        ("\"1\"", 1),
        (" \"-7\" ", -7),
        ("0", 0),
        ("\"0\"", 0),
        ("9223372036854775807", i64::MAX),
        ("\"-9223372036854775808\"", i64::MIN),
    ] {
        assert_eq!(read(text, i64::from_json), Ok(value), "{text}");
    }
    assert_eq!(read("\"300\"", i32::from_json), Ok(300));
    assert_eq!(read("\"300\"", u64::from_json), Ok(300));
    assert_eq!(json::to_string(&-5_i32), "-5");
    assert_eq!(json::to_string(&i64::MIN), i64::MIN.to_string());
}

#[test]
fn what_is_no_integer_is_an_error_in_either_form() {
    for text in [
        "\"\"", "\" 1\"", "\"1 \"", "\"01\"", "\"+1\"", "\"1.5\"", "1.5", "1e-2", "\"1e\"", "true", "[1]",
    ] {
        let error = read(text, i64::from_json);
        assert!(
            matches!(error, Err(DecodeErrorKind::WrongType(_))),
            "{text}: {error:?}"
        );
    }
    assert_eq!(read("null", i64::from_json), Err(DecodeErrorKind::UnexpectedNull));
    assert_eq!(read("", i64::from_json), Err(DecodeErrorKind::UnexpectedEnd));
    for text in [
        "9223372036854775808",
        "\"9223372036854775808\"",
        "\"-99999999999999999999\"",
        "1e19",
        "1e999999999999",
        "9223372036854775808.0",
    ] {
        let error = read(text, i64::from_json);
        assert!(
            matches!(error, Err(DecodeErrorKind::OutOfRange(_))),
            "{text}: {error:?}"
        );
    }
    for text in ["2147483648", "\"-2147483649\""] {
        let error = read(text, i32::from_json);
        let number = text.trim_matches('"');
        assert_eq!(error, Err(DecodeErrorKind::OutOfRange(number.into())), "{text}");
    }
}

#[test]
fn times_say_their_unit() {
    let at = Timestamp::from_secs(1_735_693_200);
    assert_eq!((at.count(), at.unit()), (1_735_693_200, TimeUnit::Second));
    assert_eq!(at, Timestamp::from_millis(1_735_693_200_000));
    assert_eq!(at, Timestamp::from_micros(1_735_693_200_000_000));
    assert_eq!((at.as_secs(), at.as_millis()), (1_735_693_200, 1_735_693_200_000));
    assert_eq!(format!("{at:?}"), "1735693200s");
    // Towards the past, as other units.
    assert_eq!(Timestamp::from_millis(-1).as_secs(), -1);
    assert_eq!(Timestamp::from_micros(1_999_999).as_secs(), 1);
    assert_eq!(Timestamp::from_secs(i64::MAX).as_millis(), i64::MAX);
    assert_eq!(Timestamp::from_secs(i64::MIN).as_micros(), i64::MIN);

    for text in ["1735693200", "\"1735693200\""] {
        for read_it in [Seconds::read, SecondsText::read] {
            let read = read(text, read_it).unwrap();
            assert_eq!((read, read.unit()), (at, TimeUnit::Second), "{text}");
        }
    }
    assert_eq!(written(at, Seconds::write), "1735693200");
    assert_eq!(written(at, SecondsText::write), "\"1735693200\"");
    assert_eq!(written(Timestamp::from_millis(1_999), Seconds::write), "1");
    // Where seconds are not understood they are not written.
    assert_eq!(written(at, TimeText::write), "\"1735693200000\"");
    assert_eq!(json::to_string(&at), "1735693200000");

    let millis = read("\"1735693200123\"", TimeText::read).unwrap();
    assert_eq!(millis.unit(), TimeUnit::Millisecond);
    assert_eq!(written(millis, TimeText::write), "\"1735693200123\"");
    let micros = read("1735693200123456", TimeText::read).unwrap();
    assert_eq!(micros.unit(), TimeUnit::Microsecond);
    assert_eq!(written(micros, TimeText::write), "\"1735693200123456\"");
    for text in ["\"\"", "\"2025-01-01 00:00:00\"", "1.5", "true"] {
        for read_it in [Seconds::read, SecondsText::read, TimeText::read] {
            let error = read(text, read_it);
            assert!(
                matches!(error, Err(DecodeErrorKind::WrongType(_))),
                "{text}: {error:?}"
            );
        }
    }
}

#[test]
fn booleans_as_text() {
    for read_it in [bool::from_json, BooleanText::read] {
        assert_eq!(read("\"true\"", read_it), Ok(true));
        assert_eq!(read("false", read_it), Ok(false));
    }
    assert_eq!(written(true, BooleanText::write), "\"true\"");
    for text in ["\"TRUE\"", "\"1\"", "\"\"", "0"] {
        let error = read(text, BooleanText::read);
        assert!(
            matches!(error, Err(DecodeErrorKind::WrongType(_))),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn text_is_read_from_a_bare_number_as_it_is_written() {
    for (text, kept) in [
        ("\"abc\"", "abc"),
        ("900001", "900001"),
        ("-1.50", "-1.50"),
        ("1E5", "1E5"),
        ("18446744073709551616", "18446744073709551616"),
    ] {
        assert_eq!(read(text, Text::from_json), Ok(kept.into()), "{text}");
        assert_eq!(read(text, String::from_json), Ok(kept.into()), "{text}");
    }
    for text in ["true", "{}", "[1]"] {
        let error = read(text, Text::from_json);
        assert_eq!(error, Err(DecodeErrorKind::WrongType("a text")), "{text}");
    }
    assert_eq!(
        read("null", Text::from_json),
        Err(DecodeErrorKind::UnexpectedNull)
    );
    for text in ["01", "1.", "-", "1e"] {
        assert!(read(text, Text::from_json).is_err(), "{text}");
    }
}

/// A decimal, as text and bare: its digits, or what is wrong.
fn decimal(number: &str) -> Result<String, DecodeErrorKind> {
    let text = format!("\"{number}\"");
    let in_text = read(&text, Decimal::from_json).map(|value| json::to_string(&value));
    let bare = read(number, Number::read).map(|value| written(value, Number::write));
    assert_eq!(
        in_text.clone().map(|text| text.trim_matches('"').to_owned()),
        bare
    );
    bare
}

#[test]
fn decimals_of_any_spelling_keep_their_value() {
    for (number, digits) in [
        ("1e-8", "0.00000001"),
        ("1E-8", "0.00000001"),
        ("1.50E-3", "0.00150"),
        ("1e2", "100"),
        ("1.5E+3", "1500"),
        ("9999999.0", "9999999.0"),
        ("0.0", "0.0"),
        ("0E-10", "0.0000000000"),
        ("-0", "0"),
        ("-0.00", "0.00"),
        ("0e99", "0"),
        ("79228162514264337593543950335", "79228162514264337593543950335"),
        ("0.0000000000000000000000000001", "0.0000000000000000000000000001"),
        ("7.9228162514264337593543950335", "7.9228162514264337593543950335"),
    ] {
        assert_eq!(decimal(number).as_deref(), Ok(digits), "{number}");
    }
}

#[test]
fn decimals_of_too_many_digits_are_refused_and_never_rounded() {
    for number in [
        "1000000000000000000000000000000.5",
        "100000000000000000000000000000",
        "79228162514264337593543950336",
        "0.00000000000000000000000000001",
        "7.92281625142643375935439503351",
        "123456789012345678901234567890",
        "-123456789012345678901234567890",
        "1e29",
        "1e-29",
        "1e999999999999999999",
    ] {
        assert_eq!(
            decimal(number),
            Err(DecodeErrorKind::OutOfRange(number.into())),
            "{number}"
        );
    }
    let error = json::from_str::<Vec<Decimal>>(r#"["1","1000000000000000000000000000000.5"]"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "number 1000000000000000000000000000000.5 does not fit at $[1] (byte 5)"
    );
    for text in [
        "\"1e\"",
        "\"e5\"",
        "\".5\"",
        "\"5.\"",
        "\"+1\"",
        "\"1_000\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"\"",
        "\"0x1\"",
    ] {
        let error = read(text, Decimal::from_json);
        assert!(
            matches!(error, Err(DecodeErrorKind::WrongType(_))),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn nothing_is_an_object_null_or_an_empty_text() {
    for text in ["{}", "{\"a\":1}", "null", "\"\""] {
        assert_eq!(json::from_str::<()>(text), Ok(()), "{text}");
    }
    for text in ["\"a\"", "1", "[]"] {
        assert!(json::from_str::<()>(text).is_err(), "{text}");
    }
}
