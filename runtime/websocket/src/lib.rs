//! WebSocket transport: the WebSocket API and the streams, over connections that look after themselves.
//!
//! - [`ApiClient`] sends request values ([`WsApiOperation`](binance_wire_core::WsApiOperation)) and matches
//!   responses by id; it signs each request or logs a session on, and carries user data subscriptions.
//! - [`StreamClient`] subscribes to streams while they run; what comes is decoded once, straight into the
//!   caller's type, and arrives in an [`EventStream`].
//!
//! - [`UserDataBuilder`] opens the account's events with a listen key or a listen token, and renews that.
//!
//! Each connection is read by one task. It answers pings, notices silence, makes a lost
//! connection again with growing, jittered delays, and replaces a connection before the exchange cuts it: after
//! 23½ hours, or when `serverShutdown` announces it. Subscriptions and logons are renewed without being asked
//! for, and the break is told in-band as [`StreamItem`]s. Queues are bounded; [`Overflow`] says what happens when
//! one is full.
//!
//! Protocol logic is free of input and output: subscriptions, requests in flight, pacing and reconnection are
//! state machines in modules of their own, tested without a socket. This crate touches the network and the
//! clock, nothing else; the WebSocket and TLS libraries beneath it do not show in its interface.

#![warn(clippy::missing_errors_doc)]

mod api;
mod event_stream;
mod in_flight;
mod item;
mod lease;
mod overlap;
mod pacer;
mod queue;
mod reconnect;
mod socket;
mod streams;
mod subscriptions;
mod tls;
mod url;
mod user_data;

pub use api::{ApiClient, ApiClientBuilder, ApiResponse, RateLimit, SessionState};
pub use event_stream::{BinaryDecoder, EventStream, TextDecoder};
pub use item::{GapReason, StreamItem};
pub use queue::Overflow;
pub use reconnect::ReconnectPolicy;
pub use streams::{Route, StreamClient, StreamClientBuilder, StreamRules};
pub use user_data::{Fetching, ListenKeys, ListenToken, ListenTokens, UserDataBuilder};
