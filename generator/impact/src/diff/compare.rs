//! Two trees beside each other.

use std::collections::{BTreeSet, HashMap};

use binance_wire_codegen::names;
use binance_wire_model::api::Location;
use binance_wire_surface::rust_item::{RustItem, RustItemKind};

use super::finding::{Affected, Finding, Place, Step, Subject};
use super::kind::{Aspect, Class, Role, Sense, Severity, Transport, Verdict};
use super::node::{Fact, Node, shifts};
use super::rules::{self, Rule};
use crate::pairs::{orders, pairs};

/// What surrounds a thing.
#[derive(Clone, Default)]
struct Around {
    product: String,
    transport: Option<Transport>,
    path: Vec<Step>,
    affected: Vec<Affected>,
    /// What the thing around is in the old Rust.
    holder: Vec<RustItem>,
}

/// Collects what differs between two trees.
pub(super) struct Comparer {
    findings: Vec<Finding>,
    /// Types that have another name now, so that what refers to them has not changed.
    renamed: HashMap<String, String>,
}

impl Comparer {
    /// What differs between two products.
    pub(super) fn products(old: &Node, new: &Node) -> Vec<Finding> {
        let mut comparer = Self {
            findings: Vec::new(),
            renamed: HashMap::new(),
        };
        let around = Around {
            product: new.key.clone(),
            ..Around::default()
        };
        for (before, after) in pairs(&old.children, &new.children).both {
            if before.class == Class::Type && before.key != after.key {
                comparer.renamed.insert(before.key.clone(), after.key.clone());
            }
        }
        comparer.facts(old, new, &around);
        comparer.children(old, new, &around);
        comparer.findings
    }

    /// A product that only one side has.
    pub(super) fn product_alone(product: &Node, sense: Sense) -> Vec<Finding> {
        let mut comparer = Self {
            findings: Vec::new(),
            renamed: HashMap::new(),
        };
        // Its types say the same again, and add what arrives over no call of its own.
        let calls = product.children.iter().filter(|child| child.class != Class::Type);
        let calls = calls.flat_map(|child| &child.affected);
        let around = Around {
            product: product.key.clone(),
            affected: calls.cloned().collect(),
            ..Around::default()
        };
        comparer.report(Difference {
            aspect: Aspect::Itself,
            sense,
            around: &around,
            old: (sense == Sense::Removed).then_some(product),
            new: (sense == Sense::Added).then_some(product),
            before: None,
            after: None,
        });
        comparer.findings
    }

    /// What stands in a pair; the surroundings end with the pair itself.
    fn children(&mut self, old: &Node, new: &Node, around: &Around) {
        let pairs = pairs(&old.children, &new.children);
        for (before, after) in &pairs.both {
            self.both(before, after, around);
        }
        for (at, gone) in &pairs.removed {
            let shifts = shifts(old, *at, &pairs.common_old);
            self.alone(gone, Sense::Removed, shifts, around);
        }
        for (at, come) in &pairs.added {
            let shifts = shifts(new, *at, &pairs.common_new);
            self.alone(come, Sense::Added, shifts, around);
        }
        let order = |pick: &dyn Fn(&Node) -> bool| {
            let some: Vec<&(&Node, &Node)> = pairs.both.iter().filter(|(a, b)| pick(a) && pick(b)).collect();
            orders(&some, &new.children).map(|(old, new)| {
                let shown = |names: &[&str]| {
                    let same = old.iter().zip(new.iter()).take_while(|(a, b)| a == b).count();
                    let rest = old
                        .iter()
                        .rev()
                        .zip(new.iter().rev())
                        .take_while(|(a, b)| a == b)
                        .count();
                    names.get(same..names.len() - rest).unwrap_or(names).join(", ")
                };
                (shown(&old), shown(&new))
            })
        };
        for (aspect, found) in [
            (
                Aspect::Order,
                order(&|node| node.class.ordered() && !node.floating),
            ),
            (
                Aspect::Arguments,
                order(&|node| node.argument).filter(|_| !(old.by_name && new.by_name)),
            ),
        ] {
            if let Some((before, after)) = found {
                self.report(Difference {
                    aspect,
                    sense: Sense::Changed,
                    around,
                    old: Some(old),
                    new: Some(new),
                    before: Some(before),
                    after: Some(after),
                });
            }
        }
    }

