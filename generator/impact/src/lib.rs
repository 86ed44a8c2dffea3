//! What a change of the API does to its users: differences between two states of the specs, judged by one table,
//! narrowed to a project, and compared with what the exchange announced.
//!
//! May depend on: `binance-wire-model`, `binance-wire-codegen` for the Rust that a thing becomes, and
//! `binance-wire-surface` for who uses it.
//!
//! Deliberately absent: the disk, processes, git and registries; both states come in as models, and crates as text.

pub mod announcements;
pub mod diff;
pub mod pairs;
pub mod releases;
