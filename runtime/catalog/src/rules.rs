//! Rules of requests, and whether a request obeys them.

use std::fmt;

use binance_wire_core::Decimal;
use serde::Deserialize;

use crate::Values;

/// A rule that a request must obey.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// When it holds: where all conditions are met.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// What it demands.
    pub need: Need,
    /// The exchange's code for a request that breaks it.
    pub code: Option<i32>,
    /// What to do instead, in one line.
    pub hint: Option<String>,
}

/// What a rule depends on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Condition {
    /// The parameter that it looks at.
    pub parameter: String,
    /// Whether the parameter must be sent or must not.
    pub sent: Option<bool>,
    /// The values of which it must have one.
    #[serde(default)]
    pub values: Vec<String>,
    /// Whether its default is one of them, so that it need not be sent.
    #[serde(default)]
    pub by_default: bool,
}

/// What a rule demands.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Need {
    /// All are sent.
    Required(Vec<String>),
    /// At least one is sent.
    OneOf(Vec<String>),
    /// At most one is sent.
    Exclusive(Vec<String>),
    /// All are sent, or none.
    Together(Vec<String>),
    /// None is sent.
    Forbidden(Vec<String>),
    /// Each that is sent is above 0.
    Positive(Vec<String>),
    /// The parameter has one of some of its values.
    Values {
        /// Its name.
        parameter: String,
        /// The values.
        #[serde(default)]
        allowed: Vec<String>,
        /// The other values of its type.
        #[serde(default)]
        refused: Vec<String>,
    },
    /// The parameter is a text of a form.
    Pattern {
        /// Its name.
        parameter: String,
        /// The form.
        pattern: Pattern,
    },
    /// The parameter is a number in a range.
    Range {
        /// Its name.
        parameter: String,
        /// The lowest value.
        min: Option<String>,
        /// The highest value.
        max: Option<String>,
    },
    /// One time is not much later than another.
    Span {
        /// The earlier one.
        from: String,
        /// The later one.
        to: String,
        /// The longest time between them, in hours.
        hours: u32,
    },
    /// Of all parameters named, exactly those of one list are sent.
    Combinations(Vec<Vec<String>>),
}

/// The form of a text: so many characters of a class.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Pattern {
    /// Single characters and ranges, `a-zA-Z0-9_-`; empty: any character.
    #[serde(default)]
    pub class: String,
    /// The fewest characters.
    pub min: usize,
    /// The most characters.
    pub max: usize,
}

impl fmt::Display for Pattern {
    /// Writes the pattern as a regular expression.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.class.as_str() {
            "" => f.write_str("^."),
            class => write!(f, "^[{class}]"),
        }?;
        match self.min == self.max {
            true => write!(f, "{{{}}}$", self.min),
            false => write!(f, "{{{},{}}}$", self.min, self.max),
        }
    }
}

impl Pattern {
    /// Whether a text has the form.
    pub fn matches(&self, text: &str) -> bool {
        let length = text.chars().count();
        (self.min..=self.max).contains(&length) && text.chars().all(|c| self.has(c))
    }

    fn has(&self, c: char) -> bool {
        if self.class.is_empty() {
            return true;
        }
        let class: Vec<char> = self.class.chars().collect();
        let mut rest = class.as_slice();
        loop {
            match rest {
                [first, '-', last, more @ ..] => {
                    if (*first..=*last).contains(&c) {
                        return true;
                    }
                    rest = more;
                }
                [first, more @ ..] => {
                    if *first == c {
                        return true;
                    }
                    rest = more;
                }
                [] => return false,
            }
        }
    }
}

/// A request for one purpose: some parameters are fixed, others are taken in order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Constructor {
    /// The name: `limit`, `stopLossLimit`.
    pub name: String,
    /// What the request does, in one line.
    #[serde(default)]
    pub description: String,
    /// Parameters with fixed values.
    #[serde(default)]
    pub set: Vec<(String, String)>,
    /// Parameters that it takes, in order.
    #[serde(default)]
    pub takes: Vec<String>,
}

