//! The API as data: what the specs of a product say, as JSON that programs read when they run.
//!
//! Nothing is in there that has its default value: `false`, an empty text, list or object.

mod object;
mod operations;
mod rules;
mod types;

use std::fmt::Write;

use binance_wire_model::api::{
    BookRule, BookSource, ErrorFamily, Product, RateLimits, Server, Stream, UserData, UserDataAccess,
};
use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};
use binance_wire_model::source::SourceFile;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use self::object::{Object, all, strings, texts};
use self::operations::{operation, parameter};
use self::types::{ty, type_def};
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
