//! FIX messages as people write them: `|` in place of SOH.

use crate::SOH;

/// The bytes of a message that is written with `|` for SOH.
///
/// A `|` inside a value cannot be distinguished from the end of a field; the exchange's samples contain none.
pub fn from_pipes(text: &str) -> Vec<u8> {
    text.bytes()
        .map(|byte| if byte == b'|' { SOH } else { byte })
        .collect()
}

/// A message as text with `|` for SOH; bytes that are not UTF-8 become U+FFFD.
pub fn to_pipes(message: &[u8]) -> String {
    String::from_utf8_lossy(message).replace('\u{1}', "|")
}
