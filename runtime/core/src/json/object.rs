//! Objects as tables of their members: the macro that declares one, and what its code calls.

use std::marker::PhantomData;

use super::reader::{Key, find};
use super::{Form, FromJson, RawMembers, Reader, ToJson, Writer};
use crate::{DecodeError, DecodeErrorKind};

/// The names of an object's members.
#[derive(Clone, Copy, Debug)]
pub struct Members {
    /// One for each field, in order.
    pub names: &'static [&'static str],
    /// Members whose value is a fixed text: name and text.
    pub constants: &'static [(&'static str, &'static str)],
    /// Other names of members, each with the name that is written.
    pub aliases: &'static [(&'static str, &'static str)],
}

impl Members {
    /// Neither constants nor aliases.
    pub const NO_PAIRS: &'static [(&'static str, &'static str)] = &[];

    /// The place among the names of the member that is also called `key`, and `key` as the table has it.
    #[cold]
    fn alias(&self, key: &str) -> Option<(usize, &'static str)> {
        let (alias, name) = self.aliases.iter().find(|(alias, _)| *alias == key)?;
        let index = self.names.iter().position(|other| other == name)?;
        Some((index, alias))
    }
}

impl Reader<'_> {
    /// Reads an object: each member into the slot that stands where its name does. Returns the members that no slot
    /// holds; unknown ones are skipped unless they are [kept](super::Reading::keeping_unknown).
    ///
    /// Members mostly come in the order of the documentation, so the name behind the last one is tried first.
    ///
    /// # Errors
    ///
    /// Where the next value is not an object, where a member cannot be read or comes twice, and where a slot that must
    /// be filled is not.
    pub fn object(
        &mut self,
        members: &Members,
        slots: &mut [&mut dyn Slot],
    ) -> Result<RawMembers, DecodeError> {
        let start = self.aside();
        self.begin_object()?;
        let mut guess = 0;
        // One bit for each slot that was filled, as far as there are bits.
        let mut filled: u128 = 0;
        loop {
            match members.names.get(guess) {
                Some(name) if self.skip_exact_key(name) => {
                    if let Some(slot) = slots.get_mut(guess) {
                        slot.fill(self, name)?;
                    }
                }
                _ => {
                    let Some(key) = self.next_key()? else { break };
                    match self.member(&key, guess, members, slots)? {
                        Some(index) => guess = index,
                        None => continue,
                    }
                }
            }
            filled |= 1_u128.checked_shl(guess as u32).unwrap_or(0);
            guess += 1;
        }
        let all = u128::MAX
            .checked_shr(128_u32.saturating_sub(slots.len() as u32))
            .unwrap_or(0);
        if filled == all && slots.len() <= 128 {
            return Ok(self.take_aside(start));
        }
        match first_missing(members, slots) {
            None => Ok(self.take_aside(start)),
            Some(name) => Err(self.missing(name)),
        }
    }

    /// [`object`](Self::object) of a type that is sent: read [strictly](super::Reading::strict), as it has no place for what its
    /// fields do not hold.
    ///
    /// # Errors
    ///
    /// As [`object`](Self::object).
    pub fn sent_object(&mut self, members: &Members, slots: &mut [&mut dyn Slot]) -> Result<(), DecodeError> {
        let strict = std::mem::replace(&mut self.reading.strict, true);
        let read = self.object(members, slots);
        self.reading.strict = strict;
        read.map(drop)
    }

    /// Reads a member into its slot if it is next. Returns whether the next one can be tried; if not, `read` has the error.
    ///
    /// An error is handed over in `read` because a `?` per member is most of the code of a decoder.
    #[inline(always)]
    pub fn in_order<S: Slot>(
        &mut self,
        name: &'static str,
        slot: &mut S,
        read: &mut Result<(), DecodeError>,
    ) -> bool {
        if self.skip_exact_key(name) {
            *read = slot.fill(self, name);
        }
        read.is_ok()
    }

    /// [`in_order`](Self::in_order) of a member whose value is a fixed text.
    #[inline(always)]
    pub fn constant_in_order(
        &mut self,
        name: &'static str,
        text: &'static str,
        read: &mut Result<(), DecodeError>,
    ) -> bool {
        if self.skip_exact_key(name) {
            *read = self.constant(name, text);
        }
        read.is_ok()
    }

    /// Reads the member called `key`, which is in another place or spelling, or unknown.
    ///
    /// # Errors
    ///
    /// As [`object`](Self::object); without a `key` the object has ended, and lacks a member.
    #[cold]
    #[inline(never)]
    pub fn out_of_order(
        &mut self,
        key: Option<Key<'_>>,
        members: &Members,
        slots: &mut [&mut dyn Slot],
    ) -> Result<(), DecodeError> {
        match key {
            Some(key) => self.member(&key, 0, members, slots).map(drop),
            None => Err(match first_missing(members, slots) {
                Some(name) => self.missing(name),
                None => self.incomplete(),
            }),
        }
    }

    /// Reads the value of the member called `key` into its slot, whose index is returned; looks for the name from
    /// `guess` on. A member without a slot is checked where it is a constant, and skipped where it is unknown.
    fn member(
        &mut self,
        key: &str,
        guess: usize,
        members: &Members,
        slots: &mut [&mut dyn Slot],
    ) -> Result<Option<usize>, DecodeError> {
        if let Some(&(name, text)) = members.constants.iter().find(|(name, _)| *name == key) {
            self.constant(name, text)?;
            return Ok(None);
        }
        let found = match find(members.names, guess, key) {
            Some(index) => members.names.get(index).map(|name| (index, *name)),
            None => members.alias(key),
        };
        let Some((index, name)) = found else {
            self.unknown_member(key, members)?;
            return Ok(None);
        };
        if let Some(slot) = slots.get_mut(index) {
            slot.fill(self, name)?;
        }
        Ok(Some(index))
    }
}

