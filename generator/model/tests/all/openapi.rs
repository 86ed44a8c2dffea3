//! The documents of specs/ are OpenAPI to tools that know nothing of this project: they validate against the published
//! JSON Schema of OpenAPI 3.0, and keep the rules that it does not express.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jsonschema::{Draft, Registry, Resource, Validator};
use serde_json::{Value, json};

/// Where the documents stand, for references.
const BASE: &str = "specs:///";

/// What a payload or a plain value is, in which nothing is looked for.
const PLAIN: &[&str] = &["example", "examples", "default", "enum"];

/// A YAML value as JSON, whose keys are texts.
fn json(value: serde_yaml::Value) -> Value {
    match value {
        serde_yaml::Value::Mapping(mapping) => {
            let member = |(key, value)| {
                let key = match key {
                    serde_yaml::Value::String(text) => text,
                    other => panic!("a key that tools do not read as a text: {other:?}"),
                };
                (key, json(value))
            };
            Value::Object(mapping.into_iter().map(member).collect())
        }
        serde_yaml::Value::Sequence(list) => Value::Array(list.into_iter().map(json).collect()),
        other => serde_json::to_value(other).expect("a plain value"),
    }
}

/// The documents of specs/, by their paths below it.
pub(crate) fn documents() -> BTreeMap<String, Value> {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    let mut documents = BTreeMap::new();
    for product in fs::read_dir(specs).expect("specs") {
        let folder = product.expect("an entry");
        for file in fs::read_dir(folder.path()).into_iter().flatten() {
            let path = file.expect("an entry").path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            if !name.ends_with(".yaml") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a spec");
            let value: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
            if value.get("openapi").is_some() {
                let name = format!("{}/{name}", folder.file_name().display());
                documents.insert(name, json(value));
            }
        }
    }
    assert!(documents.len() > 50, "{} documents", documents.len());
    documents
}

fn published() -> Validator {
    let schema = include_str!("../openapi-3.0/schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(&schema)
        .expect("a JSON Schema")
}

/// What a document breaks of the published schema.
fn broken(published: &Validator, document: &Value) -> Vec<String> {
    let errors = published.iter_errors(document);
    errors
        .map(|error| format!("{}: breaks {}", error.instance_path(), error.schema_path()))
        .collect()
}

/// Calls `each` with every mapping of a value and its pointer.
fn mappings<'v>(value: &'v Value, pointer: &str, each: &mut impl FnMut(&'v Value, &str)) {
    match value {
        Value::Object(members) => {
            each(value, pointer);
            let names = pointer.ends_with("/properties");
            for (key, member) in members {
                if names || !PLAIN.contains(&key.as_str()) {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    mappings(member, &format!("{pointer}/{key}"), each);
                }
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                mappings(element, &format!("{pointer}/{index}"), each);
            }
        }
        _ => {}
    }
}

/// The document and the value that a reference in a document leads to.
fn target<'d>(
    documents: &'d BTreeMap<String, Value>,
    from: &str,
    reference: &str,
) -> Option<(String, &'d Value)> {
    let (file, pointer) = reference.split_once('#')?;
    let folder = from.split_once('/')?.0;
    let path = match (file.is_empty(), file.strip_prefix("../")) {
        (true, _) => from.to_owned(),
        (_, Some(elsewhere)) => elsewhere.to_owned(),
        (_, None) => format!("{folder}/{}", file.strip_prefix("./").unwrap_or(file)),
    };
    let value = documents.get(&path)?.pointer(pointer)?;
    Some((path, value))
}

/// The operations of a document: path, method and operation.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The parameters of an operation: name and place.
fn parameters<'d>(
    documents: &'d BTreeMap<String, Value>,
    file: &str,
    operation: &'d Value,
) -> Vec<(&'d str, &'d str)> {
    let declared = operation["parameters"].as_array().into_iter().flatten();
    declared
        .map(|parameter| {
            let parameter = match parameter["$ref"].as_str() {
                Some(reference) => target(documents, file, reference).expect("a parameter").1,
                None => parameter,
            };
            let text = |key: &str| parameter[key].as_str().expect("a text");
            (text("name"), text("in"))
        })
        .collect()
}

