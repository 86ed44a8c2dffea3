//! What several formats say in the same words: where a project uses something, and what announcements say.

use std::collections::BTreeSet;

use binance_wire_surface::uses::{Certainty, Use};

use super::calls;
use crate::announcements::{Announcement, News};
use crate::diff::announced::Announced;
use crate::diff::finding::Report;

/// A number and what it counts.
pub(super) fn plural(count: usize, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {what}s"),
    }
}

/// What the report was narrowed to, in sentences; none where it was not.
pub(super) fn narrowed(report: &Report) -> Vec<String> {
    let Some(narrowed) = &report.narrowed else {
        return Vec::new();
    };
    let (project, kept) = (&narrowed.project, report.findings.len());
    let mut reported = vec![format!(
        "{} {} {project}, and {} {} not; compared with the Rust of {}",
        plural(kept, "finding"),
        if kept == 1 { "touches" } else { "touch" },
        narrowed.left_out,
        if narrowed.left_out == 1 { "does" } else { "do" },
        narrowed.against,
    )];
    for file in &narrowed.unread {
        reported.push(format!("findings may be missing: {file}"));
    }
    for part in &narrowed.not_searched {
        reported.push(format!("not searched: {part}"));
    }
    reported
}

/// Where a use is.
pub(super) fn place(found: &Use) -> String {
    format!("{}:{}:{}", found.file, found.line, found.column)
}

/// What code does there.
pub(super) fn done(found: &Use) -> String {
    let doubt = match found.certainty {
        Certainty::Certain => "",
        Certainty::Possible => "possibly ",
    };
    format!("{doubt}{} {}", found.how.word(), found.item)
}

/// What is said of imports that are not listed.
pub(super) fn imports(count: usize) -> String {
    format!("and {} of what is listed", plural(count, "import"))
}

/// A part of what announcements say.
pub(super) struct Part {
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
}

/// One entry or change.
pub(super) struct Line {
    pub(super) text: String,
    /// The changes that an entry speaks of, or the uses of what it speaks of.
    pub(super) notes: Vec<String>,
}

/// What change logs say, part by part.
pub(super) fn announced(report: &Report, logs: &Announced) -> Vec<Part> {
    let titles = |fingerprints: &[String]| {
        let groups = report.groups.iter().filter(|group| {
            let own: BTreeSet<&String> = group.findings.iter().collect();
            fingerprints.iter().any(|fingerprint| own.contains(fingerprint))
        });
        groups.map(|group| group.title.clone()).collect::<Vec<_>>()
    };
    let both = logs.both.iter().map(|found| {
        let doubt = if found.agrees { "" } else { "; the specs differ" };
        Line {
            text: format!("{}{doubt}", entry(&found.entry)),
            notes: titles(&found.findings),
        }
    });
    let specs_only = report
        .findings
        .iter()
        .filter(|finding| logs.specs_only.contains(&finding.fingerprint));
    let specs_only = specs_only.map(|finding| {
        let calls = match calls(finding, 3) {
            none if none.is_empty() => none,
            calls => format!(" ({calls})"),
        };
        Line {
            text: format!("{}: {}{calls}", finding.subject.product, finding.message),
            notes: Vec::new(),
        }
    });
    let log_only = logs.log_only.iter().map(|found| Line {
        text: format!("{}; holds from {}", entry(&found.entry), found.from),
        notes: found
            .uses
            .iter()
            .map(|one| format!("{} {}", place(one), done(one)))
            .collect(),
    });
    let notices = logs.notices.iter().map(|notice| Line {
        text: entry(notice),
        notes: notice.details.clone(),
    });
    vec![
        Part {
            title: format!("In both: {}", plural(logs.both.len(), "entry")),
            lines: both.collect(),
        },
        Part {
            title: format!("In the specs only: {}", plural(logs.specs_only.len(), "finding")),
            lines: specs_only.collect(),
        },
        Part {
            title: format!("In the logs only: {}", plural(logs.log_only.len(), "entry")),
            lines: log_only.collect(),
        },
        Part {
            title: format!(
                "Notices without an endpoint: {}",
                plural(logs.notices.len(), "entry")
            ),
            lines: notices.collect(),
        },
    ]
}

/// Which entries counted, and which did not.
pub(super) fn counted(logs: &Announced) -> String {
    let mut counted = vec![match (logs.window.since, logs.window.until) {
        (None, None) => "entries of all days count, since neither side has a day".to_owned(),
        (Some(since), None) => format!("entries from {since} count"),
        (None, Some(until)) => format!("entries until {until} count"),
        (Some(since), Some(until)) => format!("entries from {since} to {until} count"),
    }];
    for (count, what) in [
        (logs.outside, "of other days"),
        (logs.elsewhere, "about what was not compared"),
        (logs.untouched, "about what the project does not use"),
    ] {
        if count > 0 {
            counted.push(format!("{} {what}", plural(count, "entry")));
        }
    }
    if logs.unspoken > 0 {
        counted.push(format!(
            "{} of kinds that no log speaks of",
            plural(logs.unspoken, "finding")
        ));
    }
    counted.join("; ")
}

/// An entry in one line.
fn entry(entry: &Announcement) -> String {
    let what = entry.kind.words();
    let from = entry
        .effective
        .map(|day| format!(" from {day}"))
        .unwrap_or_default();
    let subject = match entry.kind {
        News::NoticeWithoutEndpoint => format!("{what}: {}", entry.shortened(160)),
        _ => format!("`{} {}` {what}", entry.method, entry.name),
    };
    format!(
        "{} {}: {subject}{from} ({})",
        entry.date, entry.product, entry.position
    )
}
