//! Which version each crate has to have, from its baseline to now.
//!
//! Cargo's rules: a break raises the leftmost number that is not zero (`0.1.4` → `0.2.0`), everything else the one
//! after it while the major is zero (`0.1.4` → `0.1.5`), and from 1.0 on additions raise the minor. A crate follows
//! one that it stands on only where that one breaks: a compatible version reaches users by `cargo update`, and nothing
//! of the crate differs. If it names the broken one in its own surface, it breaks too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};
use binance_wire_codegen::versions::without_metadata;
use binance_wire_surface::surface::{Comparison, Surface, Verdict, compare, extract};
use semver::{BuildMetadata, Version};

use super::baseline::{Baseline, contents_digest, digest};
use super::{Package, Workspace, baselines_folder};
use crate::tree;

/// What a crate is now.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) specs: String,
    pub(crate) contents: String,
    pub(crate) requirements: String,
    /// The versions of crates from here that its manifest asks for, by crate.
    pub(crate) inner: BTreeMap<String, String>,
    pub(crate) surface: Surface,
}

/// What is to become of one crate.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) name: String,
    /// The version that its manifest has.
    pub(crate) current: Version,
    /// The version that it has to have at least; what is higher already stays.
    pub(crate) next: Version,
    pub(crate) verdict: Verdict,
    /// Why, beside what the comparison says.
    pub(crate) reasons: Vec<Reason>,
    pub(crate) comparison: Comparison,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) state: State,
    /// The date of its specs, as digits.
    pub(crate) date: Option<String>,
    /// The same as a version has it, with the product's name.
    metadata: BuildMetadata,
}

/// Why a crate needs another version, beside what its surface says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    NotPublished,
    Files,
    Requirements,
    /// A crate that it stands on breaks: its name and version, and whether the crate's own items name those of it.
    Breaks {
        inner: String,
        version: String,
        named: bool,
    },
}

impl Reason {
    /// What a user reads of it in the change log.
    pub(crate) fn in_log(&self) -> String {
        match self {
            Self::NotPublished => "First version".to_owned(),
            Self::Files => "Revised code or documentation; nothing that it offers differs".to_owned(),
            Self::Requirements => "Requires other versions of crates from elsewhere".to_owned(),
            Self::Breaks {
                inner,
                version,
                named,
            } => {
                let how = if *named {
                    ", a breaking version, whose types it hands out"
                } else {
                    ""
                };
                format!("Requires `{inner}` {version}{how}")
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPublished => f.write_str("not published so far"),
            Self::Files => f.write_str("its files differ"),
            Self::Requirements => f.write_str("it requires other versions of crates from elsewhere"),
            Self::Breaks {
                inner,
                version,
                named,
            } => {
                let how = if *named {
                    "its own items name those of"
                } else {
                    "it stands on"
                };
                write!(f, "{how} {inner} {version}, which breaks")
            }
        }
    }
}

/// What is to become of every crate, in the order of publishing.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) crates: Vec<Planned>,
    /// Crates that were published, and are none of the workspace any more, with their versions.
    pub(crate) gone: Vec<(String, String)>,
}

impl Plan {
    /// Compares every crate of the workspace with its baseline.
    pub(crate) fn read(workspace: &Workspace, baselines: Option<&Path>) -> Result<Self> {
        let root = &workspace.root;
        let default = baselines_folder(root);
        let folder = baselines.unwrap_or(&default);
        let dates = Dates::read(&root.join("specs"))?;
        let mut crates: Vec<Planned> = Vec::new();
        for package in &workspace.packages {
            let files = package.files(root)?;
            let state = State {
                specs: match package.product() {
                    Some(product) => specs_digest(&root.join("specs").join(product))?,
                    None => String::new(),
                },
                contents: contents_digest(&files),
                requirements: digest(&package.outer),
                inner: crates
                    .iter()
                    .filter(|inner| package.inner.contains(&inner.name))
                    .map(|inner| (inner.name.clone(), plain(&inner.current)))
                    .collect(),
                surface: extract(&files).with_context(|| package.name.clone())?,
            };
            let baseline = Baseline::read(folder, &package.name)?;
            let planned = plan(package, state, baseline, &crates, dates.of(package))?;
            crates.push(planned);
        }
        let gone = match workspace.whole {
            true => Baseline::all(folder)?
                .into_iter()
                .filter(|(name, _)| !crates.iter().any(|planned| planned.name == *name))
                .map(|(name, baseline)| (name, baseline.version))
                .collect(),
            false => Vec::new(),
        };
        Ok(Self { crates, gone })
    }
}

