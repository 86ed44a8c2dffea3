//! What requests and answers carry: schemas by media type, bodies, statuses and headers.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::foreign::Foreign;
use serde_json::json;

use super::shape::At;
use super::{Direction, Documents, Here};
use crate::diff::kind::{Aspect, Class, Sense};

impl Documents<'_> {
    /// A schema, or schemas by media type.
    pub(super) fn contents(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
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

    pub(super) fn body(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
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

    pub(super) fn answers(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
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

/// A media type without its parameters.
fn media(name: &str) -> String {
    name.split(';').next().unwrap_or(name).trim().to_lowercase()
}
