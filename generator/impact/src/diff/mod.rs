//! What a change of the specs does to those who use what is made of them.
//!
//! Two models are compared, never two texts. Each model becomes a tree of things with facts; whatever differs between two
//! trees is looked up in one table, which says what it means on the wire, in the Rust that is emitted, and in behaviour. A
//! difference read backwards is the opposite difference, by construction.

mod announced;
mod api;
mod collection;
mod compare;
mod finding;
mod fix;
mod foreign;
mod hosts;
mod kind;

mod narrow;
mod node;
mod policy;
mod printed;
pub mod report;
mod row;
mod rules;
mod sbe;
mod state;
mod text;
mod types;

use std::collections::{BTreeMap, BTreeSet};

pub use announced::{Announced, InBoth, InLog, Scope, Window};
pub use collection::owner_of;
pub use finding::{Affected, Finding, Group, Place, Report, Step, Subject, Summary, inside_out};
pub use kind::{Aspect, Class, Sense, Severity, Transport, Verdict};
pub use narrow::{Calls, Narrowed, complete, narrow};
pub use policy::Policy;
pub use printed::{Printed, complete_with};
pub use row::Kind;

use api::Beside;
use binance_wire_codegen::names;
use binance_wire_model::api::{Call, Operation, Product, Type, TypeKind};
use binance_wire_model::collection::{Collection, Operation as Sample};
use binance_wire_model::diagnostics::no_product;
use binance_wire_model::fix::Dictionary;
use binance_wire_model::foreign::Foreign;
use binance_wire_model::product::Model;
use binance_wire_model::sbe::Schema;
use compare::Comparer;
use node::Node;

/// One side of a comparison.
#[derive(Debug)]
pub struct State {
    /// What it is called in reports.
    pub label: String,
    /// What stands before the files of its locations, such as `specs/`.
    pub prefix: String,
    /// What it says.
    pub content: Content,
}

/// What a side can be.
#[derive(Debug)]
pub enum Content {
    /// The models of all products.
    Specs(Vec<Model>),
    /// One OpenAPI document.
    Document(Box<Product>),
    /// One OpenAPI document as it was written, to be compared with another.
    Foreign(Box<Foreign>),
    /// One SBE schema.
    Schema(Box<Schema>),
    /// One FIX dictionary, with the file that it came from.
    Dictionary(String, Box<Dictionary>),
    /// Collections of sample requests.
    Collections(Vec<Collection>),
}

impl Content {
    fn what(&self) -> &'static str {
        match self {
            Self::Specs(_) => "specs",
            Self::Document(_) | Self::Foreign(_) => "an OpenAPI document",
            Self::Schema(_) => "an SBE schema",
            Self::Dictionary(..) => "a FIX dictionary",
            Self::Collections(_) => "collections",
        }
    }
}

/// Everything that differs between two sides, in no particular order; [`Policy::report`] makes a report of it. `only`: the
/// one product that counts.
///
/// # Errors
/// Sides that have nothing in common to compare, such as a schema and a dictionary.
pub fn compare(old: &State, new: &State, only: Option<&str>) -> Result<Vec<Finding>, String> {
    compare_within(old, new, only, &BTreeSet::new()).map(|(findings, _)| findings)
}

/// The same, and what was compared. `same`: products that neither side has been read with, since nothing of them differs.
///
/// # Errors
/// As those of [`compare()`].
pub fn compare_within(
    old: &State,
    new: &State,
    only: Option<&str>,
    same: &BTreeSet<String>,
) -> Result<(Vec<Finding>, Scope), String> {
    if let (Content::Foreign(a), Content::Foreign(b)) = (&old.content, &new.content) {
        let product = foreign_product(b);
        if let Some(only) = only.filter(|only| *only != product) {
            return Err(no_product(only, "on either side", &[&product]));
        }
        let findings = located(foreign::compare(a, b, &product), old, new);
        return Ok((findings, Scope::of(old, new, BTreeSet::from([product]))));
    }
    let (before, after) = trees(old, new)?;
    let mut findings = Vec::new();
    let all = before.keys().chain(after.keys()).chain(same);
    let mut names: BTreeSet<&str> = all.map(String::as_str).collect();
    if let Some(only) = only {
        if !names.contains(only) {
            let known: Vec<&str> = names.into_iter().collect();
            return Err(no_product(only, "on either side", &known));
        }
        names = BTreeSet::from([only]);
    }
    for &name in &names {
        match (before.get(name), after.get(name)) {
            (Some(a), Some(b)) => findings.extend(located(Comparer::products(a, b), old, new)),
            (Some(gone), None) => {
                findings.extend(located(Comparer::product_alone(gone, Sense::Removed), old, new));
            }
            (None, Some(come)) => {
                findings.extend(located(Comparer::product_alone(come, Sense::Added), old, new));
            }
            (None, None) => {}
        }
    }
    let products = names.into_iter().map(str::to_owned).collect();
    Ok((findings, Scope::of(old, new, products)))
}

