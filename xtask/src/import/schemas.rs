//! SBE schemas and FIX dictionaries.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_model::read::fix::read_dictionary;
use binance_wire_model::read::sbe::{read_history, read_schema};
use binance_wire_upkeep::drift::most_like;
use binance_wire_upkeep::import::markup::{history_entries, merge_fix, merge_sbe};
use clap::Args;

use super::Import;
use crate::drift::schemas::{our_dictionaries, our_schemas, published};
use crate::specs;

#[derive(Args)]
pub(super) struct Arguments {
    /// The published file
    #[arg(value_name = "FILE")]
    path: PathBuf,
}

pub(super) fn sbe(arguments: &Arguments, specs: &Path) -> Result<Option<Import>> {
    let theirs = published(&arguments.path)?;
    let (schema, _) = read_schema(&theirs)?;
    let ours = our_schemas(specs)?;
    let Some(own) = ours.iter().find(|own| own.says.package == schema.package) else {
        let packages: Vec<&str> = ours.iter().map(|own| own.says.package.as_str()).collect();
        bail!(
            "{}: its package is `{}`; the specs have {}",
            theirs.path,
            schema.package,
            packages.join(", ")
        );
    };
    let sources = specs::sources(specs, &own.product)?;
    let mut history = None;
    for file in &sources.sbe_history {
        let read = read_history(file)?;
        if read.schema_id == schema.id {
            history = Some((file, read));
        }
    }
    let merged = merge_sbe(&own.file, &theirs, history.as_ref().map(|(_, read)| read))?;
    let mut import = Import::default();
    import.summary.push(format!(
        "{}: {}:{} beside {}:{} of {}",
        own.file.path, own.says.id, own.says.version, schema.id, schema.version, theirs.path
    ));
    if !merged.faults.is_empty() {
        match &history {
            Some((file, _)) => {
                let mut text = file.text.clone();
                if !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(&history_entries(&merged.faults));
                // What stands at the end must be the list of faults.
                let appended = binance_wire_model::source::SourceFile::new(&file.path, &text);
                let read = read_history(&appended)?;
                if merged.faults.iter().all(|fault| {
                    read.faults
                        .iter()
                        .any(|known| known.kind == fault.kind && known.place == fault.place)
                }) {
                    import.files.insert(file.path.clone(), (file.text.clone(), text));
                } else {
                    import.refused.push(format!(
                        "{}: the faults are not at its end; add:\n{}",
                        file.path,
                        history_entries(&merged.faults)
                    ));
                }
            }
            None => import.refused.push(format!(
                "no history of schema {}; begin one with:\nschemaId: {}\nfaults:\n{}",
                schema.id,
                schema.id,
                history_entries(&merged.faults)
            )),
        }
        for fault in &merged.faults {
            import.by_hand.push(format!(
                "{}: {} since {}:{}; say in the history what it means for a reader",
                fault.place,
                history_entries(std::slice::from_ref(fault))
                    .lines()
                    .next()
                    .and_then(|line| line.split(": ").nth(1))
                    .unwrap_or_default(),
                schema.id,
                fault.version
            ));
        }
    }
    if merged.text != own.file.text {
        import
            .by_hand
            .push("describe each addition in a few words (description=…), and place it in models.yaml or the types where `regenerate` says so".to_owned());
    }
    import
        .files
        .insert(own.file.path.clone(), (own.file.text.clone(), merged.text));
    Ok(Some(import))
}

pub(super) fn fix(arguments: &Arguments, specs: &Path) -> Result<Option<Import>> {
    let theirs = published(&arguments.path)?;
    let (dictionary, _) = read_dictionary(&theirs)?;
    let ours = our_dictionaries(specs)?;
    let own = most_like(&dictionary, &ours)
        .with_context(|| format!("{}: the specs have no FIX dictionary like it", theirs.path))?;
    let text = merge_fix(&own.file, &theirs)?;
    let mut import = Import::default();
    import
        .summary
        .push(format!("{} beside {}", own.file.path, theirs.path));
    import
        .files
        .insert(own.file.path.clone(), (own.file.text.clone(), text));
    Ok(Some(import))
}
