//! The crates of the workspace that are published, as cargo knows them, and their files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use binance_wire_codegen::render::GeneratedFile;
use binance_wire_impact::releases::{Package, Workspace};
use serde::Deserialize;

use crate::tree;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Read>,
}

#[derive(Deserialize)]
struct Read {
    name: String,
    version: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    publish: Option<Vec<String>>,
    description: Option<String>,
    license: Option<String>,
    repository: Option<String>,
    readme: Option<PathBuf>,
    keywords: Vec<String>,
    categories: Vec<String>,
    metadata: Option<serde_json::Value>,
    rust_version: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    req: String,
    kind: Option<String>,
    target: Option<String>,
    optional: bool,
    uses_default_features: bool,
    features: Vec<String>,
    path: Option<PathBuf>,
}

/// Asks cargo for the crates of the workspace at `root`. `only`: these, and what they depend on; all where none is named.
pub(crate) fn workspace(root: &Path, only: &[String]) -> Result<Workspace> {
    let output = Command::new(cargo())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo cannot be run")?;
    if !output.status.success() {
        bail!(
            "`cargo metadata` failed:\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("`cargo metadata` printed no JSON")?;
    let real = root
        .canonicalize()
        .with_context(|| format!("{} cannot be read", root.display()))?;
    let mut packages = Vec::new();
    for read in metadata.packages {
        if read
            .publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty())
        {
            packages.push(package(&real, read)?);
        }
    }
    let mut workspace = Workspace::new(packages)?;
    workspace.narrow(only)?;
    Ok(workspace)
}

fn package(root: &Path, read: Read) -> Result<Package> {
    let folder = read.manifest_path.parent().unwrap_or(root);
    let folder = folder
        .strip_prefix(root)
        .with_context(|| format!("{} is not in {}", folder.display(), root.display()))?;
    let mut inner = Vec::new();
    let mut outer = Vec::new();
    let mut foreign = BTreeMap::new();
    for dependency in &read.dependencies {
        let development = dependency.kind.as_deref() == Some("dev");
        match (&dependency.path, development) {
            (Some(_), false) => inner.push(dependency.name.clone()),
            (None, false) => {
                foreign.insert(dependency.name.clone(), dependency.req.clone());
                outer.push(format!(
                    "{} {} {:?} {} {} {}",
                    dependency.name,
                    dependency.req,
                    dependency.target,
                    dependency.optional,
                    dependency.uses_default_features,
                    dependency.features.join(",")
                ));
            }
            // What only tests use is no user's.
            (_, true) => {}
        }
    }
    inner.sort();
    inner.dedup();
    outer.sort();
    let docs = read.metadata.as_ref().and_then(|metadata| metadata.get("docs"));
    let has = |name: &str| root.join(folder).join(name).is_file();
    let lacking = [
        ("a description", read.description.is_some()),
        ("a licence", read.license.is_some()),
        ("a repository", read.repository.is_some()),
        ("a readme", read.readme.is_some()),
        ("keywords", !read.keywords.is_empty()),
        ("categories", !read.categories.is_empty()),
        (
            "settings for docs.rs",
            docs.is_some_and(|docs| docs.get("rs").is_some()),
        ),
        ("LICENSE-MIT", has("LICENSE-MIT")),
        ("LICENSE-APACHE", has("LICENSE-APACHE")),
    ];
    Ok(Package {
        folder: tree::slashes(folder),
        name: read.name,
        version: read.version,
        inner,
        outer: outer.join("\n"),
        foreign,
        rust_version: read.rust_version.unwrap_or_default(),
        lacking: lacking
            .into_iter()
            .filter(|(_, there)| !there)
            .map(|(what, _)| what)
            .collect(),
    })
}

/// Every file of a folder, as text.
pub(crate) fn files(folder: &Path) -> Result<Vec<GeneratedFile>> {
    let mut found = Vec::new();
    for path in tree::files_below(folder)? {
        let bytes = std::fs::read(folder.join(&path))
            .with_context(|| format!("{} cannot be read", folder.join(&path).display()))?;
        found.push(GeneratedFile {
            path: tree::slashes(&path),
            contents: String::from_utf8_lossy(&bytes).into_owned(),
        });
    }
    Ok(found)
}

/// The cargo that runs this, or the one of the path.
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
