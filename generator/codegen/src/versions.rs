//! The versions of the generated crates, which are data.

use std::collections::BTreeMap;

/// The version of a crate that none has been settled for.
pub const FIRST_VERSION: &str = "0.1.0";

/// Versions by crate, as `releases/versions.toml` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions(pub BTreeMap<String, String>);

impl Versions {
    /// A crate's version, with the date of its specs as build metadata: `0.2.0+spot.20261122`.
    pub fn of(&self, krate: &str) -> &str {
        self.0.get(krate).map_or(FIRST_VERSION, String::as_str)
    }

    /// What others require of it: `0.2.0`. Cargo ignores build metadata there, and warns of it.
    pub fn requirement(&self, krate: &str) -> &str {
        without_metadata(self.of(krate))
    }
}

/// `0.2.0+spot.20261122` → `0.2.0`.
pub fn without_metadata(version: &str) -> &str {
    version.split_once('+').map_or(version, |(version, _)| version)
}
