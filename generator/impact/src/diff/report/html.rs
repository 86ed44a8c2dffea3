//! For a browser: one page that needs nothing else. What it says is decided here, what it looks like in `page.html`.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::{calls, products, wording};
use crate::diff::finding::{Finding, Group, Report};
use crate::diff::kind::{Severity, Transport, Verdict};
use crate::diff::row::Kind;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// How many changes a part shows before it has to be opened; nobody reads thousands of examples before what breaks.
const OPEN: usize = 60;

/// How many calls are named before the rest is counted.
const NAMED: usize = 6;

/// What a message has for a side that is not there.
const NOTHING: &str = "–";

/// A page with one card per change, which can be filtered by severity, product, transport and words.
///
/// # Errors
/// None that a report can cause; they are the template's.
pub fn html(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let mut text = environment.render_named_str("page.html", PAGE, Serde(Page::of(report)))?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct Page<'r> {
    style: &'static str,
    script: &'static str,
    old: &'r str,
    new: &'r str,
    class: &'static str,
    headline: &'static str,
    narrowed: Vec<String>,
    filters: Vec<Filter>,
    choices: Vec<Choice<'r>>,
    sections: Vec<Section<'r>>,
    announced: Option<Announcements>,
}

/// A severity that can be left out.
#[derive(Serialize)]
struct Filter {
    class: &'static str,
    count: usize,
    what: &'static str,
}

/// A property by which findings can be chosen.
#[derive(Serialize)]
struct Choice<'r> {
    name: &'static str,
    all: &'static str,
    values: Vec<&'r str>,
}

/// The changes of one severity.
#[derive(Serialize)]
struct Section<'r> {
    class: &'static str,
    open: bool,
    title: &'static str,
    count: String,
    cards: Vec<Card<'r>>,
}

/// A change, with its findings. One finding needs no heading.
#[derive(Serialize)]
struct Card<'r> {
    heading: Vec<Part<'r>>,
    places: usize,
    rows: Vec<Row<'r>>,
}

#[derive(Serialize)]
struct Row<'r> {
    class: &'static str,
    product: &'r str,
    transport: &'static str,
    message: Vec<Part<'r>>,
    change: Option<Change<'r>>,
    facts: Vec<Fact>,
    approved: Option<&'r str>,
    calls: String,
    uses: Vec<Use<'r>>,
    kind: Kind,
    fingerprint: &'r str,
    all_calls: Option<String>,
    items: Vec<String>,
    place: Option<String>,
}

#[derive(Serialize)]
struct Change<'r> {
    before: &'r str,
    after: &'r str,
}

/// A verdict, and where it holds.
#[derive(Serialize)]
struct Fact {
    verdict: Verdict,
    #[serde(rename = "where")]
    place: &'static str,
}

#[derive(Serialize)]
struct Use<'r> {
    place: String,
    done: String,
    text: &'r str,
}

#[derive(Serialize)]
struct Announcements {
    files: String,
    counted: String,
    parts: Vec<AnnouncedPart>,
}

#[derive(Serialize)]
struct AnnouncedPart {
    title: Vec<Part<'static>>,
    lines: Vec<AnnouncedLine>,
}

#[derive(Serialize)]
struct AnnouncedLine {
    text: Vec<Part<'static>>,
    notes: Vec<Vec<Part<'static>>>,
}

/// A part of a text: what was in backticks is code.
#[derive(Serialize)]
struct Part<'t> {
    code: bool,
    text: std::borrow::Cow<'t, str>,
}

impl<'r> Page<'r> {
    fn of(report: &'r Report) -> Self {
        let narrowed = report.narrowed.as_ref();
        let unread = narrowed.is_some_and(|narrowed| !narrowed.unread.is_empty());
        let (class, headline) = match (report.fails(), narrowed) {
            (true, None) => ("error", "This breaks something."),
            (true, Some(_)) => ("error", "This breaks the project."),
            (false, _) if unread => (
                "warning",
                "Nothing was found to break, but not all could be read.",
            ),
            (false, None) => ("info", "Nothing breaks."),
            (false, Some(_)) => ("info", "Nothing breaks the project."),
        };
        let severities = [
            Severity::Error,
            Severity::Warning,
            Severity::Info,
            Severity::Ignore,
        ];
        let sections = severities.iter().map(|severity| Section::of(report, *severity));
        Self {
            style: STYLE,
            script: SCRIPT,
            old: &report.old,
            new: &report.new,
            class,
            headline,
            narrowed: wording::narrowed(report),
            filters: filters(report),
            choices: choices(report),
            sections: sections.filter(|section| !section.cards.is_empty()).collect(),
            announced: announced(report),
        }
    }
}

fn filters(report: &Report) -> Vec<Filter> {
    let summary = &report.summary;
    let filters = [
        ("error", summary.errors, "breaking"),
        ("warning", summary.warnings, "to look at"),
        ("info", summary.infos, "compatible"),
        ("approved", summary.approved, "approved"),
    ];
    filters
        .into_iter()
        .map(|(class, count, what)| Filter { class, count, what })
        .filter(|filter| filter.count > 0 || filter.class != "approved")
        .collect()
}

