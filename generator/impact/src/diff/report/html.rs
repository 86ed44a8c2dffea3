//! For a browser: one page that needs nothing else.

use std::fmt::Write;

use super::{calls, products, told};
use crate::diff::finding::{Finding, Group, Report};
use crate::diff::kind::{Severity, Transport, Verdict};

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
         <header class=\"{verdict}\"><h1>{said}</h1><p class=\"sides\"><code>{old}</code> → <code>{new}</code></p>\
         {narrowed}</header>\n",
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
        old = escaped(&report.old),
        new = escaped(&report.new),
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
        section(report, severity, &mut out);
    }
    out.push_str("</main>\n");
    logs(report, &mut out);
    let _ = write!(
        out,
        "<p id=\"none\" hidden>Nothing fits these filters.</p>\n<script>\n{SCRIPT}</script>\n</body></html>\n"
    );
    out
}

/// How many changes a part shows before it has to be opened; nobody reads thousands of examples before what breaks.
const OPEN: usize = 60;

/// The changes of one severity.
fn section(report: &Report, severity: Severity, out: &mut String) {
    let groups: Vec<&Group> = report
        .groups
        .iter()
        .filter(|group| group.severity == severity)
        .collect();
    if groups.is_empty() {
        return;
    }
    let open = severity >= Severity::Warning || groups.len() <= OPEN;
    let _ = writeln!(
        out,
        "<details class=\"part {}\"{}><summary>{} <span>{}</span></summary>",
        shown(severity),
        if open { " open" } else { "" },
        match severity {
            Severity::Error => "Breaking",
            Severity::Warning => "To look at",
            Severity::Info => "Compatible",
            Severity::Ignore => "Approved",
        },
        match groups.len() {
            1 => "one change".to_owned(),
            several => format!("{several} changes"),
        }
    );
    for group in groups {
        card(report, group, out);
    }
    out.push_str("</details>\n");
}

fn filters(report: &Report, out: &mut String) {
    out.push_str("<form id=\"filters\"><fieldset>\n");
    for (severity, count) in [
        ("error", report.summary.errors),
        ("warning", report.summary.warnings),
        ("info", report.summary.infos),
        ("approved", report.summary.approved),
    ] {
        if count == 0 && severity == "approved" {
            continue;
        }
        let said = match severity {
            "error" => "breaking",
            "warning" => "to look at",
            "info" => "compatible",
            other => other,
        };
        let _ = writeln!(
            out,
            "<label class=\"{severity}\"><input type=\"checkbox\" name=\"severity\" value=\"{severity}\" checked>\
             <b>{count}</b> {said}</label>"
        );
    }
    out.push_str("</fieldset>\n");
    let mut transports: Vec<&str> = report
        .findings
        .iter()
        .map(|finding| finding.subject.transport.map_or("json", Transport::name))
        .collect();
    transports.sort_unstable();
    transports.dedup();
    for (name, all, values) in [
        ("product", "all products", products(report)),
        ("transport", "all transports", transports),
    ] {
        // A choice of one is none.
        if values.len() < 2 {
            continue;
        }
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
    let _ = write!(out, "<article class=\"{}\">", shown(group.severity));
    // One finding says it all by itself.
    if findings.len() > 1 {
        let _ = write!(
            out,
            "<h2>{} <span class=\"places\">in {} places</span></h2>",
            coded(&group.title),
            findings.len()
        );
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
        "<section id=\"logs\"><h2>Announcements</h2><p>{}: {}</p>",
        escaped(&logs.files.join(", ")),
        escaped(&told::counted(logs))
    );
    for part in told::announced(report, logs) {
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

/// How many calls are named before the rest is counted.
const NAMED: usize = 6;

fn row(finding: &Finding, out: &mut String) {
    let severity = match finding.approved {
        Some(_) => "approved",
        None => shown(finding.severity),
    };
    let transport = finding.subject.transport.map_or("json", Transport::name);
    let change = without_change(&finding.message, finding);
    let _ = write!(
        out,
        "<li class=\"{severity}\" data-severity=\"{severity}\" data-product=\"{product}\" data-transport=\"{transport}\">\
         <p class=\"message\">{message}</p>",
        product = escaped(&finding.subject.product),
        message = coded(change.unwrap_or(&finding.message)),
    );
    if change.is_some() {
        let _ = write!(
            out,
            "<p class=\"change\"><del>{}</del> → <ins>{}</ins></p>",
            escaped(finding.before.as_deref().unwrap_or(NOTHING)),
            escaped(finding.after.as_deref().unwrap_or(NOTHING))
        );
    }
    let _ = write!(
        out,
        "<p class=\"facts\"><span class=\"tag\">{}</span><span class=\"tag\">{transport}</span>",
        escaped(&finding.subject.product)
    );
    for (what, verdict) in [
        ("on the wire", finding.wire),
        ("in Rust", finding.surface),
        ("in behaviour", finding.behaviour),
    ] {
        if verdict > Verdict::None {
            let _ = write!(out, "<span class=\"{verdict}\">{verdict} {what}</span>");
        }
    }
    out.push_str("</p>");
    if let Some(reason) = &finding.approved {
        let _ = write!(out, "<p>Approved: {}</p>", escaped(reason));
    }
    let named = calls(finding, NAMED);
    if !named.is_empty() {
        let _ = write!(out, "<p class=\"calls\">affects {}</p>", escaped(&named));
    }
    uses(finding, out);
    place(finding, out);
    out.push_str("</li>\n");
}

/// What only some want to know of a finding.
fn place(finding: &Finding, out: &mut String) {
    let _ = write!(
        out,
        "<details><summary>Details</summary><dl><dt>kind</dt><dd><code>{}</code></dd>\
         <dt>fingerprint</dt><dd><code>{}</code></dd>",
        finding.kind, finding.fingerprint
    );
    let all = calls(finding, usize::MAX);
    if all != calls(finding, NAMED) {
        let _ = write!(out, "<dt>affects</dt><dd>{}</dd>", escaped(&all));
    }
    if !finding.items.is_empty() {
        out.push_str("<dt>in Rust</dt><dd>");
        for item in &finding.items {
            let _ = write!(out, "<code>{}</code><br>", escaped(&item.to_string()));
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

/// What a message has for a side that is not there.
const NOTHING: &str = "–";

/// A message without what was and what is, where it ends in both.
fn without_change<'m>(message: &'m str, finding: &Finding) -> Option<&'m str> {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| NOTHING.to_owned());
    message.strip_suffix(&format!(": {} → {}", side(&finding.before), side(&finding.after)))
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
