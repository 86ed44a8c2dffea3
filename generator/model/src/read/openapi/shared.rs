//! The shared documents: read by themselves, before the product that refers to them, so that what the leaf crate
//! declares does not depend on any product.

use std::collections::BTreeMap;

use openapiv3::{OpenAPI, ReferenceOr, Schema};
use serde_json::Value;

use super::{At, Reader};
use crate::api::{Product, Type, TypeKind};
use crate::diagnostics::{Diagnostics, Warning};
use crate::names;
use crate::read::yaml;
use crate::source::SourceFile;

/// The product whose types are the shared ones.
const NAME: &str = "shared";

/// Whether a file is one of the shared documents.
pub(super) fn is_shared(file: &str) -> bool {
    file.split('/').next() == Some(NAME) && file.contains('/')
}

/// Reads the shared documents: a product that has types and nothing else.
pub fn read_shared(files: &[SourceFile]) -> Result<(Product, Vec<Warning>), Diagnostics> {
    let mut reader = Reader::parse(files, true)?;
    let mut product = Product {
        name: NAME.to_owned(),
        ..Product::default()
    };
    let paths: Vec<String> = reader.documents.keys().cloned().collect();
    for path in &paths {
        let root = At::new(path, "");
        let Some(api) = reader.api(path) else { continue };
        if let Some(key) = [
            "x-product",
            "x-transport",
            "x-title",
            "x-sdk-name",
            "x-examples",
            "x-error-codes",
        ]
        .into_iter()
        .find(|key| api.extensions.contains_key(*key))
        {
            let message = format!("`{key}` in a shared document");
            reader.error(&root.child(key), message, "take it away; it belongs to a product");
        } else if !api.paths.paths.is_empty() {
            let message = "operations in a shared document";
            reader.error(&root.child("paths"), message, "move them to a product");
        }
    }
    reader.declarations();
    reader.read_components(&paths);
    reader.finish(&mut product);
    if reader.errors.is_empty() {
        Ok((product, reader.warnings))
    } else {
        Err(Diagnostics(reader.errors))
    }
}

impl Reader {
    /// Reads the shared documents and lays their types aside, until the product refers to them.
    pub(super) fn shared_first(&mut self) {
        let paths: Vec<String> = self
            .documents
            .keys()
            .filter(|path| is_shared(path))
            .cloned()
            .collect();
        if paths.is_empty() {
            return;
        }
        self.declarations_in(is_shared);
        self.read_components(&paths);
        self.note_renames();
        self.shared = std::mem::take(&mut self.types);
        // Names of inline types are taken as well, so that a product does not give them to its own.
        self.declared.extend(self.shared.keys().cloned());
        // A product's inline type that happens to equal one of them stays the product's own.
        self.inline.clear();
    }

    /// Reads every component, whether or not something refers to it.
    fn read_components(&mut self, paths: &[String]) {
        for path in paths {
            let names: Vec<String> = self
                .api(path)
                .and_then(|api| api.components.as_ref())
                .map(|components| components.schemas.keys().cloned().collect())
                .unwrap_or_default();
            for name in names {
                let pointer = format!("/components/schemas/{}", yaml::escape(&name));
                self.reference(
                    &At::new(path, pointer.clone()),
                    &format!("#/components/schemas/{name}"),
                );
            }
        }
    }

    /// Notes what the product calls shared types otherwise: its components that are mere references to one. Of two such
    /// names for one type, the first is the type's name here.
    fn note_renames(&mut self) {
        let mut renames = BTreeMap::new();
        for (file, document) in self.documents.iter().filter(|(file, _)| !is_shared(file)) {
            let components = document.api.components.iter();
            for (name, schema) in components.flat_map(|components| &components.schemas) {
                if let Some(shared) = self.shared_target(file, schema) {
                    renames.entry(shared).or_insert_with(|| names::capitalised(name));
                }
            }
        }
        self.renames = renames;
    }

    /// The shared type that a component of a product's document is a mere reference to.
    fn shared_target(&self, file: &str, schema: &ReferenceOr<Schema>) -> Option<String> {
        let ReferenceOr::Reference { reference } = schema else {
            return None;
        };
        let (target, pointer) = self.target(&At::new(file, ""), reference)?;
        let component = pointer.strip_prefix("/components/schemas/")?.to_owned();
        match is_shared(&target) && !is_shared(file) {
            true => self.components.get(&(target, component)).cloned(),
            false => None,
        }
    }

    /// The shared type that a product's component is the name of, here.
    pub(super) fn shared_by_this_name(&self, key: &(String, String)) -> Option<String> {
        let (file, name) = key;
        let schema = self.api(file)?.components.as_ref()?.schemas.get(name)?;
        let shared = self.shared_target(file, schema)?;
        (self.name_here(&shared) == names::capitalised(name)).then_some(shared)
    }

    /// What the product calls a shared type.
    fn name_here(&self, shared: &str) -> String {
        let renamed = self.renames.get(shared).map(String::as_str);
        renamed.unwrap_or(shared).to_owned()
    }

