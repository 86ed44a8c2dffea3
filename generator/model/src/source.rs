//! Files as text: specs that come in, and what is written of them; and places in them.

use serde::de::DeserializeOwned;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::read::yaml::Places;

/// One spec file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path relative to the specs folder, with `/` between the parts.
    pub path: String,
    /// The contents.
    pub text: String,
}

impl SourceFile {
    /// A file at `path` with the contents `text`.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }

    /// Reads the file as YAML. `what` is its content, such as `a schema history`.
    ///
    /// # Errors
    /// A byte order mark, tabs, keys that are there twice, and other contents, each with its place.
    pub fn yaml<T: DeserializeOwned>(&self, what: &str, remedy: &str) -> Result<T, Diagnostics> {
        self.refuse_byte_order_mark()?;
        serde_yaml::from_str(&self.text).map_err(|error| {
            // What an editor shows otherwise than it is read says more than what the reader says of it.
            let tabs = self.tabs();
            if !tabs.is_empty() {
                return Diagnostics(tabs);
            }
            let twice = Places::new(&self.text).twice(self);
            if !twice.is_empty() {
                return Diagnostics(twice);
            }
            let message = format!("not {what}: {error}");
            Diagnostic::new(&self.path, Place::of_yaml(&error), message, remedy).into()
        })
    }

    /// A byte order mark, as an error.
    fn refuse_byte_order_mark(&self) -> Result<(), Diagnostic> {
        if self.text.starts_with('\u{feff}') {
            return Err(Diagnostic::new(
                &self.path,
                1,
                "the file begins with a byte order mark",
                "save it as UTF-8 without one",
            ));
        }
        Ok(())
    }

    /// The lines with tabs: YAML has none between its tokens, and where a reader accepts one, an editor shows another
    /// indentation than there is.
    pub(crate) fn tabs(&self) -> Vec<Diagnostic> {
        let lines = self.text.lines().enumerate();
        lines
            .filter_map(|(index, line)| {
                let before = line.get(..line.find('\t')?)?;
                let place = Place {
                    line: index + 1,
                    column: before.chars().count() + 1,
                };
                let remedy = "write spaces, and `\\t` in a quoted text that is to have one";
                Some(Diagnostic::new(&self.path, place, "a tab", remedy))
            })
            .collect()
    }

    /// The place of byte `offset`. For many places of one file, [`Lines`] is made once.
    pub fn place(&self, offset: usize) -> Place {
        Lines::new(&self.text).place(offset)
    }
}

/// A place in a file, as editors count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line, counted from one; 0 where the file as a whole is meant.
    pub line: usize,
    /// The character of the line, counted from one; 0 where the line as a whole is meant.
    pub column: usize,
}

impl Place {
    /// Of the line that YAML's reader complains of; the first, where it names none.
    pub fn of_yaml(error: &serde_yaml::Error) -> Self {
        match error.location() {
            Some(location) => Self {
                line: location.line(),
                column: location.column(),
            },
            None => Self::from(1),
        }
    }
}

impl From<usize> for Place {
    /// A line as a whole.
    fn from(line: usize) -> Self {
        Self { line, column: 0 }
    }
}

/// Something that does not take part in equality: a description, a place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aside<T>(pub T);

impl<T> PartialEq for Aside<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Aside<T> {}

/// Where something is in its file.
pub type Line = Aside<Place>;

/// Where the lines of a text start.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of a text.
    pub fn new(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The place of byte `offset`; that of the end, where the text ends before.
    pub fn place(&self, offset: usize) -> Place {
        let end = offset.min(self.text.len());
        // Within a character, its start.
        let boundary = (0..=end).rev().find(|at| self.text.is_char_boundary(*at));
        let offset = boundary.unwrap_or_default();
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.wrapping_sub(1)).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        // A mark of the byte order is no character of the line.
        let before = before.trim_start_matches('\u{feff}');
        Place {
            line,
            column: before.chars().count() + 1,
        }
    }
}

/// One file to be written below the output folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GeneratedFile {
    /// The path relative to the output folder, with `/` between the parts.
    pub path: String,
    /// The contents.
    pub contents: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_counted_from_one() {
        let lines = Lines::new("\u{feff}a: é\r\n  b\n");
        let place = |offset| {
            let Place { line, column } = lines.place(offset);
            (line, column)
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(3), (1, 1));
        assert_eq!(place(6), (1, 4));
        assert_eq!(place(7), (1, 4));
        assert_eq!(place(12), (2, 3));
        assert_eq!(place(14), (3, 1));
        assert_eq!(place(99), (3, 1));
    }
}
