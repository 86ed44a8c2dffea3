//! The FIX messages of both dictionaries: the examples, and what hostile input does.

use binance_wire_fix::{Checks, FixError, FixTimestamp, RawMessage, text, view};
use binance_wire_spot::fix::{md, oe};
use serde_json::Value;

/// The frame is right in all of these; the symbol ABCDEF stands where the exchange's documentation prints one that
/// does not fit its checksum.
fn examples() -> Vec<(String, Vec<u8>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/spot/examples/fix.jsonl");
    let rows = std::fs::read_to_string(path).expect("specs/spot/examples/fix.jsonl");
    rows.lines()
        .map(|row| {
            let row: Value = serde_json::from_str(row).expect("a row is JSON");
            let name = row["key"].as_str().expect("key").to_owned();
            (name, text::from_pipes(row["payload"].as_str().expect("payload")))
        })
        .collect()
}

/// What both dictionaries offer.
struct Codec {
    check: fn(&[u8], Checks) -> Result<Option<&'static str>, FixError>,
    again: fn(&[u8], Checks) -> Result<Vec<u8>, FixError>,
    json: fn(&[u8], Checks, &mut String) -> Result<(), FixError>,
    dictionary: &'static binance_wire_fix::Dictionary,
}

const OE: Codec = Codec {
    check: |bytes, checks| oe::decode(bytes, checks).map(|frame| frame.message.name()),
    again: |bytes, checks| {
        let mut out = Vec::new();
        oe::decode(bytes, checks)?.encode(&mut out)?;
        Ok(out)
    },
    json: oe::to_json,
    dictionary: &oe::DICTIONARY,
};

const MD: Codec = Codec {
    check: |bytes, checks| md::decode(bytes, checks).map(|frame| frame.message.name()),
    again: |bytes, checks| {
        let mut out = Vec::new();
        md::decode(bytes, checks)?.encode(&mut out)?;
        Ok(out)
    },
    json: md::to_json,
    dictionary: &md::DICTIONARY,
};

fn codec_of(name: &str) -> Codec {
    let known = |codec: &Codec| {
        codec
            .dictionary
            .messages
            .iter()
            .any(|(_, layout)| layout.name == name)
    };
    if known(&OE) { OE } else { MD }
}

/// Body to message: BeginString, BodyLength and CheckSum put around it.
fn framed(body: &str) -> Vec<u8> {
    let body = text::from_pipes(body);
    let mut message = format!("8=FIX.4.4\u{1}9={}\u{1}", body.len()).into_bytes();
    message.extend(body);
    let sum = message.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    message.extend(format!("10={sum:03}\u{1}").into_bytes());
    message
}

#[test]
fn every_example_is_read_and_written_without_loss() {
    let examples = examples();
    assert_eq!(examples.len(), 28);
    for (name, bytes) in examples {
        let codec = codec_of(&name);
        assert_eq!(
            (codec.check)(&bytes, Checks::On),
            Ok(Some(codec_name(&name))),
            "{name}"
        );
        let again = (codec.again)(&bytes, Checks::On).expect("it can be written");
        let original = RawMessage::parse(&bytes, Checks::On).expect("framed");
        let written = RawMessage::parse(&again, Checks::On).expect("framed by us");
        assert_eq!(
            view::differences(&original, &written, codec.dictionary),
            Ok(vec![]),
            "{name}"
        );
        // No two fields were lost together: the number of fields is the same too.
        let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == 1).count();
        assert_eq!(count(&bytes), count(&again), "{name}");
        assert_eq!((codec.again)(&again, Checks::On), Ok(again), "writing is stable");
    }
}

fn codec_name(name: &str) -> &'static str {
    let all = OE.dictionary.messages.iter().chain(MD.dictionary.messages);
    all.map(|(_, layout)| layout.name)
        .find(|known| *known == name)
        .expect("a message of a dictionary")
}

