//! What is known of published crates: their versions, baselines and change logs, in `releases/`.
//!
//! | file | what it is | written by |
//! |---|---|---|
//! | `versions.toml` | the versions of generated crates, as `regenerate` prints them | `version` |
//! | `changelogs/<crate>.md` | what changed from version to version; packaged with the crate | `version` |
//! | `baselines/<crate>.txt` | what the published version has: digests, and the Rust surface | `publish` |
//!
//! There are no baselines here because nothing has been published so far; the first `publish` to crates.io writes them.

mod published;
mod semver_checks;
mod workspace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use binance_wire_codegen::versions::Versions;
use binance_wire_impact::releases::{
    self, Baseline, ChangeLogs, Compared, Dates, Plan, Planned, Present, Workspace,
};
use binance_wire_model::product;

pub(crate) use published::{Folders, published, published_folders};
pub(crate) use workspace::{cargo, files, workspace};

use self::published::{Specs, specs_digest};
use crate::{git, specs, tree};

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
pub(crate) fn change_log_file(root: &Path, krate: &str) -> PathBuf {
    root.join(FOLDER).join("changelogs").join(format!("{krate}.md"))
}

/// The versions of generated crates; none where there is no file of them.
pub(crate) fn versions(root: &Path) -> Result<Versions> {
    let path = versions_file(root);
    Ok(match tree::text_if_there(&path)? {
        Some(text) => releases::read_versions(&path.display().to_string(), &text)?,
        None => Versions::default(),
    })
}

/// The change logs of generated crates, by crate.
pub(crate) fn change_logs(root: &Path) -> Result<BTreeMap<String, String>> {
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

/// The baselines of all crates in a folder, by crate.
pub(crate) fn baselines(folder: &Path) -> Result<BTreeMap<String, Baseline>> {
    let mut found = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for file in tree::files_below(folder)? {
        if let Some(krate) = tree::slashes(&file).strip_suffix(".txt") {
            let path = folder.join(&file);
            let baseline = Baseline::parse(&path.display().to_string(), &tree::text(&path)?)?;
            found.insert(krate.to_owned(), baseline);
        }
    }
    Ok(found)
}

/// Writes the baseline of a crate that was published from a commit.
pub(crate) fn write_baseline(folder: &Path, planned: &Planned, revision: &str) -> Result<()> {
    let text = planned.as_published(revision).to_text(&planned.name);
    tree::write(&folder.join(format!("{}.txt", planned.name)), &text)
}

/// Compares the crates of the checkout with their baselines, which by default are the checkout's. Returns also the
/// hand-written crates that only a compiler could judge and none did, with the reason.
pub(crate) fn plan(
    root: &Path,
    workspace: &Workspace,
    folder: Option<&Path>,
) -> Result<(Plan, Vec<(String, String)>)> {
    let folder = folder.map_or_else(|| baselines_folder(root), Path::to_owned);
    let specs = root.join("specs");
    let sources = specs.join("sources.toml");
    let text = tree::text_if_there(&sources)?.unwrap_or_default();
    let dates = Dates::read(&sources.display().to_string(), &text)?;
    let present = workspace.packages.iter().map(|package| {
        Ok(Present {
            files: files(&root.join(&package.folder))?,
            specs: match package.product() {
                Some(product) => specs_digest(&specs.join(product))?,
                None => String::new(),
            },
        })
    });
    let present = present.collect::<Result<Vec<_>>>()?;
    let baselines = baselines(&folder)?;
    let by = |checked: &BTreeMap<String, String>| {
        Plan::new(workspace, present.clone(), &baselines, checked, &dates)
    };
    let nothing = BTreeMap::new();
    let mut plan = by(&nothing)?;
    let checked = semver_checks::check(root, workspace, &plan);
    // Crates follow those that break.
    if !checked.breaking.is_empty() {
        plan = by(&checked.breaking)?;
    }
    Ok((plan, checked.unchecked))
}

/// Compares the specs that crates were published from with those of the checkout, as far as change logs need it.
pub(crate) fn compare_specs<'w>(
    root: &Path,
    workspace: &'w Workspace,
    plan: &'w Plan,
) -> Result<ChangeLogs<'w>> {
    let mut published = Specs::new(root);
    let mut compared = Compared::default();
    let mut shared = None;
    for wanted in releases::wanted(workspace, plan) {
        let read = match wanted.product {
            None => published
                .shared(wanted.krate, wanted.baseline)
                .map(|read| shared = Some(read)),
            Some(_) => published
                .model(wanted.krate, wanted.baseline)
                .map(|model| compared.before.push(model)),
        };
        if let Err(error) = read {
            compared
                .mute
                .insert(wanted.krate.to_owned(), format!("{error:#}"));
        } else if let Some(product) = wanted.product {
            let sources = specs::sources(&root.join("specs"), product)?;
            compared.after.push(product::read(&sources)?.0);
        }
    }
    if let Some(shared) = shared {
        shared.apply(&mut compared.before);
    }
    Ok(ChangeLogs::new(workspace, plan, compared)?)
}
