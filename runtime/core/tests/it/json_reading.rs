//! Every method of the reader, on well-formed input; and reading what `FromJson` offers.

use std::borrow::Cow;

use binance_wire_core::json::{self, BooleanText, Entries, Form as _, IntegerText, Kind, Number, Shapes};
use binance_wire_core::{
    Decimal, DecodeError, DecodeErrorKind, FromJson, Nullable, OneOrMany, RawJson, Reader, Text, TimeUnit,
    Timestamp,
};

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

/// What [`json::from_str`] gives, errors as kind and offset.
fn read<T: FromJson>(text: &str) -> Result<T, (DecodeErrorKind, usize)> {
    json::from_str(text).map_err(|error| (error.kind().clone(), error.offset()))
}

fn out_of_range<T>(text: &str, offset: usize) -> Result<T, (DecodeErrorKind, usize)> {
    Err((DecodeErrorKind::OutOfRange(text.into()), offset))
}

#[test]
fn objects_are_read_key_by_key() {
    let mut reader = Reader::new(" { \"a\" : 1 , \"long key\":[ ] ,\"\":{},\"\\u0062\\n\": -2 } ");
    reader.begin_object().unwrap();
    let mut seen = Vec::new();
    while let Some(key) = reader.next_key().unwrap() {
        seen.push((key.as_str().to_owned(), reader.raw_value().unwrap()));
    }
    reader.finish().unwrap();
    let seen: Vec<_> = seen.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    assert_eq!(seen, [("a", "1"), ("long key", "[ ]"), ("", "{}"), ("b\n", "-2")]);
}

#[test]
fn keys_borrow_unless_escaped() {
    let mut reader = Reader::new("{\"price\":0,\"p\":0,\"\\u0070\":0}");
    reader.begin_object().unwrap();
    for (name, borrowed) in [("price", true), ("p", true), ("p", false)] {
        let key = reader.next_key().unwrap().expect("a key");
        assert_eq!((&*key, key.as_bytes()), (name, name.as_bytes()));
        assert_eq!(matches!(key.into_cow(), Cow::Borrowed(_)), borrowed);
        reader.skip_value().unwrap();
    }
    assert_eq!(reader.next_key().unwrap(), None);
}

#[test]
fn keys_of_one_byte_are_read_wherever_they_stand() {
    // Close to the end of the input, first, later, escaped, of two bytes, and next to white space.
    let cases: [(&str, &[&str]); 8] = [
        ("{\"a\":1}", &["a"]),
        ("{\"a\":1,\"b\":2}", &["a", "b"]),
        ("{\"a\":\"0123456789\",\"b\":\"0123456789\"}", &["a", "b"]),
        ("{ \"a\":100000000,\"b\":200000000}", &["a", "b"]),
        ("{\"a\" :100000000, \"b\":200000000}", &["a", "b"]),
        ("{\"é\":100000000,\"ß\":200000000}", &["é", "ß"]),
        ("{\"\":100000000,\"\\\"\":200000000}", &["", "\""]),
        ("{\"\\\\\":100000000,\":\":200000000}", &["\\", ":"]),
    ];
    for (text, expected) in cases {
        let entries: Entries<RawJson> = json::from_str(text).expect(text);
        let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, expected, "{text}");
    }
}

#[test]
fn arrays_are_read_element_by_element() {
    let mut reader = Reader::new("[1, 2 ,[],3]");
    reader.begin_array().unwrap();
    let mut seen = Vec::new();
    while reader.next_element().unwrap() {
        seen.push(reader.raw_value().unwrap());
    }
    assert_eq!(seen, ["1", "2", "[]", "3"]);
    assert_eq!(reader.offset(), 12);
    reader.finish().unwrap();
}

#[test]
fn kinds_are_told_by_the_first_byte() {
    for (text, kind) in [
        (" {}", Kind::Object),
        ("\t[1]", Kind::Array),
        ("\r\n\"\"", Kind::String),
        ("-1", Kind::Number),
        ("0", Kind::Number),
        ("9.5", Kind::Number),
        ("true", Kind::Boolean),
        ("false", Kind::Boolean),
        ("null", Kind::Null),
    ] {
        let mut reader = Reader::new(text);
        assert_eq!(reader.peek_kind().unwrap(), kind, "{text}");
        reader.skip_value().unwrap();
        reader.finish().unwrap();
    }
}

