//! The specs folder: which products it holds, and which file is what.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use binance_wire_codegen::lower::facade;
use binance_wire_codegen::versions::Versions;
use binance_wire_model::diagnostics::{Warning, no_product};
use binance_wire_model::presence::{Identities, read_identities};
use binance_wire_model::product::{Model, Reader, Sources};
use binance_wire_model::unused::unused_shared_types as unused_shared_types_of;

use crate::output::warning;
use crate::{releases, tree};

/// The folder of what several products refer to.
pub(crate) const SHARED: &str = "shared";

/// The list of identities.
const IDENTITIES: &str = "identities.yaml";

/// The products to render: the folders of specs/ that hold a spec.
pub(crate) fn products(specs: &Path) -> Result<Vec<String>> {
    let mut products: Vec<String> = Vec::new();
    for name in tree::folders_in(specs)? {
        let holds_spec = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "xml");
        if name == SHARED
            || name.starts_with('.')
            || !tree::files_below(&specs.join(&name))?.iter().any(holds_spec)
        {
            continue;
        }
        let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
            && !name.ends_with('-')
            && !name.contains("--")
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !fits {
            bail!(
                "{} names no product; use small letters and digits, and `-` between words",
                specs.join(&name).display()
            );
        }
        if let Some(reason) = facade::refused_name(&name) {
            bail!(
                "{} cannot be a product: `{name}` {reason}",
                specs.join(&name).display()
            );
        }
        products.push(name);
    }
    if products.is_empty() {
        bail!("{} holds no product", specs.display());
    }
    Ok(products)
}

/// The models of the products of a specs folder that count.
pub(crate) fn models(specs: &Path, counts: impl Fn(&str) -> bool) -> Result<Vec<Model>> {
    let mut models = Vec::new();
    let mut reader = Reader::default();
    for name in products(specs)?.iter().filter(|name| counts(name)) {
        let (model, _) = reader.read(&sources(specs, name)?)?;
        models.push(model);
    }
    Ok(models)
}

/// What to say of a product that has no folder of specs.
pub(crate) fn unknown(name: &str, products: &[String], specs: &Path) -> String {
    let known: Vec<&str> = products.iter().map(String::as_str).collect();
    no_product(name, &format!("in {}", specs.display()), &known)
}

/// What to say of a product of which nothing was compared: it is in no specs, or in nothing that they were compared with.
pub(crate) fn not_compared(name: &str, specs: &Path) -> Result<String> {
    let products = products(specs)?;
    if products.iter().any(|product| product == name) {
        return Ok(format!("`{name}` is not in what the specs were compared with"));
    }
    let known: Vec<&str> = products.iter().map(String::as_str).collect();
    Ok(no_product(name, "in specs or collections", &known))
}

/// Reads a product's spec files and the shared ones.
pub(crate) fn sources(specs: &Path, name: &str) -> Result<Sources> {
    let mut sources = shared_sources(specs)?;
    name.clone_into(&mut sources.product);
    for path in paths(specs, name)? {
        let within = path.strip_prefix(&format!("{name}/")).unwrap_or(&path);
        let into = if within.starts_with("examples/") {
            continue;
        } else if within == "sbe/models.yaml" {
            &mut sources.sbe_models
        } else if within.starts_with("sbe/") && within.ends_with(".yaml") {
            &mut sources.sbe_history
        } else if within == "fix/fields.yaml" {
            &mut sources.fix_fields
        } else if within.ends_with(".yaml") {
            &mut sources.openapi
        } else if within.starts_with("sbe/") && within.ends_with(".xml") {
            &mut sources.sbe
        } else if within.starts_with("fix/") && within.ends_with(".xml") {
            &mut sources.fix
        } else {
            // A file by another name would be missed without a word.
            warning!("{path} is not a spec by its name, and is left out");
            continue;
        };
        into.push(tree::source(specs, &path)?);
    }
    Ok(sources)
}

/// Reads a product's spec files, the shared ones, and the samples.
pub(crate) fn sources_with_samples(specs: &Path, name: &str) -> Result<Sources> {
    let mut sources = sources(specs, name)?;
    for path in paths(specs, name)? {
        if path.starts_with(&format!("{name}/examples/")) && path.ends_with(".jsonl") {
            sources.samples.push(tree::source(specs, &path)?);
        }
    }
    Ok(sources)
}

/// The members without which an object means nothing; none where there is no list.
pub(crate) fn identities(specs: &Path) -> Result<Identities> {
    match specs.join(IDENTITIES).is_file() {
        true => Ok(read_identities(&tree::source(specs, IDENTITIES)?)?),
        false => Ok(Identities::default()),
    }
}

/// The versions of generated crates, which are beside the specs.
pub(crate) fn versions(specs: &Path) -> Result<Versions> {
    releases::versions(specs.parent().unwrap_or(specs))
}

/// Reads the shared spec files.
pub(crate) fn shared_sources(specs: &Path) -> Result<Sources> {
    let mut sources = Sources {
        product: SHARED.to_owned(),
        ..Sources::default()
    };
    for path in paths(specs, SHARED)? {
        // What is not a document of types, or a list of error codes, belongs to other commands.
        let into = match path.rsplit('/').next().unwrap_or(&path) {
            "error-codes.yaml" => &mut sources.error_codes,
            "retired.yaml" => &mut sources.retired,
            name if name.ends_with(".yaml") => &mut sources.openapi,
            _ => continue,
        };
        into.push(tree::source(specs, &path)?);
    }
    Ok(sources)
}

/// Warns of shared types that no product refers to.
pub(crate) fn unused_shared_types(specs: &Path) -> Result<Vec<Warning>> {
    let shared = shared_sources(specs)?.openapi;
    let mut files = Vec::new();
    for product in products(specs)? {
        for path in paths(specs, &product)?
            .iter()
            .filter(|path| path.ends_with(".yaml"))
        {
            files.push(tree::source(specs, path)?);
        }
    }
    Ok(unused_shared_types_of(&shared, &files))
}

/// The files of a folder of specs/, relative to specs/.
fn paths(specs: &Path, folder: &str) -> Result<Vec<String>> {
    let path = specs.join(folder);
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let files = tree::files_below(&path)?;
    Ok(files
        .iter()
        .map(|file| format!("{folder}/{}", tree::slashes(file)))
        .collect())
}
