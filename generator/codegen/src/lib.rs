//! From the model to the files of a crate: lowering decides every Rust name, type and doc line, and rendering prints it.
//!
//! May depend on: `binance-wire-model`, and what prints Rust.
//!
//! Deliberately absent: spec languages, which the model has read by then; the disk, so templates come in and files go
//! out as text; the runtime, of which only the names that templates print are known.

pub mod lower;
pub mod names;
pub mod product;
pub mod render;
pub mod versions;
