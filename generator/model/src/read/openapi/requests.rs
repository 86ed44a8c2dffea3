//! How requests travel and answers come back: bodies, headers, envelopes, limits, drafts.

use indexmap::IndexMap;
use serde_json::Value;

use super::weights::Kind;
use super::{At, Reader};
use crate::api::{
    Call, Envelope, HttpMethod, IntervalUnit, Limit, Parameter, Product, RequestBody, RequestLimit, Security,
    Transport, Type, TypeKind,
};
use crate::diagnostics::one_of;
use crate::named::Named;

/// Headers that the client sets itself.
const OWN_HEADERS: &[&str] = &[
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
    "x-mbx-apikey",
    "x-mbx-sbe",
    "x-mbx-time-unit",
    "x-sha-signature",
    "x-tesla-clientid",
    "x-tesla-signaccesstoken",
    "x-tesla-signature",
    "x-tesla-timestamp",
];

/// What of an operation concerns HTTP alone.
#[derive(Default)]
pub(super) struct Carriage {
    pub(super) body: RequestBody,
    pub(super) raw_brackets: bool,
    pub(super) envelope: Option<Envelope>,
    pub(super) timeout: Option<u32>,
}

impl Reader {
    /// Reads how a REST operation's parameters and answer travel.
    pub(super) fn carriage(
        &mut self,
        at: &At,
        transport: Transport,
        method: HttpMethod,
        security: Security,
        extensions: &IndexMap<String, Value>,
        parameters: &[Parameter],
    ) -> Carriage {
        if transport != Transport::Rest {
            self.http_only(at, security, extensions, parameters);
            return Carriage::default();
        }
        let mut carriage = Carriage {
            envelope: self.envelope.clone(),
            timeout: self.seconds(at, extensions),
            ..Carriage::default()
        };
        if let Some(value) = extensions.get("x-body") {
            let at = at.child("x-body");
            carriage.body = match value.as_str() {
                Some("form") => RequestBody::Form,
                Some("json") => RequestBody::Json,
                _ => {
                    self.error(
                        &at,
                        format!("unknown body {value}"),
                        "use form or json, or leave it out",
                    );
                    RequestBody::None
                }
            };
            if method == HttpMethod::Get {
                self.error(&at, "a GET request has no body", "take x-body away, or use post");
            }
            if carriage.body == RequestBody::Form && matches!(security, Security::Partner | Security::Kyc) {
                let remedy = "write `x-body: json`";
                self.error(&at, "a partner API takes JSON bodies alone", remedy);
            }
        }
        carriage.raw_brackets = self.truth(at, extensions, "x-raw-brackets");
        if carriage.raw_brackets {
            let at = at.child("x-raw-brackets");
            if carriage.body == RequestBody::Json {
                let remedy = "take one of x-raw-brackets and x-body away";
                self.error(&at, "a JSON body has lists of its own", remedy);
            } else if !parameters.iter().any(|p| self.is_list_of_objects(&p.ty)) {
                let remedy = "declare the list as an array of an object, or take x-raw-brackets away";
                self.error(&at, "no parameter is a list of objects", remedy);
            }
        }
        if let Some(value) = extensions.get("x-envelope") {
            carriage.envelope = self.envelope_of(&at.child("x-envelope"), value);
        }
        carriage
    }

    /// An extension that is true or false; false where it is not written.
    pub(super) fn truth(&mut self, at: &At, extensions: &IndexMap<String, Value>, key: &str) -> bool {
        match extensions.get(key) {
            None => false,
            Some(Value::Bool(truth)) => *truth,
            Some(_) => {
                let message = format!("`{key}` is not true or false");
                self.error(&at.child(key), message, "write true or false");
                false
            }
        }
    }

    /// Refuses what only HTTP has.
    fn http_only(
        &mut self,
        at: &At,
        security: Security,
        extensions: &IndexMap<String, Value>,
        parameters: &[Parameter],
    ) {
        for key in ["x-body", "x-raw-brackets", "x-envelope", "x-timeout"] {
            if extensions.contains_key(key) {
                let message = format!("`{key}` says nothing about a WebSocket API method");
                self.error(&at.child(key), message, "take it away");
            }
        }
        if matches!(security, Security::Partner | Security::Kyc) {
            let at = at.child("x-security");
            self.error(
                &at,
                "partners sign HTTP requests alone",
                "use another security type",
            );
        }
        if let Some(parameter) = parameters.iter().find(|p| p.in_header) {
            let message = format!(
                "parameter `{}` is a header, which a method has not",
                parameter.name
            );
            self.error(at, message, "use `in: query`");
        }
    }

