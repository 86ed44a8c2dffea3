//! What a search did not look at. A report that finds nothing must say what it could not see.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::diagnostics::Diagnostic;
use binance_wire_model::source::Place;
use syn::spanned::Spanned;

use super::manifest::Project;

/// How many macros are named one by one.
const NAMED: usize = 5;

pub(super) struct Unseen {
    /// Calls of macros that nobody expands here, by the macro's name.
    macros: BTreeMap<String, usize>,
    /// Packages that a path outside of the project leads to.
    elsewhere: BTreeSet<String>,
    /// Files with examples in their documentation that name our crates.
    documented: usize,
    /// What `include!` takes in within expressions.
    pub(super) includes: Vec<Diagnostic>,
}

impl Unseen {
    pub(super) fn of(project: &Project) -> Self {
        let sources = project.files.iter().filter(|file| file.path.ends_with(".rs"));
        let documented = |text: &str| {
            let mut docs = text
                .lines()
                .map(str::trim_start)
                .filter(|line| line.starts_with("///") || line.starts_with("//!"))
                .skip_while(|line| !line.contains("```"));
            docs.any(|line| line.contains("binance_wire"))
        };
        Self {
            macros: BTreeMap::new(),
            elsewhere: project.elsewhere(),
            documented: sources.filter(|file| documented(&file.text)).count(),
            includes: Vec::new(),
        }
    }

    pub(super) fn macro_call(&mut self, name: &str) {
        *self.macros.entry(name.to_owned()).or_default() += 1;
    }

    pub(super) fn include(&mut self, file: String, call: &syn::Path) {
        let start = call.span().start();
        self.includes.push(Diagnostic::new(
            file,
            Place {
                line: start.line,
                column: start.column + 1,
            },
            "what `include!` takes in here is not read",
            "look through it by hand; its uses are not in this report",
        ));
    }

    /// In words, for a report.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let calls: usize = self.macros.values().sum();
        if calls > 0 {
            let mut by_count: Vec<(&String, &usize)> = self.macros.iter().collect();
            by_count.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
            let named: Vec<String> = by_count
                .iter()
                .take(NAMED)
                .map(|(name, count)| format!("`{name}!` ({count})"))
                .collect();
            let more = match by_count.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            lines.push(format!(
                "what {calls} calls of macros expand to, of which only the arguments were read: {}{more}",
                named.join(", ")
            ));
        }
        if !self.elsewhere.is_empty() {
            let packages: Vec<&str> = self.elsewhere.iter().map(String::as_str).collect();
            lines.push(format!("packages outside of the folder: {}", packages.join(", ")));
        }
        if self.documented > 0 {
            lines.push(format!(
                "examples in documentation, of which {} files have some with our crates",
                self.documented
            ));
        }
        lines
    }
}
