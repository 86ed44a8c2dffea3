//! What is checked over documents instead of within one place.

use std::collections::{BTreeMap, BTreeSet};

use openapiv3::{ReferenceOr, Schema, SchemaKind, Type as OpenApiType};
use serde_json::Value;

use super::schemas::same_set;
use super::shared::is_shared;
use super::{At, Reader};
use crate::api::{Call, Location, Product, Type, TypeDef, TypeKind};
use crate::diagnostics::Diagnostic;
use crate::names;
use crate::read::yaml;

impl Reader {
    /// Notes what is declared, before anything is read: names once over all of our documents, value sets by value.
    /// What has been noted before, of the shared documents, is not noted again.
    pub(super) fn declarations(&mut self) {
        self.declarations_in(|_| true);
    }

    /// The same for the documents that `wanted` picks.
    pub(super) fn declarations_in(&mut self, wanted: fn(&str) -> bool) {
        let again = !self.declared.is_empty();
        self.value_sets.clear();
        let mut first: BTreeMap<String, (At, Option<Vec<String>>)> = BTreeMap::new();
        let mut found = Vec::new();
        let mut documents: Vec<_> = self.documents.iter().filter(|(file, _)| wanted(file)).collect();
        // What is wrong about a name is told where the product says it.
        documents.sort_by_key(|(file, _)| !is_shared(file));
        for (file, document) in documents {
            for (name, schema) in document
                .api
                .components
                .iter()
                .flat_map(|components| &components.schemas)
            {
                let at = At::new(file, format!("/components/schemas/{}", yaml::escape(name)));
                // A name for a shared type takes the place of one that is not used.
                let renames = !is_shared(file)
                    && matches!(schema, ReferenceOr::Reference { reference }
                        if self.target(&at, reference).is_some_and(|(file, _)| is_shared(&file)));
                found.push((at, file.clone(), name.clone(), value_set(schema), renames));
            }
        }
        for (at, file, name, values, renames) in found {
            if let Some(values) = &values {
                self.value_sets.push(((file, name.clone()), values.clone()));
            }
            let type_name = names::capitalised(&name);
            self.declared.insert(type_name.clone());
            let strict = self.strict(&at);
            match first.get(&type_name) {
                Some((other, _)) if renames && is_shared(&other.file) => {}
                // An object of a product's own takes the place of a shared one, if that turns out not to be used.
                Some((other, None)) if values.is_none() && is_shared(&other.file) && !is_shared(&at.file) => {
                    self.displacing.push((type_name, at, other.clone()));
                }
                Some((other, _)) if again && is_shared(&at.file) && is_shared(&other.file) => {}
                Some((other, known)) if strict => {
                    let Location { file, line, .. } = self.location(other);
                    let message = match (known, &values) {
                        (Some(known), Some(values)) if !same_set(known, values) => {
                            format!(
                                "the value set `{name}` is already declared at {file}:{line}, with other values"
                            )
                        }
                        _ => format!("`{name}` is already declared at {file}:{line}"),
                    };
                    self.error(
                        &at,
                        message,
                        "declare it once and refer to it, or rename one of the two",
                    );
                }
                Some(_) => {}
                None => {
                    first.insert(type_name, (at, values));
                }
            }
        }
    }

    /// A product that uses a shared object has no other of that name.
    pub(super) fn displaced(&mut self) {
        for (name, own, shared) in std::mem::take(&mut self.displacing) {
            if self.adopted.contains_key(&name) {
                let Location { file, line, .. } = self.location(&shared);
                self.error(
                    &own,
                    format!("`{name}` is already declared at {file}:{line}"),
                    "declare it once and refer to it, or rename one of the two",
                );
            }
        }
    }

    /// What can only be checked when every document has been read.
    pub(super) fn check(&mut self, product: &Product) {
        self.identifiers(product);
        self.cycles(product);
        self.unions(product);
        self.shared_limits(product);
    }

    fn identifiers(&mut self, product: &Product) {
        let mut ids: BTreeMap<(&str, &str), &Location> = BTreeMap::new();
        let mut twins: BTreeMap<&str, &Location> = BTreeMap::new();
        let operations = product.operations.iter().map(|operation| match operation.call {
            Call::Rest { .. } => ("REST", &operation.id, &operation.location),
            Call::WsApi { .. } => ("WebSocket API", &operation.id, &operation.location),
        });
        let streams = product
            .streams
            .iter()
            .map(|stream| ("stream", &stream.id, &stream.location));
        for (transport, id, location) in operations.chain(streams) {
            if let Some(first) = ids.insert((transport, id), location) {
                self.errors.push(Diagnostic::at(
                    location,
                    format!(
                        "operationId `{id}` is already used at {}:{}",
                        first.file, first.line
                    ),
                    "give each operation its own operationId",
                ));
            }
        }
        for operation in &product.operations {
            let Some(twin) = operation.twin.as_deref() else {
                continue;
            };
            if let Some(first) = twins.insert(twin, &operation.location) {
                self.errors.push(Diagnostic::at(
                    &operation.location,
                    format!("`{twin}` has a twin already, at {}:{}", first.file, first.line),
                    "make only one method its twin",
                ));
            }
        }
    }

