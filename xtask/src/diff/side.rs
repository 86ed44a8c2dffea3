//! One side of a comparison: what an argument names, read into models.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_impact::diff::{Content, State};
use binance_wire_model::diagnostics::Warning;
use binance_wire_model::foreign::Foreign;
use binance_wire_model::read;
use binance_wire_model::source::SourceFile;
use tempfile::TempDir;

use crate::drift::collections;
use crate::{git, releases, specs, tree};

/// What stands before the name of a revision that a file has too.
const REVISION: &str = "rev:";

/// What names the state that was published last.
const BASELINE: &str = "baseline";

/// A side of a comparison.
pub(super) struct Side {
    /// What it says.
    pub(super) state: State,
    /// The specs that it is; none where it is something else.
    pub(super) specs: Option<Specs>,
    /// What the reader passed over.
    pub(super) warnings: Vec<Warning>,
}

impl Side {
    fn of(state: State) -> Self {
        Self {
            state,
            specs: None,
            warnings: Vec::new(),
        }
    }
}

/// Two sides, and what is the same on both.
pub(super) struct Sides {
    pub(super) old: Side,
    pub(super) new: Side,
    /// The products whose files, and those that they share, are the same on both sides; [`specs::SHARED`] where those are.
    pub(super) unchanged: BTreeSet<String>,
    /// Those of them that were not read.
    pub(super) left_out: BTreeSet<String>,
}

/// Reads what two arguments name, each on a thread of its own. `baselines`: the folder that says what was published; by default
/// the repository's. With `whole`, no product is left out.
pub(super) fn read(
    [old, new]: [&str; 2],
    repository: &Path,
    baselines: Option<&Path>,
    whole: bool,
) -> Result<Sides> {
    let before = specs(old, repository, baselines)?;
    let after = specs(new, repository, baselines)?;
    let (unchanged, left_out) = match (&before, &after) {
        (Some(before), Some(after)) => {
            let unchanged = unchanged(before, after)?;
            let published = |side: &Specs| matches!(side, Specs::Published(_));
            let left_out = match whole || published(before) || published(after) {
                true => BTreeSet::new(),
                false => left_out(&unchanged, before.products()? == after.products()?),
            };
            (unchanged, left_out)
        }
        _ => Default::default(),
    };
    // Two documents are compared as they are, so that all of them is; specs say more in our vocabulary.
    let as_written = match (document(old)?, document(new)?) {
        (Some(old), Some(new)) => [old, new]
            .iter()
            .any(|file| read::openapi::product_named_by(file).is_none()),
        _ => false,
    };
    let (before, after) = std::thread::scope(|scope| {
        let before = scope.spawn(|| read_one(old, before, repository, baselines, &left_out, as_written));
        let after = read_one(new, after, repository, baselines, &left_out, as_written);
        let before = before
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("{old} could not be read")));
        (before, after)
    });
    Ok(Sides {
        old: before?,
        new: after?,
        unchanged,
        left_out,
    })
}

/// What is the same on both sides, so that nothing of it can differ.
fn unchanged(old: &Specs, new: &Specs) -> Result<BTreeSet<String>> {
    let mut same = BTreeSet::new();
    if specs::shared_sources(&old.shared()?)? == specs::shared_sources(&new.shared()?)? {
        same.insert(specs::SHARED.to_owned());
    }
    let after = new.products()?;
    for product in old
        .products()?
        .into_iter()
        .filter(|product| after.contains(product))
    {
        // What it shares is among its sources.
        if specs::sources(&old.of(&product)?, &product)? == specs::sources(&new.of(&product)?, &product)? {
            same.insert(product);
        }
    }
    Ok(same)
}

/// The products that need not be read. What products share is read with any of them, so that each side needs one where the
/// sides do not have the same.
fn left_out(unchanged: &BTreeSet<String>, same_products: bool) -> BTreeSet<String> {
    let products = unchanged.iter().filter(|name| *name != specs::SHARED);
    products.skip(usize::from(!same_products)).cloned().collect()
}

