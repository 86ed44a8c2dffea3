//! What your own server offers to Binance: operations that Binance calls, and webhooks that it posts.
//!
//! Generated crates bring a trait for what is called and a type for what is posted; this crate is what stands between
//! them and HTTP. Bytes and headers go in, status, headers and bytes come out, so any web framework will do:
//!
//! - [`Server`] answers the operations of a [`Contract`]: it finds the operation, reads its arguments, asks your
//!   handler within the documented time, puts the answer into the documented envelope, and gives a repeated request
//!   the answer of the first where the documentation asks for it ([`IdempotencyStore`]).
//! - [`webhook::Receiver`] verifies posts over their raw bytes before anything is parsed ([`webhook::Verifier`]), and
//!   hands the event to your handler.
//! - Both are an [`Endpoint`]; feature `tower` makes a `tower_service::Service` of one ([`EndpointService`]), feature
//!   `axum` a `Router` ([`router`]).
//! - [`x402`] makes the answer that asks for a payment (HTTP 402), and describes a resource that is paid for.
//!
//! This crate opens no socket and ends no TLS: the server that it stands in does. It may use binance-wire's values and
//! signatures, tokio's clock and tasks, and nothing of a product.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(clippy::missing_errors_doc)]

mod arguments;
#[cfg(feature = "axum")]
mod axum_router;
mod contract;
mod endpoint;
mod idempotency;
mod memory;
mod refusal;
mod server;
#[cfg(feature = "tower")]
mod service;
mod settings;
pub mod webhook;
pub mod x402;

#[cfg(feature = "axum")]
pub use axum_router::router;
pub use bytes::Bytes;
pub use contract::{
    Argument, ArgumentKind, Arguments, Contract, Envelope, Operation, RefusalForm, RefusalForms,
};
pub use endpoint::{BoxFuture, Endpoint};
pub use http;
pub use idempotency::{Claim, IdempotencyKey, IdempotencyStore, StoreError};
pub use memory::MemoryStore;
pub use refusal::{Refusal, RefusalKind};
pub use server::{Call, Dispatch, Server, call};
#[cfg(feature = "tower")]
pub use service::EndpointService;
pub use settings::{ServerBuilder, SettingsError};
