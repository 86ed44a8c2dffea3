//! How a reader takes what types do not describe.

use super::{FromJson, Reader};
use crate::DecodeError;

/// How a [`Reader`] takes what types do not describe.
///
/// The default, for what the exchange sends: scalars are read in either spelling, what an optional member cannot hold is
/// kept in [`RawMembers`](super::RawMembers), an element of a [`List`](super::List) or of [`Entries`](super::Entries) that cannot be read
/// does not take its neighbours, and unknown members are skipped.
///
/// ```
/// use binance_wire_core::json::{List, Reading};
///
/// let text = r#"[1,"2",{}]"#;
/// assert_eq!(Reading::new().read::<List<i64>>(text)?[..], [1, 2]);
/// assert!(Reading::new().complete().read::<List<i64>>(text).is_err());
/// assert!(Reading::new().strict().read::<List<i64>>(r#"[1,"2"]"#).is_err());
/// # Ok::<(), binance_wire_core::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reading {
    pub(super) strict: bool,
    pub(super) complete: bool,
    pub(super) keeps_unknown: bool,
}

impl Reading {
    /// The default.
    pub const fn new() -> Self {
        Self {
            strict: false,
            complete: false,
            keeps_unknown: false,
        }
    }

    /// Takes only what is documented, for what others ask of you: a text in place of a number, where both are not
    /// documented, a word where a number may be absent and an element of a list that cannot be read are errors.
    #[must_use]
    pub const fn strict(self) -> Self {
        Self {
            strict: true,
            complete: true,
            ..self
        }
    }

    /// Makes an element of a list or a map that cannot be read an error of the whole.
    #[must_use]
    pub const fn complete(self) -> Self {
        Self {
            complete: true,
            ..self
        }
    }

    /// Keeps members that a type does not know, in [`RawMembers`](super::RawMembers); otherwise they are skipped.
    #[must_use]
    pub const fn keeping_unknown(self) -> Self {
        Self {
            keeps_unknown: true,
            ..self
        }
    }

    /// Reads a whole JSON document; nothing but white space may follow the value.
    ///
    /// # Errors
    ///
    /// As [`from_str`](super::from_str).
    pub fn read<T: FromJson>(self, text: &str) -> Result<T, DecodeError> {
        let mut reader = Reader::with(text, self);
        let value = T::from_json(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}
