//! Exercises the code that the generator prints for a deliberately nasty schema, which has one of everything:
//! `generator/codegen/tests/golden/sbe/nasty.xml`.

#[expect(
    unreachable_pub,
    dead_code,
    reason = "a module of a crate, compiled into a test"
)]
#[path = "../../../../generator/codegen/tests/golden/sbe/nasty/mod.rs"]
mod nasty;

use binance_wire_core::{Decimal, Timestamp};
use binance_wire_sbe::{
    Context, Dimensions, EncodeBody, Encoder, Header, JsonView, Presence, SbeError, SbeErrorKind, Scaled,
};
use nasty::*;
use proptest::prelude::*;

fn decimal(mantissa: i64, scale: u32) -> Decimal {
    Decimal::new(mantissa, scale)
}

fn encode(message: &impl EncodeMessage) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes).expect("the message can be encoded");
    bytes
}

fn everything() -> Everything {
    Everything {
        type_: Side::Self_,
        match_: None,
        gap: 7,
        odd: Some(-2),
        exponent: -3,
        other_exponent: Some(-1),
        e: decimal(-5, 3),
        big: Some(decimal(1_234_567, 3)),
        event_time: Timestamp::from_micros(1_700_000_000_000_001),
        flags: Flags::LOW | Flags::HIGH,
        ratio: Some(0.1),
        double: 2.5,
        fee: Some(decimal(15, 1)),
        sor: Some(true.into()),
        newer: Some(9),
        newest: Some(decimal(0, 3)),
        reason: Some(Side::Buy),
        levels: vec![
            EverythingLevels {
                price: decimal(1, 3),
                maybe: None,
                later: Some(1),
            },
            EverythingLevels {
                price: decimal(2, 3),
                maybe: Some(-1),
                later: Some(2),
            },
        ],
        nested: vec![
            EverythingNested { inner: vec![] },
            EverythingNested {
                inner: vec![EverythingNestedInner {
                    amount: decimal(3, 3),
                    name: "x\"y".into(),
                }],
            },
        ],
        texts: vec![
            EverythingTexts {
                text: "１２".into()
            },
            EverythingTexts { text: "".into() },
        ],
        moved: vec![EverythingMoved {
            amount: decimal(4, 3),
            added: Some(5),
            name: "m".into(),
        }],
        late_group: vec![EverythingLateGroup { id: 6 }],
        block_: "b".into(),
        e_upper: None,
        result: encode(&Rows {
            rows: vec![RowsRows { id: u64::MAX }],
        }),
        maybe: None,
        raw: vec![0, 255],
    }
}

const VIEW: &str = concat!(
    r#"{"template":"Everything","schemaId":7,"version":4,"message":{"type":"T+SELF","match":"NONE","fn":"24hr","#,
    r#""gap":7,"odd":-2,"a":{"e":"-0.005","double":{"x":2.5,"reason":"BUY"}},"big":"1234.567","#,
    r#""E":1700000000000001,"flags":["Low","HIGH"],"ratio":0.1,"fee":"1.5","sor":true,"newer":9,"#,
    r#""newest":"0.000","levels":[["0.001",null,1],["0.002",-1,2]],"#,
    r#""nested":[{"inner":0}],"texts":["１２",""],"moved":[{"amount":"0.004","added":5,"name":"m"}],"#,
    r#""lateGroup":[{"id":6}],"block":"b","e":"none","result":[{"id":18446744073709551615}],"raw":"00ff"}}"#,
);

