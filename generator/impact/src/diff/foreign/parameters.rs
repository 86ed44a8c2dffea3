//! Parameters of operations: which are the same, where they are sent, and how they are written.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::foreign::Foreign;
use serde_json::Value;

use super::operations::Operation;
use super::shape::At;
use super::{Direction, Documents, Here};
use crate::diff::kind::{Aspect, Class, Sense};

impl Documents<'_> {
    pub(super) fn parameters(&mut self, here: &Here, old: &Operation, new: &Operation) {
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
}

/// The names that stand in braces.
fn placeholders(path: &str) -> Vec<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect()
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
