//! Credentials and request signing: HMAC, RSA and Ed25519.
//!
//! [`Credentials`] hold an API key and its secret half. Each transport has its canonical form of what is
//! signed, and each form has one encoder that yields both the bytes that are signed and the bytes that are
//! sent, so that the two cannot drift apart:
//!
//! - [`query`]: REST. Percent-encoded, in the order sent, query then body without a separator.
//! - [`json_body`]: parameters as a JSON object, for the operations that take them so.
//! - [`ws_api`]: the WebSocket API. Sorted by name and raw; the JSON carries the very same value texts.
//! - [`fix`]: the FIX Logon message. Five header fields joined by SOH.
//! - [`partner`]: the partner APIs. The exact body, with or without a time after it.
//!
//! This crate touches no socket and no clock; times are parameters that its callers add. It reads the environment and
//! files where a constructor of [`Credentials`] is asked to. Secrets are wiped from memory when the last clone goes, and are never printed.

#![warn(clippy::missing_errors_doc)]

pub mod credentials;
pub mod fix;
pub mod json_body;
mod key;
mod number;
pub mod partner;
pub mod query;
pub mod recv_window;
pub mod ws_api;

pub use credentials::{Credentials, KeyType, SignError};
pub use json_body::JsonBody;
pub use key::CredentialsError;
pub use partner::PartnerCredentials;
pub use query::QueryEncoder;
pub use recv_window::{RecvWindow, RecvWindowError};
pub use ws_api::WsApiParams;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
