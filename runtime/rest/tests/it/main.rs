//! The HTTP client against a server that the tests drive.

mod answers;
#[cfg(feature = "blocking")]
mod blocking;
mod carriage;
mod common;
mod connections;
mod failures;
mod limits;
#[cfg(feature = "metrics")]
mod metrics;
mod orders;
mod requests;
mod shutdown;
mod tls;
mod tracing;
