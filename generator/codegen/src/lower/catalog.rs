//! The API as data: what the specs of a product say, as JSON that programs read when they run.
//!
//! Nothing is in there that has its default value: `false`, an empty text, list or object.

use std::fmt::Write;

use binance_wire_model::api::{
    BookRule, BookSource, Call, Envelope, ErrorFamily, Evidence, Field, Identity, Limit, Operation, Paging,
    Parameter, Product, QueryTwin, RateLimits, RequestBody, RequestLimit, Server, Stream, Type, TypeDef,
    TypeKind, UserData, UserDataAccess, WeightCondition, WeightRule,
};
use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};
use binance_wire_model::rules::{Condition, NamedConstructor, Need, Pattern, Rule};
use binance_wire_model::source::SourceFile;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::render::{GeneratedFile, Renderer};
use crate::versions::Versions;

/// The folder of the crate.
pub const FOLDER: &str = "catalog-data";

/// The crate's name.
pub const NAME: &str = "binance-wire-catalog-data";

/// The file that has the families of error codes.
const ERROR_CODES: &str = "error-codes.json";

/// Prints what the crate consists of, but for the data of the products.
///
/// # Errors
/// A template that is missing or does not print Rust.
pub fn render(
    products: &[String],
    families: &[ErrorFamily],
    versions: &Versions,
    renderer: &Renderer<'_>,
) -> anyhow::Result<Vec<GeneratedFile>> {
    let mut names = products.to_vec();
    names.sort();
    let krate = Crate {
        name: NAME,
        version: versions.of(NAME),
        requirement: versions.requirement(NAME),
        count: names.len(),
        products: names
            .into_iter()
            .map(|name| Entry {
                file: file(&name),
                name,
            })
            .collect(),
        error_codes: format!("data/{ERROR_CODES}"),
    };
    Ok(vec![
        renderer.text("catalog/Cargo.toml.j2", &krate, "Cargo.toml")?,
        renderer.text("catalog/README.md.j2", &krate, "README.md")?,
        error_codes(families),
        renderer.rust("catalog/lib.rs.j2", &krate, "src/lib.rs")?,
    ])
}

/// The file with the families of error codes.
pub fn error_codes(families: &[ErrorFamily]) -> GeneratedFile {
    GeneratedFile {
        path: format!("data/{ERROR_CODES}"),
        contents: listed(families.iter().map(family)),
    }
}

/// The file with a product's data.
pub fn file(product: &str) -> String {
    format!("data/{product}.json")
}

#[derive(Serialize)]
struct Crate<'v> {
    name: &'static str,
    version: &'v str,
    requirement: &'v str,
    count: usize,
    products: Vec<Entry>,
    error_codes: String,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    file: String,
}