fn read_one(
    name: &str,
    specs: Option<Specs>,
    repository: &Path,
    baselines: Option<&Path>,
    left_out: &BTreeSet<String>,
    as_written: bool,
) -> Result<Side> {
    let state = match (named(name)?, &specs) {
        (Named::Baseline, _) => baseline(repository, baselines)?,
        (Named::Revision(revision), Some(specs)) => State {
            label: revision.to_owned(),
            prefix: "specs/".to_owned(),
            content: Content::Specs(
                specs::models(&specs.shared()?, |name| !left_out.contains(name))
                    .with_context(|| format!("the specs at {revision} are wrong"))?,
            ),
        },
        (Named::Revision(revision), None) => bail!("{revision} has no specs"),
        (Named::Folder(path), specs) => {
            let content = match specs {
                Some(_) => Content::Specs(specs::models(path, |name| !left_out.contains(name))?),
                None => Content::Collections(collections(path)?),
            };
            let label = name.trim_end_matches('/');
            State {
                label: label.to_owned(),
                prefix: format!("{label}/"),
                content,
            }
        }
        (Named::File(path), _) => return file(name, path, as_written),
    };
    let warnings = match &specs {
        Some(Specs::Published(_)) | None => Vec::new(),
        Some(specs) => specs::unused_shared_types(&specs.shared()?)?,
    };
    Ok(Side {
        specs,
        warnings,
        ..Side::of(state)
    })
}

/// What an argument can name.
pub(super) enum Named<'n> {
    Revision(&'n str),
    Baseline,
    Folder(&'n Path),
    File(&'n Path),
}

/// What an argument names.
pub(super) fn named(name: &str) -> Result<Named<'_>> {
    let path = Path::new(name);
    if let Some(revision) = name.strip_prefix(REVISION) {
        return Ok(Named::Revision(revision));
    }
    if name == BASELINE {
        return Ok(Named::Baseline);
    }
    if path.is_dir() {
        return Ok(Named::Folder(path));
    }
    if path.is_file() {
        return Ok(Named::File(path));
    }
    // What looks like a path was meant as one.
    let missing = path
        .extension()
        .is_some_and(|end| ["xml", "yaml", "yml", "json"].iter().any(|known| end == *known));
    if missing || name.starts_with(['.', '/']) && !name.contains("..") {
        bail!("{name} is not there");
    }
    Ok(Named::Revision(name))
}

/// The specs of a side, as files.
pub(super) enum Specs {
    Folder(PathBuf),
    /// In a folder that goes with the value.
    Revision(TempDir),
    /// Each product as it was published.
    Published(releases::Folders),
}

impl Specs {
    /// Its products.
    pub(super) fn products(&self) -> Result<Vec<String>> {
        match self {
            Self::Published(folders) => Ok(folders.products()),
            one => specs::products(&one.shared()?),
        }
    }

    /// The folder that has a product.
    pub(super) fn of(&self, product: &str) -> Result<PathBuf> {
        match self {
            Self::Published(folders) => folders.of(product).context("nothing has been published"),
            one => one.shared(),
        }
    }

    /// The folder that has what products share.
    pub(super) fn shared(&self) -> Result<PathBuf> {
        match self {
            Self::Folder(folder) => Ok(folder.clone()),
            Self::Revision(folder) => Ok(folder.path().join("specs")),
            Self::Published(folders) => folders.shared().context("nothing has been published"),
        }
    }
}

/// The specs that an argument names; none where it names something else.
pub(super) fn specs(name: &str, repository: &Path, baselines: Option<&Path>) -> Result<Option<Specs>> {
    Ok(match named(name)? {
        Named::Revision(revision) => Some(Specs::Revision(git::specs_at(repository, revision)?)),
        Named::Folder(path) if !has_collections(name, path)? => Some(Specs::Folder(path.to_owned())),
        Named::Baseline => {
            let usual = releases::baselines_folder(repository);
            releases::published_folders(repository, baselines.unwrap_or(&usual))?.map(Specs::Published)
        }
        Named::Folder(_) | Named::File(_) => None,
    })
}

fn baseline(repository: &Path, baselines: Option<&Path>) -> Result<State> {
    let usual = releases::baselines_folder(repository);
    let folder = baselines.unwrap_or(&usual);
    let Some(models) = releases::published(repository, folder)? else {
        bail!(
            "no baseline has been published yet ({} has none of a product); name a git revision instead, such as the tag \
             of the last release",
            folder.display()
        );
    };
    Ok(State {
        label: name_of(baselines),
        prefix: "specs/".to_owned(),
        content: Content::Specs(models),
    })
}

/// What the published state is called in reports.
fn name_of(baselines: Option<&Path>) -> String {
    baselines.map_or_else(
        || BASELINE.to_owned(),
        |folder| format!("{BASELINE} ({})", folder.display()),
    )
}

/// Whether a folder is one of published collections. A folder of specs has a JSON file, too, and what products share.
fn has_collections(name: &str, path: &Path) -> Result<bool> {
    if path.join("shared").is_dir() {
        return Ok(false);
    }
    let entries = std::fs::read_dir(path).with_context(|| format!("{name} cannot be read"))?;
    Ok(entries.flatten().any(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|end| end == "json") && path.is_file()
    }))
}

