//! `conform` and `decode`: handed on to the crate that stands on generated code.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use clap::Args;

/// Whatever follows the command's name; the other crate reads it.
#[derive(Args)]
pub(crate) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

pub(crate) fn run(command: &str, arguments: &Arguments) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--package", "xtask-payloads", "--", command])
        .args(&arguments.rest)
        .status();
    match status {
        Ok(status) => match status.code().map(u8::try_from) {
            Some(Ok(code)) => ExitCode::from(code),
            _ => ExitCode::from(101),
        },
        Err(error) => {
            eprintln!("error: cargo could not be started: {error}");
            ExitCode::from(101)
        }
    }
}
