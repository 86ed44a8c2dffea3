//! `cargo xtask decode`, run as a program.

use crate::common::{file, fix_message, program};
use binance_wire::spot::sbe::{fix, spot};
use binance_wire_core::{Decimal, Text, Timestamp};
use proptest::prelude::*;
use spot::EncodeMessage;

fn server_time() -> Vec<u8> {
    let mut bytes = Vec::new();
    let message = spot::ServerTimeResponse::new(Timestamp::from_micros(1_700_000_000_000_001));
    message.encode(&mut bytes).expect("a message that can be written");
    bytes
}

fn depth() -> Vec<u8> {
    let mut bytes = Vec::new();
    let level = |price: i64, qty: i64| (Decimal::new(price, 2), Decimal::new(qty, 5));
    let (price, qty) = level(6_500_010, 0);
    let message = {
        let mut message = spot::DepthResponse::new(spot::DepthResponseRequired {
            last_update_id: 7,
            price_exponent: -2,
            qty_exponent: -5,
        });
        message.bids = vec![spot::DepthResponseBids::new(spot::DepthResponseBidsRequired {
            price,
            qty,
        })];
        message
    };
    message.encode(&mut bytes).expect("a message that can be written");
    bytes
}

fn frame(id: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let message = fix::TestRequest::new(Text::from(id));
    fix::EncodeFramed::encode(&message, 1, Timestamp::from_micros(0), &mut bytes).expect("a frame");
    bytes
}

const HEARTBEAT: &str = "35=0|49=SPOT|56=A|34=2|52=20240611-09:01:46.228950|";

#[test]
fn one_sbe_message_is_printed_over_several_lines() {
    let input = file(&server_time());
    let run = program(&["decode", "--sbe", "--schema", "spot", input.path_text()], b"");
    assert_eq!(run.code, Some(0), "{}", run.err);
    let version = spot::SCHEMA.version;
    let expected = format!(
        "{{\n  \"template\": \"ServerTimeResponse\",\n  \"schemaId\": 3,\n  \"version\": {version},\n  \
         \"message\": {{\n    \"serverTime\": 1700000000000001\n  }}\n}}\n"
    );
    assert_eq!(run.out, expected);
}

#[test]
fn yaml_says_the_same() {
    let run = program(
        &["decode", "--sbe", "--schema", "spot", "--format", "yaml"],
        &depth(),
    );
    assert_eq!(run.code, Some(0), "{}", run.err);
    let expected = "message:\n  lastUpdateId: 7\n  bids:\n  - - '65000.10'\n    - '0.00000'\n  asks: []\n";
    assert!(
        run.out.starts_with("template: DepthResponse\nschemaId: 3\n"),
        "{}",
        run.out
    );
    assert!(run.out.ends_with(expected), "{}", run.out);
}

