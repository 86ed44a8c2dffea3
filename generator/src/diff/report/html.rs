//! For a browser: one page that needs nothing else.

use std::fmt::Write;

use super::{calls, counted, products, told};
use crate::diff::finding::{Finding, Group, Report};
use crate::diff::kind::{Severity, Verdict};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page with one card a change, which can be filtered by severity, product, transport and words.
pub fn html(report: &Report) -> String {
    let mut out = String::with_capacity(64 * 1024);
    let title = format!("{} → {}", report.old, report.new);
    let unread = report
        .narrowed
        .as_ref()
        .is_some_and(|narrowed| !narrowed.unread.is_empty());
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title>\n<style>\n{STYLE}</style></head>\n<body>\n\
         <header><h1>{title}</h1><p class=\"verdict {verdict}\">{said}</p><p>{counted}</p>{narrowed}</header>\n",
        title = escaped(&title),
        verdict = if report.fails() {
            "error"
        } else if unread {
            "warning"
        } else {
            "info"
        },
        said = match (report.fails(), &report.narrowed) {
            (true, None) => "This breaks something.",
            (true, Some(_)) => "This breaks the project.",
            (false, _) if unread => "Nothing was found to break, but not all could be read.",
            (false, None) => "Nothing breaks.",
            (false, Some(_)) => "Nothing breaks the project.",
        },
        counted = escaped(&counted(&report.summary)),
        narrowed = told::narrowed(report)
            .iter()
            .map(|line| format!("<p class=\"narrowed\">{}</p>", escaped(line)))
            .collect::<String>(),
    );
    filters(report, &mut out);
    out.push_str("<main>\n");
    for severity in [
        Severity::Error,
        Severity::Warning,
        Severity::Info,
        Severity::Ignore,
    ] {
        for group in report.groups.iter().filter(|group| group.severity == severity) {
            card(report, group, &mut out);
        }
    }
    out.push_str("</main>\n");
    logs(report, &mut out);
    let _ = write!(
        out,
        "<p id=\"none\" hidden>Nothing fits these filters.</p>\n<script>\n{SCRIPT}</script>\n</body></html>\n"
    );
    out
}

fn filters(report: &Report, out: &mut String) {
    out.push_str("<form id=\"filters\"><fieldset><legend>Show</legend>\n");
    for (severity, count) in [
        ("error", report.summary.errors),
        ("warning", report.summary.warnings),
        ("info", report.summary.infos),
        ("approved", report.summary.approved),
    ] {
        let said = match severity {
            "error" => "breaking",
            "warning" => "to look at",
            "info" => "compatible",
            other => other,
        };
        let _ = writeln!(
            out,
            "<label class=\"{severity}\"><input type=\"checkbox\" name=\"severity\" value=\"{severity}\" checked> \
             {said} <b>{count}</b></label>"
        );
    }
    out.push_str("</fieldset>\n");
    let mut transports: Vec<&str> = report
        .findings
        .iter()
        .map(|finding| finding.subject.transport.as_deref().unwrap_or("json"))
        .collect();
    transports.sort_unstable();
    transports.dedup();
    for (name, all, values) in [
        ("product", "all products", products(report)),
        ("transport", "all transports", transports),
    ] {
        let _ = write!(
            out,
            "<select name=\"{name}\" aria-label=\"{name}\"><option value=\"\">{all}</option>"
        );
        for value in values {
            let value = escaped(value);
            let _ = write!(out, "<option value=\"{value}\">{value}</option>");
        }
        out.push_str("</select>\n");
    }
    out.push_str(
        "<input type=\"search\" name=\"words\" placeholder=\"Find a name, call or kind\" aria-label=\"find\"></form>\n",
    );
}

fn card(report: &Report, group: &Group, out: &mut String) {
    let findings: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.group == group.name)
        .collect();
    let _ = write!(
        out,
        "<article class=\"{}\"><h2>{}</h2>",
        shown(group.severity),
        coded(&group.title)
    );
    if findings.len() > 1 {
        let _ = write!(out, "<p class=\"places\">in {} places</p>", findings.len());
    }
    out.push_str("<ul>\n");
    for finding in findings {
        row(finding, out);
    }
    out.push_str("</ul></article>\n");
}

