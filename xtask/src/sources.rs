//! `cargo xtask sources`: the hashes in specs/sources.toml.
//!
//! A hash that no longer fits says that a spec was edited since its provenance was last reviewed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::outcome::Outcome;
use crate::output::say;
use crate::{schema, tree};

#[derive(Args)]
#[command(
    long_about = "specs/sources.toml says for each spec where its facts come from, as of when, and the hash of the \
    file as last reviewed. This writes the present hashes; review the sources of what changed first. With --check \
    nothing is written: files whose hash does not fit, or that are not listed, are named, and the exit code is 1 if \
    there are any."
)]
pub(crate) struct Arguments {
    /// Compare instead of writing
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
    let (refreshed, findings) = refresh(&text, &hashes);
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
    let unlisted = findings.iter().any(|finding| !finding.starts_with("stale"));
    Ok(if unlisted {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// The list with present hashes, and what did not fit.
fn refresh(text: &str, hashes: &BTreeMap<String, String>) -> (String, Vec<String>) {
    let mut refreshed = String::with_capacity(text.len());
    let mut findings = Vec::new();
    let mut listed = Vec::new();
    let mut current: Option<&String> = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("[\"").and_then(|rest| rest.strip_suffix("\"]")) {
            listed.push(name.to_owned());
            current = hashes.get(name);
            if current.is_none() {
                findings.push(format!("gone: {name} is listed, and there is no such file"));
            }
        }
        let hash = line
            .strip_prefix("sha256 = \"")
            .and_then(|rest| rest.strip_suffix('"'));
        match (hash, current) {
            (Some(hash), Some(present)) if hash != present => {
                findings.push(format!("stale: {}", listed.last().map_or("", String::as_str)));
                refreshed.push_str(&format!("sha256 = \"{present}\""));
            }
            _ => refreshed.push_str(line),
        }
        refreshed.push('\n');
    }
    for name in hashes.keys().filter(|name| !listed.contains(name)) {
        findings.push(format!(
            "unlisted: {name} has no entry that says where its facts come from"
        ));
    }
    (refreshed, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "[\"a.yaml\"]\nas-of = \"2026\"\nsha256 = \"00\"\n\n[\"gone.yaml\"]\nsha256 = \"11\"\n";

    #[test]
    fn hashes_are_refreshed_and_the_rest_is_kept() {
        let hashes = BTreeMap::from([
            ("a.yaml".to_owned(), "aa".to_owned()),
            ("b.xml".to_owned(), "bb".to_owned()),
        ]);
        let (text, findings) = refresh(LIST, &hashes);
        assert_eq!(text, LIST.replace("\"00\"", "\"aa\""));
        assert_eq!(findings.len(), 3, "{findings:?}");
        assert!(findings[0].starts_with("stale: a.yaml"));
        assert!(findings[1].starts_with("gone: gone.yaml"));
        assert!(findings[2].starts_with("unlisted: b.xml"));
    }

    #[test]
    fn fitting_hashes_change_nothing() {
        let hashes = BTreeMap::from([
            ("a.yaml".to_owned(), "00".to_owned()),
            ("gone.yaml".to_owned(), "11".to_owned()),
        ]);
        assert_eq!(refresh(LIST, &hashes), (LIST.to_owned(), Vec::new()));
    }
}
