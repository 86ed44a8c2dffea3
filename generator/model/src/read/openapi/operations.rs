//! Paths → operations and streams.

use indexmap::IndexMap;
use openapiv3::{
    OpenAPI, Operation as OpenApiOperation, Parameter as OpenApiParameter, ParameterData,
    ParameterSchemaOrContent, ReferenceOr, Response, SchemaKind, StatusCode, StringType, Type as OpenApiType,
};
use serde_json::Value;

use super::rules::Subject;
use super::weights::Kind;
use super::{At, Reader};
use crate::api::{
    ADDED_BY_CLIENT, Call, ENVIRONMENTS, HttpMethod, Limit, Operation, Parameter, Product, Security,
    Transport, Type, Weight, WeightRule,
};
use crate::named::Named;
use crate::names;
use crate::path::PathTemplate;
use crate::rules::Pattern;

impl Reader {
    pub(super) fn operations(
        &mut self,
        root: &At,
        api: &OpenAPI,
        transport: Transport,
        product: &mut Product,
    ) {
        for (path, entry) in &api.paths.paths {
            let at = root.child("paths").child(path);
            let Some(entry) = super::item(entry) else {
                self.error(&at, "a path by reference", "write the path's operations here");
                continue;
            };
            for (method, operation) in entry.iter() {
                let at = at.child(method);
                if transport == Transport::WsApi && http_method(method) != Some(HttpMethod::Post) {
                    self.error(
                        &at,
                        "a WebSocket API method is a `post` operation",
                        "write `post:`",
                    );
                    continue;
                }
                let Some(method) = http_method(method) else {
                    self.error(
                        &at,
                        format!("HTTP method `{method}` is not used by the exchange"),
                        "use get, post, put or delete",
                    );
                    continue;
                };
                let mut operation = operation.clone();
                // What the path declares holds for its operations, unless they declare it themselves.
                let own: Vec<&str> = operation
                    .parameters
                    .iter()
                    .filter_map(super::item)
                    .map(parameter_name)
                    .collect();
                let common = |p: &&ReferenceOr<OpenApiParameter>| {
                    super::item(p).is_none_or(|p| !own.contains(&parameter_name(p)))
                };
                let common: Vec<_> = entry.parameters.iter().filter(common).cloned().collect();
                operation.parameters.splice(0..0, common);
                let operation = self.operation(&at, path, method, transport, &operation);
                product.operations.push(operation);
            }
        }
    }

