//! For a pull request.

use std::fmt::Write;

use super::{counted, wording};
use crate::diff::finding::{Group, Report};
use crate::diff::kind::Severity;

/// The most calls that are listed with a change; the JSON has them all.
const CALLS: usize = 12;

/// Changes, each with its findings and the calls that it has to do with.
pub fn markdown(report: &Report) -> String {
    let mut out = format!(
        "# {} → {}\n\n{}.\n",
        escaped(&report.old),
        escaped(&report.new),
        counted(&report.summary)
    );
    for line in wording::narrowed(report) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n{}.\n", escaped(&line));
    }
    let parts = [
        (Severity::Error, "Breaking"),
        (Severity::Warning, "To look at"),
        (Severity::Info, "Compatible"),
        (Severity::Ignore, "Approved"),
    ];
    for (severity, title) in parts {
        let groups: Vec<&Group> = report
            .groups
            .iter()
            .filter(|group| group.severity == severity)
            .collect();
        if groups.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n## {title}\n");
        for group in groups {
            let _ = writeln!(out, "- **{}**", escaped(&group.title));
            for finding in report
                .findings
                .iter()
                .filter(|finding| finding.group == group.name)
            {
                let _ = write!(
                    out,
                    "  - {}: {} (`{}`; wire {}, surface {}, behaviour {})",
                    finding.subject.product,
                    escaped(&finding.message),
                    finding.fingerprint,
                    finding.wire,
                    finding.surface,
                    finding.behaviour
                );
                if let Some(reason) = &finding.approved {
                    let _ = write!(out, "; approved: {}", escaped(reason));
                }
                out.push('\n');
                for found in &finding.uses {
                    let (place, done) = (wording::place(found), wording::done(found));
                    let _ = writeln!(out, "    - `{place}` {}: {}", escaped(&done), code(&found.text));
                }
            }
            if !group.affected.is_empty() {
                let names: Vec<String> = group
                    .affected
                    .iter()
                    .take(CALLS)
                    .map(|affected| format!("`{}`", affected.call.replace('`', "")))
                    .collect();
                let more = match group.affected.len().saturating_sub(CALLS) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let _ = writeln!(out, "  - affects {}{more}", names.join(", "));
            }
        }
    }
    if let Some(logs) = &report.logs {
        let files: Vec<String> = logs.files.iter().map(|file| escaped(file)).collect();
        let _ = writeln!(
            out,
            "\n## Announcements\n\n{}: {}.",
            files.join(", "),
            wording::counted(logs)
        );
        for part in wording::announced(report, logs) {
            let _ = writeln!(out, "\n### {}\n", part.title);
            for line in part.lines {
                let _ = writeln!(out, "- {}", escaped(&line.text));
                for note in line.notes {
                    let _ = writeln!(out, "  - {}", escaped(&note));
                }
            }
        }
    }
    out
}

/// A line of code in Markdown, whatever backticks it has in it.
fn code(text: &str) -> String {
    match text.contains('`') {
        false => format!("`{text}`"),
        true => format!("`` {text} ``"),
    }
}

/// Text that Markdown takes for text; what stands in backticks stays as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    for c in text.chars() {
        match c {
            '`' => code = !code,
            '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' if !code => out.push('\\'),
            '\n' | '\r' => {
                out.push(' ');
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}
