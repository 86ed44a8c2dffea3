//! The WebSocket API: requests and responses over one supervised connection, sessions, user data.

mod builder;
mod client;
mod connection;
mod exchange;
mod frame;
mod gate;
mod outcome;
mod pages;
mod reconcile;
mod request;
mod session;
mod supervisor;
mod watched;

pub use builder::ApiClientBuilder;
pub use client::{ApiClient, ApiResponse};
pub(crate) use connection::Command;
pub use frame::RateLimit;
pub(crate) use frame::error_body;
pub(crate) use request::Clock;
pub use session::SessionState;