    fn operation(
        &mut self,
        at: &At,
        path: &str,
        method: HttpMethod,
        transport: Transport,
        operation: &OpenApiOperation,
    ) -> Operation {
        let id = operation
            .operation_id
            .clone()
            .unwrap_or_else(|| names_from_path(&method.name().to_lowercase(), path));
        let type_name = names::capitalised(&id);
        let extensions = &operation.extensions;
        let text = |key: &str| extensions.get(key).and_then(Value::as_str).map(str::to_owned);
        self.values(at, extensions);
        if self.strict(at) {
            self.complete(at, operation, transport);
        }

        let (parameters, names_signature) = self.parameters(at, &operation.parameters, &type_name);
        if transport == Transport::Rest {
            self.path_parameters(at, path, &parameters);
        }
        let security = match text("x-security").as_deref() {
            Some(name) => self
                .named(&at.child("x-security"), name, "security type")
                .unwrap_or(Security::None),
            // The published document names its security scheme, and lists the signature as a parameter.
            None if operation.security.as_ref().is_some_and(|s| !s.is_empty()) || names_signature => {
                match (names_signature, method) {
                    (true, HttpMethod::Get) => Security::UserData,
                    (true, _) => Security::Trade,
                    (false, _) => Security::MarketData,
                }
            }
            None => Security::None,
        };
        let signed = match extensions.get("x-signed") {
            Some(Value::Bool(signed)) => *signed,
            Some(_) => {
                self.error(&at.child("x-signed"), "not true or false", "write true or false");
                false
            }
            None => security.signs(),
        };
        let mutation = match extensions.get("x-mutation") {
            Some(value) => value.as_bool().unwrap_or_else(|| {
                self.error(
                    &at.child("x-mutation"),
                    "not true or false",
                    "write true or false",
                );
                true
            }),
            None if transport == Transport::Rest => method != HttpMethod::Get,
            None => matches!(
                security,
                Security::Trade | Security::Margin | Security::PredictionTrade
            ),
        };
        let limit = match text("x-limit").as_deref() {
            None => Limit::Ip,
            Some(name) => self
                .named(&at.child("x-limit"), name, "limit")
                .unwrap_or_default(),
        };
        let written = extensions
            .get("x-weight")
            .and_then(|value| self.weight(&at.child("x-weight"), value));
        let weight = written.unwrap_or_else(|| {
            Weight(vec![WeightRule {
                when: None,
                weight: 1,
                per_item: false,
                cap: None,
            }])
        });
        let twin = text("x-twin");
        if twin.is_none() {
            self.conditions(&at.child("x-weight"), &weight, &parameters);
        }
        let mut response = match &twin {
            // A twin's answer is that of its original, by reference.
            Some(_) => Type::Empty,
            None => self.response(at, operation, &type_name),
        };
        let error_data = extensions.get("x-error-data").map(|value| {
            self.extension_type(&at.child("x-error-data"), value, &format!("{type_name}ErrorData"))
        });
        let draft = match text("x-stability-level").as_deref() {
            None | Some("stable") => false,
            Some("draft") => true,
            Some(other) => {
                self.error(
                    &at.child("x-stability-level"),
                    format!("unknown level `{other}`"),
                    "use draft or stable",
                );
                false
            }
        };
        if draft {
            self.draft(at, &response);
            response = Type::Any;
        }
        let carriage = self.carriage(at, transport, method, security, extensions, &parameters);
        let subjects: Vec<Subject<'_>> = parameters.iter().map(Subject::from).collect();
        let rules = self.rules(at, extensions.get("x-rules"), &subjects);
        let constructors = self.constructors(at, extensions.get("x-constructors"), &parameters);
        Operation {
            call: match transport {
                Transport::Rest => Call::Rest {
                    method,
                    path: PathTemplate::parse(path),
                },
                _ => Call::WsApi {
                    method: path.trim_start_matches('/').to_owned(),
                },
            },
            tag: operation
                .tags
                .first()
                .cloned()
                .unwrap_or_else(|| "General".to_owned()),
            summary: operation.summary.clone().unwrap_or_default(),
            description: operation.description.clone(),
            docs: operation.external_docs.as_ref().map(|docs| docs.url.clone()),
            security,
            signed,
            mutation,
            weight,
            weight_documented: ["x-weight", "x-uid-weight", "x-request-limits"]
                .iter()
                .any(|key| extensions.contains_key(*key)),
            weight_on_success: self.number(at, extensions.get("x-weight-on-success"), "x-weight-on-success"),
            limit,
            uid_weight: self.uid_weight(at, limit, extensions),
            request_limits: self.request_limits(at, extensions),
            paging: self.paging(at, extensions, &parameters, &response),
            identity: self.identity(at, extensions, mutation, &parameters),
            unfilled_orders: self
                .number(at, extensions.get("x-unfilled-orders"), "x-unfilled-orders")
                .unwrap_or(0),
            data_source: texts(extensions.get("x-data-source")),
            environments: texts(extensions.get("x-environments")),
            deprecated: operation.deprecated,
            draft,
            by_transport: self.truth(at, extensions, "x-by-transport"),
            sunset: text("x-sunset"),
            parameters,
            body: carriage.body,
            raw_brackets: carriage.raw_brackets,
            rules,
            constructors,
            response,
            envelope: carriage.envelope,
            timeout: carriage.timeout,
            sbe: texts(extensions.get("x-sbe")),
            error_data,
            twin,
            aliases: texts(extensions.get("x-aliases")),
            location: self.location(at),
            id,
        }
    }

