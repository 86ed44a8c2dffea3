//! FIX messages as people write them down.

use std::borrow::Cow;

/// The byte that ends a field.
const SOH: u8 = 0x01;

/// The bytes of a message that was written with `|` for SOH. Text that has SOH itself is taken as it is, since `|` may
/// then be part of a value. A separator that is missing at the very end is put there.
pub fn to_bytes(text: &[u8]) -> Cow<'_, [u8]> {
    let translated: Cow<'_, [u8]> = if text.contains(&SOH) || !text.contains(&b'|') {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(
            text.iter()
                .map(|byte| if *byte == b'|' { SOH } else { *byte })
                .collect(),
        )
    };
    if translated.is_empty() || translated.ends_with(&[SOH]) {
        return translated;
    }
    let mut bytes = translated.into_owned();
    bytes.push(SOH);
    Cow::Owned(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_stand_for_soh_unless_soh_is_there() {
        for (text, bytes) in [
            ("8=FIX.4.4|9=5|", "8=FIX.4.4\x019=5\x01"),
            ("8=FIX.4.4|9=5", "8=FIX.4.4\x019=5\x01"),
            ("8=FIX.4.4\x0158=a|b\x01", "8=FIX.4.4\x0158=a|b\x01"),
            ("8=FIX.4.4", "8=FIX.4.4\x01"),
            ("", ""),
        ] {
            assert_eq!(to_bytes(text.as_bytes()).as_ref(), bytes.as_bytes(), "{text:?}");
        }
    }
}
