//! The exchange's collections of three days, beside its own change log of that time.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_impact::diff::{Content, State};
use binance_wire_model::read::postman::read_collection;
use binance_wire_model::source::SourceFile;
use serde::Deserialize;

use super::{findings, mirrored, state};
use crate::support::{files_below, shared};

#[derive(Deserialize)]
struct Log {
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    date: String,
    change: String,
    #[serde(default)]
    param: Option<String>,
    #[serde(default)]
    collection: Option<String>,
    #[serde(default)]
    details: Vec<Detail>,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    path: Option<String>,
}

#[derive(Deserialize)]
struct Detail {
    what: String,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    to: Option<String>,
}

#[derive(Deserialize)]
struct Endpoint {
    method: String,
    path: String,
}

/// Kind, operation or product, and parameter.
type Key = (String, String, String);

/// What stood and what stands there, by what is found.
type Ends = BTreeMap<Key, (String, String)>;

fn collections(folder: &str) -> Option<State> {
    let folder = shared(&format!("upstream/{folder}"))?;
    let read = |(path, text)| {
        read_collection(&SourceFile::new(path, text)).unwrap_or_else(|found| panic!("{found}"))
    };
    let list = files_below(&folder).into_iter().map(read).collect();
    Some(state("collections", Content::Collections(list)))
}

const SAMPLE: &str = "parameter-sample";
const FORM: &str = "parameter-sample-form";
const DOCUMENTATION: &str = "parameter-documentation";

/// Why a record has no finding; `None` where it must have one.
fn explained(record: &Record, operation: &str) -> Option<&'static str> {
    let param = record.param.as_deref().unwrap_or_default();
    if ["recvWindow", "timestamp", "signature"].contains(&param) {
        return Some("explained: the client adds it");
    }
    if record.change == "endpoint_deprecated" {
        // The sample of `order/oco` has had the word in its name since before, that of `ticker/price` never has.
        return Some("explained: the name of the sample is as it was");
    }
    if param == "AutoCompoundPlan" && operation.ends_with("/auto_compound/edit-status") {
        return Some("explained: the sample of the day before had the new spelling already");
    }
    None
}

/// What shows a change of what a parameter takes. The log has it from other documents than the samples: these have one
/// value each, and neither the list of values nor a range nor a type.
fn shown(record: &Record, operation: &str, all: &Ends) -> &'static str {
    let param = record.param.clone().unwrap_or_default();
    let ends = |kind: &str| all.get(&(kind.to_owned(), operation.to_owned(), param.clone()));
    let required = record.details.iter().any(|detail| detail.what == "required");
    if required {
        let reported = ends("parameter-now-required").or(ends("parameter-now-optional"));
        assert!(
            reported.is_some(),
            "{operation} {param} of {} is not found",
            record.date
        );
        return "found: required or optional";
    }
    let Some((before, after)) = ends(SAMPLE) else {
        return match ends(DOCUMENTATION) {
            Some(_) => "found: the same value, documented otherwise",
            None => "explained: the same sample",
        };
    };
    let shows = |detail: &Detail| match (detail.what.as_str(), detail.to.as_deref()) {
        ("enum_added", _) => detail.values.contains(after),
        // `INTERVAL_1s` stood for `1s`.
        ("enum_removed", _) => detail
            .values
            .iter()
            .any(|value| before == value || before.ends_with(&format!("_{value}"))),
        ("type", Some("integer")) => after.parse::<i64>().is_ok(),
        ("type", Some("number")) => after.parse::<f64>().is_ok(),
        ("type", Some("boolean")) => ["true", "false"].contains(&after.as_str()),
        ("type", Some("string")) => !after.starts_with('['),
        _ => false,
    };
    match (record.details.iter().any(shows), ends(FORM)) {
        (true, None) => "found: the example shows it",
        (true, Some(_)) => "found: the example shows it, and looks like another type",
        (false, _) => "explained: another example, which does not show it",
    }
}

/// Why a finding has no record.
const UNRECORDED: &[(&str, &str, &str)] = &[
    (
        "operation-security",
        "POST /sapi/v1/convert/getQuote",
        "the log does not tell security types",
    ),
    (
        "operation-security",
        "POST /sapi/v1/convert/limit/cancelOrder",
        "likewise",
    ),
    (
        "operation-security",
        "POST /sapi/v1/convert/limit/placeOrder",
        "likewise",
    ),
    ("operation-security", "POST /sapi/v2/fiat/withdraw", "likewise"),
    (
        "operation-security",
        "POST /sapi/v1/margin/borrow-repay",
        "likewise",
    ),
    (
        "operation-security",
        "POST /sapi/v1/margin/manual-liquidation",
        "likewise",
    ),
    (
        "operation-now-unsigned",
        "GET /sapi/v1/c2c/orderMatch/listUserOrderHistory",
        "the sample has lost its signature",
    ),
    (
        "operation-now-unsigned",
        "GET /sapi/v1/dci/product/list",
        "likewise",
    ),
    (
        "parameter-added",
        "GET /sapi/v1/earn/arena/activities",
        "lang is sent twice, in the query and as a header, and recorded once",
    ),
];

