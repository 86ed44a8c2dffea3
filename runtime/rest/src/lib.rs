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
mod gate;
mod metric;
mod pages;
mod pool;
mod reconcile;
mod response;
mod sign;
mod usage;

pub use binance_wire_limits as limits;
pub use binance_wire_net::{Dial, Dialing, Duplex};
pub use builder::ClientBuilder;
pub use client::Client;
pub use error_body::{ErrorBody, SbeFormat};
pub use response::{Body, Observation, Response};
pub use usage::{IntervalUnit, RateLimitKind, RateLimitUsage, RateLimits};
