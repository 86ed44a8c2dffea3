//! What the user's own server offers → a trait, the table that the runtime serves it by, and constructors of answers.

use binance_wire_model::api::{Parameter, Type, TypeKind};
use binance_wire_model::server::{self, Offered, RefusalForm, SignedBy};
use serde::Serialize;

use super::Context;
use super::text::{code_span, sentence};
use super::types::{Module, RustField};
use crate::names::{self, Scope};

/// The operations that are offered.
#[derive(Debug, Serialize)]
pub(super) struct Offer {
    trait_name: String,
    prefix: String,
    time_limit: Option<u32>,
    envelope: Envelope,
    refusals: Vec<Refusal>,
    operations: Vec<Operation>,
}

#[derive(Debug, Serialize)]
struct Envelope {
    success: Option<String>,
    code: Option<String>,
    ok: String,
    message: Option<String>,
    ok_message: Option<String>,
    data: Option<String>,
}

#[derive(Debug, Serialize)]
struct Refusal {
    field: &'static str,
    status: u16,
    code: String,
}

#[derive(Debug, Serialize)]
struct Operation {
    id: String,
    method: String,
    path: String,
    free_path: bool,
    optional: bool,
    function: String,
    /// The pattern of its place among the operations; the last one is for whatever is left.
    arm: String,
    docs: Vec<String>,
    /// The types of argument and answer.
    request: String,
    answer: String,
    /// The same as documentation writes them, outside of the crate.
    shown_request: String,
    shown_answer: String,
    json_body: bool,
    /// Names and kinds of the arguments in a query.
    arguments: Vec<(String, &'static str)>,
    one_of: Vec<String>,
    idempotency_key: Option<String>,
    enveloped: bool,
}

/// The events that are posted.
#[derive(Debug, Serialize)]
pub(super) struct Webhooks {
    /// Whether posts are signed with RSA, or else with HMAC.
    rsa: bool,
    /// The types of the key and of the names of headers.
    key: &'static str,
    headers: &'static str,
    /// The types of the event and the reply as documentation writes them, outside of the crate.
    shown_events: String,
    shown_reply: String,
    signature: String,
    timestamp: String,
    recipient: Option<String>,
    events: String,
    reply: Option<String>,
    docs: Option<String>,
    path: String,
}

/// The constructor of a type that the user makes.
#[derive(Debug, Serialize)]
pub(super) struct Constructor {
    name: String,
    attributes: Vec<&'static str>,
    arguments: Vec<Argument>,
    optional: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Argument {
    name: String,
    rust: String,
    converted: bool,
}

/// A type of the crate, by its path in the crate.
fn outside(rust: &str) -> String {
    rust.replace("crate::", "")
}

impl Context<'_> {
    pub(super) fn offer(&mut self) -> Option<Offer> {
        let offer = self.product.offer.as_ref()?;
        let server::Envelope {
            success,
            code,
            ok,
            message,
            ok_message,
            data,
        } = offer.envelope.clone();
        let refusal = |field, form: &RefusalForm| Refusal {
            field,
            status: form.status,
            code: form.code.clone(),
        };
        let mut scope = Scope::new();
        let mut operations = Vec::new();
        for offered in &offer.operations {
            let function = names::snake(&offered.id);
            if let Err(other) = scope.claim(&function, &offered.id) {
                self.collision(&offered.location, &function, &offered.id, &other);
            }
            let arm = match operations.len() + 1 == offer.operations.len() {
                true => "_".to_owned(),
                false => operations.len().to_string(),
            };
            operations.push(self.offered(offered, function, arm));
        }
        Some(Offer {
            trait_name: names::type_name(&self.product.name),
            prefix: offer.prefix.clone(),
            time_limit: offer.time_limit,
            envelope: Envelope {
                success,
                code,
                ok,
                message,
                ok_message,
                data,
            },
            refusals: vec![
                refusal("invalid", &offer.refusals.invalid),
                refusal("overloaded", &offer.refusals.overloaded),
                refusal("timed_out", &offer.refusals.timed_out),
                refusal("failed", &offer.refusals.failed),
            ],
            operations,
        })
    }

