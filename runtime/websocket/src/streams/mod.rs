//! Streams: live subscriptions over one supervised connection.

mod builder;
mod client;
mod connection;
mod frame;
mod supervisor;

pub use builder::StreamClientBuilder;
pub use client::StreamClient;
