//! `cargo xtask sources`: the hashes in specs/sources.toml.
//!
//! A hash that no longer fits says that a spec was edited since its provenance was last reviewed.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use toml_edit::{DocumentMut, Item, Value};

use crate::outcome::Outcome;
use crate::output::say;
use crate::{schema, tree};

#[derive(Args)]
#[command(
    long_about = "specs/sources.toml lists, for each spec, where its facts come from, their date, and the hash of the \
    file as last reviewed. This command writes the current hashes; review the sources of the changed files first. \
    With --check, nothing is written: files whose hash differs, and files that are not listed, are reported.\n\n\
    Exit codes: 0 success, 1 usage or findings, 101 could not run."
)]
pub(crate) struct Arguments {
    /// Compare the hashes instead of writing them
    #[arg(long)]
    check: bool,
    /// The specs folder; default: specs
    #[arg(long, value_name = "DIR")]
    specs: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let specs = tree::folder(arguments.specs.as_deref(), "specs")?;
    let list = specs.join("sources.toml");
    let text = tree::text(&list)?;
    let mut hashes = BTreeMap::new();
    for path in tree::files_below(&specs)? {
        let name = tree::slashes(&path);
        if name.ends_with(".md") || ["sources.toml", schema::FILE].contains(&name.as_str()) {
            continue;
        }
        let bytes = fs::read(specs.join(&path)).with_context(|| format!("{name} cannot be read"))?;
        hashes.insert(name, tree::sha256(&bytes));
    }
    let (refreshed, findings) =
        refresh(&text, &hashes).with_context(|| format!("{} is not TOML", list.display()))?;
    for finding in &findings {
        say!("{finding}");
    }
    if arguments.check {
        if findings.is_empty() {
            return Ok(Outcome::Clean);
        }
        say!("review where the facts come from, then run `cargo xtask sources`");
        return Ok(Outcome::Findings);
    }
    tree::update(&list, &refreshed)?;
    // A file without an entry needs a person to say where it comes from.
    let unlisted = findings
        .iter()
        .any(|finding| !matches!(finding, Finding::Stale(_)));
    Ok(if unlisted {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// What does not fit.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    /// An entry without a file.
    Gone(String),
    /// A file that changed.
    Stale(String),
    /// A file without an entry.
    Unlisted(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(name) => write!(f, "gone: {name} is listed, and there is no such file"),
            Self::Stale(name) => write!(f, "stale: {name}"),
            Self::Unlisted(name) => {
                write!(
                    f,
                    "unlisted: {name} has no entry that says where its facts come from"
                )
            }
        }
    }
}

/// The list with present hashes, and what did not fit.
fn refresh(text: &str, hashes: &BTreeMap<String, String>) -> Result<(String, Vec<Finding>)> {
    let mut document: DocumentMut = text.parse()?;
    let mut findings = Vec::new();
    for (name, entry) in document.iter_mut() {
        let Some(present) = hashes.get(name.get()) else {
            findings.push(Finding::Gone(name.get().to_owned()));
            continue;
        };
        let hash = entry
            .as_table_like_mut()
            .and_then(|entry| entry.get_mut("sha256"));
        if let Some(Item::Value(hash)) = hash
            && hash.as_str() != Some(present)
        {
            findings.push(Finding::Stale(name.get().to_owned()));
            let mut new = Value::from(present);
            *new.decor_mut() = hash.decor().clone();
            *hash = new;
        }
    }
    let unlisted = hashes.keys().filter(|name| !document.contains_key(name));
    findings.extend(unlisted.cloned().map(Finding::Unlisted));
    Ok((document.to_string(), findings))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# Ours.\n[\"a.yaml\"]\nas-of = \"2026\"\nsha256 = \"00\" # reviewed\n\n[\"gone.yaml\"]\nsha256 = \"11\"\n";

    #[test]
    fn hashes_are_refreshed_and_the_rest_is_kept() {
        let hashes = BTreeMap::from([
            ("a.yaml".to_owned(), "aa".to_owned()),
            ("b.xml".to_owned(), "bb".to_owned()),
        ]);
        let (text, findings) = refresh(LIST, &hashes).unwrap();
        assert_eq!(text, LIST.replace("\"00\"", "\"aa\""));
        let expected = [
            Finding::Stale("a.yaml".to_owned()),
            Finding::Gone("gone.yaml".to_owned()),
            Finding::Unlisted("b.xml".to_owned()),
        ];
        assert_eq!(findings, expected);
        assert!(refresh("[a\n", &hashes).is_err());
    }

    #[test]
    fn fitting_hashes_change_nothing() {
        let hashes = BTreeMap::from([
            ("a.yaml".to_owned(), "00".to_owned()),
            ("gone.yaml".to_owned(), "11".to_owned()),
        ]);
        assert_eq!(refresh(LIST, &hashes).unwrap(), (LIST.to_owned(), Vec::new()));
    }
}
