//! Everything that is returned in addition to the typed result.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use binance_wire_core::OperationInfo;
use bytes::Bytes;
use http::HeaderMap;

use crate::RateLimits;

/// A typed result together with what the answer said around it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response<T> {
    /// The result.
    pub value: T,
    /// The HTTP status.
    pub status: u16,
    /// The message in the answer's envelope, where the operation has one and it says something. What else stands in
    /// the envelope is in [`body`](Self::body).
    pub message: Option<String>,
    /// The rate-limit counters after this request.
    pub limits: RateLimits,
    /// The time to wait before the next request, if the answer states it.
    pub retry_after: Option<Duration>,
    /// Whether the answer warns that the SBE schema version asked for is deprecated.
    pub sbe_deprecated: bool,
    /// The duration of the call, from the first byte prepared to the last byte read.
    pub latency: Duration,
    /// The body as it came.
    pub body: Body,
    pub(crate) headers: Headers,
}

impl<T> Response<T> {
    /// The value of a header, by its name in any case; `None` if it is absent or not visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.0.get(name)?.to_str().ok()
    }

    /// The same answer with another value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Response<U> {
        Response {
            value: convert(self.value),
            status: self.status,
            message: self.message,
            limits: self.limits,
            retry_after: self.retry_after,
            sbe_deprecated: self.sbe_deprecated,
            latency: self.latency,
            body: self.body,
            headers: self.headers,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Headers(pub(crate) HeaderMap);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The bytes of an answer's body. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Body(pub(crate) Bytes);

impl Body {
    /// The bytes in a vector, copied only where someone else holds them too.
    pub fn into_vec(self) -> Vec<u8> {
        self.0.into()
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.0.len())
    }
}

/// A report of one answer or failure, for an observer. See
/// [`ClientBuilder::observe`](crate::ClientBuilder::observe).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Observation {
    /// The operation.
    pub operation: &'static OperationInfo,
    /// The HTTP status.
    pub status: u16,
    /// The rate-limit counters.
    pub limits: RateLimits,
    /// The time to wait before the next request, if the answer states it.
    pub retry_after: Option<Duration>,
    /// The duration of this attempt, including the wait for a connection.
    pub latency: Duration,
}
