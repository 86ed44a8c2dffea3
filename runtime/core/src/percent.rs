//! Percent-encoding of query strings and paths (RFC 3986).

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The bytes that are encoded: all but letters, digits and `-._~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The same, without the brackets.
const RESERVED_BUT_BRACKETS: &AsciiSet = &RESERVED.remove(b'[').remove(b']');

/// Appends `text` to `out`, percent-encoded: letters, digits and `-._~` stay, every other byte of the UTF-8 text
/// becomes `%XX` with upper-case digits.
pub fn percent_encode(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, RESERVED));
}

/// Appends `text` to `out`, percent-encoded, with `[` and `]` as they are.
pub fn percent_encode_raw_brackets(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, RESERVED_BUT_BRACKETS));
}

/// Appends a path parameter to a path, percent-encoded, so that it stays one segment whatever it holds.
pub fn push_path_segment(path: &mut String, value: &dyn fmt::Display) {
    struct Encoded<'p>(&'p mut String);

    impl fmt::Write for Encoded<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            percent_encode(self.0, text);
            Ok(())
        }
    }

    let start = path.len();
    // Values of parameters print without errors, and so does a `String`.
    let _ = fmt::Write::write_fmt(&mut Encoded(path), format_args!("{value}"));
    // A segment of dots alone would name another directory.
    let dots = match path.get(start..) {
        Some("." | "..") => path.len() - start,
        _ => return,
    };
    path.truncate(start);
    path.extend(std::iter::repeat_n("%2E", dots));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_parameter_stays_one_segment() {
        for (text, segment) in [
            ("BTCUSDT", "BTCUSDT"),
            ("a/b?c=ü", "a%2Fb%3Fc%3D%C3%BC"),
            ("..", "%2E%2E"),
            ("", ""),
        ] {
            let mut path = String::new();
            push_path_segment(&mut path, &text);
            assert_eq!(path, segment);
        }
    }

    #[test]
    fn only_unreserved_bytes_and_raw_brackets_stay() {
        for byte in 0..=127u8 {
            let text = char::from(byte).to_string();
            let encoded = format!("%{byte:02X}");
            let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let mut out = String::new();
            percent_encode(&mut out, &text);
            assert_eq!(out, if unreserved { &text } else { &encoded }.as_str());
            let mut out = String::new();
            percent_encode_raw_brackets(&mut out, &text);
            let stays = unreserved || b"[]".contains(&byte);
            assert_eq!(out, if stays { &text } else { &encoded }.as_str());
        }
    }
}
