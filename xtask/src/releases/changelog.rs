//! What changed from version to version, in words.
//!
//! [`entries`] tells it from two surfaces: each request says what it is on the wire, so that a field is told with the
//! endpoints whose answer has it and the methods that give it. Other sources of entries join their own list.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_generator::surface::{Change, ChangeKind, Comparison, Surface, Verdict};

use super::Planned;

/// One line of a change log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) breaking: bool,
    pub(super) text: String,
}

/// The most endpoints that are named one by one.
const NAMED: usize = 8;

/// The change log with the section of a version, in place of one that was not published.
pub(super) fn with_changes(log: Option<&str>, krate: &str, planned: &Planned) -> String {
    let version = planned.target();
    let version = binance_wire_generator::versions::without_metadata(&version.to_string()).to_owned();
    let published = planned.baseline.as_ref();
    let title = format!("# Changes of {krate}\n");
    // Sections of versions that were never published are told anew: what they said is part of what changed since.
    let mut kept = String::new();
    let mut keep = false;
    for line in log.unwrap_or_default().lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let told = heading
                .split(' ')
                .next()
                .and_then(|text| semver::Version::parse(text).ok());
            let last = published.and_then(|baseline| semver::Version::parse(&baseline.version).ok());
            keep = matches!((told, last), (Some(told), Some(last)) if told.cmp_precedence(&last).is_le());
        }
        if keep {
            kept += line;
            kept.push('\n');
        }
    }
    let mut text = title;
    let told = match published {
        None => vec![Entry {
            breaking: false,
            text: "First version".to_owned(),
        }],
        Some(_) if planned.verdict == Verdict::Same => Vec::new(),
        Some(baseline) => {
            let mut told = entries(&planned.comparison, &baseline.surface, &planned.state.surface);
            if told.is_empty() {
                told.push(Entry {
                    breaking: planned.verdict == Verdict::Major,
                    text: capital(&planned.reasons.join("; ")),
                });
            } else if planned.verdict == Verdict::Major && !told.iter().any(|entry| entry.breaking) {
                told.push(Entry {
                    breaking: true,
                    text: capital(&planned.reasons.join("; ")),
                });
            }
            told
        }
    };
    if !told.is_empty() {
        let date = planned
            .date
            .as_deref()
            .map(|date| format!(" (specs of {})", dashed(date)))
            .unwrap_or_default();
        text += &format!("\n## {version}{date}\n");
        for (breaking, heading) in [(true, "Breaking"), (false, "Changes")] {
            let part: Vec<&Entry> = told.iter().filter(|entry| entry.breaking == breaking).collect();
            if part.is_empty() {
                continue;
            }
            text += &format!("\n### {heading}\n\n");
            for entry in part {
                text += &format!("- {}\n", entry.text);
            }
        }
    }
    if !kept.is_empty() {
        text.push('\n');
        text += kept.trim_end();
        text.push('\n');
    }
    text
}

/// Every change of a surface that a user would want to read.
pub(super) fn entries(comparison: &Comparison, old: &Surface, new: &Surface) -> Vec<Entry> {
    let (before, after) = (Endpoints::of(old), Endpoints::of(new));
    let mut found = BTreeSet::new();
    // What comes and goes with a request is told with it.
    let requests = |kind: ChangeKind| -> BTreeSet<&str> {
        comparison
            .of(kind)
            .filter(|change| change.member.is_none())
            .filter_map(|change| request(&change.item))
            .collect()
    };
    let (gone, come) = (requests(ChangeKind::Removed), requests(ChangeKind::Added));
    for change in &comparison.changes {
        let endpoints = if change.kind == ChangeKind::Removed {
            &before
        } else {
            &after
        };
        let text = match &change.member {
            None => item(change, endpoints, &gone, &come),
            Some(member) => self::member(change, member, endpoints, &gone, &come),
        };
        found.extend(text.map(|text| Entry {
            breaking: change.verdict == Verdict::Major,
            text,
        }));
    }
    found.into_iter().collect()
}

