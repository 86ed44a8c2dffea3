//! Collections against the model.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::api::{self, Call, Product, Type, TypeKind};
use binance_wire_model::collection::{Collection, Operation, Place};
use binance_wire_model::path::PathTemplate;

use binance_wire_impact::diff::{self, Aspect, Class, Sense, compare_sample, owner_of};

use super::{Difference, Kind};

/// A product, as both sides have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Its name.
    pub product: String,
    /// Which two files it is about, where not collections: `sbe/spot.xml 3:5, spot_3_5.xml 3:5`. Requests are then the
    /// messages there, operations those here.
    pub files: Option<String>,
    /// What is to be known besides: text, and the days that are left where it ends.
    pub notices: Vec<(String, Option<i64>)>,
    /// How many requests its collections have.
    pub requests: usize,
    /// How many REST operations its specs have.
    pub operations: usize,
    /// What differs, operation by operation.
    pub differences: Vec<Difference>,
}

/// A REST operation of the specs.
struct Known<'m> {
    product: &'m Product,
    operation: &'m api::Operation,
}

/// Compares every collection with the specs of its product, product by product in the order of their names. `only`: the
/// other products are looked at to find requests in, and not reported.
pub fn compare(collections: &[Collection], products: &[Product], only: Option<&str>) -> Vec<Comparison> {
    let names: Vec<&str> = products.iter().map(|product| product.name.as_str()).collect();
    let known = known(products);
    let mut found: BTreeMap<String, Comparison> = BTreeMap::new();
    for product in products {
        let comparison = found.entry(product.name.clone()).or_default();
        let rest = |operation: &&api::Operation| matches!(operation.call, Call::Rest { .. });
        comparison.operations += product.operations.iter().filter(rest).count();
    }
    let mut seen: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut collected: BTreeSet<String> = BTreeSet::new();
    for collection in collections {
        let product = product_name(collection, &names, &known);
        collected.insert(product.clone());
        let comparison = found.entry(product.clone()).or_default();
        comparison.requests += collection.operations.len();
        if comparison.operations == 0 {
            comparison.differences.push(Difference {
                product,
                operation: None,
                parameter: None,
                kind: Kind::MissingProduct,
                detail: format!(
                    "`{}` has {} request{}",
                    collection.name,
                    collection.operations.len(),
                    if collection.operations.len() == 1 { "" } else { "s" }
                ),
                location: None,
                because: None,
            });
            continue;
        }
        for request in &collection.operations {
            let candidates = known.get(&key(&request.method, &request.path));
            let own = candidates.and_then(|list| {
                list.iter()
                    .find(|known| known.product.name == product)
                    .or(list.first())
            });
            match own {
                None => comparison.differences.push(about(
                    &product,
                    request,
                    Kind::MissingOperation,
                    &request.name,
                )),
                Some(own) => {
                    seen.insert((&own.product.name, key(&request.method, &request.path)));
                    if own.product.name != product {
                        let mut other = about(&product, request, Kind::OtherProduct, &own.product.name);
                        other.location = Some(own.operation.location.clone());
                        comparison.differences.push(other);
                    }
                    parameters(&product, request, own, &mut comparison.differences);
                }
            }
        }
    }
    for product in products {
        let Some(comparison) = found.get_mut(&product.name) else {
            continue;
        };
        if comparison.operations == 0 {
            continue;
        }
        let rest = product
            .operations
            .iter()
            .filter_map(|operation| match &operation.call {
                Call::Rest { method, path } => Some((operation, method, path)),
                _ => None,
            });
        let extra: Vec<_> = rest
            .filter(|(_, method, path)| !seen.contains(&(product.name.as_str(), key(method.name(), path))))
            .collect();
        if !collected.contains(&product.name) && extra.len() == comparison.operations {
            comparison.differences.push(Difference {
                product: product.name.clone(),
                operation: None,
                parameter: None,
                kind: Kind::ExtraProduct,
                detail: format!("its specs have {} operations", extra.len()),
                location: None,
                because: extra.iter().all(|(operation, ..)| operation.draft).then(draft),
            });
            continue;
        }
        for (operation, method, path) in extra {
            comparison.differences.push(Difference {
                product: product.name.clone(),
                operation: Some(format!("{method} {path}")),
                parameter: None,
                kind: Kind::ExtraOperation,
                detail: operation.id.clone(),
                location: Some(operation.location.clone()),
                because: operation.draft.then(draft),
            });
        }
    }
    let mut comparisons = Vec::new();
    for (name, mut comparison) in found {
        let nothing = comparison.requests == 0 && comparison.operations == 0;
        if nothing || only.is_some_and(|only| only != name) {
            continue;
        }
        comparison.product = name;
        comparison.differences.sort_by(|a, b| {
            let key = |difference: &Difference| {
                // By path, so that the methods of an endpoint stand together.
                let operation = difference.operation.as_deref().unwrap_or_default();
                let (method, path) = operation.split_once(' ').unwrap_or_default();
                (path.to_owned(), method.to_owned(), difference.kind)
            };
            key(a).cmp(&key(b)).then_with(|| a.parameter.cmp(&b.parameter))
        });
        comparisons.push(comparison);
    }
    comparisons
}

/// The REST operations of all products, by [`key`].
fn known(products: &[Product]) -> BTreeMap<String, Vec<Known<'_>>> {
    let mut known: BTreeMap<String, Vec<Known<'_>>> = BTreeMap::new();
    for product in products {
        for operation in &product.operations {
            if let Call::Rest { method, path } = &operation.call {
                let known = known.entry(key(method.name(), path)).or_default();
                known.push(Known { product, operation });
            }
        }
    }
    known
}

