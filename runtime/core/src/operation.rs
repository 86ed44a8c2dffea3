//! The traits that make a request a plain value, which any transport that offers the operation can send.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Decimal, DecodeError, Envelope, FromJson, Timestamp};

/// How the exchange guards an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Security {
    /// Open to everyone.
    None,
    /// Needs an API key, no signature.
    MarketData,
    /// Needs an API key; manages user data streams.
    UserStream,
    /// Reads the account.
    UserData,
    /// Places and cancels orders.
    Trade,
    /// Borrows, repays and trades on margin.
    Margin,
    /// Trades on prediction markets; signed as [`Trade`](Self::Trade) is.
    PredictionTrade,
    /// For partners: client id, access token and an RSA signature of body and time, in headers of their own
    /// (Connect, x402).
    Partner,
    /// For partners: an HMAC of the exact body, in a header of its own (KYC).
    Kyc,
}

/// Where a REST request carries the parameters that stand neither in its path nor in its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestBody {
    /// In the query string; the request has no body.
    None,
    /// In the body, as `application/x-www-form-urlencoded`; time and signature too.
    Form,
    /// In the body, as a JSON object; time and signature, where there are any, in the query string.
    Json,
}

/// An HTTP request method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum HttpMethod {
    Get,
    Post,
    Put,
    Delete,
}

impl HttpMethod {
    /// The method's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Which counter an operation's weight is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitScope {
    /// The request weight of the sender's IP address.
    Ip,
    /// The request weight of the account.
    Uid,
}

/// What one call costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Request weight where the call fails.
    pub weight: u32,
    /// Request weight where the call succeeds.
    pub weight_on_success: u32,
    /// The counter that is charged.
    pub scope: LimitScope,
    /// What is charged to the account's counter besides; 0 for most operations, which charge one counter.
    pub uid_weight: u32,
    /// How many unfilled orders the call adds to the account's count.
    pub unfilled_orders: u32,
}

impl Credit {
    /// Request weight of the IP address, and nothing else.
    pub const fn ip(weight: u32) -> Self {
        Self {
            weight,
            weight_on_success: weight,
            scope: LimitScope::Ip,
            uid_weight: 0,
            unfilled_orders: 0,
        }
    }

    /// Request weight of the account, and nothing else.
    pub const fn uid(weight: u32) -> Self {
        Self {
            scope: LimitScope::Uid,
            ..Self::ip(weight)
        }
    }

    /// With another weight where the call succeeds.
    #[must_use]
    pub const fn on_success(self, weight: u32) -> Self {
        Self {
            weight_on_success: weight,
            ..self
        }
    }

    /// With a weight of the account as well.
    #[must_use]
    pub const fn uid_weight(self, weight: u32) -> Self {
        Self {
            uid_weight: weight,
            ..self
        }
    }

    /// With unfilled orders that the call adds.
    #[must_use]
    pub const fn unfilled_orders(self, orders: u32) -> Self {
        Self {
            unfilled_orders: orders,
            ..self
        }
    }
}

/// What does not depend on a request's parameters.
#[derive(Clone, Copy, Debug)]
pub struct OperationInfo {
    /// The product's name, such as `spot`.
    pub product: &'static str,
    /// The operation's official identifier on this transport.
    pub id: &'static str,
    /// The security type.
    pub security: Security,
    /// Whether the request carries a timestamp and a signature.
    pub signed: bool,
    /// Whether the call changes something; such a call is never repeated by a transport.
    pub mutation: bool,
    /// The official documentation page.
    pub docs: &'static str,
    /// Where the REST API takes the parameters.
    pub body: RequestBody,
    /// Whether `[` and `]` stay as they are, in what is signed and on the wire; otherwise they are percent-encoded as
    /// everything else is.
    pub raw_brackets: bool,
    /// Which members of the answer say whether the call succeeded, where the HTTP status alone does not.
    pub envelope: Option<&'static Envelope>,
    /// Limits of this operation alone, or shared with a few others, besides those on weight.
    pub limits: &'static [RequestLimit],
    /// How long an answer may take, where the documentation says that it takes long.
    pub timeout: Option<Duration>,
}

impl OperationInfo {
    /// A public read with its parameters in the query; for `..OperationInfo::DEFAULT` behind what differs.
    pub const DEFAULT: Self = Self {
        product: "",
        id: "",
        security: Security::None,
        signed: false,
        mutation: false,
        docs: "",
        body: RequestBody::None,
        raw_brackets: false,
        envelope: None,
        limits: &[],
        timeout: None,
    };
}

/// The unit of a limit's interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum IntervalUnit {
    Second,
    Minute,
    Hour,
    Day,
}

/// How often an operation may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestLimit {
    /// So many calls …
    pub count: u32,
    /// … in so many …
    pub interval_num: u32,
    /// … of this unit.
    pub interval: IntervalUnit,
    /// Whose calls are counted.
    pub scope: LimitScope,
    /// The identifiers of the operations that are counted together with this one.
    pub with: &'static [&'static str],
}

