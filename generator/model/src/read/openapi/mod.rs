//! Reads a product's OpenAPI documents into the model.

mod books;
mod check;
mod document;
mod editor;
mod error_codes;
mod identity;
mod list;
mod members;
mod operations;
mod paging;
mod rate_limits;
mod requests;
mod rules;
mod scalars;
mod schemas;
mod server;
mod shared;
mod snapshot;
mod streams;
mod twins;
mod user_data;
mod vocabulary;
mod weights;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use openapiv3::{OpenAPI, ReferenceOr};
use serde_json::Value;

use self::document::Document;
use crate::api::{ENVIRONMENTS, Envelope, Location, Product, Server, Transport, Type, TypeDef, TypeKind};
use crate::diagnostics::{Diagnostic, Diagnostics, Warning, one_of};
use crate::named::Named;
use crate::read::yaml;
use crate::server::OwnServer;
use crate::source::Place;
use crate::source::SourceFile;

pub(super) use self::check::is_day;
pub use self::editor::schema as editor_schema;
pub use self::error_codes::read_error_codes;
pub use self::list::read_list;
pub use self::shared::read_shared;

/// The product that a document names. What cannot be read names none.
pub fn product_named_by(file: &SourceFile) -> Option<String> {
    let document: serde_yaml::Value = serde_yaml::from_str(&file.text).ok()?;
    document.get("x-product")?.as_str().map(str::to_owned)
}

/// Reads the documents of one product. `files` holds the product's documents and the shared ones that they refer
/// to, in the folder `shared`; documents without `x-transport` only lend their components.
pub fn read_product(name: &str, files: &[SourceFile]) -> Result<(Product, Vec<Warning>), Diagnostics> {
    let strict = files.iter().any(Document::is_ours);
    let mut reader = Reader::parse(files, strict)?;
    let mut product = Product {
        name: name.to_owned(),
        ..Product::default()
    };
    reader.shared_first();
    reader.declarations();
    let paths: Vec<String> = reader.documents.keys().cloned().collect();
    for path in paths.iter().filter(|path| !shared::is_shared(path)) {
        reader.document(path, &mut product);
    }
    reader.finish(&mut product);
    if reader.errors.is_empty() {
        Ok((product, reader.warnings))
    } else {
        Err(Diagnostics(reader.errors))
    }
}

/// Where a value stands: a document and a JSON pointer into it.
#[derive(Clone, Debug)]
struct At {
    file: String,
    pointer: String,
}

impl At {
    fn new(file: &str, pointer: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            pointer: pointer.into(),
        }
    }

    fn child(&self, part: &str) -> Self {
        Self {
            file: self.file.clone(),
            pointer: format!("{}/{}", self.pointer, yaml::escape(part)),
        }
    }
}

struct Reader {
    documents: BTreeMap<String, Document>,
    /// Named types, in the order in which they were met.
    types: IndexMap<String, TypeDef>,
    /// Types of shared documents that the product has not referred to so far.
    shared: IndexMap<String, TypeDef>,
    /// Those that it has: the name here, and that in the leaf crate.
    adopted: BTreeMap<String, String>,
    /// Objects of the product's own that are called as shared ones: the name, and where each stands.
    displacing: Vec<(String, At, At)>,
    /// What the product calls shared types otherwise: the name in the leaf crate, and that here.
    renames: BTreeMap<String, String>,
    /// Component → type name, also while the component is being read.
    components: BTreeMap<(String, String), String>,
    /// Inline types by what they are, so that equal ones become one.
    inline: Vec<(TypeKind, String)>,
    /// The declared value sets, by file and component.
    value_sets: Vec<((String, String), Vec<String>)>,
    /// What the declared types will be called.
    declared: BTreeSet<String>,
    /// The envelope of the operations that name none, in the document that is being read.
    envelope: Option<Envelope>,
    /// How many schemas stand around the one that is being read.
    nesting: usize,
    errors: Vec<Diagnostic>,
    warnings: Vec<Warning>,
}

