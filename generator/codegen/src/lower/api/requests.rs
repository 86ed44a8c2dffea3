//! Operations → request values and the client methods that make them.

use serde::Serialize;

use super::facts::facts;
use super::text::{code_span, push_literal, sentence};
use super::{Context, carriage};
use crate::diagnostics::Diagnostic;
use crate::model::api::{
    Call, Limit, Operation, Parameter, RequestBody, TimeUnit, Type, TypeKind, Weight, WeightCondition,
    WeightRule,
};
use crate::names::{self, Scope};

/// A request type: one REST operation, one WebSocket API method, or a pair of twins.
#[derive(Debug, Serialize)]
pub(super) struct Request {
    file: String,
    pub(super) name: String,
    docs: Vec<String>,
    parameters: Vec<RustParameter>,
    required: Vec<RustParameter>,
    optional: Vec<RustParameter>,
    /// What goes into the query or the body, and what into headers.
    sent: Vec<RustParameter>,
    headers: Vec<RustParameter>,
    /// Whether it takes parameters by name besides.
    free: bool,
    response: String,
    credit: Credit,
    client_order_id: Vec<RustParameter>,
    rest: Option<Info>,
    ws_api: Option<Info>,
    /// The function that makes the answer of its SBE form, where it has one.
    pub(super) sbe: Option<String>,
}

