//! The WebSocket API client against a server that the tests drive.

#[path = "../common/mod.rs"]
mod common;

mod connection;
mod operations;
mod requests;
mod session;
