//! The published lives of SBE schemas: which is the latest, which are deprecated, which are gone.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, civil};
use serde::Deserialize;
use serde_json::Value;

use binance_wire_model::diagnostics::{Diagnostic, Warning};
use binance_wire_model::source::SourceFile;

/// Deprecated schemas are supported for so long at least.
const SUPPORTED_MONTHS: i32 = 6;

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(civil::Date);

impl Day {
    /// Reads `2026-01-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let day = Self(text.parse().ok()?);
        // Other forms of dates are left to others.
        (day.to_string() == text).then_some(day)
    }

    /// The day of a number of seconds since 1970.
    pub fn of_seconds(seconds: u64) -> Self {
        let time = i64::try_from(seconds).ok().map(Timestamp::from_second);
        let time = time.and_then(Result::ok).unwrap_or(Timestamp::MAX);
        Self(TimeZone::UTC.to_datetime(time).date())
    }

    /// The same day some months later, or the last of that month.
    fn after_months(self, months: i32) -> Self {
        Self(self.0.saturating_add(months.months()))
    }

    /// Days from `today` to this one.
    pub fn days_after(self, today: Self) -> i64 {
        i64::from((self.0 - today.0).get_days())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The lives of the schemas in one environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// `PROD` or `TESTNET`.
    pub environment: String,
    /// Schemas, the latest first.
    pub schemas: Vec<Life>,
}

/// The life of one version of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// The schema's id.
    pub id: u16,
    /// Its version.
    pub version: u16,
    /// The day from which it can be used.
    pub released: Day,
    /// The day since which a later one is there.
    pub deprecated: Option<Day>,
    /// The day from which it is refused, where it is announced.
    pub retired: Option<Day>,
}

impl Life {
    /// What is to be known on a day: in words, and how many days are left.
    pub fn described(&self, today: Day) -> (String, Option<i64>) {
        match (self.deprecated, self.retired) {
            (_, Some(gone)) if gone <= today => (format!("gone since {gone}"), None),
            (_, Some(gone)) => {
                let left = gone.days_after(today);
                (format!("goes on {gone}, {}", days(left)), Some(left))
            }
            (Some(since), None) => {
                let earliest = since.after_months(SUPPORTED_MONTHS);
                let left = earliest.days_after(today);
                let text = match left {
                    1.. => format!("deprecated since {since}, may go from {earliest}, {}", days(left)),
                    _ => format!("deprecated since {since}, may go any day: promised until {earliest}"),
                };
                (text, Some(left.max(0)))
            }
            (None, None) => (format!("the latest, since {}", self.released), None),
        }
    }
}

