//! What samples show at each of their places.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value;

/// Everything that was seen at one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    pub(super) nulls: usize,
    pub(super) booleans: usize,
    pub(super) integers: Vec<i128>,
    /// Numbers with a fraction, or that no `i64` holds.
    pub(super) fractions: usize,
    /// Whether one of them is more than a decimal holds.
    pub(super) beyond: bool,
    pub(super) texts: BTreeSet<String>,
    pub(super) arrays: usize,
    pub(super) items: Option<Box<Shape>>,
    pub(super) objects: usize,
    pub(super) members: IndexMap<String, Member>,
    /// The samples with an object here.
    pub(super) samples: BTreeSet<usize>,
}

/// Decimals have 96 bits and at most 28 digits behind the point: every number of 28 digits is one.
const DECIMAL_DIGITS: usize = 28;
const DECIMAL_LIMIT: f64 = 1e28;

#[derive(Clone, Debug, Default)]
pub(super) struct Member {
    pub(super) shape: Shape,
    pub(super) count: usize,
}

impl Shape {
    pub(super) fn add(&mut self, value: &Value, sample: usize) {
        match value {
            Value::Null => self.nulls += 1,
            Value::Bool(_) => self.booleans += 1,
            Value::Number(number) => match number.as_i64() {
                Some(integer) => self.integers.push(i128::from(integer)),
                None => {
                    self.fractions += 1;
                    self.beyond |= number.as_f64().is_none_or(|number| number.abs() >= DECIMAL_LIMIT);
                }
            },
            Value::String(text) => {
                self.texts.insert(text.clone());
            }
            Value::Array(items) => {
                self.arrays += 1;
                for item in items {
                    self.items.get_or_insert_default().add(item, sample);
                }
            }
            Value::Object(members) => {
                self.objects += 1;
                self.samples.insert(sample);
                for (name, value) in members {
                    let member = self.members.entry(name.clone()).or_default();
                    member.count += 1;
                    member.shape.add(value, sample);
                }
            }
        }
    }

    /// The kinds of values, without null.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let seen = [
            ("boolean", self.booleans > 0),
            ("number", !self.integers.is_empty() || self.fractions > 0),
            ("text", !self.texts.is_empty()),
            ("array", self.arrays > 0),
            ("object", self.objects > 0),
        ];
        seen.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect()
    }

    /// Whether the keys are data: symbols, assets, numbers.
    pub(super) fn is_map(&self) -> bool {
        let data = |key: &str| {
            key.chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
                && key.len() > 1
        };
        let mut kinds: BTreeSet<Vec<&'static str>> = BTreeSet::new();
        for member in self.members.values() {
            kinds.insert(member.shape.kinds());
        }
        self.members.len() > 1 && kinds.len() == 1 && self.members.keys().all(|key| data(key))
    }

    /// Adds all that another place has seen.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.nulls += other.nulls;
        self.booleans += other.booleans;
        self.integers.extend(&other.integers);
        self.fractions += other.fractions;
        self.beyond |= other.beyond;
        self.texts.extend(other.texts.iter().cloned());
        self.arrays += other.arrays;
        if let Some(items) = &other.items {
            self.items.get_or_insert_default().absorb(items);
        }
        self.objects += other.objects;
        self.samples.extend(&other.samples);
        for (name, member) in &other.members {
            let own = self.members.entry(name.clone()).or_default();
            own.count += member.count;
            own.shape.absorb(&member.shape);
        }
    }
}

/// Whether a text is a number: `Some(true)` a whole one.
pub(super) fn numeric(text: &str) -> Option<bool> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.trim_start_matches('0').len() + part.len() > DECIMAL_DIGITS {
        return None;
    }
    match digits.split_once('.') {
        Some((whole, part)) => (number(whole) && number(part)).then_some(false),
        None => number(digits).then_some(true),
    }
}

/// Whether a name is one of identifiers.
pub(super) fn is_id(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "id"
        || name.ends_with("Id")
        || name.ends_with("ID")
        || name.ends_with("No")
        || lower.ends_with("_id")
}

/// The unit in which numbers of this size count time, from 2010 to 2100.
fn unit(number: i128) -> Option<&'static str> {
    match number {
        1_262_304_000..=4_102_444_800 => Some("s"),
        1_262_304_000_000..=4_102_444_800_000 => Some("ms"),
        1_262_304_000_000_000..=4_102_444_800_000_000 => Some("us"),
        _ => None,
    }
}

/// The one unit in which all numbers that are not zero count time.
pub(super) fn common_unit(numbers: impl Iterator<Item = i128>) -> Option<&'static str> {
    let mut found = None;
    for number in numbers.filter(|number| *number != 0) {
        let unit = unit(number)?;
        if found.is_some_and(|found| found != unit) {
            return None;
        }
        found = Some(unit);
    }
    found
}