    /// A type that is another name for itself, or that would have to hold itself, cannot be.
    fn cycles(&mut self, product: &Product) {
        let mut reported: Vec<&str> = Vec::new();
        for (name, def) in &product.types {
            let found = cycle(product, name, names_of_alias).or_else(|| cycle(product, name, parts));
            let Some(path) = found else { continue };
            // Once for the whole cycle.
            if path.iter().any(|part| reported.contains(part)) {
                continue;
            }
            let steps = path
                .iter()
                .chain([&name.as_str()])
                .copied()
                .collect::<Vec<_>>()
                .join(" → ");
            self.errors.push(Diagnostic::at(
                &def.location,
                format!("`{name}` refers to itself without end: {name} → {steps}"),
                "break the cycle; only a list or a map may hold the type that it stands in",
            ));
            reported.extend(path);
            reported.push(name);
        }
    }

    /// A union's value must lead to a type that has this value, if that type fixes it.
    fn unions(&mut self, product: &Product) {
        for def in product.types.values() {
            let TypeKind::Union { tag, variants } = &def.kind else {
                continue;
            };
            for (value, variant) in variants {
                let Some(TypeKind::Object(fields)) = product.types.get(variant).map(|def| &def.kind) else {
                    continue;
                };
                for field in fields.iter().filter(|field| field.name == *tag) {
                    if !field.aliases.is_empty() {
                        self.errors.push(Diagnostic::at(
                            &def.location,
                            format!("`{tag}` distinguishes alternatives, and has other names in `{variant}`"),
                            "remove the other names: one name distinguishes the alternatives",
                        ));
                    }
                    let Type::Constant(fixed) = &field.ty else {
                        continue;
                    };
                    if fixed != value {
                        self.errors.push(Diagnostic::at(
                            &def.location,
                            format!("`{value}` is mapped to `{variant}`, whose `{tag}` is always `{fixed}`"),
                            "correct the mapping or the constant",
                        ));
                    }
                }
            }
        }
    }
}

/// The values of a declared value set.
fn value_set(schema: &ReferenceOr<Schema>) -> Option<Vec<String>> {
    let schema = super::item(schema)?;
    if let Some(values) = schema.schema_data.extensions.get("x-extensible-enum") {
        return values
            .as_array()?
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect();
    }
    match &schema.schema_kind {
        SchemaKind::Type(OpenApiType::String(text)) if text.enumeration.len() > 1 => {
            Some(text.enumeration.iter().flatten().cloned().collect())
        }
        _ => None,
    }
}

/// The types that lead from a type back to it over `next`, the type itself left out.
fn cycle<'p>(
    product: &'p Product,
    start: &'p str,
    next: fn(&'p Product, &str) -> Vec<&'p str>,
) -> Option<Vec<&'p str>> {
    // A depth-first search; `trail` is the way to the type that is looked at.
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<(usize, &str)> = next(product, start).into_iter().map(|part| (0, part)).collect();
    let mut trail: Vec<&str> = Vec::new();
    while let Some((depth, name)) = waiting.pop() {
        trail.truncate(depth);
        if name == start {
            return Some(trail);
        }
        if seen.insert(name) {
            trail.push(name);
            waiting.extend(next(product, name).into_iter().map(|part| (depth + 1, part)));
        }
    }
    None
}

/// The named types that a value of a type holds directly; what stands in a list or a map is not held directly.
fn parts<'p>(product: &'p Product, name: &str) -> Vec<&'p str> {
    let Some(TypeDef { kind, .. }) = product.types.get(name) else {
        return Vec::new();
    };
    match kind {
        TypeKind::Object(fields) | TypeKind::Tuple(fields) => fields
            .iter()
            .filter_map(|field| named(&field.ty, false))
            .collect(),
        TypeKind::Union { variants, .. } => variants.values().map(String::as_str).collect(),
        TypeKind::Shapes(types) => types.iter().filter_map(|ty| named(ty, false)).collect(),
        TypeKind::Alias(ty) => named(ty, false).into_iter().collect(),
        TypeKind::Enum(_) => Vec::new(),
    }
}

/// The type that an alias is another name for, or makes a list or map of.
fn names_of_alias<'p>(product: &'p Product, name: &str) -> Vec<&'p str> {
    match product.types.get(name).map(|def| &def.kind) {
        Some(TypeKind::Alias(ty)) => named(ty, true).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn named(ty: &Type, in_lists: bool) -> Option<&str> {
    match ty {
        Type::Named(name) => Some(name),
        Type::OneOrMany(inner) => named(inner, in_lists),
        Type::Array(inner) | Type::Map(inner) if in_lists => named(inner, true),
        _ => None,
    }
}

/// Whether a value is a day, as ISO 8601 writes it.
pub(in crate::read) fn is_day(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number =
        |part: &str, digits: usize| match part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()) {
            true => part.parse::<u32>().ok(),
            false => None,
        };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}
