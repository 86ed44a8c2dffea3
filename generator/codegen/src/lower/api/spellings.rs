//! Which members of a product's payloads come in other spellings than they are written in.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use binance_wire_model::api::{Product, TypeKind};

/// For `payloads`: names of members, sorted.
#[derive(Debug, Default, Serialize)]
pub(super) struct Spellings {
    /// Other names, each with the names under which such members are written.
    aliases: BTreeMap<String, BTreeSet<String>>,
}

impl Spellings {
    pub(super) fn of(product: &Product) -> Self {
        let mut spellings = Self::default();
        for def in product.types.values() {
            let TypeKind::Object(fields) = &def.kind else {
                continue;
            };
            for field in fields {
                for alias in &field.aliases {
                    let names = spellings.aliases.entry(alias.clone()).or_default();
                    names.insert(field.name.clone());
                }
            }
        }
        spellings
    }
}
