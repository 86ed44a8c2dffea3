//! Order books against the rules of the documentation, and against an exchange whose every state is known.

mod common;
mod properties;
mod questions;
mod rules;
mod trouble;
