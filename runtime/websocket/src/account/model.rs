//! What the machine must know about the events and the answers of a product.

use std::fmt;

use binance_wire_core::json::List;
use binance_wire_core::{Decimal, DecodeError, Error, ErrorCode, Text, Timestamp, TransportError};

use crate::user_data::Fetching;

/// The exchange's codes for an order that it does not have, or no longer.
const NO_SUCH_ORDER: [ErrorCode; 2] = [ErrorCode(-2013), ErrorCode(-2026)];

/// An order, as the exchange identifies it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct OrderKey {
    /// The section of the account, where it has several with orders of their own (portfolio margin: UM, CM and margin, in
    /// the order of the specs). 0 otherwise.
    pub section: u8,
    /// The symbol.
    pub symbol: Text,
    /// The order id.
    pub id: i64,
}

impl OrderKey {
    /// The key of an order.
    pub fn new(section: u8, symbol: impl Into<Text>, id: i64) -> Self {
        Self {
            section,
            symbol: symbol.into(),
            id,
        }
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "order {} of {}", self.id, self.symbol)
    }
}

/// How far an order has come.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderState {
    /// The order.
    pub key: OrderKey,
    /// The quantity filled so far, where it is stated.
    pub filled: Option<Decimal>,
    /// The time of the last change, where it is stated.
    pub time: Option<Timestamp>,
    /// Whether nothing more can happen to it.
    pub closed: bool,
}

impl OrderState {
    /// The state of an order by its status, such as `PARTIALLY_FILLED`.
    pub fn new(key: OrderKey, status: &str, filled: Option<Decimal>, time: Option<Timestamp>) -> Self {
        Self {
            key,
            filled,
            time,
            closed: is_closed(status),
        }
    }

    /// Whether this state came before the other of the same order.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        if self.closed != other.closed {
            return other.closed;
        }
        match (self.filled, other.filled) {
            (Some(mine), Some(theirs)) if mine != theirs => mine < theirs,
            _ => matches!((self.time, other.time), (Some(mine), Some(theirs)) if mine < theirs),
        }
    }
}

/// Whether an order in this status is over. A status that this version does not know does not count as one.
fn is_closed(status: &str) -> bool {
    matches!(
        status,
        "FILLED" | "CANCELED" | "CANCELLED" | "REJECTED" | "EXPIRED" | "EXPIRED_IN_MATCH"
    )
}

/// A fill of an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// The trade id; below 0 where it has none, as fills by smart order routing. Such a fill is not recognized when it comes
    /// twice.
    pub trade_id: i64,
    /// The quantity.
    pub quantity: Decimal,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The state of an order, and the fill that led to it.
    Order(OrderState, Option<Fill>),
    /// New balances or positions, as of a time.
    Account(Option<Timestamp>),
    /// A fill of which the state of the order will tell again.
    Preview(OrderKey, i64),
    /// Something that no snapshot contains.
    Other,
}

impl Change {
    /// The change of an order, which is a fill where it has a quantity.
    pub fn order(state: OrderState, trade_id: Option<i64>, quantity: Option<Decimal>) -> Self {
        let fill = quantity
            .filter(|quantity| *quantity > Decimal::ZERO)
            .map(|quantity| Fill {
                trade_id: trade_id.unwrap_or(-1),
                quantity,
            });
        Self::Order(state, fill)
    }
}

/// A trade of the account, as it is fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct TradeState {
    /// The order.
    pub order: OrderKey,
    /// The fill.
    pub fill: Fill,
    /// Its place among the pages of trades.
    pub cursor: i64,
    /// The time, where it is stated.
    pub time: Option<Timestamp>,
}

