//! The WebSocket API client against a server that the tests drive.

mod connection;
mod operations;
mod orders;
mod requests;
mod session;
