//! `cargo xtask conform`: recorded payloads against the generated types.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use binance_wire_core::json::Reading;
use binance_wire_core::payload::Spellings;
use clap::Args;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::catalog::{self, Kind, Product, Recode, Transport};
use crate::damage::Table;
use crate::json::Json;
use crate::json_compare::{Difference, Strings, compare, differences};
use crate::{Outcome, input};

/// Differences of one row that are printed; the others are counted.
const SHOWN: usize = 3;

/// Check recorded payloads against the generated types
#[derive(Args, Debug)]
#[command(
    long_about = "Checks recorded payloads against the generated types.\n\n\
        Each payload is decoded with the type that the crate has for it, encoded again, and compared: objects without \
        regard to order, numbers exactly by value. Anything lost, changed or added is a failure, reported on one line \
        with the file, the line and the path in the payload. What is kept but spelled differently (x-aliases, a \
        number or boolean as text or bare, a decimal with an exponent) is a note. The last line has the numbers of \
        payloads that passed, that are spelled differently and that failed.\n\n\
        With --damage, each value of each payload is in turn left out, made null, an empty text, a text in place of a \
        number and the other way round, a word, and an unknown value, and each list gets an element that is none. A \
        table counts by kind of damage what is decoded with nothing lost, what is decoded with an element of a list \
        kept raw, what fails at a value that must be there, and what fails otherwise, which is a finding.",
    after_long_help = "A row is one JSON object on one line. Blank lines are skipped:\n\n  \
        {\"product\":\"spot\",\"transport\":\"rest\",\"key\":\"GET /api/v3/time\",\"payload\":{\"serverTime\":1499827319559}}\n\n\
        product    the product's name in specs/, such as usds-futures, or in the exchange's SDKs\n\
        transport  rest, ws_api, ws_streams, fix, server or webhooks\n\
        key        rest: GET /api/v3/depth\n           \
                   ws_api: a method such as order.place, or an event type\n           \
                   ws_streams: a pattern such as <symbol>@aggTrade, a stream's own name such as\n           \
                   btcusdt@aggTrade, or an event type such as executionReport\n           \
                   fix: a message's name such as NewOrderSingle\n           \
                   server: GET /v1/task/completion; webhooks: an event type\n\
        kind       response (the default), event or error; fix has none\n\
        payload    rest: the body; ws_api: the whole frame; streams and events: the payload, bare or in its\n           \
                   wrapper; fix: the message as text with | for SOH\n\n\
        Exit codes: 0 all passed, 1 usage or failures, 101 could not run."
)]
pub struct Arguments {
    /// Files with one row per line; - is standard input
    #[arg(required = true, value_name = "FILE.jsonl")]
    files: Vec<PathBuf>,
    /// Also print members that were kept although no type describes them, and other spellings
    #[arg(long, short)]
    verbose: bool,
    /// Print only counts, one line each: file, transport, kind, passed and failed, separated by tabs
    #[arg(long, conflicts_with = "verbose")]
    tally: bool,
    /// Damage each payload in the documented ways instead, and count what is still decoded; FIX messages apart
    #[arg(long, conflicts_with = "tally")]
    damage: bool,
}

/// One line of a file.
#[derive(Deserialize)]
struct Row<'a> {
    product: String,
    transport: String,
    key: String,
    kind: Option<String>,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// What is wrong with a row, or nothing; and what is worth a remark.
#[derive(Debug, Default)]
struct Verdict {
    differences: Vec<Difference>,
    /// What is kept in another spelling.
    respelled: Vec<String>,
    notes: Vec<String>,
}

impl Verdict {
    fn failure(path: impl Into<String>, what: impl fmt::Display) -> Self {
        Self {
            differences: vec![Difference {
                path: path.into(),
                what: what.to_string(),
            }],
            ..Self::default()
        }
    }
}

