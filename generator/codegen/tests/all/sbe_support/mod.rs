//! What the SBE tests share: files, schemas, rendering.

#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::path::{Path, PathBuf};

use binance_wire_codegen::lower::sbe::{Options, lower, render_sbe};
use binance_wire_codegen::render::{GeneratedFile, Renderer};
use binance_wire_model::read::sbe::{read_history, read_schema};
use binance_wire_model::sbe::{History, Schema};
use binance_wire_model::source::SourceFile;

use crate::support::{shared, templates};

/// The published schemas, oldest first.
pub(crate) const PUBLISHED: &[&str] = &[
    "spot_1_0",
    "spot_2_0",
    "spot_2_1",
    "spot_3_0",
    "spot_3_1",
    "spot_3_2",
    "spot_3_3",
    "spot_3_4",
    "spot_3_5",
    "stream_1_0",
    "spot-fixsbe-1_0",
    "spot-fixsbe-1_1",
];

/// The folder with the published schemas, where there is one; a line about it where there is none.
pub(crate) fn upstream() -> Option<PathBuf> {
    shared("upstream/sbe")
}

pub(crate) fn source(path: &Path) -> SourceFile {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    SourceFile::new(name, text)
}

pub(crate) fn schema(path: &Path) -> Schema {
    match read_schema(&source(path)) {
        Ok((schema, _)) => schema,
        Err(errors) => panic!("{errors}"),
    }
}

pub(crate) fn history(path: &Path) -> History {
    read_history(&source(path)).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn render(schema: &Schema, history: Option<History>, name: &str, dir: &str) -> Vec<GeneratedFile> {
    let templates = templates();
    let renderer = Renderer::new(&templates).expect("the templates are well-formed");
    let lowered = lower(
        schema,
        &Options {
            name: name.to_owned(),
            history,
        },
    )
    .unwrap_or_else(|errors| panic!("{errors}"));
    render_sbe(&lowered, &renderer, dir).unwrap_or_else(|error| panic!("{error:#}"))
}