    fn both(&mut self, old: &Node, new: &Node, around: &Around) {
        let mut here = within(around, old, new);
        let name =
            |aspect, before: &str, after: &str| (aspect, Some(before.to_owned()), Some(after.to_owned()));
        let same_code = !old.code.is_empty() && old.code == new.code;
        let known = |aspect| rules::rule(new.class, aspect, Sense::Changed).is_some();
        let renamed =
            if old.key != new.key && old.class == Class::Stream && nameless(&old.key) == nameless(&new.key) {
                // On the wire stand the values; the placeholders say that they have other names.
                None
            } else if old.key != new.key && same_code && known(Aspect::Spelling) {
                Some(name(Aspect::Spelling, &old.shown, &new.shown))
            } else if old.key != new.key {
                Some(name(Aspect::Name, &old.shown, &new.shown))
            } else if !same_code && !old.code.is_empty() && !new.code.is_empty() && known(Aspect::Identifier)
            {
                Some(name(Aspect::Identifier, &old.code, &new.code))
            } else {
                None
            };
        if let Some((aspect, before, after)) = renamed {
            let sense = match aspect {
                Aspect::Identifier => renaming(&old.code, &new.code),
                _ => Sense::Changed,
            };
            self.report(Difference {
                aspect,
                sense,
                around: &here,
                old: Some(old),
                new: Some(new),
                before,
                after,
            });
        }
        let found = self.findings.len();
        let outer = self.rename(old, new);
        self.facts(old, new, &here);
        here.holder.clone_from(&old.items);
        // What a type of another kind holds has nothing to do with what it held.
        let kind = |node: &Node| node.find_fact(Aspect::Kind).map(|fact| fact.text.clone());
        if new.class != Class::Type || kind(old) == kind(new) {
            self.children(old, new, &here);
        }
        if let Some(outer) = outer {
            self.renamed = outer;
        }
        // Under one id and version a schema is to say one thing for ever.
        if new.class == Class::SbeSchema && self.findings.len() > found && same_version(old, new) {
            self.report(Difference {
                aspect: Aspect::InPlace,
                sense: Sense::Changed,
                around: &here,
                old: Some(old),
                new: Some(new),
                before: None,
                after: None,
            });
        }
    }

    /// Takes note of the types of a schema that have another name now, whose names hold in it alone; gives back what was
    /// noted before.
    fn rename(&mut self, old: &Node, new: &Node) -> Option<HashMap<String, String>> {
        if new.class != Class::SbeSchema {
            return None;
        }
        let renamed = pairs(&old.children, &new.children)
            .both
            .into_iter()
            .filter(|(before, after)| {
                matches!(before.class, Class::SbeEnum | Class::SbeSet) && before.key != after.key
            })
            .map(|(before, after)| (before.key.clone(), after.key.clone()))
            .collect();
        Some(std::mem::replace(&mut self.renamed, renamed))
    }

    fn facts(&mut self, old: &Node, new: &Node, around: &Around) {
        for before in &old.facts {
            // What one side does not know has not changed.
            let Some(after) = new.facts.iter().find(|fact| fact.aspect == before.aspect) else {
                continue;
            };
            let text = self.current(&before.text);
            if text == after.text {
                continue;
            }
            let aspect = match (&before.weak, &after.weak) {
                (Some((a, weak)), Some((b, _))) if self.current(a) == *b => *weak,
                _ => before.aspect,
            };
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            self.report(Difference {
                aspect,
                sense: sense(before, after),
                around,
                old: Some(old),
                new: Some(new),
                before: some(&before.text),
                after: some(&after.text),
            });
        }
    }

