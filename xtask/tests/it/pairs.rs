//! Pairs of documents with the verdict of another checker, where a folder of them is at hand: `expected.json` lists
//! `{pair, base, revision, expected: ERR | WARN | INFO | NONE, rules}`. `--nocapture` prints the table.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::{Tree, shared};

/// Pairs in which `diff` is laxer on purpose, and why.
const LAXER: &[(&str, &str)] = &[
    ("019", "a security scheme that no operation asks for is gone"),
    ("142", "another part of `allOf` that asks nothing new"),
    (
        "170",
        "the body of a webhook arrives always now; the receiver sends nothing",
    ),
    (
        "214",
        "deprecated without a removal date, which is a rule of a project's own",
    ),
    ("223", "a removal date that could not be read can be read now"),
    ("232", "a removal date that is taken back lets users stay"),
    ("233", "the same"),
    ("238", "as 214"),
];

/// How loud a report is.
fn level(report: &Value) -> usize {
    let count = |key: &str| {
        report
            .pointer(&format!("/summary/{key}"))
            .and_then(Value::as_u64)
            .unwrap_or(0)
    };
    ["infos", "warnings", "errors"]
        .iter()
        .rposition(|key| count(key) > 0)
        .map_or(0, |at| at + 1)
}

const LEVELS: &[&str] = &["NONE", "INFO", "WARN", "ERR"];

#[test]
fn a_checker_of_documents_finds_nothing_that_diff_judges_less_severely() {
    let Some(folder) = shared("upstream/foreign/oasdiff") else {
        return;
    };
    let folder = Path::new(&folder);
    let list = std::fs::read_to_string(folder.join("expected.json")).expect("a list of pairs");
    let list: Vec<Value> = serde_json::from_str(&list).expect("a list of pairs");
    let tree = Tree::new();
    let mut table: BTreeMap<&str, usize> = BTreeMap::new();
    let mut laxer = Vec::new();
    for entry in &list {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(expected) = LEVELS.iter().position(|level| *level == text("expected")) else {
            continue;
        };
        let path = |key: &str| folder.join(text("pair")).join(text(key)).display().to_string();
        let done = tree.run(&["diff", "--format", "json", &path("base"), &path("revision")]);
        let (what, got) = match serde_json::from_str::<Value>(&done.out) {
            Ok(report) => {
                let got = level(&report);
                let what = match got.cmp(&expected) {
                    std::cmp::Ordering::Less => "laxer",
                    std::cmp::Ordering::Equal => "agrees",
                    std::cmp::Ordering::Greater => "stricter",
                };
                (what, LEVELS[got].to_owned())
            }
            Err(_) => ("refused", done.err.lines().next().unwrap_or_default().to_owned()),
        };
        *table.entry(what).or_default() += 1;
        if matches!(what, "laxer" | "refused") {
            laxer.push(text("pair").to_owned());
            println!(
                "{what} {}: {} → {got} {:?}",
                text("pair"),
                text("expected"),
                entry.get("rules")
            );
        }
    }
    println!("{table:?}");
    let levels: usize = table.values().sum();
    let fine = ["agrees", "stricter"]
        .iter()
        .filter_map(|what| table.get(what))
        .sum::<usize>();
    assert!(fine * 100 >= levels * 95, "{table:?}");
    laxer.retain(|pair| !LAXER.iter().any(|(known, _)| known == pair));
    assert!(laxer.is_empty(), "laxer without a reason: {laxer:?}");
}