/// What differs where a parameter takes other values.
const OF_VALUES: &[&str] = &[
    SAMPLE,
    FORM,
    DOCUMENTATION,
    "parameter-now-required",
    "parameter-now-optional",
];

/// Why a finding has no record; `None` where nobody knows.
fn unrecorded_because(kind: &str, what: &str, param: &str, before: &str, now: &str) -> Option<&'static str> {
    let known = UNRECORDED
        .iter()
        .find(|(known, of, _)| *known == kind && *of == what);
    if let Some((.., because)) = known {
        return Some(because);
    }
    // What code generators write where nobody gave an example.
    let filler = |value: &str| {
        value == format!("{param}_example")
            || ["", "s", "value", "56", "789", "1.2", "3.4", "8.14", "new Date()"].contains(&value)
    };
    Some(match kind {
        DOCUMENTATION => "the log does not tell documentation",
        SAMPLE if filler(before) => "an example instead of a filler; the log does not tell examples",
        SAMPLE if filler(now) => "a filler instead of an example; likewise",
        SAMPLE => "another example; likewise",
        FORM if filler(before) || filler(now) => "a filler looks like another type than an example",
        FORM if param.ends_with("Id") => "ids are text, and had a number for an example",
        _ => return None,
    })
}

/// What a record should be found as: any of these kinds, of what, and of which parameter.
fn wanted(record: &Record, operation: &str) -> Vec<Key> {
    let kinds: &[&str] = match record.change.as_str() {
        "endpoint_added" => &["operation-added"],
        "endpoint_removed" => &["operation-removed"],
        "collection_added" => &["product-added"],
        "collection_removed" => &["product-removed"],
        "param_added" => &[
            "parameter-added",
            "required-parameter-added",
            "parameter-now-required",
        ],
        "param_removed" => &["parameter-removed", "required-parameter-removed"],
        other => panic!("the log has a record of a new kind: {other}"),
    };
    let param = record.param.clone().unwrap_or_default();
    kinds
        .iter()
        .map(|kind| ((*kind).to_owned(), operation.to_owned(), param.clone()))
        .collect()
}

#[test]
fn each_record_is_found_or_explained_and_each_finding_recorded_or_explained() {
    let Some(log) = shared("upstream/postman-history/changelog.json") else {
        return;
    };
    let log: Log = serde_json::from_str(&std::fs::read_to_string(log).expect("text")).expect("the log");
    let mut recorded = 0;
    for (old, new, after, until) in [
        (
            "postman-history/2026-04-20",
            "postman-history/2026-07-06",
            "2026-04-20",
            "2026-07-06",
        ),
        (
            "postman-history/2026-07-06",
            "postman",
            "2026-07-06",
            "2026-07-22",
        ),
    ] {
        let (Some(before), Some(now)) = (collections(old), collections(new)) else {
            return;
        };
        mirrored(&before, &now);
        let all: Ends = findings(&before, &now)
            .into_iter()
            .map(|found| {
                let mut path = found.subject.path.into_iter().map(|step| step.name);
                let what = path.next().unwrap_or(found.subject.product);
                let ends = (found.before.unwrap_or_default(), found.after.unwrap_or_default());
                (
                    (found.kind.to_string(), what, path.next().unwrap_or_default()),
                    ends,
                )
            })
            .collect();
        let mut left: BTreeSet<Key> = all.keys().cloned().collect();
        let mut table: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for record in log
            .records
            .iter()
            .filter(|record| *after < *record.date && *record.date <= *until)
        {
            let mut operations: Vec<String> = record
                .endpoints
                .iter()
                .map(|endpoint| format!("{} {}", endpoint.method, endpoint.path))
                .collect();
            if let (Some(method), Some(path)) = (&record.method, &record.path) {
                operations.push(format!("{method} {path}"));
            }
            if let Some(collection) = &record.collection {
                operations.push(collection.to_lowercase().replace(' ', "-"));
            }
            assert!(!operations.is_empty(), "a {} of nothing", record.change);
            for operation in operations {
                recorded += 1;
                let outcome = explained(record, &operation).unwrap_or_else(|| {
                    let param = record.param.clone().unwrap_or_default();
                    if record.change == "param_modified" {
                        left.retain(|(kind, what, of)| {
                            what != &operation || of != &param || !OF_VALUES.contains(&kind.as_str())
                        });
                        return shown(record, &operation, &all);
                    }
                    let found = wanted(record, &operation);
                    assert!(
                        found.iter().any(|key| all.contains_key(key)),
                        "{} {operation} {param} of {} is not found",
                        record.change,
                        record.date
                    );
                    for key in &found {
                        left.remove(key);
                    }
                    "found"
                });
                *table.entry((record.change.as_str(), outcome)).or_default() += 1;
            }
        }
        for ((change, outcome), count) in table {
            println!("{after} to {until}: {count:4} {change:20} {outcome}");
        }
        let total = all.len();
        println!(
            "{after} to {until}: {total} findings, {} of them without a record:",
            left.len()
        );
        let mut unrecorded: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, what, param) in std::mem::take(&mut left) {
            let (before, now) = &all[&(kind.clone(), what.clone(), param.clone())];
            match unrecorded_because(&kind, &what, &param, before, now) {
                Some(because) => *unrecorded.entry(because).or_default() += 1,
                None => _ = left.insert((kind, what, param)),
            }
        }
        for (because, count) in unrecorded {
            println!("{after} to {until}: {count:4} {because}");
        }
        assert!(left.is_empty(), "neither recorded nor explained: {left:#?}");
    }
    assert!(recorded > 200, "{recorded} places of records");
}

