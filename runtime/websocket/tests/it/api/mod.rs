//! The WebSocket API client against a server that the tests drive.

mod connection;
mod limits;
pub(crate) mod operations;
mod orders;
mod requests;
mod retries;
mod session;
mod setup;
mod takeover;
