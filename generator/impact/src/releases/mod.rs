//! What becomes of published crates: which version each has to have, why, and what its change log says.
//!
//! Everything here is a function of what the crates are now and what they were when they were published. Reading the one
//! from the disk, the other from git, and writing what comes out is left to the caller.

mod arithmetic;
mod baseline;
mod change_log;
mod dates;
mod manifest;
mod package;
mod plan;
mod reason;
mod versions;

use std::fmt;

pub use baseline::{Baseline, contents_digest, specs_digest};
pub use change_log::{ChangeLogs, Compared, Wanted, wanted};
pub use dates::Dates;
pub use manifest::{with_members, with_own_version, with_registry, with_requirements};
pub use package::{Package, Workspace};
pub use plan::{Plan, Planned, Present};
pub use reason::Reason;
pub use versions::{read_versions, versions_text};

/// What is wrong with a file, with its place and a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// The result of reading or planning.
pub type Result<T> = std::result::Result<T, Error>;

fn fail<T>(message: impl Into<String>) -> Result<T> {
    Err(Error(message.into()))
}
