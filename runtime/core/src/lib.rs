#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

pub mod calendar;
pub mod call_options;
mod call_watch;
pub mod decimal;
pub mod envelope;
pub mod environment;
pub mod error;
pub mod evidence;
pub mod filters;
pub mod identity;
pub mod json;
pub mod late;
mod masked;
pub mod open_enum;
pub mod operation;
pub mod order_ids;
pub mod paging;
pub mod parameter;
pub mod parameters;
pub mod payload;
pub mod percent;
mod rate_limit;
mod read_retries;
pub mod reconcile;
pub mod recv_window;
pub mod reject;
mod request;
pub mod retry;
pub mod rules;
#[cfg(feature = "serde")]
pub mod serde;
pub mod table;
pub mod text;
pub mod time;
mod transport_error;
pub mod unresolved;

pub use call_options::{CallOptions, Deadline};
pub use decimal::Decimal;
pub use envelope::Envelope;
pub use environment::{Environment, Product};
pub use error::{ApiError, CallName, DecodeError, DecodeErrorKind, Error, ErrorCode, RawBody};
pub use evidence::{Evidence, Shown};
pub use identity::{Identified, Identity, OrderRef, QueryTwin};
pub use json::{
    Entries, FromJson, List, RawJson, RawMembers, Reader, ToJson, Unreadable, UnreadableEntry, Writer,
};
pub use late::{LateAnswer, LateAnswerHook};
pub use open_enum::{ParseValueError, ValueSet};
pub use operation::{
    Credit, HttpMethod, IntervalUnit, LimitScope, Nullable, OneOrMany, Operation, OperationInfo, ParamSink,
    Reconcile, RequestBody, RequestLimit, RestOperation, Security, WsApiOperation,
};
pub use order_ids::OrderIds;
pub use paging::Paged;
pub use parameter::Parameter;
pub use parameters::{FreeParameters, ParamValue, write_bracketed};
pub use percent::push_path_segment;
pub use rate_limit::{
    ProductLimits, RateLimitKind, RateLimitRule, RateLimitUsage, ThrottleReason, Throttled,
};
pub use read_retries::{Again, ReadRetries, Repetitions, RetryBudget};
pub use reconcile::{Asked, Fate, QueryOf, ReconcilePolicy, Reconciling};
pub use recv_window::{RecvWindow, RecvWindowError};
pub use reject::reject_reason;
pub use retry::Retry;
pub use rules::{InvalidRequest, Rules};
pub use text::{Text, UnrecognizedValue};
pub use time::{TimeRangeError, TimeUnit, Timestamp};
pub use transport_error::{TransportError, TransportErrorKind};
pub use unresolved::{Sent, Unresolved};

/// With the feature `serde`: implements `Serialize` and `Deserialize` for types that implement [`ToJson`] and
/// [`FromJson`], in that form. Without it, nothing.
#[cfg(not(feature = "serde"))]
#[macro_export]
macro_rules! impl_serde {
    ($($type:ty),+ $(,)?) => {};
}

/// With the feature `serde`: implements `Serialize` and `Deserialize` for objects of [`json_object!`]; without it:
/// nothing.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! impl_serde_object {
    ($name:ident) => {};
}

/// With the feature `serde`: implements `Serialize` and `Deserialize` for requests of [`request!`]; without it: nothing.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! impl_serde_request {
    ($($table:tt)*) => {};
}
