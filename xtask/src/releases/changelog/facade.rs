//! What the facade has to tell: which crates it stands on, and which of them moved.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_generator::surface::{ChangeKind, Comparison};
use semver::Version;

use super::Entry;
use crate::diff::git;
use crate::releases::plan::compatible;
use crate::releases::{Package, Plan, Planned, Workspace};

/// The crates that the facade stands on, as it was published and now.
pub(super) struct Members<'w> {
    /// Versions that the published facade asks for.
    before: BTreeMap<String, Version>,
    /// Versions that it asks for now.
    after: BTreeMap<String, Version>,
    workspace: &'w Workspace,
}

impl<'w> Members<'w> {
    pub(super) fn of(workspace: &'w Workspace, plan: &Plan, facade: &Package, planned: &Planned) -> Self {
        let inner = || {
            plan.crates
                .iter()
                .filter(|other| facade.inner.contains(&other.name))
        };
        let published = |other: &Planned| {
            let version = &other.baseline.as_ref()?.version;
            Some((other.name.clone(), Version::parse(version).ok()?))
        };
        let before = planned.baseline.as_ref().and_then(|baseline| {
            let at = |file: &str| git::file_at(&workspace.root, &baseline.revision, file);
            let own = at(&format!("{}/Cargo.toml", facade.folder))?;
            Some(required(&own, &at("Cargo.toml")?))
        });
        Self {
            // What was published last is what the facade asked for, unless it was left behind at times.
            before: before.unwrap_or_else(|| inner().filter_map(published).collect()),
            after: inner()
                .map(|other| (other.name.clone(), other.target()))
                .collect(),
            workspace,
        }
    }

    /// One line for every crate that came, went or moved.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut told = Vec::new();
        for (name, now) in &self.after {
            let (now_text, feature) = (plain(now), self.product(name));
            let entry = match (self.before.get(name), feature) {
                (None, Some(product)) => (false, format!("Added product `{product}`: `{name}` {now_text}")),
                (None, None) => (false, format!("Added `{name}` {now_text}")),
                (Some(then), _) if plain(then) == now_text => continue,
                (Some(then), feature) => {
                    let of = feature
                        .map(|product| format!("Product `{product}`: "))
                        .unwrap_or_default();
                    let text = format!("{of}`{name}` {} → {now_text}", plain(then));
                    (!compatible(then, now), text)
                }
            };
            told.push(entry);
        }
        for name in self.before.keys().filter(|name| !self.after.contains_key(*name)) {
            told.push((true, format!("Removed `{name}`")));
        }
        told.into_iter()
            .map(|(breaking, text)| Entry { breaking, text })
            .collect()
    }

    /// The product that a crate is made for, which is the facade's feature and module.
    fn product(&self, krate: &str) -> Option<&str> {
        let package = self
            .workspace
            .packages
            .iter()
            .find(|package| package.name == krate)?;
        package.product().filter(|product| *product != super::SHARED)
    }

    /// The changes of the facade's surface that come with crates that came or went.
    pub(super) fn covered(&self, comparison: &Comparison) -> BTreeSet<usize> {
        let other = |name: &&String| self.before.contains_key(*name) != self.after.contains_key(*name);
        let names: Vec<String> = self
            .before
            .keys()
            .chain(self.after.keys())
            .filter(other)
            .map(|name| name.trim_start_matches("binance-wire-").to_owned())
            .collect();
        let code: Vec<String> = names.iter().map(|name| name.replace('-', "_")).collect();
        comparison
            .changes
            .iter()
            .enumerate()
            .filter(|(_, change)| {
                let (_, path) = change.item.split_once(' ').unwrap_or_default();
                match change.kind {
                    ChangeKind::Changed => change.item == "feature all-products" && !names.is_empty(),
                    _ => names.iter().chain(&code).any(|name| name == path),
                }
            })
            .map(|(at, _)| at)
            .collect()
    }
}

/// The versions of crates of the workspace that a manifest asks for, itself or by way of the workspace's manifest.
fn required(own: &str, workspace: &str) -> BTreeMap<String, Version> {
    let name_of = |line: &str| {
        let end = line.find([' ', '.', '=']).unwrap_or(line.len());
        line.get(..end).unwrap_or_default().to_owned()
    };
    let version = |line: &str| {
        let (_, rest) = line.split_once("version = \"")?;
        let (version, _) = rest.split_once('"')?;
        Version::parse(version).ok()
    };
    let beside: BTreeMap<String, Version> = workspace
        .lines()
        .chain(own.lines())
        .filter(|line| line.contains("path = \""))
        .filter_map(|line| Some((name_of(line), version(line)?)))
        .collect();
    own.lines()
        .filter_map(|line| beside.get_key_value(&name_of(line)))
        .map(|(name, version)| (name.clone(), version.clone()))
        .collect()
}

/// A version without build metadata.
fn plain(version: &Version) -> String {
    binance_wire_generator::versions::without_metadata(&version.to_string()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_with_those_of_the_workspace() {
        let workspace = "[workspace.dependencies]\na = { path = \"a\", version = \"0.1.0\" }\n\
                         b = { path = \"b\", version = \"0.2.0\" }\nd = { version = \"9.0.0\" }\n";
        let own = "[dependencies]\na.workspace = true\nc = { path = \"../c\", version = \"0.3.0\", optional = true }\nd.workspace = true\n";
        let versions = [("a", (0, 1, 0)), ("c", (0, 3, 0))];
        let versions = versions
            .map(|(name, (major, minor, patch))| (name.to_owned(), Version::new(major, minor, patch)));
        assert_eq!(required(own, workspace), BTreeMap::from(versions));
    }
}
