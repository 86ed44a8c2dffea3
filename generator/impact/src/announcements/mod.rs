//! The exchange's dated change logs: what they say changed, when, and whether the specs say so too.
//!
//! The logs are prose with habits rather than a format. Sections open with a date in one of three styles (a Markdown
//! heading, a date in bold, a row of a table); in them, bullets name endpoints, streams and events in half a dozen
//! spellings, and the line above a list of bullets, which ends in a colon, says what became of them. Texts whose
//! nesting was lost read the same: the last such line is carried forward.

mod dates;
mod mentions;
mod products;
mod relate;
mod sections;
mod wording;

use std::fmt;

use serde::{Deserialize, Serialize};

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::source::{Lines, Place};

pub use dates::Date;
pub(crate) use relate::plain_name;
pub use relate::{Difference, Match, Relation, relate};

/// What a log says of one endpoint, stream, event or method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The date of the section.
    pub date: Date,
    /// When it takes effect, where the text says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub effective: Option<Date>,
    /// The product, as the specs call it.
    pub product: String,
    /// What became of it.
    pub kind: News,
    /// The HTTP method, or what kind of thing the name is of.
    pub method: Method,
    /// The path with a slash before it, or the name.
    pub name: String,
    /// Where the log says so.
    pub position: Position,
    /// What the log says, shortened.
    pub text: String,
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    /// It is new.
    Added,
    /// It is another than before.
    Changed,
    /// Its weight or limit is another.
    LimitChange,
    /// It works on, but should not be used.
    Deprecated,
    /// It is gone.
    Removed,
}

/// How something is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
    /// A path for which the log names no method.
    Unnamed,
    /// A market stream.
    Stream,
    /// An event of a stream.
    Event,
    /// A method of a WebSocket API.
    WsApi,
}

impl Method {
    /// The method of a word, in any case.
    pub fn of_verb(word: &str) -> Option<Self> {
        match word.to_ascii_uppercase().as_str() {
            "GET" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Unnamed => "?",
            Self::Stream => "stream",
            Self::Event => "event",
            Self::WsApi => "wsapi",
        })
    }
}

/// A place in a log. Lines of the published texts can be very long, hence the column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The file.
    pub file: String,
    /// The line, counted from one.
    pub line: usize,
    /// The column in characters, counted from one.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Reads a log. The name of the file tells the product, where the log is one product's; what cannot be read is in the
/// second part of the answer, and does not keep the rest from being read.
pub fn parse(file_name: &str, text: &str) -> (Vec<Announcement>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let sections = sections::split(file_name, text, &mut diagnostics);
    let mut entries: Vec<Announcement> = Vec::new();
    for section in &sections {
        wording::read(file_name, text, section, &mut entries);
    }
    // A section that was published twice says everything twice.
    let mut unique: Vec<Announcement> = Vec::with_capacity(entries.len());
    let mut seen = std::collections::HashSet::new();
    for entry in entries {
        let key = (
            entry.date,
            entry.product.clone(),
            entry.kind,
            entry.method,
            entry.name.clone(),
        );
        if seen.insert(key) {
            unique.push(entry);
        }
    }
    (unique, diagnostics)
}

/// Where a byte of a text is.
fn position(file: &str, text: &str, offset: usize) -> Position {
    let Place { line, column } = Lines::new(text).place(offset);
    Position {
        file: file.to_owned(),
        line,
        column,
    }
}
