//! What commands report: their outcome, counts and errors.

use std::path::Path;

use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};

use crate::output::error;

/// What a command reports to the shell.
pub(crate) enum Outcome {
    /// All is well.
    Clean,
    /// There are findings, and they have been printed.
    Findings,
    /// Two descriptions of the API differ, and the differences have been printed.
    Differences,
}

/// A number and what it counts: `1 file`, `2 files`.
pub(crate) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// An error in a file that was given to a command, which exits with 1 then.
pub(crate) fn wrong(
    path: &Path,
    line: usize,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> anyhow::Error {
    Diagnostics::from(Diagnostic::new(path.display().to_string(), line, message, remedy)).into()
}

/// Prints why a command failed, and returns its exit code: 1 where its input is wrong, each mistake in a line, 101 where
/// it could not run.
pub(crate) fn failure(error: &anyhow::Error) -> u8 {
    let alone = error.chain().next().and_then(|error| error.downcast_ref());
    match alone {
        Some(Diagnostics(found)) => {
            for diagnostic in found {
                error!("{diagnostic}");
            }
        }
        None => error!("{error:#}"),
    }
    match error.downcast_ref::<Diagnostics>() {
        Some(_) => 1,
        None => 101,
    }
}