/// A product's data, with a line for each operation, stream, type and sample. The types have the names that they have in
/// Rust.
///
/// # Errors
/// A sample that is no JSON, or has no call and payload.
pub fn product(product: &Product, samples: &[SourceFile]) -> Result<GeneratedFile, Diagnostics> {
    let mut head = Object::default();
    head.set("name", product.name.as_str());
    head.set("title", product.title.as_deref());
    head.set("servers", all(&product.servers, server));
    head.set("rateLimits", product.rate_limits.as_ref().map(rate_limits));
    let families = product.error_families.iter().map(|(name, _)| name.as_str());
    head.set("errorFamilies", families.collect::<Vec<_>>());
    head.set("anyTimeUnit", product.any_time_unit);
    head.set("examples", texts(product.examples.iter()));
    head.set("streamRules", stream_rules(product));
    head.set("userData", all(&product.user_data, user_data));
    head.set("userDataEvents", product.user_data_events.as_deref());
    head.set(
        "connectionEvents",
        product
            .connection_events
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    let mut text = String::from("{\n");
    for (name, value) in &head.0 {
        let _ = writeln!(text, "{}: {value},", Value::from(name.as_str()));
    }
    let lists = [
        ("operations", listed(product.operations.iter().map(operation))),
        ("streams", listed(product.streams.iter().map(stream))),
        ("samples", listed(self::samples(samples)?)),
    ];
    for (name, list) in lists {
        let _ = writeln!(text, "\"{name}\": {},", list.trim_end());
    }
    let types = product.types.iter().map(|(name, def)| {
        let value = type_def(def);
        format!("{}: {value}", Value::from(name.as_str()))
    });
    let _ = writeln!(
        text,
        "\"types\": {{\n{}\n}}\n}}",
        types.collect::<Vec<_>>().join(",\n")
    );
    Ok(GeneratedFile {
        path: file(&product.name),
        contents: text,
    })
}

/// A list with a line for each element.
fn listed(values: impl IntoIterator<Item = impl ToString>) -> String {
    let lines: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    match lines.is_empty() {
        true => "[]\n".to_owned(),
        false => format!("[\n{}\n]\n", lines.join(",\n")),
    }
}

/// An object without what has its default value.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        let default = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Bool(true) | Value::Number(_) => false,
        };
        if !default {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// The same for what may be empty without being left out: a member that is there means something.
    fn keep(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// An object with one member, which says of what kind the value is.
    fn kind(name: &str, value: impl Into<Value>) -> Value {
        let mut object = Self::default();
        object.keep(name, value);
        object.into()
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Value::Object(object.0)
    }
}

fn all<T>(values: &[T], each: impl Fn(&T) -> Value) -> Vec<Value> {
    values.iter().map(each).collect()
}

fn strings(values: &[String]) -> Vec<&str> {
    values.iter().map(String::as_str).collect()
}

fn texts<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Map<String, Value> {
    pairs
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect()
}

fn server(server: &Server) -> Value {
    let mut object = Object::default();
    object.set("transport", server.transport.name());
    object.set("environment", server.environment.as_str());
    object.set("url", server.url.as_str());
    object.set("sbe", server.sbe);
    object.set("name", server.name.as_deref());
    object.into()
}

fn rate_limits(limits: &RateLimits) -> Value {
    let mut object = Object::default();
    object.set("system", limits.system.as_str());
    object.set("eachEndpoint", limits.each_endpoint);
    object.set("connectWeight", limits.connect_weight);
    object.set("timePath", limits.time_path.as_deref());
    object.set(
        "rules",
        all(&limits.rules, |rule| {
            let mut object = Object::default();
            object.set("kind", rule.kind.name());
            object.set("count", rule.count);
            object.set("interval", rule.interval.name());
            object.set("every", rule.every);
            object.into()
        }),
    );
    object.into()
}

fn stream_rules(product: &Product) -> Value {
    let rules = &product.stream_rules;
    let mut object = Object::default();
    object.set("routes", texts(rules.routes.iter()));
    object.set("maxStreams", rules.max_streams);
    object.set("messagesPerSecond", rules.messages_per_second);
    object.set("signedTopics", rules.signed_topics);
    object.into()
}

fn user_data(entry: &UserData) -> Value {
    let mut object = Object::default();
    object.set("name", entry.name.as_str());
    object.set("server", entry.server.as_deref());
    object.set("start", entry.start.as_str());
    object.set("events", ty(&entry.events));
    match &entry.access {
        UserDataAccess::ListenKey {
            keep_alive,
            close,
            path,
            minutes,
        } => {
            let mut key = Object::default();
            key.set("keepAlive", keep_alive.as_str());
            key.set("close", close.as_deref());
            key.set("path", path.as_str());
            key.set("minutes", *minutes);
            object.set("listenKey", key);
        }
        UserDataAccess::ListenToken { subscribe } => object.set("listenToken", subscribe.as_str()),
    }
    object.into()
}

fn operation(operation: &Operation) -> Value {
    let mut object = Object::default();
    object.set("id", operation.id.as_str());
    match &operation.call {
        Call::Rest { method, path } => {
            object.set("method", method.name());
            object.set("path", path.as_str());
        }
        Call::WsApi { method } => object.set("wsMethod", method.as_str()),
    }
    object.set("tag", operation.tag.as_str());
    object.set("summary", operation.summary.as_str());
    object.set("description", operation.description.as_deref());
    object.set("docs", operation.docs.as_deref());
    object.set("security", operation.security.name());
    object.set("signed", operation.signed);
    object.set("mutation", operation.mutation);
    object.set("weight", all(&operation.weight.0, weight_rule));
    object.set("weightUndocumented", !operation.weight_documented);
    object.set("weightOnSuccess", operation.weight_on_success);
    object.set("limit", limit(operation.limit));
    object.set("uidWeight", some(operation.uid_weight));
    object.set("requestLimits", all(&operation.request_limits, request_limit));
    object.set("paging", all(&operation.paging, paging));
    object.set("identity", identity(&operation.identity));
    object.set("unfilledOrders", some(operation.unfilled_orders));
    object.set("dataSource", strings(&operation.data_source));
    object.set("environments", strings(&operation.environments));
    object.set("deprecated", operation.deprecated);
    object.set("draft", operation.draft);
    object.set("byTransport", operation.by_transport);
    object.set("sunset", operation.sunset.as_deref());
    object.set("parameters", all(&operation.parameters, parameter));
    object.set(
        "body",
        match operation.body {
            RequestBody::None => None,
            RequestBody::Form => Some("form"),
            RequestBody::Json => Some("json"),
        },
    );
    object.set("rawBrackets", operation.raw_brackets);
    object.set("rules", all(&operation.rules, rule));
    object.set("constructors", all(&operation.constructors, constructor));
    object.set("response", ty(&operation.response));
    object.set("envelope", operation.envelope.as_ref().map(envelope));
    object.set("timeout", operation.timeout);
    object.set("sbe", strings(&operation.sbe));
    object.set("errorData", operation.error_data.as_ref().map(ty));
    object.set("twin", operation.twin.as_deref());
    object.set("aliases", strings(&operation.aliases));
    object.into()
}

/// A number, unless it is 0.
fn some(number: u32) -> Option<u32> {
    (number > 0).then_some(number)
}

fn limit(limit: Limit) -> Option<&'static str> {
    (limit != Limit::Ip).then(|| limit.name())
}

