//! Where a Rust project uses given items of our crates: calls them, names them, matches on them, constructs them.
//!
//! Text in, values out, as everywhere in this crate. What is known of our crates is read from their sources
//! ([`SurfaceCrate`]), which may just have been rendered or come from another revision, so that the types of
//! expressions (`client.new_order(…).price(…).send().await?.order_id`) can be followed through the project's
//! code. Where a type can be told, a use is [`Certainty::Certain`] or none at all; where it cannot, a member of the
//! name looked for is [`Certainty::Possible`] rather than missed.

mod declarations;
mod expressions;
mod index;
mod load;
mod macros;
mod manifest;
mod methods;
mod patterns;
mod text;
mod types;
mod unseen;
mod walk;
mod watch;

use std::collections::BTreeSet;

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::source::SourceFile;
use serde::{Deserialize, Serialize};

use crate::rust_item::RustItem;

pub use manifest::Project;

/// The sources of one of our crates.
#[derive(Clone, Debug)]
pub struct SurfaceCrate {
    /// The crate as code names it: `binance_wire_spot`.
    pub name: String,
    /// Its files, by their paths from the crate's folder: `src/lib.rs`.
    pub files: Vec<SourceFile>,
}

/// What was found in a project.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The uses, by file, line and column.
    pub uses: Vec<Use>,
    /// What keeps the report from being complete: files that cannot be parsed.
    #[serde(skip)]
    pub diagnostics: Vec<Diagnostic>,
    /// The items looked for that our crates do not have; nothing can use them.
    pub absent: Vec<RustItem>,
    /// What was not looked at, in words: calls of macros that are not expanded, packages elsewhere, examples in documentation.
    pub unseen: Vec<String>,
}

impl Report {
    /// The uses of one item.
    pub fn of<'a>(&'a self, item: &'a RustItem) -> impl Iterator<Item = &'a Use> {
        self.uses.iter().filter(move |found| found.item == *item)
    }
}

/// A place where a project uses an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Use {
    /// The file, from the project's folder.
    pub file: String,
    /// The line, counted from one.
    pub line: usize,
    /// The column in characters, counted from one.
    pub column: usize,
    /// The item.
    pub item: RustItem,
    /// Whether it is this item, or only may be.
    pub certainty: Certainty,
    /// What is done with it.
    pub how: How,
    /// The line's text, without the blanks around it.
    pub text: String,
}

/// How sure a use is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The types and paths lead to the item.
    Certain,
    /// The name is right, and what it belongs to cannot be told.
    Possible,
}

/// What code does with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Calls it.
    Calls,
    /// Names it in a path, a type or an import.
    Names,
    /// Reads or writes a field.
    Accesses,
    /// Takes it apart in a pattern.
    Matches,
    /// Makes a value of it.
    Constructs,
    /// Writes a value, a member or a parameter as the exchange does: `"FILLED"`, `"executedQty"`.
    Spells,
    /// Implements a trait, or a method of it.
    Implements,
}

impl How {
    /// The word for a report.
    pub fn word(self) -> &'static str {
        match self {
            How::Calls => "calls",
            How::Names => "names",
            How::Accesses => "accesses",
            How::Matches => "matches on",
            How::Constructs => "constructs",
            How::Spells => "spells",
            How::Implements => "implements",
        }
    }
}

/// Finds the uses of `items` in a project.
///
/// `surface` has the sources of the crates that the items belong to, of those that they re-export from, and of the
/// facade and the runtime, as far as the project uses them; what is missing cannot be followed.
pub fn find(project: &Project, surface: &[SurfaceCrate], items: &[RustItem]) -> Report {
    let mut loader = load::Loader::default();
    for krate in surface {
        loader.add_surface(krate);
    }
    let parsed = loader.add_project(project);
    let (index, mut diagnostics) = loader.finish();
    let (watch, absent) = watch::Watch::new(&index, items);

    let mut found = BTreeSet::new();
    let mut unseen = unseen::Unseen::of(project);
    for file in &parsed {
        walk::walk_file(&index, &watch, file, &mut found, &mut unseen);
    }
    for ((krate, feature), items) in &watch.features {
        for (file, line, column, text) in project.enabling(krate, feature) {
            found.extend(items.iter().map(|item| Use {
                file: file.clone(),
                line,
                column,
                item: watch.items[*item].clone(),
                certainty: Certainty::Certain,
                how: How::Names,
                text: text.clone(),
            }));
        }
    }
    diagnostics.append(&mut unseen.includes);
    diagnostics.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Report {
        uses: drop_doubted(found),
        diagnostics,
        absent,
        unseen: unseen.lines(),
    }
}

/// Leaves out what was found twice at one place: once for sure, and once by its name alone.
fn drop_doubted(found: BTreeSet<Use>) -> Vec<Use> {
    let mut kept: Vec<Use> = Vec::with_capacity(found.len());
    for next in found {
        match kept.last() {
            // Certain sorts before possible.
            Some(last)
                if (&last.file, last.line, last.column, &last.item)
                    == (&next.file, next.line, next.column, &next.item) => {}
            _ => kept.push(next),
        }
    }
    kept
}
