//! Reads spec files into the model, checking all that can be checked in one file.

pub mod fix;
pub mod openapi;
pub mod postman;
pub mod retired;
pub mod sbe;
pub mod sbe_models;
