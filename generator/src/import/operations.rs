//! Requests that collections have and specs do not: new operations as drafts, new parameters where they belong.

use std::collections::{BTreeMap, BTreeSet};

use super::guess::{Namesakes, schema};
use super::yaml::{Lines, Refused, scalar};
use crate::diagnostics::Diagnostics;
use crate::drift::{Comparison, Difference, Kind, owner};
use crate::model::api::{Call, Operation, Parameter, Product};
use crate::model::collection::{self, Collection, Place};
use crate::model::retired::Retired;
use crate::names;
use crate::product::{self, Sources};

/// Names of more words than this say too much for an identifier; the path is taken instead.
const MAX_WORDS: usize = 10;

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
    method: String,
    path: String,
    edit: Edit,
}

#[derive(Clone, Debug, PartialEq)]
enum Edit {
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
    for collection in collections {
        let owner = owner(collection, products);
        for request in &collection.operations {
            requests.insert((owner.clone(), request.key()), request);
        }
    }
    let mut planner = Planner {
        products,
        sources,
        retired,
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
            (Kind::MissingProduct, _) => "give the product a folder with rest.yaml",
            (Kind::RequiredParameter | Kind::OptionalParameter, _) => {
                "compare `required` with the documentation"
            }
            (Kind::Signature, _) => "compare `x-security` with the documentation",
            (Kind::Value, _) => "add the value, or explain it in drift.yaml",
            (Kind::ExtraProduct | Kind::ExtraOperation | Kind::ExtraParameter, _) => {
                "see whether it is gone; else explain it in drift.yaml"
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
                method: method.clone(),
                path: path.clone(),
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
            return Err("shared/retired.yaml says that it is gone; see which of the two is right");
        }
        let products = self.products;
        let product = products
            .iter()
            .find(|product| product.name == difference.product)
            .ok_or("give the product a folder with rest.yaml")?;
        let file = self.document(product).ok_or("give the product a rest.yaml")?;
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
        let signs = !["NONE", "MARKET_DATA", "USER_STREAM"].contains(&security);
        if signs != request.signed {
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
            path: request.path.clone(),
            edit: Edit::Operation { tag, lines },
        });
        Ok(())
    }

    /// The identifier of a new operation: its name in one word, as the exchange makes them.
    fn identifier(&mut self, product: &Product, request: &collection::Operation) -> String {
        let taken = self.ids.entry(product.name.clone()).or_default();
        let free = |id: &str, taken: &BTreeSet<String>| {
            !taken.contains(&names::pascal(id))
                && !product
                    .operations
                    .iter()
                    .any(|operation| names::pascal(&operation.id) == names::pascal(id))
        };
        let by_name = camel(&identifying(request));
        let of_path: Vec<String> = path_words(&request.path);
        let last = of_path.last().cloned().unwrap_or_default();
        let method = request.method.to_lowercase();
        let candidates = [
            by_name.clone(),
            camel(&[by_name.clone(), last].join(" ")),
            camel(&[method, of_path.join(" ")].join(" ")),
        ];
        let id = candidates
            .iter()
            .find(|id| free(id, taken))
            .unwrap_or(&candidates[2])
            .clone();
        taken.insert(names::pascal(&id));
        id
    }
}

/// What a request is called; words of its path where its name is none.
fn identifying(request: &collection::Operation) -> String {
    let words = names::words(&request.name);
    let named =
        (1..=MAX_WORDS).contains(&words.len()) && request.name.starts_with(|c: char| c.is_alphabetic());
    if named {
        request.name.clone()
    } else {
        format!(
            "{} {}",
            request.method.to_lowercase(),
            path_words(&request.path).join(" ")
        )
    }
}

/// The parts of a path that say something: neither the API and its version nor placeholders.
fn path_words(path: &str) -> Vec<String> {
    let version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    path.split('/')
        .skip(2)
        .filter(|part| !part.is_empty() && !part.starts_with('{') && !version(part))
        .map(str::to_owned)
        .collect()
}

fn camel(name: &str) -> String {
    let pascal = names::pascal(name);
    let mut chars = pascal.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => pascal,
    }
}

