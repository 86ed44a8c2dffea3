//! Input that is not JSON, or not of the type: each with the kind of the error, the byte and the path.

use binance_wire_core::DecodeErrorKind::{
    self, DuplicateField, MissingField, OutOfRange, Syntax, TooDeep, TrailingInput, UnexpectedEnd,
    UnexpectedNull, WrongLength, WrongType,
};
use binance_wire_core::json::{self, Form, MAX_DEPTH, Number};
use binance_wire_core::{
    Decimal, DecodeError, FromJson, Nullable, RawJson, RawMembers, Reader, Text, ToJson, Writer,
};

/// Decoded as emitted code does it: a required decimal, an optional text, a nullable number, positional levels.
#[derive(Clone, Debug, PartialEq)]
struct Book {
    price: Decimal,
    note: Option<Text>,
    stop: Option<Nullable<i32>>,
    weight: Option<Decimal>,
    levels: Vec<Level>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Level {
    price: Decimal,
    count: i64,
    raw: RawMembers,
}

impl FromJson for Level {
    fn from_json(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let start = r.aside();
        r.begin_array()?;
        Ok(Self {
            price: r.element(0, 2)?,
            count: r.element(1, 2)?,
            raw: r.end_tuple(2, start)?,
        })
    }
}

impl ToJson for Level {
    fn to_json(&self, w: &mut Writer) {
        w.begin_array();
        w.slot(0, &self.price, &self.raw);
        w.slot(1, &self.count, &self.raw);
        w.end_tuple(2, &self.raw);
    }
}

impl FromJson for Book {
    fn from_json(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut price: Option<Decimal> = None;
        let mut note: Option<Text> = None;
        let mut stop: Option<Nullable<i32>> = None;
        let mut weight: Option<Decimal> = None;
        let mut levels: Option<Vec<Level>> = None;
        r.begin_object()?;
        while let Some(key) = r.next_key()? {
            match key.as_bytes() {
                b"e" => r.constant("e", "book")?,
                b"p" => r.field(&mut price, "p")?,
                b"note" => r.optional_field(&mut note, "note")?,
                b"stop" => r.field(&mut stop, "stop")?,
                b"w" => r.optional_field_with(&mut weight, "w", Number::read)?,
                b"levels" => r.field(&mut levels, "levels")?,
                _ => r.skip_value()?,
            }
        }
        Ok(Self {
            price: r.required(price, "p")?,
            note,
            stop,
            weight,
            levels: r.required(levels, "levels")?,
        })
    }
}

impl ToJson for Book {
    fn to_json(&self, w: &mut Writer) {
        w.begin_object();
        w.constant("e", "book");
        w.field("p", &self.price);
        w.optional_field("note", &self.note);
        w.optional_field("stop", &self.stop);
        w.optional_field_with("w", &self.weight, Number::write);
        w.field("levels", &self.levels);
        w.end_object();
    }
}

binance_wire_core::json_object! {
    /// The same as [`Book`], declared as a table.
    pub struct Table where "e" = "book" {
        /// Required.
        price: Decimal = required("p"),
        /// Optional.
        note: Option<Text> = optional("note"),
        /// Nullable.
        stop: Option<Nullable<i32>> = nullable("stop"),
        /// In another form.
        weight: Option<Decimal> = optional_as("w", Number),
        /// Of tuples.
        levels: Vec<Level> = required("levels"),
    }
}

binance_wire_core::json_object! {
    /// The same as [`Book`], expected in order.
    pub struct InOrder in order where "e" = "book" {
        /// Required.
        price: Decimal = required("p"),
        /// Optional.
        note: Option<Text> = optional("note"),
        /// Nullable.
        stop: Option<Nullable<i32>> = nullable("stop"),
        /// In another form.
        weight: Option<Decimal> = optional_as("w", Number),
        /// Of tuples.
        levels: Vec<Level> = required("levels"),
    }
}

const COMPLETE: &str =
    r#"{"e":"book","p":"1.50","note":"é\n","stop":null,"w":0.10,"levels":[["1.0",2],["3",-4]]}"#;

#[test]
fn a_complete_book_comes_back_equal() {
    let book: Book = json::from_str(COMPLETE).expect("well-formed");
    assert_eq!(book.stop, Some(Nullable::Null));
    assert_eq!(json::to_string(&book), COMPLETE);
    let table: Table = json::from_str(COMPLETE).expect("well-formed");
    assert_eq!(table.stop, Some(Nullable::Null));
    assert_eq!(json::to_string(&table), COMPLETE);
    let in_order: InOrder = json::from_str(COMPLETE).expect("well-formed");
    assert_eq!(in_order.stop, Some(Nullable::Null));
    assert_eq!(json::to_string(&in_order), COMPLETE);
    // Without the optional members, in another order, with an unknown one and nulls that nobody documented.
    let text =
        r#"{ "levels" : [ ] , "new" : {"a":[{}]} , "note":null, "w" : null, "p" : 1.5, "e":"b\u006fok" }"#;
    let book: Book = json::from_str(text).expect("well-formed");
    assert_eq!(json::to_string(&book), r#"{"e":"book","p":"1.5","levels":[]}"#);
    let table: Table = json::from_str(text).expect("well-formed");
    assert_eq!(
        json::to_string(&table),
        r#"{"e":"book","p":"1.5","note":null,"w":null,"levels":[]}"#
    );
    let in_order: InOrder = json::from_str(text).expect("well-formed");
    assert_eq!(json::to_string(&in_order), json::to_string(&table));
}

#[test]
fn errors_name_kind_byte_and_path() {
    let cases: &[(&str, DecodeErrorKind, usize, &str)] = &[
        // The type is another.
        ("[]", WrongType("an object"), 0, "$"),
        ("null", UnexpectedNull, 0, "$"),
        (r#"{"p":null,"levels":[]}"#, UnexpectedNull, 5, "$.p"),
        (
            r#"{"p":true,"levels":[]}"#,
            WrongType("a decimal number"),
            5,
            "$.p",
        ),
        (r#"{"p":"","levels":[]}"#, WrongType("a decimal number"), 5, "$.p"),
        (r#"{"p":"1e40","levels":[]}"#, OutOfRange("1e40".into()), 5, "$.p"),
        (r#"{"note":[1]}"#, WrongType("a text"), 8, "$.note"),
        (r#"{"stop":[1]}"#, WrongType("an integer"), 8, "$.stop"),
        (r#"{"stop":{"a":1}}"#, WrongType("an integer"), 8, "$.stop"),
        (r#"{"w":[1]}"#, WrongType("a decimal number"), 5, "$.w"),
        (r#"{"w":nil}"#, Syntax("`null`"), 6, "$.w"),
        (r#"{"e":"trade"}"#, WrongType("book"), 5, "$.e"),
        (r#"{"e": 5}"#, WrongType("a text"), 6, "$.e"),
        (r#"{"e":null}"#, UnexpectedNull, 5, "$.e"),
        (r#"{"levels":{}}"#, WrongType("an array"), 10, "$.levels"),
        (
            r#"{"levels":[["1",2],[null,2]]}"#,
            UnexpectedNull,
            20,
            "$.levels[1][0]",
        ),
        (
            r#"{"levels":[["1",2],["1","x"]]}"#,
            WrongType("an integer"),
            24,
            "$.levels[1][1]",
        ),
        (
            r#"{"levels":[["1",2],["1"]]}"#,
            WrongLength(2, 1),
            24,
            "$.levels[1]",
        ),
        (r#"{"levels":[7]}"#, WrongType("an array"), 11, "$.levels[0]"),
        // Members are missing or stand twice.
        ("{}", MissingField("p"), 2, "$"),
        (r#"{"p":1} "#, MissingField("levels"), 7, "$"),
        (r#"{"p":1,"p":1}"#, DuplicateField("p"), 11, "$"),
        (r#"{"p":1,"\u0070":1}"#, DuplicateField("p"), 16, "$"),
        (r#"{"note":"a","note":"a"}"#, DuplicateField("note"), 19, "$"),
        (r#"{"stop":null,"stop":null}"#, DuplicateField("stop"), 20, "$"),
        (r#"{"w":1,"w":2}"#, DuplicateField("w"), 11, "$"),
        // Not JSON.
        ("", UnexpectedEnd, 0, "$"),
        ("  ", UnexpectedEnd, 2, "$"),
        ("\u{feff}{}", Syntax("a value"), 0, "$"),
        ("{", UnexpectedEnd, 1, "$"),
        ("{,}", Syntax("a key"), 1, "$"),
        ("{p:1}", Syntax("a key"), 1, "$"),
        ("{'p':1}", Syntax("a key"), 1, "$"),
        ("{\"p\"}", Syntax("`:`"), 4, "$"),
        ("{\"p\"", UnexpectedEnd, 4, "$"),
        ("{\"p\":", UnexpectedEnd, 5, "$.p"),
        ("{\"p\":}", Syntax("a value"), 5, "$.p"),
        ("{\"p\":1", UnexpectedEnd, 6, "$"),
        ("{\"p\":1,}", Syntax("a key"), 7, "$"),
        ("{\"p\":1 \"w\":1}", Syntax("`,` or `}`"), 7, "$"),
        ("{\"p\":1]", Syntax("`,` or `}`"), 6, "$"),
        ("{\"p\":1,,\"w\":1}", Syntax("a key"), 7, "$"),
        ("{\"p\":\"1", UnexpectedEnd, 7, "$.p"),
        ("{\"p\":1}/**/", MissingField("levels"), 7, "$"),
        ("{\"levels\":[,]}", Syntax("a value"), 11, "$.levels[0]"),
        ("{\"levels\":[[1,2],]}", Syntax("a value"), 17, "$.levels[1]"),
        ("{\"levels\":[[1,2] [1,2]]}", Syntax("`,` or `]`"), 17, "$.levels"),
        ("{\"levels\":[[1,2}]}", Syntax("`,` or `]`"), 15, "$.levels[0]"),
        (
            "{\"\u{1}\":100000000}",
            Syntax("no control character within a string"),
            2,
            "$",
        ),
        (
            "{\"a\nb\":100000000}",
            Syntax("no control character within a string"),
            3,
            "$",
        ),
        ("{\"\\\":100000000}", UnexpectedEnd, 15, "$"),
        ("{\"\"\":100000000}", Syntax("`:`"), 3, "$"),
        ("{\"p\":+1}", Syntax("a value"), 5, "$.p"),
        ("{\"p\":.5}", Syntax("a value"), 5, "$.p"),
        ("{\"p\":1.}", Syntax("a digit"), 7, "$.p"),
        ("{\"p\":01}", Syntax("no digit behind a leading zero"), 6, "$.p"),
        (
            "{\"stop\":-01}",
            Syntax("no digit behind a leading zero"),
            10,
            "$.stop",
        ),
        (
            "{\"stop\":00000000}",
            Syntax("no digit behind a leading zero"),
            9,
            "$.stop",
        ),
        ("{\"stop\":-}", Syntax("a digit"), 9, "$.stop"),
        ("{\"p\":1e}", Syntax("a digit"), 7, "$.p"),
        ("{\"p\":-a}", Syntax("a digit"), 6, "$.p"),
        ("{\"p\":NaN}", Syntax("a value"), 5, "$.p"),
        ("{\"p\":Infinity}", Syntax("a value"), 5, "$.p"),
        ("{\"x\":truth}", Syntax("`true`"), 8, "$"),
        ("{\"x\":falsy}", Syntax("`false`"), 9, "$"),
    ];
    for (text, kind, offset, path) in cases {
        let error = json::from_str::<Book>(text).expect_err(text);
        assert_eq!(json::from_str::<Table>(text).expect_err(text), error, "{text}");
        assert_eq!(json::from_str::<InOrder>(text).expect_err(text), error, "{text}");
        assert_eq!(
            (error.kind(), error.offset(), &*error.path()),
            (kind, *offset, *path),
            "{text}"
        );
    }
    let error = json::from_str::<Book>(&format!("{COMPLETE}}}")).expect_err("trailing");
    assert_eq!((error.kind(), error.offset()), (&TrailingInput, COMPLETE.len()));
}

/// What has to fail the same way whether it is skipped, kept or decoded.
#[test]
fn malformed_strings_are_refused_wherever_they_stand() {
    const CONTROL: DecodeErrorKind = Syntax("no control character within a string");
    const PAIR: DecodeErrorKind = Syntax("a surrogate pair");
    const HEX: DecodeErrorKind = Syntax("four hexadecimal digits");
    const ESCAPE: DecodeErrorKind = Syntax("an escape sequence");
    let cases: &[(&str, DecodeErrorKind, usize)] = &[
        ("\"", UnexpectedEnd, 1),
        ("\"abcdefghi", UnexpectedEnd, 10),
        ("\"\\", UnexpectedEnd, 2),
        ("\"\\\"", UnexpectedEnd, 3),
        ("\"\t\"", CONTROL, 1),
        ("\"12345678\u{0}12345678\"", CONTROL, 9),
        ("\"12345678\\n\u{1f}\"", CONTROL, 11),
        ("\"\\x41\"", ESCAPE, 2),
        ("\"\\'\"", ESCAPE, 2),
        ("\"\\é\"", ESCAPE, 2),
        ("\"\\u\"", HEX, 3),
        ("\"\\u12\"", HEX, 5),
        ("\"\\u12g4\"", HEX, 5),
        ("\"\\u123", UnexpectedEnd, 6),
        ("\"\\uD83D\"", PAIR, 7),
        ("\"\\uD83D\\n\"", PAIR, 7),
        ("\"\\uD83D\\u0041\"", PAIR, 8),
        ("\"\\uD83D\\uD83D\"", PAIR, 8),
        ("\"\\uDCB1\"", PAIR, 2),
        ("\"\\uDCB1\\uD83D\"", PAIR, 2),
    ];
    for (text, kind, offset) in cases {
        let errors = [
            json::from_str::<String>(text).map(drop),
            json::from_str::<Text>(text).map(drop),
            json::from_str::<RawJson>(text).map(drop),
            Reader::new(text).skip_value(),
        ];
        for error in errors {
            let error = error.expect_err(text);
            assert_eq!((error.kind(), error.offset()), (kind, *offset), "{text}");
        }
        let as_key = format!("{{{text}:1}}");
        assert!(json::from_str::<Book>(&as_key).is_err(), "{as_key}");
        assert!(json::from_str::<RawJson>(&as_key).is_err(), "{as_key}");
    }
}

/// Descends as far as there are arrays.
struct Nest;

impl FromJson for Nest {
    fn from_json(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.begin_array()?;
        while r.next_element()? {
            Self::from_json(r)?;
        }
        Ok(Self)
    }
}

#[test]
fn depth_is_bounded() {
    let depth = MAX_DEPTH as usize;
    let arrays = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    for text in [arrays(depth), objects(depth)] {
        json::from_str::<RawJson>(&text).expect("deep, not too deep");
    }
    assert!(json::from_str::<Nest>(&arrays(depth)).is_ok());
    for (text, offset) in [
        (arrays(depth + 1), depth),
        (objects(depth + 1), 5 * depth),
        ("[".repeat(100_000), depth),
    ] {
        let error = json::from_str::<RawJson>(&text).expect_err("too deep");
        assert_eq!((error.kind(), error.offset()), (&TooDeep, offset));
    }
    let error = json::from_str::<Nest>(&arrays(depth + 1))
        .err()
        .expect("too deep");
    assert_eq!((error.kind(), error.offset()), (&TooDeep, depth));
    // What is around the skipped value counts.
    let error = json::from_str::<Vec<RawJson>>(&arrays(depth + 1)).expect_err("too deep");
    assert_eq!(
        (error.kind(), error.offset(), &*error.path()),
        (&TooDeep, depth, "$[0]")
    );
    // Leaving a level gives it back.
    let siblings = format!("[{}[]]", "[],".repeat(1000));
    assert_eq!(
        json::from_str::<Vec<RawJson>>(&siblings).map(|all| all.len()),
        Ok(1001)
    );
    assert!(json::from_str::<RawJson>(&siblings).is_ok());
    assert!(json::from_str::<Nest>(&siblings).is_ok());
}

#[test]
fn every_prefix_of_a_document_is_refused() {
    for end in (0..COMPLETE.len()).filter(|end| COMPLETE.is_char_boundary(*end)) {
        let prefix = &COMPLETE[..end];
        for error in [
            json::from_str::<Book>(prefix).map(drop),
            json::from_str::<RawJson>(prefix).map(drop),
        ] {
            let error = error.expect_err(prefix);
            assert!(error.offset() <= end, "{prefix}: {error}");
        }
    }
}

binance_wire_core::json_object! {
    /// Three members, one of them under two names.
    pub struct Three {
        /// First.
        one: i64 = required("a"),
        /// Second.
        two: Option<i64> = optional("bb" | "b2"),
        /// Third.
        three: Option<i64> = optional("c"),
    }
}

#[test]
fn members_are_found_in_any_order() {
    for (text, expected) in [
        (r#"{"a":1,"bb":2,"c":3}"#, (1, Some(2), Some(3))),
        (r#"{"b2":2,"c":3,"a":1}"#, (1, Some(2), Some(3))),
        (
            r#"{"c":3,"x":[{"a":0}],"bb":2,"yy":null,"\u0061":1,"b":0}"#,
            (1, Some(2), Some(3)),
        ),
        (r#"{ "a" : 1 }"#, (1, None, None)),
        (r#"{"a":1,"c":null}"#, (1, None, None)),
    ] {
        let three: Three = json::from_str(text).expect(text);
        assert_eq!((three.one, three.two, three.three), expected, "{text}");
    }
    for (text, kind, path) in [
        ("{ }", MissingField("a"), "$"),
        (r#"{"":0,"x":0}"#, MissingField("a"), "$"),
        (r#"{"a":1,"bb":2,"b2":2}"#, DuplicateField("b2"), "$"),
        (r#"{"a":1,"b2":[1]}"#, WrongType("an integer"), "$.b2"),
    ] {
        let error = json::from_str::<Three>(text).expect_err(text);
        assert_eq!(
            (error.kind(), error.path().to_string().as_str()),
            (&kind, path),
            "{text}"
        );
    }
}

#[test]
fn errors_print_the_place() {
    let error = json::from_str::<Book>(r#"{"levels":[["1",true]]}"#).expect_err("a boolean");
    assert_eq!(
        error.to_string(),
        "expected an integer at $.levels[0][1] (byte 16)"
    );
}