/// Reads from the events and answers of a product what [`AccountSync`](super::AccountSync) needs to know. Product crates
/// implement it.
pub trait AccountModel: 'static {
    /// An event of the account.
    type Event: Send + 'static;
    /// Balances, and positions where there are any.
    type Account: Send + 'static;
    /// An order.
    type Order: Send + 'static;
    /// A trade of the account.
    type Trade: Send + 'static;

    /// The number of sections with orders of their own.
    const SECTIONS: u8 = 1;
    /// The sections whose open orders are fetched symbol by symbol, as the exchange does not list those of all. Of these, the
    /// symbols must be known from events or from the builder.
    const OPEN_BY_SYMBOL: &'static [u8] = &[];
    /// Whether trades are paged by the id that events call the trade id.
    const PAGED_BY_TRADE_ID: bool = true;
    /// The number of trades of a full page.
    const PAGE: usize = 1000;

    /// What an event says.
    fn change(event: &Self::Event) -> Change;
    /// The time of the last change that an account contains, where it is stated.
    fn account_time(account: &Self::Account) -> Option<Timestamp>;
    /// The state of an order of a section.
    fn order(section: u8, order: &Self::Order) -> OrderState;
    /// A trade of a section.
    fn trade(section: u8, trade: &Self::Trade) -> TradeState;
    /// The memory that an event takes, in bytes, about.
    fn size(event: &Self::Event) -> usize {
        size_of_val(event)
    }
}

/// Something that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// The account.
    Account,
    /// The open orders of a section.
    OpenOrders {
        /// The section.
        section: u8,
        /// The symbol, where the section is fetched symbol by symbol.
        symbol: Option<Text>,
    },
    /// An order.
    Order(OrderKey),
    /// A page of trades of a symbol, by rising id.
    Trades {
        /// The section.
        section: u8,
        /// The symbol.
        symbol: Text,
        /// The id to begin with; the last ones without it.
        from: Option<i64>,
    },
}

/// What was fetched.
pub enum Fetched<M: AccountModel + ?Sized> {
    /// The account.
    Account(M::Account),
    /// The open orders of a section.
    Orders(Vec<M::Order>),
    /// The order, or none where the exchange does not have it.
    Order(Option<M::Order>),
    /// The trades of the page.
    Trades(Vec<M::Trade>),
}

impl<M: AccountModel + ?Sized> Fetched<M> {
    /// Open orders, each made an order of the account by `wrap`.
    ///
    /// # Errors
    /// Where one of them could not be read: without it, the snapshot would be wrong.
    pub fn orders<T>(answer: List<T>, wrap: impl FnMut(T) -> M::Order) -> Result<Self, Error> {
        Ok(Self::Orders(complete(answer)?.into_iter().map(wrap).collect()))
    }

    /// A page of trades, each made a trade of the account by `wrap`.
    ///
    /// # Errors
    /// Where one of them could not be read.
    pub fn trades<T>(answer: List<T>, wrap: impl FnMut(T) -> M::Trade) -> Result<Self, Error> {
        Ok(Self::Trades(complete(answer)?.into_iter().map(wrap).collect()))
    }

    /// The answer to the query of an order: that there is no such order is an answer, too.
    ///
    /// # Errors
    /// Any other error.
    pub fn order(answer: Result<M::Order, Error>) -> Result<Self, Error> {
        match answer {
            Ok(order) => Ok(Self::Order(Some(order))),
            Err(Error::Api(error)) if NO_SUCH_ORDER.contains(&error.code) => Ok(Self::Order(None)),
            Err(error) => Err(error),
        }
    }
}

fn complete<T>(answer: List<T>) -> Result<Vec<T>, Error> {
    let unreadable =
        |error: DecodeError| TransportError::new("reading the state of the account", error.to_string());
    answer
        .complete()
        .map_err(|error| Error::Transport(unreadable(error)))
}

/// Fetches the state of an account. Product crates implement it over their clients.
pub trait AccountSource: AccountModel + Send + Sync {
    /// Fetches.
    fn fetch(&self, fetch: Fetch) -> Fetching<'_, Fetched<Self>>;
}
