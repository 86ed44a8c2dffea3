//! The specs that published crates were made from, as git has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_impact::releases::{self, Baseline};
use binance_wire_model::api::ErrorFamily;
use binance_wire_model::product::{self, Model};
use binance_wire_model::read;
use binance_wire_model::retired::Retired;
use tempfile::TempDir;

use super::baselines;
use crate::{git, specs, tree};

/// What the crates of products are called, before the product's name.
const PREFIX: &str = "binance-wire-";

/// The folder of what products share, which is a crate too.
const SHARED: &str = "shared";

/// The models of all products as they were published; `None` where none has been.
///
/// Products need not have been published from one revision: each is read at its own. What is told of none of them alone,
/// error codes and retired endpoints, is that of the crate of shared types.
pub(crate) fn published(repository: &Path, baselines: &Path) -> Result<Option<Vec<Model>>> {
    let mut specs = Specs::new(repository);
    let mut models = Vec::new();
    let mut shared = None;
    for (krate, baseline) in self::baselines(baselines)? {
        match product_of(&krate, &baseline) {
            Some(SHARED) => shared = Some(specs.shared(&krate, &baseline)?),
            Some(_) => models.push(specs.model(&krate, &baseline)?),
            None => {}
        }
    }
    if let Some(shared) = shared {
        shared.apply(&mut models);
    }
    Ok((!models.is_empty()).then_some(models))
}

/// The specs that published crates were made from, as files; `None` where none has been published.
pub(crate) fn published_folders(repository: &Path, baselines: &Path) -> Result<Option<Folders>> {
    let mut specs = Specs::new(repository);
    let mut products = BTreeMap::new();
    for (krate, baseline) in self::baselines(baselines)? {
        if let Some(product) = product_of(&krate, &baseline) {
            specs.folder(&krate, &baseline)?;
            products.insert(product.to_owned(), baseline.revision.clone());
        }
    }
    let revisions = specs.revisions;
    Ok((!products.is_empty()).then_some(Folders { products, revisions }))
}

/// Specs folders that go with the value.
pub(crate) struct Folders {
    /// The revision of each product.
    products: BTreeMap<String, String>,
    revisions: BTreeMap<String, TempDir>,
}

impl Folders {
    /// The products, in order.
    pub(crate) fn products(&self) -> Vec<String> {
        let names = self.products.keys().filter(|name| *name != SHARED);
        names.cloned().collect()
    }

    /// The specs folder that has a product as it was published, and beside it what it shared then; any, of what was not.
    pub(crate) fn of(&self, product: &str) -> Option<PathBuf> {
        let revision = self.products.get(product);
        let folder = match revision {
            Some(revision) => self.revisions.get(revision),
            None => self.revisions.values().next(),
        };
        folder.map(|folder| folder.path().join("specs"))
    }

    /// The specs folder that has what products share as it was published.
    pub(crate) fn shared(&self) -> Option<PathBuf> {
        self.of(SHARED)
    }
}

/// The product that a published crate was made for; `None` for what is not made from specs.
fn product_of<'k>(krate: &'k str, baseline: &Baseline) -> Option<&'k str> {
    krate.strip_prefix(PREFIX).filter(|_| !baseline.specs.is_empty())
}

/// Specs folders by revision, each read from git once.
pub(super) struct Specs<'r> {
    repository: &'r Path,
    revisions: BTreeMap<String, TempDir>,
}

impl<'r> Specs<'r> {
    pub(super) fn new(repository: &'r Path) -> Self {
        Self {
            repository,
            revisions: BTreeMap::new(),
        }
    }

    /// The model that a product's crate was made from.
    pub(super) fn model(&mut self, krate: &str, baseline: &Baseline) -> Result<Model> {
        let (folder, product) = self.folder(krate, baseline)?;
        let read = product::read(&specs::sources(&folder.join("specs"), product)?);
        let (model, _) = read.with_context(|| wrong(krate, baseline))?;
        Ok(model)
    }

    /// What the crate of shared types was made from, as far as no product says it.
    pub(super) fn shared(&mut self, krate: &str, baseline: &Baseline) -> Result<Shared> {
        let (folder, _) = self.folder(krate, baseline)?;
        let sources = specs::shared_sources(&folder.join("specs"))?;
        let families = read::openapi::read_error_codes(&sources.error_codes);
        let mut shared = Shared {
            families: families.with_context(|| wrong(krate, baseline))?,
            retired: Vec::new(),
        };
        for file in &sources.retired {
            let list = read::retired::read_retired(file);
            shared
                .retired
                .extend(list.with_context(|| wrong(krate, baseline))?);
        }
        Ok(shared)
    }

    /// The folder that has the specs of a published crate, and the product's name; that they are the ones is made sure of.
    fn folder<'k>(&mut self, krate: &'k str, baseline: &Baseline) -> Result<(&Path, &'k str)> {
        let Baseline {
            version, revision, ..
        } = baseline;
        let Some(product) = product_of(krate, baseline) else {
            bail!("{krate} was not made from specs");
        };
        if !self.revisions.contains_key(revision) {
            if !revision.bytes().all(|byte| byte.is_ascii_hexdigit()) || !git::has(self.repository, revision)
            {
                bail!(
                    "{krate} {version} was published from the revision `{revision}`, which this clone does not have; get it \
                     with `git fetch --unshallow`, or with `git fetch origin {revision}`"
                );
            }
            let read = git::specs_at(self.repository, revision);
            let read = read.with_context(|| format!("the specs of {krate} {version}"))?;
            self.revisions.insert(revision.clone(), read);
        }
        let Some(folder) = self.revisions.get(revision) else {
            bail!("{revision} was not read");
        };
        let found = specs_digest(&folder.path().join("specs").join(product))?;
        if found != baseline.specs {
            bail!(
                "the specs of `{product}` at {revision} are not those that {krate} {version} was published from: their \
                 digest is {found}, and the baseline has {}; restore the crate's baseline from version control, and get \
                 the whole history with `git fetch --unshallow` where the clone is shallow",
                baseline.specs
            );
        }
        Ok((folder.path(), product))
    }
}

fn wrong(krate: &str, baseline: &Baseline) -> String {
    format!(
        "the specs of {krate} {} at {} cannot be read",
        baseline.version, baseline.revision
    )
}

/// The digest of a product's specs; empty where there are none.
pub(super) fn specs_digest(folder: &Path) -> Result<String> {
    if !folder.is_dir() {
        return Ok(String::new());
    }
    let mut files = Vec::new();
    for path in tree::files_below(folder)? {
        let name = tree::slashes(&path);
        let text = tree::text_if_there(&folder.join(&path))?.unwrap_or_default();
        files.push((name, text));
    }
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Ok(releases::specs_digest(files))
}

/// What no product says alone.
pub(super) struct Shared {
    families: Vec<ErrorFamily>,
    retired: Vec<Retired>,
}

impl Shared {
    /// Puts it in the place of what products of other revisions say.
    pub(super) fn apply(self, models: &mut [Model]) {
        for model in models {
            model.retired.clone_from(&self.retired);
            for family in &mut model.api.error_codes {
                if let Some(known) = self.families.iter().find(|known| known.name == family.name) {
                    family.clone_from(known);
                }
            }
        }
    }
}