/// Checks every row of every file and prints what is found to `out`.
///
/// # Errors
/// A file that cannot be read, or output that cannot be written.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Outcome> {
    // A file that is not there is noticed before anything is printed.
    let files = arguments
        .files
        .iter()
        .map(|path| input::open(path))
        .collect::<Result<Vec<_>>>()?;
    if arguments.damage {
        return damage_all(files, arguments.verbose, out);
    }
    let (mut passed, mut respelled, mut failed) = (0_u64, 0_u64, 0_u64);
    for (name, mut file) in files {
        // Passed and failed by the row's label: transport and kind.
        let mut tally: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
        let mut bytes = Vec::new();
        let mut number = 0_u64;
        while input::next_line(&name, &mut file, &mut bytes)? {
            number += 1;
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let (label, verdict) = check_line(&bytes);
            let place = format!("{name}:{number}{label}");
            let conforms = verdict.differences.is_empty();
            match (conforms, verdict.respelled.is_empty()) {
                (true, true) => passed += 1,
                (true, false) => respelled += 1,
                (false, _) => failed += 1,
            }
            if arguments.tally {
                // Neither a transport nor a kind has a space in its name; a key may.
                let mut words = label.split_whitespace();
                let transport = words.next().unwrap_or_default().to_owned();
                let kind = words.next_back().unwrap_or_default().to_owned();
                let (yes, no) = tally.entry((transport, kind)).or_default();
                *(if conforms { yes } else { no }) += 1;
            } else if !conforms {
                writeln!(
                    out,
                    "{}",
                    one_line(&format!("{place}: {}", summary(&verdict.differences)))
                )?;
            }
            if arguments.verbose {
                for note in verdict.respelled.iter().chain(&verdict.notes) {
                    writeln!(out, "{}", one_line(&format!("note: {place}: {note}")))?;
                }
            }
        }
        for ((transport, kind), (yes, no)) in tally {
            writeln!(out, "{name}\t{transport}\t{kind}\t{yes}\t{no}")?;
        }
    }
    if !arguments.tally {
        writeln!(
            out,
            "{passed} passed, {respelled} spelled differently, {failed} failed"
        )?;
    }
    out.flush()?;
    Ok(if failed == 0 {
        Outcome::Clean
    } else {
        Outcome::Findings
    })
}

/// Damages every payload of every file and prints what became of them.
fn damage_all(
    files: Vec<(String, Box<dyn BufRead>)>,
    verbose: bool,
    out: &mut impl Write,
) -> Result<Outcome> {
    let mut table = Table::default();
    for (name, mut file) in files {
        let mut bytes = Vec::new();
        let mut number = 0_u64;
        while input::next_line(&name, &mut file, &mut bytes)? {
            number += 1;
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let place = format!("{name}:{number}");
            let row: Row<'_> =
                serde_json::from_slice(&bytes).with_context(|| format!("{place} is not a row"))?;
            let kind = row.kind.as_deref().unwrap_or(Kind::Response.name());
            let found = settle(&row, kind).and_then(|(product, transport, kind)| match transport {
                Transport::Fix => Ok(None),
                _ => catalog::find(&product, transport, &row.key, kind)
                    .map(|recode| Some((recode, product.spellings))),
            });
            let Some((recode, spellings)) = found.map_err(|message| anyhow!("{place}: {message}"))? else {
                continue;
            };
            for line in table.add(recode, &spellings, row.payload.get()) {
                if verbose {
                    writeln!(out, "{}", one_line(&format!("{place} {}: {line}", row.key)))?;
                }
            }
        }
    }
    table.print(out)?;
    out.flush()?;
    Ok(match table.has_findings() {
        true => Outcome::Findings,
        false => Outcome::Clean,
    })
}

/// The first differences, and how many more there are.
fn summary(differences: &[Difference]) -> String {
    let shown: Vec<String> = differences.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = differences.len().saturating_sub(SHOWN);
    let rest = if more > 0 {
        format!("; and {more} more")
    } else {
        String::new()
    };
    format!("{}{rest}", shown.join("; "))
}

/// The same text without line ends and other control characters.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// Checks one row; gives its transport, key and kind for messages beside the verdict.
fn check_line(line: &[u8]) -> (String, Verdict) {
    let row: Row<'_> = match serde_json::from_slice(line) {
        Ok(row) => row,
        Err(error) => {
            return (
                String::new(),
                Verdict::failure("$", format_args!("not a row: {error}")),
            );
        }
    };
    let kind = row.kind.as_deref().unwrap_or(Kind::Response.name());
    let label = format!(" {} {} {kind}", row.transport, row.key);
    let verdict = match settle(&row, kind) {
        Ok((product, Transport::Fix, _)) => check_fix(&product, &row.key, row.payload.get()),
        Ok((product, transport, kind)) => match catalog::find(&product, transport, &row.key, kind) {
            Ok(recode) => check_json(recode, &product.spellings, row.payload.get()),
            Err(message) => Verdict::failure("$", message),
        },
        Err(message) => Verdict::failure("$", message),
    };
    (label, verdict)
}

/// Which product, transport and kind a row speaks of.
fn settle(row: &Row<'_>, kind: &str) -> Result<(Product, Transport, Kind), String> {
    let unknown = |what: &str, name: &str, known: &[&str]| {
        let hint = catalog::hint(name, known.iter().copied());
        format!("unknown {what} `{name}`{hint} (known: {})", known.join(", "))
    };
    let product = catalog::products()
        .find(|product| product.is_called(&row.product))
        .ok_or_else(|| {
            let known: Vec<&str> = catalog::products().map(|product| product.name).collect();
            unknown("product", &row.product, &known)
        })?;
    let transport = Transport::ALL
        .into_iter()
        .find(|transport| transport.name() == row.transport)
        .ok_or_else(|| unknown("transport", &row.transport, &Transport::ALL.map(Transport::name)))?;
    let kind = Kind::ALL
        .into_iter()
        .find(|known| known.name() == kind)
        .ok_or_else(|| unknown("kind", kind, &Kind::ALL.map(Kind::name)))?;
    Ok((product, transport, kind))
}

