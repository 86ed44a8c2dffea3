//! What the exchange has seen, for tests to look at.

use std::collections::VecDeque;

use binance_wire_sandbox_engine::spot::Order;

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
    /// Account number: 1, or 2 for the built-in keys that begin with `SECOND`.
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

/// How often a limit was exceeded, on the exchange's own count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaches {
    /// Requests refused because the weight of the minute was used up.
    pub weight: u64,
    /// Of these, those that were too much without what others use of the same address.
    pub own_weight: u64,
    /// REST requests refused because of their number.
    pub raw_requests: u64,
    /// Orders refused because of their number.
    pub orders: u64,
    /// WebSocket handshakes beyond the attempts allowed in five minutes.
    pub attempts: u64,
    /// Frames on stream connections beyond those allowed in a second.
    pub control_messages: u64,
    /// Requests and handshakes that came during a ban.
    pub while_banned: u64,
}

/// A trade of an account, as [`Exchange::fills`](crate::Exchange::fills) lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillView {
    /// `tradeId`; both sides of a trade have the same.
    pub trade_id: i64,
    /// `orderId` of the account's side.
    pub order_id: u64,
    /// Quantity, decimal text with eight fraction digits.
    pub quantity: String,
    /// Price, in the same form.
    pub price: String,
}

/// A book, as [`Exchange::book`](crate::Exchange::book) shows it: best levels first, price and quantity as decimal text
/// with eight fraction digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookView {
    /// `lastUpdateId`.
    pub last_update_id: i64,
    /// Bids, the highest first.
    pub bids: Vec<(String, String)>,
    /// Asks, the lowest first.
    pub asks: Vec<(String, String)>,
}

/// Everything recorded.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Keep nothing but the counts.
    pub(crate) off: bool,
    /// How many of each are kept, the latest; all without it.
    pub(crate) most: Option<usize>,
    pub(crate) requests: VecDeque<ReceivedRequest>,
    pub(crate) frames: VecDeque<ReceivedFrame>,
    pub(crate) pongs: VecDeque<ReceivedPong>,
    pub(crate) counts: Counts,
}

impl OrderView {
    pub(crate) fn of(order: &Order) -> OrderView {
        OrderView {
            order_id: order.id,
            account: order.account,
            symbol: order.symbol.clone(),
            client_order_id: order.client_order_id.clone(),
            side: order.side.as_str().to_owned(),
            order_type: order.kind.as_str().to_owned(),
            status: order.status.as_str().to_owned(),
            price: order.price.to_string(),
            quantity: order.quantity.to_string(),
            executed_quantity: order.executed.to_string(),
        }
    }
}

impl Records {
    pub(crate) fn request(&mut self, request: &ReceivedRequest) {
        if !self.off {
            keep(&mut self.requests, request.clone(), self.most);
        }
    }

    pub(crate) fn frame(&mut self, frame: ReceivedFrame) {
        if !self.off {
            keep(&mut self.frames, frame, self.most);
        }
    }

    pub(crate) fn pong(&mut self, pong: ReceivedPong) {
        if !self.off {
            keep(&mut self.pongs, pong, self.most);
        }
    }

    /// Forgets everything but the counts.
    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.frames.clear();
        self.pongs.clear();
    }
}

fn keep<T>(kept: &mut VecDeque<T>, new: T, most: Option<usize>) {
    if most.is_some_and(|most| kept.len() >= most.max(1)) {
        kept.pop_front();
    }
    kept.push_back(new);
}
