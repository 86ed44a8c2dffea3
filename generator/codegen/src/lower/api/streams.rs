//! Streams → name functions, the union of events, and the decoder that distinguishes events.

use std::collections::BTreeMap;

use binance_wire_model::api::{Parameter, Stream, Type};
use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::path::Piece;
use binance_wire_model::stream_pattern::Beginning;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde::Serialize;

use super::Context;
use super::example::Example;
use super::text::{code_span, sentence};
use super::user_data::UserDataSource;
use crate::lower::rust::{Code, RustType, ident};
use crate::names::{self, Scope};

/// What the runtime's rules have.
const MESSAGES_PER_SECOND: u32 = 5;

/// All streams of a product.
#[derive(Debug, Serialize)]
pub(super) struct Streams {
    /// A program that makes a name.
    example: Option<Example>,
    names: Vec<Name>,
    events: Vec<Event>,
    /// How the channel of a stream tells its event.
    by_channel: Vec<ByText>,
    /// How the beginning of the channel tells it, the longest beginning first.
    by_prefix: Vec<ByText>,
    /// How `e` tells the event of an object.
    by_type: Vec<ByText>,
    /// The same for the first element of an array.
    by_type_of_list: Vec<ByText>,
    /// Events without `e`, told by the members that they have.
    by_members: Vec<ByMembers>,
    /// Events that come without a subscription: the stream name that the exchange gives them.
    connection: Vec<ByText>,
    /// Names that begin with a text of their own and are told by what they end with.
    by_ends: Vec<ByEnds>,
    /// What differs from the usual on every connection.
    rules: Option<Rules>,
    /// Whether the address is signed and streams are topics.
    signed_topics: bool,
    pub(super) user_data: Vec<UserDataSource>,
}

/// Whether the names of a stream begin with small letters, if they have an `@`.
fn begins_in_small_letters(stream: &Stream) -> bool {
    let lower = |name: &str| {
        let mut parameters = stream.parameters.iter();
        parameters.any(|parameter| parameter.name == *name && parameter.lower_case)
    };
    match stream.pattern.parts() {
        [first, _, ..] => match first.first() {
            Some(Piece::Literal(text)) => text.starts_with('!') || !text.contains(char::is_uppercase),
            Some(Piece::Variable(name)) => lower(name),
            None => true,
        },
        _ => true,
    }
}

/// Routes and limits.
#[derive(Debug, Serialize)]
struct Rules {
    routes: Vec<Route>,
    streams: Vec<Routed>,
    max_streams: u32,
    messages_per_second: u32,
    lower_case: bool,
}

#[derive(Debug, Serialize)]
struct Route {
    name: String,
    path: String,
}

/// A stream on a route.
#[derive(Debug, Serialize)]
struct Routed {
    pattern: String,
    /// The place of its route in the list.
    route: usize,
}

/// A function that makes a stream's name.
#[derive(Debug, Serialize)]
struct Name {
    function: String,
    docs: Vec<String>,
    arguments: Vec<Argument>,
    body: Code,
    deprecated: bool,
    /// Other names by which documentation is searched.
    aliases: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Argument {
    name: String,
    rust: Code,
}

#[derive(Debug, Serialize)]
struct Event {
    variant: String,
    rust: RustType,
    doc: String,
}

/// An event that a text tells.
#[derive(Debug, Serialize)]
struct ByText {
    text: String,
    variant: String,
}

#[derive(Debug, Serialize)]
struct ByEnds {
    /// The first part of a name, with the `@` behind it.
    first: String,
    last: String,
    /// Whether the last part is `last`, and does not just begin with it.
    exact: bool,
    variant: String,
}

#[derive(Debug, Serialize)]
struct ByMembers {
    members: Vec<String>,
    variant: String,
}

impl Streams {
    /// The call that makes the name of the stream at a place of the product's list.
    pub(super) fn has_market_streams(&self) -> bool {
        !self.names.is_empty()
    }

