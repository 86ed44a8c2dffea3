//! Bodies of answers that are not results.

use std::fmt;

use binance_wire_core::envelope::SentCode;
use binance_wire_core::{DecodeError, ErrorCode, FromJson, RawJson, Reader, Timestamp};

/// The body of an error answer: JSON `{"code": …, "msg": …, "data": …}` or the SBE message that says the same. The
/// gateways in front of some APIs send the code as text, and call the message `message`; both are read.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorBody {
    /// The code.
    pub code: ErrorCode,
    /// The code as it was sent, where that was text.
    pub code_text: Option<Box<str>>,
    /// The message.
    pub message: String,
    /// Further data as JSON, where there is any.
    pub data: Option<RawJson>,
    /// The moment from which requests are taken again, where the body says it (SBE).
    pub retry_at: Option<Timestamp>,
}

impl FromJson for ErrorBody {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (mut code, mut message, mut data) = (None, None, None);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match key.as_bytes() {
                b"code" => reader.field(&mut code, "code")?,
                b"msg" => reader.field(&mut message, "msg")?,
                b"message" if message.is_none() => reader.optional_field(&mut message, "message")?,
                b"data" => reader.optional_field(&mut data, "data")?,
                _ => reader.skip_value()?,
            }
        }
        let SentCode { code, text } = reader.required(code, "code")?;
        let message = reader.required(message, "msg")?;
        Ok(Self {
            code,
            code_text: text,
            message,
            data,
            retry_at: None,
        })
    }
}

/// A request for SBE answers, and a decoder for errors in that form.
///
/// Operations bring the decoder of their result; this is what is common to all. Product crates have a value of it
/// for the schema that they were generated from.
#[derive(Clone, Copy)]
pub struct SbeFormat {
    /// The schema's id.
    pub schema_id: u16,
    /// The schema's version.
    pub version: u16,
    /// Decodes the message that stands for an error, header included; `None` if the bytes are something else.
    pub decode_error: fn(&[u8]) -> Option<ErrorBody>,
}

impl fmt::Debug for SbeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SbeFormat({}:{})", self.schema_id, self.version)
    }
}