#[test]
fn messages_edited_by_hand_are_refused_and_can_still_be_looked_at() {
    let wrong_sum = [
        "NewOrderSingle",
        "ExecutionReport",
        "OrderCancelRequest",
        "OrderCancelReject",
        "NewOrderList",
    ];
    for (name, bytes) in examples() {
        if !wrong_sum.contains(&name.as_str()) {
            continue;
        }
        let edited = text::from_pipes(&text::to_pipes(&bytes).replace("ABCDEF", "LTCBNB"));
        let refused = (OE.check)(&edited, Checks::On);
        assert!(
            matches!(refused, Err(FixError::CheckSum { .. })),
            "{name}: {refused:?}"
        );
        assert!((OE.check)(&edited, Checks::Off).is_ok());
    }
    let edited = text::from_pipes(
        "8=FIX.4.4|9=0000107|35=W|49=SPOT|56=EXAMPLE|34=34|52=20241019-05:41:52.867164|262=BOOK_TICKER_1_2|\
         55=BNBBUSD|25044=0|268=0|10=151|",
    );
    assert_eq!(
        (MD.check)(&edited, Checks::On),
        Err(FixError::BodyLength {
            stated: 107,
            found: 103
        })
    );
    assert_eq!((MD.check)(&edited, Checks::Off), Ok(Some("MarketDataSnapshot")));
}

#[test]
fn an_execution_report_has_typed_fields() {
    let (_, bytes) = examples()
        .into_iter()
        .find(|(name, _)| name == "ExecutionReport")
        .expect("example");
    let (header, report) = oe::decode_as::<oe::ExecutionReport<'_>>(&bytes).expect("decodes");
    assert_eq!(header.msg_seq_num, 2);
    assert_eq!(header.sending_time.to_string(), "20240611-09:01:46.228950");
    assert_eq!(header.sending_time.as_micros(), 1_718_096_506_228_950);
    assert_eq!(report.cl_ord_id, Some("1718096506197867067"));
    assert_eq!(report.side, oe::Side::Buy);
    assert_eq!(
        report.order_qty.map(|quantity| quantity.to_string()).as_deref(),
        Some("5.00000000")
    );
    assert_eq!(report.time_in_force, Some(oe::TimeInForce::FillOrKill));
    assert_eq!(
        report.self_trade_prevention_mode,
        Some(oe::SelfTradePreventionMode::None)
    );
    assert_eq!(report.working_indicator, Some(true));
    assert_eq!(report.misc_fees, None);
    let wrong = oe::decode_as::<oe::Logon<'_>>(&bytes);
    assert_eq!(
        wrong,
        Err(FixError::MsgType {
            expected: "A",
            found: "8".to_owned()
        })
    );
}

#[test]
fn groups_nest() {
    let (_, bytes) = examples()
        .into_iter()
        .find(|(name, _)| name == "ListStatus")
        .expect("example");
    let (_, status) = oe::decode_as::<oe::ListStatus<'_>>(&bytes).expect("decodes");
    let orders = status.orders.expect("a group");
    assert_eq!(orders.len(), 2);
    assert_eq!(orders[0].list_triggering_instructions, None);
    let instructions = orders[1]
        .list_triggering_instructions
        .as_deref()
        .expect("a nested group");
    assert_eq!(
        instructions[0].list_trigger_action,
        oe::ListTriggerAction::Release
    );
    // The symbol of the message and those of its orders are different fields.
    assert_eq!((status.symbol, orders[0].symbol), (Some("BTCUSDT"), "BTCUSDT"));

    let (_, bytes) = examples()
        .into_iter()
        .find(|(name, _)| name == "MarketDataIncrementalRefresh")
        .expect("example");
    let (_, refresh) = md::decode_as::<md::MarketDataIncrementalRefresh<'_>>(&bytes).expect("decodes");
    let symbols: Vec<_> = refresh.md_entries.iter().map(|entry| entry.symbol).collect();
    assert_eq!(symbols, [Some("BNBBUSD"), None, None]);
}

