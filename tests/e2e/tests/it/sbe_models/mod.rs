//! One model, two encodings: a message in SBE and the exchange's JSON for it become equal values.

mod http;
mod pairs;
mod random;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use binance_wire_core::{FromJson, Nullable, Operation, json};
use binance_wire_model::api::Product;
use binance_wire_model::read;
use binance_wire_model::sbe::Schema;
use binance_wire_model::source::SourceFile;
use binance_wire_spot::models::{CancelOutcome, NewOrderOutcome};
use binance_wire_spot::{models, requests, sbe};
use random::{Random, Writer};
use serde_json::Value;
use view::exchange_json;

/// How many random messages of each template are compared.
const MESSAGES: usize = 200;

fn source(path: &str) -> SourceFile {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../specs")
        .join(path);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    SourceFile {
        path: path.to_owned(),
        text,
    }
}

fn schema() -> Schema {
    read::sbe::read_schema(&source("spot/sbe/spot.xml"))
        .expect("the schema")
        .0
}

fn product() -> Product {
    let files = [
        "spot/rest.yaml",
        "spot/ws-api.yaml",
        "spot/ws-streams.yaml",
        "shared/enums.yaml",
    ]
    .map(source);
    read::openapi::read_product("spot", &files).expect("the specs").0
}

/// The template and the message of the JSON view.
fn shown(bytes: &[u8]) -> (String, Value) {
    let view = sbe::spot::json_view(bytes).expect("a whole message");
    let mut view: Value = serde_json::from_str(&view).expect("JSON");
    (
        view["template"].as_str().expect("a template").to_owned(),
        view["message"].take(),
    )
}

type Decoded = Result<String, String>;

/// The two decoders of an operation, their results as text; equality is that of the type.
struct Codec {
    request: &'static str,
    sbe: fn(&[u8]) -> Decoded,
    same: fn(&[u8], &str) -> Result<(), String>,
}

fn decoded<O: Operation>(bytes: &[u8]) -> Decoded
where
    O::Response: std::fmt::Debug,
{
    let decode = O::SBE.expect("an SBE form");
    decode(bytes)
        .map(|value| format!("{value:?}"))
        .map_err(|error| error.to_string())
}

fn same<T: FromJson + PartialEq + std::fmt::Debug>(
    sbe: Result<T, binance_wire_core::DecodeError>,
    text: &str,
) -> Result<(), String> {
    let sbe = sbe.map_err(|error| format!("SBE: {error}"))?;
    let json = json::from_str::<T>(text).map_err(|error| format!("JSON: {error}"))?;
    if sbe == json {
        Ok(())
    } else {
        Err(format!("unequal\nSBE  {sbe:?}\nJSON {json:?}"))
    }
}

macro_rules! codecs {
    ($($request:ident)*) => {
        &[$(Codec {
            request: stringify!($request),
            sbe: decoded::<requests::$request>,
            same: |bytes, text| {
                same(<requests::$request as Operation>::SBE.expect("an SBE form")(bytes), text)
            },
        },)*]
    };
}

const CODECS: &[Codec] = codecs! {
    AccountCommission AggTrades AllOrderLists AllOrders AvgPrice CancelAllOpenOrders CancelOrder CancelOrderList Depth
    ExchangeInfo ExecutionRules Account OpenOrders QueryOrder QueryOrderList Trades HistoricalBlockTrades
    HistoricalTrades Klines MyAllocations MyFilters MyPreventedMatches MyTrades NewOrder OpenOrderLists
    OrderAmendKeepPriority OrderAmendments OrderCancelReplace OrderListOco OrderListOpo OrderListOpoco OrderListOto
    OrderListOtoco OrderListPlace OrderOco TestOrder Ping RateLimitOrder ReferencePrice ReferencePriceCalculation
    SessionLogon SessionLogout SessionStatus SessionSubscriptions SorOrder SorOrderPlace SorOrderTest Ticker Ticker24hr
    BookTicker TickerPrice TickerTradingDay Time UiKlines UserDataStreamSubscribe
    UserDataStreamSubscribeSignature UserDataStreamUnsubscribe
};

/// The messages that answer each request, as the specs say.
fn answers(product: &Product) -> BTreeMap<String, Vec<String>> {
    let mut answers = BTreeMap::new();
    for operation in product
        .operations
        .iter()
        .filter(|operation| !operation.sbe.is_empty())
    {
        let id = operation.twin.as_deref().unwrap_or(&operation.id);
        answers.insert(binance_wire_codegen::names::pascal(id), operation.sbe.clone());
    }
    answers
}

#[test]
fn every_operation_with_an_sbe_answer_is_compared() {
    let known: BTreeSet<&str> = CODECS.iter().map(|codec| codec.request).collect();
    let answers = answers(&product());
    let reported: BTreeSet<&str> = answers.keys().map(String::as_str).collect();
    assert_eq!(known, reported);
}

#[test]
fn answers_in_sbe_equal_those_in_json() {
    let (schema, answers) = (schema(), answers(&product()));
    let mut writer = Writer {
        schema: &schema,
        random: Random::new(1),
        failures: false,
    };
    let mut compared = BTreeMap::new();
    for codec in CODECS {
        for template in &answers[codec.request] {
            for round in 0..MESSAGES {
                let bytes = writer.message(template);
                let (shown_template, message) = shown(&bytes);
                assert_eq!(&shown_template, template);
                let text = exchange_json(template, message).to_string();
                if let Err(why) = (codec.same)(&bytes, &text) {
                    panic!("{} {template} #{round}: {why}\n{text}", codec.request);
                }
                *compared.entry(template.clone()).or_insert(0) += 1;
            }
        }
    }
    assert!(compared.len() >= 55, "{} templates", compared.len());
    assert!(compared.values().all(|&count| count >= MESSAGES));
}

