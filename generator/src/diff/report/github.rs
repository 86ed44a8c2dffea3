//! For GitHub's annotations of a pull request.

use std::fmt::Write;

use crate::diff::finding::Report;
use crate::diff::kind::Severity;

/// One workflow command a finding that is not approved.
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
        let mut place = String::new();
        if !finding.location.file.is_empty() {
            place = format!("file={},", property(&finding.location.file));
            if finding.location.line > 0 {
                place += &format!("line={},", finding.location.line);
            }
        }
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "::{command} {place}title={}::{}",
            property(&format!("{} ({})", finding.kind, finding.subject.product)),
            data(&format!(
                "{}; wire {}, surface {}, behaviour {}; fingerprint {}",
                finding.message, finding.wire, finding.surface, finding.behaviour, finding.fingerprint
            ))
        );
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
