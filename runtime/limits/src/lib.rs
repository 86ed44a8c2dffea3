#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod address;
mod clock;
mod demand;
mod lane;
mod ledger;
mod limiter;
mod metric;
mod moment;
mod permit;
mod server_clock;
pub mod store;
pub mod wire;

pub use clock::ClockEstimate;
pub use demand::{AccountId, Demand, PlaceId, Priority};
pub use lane::Lane;
pub use ledger::{
    About, Ban, Booking, CounterState, Ledger, Outcome, Policy, Refusal, Reservation, Snapshot, StoreState,
    Verdict,
};
pub use limiter::{Limiter, LimiterBuilder, Watch, WhenFull};
pub use moment::{Interval, Moment};
pub use permit::{Permit, Sending};
pub use server_clock::{INVALID_TIMESTAMP, Need, Reading, ServerClock};
pub use store::{Store, StoreLoss};
