//! Passing over values, and looking into them without consuming.

use std::borrow::Cow;

use super::reader::{Kind, MAX_DEPTH, Reader, find};
use crate::{DecodeError, DecodeErrorKind};

impl<'a> Reader<'a> {
    /// Passes over the next value, whatever it is, with every check that reading makes.
    ///
    /// # Errors
    ///
    /// Where it is not well-formed JSON.
    pub fn skip_value(&mut self) -> Result<(), DecodeError> {
        // One bit for each open object or array, the innermost lowest; set for an object.
        let mut objects: u128 = 0;
        let mut open: u32 = 0;
        loop {
            match self.peek() {
                b'"' => self.skip_string()?,
                b'-' | b'0'..=b'9' => self.skip_number()?,
                b't' => self.skip_word("true", "`true`")?,
                b'f' => self.skip_word("false", "`false`")?,
                b'n' => self.skip_word("null", "`null`")?,
                bracket @ (b'{' | b'[') => {
                    if self.depth + open >= MAX_DEPTH {
                        return Err(self.error(DecodeErrorKind::TooDeep));
                    }
                    self.position += 1;
                    let is_object = bracket == b'{';
                    // The closing bracket is the opening one plus two, in both pairs.
                    if self.peek() == bracket + 2 {
                        self.position += 1;
                    } else {
                        open += 1;
                        objects = objects << 1 | u128::from(is_object);
                        if is_object {
                            self.skip_key()?;
                        }
                        continue;
                    }
                }
                _ => return Err(self.syntax("a value")),
            }
            // A value is complete: close what ends here, then go on to the next.
            loop {
                if open == 0 {
                    return Ok(());
                }
                let in_object = objects & 1 == 1;
                match self.peek() {
                    b',' => {
                        self.position += 1;
                        if in_object {
                            self.skip_key()?;
                        }
                        break;
                    }
                    b'}' if in_object => self.position += 1,
                    b']' if !in_object => self.position += 1,
                    _ if in_object => return Err(self.syntax("`,` or `}`")),
                    _ => return Err(self.syntax("`,` or `]`")),
                }
                open -= 1;
                objects >>= 1;
            }
        }
    }

    /// Passes over a key and its colon.
    fn skip_key(&mut self) -> Result<(), DecodeError> {
        if self.peek() != b'"' {
            return Err(self.syntax("a key"));
        }
        self.skip_string()?;
        if self.peek() != b':' {
            return Err(self.syntax("`:`"));
        }
        self.position += 1;
        Ok(())
    }

    /// Passes over `word`, whose first byte may or may not be at the position.
    pub(super) fn skip_word(&mut self, word: &str, expected: &'static str) -> Result<(), DecodeError> {
        for byte in word.bytes() {
            if self.current() != byte {
                return Err(self.syntax(expected));
            }
            self.position += 1;
        }
        Ok(())
    }

    /// The text of the next value, without white space around it.
    ///
    /// # Errors
    ///
    /// Where it is not well-formed JSON.
    pub fn raw_value(&mut self) -> Result<&'a str, DecodeError> {
        self.peek();
        let start = self.position;
        self.skip_value()?;
        Ok(self.text.get(start..self.position).unwrap_or_default())
    }

    /// The text value of the next value's own member `name`, without consuming anything; for types that a member
    /// tells apart. `None` where there is no such member, or its value is not a text.
    ///
    /// # Errors
    ///
    /// Where the next value is not an object, or not well-formed up to that member.
    pub fn peek_text_field(&mut self, name: &str) -> Result<Option<Cow<'a, str>>, DecodeError> {
        let mut ahead = self.ahead();
        ahead.begin_object()?;
        while let Some(key) = ahead.next_key()? {
            if key.as_str() == name {
                return match ahead.peek_kind()? {
                    Kind::String => ahead.read_str().map(Some),
                    _ => Ok(None),
                };
            }
            ahead.skip_value()?;
        }
        Ok(None)
    }

    /// The members of the next value that are among `names`, without consuming anything: bit `i` is set where
    /// it has `names[i]`; names beyond the 128th are not looked for. Of an array the first element is looked
    /// at. Whatever is neither has none.
    ///
    /// # Errors
    ///
    /// Where the value is not well-formed up to the member that completes the names.
    pub fn matching_keys(&mut self, names: &[&str]) -> Result<u128, DecodeError> {
        let mut ahead = self.ahead();
        if ahead.peek_kind()? == Kind::Array {
            ahead.begin_array()?;
            if !ahead.next_element()? {
                return Ok(0);
            }
        }
        if ahead.peek_kind()? != Kind::Object {
            return Ok(0);
        }
        ahead.begin_object()?;
        let names = names.get(..128).unwrap_or(names);
        let all = u128::MAX.checked_shr(128 - names.len() as u32).unwrap_or(0);
        let (mut found, mut guess) = (0, 0);
        while let Some(key) = ahead.next_key()? {
            let place = find(names, guess, &key);
            if let Some(index) = place {
                guess = index + 1;
                if ahead.read_null()? {
                    continue;
                }
                found |= 1 << index;
                if found == all {
                    break;
                }
            }
            ahead.skip_value()?;
        }
        Ok(found)
    }
}
