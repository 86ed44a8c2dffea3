//! The clock.

use std::time::Instant;

/// The time by Tokio's clock, which tests can hold.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
