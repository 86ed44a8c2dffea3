//! The WebSocket API client against a server that the tests drive.

mod connection;
pub(crate) mod operations;
mod orders;
mod requests;
mod session;
