//! Errors, and what to do about them.

use std::fmt;
use std::time::Duration;

use crate::masked::masked;
use crate::{
    FromJson, InvalidRequest, RawJson, Retry, Text, Throttled, Timestamp, TransportError, TransportErrorKind,
    Unresolved,
};

/// A numeric error code of the exchange. Product crates name the documented ones as constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(pub i32);

impl ErrorCode {
    /// Of a cancellation and the new order that was to replace it, one was carried out. Futures refuse orders that would be
    /// triggered at once with the same code, and status 400.
    pub const CANCEL_REPLACE_PARTIALLY_FAILED: Self = Self(-2021);

    /// Whether the exchange says by it that it does not know itself whether it carried the request out:
    /// `UNEXPECTED_RESP`, `TIMEOUT`.
    pub const fn is_unknown_execution(self) -> bool {
        matches!(self.0, -1006 | -1007)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The exchange's refusal of a request.
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
    /// The documented name of the code, such as `NEW_ORDER_REJECTED`.
    pub code_name: Option<&'static str>,
    /// The call that was refused.
    pub call: Option<Box<CallName>>,
}

/// The call that an error belongs to. Prints as `newOrder (POST /api/v3/order)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallName {
    /// The operation's official identifier.
    pub operation: &'static str,
    /// The HTTP method, or the method of the WebSocket API.
    pub method: &'static str,
    /// The path as documented; empty on the WebSocket API.
    pub path: &'static str,
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            method,
            path,
        } = self;
        match path.is_empty() {
            true => write!(f, "{operation} ({method})"),
            false => write!(f, "{operation} ({method} {path})"),
        }
    }
}

/// The call in front of an error's text, where it is known.
pub(crate) fn of(call: &Option<Box<CallName>>) -> String {
    call.as_ref().map_or_else(String::new, |call| format!("{call}: "))
}

/// The body of an answer that is no result. It is printed as text, with `***` in place of what may be a secret, such as the
/// `secretKey` of a new API key, or the key and signature of the request in the page of a proxy; the bytes themselves are as they
/// came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RawBody(Vec<u8>);

impl RawBody {
    /// The bytes.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl std::ops::Deref for RawBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<B: AsRef<[u8]> + ?Sized> PartialEq<B> for RawBody {
    fn eq(&self, other: &B) -> bool {
        self.0 == other.as_ref()
    }
}

impl From<String> for RawBody {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<&str> for RawBody {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<Vec<u8>> for RawBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// As text; bytes that are not UTF-8 become U+FFFD.
impl fmt::Display for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&String::from_utf8_lossy(&self.0)))
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&masked(&String::from_utf8_lossy(&self.0)), f)
    }
}

impl ApiError {
    /// Returns `true` where the exchange sent no code, or 0.
    pub fn is_without_code(&self) -> bool {
        self.code == ErrorCode(0) && self.code_text.is_none()
    }

    /// The error's `data` as a type, where the operation documents one.
    pub fn data_as<T: FromJson>(&self) -> Option<Result<T, DecodeError>> {
        self.data.as_ref().map(|raw| crate::json::from_str(raw.as_str()))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            code,
            code_text,
            message,
            code_name,
            ..
        } = self;
        let number = code.to_string();
        let code = code_text.as_deref().unwrap_or(&number);
        match code_name {
            Some(name) => write!(f, "{name} ({code}): {message} (status {status})"),
            None if self.is_without_code() => write!(f, "{message} (status {status})"),
            None => write!(f, "{message} (code {code}, status {status})"),
        }
    }
}

