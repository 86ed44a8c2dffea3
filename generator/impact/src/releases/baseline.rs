//! What a published version has, as a text that is kept in the repository.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use binance_wire_codegen::render::GeneratedFile;
use binance_wire_surface::surface::Surface;
use sha2::{Digest, Sha256};

use super::manifest::without_versions;
use super::{Error, Result, fail};

/// What a published version has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The version.
    pub version: String,
    /// The commit that it was published from.
    pub revision: String,
    /// The digest of the specs, which is that of the model; empty for hand-written crates.
    pub specs: String,
    /// The digest of the crate's files.
    pub contents: String,
    /// The digest of what it requires of crates from elsewhere.
    pub requirements: String,
    /// The versions that it asks for of crates from here, by crate.
    pub inner: BTreeMap<String, String>,
    /// The versions that it asks for of other crates, by crate.
    pub foreign: BTreeMap<String, String>,
    /// The least version of Rust that it says to compile with; empty where it says none.
    pub rust_version: String,
    /// What it offers.
    pub surface: Surface,
}

/// What is said once of a baseline. The last is the digest of the surface beneath, so that a file that was cut off, or merged
/// wrongly, is not taken for a crate with fewer items: what has gone of those would be no break.
const HEAD: [&str; 7] = [
    "version",
    "revision",
    "specs",
    "contents",
    "requirements",
    "rust-version",
    "surface",
];

/// What is said of each crate that it depends on.
const INNER: &str = "inner";

/// What is said of each other crate that it depends on.
const FOREIGN: &str = "foreign";

impl Baseline {
    /// Reads a baseline. `place`: the name of the file in messages.
    ///
    /// # Errors
    /// What was not written by [`Self::to_text`], or was cut off or merged wrongly since.
    pub fn parse(place: &str, text: &str) -> Result<Self> {
        let mut baseline = Self::default();
        let mut said: BTreeMap<&str, String> = BTreeMap::new();
        let mut lines = text.split_inclusive('\n');
        let mut count = 0;
        for line in lines.by_ref() {
            count += 1;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            let into = match key {
                INNER => Some(&mut baseline.inner),
                FOREIGN => Some(&mut baseline.foreign),
                _ => None,
            };
            if let (Some(into), Some((name, version))) = (into, value.split_once(' ')) {
                into.insert(name.to_owned(), version.to_owned());
                continue;
            }
            let Some(known) = HEAD.iter().find(|known| **known == key) else {
                return fail(format!(
                    "{place}:{count}: `{key}` is unknown; restore the file from version control"
                ));
            };
            if said.insert(known, value.to_owned()).is_some() {
                return fail(format!(
                    "{place}:{count}: `{key}` is said twice; restore the file from version control"
                ));
            }
        }
        let mut take = |key: &str| said.remove(key).unwrap_or_default();
        baseline.version = take("version");
        baseline.revision = take("revision");
        baseline.specs = take("specs");
        baseline.contents = take("contents");
        baseline.requirements = take("requirements");
        baseline.rust_version = take("rust-version");
        let surface = take("surface");
        if let Err(error) = semver::Version::parse(&baseline.version) {
            return fail(format!(
                "{place}: `{}` is not a version ({error}); restore the file from version control",
                baseline.version
            ));
        }
        let rest = lines.collect::<String>().replace('\r', "");
        baseline.surface =
            Surface::parse(place, count + 1, &rest).map_err(|error| Error(error.to_string()))?;
        if digest(&rest) != surface {
            return fail(format!(
                "{place}: the items are not those that its digest is of; restore the file from version control"
            ));
        }
        Ok(baseline)
    }

    /// The text of it, for a crate.
    pub fn to_text(&self, krate: &str) -> String {
        let mut text =
            format!("# What {krate} has as published. Written by `cargo xtask publish`; do not edit.\n");
        let surface = self.surface.to_text();
        let values = [
            &self.version,
            &self.revision,
            &self.specs,
            &self.contents,
            &self.requirements,
            &self.rust_version,
            &digest(&surface),
        ];
        for (key, value) in HEAD.iter().zip(values) {
            if !value.is_empty() {
                let _ = writeln!(text, "{key} {value}");
            }
        }
        for (key, versions) in [(INNER, &self.inner), (FOREIGN, &self.foreign)] {
            for (name, version) in versions {
                let _ = writeln!(text, "{key} {name} {version}");
            }
        }
        text.push('\n');
        text += &surface;
        text
    }
}

/// A digest of text.
pub(super) fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

