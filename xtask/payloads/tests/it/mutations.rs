//! Samples of every product, damaged: decoding gives a value or an error that names a place, and never panics.

use std::path::{Path, PathBuf};

use binance_wire_core::json::Reading;
use binance_wire_core::payload::Spellings;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use serde_json::value::RawValue;
use xtask_payloads::catalog::{self, Kind, Recode, Transport};
use xtask_payloads::json::Json;
use xtask_payloads::json_compare::compare;

/// A payload, how it is decoded, and where it stands.
struct Sample {
    place: String,
    text: String,
    recode: Recode,
    spellings: Spellings,
}

#[derive(serde::Deserialize)]
struct Row<'a> {
    transport: String,
    key: String,
    kind: Option<String>,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// Every sample that stands beside the specs, FIX messages apart.
fn samples() -> Vec<Sample> {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    let mut samples = Vec::new();
    for product in catalog::products() {
        let folder = specs.join(product.name).join("examples");
        // A product of which nobody has published a payload has no samples.
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a text");
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
                let place = format!("{}:{}", file.display(), number + 1);
                let row: Row<'_> =
                    serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}"));
                let transport = Transport::ALL
                    .into_iter()
                    .find(|transport| transport.name() == row.transport)
                    .unwrap_or_else(|| panic!("{place}: {}", row.transport));
                if transport == Transport::Fix {
                    continue;
                }
                let kind = row.kind.map_or(Kind::default(), |name| {
                    let mut kinds = Kind::ALL.into_iter();
                    kinds.find(|kind| kind.name() == name).expect("a kind")
                });
                let recode = catalog::find(&product, transport, &row.key, kind)
                    .unwrap_or_else(|error| panic!("{place}: {error}"));
                samples.push(Sample {
                    place,
                    text: row.payload.get().to_owned(),
                    recode,
                    spellings: product.spellings,
                });
            }
        }
    }
    assert!(samples.len() > 1000, "{} samples", samples.len());
    samples
}

/// Decodes a damaged payload. What can be decoded must come back as something that decodes to the same; what cannot must
/// be an error at a place within the payload. Gives the path of the error.
fn judge(sample: &Sample, damaged: &str, reading: Reading) -> Result<Option<String>, String> {
    let place = &sample.place;
    match (sample.recode)(damaged, reading) {
        Ok(text) => match (sample.recode)(&text, reading) {
            Ok(again) if again == text => Ok(None),
            Ok(again) => Err(format!(
                "{place}: {damaged}\nwas written as {text}\nand then as {again}"
            )),
            Err(error) => Err(format!("{place}: {damaged}\nwas written as {text}: {error}")),
        },
        Err(error) => {
            let path = error.path();
            if !path.starts_with('$') || error.offset() > damaged.len() || error.kind().to_string().is_empty()
            {
                return Err(format!("{place}: {damaged}: {error}"));
            }
            Ok(Some(path))
        }
    }
}

