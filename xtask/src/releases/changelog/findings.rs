//! What the models say of a crate, in the words that change logs of the exchange's own connectors use.
//!
//! A finding becomes a piece: a sentence's beginning, the part that differs, and what became of it. Pieces that differ only
//! in the calls or types that they concern are one line; so a change of a shared type is told once, with all of its calls.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_codegen::names;
use binance_wire_impact::diff::{self, Affected, Finding};
use binance_wire_surface::rust_item::RustItemKind;
use binance_wire_surface::surface::{Surface, Verdict};

use super::calls::{Methods, wires};
use super::cover::Cover;
use super::kinds::{self, Kind};
use super::{Entry, SHARED, listed};

/// How a sentence begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Head {
    /// Calls that came, went, or are deprecated, told with their methods; what the report has in one group is one.
    Whole(&'static str, &'static str, String),
    /// Calls that differ.
    Calls,
    /// A parameter of calls.
    Parameter {
        verb: &'static str,
        name: String,
        joint: &'static str,
    },
    /// What calls answer with, or events hold.
    Received,
    /// What calls send beside their parameters.
    Sent,
    /// Other things, by what they are.
    Things(&'static str, String),
}

/// What pieces of one line have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    breaking: bool,
    head: Head,
    /// What differs in what the head names: ``property `fee` ``.
    part: Option<String>,
    words: String,
}

/// What the pieces of a line concern.
#[derive(Debug, Default)]
struct About {
    owners: BTreeSet<String>,
    calls: BTreeSet<Affected>,
    products: BTreeSet<String>,
}

/// The lines of a crate's findings.
pub(super) fn entries(
    product: &str,
    findings: &[&Finding],
    cover: &Cover,
    verdict: Verdict,
    surfaces: [&Surface; 2],
) -> Vec<Entry> {
    let methods = Methods(surfaces);
    let (gone, come) = (calls_of(findings, false), calls_of(findings, true));
    let renamed = renamed(findings);
    let mut lines: BTreeMap<Key, About> = BTreeMap::new();
    let mut documented: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let Some(kind) = Kind::of(&finding.kind) else {
            continue;
        };
        if kind.documentation() && finding.subject.product == product {
            let of = documented.entry(noun(kind)).or_default();
            of.insert(finding.subject.to_string());
            continue;
        }
        // Of what others say, and of what nobody has to care for, only what code can see.
        let own = finding.subject.product == product || product == SHARED;
        let hidden = !cover.shows(at) && (!own || finding.worst() == diff::Verdict::None);
        if hidden || said_elsewhere(product, kind, finding, &gone) {
            continue;
        }
        let breaking = cover.breaks(at, finding, verdict);
        let (head, part, owner) = piece(product, kind, finding);
        let words = kinds::words(kind, finding);
        let about = lines
            .entry(Key {
                breaking,
                head,
                part,
                words,
            })
            .or_default();
        about.owners.extend(owner);
        about.calls.extend(calls(kind, finding, [&gone, &come], &renamed));
        about.products.insert(finding.subject.product.clone());
    }
    // Several things that became of the same are one line too.
    let mut told: BTreeMap<(bool, String, String), Vec<String>> = BTreeMap::new();
    for (key, about) in &lines {
        let (start, detail, end) = sentence(product, key, about, &methods);
        let details = told.entry((key.breaking, start, end)).or_default();
        details.extend(detail);
    }
    let mut entries: Vec<Entry> = told
        .into_iter()
        .map(|((breaking, start, end), details)| {
            let details = match details.is_empty() {
                true => String::new(),
                false => format!(": {}", details.join(", ")),
            };
            Entry {
                breaking,
                text: format!("{start}{details}{end}"),
            }
        })
        .collect();
    if !documented.is_empty() {
        let counts = documented
            .iter()
            .map(|(noun, things)| counted(things.len(), noun));
        entries.push(Entry {
            breaking: false,
            text: format!(
                "Revised documentation of {}",
                counts.collect::<Vec<_>>().join(", ")
            ),
        });
    }
    entries
}

/// The calls of operations and streams that came, or that are gone.
fn calls_of(findings: &[&Finding], came: bool) -> BTreeSet<Affected> {
    findings
        .iter()
        .filter(|finding| {
            Kind::of(&finding.kind).is_some_and(|kind| {
                matches!(kind.class, "operation" | "stream") && kind.alone() && kind.added() == came
            })
        })
        .flat_map(|finding| finding.affected.iter().cloned())
        .collect()
}

/// What calls were before they moved, or had another name in code, and what they are now.
fn renamed(findings: &[&Finding]) -> BTreeMap<Affected, Affected> {
    findings
        .iter()
        .filter_map(|finding| {
            let kind = Kind::of(&finding.kind)?;
            let moves = matches!(kind.class, "operation" | "stream")
                && matches!(kind.what, "renamed" | "moved" | "pattern");
            let (true, [one, other]) = (moves, finding.affected.as_slice()) else {
                return None;
            };
            let before = finding.before.as_deref()?;
            let old = |call: &Affected| call.call == before || names::snake(&call.id) == before;
            match (old(one), old(other)) {
                (true, false) => Some((one.clone(), other.clone())),
                (false, true) => Some((other.clone(), one.clone())),
                _ => None,
            }
        })
        .collect()
}

