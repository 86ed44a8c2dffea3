//! Documents of what the user's own server offers: `x-transport: server` and `x-transport: webhooks`.

use openapiv3::{OpenAPI, Operation as OpenApiOperation};
use serde_json::{Map, Value};

use super::operations::http_method;
use super::rules::Subject;
use super::{At, Reader, reference_of};
use crate::api::{Field, HttpMethod, Product, Transport, Type, TypeDef, TypeKind};
use crate::names;
use crate::rules::{Need, Rule};
use crate::server::{Envelope, Offer, Offered, RefusalForm, Refusals, SignedBy, Webhooks};
use crate::source::Aside;

/// Extensions of an operation that say something about one that is offered.
const OF_OPERATIONS: &[&str] = &[
    "x-body",
    "x-envelope",
    "x-free-path",
    "x-idempotency-key",
    "x-rules",
    "x-optional",
    "x-stability-level",
];
const SERVER_KEYS: &[&str] = &["prefix", "time-limit", "ok-message", "refusals"];
const REFUSAL_KEYS: &[&str] = &["invalid", "overloaded", "timed-out", "failed"];
const FORM_KEYS: &[&str] = &["status", "code"];
const ENVELOPE_KEYS: &[&str] = &["code", "ok", "success", "message", "data"];
const SIGNED_BY_KEYS: &[&str] = &["scheme", "signature", "timestamp", "recipient"];

impl Reader {
    /// Operations that the user's server offers.
    pub(super) fn server(&mut self, root: &At, api: &OpenAPI, product: &mut Product) {
        self.only_one(
            root,
            product.offer.as_ref().map(|offer| offer.location.line),
            "server",
        );
        self.no_addresses(root, api);
        let at = root.child("x-server");
        let empty = Map::new();
        let settings = self.map(&at, api.extensions.get("x-server"), SERVER_KEYS);
        let settings = settings.as_ref().unwrap_or(&empty);
        if settings.is_empty() {
            self.error(
                &at,
                "a server document says nothing of refusals",
                "add x-server with refusals",
            );
        }
        let refusals_at = at.child("refusals");
        let refusals = self
            .map(&refusals_at, settings.get("refusals"), REFUSAL_KEYS)
            .unwrap_or_default();
        let mut envelope = self.envelope(&root.child("x-envelope"), api.extensions.get("x-envelope"));
        envelope.ok_message = self.setting(&at, settings, "ok-message");
        let mut offer = Offer {
            prefix: self.setting(&at, settings, "prefix").unwrap_or_default(),
            time_limit: settings.get("time-limit").and_then(|value| {
                let seconds = value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
                if seconds.is_none_or(|seconds| seconds == 0) {
                    self.error(
                        &at.child("time-limit"),
                        format!("`{value}` is not a number of seconds"),
                        "write a whole number of seconds",
                    );
                }
                seconds
            }),
            envelope,
            refusals: Refusals {
                invalid: self.refusal(&refusals_at, &refusals, "invalid"),
                overloaded: self.refusal(&refusals_at, &refusals, "overloaded"),
                timed_out: self.refusal(&refusals_at, &refusals, "timed-out"),
                failed: self.refusal(&refusals_at, &refusals, "failed"),
            },
            operations: Vec::new(),
            location: self.location(root),
        };
        self.plain_path(&at.child("prefix"), &offer.prefix, true);
        for (path, entry) in &api.paths.paths {
            let at = root.child("paths").child(path);
            self.plain_path(&at, path, false);
            let Some(entry) = super::item(entry) else {
                self.error(&at, "a path by reference", "write the path's operations here");
                continue;
            };
            for (method, operation) in entry.iter() {
                let at = at.child(method);
                let Some(method @ (HttpMethod::Get | HttpMethod::Post)) = http_method(method) else {
                    let message = format!("an operation that is offered is not called by `{method}`");
                    self.error(&at, message, "use get or post");
                    continue;
                };
                let offered = self.offered(&at, path, method, operation);
                if offered.enveloped && offer.envelope.data.is_none() {
                    self.error(
                        &at,
                        "the document has no envelope with data",
                        "add x-envelope to the document, or `x-envelope: {}` here",
                    );
                }
                if let Some(first) = offer.operations.iter().find(|known| known.id == offered.id) {
                    let line = first.location.line;
                    let message = format!("operationId `{}` is already used in line {line}", offered.id);
                    self.error(&at, message, "give each operation its own operationId");
                }
                offer.operations.push(offered);
            }
        }
        product.offer = Some(offer);
    }