#[test]
fn a_request_is_written_in_the_dictionarys_order() {
    let time = FixTimestamp::from_millis(1_718_096_506_228);
    let header = oe::Header::new(oe::HeaderRequired {
        sender_comp_id: "qNXO12fH",
        target_comp_id: "SPOT",
        msg_seq_num: 2,
        sending_time: time,
    });
    let order = oe::NewOrderSingle::new("1", oe::OrdType::Limit, oe::Side::Buy, "BTCUSDT")
        .order_qty("5.10".parse().expect("decimal"))
        .price("0.00000001".parse().expect("decimal"))
        .time_in_force(oe::TimeInForce::FillOrKill);
    let mut out = b"before".to_vec();
    let bytes = oe::encode(&header, &order, &mut out).expect("encodes").to_vec();
    let expected = framed(
        "35=D|49=qNXO12fH|56=SPOT|34=2|52=20240611-09:01:46.228|11=1|38=5.10|40=2|44=0.00000001|54=1|55=BTCUSDT|59=4|",
    );
    assert_eq!(text::to_pipes(&bytes), text::to_pipes(&expected));
    assert_eq!(out, [b"before".as_slice(), &bytes].concat());
    assert_eq!(oe::decode_as(&bytes), Ok((header, order)));
}

#[test]
fn text_cannot_smuggle_fields_in() {
    let header = oe::Header::new(oe::HeaderRequired {
        sender_comp_id: "A",
        target_comp_id: "SPOT",
        msg_seq_num: 1,
        sending_time: FixTimestamp::EPOCH,
    });
    let order = oe::NewOrderSingle::new("1\u{1}38=1000", oe::OrdType::Market, oe::Side::Sell, "BTCUSDT");
    let mut out = vec![7];
    let refused = oe::encode(&header, &order, &mut out).map(<[u8]>::to_vec);
    assert_eq!(refused.map_err(|error| error.tag()), Err(Some(11)));
    assert_eq!(out, [7]);
}

#[test]
fn data_may_contain_any_byte() {
    let header = oe::Header::new(oe::HeaderRequired {
        sender_comp_id: "A",
        target_comp_id: "SPOT",
        msg_seq_num: 1,
        sending_time: FixTimestamp::EPOCH,
    });
    let logon = oe::Logon::new(oe::LogonRequired {
        encrypt_method: oe::EncryptMethod::None,
        heart_bt_int: 30,
        raw_data: b"a\x0110=000\x01|=",
        reset_seq_num_flag: true,
        username: "key",
        message_handling: oe::MessageHandling::Sequential,
    });
    let mut out = Vec::new();
    let bytes = oe::encode(&header, &logon, &mut out).expect("encodes");
    assert_eq!(oe::decode_as(bytes), Ok((header, logon)));
    for (body, tag) in [
        ("35=A|49=A|56=B|34=1|52=20240611-09:01:46|108=30|96=x|", 96),
        ("35=A|49=A|56=B|34=1|52=20240611-09:01:46|108=30|95=5|96=x|", 95),
        (
            "35=A|49=A|56=B|34=1|52=20240611-09:01:46|108=30|95=18446744073709551615|96=x|",
            95,
        ),
        ("35=A|49=A|56=B|34=1|52=20240611-09:01:46|108=30|95=1|", 96),
        ("35=A|49=A|56=B|34=1|52=20240611-09:01:46|95=1|108=30|96=x|", 96),
    ] {
        assert_eq!(
            (OE.check)(&framed(body), Checks::On).map_err(|error| error.tag()),
            Err(Some(tag)),
            "{body}"
        );
    }
}

#[test]
fn what_a_dictionary_does_not_know_is_kept() {
    let head = "34=1|49=A|52=20240611-09:01:46|56=B";
    for body in [
        // A field, data with its length, a field in an entry, in the last entry, and a whole message.
        format!("35=0|{head}|112=x|25999=y|"),
        format!("35=0|{head}|95=3|96=a\u{1}b|"),
        format!(
            "35=8|{head}|40=2|54=1|55=X|150=0|14=0|32=0|39=0|136=2|137=1|138=B|25999=q|139=4|137=2|138=B|139=9|"
        ),
        format!("35=8|{head}|40=Z|54=1|55=X|150=0|14=0|32=0|39=zz|136=1|137=1|138=B|139=4|25999=q|"),
        format!("35=ZZ|{head}|1=a|1=b|"),
        // A header field behind the body.
        format!("35=0|{head}|112=x|25000=5000|"),
    ] {
        let bytes = framed(&body);
        let again = (OE.again)(&bytes, Checks::On).unwrap_or_else(|error| panic!("{body}: {error}"));
        let (left, right) = (
            RawMessage::parse(&bytes, Checks::On),
            RawMessage::parse(&again, Checks::On),
        );
        let found = view::differences(&left.expect("framed"), &right.expect("framed"), OE.dictionary);
        assert_eq!(found, Ok(vec![]), "{body}");
    }
    let bytes = framed(&format!("35=0|{head}|112=x|25000=5000|"));
    let (header, heartbeat) = oe::decode_as::<oe::Heartbeat<'_>>(&bytes).expect("decodes");
    assert!(header.recv_window.is_some() && heartbeat.extra.is_empty());
}