    /// Takes a shared type, and what it is made of, into the product that refers to it; gives its name here.
    pub(super) fn adopt(&mut self, at: &At, shared: &str) -> String {
        let mut waiting = vec![shared.to_owned()];
        while let Some(name) = waiting.pop() {
            let Some(mut def) = self.shared.shift_remove(&name) else {
                continue;
            };
            let here = self.name_here(&name);
            if let Some(own) = self.types.get(&here) {
                let message = format!(
                    "the shared type `{name}` of {}:{} meets a type named `{here}` at {}:{}",
                    def.location.file, def.location.line, own.location.file, own.location.line
                );
                self.error(at, message, "give one of them another name, or use one for both");
                continue;
            }
            for ty in types_in(&mut def.kind) {
                if let Some(inner) = named_in(ty) {
                    waiting.push(inner.clone());
                    *inner = self.name_here(inner);
                }
            }
            if let TypeKind::Union { variants, .. } = &mut def.kind {
                for variant in variants.values_mut() {
                    waiting.push(variant.clone());
                    *variant = self.name_here(variant);
                }
            }
            self.adopted.insert(here.clone(), name);
            self.types.insert(here, def);
        }
        self.name_here(shared)
    }

    /// Reads a name of the product that each of its documents may say.
    fn said_once(&mut self, root: &At, api: &OpenAPI, key: &str, name: &mut Option<String>) {
        let Some(value) = api.extensions.get(key) else {
            return;
        };
        let at = root.child(key);
        match (value.as_str(), &name) {
            (None | Some(""), _) => self.error(&at, "not a name", "write it as text"),
            (Some(said), Some(known)) if said != known => {
                let message = format!("the product is called `{known}` in another of its documents");
                self.error(&at, message, "say it once");
            }
            (Some(said), _) => *name = Some(said.to_owned()),
        }
    }

    /// Reads what a document says about its product's names: in prose, in the exchange's SDKs, and of its errors.
    pub(super) fn names_of_document(&mut self, root: &At, api: &OpenAPI, product: &mut Product) {
        self.said_once(root, api, "x-title", &mut product.title);
        // It comes to stand in manifests, pages and comments.
        if let Some(sign) = product
            .title
            .as_deref()
            .and_then(|title| title.chars().find(|c| !in_title(*c)))
        {
            let message = format!("{sign:?} in a title");
            let remedy = "write it with letters, digits, spaces, `-`, `.` and `&`";
            self.error(&root.child("x-title"), message, remedy);
        }
        self.said_once(root, api, "x-sdk-name", &mut product.sdk_name);
        self.examples(root, api, product);
        let Some(value) = api.extensions.get("x-error-codes") else {
            return;
        };
        let at = root.child("x-error-codes");
        let names: Option<Vec<&str>> = value
            .as_array()
            .and_then(|names| names.iter().map(Value::as_str).collect());
        match names {
            Some(names) if !names.is_empty() => {
                for (index, name) in names.into_iter().enumerate() {
                    let location = self.location(&at.child(&index.to_string()));
                    if !product.error_families.iter().any(|(known, _)| known == name) {
                        product.error_families.push((name.to_owned(), location));
                    }
                }
            }
            _ => self.error(
                &at,
                "not a list of families",
                "list families of shared/error-codes.yaml",
            ),
        }
    }
}

impl Reader {
    /// Reads the values that examples show, by the names of what has them.
    fn examples(&mut self, root: &At, api: &OpenAPI, product: &mut Product) {
        let Some(value) = api.extensions.get("x-examples") else {
            return;
        };
        let at = root.child("x-examples");
        let Some(table) = value.as_object() else {
            self.error(&at, "not a table", "write names, each with a value as text");
            return;
        };
        for (name, value) in table {
            let at = at.child(name);
            match value.as_str() {
                None | Some("") => self.error(&at, "not a text", "write the value in quotes"),
                Some(_) if product.examples.contains_key(name) => {
                    let message = format!("`{name}` has an example in another document of the product");
                    self.error(&at, message, "say it once");
                }
                Some(value) => {
                    product.examples.insert(name.clone(), value.to_owned());
                }
            }
        }
    }
}

/// The types that a kind of type is made of; a union's are names alone.
fn types_in(kind: &mut TypeKind) -> Vec<&mut Type> {
    match kind {
        TypeKind::Object(fields) | TypeKind::Tuple(fields) => {
            fields.iter_mut().map(|field| &mut field.ty).collect()
        }
        TypeKind::Shapes(types) => types.iter_mut().collect(),
        TypeKind::Alias(ty) => vec![ty],
        TypeKind::Enum(_) | TypeKind::Union { .. } => Vec::new(),
    }
}

/// The name of a named type, or of the one that a list or a map holds.
fn named_in(ty: &mut Type) -> Option<&mut String> {
    match ty {
        Type::Named(name) => Some(name),
        Type::Array(inner) | Type::Map(inner) | Type::OneOrMany(inner) => named_in(inner),
        _ => None,
    }
}

/// Whether a product's name in prose may have a character.
fn in_title(sign: char) -> bool {
    sign.is_alphanumeric() || " -.&".contains(sign)
}
