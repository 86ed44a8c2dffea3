//! `cargo xtask drift`: the specs against the collections that the exchange publishes.

mod report;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_generator::diagnostics::Diagnostics;
use binance_wire_generator::drift::{self, Explanation};
use binance_wire_generator::model::api::Product;
use binance_wire_generator::model::collection::Collection;
use binance_wire_generator::product;
use binance_wire_generator::read;
use binance_wire_generator::source::SourceFile;
use clap::{Args, ValueEnum};

use crate::{Outcome, specs, tree};

/// Where differences are explained, below the specs folder.
const EXPLANATIONS: &str = "drift.yaml";

#[derive(Args)]
#[command(
    long_about = "Reads the Postman collections in a folder and compares their requests with the REST operations of\n\
    specs/: what only one of the two has, and parameters that differ.\n\n\
    Differences that specs/drift.yaml explains are listed with their reason; an explanation of what does not differ is\n\
    an error.\n\n\
    Exit codes: 0 nothing unexplained, 100 differences, 1 usage, 101 could not run."
)]
pub(crate) struct Arguments {
    /// The folder with the collections, one JSON file each
    #[arg(long, value_name = "DIR")]
    postman: PathBuf,
    /// Report only this product
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Leave specs/drift.yaml aside: for collections of another day than the explanations are about
    #[arg(long)]
    unexplained: bool,
    /// The specs folder
    #[arg(long, value_name = "DIR")]
    specs: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let specs = arguments
        .specs
        .clone()
        .unwrap_or_else(|| tree::root().join("specs"));
    let collections = collections(&arguments.postman)?;
    let explanations = if arguments.unexplained {
        Vec::new()
    } else {
        explanations(&specs)?
    };
    let products = models(&specs)?;
    let only = arguments.product.as_deref();
    let mut comparisons = drift::compare(&collections, &products, only);
    if comparisons.is_empty()
        && let Some(only) = only
    {
        eprintln!("error: no product `{only}` in specs or collections");
        return Ok(Outcome::Findings);
    }
    let mut stale = Vec::new();
    for explanation in explanations {
        // What is not reported is not judged either.
        if only.is_some_and(|only| only != explanation.product) {
            continue;
        }
        let comparison = comparisons
            .iter_mut()
            .find(|comparison| comparison.product == explanation.product);
        let differences = comparison.map_or([].as_mut_slice(), |comparison| &mut comparison.differences);
        stale.extend(drift::explain(differences, &[explanation]));
    }
    let printed = match arguments.format {
        Format::Text => report::text(&comparisons),
        Format::Markdown => report::markdown(&comparisons),
        Format::Json => report::json(&comparisons)?,
    };
    print!("{printed}");
    for diagnostic in &stale {
        eprintln!("error: {diagnostic}");
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
        Err(told(Diagnostics(errors)))
    }
}

fn explanations(specs: &Path) -> Result<Vec<Explanation>> {
    let path = specs.join(EXPLANATIONS);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let file = SourceFile::new(format!("specs/{EXPLANATIONS}"), text);
            read::drift::read_explanations(&file).map_err(told)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// What the specs of every product say.
pub(crate) fn models(specs: &Path) -> Result<Vec<Product>> {
    let mut models = Vec::new();
    for name in specs::products(specs)? {
        let (model, _) = product::read(&specs::sources(specs, &name)?).map_err(told)?;
        models.push(model.api);
    }
    Ok(models)
}

/// What is wrong with files, one a line.
pub(crate) fn told(diagnostics: Diagnostics) -> anyhow::Error {
    let lines: Vec<String> = diagnostics.0.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("{}", lines.join("\nerror: "))
}