/// Decodes a JSON payload, encodes it again, and compares.
fn check_json(recode: Recode, spellings: &Spellings, text: &str) -> Verdict {
    let original = match Json::parse(text) {
        Ok(original) => original,
        Err(error) => return Verdict::failure("$", error),
    };
    let again = match recode(text, Reading::new().complete()) {
        Ok(again) => again,
        Err(error) => {
            let hint = if is_refusal(&original) {
                "; a refusal has kind `error`"
            } else {
                ""
            };
            let (kind, offset) = (error.kind(), error.offset());
            return Verdict::failure(
                error.path(),
                format_args!("cannot be decoded: {kind} (byte {offset} of the payload){hint}"),
            );
        }
    };
    match Json::parse(&again) {
        Ok(again) => {
            let found = compare(&original, &again, spellings);
            Verdict {
                differences: found.differences,
                respelled: found.respelled.iter().map(ToString::to_string).collect(),
                notes: Vec::new(),
            }
        }
        Err(error) => Verdict::failure(
            "$",
            format_args!("was encoded as something else than JSON: {error}"),
        ),
    }
}

/// Whether a body is what the exchange sends when it refuses a request.
fn is_refusal(body: &Json) -> bool {
    let Json::Object(members) = body else { return false };
    let has =
        |name: &str, fits: fn(&Json) -> bool| members.iter().any(|(key, value)| key == name && fits(value));
    has("code", |code| matches!(code, Json::Number(_))) && has("msg", |msg| matches!(msg, Json::String(_)))
}

/// Decodes a FIX message, encodes it again, and compares field by field.
fn check_fix(product: &Product, key: &str, payload: &str) -> Verdict {
    let text: String = match serde_json::from_str(payload) {
        Ok(text) => text,
        Err(_) => return Verdict::failure("$", "a FIX payload is a string, the message with | for SOH"),
    };
    let bytes = crate::fix_text::to_bytes(text.as_bytes());
    let mut first = None;
    for dictionary in product.fix {
        let Some(msg_type) = dictionary.msg_type(key) else {
            continue;
        };
        // Messages of the session are in several dictionaries, which may differ in the fields they declare.
        let verdict = check_fix_message(dictionary, msg_type, key, &bytes);
        if verdict.differences.is_empty() && verdict.notes.is_empty() {
            return verdict;
        }
        match &first {
            Some(Verdict { differences, .. }) if differences.len() <= verdict.differences.len() => {}
            _ => first = Some(verdict),
        }
    }
    first.unwrap_or_else(|| {
        let names = product
            .fix
            .iter()
            .flat_map(|dictionary| dictionary.message_names());
        let hint = catalog::hint(key, names);
        Verdict::failure(
            "$",
            format_args!("unknown key for {} over fix{hint}", product.name),
        )
    })
}

