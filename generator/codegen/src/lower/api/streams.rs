//! Streams → name functions, the union of events, and the decoder that tells events apart.

use std::collections::BTreeMap;

use binance_wire_model::api::{Parameter, Stream, Type};
use binance_wire_model::diagnostics::Diagnostic;
use serde::Serialize;

use super::Context;
use super::text::{code_span, push_literal, sentence};
use super::types::{model_path, rust_type};
use super::user_data::UserDataSource;
use crate::names::{self, Scope};

/// All streams of a product.
#[derive(Debug, Serialize)]
pub(super) struct Streams {
    names: Vec<Name>,
    events: Vec<Event>,
    /// How a stream's name tells its event, most specific first.
    by_name: Vec<ByName>,
    /// How `e` tells the event of an object.
    by_type: Vec<ByType>,
    /// The same for the first element of an array.
    by_type_of_list: Vec<ByType>,
    /// Events without `e`, told by the members that they have.
    by_members: Vec<ByMembers>,
    /// Events that come without a subscription: the stream name that the exchange gives them.
    connection: Vec<ByType>,
    /// Names that begin with a text of their own and are told by what they end with.
    by_ends: Vec<ByEnds>,
    /// What differs from the usual on every connection.
    rules: Option<Rules>,
    /// Whether the address is signed and streams are topics.
    signed_topics: bool,
    pub(super) user_data: Vec<UserDataSource>,
}

/// Routes and limits.
#[derive(Debug, Serialize)]
struct Rules {
    routes: Vec<(String, String)>,
    /// Pattern, and the place of its route.
    streams: Vec<(String, usize)>,
    max_streams: u32,
    messages_per_second: u32,
}

/// A function that makes a stream's name.
#[derive(Debug, Serialize)]
struct Name {
    function: String,
    docs: Vec<String>,
    arguments: Vec<Argument>,
    /// Statements that append to `name`, or the name itself where it has no placeholders.
    pieces: Vec<String>,
    /// The function called with values to show, for an example.
    example: String,
    deprecated: bool,
    /// Other names by which documentation is searched.
    aliases: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Argument {
    name: String,
    rust: String,
}

#[derive(Debug, Serialize)]
struct Event {
    variant: String,
    rust: String,
    doc: String,
}

#[derive(Debug, Serialize)]
struct ByName {
    /// What stands between the first `@` and the next, up to a placeholder; or the whole, for `!` names.
    literal: String,
    exact: bool,
    variant: String,
}

#[derive(Debug, Serialize)]
struct ByEnds {
    first: String,
    last: String,
    exact: bool,
    variant: String,
}

#[derive(Debug, Serialize)]
struct ByType {
    value: String,
    variant: String,
}

#[derive(Debug, Serialize)]
struct ByMembers {
    members: Vec<String>,
    variant: String,
}

impl Streams {
    /// The call that makes the name of the stream at a place of the product's list.
    pub(super) fn example(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(|name| name.example.as_str())
    }