#[test]
fn faults_are_named() {
    let head = "34=1|49=A|52=20240611-09:01:46|56=B";
    let report = "40=2|54=1|55=X|150=0|14=0|32=0|39=0";
    for (body, tag, reason) in [
        (format!("35=8|{head}|40=2|55=X|150=0|14=0|32=0|39=0|"), 54, 1),
        (format!("35=8|{head}|{report}|54=1|"), 54, 13),
        (format!("35=8|{head}|{report}|34=1|"), 34, 13),
        (format!("35=8|{head}|{report}|35=8|"), 35, 13),
        (format!("35=8|{head}|{report}|44=1e5|"), 44, 6),
        (format!("35=8|{head}|{report}|636=y|"), 636, 6),
        (format!("35=8|{head}|{report}|60=20240230-00:00:00|"), 60, 6),
        (format!("35=8|{head}|{report}|137=1|"), 137, 14),
        (format!("35=8|{head}|{report}|136=2|137=1|138=B|139=4|"), 136, 16),
        (
            format!("35=8|{head}|{report}|136=4294967295|137=1|138=B|139=4|"),
            136,
            16,
        ),
        (format!("35=8|{head}|{report}|136=18446744073709551615|"), 136, 16),
        (
            format!("35=8|{head}|{report}|136=1|137=1|138=B|139=4|137=1|"),
            137,
            14,
        ),
        (
            format!("35=8|{head}|{report}|136=1|137=1|138=B|138=B|139=4|"),
            138,
            13,
        ),
        (format!("35=8|{head}|{report}|136=1|137=1|138=B|"), 139, 1),
        ("35=0|34=1|49=A|56=B|".to_owned(), 52, 1),
    ] {
        let error = (OE.check)(&framed(&body), Checks::On).expect_err(&body);
        assert_eq!(
            (error.tag(), error.session_reject_reason()),
            (Some(tag), Some(reason)),
            "{body}: {error}"
        );
    }
}

#[test]
fn an_empty_value_is_an_error_that_names_field_and_message() {
    let head = "34=1|49=A|52=20240611-09:01:46|56=B";
    for (body, tag, message) in [
        // Text that a message requires, text that it may lack, a number, a code, and a field of the header.
        (format!("35=D|{head}|11=1|55=|54=1|40=1|"), 55, "NewOrderSingle"),
        (
            format!("35=8|{head}|40=2|54=1|55=X|150=0|14=0|32=0|39=0|58=|"),
            58,
            "ExecutionReport",
        ),
        (
            format!("35=D|{head}|11=1|38=|55=X|54=1|40=1|"),
            38,
            "NewOrderSingle",
        ),
        (format!("35=D|{head}|11=1|55=X|54=|40=1|"), 54, "NewOrderSingle"),
        (
            "35=0|34=1|49=|52=20240611-09:01:46|56=B|".to_owned(),
            49,
            "Heartbeat",
        ),
        // In an entry, in a field that the dictionary does not have, as data behind its length, and in a message
        // that the dictionary does not have.
        (format!("35=N|{head}|73=1|55=|37=5|11=w|"), 55, "ListStatus"),
        (format!("35=0|{head}|9999=|"), 9999, "Heartbeat"),
        (format!("35=A|{head}|98=0|95=0|96=|108=30|"), 96, "Logon"),
        (format!("35=ZZ|{head}|58=|"), 58, "message"),
    ] {
        let bytes = framed(&body);
        let offset = text::to_pipes(&bytes)
            .find(&format!("|{tag}=|"))
            .expect("the field")
            + tag.to_string().len()
            + 2;
        let expected = FixError::EmptyValue { tag, message, offset };
        assert_eq!((OE.check)(&bytes, Checks::On), Err(expected.clone()), "{body}");
        assert_eq!(
            (OE.json)(&bytes, Checks::On, &mut String::new()),
            Err(expected.clone()),
            "{body}"
        );
        assert_eq!(expected.session_reject_reason(), Some(4));
        assert_eq!(
            expected.to_string(),
            format!("field {tag} of {message} has no value, at byte {offset}")
        );
    }
}