    /// A text with the names that types have now.
    fn current(&self, text: &str) -> String {
        if self.renamed.is_empty() {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut word = String::new();
        for c in text.chars().chain(['\0']) {
            if c.is_alphanumeric() || c == '_' {
                word.push(c);
                continue;
            }
            out.push_str(self.renamed.get(&word).unwrap_or(&word));
            word.clear();
            if c != '\0' {
                out.push(c);
            }
        }
        out
    }

    fn alone(&mut self, node: &Node, sense: Sense, shifts: bool, around: &Around) {
        let known = |aspect| rules::rule(node.class, aspect, sense).is_some();
        let aspect = if shifts && node.demanded && known(Aspect::InsertedDemanded) {
            Aspect::InsertedDemanded
        } else if shifts && known(Aspect::Inserted) {
            Aspect::Inserted
        } else if node.demanded && known(Aspect::Demanded) {
            Aspect::Demanded
        } else {
            Aspect::Itself
        };
        let around = within(around, node, node);
        let reported = describe(node);
        self.report(Difference {
            aspect,
            sense,
            around: &around,
            old: (sense == Sense::Removed).then_some(node),
            new: (sense == Sense::Added).then_some(node),
            before: reported.clone().filter(|_| sense == Sense::Removed),
            after: reported.filter(|_| sense == Sense::Added),
        });
    }

    fn report(&mut self, reported: Difference<'_>) {
        let Some(node) = reported.new.or(reported.old) else {
            return;
        };
        // A fact that the table does not know would be a hole in it, which a test looks for.
        let Some(rule) = rules::rule(node.class, reported.aspect, reported.sense) else {
            debug_assert!(
                false,
                "no rule for {:?}",
                (node.class, reported.aspect, reported.sense)
            );
            return;
        };
        self.findings.push(reported.finding(rule, node));
    }
}

/// A difference that was found without trees.
pub(super) struct Seen<'s> {
    pub(super) class: Class,
    pub(super) aspect: Aspect,
    pub(super) sense: Sense,
    pub(super) role: Role,
    pub(super) product: &'s str,
    pub(super) path: &'s [Step],
    pub(super) affected: &'s [Affected],
    pub(super) location: Location,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// The finding of a difference; none where the table has no such kind.
pub(super) fn seen(seen: Seen<'_>) -> Option<Finding> {
    let rule = rules::rule(seen.class, seen.aspect, seen.sense);
    debug_assert!(
        rule.is_some(),
        "no rule for {:?}",
        (seen.class, seen.aspect, seen.sense)
    );
    let name = seen.path.last().map_or("", |step| step.name.as_str());
    let mut node = Node::new(seen.class, name);
    node.role = seen.role;
    node.location = seen.location;
    let around = Around {
        product: seen.product.to_owned(),
        transport: Some(Transport::Rest),
        path: seen.path.to_vec(),
        affected: seen.affected.to_vec(),
        holder: Vec::new(),
    };
    let difference = Difference {
        aspect: seen.aspect,
        sense: seen.sense,
        around: &around,
        old: (seen.sense != Sense::Added).then_some(&node),
        new: (seen.sense != Sense::Removed).then_some(&node),
        before: seen.before,
        after: seen.after,
    };
    Some(difference.finding(rule?, &node))
}

/// A difference on its way to a finding.
struct Difference<'t> {
    aspect: Aspect,
    sense: Sense,
    around: &'t Around,
    old: Option<&'t Node>,
    new: Option<&'t Node>,
    before: Option<String>,
    after: Option<String>,
}