/// What stands in braces in a path, and the path without it.
fn template(path: &str) -> (Vec<&str>, String) {
    let mut names = Vec::new();
    let mut shape = String::new();
    let mut rest = path;
    while let Some((literal, (name, behind))) = rest
        .split_once('{')
        .and_then(|(literal, rest)| Some((literal, rest.split_once('}')?)))
    {
        names.push(name);
        shape.push_str(literal);
        shape.push_str("{}");
        rest = behind;
    }
    shape.push_str(rest);
    (names, shape)
}

#[test]
fn documents_validate_against_the_published_schema() {
    let published = published();
    for (file, document) in documents() {
        assert_eq!(broken(&published, &document), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn the_published_schema_refuses_what_is_not_openapi() {
    let published = published();
    let document = |operation: Value| {
        json!({
            "openapi": "3.0.3",
            "info": {"title": "A", "version": "1"},
            "paths": {"/a": {"get": operation}},
        })
    };
    let answer = json!({"200": {"description": "An answer"}});
    assert!(broken(&published, &document(json!({"responses": answer, "x-weight": 1}))).is_empty());
    for wrong in [
        json!({}),
        json!({"responses": {}}),
        json!({"responses": {"200": {}}}),
        json!({"responses": answer, "weight": 1}),
        json!({"responses": answer, "parameters": [{"name": "a", "in": "path", "schema": {"type": "string"}}]}),
        json!({"responses": answer, "parameters": [{"name": "a", "in": "query", "schema": {"type": "text"}}]}),
    ] {
        assert!(
            !broken(&published, &document(wrong.clone())).is_empty(),
            "{wrong}"
        );
    }
}

#[test]
fn references_lead_somewhere() {
    let documents = documents();
    let mut references = 0;
    for (file, document) in &documents {
        mappings(document, "", &mut |mapping, pointer| {
            if let Some(reference) = mapping["$ref"].as_str() {
                references += 1;
                assert!(
                    target(&documents, file, reference).is_some(),
                    "{file}{pointer}: {reference}"
                );
            }
        });
    }
    assert!(references > 2000, "{references}");
}

#[test]
fn paths_are_templates_of_their_parameters() {
    let documents = documents();
    for (file, document) in &documents {
        let mut shapes = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for (path, method, operation) in operations(document) {
            let (mut names, shape) = template(path);
            assert!(
                !shape.replace("{}", "").contains(['{', '}', '<', '>']),
                "{file}: {path}"
            );
            if let Some(twin) = shapes.insert(shape, path) {
                assert_eq!(twin, path, "{file}: one path to OpenAPI");
            }
            let declared = parameters(&documents, file, operation);
            let apart: BTreeSet<_> = declared.iter().collect();
            assert_eq!(apart.len(), declared.len(), "{file}: a parameter of {path} twice");
            let in_path = declared.iter().filter(|(_, place)| *place == "path");
            let mut in_path: Vec<&str> = in_path.map(|(name, _)| *name).collect();
            names.sort_unstable();
            in_path.sort_unstable();
            assert_eq!(names, in_path, "{file}: {method} {path}");
            let id = operation["operationId"].as_str().expect("an operationId");
            assert!(ids.insert(id), "{file}: {id} twice");
        }
    }
}

#[test]
fn defaults_and_examples_fit_their_schemas() {
    let documents = documents();
    let mut registry = Registry::new();
    for (file, document) in &documents {
        let resource = Resource::from_contents(document.clone());
        registry = registry
            .add(format!("{BASE}{file}"), resource)
            .expect("an address");
    }
    let registry = registry.prepare().expect("documents");
    let mut values = 0;
    for (file, document) in &documents {
        mappings(document, "", &mut |mapping, pointer| {
            if pointer.ends_with("/properties") {
                return;
            }
            for key in ["default", "example"] {
                let Some(value) = mapping.get(key) else { continue };
                // A default beside a reference stands where OpenAPI 3.0 does not look; it fits what is referred to.
                let schema = match mapping.get("schema") {
                    Some(_) => format!("{pointer}/schema"),
                    None => pointer.to_owned(),
                };
                let schema = schema.replace('{', "%7B").replace('}', "%7D");
                let schema = json!({"$ref": format!("{BASE}{file}#{schema}")});
                let validator = jsonschema::options()
                    .with_draft(Draft::Draft4)
                    .with_registry(&registry)
                    .build(&schema)
                    .unwrap_or_else(|error| panic!("{file}{pointer}: {error}"));
                assert!(validator.is_valid(value), "{file}{pointer}: {key} {value}");
                values += 1;
            }
        });
    }
    assert!(values > 300, "{values}");
}