/// The digest of what a crate's files say, but for what a version alone changes: versions in manifest and readme, the
/// change log. The manifest that cargo rewrites for a package counts as it was written, so that a package from a
/// registry can be compared with a folder.
pub fn contents_digest(files: &[GeneratedFile]) -> String {
    let original = files.iter().any(|file| file.path == "Cargo.toml.orig");
    let mut parts: Vec<(String, String)> = Vec::new();
    for file in files {
        let name = match file.path.as_str() {
            "CHANGELOG.md" | "Cargo.lock" | ".cargo_vcs_info.json" | ".cargo-ok" => continue,
            "Cargo.toml" if original => continue,
            "Cargo.toml.orig" => "Cargo.toml",
            name => name,
        };
        let contents = match name {
            // What is no manifest differs in whatever differs.
            "Cargo.toml" => without_versions(&file.contents).unwrap_or_else(|_| file.contents.clone()),
            "README.md" => masked(&file.contents),
            _ => file.contents.clone(),
        };
        parts.push((name.to_owned(), digest(&contents)));
    }
    parts.sort();
    digest(
        &parts
            .iter()
            .map(|(name, hash)| format!("{name} {hash}\n"))
            .collect::<String>(),
    )
}

/// Text with `"1.2.3"` as `"*"`.
fn masked(text: &str) -> String {
    text.split('"')
        .enumerate()
        .map(
            |(index, part)| match index % 2 == 1 && semver::Version::parse(part).is_ok() {
                true => "*",
                false => part,
            },
        )
        .collect::<Vec<_>>()
        .join("\"")
}

/// The digest of a product's specs, which are files by their names in the product's folder; samples do not count.
pub fn specs_digest<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> String {
    let mut parts = String::new();
    for (name, text) in files {
        if !name.starts_with("examples/") {
            let _ = writeln!(parts, "{name} {}", digest(text));
        }
    }
    digest(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, contents: &str) -> GeneratedFile {
        GeneratedFile {
            path: path.to_owned(),
            contents: contents.to_owned(),
        }
    }

    #[test]
    fn a_version_alone_is_no_change_of_contents() {
        let manifest = |version: &str| format!("[package]\nname = \"a\"\nversion = \"{version}\"\n");
        let folder = [file("Cargo.toml", &manifest("0.1.0")), file("src/lib.rs", "a")];
        let raised = [
            file("Cargo.toml", &manifest("0.2.0+a.2026")),
            file("src/lib.rs", "a"),
            file("CHANGELOG.md", "b"),
        ];
        let package = [
            file("Cargo.toml", "rewritten"),
            file("Cargo.toml.orig", &manifest("0.1.0")),
            file("Cargo.lock", "c"),
            file("src/lib.rs", "a"),
        ];
        assert_eq!(contents_digest(&folder), contents_digest(&raised));
        assert_eq!(contents_digest(&folder), contents_digest(&package));
        let other = [file("Cargo.toml", &manifest("0.1.0")), file("src/lib.rs", "b")];
        assert_ne!(contents_digest(&folder), contents_digest(&other));
    }

    #[test]
    fn what_is_written_reads_back_and_what_is_not_ours_is_refused() {
        let baseline = Baseline {
            version: "0.1.0+a.2026".to_owned(),
            revision: "abc".to_owned(),
            contents: "12".to_owned(),
            inner: BTreeMap::from([("core".to_owned(), "0.2.0".to_owned())]),
            surface: Surface::parse("x", 1, "struct A\t{}\n  field a\tu8\trest\n").unwrap(),
            ..Baseline::default()
        };
        let text = baseline.to_text("a");
        assert_eq!(Baseline::parse("a.txt", &text), Ok(baseline));
        let read = |text: &str| Baseline::parse("d.txt", text).map_err(|error| error.to_string());
        // Windows ends lines otherwise; what is cut off, or said twice, is not what was published.
        assert!(read(&text.replace('\n', "\r\n")).is_ok());
        let cut = text.strip_suffix("  field a\tu8\trest\n").unwrap();
        for (wrong, why) in [
            ("version x\n".to_owned(), "is not a version"),
            ("verse 1\n".to_owned(), "d.txt:1"),
            (cut.to_owned(), "not those that its digest is of"),
            (text.replace("\tu8", "\tu16"), "not those that its digest is of"),
            (text.replace("surface ", "# "), "not those that its digest is of"),
            (
                text.replace("revision", "version 9.0.0\nrevision"),
                "`version` is said twice",
            ),
        ] {
            let reported = read(&wrong).unwrap_err();
            assert!(reported.contains(why), "{reported}");
        }
    }
}
