//! The table of every payload that the crate can decode.

use binance_wire_model::api::{Call, Operation, Transport, Type, TypeKind};
use binance_wire_model::server::OwnServer;
use serde::Serialize;

use super::Context;
use crate::names;

/// An entry of the table.
#[derive(Debug, Serialize)]
pub(super) struct Payload {
    transport: String,
    key: String,
    kind: Kind,
    /// The function that decodes and encodes again.
    recode: String,
}

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Response,
    Event,
    Error,
}

/// The table while it is made: what is there already stays.
#[derive(Default)]
struct Table(Vec<Payload>);

impl Table {
    fn add(&mut self, transport: &str, key: &str, kind: Kind, recode: String) {
        let transport = names::snake(transport);
        let there = |entry: &Payload| entry.transport == transport && entry.key == key && entry.kind == kind;
        if !self.0.iter().any(there) {
            self.0.push(Payload {
                transport,
                key: key.to_owned(),
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
            table.add(
                Transport::WsStreams.name(),
                &stream.pattern,
                Kind::Response,
                frame.clone(),
            );
            table.add(
                Transport::WsStreams.name(),
                &stream.pattern,
                Kind::Event,
                frame.clone(),
            );
            for event in &stream.event_types {
                table.add(Transport::WsStreams.name(), event, Kind::Event, frame.clone());
            }
        }
        let user_events = self.user_event_names();
        for event in user_events.iter().chain(&self.product.connection_events) {
            if let Some(tag) = self.event_tag(event) {
                let frame = format!("recode::<StreamFrame<crate::models::{event}>>");
                table.add(Transport::WsStreams.name(), &tag, Kind::Event, frame.clone());
                table.add(Transport::WsApi.name(), &tag, Kind::Event, frame);
            }
        }
        for offered in self.product.offer.iter().flat_map(|offer| &offer.operations) {
            let key = format!("{} {}", offered.method, offered.path);
            let answer = self.rust_type(&offered.response);
            table.add(
                OwnServer::Offer.name(),
                &key,
                Kind::Response,
                format!("recode::<{answer}>"),
            );
        }
        let posted = self.product.webhooks.as_ref().map(|webhooks| &webhooks.events);
        let posted = posted.and_then(|events| self.product.types.get(events));
        if let Some(TypeKind::Union { variants, .. }) = posted.map(|def| &def.kind) {
            for (value, variant) in variants {
                let recode = format!("recode::<crate::models::{variant}>");
                table.add(OwnServer::Webhooks.name(), value, Kind::Event, recode);
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
                table.add(Transport::Rest.name(), &key, Kind::Response, response);
                table.add(Transport::Rest.name(), &key, Kind::Error, error);
            }
            Call::WsApi { method } => {
                let frame = format!("recode::<WsApiFrame<{answer}, {data}>>");
                table.add(Transport::WsApi.name(), method, Kind::Response, frame.clone());
                table.add(Transport::WsApi.name(), method, Kind::Error, frame);
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
