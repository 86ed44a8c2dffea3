#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

pub mod credentials;
pub mod fix;
pub mod json_body;
mod key;
mod number;
pub mod partner;
pub mod query;
pub mod ws_api;

pub use credentials::{Credentials, KeyType, SignError};
pub use json_body::JsonBody;
pub use key::CredentialsError;
pub use partner::PartnerCredentials;
pub use query::QueryEncoder;
pub use ws_api::WsApiParams;

// A value of requests, which those who sign know here.
pub use binance_wire_core::recv_window::{self, RecvWindow, RecvWindowError};