impl Difference<'_> {
    fn finding(self, rule: &'static Rule, node: &Node) -> Finding {
        let Self { around, sense, .. } = self;
        let subject = Subject {
            product: around.product.clone(),
            transport: around.transport,
            path: around.path.clone(),
        };
        let role = match (self.old.map(|node| node.role), self.new.map(|node| node.role)) {
            (Some(a), Some(b)) if a == b => a,
            (Some(_), Some(_)) => Role::Both,
            (Some(role), None) | (None, Some(role)) => role,
            (None, None) => Role::Both,
        };
        // A constant is written and checked; code does not see it.
        let mut sides = [self.old, self.new].into_iter().flatten();
        let unseen = node.class == Class::Field && sides.all(|side| side.items.is_empty());
        let new_to_code = node.class == Class::Field && self.old.is_some_and(|old| old.items.is_empty());
        let surface = match (unseen, new_to_code) {
            (true, _) => Verdict::None,
            (false, true) => rule.surface(role).min(Verdict::Compatible),
            (false, false) => rule.surface(role),
        };
        let wire = rule.wire(role);
        let worst = wire.max(surface).max(rule.behaviour);
        let items = touched(&self, rule, worst);
        let what = subject
            .inside_out()
            .unwrap_or_else(|| format!("{} `{}`", node.class.noun(), node.shown));
        let Self { before, after, .. } = self;
        let alone = matches!(sense, Sense::Added | Sense::Removed);
        let message = match (before.as_deref(), after.as_deref()) {
            (None, None) => format!("{what} {}", rule.phrase),
            // The phrase says which way.
            (Some("yes" | "no"), Some("yes" | "no")) if matches!(sense, Sense::Up | Sense::Down) => {
                format!("{what} {}", rule.phrase)
            }
            (None, Some(only)) | (Some(only), None) if alone => {
                format!("{what} {}: {only}", rule.phrase)
            }
            (before, after) => {
                let (before, after) = (before.unwrap_or("–"), after.unwrap_or("–"));
                format!("{what} {}: {before} → {after}", rule.phrase)
            }
        };
        Finding {
            fingerprint: fingerprint(rule.name, &subject, before.as_deref(), after.as_deref()),
            kind: rule.into(),
            group: group(rule, node, before.as_deref(), after.as_deref()),
            subject,
            wire,
            surface,
            behaviour: rule.behaviour,
            severity: match worst {
                Verdict::Breaking => Severity::Error,
                Verdict::Attention => Severity::Warning,
                Verdict::Compatible | Verdict::None => Severity::Info,
            },
            approved: None,
            message,
            before,
            after,
            affected: around.affected.clone(),
            items,
            location: Place {
                file: node.location.file.clone(),
                line: node.location.line,
            },
            uses: Vec::new(),
        }
    }
}

/// The items that code uses where a difference touches it.
///
/// A thing is used by its own items, of either side; what is arguments of something is used where that is made. What is
/// new cannot be used yet: where more than what was there breaks or surprises, whoever uses the thing around it is touched.
/// Another default concerns those who leave the parameter out. A type that is gone or became another kind takes its members with it, and a family of error codes its codes.
fn touched(reported: &Difference<'_>, rule: &Rule, worst: Verdict) -> Vec<RustItem> {
    let sides = || [reported.old, reported.new].into_iter().flatten();
    let mut items: BTreeSet<RustItem> = match reported.aspect {
        Aspect::Arguments => sides().flat_map(|node| node.makers.iter().cloned()).collect(),
        _ => BTreeSet::new(),
    };
    if items.is_empty() {
        items.extend(sides().flat_map(|node| node.items.iter().cloned()));
    }
    let made = |item: &RustItem| {
        matches!(
            item.kind,
            RustItemKind::Constructor { .. } | RustItemKind::Function { .. }
        )
    };
    let surprising = rule.sense == Sense::Added && worst >= Verdict::Attention && !items.iter().any(made);
    if surprising || reported.aspect == Aspect::Default && rule.class == Class::Parameter {
        items.extend(reported.around.holder.iter().cloned());
    }
    // Whoever offers a server implements a trait, which has one more method.
    if rule.sense == Sense::Added && rule.class == Class::ServerOperation && worst >= Verdict::Attention {
        let traits: Vec<RustItem> = items
            .iter()
            .filter_map(|item| match &item.kind {
                RustItemKind::Method { owner, .. } => Some(RustItem {
                    krate: item.krate.clone(),
                    kind: RustItemKind::Type { path: owner.clone() },
                }),
                _ => None,
            })
            .collect();
        items.extend(traits);
    }
    let dissolved = reported.aspect == Aspect::Kind || rule.sense == Sense::Removed;
    if let Some(old) = reported
        .old
        .filter(|old| dissolved && matches!(old.class, Class::Type | Class::ErrorFamily))
    {
        items.extend(old.children.iter().flat_map(|child| child.items.iter().cloned()));
    }
    items.into_iter().collect()
}

