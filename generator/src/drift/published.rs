//! A published OpenAPI document over several products, as collections of the products that its operations belong to.

use std::collections::BTreeMap;

use super::compare::key;
use super::names::{presumed, product_of};
use super::{Comparison, Kind};
use crate::model::api::{Call, Product, Type};
use crate::model::collection::{Collection, Guess, Operation, Parameter, Place};
use crate::model::retired::Retired;

/// Parameters that clients add themselves.
const ADDED_BY_CLIENT: &[&str] = &["timestamp", "signature", "recvWindow"];

/// The operations of a document, by the product whose specs have them, or else that its section names.
pub fn collections(document: &Product, products: &[Product]) -> Vec<Collection> {
    let names: Vec<&str> = products.iter().map(|product| product.name.as_str()).collect();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for product in products {
        for operation in &product.operations {
            if let Call::Rest { method, path } = &operation.call {
                owners.entry(key(method, path)).or_insert(&product.name);
            }
        }
    }
    let mut found: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for operation in &document.operations {
        let Call::Rest { method, path } = &operation.call else {
            continue;
        };
        let owner = owners
            .get(&key(method, path))
            .copied()
            .or_else(|| product_of(&[&operation.tag], &names))
            .map_or_else(|| presumed(&operation.tag), str::to_owned);
        let parameters = operation
            .parameters
            .iter()
            .filter(|parameter| !ADDED_BY_CLIENT.contains(&parameter.name.as_str()))
            .map(|parameter| Parameter {
                name: parameter.name.clone(),
                place: match (parameter.in_path, parameter.in_header) {
                    (true, _) => Place::Path,
                    (_, true) => Place::Header,
                    _ => Place::Query,
                },
                required: parameter.required,
                example: None,
                guess: guess(document.resolve(&parameter.ty)),
                description: parameter.description.clone().unwrap_or_default(),
            })
            .collect();
        let (name, security) = named(&operation.summary);
        found.entry(owner).or_default().push(Operation {
            method: method.clone(),
            path: path.clone(),
            name,
            section: operation.tag.clone(),
            deprecated: operation.deprecated,
            signed: security
                .as_deref()
                .is_some_and(|security| !["NONE", "MARKET_DATA", "USER_STREAM"].contains(&security)),
            security,
            parameters,
        });
    }
    found
        .into_iter()
        .map(|(name, operations)| Collection {
            file: String::new(),
            name,
            operations,
        })
        .collect()
}

/// `Something (USER_DATA)` → the name, and the security type; other remarks in brackets are left off.
fn named(summary: &str) -> (String, Option<String>) {
    let mut security = None;
    let mut name = summary.trim();
    while let Some((before, inner)) = name.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        if !inner.is_empty() && inner.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
            security = Some(inner.to_owned());
        }
        name = before.trim_end();
    }
    (name.to_owned(), security)
}

fn guess(ty: &Type) -> Guess {
    match ty {
        Type::Boolean { .. } => Guess::Boolean,
        Type::Integer { .. } | Type::Time { .. } => Guess::Integer,
        Type::Decimal { .. } => Guess::Decimal,
        Type::Array(inner) => Guess::List(Box::new(guess(inner))),
        Type::Map(_) => Guess::Object,
        Type::Text | Type::Constant(_) | Type::Named(_) => Guess::Text,
        _ => Guess::Unknown,
    }
}

/// Keeps what a document can say that does not know all products: what the specs have besides is no difference,
/// nor is who signs, which it says in the names of its operations alone. What the specs say is retired is explained by that.
pub fn one_sided(comparisons: &mut Vec<Comparison>, collections: &[Collection], retired: &[Retired]) {
    let gone = |operation: &str| retired.iter().find(|retired| retired.key() == operation);
    for comparison in &mut *comparisons {
        // A product that is gone altogether is told by its operations.
        let whole = collections
            .iter()
            .find(|collection| collection.name == comparison.product);
        for difference in &mut comparison.differences {
            if difference.kind == Kind::MissingProduct
                && whole.is_some_and(|whole| whole.operations.iter().all(|o| gone(&o.key()).is_some()))
            {
                difference.because = Some("all of it is gone: shared/retired.yaml".to_owned());
            }
        }
        comparison.differences.retain(|difference| {
            !matches!(
                difference.kind,
                Kind::ExtraOperation | Kind::ExtraProduct | Kind::Signature
            )
        });
        for difference in &mut comparison.differences {
            if difference.kind == Kind::MissingOperation
                && let Some(gone) = difference.operation.as_deref().and_then(gone)
            {
                difference.because = Some(match &gone.date {
                    Some(date) => format!("gone since {date}: shared/retired.yaml"),
                    None => "gone: shared/retired.yaml".to_owned(),
                });
            }
        }
    }
    comparisons.retain(|comparison| comparison.requests > 0);
}
