//! Payloads in the envelopes that transports put around them, for checking recorded payloads against the generated
//! types.

use crate::envelope::{Opened, is_refusal};
use crate::json::{self, Kind, Reading};
use crate::{
    DecodeError, DecodeErrorKind, Envelope, FromJson, List, RawJson, Reader, RestOperation, Text, ToJson,
    Writer,
};

/// One kind of payload that a product crate can decode and encode again.
#[derive(Clone, Copy, Debug)]
pub struct PayloadCodec {
    /// `rest`, `ws_api` or `ws_streams`.
    pub transport: &'static str,
    /// The key of the payload: `GET /api/v3/depth`, a WebSocket API method, a stream's name pattern, or an
    /// event type.
    pub key: &'static str,
    /// `response`, `event` or `error`.
    pub kind: &'static str,
    /// Decodes the text into the generated type and encodes that again.
    pub recode: fn(&str, Reading) -> Result<String, DecodeError>,
}

/// Declares a table of codecs: a row has the transport, the key, the kind, and the function that decodes and encodes again.
#[macro_export]
macro_rules! payload_codecs {
    (
        $(#[$meta:meta])*
        pub const $name:ident;
        $($transport:literal $key:literal $kind:ident = $recode:expr,)*
    ) => {
        $(#[$meta])*
        pub const $name: &[$crate::payload::PayloadCodec] = &[$($crate::payload::PayloadCodec {
            transport: $transport,
            key: $key,
            kind: ::core::stringify!($kind),
            recode: $recode,
        }),*];
    };
}

/// The members of a product's payloads that the exchange spells differently from the encoder, so that a comparison of a
/// payload with its encoding can distinguish another spelling from a loss.
#[derive(Clone, Copy, Debug)]
pub struct Spellings {
    /// Other names of members, each with the name under which the member is written; a name may be that of several.
    pub aliases: &'static [(&'static str, &'static str)],
}

/// Decodes `text` as a `T` and encodes it again.
///
/// # Errors
/// A text that is not a `T`.
pub fn recode<T: FromJson + ToJson>(text: &str, reading: Reading) -> Result<String, DecodeError> {
    reading.read::<T>(text).map(|value| json::to_string(&value))
}

/// Decodes `text` as the answer of an operation, in its envelope where it has one, and encodes it again. The other
/// members of the envelope are kept unchanged.
///
/// # Errors
/// Where the result cannot be decoded, or the envelope says that the call was refused.
pub fn recode_answer<O: RestOperation>(text: &str, reading: Reading) -> Result<String, DecodeError>
where
    O::Response: ToJson,
{
    let Some(envelope) = O::INFO.envelope else {
        return recode::<O::Response>(text, reading);
    };
    let opened = accepted(envelope, text)?;
    let value: O::Response = opened.decode(text, reading)?;
    if opened.is_bare() {
        return Ok(json::to_string(&value));
    }
    rewrap(&opened, text, &mut |writer| value.to_json(writer))
}

/// Decodes `text` as the error body of an operation, in its envelope where it has one, and encodes it again.
///
/// # Errors
/// Where it is neither an envelope that says that the call was refused nor an [`ErrorBody`].
pub fn recode_error<O: RestOperation, D: FromJson + ToJson>(
    text: &str,
    reading: Reading,
) -> Result<String, DecodeError> {
    if let Some(envelope) = O::INFO.envelope
        && let Ok(Opened { refusal: Some(_), .. }) = envelope.open(text)
    {
        return recode::<RawJson>(text, reading);
    }
    recode::<ErrorBody<D>>(text, reading)
}

fn accepted(envelope: &Envelope, text: &str) -> Result<Opened, DecodeError> {
    let opened = envelope.open(text)?;
    match opened.refusal {
        Some(refusal) => Err(DecodeError::new(
            DecodeErrorKind::Other(format!("the call was refused: {}", refusal.message)),
            0,
        )),
        None => Ok(opened),
    }
}

/// The body with the result in it encoded again. A result of `null` that was decoded stays `null`.
fn rewrap(opened: &Opened, text: &str, result: &mut dyn FnMut(&mut Writer)) -> Result<String, DecodeError> {
    let mut reader = Reader::new(text);
    let mut writer = Writer::new();
    reader.begin_object()?;
    writer.begin_object();
    while let Some(key) = reader.next_key()? {
        writer.key(key.as_str());
        let raw = reader.raw_value()?;
        if opened.member() == Some(key.as_str()) && raw != "null" {
            result(&mut writer);
        } else {
            writer.raw(raw);
        }
    }
    writer.end_object();
    Ok(writer.into_string())
}

/// An error body: `{"code":…,"msg":…,"data":…}`.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorBody<D> {
    /// The error code.
    pub code: i32,
    /// The message.
    pub msg: Text,
    /// The operation's part.
    pub data: Option<Kept<D>>,
}

impl<D: FromJson> FromJson for ErrorBody<D> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (mut code, mut msg, mut data) = (None, None, None);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match key.as_bytes() {
                b"code" => reader.field(&mut code, "code")?,
                b"msg" => reader.field(&mut msg, "msg")?,
                b"data" => reader.field(&mut data, "data")?,
                _ => reader.skip_value()?,
            }
        }
        Ok(Self {
            code: reader.required(code, "code")?,
            msg: reader.required(msg, "msg")?,
            data,
        })
    }
}

