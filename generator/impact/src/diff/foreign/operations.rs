//! Operations: which there are, who calls them, how long they last, and who may call.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::foreign::Foreign;
use serde_json::Value;

use super::shape::At;
use super::{Change, Direction, Documents, Here};
use crate::diff::finding::Affected;
use crate::diff::kind::{Aspect, Class, Role, Sense, Transport};

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Who calls: the user, or the server that the document describes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    User,
    Server,
}

impl Caller {
    pub(super) fn request(self) -> Direction {
        match self {
            Self::User => Direction::Sent,
            Self::Server => Direction::Received,
        }
    }

    fn answer(self) -> Direction {
        match self {
            Self::User => Direction::Received,
            Self::Server => Direction::Sent,
        }
    }
}

pub(super) struct Operation {
    pub(super) at: At,
    /// The parameters of its path as well.
    pub(super) parameters: Vec<At>,
    /// As it is called in reports.
    pub(super) shown: String,
    pub(super) caller: Caller,
}

/// How stable an operation is said to be.
const STABILITY: &[&str] = &["draft", "alpha", "beta", "stable"];

impl Documents<'_> {
    pub(super) fn servers(&mut self) {
        let list = |document: &Foreign| {
            let servers = document.root.get("servers").and_then(Value::as_array);
            let urls = servers
                .into_iter()
                .flatten()
                .filter_map(|server| server.get("url")?.as_str());
            urls.collect::<Vec<_>>().join(", ")
        };
        let (old, new) = (list(self.old), list(self.new));
        let here = Here::default().within(Class::Environment, "servers");
        let at = "/servers";
        self.text(
            &here,
            Class::Environment,
            Aspect::Hosts,
            Role::Both,
            [(&old, at), (&new, at)],
        );
    }

    pub(super) fn operations(&mut self) {
        let (old, new) = (operations(self.old), operations(self.new));
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let (before, after) = (old.get(key), new.get(key));
            let Some(known) = before.or(after) else { continue };
            let mut here = Here::default().within(Class::Operation, &known.shown);
            here.calls.push(Affected {
                transport: Transport::Rest,
                call: known.shown.clone(),
                id: known.at.text("operationId").to_owned(),
            });
            match (before, after) {
                (Some(before), Some(after)) => self.operation(&here, before, after),
                (Some(gone), None) => {
                    let pointers = (gone.at.pointer.as_str(), "/paths");
                    let nothing = (false, String::new());
                    self.alone(
                        &here,
                        Class::Operation,
                        Role::Received,
                        Sense::Removed,
                        nothing,
                        pointers,
                    );
                }
                (None, Some(come)) => {
                    let pointers = ("/paths", come.at.pointer.as_str());
                    let nothing = (false, String::new());
                    self.alone(
                        &here,
                        Class::Operation,
                        Role::Received,
                        Sense::Added,
                        nothing,
                        pointers,
                    );
                }
                (None, None) => {}
            }
        }
    }

    fn operation(&mut self, here: &Here, old: &Operation, new: &Operation) {
        let caller = new.caller;
        let pointers = (old.at.pointer.as_str(), new.at.pointer.as_str());
        self.lifecycle(here, Class::Operation, Role::Received, &old.at, &new.at);
        let text = |at: &At| {
            [at.text("summary"), at.text("description")]
                .join(" ")
                .trim()
                .to_owned()
        };
        for (aspect, before, after) in [
            (
                Aspect::Identifier,
                old.at.text("operationId").to_owned(),
                new.at.text("operationId").to_owned(),
            ),
            (Aspect::Documentation, text(&old.at), text(&new.at)),
        ] {
            let sides = [(before.as_str(), pointers.0), (after.as_str(), pointers.1)];
            self.text(here, Class::Operation, aspect, Role::Received, sides);
        }
        self.security(here, old, new);
        self.parameters(here, old, new);
        self.body(here, &old.at, &new.at, caller.request());
        self.answers(here, &old.at, &new.at, caller.answer());
    }

    /// Deprecation, retirement and stability.
    pub(super) fn lifecycle(&mut self, here: &Here, class: Class, role: Role, old: &At, new: &At) {
        let pointers = (old.pointer.as_str(), new.pointer.as_str());
        let mut ranked = |aspect, [before, after]: [String; 2], up: bool, down: bool| {
            if before != after {
                let sense = match (up, down) {
                    (true, false) => Sense::Up,
                    (false, true) => Sense::Down,
                    _ => Sense::Changed,
                };
                let some = |text: String| (!text.is_empty()).then_some(text);
                let change = Change {
                    class,
                    aspect,
                    sense,
                    role,
                    before: some(before),
                    after: some(after),
                    pointers,
                };
                self.report(here, change);
            }
        };
        let [before, after] = [old, new].map(|at| at.is("deprecated"));
        let word = |is: bool| {
            if is {
                "deprecated".to_owned()
            } else {
                String::new()
            }
        };
        ranked(Aspect::Deprecated, [before, after].map(word), after, before);
        let text = |at: &At, key: &str| {
            let value = at.value.get(key);
            value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        let days = [old, new].map(|at| text(at, "x-sunset").unwrap_or_default());
        match [&days[0], &days[1]].map(|day| day.parse::<jiff::civil::Date>().ok()) {
            [Some(before), Some(after)] => ranked(Aspect::Deadline, days, after < before, after > before),
            // Nobody can plan by a date that is none.
            [_, None] if !days[1].is_empty() => ranked(Aspect::Deadline, days, false, false),
            _ => {
                let (set, lifted) = (days[0].is_empty(), days[1].is_empty());
                ranked(Aspect::Sunset, days, set, lifted);
            }
        }
        if class != Class::Operation {
            return;
        }
        let levels = [old, new].map(|at| text(at, "x-stability-level").unwrap_or_default());
        // What says nothing is as stable as can be; another word says nothing that is known.
        let rank = |level: &str| match level {
            "" => Some(STABILITY.len()),
            level => STABILITY.iter().position(|known| *known == level),
        };
        let [before, after] = [rank(&levels[0]), rank(&levels[1])];
        let known = before.is_some() && after.is_some();
        ranked(
            Aspect::Category,
            levels,
            known && after < before,
            known && after > before,
        );
    }

    fn security(&mut self, here: &Here, old: &Operation, new: &Operation) {
        let (before, after) = (permissions(self.old, old), permissions(self.new, new));
        if before == after {
            return;
        }
        // Each alternative is one way in; without any, everybody may enter.
        let open = |ways: &BTreeSet<String>| ways.is_empty() || ways.contains("");
        let more = !open(&before) && (open(&after) || before.is_subset(&after));
        let less = !open(&after) && (open(&before) || after.is_subset(&before));
        let text = |ways: BTreeSet<String>| {
            let ways: Vec<&str> = ways
                .iter()
                .map(|way| if way.is_empty() { "none" } else { way })
                .collect();
            (!ways.is_empty()).then(|| ways.join(" or "))
        };
        let sense = match (less, more) {
            (true, false) => Sense::Up,
            (false, true) => Sense::Down,
            _ => Sense::Changed,
        };
        self.report(
            here,
            Change {
                class: Class::Operation,
                aspect: Aspect::Security,
                sense,
                role: Role::Sent,
                before: text(before),
                after: text(after),
                pointers: (&old.at.pointer, &new.at.pointer),
            },
        );
    }
}

