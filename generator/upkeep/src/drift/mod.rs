//! Compares the specs with what the exchange publishes: what only one of the two knows.
//!
//! Differences are those that `diff` finds, as far as the published source can know them: a sample knows who signs and which
//! parameters are sent, a schema or dictionary knows all that it says. Every difference is either explained, by an entry
//! of specs/drift.yaml, or a finding.

mod compare;
mod explanations;
mod files;
mod lifecycle;
mod outline;
mod published;

use std::fmt;

use binance_wire_model::api::Location;
use binance_wire_model::diagnostics::Diagnostic;

pub use compare::{Comparison, compare, owner};
pub use explanations::read_explanations;
pub use files::{Ours, live, most_like};
pub use lifecycle::{Day, Life, Lifecycle, read_lifecycle};
pub use outline::{Outline, differences};
pub use published::{collections, one_sided};

/// What differs. `missing` is what the collections have and specs do not, `extra` the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A collection is about a product without REST specs.
    MissingProduct,
    /// A product's REST specs have no collection.
    ExtraProduct,
    /// A request is in no product's specs.
    MissingOperation,
    /// An operation is in no collection.
    ExtraOperation,
    /// A request is in the specs of another product.
    OtherProduct,
    /// A draft of the specs has a sample now, with parameters.
    DocumentedDraft,
    /// One of the two signs the request.
    Signature,
    /// The specs do not have a parameter.
    MissingParameter,
    /// The collection does not have a parameter.
    ExtraParameter,
    /// The collection always sends a parameter that the specs call optional.
    RequiredParameter,
    /// The collection may leave out a parameter that the specs call required.
    OptionalParameter,
    /// The collection's value is none of the parameter's type.
    Value,
    /// The published schema or dictionary has a message, field, type or value that ours has not.
    Missing,
    /// Ours has one that the published one has not.
    Extra,
    /// Both have it and say different things.
    Different,
}

/// What the specs are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Against {
    /// Postman collections.
    Postman,
    /// An OpenAPI document.
    OpenApi,
    /// SBE schemas.
    Sbe,
    /// FIX dictionaries.
    Fix,
}

impl Against {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Postman, Self::OpenApi, Self::Sbe, Self::Fix];

    /// The name, as explanations write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postman => "postman",
            Self::OpenApi => "openapi",
            Self::Sbe => "sbe",
            Self::Fix => "fix",
        }
    }

    /// The one of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|against| against.name() == name)
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::MissingProduct,
        Self::ExtraProduct,
        Self::MissingOperation,
        Self::ExtraOperation,
        Self::OtherProduct,
        Self::DocumentedDraft,
        Self::Signature,
        Self::MissingParameter,
        Self::ExtraParameter,
        Self::RequiredParameter,
        Self::OptionalParameter,
        Self::Value,
        Self::Missing,
        Self::Extra,
        Self::Different,
    ];

    /// The name, as explanations and reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingProduct => "missing-product",
            Self::ExtraProduct => "extra-product",
            Self::MissingOperation => "missing-operation",
            Self::ExtraOperation => "extra-operation",
            Self::OtherProduct => "other-product",
            Self::DocumentedDraft => "documented-draft",
            Self::Signature => "signature",
            Self::MissingParameter => "missing-parameter",
            Self::ExtraParameter => "extra-parameter",
            Self::RequiredParameter => "required-parameter",
            Self::OptionalParameter => "optional-parameter",
            Self::Value => "value",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Different => "different",
        }
    }

    /// The kind of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a difference of this kind is about a place in a schema or dictionary; it stands where others have the operation.
    pub fn has_place(self) -> bool {
        matches!(self, Self::Missing | Self::Extra | Self::Different)
    }

    /// Whether a difference of this kind is about one operation.
    pub fn has_operation(self) -> bool {
        !matches!(self, Self::MissingProduct | Self::ExtraProduct)
    }

    /// Whether a difference of this kind is about one parameter.
    pub fn has_parameter(self) -> bool {
        matches!(
            self,
            Self::MissingParameter
                | Self::ExtraParameter
                | Self::RequiredParameter
                | Self::OptionalParameter
                | Self::Value
        )
    }
}

/// One difference between the specs and what is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The product whose collection, or else whose specs, it was found in.
    pub product: String,
    /// Method and path, or the place in a file: `sbe/spot.xml OrdersResponse.side`.
    pub operation: Option<String>,
    /// The parameter.
    pub parameter: Option<String>,
    /// What differs.
    pub kind: Kind,
    /// More about it; empty where there is nothing to add.
    pub detail: String,
    /// Where the operation stands in the specs.
    pub location: Option<Location>,
    /// Why it is as it should be; `None`: nobody has said.
    pub because: Option<String>,
}

/// Why one difference is as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What the difference is from.
    pub against: Against,
    /// The document that it is from, by the beginning of its SHA-256. With it, and only then, `*` may stand for any text in
    /// product, operation and parameter: a document that stays as it is has no news that could be hidden.
    pub document: Option<String>,
    /// The product of the difference.
    pub product: String,
    /// Its method and path.
    pub operation: Option<String>,
    /// Its parameter.
    pub parameter: Option<String>,
    /// Its kind.
    pub kind: Kind,
    /// The reason, in one line.
    pub because: String,
    /// Where it stands.
    pub location: Location,
}

