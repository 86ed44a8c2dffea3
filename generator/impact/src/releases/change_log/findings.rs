//! What the models say of a crate, in the words that change logs of the exchange's own connectors use.
//!
//! A finding becomes a piece: a sentence's beginning, the part that differs, and what became of it. Pieces that differ only
//! in the calls or types that they concern are one line; so a change of a type is told once, with all of its calls.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_codegen::names;
use binance_wire_surface::rust_item::RustItemKind;
use binance_wire_surface::surface::{Surface, Verdict};

use super::calls::{Methods, wires};
use super::cover::Cover;
use super::words::{
    self, Words, is_added, is_alone, is_documentation, is_move, is_of_call, is_removed, is_renaming,
    is_required,
};
use super::{Entry, listed};
use crate::diff::{self, Affected, Aspect, Class, Finding, Sense, Transport, inside_out};

/// What a sentence says became of its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    Added,
    Deprecated,
    Modified,
    NotRetired,
    Removed,
    Retired,
}

impl Verb {
    /// The word before the subject.
    fn word(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Deprecated => "Marked",
            Self::Modified => "Modified",
            Self::NotRetired => "No longer retired:",
            Self::Removed => "Removed",
            Self::Retired => "Retired",
        }
    }

    /// What follows the subject.
    fn end(self) -> &'static str {
        match self {
            Self::Deprecated => " as deprecated",
            _ => "",
        }
    }

    /// The word between a parameter and the calls that have it.
    fn joint(self) -> &'static str {
        match self {
            Self::Added => "to",
            Self::Removed => "from",
            _ => "of",
        }
    }
}

/// How a sentence begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Head {
    /// Calls that came, went, or are deprecated, told with their methods; what the report has in one group is one.
    Whole(Verb, String),
    /// Calls that differ.
    Calls,
    /// A parameter of calls.
    Parameter {
        verb: Verb,
        /// Whether it is new, and required.
        required: bool,
        name: String,
    },
    /// What calls answer with, or events hold.
    Received,
    /// What calls send beside their parameters.
    Sent,
    /// Other things, by what they are.
    Things(Verb, String),
}

/// What pieces of one line have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    breaking: bool,
    head: Head,
    /// What differs in what the head names: ``property `fee` ``.
    part: Option<String>,
    words: Words,
}

/// What the pieces of a line concern.
#[derive(Debug, Default)]
struct About {
    owners: BTreeSet<String>,
    calls: BTreeSet<Affected>,
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
        let kind = finding.kind;
        if is_documentation(kind) && finding.subject.product == product {
            let of = documented.entry(noun(kind.class())).or_default();
            of.insert(finding.subject.to_string());
            continue;
        }
        // Of what others say, and of what nobody has to care for, only what code can see.
        let own = finding.subject.product == product;
        let hidden = !cover.shows(at) && (!own || finding.worst() == diff::Verdict::None);
        if hidden || said_elsewhere(finding, &gone) {
            continue;
        }
        let breaking = cover.breaks(at, finding, verdict);
        let (head, part, owner) = piece(finding);
        let words = words::words(finding);
        let about = lines
            .entry(Key {
                breaking,
                head,
                part,
                words,
            })
            .or_default();
        about.owners.extend(owner);
        about.calls.extend(calls(finding, [&gone, &come], &renamed));
    }
    // Several things that became of the same are one line too.
    let mut reported: BTreeMap<(bool, String, String), Vec<String>> = BTreeMap::new();
    for (key, about) in &lines {
        let (start, detail, end) = sentence(key, about, &methods);
        let details = reported.entry((key.breaking, start, end)).or_default();
        details.extend(detail);
    }
    let mut entries: Vec<Entry> = reported
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
            let kind = finding.kind;
            is_of_call(kind) && is_alone(kind) && is_added(kind) == came
        })
        .flat_map(|finding| finding.affected.iter().cloned())
        .collect()
}

