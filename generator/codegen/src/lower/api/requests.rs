//! Operations → request values and the client methods that make them.

use binance_wire_model::api::{
    Call, Limit, Operation, Parameter, RequestBody, Security, TimeUnit, Type, Weight, WeightCondition,
    WeightRule,
};
use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::path::{PathTemplate, Piece};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use serde::Serialize;

use super::addresses::module;
use super::example::Example;
use super::facts::facts;
use super::identity::{IdentityRow, identified};
use super::paging::Pages;
use super::rules::{RequestConstructor, Rules};
use super::text::{capitalised, code_span, sentence};
use super::{Context, carriage};
use crate::lower::constructor::{self, Constructor, Member};
use crate::lower::rust::{Code, Printed, RustType, ident, number};
use crate::names::{self, Scope};

/// A request type: one REST operation, one WebSocket API method, or a pair of twins.
#[derive(Debug, Serialize)]
pub(super) struct Request {
    file: String,
    pub(super) name: String,
    /// The struct of its required parameters, where `new` takes them by name.
    named: Option<String>,
    docs: Vec<String>,
    /// The parameters in the order in which they are sent: runs of required and of optional ones.
    groups: Vec<Group>,
    /// Whether nothing is required, so that it has a default.
    default: bool,
    /// Parameters that travel in headers.
    headers: Vec<Header>,
    /// The documentation of the setter that takes parameters by name, where it has one.
    free: Option<&'static str>,
    response: String,
    constructors: Vec<RequestConstructor>,
    rules: Rules,
    pages: Option<Pages>,
    credit: Credit,
    identity: Option<IdentityRow>,
    rest: Option<Info>,
    ws_api: Option<Info>,
    /// The function that makes the answer of its SBE form, where it has one.
    pub(super) sbe: Option<String>,
}

impl Request {
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    pub(super) fn is_paged(&self) -> bool {
        self.pages.is_some()
    }

    pub(super) fn is_of_ws_api(&self) -> bool {
        self.ws_api.is_some()
    }

    pub(super) fn is_by_name(&self) -> bool {
        self.named.is_some()
    }
}

/// Parameters in a row that are all required or all optional.
#[derive(Debug, Serialize)]
struct Group {
    /// `required` or `optional`.
    presence: &'static str,
    parameters: Vec<RustParameter>,
}

#[derive(Clone, Debug, Serialize)]
struct RustParameter {
    name: String,
    wire: String,
    doc: String,
    /// The type of the value.
    rust: RustType,
    /// What makes a parameter of the value, where its type alone does not say how it is sent.
    with: Option<Code>,
    #[serde(skip)]
    required: bool,
    #[serde(skip)]
    place: Place,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the query or the body.
    Sent,
    Path,
    Header,
}

#[derive(Debug, Serialize)]
struct Credit {
    /// Whether a condition looks at the request.
    reads_request: bool,
    expression: Printed,
}

/// A header that carries a parameter.
#[derive(Debug, Serialize)]
struct Header {
    name: String,
    wire: String,
    with: Option<Printed>,
}

/// How an operation is called over a transport.
#[derive(Debug, Serialize)]
struct Info {
    /// The HTTP method's variant, or the WebSocket API method.
    method: String,
    path: String,
    /// What the path is put together from, where it has placeholders: literals, and fields in braces.
    pieces: Vec<Printed>,
    /// The fields of `OperationInfo` that are not as most are.
    fields: Vec<InfoField>,
}

/// A method of a client.
#[derive(Debug, Serialize)]
pub(super) struct Method {
    pub(super) name: String,
    docs: Vec<String>,
    request: String,
    /// The module of the client in the crate.
    client: &'static str,
    crate_name: String,
    make: Constructor,
    example: Option<Example>,
    deprecated: bool,
    /// Other names by which documentation is searched.
    aliases: Vec<String>,
}

/// A field of `OperationInfo` and its value.
#[derive(Debug, Serialize)]
pub(super) struct InfoField {
    name: &'static str,
    value: Printed,
}

impl InfoField {
    pub(super) fn new(name: &'static str, value: TokenStream) -> Self {
        Self {
            name,
            value: value.into(),
        }
    }
}