impl Rule {
    /// Returns the parameters that break the rule: those that are missing, too many or of a wrong value. `None` where the
    /// request obeys it, or the rule is about other requests.
    pub fn broken_by(&self, values: &impl Values) -> Option<Vec<&str>> {
        let holds = self.when.iter().all(|condition| condition.met(values));
        holds.then(|| self.need.broken_by(values))?
    }
}

impl Condition {
    fn met(&self, values: &impl Values) -> bool {
        let value = values.value(&self.parameter);
        match self.sent {
            Some(sent) => sent == value.is_some(),
            None => value.map_or(self.by_default, |value| {
                self.values.iter().any(|known| known == value)
            }),
        }
    }
}

impl Need {
    fn broken_by(&self, values: &impl Values) -> Option<Vec<&str>> {
        let sent = |name: &&String| values.value(name).is_some();
        match self {
            Self::Required(names) => those(names.iter().filter(|name| !sent(name)).collect()),
            Self::OneOf(names) => match names.iter().any(|name| sent(&name)) {
                true => None,
                false => those(names.iter().collect()),
            },
            Self::Exclusive(names) => {
                let found: Vec<_> = names.iter().filter(sent).collect();
                if found.len() > 1 { those(found) } else { None }
            }
            Self::Together(names) => match names.iter().any(|name| sent(&name)) {
                true => those(names.iter().filter(|name| !sent(name)).collect()),
                false => None,
            },
            Self::Forbidden(names) => those(names.iter().filter(sent).collect()),
            Self::Positive(names) => {
                let not_positive =
                    |name: &&String| number(values.value(name)).is_some_and(|number| number <= Decimal::ZERO);
                those(names.iter().filter(not_positive).collect())
            }
            Self::Values {
                parameter, refused, ..
            } => {
                let value = values.value(parameter)?;
                refused
                    .iter()
                    .any(|one| one == value)
                    .then(|| vec![parameter.as_str()])
            }
            Self::Pattern { parameter, pattern } => {
                let value = values.value(parameter)?;
                (!pattern.matches(value)).then(|| vec![parameter.as_str()])
            }
            Self::Range {
                parameter, min, max, ..
            } => {
                let value = number(values.value(parameter))?;
                let (min, max) = (number(min.as_deref()), number(max.as_deref()));
                let outside = min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max);
                outside.then(|| vec![parameter.as_str()])
            }
            Self::Span { from, to, hours } => {
                let (earlier, later) = (micros(values.value(from))?, micros(values.value(to))?);
                let most = i64::from(*hours).saturating_mul(3_600_000_000);
                (later.saturating_sub(earlier) > most).then(|| vec![from.as_str(), to.as_str()])
            }
            Self::Combinations(lists) => {
                let mut named: Vec<&str> = Vec::new();
                for name in lists.iter().flatten() {
                    if !named.contains(&name.as_str()) {
                        named.push(name);
                    }
                }
                named.retain(|name| values.value(name).is_some());
                let fits = |list: &Vec<String>| {
                    list.len() == named.len() && list.iter().all(|name| named.contains(&name.as_str()))
                };
                (!lists.iter().any(fits)).then_some(named)
            }
        }
    }
}

/// Names, unless there are none.
fn those(names: Vec<&String>) -> Option<Vec<&str>> {
    match names.is_empty() {
        true => None,
        false => Some(names.into_iter().map(String::as_str).collect()),
    }
}

fn number(text: Option<&str>) -> Option<Decimal> {
    text?.parse().ok()
}

/// A time in microseconds: one of this size is in them, and in milliseconds otherwise.
fn micros(text: Option<&str>) -> Option<i64> {
    const LEAST: u64 = 100_000_000_000_000;
    let number: i64 = text?.parse().ok()?;
    match number.unsigned_abs() >= LEAST {
        true => Some(number),
        false => number.checked_mul(1000),
    }
}
