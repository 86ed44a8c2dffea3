//! What the facade has to tell: which crates it depends on, and which of them moved.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_surface::surface::{ChangeKind, Comparison};
use semver::Version;

use super::Entry;
use super::keys::{self, ItemKind};
use crate::releases::arithmetic::{compatible, plain};
use crate::releases::{Package, Plan, Planned, Workspace};

/// The crates that the facade depends on, as it was published and now.
pub(super) struct Members<'w> {
    /// Versions that the published facade asks for.
    before: BTreeMap<String, Version>,
    /// Versions that it asks for now.
    after: BTreeMap<String, Version>,
    /// What the published facade has, its features among it.
    features: BTreeSet<String>,
    workspace: &'w Workspace,
}

impl<'w> Members<'w> {
    pub(super) fn of(workspace: &'w Workspace, plan: &Plan, facade: &Package, planned: &Planned) -> Self {
        let asked = planned.baseline.as_ref().map(|baseline| &baseline.inner);
        let before = asked
            .into_iter()
            .flatten()
            .filter_map(|(name, version)| Some((name.clone(), Version::parse(version).ok()?)))
            .collect();
        let inner = plan
            .crates
            .iter()
            .filter(|other| facade.inner.contains(&other.name));
        let features = planned.baseline.as_ref().map(|baseline| &baseline.surface.items);
        Self {
            before,
            after: inner.map(|other| (other.name.clone(), other.target())).collect(),
            features: features
                .into_iter()
                .flat_map(|items| items.keys().cloned())
                .collect(),
            workspace,
        }
    }

    /// One line for every crate that came, went or moved.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut reported = Vec::new();
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
            reported.push(entry);
        }
        for name in self.before.keys().filter(|name| !self.after.contains_key(*name)) {
            let product = name
                .strip_prefix("binance-wire-")
                .filter(|product| self.features.contains(&format!("feature {product}")));
            reported.push((
                true,
                match product {
                    Some(product) => format!("Removed product `{product}`: `{name}`"),
                    None => format!("Removed `{name}`"),
                },
            ));
        }
        reported
            .into_iter()
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
                let item = keys::item(change);
                match change.kind {
                    ChangeKind::Changed => {
                        item.kind == ItemKind::Feature && item.path == "all-products" && !names.is_empty()
                    }
                    _ => names.iter().chain(&code).any(|name| name == item.path),
                }
            })
            .map(|(at, _)| at)
            .collect()
    }
}
