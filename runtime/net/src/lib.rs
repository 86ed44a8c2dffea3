#![doc = include_str!("../README.md")]

mod connector;
mod proxy;
mod tls;

pub use connector::{BoxError, Connector};
pub use proxy::{Proxy, ProxyChoice};
pub use tls::client_config;
