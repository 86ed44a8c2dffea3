#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod book;
mod books;
mod buffer;
#[cfg(feature = "driver")]
pub mod driver;
mod fetch;
mod ladder;
mod level;
mod machine;
mod rule;
mod shared;
mod update;

pub use book::{Book, Levels};
pub use books::{Books, SnapshotPace};
#[cfg(feature = "driver")]
pub use driver::{BookItem, BookProduct, BooksHandle, OrderBooks, OrderBooksBuilder};
pub use fetch::Ticket;
pub use level::{Amount, Fill, Level, NotExact, Side, Top, Volume};
pub use machine::{BookSettings, OrderBook, Outcome, Reason, Rejection, Remedy};
pub use rule::Rule;
pub use shared::SharedBook;
pub use update::{DepthSnapshot, DepthUpdate, Snapshot, Update};
