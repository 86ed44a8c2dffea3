#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod account;
mod builder;
mod catalog;
mod clock;
mod control;
mod depth;
mod embedded;
mod error;
mod exchange;
mod faults;
mod futures;
mod happen;
mod http;
mod limits;
mod listen_keys;
mod market;
mod params;
mod record;
mod rest;
mod sbe;
mod server;
mod signature;
mod spot;
mod state;
mod streams;
mod tls;
mod websocket;
mod ws_api;

pub use account::{KeyError, keys};
pub use builder::Builder;
pub use depth::{Delivery, DepthChange, DepthState, LevelUnits};
pub use embedded::OrderSide;
pub use exchange::{Exchange, Key, StartError};
pub use faults::{Cut, Fault, FaultName, Incoming, Injection, UnknownFault};
pub use record::{
    BookView, Breaches, Counts, FillView, OrderView, ReceivedFrame, ReceivedPong, ReceivedRequest,
};
pub use tls::CertificateError;
