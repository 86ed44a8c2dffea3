//! What can go wrong, and what to do about it.

use std::fmt;
use std::time::Duration;

use crate::{FromJson, RawJson, Text, Timestamp};

/// A numeric error code of the exchange. Product crates name the documented ones as constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(pub i32);

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the exchange said when it refused a request.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The HTTP status, or the `status` of a WebSocket API frame.
    pub status: u16,
    /// The code; match on this, texts change. 0 where the exchange sent none, or one that is no number.
    pub code: ErrorCode,
    /// The code as it was sent, where it was sent as text: `000002`, `1130306`, `invalid_payload`.
    pub code_text: Option<Box<str>>,
    /// The message.
    pub message: String,
    /// Further data, as sent: cancel-replace puts both sub-results here. Where the answer had an
    /// [`Envelope`](crate::Envelope), the whole body.
    pub data: Option<RawJson>,
}

impl ApiError {
    /// The error's `data` as a type, where the operation documents one.
    pub fn data_as<T: FromJson>(&self) -> Option<Result<T, DecodeError>> {
        self.data.as_ref().map(|raw| crate::json::from_str(raw.as_str()))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code_text {
            Some(code) => write!(f, "{} (code {code}, status {})", self.message, self.status),
            None => write!(f, "{} (code {}, status {})", self.message, self.code, self.status),
        }
    }
}

/// Why a call gave no result, sorted by what the caller should do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The exchange refused the request; nothing was done. Correct the request.
    #[error("the exchange refused the request: {0}")]
    Api(ApiError),
    /// Status 409: part of the request was carried out. `data` of the error has the sub-results.
    #[error("the request was carried out in part: {0}")]
    PartialSuccess(ApiError),
    /// Status 429. Send nothing before `retry_at`/`retry_after`; insisting leads to a ban.
    #[error("rate limited: {error}")]
    RateLimited {
        /// How long to wait, where the exchange says it (`Retry-After`).
        retry_after: Option<Duration>,
        /// The moment until which to wait, where the exchange says it as a time (WebSocket API).
        retry_at: Option<Timestamp>,
        /// What it said.
        error: ApiError,
    },
    /// Status 418: the address is banned. Send nothing at all before the time named.
    #[error("banned: {error}")]
    Banned {
        /// How long the ban lasts, where the exchange says it.
        retry_after: Option<Duration>,
        /// The moment at which the ban ends, where the exchange says it as a time.
        retry_at: Option<Timestamp>,
        /// What it said.
        error: ApiError,
    },
    /// Status 403: the firewall in front of the exchange turned the request away. Do not repeat it blindly.
    #[error("turned away by the exchange's firewall (status 403)")]
    Forbidden {
        /// The body, often HTML.
        body: String,
    },
    /// The request may or may not have been carried out: a 5xx status, code -1006 or -1007, or a connection
    /// that was lost after the request went out. Look at the user data stream, then query by
    /// `client_order_id`, before sending anything again.
    #[error("execution unknown: {reason}; query the order before sending it again")]
    ExecutionUnknown {
        /// The order's client id, where the request carried one.
        client_order_id: Option<Text>,
        /// The HTTP or frame status, where there was one.
        status: Option<u16>,
        /// What happened.
        reason: String,
        /// What the exchange said, where it said anything.
        error: Option<ApiError>,
    },
    /// A read failed on the exchange's side (5xx); it may be repeated.
    #[error("the exchange failed to answer (status {status})")]
    Server {
        /// The HTTP or frame status.
        status: u16,
        /// What the exchange said, if it could be read.
        error: Option<ApiError>,
        /// The body as text.
        body: String,
    },
    /// The answer is not what this client understands. The body is kept.
    #[error("an answer (status {status}) could not be decoded: {error}")]
    Decode {
        /// The HTTP or frame status.
        status: u16,
        /// Where and why.
        error: DecodeError,
        /// The body as it came.
        body: Vec<u8>,
    },
    /// The connection failed before an answer came; the operation was a read or never went out.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The request cannot be sent as it is: credentials missing or of the wrong kind, a bad address.
    #[error("{0}")]
    Unusable(String),
    /// A stream was asked for where it would stay silent for ever: the exchange sends it on connections of another
    /// route. Nothing was sent.
    #[error("stream `{stream}` {}", wrong_route(*.route, *.connection))]
    WrongRoute {
        /// The stream's name.
        stream: Text,
        /// The route that it belongs to; `None` where the product has no stream of such a name.
        route: Option<&'static str>,
        /// The route that the connection is held to, if it is held to one.
        connection: Option<&'static str>,
    },
}

