//! What the Rust surface says, in words: what was written by hand, and what comes from the generator.
//!
//! Each request says what it is on the wire, so that a field is told with the endpoints whose answer has it and the methods
//! that give it. It is also what is left to tell where the specs of the published version are not at hand.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_surface::surface::{Change, ChangeKind, Surface, Verdict};

use super::keys::{self, ItemKey, ItemKind, MemberKey, MemberKind};
use super::{Entry, listed, named};

/// One change on its way to a line: what follows the subject is the same for all of a line.
struct Sentence {
    start: String,
    subject: String,
    rest: String,
}

impl Sentence {
    /// A sentence that has no subject in common with others.
    fn whole(text: String) -> Self {
        Self {
            start: text,
            subject: String::new(),
            rest: String::new(),
        }
    }

    fn of(start: impl Into<String>, subject: &str, rest: impl Into<String>) -> Self {
        Self {
            start: start.into(),
            subject: format!("`{subject}`"),
            rest: rest.into(),
        }
    }
}

/// Every change of a surface that a user would want to read. What became of several things is one line.
pub(super) fn entries<'c>(
    changes: impl Iterator<Item = &'c Change>,
    old: &Surface,
    new: &Surface,
) -> Vec<Entry> {
    let changes: Vec<&Change> = changes.collect();
    let (before, after) = (Endpoints::of(old), Endpoints::of(new));
    // What comes and goes with a request is told with it.
    let requests = |kind: ChangeKind| -> BTreeSet<&str> {
        changes
            .iter()
            .filter(|change| change.kind == kind && change.member.is_none())
            .filter_map(|change| keys::item(change).request())
            .collect()
    };
    let (gone, come) = (requests(ChangeKind::Removed), requests(ChangeKind::Added));
    let mut lines: BTreeMap<(bool, String, String), BTreeSet<String>> = BTreeMap::new();
    for change in &changes {
        let endpoints = if change.kind == ChangeKind::Removed {
            &before
        } else {
            &after
        };
        let reported = match keys::member(change) {
            None => item(change, endpoints),
            Some(member) => self::member(change, member, endpoints, &gone, &come),
        };
        if let Some(reported) = reported {
            let key = (change.verdict == Verdict::Major, reported.start, reported.rest);
            lines.entry(key).or_default().insert(reported.subject);
        }
    }
    lines
        .into_iter()
        .map(|((breaking, start, rest), subjects)| {
            let several = subjects.len() > 1;
            let subjects = listed(subjects);
            let gap = match (subjects.is_empty(), several) {
                (true, _) => "",
                (false, true) => "s ",
                (false, false) => " ",
            };
            Entry {
                breaking,
                text: format!("{start}{gap}{subjects}{rest}"),
            }
        })
        .collect()
}

/// A whole item that came, went, or is declared otherwise.
fn item(change: &Change, endpoints: &Endpoints) -> Option<Sentence> {
    let verb = match change.kind {
        ChangeKind::Removed => "Removed",
        ChangeKind::Added => "Added",
        ChangeKind::Changed => "Modified",
    };
    let key = keys::item(change);
    if let Some(name) = key.request() {
        let reported = endpoints.wires(&format!("requests::{name}"));
        if !reported.is_empty() {
            let methods = methods(endpoints, &[format!("requests::{name}")]);
            return Some(Sentence::whole(format!("{verb} {reported}{methods}")));
        }
    }
    let words = match key.kind {
        ItemKind::Impls | ItemKind::MacroCall => return None,
        ItemKind::Module => "module",
        ItemKind::Function => "function",
        ItemKind::Constant => "constant",
        ItemKind::Use => "name",
        ItemKind::Type => "type",
        ItemKind::Feature | ItemKind::Other => key.word,
    };
    let rest = match change.kind {
        ChangeKind::Changed => format!(": {}", change.reason),
        _ => String::new(),
    };
    Some(Sentence::of(format!("{verb} {words}"), key.path, rest))
}

