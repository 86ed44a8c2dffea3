//! Walking through a message: blocks, groups, variable data.

use std::iter::FusedIterator;
use std::marker::PhantomData;

use binance_wire_core::Text;

use crate::{SbeError, SbeErrorKind};

/// A block with what belongs to it: a message's root or a group's entry. Generated views implement it.
pub trait Block<'a>: Sized {
    /// The name for error texts: `Message` or `Message.group`.
    const NAME: &'static str;
    /// Bytes of the block in the first version.
    const LEAST: usize;
    /// Whether the block is all there is: no groups, no data, no former layout.
    const FLAT: bool;
    /// Bytes that an entry takes as a value of its own: the largest of the types that it becomes. Zero for the root
    /// of a message, which is there once.
    const OWNED: usize = 0;

    /// Reads what follows `block` and checks every length.
    ///
    /// # Errors
    /// A block that is too short, or bytes that end inside the block, a group or data.
    fn read(cursor: &mut Cursor<'a>, block: &'a [u8], context: Context) -> Result<Self, SbeError>;

    /// Reads a flat block, whose length has been checked; `None` for a block that is not flat.
    #[inline(always)]
    fn flat(_block: &'a [u8], _context: Context) -> Option<Self> {
        None
    }
}

/// What an inner block must know of the blocks around it: the acting version and the exponents that its
/// mantissas share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    version: u16,
    exponents: [i8; Self::EXPONENTS],
}

impl Context {
    /// How many shared exponents a block can have.
    pub const EXPONENTS: usize = 6;

    /// A context of this version with these exponents.
    #[inline]
    pub const fn new(version: u16, exponents: [i8; Self::EXPONENTS]) -> Self {
        Self { version, exponents }
    }

    /// The acting version.
    #[inline]
    pub const fn version(self) -> u16 {
        self.version
    }

    /// The shared exponent at `index`, which generated code keeps below [`Self::EXPONENTS`].
    #[inline(always)]
    pub fn exponent(self, index: usize) -> i8 {
        self.exponents.get(index).copied().unwrap_or_default()
    }

    /// Takes exponents of one byte each from the head of a block in a former layout; they go before those of
    /// the blocks around it. A block that is too short for them is left as it is.
    pub fn leading_exponents<'a>(mut self, block: &'a [u8], indexes: &[usize]) -> (Self, &'a [u8]) {
        let Some((leading, rest)) = block.split_at_checked(indexes.len()) else {
            return (self, block);
        };
        for (&byte, &index) in leading.iter().zip(indexes) {
            if let Some(exponent) = self.exponents.get_mut(index) {
                *exponent = byte as i8;
            }
        }
        (self, rest)
    }
}

/// The sizes of a group's block length and count on the wire, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimensions {
    /// Bytes of `blockLength`: 1 or 2.
    pub block_length: u8,
    /// Bytes of `numInGroup`: 1, 2 or 4.
    pub count: u8,
}

impl Dimensions {
    /// Dimensions of these sizes.
    pub const fn new(block_length: u8, count: u8) -> Self {
        Self { block_length, count }
    }
}

/// How many bytes owned values may take for each byte of the message that they are made of. The exchange's messages
/// stay below three and a half; an entry of one byte whose owned value has a hundred is made to exhaust memory.
pub const AMPLIFICATION: usize = 4;

/// Bytes that owned values may take whatever the size of the message.
const FREE: u64 = 4096;

