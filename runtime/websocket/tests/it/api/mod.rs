//! The WebSocket API client against a server that the tests drive.

mod connection;
pub(crate) mod operations;
mod requests;
mod session;