    pub(super) fn number(&mut self, at: &At, value: Option<&Value>, key: &str) -> Option<u32> {
        let value = value?;
        let number = value.as_u64().and_then(|n| u32::try_from(n).ok());
        if number.is_none() {
            self.error(
                &at.child(key),
                format!("`{value}` is not a number"),
                "write a whole number",
            );
        }
        number
    }

    /// Checks the extensions whose values are taken from a list.
    pub(super) fn values(&mut self, at: &At, extensions: &IndexMap<String, Value>) {
        const SOURCES: &[&str] = &["Memory", "Database", "Matching Engine"];
        for (key, known) in [("x-environments", ENVIRONMENTS), ("x-data-source", SOURCES)] {
            for value in texts(extensions.get(key)) {
                if !known.contains(&value.as_str()) {
                    let message = format!("`{value}` is not known to `{key}`");
                    self.error(&at.child(key), message, format!("use {}", known.join(", ")));
                }
            }
        }
        for key in [
            "x-environments",
            "x-data-source",
            "x-sbe",
            "x-event-type",
            "x-twin",
            "x-aliases",
            "x-route",
            "x-sunset",
        ] {
            let fits = match extensions.get(key) {
                Some(Value::Array(list)) if !["x-twin", "x-route", "x-sunset"].contains(&key) => {
                    list.iter().all(Value::is_string)
                }
                value => value.is_none_or(Value::is_string),
            };
            if !fits {
                self.error(
                    &at.child(key),
                    format!("`{key}` is not a text"),
                    "write a text, in quotes where YAML reads something else",
                );
            }
        }
        if let Some(day) = extensions.get("x-sunset").filter(|day| day.is_string())
            && !super::check::is_day(day)
        {
            self.error(
                &at.child("x-sunset"),
                format!("{day} is not a day"),
                "write it as 2026-01-31",
            );
        }
    }

    /// What every operation of our specs has.
    pub(super) fn complete(&mut self, at: &At, operation: &OpenApiOperation, transport: Transport) {
        if operation.operation_id.is_none() {
            self.error(
                at,
                "an operation has no operationId",
                "add the exchange's identifier",
            );
        }
        let twin = operation.extensions.contains_key("x-twin");
        if twin && transport != Transport::WsApi {
            self.error(
                &at.child("x-twin"),
                "only a WebSocket API method has a twin",
                "take x-twin away",
            );
        }
        let answers = operation.responses.responses.contains_key(&StatusCode::Code(200));
        // Of a twin, `twins` says which answer it is.
        if !twin && !answers {
            self.error(at, "an operation has no answer", "add responses with '200'");
        }
    }

    /// Each placeholder of a path needs a parameter, and each path parameter a placeholder.
    fn path_parameters(&mut self, at: &At, path: &str, parameters: &[Parameter]) {
        let path = PathTemplate::parse(path);
        let placeholders: Vec<&str> = path.variables().collect();
        for placeholder in &placeholders {
            if !parameters.iter().any(|p| p.in_path && p.name == *placeholder) {
                self.error(
                    at,
                    format!("the path names `{{{placeholder}}}`, which is not declared"),
                    format!("declare a parameter `{placeholder}` with `in: path`"),
                );
            }
        }
        for parameter in parameters.iter().filter(|p| p.in_path) {
            if !placeholders.contains(&parameter.name.as_str()) {
                self.error(
                    at,
                    format!("path parameter `{}` does not stand in the path", parameter.name),
                    "put it into the path in braces, or declare it `in: query`",
                );
            }
            if !matches!(
                self.kind_of(&parameter.ty),
                Kind::Text | Kind::Integer | Kind::ValueSet
            ) {
                let message = format!(
                    "path parameter `{}` is neither a text nor an integer",
                    parameter.name
                );
                self.error(at, message, "declare it as a text, an integer or a value set");
            }
        }
    }

