//! Whole messages.

use binance_wire_core::Timestamp;

use crate::{
    Block, Context, Cursor, Encoder, Header, SbeError, SbeErrorKind, SessionHeader, Sofh, split_frame,
};

/// The schema that a generated codec was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The id; messages with another id are refused.
    pub id: u16,
    /// The version; messages of older and newer versions are accepted.
    pub version: u16,
    /// Bytes of the message header.
    pub header_length: u8,
}

/// A message that can be read in place. Generated views implement it.
pub trait MessageView<'a>: Block<'a> {
    /// The schema.
    const SCHEMA: Schema;
    /// The template id.
    const TEMPLATE_ID: u16;
    /// Bytes of the root block in the schema's own version.
    const BLOCK_LENGTH: u16;

    /// Reads a message with its header (in FIX SBE: framing removed).
    ///
    /// # Errors
    /// A header of another schema or template, and whatever [`decode_body`](Self::decode_body) refuses.
    #[inline]
    fn decode(message: &'a [u8]) -> Result<Self, SbeError> {
        let (header, body) = open(message, Self::SCHEMA)?;
        if header.template_id != Self::TEMPLATE_ID {
            return Err(SbeErrorKind::WrongTemplate {
                expected: Self::TEMPLATE_ID,
                found: header.template_id,
            }
            .into());
        }
        Self::decode_body(body, header.block_length, header.version)
    }

    /// Reads a message without its header, given the block length and version that the header states. Bytes
    /// left over are an error unless the version is newer than the schema's.
    ///
    /// # Errors
    /// Bytes that end too early, and bytes left over.
    #[inline]
    fn decode_body(body: &'a [u8], block_length: u16, version: u16) -> Result<Self, SbeError> {
        let cursor = Cursor::new(body, usize::from(Self::SCHEMA.header_length), Self::TEMPLATE_ID);
        whole(cursor, block_length, version)
    }

    /// As [`decode_body`](Self::decode_body), for a message within a message.
    ///
    /// # Errors
    /// As [`decode_body`](Self::decode_body).
    #[inline]
    fn decode_embedded(body: &'a [u8], block_length: u16, version: u16) -> Result<Self, SbeError> {
        let cursor = Cursor::embedded(body, usize::from(Self::SCHEMA.header_length), Self::TEMPLATE_ID);
        whole(cursor, block_length, version)
    }
}

/// All that a cursor has, as one message.
#[inline]
fn whole<'a, V: MessageView<'a>>(
    mut cursor: Cursor<'a>,
    block_length: u16,
    version: u16,
) -> Result<V, SbeError> {
    let view = cursor.block::<V>(block_length, Context::new(version, [0; Context::EXPONENTS]))?;
    if cursor.remaining() > 0 && version <= V::SCHEMA.version {
        return Err(cursor.trailing());
    }
    Ok(view)
}

/// The header of a message and its body, the schema id checked.
///
/// # Errors
/// Fewer bytes than a header has, and another schema.
#[inline]
pub fn open(message: &[u8], schema: Schema) -> Result<(Header, &[u8]), SbeError> {
    let (header, _) = Header::read(message)?;
    if header.schema_id != schema.id {
        return Err(SbeErrorKind::WrongSchema {
            expected: schema.id,
            found: header.schema_id,
        }
        .into());
    }
    match message.get(usize::from(schema.header_length)..) {
        Some(body) => Ok((header, body)),
        None => Err(SbeErrorKind::Truncated {
            what: "the message header",
            template_id: header.template_id,
            offset: 0,
            needed: u64::from(schema.header_length),
            available: message.len(),
        }
        .into()),
    }
}