fn weight_rule(rule: &WeightRule) -> Value {
    let mut object = Object::default();
    object.set("when", rule.when.as_ref().map(weight_condition));
    object.set("weight", rule.weight);
    object.set("perItem", rule.per_item);
    object.set("cap", rule.cap);
    object.into()
}

fn weight_condition(condition: &WeightCondition) -> Value {
    let mut object = Object::default();
    object.set("parameter", condition.parameter());
    match condition {
        WeightCondition::Present { present, .. } => object.keep("present", *present),
        WeightCondition::Range { min, max, .. } => {
            object.set("min", *min);
            object.set("max", *max);
        }
        WeightCondition::OneOf { values, .. } => object.set("values", strings(values)),
        WeightCondition::Items { min, max, .. } => {
            object.set("minItems", *min);
            object.set("maxItems", *max);
        }
    }
    object.into()
}

fn request_limit(limit: &RequestLimit) -> Value {
    let mut object = Object::default();
    object.set("count", limit.count);
    object.set("interval", limit.interval.name());
    object.set("every", limit.every);
    object.set("scope", self::limit(limit.scope));
    object.set("with", strings(&limit.with));
    object.into()
}

fn paging(paging: &Paging) -> Value {
    let mut object = Object::default();
    object.set("by", paging.by.name());
    object.set("from", paging.from.as_str());
    object.set("to", paging.to.as_deref());
    object.set("limit", paging.limit.as_deref());
    object.set("rows", paging.rows.as_deref());
    object.set("next", paging.next.as_deref());
    object.set("total", paging.total.as_deref());
    object.set("id", paging.id.as_deref());
    object.set("hours", paging.hours);
    object.into()
}

fn identity(identity: &Identity) -> Value {
    let mut object = Object::default();
    object.set("each", identity.each.as_deref());
    object.set("ids", strings(&identity.ids));
    object.set("idsBeside", pairs(&identity.ids_beside));
    object.set("query", identity.query.as_ref().map(query_twin));
    object.set("none", identity.none.as_deref());
    object.into()
}

fn query_twin(query: &QueryTwin) -> Value {
    let mut object = Object::default();
    object.set("operation", query.operation.as_str());
    object.set("with", pairs(&query.with));
    object.set("absent", query.absent.clone());
    let done = match &query.done {
        Evidence::Exists => Value::from("exists"),
        Evidence::Listed(list) => Object::kind("listed", list.as_str()),
        Evidence::Is(member, values) => {
            let mut is = Object::default();
            is.set("member", member.as_str());
            is.set("values", strings(values));
            Object::kind("is", is)
        }
        Evidence::Same(members, unless) => {
            let mut same = Object::default();
            same.set("members", pairs(members));
            same.set("unless", strings(unless));
            Object::kind("same", same)
        }
    };
    object.set("done", done);
    object.into()
}

fn pairs(pairs: &[(String, String)]) -> Vec<Value> {
    all(pairs, |(a, b)| vec![a.as_str(), b.as_str()].into())
}