#[test]
fn each_line_of_jsonl_gives_one_line_in_its_place() {
    let good = hex::encode(depth());
    let upper = good.to_uppercase();
    let spaced: String = good.chars().flat_map(|digit| [digit, ' ']).collect();
    let cut = good.get(..good.len() - 2).unwrap_or_default();
    let lines = [
        good.as_str(),
        "",
        "zz",
        upper.as_str(),
        cut,
        spaced.as_str(),
        "00000f2703000500",
    ];
    let run = program(
        &["decode", "--sbe", "--schema", "spot", "--jsonl", "-"],
        lines.join("\n").as_bytes(),
    );
    assert_eq!(run.code, Some(1));
    let out: Vec<&str> = run.out.lines().collect();
    let [first, empty, digits, second, short, third, unknown] = out.as_slice() else {
        panic!("{}", run.out)
    };
    assert!(
        first.starts_with(r#"{"template":"DepthResponse","schemaId":3,"version":"#),
        "{first}"
    );
    assert!(
        first.ends_with(r#""message":{"lastUpdateId":7,"bids":[["65000.10","0.00000"]],"asks":[]}}"#),
        "{first}"
    );
    assert_eq!((second, third), (first, first));
    assert_eq!(*empty, r#"{"error":"the line is empty"}"#);
    assert_eq!(*digits, r#"{"error":"`z` at byte 0 is not a hexadecimal digit"}"#);
    assert!(
        short.starts_with(r#"{"error":"DepthResponse.asks of template 200 needs "#),
        "{short}"
    );
    assert_eq!(*unknown, r#"{"error":"unknown template 9999"}"#);

    let run = program(
        &["decode", "--sbe", "--schema", "spot", "--jsonl"],
        format!("{good}\n").as_bytes(),
    );
    assert_eq!((run.code, run.out.lines().count()), (Some(0), 1));
}

#[test]
fn framed_messages_may_stand_on_end() {
    let both = [frame("first"), frame("second")].concat();
    let run = program(&["decode", "--sbe", "--schema", "fix"], &both);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(
        run.out.matches(r#""template": "TestRequest""#).count(),
        2,
        "{}",
        run.out
    );
    assert!(run.out.contains("second"), "{}", run.out);

    let run = program(&["decode", "--sbe", "--schema", "fix", "--format", "yaml"], &both);
    assert_eq!(run.out.matches("---\n").count(), 1, "{}", run.out);

    // The second is cut off: the first is printed all the same.
    let cut = both.get(..both.len() - 1).unwrap_or_default();
    let run = program(&["decode", "--sbe", "--schema", "fix"], cut);
    assert_eq!(run.code, Some(1));
    assert!(
        run.out.contains("first") && !run.out.contains("second"),
        "{}",
        run.out
    );
    assert!(
        run.err.contains(&format!(
            "<stdin>: the message at byte {}: ",
            frame("first").len()
        )),
        "{}",
        run.err
    );
}

#[test]
fn a_message_of_another_schema_is_an_error() {
    let run = program(&["decode", "--sbe", "--schema", "stream"], &server_time());
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.contains("schema 3 instead of 1"), "{}", run.err);
}

#[test]
fn fix_is_read_raw_as_text_and_as_hex() {
    let text = fix_message(HEARTBEAT);
    let raw = text.replace('|', "\u{1}");
    let run = program(
        &["decode", "--fix", "--dictionary", "oe"],
        format!("{raw}{raw}").as_bytes(),
    );
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(run.out.matches("\"MsgSeqNum\": \"2\"").count(), 2, "{}", run.out);

    let lines = format!(
        "{text}\n{}\n{}\n",
        hex::encode(raw.as_bytes()),
        text.replace("34=2", "34=3")
    );
    let run = program(
        &["decode", "--fix", "--dictionary", "md", "--jsonl"],
        lines.as_bytes(),
    );
    assert_eq!(run.code, Some(1));
    let out: Vec<&str> = run.out.lines().collect();
    let [first, second, third] = out.as_slice() else {
        panic!("{}", run.out)
    };
    assert_eq!(first, second);
    assert!(
        first.starts_with(r#"{"BeginString":"FIX.4.4","BodyLength":"#),
        "{first}"
    );
    assert!(third.starts_with(r#"{"error":"CheckSum(10) says "#), "{third}");

    let run = program(
        &["decode", "--fix", "--dictionary", "md", "--jsonl", "--no-checks"],
        lines.as_bytes(),
    );
    assert_eq!((run.code, run.out.matches("error").count()), (Some(0), 0));
}

#[test]
fn usage_is_1_and_unreadable_files_are_101() {
    for arguments in [
        ["decode"].as_slice(),
        &["decode", "--sbe"],
        &["decode", "--fix"],
        &["decode", "--schema", "spot"],
        &[
            "decode",
            "--sbe",
            "--fix",
            "--schema",
            "spot",
            "--dictionary",
            "oe",
        ],
        &["decode", "--sbe", "--schema", "nothing"],
        &["decode", "--sbe", "--dictionary", "oe"],
        &["decode", "--sbe", "--schema", "spot", "--no-checks"],
        &[
            "decode", "--sbe", "--schema", "spot", "--jsonl", "--format", "yaml",
        ],
        &["decode", "--sbe", "--schema", "spot", "one", "two"],
    ] {
        let run = program(arguments, b"");
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(run.err.starts_with("error: "), "{}", run.err);
    }
    let run = program(&["decode", "--sbe", "--schema", "spot", "/no/such/file"], b"");
    assert_eq!(run.code, Some(101));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_input_ends_with_0_or_1(
        lines in proptest::collection::vec(proptest::collection::vec(1_u8.., 0..80), 0..20),
    ) {
        let lines: Vec<Vec<u8>> = lines
            .into_iter()
            .map(|line| line.into_iter().filter(|byte| *byte != b'\n').chain([b'\n']).collect())
            .collect();
        let input = lines.concat();
        for codec in [["--sbe", "--schema", "fix"], ["--fix", "--dictionary", "oe"]] {
            let run = program(&[["decode"].as_slice(), &codec, &["--jsonl"]].concat(), &input);
            prop_assert!(matches!(run.code, Some(0 | 1)), "{:?} {}", run.code, run.err);
            prop_assert_eq!(run.out.lines().count(), lines.len());
            let run = program(&[["decode"].as_slice(), &codec].concat(), &input);
            prop_assert!(matches!(run.code, Some(0 | 1)), "{:?} {}", run.code, run.err);
        }
    }
}
