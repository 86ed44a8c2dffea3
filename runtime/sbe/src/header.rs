//! Message headers, and the framing headers of FIX SBE.

use binance_wire_core::Timestamp;

use crate::{SbeError, SbeErrorKind, read};

/// The message header: 8 bytes of little-endian numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes in the root block, as the sender's version lays it out.
    pub block_length: u16,
    /// The message's id.
    pub template_id: u16,
    /// The schema's id.
    pub schema_id: u16,
    /// The version of that schema that the sender used.
    pub version: u16,
}

impl Header {
    /// Bytes on the wire.
    pub const LENGTH: usize = 8;

    /// The header at the head of `message`, and what follows it.
    ///
    /// # Errors
    /// Fewer bytes than a header has.
    #[inline]
    pub fn read(message: &[u8]) -> Result<(Self, &[u8]), SbeError> {
        match message.split_first_chunk::<{ Self::LENGTH }>() {
            Some((bytes, rest)) => Ok((Self::of(bytes), rest)),
            None => Err(cut_off("the message header", 0, Self::LENGTH, message.len())),
        }
    }

    #[inline]
    fn of(bytes: &[u8; Self::LENGTH]) -> Self {
        Self {
            block_length: read::u16(bytes, 0),
            template_id: read::u16(bytes, 2),
            schema_id: read::u16(bytes, 4),
            version: read::u16(bytes, 6),
        }
    }

    /// Appends the header.
    pub fn write(self, out: &mut Vec<u8>) {
        for number in [self.block_length, self.template_id, self.schema_id, self.version] {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
}

#[cold]
fn cut_off(what: &'static str, offset: usize, needed: usize, available: usize) -> SbeError {
    SbeErrorKind::Truncated {
        what,
        template_id: 0,
        offset,
        needed: needed as u64,
        available,
    }
    .into()
}

/// The message header of FIX SBE: 20 bytes, the ordinary header with the session's sequence number and sending
/// time behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionHeader {
    /// The ordinary header.
    pub header: Header,
    /// MsgSeqNum (34).
    pub seq_num: u32,
    /// SendingTime (52), in microseconds.
    pub sending_time: Timestamp,
}

impl SessionHeader {
    /// Bytes on the wire.
    pub const LENGTH: usize = 20;

    /// The header at the head of `message` (framing removed), and what follows it.
    ///
    /// # Errors
    /// Fewer bytes than a header has.
    pub fn read(message: &[u8]) -> Result<(Self, &[u8]), SbeError> {
        let Some((bytes, rest)) = message.split_first_chunk::<{ Self::LENGTH }>() else {
            return Err(cut_off("the message header", 0, Self::LENGTH, message.len()));
        };
        let (header, _) = Header::read(bytes)?;
        let seq_num = read::u32(bytes, 8);
        let sending_time = Timestamp::from_micros(read::i64(bytes, 12));
        Ok((
            Self {
                header,
                seq_num,
                sending_time,
            },
            rest,
        ))
    }

    /// Appends the header.
    pub fn write(self, out: &mut Vec<u8>) {
        self.header.write(out);
        out.extend_from_slice(&self.seq_num.to_le_bytes());
        out.extend_from_slice(&self.sending_time.as_micros().to_le_bytes());
    }
}

/// The Simple Open Framing Header of FIX SBE: 6 bytes, both numbers little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sofh {
    /// Bytes in the whole message, this header included.
    pub message_length: u32,
    /// The encoding of the message; always [`Sofh::ENCODING_TYPE`].
    pub encoding_type: u16,
}

impl Sofh {
    /// Bytes on the wire.
    pub const LENGTH: usize = 6;

    /// SBE 1.0, little-endian.
    pub const ENCODING_TYPE: u16 = 0xeb50;

    /// The framing header at the head of `bytes`; `None` where there are fewer than six bytes. It is checked for
    /// its encoding type and for a length that holds at least itself.
    ///
    /// # Errors
    /// Another encoding type, or a length that does not hold the framing header.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, SbeError> {
        let Some(bytes) = bytes.first_chunk::<{ Self::LENGTH }>() else {
            return Ok(None);
        };
        let message_length = read::u32(bytes, 0);
        let encoding_type = read::u16(bytes, 4);
        if encoding_type != Self::ENCODING_TYPE || (message_length as usize) < Self::LENGTH {
            return Err(SbeErrorKind::BadFraming {
                message_length,
                encoding_type,
            }
            .into());
        }
        Ok(Some(Self {
            message_length,
            encoding_type,
        }))
    }
}

/// The first whole frame in a receive buffer: the message without its framing header, and how many bytes of the
/// buffer it took. `None` where more bytes must be received first. A length above `limit` is an error, so that a
/// broken peer cannot make the buffer grow without end.
///
/// # Errors
/// As [`Sofh::read`], and a length above `limit`.
pub fn split_frame(buffer: &[u8], limit: usize) -> Result<Option<(&[u8], usize)>, SbeError> {
    let Some(Sofh {
        message_length,
        encoding_type,
    }) = Sofh::read(buffer)?
    else {
        return Ok(None);
    };
    let length = message_length as usize;
    if length > limit {
        return Err(SbeErrorKind::BadFraming {
            message_length,
            encoding_type,
        }
        .into());
    }
    Ok(buffer.get(Sofh::LENGTH..length).map(|message| (message, length)))
}
