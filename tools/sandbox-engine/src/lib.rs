#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

pub mod book;
mod fixed;
pub mod futures;
mod interval;
pub mod spot;

pub use fixed::{Fixed, FixedError};
pub use interval::Interval;
