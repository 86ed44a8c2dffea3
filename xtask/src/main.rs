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

mod announcements;
mod bless;

mod complaints;
mod coverage;
mod diff;
mod drift;
mod git;
mod import;
mod outcome;
mod output;
mod payloads;
mod publish;
mod regenerate;
mod releases;
mod schema;
mod sources;
mod specs;
mod tree;
mod uses;
mod version;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use crate::outcome::Outcome;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "The project's commands",
    version,
    styles = output::HELP,
    after_help = "Exit codes: 0 success, 1 usage, wrong input or findings, 100 differences (coverage, drift, import) or breaking ones (diff), 101 could not run."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    // Doc comments would take the place of what the commands' own files say at length.
    #[command(about = "Render specs/ into generated/, or check that generated/ is up to date")]
    Regenerate(Spoken<regenerate::Arguments>),
    #[command(about = "Update the hashes in specs/sources.toml, and list the changed files")]
    Sources(Spoken<sources::Arguments>),
    #[command(about = "Print coverage per product, or compare it with specs/COVERAGE.md")]
    Coverage(Spoken<coverage::Arguments>),
    #[command(about = "Compare specs/ with what the exchange publishes")]
    Drift(Spoken<drift::Arguments>),
    #[command(about = "Compare two states of the specs, and report what the differences mean for users")]
    Diff(Spoken<diff::Arguments>),
    #[command(about = "Find where a Rust project uses items of the generated crates")]
    Uses(Spoken<uses::Arguments>),
    #[command(about = "List the exchange's announcements, or compare them with differences")]
    Announcements(Spoken<announcements::Arguments>),
    #[command(about = "Import facts from what the exchange publishes into specs/")]
    Import(Spoken<import::Arguments>),
    #[command(about = "Choose versions from what changed since the last release, and write change logs")]
    Version(Spoken<version::Arguments>),
    #[command(about = "Publish every crate whose version is not on the registry yet")]
    Publish(Spoken<publish::Arguments>),
    #[command(about = "Rewrite the golden files of the generator's tests")]
    Bless(Spoken<bless::Arguments>),
    #[command(about = "Write the JSON Schema of specs for editors, or check that it is up to date")]
    Schema(Spoken<schema::Arguments>),
    /// Write a manual page per command
    Man {
        /// The folder to write `xtask.1`, `xtask-diff.1` and so on to
        folder: PathBuf,
    },
    /// Print completions for a shell, for `alias xtask='cargo xtask'`
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Check recorded payloads against the generated types
    #[command(disable_help_flag = true)]
    Conform(payloads::Arguments),
    /// Print raw SBE or FIX messages as JSON or YAML
    #[command(disable_help_flag = true)]
    Decode(payloads::Arguments),
}

/// A command's arguments, and how it prints.
struct Spoken<A> {
    arguments: A,
    output: output::Options,
}

// Derived, it would lose what the arguments say of their command.
impl<A: Args> Args for Spoken<A> {
    fn augment_args(command: clap::Command) -> clap::Command {
        output::Options::augment_args(A::augment_args(command))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        output::Options::augment_args_for_update(A::augment_args_for_update(command))
    }
}

impl<A: FromArgMatches> FromArgMatches for Spoken<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            arguments: A::from_arg_matches(matches)?,
            output: output::Options::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.arguments.update_from_arg_matches(matches)?;
        self.output.update_from_arg_matches(matches)
    }
}

impl<A> Spoken<A> {
    fn run(&self, command: impl FnOnce(&A) -> Result<Outcome>) -> Result<Outcome> {
        self.output.apply();
        command(&self.arguments)
    }
}

/// The completions of a shell.
fn completions(shell: Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "xtask", &mut script);
    output::text(&String::from_utf8_lossy(&script));
    Outcome::Clean
}

/// The manual pages, one file per command.
fn manual(folder: &Path) -> Result<Outcome> {
    let written = fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command().name("xtask").display_name("xtask"), folder));
    written.with_context(|| format!("manual pages cannot be written to {}", folder.display()))?;
    Ok(Outcome::Clean)
}

fn main() -> ExitCode {
    output::use_colors(std::env::args_os());
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
    code.unwrap_or_else(|error| ExitCode::from(outcome::failure(&error)))
}

fn run(command: Command) -> Result<ExitCode> {
    let outcome = match command {
        Command::Regenerate(spoken) => spoken.run(regenerate::run),
        Command::Sources(spoken) => spoken.run(sources::run),
        Command::Coverage(spoken) => spoken.run(coverage::run),
        Command::Drift(spoken) => spoken.run(drift::run),
        Command::Diff(spoken) => spoken.run(diff::run),
        Command::Announcements(spoken) => spoken.run(announcements::run),
        Command::Uses(spoken) => spoken.run(uses::run),
        Command::Import(spoken) => spoken.run(import::run),
        Command::Version(spoken) => spoken.run(version::run),
        Command::Publish(spoken) => spoken.run(publish::run),
        Command::Bless(spoken) => spoken.run(bless::run),
        Command::Schema(spoken) => spoken.run(schema::run),
        Command::Man { folder } => manual(&folder),
        Command::Completions { shell } => Ok(completions(shell)),
        Command::Conform(arguments) => return payloads::run("conform", &arguments),
        Command::Decode(arguments) => return payloads::run("decode", &arguments),
    };
    Ok(match outcome? {
        Outcome::Clean => ExitCode::SUCCESS,
        Outcome::Findings => ExitCode::from(1),
        Outcome::Differences => ExitCode::from(100),
    })
}
