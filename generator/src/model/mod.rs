//! What the specs say, in the field's own terms: products, operations, streams, messages, fields and types. Nothing
//! here knows of Rust or of the spec language it came from.

pub mod api;
pub mod collection;
pub mod fix;
pub mod path;
mod reach;
pub mod retired;
pub mod sbe;
pub mod sbe_models;
pub mod server;