/// Receives a request's parameters one by one, in the order of the documentation.
///
/// Transports implement it: a query string percent-encodes, the WebSocket API collects and sorts.
pub trait ParamSink {
    /// A text value.
    fn text(&mut self, name: &str, value: &str);
    /// An integer.
    fn integer(&mut self, name: &str, value: i64);
    /// A decimal: plain digits, never an exponent.
    fn decimal(&mut self, name: &str, value: Decimal);
    /// A decimal that JSON carries as a bare number and not as text.
    fn number(&mut self, name: &str, value: Decimal) {
        self.decimal(name, value);
    }
    /// `true` or `false`.
    fn boolean(&mut self, name: &str, value: bool);
    /// A list or an object, as JSON text in a query (`["A","B"]`) and as itself in a JSON body and in the WebSocket API.
    /// `json` is compact JSON.
    fn json(&mut self, name: &str, json: &str);
    /// A point in time, in its own unit; seconds, which such parameters do not understand, as milliseconds.
    fn timestamp(&mut self, name: &str, value: Timestamp) {
        self.integer(name, value.fine_count());
    }
}

/// A request of the exchange's API as a plain value.
pub trait Operation {
    /// The typed result.
    type Response: FromJson + Send;

    /// Decodes the response's SBE form (a whole message, header included) into the same type; `None` where the
    /// operation has no SBE form or the crate was built without it.
    #[allow(
        clippy::type_complexity,
        reason = "an alias would only move the one place where this stands"
    )]
    const SBE: Option<fn(&[u8]) -> Result<Self::Response, DecodeError>> = None;

    /// Hands every parameter that is set to `sink`; those of the path and of headers, and credentials, excepted.
    fn write_params(&self, sink: &mut dyn ParamSink);

    /// What the call costs with these parameters.
    fn credit(&self) -> Credit;

    /// The identifier under which the exchange would know this request's order, if the caller set one.
    fn client_order_id(&self) -> Option<&str> {
        None
    }
}

/// An [`Operation`] that the REST API offers.
pub trait RestOperation: Operation {
    /// Security, documentation and the like.
    const INFO: OperationInfo;
    /// The HTTP method.
    const METHOD: HttpMethod;
    /// The path as documented, placeholders included.
    const PATH: &'static str;

    /// The path with its placeholders filled.
    fn path(&self) -> Cow<'static, str> {
        Cow::Borrowed(Self::PATH)
    }

    /// Hands every parameter that is set and travels as a request header to `sink`, under the header's name. Headers
    /// are no part of what is signed.
    fn write_headers(&self, sink: &mut dyn ParamSink) {
        let _ = sink;
    }
}

/// An [`Operation`] that the WebSocket API offers.
pub trait WsApiOperation: Operation {
    /// Security, documentation and the like.
    const INFO: OperationInfo;
    /// The method's name on the wire, such as `order.place`.
    const METHOD: &'static str;
}

/// The answer of an operation that returns one object for one symbol and an array otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum OneOrMany<T> {
    /// A bare object.
    One(T),
    /// An array, which may be empty.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// All of them, as a slice.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// All of them, as a vector.
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// A value that the exchange documents as possibly `null`. A field that may also be absent is an
/// `Option<Nullable<T>>`: absent and null are different things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Nullable<T> {
    /// `null` was sent.
    #[default]
    Null,
    /// A value was sent.
    Value(T),
}

impl<T> Nullable<T> {
    /// The value, if there is one.
    pub fn as_option(&self) -> Option<&T> {
        match self {
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The value, if there is one.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<T> From<Option<T>> for Nullable<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

/// Every byte that a path segment or a query does not carry as it is: all but letters, digits and `-._~` (RFC 3986).
const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Appends a path parameter to a path, percent-encoded, so that it stays one segment whatever it holds.
pub fn push_path_segment(path: &mut String, value: &dyn fmt::Display) {
    struct Encoded<'p>(&'p mut String);

    impl fmt::Write for Encoded<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.extend(utf8_percent_encode(text, &RESERVED));
            Ok(())
        }
    }

    let start = path.len();
    // Values of parameters print without errors, and so does a `String`.
    let _ = fmt::Write::write_fmt(&mut Encoded(path), format_args!("{value}"));
    // A segment of dots alone would lead elsewhere.
    let dots = match path.get(start..) {
        Some("." | "..") => path.len() - start,
        _ => return,
    };
    path.truncate(start);
    path.extend(std::iter::repeat_n("%2E", dots));
}

#[cfg(test)]
mod path_tests {
    use super::push_path_segment;

    #[test]
    fn a_path_parameter_stays_one_segment() {
        for (text, segment) in [
            ("BTCUSDT", "BTCUSDT"),
            ("a/b?c=ü", "a%2Fb%3Fc%3D%C3%BC"),
            ("..", "%2E%2E"),
            ("", ""),
        ] {
            let mut path = String::new();
            push_path_segment(&mut path, &text);
            assert_eq!(path, segment);
        }
    }
}
