#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod account;
mod api;
mod clock;
mod event_stream;
mod gate;
mod handover;
mod in_flight;
mod item;
mod lease;
mod metric;
mod overflow;
mod overlap;
mod pacer;
mod queue;
mod results;
mod socket;
mod streams;
mod subscriptions;
mod url;
mod user_data;
mod watch;

pub use binance_wire_limits as limits;
pub use binance_wire_net::lifecycle::ReconnectPolicy;
pub use binance_wire_net::{ConnectBudget, Dial, Dialing, Duplex};

#[doc(hidden)]
pub use account::account_source;
pub use account::{
    AccountBuilder, AccountModel, AccountSource, AccountSync, Action, Change, Doubt, Fetch, Fetched, Fill,
    GapCause, OrderKey, OrderState, Snapshot, SyncPolicy, Ticket, TradeState, UserData, UserDataItem,
};
pub use api::{ApiClient, ApiClientBuilder, ApiResponse, RateLimit, SessionState};
pub use event_stream::{BinaryDecoder, EventStream, TextDecoder};
pub use item::{GapReason, StreamItem};
pub use queue::Overflow;
pub use results::{Interruption, Results};
pub use streams::{Route, StreamClient, StreamClientBuilder, StreamRules};
pub use user_data::{Fetching, ListenKeys, ListenToken, ListenTokens, UserDataBuilder};
