//! The generated WebSocket API client against the sandbox exchange.

mod account;
mod connection;
mod errors;
mod orders;
mod user_data;
