//! Reads spec files into the model, checking all that can be checked in one file.

pub mod fix;
pub mod openapi;
pub mod postman;
pub(crate) mod problems;
pub mod retired;
pub mod sbe;
pub mod sbe_models;
pub mod xml;
pub(crate) mod yaml;
