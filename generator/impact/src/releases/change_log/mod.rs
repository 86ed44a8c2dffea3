//! What changed from version to version, in words.
//!
//! Of a crate that is made from specs, the models tell it: those that it was published from are compared with the present
//! ones ([`findings`]). What the models do not know of, since it comes from the generator or was written by hand, the
//! Rust surface tells ([`surface`]), and nothing is told twice ([`cover`]).

mod calls;
mod cover;
mod facade;
mod findings;
mod keys;
mod surface;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_codegen::lower::catalog;
use binance_wire_codegen::lower::facade::NAME as FACADE;
use binance_wire_codegen::names;
use binance_wire_codegen::versions::without_metadata;
use binance_wire_model::product::Model;
use binance_wire_surface::surface::Verdict;

use super::{Baseline, Error, Package, Plan, Planned, Reason, Result, Workspace};
use crate::diff::{self, Class, Content, Finding, State};

/// One line of a change log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    breaking: bool,
    text: String,
}

/// The most things of one line that are named one by one.
const NAMED: usize = 8;

/// The product's name of the crate of error codes and removed endpoints.
const SHARED: &str = "shared";

/// A crate whose change log needs the specs that it was published from.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The crate.
    pub krate: &'w str,
    /// The product; `None` for the crate of what products share.
    pub product: Option<&'w str>,
    /// What was published.
    pub baseline: &'w Baseline,
}

/// The crates of which the specs must be compared, as far as a crate has something to tell.
pub fn wanted<'w>(workspace: &'w Workspace, plan: &'w Plan) -> Vec<Wanted<'w>> {
    let products = || {
        let pairs = workspace.packages.iter().zip(&plan.crates);
        pairs.filter_map(|(package, planned)| {
            let baseline = planned.baseline.as_ref()?;
            Some((product_of(package)?, planned, baseline))
        })
    };
    let moved = |planned: &Planned| planned.verdict > Verdict::Same;
    // Which crates re-export an error code, all products have to say.
    let shared_moves = products().any(|(product, planned, _)| product == SHARED && moved(planned));
    products()
        .filter(|(_, planned, _)| shared_moves || moved(planned))
        .map(|(product, planned, baseline)| Wanted {
            krate: &planned.name,
            product: (product != SHARED).then_some(product),
            baseline,
        })
        .collect()
}

/// The specs that are compared.
#[derive(Debug, Default)]
pub struct Compared {
    /// Those that the crates were published from.
    pub before: Vec<Model>,
    /// Those that are there now, of the same products.
    pub after: Vec<Model>,
    /// Crates whose published specs cannot be read, and why.
    pub mute: BTreeMap<String, String>,
}

/// What is told of every crate.
#[derive(Debug)]
pub struct ChangeLogs<'w> {
    workspace: &'w Workspace,
    plan: &'w Plan,
    findings: Vec<Finding>,
    /// Crates that the models tell nothing of, and why.
    mute: BTreeMap<String, String>,
}

impl<'w> ChangeLogs<'w> {
    /// Compares the specs that the crates were published from with the present ones.
    ///
    /// # Errors
    /// Specs that cannot be compared.
    pub fn new(workspace: &'w Workspace, plan: &'w Plan, specs: Compared) -> Result<Self> {
        let state = |label: &str, models: Vec<Model>| State {
            label: label.to_owned(),
            prefix: String::new(),
            content: Content::Specs(models),
        };
        let findings = match specs.before.is_empty() {
            true => Vec::new(),
            false => {
                let (before, after) = (state("published", specs.before), state("now", specs.after));
                diff::compare(&before, &after, None).map_err(Error)?
            }
        };
        Ok(Self {
            workspace,
            plan,
            findings,
            mute: specs.mute,
        })
    }

    /// The crates whose change logs have to do without the models, and why.
    pub fn mute(&self) -> impl Iterator<Item = (&str, &str)> {
        let moved = |name: &String| {
            let mut crates = self.plan.crates.iter();
            crates.any(|planned| planned.name == *name && planned.verdict > Verdict::Same)
        };
        self.mute
            .iter()
            .filter(move |(name, _)| moved(name))
            .map(|(name, why)| (name.as_str(), why.as_str()))
    }

    /// A crate's change log with the section of its version, in place of one that was not published.
    pub fn with_changes(&self, log: Option<&str>, package: &Package, planned: &Planned) -> String {
        let entries = match &planned.baseline {
            None => vec![Entry {
                breaking: false,
                text: "First version".to_owned(),
            }],
            Some(_) if planned.verdict == Verdict::Same => Vec::new(),
            Some(_) => self.entries(package, planned),
        };
        with_section(log, planned, &entries)
    }

