//! Holds the specs against what the exchange publishes: what only one of the two knows.
//!
//! Every difference is either explained, by an entry of specs/drift.yaml, or a finding.

mod compare;
mod lifecycle;
mod names;
mod outline;
mod published;

use std::fmt;

use crate::diagnostics::Diagnostic;
use crate::model::api::Location;

pub use compare::{Comparison, compare, owner};
pub use lifecycle::{Day, Life, Lifecycle, read_lifecycle};
pub(crate) use names::presumed;
pub use names::product_of;
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

/// What the specs are held against.
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

/// Gives each difference its explanation, and reports the explanations that fit none: what they spoke of has gone, and
/// they would hide what comes back.
pub fn explain(differences: &mut [Difference], explanations: &[Explanation]) -> Vec<Diagnostic> {
    let mut stale = Vec::new();
    for explanation in explanations {
        let found = differences.iter_mut().find(|difference| {
            let Difference {
                product,
                operation,
                parameter,
                kind,
                ..
            } = difference;
            let key = (
                product.as_str(),
                operation.as_deref(),
                parameter.as_deref(),
                *kind,
            );
            explanation.key() == key
        });
        match found {
            Some(difference) => difference.because = Some(explanation.because.clone()),
            None => stale.push(Diagnostic::new(
                &explanation.location.file,
                explanation.location.line,
                format!("nothing differs any more as explained: {explanation}"),
                "take the explanation away, or correct it",
            )),
        }
    }
    stale
}