/// Words that are written in capitals.
const CAPITALS: &[&str] = &[
    "api", "bfusd", "bnb", "bnsol", "cm", "eth", "id", "ip", "kyc", "ltv", "nft", "oco", "opo", "opoco",
    "oto", "otoco", "otc", "pm", "pnl", "roi", "rwusd", "sol", "sor", "stp", "uid", "um", "usd", "usdt",
    "vip", "wbeth",
];

/// One line about a new operation: the words of its name, plainly.
fn summary(request: &collection::Operation) -> String {
    let mut words = names::words(&identifying(request));
    let asks = request.method == "GET" && words.len() > 1;
    if asks
        && words
            .first()
            .is_some_and(|word| ["get", "query", "fetch"].contains(&word.as_str()))
    {
        words.remove(0);
    }
    let words: Vec<String> = words
        .into_iter()
        .enumerate()
        .map(|(index, word)| {
            if CAPITALS.contains(&word.as_str()) {
                return word.to_uppercase();
            }
            let mut chars = word.chars();
            match chars.next() {
                Some(first) if index == 0 => first.to_uppercase().chain(chars).collect(),
                _ => word,
            }
        })
        .collect();
    words.join(" ")
}

/// The section of a new operation: that of the collection's folder where the product has it, or that of the operation whose
/// path is most alike, or the folder's name.
fn tag(product: &Product, request: &collection::Operation) -> String {
    let plain = |text: &str| names::words(text).join(" ");
    let wanted = plain(&request.section);
    if let Some(known) = product.operations.iter().find(|o| plain(&o.tag) == wanted) {
        return known.tag.clone();
    }
    let alike = |path: &str| {
        let pairs = path.split('/').zip(request.path.split('/'));
        pairs.take_while(|(a, b)| a == b).count()
    };
    let nearest = product
        .operations
        .iter()
        .filter_map(|operation| match &operation.call {
            Call::Rest { path, .. } => Some((alike(path), operation)),
            _ => None,
        })
        // More than `/sapi/v1` in common.
        .filter(|(alike, _)| request.section.is_empty() || *alike > 3)
        .max_by_key(|(alike, _)| *alike);
    match nearest {
        Some((_, operation)) => operation.tag.clone(),
        None if request.section.is_empty() => "General".to_owned(),
        None => request.section.clone(),
    }
}

fn security(request: &collection::Operation) -> &'static str {
    const KNOWN: &[&str] = &[
        "NONE",
        "MARKET_DATA",
        "USER_STREAM",
        "USER_DATA",
        "TRADE",
        "MARGIN",
    ];
    let named = request.security.as_deref();
    match KNOWN.iter().find(|known| Some(**known) == named) {
        Some(known) => known,
        None if request.signed => "USER_DATA",
        None => "NONE",
    }
}

/// A product's documents after its edits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edited {
    /// The documents that changed: path, and new text.
    pub files: BTreeMap<String, String>,
    /// The edits that were made.
    pub made: Vec<Change>,
    /// The edits that were not, and why.
    pub refused: Vec<(Change, Refused)>,
}

/// Makes the edits of one product. Each document is read once more afterwards; an edit after which it cannot be read, or
/// after which something else than was meant has changed, is refused.
///
/// # Errors
/// The sources cannot be read as they are.
pub fn apply(sources: &Sources, changes: &[Change]) -> Result<Edited, Diagnostics> {
    let (before, _) = product::read(sources)?;
    let mut edited = Edited::default();
    let mut current = sources.clone();
    // All at once, and one by one where that fails.
    if let Some(all) = attempt(sources, changes, &mut edited.refused) {
        let kept: Vec<Change> = changes
            .iter()
            .filter(|change| !edited.refused.iter().any(|(refused, _)| refused == *change))
            .cloned()
            .collect();
        if check(&before.api, &all, &kept).is_ok() {
            current = all;
            edited.made = kept;
        } else {
            edited.refused.clear();
            for change in changes {
                let mut refused = Vec::new();
                let Some(next) = attempt(&current, std::slice::from_ref(change), &mut refused) else {
                    continue;
                };
                if let Some(refusal) = refused.pop() {
                    edited.refused.push(refusal);
                    continue;
                }
                let mut made = edited.made.clone();
                made.push(change.clone());
                match check(&before.api, &next, &made) {
                    Ok(()) => {
                        current = next;
                        edited.made = made;
                    }
                    Err(reason) => edited.refused.push((change.clone(), Refused { line: 0, reason })),
                }
            }
        }
    }
    for (new, old) in current.openapi.iter().zip(&sources.openapi) {
        if new.text != old.text {
            edited.files.insert(new.path.clone(), new.text.clone());
        }
    }
    Ok(edited)
}