impl Explanation {
    /// Whether both explain the same difference.
    pub fn same(&self, other: &Self) -> bool {
        self.key() == other.key() && self.against == other.against
    }

    /// Whether it may explain several differences.
    pub fn is_pattern(&self) -> bool {
        let texts = [
            Some(&self.product),
            self.operation.as_ref(),
            self.parameter.as_ref(),
        ];
        texts.into_iter().flatten().any(|text| text.contains('*'))
    }

    /// Whether it may be about a product.
    pub fn has_product(&self, product: &str) -> bool {
        matches(&self.product, product)
    }

    /// Whether it explains a difference.
    fn fits(&self, difference: &Difference) -> bool {
        let both = |pattern: Option<&str>, text: Option<&str>| match (pattern, text) {
            (Some(pattern), Some(text)) => matches(pattern, text),
            (pattern, text) => pattern == text,
        };
        self.kind == difference.kind
            && self.has_product(&difference.product)
            && both(self.operation.as_deref(), difference.operation.as_deref())
            && both(self.parameter.as_deref(), difference.parameter.as_deref())
    }

    /// It fits nothing.
    pub fn stale(&self) -> Diagnostic {
        Diagnostic::at(
            &self.location,
            format!("no difference matches the explanation: {self}"),
            "take the explanation away, or correct it",
        )
    }

    fn key(&self) -> (&str, Option<&str>, Option<&str>, Kind) {
        (
            &self.product,
            self.operation.as_deref(),
            self.parameter.as_deref(),
            self.kind,
        )
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.product, self.kind.name())?;
        if let Some(operation) = &self.operation {
            write!(f, " {operation}")?;
        }
        if let Some(parameter) = &self.parameter {
            write!(f, ", {parameter}")?;
        }
        Ok(())
    }
}

/// Whether a text is as a pattern says, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

/// Gives the differences that an explanation is about its reason: one, or with a pattern each that has none yet. How many
/// it explains; one that explains none is stale, since what it spoke of has gone and it would hide what comes back.
fn apply(differences: &mut [Difference], explanation: &Explanation) -> usize {
    let pattern = explanation.is_pattern();
    let fitting = differences
        .iter_mut()
        .filter(|difference| explanation.fits(difference) && !(pattern && difference.because.is_some()));
    let mut count = 0;
    for difference in fitting.take(if pattern { usize::MAX } else { 1 }) {
        difference.because = Some(explanation.because.clone());
        count += 1;
    }
    count
}

/// Gives differences their explanations; those that fit none are handed back. What is not reported is not judged either.
/// `document`: the hash of the document that was compared.
pub fn explain(
    against: Against,
    document: Option<&str>,
    comparisons: &mut [Comparison],
    explanations: &[Explanation],
    only: Option<&str>,
) -> Vec<Diagnostic> {
    let mut stale = Vec::new();
    // What one entry says by name goes before what another says of many.
    let (patterns, single): (Vec<&Explanation>, Vec<&Explanation>) = explanations
        .iter()
        .partition(|explanation| explanation.is_pattern());
    for explanation in single.into_iter().chain(patterns) {
        if explanation.against != against || only.is_some_and(|only| !explanation.has_product(only)) {
            continue;
        }
        if let Some(meant) = &explanation.document
            && !document.is_some_and(|document| document.starts_with(meant))
        {
            let hash = document
                .and_then(|document| document.get(..meant.len()))
                .unwrap_or("?");
            stale.push(Diagnostic::at(
                &explanation.location,
                format!("this is about another document: {explanation}"),
                format!("see what differs now, and write `document: {hash}` if the reason still holds"),
            ));
            continue;
        }
        let mut explained = 0;
        let mut compared = false;
        for comparison in comparisons.iter_mut() {
            let file = match (&comparison.files, &explanation.operation) {
                (Some(files), Some(place)) => place.split(' ').next() == files.split(' ').next(),
                _ => true,
            };
            if file && explanation.has_product(&comparison.product) {
                compared = true;
                explained += apply(&mut comparison.differences, explanation);
                if explained > 0 && !explanation.is_pattern() {
                    break;
                }
            }
        }
        // A file that was not compared cannot say that nothing differs, nor can one product speak for all.
        let unheard = !compared && matches!(against, Against::Sbe | Against::Fix)
            || only.is_some_and(|only| only != explanation.product);
        if explained == 0 && !unheard {
            stale.push(explanation.stale());
        }
    }
    stale.sort_by_key(|diagnostic| diagnostic.line);
    stale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, is) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*", "anything", true),
            ("GET /a/*", "GET /a/", true),
            ("GET /a/*", "GET /b/", false),
            ("* /a/*/c", "PUT /a/b/c", true),
            ("* /a/*/c", "PUT /a/c", false),
            ("a*a", "a", false),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "aab", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), is, "{pattern} {text}");
        }
    }
}
