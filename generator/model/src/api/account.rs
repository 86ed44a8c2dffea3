//! The state of an account beside its events.

use super::Location;

/// Where the state of an account is fetched, and what its events say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSnapshot {
    /// The entry of user data whose events these are; without it the only one, or those of the WebSocket API.
    pub of: Option<String>,
    /// The operations that answer with balances and positions.
    pub account: Vec<String>,
    /// The members of the first of these answers that say when it changed: the latest counts. `list.member` is that of
    /// each element.
    pub times: Vec<String>,
    /// The parts of the account with orders of their own.
    pub sections: Vec<OrderSection>,
    /// Tags of events, and what they say. Others say nothing that a snapshot contains.
    pub events: Vec<(String, EventMeaning)>,
    /// Where it stands.
    pub location: Location,
}

/// Where orders and trades of a part of an account are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSection {
    /// Its name; empty where it is the only one.
    pub name: String,
    /// The operation of open orders.
    pub open: String,
    /// The operation of one order.
    pub query: String,
    /// The operation of trades.
    pub trades: String,
    /// The member of a trade that is called the trade id in events, where it is not `id`, by which pages go.
    pub trade_id: Option<String>,
}

/// What an event says about the state of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventMeaning {
    /// The state of an order, and perhaps a fill.
    Order(OrderEvent),
    /// A fill of which an event about the order follows.
    Fill(OrderEvent),
    /// Balances or positions.
    Account {
        /// The member that says when they changed.
        time: Option<String>,
    },
}

/// An event about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// The member that has the order, where it is not the event itself.
    pub at: Option<String>,
    /// The section that the order belongs to.
    pub section: SectionChoice,
}

/// Which section an order belongs to, by its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SectionChoice {
    /// Always the same.
    Always(usize),
    /// By the value of a member of the event.
    By {
        /// The member.
        member: String,
        /// Its values, and the section that each of them means.
        values: Vec<(String, usize)>,
    },
}