    fn offered(&mut self, at: &At, path: &str, method: HttpMethod, operation: &OpenApiOperation) -> Offered {
        let id = operation.operation_id.clone().unwrap_or_default();
        let request = names::capitalised(&format!("{id} request"));
        let extensions = &operation.extensions;
        self.complete(at, operation, Transport::Rest);
        for key in extensions.keys() {
            if !OF_OPERATIONS.contains(&key.as_str()) {
                let message = format!("`{key}` says nothing about an operation that your server offers");
                self.error(&at.child(key), message, "take it away");
            }
        }
        let json_body = match extensions.get("x-body").map(Value::as_str) {
            None => false,
            Some(Some("json")) if method == HttpMethod::Post => true,
            Some(_) => {
                let message =
                    "arguments of an operation that is offered travel in the query or as JSON of a post";
                self.error(
                    &at.child("x-body"),
                    message,
                    "write `x-body: json` under post, or leave it out",
                );
                false
            }
        };
        let enveloped = match extensions.get("x-envelope") {
            None => true,
            Some(Value::Object(members)) if members.is_empty() => false,
            Some(_) => {
                let message = "an operation that is offered has the document's envelope or none";
                self.error(&at.child("x-envelope"), message, "write {}, or leave it out");
                true
            }
        };
        let (parameters, _) = self.parameters(at, &operation.parameters, &request);
        let subjects: Vec<Subject<'_>> = parameters.iter().map(Subject::from).collect();
        let rules = self.rules(at, extensions.get("x-rules"), &subjects);
        let one_of = match rules.as_slice() {
            [] => Vec::new(),
            [
                Rule {
                    when,
                    need: Need::OneOf(names),
                    ..
                },
            ] if when.is_empty() => names.clone(),
            _ => {
                let remedy = "write one rule with `one-of` and without a condition";
                self.error(&at.child("x-rules"), "a rule that servers do not check", remedy);
                Vec::new()
            }
        };
        let idempotency_key = extensions.get("x-idempotency-key").and_then(|value| {
            let key = value.as_str().map(str::to_owned);
            let fits = parameters.iter().any(|parameter| {
                Some(&parameter.name) == key.as_ref()
                    && parameter.required
                    && matches!(parameter.ty, Type::Text)
            });
            if !fits {
                let message = format!("{value} is not a required parameter that is a text");
                self.error(
                    &at.child("x-idempotency-key"),
                    message,
                    "name one, or declare it required and a text",
                );
            }
            key
        });
        self.request_type(at, &request, operation, &parameters);
        Offered {
            method,
            path: path.to_owned(),
            free_path: self.yes(at, extensions.get("x-free-path"), "x-free-path"),
            optional: self.yes(at, extensions.get("x-optional"), "x-optional"),
            json_body,
            summary: operation.summary.clone().unwrap_or_default(),
            description: operation.description.clone(),
            docs: operation.external_docs.as_ref().map(|docs| docs.url.clone()),
            request,
            one_of,
            idempotency_key,
            enveloped,
            response: self.response(at, operation, &names::capitalised(&id)),
            location: self.location(at),
            parameters,
            id,
        }
    }

