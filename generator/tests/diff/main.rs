//! What a comparison finds: in specs made for it, in every published SBE schema, and in the exchange's own collections.

#[path = "../support/mod.rs"]
mod support;

mod api;
mod fix;
mod postman;
mod sbe;

use binance_wire_generator::diff::{Content, Finding, State, compare};

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
    let mut ends: Vec<_> = there.iter().map(|found| (&found.before, &found.after)).collect();
    let mut swapped: Vec<_> = back.iter().map(|found| (&found.after, &found.before)).collect();
    ends.sort();
    swapped.sort();
    assert_eq!(ends, swapped);
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

/// Holds text against a golden file, or writes the file where `BLESS` is set.
#[track_caller]
fn golden(name: &str, text: &str) {
    let path = support::root().join("generator/tests/golden/diff").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == text,
        "{} differs; look at it, and set BLESS to accept:\n{text}",
        path.display()
    );
}
