//! Streams: live subscriptions over supervised connections.

pub(crate) mod builder;
pub(crate) mod client;
mod connection;
mod frame;
mod outbox;
pub(crate) mod pool;
mod rules;
mod supervisor;
mod topics;

pub use builder::StreamClientBuilder;
pub use client::StreamClient;
pub(crate) use frame::stream_of;
pub use rules::{Route, StreamRules};
