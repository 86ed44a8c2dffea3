//! Answers, from samples.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_model::api::{Call, Operation, Type};
use binance_wire_model::names;
use binance_wire_model::product::{self, Sources};
use binance_wire_model::read::openapi::read_shared;
use binance_wire_model::source::SourceFile;
use binance_wire_upkeep::import::{Known, infer, set_answer};
use clap::Args;
use serde_json::Value;

use super::Import;
use crate::outcome::{plural, wrong};
use crate::output::error;
use crate::{specs, tree};

#[derive(Args)]
pub(super) struct Arguments {
    /// The operation: its operationId, or a method and path in one argument (`GET /sapi/v1/…`)
    #[arg(value_name = "OPERATION")]
    operation: String,
    /// Files with samples of its answer: one JSON value, or several one behind the other
    #[arg(value_name = "SAMPLE", required = true)]
    samples: Vec<PathBuf>,
    /// Look in this product only
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// What the component is called; default: as the operation
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// An operation that was asked for, with the sources of its product.
struct Found {
    sources: Sources,
    product: binance_wire_model::api::Product,
    operation: Operation,
}

pub(super) fn response(arguments: &Arguments, specs: &Path) -> Result<Option<Import>> {
    let mut samples = Vec::new();
    for path in &arguments.samples {
        samples.extend(read_samples(path)?);
    }
    if let Some(only) = &arguments.product {
        let products = specs::products(specs)?;
        if !products.contains(only) {
            error!("{}", specs::unknown(only, &products, specs));
            return Ok(None);
        }
    }
    let mut found = find(arguments, specs)?;
    let Some(one) = found.pop() else {
        error!(
            "no REST operation `{}`{}; pass an operationId or `GET /path`",
            arguments.operation,
            arguments
                .product
                .as_ref()
                .map(|product| format!(" of {product}"))
                .unwrap_or_default()
        );
        return Ok(None);
    };
    if let Some(other) = found.pop() {
        error!(
            "`{}` is in {} and in {}; name the one with --product",
            arguments.operation, other.product.name, one.product.name
        );
        return Ok(None);
    }
    let Call::Rest { method, path } = &one.operation.call else {
        bail!("`{}` is not a REST operation", arguments.operation);
    };
    // What stands in an envelope is the answer.
    if let Some(data) = one
        .operation
        .envelope
        .as_ref()
        .and_then(|envelope| envelope.data.as_ref())
    {
        samples = samples
            .into_iter()
            .map(|sample| match sample {
                Value::Object(mut members) => members.remove(data).unwrap_or(Value::Object(members)),
                other => other,
            })
            .collect();
    }
    let file = &one.operation.location.file;
    let mut known = Known::new(specs::identities(specs)?);
    known.add(&one.product, file);
    if let Some(document) = one.sources.openapi.iter().find(|document| document.path == *file) {
        known.add_document(document);
    }
    let (shared, _) = read_shared(&specs::shared_sources(specs)?.openapi)?;
    known.add(&shared, file);
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => {
            let id = names::capitalised(&one.operation.id);
            id.strip_prefix("Get")
                .filter(|rest| !rest.is_empty())
                .map_or(id.clone(), str::to_owned)
        }
    };
    let inferred = infer(&name, &samples, &known);
    let mut import = Import::default();
    import.summary.push(format!(
        "{} from {}:\n\n{}\n",
        one.operation.id,
        plural(samples.len(), "sample"),
        inferred.components
    ));
    import.by_hand = inferred.notes;
    import
        .by_hand
        .push("describe the members in a few words each, and add the samples to examples/".to_owned());
    // A draft answers with any JSON until somebody knows better.
    if !one.operation.draft && !matches!(one.operation.response, Type::Empty) {
        import.refused.push(format!(
            "{file}:{}: {} {path} has an answer already; compare it with the above, and edit it by hand",
            one.operation.location.line, method
        ));
        return Ok(Some(import));
    }
    let document = one
        .sources
        .openapi
        .iter()
        .find(|document| document.path == *file)
        .with_context(|| format!("{file} is not among the specs"))?;
    let reference = format!("#/components/schemas/{}", inferred.name);
    match set_answer(
        &document.text,
        method.name(),
        path.as_str(),
        &reference,
        &inferred.components,
    ) {
        Ok(text) => {
            // Nothing is written that cannot be read again.
            let mut edited = one.sources.clone();
            for other in &mut edited.openapi {
                if other.path == *file {
                    *other = SourceFile::new(file, &text);
                }
            }
            match product::read(&edited) {
                Ok(_) => {
                    import.files.insert(file.clone(), (document.text.clone(), text));
                }
                Err(found) => import.refused.extend(
                    found
                        .0
                        .iter()
                        .map(|error| format!("the edited document: {error}")),
                ),
            }
        }
        Err(refusal) => import.refused.push(format!("{file}:{}: {refusal}", refusal.line)),
    }
    Ok(Some(import))
}

fn read_samples(path: &Path) -> Result<Vec<Value>> {
    let text = tree::text(path)?;
    let mut samples = Vec::new();
    for sample in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        samples.push(sample.map_err(|error| {
            let message = format!("not JSON: {error}");
            wrong(path, error.line(), message, "save the answer again")
        })?);
    }
    if samples.is_empty() {
        bail!(
            "{} holds no sample; write the JSON of an answer to it",
            path.display()
        );
    }
    Ok(samples)
}

fn find(arguments: &Arguments, specs: &Path) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for name in specs::products(specs)? {
        if arguments.product.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let sources = specs::sources(specs, &name)?;
        let (model, _) = product::read(&sources)?;
        let operation = model
            .api
            .operations
            .iter()
            .find(|operation| match &operation.call {
                Call::Rest { method, path } => {
                    operation.id == arguments.operation || format!("{method} {path}") == arguments.operation
                }
                Call::WsApi { .. } => false,
            });
        if let Some(operation) = operation.cloned() {
            found.push(Found {
                sources,
                product: model.api,
                operation,
            });
        }
    }
    Ok(found)
}
