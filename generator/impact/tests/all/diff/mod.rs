//! What a comparison finds: in specs made for it, in every published SBE schema, and in the exchange's own collections.

mod api;
mod damage;
mod fix;
mod foreign;
mod kept;
mod postman;
mod sbe;

use binance_wire_impact::diff::{Content, Finding, Kind, State, compare};

use crate::support;

fn state(label: &str, content: Content) -> State {
    State {
        label: label.to_owned(),
        prefix: String::new(),
        content,
    }
}

#[track_caller]
fn findings(old: &State, new: &State) -> Vec<Finding> {
    let mut found = compare(old, new, None).unwrap_or_else(|message| panic!("{message}"));
    found.sort_by(|a, b| (&a.subject, &a.kind, &a.fingerprint).cmp(&(&b.subject, &b.kind, &b.fingerprint)));
    found
}

/// One finding a line.
fn lines(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        out += &format!(
            "{} {} | {} | wire {}, surface {}, behaviour {}\n",
            finding.fingerprint,
            finding.kind,
            finding.message,
            finding.wire,
            finding.surface,
            finding.behaviour
        );
    }
    out
}

/// A finding without its names and verdicts: kind, both ends, what it stands in, what code sees of it, whom it concerns.
fn reported(found: &Finding, kind: Kind, before: &Option<String>, after: &Option<String>) -> Vec<String> {
    let subject = &found.subject;
    let mut reported = vec![
        kind.to_string(),
        format!("{before:?} {after:?}"),
        format!("{} {:?}", subject.product, subject.transport),
    ];
    reported.extend(subject.path.iter().map(|step| step.class.noun().to_owned()));
    // What is new is touched by other code than what is gone.
    if before.is_some() && after.is_some() && kind.name() != "type-kind" {
        reported.extend(found.items.iter().map(|item| format!("{item:?}")));
    }
    reported.extend(found.affected.iter().map(|call| format!("{call:?}")));
    reported
}

/// What is found backwards must be what is found forwards, each difference the other way round.
#[track_caller]
fn mirrored(old: &State, new: &State) {
    let there = findings(old, new);
    let back = findings(new, old);
    assert_eq!(
        there.len(),
        back.len(),
        "{}\nbackwards:\n{}",
        lines(&there),
        lines(&back)
    );
    // A thing is told under the name that it had, so that of renamed things the names differ and all else does not.
    let mut expected: Vec<_> = there
        .iter()
        .map(|found| {
            reported(
                found,
                found.kind.mirror().expect("a mirror"),
                &found.after,
                &found.before,
            )
        })
        .collect();
    let mut got: Vec<_> = back
        .iter()
        .map(|found| reported(found, found.kind, &found.before, &found.after))
        .collect();
    expected.sort();
    got.sort();
    assert_eq!(expected, got);
    let mut fingerprints: Vec<&str> = there.iter().map(|found| found.fingerprint.as_str()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(
        fingerprints.len(),
        there.len(),
        "two findings have one fingerprint"
    );
    assert!(findings(old, old).is_empty(), "a state differs from itself");
}

/// Compares text with a golden report.
#[track_caller]
fn golden(name: &str, text: &str) {
    let path = support::root()
        .join("generator/impact/tests/golden/diff")
        .join(name);
    support::golden_file(&path, text);
}
