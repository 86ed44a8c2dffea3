//! Findings compared with what the exchange announced.
//!
//! A log speaks of endpoints, streams, events and methods, and of what became of each; a finding may be about a part of one, or
//! about a type that many have in common. What a finding comes to in a log's words is settled here (`spoken`).

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::api::{Product, TypeKind};
use binance_wire_surface::rust_item::RustItem;
use binance_wire_surface::uses::{self, Use};
use serde::Serialize;

use super::finding::{Affected, Finding};
use super::kind::{Aspect, Class, Sense, Transport, Verdict};
use super::narrow::{ByItem, Calls};
use super::row::Kind;
use super::{Content, State, api};
use crate::announcements::{self, Announcement, Date, Method, News, is_part};

/// What change logs say beside a report's findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Announced {
    /// The logs, as the caller named them.
    pub files: Vec<String>,
    /// Which of their entries count.
    pub window: Window,
    /// How many entries lie outside of it.
    pub outside: usize,
    /// How many are about what was not compared: other products, or streams where there are requests alone.
    pub elsewhere: usize,
    /// How many do not touch the project that the report is narrowed to.
    pub untouched: usize,
    /// How many findings are such as no log speaks of: documentation, names in code, codecs, error codes.
    pub unspoken: usize,
    /// In both.
    pub both: Vec<InBoth>,
    /// In the specs only: fingerprints of findings that no entry speaks of.
    pub specs_only: Vec<String>,
    /// In the logs only.
    pub log_only: Vec<InLog>,
    /// Notices without an endpoint: of the products that were compared. Somebody has to read them.
    pub notices: Vec<Announcement>,
}

/// The days of which a log's entries count; open where nobody knows them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Window {
    /// Whether an entry counts: its section is of these days, or of an earlier one and holds from one of these.
    pub fn has(&self, entry: &Announcement) -> bool {
        let last = entry.effective.map_or(entry.date, |day| day.max(entry.date));
        self.since.is_none_or(|since| last >= since) && self.until.is_none_or(|until| entry.date <= until)
    }
}

/// An entry that speaks of findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InBoth {
    /// The entry.
    pub entry: Announcement,
    /// The findings, by fingerprint.
    pub findings: Vec<String>,
    /// Whether one of them is what the entry says.
    pub agrees: bool,
}

/// An entry for which nothing differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InLog {
    /// The entry.
    pub entry: Announcement,
    /// The day from which it holds.
    pub from: Date,
    /// Where the project uses what it speaks of, where the report is narrowed to one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Use>,
}

/// What was compared, as far as logs could speak of it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The products.
    pub products: BTreeSet<String>,
    /// Whether requests alone were compared: collections know nothing else.
    pub requests_alone: bool,
    /// The events that are of a type, by product and type.
    events: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Scope {
    pub(super) fn of(old: &State, new: &State, products: BTreeSet<String>) -> Self {
        let mut scope = Self {
            products,
            ..Self::default()
        };
        for side in [old, new] {
            match &side.content {
                Content::Specs(models) => models.iter().for_each(|model| scope.note(&model.api)),
                Content::Document(product) => scope.note(product),
                Content::Collections(_) => scope.requests_alone = true,
                Content::Schema(_) | Content::Dictionary(..) | Content::Foreign(_) => {}
            }
        }
        scope
    }

    fn note(&mut self, product: &Product) {
        let events = self.events.entry(product.name.clone()).or_default();
        for def in api::in_rust(product).types.values() {
            if let TypeKind::Union { variants, .. } = &def.kind {
                for (event, target) in variants {
                    events.entry(target.clone()).or_default().insert(event.clone());
                }
            }
        }
    }

    fn has(&self, entry: &Announcement) -> bool {
        let request = entry.method.is_path();
        self.products.contains(&entry.product) && (request || !self.requests_alone)
    }
}

