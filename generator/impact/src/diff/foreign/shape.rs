//! A schema in one form, whichever of the ways it was written in: references followed, `allOf` merged, null a type.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::foreign::Foreign;
use serde_json::{Map, Value, json};

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) value: Value,
    pub(super) pointer: String,
}

/// Keys that describe, and ask nothing of anybody.
const DESCRIPTIVE: &[&str] = &[
    "$comment",
    "description",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "title",
];

/// How many references may follow each other.
const MAX_STEPS: usize = 32;

impl At {
    /// What stands under a key.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key)?.clone();
        let pointer = format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"));
        Some(Self { value, pointer })
    }

    /// The members of an object, or the elements of a list.
    pub(super) fn all(&self) -> Vec<(String, Self)> {
        let keys: Vec<String> = match &self.value {
            Value::Object(members) => members.keys().cloned().collect(),
            Value::Array(list) => {
                let at = |(index, value): (usize, &Value)| {
                    let pointer = format!("{}/{index}", self.pointer);
                    let value = value.clone();
                    (index.to_string(), Self { value, pointer })
                };
                return list.iter().enumerate().map(at).collect();
            }
            _ => Vec::new(),
        };
        keys.into_iter()
            .filter_map(|key| self.get(&key).map(|at| (key, at)))
            .collect()
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The component that it is, where it is a reference to one and nothing more, or `allOf` of one such reference.
    pub(super) fn component(&self) -> Option<&str> {
        let members = self.value.as_object()?;
        let alone = |key: &str| {
            members
                .keys()
                .all(|other| other == key || is_descriptive(other) || other.starts_with("x-"))
        };
        let reference = match members.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) if alone("allOf") => {
                let only = only.as_object().filter(|only| only.len() == 1)?;
                only.get("$ref")?
            }
            _ => members.get("$ref").filter(|_| alone("$ref"))?,
        };
        let target = reference.as_str()?.strip_prefix('#')?;
        target.starts_with("/components/schemas/").then_some(target)
    }

    /// What references lead to.
    pub(super) fn resolved(self, document: &Foreign) -> Self {
        let mut at = self;
        for _ in 0..MAX_STEPS {
            let Some(target) = at.value.get("$ref").and_then(Value::as_str) else {
                break;
            };
            let pointer = target.trim_start_matches('#').to_owned();
            let Some(value) = document.get(&pointer).cloned() else {
                break;
            };
            at = Self { value, pointer };
        }
        at
    }
}

/// A schema without references at its top.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) keys: Map<String, Value>,
    /// Where each property stands.
    origins: BTreeMap<String, String>,
    pub(super) pointer: String,
}

impl Shape {
    /// The form of a schema.
    pub(super) fn of(document: &Foreign, at: &At) -> Self {
        let mut shape = Self::merged(document, at, &mut BTreeSet::new());
        shape.null_as_type();
        shape.bounds();
        if let Some(only) = shape.keys.remove("const") {
            shape.keys.insert("enum".to_owned(), json!([only]));
        }
        if let Some(open) = shape.keys.remove("x-extensible-enum") {
            shape.keys.insert("enum".to_owned(), open);
        }
        shape
    }

    /// `known`: the components that have been merged, which say nothing new a second time.
    fn merged(document: &Foreign, at: &At, known: &mut BTreeSet<String>) -> Self {
        let mut keys = match &at.value {
            Value::Object(members) => members.clone(),
            Value::Bool(false) => Map::from_iter([("not".to_owned(), json!({}))]),
            _ => Map::new(),
        };
        if keys.contains_key("$ref") {
            keys.remove("$ref");
            let target = At {
                value: json!({"$ref": at.value.get("$ref")}),
                pointer: at.pointer.clone(),
            };
            let target = target.resolved(document);
            let mut shape = match known.insert(target.pointer.clone()) {
                true => Self::merged(document, &target, known),
                false => Self::default(),
            };
            // In 3.0, what stands beside a reference does not count.
            if document.is_json_schema {
                let beside = Self {
                    keys,
                    ..Self::default()
                };
                shape.merge(beside);
            }
            return shape;
        }
        let parts = keys.remove("allOf");
        let mut origins = BTreeMap::new();
        if let Some(properties) = at.get("properties") {
            for (name, property) in properties.all() {
                origins.insert(name, property.pointer);
            }
        }
        let mut shape = Self {
            keys,
            origins,
            pointer: at.pointer.clone(),
        };
        if parts.is_some()
            && let Some(parts) = at.get("allOf")
        {
            for (_, part) in parts.all() {
                let mut part = Self::merged(document, &part, known);
                shape.describe(&part);
                part.keys.retain(|key, _| !is_descriptive(key));
                shape.merge(part);
            }
        }
        shape
    }

    /// Adds what a part says to readers.
    fn describe(&mut self, part: &Self) {
        let known = self.text("description").to_owned();
        let texts = [known.as_str(), part.text("title"), part.text("description")];
        let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        if !texts.is_empty() {
            self.keys.insert("description".to_owned(), texts.join(" ").into());
        }
    }

