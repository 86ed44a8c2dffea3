//! A market maker for one symbol, small enough to be read in one go: it quotes both sides of the book, follows its
//! orders, and keeps a ledger.
//!
//! It is here to be read by a program: lines that use what a change of the API touches end in a comment `uses: …`, and
//! the test of the search compares them with what it finds. Everything is written as a user would; nothing is there
//! to please the search.

pub mod desk;
pub mod errors;
pub mod ledger;
pub mod market;
pub mod orders;

/// What every module of the bot needs.
pub mod prelude {
    pub use binance::models::{self, Order, OrderStatus as Status};
    pub use binance::{Decimal, Error, Side, dec};

    /// What the exchange says about an order of ours.
    pub type Report = models::ExecutionReport;
}
