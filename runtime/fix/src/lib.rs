#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

pub mod dictionary;
pub mod error;
pub mod fields;
pub mod frame;
#[cfg(feature = "serde")]
pub mod serde;
mod setters;
pub mod text;
pub mod time;
pub mod value;
pub mod view;
pub mod writer;

pub use dictionary::{Dictionary, FixMessage, Layout};
pub use error::FixError;
pub use fields::{Field, Fields, Seen, UnknownMessage};
pub use frame::{Checks, FrameError, RawMessage, next_frame};
pub use time::FixTimestamp;
pub use value::UnrecognizedCode;
pub use writer::MessageWriter;

/// The byte that ends every field.
pub const SOH: u8 = 0x01;

/// Without the feature `serde`, nothing.
#[cfg(not(feature = "serde"))]
#[macro_export]
macro_rules! impl_serde_code {
    ($name:ident { $($variant:ident),* $(,)? }) => {};
}
