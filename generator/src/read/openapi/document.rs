//! One OpenAPI file: parsed, put right where the published documents break the rules, its extensions checked.

use openapiv3::OpenAPI;
use serde_yaml::{Mapping, Value};

use super::lines::{LineIndex, escape};
use crate::diagnostics::{Diagnostic, Diagnostics, Warning};
use crate::source::SourceFile;

/// Extensions that mean something, by the place where they may stand. specs/README.md says what they mean.
const EXTENSIONS: &[&str] = &[
    "x-connection-events",
    "x-data-source",
    "x-encoding",
    "x-enum-of",
    "x-environment",
    "x-environments",
    "x-error-data",
    "x-event-type",
    "x-extensible-enum",
    "x-limit",
    "x-lower-case",
    "x-mutation",
    "x-name",
    "x-one-of",
    "x-optional",
    "x-product",
    "x-route",
    "x-sbe",
    "x-security",
    "x-signed",
    "x-stability-level",
    "x-sunset",
    "x-time",
    "x-transport",
    "x-tuple",
    "x-twin",
    "x-unfilled-orders",
    "x-update-speed",
    "x-user-data-events",
    "x-weight",
    "x-weight-on-success",
];

/// Keys below which anything may stand: they hold payloads, not specs.
const PAYLOADS: &[&str] = &["example", "examples", "default", "enum", "x-extensible-enum", "x-weight", "x-update-speed"];

/// Keys whose members are names chosen by the author.
const NAMED: &[&str] =
    &["properties", "schemas", "parameters", "responses", "paths", "mapping", "content", "securitySchemes", "headers"];

/// A parsed file.
#[derive(Debug)]
pub(super) struct Document {
    /// The contents.
    pub(super) api: OpenAPI,
    lines: LineIndex,
}

impl Document {
    /// Parses a file.
    pub(super) fn parse(file: &SourceFile) -> Result<(Self, Vec<Warning>), Diagnostics> {
        let mut value: Value = serde_yaml::from_str(&file.text).map_err(|error| {
            let line = error.location().map_or(0, |location| location.line());
            Diagnostic::new(&file.path, line, format!("not valid YAML: {error}"), "correct the syntax")
        })?;
        let lines = LineIndex::new(&file.text);
        let ours = value.get("x-product").is_some();
        let mut walk = Walk { file: &file.path, lines: &lines, ours, warnings: Vec::new(), errors: Vec::new() };
        walk.value(&mut value, "", Place::Key("document"));
        let Walk { warnings, errors, .. } = walk;
        if !errors.is_empty() {
            return Err(Diagnostics(errors));
        }
        let api = Self::openapi(value, file, &lines)?;
        Ok((Self { api, lines }, warnings))
    }

    /// Reads the whole at once; where that fails, part by part, to name the part that is wrong.
    fn openapi(value: Value, file: &SourceFile, lines: &LineIndex) -> Result<OpenAPI, Diagnostic> {
        let whole = serde_yaml::from_value::<OpenAPI>(value.clone());
        whole.map_err(|error| {
            let (pointer, message) =
                Self::broken_part(&value).unwrap_or_else(|| (String::new(), error.to_string()));
            Diagnostic::new(
                &file.path,
                lines.line(&pointer),
                format!("not OpenAPI 3.0: {message}"),
                "compare with a neighbouring definition",
            )
        })
    }

    fn broken_part(value: &Value) -> Option<(String, String)> {
        for (path, item) in value.get("paths")?.as_mapping()? {
            let path = path.as_str()?;
            for (method, operation) in item.as_mapping()? {
                let method = method.as_str()?;
                let at = format!("/paths/{}/{method}", escape(path));
                if let Err(error) = serde_yaml::from_value::<openapiv3::Operation>(operation.clone())
                    && ["get", "post", "put", "delete"].contains(&method)
                {
                    if let Some(parameters) = operation.get("parameters").and_then(Value::as_sequence) {
                        for (index, parameter) in parameters.iter().enumerate() {
                            type P = openapiv3::ReferenceOr<openapiv3::Parameter>;
                            if let Err(error) = serde_yaml::from_value::<P>(parameter.clone()) {
                                return Some((format!("{at}/parameters/{index}"), error.to_string()));
                            }
                        }
                    }
                    return Some((at, error.to_string()));
                }
            }
        }
        for (name, schema) in value.get("components")?.get("schemas")?.as_mapping()? {
            type S = openapiv3::ReferenceOr<openapiv3::Schema>;
            if let Err(error) = serde_yaml::from_value::<S>(schema.clone()) {
                return Some((format!("/components/schemas/{}", escape(name.as_str()?)), error.to_string()));
            }
        }
        None
    }