/// The reason why a call has no result, by what the caller should do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The exchange refused the request; nothing was done. Correct the request.
    #[error("{}the exchange refused the request: {}", of(&.0.call), .0)]
    Api(ApiError),
    /// Status 409, or status 429 with code -2021: part of the request was carried out. `data` of the error has the
    /// sub-results.
    #[error("{}the request was carried out in part: {error}", of(&error.call))]
    PartialSuccess {
        /// As of [`RateLimited`](Self::RateLimited): the part that failed may have exceeded a limit.
        retry_after: Option<Duration>,
        /// As of [`RateLimited`](Self::RateLimited).
        retry_at: Option<Timestamp>,
        /// The exchange's error.
        error: Box<ApiError>,
    },
    /// Status 429. Send nothing before [`wait`](Self::wait) is over; insisting leads to a ban.
    #[error("{}rate limited: {error}", of(&error.call))]
    RateLimited {
        /// The time to wait, if the exchange states it (`Retry-After`).
        retry_after: Option<Duration>,
        /// The moment until which to wait, where the exchange says it as a time: in the text, in the data, or as a
        /// date in `Retry-After`. The latest of them.
        retry_at: Option<Timestamp>,
        /// The exchange's error.
        error: Box<ApiError>,
    },
    /// Status 418: the address is banned. Send nothing at all before the time named.
    #[error("{}banned: {error}", of(&error.call))]
    Banned {
        /// The time until the ban ends, if the exchange states it.
        retry_after: Option<Duration>,
        /// The moment at which the ban ends, where the exchange says it as a time, most often in the text. The latest
        /// of those stated.
        retry_at: Option<Timestamp>,
        /// The exchange's error.
        error: Box<ApiError>,
    },
    /// Status 403 without an error of the exchange: the firewall in front of it turned the request away. Do not repeat
    /// it blindly.
    #[error("{}turned away by the exchange's firewall (status 403)", of(call))]
    Forbidden {
        /// The body, often HTML.
        body: RawBody,
        /// The call that was turned away.
        call: Option<Box<CallName>>,
    },
    /// The request may or may not have been carried out: a 5xx status, code -1006 or -1007, an answer of any status that
    /// cannot be read, or a connection that was lost after the request went out. Before sending anything again, have the
    /// client's `reconcile` find out what became of it, or query by `client_order_id`. Futures document 503 with code -1008 as a failure, but such
    /// orders have been filled; `error` has the code for those who rely on the documentation.
    #[error(
        "{}execution unknown: {reason}; find out whether it took effect before sending it again",
        of(call)
    )]
    ExecutionUnknown {
        /// The client id by which the order can be found now: the caller's, or the one that the client made. After a
        /// change of an order that gives it another id, this is the new one.
        client_order_id: Option<Text>,
        /// The HTTP or frame status, where there was one.
        status: Option<u16>,
        /// The failure.
        reason: String,
        /// The exchange's error, if it sent one.
        error: Option<Box<ApiError>>,
        /// The answer that could not be understood; empty where there was none.
        body: RawBody,
        /// The call whose fate is unknown.
        call: Option<Box<CallName>>,
        /// What is needed to find out.
        unresolved: Option<Box<Unresolved>>,
    },
    /// A read failed on the exchange's side (5xx); it may be repeated.
    #[error(
        "{}the exchange failed to answer (status {status}){}",
        of(call),
        because(error)
    )]
    Server {
        /// The HTTP or frame status.
        status: u16,
        /// The exchange's error, if it could be read.
        error: Option<Box<ApiError>>,
        /// The body as it came.
        body: RawBody,
        /// The call that failed.
        call: Option<Box<CallName>>,
    },
    /// The answer to a read is not what this client understands. The body is kept. Of a request that changes something,
    /// such an answer is [`ExecutionUnknown`](Self::ExecutionUnknown).
    #[error("{}an answer (status {status}) could not be decoded: {error}", of(call))]
    Decode {
        /// The HTTP or frame status.
        status: u16,
        /// The place and the reason.
        error: DecodeError,
        /// The body as it came.
        body: RawBody,
        /// The call that was answered.
        call: Option<Box<CallName>>,
    },
    /// The connection failed before an answer came; the operation was a read or never went out.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The request cannot be sent as it is: credentials missing or of the wrong kind, a bad address.
    #[error("{0}")]
    Unusable(String),
    /// What was fetched page by page may lack elements: the pages that the exchange offers cannot reach them, or the list
    /// changed while it was read. The pages that follow can be fetched all the same.
    #[error("a history may lack elements: {0}")]
    Incomplete(String),
    /// The request breaks a rule of its operation. Nothing was sent. A client with `check_requests(false)` does not
    /// check rules.
    #[error("{}the request was not sent: {}", of(&.0.call), .0)]
    InvalidRequest(Box<InvalidRequest>),
    /// A limiter kept the request back, because the exchange would have refused it or one of those after it. Nothing was
    /// sent; [`wait`](Self::wait) says when it can be.
    #[error("{}the limiter kept the request back: {}", of(&.0.call), .0)]
    Throttled(Box<Throttled>),
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