fn first_missing(members: &Members, slots: &[&mut dyn Slot]) -> Option<&'static str> {
    let mut named = members.names.iter().zip(slots);
    named.find(|(_, slot)| slot.is_missing()).map(|(name, _)| *name)
}

/// Where a member is kept while its object is read.
pub trait Slot {
    /// Reads the value of the member `name`.
    ///
    /// # Errors
    ///
    /// As [`Reader::field`].
    fn fill(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Result<(), DecodeError>;

    /// Whether it must be filled and is not.
    fn is_missing(&self) -> bool;
}

/// The type's own form.
pub enum Own {}

impl<T: FromJson + ToJson> Form<T> for Own {
    #[inline(always)]
    fn read(reader: &mut Reader<'_>) -> Result<T, DecodeError> {
        T::from_json(reader)
    }

    #[inline(always)]
    fn write(value: &T, writer: &mut Writer) {
        value.to_json(writer);
    }
}

/// Reads a member that was not read before. Kept out of line, so that slots of one type share it.
#[inline(never)]
fn store<T, F: Form<T>>(
    slot: &mut Option<T>,
    reader: &mut Reader<'_>,
    name: &'static str,
) -> Result<(), DecodeError> {
    if slot.is_some() {
        return Err(reader.duplicate(name));
    }
    match F::read(reader) {
        Ok(value) => {
            *slot = Some(value);
            if reader.trimmed.end != 0 {
                reader.keep_trimmed(name);
            }
            Ok(())
        }
        Err(error) => Err(error.in_field(name)),
    }
}

/// A member that must be there.
#[derive(Debug)]
pub struct Required<T, F>(pub Option<T>, PhantomData<F>);

impl<T: Eq, F> Required<T, F> {
    /// Not filled yet.
    pub const EMPTY: Self = Self(None, PhantomData);
}

impl<T, F: Form<T>> Slot for Required<T, F> {
    fn fill(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Result<(), DecodeError> {
        store::<T, F>(&mut self.0, reader, name)
    }

    fn is_missing(&self) -> bool {
        self.0.is_none()
    }
}

/// [`store`] for a member that may be absent: a scalar that is none of its type is set aside.
#[inline(always)]
fn store_optional<T, F: Form<T>>(
    slot: &mut Option<T>,
    reader: &mut Reader<'_>,
    name: &'static str,
) -> Result<(), DecodeError> {
    reader.peek();
    let start = reader.position;
    match store::<T, F>(slot, reader, name) {
        Ok(()) => Ok(()),
        Err(error) => reader.other_scalar(start, name, error),
    }
}

impl Reader<'_> {
    /// Sets the value at `start` aside where it is a scalar, or has nothing in it (`{}`, `[]`); else that is the error.
    #[cold]
    #[inline(never)]
    fn other_scalar(
        &mut self,
        start: usize,
        name: &'static str,
        error: DecodeError,
    ) -> Result<(), DecodeError> {
        self.position = start;
        let holds_something = matches!(self.current(), b'{' | b'[') && !self.is_empty_container();
        if self.reading.strict
            || holds_something
            || matches!(error.kind(), DecodeErrorKind::DuplicateField(_))
        {
            return Err(error);
        }
        match self.raw_value() {
            Ok(raw) => {
                self.set_aside(name, raw);
                Ok(())
            }
            Err(_) => Err(error),
        }
    }

