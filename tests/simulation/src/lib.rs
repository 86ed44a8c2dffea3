#![doc = include_str!("../README.md")]

mod clock;
mod desk;
mod feed;
mod ledger;
pub mod memory;
mod network;
mod plan;
mod report;
mod run;
mod storm;
mod trace;

pub use plan::Settings;
pub use report::{Figures, Report};
pub use run::{Violation, run};

/// Where the simulated exchange offers its REST API.
pub(crate) const REST_HOST: &str = "rest.exchange.test";
/// Where it offers its WebSocket API.
pub(crate) const API_HOST: &str = "api.exchange.test";
/// Where it sends its streams.
pub(crate) const STREAM_HOST: &str = "streams.exchange.test";
/// The symbol that is traded.
pub(crate) const SYMBOL: &str = "BTCUSDT";
/// The account of the built-in HMAC key, which the bot trades for.
pub(crate) const BOT: u64 = 1;
/// The account of everyone else.
pub(crate) const MARKET: u64 = 9;