fn parameter(parameter: &Parameter) -> Value {
    let mut object = Object::default();
    object.set("name", parameter.name.as_str());
    let place = match (parameter.in_path, parameter.in_header) {
        (true, _) => Some("path"),
        (false, true) => Some("header"),
        (false, false) => None,
    };
    object.set("in", place);
    object.set("required", parameter.required);
    object.set("lowerCase", parameter.lower_case);
    object.set("type", ty(&parameter.ty));
    object.set("description", parameter.description.as_deref());
    object.set("default", parameter.default.as_deref());
    object.set("minimum", parameter.minimum.as_deref());
    object.set("maximum", parameter.maximum.as_deref());
    object.set("maxItems", parameter.max_items);
    object.set("pattern", parameter.pattern.as_ref().map(pattern));
    object.set("deprecated", parameter.deprecated);
    object.into()
}

fn pattern(pattern: &Pattern) -> Value {
    let mut object = Object::default();
    object.set("class", pattern.class.as_str());
    object.set("min", pattern.min);
    object.set("max", pattern.max);
    object.into()
}

fn rule(rule: &Rule) -> Value {
    let mut object = Object::default();
    object.set("when", all(&rule.when, condition));
    object.set("need", need(&rule.need));
    object.set("code", rule.code);
    object.set("hint", rule.hint.as_deref());
    object.into()
}

fn condition(condition: &Condition) -> Value {
    let mut object = Object::default();
    object.set("parameter", condition.parameter());
    match condition {
        Condition::Sent { sent, .. } => object.keep("sent", *sent),
        Condition::Is {
            values, by_default, ..
        } => {
            object.set("values", strings(values));
            object.set("byDefault", *by_default);
        }
    }
    object.into()
}

fn need(need: &Need) -> Value {
    let (name, value): (&str, Value) = match need {
        Need::Required(names) => ("required", strings(names).into()),
        Need::OneOf(names) => ("oneOf", strings(names).into()),
        Need::Exclusive(names) => ("exclusive", strings(names).into()),
        Need::Together(names) => ("together", strings(names).into()),
        Need::Forbidden(names) => ("forbidden", strings(names).into()),
        Need::Positive(names) => ("positive", strings(names).into()),
        Need::Values {
            parameter,
            allowed,
            refused,
        } => {
            let mut object = Object::default();
            object.set("parameter", parameter.as_str());
            object.set("allowed", strings(allowed));
            object.set("refused", strings(refused));
            ("values", object.into())
        }
        Need::Pattern { parameter, pattern } => {
            let mut object = Object::default();
            object.set("parameter", parameter.as_str());
            object.set("pattern", self::pattern(pattern));
            ("pattern", object.into())
        }
        Need::Range { parameter, min, max } => {
            let mut object = Object::default();
            object.set("parameter", parameter.as_str());
            object.set("min", min.as_deref());
            object.set("max", max.as_deref());
            ("range", object.into())
        }
        Need::Span { from, to, hours } => {
            let mut object = Object::default();
            object.set("from", from.as_str());
            object.set("to", to.as_str());
            object.set("hours", *hours);
            ("span", object.into())
        }
        Need::Combinations(lists) => {
            let lists = lists.iter().map(|names| strings(names).into());
            ("combinations", lists.collect::<Vec<Value>>().into())
        }
    };
    Object::kind(name, value)
}

fn constructor(constructor: &NamedConstructor) -> Value {
    let mut object = Object::default();
    object.set("name", constructor.name.as_str());
    object.set("description", constructor.description.as_str());
    object.set("set", pairs(&constructor.set));
    object.set("takes", strings(&constructor.takes));
    object.into()
}

fn envelope(envelope: &Envelope) -> Value {
    let mut object = Object::default();
    object.set("code", envelope.code.as_deref());
    object.set("ok", strings(&envelope.ok));
    object.set("success", envelope.success.as_deref());
    object.set("message", envelope.message.as_deref());
    object.set("data", envelope.data.as_deref());
    object.set("optional", envelope.optional);
    object.into()
}

fn stream(stream: &Stream) -> Value {
    let mut object = Object::default();
    object.set("id", stream.id.as_str());
    object.set("pattern", stream.pattern.as_str());
    object.set("tag", stream.tag.as_str());
    object.set("summary", stream.summary.as_str());
    object.set("description", stream.description.as_deref());
    object.set("docs", stream.docs.as_deref());
    object.set("parameters", all(&stream.parameters, parameter));
    object.set("updateSpeed", stream.update_speed.as_deref());
    object.set("route", stream.route.as_deref());
    object.set("eventTypes", strings(&stream.event_types));
    object.set("event", ty(&stream.event));
    object.set("book", stream.book.as_ref().map(book));
    object.set("environments", strings(&stream.environments));
    object.set("deprecated", stream.deprecated);
    object.set("aliases", strings(&stream.aliases));
    object.into()
}