/// All operations, by what they are the same by.
fn operations(document: &Foreign) -> BTreeMap<String, Operation> {
    let mut all = BTreeMap::new();
    let root = At {
        value: document.root.clone(),
        pointer: String::new(),
    };
    for (key, word, caller) in [
        ("paths", "", Caller::User),
        ("webhooks", "webhook ", Caller::Server),
    ] {
        for (path, item) in root.get(key).map(|at| at.all()).unwrap_or_default() {
            if !path.starts_with("x-") {
                add(&mut all, document, (&path, word), item, caller);
            }
        }
    }
    all
}

/// Adds the operations of one path, and those by which the server calls back.
fn add(
    all: &mut BTreeMap<String, Operation>,
    document: &Foreign,
    (path, word): (&str, &str),
    item: At,
    caller: Caller,
) {
    let item = item.resolved(document);
    let common = item.get("parameters").map(|at| at.all()).unwrap_or_default();
    for method in METHODS {
        let Some(at) = item.get(method) else { continue };
        let mut parameters: Vec<At> = common.iter().map(|(_, at)| at.clone()).collect();
        // Those of the operation come later, and count.
        parameters.extend(
            at.get("parameters")
                .map(|at| at.all())
                .unwrap_or_default()
                .into_iter()
                .map(|(_, at)| at),
        );
        let shown = format!("{word}{} {path}", method.to_uppercase());
        for (name, callback) in at.get("callbacks").map(|at| at.all()).unwrap_or_default() {
            if caller == Caller::Server {
                continue;
            }
            for (expression, item) in callback.resolved(document).all() {
                let word = format!("callback {name} of {shown}: ");
                add(all, document, (&expression, &word), item, Caller::Server);
            }
        }
        let operation = Operation {
            at,
            parameters,
            shown: shown.clone(),
            caller,
        };
        all.insert(unnamed(&shown), operation);
    }
}

/// A path without the names of what stands in braces.
fn unnamed(path: &str) -> String {
    let mut out = String::new();
    let mut within = false;
    for c in path.chars() {
        within = (within || c == '{') && c != '}';
        if !within || c == '{' {
            out.push(c);
        }
    }
    out
}

/// The ways in: each the schemes that it asks for, with what they are and the scopes.
fn permissions(document: &Foreign, operation: &Operation) -> BTreeSet<String> {
    // Whom the server calls asks for what the operation says; the rest of the document is about the server.
    let common = document
        .root
        .get("security")
        .filter(|_| operation.caller == Caller::User);
    let asked = operation.at.value.get("security").or(common);
    let ways = asked.and_then(Value::as_array).into_iter().flatten();
    let scheme = |(name, scopes): (&String, &Value)| {
        let pointer = format!("/components/securitySchemes/{name}");
        let declared = document.get(&pointer);
        let word = |key: &str| {
            declared
                .and_then(|scheme| scheme.get(key)?.as_str())
                .unwrap_or_default()
        };
        let mut scopes: Vec<&str> = scopes
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        scopes.sort_unstable();
        let mut text = name.clone();
        for part in [
            word("type"),
            word("scheme"),
            word("in"),
            word("name"),
            word("openIdConnectUrl"),
        ] {
            if !part.is_empty() {
                text += &format!(" {part}");
            }
        }
        if !scopes.is_empty() {
            text += &format!(" ({})", scopes.join(", "));
        }
        text
    };
    ways.filter_map(Value::as_object)
        .map(|way| way.iter().map(scheme).collect::<Vec<_>>().join(" and "))
        .collect()
}