/// The expected view; the nested group stands in place of the entry around it.
fn view() -> String {
    VIEW.replace(r#"[{"inner":0}]"#, r#"[[],[{"amount":"0.003","name":"x\"y"}]]"#)
}

#[test]
fn what_is_encoded_is_decoded() {
    let message = everything();
    let bytes = encode(&message);
    let view = EverythingView::decode(&bytes).expect("the message is whole");
    assert_eq!(view.into_owned().as_ref(), Ok(&message));
    assert_eq!(view.fn_(), Interval::N24hr);
    assert_eq!(view.levels().len(), 2);
    assert_eq!(
        view.levels().map(|level| level.price()).last(),
        Some(Scaled::new(2, -3))
    );
    assert_eq!(view.newest(), Presence::Value(Scaled::new(0, -3)));
    assert!(view.flags().contains(Flags::HIGH));
    let Ok(Message::Rows(rows)) = view.result() else {
        panic!("rows are embedded")
    };
    assert_eq!(rows.rows().map(|row| row.id()).collect::<Vec<_>>(), [u64::MAX]);
    assert!(matches!(view.maybe(), Ok(None)));
}

#[test]
fn the_view_follows_the_paths() {
    assert_eq!(json_view(&encode(&everything())), Ok(view()));
    let rows = encode(&Rows { rows: vec![] });
    assert_eq!(
        json_view(&rows),
        Ok(r#"{"template":"Rows","schemaId":7,"version":4,"message":[]}"#.to_owned())
    );
    let nothing = encode(&Nothing {});
    assert_eq!(
        json_view(&nothing),
        Ok(r#"{"template":"Nothing","schemaId":7,"version":4,"message":{}}"#.to_owned())
    );
}

#[test]
fn unknown_null_and_defaults_in_the_view() {
    let mut message = everything();
    message.type_ = Side::from_raw(b'Q');
    message.match_ = Some(Interval::from_raw(77));
    message.odd = None;
    message.big = None;
    message.ratio = None;
    message.fee = None;
    message.other_exponent = None;
    message.sor = None;
    message.reason = None;
    message.newest = None;
    message.flags = Flags::from_raw(0b11);
    message.texts.clear();
    message.e_upper = Some("".into());
    message.maybe = Some(encode(&Nothing {}));
    let json = json_view(&encode(&message)).expect("the message is whole");
    for part in [
        r#""type":81,"match":77,"#,
        r#""gap":7,"a":"#,
        r#""double":{"x":2.5}}"#,
        r#""big":"0""#,
        r#""ratio":0.0"#,
        r#""sor":false"#,
        r#""flags":["Low",1]"#,
        r#""e":"none""#,
        r#""maybe":{}"#,
    ] {
        assert!(json.contains(part), "{part} is not in {json}");
    }
    for absent in [r#""odd""#, r#""fee""#, r#""newest""#, r#""texts""#] {
        assert!(!json.contains(absent), "{absent} is in {json}");
    }
}

#[test]
fn an_embedded_message_may_be_unknown_broken_or_too_deep() {
    let mut message = everything();
    message.result = Vec::new();
    Header {
        block_length: 0,
        template_id: 99,
        schema_id: 7,
        version: 9,
    }
    .write(&mut message.result);
    let json = json_view(&encode(&message)).expect("unknown templates are shown");
    assert!(
        json.contains(r#""result":{"error":"unknown template"},"raw""#),
        "{json}"
    );
    message.result.truncate(5);
    assert!(json_view(&encode(&message)).is_err());
    for _ in 0..20 {
        message.result = encode(&message);
        if message.result.len() < 400 {
            message.result = encode(&everything());
        }
    }
    let error = json_view(&encode(&message)).expect_err("nested twenty deep");
    assert_eq!(error.kind(), &SbeErrorKind::TooDeep);
}

#[test]
fn every_cut_is_an_error() {
    let bytes = encode(&everything());
    for length in 0..bytes.len() {
        let cut = &bytes[..length];
        let error = EverythingView::decode(cut)
            .err()
            .unwrap_or_else(|| panic!("{length} bytes decode"));
        assert!(
            matches!(error.kind(), SbeErrorKind::Truncated { .. }),
            "{length} bytes: {error}"
        );
        assert!(json_view(cut).is_err());
    }
}

#[test]
fn leftovers_are_an_error_unless_the_version_is_newer() {
    let mut bytes = encode(&everything());
    bytes.push(0);
    let error = EverythingView::decode(&bytes).err().expect("one byte too many");
    assert_eq!(
        error.kind(),
        &SbeErrorKind::TrailingBytes {
            template_id: 1,
            offset: bytes.len() - 1,
            count: 1
        }
    );
    bytes[6] = 5;
    assert!(EverythingView::decode(&bytes).is_ok());
}

#[test]
fn headers_are_checked() {
    let bytes = encode(&Nothing {});
    let error = RowsView::decode(&bytes).err().expect("another template");
    assert_eq!(
        error.kind(),
        &SbeErrorKind::WrongTemplate {
            expected: 2,
            found: 3
        }
    );
    let mut other = bytes.clone();
    other[4] = 8;
    let error = Message::decode(&other).err().expect("another schema");
    assert_eq!(
        error.kind(),
        &SbeErrorKind::WrongSchema {
            expected: 7,
            found: 8
        }
    );
    let mut unknown = bytes;
    unknown[2] = 200;
    let Ok(Message::Unknown(message)) = Message::decode(&unknown) else {
        panic!("an unknown template")
    };
    assert_eq!(message.header.template_id, 200);
    let error = json_view(&unknown).expect_err("an unknown template");
    assert_eq!(error.kind(), &SbeErrorKind::UnknownTemplate { template_id: 200 });
}

/// A message as version `version` lays it out, `longer` bytes appended to every block.
fn as_version(version: u16, longer: usize) -> Vec<u8> {
    let block = match version {
        0 | 1 => 71,
        2 => 75,
        _ => 84,
    };
    let mut bytes = Vec::new();
    let block_length = (block + longer) as u16;
    Header {
        block_length,
        template_id: 1,
        schema_id: 7,
        version,
    }
    .write(&mut bytes);
    let mut body = Vec::new();
    let mut encoder = Encoder::new(&mut body);
    everything().encode_body(&mut encoder);
    encoder.finish().expect("the message can be encoded");
    bytes.extend_from_slice(&body[..block]);
    bytes.resize(bytes.len() + longer, 0xaa);
    let mut encoder = Encoder::new(&mut bytes);
    let pad = |encoder: &mut Encoder<'_>| (0..longer).for_each(|_| encoder.u8(0xbb));
    let level = if version < 2 { 9 } else { 10 };
    encoder.group(Dimensions::new(1, 1), level + longer as u16, 1, "levels");
    encoder.i64(1);
    encoder.i8(-1);
    if version >= 2 {
        encoder.u8(3);
    }
    pad(&mut encoder);
    encoder.group(Dimensions::new(1, 2), longer as u16, 1, "nested");
    pad(&mut encoder);
    encoder.group(Dimensions::new(2, 4), 8 + longer as u16, 1, "inner");
    encoder.i64(2);
    pad(&mut encoder);
    encoder.data(1, b"n", "name");
    encoder.group(Dimensions::new(2, 4), 0, 0, "texts");
    // Version 1 took one byte from the head of the entries and put another at their end.
    encoder.group(Dimensions::new(2, 4), 9 + longer as u16, 1, "moved");
    if version == 0 {
        // The entry's own exponent, which is not the one of the block around it.
        encoder.i8(-5);
    }
    encoder.i64(4);
    if version > 0 {
        encoder.u8(5);
    }
    pad(&mut encoder);
    encoder.data(1, b"m", "name");
    if version >= 4 {
        encoder.group(Dimensions::new(2, 4), 8, 0, "lateGroup");
    }
    encoder.data(1, b"b", "block");
    encoder.data(2, b"e", "E");
    encoder.data(4, &encode(&Nothing {}), "result");
    encoder.data(2, b"", "maybe");
    encoder.data(1, b"", "raw");
    encoder.finish().expect("the message can be encoded");
    bytes
}

#[test]
fn older_and_newer_versions_are_read_by_their_block_lengths() {
    for version in 0..=6 {
        for longer in [0, 1, 30] {
            let bytes = as_version(version, longer);
            let view = EverythingView::decode(&bytes).unwrap_or_else(|e| panic!("{version}+{longer}: {e}"));
            assert_eq!(view.newer(), (version >= 2).then_some(9));
            let newest = if version >= 3 {
                Presence::Value(Scaled::new(0, -3))
            } else {
                Presence::Absent
            };
            assert_eq!(view.newest(), newest);
            let level = view.levels().next().expect("one level");
            assert_eq!((level.price(), level.maybe()), (Scaled::new(1, -3), Some(-1)));
            assert_eq!(level.later(), (version >= 2).then_some(3));
            let inner = view
                .nested()
                .next()
                .and_then(|nested| nested.inner().next())
                .expect("one entry");
            assert_eq!((inner.amount(), inner.name()), (Scaled::new(2, -3), Ok("n")));
            let moved = view.moved().next().expect("one entry");
            let exponent = if version == 0 { -5 } else { -3 };
            assert_eq!(moved.amount(), Scaled::new(4, exponent));
            let added = if version == 0 {
                Presence::Absent
            } else {
                Presence::Value(5)
            };
            assert_eq!(moved.added(), added);
            assert_eq!(view.late_group().len(), 0);
            assert_eq!(view.e_upper(), Ok(Some("e")));
            let json = json_view(&bytes).expect("every version has a view");
            assert_eq!(json.contains("lateGroup"), version >= 4, "{json}");
            assert_eq!(json.contains("newest"), version >= 3, "{json}");
        }
    }
}

#[test]
fn a_null_that_was_sent_is_not_absent() {
    let mut message = everything();
    message.newest = None;
    message.reason = None;
    let bytes = encode(&message);
    let view = EverythingView::decode(&bytes).expect("the message is whole");
    assert_eq!((view.newest(), view.reason()), (Presence::Null, Presence::Null));
}

#[test]
fn impossible_lengths_are_errors() {
    let bytes = encode(&everything());
    // The root block.
    for length in [0_u16, 70, u16::MAX] {
        let mut bad = bytes.clone();
        bad[..2].copy_from_slice(&length.to_le_bytes());
        assert!(EverythingView::decode(&bad).is_err());
    }
    let rows = encode(&Rows {
        rows: vec![RowsRows { id: 1 }],
    });
    for (stride, count) in [
        (8, u32::MAX),
        (u16::MAX, u32::MAX),
        (0, 1),
        (0, u32::MAX),
        (7, 1),
        (8, 2),
    ] {
        let mut bad = rows.clone();
        bad[8..10].copy_from_slice(&u16::to_le_bytes(stride));
        bad[10..14].copy_from_slice(&u32::to_le_bytes(count));
        assert!(
            RowsView::decode(&bad).is_err(),
            "{count} entries of {stride} bytes"
        );
    }
    // No entries of no bytes end at once.
    let mut none = rows[..14].to_vec();
    none[8..14].fill(0);
    assert_eq!(RowsView::decode(&none).map(|view| view.rows().count()), Ok(0));
}

#[test]
fn what_cannot_be_written_is_an_error_and_leaves_the_buffer() {
    let written = |change: fn(&mut Everything)| {
        let mut message = everything();
        change(&mut message);
        let mut bytes = b"before".to_vec();
        let result = message.encode(&mut bytes);
        assert_eq!(bytes, b"before");
        result.expect_err("it does not fit")
    };
    let error = written(|message| message.block_ = "x".repeat(256).into());
    assert_eq!(
        error.kind(),
        &SbeErrorKind::TooLong {
            what: "block",
            length: 256,
            limit: 255
        }
    );
    let error = written(|message| message.levels = vec![message.levels[0].clone(); 256]);
    assert_eq!(
        error.kind(),
        &SbeErrorKind::TooLong {
            what: "levels",
            length: 256,
            limit: 255
        }
    );
    let error = written(|message| message.e = decimal(1, 4));
    assert_eq!(
        error.kind(),
        &SbeErrorKind::PrecisionLost {
            value: "0.0001".into(),
            exponent: -3
        }
    );
    let error = written(|message| message.newest = Some(Decimal::MAX));
    assert!(
        matches!(error.kind(), SbeErrorKind::PrecisionLost { .. }),
        "{error}"
    );
    // A number whose mantissa is the null value would be read back as null.
    let error = written(|message| message.newest = Some(Decimal::from_i128_with_scale(i64::MIN.into(), 3)));
    assert!(
        matches!(error.kind(), SbeErrorKind::PrecisionLost { .. }),
        "{error}"
    );
}

#[test]
fn text_that_is_not_utf8_is_an_error_of_its_field_alone() {
    let mut bytes = encode(&everything());
    let at = bytes
        .windows(2)
        .rposition(|pair| pair == [1, b'b'])
        .expect("the text is there")
        + 1;
    bytes[at] = 0xff;
    let view = EverythingView::decode(&bytes).expect("lengths are right");
    assert_eq!(
        view.block_().map_err(|error| error.kind().clone()),
        Err(SbeErrorKind::NotUtf8 {
            field: "block",
            offset: 0
        })
    );
    assert_eq!(view.gap(), 7);
    assert!(view.into_owned().is_err());
    assert!(json_view(&bytes).is_err());
}

#[test]
fn a_number_beyond_a_decimal_is_shown_but_not_owned() {
    let message = everything();
    let mut bytes = encode(&message);
    // The mantissa of `big`.
    bytes[8 + 18..8 + 34].copy_from_slice(&(i128::MAX).to_le_bytes());
    let view = EverythingView::decode(&bytes).expect("lengths are right");
    let error = view.into_owned().expect_err("too large");
    assert!(
        matches!(error.kind(), SbeErrorKind::DecimalOverflow { .. }),
        "{error}"
    );
    let json = json_view(&bytes).expect("the view has any number");
    assert!(
        json.contains(r#""big":"170141183460469231731687303715884105.727""#),
        "{json}"
    );
}

#[test]
fn leading_exponents_of_a_block_too_short_leave_it() {
    let context = Context::new(0, [1; Context::EXPONENTS]);
    let (same, block) = context.leading_exponents(&[7], &[0, 1]);
    assert_eq!((same, block), (context, &[7][..]));
    let (changed, block) = context.leading_exponents(&[7, 8, 9], &[0, 99]);
    assert_eq!(
        (changed.exponent(0), changed.exponent(1), block),
        (7, 1, &[9][..])
    );
}

/// Everything that can be read of some bytes is read.
fn read_all(bytes: &[u8]) -> Result<(), SbeError> {
    let _ = json_view(bytes);
    match Message::decode(bytes)? {
        Message::Everything(view) => {
            for level in view.levels() {
                let _ = (level.price().decimal(), level.maybe(), level.later());
            }
            let owned = view.into_owned()?;
            let mut again = Vec::new();
            let _ = owned.encode(&mut again);
        }
        Message::Rows(view) => drop(view.into_owned()?),
        Message::Nothing(view) => assert_eq!(view.into_owned()?, Nothing {}),
        Message::Unknown(unknown) => assert!(unknown.body.len() < bytes.len()),
    }
    let mut w = JsonView::new();
    Message::decode(bytes)?.write_json(&mut w)
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), template in 1_u8..4) {
        let _ = read_all(&bytes);
        let mut headed = vec![71, 0, template, 0, 7, 0, 4, 0];
        headed.extend_from_slice(&bytes);
        let _ = read_all(&headed);
    }

    #[test]
    fn damaged_messages_never_panic(
        version in 0_u16..7,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = as_version(version, 0);
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = read_all(&bytes);
    }

    #[test]
    fn any_message_comes_back(
        numbers in any::<(i64, i64, i64, u16, u64)>(),
        exponent in -28_i8..=0,
        raw in any::<(u8, u8, Option<u32>, f64)>(),
        levels in proptest::collection::vec((any::<i64>(), any::<u8>()), 0..5),
        text in "\\PC{0,40}",
    ) {
        let scaled = |mantissa: i64| Decimal::from_i128_with_scale(mantissa.into(), u32::from(exponent.unsigned_abs()));
        let mut message = everything();
        message.exponent = exponent;
        message.e = scaled(numbers.0);
        message.big = Some(scaled(numbers.1));
        message.newest = Some(numbers.2).filter(|mantissa| *mantissa != i64::MIN).map(scaled);
        message.gap = numbers.3;
        message.flags = Flags::from_raw(numbers.4);
        message.type_ = Side::from_raw(raw.0);
        message.match_ = Some(raw.1).filter(|raw| *raw != u8::MAX).map(Interval::from_raw);
        message.newer = Some(raw.2.unwrap_or(u32::MAX));
        message.double = if raw.3.is_nan() { 0.0 } else { raw.3 };
        message.levels = levels
            .iter()
            .map(|(price, later)| EverythingLevels { price: scaled(*price), maybe: None, later: Some(*later) })
            .collect();
        message.nested.clear();
        message.moved.clear();
        message.block_ = text.as_str().into();
        let bytes = encode(&message);
        let view = EverythingView::decode(&bytes).expect("the message is whole");
        prop_assert_eq!(view.into_owned(), Ok(message));
        prop_assert!(json_view(&bytes).is_ok());
    }
}
