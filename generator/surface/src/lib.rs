//! The Rust surface of printed crates, how two of them differ, and where a user's project uses what they offer.
//!
//! May depend on: `binance-wire-model` for files and diagnostics, and syn.
//!
//! Deliberately absent: specs, and how a crate was made. Whatever is told of a crate is read from its Rust, so code that
//! was written by hand or for an older version is treated like any other.

pub mod rust_item;
pub mod surface;
pub mod uses;