impl Planned {
    /// Whether the manifest's version is the one that it has to be.
    pub(crate) fn settled(&self) -> bool {
        self.current == self.target()
    }

    /// Whether it is as high as it has to be, whatever the date of the specs in it.
    pub(crate) fn high_enough(&self) -> bool {
        self.current >= self.next || same(&self.current, &self.next)
    }

    /// Takes the crate as it is for published, from a commit.
    pub(crate) fn publish(&self, folder: &Path, revision: &str) -> Result<()> {
        let baseline = Baseline {
            version: self.current.to_string(),
            revision: revision.to_owned(),
            specs: self.state.specs.clone(),
            contents: self.state.contents.clone(),
            requirements: self.state.requirements.clone(),
            inner: self.state.inner.clone(),
            surface: self.state.surface.clone(),
        };
        baseline.write(folder, &self.name)
    }

    /// Whether this very version is published, and nothing has changed since.
    pub(crate) fn published(&self) -> bool {
        let version = self
            .baseline
            .as_ref()
            .and_then(|baseline| Version::parse(&baseline.version).ok());
        self.verdict == Verdict::Same && version.is_some_and(|version| same(&version, &self.current))
    }

    /// The version that it will have. Until it is published, it has the date of the present specs.
    pub(crate) fn target(&self) -> Version {
        match self.high_enough() {
            true if self.published() => self.current.clone(),
            true => Version {
                build: self.metadata.clone(),
                ..self.current.clone()
            },
            false => self.next.clone(),
        }
    }
}

/// What becomes of a crate, given what becomes of those that it stands on.
fn plan(
    package: &Package,
    state: State,
    baseline: Option<Baseline>,
    before: &[Planned],
    date: Option<String>,
) -> Result<Planned> {
    let parse = |text: &str| {
        Version::parse(text).with_context(|| format!("{}: `{text}` is no version", package.name))
    };
    let current = parse(&package.version)?;
    let mut planned = Planned {
        name: package.name.clone(),
        next: current.clone(),
        current,
        verdict: Verdict::Same,
        reasons: Vec::new(),
        comparison: Comparison::default(),
        baseline: None,
        state,
        date,
        metadata: BuildMetadata::EMPTY,
    };
    let label = package
        .product()
        .map(|product| product.replace("binance-wire", "all"));
    planned.metadata = match (label, &planned.date) {
        (Some(label), Some(date)) => BuildMetadata::new(&format!("{label}.{date}"))
            .with_context(|| format!("{}: `{date}` cannot stand in a version", package.name))?,
        _ => BuildMetadata::EMPTY,
    };
    let Some(baseline) = baseline else {
        planned.reasons.push(Reason::NotPublished);
        planned.next.build = planned.metadata.clone();
        return Ok(planned);
    };
    planned.comparison = compare(&baseline.surface, &planned.state.surface);
    planned.verdict = planned.comparison.verdict();
    let mut raise = |verdict: Verdict, reason: Reason| {
        planned.verdict = planned.verdict.max(verdict);
        planned.reasons.push(reason);
    };
    if baseline.contents != planned.state.contents {
        raise(Verdict::Patch, Reason::Files);
    }
    if baseline.requirements != planned.state.requirements {
        raise(Verdict::Patch, Reason::Requirements);
    }
    // What counts is what the published crate asks for, since those that it stands on may have been published without it.
    for inner in before.iter().filter(|inner| package.inner.contains(&inner.name)) {
        let Some(asked) = baseline.inner.get(&inner.name) else {
            continue;
        };
        if compatible(&parse(asked)?, &inner.target()) {
            continue;
        }
        let ident = inner.name.replace('-', "_");
        let named = baseline.surface.names(&ident) || planned.state.surface.names(&ident);
        let verdict = if named { Verdict::Major } else { Verdict::Patch };
        raise(
            verdict,
            Reason::Breaks {
                inner: inner.name.clone(),
                version: plain(&inner.target()),
                named,
            },
        );
    }
    let published = parse(&baseline.version)?;
    planned.next = match planned.verdict {
        Verdict::Same => published,
        verdict => Version {
            build: planned.metadata.clone(),
            ..bump(&published, verdict)
        },
    };
    planned.baseline = Some(baseline);
    Ok(planned)
}

