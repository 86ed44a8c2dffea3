#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

pub mod book;
mod fixed;
pub mod futures;
pub mod spot;

pub use fixed::{Fixed, FixedError};
