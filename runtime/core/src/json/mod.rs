//! JSON reading and writing for emitted code.
//!
//! A type is decoded by plain code that pulls keys and values out of a [`Reader`], and encoded by plain code
//! that pushes them into a [`Writer`]. Nothing between the bytes and the typed value: no tree, no visitor, and no
//! allocation but the ones that the value itself keeps. Objects are declared by
//! [`json_object!`](crate::json_object), as a table of their members.
//!
//! The grammar is strict (RFC 8259 to the letter: no trailing comma, no leading zero, no raw control character, no
//! lone surrogate), reading is bounded ([`MAX_DEPTH`]), and never panics. Errors name the place as a path and a byte
//! offset.
//!
//! The exchange sends one member bare in one answer and as text in the next, so scalars are read in either spelling: a
//! number or boolean from text, a text from a bare number, an integer from `1.0` and `1e2`. Nothing is rounded, and
//! what is written has one spelling. [`Reading::strict`], for what others ask of you, takes only what is
//! documented.

mod decimal;
mod digits;
mod fields;
mod forms;
mod integer;
mod list;
mod lookahead;
mod object;
mod raw;
mod raw_members;
mod reader;
mod reading;
mod scan;
mod shapes;
mod spelled;
mod string;
mod values;
mod writer;

pub use forms::{
    BooleanText, Form, IntegerText, ListOf, MapOf, NullOr, Number, OneOrListOf, Seconds, SecondsText,
    TimeText,
};
pub use list::{List, Unreadable};
pub use object::{Members, Optional, Own, Required, Slot, Stated, put, slot};
pub use raw::{Entries, RawJson, UnreadableEntry};
pub use raw_members::{Aside, RawMembers};
pub use reader::{Key, Kind, MAX_DEPTH, Reader};
pub use reading::Reading;
pub use shapes::Shapes;
pub use writer::Writer;

use crate::{DecodeError, DecodeErrorKind};

/// A type that can be read from JSON.
pub trait FromJson: Sized {
    /// Reads one value, leaving the reader right behind it.
    ///
    /// # Errors
    ///
    /// Where the input is not JSON, or not JSON of this type; the error names the place within the value.
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// A type that can be written as JSON.
pub trait ToJson {
    /// Writes the value.
    fn to_json(&self, writer: &mut Writer);
}

/// Reads a whole JSON document; nothing but white space may follow the value.
///
/// # Errors
///
/// As [`FromJson::from_json`], and [`DecodeErrorKind::TrailingInput`].
pub fn from_str<T: FromJson>(text: &str) -> Result<T, DecodeError> {
    Reading::new().read(text)
}

/// Reads a whole JSON document from bytes, which are checked to be UTF-8 first.
///
/// # Errors
///
/// As [`from_str`], and [`DecodeErrorKind::NotUtf8`].
pub fn from_slice<T: FromJson>(bytes: &[u8]) -> Result<T, DecodeError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => from_str(text),
        Err(error) => Err(DecodeError::new(DecodeErrorKind::NotUtf8, error.valid_up_to())),
    }
}

/// A value as compact JSON text.
pub fn to_string<T: ToJson + ?Sized>(value: &T) -> String {
    // Most requests and events fit.
    let mut writer = Writer::append_to(String::with_capacity(256));
    value.to_json(&mut writer);
    writer.into_string()
}
