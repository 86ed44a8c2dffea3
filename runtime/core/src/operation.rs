//! The traits that make a request a plain value, which any transport that offers the operation can send.

use std::borrow::Cow;
use std::time::Duration;

use crate::{Decimal, DecodeError, Envelope, FromJson, Identity, InvalidRequest, List, Rules, Timestamp};

/// The security type of an operation.
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
    /// For partners: an HMAC of the exact body, in a separate header (KYC).
    Kyc,
}

/// The place of a REST request's parameters that are neither in its path nor in its headers.
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

/// The counter that an operation's weight is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitScope {
    /// The request weight of the sender's IP address.
    Ip,
    /// The request weight of the account.
    Uid,
}

/// The cost of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Request weight where the call fails.
    pub weight: u32,
    /// Request weight where the call succeeds.
    pub weight_on_success: u32,
    /// The counter that is charged.
    pub scope: LimitScope,
    /// The weight charged to the account's counter in addition; 0 for most operations, which charge one counter.
    pub uid_weight: u32,
    /// The number of unfilled orders that the call adds to the account's count.
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

/// The properties of an operation that do not depend on a request's parameters.
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
    /// The place of the parameters in a REST request.
    pub body: RequestBody,
    /// Whether `[` and `]` stay as they are, in what is signed and on the wire; otherwise they are percent-encoded as
    /// everything else is.
    pub raw_brackets: bool,
    /// The members of the answer that state whether the call succeeded, if the HTTP status alone does not.
    pub envelope: Option<&'static Envelope>,
    /// Limits of this operation, or shared with a few others, in addition to those on weight.
    pub limits: &'static [RequestLimit],
    /// The time limit of a slow operation, from the documentation.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum IntervalUnit {
    Second,
    Minute,
    Hour,
    Day,
}

/// A limit on the calls of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestLimit {
    /// The number of calls …
    pub count: u32,
    /// … per this many …
    pub interval_num: u32,
    /// … units of this kind.
    pub interval: IntervalUnit,
    /// The scope in which calls are counted.
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
    /// A list or an object, as JSON text in a query (`["A","B"]`) and as itself in a JSON body and in the WebSocket
    /// API.
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
        reason = "an alias would only move the type elsewhere"
    )]
    const SBE: Option<fn(&[u8]) -> Result<Self::Response, DecodeError>> = None;

    /// The rules that a request must obey. Clients check them before they sign and send.
    const RULES: Rules = Rules::NONE;

    /// By what the exchange knows what a mutation makes or changes: the ids that a client makes for it, and the query
    /// that finds it.
    const IDENTITY: Identity = Identity::NONE;

    /// Hands every parameter that is set to `sink`; those of the path and of headers, and credentials, excepted.
    fn write_params(&self, sink: &mut dyn ParamSink);

    /// The cost of the call with these parameters.
    fn credit(&self) -> Credit;

    /// Checks the request against [`RULES`](Self::RULES), without sending it.
    ///
    /// # Errors
    /// The first rule that the request breaks.
    fn check(&self) -> Result<(), InvalidRequest> {
        Self::RULES.check(&|sink| self.write_params(sink))
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

/// A mutation of which a query says whether it was carried out. Crates of products implement it from their specs.
pub trait Reconcile: Operation {
    /// The query.
    type Query: Operation;
}

/// The answer of an operation that returns one object for one symbol and an array otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OneOrMany<T> {
    /// A bare object.
    One(T),
    /// An array, which may be empty.
    Many(List<T>),
}

impl<T> OneOrMany<T> {
    /// All of them, as a slice.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// All of them, as a list.
    pub fn into_list(self) -> List<T> {
        match self {
            Self::One(one) => vec![one].into(),
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
