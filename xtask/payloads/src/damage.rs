//! `cargo xtask conform --damage`: what becomes of payloads in which one value is not as documented.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use binance_wire_core::json::Reading;
use binance_wire_core::payload::Spellings;
use binance_wire_core::{DecodeError, DecodeErrorKind};

use crate::catalog::Recode;
use crate::json::Json;
use crate::json_compare::compare;

/// One way in which a value is not as documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    Absent,
    Null,
    EmptyText,
    NumberAsText,
    TextAsNumber,
    Word,
    UnknownValue,
    BadElement,
}

impl Damage {
    const ALL: [Self; 8] = [
        Self::Absent,
        Self::Null,
        Self::EmptyText,
        Self::NumberAsText,
        Self::TextAsNumber,
        Self::Word,
        Self::UnknownValue,
        Self::BadElement,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Absent => "member absent",
            Self::Null => "null",
            Self::EmptyText => "empty text",
            Self::NumberAsText => "number as text",
            Self::TextAsNumber => "text as number",
            Self::Word => "word for a number",
            Self::UnknownValue => "unknown value",
            Self::BadElement => "bad list element",
        }
    }

    /// What stands in place of a value; `None` where the damage does not apply to it.
    fn of(self, value: &Json) -> Option<Json> {
        let text = |text: &str| Some(Json::String(text.to_owned()));
        match (self, value) {
            (Self::Absent, _) | (Self::Null, Json::Null) => None,
            (Self::Null, _) => Some(Json::Null),
            (Self::EmptyText, Json::String(old)) if old.is_empty() => None,
            (Self::EmptyText, _) => text(""),
            (Self::NumberAsText, Json::Number(number)) => text(number),
            (Self::TextAsNumber, Json::String(number)) if is_number(number) => {
                Some(Json::Number(number.clone()))
            }
            (Self::Word, Json::Number(_)) => text("INF"),
            (Self::Word, Json::String(number)) if is_number(number) => text("INF"),
            (Self::UnknownValue, Json::String(old)) if !is_number(old) => text(UNKNOWN),
            // An array of plain values may be a positional one, to which a further element is a further field.
            (Self::BadElement, Json::Array(elements))
                if matches!(elements.first(), Some(Json::Object(_) | Json::Array(_))) =>
            {
                Some(Json::Array(
                    elements.iter().cloned().chain([Json::Bool(true)]).collect(),
                ))
            }
            _ => None,
        }
    }
}

/// Whether a text is a number as JSON writes it.
fn is_number(text: &str) -> bool {
    let is_bare = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    is_bare && text.trim() == text && matches!(Json::parse(text), Ok(Json::Number(_)))
}

/// A step from a value to one within it.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Member(usize),
    Element(usize),
}

/// A text that no documentation has.
const UNKNOWN: &str = "NOT_KNOWN_YET";

/// How many elements of a list are damaged.
const ELEMENTS: usize = 2;

/// The ways to all values within a value.
fn ways(value: &Json, way: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let within: Vec<(Step, &Json)> = match value {
        Json::Object(members) => {
            let members = members.iter().enumerate();
            members
                .map(|(at, (_, value))| (Step::Member(at), value))
                .collect()
        }
        Json::Array(elements) => {
            let elements = elements.iter().enumerate().take(ELEMENTS);
            elements.map(|(at, value)| (Step::Element(at), value)).collect()
        }
        _ => Vec::new(),
    };
    for (step, value) in within {
        way.push(step);
        found.push(way.clone());
        ways(value, way, found);
        way.pop();
    }
}

fn reached<'a>(value: &'a Json, way: &[Step]) -> Option<&'a Json> {
    way.iter().try_fold(value, |value, step| match (value, step) {
        (Json::Object(members), Step::Member(at)) => members.get(*at).map(|(_, value)| value),
        (Json::Array(elements), Step::Element(at)) => elements.get(*at),
        _ => None,
    })
}

/// The value with another one at the end of the way, or none.
fn changed(value: &Json, way: &[Step], new: Option<&Json>) -> Json {
    let Some((step, rest)) = way.split_first() else {
        return new.cloned().unwrap_or(Json::Null);
    };
    let gone = rest.is_empty() && new.is_none();
    let other = |here: bool, value: &Json| match here {
        true if gone => None,
        true => Some(changed(value, rest, new)),
        false => Some(value.clone()),
    };
    match (value, step) {
        (Json::Object(members), Step::Member(at)) => {
            let members = members.iter().enumerate();
            let members = members.filter_map(|(index, (key, value))| {
                other(index == *at, value).map(|value| (key.clone(), value))
            });
            Json::Object(members.collect())
        }
        (Json::Array(elements), Step::Element(at)) => {
            let elements = elements.iter().enumerate();
            let elements = elements.filter_map(|(index, value)| other(index == *at, value));
            Json::Array(elements.collect())
        }
        (other, _) => other.clone(),
    }
}

