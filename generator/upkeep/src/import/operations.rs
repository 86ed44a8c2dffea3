//! Requests that collections have and specs do not: new operations as drafts, new parameters where they belong.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::api::{Call, Product};
use binance_wire_model::collection::{self, Collection, Place};
use binance_wire_model::names;
use binance_wire_model::product::Sources;
use binance_wire_model::retired::Retired;

use super::guess::{Namesakes, schema};
use super::naming::{camel, identifying, path_words, security, summary, tag};
use super::yaml::scalar;
use crate::drift::{Comparison, Difference, Kind, owner};

/// What is to be written into the specs, and what is not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Edits, in the order in which they are made.
    pub changes: Vec<Change>,
    /// Differences that a person has to judge.
    pub by_hand: Vec<ByHand>,
}

/// An edit of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The document, relative to the specs folder.
    pub file: String,
    /// Method and path, as the specs have them.
    pub operation: String,
    /// The parameter, where it is about one.
    pub parameter: Option<String>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) edit: Edit,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    Parameter { text: String, after: Option<String> },
    Operation { tag: String, lines: Vec<String> },
}

impl Change {
    /// The folder of its product.
    pub fn product(&self) -> &str {
        self.file.split('/').next().unwrap_or_default()
    }
}

/// A difference that is not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The difference.
    pub difference: Difference,
    /// What is to be done.
    pub remedy: &'static str,
}

/// What is to be written, by unexplained differences. `products` and `sources` are those of all specs.
pub fn plan(
    collections: &[Collection],
    comparisons: &[Comparison],
    products: &[Product],
    sources: &[Sources],
    retired: &[Retired],
) -> Plan {
    let mut requests: BTreeMap<(String, String), &collection::Operation> = BTreeMap::new();
    let mut gone = BTreeSet::new();
    for collection in collections {
        let owner = owner(collection, products);
        let is_gone = |request: &collection::Operation| retired.iter().any(|r| r.key() == request.key());
        if collection.operations.iter().all(is_gone) {
            gone.insert(owner.clone());
        }
        for request in &collection.operations {
            requests.insert((owner.clone(), request.key()), request);
        }
    }
    let mut planner = Planner {
        products,
        sources,
        retired,
        gone,
        namesakes: BTreeMap::new(),
        ids: BTreeMap::new(),
        plan: Plan::default(),
    };
    for comparison in comparisons {
        for difference in &comparison.differences {
            if difference.because.is_some() {
                continue;
            }
            let request = difference
                .operation
                .as_ref()
                .and_then(|operation| requests.get(&(comparison.product.clone(), operation.clone())));
            planner.difference(difference, request.copied());
        }
    }
    planner.plan
}

struct Planner<'p> {
    products: &'p [Product],
    sources: &'p [Sources],
    retired: &'p [Retired],
    /// Products of whose requests none is left.
    gone: BTreeSet<String>,
    namesakes: BTreeMap<String, Namesakes>,
    /// Identifiers that are new, by product.
    ids: BTreeMap<String, BTreeSet<String>>,
    plan: Plan,
}

