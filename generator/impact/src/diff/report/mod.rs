//! Reports, in the forms that people and machines read.

mod github;
mod html;
mod json;
mod markdown;
mod outline;
mod text;
mod wording;

pub use github::github;
pub use html::html;
pub use json::{json, schema};
pub use markdown::{cell, escaped, markdown};
pub use text::text;

use super::finding::{Finding, Report, Summary};

/// The counts in words.
fn counted(summary: &Summary) -> String {
    let Summary {
        errors,
        warnings,
        infos,
        approved,
        ignored,
    } = summary;
    let mut parts = vec![
        format!("{errors} breaking"),
        format!("{warnings} to look at"),
        format!("{infos} compatible"),
    ];
    for (count, what) in [(approved, "approved"), (ignored, "ignored")] {
        if *count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join(", ")
}

/// The calls that a finding has to do with, the first few by name.
fn calls(finding: &Finding, most: usize) -> String {
    // An operation need not be told that it concerns itself.
    let own = finding.subject.path.first().map(|step| step.name.as_str());
    let mut names: Vec<&str> = finding
        .affected
        .iter()
        .map(|affected| affected.call.as_str())
        .filter(|call| Some(*call) != own)
        .collect();
    // One call may have two identifiers, before and after; they stand side by side.
    names.dedup();
    few(&names, most)
}

/// The first few of some names, and how many more there are.
fn few(names: &[&str], most: usize) -> String {
    let shown = names.get(..most.min(names.len())).unwrap_or_default().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The products that a report speaks of, in order.
fn products(report: &Report) -> Vec<&str> {
    let mut names: Vec<&str> = report
        .findings
        .iter()
        .map(|finding| finding.subject.product.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
