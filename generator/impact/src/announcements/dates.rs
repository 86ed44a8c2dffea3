//! Dates as the logs write them.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// A day of the calendar.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let parts = (
            year.try_into().ok()?,
            month.try_into().ok()?,
            day.try_into().ok()?,
        );
        let date = civil::Date::new(parts.0, parts.1, parts.2).ok()?;
        (2000..2100).contains(&year).then_some(Self(date))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match numeric(text) {
            Some((length, Some(date))) if length == text.len() => Ok(date),
            _ => Err(format!("`{text}` is not a day; write it as 2026-07-22")),
        }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What looks like `2022-3-29` at the beginning of a text: its length, and the date if there is such a day.
pub(super) fn numeric(text: &str) -> Option<(usize, Option<Date>)> {
    let (year, rest) = digits(text, 4)?;
    if year < 1000 {
        return None;
    }
    let rest = rest.strip_prefix('-')?;
    let (month, rest) = digits(rest, 2)?;
    let rest = rest.strip_prefix('-')?;
    let (day, rest) = digits(rest, 2)?;
    if rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-') && !rest.starts_with('T') {
        return None;
    }
    let date = match (u8::try_from(month), u8::try_from(day)) {
        (Ok(month), Ok(day)) => Date::new(year, month, day),
        _ => None,
    };
    Some((text.len() - rest.len(), date))
}

fn digits(text: &str, most: usize) -> Option<(u16, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(count)?;
    Some((number.parse().ok()?, rest))
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The date at the beginning of a text: `2026-04-28`, `January 05, 2022`, `28 May 2026`.
fn any(text: &str) -> Option<Date> {
    if let Some((_, date)) = numeric(text) {
        return date;
    }
    let mut words = text
        .split([' ', ',', '*', '.', ')', '\n'])
        .filter(|word| !word.is_empty());
    let (first, second, third) = (words.next()?, words.next()?, words.next()?);
    let year = third.get(..4)?.parse().ok()?;
    let month = |word: &str| {
        let word = word.to_ascii_lowercase();
        let found = MONTHS.iter().position(|month| word.starts_with(month))?;
        u8::try_from(found + 1).ok()
    };
    let day = |word: &str| {
        word.trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .parse()
            .ok()
    };
    match month(first) {
        Some(month) => Date::new(year, month, day(second)?),
        None => Date::new(year, month(second)?, day(first)?),
    }
}

/// The words after which a date says when something happens.
const BEFORE: [&str; 11] = [
    "on",
    "from",
    "at",
    "by",
    "date",
    "effective",
    "approximately",
    "starting",
    "since",
    "beginning",
    "until",
];

/// When a text says that something takes effect.
pub(super) fn effective(text: &str) -> Option<Date> {
    for (at, _) in text.match_indices(|c: char| c.is_ascii_alphanumeric()) {
        let before = &text[..at];
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.' | '`' | '#')) {
            continue;
        }
        let word = before
            .trim_end_matches([' ', '*', ':', '(', '~', ','])
            .rsplit(|c: char| !c.is_ascii_alphabetic())
            .next()
            .unwrap_or_default();
        if BEFORE.iter().any(|known| word.eq_ignore_ascii_case(known))
            && let Some(date) = any(&text[at..])
        {
            return Some(date);
        }
    }
    None
}