#[test]
fn an_empty_value_is_not_written() {
    let header = oe::Header::new(oe::HeaderRequired {
        sender_comp_id: "A",
        target_comp_id: "SPOT",
        msg_seq_num: 1,
        sending_time: FixTimestamp::EPOCH,
    });
    let mut out = vec![7];
    let order = oe::NewOrderSingle::new("1", oe::OrdType::Market, oe::Side::Sell, "");
    let refused = oe::encode(&header, &order, &mut out).map(<[u8]>::to_vec);
    assert_eq!(refused.map_err(|error| error.tag()), Err(Some(55)));
    let logon = oe::Logon::new(oe::LogonRequired {
        encrypt_method: oe::EncryptMethod::None,
        heart_bt_int: 30,
        raw_data: b"",
        reset_seq_num_flag: true,
        username: "key",
        message_handling: oe::MessageHandling::Sequential,
    });
    let refused = oe::encode(&header, &logon, &mut out).map(<[u8]>::to_vec);
    assert_eq!(refused.map_err(|error| error.tag()), Err(Some(96)));
    assert_eq!(out, [7]);
}

#[test]
fn the_json_view_has_names_text_and_arrays() {
    let bytes = framed(
        "35=N|49=SPOT|56=E|34=2|52=20240607-02:19:07.8|55=B|73=2|55=C|37=52|11=w|55=C|37=53|11=p|\
                        25010=1|25011=3|25012=0|25013=1|429=4|431=3|25999=\"|",
    );
    let mut json = String::new();
    oe::to_json(&bytes, Checks::On, &mut json).expect("decodes");
    let value: Value = serde_json::from_str(&json).expect("JSON");
    let stated = RawMessage::parse(&bytes, Checks::On).expect("framed");
    assert_eq!(
        value,
        serde_json::json!({
            "BeginString": "FIX.4.4", "BodyLength": stated.body_length().to_string(), "MsgType": "N",
            "SenderCompID": "SPOT", "TargetCompID": "E", "MsgSeqNum": "2", "SendingTime": "20240607-02:19:07.8",
            "Symbol": "B",
            "NoOrders": [
                {"Symbol": "C", "OrderID": "52", "ClOrdID": "w"},
                {"Symbol": "C", "OrderID": "53", "ClOrdID": "p", "NoListTriggeringInstructions": [
                    {"ListTriggerType": "3", "ListTriggerTriggerIndex": "0", "ListTriggerAction": "1"},
                ]},
            ],
            "ListStatusType": "4", "ListOrderStatus": "3", "25999": "\"",
            "CheckSum": std::str::from_utf8(stated.check_sum()).expect("digits"),
        })
    );
}