fn book(book: &BookSource) -> Value {
    let mut object = Object::default();
    object.set(
        "rule",
        match book.rule {
            BookRule::Sequential => "sequential",
            BookRule::Linked => "linked",
        },
    );
    object.set("snapshot", book.snapshot.as_str());
    object.set("depth", book.depth);
    object.into()
}

fn type_def(def: &TypeDef) -> Value {
    let mut object = Object::default();
    object.set("description", def.description.as_deref());
    object.set("sbe", def.sbe.as_deref());
    object.set("filters", def.filters.map(|market| market.name()));
    object.set("rules", all(&def.rules, rule));
    match &def.kind {
        TypeKind::Object(fields) => object.keep("object", all(fields, field)),
        TypeKind::Tuple(fields) => object.keep("tuple", all(fields, field)),
        TypeKind::Enum(values) => object.keep("enum", strings(values)),
        TypeKind::Union { tag, variants } => {
            let mut union = Object::default();
            union.set("tag", tag.as_str());
            union.set("variants", texts(variants.iter()));
            object.keep("union", union);
        }
        TypeKind::Shapes(types) => object.keep("shapes", all(types, ty)),
        TypeKind::Alias(target) => object.keep("alias", ty(target)),
    }
    object.into()
}

fn field(field: &Field) -> Value {
    let mut object = Object::default();
    object.set("name", field.name.as_str());
    object.set("aliases", strings(&field.aliases));
    object.set("plainName", field.plain_name.as_deref());
    object.set("type", ty(&field.ty));
    object.set("required", field.required);
    object.set("nullable", field.nullable);
    object.set("description", field.description.as_deref());
    object.into()
}

fn ty(ty: &Type) -> Value {
    match ty {
        Type::Text => "text".into(),
        Type::Any => "any".into(),
        Type::Empty => "empty".into(),
        Type::Constant(text) => Object::kind("constant", text.as_str()),
        Type::Boolean { as_text } => spelled("boolean", *as_text),
        Type::Integer { bits: 64, as_text } => spelled("integer", *as_text),
        Type::Integer { as_text, .. } => spelled("int32", *as_text),
        Type::Decimal { bare } => spelled("decimal", !bare),
        Type::Time { unit, as_text } => {
            let mut object = Object::default();
            object.set("unit", unit.name());
            object.set("asText", *as_text);
            Object::kind("time", object)
        }
        Type::Array(element) => Object::kind("array", self::ty(element)),
        Type::Map(value) => Object::kind("map", self::ty(value)),
        Type::OneOrMany(element) => Object::kind("oneOrMany", self::ty(element)),
        Type::Named(name) => Object::kind("named", name.as_str()),
    }
}

/// A value that travels as itself or as text.
fn spelled(name: &str, as_text: bool) -> Value {
    let mut object = Object::default();
    object.set("asText", as_text);
    Object::kind(name, object)
}

fn family(family: &ErrorFamily) -> Value {
    let mut object = Object::default();
    object.set("name", family.name.as_str());
    object.set("description", family.description.as_str());
    object.set(
        "codes",
        all(&family.codes, |code| {
            let mut object = Object::default();
            object.set("code", code.code);
            object.set("spelling", code.spelling.as_deref());
            object.set("names", strings(&code.names));
            object.set("text", code.text.as_deref());
            object.into()
        }),
    );
    object.into()
}

/// The samples of a product, a line each. Numbers stay as they are spelled.
fn samples(files: &[SourceFile]) -> Result<Vec<String>, Diagnostics> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str::<Sample<'_>>(line).and_then(|row| serde_json::to_string(&row)) {
                Ok(row) => found.push(row),
                Err(error) => errors.push(Diagnostic::new(
                    &file.path,
                    index + 1,
                    format!("not a sample: {error}"),
                    "write `{\"product\", \"transport\", \"key\", \"kind\", \"payload\"}` on one line",
                )),
            }
        }
    }
    match errors.is_empty() {
        true => Ok(found),
        false => Err(Diagnostics(errors)),
    }
}

/// A line of a file of samples, without the product that it names.
#[derive(Deserialize, Serialize)]
struct Sample<'l> {
    transport: String,
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(borrow)]
    payload: &'l RawValue,
}
