//! Paths → streams.

use openapiv3::OpenAPI;
use serde_json::Value;

use super::operations::{names_from_path, placeholders, texts};
use super::weights::Kind;
use super::{At, Reader, item};
use crate::model::api::{Parameter, Product, Stream, Transport};
use crate::names;

impl Reader {
    pub(super) fn streams(&mut self, root: &At, api: &OpenAPI, product: &mut Product) {
        for (path, entry) in &api.paths.paths {
            let at = root.child("paths").child(path);
            let Some(operation) = item(entry).and_then(|entry| entry.get.as_ref()) else {
                self.error(&at, "a stream is a `get` operation", "write `get:`");
                continue;
            };
            let at = at.child("get");
            let pattern = path.trim_start_matches('/').to_owned();
            let id = operation
                .operation_id
                .clone()
                .unwrap_or_else(|| names_from_path("", path));
            let (parameters, _) = self.parameters(&at, &operation.parameters, &names::type_name(&id));
            self.values(&at, &operation.extensions);
            if self.strict(&at) {
                self.complete(&at, operation, Transport::WsStreams);
            }
            self.stream_parameters(&at, &pattern, &parameters);
            let event = self.response(&at, operation, &format!("{}Event", names::pascal(&id)));
            let extensions = &operation.extensions;
            product.streams.push(Stream {
                pattern,
                tag: operation
                    .tags
                    .first()
                    .cloned()
                    .unwrap_or_else(|| "Streams".to_owned()),
                summary: operation.summary.clone().unwrap_or_default(),
                description: operation.description.clone(),
                docs: operation.external_docs.as_ref().map(|docs| docs.url.clone()),
                parameters,
                update_speed: extensions.get("x-update-speed").map(speed),
                route: extensions
                    .get("x-route")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
                event_types: texts(extensions.get("x-event-type")),
                event,
                environments: texts(extensions.get("x-environments")),
                deprecated: operation.deprecated,
                location: self.location(&at),
                id,
            });
        }
    }

    /// Each placeholder of a stream's name needs a parameter, and each parameter a placeholder.
    fn stream_parameters(&mut self, at: &At, pattern: &str, parameters: &[Parameter]) {
        let placeholders = placeholders(pattern, '<', '>');
        for placeholder in &placeholders {
            if !parameters.iter().any(|p| p.name == *placeholder) {
                self.error(
                    at,
                    format!("the name names `<{placeholder}>`, which is not declared"),
                    format!("declare a parameter `{placeholder}` with `in: path`"),
                );
            }
        }
        for parameter in parameters {
            if !placeholders.contains(&parameter.name.as_str()) {
                self.error(
                    at,
                    format!("parameter `{}` does not stand in the name", parameter.name),
                    "put it into the name in angle brackets, or take it away",
                );
            }
            if !matches!(
                self.kind_of(&parameter.ty),
                Kind::Text | Kind::Integer | Kind::ValueSet
            ) {
                let message = format!(
                    "placeholder `{}` is neither a text nor an integer",
                    parameter.name
                );
                self.error(at, message, "declare it as a text, an integer or a value set");
            }
        }
    }
}

/// An update speed in words.
fn speed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(speed).collect::<Vec<_>>().join(" or "),
        Value::Object(map) => map
            .iter()
            .map(|(when, text)| format!("{} for {when}", speed(text)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}
