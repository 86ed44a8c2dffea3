//! The table of every payload that the crate can decode.

use binance_wire_model::api::{Call, Operation, Type, TypeKind};
use serde::Serialize;

use super::Context;

/// An entry of the table.
#[derive(Debug, Serialize)]
pub(super) struct Payload {
    transport: String,
    key: String,
    kind: String,
    /// The function that decodes and encodes again.
    recode: String,
}

/// The table while it is made: what is there already stays.
#[derive(Default)]
struct Table(Vec<Payload>);

impl Table {
    fn add(&mut self, transport: &str, key: &str, kind: &str, recode: String) {
        let there = |entry: &Payload| entry.transport == transport && entry.key == key && entry.kind == kind;
        if !self.0.iter().any(there) {
            let [transport, key, kind] = [transport, key, kind].map(str::to_owned);
            self.0.push(Payload {
                transport,
                key,
                kind,
                recode,
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
            let frame = format!("recode::<StreamFrame<{}>>", self.rust_type(&stream.event));
            table.add("ws_streams", &stream.pattern, "response", frame.clone());
            table.add("ws_streams", &stream.pattern, "event", frame.clone());
            for event in &stream.event_types {
                table.add("ws_streams", event, "event", frame.clone());
            }
        }
        let user_events = self.user_event_names();
        for event in user_events.iter().chain(&self.product.connection_events) {
            if let Some(tag) = self.event_tag(event) {
                let frame = format!("recode::<StreamFrame<crate::models::{event}>>");
                table.add("ws_streams", &tag, "event", frame.clone());
                table.add("ws_api", &tag, "event", frame);
            }
        }
        for offered in self.product.offer.iter().flat_map(|offer| &offer.operations) {
            let key = format!("{} {}", offered.method, offered.path);
            let answer = self.rust_type(&offered.response);
            table.add("server", &key, "response", format!("recode::<{answer}>"));
        }
        let posted = self.product.webhooks.as_ref().map(|webhooks| &webhooks.events);
        let posted = posted.and_then(|events| self.product.types.get(events));
        if let Some(TypeKind::Union { variants, .. }) = posted.map(|def| &def.kind) {
            for (value, variant) in variants {
                let recode = format!("recode::<crate::models::{variant}>");
                table.add("webhooks", value, "event", recode);
            }
        }
        table.0
    }

    fn answers(&self, operation: &Operation, table: &mut Table) {
        let answer = self.rust_type(&operation.response);
        let data = operation.error_data.as_ref();
        let data = data.map_or("RawJson".to_owned(), |data| self.rust_type(data));
        match &operation.call {
            Call::Rest { method, path } => {
                let key = format!("{method} {path}");
                let (response, error) = if operation.envelope.is_some() {
                    let request = format!("crate::requests::{}", self.request_name(operation));
                    (
                        format!("recode_answer::<{request}>"),
                        format!("recode_error::<{request}, {data}>"),
                    )
                } else {
                    (
                        format!("recode::<{answer}>"),
                        format!("recode::<ErrorBody<{data}>>"),
                    )
                };
                table.add("rest", &key, "response", response);
                table.add("rest", &key, "error", error);
            }
            Call::WsApi { method } => {
                let frame = format!("recode::<WsApiFrame<{answer}, {data}>>");
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
