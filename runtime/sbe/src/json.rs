//! The JSON view: what the exchange's JSON would say, from SBE bytes.

use std::fmt::Write;

use binance_wire_core::Timestamp;

use crate::{SbeError, SbeErrorKind, Scaled, Scaled128};

/// Writes the JSON view of messages.
///
/// The first error is remembered and reported by [`finish`](Self::finish), so that generated code can state one
/// member after the other.
#[derive(Debug, Default)]
pub struct JsonView {
    out: String,
    /// Whether a comma goes before the next key or value.
    comma: bool,
    depth: u8,
    error: Option<SbeError>,
}

/// Messages within messages within messages: the exchange goes two deep.
const MAX_DEPTH: u8 = 16;

impl JsonView {
    /// An empty view.
    pub fn new() -> Self {
        Self::default()
    }

    /// The JSON text.
    ///
    /// # Errors
    /// The first value that has no JSON form.
    pub fn finish(self) -> Result<String, SbeError> {
        match self.error {
            None => Ok(self.out),
            Some(error) => Err(error),
        }
    }

    #[cold]
    fn fail(&mut self, error: SbeError) {
        if self.error.is_none() {
            self.error = Some(error);
        }
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(',');
        }
        self.comma = true;
    }

    fn open(&mut self, bracket: char) {
        self.separate();
        self.out.push(bracket);
        self.comma = false;
    }

    fn close(&mut self, bracket: char) {
        self.out.push(bracket);
        self.comma = true;
    }

    /// Opens an object.
    pub fn begin_object(&mut self) {
        self.open('{');
    }

    /// Closes an object.
    pub fn end_object(&mut self) {
        self.close('}');
    }

    /// Opens an array.
    pub fn begin_array(&mut self) {
        self.open('[');
    }

    /// Closes an array.
    pub fn end_array(&mut self) {
        self.close(']');
    }

    /// A key; its value must follow.
    pub fn key(&mut self, name: &str) {
        self.separate();
        write_text(&mut self.out, name);
        self.out.push(':');
        self.comma = false;
    }

    /// Opens an object under a key that is left out if it stays empty. The mark goes to
    /// [`end_nested`](Self::end_nested).
    pub fn begin_nested(&mut self, name: &str) -> (usize, bool) {
        let mark = (self.out.len(), self.comma);
        self.key(name);
        self.begin_object();
        mark
    }

    /// Closes what [`begin_nested`](Self::begin_nested) opened.
    pub fn end_nested(&mut self, mark: (usize, bool)) {
        if self.out.ends_with('{') {
            self.out.truncate(mark.0);
            self.comma = mark.1;
        } else {
            self.end_object();
        }
    }

    /// A value: an array's element, or what belongs to the key before it.
    pub fn value(&mut self, value: impl JsonValue) {
        self.separate();
        if let Err(error) = value.write(&mut self.out) {
            self.fail(error);
        }
    }

    /// A value that keeps its place in an array when it is null.
    pub fn nullable(&mut self, value: Option<impl JsonValue>) {
        match value {
            Some(value) => self.value(value),
            None => self.literal("null"),
        }
    }

    /// A value, or a default that is JSON already.
    pub fn value_or(&mut self, value: Option<impl JsonValue>, default: &str) {
        match value {
            Some(value) => self.value(value),
            None => self.literal(default),
        }
    }

    /// A value that is JSON already.
    pub fn literal(&mut self, json: &str) {
        self.separate();
        self.out.push_str(json);
    }

    /// A key with its value.
    pub fn member(&mut self, name: &str, value: impl JsonValue) {
        self.key(name);
        self.value(value);
    }

    /// A key with its value, left out where there is none.
    pub fn optional(&mut self, name: &str, value: Option<impl JsonValue>) {
        if let Some(value) = value {
            self.member(name, value);
        }
    }

    /// A key with its value, or with a default that is JSON already.
    pub fn optional_or(&mut self, name: &str, value: Option<impl JsonValue>, default: &str) {
        self.key(name);
        match value {
            Some(value) => self.value(value),
            None => self.literal(default),
        }
    }

    /// The view of a message within this one, written by its schema's `write`.
    pub fn embedded(&mut self, message: &[u8], write: fn(&mut Self, &[u8]) -> Result<(), SbeError>) {
        if self.depth >= MAX_DEPTH {
            self.fail(SbeErrorKind::TooDeep.into());
            return;
        }
        self.depth += 1;
        let start = self.out.len();
        let comma = self.comma;
        match write(self, message) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), SbeErrorKind::UnknownTemplate { .. }) => {
                self.out.truncate(start);
                self.comma = comma;
                self.literal(r#"{"error":"unknown template"}"#);
            }
            Err(error) => self.fail(error),
        }
        self.depth -= 1;
    }
}

