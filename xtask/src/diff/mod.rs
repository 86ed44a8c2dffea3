//! `cargo xtask diff`: what differs between two states of the specs, and what it does to their users.

pub(crate) mod git;
mod side;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use binance_wire_generator::diff::{self, Policy, report};
use binance_wire_generator::source::SourceFile;
use clap::{Args, ValueEnum};

use crate::{Outcome, told, tree};

/// Where decisions stand, below the specs folder.
const POLICY: &str = "diff.yaml";

#[derive(Args)]
#[command(
    long_about = "Compares the models of two states and says of each difference what it means on the wire, in the Rust that\n\
    is emitted, and in behaviour.\n\n\
    OLD and NEW are each one of:\n  \
    a specs folder (specs)\n  \
    a git revision (HEAD~3, v1.2.0; rev:NAME where a file has the same name)\n  \
    a file as the exchange publishes it: an SBE schema, a FIX dictionary, an OpenAPI document, a Postman collection\n  \
    a folder of Postman collections\n  \
    baseline, the state that was published last\n\n\
    A file or folder of collections beside specs is compared with the part of the specs that it is about.\n\n\
    Exit codes: 0 nothing breaking, 100 breaking, 1 usage, 101 could not run."
)]
pub(crate) struct Arguments {
    /// The state before
    #[arg(required_unless_present_any = ["schema", "kinds"])]
    old: Option<String>,
    /// The state after
    #[arg(required_unless_present_any = ["schema", "kinds"])]
    new: Option<String>,
    /// Report only this product
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the report there instead of to the terminal
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The file with severities and approvals; by default specs/diff.yaml, where there is one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The git repository that revisions are of; by default this one
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    /// The folder that says what was published, for `baseline`; by default releases/baselines
    #[arg(long, value_name = "DIR")]
    baselines: Option<PathBuf>,
    /// Print the JSON Schema of the JSON report, and nothing else
    #[arg(long)]
    schema: bool,
    /// Print the kinds of differences, and nothing else
    #[arg(long)]
    kinds: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a pull request
    Markdown,
    /// For machines; --schema says what is in it
    Json,
    /// A page that needs nothing else
    Html,
    /// Annotations of a pull request on GitHub
    Github,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    if arguments.schema {
        print!("{}", report::schema()?);
        return Ok(Outcome::Clean);
    }
    if arguments.kinds {
        for kind in diff::kinds() {
            println!("{kind}");
        }
        return Ok(Outcome::Clean);
    }
    // Clap has seen to it that both are there.
    let (Some(old), Some(new)) = (&arguments.old, &arguments.new) else {
        return Ok(Outcome::Findings);
    };
    let repository = arguments.repository.clone().unwrap_or_else(tree::root);
    let policy = policy(arguments.config.as_deref(), &repository)?;
    let baselines = arguments.baselines.as_deref();
    let (before, after) = std::thread::scope(|scope| {
        let before = scope.spawn(|| side::read(old, &repository, baselines));
        let after = side::read(new, &repository, baselines);
        let before = before
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("{old} could not be read")));
        (before, after)
    });
    let (before, after) = (before?, after?);
    let findings = match diff::compare(&before, &after, arguments.product.as_deref()) {
        Ok(findings) => findings,
        Err(message) => {
            eprintln!("error: {message}");
            return Ok(Outcome::Findings);
        }
    };
    let found = policy.report(&before.label, &after.label, findings);
    let printed = match arguments.format {
        Format::Text => report::text(&found),
        Format::Markdown => report::markdown(&found),
        Format::Json => report::json(&found)?,
        Format::Html => report::html(&found),
        Format::Github => report::github(&found),
    };
    match &arguments.output {
        Some(path) => {
            std::fs::write(path, printed).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        None => shown(&printed)?,
    }
    // A report of one product says nothing of approvals for others.
    if arguments.product.is_none() {
        for diagnostic in policy.unused(&found) {
            eprintln!("warning: {diagnostic}");
        }
    }
    Ok(if found.fails() {
        Outcome::Differences
    } else {
        Outcome::Clean
    })
}

/// Prints a report; whoever reads only its head has closed the pipe, which is no fault.
fn shown(text: &str) -> Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("the report cannot be printed"),
    }
}

fn policy(config: Option<&Path>, repository: &Path) -> Result<Policy> {
    let usual = repository.join("specs").join(POLICY);
    let path = match config {
        Some(path) => path,
        None if usual.exists() => &usual,
        None => return Ok(Policy::default()),
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Policy::read(&SourceFile::new(path.display().to_string(), text)).map_err(told)
}
