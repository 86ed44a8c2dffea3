//! Helpers for generated conversions from messages into the types of JSON.
//!
//! A conversion makes of a message what decoding the exchange's JSON for it would have made.

use std::fmt::{self, Display, Write};

use binance_wire_core::{Decimal, DecodeError, DecodeErrorKind, RawJson, ValueSet};

use crate::{Block, Group, Header, MessageView, SbeError, SbeErrorKind};

impl From<SbeError> for DecodeError {
    /// The offset is that of the part which is wrong, where the error knows it.
    #[cold]
    fn from(error: SbeError) -> Self {
        let offset = match error.kind() {
            SbeErrorKind::Truncated { offset, .. }
            | SbeErrorKind::BlockTooShort { offset, .. }
            | SbeErrorKind::EmptyEntries { offset, .. }
            | SbeErrorKind::TooLarge { offset, .. }
            | SbeErrorKind::TrailingBytes { offset, .. } => *offset,
            _ => 0,
        };
        let kind = match error.kind() {
            SbeErrorKind::TooDeep => DecodeErrorKind::TooDeep,
            _ => DecodeErrorKind::Other(error.to_string()),
        };
        Self::new(kind, offset)
    }
}

#[cold]
fn not_in_model(member: &'static str, why: &'static str) -> SbeError {
    SbeErrorKind::NotInModel { member, why }.into()
}

/// The message behind a header.
///
/// # Errors
/// Whatever [`MessageView::decode_body`] refuses.
#[inline]
pub fn body<'a, V: MessageView<'a>>(header: Header, body: &'a [u8]) -> Result<V, SbeError> {
    V::decode_body(body, header.block_length, header.version)
}

/// As [`body`], for a message within a message.
///
/// # Errors
/// As [`body`].
#[inline]
pub fn embedded<'a, V: MessageView<'a>>(header: Header, body: &'a [u8]) -> Result<V, SbeError> {
    V::decode_embedded(body, header.block_length, header.version)
}

/// The error for a message of an unexpected template.
#[cold]
pub fn unexpected(expected: u16, header: Header) -> SbeError {
    SbeErrorKind::WrongTemplate {
        expected,
        found: header.template_id,
    }
    .into()
}

/// A value that the model must have.
///
/// # Errors
/// `None`.
#[inline]
pub fn required<T>(value: Option<T>, member: &'static str) -> Result<T, SbeError> {
    value.ok_or_else(|| not_in_model(member, "is null, the model needs a value"))
}

/// A truth value; an error where the number on the wire is neither 0 nor 1.
///
/// # Errors
/// `None`.
#[inline]
pub fn truth(value: Option<bool>, member: &'static str) -> Result<bool, SbeError> {
    value.ok_or_else(|| not_in_model(member, "is neither true nor false"))
}

/// An integer of another width.
///
/// # Errors
/// A number that the other width does not hold.
#[inline]
pub fn integer<N, M: TryFrom<N>>(value: N, member: &'static str) -> Result<M, SbeError> {
    M::try_from(value).map_err(|_| not_in_model(member, "is out of the model's range"))
}

/// The decimal with the shortest text that reads back as the same floating-point number.
///
/// # Errors
/// A number that is infinite, NaN or out of a decimal's range.
pub fn float(value: impl Display, member: &'static str) -> Result<Decimal, SbeError> {
    let mut text = Digits {
        bytes: [0; 64],
        length: 0,
    };
    // Numbers that need more room have more digits than a decimal.
    write!(text, "{value}")
        .ok()
        .and_then(|()| Decimal::from_str_exact(text.as_str()).ok())
        .ok_or_else(|| not_in_model(member, "is not a number that a decimal holds"))
}

struct Digits {
    bytes: [u8; 64],
    length: usize,
}