impl Context<'_> {
    /// The name of an operation's request type: its own, or its twin's.
    pub(super) fn request_name(&self, operation: &Operation) -> String {
        names::type_name(operation.twin.as_deref().unwrap_or(&operation.id))
    }

    pub(super) fn requests(&mut self) -> Vec<Request> {
        let mut requests: Vec<Request> = Vec::new();
        let mut scope = Scope::new();
        let product = self.product;
        for operation in &product.operations {
            let request = match &operation.call {
                Call::Rest { .. } => {
                    let twin = product
                        .operations
                        .iter()
                        .find(|o| o.twin.as_deref() == Some(&operation.id));
                    self.request(operation, Some(operation), twin)
                }
                Call::WsApi { .. } if operation.twin.is_none() => {
                    self.request(operation, None, Some(operation))
                }
                Call::WsApi { .. } => continue,
            };
            let place = format!("{}:{}", operation.location.file, operation.location.line);
            if let Err(other) = scope.claim(&request.file, &place) {
                self.errors.push(Diagnostic::at(
                    &operation.location,
                    format!(
                        "the request of `{}` would be called `{}`, as that of the operation at {other}",
                        operation.id, request.name
                    ),
                    "make the WebSocket API method a twin of the REST operation (x-twin), or rename one",
                ));
            }
            requests.push(request);
        }
        requests.sort_by(|a, b| a.file.cmp(&b.file));
        requests
    }

    fn request(
        &mut self,
        operation: &Operation,
        rest: Option<&Operation>,
        ws_api: Option<&Operation>,
    ) -> Request {
        let name = self.request_name(operation);
        let parameters = self.parameters(operation);
        let mut docs = docs(operation);
        let mut offered = Vec::new();
        if let Some(Call::Rest { method, path }) = rest.map(|o| &o.call) {
            offered.push(format!("REST: `{method} {path}`"));
        }
        if let Some(Call::WsApi { method }) = ws_api.map(|o| &o.call) {
            offered.push(format!("WebSocket API: `{method}`"));
        }
        for line in offered {
            docs.push(format!("- {line}"));
        }
        docs.extend(facts(operation).into_iter().map(|fact| format!("- {fact}")));
        docs.extend(identified(operation).map(|fact| format!("- {fact}")));
        docs.extend(link(operation));
        let sent = parameters.iter().any(|p| p.place == Place::Sent);
        Request {
            file: names::snake(&name),
            docs,
            response: self.rust_type(&operation.response),
            constructors: self.request_constructors(operation),
            rules: self.request_rules(operation),
            pages: self.pages(operation),
            credit: self.credit(operation),
            identity: self.identity(operation),
            rest: rest.map(|o| self.info(o, &parameters)),
            ws_api: ws_api.map(|o| self.info(o, &parameters)),
            sbe: None,
            default: parameters.iter().all(|p| !p.required),
            headers: self.headers(operation),
            free: operation.draft.then_some(match sent {
                true => "Adds a parameter to the known ones.",
                false => "Adds a parameter: none is documented.",
            }),
            named: named(&name, &parameters),
            groups: groups(parameters),
            name,
        }
    }

    fn info(&self, operation: &Operation, parameters: &[RustParameter]) -> Info {
        let (method, path) = match &operation.call {
            Call::Rest { method, path } => (names::pascal(method.name()), Some(path)),
            Call::WsApi { method } => (method.clone(), None),
        };
        let pieces = path.filter(|path| path.variables().next().is_some()).map(|path| {
            let pieces = path.pieces().iter().filter_map(|piece| match piece {
                Piece::Literal(text) => Some(text.to_token_stream().into()),
                Piece::Variable(name) => {
                    let parameter = parameters.iter().find(|p| p.wire == *name)?;
                    let field = ident(&parameter.name);
                    Some(quote!({ #field }).into())
                }
            });
            pieces.collect()
        });
        let mut fields = vec![InfoField::new("id", operation.id.to_token_stream())];
        if operation.security != Security::None {
            let variant = ident(&names::pascal(operation.security.name()));
            fields.push(InfoField::new(
                "security",
                quote!(binance_wire_core::Security::#variant),
            ));
        }
        if operation.signed {
            fields.push(InfoField::new("signed", quote!(true)));
        }
        if operation.mutation {
            fields.push(InfoField::new("mutation", quote!(true)));
        }
        fields.extend(
            operation
                .docs
                .as_ref()
                .map(|docs| InfoField::new("docs", docs.to_token_stream())),
        );
        fields.extend(carriage::further(operation));
        Info {
            method,
            path: path.map(PathTemplate::to_string).unwrap_or_default(),
            pieces: pieces.unwrap_or_default(),
            fields,
        }
    }

    /// The parameters that travel in headers.
    fn headers(&self, operation: &Operation) -> Vec<Header> {
        let parameters = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.in_header);
        parameters
            .map(|parameter| {
                let resolved = self.product.resolve(&parameter.ty);
                let with = self.with(operation, Place::Header, resolved);
                Header {
                    name: Self::parameter_name(&parameter.name),
                    wire: parameter.name.clone(),
                    with: with.map(|with| match parameter.required {
                        true => with.to_token_stream().into(),
                        false => {
                            let value = RustType::from(resolved);
                            quote!(|value: &Option<#value>| value.as_ref().map(#with)).into()
                        }
                    }),
                }
            })
            .collect()
    }

    fn parameters(&mut self, operation: &Operation) -> Vec<RustParameter> {
        let mut scope = Scope::new();
        let mut lowered = Vec::new();
        for parameter in &operation.parameters {
            let rust = self.parameter(operation, parameter);
            if let Err(other) = scope.claim(&rust.name, &parameter.name) {
                self.collision(&operation.location, &rust.name, &parameter.name, &other);
            }
            lowered.push(rust);
        }
        lowered
    }

    /// A parameter's name in Rust; a request has methods of its own, and those of the traits that every value has.
    pub(super) fn parameter_name(wire: &str) -> String {
        const METHODS: &[&str] = &[
            "blocking",
            "check",
            "credit",
            "deadline",
            "fail_fast",
            "into_request",
            "items",
            "new",
            "pages",
            "parameter",
            "parameters",
            "request",
            "send",
            "send_detailed",
            "transport",
            "write_headers",
            "write_params",
        ];
        let name = names::snake(wire);
        if METHODS.contains(&name.as_str()) || names::is_method_of_values(&name) {
            name + "_"
        } else {
            name
        }
    }

    fn parameter(&mut self, operation: &Operation, parameter: &Parameter) -> RustParameter {
        let wire = &parameter.name;
        let resolved = self.product.resolve(&parameter.ty).clone();
        let place = match (parameter.in_path, parameter.in_header) {
            (true, _) => Place::Path,
            (_, true) => Place::Header,
            _ => Place::Sent,
        };
        RustParameter {
            name: Self::parameter_name(wire),
            doc: parameter_doc(parameter),
            rust: RustType::sent(&resolved),
            required: parameter.required,
            place,
            with: match place {
                Place::Sent => self.with(operation, place, &resolved),
                Place::Path | Place::Header => Some(quote!(parameter::elsewhere).into()),
            },
            wire: wire.clone(),
        }
    }

    /// The function of `parameter` by which a value is sent, where its type alone does not say how.
    fn with(&self, operation: &Operation, place: Place, resolved: &Type) -> Option<Code> {
        let function = |name: &str| {
            let name = ident(name);
            Some(quote!(parameter::#name).into())
        };
        match resolved {
            Type::Text | Type::Constant(_) => None,
            // Texts in every encoding, also where others have numbers and booleans of their own.
            Type::Boolean { as_text: true } | Type::Integer { as_text: true, .. } => function("text"),
            Type::Boolean { .. } | Type::Integer { .. } => None,
            // A query has text alone; JSON tells a number from a text.
            Type::Decimal { bare: true, .. }
                if operation.body == RequestBody::Json && place != Place::Header =>
            {
                function("number")
            }
            Type::Decimal { .. } => None,
            Type::Time {
                unit, as_text: true, ..
            } => function(match unit {
                TimeUnit::Second => "seconds_text",
                TimeUnit::Millisecond => "millis_text",
                TimeUnit::Microsecond => "micros_text",
            }),
            Type::Time {
                unit: TimeUnit::Second,
                ..
            } => function("seconds"),
            Type::Time { .. } if self.product.any_time_unit => None,
            Type::Time { unit, .. } => function(match unit {
                TimeUnit::Second => "seconds",
                TimeUnit::Millisecond => "millis",
                TimeUnit::Microsecond => "micros",
            }),
            Type::Named(name) if self.is_value_set(name) => None,
            _ => {
                let spread = operation.raw_brackets && self.is_list_of_objects(resolved);
                let name = if spread { "bracketed" } else { "json" };
                match self.form(resolved) {
                    None => function(name),
                    Some(form) => {
                        let name = ident(&format!("{name}_as"));
                        Some(quote!(parameter::#name::<#form, _>).into())
                    }
                }
            }
        }
    }

    fn credit(&self, operation: &Operation) -> Credit {
        let (reads_request, expression) = self.credit_expression(operation);
        Credit {
            reads_request,
            expression: expression.into(),
        }
    }

    /// The expression of a call's cost, and whether it looks at the request.
    pub(super) fn credit_expression(&self, operation: &Operation) -> (bool, TokenStream) {
        let Weight(all) = &operation.weight;
        let mut rules: Vec<(&WeightRule, Vec<TokenStream>)> = Vec::new();
        for rule in all {
            let condition = rule.when.as_ref().map(|when| self.condition(operation, when));
            match rules.last_mut() {
                // Rules in a row that have one weight are one rule.
                Some((known, conditions)) if known.when.is_some() && same_weight(known, rule) => {
                    match condition {
                        Some(condition) => conditions.push(condition),
                        None => rules.push((rule, Vec::new())),
                    }
                }
                _ => rules.push((rule, condition.into_iter().collect())),
            }
        }
        let branches = rules.iter().map(|(rule, conditions)| {
            let weight = self.weight(operation, rule);
            match conditions.as_slice() {
                [] if rules.len() > 1 => quote!({ #weight }),
                [] => weight,
                _ => quote!(if #(#conditions)||* { #weight }),
            }
        });
        let branches: Vec<TokenStream> = branches.collect();
        let constructor = match operation.limit {
            Limit::Ip => quote!(ip),
            Limit::Uid => quote!(uid),
        };
        let mut expression = quote!(binance_wire_core::Credit::#constructor(#(#branches)else*));
        if let Some(weight) = operation.weight_on_success {
            let weight = number(weight);
            expression.extend(quote!(.on_success(#weight)));
        }
        if operation.uid_weight > 0 {
            let weight = number(operation.uid_weight);
            expression.extend(quote!(.uid_weight(#weight)));
        }
        if operation.unfilled_orders > 0 {
            let orders = number(operation.unfilled_orders);
            expression.extend(quote!(.unfilled_orders(#orders)));
        }
        // Whether a parameter that is required was sent is known without looking.
        let looks = |rule: &WeightRule| match &rule.when {
            None => false,
            Some(WeightCondition::Present { parameter, .. }) if !rule.per_item => !operation
                .parameters
                .iter()
                .any(|p| p.name == *parameter && p.required),
            Some(_) => true,
        };
        (all.iter().any(looks), expression)
    }

    /// Whether the condition of a rule of weights holds, of a `request`.
    fn condition(&self, operation: &Operation, when: &WeightCondition) -> TokenStream {
        let parameter = operation.parameters.iter().find(|p| p.name == when.parameter());
        let required = parameter.is_some_and(|p| p.required);
        let name = ident(&Self::parameter_name(when.parameter()));
        let field = quote!(request.#name);
        match when {
            WeightCondition::Present { present, .. } => match (required, present) {
                (true, present) => present.to_token_stream(),
                (false, true) => quote!(#field.is_some()),
                (false, false) => quote!(#field.is_none()),
            },
            WeightCondition::Range { min, max, .. } => {
                let range = bounds(min, max);
                let narrow = parameter
                    .is_some_and(|p| matches!(self.product.resolve(&p.ty), Type::Integer { bits: 32, .. }));
                let within = |value: TokenStream| match narrow {
                    true => quote!((#range).contains(&i64::from(#value))),
                    false => quote!((#range).contains(&#value)),
                };
                let default = parameter.and_then(|p| p.default.as_ref());
                // A default is an integer, or the reader refuses the rule.
                let default: Option<TokenStream> = default.and_then(|default| default.parse().ok());
                match default {
                    _ if required => within(field),
                    Some(default) => within(quote!(#field.unwrap_or(#default))),
                    None => {
                        let value = within(quote!(value));
                        quote!(#field.is_some_and(|value| #value))
                    }
                }
            }
            WeightCondition::OneOf { values, .. }
                if parameter.is_some_and(|p| matches!(self.product.resolve(&p.ty), Type::Boolean { .. })) =>
            {
                let wanted = values.iter().any(|value| value == "true");
                match required {
                    true => quote!(#field == #wanted),
                    false => quote!(#field == Some(#wanted)),
                }
            }
            WeightCondition::OneOf { values, .. } => match required {
                true => quote!(matches!(#field.as_str(), #(#values)|*)),
                false => quote!(#field.as_ref().is_some_and(|value| matches!(value.as_str(), #(#values)|*))),
            },
            WeightCondition::Items { min, max, .. } => {
                let range = bounds(min, max);
                match required {
                    true => quote!((#range).contains(&#field.len())),
                    false => quote!(#field.as_ref().is_some_and(|list| (#range).contains(&list.len()))),
                }
            }
        }
    }

    /// The weight of a rule, of a `request`.
    fn weight(&self, operation: &Operation, rule: &WeightRule) -> TokenStream {
        let weight = number(rule.weight);
        let Some(when) = rule.when.as_ref().filter(|_| rule.per_item) else {
            return weight;
        };
        let parameter = operation.parameters.iter().find(|p| p.name == when.parameter());
        let name = ident(&Self::parameter_name(when.parameter()));
        let items = match parameter {
            Some(p) if p.required => quote!(request.#name.len()),
            _ => quote!(request.#name.as_ref().map_or(0, Vec::len)),
        };
        let cap = rule.cap.map(|cap| {
            let cap = number(cap);
            quote!(.min(#cap))
        });
        quote!(u32::try_from(#items).unwrap_or(u32::MAX).saturating_mul(#weight) #cap)
    }

    pub(super) fn method(&mut self, operation: &Operation) -> Method {
        let client = module(operation.call.transport());
        let how = match &operation.call {
            Call::Rest { method, path } => format!("`{method} {path}`"),
            Call::WsApi { method } => format!("`{method}`"),
        };
        let name = names::snake(&operation.id);
        let mut required = self.parameters(operation);
        required.retain(|parameter| parameter.required);
        let request = self.request_name(operation);
        let mut docs = docs(operation);
        docs.push(format!("- {how}"));
        docs.extend(facts(operation).into_iter().map(|fact| format!("- {fact}")));
        docs.extend(link(operation));
        let members = required
            .iter()
            .map(|parameter| Member::converted(&parameter.name, &parameter.doc, &parameter.rust));
        Method {
            make: Constructor::new(&["requests"], &request, members.collect()),
            request,
            name,
            docs,
            client,
            crate_name: self.crate_name(),
            example: self.call_example(operation),
            deprecated: operation.deprecated,
            aliases: operation.aliases.clone(),
        }
    }
}

/// The struct of a request's required parameters, where `new` takes them by name.
fn named(request: &str, parameters: &[RustParameter]) -> Option<String> {
    let required = parameters.iter().filter(|parameter| parameter.required);
    constructor::by_name(required.map(|parameter| &parameter.rust))
        .then(|| constructor::required_name(request))
}

/// Parameters as runs of required and of optional ones.
fn groups(parameters: Vec<RustParameter>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for parameter in parameters {
        let presence = if parameter.required {
            "required"
        } else {
            "optional"
        };
        match groups.last_mut() {
            Some(group) if group.presence == presence => group.parameters.push(parameter),
            _ => groups.push(Group {
                presence,
                parameters: vec![parameter],
            }),
        }
    }
    groups
}

/// Whether two rules charge the same, apart from when.
fn same_weight(a: &WeightRule, b: &WeightRule) -> bool {
    let counted = |rule: &WeightRule| match rule.per_item {
        true => rule.when.as_ref().map(|when| when.parameter().to_owned()),
        false => None,
    };
    (a.weight, a.per_item, a.cap) == (b.weight, b.per_item, b.cap) && counted(a) == counted(b)
}

fn bounds(min: &Option<i64>, max: &Option<i64>) -> TokenStream {
    let (min, max) = (min.map(number), max.map(number));
    match (&min, &max) {
        (_, Some(max)) => quote!(#min..=#max),
        (_, None) => quote!(#min..),
    }
}

/// Summary, description and a blank line.
fn docs(operation: &Operation) -> Vec<String> {
    let mut docs = vec![match operation.summary.as_str() {
        "" => sentence(&operation.id),
        summary => sentence(summary),
    }];
    if let Some(description) = &operation.description {
        docs.push(String::new());
        docs.push(sentence(description));
    }
    docs.push(String::new());
    docs
}

fn link(operation: &Operation) -> Vec<String> {
    match &operation.docs {
        Some(docs) => vec![String::new(), format!("[Official documentation]({docs})")],
        None => Vec::new(),
    }
}

fn parameter_doc(parameter: &Parameter) -> String {
    let mut doc = sentence(parameter.description.as_deref().unwrap_or_default());
    if doc.is_empty() {
        doc = format!("{}.", code_span(&parameter.name));
    }
    let mut limits = Vec::new();
    match (&parameter.minimum, &parameter.maximum) {
        (Some(min), Some(max)) => limits.push(format!("{min} to {max}")),
        (Some(min), None) => limits.push(format!("at least {min}")),
        (None, Some(max)) => limits.push(format!("at most {max}")),
        (None, None) => {}
    }
    if let Some(items) = parameter.max_items {
        limits.push(format!("at most {items} items"));
    }
    if let Some(default) = &parameter.default {
        limits.push(format!("default {}", code_span(default)));
    }
    if let Some(first) = limits.first_mut() {
        *first = capitalised(first);
        doc = format!("{doc} {}.", limits.join(", "));
    }
    if parameter.deprecated {
        doc.push_str(" Deprecated.");
    }
    doc
}
