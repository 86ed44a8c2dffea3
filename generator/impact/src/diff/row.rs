//! A kind of difference, as reports, decisions and users of the library name it.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

use super::kind::{Aspect, Class, Sense};
use super::rules::{self, Rule};

/// A kind of difference: a row of the table.
#[derive(Clone, Copy)]
pub struct Kind(&'static Rule);

impl Kind {
    /// All kinds, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        rules::RULES.iter().map(Self)
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        rules::RULES.iter().find(|rule| rule.name == name).map(Self)
    }

    /// The name in reports and decisions: `required-parameter-added`.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What differs.
    pub fn class(self) -> Class {
        self.0.class
    }

    /// What about it differs.
    pub fn aspect(self) -> Aspect {
        self.0.aspect
    }

    /// Which way.
    pub fn sense(self) -> Sense {
        self.0.sense
    }

    /// The verb of a message about the thing: `was removed`.
    pub fn phrase(self) -> &'static str {
        self.0.phrase
    }

    /// Whether the thing must be there, or whether that is what differs.
    pub fn demands(self) -> bool {
        matches!(
            self.0.aspect,
            Aspect::Demanded | Aspect::InsertedDemanded | Aspect::Required
        )
    }

    /// The kind of the same difference, read backwards.
    pub fn mirror(self) -> Option<Self> {
        rules::rule(self.0.class, self.0.aspect, self.0.sense.mirrored()).map(Self)
    }
}

impl From<&'static Rule> for Kind {
    fn from(rule: &'static Rule) -> Self {
        Self(rule)
    }
}

/// No two kinds have one name; a test holds the table to it.
impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Kind {}

impl Ord for Kind {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
