//! The WebSocket clients against a server that the tests drive.

mod api;
mod common;
#[cfg(feature = "metrics")]
mod metrics;
mod overflow;
mod people;
mod recv_window;
mod routes;
mod streams;
mod takeover;
mod topics;
mod user_data;
