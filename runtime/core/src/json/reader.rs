//! The pull reader.

use std::borrow::Cow;
use std::ops::{Deref, Range};

use super::{Reading, scan};
use crate::{DecodeError, DecodeErrorKind, Text};

/// How deep objects and arrays may be nested.
pub const MAX_DEPTH: u32 = 128;

/// The kind of a JSON value, from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// `-1.5e3`
    Number,
    /// `true` or `false`
    Boolean,
    /// `null`
    Null,
}

/// How a value is documented: as text, or bare.
#[derive(Clone, Copy)]
pub(super) enum Spelling {
    Text,
    Bare,
}

/// The name of an object's member, borrowed from the input unless it contains escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key<'a>(Cow<'a, str>);

impl<'a> Key<'a> {
    /// The name as text.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as bytes, to `match` on.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The name, borrowed where it can be.
    pub fn into_cow(self) -> Cow<'a, str> {
        self.0
    }
}

impl Deref for Key<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        &self.0
    }
}

/// A position in a JSON document, from which values are pulled.
///
/// Objects are read as [`begin_object`](Self::begin_object), then [`next_key`](Self::next_key) and one value until
/// there is no key left; arrays as [`begin_array`](Self::begin_array), then
/// [`next_element`](Self::next_element) and one value until there is none left. After an error the position is
/// not defined.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) position: usize,
    pub(super) depth: u32,
    /// Whether an object or array has just been opened, so that no comma precedes its first entry.
    pub(super) fresh: bool,
    pub(super) reading: Reading,
    /// Members that no field holds, of all objects that are being read: the outermost first.
    pub(super) aside: Vec<(Text, Text)>,
    /// Where the last number stands whose trailing zeros its type has no room for; empty where there was none.
    pub(super) trimmed: Range<usize>,
}

