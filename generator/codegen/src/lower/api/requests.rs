//! Operations → request values and the client methods that make them.

use binance_wire_model::api::{
    Call, Limit, Operation, Parameter, RequestBody, Security, TimeUnit, Type, Weight, WeightCondition,
    WeightRule,
};
use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::path::{PathTemplate, Piece};
use serde::Serialize;

use super::addresses::module;
use super::example::Example;
use super::facts::facts;
use super::text::{code_span, sentence};
use super::{Context, carriage};
use crate::lower::constructor::{self, Constructor, Member};
use crate::lower::rust::RustType;
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
    credit: Credit,
    client_order_id: Option<String>,
    rest: Option<Info>,
    ws_api: Option<Info>,
    /// The function that makes the answer of its SBE form, where it has one.
    pub(super) sbe: Option<String>,
}

impl Request {
    pub(super) fn file(&self) -> &str {
        &self.file
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
    with: Option<String>,
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
    expression: String,
}

/// A header that carries a parameter.
#[derive(Debug, Serialize)]
struct Header {
    name: String,
    wire: String,
    with: Option<String>,
}

/// How an operation is called over a transport.
#[derive(Debug, Serialize)]
struct Info {
    /// The HTTP method's variant, or the WebSocket API method.
    method: String,
    path: String,
    /// What the path is put together from, where it has placeholders: literals, and fields in braces.
    pieces: Vec<String>,
    /// The fields of `OperationInfo` that are not as most are, with their values.
    fields: Vec<String>,
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
        docs.extend(link(operation));
        let sent = parameters.iter().any(|p| p.place == Place::Sent);
        Request {
            file: names::snake(&name),
            docs,
            response: self.rust_type(&operation.response),
            credit: self.credit(operation),
            client_order_id: self.client_order_id(operation),
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
                Piece::Literal(text) => Some(format!("{text:?}")),
                Piece::Variable(name) => {
                    let parameter = parameters.iter().find(|p| p.wire == *name)?;
                    Some(format!("{{{}}}", parameter.name))
                }
            });
            pieces.collect()
        });
        let mut fields = vec![format!("id: {:?}", operation.id)];
        if operation.security != Security::None {
            let variant = names::pascal(operation.security.name());
            fields.push(format!("security: binance_wire_core::Security::{variant}"));
        }
        if operation.signed {
            fields.push("signed: true".to_owned());
        }
        if operation.mutation {
            fields.push("mutation: true".to_owned());
        }
        fields.extend(operation.docs.as_ref().map(|docs| format!("docs: {docs:?}")));
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
                    with: match parameter.required {
                        true => with,
                        false => with.map(|with| {
                            format!(
                                "|value: &Option<{}>| value.as_ref().map({with})",
                                self.rust_type(resolved)
                            )
                        }),
                    },
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

    /// A parameter's name in Rust; a request has methods of its own.
    pub(super) fn parameter_name(wire: &str) -> String {
        const METHODS: &[&str] = &[
            "into_request",
            "new",
            "parameter",
            "parameters",
            "request",
            "send",
            "send_detailed",
            "transport",
        ];
        let name = names::snake(wire);
        if METHODS.contains(&name.as_str()) {
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
                Place::Path | Place::Header => Some("parameter::elsewhere".to_owned()),
            },
            wire: wire.clone(),
        }
    }

    /// The function of `parameter` by which a value is sent, where its type alone does not say how.
    fn with(&self, operation: &Operation, place: Place, resolved: &Type) -> Option<String> {
        let function = |name: &str| Some(format!("parameter::{name}"));
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
                    Some(form) => Some(format!("parameter::{name}_as::<{form}, _>")),
                }
            }
        }
    }

    fn credit(&self, operation: &Operation) -> Credit {
        let Weight(all) = &operation.weight;
        let mut rules: Vec<(Option<String>, String)> = Vec::new();
        for (condition, weight) in all.iter().map(|rule| self.rule(operation, rule)) {
            match (rules.last_mut(), &condition) {
                // Rules in a row that have one weight are one rule.
                (Some((Some(known), same)), Some(condition)) if *same == weight => {
                    *known += &format!(" || {condition}");
                }
                _ => rules.push((condition, weight)),
            }
        }
        let branches = rules.iter().map(|(condition, weight)| match condition {
            Some(condition) => format!("if {condition} {{ {weight} }}"),
            None if rules.len() > 1 => format!("{{ {weight} }}"),
            None => weight.clone(),
        });
        let weight = branches.collect::<Vec<_>>().join(" else ");
        let constructor = match operation.limit {
            Limit::Ip => "ip",
            Limit::Uid => "uid",
        };
        let mut expression = format!("binance_wire_core::Credit::{constructor}({weight})");
        if let Some(weight) = operation.weight_on_success {
            expression += &format!(".on_success({weight})");
        }
        if operation.uid_weight > 0 {
            expression += &format!(".uid_weight({})", operation.uid_weight);
        }
        if operation.unfilled_orders > 0 {
            expression += &format!(".unfilled_orders({})", operation.unfilled_orders);
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
        Credit {
            reads_request: all.iter().any(looks),
            expression,
        }
    }

    fn rule(&self, operation: &Operation, rule: &WeightRule) -> (Option<String>, String) {
        let find = |name: &str| operation.parameters.iter().find(|p| p.name == name);
        let condition = rule.when.as_ref().map(|when| match when {
            WeightCondition::Present { parameter, present } => match find(parameter) {
                Some(p) if p.required => present.to_string(),
                Some(_) if *present => format!("request.{}.is_some()", Self::parameter_name(parameter)),
                _ => format!("request.{}.is_none()", Self::parameter_name(parameter)),
            },
            WeightCondition::Range { parameter, min, max } => {
                let field = Self::parameter_name(parameter);
                let range = bounds(min, max);
                let narrow = find(parameter)
                    .is_some_and(|p| matches!(self.product.resolve(&p.ty), Type::Integer { bits: 32, .. }));
                let wide = |value: String| {
                    if narrow {
                        format!("i64::from({value})")
                    } else {
                        value
                    }
                };
                match find(parameter) {
                    Some(p) if p.required => {
                        format!("({range}).contains(&{})", wide(format!("request.{field}")))
                    }
                    Some(Parameter {
                        default: Some(default),
                        ..
                    }) => {
                        format!(
                            "({range}).contains(&{})",
                            wide(format!("request.{field}.unwrap_or({default})"))
                        )
                    }
                    _ => format!(
                        "request.{field}.is_some_and(|value| ({range}).contains(&{}))",
                        wide("value".to_owned())
                    ),
                }
            }
            WeightCondition::OneOf { parameter, values } => {
                let field = Self::parameter_name(parameter);
                let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
                let values = values.join(" | ");
                match find(parameter) {
                    Some(p) if p.required => format!("matches!(request.{field}.as_str(), {values})"),
                    _ => {
                        format!(
                            "matches!(request.{field}.as_ref().map(|value| value.as_str()), Some({values}))"
                        )
                    }
                }
            }
            WeightCondition::Items { parameter, min, max } => {
                let field = Self::parameter_name(parameter);
                let range = bounds(min, max);
                match find(parameter) {
                    Some(p) if p.required => format!("({range}).contains(&request.{field}.len())"),
                    _ => format!(
                        "request.{field}.as_ref().is_some_and(|list| ({range}).contains(&list.len()))"
                    ),
                }
            }
        });
        let mut weight = rule.weight.to_string();
        if rule.per_item {
            let parameter = match &rule.when {
                Some(
                    WeightCondition::Present { parameter, .. }
                    | WeightCondition::Range { parameter, .. }
                    | WeightCondition::OneOf { parameter, .. }
                    | WeightCondition::Items { parameter, .. },
                ) => Some(parameter),
                None => None,
            };
            if let Some(parameter) = parameter {
                let field = Self::parameter_name(parameter);
                let list = match find(parameter) {
                    Some(p) if p.required => format!("request.{field}.len()"),
                    _ => format!("request.{field}.as_ref().map_or(0, Vec::len)"),
                };
                weight = format!("u32::try_from({list}).unwrap_or(u32::MAX).saturating_mul({weight})");
                if let Some(cap) = rule.cap {
                    weight = format!("{weight}.min({cap})");
                }
            }
        }
        (condition, weight)
    }

    /// The expression of the parameter that identifies the order which a request is about, of the best if there are
    /// several.
    fn client_order_id(&self, operation: &Operation) -> Option<String> {
        if !operation.mutation {
            return None;
        }
        let names: &[&str] = if operation.unfilled_orders > 0 {
            &["newClientOrderId", "listClientOrderId"]
        } else {
            &[
                "origClientOrderId",
                "cancelOrigClientOrderId",
                "listClientOrderId",
            ]
        };
        let text = |ty: &Type| matches!(self.product.resolve(ty), Type::Text | Type::Constant(_));
        let parameter = names.iter().find_map(|name| {
            let mut parameters = operation.parameters.iter();
            parameters.find(|parameter| parameter.name == *name && text(&parameter.ty))
        })?;
        let field = Self::parameter_name(&parameter.name);
        Some(match parameter.required {
            true => format!("Some(request.{field}.as_str())"),
            false => format!("request.{field}.as_deref()"),
        })
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

fn bounds(min: &Option<i64>, max: &Option<i64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{min}..={max}"),
        (Some(min), None) => format!("{min}.."),
        (None, Some(max)) => format!("..={max}"),
        (None, None) => "..".to_owned(),
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
        let mut chars = first.chars();
        *first = chars
            .next()
            .map(|c| c.to_uppercase().chain(chars).collect())
            .unwrap_or_default();
        doc = format!("{doc} {}.", limits.join(", "));
    }
    if parameter.deprecated {
        doc.push_str(" Deprecated.");
    }
    doc
}
