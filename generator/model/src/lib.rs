//! What the specs say, in the exchange's own terms, and the readers that find it out: products, operations, streams,
//! messages, fields and types, read from OpenAPI, SBE and FIX files with the file and line of everything.
//!
//! May depend on: parsers of the spec languages, and nothing of this workspace.
//!
//! Deliberately absent: what a thing becomes in generated code, and the disk: sources come in as text.

pub mod api;
pub mod collection;
pub mod diagnostics;
pub mod fix;
pub mod foreign;
pub mod named;
pub mod names;
pub mod path;
pub mod presence;
pub mod product;
mod reach;
pub mod read;
pub mod retired;
pub mod rules;
pub mod sbe;
pub mod sbe_models;
pub mod server;
pub mod source;
pub mod stream_pattern;
pub mod unused;
