//! For GitHub's annotations of a pull request.

use std::fmt::Write;

use super::wording;
use crate::diff::announced::Announced;
use crate::diff::finding::{Finding, Report};
use crate::diff::kind::Severity;

/// One workflow command a finding that is not approved; where a project was searched, one for each place that it touches.
pub fn github(report: &Report) -> String {
    let mut out = String::new();
    for finding in report
        .findings
        .iter()
        .filter(|finding| finding.approved.is_none())
    {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
            Severity::Ignore => continue,
        };
        let title = format!("{} ({})", finding.kind, finding.subject.product);
        let message = message(finding);
        if finding.uses.is_empty() {
            let place = &finding.location;
            line(&mut out, command, &place.file, (place.line, 0), &title, &message);
        }
        for found in &finding.uses {
            let place = (found.line, found.column);
            let message = format!("{message}; here the code {}", wording::done(found));
            line(&mut out, command, &found.file, place, &title, &message);
        }
    }
    if let Some(narrowed) = &report.narrowed {
        for file in &narrowed.unread {
            line(&mut out, "warning", "", (0, 0), "findings may be missing", file);
        }
        for part in &narrowed.not_searched {
            line(&mut out, "notice", "", (0, 0), "not searched for uses", part);
        }
    }
    if let Some(logs) = &report.logs {
        announced(logs, &mut out);
    }
    out
}

/// What the exchange announced and the specs do not have.
fn announced(logs: &Announced, out: &mut String) {
    for notice in &logs.notices {
        let place = &notice.position;
        let title = format!("notice without endpoint ({})", notice.product);
        line(
            out,
            "notice",
            &place.file,
            (place.line, 0),
            &title,
            &notice.shortened(400),
        );
    }
    for found in &logs.log_only {
        let (entry, place) = (&found.entry, &found.entry.position);
        let title = format!("in the change log only ({})", entry.product);
        let message = format!(
            "{} {}, {}: holds from {}",
            entry.method, entry.name, place, found.from
        );
        if found.uses.is_empty() {
            line(out, "notice", &place.file, (place.line, 0), &title, &message);
        }
        for one in &found.uses {
            line(out, "notice", &one.file, (one.line, one.column), &title, &message);
        }
    }
}

fn message(finding: &Finding) -> String {
    format!(
        "{}; wire {}, surface {}, behaviour {}; fingerprint {}",
        finding.message, finding.wire, finding.surface, finding.behaviour, finding.fingerprint
    )
}

/// One command. A line or column of 0 is none.
fn line(
    out: &mut String,
    command: &str,
    file: &str,
    (line, column): (usize, usize),
    title: &str,
    message: &str,
) {
    let mut place = String::new();
    if !file.is_empty() {
        place = format!("file={},", property(file));
        for (name, number) in [("line", line), ("col", column)] {
            if number > 0 {
                place += &format!("{name}={number},");
            }
        }
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "::{command} {place}title={}::{}",
        property(title),
        data(message)
    );
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
