//! Which members of a product's payloads come in other spellings than they are written in.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use binance_wire_model::api::{Product, Type, TypeKind};

/// Stands for an answer that is no object, where it or what it lists may be spelled otherwise.
const ROOT: &str = "$";

/// For `payloads`: names of members, sorted.
#[derive(Debug, Default, Serialize)]
pub(super) struct Spellings {
    /// Those whose number comes as text and bare.
    lenient: BTreeSet<String>,
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
                if is_lenient(product, &field.ty, &mut BTreeSet::new()) {
                    spellings.lenient.insert(field.name.clone());
                    spellings.lenient.extend(field.aliases.iter().cloned());
                }
                for alias in &field.aliases {
                    let names = spellings.aliases.entry(alias.clone()).or_default();
                    names.insert(field.name.clone());
                }
            }
        }
        let answers = product.operations.iter().map(|operation| &operation.response);
        let events = product.streams.iter().map(|stream| &stream.event);
        if answers
            .chain(events)
            .any(|ty| is_lenient(product, ty, &mut BTreeSet::new()))
        {
            spellings.lenient.insert(ROOT.to_owned());
        }
        spellings
    }
}

/// Whether a value is such a number, or holds one without an object between that gives it a name.
fn is_lenient<'p>(product: &'p Product, ty: &'p Type, seen: &mut BTreeSet<&'p str>) -> bool {
    match product.resolve(ty) {
        Type::Integer { lenient, .. } | Type::Decimal { lenient, .. } | Type::Time { lenient, .. } => {
            *lenient
        }
        Type::Array(inner) | Type::Map(inner) | Type::OneOrMany(inner) => is_lenient(product, inner, seen),
        Type::Named(name) if seen.insert(name) => match product.types.get(name).map(|def| &def.kind) {
            Some(TypeKind::Tuple(slots)) => slots.iter().any(|slot| is_lenient(product, &slot.ty, seen)),
            Some(TypeKind::Shapes(types)) => types.iter().any(|ty| is_lenient(product, ty, seen)),
            _ => false,
        },
        _ => false,
    }
}