    /// Checks a parameter that is a header.
    pub(super) fn header(&mut self, at: &At, parameter: &Parameter) {
        let name = parameter.name.to_lowercase();
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            let message = format!("`{}` is not a name of a header", parameter.name);
            self.error(&at.child("name"), message, "use letters, digits and hyphens");
        } else if OWN_HEADERS.contains(&name.as_str()) {
            let message = format!("the client sets the header `{}` itself", parameter.name);
            self.error(&at.child("name"), message, "take the parameter away");
        }
        let fits = matches!(parameter.ty, Type::Boolean { .. })
            || matches!(
                self.kind_of(&parameter.ty),
                Kind::Text | Kind::Integer | Kind::ValueSet
            );
        if !fits {
            let message = format!("header `{}` is neither a text nor a number", parameter.name);
            self.error(
                at,
                message,
                "declare it as a text, an integer, a boolean or a value set",
            );
        }
    }

    /// Whether a type is a list of objects.
    fn is_list_of_objects(&self, ty: &Type) -> bool {
        let target = |ty: &Type| match ty {
            Type::Named(name) => self.types.get(name).map(|def| def.kind.clone()),
            _ => None,
        };
        match ty {
            Type::Array(item) => matches!(target(item), Some(TypeKind::Object(_))),
            _ => match target(ty) {
                // The bound that ends alias cycles elsewhere is not needed: one step is all that is looked at.
                Some(TypeKind::Alias(Type::Array(item))) => {
                    matches!(target(&item), Some(TypeKind::Object(_)))
                }
                _ => false,
            },
        }
    }

    fn seconds(&mut self, at: &At, extensions: &IndexMap<String, Value>) -> Option<u32> {
        let seconds = self.number(at, extensions.get("x-timeout"), "x-timeout")?;
        if !(1..=3600).contains(&seconds) {
            let at = at.child("x-timeout");
            self.error(&at, "no answer takes so long", "write the seconds, 1 to 3600");
        }
        Some(seconds)
    }

    /// The weight charged to the account in addition.
    pub(super) fn uid_weight(&mut self, at: &At, limit: Limit, extensions: &IndexMap<String, Value>) -> u32 {
        let weight = self.number(at, extensions.get("x-uid-weight"), "x-uid-weight");
        if weight.is_some() && limit == Limit::Uid {
            let remedy = "take `x-limit: uid` away, or x-uid-weight";
            self.error(
                &at.child("x-uid-weight"),
                "x-weight is charged to the account already",
                remedy,
            );
        }
        weight.unwrap_or(0)
    }

    /// Limits on how often an operation is called.
    pub(super) fn request_limits(
        &mut self,
        at: &At,
        extensions: &IndexMap<String, Value>,
    ) -> Vec<RequestLimit> {
        let Some(value) = extensions.get("x-request-limits") else {
            return Vec::new();
        };
        let at = at.child("x-request-limits");
        let Some(rows) = value.as_array() else {
            self.error(
                &at,
                "not a list of limits",
                "see specs/README.md, x-request-limits",
            );
            return Vec::new();
        };
        let rows = rows.iter().enumerate();
        rows.filter_map(|(index, row)| self.request_limit(&at.child(&index.to_string()), row))
            .collect()
    }

    /// The number of calls that a limit allows in so many units of its interval.
    pub(super) fn count_and_every(&mut self, at: &At, row: &Value) -> Option<(u32, u32)> {
        let count = self
            .number(at, row.get("count"), "count")
            .filter(|count| *count > 0);
        let Some(count) = count else {
            self.error(at, "a limit without a count", "write `count: 1` or more");
            return None;
        };
        let every = self.number(at, row.get("every"), "every").unwrap_or(1);
        if every == 0 {
            self.error(&at.child("every"), "an interval of nothing", "write 1 or more");
        }
        Some((count, every))
    }

    fn request_limit(&mut self, at: &At, row: &Value) -> Option<RequestLimit> {
        self.keys(at, row, &["count", "interval", "every", "scope", "with"])?;
        let (count, every) = self.count_and_every(at, row)?;
        let Some(interval) = row.get("interval").and_then(Value::as_str) else {
            let remedy = one_of(IntervalUnit::NAMES, "");
            self.error(at, "a limit without an interval", remedy);
            return None;
        };
        let interval = self.named(&at.child("interval"), interval, "interval")?;
        let scope = match row.get("scope").map(|scope| scope.as_str().unwrap_or_default()) {
            None => Limit::Ip,
            Some(name) => self.named(&at.child("scope"), name, "scope").unwrap_or_default(),
        };
        let with = super::operations::texts(row.get("with"));
        Some(RequestLimit {
            count,
            interval,
            every,
            scope,
            with,
        })
    }

    /// Checks that the operations with which limits are shared are there.
    pub(super) fn shared_limits(&mut self, product: &Product) {
        for operation in &product.operations {
            let names = operation.request_limits.iter().flat_map(|limit| &limit.with);
            for name in names {
                let there = product.operations.iter().any(|other| {
                    other.id == *name && matches!(other.call, Call::Rest { .. }) && other.id != operation.id
                });
                if !there {
                    self.errors.push(crate::diagnostics::Diagnostic::at(
                        &operation.location,
                        format!("a limit is shared with `{name}`, which is no other operation"),
                        "name operationIds of rest.yaml",
                    ));
                }
            }
        }
    }

    /// A document's envelope, which only REST has.
    pub(super) fn document_envelope(
        &mut self,
        root: &At,
        transport: Transport,
        extensions: &IndexMap<String, Value>,
    ) -> Option<Envelope> {
        let value = extensions.get("x-envelope")?;
        let at = root.child("x-envelope");
        if transport != Transport::Rest {
            self.error(&at, "only REST answers come in an envelope", "take it away");
            return None;
        }
        self.envelope_of(&at, value)
    }

    /// Reads an envelope; `{}` is none.
    fn envelope_of(&mut self, at: &At, value: &Value) -> Option<Envelope> {
        self.keys(
            at,
            value,
            &["code", "ok", "success", "message", "data", "optional"],
        )?;
        if value.as_object().is_some_and(serde_json::Map::is_empty) {
            return None;
        }
        for key in ["code", "success", "message", "data"] {
            if value.get(key).is_some_and(|name| !name.is_string()) {
                let message = format!("`{key}` names no member");
                self.error(&at.child(key), message, "write the member's name");
                return None;
            }
        }
        let name = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut envelope = Envelope {
            code: name("code"),
            success: name("success"),
            message: name("message"),
            data: name("data"),
            ..Envelope::default()
        };
        match value.get("ok") {
            None => {}
            Some(Value::Array(codes)) if codes.iter().all(|code| code.is_string() || code.is_i64()) => {
                envelope.ok = codes
                    .iter()
                    .map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned))
                    .collect();
            }
            Some(_) => {
                let remedy = "list them, in quotes where zeros lead";
                self.error(&at.child("ok"), "not a list of codes", remedy);
                return None;
            }
        }
        envelope.optional = match value.get("optional") {
            None => false,
            Some(Value::Bool(optional)) => *optional,
            Some(_) => {
                self.error(&at.child("optional"), "not true or false", "write true or false");
                false
            }
        };
        if envelope.code.is_some() == envelope.ok.is_empty() {
            let remedy = "write `code: <member>` and `ok: [<codes of success>]` together";
            self.error(at, "`code` and `ok` belong together", remedy);
            return None;
        }
        let members = [
            &envelope.code,
            &envelope.success,
            &envelope.message,
            &envelope.data,
        ];
        let named: Vec<&String> = members.into_iter().flatten().collect();
        let twice = named
            .iter()
            .enumerate()
            .find(|(index, name)| named[..*index].contains(name));
        if let Some((_, twice)) = twice {
            let message = format!("`{twice}` stands for two things");
            self.error(at, message, "give each its own member");
            return None;
        }
        if envelope.code.is_none() && envelope.success.is_none() {
            let remedy = "name `success`, or `code` with `ok`";
            self.error(at, "nothing says whether the call succeeded", remedy);
            return None;
        }
        Some(envelope)
    }

    /// A draft's answer is not known; its parameters are, as far as they are declared.
    pub(super) fn draft(&mut self, at: &At, response: &Type) {
        if *response != Type::Empty {
            self.error(
                at,
                "a draft answers with any JSON, and declares an answer",
                "take it away, or take x-stability-level away",
            );
        }
    }

    /// Refuses anything but a mapping of known keys.
    pub(super) fn keys(&mut self, at: &At, value: &Value, known: &[&str]) -> Option<()> {
        let Some(object) = value.as_object() else {
            self.error(at, "not a mapping", format!("use the keys {}", known.join(", ")));
            return None;
        };
        if let Some(key) = object.keys().find(|key| !known.contains(&key.as_str())) {
            self.error(
                &at.child(key),
                format!("unknown key `{key}`"),
                format!("use {}", known.join(", ")),
            );
            return None;
        }
        Some(())
    }
}
