//! What is wrong with specs, printed: for people with the line that is meant, for editors and pull requests as they
//! read it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use anyhow::Result;
use binance_wire_model::diagnostics::{Diagnostic, Warning};
use clap::ValueEnum;
use serde::Serialize;

use crate::outcome::plural;
use crate::output::{self, error, remark, say, warning};
use crate::tree;

/// How complaints are printed.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, to standard error
    #[default]
    Text,
    /// One object with a list, to standard output, which has nothing else then
    Json,
    /// Annotations of a pull request on GitHub, to standard output
    Github,
}

/// As many warnings are printed one by one unless all are asked for: those of our own specs have been there for long.
const SHOWN: usize = 5;

/// What has been found so far. What is wrong with a shared file is found with every product, and printed once.
#[derive(Default)]
pub(crate) struct Complaints {
    errors: BTreeSet<Diagnostic>,
    warnings: BTreeSet<Warning>,
}

/// A complaint as machines read it.
#[derive(Serialize)]
struct Entry<'c> {
    level: &'static str,
    /// Relative to where the command was run, if it is below.
    file: String,
    /// Counted from one; 0 where the file as a whole is meant.
    line: usize,
    /// In characters, counted from one; 0 where the line as a whole is meant.
    column: usize,
    message: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'c str>,
}

impl Complaints {
    pub(crate) fn errors(&mut self, errors: impl IntoIterator<Item = Diagnostic>) {
        self.errors.extend(errors);
    }

    pub(crate) fn warnings(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        self.warnings.extend(warnings);
    }

    /// Whether something is wrong.
    pub(crate) fn broken(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Prints them. `specs` is the folder that their files are in.
    pub(crate) fn print(&self, specs: &Path, format: Format, quiet: bool) -> Result<()> {
        match format {
            Format::Text => self.text(specs, quiet),
            Format::Json => {
                let entries = self.entries(specs);
                say!(
                    "{}",
                    serde_json::to_string_pretty(&serde_json::json!({ "diagnostics": entries }))?
                );
            }
            Format::Github => {
                for entry in self.entries(specs) {
                    say!("{}", github(&entry));
                }
            }
        }
        Ok(())
    }

    fn text(&self, specs: &Path, quiet: bool) {
        let mut files = Files::new(specs);
        for error in &self.errors {
            let line = files.line(&error.file, error.line);
            let file = shown(specs, &error.file);
            remark!("{}\n", snippet(error, &file, line.as_deref()));
        }
        if self.errors.len() > 1 {
            error!("{} in specs", plural(self.errors.len(), "mistake"));
        }
        if quiet {
            return;
        }
        if self.warnings.len() > SHOWN && !output::verbose() {
            let count = plural(self.warnings.len(), "warning");
            warning!("{count} about specs; --verbose prints them");
            return;
        }
        for warning in &self.warnings {
            warning!("{warning}");
        }
    }

    fn entries(&self, specs: &Path) -> Vec<Entry<'_>> {
        let mut files = Files::new(specs);
        let mut column = |file: &str, line: usize, column: usize, message: &str| {
            let shown = files.line(file, line).and_then(|text| {
                let span = meant(&text, column, message)?;
                Some(text.get(..span.start)?.chars().count() + 1)
            });
            shown.unwrap_or(column)
        };
        let errors = self.errors.iter().map(|error| Entry {
            level: "error",
            file: shown(specs, &error.file),
            line: error.line,
            column: column(&error.file, error.line, error.column, &error.message),
            message: &error.message,
            remedy: Some(&error.remedy),
        });
        let mut entries: Vec<Entry<'_>> = errors.collect();
        entries.extend(self.warnings.iter().map(|warning| Entry {
            level: "warning",
            file: shown(specs, &warning.file),
            line: warning.line,
            column: column(&warning.file, warning.line, warning.column, &warning.message),
            message: &warning.message,
            remedy: None,
        }));
        entries
    }
}

/// The files that complaints are about, by line.
struct Files<'s> {
    specs: &'s Path,
    lines: BTreeMap<String, Vec<String>>,
}

impl<'s> Files<'s> {
    fn new(specs: &'s Path) -> Self {
        Self {
            specs,
            lines: BTreeMap::new(),
        }
    }

    /// A line of a file, counted from one. A file that is no text has lines all the same.
    fn line(&mut self, file: &str, line: usize) -> Option<String> {
        let lines = self.lines.entry(file.to_owned()).or_insert_with(|| {
            let bytes = std::fs::read(self.specs.join(file)).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.lines().map(str::to_owned).collect()
        });
        lines.get(line.checked_sub(1)?).cloned()
    }
}