#[test]
fn cut_messages_are_errors() {
    for (name, bytes) in examples() {
        let codec = codec_of(&name);
        for end in 0..bytes.len() {
            let cut = bytes.get(..end).expect("in range");
            assert!((codec.check)(cut, Checks::On).is_err(), "{name} cut at {end}");
            // Without checks a cut message may read; it must not panic.
            let _ = (codec.check)(cut, Checks::Off);
            assert_eq!(
                binance_wire_fix::next_frame(cut, 4096),
                Ok(None),
                "{name} cut at {end}"
            );
        }
        assert_eq!(binance_wire_fix::next_frame(&bytes, 4096), Ok(Some(bytes.len())));
    }
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8]) {
        for codec in [OE, MD] {
            for checks in [Checks::On, Checks::Off] {
                let mut json = String::new();
                let viewed = (codec.json)(bytes, checks, &mut json);
                let read = (codec.again)(bytes, checks);
                if read.is_ok() {
                    assert_eq!(viewed, Ok(()));
                    assert!(serde_json::from_str::<Value>(&json).is_ok(), "{json}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            all(&bytes);
            let mut framed = b"8=FIX.4.4\x019=10\x0135=8\x01".to_vec();
            framed.extend(&bytes);
            framed.extend(b"\x0110=000\x01");
            all(&framed);
            if let Err(error) = binance_wire_fix::next_frame(&bytes, 4096) {
                prop_assert!(error.resync > 0 && error.resync <= bytes.len());
            }
        }

        #[test]
        fn changed_examples_do_no_harm(
            index in 0..28_usize,
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let (_, mut bytes) = examples().swap_remove(index);
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            all(&bytes);
        }

        #[test]
        fn fields_in_any_order_do_no_harm(
            index in 0..28_usize,
            order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..60),
        ) {
            let (_, bytes) = examples().swap_remove(index);
            let text = text::to_pipes(&bytes);
            let body: Vec<&str> = text.trim_end_matches('|').split('|').skip(3).collect();
            let kind = text.split('|').nth(2).unwrap_or_default();
            let picked: Vec<&str> = order.iter().map(|at| body[at.index(body.len() - 1)]).collect();
            all(&framed(&format!("{kind}|{}|", picked.join("|"))));
        }

        #[test]
        fn orders_round_trip(
            id in "[ -~é]{1,36}", symbol in "[A-Z0-9]{1,12}", mantissa in any::<i64>(), scale in 0_u32..19,
            sequence in any::<u32>(), micros in -62_167_219_200_000_000_i64..253_402_300_800_000_000,
            strategy in any::<Option<i64>>(), sor in any::<Option<bool>>(),
        ) {
            let header = oe::Header::new(oe::HeaderRequired { sender_comp_id: "me", target_comp_id: "SPOT", msg_seq_num: sequence, sending_time: FixTimestamp::from_micros(micros) });
            let mut order = oe::NewOrderSingle::new(&id, oe::OrdType::StopLimit, oe::Side::Sell, &symbol)
                .price(binance_wire_core::Decimal::new(mantissa, scale));
            order.strategy_id = strategy;
            order.sor = sor;
            let mut out = Vec::new();
            let bytes = oe::encode(&header, &order, &mut out).expect("encodes");
            prop_assert_eq!(oe::decode_as(bytes), Ok((header, order)));
        }

        #[test]
        fn groups_round_trip(levels in proptest::collection::vec((any::<u32>(), any::<Option<u32>>(), any::<bool>()), 0..40)) {
            let header = md::Header::new(md::HeaderRequired { sender_comp_id: "SPOT", target_comp_id: "me", msg_seq_num: 1, sending_time: FixTimestamp::from_millis(1) });
            let entries = levels
                .iter()
                .map(|(price, size, bid)| {
                    let kind = if *bid { md::MdEntryType::Bid } else { md::MdEntryType::Offer };
                    let mut entry = md::MarketDataIncrementalRefreshMdEntryGroup::new(
                        md::MdUpdateAction::Change,
                        (*price).into(),
                        kind,
                    );
                    entry.md_entry_size = size.map(Into::into);
                    entry
                })
                .collect();
            let refresh = md::MarketDataIncrementalRefresh::new("id", entries);
            let mut out = Vec::new();
            let bytes = md::encode(&header, &refresh, &mut out).expect("encodes");
            prop_assert_eq!(md::decode_as(bytes), Ok((header, refresh)));
        }
    }
}

/// What a client must send is taken by the constructor; the exchange's answer may come without it.
#[test]
fn a_logon_of_the_exchange_lacks_what_a_client_sends() {
    let bytes = framed("35=A|49=SPOT|56=A|34=1|52=20240611-09:01:46|98=0|108=30|25037=an-id|");
    let (_, logon) = oe::decode_as::<oe::Logon<'_>>(&bytes).expect("an answer");
    assert_eq!(
        (logon.username, logon.raw_data, logon.message_handling),
        (None, None, None)
    );
    assert_eq!(logon.uuid, Some("an-id"));
}