/// The calls that a finding is told with: of what moved the old address, and otherwise those that are on both sides, as
/// they are now.
fn calls(
    kind: Kind<'_>,
    finding: &Finding,
    alone: [&BTreeSet<Affected>; 2],
    renamed: &BTreeMap<Affected, Affected>,
) -> BTreeSet<Affected> {
    let all = || {
        finding
            .affected
            .iter()
            .map(|call| renamed.get(call).unwrap_or(call))
    };
    let some: BTreeSet<Affected> = match kind.what {
        _ if kind.alone() && matches!(kind.class, "operation" | "stream") => BTreeSet::new(),
        "moved" | "pattern" => finding
            .affected
            .iter()
            .filter(|call| finding.before.as_ref() == Some(&call.call))
            .cloned()
            .collect(),
        _ => all()
            .filter(|call| !alone.iter().any(|calls| calls.contains(*call)))
            .cloned()
            .collect(),
    };
    match some.is_empty() {
        true => all().cloned().collect(),
        false => some,
    }
}

/// Whether another line tells of it: of a type that is new, the call or property that it is for; of one that is gone, the
/// calls that went with it.
fn said_elsewhere(product: &str, kind: Kind<'_>, finding: &Finding, gone: &BTreeSet<Affected>) -> bool {
    if kind.class != "type" || product == SHARED || finding.affected.is_empty() {
        return false;
    }
    kind.added() || kind.removed() && finding.affected.iter().all(|call| gone.contains(call))
}

/// How a finding is told: the beginning, the part, and the name of what it is a part of.
fn piece(product: &str, kind: Kind<'_>, finding: &Finding) -> (Head, Option<String>, Option<String>) {
    let path = &finding.subject.path;
    let name = path.last().map_or("", |step| step.name.as_str());
    let outer = path.iter().rev().nth(1).map_or("", |step| step.name.as_str());
    let verb = match kind {
        _ if kind.added() => "Added",
        _ if kind.removed() => "Removed",
        _ => "Modified",
    };
    let things = |what: &str, owner: String| (Head::Things(verb, what.to_owned()), None, Some(owner));
    let within = |what: &str, owner: &str, part: String| {
        (
            Head::Things("Modified", what.to_owned()),
            Some(part),
            Some(format!("`{owner}`")),
        )
    };
    match kind.class {
        "operation" | "stream" => match kind.what {
            _ if kind.alone() => (Head::Whole(verb, "", finding.group.clone()), None, None),
            "deprecated" => (
                Head::Whole("Marked", " as deprecated", finding.group.clone()),
                None,
                None,
            ),
            _ => (Head::Calls, None, None),
        },
        "parameter" => {
            let head = |verb, joint| Head::Parameter {
                verb,
                name: name.to_owned(),
                joint,
            };
            let head = match (verb, kind.required) {
                ("Added", true) => head("Added required parameter", "to"),
                ("Added", false) => head("Added parameter", "to"),
                ("Removed", _) => head("Removed parameter", "from"),
                _ => head("Modified parameter", "of"),
            };
            (head, None, None)
        }
        "placeholder" => (Head::Calls, Some(format!("placeholder `{name}`")), None),
        "field" | "slot" => {
            let part = format!("property `{name}`");
            if finding.affected.is_empty() || product == SHARED {
                return within("type", outer, part);
            }
            let built = finding.items.iter().any(|item| {
                matches!(
                    item.kind,
                    RustItemKind::Constructor { .. } | RustItemKind::Setter { .. }
                )
            });
            let head = if built { Head::Sent } else { Head::Received };
            (head, Some(part), Some(format!("`{outer}`")))
        }
        "value" => within("enum", outer, format!("value `{name}`")),
        "variant" => within("union", outer, format!("variant `{name}`")),
        "shape" => within("union", outer, format!("form `{name}`")),
        "error-code" => within("error codes of", outer, code(finding, name)),
        "endpoint" if matches!(kind.what, "retired" | "retirement") => (
            Head::Things("Retired", String::new()),
            finding.after.clone(),
            Some(format!("`{name}`")),
        ),
        "endpoint" => (
            Head::Things("No longer retired:", String::new()),
            None,
            Some(format!("`{name}`")),
        ),
        "environment" => {
            let of = finding.subject.transport.as_deref().unwrap_or_default();
            things("environment", format!("`{name}` of {of}"))
        }
        "sbe-schema" | "fix-dictionary" | "route" | "error-family" | "server-operation" | "user-data"
        | "connection-event" | "type" => things(noun(kind), format!("`{name}`")),
        "addresses" => things("function", format!("`environments::{name}()`")),
        "webhooks" => things("", "webhooks".to_owned()),
        "product" => things("", format!("the rules of `{}`", finding.subject.product)),
        _ => binary(kind, finding, verb),
    }
}

