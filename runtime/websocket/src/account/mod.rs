//! User data with snapshots: one kind of stream for the accounts of every product.

mod item;
mod known;
mod model;
mod recovery;
mod retry;
mod stream;
mod sync;
mod table;

pub use item::{Doubt, GapCause, Snapshot, UserDataItem};
pub use model::{
    AccountModel, AccountSource, Change, Fetch, Fetched, Fill, OrderKey, OrderState, TradeState,
};
pub use stream::{AccountBuilder, UserData};
pub use sync::{AccountSync, Action, SyncPolicy, Ticket};
#[doc(hidden)]
pub use table::account_source;
