//! Strings: the plain ones borrowed, the escaped ones decoded.

use std::borrow::Cow;

use super::reader::Reader;
use super::scan;
use crate::DecodeError;

impl<'a> Reader<'a> {
    /// Reads a text; borrowed from the input unless it contains escapes.
    ///
    /// # Errors
    ///
    /// Where the next value is not a well-formed text.
    #[inline]
    pub fn read_str(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        if self.peek() == b'"' {
            self.string_at_quote()
        } else {
            Err(self.unexpected("a text"))
        }
    }

    /// Reads a text, or a bare number as it is written.
    ///
    /// # Errors
    ///
    /// Where the next value is neither a well-formed text nor a number.
    #[inline]
    pub fn read_word(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        if self.peek() == b'"' {
            self.string_at_quote()
        } else {
            self.number_as_text()
        }
    }

    #[cold]
    #[inline(never)]
    fn number_as_text(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        match self.current() {
            b'-' | b'0'..=b'9' if !self.reading.strict => self.raw_value().map(Cow::Borrowed),
            _ => Err(self.unexpected("a text")),
        }
    }

    /// Reads a text, or a bare number as it is written, and converts it, without allocating unless it contains escapes.
    ///
    /// # Errors
    ///
    /// As [`read_word`](Self::read_word).
    pub fn read_text<T>(&mut self, convert: fn(&str) -> T) -> Result<T, DecodeError> {
        self.read_word().map(|text| convert(&text))
    }

    /// Reads the string whose opening quote is at the position.
    #[inline]
    pub(super) fn string_at_quote(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let start = self.position + 1;
        let end = scan::end_of_plain(self.bytes(), start);
        if self.bytes().get(end) == Some(&b'"') {
            // Both ends are next to a quote, so they are character boundaries.
            if let Some(text) = self.text.get(start..end) {
                self.position = end + 1;
                return Ok(Cow::Borrowed(text));
            }
        }
        self.escaped_string(start, end).map(Cow::Owned)
    }

    /// Decodes a string from `start`; the first byte that is not plain is at `end`.
    #[cold]
    #[inline(never)]
    fn escaped_string(&mut self, start: usize, end: usize) -> Result<String, DecodeError> {
        let mut decoded = String::new();
        let (mut start, mut end) = (start, end);
        loop {
            decoded.push_str(self.text.get(start..end).unwrap_or_default());
            self.position = end;
            match self.current() {
                b'"' => {
                    self.position += 1;
                    return Ok(decoded);
                }
                b'\\' => decoded.push(self.escape()?),
                _ => return Err(self.syntax("no control character within a string")),
            }
            start = self.position;
            end = scan::end_of_plain(self.bytes(), start);
        }
    }

    /// Passes over the string whose opening quote is at the position, with every check that reading makes.
    #[inline]
    pub(super) fn skip_string(&mut self) -> Result<(), DecodeError> {
        self.position += 1;
        loop {
            self.position = scan::end_of_plain(self.bytes(), self.position);
            match self.current() {
                b'"' => {
                    self.position += 1;
                    return Ok(());
                }
                b'\\' => {
                    self.escape()?;
                }
                _ => return Err(self.syntax("no control character within a string")),
            }
        }
    }

    /// Decodes the escape sequence whose backslash is at the position.
    #[cold]
    fn escape(&mut self) -> Result<char, DecodeError> {
        self.position += 1;
        let character = match self.current() {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.syntax("an escape sequence")),
        };
        self.position += 1;
        Ok(character)
    }

    /// Decodes `uXXXX`, or `uXXXX\uXXXX` where the first is one half of a pair. The position is at the `u`.
    fn unicode_escape(&mut self) -> Result<char, DecodeError> {
        const PAIR: &str = "a surrogate pair";
        let first_at = self.position;
        let first = self.hex4()?;
        let code = match first {
            0xD800..=0xDBFF => {
                let rest = self.bytes().get(self.position..).unwrap_or_default();
                if !rest.starts_with(b"\\u") {
                    return Err(self.syntax(PAIR));
                }
                self.position += 1;
                let second_at = self.position;
                let second = self.hex4()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    self.position = second_at;
                    return Err(self.syntax(PAIR));
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            other => other,
        };
        char::from_u32(code).ok_or_else(|| {
            self.position = first_at;
            self.syntax(PAIR)
        })
    }

    /// Four hexadecimal digits behind the byte at the position.
    fn hex4(&mut self) -> Result<u32, DecodeError> {
        self.position += 1;
        let mut code = 0;
        for _ in 0..4 {
            match char::from(self.current()).to_digit(16) {
                Some(digit) => code = code << 4 | digit,
                None => return Err(self.syntax("four hexadecimal digits")),
            }
            self.position += 1;
        }
        Ok(code)
    }
}