fn days(left: i64) -> String {
    match left {
        1 => "1 day left".to_owned(),
        _ => format!("{left} days left"),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: u16,
    version: u16,
    release_date: String,
    deprecated_date: Option<String>,
    retired_date: Option<String>,
}

/// Reads a lifecycle file. Some are published with commas too many or too few, so that the entries are read one by one; a
/// file that is not JSON is a warning.
///
/// # Errors
/// No environment, no entry, an entry without id, version and dates.
pub fn read_lifecycle(file: &SourceFile) -> Result<(Lifecycle, Option<Warning>), Diagnostic> {
    const REMEDY: &str = "save the exchange's lifecycle file once more";
    let fail = |at: usize, message: String| Diagnostic::new(&file.path, file.place(at), message, REMEDY);
    let text = &file.text;
    let warning = serde_json::from_str::<Value>(text).err().map(|error| {
        Warning::new(
            &file.path,
            error.line(),
            format!("not JSON, read entry by entry: {error}"),
        )
    });
    let environment = text
        .split_once("\"environment\"")
        .and_then(|(_, rest)| rest.split('"').nth(1))
        .ok_or_else(|| fail(0, "no lifecycle of schemas: it has no `environment`".to_owned()))?;
    let mut schemas: Vec<Life> = Vec::new();
    let mut open = None;
    for (at, character) in text.char_indices() {
        match character {
            // Only the innermost braces count: those of an entry.
            '{' => open = Some(at),
            '}' => {
                let Some(start) = open.take() else { continue };
                let written = text.get(start..=at).unwrap_or_default();
                let entry: Entry = serde_json::from_str(written)
                    .map_err(|error| fail(start, format!("not an entry of a lifecycle: {error}")))?;
                let day = |text: &str| {
                    Day::parse(text).ok_or_else(|| fail(start, format!("`{text}` is not a day")))
                };
                let life = Life {
                    id: entry.id,
                    version: entry.version,
                    released: day(&entry.release_date)?,
                    deprecated: entry.deprecated_date.as_deref().map(day).transpose()?,
                    retired: entry.retired_date.as_deref().map(day).transpose()?,
                };
                // The broken file has entries twice.
                if !schemas
                    .iter()
                    .any(|known| (known.id, known.version) == (life.id, life.version))
                {
                    schemas.push(life);
                }
            }
            _ => {}
        }
    }
    if schemas.is_empty() {
        return Err(fail(0, "no lifecycle of schemas: it has no entry".to_owned()));
    }
    schemas.sort_by_key(|life| std::cmp::Reverse((life.id, life.version)));
    let lifecycle = Lifecycle {
        environment: environment.to_owned(),
        schemas,
    };
    Ok((lifecycle, warning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(day("1970-01-01"), Day::of_seconds(0));
        assert_eq!(day("2000-03-01").days_after(day("2000-02-28")), 2);
        assert_eq!(day("2026-11-22").days_after(day("2025-11-22")), 365);
        assert_eq!(Day::of_seconds(86_400 * 20_000).to_string(), "2024-10-04");
        for wrong in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "soon",
            "2026-01-01-01",
            "2026-00-10",
            "+026-01-01",
        ] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
        assert_eq!(day("2026-07-07").after_months(6), day("2027-01-07"));
        assert_eq!(day("2026-08-31").after_months(6), day("2027-02-28"));
    }

    #[test]
    fn a_life_says_what_is_left_of_it() {
        let mut life = Life {
            id: 3,
            version: 4,
            released: day("2026-05-08"),
            deprecated: None,
            retired: None,
        };
        let today = day("2026-11-22");
        assert_eq!(
            life.described(today),
            ("the latest, since 2026-05-08".to_owned(), None)
        );
        life.deprecated = Some(day("2026-07-07"));
        let reported = "deprecated since 2026-07-07, may go from 2027-01-07, 46 days left";
        assert_eq!(life.described(today), (reported.to_owned(), Some(46)));
        let reported = "deprecated since 2026-07-07, may go any day: promised until 2027-01-07";
        assert_eq!(life.described(day("2027-01-07")), (reported.to_owned(), Some(0)));
        life.retired = Some(day("2026-11-23"));
        assert_eq!(
            life.described(today),
            ("goes on 2026-11-23, 1 day left".to_owned(), Some(1))
        );
        assert_eq!(
            life.described(day("2026-11-23")),
            ("gone since 2026-11-23".to_owned(), None)
        );
    }

    #[test]
    fn files_with_wrong_commas_are_read_with_a_warning() {
        let entry =
            |version: u16| format!("{{\"id\": 1, \"version\": {version}, \"releaseDate\": \"2026-01-01\"}}");
        let text = format!(
            "{{\"environment\": \"PROD\",\n\"latestSchema\": {},\n\"deprecatedSchemas\": [{} {},],\n\"retiredSchemas\": []\n}}",
            entry(2),
            entry(1),
            entry(1)
        );
        let (lifecycle, warning) = read_lifecycle(&SourceFile::new("life.json", text)).expect("a lifecycle");
        assert_eq!(lifecycle.environment, "PROD");
        let versions: Vec<u16> = lifecycle.schemas.iter().map(|life| life.version).collect();
        assert_eq!(versions, [2, 1]);
        assert!(warning.is_some_and(|warning| warning.line == 3));
        for (text, expected) in [
            (
                "{}",
                "life.json:1: no lifecycle of schemas: it has no `environment`",
            ),
            ("{\"environment\": \"PROD\"", "it has no entry"),
            (
                "{\"environment\": \"PROD\", \"x\": {\"id\": 1}}",
                "not an entry of a lifecycle",
            ),
            (
                "{\"environment\": \"PROD\",\n \"x\": {\"id\": 1, \"version\": 1, \"releaseDate\": \"soon\"}}",
                "life.json:2: `soon` is not a day",
            ),
        ] {
            let reported = read_lifecycle(&SourceFile::new("life.json", text)).expect_err("an error");
            assert!(reported.to_string().contains(expected), "{text}: {reported}");
        }
    }
}
