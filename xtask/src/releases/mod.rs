//! What is known of published crates: their versions, baselines and change logs, in `releases/`.
//!
//! | file | what it is | written by |
//! |---|---|---|
//! | `versions.toml` | the versions of generated crates, as `regenerate` prints them | `version` |
//! | `changelogs/<crate>.md` | what changed from version to version; packaged with the crate | `version` |
//! | `baselines/<crate>.txt` | what the published version has: digests, and the Rust surface | `publish` |
//!
//! There are no baselines here because nothing has been published so far; the first `publish` to crates.io writes them.

mod baseline;
mod changelog;
mod graph;
mod plan;
mod published;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_codegen::versions::Versions;

pub(crate) use baseline::{REGISTRY, contents_digest};
pub(crate) use changelog::ChangeLogs;
pub(crate) use graph::{Package, Workspace, cargo, files};
pub(crate) use plan::{Plan, Planned, Reason, same};
pub(crate) use published::{Folders, published, published_folders};

use crate::{git, tree};

/// The folder, below the root of the checkout.
const FOLDER: &str = "releases";

/// How many files are named that are not committed.
const SHOWN: usize = 5;

/// The file of versions.
pub(crate) fn versions_file(root: &Path) -> PathBuf {
    root.join(FOLDER).join("versions.toml")
}

/// The folder of baselines.
pub(crate) fn baselines_folder(root: &Path) -> PathBuf {
    root.join(FOLDER).join("baselines")
}

/// Why a checkout cannot be published: what is not committed. Baselines do not count: they are what publishing writes.
pub(crate) fn dirty(root: &Path) -> Result<Option<String>> {
    let mut changed = git::uncommitted(root)?;
    changed.retain(|path| !path.starts_with("releases/baselines/"));
    if changed.is_empty() {
        return Ok(None);
    }
    let more = match changed.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    changed.truncate(SHOWN);
    Ok(Some(format!(
        "these are not committed: {}{more}; commit them, or stash them",
        changed.join(", ")
    )))
}

/// The change log of a generated crate.
pub(crate) fn changelog_file(root: &Path, krate: &str) -> PathBuf {
    root.join(FOLDER).join("changelogs").join(format!("{krate}.md"))
}

/// The versions of generated crates; none where there is no file of them.
pub(crate) fn versions(root: &Path) -> Result<Versions> {
    let path = versions_file(root);
    let Some(text) = tree::text_if_there(&path)? else {
        return Ok(Versions::default());
    };
    let mut versions = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let pair = line
            .split_once('=')
            .map(|(name, version)| (unquoted(name), unquoted(version)));
        let Some((Some(name), Some(version))) = pair else {
            bail!(
                "{}:{}: not a version; write `\"binance-wire-spot\" = \"0.1.0\"`",
                path.display(),
                index + 1
            );
        };
        semver::Version::parse(version)
            .with_context(|| format!("{}:{}: `{version}` is no version", path.display(), index + 1))?;
        if versions.insert(name.to_owned(), version.to_owned()).is_some() {
            bail!("{}:{}: `{name}` stands here twice", path.display(), index + 1);
        }
    }
    Ok(Versions(versions))
}

fn unquoted(text: &str) -> Option<&str> {
    text.trim()
        .strip_prefix('"')?
        .strip_suffix('"')
        .filter(|text| !text.is_empty())
}

/// The text of the file of versions.
pub(crate) fn versions_text(versions: &BTreeMap<String, String>) -> String {
    let mut text = "# Versions of generated crates, decided by `cargo xtask version` and printed by `cargo xtask regenerate`.\n\
                    # What follows `+` is the date of the specs. A version may be raised by hand, never lowered.\n\n"
        .to_owned();
    for (name, version) in versions {
        text += &format!("\"{name}\" = \"{version}\"\n");
    }
    text
}

/// The change logs of generated crates, by crate.
pub(crate) fn changelogs(root: &Path) -> Result<BTreeMap<String, String>> {
    let folder = root.join(FOLDER).join("changelogs");
    let mut found = BTreeMap::new();
    if folder.is_dir() {
        for file in tree::files_below(&folder)? {
            if let Some(name) = tree::slashes(&file).strip_suffix(".md") {
                let text = tree::text_if_there(&folder.join(&file))?.unwrap_or_default();
                found.insert(name.to_owned(), text);
            }
        }
    }
    Ok(found)
}
