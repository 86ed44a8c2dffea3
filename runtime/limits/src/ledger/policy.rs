//! What is kept free for whom.

use std::time::Duration;

use binance_wire_core::RateLimitKind;

use crate::Priority;

/// The rules of a [`Ledger`](crate::Ledger) that are one's own and not the exchange's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    trading: f64,
    cancels: f64,
    pub(crate) late: Duration,
}

impl Default for Policy {
    /// A tenth of the weight is kept for trading, a fiftieth for cancellations alone, and a request that nobody waits
    /// for any more may arrive for ten seconds.
    fn default() -> Self {
        Self {
            trading: 0.1,
            cancels: 0.02,
            late: Duration::from_secs(10),
        }
    }
}

impl Policy {
    /// Keeps this share of request weight and raw requests free of reads, for orders and cancellations: 0 to 1. It
    /// includes that of [`for_cancels`](Self::for_cancels), and is at least as large.
    #[must_use]
    pub fn for_trading(mut self, share: f64) -> Self {
        self.trading = share.clamp(0.0, 1.0);
        self
    }

    /// Keeps this share of request weight and raw requests free of everything but cancellations: 0 to 1.
    #[must_use]
    pub fn for_cancels(mut self, share: f64) -> Self {
        self.cancels = share.clamp(0.0, 1.0);
        self
    }

    /// Sets for how long a request may still reach the exchange after its caller stopped waiting. 10 seconds unless set,
    /// which is when the exchange gives up itself.
    #[must_use]
    pub fn late(mut self, late: Duration) -> Self {
        self.late = late;
        self
    }

    /// What there is of `limit` for a priority.
    pub(crate) fn cap(&self, limit: u64, priority: Priority, kind: Option<RateLimitKind>) -> u64 {
        let kept = match priority {
            Priority::Normal => self.trading.max(self.cancels),
            Priority::Order => self.cancels,
            Priority::Cancel => return limit,
        };
        match kind {
            Some(RateLimitKind::RequestWeight | RateLimitKind::RawRequests) => {
                limit.saturating_sub((limit as f64 * kept).ceil() as u64)
            }
            _ => limit,
        }
    }
}