/// What a sample request and an operation say differently, as far as a sample can say it: signature and parameters. The
/// sample is the old side.
pub fn compare_sample(sample: &Sample, product: &Product, operation: &Operation) -> Vec<Finding> {
    let (theirs, ours) = collection::sample_and_operation(sample, product, operation);
    Comparer::products(&theirs, &ours)
}

/// What a document is called that belongs to no product: by its title.
fn foreign_product(document: &Foreign) -> String {
    let title = document
        .root
        .pointer("/info/title")
        .and_then(serde_json::Value::as_str);
    let title = title.filter(|title| !title.trim().is_empty());
    title.map_or_else(
        || document.file.clone(),
        |title| names::snake(title).replace('_', "-"),
    )
}

/// Findings whose files are named from where the caller stands.
fn located(mut findings: Vec<Finding>, old: &State, new: &State) -> Vec<Finding> {
    for finding in &mut findings {
        let prefix = if finding.kind.sense() == Sense::Removed {
            &old.prefix
        } else {
            &new.prefix
        };
        if !finding.location.file.is_empty() {
            finding.location.file.insert_str(0, prefix);
        }
    }
    findings
}

type Trees = BTreeMap<String, Node>;

fn trees(old: &State, new: &State) -> Result<(Trees, Trees), String> {
    use Content::{Collections, Dictionary, Document, Schema, Specs};
    let mismatch = || {
        Err(format!(
            "{} is {}, and {} is {}: they have nothing in common to compare",
            old.label,
            old.content.what(),
            new.label,
            new.content.what()
        ))
    };
    Ok(match (&old.content, &new.content) {
        (Specs(a), Specs(b)) => {
            // A shared type that no product refers to is in no crate.
            (specs(a), specs(b))
        }
        // Whoever names two files wants them compared, whatever they are called.
        (Document(a), Document(b)) => (renamed(document(a), &b.name), document(b)),
        (Document(a), Specs(b)) => {
            let (name, picked) = with_document(a, b)?;
            (renamed(document(a), &name), picked)
        }
        (Specs(a), Document(b)) => {
            let (name, picked) = with_document(b, a)?;
            (picked, renamed(document(b), &name))
        }
        (Schema(a), Schema(b)) => (lone_schema(a, None), lone_schema(b, None)),
        (Schema(a), Specs(b)) => {
            let (product, module, found) = schema_of(b, a)?;
            (
                lone_schema(a, Some((product, module))),
                lone_schema(found, Some((product, module))),
            )
        }
        (Specs(a), Schema(b)) => {
            let (product, module, found) = schema_of(a, b)?;
            (
                lone_schema(found, Some((product, module))),
                lone_schema(b, Some((product, module))),
            )
        }
        (Dictionary(file, a), Dictionary(other, b)) => {
            let module = module_of(file);
            (
                lone_dictionary("spot", &module, file, a),
                lone_dictionary("spot", &module, other, b),
            )
        }
        (Dictionary(file, a), Specs(b)) => {
            let (product, module, place, found) = dictionary_of(b, a)?;
            (
                lone_dictionary(product, module, file, a),
                lone_dictionary(product, module, place, found),
            )
        }
        (Specs(a), Dictionary(file, b)) => {
            let (product, module, place, found) = dictionary_of(a, b)?;
            (
                lone_dictionary(product, module, place, found),
                lone_dictionary(product, module, file, b),
            )
        }
        (Collections(a), Collections(b)) => {
            let (mut before, after) = (collections(a, &[]), collections(b, &[]));
            collection::gather(&mut before, &after);
            (before, after)
        }
        (Collections(a), Specs(b)) => with_collections(a, specs(b)),
        (Specs(a), Collections(b)) => swapped(with_collections(b, specs(a))),
        (Collections(a), Document(b)) => with_collections(a, document(b)),
        (Document(a), Collections(b)) => swapped(with_collections(b, document(a))),
        _ => return mismatch(),
    })
}