impl Announced {
    /// Relates entries to findings.
    pub fn relate(
        files: Vec<String>,
        entries: &[Announcement],
        window: Window,
        findings: &[Finding],
        scope: &Scope,
    ) -> Self {
        let counted: Vec<&Announcement> = entries.iter().filter(|entry| window.has(entry)).collect();
        let mut logs = Self {
            files,
            window,
            outside: entries.len() - counted.len(),
            ..Self::default()
        };
        let mut said: Vec<announcements::Difference> = Vec::new();
        let mut whose: Vec<&Finding> = Vec::new();
        for finding in findings {
            let words = spoken(finding, scope);
            logs.unspoken += usize::from(words.is_empty());
            whose.extend(words.iter().map(|_| finding));
            said.extend(words);
        }
        let owned: Vec<Announcement> = counted.into_iter().cloned().collect();
        let relation = announcements::relate(&owned, &said);
        let fingerprints = |places: &[usize]| {
            let found: BTreeSet<&str> = places
                .iter()
                .filter_map(|place| whose.get(*place))
                .map(|finding| finding.fingerprint.as_str())
                .collect();
            found.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        for found in &relation.both {
            if let Some(entry) = owned.get(found.entry) {
                logs.both.push(InBoth {
                    entry: entry.clone(),
                    findings: fingerprints(&found.findings),
                    agrees: found.agrees,
                });
            }
        }
        let related: BTreeSet<&String> = logs.both.iter().flat_map(|found| &found.findings).collect();
        logs.specs_only = fingerprints(&relation.specs_only)
            .into_iter()
            .filter(|fingerprint| !related.contains(fingerprint))
            .collect();
        for notice in relation.notices.iter().filter_map(|&at| owned.get(at)) {
            // A rule of signing or an address concerns every call, so the transport does not count.
            match scope.products.contains(&notice.product) {
                true => logs.notices.push(notice.clone()),
                false => logs.elsewhere += 1,
            }
        }
        for (entry, from) in relation.log_only {
            match owned.get(entry) {
                Some(entry) if scope.has(entry) => logs.log_only.push(InLog {
                    entry: entry.clone(),
                    from,
                    uses: Vec::new(),
                }),
                _ => logs.elsewhere += 1,
            }
        }
        logs
    }

    /// The items of what is in the logs only: uses of them have to be looked for before these are narrowed.
    pub fn items(&self, calls: &Calls) -> BTreeSet<RustItem> {
        self.log_only
            .iter()
            .flat_map(|found| of_entry(&found.entry, calls))
            .collect()
    }

    /// Leaves what touches a project: entries that speak of findings that are kept, and those of which the project uses what
    /// they speak of.
    pub fn narrow(&mut self, kept: &[Finding], found: &uses::Report, calls: &Calls) {
        let fingerprints: BTreeSet<&str> = kept.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let before = self.both.len() + self.log_only.len();
        for one in &mut self.both {
            one.findings
                .retain(|fingerprint| fingerprints.contains(fingerprint.as_str()));
        }
        self.both.retain(|one| !one.findings.is_empty());
        self.specs_only
            .retain(|fingerprint| fingerprints.contains(fingerprint.as_str()));
        let uses = ByItem::new(found);
        for one in &mut self.log_only {
            one.uses = uses.of(&of_entry(&one.entry, calls));
        }
        self.log_only.retain(|one| !one.uses.is_empty());
        self.untouched = before - self.both.len() - self.log_only.len();
        let narrowed: BTreeSet<&str> = self
            .both
            .iter()
            .flat_map(|one| one.findings.iter().map(String::as_str))
            .chain(self.specs_only.iter().map(String::as_str))
            .collect();
        self.unspoken = kept.len() - narrowed.len();
    }
}

/// The items by which code uses what an entry speaks of.
fn of_entry(entry: &Announcement, calls: &Calls) -> Vec<RustItem> {
    let rest = |verb: Method| {
        calls
            .items(Transport::Rest, &format!("{verb} {}", entry.name))
            .to_vec()
    };
    match entry.method {
        Method::Unnamed if is_part(&entry.name) => calls.below(None, &entry.name),
        verb if is_part(&entry.name) => calls.below(Some(&verb.to_string()), &entry.name),
        Method::Stream => calls.items(Transport::WsStreams, &entry.name).to_vec(),
        Method::WsApi => calls.items(Transport::WsApi, &entry.name).to_vec(),
        Method::Event => calls.event(&entry.name).to_vec(),
        Method::Unnamed => [Method::Get, Method::Post, Method::Put, Method::Delete]
            .into_iter()
            .flat_map(rest)
            .collect(),
        Method::None => Vec::new(),
        verb => rest(verb),
    }
}

/// What a finding comes to in the words of a log; nothing where no log would speak of it.
fn spoken(finding: &Finding, scope: &Scope) -> Vec<announcements::Difference> {
    // Documentation and names in code.
    if finding.wire == Verdict::None && finding.behaviour == Verdict::None {
        return Vec::new();
    }
    let say = |method, name: &str, kind| announcements::Difference {
        product: finding.subject.product.clone(),
        kind,
        method,
        name: name.to_owned(),
    };
    let calls = |kind| {
        let call = move |affected: &Affected| named(affected).map(|(method, name)| say(method, name, kind));
        finding.affected.iter().filter_map(call)
    };
    let path = &finding.subject.path;
    let Some(first) = path.first() else {
        // A product that is new or gone is so with all of its calls; other differences of a product are of none.
        let alone = finding.kind.class() == Class::Product && finding.kind.aspect() == Aspect::Itself;
        return match alone {
            true => calls(of_call(finding.kind)).collect(),
            false => Vec::new(),
        };
    };
    let mut said: Vec<announcements::Difference> = match (first.class, path.len()) {
        (Class::Operation | Class::Stream, 1) => calls(of_call(finding.kind)).collect(),
        (Class::Operation | Class::Stream, _) => calls(News::Changed).collect(),
        (Class::Retired, _) => calls(match finding.kind.sense() {
            Sense::Added => News::Removed,
            _ => News::Changed,
        })
        .collect(),
        (Class::Type, _) => {
            let events = scope
                .events
                .get(&finding.subject.product)
                .and_then(|types| types.get(&first.name));
            let events = events.into_iter().flatten();
            calls(News::Changed)
                .chain(events.map(|event| say(Method::Event, event, News::Changed)))
                .collect()
        }
        _ => Vec::new(),
    };
    if let Some(variant) = path.get(1).filter(|step| step.class == Class::Variant) {
        let kind = match finding.kind.sense() {
            Sense::Added => News::Added,
            Sense::Removed => News::Removed,
            _ => News::Changed,
        };
        said.push(say(Method::Event, &variant.name, kind));
    }
    said
}

/// What a log calls a difference of a call as a whole.
fn of_call(kind: Kind) -> News {
    match (kind.sense(), kind.aspect()) {
        (Sense::Added, Aspect::Itself) => News::Added,
        (Sense::Removed, Aspect::Itself) => News::Removed,
        (Sense::Up, Aspect::Deprecated | Aspect::Sunset) => News::Deprecated,
        (
            _,
            Aspect::Weight
            | Aspect::SuccessWeight
            | Aspect::Counter
            | Aspect::UidWeight
            | Aspect::RequestLimits
            | Aspect::UnfilledOrders,
        ) => News::LimitChange,
        _ => News::Changed,
    }
}

/// How a log names a call.
fn named(affected: &Affected) -> Option<(Method, &str)> {
    match affected.transport {
        Transport::Rest => {
            let (verb, path) = affected.call.split_once(' ')?;
            Some((Method::of_verb(verb).unwrap_or(Method::Unnamed), path))
        }
        Transport::WsApi => Some((Method::WsApi, affected.call.as_str())),
        Transport::WsStreams => Some((Method::Stream, affected.call.as_str())),
        _ => None,
    }
}