/// A whole item that came, went, or is declared otherwise.
fn item(
    change: &Change,
    endpoints: &Endpoints,
    gone: &BTreeSet<&str>,
    come: &BTreeSet<&str>,
) -> Option<String> {
    let verb = match change.kind {
        ChangeKind::Removed => "Removed",
        ChangeKind::Added => "Added",
        ChangeKind::Changed => "Modified",
    };
    if let Some(name) = request(&change.item) {
        let told = endpoints.wires(&format!("requests::{name}"));
        if !told.is_empty() {
            return Some(format!(
                "{verb} {}{}",
                told,
                methods(endpoints, &[format!("requests::{name}")])
            ));
        }
    }
    let (kind, path) = change.item.split_once(' ')?;
    let words = match kind {
        "macro" if path.starts_with("call ") => return None,
        "mod" => "module",
        "fn" => "function",
        "const" | "static" => "constant",
        "use" => "name",
        "struct" | "enum" | "union" | "type" => "type",
        "impls" => return None,
        other => other,
    };
    let _ = (gone, come);
    Some(match change.kind {
        ChangeKind::Changed => format!("Modified {words} `{path}`: {}", change.reason),
        _ => format!("{verb} {words} `{path}`"),
    })
}

/// A member that came, went, or is declared otherwise.
fn member(
    change: &Change,
    member: &str,
    endpoints: &Endpoints,
    gone: &BTreeSet<&str>,
    come: &BTreeSet<&str>,
) -> Option<String> {
    let (_, owner) = change.item.split_once(' ')?;
    let (kind, name) = member.split_once(' ').unwrap_or((member, ""));
    let what = match change.kind {
        ChangeKind::Removed => "removed".to_owned(),
        ChangeKind::Added => "added".to_owned(),
        ChangeKind::Changed if kind == "field" || kind == "setter" => {
            format!("type changed from `{}` to `{}`", change.old, change.new)
        }
        ChangeKind::Changed => change.reason.to_owned(),
    };
    match kind {
        "field" if request(&change.item).is_some() => {
            let told = endpoints.wires(owner);
            let methods = methods(endpoints, &[owner.to_owned()]);
            Some(format!(
                "Modified request of {told}: parameter `{name}` {what}{methods}"
            ))
        }
        // The setter of a field that is told already.
        "setter" => None,
        "fn" if request(&change.item).is_some() => None,
        // Methods of clients come and go with their requests.
        "fn" if owner.ends_with("Client") => {
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
            (!covered).then(|| format!("Modified method `{owner}::{name}`: {what}"))
        }
        "field" => {
            let users = endpoints.answering(owner);
            if users.is_empty() {
                return Some(format!("Modified type `{owner}`: property `{name}` {what}"));
            }
            let told = endpoints.listed(&users);
            let methods = methods(endpoints, &users);
            let of = if users.len() > 1 {
                format!(" of `{owner}`")
            } else {
                String::new()
            };
            Some(format!(
                "Modified response for {told}: property `{name}`{of} {what}{methods}"
            ))
        }
        "variant" => Some(format!("Modified enum `{owner}`: value `{name}` {what}")),
        "operation" => Some(format!("Modified `{owner}` over {name}: {what}")),
        "impl" => Some(format!(
            "Modified type `{owner}`: implementation of `{name}` {what}"
        )),
        "fn" => Some(format!("Modified `{owner}`: method `{name}` {what}")),
        "value" if change.kind == ChangeKind::Changed => Some(format!(
            "Modified constant `{owner}`: `{}`, formerly `{}`",
            change.new, change.old
        )),
        "const" | "type" => Some(format!("Modified `{owner}`: {kind} `{name}` {what}")),
        _ => None,
    }
}

