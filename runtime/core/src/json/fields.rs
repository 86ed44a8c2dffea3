//! Members of objects and slots of tuples, as emitted code reads them.

use super::{Aside, FromJson, RawMembers, Reader};
use crate::{DecodeError, DecodeErrorKind};

impl Reader<'_> {
    // The four below are kept out of line: emitted code calls one of them for every field of every type, and
    // inlining them doubles the time that a generated crate takes to compile, for no speed that could be measured.

    /// Reads the value of the member `name` into `slot`.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::DuplicateField`] where the slot is filled already, and what reading the value gives.
    #[inline(never)]
    pub fn field<T: FromJson>(
        &mut self,
        slot: &mut Option<T>,
        name: &'static str,
    ) -> Result<(), DecodeError> {
        if slot.is_some() {
            return Err(self.duplicate(name));
        }
        match T::from_json(self) {
            Ok(value) => {
                *slot = Some(value);
                Ok(())
            }
            Err(error) => Err(error.in_field(name)),
        }
    }

    /// [`field`](Self::field) with another codec than the type's own.
    ///
    /// # Errors
    ///
    /// As [`field`](Self::field).
    #[inline(never)]
    pub fn field_with<T>(
        &mut self,
        slot: &mut Option<T>,
        name: &'static str,
        read: fn(&mut Reader<'_>) -> Result<T, DecodeError>,
    ) -> Result<(), DecodeError> {
        if slot.is_some() {
            return Err(self.duplicate(name));
        }
        match read(self) {
            Ok(value) => {
                *slot = Some(value);
                Ok(())
            }
            Err(error) => Err(error.in_field(name)),
        }
    }

    /// [`field`](Self::field) for a member that may be absent; a `null`, which the exchange sends now and then where
    /// it documents none, reads as absent.
    ///
    /// # Errors
    ///
    /// As [`field`](Self::field).
    #[inline(never)]
    pub fn optional_field<T: FromJson>(
        &mut self,
        slot: &mut Option<T>,
        name: &'static str,
    ) -> Result<(), DecodeError> {
        if self.null_field(name)? {
            Ok(())
        } else {
            self.field(slot, name)
        }
    }

    /// [`optional_field`](Self::optional_field) with another codec than the type's own.
    ///
    /// # Errors
    ///
    /// As [`field`](Self::field).
    #[inline(never)]
    pub fn optional_field_with<T>(
        &mut self,
        slot: &mut Option<T>,
        name: &'static str,
        read: fn(&mut Reader<'_>) -> Result<T, DecodeError>,
    ) -> Result<(), DecodeError> {
        if self.null_field(name)? {
            Ok(())
        } else {
            self.field_with(slot, name, read)
        }
    }

    fn null_field(&mut self, name: &'static str) -> Result<bool, DecodeError> {
        self.read_null().map_err(|error| error.in_field(name))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn duplicate(&self, name: &'static str) -> DecodeError {
        self.error(DecodeErrorKind::DuplicateField(name))
    }

    /// The value of a member that has to be there, asked for when the object has been read.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::MissingField`].
    #[inline]
    pub fn required<T>(&self, slot: Option<T>, name: &'static str) -> Result<T, DecodeError> {
        match slot {
            Some(value) => Ok(value),
            None => Err(self.missing(name)),
        }
    }

    /// The error of an object that has not become a value though nothing of it is missing, for emitted code.
    #[cold]
    #[inline(never)]
    pub fn incomplete(&self) -> DecodeError {
        self.error(DecodeErrorKind::NoMatchingShape)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn missing(&self, name: &'static str) -> DecodeError {
        self.error(DecodeErrorKind::MissingField(name))
    }

    /// Reads the text value of the member `name`, which has to be `text`.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::WrongType`] with `text` where it is another.
    pub fn constant(&mut self, name: &'static str, text: &'static str) -> Result<(), DecodeError> {
        self.peek();
        let offset = self.position;
        match self.read_str() {
            Ok(found) if found == text => Ok(()),
            Ok(_) => Err(DecodeError::new(DecodeErrorKind::WrongType(text), offset).in_field(name)),
            Err(error) => Err(error.in_field(name)),
        }
    }

    /// Reads element `index` of an array of `count` elements that differ in meaning; begin with
    /// [`begin_array`](Self::begin_array), end with [`end_tuple`](Self::end_tuple).
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::WrongLength`] with `count` where the array ends before it, and what reading the value gives.
    #[inline(always)]
    pub fn element<T: FromJson>(&mut self, index: usize, count: usize) -> Result<T, DecodeError> {
        self.expect_element(index, count)?;
        let value = T::from_json(self).map_err(|error| error.in_element(index))?;
        self.keep_trimmed_element(index);
        Ok(value)
    }

    /// [`element`](Self::element) with another codec than the type's own.
    ///
    /// # Errors
    ///
    /// As [`element`](Self::element).
    #[inline(always)]
    pub fn element_with<T>(
        &mut self,
        index: usize,
        count: usize,
        read: fn(&mut Reader<'_>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.expect_element(index, count)?;
        let value = read(self).map_err(|error| error.in_element(index))?;
        self.keep_trimmed_element(index);
        Ok(value)
    }

    #[inline(always)]
    fn keep_trimmed_element(&mut self, index: usize) {
        if self.trimmed.end != 0 {
            self.keep_trimmed(&index.to_string());
        }
    }

    #[inline]
    fn expect_element(&mut self, index: usize, count: usize) -> Result<(), DecodeError> {
        if self.next_element()? {
            Ok(())
        } else {
            Err(self.too_short(index, count))
        }
    }

    #[cold]
    #[inline(never)]
    fn too_short(&self, index: usize, count: usize) -> DecodeError {
        self.error(DecodeErrorKind::WrongLength(count, index))
    }

    /// Closes an array of which `expected` elements have been read since `start`. Returns what its fields do not hold:
    /// the exchange appends columns, as it adds members to objects, and they are kept.
    ///
    /// # Errors
    ///
    /// Where what follows is not JSON.
    #[inline]
    pub fn end_tuple(&mut self, expected: usize, start: Aside) -> Result<RawMembers, DecodeError> {
        if self.next_element()? {
            self.keep_elements(expected)?;
        }
        Ok(self.take_aside(start))
    }

    #[cold]
    fn keep_elements(&mut self, from: usize) -> Result<(), DecodeError> {
        let mut index = from;
        loop {
            let raw = self.raw_value().map_err(|error| error.in_element(index))?;
            self.set_aside(&index.to_string(), raw);
            if !self.next_element()? {
                return Ok(());
            }
            index += 1;
        }
    }
}
