//! What a type did not keep of a payload.

use std::collections::{HashMap, HashSet};
use std::fmt;

use binance_wire_core::payload::Spellings;

use crate::json::{Json, quoted};
use crate::number::{same_number, same_plain_decimal};

/// One place where the re-encoded payload says something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where, such as `$.fills[2].price`.
    pub path: String,
    /// What is different there.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// Which strings are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strings {
    /// Equal ones only: JSON, where `"1.0"` is what the exchange sent and `"1"` is not.
    Exact,
    /// Also two plain decimals of the same value: the text view of FIX, where every value is a string.
    NumbersByValue,
}

/// The differences between a payload and what became of it, in the payload's order. The order of members does not
/// count; numbers are compared by value and exactly; a member that is `null` and one that is absent are different.
pub fn differences(original: &Json, again: &Json, strings: Strings) -> Vec<Difference> {
    let mut comparison = Comparison {
        strings,
        spellings: &NO_OTHER,
        path: Vec::new(),
        found: Found::default(),
    };
    comparison.compare(original, again);
    comparison.found.differences
}

/// What a comparison has found.
#[derive(Debug, Default)]
pub struct Found {
    /// What was lost, changed or added.
    pub differences: Vec<Difference>,
    /// What is the same in another spelling that was to be expected.
    pub respelled: Vec<Difference>,
}

const NO_OTHER: Spellings = Spellings { aliases: &[] };

/// As [`differences`] of JSON, where members may come under other names, and numbers and booleans as text where they are
/// written bare or the other way round. A decimal that comes with an exponent is written without one.
pub fn compare(original: &Json, again: &Json, spellings: &Spellings) -> Found {
    let mut comparison = Comparison {
        strings: Strings::Exact,
        spellings,
        path: Vec::new(),
        found: Found::default(),
    };
    comparison.compare(original, again);
    comparison.found
}

enum Step<'a> {
    Member(&'a str),
    Element(usize),
}

struct Comparison<'a> {
    strings: Strings,
    spellings: &'a Spellings,
    path: Vec<Step<'a>>,
    found: Found,
}

impl<'a> Comparison<'a> {
    fn compare(&mut self, original: &'a Json, again: &'a Json) {
        match (original, again) {
            (Json::Object(original), Json::Object(again)) => self.objects(original, again),
            (Json::Array(original), Json::Array(again)) => self.arrays(original, again),
            (Json::Number(left), Json::Number(right)) if same_number(left, right) => {}
            (Json::String(left), Json::String(right))
                if self.strings == Strings::NumbersByValue && same_plain_decimal(left, right) => {}
            _ if original == again => {}
            _ if self.is_respelled(original, again) => self.note(format!(
                "was {}, written as {}",
                excerpt(original),
                excerpt(again)
            )),
            _ => self.report(format!(
                "was {}, re-encoded as {}",
                excerpt(original),
                excerpt(again)
            )),
        }
    }

    fn objects(&mut self, original: &'a [(String, Json)], again: &'a [(String, Json)]) {
        let (before, after) = (by_key(original), by_key(again));
        // Members that are written under another name than they came under.
        let mut renamed: HashSet<&str> = HashSet::new();
        for (key, value) in original {
            self.path.push(Step::Member(key));
            let times = before.get(key.as_str()).map_or(0, |(_, count)| *count);
            let written_as = |name: &&str| {
                !before.contains_key(*name) && !renamed.contains(*name) && after.contains_key(*name)
            };
            let first_name = self
                .spellings
                .aliases
                .iter()
                .filter(|(alias, _)| alias == key)
                .map(|(_, name)| *name)
                .find(written_as);
            match (after.get(key.as_str()), first_name) {
                (None, Some(name)) if times == 1 => {
                    renamed.insert(name);
                    self.note(format!("written as `{name}`"));
                    if let Some((other, _)) = after.get(name) {
                        self.compare(value, other);
                    }
                }
                (None, _) => self.report(format!("not kept, was {}", excerpt(value))),
                (Some((_, now)), _) if *now != times => {
                    self.report(format!("stands {times} times, re-encoded {now} times"));
                }
                (Some((other, _)), _) => self.compare(value, other),
            }
            self.path.pop();
        }
        for (key, value) in again {
            if !before.contains_key(key.as_str()) && !renamed.contains(key.as_str()) {
                self.path.push(Step::Member(key));
                self.report(format!("added by re-encoding: {}", excerpt(value)));
                self.path.pop();
            }
        }
    }