    /// The variant of the union of events for a type.
    pub(super) fn variant_of(&self, event: &RustType) -> Option<String> {
        let mut events = self.events.iter();
        let event = events.find(|known| known.rust == *event)?;
        Some(event.variant.clone())
    }
}

impl Context<'_> {
    pub(super) fn streams(&mut self) -> Option<Streams> {
        if self.product.streams.is_empty() && self.product.user_data.is_empty() {
            return None;
        }
        let product = self.product;
        let mut lowered = Streams {
            by_ends: Vec::new(),
            rules: self.stream_rules(),
            signed_topics: product.stream_rules.signed_topics,
            user_data: self.user_data_sources(),
            example: self.name_example(),
            names: Vec::new(),
            events: Vec::new(),
            by_channel: Vec::new(),
            by_prefix: Vec::new(),
            by_type: Vec::new(),
            by_type_of_list: Vec::new(),
            by_members: Vec::new(),
            connection: Vec::new(),
        };
        let mut variants: BTreeMap<RustType, String> = BTreeMap::new();
        let mut variant_names = Scope::new();
        let _ = variant_names.claim("Unrecognized", "what is not known");
        let mut functions = Scope::new();
        for own in ["builder", "builder_at"] {
            let _ = functions.claim(own, "the module's own function");
        }
        for (entry, source) in product.user_data.iter().zip(&lowered.user_data) {
            for function in [source.function.clone(), format!("{}_at", source.function)] {
                let name = format!("user data {}", entry.name);
                if let Err(other) = functions.claim(&function, &name) {
                    self.collision(&entry.location, &function, &name, &other);
                }
            }
        }
        let mut by_name: Vec<(Beginning, String)> = Vec::new();
        let mut ambiguous: Vec<Beginning> = Vec::new();
        for stream in &product.streams {
            let name = self.stream_name(stream);
            if let Err(other) = functions.claim(&name.function, &stream.id) {
                self.collision(&stream.location, &name.function, &stream.id, &other);
            }
            lowered.names.push(name);
            let rust = RustType::from(&stream.event);
            let variant = match variants.get(&rust) {
                Some(variant) => variant.clone(),
                None => {
                    let variant = match self.claim_variant(&mut variant_names, &stream.event, &rust) {
                        Ok(variant) => variant,
                        Err((variant, other)) => {
                            self.collision(&stream.location, &variant, &rust.to_string(), &other);
                            variant
                        }
                    };
                    lowered.events.push(Event {
                        doc: self.event_doc(&stream.event, stream, &variant),
                        variant: variant.clone(),
                        rust: rust.clone(),
                    });
                    variants.insert(rust, variant.clone());
                    variant
                }
            };
            let channel = stream.pattern.channel();
            if let Some((first, last)) = stream.pattern.ends().filter(|_| channel.text.is_empty()) {
                lowered.by_ends.push(ByEnds {
                    first: format!("{first}@"),
                    last: last.text,
                    exact: last.whole,
                    variant: variant.clone(),
                });
            }
            match by_name.iter().find(|(known, _)| *known == channel) {
                // Two events under one name are told by what they hold.
                Some((_, known)) if *known != variant => ambiguous.push(channel),
                Some(_) => {}
                // A name that begins with a placeholder tells nothing.
                None if channel.text.is_empty() => {}
                None => by_name.push((channel, variant.clone())),
            }
            self.distinguish_by_contents(stream, &variant, &mut lowered);
        }
        for event in &product.connection_events {
            let rust = RustType::model(event);
            let variant = match variants.get(&rust) {
                Some(variant) => variant.clone(),
                None => {
                    let def = product.types.get(event);
                    let ty = Type::Named(event.clone());
                    let variant = match self.claim_variant(&mut variant_names, &ty, &rust) {
                        Ok(variant) => variant,
                        Err((variant, other)) => {
                            let location = def.map(|def| def.location.clone()).unwrap_or_default();
                            self.collision(&location, &variant, &rust.to_string(), &other);
                            variant
                        }
                    };
                    lowered.events.push(Event {
                        doc: sentence(def.and_then(|d| d.description.as_deref()).unwrap_or(event)),
                        rust: rust.clone(),
                        variant: variant.clone(),
                    });
                    variants.insert(rust, variant.clone());
                    variant
                }
            };
            if let Some(value) = self.event_tag(event) {
                lowered.connection.push(ByText {
                    text: value.clone(),
                    variant: variant.clone(),
                });
                if !lowered.by_type.iter().any(|known| known.text == value) {
                    lowered.by_type.push(ByText { text: value, variant });
                }
            }
        }
        by_name.retain(|(known, _)| !ambiguous.contains(known));
        // A longer prefix before a shorter one.
        by_name.sort_by(|(a, _), (b, _)| (b.text.len(), &a.text).cmp(&(a.text.len(), &b.text)));
        for (Beginning { text, whole }, variant) in by_name {
            match whole {
                true => &mut lowered.by_channel,
                false => &mut lowered.by_prefix,
            }
            .push(ByText { text, variant });
        }
        lowered
            .by_members
            .sort_by_key(|known| std::cmp::Reverse(known.members.len()));
        Some(lowered)
    }

