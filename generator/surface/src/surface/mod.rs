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

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use compare::{Change, ChangeKind, Comparison, Verdict, compare};
pub use extract::extract;
pub(crate) use macros::{Setters, expand};
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

impl Surface {
    /// The paths into a crate that something in it names, by the name that code uses (`binance_wire_core`).
    fn paths_into(&self, krate: &str) -> BTreeSet<&str> {
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '*');
        let texts = self.items.iter().flat_map(|(key, item)| {
            let members = item.members.iter();
            let members = members.flat_map(|(key, line)| [key.as_str(), line.text.as_str()]);
            members.chain([key.as_str(), item.line.text.as_str()])
        });
        texts
            .flat_map(|text| text.split(move |c| !part(c)))
            .filter_map(|word| word.strip_prefix(krate)?.strip_prefix("::"))
            .collect()
    }

    /// Whether a break of a crate, whose items were these before it, breaks this one, which names the crate. A type of
    /// another version of a crate is another type, so it does wherever a type is named; a constant or a function without
    /// such types is the same whatever version it comes from, and only its own change is a break.
    pub fn breaks_with(&self, krate: &str, before: &Surface, changes: &Comparison) -> bool {
        let named = self.paths_into(krate);
        let touches = |key: &str, path: &str| {
            let below = |module: &str| {
                let rest = key.strip_prefix(module);
                module.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            };
            match path.strip_suffix('*') {
                Some(module) => below(module.trim_end_matches("::")),
                None => below(path),
            }
        };
        let path_of = |key: &str| key.split_once(' ').map_or("", |(_, path)| path).to_owned();
        let of_values = |path: &str| {
            let mut items = before
                .items
                .iter()
                .filter(|(key, _)| touches(&path_of(key), path));
            let mut some = false;
            let values = items.all(|(key, item)| {
                some = true;
                let value = ["const ", "fn ", "mod "].iter().any(|kind| key.starts_with(kind));
                value && !item.line.text.contains("crate::") && item.members.is_empty()
            });
            some && values
        };
        let breaks = |path: &str| {
            let mut major = changes
                .changes
                .iter()
                .filter(|change| change.verdict == Verdict::Major);
            major.any(|change| touches(&path_of(&change.item), path))
        };
        // What names the crate without a path, an `extern crate`, names all of it.
        let all = named.is_empty() && self.names(krate);
        all || named.iter().any(|path| !of_values(path) || breaks(path))
    }
}

/// A digest of text, the same on every machine and with every compiler (FNV-1a).
pub(crate) fn digest(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