#[test]
fn user_data_events_in_sbe_equal_those_in_json() {
    let schema = schema();
    let mut writer = Writer {
        schema: &schema,
        random: Random::new(2),
        failures: false,
    };
    for (template, tag) in [
        ("BalanceUpdateEvent", "balanceUpdate"),
        ("EventStreamTerminatedEvent", "eventStreamTerminated"),
        ("ExecutionReportEvent", "executionReport"),
        ("ExternalLockUpdateEvent", "externalLockUpdate"),
        ("ListStatusEvent", "listStatus"),
        ("OutboundAccountPositionEvent", "outboundAccountPosition"),
    ] {
        for round in 0..MESSAGES {
            let bytes = writer.message(template);
            let mut message = exchange_json(template, shown(&bytes).1);
            message["e"] = tag.into();
            let text = message.to_string();
            if let Err(why) = same::<models::UserDataEvent>(sbe::user_data_event(&bytes), &text) {
                panic!("{template} #{round}: {why}\n{text}");
            }
        }
    }
}

#[test]
fn errors_carry_code_text_time_and_data() {
    let schema = schema();
    let mut writer = Writer {
        schema: &schema,
        random: Random::new(3),
        failures: true,
    };
    let format = sbe::format();
    assert_eq!((format.schema_id, format.version), (schema.id, schema.version));
    let (mut with_data, mut with_time) = (0, 0);
    for _ in 0..MESSAGES {
        let bytes = writer.message("ErrorResponse");
        let (_, message) = shown(&bytes);
        let body = (format.decode_error)(&bytes).expect("an error");
        assert_eq!(message["code"], body.code.0);
        assert_eq!(message["msg"], body.message.as_str());
        assert_eq!(
            message.get("retryAfter").and_then(Value::as_i64),
            body.retry_at.map(|time| time.as_micros())
        );
        with_time += usize::from(body.retry_at.is_some());
        match message.get("data") {
            None => assert!(body.data.is_none()),
            Some(data) => {
                let json = exchange_json("CancelReplaceOrderResponse", data.clone()).to_string();
                let mut json: models::CancelReplaceErrorData =
                    json::from_str(&json).expect("the data in JSON");
                // What comes with a refusal is kept from JSON; the message in SBE has no place for it in the type.
                if let Some(Nullable::Value(CancelOutcome::CancelReplaceFailure(refusal))) =
                    &mut json.cancel_response
                {
                    refusal.raw = Default::default();
                }
                if let Some(Nullable::Value(NewOrderOutcome::CancelReplaceFailure(refusal))) =
                    &mut json.new_order_response
                {
                    refusal.raw = Default::default();
                }
                let sbe = body
                    .data
                    .expect("data")
                    .decode::<models::CancelReplaceErrorData>();
                assert_eq!(sbe.expect("the data in SBE"), json);
                with_data += 1;
            }
        }
    }
    assert!(with_data > 20 && with_time > 20);
    assert!((format.decode_error)(&writer.message("PingResponse")).is_none());
}

#[test]
fn damaged_messages_are_errors_and_never_panics() {
    let (schema, answers) = (schema(), answers(&product()));
    let mut writer = Writer {
        schema: &schema,
        random: Random::new(4),
        failures: true,
    };
    let mut damage = Random::new(5);
    let decode_error = sbe::format().decode_error;
    for codec in CODECS {
        for template in &answers[codec.request] {
            for _ in 0..5 {
                let bytes = writer.message(template);
                for end in 0..bytes.len().min(400) {
                    let cut = (codec.sbe)(&bytes[..end]);
                    assert!(
                        cut.is_err(),
                        "{template} cut to {end} of {} bytes: {cut:?}",
                        bytes.len()
                    );
                }
                let mut longer = bytes.clone();
                longer.push(0);
                assert!((codec.sbe)(&longer).is_err(), "{template} with a byte too many");
                for _ in 0..40 {
                    let mut garbage = bytes.clone();
                    for _ in 0..=damage.below(4) {
                        let at = damage.below(garbage.len() as u64) as usize;
                        garbage[at] = damage.next() as u8;
                    }
                    // Whatever comes of it, it comes as a value.
                    let _ = (codec.sbe)(&garbage);
                    let _ = sbe::user_data_event(&garbage);
                    let _ = decode_error(&garbage);
                }
            }
        }
    }
}

#[test]
fn another_template_or_schema_is_an_error() {
    let schema = schema();
    let mut writer = Writer {
        schema: &schema,
        random: Random::new(6),
        failures: false,
    };
    let ping = writer.message("PingResponse");
    let depth = <requests::Depth as Operation>::SBE.expect("an SBE form");
    assert_eq!(
        depth(&ping).unwrap_err().to_string().split(" at ").next(),
        Some("template 101 instead of 200")
    );
    let mut other = ping.clone();
    other[4] = 1;
    let ping = <requests::Ping as Operation>::SBE.expect("an SBE form");
    assert!(
        ping(&other)
            .unwrap_err()
            .to_string()
            .contains("schema 1 instead of 3")
    );
}
