//! Makes edits of documents, and sees to it that nothing else changes.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::api::{Call, Location, Operation, Parameter, Product};
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::product::{self, Sources};

use super::operations::{Change, Edit};
use super::yaml::{Lines, Refused};

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

/// The operation with these parameters and without its places in the document, which move with the lines above them.
fn without_places(operation: &Operation, parameters: Vec<Parameter>) -> Operation {
    let mut operation = Operation {
        parameters,
        ..operation.clone()
    };
    operation.location = Location::default();
    for rule in &mut operation.rules {
        rule.location = Location::default();
    }
    for constructor in &mut operation.constructors {
        constructor.location = Location::default();
    }
    operation
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
        let left = operation.parameters.iter().filter(kept).cloned().collect();
        if without_places(operation, left) != without_places(old, old.parameters.clone()) {
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
