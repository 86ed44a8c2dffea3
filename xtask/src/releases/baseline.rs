//! What a published version has, as a file that is kept in the repository.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use binance_wire_codegen::render::GeneratedFile;
use binance_wire_surface::surface::Surface;
use sha2::{Digest, Sha256};

use crate::tree;

/// What a published version has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Baseline {
    pub(crate) version: String,
    /// The commit that it was published from.
    pub(crate) revision: String,
    /// The digest of the specs, which is that of the model; empty for hand-written crates.
    pub(crate) specs: String,
    /// The digest of the crate's files.
    pub(crate) contents: String,
    /// The digest of what it requires of crates from elsewhere.
    pub(crate) requirements: String,
    /// The versions that it asks for of crates from here, by crate.
    pub(crate) inner: BTreeMap<String, String>,
    pub(crate) surface: Surface,
}

/// What is said once of a baseline. The last is the digest of the surface beneath, so that a file that was cut off, or merged
/// wrongly, is not taken for a crate with fewer items: what has gone of those would be no break.
const HEAD: [&str; 6] = [
    "version",
    "revision",
    "specs",
    "contents",
    "requirements",
    "surface",
];

/// What is said of each crate that it stands on.
const INNER: &str = "inner";

impl Baseline {
    /// The baseline of a crate, if there is one.
    pub(crate) fn read(folder: &Path, krate: &str) -> Result<Option<Self>> {
        let path = file(folder, krate);
        let Some(text) = tree::text_if_there(&path)? else {
            return Ok(None);
        };
        let place = path.display().to_string();
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
            if key == INNER
                && let Some((name, version)) = value.split_once(' ')
            {
                baseline.inner.insert(name.to_owned(), version.to_owned());
                continue;
            }
            let Some(known) = HEAD.iter().find(|known| **known == key) else {
                bail!("{place}:{count}: `{key}` is unknown; restore the file from version control");
            };
            if said.insert(known, value.to_owned()).is_some() {
                bail!("{place}:{count}: `{key}` is said twice; restore the file from version control");
            }
        }
        let mut take = |key: &str| said.remove(key).unwrap_or_default();
        baseline.version = take("version");
        baseline.revision = take("revision");
        baseline.specs = take("specs");
        baseline.contents = take("contents");
        baseline.requirements = take("requirements");
        let surface = take("surface");
        if let Err(error) = semver::Version::parse(&baseline.version) {
            bail!(
                "{place}: `{}` is no version ({error}); restore the file from version control",
                baseline.version
            );
        }
        let rest = lines.collect::<String>().replace('\r', "");
        baseline.surface = Surface::parse(&place, count + 1, &rest)?;
        if digest(&rest) != surface {
            bail!(
                "{place}: the items are not those that its digest is of; restore the file from version control"
            );
        }
        Ok(Some(baseline))
    }

    /// The baselines of all crates, by crate.
    pub(crate) fn all(folder: &Path) -> Result<BTreeMap<String, Self>> {
        let mut found = BTreeMap::new();
        if !folder.is_dir() {
            return Ok(found);
        }
        for path in tree::files_below(folder)? {
            if let Some(krate) = path.to_str().and_then(|name| name.strip_suffix(".txt"))
                && let Some(baseline) = Self::read(folder, krate)?
            {
                found.insert(krate.to_owned(), baseline);
            }
        }
        Ok(found)
    }

    /// Writes it.
    pub(crate) fn write(&self, folder: &Path, krate: &str) -> Result<()> {
        let mut text =
            format!("# What {krate} has as published. Written by `cargo xtask publish`; do not edit.\n");
        let surface = self.surface.to_text();
        let values = [
            &self.version,
            &self.revision,
            &self.specs,
            &self.contents,
            &self.requirements,
            &digest(&surface),
        ];
        for (key, value) in HEAD.iter().zip(values) {
            if !value.is_empty() {
                let _ = writeln!(text, "{key} {value}");
            }
        }
        for (name, version) in &self.inner {
            let _ = writeln!(text, "{INNER} {name} {version}");
        }
        text.push('\n');
        text += &surface;
        tree::write(&file(folder, krate), &text)
    }
}

fn file(folder: &Path, krate: &str) -> PathBuf {
    folder.join(format!("{krate}.txt"))
}

/// A digest of text.
pub(crate) fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

/// The digest of what a crate's files say, but for what a version alone changes: versions in manifest and readme, the
/// change log. The manifest that cargo rewrites for a package counts as it was written, so that a package from a
/// registry can be held against a folder.
pub(crate) fn contents_digest(files: &[GeneratedFile]) -> String {
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
            "Cargo.toml" | "README.md" => without_versions(&file.contents),
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

/// Text with `"1.2.3"` as `"*"`, and without the registry of a requirement.
fn without_versions(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(REGISTRY) {
        kept += before;
        rest = after.split_once('"').map_or("", |(_, after)| after);
    }
    kept += rest;
    kept.split('"')
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

/// What `publish --registry` adds to a requirement, before the registry's name.
pub(crate) const REGISTRY: &str = ", registry = \"";

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
        let folder = tempfile::tempdir().unwrap();
        let baseline = Baseline {
            version: "0.1.0+a.2026".to_owned(),
            revision: "abc".to_owned(),
            contents: "12".to_owned(),
            inner: BTreeMap::from([("core".to_owned(), "0.2.0".to_owned())]),
            surface: Surface::parse("x", 1, "struct A\t{}\n  field a\tu8\trest\n").unwrap(),
            ..Baseline::default()
        };
        baseline.write(folder.path(), "a").unwrap();
        assert_eq!(Baseline::read(folder.path(), "a").unwrap(), Some(baseline));
        assert_eq!(Baseline::read(folder.path(), "b").unwrap(), None);
        std::fs::write(folder.path().join("c.txt"), "version x\n").unwrap();
        assert!(
            Baseline::read(folder.path(), "c")
                .unwrap_err()
                .to_string()
                .contains("is no version")
        );
        std::fs::write(folder.path().join("d.txt"), "verse 1\n").unwrap();
        assert!(
            Baseline::read(folder.path(), "d")
                .unwrap_err()
                .to_string()
                .contains("d.txt:1")
        );
        // Windows ends lines otherwise; what is cut off, or said twice, is not what was published.
        let text = std::fs::read_to_string(folder.path().join("a.txt")).unwrap();
        let read = |text: &str| {
            std::fs::write(folder.path().join("e.txt"), text).unwrap();
            Baseline::read(folder.path(), "e").map_err(|error| error.to_string())
        };
        assert!(read(&text.replace('\n', "\r\n")).is_ok());
        let cut = text.strip_suffix("  field a\tu8\trest\n").unwrap();
        for (wrong, why) in [
            (cut.to_owned(), "not those that its digest is of"),
            (text.replace("\tu8", "\tu16"), "not those that its digest is of"),
            (text.replace("surface ", "# "), "not those that its digest is of"),
            (
                text.replace("revision", "version 9.0.0\nrevision"),
                "`version` is said twice",
            ),
        ] {
            let told = read(&wrong).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
    }
}
