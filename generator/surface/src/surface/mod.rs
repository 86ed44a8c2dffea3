//! What a user's code can name in a crate: its public items in a canonical text form, and what a change of them asks
//! of the version.
//!
//! [`extract`] reads the sources of a crate (syn parses, nothing is compiled), follows `mod`, `use` and re-exports,
//! expands the project's own macros (`open_enum!`, `json_object!`, `request!`), and gives a [`Surface`]. A surface is written and read
//! as text, one item or member a line, so that a published one can be kept in the repository and its diff be read.
//! [`compare`] judges two of them by Cargo's rules.
//!
//! What it cannot see, since nothing is type-checked: auto traits (`Send`, `Sync`), inference, and what a foreign macro
//! expands to. A call of an unknown macro stands in the surface as the digest of its text, and a change of it counts as
//! breaking.

mod compare;
mod extract;
mod gate;
pub(crate) mod json_object;
mod macros;
mod members;
mod print;
mod request;
mod scope;
mod text;

use std::collections::BTreeMap;
use std::fmt;

pub use compare::{Change, ChangeKind, Comparison, Verdict, compare};
pub use extract::extract;
pub(crate) use macros::Setters;
pub(crate) use request::Request;

/// The public items of a crate, by what they are and where: `struct models::Rebate`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    /// Items by kind and path.
    pub items: BTreeMap<String, Item>,
}

/// One public item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Its declaration, without name and members.
    pub line: Line,
    /// Fields, variants, methods, implemented traits: `field asset`, `fn new`, `impl Clone`.
    pub members: BTreeMap<String, Line>,
}

/// A declaration, and the features that it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Canonical text: paths are resolved, layout is gone.
    pub text: String,
    /// The features that it needs, joined with `+`; empty where it is always there.
    pub gate: String,
}

/// Why a surface could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub message: String,
}

impl Error {
    pub(crate) fn new(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for Error {}

impl Surface {
    /// Whether something in it names a crate, by the name that code uses (`binance_wire_core`): then a break of that
    /// crate is a break of this one.
    pub fn names(&self, krate: &str) -> bool {
        let names = |line: &Line| {
            line.text.match_indices(krate).any(|(at, _)| {
                let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
                let before = line.text.get(..at).and_then(|text| text.chars().next_back());
                let after = line
                    .text
                    .get(at + krate.len()..)
                    .and_then(|text| text.chars().next());
                free(before) && free(after)
            })
        };
        let line_of = |(key, line): (&String, &Line)| {
            names(line)
                || names(&Line {
                    text: key.clone(),
                    gate: String::new(),
                })
        };
        self.items
            .iter()
            .any(|(key, item)| line_of((key, &item.line)) || item.members.iter().any(line_of))
    }
}

/// A digest of text, the same on every machine and with every compiler (FNV-1a).
pub(crate) fn digest(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