fn wrong_route(route: Option<&str>, connection: Option<&str>) -> String {
    match (route, connection) {
        (Some(route), Some(connection)) => {
            format!("is on route `{route}`, and the connection is on `{connection}`")
        }
        (Some(route), None) => format!("is on route `{route}`"),
        (None, _) => "is on no route of the product".to_owned(),
    }
}

impl Error {
    /// What the exchange said, if it said anything.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error)
            | Self::PartialSuccess(error)
            | Self::RateLimited { error, .. }
            | Self::Banned { error, .. } => Some(error),
            Self::ExecutionUnknown { error, .. } | Self::Server { error, .. } => error.as_ref(),
            _ => None,
        }
    }

    /// The exchange's error code, if it sent one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.api().map(|error| error.code)
    }
}

/// A connection that failed.
#[derive(Debug, thiserror::Error)]
#[error("{action}: {source}")]
pub struct TransportError {
    /// What was being done, such as `connecting to api.binance.com`.
    pub action: String,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl TransportError {
    /// An error met while doing `action`.
    pub fn new(
        action: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            action: action.into(),
            source: source.into(),
        }
    }
}

/// Bytes that could not be decoded: where, and what was expected.
#[derive(Clone, PartialEq)]
pub struct DecodeError(Box<DecodeErrorInner>);

#[derive(Clone, PartialEq)]
struct DecodeErrorInner {
    kind: DecodeErrorKind,
    offset: usize,
    /// Innermost first; turned round for printing.
    path: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq)]
enum Segment {
    Field(Text),
    Index(usize),
}

/// What was wrong with the bytes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The input ended too early.
    UnexpectedEnd,
    /// Not JSON; what was expected at the offset.
    Syntax(&'static str),
    /// Input remains after the value.
    TrailingInput,
    /// A required field is absent.
    MissingField(&'static str),
    /// A field stands twice in one object.
    DuplicateField(&'static str),
    /// `null` where a value is promised.
    UnexpectedNull,
    /// Another type than expected; what was expected.
    WrongType(&'static str),
    /// A number that does not fit the type; the text, shortened.
    OutOfRange(Text),
    /// An array with too few elements: how many are needed at least, how many there are.
    WrongLength(usize, usize),
    /// None of the shapes that the operation can answer with.
    NoMatchingShape,
    /// Nested too deeply.
    TooDeep,
    /// Not UTF-8.
    NotUtf8,
    /// Something else, from another decoder (SBE, FIX).
    Other(String),
}

impl DecodeError {
    /// An error at a byte offset of the input.
    #[cold]
    pub fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self(Box::new(DecodeErrorInner {
            kind,
            offset,
            path: Vec::new(),
        }))
    }

    /// The same error, met inside the field `name`.
    #[cold]
    #[must_use]
    pub fn in_field(mut self, name: &str) -> Self {
        self.0.path.push(Segment::Field(name.into()));
        self
    }

    /// The same error, met inside element `index`.
    #[cold]
    #[must_use]
    pub fn in_element(mut self, index: usize) -> Self {
        self.0.path.push(Segment::Index(index));
        self
    }

    /// What was wrong.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }

    /// The byte of the input at which it was noticed.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// Where in the value, as a JSON path such as `$.fills[2].price`.
    pub fn path(&self) -> String {
        let mut path = String::from("$");
        for segment in self.0.path.iter().rev() {
            match segment {
                Segment::Field(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Segment::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedEnd => f.write_str("the input ends too early"),
            Self::Syntax(expected) => write!(f, "not valid JSON: expected {expected}"),
            Self::TrailingInput => f.write_str("there is more input after the value"),
            Self::MissingField(name) => write!(f, "field `{name}` is missing"),
            Self::DuplicateField(name) => write!(f, "field `{name}` stands twice"),
            Self::UnexpectedNull => f.write_str("null where a value is promised"),
            Self::WrongType(expected) => write!(f, "expected {expected}"),
            Self::OutOfRange(text) => write!(f, "number {text} does not fit"),
            Self::WrongLength(expected, found) => {
                write!(f, "expected at least {expected} elements, found {found}")
            }
            Self::NoMatchingShape => f.write_str("none of the documented shapes"),
            Self::TooDeep => f.write_str("nested too deeply"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {} (byte {})", self.0.kind, self.path(), self.0.offset)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl std::error::Error for DecodeError {}
