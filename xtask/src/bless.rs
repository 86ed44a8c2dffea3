//! `cargo xtask bless`: golden files become what the code prints now.
//!
//! Tests whose names contain `golden` compare with files, and write them instead where `BLESS` is set. This runs them so,
//! and reports which files changed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::outcome::{Outcome, plural};
use crate::output::{Progress, say};
use crate::{releases, tree};

/// Where golden files are.
const GOLDEN: [&str; 3] = ["generator", "tests/nasty", "tests/nasty-shared"];

#[derive(Args)]
#[command(
    long_about = "Golden files record what the generator prints: the golden crates tests/nasty and tests/nasty-shared, \
    and the golden/ folders of the generator's tests. After a change that is meant to alter them, this command \
    rewrites them and lists the changed ones. Read `git diff` before you commit.\n\n\
    Exit codes: 0 success, 101 could not run."
)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> Result<Outcome> {
    let root = tree::root()?;
    let before = golden(&root)?;
    bless(&root)?;
    let after = golden(&root)?;
    let changed: Vec<_> = before
        .keys()
        .chain(after.keys().filter(|path| !before.contains_key(*path)))
        .filter(|path| before.get(*path) != after.get(*path))
        .collect();
    for path in &changed {
        let what = match (before.get(*path), after.get(*path)) {
            (None, _) => "new",
            (_, None) => "removed",
            _ => "changed",
        };
        say!("{what}: {path}");
    }
    match changed.len() {
        0 => say!("golden files are up to date"),
        count => say!(
            "{} changed; read the difference before you commit it",
            plural(count, "golden file")
        ),
    }
    Ok(Outcome::Clean)
}

/// Every file of the golden folders with the hash of its contents.
fn golden(root: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for folder in GOLDEN {
        for path in tree::files_below(&root.join(folder))? {
            let path = format!("{folder}/{}", tree::slashes(&path));
            let bytes = std::fs::read(root.join(&path)).with_context(|| format!("{path} cannot be read"))?;
            found.insert(path, tree::sha256(&bytes));
        }
    }
    Ok(found)
}

/// Runs the tests that write golden files, crate by crate.
fn bless(root: &Path) -> Result<()> {
    let _progress = Progress::until_done("running golden tests");
    for manifest in tree::files_below(&root.join("generator"))? {
        if manifest.file_name().is_none_or(|name| name != "Cargo.toml") {
            continue;
        }
        let output = Command::new(releases::cargo())
            .args(["test", "--quiet", "--tests", "--manifest-path"])
            .arg(root.join("generator").join(&manifest))
            .arg("golden")
            .env("BLESS", "1")
            .output()
            .context("cargo could not be started")?;
        if !output.status.success() {
            bail!(
                "golden tests failed:\n{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
    }
    Ok(())
}