/// What calls were before they moved, or had another name in code, and what they are now.
fn renamed(findings: &[&Finding]) -> BTreeMap<Affected, Affected> {
    findings
        .iter()
        .filter_map(|finding| {
            let kind = finding.kind;
            let moves = is_of_call(kind) && (is_renaming(kind) || is_move(kind));
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
    let some: BTreeSet<Affected> = match finding.kind {
        kind if is_alone(kind) && is_of_call(kind) => BTreeSet::new(),
        kind if is_move(kind) => finding
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
fn said_elsewhere(finding: &Finding, gone: &BTreeSet<Affected>) -> bool {
    let kind = finding.kind;
    if kind.class() != Class::Type || finding.affected.is_empty() {
        return false;
    }
    is_added(kind) || is_removed(kind) && finding.affected.iter().all(|call| gone.contains(call))
}

/// How a finding is told: the beginning, the part, and the name of what it is a part of.
fn piece(finding: &Finding) -> (Head, Option<String>, Option<String>) {
    let kind = finding.kind;
    let path = &finding.subject.path;
    let name = path.last().map_or("", |step| step.name.as_str());
    let outer = path.iter().rev().nth(1).map_or("", |step| step.name.as_str());
    let verb = match kind {
        _ if is_added(kind) => Verb::Added,
        _ if is_removed(kind) => Verb::Removed,
        _ => Verb::Modified,
    };
    let things = |what: &str, owner: String| (Head::Things(verb, what.to_owned()), None, Some(owner));
    let within = |what: &str, owner: &str, part: String| {
        (
            Head::Things(Verb::Modified, what.to_owned()),
            Some(part),
            Some(format!("`{owner}`")),
        )
    };
    match kind.class() {
        Class::Operation | Class::Stream => {
            let head = match (kind.aspect(), kind.sense()) {
                _ if is_alone(kind) => Head::Whole(verb, finding.group.clone()),
                (Aspect::Deprecated, Sense::Up) => Head::Whole(Verb::Deprecated, finding.group.clone()),
                _ => Head::Calls,
            };
            (head, None, None)
        }
        Class::Parameter => {
            let head = Head::Parameter {
                verb,
                required: is_required(kind) && is_added(kind),
                name: name.to_owned(),
            };
            (head, None, None)
        }
        Class::Placeholder => (Head::Calls, Some(format!("placeholder `{name}`")), None),
        Class::Field | Class::Slot => {
            let part = format!("property `{name}`");
            if finding.affected.is_empty() {
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
        Class::Value => within("enum", outer, format!("value `{name}`")),
        Class::Book => within("stream", outer, "order book".to_owned()),
        Class::Variant => within("union", outer, format!("variant `{name}`")),
        Class::Shape => within("union", outer, format!("form `{name}`")),
        Class::ErrorCode => within("error codes of", outer, code(finding, name)),
        Class::Retired if kind.sense() != Sense::Removed => (
            Head::Things(Verb::Retired, String::new()),
            finding.after.clone(),
            Some(format!("`{name}`")),
        ),
        Class::Retired => (
            Head::Things(Verb::NotRetired, String::new()),
            None,
            Some(format!("`{name}`")),
        ),
        Class::Environment => {
            let of = finding.subject.transport.map_or("", Transport::name);
            things("environment", format!("`{name}` of {of}"))
        }
        Class::SbeSchema
        | Class::FixDictionary
        | Class::Route
        | Class::RateLimit
        | Class::Snapshot
        | Class::ErrorFamily
        | Class::ServerOperation
        | Class::Rule
        | Class::NamedConstructor
        | Class::UserData
        | Class::ConnectionEvent
        | Class::Type => things(noun(kind.class()), format!("`{name}`")),
        Class::Addresses => things("function", format!("`environments::{name}()`")),
        Class::Webhooks => things("", "webhooks".to_owned()),
        Class::Product => things("", format!("the rules of `{}`", finding.subject.product)),
        _ => binary(finding, verb),
    }
}

/// The same for SBE and FIX: what stands in a message or value set, or one as a whole.
fn binary(finding: &Finding, verb: Verb) -> (Head, Option<String>, Option<String>) {
    let kind = finding.kind;
    let path = &finding.subject.path;
    let (schema, rest) = path
        .split_first()
        .map_or(("", path.as_slice()), |(first, rest)| (first.name.as_str(), rest));
    let Some((own, inner)) = rest.split_first() else {
        return (
            Head::Things(verb, noun(kind.class()).to_owned()),
            None,
            Some(format!("`{schema}`")),
        );
    };
    let owner = match own.class {
        Class::SbeType | Class::SbeComposite | Class::SbeEnum | Class::SbeSet | Class::SbeMessage => {
            format!("`{}` of `{schema}`", own.name)
        }
        _ => format!("`{}`", own.name),
    };
    let Some(mut part) = inside_out(inner) else {
        return (Head::Things(verb, own.class.noun().to_owned()), None, Some(owner));
    };
    if is_required(kind) && is_added(kind) {
        part = format!("required {part}");
    }
    (
        Head::Things(Verb::Modified, own.class.noun().to_owned()),
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
fn sentence(key: &Key, about: &About, methods: &Methods<'_>) -> (String, Option<String>, String) {
    let About { owners, calls } = about;
    let affected = methods.affected(calls);
    let words = |part: &str| Some(format!("{part} {}", key.words));
    let alone = || Some(key.words.alone());
    match (&key.head, &key.part) {
        (Head::Whole(verb, _), _) => {
            let whole = listed(calls.iter().map(|call| methods.whole(call)));
            (
                format!("{} {whole}{}", verb.word(), verb.end()),
                None,
                String::new(),
            )
        }
        (Head::Calls, None) => (format!("Modified {}", wires(calls)), alone(), affected),
        (Head::Calls, Some(part)) => (format!("Modified {}", wires(calls)), words(part), affected),
        (Head::Parameter { verb, required, name }, _) => {
            let reported = (*verb == Verb::Modified).then(alone).flatten();
            let required = if *required { "required " } else { "" };
            (
                format!(
                    "{} {required}parameter `{name}` {} {}",
                    verb.word(),
                    verb.joint(),
                    wires(calls)
                ),
                reported,
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
            let start = format!(
                "{} {what}{plural}{gap}{}",
                verb.word(),
                listed(owners.iter().cloned())
            );
            let detail = match part {
                Some(part) if *verb == Verb::Retired => Some(part.clone()),
                Some(part) => words(part),
                None if *verb == Verb::Modified => alone(),
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
            .filter(|call| (call.transport == Transport::WsStreams) == streams)
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
fn noun(class: Class) -> &'static str {
    match class {
        Class::Field | Class::Slot => "property",
        Class::ServerOperation => "operation of the user's server",
        other => other.noun(),
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
