//! From specs to Rust: golden files, what is refused, and what compiles.

mod api;
mod api_refused;
mod api_upstream;
mod fix;
mod fix_upstream;
mod foreign;
mod retired;
mod sbe;
mod sbe_models;
mod sbe_support;
mod sbe_upstream;
mod stream_kinds;

#[path = "../support/mod.rs"]
mod support;
