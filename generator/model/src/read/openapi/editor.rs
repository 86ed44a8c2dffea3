//! The vocabulary as a JSON Schema, by which editors complete keys and underline what is unknown.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::vocabulary::{self, Place};

/// A JSON Schema of our OpenAPI documents: the keys that the reader knows, each where it knows it.
pub fn schema() -> Value {
    let mut definitions = BTreeMap::new();
    define(Place::Document, &mut definitions);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The vocabulary of specs",
        "$ref": reference(Place::Document),
        "definitions": definitions,
    })
}

/// Defines a place, and those that are reached from it.
fn define(place: Place, definitions: &mut BTreeMap<String, Value>) {
    let name = name(place);
    if definitions.contains_key(&name) || is_open(place) {
        return;
    }
    // Before what is below it: schemas stand within schemas.
    definitions.insert(name.clone(), Value::Null);
    let definition = match place.named() {
        Some(below) => {
            define(below, definitions);
            json!({"type": "object", "additionalProperties": value(below)})
        }
        None => {
            let mut properties = Map::new();
            for (key, below) in place.every_key() {
                define(*below, definitions);
                properties.insert((*key).to_owned(), property(place, key, *below));
            }
            if place.may_refer() {
                properties.insert("$ref".to_owned(), json!({"type": "string"}));
            }
            json!({"type": "object", "properties": properties, "additionalProperties": false})
        }
    };
    definitions.insert(name, definition);
}

/// What the value of a key is.
fn property(place: Place, key: &str, below: Place) -> Value {
    if vocabulary::is_truth(place, key) {
        return json!({"type": "boolean"});
    }
    if let Some(words) = vocabulary::words(key) {
        return json!({"enum": words});
    }
    match is_open(below) {
        true => json!({}),
        // The reader passes through lists: what stands in one is of the same place.
        false => json!({"anyOf": [value(below), {"type": "array", "items": value(below)}]}),
    }
}

fn value(place: Place) -> Value {
    match is_open(place) {
        true => json!({}),
        false => json!({"$ref": reference(place)}),
    }
}

/// Whether anything may stand at a place.
fn is_open(place: Place) -> bool {
    matches!(place, Place::Value | Place::Free)
}

fn name(place: Place) -> String {
    format!("{place:?}")
}

fn reference(place: Place) -> String {
    format!("#/definitions/{}", name(place))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// What of a text the schema refuses first, with its pointer.
    fn check(text: &str) -> Option<String> {
        let validator = jsonschema::validator_for(&schema()).expect("a JSON Schema");
        let value: serde_yaml::Value = serde_yaml::from_str(text).expect("YAML");
        let value = json(value);
        let refused = validator.iter_errors(&value).next()?;
        Some(format!("{}: {}", refused.instance_path(), refused.schema_path()))
    }

    /// A value as JSON, whose keys are texts.
    fn json(value: serde_yaml::Value) -> Value {
        match value {
            serde_yaml::Value::Mapping(mapping) => {
                let member = |(key, value): (serde_yaml::Value, _)| {
                    let key = match key {
                        serde_yaml::Value::String(text) => text,
                        other => serde_yaml::to_string(&other).expect("a key").trim().to_owned(),
                    };
                    (key, json(value))
                };
                Value::Object(mapping.into_iter().map(member).collect())
            }
            serde_yaml::Value::Sequence(list) => Value::Array(list.into_iter().map(json).collect()),
            other => serde_json::to_value(other).expect("a plain value"),
        }
    }

    #[test]
    fn the_specs_are_as_the_schema_says() {
        let specs = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|folder| folder.join("specs"))
            .find(|folder| folder.is_dir())
            .expect("specs");
        let mut checked = 0;
        for product in fs::read_dir(specs).expect("specs") {
            let folder = product.expect("an entry").path();
            for file in fs::read_dir(&folder).into_iter().flatten() {
                let path = file.expect("an entry").path();
                if path.extension().is_some_and(|end| end == "yaml") {
                    let text = fs::read_to_string(&path).expect("a spec");
                    if text.starts_with("openapi:") {
                        assert_eq!(check(&text), None, "{}", path.display());
                        checked += 1;
                    }
                }
            }
        }
        assert!(checked > 30, "{checked} specs");
    }

    #[test]
    fn what_the_reader_refuses_the_schema_refuses() {
        let operation =
            |line: &str| format!("paths:\n  /ping:\n    get:\n      operationId: ping\n      {line}\n");
        assert_eq!(check(&operation("x-weight: 1")), None);
        for wrong in [
            "x-wieght: 1",
            "x-security: TRADES",
            "deprecated: yes please",
            "parameters: [{name: a, in: query, requird: true}]",
            "parameters: [{name: a, in: query, schema: {type: integr}}]",
        ] {
            let refused = check(&operation(wrong));
            assert!(refused.is_some(), "{wrong}");
        }
    }
}
