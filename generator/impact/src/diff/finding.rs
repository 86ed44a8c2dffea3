//! What a comparison finds.

use std::cmp::Ordering;
use std::fmt;

use binance_wire_surface::rust_item::RustItem;
use binance_wire_surface::uses::Use;
use serde::Serialize;

use super::announced::Announced;
use super::kind::{Class, Severity, Transport, Verdict};
use super::narrow::Narrowed;
use super::row::Kind;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Sixteen digits that name this difference in every run, whatever else differs.
    pub fingerprint: String,
    /// What kind of difference it is.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// The change that it is part of: what several calls and transports have in common.
    pub group: String,
    /// What it means on the wire.
    pub wire: Verdict,
    /// What it means in the Rust that is emitted.
    pub surface: Verdict,
    /// What it means for limits, retirement and the like.
    pub behaviour: Verdict,
    /// How loudly it is reported.
    pub severity: Severity,
    /// Why it is approved, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<String>,
    /// One sentence.
    pub message: String,
    /// What it was; absent where there was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is; absent where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The calls that it has to do with.
    pub affected: Vec<Affected>,
    /// What user code may name of it.
    pub items: Vec<RustItem>,
    /// Where it stands in the specs: the new ones, or the old ones where it is gone.
    pub location: Place,
    /// Where the project uses it that the report is narrowed to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Use>,
}

impl Finding {
    /// The worst of the three verdicts.
    pub fn worst(&self) -> Verdict {
        self.wire.max(self.surface).max(self.behaviour)
    }

    /// Whether it breaks something, on the wire or in code.
    pub fn is_breaking(&self) -> bool {
        self.worst() == Verdict::Breaking
    }
}

/// What a difference is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Subject {
    /// The product; `shared` where it concerns all.
    pub product: String,
    /// How it travels; absent for the types of JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    /// The things that it stands in and itself, outermost first.
    pub path: Vec<Step>,
}

/// One thing on the way to the subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it is.
    #[serde(rename = "what")]
    pub class: Class,
    /// What it is called.
    pub name: String,
}

impl Step {
    /// In reports, the noun decides the order.
    fn key(&self) -> (&str, &str) {
        (self.class.noun(), &self.name)
    }

    /// The name as code; in quotation marks where it has code in it, as the sentence of a rule has.
    pub fn quoted(&self) -> String {
        match self.name.contains('`') {
            false => format!("`{}`", self.name),
            true => format!("\"{}\"", self.name),
        }
    }
}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key()).then(self.class.cmp(&other.class))
    }
}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.class.noun(), self.quoted())
    }
}

impl Subject {
    /// The thing that it is about, and what surrounds it, innermost first: ``field `a` of type `B` ``. `None` where it
    /// is the product.
    pub fn inside_out(&self) -> Option<String> {
        inside_out(&self.path)
    }
}

/// Things from the last to the first: ``field `a` of type `B` ``.
pub fn inside_out(path: &[Step]) -> Option<String> {
    let mut steps = path.iter().rev();
    let mut text = steps.next()?.to_string();
    for step in steps {
        text += &format!(" of {step}");
    }
    Some(text)
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.product)?;
        if let Some(transport) = &self.transport {
            write!(f, " {transport}")?;
        }
        for step in &self.path {
            write!(f, ", {step}")?;
        }
        Ok(())
    }
}

/// A call, stream or message that a difference has to do with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Affected {
    /// How it travels.
    pub transport: Transport,
    /// Method and path, name of the method, pattern of the stream, name of the message.
    pub call: String,
    /// The exchange's identifier, where it has one.
    pub id: String,
}

/// Where something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file, as the caller named the specs.
    pub file: String,
    /// The line, counted from one; 0 for the file as a whole.
    pub line: usize,
}

/// All findings, worst first within a product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the old side is called.
    pub old: String,
    /// What the new side is called.
    pub new: String,
    /// How many findings there are of each severity, approved ones apart.
    pub summary: Summary,
    /// The changes that findings are part of.
    pub groups: Vec<Group>,
    /// What differs.
    pub findings: Vec<Finding>,
    /// The project that it is narrowed to, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrowed: Option<Narrowed>,
    /// What announcements say, where they were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<Announced>,
}

/// Counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Findings that fail the run.
    pub errors: usize,
    /// Findings to look at.
    pub warnings: usize,
    /// Findings that are only listed.
    pub infos: usize,
    /// Findings that are approved, whatever their severity.
    pub approved: usize,
    /// Findings that are not shown.
    pub ignored: usize,
}

/// One change in all the places where it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name, as findings have it.
    pub name: String,
    /// One line.
    pub title: String,
    /// The worst severity of its findings that are not approved.
    pub severity: Severity,
    /// Its findings, by fingerprint.
    pub findings: Vec<String>,
    /// The calls that it has to do with, over all products and transports.
    pub affected: Vec<Affected>,
}

impl Report {
    /// Whether the run fails.
    pub fn fails(&self) -> bool {
        self.summary.errors > 0
    }
}
