//! For a pull request.

use std::fmt::Write;

use super::outline::{Change, Effect, Outline};
use super::{counted, wording};
use crate::diff::finding::Report;

/// The most calls that are listed with a change; the JSON has them all.
const CALLS: usize = 12;

/// A summary, changes by what they do to a user, and the places of the project that they touch.
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
    let outline = Outline::of(report);
    if !outline.sections.is_empty() {
        out.push('\n');
    }
    for section in &outline.sections {
        let _ = writeln!(out, "- {}: {}", section.effect.title(), section.counted);
    }
    for section in &outline.sections {
        let _ = writeln!(out, "\n## {}\n", section.effect.title());
        for found in &section.changes {
            change(found, section.effect, &mut out);
        }
        for line in &section.folded {
            let _ = writeln!(out, "- {}", escaped(line));
        }
    }
    places(report, &outline, &mut out);
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

fn change(change: &Change<'_>, effect: Effect, out: &mut String) {
    let number = change.number.map(|number| format!("\\[{number}\\] "));
    let number = number.unwrap_or_default();
    let rows = change.title.filter(|_| !effect.is_short());
    let (lead, indent) = match rows {
        Some(title) => {
            let _ = writeln!(out, "- {number}**{}**", escaped(title));
            (String::new(), "  ")
        }
        None => (number, ""),
    };
    for row in &change.rows {
        let findings: Vec<String> = row.findings.iter().map(|finding| code(finding)).collect();
        let mut facts = vec![row.kind.to_string(), findings.join(", ")];
        if !effect.is_short() && !row.verdicts.is_empty() {
            facts.push(row.verdicts.clone());
        }
        let message = match (effect.is_short(), rows) {
            (false, None) => format!("**{}**", escaped(row.message)),
            _ => escaped(row.message),
        };
        let _ = write!(out, "{indent}- {lead}{message} ({})", facts.join("; "));
        if let Some(reason) = row.approved {
            let _ = write!(out, "; approved: {}", escaped(reason));
        }
        out.push('\n');
    }
    if !effect.is_short() && !change.calls.is_empty() {
        let names = change.calls.iter().take(CALLS);
        let names: Vec<String> = names.map(|call| format!("`{}`", call.replace('`', ""))).collect();
        let more = match change.calls.len().saturating_sub(CALLS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(out, "  - affects {}{more}", names.join(", "));
    }
}

/// The lines of the project, each with the numbers of the changes.
fn places(report: &Report, outline: &Outline<'_>, out: &mut String) {
    let (Some(narrowed), false) = (&report.narrowed, outline.places.is_empty()) else {
        return;
    };
    let _ = writeln!(out, "\n## Used in {}\n", escaped(&narrowed.project));
    for place in &outline.places {
        let done = place.done.iter().map(|(column, done)| {
            let at = format!("{}:{}:{column}", place.file, place.line);
            format!("{} {}", code(&at), escaped(done))
        });
        let changes: Vec<String> = place.changes.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            out,
            "- {} \\[{}\\]: {}",
            done.collect::<Vec<_>>().join("; "),
            changes.join(", "),
            code(place.text)
        );
    }
    if outline.imports > 0 {
        let _ = writeln!(out, "- {}", wording::imports(outline.imports));
    }
}

/// A line of code in Markdown, whatever backticks it has in it.
fn code(text: &str) -> String {
    match text.contains('`') {
        false => format!("`{text}`"),
        true => format!("`` {text} ``"),
    }
}

/// Text that Markdown takes for text, in one line; what is in backticks stays as it is.
pub fn escaped(text: &str) -> String {
    escape(text, false)
}

/// The same in a cell of a table, which a `|` ends even within code.
pub fn cell(text: &str) -> String {
    escape(text, true)
}

fn escape(text: &str, in_table: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    for c in text.chars() {
        match c {
            '`' => code = !code,
            '|' if in_table => out.push('\\'),
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
