//! Requests of collections and OpenAPI documents.

use std::path::{Path, PathBuf};

use anyhow::Result;
use binance_wire_model::api::Product;
use binance_wire_model::collection::Collection;
use binance_wire_model::product::{self, Sources};
use binance_wire_upkeep::drift::{self, Against, Comparison};
use binance_wire_upkeep::import::{Change, apply, plan};
use clap::Args;

use super::Import;
use crate::drift as against;
use crate::outcome::plural;
use crate::output::error;
use crate::specs;

#[derive(Args)]
pub(super) struct Arguments {
    /// The folder, or the document
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Import into this product only
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// Leave specs/drift.yaml aside: what is explained there is imported too
    #[arg(long)]
    unexplained: bool,
}

/// All specs, as text and as read.
struct Specs {
    sources: Vec<Sources>,
    products: Vec<Product>,
}

fn read(specs: &Path) -> Result<Specs> {
    let (mut sources, mut products) = (Vec::new(), Vec::new());
    for name in specs::products(specs)? {
        let source = specs::sources(specs, &name)?;
        let (model, _) = product::read(&source)?;
        sources.push(source);
        products.push(model.api);
    }
    Ok(Specs { sources, products })
}

pub(super) fn postman(arguments: &Arguments, specs: &Path) -> Result<Option<Import>> {
    let collections = against::collections(&arguments.path)?;
    let read = read(specs)?;
    let only = arguments.product.as_deref();
    let comparisons = drift::compare(&collections, &read.products, only);
    import(
        arguments,
        specs,
        &read,
        &collections,
        comparisons,
        (Against::Postman, None),
    )
}

pub(super) fn openapi(arguments: &Arguments, specs: &Path) -> Result<Option<Import>> {
    let (document, hash) = against::document_of(&arguments.path)?;
    let read = read(specs)?;
    let retired = against::retired(specs)?;
    let collections = drift::collections(&document, &read.products, &retired);
    let only = arguments.product.as_deref();
    let mut comparisons = drift::compare(&collections, &read.products, only);
    drift::one_sided(&mut comparisons, &collections, &retired);
    import(
        arguments,
        specs,
        &read,
        &collections,
        comparisons,
        (Against::OpenApi, Some(&hash)),
    )
}

fn import(
    arguments: &Arguments,
    specs: &Path,
    read: &Specs,
    collections: &[Collection],
    mut comparisons: Vec<Comparison>,
    (from, document): (Against, Option<&str>),
) -> Result<Option<Import>> {
    let only = arguments.product.as_deref();
    if comparisons.is_empty()
        && let Some(only) = only
    {
        error!("{}", specs::not_compared(only, specs)?);
        return Ok(None);
    }
    if !arguments.unexplained {
        // An explanation that fits nothing is a matter of drift.
        let explanations = against::explanations(specs)?;
        drift::explain(from, document, &mut comparisons, &explanations, only);
    }
    let plan = plan(
        collections,
        &comparisons,
        &read.products,
        &read.sources,
        &against::retired(specs)?,
    );
    let mut import = Import::default();
    let (mut operations, mut parameters) = (0, 0);
    for sources in &read.sources {
        let changes: Vec<Change> = plan
            .changes
            .iter()
            .filter(|change| change.product() == sources.product)
            .cloned()
            .collect();
        if changes.is_empty() {
            continue;
        }
        let edited = apply(sources, &changes)?;
        for change in &edited.made {
            match change.parameter {
                Some(_) => parameters += 1,
                None => operations += 1,
            }
        }
        for (change, refusal) in &edited.refused {
            let parameter = change.parameter.as_ref();
            let parameter = parameter.map(|name| format!(" `{name}`")).unwrap_or_default();
            let line = if refusal.line > 0 {
                format!(":{}", refusal.line)
            } else {
                String::new()
            };
            import.refused.push(format!(
                "{}{line}: {}{parameter} is not imported: {}",
                change.file, change.operation, refusal.reason
            ));
        }
        for (path, new) in edited.files {
            let old = sources.openapi.iter().find(|document| document.path == path);
            let old = old.map(|document| document.text.clone()).unwrap_or_default();
            import.files.insert(path, (old, new));
        }
    }
    import.summary.push(format!(
        "{} and {} new",
        plural(operations, "operation"),
        plural(parameters, "parameter")
    ));
    for by_hand in &plan.by_hand {
        let difference = &by_hand.difference;
        let operation = difference.operation.as_deref().unwrap_or_default();
        let parameter = difference.parameter.as_ref();
        let parameter = parameter.map(|name| format!(" `{name}`")).unwrap_or_default();
        let detail = if difference.detail.is_empty() {
            String::new()
        } else {
            format!(" ({})", difference.detail)
        };
        import.by_hand.push(format!(
            "{}: {} {operation}{parameter}{detail}: {}",
            difference.product,
            difference.kind.name(),
            by_hand.remedy
        ));
    }
    Ok(Some(import))
}
