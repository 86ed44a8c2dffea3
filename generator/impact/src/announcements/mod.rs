//! The exchange's dated change logs: what they say changed, when, and whether the specs say so too.
//!
//! The logs are prose with habits rather than a format. Sections open with a date in one of three styles (a Markdown
//! heading, a date in bold, a row of a table); in them, bullets name endpoints, streams and events in half a dozen
//! spellings, and the line above a list of bullets, which ends in a colon, says what became of them. Texts whose
//! nesting was lost read the same: the last such line is carried forward. What names no endpoint is a notice, and an
//! entry too: nothing that a log says is left out. The logs of connectors, collections and of the OpenAPI document, whose
//! sections open with a version and have headings such as `### Added`, are records and read as such.

mod dates;
mod kinds;
mod mentions;
mod products;
mod records;
mod relate;
mod sections;
mod wording;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use serde::{Deserialize, Serialize};

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::source::{Lines, Place};

pub use dates::Date;
pub use relate::{Difference, Match, Relation, relate};
pub(crate) use relate::{covers, is_part, plain_name};

/// What a log says of one endpoint, stream, event or method, or a notice that names none.
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
    /// The path with a slash before it, or the name; empty for a notice without one.
    pub name: String,
    /// Where the log says so.
    pub position: Position,
    /// What the log says.
    pub text: String,
    /// The line above, where the text is a bullet below one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub under: Option<String>,
    /// The bullets below that name nothing themselves.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<String>,
}

impl Announcement {
    /// Takes in what another entry says of the same.
    fn merge(&mut self, other: Self) {
        for words in other.under.into_iter().chain([other.text]).chain(other.details) {
            if self.text != words && self.under.as_ref() != Some(&words) && !self.details.contains(&words) {
                self.details.push(words);
            }
        }
    }

    /// The text in one line of at most `most` characters.
    pub fn shortened(&self, most: usize) -> String {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let line = words.join(" ");
        match line.char_indices().nth(most) {
            Some((at, _)) => format!("{}…", line[..at].trim_end()),
            None => line,
        }
    }
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
    /// It is unavailable for a time, and comes back.
    Suspended,
    /// The log names no endpoint, stream, event or method: an error code, an address, a limit, a rule of signing.
    NoticeWithoutEndpoint,
}

impl News {
    /// What it is called in texts.
    pub fn words(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::LimitChange => "has another weight or limit",
            Self::Deprecated => "deprecated",
            Self::Removed => "removed",
            Self::Suspended => "suspended for a time",
            Self::NoticeWithoutEndpoint => "notice without endpoint",
        }
    }
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
    /// Nothing is named.
    None,
}

impl Method {
    /// Whether the name is a path.
    pub fn is_path(self) -> bool {
        !matches!(self, Self::Stream | Self::Event | Self::WsApi | Self::None)
    }

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
            Self::None => "-",
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
        let mut found = match records::is_record(text, section) {
            true => records::read(file_name, text, section),
            false => wording::read(file_name, text, section),
        };
        entries.append(&mut found);
    }
    // A section that was published twice says everything twice, and several bullets may say one thing of one endpoint.
    let mut unique: Vec<Announcement> = Vec::with_capacity(entries.len());
    let mut places = HashMap::new();
    for entry in entries {
        let key = (
            entry.date,
            entry.product.clone(),
            entry.kind,
            entry.method,
            entry.name.clone(),
            // Notices have no name to be the same by.
            entry.name.is_empty().then(|| entry.text.clone()),
        );
        match places.entry(key) {
            Entry::Vacant(place) => {
                place.insert(unique.len());
                unique.push(entry);
            }
            Entry::Occupied(place) => {
                if let Some(first) = unique.get_mut(*place.get()) {
                    first.merge(entry);
                }
            }
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