impl Digits {
    fn as_str(&self) -> &str {
        self.bytes
            .get(..self.length)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

impl Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes
            .get_mut(self.length..end)
            .ok_or(fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// As [`collect`](crate::collect), for entries of fixed length: the conversion is made part of the loop, which is worth
/// its code where there are thousands of them.
///
/// # Errors
/// The first entry that cannot be converted.
#[inline]
pub fn collect_flat<'a, B: Block<'a>, T, C: From<Vec<T>>>(
    group: Group<'a, B>,
    convert: impl Fn(B) -> Result<T, SbeError>,
) -> Result<C, SbeError> {
    // The count is within the allowance of the message, so it is safe to reserve.
    let mut entries = Vec::with_capacity(group.len());
    for entry in group {
        entries.push(convert(entry)?);
    }
    Ok(entries.into())
}

/// The entries of a group, or `None` where there are none: JSON leaves such a list out.
///
/// # Errors
/// The first entry that cannot be converted.
#[inline]
pub fn collect_some<'a, B: Block<'a>, T, C: From<Vec<T>>>(
    group: Group<'a, B>,
    convert: fn(B) -> Result<T, SbeError>,
) -> Result<Option<C>, SbeError> {
    if group.is_empty() {
        Ok(None)
    } else {
        crate::collect(group, convert).map(Some)
    }
}

/// An enum's number that the schema does not know, as the text of an open value set.
#[cold]
pub fn number<T: ValueSet>(raw: impl Into<u64>) -> T {
    T::from_wire(&raw.into().to_string())
}

/// The flags of a set as values of an open set, in the order of `names`; behind them those without a name, as the
/// numbers of their bits.
pub fn flags<T: ValueSet, C: From<Vec<T>>>(bits: u64, names: &[(u8, &str)]) -> C {
    let mut values = Vec::with_capacity(bits.count_ones() as usize);
    let mut rest = bits;
    for (bit, name) in names {
        let flag = 1_u64.checked_shl(u32::from(*bit)).unwrap_or_default();
        if rest & flag != 0 {
            values.push(T::from_wire(name));
            rest &= !flag;
        }
    }
    values.extend(
        (0..64_u8)
            .filter(|bit| rest >> bit & 1 == 1)
            .map(|bit| number(bit)),
    );
    values.into()
}

/// A message of an unknown template where JSON has an object distinguished by `tag`: its template and its bytes, so
/// that it is not lost, and its neighbours can be read.
///
/// # Errors
/// None in practice: an object of three members is JSON.
pub fn unknown_message(tag: &str, header: Header, message: &[u8]) -> Result<RawJson, SbeError> {
    let mut view = crate::JsonView::new();
    view.begin_object();
    view.member(tag, "NON_REPRESENTABLE");
    view.member("sbeTemplateId", header.template_id);
    view.member("sbeMessage", message);
    view.end_object();
    RawJson::new(&view.finish()?).map_err(|_| not_in_model("the unknown message", "cannot be shown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    binance_wire_core::open_enum! {
        /// A set with one listed value.
        pub enum Flag {
            /// Listed.
            Market = "MARKET",
        }
    }

    #[test]
    fn floats_become_their_shortest_text() {
        assert_eq!(float(-95.96_f32, "p").unwrap().to_string(), "-95.96");
        assert_eq!(float(0.1_f32, "p").unwrap().to_string(), "0.1");
        assert_eq!(
            float(0.1_f64 + 0.2, "p").unwrap().to_string(),
            "0.30000000000000004"
        );
        assert!(float(f32::INFINITY, "p").is_err());
        assert!(float(f32::NAN, "p").is_err());
        assert!(float(f32::MAX, "p").is_err());
        assert!(float(f64::MAX, "p").is_err());
    }

    #[test]
    fn sets_keep_flags_without_a_name() {
        let texts = |bits, names: &[(u8, &str)]| {
            let flags: Vec<String> = flags::<Flag, Vec<_>>(bits, names)
                .iter()
                .map(Flag::to_string)
                .collect();
            flags.join(" ")
        };
        let bits = 0b1000_0000_0000_0111;
        assert_eq!(
            texts(bits, &[(0, "MARKET"), (1, "LIMIT"), (15, "OTHER")]),
            "MARKET LIMIT OTHER 2"
        );
        assert_eq!(texts(bits, &[(1, "LIMIT"), (0, "MARKET")]), "LIMIT MARKET 2 15");
        assert_eq!(texts(0, &[(0, "MARKET")]), "");
    }

    #[test]
    fn numbers_out_of_range_are_errors() {
        assert_eq!(integer::<u64, i64>(7, "d").unwrap(), 7);
        let error = integer::<u64, i64>(u64::MAX, "trailingDelta").unwrap_err();
        assert_eq!(error.to_string(), "trailingDelta is out of the model's range");
        assert_eq!(
            truth(None, "usedSor").unwrap_err().to_string(),
            "usedSor is neither true nor false"
        );
    }
}