impl Request {
    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

#[derive(Clone, Debug, Serialize)]
struct RustParameter {
    name: String,
    wire: String,
    doc: String,
    /// The type of the value.
    rust: String,
    /// How a setter takes it: `into`, `value` or `list`.
    taken: &'static str,
    /// The element's type, of a list.
    element: String,
    required: bool,
    #[serde(skip)]
    in_path: bool,
    #[serde(skip)]
    in_header: bool,
    /// The statement that hands `value` to the sink.
    write: String,
    /// An argument in an example.
    example: String,
}

#[derive(Debug, Serialize)]
struct Credit {
    /// Condition and weight, as expressions; the last condition is empty.
    rules: Vec<(String, String)>,
    on_success: Option<u32>,
    scope: &'static str,
    uid_weight: u32,
    unfilled_orders: u32,
}

#[derive(Debug, Serialize)]
struct Info {
    id: String,
    product: String,
    security: String,
    signed: bool,
    mutation: bool,
    docs: String,
    /// The HTTP method's variant, or the WebSocket API method.
    method: String,
    path: String,
    /// The expression that fills the path's placeholders, where it has any.
    filled_path: Option<String>,
    /// What is rarely said: fields with their values.
    further: Vec<String>,
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
    arguments: Vec<RustParameter>,
    example: String,
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
                self.errors.push(Diagnostic::new(
                    &operation.location.file,
                    operation.location.line,
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
        let (required, optional): (Vec<_>, Vec<_>) = parameters.iter().cloned().partition(|p| p.required);
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
        let client_order_id = client_order_id(operation, &parameters);
        let placed = |is: &dyn Fn(&RustParameter) -> bool| {
            parameters.iter().filter(|p| is(p)).cloned().collect::<Vec<_>>()
        };
        Request {
            file: names::snake(&name),
            docs,
            response: self.rust_type(&operation.response),
            credit: self.credit(operation),
            client_order_id,
            rest: rest.map(|o| self.info(o, &parameters)),
            ws_api: ws_api.map(|o| self.info(o, &parameters)),
            sbe: None,
            sent: placed(&|p| !p.in_path && !p.in_header),
            headers: placed(&|p| p.in_header),
            free: operation.draft,
            parameters,
            required,
            optional,
            name,
        }
    }

    fn info(&self, operation: &Operation, parameters: &[RustParameter]) -> Info {
        let (method, path) = match &operation.call {
            Call::Rest { method, path } => (names::pascal(&method.to_lowercase()), path.clone()),
            Call::WsApi { method } => (method.clone(), String::new()),
        };
        let mut filled_path = None;
        if path.contains('{') {
            let mut pieces = Vec::new();
            let mut rest = path.as_str();
            while let Some((literal, (placeholder, behind))) = rest
                .split_once('{')
                .and_then(|(literal, rest)| Some((literal, rest.split_once('}')?)))
            {
                pieces.push(push_literal("path", literal));
                pieces.extend(
                    parameters
                        .iter()
                        .filter(|p| p.wire == placeholder)
                        .map(|p| match p.taken {
                            "into" => format!(
                                "binance_wire_core::push_path_segment(&mut path, self.{}.as_str());",
                                p.name
                            ),
                            _ => format!(
                                "binance_wire_core::push_path_segment(&mut path, &self.{}.to_string());",
                                p.name
                            ),
                        }),
                );
                rest = behind;
            }
            if !rest.is_empty() {
                pieces.push(push_literal("path", rest));
            }
            filled_path = Some(pieces.concat());
        }
        Info {
            id: operation.id.clone(),
            product: self.product.name.clone(),
            security: carriage::security(operation.security).1.to_owned(),
            signed: operation.signed,
            mutation: operation.mutation,
            docs: operation.docs.clone().unwrap_or_default(),
            method,
            path,
            filled_path,
            further: carriage::further(operation),
        }
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
        let rust = self.rust_type(&resolved);
        let spread = operation.raw_brackets && self.is_list_of_objects(&resolved);
        let hand_over = |json: &str| match spread {
            true => format!("binance_wire_core::write_bracketed(sink, {wire:?}, {json})"),
            false => format!("sink.json({wire:?}, {json})"),
        };
        let json = || match self.form(&resolved) {
            None => hand_over("&json::to_string(value)"),
            Some(form) => format!(
                "let mut writer = json::Writer::new(); <{form} as json::Form<_>>::write(value, &mut writer); {}",
                hand_over("writer.as_str()")
            ),
        };
        // A query has text alone; JSON tells a number from a text.
        let in_json = operation.body == RequestBody::Json && !parameter.in_header;
        let taken = self.taken(&resolved);
        let write = match &resolved {
            Type::Text | Type::Constant(_) => format!("sink.text({wire:?}, value)"),
            // Texts in every encoding, also where others have numbers and booleans of their own.
            Type::Boolean { as_text: true } => {
                format!("sink.text({wire:?}, if *value {{ \"true\" }} else {{ \"false\" }})")
            }
            Type::Boolean { .. } => format!("sink.boolean({wire:?}, *value)"),
            Type::Integer { as_text: true, .. } => format!("sink.text({wire:?}, &value.to_string())"),
            Type::Integer { bits: 32, .. } => format!("sink.integer({wire:?}, i64::from(*value))"),
            Type::Integer { .. } => format!("sink.integer({wire:?}, *value)"),
            Type::Decimal { bare: true, .. } if in_json => format!("sink.number({wire:?}, *value)"),
            Type::Decimal { .. } => format!("sink.decimal({wire:?}, *value)"),
            Type::Time {
                unit, as_text: true, ..
            } => format!("sink.text({wire:?}, &value.{}().to_string())", count_in(*unit)),
            Type::Time { unit, .. } if *unit == TimeUnit::Second || !self.product.any_time_unit => {
                format!("sink.integer({wire:?}, value.{}())", count_in(*unit))
            }
            Type::Time { .. } => format!("sink.timestamp({wire:?}, *value)"),
            Type::Named(name) if self.is_value_set(name) => {
                format!("sink.text({wire:?}, value.as_str())")
            }
            _ => json(),
        };
        let example = self.example(wire, &resolved, parameter.minimum.as_deref());
        let element = match &resolved {
            Type::Array(element) => self.rust_type(element),
            _ => String::new(),
        };
        RustParameter {
            name: Self::parameter_name(wire),
            doc: parameter_doc(parameter),
            rust,
            taken,
            element,
            required: parameter.required,
            in_path: parameter.in_path,
            in_header: parameter.in_header,
            write,
            example,
            wire: wire.clone(),
        }
    }

    /// A value to show in an example; empty where there is none to show.
    pub(super) fn example(&self, wire: &str, ty: &Type, minimum: Option<&str>) -> String {
        match self.product.resolve(ty) {
            Type::Text | Type::Constant(_) => match wire {
                "symbol" => "\"BTCUSDT\"".to_owned(),
                "asset" => "\"BTC\"".to_owned(),
                _ => "\"text\"".to_owned(),
            },
            Type::Boolean { .. } => "true".to_owned(),
            Type::Integer { .. } => minimum.unwrap_or("1").to_owned(),
            Type::Decimal { .. } => "1".to_owned(),
            Type::Time {
                unit: TimeUnit::Second,
                ..
            } => "binance_wire_core::Timestamp::from_secs(1_735_693_200)".to_owned(),
            Type::Time { .. } => "binance_wire_core::Timestamp::from_millis(1_735_693_200_000)".to_owned(),
            Type::Array(element) => match self.product.resolve(element) {
                Type::Text | Type::Constant(_) => "[\"BTCUSDT\", \"ETHUSDT\"]".to_owned(),
                element => match self.example(wire, element, None) {
                    example if example.is_empty() => example,
                    example => format!("[{example}]"),
                },
            },
            Type::Named(name) => match self.product.types.get(name).map(|def| &def.kind) {
                Some(TypeKind::Enum(values)) => format!("{:?}", values.first().map_or("", String::as_str)),
                _ => self.object_example(name),
            },
            Type::Map(_) | Type::OneOrMany(_) | Type::Any | Type::Empty => String::new(),
        }
    }

    fn credit(&self, operation: &Operation) -> Credit {
        let Weight(rules) = &operation.weight;
        let rules: Vec<_> = rules.iter().map(|rule| self.rule(operation, rule)).collect();
        Credit {
            rules,
            on_success: operation.weight_on_success,
            scope: match operation.limit {
                Limit::Ip => "Ip",
                Limit::Uid => "Uid",
            },
            uid_weight: operation.uid_weight,
            unfilled_orders: operation.unfilled_orders,
        }
    }

    fn rule(&self, operation: &Operation, rule: &WeightRule) -> (String, String) {
        let find = |name: &str| operation.parameters.iter().find(|p| p.name == name);
        let condition = match &rule.when {
            None => String::new(),
            Some(WeightCondition::Present { parameter, present }) => match find(parameter) {
                Some(p) if p.required => present.to_string(),
                Some(_) if *present => format!("self.{}.is_some()", Self::parameter_name(parameter)),
                _ => format!("self.{}.is_none()", Self::parameter_name(parameter)),
            },
            Some(WeightCondition::Range { parameter, min, max }) => {
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
                        format!("({range}).contains(&{})", wide(format!("self.{field}")))
                    }
                    Some(Parameter {
                        default: Some(default),
                        ..
                    }) => {
                        format!(
                            "({range}).contains(&{})",
                            wide(format!("self.{field}.unwrap_or({default})"))
                        )
                    }
                    _ => format!(
                        "self.{field}.is_some_and(|value| ({range}).contains(&{}))",
                        wide("value".to_owned())
                    ),
                }
            }
            Some(WeightCondition::OneOf { parameter, values }) => {
                let field = Self::parameter_name(parameter);
                let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
                let values = values.join(" | ");
                match find(parameter) {
                    Some(p) if p.required => format!("matches!(self.{field}.as_str(), {values})"),
                    _ => {
                        format!("matches!(self.{field}.as_ref().map(|value| value.as_str()), Some({values}))")
                    }
                }
            }
            Some(WeightCondition::Items { parameter, min, max }) => {
                let field = Self::parameter_name(parameter);
                let range = bounds(min, max);
                match find(parameter) {
                    Some(p) if p.required => format!("({range}).contains(&self.{field}.len())"),
                    _ => format!("self.{field}.as_ref().is_some_and(|list| ({range}).contains(&list.len()))"),
                }
            }
        };
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
                    Some(p) if p.required => format!("self.{field}.len()"),
                    _ => format!("self.{field}.as_ref().map_or(0, Vec::len)"),
                };
                weight = format!("u32::try_from({list}).unwrap_or(u32::MAX).saturating_mul({weight})");
                if let Some(cap) = rule.cap {
                    weight = format!("{weight}.min({cap})");
                }
            }
        }
        (condition, weight)
    }

    pub(super) fn method(&mut self, operation: &Operation) -> Method {
        let (client, how) = match &operation.call {
            Call::Rest { method, path } => ("rest", format!("`{method} {path}`")),
            Call::WsApi { method } => ("ws_api", format!("`{method}`")),
        };
        let name = names::snake(&operation.id);
        let arguments: Vec<RustParameter> = self
            .parameters(operation)
            .into_iter()
            .filter(|p| p.required)
            .collect();
        let mut docs = docs(operation);
        docs.push(format!("- {how}"));
        docs.extend(facts(operation).into_iter().map(|fact| format!("- {fact}")));
        docs.extend(link(operation));
        let crate_name = self.crate_name();
        let passed: Vec<String> = arguments.iter().map(|a| a.example.clone()).collect();
        let usable = passed.iter().all(|a| !a.is_empty());
        let example = if usable {
            format!("client.{name}({}).send().await?", passed.join(", "))
        } else {
            String::new()
        };
        Method {
            request: self.request_name(operation),
            name,
            docs,
            client,
            crate_name,
            arguments,
            example,
            deprecated: operation.deprecated,
            aliases: operation.aliases.clone(),
        }
    }
}

/// The method of `Timestamp` that counts in a unit.
fn count_in(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "as_secs",
        TimeUnit::Millisecond => "as_millis",
        TimeUnit::Microsecond => "as_micros",
    }
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

/// The parameters that identify the order which a request is about, the best first.
fn client_order_id(operation: &Operation, parameters: &[RustParameter]) -> Vec<RustParameter> {
    if !operation.mutation {
        return Vec::new();
    }
    let places_orders = operation.unfilled_orders > 0;
    let names: &[&str] = if places_orders {
        &["newClientOrderId", "listClientOrderId"]
    } else {
        &[
            "origClientOrderId",
            "cancelOrigClientOrderId",
            "listClientOrderId",
        ]
    };
    let text = |p: &&RustParameter, name: &str| p.wire == name && p.rust == "Text";
    names
        .iter()
        .filter_map(|name| parameters.iter().find(|p| text(p, name)).cloned())
        .take(1)
        .collect()
}