    /// The line of a pointer.
    pub(super) fn line(&self, pointer: &str) -> usize {
        self.lines.line(pointer)
    }
}

/// Where in the document the walk is.
#[derive(Clone, Copy, PartialEq)]
enum Place<'k> {
    /// Below a key with a meaning of its own.
    Key(&'k str),
    /// Below a name that the author chose.
    Name,
}

struct Walk<'f> {
    file: &'f str,
    lines: &'f LineIndex,
    /// Our own specs leave out what says nothing: the description of the one response, a twin's responses.
    ours: bool,
    warnings: Vec<Warning>,
    errors: Vec<Diagnostic>,
}

impl Walk<'_> {
    fn value(&mut self, value: &mut Value, pointer: &str, place: Place<'_>) {
        match value {
            Value::Mapping(mapping) => self.mapping(mapping, pointer, place),
            Value::Sequence(elements) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    self.value(element, &format!("{pointer}/{index}"), Place::Name);
                }
            }
            _ => {}
        }
    }

    fn mapping(&mut self, mapping: &mut Mapping, pointer: &str, place: Place<'_>) {
        let chosen_names = matches!(place, Place::Key(key) if NAMED.contains(&key));
        let is_response = pointer.contains("/responses/") && mapping.contains_key("content")
            || pointer.ends_with("/responses/200");
        let keys: Vec<String> = mapping.keys().filter_map(|k| k.as_str().map(str::to_owned)).collect();
        for key in keys {
            let at = format!("{pointer}/{}", escape(&key));
            if !chosen_names && key.starts_with("x-") && !EXTENSIONS.contains(&key.as_str()) {
                self.errors.push(Diagnostic::new(
                    self.file,
                    self.lines.line(&at),
                    format!("unknown extension `{key}`"),
                    self.suggestion(&key),
                ));
            }
            if !chosen_names && PAYLOADS.contains(&key.as_str()) {
                // A payload may hold a null; OpenAPI's own fields may not.
                if key == "example" && mapping.get(key.as_str()).is_some_and(Value::is_null) {
                    mapping.remove(key.as_str());
                }
                continue;
            }
            let Some(child) = mapping.get_mut(key.as_str()) else { continue };
            if child.is_null() && !chosen_names {
                self.warnings.push(Warning::new(
                    self.file,
                    self.lines.line(&at),
                    format!("`{key}` is null, read as absent"),
                ));
                mapping.remove(key.as_str());
                continue;
            }
            let below = if chosen_names { Place::Name } else { Place::Key(&key) };
            self.value(child, &at, below);
        }
        if mapping.len() > 1 && mapping.contains_key("$ref") {
            // OpenAPI 3.0 ignores what stands beside a reference; here it describes the place that refers.
            if let Some(reference) = mapping.remove("$ref") {
                let target = Value::Mapping(Mapping::from_iter([(Value::from("$ref"), reference)]));
                mapping.insert("allOf".into(), Value::Sequence(vec![target]));
            }
        }
        if is_response && !mapping.contains_key("description") && !mapping.contains_key("$ref") {
            if !self.ours {
                self.warnings.push(Warning::new(
                    self.file,
                    self.lines.line(pointer),
                    "a response has no description, read as an empty one",
                ));
            }
            mapping.insert("description".into(), "".into());
        }
        if self.ours && mapping.contains_key("operationId") && !mapping.contains_key("responses") {
            mapping.insert("responses".into(), Value::Mapping(Mapping::new()));
        }
    }

    fn suggestion(&self, key: &str) -> String {
        let near = EXTENSIONS.iter().min_by_key(|known| distance(known, key)).filter(|k| distance(k, key) <= 3);
        match near {
            Some(near) => format!("did you mean `{near}`? specs/README.md lists the vocabulary"),
            None => "specs/README.md lists the vocabulary".to_owned(),
        }
    }
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut previous = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = previous + usize::from(ca != *cb);
            previous = row[j + 1];
            row[j + 1] = substituted.min(previous + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