    fn offered(&self, offered: &Offered, function: String, arm: String) -> Operation {
        let mut docs = vec![sentence(&offered.summary)];
        if let Some(description) = &offered.description {
            docs.extend([String::new(), sentence(description)]);
        }
        docs.push(String::new());
        let path = code_span(&format!("{} {}", offered.method, offered.path));
        docs.push(match offered.free_path {
            true => format!("- {path}, unless you choose another path"),
            false => format!("- {path}"),
        });
        if !offered.one_of.is_empty() {
            let names: Vec<String> = offered.one_of.iter().map(|name| code_span(name)).collect();
            docs.push(format!("- Comes with at least one of {}", names.join(", ")));
        }
        if let Some(key) = &offered.idempotency_key {
            let key = code_span(key);
            docs.push(format!(
                "- A repeated request (same {key}) is given the first one's answer without asking again"
            ));
        }
        if offered.optional {
            docs.push("- Need not be offered: HTTP 404 unless implemented".to_owned());
        }
        if let Some(link) = &offered.docs {
            docs.extend([String::new(), format!("[Official documentation]({link})")]);
        }
        let answer = self.rust_type(&offered.response);
        Operation {
            shown_request: format!("models::{}", offered.request),
            shown_answer: outside(&answer),
            id: offered.id.clone(),
            method: offered.method.clone(),
            path: offered.path.clone(),
            free_path: offered.free_path,
            optional: offered.optional,
            function,
            arm,
            docs,
            request: format!("crate::models::{}", offered.request),
            answer,
            json_body: offered.json_body,
            arguments: offered
                .parameters
                .iter()
                .map(|parameter| (parameter.name.clone(), self.argument_kind(parameter)))
                .collect(),
            one_of: offered.one_of.clone(),
            idempotency_key: offered.idempotency_key.clone(),
            enveloped: offered.enveloped,
        }
    }

    fn argument_kind(&self, parameter: &Parameter) -> &'static str {
        match self.product.resolve(&parameter.ty) {
            Type::Text | Type::Constant(_) => "Text",
            Type::Boolean { .. } | Type::Integer { .. } | Type::Decimal { .. } | Type::Time { .. } => {
                "Scalar"
            }
            Type::Named(name) => match self.product.types.get(name).map(|def| &def.kind) {
                Some(TypeKind::Enum(_)) => "Text",
                _ => "Json",
            },
            _ => "Json",
        }
    }

    pub(super) fn webhooks(&self) -> Option<Webhooks> {
        let webhooks = self.product.webhooks.as_ref()?;
        let (rsa, signature, timestamp, recipient) = match webhooks.signed_by.clone() {
            SignedBy::Rsa {
                signature,
                timestamp,
                recipient,
            } => (true, signature, timestamp, recipient),
            SignedBy::Hmac { signature } => (false, signature, String::new(), None),
        };
        let reply = webhooks.reply.as_ref().map(|reply| self.rust_type(reply));
        Some(Webhooks {
            rsa,
            key: if rsa { "RsaPublicKey" } else { "HmacKey" },
            headers: if rsa { "RsaHeaders" } else { "HmacHeader" },
            shown_events: format!("models::{}", webhooks.events),
            shown_reply: reply.as_deref().map_or_else(|| "()".to_owned(), outside),
            signature,
            timestamp,
            recipient,
            events: format!("crate::models::{}", webhooks.events),
            reply,
            docs: webhooks.docs.clone(),
            path: format!("/webhooks/{}", self.product.name),
        })
    }

    /// Constructors of the types that answers and replies are made of: their fields are public, but a struct that may
    /// get further fields cannot be written out elsewhere.
    pub(super) fn answer_constructors(&self, modules: &[Module]) -> Vec<Constructor> {
        let offered = self.product.offer.iter().flat_map(|offer| &offer.operations);
        let webhooks = self.product.webhooks.iter();
        let replies = webhooks.filter_map(|webhooks| webhooks.reply.as_ref());
        let answers = offered.map(|operation| &operation.response).chain(replies);
        let made_of = self.product.types_within(answers);
        let items = modules.iter().flat_map(|module| &module.types);
        items
            .filter(|item| made_of.contains(item.name()))
            .filter_map(|item| Some(self.constructor(item.name(), item.fields()?)))
            .collect()
    }

    fn constructor(&self, name: &str, fields: &[RustField]) -> Constructor {
        let (required, optional): (Vec<_>, Vec<_>) = fields.iter().partition(|field| field.required);
        let arguments: Vec<Argument> = required
            .into_iter()
            .map(|field| {
                let converted = !field.nullable && field.ty == Type::Text;
                Argument {
                    name: field.name.clone(),
                    rust: match converted {
                        true => format!("impl Into<{}>", field.rust),
                        false => field.rust.to_string(),
                    },
                    converted,
                }
            })
            .collect();
        Constructor {
            name: name.to_owned(),
            attributes: super::sent::constructor_attributes(arguments.len()),
            arguments,
            optional: optional.into_iter().map(|field| field.name.clone()).collect(),
        }
    }
}
