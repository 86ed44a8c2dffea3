//! Values, frames and fields without any generated code: a dictionary of two fields and a group serves.

use binance_wire_core::{Decimal, Timestamp};
use binance_wire_fix::{
    Checks, Dictionary, Field, Fields, FixError, FixTimestamp, Layout, MessageWriter, RawMessage, next_frame,
    text, view,
};
use proptest::prelude::*;

static ENTRY: Layout = Layout {
    name: "NoThings",
    tags: &[101, 102],
    groups: &[],
};
static BODY: Layout = Layout {
    name: "Test",
    tags: &[100, 103],
    groups: &[(100, &ENTRY)],
};
static HEADER: Layout = Layout {
    name: "Header",
    tags: &[8, 9, 10, 34, 35],
    groups: &[],
};
static DICTIONARY: Dictionary = Dictionary {
    begin_string: "FIX.4.4",
    names: &[
        (8, "BeginString"),
        (9, "BodyLength"),
        (10, "CheckSum"),
        (35, "MsgType"),
        (100, "NoThings"),
    ],
    messages: &[("T", &BODY)],
    header: &HEADER,
    data: &[(95, 96)],
};

/// A message of the test dictionary, written by the writer.
fn written(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = MessageWriter::begin(&mut out, &DICTIONARY, "T");
    for (prefix, value) in fields {
        writer.text(prefix, value);
    }
    writer.finish().expect("no SOH").to_vec()
}

/// Body length and checksum as the standard says, by another way than the writer's.
fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("8=FIX.4.4\u{1}9={}\u{1}", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    let sum = bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>() % 256;
    bytes.extend(format!("10={sum:03}\u{1}").into_bytes());
    bytes
}

