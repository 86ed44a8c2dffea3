//! `cargo xtask uses`: where a Rust project uses given items of our crates.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use binance_wire_codegen::names::crate_in_code;
use binance_wire_model::diagnostics::Diagnostics;
use binance_wire_model::source::SourceFile;
use binance_wire_surface::rust_item::RustItem;
use binance_wire_surface::uses::{self, Certainty, Project, Report, SurfaceCrate};

use crate::outcome::{Outcome, plural};
use crate::output::{remark, say};
use crate::tree;

#[derive(clap::Args)]
#[command(
    about = "Find where a Rust project uses items of the generated crates",
    long_about = "Reads the Rust project at PATH, with its tests, examples and benches, and prints every place that \
                  calls, names, matches on or constructs one of the items, or may do so.\n\n\
                  Exit codes: 0 success, used or not; 1 usage, or a file of the project cannot be parsed, so that uses \
                  may be missing; 101 could not run."
)]
pub(crate) struct Arguments {
    /// The folder of the project, with its Cargo.toml
    path: PathBuf,

    /// A JSON file with the items: `[{"krate": "binance_wire_spot", "kind": "field", "owner": "models::Order", "name":
    /// "price"}, …]`
    #[arg(long)]
    items: PathBuf,

    /// The folder with the generated crates that the project was written against; default: this checkout's
    #[arg(long, value_name = "DIR")]
    generated: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let remedy = "`cargo xtask uses --help` shows one";
    let items: Vec<RustItem> = tree::json(&arguments.items, "a list of items", remedy)?;
    let project = read_project(&arguments.path)?;
    let generated = tree::folder(arguments.generated.as_deref(), "generated")?;
    let surface = read_surface(&generated, &project, &items)?;
    let report = uses::find(&project, &surface, &items);
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    for diagnostic in &report.diagnostics {
        remark!("{diagnostic}");
    }
    Ok(if report.diagnostics.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Findings
    })
}

/// Reads a project from disk: manifests and sources, but for what is in `target` and in hidden folders.
pub(crate) fn read_project(folder: &Path) -> Result<Project> {
    if !folder.join("Cargo.toml").is_file() {
        bail!(
            "{} has no Cargo.toml; name the folder of a Rust project",
            folder.display()
        );
    }
    let mut files = Vec::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(relative) = waiting.pop() {
        let here = folder.join(&relative);
        let entries = fs::read_dir(&here).with_context(|| format!("{} cannot be read", here.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("{} cannot be read", here.display()))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = relative.join(&*name);
            let kind = entry.file_type()?;
            if kind.is_dir() && name != "target" && !name.starts_with('.') {
                waiting.push(path);
            } else if kind.is_file() && (name == "Cargo.toml" || name.ends_with(".rs")) {
                let full = folder.join(&path);
                let bytes = fs::read(&full).with_context(|| format!("{} cannot be read", full.display()))?;
                // What is no UTF-8 is no Rust either, and is reported as such by the line.
                let text = String::from_utf8_lossy(&bytes);
                files.push(SourceFile::new(tree::slashes(&path), text));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let workspace = workspace_around(folder)?;
    Project::read(files, workspace.as_ref())
        .map_err(Diagnostics)
        .with_context(|| format!("the project {} cannot be read", folder.display()))
}

/// The manifest of the workspace that a folder lies in.
fn workspace_around(folder: &Path) -> Result<Option<SourceFile>> {
    let folder = folder
        .canonicalize()
        .with_context(|| format!("{} cannot be read", folder.display()))?;
    for ancestor in folder.ancestors().skip(1) {
        let path = ancestor.join("Cargo.toml");
        if let Ok(text) = fs::read_to_string(&path)
            && text
                .lines()
                .any(|line| line.trim_start().starts_with("[workspace"))
        {
            return Ok(Some(SourceFile::new(path.display().to_string(), text)));
        }
    }
    Ok(None)
}

/// Reads the crates that are needed to find the items: theirs, what the project depends on of the runtime and the
/// facade, and what those re-export.
fn read_surface(generated: &Path, project: &Project, items: &[RustItem]) -> Result<Vec<SurfaceCrate>> {
    let mut wanted: BTreeSet<String> = items.iter().map(|item| item.krate.clone()).collect();
    wanted.insert("binance_wire_shared".into());
    if project.crates().contains("binance_wire") {
        wanted.insert("binance_wire".into());
    }
    let mut surface = Vec::new();
    for krate in wanted {
        let folder = match krate.strip_prefix("binance_wire_") {
            Some(product) => generated.join(product.replace('_', "-")),
            None => generated.join("binance-wire"),
        };
        if !folder.is_dir() {
            bail!(
                "{} is absent: an item names the crate {krate}; run `cargo xtask regenerate`",
                folder.display()
            );
        }
        surface.push(read_crate(krate, &folder)?);
    }
    surface.extend(runtime_surface()?);
    Ok(surface)
}

/// Reads the hand-written crates that generated ones stand on and re-export from.
pub(crate) fn runtime_surface() -> Result<Vec<SurfaceCrate>> {
    let runtime = tree::root()?.join("runtime");
    let mut surface = Vec::new();
    for name in tree::folders_in(&runtime)? {
        let krate = crate_in_code(&name);
        surface.push(read_crate(krate, &runtime.join(name))?);
    }
    Ok(surface)
}

fn read_crate(name: String, folder: &Path) -> Result<SurfaceCrate> {
    let mut files = Vec::new();
    let source = folder.join("src");
    for path in tree::files_below(&source)? {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let full = source.join(&path);
            let text = tree::text(&full)?;
            files.push(SourceFile::new(format!("src/{}", tree::slashes(&path)), text));
        }
    }
    Ok(SurfaceCrate { name, files })
}

fn print(report: &Report) {
    for found in &report.uses {
        let doubt = match found.certainty {
            Certainty::Certain => "",
            Certainty::Possible => "may be: ",
        };
        say!(
            "{}:{}:{}: {doubt}{} {}\n    {}",
            found.file,
            found.line,
            found.column,
            found.how.word(),
            found.item,
            found.text
        );
    }
    let possible = report
        .uses
        .iter()
        .filter(|found| found.certainty == Certainty::Possible)
        .count();
    say!(
        "{}, and {} that may be one",
        plural(report.uses.len() - possible, "use"),
        possible
    );
    for part in &report.unseen {
        say!("not searched: {part}");
    }
    for item in &report.absent {
        say!("note: {item} is not in the crates that the project was compared with");
    }
}
