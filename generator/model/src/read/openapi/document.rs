//! One OpenAPI file: parsed, put right where the published documents break the rules, its extensions checked.

use std::collections::BTreeSet;

use openapiv3::OpenAPI;
use serde_yaml::{Mapping, Value};

use super::vocabulary::{self, Place};
use crate::diagnostics::{Diagnostic, Diagnostics, Warning, one_of};
use crate::read::yaml::{Places, escape};
use crate::source::{self, SourceFile};

/// How many schemas may stand within each other. Where one of them is wrong, the time to say so doubles with each.
const MAX_NESTING: usize = 16;

/// A parsed file.
#[derive(Debug)]
pub(super) struct Document {
    /// The contents.
    pub(super) api: OpenAPI,
    /// Whether it is one of our specs.
    pub(super) strict: bool,
    places: Places,
}

impl Document {
    /// Whether a file is a spec of ours, by our vocabulary; the exchange's published document is not. What cannot be
    /// read at all decides nothing.
    pub(super) fn is_ours(file: &SourceFile) -> bool {
        file.text.lines().any(|line| line.starts_with("x-product"))
    }

    /// Parses a file. `strict`: it is one of our specs, where what the exchange's document is forgiven is an error.
    /// Errors beside a document do not keep it from being read: what they are about has been put right or taken away,
    /// so that the mistakes in the rest are found too.
    pub(super) fn parse(file: &SourceFile, strict: bool) -> Result<Parsed, Diagnostics> {
        let places = Places::new(&file.text);
        let mut value = file.yaml("valid YAML", "correct the syntax")?;
        let mut walk = Walk {
            file: &file.path,
            places: &places,
            strict,
            nesting: 0,
            warnings: Vec::new(),
            errors: if strict { file.tabs() } else { Vec::new() },
            reported: BTreeSet::new(),
        };
        walk.value(&mut value, "", Place::Document);
        let Walk {
            warnings, mut errors, ..
        } = walk;
        let api = match serde_yaml::from_value::<OpenAPI>(value.clone()) {
            Ok(api) => api,
            Err(error) => {
                let parts = Self::broken_parts(&value);
                let parts = match parts.is_empty() {
                    true => vec![(String::new(), error.to_string())],
                    false => parts,
                };
                for (pointer, message) in parts {
                    let place = places.place(&pointer);
                    // What is wrong with the line has been said in better words.
                    if !errors.iter().any(|said| said.line == place.line) {
                        let message = format!("not OpenAPI 3.0: {message}");
                        let remedy = "compare with a neighbouring definition";
                        errors.push(Diagnostic::new(&file.path, place, message, remedy));
                    }
                }
                return Err(Diagnostics(errors));
            }
        };
        let document = Self { api, strict, places };
        Ok(Parsed {
            document,
            warnings,
            errors,
        })
    }

    /// The parts that cannot be read, and why.
    fn broken_parts(value: &Value) -> Vec<(String, String)> {
        let mut broken = Vec::new();
        type S = openapiv3::ReferenceOr<openapiv3::Schema>;
        type P = openapiv3::ReferenceOr<openapiv3::Parameter>;
        type R = openapiv3::ReferenceOr<openapiv3::Response>;
        for (at, item) in Self::members(value.get("paths"), "/paths") {
            for (at, operation) in Self::members(Some(item), &at) {
                let parameters = Self::members(operation.get("parameters"), &format!("{at}/parameters"));
                for (at, parameter) in parameters {
                    if let Err(error) = serde_yaml::from_value::<P>(parameter.clone()) {
                        let schema = Self::broken_schema(parameter.get("schema"), &format!("{at}/schema"));
                        broken.push(schema.unwrap_or((at, error.to_string())));
                    }
                }
                for (at, response) in Self::members(operation.get("responses"), &format!("{at}/responses")) {
                    if let Err(error) = serde_yaml::from_value::<R>(response.clone()) {
                        broken.push((at, error.to_string()));
                    }
                }
                let inner = format!("{at}/");
                if !broken.iter().any(|(at, _)| at.starts_with(&inner))
                    && let Err(error) = serde_yaml::from_value::<openapiv3::Operation>(operation.clone())
                {
                    broken.push((at, error.to_string()));
                }
            }
        }
        let schemas = value
            .get("components")
            .and_then(|components| components.get("schemas"));
        for (at, schema) in Self::members(schemas, "/components/schemas") {
            if let Err(error) = serde_yaml::from_value::<S>(schema.clone()) {
                broken.push(Self::broken_schema(Some(schema), &at).unwrap_or((at, error.to_string())));
            }
        }
        broken
    }

