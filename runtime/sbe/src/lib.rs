//! What generated SBE codecs stand on: message headers and framing, groups of every dimension, variable data,
//! exact decimals from mantissa and exponent, the encoder, and the JSON view.
//!
//! This crate may touch nothing outside itself: no socket, no clock, no file. It knows the encoding, not the
//! messages; those are generated, as types that implement [`Block`], [`MessageView`] and [`EncodeBody`].
//!
//! How a message is read: the header gives the *acting* block length and version, those of the sender. All
//! lengths are checked once, when a view is made; after that every accessor reads from a block whose length is
//! known, and iterating a group cannot fail. Bytes that a newer version has appended to a block are skipped, and
//! fields that an older version does not have are absent. Nothing here panics, whatever the bytes, and owned values
//! take at most [`AMPLIFICATION`] times the memory of the message.

mod cursor;
mod encode;
mod error;
mod header;
mod json;
mod message;
pub mod models;
pub mod read;
mod scaled;
#[cfg(feature = "serde")]
pub mod serde;
mod setters;
mod value;

pub use cursor::{AMPLIFICATION, Block, Context, Cursor, Dimensions, Group, collect, extension, largest};
pub use encode::Encoder;
pub use error::{SbeError, SbeErrorKind};
pub use header::{Header, SessionHeader, Sofh, split_frame};
pub use json::{EnumValue, JsonValue, JsonView, SetValue};
pub use message::{
    EncodeBody, EncodeFramed, EncodeMessage, MessageView, Schema, UnknownMessage, open, open_any, open_framed,
};
pub use scaled::{Scaled, Scaled128, decimal, optional_decimal, scaled, scaled128};
pub use value::{
    Presence, Unrecognized, non_empty, non_null, non_null_f32, non_null_f64, optional_text, text,
};

/// Without the feature `serde`, nothing.
#[cfg(not(feature = "serde"))]
#[macro_export]
macro_rules! impl_serde_enum {
    ($name:ty, $raw:ty) => {};
}
