//! A published OpenAPI document over several products, as collections of the products that its operations belong to.

use std::collections::BTreeMap;

use binance_wire_model::api::{ADDED_BY_CLIENT, Call, Product, Security, Type};
use binance_wire_model::collection::{Collection, Guess, Operation, Parameter, Place, presumed, product_of};
use binance_wire_model::named::Named;
use binance_wire_model::path::PathTemplate;
use binance_wire_model::retired::Retired;

use super::compare::key;
use super::{Comparison, Difference, Kind};

/// The operations of a document, by the product whose specs have them or had them, or else that its section names, or else
/// that has the rest of the section.
pub fn collections(document: &Product, products: &[Product], retired: &[Retired]) -> Vec<Collection> {
    let names: Vec<&str> = products.iter().map(|product| product.name.as_str()).collect();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for product in products {
        for operation in &product.operations {
            if let Call::Rest { method, path } = &operation.call {
                owners.entry(key(method.name(), path)).or_insert(&product.name);
            }
        }
    }
    for gone in retired {
        owners
            .entry(key(gone.method.name(), &PathTemplate::parse(&gone.path)))
            .or_insert(&gone.product);
    }
    let mut sections: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for operation in &document.operations {
        if let Call::Rest { method, path } = &operation.call
            && let Some(owner) = owners.get(&key(method.name(), path))
        {
            *sections
                .entry(&operation.tag)
                .or_default()
                .entry(owner)
                .or_default() += 1;
        }
    }
    let of_section = |tag: &str| {
        let most = sections.get(tag)?.iter().max_by_key(|(_, count)| **count)?;
        Some(*most.0)
    };
    let mut found: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for operation in &document.operations {
        let Call::Rest { method, path } = &operation.call else {
            continue;
        };
        let owner = owners
            .get(&key(method.name(), path))
            .copied()
            .or_else(|| product_of(&[&operation.tag], &names))
            .or_else(|| of_section(&operation.tag))
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
            method: method.name().to_owned(),
            path: path.clone(),
            name,
            section: operation.tag.clone(),
            deprecated: operation.deprecated,
            signed: security
                .as_deref()
                .and_then(Security::of)
                .is_some_and(Security::signs),
            security,
            parameters,
        });
    }
    found
        .into_iter()
        .map(|(name, operations)| Collection {
            file: name.clone(),
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

/// Keeps what a document can say that does not know all products: what the specs have besides is no difference, nor is who
/// signs, which it says in the names of its operations alone. A product without specs is told operation by operation, since
/// it has been put together from sections. What the specs say is retired is explained by that.
pub fn one_sided(comparisons: &mut Vec<Comparison>, collections: &[Collection], retired: &[Retired]) {
    for comparison in &mut *comparisons {
        let whole = collections
            .iter()
            .find(|collection| collection.name == comparison.product);
        let mut differences = Vec::new();
        for difference in comparison.differences.drain(..) {
            match difference.kind {
                Kind::ExtraOperation | Kind::ExtraProduct | Kind::Signature => {}
                Kind::MissingProduct => {
                    let operations = whole.map(|whole| whole.operations.as_slice()).unwrap_or_default();
                    differences.extend(operations.iter().map(|operation| Difference {
                        operation: Some(operation.key()),
                        kind: Kind::MissingOperation,
                        detail: operation.name.clone(),
                        ..difference.clone()
                    }));
                }
                _ => differences.push(difference),
            }
        }
        for difference in &mut differences {
            let call = difference.operation.as_deref();
            if difference.kind == Kind::MissingOperation
                && let Some(gone) = retired
                    .iter()
                    .find(|retired| Some(retired.key().as_str()) == call)
            {
                difference.because = Some(match &gone.date {
                    Some(date) => format!("gone since {date}: shared/retired.yaml"),
                    None => "gone: shared/retired.yaml".to_owned(),
                });
            }
        }
        comparison.differences = differences;
    }
    comparisons.retain(|comparison| comparison.requests > 0);
}
