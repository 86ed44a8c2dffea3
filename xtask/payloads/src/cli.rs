//! The command line.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};

use clap::{Parser, Subcommand};

use crate::{Outcome, conform, decode};

/// Usage was wrong, or there are findings.
const FINDINGS: u8 = 1;
/// The command could not do its work.
const COULD_NOT_RUN: u8 = 101;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "The project's commands on payloads",
    after_help = "Exit codes: 0 success, 1 usage or findings, 101 could not run."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Conform(conform::Arguments),
    Decode(decode::Arguments),
}

/// Prints a line to standard error; where that is gone, there is nowhere to say so.
pub(crate) fn remark(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Runs the command that `arguments` ask for, the program's own name being the first of them, and gives the exit
/// code: 0 when all is well, 1 for wrong usage and for findings, 101 where the command could not run.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing sensible can be done where the terminal is gone.
            let _ = error.print();
            return if error.use_stderr() { FINDINGS } else { 0 };
        }
    };
    // Standard output passes every line on at once, so that a pipe can be followed.
    let mut out = io::stdout().lock();
    let outcome = match cli.command {
        Command::Conform(arguments) => conform::run(&arguments, &mut out),
        Command::Decode(arguments) => decode::run(&arguments, &mut out),
    };
    match outcome {
        Ok(Outcome::Clean) => 0,
        Ok(Outcome::Findings) => FINDINGS,
        Err(error) => {
            // A reader that has seen enough closes the pipe; there is nothing to say then, and nobody to say it to.
            let unread = error
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
            if !unread {
                remark(format_args!("error: {error:#}"));
            }
            COULD_NOT_RUN
        }
    }
}
