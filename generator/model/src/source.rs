//! Files as text: specs that come in, and what is written of them.

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