    /// Parameters in order, and whether `signature` was among those that the client adds.
    pub(super) fn parameters(
        &mut self,
        at: &At,
        declared: &[ReferenceOr<OpenApiParameter>],
        owner: &str,
    ) -> (Vec<Parameter>, bool) {
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut signature = false;
        for (index, parameter) in declared.iter().enumerate() {
            let mut at = at.child("parameters").child(&index.to_string());
            let parameter = match parameter {
                ReferenceOr::Item(parameter) => parameter.clone(),
                ReferenceOr::Reference { reference } => {
                    let Some((file, name)) = self.component(&at, reference, "parameters") else {
                        continue;
                    };
                    at = At::new(
                        &file,
                        format!("/components/parameters/{}", crate::read::yaml::escape(&name)),
                    );
                    let found = self
                        .api(&file)
                        .and_then(|api| api.components.as_ref())
                        .and_then(|components| components.parameters.get(&name))
                        .and_then(super::item)
                        .cloned();
                    let Some(parameter) = found else {
                        self.error(
                            &at,
                            "a parameter that is itself a reference",
                            "refer to the parameter directly",
                        );
                        continue;
                    };
                    parameter
                }
            };
            let (data, in_path, in_header) = match &parameter {
                OpenApiParameter::Query { parameter_data, .. } => (parameter_data, false, false),
                OpenApiParameter::Path { parameter_data, .. } => (parameter_data, true, false),
                OpenApiParameter::Header { parameter_data, .. } => (parameter_data, false, true),
                OpenApiParameter::Cookie { parameter_data, .. } => {
                    let name = &parameter_data.name;
                    self.error(
                        &at,
                        format!("parameter `{name}` is neither in the query nor in the path nor in a header"),
                        "use `in: query`, `in: path` or `in: header`",
                    );
                    continue;
                }
            };
            if ADDED_BY_CLIENT.contains(&data.name.as_str()) {
                signature |= data.name == "signature";
                continue;
            }
            if parameters.iter().any(|known| known.name == data.name) {
                self.error(
                    &at,
                    format!("parameter `{}` is declared twice", data.name),
                    "declare it once",
                );
                continue;
            }
            let mut parameter = self.parameter(&at, data, in_path, owner);
            parameter.in_header = in_header;
            if in_header {
                self.header(&at, &parameter);
            }
            parameters.push(parameter);
        }
        (parameters, signature)
    }

    fn parameter(&mut self, at: &At, data: &ParameterData, in_path: bool, owner: &str) -> Parameter {
        let mut parameter = Parameter {
            name: data.name.clone(),
            in_path,
            in_header: false,
            // What stands in a path cannot be left out.
            required: data.required || in_path,
            lower_case: self.truth(at, &data.extensions, "x-lower-case"),
            ty: Type::Text,
            description: data.description.clone(),
            default: None,
            minimum: None,
            maximum: None,
            max_items: None,
            pattern: None,
            deprecated: data.deprecated.unwrap_or(false),
        };
        if in_path && !data.required && self.strict(at) {
            self.error(
                at,
                "a parameter in the path is not required",
                "write `required: true`; `x-optional: true` beside it where the placeholder may be omitted",
            );
        }
        if self.truth(at, &data.extensions, "x-optional") {
            parameter.required = false;
        }
        let ParameterSchemaOrContent::Schema(schema) = &data.format else {
            self.error(
                at,
                "a parameter described by `content`",
                "describe it by `schema`",
            );
            return parameter;
        };
        let at = at.child("schema");
        parameter.ty = self.ty(&at, schema, &format!("{owner} {}", data.name), owner);
        // A parameter with one documented value is still a text that the caller chooses to send.
        if let Type::Constant(_) = parameter.ty {
            parameter.ty = Type::Text;
        }
        if let Some(schema) = super::item(schema) {
            parameter.default = schema.schema_data.default.as_ref().map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            match &schema.schema_kind {
                SchemaKind::Type(OpenApiType::Integer(integer)) => {
                    parameter.minimum = integer.minimum.map(|n| n.to_string());
                    parameter.maximum = integer.maximum.map(|n| n.to_string());
                }
                SchemaKind::Type(OpenApiType::Number(number)) => {
                    parameter.minimum = number.minimum.map(|n| n.to_string());
                    parameter.maximum = number.maximum.map(|n| n.to_string());
                }
                SchemaKind::Type(OpenApiType::Array(array)) => parameter.max_items = array.max_items,
                SchemaKind::Type(OpenApiType::String(string)) => {
                    parameter.pattern = self.text_form(&at, string);
                }
                _ => {}
            }
        }
        parameter
    }

