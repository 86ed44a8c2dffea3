//! Reads Postman collections (v2.0 and v2.1): the exchange publishes one a product, with a sample of every request.

use serde::Deserialize;
use serde_json::Value;

use crate::api::ADDED_BY_CLIENT;
use crate::collection::{Collection, Guess, Operation, Parameter, Place};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::names;
use crate::path::PathTemplate;
use crate::source::{Place as FilePlace, SourceFile};

/// Headers that belong to the transport.
const HEADERS_OF_TRANSPORT: &[&str] = &[
    "accept",
    "content-type",
    "user-agent",
    "x-mbx-apikey",
    "x-mbx-time-unit",
];

#[derive(Deserialize)]
struct File {
    info: Info,
    item: Vec<Item>,
}

#[derive(Deserialize)]
struct Info {
    name: String,
    schema: String,
}

/// A folder, or a sample.
#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    name: String,
    item: Option<Vec<Item>>,
    request: Option<Request>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Request {
    /// A GET request by its address alone.
    Address(String),
    Full(Box<FullRequest>),
}

#[derive(Deserialize)]
struct FullRequest {
    #[serde(default = "get")]
    method: String,
    url: Url,
    #[serde(default)]
    header: Headers,
    body: Option<Body>,
}

fn get() -> String {
    "GET".to_owned()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Url {
    Raw(String),
    Parts(UrlParts),
}

#[derive(Deserialize)]
struct UrlParts {
    #[serde(default)]
    raw: String,
    path: Option<Path>,
    #[serde(default)]
    query: Vec<Pair>,
    #[serde(default)]
    variable: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Path {
    Text(String),
    Parts(Vec<PathPart>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PathPart {
    Text(String),
    Typed { value: String },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Headers {
    List(Vec<Pair>),
    /// The older spelling: one text with a header a line; nothing is said there about what is optional.
    Text(#[allow(dead_code)] Option<String>),
}

impl Default for Headers {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    urlencoded: Vec<Pair>,
    #[serde(default)]
    formdata: Vec<Pair>,
    #[serde(default)]
    raw: Option<String>,
}

/// A key with its value, as queries, forms, headers and path variables have them.
#[derive(Deserialize)]
struct Pair {
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    description: Option<Description>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Description {
    Text(String),
    Typed {
        #[serde(default)]
        content: String,
    },
}

/// Reads one collection.
///
/// # Errors
/// What is not JSON or not a collection, with the line; a request without a path or with a method that HTTP does not have.
pub fn read_collection(file: &SourceFile) -> Result<Collection, Diagnostics> {
    let parsed: File = serde_json::from_str(&file.text).map_err(|error| {
        let (message, remedy) = match error.classify() {
            serde_json::error::Category::Data => (
                format!("not a Postman collection: {error}"),
                "export it as collection v2.1",
            ),
            _ => (format!("not JSON: {error}"), "save the collection once more"),
        };
        Diagnostic::new(&file.path, place_of(file, &error), message, remedy)
    })?;
    if !["/v2.0.0/", "/v2.1.0/"]
        .iter()
        .any(|version| parsed.info.schema.contains(version))
    {
        return Err(Diagnostic::new(
            &file.path,
            place_of_text(file, &parsed.info.schema),
            format!("a collection of an unknown kind: {}", parsed.info.schema),
            "export it as collection v2.1",
        )
        .into());
    }
    let mut collection = Collection {
        file: file.path.clone(),
        name: parsed.info.name,
        operations: Vec::new(),
    };
    let mut errors = Vec::new();
    walk(&parsed.item, "", file, &mut collection.operations, &mut errors);
    if errors.is_empty() {
        Ok(collection)
    } else {
        Err(Diagnostics(errors))
    }
}

/// Goes through folders; how deep they may stand in each other is bounded by the JSON reader.
fn walk(
    items: &[Item],
    section: &str,
    file: &SourceFile,
    into: &mut Vec<Operation>,
    errors: &mut Vec<Diagnostic>,
) {
    for item in items {
        if let Some(inner) = &item.item {
            walk(inner, &item.name, file, into, errors);
        }
        let Some(request) = &item.request else { continue };
        match operation(item, section, request) {
            Ok(operation) => add(into, operation),
            Err((message, remedy)) => errors.push(Diagnostic::new(
                &file.path,
                place_of_text(file, &item.name),
                format!("the request `{}` {message}", item.name),
                remedy,
            )),
        }
    }
}

/// Adds a request. A second sample of the same request says what else can be sent, and what need not be.
fn add(into: &mut Vec<Operation>, operation: Operation) {
    let known = into
        .iter_mut()
        .find(|known| known.method == operation.method && known.path == operation.path);
    let Some(known) = known else {
        into.push(operation);
        return;
    };
    for parameter in &mut known.parameters {
        let again = operation
            .parameters
            .iter()
            .find(|other| other.name == parameter.name);
        parameter.required &= again.is_some_and(|other| other.required);
    }
    for mut parameter in operation.parameters {
        if !known.parameters.iter().any(|other| other.name == parameter.name) {
            parameter.required = false;
            known.parameters.push(parameter);
        }
    }
    // One sample that is not deprecated is enough to call it.
    known.deprecated &= operation.deprecated;
    known.signed |= operation.signed;
    known.security = known.security.take().or(operation.security);
}

/// The place that JSON's reader complains of. It counts bytes.
fn place_of(file: &SourceFile, error: &serde_json::Error) -> FilePlace {
    let lines = file
        .text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let before: usize = lines.map(str::len).sum();
    file.place(before + error.column().saturating_sub(1))
}

/// Where a text is first. JSON's reader gives no place of what it has read.
fn place_of_text(file: &SourceFile, text: &str) -> FilePlace {
    let spelled = Value::from(text).to_string();
    file.place(file.text.find(&spelled).unwrap_or_default())
}

fn operation(item: &Item, section: &str, request: &Request) -> Result<Operation, (String, &'static str)> {
    let empty = FullRequest {
        method: get(),
        url: Url::Raw(String::new()),
        header: Headers::default(),
        body: None,
    };
    let (url, request) = match request {
        Request::Address(raw) => (&Url::Raw(raw.clone()), &empty),
        Request::Full(full) => (&full.url, full.as_ref()),
    };
    let method = request.method.to_ascii_uppercase();
    if !["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"].contains(&method.as_str()) {
        return Err((
            format!("has the method `{method}`"),
            "correct the method in the collection",
        ));
    }
    let (path, query, variables): (String, Vec<Found<'_>>, &[Pair]) = match url {
        Url::Raw(raw) => (path_of(raw), query_of(raw), &[]),
        Url::Parts(parts) => {
            let path = match &parts.path {
                Some(Path::Text(text)) => normal_path(text.split('/')),
                Some(Path::Parts(list)) => normal_path(list.iter().map(|part| match part {
                    PathPart::Text(text) | PathPart::Typed { value: text } => text.as_str(),
                })),
                None => path_of(&parts.raw),
            };
            let query = if parts.query.is_empty() {
                query_of(&parts.raw)
            } else {
                parts.query.iter().filter_map(Found::new).collect()
            };
            (path, query, &parts.variable)
        }
    };
    if path == "/" {
        return Err(("has no path".to_owned(), "give its url a path"));
    }
    let mut found: Vec<(Place, Found<'_>)> = Vec::new();
    let path = PathTemplate::parse(&path);
    for name in path.variables() {
        let value = variables
            .iter()
            .find(|pair| pair.key.as_deref() == Some(name))
            .map(|pair| plain(&pair.value))
            .unwrap_or_default();
        found.push((
            Place::Path,
            Found {
                name: name.into(),
                value,
                required: true,
                description: "",
            },
        ));
    }
    found.extend(query.into_iter().map(|pair| (Place::Query, pair)));
    if let Some(body) = &request.body {
        let form = body.urlencoded.iter().chain(&body.formdata);
        found.extend(form.filter_map(Found::new).map(|pair| (Place::Form, pair)));
        if body.mode.as_deref() == Some("raw")
            && let Some(raw) = &body.raw
            && let Ok(Value::Object(members)) = serde_json::from_str::<Value>(raw)
        {
            found.extend(members.into_iter().map(|(name, value)| {
                let value = plain(&value);
                (
                    Place::Body,
                    Found {
                        name: name.into(),
                        value,
                        required: true,
                        description: "",
                    },
                )
            }));
        }
    }
    if let Headers::List(headers) = &request.header {
        for header in headers.iter().filter_map(Found::new) {
            if !HEADERS_OF_TRANSPORT.contains(&header.name.to_ascii_lowercase().as_str()) {
                found.push((Place::Header, header));
            }
        }
    }
    let signed = found.iter().any(|(_, found)| found.name == "signature");
    let mut parameters: Vec<Parameter> = Vec::new();
    for (place, found) in found {
        if ADDED_BY_CLIENT.contains(&found.name.as_ref())
            || parameters
                .iter()
                .any(|known| known.name == found.name && known.place == place)
        {
            continue;
        }
        let value = value_of(&found.name, &found.value);
        parameters.push(Parameter {
            place,
            required: found.required,
            guess: guess(value),
            description: found.description.trim().to_owned(),
            example: Some(value.to_owned()).filter(|value| !value.is_empty()),
            name: found.name.into_owned(),
        });
    }
    let (name, security) = split_name(&item.name);
    Ok(Operation {
        method,
        path,
        name: name.to_owned(),
        section: section.to_owned(),
        security: security.map(str::to_owned),
        deprecated: item
            .name
            .split(|c: char| !c.is_alphabetic())
            .any(|word| word.eq_ignore_ascii_case("deprecated")),
        signed,
        parameters,
    })
}

/// A parameter as it stands in a sample.
struct Found<'a> {
    name: std::borrow::Cow<'a, str>,
    value: String,
    required: bool,
    description: &'a str,
}

impl<'a> Found<'a> {
    fn new(pair: &'a Pair) -> Option<Self> {
        let name = pair.key.as_deref()?.trim();
        (!name.is_empty()).then(|| Self {
            name: name.into(),
            value: plain(&pair.value),
            required: !pair.disabled,
            description: match &pair.description {
                Some(Description::Text(text) | Description::Typed { content: text }) => text,
                None => "",
            },
        })
    }
}

/// A value as text. The collections spell quotation marks as HTML does.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.replace("&quot;", "\"").replace("&amp;", "&"),
        other => other.to_string(),
    }
}

/// The path of an address: what stands behind the host, up to the query.
fn path_of(raw: &str) -> String {
    let address = raw.split(['?', '#']).next().unwrap_or(raw);
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    normal_path(address.split('/').skip(1))
}

fn query_of(raw: &str) -> Vec<Found<'_>> {
    let Some((_, query)) = raw.split_once('?') else {
        return Vec::new();
    };
    let pairs = query.split('#').next().unwrap_or(query).split('&');
    pairs
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (!name.is_empty()).then(|| Found {
                name: name.into(),
                value: value.to_owned(),
                required: true,
                description: "",
            })
        })
        .collect()
}

/// Joins the parts of a path; `:name` and `{{name}}` become `{name}`.
fn normal_path<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut path = String::new();
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        path.push('/');
        let variable = part
            .strip_prefix(':')
            .or_else(|| part.strip_prefix("{{").and_then(|part| part.strip_suffix("}}")));
        match variable {
            Some(name) => path.extend(["{", name, "}"]),
            None => path.push_str(part),
        }
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

/// `Account information (USER_DATA)` → the name, and the security type.
fn split_name(name: &str) -> (&str, Option<&str>) {
    let name = name.trim();
    let split = name
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        .filter(|(_, inner)| !inner.is_empty() && inner.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
    match split {
        Some((name, security)) => (name.trim_end(), Some(security)),
        None => (name, None),
    }
}

/// What a sample says of a value: nothing where the generator of collections made it of the parameter's name
/// (`side_example`), and the value where it wrote the constant of a program (`INTERVAL_1m`).
fn value_of<'v>(name: &str, value: &'v str) -> &'v str {
    if value.strip_suffix("_example") == Some(name) {
        return "";
    }
    let constant = names::words(name).join("_").to_uppercase();
    value
        .strip_prefix(&constant)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(value)
}

/// What a value looks like. An empty one could be anything.
fn guess(value: &str) -> Guess {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match value {
        "" => Guess::Unknown,
        "true" | "false" => Guess::Boolean,
        _ if number(digits) && value.parse::<i64>().is_ok() => Guess::Integer,
        _ if digits
            .split_once('.')
            .is_some_and(|(whole, part)| number(whole) && number(part)) =>
        {
            Guess::Decimal
        }
        _ => match serde_json::from_str::<Value>(value) {
            Ok(Value::Array(items)) => {
                let first = items.first().map_or(Guess::Unknown, |item| guess(&plain(item)));
                Guess::List(Box::new(first))
            }
            Ok(Value::Object(_)) => Guess::Object,
            _ => Guess::Text,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#""info":{"name":"Toys REST API","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}"#;

    fn read(items: &str) -> Result<Collection, Diagnostics> {
        let text = format!("{{{HEAD},\"item\":{items}}}");
        read_collection(&SourceFile::new("toys.json", text))
    }

    #[test]
    fn a_request_with_everything() {
        let collection = read(
            r#"[{"name":"Orders","item":[{"name":"Make a toy (TRADE)","request":{"method":"post",
                "header":[{"key":"X-MBX-APIKEY","value":""},{"key":"lang","value":"en","disabled":true}],
                "body":{"mode":"urlencoded","urlencoded":[{"key":"colour","value":"red"}]},
                "url":{"raw":"{{url}}/toys/v1/:shop/toy","path":["toys","v1",":shop","toy"],
                 "variable":[{"key":"shop","value":"7"}],
                 "query":[{"key":"size","value":"1.50","disabled":false},
                          {"key":"parts","value":"[&quot;a&quot;,&quot;b&quot;]","disabled":true},
                          {"key":"recvWindow","value":"5000","disabled":true},
                          {"key":"timestamp","value":""},{"key":"signature","value":""}]}}}]}]"#,
        )
        .expect("a collection");
        let [operation] = collection.operations.as_slice() else {
            panic!("{:?}", collection.operations)
        };
        assert_eq!(operation.key(), "POST /toys/v1/{shop}/toy");
        assert_eq!(
            (operation.name.as_str(), operation.section.as_str()),
            ("Make a toy", "Orders")
        );
        assert_eq!(operation.security.as_deref(), Some("TRADE"));
        assert!(operation.signed);
        let reported: Vec<_> = operation
            .parameters
            .iter()
            .map(|p| (p.name.as_str(), p.place, p.required, p.example.as_deref()))
            .collect();
        assert_eq!(
            reported,
            [
                ("shop", Place::Path, true, Some("7")),
                ("size", Place::Query, true, Some("1.50")),
                ("parts", Place::Query, false, Some(r#"["a","b"]"#)),
                ("colour", Place::Form, true, Some("red")),
                ("lang", Place::Header, false, Some("en")),
            ]
        );
        assert_eq!(operation.parameters[1].guess, Guess::Decimal);
        assert_eq!(operation.parameters[2].guess, Guess::List(Box::new(Guess::Text)));
    }

    #[test]
    fn addresses_without_parts_and_json_bodies() {
        let collection = read(
            r#"[{"name":"Plain","request":"https://toys.example/toys/v1/all?limit=5#top"},
                {"name":"Json","request":{"method":"POST","url":"{{url}}/toys/v1/json","header":"Accept: a",
                 "body":{"mode":"raw","raw":"{\"deep\": {\"a\": 1}, \"flag\": true}"}}}]"#,
        )
        .expect("a collection");
        let reported: Vec<_> = collection
            .operations
            .iter()
            .map(|o| {
                let names: Vec<_> = o.parameters.iter().map(|p| (p.name.as_str(), p.place)).collect();
                (o.key(), names)
            })
            .collect();
        assert_eq!(
            reported,
            [
                ("GET /toys/v1/all".to_owned(), vec![("limit", Place::Query)]),
                (
                    "POST /toys/v1/json".to_owned(),
                    vec![("deep", Place::Body), ("flag", Place::Body)]
                ),
            ]
        );
    }

    #[test]
    fn a_second_sample_of_a_request_loosens_the_first() {
        let collection =
            read(r#"[{"name":"One","request":"x/toys?a=1&b=2"},{"name":"Two","request":"x/toys?b=2&c=3"}]"#)
                .expect("a collection");
        let reported: Vec<_> = collection.operations[0]
            .parameters
            .iter()
            .map(|p| (p.name.as_str(), p.required))
            .collect();
        assert_eq!(collection.operations.len(), 1);
        assert_eq!(reported, [("a", false), ("b", true), ("c", false)]);
    }

    #[test]
    fn what_is_no_collection_is_refused_with_its_line() {
        let refused = |text: &str| {
            read_collection(&SourceFile::new("toys.json", text))
                .expect_err("an error")
                .to_string()
        };
        assert!(refused("{\n\"info\":").starts_with("toys.json:2: not JSON"));
        assert!(refused("{\n\"info\": 5\n}").starts_with("toys.json:2: not a Postman collection"));
        assert!(refused("{}").contains("missing field `info`"));
        assert!(
            refused(r#"{"info":{"name":"x","schema":"v9"},"item":[]}"#)
                .starts_with("toys.json:1: a collection of an unknown kind: v9")
        );
        let reported =
            read(r#"[{"name":"A","request":{"method":"FETCH","url":"x/y"}},{"name":"B","request":"x"}]"#)
                .expect_err("an error")
                .to_string();
        assert!(
            reported.contains("toys.json:1: the request `A` has the method `FETCH`"),
            "{reported}"
        );
        assert!(reported.contains("the request `B` has no path"), "{reported}");
    }

    #[test]
    fn guesses() {
        assert_eq!(value_of("side", "side_example"), "");
        assert_eq!(value_of("side", "other_example"), "other_example");
        assert_eq!(value_of("windowSize", "WINDOW_SIZE_1m"), "1m");
        assert_eq!(value_of("type", "TYPE_"), "TYPE_");
        assert_eq!(value_of("type", "MARKET"), "MARKET");
        assert_eq!(guess("-5"), Guess::Integer);
        assert_eq!(guess("99999999999999999999"), Guess::Text);
        assert_eq!(guess("0.1"), Guess::Decimal);
        assert_eq!(guess("1."), Guess::Text);
        assert_eq!(guess("[1]"), Guess::List(Box::new(Guess::Integer)));
        assert_eq!(guess("{\"a\":1}"), Guess::Object);
    }
}
