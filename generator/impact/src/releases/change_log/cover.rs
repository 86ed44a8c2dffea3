//! Which changes of a Rust surface come from which findings, so that nothing is told twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{self, Aspect, Class, Finding, Kind};
use binance_wire_surface::rust_item::RustItemKind;
use binance_wire_surface::surface::{Change, ChangeKind, Comparison, Verdict};

use super::keys::{self, ItemKind, MemberKind};
use super::named;
use super::words::is_alone;

/// What findings have to do with a comparison of surfaces.
#[derive(Debug, Default)]
pub(super) struct Cover {
    /// Changes that come from a finding, by their places in the comparison.
    pub(super) changes: BTreeSet<usize>,
    /// Findings that show in the surface, and the worst that they do to it.
    shown: BTreeMap<usize, Verdict>,
    /// Findings that show in something else than additions.
    altering: BTreeSet<usize>,
}

/// What findings name, and which findings do.
#[derive(Default)]
struct Named {
    /// Items as a whole, with all that is in them.
    wholes: BTreeMap<String, Vec<usize>>,
    /// Members of items: fields, variants, methods, setters.
    members: BTreeMap<(String, String), Vec<usize>>,
    /// Requests, as far as they say where they go and what comes back.
    requests: BTreeMap<String, Vec<usize>>,
    /// Modules whose constants and functions say what the finding does.
    modules: BTreeMap<String, Vec<usize>>,
}

impl Cover {
    pub(super) fn of(findings: &[&Finding], comparison: &Comparison) -> Self {
        let mut names = Named::default();
        for (at, finding) in findings.iter().enumerate() {
            names.note(at, finding);
        }
        let mut cover = Self::default();
        let mut owners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, change) in comparison.changes.iter().enumerate() {
            let found = names.with(change);
            if found.is_empty() {
                continue;
            }
            cover.changes.insert(at);
            for finding in found {
                let worst = cover.shown.entry(finding).or_default();
                *worst = change.verdict.max(*worst);
                if change.kind != ChangeKind::Added {
                    cover.altering.insert(finding);
                }
                owners.entry(path(change)).or_default().push(finding);
            }
        }
        // What a type implements follows from its members, unless it is worse than what became of these.
        for (at, change) in comparison.changes.iter().enumerate() {
            let derived = keys::member(change).is_some_and(|member| member.kind == MemberKind::Impl);
            let Some(found) = owners.get(&path(change)).filter(|_| derived) else {
                continue;
            };
            let reported = found.iter().filter_map(|finding| cover.shown.get(finding)).max();
            if reported.is_some_and(|worst| *worst >= change.verdict) {
                cover.changes.insert(at);
            }
        }
        cover
    }

    /// Whether a finding shows in the surface.
    pub(super) fn shows(&self, at: usize) -> bool {
        self.shown.contains_key(&at)
    }

    /// Whether a finding breaks code that uses the crate. Where nothing of the crate itself shows it, the type is another
    /// crate's, and the models know; so they do where the item has another name, and all that shows is that it is new.
    pub(super) fn breaks(&self, at: usize, finding: &Finding, verdict: Verdict) -> bool {
        match self.shown.get(&at) {
            Some(Verdict::Major) => true,
            Some(_) if self.altering.contains(&at) => false,
            _ => verdict == Verdict::Major && finding.surface == diff::Verdict::Breaking,
        }
    }
}

impl Named {
    fn note(&mut self, at: usize, finding: &Finding) {
        let kind = finding.kind;
        let seen = finding.surface > diff::Verdict::None;
        if matches!(kind.class(), Class::Environment | Class::Addresses) {
            self.modules
                .entry("environments".to_owned())
                .or_default()
                .push(at);
        }
        for item in &finding.items {
            let member = |owner: &str, name: &str| (plain(owner), name.to_owned());
            match &item.kind {
                RustItemKind::Type { path } => {
                    let whole = is_alone(kind)
                        || !matches!(
                            kind.class(),
                            Class::Operation | Class::SbeSchema | Class::FixDictionary
                        );
                    let into = match kind.class() {
                        _ if whole && seen => &mut self.wholes,
                        Class::Operation if changes_item(kind) => &mut self.wholes,
                        Class::Operation => &mut self.requests,
                        _ if whole => continue,
                        _ => &mut self.modules,
                    };
                    into.entry(plain(path)).or_default().push(at);
                }
                RustItemKind::Field { owner, name }
                | RustItemKind::Variant { owner, name }
                | RustItemKind::Method { owner, name }
                | RustItemKind::Setter { owner, name } => {
                    self.members.entry(member(owner, name)).or_default().push(at);
                }
                RustItemKind::Constructor { owner } => {
                    self.members.entry(member(owner, "new")).or_default().push(at);
                }
                RustItemKind::Function { module, name } | RustItemKind::Constant { module, name } => {
                    self.wholes
                        .entry(plain(&format!("{module}::{name}")))
                        .or_default()
                        .push(at);
                }
                RustItemKind::Feature { .. } => {}
            }
        }
    }

    /// The findings that a change comes from.
    fn with(&self, change: &Change) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut add = |list: Option<&Vec<usize>>| found.extend(list.into_iter().flatten().copied());
        let path = path(change);
        let mut inner = path.as_str();
        add(self.wholes.get(inner));
        while let Some((outer, _)) = inner.rsplit_once("::") {
            add(self.wholes.get(outer));
            inner = outer;
        }
        let constant = matches!(keys::item(change).kind, ItemKind::Constant | ItemKind::Function);
        if let Some((module, _)) = path.rsplit_once("::").filter(|_| constant) {
            add(self.modules.get(module));
        }
        let Some(member) = keys::member(change) else {
            // `impls for Vec<crate::models::Order>`
            for name in named(&change.item) {
                add(self.wholes.get(&plain(&name)));
            }
            return found;
        };
        add(self.members.get(&(path.clone(), member.first().to_owned())));
        if member.is_operation() {
            add(self.requests.get(&path));
        }
        // What takes, gives or holds an item that came or went.
        for text in [change.item.as_str(), member.name, &change.old, &change.new] {
            for name in named(text) {
                add(self.wholes.get(&plain(&name)));
            }
        }
        found
    }
}

/// Whether an operation is another item of the crate, or none any more.
fn changes_item(kind: Kind) -> bool {
    matches!(
        kind.aspect(),
        Aspect::Identifier | Aspect::Twin | Aspect::Draft | Aspect::ByTransport | Aspect::Arguments
    )
}

/// The path of a changed item in its crate.
fn path(change: &Change) -> String {
    plain(keys::item(change).path)
}

/// A path without the modules that types of JSON are in: those that are re-exported are known with and without.
fn plain(path: &str) -> String {
    let path = path.strip_prefix("models::").unwrap_or(path);
    path.strip_prefix("enums::").unwrap_or(path).to_owned()
}
