//! What the user's own server offers → a trait, the table that the runtime serves it by, and constructors of answers.

use binance_wire_model::api::{Parameter, Type, TypeKind};
use binance_wire_model::server::{self, Offered, RefusalForm, SignedBy};
use quote::quote;
use serde::Serialize;

use super::Context;
use super::sent::{constructor_attributes, value_type};
use super::text::{code_span, sentence};
use super::types::{Module, RustField};
use crate::lower::constructor::{Constructor, Member};
use crate::lower::rust::{Code, Printed, RustType};
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
    /// The methods that an implementation must have, as documentation shows them.
    shown: Vec<Shown>,
}

/// The members of the envelope, as `Option` where they need not be there.
#[derive(Debug, Serialize)]
struct Envelope {
    success: Code,
    code: Code,
    ok: String,
    message: Code,
    ok_message: Code,
    data: Code,
}

#[derive(Debug, Serialize)]
struct Shown {
    function: String,
    request: String,
    answer: String,
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
    method: &'static str,
    path: String,
    free_path: bool,
    optional: bool,
    function: String,
    /// The pattern of its place among the operations; the last one is for whatever is left.
    arm: String,
    docs: Vec<String>,
    /// The types of argument and answer.
    request: RustType,
    answer: RustType,
    json_body: bool,
    /// The arguments in a query.
    arguments: Vec<QueryArgument>,
    one_of: Vec<String>,
    idempotency_key: Code,
    enveloped: bool,
}

#[derive(Debug, Serialize)]
struct QueryArgument {
    name: String,
    kind: &'static str,
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
    events: RustType,
    reply: RustType,
    /// Whether the reply says anything.
    replies: bool,
    docs: Option<String>,
    path: String,
}

/// The constructor of a type that the user makes.
#[derive(Debug, Serialize)]
pub(super) struct AnswerConstructor {
    name: String,
    attributes: Vec<Printed>,
    pub(super) make: Constructor,
    optional: Vec<String>,
}

/// A text that need not be there.
fn option(text: Option<&String>) -> Code {
    match text {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    }
    .into()
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
        } = &offer.envelope;
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
        let shown = operations.iter().filter(|operation| !operation.optional);
        let shown = shown.map(|operation| Shown {
            function: operation.function.clone(),
            request: operation.request.outside(),
            answer: operation.answer.outside(),
        });
        Some(Offer {
            shown: shown.collect(),
            trait_name: names::type_name(&self.product.name),
            prefix: offer.prefix.clone(),
            time_limit: offer.time_limit,
            envelope: Envelope {
                success: option(success.as_ref()),
                code: option(code.as_ref()),
                ok: ok.clone(),
                message: option(message.as_ref()),
                ok_message: option(ok_message.as_ref()),
                data: option(data.as_ref()),
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
        Operation {
            id: offered.id.clone(),
            method: offered.method.name(),
            path: offered.path.clone(),
            free_path: offered.free_path,
            optional: offered.optional,
            function,
            arm,
            docs,
            request: RustType::model(&offered.request),
            answer: RustType::sent(&offered.response),
            json_body: offered.json_body,
            arguments: offered
                .parameters
                .iter()
                .map(|parameter| QueryArgument {
                    name: parameter.name.clone(),
                    kind: self.argument_kind(parameter),
                })
                .collect(),
            one_of: offered.one_of.clone(),
            idempotency_key: option(offered.idempotency_key.as_ref()),
            enveloped: offered.enveloped,
        }
    }

    fn argument_kind(&self, parameter: &Parameter) -> &'static str {
        match self.product.resolve(&parameter.ty) {
            Type::Text | Type::Constant(_) => "Text",
            Type::Boolean { as_text: true }
            | Type::Integer { as_text: true, .. }
            | Type::Decimal { bare: false }
            | Type::Time { as_text: true, .. } => "ScalarText",
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
        let events = RustType::model(&webhooks.events);
        let reply = webhooks.reply.as_ref().map_or(RustType::Unit, RustType::from);
        Some(Webhooks {
            rsa,
            key: if rsa { "RsaPublicKey" } else { "HmacKey" },
            headers: if rsa { "RsaHeaders" } else { "HmacHeader" },
            shown_events: events.outside(),
            shown_reply: reply.outside(),
            signature,
            timestamp,
            recipient,
            events,
            reply,
            replies: webhooks.reply.is_some(),
            docs: webhooks.docs.clone(),
            path: format!("/webhooks/{}", self.product.name),
        })
    }

    /// Constructors of the types that answers and replies are made of: their fields are public, but a struct that may
    /// get further fields cannot be written out elsewhere.
    pub(super) fn answer_constructors(&self, modules: &[Module]) -> Vec<AnswerConstructor> {
        let offered = self.product.offer.iter().flat_map(|offer| &offer.operations);
        let webhooks = self.product.webhooks.iter();
        let replies = webhooks.filter_map(|webhooks| webhooks.reply.as_ref());
        let answers = offered.map(|operation| &operation.response).chain(replies);
        let made_of = self.product.types_within(answers);
        let items = modules.iter().flat_map(|module| &module.types);
        items
            .filter(|item| made_of.contains(item.name()))
            .filter_map(|item| Some(answer_constructor(item.name(), item.fields()?)))
            .collect()
    }
}

fn answer_constructor(name: &str, fields: &[RustField]) -> AnswerConstructor {
    let (required, optional): (Vec<_>, Vec<_>) = fields.iter().partition(|field| field.required);
    let members: Vec<Member> = required
        .into_iter()
        .map(|field| {
            let ty = value_type(&field.ty, field.nullable);
            Member::converted(&field.name, &field.doc, &ty)
        })
        .collect();
    AnswerConstructor {
        name: name.to_owned(),
        attributes: constructor_attributes(members.len()),
        make: Constructor::new(&[], name, members),
        optional: optional.into_iter().map(|field| field.name.clone()).collect(),
    }
}
