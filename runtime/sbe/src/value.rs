//! Null, absent and text.

use crate::{SbeError, SbeErrorKind, Scaled, Scaled128};

/// An optional field that a later version has appended: the sender may have sent a value, may have sent null, or
/// may not know the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Presence<T> {
    /// The sender's version does not have the field.
    #[default]
    Absent,
    /// The sender sent null.
    Null,
    /// The sender sent a value.
    Value(T),
}

impl<T> Presence<T> {
    /// Returns `true` where the sender's version does not have the field.
    #[inline]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, if there is one.
    #[inline]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The same presence of another value.
    #[inline]
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Presence<U> {
        match self {
            Self::Absent => Presence::Absent,
            Self::Null => Presence::Null,
            Self::Value(value) => Presence::Value(f(value)),
        }
    }
}

impl<T: PartialEq> Presence<T> {
    /// The value of a field that was read from the part of a block that may be missing.
    #[inline]
    pub fn of(value: Option<T>, null: T) -> Self {
        match value {
            None => Self::Absent,
            Some(value) if value == null => Self::Null,
            Some(value) => Self::Value(value),
        }
    }
}

impl Presence<f32> {
    /// As [`Presence::of`], null being any NaN.
    pub fn of_f32(value: Option<f32>) -> Self {
        match value {
            None => Self::Absent,
            Some(value) if value.is_nan() => Self::Null,
            Some(value) => Self::Value(value),
        }
    }
}

impl Presence<f64> {
    /// As [`Presence::of`], null being any NaN.
    pub fn of_f64(value: Option<f64>) -> Self {
        match value {
            None => Self::Absent,
            Some(value) if value.is_nan() => Self::Null,
            Some(value) => Self::Value(value),
        }
    }
}

impl Presence<i64> {
    /// A mantissa with its exponent.
    #[inline]
    pub fn scaled(self, exponent: i8) -> Presence<Scaled> {
        self.map(|mantissa| Scaled { mantissa, exponent })
    }
}

impl Presence<i128> {
    /// A mantissa with its exponent.
    #[inline]
    pub fn scaled128(self, exponent: i8) -> Presence<Scaled128> {
        self.map(|mantissa| Scaled128 { mantissa, exponent })
    }
}

/// The value, unless it is the null value.
#[inline(always)]
pub fn non_null<T: PartialEq>(value: T, null: T) -> Option<T> {
    (value != null).then_some(value)
}

/// The value, unless it is NaN, which stands for null.
#[inline]
pub fn non_null_f32(value: f32) -> Option<f32> {
    (!value.is_nan()).then_some(value)
}

/// The value, unless it is NaN, which stands for null.
#[inline]
pub fn non_null_f64(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

/// The text of variable data.
///
/// # Errors
/// Bytes that are not UTF-8.
#[inline]
pub fn text<'a>(bytes: &'a [u8], field: &'static str) -> Result<&'a str, SbeError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => Err(not_utf8(field, error.valid_up_to())),
    }
}

/// The text of variable data where none means null.
#[inline]
pub fn optional_text<'a>(bytes: &'a [u8], field: &'static str) -> Option<Result<&'a str, SbeError>> {
    non_empty(bytes).map(|bytes| text(bytes, field))
}

/// Variable data where none means null.
#[inline]
pub fn non_empty(bytes: &[u8]) -> Option<&[u8]> {
    (!bytes.is_empty()).then_some(bytes)
}

#[cold]
fn not_utf8(field: &'static str, offset: usize) -> SbeError {
    SbeErrorKind::NotUtf8 { field, offset }.into()
}

/// A value of an enum that the schema does not know, as it was on the wire.
///
/// Only the enum's own conversion makes one, so that it never hides a known value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unrecognized<T>(T);

impl<T: Copy> Unrecognized<T> {
    /// For generated enums only: the caller has found that no known value has this number.
    #[doc(hidden)]
    pub const fn new(raw: T) -> Self {
        Self(raw)
    }

    /// The number on the wire.
    pub const fn raw(self) -> T {
        self.0
    }
}
