//! The workspace as another registry than crates.io has to get it.
//!
//! A requirement without a registry means crates.io, so the crates' requirements of each other have to name the
//! registry. That is no business of the manifests in the checkout; they are copied and rewritten.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use binance_wire_impact::releases::{Workspace, with_members, with_registry};

use crate::tree;

/// A copy of what is published, in a folder that goes with it.
pub(super) struct Stage(tempfile::TempDir);

impl Stage {
    /// Copies the crates of a workspace, with requirements of each other from a registry.
    pub(super) fn new(root: &Path, workspace: &Workspace, registry: &str) -> Result<Self> {
        let stage = Self(tempfile::tempdir().context("a folder cannot be made")?);
        for package in &workspace.packages {
            for file in tree::files_below(&root.join(&package.folder))? {
                let from = root.join(&package.folder).join(&file);
                let to = stage.path().join(&package.folder).join(&file);
                if file == Path::new("Cargo.toml") {
                    let text = tree::text_if_there(&from)?.unwrap_or_default();
                    tree::write(&to, &with_registry(&text, registry)?)?;
                } else {
                    copy(&from, &to)?;
                }
            }
        }
        let manifest = root.join("Cargo.toml");
        let text = tree::text_if_there(&manifest)?
            .with_context(|| format!("{} is not there", manifest.display()))?;
        let members: Vec<&str> = workspace
            .packages
            .iter()
            .map(|package| package.folder.as_str())
            .collect();
        let text = with_members(&with_registry(&text, registry)?, &members)?;
        tree::write(&stage.path().join("Cargo.toml"), &text)?;
        for name in ["Cargo.lock", ".cargo/config.toml"] {
            let from = root.join(name);
            if from.is_file() {
                copy(&from, &stage.path().join(name))?;
            }
        }
        Ok(stage)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    fs::copy(from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
    Ok(())
}