fn toys(name: &str, pair: &str) -> State {
    let text = format!(
        r#"{{"info":{{"name":"Toys","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}},
        "item":[{{"name":"{name}","request":{{"method":"GET","url":{{"raw":"x/toys","path":["toys"],"query":[{pair}]}}}}}}]}}"#
    );
    let read = read_collection(&SourceFile::new("Toys.json", text)).unwrap_or_else(|found| panic!("{found}"));
    state("toys", Content::Collections(vec![read]))
}

#[track_caller]
fn between(old: &State, new: &State) -> Vec<String> {
    mirrored(old, new);
    findings(old, new)
        .into_iter()
        .map(|found| found.kind.to_string())
        .collect()
}

#[test]
fn what_a_sample_can_say() {
    let old = toys(
        "All toys",
        r#"{"key":"size","value":"1","description":"How big"}"#,
    );
    let with = |pair: &str| between(&old, &toys("All toys", pair));
    assert_eq!(
        with(r#"{"key":"size","value":"2.5","description":"How big"}"#),
        [SAMPLE]
    );
    assert_eq!(
        with(r#"{"key":"size","value":"BIG","description":"How big"}"#),
        [SAMPLE, FORM]
    );
    // The name again is no example, and says nothing of the type.
    assert_eq!(
        with(r#"{"key":"size","value":"size_example","description":"How big"}"#),
        [SAMPLE]
    );
    assert_eq!(
        with(r#"{"key":"size","value":"1","description":{"content":"How large"}}"#),
        [DOCUMENTATION]
    );
    assert_eq!(
        with(r#"{"key":"size","value":"1","description":"How big","disabled":true}"#),
        ["parameter-now-optional"]
    );
    let gone = toys(
        "All toys - Deprecated",
        r#"{"key":"size","value":"1","description":"How big"}"#,
    );
    assert_eq!(between(&old, &gone), ["operation-deprecated"]);
}

/// Collections by file, each with paths and a parameter of each.
fn shelves(collections: &[(&str, &[(&str, &str)])]) -> State {
    let read = collections.iter().map(|(file, requests)| {
        let items: Vec<String> = requests
            .iter()
            .map(|(path, parameter)| {
                format!(
                    r#"{{"name":"A","request":{{"method":"GET","url":{{"raw":"x{path}","path":["{}"],"query":[{{"key":"{parameter}","value":"1"}}]}}}}}}"#,
                    path.trim_start_matches('/').replace('/', "\",\"")
                )
            })
            .collect();
        let text = format!(
            r#"{{"info":{{"name":"{file}","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}},"item":[{}]}}"#,
            items.join(",")
        );
        let file = SourceFile::new(format!("{file}.json"), text);
        read_collection(&file).unwrap_or_else(|found| panic!("{found}"))
    });
    state("shelves", Content::Collections(read.collect()))
}

#[test]
fn a_request_that_moves_to_another_collection_is_compared_with_itself() {
    let spot: &[(&str, &str)] = &[("/v1/toys", "size"), ("/v1/dust", "asset")];
    let old = shelves(&[("Binance Spot API", spot)]);
    let new = shelves(&[
        ("Binance Spot API", &[("/v1/toys", "size")]),
        ("Binance Wallet API", &[("/v1/dust", "coin")]),
    ]);
    // It is reported under the product that it is in now, so that the way back has the other product.
    for (old, new, product) in [(&old, &new, "wallet"), (&new, &old, "spot")] {
        let found = findings(old, new);
        let mut kinds: Vec<&str> = found.iter().map(|found| found.kind.name()).collect();
        kinds.sort_unstable();
        let expected = [
            "operation-collection",
            "required-parameter-added",
            "required-parameter-removed",
        ];
        assert_eq!(kinds, expected);
        assert!(
            found.iter().all(|found| found.subject.product == product),
            "{found:#?}"
        );
    }
    // What two collections have is in neither's place.
    let both = shelves(&[
        ("Binance Spot API", spot),
        ("Binance Wallet API", &[("/v1/dust", "asset")]),
    ]);
    assert_eq!(between(&old, &both), ["product-added"]);
}

#[test]
fn a_path_whose_capitals_change_is_a_move() {
    let old = shelves(&[("Binance Spot API", &[("/v1/dustLog", "asset")])]);
    let new = shelves(&[("Binance Spot API", &[("/v1/dustlog", "asset")])]);
    assert_eq!(between(&old, &new), ["operation-moved"]);
}