/// A file as the caller can open it.
fn shown(specs: &Path, file: &str) -> String {
    let path = specs.join(file);
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::new());
    match path.strip_prefix(&here) {
        Ok(below) => tree::slashes(below),
        Err(_) => path.display().to_string(),
    }
}

/// What of a line is meant, in bytes: from the place that is complained of, the first of the words in backticks that
/// there are, or else the word there. A column of 0 is the line as a whole.
fn meant(line: &str, column: usize, message: &str) -> Option<Range<usize>> {
    let start = match column.checked_sub(1) {
        Some(before) => line.char_indices().nth(before)?.0,
        None => 0,
    };
    let rest = line.get(start..)?;
    let words = message.split('`').skip(1).step_by(2);
    let named = words.filter(|word| !word.is_empty()).find_map(|word| {
        rest.match_indices(word)
            .find(|(at, _)| {
                // Not a part of a longer word.
                let before = rest.get(..*at).and_then(|text| text.chars().next_back());
                let after = rest.get(at + word.len()..).and_then(|text| text.chars().next());
                !before.is_some_and(in_word) && !after.is_some_and(in_word)
            })
            .map(|(at, _)| at..at + word.len())
    });
    let here = || {
        let end = rest.find(|sign| !in_word(sign)).unwrap_or(rest.len());
        (column > 0).then(|| 0..end.max(rest.chars().next().map_or(0, char::len_utf8)))
    };
    let found = named.or_else(here)?;
    Some(start + found.start..start + found.end)
}

fn in_word(sign: char) -> bool {
    sign.is_alphanumeric() || "_-".contains(sign)
}

/// An error with its line, as a terminal shows it.
fn snippet(error: &Diagnostic, file: &str, line: Option<&str>) -> String {
    let title = Level::ERROR.primary_title(error.message.as_str());
    let place: Element<'_> = match line {
        Some(line) => {
            // Without what is around it: from the first character to the last.
            let all = line.len() - line.trim_start().len()..line.trim_end().len();
            let span = meant(line, error.column, &error.message).unwrap_or(all);
            Snippet::source(line)
                .line_start(error.line)
                .path(file)
                .annotation(AnnotationKind::Primary.span(span))
                .into()
        }
        None if error.line == 0 => Origin::path(file).into(),
        // The line behind the last one, where a file that was cut off ends.
        None => Origin::path(format!("{file}:{}", error.line)).into(),
    };
    let report = [title
        .element(place)
        .element(Level::HELP.message(error.remedy.as_str()))];
    Renderer::styled().decor_style(DecorStyle::Ascii).render(&report)
}

/// A workflow command.
fn github(entry: &Entry<'_>) -> String {
    let value = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| value(text).replace(':', "%3A").replace(',', "%2C");
    let mut properties = format!("file={}", property(&entry.file));
    for (name, number) in [("line", entry.line), ("col", entry.column)] {
        if number > 0 {
            properties += &format!(",{name}={number}");
        }
    }
    let remedy = entry
        .remedy
        .map(|remedy| format!("; {remedy}"))
        .unwrap_or_default();
    format!(
        "::{} {properties}::{}",
        entry.level,
        value(&format!("{}{remedy}", entry.message))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_the_word_in_backticks() {
        let line = "  - {name: sized, in: query, size: 1}";
        assert_eq!(meant(line, 0, "unknown key `size`; `name`"), Some(29..33));
        assert_eq!(meant(line, 0, "unknown `colour` of `name`"), Some(5..9));
        assert_eq!(meant(line, 0, "nothing of it"), None);
        assert_eq!(meant("ä: ö", 0, "`ö`"), Some(4..6));
    }

    #[test]
    fn what_is_meant_begins_at_the_column() {
        let line = "  {ä: in, in: query-x}";
        assert_eq!(meant(line, 4, "`in`"), Some(7..9));
        assert_eq!(meant(line, 11, "`in`"), Some(11..13));
        assert_eq!(meant(line, 15, "nothing of it"), Some(15..22));
        assert_eq!(meant(line, 3, "nothing of it"), Some(2..3));
        assert_eq!(meant(line, 99, "`in`"), None);
    }

    #[test]
    fn workflow_commands_are_escaped() {
        let entry = Entry {
            level: "error",
            file: "a,b.yaml".to_owned(),
            line: 3,
            column: 0,
            message: "50 %\nof it",
            remedy: Some("correct it"),
        };
        assert_eq!(
            github(&entry),
            "::error file=a%2Cb.yaml,line=3::50 %25%0Aof it; correct it"
        );
    }
}