    /// The innermost schema that cannot be read.
    fn broken_schema(schema: Option<&Value>, at: &str) -> Option<(String, String)> {
        let schema = schema?;
        let error =
            serde_yaml::from_value::<openapiv3::ReferenceOr<openapiv3::Schema>>(schema.clone()).err()?;
        let lists = ["properties", "oneOf", "allOf", "anyOf"]
            .map(|key| Self::members(schema.get(key), &format!("{at}/{key}")));
        let single = ["items", "additionalProperties"].map(|key| (format!("{at}/{key}"), schema.get(key)));
        lists
            .iter()
            .flatten()
            .find_map(|(at, inner)| Self::broken_schema(Some(inner), at))
            .or_else(|| {
                single
                    .iter()
                    .find_map(|(at, inner)| Self::broken_schema(*inner, at))
            })
            .or_else(|| {
                let kind = schema.get("type").and_then(Value::as_str);
                Some((
                    at.to_owned(),
                    match kind {
                        Some(kind) => format!("the keywords do not describe a value of type {kind}"),
                        None => format!("not a schema ({error})"),
                    },
                ))
            })
    }

    /// The members of a mapping or sequence, with their pointers.
    fn members<'v>(value: Option<&'v Value>, at: &str) -> Vec<(String, &'v Value)> {
        match value {
            Some(Value::Mapping(mapping)) => mapping
                .iter()
                .filter_map(|(key, value)| Some((format!("{at}/{}", escape(key.as_str()?)), value)))
                .collect(),
            Some(Value::Sequence(list)) => list
                .iter()
                .enumerate()
                .map(|(index, value)| (format!("{at}/{index}"), value))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The place of a pointer.
    pub(super) fn place(&self, pointer: &str) -> source::Place {
        self.places.place(pointer)
    }
}

/// A document, and what is wrong with the file.
pub(super) struct Parsed {
    pub(super) document: Document,
    pub(super) warnings: Vec<Warning>,
    pub(super) errors: Vec<Diagnostic>,
}

/// A name as its text, where YAML reads it as something else.
fn as_text(name: Value) -> Value {
    match name {
        Value::Number(number) => Value::from(number.to_string()),
        Value::Bool(boolean) => Value::from(boolean.to_string()),
        Value::Null => Value::from("null"),
        other => other,
    }
}

/// Makes a schema that has been reported one that can be read.
fn any_text(schema: &mut Mapping) {
    schema.clear();
    schema.insert("type".into(), "string".into());
}

struct Walk<'f> {
    file: &'f str,
    places: &'f Places,
    /// Whether the file is one of our specs, in which nothing may stand that is not understood.
    strict: bool,
    /// How many schemas stand around the value.
    nesting: usize,
    warnings: Vec<Warning>,
    errors: Vec<Diagnostic>,
    /// Extensions that have been reported.
    reported: BTreeSet<String>,
}

