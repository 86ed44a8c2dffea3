//! For a terminal.

use std::fmt::Write;

use super::outline::{Change, Effect, Outline};
use super::{counted, few, wording};
use crate::diff::finding::Report;

/// The most calls that are listed with a change; the JSON has them all.
const CALLS: usize = 6;

/// A summary, changes by what they do to a user, and the places of the project that they touch.
pub fn text(report: &Report) -> String {
    let mut out = format!("{} → {}: {}\n", report.old, report.new, counted(&report.summary));
    for line in wording::narrowed(report) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{line}");
    }
    let outline = Outline::of(report);
    if !outline.sections.is_empty() {
        out.push('\n');
    }
    for section in &outline.sections {
        let _ = writeln!(out, "  {}: {}", section.effect.title(), section.counted);
    }
    for section in &outline.sections {
        let _ = writeln!(out, "\n{}", section.effect.title());
        for found in &section.changes {
            change(found, section.effect, &mut out);
        }
        for line in &section.folded {
            let _ = writeln!(out, "  {line}");
        }
    }
    places(report, &outline, &mut out);
    if let Some(logs) = &report.logs {
        let _ = writeln!(out, "\n{}: {}", logs.files.join(", "), wording::counted(logs));
        for part in wording::announced(report, logs) {
            let _ = writeln!(out, "\n{}", part.title);
            for line in part.lines {
                let _ = writeln!(out, "  {}", line.text);
                for note in line.notes {
                    let _ = writeln!(out, "      {note}");
                }
            }
        }
    }
    out
}

fn change(change: &Change<'_>, effect: Effect, out: &mut String) {
    let number = change
        .number
        .map(|number| format!("[{number}] "))
        .unwrap_or_default();
    let mut lead = number.as_str();
    let mut indent = "";
    if let Some(title) = change.title.filter(|_| !effect.is_short()) {
        let _ = writeln!(out, "  {lead}{title}");
        (lead, indent) = ("", "  ");
    }
    for row in &change.rows {
        let findings = row.findings.join(", ");
        let _ = write!(out, "  {indent}{lead}{}", row.message);
        if effect.is_short() {
            let _ = write!(out, " ({}: {findings})", row.kind);
        } else {
            let _ = write!(out, "\n  {indent}    {findings} · {}", row.kind);
            for fact in [&row.verdicts, &row.location] {
                if !fact.is_empty() {
                    let _ = write!(out, " · {fact}");
                }
            }
        }
        if let Some(reason) = row.approved {
            let _ = write!(out, "; approved: {reason}");
        }
        out.push('\n');
    }
    if !effect.is_short() && !change.calls.is_empty() {
        let _ = writeln!(out, "  {indent}    affects {}", few(&change.calls, CALLS));
    }
}

/// The lines of the project, each with the numbers of the changes.
fn places(report: &Report, outline: &Outline<'_>, out: &mut String) {
    let (Some(narrowed), false) = (&report.narrowed, outline.places.is_empty()) else {
        return;
    };
    let _ = writeln!(out, "\nUsed in {}", narrowed.project);
    for place in &outline.places {
        let done = place
            .done
            .iter()
            .map(|(column, done)| format!("{}:{}:{column} {done}", place.file, place.line));
        let changes: Vec<String> = place.changes.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            out,
            "  {} [{}]\n    {}",
            done.collect::<Vec<_>>().join("; "),
            changes.join(", "),
            place.text
        );
    }
    if outline.imports > 0 {
        let _ = writeln!(out, "  {}", wording::imports(outline.imports));
    }
}
