//! `cargo xtask schema`: the vocabulary of specs as a JSON Schema, by which editors complete keys.

use std::path::PathBuf;

use anyhow::Result;
use binance_wire_model::read::openapi::editor_schema;
use clap::Args;

use crate::outcome::Outcome;
use crate::tree;

/// Where it stands, below the specs folder.
pub(crate) const FILE: &str = "schema.json";

#[derive(Args)]
#[command(
    long_about = "Writes specs/schema.json, which lists the keys that the reader of OpenAPI specs accepts, and where. \
    specs/README.md describes how to use it in an editor.\n\n\
    Exit codes: 0 success, 1 usage or a stale file, 101 could not run."
)]
pub(crate) struct Arguments {
    /// Compare the file instead of writing it
    #[arg(long)]
    check: bool,
    /// The specs folder; default: specs
    #[arg(long, value_name = "DIR")]
    specs: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let path = tree::folder(arguments.specs.as_deref(), "specs")?.join(FILE);
    let text = serde_json::to_string_pretty(&editor_schema())? + "\n";
    tree::settle(&path, &text, arguments.check, "cargo xtask schema")
}