fn swapped((a, b): (Trees, Trees)) -> (Trees, Trees) {
    (b, a)
}

fn specs(models: &[Model]) -> Trees {
    let mut trees = Trees::new();
    for model in models {
        trees.insert(model.api.name.clone(), whole(model));
    }
    let products: Vec<&Product> = models.iter().map(|model| &model.api).collect();
    let retired = models
        .first()
        .map(|model| model.retired.as_slice())
        .unwrap_or_default();
    let families = models
        .first()
        .map(|model| model.families.as_slice())
        .unwrap_or_default();
    trees.insert("shared".to_owned(), api::shared(&products, families, retired));
    trees
}

/// A product with its SBE and FIX.
fn whole(model: &Model) -> Node {
    let mut node = api::product(&model.api, Beside::Specs);
    let krate = names::crate_in_code(&model.api.name);
    let calls = calls(&model.api);
    for (name, schema) in &model.sbe {
        node.children
            .push(sbe::schema(&names::snake(name), schema, &krate, &calls));
    }
    for (name, file, dictionary) in &model.fix {
        node.children.push(fix::dictionary(
            &names::snake(name),
            file,
            dictionary,
            &krate,
            Beside::Specs,
        ));
    }
    node
}

/// The calls that have an SBE message for an answer, by the message.
fn calls(product: &Product) -> BTreeMap<&str, Vec<Affected>> {
    let mut calls: BTreeMap<&str, Vec<Affected>> = BTreeMap::new();
    for operation in &product.operations {
        let (transport, call) = match &operation.call {
            Call::Rest { method, path } => (Transport::Rest, format!("{method} {path}")),
            Call::WsApi { method } => (Transport::WsApi, method.clone()),
        };
        let call = Affected {
            transport,
            call,
            id: operation.id.clone(),
        };
        let of_answer = product
            .types
            .iter()
            .filter(|(name, def)| {
                matches!(def.kind, TypeKind::Object(_))
                    && matches!(&operation.response, Type::Named(own) if own == *name)
            })
            .filter_map(|(_, def)| def.sbe.as_ref());
        for message in operation.sbe.iter().chain(of_answer) {
            calls.entry(message).or_default().push(call.clone());
        }
    }
    calls
}

fn document(product: &Product) -> Trees {
    let mut node = api::product(product, Beside::Document);
    // The codes stand elsewhere.
    node.facts.retain(|fact| fact.aspect != kind::Aspect::ErrorData);
    Trees::from([(product.name.clone(), node)])
}

fn renamed(trees: Trees, name: &str) -> Trees {
    trees
        .into_values()
        .map(|mut node| {
            name.clone_into(&mut node.key);
            name.clone_into(&mut node.shown);
            (name.to_owned(), node)
        })
        .collect()
}

/// The product that a document is about, as far as a document of one transport can say it.
fn with_document(document: &Product, models: &[Model]) -> Result<(String, Trees), String> {
    let calls: Vec<&Call> = document
        .operations
        .iter()
        .map(|operation| &operation.call)
        .collect();
    let common = |model: &&Model| {
        let mut count = model
            .api
            .operations
            .iter()
            .filter(|operation| calls.contains(&&operation.call))
            .count();
        if model.api.name == document.name {
            count += model.api.operations.len();
        }
        count
    };
    let best = models.iter().max_by_key(common).filter(|model| common(model) > 0);
    let Some(model) = best else {
        return Err(format!(
            "no product of the specs has an operation of `{}`",
            document.name
        ));
    };
    let mut node = api::product(&model.api, Beside::Document);
    let transports: BTreeSet<Transport> = document
        .operations
        .iter()
        .map(|operation| Transport::from(&operation.call))
        .chain((!document.streams.is_empty()).then_some(Transport::WsStreams))
        .collect();
    // Of what the document could not say, nothing is gone or new.
    node.children.retain(|child| match child.transport {
        Some(transport) => transports.contains(&transport),
        None => child
            .affected
            .iter()
            .any(|call| transports.contains(&call.transport)),
    });
    let name = model.api.name.clone();
    Ok((name.clone(), Trees::from([(name, node)])))
}

