//! `cargo xtask drift`: the specs against what the exchange publishes.

mod report;
pub(crate) mod schemas;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use binance_wire_model::api::Product;
use binance_wire_model::collection::Collection;
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::read;
use binance_wire_model::retired::Retired;
use binance_wire_model::source::SourceFile;
use binance_wire_upkeep::drift::{self, Against, Comparison, Day, Explanation};
use clap::{Args, ValueEnum};

use crate::outcome::Outcome;
use crate::output;
use crate::output::error;
use crate::{specs, tree};

/// Where differences are explained, below the specs folder.
const EXPLANATIONS: &str = "drift.yaml";

#[derive(Args)]
#[command(
    long_about = "Compares specs/ with what the exchange publishes: Postman collections and OpenAPI documents (requests \
    and parameters), SBE schemas with their lifecycles, and FIX dictionaries. Reports what only one side has, and \
    where the two differ.\n\n\
    Differences that specs/drift.yaml explains are listed with their reason. An explanation that matches no difference \
    is an error.\n\n\
    Exit codes: 0 no unexplained difference, 1 usage, 100 differences, 101 could not run."
)]
#[command(group = clap::ArgGroup::new("against").required(true).multiple(true))]
pub(crate) struct Arguments {
    /// The folder with the collections, one JSON file each
    #[arg(long, value_name = "DIR", group = "against")]
    postman: Option<PathBuf>,
    /// An OpenAPI document of one product or several
    #[arg(long, value_name = "FILE", group = "against")]
    openapi: Option<PathBuf>,
    /// A folder of SBE schemas (*.xml) and their lifecycles (*.json), or one of these files
    #[arg(long, value_name = "PATH", group = "against")]
    sbe: Option<PathBuf>,
    /// A FIX dictionary; may be repeated
    #[arg(long, value_name = "FILE", group = "against")]
    fix: Vec<PathBuf>,
    /// The date to count days from, such as 2026-11-22; default: today
    #[arg(long, value_name = "DAY", value_parser = day)]
    today: Option<Day>,
    /// Report only this product
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// The format of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Ignore specs/drift.yaml, for material of another date than its explanations
    #[arg(long)]
    unexplained: bool,
    /// The specs folder; default: specs
    #[arg(long, value_name = "DIR")]
    specs: Option<PathBuf>,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write a day as 2026-11-22".to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let specs = tree::folder(arguments.specs.as_deref(), "specs")?;
    let only = arguments.product.as_deref();
    let mut found: Vec<(Against, Vec<Comparison>)> = Vec::new();
    let mut compared = None;
    if arguments.postman.is_some() || arguments.openapi.is_some() {
        let products = products(&specs)?;
        if let Some(folder) = &arguments.postman {
            let collections = collections(folder)?;
            found.push((Against::Postman, drift::compare(&collections, &products, only)));
        }
        if let Some(document) = &arguments.openapi {
            let (document, hash) = document_of(document)?;
            let retired = retired(&specs)?;
            let collections = drift::collections(&document, &products, &retired);
            let mut comparisons = drift::compare(&collections, &products, only);
            drift::one_sided(&mut comparisons, &collections, &retired);
            compared = Some(hash);
            found.push((Against::OpenApi, comparisons));
        }
    }
    if let Some(path) = &arguments.sbe {
        let today = arguments.today.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Day::of_seconds(since.as_secs())
        });
        found.push((Against::Sbe, schemas::sbe(path, &specs, today)?));
    }
    if !arguments.fix.is_empty() {
        let each = arguments.fix.iter().map(|path| schemas::fix(path, &specs));
        found.push((Against::Fix, each.collect::<Result<_>>()?));
    }
    if let Some(only) = only {
        for (_, comparisons) in &mut found {
            comparisons.retain(|comparison| comparison.product == only);
        }
        if found.iter().all(|(_, comparisons)| comparisons.is_empty()) {
            error!("{}", specs::not_compared(only, &specs)?);
            return Ok(Outcome::Findings);
        }
    }
    let explanations = match arguments.unexplained {
        true => Vec::new(),
        false => explanations(&specs)?,
    };
    let mut stale = Vec::new();
    for (against, comparisons) in &mut found {
        let document = compared.as_deref().filter(|_| *against == Against::OpenApi);
        stale.extend(drift::explain(
            *against,
            document,
            comparisons,
            &explanations,
            only,
        ));
    }
    let comparisons: Vec<Comparison> = found
        .into_iter()
        .flat_map(|(_, comparisons)| comparisons)
        .collect();
    let printed = match arguments.format {
        Format::Text => report::text(&comparisons),
        Format::Markdown => report::markdown(&comparisons),
        Format::Json => report::json(&comparisons)?,
    };
    output::text(&printed);
    for diagnostic in &stale {
        error!("{diagnostic}");
    }
    let unexplained = comparisons
        .iter()
        .flat_map(|comparison| &comparison.differences)
        .any(|difference| difference.because.is_none());
    Ok(if unexplained || !stale.is_empty() {
        Outcome::Differences
    } else {
        Outcome::Clean
    })
}

/// A published OpenAPI document and its hash; what the reader lives with there is not news.
pub(crate) fn document_of(path: &Path) -> Result<(Product, String)> {
    let file = schemas::published(path)?;
    let hash = tree::sha256(file.text.as_bytes());
    let (document, _) = read::openapi::read_product("published", &[file])?;
    Ok((document, hash))
}

/// The endpoints that the specs say are gone.
pub(crate) fn retired(specs: &Path) -> Result<Vec<Retired>> {
    let mut found = Vec::new();
    for file in specs::shared_sources(specs)?.retired {
        found.extend(read::retired::read_retired(&file)?);
    }
    Ok(found)
}

/// Every collection of a folder, in the order of the files' names.
pub(crate) fn collections(folder: &Path) -> Result<Vec<Collection>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("{} cannot be read", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") && !entry.path().is_dir() {
            names.push(name);
        }
    }
    names.sort();
    if names.is_empty() {
        bail!(
            "{} holds no collection; name the folder with the *.json files",
            folder.display()
        );
    }
    let mut collections = Vec::new();
    let mut errors = Vec::new();
    for name in names {
        let source = tree::source(folder, &name)?;
        match read::postman::read_collection(&source) {
            Ok(collection) => collections.push(collection),
            Err(found) => errors.extend(found.0),
        }
    }
    if errors.is_empty() {
        Ok(collections)
    } else {
        Err(Diagnostics(errors).into())
    }
}

pub(crate) fn explanations(specs: &Path) -> Result<Vec<Explanation>> {
    let path = specs.join(EXPLANATIONS);
    let Some(text) = tree::text_if_there(&path)? else {
        return Ok(Vec::new());
    };
    let file = SourceFile::new(format!("specs/{EXPLANATIONS}"), text);
    Ok(drift::read_explanations(&file)?)
}

/// What the specs of every product say.
pub(crate) fn products(specs: &Path) -> Result<Vec<Product>> {
    let models = specs::models(specs, |_| true)?;
    Ok(models.into_iter().map(|model| model.api).collect())
}
