//! Settles every Rust name, type and doc line, so that templates have nothing to decide.

pub mod api;
pub mod catalog;
pub mod constructor;
pub mod facade;
pub mod fix;
pub mod retired;
pub mod rust;
pub mod sbe;
pub mod sbe_models;

#[cfg(test)]
mod invariants;
