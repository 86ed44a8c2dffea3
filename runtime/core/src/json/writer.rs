//! The push writer.

use super::decimal::is_same_value;
use super::digits::Digits;
use super::{RawMembers, ToJson, scan};
use crate::Decimal;

/// Writes compact JSON into a string. It puts the commas; the caller sees to it that what is opened is closed and
/// that members of an object have names.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: String,
    /// Whether the next value or member follows another one.
    comma: bool,
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// A writer that appends to `out`, whose memory is thereby reused.
    pub fn append_to(out: String) -> Self {
        Self { out, comma: false }
    }

    /// The text written so far.
    pub fn as_str(&self) -> &str {
        &self.out
    }

    /// The text written so far.
    pub fn into_string(self) -> String {
        self.out
    }

    #[inline]
    fn begin_value(&mut self) {
        if self.comma {
            self.out.push(',');
        }
        self.comma = true;
    }

    /// Opens an object.
    pub fn begin_object(&mut self) {
        self.begin_value();
        self.out.push('{');
        self.comma = false;
    }

    /// Closes an object.
    pub fn end_object(&mut self) {
        self.out.push('}');
        self.comma = true;
    }

    /// Opens an array.
    pub fn begin_array(&mut self) {
        self.begin_value();
        self.out.push('[');
        self.comma = false;
    }

    /// Closes an array.
    pub fn end_array(&mut self) {
        self.out.push(']');
        self.comma = true;
    }

    /// Writes a member's name; its value has to follow.
    pub fn key(&mut self, name: &str) {
        self.out.push_str(if self.comma { ",\"" } else { "\"" });
        self.escaped(name);
        self.out.push_str("\":");
        self.comma = false;
    }

    /// Writes a member.
    pub fn field<T: ToJson + ?Sized>(&mut self, name: &str, value: &T) {
        self.key(name);
        value.to_json(self);
    }

    /// Writes a member with another codec than the type's own.
    pub fn field_with<T: ?Sized>(&mut self, name: &str, value: &T, write: fn(&T, &mut Writer)) {
        self.key(name);
        write(value, self);
    }

    /// Writes a member if there is a value.
    pub fn optional_field<T: ToJson>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    /// Writes a member if there is a value, with another codec than the type's own.
    pub fn optional_field_with<T>(&mut self, name: &str, value: &Option<T>, write: fn(&T, &mut Writer)) {
        if let Some(value) = value {
            self.field_with(name, value, write);
        }
    }

    /// Writes a member whose value is a fixed text.
    pub fn constant(&mut self, name: &str, text: &str) {
        self.key(name);
        self.str(text);
    }

    /// Where the next value will be written.
    #[inline(always)]
    pub(super) fn mark(&self) -> usize {
        self.out.len()
    }

    /// Spells the value as `raw` does, with which the member or the element that was written from `start` on ends: a number,
    /// or a list or a map of numbers; unless it is another.
    pub(super) fn respell(&mut self, start: usize, raw: &str) {
        let written = self.out.get(start..).unwrap_or_default();
        let before = match raw.bytes().next() {
            // No name of a member has a bracket.
            Some(b'[' | b'{') => written.find(['[', '{']),
            _ => written.rfind([':', ',']).map(|before| before + 1),
        };
        let value = written.get(before.unwrap_or(0)..).unwrap_or_default();
        if is_same_value(value, raw) {
            self.out.truncate(self.out.len() - value.len());
            self.out.push_str(raw);
        }
    }

    /// Closes an array of `count` fields with the elements behind them.
    pub fn end_tuple(&mut self, count: usize, raw: &RawMembers) {
        if !raw.is_empty() {
            raw.write_elements(self, count);
        }
        self.end_array();
    }

    /// Writes field `index` of an array of fields.
    pub fn slot<T: ToJson + ?Sized>(&mut self, index: usize, value: &T, raw: &RawMembers) {
        self.slot_with(index, value, T::to_json, raw);
    }

    /// [`slot`](Self::slot) with another codec than the type's own.
    pub fn slot_with<T: ?Sized>(
        &mut self,
        index: usize,
        value: &T,
        write: fn(&T, &mut Writer),
        raw: &RawMembers,
    ) {
        let start = self.mark();
        write(value, self);
        if !raw.is_empty() {
            raw.respell(self, start, &index.to_string());
        }
    }

    /// Writes an element of an array.
    pub fn element<T: ToJson + ?Sized>(&mut self, value: &T) {
        value.to_json(self);
    }

    /// Writes an element of an array with another codec than the type's own.
    pub fn element_with<T: ?Sized>(&mut self, value: &T, write: fn(&T, &mut Writer)) {
        write(value, self);
    }

    /// Writes a text.
    pub fn str(&mut self, text: &str) {
        self.out.push_str(if self.comma { ",\"" } else { "\"" });
        self.escaped(text);
        self.out.push('"');
        self.comma = true;
    }

    /// Writes an integer.
    pub fn i64(&mut self, value: i64) {
        let mut digits = Digits::new();
        digits.integer(value < 0, value.unsigned_abs());
        self.digits(digits);
    }

    /// Writes an integer that is not negative.
    pub fn u64(&mut self, value: u64) {
        let mut digits = Digits::new();
        digits.integer(false, value);
        self.digits(digits);
    }

    /// Writes an integer as text.
    pub fn integer_text(&mut self, value: i64) {
        let mut digits = Digits::new();
        digits.push(b'"');
        digits.integer(value < 0, value.unsigned_abs());
        digits.push(b'"');
        self.digits(digits);
    }

    /// Writes a decimal as text: plain digits, trailing zeros included.
    pub fn decimal(&mut self, value: Decimal) {
        let mut digits = Digits::new();
        digits.push(b'"');
        digits.decimal(value);
        digits.push(b'"');
        self.digits(digits);
    }

    /// Writes a decimal as a JSON number: plain digits, trailing zeros included.
    pub fn decimal_number(&mut self, value: Decimal) {
        let mut digits = Digits::new();
        digits.decimal(value);
        self.digits(digits);
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.raw("null");
    }

    /// Writes a value that is JSON text already. It is not checked.
    pub fn raw(&mut self, json: &str) {
        self.begin_value();
        self.out.push_str(json);
    }

    #[inline]
    fn digits(&mut self, mut digits: Digits) {
        if self.comma {
            digits.push(b',');
        }
        self.comma = true;
        self.out.push_str(digits.as_str());
    }

    /// Writes `text`, escaped where it must be.
    #[inline]
    fn escaped(&mut self, text: &str) {
        let plain = scan::end_of_plain(text.as_bytes(), 0);
        if plain == text.len() {
            self.out.push_str(text)
        } else {
            self.escape(text, plain)
        }
    }

    /// Writes `text`, whose first byte that needs an escape is at `plain`.
    #[cold]
    fn escape(&mut self, text: &str, plain: usize) {
        let (mut written, mut at) = (0, plain);
        while let Some(byte) = text.as_bytes().get(at) {
            // What is escaped is ASCII, so these are character boundaries.
            self.out.push_str(text.get(written..at).unwrap_or_default());
            match byte {
                b'"' => self.out.push_str("\\\""),
                b'\\' => self.out.push_str("\\\\"),
                b'\n' => self.out.push_str("\\n"),
                b'\r' => self.out.push_str("\\r"),
                b'\t' => self.out.push_str("\\t"),
                0x08 => self.out.push_str("\\b"),
                0x0C => self.out.push_str("\\f"),
                control => {
                    self.out.push_str("\\u00");
                    for digit in [control >> 4, control & 15] {
                        self.out
                            .push(char::from(b"0123456789abcdef"[usize::from(digit & 15)]));
                    }
                }
            }
            written = at + 1;
            at = scan::end_of_plain(text.as_bytes(), written);
        }
        self.out.push_str(text.get(written..).unwrap_or_default());
    }
}