    /// Whether the object or the list at the position has nothing in it.
    fn is_empty_container(&self) -> bool {
        let raw = self.ahead().raw_value().unwrap_or_default();
        raw.bytes().filter(|byte| !byte.is_ascii_whitespace()).count() == 2
    }

    /// Reads a `null`, if it is next, as an absent member, and sets it aside.
    #[inline(always)]
    fn null_member(&mut self, name: &'static str) -> Result<bool, DecodeError> {
        match self.read_null() {
            Ok(false) => Ok(false),
            Ok(true) => {
                self.set_aside(name, "null");
                Ok(true)
            }
            Err(error) => Err(error.in_field(name)),
        }
    }
}

/// A member that may be absent. A `null`, which the exchange sends now and then where it documents none, and a scalar
/// that is none of its type, such as a word in place of a number, are absent too, and set aside; so are `{}` and `[]`
/// where another shape is expected.
#[derive(Debug)]
pub struct Optional<O, F>(pub O, PhantomData<F>);

impl<T: Eq, F> Optional<Option<T>, F> {
    /// Not filled yet.
    pub const EMPTY: Self = Self(None, PhantomData);
}

impl<T, F: Form<T>> Slot for Optional<Option<T>, F> {
    fn fill(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Result<(), DecodeError> {
        if reader.null_member(name)? {
            return Ok(());
        }
        store_optional::<T, F>(&mut self.0, reader, name)
    }

    fn is_missing(&self) -> bool {
        false
    }
}

/// A member that may be absent, and whose `null` says something.
#[derive(Debug)]
pub struct Stated<O, F>(pub O, PhantomData<F>);

impl<T: Eq, F> Stated<Option<T>, F> {
    /// Not filled yet.
    pub const EMPTY: Self = Self(None, PhantomData);
}

impl<T, F: Form<T>> Slot for Stated<Option<T>, F> {
    fn fill(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Result<(), DecodeError> {
        store_optional::<T, F>(&mut self.0, reader, name)
    }

    fn is_missing(&self) -> bool {
        false
    }
}

/// Slots by the words of `json_object!`, each of a field's type, so that nothing is left for the compiler to infer.
#[allow(non_camel_case_types, reason = "the words name them")]
pub mod slot {
    use super::{Optional, Own, Required, Stated};