    /// Everything that a user of a crate would want to read.
    fn entries(&self, package: &Package, planned: &Planned) -> Vec<Entry> {
        let Some(baseline) = &planned.baseline else {
            return Vec::new();
        };
        let (old, new) = (&baseline.surface, &planned.state.surface);
        let mut reported = BTreeSet::new();
        let covered = match product_of(package) {
            _ if self.mute.contains_key(&package.name) => BTreeSet::new(),
            Some(product) => {
                let findings: Vec<&Finding> = self
                    .findings
                    .iter()
                    .filter(|finding| concerns(finding, product))
                    .collect();
                let cover = cover::Cover::of(&findings, &planned.comparison);
                reported.extend(findings::entries(
                    product,
                    &findings,
                    &cover,
                    planned.verdict,
                    [old, new],
                ));
                cover.changes
            }
            None if package.generated() => {
                let members = facade::Members::of(self.workspace, self.plan, package, planned);
                reported.extend(members.entries());
                members.covered(&planned.comparison)
            }
            None => BTreeSet::new(),
        };
        let rest = planned.comparison.changes.iter().enumerate();
        let rest = rest
            .filter(|(at, _)| !covered.contains(at))
            .map(|(_, change)| change);
        reported.extend(surface::entries(rest, old, new));
        let breaking = planned.verdict == Verdict::Major;
        let unsaid = |reported: &BTreeSet<Entry>| {
            reported.is_empty() || breaking && !reported.iter().any(|entry: &Entry| entry.breaking)
        };
        if unsaid(&reported) {
            reported.extend(planned.reasons.iter().filter_map(|reason| {
                let breaking = matches!(
                    reason,
                    Reason::Breaks { named: true, .. } | Reason::Foreign { .. }
                );
                // Where items differ, that files do says nothing.
                let reported = *reason != Reason::Files || planned.comparison.changes.is_empty();
                reported.then(|| Entry {
                    breaking,
                    text: reason.in_log(),
                })
            }));
        }
        if unsaid(&reported) {
            let deciding = planned.comparison.changes.iter();
            let deciding = deciding.filter(|change| change.verdict == planned.verdict);
            let items: BTreeSet<String> = deciding
                .map(|change| format!("`{}` ({})", change.item, change.reason))
                .collect();
            reported.insert(Entry {
                breaking,
                text: format!("Modified {}", listed(items)),
            });
        }
        reported.into_iter().collect()
    }
}

/// The product that a crate is made for, or `shared`; `None` for the crates of all products and for hand-written crates.
fn product_of(package: &Package) -> Option<&str> {
    package
        .product()
        .filter(|product| ![FACADE, catalog::FOLDER].contains(product))
}

/// Whether a difference is one of a product's crate; the crates of products have the constants of shared error codes.
fn concerns(finding: &Finding, product: &str) -> bool {
    let code = || {
        let krate = names::crate_in_code(product);
        finding.kind.class() == Class::ErrorCode && finding.items.iter().any(|item| item.krate == krate)
    };
    finding.subject.product == product || code()
}

/// A change log with the section of a version.
fn with_section(log: Option<&str>, planned: &Planned, reported: &[Entry]) -> String {
    let last = planned
        .baseline
        .as_ref()
        .and_then(|baseline| semver::Version::parse(&baseline.version).ok());
    // Sections of versions that were never published are told anew: what they said is part of what changed since.
    let mut kept = String::new();
    let mut keep = false;
    for line in log.unwrap_or_default().lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let version = heading
                .split(' ')
                .next()
                .and_then(|text| semver::Version::parse(text).ok());
            keep = matches!((version, &last), (Some(version), Some(last)) if version.cmp_precedence(last).is_le());
        }
        if keep {
            kept += line;
            kept.push('\n');
        }
    }
    let mut text = format!("# Changes of {}\n", planned.name);
    if !reported.is_empty() {
        let version = planned.target().to_string();
        let date = planned
            .date
            .as_deref()
            .map(|date| format!(" (specs of {})", dashed(date)))
            .unwrap_or_default();
        text += &format!("\n## {}{date}\n", without_metadata(&version));
        for (breaking, heading) in [(true, "Breaking"), (false, "Changes")] {
            let part: Vec<&Entry> = reported
                .iter()
                .filter(|entry| entry.breaking == breaking)
                .collect();
            if part.is_empty() {
                continue;
            }
            text += &format!("\n### {heading}\n\n");
            for entry in part {
                text += &format!("- {}\n", entry.text);
            }
        }
    }
    if !kept.is_empty() {
        text.push('\n');
        text += kept.trim_end();
        text.push('\n');
    }
    text
}

/// Some things, the first few by name.
fn listed(names: impl IntoIterator<Item = String>) -> String {
    let mut names: Vec<String> = names.into_iter().collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

/// `20261122` → `2026-11-22`.
fn dashed(date: &str) -> String {
    let parts = [date.get(..4), date.get(4..6), date.get(6..8)];
    parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

/// Paths of the crate that a text names, without `crate::`.
fn named(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("crate::").skip(1).map(|rest| {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
            .unwrap_or(rest.len());
        rest.get(..end).unwrap_or(rest).trim_end_matches(':').to_owned()
    })
}
