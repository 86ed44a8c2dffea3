//! Which version each crate has to have, from its baseline to now.
//!
//! Cargo's rules: a break raises the leftmost number that is not zero (`0.1.4` → `0.2.0`), everything else the one
//! after it while the major is zero (`0.1.4` → `0.1.5`), and from 1.0 on additions raise the minor. A crate follows
//! one that it depends on only where that one breaks: a compatible version reaches users by `cargo update`, and nothing
//! of the crate differs. If it names the broken one in its own surface, it breaks too: types of two versions are two types.
//! Constants are not, so a crate that names only constants breaks with those alone that it names.

use std::collections::BTreeMap;

use binance_wire_surface::surface::{Change, Comparison, Surface, Verdict, compare, extract};
use semver::{BuildMetadata, Version};

use super::arithmetic::{bump, compatible, compatible_requirements, plain, same};
use super::baseline::{Baseline, contents_digest, digest};
use super::reason::Reason;
use super::{Dates, Error, Package, Result, Workspace};
use binance_wire_model::source::GeneratedFile;

/// What a crate is now.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The digest of its specs.
    pub specs: String,
    /// The digest of its files.
    pub contents: String,
    /// The digest of what it requires of crates from elsewhere.
    pub requirements: String,
    /// The versions of crates from here that its manifest asks for, by crate.
    pub inner: BTreeMap<String, String>,
    /// The versions of other crates that its manifest asks for, by crate.
    pub foreign: BTreeMap<String, String>,
    /// The least version of Rust that its manifest says to compile with.
    pub rust_version: String,
    /// What it offers.
    pub surface: Surface,
}

/// What is to become of one crate.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its name.
    pub name: String,
    /// The version that its manifest has.
    pub current: Version,
    /// The version that it has to have at least; what is higher already stays.
    pub next: Version,
    /// How much differs.
    pub verdict: Verdict,
    /// Why, in addition to what the comparison says.
    pub reasons: Vec<Reason>,
    /// What differs in what it offers.
    pub comparison: Comparison,
    /// What was published, if it was.
    pub baseline: Option<Baseline>,
    /// What it is now.
    pub state: State,
    /// The date of its specs, as digits.
    pub date: Option<String>,
    /// The same as a version has it, with the product's name.
    metadata: BuildMetadata,
}

/// What the folder of a crate has now.
#[derive(Clone, Debug, Default)]
pub struct Present {
    /// Its files, as text.
    pub files: Vec<GeneratedFile>,
    /// The digest of its specs; empty for a hand-written crate.
    pub specs: String,
}

/// What is to become of every crate, in the order of publishing.
#[derive(Debug)]
pub struct Plan {
    /// The crates.
    pub crates: Vec<Planned>,
    /// Crates that were published, and are none of the workspace any more, with their versions.
    pub gone: Vec<(String, String)>,
}

impl Plan {
    /// Compares every crate of the workspace with its baseline. `present`: what the crates are now, in their order;
    /// `published`: the baselines of all crates that have one; `checked`: what another tool has found to break, by crate.
    ///
    /// # Errors
    /// A crate that does not parse, and a version that is none.
    pub fn new(
        workspace: &Workspace,
        present: Vec<Present>,
        published: &BTreeMap<String, Baseline>,
        checked: &BTreeMap<String, String>,
        dates: &Dates,
    ) -> Result<Self> {
        let mut crates: Vec<Planned> = Vec::new();
        for (package, present) in workspace.packages.iter().zip(present) {
            let surface = extract(&present.files);
            let state = State {
                specs: present.specs,
                contents: contents_digest(&present.files),
                requirements: digest(&package.outer),
                inner: crates
                    .iter()
                    .filter(|inner| package.inner.contains(&inner.name))
                    .map(|inner| (inner.name.clone(), plain(&inner.current)))
                    .collect(),
                foreign: package.foreign.clone(),
                rust_version: package.rust_version.clone(),
                surface: surface.map_err(|error| Error(format!("{}: {error}", package.name)))?,
            };
            let baseline = published.get(&package.name).cloned();
            let checked = checked.get(&package.name);
            let planned = plan(package, state, baseline, (&crates, checked), dates.of(package))?;
            crates.push(planned);
        }
        let there = |name: &str| crates.iter().any(|planned| planned.name == name);
        let gone = published
            .iter()
            .filter(|(name, _)| workspace.whole && !there(name))
            .map(|(name, baseline)| (name.clone(), baseline.version.clone()))
            .collect();
        Ok(Self { crates, gone })
    }
}

impl Planned {
    /// What was published of a hand-written crate that differs from it and breaks by nothing that its surface shows: whether
    /// it breaks all the same, a compiler has to say.
    pub fn unproven(&self, package: &Package) -> Option<&Baseline> {
        let baseline = self.baseline.as_ref()?;
        let differs =
            baseline.contents != self.state.contents || baseline.requirements != self.state.requirements;
        let unproven = !package.generated() && differs && self.verdict != Verdict::Major;
        unproven.then_some(baseline)
    }