/// The pipes of a message with fields that no dictionary declares, or why it cannot be written.
fn with_extra(fields: &[(u32, &'static [u8])]) -> Result<String, FixError> {
    let fields: Vec<_> = fields.iter().map(|&(tag, value)| Field { tag, value }).collect();
    let mut out = Vec::new();
    let mut writer = MessageWriter::begin(&mut out, &DICTIONARY, "T");
    writer.extra(&fields);
    writer.finish().map(text::to_pipes)
}

#[test]
fn only_data_behind_its_length_contains_soh() {
    let shown = with_extra(&[(95, b"3"), (96, b"a\x01b"), (9001, b"x")]).expect("a length and its data");
    assert!(shown.contains("|95=3|96=a"), "{shown}");
    // A quantity that happens to equal the length makes no data of what follows it.
    for fields in [
        [(38, b"3".as_slice()), (58, b"a\x01b".as_slice())],
        [(95, b"3"), (58, b"a\x01b")],
        [(95, b"4"), (96, b"a\x01b")],
    ] {
        let error = with_extra(&fields).expect_err("SOH would start a field");
        assert_eq!(
            error,
            FixError::Unwritable {
                tag: fields[1].0,
                reason: "the value contains SOH"
            }
        );
    }
}

#[test]
fn times_keep_their_digits() {
    for (text, micros) in [
        ("19700101-00:00:00", 0),
        ("20240611-09:01:46.228", 1_718_096_506_228_000),
        ("20240612-08:52:21.636837", 1_718_182_341_636_837),
        ("20240229-23:59:59.9", 1_709_251_199_900_000),
        ("20000229-00:00:00.000000", 951_782_400_000_000),
        ("00000101-00:00:00", -62_167_219_200_000_000),
        ("99991231-23:59:59.999999", 253_402_300_799_999_999),
    ] {
        let time = FixTimestamp::parse(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((time.as_micros(), time.to_string().as_str()), (micros, text));
        assert_eq!(usize::from(time.fraction_digits()), text.len().saturating_sub(18));
    }
    for text in [
        "",
        "20240611",
        "20240611-09:01",
        "20240611-09:01:46.",
        "20240611-09:01:46.1234567",
        "20240611-09:01:46,123",
        "20240611 09:01:46",
        "20240011-09:01:46",
        "20241311-09:01:46",
        "20230229-09:01:46",
        "19000229-09:01:46",
        "20240632-09:01:46",
        "20240611-24:01:46",
        "20240611-09:60:46",
        "20240611-09:01:60",
        "2024061é-09:01:4",
        "20240611-0x:01:46",
        "20240611-09:01:46.12a",
    ] {
        assert_eq!(FixTimestamp::parse(text.as_bytes()), None, "{text}");
    }
    let time = FixTimestamp::from(Timestamp::from_millis(1_718_096_506_228));
    assert_eq!(time.to_string(), "20240611-09:01:46.228");
    assert_eq!(
        Timestamp::from(time),
        Timestamp::from_micros(1_718_096_506_228_000)
    );
    assert_eq!(size_of::<Option<FixTimestamp>>(), 16);
}

/// Reads the value of one field.
fn value<T>(value: &str, read: impl FnOnce(&mut Fields<'_>) -> T) -> Result<T, FixError> {
    let bytes = framed(format!("35=T\u{1}103={value}\u{1}").as_bytes());
    let message = RawMessage::parse(&bytes, Checks::On)?;
    let mut fields = Fields::new(&message, &DICTIONARY)?;
    // An empty value ends the reading; the error is that of `finish`.
    assert_eq!(fields.next_tag(), if value.is_empty() { 0 } else { 103 });
    let value = read(&mut fields);
    fields.finish()?;
    Ok(value)
}

#[test]
fn decimals_keep_their_digits() {
    for text in [
        "0",
        "5",
        "-5",
        "0.25",
        "10.00000000",
        "0.00000001",
        "-0.10",
        "9000.00000000",
        "1234567890123456789",
        "0.1234567890123456789012345678",
        "79228162514264337593543950335",
        "99999999999.12345678",
    ] {
        assert_eq!(
            value(text, |fields| fields.decimal()).map(|value| value.to_string()),
            Ok(text.to_owned())
        );
        let mut out = Vec::new();
        let mut writer = MessageWriter::begin(&mut out, &DICTIONARY, "T");
        writer.decimal("103=", text.parse().expect("decimal"));
        let shown = text::to_pipes(writer.finish().expect("written"));
        assert!(shown.contains(&format!("|103={text}|")), "{shown}");
    }
    for text in [
        "",
        "-",
        ".",
        "-.",
        "1.2.3",
        "+1",
        "1e5",
        "1.12345678x",
        "x.12345678",
        "1,5",
        " 1",
        "--1",
        "79228162514264337593543950336",
        "0.12345678901234567890123456789",
        "1:.12345678",
    ] {
        let error = value(text, |fields| fields.decimal()).expect_err(text);
        assert_eq!(
            (error.tag(), error.offset()),
            (Some(103), Some(24)),
            "{text}: {error}"
        );
    }
    assert_eq!(value(".5", |fields| fields.decimal()), Ok(Decimal::new(5, 1)));
    assert_eq!(value("5.", |fields| fields.decimal()), Ok(Decimal::new(5, 0)));
}

#[test]
fn numbers_have_ranges() {
    assert_eq!(value("-9223372036854775808", |fields| fields.int()), Ok(i64::MIN));
    assert_eq!(
        value("18446744073709551615", |fields| fields.uint()),
        Ok(u64::MAX)
    );
    assert_eq!(value("4294967295", |fields| fields.seq_num()), Ok(u32::MAX));
    assert!(value("9223372036854775808", |fields| fields.int()).is_err());
    assert!(value("18446744073709551616", |fields| fields.uint()).is_err());
    assert!(value("4294967296", |fields| fields.seq_num()).is_err());
    assert!(value("-1", |fields| fields.uint()).is_err());
    assert!(value("", |fields| fields.int()).is_err());
    assert_eq!(value("Y", |fields| fields.boolean()), Ok(true));
    assert!(value("1", |fields| fields.boolean()).is_err());
    assert!(value("ab", |fields| fields.character()).is_err());
    assert!(value("0123456789abcdef", |fields| fields.unrecognized_code()).is_err());
    assert_eq!(
        value("zz", |fields| fields.unrecognized_code()).map(|code| code.as_str().to_owned()),
        Ok("zz".into())
    );
}

#[test]
fn the_writer_frames_bodies_of_any_length() {
    for length in [
        1, 80, 88, 89, 90, 91, 92, 93, 500, 988, 989, 990, 991, 992, 993, 12_000,
    ] {
        let value = "x".repeat(length);
        let expected = framed(format!("35=T\u{1}103={value}\u{1}").as_bytes());
        assert_eq!(written(&[("103=", &value)]), expected, "{length}");
    }
}

#[test]
fn frames_are_found_in_a_stream() {
    let one = written(&[("103=", "one")]);
    let two = written(&[("103=", "two, longer")]);
    let stream = [
        b"noise 8=FI 8=FIX.4.4\x01x=".as_slice(),
        &one,
        &two,
        b"8=FIX.4.4\x019=0000",
    ]
    .concat();
    // Every way to cut the stream in two gives the same messages.
    for cut in 0..stream.len() {
        let (mut buffer, mut found, mut dropped) = (Vec::new(), Vec::new(), 0);
        for part in [&stream[..cut], &stream[cut..]] {
            buffer.extend_from_slice(part);
            loop {
                match next_frame(&buffer, 1000) {
                    Ok(None) => break,
                    Ok(Some(length)) => found.push(buffer.drain(..length).collect::<Vec<u8>>()),
                    Err(error) => dropped += buffer.drain(..error.resync).count(),
                }
            }
        }
        assert_eq!(
            (found, dropped),
            (vec![one.clone(), two.clone()], 23),
            "cut at {cut}"
        );
    }
    let long = b"8=FIX.4.4\x019=1000000000000\x0135=0\x01";
    let error = next_frame(long, 1000).expect_err("too long");
    assert_eq!(
        error.error,
        FixError::TooLong {
            stated: 1_000_000_000_000,
            limit: 1000
        }
    );
    for bytes in [
        &b"8=FIX.4.4\x019=x\x01"[..],
        b"8=FIX.4.4\x019=99999999999999999999999",
        b"8=FIX123456789\x01",
    ] {
        assert!(next_frame(bytes, 1000).is_err());
    }
    // A zero-padded length is as good as any.
    let padded = text::from_pipes("8=FIX.4.4|9=0000005|35=0|10=195|");
    assert_eq!(next_frame(&padded, 1000), Ok(Some(padded.len())));
    assert!(RawMessage::parse(&padded, Checks::On).is_ok());
}

#[test]
fn frames_must_be_whole() {
    for (text, tag) in [
        ("8=FIX.4.4|9=5|35=0|10=164|", Some(10)),
        ("8=FIX.4.4|9=5|35=0|10=999|", Some(10)),
        ("8=FIX.4.4|9=5|35=0|10=1630|", Some(10)),
        ("8=FIX.4.4|9=6|35=0|10=164|", Some(9)),
        ("8=FIX.4.4|9=|35=0|10=163|", Some(9)),
        ("8=FIX.4.4|9=-5|35=0|10=163|", Some(9)),
        ("8=FIX.4.4|9=5|35=|10=163|", Some(35)),
        ("8=FIX.4.4|35=0|9=5|10=163|", None),
        ("8=FIX.4.4|9=5|35=0|", None),
        ("8=FIX.4.4|9=5|35=0|10=163", None),
        ("8=FIX.4.4|9=5|35=0|10=163||", None),
        ("9=5|8=FIX.4.4|35=0|10=163|", None),
        ("", None),
    ] {
        let error = RawMessage::parse(&text::from_pipes(text), Checks::On).expect_err(text);
        assert_eq!(error.tag(), tag, "{text}: {error}");
    }
    let other = text::from_pipes("8=FIX.4.2|9=5|35=0|10=161|");
    let message = RawMessage::parse(&other, Checks::On).expect("framed");
    let error = Fields::new(&message, &DICTIONARY).expect_err("another version");
    assert_eq!(error.tag(), Some(8));
}

#[test]
fn tags_are_numbers() {
    for body in [
        "35=T|=x|",
        "35=T|x=1|",
        "35=T|0=1|",
        "35=T|0103=1|",
        "35=T|103|",
        "35=T||",
        "35=T|-1=1|",
        "35=T|9999999999=1|",
    ] {
        let bytes = framed(&text::from_pipes(body));
        let message = RawMessage::parse(&bytes, Checks::On).expect("framed");
        let mut out = String::new();
        assert!(
            view::write_json(&message, &DICTIONARY, &mut out).is_err(),
            "{body}"
        );
    }
}

#[test]
fn a_count_of_billions_takes_no_memory() {
    for count in ["4294967295", "18446744073709551615"] {
        let bytes = written(&[("100=", count), ("101=", "x")]);
        let message = RawMessage::parse(&bytes, Checks::On).expect("framed");
        let mut out = String::new();
        let error = view::write_json(&message, &DICTIONARY, &mut out).expect_err("one entry");
        let stated = count.parse().expect("a number");
        assert_eq!(
            error,
            FixError::GroupCount {
                tag: 100,
                stated,
                found: 1
            }
        );
    }
}

#[test]
fn differences_are_told_with_their_path() {
    let message = |fields: &[(&str, &str)]| written(fields);
    let left = message(&[
        ("103=", "1.0"),
        ("100=", "2"),
        ("101=", "a"),
        ("102=", "1"),
        ("101=", "b"),
    ]);
    let same = message(&[
        ("100=", "2"),
        ("101=", "a"),
        ("102=", "1.00"),
        ("101=", "b"),
        ("103=", "1"),
    ]);
    let other = message(&[
        ("103=", "2"),
        ("100=", "2"),
        ("101=", "a"),
        ("101=", "b"),
        ("102=", "1"),
    ]);
    let [left, same, other] =
        [&left, &same, &other].map(|bytes| RawMessage::parse(bytes, Checks::On).expect("framed"));
    let found = |right| view::differences(&left, right, &DICTIONARY).expect("read");
    // The bodies have different lengths, which is a difference too.
    assert_eq!(found(&same), ["BodyLength(9) was `37`, now `38`"]);
    assert_eq!(
        found(&other),
        [
            "BodyLength(9) was `37`, now `35`",
            "103 was `1.0`, now `2`",
            "NoThings(100)[0].102 is lost",
            "NoThings(100)[1].102 was not there",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_decimal_round_trips(low in any::<u32>(), middle in any::<u32>(), high in any::<u32>(), minus in any::<bool>(), scale in 0_u32..29) {
        let number = Decimal::from_parts(low, middle, high, minus, scale);
        let mut out = Vec::new();
        let mut writer = MessageWriter::begin(&mut out, &DICTIONARY, "T");
        writer.decimal("103=", number);
        let bytes = writer.finish().expect("written").to_vec();
        let shown = text::to_pipes(&bytes);
        prop_assert!(shown.contains(&format!("|103={number}|")), "{} {}", shown, number);
        prop_assert_eq!(value(&number.to_string(), |fields| fields.decimal()), Ok(number));
    }

    #[test]
    fn any_time_round_trips(micros in -62_167_219_200_000_000_i64..253_402_300_800_000_000) {
        let text = FixTimestamp::from_micros(micros).to_string();
        prop_assert_eq!(FixTimestamp::parse(text.as_bytes()), Some(FixTimestamp::from_micros(micros)));
    }

    #[test]
    fn streams_of_random_bytes_end(bytes in proptest::collection::vec(prop_oneof![Just(b'8'), Just(b'='), Just(1), Just(b'9'), any::<u8>()], 0..200)) {
        let mut rest = bytes.as_slice();
        while let Ok(Some(step)) | Err(step) = next_frame(rest, 1000).map_err(|error| error.resync) {
            prop_assert!(step > 0 && step <= rest.len());
            rest = &rest[step..];
            if rest.is_empty() {
                break;
            }
        }
    }
}
