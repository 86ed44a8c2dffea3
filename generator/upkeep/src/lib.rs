//! Keeping the specs current: what the exchange publishes and our specs do not say, or the other way round, and bringing
//! published facts into the specs.
//!
//! May depend on: `binance-wire-model`, and `binance-wire-impact` for the comparison.
//!
//! Deliberately absent: Rust and generated code; the disk and the network, so published files come in as text.

pub mod drift;
pub mod import;
