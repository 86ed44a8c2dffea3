//! The project's commands that stand on generated code: `cargo xtask conform`, which checks recorded payloads against
//! the generated types, and `cargo xtask decode`, which prints raw SBE and FIX messages.
//!
//! They live apart from the other commands so that `cargo xtask regenerate` builds when generated code does not. This
//! crate may use the generated crates and the runtime; it reads the files it is given and writes to standard output,
//! and touches nothing else.

pub mod catalog;
mod cli;
pub mod conform;
mod damage;
pub mod decode;
pub mod fix;
pub mod fix_text;
pub mod hex;
mod input;
pub mod json;
pub mod json_compare;
pub mod number;
pub mod sbe;
pub mod stream_name;

pub use cli::run;

/// What a command reports to the shell, where it could run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Clean,
    /// There are findings, and they have been printed.
    Findings,
}
