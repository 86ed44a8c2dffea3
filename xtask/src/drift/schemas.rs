//! SBE schemas and FIX dictionaries beside those of the specs.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::fix::Dictionary;
use binance_wire_model::read::fix::read_dictionary;
use binance_wire_model::read::sbe::read_schema;
use binance_wire_model::sbe::Schema;
use binance_wire_model::source::SourceFile;
use binance_wire_upkeep::drift::{Comparison, Day, Lifecycle, Ours, Outline, live, most_like};

use crate::output::warning;
use crate::{specs, tree};

/// The SBE schemas of all specs.
pub(crate) fn our_schemas(specs: &Path) -> Result<Vec<Ours<Schema>>> {
    let mut found = Vec::new();
    for product in specs::products(specs)? {
        for file in specs::sources(specs, &product)?.sbe {
            let (says, _) = read_schema(&file)?;
            let product = product.clone();
            found.push(Ours { product, file, says });
        }
    }
    Ok(found)
}

/// The FIX dictionaries of all specs.
pub(crate) fn our_dictionaries(specs: &Path) -> Result<Vec<Ours<Dictionary>>> {
    let mut found = Vec::new();
    for product in specs::products(specs)? {
        for file in specs::sources(specs, &product)?.fix {
            let (says, _) = read_dictionary(&file)?;
            let product = product.clone();
            found.push(Ours { product, file, says });
        }
    }
    Ok(found)
}

/// A file of the exchange's, called by its name alone.
pub(crate) fn published(path: &Path) -> Result<SourceFile> {
    let text = tree::text(path)?;
    Ok(SourceFile::new(path.display().to_string(), text))
}

fn short(file: &SourceFile) -> &str {
    file.path.rsplit('/').next().unwrap_or(&file.path)
}

/// The SBE schemas and lifecycles at a path: of a folder the newest schema of each package, or one file.
pub(super) fn sbe(path: &Path, specs: &Path, today: Day) -> Result<Vec<Comparison>> {
    let mut names = Vec::new();
    if path.is_dir() {
        for name in tree::files_below(path)? {
            names.push(path.join(name));
        }
    } else {
        names.push(path.to_owned());
    }
    let ours = our_schemas(specs)?;
    let mut newest: BTreeMap<String, (SourceFile, Schema)> = BTreeMap::new();
    let mut lifecycles: Vec<(SourceFile, Lifecycle)> = Vec::new();
    for name in names {
        let extension = name.extension().and_then(|extension| extension.to_str());
        if extension == Some("json") {
            let file = published(&name)?;
            let (lifecycle, warning) =
                binance_wire_upkeep::drift::read_lifecycle(&file).map_err(Diagnostics::from)?;
            if let Some(warning) = warning {
                warning!("{warning}");
            }
            lifecycles.push((file, lifecycle));
        } else if extension == Some("xml") {
            let file = published(&name)?;
            let (schema, _) = read_schema(&file)?;
            let version = (schema.id, schema.version);
            let known = newest.get(&schema.package);
            if known.is_none_or(|(_, known)| (known.id, known.version) < version) {
                newest.insert(schema.package.clone(), (file, schema));
            }
        }
    }
    if newest.is_empty() && lifecycles.is_empty() {
        bail!(
            "{} holds no SBE schema and no lifecycle of schemas",
            path.display()
        );
    }
    let mut comparisons: Vec<Comparison> = Vec::new();
    for (package, (file, schema)) in &newest {
        let theirs = Outline::of_schema(schema);
        let Some(own) = ours.iter().find(|own| own.says.package == *package) else {
            bail!(
                "{}: no schema of the specs has the package `{package}`; import it into specs/<product>/sbe/ first",
                file.path
            );
        };
        comparisons.push(own.compare(&Outline::of_schema(&own.says), short(file), &theirs));
    }
    for (file, lifecycle) in &lifecycles {
        // The lives of the schemas of FIX are in files of their own.
        let package = if short(file).contains("fix") {
            "fix_sbe"
        } else {
            "spot_sbe"
        };
        let Some(own) = ours.iter().find(|own| own.says.package == package) else {
            bail!(
                "{}: no schema of the specs has the package `{package}`",
                file.path
            );
        };
        let mark = own.within();
        let index = comparisons.iter().position(|comparison| {
            comparison
                .files
                .as_ref()
                .is_some_and(|files| files.starts_with(&mark))
        });
        let index = index.unwrap_or_else(|| {
            let outline = Outline::of_schema(&own.says);
            comparisons.push(Comparison {
                product: own.product.clone(),
                files: Some(format!("{mark} {}, {}", outline.version, short(file))),
                operations: outline.messages,
                ..Comparison::default()
            });
            comparisons.len() - 1
        });
        if let Some(comparison) = comparisons.get_mut(index) {
            live(comparison, own, lifecycle, today);
        }
    }
    Ok(comparisons)
}

/// A FIX dictionary beside that of the specs which is most like it.
pub(super) fn fix(path: &Path, specs: &Path) -> Result<Comparison> {
    let file = published(path)?;
    let (dictionary, _) = read_dictionary(&file)?;
    let ours = our_dictionaries(specs)?;
    let own = most_like(&dictionary, &ours)
        .with_context(|| format!("{}: the specs have no FIX dictionary like it", file.path))?;
    let theirs = Outline::of_dictionary(&dictionary);
    Ok(own.compare(&Outline::of_dictionary(&own.says), short(&file), &theirs))
}
