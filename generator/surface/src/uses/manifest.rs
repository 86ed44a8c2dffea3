//! What a project consists of: its packages, their targets, and the names under which they know our crates.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::source::Place;
use binance_wire_model::source::SourceFile;

/// A Rust project: the text of its manifests and sources.
#[derive(Clone, Debug)]
pub struct Project {
    pub(super) files: Vec<SourceFile>,
    pub(super) packages: Vec<Package>,
}

/// A package of a project.
#[derive(Clone, Debug)]
pub(super) struct Package {
    /// The folder, with `/` at its end; empty for the project's own.
    pub(super) folder: String,
    /// The name that its library is imported by.
    pub(super) library: String,
    /// What its code calls other crates, and those crates' own names, both as code writes them.
    pub(super) externs: BTreeMap<String, String>,
    /// The roots of its targets, as paths from the project's folder; the library's first.
    pub(super) roots: Vec<String>,
}

impl Project {
    /// Reads a project.
    ///
    /// `files` are the manifests and sources, by their paths from the project's folder; `workspace` is the manifest of
    /// the workspace around that folder, if the project is a member of one: its path and text.
    ///
    /// # Errors
    ///
    /// Where there is no manifest, where one cannot be read, and where no package depends on any of our crates.
    pub fn read(files: Vec<SourceFile>, workspace: Option<&SourceFile>) -> Result<Self, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mut manifests = Vec::new();
        for file in files.iter().filter(|file| is_manifest(&file.path)) {
            match toml::from_str::<Table>(&file.text) {
                Ok(table) => manifests.push((folder_of(&file.path).to_owned(), table)),
                Err(error) => diagnostics.push(broken(file, &error)),
            }
        }
        let mut inherited = BTreeMap::new();
        if let Some(file) = workspace {
            match toml::from_str::<Table>(&file.text) {
                Ok(table) => inherited.extend(workspace_dependencies(&table)),
                Err(error) => diagnostics.push(broken(file, &error)),
            }
        }
        // Inner workspaces win; members of different ones in one folder are too rare to be kept apart.
        for (_, table) in &manifests {
            inherited.extend(workspace_dependencies(table));
        }
        if manifests.is_empty() && diagnostics.is_empty() {
            diagnostics.push(Diagnostic::new(
                "Cargo.toml",
                1,
                "there is no Cargo.toml in the folder",
                "name the folder of a Rust project, where its Cargo.toml is",
            ));
        }

        let mut packages: Vec<Package> = manifests
            .iter()
            .filter_map(|(folder, table)| package(folder, table, &inherited, &files))
            .collect();
        // Members know each other by path, so the longest folder must be asked first whose a file is.
        packages.sort_by_key(|package| std::cmp::Reverse(package.folder.len()));
        let ours = packages
            .iter()
            .any(|package| package.externs.values().any(|krate| is_ours(krate)));
        if diagnostics.is_empty() && !ours {
            diagnostics.push(Diagnostic::new(
                "Cargo.toml",
                1,
                "no package here depends on binance-wire or one of its crates",
                "name the folder of a project that does",
            ));
        }
        if diagnostics.is_empty() {
            Ok(Self { files, packages })
        } else {
            Err(diagnostics)
        }
    }

    /// The crates of ours that the project depends on, as code names them without renames.
    pub fn crates(&self) -> BTreeSet<&str> {
        self.packages
            .iter()
            .flat_map(|package| package.externs.values())
            .map(String::as_str)
            .filter(|krate| is_ours(krate))
            .collect()
    }

    /// Where manifests enable a feature of a crate: file, line, column, and the line's text.
    pub(super) fn enabling(&self, krate: &str, feature: &str) -> Vec<(String, usize, usize, String)> {
        let mut found = Vec::new();
        for file in self.files.iter().filter(|file| is_manifest(&file.path)) {
            let Ok(table) = toml::from_str::<Table>(&file.text) else {
                continue;
            };
            let of_workspace = table
                .get("workspace")
                .and_then(|workspace| workspace.get("dependencies"));
            let of_workspace = of_workspace.and_then(Value::as_table).into_iter().flatten();
            let enables = dependencies(&table)
                .into_iter()
                .chain(of_workspace)
                .any(|(name, value)| {
                    let features = value.get("features").and_then(Value::as_array);
                    identifier(&package_name(name, value)) == krate
                        && features.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(feature)))
                });
            let quoted = format!("\"{feature}\"");
            let mut lines = file.text.lines().enumerate();
            if let Some((at, line)) = lines.find(|(_, line)| enables && line.contains(&quoted)) {
                let column = line.find(&quoted).map_or(1, |at| line[..at].chars().count() + 1);
                found.push((file.path.clone(), at + 1, column, line.trim().to_owned()));
            }
        }
        found
    }

    /// What packages depend on by a path that leads out of the project, as their manifests write it; ours are not among it.
    pub(super) fn elsewhere(&self) -> BTreeSet<String> {
        let manifests = self.files.iter().filter(|file| is_manifest(&file.path));
        let mut found = BTreeSet::new();
        for file in manifests {
            let Ok(table) = toml::from_str::<Table>(&file.text) else {
                continue;
            };
            let folder = folder_of(&file.path);
            for (name, value) in dependencies(&table) {
                let path = value.get("path").and_then(Value::as_str);
                let ours = is_ours(&identifier(&package_name(name, value)));
                if let Some(path) = path.filter(|path| !ours && leaves(folder, path)) {
                    found.insert(format!("{name} at {path}"));
                }
            }
        }
        found
    }

    /// Whether a source has a word in it. Code that uses a module of the facade must name it somewhere.
    pub fn mentions(&self, word: &str) -> bool {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let sources = self.files.iter().filter(|file| file.path.ends_with(".rs"));
        sources
            .flat_map(|file| file.text.split(|c| !part(c)))
            .any(|found| found == word)
    }
}

