//! `cargo xtask import`: facts from what the exchange publishes, into specs/.

mod requests;
mod response;
mod schemas;
mod show;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::outcome::{Outcome, plural};
use crate::output;
use crate::output::{error, say};
use crate::tree;

#[derive(Args)]
#[command(
    long_about = "Writes facts into specs/: names, places and types, never sentences. Text that was written by hand is \
    kept; an edit that cannot be made in place is refused, with what to write where.\n\n\
    Without --apply, the edits are shown and nothing is written.\n\n\
    Exit codes: 0 nothing to write, or all of it was written, 1 usage, 100 edits were shown or refused, 101 could not \
    run."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    from: From,
    /// Write the edits
    #[arg(long, global = true)]
    apply: bool,
    /// The specs folder; default: specs
    #[arg(long, value_name = "DIR", global = true)]
    specs: Option<PathBuf>,
}

#[derive(Subcommand)]
enum From {
    /// Import new requests and parameters from a folder of Postman collections
    Postman(requests::Arguments),
    /// Import new operations and parameters from an OpenAPI document
    Openapi(requests::Arguments),
    /// Import a published SBE schema into the spec of its package
    Sbe(schemas::Arguments),
    /// Import a published FIX dictionary into the most similar spec
    Fix(schemas::Arguments),
    /// Derive the schema of an operation's answer from samples
    Response(response::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let specs = tree::folder(arguments.specs.as_deref(), "specs")?;
    let import = match &arguments.from {
        From::Postman(from) => requests::postman(from, &specs)?,
        From::Openapi(from) => requests::openapi(from, &specs)?,
        From::Sbe(from) => schemas::sbe(from, &specs)?,
        From::Fix(from) => schemas::fix(from, &specs)?,
        From::Response(from) => response::response(from, &specs)?,
    };
    let Some(import) = import else {
        return Ok(Outcome::Findings);
    };
    import.finish(&specs, arguments.apply)
}

/// What is to be written, and what is to be said about it.
#[derive(Default)]
struct Import {
    /// Files relative to specs/: what they hold, and what they are to hold.
    files: BTreeMap<String, (String, String)>,
    /// What was done, one a line.
    summary: Vec<String>,
    /// What is left for a person, one a line.
    by_hand: Vec<String>,
    /// What could not be done, one a line.
    refused: Vec<String>,
}

impl Import {
    fn finish(mut self, specs: &Path, apply: bool) -> Result<Outcome> {
        self.files.retain(|_, (old, new)| old != new);
        for (name, (old, new)) in &self.files {
            output::text(&show::difference(&format!("specs/{name}"), old, new));
        }
        for line in &self.summary {
            say!("{line}");
        }
        if !self.by_hand.is_empty() {
            say!("left for you:");
        }
        for line in &self.by_hand {
            say!("  {line}");
        }
        for line in &self.refused {
            error!("{line}");
        }
        if self.files.is_empty() {
            say!("nothing to write");
        } else if apply {
            for (name, (_, new)) in &self.files {
                tree::write(&specs.join(name), new)?;
            }
            say!(
                "{} written; next: cargo xtask sources, cargo xtask regenerate",
                plural(self.files.len(), "file")
            );
        } else {
            say!(
                "{} would change; write with --apply",
                plural(self.files.len(), "file")
            );
        }
        Ok(if !self.refused.is_empty() || !apply && !self.files.is_empty() {
            Outcome::Differences
        } else {
            Outcome::Clean
        })
    }
}
