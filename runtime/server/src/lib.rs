#![doc = include_str!("../README.md")]
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
