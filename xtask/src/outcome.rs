//! What commands report: their outcome, counts and what is wrong with specs.

use binance_wire_model::diagnostics::Diagnostics;

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

/// What is wrong with files, one a line.
pub(crate) fn told(diagnostics: Diagnostics) -> anyhow::Error {
    let lines: Vec<String> = diagnostics.0.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("{}", lines.join("\nerror: "))
}