    /// Adds what another schema asks as well.
    fn merge(&mut self, other: Self) {
        for (name, origin) in other.origins {
            self.origins.entry(name).or_insert(origin);
        }
        for (key, value) in other.keys {
            let Some(known) = self.keys.get_mut(&key) else {
                self.keys.insert(key, value);
                continue;
            };
            if *known == value {
                continue;
            }
            match (key.as_str(), known, value) {
                ("properties", Value::Object(known), Value::Object(more)) => {
                    for (name, schema) in more {
                        let both = match known.get(&name) {
                            Some(one) if *one != schema => json!({"allOf": [one, schema]}),
                            _ => schema,
                        };
                        known.insert(name, both);
                    }
                }
                ("required", Value::Array(known), Value::Array(more)) => {
                    let more = more.into_iter().filter(|name| !known.contains(name));
                    let more: Vec<Value> = more.collect();
                    known.extend(more);
                }
                ("enum", Value::Array(known), Value::Array(more)) => {
                    known.retain(|value| more.contains(value))
                }
                ("required" | "properties" | "enum" | "type", ..) => {}
                (key, known, value) if is_lower(key) || is_upper(key) => {
                    let greater = value.as_f64() > known.as_f64();
                    if greater == is_lower(key) {
                        *known = value;
                    }
                }
                (key, ..) if DESCRIPTIVE.contains(&key) => {}
                // What cannot be merged is compared as it was written.
                (key, _, value) => {
                    let rest = self.keys.entry("allOf").or_insert_with(|| json!([]));
                    if let Value::Array(rest) = rest {
                        rest.push(json!({key: value}));
                    }
                }
            }
        }
    }

    /// `nullable`, `type: [string, 'null']`, and a `null` among alternatives are one.
    fn null_as_type(&mut self) {
        let mut nullable = self.keys.remove("nullable") == Some(Value::Bool(true));
        for key in ["oneOf", "anyOf"] {
            let Some(Value::Array(list)) = self.keys.get_mut(key) else {
                continue;
            };
            let all = list.len();
            list.retain(|one| one.get("type") != Some(&json!("null")));
            nullable |= list.len() < all;
            if list.len() < all && list.len() == 1 {
                let only = list.remove(0);
                self.keys.remove(key);
                match only {
                    Value::Object(keys) if !keys.contains_key("$ref") => self.merge(Self {
                        keys,
                        ..Self::default()
                    }),
                    only => _ = self.keys.insert(key.to_owned(), json!([only])),
                }
            }
        }
        let mut types: Vec<String> = match self.keys.remove("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let any = types.is_empty() && !self.is_union();
        if nullable && !any {
            types.push("null".to_owned());
        }
        types.sort();
        types.dedup();
        if !types.is_empty() {
            self.keys.insert("type".to_owned(), json!(types));
        }
    }

    fn is_union(&self) -> bool {
        self.keys.contains_key("oneOf") || self.keys.contains_key("anyOf")
    }

    /// A bound of 3.0 that a value may not meet, as 3.1 says it.
    fn bounds(&mut self) {
        for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
            match self.keys.get(exclusive) {
                Some(Value::Bool(true)) => {
                    self.keys.remove(exclusive);
                    if let Some(value) = self.keys.remove(bound) {
                        self.keys.insert(exclusive.to_owned(), value);
                    }
                }
                Some(Value::Bool(false)) => _ = self.keys.remove(exclusive),
                _ => {}
            }
        }
    }

    /// A schema within it.
    pub(super) fn at(&self, key: &str) -> Option<At> {
        let value = self.keys.get(key)?.clone();
        let pointer = format!("{}/{key}", self.pointer);
        Some(At { value, pointer })
    }

    /// Its properties, with those that only `required` names.
    pub(super) fn properties(&self) -> BTreeMap<String, At> {
        let mut all = BTreeMap::new();
        if let Some(Value::Object(properties)) = self.keys.get("properties") {
            for (name, value) in properties {
                let pointer = self.origins.get(name).unwrap_or(&self.pointer).clone();
                let value = value.clone();
                all.insert(name.clone(), At { value, pointer });
            }
        }
        for name in self.required() {
            all.entry(name.to_owned()).or_insert_with(|| At {
                value: json!({}),
                pointer: self.pointer.clone(),
            });
        }
        all
    }

    fn required(&self) -> impl Iterator<Item = &str> {
        let names = self.keys.get("required").and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str)
    }

    pub(super) fn requires(&self, name: &str) -> bool {
        self.required().any(|known| known == name)
    }

    pub(super) fn types(&self) -> Vec<&str> {
        let types = self.keys.get("type").and_then(Value::as_array);
        types.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.keys.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is(&self, key: &str) -> bool {
        self.keys.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.keys.get(key).and_then(Value::as_f64)
    }
}

/// Whether more of a keyword is fewer values.
pub(super) fn is_lower(key: &str) -> bool {
    matches!(
        key,
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" | "minContains"
    )
}

/// Whether less of a keyword is fewer values.
pub(super) fn is_upper(key: &str) -> bool {
    matches!(
        key,
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" | "maxContains"
    )
}

/// Whether a keyword describes.
pub(super) fn is_descriptive(key: &str) -> bool {
    DESCRIPTIVE.contains(&key)
}
