//! Reads a product's OpenAPI documents into the model.

mod document;
mod lines;
mod operations;
mod schemas;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use openapiv3::{OpenAPI, ReferenceOr};
use serde_json::Value;

use self::document::Document;
use crate::diagnostics::{Diagnostic, Diagnostics, Warning};
use crate::model::api::{ErrorCode, Location, Product, Server, Transport, Type, TypeDef, TypeKind};
use crate::source::SourceFile;

/// Reads the documents of one product. `files` holds the product's documents and the shared ones that they refer
/// to; documents without `x-transport` only lend their components.
pub fn read_product(name: &str, files: &[SourceFile]) -> Result<(Product, Vec<Warning>), Diagnostics> {
    let mut reader = Reader::parse(files)?;
    let mut product = Product { name: name.to_owned(), ..Product::default() };
    let paths: Vec<String> = reader.documents.keys().cloned().collect();
    for path in &paths {
        reader.document(path, &mut product);
    }
    reader.finish(&mut product);
    if reader.errors.is_empty() { Ok((product, reader.warnings)) } else { Err(Diagnostics(reader.errors)) }
}

/// Reads the list of error codes, keeping those of one product.
pub fn read_error_codes(product: &str, file: &SourceFile) -> Result<Vec<ErrorCode>, Diagnostics> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        codes: Vec<Entry>,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        code: i32,
        name: String,
        products: Vec<String>,
        #[serde(default)]
        #[allow(dead_code)]
        transports: Vec<String>,
        #[serde(default)]
        text: Option<String>,
    }
    let parsed: File = serde_yaml::from_str(&file.text).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line());
        Diagnostic::new(&file.path, line, format!("not a list of error codes: {error}"), "correct the entry")
    })?;
    let mut codes: Vec<ErrorCode> = Vec::new();
    for entry in parsed.codes {
        if !entry.products.iter().any(|p| p == product) {
            continue;
        }
        if let Some(twin) = codes.iter().find(|c| c.code == entry.code || c.name == entry.name) {
            let line = file
                .text
                .lines()
                .enumerate()
                .filter(|(_, l)| l.contains(&entry.code.to_string()))
                .last()
                .map_or(0, |(index, _)| index + 1);
            return Err(Diagnostic::new(
                &file.path,
                line,
                format!("{} {} is already declared as {} {}", entry.code, entry.name, twin.code, twin.name),
                "declare each code once, under one name",
            )
            .into());
        }
        codes.push(ErrorCode { code: entry.code, name: entry.name, text: entry.text });
    }
    Ok(codes)
}

/// Where a value stands: a document and a JSON pointer into it.
#[derive(Clone, Debug)]
struct At {
    file: String,
    pointer: String,
}

impl At {
    fn new(file: &str, pointer: impl Into<String>) -> Self {
        Self { file: file.to_owned(), pointer: pointer.into() }
    }

    fn child(&self, part: &str) -> Self {
        Self { file: self.file.clone(), pointer: format!("{}/{}", self.pointer, lines::escape(part)) }
    }
}

struct Reader {
    documents: BTreeMap<String, Document>,
    /// Named types, in the order in which they were met.
    types: IndexMap<String, TypeDef>,
    /// Component → type name, also while the component is being read.
    components: BTreeMap<(String, String), String>,
    /// Inline types by what they are, so that equal ones become one.
    inline: Vec<(TypeKind, String)>,
    errors: Vec<Diagnostic>,
    warnings: Vec<Warning>,
}

impl Reader {
    fn parse(files: &[SourceFile]) -> Result<Self, Diagnostics> {
        let mut documents = BTreeMap::new();
        let mut warnings = Vec::new();
        let mut errors = Vec::new();
        for file in files {
            match Document::parse(file) {
                Ok((document, found)) => {
                    warnings.extend(found);
                    documents.insert(file.path.clone(), document);
                }
                Err(found) => errors.extend(found.0),
            }
        }
        if !errors.is_empty() {
            return Err(Diagnostics(errors));
        }
        Ok(Self {
            documents,
            types: IndexMap::new(),
            components: BTreeMap::new(),
            inline: Vec::new(),
            errors: Vec::new(),
            warnings,
        })
    }

    fn api(&self, file: &str) -> Option<&OpenAPI> {
        self.documents.get(file).map(|document| &document.api)
    }

    fn location(&self, at: &At) -> Location {
        let line = self.documents.get(&at.file).map_or(0, |document| document.line(&at.pointer));
        Location { file: at.file.clone(), line }
    }

    fn error(&mut self, at: &At, message: impl Into<String>, remedy: impl Into<String>) {
        let Location { file, line } = self.location(at);
        self.errors.push(Diagnostic::new(file, line, message, remedy));
    }

    fn warn(&mut self, at: &At, message: impl Into<String>) {
        let Location { file, line } = self.location(at);
        self.warnings.push(Warning::new(file, line, message));
    }

