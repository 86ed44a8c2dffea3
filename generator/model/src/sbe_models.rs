//! Where the JSON of an API says a thing otherwise than the SBE message that carries the same.

use super::source::{Aside, Line};

/// The rules of a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The file they stand in.
    pub file: Aside<String>,
    /// The schema's id.
    pub schema_id: u16,
    /// The message of a refused request.
    pub error: Option<String>,
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The JSON type, where the rule is for one alone.
    pub ty: Option<String>,
    /// The member's name in JSON; of [`Difference::Ignored`] the SBE field's name.
    pub member: String,
    /// What is different.
    pub difference: Difference,
    /// Where it stands.
    pub line: Line,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// JSON leaves the member out at this value, which SBE sends.
    OmittedAt(String),
    /// JSON leaves the member out where it leaves this one out.
    OmittedWithout(String),
    /// SBE has nothing, or null, where JSON has this value.
    Absent(String),
    /// The fields of the member's object stand beside it in SBE.
    Flat,
    /// JSON sorts the list by name.
    Sorted,
    /// The SBE field has no place in JSON.
    Ignored,
}
