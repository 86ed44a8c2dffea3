//! The crates of the workspace that are published, and how they stand on each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use binance_wire_codegen::render::GeneratedFile;
use serde::Deserialize;

use crate::tree;

/// The crates that are published, those first that others stand on.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
    /// Whether these are all of them.
    pub(crate) whole: bool,
}

/// A crate that is published.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Its folder, relative to the root.
    pub(crate) folder: String,
    /// Crates of the workspace that it stands on.
    pub(crate) inner: Vec<String>,
    /// What it requires of other crates, one a line.
    pub(crate) outer: String,
    /// What its manifest lacks for a registry.
    pub(crate) lacking: Vec<&'static str>,
}

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

impl Workspace {
    /// Asks cargo for the crates of the workspace at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
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
        let mut waiting = BTreeMap::new();
        for read in metadata.packages {
            if read
                .publish
                .as_ref()
                .is_none_or(|registries| !registries.is_empty())
            {
                let package = Package::new(&real, read)?;
                waiting.insert(package.name.clone(), package);
            }
        }
        let mut packages: Vec<Package> = Vec::new();
        while !waiting.is_empty() {
            let ready = waiting
                .values()
                .find(|package| !package.inner.iter().any(|name| waiting.contains_key(name)))
                .map(|package| package.name.clone());
            let Some(package) = ready.and_then(|name| waiting.remove(&name)) else {
                let names: Vec<_> = waiting.into_keys().collect();
                bail!(
                    "these crates stand on each other in a circle: {}",
                    names.join(", ")
                );
            };
            packages.push(package);
        }
        Ok(Self {
            root: root.to_owned(),
            packages,
            whole: true,
        })
    }

    /// Only these crates, and what they stand on; all where none is named.
    pub(crate) fn narrow(&mut self, only: &[String]) -> Result<()> {
        if only.is_empty() {
            return Ok(());
        }
        let mut wanted: Vec<String> = only.to_vec();
        for name in only {
            if !self.packages.iter().any(|package| package.name == *name) {
                bail!("no crate `{name}` is published from here");
            }
        }
        for package in self.packages.iter().rev() {
            if wanted.contains(&package.name) {
                wanted.extend(package.inner.iter().cloned());
            }
        }
        self.packages.retain(|package| wanted.contains(&package.name));
        self.whole = false;
        Ok(())
    }
}

impl Package {
    fn new(root: &Path, read: Read) -> Result<Self> {
        let folder = read.manifest_path.parent().unwrap_or(root);
        let folder = folder
            .strip_prefix(root)
            .with_context(|| format!("{} is not in {}", folder.display(), root.display()))?;
        let mut inner = Vec::new();
        let mut outer = Vec::new();
        for dependency in &read.dependencies {
            let development = dependency.kind.as_deref() == Some("dev");
            match (&dependency.path, development) {
                (Some(_), false) => inner.push(dependency.name.clone()),
                (None, false) => outer.push(format!(
                    "{} {} {:?} {} {} {}",
                    dependency.name,
                    dependency.req,
                    dependency.target,
                    dependency.optional,
                    dependency.uses_default_features,
                    dependency.features.join(",")
                )),
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
        Ok(Self {
            folder: tree::slashes(folder),
            name: read.name,
            version: read.version,
            inner,
            outer: outer.join("\n"),
            lacking: lacking
                .into_iter()
                .filter(|(_, there)| !there)
                .map(|(what, _)| what)
                .collect(),
        })
    }

    /// Whether it is made from specs.
    pub(crate) fn generated(&self) -> bool {
        self.folder.starts_with("generated/")
    }

    /// Its product, or what stands in that place: `shared`; `None` for a hand-written crate.
    pub(crate) fn product(&self) -> Option<&str> {
        self.folder.strip_prefix("generated/")
    }

    /// Every text file of it, by its path in the crate.
    pub(crate) fn files(&self, root: &Path) -> Result<Vec<GeneratedFile>> {
        files(&root.join(&self.folder))
    }
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
