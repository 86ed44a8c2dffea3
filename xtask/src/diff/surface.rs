//! The Rust that a project was written against: printed from specs in memory, as far as the project uses it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_codegen::lower::facade::Member;
use binance_wire_codegen::names::crate_in_code;
use binance_wire_codegen::product;
use binance_wire_codegen::render::{GeneratedFile, Renderer};
use binance_wire_impact::diff::Calls;
use binance_wire_model::product::{Model, read};
use binance_wire_model::source::SourceFile;
use binance_wire_surface::uses::{Project, SurfaceCrate};

use super::side::{self, Side};
use crate::{specs, tree, uses};

/// What a project is compared with.
pub(super) struct Surface {
    /// The specs that it was printed from, as the report calls them.
    pub(super) against: String,
    pub(super) crates: Vec<SurfaceCrate>,
    pub(super) calls: Calls,
}

/// Prints what a project uses of the old side's crates. What is no specs has no Rust of its own: of a schema, a dictionary,
/// a document or collections, the code in use is that of the repository's specs.
pub(super) fn of(name: &str, old: &Side, repository: &Path, project: &Project) -> Result<Surface> {
    if let Some(found) = &old.specs {
        return print(found, project, name.trim_end_matches('/').to_owned());
    }
    let folder = repository.join("specs");
    if !folder.is_dir() {
        bail!(
            "{name} is no specs, and {} has none either, so that there is no Rust to compare the project with; name the \
             repository with --repository",
            repository.display()
        );
    }
    let against = folder.display().to_string();
    print(&side::Specs::Folder(folder), project, against)
}

fn print(found: &side::Specs, project: &Project, against: String) -> Result<Surface> {
    let wrong = || format!("the Rust of {against} cannot be printed");
    let templates = tree::templates()?;
    let renderer = Renderer::new(&templates)?;
    let facade = project.crates().contains("binance_wire");
    let names: Vec<String> = found
        .products()?
        .into_iter()
        .filter(|name| {
            let module = name.replace('-', "_");
            let direct = project.crates().contains(crate_in_code(name).as_str());
            direct || facade && project.mentions(&module)
        })
        .collect();
    let codecs = Codecs {
        sbe: project.mentions("sbe"),
        fix: project.mentions("fix"),
    };
    let printed = each(&names, |name| {
        print_product(&found.of(name)?, name, codecs, &renderer)
    });
    let mut models = Vec::new();
    let mut crates = Vec::new();
    let mut members = Vec::new();
    for one in printed {
        let (model, krate, member) = one.with_context(wrong)?;
        models.push(model);
        crates.push(krate);
        members.push(member);
    }
    let folder = found.shared()?;
    let versions = specs::versions(&folder)?;
    let shared = specs::shared_sources(&folder)?;
    let leaf = product::render_shared(&shared, &versions, &renderer)
        .map_err(failed)
        .with_context(wrong)?;
    let has_shared = !leaf.files.is_empty();
    crates.push(surface("binance_wire_shared".to_owned(), leaf.files));
    if facade {
        let files = product::render_facade(&members, has_shared, &versions, &renderer)
            .map_err(failed)
            .with_context(wrong)?;
        crates.push(surface("binance_wire".to_owned(), files));
    }
    crates.extend(uses::runtime_surface()?);
    Ok(Surface {
        against,
        crates,
        calls: Calls::of(&models),
    })
}

/// Prints some things on all cores, and returns what comes of them in their order.
pub(super) fn each<T: Sync, R: Send>(things: &[T], print: impl Fn(&T) -> Result<R> + Sync) -> Vec<Result<R>> {
    let print = &print;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = things.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let running: Vec<_> = things
            .chunks(share)
            .map(|things| scope.spawn(move || things.iter().map(print).collect()))
            .collect();
        running
            .into_iter()
            .flat_map(|thread| {
                let done: std::thread::Result<Vec<_>> = thread.join();
                done.unwrap_or_else(|_| vec![Err(anyhow::anyhow!("the printer stopped"))])
            })
            .collect()
    })
}

/// Which codecs a project can use at all: it must name their modules. They are most of what there is to print and to read.
#[derive(Clone, Copy)]
struct Codecs {
    sbe: bool,
    fix: bool,
}

fn print_product(
    folder: &Path,
    name: &str,
    codecs: Codecs,
    renderer: &Renderer<'_>,
) -> Result<(Model, SurfaceCrate, Member)> {
    let sources = specs::sources(folder, name)?;
    let (mut model, _) = read(&sources)?;
    if !codecs.sbe {
        model.sbe.clear();
        model.sbe_models.clear();
    }
    if !codecs.fix {
        model.fix.clear();
    }
    let printed = product::print(&model, &specs::versions(folder)?, renderer).map_err(failed)?;
    let krate = crate_in_code(name);
    Ok((model, surface(krate, printed.files), printed.member))
}

fn surface(name: String, files: Vec<GeneratedFile>) -> SurfaceCrate {
    let rust = files.into_iter().filter(|file| file.path.ends_with(".rs"));
    SurfaceCrate {
        name,
        files: rust
            .map(|file| SourceFile::new(file.path, file.contents))
            .collect(),
    }
}

pub(super) fn failed(error: product::Error) -> anyhow::Error {
    match error {
        product::Error::Specs(diagnostics) => diagnostics.into(),
        product::Error::Templates(error) => error,
    }
}

/// A project's folder from the root of the repository that it is in, which is how GitHub names files; where it is in none, as it
/// was named.
pub(super) fn in_its_repository(project: &Path) -> PathBuf {
    let whole = project.canonicalize().unwrap_or_else(|_| project.to_owned());
    let root = whole.ancestors().find(|folder| folder.join(".git").exists());
    root.and_then(|root| whole.strip_prefix(root).ok())
        .map_or_else(|| project.to_owned(), Path::to_owned)
}

/// Where a file of a project is, from where the caller stands.
pub(super) fn located(project: &Path, file: &str) -> String {
    let path: PathBuf = project.components().collect();
    let path = tree::slashes(&path);
    match path.as_str() {
        "" | "." => file.to_owned(),
        // The root of the file system is a part of its own, and ends in a slash already.
        folder => format!("{}/{file}", folder.replacen("//", "/", 1)),
    }
}
