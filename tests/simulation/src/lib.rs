#![doc = include_str!("../README.md")]

mod books;
mod clock;
mod desk;
mod feed;
mod ledger;
mod limits;
mod market;
pub mod memory;
mod mirror;
mod network;
mod office;
mod plan;
mod portfolio;
mod report;
mod run;
mod storm;
mod trace;
mod world;

pub use plan::{Break, Settings};
pub use report::{Figures, Report};
pub use run::{Violation, run};

/// Where the simulated exchange offers its REST API.
///
/// Hosts of a testnet are one system to a limiter.
pub(crate) const REST_HOST: &str = "rest.testnet.exchange.test";
/// Where it offers its WebSocket API.
pub(crate) const API_HOST: &str = "api.testnet.exchange.test";
/// Where it sends its streams.
pub(crate) const STREAM_HOST: &str = "streams.testnet.exchange.test";
/// The symbols that are traded; the first two by the bot.
pub(crate) const SYMBOLS: [&str; 3] = ["BTCUSDT", "ETHUSDT", "LTCBTC"];
/// The account of the built-in HMAC key, which the bot trades for.
pub(crate) const BOT: u64 = 1;
/// The account of everyone else.
pub(crate) const MARKET: u64 = 9;
