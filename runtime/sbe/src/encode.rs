//! Writing messages.

use binance_wire_core::decimal::to_mantissa;
use binance_wire_core::{Decimal, Timestamp};

use crate::{Dimensions, SbeError, SbeErrorKind};

/// Appends a message to a buffer.
///
/// The first thing that cannot be written is remembered; [`finish`](Self::finish) reports it and takes back what
/// was appended.
#[derive(Debug)]
pub struct Encoder<'b> {
    out: &'b mut Vec<u8>,
    start: usize,
    error: Option<SbeError>,
}

impl<'b> Encoder<'b> {
    /// Starts behind what is in the buffer.
    pub fn new(out: &'b mut Vec<u8>) -> Self {
        let start = out.len();
        Self {
            out,
            start,
            error: None,
        }
    }

    /// Bytes written so far.
    pub fn written(&self) -> usize {
        self.out.len() - self.start
    }

    /// The buffer, for headers.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Ends the message.
    ///
    /// # Errors
    /// The first value that its field cannot hold exactly, and a group or data that is too long.
    pub fn finish(self) -> Result<(), SbeError> {
        match self.error {
            None => Ok(()),
            Some(error) => {
                self.out.truncate(self.start);
                Err(error)
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn fail(&mut self, error: SbeError) {
        if self.error.is_none() {
            self.error = Some(error);
        }
    }

    /// Padding.
    pub fn zeros(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, 0);
    }

    /// A point in time, in microseconds.
    pub fn timestamp(&mut self, value: Timestamp) {
        self.i64(value.as_micros());
    }

    /// A point in time in microseconds, or null.
    pub fn optional_timestamp(&mut self, value: Option<Timestamp>, null: i64) {
        self.i64(value.map_or(null, Timestamp::as_micros));
    }

    fn mantissa(&mut self, value: Decimal, exponent: i8, low: i128, high: i128) -> i128 {
        match to_mantissa(value, exponent).filter(|mantissa| (low..=high).contains(mantissa)) {
            Some(mantissa) => mantissa,
            None => {
                self.fail(
                    SbeErrorKind::PrecisionLost {
                        value: value.to_string().into(),
                        exponent,
                    }
                    .into(),
                );
                0
            }
        }
    }

    /// The mantissa of a decimal at an exponent, as 64 bits.
    pub fn mantissa64(&mut self, value: Decimal, exponent: i8) {
        let mantissa = self.mantissa(value, exponent, i128::from(i64::MIN), i128::from(i64::MAX));
        self.i64(mantissa as i64);
    }

    /// The mantissa of a decimal at an exponent, as 64 bits, or null. A number that would read as null is
    /// refused.
    pub fn optional_mantissa64(&mut self, value: Option<Decimal>, exponent: i8) {
        let mantissa = value.map_or(i128::from(i64::MIN), |value| {
            self.mantissa(value, exponent, i128::from(i64::MIN) + 1, i128::from(i64::MAX))
        });
        self.i64(mantissa as i64);
    }

    /// The mantissa of a decimal at an exponent, as 128 bits.
    pub fn mantissa128(&mut self, value: Decimal, exponent: i8) {
        let mantissa = self.mantissa(value, exponent, i128::MIN, i128::MAX);
        self.i128(mantissa);
    }

    /// The mantissa of a decimal at an exponent, as 128 bits, or null. A number that would read as null is
    /// refused.
    pub fn optional_mantissa128(&mut self, value: Option<Decimal>, exponent: i8) {
        let mantissa = value.map_or(i128::MIN, |value| {
            self.mantissa(value, exponent, i128::MIN + 1, i128::MAX)
        });
        self.i128(mantissa);
    }

    fn number(&mut self, size: u8, number: usize, what: &'static str) {
        let limit = match size {
            1 => usize::from(u8::MAX),
            2 => usize::from(u16::MAX),
            // Both the standard and the schemas keep lengths and counts within 31 bits.
            _ => i32::MAX as usize,
        };
        if number > limit {
            self.fail(
                SbeErrorKind::TooLong {
                    what,
                    length: number,
                    limit,
                }
                .into(),
            );
            return;
        }
        match size {
            1 => self.u8(number as u8),
            2 => self.u16(number as u16),
            _ => self.u32(number as u32),
        }
    }

    /// A group's dimensions.
    pub fn group(&mut self, dimensions: Dimensions, block_length: u16, count: usize, what: &'static str) {
        self.number(dimensions.block_length, usize::from(block_length), what);
        self.number(dimensions.count, count, what);
    }

    /// Variable data whose length is sent in `size` bytes.
    pub fn data(&mut self, size: u8, bytes: &[u8], what: &'static str) {
        self.number(size, bytes.len(), what);
        self.out.extend_from_slice(bytes);
    }
}

macro_rules! writers {
    ($($type:ident)*) => {
        impl Encoder<'_> {$(
            #[doc = concat!("A little-endian `", stringify!($type), "`.")]
            #[inline]
            pub fn $type(&mut self, value: $type) {
                self.out.extend_from_slice(&value.to_le_bytes());
            }
        )*}
    };
}

writers! { u8 u16 u32 u64 i8 i16 i32 i64 i128 f32 f64 }
