//! WebSocket API methods that are the same as REST operations.

use std::collections::BTreeMap;

use openapiv3::{ReferenceOr, StatusCode};

use super::{At, Reader, item};
use crate::api::{Call, Operation, Product, Type};
use crate::read::yaml;

impl Reader {
    /// Gives twins what they inherit, and checks that what they share is there.
    pub(super) fn twins(&mut self, product: &mut Product) {
        let originals: BTreeMap<String, (Operation, String)> = product
            .operations
            .iter()
            .filter_map(|operation| Some((operation.id.clone(), (operation.clone(), answer_of(operation)?))))
            .collect();
        for operation in &mut product.operations {
            let (Some(twin), Call::WsApi { method }) = (operation.twin.clone(), &operation.call) else {
                continue;
            };
            let path = format!("/{method}");
            let at = At::new(
                &operation.location.file,
                format!("/paths/{}/post", yaml::escape(&path)),
            );
            let Some((original, pointer)) = originals.get(&twin) else {
                let remedy = "name the operationId of an operation in rest.yaml";
                self.error(
                    &at.child("x-twin"),
                    format!("`x-twin: {twin}` names no REST operation"),
                    remedy,
                );
                continue;
            };
            if !operation.parameters.is_empty() || operation.response != Type::Empty {
                let message = format!(
                    "a twin has the parameters and the answer of `{twin}`, and does not list its own"
                );
                self.error(&at, message, "leave them out, or take x-twin away");
                continue;
            }
            if original.parameters.iter().any(|parameter| parameter.in_path) {
                let message = format!("`{twin}` has parameters in its path, which a method has not");
                self.error(
                    &at.child("x-twin"),
                    message,
                    "take x-twin away and list the parameters",
                );
                continue;
            }
            if original.parameters.iter().any(|parameter| parameter.in_header) {
                let message = format!("`{twin}` has parameters in headers, which a method has not");
                let remedy = "take x-twin away and list the parameters";
                self.error(&at.child("x-twin"), message, remedy);
                continue;
            }
            let node = self
                .api(&operation.location.file)
                .and_then(|api| api.paths.paths.get(&path))
                .and_then(item)
                .and_then(|entry| entry.post.as_ref());
            let answer = node
                .and_then(|node| node.responses.responses.get(&StatusCode::Code(200)))
                .and_then(|response| match response {
                    ReferenceOr::Reference { reference } => self.target(&at, reference),
                    ReferenceOr::Item(_) => None,
                });
            let has_tags = node.is_some_and(|node| !node.tags.is_empty());
            let written: Vec<String> = node
                .iter()
                .flat_map(|node| node.extensions.keys().cloned())
                .collect();
            if answer != Some((original.location.file.clone(), pointer.clone())) {
                let file = original.location.file.rsplit('/').next().unwrap_or_default();
                self.error(
                    &at,
                    format!("the answer is not that of `{twin}`, by reference"),
                    format!("write responses: {{'200': {{$ref: '{file}#{pointer}'}}}}"),
                );
            }
            let own = operation.clone();
            *operation = inherit(own, original, has_tags, |key| {
                written.iter().any(|written| written == key)
            });
            for key in ["x-rules", "x-constructors"] {
                if written.iter().any(|written| written == key) {
                    let message =
                        format!("a twin has the request of `{twin}`, with its rules and constructors");
                    self.error(&at.child(key), message, format!("write `{key}` there"));
                }
            }
            // One request type serves both transports, and it knows one price.
            let same = operation.weight == original.weight
                && operation.weight_on_success == original.weight_on_success
                && operation.limit == original.limit
                && operation.uid_weight == original.uid_weight
                && operation.unfilled_orders == original.unfilled_orders;
            if !same {
                let message = format!("a twin costs something else than `{twin}`");
                self.error(
                    &at,
                    message,
                    "take x-weight, x-limit and x-unfilled-orders away, or x-twin",
                );
            }
        }
    }
}

/// Where the answer of a REST operation stands in its document.
fn answer_of(original: &Operation) -> Option<String> {
    let Call::Rest { method, path } = &original.call else {
        return None;
    };
    let path = yaml::escape(path.as_str());
    Some(format!(
        "/paths/{path}/{}/responses/200",
        method.name().to_lowercase()
    ))
}

/// A twin: its original's, but for what is written beside `x-twin`.
fn inherit(
    own: Operation,
    original: &Operation,
    has_tags: bool,
    written: impl Fn(&str) -> bool,
) -> Operation {
    let original = original.clone();
    Operation {
        tag: either(has_tags, own.tag, original.tag),
        summary: either(own.summary.is_empty(), original.summary, own.summary),
        description: own.description.or(original.description),
        docs: own.docs.or(original.docs),
        deprecated: own.deprecated || original.deprecated,
        security: either(written("x-security"), own.security, original.security),
        signed: either(
            written("x-signed") || written("x-security"),
            own.signed,
            original.signed,
        ),
        mutation: either(written("x-mutation"), own.mutation, original.mutation),
        weight: either(written("x-weight"), own.weight, original.weight),
        weight_documented: own.weight_documented || original.weight_documented,
        weight_on_success: own.weight_on_success.or(original.weight_on_success),
        limit: either(written("x-limit"), own.limit, original.limit),
        unfilled_orders: either(
            written("x-unfilled-orders"),
            own.unfilled_orders,
            original.unfilled_orders,
        ),
        uid_weight: either(written("x-uid-weight"), own.uid_weight, original.uid_weight),
        request_limits: either(
            written("x-request-limits"),
            own.request_limits,
            original.request_limits,
        ),
        paging: original.paging,
        identity: original.identity,
        data_source: either(written("x-data-source"), own.data_source, original.data_source),
        environments: either(written("x-environments"), own.environments, original.environments),
        draft: either(written("x-stability-level"), own.draft, original.draft),
        by_transport: own.by_transport,
        sunset: own.sunset.or(original.sunset),
        rules: original.rules,
        constructors: original.constructors,
        sbe: either(written("x-sbe"), own.sbe, original.sbe),
        error_data: own.error_data.or(original.error_data),
        parameters: original.parameters,
        // A method's frame is the runtime's.
        body: own.body,
        raw_brackets: own.raw_brackets,
        envelope: own.envelope,
        timeout: own.timeout,
        response: original.response,
        id: own.id,
        call: own.call,
        twin: own.twin,
        aliases: own.aliases,
        location: own.location,
    }
}

fn either<T>(first: bool, one: T, other: T) -> T {
    if first { one } else { other }
}