impl Reader {
    /// Parses the files. `strict`: they are our own specs.
    fn parse(files: &[SourceFile], strict: bool) -> Result<Self, Diagnostics> {
        let mut documents = BTreeMap::new();
        let mut warnings = Vec::new();
        let mut errors = Vec::new();
        let mut broken = false;
        for file in files {
            match Document::parse(file, strict) {
                Ok(parsed) => {
                    warnings.extend(parsed.warnings);
                    errors.extend(parsed.errors);
                    documents.insert(file.path.clone(), parsed.document);
                }
                Err(found) => {
                    broken = true;
                    errors.extend(found.0);
                }
            }
        }
        // What a file that cannot be read would have is missed everywhere else.
        if broken {
            return Err(Diagnostics(errors));
        }
        Ok(Self {
            documents,
            types: IndexMap::new(),
            shared: IndexMap::new(),
            adopted: BTreeMap::new(),
            displacing: Vec::new(),
            renames: BTreeMap::new(),
            components: BTreeMap::new(),
            inline: Vec::new(),
            value_sets: Vec::new(),
            declared: BTreeSet::new(),
            envelope: None,
            nesting: 0,
            errors,
            warnings,
        })
    }

    /// Whether a place is in one of our specs.
    fn strict(&self, at: &At) -> bool {
        self.documents
            .get(&at.file)
            .is_some_and(|document| document.strict)
    }

    fn api(&self, file: &str) -> Option<&OpenAPI> {
        self.documents.get(file).map(|document| &document.api)
    }

    fn location(&self, at: &At) -> Location {
        let place = self
            .documents
            .get(&at.file)
            .map_or(Place::default(), |document| document.place(&at.pointer));
        Location::new(&at.file, place)
    }

    /// The value that a text names; where it names none, an error that says which there are.
    fn named<T: Named>(&mut self, at: &At, text: &str, what: &str) -> Option<T> {
        let value = T::of(text);
        if value.is_none() {
            self.error(at, format!("unknown {what} `{text}`"), one_of(T::NAMES, text));
        }
        value
    }

    fn error(&mut self, at: &At, message: impl Into<String>, remedy: impl Into<String>) {
        self.errors
            .push(Diagnostic::at(&self.location(at), message, remedy));
    }

    fn warn(&mut self, at: &At, message: impl Into<String>) {
        self.warnings.push(Warning::at(&self.location(at), message));
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
            let name = pointer
                .strip_prefix(&format!("/components/{section}/"))?
                .to_owned();
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
        let Some(api) = self.api(path).cloned() else {
            return;
        };
        let root = At::new(path, "");
        if let Some(named) = api.extensions.get("x-product")
            && named.as_str() != Some(&product.name)
        {
            let remedy = format!("write `x-product: {}`, or move the file", product.name);
            self.error(
                &root.child("x-product"),
                format!("the product is not {named}, by the folder"),
                remedy,
            );
        }
        self.names_of_document(&root, &api, product);
        self.rate_limits(&root, &api.extensions, product);
        let transport = match api.extensions.get("x-transport").and_then(Value::as_str) {
            Some(name) => match (Transport::of(name), OwnServer::of(name)) {
                (Some(transport), _) => transport,
                (None, Some(OwnServer::Offer)) => return self.server(&root, &api, product),
                (None, Some(OwnServer::Webhooks)) => return self.webhooks(&root, &api, product),
                (None, None) => {
                    self.error(
                        &root.child("x-transport"),
                        format!("unknown transport `{name}`"),
                        one_of(vocabulary::TRANSPORTS, name),
                    );
                    return;
                }
            },
            // The exchange's own document says nothing of transports: it is REST where it has paths.
            None if api.paths.paths.is_empty() => return,
            None if self.strict(&root) => {
                self.error(
                    &root.child("paths"),
                    "paths without a transport",
                    "add x-transport: rest, ws-api or ws-streams",
                );
                return;
            }
            None => Transport::Rest,
        };
        for (index, server) in api.servers.iter().enumerate() {
            let environment = match server.extensions.get("x-environment").and_then(Value::as_str) {
                Some(known) if ENVIRONMENTS.contains(&known) => known.to_owned(),
                Some(other) => {
                    let at = root
                        .child("servers")
                        .child(&index.to_string())
                        .child("x-environment");
                    self.error(
                        &at,
                        format!("unknown environment `{other}`"),
                        one_of(ENVIRONMENTS, other),
                    );
                    continue;
                }
                None if server.url.contains("testnet") => "testnet".to_owned(),
                None => "production".to_owned(),
            };
            let sbe = match server.extensions.get("x-encoding").map(Value::as_str) {
                None => false,
                Some(Some("sbe")) => true,
                Some(_) => {
                    let at = root
                        .child("servers")
                        .child(&index.to_string())
                        .child("x-encoding");
                    self.error(&at, "unknown encoding", "use sbe, or leave it out");
                    false
                }
            };
            let name = server.extensions.get("x-name");
            let may_have = matches!(transport, Transport::WsStreams | Transport::Rest);
            if name.is_some_and(|name| !may_have || !name.is_string()) {
                let at = root.child("servers").child(&index.to_string()).child("x-name");
                self.error(
                    &at,
                    "a server of this transport has no name",
                    "write a text, in a document of streams or of REST",
                );
            }
            product.servers.push(Server {
                transport,
                environment,
                url: server.url.clone(),
                sbe,
                name: name.and_then(Value::as_str).map(str::to_owned),
            });
        }
        if let Some(units) = api.extensions.get("x-time-units") {
            product.any_time_unit = *units == serde_json::json!(["ms", "us"]);
            if !product.any_time_unit {
                self.error(
                    &root.child("x-time-units"),
                    "not a choice of units that the exchange offers",
                    "write [ms, us], or leave it out where parameters have one unit each",
                );
            }
        }
        if let Some(reference) = reference_of(api.extensions.get("x-user-data-events")) {
            let at = root.child("x-user-data-events");
            if let Type::Named(name) = self.reference(&at, &reference) {
                product.user_data_events = Some(name);
            }
        }
        if let Some(Value::Array(events)) = api.extensions.get("x-connection-events") {
            for (index, event) in events.iter().enumerate() {
                let at = root.child("x-connection-events").child(&index.to_string());
                if let Some(reference) = reference_of(Some(event))
                    && let Type::Named(name) = self.reference(&at, &reference)
                {
                    product.connection_events.push(name);
                }
            }
        }
        if let Some(types) = api.extensions.get("x-types") {
            self.types_without_operation(&root.child("x-types"), types);
        }
        self.envelope = self.document_envelope(&root, transport, &api.extensions);
        match transport {
            Transport::WsStreams => {
                self.stream_rules(&root, &api, product);
                self.streams(&root, &api, product);
                self.user_data(&root, &api, product);
                self.snapshot(&root, &api, product);
            }
            _ => self.operations(&root, &api, transport, product),
        }
    }

