//! What a finding says of a thing, in the words of a change log.

use binance_wire_impact::diff::{self, Finding};

/// What things of a class are called in the names of kinds; the longer of two that fit counts.
const CLASSES: &[&str] = &[
    "product",
    "environment",
    "addresses",
    "route",
    "operation",
    "parameter",
    "stream",
    "placeholder",
    "type",
    "field",
    "slot",
    "value",
    "variant",
    "shape",
    "user-data",
    "connection-event",
    "server-operation",
    "webhooks",
    "error-family",
    "error-code",
    "endpoint",
    "sbe-schema",
    "sbe-type",
    "sbe-composite",
    "sbe-composite-member",
    "sbe-enum",
    "sbe-enum-value",
    "sbe-set",
    "sbe-set-flag",
    "sbe-message",
    "sbe-field",
    "sbe-group",
    "sbe-data",
    "fix-dictionary",
    "fix-message",
    "fix-member",
    "fix-group",
    "fix-field",
    "fix-value",
];

/// A kind, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind<'k> {
    /// What differs: one of the classes.
    pub(super) class: &'static str,
    /// What about it: `added`, `now-required`.
    pub(super) what: &'k str,
    /// Whether it is of a thing that must be there.
    pub(super) required: bool,
}

impl<'k> Kind<'k> {
    /// `required-parameter-added` → parameter, added, required.
    pub(super) fn of(kind: &'k str) -> Option<Self> {
        let (required, rest) = match kind.strip_prefix("required-") {
            Some(rest) => (true, rest),
            None => (false, kind),
        };
        let fits = |class: &&&str| {
            rest.strip_prefix(**class)
                .is_some_and(|rest| rest.starts_with('-'))
        };
        let class = CLASSES.iter().filter(fits).max_by_key(|class| class.len())?;
        let what = rest.strip_prefix(class)?.strip_prefix('-')?;
        Some(Self {
            class,
            what,
            required,
        })
    }

    /// Whether the thing is on one side alone.
    pub(super) fn alone(self) -> bool {
        self.added() || self.removed()
    }

    pub(super) fn added(self) -> bool {
        matches!(self.what, "added" | "inserted")
    }

    pub(super) fn removed(self) -> bool {
        matches!(self.what, "removed" | "taken-out")
    }

    /// Whether it is a matter of documentation.
    pub(super) fn documentation(self) -> bool {
        self.what == "documentation" || self.class == "error-code" && self.what == "text"
    }
}

/// What is said of the thing itself, as it follows its name: ``type `a` → `b` ``.
pub(super) fn words(kind: Kind<'_>, finding: &Finding) -> String {
    let (before, after) = (finding.before.as_deref(), finding.after.as_deref());
    let arrow = |what: &str| {
        let quoted = |text: Option<&str>| text.map_or("none".to_owned(), |text| format!("`{text}`"));
        format!("{what} {} → {}", quoted(before), quoted(after))
    };
    let simple = match kind.what {
        _ if kind.added() => return "added".to_owned(),
        _ if kind.removed() => return "removed".to_owned(),
        "type" | "encoding" | "target" | "target-encoding" if kind.class != "fix-message" => "type",
        "response" | "response-encoding" => "response type",
        "event" => "event type",
        "default" => "default",
        "minimum" | "minimum-raised" | "minimum-lowered" => "minimum",
        "maximum" | "maximum-raised" | "maximum-lowered" => "maximum",
        "items-raised" | "items-lowered" => "most items",
        "weight" | "weight-raised" | "weight-lowered" => "weight",
        "uid-weight-raised" | "uid-weight-lowered" => "weight on the account",
        "limits" => "limits of its own",
        "data-source" => "data source",
        "environments" => "environments",
        "renamed" => return format!("renamed from {}", arrow("").trim_start().replace(" → ", " to ")),
        "moved" | "pattern" => return format!("moved to `{}`", after.unwrap_or("another address")),
        "sunset-set" | "sunset" => {
            return format!("will be gone on {}", after.unwrap_or("a day to be told"));
        }
        _ => {
            let phrase = diff::phrase(&finding.kind).unwrap_or("differs");
            return match (before, after) {
                (None, None) => phrase.to_owned(),
                // Of what is or is not so, the phrase says which.
                (Some("yes" | "no"), Some("yes" | "no")) => phrase.to_owned(),
                (Some(_), Some(_)) => arrow(&format!("{phrase}:")),
                (Some(only), None) | (None, Some(only)) => format!("{phrase}: `{only}`"),
            };
        }
    };
    arrow(simple)
}

/// Words that stand by themselves after a colon: `is required now` → `required now`.
pub(super) fn alone(words: &str) -> String {
    for verb in ["is ", "are ", "has ", "have "] {
        if let Some(rest) = words.strip_prefix(verb) {
            return rest.to_owned();
        }
    }
    match diff::kinds()
        .filter_map(diff::phrase)
        .any(|phrase| words.starts_with(phrase))
    {
        true => format!("it {words}"),
        false => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_of_a_class() {
        for kind in diff::kinds() {
            let taken = Kind::of(kind).unwrap_or_else(|| panic!("{kind} is of no class"));
            assert!(!taken.what.is_empty(), "{kind}");
        }
        let kind = Kind::of("required-sbe-enum-value-added");
        let (class, what) = ("sbe-enum-value", "added");
        assert_eq!(
            kind,
            Some(Kind {
                class,
                what,
                required: true
            })
        );
        assert_eq!(Kind::of("nonsense-added"), None);
    }

    #[test]
    fn phrases_follow_a_colon() {
        assert_eq!(alone("is required now"), "required now");
        assert_eq!(
            alone("weighs otherwise where it succeeds: `1` → `2`"),
            "it weighs otherwise where it succeeds: `1` → `2`"
        );
        assert_eq!(alone("weight `1` → `2`"), "weight `1` → `2`");
    }
}
