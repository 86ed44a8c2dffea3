//! The generated WebSocket API client against the sandbox exchange.

mod connection;
mod errors;
mod orders;
mod user_data;