    fn arrays(&mut self, original: &'a [Json], again: &'a [Json]) {
        if original.len() != again.len() {
            self.report(format!(
                "had {} elements, re-encoded with {}",
                original.len(),
                again.len()
            ));
        }
        for (index, (original, again)) in original.iter().zip(again).enumerate() {
            self.path.push(Step::Element(index));
            self.compare(original, again);
            self.path.pop();
        }
    }

    /// Whether two values that are not equal are one number or boolean in two spellings.
    fn is_respelled(&self, original: &Json, again: &Json) -> bool {
        match (original, again) {
            (Json::String(left), Json::Number(right)) | (Json::Number(left), Json::String(right)) => {
                same_number(left, right)
            }
            (Json::String(text), Json::Bool(value)) | (Json::Bool(value), Json::String(text)) => {
                *text == value.to_string()
            }
            // A text member is written as it came: what has lost its exponent is a decimal.
            (Json::String(left), Json::String(right)) => {
                left.contains(['e', 'E']) && !right.contains(['e', 'E']) && same_number(left, right)
            }
            // Nothing, where an operation has no result.
            (Json::String(text), Json::Object(members)) => text.is_empty() && members.is_empty(),
            _ => false,
        }
    }

    fn report(&mut self, what: String) {
        let path = self.place();
        self.found.differences.push(Difference { path, what });
    }

    fn note(&mut self, what: String) {
        let path = self.place();
        self.found.respelled.push(Difference { path, what });
    }