/// A place to which a reader can return.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    position: usize,
    depth: u32,
    fresh: bool,
    aside: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `text`.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            depth: 0,
            fresh: false,
            reading: Reading::new(),
            aside: Vec::new(),
            trimmed: 0..0,
        }
    }

    /// A reader at the start of `text` that takes what types do not describe in another way.
    pub fn with(text: &'a str, reading: Reading) -> Self {
        Self {
            reading,
            ..Self::new(text)
        }
    }

    /// Reads a value that is documented as text, or as a bare value. A strict reading takes no other form, and no
    /// exponent.
    #[inline]
    pub(super) fn in_form<T>(
        &mut self,
        form: Spelling,
        read: fn(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if self.reading.strict {
            self.check_form(form)?;
            return self.leniently(read);
        }
        read(self)
    }

    #[cold]
    #[inline(never)]
    fn check_form(&mut self, form: Spelling) -> Result<(), DecodeError> {
        let quoted = self.peek() == b'"';
        if quoted != matches!(form, Spelling::Text) {
            return Err(self.unexpected(match form {
                Spelling::Text => "a text",
                Spelling::Bare => "a value that is no text",
            }));
        }
        let value = self.ahead().raw_value()?;
        let number = value
            .trim_matches('"')
            .starts_with(|c: char| c == '-' || c.is_ascii_digit());
        match number && value.contains(['e', 'E']) {
            true => Err(self.unexpected("a number without an exponent")),
            false => Ok(()),
        }
    }

    /// Reads a value that is documented in more than one spelling.
    #[inline]
    pub(super) fn leniently<T>(&mut self, read: fn(&mut Self) -> T) -> T {
        let strict = std::mem::take(&mut self.reading.strict);
        let value = read(self);
        self.reading.strict = strict;
        value
    }

    /// A reader at the same position, to look ahead with.
    pub(super) fn ahead(&self) -> Self {
        Self {
            depth: self.depth,
            position: self.position,
            fresh: self.fresh,
            ..Self::new(self.text)
        }
    }

    /// Where the reader stands.
    #[inline(always)]
    pub(super) fn place(&self) -> Place {
        Place {
            position: self.position,
            depth: self.depth,
            fresh: self.fresh,
            aside: self.aside.len(),
        }
    }

    /// Forgets what has been read since.
    pub(super) fn return_to(&mut self, place: Place) {
        self.position = place.position;
        self.depth = place.depth;
        self.fresh = place.fresh;
        self.aside.truncate(place.aside);
    }

    /// The reader's position in the input, in bytes.
    pub fn offset(&self) -> usize {
        self.position
    }

    /// Checks that only white space is left.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::TrailingInput`].
    pub fn finish(&mut self) -> Result<(), DecodeError> {
        self.peek();
        if self.position == self.text.len() {
            Ok(())
        } else {
            Err(self.error(DecodeErrorKind::TrailingInput))
        }
    }

    #[inline(always)]
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The byte at the position; 0, which JSON has no use for, at the end.
    #[inline(always)]
    pub(super) fn current(&self) -> u8 {
        self.bytes().get(self.position).copied().unwrap_or(0)
    }

    /// The next byte that is not white space, not consumed; 0 at the end.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> u8 {
        let byte = self.current();
        if byte > b' ' {
            byte
        } else {
            self.peek_behind_space()
        }
    }

    fn peek_behind_space(&mut self) -> u8 {
        while let b' ' | b'\n' | b'\r' | b'\t' = self.current() {
            self.position += 1;
        }
        self.current()
    }

    /// An error at the position.
    #[cold]
    #[inline(never)]
    pub(super) fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.position)
    }

    /// Not JSON: `expected` is not at the position.
    #[cold]
    #[inline(never)]
    pub(super) fn syntax(&self, expected: &'static str) -> DecodeError {
        let at_end = self.position >= self.text.len();
        self.error(if at_end {
            DecodeErrorKind::UnexpectedEnd
        } else {
            DecodeErrorKind::Syntax(expected)
        })
    }

    /// The error for a value that is not `expected`: `null`, another type, or no JSON.
    #[cold]
    #[inline(never)]
    pub(super) fn unexpected(&mut self, expected: &'static str) -> DecodeError {
        let offset = self.position;
        match self.ahead().skip_value() {
            Err(error) => error,
            Ok(()) if self.current() == b'n' => DecodeError::new(DecodeErrorKind::UnexpectedNull, offset),
            Ok(()) => DecodeError::new(DecodeErrorKind::WrongType(expected), offset),
        }
    }

    /// The kind of the next value, without consuming it.
    ///
    /// # Errors
    ///
    /// Where no value starts here. The rest of the value is not looked at.
    pub fn peek_kind(&mut self) -> Result<Kind, DecodeError> {
        match self.peek() {
            b'{' => Ok(Kind::Object),
            b'[' => Ok(Kind::Array),
            b'"' => Ok(Kind::String),
            b'-' | b'0'..=b'9' => Ok(Kind::Number),
            b't' | b'f' => Ok(Kind::Boolean),
            b'n' => Ok(Kind::Null),
            _ => Err(self.syntax("a value")),
        }
    }

    /// Goes one level deeper, over the bracket at the position.
    #[inline(always)]
    pub(super) fn open(&mut self) -> Result<(), DecodeError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error(DecodeErrorKind::TooDeep));
        }
        self.position += 1;
        self.depth += 1;
        self.fresh = true;
        Ok(())
    }

    /// Comes back one level, over the bracket at the position.
    #[inline(always)]
    fn close(&mut self) {
        self.position += 1;
        self.depth = self.depth.wrapping_sub(1);
        self.fresh = false;
    }

    /// Enters an object.
    ///
    /// # Errors
    ///
    /// Where the next value is not an object, or one too many.
    #[inline]
    pub fn begin_object(&mut self) -> Result<(), DecodeError> {
        if self.peek() == b'{' {
            self.open()
        } else {
            Err(self.unexpected("an object"))
        }
    }

    /// The key of the object's next member, whose value has to be read or skipped next; `None` after the last
    /// one, when the object is closed.
    ///
    /// # Errors
    ///
    /// Where no well-formed key follows.
    #[inline]
    pub fn next_key(&mut self) -> Result<Option<Key<'a>>, DecodeError> {
        match self.short_key() {
            Some(key) => Ok(Some(Key(Cow::Borrowed(key)))),
            None => self.any_key(),
        }
    }

    /// The key of one byte at the position, as streams have them, written without white space: `,"p":`.
    /// Everything else is left for [`any_key`](Self::any_key), and nothing is consumed.
    #[inline(always)]
    fn short_key(&mut self) -> Option<&'a str> {
        // The first member follows the opening brace instead of a comma.
        let start = self.position.wrapping_sub(usize::from(self.fresh));
        let [before, open, key, close, colon, ..] = scan::window(self.bytes(), start)?.to_le_bytes();
        let framed = (open, close, colon) == (b'"', b'"', b':') && (before == b',' || self.fresh);
        // Control characters, quotes and backslashes are not what they seem.
        if !framed || key < b' ' || key == b'"' || key == b'\\' {
            return None;
        }
        let key = self.text.get(start + 2..start + 3)?;
        self.position = start + 5;
        self.fresh = false;
        Some(key)
    }

    /// [`next_key`](Self::next_key) for keys of any length.
    #[inline(never)]
    fn any_key(&mut self) -> Result<Option<Key<'a>>, DecodeError> {
        let mut byte = self.peek();
        if byte == b'}' {
            self.close();
            return Ok(None);
        }
        if self.fresh {
            self.fresh = false;
        } else if byte == b',' {
            self.position += 1;
            byte = self.peek();
        } else {
            return Err(self.syntax("`,` or `}`"));
        }
        if byte != b'"' {
            return Err(self.syntax("a key"));
        }
        let key = self.string_at_quote()?;
        if self.peek() != b':' {
            return Err(self.syntax("`:`"));
        }
        self.position += 1;
        Ok(Some(Key(key)))
    }

    /// Passes over the next member's key where it is written exactly as `name`, without white space or escapes; else
    /// nothing is consumed.
    #[inline(always)]
    pub fn skip_exact_key(&mut self, name: &str) -> bool {
        // The first member follows the opening brace instead of a comma.
        let start = self.position.wrapping_sub(usize::from(self.fresh));
        let matches = match name.as_bytes() {
            // Names of one byte, which streams have, are compared at once.
            [name] => scan::window(self.bytes(), start).is_some_and(|window| {
                let [before, key @ .., _, _, _] = window.to_le_bytes();
                (before == b',' || self.fresh) && key == [b'"', *name, b'"', b':']
            }),
            name => {
                let written = self.bytes().get(start..start + name.len() + 4);
                written.is_some_and(|written| match written {
                    [before, b'"', key @ .., b'"', b':'] => (*before == b',' || self.fresh) && key == name,
                    _ => false,
                })
            }
        };
        if matches {
            self.position = start + name.len() + 4;
            self.fresh = false;
        }
        matches
    }

    /// Enters an array.
    ///
    /// # Errors
    ///
    /// Where the next value is not an array, or one too many.
    #[inline]
    pub fn begin_array(&mut self) -> Result<(), DecodeError> {
        if self.peek() == b'[' {
            self.open()
        } else {
            Err(self.unexpected("an array"))
        }
    }

    /// Whether the array has another element, which has to be read or skipped next; `false` after the last one,
    /// when the array is closed.
    ///
    /// # Errors
    ///
    /// Where neither an element nor the end follows.
    #[inline]
    pub fn next_element(&mut self) -> Result<bool, DecodeError> {
        let byte = self.peek();
        if byte == b']' {
            self.close();
            return Ok(false);
        }
        if self.fresh {
            self.fresh = false;
        } else if byte == b',' {
            self.position += 1;
        } else {
            return Err(self.syntax("`,` or `]`"));
        }
        Ok(true)
    }

    /// Reads `true` or `false`, bare or as text.
    ///
    /// # Errors
    ///
    /// Where the next value is neither.
    pub fn read_bool(&mut self) -> Result<bool, DecodeError> {
        self.peek();
        let rest = self.bytes().get(self.position..).unwrap_or_default();
        if rest.starts_with(b"true") {
            self.position += 4;
            Ok(true)
        } else if rest.starts_with(b"false") {
            self.position += 5;
            Ok(false)
        } else {
            self.boolean_text()
        }
    }

    #[cold]
    #[inline(never)]
    fn boolean_text(&mut self) -> Result<bool, DecodeError> {
        const EXPECTED: &str = "a boolean";
        let start = self.position;
        if self.reading.strict || self.current() != b'"' {
            return Err(self.unexpected(EXPECTED));
        }
        match &*self.string_at_quote()? {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(DecodeError::new(DecodeErrorKind::WrongType(EXPECTED), start)),
        }
    }

    /// Reads `null` if it is next; consumes nothing and returns `false` if another value is.
    ///
    /// # Errors
    ///
    /// Where a word begins like `null` and is another.
    #[inline]
    pub fn read_null(&mut self) -> Result<bool, DecodeError> {
        if self.peek() != b'n' {
            return Ok(false);
        }
        self.skip_word("null", "`null`")?;
        Ok(true)
    }
}

/// The index of `key` among `names`, searched from `guess` on and then from the start.
#[inline(always)]
pub(super) fn find(names: &[&str], guess: usize, key: &str) -> Option<usize> {
    let is_key = |name: &&str| same(name.as_bytes(), key.as_bytes());
    let (before, behind) = names.split_at_checked(guess).unwrap_or((names, &[]));
    match behind.iter().position(is_key) {
        Some(index) => Some(before.len() + index),
        None => before.iter().position(is_key),
    }
}

/// Whether two names are equal; names of one byte, which streams have, are compared without a call.
#[inline(always)]
fn same(one: &[u8], other: &[u8]) -> bool {
    match (one, other) {
        ([one], [other]) => one == other,
        _ => one == other,
    }
}
