//! Collections as nodes, and of a model the part that can be held against them.

use binance_wire_codegen::names;
use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::api::{self, Location, Product};
use binance_wire_model::collection::{Collection, Guess, Operation, Parameter, Place, presumed, product_of};
use binance_wire_model::path::PathTemplate;

use super::finding::Affected;
use super::kind::{Aspect, Class, Role, Transport};
use super::node::Node;

/// The product that a collection is about: by its name or that of its file, among those that are known; or else the one
/// that its requests speak for; or else what its file is called.
pub fn owner_of(collection: &Collection, known: &[&str], by_requests: Option<&str>) -> String {
    let file = collection.file.rsplit('/').next().unwrap_or(&collection.file);
    let named = [collection.name.as_str(), file];
    match product_of(&named, known).or(by_requests) {
        Some(product) => product.to_owned(),
        None => presumed(file.strip_suffix(".json").unwrap_or(file)),
    }
}

/// Puts each request of the old side that only another collection has on the new side into the product of that one, so that
/// it is compared with itself.
pub(super) fn gather(old: &mut BTreeMap<String, Node>, new: &BTreeMap<String, Node>) {
    let key = |request: &Node| request.key.to_lowercase();
    let mut owners: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (product, node) in new {
        for request in &node.children {
            owners.entry(key(request)).or_default().insert(product);
        }
    }
    let known: BTreeSet<(String, String)> = old
        .iter()
        .flat_map(|(product, node)| {
            node.children
                .iter()
                .map(move |request| (product.clone(), key(request)))
        })
        .collect();
    let mut moved: Vec<(String, Node)> = Vec::new();
    for (product, node) in old.iter_mut() {
        for request in std::mem::take(&mut node.children) {
            let sign = key(&request);
            let owners = owners.get(&sign);
            match owners.and_then(|owners| owners.first()).copied() {
                Some(owner)
                    if owners.is_some_and(|owners| owners.len() == 1)
                        && owner != product
                        && !known.contains(&(owner.to_owned(), sign)) =>
                {
                    moved.push((owner.to_owned(), request));
                }
                _ => node.children.push(request),
            }
        }
    }
    for (product, request) in moved {
        let node = old.entry(product.clone());
        let node = node.or_insert_with(|| Node::new(Class::Product, product));
        node.children.push(request);
    }
    // Of a collection that has nothing left, its requests tell where they went.
    old.retain(|product, node| !node.children.is_empty() || new.contains_key(product));
}

/// A sample request and an operation of the specs, each as the only one of a product, as far as both can say the same. A
/// sample that sends a parameter in two places sends it.
pub(super) fn sample_and_operation(
    sample: &Operation,
    product: &Product,
    operation: &api::Operation,
) -> (Node, Node) {
    let mut theirs = Node::new(Class::Product, product.name.clone());
    let mut once = sample.clone();
    let mut names = BTreeSet::new();
    once.parameters
        .retain(|parameter| names.insert(parameter.name.clone()));
    theirs.children.push(request("", &once));
    let mut ours = Node::new(Class::Product, product.name.clone());
    ours.children.push(super::api::operation(product, operation));
    (theirs, requests_alone(ours))
}

/// A collection as a product.
pub(super) fn collection(collection: &Collection, product: &str) -> Node {
    let mut node = Node::new(Class::Product, product);
    for operation in &collection.operations {
        let mut request = request(&collection.file, operation);
        // Requests move from one collection to another; see `gather`.
        request.fact(Aspect::Path, product);
        node.children.push(request);
    }
    node
}

fn request(file: &str, operation: &Operation) -> Node {
    let mut node = Node::new(
        Class::Operation,
        format!("rest {} {}", operation.method, operation.path.nameless()),
    );
    node.shown = operation.key();
    node.transport = Some(Transport::Rest);
    node.role = Role::Received;
    node.location = Location::new(file, 0);
    node.common = Some(operation.key());
    // The exchange has corrected capitals in paths.
    node.also = vec![node.key.to_lowercase()];
    node.affected = vec![Affected {
        transport: Transport::Rest,
        call: operation.key(),
        id: String::new(),
    }];
    node.flag(Aspect::Signed, operation.signed);
    node.flag(Aspect::Deprecated, operation.deprecated);
    // Names of samples and folders are no documentation, and change with every export.
    if let Some(security) = &operation.security {
        node.fact(Aspect::Security, security.clone());
    }
    for parameter in &operation.parameters {
        // A placeholder is the same whatever it is called.
        if parameter.place == Place::Path {
            continue;
        }
        let mut child = Node::new(Class::Parameter, parameter.name.clone());
        // Some samples send one name in two places.
        if node.children.iter().any(|other| other.key == child.key) {
            child.key = format!("{} ({:?})", parameter.name, parameter.place).to_lowercase();
            child.shown.clone_from(&child.key);
        }
        child.role = Role::Sent;
        child.location = node.location.clone();
        child.code = names::snake(&parameter.name);
        child.demanded = parameter.required;
        child.flag(Aspect::Required, parameter.required);
        let place = match parameter.place {
            Place::Path => "path",
            Place::Header => "header",
            Place::Query | Place::Form | Place::Body => "query or body",
        };
        child.fact(Aspect::Place, place);
        child.fact(Aspect::Sample, parameter.example.clone().unwrap_or_default());
        if let Some(form) = form(parameter) {
            child.fact(Aspect::Form, form);
        }
        child.fact(Aspect::Documentation, parameter.description.clone());
        node.children.push(child);
    }
    node
}

/// What the value of an example looks like, where there is a value. Whole and broken numbers are no two types: any price is
/// whole now and then.
fn form(parameter: &Parameter) -> Option<&'static str> {
    if parameter.is_placeholder() {
        return None;
    }
    Some(match parameter.guess {
        Guess::Unknown => return None,
        Guess::Boolean => "truth value",
        Guess::Integer | Guess::Decimal => "number",
        Guess::List(_) => "list",
        Guess::Object => "object",
        Guess::Text => "text",
    })
}

/// The part of a product that a collection could have: REST requests and their parameters.
pub(super) fn requests_alone(mut product: Node) -> Node {
    product.facts.clear();
    product
        .children
        .retain(|child| child.class == Class::Operation && child.transport == Some(Transport::Rest));
    for operation in &mut product.children {
        // A draft is known by its name alone, and has no parameters to compare.
        operation.key = PathTemplate::parse(&operation.key).nameless();
        operation.common = Some(operation.shown.clone());
        operation
            .facts
            .retain(|fact| matches!(fact.aspect, Aspect::Signed | Aspect::Security));
        operation.code.clear();
        operation.children.retain(|child| {
            child
                .find_fact(Aspect::Place)
                .is_none_or(|place| place.text != "path")
        });
        for parameter in &mut operation.children {
            parameter.argument = false;
            // Examples are documented in the exchange's words.
            parameter
                .facts
                .retain(|fact| fact.aspect != Aspect::Documentation);
        }
    }
    product
}
