//! Cargo's rules for versions: which comes next, and which two are one to a requirement or to a registry.

use binance_wire_codegen::versions::without_metadata;
use binance_wire_surface::surface::Verdict;
use semver::Version;

/// The next version by Cargo's rules.
pub(super) fn bump(version: &Version, verdict: Verdict) -> Version {
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
pub(super) fn compatible_requirements(old: &str, new: &str) -> bool {
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
}
