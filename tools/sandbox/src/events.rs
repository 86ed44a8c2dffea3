//! What the engine tells, and its JSON on user data streams and market data streams.

use serde_json::{Map, Value, json};

use crate::account::{AccountId, Balance};
use crate::book::{Book, Side};
use crate::clock::TimeUnit;
use crate::decimal::Fixed;
use crate::order::{Fill, Order};

const MINUTE_US: i64 = 60_000_000;

/// Something that happened in the engine.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    User { account: AccountId, event: UserEvent },
    Market(MarketEvent),
}

/// An event of a user data stream.
#[derive(Clone, Debug)]
pub(crate) enum UserEvent {
    Execution(Box<Execution>),
    Position {
        balances: Vec<(String, Balance)>,
        time_us: i64,
    },
}

/// A report on an order.
#[derive(Clone, Debug)]
pub(crate) struct Execution {
    pub(crate) order: Order,
    /// NEW, CANCELED, TRADE or EXPIRED.
    pub(crate) kind: &'static str,
    pub(crate) fill: Option<Fill>,
    /// Client order id of the cancellation.
    pub(crate) cancel_client_id: Option<String>,
    pub(crate) execution_id: i64,
    pub(crate) time_us: i64,
}

impl UserEvent {
    pub(crate) fn to_json(&self, unit: TimeUnit) -> Value {
        match self {
            UserEvent::Execution(execution) => execution.to_json(unit),
            UserEvent::Position { balances, time_us } => json!({
                "e": "outboundAccountPosition",
                "E": unit.of(*time_us),
                "u": unit.of(*time_us),
                "B": balances.iter().map(|(asset, balance)| json!({
                    "a": asset, "f": balance.free.to_string(), "l": balance.locked.to_string(),
                })).collect::<Vec<_>>(),
            }),
        }
    }
}

impl Execution {
    fn to_json(&self, unit: TimeUnit) -> Value {
        let order = &self.order;
        // After a cancellation `c` names the cancellation and `C` the order.
        let (client_id, original_id) = match &self.cancel_client_id {
            Some(cancel) => (cancel.as_str(), order.client_order_id.as_str()),
            None => (order.client_order_id.as_str(), ""),
        };
        let (last_quantity, last_price, commission, trade_id) = match &self.fill {
            Some(fill) => (fill.quantity, fill.price, fill.commission, fill.trade_id),
            None => (Fixed::ZERO, Fixed::ZERO, Fixed::ZERO, -1),
        };
        let on_book = order.status.is_open() && order.working_us.is_some();
        let mut out = json!({
            "e": "executionReport",
            "E": unit.of(self.time_us),
            "s": order.symbol,
            "c": client_id,
            "S": order.side.as_str(),
            "o": order.kind,
            "f": order.time_in_force,
            "q": order.quantity.to_string(),
            "p": order.price.to_string(),
            "P": order.stop_price.to_string(),
            "F": Fixed::ZERO.to_string(),
            "g": -1,
            "C": original_id,
            "x": self.kind,
            "X": order.status.as_str(),
            "r": "NONE",
            "i": order.id,
            "l": last_quantity.to_string(),
            "z": order.executed.to_string(),
            "L": last_price.to_string(),
            "n": commission.to_string(),
            "N": self.fill.as_ref().map(|fill| fill.commission_asset.as_str()),
            "T": unit.of(self.time_us),
            "t": trade_id,
            "I": self.execution_id,
            "w": on_book,
            "m": self.fill.as_ref().is_some_and(|fill| fill.is_maker),
            "M": false,
            "O": unit.of(order.created_us),
            "Z": order.executed_quote.to_string(),
            "Y": last_quantity.times(last_price).to_string(),
            "Q": order.quote_quantity.to_string(),
            "V": order.self_trade_prevention,
        });
        if let Some(object) = out.as_object_mut() {
            self.conditional(object, unit);
        }
        out
    }

    fn conditional(&self, out: &mut Map<String, Value>, unit: TimeUnit) {
        let order = &self.order;
        if let Some(working_us) = order.working_us {
            out.insert("W".into(), unit.of(working_us).into());
        }
        if let Some(id) = order.strategy_id {
            out.insert("j".into(), id.into());
        }
        if let Some(kind) = order.strategy_type {
            out.insert("J".into(), kind.into());
        }
        if let Some(reason) = order.expiry_reason {
            out.insert("eR".into(), reason.into());
        }
    }
}

/// The event that ends a user data subscription.
pub(crate) fn stream_terminated(now_us: i64, unit: TimeUnit) -> Value {
    json!({ "e": "eventStreamTerminated", "E": unit.of(now_us) })
}

/// The event that announces the end of a connection.
pub(crate) fn server_shutdown(now_us: i64, unit: TimeUnit) -> Value {
    json!({ "e": "serverShutdown", "E": unit.of(now_us) })
}

/// An event of the public streams.
#[derive(Clone, Debug)]
pub(crate) enum MarketEvent {
    Trade {
        symbol: String,
        trade_id: i64,
        price: Fixed,
        quantity: Fixed,
        buyer_is_maker: bool,
        time_us: i64,
    },
    Depth {
        symbol: String,
        first_update_id: i64,
        last_update_id: i64,
        bids: Vec<(Fixed, Fixed)>,
        asks: Vec<(Fixed, Fixed)>,
        time_us: i64,
    },
    /// The best levels may have changed; they are read from the book when it is sent.
    BookTicker { symbol: String },
}