    /// The form that `pattern`, or `minLength` and `maxLength`, say that a text has.
    fn text_form(&mut self, at: &At, string: &StringType) -> Option<Pattern> {
        let lengths = string.min_length.is_some() || string.max_length.is_some();
        if let Some(text) = &string.pattern {
            if !self.strict(at) {
                // What clients cannot check is passed over.
                return Pattern::parse(text).filter(|_| !lengths);
            }
            if lengths {
                let remedy = "write the counts in the pattern";
                self.error(&at.child("pattern"), "a pattern beside a length", remedy);
            }
            return self.text_pattern(&at.child("pattern"), Some(text));
        }
        lengths.then(|| Pattern {
            class: String::new(),
            min: string.min_length.unwrap_or(0),
            max: string.max_length.unwrap_or(usize::MAX),
        })
    }

    pub(super) fn response(&mut self, at: &At, operation: &OpenApiOperation, owner: &str) -> Type {
        let success = operation
            .responses
            .responses
            .iter()
            .find(|(status, _)| matches!(status, StatusCode::Code(200 | 201)));
        let Some((status, response)) = success else {
            return Type::Empty;
        };
        let mut at = at.child("responses").child(&status.to_string());
        let response: Option<Response> = match response {
            ReferenceOr::Item(response) => Some(response.clone()),
            ReferenceOr::Reference { reference } => {
                self.component(&at, reference, "responses")
                    .and_then(|(file, name)| {
                        at = At::new(
                            &file,
                            format!("/components/responses/{}", crate::read::yaml::escape(&name)),
                        );
                        self.api(&file)?
                            .components
                            .as_ref()?
                            .responses
                            .get(&name)
                            .and_then(super::item)
                            .cloned()
                    })
            }
        };
        let Some(response) = response else {
            return Type::Empty;
        };
        let content = response
            .content
            .iter()
            .find(|(media, _)| media.contains("json"))
            .or(response.content.iter().next());
        let Some((media, content)) = content else {
            return Type::Empty;
        };
        let Some(schema) = &content.schema else {
            return Type::Empty;
        };
        let at = at.child("content").child(media).child("schema");
        self.ty(
            &at,
            schema,
            &format!("{owner}Response"),
            &format!("{owner}Response"),
        )
    }
}

fn parameter_name(parameter: &OpenApiParameter) -> &str {
    &parameter.parameter_data_ref().name
}

/// The method that a key of a path names.
pub(super) fn http_method(key: &str) -> Option<HttpMethod> {
    HttpMethod::of(&key.to_uppercase())
}

/// `POST /sapi/v1/margin/loan` → `postSapiV1MarginLoan`, for documents that name no operation.
pub(super) fn names_from_path(method: &str, path: &str) -> String {
    format!(
        "{method} {}",
        path.replace(['/', '{', '}', '<', '>', '@', '!'], " ")
    )
    .trim()
    .to_owned()
}

/// A text or a list of texts.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
