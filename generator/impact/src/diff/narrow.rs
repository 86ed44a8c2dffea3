//! The findings that concern one project, and where.
//!
//! The rule, which stands here alone: **a finding touches a project where the project uses one of the finding's items.** The
//! project was written against the old side, so its items are looked up there. Which items a finding has is settled where
//! it is made (`compare::touched`):
//!
//! - What is gone or changed is touched by its own items: a field is read, a variant matched on, a setter called. What is said of
//!   a call (its weight, its limits, its retirement) is touched where the call is made or its request is named.
//! - What is new has no uses yet. A new required parameter is touched where the request is made; of anything else that is new, what
//!   breaks or surprises concerns the users of the thing that it was added to, and what is merely more concerns nobody.
//! - Another default concerns those who leave the parameter to the exchange, which is whoever makes the call.
//! - A type is touched by its name; where it is gone or became another kind, by its members too.
//! - Addresses and rules of connections are touched where a client or a stream is opened.
//!
//! Findings that know a call and no items (an endpoint that is retired, requests of collections) have those of the call, from
//! the models that the project is held against: [`Calls`].

use std::collections::BTreeMap;

use binance_wire_codegen::names;
use binance_wire_model::product::Model;
use binance_wire_surface::rust_item::{RustItem, RustItemKind};
use binance_wire_surface::uses::{self, Use};
use serde::Serialize;

use super::api::{self, Beside};
use super::finding::{Affected, Finding};
use super::kind::{Class, Sense, Transport, Verdict};
use super::node::Node;
use crate::announcements::{covers, plain_name};

/// What a report was narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Narrowed {
    /// The project, as the caller named it.
    pub project: String,
    /// The specs whose Rust the project was compared with.
    pub against: String,
    /// How many findings do not touch it, and are not in the report.
    pub left_out: usize,
    /// Files of the project that could not be parsed, each with the reason: what they use is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// What the search for uses did not look at: what macros expand to, packages elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_searched: Vec<String>,
}

/// The items by which code makes a call, opens a stream or takes an event.
#[derive(Debug, Default)]
pub struct Calls {
    /// By transport, and by the name of the call without those of its placeholders.
    calls: BTreeMap<(Transport, String), Vec<RustItem>>,
    /// By the name of the event.
    events: BTreeMap<String, Vec<RustItem>>,
}

impl Calls {
    /// The calls of some products.
    pub fn of<'m>(models: impl IntoIterator<Item = &'m Model>) -> Self {
        let mut calls = Self::default();
        for model in models {
            let product = api::product(&model.api, Beside::Specs);
            for node in &product.children {
                match (node.class, node.transport) {
                    (Class::Operation | Class::Stream, Some(transport)) => {
                        let key = (transport, plain_name(&node.shown));
                        calls
                            .calls
                            .entry(key)
                            .or_default()
                            .extend(node.items.iter().cloned());
                    }
                    (Class::Type, _) => calls.note_events(node, &product.children),
                    _ => {}
                }
            }
        }
        calls
    }

    /// A union's variants are events by the names of their tags.
    fn note_events(&mut self, union: &Node, types: &[Node]) {
        for variant in union
            .children
            .iter()
            .filter(|child| child.class == Class::Variant)
        {
            let items = self.events.entry(plain_name(&variant.shown)).or_default();
            items.extend(variant.items.iter().cloned());
            let target = variant.find_fact(super::kind::Aspect::Type);
            let target = types
                .iter()
                .find(|ty| ty.class == Class::Type && target.is_some_and(|fact| fact.text == ty.key));
            if let Some(target) = target {
                items.extend(target.items.iter().cloned());
            }
        }
    }

    /// The items of a call; none where it is not known.
    pub fn items(&self, transport: Transport, call: &str) -> &[RustItem] {
        self.calls
            .get(&(transport, plain_name(call)))
            .map_or(&[], Vec::as_slice)
    }

    /// The items of the REST calls that a part of a path means; `verb` none for any.
    pub(super) fn below(&self, verb: Option<&str>, part: &str) -> Vec<RustItem> {
        let rest = self
            .calls
            .iter()
            .filter(|((transport, _), _)| *transport == Transport::Rest);
        rest.filter(|((_, call), _)| {
            call.split_once(' ')
                .is_some_and(|(method, path)| verb.is_none_or(|verb| verb == method) && covers(part, path))
        })
        .flat_map(|(_, items)| items.iter().cloned())
        .collect()
    }

    /// The items of an event.
    pub fn event(&self, name: &str) -> &[RustItem] {
        self.events.get(&plain_name(name)).map_or(&[], Vec::as_slice)
    }
}

