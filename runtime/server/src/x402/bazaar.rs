//! The blob `extensions.bazaar` of a payment: what makes a paid resource found.
//!
//! [`Blob`] builds one, [`check`] says what is wrong with one. The indexer skips a wrong blob without a word, so it is
//! worth knowing before.
//!
//! ```
//! use binance_wire_server::x402::bazaar::{Blob, QueryMethod};
//!
//! let blob = Blob::query(QueryMethod::Get)
//!     .query_param("symbol", "BTC")
//!     .description("The price of Bitcoin")
//!     .build()?;
//! assert!(blob.as_str().contains("https://json-schema.org/draft/2020-12/schema"));
//! # Ok::<(), binance_wire_server::x402::bazaar::Invalid>(())
//! ```

use binance_wire_core::json::{Entries, Kind};
use binance_wire_core::{RawJson, Reader, Text, ToJson, Writer};

/// The dialect of the schema in a blob.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const QUERY_METHODS: &[&str] = &["GET", "HEAD", "DELETE"];
const BODY_METHODS: &[&str] = &["POST", "PUT", "PATCH"];
const BODY_TYPES: &[&str] = &["json", "form-data", "text"];

/// An error in a blob, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct Invalid {
    at: String,
    problem: String,
}

impl Invalid {
    fn new(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            problem: problem.into(),
        }
    }

    /// The place, such as `info.input.method`.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// The error there.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

/// An HTTP method with its arguments in the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum QueryMethod {
    Get,
    Head,
    Delete,
}

/// An HTTP method with its arguments in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BodyMethod {
    Post,
    Put,
    Patch,
}

/// The type of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BodyType {
    Json,
    FormData,
    Text,
}

/// A blob being built.
#[derive(Clone, Debug)]
#[must_use = "a blob does nothing before it is built"]
pub struct Blob {
    input: Input,
    query: Entries<Text>,
    headers: Entries<Text>,
    path: Entries<Text>,
    output: Option<(String, Option<RawJson>)>,
    schema: Option<RawJson>,
    route: Option<String>,
    description: Option<String>,
}

#[derive(Clone, Debug)]
enum Input {
    Query(&'static str),
    Body(&'static str, &'static str, RawJson),
    Tool {
        tool: String,
        description: Option<String>,
        schema: RawJson,
        example: Option<RawJson>,
    },
}

impl Blob {
    fn new(input: Input) -> Self {
        Self {
            input,
            query: Entries::default(),
            headers: Entries::default(),
            path: Entries::default(),
            output: None,
            schema: None,
            route: None,
            description: None,
        }
    }

    /// A resource that is called with its arguments in the query.
    pub fn query(method: QueryMethod) -> Self {
        Self::new(Input::Query(match method {
            QueryMethod::Get => "GET",
            QueryMethod::Head => "HEAD",
            QueryMethod::Delete => "DELETE",
        }))
    }

    /// A resource that is called with a body, of which `example` is one.
    pub fn body(method: BodyMethod, body: BodyType, example: RawJson) -> Self {
        let method = match method {
            BodyMethod::Post => "POST",
            BodyMethod::Put => "PUT",
            BodyMethod::Patch => "PATCH",
        };
        let body = match body {
            BodyType::Json => "json",
            BodyType::FormData => "form-data",
            BodyType::Text => "text",
        };
        Self::new(Input::Body(method, body, example))
    }

    /// A tool of an MCP server, whose arguments `schema` describes. It is listed by the server's address and this name.
    pub fn tool(tool: impl Into<String>, schema: RawJson) -> Self {
        Self::new(Input::Tool {
            tool: tool.into(),
            description: None,
            schema,
            example: None,
        })
    }

    /// Sets the description of a tool. Without effect on other resources.
    pub fn tool_description(mut self, text: impl Into<String>) -> Self {
        if let Input::Tool { description, .. } = &mut self.input {
            *description = Some(text.into());
        }
        self
    }

    /// Arguments of a tool, to show. Without effect on other resources.
    pub fn tool_example(mut self, json: RawJson) -> Self {
        if let Input::Tool { example, .. } = &mut self.input {
            *example = Some(json);
        }
        self
    }

    /// An argument in the query, with a value to show.
    pub fn query_param(mut self, name: &str, value: &str) -> Self {
        self.query.push(name, value.into());
        self
    }

    /// A header, with a value to show.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value.into());
        self
    }