/// The OpenAPI document that an argument names, if it names one.
fn document(name: &str) -> Result<Option<SourceFile>> {
    let Named::File(path) = named(name)? else {
        return Ok(None);
    };
    let end = ending(path);
    if !matches!(end.as_str(), "yaml" | "yml" | "json") {
        return Ok(None);
    }
    let text = tree::text(path)?;
    let is = !text.contains("getpostman.com") && is_openapi(&end, &text);
    Ok(is.then(|| SourceFile::new(name, text)))
}

fn is_openapi(end: &str, text: &str) -> bool {
    matches!(end, "yaml" | "yml" | "json") && (text.contains("openapi") || text.contains("swagger"))
}

/// How a file's name ends.
fn ending(path: &Path) -> String {
    let end = path.extension().and_then(|end| end.to_str());
    end.unwrap_or_default().to_ascii_lowercase()
}

fn file(name: &str, path: &Path, as_written: bool) -> Result<Side> {
    let text = tree::text(path)?;
    let source = SourceFile::new(name, text);
    let end = ending(path);
    let mut warnings = Vec::new();
    let has = |what: &str| source.text.contains(what);
    let content = match end.as_str() {
        "xml" if has("messageSchema") => Content::Schema(Box::new(read::sbe::read_schema(&source)?.0)),
        "xml" if has("<fix") => {
            let (dictionary, _) = read::fix::read_dictionary(&source)?;
            Content::Dictionary(name.to_owned(), Box::new(dictionary))
        }
        "json" if has("getpostman.com") => {
            Content::Collections(vec![read::postman::read_collection(&source)?])
        }
        _ if is_openapi(&end, &source.text) && as_written => {
            let (document, found) = Foreign::read(&source)?;
            warnings = found;
            Content::Foreign(Box::new(document))
        }
        _ if is_openapi(&end, &source.text) => {
            let product = product_of(&source);
            let (api, found) = read::openapi::read_product(&product, std::slice::from_ref(&source))?;
            warnings = found;
            Content::Document(Box::new(api))
        }
        _ => bail!(
            "{name} is none of the files that are understood: an SBE schema or FIX dictionary (.xml), an OpenAPI \
             document (.yaml), a Postman collection (.json)"
        ),
    };
    let state = State {
        label: name.to_owned(),
        prefix: String::new(),
        content,
    };
    Ok(Side {
        warnings,
        ..Side::of(state)
    })
}

/// The product that a document names, or else what its file is called: `spot_api.yaml` → spot.
fn product_of(source: &SourceFile) -> String {
    if let Some(named) = read::openapi::product_named_by(source) {
        return named;
    }
    let file = source.path.rsplit('/').next().unwrap_or(&source.path);
    let stem = file.split('.').next().unwrap_or(file);
    stem.trim_end_matches("_api").to_lowercase().replace('_', "-")
}
