//! The published change logs against the table made by hand: streams, events and methods of the WebSocket API.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_impact::announcements::{self, News};

use crate::support;

/// What is compared: the day, what the name is of, the name.
type Row = (String, String, String);

/// The share of the table that must be found, and of what is found that must be in the table, in percent.
const LEAST_RECALL: usize = 92;
const LEAST_PRECISION: usize = 90;
/// The share of what is in both that must be of the same kind.
const LEAST_AGREEMENT: usize = 94;

/// The logs that the table has such rows of.
const LOGS: [&str; 2] = ["0219", "0221"];

/// A name as both sides have it: the pages have lost what stood between `<` and `>`, and with it the placeholders.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    let mut left_out: Option<char> = None;
    for c in name.chars() {
        match (left_out, c) {
            (Some(end), c) if c == end => left_out = None,
            (Some(_), _) => {}
            (None, '<') => left_out = Some('>'),
            (None, '[') => left_out = Some(']'),
            (None, c) => plain.extend(c.to_lowercase()),
        }
    }
    // Placeholders that were written otherwise.
    plain.replace('#', "").replace("listenkey@", "@")
}

#[test]
fn streams_events_and_methods_are_those_of_the_table() {
    let (Some(table), Some(folder)) = (
        support::shared("contracts/changelog_endpoints.tsv"),
        support::shared("reference"),
    ) else {
        return;
    };
    let table = std::fs::read_to_string(table).expect("the table");
    let mut wanted: BTreeMap<Row, BTreeSet<String>> = BTreeMap::new();
    // With what may be left out, `@markPrice[@1s]`, a row is two names, of which one has to be found.
    let mut optional: BTreeSet<Row> = BTreeSet::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [date, _, kind, method, names, ..] = cells[..] else {
            panic!("{line}");
        };
        if !["stream", "event", "wsapi"].contains(&method) {
            continue;
        }
        // One row may be about several names: `A / B`.
        for name in names.split(" / ") {
            let row = |name: &str| (date.to_owned(), method.to_owned(), plain(name));
            if name.contains('[') {
                optional.insert(row(&name.replace(['[', ']'], "")));
            }
            let row = row(name);
            wanted.entry(row).or_default().insert(kind.to_owned());
        }
    }
    let mut found: BTreeMap<Row, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in support::files_below(&folder) {
        if !LOGS.iter().any(|log| path.starts_with(log)) {
            continue;
        }
        let (entries, _) = announcements::parse(&path, &text);
        for entry in entries.iter().filter(|entry| !entry.name.starts_with('/')) {
            let kind = match entry.kind {
                News::Added => "added",
                News::Changed => "changed",
                News::LimitChange => "limit_change",
                News::Deprecated => "deprecated",
                News::Removed => "removed",
                News::Suspended => "offline_window",
                News::NoticeWithoutEndpoint => continue,
            };
            let row = (
                entry.date.to_string(),
                entry.method.to_string(),
                plain(&entry.name),
            );
            found.entry(row).or_default().insert(kind.to_owned());
        }
    }
    let (mut both, mut same_kind, mut extra) = (0, 0, 0);
    for (row, kinds) in &wanted {
        match found.get(row) {
            Some(here) if here.is_disjoint(kinds) => {
                both += 1;
                println!("other kind: {row:?}: {kinds:?} in the table, {here:?} found");
            }
            Some(_) => {
                both += 1;
                same_kind += 1;
            }
            None => println!("missing: {row:?} {kinds:?}"),
        }
    }
    let is_there = |row: &Row| wanted.contains_key(row) || optional.contains(row);
    for (row, kinds) in found.iter().filter(|(row, _)| !is_there(row)) {
        extra += 1;
        println!("extra: {row:?} {kinds:?}");
    }
    let (wanted, found) = (wanted.len(), found.len());
    println!(
        "{wanted} in the table, {found} found; {both} in both, {same_kind} of the same kind, {extra} extra"
    );
    assert!(both * 100 >= wanted * LEAST_RECALL, "{both} of {wanted}");
    assert!(
        (found - extra) * 100 >= found * LEAST_PRECISION,
        "{extra} of {found}"
    );
    assert!(same_kind * 100 >= both * LEAST_AGREEMENT, "{same_kind} of {both}");
}