/// The change that a finding is part of.
fn group(rule: &Rule, node: &Node, before: Option<&str>, after: Option<&str>) -> String {
    let name = node.common.clone().unwrap_or_else(|| names::snake(&node.shown));
    let family = node.class.family();
    match rule.sense {
        Sense::Added | Sense::Removed => format!("{family} {name} {}", rule.sense.word()),
        _ => {
            let aspect = format!("{:?}", rule.aspect).to_lowercase();
            let arrow = match (before, after) {
                (None, None) => String::new(),
                (before, after) => format!(": {} → {}", before.unwrap_or("–"), after.unwrap_or("–")),
            };
            format!("{family} {name} {aspect}{arrow}")
        }
    }
}

/// The name of a difference: FNV-1a of what it is about, 64 bits.
pub(super) fn fingerprint(
    kind: &str,
    subject: &Subject,
    before: Option<&str>,
    after: Option<&str>,
) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: &str| {
        // The separator keeps `ab`, `c` from being `a`, `bc`.
        for byte in text.bytes().chain([0xff]) {
            hash ^= u64::from(byte);
            hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    add(kind);
    add(&subject.product);
    add(subject.transport.map_or("", Transport::name));
    for step in &subject.path {
        add(step.class.noun());
        add(&step.name);
    }
    add(before.unwrap_or("\u{1}"));
    add(after.unwrap_or("\u{1}"));
    // FNV mixes its upper bits poorly; the rest of murmur's finish does.
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    format!("{hash:016x}")
}

fn within(around: &Around, old: &Node, new: &Node) -> Around {
    let mut here = around.clone();
    // A thing is told under the name that it had, so that both directions and later runs tell it alike.
    here.path.push(Step {
        class: old.class,
        name: old.shown.clone(),
    });
    here.transport = new.transport.or(around.transport);
    let affected: BTreeSet<&Affected> = old.affected.iter().chain(&new.affected).collect();
    if !affected.is_empty() {
        here.affected = affected.into_iter().cloned().collect();
    }
    here
}

/// A stream's pattern without the names of its placeholders.
fn nameless(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut within = false;
    for c in pattern.chars() {
        within = (within || c == '<') && c != '>';
        if !within || c == '<' {
            out.push(c);
        }
    }
    out
}

fn same_version(old: &Node, new: &Node) -> bool {
    [Aspect::Id, Aspect::Version]
        .into_iter()
        .all(|aspect| old.find_fact(aspect) == new.find_fact(aspect))
}

/// What is worth knowing of a thing that is new or gone.
fn describe(node: &Node) -> Option<String> {
    let reported = [
        Aspect::Type,
        Aspect::Event,
        Aspect::Response,
        Aspect::Raw,
        Aspect::Text,
        Aspect::Replacement,
        Aspect::Hosts,
    ];
    let fact = reported.iter().find_map(|aspect| node.find_fact(*aspect))?;
    (!fact.text.is_empty()).then(|| fact.text.clone())
}

fn sense(before: &Fact, after: &Fact) -> Sense {
    let (Some(a), Some(b)) = (&before.rank, &after.rank) else {
        return Sense::Changed;
    };
    if a.shape != b.shape || a.values.len() != b.values.len() {
        return Sense::Changed;
    }
    let pairs = || a.values.iter().zip(&b.values);
    if pairs().all(|(a, b)| a == b) {
        Sense::Changed
    } else if pairs().all(|(a, b)| b >= a) {
        Sense::Up
    } else if pairs().all(|(a, b)| b <= a) {
        Sense::Down
    } else {
        Sense::Changed
    }
}

/// What became of the names, set off by commas, that code has for a thing.
fn renaming(old: &str, new: &str) -> Sense {
    let names = |text| -> BTreeSet<&str> { str::split(text, ", ").collect() };
    let (old, new) = (names(old), names(new));
    if old.is_subset(&new) {
        Sense::Up
    } else if new.is_subset(&old) {
        Sense::Down
    } else {
        Sense::Changed
    }
}
