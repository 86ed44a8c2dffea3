//! Values and calls that documentation shows.

use std::collections::BTreeSet;

use binance_wire_model::api::{Operation, Parameter, Stream, TimeUnit, Type, TypeKind};
use binance_wire_model::rules::Need;
use proc_macro2::TokenStream;
use quote::quote;
use serde::Serialize;

use super::lookup::field_name;
use super::rules::arguments_name;
use super::types::value_name;
use super::{Context, sent};
use crate::lower::constructor::{by_name, by_position, required_name};
use crate::lower::rust::{Printed, RustType, ident, number, path};
use crate::names;

/// How deep a value is built up; deeper ones help nobody.
const DEPTH: usize = 3;

/// Names of the crate that an example uses, as paths within it, segment by segment.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses(BTreeSet<Vec<String>>);

impl Uses {
    fn insert(&mut self, segments: &[&str]) {
        self.0
            .insert(segments.iter().map(|&segment| segment.to_owned()).collect());
    }

    /// The paths, printed.
    pub(super) fn paths(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|segments| {
            let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
            path(&segments)
        })
    }
}

/// A program that calls a method.
#[derive(Debug, Default, Serialize)]
pub(super) struct Example {
    /// What it imports.
    uses: Option<Printed>,
    /// The statements.
    body: Printed,
}

/// How a value is passed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// To a function, which takes whatever becomes the type.
    Argument,
    /// To a field, which has the type.
    Field,
}

