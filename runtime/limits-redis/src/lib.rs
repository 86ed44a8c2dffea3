#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod settings;
mod store;

pub use settings::RedisStoreBuilder;
pub use store::RedisStore;
