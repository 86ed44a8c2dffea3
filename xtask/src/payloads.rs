//! `conform` and `decode`: handed on to the crate that stands on generated code.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::output::Progress;
use crate::tree;

/// Whatever follows the command's name; the other crate reads it.
#[derive(Args)]
pub(crate) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// The other crate's program with a command to it, built.
fn program(command: &str) -> Result<Command> {
    let mut build = cargo("build")?;
    {
        // All generated crates are built for it, which takes minutes the first time.
        let _progress = Progress::until_done("building what reads payloads");
        let output = build.output().context("cargo could not be started")?;
        if !output.status.success() {
            bail!(
                "what reads payloads cannot be built:\n{}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
    }
    let mut program = cargo("run")?;
    program.args(["--", command]);
    Ok(program)
}

/// A command of cargo's on the other crate.
fn cargo(command: &str) -> Result<Command> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    // Wherever the caller stands, the packages are those of this checkout.
    cargo.args([
        command,
        "--quiet",
        "--package",
        "xtask-payloads",
        "--manifest-path",
    ]);
    cargo.arg(tree::root()?.join("Cargo.toml"));
    Ok(cargo)
}

/// What `conform --tally` prints about files. That payloads fail is no error here.
pub(crate) fn tally<'p>(files: impl Iterator<Item = &'p Path>) -> Result<String> {
    let mut program = program("conform")?;
    let _progress = Progress::until_done("decoding samples");
    let output = program
        .arg("--tally")
        .args(files)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo could not be started")?;
    let reported = String::from_utf8(output.stdout).context("conform printed something else than text")?;
    // A crate that does not compile is cargo's 101; there a count would be a wrong one.
    match output.status.code() {
        Some(0) => Ok(reported),
        Some(1) if !reported.is_empty() => Ok(reported),
        _ => bail!("conform could not run ({})", output.status),
    }
}

/// Runs a command of the other crate; its exit code is the answer.
pub(crate) fn run(command: &str, arguments: &Arguments) -> Result<ExitCode> {
    let status = program(command)?
        .args(&arguments.rest)
        .status()
        .context("cargo could not be started")?;
    match status.code().map(u8::try_from) {
        Some(Ok(code)) => Ok(ExitCode::from(code)),
        _ => bail!("{command} could not run ({status})"),
    }
}