impl Planner<'_> {
    fn difference(&mut self, difference: &Difference, request: Option<&collection::Operation>) {
        let remedy = match (difference.kind, request) {
            (Kind::MissingOperation, Some(request)) => match self.operation(difference, request) {
                Ok(()) => return,
                Err(remedy) => remedy,
            },
            (Kind::MissingParameter | Kind::DocumentedDraft, Some(request)) => {
                match self.parameters(difference, request) {
                    Ok(()) => return,
                    Err(remedy) => remedy,
                }
            }
            (Kind::OtherProduct, _) => return,
            (Kind::MissingProduct, _) if self.gone.contains(&difference.product) => {
                "shared/retired.yaml says that all of it was removed; explain it in drift.yaml, or check which of the two is right"
            }
            (Kind::MissingProduct, _) => "create a folder with rest.yaml for the product",
            (Kind::RequiredParameter | Kind::OptionalParameter, _) => {
                "compare `required` with the documentation"
            }
            (Kind::Signature, _) => "compare `x-security` with the documentation",
            (Kind::Value, _) => "add the value, or explain it in drift.yaml",
            (Kind::ExtraProduct | Kind::ExtraOperation | Kind::ExtraParameter, _) => {
                "check whether it was removed; if not, explain it in drift.yaml"
            }
            _ => "compare it with the documentation",
        };
        self.plan.by_hand.push(ByHand {
            difference: difference.clone(),
            remedy,
        });
    }

    /// The document that a product's REST operations stand in, or most of them.
    fn document(&self, product: &Product) -> Option<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for operation in &product.operations {
            if matches!(operation.call, Call::Rest { .. }) {
                *counts.entry(&operation.location.file).or_default() += 1;
            }
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        most.map(|(file, _)| file.to_owned())
    }

    fn namesakes(&mut self, file: &str) -> &Namesakes {
        let sources = self.sources;
        self.namesakes.entry(file.to_owned()).or_insert_with(|| {
            let document = sources
                .iter()
                .flat_map(|sources| &sources.openapi)
                .find(|document| document.path == file);
            Namesakes::of(
                document
                    .map(|document| document.text.as_str())
                    .unwrap_or_default(),
            )
        })
    }

    /// A parameter as the specs write it.
    fn parameter(&mut self, file: &str, parameter: &collection::Parameter) -> String {
        let schema = schema(parameter, self.namesakes(file));
        let place = match parameter.place {
            Place::Path => "path",
            Place::Header => "header",
            Place::Query | Place::Form | Place::Body => "query",
        };
        let required = if parameter.required || parameter.place == Place::Path {
            "required: true, "
        } else {
            ""
        };
        format!(
            "{{name: {}, in: {place}, {required}schema: {schema}}}",
            scalar(&parameter.name)
        )
    }

    /// The parameter, or all parameters of a draft, that an operation of the specs lacks.
    fn parameters(
        &mut self,
        difference: &Difference,
        request: &collection::Operation,
    ) -> Result<(), &'static str> {
        const LOST: &str = "the operation is not where it was; add the parameter by hand";
        let location = difference.location.as_ref().ok_or(LOST)?;
        let operation = self
            .products
            .iter()
            .flat_map(|product| &product.operations)
            .find(|operation| operation.location == *location)
            .ok_or(LOST)?;
        let Call::Rest { method, path } = &operation.call else {
            return Err(LOST);
        };
        let mut seen = BTreeSet::new();
        for (index, parameter) in request.parameters.iter().enumerate() {
            // One that is sent in two places is declared in the first.
            if !seen.insert(&parameter.name) {
                continue;
            }
            let wanted = match &difference.parameter {
                Some(name) => parameter.name == *name,
                None => parameter.place != Place::Path,
            };
            if !wanted {
                continue;
            }
            let before = request.parameters.get(..index).unwrap_or_default();
            let after = before.iter().rev().find(|before| {
                before.place != Place::Path
                    && (difference.parameter.is_none()
                        || operation.parameters.iter().any(|known| known.name == before.name)
                        || self.plan.changes.iter().any(|change| {
                            change.operation == format!("{method} {path}")
                                && change.parameter.as_deref() == Some(&before.name)
                        }))
            });
            let text = self.parameter(&location.file, parameter);
            self.plan.changes.push(Change {
                file: location.file.clone(),
                operation: format!("{method} {path}"),
                parameter: Some(parameter.name.clone()),
                method: method.name().to_owned(),
                path: path.to_string(),
                edit: Edit::Parameter {
                    text,
                    after: after.map(|after| after.name.clone()),
                },
            });
        }
        Ok(())
    }

    /// An operation that no product has, as a draft.
    fn operation(
        &mut self,
        difference: &Difference,
        request: &collection::Operation,
    ) -> Result<(), &'static str> {
        if self.retired.iter().any(|retired| retired.key() == request.key()) {
            return Err("shared/retired.yaml says that it was removed; check which of the two is right");
        }
        let products = self.products;
        let product = products
            .iter()
            .find(|product| product.name == difference.product)
            .ok_or("create a folder with rest.yaml for the product")?;
        let file = self
            .document(product)
            .ok_or("create a rest.yaml for the product")?;
        let id = self.identifier(product, request);
        let tag = tag(product, request);
        let summary = summary(request);
        let security = security(request);
        let mut lines = vec![
            format!("{}:", request.method.to_lowercase()),
            format!("  operationId: {id}"),
            format!("  tags: [{}]", scalar(&tag)),
            format!("  summary: {}", scalar(&summary)),
            format!("  x-security: {security}"),
        ];
        if security.signs() != request.signed {
            lines.push(format!("  x-signed: {}", request.signed));
        }
        lines.push("  x-stability-level: draft".to_owned());
        let places = |place: Place| request.parameters.iter().any(|p| p.place == place);
        if places(Place::Body) {
            lines.push("  x-body: json".to_owned());
        } else if places(Place::Form) {
            lines.push("  x-body: form".to_owned());
        }
        if !request.parameters.is_empty() {
            lines.push("  parameters:".to_owned());
        }
        let mut seen = BTreeSet::new();
        for parameter in &request.parameters {
            if seen.insert(&parameter.name) {
                let text = self.parameter(&file, parameter);
                lines.push(format!("    - {text}"));
            }
        }
        lines
            .push("  responses: {'200': {description: \"Raw JSON; its shape is not known yet\"}}".to_owned());
        self.plan.changes.push(Change {
            file,
            operation: request.key(),
            parameter: None,
            method: request.method.clone(),
            path: request.path.to_string(),
            edit: Edit::Operation { tag, lines },
        });
        Ok(())
    }

    /// The identifier of a new operation: its name in one word, as the exchange makes them.
    fn identifier(&mut self, product: &Product, request: &collection::Operation) -> String {
        let taken = self.ids.entry(product.name.clone()).or_default();
        let free = |id: &str, taken: &BTreeSet<String>| {
            !taken.contains(&names::capitalised(id))
                && !product
                    .operations
                    .iter()
                    .any(|operation| names::capitalised(&operation.id) == names::capitalised(id))
        };
        let by_name = camel(&identifying(request));
        let of_path: Vec<String> = path_words(request.path.as_str());
        let last = of_path.last().cloned().unwrap_or_default();
        let method = request.method.to_lowercase();
        let by_path = camel(&[method, of_path.join(" ")].join(" "));
        let mut candidates = vec![by_name.clone()];
        // The last word once is enough.
        if !names::capitalised(&by_name).ends_with(&names::capitalised(&last)) {
            candidates.push(camel(&[by_name, last].join(" ")));
        }
        let id = candidates
            .into_iter()
            .find(|id| free(id, taken))
            .unwrap_or(by_path);
        taken.insert(names::capitalised(&id));
        id
    }
}
