//! A registry, by way of cargo: what it has, and how it gets more.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use binance_wire_impact::releases::Package;
use serde::Deserialize;

use crate::releases;

/// A registry, and the workspace that it is published from.
pub(super) struct Registry<'w> {
    /// Its name in cargo's configuration; `None` is crates.io.
    name: Option<String>,
    workspace: &'w Path,
}

/// What became of an upload.
pub(super) enum Uploaded {
    /// It went through.
    New,
    /// The registry had that version.
    Before,
}

/// How often an index is asked for what was uploaded, beyond cargo's own waiting.
const ASKED: usize = 60;

/// How long is waited between two questions.
const PAUSE: Duration = Duration::from_secs(5);

impl<'w> Registry<'w> {
    pub(super) fn new(name: Option<String>, workspace: &'w Path) -> Self {
        Self { name, workspace }
    }

    /// Whether it has a version of a crate.
    pub(super) fn has(&self, package: &Package) -> Result<bool> {
        let name = self.name.as_deref().unwrap_or("crates-io");
        let version = plain(&package.version);
        let output = self.cargo(&[
            "info",
            "--quiet",
            "--registry",
            name,
            &format!("{}@{version}", package.name),
        ])?;
        if output.status.success() {
            return Ok(true);
        }
        let said = said(&output);
        if said.contains("could not find `") {
            return Ok(false);
        }
        bail!(
            "the registry cannot be asked for {} {version}:\n{said}",
            package.name
        );
    }

    /// Packages some crates, and builds the packages, as if they were uploaded.
    pub(super) fn rehearse(&self, packages: &[&Package], build: bool) -> Result<()> {
        let mut arguments = vec!["publish", "--dry-run"];
        if !build {
            arguments.push("--no-verify");
        }
        arguments.extend(self.name.iter().flat_map(|name| ["--registry", name.as_str()]));
        arguments.extend(
            packages
                .iter()
                .flat_map(|package| ["--package", package.name.as_str()]),
        );
        let output = self.cargo(&arguments)?;
        if !output.status.success() {
            bail!("the packages cannot be made:\n{}", said(&output));
        }
        Ok(())
    }

    /// Uploads a crate; cargo waits until the index has it.
    pub(super) fn upload(&self, package: &Package) -> Result<Uploaded> {
        // What is uploaded has been built in the rehearsal, from the same commit.
        let mut arguments = vec!["publish", "--no-verify", "--package", &package.name];
        arguments.extend(self.name.iter().flat_map(|name| ["--registry", name.as_str()]));
        let output = self.cargo(&arguments)?;
        if output.status.success() {
            return Ok(Uploaded::New);
        }
        let said = said(&output);
        if said.contains("already exists on") || said.contains("is already uploaded") {
            return Ok(Uploaded::Before);
        }
        let remedy = if said.contains("no token found") {
            "log in with `cargo login`, or put the token into the environment, and run the same again"
        } else if said.contains("429") || said.contains("Too Many Requests") {
            "the registry refuses further uploads for now; run the same command later"
        } else {
            "when that is fixed, run the same again"
        };
        bail!(
            "{} {} was not published: {remedy}; what is on the registry by then is skipped\n{said}",
            package.name,
            package.version
        );
    }

    /// Waits until the registry offers a crate.
    pub(super) fn wait_for(&self, package: &Package) -> Result<()> {
        for asked in 0..ASKED {
            if asked > 0 {
                std::thread::sleep(PAUSE);
            }
            if self.has(package)? {
                return Ok(());
            }
        }
        bail!(
            "{} {} was uploaded, but the registry does not offer it yet; run the same again later",
            package.name,
            package.version
        );
    }

    /// The folder of a package as the registry has it: cargo fetches it for a project that wants nothing else.
    pub(super) fn unpacked(&self, package: &Package) -> Result<PathBuf> {
        let project = tempfile::tempdir().context("a folder cannot be made")?;
        let from = self
            .name
            .as_ref()
            .map(|name| format!(", registry = {name:?}"))
            .unwrap_or_default();
        let manifest = format!(
            "[package]\nname = \"compare\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n\
             {} = {{ version = \"={}\", default-features = false{from} }}\n\n[workspace]\n",
            package.name,
            plain(&package.version)
        );
        crate::tree::write(&project.path().join("Cargo.toml"), &manifest)?;
        crate::tree::write(&project.path().join("src/lib.rs"), "")?;
        // Registries may be named by the workspace's own configuration.
        let configuration = self.workspace.join(".cargo/config.toml");
        if let Some(text) = crate::tree::text_if_there(&configuration)? {
            crate::tree::write(&project.path().join(".cargo/config.toml"), &text)?;
        }
        let output = Command::new(releases::cargo())
            .args(["metadata", "--format-version", "1"])
            .current_dir(project.path())
            .output()
            .context("cargo cannot be run")?;
        if !output.status.success() {
            bail!(
                "{} {} cannot be fetched:\n{}",
                package.name,
                package.version,
                said(&output)
            );
        }
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).context("`cargo metadata` printed no JSON")?;
        let found = metadata
            .packages
            .into_iter()
            .find(|found| found.name == package.name);
        found
            .and_then(|found| found.manifest_path.parent().map(Path::to_owned))
            .with_context(|| format!("{} {} was not fetched", package.name, package.version))
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Output> {
        Command::new(releases::cargo())
            .args(arguments)
            .current_dir(self.workspace)
            .output()
            .context("cargo cannot be run")
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    name: String,
    manifest_path: PathBuf,
}

fn plain(version: &str) -> &str {
    binance_wire_codegen::versions::without_metadata(version)
}

/// What cargo said, without tokens: none should be in there, and none gets out if one is.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    let tokens = std::env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_REGISTR") && name.ends_with("_TOKEN"))
        .map(|(_, token)| token);
    without(text, tokens)
}

fn without(mut text: String, tokens: impl Iterator<Item = String>) -> String {
    for token in tokens.filter(|token| !token.is_empty()) {
        text = text.replace(&token, "[token]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_repeated() {
        let tokens = ["secret".to_owned(), String::new()];
        let text = without("401: `secret` is unknown".to_owned(), tokens.into_iter());
        assert_eq!(text, "401: `[token]` is unknown");
    }
}
