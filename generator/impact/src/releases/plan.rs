//! Which version each crate has to have, from its baseline to now.
//!
//! Cargo's rules: a break raises the leftmost number that is not zero (`0.1.4` → `0.2.0`), everything else the one
//! after it while the major is zero (`0.1.4` → `0.1.5`), and from 1.0 on additions raise the minor. A crate follows
//! one that it depends on only where that one breaks: a compatible version reaches users by `cargo update`, and nothing
//! of the crate differs. If it names the broken one in its own surface, it breaks too: types of two versions are two types.
//! Constants are not, so a crate that names only constants breaks with those alone that it names.

use std::collections::BTreeMap;
use std::fmt;

use binance_wire_codegen::versions::without_metadata;
use binance_wire_surface::surface::{Change, Comparison, Surface, Verdict, compare, extract};
use semver::{BuildMetadata, Version};

use super::baseline::{Baseline, contents_digest, digest};
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

/// Why a crate needs another version, in addition to what its surface says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no baseline.
    NotPublished,
    /// Its files differ.
    Files,
    /// It requires other versions of crates from elsewhere.
    Requirements,
    /// Its items name those of a crate from elsewhere, of which it requires a version that breaks.
    Foreign {
        /// The crate's name.
        krate: String,
        /// What was required.
        old: String,
        /// What is required.
        new: String,
    },
    /// Another tool has found that it breaks.
    Checked {
        /// What the tool says.
        said: String,
    },
    /// It says another least version of Rust.
    RustVersion {
        /// What it said.
        old: String,
        /// What it says.
        new: String,
    },
    /// A crate that it depends on breaks.
    Breaks {
        /// Its name.
        inner: String,
        /// Its version.
        version: String,
        /// Whether the crate's own items name those of it.
        named: bool,
    },
}

