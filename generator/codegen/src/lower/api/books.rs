//! `x-book` → what a product's crate says of its order books.

use binance_wire_model::api::{BookRule, BookSource, Operation, Stream, Type};
use binance_wire_model::diagnostics::Diagnostic;
use proc_macro2::TokenStream;
use quote::quote;
use serde::Serialize;

use super::Context;
use super::example::{Passed, Uses};
use super::lookup::field_name;
use super::streams::Streams;
use crate::lower::rust::{Code, Printed, RustType, ident};
use crate::names;

/// The order books of a product.
#[derive(Debug, Serialize)]
pub(super) struct Books {
    /// The variant of `Rule`.
    rule: &'static str,
    depth: u32,
    weight: u32,
    confirm: Option<u32>,
    /// The variant of the union of events.
    variant: String,
    event: RustType,
    first: String,
    last: String,
    previous: Option<String>,
    time: Option<String>,
    /// The type of the request of a snapshot.
    request: String,
    snapshot: RustType,
    snapshot_id: String,
    snapshot_time: Option<String>,
    /// The name of the stream of `symbol`.
    stream: Printed,
    /// The symbol in examples.
    symbol: Code,
    /// The documentation of the stream.
    docs: Option<String>,
}

impl Context<'_> {
    /// The books of the first stream that keeps any.
    pub(super) fn books(&mut self, streams: Option<&Streams>) -> Option<Books> {
        let product = self.product;
        let (stream, source) = product
            .streams
            .iter()
            .find_map(|stream| Some((stream, stream.book.as_ref()?)))?;
        let books = self.book(stream, source, streams?);
        if let Err((message, remedy)) = &books {
            self.errors
                .push(Diagnostic::at(&source.location, message.clone(), *remedy));
        }
        books.ok()
    }

    fn book(
        &self,
        stream: &Stream,
        source: &BookSource,
        streams: &Streams,
    ) -> Result<Books, (String, &'static str)> {
        let event = RustType::from(&stream.event);
        let member = |wire: &str| self.book_member(&stream.event, wire);
        let needed = |wire: &str| {
            member(wire).ok_or_else(|| {
                let message = format!(
                    "the events of `{}` have no `{wire}`, which a book needs",
                    stream.id
                );
                (message, "declare it as a required member, or take x-book away")
            })
        };
        let linked = source.rule == BookRule::Linked;
        let previous = linked.then(|| needed("pu")).transpose()?;
        for (wire, name) in [("b", "bids"), ("a", "asks")] {
            if needed(wire)? != name {
                let message = format!("`{wire}` of the events of `{}` is not called {name}", stream.id);
                return Err((message, "give it that x-name"));
            }
        }
        let operation = self
            .rest_operation(&source.snapshot)
            .filter(|operation| takes_symbol_and_limit(operation))
            .ok_or_else(|| {
                let message = format!(
                    "`{}` is no REST operation that takes a symbol and a limit",
                    source.snapshot
                );
                (
                    message,
                    "name the operation that answers with a snapshot of a book",
                )
            })?;
        let answer = |wire: &str| {
            self.book_member(&operation.response, wire).ok_or_else(|| {
                let message = format!("the answer of `{}` has no `{wire}`", operation.id);
                (
                    message,
                    "name the operation that answers with a snapshot of a book",
                )
            })
        };
        answer("bids")?;
        answer("asks")?;
        let (stream_name, symbol) = self.book_stream(stream, source)?;
        Ok(Books {
            rule: match source.rule {
                BookRule::Sequential => "Sequential",
                BookRule::Linked => "Linked",
            },
            depth: source.depth,
            weight: source.weight_per_minute,
            confirm: source.confirm,
            variant: streams.variant_of(&event).unwrap_or_default(),
            event,
            first: needed("U")?,
            last: needed("u")?,
            previous,
            time: member("E"),
            request: names::type_name(&operation.id),
            snapshot: RustType::from(&operation.response),
            snapshot_id: answer("lastUpdateId")?,
            snapshot_time: self.book_member(&operation.response, "E"),
            stream: stream_name.into(),
            symbol: symbol.into(),
            docs: stream.docs.clone(),
        })
    }

    /// The name of the stream of `symbol`, and a symbol for examples.
    fn book_stream(
        &self,
        stream: &Stream,
        source: &BookSource,
    ) -> Result<(TokenStream, TokenStream), (String, &'static str)> {
        let (mut values, mut example) = (Vec::new(), None);
        for name in stream.pattern.placeholders() {
            let Some(parameter) = stream.parameters.iter().find(|parameter| parameter.name == name) else {
                continue;
            };
            let speed = match (&source.update_speed, self.product.resolve(&parameter.ty)) {
                (Some(speed), Type::Named(set)) => {
                    let set = RustType::model(set);
                    let variant = ident(&super::types::value_name(speed));
                    Some(quote!(#set::#variant))
                }
                _ => None,
            };
            values.push(match (parameter.required, speed) {
                (true, _) if parameter.name == "symbol" => {
                    let passed = Passed::Argument;
                    example =
                        self.example(&parameter.name, &parameter.ty, None, passed, &mut Uses::default());
                    quote!(symbol)
                }
                (true, Some(speed)) => speed,
                (false, Some(speed)) => quote!(Some(#speed)),
                (false, None) => quote!(None),
                (true, None) => {
                    let message = format!("nothing says what `{name}` is in the stream of a book");
                    return Err((message, "write update-speed, or take x-book away"));
                }
            });
        }
        let function = ident(&names::snake(&stream.id));
        Ok((
            quote!(crate::streams::#function(#(#values),*)),
            example.unwrap_or_else(|| quote!("BTCUSDT")),
        ))
    }

    /// The field of a required member.
    fn book_member(&self, ty: &Type, wire: &str) -> Option<String> {
        let field = self.field_of(ty, wire).filter(|field| field.required)?;
        Some(field_name(field))
    }
}

fn takes_symbol_and_limit(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter();
    let only_symbol = parameters.all(|parameter| parameter.required == (parameter.name == "symbol"));
    let mut parameters = operation.parameters.iter();
    only_symbol && parameters.any(|parameter| parameter.name == "limit")
}