#[test]
fn plain_strings_borrow_and_escaped_ones_are_decoded() {
    let long = "x".repeat(100);
    for text in [
        "",
        "a",
        "1234567",
        "12345678",
        "123456789",
        "/ é 💱 \u{7f}",
        &long,
    ] {
        let quoted = format!("\"{text}\"");
        let mut reader = Reader::new(&quoted);
        assert!(
            matches!(reader.read_str().unwrap(), Cow::Borrowed(read) if read == text),
            "{text}"
        );
        reader.finish().unwrap();
    }
    for (quoted, expected) in [
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r#""\u0041\u00e9\u20AC""#, "Aé€"),
        (r#""\uD83D\uDcb1""#, "💱"),
        (r#""before \u0000 after, é""#, "before \u{0} after, é"),
        (r#""12345678\n12345678\n""#, "12345678\n12345678\n"),
    ] {
        assert_eq!(json::from_str::<String>(quoted).expect(quoted), expected);
        assert_eq!(json::from_str::<Text>(quoted).expect(quoted), expected);
        json::from_str::<RawJson>(quoted).expect(quoted);
    }
}

#[test]
fn texts_convert_without_a_string_between() {
    let mut reader = Reader::new("[\"BUY\",\"S\\u0045LL\"]");
    reader.begin_array().unwrap();
    let mut lengths = Vec::new();
    while reader.next_element().unwrap() {
        lengths.push(reader.read_text(|text| (text == "SELL", text.len())).unwrap());
    }
    assert_eq!(lengths, [(false, 3), (true, 4)]);
}

#[test]
fn integers_are_read_over_their_whole_range() {
    for value in [
        0,
        1,
        -1,
        9,
        10,
        12_345_678,
        123_456_789,
        1_767_225_600_000,
        -1_234_567_890_123_456,
        i64::MAX,
        i64::MIN,
    ] {
        assert_eq!(read::<i64>(&value.to_string()), Ok(value));
        assert_eq!(read::<i64>(&format!(" {value} ")), Ok(value));
    }
    for value in [
        0,
        7,
        9_999_999_999_999_999_999,
        10_000_000_000_000_000_000,
        u64::MAX,
    ] {
        assert_eq!(read::<u64>(&value.to_string()), Ok(value));
        assert_eq!(
            read::<Vec<u64>>(&format!("[{value}             ]")),
            Ok(vec![value])
        );
    }
    assert_eq!(read::<i64>("-0"), Ok(0));
    assert_eq!(read::<u64>("-0"), Ok(0));
    assert_eq!(
        read::<i64>("9223372036854775808"),
        out_of_range("9223372036854775808", 0)
    );
    assert_eq!(
        read::<i64>("-9223372036854775809"),
        out_of_range("-9223372036854775809", 0)
    );
    assert_eq!(
        read::<u64>("18446744073709551616"),
        out_of_range("18446744073709551616", 0)
    );
    assert_eq!(read::<u64>(" -1"), out_of_range("-1", 1));
    let long = "1".repeat(100);
    assert_eq!(
        read::<u64>(&long),
        out_of_range(&format!("{}…", "1".repeat(48)), 0)
    );
}

#[test]
fn narrow_integers_refuse_what_does_not_fit() {
    assert_eq!((read::<i8>("-128"), read::<u8>("255")), (Ok(-128), Ok(255)));
    assert_eq!(
        (read::<i16>("-32768"), read::<u16>("65535")),
        (Ok(-32768), Ok(65535))
    );
    assert_eq!(
        (read::<i32>("-2147483648"), read::<u32>("4294967295")),
        (Ok(i32::MIN), Ok(u32::MAX))
    );
    assert_eq!(read::<i8>("128"), out_of_range("128", 0));
    assert_eq!(read::<u8>(" -1 "), out_of_range("-1", 1));
    assert_eq!(read::<i32>("2147483648"), out_of_range("2147483648", 0));
    assert_eq!(read::<u32>("4294967296"), out_of_range("4294967296", 0));
}

#[test]
fn decimals_keep_every_digit() {
    for text in [
        "0",
        "0.0",
        "0.010",
        "65012.34000000",
        "-0.00000001",
        "1234567.12345678",
        "12345678.1",
        "123456789012.1234567",
        "99999999999.99999999",
        "999999999999.99999999",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "7.9228162514264337593543950335",
        "0.0000000000000000000000000001",
        "1234567890123456789",
        "12345678901234567890",
    ] {
        for sent in [
            format!("\"{text}\""),
            text.to_owned(),
            format!(" \"{text}\"          "),
        ] {
            assert_eq!(
                json::from_str::<Decimal>(&sent).expect(&sent).to_string(),
                text,
                "{sent}"
            );
        }
    }
}

#[test]
fn scientific_notation_gives_the_same_digits() {
    for (text, expected) in [
        ("1E-7", "0.0000001"),
        ("1.50e3", "1500"),
        ("1.50e1", "15.0"),
        ("-1.5e+0", "-1.5"),
        ("12e-1", "1.2"),
        ("0e400", "0"),
        ("0.00e1", "0.0"),
        ("1e28", "10000000000000000000000000000"),
        ("1e-28", "0.0000000000000000000000000001"),
    ] {
        for sent in [format!("\"{text}\""), text.to_owned()] {
            assert_eq!(
                json::from_str::<Decimal>(&sent).expect(&sent).to_string(),
                expected,
                "{sent}"
            );
        }
    }
}

#[test]
fn decimals_are_never_rounded() {
    for text in [
        "79228162514264337593543950336",
        "0.00000000000000000000000000001",
        "0.12345678901234567890123456789",
        "7922816251426433759354395033.51",
        "1e29",
        "1e-29",
        "1e9999999999999999999999",
        "1e-9999999999999999999999",
        "340282366920938463463374607431768211456",
    ] {
        assert_eq!(read::<Decimal>(text), out_of_range(text, 0));
        assert_eq!(read::<Decimal>(&format!(" \"{text}\"")), out_of_range(text, 1));
    }
}

#[test]
fn a_decimal_text_has_to_be_a_number() {
    let wrong = Err((DecodeErrorKind::WrongType("a decimal number"), 0));
    for text in [
        "",
        " ",
        "-",
        ".",
        "1.",
        ".5",
        "-.5",
        "+1",
        "1,5",
        " 1",
        "1 ",
        "1.2.3",
        "1e",
        "1e+",
        "e5",
        "1e5.0",
        "0x10",
        "NaN",
        "Infinity",
        "1_000",
        "--1",
        "12345678a",
        "1.12345678a",
        "１",
    ] {
        assert_eq!(read::<Decimal>(&format!("\"{text}\"")), wrong, "{text}");
    }
    assert_eq!(read::<Decimal>("true"), wrong);
    assert_eq!(read::<Decimal>("[]"), wrong);
    assert_eq!(read::<Decimal>("null"), Err((DecodeErrorKind::UnexpectedNull, 0)));
    // Text is not bound by the grammar of JSON numbers: leading zeros harm no one.
    assert_eq!(read::<Decimal>("\"007.50\""), Ok(decimal("7.50")));
    assert_eq!(
        read::<Decimal>("007.50"),
        Err((DecodeErrorKind::Syntax("no digit behind a leading zero"), 1))
    );
    // An escaped digit is a digit.
    assert_eq!(read::<Decimal>("\"\\u0031.5\""), Ok(decimal("1.5")));
    // There is no negative zero.
    assert_eq!(
        read::<Decimal>("\"-0.00\"").map(|zero| zero.to_string()),
        Ok("0.00".to_owned())
    );
}

#[test]
fn timestamps_tell_their_unit() {
    let millis: Timestamp = json::from_str("1499827319559").unwrap();
    assert_eq!(
        (millis.count(), millis.unit()),
        (1_499_827_319_559, TimeUnit::Millisecond)
    );
    let micros: Timestamp = json::from_str("1499827319559123").unwrap();
    assert_eq!(
        (micros.count(), micros.unit()),
        (1_499_827_319_559_123, TimeUnit::Microsecond)
    );
    let text: Timestamp = json::from_str("\"1499827319559\"").unwrap();
    assert_eq!(text, millis);
    assert_eq!(json::from_str::<Timestamp>("-1").unwrap().count(), -1);
    assert_eq!(
        read::<Timestamp>("1.5"),
        Err((DecodeErrorKind::WrongType("an integer"), 0))
    );
    assert_eq!(
        read::<Timestamp>("null"),
        Err((DecodeErrorKind::UnexpectedNull, 0))
    );
}

#[test]
fn booleans_and_null() {
    assert_eq!(read::<Vec<bool>>("[true,false]"), Ok(vec![true, false]));
    assert_eq!(
        read::<bool>("1"),
        Err((DecodeErrorKind::WrongType("a boolean"), 0))
    );
    assert_eq!(read::<bool>("tru"), Err((DecodeErrorKind::UnexpectedEnd, 3)));
    assert_eq!(read::<bool>("trie"), Err((DecodeErrorKind::Syntax("`true`"), 2)));
    let mut reader = Reader::new(" null 1");
    assert!(reader.read_null().unwrap());
    assert!(!reader.read_null().unwrap());
    assert_eq!(reader.read_i64().unwrap(), 1);
    assert!(Reader::new("nul").read_null().is_err());
}

#[test]
fn null_absent_and_value_are_three_things() {
    assert_eq!(read::<Nullable<i64>>(" null"), Ok(Nullable::Null));
    assert_eq!(read::<Nullable<i64>>("5"), Ok(Nullable::Value(5)));
    assert_eq!(
        read::<Vec<Nullable<Text>>>("[null,\"a\"]"),
        Ok(vec![Nullable::Null, Nullable::Value("a".into())])
    );
}

#[test]
fn one_or_many_is_told_by_the_bracket() {
    assert_eq!(read::<OneOrMany<i64>>("5"), Ok(OneOrMany::One(5)));
    assert_eq!(
        read::<OneOrMany<i64>>(" [5,6]"),
        Ok(OneOrMany::Many(vec![5, 6].into()))
    );
    assert_eq!(read::<OneOrMany<i64>>("[]"), Ok(OneOrMany::Many(vec![].into())));
    assert_eq!(read::<Box<i64>>("5"), Ok(Box::new(5)));
}

#[test]
fn entries_keep_their_order() {
    let entries: Entries<Decimal> =
        json::from_str(r#"{"USDT":"1.0","BTC":"2","\u0041":"3","BTC":"4"}"#).unwrap();
    let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["USDT", "BTC", "A", "BTC"]);
    assert_eq!(
        (entries.get("BTC"), entries.get("ETH")),
        (Some(&decimal("2")), None)
    );
    assert_eq!((entries.len(), entries.is_empty()), (4, false));
    assert_eq!(read::<Entries<bool>>("{}"), Ok(Entries::default()));
}

#[test]
fn raw_values_are_kept_as_they_came() {
    let raw: RawJson = json::from_str(" { \"a\" : [ 1.50 , null ] } ").unwrap();
    assert_eq!(raw.as_str(), "{ \"a\" : [ 1.50 , null ] }");
    assert_eq!(
        (format!("{raw}"), format!("{raw:?}")),
        (raw.as_str().to_owned(), raw.as_str().to_owned())
    );
    assert_eq!(
        raw.decode::<Entries<RawJson>>()
            .unwrap()
            .get("a")
            .map(RawJson::as_str),
        Some("[ 1.50 , null ]")
    );
    assert!(RawJson::new("{\"a\":}").is_err());
    assert!(RawJson::new("1 2").is_err());
}

#[test]
fn an_empty_answer_is_any_object_or_null() {
    assert_eq!(
        (read::<()>("{}"), read::<()>(" {\"later\":[1]} ")),
        (Ok(()), Ok(()))
    );
    assert_eq!(
        read::<()>("[]"),
        Err((DecodeErrorKind::WrongType("an object"), 0))
    );
    assert_eq!(read::<()>("null"), Ok(()));
}

#[test]
fn codecs_read_their_wire_form_and_the_plain_one() {
    fn with<T>(
        text: &str,
        read: fn(&mut Reader<'_>) -> Result<T, DecodeError>,
    ) -> Result<T, (DecodeErrorKind, usize)> {
        let mut reader = Reader::new(text);
        let value = read(&mut reader).map_err(|error| (error.kind().clone(), error.offset()))?;
        assert_eq!(reader.finish(), Ok(()), "{text}");
        Ok(value)
    }
    assert_eq!(
        with("0.010", Number::read).map(|value| value.to_string()),
        Ok("0.010".into())
    );
    assert_eq!(
        with(" \"0.010\"", Number::read).map(|value| value.to_string()),
        Ok("0.010".into())
    );
    assert_eq!(with("\"-12\"", IntegerText::read), Ok(-12));
    assert_eq!(with(" -12", IntegerText::read), Ok(-12));
    let not_text = Err((DecodeErrorKind::WrongType("an integer"), 0));
    for text in [
        "\"\"", "\" 1\"", "\"1 \"", "\"1.5\"", "\"01\"", "\"x\"", "\"1,2\"",
    ] {
        assert_eq!(with(text, IntegerText::read), not_text, "{text}");
    }
    assert_eq!(
        with(" \"9223372036854775808\"", IntegerText::read),
        out_of_range("9223372036854775808", 1)
    );
    assert_eq!(
        (
            with("\"true\"", BooleanText::read),
            with("\"false\"", BooleanText::read)
        ),
        (Ok(true), Ok(false))
    );
    assert_eq!(with(" true", BooleanText::read), Ok(true));
    let not_boolean = Err((DecodeErrorKind::WrongType("a boolean"), 0));
    assert_eq!(with("\"TRUE\"", BooleanText::read), not_boolean);
}

#[test]
fn peeking_at_a_text_member_consumes_nothing() {
    for (text, expected) in [
        ("{\"e\":\"trade\",\"x\":1}", Some("trade")),
        (
            " { \"x\" : {\"e\":\"inner\"} , \"e\" : \"trade\" }",
            Some("trade"),
        ),
        ("{\"x\":[1,{\"e\":2}],\"\\u0065\":\"tr\\u0061de\"}", Some("trade")),
        ("{\"e\":1,\"x\":2}", None),
        ("{\"x\":{\"e\":\"inner\"}}", None),
        ("{}", None),
    ] {
        let mut reader = Reader::new(text);
        assert_eq!(
            reader.peek_text_field("e").unwrap().as_deref(),
            expected,
            "{text}"
        );
        assert_eq!(reader.offset(), 0);
        reader.skip_value().unwrap();
        reader.finish().unwrap();
    }
    assert!(Reader::new("[]").peek_text_field("e").is_err());
    assert!(Reader::new("{\"x\" 1}").peek_text_field("e").is_err());
}

#[test]
fn matching_keys_are_found_without_consuming() {
    const NAMES: [&str; 3] = ["orderId", "fills", "code"];
    for (text, expected) in [
        ("{\"orderId\":1,\"fills\":[]}", 0b011),
        ("{\"x\":{\"fills\":1},\"c\\u006fde\":-1}", 0b100),
        (" [ {\"fills\":[1]},{\"code\":1}]", 0b010),
        ("[]", 0),
        ("[[{\"code\":1}]]", 0),
        ("[1]", 0),
        ("{}", 0),
        ("\"code\"", 0),
    ] {
        let mut reader = Reader::new(text);
        assert_eq!(reader.matching_keys(&NAMES).unwrap(), expected, "{text}");
        assert_eq!(reader.offset(), 0);
    }
    assert!(Reader::new("{\"code\":}").matching_keys(&NAMES).is_err());
    // Once all are found, the rest is left to whoever reads the value.
    assert_eq!(
        Reader::new("{\"b\":[],\"x\":0,\"a\":oops")
            .matching_keys(&["a", "b"])
            .unwrap(),
        0b11
    );
    let many: Vec<String> = (0..140).map(|index| format!("k{index}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(
        Reader::new("{\"k127\":0,\"k139\":0}")
            .matching_keys(&many)
            .unwrap(),
        1 << 127
    );
}

#[test]
fn a_shape_is_told_by_what_is_there_and_never_by_what_is_not() {
    const OBJECT: &[Kind] = &[Kind::Object];
    // A full order, one without fills, one in short, and a refusal.
    let shapes = Shapes {
        names: &["status", "price", "fills", "orderId", "code", "msg"],
        shapes: &[
            (OBJECT, 0b00_1111),
            (OBJECT, 0b00_1011),
            (OBJECT, 0b00_1000),
            (OBJECT, 0b11_0000),
            (&[Kind::String, Kind::Number], 0),
        ],
    };
    for (text, expected) in [
        (r#"{"orderId":1,"status":"NEW","price":"1","fills":[]}"#, 0),
        (r#"{"orderId":1,"fills":[]}"#, 0),
        (r#"{"fills":[]}"#, 0),
        (r#"{"orderId":1,"status":"NEW","price":"1"}"#, 1),
        (r#"{"orderId":1,"status":"NEW"}"#, 1),
        (r#"{"status":"NEW"}"#, 1),
        (r#"{"orderId":1,"new":{"fills":1}}"#, 2),
        (r#"{"code":-1,"msg":"m"}"#, 3),
        (r#"{"msg":"m"}"#, 3),
        (r#"{"code":-1,"msg":"m","orderId":1}"#, 3),
        (r#"{"code":0,"msg":"","orderId":1,"status":"NEW","price":"1"}"#, 1),
        ("\"text\"", 4),
        ("5", 4),
    ] {
        let mut reader = Reader::new(text);
        assert_eq!(reader.shape(&shapes), Ok(expected), "{text}");
        assert_eq!(reader.offset(), 0);
    }
    let error = Reader::new("[]").shape(&shapes).unwrap_err();
    assert_eq!(error.kind(), &DecodeErrorKind::NoMatchingShape);
    assert!(Reader::new(r#"{"status":}"#).shape(&shapes).is_err());
}

#[test]
fn tuples_tolerate_appended_columns_only() {
    fn pair(reader: &mut Reader<'_>) -> Result<(Decimal, i64), DecodeError> {
        let start = reader.aside();
        reader.begin_array()?;
        let value = (
            reader.element(0, 2)?,
            reader.element_with(1, 2, IntegerText::read)?,
        );
        reader.end_tuple(2, start)?;
        Ok(value)
    }
    let expected = (decimal("1.50"), 2);
    for text in [
        "[\"1.50\",\"2\"]",
        " [ \"1.50\" , 2 ] ",
        "[\"1.50\",\"2\",[],{\"new\":null}]",
    ] {
        let mut reader = Reader::new(text);
        assert_eq!(pair(&mut reader).expect(text), expected);
        reader.finish().unwrap();
    }
    let error = |text: &str| {
        let error = pair(&mut Reader::new(text)).expect_err(text);
        (error.kind().clone(), error.offset(), error.path())
    };
    assert_eq!(
        error("[\"1\"]"),
        (DecodeErrorKind::WrongLength(2, 1), 5, "$".into())
    );
    assert_eq!(error("[]"), (DecodeErrorKind::WrongLength(2, 0), 2, "$".into()));
    assert_eq!(
        error("[1,true]"),
        (DecodeErrorKind::WrongType("an integer"), 3, "$[1]".into())
    );
    assert_eq!(
        error("[1,2,3,}]"),
        (DecodeErrorKind::Syntax("a value"), 7, "$[3]".into())
    );
    assert_eq!(error("[1,2"), (DecodeErrorKind::UnexpectedEnd, 4, "$".into()));
}

#[test]
fn whole_documents_only() {
    assert_eq!(read::<i64>("1 \n"), Ok(1));
    assert_eq!(read::<i64>("1 2"), Err((DecodeErrorKind::TrailingInput, 2)));
    assert_eq!(read::<i64>("1\0"), Err((DecodeErrorKind::TrailingInput, 1)));
    assert_eq!(read::<i64>(""), Err((DecodeErrorKind::UnexpectedEnd, 0)));
    assert_eq!(json::from_slice::<i64>(b" 12 "), Ok(12));
    let error = json::from_slice::<String>(b"\"ab\xff\"").expect_err("not UTF-8");
    assert_eq!((error.kind(), error.offset()), (&DecodeErrorKind::NotUtf8, 3));
}
