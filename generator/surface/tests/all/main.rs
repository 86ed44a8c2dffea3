//! The surface of crates, and the uses of projects.

mod arguments;
mod invariants;
mod reexports;
mod surface;
mod uses;
mod uses_text;

#[path = "../../../model/tests/support/mod.rs"]
mod support;