/// The sources after the edits that the layout admits.
fn attempt(sources: &Sources, changes: &[Change], refused: &mut Vec<(Change, Refused)>) -> Option<Sources> {
    let mut edited = sources.clone();
    for change in changes {
        let document = edited
            .openapi
            .iter_mut()
            .find(|document| document.path == change.file)?;
        let mut lines = Lines::new(&document.text);
        let done = match &change.edit {
            Edit::Parameter { text, after } => {
                lines.insert_parameter(&change.method, &change.path, text, after.as_deref())
            }
            Edit::Operation { tag, lines: block } => lines.insert_operation(&change.path, tag, block),
        };
        match done {
            Ok(()) => document.text = lines.text(),
            Err(refusal) => refused.push((change.clone(), refusal)),
        }
    }
    Some(edited)
}

/// Whether exactly what was meant has changed.
fn check(before: &Product, after: &Sources, changes: &[Change]) -> Result<(), String> {
    let (after, _) = product::read(after).map_err(|found| {
        let first = found.0.first().map(ToString::to_string).unwrap_or_default();
        format!("the document could not be read afterwards: {first}")
    })?;
    let after = after.api;
    let news: BTreeSet<(&str, Option<&str>)> = changes
        .iter()
        .map(|change| (change.operation.as_str(), change.parameter.as_deref()))
        .collect();
    let call = |operation: &Operation| match &operation.call {
        Call::Rest { method, path } => format!("{method} {path}"),
        Call::WsApi { method } => method.clone(),
    };
    let mut added: BTreeSet<String> = BTreeSet::new();
    for operation in &after.operations {
        let Some(old) = before.operations.iter().find(|old| old.call == operation.call) else {
            added.insert(call(operation));
            continue;
        };
        let key = match &operation.twin {
            // What its twin gets, it gets.
            Some(twin) => after
                .operations
                .iter()
                .find(|o| o.id == *twin)
                .map_or_else(String::new, call),
            None => call(operation),
        };
        let kept = |parameter: &&Parameter| {
            old.parameters.iter().any(|known| known.name == parameter.name)
                || !news.contains(&(key.as_str(), Some(parameter.name.as_str())))
        };
        let bare = |operation: &Operation, parameters: Vec<Parameter>| Operation {
            location: Default::default(),
            parameters,
            ..operation.clone()
        };
        let left = operation.parameters.iter().filter(kept).cloned().collect();
        if bare(operation, left) != bare(old, old.parameters.clone()) {
            return Err(format!("{} would change in other ways too", call(operation)));
        }
    }
    let meant: BTreeSet<String> = changes
        .iter()
        .filter(|change| change.parameter.is_none())
        .map(|change| change.operation.clone())
        .collect();
    if added != meant || after.operations.len() != before.operations.len() + meant.len() {
        return Err("other operations would change too".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str, name: &str) -> collection::Operation {
        collection::Operation {
            method: method.to_owned(),
            path: path.to_owned(),
            name: name.to_owned(),
            section: String::new(),
            security: None,
            deprecated: false,
            signed: false,
            parameters: Vec::new(),
        }
    }

    #[test]
    fn names_become_identifiers_and_plain_words() {
        for (method, path, name, id, words) in [
            (
                "GET",
                "/sapi/v1/eth-staking/eth/history",
                "Get ETH staking history",
                "getEthStakingHistory",
                "ETH staking history",
            ),
            ("POST", "/sapi/v1/toy", "New Toy OTO", "newToyOto", "New toy OTO"),
            ("GET", "/sapi/v2/toy/{id}/parts", "", "getToyParts", "Toy parts"),
            (
                "DELETE",
                "/sapi/v1/toy/parts",
                "This removes each and every part of a toy that you may own yourself",
                "deleteToyParts",
                "Delete toy parts",
            ),
        ] {
            let request = request(method, path, name);
            assert_eq!(camel(&identifying(&request)), id);
            assert_eq!(summary(&request), words);
        }
    }
}
