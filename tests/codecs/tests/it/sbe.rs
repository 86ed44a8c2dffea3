//! The generated SBE codecs of Spot: messages of every schema version, samples, views, hostile input.

use binance_wire_core::{Decimal, Timestamp};
use binance_wire_sbe::{
    Dimensions, EncodeBody, Encoder, Header, MessageView, Presence, SbeErrorKind, Scaled,
};
use binance_wire_spot::sbe::{fix, spot, stream};
use fix::EncodeFramed;
use proptest::prelude::*;
use serde_json::Value;
use spot::EncodeMessage;

fn encode(message: &impl EncodeMessage) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes).expect("the message can be encoded");
    bytes
}

fn view(bytes: &[u8]) -> Value {
    let json = spot::json_view(bytes).expect("the message has a view");
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// The sample Logon of the FIX SBE documentation.
const LOGON: &str = "d100000050eb0e00284e0100000001000000587a5f99db1b0600001e0000000102ffffffffffffff\
    074558414d504c450453504f545800344d4858656c565663706b6477754c626c366e3733485155585566316473653250436754314459\
    715739773841565a3152414346474d2b3555646c4750725148726774533343767352555243316f6a37336a386743413d3d4000734252\
    58724a783244734f72614d584f61556f764568675652636a4f76437451776e576a3856786b4f68317871626f533032535047664b6932\
    683873705a4a62";

#[test]
fn the_sample_logon_decodes_as_documented_and_encodes_to_its_bytes() {
    let frame = hex::decode(LOGON.replace(char::is_whitespace, "")).expect("digits");
    assert_eq!(frame.len(), 209);
    let (session, message) = fix::Message::decode_frame(&frame).expect("the sample is whole");
    assert_eq!(
        session.header,
        Header {
            block_length: 14,
            template_id: 20008,
            schema_id: 1,
            version: 0
        }
    );
    assert_eq!(session.seq_num, 1);
    assert_eq!(
        session.sending_time,
        Timestamp::from_micros(1_719_479_845_223_000)
    );
    let fix::Message::Logon(logon) = message else {
        panic!("a Logon")
    };
    let owned = logon.into_owned().expect("texts are UTF-8");
    assert_eq!(owned.encrypt_method, Some(0));
    assert_eq!(owned.heart_bt_int, 30);
    assert_eq!(owned.reset_seq_num_flag, Some(fix::BoolEnum::True));
    assert_eq!(owned.message_handling, Some(fix::MessageHandling::Sequential));
    assert_eq!(
        (
            owned.response_mode,
            owned.execution_report_type,
            owned.drop_copy_flag
        ),
        (None, None, None)
    );
    assert_eq!(owned.recv_window, None);
    assert_eq!(
        (owned.sender_comp_id.as_str(), owned.target_comp_id.as_str()),
        ("EXAMPLE", "SPOT")
    );
    assert_eq!((owned.raw_data.len(), owned.username.len()), (88, 64));

    let mut again = Vec::new();
    owned
        .encode(session.seq_num, session.sending_time, &mut again)
        .expect("it fits");
    // The sample is of version 0 of the schema; what we send is of our own version.
    let mut expected = frame.clone();
    expected[12..14].copy_from_slice(&fix::SCHEMA.version.to_le_bytes());
    assert_eq!(again, expected);

    let view: Value = serde_json::from_str(&fix::json_view(&frame).expect("a view")).expect("JSON");
    assert_eq!(view["template"], "Logon");
    assert_eq!(view["message"]["MessageHandling"], "Sequential");
    assert_eq!(view["message"]["ResetSeqNumFlag"], true);
    assert!(view["message"].get("RecvWindow").is_none());
    assert_eq!(fix::json_view(&frame[6..]), fix::json_view(&frame));
}

#[test]
fn every_cut_of_a_frame_is_an_error() {
    let frame = hex::decode(LOGON.replace(char::is_whitespace, "")).expect("digits");
    for length in 0..frame.len() {
        assert!(fix::Message::decode_frame(&frame[..length]).is_err());
        assert!(fix::json_view(&frame[..length]).is_err());
    }
}

/// An OrderResponse as each version of the schema sends it.
fn order_response(version: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let block_length = match version {
        0 => 151,
        1..=3 => 162,
        _ => 163,
    };
    Header {
        block_length,
        template_id: 304,
        schema_id: 3,
        version,
    }
    .write(&mut bytes);
    let start = bytes.len();
    let mut e = Encoder::new(&mut bytes);
    e.i8(-2);
    e.i8(-3);
    e.i64(11);
    e.i64(i64::MIN);
    [100, 2000, 500, 25]
        .into_iter()
        .for_each(|mantissa| e.i64(mantissa));
    [1, 0, 1, 0].into_iter().for_each(|raw| e.u8(raw));
    (0..4).for_each(|_| e.i64(i64::MIN));
    e.i64(1);
    e.i64(2);
    e.u8(1);
    e.i64(i64::MIN);
    e.i64(0);
    e.i64(7);
    e.i32(i32::MIN);
    [1, 1, 1].into_iter().for_each(|raw| e.u8(raw));
    e.i64(i64::MIN);
    e.i64(0);
    e.u8(0);
    if version >= 1 {
        [1, 255, 255].into_iter().for_each(|raw| e.u8(raw));
        e.i64(99);
    }
    if version >= 4 {
        e.u8(8);
    }
    assert_eq!(e.written(), usize::from(block_length));
    e.data(1, b"BTCUSDT", "symbol");
    e.data(1, b"mine", "clientOrderId");
    e.finish().expect("it fits");
    assert!(bytes.len() > start);
    bytes
}

#[test]
fn versions_3_0_to_3_5_and_later_decode() {
    for version in 0..=6 {
        let bytes = order_response(version);
        let order = spot::OrderResponseView::decode(&bytes).unwrap_or_else(|e| panic!("3:{version}: {e}"));
        assert_eq!((order.order_id(), order.order_list_id()), (11, None));
        assert_eq!(order.price().to_string(), "1.00");
        assert_eq!(order.orig_qty(), Scaled::new(2000, -3));
        assert_eq!(order.status(), spot::OrderStatus::PartiallyFilled);
        assert_eq!((order.strategy_id(), order.strategy_type()), (Some(7), None));
        assert_eq!(order.symbol(), Ok("BTCUSDT"));
        let pegged = if version >= 1 {
            Presence::Value(Scaled::new(99, -2))
        } else {
            Presence::Absent
        };
        assert_eq!(order.pegged_price(), pegged);
        let offset = if version >= 1 {
            Presence::Null
        } else {
            Presence::Absent
        };
        assert_eq!(order.peg_offset_value(), offset);
        let reason = if version >= 4 {
            Presence::Value(spot::ExpiryReason::ExecutionRulePriceRangeExceeded)
        } else {
            Presence::Absent
        };
        assert_eq!(order.expiry_reason(), reason);
        let view = view(&bytes);
        assert_eq!(view["version"], version);
        assert_eq!(view["message"]["orderListId"], -1);
        assert_eq!(view["message"].get("peggedPrice").is_some(), version >= 1);
        assert_eq!(view["message"].get("expiryReason").is_some(), version >= 4);
        if version == spot::SCHEMA.version {
            assert_eq!(encode(&order.into_owned().expect("all numbers fit")), bytes);
        }
        for length in 0..bytes.len() {
            assert!(spot::OrderResponseView::decode(&bytes[..length]).is_err());
        }
    }
}

fn amended(exponents: (i8, i8)) -> spot::OrderAmendKeepPriorityResponse {
    let price = Decimal::new(5, u32::from(exponents.0.unsigned_abs()));
    let qty = Decimal::new(6, u32::from(exponents.1.unsigned_abs()));
    let mut related = spot::OrderAmendKeepPriorityResponseRelatedOrders::new(
        spot::OrderAmendKeepPriorityResponseRelatedOrdersRequired {
            order_id: 4,
            price,
            qty,
            executed_qty: qty,
            prevented_qty: qty,
            cumulative_quote_qty: price,
            status: spot::OrderStatus::New,
            time_in_force: spot::TimeInForce::Gtc,
            order_type: spot::OrderType::Limit,
            side: spot::OrderSide::Sell,
            order_capacity: spot::OrderCapacity::Principal,
            working_floor: spot::Floor::Exchange,
            self_trade_prevention_mode: spot::SelfTradePreventionMode::None,
            used_sor: true.into(),
            symbol: "BTCUSDT".into(),
        },
    );
    related.order_list_id = Some(9);
    related.stop_price = Some(price);
    related.strategy_type = Some(1);
    related.client_order_id = Some("theirs".into());
    let mut message =
        spot::OrderAmendKeepPriorityResponse::new(spot::OrderAmendKeepPriorityResponseRequired {
            transact_time: Timestamp::from_micros(1),
            execution_id: 2,
            price_exponent: exponents.0,
            qty_exponent: exponents.1,
            order_id: 3,
            price,
            qty,
            executed_qty: qty,
            prevented_qty: qty,
            cumulative_quote_qty: price,
            status: spot::OrderStatus::New,
            time_in_force: spot::TimeInForce::Gtc,
            order_type: spot::OrderType::Limit,
            side: spot::OrderSide::Sell,
            order_capacity: spot::OrderCapacity::Principal,
            working_floor: spot::Floor::Exchange,
            self_trade_prevention_mode: spot::SelfTradePreventionMode::None,
            used_sor: false.into(),
            symbol: "BTCUSDT".into(),
        });
    message.related_orders = vec![related];
    message.client_order_id = Some("mine".into());
    message
}

/// In 3:0 the related orders had exponents of their own at the head of each entry.
#[test]
fn related_orders_of_3_0_are_read_by_their_own_layout() {
    let today = encode(&amended((-2, -3)));
    let root = usize::from(spot::OrderAmendKeepPriorityResponseView::BLOCK_LENGTH);
    let tail = &today[8 + root..];
    // listStatus: no entries; relatedOrders: one of 127 bytes.
    assert_eq!(tail[4..8], [127, 0, 1, 0]);
    let (entry, rest) = tail[8..].split_at(127);
    let mut old = Vec::new();
    let block_length = (root - 11) as u16;
    Header {
        block_length,
        template_id: 317,
        schema_id: 3,
        version: 0,
    }
    .write(&mut old);
    old.extend_from_slice(&today[8..8 + root - 11]);
    old.extend_from_slice(&tail[..4]);
    let mut e = Encoder::new(&mut old);
    e.group(Dimensions::new(2, 2), 118, 1, "relatedOrders");
    e.i8(-4);
    e.i8(-5);
    e.finish().expect("it fits");
    old.extend_from_slice(&entry[..116]);
    old.extend_from_slice(rest);

    let message = spot::OrderAmendKeepPriorityResponseView::decode(&old).expect("3:0 decodes");
    let related = message.related_orders().next().expect("one related order");
    assert_eq!((related.order_id(), related.order_list_id()), (4, Some(9)));
    assert_eq!(
        (related.price(), related.qty()),
        (Scaled::new(5, -4), Scaled::new(6, -5))
    );
    assert_eq!(related.stop_price(), Some(Scaled::new(5, -4)));
    assert_eq!(
        (related.strategy_type(), related.used_sor()),
        (Some(1), spot::BoolEnum::True)
    );
    assert_eq!(related.pegged_price(), Presence::Absent);
    assert_eq!(related.client_order_id(), Ok(Some("theirs")));
    assert_eq!(
        (message.price(), message.symbol()),
        (Scaled::new(5, -2), Ok("BTCUSDT"))
    );
    let view = view(&old);
    assert_eq!(view["message"]["relatedOrders"][0]["price"], "0.0005");
    assert_eq!(view["message"]["price"], "0.05");
}

#[test]
fn a_template_that_was_dropped_or_is_to_come_is_kept_raw() {
    for template_id in [608, 9999] {
        let mut bytes = Vec::new();
        Header {
            block_length: 2,
            template_id,
            schema_id: 3,
            version: 2,
        }
        .write(&mut bytes);
        bytes.extend_from_slice(&[1, 2, 3]);
        let Ok(spot::Message::Unknown(unknown)) = spot::Message::decode(&bytes) else {
            panic!("unknown")
        };
        assert_eq!(
            (unknown.header.template_id, unknown.body),
            (template_id, &[1, 2, 3][..])
        );
        let error = spot::json_view(&bytes).expect_err("no view");
        assert_eq!(error.kind(), &SbeErrorKind::UnknownTemplate { template_id });
    }
}

/// A message of `template_id` that is all zeros, of a version yet to come, so that bytes may be left over.
fn zeros(template_id: u16, schema_id: u16, block_length: u16, session: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    Header {
        block_length,
        template_id,
        schema_id,
        version: 100,
    }
    .write(&mut bytes);
    bytes.resize(bytes.len() + session + usize::from(block_length) + 64, 0);
    bytes
}

#[test]
fn every_template_is_dispatched() {
    let mut known = 0;
    for template_id in 0..1100 {
        let bytes = zeros(template_id, 3, 600, 0);
        let Ok(message) = spot::Message::decode(&bytes) else {
            panic!("template {template_id}")
        };
        if message.template_name().is_some() {
            known += 1;
        }
    }
    assert_eq!(known, 92);
    let known = (0..21_000)
        .filter(|template_id| {
            let bytes = zeros(*template_id, 1, 600, 12);
            matches!(fix::Message::decode(&bytes), Ok(message) if message.template_name().is_some())
        })
        .count();
    assert_eq!(known, 29);
}

fn any_decimal(scale: u32) -> impl Strategy<Value = Decimal> {
    (i64::MIN + 1..i64::MAX).prop_map(move |mantissa| Decimal::from_i128_with_scale(mantissa.into(), scale))
}

proptest! {
    #[test]
    fn new_order_single_comes_back(
        numbers in (any_decimal(2), proptest::option::of(any_decimal(8)), any::<Option<u64>>()),
        raw in any::<(u8, u8, u8)>(),
        text in "\\PC{0,60}",
        seq_num in any::<u32>(),
    ) {
        let mut order = fix::NewOrderSingle::new(fix::NewOrderSingleRequired { price_exponent: -2, qty_exponent: -8, ord_type: fix::OrdType::from_raw(raw.0), side: fix::Side::from_raw(raw.2), cl_ord_id: text.as_str().into(), symbol: "BTCUSDT".into() })
        .price(numbers.0)
        .time_in_force(fix::TimeInForce::GoodTillCancel)
        .target_strategy(-1)
        .sor(true);
        order.order_qty = numbers.1;
        order.exec_inst = Some(raw.1).filter(|raw| *raw != 0).map(fix::ExecInst::from_raw);
        order.trigger_trailing_delta_bips = numbers.2.filter(|number| *number != u64::MAX);
        prop_assume!(text.len() < 256);
        let sending_time = Timestamp::from_micros(1);
        let mut frame = Vec::new();
        order.encode(seq_num, sending_time, &mut frame).expect("it fits");
        let (session, message) = fix::Message::decode_frame(&frame).expect("the frame is whole");
        prop_assert_eq!((session.seq_num, session.sending_time), (seq_num, sending_time));
        let fix::Message::NewOrderSingle(view) = message else { panic!("a NewOrderSingle") };
        prop_assert_eq!(view.into_owned(), Ok(order));
    }

    #[test]
    fn depth_comes_back_and_cuts_are_errors(
        levels in proptest::collection::vec((any_decimal(8), any_decimal(3)), 0..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut depth =
            stream::DepthDiffStreamEvent::new(stream::DepthDiffStreamEventRequired { event_time: Timestamp::from_micros(-1), first_book_update_id: 1, last_book_update_id: i64::MAX, price_exponent: -8, qty_exponent: -3, symbol: "BTCUSDT".into() });
        depth.bids = levels.iter().map(|&(price, qty)| stream::DepthDiffStreamEventBids::new(stream::DepthDiffStreamEventBidsRequired { price, qty })).collect();
        depth.asks = levels.iter().rev().map(|&(price, qty)| stream::DepthDiffStreamEventAsks::new(stream::DepthDiffStreamEventAsksRequired { price, qty })).collect();
        let bytes = encode(&depth);
        let length = cut.index(bytes.len());
        prop_assert!(stream::DepthDiffStreamEventView::decode(&bytes[..length]).is_err());
        let view = stream::DepthDiffStreamEventView::decode(&bytes).expect("the message is whole");
        prop_assert_eq!(view.into_owned(), Ok(depth));
    }

    #[test]
    fn random_bytes_never_panic(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        template in any::<prop::sample::Index>(),
        block_length in 0_u16..200,
        version in 0_u16..8,
    ) {
        let ids: Vec<u16> = (1..1000).collect();
        let mut bytes = Vec::new();
        Header { block_length, template_id: *template.get(&ids), schema_id: 3, version }.write(&mut bytes);
        bytes.extend_from_slice(&body);
        let _ = spot::json_view(&bytes);
        bytes[4] = 1;
        let _ = fix::json_view(&bytes);
        bytes[2..4].copy_from_slice(&(10_000 + u16::from(body.len() as u8 % 4)).to_le_bytes());
        let _ = stream::json_view(&bytes);
        let _ = fix::Message::decode_frame(&body);
    }

    #[test]
    fn damaged_messages_never_panic(
        version in 0_u16..7,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut bytes = order_response(version);
        let mut wrapped = encode(&spot::WebSocketResponse::new(false, 200, "x", encode(&amended((-2, -3)))));
        for (place, byte) in damage {
            let index = place.index(bytes.len());
            bytes[index] = byte;
            let index = place.index(wrapped.len());
            wrapped[index] = byte;
        }
        for bytes in [bytes, wrapped] {
            let _ = spot::json_view(&bytes);
            if let Ok(spot::Message::OrderResponse(order)) = spot::Message::decode(&bytes) {
                let _ = order.into_owned();
            }
        }
    }
}

#[test]
fn block_lengths_are_those_of_the_schema() {
    assert_eq!(spot::OrderResponse::BLOCK_LENGTH, 163);
    assert_eq!(fix::Logon::BLOCK_LENGTH, 14);
    assert_eq!(stream::BestBidAskStreamEvent::BLOCK_LENGTH, 50);
}