fn path(value: &Json, way: &[Step]) -> String {
    let mut path = String::from("$");
    for (depth, step) in way.iter().enumerate() {
        let around = reached(value, way.get(..depth).unwrap_or_default());
        match (around, step) {
            (Some(Json::Object(members)), Step::Member(at)) => {
                let name = members.get(*at).map_or("", |(name, _)| name.as_str());
                path.push_str(&format!(".{name}"));
            }
            (_, Step::Member(at) | Step::Element(at)) => path.push_str(&format!("[{at}]")),
        }
    }
    path
}

/// What became of damaged payloads.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Decoded with nothing lost.
    decoded: u64,
    /// Decoded with nothing lost, the element of a list around the damage kept raw.
    in_list: u64,
    /// Not decoded, as the value is one that must be there.
    required: u64,
    /// Not decoded for another reason, or something was lost.
    otherwise: u64,
}

/// The outcomes by kind of damage.
#[derive(Debug, Default)]
pub(crate) struct Table(BTreeMap<Damage, Counts>);

impl Table {
    /// Damages one payload in every way; gives a line for each damage that failed otherwise.
    pub(crate) fn add(&mut self, recode: Recode, spellings: &Spellings, text: &str) -> Vec<String> {
        let Ok(whole) = Json::parse(text) else {
            return vec!["is not JSON".to_owned()];
        };
        let keeps = |payload: &Json, reading: Reading| kept(recode, spellings, payload, reading);
        let mut found = Vec::new();
        ways(&whole, &mut Vec::new(), &mut found);
        found.push(Vec::new());
        let mut lines = Vec::new();
        for way in &found {
            let Some(value) = reached(&whole, way) else {
                continue;
            };
            let without = changed(&whole, way, None);
            // What cannot be left out must be there; so must the answer itself, and what says what it is.
            let other = changed(&whole, way, Some(&Json::String(UNKNOWN.to_owned())));
            let required = way.is_empty()
                || keeps(&without, Reading::new().complete()).is_err()
                || keeps(&other, Reading::new().complete()).is_err_and(|failure| failure.decides);
            for damage in Damage::ALL {
                let damaged = match damage {
                    Damage::Absent if matches!(way.last(), Some(Step::Member(_))) => without.clone(),
                    damage => match damage.of(value) {
                        Some(other) => changed(&whole, way, Some(&other)),
                        None => continue,
                    },
                };
                let counts = self.0.entry(damage).or_default();
                if keeps(&damaged, Reading::new().complete()).is_ok() {
                    counts.decoded += 1;
                    continue;
                }
                match keeps(&damaged, Reading::new()) {
                    Ok(()) => counts.in_list += 1,
                    Err(_) if required && damage != Damage::BadElement => counts.required += 1,
                    Err(Failure { decides: true, .. }) => counts.required += 1,
                    Err(Failure { why, .. }) => {
                        counts.otherwise += 1;
                        lines.push(format!("{}: {}: {why}", path(&whole, way), damage.name()));
                    }
                }
            }
        }
        lines
    }

    /// Whether a damage failed otherwise than at what must be there.
    pub(crate) fn has_findings(&self) -> bool {
        self.0.values().any(|counts| counts.otherwise > 0)
    }

    pub(crate) fn print(&self, out: &mut impl Write) -> Result<()> {
        writeln!(
            out,
            "{:<18}{:>10}{:>12}{:>12}{:>12}",
            "damage", "decoded", "kept raw", "required", "otherwise"
        )?;
        for (damage, counts) in &self.0 {
            writeln!(
                out,
                "{:<18}{:>10}{:>12}{:>12}{:>12}",
                damage.name(),
                counts.decoded,
                counts.in_list,
                counts.required,
                counts.otherwise
            )?;
        }
        Ok(())
    }
}

/// Why a payload is not decoded, or what of it is lost.
struct Failure {
    why: String,
    /// Whether the place says what the payload is: the type of an event, or whether an envelope has an answer.
    decides: bool,
}

impl Failure {
    fn lost(why: impl ToString) -> Self {
        Self {
            why: why.to_string(),
            decides: false,
        }
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        let decides = match error.kind() {
            // A type is named with its article; what has none is the text of a constant.
            DecodeErrorKind::WrongType(expected)
                if !expected.starts_with("a ") && !expected.starts_with("an ") =>
            {
                true
            }
            DecodeErrorKind::Other(_) => true,
            _ => error.path() == "$.success",
        };
        Self {
            why: error.to_string(),
            decides,
        }
    }
}

/// Whether a payload is decoded with nothing lost; else why not.
fn kept(recode: Recode, spellings: &Spellings, payload: &Json, reading: Reading) -> Result<(), Failure> {
    let again = recode(&payload.to_string(), reading)?;
    let again = Json::parse(&again).map_err(Failure::lost)?;
    // What is written although it did not come is a constant.
    let differences = compare(payload, &again, spellings).differences;
    let lost = differences
        .iter()
        .find(|difference| !difference.what.starts_with("added"));
    lost.map_or(Ok(()), |lost| Err(Failure::lost(lost)))
}
