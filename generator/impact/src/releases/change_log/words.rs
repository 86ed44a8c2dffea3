//! What a finding says of a thing, in the words of a change log.

use std::fmt;

use crate::diff::{Aspect, Class, Finding, Kind, Sense};

/// Whether the thing is on one side alone.
pub(super) fn is_alone(kind: Kind) -> bool {
    is_added(kind) || is_removed(kind)
}

/// Whether the thing is new. An endpoint that is retired is an entry of a list, and the endpoint is not new.
pub(super) fn is_added(kind: Kind) -> bool {
    kind.sense() == Sense::Added && kind.class() != Class::Retired
}

/// Whether the thing is gone.
pub(super) fn is_removed(kind: Kind) -> bool {
    kind.sense() == Sense::Removed && kind.class() != Class::Retired
}

/// Whether the thing came or went, and must be there.
pub(super) fn is_required(kind: Kind) -> bool {
    matches!(kind.aspect(), Aspect::Demanded | Aspect::InsertedDemanded)
}

/// Whether it is a matter of documentation.
pub(super) fn is_documentation(kind: Kind) -> bool {
    matches!(
        (kind.class(), kind.aspect()),
        (_, Aspect::Documentation) | (Class::ErrorCode, Aspect::Text)
    )
}

/// Whether it is about a call: an operation, or a stream.
pub(super) fn is_of_call(kind: Kind) -> bool {
    matches!(kind.class(), Class::Operation | Class::Stream)
}

/// Whether the thing has another name, and is reached as before.
pub(super) fn is_renaming(kind: Kind) -> bool {
    match kind.aspect() {
        Aspect::Identifier => kind.class() != Class::Field && kind.sense() == Sense::Changed,
        // By these names a thing is found on the wire.
        Aspect::Name => !matches!(
            kind.class(),
            Class::Operation
                | Class::Stream
                | Class::ErrorCode
                | Class::FixMessage
                | Class::FixMember
                | Class::FixGroup
                | Class::FixField
                | Class::FixValue
        ),
        _ => false,
    }
}

/// Whether a call has another address.
pub(super) fn is_move(kind: Kind) -> bool {
    matches!(
        (kind.class(), kind.aspect()),
        (Class::Operation | Class::Stream, Aspect::Name) | (Class::ServerOperation, Aspect::Path)
    )
}

/// What is said of a thing, as it follows its name: ``type `a` → `b` ``, or `is now required`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Words {
    text: String,
    /// Whether it begins with a verb.
    verb: bool,
}

impl Words {
    fn noun(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            verb: false,
        }
    }

    fn verb(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            verb: true,
        }
    }

    /// The same by itself after a colon: `now required`.
    pub(super) fn alone(&self) -> String {
        let auxiliary = ["is ", "are ", "was ", "were ", "has ", "have "];
        match auxiliary.iter().find_map(|verb| self.text.strip_prefix(verb)) {
            _ if !self.verb => self.text.clone(),
            Some(rest) => rest.to_owned(),
            None if self.text.starts_with("changed ") => self.text.clone(),
            None => format!("it {}", self.text),
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a finding says of the thing itself.
pub(super) fn words(finding: &Finding) -> Words {
    let kind = finding.kind;
    let (before, after) = (finding.before.as_deref(), finding.after.as_deref());
    let quoted = |text: Option<&str>| text.map_or("none".to_owned(), |text| format!("`{text}`"));
    let both = || format!("{} → {}", quoted(before), quoted(after));
    let arrow = |what: &str| Words::noun(format!("{what} {}", both()));
    let phrase = || {
        let phrase = kind.phrase();
        Words::verb(match (before, after) {
            (None, None) => phrase.to_owned(),
            // Of what is or is not so, the phrase says which.
            (Some("yes" | "no"), Some("yes" | "no")) => phrase.to_owned(),
            (Some(_), Some(_)) => format!("{phrase}: {}", both()),
            (Some(only), None) | (None, Some(only)) => format!("{phrase}: `{only}`"),
        })
    };
    if is_added(kind) {
        return Words::noun("added");
    }
    if is_removed(kind) {
        return Words::noun("removed");
    }
    if is_renaming(kind) {
        return Words::noun(format!("renamed from {} to {}", quoted(before), quoted(after)));
    }
    if is_move(kind) {
        return Words::noun(format!("moved to `{}`", after.unwrap_or("another address")));
    }
    match (kind.class(), kind.aspect()) {
        (_, Aspect::Type) => arrow("type"),
        (
            Class::Parameter
            | Class::Placeholder
            | Class::Type
            | Class::Field
            | Class::Slot
            | Class::Variant
            | Class::ServerOperation,
            Aspect::Encoding,
        ) => arrow("type"),
        (Class::Operation, Aspect::Response | Aspect::Encoding)
        | (Class::ServerOperation, Aspect::Response) => arrow("response type"),
        (_, Aspect::Event) => arrow("event type"),
        (Class::Parameter | Class::Placeholder, Aspect::Default) => arrow("default"),
        (Class::Parameter, Aspect::Minimum) => arrow("minimum"),
        (Class::Parameter, Aspect::Maximum) => arrow("maximum"),
        (_, Aspect::MaxItems) => arrow("most items"),
        (_, Aspect::Weight) => arrow("weight"),
        (_, Aspect::UidWeight) => arrow("weight on the account"),
        (_, Aspect::RequestLimits) => arrow("limits of its own"),
        (_, Aspect::Identity) => arrow("identity"),
        (_, Aspect::Paging) => arrow("pages"),
        (_, Aspect::DataSource) => arrow("data source"),
        (_, Aspect::Environments) => arrow("environments"),
        (_, Aspect::Sunset) if kind.sense() != Sense::Down => Words::verb(format!(
            "will be removed on {}",
            after.unwrap_or("a day to be announced")
        )),
        _ => phrase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kinds_say_what_is_decided_here() {
        for kind in Kind::all() {
            let name = kind.name();
            let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
            let own = name != "error-code-name-added";
            assert_eq!(is_added(kind), own && ends(&["-added", "-inserted"]), "{name}");
            assert_eq!(is_removed(kind), ends(&["-removed", "-taken-out"]), "{name}");
            assert_eq!(is_required(kind), name.starts_with("required-"), "{name}");
            assert_eq!(is_renaming(kind), ends(&["-renamed"]), "{name}");
            assert_eq!(is_move(kind), ends(&["-moved", "stream-pattern"]), "{name}");
            let documentation = ends(&["-documentation", "error-code-text"]);
            assert_eq!(is_documentation(kind), documentation, "{name}");
        }
    }

    #[test]
    fn what_begins_with_a_verb_loses_it_after_a_colon() {
        assert_eq!(Words::verb("is now required").alone(), "now required");
        assert_eq!(
            Words::verb("allows less: `1` → `2`").alone(),
            "it allows less: `1` → `2`"
        );
        assert_eq!(Words::noun("weight `1` → `2`").alone(), "weight `1` → `2`");
    }
}
