//! The workspace as another registry than crates.io has to get it.
//!
//! A requirement without a registry means crates.io, so the crates' requirements of each other have to name the
//! registry. That is no business of the manifests in the checkout; they are copied and rewritten.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::releases::{REGISTRY, Workspace};
use crate::tree;

/// A copy of what is published, in a folder that goes with it.
pub(super) struct Stage(tempfile::TempDir);

impl Stage {
    /// Copies the crates of a workspace, with requirements of each other from a registry.
    pub(super) fn new(workspace: &Workspace, registry: &str) -> Result<Self> {
        let stage = Self(tempfile::tempdir().context("a folder cannot be made")?);
        for package in &workspace.packages {
            for file in tree::files_below(&workspace.root.join(&package.folder))? {
                let from = workspace.root.join(&package.folder).join(&file);
                let to = stage.path().join(&package.folder).join(&file);
                if file == Path::new("Cargo.toml") {
                    let text = tree::text_if_there(&from)?.unwrap_or_default();
                    tree::write(&to, &from_registry(&text, registry))?;
                } else {
                    copy(&from, &to)?;
                }
            }
        }
        let manifest = workspace.root.join("Cargo.toml");
        let text = tree::text_if_there(&manifest)?
            .with_context(|| format!("{} is not there", manifest.display()))?;
        let members: Vec<&str> = workspace
            .packages
            .iter()
            .map(|package| package.folder.as_str())
            .collect();
        let text = with_members(&from_registry(&text, registry), &members);
        tree::write(&stage.path().join("Cargo.toml"), &text)?;
        for name in ["Cargo.lock", ".cargo/config.toml"] {
            let from = workspace.root.join(name);
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

/// A manifest whose requirements of crates beside it name a registry.
fn from_registry(manifest: &str, registry: &str) -> String {
    let mut text = String::new();
    for line in manifest.split_inclusive('\n') {
        let place = line
            .contains("path = \"")
            .then(|| line.split_once("version = \""))
            .flatten();
        let Some((before, (version, after))) =
            place.and_then(|(before, after)| Some((before, after.split_once('"')?)))
        else {
            text += line;
            continue;
        };
        text += &format!("{before}version = \"{version}\"{REGISTRY}{registry}\"{after}");
    }
    text
}

/// A workspace's manifest with other members, and nothing excluded.
fn with_members(manifest: &str, members: &[&str]) -> String {
    let mut text = String::new();
    for line in manifest.split_inclusive('\n') {
        if line.starts_with("members =") {
            let list: Vec<String> = members.iter().map(|member| format!("{member:?}")).collect();
            text += &format!("members = [{}]\n", list.join(", "));
        } else if !line.starts_with("exclude =") {
            text += line;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_name_the_registry() {
        let manifest = "[workspace]\nmembers = [\"a/*\"]\nexclude = [\"b\"]\n[workspace.dependencies]\n\
                        a = { path = \"a\", version = \"0.1.0\", optional = true }\nb = { path = \"b\" }\nc = { version = \"1\" }\n";
        let expected = "[workspace]\nmembers = [\"a/x\"]\n[workspace.dependencies]\n\
                        a = { path = \"a\", version = \"0.1.0\", registry = \"r\", optional = true }\nb = { path = \"b\" }\nc = { version = \"1\" }\n";
        assert_eq!(with_members(&from_registry(manifest, "r"), &["a/x"]), expected);
    }
}
