//! What a type did not keep of a payload.

use std::collections::HashMap;
use std::fmt;

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
        path: Vec::new(),
        found: Vec::new(),
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
    path: Vec<Step<'a>>,
    found: Vec<Difference>,
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
            _ => self.report(format!(
                "was {}, re-encoded as {}",
                excerpt(original),
                excerpt(again)
            )),
        }
    }

    fn objects(&mut self, original: &'a [(String, Json)], again: &'a [(String, Json)]) {
        let (before, after) = (by_key(original), by_key(again));
        for (key, value) in original {
            self.path.push(Step::Member(key));
            let times = before.get(key.as_str()).map_or(0, |(_, count)| *count);
            match after.get(key.as_str()) {
                None => self.report(format!("not kept, was {}", excerpt(value))),
                Some((_, now)) if *now != times => {
                    self.report(format!("stands {times} times, re-encoded {now} times"));
                }
                Some((other, _)) => self.compare(value, other),
            }
            self.path.pop();
        }
        for (key, value) in again {
            if !before.contains_key(key.as_str()) {
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

    fn report(&mut self, what: String) {
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
        self.found.push(Difference { path, what });
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
            found(r#"["1.0"]"#, "[1.0]"),
            [r#"$[0]: was "1.0", re-encoded as 1.0"#]
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

    #[test]
    fn numbers_in_text_count_by_value_only_where_asked() {
        assert_eq!(
            compared(r#"["5","a"]"#, r#"["5.0","a"]"#, Strings::NumbersByValue).len(),
            0
        );
        assert_eq!(compared(r#"["5"]"#, r#"["6"]"#, Strings::NumbersByValue).len(), 1);
    }
}
