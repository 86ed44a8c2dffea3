//! Two schemas: which values one allows and the other does not.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shape::{At, Shape, is_descriptive, is_lower, is_upper};
use super::{Change, Direction, Documents, Here};
use crate::diff::kind::{Aspect, Class, Role, Sense};

/// Keys with a comparison of their own.
const OWN: &[&str] = &[
    "additionalProperties",
    "anyOf",
    "default",
    "deprecated",
    "discriminator",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maximum",
    "minimum",
    "oneOf",
    "properties",
    "readOnly",
    "required",
    "type",
    "writeOnly",
    "$schema",
    "$id",
    "$defs",
];

/// How deep a difference may be; components that stand deeper are compared by themselves.
const MAX_DEPTH: usize = 24;

/// Whether two alternatives are one.
type Same<'s> = &'s dyn Fn(&At, &At) -> bool;

struct Both<'s> {
    old: &'s Shape,
    new: &'s Shape,
    direction: Direction,
}

impl Both<'_> {
    fn pointers(&self) -> (&str, &str) {
        (&self.old.pointer, &self.new.pointer)
    }
}

impl Documents<'_> {
    pub(super) fn schema(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
        if !self.are_components(here, old, new, direction) {
            self.schemas(here, old, new, direction);
        }
    }

    /// Two schemas that are not compared elsewhere.
    pub(super) fn schemas(&mut self, here: &Here, old: &At, new: &At, direction: Direction) {
        let pair = (old.pointer.clone(), new.pointer.clone(), direction);
        if !self.visited.insert(pair) {
            return;
        }
        let (before, after) = (Shape::of(self.old, old), Shape::of(self.new, new));
        let both = Both {
            old: &before,
            new: &after,
            direction,
        };
        // What is too deep to be told apart differs as a whole.
        if here.path.len() > MAX_DEPTH {
            self.named_within(here, Some(&old.value), Some(&new.value), direction);
            let texts = [brief(&old.value), brief(&new.value)];
            if texts[0] != texts[1] {
                self.change(here, &both, Aspect::Constraint, Sense::Changed, texts);
            }
            return;
        }
        if self.wrapped(here, &both, old, new) {
            return;
        }
        self.types(here, &both);
        self.values(here, &both);
        self.range(here, &both, ["minimum", "exclusiveMinimum"]);
        self.range(here, &both, ["maximum", "exclusiveMaximum"]);
        self.properties(here, &both);
        self.additional(here, &both);
        self.items(here, &both);
        for key in ["oneOf", "anyOf"] {
            self.alternatives(here, &both, key);
        }
        self.described(here, &both);
        self.keywords(here, &both);
    }

    fn change(
        &mut self,
        here: &Here,
        both: &Both<'_>,
        aspect: Aspect,
        sense: Sense,
        [before, after]: [String; 2],
    ) {
        let some = |text: String| (!text.is_empty()).then_some(text);
        self.report(
            here,
            Change {
                class: Class::Schema,
                aspect,
                sense,
                role: both.direction.role(),
                before: some(before),
                after: some(after),
                pointers: both.pointers(),
            },
        );
    }

    /// Whether one side is an alternative of the other: `A` → `oneOf: [A, B]`.
    fn wrapped(&mut self, here: &Here, both: &Both<'_>, old: &At, new: &At) -> bool {
        let list = |shape: &Shape| {
            ["oneOf", "anyOf"]
                .iter()
                .find_map(|key| Some(shape.at(key)?.all()))
        };
        let (one, many, sense) = match (list(both.old), list(both.new)) {
            (None, Some(many)) => (old, many, Sense::Down),
            (Some(many), None) => (new, many, Sense::Up),
            _ => return false,
        };
        let names = |at: &At| at.component().map(str::to_owned);
        let among = many.iter().any(|(_, other)| {
            other.value == one.value || names(other).is_some() && names(other) == names(one)
        });
        if !among {
            return false;
        }
        let texts = [brief(&old.value), brief(&new.value)];
        if many.len() > 1 {
            self.change(here, both, Aspect::Alternatives, sense, texts);
        }
        // What the alternative is has to be compared all the same.
        if names(one).is_some() {
            let other = many.into_iter().find(|(_, other)| names(other) == names(one));
            if let Some((_, other)) = other {
                match sense {
                    Sense::Down => _ = self.are_components(here, one, &other, both.direction),
                    _ => _ = self.are_components(here, &other, one, both.direction),
                }
            }
        }
        true
    }

    fn types(&mut self, here: &Here, both: &Both<'_>) {
        let (old, new) = (both.old.types(), both.new.types());
        // A whole number is a number.
        let fits = |one: &str, list: &[&str]| {
            list.is_empty() || list.contains(&one) || one == "integer" && list.contains(&"number")
        };
        let within = |some: &[&str], list: &[&str]| match some.is_empty() {
            true => list.is_empty(),
            false => some.iter().all(|one| fits(one, list)),
        };
        let texts = [old.join(" or "), new.join(" or ")];
        if let Some(sense) = direction(old != new, within(&new, &old), within(&old, &new)) {
            self.change(here, both, Aspect::Type, sense, texts);
        }
        let (old, new) = (both.old.text("format"), both.new.text("format"));
        let sense = direction(old != new, old.is_empty(), new.is_empty());
        if let Some(sense) = sense {
            self.change(here, both, Aspect::Form, sense, [old.to_owned(), new.to_owned()]);
        }
    }

    fn values(&mut self, here: &Here, both: &Both<'_>) {
        let set = |shape: &Shape| -> Option<BTreeSet<String>> {
            let list = shape.keys.get("enum")?.as_array()?;
            Some(list.iter().map(brief).collect())
        };
        let text = |set: BTreeSet<&String>| {
            let all: Vec<&str> = set.into_iter().map(String::as_str).collect();
            all.join(", ")
        };
        match (set(both.old), set(both.new)) {
            (None, Some(new)) => {
                let texts = [String::new(), text(new.iter().collect())];
                self.change(here, both, Aspect::Values, Sense::Up, texts);
            }
            (Some(old), None) => {
                let texts = [text(old.iter().collect()), String::new()];
                self.change(here, both, Aspect::Values, Sense::Down, texts);
            }
            (Some(old), Some(new)) => {
                let gone: BTreeSet<&String> = old.difference(&new).collect();
                let come: BTreeSet<&String> = new.difference(&old).collect();
                if !gone.is_empty() {
                    let texts = [text(gone), String::new()];
                    self.change(here, both, Aspect::Value, Sense::Up, texts);
                }
                if !come.is_empty() {
                    let texts = [String::new(), text(come)];
                    self.change(here, both, Aspect::Value, Sense::Down, texts);
                }
            }
            (None, None) => {}
        }
    }

    /// A bound, which a value may meet or not.
    fn range(&mut self, here: &Here, both: &Both<'_>, [meets, beyond]: [&str; 2]) {
        let upper = is_upper(meets);
        let bound = |shape: &Shape| {
            let sign = sign(upper);
            let inclusive = shape.number(meets).map(|number| (number * sign, false));
            let exclusive = shape.number(beyond).map(|number| (number * sign, true));
            let strictest = [inclusive, exclusive].into_iter().flatten();
            strictest.reduce(|one, other| if other > one { other } else { one })
        };
        let (old, new) = (bound(both.old), bound(both.new));
        if old == new {
            return;
        }
        let text = |bound: Option<(f64, bool)>| match bound {
            None => String::new(),
            Some((number, false)) => format!("{meets} {}", number * sign(upper)),
            Some((number, true)) => format!("{beyond} {}", number * sign(upper)),
        };
        let aspect = if upper { Aspect::Maximum } else { Aspect::Minimum };
        let sense = if new > old { Sense::Up } else { Sense::Down };
        self.change(here, both, aspect, sense, [text(old), text(new)]);
    }

    fn properties(&mut self, here: &Here, both: &Both<'_>) {
        let (old, new) = (both.old.properties(), both.new.properties());
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            let mut sides = [(old.get(name), self.old), (new.get(name), self.new)]
                .map(|(at, document)| at.map(|at| (at.clone(), Shape::of(document, at))));
            // Of the other direction a property says nothing.
            let other = match both.direction {
                Direction::Sent => "readOnly",
                Direction::Received => "writeOnly",
            };
            for side in &mut sides {
                if side.as_ref().is_some_and(|(_, shape)| shape.is(other)) {
                    *side = None;
                }
            }
            let here = here.within(Class::Member, name);
            let demanded = [both.old.requires(name), both.new.requires(name)];
            match sides {
                [Some((before, _)), Some((after, _))] => {
                    let pointers = (before.pointer.as_str(), after.pointer.as_str());
                    self.required(&here, Class::Member, both.direction.role(), demanded, pointers);
                    self.schema(&here, &before, &after, both.direction);
                }
                [Some((gone, shape)), None] => {
                    let text = shape.types().join(" or ");
                    let pointers = (gone.pointer.as_str(), both.new.pointer.as_str());
                    self.alone(
                        &here,
                        Class::Member,
                        both.direction.role(),
                        Sense::Removed,
                        (demanded[0], text),
                        pointers,
                    );
                }
                [None, Some((come, shape))] => {
                    let text = shape.types().join(" or ");
                    let pointers = (both.old.pointer.as_str(), come.pointer.as_str());
                    self.alone(
                        &here,
                        Class::Member,
                        both.direction.role(),
                        Sense::Added,
                        (demanded[1], text),
                        pointers,
                    );
                }
                [None, None] => {}
            }
        }
    }

    /// Whether something must be there.
    pub(super) fn required(
        &mut self,
        here: &Here,
        class: Class,
        role: Role,
        [old, new]: [bool; 2],
        pointers: (&str, &str),
    ) {
        if old != new {
            let text = |is: bool| Some(if is { "required" } else { "optional" }.to_owned());
            self.report(
                here,
                Change {
                    class,
                    aspect: Aspect::Required,
                    sense: if new { Sense::Up } else { Sense::Down },
                    role,
                    before: text(old),
                    after: text(new),
                    pointers,
                },
            );
        }
    }

    /// What only one side has.
    pub(super) fn alone(
        &mut self,
        here: &Here,
        class: Class,
        role: Role,
        sense: Sense,
        (demanded, what): (bool, String),
        pointers: (&str, &str),
    ) {
        let aspect = if demanded {
            Aspect::Demanded
        } else {
            Aspect::Itself
        };
        let what = (!what.is_empty()).then_some(what);
        let (before, after) = match sense {
            Sense::Removed => (what, None),
            _ => (None, what),
        };
        self.report(
            here,
            Change {
                class,
                aspect,
                sense,
                role,
                before,
                after,
                pointers,
            },
        );
    }

    fn additional(&mut self, here: &Here, both: &Both<'_>) {
        let key = "additionalProperties";
        let side = |shape: &Shape| {
            shape
                .at(key)
                .filter(|at| at.value != Value::Bool(true) && at.value != serde_json::json!({}))
        };
        let (old, new) = (side(both.old), side(both.new));
        let closed = |at: &Option<At>| at.as_ref().is_some_and(|at| at.value == Value::Bool(false));
        match (&old, &new) {
            (Some(before), Some(after)) if !closed(&old) && !closed(&new) => {
                let here = here.within(Class::Member, "*");
                self.schema(&here, before, after, both.direction);
            }
            _ => {
                // Any, some, none.
                let rank = |at: &Option<At>| match at {
                    None => 0,
                    Some(_) if closed(at) => 2,
                    Some(_) => 1,
                };
                let text = |at: &Option<At>| match at {
                    None => String::new(),
                    Some(at) => format!("{key}: {}", brief(&at.value)),
                };
                let sense = direction(
                    rank(&old) != rank(&new),
                    rank(&new) > rank(&old),
                    rank(&new) < rank(&old),
                );
                if let Some(sense) = sense {
                    self.change(here, both, Aspect::Constraint, sense, [text(&old), text(&new)]);
                }
            }
        }
    }

    fn items(&mut self, here: &Here, both: &Both<'_>) {
        match (both.old.at("items"), both.new.at("items")) {
            (Some(old), Some(new)) => {
                self.schema(&here.within(Class::Items, "[]"), &old, &new, both.direction)
            }
            (None, None) => {}
            // Of what is a list on one side alone, the type has been reported.
            (old, new) => {
                let is_list = |shape: &Shape| shape.types().is_empty() || shape.types().contains(&"array");
                if is_list(both.old) && is_list(both.new) {
                    let text = |at: &Option<At>| {
                        at.as_ref()
                            .map_or(String::new(), |at| format!("items: {}", brief(&at.value)))
                    };
                    let sense = if new.is_some() { Sense::Up } else { Sense::Down };
                    self.change(here, both, Aspect::Constraint, sense, [text(&old), text(&new)]);
                }
            }
        }
    }

    fn alternatives(&mut self, here: &Here, both: &Both<'_>, key: &str) {
        let list = |shape: &Shape| {
            shape
                .at(key)
                .map(|at| at.all().into_iter().map(|(_, at)| at).collect::<Vec<_>>())
        };
        let (Some(mut old), Some(mut new)) = (list(both.old), list(both.new)) else {
            let text = |shape: &Shape| {
                shape
                    .keys
                    .get(key)
                    .map_or(String::new(), |value| format!("{key}: {}", brief(value)))
            };
            let texts = [text(both.old), text(both.new)];
            if texts[0] != texts[1] {
                let sense = if texts[0].is_empty() {
                    Sense::Up
                } else {
                    Sense::Down
                };
                self.change(here, both, Aspect::Constraint, sense, texts);
            }
            return;
        };
        // Equal ones; then those of one name; then those of one title; then one that is left of each.
        let name = |at: &At| at.component().map(str::to_owned);
        let title = |at: &At| Some(at.text("title").to_owned()).filter(|title| !title.is_empty());
        let kind = |at: &At| at.value.get("type").map(ToString::to_string);
        let mut pairs: Vec<(At, At)> = Vec::new();
        let same: [Same<'_>; 4] = [
            &|a, b| name(a).is_none() && a.value == b.value,
            &|a, b| name(a).is_some() && name(a) == name(b),
            &|a, b| title(a).is_some() && title(a) == title(b),
            &|a, b| kind(a).is_some() && kind(a) == kind(b),
        ];
        for same in same {
            old.retain(|before| match new.iter().position(|after| same(before, after)) {
                Some(at) => {
                    pairs.push((before.clone(), new.remove(at)));
                    false
                }
                None => true,
            });
        }
        for (before, after) in pairs {
            let shown = name(&before)
                .or(title(&before))
                .unwrap_or_else(|| brief(&before.value));
            let shown = shown.rsplit('/').next().unwrap_or_default().to_owned();
            self.schema(
                &here.within(Class::Alternative, shown),
                &before,
                &after,
                both.direction,
            );
        }
        let text = |list: &[At]| {
            let all: Vec<String> = list
                .iter()
                .map(|at| name(at).or(title(at)).unwrap_or_else(|| brief(&at.value)))
                .collect();
            all.join(", ")
        };
        if !old.is_empty() {
            self.change(
                here,
                both,
                Aspect::Alternatives,
                Sense::Up,
                [text(&old), String::new()],
            );
        }
        if !new.is_empty() {
            self.change(
                here,
                both,
                Aspect::Alternatives,
                Sense::Down,
                [String::new(), text(&new)],
            );
        }
    }

    /// What is said of a value beside what it may be.
    fn described(&mut self, here: &Here, both: &Both<'_>) {
        let [old, new] = [both.old, both.new].map(|shape| shape.is("deprecated"));
        if old != new {
            let sense = if new { Sense::Up } else { Sense::Down };
            self.change(
                here,
                both,
                Aspect::Deprecated,
                sense,
                [String::new(), String::new()],
            );
        }
        for (key, aspect) in [
            ("default", Aspect::Default),
            ("discriminator", Aspect::Tag),
            ("description", Aspect::Documentation),
            ("x-sunset", Aspect::Sunset),
        ] {
            let text = |shape: &Shape| shape.keys.get(key).map(brief).unwrap_or_default();
            let texts = [text(both.old), text(both.new)];
            if texts[0] != texts[1] {
                self.change(here, both, aspect, Sense::Changed, texts);
            }
        }
    }

    /// Keywords that only one side has ask more where they are; whose contents differ cannot be ordered.
    fn keywords(&mut self, here: &Here, both: &Both<'_>) {
        let keys: BTreeSet<&String> = both.old.keys.keys().chain(both.new.keys.keys()).collect();
        for key in keys {
            if OWN.contains(&key.as_str()) || is_descriptive(key) || key.starts_with("x-") {
                continue;
            }
            let (old, new) = (both.old.keys.get(key), both.new.keys.get(key));
            self.named_within(here, old, new, both.direction);
            if old == new {
                continue;
            }
            let number = |value: Option<&Value>| value.and_then(Value::as_f64);
            let (more, less) = match (old, new) {
                (None, Some(Value::Bool(false))) | (Some(Value::Bool(false)), None) => continue,
                (None, _) => (true, false),
                (_, None) => (false, true),
                (Some(Value::Bool(_)), Some(Value::Bool(is))) => (*is, !*is),
                _ if is_lower(key) => (number(new) > number(old), number(new) < number(old)),
                _ if is_upper(key) => (number(new) < number(old), number(new) > number(old)),
                _ => (false, false),
            };
            let text = |value: Option<&Value>| {
                value.map_or(String::new(), |value| format!("{key} {}", brief(value)))
            };
            let aspect = match key.as_str() {
                "pattern" => Aspect::Pattern,
                key if key.starts_with("min") => Aspect::Minimum,
                key if key.starts_with("max") => Aspect::Maximum,
                "contentEncoding" | "contentMediaType" | "xml" => Aspect::Encoding,
                _ => Aspect::Constraint,
            };
            if let Some(sense) = direction(true, more, less) {
                self.change(here, both, aspect, sense, [text(old), text(new)]);
            }
        }
    }

    /// The components that both sides of a keyword name.
    fn named_within(&mut self, here: &Here, old: Option<&Value>, new: Option<&Value>, direction: Direction) {
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        for (value, names) in [(old, &mut before), (new, &mut after)] {
            if let Some(value) = value {
                references(value, names);
            }
        }
        for name in before.intersection(&after) {
            let at = At {
                value: serde_json::json!({"$ref": name}),
                pointer: String::new(),
            };
            self.are_components(here, &at, &at, direction);
        }
    }
}

fn references(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| references(value, names)),
        Value::Object(members) => {
            for (key, value) in members {
                match value.as_str() {
                    Some(text) if key == "$ref" => _ = names.insert(text.to_owned()),
                    _ => references(value, names),
                }
            }
        }
        _ => {}
    }
}

fn sign(upper: bool) -> f64 {
    if upper { -1.0 } else { 1.0 }
}

/// More is asked, less, or neither can be said.
fn direction(differs: bool, more: bool, less: bool) -> Option<Sense> {
    differs.then_some(match (more, less) {
        (true, false) => Sense::Up,
        (false, true) => Sense::Down,
        _ => Sense::Changed,
    })
}

/// A value in a line.
fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