    /// Whether the manifest's version is the one that it has to be.
    pub fn settled(&self) -> bool {
        self.current == self.target()
    }

    /// Whether it is as high as it has to be, whatever the date of the specs in it.
    pub fn high_enough(&self) -> bool {
        self.current >= self.next || same(&self.current, &self.next)
    }

    /// Whether nothing of it differs from what was published, its version included.
    pub fn unchanged(&self) -> bool {
        self.verdict == Verdict::Same && self.settled() && self.reasons.is_empty()
    }

    /// Whether it has never been published, and its version is the one that it will have.
    pub fn unpublished(&self) -> bool {
        self.settled() && matches!(self.reasons[..], [Reason::NotPublished])
    }

    /// Whether it has a higher version than it has to have.
    pub fn ahead(&self) -> bool {
        self.verdict > Verdict::Same && self.high_enough() && !same(&self.current, &self.next)
    }

    /// The changes that decide its version.
    pub fn deciding(&self) -> impl Iterator<Item = &Change> {
        let changes = self.comparison.changes.iter();
        changes.filter(|change| change.verdict == self.verdict)
    }

    /// The crate as it is, published from a commit.
    pub fn as_published(&self, revision: &str) -> Baseline {
        Baseline {
            version: self.current.to_string(),
            revision: revision.to_owned(),
            specs: self.state.specs.clone(),
            contents: self.state.contents.clone(),
            requirements: self.state.requirements.clone(),
            inner: self.state.inner.clone(),
            foreign: self.state.foreign.clone(),
            rust_version: self.state.rust_version.clone(),
            surface: self.state.surface.clone(),
        }
    }

    /// Whether what breaks this crate breaks one that names it.
    fn breaks(&self, follower: &Surface, ident: &str) -> bool {
        let of_its_own = self.comparison.verdict() == Verdict::Major;
        let followed = self.reasons.iter().any(|reason| {
            matches!(
                reason,
                Reason::Breaks { named: true, .. } | Reason::Foreign { .. } | Reason::Checked { .. }
            )
        });
        match &self.baseline {
            Some(baseline) if of_its_own && !followed => {
                follower.breaks_with(ident, &baseline.surface, &self.comparison)
            }
            // What broke it was published before, or is another crate's.
            _ => true,
        }
    }

    /// Whether this very version is published, and nothing has changed since.
    pub fn published(&self) -> bool {
        let version = self
            .baseline
            .as_ref()
            .and_then(|baseline| Version::parse(&baseline.version).ok());
        self.verdict == Verdict::Same && version.is_some_and(|version| same(&version, &self.current))
    }

    /// The version that it will have. Until it is published, it has the date of the present specs.
    pub fn target(&self) -> Version {
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

/// What becomes of a crate, given what becomes of those that it depends on.
fn plan(
    package: &Package,
    state: State,
    baseline: Option<Baseline>,
    (before, checked): (&[Planned], Option<&String>),
    date: Option<String>,
) -> Result<Planned> {
    let parse = |text: &str| {
        Version::parse(text)
            .map_err(|error| Error(format!("{}: `{text}` is not a version: {error}", package.name)))
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
        (Some(label), Some(date)) => BuildMetadata::new(&format!("{label}.{date}")).map_err(|error| {
            Error(format!(
                "{}: `{date}` cannot be in a version: {error}",
                package.name
            ))
        })?,
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
    if let Some(said) = checked {
        raise(Verdict::Major, Reason::Checked { said: said.clone() });
    }
    if baseline.requirements != planned.state.requirements {
        raise(Verdict::Patch, Reason::Requirements);
    }
    for (krate, old) in &baseline.foreign {
        // What is required no more shows in the surface where that named it.
        let Some(new) = planned.state.foreign.get(krate) else {
            continue;
        };
        let ident = krate.replace('-', "_");
        let named = baseline.surface.names(&ident) || planned.state.surface.names(&ident);
        if named && !compatible_requirements(old, new) {
            let (krate, old, new) = (krate.clone(), old.clone(), new.clone());
            raise(Verdict::Major, Reason::Foreign { krate, old, new });
        }
    }
    if baseline.rust_version != planned.state.rust_version {
        let (old, new) = (baseline.rust_version.clone(), planned.state.rust_version.clone());
        raise(Verdict::Minor, Reason::RustVersion { old, new });
    }
    // What counts is what the published crate asks for, since those that it depends on may have been published without it.
    for inner in before.iter().filter(|inner| package.inner.contains(&inner.name)) {
        let Some(asked) = baseline.inner.get(&inner.name) else {
            continue;
        };
        if compatible(&parse(asked)?, &inner.target()) {
            continue;
        }
        let ident = inner.name.replace('-', "_");
        let named = [&baseline.surface, &planned.state.surface]
            .iter()
            .any(|surface| surface.names(&ident) && inner.breaks(surface, &ident));
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

#[cfg(test)]
mod tests;
