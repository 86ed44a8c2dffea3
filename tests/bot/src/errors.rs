//! What the desk does about errors.

use std::time::Duration;

use binance::error_codes;

use crate::prelude::Error;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again after a while.
    Wait(Duration),
    /// Ask what became of the order first.
    Ask,
    /// Give up.
    Stop,
}

/// What to do about an error.
pub fn next(error: &Error) -> Next {
    match error {
        Error::RateLimited { retry_after, .. } => Next::Wait(retry_after.unwrap_or(Duration::from_secs(60))),
        Error::ExecutionUnknown { .. } => Next::Ask,
        error if error.code() == Some(error_codes::CANCEL_REJECTED) => Next::Ask, // uses: cancel-rejected
        _ => Next::Stop,
    }
}
