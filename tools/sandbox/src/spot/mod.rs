//! Spot on the wire: what its operations take and answer, over REST and the WebSocket API alike, and what its streams carry.
//! The exchange behind it is [`binance_wire_sandbox_engine::spot`].

mod answers;
mod events;
mod execute;
mod listings;
mod market;
mod operation;
mod queries;
mod requests;
mod streams;

pub(crate) use binance_wire_sandbox_engine::Fixed;
pub(crate) use binance_wire_sandbox_engine::spot::{Engine, Rejection};

pub(crate) use events::{server_shutdown, stream_terminated};
pub(crate) use execute::{Answer, Caller};
pub(crate) use listings::engine;
pub(crate) use market::{DepthSnapshot, depth as depth_of};
pub(crate) use operation::Operation;

use crate::error::Refusal;

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Refusal {
        Refusal::new(rejection.code, rejection.message)
    }
}