    /// The arguments of an operation as an object: one type, whether they come in a query or as JSON.
    fn request_type(
        &mut self,
        at: &At,
        name: &str,
        operation: &OpenApiOperation,
        parameters: &[crate::api::Parameter],
    ) {
        let location = self.location(at);
        if self.declared.contains(name) || self.types.contains_key(name) {
            let message = format!("the arguments become the type `{name}`, which is already declared");
            self.error(at, message, "rename the operation or the schema");
            return;
        }
        for parameter in parameters.iter().filter(|parameter| parameter.in_path) {
            let message = format!("parameter `{}` is in the path", parameter.name);
            self.error(
                at,
                message,
                "use `in: query`, with `x-body: json` for a JSON body",
            );
        }
        let fields = parameters.iter().map(|parameter| Field {
            name: parameter.name.clone(),
            plain_name: None,
            aliases: Vec::new(),
            ty: parameter.ty.clone(),
            required: parameter.required,
            nullable: false,
            description: parameter.description.clone(),
            location: Aside(location.clone()),
        });
        let summary = operation.summary.clone().unwrap_or_default();
        self.types.insert(
            name.to_owned(),
            TypeDef {
                description: Some(format!("What is asked: {summary}")),
                sbe: None,
                rules: Vec::new(),
                owner: None,
                filters: None,
                kind: TypeKind::Object(fields.collect()),
                location,
            },
        );
    }

    fn refusal(&mut self, at: &At, refusals: &Map<String, Value>, kind: &str) -> RefusalForm {
        let at = at.child(kind);
        let form = self.map(&at, refusals.get(kind), FORM_KEYS).unwrap_or_default();
        let status = form.get("status").and_then(Value::as_u64);
        let status = status.and_then(|status| u16::try_from(status).ok());
        let code = form.get("code").and_then(Value::as_str);
        let (Some(status @ 400..=599), Some(code)) = (status, code) else {
            self.error(
                &at,
                format!("the refusal `{kind}` has no status and code"),
                "write {status: 400, code: '…'}, with a status from 400 to 599",
            );
            return RefusalForm {
                status: 500,
                code: String::new(),
            };
        };
        RefusalForm {
            status,
            code: code.to_owned(),
        }
    }

    /// The envelope of the document's answers.
    fn envelope(&mut self, at: &At, value: Option<&Value>) -> Envelope {
        let Some(members) = self.map(at, value, ENVELOPE_KEYS) else {
            return Envelope::default();
        };
        let ok = match members.get("ok") {
            None => Vec::new(),
            value => super::operations::texts(value),
        };
        let envelope = Envelope {
            success: self.setting(at, &members, "success"),
            code: self.setting(at, &members, "code"),
            ok: ok.first().cloned().unwrap_or_default(),
            message: self.setting(at, &members, "message"),
            ok_message: None,
            data: self.setting(at, &members, "data"),
        };
        if envelope.code.is_some() && ok.is_empty() {
            self.error(
                at,
                "the envelope has a code, and no code of success",
                "add ok: ['…']",
            );
        }
        envelope
    }

    /// Events that are posted to the user's server.
    pub(super) fn webhooks(&mut self, root: &At, api: &OpenAPI, product: &mut Product) {
        let before = product.webhooks.as_ref().map(|webhooks| webhooks.location.line);
        self.only_one(root, before, "webhooks");
        self.no_addresses(root, api);
        if !api.paths.paths.is_empty() {
            self.error(
                &root.child("paths"),
                "webhooks have no paths",
                "write `paths: {}` and name x-events",
            );
        }
        let at = root.child("x-signed-by");
        let signed_by = self.signed_by(&at, api.extensions.get("x-signed-by"));
        let at = root.child("x-events");
        let events = match reference_of(api.extensions.get("x-events")) {
            Some(reference) => self.reference(&at, &reference),
            None => Type::Any,
        };
        let Type::Named(events) = events else {
            self.error(
                &at,
                "webhooks without events",
                "add x-events with a $ref to the union of events",
            );
            return;
        };
        if !matches!(
            self.types.get(&events).map(|def| &def.kind),
            Some(TypeKind::Union { .. })
        ) {
            self.error(
                &at,
                format!("`{events}` is not a union"),
                "refer to a oneOf with a discriminator",
            );
        }
        let reply = reference_of(api.extensions.get("x-reply"))
            .map(|reference| self.reference(&root.child("x-reply"), &reference));
        let Some(signed_by) = signed_by else { return };
        product.webhooks = Some(Webhooks {
            signed_by,
            events,
            reply,
            docs: api.external_docs.as_ref().map(|docs| docs.url.clone()),
            location: self.location(root),
        });
    }

