//! The crate that is generated from the nasty spec.

mod answers;
mod kept;
mod models;
mod requests;
mod shared;
mod streams;