impl Reason {
    /// What a user reads of it in the change log.
    pub fn in_log(&self) -> String {
        match self {
            Self::NotPublished => "First version".to_owned(),
            Self::Files => "Revised code or documentation; nothing that it offers differs".to_owned(),
            Self::Requirements => "Requires other versions of crates from elsewhere".to_owned(),
            Self::Foreign { krate, old, new } => {
                format!("Requires `{krate}` {new} instead of {old}, whose types it hands out")
            }
            Self::Checked { said } => format!("Breaks what only a compiler sees: {said}"),
            Self::RustVersion { new, .. } if new.is_empty() => "Says no least version of Rust".to_owned(),
            Self::RustVersion { new, .. } => format!("Compiles with Rust {new} or newer"),
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
            Self::Foreign { krate, old, new } => {
                write!(
                    f,
                    "its own items name those of {krate}, required as {new} instead of {old}"
                )
            }
            Self::Checked { said } => write!(f, "cargo-semver-checks says that it breaks: {said}"),
            Self::RustVersion { old, new } => write!(f, "it requires Rust {new} instead of {old}"),
            Self::Breaks {
                inner,
                version,
                named,
            } => {
                let how = if *named {
                    "its own items name those of"
                } else {
                    "it depends on"
                };
                write!(f, "{how} {inner} {version}, which breaks")
            }
        }
    }
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

/// Whether crates that two requirements choose can be one crate. What is more than one plain version is compared as it stands.
fn compatible_requirements(old: &str, new: &str) -> bool {
    let least = |requirement: &str| {
        let requirement = semver::VersionReq::parse(requirement).ok()?;
        let [one] = requirement.comparators.as_slice() else {
            return None;
        };
        (one.op == semver::Op::Caret)
            .then(|| Version::new(one.major, one.minor.unwrap_or(0), one.patch.unwrap_or(0)))
    };
    match (least(old), least(new)) {
        (Some(old), Some(new)) => compatible(&old, &new),
        _ => old == new,
    }
}

/// Whether two versions are one to a registry, which does not look at build metadata.
pub(super) fn same(a: &Version, b: &Version) -> bool {
    a.cmp_precedence(b).is_eq()
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
            ..Package::default()
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
            (before, None),
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
    fn a_crate_from_elsewhere_breaks_those_that_hand_out_its_types() {
        let requiring = |surface_text: &str, version: &str| {
            let mut baseline = Baseline {
                version: "0.1.3".to_owned(),
                surface: surface(surface_text),
                ..Baseline::default()
            };
            baseline
                .foreign
                .insert("rust-decimal".to_owned(), "^1.36".to_owned());
            let state = State {
                surface: surface(surface_text),
                foreign: BTreeMap::from([("rust-decimal".to_owned(), version.to_owned())]),
                ..State::default()
            };
            let planned = plan(&package("a", &[]), state, Some(baseline), (&[], None), None).unwrap();
            planned.verdict
        };
        let naming = "use Decimal\trust_decimal::Decimal\n";
        assert_eq!(requiring(naming, "^2"), Verdict::Major);
        assert_eq!(requiring(naming, "^1.40"), Verdict::Same);
        assert_eq!(requiring(naming, ">=1.36, <3"), Verdict::Major);
        assert_eq!(requiring("struct A\n", "^2"), Verdict::Same);
    }

    #[test]
    fn what_another_tool_finds_to_break_breaks() {
        let baseline = Baseline {
            version: "0.1.3".to_owned(),
            ..Baseline::default()
        };
        let said = "auto_trait_impl_removed".to_owned();
        let checked = (&[] as &[Planned], Some(&said));
        let planned = plan(
            &package("a", &[]),
            State::default(),
            Some(baseline),
            checked,
            None,
        )
        .unwrap();
        assert_eq!(
            (planned.verdict, planned.next.to_string()),
            (Verdict::Major, "0.2.0".to_owned())
        );
        // Whoever names any of its items breaks too.
        let naming = super::tests::planned("c", &["a"], "use A\ta::A\n", "use A\ta::A\n", &[planned]);
        assert_eq!(naming.verdict, Verdict::Major);
    }

    #[test]
    fn another_least_version_of_rust_is_a_minor_change() {
        let state = State {
            rust_version: "1.90".to_owned(),
            ..State::default()
        };
        let baseline = Baseline {
            version: "0.1.3".to_owned(),
            rust_version: "1.88".to_owned(),
            ..Baseline::default()
        };
        let planned = plan(&package("a", &[]), state, Some(baseline), (&[], None), None).unwrap();
        assert_eq!(planned.verdict, Verdict::Minor);
        assert_eq!(
            planned.reasons[0].to_string(),
            "it requires Rust 1.90 instead of 1.88"
        );
        assert_eq!(planned.reasons[0].in_log(), "Compiles with Rust 1.90 or newer");
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
    fn a_crate_that_names_constants_breaks_with_those_alone() {
        let code = "\tbinance_wire_core::ErrorCode\n";
        let two = format!("const codes::a::X{code}const codes::b::Y{code}const codes::b::Z{code}struct S\n");
        let one = format!("const codes::a::X{code}const codes::b::Z{code}struct S\n");
        let before = [planned("leaf", &[], &two, &one, &[])];
        assert_eq!(before[0].verdict, Verdict::Major);
        let follows = |text: &str| planned("c", &["leaf"], text, text, &before).verdict;
        assert_eq!(follows("use codes::*\tleaf::codes::a::*\n"), Verdict::Patch);
        assert_eq!(follows("use Z\tleaf::codes::b::Z\n"), Verdict::Patch);
        assert_eq!(follows("use Y\tleaf::codes::b::Y\n"), Verdict::Major);
        assert_eq!(follows("use codes::*\tleaf::codes::b::*\n"), Verdict::Major);
        assert_eq!(follows("use codes\tleaf::codes\n"), Verdict::Major);
        // A type of another version is another type, and so is whatever is not known.
        assert_eq!(follows("use S\tleaf::S\n"), Verdict::Major);
        assert_eq!(follows("use all::*\tleaf::*\n"), Verdict::Major);
        assert_eq!(follows("use Odd\tleaf::Odd\n"), Verdict::Major);
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
        let new = plan(
            &package("a", &[]),
            state,
            None,
            (&[], None),
            Some("202611".to_owned()),
        )
        .unwrap();
        assert_eq!(new.next.to_string(), "0.1.3+a.202611");
        assert!(new.high_enough() && !new.settled());
    }
}
