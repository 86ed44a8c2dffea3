//! Folders on disk: specs and templates in, generated files out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use binance_wire_codegen::render::GeneratedFile;
use binance_wire_model::source::SourceFile;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::outcome::{Outcome, wrong};
use crate::output::say;

/// The root of the checkout that the command is run in: cargo says where the package is that it runs, and without cargo
/// it is the folder above the current one that has this package. What was true when this was compiled is of no use: a
/// checkout can be moved or copied with its `target`.
pub(crate) fn root() -> Result<PathBuf> {
    let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::current_dir().context("the current folder cannot be determined")?,
    };
    start
        .ancestors()
        .find(|folder| folder.join("xtask/Cargo.toml").is_file() && folder.join("templates").is_dir())
        .map(Path::to_owned)
        .with_context(|| {
            format!(
                "{} is in no checkout of this project; run the command inside one",
                start.display()
            )
        })
}

/// A folder of the checkout, unless another was asked for.
pub(crate) fn folder(asked: Option<&Path>, name: &str) -> Result<PathBuf> {
    match asked {
        Some(asked) => Ok(asked.to_owned()),
        None => Ok(root()?.join(name)),
    }
}

/// The SHA-256 of bytes, in small hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The names of the folders in a folder, in order.
pub(crate) fn folders_in(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("{} cannot be read", folder.display()))?;
        if entry.file_type()?.is_dir() {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found.sort();
    Ok(found)
}

/// Every file below a folder, but for cargo's `target` at its top, as paths relative to it, in order.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(relative) = waiting.pop() {
        let here = folder.join(&relative);
        let entries = fs::read_dir(&here).with_context(|| format!("{} cannot be read", here.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("{} cannot be read", here.display()))?;
            let path = relative.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                if path != Path::new("target") {
                    waiting.push(path);
                }
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A path with `/` between its parts.
pub(crate) fn slashes(path: &Path) -> String {
    path.components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

/// One spec file, named relative to the specs folder. Bytes that are not text are an error of [`Diagnostics`](binance_wire_model::diagnostics::Diagnostics).
pub(crate) fn source(specs: &Path, relative: &str) -> Result<SourceFile> {
    let path = specs.join(relative);
    let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(SourceFile::new(relative, utf8(Path::new(relative), bytes)?))
}

/// The text of a file, if there is one.
pub(crate) fn text_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => utf8(path, bytes).map(Some),
        Err(error) if error.kind() == NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    utf8(path, bytes)
}

/// The contents of the file called `name` as text; other contents are an error of [`Diagnostics`](binance_wire_model::diagnostics::Diagnostics).
pub(crate) fn utf8(name: &Path, bytes: Vec<u8>) -> Result<String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let lines = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n');
        let message = format!("byte {at} is not UTF-8");
        wrong(name, lines.count() + 1, message, "save the file as UTF-8")
    })?;
    // The reader of YAML refuses it too; XML, TOML, Markdown and Rust may begin with one.
    if text.starts_with('\u{feff}') && name.extension().is_some_and(|extension| extension == "json") {
        let message = "the file begins with a byte order mark";
        return Err(wrong(name, 1, message, "save it as UTF-8 without one"));
    }
    Ok(text)
}

/// A JSON file as a type. `what` is its content, such as `a list of items`.
pub(crate) fn json<T: DeserializeOwned>(path: &Path, what: &str, remedy: &str) -> Result<T> {
    serde_json::from_str(&text(path)?)
        .map_err(|error| wrong(path, error.line(), format!("not {what}: {error}"), remedy))
}

/// Writes a file, and the folder that it is in.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// How a file on disk compares with what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    UpToDate,
    /// It has other contents.
    Stale,
    Missing,
}

impl State {
    pub(crate) fn of(path: &Path, contents: &str) -> Result<Self> {
        match fs::read(path) {
            Ok(found) if found == contents.as_bytes() => Ok(Self::UpToDate),
            Ok(_) => Ok(Self::Stale),
            // A file in the way of a folder, or the other way round, is an orphan of its own.
            Err(error) if matches!(error.kind(), NotFound | NotADirectory | IsADirectory) => {
                Ok(Self::Missing)
            }
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }
}

/// Writes a file that is not yet what it should be, and says whether it was not.
pub(crate) fn update(path: &Path, contents: &str) -> Result<bool> {
    let changes = State::of(path, contents)? != State::UpToDate;
    if changes {
        write(path, contents)?;
    }
    Ok(changes)
}

/// Makes a file what it should be; with `check` reports instead where it is not, and names the command that does.
pub(crate) fn settle(path: &Path, contents: &str, check: bool, command: &str) -> Result<Outcome> {
    if !check {
        if update(path, contents)? {
            say!("{} written", path.display());
        }
        return Ok(Outcome::Clean);
    }
    let what = match State::of(path, contents)? {
        State::UpToDate => return Ok(Outcome::Clean),
        State::Stale => "stale",
        State::Missing => "missing",
    };
    say!("{what}: {}; run `{command}`", path.display());
    Ok(Outcome::Findings)
}

/// The templates, by name.
pub(crate) fn templates() -> Result<BTreeMap<String, String>> {
    let folder = root()?.join("templates");
    files_below(&folder)?
        .into_iter()
        .map(|relative| {
            let path = folder.join(&relative);
            let text = text(&path)?;
            Ok((slashes(&relative), text))
        })
        .collect()
}

/// How a folder on disk differs from what it should hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Files with other contents.
    pub(crate) stale: Vec<String>,
    /// Files that are not there.
    pub(crate) missing: Vec<String>,
    /// Files that should not be there.
    pub(crate) orphaned: Vec<String>,
    /// How many files are as they should be.
    pub(crate) unchanged: usize,
}

impl Difference {
    /// Compares `folder` with `files`, which are to be all that it holds.
    pub(crate) fn between(folder: &Path, files: &[GeneratedFile]) -> Result<Self> {
        let mut difference = Self::default();
        let mut expected = BTreeSet::new();
        for file in files {
            expected.insert(file.path.as_str());
            match State::of(&folder.join(&file.path), &file.contents)? {
                State::UpToDate => difference.unchanged += 1,
                State::Stale => difference.stale.push(file.path.clone()),
                State::Missing => difference.missing.push(file.path.clone()),
            }
        }
        if folder.is_dir() {
            for path in files_below(folder)? {
                let path = slashes(&path);
                if !expected.contains(path.as_str()) {
                    difference.orphaned.push(path);
                }
            }
        }
        Ok(difference)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.stale.is_empty() && self.missing.is_empty() && self.orphaned.is_empty()
    }

    /// Makes `folder` hold exactly `files`; files that are right are not touched.
    pub(crate) fn repair(&self, folder: &Path, files: &[GeneratedFile]) -> Result<()> {
        // First what must go: a file may stand where a folder is to be.
        for orphan in &self.orphaned {
            let path = folder.join(orphan);
            fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
            let mut folder_of = path.parent();
            // A folder that held nothing else goes too, the crate's own with the last of its files; removal fails
            // where it still holds something.
            while let Some(empty) = folder_of.filter(|f| f.starts_with(folder)) {
                if fs::remove_dir(empty).is_err() {
                    break;
                }
                folder_of = empty.parent();
            }
        }
        let wanted: BTreeSet<&String> = self.stale.iter().chain(&self.missing).collect();
        for file in files.iter().filter(|file| wanted.contains(&file.path)) {
            write(&folder.join(&file.path), &file.contents)?;
        }
        Ok(())
    }
}
