//! Sections: what stands under one date.

use std::ops::Range;

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::source::Lines;

use super::dates::{self, Date};

/// What stands under one date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) date: Date,
    /// Where its text is, the date excluded.
    pub(super) range: Range<usize>,
    /// Whether it is prose in a row of a table.
    pub(super) row: bool,
    /// Whether a version stands before its date.
    pub(super) versioned: bool,
}

/// A date that opens a section.
struct Opening {
    start: usize,
    end: usize,
    date: Option<Date>,
    row: bool,
    versioned: bool,
}

/// Splits a log at its dates.
pub(super) fn split(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Section> {
    // One log has one style; dates in bold are emphasis where headings are dates.
    let styles = [headings, rows, bold];
    let openings = styles
        .iter()
        .map(|style| style(text))
        .find(|found| !found.is_empty())
        .unwrap_or_default();
    if openings.is_empty() {
        diagnostics.push(Diagnostic::new(
            file,
            1,
            "no dated section is in the file",
            "name a change log of the exchange's; its sections open with `## 2026-06-20`, `## 4.1.0 - 2026-06-20`, \
             `**2026-05-08**` or `| 2026-06-24 |`",
        ));
    }
    let mut sections = Vec::new();
    for (at, opening) in openings.iter().enumerate() {
        let end = openings.get(at + 1).map_or(text.len(), |next| next.start);
        match opening.date {
            Some(date) => sections.push(Section {
                date,
                range: opening.end..end,
                row: opening.row,
                versioned: opening.versioned,
            }),
            None => diagnostics.push(Diagnostic::new(
                file,
                Lines::new(text).place(opening.start),
                format!("`{}` is not a day", text[opening.start..opening.end].trim()),
                "correct the date; the section is skipped",
            )),
        }
    }
    sections
}

/// `## 2026-06-20`, `### 2022-3-29`, `## 1.22.0 - 2024-10-08`
fn headings(text: &str) -> Vec<Opening> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('#') {
        let before = &text[..at];
        let rest = text[at..].trim_start_matches('#');
        // Only where the marks begin, and where a line or, in a flattened text, a sentence begins.
        if before.ends_with(|c: char| !c.is_whitespace()) || !rest.starts_with(' ') {
            continue;
        }
        let heading = rest.trim_start();
        let rest = after_version(heading);
        if let Some((length, date)) = dates::numeric(rest) {
            found.push(Opening {
                start: at,
                end: text.len() - rest.len() + length,
                date,
                row: false,
                versioned: rest.len() < heading.len(),
            });
        }
    }
    found
}

/// A heading without the version before its date.
fn after_version(heading: &str) -> &str {
    let version = |word: &str| {
        let number = word.trim_matches(['[', ']', 'v']);
        number.contains('.') && number.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    match heading.split_once(" - ") {
        Some((before, date)) if version(before) => date,
        _ => heading,
    }
}

/// `| 2026-06-24 | …`
fn rows(text: &str) -> Vec<Opening> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("| ") {
        let rest = text[at + 1..].trim_start();
        if let Some((length, date)) = dates::numeric(rest)
            && rest[length..].trim_start().starts_with('|')
        {
            found.push(Opening {
                start: at,
                end: text.len() - rest.len() + length,
                date,
                row: true,
                versioned: false,
            });
        }
    }
    found
}

/// `**2026-05-08**`, where a line or a paragraph begins
fn bold(text: &str) -> Vec<Opening> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("**") {
        let rest = &text[at + 2..];
        let Some((length, date)) = dates::numeric(rest) else {
            continue;
        };
        let after = &rest[length..];
        // In a sentence, a word or a mark would follow.
        let alone = after.strip_prefix("**").is_some_and(|after| {
            after.trim_start().starts_with(['-', '*', '#', '\n']) || after.trim().is_empty()
        });
        if alone {
            found.push(Opening {
                start: at,
                end: at + 2 + length + 2,
                date,
                row: false,
                versioned: false,
            });
        }
    }
    found
}
