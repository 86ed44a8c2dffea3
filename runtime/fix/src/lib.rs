//! What generated FIX messages stand on: reading and writing of tag=value text, frames with their BodyLength and
//! CheckSum, length-prefixed data fields, repeating groups, and the values of the FIX types.
//!
//! This crate may touch nothing outside itself: no socket, no clock, no file. It knows no message: the messages,
//! their fields and groups come from generated code, which hands over a [`Dictionary`] and implements
//! [`FixMessage`]. Nothing here panics, whatever the bytes; what cannot be read is a [`FixError`] that names the
//! tag and the byte.

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