/// A member that came, went, or is declared otherwise.
fn member(
    change: &Change,
    member: MemberKey<'_>,
    endpoints: &Endpoints,
    gone: &BTreeSet<&str>,
    come: &BTreeSet<&str>,
) -> Option<Sentence> {
    let item = keys::item(change);
    let owner = item.path;
    let MemberKey { kind, name, word } = member;
    let what = match change.kind {
        ChangeKind::Removed => "removed".to_owned(),
        ChangeKind::Added => "added".to_owned(),
        ChangeKind::Changed if matches!(kind, MemberKind::Field | MemberKind::Setter) => {
            format!("type changed from `{}` to `{}`", change.old, change.new)
        }
        ChangeKind::Changed => change.reason.to_owned(),
    };
    let of = |noun: &str, rest: String| {
        Some(Sentence::of(
            format!("Modified {noun}"),
            owner,
            format!(": {rest}"),
        ))
    };
    match kind {
        MemberKind::Field if item.request().is_some() => {
            let reported = endpoints.wires(owner);
            let methods = methods(endpoints, &[owner.to_owned()]);
            Some(Sentence::whole(format!(
                "Modified request of {reported}: parameter `{name}` {what}{methods}"
            )))
        }
        // The setter of a field that is told already.
        MemberKind::Setter => None,
        MemberKind::Method if item.request().is_some() => None,
        // Methods of clients come and go with their requests.
        MemberKind::Method if item.is_client() => {
            let line = if change.kind == ChangeKind::Removed {
                &change.old
            } else {
                &change.new
            };
            let covered = line.split("requests::").skip(1).any(|rest| {
                let name = rest
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or_default();
                gone.contains(name) || come.contains(name)
            });
            let reported = || format!("Modified method `{owner}::{name}`: {what}");
            (!covered).then(|| Sentence::whole(reported()))
        }
        MemberKind::Field => {
            let users = endpoints.answering(owner);
            if users.is_empty() {
                return of("type", format!("property `{name}` {what}"));
            }
            let reported = endpoints.listed(&users);
            let methods = methods(endpoints, &users);
            Some(Sentence::whole(format!(
                "Modified response for {reported}: property `{name}` of `{owner}` {what}{methods}"
            )))
        }
        MemberKind::Variant => of("enum", format!("value `{name}` {what}")),
        MemberKind::Operation => of("request", format!("{name}: {what}")),
        MemberKind::Impl => of("type", format!("implementation of `{name}` {what}")),
        MemberKind::Method => of("type", format!("method `{name}` {what}")),
        MemberKind::Value if change.kind == ChangeKind::Changed => {
            of("constant", format!("`{}`, formerly `{}`", change.new, change.old))
        }
        MemberKind::Constant | MemberKind::Type => of("item", format!("{word} `{name}` {what}")),
        MemberKind::Value | MemberKind::Other => None,
    }
}

/// What is sent and answered, of one surface.
struct Endpoints {
    /// Requests by path in the crate: what they are on the wire.
    wires: BTreeMap<String, Vec<String>>,
    /// Methods of clients by request.
    methods: BTreeMap<String, BTreeSet<String>>,
    /// Requests by the types that their answers are made of.
    answers: BTreeMap<String, BTreeSet<String>>,
}

impl Endpoints {
    fn of(surface: &Surface) -> Self {
        let mut wires: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut methods: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut answers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (key, item) in &surface.items {
            let key = ItemKey::of(key);
            let path = key.path;
            let mut made_of = BTreeSet::new();
            for (member, line) in &item.members {
                let member = MemberKey::of(member);
                if member.kind == MemberKind::Operation {
                    let transport = member.name;
                    let wire = match transport {
                        "REST" => line.text.clone(),
                        _ => format!("{} ({transport})", line.text),
                    };
                    wires.entry(path.to_owned()).or_default().push(wire);
                }
                if matches!(member.kind, MemberKind::Field | MemberKind::Variant) {
                    made_of.extend(named(&line.text));
                }
                if member.kind == MemberKind::Method && key.is_client() {
                    for request in named(&line.text).filter(|path| path.starts_with("requests::")) {
                        let name = format!("{}()", member.first());
                        methods.entry(request).or_default().insert(name);
                    }
                }
            }
            uses.insert(path.to_owned(), made_of);
        }
        for path in wires.keys() {
            let answer = surface.items.get(&format!("struct {path}")).and_then(|item| {
                item.members.iter().find(|(member, _)| {
                    let member = MemberKey::of(member);
                    member.kind == MemberKind::Impl && member.name.ends_with("::Operation")
                })
            });
            let mut waiting: Vec<String> = answer
                .map(|(_, line)| named(&line.text).collect())
                .unwrap_or_default();
            while let Some(ty) = waiting.pop() {
                if answers.entry(ty.clone()).or_default().insert(path.clone()) {
                    waiting.extend(uses.get(&ty).into_iter().flatten().cloned());
                }
            }
        }
        Self {
            wires,
            methods,
            answers,
        }
    }

