//! Files as text: specs that come in, and what is written of them.

use serde::de::DeserializeOwned;

use crate::diagnostics::{Diagnostic, Diagnostics};

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
    /// A byte order mark, tabs, and other contents, with the line.
    pub fn yaml<T: DeserializeOwned>(&self, what: &str, remedy: &str) -> Result<T, Diagnostics> {
        self.refuse_byte_order_mark()?;
        serde_yaml::from_str(&self.text).map_err(|error| match self.tabs() {
            tabs if tabs.is_empty() => {
                let line = Self::line_of_yaml(&error);
                Diagnostic::new(&self.path, line, format!("not {what}: {error}"), remedy).into()
            }
            tabs => Diagnostics(tabs),
        })
    }

    /// A byte order mark, as an error.
    pub(crate) fn refuse_byte_order_mark(&self) -> Result<(), Diagnostic> {
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
            .filter(|(_, line)| line.contains('\t'))
            .map(|(index, _)| {
                Diagnostic::new(
                    &self.path,
                    index + 1,
                    "a tab",
                    "write spaces, and `\\t` in a quoted text that is to have one",
                )
            })
            .collect()
    }

    /// The line that YAML's reader complains of; the first, where it names none.
    pub fn line_of_yaml(error: &serde_yaml::Error) -> usize {
        error.location().map_or(1, |location| location.line())
    }

    /// The line, counted from one, in which byte `offset` lies.
    pub fn line_of(&self, offset: usize) -> usize {
        let end = offset.min(self.text.len());
        1 + self.text.as_bytes()[..end]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
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