    /// A parameter of the path, with a value to show; goes with [`route_template`](Self::route_template).
    pub fn path_param(mut self, name: &str, value: &str) -> Self {
        self.path.push(name, value.into());
        self
    }

    /// The route with its parameters, such as `/users/:userId`, so that all users are one resource. A route without
    /// parameters has none.
    pub fn route_template(mut self, template: impl Into<String>) -> Self {
        self.route = Some(template.into());
        self
    }

    /// Sets the type of the output, such as `json`, and an example.
    pub fn output(mut self, kind: impl Into<String>, example: Option<RawJson>) -> Self {
        self.output = Some((kind.into(), example));
        self
    }

    /// Sets the description of the resource, in words that a search finds.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The JSON Schema (2020-12) of `info`, instead of one that says what kind of resource it is and no more.
    pub fn schema(mut self, schema: RawJson) -> Self {
        self.schema = Some(schema);
        self
    }

    /// The blob.
    ///
    /// # Errors
    /// As [`check`].
    pub fn build(&self) -> Result<RawJson, Invalid> {
        let mut writer = Writer::new();
        writer.begin_object();
        writer.key("info");
        writer.begin_object();
        writer.key("input");
        self.write_input(&mut writer);
        if let Some((kind, example)) = &self.output {
            writer.key("output");
            writer.begin_object();
            writer.field("type", kind.as_str());
            writer.optional_field("example", example);
            writer.end_object();
        }
        writer.end_object();
        writer.key("schema");
        match &self.schema {
            Some(schema) => schema.to_json(&mut writer),
            None => self.write_schema(&mut writer),
        }
        for (name, text) in [("routeTemplate", &self.route), ("description", &self.description)] {
            if let Some(text) = text {
                writer.field(name, text.as_str());
            }
        }
        writer.end_object();
        let blob = RawJson::new(writer.as_str()).map_err(|error| Invalid::new("", error.to_string()))?;
        check(&blob)?;
        Ok(blob)
    }

    fn write_input(&self, writer: &mut Writer) {
        writer.begin_object();
        match &self.input {
            Input::Query(method) => {
                writer.field("type", "http");
                writer.field("method", *method);
            }
            Input::Body(method, body_type, body) => {
                writer.field("type", "http");
                writer.field("method", *method);
                writer.field("bodyType", *body_type);
                writer.field("body", body);
            }
            Input::Tool {
                tool,
                description,
                schema,
                example,
            } => {
                writer.field("type", "mcp");
                writer.field("tool", tool.as_str());
                if let Some(description) = description {
                    writer.field("description", description.as_str());
                }
                writer.field("inputSchema", schema);
                writer.optional_field("example", example);
            }
        }
        for (name, entries) in [
            ("queryParams", &self.query),
            ("headers", &self.headers),
            ("pathParams", &self.path),
        ] {
            if !entries.is_empty() {
                writer.field(name, entries);
            }
        }
        writer.end_object();
    }

    /// The least that a schema must say: what kind of resource it is.
    fn write_schema(&self, writer: &mut Writer) {
        let (kind, second, value) = match &self.input {
            Input::Query(method) | Input::Body(method, ..) => ("http", "method", *method),
            Input::Tool { tool, .. } => ("mcp", "tool", tool.as_str()),
        };
        writer.begin_object();
        writer.field("$schema", DIALECT);
        writer.field("type", "object");
        writer.key("properties");
        writer.begin_object();
        writer.key("input");
        writer.begin_object();
        writer.field("type", "object");
        writer.key("properties");
        writer.begin_object();
        for (name, value) in [("type", kind), (second, value)] {
            writer.key(name);
            writer.begin_object();
            writer.field("const", value);
            writer.end_object();
        }
        writer.end_object();
        list(writer, "required", &["type", second]);
        writer.end_object();
        writer.end_object();
        list(writer, "required", &["input"]);
        writer.end_object();
    }
}

fn list(writer: &mut Writer, name: &str, values: &[&str]) {
    writer.key(name);
    writer.begin_array();
    for value in values {
        writer.element(*value);
    }
    writer.end_array();
}

