//! Bytes as hexadecimal digits.

/// Reads hexadecimal digits in pairs, of either case, with white space anywhere between the digits.
///
/// # Errors
/// The first character that is no digit, with its byte offset, or an odd number of digits.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (offset, character) in text.iter().enumerate() {
        let digit = match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            b'A'..=b'F' => character - b'A' + 10,
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            other => {
                return Err(format!(
                    "`{}` at byte {offset} is not a hexadecimal digit",
                    other.escape_ascii()
                ));
            }
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err("an odd number of hexadecimal digits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_digits_are_bytes() {
        assert_eq!(decode(b"00 fF\t7a\r"), Ok(vec![0x00, 0xff, 0x7a]));
        assert_eq!(decode(b"f f"), Ok(vec![0xff]));
        assert_eq!(decode(b""), Ok(Vec::new()));
    }

    #[test]
    fn anything_else_says_where() {
        assert_eq!(
            decode(b"0").err().as_deref(),
            Some("an odd number of hexadecimal digits")
        );
        assert_eq!(
            decode(b"00xy").err().as_deref(),
            Some("`x` at byte 2 is not a hexadecimal digit")
        );
        assert_eq!(
            decode(b"\xff").err().as_deref(),
            Some("`\\xff` at byte 0 is not a hexadecimal digit")
        );
    }
}