fn logs(report: &Report, out: &mut String) {
    let Some(logs) = &report.logs else { return };
    let _ = write!(
        out,
        "<section id=\"logs\"><h2>Change logs</h2><p>{}: {}</p>",
        escaped(&logs.files.join(", ")),
        escaped(&told::counted(logs))
    );
    for part in told::logs(report, logs) {
        let _ = write!(out, "<h3>{}</h3><ul>", coded(&part.title));
        for line in part.lines {
            let _ = write!(out, "<li>{}", coded(&line.text));
            for note in line.notes {
                let _ = write!(out, "<p>{}</p>", coded(&note));
            }
            out.push_str("</li>\n");
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</section>\n");
}

fn uses(finding: &Finding, out: &mut String) {
    if finding.uses.is_empty() {
        return;
    }
    out.push_str("<dl class=\"uses\">");
    for found in &finding.uses {
        let _ = write!(
            out,
            "<dt>{}</dt><dd>{}<pre>{}</pre></dd>",
            escaped(&told::place(found)),
            escaped(&told::done(found)),
            escaped(&found.text)
        );
    }
    out.push_str("</dl>");
}

fn row(finding: &Finding, out: &mut String) {
    let severity = match finding.approved {
        Some(_) => "approved",
        None => shown(finding.severity),
    };
    let transport = finding.subject.transport.as_deref().unwrap_or("json");
    let _ = write!(
        out,
        "<li class=\"{severity}\" data-severity=\"{severity}\" data-product=\"{product}\" data-transport=\"{transport}\">\
         <span class=\"tag\">{product}</span> <span class=\"tag\">{transport}</span> {message}",
        product = escaped(&finding.subject.product),
        message = coded(&message(finding)),
    );
    if finding.before.is_some() && finding.after.is_some() {
        let _ = write!(
            out,
            "<div class=\"change\"><del>{}</del> <ins>{}</ins></div>",
            escaped(finding.before.as_deref().unwrap_or_default()),
            escaped(finding.after.as_deref().unwrap_or_default())
        );
    }
    out.push_str("<div class=\"verdicts\">");
    for (what, verdict) in [
        ("wire", finding.wire),
        ("Rust", finding.surface),
        ("behaviour", finding.behaviour),
    ] {
        if verdict > Verdict::None {
            let _ = write!(out, "<span class=\"{verdict}\">{what}: {verdict}</span>");
        }
    }
    let _ = write!(
        out,
        "<code>{}</code> <code>{}</code></div>",
        finding.kind, finding.fingerprint
    );
    if let Some(reason) = &finding.approved {
        let _ = write!(out, "<p>Approved: {}</p>", escaped(reason));
    }
    uses(finding, out);
    let calls = calls(finding, usize::MAX);
    if !calls.is_empty() || !finding.items.is_empty() || !finding.location.file.is_empty() {
        out.push_str("<details><summary>Where</summary><dl>");
        if !calls.is_empty() {
            let _ = write!(out, "<dt>calls</dt><dd>{}</dd>", escaped(&calls));
        }
        if !finding.items.is_empty() {
            out.push_str("<dt>in Rust</dt><dd>");
            for item in &finding.items {
                let _ = write!(out, "<code>{}</code> ", escaped(&item.to_string()));
            }
            out.push_str("</dd>");
        }
        if !finding.location.file.is_empty() {
            let _ = write!(out, "<dt>specs</dt><dd>{}", escaped(&finding.location.file));
            if finding.location.line > 0 {
                let _ = write!(out, ":{}", finding.location.line);
            }
            out.push_str("</dd>");
        }
        out.push_str("</dl></details>");
    }
    out.push_str("</li>\n");
}

/// The message without what is shown as before and after.
fn message(finding: &Finding) -> String {
    match (&finding.before, &finding.after) {
        (Some(before), Some(after)) => {
            let end = format!(": {before} → {after}");
            finding
                .message
                .strip_suffix(&end)
                .unwrap_or(&finding.message)
                .to_owned()
        }
        _ => finding.message.clone(),
    }
}

fn shown(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
        // A change of which everything is approved.
        Severity::Ignore => "approved",
    }
}

/// Text in which what stands in backticks is code.
fn coded(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        match at % 2 {
            0 => out += &escaped(part),
            _ => {
                let _ = write!(out, "<code>{}</code>", escaped(part));
            }
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
