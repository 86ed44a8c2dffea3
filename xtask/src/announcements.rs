//! `cargo xtask announcements`: what the exchange's change logs say, and whether the specs say so too.

use std::path::PathBuf;

use anyhow::Result;
use binance_wire_impact::announcements::{self, Announcement, Difference, News};
use binance_wire_model::diagnostics::Diagnostic;
use clap::ValueEnum;

use crate::outcome::{Outcome, plural};
use crate::output::{remark, say};
use crate::tree;

#[derive(clap::Args)]
#[command(
    about = "List the exchange's announcements, or compare them with differences",
    long_about = "Reads the exchange's own change logs, and prints each announcement: date, product, endpoint, \
                  stream or event, what changes, and from when. What names none of them is a notice without endpoint. With --findings, reports what is in both, in the \
                  findings only, and in the announcements only.\n\n\
                  Exit codes: 0 success, 1 usage or unreadable sections, 101 could not run."
)]
pub(crate) struct Arguments {
    /// The files of announcements
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// A JSON file with differences: `[{"product": "spot", "kind": "added", "method": "GET", "name": "/api/v3/depth"},
    /// …]`
    #[arg(long)]
    findings: Option<PathBuf>,

    /// How the announcements are printed
    #[arg(long, value_enum, default_value_t, conflicts_with = "findings")]
    format: Format,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One per line
    #[default]
    Text,
    /// A list of objects with `date`, `product`, `kind`, `method`, `name` and more
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let (entries, diagnostics) = read(&arguments.files)?;
    match &arguments.findings {
        Some(path) => {
            let remedy = "`cargo xtask announcements --help` shows one";
            let findings: Vec<Difference> = tree::json(path, "a list of findings", remedy)?;
            relate(&entries, &findings);
        }
        None if arguments.format == Format::Json => say!("{}", serde_json::to_string_pretty(&entries)?),
        None => {
            for entry in &entries {
                say!("{}", line(entry));
            }
            let notices = entries
                .iter()
                .filter(|entry| entry.kind == News::NoticeWithoutEndpoint)
                .count();
            say!(
                "{}, {} without an endpoint",
                plural(entries.len(), "mention"),
                plural(notices, "notice")
            );
        }
    }
    for diagnostic in &diagnostics {
        remark!("{diagnostic}");
    }
    Ok(if diagnostics.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Findings
    })
}

/// Reads logs; what cannot be read of them is in the second part of the answer.
pub(crate) fn read(files: &[PathBuf]) -> Result<(Vec<Announcement>, Vec<Diagnostic>)> {
    let mut entries = Vec::new();
    let mut diagnostics = Vec::new();
    for path in files {
        let text = tree::text(path)?;
        let (found, complaints) = announcements::parse(&path.display().to_string(), &text);
        entries.extend(found);
        diagnostics.extend(complaints);
    }
    Ok((entries, diagnostics))
}

fn line(entry: &Announcement) -> String {
    let from = entry
        .effective
        .map(|date| format!(", from {date}"))
        .unwrap_or_default();
    let subject = match entry.kind {
        News::NoticeWithoutEndpoint => format!("{}: {}", entry.kind.words(), entry.shortened(160)),
        kind => format!("{} {} {kind:?}", entry.method, entry.name),
    };
    format!(
        "{} {}: {subject}{from} ({})",
        entry.date, entry.product, entry.position
    )
}

fn relate(entries: &[Announcement], findings: &[Difference]) {
    let relation = announcements::relate(entries, findings);
    say!("In both: {}", relation.both.len());
    for found in &relation.both {
        if let Some(entry) = entries.get(found.entry) {
            let doubt = if found.agrees { "" } else { "; the specs differ" };
            say!("  {}{doubt}", line(entry));
        }
    }
    say!("In the specs only: {}", relation.specs_only.len());
    for finding in relation.specs_only.iter().filter_map(|&at| findings.get(at)) {
        say!(
            "  {}: {} {} {:?}",
            finding.product,
            finding.method,
            finding.name,
            finding.kind
        );
    }
    say!("In the logs only: {}", relation.log_only.len());
    for (entry, date) in &relation.log_only {
        if let Some(entry) = entries.get(*entry) {
            say!("  {} (holds from {date})", line(entry));
        }
    }
    say!("Notices without an endpoint: {}", relation.notices.len());
    for entry in relation.notices.iter().filter_map(|&at| entries.get(at)) {
        say!("  {}", line(entry));
    }
}
