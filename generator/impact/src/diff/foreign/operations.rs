//! Operations, with their parameters, bodies, answers and permissions.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::foreign::Foreign;
use serde_json::{Value, json};

use super::shape::At;
use super::{Change, Direction, Documents, Here};
use crate::diff::finding::Affected;
use crate::diff::kind::{Aspect, Class, Role, Sense, Transport};

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Who calls: the user, or the server that the document describes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    User,
    Server,
}

impl Caller {
    fn request(self) -> Direction {
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

struct Operation {
    at: At,
    /// The parameters of its path as well.
    parameters: Vec<At>,
    /// As it is called in reports.
    shown: String,
    caller: Caller,
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
    fn lifecycle(&mut self, here: &Here, class: Class, role: Role, old: &At, new: &At) {
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

    fn parameters(&mut self, here: &Here, old: &Operation, new: &Operation) {
        let role = new.caller.request().role();
        let list = |document: &Foreign, operation: &Operation| {
            let mut all: BTreeMap<(String, String), At> = BTreeMap::new();
            let path = placeholders(&operation.shown);
            for parameter in &operation.parameters {
                let parameter = parameter.clone().resolved(document);
                let place = parameter.text("in").to_owned();
                let name = parameter.text("name");
                let name = match place.as_str() {
                    // In a path the place counts, and not the name.
                    "path" => path
                        .iter()
                        .position(|known| *known == name)
                        .map_or(name.to_owned(), |at| format!("#{at}")),
                    "header" => name.to_lowercase(),
                    _ => name.to_owned(),
                };
                all.insert((place, name), parameter);
            }
            all
        };
        let (mut before, mut after) = (list(self.old, old), list(self.new, new));
        let keys: BTreeSet<(String, String)> = before.keys().chain(after.keys()).cloned().collect();
        let mut pairs: Vec<(At, At)> = Vec::new();
        for key in &keys {
            if before.contains_key(key) && after.contains_key(key) {
                pairs.extend(before.remove(key).zip(after.remove(key)));
            }
        }
        // What has moved to another part of the request.
        let left: Vec<(String, String)> = before.keys().cloned().collect();
        for key in left {
            let moved = after.keys().find(|other| other.1 == key.1).cloned();
            if let Some(moved) = moved {
                pairs.extend(before.remove(&key).zip(after.remove(&moved)));
            }
        }
        for (one, other) in pairs {
            self.parameter(here, &one, &other, new.caller.request());
        }
        for (list, sense) in [(before, Sense::Removed), (after, Sense::Added)] {
            for (_, at) in list {
                let here = here.within(Class::Parameter, at.text("name"));
                let demanded = at.is("required") || at.text("in") == "path";
                let what = format!("in {}", at.text("in"));
                let pointers = match sense {
                    Sense::Removed => (at.pointer.as_str(), new.at.pointer.as_str()),
                    _ => (old.at.pointer.as_str(), at.pointer.as_str()),
                };
                self.alone(&here, Class::Parameter, role, sense, (demanded, what), pointers);
            }
        }
    }

    fn parameter(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
        let here = here.within(Class::Parameter, old.text("name"));
        let role = direction.role();
        let pointers = (old.pointer.as_str(), new.pointer.as_str());
        let demanded = [old, new].map(|at| at.is("required") || at.text("in") == "path");
        self.required(&here, Class::Parameter, role, demanded, pointers);
        for (aspect, before, after) in [
            (
                Aspect::Place,
                old.text("in").to_owned(),
                new.text("in").to_owned(),
            ),
            (Aspect::Encoding, style(old), style(new)),
            (
                Aspect::Documentation,
                old.text("description").to_owned(),
                new.text("description").to_owned(),
            ),
        ] {
            let sides = [(before.as_str(), pointers.0), (after.as_str(), pointers.1)];
            self.text(&here, Class::Parameter, aspect, role, sides);
        }
        self.lifecycle(&here, Class::Parameter, role, old, new);
        self.contents(&here, old, new, direction);
    }

    /// A schema, or schemas by media type.
    fn contents(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
        let any = |at: &At| At {
            value: json!({}),
            pointer: at.pointer.clone(),
        };
        self.visited.clear();
        match (old.get("content"), new.get("content")) {
            (None, None) => {
                let before = old.get("schema").unwrap_or_else(|| any(old));
                let after = new.get("schema").unwrap_or_else(|| any(new));
                self.schema(here, &before, &after, direction);
            }
            (before, after) => {
                let list = |at: Option<At>| -> BTreeMap<String, At> {
                    let all = at.map(|at| at.all()).unwrap_or_default();
                    all.into_iter().map(|(name, at)| (media(&name), at)).collect()
                };
                let (before, after) = (list(before), list(after));
                let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
                for name in names {
                    let here = here.within(Class::Media, name);
                    match (before.get(name), after.get(name)) {
                        (Some(before), Some(after)) => {
                            self.encodings(&here, before, after, direction);
                            self.contents(&here, before, after, direction);
                        }
                        (gone, _) => {
                            let sense = if gone.is_some() {
                                Sense::Removed
                            } else {
                                Sense::Added
                            };
                            let nothing = (false, String::new());
                            let pointers = (old.pointer.as_str(), new.pointer.as_str());
                            self.alone(&here, Class::Media, direction.role(), sense, nothing, pointers);
                        }
                    }
                }
            }
        }
    }

    /// How the parts of a form are written.
    fn encodings(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
        let text = |at: &At| {
            at.value
                .get("encoding")
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let (before, after) = (text(old), text(new));
        let sides = [
            (before.as_str(), old.pointer.as_str()),
            (after.as_str(), new.pointer.as_str()),
        ];
        self.text(here, Class::Schema, Aspect::Encoding, direction.role(), sides);
    }

    fn body(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
        let side = |document: &Foreign, at: &At| at.get("requestBody").map(|body| body.resolved(document));
        let (before, after) = (side(self.old, old), side(self.new, new));
        let here = here.within(Class::Body, "body");
        let role = direction.role();
        match (before, after) {
            (Some(before), Some(after)) => {
                let pointers = (before.pointer.as_str(), after.pointer.as_str());
                let demanded = [&before, &after].map(|body| body.is("required"));
                self.required(&here, Class::Body, role, demanded, pointers);
                self.contents(&here, &before, &after, direction);
            }
            (Some(gone), None) => {
                let what = (gone.is("required"), String::new());
                let pointers = (gone.pointer.as_str(), new.pointer.as_str());
                self.alone(&here, Class::Body, role, Sense::Removed, what, pointers);
            }
            (None, Some(come)) => {
                let what = (come.is("required"), String::new());
                let pointers = (old.pointer.as_str(), come.pointer.as_str());
                self.alone(&here, Class::Body, role, Sense::Added, what, pointers);
            }
            (None, None) => {}
        }
    }

    fn answers(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
        let list = |document: &Foreign, at: &At| -> BTreeMap<String, At> {
            let all = at.get("responses").map(|at| at.all()).unwrap_or_default();
            let all = all.into_iter().filter(|(status, _)| !status.starts_with("x-"));
            all.map(|(status, at)| (status, at.resolved(document))).collect()
        };
        let (before, after) = (list(self.old, old), list(self.new, new));
        let role = direction.role();
        let statuses: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for status in statuses {
            let here = here.within(Class::Answer, status);
            match (before.get(status), after.get(status)) {
                (Some(before), Some(after)) => {
                    self.headers(&here, before, after, direction);
                    self.contents(&here, before, after, direction);
                }
                (gone, come) => {
                    let (sense, at) = match gone {
                        Some(gone) => (Sense::Removed, Some(gone)),
                        None => (Sense::Added, come),
                    };
                    let Some(at) = at else { continue };
                    let pointers = match sense {
                        Sense::Removed => (at.pointer.as_str(), new.pointer.as_str()),
                        _ => (old.pointer.as_str(), at.pointer.as_str()),
                    };
                    let success = status.starts_with('2') || status == "default";
                    self.alone(
                        &here,
                        Class::Answer,
                        role,
                        sense,
                        (success, String::new()),
                        pointers,
                    );
                }
            }
        }
    }

    fn headers(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
        let list = |document: &Foreign, at: &At| -> BTreeMap<String, At> {
            let all = at.get("headers").map(|at| at.all()).unwrap_or_default();
            all.into_iter()
                .map(|(name, at)| (name.to_lowercase(), at.resolved(document)))
                .collect()
        };
        let (before, after) = (list(self.old, old), list(self.new, new));
        let role = direction.role();
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let here = here.within(Class::Header, name);
            match (before.get(name), after.get(name)) {
                (Some(before), Some(after)) => {
                    let pointers = (before.pointer.as_str(), after.pointer.as_str());
                    let demanded = [before, after].map(|at| at.is("required"));
                    self.required(&here, Class::Header, role, demanded, pointers);
                    self.contents(&here, before, after, direction);
                }
                (Some(gone), None) => {
                    let what = (gone.is("required"), String::new());
                    let pointers = (gone.pointer.as_str(), new.pointer.as_str());
                    self.alone(&here, Class::Header, role, Sense::Removed, what, pointers);
                }
                (None, Some(come)) => {
                    let what = (come.is("required"), String::new());
                    let pointers = (old.pointer.as_str(), come.pointer.as_str());
                    self.alone(&here, Class::Header, role, Sense::Added, what, pointers);
                }
                (None, None) => {}
            }
        }
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

/// The names that stand in braces.
fn placeholders(path: &str) -> Vec<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect()
}

/// A media type without its parameters.
fn media(name: &str) -> String {
    name.split(';').next().unwrap_or(name).trim().to_lowercase()
}

/// How a parameter is written, with what holds where nothing is said.
fn style(at: &At) -> String {
    let usual = match at.text("in") {
        "query" | "cookie" => "form",
        _ => "simple",
    };
    let style = Some(at.text("style"))
        .filter(|style| !style.is_empty())
        .unwrap_or(usual);
    let explode = at
        .value
        .get("explode")
        .and_then(Value::as_bool)
        .unwrap_or(style == "form");
    let mut text = style.to_owned();
    for (key, is) in [
        ("explode", explode),
        ("allowReserved", at.is("allowReserved")),
        ("allowEmptyValue", at.is("allowEmptyValue")),
    ] {
        if is {
            text += &format!(", {key}");
        }
    }
    text
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