/// Gives findings that know calls and no items those of the calls.
pub fn complete(findings: &mut [Finding], calls: &Calls) {
    for finding in findings.iter_mut().filter(|finding| finding.items.is_empty()) {
        if finding.kind.sense() == Sense::Added && finding.worst() < Verdict::Attention {
            continue;
        }
        let of_call = |affected: &Affected| calls.items(affected.transport, &affected.call);
        let known: Vec<&RustItem> = finding.affected.iter().flat_map(of_call).collect();
        let parameter = finding
            .subject
            .path
            .get(1)
            .filter(|step| step.class == Class::Parameter);
        let mut items: Vec<RustItem> = match parameter {
            None => known.into_iter().cloned().collect(),
            Some(step) => {
                let demanded = finding.kind.demands();
                known
                    .into_iter()
                    .flat_map(|item| of_parameter(item, &step.name, demanded))
                    .collect()
            }
        };
        items.sort();
        items.dedup();
        finding.items = items;
    }
}

/// What a parameter is in Rust, by an item of its call.
fn of_parameter(item: &RustItem, name: &str, demanded: bool) -> Vec<RustItem> {
    let kinds = match &item.kind {
        RustItemKind::Type { path } => {
            let (owner, name) = (path.clone(), names::snake(name));
            let constructor = RustItemKind::Constructor { owner: owner.clone() };
            let field = RustItemKind::Field {
                owner: owner.clone(),
                name: name.clone(),
            };
            let mut kinds = vec![field, RustItemKind::Setter { owner, name }];
            kinds.extend(demanded.then_some(constructor));
            kinds
        }
        RustItemKind::Method { .. } if demanded => vec![item.kind.clone()],
        _ => Vec::new(),
    };
    let item = |kind| RustItem {
        krate: item.krate.clone(),
        kind,
    };
    kinds.into_iter().map(item).collect()
}

/// The findings that touch a project, each with its uses, and how many do not.
pub fn narrow(findings: Vec<Finding>, found: &uses::Report) -> (Vec<Finding>, usize) {
    let uses = ByItem::new(found);
    let all = findings.len();
    let kept: Vec<Finding> = findings
        .into_iter()
        .filter_map(|mut finding| {
            finding.uses = uses.of(&finding.items);
            (!finding.uses.is_empty()).then_some(finding)
        })
        .collect();
    let left_out = all - kept.len();
    (kept, left_out)
}

/// Uses by what they use.
pub(super) struct ByItem<'u>(BTreeMap<&'u RustItem, Vec<&'u Use>>);

impl<'u> ByItem<'u> {
    pub(super) fn new(found: &'u uses::Report) -> Self {
        let mut by_item: BTreeMap<&RustItem, Vec<&Use>> = BTreeMap::new();
        for one in &found.uses {
            by_item.entry(&one.item).or_default().push(one);
        }
        Self(by_item)
    }

    /// The places where any of some items is used, in order. A place that uses several is told once, by the surest.
    pub(super) fn of(&self, items: &[RustItem]) -> Vec<Use> {
        let mut places: BTreeMap<(&str, usize, usize), &Use> = BTreeMap::new();
        for one in items.iter().filter_map(|item| self.0.get(item)).flatten() {
            let place = (one.file.as_str(), one.line, one.column);
            let known = places.entry(place).or_insert(one);
            if one.certainty < known.certainty {
                *known = one;
            }
        }
        places.into_values().cloned().collect()
    }
}