fn check_fix_message(
    dictionary: &crate::fix::Dictionary,
    msg_type: &str,
    key: &str,
    bytes: &[u8],
) -> Verdict {
    use binance_wire_fix::{Checks, RawMessage};

    let explain = |error| Verdict::failure(dictionary.path(&error), error);
    let raw = match RawMessage::parse(bytes, Checks::Off) {
        Ok(raw) => raw,
        Err(error) => return explain(error),
    };
    if raw.msg_type() != msg_type {
        let found = raw.msg_type();
        let name = dictionary.message_name(found).unwrap_or("unknown");
        return Verdict::failure(
            "$.MsgType",
            format_args!("is `{found}` ({name}), {key} has `{msg_type}`"),
        );
    }
    let again = match dictionary.recode(bytes) {
        Ok(again) => again,
        Err(error) => return explain(error),
    };
    let (original, again) = match (dictionary.content(bytes), dictionary.content(&again)) {
        (Ok(original), Ok(again)) => (original, again),
        (Err(error), _) => return Verdict::failure("$", error),
        (_, Err(error)) => {
            return Verdict::failure("$", format_args!("was encoded as something else: {error}"));
        }
    };
    let mut verdict = Verdict::default();
    // The content may be right in a message whose frame is not: both are told.
    if let Err(error) = RawMessage::parse(bytes, Checks::On) {
        verdict = explain(error);
    }
    verdict
        .differences
        .extend(differences(&original, &again, Strings::NumbersByValue));
    verdict.notes = dictionary
        .undeclared(msg_type, &original)
        .iter()
        .map(|name| {
            format!(
                "$.{name} was kept, but {key} of dictionary {} does not declare it",
                dictionary.name
            )
        })
        .collect();
    verdict
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdict(line: &str) -> String {
        let (label, verdict) = check_line(line.as_bytes());
        format!("{label}: {}", summary(&verdict.differences))
    }

    #[test]
    fn a_payload_that_is_kept_has_no_differences() {
        for line in [
            r#"{"product":"spot","transport":"rest","key":"GET /api/v3/time","payload":{"serverTime":1499827319559}}"#,
            r#"{"product":"spot","transport":"rest","key":"GET /api/v3/time","kind":null,"payload":{"serverTime":1}}"#,
            r#"{"product":"spot","transport":"ws_api","key":"ping","kind":"error","payload":{"id":1,"status":400,"error":{"code":-1100,"msg":"m"}}}"#,
            r#"{"product":"spot","transport":"ws_streams","key":"btcusdt@trade","kind":"error","payload":{"code":2,"msg":"m"}}"#,
        ] {
            let (_, verdict) = check_line(line.as_bytes());
            assert_eq!(verdict.differences, [], "{line}");
        }
    }

    #[test]
    fn what_is_not_kept_is_reported_with_its_path() {
        assert_eq!(
            verdict(
                r#"{"product":"spot","transport":"rest","key":"GET /api/v3/time","payload":{"serverTime":1,"zone":"UTC"}}"#
            ),
            r#" rest GET /api/v3/time response: $.zone: not kept, was "UTC""#
        );
        let missing =
            verdict(r#"{"product":"spot","transport":"rest","key":"GET /api/v3/time","payload":{"time":1}}"#);
        assert_eq!(
            missing,
            " rest GET /api/v3/time response: $: cannot be decoded: field `serverTime` is missing (byte 10 of the payload)"
        );
        let refusal = verdict(
            r#"{"product":"spot","transport":"rest","key":"GET /api/v3/time","payload":{"code":-1,"msg":"m"}}"#,
        );
        assert!(refusal.ends_with("; a refusal has kind `error`"), "{refusal}");
    }

    #[test]
    fn rows_that_name_nothing_known_fail_with_a_hint() {
        for (line, expected) in [
            (
                r#"{"product":"spots","transport":"rest","key":"k","payload":1}"#,
                " rest k response: $: unknown product `spots`; did you mean `spot`? (known: ",
            ),
            (
                r#"{"product":"spot","transport":"ws","key":"k","payload":1}"#,
                " ws k response: $: unknown transport `ws` (known: rest, ws_api, ws_streams, fix, server, webhooks)",
            ),
            (
                r#"{"product":"spot","transport":"rest","key":"k","kind":"errors","payload":1}"#,
                " rest k errors: $: unknown kind `errors`; did you mean `error`? (known: response, event, error)",
            ),
        ] {
            let said = verdict(line);
            assert!(said.starts_with(expected), "{said}");
        }
        assert!(verdict("{}").starts_with(": $: not a row: missing field"));
        assert!(verdict("{\"product\"").starts_with(": $: not a row: EOF"));
    }

    #[test]
    fn many_differences_are_counted_and_the_line_stays_one() {
        let found: Vec<Difference> = (0..10)
            .map(|index| Difference {
                path: format!("$.{index}"),
                what: "is gone".to_owned(),
            })
            .collect();
        assert_eq!(
            summary(&found),
            "$.0: is gone; $.1: is gone; $.2: is gone; and 7 more"
        );
        assert_eq!(one_line("a\nb\u{1}\r"), "a\\nb\\u{1}\\r");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn any_line_gets_a_verdict(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (_, verdict) = check_line(&line);
            prop_assert!(!verdict.differences.is_empty());
        }

        #[test]
        fn any_payload_gets_a_verdict(
            transport in 0_usize..4,
            key in "GET /api/v3/(depth|time|account)|order\\.place|<symbol>@(trade|depth)|executionReport|Logon|\\PC{0,12}",
            kind in "response|event|error",
            payload in "[\\[{\"a-e0-9:,.\\]}-]{0,60}",
        ) {
            let transport = Transport::ALL.get(transport).map_or("rest", |transport| transport.name());
            let row = |payload: &str| format!(
                r#"{{"product":"spot","transport":"{transport}","key":{},"kind":"{kind}","payload":{payload}}}"#,
                crate::json::quoted(&key),
            );
            check_line(row(&payload).as_bytes());
            check_line(row(&crate::json::quoted(&payload)).as_bytes());
        }
    }
}
