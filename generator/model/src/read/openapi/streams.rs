//! Paths → streams.

use std::collections::BTreeMap;

use openapiv3::OpenAPI;
use serde_json::Value;

use super::operations::{names_from_path, texts};
use super::weights::Kind;
use super::{At, Reader, item};
use crate::api::{Parameter, Product, Stream, Transport};
use crate::names;
use crate::path::PathTemplate;
use crate::stream_pattern::StreamPattern;

impl Reader {
    /// What the document says of every connection: routes, limits, the kind of connection.
    pub(super) fn stream_rules(&mut self, root: &At, api: &OpenAPI, product: &mut Product) {
        let rules = &mut product.stream_rules;
        match api.extensions.get("x-connection").map(Value::as_str) {
            None => {}
            Some(Some("signed-topics")) => rules.signed_topics = true,
            Some(_) => self.error(
                &root.child("x-connection"),
                "unknown kind of connection",
                "use signed-topics, or leave it out",
            ),
        }
        let mut count = |key: &str| {
            let value = api.extensions.get(key)?;
            let count = value
                .as_u64()
                .and_then(|n| u32::try_from(n).ok())
                .filter(|n| *n > 0);
            if count.is_none() {
                self.error(
                    &root.child(key),
                    format!("`{key}` is not a count"),
                    "write a number above 0",
                );
            }
            count
        };
        rules.max_streams = count("x-max-streams");
        rules.messages_per_second = count("x-messages-per-second");
        let Some(routes) = api.extensions.get("x-routes") else {
            return;
        };
        let at = root.child("x-routes");
        let Some(routes) = routes.as_object().filter(|routes| !routes.is_empty()) else {
            self.error(
                &at,
                "`x-routes` names no route",
                "write {name: /path}, or leave it out",
            );
            return;
        };
        for (name, path) in routes {
            match path.as_str().filter(|path| is_path(path)) {
                Some(path) => drop(rules.routes.insert(name.clone(), path.to_owned())),
                None => self.error(
                    &at.child(name),
                    format!("the path of route `{name}` is not a path"),
                    "write it with a `/` before each part and none at its end, such as /market",
                ),
            }
        }
        if rules.signed_topics {
            self.error(
                &at,
                "signed topics have no routes",
                "take x-routes or x-connection away",
            );
        }
    }

    /// The route of a stream, which every stream of a product with routes needs.
    fn route(&mut self, at: &At, named: Option<&Value>, product: &Product) -> Option<String> {
        let routes = &product.stream_rules.routes;
        let known = || routes.keys().cloned().collect::<Vec<_>>().join(" or ");
        match named.map(Value::as_str) {
            None if routes.is_empty() => None,
            None => {
                self.error(
                    at,
                    "the stream has no route; on another's connection it would stay silent",
                    format!("write x-route: {}", known()),
                );
                None
            }
            Some(Some(name)) if routes.contains_key(name) => Some(name.to_owned()),
            Some(_) if routes.is_empty() => {
                let at = at.child("x-route");
                self.error(
                    &at,
                    "the product has no routes",
                    "declare x-routes, or take it away",
                );
                None
            }
            Some(_) => {
                let remedy = format!("write {}, or declare it under x-routes", known());
                self.error(&at.child("x-route"), "unknown route", remedy);
                None
            }
        }
    }

    pub(super) fn streams(&mut self, root: &At, api: &OpenAPI, product: &mut Product) {
        let mut shapes = BTreeMap::new();
        for (path, entry) in &api.paths.paths {
            let at = root.child("paths").child(path);
            let Some(operation) = item(entry).and_then(|entry| entry.get.as_ref()) else {
                self.error(&at, "a stream is a `get` operation", "write `get:`");
                continue;
            };
            let at = at.child("get");
            let shape = PathTemplate::parse(path).nameless();
            if let Some(first) = shapes.insert(shape, self.location(&at).line) {
                self.error(
                    &at,
                    format!("the path differs from that in line {first} by its placeholders' names alone"),
                    "OpenAPI takes them for one: write another path, and the stream's name as x-pattern",
                );
            }
            let pattern = self.pattern(&at, path, operation.extensions.get("x-pattern"));
            let pattern = match StreamPattern::parse(&pattern) {
                Ok(pattern) => pattern,
                Err(message) => {
                    self.error(
                        &at,
                        message,
                        "write parts separated by `@`, with `{placeholders}` in them",
                    );
                    continue;
                }
            };
            let id = operation
                .operation_id
                .clone()
                .unwrap_or_else(|| names_from_path("", path));
            let (parameters, _) = self.parameters(&at, &operation.parameters, &names::capitalised(&id));
            self.values(&at, &operation.extensions);
            if self.strict(&at) {
                self.complete(&at, operation, Transport::WsStreams);
            }
            self.stream_parameters(&at, &pattern, &parameters);
            let event = self.response(&at, operation, &format!("{}Event", names::capitalised(&id)));
            let extensions = &operation.extensions;
            let route = self.route(&at, extensions.get("x-route"), product);
            let book = self.book(&at, extensions.get("x-book"));
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
                route,
                event_types: texts(extensions.get("x-event-type")),
                event,
                book,
                environments: texts(extensions.get("x-environments")),
                deprecated: operation.deprecated,
                aliases: texts(extensions.get("x-aliases")),
                location: self.location(&at),
                id,
            });
        }
    }

    /// The pattern of a stream's name: its path, unless it says another. The exchange writes placeholders in angle
    /// brackets, OpenAPI in braces.
    fn pattern(&mut self, at: &At, path: &str, other: Option<&Value>) -> String {
        let own = PathTemplate::parse(path);
        let has_those = |pattern: &str| PathTemplate::parse(pattern).variables().eq(own.variables());
        let pattern = match other.map(Value::as_str) {
            None => path.trim_start_matches('/'),
            Some(Some(pattern)) if has_those(pattern) => pattern,
            Some(_) => {
                let remedy = "write the stream's name with the placeholders of the path";
                self.error(
                    &at.child("x-pattern"),
                    "not a pattern of this stream's name",
                    remedy,
                );
                path
            }
        };
        if path.contains(['<', '>']) || pattern.contains(['<', '>']) {
            self.error(at, "a placeholder in angle brackets", "write it in braces");
        }
        pattern.replace('{', "<").replace('}', ">")
    }

    /// Each placeholder of a stream's name needs a parameter, and each parameter a placeholder.
    fn stream_parameters(&mut self, at: &At, pattern: &StreamPattern, parameters: &[Parameter]) {
        let placeholders: Vec<&str> = pattern.placeholders().collect();
        for placeholder in &placeholders {
            if !parameters.iter().any(|p| p.name == *placeholder) {
                self.error(
                    at,
                    format!("the name names `{{{placeholder}}}`, which is not declared"),
                    format!("declare a parameter `{placeholder}` with `in: path`"),
                );
            }
        }
        for parameter in parameters {
            if !placeholders.contains(&parameter.name.as_str()) {
                self.error(
                    at,
                    format!("parameter `{}` does not stand in the name", parameter.name),
                    "put it into the name in braces, or take it away",
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

/// Whether a text is a path that can stand between an address and `/stream`.
fn is_path(text: &str) -> bool {
    text.strip_prefix('/').is_some_and(|path| {
        path.split('/').all(|part| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            !part.is_empty() && part.bytes().all(plain)
        })
    })
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
