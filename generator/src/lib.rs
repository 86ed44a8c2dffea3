//! Reads OpenAPI, SBE and FIX specs into one model and renders typed Rust from it.
//!
//! Every stage is a pure function of the one before: `read → resolve → model → lower → render`. Nothing here
//! touches the disk, the network or the clock; sources come in as text, generated files go out as text. The crate
//! knows of the runtime only the names that templates print.

pub mod changelog;
pub mod diagnostics;
pub mod diff;
pub mod drift;
pub mod import;
pub mod lower;
pub mod model;
pub mod names;
pub mod product;
pub mod read;
pub mod render;
pub mod rust_item;
pub mod source;
pub mod surface;
pub mod uses;
pub mod versions;
