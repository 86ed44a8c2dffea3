//! Why a crate needs another version, in addition to what its surface says.

use std::fmt;

/// Why a crate needs another version, in addition to what its surface says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no baseline.
    NotPublished,
    /// Its files differ.
    Files,
    /// It requires other versions of crates from elsewhere.
    Requirements,
    /// Its items name those of a crate from elsewhere, of which it requires a version that breaks.
    Foreign {
        /// The crate's name.
        krate: String,
        /// What was required.
        old: String,
        /// What is required.
        new: String,
    },
    /// Another tool has found that it breaks.
    Checked {
        /// What the tool says.
        said: String,
    },
    /// It says another least version of Rust.
    RustVersion {
        /// What it said.
        old: String,
        /// What it says.
        new: String,
    },
    /// A crate that it depends on breaks.
    Breaks {
        /// Its name.
        inner: String,
        /// Its version.
        version: String,
        /// Whether the crate's own items name those of it.
        named: bool,
    },
}

impl Reason {
    /// What a user reads of it in the change log.
    pub fn in_log(&self) -> String {
        match self {
            Self::NotPublished => "First version".to_owned(),
            Self::Files => "Revised code or documentation; nothing that it offers differs".to_owned(),
            Self::Requirements => "Requires other versions of crates from elsewhere".to_owned(),
            Self::Foreign { krate, old, new } => {
                format!("Requires `{krate}` {new} instead of {old}, whose types it hands out")
            }
            Self::Checked { said } => format!("Breaks what only a compiler sees: {said}"),
            Self::RustVersion { new, .. } if new.is_empty() => "Says no least version of Rust".to_owned(),
            Self::RustVersion { new, .. } => format!("Compiles with Rust {new} or newer"),
            Self::Breaks {
                inner,
                version,
                named,
            } => {
                let how = if *named {
                    ", a breaking version, whose types it hands out"
                } else {
                    ""
                };
                format!("Requires `{inner}` {version}{how}")
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPublished => f.write_str("not published so far"),
            Self::Files => f.write_str("its files differ"),
            Self::Requirements => f.write_str("it requires other versions of crates from elsewhere"),
            Self::Foreign { krate, old, new } => {
                write!(
                    f,
                    "its own items name those of {krate}, required as {new} instead of {old}"
                )
            }
            Self::Checked { said } => write!(f, "cargo-semver-checks says that it breaks: {said}"),
            Self::RustVersion { old, new } => write!(f, "it requires Rust {new} instead of {old}"),
            Self::Breaks {
                inner,
                version,
                named,
            } => {
                let how = if *named {
                    "its own items name those of"
                } else {
                    "it depends on"
                };
                write!(f, "{how} {inner} {version}, which breaks")
            }
        }
    }
}