    fn place(&self) -> String {
        let mut path = String::from("$");
        for step in &self.path {
            match step {
                Step::Member(key) if is_plain(key) => {
                    path.push('.');
                    path.push_str(key);
                }
                Step::Member(key) => path.push_str(&format!("[{}]", quoted(key))),
                Step::Element(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }
}

/// The last value under each key, and how often the key stands there.
fn by_key(members: &[(String, Json)]) -> HashMap<&str, (&Json, usize)> {
    let mut map = HashMap::with_capacity(members.len());
    for (key, value) in members {
        let entry = map.entry(key.as_str()).or_insert((value, 0));
        *entry = (value, entry.1 + 1);
    }
    map
}

/// Whether a key can stand in a path without quotes.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// The start of a value, on one line.
fn excerpt(value: &Json) -> String {
    const LIMIT: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(original: &str, again: &str) -> Vec<String> {
        compared(original, again, Strings::Exact)
    }

    fn compared(original: &str, again: &str, strings: Strings) -> Vec<String> {
        match (Json::parse(original), Json::parse(again)) {
            (Ok(original), Ok(again)) => differences(&original, &again, strings)
                .iter()
                .map(ToString::to_string)
                .collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn order_and_spelling_of_numbers_do_not_count() {
        let none: [String; 0] = [];
        assert_eq!(found(r#"{"a":1.0,"b":[1e2]}"#, r#"{"b":[100],"a":1}"#), none);
        assert_eq!(found("[]", "[ ]"), none);
    }

    #[test]
    fn both_directions_are_reported() {
        assert_eq!(
            found(r#"{"a":{"x":1,"y":null}}"#, r#"{"a":{"x":2},"z":[]}"#),
            [
                "$.a.x: was 1, re-encoded as 2",
                "$.a.y: not kept, was null",
                "$.z: added by re-encoding: []"
            ]
        );
    }

    #[test]
    fn kinds_are_different_even_when_they_look_alike() {
        assert_eq!(
            found(r#"["1"]"#, "[true]"),
            [r#"$[0]: was "1", re-encoded as true"#]
        );
        assert_eq!(
            found(r#"["1.0"]"#, r#"["1.00"]"#),
            [r#"$[0]: was "1.0", re-encoded as "1.00""#]
        );
        assert_eq!(found("{}", "[]"), ["$: was {}, re-encoded as []"]);
        assert_eq!(found("18446744073709551617", "18446744073709551616").len(), 1);
    }

    #[test]
    fn arrays_are_compared_by_place() {
        assert_eq!(
            found("[1,2,3]", "[1,4]"),
            [
                "$: had 3 elements, re-encoded with 2",
                "$[1]: was 2, re-encoded as 4"
            ]
        );
    }

    #[test]
    fn members_that_stand_twice_are_noticed() {
        assert_eq!(found(r#"{"a":1,"a":2}"#, r#"{"a":2}"#).len(), 2);
        assert_eq!(
            found(r#"{"a":1}"#, r#"{"a":1,"a":1}"#),
            ["$.a: stands 1 times, re-encoded 2 times"]
        );
    }

    #[test]
    fn odd_keys_are_quoted_and_long_values_cut() {
        let long = format!(r#"{{"a b\n":"{}"}}"#, "é".repeat(200));
        let lines = found(&long, "{}");
        assert_eq!(lines.len(), 1);
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with(r#"$["a b\n"]: not kept, was "é"#)),
            "{lines:?}"
        );
        assert!(
            lines
                .iter()
                .all(|line| line.ends_with('…') && line.chars().count() < 100),
            "{lines:?}"
        );
    }

    /// Differences, and what is respelled.
    fn spelled(original: &str, again: &str) -> (Vec<String>, Vec<String>) {
        const SPELLINGS: Spellings = Spellings {
            aliases: &[("amount", "shares"), ("amount", "value"), ("vo", "info")],
        };
        match (Json::parse(original), Json::parse(again)) {
            (Ok(original), Ok(again)) => {
                let found = compare(&original, &again, &SPELLINGS);
                let lines = |found: Vec<Difference>| found.iter().map(ToString::to_string).collect();
                (lines(found.differences), lines(found.respelled))
            }
            other => (vec![format!("{other:?}")], Vec::new()),
        }
    }

    #[test]
    fn expected_spellings_are_notes() {
        for (original, again, note) in [
            (
                r#"{"shares":"1.0"}"#,
                r#"{"shares":1}"#,
                r#"$.shares: was "1.0", written as 1"#,
            ),
            (
                r#"{"shares":[{"x":1}]}"#,
                r#"{"shares":[{"x":"1"}]}"#,
                r#"$.shares[0].x: was 1, written as "1""#,
            ),
            ("[[5]]", r#"[["5"]]"#, r#"$[0][0]: was 5, written as "5""#),
            (
                r#"{"result":["5"]}"#,
                r#"{"result":[5]}"#,
                r#"$.result[0]: was "5", written as 5"#,
            ),
            (
                r#"{"vo":{"a":1}}"#,
                r#"{"info":{"a":1}}"#,
                "$.vo: written as `info`",
            ),
            (
                r#"{"amount":1}"#,
                r#"{"value":1}"#,
                "$.amount: written as `value`",
            ),
            (
                r#"{"x":"true"}"#,
                r#"{"x":true}"#,
                r#"$.x: was "true", written as true"#,
            ),
            (
                r#"{"x":"1E-8"}"#,
                r#"{"x":"0.00000001"}"#,
                r#"$.x: was "1E-8", written as "0.00000001""#,
            ),
        ] {
            assert_eq!(
                spelled(original, again),
                (Vec::new(), vec![note.to_owned()]),
                "{original}"
            );
        }
        let both = spelled(r#"{"amount":"7"}"#, r#"{"shares":7}"#);
        assert_eq!(
            both,
            (
                Vec::new(),
                vec![
                    "$.amount: written as `shares`".to_owned(),
                    r#"$.amount: was "7", written as 7"#.to_owned()
                ]
            )
        );
    }

    #[test]
    fn what_is_lost_is_no_matter_of_spelling() {
        for (original, again) in [
            // Another value, another kind, another place.
            (r#"{"shares":"1.0"}"#, r#"{"shares":2}"#),
            (r#"{"shares":"x"}"#, r#"{"shares":1}"#),
            (r#"{"shares":null}"#, r#"{"shares":0}"#),
            (r#"{"shares":""}"#, r#"{"shares":0}"#),
            (r#"{"x":"true"}"#, r#"{"x":false}"#),
            (r#"{"x":"TRUE"}"#, r#"{"x":true}"#),
            (r#"{"x":"1"}"#, r#"{"x":true}"#),
            (r#"{"shares":"1.0"}"#, r#"{"shares":"1"}"#),
            (r#"{"x":"0.00000001"}"#, r#"{"x":"1E-8"}"#),
            // A name that is not the member's, a value that differs, both names at once.
            (r#"{"amount":1}"#, r#"{"info":1}"#),
            (r#"{"vo":{"a":1}}"#, r#"{"info":{"a":2}}"#),
            (r#"{"vo":1,"info":1}"#, r#"{"info":1}"#),
            (r#"{"vo":1,"vo":1}"#, r#"{"info":1}"#),
            (r#"{"vo":1}"#, "{}"),
            (r#"{"info":1}"#, r#"{"vo":1}"#),
        ] {
            assert!(!spelled(original, again).0.is_empty(), "{original} as {again}");
        }
    }

    #[test]
    fn numbers_in_text_count_by_value_only_where_asked() {
        assert_eq!(
            compared(r#"["5","a"]"#, r#"["5.0","a"]"#, Strings::NumbersByValue).len(),
            0
        );
        assert_eq!(compared(r#"["5"]"#, r#"["6"]"#, Strings::NumbersByValue).len(), 1);
    }
}