/// The header of a framed FIX SBE message and its body, framing and schema id checked. The frame must be whole
/// and the only one; see [`split_frame`] for streams.
///
/// # Errors
/// A frame that is not whole or not alone, and another schema.
pub fn open_framed(frame: &[u8], schema: Schema) -> Result<(SessionHeader, &[u8]), SbeError> {
    let cut_off = |needed: usize| {
        SbeErrorKind::Truncated {
            what: "the frame",
            template_id: 0,
            offset: 0,
            needed: needed as u64,
            available: frame.len(),
        }
        .into()
    };
    let Some((message, length)) = split_frame(frame, usize::MAX)? else {
        let needed = Sofh::read(frame)?.map_or(Sofh::LENGTH, |sofh| sofh.message_length as usize);
        return Err(cut_off(needed));
    };
    if length < frame.len() {
        return Err(SbeErrorKind::TrailingBytes {
            template_id: 0,
            offset: length,
            count: frame.len() - length,
        }
        .into());
    }
    let (session, body) = SessionHeader::read(message)?;
    if session.header.schema_id != schema.id {
        return Err(SbeErrorKind::WrongSchema {
            expected: schema.id,
            found: session.header.schema_id,
        }
        .into());
    }
    Ok((session, body))
}

/// The header of a message and its body, with framing where there is any: FIX SBE messages are recorded both ways.
///
/// # Errors
/// As [`open`] and [`open_framed`].
pub fn open_any(message: &[u8], schema: Schema) -> Result<(Header, &[u8]), SbeError> {
    let framed = usize::from(schema.header_length) == SessionHeader::LENGTH
        && message.get(4..6) == Some(&Sofh::ENCODING_TYPE.to_le_bytes());
    if framed {
        let (session, body) = open_framed(message, schema)?;
        Ok((session.header, body))
    } else {
        open(message, schema)
    }
}

/// A message whose template the schema does not have, such as one of a newer version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownMessage<'a> {
    /// Its header.
    pub header: Header,
    /// The bytes after the header.
    pub body: &'a [u8],
}

/// A message that can be written. Generated owned messages implement it.
pub trait EncodeBody {
    /// The schema.
    const SCHEMA: Schema;
    /// The template id.
    const TEMPLATE_ID: u16;
    /// Bytes of the root block.
    const BLOCK_LENGTH: u16;

    /// Appends the message without its header.
    fn encode_body(&self, encoder: &mut Encoder<'_>);

    /// The header that goes before it.
    fn header(&self) -> Header {
        Header {
            block_length: Self::BLOCK_LENGTH,
            template_id: Self::TEMPLATE_ID,
            schema_id: Self::SCHEMA.id,
            version: Self::SCHEMA.version,
        }
    }
}

/// A message with the ordinary header.
pub trait EncodeMessage: EncodeBody {
    /// Appends header and message. On an error the buffer is as it was.
    ///
    /// # Errors
    /// As [`Encoder::finish`].
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), SbeError> {
        let mut encoder = Encoder::new(out);
        self.header().write(encoder.buffer());
        self.encode_body(&mut encoder);
        encoder.finish()
    }
}

/// A message of FIX SBE, with framing and session header.
pub trait EncodeFramed: EncodeBody {
    /// Appends framing header, session header and message. On an error the buffer is as it was.
    ///
    /// # Errors
    /// As [`Encoder::finish`], and a message that is too long for its frame.
    fn encode(&self, seq_num: u32, sending_time: Timestamp, out: &mut Vec<u8>) -> Result<(), SbeError> {
        let start = out.len();
        let mut encoder = Encoder::new(out);
        encoder.u32(0);
        encoder.u16(Sofh::ENCODING_TYPE);
        SessionHeader {
            header: self.header(),
            seq_num,
            sending_time,
        }
        .write(encoder.buffer());
        self.encode_body(&mut encoder);
        let length = encoder.written();
        encoder.finish()?;
        let Ok(message_length) = u32::try_from(length) else {
            out.truncate(start);
            return Err(SbeErrorKind::TooLong {
                what: "the frame",
                length,
                limit: u32::MAX as usize,
            }
            .into());
        };
        if let Some(place) = out
            .get_mut(start..)
            .and_then(|frame| frame.first_chunk_mut::<4>())
        {
            *place = message_length.to_le_bytes();
        }
        Ok(())
    }
}
