//! Errors and warnings about specs: which file, where in it, what is wrong, what to do.

use std::fmt;

use crate::api::Location;
use crate::source::Place;

/// One thing that is wrong with a spec.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, relative to the specs folder.
    pub file: String,
    /// The line, counted from one; 0 where the file as a whole is meant.
    pub line: usize,
    /// The character of the line, counted from one; 0 where the line as a whole is meant.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Diagnostic {
    /// A finding at a place of a file, or at a line of it.
    pub fn new(
        file: impl Into<String>,
        place: impl Into<Place>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let Place { line, column } = place.into();
        Self {
            file: file.into(),
            line,
            column,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// A finding about what is at a location.
    pub fn at(location: &Location, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(&location.file, location.place(), message, remedy)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}; {}", self.file, self.message, self.remedy)
        } else {
            write!(
                f,
                "{}:{}: {}; {}",
                self.file, self.line, self.message, self.remedy
            )
        }
    }
}

/// What made a stage fail: at least one [`Diagnostic`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// Something that the generator lived with, and says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The file, relative to the specs folder.
    pub file: String,
    /// The line, counted from one; 0 where the file as a whole is meant.
    pub line: usize,
    /// The character of the line, counted from one; 0 where the line as a whole is meant.
    pub column: usize,
    /// What was found and how it is treated.
    pub message: String,
}

impl Warning {
    /// A warning at a place of a file, or at a line of it.
    pub fn new(file: impl Into<String>, place: impl Into<Place>, message: impl Into<String>) -> Self {
        let Place { line, column } = place.into();
        Self {
            file: file.into(),
            line,
            column,
            message: message.into(),
        }
    }

    /// A warning about what is at a location.
    pub fn at(location: &Location, message: impl Into<String>) -> Self {
        Self::new(&location.file, location.place(), message)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}:{}: {}", self.file, self.line, self.message)
        }
    }
}

/// What to do about a word that is none of a few: the one that was meant, if it is clear, and all that there are.
pub(crate) fn one_of(words: &[&str], word: &str) -> String {
    let all = match words {
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
        [] => String::new(),
    };
    match nearest(words.iter().copied(), word) {
        Some(near) => format!("did you mean `{near}`? use {all}"),
        None => format!("use {all}"),
    }
}

/// What to say of a product that is in none of the places that were looked at.
pub fn no_product(name: &str, place: &str, known: &[&str]) -> String {
    let near = match nearest(known.iter().copied(), name) {
        Some(near) => format!("did you mean `{near}`? "),
        None => String::new(),
    };
    format!(
        "no product `{name}` {place}; {near}there are: {}",
        known.join(", ")
    )
}

/// The name that is most like `key`, if one is like it at all.
pub fn nearest<'k>(known: impl Iterator<Item = &'k str>, key: &str) -> Option<&'k str> {
    let limit = (key.chars().count() / 2).min(3);
    known
        .map(|known| (strsim::damerau_levenshtein(known, key), known))
        .filter(|(far, _)| *far <= limit)
        .min()
        .map(|(_, known)| known)
}
