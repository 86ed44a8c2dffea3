//! The table of every payload that the crate can decode.

use binance_wire_model::api::{Call, Operation, Type, TypeKind};
use quote::quote;
use serde::Serialize;

use super::Context;
use crate::lower::rust::{Code, RustType, ident};

/// An entry of the table.
#[derive(Debug, Serialize)]
pub(super) struct Payload {
    transport: String,
    key: String,
    kind: String,
    /// The function that decodes and encodes again.
    recode: Code,
}

/// The table while it is made: what is there already stays.
#[derive(Default)]
struct Table(Vec<Payload>);

impl Table {
    fn add(&mut self, transport: &str, key: &str, kind: &str, recode: impl Into<Code>) {
        let there = |entry: &Payload| entry.transport == transport && entry.key == key && entry.kind == kind;
        if !self.0.iter().any(there) {
            let [transport, key, kind] = [transport, key, kind].map(str::to_owned);
            self.0.push(Payload {
                transport,
                key,
                kind,
                recode: recode.into(),
            });
        }
    }
}

impl Context<'_> {
    /// What `payloads` can check: every answer, every event and everything posted, in the envelope of its transport.
    pub(super) fn payloads(&self) -> Vec<Payload> {
        let mut table = Table::default();
        for operation in &self.product.operations {
            self.answers(operation, &mut table);
        }
        for stream in &self.product.streams {
            let event = RustType::from(&stream.event);
            let frame = quote!(recode::<StreamFrame<#event>>);
            let pattern = stream.pattern.as_str();
            table.add("ws_streams", pattern, "response", frame.clone());
            table.add("ws_streams", pattern, "event", frame.clone());
            for event in &stream.event_types {
                table.add("ws_streams", event, "event", frame.clone());
            }
        }
        let user_events = self.user_event_names();
        for event in user_events.iter().chain(&self.product.connection_events) {
            if let Some(tag) = self.event_tag(event) {
                let event = RustType::model(event);
                let frame = quote!(recode::<StreamFrame<#event>>);
                table.add("ws_streams", &tag, "event", frame.clone());
                table.add("ws_api", &tag, "event", frame);
            }
        }
        for offered in self.product.offer.iter().flat_map(|offer| &offer.operations) {
            let key = format!("{} {}", offered.method, offered.path);
            let answer = RustType::from(&offered.response);
            table.add("server", &key, "response", quote!(recode::<#answer>));
        }
        let posted = self.product.webhooks.as_ref().map(|webhooks| &webhooks.events);
        let posted = posted.and_then(|events| self.product.types.get(events));
        if let Some(TypeKind::Union { variants, .. }) = posted.map(|def| &def.kind) {
            for (value, variant) in variants {
                let event = RustType::model(variant);
                table.add("webhooks", value, "event", quote!(recode::<#event>));
            }
        }
        table.0
    }

    fn answers(&self, operation: &Operation, table: &mut Table) {
        let answer = RustType::from(&operation.response);
        let data = operation.error_data.as_ref();
        let data = data.map_or(RustType::RawJson, RustType::from);
        match &operation.call {
            Call::Rest { method, path } => {
                let key = format!("{method} {path}");
                let (response, error) = if operation.envelope.is_some() {
                    let request = ident(&self.request_name(operation));
                    (
                        quote!(recode_answer::<crate::requests::#request>),
                        quote!(recode_error::<crate::requests::#request, #data>),
                    )
                } else {
                    (quote!(recode::<#answer>), quote!(recode::<ErrorBody<#data>>))
                };
                table.add("rest", &key, "response", response);
                table.add("rest", &key, "error", error);
            }
            Call::WsApi { method } => {
                let frame = quote!(recode::<WsApiFrame<#answer, #data>>);
                table.add("ws_api", method, "response", frame.clone());
                table.add("ws_api", method, "error", frame);
            }
        }
    }

    fn user_event_names(&self) -> Vec<String> {
        let named = self
            .product
            .user_data
            .iter()
            .filter_map(|entry| match &entry.events {
                Type::Named(name) => Some(name),
                _ => None,
            });
        let mut events: Vec<String> = Vec::new();
        for name in self.product.user_data_events.iter().chain(named) {
            match self.product.types.get(name).map(|def| &def.kind) {
                Some(TypeKind::Union { variants, .. }) => events.extend(variants.values().cloned()),
                _ => events.push(name.clone()),
            }
        }
        events
    }

    /// The constant that an event's `e` has.
    pub(super) fn event_tag(&self, event: &str) -> Option<String> {
        match &self.product.types.get(event)?.kind {
            TypeKind::Object(fields) => {
                fields
                    .iter()
                    .find_map(|field| match (&field.ty, field.name.as_str()) {
                        (Type::Constant(tag), "e") => Some(tag.clone()),
                        _ => None,
                    })
            }
            _ => None,
        }
    }
}