    /// Routes and limits, where they are not the usual ones.
    fn stream_rules(&mut self) -> Option<Rules> {
        let product = self.product;
        let rules = &product.stream_rules;
        let lower_case = product.streams.iter().all(begins_in_small_letters);
        if rules.routes.is_empty()
            && rules.max_streams.is_none()
            && rules
                .messages_per_second
                .is_none_or(|messages| messages == MESSAGES_PER_SECOND)
            && lower_case
        {
            return None;
        }
        let mut routed: Vec<(&Stream, usize)> = Vec::new();
        for stream in &product.streams {
            let Some(route) = stream
                .route
                .as_ref()
                .and_then(|name| rules.routes.get_index_of(name))
            else {
                continue;
            };
            let channel = stream.pattern.channel();
            let same = |(other, other_route): &&(&Stream, usize)| {
                *other_route != route && !channel.text.is_empty() && other.pattern.channel() == channel
            };
            if let Some((other, _)) = routed.iter().find(same) {
                self.errors.push(Diagnostic::at(
                    &stream.location,
                    format!(
                        "names of `{}` cannot be distinguished from those of `{}`, which has another route",
                        stream.pattern, other.pattern
                    ),
                    "give both the same x-route",
                ));
            }
            routed.push((stream, route));
        }
        let streams = routed.into_iter().map(|(stream, route)| Routed {
            pattern: stream.pattern.to_string(),
            route,
        });
        Some(Rules {
            routes: rules
                .routes
                .iter()
                .map(|(name, path)| Route {
                    name: name.clone(),
                    path: path.clone(),
                })
                .collect(),
            streams: streams.collect(),
            max_streams: rules.max_streams.unwrap_or(1024),
            messages_per_second: rules.messages_per_second.unwrap_or(MESSAGES_PER_SECOND),
            lower_case,
        })
    }

    fn distinguish_by_contents(&self, stream: &Stream, variant: &str, lowered: &mut Streams) {
        let list = matches!(self.product.resolve(&stream.event), Type::Array(_));
        for value in &stream.event_types {
            let into = if list {
                &mut lowered.by_type_of_list
            } else {
                &mut lowered.by_type
            };
            if !into.iter().any(|known| known.text == *value) {
                into.push(ByText {
                    text: value.clone(),
                    variant: variant.to_owned(),
                });
            }
        }
        if stream.event_types.is_empty() && !list && !lowered.by_members.iter().any(|k| k.variant == variant)
        {
            let members = self.product.required_members(&stream.event).unwrap_or_default();
            if !members.is_empty() {
                lowered.by_members.push(ByMembers {
                    members: members.into_iter().take(64).map(str::to_owned).collect(),
                    variant: variant.to_owned(),
                });
            }
        }
    }

    fn event_doc(&self, ty: &Type, stream: &Stream, variant: &str) -> String {
        let described = match self.product.resolve(ty) {
            Type::Named(name) => self
                .product
                .types
                .get(name)
                .and_then(|def| def.description.as_deref()),
            _ => None,
        };
        match described.unwrap_or(&stream.summary) {
            "" => format!("{}.", code_span(variant)),
            text => sentence(text),
        }
    }