/// The exchange's reason, behind a statement, where it gave one.
fn because(error: &Option<Box<ApiError>>) -> String {
    error
        .as_ref()
        .map_or_else(String::new, |error| format!(": {error}"))
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
    /// The exchange's error, if it sent one.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            Self::PartialSuccess { error, .. }
            | Self::RateLimited { error, .. }
            | Self::Banned { error, .. } => Some(error.as_ref()),
            Self::ExecutionUnknown { error, .. } | Self::Server { error, .. } => error.as_deref(),
            _ => None,
        }
    }

    /// The time to wait at `now` before the next request, where a limit or a ban states one: the longer of `retry_after`
    /// and what remains until `retry_at`.
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::PartialSuccess {
                retry_after,
                retry_at,
                ..
            }
            | Self::RateLimited {
                retry_after,
                retry_at,
                ..
            }
            | Self::Banned {
                retry_after,
                retry_at,
                ..
            } => Retry {
                after: *retry_after,
                at: *retry_at,
            }
            .wait(now),
            Self::Throttled(throttled) => Retry {
                after: None,
                at: throttled.until,
            }
            .wait(now),
            _ => None,
        }
    }

    /// The variant's name in lower case, such as `rate_limited`: for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Api(_) => "api",
            Self::PartialSuccess { .. } => "partial_success",
            Self::RateLimited { .. } => "rate_limited",
            Self::Banned { .. } => "banned",
            Self::Forbidden { .. } => "forbidden",
            Self::ExecutionUnknown { .. } => "execution_unknown",
            Self::Server { .. } => "server",
            Self::Decode { .. } => "decode",
            Self::Transport(_) => "transport",
            Self::Unusable(_) => "unusable",
            Self::Incomplete(_) => "incomplete",
            Self::InvalidRequest(_) => "invalid_request",
            Self::Throttled(_) => "throttled",
            Self::WrongRoute { .. } => "wrong_route",
        }
    }

    /// The HTTP status, or the `status` of a WebSocket API frame, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Forbidden { .. } => Some(403),
            Self::Server { status, .. } | Self::Decode { status, .. } => Some(*status),
            Self::ExecutionUnknown { status, .. } => *status,
            _ => self.api().map(|error| error.status),
        }
    }

    /// What is needed to find out the fate of the request, where it is unknown.
    pub fn unresolved(&self) -> Option<&Unresolved> {
        match self {
            Self::ExecutionUnknown { unresolved, .. } => unresolved.as_deref(),
            _ => None,
        }
    }

    /// Returns `true` where the request was not sent because its deadline had passed.
    pub fn is_past_deadline(&self) -> bool {
        self.is_transport(TransportErrorKind::PastDeadline)
    }

    /// Returns `true` where nothing was sent because the client has been shut down or closed: no later attempt will be.
    pub fn is_shut_down(&self) -> bool {
        self.is_transport(TransportErrorKind::ShutDown)
    }

    fn is_transport(&self, kind: TransportErrorKind) -> bool {
        matches!(self, Self::Transport(error) if error.kind == kind)
    }

    /// The exchange's error code, if it sent one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.api().map(|error| error.code)
    }

    /// The call that went wrong, where the error belongs to one.
    pub fn call(&self) -> Option<CallName> {
        match self {
            Self::Forbidden { call, .. }
            | Self::ExecutionUnknown { call, .. }
            | Self::Server { call, .. }
            | Self::Decode { call, .. } => call.as_deref().copied(),
            Self::Transport(error) => error.call.as_deref().copied(),
            Self::InvalidRequest(error) => error.call.as_deref().copied(),
            Self::Throttled(throttled) => throttled.call.as_deref().copied(),
            _ => self.api().and_then(|error| error.call.as_deref().copied()),
        }
    }

    /// The error of a mutation of which nobody knows whether it was carried out. For transports.
    pub fn execution_unknown(
        unresolved: Unresolved,
        status: Option<u16>,
        reason: String,
        error: Option<ApiError>,
        body: impl Into<RawBody>,
    ) -> Self {
        Self::ExecutionUnknown {
            client_order_id: unresolved.client_order_id().cloned(),
            status,
            reason,
            error: error.map(Box::new),
            body: body.into(),
            call: None,
            unresolved: Some(Box::new(unresolved)),
        }
    }

    /// The error of an answer that cannot be read: what a mutation was to change may have been changed. `unresolved` is the
    /// mutation, where it is one. For transports.
    pub fn undecodable(
        unresolved: Option<Unresolved>,
        status: u16,
        body: impl Into<RawBody>,
        error: DecodeError,
    ) -> Self {
        match unresolved {
            Some(unresolved) => {
                let reason = format!("the answer (status {status}) could not be decoded: {error}");
                Self::execution_unknown(unresolved, Some(status), reason, None, body)
            }
            None => Self::Decode {
                status,
                error,
                body: body.into(),
                call: None,
            },
        }
    }

    /// The same error with the name of the call, and of the exchange's code where `code_name` knows it. For transports.
    #[must_use]
    pub fn of_call(mut self, name: CallName, code_name: fn(ErrorCode) -> Option<&'static str>) -> Self {
        match &mut self {
            Self::Forbidden { call, .. }
            | Self::ExecutionUnknown { call, .. }
            | Self::Server { call, .. }
            | Self::Decode { call, .. } => *call = Some(Box::new(name)),
            Self::Transport(error) => error.call = Some(Box::new(name)),
            Self::Throttled(throttled) => throttled.call = Some(Box::new(name)),
            Self::InvalidRequest(error) => {
                error.call = Some(Box::new(name));
                error.code_name = error.code.and_then(code_name);
            }
            _ => {}
        }
        let api = match &mut self {
            Self::Api(error) => Some(error),
            Self::PartialSuccess { error, .. }
            | Self::RateLimited { error, .. }
            | Self::Banned { error, .. } => Some(error.as_mut()),
            Self::ExecutionUnknown { error, .. } | Self::Server { error, .. } => error.as_deref_mut(),
            _ => None,
        };
        if let Some(error) = api {
            error.call = Some(Box::new(name));
            error.code_name = code_name(error.code);
        }
        self
    }
}

/// Bytes that could not be decoded: where, and what was expected.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DecodeError(Box<DecodeErrorInner>);

#[derive(Clone, PartialEq, Eq, Hash)]
struct DecodeErrorInner {
    kind: DecodeErrorKind,
    offset: usize,
    /// Innermost first; turned round for printing.
    path: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Segment {
    Field(Text),
    Index(usize),
}

/// The kind of a decoding error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// A field occurs twice in one object.
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

    /// The kind of the error.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }

    /// The byte of the input at which it was noticed.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// The place in the value, as a JSON path such as `$.fills[2].price`.
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
            Self::DuplicateField(name) => write!(f, "field `{name}` occurs twice"),
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