/// One damage of the bytes.
#[derive(Clone, Debug)]
enum Damage {
    Cut(Index),
    Remove(Index, usize),
    Repeat(Index, usize),
    Byte(Index, char),
    Insert(Index, &'static str),
}

const TOKENS: [&str; 18] = [
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "\"x\"",
    "-1",
    "0.5",
    "1e400",
    "1e-400",
    "99999999999999999999999999999999999",
    "[[[[[[",
    "{\"a\":",
    ",",
    "\"e\":\"x\",",
    "\\u0000",
    "\u{1F980}",
    "\"0x\"",
];

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<Index>;
    prop_oneof![
        1 => index().prop_map(Damage::Cut),
        2 => (index(), 1..40_usize).prop_map(|(at, length)| Damage::Remove(at, length)),
        2 => (index(), 1..40_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
        3 => (index(), any::<char>()).prop_map(|(at, character)| Damage::Byte(at, character)),
        3 => (index(), prop::sample::select(&TOKENS[..])).prop_map(|(at, token)| Damage::Insert(at, token)),
    ]
}

fn apply(text: &str, damages: &[Damage]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for damage in damages {
        if characters.is_empty() {
            break;
        }
        let length = characters.len();
        match damage {
            Damage::Cut(at) => characters.truncate(at.index(length)),
            Damage::Remove(at, count) => {
                let at = at.index(length);
                characters.drain(at..(at + count).min(length));
            }
            Damage::Repeat(at, count) => {
                let at = at.index(length);
                let end = (at + count).min(length);
                let again: Vec<char> = characters[at..end].to_vec();
                characters.splice(end..end, again);
            }
            Damage::Byte(at, character) => characters[at.index(length)] = *character,
            Damage::Insert(at, token) => {
                let at = at.index(length);
                characters.splice(at..at, token.chars());
            }
        }
    }
    characters.into_iter().collect()
}

#[test]
fn samples_with_damaged_bytes() {
    for sample in samples() {
        let config = Config {
            cases: 12,
            failure_persistence: None,
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(&vec(damage(), 1..4), |damages| {
            judge(&sample, &apply(&sample.text, &damages), Reading::new())
                .map(drop)
                .map_err(TestCaseError::fail)
        });
        if let Err(error) = outcome {
            panic!("{error}");
        }
    }
}

/// A step from a value to one within it.
#[derive(Clone, PartialEq)]
enum Step {
    Member(String),
    Element(usize),
}

/// The ways to all values within a value, the value itself apart; at most the first two of a list.
fn ways(value: &Value, way: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let mut visit = |step: Step, value: &Value| {
        way.push(step);
        found.push(way.clone());
        ways(value, way, found);
        way.pop();
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                visit(Step::Member(name.clone()), value);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate().take(2) {
                visit(Step::Element(index), value);
            }
        }
        _ => {}
    }
}

fn reached<'a>(value: &'a mut Value, way: &[Step]) -> &'a mut Value {
    way.iter().fold(value, |value, step| match step {
        Step::Member(name) => &mut value[name.as_str()],
        Step::Element(index) => &mut value[*index],
    })
}

fn path(way: &[Step]) -> String {
    way.iter().fold(String::from("$"), |path, step| match step {
        Step::Member(name) => format!("{path}.{name}"),
        Step::Element(index) => format!("{path}[{index}]"),
    })
}

/// Whether one path leads through another.
fn lies_in(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Without one member, a value either lacks what it must have or keeps all others: what has several shapes keeps the one
/// that it had.
fn assert_keeps_the_rest(sample: &Sample, without: &Value, way: &str) {
    let text = without.to_string();
    let Ok(again) = (sample.recode)(&text, Reading::new().complete()) else {
        return;
    };
    let parsed = |text: &str| Json::parse(text).expect("JSON");
    let differences = compare(&parsed(&text), &parsed(&again), &sample.spellings).differences;
    // A member whose value is a constant is written whether it came or not.
    let lost: Vec<String> = differences
        .iter()
        .filter(|difference| difference.path != way)
        .map(ToString::to_string)
        .collect();
    assert!(lost.is_empty(), "{} without {way}: {lost:?}", sample.place);
}

/// Each value of a sample is taken out, made null, and made something else in turn: an error names that place or one
/// around it, never another.
#[test]
fn samples_with_a_member_missing_null_or_of_another_type() {
    let mut errors = 0;
    for sample in samples() {
        let whole: Value = serde_json::from_str(&sample.text).expect("JSON");
        let mut found = Vec::new();
        ways(&whole, &mut Vec::new(), &mut found);
        for way in found.iter().take(80) {
            let (last, above) = way.split_last().expect("a step");
            let mut damaged = Vec::new();
            // An element that is taken out of a list, or of a tuple, makes the next one stand in its place.
            if let Step::Member(name) = last {
                let mut without = whole.clone();
                if let Value::Object(members) = reached(&mut without, above) {
                    members.shift_remove(name);
                }
                assert_keeps_the_rest(&sample, &without, &path(way));
                damaged.push(without);
            }
            for other in [
                Value::Null,
                Value::Bool(true),
                serde_json::json!({"unheard of": [[]]}),
                serde_json::json!([["unheard of"]]),
            ] {
                let mut changed = whole.clone();
                *reached(&mut changed, way) = other;
                damaged.push(changed);
            }
            for damaged in damaged {
                let text = damaged.to_string();
                // In lists, too, an error names the place.
                let verdict = judge(&sample, &text, Reading::new().complete());
                if let Some(place) = verdict.unwrap_or_else(|error| panic!("{error}")) {
                    errors += 1;
                    assert!(
                        lies_in(&path(way), &place) || lies_in(&place, &path(way)),
                        "{}: {} was damaged, and the error is at {place}: {text}",
                        sample.place,
                        path(way)
                    );
                }
            }
        }
    }
    assert!(
        errors > 10_000,
        "{errors} errors: something is wrong with the test"
    );
}