fn request(item: &str) -> Option<&str> {
    item.strip_prefix("struct requests::")
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
            let Some((_, path)) = key.split_once(' ') else {
                continue;
            };
            let mut made_of = BTreeSet::new();
            for (member, line) in &item.members {
                if let Some(transport) = member.strip_prefix("operation ") {
                    let wire = match transport {
                        "REST" => line.text.clone(),
                        _ => format!("{} ({transport})", line.text),
                    };
                    wires.entry(path.to_owned()).or_default().push(wire);
                }
                if member.starts_with("field ") || member.starts_with("variant ") {
                    made_of.extend(named(&line.text));
                }
                if let (Some(name), true) = (member.strip_prefix("fn "), path.ends_with("Client")) {
                    for request in named(&line.text).filter(|path| path.starts_with("requests::")) {
                        let name = name.split(' ').next().unwrap_or(name);
                        methods.entry(request).or_default().insert(format!("{name}()"));
                    }
                }
            }
            uses.insert(path.to_owned(), made_of);
        }
        for path in wires.keys() {
            let answer = surface.items.get(&format!("struct {path}")).and_then(|item| {
                item.members
                    .iter()
                    .find(|(member, _)| member.ends_with("::Operation"))
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
        let mut told: Vec<String> = requests
            .iter()
            .take(NAMED)
            .map(|request| self.wires(request))
            .collect();
        if requests.len() > NAMED {
            told.push(format!("{} more", requests.len() - NAMED));
        }
        told.join(", ")
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
    let mut told: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|method| format!("`{method}`"))
        .collect();
    if all.len() > NAMED {
        told.push(format!("{} more", all.len() - NAMED));
    }
    format!("; affected methods: {}", told.join(", "))
}

/// Paths of the crate that a text names, without `crate::`.
fn named(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("crate::").skip(1).map(|rest| {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
            .unwrap_or(rest.len());
        rest.get(..end).unwrap_or(rest).trim_end_matches(':').to_owned()
    })
}

/// `20261122` → `2026-11-22`.
fn dashed(date: &str) -> String {
    let parts = [date.get(..4), date.get(4..6), date.get(6..8)];
    parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use binance_wire_generator::surface::compare;

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

    fn told(new: &str) -> Vec<String> {
        let (old, new) = (
            Surface::parse("x", 1, OLD).unwrap(),
            Surface::parse("x", 1, new).unwrap(),
        );
        let told = entries(&compare(&old, &new), &old, &new);
        told.into_iter()
            .map(|entry| format!("{}{}", if entry.breaking { "!" } else { "" }, entry.text))
            .collect()
    }

    #[test]
    fn a_property_is_told_with_its_endpoints_and_methods() {
        let new = OLD.replace(
            "  field amount\tx::Decimal\n",
            "  field amount\tx::Decimal\n  field fee\tOption<x::Decimal>\n",
        );
        assert_eq!(
            told(&new),
            ["Modified response for `GET /rows`: property `fee` added; affected methods: `get_rows()`"]
        );
        let new = OLD.replace("x::Decimal", "i64");
        assert_eq!(
            told(&new),
            [
                "!Modified response for `GET /rows`: property `amount` type changed from `x::Decimal` to `i64`; affected methods: `get_rows()`"
            ]
        );
    }

    #[test]
    fn a_parameter_is_told_once() {
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
            told(&new),
            ["Modified request of `GET /rows`: parameter `size` added; affected methods: `get_rows()`"]
        );
    }

    #[test]
    fn an_operation_is_told_with_its_method_and_nothing_else() {
        let added = format!(
            "{OLD}  fn drop_rows\t(&self) -> crate::Call<&crate::rest::Client, crate::requests::DropRows>\n\
             struct requests::DropRows\t#[non_exhaustive] {{}}\n  operation REST\tDELETE /rows\n"
        );
        assert_eq!(
            told(&added),
            ["Added `DELETE /rows`; affected methods: `drop_rows()`"]
        );
    }
}