/// The part of a message that has not been read yet.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    /// The message's length as far as offsets go: `rest.len()` less than this is the offset.
    end: usize,
    template_id: u16,
    /// Bytes that owned values may still take.
    allowance: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `body`, which is `offset` bytes into a message with this template.
    #[inline]
    pub fn new(body: &'a [u8], offset: usize, template_id: u16) -> Self {
        let mut cursor = Self::embedded(body, offset, template_id);
        cursor.allowance += FREE;
        cursor
    }

    /// As [`new`](Self::new), for a message within a message, of which there may be many.
    #[inline]
    pub fn embedded(body: &'a [u8], offset: usize, template_id: u16) -> Self {
        let end = offset + body.len();
        Self {
            rest: body,
            end,
            template_id,
            allowance: end as u64 * AMPLIFICATION as u64,
        }
    }

    /// Bytes into the message.
    pub fn offset(&self) -> usize {
        self.end.saturating_sub(self.rest.len())
    }

    /// The number of remaining bytes.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    #[cold]
    #[inline(never)]
    fn truncated(&self, what: &'static str, needed: u64) -> SbeError {
        SbeErrorKind::Truncated {
            what,
            template_id: self.template_id,
            offset: self.offset(),
            needed,
            available: self.rest.len(),
        }
        .into()
    }

    #[cold]
    #[inline(never)]
    fn too_short(&self, what: &'static str, needed: usize, length: usize) -> SbeError {
        let offset = self.offset().saturating_sub(length);
        SbeErrorKind::BlockTooShort {
            what,
            template_id: self.template_id,
            offset,
            needed,
            length,
        }
        .into()
    }

    #[cold]
    #[inline(never)]
    fn empty_entries(&self, what: &'static str, count: u32) -> SbeError {
        SbeErrorKind::EmptyEntries {
            what,
            template_id: self.template_id,
            offset: self.offset(),
            count,
        }
        .into()
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn trailing(&self) -> SbeError {
        SbeErrorKind::TrailingBytes {
            template_id: self.template_id,
            offset: self.offset(),
            count: self.rest.len(),
        }
        .into()
    }

    #[cold]
    #[inline(never)]
    fn too_large(&self, what: &'static str) -> SbeError {
        SbeErrorKind::TooLarge {
            what,
            template_id: self.template_id,
            offset: self.offset(),
        }
        .into()
    }

    /// Takes what owned values need off the allowance.
    #[inline]
    fn allow(&mut self, bytes: u64, what: &'static str) -> Result<(), SbeError> {
        match self.allowance.checked_sub(bytes) {
            Some(allowance) => {
                self.allowance = allowance;
                Ok(())
            }
            None => Err(self.too_large(what)),
        }
    }

    #[inline]
    fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], SbeError> {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.truncated(what, length as u64)),
        }
    }

    /// A little-endian number of 1, 2 or 4 bytes.
    #[inline]
    fn number(&mut self, size: u8, what: &'static str) -> Result<u32, SbeError> {
        let found = match size {
            1 => self
                .rest
                .split_first_chunk::<1>()
                .map(|(b, rest)| (u32::from(b[0]), rest)),
            2 => self
                .rest
                .split_first_chunk::<2>()
                .map(|(b, rest)| (u32::from(u16::from_le_bytes(*b)), rest)),
            _ => self
                .rest
                .split_first_chunk::<4>()
                .map(|(b, rest)| (u32::from_le_bytes(*b), rest)),
        };
        match found {
            Some((number, rest)) => {
                self.rest = rest;
                Ok(number)
            }
            None => Err(self.truncated(what, u64::from(size))),
        }
    }

    /// Reads a block of this acting length and all that belongs to it.
    ///
    /// # Errors
    /// As [`Block::read`], and bytes that end inside the block.
    #[inline]
    pub fn block<B: Block<'a>>(&mut self, length: u16, context: Context) -> Result<B, SbeError> {
        let block = self.take(usize::from(length), B::NAME)?;
        B::read(self, block, context)
    }

    /// The part of a block that the first version already has.
    ///
    /// # Errors
    /// A block that is shorter than in the first version.
    #[inline]
    pub fn base<B: Block<'a>, const N: usize>(&self, block: &'a [u8]) -> Result<&'a [u8; N], SbeError> {
        match block.first_chunk::<N>() {
            Some(base) => Ok(base),
            None => Err(self.too_short(B::NAME, N, block.len())),
        }
    }

    /// A group: its dimensions, then its entries, all lengths checked.
    ///
    /// # Errors
    /// Dimensions that the remaining bytes cannot hold, entries that are not read, and more of them than the message may
    /// make.
    #[inline]
    pub fn group<B: Block<'a>>(
        &mut self,
        dimensions: Dimensions,
        context: Context,
    ) -> Result<Group<'a, B>, SbeError> {
        let stride = self.number(dimensions.block_length, B::NAME)? as u16;
        let count = self.number(dimensions.count, B::NAME)?;
        let start = self.rest;
        if B::FLAT {
            if count > 0 && (usize::from(stride) < B::LEAST || stride == 0) {
                return Err(if stride == 0 && B::LEAST == 0 {
                    self.empty_entries(B::NAME, count)
                } else {
                    self.too_short(B::NAME, B::LEAST, usize::from(stride))
                });
            }
            let length = u64::from(stride) * u64::from(count);
            match usize::try_from(length)
                .ok()
                .and_then(|length| start.split_at_checked(length))
            {
                Some((_, rest)) => self.rest = rest,
                None => return Err(self.truncated(B::NAME, length)),
            }
        } else {
            for _ in 0..count {
                let before = self.rest.len();
                self.block::<B>(stride, context)?;
                // Billions of entries of no bytes would be walked for minutes.
                if self.rest.len() == before {
                    return Err(self.empty_entries(B::NAME, count));
                }
            }
        }
        self.allow(u64::from(count) * B::OWNED as u64, B::NAME)?;
        let taken = start.len() - self.rest.len();
        let entries = start.get(..taken).unwrap_or_default();
        Ok(Group {
            entries,
            count,
            stride,
            context,
            block: PhantomData,
        })
    }

    /// Variable data whose length is sent in `size` bytes: 1, 2 or 4.
    ///
    /// # Errors
    /// Bytes that end inside the length or the data, and more of them than the message may make.
    #[inline]
    pub fn data(&mut self, size: u8, what: &'static str) -> Result<&'a [u8], SbeError> {
        let length = self.number(size, what)?;
        self.allow(u64::from(length), what)?;
        self.take(length as usize, what)
    }

    /// Text, as [`data`](Self::data). What is short stands within its owned value.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    #[inline]
    pub fn text(&mut self, size: u8, what: &'static str) -> Result<&'a [u8], SbeError> {
        self.longer_data(size, size_of::<Text>(), what)
    }

    /// A message within a message, as [`data`](Self::data). A short one takes no more as bytes than as the type that
    /// it becomes, which is a part of the entry.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    #[inline]
    pub fn message(&mut self, size: u8, what: &'static str) -> Result<&'a [u8], SbeError> {
        self.longer_data(size, 64, what)
    }

    /// Data that takes memory of its own where it is longer than this.
    #[inline]
    fn longer_data(&mut self, size: u8, than: usize, what: &'static str) -> Result<&'a [u8], SbeError> {
        let length = self.number(size, what)?;
        if length as usize > than {
            self.allow(u64::from(length), what)?;
        }
        self.take(length as usize, what)
    }
}

/// The entries of a group that have not been read yet: an iterator over them.
///
/// Copying it is cheap, so that a group can be walked more than once.
#[derive(Debug)]
pub struct Group<'a, B> {
    entries: &'a [u8],
    count: u32,
    stride: u16,
    context: Context,
    block: PhantomData<fn() -> B>,
}

impl<B> Clone for Group<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Group<'_, B> {}

impl<B> Group<'_, B> {
    /// A group that the sender's version does not have.
    #[inline]
    pub const fn absent() -> Self {
        Self {
            entries: &[],
            count: 0,
            stride: 0,
            context: Context::new(0, [0; 6]),
            block: PhantomData,
        }
    }

    /// The number of remaining entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether no entry is left.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<'a, B: Block<'a>> Iterator for Group<'a, B> {
    type Item = B;

    #[inline]
    fn next(&mut self) -> Option<B> {
        if B::FLAT {
            // No error value in sight: this compiles to a pointer that moves.
            if self.entries.is_empty() {
                return None;
            }
            let (block, rest) = self.entries.split_at_checked(usize::from(self.stride))?;
            let entry = B::flat(block, self.context)?;
            self.entries = rest;
            self.count = self.count.wrapping_sub(1);
            return Some(entry);
        }
        self.count = self.count.checked_sub(1)?;
        let mut cursor = Cursor {
            rest: self.entries,
            end: 0,
            template_id: 0,
            allowance: u64::MAX,
        };
        // All lengths were checked when the group was made: this cannot fail.
        let entry = cursor.block(self.stride, self.context).ok()?;
        self.entries = cursor.rest;
        Some(entry)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<'a, B: Block<'a>> ExactSizeIterator for Group<'a, B> {}

impl<'a, B: Block<'a>> FusedIterator for Group<'a, B> {}

/// The largest of some sizes.
pub const fn largest(sizes: &[usize]) -> usize {
    match sizes {
        [] => 0,
        [first, rest @ ..] => {
            let largest = largest(rest);
            if *first > largest { *first } else { largest }
        }
    }
}

/// The entries of a group, each made into an owned value.
///
/// # Errors
/// The first entry that cannot be converted.
pub fn collect<'a, B: Block<'a>, T, C: From<Vec<T>>>(
    group: Group<'a, B>,
    to_owned: fn(B) -> Result<T, SbeError>,
) -> Result<C, SbeError> {
    // The count is within the allowance of the message, so it is safe to reserve.
    let mut entries = Vec::with_capacity(group.len());
    for entry in group {
        entries.push(to_owned(entry)?);
    }
    Ok(entries.into())
}

/// The part of a block that later versions have appended to, as far as the acting version goes: what lies behind
/// the last field of that version is padding, or means something else. `lengths` has the block's length as of
/// each version that lengthened it, ascending.
#[inline]
pub fn extension<'a>(block: &'a [u8], context: Context, least: usize, lengths: &[(u16, usize)]) -> &'a [u8] {
    let mut length = least;
    for &(since, longer) in lengths {
        if context.version() >= since {
            length = longer;
        }
    }
    block.get(..length).unwrap_or(block)
}