    /// What a request is on the wire, in words.
    fn wires(&self, request: &str) -> String {
        let wires = self.wires.get(request).map(Vec::as_slice).unwrap_or_default();
        wires
            .iter()
            .map(|wire| format!("`{wire}`"))
            .collect::<Vec<_>>()
            .join(" and ")
    }

    /// Requests whose answers have a type.
    fn answering(&self, ty: &str) -> Vec<String> {
        self.answers.get(ty).into_iter().flatten().cloned().collect()
    }

    fn listed(&self, requests: &[String]) -> String {
        listed(requests.iter().map(|request| self.wires(request)))
    }
}

fn methods(endpoints: &Endpoints, requests: &[String]) -> String {
    let all: BTreeSet<&String> = requests
        .iter()
        .filter_map(|request| endpoints.methods.get(request))
        .flatten()
        .collect();
    if all.is_empty() {
        return String::new();
    }
    let reported = all.into_iter().map(|method| format!("`{method}`"));
    format!("; affected methods: {}", listed(reported))
}

#[cfg(test)]
mod tests {
    use binance_wire_surface::surface::compare;

    use super::*;

    const OLD: &str = "\
struct models::Page\t#[non_exhaustive] {}
  field rows\tVec<crate::models::Row>
struct models::Row\t#[non_exhaustive] {}
  field amount\tx::Decimal
struct requests::GetRows\t#[non_exhaustive] {}
  field page\tOption<i64>
  impl binance_wire_core::Operation\t{ Response = crate::models::Page }
  operation REST\tGET /rows
  setter page\tvalue i64
struct rest::Client\t{}\trest
  fn get_rows\t(&self) -> crate::Call<&crate::rest::Client, crate::requests::GetRows>
";

    fn reported(new: &str) -> Vec<String> {
        let (old, new) = (
            Surface::parse("x", 1, OLD).unwrap(),
            Surface::parse("x", 1, new).unwrap(),
        );
        let reported = entries(compare(&old, &new).changes.iter(), &old, &new);
        reported
            .into_iter()
            .map(|entry| format!("{}{}", if entry.breaking { "!" } else { "" }, entry.text))
            .collect()
    }

    #[test]
    fn a_property_is_reported_with_its_endpoints_and_methods() {
        let new = OLD.replace(
            "  field amount\tx::Decimal\n",
            "  field amount\tx::Decimal\n  field fee\tOption<x::Decimal>\n",
        );
        assert_eq!(
            reported(&new),
            [
                "Modified response for `GET /rows`: property `fee` of `models::Row` added; affected methods: `get_rows()`"
            ]
        );
        let new = OLD.replace("x::Decimal", "i64");
        assert_eq!(
            reported(&new),
            [
                "!Modified response for `GET /rows`: property `amount` of `models::Row` type changed from `x::Decimal` to `i64`; affected methods: `get_rows()`"
            ]
        );
    }

    #[test]
    fn a_parameter_is_reported_once() {
        let new = OLD
            .replace(
                "  field page\tOption<i64>\n",
                "  field page\tOption<i64>\n  field size\tOption<i64>\n",
            )
            .replace(
                "  setter page\tvalue i64\n",
                "  setter page\tvalue i64\n  setter size\tvalue i64\n",
            );
        assert_eq!(
            reported(&new),
            ["Modified request of `GET /rows`: parameter `size` added; affected methods: `get_rows()`"]
        );
    }

    #[test]
    fn an_operation_is_reported_with_its_method_and_nothing_else() {
        let added = format!(
            "{OLD}  fn drop_rows\t(&self) -> crate::Call<&crate::rest::Client, crate::requests::DropRows>\n\
             struct requests::DropRows\t#[non_exhaustive] {{}}\n  operation REST\tDELETE /rows\n"
        );
        assert_eq!(
            reported(&added),
            ["Added `DELETE /rows`; affected methods: `drop_rows()`"]
        );
    }
}
