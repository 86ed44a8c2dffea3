//! The HTTP client against a server that the tests drive.

mod carriage;
mod common;
mod failures;
mod orders;
mod requests;
mod tls;
mod tracing;