    fn signed_by(&mut self, at: &At, value: Option<&Value>) -> Option<SignedBy> {
        let members = self.map(at, value, SIGNED_BY_KEYS).unwrap_or_default();
        let header = |reader: &mut Self, key: &str| {
            let name = reader.setting(at, &members, key)?;
            let plain = !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !plain {
                let message = format!("`{name}` is not a name of a header");
                reader.error(&at.child(key), message, "use letters, digits and `-`");
            }
            // The names of headers have no case; small letters are what HTTP libraries look up.
            Some(name.to_lowercase())
        };
        let signature = header(self, "signature");
        let timestamp = header(self, "timestamp");
        let recipient = header(self, "recipient");
        let scheme = self.setting(at, &members, "scheme");
        match (scheme.as_deref(), signature, timestamp, recipient) {
            (Some("rsa"), Some(signature), Some(timestamp), recipient) => Some(SignedBy::Rsa {
                signature,
                timestamp,
                recipient,
            }),
            (Some("hmac"), Some(signature), None, None) => Some(SignedBy::Hmac { signature }),
            _ => {
                self.error(
                    at,
                    "it is not said how posts are signed",
                    "write {scheme: rsa, signature: …, timestamp: …, recipient: …} or {scheme: hmac, signature: …}",
                );
                None
            }
        }
    }

    /// A mapping of which only these keys are known.
    fn map(&mut self, at: &At, value: Option<&Value>, known: &[&str]) -> Option<Map<String, Value>> {
        let map = match value? {
            Value::Object(map) => map.clone(),
            other => {
                self.error(
                    at,
                    format!("{other} is not a mapping"),
                    format!("write {{{}: …}}", known.join(": …, ")),
                );
                return None;
            }
        };
        for key in map.keys() {
            if !known.contains(&key.as_str()) {
                let message = format!("unknown key `{key}`");
                self.error(&at.child(key), message, format!("use {}", known.join(", ")));
            }
        }
        Some(map)
    }

    fn setting(&mut self, at: &At, map: &Map<String, Value>, key: &str) -> Option<String> {
        let value = map.get(key)?;
        if !value.is_string() {
            let message = format!("`{key}` is not a text");
            self.error(
                &at.child(key),
                message,
                "write a text, in quotes where YAML reads something else",
            );
        }
        value.as_str().map(str::to_owned)
    }

    fn yes(&mut self, at: &At, value: Option<&Value>, key: &str) -> bool {
        match value {
            None => false,
            Some(Value::Bool(yes)) => *yes,
            Some(_) => {
                let message = format!("`{key}` is not true or false");
                self.error(&at.child(key), message, "write true or false");
                false
            }
        }
    }

    fn only_one(&mut self, root: &At, first: Option<usize>, transport: &str) {
        if first.is_some() {
            let message = format!("the product has a document with `x-transport: {transport}` already");
            self.error(&root.child("x-transport"), message, "put both into one file");
        }
    }

    fn no_addresses(&mut self, root: &At, api: &OpenAPI) {
        if !api.servers.is_empty() {
            let message = "the address of the user's own server is the user's";
            self.error(&root.child("servers"), message, "take `servers` away");
        }
    }

    /// A path that no web framework reads anything into.
    fn plain_path(&mut self, at: &At, path: &str, may_be_empty: bool) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let fits =
            path.starts_with('/') && !path.ends_with('/') && !path.contains("//") && path.bytes().all(plain);
        if !(fits || may_be_empty && path.is_empty()) {
            let remedy = "begin with `/`, do not end with it, use letters, digits and -._~/";
            self.error(at, format!("`{path}` is not a path for a server"), remedy);
        }
    }
}
