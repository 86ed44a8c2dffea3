//! Value sets that the specs declare, to be found again in samples.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::api::{Product, Type, TypeKind};
use binance_wire_model::names;
use binance_wire_model::presence::Identities;
use binance_wire_model::source::SourceFile;

/// Value sets that are declared already, the members that have them, and the members that are identities.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// How to refer to a set, its name, its values.
    pub(super) sets: Vec<(String, String, Vec<String>)>,
    /// Indices of sets by the names of members that have them.
    pub(super) members: BTreeMap<String, BTreeSet<usize>>,
    /// Components of the document.
    pub(super) taken: BTreeSet<String>,
    /// Members without which an object means nothing.
    pub(super) identities: Identities,
}

impl Known {
    /// Nothing but the identities.
    pub fn new(identities: Identities) -> Self {
        Self {
            identities,
            ..Self::default()
        }
    }

    /// Adds what a product declares, as seen from the document `file`.
    pub fn add(&mut self, product: &Product, file: &str) {
        let mut indices: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, def) in &product.types {
            let at = &def.location.file;
            if at == file {
                self.taken.insert(name.clone());
            }
            let TypeKind::Enum(values) = &def.kind else {
                continue;
            };
            // Sets that are written where they are used cannot be referred to.
            if def.owner.is_some() || values.is_empty() {
                continue;
            }
            let leaf = product.shared_types.get(name).unwrap_or(name);
            let document = if at == file {
                String::new()
            } else if at.starts_with("shared/") {
                format!("../{at}")
            } else {
                at.rsplit('/').next().unwrap_or(at).to_owned()
            };
            let name_there = if at == file { name } else { leaf };
            indices.insert(name, self.sets.len());
            self.sets.push((
                format!("{document}#/components/schemas/{name_there}"),
                name.clone(),
                values.clone(),
            ));
        }
        for def in product.types.values() {
            if let TypeKind::Object(fields) = &def.kind {
                for field in fields {
                    if let Type::Named(name) = &field.ty
                        && let Some(&index) = indices.get(name.as_str())
                    {
                        self.members.entry(field.name.clone()).or_default().insert(index);
                    }
                }
            }
        }
    }

    /// Adds the value sets of a document, whether or not something refers to them.
    pub fn add_document(&mut self, document: &SourceFile) {
        let Ok(yaml) = serde_yaml::from_str::<serde_yaml::Value>(&document.text) else {
            return;
        };
        let schemas = yaml
            .get("components")
            .and_then(|components| components.get("schemas"));
        for (name, schema) in schemas
            .and_then(|schemas| schemas.as_mapping())
            .into_iter()
            .flatten()
        {
            let Some(name) = name.as_str() else { continue };
            self.taken.insert(name.to_owned());
            let Some(list) = schema
                .get("x-extensible-enum")
                .and_then(|list| list.as_sequence())
            else {
                continue;
            };
            let values = list
                .iter()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect();
            let reference = format!("#/components/schemas/{name}");
            if !self.sets.iter().any(|(known, ..)| *known == reference) {
                self.sets.push((reference, name.to_owned(), values));
            }
        }
    }

    /// How to refer to the set that a member of this name has, where all of its values are of it.
    pub(super) fn set(&self, member: &str, values: &BTreeSet<String>) -> Option<&str> {
        let fits = |index: &usize| {
            self.sets
                .get(*index)
                .is_some_and(|(_, _, known)| values.iter().all(|value| known.contains(value)))
        };
        let by_use = self.members.get(member).into_iter().flatten().copied();
        let wanted = names::capitalised(member);
        let by_name = (0..self.sets.len())
            .filter(|&index| self.sets.get(index).is_some_and(|(_, name, _)| *name == wanted));
        let found: Vec<usize> = by_name.chain(by_use).filter(fits).collect();
        let (reference, ..) = self.sets.get(*found.first()?)?;
        Some(reference)
    }
}
