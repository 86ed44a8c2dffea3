//! HTTP transport of the REST APIs: sends request values, signs them, and reads results, errors and rate limits.
//!
//! A [`Client`] takes any value that implements [`RestOperation`](binance_wire_core::RestOperation) and answers
//! with the operation's typed result or with an [`Error`](binance_wire_core::Error) that says what to do next. It
//! stands on hyper and rustls, none of which shows in its interface, and needs a tokio runtime. This crate may
//! touch the network and the clock, and nothing else: no file, no environment variable.
//!
//! ```
//! use std::time::Duration;
//!
//! use binance_wire_rest::Client;
//! use binance_wire_signing::Credentials;
//!
//! let client = Client::builder(["https://api.binance.com", "https://api1.binance.com"])
//!     .credentials(Credentials::hmac("api-key", "secret")?)
//!     .recv_window(2500)
//!     .retry_reads(3, Duration::from_secs(5))
//!     .build()?;
//! // let order = client.send(&request).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How requests are sent:
//!
//! - Parameters go into the query string for every HTTP method, which the exchange allows for nearly all operations;
//!   an operation that takes a form or a JSON body says so itself
//!   ([`OperationInfo::body`](binance_wire_core::OperationInfo::body)). What is signed is what is sent, byte for byte.
//! - Partner APIs sign body and time in headers ([`ClientBuilder::partner`]), or the body alone
//!   ([`ClientBuilder::body_key`]).
//! - Where an operation's answer comes in an [`Envelope`](binance_wire_core::Envelope), the client opens it: a refusal
//!   is [`Error::Api`](binance_wire_core::Error::Api) whatever the HTTP status below 500, and the result is what is in
//!   the envelope.
//! - HTTP/1.1 with keep-alive over a pool of connections, each of which carries one request at a time.
//! - A request that changes something is never repeated once its bytes may have gone out. It is sent again only where
//!   it is certain that it never went out: no connection could be made, or a kept connection turned out to be
//!   closed before the first byte. Reads are repeated on failure where
//!   [`retry_reads`](ClientBuilder::retry_reads) says so.
//! - A failure after the request went out is [`ExecutionUnknown`](binance_wire_core::Error::ExecutionUnknown) for
//!   a request that changes something, and [`Transport`](binance_wire_core::Error::Transport) or
//!   [`Server`](binance_wire_core::Error::Server) for a read.

#![warn(clippy::missing_errors_doc)]

mod answer;
mod builder;
mod call;
mod client;
mod connection;
mod error_body;
mod limits;
mod pool;
mod response;
mod sign;

pub use builder::ClientBuilder;
pub use client::Client;
pub use error_body::{ErrorBody, SbeFormat};
pub use limits::{IntervalUnit, RateLimitKind, RateLimitUsage, RateLimits};
pub use response::{Body, Observation, Response};
