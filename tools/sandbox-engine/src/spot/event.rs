//! What happened, in the order in which it happened.

use crate::Fixed;
use crate::book::{Change, OrderId};

use super::AccountId;
use super::account::Balance;
use super::order::{Fill, Order, OrderList, PreventedMatch};
use super::tape::Trade;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// An order changed, for its account.
    Execution(Box<Execution>),
    /// An order list changed, for its account.
    List(Box<OrderList>),
    /// Balances may have changed, for their account.
    Position {
        /// The account.
        account: AccountId,
        /// The assets concerned.
        balances: Vec<(String, Balance)>,
        /// When, in microseconds.
        time_us: i64,
    },
    /// An asset came into the account or left it.
    BalanceUpdate {
        /// The account.
        account: AccountId,
        /// The asset.
        asset: String,
        /// The change.
        delta: Fixed,
        /// When, in microseconds.
        time_us: i64,
    },
    /// A trade, for everybody.
    Trade {
        /// Its symbol.
        symbol: String,
        /// The trade.
        trade: Trade,
    },
    /// Levels of a book changed, for everybody.
    Depth {
        /// Its symbol.
        symbol: String,
        /// The levels.
        change: Change,
        /// When, in microseconds.
        time_us: i64,
    },
    /// A best level of a book changed, for everybody.
    BookTicker {
        /// Its symbol.
        symbol: String,
    },
}

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutionType {
    /// Accepted, or working since now.
    New,
    /// Ended by its user.
    Canceled,
    /// Amended.
    Replaced,
    /// Refused after it was accepted as part of a list.
    Rejected,
    /// Executed.
    Trade,
    /// Ended by a rule.
    Expired,
    /// Touched by self-trade prevention.
    TradePrevention,
}

impl ExecutionType {
    /// The exchange's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            ExecutionType::New => "NEW",
            ExecutionType::Canceled => "CANCELED",
            ExecutionType::Replaced => "REPLACED",
            ExecutionType::Rejected => "REJECTED",
            ExecutionType::Trade => "TRADE",
            ExecutionType::Expired => "EXPIRED",
            ExecutionType::TradePrevention => "TRADE_PREVENTION",
        }
    }
}

/// A report on an order.
#[derive(Clone, Debug)]
pub struct Execution {
    /// The order after it.
    pub order: Order,
    /// What it is about.
    pub kind: ExecutionType,
    /// The execution, of a trade.
    pub fill: Option<Fill>,
    /// The prevented match, with the order on the other side of it.
    pub prevented: Option<(PreventedMatch, OrderId)>,
    /// The user's name for the request, of a cancellation; of an amendment, the name for the order before it.
    pub other_client_id: Option<String>,
    /// Why it was rejected.
    pub reject_reason: Option<&'static str>,
    /// Its number.
    pub execution_id: i64,
    /// When, in microseconds.
    pub time_us: i64,
}
