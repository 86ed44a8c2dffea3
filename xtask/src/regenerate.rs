//! `cargo xtask regenerate`: specs in, generated crates out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use binance_wire_generator::product::{self, Rendered, Sources};
use binance_wire_generator::render::Renderer;
use clap::Args;

use crate::Outcome;
use crate::tree::{self, Difference};

/// The command that mends what `--check` finds.
const REMEDY: &str = "cargo xtask regenerate";

#[derive(Args)]
#[command(long_about = "Reads specs/ and templates/ and renders one crate a product into generated/.\n\n\
    A spec that is wrong is reported with file, line and remedy, and nothing is written. A second run writes nothing. \
    With --check nothing is written at all: stale, missing and orphaned files are listed, and the exit code is 1 if \
    there are any.")]
pub(crate) struct Arguments {
    /// Only this product (a folder of specs/); default: all
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// Compare instead of writing
    #[arg(long)]
    check: bool,
    /// The specs folder
    #[arg(long, value_name = "DIR")]
    specs: Option<PathBuf>,
    /// The folder that gets one crate a product
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let started = Instant::now();
    let specs = arguments.specs.clone().unwrap_or_else(|| tree::root().join("specs"));
    let out = arguments.out.clone().unwrap_or_else(|| tree::root().join("generated"));
    let products = products(&specs, arguments.product.as_deref())?;
    let templates = tree::templates()?;
    let renderer = Renderer::new(&templates)?;

    // Everything is rendered before anything is written, so that an error leaves the tree as it was.
    let mut rendered: Vec<(String, Rendered)> = Vec::new();
    let mut broken = false;
    for name in &products {
        eprintln!("{name}: rendering");
        let sources = sources(&specs, name)?;
        match product::render(&sources, &renderer) {
            Ok(product) => {
                for warning in &product.warnings {
                    eprintln!("warning: {warning}");
                }
                rendered.push((name.clone(), product));
            }
            Err(product::Error::Specs(diagnostics)) => {
                broken = true;
                for diagnostic in diagnostics.0 {
                    eprintln!("error: {diagnostic}");
                }
            }
            Err(product::Error::Templates(error)) => return Err(error),
        }
    }
    if broken {
        eprintln!("nothing was written");
        return Ok(Outcome::Findings);
    }

    let mut found = false;
    for (name, product) in &rendered {
        let folder = out.join(name.replace('_', "-"));
        let difference = Difference::between(&folder, &product.files)?;
        found |= !difference.is_empty();
        if arguments.check {
            list(&folder, &difference);
        } else {
            difference.mend(&folder, &product.files)?;
        }
        summary(name, product, &difference, arguments.check);
    }
    let verb = if arguments.check { "compared" } else { "regenerated" };
    let count = rendered.len();
    println!("{count} product{} {verb} in {:.2?}", if count == 1 { "" } else { "s" }, started.elapsed());
    if arguments.check && found {
        println!("generated/ is not what specs/ and templates/ say; run `{REMEDY}`");
        return Ok(Outcome::Findings);
    }
    Ok(Outcome::Clean)
}

/// The products to render: the folders of specs/ that hold a spec.
fn products(specs: &Path, only: Option<&str>) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(specs).with_context(|| format!("{} cannot be read", specs.display()))?;
    let mut products = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("{} cannot be read", specs.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && name != "shared" {
            products.push(name);
        }
    }
    products.sort();
    if let Some(only) = only {
        if !products.iter().any(|name| name == only) {
            bail!("no product `{only}` in {}; there are: {}", specs.display(), products.join(", "));
        }
        products.retain(|name| name == only);
    }
    if products.is_empty() {
        bail!("{} holds no product", specs.display());
    }
    Ok(products)
}

/// Reads a product's spec files and the shared ones.
fn sources(specs: &Path, name: &str) -> Result<Sources> {
    let mut sources = Sources { product: name.to_owned(), ..Sources::default() };
    let mut paths = Vec::new();
    for folder in [name, "shared"] {
        let path = specs.join(folder);
        if path.is_dir() {
            paths.extend(tree::files_below(&path)?.iter().map(|file| format!("{folder}/{}", tree::slashes(file))));
        }
    }
    for path in paths {
        let within = path.strip_prefix(&format!("{name}/")).unwrap_or(&path);
        let into = if within.starts_with("examples/") {
            continue;
        } else if within.ends_with("error-codes.yaml") {
            &mut sources.error_codes
        } else if within == "sbe/models.yaml" {
            &mut sources.sbe_models
        } else if within.starts_with("sbe/") && within.ends_with(".yaml") {
            &mut sources.sbe_history
        } else if within.ends_with(".yaml") {
            &mut sources.openapi
        } else if within.starts_with("sbe/") && within.ends_with(".xml") {
            &mut sources.sbe
        } else if within.starts_with("fix/") && within.ends_with(".xml") {
            &mut sources.fix
        } else {
            continue;
        };
        into.push(tree::source(specs, &path)?);
    }
    Ok(sources)
}

fn list(folder: &Path, difference: &Difference) {
    let groups =
        [("stale", &difference.stale), ("missing", &difference.missing), ("orphaned", &difference.orphaned)];
    for (what, files) in groups {
        for file in files {
            println!("{what}: {}", folder.join(file).display());
        }
    }
}

fn summary(name: &str, product: &Rendered, difference: &Difference, check: bool) {
    let lines: usize = product.files.iter().map(|file| file.contents.lines().count()).sum();
    let counts = &product.counts;
    println!(
        "{name}: {} REST operations, {} WebSocket API methods, {} streams, {} types, {} SBE messages, {} FIX messages; \
         {} files, {lines} lines",
        counts.api.rest,
        counts.api.ws_api,
        counts.api.streams,
        counts.api.types,
        counts.sbe_messages,
        counts.fix_messages,
        product.files.len(),
    );
    if counts.sbe_models.operations > 0 {
        println!(
            "{name}: {} requests have their answer in SBE too; {} SBE messages become the types of JSON",
            counts.sbe_models.operations, counts.sbe_models.messages
        );
    }
    let changed = difference.stale.len() + difference.missing.len();
    if check {
        println!(
            "{name}: {} stale, {} missing, {} orphaned, {} up to date",
            difference.stale.len(),
            difference.missing.len(),
            difference.orphaned.len(),
            difference.unchanged
        );
    } else {
        println!(
            "{name}: {changed} files written, {} unchanged, {} removed",
            difference.unchanged,
            difference.orphaned.len()
        );
    }
}