fn choices(report: &Report) -> Vec<Choice<'_>> {
    let mut transports: Vec<&str> = report.findings.iter().map(transport).collect();
    transports.sort_unstable();
    transports.dedup();
    let choices = [
        ("product", "all products", products(report)),
        ("transport", "all transports", transports),
    ];
    choices
        .into_iter()
        .map(|(name, all, values)| Choice { name, all, values })
        // A choice of one is none.
        .filter(|choice| choice.values.len() > 1)
        .collect()
}

impl<'r> Section<'r> {
    fn of(report: &'r Report, severity: Severity) -> Self {
        let groups = report.groups.iter().filter(|group| group.severity == severity);
        let cards: Vec<Card<'_>> = groups.map(|group| Card::of(report, group)).collect();
        Self {
            class: class(severity),
            open: severity >= Severity::Warning || cards.len() <= OPEN,
            title: match severity {
                Severity::Error => "Breaking",
                Severity::Warning => "To look at",
                Severity::Info => "Compatible",
                Severity::Ignore => "Approved",
            },
            count: match cards.len() {
                1 => "one change".to_owned(),
                several => format!("{several} changes"),
            },
            cards,
        }
    }
}

impl<'r> Card<'r> {
    fn of(report: &'r Report, group: &'r Group) -> Self {
        let findings = report
            .findings
            .iter()
            .filter(|finding| finding.group == group.name);
        let rows: Vec<Row<'_>> = findings.map(Row::of).collect();
        Self {
            heading: match rows.len() {
                0 | 1 => Vec::new(),
                _ => coded(&group.title),
            },
            places: rows.len(),
            rows,
        }
    }
}

impl<'r> Row<'r> {
    fn of(finding: &'r Finding) -> Self {
        let change = without_change(&finding.message, finding);
        let verdicts = [
            (finding.wire, "on the wire"),
            (finding.surface, "in Rust"),
            (finding.behaviour, "in behaviour"),
        ];
        let (few, all) = (calls(finding, NAMED), calls(finding, usize::MAX));
        let (file, line) = (&finding.location.file, finding.location.line);
        Self {
            class: match finding.approved {
                Some(_) => class(Severity::Ignore),
                None => class(finding.severity),
            },
            product: &finding.subject.product,
            transport: transport(finding),
            message: coded(change.unwrap_or(&finding.message)),
            change: change.map(|_| Change {
                before: finding.before.as_deref().unwrap_or(NOTHING),
                after: finding.after.as_deref().unwrap_or(NOTHING),
            }),
            facts: verdicts
                .into_iter()
                .filter(|(verdict, _)| *verdict > Verdict::None)
                .map(|(verdict, place)| Fact { verdict, place })
                .collect(),
            approved: finding.approved.as_deref(),
            all_calls: (all != few).then_some(all),
            calls: few,
            uses: finding
                .uses
                .iter()
                .map(|found| Use {
                    place: wording::place(found),
                    done: wording::done(found),
                    text: &found.text,
                })
                .collect(),
            kind: finding.kind,
            fingerprint: &finding.fingerprint,
            items: finding.items.iter().map(ToString::to_string).collect(),
            place: match (file.as_str(), line) {
                ("", _) => None,
                (file, 0) => Some(file.to_owned()),
                (file, line) => Some(format!("{file}:{line}")),
            },
        }
    }
}

fn announced(report: &Report) -> Option<Announcements> {
    let logs = report.logs.as_ref()?;
    let line = |line: wording::Line| AnnouncedLine {
        text: owned(&line.text),
        notes: line.notes.iter().map(|note| owned(note)).collect(),
    };
    let parts = wording::announced(report, logs).into_iter();
    Some(Announcements {
        files: logs.files.join(", "),
        counted: wording::counted(logs),
        parts: parts
            .map(|part| AnnouncedPart {
                title: owned(&part.title),
                lines: part.lines.into_iter().map(line).collect(),
            })
            .collect(),
    })
}

/// A message without what was and what is, where it ends in both.
fn without_change<'m>(message: &'m str, finding: &Finding) -> Option<&'m str> {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| NOTHING.to_owned());
    message.strip_suffix(&format!(": {} → {}", side(&finding.before), side(&finding.after)))
}

fn transport(finding: &Finding) -> &'static str {
    finding.subject.transport.map_or("json", Transport::name)
}

/// What a severity is called in the style and the script.
fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
        // A change of which everything is approved.
        Severity::Ignore => "approved",
    }
}

/// The parts of a text.
fn coded(text: &str) -> Vec<Part<'_>> {
    let parts = text.split('`').enumerate();
    parts
        .map(|(at, part)| Part {
            code: at % 2 == 1,
            text: part.into(),
        })
        .collect()
}