/// The next version by Cargo's rules.
fn bump(version: &Version, verdict: Verdict) -> Version {
    let Version {
        major, minor, patch, ..
    } = *version;
    match (verdict, major) {
        (Verdict::Same, _) => Version::new(major, minor, patch),
        // Before 0.1 every version is a break of its own.
        (Verdict::Major, 0) if minor == 0 => Version::new(0, 0, patch + 1),
        (Verdict::Major, 0) => Version::new(0, minor + 1, 0),
        (Verdict::Major, _) => Version::new(major + 1, 0, 0),
        (Verdict::Minor, 1..) => Version::new(major, minor + 1, 0),
        (Verdict::Minor | Verdict::Patch, _) => Version::new(major, minor, patch + 1),
    }
}

/// A version without build metadata.
pub(super) fn plain(version: &Version) -> String {
    without_metadata(&version.to_string()).to_owned()
}

/// Whether a requirement of one version takes the other.
pub(super) fn compatible(old: &Version, new: &Version) -> bool {
    let leading = |version: &Version| match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    leading(old) == leading(new)
}

/// Whether two versions are one to a registry, which does not look at build metadata.
pub(crate) fn same(a: &Version, b: &Version) -> bool {
    a.cmp_precedence(b).is_eq()
}

/// The digest of a product's specs, its samples aside.
pub(super) fn specs_digest(folder: &Path) -> Result<String> {
    if !folder.is_dir() {
        return Ok(String::new());
    }
    let mut parts = String::new();
    for path in tree::files_below(folder)? {
        let name = tree::slashes(&path);
        if !name.starts_with("examples/") {
            let text = tree::text_if_there(&folder.join(&path))?.unwrap_or_default();
            parts += &format!("{name} {}\n", digest(&text));
        }
    }
    Ok(digest(&parts))
}

/// As of when the facts of each folder of specs are, from `sources.toml`.
struct Dates(BTreeMap<String, String>);

impl Dates {
    fn read(specs: &Path) -> Result<Self> {
        let path = specs.join("sources.toml");
        let text = tree::text_if_there(&path)?.unwrap_or_default();
        let sources: toml::Table = text
            .parse()
            .with_context(|| format!("{} is no TOML", path.display()))?;
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (file, entry) in &sources {
            let folder = file.split('/').next().unwrap_or(file);
            if let Some(date) = entry.get("as-of").and_then(toml::Value::as_str) {
                let digits = date.chars().filter(char::is_ascii_digit).collect();
                found.entry(folder.to_owned()).or_default().insert(digits);
            }
        }
        let latest = |dates: BTreeSet<String>| dates.into_iter().next_back().unwrap_or_default();
        Ok(Self(
            found
                .into_iter()
                .map(|(folder, dates)| (folder, latest(dates)))
                .collect(),
        ))
    }

    /// The latest of a crate's specs; of all specs for the facade; none for a hand-written crate.
    fn of(&self, package: &Package) -> Option<String> {
        let product = package.product()?;
        let date = match self.0.get(product) {
            Some(date) => Some(date),
            None => self.0.values().max(),
        };
        date.cloned().filter(|date| !date.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, inner: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            version: "0.1.3".to_owned(),
            folder: format!("generated/{name}"),
            inner: inner.iter().map(|name| (*name).to_owned()).collect(),
            outer: String::new(),
            lacking: Vec::new(),
        }
    }

    fn surface(text: &str) -> Surface {
        Surface::parse("x", 1, text).unwrap()
    }

    fn planned(name: &str, inner: &[&str], old: &str, new: &str, before: &[Planned]) -> Planned {
        let baseline = Baseline {
            version: "0.1.3+x.2026".to_owned(),
            inner: inner
                .iter()
                .map(|name| ((*name).to_owned(), "0.1.3".to_owned()))
                .collect(),
            surface: surface(old),
            ..Baseline::default()
        };
        let state = State {
            surface: surface(new),
            ..State::default()
        };
        plan(
            &package(name, inner),
            state,
            Some(baseline),
            before,
            Some("202611".to_owned()),
        )
        .unwrap()
    }

