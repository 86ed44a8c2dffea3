//! Two OpenAPI documents, each as it was written: what differs between them for those who send requests and read answers.

mod bodies;
mod operations;
mod parameters;
mod schemas;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::foreign::Foreign;
use serde_json::Value;

use self::shape::At;
use super::compare::{Seen, seen};
use super::finding::{Affected, Finding, Step};
use super::kind::{Aspect, Class, Role, Sense};

/// What differs. `product`: what both are called in reports.
pub(super) fn compare(old: &Foreign, new: &Foreign, product: &str) -> Vec<Finding> {
    let mut comparer = Documents {
        old,
        new,
        product,
        found: Vec::new(),
        components: BTreeMap::new(),
        open: Vec::new(),
        current: None,
        visited: BTreeSet::new(),
    };
    comparer.servers();
    comparer.operations();
    while let Some(pair) = comparer.open.pop() {
        comparer.component(pair);
    }
    comparer.findings()
}

/// A component of each side, compared for one of the two directions. What refers to it on both sides is compared by it, so
/// that a difference in it is one finding however many operations it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Sent,
    Received,
}

impl Direction {
    fn role(self) -> Role {
        match self {
            Self::Sent => Role::Sent,
            Self::Received => Role::Received,
        }
    }
}

type Pair = (String, String, Direction);

/// What is known of a pair of components.
#[derive(Default)]
struct Component {
    /// The calls that name it.
    calls: BTreeSet<Affected>,
    /// The pairs that it names.
    names: BTreeSet<Pair>,
}

/// Where a comparison is.
#[derive(Clone, Default)]
struct Here {
    path: Vec<Step>,
    calls: Vec<Affected>,
}

impl Here {
    fn within(&self, class: Class, name: impl Into<String>) -> Self {
        let mut here = self.clone();
        here.path.push(Step {
            class,
            name: name.into(),
        });
        here
    }
}

/// One difference.
struct Change<'c> {
    class: Class,
    aspect: Aspect,
    sense: Sense,
    role: Role,
    before: Option<String>,
    after: Option<String>,
    /// Where it stands on both sides.
    pointers: (&'c str, &'c str),
}

struct Documents<'d> {
    old: &'d Foreign,
    new: &'d Foreign,
    product: &'d str,
    /// With the pair of components that it is in, where it is in one.
    found: Vec<(Option<Pair>, Finding)>,
    components: BTreeMap<Pair, Component>,
    /// Those that are still to be compared.
    open: Vec<Pair>,
    current: Option<Pair>,
    /// The pairs of schemas, by where they stand, that have been compared for the value at hand: a schema may contain itself
    /// without being a reference alone, as `allOf` with a reference.
    visited: BTreeSet<Pair>,
}

impl Documents<'_> {
    fn report(&mut self, here: &Here, change: Change<'_>) {
        let Change {
            class,
            aspect,
            sense,
            role,
            before,
            after,
            pointers,
        } = change;
        let location = match sense {
            Sense::Removed => self.old.location(pointers.0),
            _ => self.new.location(pointers.1),
        };
        let finding = seen(Seen {
            class,
            aspect,
            sense,
            role,
            product: self.product,
            path: &here.path,
            affected: &here.calls,
            location,
            before,
            after,
        });
        self.found
            .extend(finding.map(|finding| (self.current.clone(), finding)));
    }

    /// A fact of text that has no order.
    fn text(&mut self, here: &Here, class: Class, aspect: Aspect, role: Role, [old, new]: [(&str, &str); 2]) {
        if old.0 != new.0 {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            self.report(
                here,
                Change {
                    class,
                    aspect,
                    sense: Sense::Changed,
                    role,
                    before: some(old.0),
                    after: some(new.0),
                    pointers: (old.1, new.1),
                },
            );
        }
    }

    /// Whether two schemas are components, which are compared by themselves.
    fn are_components(&mut self, here: &Here, old: &At, new: &At, direction: Direction) -> bool {
        let (Some(before), Some(after)) = (old.component(), new.component()) else {
            return false;
        };
        let pair = (before.to_owned(), after.to_owned(), direction);
        if !self.components.contains_key(&pair) {
            self.open.push(pair.clone());
        }
        let known = self.components.entry(pair.clone()).or_default();
        match &self.current {
            None => known.calls.extend(here.calls.iter().cloned()),
            Some(current) => {
                if let Some(outer) = self.components.get_mut(current) {
                    outer.names.insert(pair);
                }
            }
        }
        true
    }

    fn component(&mut self, pair: Pair) {
        let (old, new, direction) = pair.clone();
        self.current = Some(pair);
        let name = |pointer: &str| pointer.rsplit('/').next().unwrap_or_default().to_owned();
        let here = Here::default().within(Class::Type, name(&old));
        let at = |document: &Foreign, pointer: &str| At {
            value: document.get(pointer).cloned().unwrap_or(Value::Null),
            pointer: pointer.to_owned(),
        };
        let (before, after) = (at(self.old, &old), at(self.new, &new));
        self.visited.clear();
        self.schemas(&here, &before, &after, direction);
        self.current = None;
    }

    /// Every finding once, with all calls that it concerns.
    fn findings(self) -> Vec<Finding> {
        let mut calls: BTreeMap<&Pair, BTreeSet<Affected>> = self
            .components
            .iter()
            .map(|(pair, component)| (pair, component.calls.clone()))
            .collect();
        let mut grown = true;
        while grown {
            grown = false;
            for (pair, component) in &self.components {
                let outer = calls.get(pair).cloned().unwrap_or_default();
                for inner in &component.names {
                    if let Some(inner) = calls.get_mut(inner) {
                        let before = inner.len();
                        inner.extend(outer.iter().cloned());
                        grown |= inner.len() > before;
                    }
                }
            }
        }
        let mut merged: BTreeMap<String, Finding> = BTreeMap::new();
        for (pair, mut finding) in self.found {
            if let Some(known) = pair.as_ref().and_then(|pair| calls.get(pair)) {
                finding.affected = known.iter().cloned().collect();
            }
            match merged.entry(finding.fingerprint.clone()) {
                std::collections::btree_map::Entry::Vacant(entry) => _ = entry.insert(finding),
                std::collections::btree_map::Entry::Occupied(entry) => {
                    let known = entry.into_mut();
                    known.wire = known.wire.max(finding.wire);
                    known.severity = known.severity.max(finding.severity);
                    known.affected.extend(finding.affected);
                    known.affected.sort();
                    known.affected.dedup();
                }
            }
        }
        merged.into_values().collect()
    }
}