    /// Of a member that must be there.
    pub type required<T> = Required<T, Own>;
    /// Of a member that must be there, in the form `F`.
    pub type required_as<T, F> = Required<T, F>;
    /// Of a member that may be absent; `null` is absent too.
    pub type optional<O> = Optional<O, Own>;
    /// Of a member that may be absent, in the form `F`; `null` is absent too.
    pub type optional_as<O, F> = Optional<O, F>;
    /// Of a member that may be absent or `null`.
    pub type nullable<O> = Stated<O, Own>;
    /// Of a member that may be absent or `null`, in the form `F`.
    pub type nullable_as<O, F> = Stated<O, F>;
}

/// Writes members, by the words of `json_object!`: from their fields, or from the members that no field holds.
pub mod put {
    use crate::json::{Form, RawMembers, ToJson, Writer};

    /// A member that must be there.
    pub fn required<T: ToJson>(writer: &mut Writer, name: &str, value: &T, raw: &RawMembers) {
        let start = writer.mark();
        writer.field(name, value);
        raw.respell(writer, start, name);
    }

    /// A member that must be there, in the form `F`.
    pub fn required_as<T, F: Form<T>>(writer: &mut Writer, name: &str, value: &T, raw: &RawMembers) {
        let start = writer.mark();
        writer.field_with(name, value, F::write);
        raw.respell(writer, start, name);
    }

    /// A member that may be absent.
    pub fn optional<T: ToJson>(writer: &mut Writer, name: &str, value: &Option<T>, raw: &RawMembers) {
        match value {
            Some(value) => required(writer, name, value, raw),
            None => raw.write(writer, name),
        }
    }

    /// A member that may be absent, in the form `F`.
    pub fn optional_as<T, F: Form<T>>(writer: &mut Writer, name: &str, value: &Option<T>, raw: &RawMembers) {
        match value {
            Some(value) => required_as::<T, F>(writer, name, value, raw),
            None => raw.write(writer, name),
        }
    }

    pub use {optional as nullable, optional_as as nullable_as};
}

/// Declares the struct of a JSON object and its codec, from one table that names each member once.
///
/// A field is followed by how it travels: `required`, `optional` (a `null` reads as absent) or `nullable` (may be
/// absent, and `null` says something), with its name on the wire and any other names that are read; the same words
/// with `_as` take a [`Form`](crate::json::Form) of the value too. Members whose value is a fixed text stand behind
/// `where`. An object that arrives in streams is declared `in order`: its decoder expects the members in the order of
/// the table, constants first, which is faster and more code; other orders are read too.
///
/// ```
/// use binance_wire_core::json::{self, Number};
/// use binance_wire_core::{Decimal, Text, dec};
///
/// binance_wire_core::json_object! {
///     /// A trade.
///     pub struct Trade in order where "e" = "trade" {
///         /// Trading pair.
///         symbol: Text = required("s" | "symbol"),
///         /// Price.
///         price: Option<Decimal> = optional_as("p", Number),
///     }
/// }
///
/// let trade: Trade = json::from_str(r#"{"e":"trade","symbol":"BTCUSDT","p":0.10}"#)?;
/// assert_eq!(trade.price, Some(dec!(0.10)));
/// assert_eq!(json::to_string(&trade), r#"{"e":"trade","s":"BTCUSDT","p":0.10}"#);
/// # Ok::<(), binance_wire_core::DecodeError>(())
/// ```
#[macro_export]
macro_rules! json_object {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(in $order:ident)? $(where $($constant:literal = $text:literal),+)? {
            $(
                $(#[$field_meta:meta])*
                $field:ident: $ty:ty = $how:ident($wire:literal $(| $alias:literal)* $(, $form:ty)?),
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_meta])*
                pub $field: $ty,
            )*
            /// Members that the fields do not hold.
            pub raw: $crate::json::RawMembers,
        }

        // That each field is `Eq` is required by the slots.
        $crate::fields!($name { $($field)* raw });

        $crate::json_object! {
            @codec $name $(in $order)? { $($($constant = $text),+)? }
            { $($field: $ty = $how($wire $(| $alias)* $(, $form)?),)* }
            { raw raw }
        }

        $crate::impl_serde_object!($name);
    };