    #[test]
    fn versions_by_cargos_rules() {
        let table = [
            ("0.1.4", Verdict::Major, "0.2.0"),
            ("0.1.4", Verdict::Minor, "0.1.5"),
            ("0.1.4", Verdict::Patch, "0.1.5"),
            ("0.1.4", Verdict::Same, "0.1.4"),
            ("0.0.4", Verdict::Major, "0.0.5"),
            ("1.2.3", Verdict::Major, "2.0.0"),
            ("1.2.3", Verdict::Minor, "1.3.0"),
            ("1.2.3", Verdict::Patch, "1.2.4"),
        ];
        for (old, verdict, new) in table {
            let (old, new) = (Version::parse(old).unwrap(), Version::parse(new).unwrap());
            assert_eq!(bump(&old, verdict), new);
            assert_eq!(compatible(&old, &new), verdict != Verdict::Major, "{old} {new}");
        }
    }

    #[test]
    fn what_is_unchanged_keeps_its_version_and_metadata() {
        let same = planned("a", &[], "struct A\n", "struct A\n", &[]);
        assert_eq!(
            (same.verdict, same.next.to_string()),
            (Verdict::Same, "0.1.3+x.2026".to_owned())
        );
        assert!(same.settled());
    }

    #[test]
    fn a_break_travels_to_those_that_name_it() {
        let broken = planned("a", &[], "struct A\n", "", &[]);
        assert_eq!(broken.next.to_string(), "0.2.0+a.202611");
        let grown = planned("b", &[], "", "struct B\n", &[]);
        assert_eq!(grown.next.to_string(), "0.1.4+b.202611");
        let before = [broken, grown];
        let naming = planned("c", &["a"], "use A\ta::A\n", "use A\ta::A\n", &before);
        assert_eq!(
            (naming.verdict, naming.next.minor),
            (Verdict::Major, 2),
            "{:?}",
            naming.reasons
        );
        let using = planned("d", &["a"], "struct D\n", "struct D\n", &before);
        assert_eq!(
            (using.verdict, using.next.to_string()),
            (Verdict::Patch, "0.1.4+d.202611".to_owned())
        );
        let follower = planned("e", &["b"], "use B\tb::B\n", "use B\tb::B\n", &before);
        assert_eq!(follower.verdict, Verdict::Same);
    }

    #[test]
    fn a_break_that_was_published_alone_is_one_of_those_that_still_ask_for_what_was_before() {
        let mut alone = planned("a", &[], "struct A\n", "struct A\n", &[]);
        alone.current = Version::new(0, 2, 0);
        alone.next = Version::new(0, 2, 0);
        if let Some(baseline) = &mut alone.baseline {
            "0.2.0".clone_into(&mut baseline.version);
        }
        assert!(alone.published());
        let naming = planned("c", &["a"], "use A\ta::A\n", "use A\ta::A\n", &[alone]);
        assert_eq!(naming.next.to_string(), "0.2.0+c.202611");
    }

    #[test]
    fn what_is_not_published_has_the_date_of_the_present_specs() {
        let mut raised = planned("a", &[], "", "struct A\n", &[]);
        raised.current = Version::parse("0.1.4+a.202601").unwrap();
        assert!(raised.high_enough() && !raised.settled());
        assert_eq!(raised.target().to_string(), "0.1.4+a.202611");
        let mut published = planned("a", &[], "", "", &[]);
        published.current = Version::parse("0.1.3+x.2026").unwrap();
        assert_eq!(published.target().to_string(), "0.1.3+x.2026");
    }

    #[test]
    fn a_crate_without_a_baseline_is_published_with_the_date_of_its_specs() {
        let state = State::default();
        let new = plan(&package("a", &[]), state, None, &[], Some("202611".to_owned())).unwrap();
        assert_eq!(new.next.to_string(), "0.1.3+a.202611");
        assert!(new.high_enough() && !new.settled());
    }
}
