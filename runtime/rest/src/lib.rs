#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod answer;
mod attempt;
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod call;
mod client;
mod connection;
mod error_body;
mod limits;
mod metric;
mod pages;
mod pool;
mod reconcile;
mod response;
mod sign;

pub use binance_wire_net::{Dial, Dialing, Duplex};
pub use builder::ClientBuilder;
pub use client::Client;
pub use error_body::{ErrorBody, SbeFormat};
pub use limits::{IntervalUnit, RateLimitKind, RateLimitUsage, RateLimits};
pub use response::{Body, Observation, Response};
