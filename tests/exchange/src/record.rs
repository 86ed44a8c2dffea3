//! What the exchange has seen, for tests to look at.

/// An HTTP request as received, WebSocket handshakes among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path without the query, as sent.
    pub path: String,
    /// What follows the `?`, as sent; empty when there is none.
    pub query: String,
    /// Headers in the order received, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as sent.
    pub body: Vec<u8>,
}

impl ReceivedRequest {
    /// The first header of that name, in whatever case it is asked for.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Body as text; bytes that are not UTF-8 are replaced.
    pub fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A text frame that a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedFrame {
    /// Number of the WebSocket connection, counted from 1.
    pub connection: u64,
    /// Path of its handshake.
    pub path: String,
    /// The text.
    pub text: String,
}

/// A pong that a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedPong {
    /// Number of the WebSocket connection, counted from 1.
    pub connection: u64,
    /// Its payload, which should be the ping's.
    pub payload: Vec<u8>,
}

/// Counts of connections and requests since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// TCP connections accepted.
    pub accepted: u64,
    /// TCP connections open now.
    pub open: u64,
    /// HTTP requests read, WebSocket handshakes among them.
    pub http_requests: u64,
    /// WebSocket connections established.
    pub websockets: u64,
    /// WebSocket connections open now.
    pub open_websockets: u64,
}

/// An order of the exchange, as [`Exchange::orders`](crate::Exchange::orders) tells it. Amounts are
/// decimal text with eight fraction digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// `orderId`.
    pub order_id: u64,
    /// Account number: 1 for the first three built-in keys, 2 for the fourth.
    pub account: u64,
    /// `symbol`.
    pub symbol: String,
    /// `clientOrderId`.
    pub client_order_id: String,
    /// `BUY` or `SELL`.
    pub side: String,
    /// `LIMIT`, `MARKET`, …
    pub order_type: String,
    /// `NEW`, `PARTIALLY_FILLED`, `FILLED`, `CANCELED` or `EXPIRED`.
    pub status: String,
    /// `price`; zero for market orders.
    pub price: String,
    /// `origQty`.
    pub quantity: String,
    /// `executedQty`.
    pub executed_quantity: String,
}

/// Everything recorded.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pub(crate) requests: Vec<ReceivedRequest>,
    pub(crate) frames: Vec<ReceivedFrame>,
    pub(crate) pongs: Vec<ReceivedPong>,
    pub(crate) counts: Counts,
}