    /// Types that no operation names and the crate has all the same.
    fn types_without_operation(&mut self, at: &At, types: &Value) {
        let Some(types) = types.as_array() else {
            self.error(at, "not a list of types", "write [{$ref: …}]");
            return;
        };
        for (index, entry) in types.iter().enumerate() {
            let at = at.child(&index.to_string());
            match reference_of(Some(entry)) {
                Some(reference) => {
                    self.reference(&at, &reference);
                }
                None => self.error(&at, "not a reference to a type", "write {$ref: …}"),
            }
        }
    }

    /// What can only be done when every document has been read.
    fn finish(&mut self, product: &mut Product) {
        self.identities(product);
        product.types = std::mem::take(&mut self.types);
        self.displaced();
        product.shared_types = std::mem::take(&mut self.adopted);
        self.twins(product);
        self.user_data_operations(product);
        self.snapshot_operations(product);
        self.check(product);
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::read_product;
    use crate::source::SourceFile;

    const SPEC: &str = "
openapi: 3.0.3
info: {title: T, version: '1'}
x-product: p
x-transport: rest
x-types:
  - {$ref: '#/components/schemas/Wanted'}
servers:
  - {url: 'https://a.example', x-environment: production, description: A}
  - {url: 'https://b.example', x-environment: production, x-name: beside, description: B}
paths:
  /a:
    get:
      operationId: a
      tags: [T]
      x-security: NONE
      responses: {'200': {description: An answer, content: {application/json: {schema: {type: array, items: {type: string}}}}}}
components:
  schemas:
    Wanted: {type: string, x-extensible-enum: ['a:b']}
    Unwanted: {type: string, x-extensible-enum: [c]}
";

    #[test]
    fn types_and_addresses_that_no_operation_has() {
        let file = SourceFile::new("p/rest.yaml", SPEC);
        let (product, _) = read_product("p", &[file]).unwrap_or_else(|found| panic!("{found}"));
        assert!(product.types.contains_key("Wanted"));
        assert!(!product.types.contains_key("Unwanted"));
        let names: Vec<_> = product
            .servers
            .iter()
            .map(|server| server.name.as_deref())
            .collect();
        assert_eq!(names, [None, Some("beside")]);
        for (wrong, at) in [("x-types: 5", "not a list"), ("x-types: [5]", "not a reference")] {
            let spec = SPEC.replacen("x-types:\n  - {$ref: '#/components/schemas/Wanted'}", wrong, 1);
            let found = read_product("p", &[SourceFile::new("p/rest.yaml", spec)]).unwrap_err();
            assert!(found.to_string().contains(at), "{found}");
        }
    }
}