fn is_ours(krate: &str) -> bool {
    krate == "binance_wire" || krate.starts_with("binance_wire_")
}

fn is_manifest(path: &str) -> bool {
    path == "Cargo.toml" || path.ends_with("/Cargo.toml")
}

/// The folder of a file, with `/` at its end.
pub(super) fn folder_of(path: &str) -> &str {
    path.rfind('/').map_or("", |end| &path[..=end])
}

fn broken(file: &SourceFile, error: &toml::de::Error) -> Diagnostic {
    let place = error.span().map_or(Place::from(1), |span| file.place(span.start));
    Diagnostic::new(
        file.path.as_str(),
        place,
        format!("the manifest cannot be read: {}", error.message()),
        "correct it; `cargo metadata` checks a manifest",
    )
}

fn workspace_dependencies(table: &Table) -> BTreeMap<String, String> {
    table
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(Value::as_table)
        .map(|table| {
            table
                .iter()
                .map(|(name, value)| (name.clone(), package_name(name, value)))
                .collect()
        })
        .unwrap_or_default()
}

/// Whether a path leads out of the project from one of its folders.
fn leaves(folder: &str, path: &str) -> bool {
    let mut depth = folder.split('/').filter(|part| !part.is_empty()).count();
    path.starts_with('/')
        || path.split('/').any(|part| match part {
            ".." if depth == 0 => true,
            ".." => {
                depth -= 1;
                false
            }
            "" | "." => false,
            _ => {
                depth += 1;
                false
            }
        })
}

/// The package that a dependency stands for.
fn package_name(name: &str, value: &Value) -> String {
    value
        .get("package")
        .and_then(Value::as_str)
        .unwrap_or(name)
        .to_owned()
}

fn package(
    folder: &str,
    table: &Table,
    inherited: &BTreeMap<String, String>,
    files: &[SourceFile],
) -> Option<Package> {
    let package = table.get("package")?;
    let name = package.get("name").and_then(Value::as_str)?;
    let library = table
        .get("lib")
        .and_then(|lib| lib.get("name"))
        .and_then(Value::as_str)
        .unwrap_or(name);

    let mut externs = BTreeMap::new();
    for (name, value) in dependencies(table) {
        let from_workspace = value.get("workspace").and_then(Value::as_bool) == Some(true);
        let package = match inherited.get(name) {
            Some(package) if from_workspace => package.clone(),
            _ => package_name(name, value),
        };
        externs.insert(identifier(name), identifier(&package));
    }
    Some(Package {
        folder: folder.to_owned(),
        library: identifier(library),
        externs,
        roots: roots(folder, table, files),
    })
}

/// The dependencies of a package, of its tests and build script, and of single targets.
fn dependencies(table: &Table) -> Vec<(&String, &Value)> {
    let targets = table
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(|targets| targets.values().filter_map(Value::as_table));
    std::iter::once(table)
        .chain(targets)
        .flat_map(|section| {
            ["dependencies", "dev-dependencies", "build-dependencies"]
                .into_iter()
                .filter_map(|kind| section.get(kind).and_then(Value::as_table))
        })
        .flatten()
        .collect()
}

fn identifier(name: &str) -> String {
    name.replace('-', "_")
}

/// The files at which cargo starts to compile: where it looks by itself, and those that the manifest names.
fn roots(folder: &str, table: &Table, files: &[SourceFile]) -> Vec<String> {
    let mut found = Vec::new();
    let library = table
        .get("lib")
        .and_then(|lib| lib.get("path"))
        .and_then(Value::as_str)
        .unwrap_or("src/lib.rs");
    found.push(format!("{folder}{library}"));
    for kind in ["bin", "test", "example", "bench"] {
        let targets = table.get(kind).and_then(Value::as_array);
        for target in targets.into_iter().flatten() {
            if let Some(path) = target.get("path").and_then(Value::as_str) {
                found.push(format!("{folder}{path}"));
            }
        }
    }
    let own = files.iter().filter_map(|file| file.path.strip_prefix(folder));
    for path in own.filter(|path| is_conventional_root(path)) {
        found.push(format!("{folder}{path}"));
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| files.iter().any(|file| file.path == *path) && seen.insert(path.clone()));
    found
}

fn is_conventional_root(path: &str) -> bool {
    if matches!(path, "src/main.rs" | "build.rs") {
        return true;
    }
    ["src/bin/", "tests/", "examples/", "benches/"]
        .iter()
        .any(|folder| {
            path.strip_prefix(folder)
                .is_some_and(|rest| match rest.split_once('/') {
                    None => rest.ends_with(".rs"),
                    Some((_, rest)) => rest == "main.rs",
                })
        })
}