    pub(super) fn has_market_streams(&self) -> bool {
        !self.names.is_empty()
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
            names: Vec::new(),
            events: Vec::new(),
            by_name: Vec::new(),
            by_type: Vec::new(),
            by_type_of_list: Vec::new(),
            by_members: Vec::new(),
            connection: Vec::new(),
        };
        let mut variants: BTreeMap<String, String> = BTreeMap::new();
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
        let mut ambiguous: Vec<(String, bool)> = Vec::new();
        for stream in &product.streams {
            let name = self.stream_name(stream);
            if let Err(other) = functions.claim(&name.function, &stream.id) {
                self.collision(&stream.location, &name.function, &stream.id, &other);
            }
            lowered.names.push(name);
            let rust = self.rust_type(&stream.event);
            let variant = match variants.get(&rust) {
                Some(variant) => variant.clone(),
                None => {
                    let variant = match claim_variant(&mut variant_names, &stream.event, &rust) {
                        Ok(variant) => variant,
                        Err((variant, other)) => {
                            self.collision(&stream.location, &variant, &rust, &other);
                            variant
                        }
                    };
                    lowered.events.push(Event {
                        doc: self.event_doc(&stream.event, stream),
                        variant: variant.clone(),
                        rust: rust.clone(),
                    });
                    variants.insert(rust, variant.clone());
                    variant
                }
            };
            let (literal, exact) = telling_part(&stream.pattern);
            if let Some((first, last, exact)) = telling_ends(&stream.pattern).filter(|_| literal.is_empty()) {
                let variant = variant.clone();
                lowered.by_ends.push(ByEnds {
                    first,
                    last,
                    exact,
                    variant,
                });
            }
            match lowered
                .by_name
                .iter()
                .find(|known| known.literal == literal && known.exact == exact)
            {
                // Two events under one name are told by what they hold.
                Some(known) if known.variant != variant => ambiguous.push((literal, exact)),
                Some(_) => {}
                // A name that begins with a placeholder tells nothing.
                None if literal.is_empty() => {}
                None => lowered.by_name.push(ByName {
                    literal,
                    exact,
                    variant: variant.clone(),
                }),
            }
            self.tell_by_contents(stream, &variant, &mut lowered);
        }
        for event in &product.connection_events {
            let rust = model_path(event);
            let variant = match variants.get(&rust) {
                Some(variant) => variant.clone(),
                None => {
                    let def = product.types.get(event);
                    let ty = Type::Named(event.clone());
                    let variant = match claim_variant(&mut variant_names, &ty, &rust) {
                        Ok(variant) => variant,
                        Err((variant, other)) => {
                            let location = def.map(|def| def.location.clone()).unwrap_or_default();
                            self.collision(&location, &variant, &rust, &other);
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
                lowered.connection.push(ByType {
                    value: value.clone(),
                    variant: variant.clone(),
                });
                if !lowered.by_type.iter().any(|known| known.value == value) {
                    lowered.by_type.push(ByType { value, variant });
                }
            }
        }
        lowered
            .by_name
            .retain(|known| !ambiguous.contains(&(known.literal.clone(), known.exact)));
        // An exact name before a prefix, a longer prefix before a shorter one.
        lowered.by_name.sort_by(|a, b| {
            (b.exact, b.literal.len(), &a.literal).cmp(&(a.exact, a.literal.len(), &b.literal))
        });
        lowered
            .by_members
            .sort_by_key(|known| std::cmp::Reverse(known.members.len()));
        Some(lowered)
    }

    /// Routes and limits, where they are not the usual ones.
    fn stream_rules(&mut self) -> Option<Rules> {
        let product = self.product;
        let rules = &product.stream_rules;
        if rules.routes.is_empty() && rules.max_streams.is_none() && rules.messages_per_second.is_none() {
            return None;
        }
        let mut streams: Vec<(String, usize)> = Vec::new();
        for stream in &product.streams {
            let Some(route) = stream
                .route
                .as_ref()
                .and_then(|name| rules.routes.get_index_of(name))
            else {
                continue;
            };
            let same = |(pattern, other): &&(String, usize)| {
                let told_by = telling_part(&stream.pattern);
                *other != route && !told_by.0.is_empty() && telling_part(pattern) == told_by
            };
            if let Some((pattern, _)) = streams.iter().find(same) {
                self.errors.push(Diagnostic::new(
                    &stream.location.file,
                    stream.location.line,
                    format!(
                        "names of `{}` cannot be told from those of `{pattern}`, which has another route",
                        stream.pattern
                    ),
                    "give both the same x-route",
                ));
            }
            streams.push((stream.pattern.clone(), route));
        }
        Some(Rules {
            routes: rules
                .routes
                .iter()
                .map(|(name, path)| (name.clone(), path.clone()))
                .collect(),
            streams,
            max_streams: rules.max_streams.unwrap_or(1024),
            messages_per_second: rules.messages_per_second.unwrap_or(5),
        })
    }

    fn tell_by_contents(&self, stream: &Stream, variant: &str, lowered: &mut Streams) {
        let list = matches!(self.product.resolve(&stream.event), Type::Array(_));
        for value in &stream.event_types {
            let into = if list {
                &mut lowered.by_type_of_list
            } else {
                &mut lowered.by_type
            };
            if !into.iter().any(|known| known.value == *value) {
                into.push(ByType {
                    value: value.clone(),
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

    fn event_doc(&self, ty: &Type, stream: &Stream) -> String {
        match self.product.resolve(ty) {
            Type::Named(name) => {
                let def = self.product.types.get(name);
                sentence(
                    def.and_then(|d| d.description.as_deref())
                        .unwrap_or(&stream.summary),
                )
            }
            _ => sentence(&stream.summary),
        }
    }

    fn stream_name(&mut self, stream: &Stream) -> Name {
        let mut docs = vec![sentence(&stream.summary), String::new()];
        if let Some(description) = &stream.description {
            docs.push(sentence(description));
            docs.push(String::new());
        }
        docs.push(format!("- Name: {}", code_span(&stream.pattern)));
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
        let mut pieces = Vec::new();
        let mut values = Vec::new();
        let mut scope = Scope::new();
        let push = |text: &str| push_literal("name", text);
        let mut rest = stream.pattern.as_str();
        while let Some((literal, behind)) = rest.split_once('<') {
            let Some((placeholder, behind)) = behind.split_once('>') else {
                break;
            };
            let Some(parameter) = stream.parameters.iter().find(|p| p.name == placeholder) else {
                break;
            };
            let mut argument = names::snake(placeholder);
            if argument == "name" {
                // The function builds the name in a variable of this name.
                argument.push('_');
            }
            if let Err(other) = scope.claim(&argument, placeholder) {
                self.collision(&stream.location, &argument, placeholder, &other);
            }
            let rust = self.argument_type(parameter);
            rest = behind;
            // An optional placeholder takes the `@` before it along.
            let (kept, at) = match literal.strip_suffix('@') {
                Some(kept) if !parameter.required => (kept, push("@")),
                _ => (literal, String::new()),
            };
            if !kept.is_empty() {
                pieces.push(push(kept));
            }
            if parameter.required {
                pieces.push(self.append(parameter, &argument));
                values.push(self.example(placeholder, &parameter.ty, parameter.minimum.as_deref()));
                arguments.push(Argument { name: argument, rust });
            } else {
                let append = self.append(parameter, "value");
                pieces.push(format!("if let Some(value) = {argument} {{ {at} {append} }}"));
                values.push("None".to_owned());
                arguments.push(Argument {
                    name: argument,
                    rust: format!("Option<{rust}>"),
                });
            }
        }
        if !rest.is_empty() {
            pieces.push(push(rest));
        }
        if arguments.is_empty() {
            pieces = vec![format!("{:?}", stream.pattern)];
        }
        let function = names::snake(&stream.id);
        Name {
            example: format!("{function}({})", values.join(", ")),
            function,
            docs,
            arguments,
            pieces,
            deprecated: stream.deprecated,
            aliases: stream.aliases.clone(),
        }
    }

    fn argument_type(&self, parameter: &Parameter) -> String {
        match self.product.resolve(&parameter.ty) {
            Type::Text | Type::Constant(_) => "&str".to_owned(),
            other => self.rust_type(other),
        }
    }

    /// The statement that appends a value of a placeholder to the name.
    fn append(&self, parameter: &Parameter, value: &str) -> String {
        let text = match self.product.resolve(&parameter.ty) {
            Type::Text | Type::Constant(_) => value.to_owned(),
            Type::Named(_) => format!("{value}.as_str()"),
            _ => return format!("name.push_str(&{value}.to_string());"),
        };
        match parameter.lower_case {
            true => format!("name.extend({text}.chars().flat_map(char::to_lowercase));"),
            false => format!("name.push_str({text});"),
        }
    }
}

/// Claims the variant of an event: `AggTradeEvent` → `AggTrade`, and lists of it → `AggTradeList`. Where that is
/// another event's, the whole name.
fn claim_variant(scope: &mut Scope, ty: &Type, rust: &str) -> Result<String, (String, String)> {
    let short = variant_name(ty, |name| event_variant(&name));
    if scope.claim(&short, rust).is_ok() {
        return Ok(short);
    }
    let whole = variant_name(ty, |name| names::pascal(&name));
    match scope.claim(&whole, rust) {
        Ok(()) => Ok(whole),
        Err(other) => Err((whole, other)),
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

fn variant_name(ty: &Type, named: impl FnOnce(String) -> String) -> String {
    match ty {
        Type::Array(element) => variant_name(element, named) + "List",
        Type::Named(name) => named(name.clone()),
        plain => names::pascal(&rust_type(plain)),
    }
}

/// The part of a pattern that tells streams apart, and whether it is whole.
///
/// `<symbol>@kline_<interval>` → `kline_`, a prefix; `<symbol>@depth@<updateSpeed>` → `depth`, whole (what follows the
/// second `@` does not change the event); `!miniTicker@arr` → itself, whole; `!ticker_<windowSize>@arr` → a prefix.
fn telling_part(pattern: &str) -> (String, bool) {
    if pattern.starts_with('!') {
        return match pattern.split_once('<') {
            // A last part that is a placeholder may be left out with its `@`; those with text in it are longer.
            Some((literal, _)) => (literal.trim_end_matches('@').to_owned(), false),
            None => (pattern.to_owned(), true),
        };
    }
    let channel = pattern.split('@').nth(1).unwrap_or(pattern);
    match channel.split_once('<') {
        Some((literal, _)) => (literal.to_owned(), false),
        None => (channel.to_owned(), true),
    }
}

/// What a name begins and ends with, where the first part is a text and the parts behind it tell nothing:
/// `came@<contractAddress>@<chainId>@kline_<interval>` → `came`, `kline_`, a prefix.
fn telling_ends(pattern: &str) -> Option<(String, String, bool)> {
    let mut parts = pattern.split('@');
    let (first, last) = (parts.next()?, parts.next_back()?);
    let (literal, exact) = match last.split_once('<') {
        Some((literal, _)) => (literal, false),
        None => (last, true),
    };
    (!first.contains('<') && !literal.is_empty()).then(|| (first.to_owned(), literal.to_owned(), exact))
}