fn owned(text: &str) -> Vec<Part<'static>> {
    let parts = coded(text).into_iter();
    parts
        .map(|part| Part {
            code: part.code,
            text: part.text.into_owned().into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcements::{Announcement, Method, News, Position};
    use crate::diff::{Affected, Announced, Class, InBoth, InLog, Narrowed, Place, Step, Subject, Summary};
    use binance_wire_surface::rust_item::{RustItem, RustItemKind};
    use binance_wire_surface::uses::{Certainty, How, Use};

    /// What would run if it were not escaped; in backticks too, and at the end of an attribute.
    const EVIL: &str = "\"'><script>alert(1)</script>`<script>`&";

    fn evil(name: &str) -> String {
        format!("{name}{EVIL}")
    }

    /// A report with the text wherever a spec, a file of code or a change log can bring text in.
    fn report() -> Report {
        let item = RustItem {
            krate: evil("krate"),
            kind: RustItemKind::Type { path: evil("path") },
        };
        let one = Use {
            file: evil("use file"),
            line: 1,
            column: 1,
            item: item.clone(),
            certainty: Certainty::Possible,
            how: How::Names,
            text: evil("use text"),
        };
        let affected = Affected {
            transport: Transport::Rest,
            call: evil("call"),
            id: evil("id"),
        };
        let finding = |number: usize| Finding {
            fingerprint: format!("print{number}{EVIL}"),
            kind: Kind::named("operation-added").unwrap(),
            subject: Subject {
                product: format!("product{number}{EVIL}"),
                transport: Some(Transport::Rest),
                path: vec![Step {
                    class: Class::Operation,
                    name: format!("step{number}{EVIL}"),
                }],
            },
            group: evil("group"),
            wire: Verdict::Breaking,
            surface: Verdict::Attention,
            behaviour: Verdict::Compatible,
            severity: Severity::Error,
            approved: Some(evil("reason")),
            message: format!("message{EVIL}: before{EVIL} → after{EVIL}"),
            before: Some(evil("before")),
            after: Some(evil("after")),
            affected: (0..10)
                .map(|at| Affected {
                    call: format!("{at}{EVIL}"),
                    ..affected.clone()
                })
                .collect(),
            items: vec![item.clone()],
            location: Place {
                file: evil("spec file"),
                line: 3,
            },
            uses: vec![one.clone()],
        };
        let entry = Announcement {
            date: "2026-01-01".parse().unwrap(),
            effective: None,
            product: evil("entry product"),
            kind: News::Added,
            method: Method::Get,
            name: evil("entry name"),
            position: Position {
                file: evil("log"),
                line: 1,
                column: 1,
            },
            text: evil("entry text"),
            under: Some(evil("entry under")),
            details: vec![evil("entry detail")],
        };
        let findings = vec![finding(1), finding(2)];
        let names: Vec<String> = findings.iter().map(|found| found.fingerprint.clone()).collect();
        Report {
            old: evil("old"),
            new: evil("new"),
            summary: Summary {
                approved: 2,
                ..Summary::default()
            },
            groups: vec![Group {
                name: evil("group"),
                title: evil("title"),
                severity: Severity::Error,
                findings: names.clone(),
                affected: vec![affected],
            }],
            findings,
            narrowed: Some(Narrowed {
                project: evil("project"),
                against: evil("against"),
                left_out: 1,
                unread: vec![evil("unread")],
                not_searched: vec![evil("not searched")],
            }),
            logs: Some(Announced {
                files: vec![evil("log file")],
                both: vec![InBoth {
                    entry: entry.clone(),
                    findings: names.clone(),
                    agrees: false,
                }],
                specs_only: names,
                notices: vec![Announcement {
                    kind: News::NoticeWithoutEndpoint,
                    ..entry.clone()
                }],
                log_only: vec![InLog {
                    from: entry.date,
                    entry,
                    uses: vec![one],
                }],
                ..Announced::default()
            }),
        }
    }

    #[test]
    fn text_from_outside_is_text_in_the_page() {
        let page = html(&report()).unwrap();
        // The page's own script is the only one, and no attribute ends before it should.
        assert_eq!(page.matches("<script").count(), 1, "{page}");
        assert_eq!(page.matches("</script").count(), 1);
        assert!(!page.contains("alert(1)<"), "{page}");
        assert!(!page.contains("\"\"'"), "{page}");
        for shown in [
            "old",
            "new",
            "project",
            "against",
            "unread",
            "product1",
            "product2",
            "print1",
            "message",
            "before",
            "after",
            "0",
            "9",
            "reason",
            "spec file",
            "use file",
            "use text",
            "krate",
            "path",
            "title",
            "log file",
            "log",
            "entry product",
            "entry name",
        ] {
            assert!(
                page.contains(&format!("{shown}&quot;&#x27;&gt;&lt;script&gt;")),
                "no {shown}: {page}"
            );
        }
    }

    #[test]
    fn what_is_in_backticks_is_code() {
        let page = html(&report()).unwrap();
        assert!(page.contains("<code>&lt;script&gt;</code>"), "{page}");
    }
}