impl<D: ToJson> ToJson for ErrorBody<D> {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("code", &self.code);
        writer.field("msg", &self.msg);
        writer.optional_field("data", &self.data);
        writer.end_object();
    }
}

crate::json_object! {
    /// The usage of a rate limit, as the WebSocket API reports it.
    pub struct RateLimit {
        /// What is counted.
        rate_limit_type: Text = required("rateLimitType"),
        /// The unit of the interval.
        interval: Text = required("interval"),
        /// How many of them.
        interval_num: i64 = required("intervalNum"),
        /// How much is allowed.
        limit: i64 = required("limit"),
        /// How much of it is used.
        count: Option<i64> = optional("count"),
    }
}

/// A value, or the scalar that came in its place.
#[derive(Clone, Debug, PartialEq)]
pub enum Kept<T> {
    /// The value.
    Value(T),
    /// `null`, an empty text, or another scalar.
    Raw(RawJson),
}

impl<T: FromJson> FromJson for Kept<T> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.peek_kind()? {
            Kind::Object | Kind::Array => T::from_json(reader).map(Self::Value),
            _ => RawJson::from_json(reader).map(Self::Raw),
        }
    }
}

impl<T: ToJson> ToJson for Kept<T> {
    fn to_json(&self, writer: &mut Writer) {
        match self {
            Self::Value(value) => value.to_json(writer),
            Self::Raw(raw) => raw.to_json(writer),
        }
    }
}

/// A frame of the WebSocket API: `{"id":…,"status":…,"result":… or "error":…,"rateLimits":[…]}`.
#[derive(Clone, Debug, PartialEq)]
pub struct WsApiFrame<T, D> {
    id: Option<RawJson>,
    status: i32,
    /// The result, where the call succeeded.
    pub result: Option<T>,
    /// The error, where it did not.
    pub error: Option<ErrorBody<D>>,
    /// The error, where it stands in place of a result.
    refused: Option<ErrorBody<D>>,
    rate_limits: Option<Kept<List<RateLimit>>>,
}

impl<T: FromJson, D: FromJson> FromJson for WsApiFrame<T, D> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (mut id, mut status, mut result, mut error, mut limits) = (None, None, None, None, None);
        let mut refused = None;
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match key.as_bytes() {
                b"id" => reader.field(&mut id, "id")?,
                b"status" => reader.field(&mut status, "status")?,
                b"result" if reader.clone().raw_value().is_ok_and(is_refusal) => {
                    reader.field(&mut refused, "result")?;
                }
                b"result" => reader.field(&mut result, "result")?,
                b"error" => reader.field(&mut error, "error")?,
                b"rateLimits" => reader.field(&mut limits, "rateLimits")?,
                _ => reader.skip_value()?,
            }
        }
        if result.is_none() && error.is_none() && refused.is_none() {
            reader.required::<T>(None, "result")?;
        }
        Ok(Self {
            id,
            status: reader.required(status, "status")?,
            result,
            error,
            refused,
            rate_limits: limits,
        })
    }
}

impl<T: ToJson, D: ToJson> ToJson for WsApiFrame<T, D> {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.optional_field("id", &self.id);
        writer.field("status", &self.status);
        writer.optional_field("result", &self.result);
        writer.optional_field("result", &self.refused);
        writer.optional_field("error", &self.error);
        writer.optional_field("rateLimits", &self.rate_limits);
        writer.end_object();
    }
}

/// A message of a stream: the payload bare, in the combined wrapper `{"stream":…,"data":…}`, or in the WebSocket API's
/// event wrapper `{"subscriptionId":…,"event":…}`.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamFrame<T> {
    /// The payload itself.
    Bare(T),
    /// With the stream's name.
    Combined {
        /// The stream's name.
        stream: Text,
        /// The payload.
        data: T,
    },
    /// With the id of the subscription.
    Event {
        /// The subscription's id, where one was sent.
        subscription_id: Option<RawJson>,
        /// The payload.
        event: T,
    },
}

impl<T: FromJson> FromJson for StreamFrame<T> {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let members = match reader.peek_kind()? {
            Kind::Object => reader.matching_keys(&["stream", "data", "event"])?,
            _ => 0,
        };
        if members & 0b011 != 0b011 && members & 0b100 == 0 {
            return T::from_json(reader).map(Self::Bare);
        }
        let (mut stream, mut data, mut id, mut event) = (None, None, None, None);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match key.as_bytes() {
                b"stream" => reader.field(&mut stream, "stream")?,
                b"data" => reader.field(&mut data, "data")?,
                b"subscriptionId" => reader.field(&mut id, "subscriptionId")?,
                b"event" => reader.field(&mut event, "event")?,
                _ => reader.skip_value()?,
            }
        }
        match event {
            Some(event) => Ok(Self::Event {
                subscription_id: id,
                event,
            }),
            None => Ok(Self::Combined {
                stream: reader.required(stream, "stream")?,
                data: reader.required(data, "data")?,
            }),
        }
    }
}

impl<T: ToJson> ToJson for StreamFrame<T> {
    fn to_json(&self, writer: &mut Writer) {
        match self {
            Self::Bare(payload) => payload.to_json(writer),
            Self::Combined { stream, data } => {
                writer.begin_object();
                writer.field("stream", stream);
                writer.field("data", data);
                writer.end_object();
            }
            Self::Event {
                subscription_id,
                event,
            } => {
                writer.begin_object();
                writer.optional_field("subscriptionId", subscription_id);
                writer.field("event", event);
                writer.end_object();
            }
        }
    }
}