impl Context<'_> {
    /// A call of an operation's method; none where some value cannot be shown.
    pub(super) fn call_example(&self, operation: &Operation) -> Option<Example> {
        if let Some(example) = self.constructor_example(operation) {
            return Some(example);
        }
        let mut uses = Uses::default();
        let arguments = self.arguments_example(operation, &mut uses)?;
        let method = ident(&names::snake(&operation.id));
        // Names that nothing shown uses are not imported.
        let mut further = uses.clone();
        let setter = self.setter_example(operation, &mut further);
        if setter.is_some() {
            uses = further;
        }
        Some(Example {
            uses: self.imports(&uses),
            body: quote! {
                let answer = client.#method(#arguments)#setter.send().await?;
                println!("{answer:?}");
            }
            .into(),
        })
    }

    /// A request made by the first of the operation's constructors, and sent.
    fn constructor_example(&self, operation: &Operation) -> Option<Example> {
        let constructor = operation.constructors.first()?;
        let mut uses = Uses::default();
        let request = self.request_name(operation);
        uses.insert(&["requests", &request]);
        let taken: Vec<&Parameter> = constructor
            .takes
            .iter()
            .filter_map(|name| {
                operation
                    .parameters
                    .iter()
                    .find(|parameter| parameter.name == *name)
            })
            .collect();
        let types: Vec<RustType> = taken
            .iter()
            .map(|parameter| RustType::from(self.product.resolve(&parameter.ty)))
            .collect();
        let named = (!by_position(&types)).then(|| arguments_name(&request, &constructor.name));
        let values = taken
            .iter()
            .map(|parameter| {
                let passed = if named.is_some() {
                    Passed::Field
                } else {
                    Passed::Argument
                };
                let minimum = parameter.minimum.as_deref();
                let value = self.example(&parameter.name, &parameter.ty, minimum, passed, &mut uses)?;
                Some((Self::parameter_name(&parameter.name), value))
            })
            .collect::<Option<Vec<_>>>()?;
        let arguments = arguments(
            named.as_deref().map(|named| ("requests", named)),
            &values,
            &mut uses,
        );
        let (request, function) = (ident(&request), ident(&names::snake(&constructor.name)));
        Some(Example {
            uses: self.imports(&uses),
            body: quote! {
                let request = #request::#function(#arguments);
                let answer = client.send(&request).await?;
                println!("{answer:?}");
            }
            .into(),
        })
    }

    /// A program that makes the name of a stream.
    pub(super) fn name_example(&self) -> Option<Example> {
        let (name, mut uses) = self.stream_example(self.simplest_stream()?)?;
        uses.insert(&["streams"]);
        Some(Example {
            uses: self.imports(&uses),
            body: quote! {
                let name = #name;
                println!("{name}");
            }
            .into(),
        })
    }

    /// A call of a stream's function, and the names that it uses; none where some value cannot be shown.
    pub(super) fn stream_example(&self, stream: &Stream) -> Option<(TokenStream, Uses)> {
        let mut uses = Uses::default();
        let values = stream
            .pattern
            .placeholders()
            .map(|name| {
                let parameter = stream
                    .parameters
                    .iter()
                    .find(|parameter| parameter.name == name)?;
                if !parameter.required {
                    return Some(quote!(None));
                }
                let (minimum, passed) = (parameter.minimum.as_deref(), Passed::Argument);
                self.example(&parameter.name, &parameter.ty, minimum, passed, &mut uses)
            })
            .collect::<Option<Vec<_>>>()?;
        let function = ident(&names::snake(&stream.id));
        Some((quote!(streams::#function(#(#values),*)), uses))
    }

    /// What an operation's method and the `new` of its request take.
    pub(super) fn arguments_example(&self, operation: &Operation, uses: &mut Uses) -> Option<TokenStream> {
        let required = || operation.parameters.iter().filter(|parameter| parameter.required);
        let types: Vec<RustType> = required()
            .map(|parameter| RustType::sent(self.product.resolve(&parameter.ty)))
            .collect();
        let named = by_name(&types);
        let values = required()
            .map(|parameter| {
                let passed = if named { Passed::Field } else { Passed::Argument };
                let minimum = parameter.minimum.as_deref();
                let value = self.example(&parameter.name, &parameter.ty, minimum, passed, uses)?;
                Some((Self::parameter_name(&parameter.name), value))
            })
            .collect::<Option<Vec<_>>>()?;
        let of = self.request_name(operation);
        Some(taken(named.then_some(("requests", &of)), &values, uses))
    }

    /// The value of a name, where one is known.
    fn sample(&self, wire: &str) -> Option<&str> {
        let own = self.product.examples.get(wire).map(String::as_str);
        let everywhere = || {
            SAMPLES
                .iter()
                .find(|(name, _)| *name == wire)
                .map(|(_, text)| *text)
        };
        own.or_else(everywhere)
    }

    /// The text of a name: one that is known, or else the name itself in small letters.
    fn sample_text(&self, wire: &str) -> String {
        let own_words = || names::words(wire).join("-").to_lowercase();
        self.sample(wire).map_or_else(own_words, str::to_owned)
    }

    /// A call of the setter that is most worth showing: of what must be there besides the required parameters, or else of
    /// what bounds an answer, of an amount or a time, of anything.
    fn setter_example(&self, operation: &Operation, uses: &mut Uses) -> Option<TokenStream> {
        let optional = operation.parameters.iter();
        let optional = optional.filter(|parameter| !parameter.required && !parameter.deprecated);
        let rank = |parameter: &Parameter| match self.product.resolve(&parameter.ty) {
            _ if is_one_of(operation, &parameter.name) => 0,
            _ if parameter.name == "limit" => 1,
            Type::Decimal { .. } => 2,
            Type::Time { .. } => 3,
            Type::Named(name) if self.is_value_set(name) => 4,
            _ if self.sample(&parameter.name).is_some() => 5,
            Type::Integer { .. } | Type::Boolean { .. } => 6,
            _ => 7,
        };
        let parameter = optional.min_by_key(|parameter| rank(parameter))?;
        let name = ident(&Self::parameter_name(&parameter.name));
        let (minimum, passed) = (parameter.minimum.as_deref(), Passed::Argument);
        let value = self.example(&parameter.name, &parameter.ty, minimum, passed, uses)?;
        Some(quote!(.#name(#value)))
    }

    /// A value to show; none where there is none.
    pub(super) fn example(
        &self,
        wire: &str,
        ty: &Type,
        minimum: Option<&str>,
        passed: Passed,
        uses: &mut Uses,
    ) -> Option<TokenStream> {
        self.example_at(wire, ty, minimum, passed, uses, 0)
    }

    fn example_at(
        &self,
        wire: &str,
        ty: &Type,
        minimum: Option<&str>,
        passed: Passed,
        uses: &mut Uses,
        depth: usize,
    ) -> Option<TokenStream> {
        Some(match self.product.resolve(ty) {
            Type::Text | Type::Constant(_) => text(&self.sample_text(wire), passed),
            Type::Boolean { .. } => quote!(true),
            Type::Integer { .. } => {
                let sample = self.sample(wire).and_then(|text| text.parse::<i64>().ok());
                let least = minimum.and_then(|text| text.parse().ok());
                number(sample.or(least).unwrap_or(1))
            }
            Type::Decimal { .. } => {
                uses.insert(&["dec"]);
                let sample = self.sample(wire).and_then(|text| text.parse().ok());
                let value: TokenStream = sample.unwrap_or_else(|| decimal_of(wire));
                quote!(dec!(#value))
            }
            Type::Time { unit, .. } => {
                uses.insert(&["Timestamp"]);
                match unit {
                    TimeUnit::Second => quote!(Timestamp::from_secs(1_735_693_200)),
                    _ => quote!(Timestamp::from_millis(1_735_693_200_000)),
                }
            }
            Type::Array(element) => {
                // `symbols` has what `symbol` has.
                let one = wire.strip_suffix('s').filter(|_| self.sample(wire).is_none());
                let value = self.example_at(one.unwrap_or(wire), element, None, passed, uses, depth)?;
                match passed {
                    Passed::Argument => quote!([#value]),
                    Passed::Field => quote!(vec![#value]),
                }
            }
            Type::Named(name) => match &self.product.types.get(name)?.kind {
                TypeKind::Enum(values) => {
                    let sample = self.sample(wire);
                    let named = values.iter().find(|value| sample == Some(value.as_str()));
                    let variant = ident(&value_name(named.or(values.first())?));
                    uses.insert(&[name]);
                    let name = ident(name);
                    quote!(#name::#variant)
                }
                _ => self.object_example(name, uses, depth)?,
            },
            Type::Map(_) | Type::OneOrMany(_) | Type::Any | Type::Empty => return None,
        })
    }

    /// An object that requests send.
    fn object_example(&self, name: &str, uses: &mut Uses, depth: usize) -> Option<TokenStream> {
        let TypeKind::Object(fields) = &self.product.types.get(name)?.kind else {
            return None;
        };
        if depth >= DEPTH || !self.sent.contains(name) {
            return None;
        }
        let required = || {
            let sent = fields
                .iter()
                .filter(|field| !matches!(field.ty, Type::Constant(_)));
            sent.filter(|field| field.required)
        };
        let types: Vec<RustType> = required()
            .map(|field| sent::value_type(self.product.resolve(&field.ty), field.nullable))
            .collect();
        let named = by_name(&types);
        let values = required()
            .map(|field| {
                let passed = if named { Passed::Field } else { Passed::Argument };
                let value = self.example_at(&field.name, &field.ty, None, passed, uses, depth + 1)?;
                (!field.nullable).then_some((field_name(field), value))
            })
            .collect::<Option<Vec<_>>>()?;
        let arguments = taken(named.then_some(("models", name)), &values, uses);
        uses.insert(&["models", name]);
        let name = ident(name);
        Some(quote!(#name::new(#arguments)))
    }

    /// The declaration that imports names of the crate.
    fn imports(&self, uses: &Uses) -> Option<Printed> {
        let krate = ident(&self.crate_name());
        let paths = uses.0.iter().map(|segments| {
            let segments = segments.iter().map(|segment| ident(segment));
            quote!(#(#segments)::*)
        });
        (!uses.0.is_empty()).then(|| quote!(use #krate::{#(#paths),*};).into())
    }
}

/// Whether a rule demands the parameter, or others in its place.
fn is_one_of(operation: &Operation, name: &str) -> bool {
    let mut rules = operation.rules.iter().filter(|rule| rule.when.is_empty());
    rules.any(|rule| match &rule.need {
        Need::OneOf(names) => names.iter().any(|one| one == name),
        Need::Combinations(sets) => sets.iter().all(|set| !set.is_empty()) && sets[0] == [name],
        _ => false,
    })
}

/// What `new` takes: values by position, or by name in a struct of the type `of` in `module`.
fn taken(named: Option<(&str, &str)>, values: &[(String, TokenStream)], uses: &mut Uses) -> TokenStream {
    let named = named.map(|(module, of)| (module, required_name(of)));
    arguments(
        named.as_ref().map(|(module, named)| (*module, named.as_str())),
        values,
        uses,
    )
}

/// Arguments by position, or by name in the struct `named` of a module.
fn arguments(named: Option<(&str, &str)>, values: &[(String, TokenStream)], uses: &mut Uses) -> TokenStream {
    let Some((module, required)) = named else {
        let values = values.iter().map(|(_, value)| value);
        return quote!(#(#values),*);
    };
    uses.insert(&[module, required]);
    let required = ident(required);
    let fields = values.iter().map(|(name, value)| {
        let name = ident(name);
        quote!(#name: #value)
    });
    quote!(#required { #(#fields),* })
}

fn text(value: &str, passed: Passed) -> TokenStream {
    match passed {
        Passed::Argument => quote!(#value),
        Passed::Field => quote!(#value.into()),
    }
}

/// Values of names that mean the same in most products; a product's own `x-examples` come first.
const SAMPLES: &[(&str, &str)] = &[
    ("address", "0x94df8b352de7f46f64b01d3666bf6e936e44ce60"),
    ("asset", "USDT"),
    ("baseAsset", "BTC"),
    ("borrowCoin", "USDT"),
    ("clientOrderId", "my-order-1"),
    ("coin", "USDT"),
    ("collateralCoin", "BNB"),
    ("cryptoCurrency", "BTC"),
    ("email", "desk@example.com"),
    ("fiatCurrency", "EUR"),
    ("fromAsset", "BTC"),
    ("fromEmail", "from@example.com"),
    ("ipAddress", "192.168.0.1"),
    ("limit", "100"),
    ("loanCoin", "USDT"),
    ("network", "BSC"),
    ("newClientOrderId", "my-order-1"),
    ("orderId", "28457"),
    ("origClientOrderId", "my-order-1"),
    ("pair", "BTCUSDT"),
    ("quoteAsset", "USDT"),
    ("symbol", "BTCUSDT"),
    ("toAsset", "USDT"),
    ("toEmail", "to@example.com"),
    ("tradeId", "28457"),
];

/// A decimal that fits its name.
fn decimal_of(wire: &str) -> TokenStream {
    let words = names::words(wire);
    let named = |word: &str| words.iter().any(|found| found == word);
    if named("price") {
        quote!(52000)
    } else if named("quantity") || named("qty") {
        quote!(0.01)
    } else {
        quote!(100)
    }
}
