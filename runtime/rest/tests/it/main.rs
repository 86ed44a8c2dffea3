//! The HTTP client against a server that the tests drive.

#[cfg(feature = "blocking")]
mod blocking;
mod carriage;
mod common;
mod failures;
#[cfg(feature = "metrics")]
mod metrics;
mod orders;
mod requests;
mod shutdown;
mod tls;
mod tracing;