impl Walk<'_> {
    fn error(&mut self, pointer: &str, message: impl Into<String>, remedy: impl Into<String>) {
        self.errors.push(Diagnostic::new(
            self.file,
            self.places.place(pointer),
            message,
            remedy,
        ));
    }

    fn warn(&mut self, pointer: &str, message: impl Into<String>) {
        self.warnings
            .push(Warning::new(self.file, self.places.place(pointer), message));
    }

    fn value(&mut self, value: &mut Value, pointer: &str, place: Place) {
        match value {
            Value::Mapping(mapping) => self.mapping(mapping, pointer, place),
            Value::Sequence(elements) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    self.value(element, &format!("{pointer}/{index}"), place);
                }
            }
            _ => {}
        }
    }

    fn mapping(&mut self, mapping: &mut Mapping, pointer: &str, place: Place) {
        if place == Place::Value {
            return;
        }
        if place.is_schema() {
            if self.nesting >= MAX_NESTING {
                self.error(
                    pointer,
                    "schemas are nested too deeply",
                    "declare the inner one under components/schemas",
                );
                any_text(mapping);
                return;
            }
            self.nesting += 1;
        }
        self.members_of(mapping, pointer, place);
        self.nesting -= usize::from(place.is_schema());
    }

    fn members_of(&mut self, mapping: &mut Mapping, pointer: &str, place: Place) {
        self.keys_as_text(mapping, pointer);
        if place != Place::Free {
            self.retire(mapping, pointer);
        }
        if place.is_schema()
            && let Some(Value::Sequence(names)) = mapping.get_mut("required")
        {
            for name in names {
                *name = as_text(std::mem::take(name));
            }
        }
        let keys: Vec<String> = mapping
            .keys()
            .filter_map(|k| k.as_str().map(str::to_owned))
            .collect();
        for key in keys {
            let at = format!("{pointer}/{}", escape(&key));
            let below = place
                .named()
                .or_else(|| place.below(&key))
                .unwrap_or_else(|| self.unknown(&key, &at, place));
            let Some(child) = mapping.get_mut(key.as_str()) else {
                continue;
            };
            if child.is_null() && place.named().is_none() {
                if self.strict {
                    self.error(
                        &at,
                        format!("`{key}` is null"),
                        "give it a value, or leave it out",
                    );
                } else if below != Place::Value || !["example", "default"].contains(&key.as_str()) {
                    // A payload may be null; OpenAPI's own fields may not.
                    self.warn(&at, format!("`{key}` is null, read as absent"));
                }
                mapping.remove(key.as_str());
                continue;
            }
            if self.strict
                && vocabulary::is_truth(place, &key)
                && let Some(word) = child.as_str()
            {
                self.error(&at, format!("`{word}` is a text"), "write `true` or `false`");
                *child = Value::Bool(false);
            }
            self.value(child, &at, below);
        }
        if self.strict && place.is_schema() {
            if let Some(typ) = mapping.get("type").and_then(Value::as_str)
                && !vocabulary::TYPES.contains(&typ)
            {
                let remedy = one_of(vocabulary::TYPES, typ);
                self.error(
                    &format!("{pointer}/type"),
                    format!("unknown type `{typ}`"),
                    remedy,
                );
                any_text(mapping);
                return;
            }
            self.schema(mapping, pointer);
            if place == Place::Schema && mapping.get("nullable").is_some() {
                self.error(
                    &format!("{pointer}/nullable"),
                    "`nullable` says something about a property or a slot",
                    "write it at the properties that may be null, beside their `$ref`",
                );
            }
        }
        if mapping.len() > 1 && mapping.contains_key("$ref") {
            self.beside_reference(mapping, pointer, place);
        }
        if place == Place::Response && !mapping.contains_key("description") && !mapping.contains_key("$ref") {
            match self.strict {
                true => self.error(
                    pointer,
                    "a response has no description",
                    "write in a few words what it is",
                ),
                false => self.warn(pointer, "a response has no description, read as an empty one"),
            }
            mapping.insert("description".into(), "".into());
        }
        if self.strict && place == Place::Operation && !mapping.contains_key("responses") {
            mapping.insert("responses".into(), Value::Mapping(Mapping::new()));
        }
    }

    /// Reports a key that is not known here, where that is wrong.
    fn unknown(&mut self, key: &str, at: &str, place: Place) -> Place {
        if key.starts_with("x-") && !self.strict {
            // Extensions are for those who know them (OpenAPI 3.0.3, 4.9).
            if place != Place::Free && self.reported.insert(key.to_owned()) {
                self.warn(at, format!("extension `{key}` is not read"));
            }
        } else if key.starts_with("x-") && place != Place::Free {
            let message = match vocabulary::is_extension(key) {
                true => format!("extension `{key}` means nothing here"),
                false => format!("unknown extension `{key}`"),
            };
            self.error(at, message, place.remedy(key));
        } else if self.strict && place != Place::Free {
            self.error(at, format!("unknown key `{key}`"), place.remedy(key));
        }
        Place::Free
    }

    /// Takes away the extensions of former days. Each is reported once in a file: there may be a thousand.
    fn retire(&mut self, mapping: &mut Mapping, pointer: &str) {
        mapping.retain(|key, _| {
            let key = key.as_str().unwrap_or_default();
            let Some(today) = vocabulary::retired(key) else {
                return true;
            };
            if self.reported.insert(key.to_owned()) {
                self.warn(
                    &format!("{pointer}/{}", escape(key)),
                    format!("extension `{key}` is retired and means nothing any more: {today}"),
                );
            }
            false
        });
    }

    /// YAML reads a name such as `1` or `true` as something else than a text.
    fn keys_as_text(&mut self, mapping: &mut Mapping, pointer: &str) {
        if mapping.keys().all(Value::is_string) {
            return;
        }
        for (key, value) in std::mem::take(mapping) {
            let key = as_text(key);
            if !key.is_string() {
                self.error(pointer, "a key is not a text", "write it in quotes");
            } else if mapping.insert(key, value).is_some() {
                self.error(pointer, "a key occurs twice", "write each key once");
            }
        }
    }

    /// What our own schemas must keep to: each keyword belongs to the type beside it.
    fn schema(&mut self, mapping: &Mapping, pointer: &str) {
        let typ = mapping.get("type").and_then(Value::as_str);
        if mapping.contains_key("$ref") {
            return;
        }
        let known: Vec<&str> = mapping.keys().filter_map(Value::as_str).collect();
        for key in known {
            if Place::Property.below(key).is_some() && !vocabulary::fits(typ, key) {
                let message = match typ {
                    Some(typ) => format!("`{key}` says nothing about a value of type {typ}"),
                    None => format!("`{key}` stands without a `type`"),
                };
                let remedy = "correct the type, or take the key away";
                self.error(&format!("{pointer}/{}", escape(key)), message, remedy);
            }
        }
        if let (Some(typ), Some(default)) = (typ, mapping.get("default"))
            && !vocabulary::is_of(typ, default)
        {
            let message = format!("the default is not of type {typ}");
            self.error(
                &format!("{pointer}/default"),
                message,
                "write a value of that type",
            );
        }
        let (Some(typ), Some(format)) = (typ, mapping.get("format").and_then(Value::as_str)) else {
            return;
        };
        let formats = vocabulary::formats(typ);
        if vocabulary::fits(Some(typ), "format") && !formats.is_empty() && !formats.contains(&format) {
            let message = format!("unknown format `{format}` of type {typ}");
            let remedy = one_of(formats, format);
            self.error(&format!("{pointer}/format"), message, remedy);
        }
    }

    /// OpenAPI 3.0 ignores what stands beside a reference; here it describes the place that refers.
    fn beside_reference(&mut self, mapping: &mut Mapping, pointer: &str, place: Place) {
        let stray: Vec<String> = mapping
            .keys()
            .filter_map(Value::as_str)
            .filter(|key| {
                *key != "$ref" && (!place.is_schema() || !vocabulary::BESIDE_REFERENCE.contains(key))
            })
            .map(str::to_owned)
            .collect();
        for key in stray {
            if self.strict {
                let at = format!("{pointer}/{}", escape(&key));
                self.error(
                    &at,
                    format!("`{key}` beside `$ref` has no effect"),
                    "move it to what is referred to",
                );
            }
            mapping.remove(key.as_str());
        }
        if place.is_schema()
            && mapping.len() > 1
            && let Some(reference) = mapping.remove("$ref")
        {
            let target = Value::Mapping(Mapping::from_iter([(Value::from("$ref"), reference)]));
            mapping.insert("allOf".into(), Value::Sequence(vec![target]));
        }
    }
}
