//! A mutation whose fate is not known.

use std::fmt;
use std::time::{Duration, Instant};

use crate::{OperationInfo, OrderRef, RecvWindow, Text, Timestamp};

/// The window of a request that carries none.
const DEFAULT_WINDOW: Duration = Duration::from_secs(5);
/// How far a timestamp may be ahead of the exchange's clock.
pub(crate) const AHEAD: Duration = Duration::from_secs(1);

/// A mutation that went out, and of which nobody knows whether it was carried out: what is needed to find out.
///
/// [`Error::unresolved`](crate::Error::unresolved) has it; a client's `reconcile` takes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Unresolved {
    product: &'static str,
    operation: &'static str,
    orders: Vec<OrderRef>,
    sent: Option<Sent>,
}

/// When a request was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The timestamp in it.
    pub timestamp: Timestamp,
    /// The moment by the clock that never goes back.
    pub at: Instant,
    /// How long it is good.
    pub recv_window: Option<RecvWindow>,
}

impl Unresolved {
    /// A request of an operation. For transports.
    pub fn new(info: &OperationInfo, orders: Vec<OrderRef>, sent: Option<Sent>) -> Self {
        Self {
            product: info.product,
            operation: info.id,
            orders,
            sent,
        }
    }

    /// The product whose operation it is.
    pub fn product(&self) -> &'static str {
        self.product
    }

    /// The operation's official identifier.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What it was to make or change: one, or one for each element of a batch; none where the operation has no ids.
    pub fn orders(&self) -> &[OrderRef] {
        &self.orders
    }

    /// The client id of the first order.
    pub fn client_order_id(&self) -> Option<&Text> {
        self.orders.first()?.client_order_id()
    }

    /// The timestamp that was signed, by the exchange's clock as far as the client knew it.
    pub fn signed_at(&self) -> Option<Timestamp> {
        Some(self.sent?.timestamp)
    }

    /// How long the request was good for; 5 seconds where it did not say.
    pub fn recv_window(&self) -> Duration {
        let window = self.sent.and_then(|sent| sent.recv_window);
        window.map_or(DEFAULT_WINDOW, RecvWindow::as_duration)
    }

    /// The moment from which the exchange no longer takes the request, however late it arrives, if the clock that signed it
    /// was at most one second ahead of the exchange's; `None` where it was not signed and is good for ever.
    ///
    /// The exchange takes a request as long as its own clock is not past `timestamp + recvWindow`, and only if
    /// `timestamp` is less than one second ahead of that clock. The matching engines of Spot and of futures look at the window
    /// once more when the order reaches them. A clock that was ten seconds ahead makes the request good for nine seconds
    /// longer than this says: `reconcile` waits for them, since it goes by what the exchange's own clock has reached.
    /// ([Timing security](https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security))
    pub fn expires(&self) -> Option<Instant> {
        self.sent?.at.checked_add(self.recv_window() + AHEAD)
    }
}

impl fmt::Debug for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            product,
            operation,
            orders,
            ..
        } = self;
        f.debug_struct("Unresolved")
            .field("product", product)
            .field("operation", operation)
            .field("orders", orders)
            .field("signed_at", &self.signed_at())
            .field("recv_window", &self.recv_window())
            .finish()
    }
}
