//! What every binance-wire crate stands on: exact decimals, unit-safe times, short strings that do not
//! allocate, open enums, JSON reading and writing, the error type, and the traits that make a request a value.
//!
//! This crate touches no socket and no file; the one thing that it asks the system for is the time, in
//! [`Timestamp::now`]. Generated crates and the transports depend on it, never the other way round.

#![warn(clippy::missing_errors_doc)]

pub mod calendar;
pub mod decimal;
pub mod envelope;
pub mod environment;
pub mod error;
pub mod json;
mod open_enum;
pub mod operation;
pub mod parameter;
pub mod parameters;
pub mod payload;
mod request;
#[cfg(feature = "serde")]
pub mod serde;
pub mod text;
pub mod time;

pub use decimal::Decimal;
pub use envelope::Envelope;
pub use environment::Environment;
pub use error::{
    ApiError, CallName, DecodeError, DecodeErrorKind, Error, ErrorCode, RawBody, TransportError,
};
pub use json::{Entries, FromJson, RawJson, Reader, ToJson, Writer};
pub use open_enum::{ParseValueError, ValueSet};
pub use operation::{
    Credit, HttpMethod, IntervalUnit, LimitScope, Nullable, OneOrMany, Operation, OperationInfo, ParamSink,
    RequestBody, RequestLimit, RestOperation, Security, WsApiOperation, push_path_segment,
};
pub use parameter::Parameter;
pub use parameters::{FreeParameters, ParamValue, write_bracketed};
pub use text::{Text, UnrecognizedValue};
pub use time::{TimeRangeError, TimeUnit, Timestamp};

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
/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
