//! The project's commands, run as `cargo xtask <command>`.
//!
//! This crate is the only one that touches the disk on the generator's behalf: it reads specs and templates, hands
//! them over as text, and compares or writes what comes back. It does not depend on generated code, so that
//! `regenerate` works when that is broken; `conform` and `decode`, which do, live in a crate of their own.
#![deny(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic on a closed pipe; see `output`"
)]

mod changelog;
mod coverage;
mod diff;
mod drift;
mod git;
mod import;
mod output;
mod payloads;
mod publish;
mod regenerate;
mod releases;
mod sources;
mod specs;
mod tree;
mod uses;
mod version;

use std::process::ExitCode;

use anyhow::{Context, Result};
use binance_wire_generator::diagnostics::Diagnostics;
use clap::{Parser, Subcommand};

use crate::output::remark;

/// What a command reports to the shell.
pub(crate) enum Outcome {
    /// All is well.
    Clean,
    /// There are findings, and they have been printed.
    Findings,
    /// Two descriptions of the API differ, and the differences have been printed.
    Differences,
}

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "The project's commands",
    after_help = "Exit codes: 0 all is well, 1 usage or findings, 100 differences (coverage, drift, import) or breaking ones (diff), 101 could not run."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    // Doc comments would take the place of what the commands' own files say at length.
    #[command(about = "Render specs/ into generated/, or check that generated/ is up to date")]
    Regenerate(regenerate::Arguments),
    #[command(about = "Refresh the hashes in specs/sources.toml, or name the specs that changed")]
    Sources(sources::Arguments),
    #[command(about = "Print what is covered, product by product, or check that specs/COVERAGE.md says so")]
    Coverage(coverage::Arguments),
    #[command(about = "Hold specs/ against what the exchange publishes")]
    Drift(drift::Arguments),
    #[command(about = "Say what differs between two states of the specs, and what it does to their users")]
    Diff(diff::Arguments),
    #[command(about = "Find where a Rust project uses items of the generated crates")]
    Uses(uses::Arguments),
    #[command(about = "List what the exchange's change logs say, or hold them against differences")]
    Changelog(changelog::Arguments),
    #[command(about = "Bring facts from what the exchange publishes into specs/")]
    Import(import::Arguments),
    #[command(about = "Decide the versions of what is published, from what changed since it was")]
    Version(version::Arguments),
    #[command(about = "Publish what has a version that the registry does not have")]
    Publish(publish::Arguments),
    /// Check recorded payloads against the generated types
    #[command(disable_help_flag = true)]
    Conform(payloads::Arguments),
    /// Print raw SBE or FIX messages as JSON or YAML
    #[command(disable_help_flag = true)]
    Decode(payloads::Arguments),
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

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::from(error.use_stderr());
            // Nothing sensible can be done where the terminal is gone.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let code = run(cli.command).and_then(|code| {
        output::finish().context("the output cannot be printed")?;
        Ok(code)
    });
    code.unwrap_or_else(|error| {
        remark!("error: {error:#}");
        ExitCode::from(101)
    })
}

fn run(command: Command) -> Result<ExitCode> {
    let outcome = match command {
        Command::Regenerate(arguments) => regenerate::run(&arguments),
        Command::Sources(arguments) => sources::run(&arguments),
        Command::Coverage(arguments) => coverage::run(&arguments),
        Command::Drift(arguments) => drift::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Changelog(arguments) => changelog::run(&arguments),
        Command::Uses(arguments) => uses::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Version(arguments) => version::run(&arguments),
        Command::Publish(arguments) => publish::run(&arguments),
        Command::Conform(arguments) => return payloads::run("conform", &arguments),
        Command::Decode(arguments) => return payloads::run("decode", &arguments),
    };
    Ok(match outcome? {
        Outcome::Clean => ExitCode::SUCCESS,
        Outcome::Findings => ExitCode::from(1),
        Outcome::Differences => ExitCode::from(100),
    })
}