/// Price levels as `[["price", "quantity"], …]`.
pub(crate) fn levels_json(levels: &[(Fixed, Fixed)]) -> Value {
    levels
        .iter()
        .map(|(price, quantity)| json!([price.to_string(), quantity.to_string()]))
        .collect()
}

impl MarketEvent {
    pub(crate) fn symbol(&self) -> &str {
        match self {
            MarketEvent::Trade { symbol, .. }
            | MarketEvent::Depth { symbol, .. }
            | MarketEvent::BookTicker { symbol } => symbol,
        }
    }

    /// The suffixes of the streams that carry this event.
    pub(crate) fn suffixes(&self) -> &'static [&'static str] {
        match self {
            MarketEvent::Trade { .. } => &["trade", "aggTrade"],
            MarketEvent::Depth { .. } => &["depth", "depth@100ms"],
            MarketEvent::BookTicker { .. } => &["bookTicker"],
        }
    }

    /// The event as the stream with that suffix shows it.
    pub(crate) fn to_json(&self, suffix: &str, book: &Book, unit: TimeUnit) -> Option<Value> {
        match self {
            MarketEvent::Trade {
                symbol,
                trade_id,
                price,
                quantity,
                buyer_is_maker,
                time_us,
            } => {
                let time = unit.of(*time_us);
                let (price, quantity) = (price.to_string(), quantity.to_string());
                Some(if suffix == "aggTrade" {
                    json!({
                        "e": "aggTrade", "E": time, "s": symbol, "a": trade_id, "p": price, "q": quantity,
                        "f": trade_id, "l": trade_id, "T": time, "m": buyer_is_maker, "M": true,
                    })
                } else {
                    json!({
                        "e": "trade", "E": time, "s": symbol, "t": trade_id, "p": price, "q": quantity,
                        "T": time, "m": buyer_is_maker, "M": true,
                    })
                })
            }
            MarketEvent::Depth {
                symbol,
                first_update_id,
                last_update_id,
                bids,
                asks,
                time_us,
            } => Some(json!({
                "e": "depthUpdate", "E": unit.of(*time_us), "s": symbol, "U": first_update_id,
                "u": last_update_id, "b": levels_json(bids), "a": levels_json(asks),
            })),
            MarketEvent::BookTicker { symbol } => book_ticker(symbol, book),
        }
    }
}

fn book_ticker(symbol: &str, book: &Book) -> Option<Value> {
    let (bid, bid_quantity) = book.best(Side::Buy)?;
    let (ask, ask_quantity) = book.best(Side::Sell)?;
    Some(json!({
        "u": book.last_update_id, "s": symbol, "b": bid.to_string(), "B": bid_quantity.to_string(),
        "a": ask.to_string(), "A": ask_quantity.to_string(),
    }))
}

/// An event as a quiet market would show it, for a stream that nothing has happened on: the
/// latest price and the book as it stands. `sequence` numbers trades. None for unknown streams.
pub(crate) fn synthetic(
    symbol: &str,
    suffix: &str,
    book: &Book,
    sequence: i64,
    now_us: i64,
    unit: TimeUnit,
) -> Option<Value> {
    let now = unit.of(now_us);
    let price = book.last_price.to_string();
    let event = match suffix {
        "trade" | "aggTrade" => MarketEvent::Trade {
            symbol: symbol.to_owned(),
            trade_id: sequence,
            price: book.last_price,
            quantity: Fixed::from_units(1_000_000),
            buyer_is_maker: sequence % 2 == 0,
            time_us: now_us,
        }
        .to_json(suffix, book, unit)?,
        "depth" | "depth@100ms" => {
            // The best levels again, at their present quantities: an event that changes nothing
            // and lies before every snapshot taken after it.
            let (bids, asks) = (book.top(Side::Buy, 1), book.top(Side::Sell, 1));
            json!({
                "e": "depthUpdate", "E": now, "s": symbol, "U": book.last_update_id,
                "u": book.last_update_id, "b": levels_json(&bids), "a": levels_json(&asks),
            })
        }
        "bookTicker" => book_ticker(symbol, book)?,
        "miniTicker" => json!({
            "e": "24hrMiniTicker", "E": now, "s": symbol, "c": price, "o": price, "h": price,
            "l": price, "v": "0.00000000", "q": "0.00000000",
        }),
        "avgPrice" => json!({
            "e": "avgPrice", "E": now, "s": symbol, "i": "5m", "w": price, "T": now,
        }),
        other => {
            if let Some(interval) = other.strip_prefix("kline_") {
                let start_us = now_us - now_us.rem_euclid(MINUTE_US);
                json!({
                    "e": "kline", "E": now, "s": symbol, "k": {
                        "t": unit.of(start_us), "T": unit.of(start_us + MINUTE_US - 1), "s": symbol,
                        "i": interval.split('@').next(), "f": -1, "L": -1, "o": price, "c": price,
                        "h": price, "l": price, "v": "0.00000000", "n": 0, "x": false,
                        "q": "0.00000000", "V": "0.00000000", "Q": "0.00000000", "B": "0",
                    },
                })
            } else {
                let levels = other
                    .strip_prefix("depth")?
                    .split('@')
                    .next()?
                    .parse::<usize>()
                    .ok()?;
                json!({
                    "lastUpdateId": book.last_update_id,
                    "bids": levels_json(&book.top(Side::Buy, levels)),
                    "asks": levels_json(&book.top(Side::Sell, levels)),
                })
            }
        }
    };
    Some(event)
}