/// A schema by itself, as the product and module that it is known to be, or by its package: `spot_stream` → spot, stream;
/// `spot_sbe` → spot, spot; `fix_sbe`, which is Spot's too → spot, fix.
fn lone_schema(schema: &Schema, known: Option<(&str, &str)>) -> Trees {
    let mut words = schema.package.splitn(2, '_');
    let first = words.next().unwrap_or("spot");
    let rest = words.next().filter(|rest| *rest != "sbe").unwrap_or(first);
    let product = if first == "fix" { "spot" } else { first };
    let (product, module) = known.unwrap_or((product, rest));
    let mut node = Node::new(Class::Product, product);
    let schema = sbe::schema(module, schema, &names::crate_in_code(product), &BTreeMap::new());
    node.children.push(schema);
    Trees::from([(product.to_owned(), node)])
}

/// The schema of the specs with a package.
fn schema_of<'m>(models: &'m [Model], schema: &Schema) -> Result<(&'m str, &'m str, &'m Schema), String> {
    let all = || {
        models.iter().flat_map(|model| {
            let name = model.api.name.as_str();
            model
                .sbe
                .iter()
                .map(move |(module, found)| (name, module.as_str(), found))
        })
    };
    all()
        .find(|(_, _, found)| found.package == schema.package)
        .ok_or_else(|| {
            let known: Vec<&str> = all().map(|(_, _, found)| found.package.as_str()).collect();
            format!(
                "the specs have no SBE schema of the package `{}`; there are: {}",
                schema.package,
                known.join(", ")
            )
        })
}

fn lone_dictionary(product: &str, module: &str, file: &str, dictionary: &Dictionary) -> Trees {
    let mut node = Node::new(Class::Product, product);
    node.children.push(fix::dictionary(
        module,
        file,
        dictionary,
        &names::crate_in_code(product),
        Beside::Document,
    ));
    Trees::from([(product.to_owned(), node)])
}

/// `spot-fix-oe.xml` → `oe`.
fn module_of(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name.split('.').next().unwrap_or(name);
    names::snake(stem.rsplit(['-', '_']).next().unwrap_or(stem))
}

/// The dictionary of the specs that has most of the messages.
fn dictionary_of<'m>(
    models: &'m [Model],
    dictionary: &Dictionary,
) -> Result<(&'m str, &'m str, &'m str, &'m Dictionary), String> {
    let common = |found: &Dictionary| {
        let has = |msg_type: &str| found.messages.iter().any(|message| message.msg_type == msg_type);
        dictionary
            .messages
            .iter()
            .filter(|message| has(&message.msg_type))
            .count()
    };
    models
        .iter()
        .flat_map(|model| {
            let name = model.api.name.as_str();
            model
                .fix
                .iter()
                .map(move |(module, file, found)| (name, module.as_str(), file.as_str(), found))
        })
        .max_by_key(|(.., found)| common(found))
        .filter(|(.., found)| common(found) > 0)
        .ok_or_else(|| "the specs have no FIX dictionary with any of these messages".to_owned())
}

fn collections(collections: &[Collection], known: &[&str]) -> Trees {
    let mut trees = Trees::new();
    for collection in collections {
        let product = collection::owner_of(collection, known, None);
        let node = collection::collection(collection, &product);
        match trees.get_mut(&product) {
            Some(other) => other.children.extend(node.children),
            None => {
                trees.insert(product, node);
            }
        }
    }
    trees
}

/// Collections, and of the other side what they could have.
fn with_collections(list: &[Collection], other: Trees) -> (Trees, Trees) {
    let mut other: Trees = other
        .into_iter()
        .map(|(name, node)| (name, collection::requests_alone(node)))
        .filter(|(_, node)| !node.children.is_empty())
        .collect();
    let known: Vec<&str> = other.keys().map(String::as_str).collect();
    let mut ours = collections(list, &known);
    // A product that has no collection is none of theirs.
    other.retain(|name, _| ours.contains_key(name));
    for (name, node) in &mut ours {
        let Some(specs) = other.get_mut(name) else {
            continue;
        };
        let draft = |key: &str| {
            let found = specs.children.iter().find(|operation| operation.key == key);
            found.is_some_and(|operation| operation.children.is_empty())
        };
        for operation in &mut node.children {
            if draft(&operation.key) {
                operation.children.clear();
            }
        }
    }
    (ours, other)
}

#[cfg(test)]
mod tests;
