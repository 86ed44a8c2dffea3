//! For a terminal.

use std::fmt::Write;

use super::{calls, counted, products, wording};
use crate::diff::finding::Report;
use crate::diff::kind::Transport;

/// Findings by product, one a line, with what they mean and where they stand.
pub fn text(report: &Report) -> String {
    let mut out = format!("{} → {}: {}\n", report.old, report.new, counted(&report.summary));
    for line in wording::narrowed(report) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{line}");
    }
    for product in products(report) {
        let _ = writeln!(out, "\n{product}");
        for finding in report
            .findings
            .iter()
            .filter(|finding| finding.subject.product == product)
        {
            let what = match &finding.approved {
                Some(_) => "approved".to_owned(),
                None => finding.severity.to_string(),
            };
            let transport = finding.subject.transport.map_or("json", Transport::name);
            let _ = writeln!(out, "  {what:<8} {transport}: {}", finding.message);
            let _ = write!(
                out,
                "           {} {} · wire {} · surface {} · behaviour {}",
                finding.kind, finding.fingerprint, finding.wire, finding.surface, finding.behaviour
            );
            let place = &finding.location;
            match place.line {
                _ if place.file.is_empty() => {}
                0 => {
                    let _ = write!(out, " · {}", place.file);
                }
                line => {
                    let _ = write!(out, " · {}:{line}", place.file);
                }
            }
            out.push('\n');
            let calls = calls(finding, 6);
            if !calls.is_empty() {
                let _ = writeln!(out, "           affects {calls}");
            }
            if let Some(reason) = &finding.approved {
                let _ = writeln!(out, "           approved: {reason}");
            }
            for found in &finding.uses {
                let (place, done) = (wording::place(found), wording::done(found));
                let _ = writeln!(out, "           {place} {done}\n             {}", found.text);
            }
        }
    }
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
