//! An OpenAPI document as it was written, whoever wrote it: a value with places, of which everything can be compared.
//!
//! Specs and the exchange's own document become a [`Product`](crate::api::Product), which has room for what clients of the
//! exchange need. Two documents are compared as they are, so that nothing of them has to fit.

use serde_json::{Map, Value};

use crate::api::Location;
use crate::diagnostics::{Diagnostic, Diagnostics, Warning};
use crate::read::yaml::{Places, escape};
use crate::source::{Place, SourceFile};

/// A document.
#[derive(Debug)]
pub struct Foreign {
    /// The file.
    pub file: String,
    /// The contents.
    pub root: Value,
    /// Whether it is OpenAPI 3.1, in which schemas are JSON Schema and keywords may stand beside `$ref`.
    pub is_json_schema: bool,
    places: Places,
}

/// Extensions that say something about compatibility, by a convention that several tools share.
const READ_EXTENSIONS: &[&str] = &["x-extensible-enum", "x-stability-level", "x-sunset"];

impl Foreign {
    /// Reads a document, and warns once of each vendor extension, which is not compared.
    ///
    /// # Errors
    /// What is neither YAML nor JSON, no version of OpenAPI that is understood, references that lead nowhere or into other files.
    pub fn read(file: &SourceFile) -> Result<(Self, Vec<Warning>), Diagnostics> {
        let value: serde_yaml::Value = file.yaml("valid YAML", "correct the syntax")?;
        let places = Places::new(&file.text);
        let root = json(value);
        let version = match root.get("openapi") {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let minor = version.split('.').take(2).collect::<Vec<_>>().join(".");
        if !["3.0", "3.1"].contains(&minor.as_str()) {
            let message = format!("OpenAPI `{version}` is not read");
            let place = places.place("/openapi");
            let remedy = "convert it to OpenAPI 3.0 or 3.1";
            return Err(Diagnostic::new(&file.path, place, message, remedy).into());
        }
        let document = Self {
            file: file.path.clone(),
            root,
            is_json_schema: minor == "3.1",
            places,
        };
        let mut walk = Walk {
            document: &document,
            extensions: Vec::new(),
            errors: Vec::new(),
        };
        walk.value(&document.root, &mut String::new(), false);
        let Walk {
            extensions, errors, ..
        } = walk;
        if !errors.is_empty() {
            return Err(Diagnostics(errors));
        }
        let warnings = extensions
            .into_iter()
            .map(|(name, place)| {
                Warning::new(
                    &file.path,
                    place,
                    format!("the extension `{name}` is not compared"),
                )
            })
            .collect();
        Ok((document, warnings))
    }

    /// Where a pointer leads: file and line of what stands there, or around it.
    pub fn location(&self, pointer: &str) -> Location {
        Location::new(&self.file, self.place(pointer))
    }

    fn place(&self, pointer: &str) -> Place {
        self.places.place(pointer)
    }

    /// The value at a pointer.
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }
}

/// A value of YAML as one of JSON, in which every name is a text.
fn json(value: serde_yaml::Value) -> Value {
    use serde_yaml::Value as Yaml;
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(truth) => Value::Bool(truth),
        Yaml::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => whole.into(),
            (_, Some(whole), _) => whole.into(),
            (.., Some(float)) => float.into(),
            _ => Value::Null,
        },
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(list) => Value::Array(list.into_iter().map(json).collect()),
        Yaml::Mapping(mapping) => {
            let name = |key: Yaml| match key {
                Yaml::String(text) => text,
                Yaml::Null => "null".to_owned(),
                Yaml::Bool(truth) => truth.to_string(),
                Yaml::Number(number) => number.to_string(),
                other => format!("{other:?}"),
            };
            let members = mapping.into_iter().map(|(key, value)| (name(key), json(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Yaml::Tagged(tagged) => json(tagged.value),
    }
}

/// Looks at every mapping that is no payload.
struct Walk<'d> {
    document: &'d Foreign,
    extensions: Vec<(String, Place)>,
    errors: Vec<Diagnostic>,
}

/// Keys below which payloads stand.
const PAYLOADS: &[&str] = &["default", "enum", "const", "example", "examples"];

/// Keys below which the author chooses the names.
const NAMED: &[&str] = &[
    "callbacks",
    "content",
    "definitions",
    "$defs",
    "dependentSchemas",
    "headers",
    "mapping",
    "parameters",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "securitySchemes",
    "variables",
    "webhooks",
];

impl Walk<'_> {
    fn value(&mut self, value: &Value, pointer: &mut String, named: bool) {
        let length = pointer.len();
        match value {
            Value::Array(list) => {
                for (index, element) in list.iter().enumerate() {
                    *pointer += &format!("/{index}");
                    self.value(element, pointer, false);
                    pointer.truncate(length);
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    *pointer += &format!("/{}", escape(key));
                    if named {
                        self.value(value, pointer, false);
                    } else if key == "$ref" {
                        self.reference(value, pointer);
                    } else if key.starts_with("x-") {
                        self.extension(key, pointer);
                    } else if !PAYLOADS.contains(&key.as_str()) {
                        self.value(value, pointer, NAMED.contains(&key.as_str()));
                    }
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn extension(&mut self, name: &str, pointer: &str) {
        let known = READ_EXTENSIONS.contains(&name) || self.extensions.iter().any(|(known, _)| known == name);
        if !known {
            self.extensions
                .push((name.to_owned(), self.document.place(pointer)));
        }
    }

    fn reference(&mut self, value: &Value, pointer: &str) {
        let text = value.as_str().unwrap_or_default();
        let (message, remedy) = match text.strip_prefix('#') {
            Some(target) if self.document.get(target).is_some() => return,
            Some(_) => (
                format!("`$ref: {text}` leads nowhere"),
                "declare it, or correct the reference",
            ),
            None => (
                format!("`$ref: {text}` leads into another file"),
                "bundle the document into one file",
            ),
        };
        let place = self.document.place(pointer);
        self.errors
            .push(Diagnostic::new(&self.document.file, place, message, remedy));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Foreign, Vec<Warning>), Diagnostics> {
        Foreign::read(&SourceFile::new("a.yaml", text))
    }

    #[test]
    fn each_extension_is_named_once() {
        let text = "openapi: 3.1.0\nx-a: 1\npaths:\n  /x-b:\n    x-a: 2\n    get: {x-sunset: 2026-01-01, x-c: {x-d: 1}}\n";
        let (document, warnings) = read(text).unwrap();
        assert!(document.is_json_schema);
        let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(
            said.iter()
                .any(|line| line.contains("a.yaml:2") && line.contains("`x-a`")),
            "{said:?}"
        );
        assert!(
            said.iter()
                .any(|line| line.contains("a.yaml:6") && line.contains("`x-c`")),
            "{said:?}"
        );
    }

    #[test]
    fn what_is_refused_has_its_line() {
        for (text, line, message) in [
            ("swagger: '2.0'\n", 1, "OpenAPI `` is not read"),
            ("info: {}\nopenapi: 3.2.0\n", 2, "`3.2.0` is not read"),
            (
                "openapi: 3.0.0\npaths:\n  /a: {$ref: '#/b'}\n",
                3,
                "leads nowhere",
            ),
            (
                "openapi: 3.0.0\npaths:\n  /a: {$ref: 'b.yaml#/b'}\n",
                3,
                "another file",
            ),
        ] {
            let found = read(text).unwrap_err();
            let first = found.0.first().unwrap();
            assert_eq!(first.line, line, "{found}");
            assert!(first.message.contains(message), "{found}");
        }
    }
}