    // The names of the members, and how the struct is read and written; requests have members without a row, too.
    (
        @codec $name:ident $(in $order:ident)? { $($constant:literal = $text:literal),* }
        { $($field:ident: $ty:ty = $how:ident($wire:literal $(| $alias:literal)* $(, $form:ty)?),)* }
        { $(free $free:ident)? $(raw $raw:ident)? }
    ) => {
        impl $name {
            const MEMBERS: $crate::json::Members = $crate::json::Members {
                names: &[$($wire),*],
                constants: $crate::json_object!(@pairs $(($constant, $text))*),
                aliases: $crate::json_object!(@pairs $($(($alias, $wire))*)*),
            };
        }

        impl $crate::FromJson for $name {
            #[allow(irrefutable_let_patterns)]
            fn from_json(
                reader: &mut $crate::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::DecodeError> {
                $(let $free = $crate::serde::free_parameters(reader, &Self::MEMBERS)?;)?
                $(let mut $field = $crate::json::slot::$how::<$ty $(, $form)?>::EMPTY;)*
                let _aside = $crate::json_object!(
                    @read $($order)? (reader) { $($constant = $text),* } { $($field = $how $wire),* }
                );
                let ($($crate::json_object!(@filled $how $field),)*) = ($($field.0,)*) else {
                    return Err(reader.incomplete());
                };
                $(let $raw = _aside;)?
                ::core::result::Result::Ok(Self { $($field,)* $($free)? $($raw)? })
            }
        }

        impl $crate::ToJson for $name {
            fn to_json(&self, writer: &mut $crate::Writer) {
                writer.begin_object();
                $(writer.constant($constant, $text);)*
                let _raw = $crate::json_object!(@raw self $($raw)?);
                $($crate::json::put::$how$(::<_, $form>)?(writer, $wire, &self.$field, _raw);)*
                $(self.$raw.write_unknown(writer, &Self::MEMBERS);)?
                $($crate::serde::put_free_parameters(writer, &self.$free);)?
                writer.end_object();
            }
        }
    };

    // Pairs of texts; where there are none, no code.
    (@pairs) => { $crate::json::Members::NO_PAIRS };
    (@pairs $($pair:tt)+) => { &[$($pair),+] };

    // Where members that no field holds are.
    (@raw $object:ident) => { &$crate::json::RawMembers::new() };
    (@raw $object:ident $raw:ident) => { &$object.$raw };

    // What a slot has to hold.
    (@filled required $value:pat) => { ::core::option::Option::Some($value) };
    (@filled required_as $value:pat) => { ::core::option::Option::Some($value) };
    (@filled $how:ident $value:pat) => { $value };

    // Fills the slots, member by member in any order, or in the order of the table first.
    (@read ($reader:ident) { $($constants:tt)* } { $($field:ident = $how:ident $wire:literal),* }) => {
        $reader.object(&Self::MEMBERS, &mut [$(&mut $field),*])?
    };
    (@read sent ($reader:ident) {} { $($field:ident = $how:ident $wire:literal),* }) => {
        $reader.sent_object(&Self::MEMBERS, &mut [$(&mut $field),*])?
    };
    (@read order ($reader:ident) { $($constant:literal = $text:literal),* } { $($field:ident = $how:ident $wire:literal),* }) => {{
        let start = $reader.aside();
        $reader.begin_object()?;
        loop {
            let mut read = ::core::result::Result::Ok(());
            let _ = true
                $(&& $reader.constant_in_order($constant, $text, &mut read))*
                $(&& $reader.in_order($wire, &mut $field, &mut read))*;
            read?;
            let key = $reader.next_key()?;
            if key.is_none() && ::core::matches!(($(&$field.0,)*), ($($crate::json_object!(@filled $how _),)*)) {
                break;
            }
            $reader.out_of_order(key, &Self::MEMBERS, &mut [$(&mut $field),*])?;
        }
        $reader.take_aside(start)
    }};
}
