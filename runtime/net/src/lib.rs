#![doc = include_str!("../README.md")]

mod budget;
mod connector;
mod dial;
pub mod lifecycle;
mod network;
mod proxy;
mod tls;

pub use budget::ConnectBudget;
pub use connector::{BoxError, Connector};
pub use dial::{Dial, Dialing, Duplex, Stream};
pub use network::Network;
pub use proxy::Proxy;
