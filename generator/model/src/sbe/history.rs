//! Faults in a schema's history: places where a later version did not only add.
//!
//! SBE lets a reader of one version read every version with the same id, provided that fields are only ever
//! appended and marked with the version that brought them. [`faults`] finds where a row of published versions
//! broke that promise. What a reader of the latest version alone must know of it stands in a [`History`] beside
//! the schema.

use std::collections::BTreeMap;

use super::{Aside, Field, Line, Members, Message, Schema, block_layout};

crate::named! {
    /// What is wrong with a place in the history of a schema; the names are those in history files.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum FaultKind {
        /// A block changed other than by appending.
        BlockChanged = "block-changed",
        /// A message is gone, and the schema id is the same.
        MessageDropped = "message-dropped",
        /// A message or field is new and does not say since when.
        SinceMissing = "since-missing",
        /// A mantissa names another exponent than its namesakes in the same schema do.
        OddExponent = "odd-exponent",
    }
}

impl FaultKind {
    /// The kind in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::BlockChanged => "its block changed in place",
            Self::MessageDropped => "the message was dropped",
            Self::SinceMissing => "new, but without sinceVersion",
            Self::OddExponent => "names another exponent than its namesakes",
        }
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The first version that is affected: the later one of two, or the one that has the oddity.
    pub version: u16,
    /// `Message`, `Message.field` or `Message.group`.
    pub place: String,
    /// What it means for a reader, in one line.
    pub note: Aside<String>,
    /// How earlier versions lay out the block, where a reader can bridge the change.
    pub leading_exponents: Aside<Option<LeadingExponents>>,
    /// Where the history file has it.
    pub line: Line,
}

impl Fault {
    fn found(kind: FaultKind, version: u16, place: String) -> Self {
        Self {
            kind,
            version,
            place,
            note: Aside::default(),
            leading_exponents: Aside::default(),
            line: Aside::default(),
        }
    }
}

/// Exponents of one byte each that stood at the head of a group's entries before a version, and in a block
/// around it since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadingExponents {
    /// The names, in the order of the bytes.
    pub names: Vec<String>,
}

/// What is known of a schema's history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The file it was read from.
    pub file: Aside<String>,
    /// The schema id whose versions it speaks of.
    pub schema_id: u16,
    /// The faults.
    pub faults: Vec<Fault>,
}

impl History {
    /// The change of a group's block that a reader must bridge: the version from which the latest layout
    /// holds, and the exponents at the head of each entry before it.
    pub fn leading_exponents(&self, place: &str) -> Option<(u16, &LeadingExponents)> {
        self.faults
            .iter()
            .filter(|fault| fault.kind == FaultKind::BlockChanged && fault.place == place)
            .find_map(|fault| Some((fault.version, fault.leading_exponents.0.as_ref()?)))
    }
}

/// The faults in a row of versions of one schema, oldest first. Versions with different ids are not compared.
pub fn faults(versions: &[Schema]) -> Vec<Fault> {
    let mut found = Vec::new();
    for pair in versions.windows(2) {
        let [older, newer] = pair else { continue };
        if older.id != newer.id {
            continue;
        }
        for message in &older.messages {
            match newer.messages.iter().find(|m| m.id == message.id) {
                None => {
                    found.push(Fault::found(
                        FaultKind::MessageDropped,
                        newer.version,
                        message.name.clone(),
                    ));
                }
                Some(later) => {
                    members(
                        older,
                        newer,
                        &message.members,
                        &later.members,
                        &later.name,
                        &mut found,
                    );
                }
            }
        }
        for message in &newer.messages {
            let is_new = !older.messages.iter().any(|m| m.id == message.id);
            if is_new && message.since != newer.version {
                found.push(Fault::found(
                    FaultKind::SinceMissing,
                    newer.version,
                    message.name.clone(),
                ));
            }
        }
    }
    if let Some(latest) = versions.last() {
        odd_exponents(latest, &mut found);
    }
    found
}

fn members(
    older: &Schema,
    newer: &Schema,
    before: &Members,
    after: &Members,
    place: &str,
    found: &mut Vec<Fault>,
) {
    let (Some((old_layout, _)), Some((new_layout, _))) = (
        block_layout(older, &before.fields),
        block_layout(newer, &after.fields),
    ) else {
        return;
    };
    if !new_layout.starts_with(&old_layout) {
        found.push(Fault::found(
            FaultKind::BlockChanged,
            newer.version,
            place.to_owned(),
        ));
        return;
    }
    for field in &after.fields[before.fields.len()..] {
        if field.since != newer.version {
            let place = format!("{place}.{}", field.name);
            found.push(Fault::found(FaultKind::SinceMissing, newer.version, place));
        }
    }
    for group in &before.groups {
        if let Some(later) = after.groups.iter().find(|g| g.id == group.id) {
            let place = format!("{place}.{}", later.name);
            members(older, newer, &group.members, &later.members, &place, found);
        }
    }
}

/// A mantissa is odd when it names one exponent and at least two thirds of the mantissas with its name,
/// three at least, name another one.
fn odd_exponents(schema: &Schema, found: &mut Vec<Fault>) {
    let mut usage: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for message in &schema.messages {
        for_each_mantissa(&message.members, "", &mut |_, field, exponent| {
            *usage.entry(&field.name).or_default().entry(exponent).or_default() += 1;
        });
    }
    let odd = |message: &Message, found: &mut Vec<Fault>| {
        for_each_mantissa(&message.members, &message.name, &mut |_, field, exponent| {
            let Some(uses) = usage.get(field.name.as_str()) else {
                return;
            };
            let all: usize = uses.values().sum();
            let own = uses.get(exponent).copied().unwrap_or_default();
            let most = uses.values().copied().max().unwrap_or_default();
            if own < most && most >= 3 && most * 3 >= all * 2 {
                let place = format!("{}.{}", message.name, field.name);
                found.push(Fault::found(FaultKind::OddExponent, schema.version, place));
            }
        });
    };
    for message in &schema.messages {
        odd(message, found);
    }
}

fn for_each_mantissa<'m>(
    members: &'m Members,
    place: &str,
    visit: &mut impl FnMut(&str, &'m Field, &'m str),
) {
    for field in &members.fields {
        if let Some(exponent) = &field.exponent {
            visit(place, field, exponent);
        }
    }
    for group in &members.groups {
        for_each_mantissa(&group.members, place, visit);
    }
}