    fn stream_name(&mut self, stream: &Stream) -> Name {
        let mut docs = vec![sentence(&stream.summary), String::new()];
        if let Some(description) = &stream.description {
            docs.push(sentence(description));
            docs.push(String::new());
        }
        docs.push(format!("- Name: {}", code_span(stream.pattern.as_str())));
        if let Some(speed) = &stream.update_speed {
            docs.push(format!("- Update speed: {speed}"));
        }
        if let Some(path) = stream
            .route
            .as_ref()
            .and_then(|name| self.product.stream_rules.routes.get(name))
        {
            docs.push(format!("- Route: {}", code_span(path)));
        }
        if let Some(link) = &stream.docs {
            docs.push(String::new());
            docs.push(format!("[Official documentation]({link})"));
        }
        let mut arguments = Vec::new();
        let mut statements = Vec::new();
        let mut scope = Scope::new();
        let mut literal = String::new();
        for (at, part) in stream.pattern.parts().iter().enumerate() {
            if at > 0 {
                literal.push('@');
            }
            for piece in part {
                let placeholder = match piece {
                    Piece::Literal(text) => {
                        literal.push_str(text);
                        continue;
                    }
                    Piece::Variable(placeholder) => placeholder,
                };
                let Some(parameter) = stream.parameters.iter().find(|p| p.name == *placeholder) else {
                    continue;
                };
                let mut name = names::snake(placeholder);
                if name == "name" {
                    // The function builds the name in a variable of this name.
                    name.push('_');
                }
                if let Err(other) = scope.claim(&name, placeholder) {
                    self.collision(&stream.location, &name, placeholder, &other);
                }
                let rust = self.argument_type(parameter);
                let argument = ident(&name);
                // An optional placeholder takes the `@` before it along.
                let taken = !parameter.required && literal.ends_with('@');
                if taken {
                    literal.pop();
                }
                statements.extend(push(&std::mem::take(&mut literal)));
                if parameter.required {
                    statements.push(self.append(parameter, &argument));
                    arguments.push(Argument {
                        name,
                        rust: rust.into(),
                    });
                } else {
                    let at = taken.then(|| push("@"));
                    let append = self.append(parameter, &ident("value"));
                    statements.push(quote!(if let Some(value) = #argument { #at #append }));
                    arguments.push(Argument {
                        name,
                        rust: quote!(Option<#rust>).into(),
                    });
                }
            }
        }
        statements.extend(push(&literal));
        let body = match arguments.is_empty() {
            true => {
                let name = stream.pattern.as_str();
                quote!(Text::from(#name))
            }
            false => quote! {
                let mut name = String::with_capacity(32);
                #(#statements)*
                Text::from(name)
            },
        };
        let function = names::snake(&stream.id);
        Name {
            function,
            docs,
            arguments,
            body: body.into(),
            deprecated: stream.deprecated,
            aliases: stream.aliases.clone(),
        }
    }

    fn argument_type(&self, parameter: &Parameter) -> TokenStream {
        match self.product.resolve(&parameter.ty) {
            Type::Text | Type::Constant(_) => quote!(&str),
            other => {
                let rust = RustType::from(other);
                quote!(#rust)
            }
        }
    }

    /// The statement that appends a value of a placeholder to the name.
    fn append(&self, parameter: &Parameter, value: &Ident) -> TokenStream {
        let text = match self.product.resolve(&parameter.ty) {
            Type::Text | Type::Constant(_) => quote!(#value),
            Type::Named(_) => quote!(#value.as_str()),
            _ => return quote!(name.push_str(&#value.to_string());),
        };
        match parameter.lower_case {
            true => quote!(name.extend(#text.chars().flat_map(char::to_lowercase));),
            false => quote!(name.push_str(#text);),
        }
    }

    /// Claims the variant of an event: `AggTradeEvent` → `AggTrade`, and lists of it → `AggTradeList`. Where that is
    /// another event's, the whole name.
    fn claim_variant(
        &self,
        scope: &mut Scope,
        ty: &Type,
        rust: &RustType,
    ) -> Result<String, (String, String)> {
        let rust = rust.to_string();
        let short = self.event_variant_of(ty, event_variant);
        if scope.claim(&short, &rust).is_ok() {
            return Ok(short);
        }
        let whole = self.event_variant_of(ty, names::pascal);
        match scope.claim(&whole, &rust) {
            Ok(()) => Ok(whole),
            Err(other) => Err((whole, other)),
        }
    }

    fn event_variant_of(&self, ty: &Type, named: impl FnOnce(&str) -> String) -> String {
        match ty {
            Type::Array(element) => self.event_variant_of(element, named) + "List",
            Type::Named(name) => named(name),
            plain => names::pascal(&self.variant_words(plain).join(" ")),
        }
    }
}

/// The statement that appends a text that is always the same to the name, where there is one.
fn push(text: &str) -> Option<TokenStream> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (None, _) => None,
        (Some(only), None) => Some(quote!(name.push(#only);)),
        _ => Some(quote!(name.push_str(#text);)),
    }
}

/// The variant of a type of events, where no other one has the name: the word of the enum itself is left out.
pub(super) fn event_variant(name: &str) -> String {
    let name = names::pascal(name);
    match name.strip_suffix("Event") {
        Some(short) if !short.is_empty() => short.to_owned(),
        _ => name,
    }
}