/// The product that a collection is about.
pub fn owner(collection: &Collection, products: &[Product]) -> String {
    let names: Vec<&str> = products.iter().map(|product| product.name.as_str()).collect();
    product_name(collection, &names, &known(products))
}

/// Why an operation of the specs that is a draft has no sample.
fn draft() -> String {
    "a draft: the exchange has published its name alone".to_owned()
}

/// What a request is found by: the names of placeholders do not count.
pub(super) fn key(method: &str, path: &PathTemplate) -> String {
    format!("{method} {}", path.nameless())
}

/// The product of a collection: by its name, or else by that of its file, or else the one whose specs have most of its
/// requests.
fn product_name(
    collection: &Collection,
    products: &[&str],
    known: &BTreeMap<String, Vec<Known<'_>>>,
) -> String {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for request in &collection.operations {
        for known in known
            .get(&key(&request.method, &request.path))
            .into_iter()
            .flatten()
        {
            *votes.entry(&known.product.name).or_default() += 1;
        }
    }
    let most = votes
        .into_iter()
        .filter(|(_, count)| count * 2 > collection.operations.len())
        .max_by_key(|(_, count)| *count);
    let most = most.map(|(product, _)| product);
    owner_of(collection, products, most)
}

fn about(product: &str, request: &Operation, kind: Kind, detail: &str) -> Difference {
    Difference {
        product: product.to_owned(),
        operation: Some(request.key()),
        parameter: None,
        kind,
        detail: detail.to_owned(),
        location: None,
        because: None,
    }
}

/// What a request and its operation say differently.
fn parameters(product: &str, request: &Operation, own: &Known<'_>, into: &mut Vec<Difference>) {
    let operation = own.operation;
    let mut note = |kind: Kind, parameter: Option<&str>, detail: String| {
        into.push(Difference {
            parameter: parameter.map(str::to_owned),
            location: Some(operation.location.clone()),
            ..about(product, request, kind, &detail)
        });
    };
    if operation.draft && operation.parameters.iter().all(|parameter| parameter.in_path) {
        if request.parameters.iter().any(|p| p.place != Place::Path) {
            let own = request.parameters.iter().filter(|p| p.place != Place::Path);
            let mut names: Vec<&str> = Vec::new();
            for parameter in own {
                // One that is sent in two places is one.
                if !names.contains(&parameter.name.as_str()) {
                    names.push(&parameter.name);
                }
            }
            note(Kind::DocumentedDraft, None, names.join(", "));
        }
        return;
    }
    for finding in compare_sample(request, own.product, operation) {
        let path = &finding.subject.path;
        let name = path.get(1).map(|step| step.name.as_str());
        let Some(kind) = known_to_samples(finding.kind) else {
            continue;
        };
        let detail = match kind {
            Kind::Signature if request.signed => "the collection signs it".to_owned(),
            Kind::Signature => "the specs sign it".to_owned(),
            Kind::MissingParameter => {
                let theirs = request.parameters.iter().find(|p| Some(p.name.as_str()) == name);
                let example = theirs.and_then(|theirs| theirs.example.as_ref());
                let example = example.map(|example| format!(", such as {example}"));
                format!("{}{}", presence(finding.kind), example.unwrap_or_default())
            }
            Kind::ExtraParameter => presence(finding.kind).to_owned(),
            _ => String::new(),
        };
        note(kind, name, detail);
    }
    for theirs in &request.parameters {
        let ours = operation
            .parameters
            .iter()
            .find(|p| p.name == theirs.name && !p.in_path);
        if let (Some(ours), Some(example)) = (ours, &theirs.example)
            && !fits(own.product, &ours.ty, example)
        {
            note(
                Kind::Value,
                Some(&theirs.name),
                format!("the collection has {example}"),
            );
        }
    }
}

/// What a difference between a sample and an operation is called here. A sample knows who signs, and which parameters are
/// sent; of the rest it says too little to differ.
fn known_to_samples(kind: diff::Kind) -> Option<Kind> {
    Some(match (kind.class(), kind.aspect(), kind.sense()) {
        (Class::Operation, Aspect::Signed, _) => Kind::Signature,
        (Class::Parameter, Aspect::Itself | Aspect::Demanded, Sense::Removed) => Kind::MissingParameter,
        (Class::Parameter, Aspect::Itself | Aspect::Demanded, _) => Kind::ExtraParameter,
        // The sample is what was before.
        (Class::Parameter, Aspect::Required, Sense::Up) => Kind::OptionalParameter,
        (Class::Parameter, Aspect::Required, Sense::Down) => Kind::RequiredParameter,
        _ => return None,
    })
}

/// Whether the parameter that one side alone has must be there.
fn presence(kind: diff::Kind) -> &'static str {
    match kind.demands() {
        true => "required",
        false => "optional",
    }
}

/// Whether a sample's value is one of a type. What cannot be told fits.
fn fits(product: &Product, ty: &Type, example: &str) -> bool {
    let digits = example.strip_prefix('-').unwrap_or(example);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match product.resolve(ty) {
        Type::Integer { .. } | Type::Time { .. } => number(digits),
        Type::Decimal { .. } => match digits.split_once('.') {
            Some((whole, part)) => number(whole) && number(part),
            None => number(digits),
        },
        Type::Array(_) => !example.starts_with('{'),
        Type::Named(name) => match product.types.get(name).map(|def| &def.kind) {
            Some(TypeKind::Enum(values)) => {
                // Samples write TRUE and FALSE as their programs do.
                let truth = matches!(example, "true" | "false");
                values
                    .iter()
                    .any(|value| value == example || truth && value.eq_ignore_ascii_case(example))
            }
            _ => true,
        },
        _ => true,
    }
}
