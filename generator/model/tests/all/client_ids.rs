//! Whatever a mutation takes as an id of the client's is known to its `x-identity`: made, asked by, or left out for a reason.

use std::collections::BTreeMap;

use serde_json::Value;

use super::openapi::documents;

/// Follows `$ref`, also into other documents.
fn resolved<'d>(documents: &'d BTreeMap<String, Value>, from: &str, mut value: &'d Value) -> &'d Value {
    let mut file = from.to_owned();
    while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        let (path, pointer) = reference.split_once('#').expect("a pointer");
        if !path.is_empty() {
            let folder = file.split('/').next().unwrap_or_default();
            file = match path.strip_prefix("../") {
                Some(other) => other.to_owned(),
                None => format!("{folder}/{path}"),
            };
        }
        let document = documents
            .get(&file)
            .unwrap_or_else(|| panic!("{file} of {reference}"));
        value = document
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{reference} in {from}"));
    }
    value
}

fn is_client_id(name: &str) -> bool {
    let name = name.to_lowercase();
    let ends = [
        "clientorderid",
        "clientalgoid",
        "clientstrategyid",
        "clienttranid",
    ];
    ends.iter().any(|end| name.ends_with(end)) || ["clientid", "withdraworderid"].contains(&name.as_str())
}

/// The parameters with ids of clients, those of the elements of lists among them.
fn client_ids(documents: &BTreeMap<String, Value>, file: &str, operation: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let parameters = operation.get("parameters").and_then(Value::as_array);
    for parameter in parameters.into_iter().flatten() {
        let parameter = resolved(documents, file, parameter);
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        if is_client_id(name) {
            found.push(name.to_owned());
        }
        let schema = parameter
            .get("schema")
            .map(|schema| resolved(documents, file, schema));
        let element = schema
            .and_then(|schema| schema.get("items"))
            .map(|items| resolved(documents, file, items));
        let members = element
            .and_then(|element| element.get("properties"))
            .and_then(Value::as_object);
        let members = members.into_iter().flat_map(|members| members.keys());
        found.extend(members.filter(|name| is_client_id(name)).cloned());
    }
    found
}

/// What an operation says about an id, in words; `None` where it says nothing.
fn known(identity: &Value, id: &str) -> Option<&'static str> {
    let made = identity.get("ids").and_then(Value::as_array);
    let is_made = |made: &Value| made.as_str().or_else(|| made.get("id")?.as_str()) == Some(id);
    if made.is_some_and(|made| made.iter().any(is_made)) {
        return Some("made");
    }
    if identity.get("with").is_some_and(|with| with.get(id).is_some()) {
        return Some("asked by");
    }
    // Nothing finds it; it is that of a cancellation, which finds nothing; or what was changed is found by a new id.
    let renamed = id.starts_with("orig") && made.is_some();
    let of_cancellation = id.starts_with("newClient") || id.starts_with("cancel");
    (identity.get("none").is_some() || of_cancellation || renamed).then_some("left out")
}

#[test]
fn ids_of_clients_are_known_to_identities() {
    let documents = documents();
    let (mut seen, mut wrong) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for (file, document) in &documents {
        let paths = document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let name = operation
                    .get("operationId")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let twin = operation.get("x-twin").is_some();
                let read = operation.get("x-mutation") == Some(&Value::Bool(false));
                // What is only tried makes nothing.
                let tried = name.starts_with("test") || name.ends_with("Test");
                if method == "get" || twin || read || tried || !file.ends_with("/rest.yaml") {
                    continue;
                }
                for id in client_ids(&documents, file, operation) {
                    let identity = operation.get("x-identity").unwrap_or(&Value::Null);
                    match known(identity, &id) {
                        Some(how) => *seen.entry(how).or_default() += 1,
                        None => wrong.push(format!("{file} {method} {path}: `{id}`")),
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "say what these ids are good for in x-identity: {wrong:#?}"
    );
    for how in ["made", "asked by", "left out"] {
        assert!(
            seen.get(how).is_some_and(|count| *count > 10),
            "hardly any is {how}: {seen:?}"
        );
    }
}