/// Says what is wrong with a blob, by the documented rules: what `info` must have for each kind of resource, that the
/// schema defines `input` and requires it, and what a route template looks like. Whether `info` is as the schema says
/// is not looked at.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(blob: &RawJson) -> Result<(), Invalid> {
    let blob = object(blob, "")?;
    let info = object(required(&blob, "info", "")?, "info")?;
    check_input(&object(required(&info, "input", "info.")?, "info.input")?)?;
    if let Some(output) = info.get("output") {
        let output = object(output, "info.output")?;
        string(required(&output, "type", "info.output.")?, "info.output.type")?;
    }
    check_schema(&object(required(&blob, "schema", "")?, "schema")?)?;
    if let Some(route) = blob.get("routeTemplate") {
        check_route(&string(route, "routeTemplate")?)?;
    }
    if let Some(description) = blob.get("description") {
        string(description, "description")?;
    }
    Ok(())
}

fn check_input(input: &Entries<RawJson>) -> Result<(), Invalid> {
    let place = |name: &str| format!("info.input.{name}");
    match string(required(input, "type", "info.input.")?, &place("type"))?.as_str() {
        "http" => {
            let method = string(required(input, "method", "info.input.")?, &place("method"))?;
            if BODY_METHODS.contains(&method.as_str()) {
                required(input, "body", "info.input.")?;
                let body_type = string(required(input, "bodyType", "info.input.")?, &place("bodyType"))?;
                one_of(&body_type, BODY_TYPES, &place("bodyType"))?;
            } else {
                one_of(&method, &[QUERY_METHODS, BODY_METHODS].concat(), &place("method"))?;
            }
            for name in ["queryParams", "headers", "pathParams"] {
                if let Some(entries) = input.get(name) {
                    object(entries, &place(name))?;
                }
            }
            Ok(())
        }
        "mcp" => {
            if string(required(input, "tool", "info.input.")?, &place("tool"))?.is_empty() {
                return Err(Invalid::new(place("tool"), "is empty"));
            }
            object(
                required(input, "inputSchema", "info.input.")?,
                &place("inputSchema"),
            )
            .map(drop)
        }
        other => one_of(other, &["http", "mcp"], &place("type")),
    }
}

fn check_schema(schema: &Entries<RawJson>) -> Result<(), Invalid> {
    let properties = object(required(schema, "properties", "schema.")?, "schema.properties")?;
    object(
        required(&properties, "input", "schema.properties.")?,
        "schema.properties.input",
    )?;
    let names = required(schema, "required", "schema.")?
        .decode::<Vec<Text>>()
        .map_err(|_| Invalid::new("schema.required", "is no list of texts"))?;
    match names.iter().any(|name| *name == "input") {
        true => Ok(()),
        false => Err(Invalid::new("schema.required", "does not list `input`")),
    }
}

/// `^/[a-zA-Z0-9_/:.\-~%]+$`, without `..` and `://`; and with a parameter, since a static route has no template.
fn check_route(route: &str) -> Result<(), Invalid> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_/:.-~%".contains(&byte);
    let problem = match route.strip_prefix('/') {
        None => "does not begin with `/`",
        Some("") => "names no route",
        Some(rest) if !rest.bytes().all(fits) => "has characters other than letters, digits and _/:.-~%",
        Some(_) if route.contains("..") => "has `..`",
        Some(_) if route.contains("://") => "has `://`",
        Some(_)
            if !route
                .split('/')
                .any(|part| part.len() > 1 && part.starts_with(':')) =>
        {
            "has no parameter; leave it out for a static route"
        }
        Some(_) => return Ok(()),
    };
    Err(Invalid::new("routeTemplate", problem))
}

fn one_of(value: &str, known: &[&str], at: &str) -> Result<(), Invalid> {
    match known.contains(&value) {
        true => Ok(()),
        false => Err(Invalid::new(at, format!("is none of {}", known.join(", ")))),
    }
}

fn required<'e>(entries: &'e Entries<RawJson>, name: &str, at: &str) -> Result<&'e RawJson, Invalid> {
    entries
        .get(name)
        .ok_or_else(|| Invalid::new(format!("{at}{name}"), "is missing"))
}

fn object(value: &RawJson, at: &str) -> Result<Entries<RawJson>, Invalid> {
    value.decode().map_err(|_| Invalid::new(at, "is no object"))
}

fn string(value: &RawJson, at: &str) -> Result<String, Invalid> {
    let mut reader = Reader::new(value.as_str());
    match reader.peek_kind() {
        Ok(Kind::String) => {}
        _ => return Err(Invalid::new(at, "is no text")),
    }
    let text = reader
        .read_str()
        .map_err(|error| Invalid::new(at, error.to_string()))?;
    Ok(text.into_owned())
}
