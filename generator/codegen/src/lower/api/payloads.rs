//! The table of every payload that the crate can decode.

use binance_wire_model::api::{Call, Operation, Transport, Type, TypeKind};
use binance_wire_model::server::OwnServer;
use quote::quote;
use serde::Serialize;

use super::Context;
use crate::lower::rust::{Code, RustType, ident};
use crate::names;

/// An entry of the table.
#[derive(Debug, Serialize)]
pub(super) struct Payload {
    transport: String,
    key: String,
    kind: Kind,
    /// The function that decodes and encodes again.
    recode: Code,
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
    fn add(&mut self, transport: &str, key: &str, kind: Kind, recode: impl Into<Code>) {
        let transport = names::snake(transport);
        let there = |entry: &Payload| entry.transport == transport && entry.key == key && entry.kind == kind;
        if !self.0.iter().any(there) {
            self.0.push(Payload {
                transport,
                key: key.to_owned(),
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
            table.add(
                Transport::WsStreams.name(),
                pattern,
                Kind::Response,
                frame.clone(),
            );
            table.add(Transport::WsStreams.name(), pattern, Kind::Event, frame.clone());
            for event in &stream.event_types {
                table.add(Transport::WsStreams.name(), event, Kind::Event, frame.clone());
            }
        }
        let user_events = self.user_event_names();
        for event in user_events.iter().chain(&self.product.connection_events) {
            if let Some(tag) = self.event_tag(event) {
                let event = RustType::model(event);
                let frame = quote!(recode::<StreamFrame<#event>>);
                table.add(Transport::WsStreams.name(), &tag, Kind::Event, frame.clone());
                table.add(Transport::WsApi.name(), &tag, Kind::Event, frame);
            }
        }
        for offered in self.product.offer.iter().flat_map(|offer| &offer.operations) {
            let key = format!("{} {}", offered.method, offered.path);
            let answer = RustType::from(&offered.response);
            table.add(
                OwnServer::Offer.name(),
                &key,
                Kind::Response,
                quote!(recode::<#answer>),
            );
        }
        let posted = self.product.webhooks.as_ref().map(|webhooks| &webhooks.events);
        let posted = posted.and_then(|events| self.product.types.get(events));
        if let Some(TypeKind::Union { variants, .. }) = posted.map(|def| &def.kind) {
            for (value, variant) in variants {
                let event = RustType::model(variant);
                table.add(
                    OwnServer::Webhooks.name(),
                    value,
                    Kind::Event,
                    quote!(recode::<#event>),
                );
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
                table.add(Transport::Rest.name(), &key, Kind::Response, response);
                table.add(Transport::Rest.name(), &key, Kind::Error, error);
            }
            Call::WsApi { method } => {
                let frame = quote!(recode::<WsApiFrame<#answer, #data>>);
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
