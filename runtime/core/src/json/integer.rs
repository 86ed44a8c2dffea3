//! Integers, and the grammar of numbers.

use super::reader::Reader;
use super::scan;
use super::spelled::{Spelled, TooLarge};
use crate::{DecodeError, DecodeErrorKind, Text};

impl<'a> Reader<'a> {
    /// Reads an integer: a JSON number, or text that is one. `1.0` and `1e2` are integers too.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::OutOfRange`] where it does not fit, [`DecodeErrorKind::WrongType`] where it has a fraction
    /// or is not a number at all.
    pub fn read_i64(&mut self) -> Result<i64, DecodeError> {
        self.peek();
        let start = self.position;
        match self.integer()? {
            (false, magnitude) if magnitude <= i64::MAX as u64 => Ok(magnitude as i64),
            (true, magnitude) if magnitude <= i64::MIN.unsigned_abs() => {
                Ok((magnitude as i64).wrapping_neg())
            }
            _ => Err(self.out_of_range(start)),
        }
    }

    /// Reads an integer that is not negative.
    ///
    /// # Errors
    ///
    /// As [`read_i64`](Self::read_i64).
    pub fn read_u64(&mut self) -> Result<u64, DecodeError> {
        self.peek();
        let start = self.position;
        match self.integer()? {
            (false, magnitude) | (true, magnitude @ 0) => Ok(magnitude),
            _ => Err(self.out_of_range(start)),
        }
    }

    /// The sign and magnitude of the integer at the position.
    #[inline(always)]
    fn integer(&mut self) -> Result<(bool, u64), DecodeError> {
        let bytes = self.bytes();
        let start = self.position;
        let negative = self.current() == b'-';
        let first = start + usize::from(negative);
        let (magnitude, digits) = scan::append_digits(bytes, first, 0);
        let end = first + digits;
        let leading_zero = digits > 1 && bytes.get(first) == Some(&b'0');
        let fraction = matches!(bytes.get(end), Some(b'.' | b'e' | b'E'));
        if digits == 0 || leading_zero || fraction || digits > scan::MAX_DIGITS {
            return self.unusual_integer();
        }
        self.position = end;
        Ok((negative, magnitude))
    }

    /// [`integer`](Self::integer) for numbers of more digits or of another spelling, for text, and for everything that
    /// is not an integer.
    #[cold]
    #[inline(never)]
    fn unusual_integer(&mut self) -> Result<(bool, u64), DecodeError> {
        const EXPECTED: &str = "an integer";
        let start = self.position;
        let text = match self.current() {
            b'"' if !self.reading.strict => self.string_at_quote()?,
            b'-' | b'0'..=b'9' => {
                self.skip_number()?;
                self.text.get(start..self.position).unwrap_or_default().into()
            }
            _ => return Err(self.unexpected(EXPECTED)),
        };
        if self.reading.strict && text.contains(['.', 'e', 'E']) {
            return Err(DecodeError::new(DecodeErrorKind::WrongType(EXPECTED), start));
        }
        match Spelled::parse(text.as_bytes()).and_then(Spelled::integer) {
            Some(Ok(integer)) => Ok(integer),
            Some(Err(TooLarge)) => Err(out_of_range(&text, start)),
            None => Err(DecodeError::new(DecodeErrorKind::WrongType(EXPECTED), start)),
        }
    }

    /// The number from `start` to the position, quotes included, does not fit.
    #[cold]
    #[inline(never)]
    pub(super) fn out_of_range(&self, start: usize) -> DecodeError {
        let text = self.text.get(start..self.position).unwrap_or_default();
        out_of_range(text.trim_matches('"'), start)
    }

    /// Passes over the number at the position.
    pub(super) fn skip_number(&mut self) -> Result<(), DecodeError> {
        const DIGIT: &str = "a digit";
        if self.current() == b'-' {
            self.position += 1;
        }
        match self.current() {
            b'0' => {
                self.position += 1;
                if self.current().is_ascii_digit() {
                    return Err(self.syntax("no digit behind a leading zero"));
                }
            }
            _ => self.skip_digits(DIGIT)?,
        }
        if self.current() == b'.' {
            self.position += 1;
            self.skip_digits(DIGIT)?;
        }
        if let b'e' | b'E' = self.current() {
            self.position += 1;
            if let b'+' | b'-' = self.current() {
                self.position += 1;
            }
            self.skip_digits(DIGIT)?;
        }
        Ok(())
    }

    /// Passes over at least one digit.
    fn skip_digits(&mut self, expected: &'static str) -> Result<(), DecodeError> {
        let start = self.position;
        while self.current().is_ascii_digit() {
            self.position += 1;
        }
        if self.position > start {
            Ok(())
        } else {
            Err(self.syntax(expected))
        }
    }
}

/// The number `text` at `offset` does not fit its type.
#[cold]
#[inline(never)]
pub(super) fn out_of_range(text: &str, offset: usize) -> DecodeError {
    /// More of it would not help anyone.
    const SHOWN: usize = 48;
    let shown = match text.char_indices().nth(SHOWN) {
        None => Text::from(text),
        Some((end, _)) => Text::from(format!("{}…", text.get(..end).unwrap_or_default())),
    };
    DecodeError::new(DecodeErrorKind::OutOfRange(shown), offset)
}