/// A value that the JSON view can hold.
pub trait JsonValue {
    /// Appends it as JSON.
    ///
    /// # Errors
    /// A value that has no JSON form, such as text that is not UTF-8.
    fn write(self, out: &mut String) -> Result<(), SbeError>;
}

/// An enum's value: its name in JSON, or its number where it is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnumValue {
    /// A known value.
    Known(&'static str),
    /// A truth value.
    Bool(bool),
    /// An unknown value.
    Unknown(u64),
}

/// A set's value: the flags and the names they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetValue {
    /// The flags.
    pub bits: u64,
    /// Names by bit, ascending.
    pub names: &'static [(u8, &'static str)],
}

impl JsonValue for EnumValue {
    fn write(self, out: &mut String) -> Result<(), SbeError> {
        match self {
            Self::Known(name) => name.write(out),
            Self::Bool(value) => {
                out.push_str(if value { "true" } else { "false" });
                Ok(())
            }
            Self::Unknown(number) => number.write(out),
        }
    }
}

impl JsonValue for SetValue {
    /// The names in the order of the bits; a bit without a name as its number.
    fn write(self, out: &mut String) -> Result<(), SbeError> {
        out.push('[');
        let mut first = true;
        for bit in (0..64_u8).filter(|bit| self.bits >> bit & 1 == 1) {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            match self.names.iter().find(|(known, _)| *known == bit) {
                Some((_, name)) => write_text(out, name),
                None => bit.write(out)?,
            }
        }
        out.push(']');
        Ok(())
    }
}

macro_rules! displayed {
    ($($type:ty)*) => {$(
        impl JsonValue for $type {
            fn write(self, out: &mut String) -> Result<(), SbeError> {
                // Writing to a String cannot fail.
                let _ = write!(out, "{self}");
                Ok(())
            }
        }
    )*};
}

displayed! { u8 u16 u32 u64 i8 i16 i32 i64 }

macro_rules! floats {
    ($($type:ty)*) => {$(
        impl JsonValue for $type {
            /// The shortest decimal that reads back as the same number; null for what JSON cannot hold.
            fn write(self, out: &mut String) -> Result<(), SbeError> {
                if self.is_finite() {
                    let _ = write!(out, "{self}");
                } else {
                    out.push_str("null");
                }
                Ok(())
            }
        }
    )*};
}

floats! { f32 f64 }

macro_rules! quoted {
    ($($type:ty)*) => {$(
        impl JsonValue for $type {
            fn write(self, out: &mut String) -> Result<(), SbeError> {
                let _ = write!(out, "\"{self}\"");
                Ok(())
            }
        }
    )*};
}

quoted! { Scaled Scaled128 }

impl JsonValue for Timestamp {
    fn write(self, out: &mut String) -> Result<(), SbeError> {
        self.as_micros().write(out)
    }
}

impl JsonValue for &str {
    fn write(self, out: &mut String) -> Result<(), SbeError> {
        write_text(out, self);
        Ok(())
    }
}

impl JsonValue for Result<&str, SbeError> {
    fn write(self, out: &mut String) -> Result<(), SbeError> {
        self?.write(out)
    }
}

/// Bytes without a meaning, as hexadecimal text.
impl JsonValue for &[u8] {
    fn write(self, out: &mut String) -> Result<(), SbeError> {
        out.push('"');
        for byte in self {
            let _ = write!(out, "{byte:02x}");
        }
        out.push('"');
        Ok(())
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