    /// Splits a `$ref` into the file and the pointer that it names.
    fn target(&self, at: &At, reference: &str) -> Option<(String, String)> {
        let (file, pointer) = reference.split_once('#')?;
        if file.is_empty() {
            return Some((at.file.clone(), pointer.to_owned()));
        }
        let mut parts: Vec<&str> = at.file.split('/').collect();
        parts.pop();
        for part in file.split('/') {
            match part {
                ".." => {
                    parts.pop()?;
                }
                "." => {}
                part => parts.push(part),
            }
        }
        Some((parts.join("/"), pointer.to_owned()))
    }

    /// The file and the component name that a `$ref` into `components/<section>` names, if it exists.
    fn component(&mut self, at: &At, reference: &str, section: &str) -> Option<(String, String)> {
        let found = self.target(at, reference).and_then(|(file, pointer)| {
            let name = pointer.strip_prefix(&format!("/components/{section}/"))?.to_owned();
            let components = self.api(&file)?.components.as_ref()?;
            let exists = match section {
                "schemas" => components.schemas.contains_key(&name),
                "parameters" => components.parameters.contains_key(&name),
                "responses" => components.responses.contains_key(&name),
                _ => false,
            };
            exists.then_some((file, name))
        });
        if found.is_none() {
            self.error(
                at,
                format!("`$ref: {reference}` leads nowhere"),
                format!("declare it under components/{section}, or correct the reference"),
            );
        }
        found
    }

    fn document(&mut self, path: &str, product: &mut Product) {
        let Some(api) = self.api(path).cloned() else { return };
        let root = At::new(path, "");
        let transport = match api.extensions.get("x-transport").and_then(Value::as_str) {
            Some("rest") => Transport::Rest,
            Some("ws-api") => Transport::WsApi,
            Some("ws-streams") => Transport::WsStreams,
            Some(other) => {
                self.error(
                    &root.child("x-transport"),
                    format!("unknown transport `{other}`"),
                    "use rest, ws-api or ws-streams",
                );
                return;
            }
            // The exchange's own document says nothing of transports: it is REST where it has paths.
            None if api.paths.paths.is_empty() => return,
            None => Transport::Rest,
        };
        for (index, server) in api.servers.iter().enumerate() {
            let environment = match server.extensions.get("x-environment").and_then(Value::as_str) {
                Some(known @ ("production" | "market-data" | "testnet" | "demo")) => known.to_owned(),
                Some(other) => {
                    let at = root.child("servers").child(&index.to_string()).child("x-environment");
                    self.error(
                        &at,
                        format!("unknown environment `{other}`"),
                        "use production, market-data, testnet or demo",
                    );
                    continue;
                }
                None if server.url.contains("testnet") => "testnet".to_owned(),
                None => "production".to_owned(),
            };
            let sbe = server.extensions.get("x-encoding").and_then(Value::as_str) == Some("sbe");
            product.servers.push(Server { transport, environment, url: server.url.clone(), sbe });
        }
        if let Some(reference) = reference_of(api.extensions.get("x-user-data-events")) {
            let at = root.child("x-user-data-events");
            if let Type::Named(name) = self.reference(&at, &reference) {
                product.user_data_events = Some(name);
            }
        }
        if let Some(Value::Array(events)) = api.extensions.get("x-connection-events") {
            for event in events {
                let at = root.child("x-connection-events");
                if let Some(reference) = reference_of(Some(event))
                    && let Type::Named(name) = self.reference(&at, &reference)
                {
                    product.connection_events.push(name);
                }
            }
        }
        match transport {
            Transport::WsStreams => self.streams(&root, &api, product),
            _ => self.operations(&root, &api, transport, product),
        }
    }

    /// What can only be checked when every document has been read.
    fn finish(&mut self, product: &mut Product) {
        product.types = std::mem::take(&mut self.types);
        self.twins(product);
        let mut ids: BTreeMap<(bool, String), Location> = BTreeMap::new();
        for operation in &product.operations {
            let rest = matches!(operation.call, crate::model::api::Call::Rest { .. });
            if let Some(first) = ids.insert((rest, operation.id.clone()), operation.location.clone()) {
                self.errors.push(Diagnostic::new(
                    &operation.location.file,
                    operation.location.line,
                    format!("operationId `{}` is already used at {}:{}", operation.id, first.file, first.line),
                    "give each operation its own operationId",
                ));
            }
        }
        for stream in &product.streams {
            let key = (false, format!("stream {}", stream.id));
            if let Some(first) = ids.insert(key, stream.location.clone()) {
                self.errors.push(Diagnostic::new(
                    &stream.location.file,
                    stream.location.line,
                    format!("stream `{}` is already declared at {}:{}", stream.id, first.file, first.line),
                    "give each stream its own operationId",
                ));
            }
        }
    }
}

/// The text of a `{$ref: …}` value.
fn reference_of(value: Option<&Value>) -> Option<String> {
    value?.get("$ref")?.as_str().map(str::to_owned)
}

/// The item of a reference-or-item where it is an item.
fn item<T>(value: &ReferenceOr<T>) -> Option<&T> {
    match value {
        ReferenceOr::Item(item) => Some(item),
        ReferenceOr::Reference { .. } => None,
    }
}
