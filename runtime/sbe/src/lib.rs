#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

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