/// The same for SBE and FIX: what stands in a message or value set, or one as a whole.
fn binary(kind: Kind<'_>, finding: &Finding, verb: &'static str) -> (Head, Option<String>, Option<String>) {
    let path = &finding.subject.path;
    let (schema, rest) = path
        .split_first()
        .map_or(("", path.as_slice()), |(first, rest)| (first.name.as_str(), rest));
    let Some((own, inner)) = rest.split_first() else {
        return (
            Head::Things(verb, noun(kind).to_owned()),
            None,
            Some(format!("`{schema}`")),
        );
    };
    let owner = match own.what.starts_with("SBE") {
        true => format!("`{}` of `{schema}`", own.name),
        false => format!("`{}`", own.name),
    };
    let Some((last, outer)) = inner.split_last() else {
        return (Head::Things(verb, own.what.clone()), None, Some(owner));
    };
    let mut part = format!("{} `{}`", last.what, last.name);
    for step in outer.iter().rev() {
        part += &format!(" of {} `{}`", step.what, step.name);
    }
    if kind.required && kind.added() {
        part = format!("required {part}");
    }
    (
        Head::Things("Modified", own.what.clone()),
        Some(part),
        Some(owner),
    )
}

/// An error code with its name in code.
fn code(finding: &Finding, number: &str) -> String {
    let constant = finding.items.iter().find_map(|item| match &item.kind {
        RustItemKind::Constant { name, .. } => Some(name.as_str()),
        _ => None,
    });
    match constant {
        Some(constant) => format!("`{number}` (`{constant}`)"),
        None => format!("`{number}`"),
    }
}

/// The sentence of a line: its beginning, what it says, and its end.
fn sentence(
    product: &str,
    key: &Key,
    about: &About,
    methods: &Methods<'_>,
) -> (String, Option<String>, String) {
    let About {
        owners,
        calls,
        products,
    } = about;
    let affected = match product {
        SHARED => {
            let users: Vec<String> = products
                .iter()
                .filter(|name| *name != SHARED)
                .map(|name| format!("`{name}`"))
                .collect();
            match users.is_empty() {
                true => String::new(),
                false => format!("; used by {}", listed(users)),
            }
        }
        _ => methods.affected(calls),
    };
    let words = |part: &str| Some(format!("{part} {}", key.words));
    let alone = || Some(kinds::alone(&key.words));
    match (&key.head, &key.part) {
        (Head::Whole(verb, end, _), _) => {
            let whole = listed(calls.iter().map(|call| methods.whole(call)));
            (format!("{verb} {whole}{end}"), None, String::new())
        }
        (Head::Calls, None) => (format!("Modified {}", wires(calls)), alone(), affected),
        (Head::Calls, Some(part)) => (format!("Modified {}", wires(calls)), words(part), affected),
        (Head::Parameter { verb, name, joint }, _) => {
            let told = verb.starts_with("Modified").then(alone).flatten();
            (
                format!("{verb} `{name}` {joint} {}", wires(calls)),
                told,
                affected,
            )
        }
        (head @ (Head::Received | Head::Sent), part) => {
            let part = part.as_deref().unwrap_or_default();
            let owners = listed(owners.iter().cloned());
            let start = match head {
                Head::Sent => format!("Modified request of {}", wires(calls)),
                _ => received(calls),
            };
            (start, Some(format!("{part} of {owners} {}", key.words)), affected)
        }
        (Head::Things(verb, what), part) => {
            let plural = if owners.len() > 1 && !what.is_empty() && !what.ends_with(" of") {
                "s"
            } else {
                ""
            };
            let gap = if what.is_empty() { "" } else { " " };
            let start = format!("{verb} {what}{plural}{gap}{}", listed(owners.iter().cloned()));
            let detail = match part {
                Some(part) if *verb == "Retired" => Some(part.clone()),
                Some(part) => words(part),
                None if *verb == "Modified" => alone(),
                None => None,
            };
            (start, detail, affected)
        }
    }
}

/// `Modified response for …`, and of streams: `event of …`.
fn received(calls: &BTreeSet<Affected>) -> String {
    let of = |streams: bool| {
        let mut some = calls
            .iter()
            .filter(|call| (call.transport == "ws-streams") == streams)
            .peekable();
        some.peek().is_some().then(|| wires(some))
    };
    let parts = [
        of(false).map(|calls| format!("response for {calls}")),
        of(true).map(|streams| format!("event of {streams}")),
    ];
    format!(
        "Modified {}",
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    )
}

/// What a thing is called.
fn noun(kind: Kind<'_>) -> &'static str {
    match kind.class {
        "field" | "slot" => "property",
        "user-data" => "user data",
        "connection-event" => "event of connections",
        "server-operation" => "operation of the user's server",
        "error-family" => "family of error codes",
        "error-code" => "error code",
        "sbe-schema" => "SBE schema",
        "fix-dictionary" => "FIX dictionary",
        other => other,
    }
}

/// A number and what it counts.
fn counted(count: usize, noun: &str) -> String {
    match (count, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "property") => format!("{count} properties"),
        (_, "event of connections") => format!("{count} events of connections"),
        (_, "user data") => format!("{count} kinds of user data"),
        _ => format!("{count} {noun}s"),
    }
}
