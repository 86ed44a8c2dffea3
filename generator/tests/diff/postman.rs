//! The exchange's collections of three days, beside its own change log of that time.

use std::collections::BTreeSet;

use binance_wire_generator::diff::{Content, State};
use binance_wire_generator::read::postman::read_collection;
use binance_wire_generator::source::SourceFile;
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
}

#[derive(Deserialize)]
struct Endpoint {
    method: String,
    path: String,
}

/// Kind, operation or product, and parameter.
type Key = (String, String, String);

fn collections(folder: &str) -> Option<State> {
    let folder = shared(&format!("upstream/{folder}"))?;
    let read = |(path, text)| {
        read_collection(&SourceFile::new(path, text)).unwrap_or_else(|found| panic!("{found}"))
    };
    let list = files_below(&folder).into_iter().map(read).collect();
    Some(state("collections", Content::Collections(list)))
}

/// Why a record has no finding; `None` where it must have one.
fn explained(record: &Record, operation: &str) -> Option<&'static str> {
    let param = record.param.as_deref().unwrap_or_default();
    if ["recvWindow", "timestamp", "signature"].contains(&param) {
        return Some(
            "the client adds it; a signature shows as that of the operation, if anything else is signed",
        );
    }
    if record.change == "endpoint_deprecated" {
        return Some("a sample does not say that it is deprecated");
    }
    if record.change == "param_modified" && record.details.iter().all(|detail| detail.what != "required") {
        return Some("a sample has a value, and neither its type, its range nor the members of an object");
    }
    if param == "AutoCompoundPlan" && operation.ends_with("/auto_compound/edit-status") {
        return Some("the sample of the day before called it autoCompoundPlan already");
    }
    None
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
        "param_modified" => &["parameter-now-required", "parameter-now-optional"],
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
        let mut left: BTreeSet<Key> = findings(&before, &now)
            .into_iter()
            .map(|found| {
                let mut path = found.subject.path.into_iter().map(|step| step.name);
                let what = path.next().unwrap_or(found.subject.product);
                (found.kind, what, path.next().unwrap_or_default())
            })
            .collect();
        let all = left.clone();
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
                let found = explained(record, &operation)
                    .is_none()
                    .then(|| wanted(record, &operation));
                let Some(found) = found else { continue };
                assert!(
                    found.iter().any(|key| all.contains(key)),
                    "{} {operation} {:?} of {} is not found",
                    record.change,
                    record.param,
                    record.date
                );
                for key in &found {
                    left.remove(key);
                }
            }
        }
        left.retain(|(kind, what, _)| {
            !UNRECORDED
                .iter()
                .any(|(known, of, _)| kind == known && what == of)
        });
        assert!(left.is_empty(), "neither recorded nor explained: {left:#?}");
    }
    assert!(recorded > 200, "{recorded} places of records");
}
