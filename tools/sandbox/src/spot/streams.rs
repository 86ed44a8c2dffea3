//! What happened, on its way to subscribers, and what streams show of a quiet market.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_sandbox_engine::Interval;
use binance_wire_sandbox_engine::book::{Change, Side};
use binance_wire_sandbox_engine::spot::{Engine, Event, Stats, Tape, Trade};
use serde_json::{Value, json};

use super::market::{self, DAY_US, MINUTE_US};
use super::{Fixed, events};
use crate::account::AccountId;
use crate::clock::TimeUnit;
use crate::depth::{DepthChange, units};
use crate::state::{Connection, Role, State, listeners, user_frame};
use crate::streams::Subscriptions;

/// The least that the house trades with itself to let a quiet stream speak, in steps of the symbol.
const QUIET_STEPS: i128 = 1;

/// The connections that listen to streams of Spot.
fn spot_listeners(
    connections: &BTreeMap<u64, Connection>,
) -> impl Iterator<Item = (u64, &Connection, &Subscriptions)> {
    listeners(connections).filter(|(_, _, subscriptions)| subscriptions.is_of_spot())
}

impl State {
    /// Sends what happened in the engine to whoever has subscribed to it.
    pub(crate) fn dispatch(&mut self) {
        let mut traded = BTreeSet::new();
        let mut changed = BTreeSet::new();
        let mut trades: Vec<(String, Trade)> = Vec::new();
        for event in self.spot.take_events() {
            if !matches!(&event, Event::Trade { .. }) {
                self.send_aggregates(&mut trades);
            }
            match event {
                Event::Trade { symbol, trade } => {
                    if trades
                        .last()
                        .is_some_and(|(of, last)| *of != symbol || last.aggregate != trade.aggregate)
                    {
                        self.send_aggregates(&mut trades);
                    }
                    self.send_market(&symbol, "trade", |unit| Some(trade_event(&symbol, &trade, unit)));
                    traded.insert(symbol.clone());
                    trades.push((symbol, trade));
                }
                Event::Depth {
                    symbol,
                    change,
                    time_us,
                } => {
                    self.send_depth(&symbol, &change, time_us);
                    changed.insert(symbol);
                }
                Event::BookTicker { symbol } => {
                    let ticker = book_ticker(&self.spot, &symbol);
                    self.send_market(&symbol, "bookTicker", |_| ticker.clone());
                }
                event => self.send_own(&event),
            }
        }
        self.send_aggregates(&mut trades);
        self.send_computed(&traded, &changed);
    }

    /// Sends an event to the subscribers of its account.
    fn send_own(&self, event: &Event) {
        let (account, of): (AccountId, Box<dyn Fn(TimeUnit) -> Value + '_>) = match event {
            Event::Execution(report) => (
                report.order.account,
                Box::new(|unit| events::execution(report, unit)),
            ),
            Event::List(list) => (list.account, Box::new(|unit| events::list_status(list, unit))),
            Event::Position {
                account,
                balances,
                time_us,
            } => (
                *account,
                Box::new(|unit| events::position(balances, *time_us, unit)),
            ),
            Event::BalanceUpdate {
                account,
                asset,
                delta,
                time_us,
            } => (
                *account,
                Box::new(|unit| events::balance_update(asset, *delta, *time_us, unit)),
            ),
            Event::Trade { .. } | Event::Depth { .. } | Event::BookTicker { .. } => return,
        };
        let key = self.listen_keys.of(account, self.clock.now_us());
        for connection in self.connections.values() {
            match &connection.role {
                Role::WsApi(session) => {
                    for id in session.subscriptions_of(account) {
                        connection.send(user_frame(Some(id), &of(connection.unit)));
                    }
                }
                Role::Streams(subscriptions) => {
                    let subscribed = |key: &&str| subscriptions.is_of_spot() && subscriptions.contains(key);
                    if let Some(key) = key.filter(subscribed) {
                        connection.send(subscriptions.wrap(key, &of(connection.unit)));
                    }
                }
            }
        }
    }

    /// Sends an event to the subscribers of a symbol's stream.
    fn send_market(&self, symbol: &str, suffix: &str, event: impl Fn(TimeUnit) -> Option<Value>) {
        let name = format!("{}@{suffix}", symbol.to_lowercase());
        for (_, connection, subscriptions) in spot_listeners(&self.connections) {
            if subscriptions.contains(&name)
                && let Some(data) = event(connection.unit)
            {
                connection.send(subscriptions.wrap(&name, &data));
            }
        }
    }

    /// Sends trades that belong together as one.
    fn send_aggregates(&self, trades: &mut Vec<(String, Trade)>) {
        let Some((symbol, last)) = trades.last().cloned() else {
            return;
        };
        for one in Tape::aggregates(trades.iter().map(|(_, trade)| trade)) {
            self.send_market(&symbol, "aggTrade", |unit| {
                let mut event = json!({ "e": "aggTrade", "E": unit.of(last.time_us), "s": symbol });
                if let Some(object) = event.as_object_mut() {
                    object.extend(market::aggregate(&one, unit));
                }
                Some(event)
            });
        }
        trades.clear();
    }

    /// Sends the levels that changed, by way of whoever loses and doubles them.
    fn send_depth(&mut self, symbol: &str, change: &Change, time_us: i64) {
        if let Some(log) = &mut self.depth.log {
            log.push(DepthChange {
                symbol: symbol.to_owned(),
                first_update_id: change.first_update_id,
                last_update_id: change.last_update_id,
                bids: units(&change.bids),
                asks: units(&change.asks),
            });
        }
        let lower = symbol.to_lowercase();
        for suffix in ["depth", "depth@100ms"] {
            let name = format!("{lower}@{suffix}");
            for (id, connection, subscriptions) in spot_listeners(&self.connections) {
                if !subscriptions.contains(&name) {
                    continue;
                }
                let data = json!({
                    "e": "depthUpdate", "E": connection.unit.of(time_us), "s": symbol,
                    "U": change.first_update_id, "u": change.last_update_id,
                    "b": market::levels(&change.bids), "a": market::levels(&change.asks),
                });
                for text in self.depth.deliver(id, &name, subscriptions.wrap(&name, &data)) {
                    connection.send(text);
                }
            }
        }
    }

    /// Sends what is computed of trades and books, after these have changed.
    fn send_computed(&self, traded: &BTreeSet<String>, changed: &BTreeSet<String>) {
        if traded.is_empty() && changed.is_empty() {
            return;
        }
        let now_us = self.clock.now_us();
        let moved = |name: &Name<'_>| match name.suffix {
            "trade" | "aggTrade" | "bookTicker" | "depth" | "depth@100ms" => false,
            suffix if suffix.starts_with("depth") => changed.contains(&name.symbol),
            _ => traded.contains(&name.symbol),
        };
        for (_, connection, subscriptions) in spot_listeners(&self.connections) {
            for name in subscriptions.names() {
                let data = match Name::read(name) {
                    Some(read) if moved(&read) => present(&self.spot, &read, now_us, connection.unit),
                    Some(_) => None,
                    None => all_tickers(&self.spot, name, Some(traded), now_us, connection.unit),
                };
                if let Some(data) = data {
                    connection.send(subscriptions.wrap(name, &data));
                }
            }
        }
    }

    /// Lets every subscribed stream speak, on a quiet market too: the house trades a little with itself at the last price, and
    /// best levels are reported again under new update ids. Books stay as they are.
    pub(crate) fn tick_market(&mut self) {
        let now_us = self.clock.now_us();
        let (mut to_trade, mut to_touch) = (BTreeSet::new(), BTreeSet::new());
        for (_, _, subscriptions) in spot_listeners(&self.connections) {
            for name in subscriptions.names().filter_map(Name::read) {
                match name.suffix {
                    "trade" | "aggTrade" => to_trade.insert(name.symbol),
                    "depth" | "depth@100ms" => to_touch.insert(name.symbol),
                    _ => false,
                };
            }
        }
        for symbol in &to_touch {
            self.spot.repeat_best(symbol, now_us);
        }
        for symbol in &to_trade {
            let step = self.spot.symbol(symbol).map_or(Fixed::ZERO, |listed| listed.step);
            self.spot
                .print(symbol, Fixed::from_units(step.units() * QUIET_STEPS), now_us);
        }
        self.dispatch();
        for (_, connection, subscriptions) in listeners(&self.connections) {
            for name in subscriptions.names() {
                let read = Name::read(name).filter(|read| self.spot.symbol(&read.symbol).is_some());
                let listed = read.is_some();
                let of_spot = subscriptions.is_of_spot();
                let data = match read.filter(|_| of_spot) {
                    Some(read) if matches!(read.suffix, "trade" | "aggTrade" | "depth" | "depth@100ms") => {
                        continue;
                    }
                    // What has moved has been sent.
                    Some(read) if to_trade.contains(&read.symbol) && is_of_trades(read.suffix) => continue,
                    Some(read) if to_touch.contains(&read.symbol) && read.suffix.starts_with("depth") => {
                        continue;
                    }
                    Some(read) => present(&self.spot, &read, now_us, connection.unit),
                    None if of_spot => all_tickers(&self.spot, name, None, now_us, connection.unit),
                    None => None,
                };
                let event = match data {
                    Some(data) => Some(data),
                    None => match self.stream_of_futures(subscriptions, name) {
                        Some(event) => event,
                        None => subscriptions.described(name, listed, now_us),
                    },
                };
                if let Some(data) = event {
                    connection.send(subscriptions.wrap(name, &data));
                }
            }
        }
    }
}

fn is_of_trades(suffix: &str) -> bool {
    let kinds = ["kline_", "miniTicker", "ticker", "avgPrice"];
    kinds.iter().any(|kind| suffix.starts_with(kind))
}

/// The name of a symbol's stream.
struct Name<'n> {
    symbol: String,
    suffix: &'n str,
}

impl<'n> Name<'n> {
    fn read(name: &'n str) -> Option<Name<'n>> {
        let (symbol, suffix) = name
            .split_once('@')
            .filter(|(symbol, _)| !symbol.starts_with('!'))?;
        Some(Name {
            symbol: symbol.to_uppercase(),
            suffix,
        })
    }
}

fn trade_event(symbol: &str, trade: &Trade, unit: TimeUnit) -> Value {
    json!({
        "e": "trade", "E": unit.of(trade.time_us), "s": symbol, "t": trade.id, "p": trade.price.to_string(),
        "q": trade.quantity.to_string(), "T": unit.of(trade.time_us), "m": trade.buyer_is_maker, "M": true,
    })
}

fn book_ticker(engine: &Engine, symbol: &str) -> Option<Value> {
    let book = engine.book(symbol)?;
    let (bid, bid_quantity) = book.best(Side::Buy)?;
    let (ask, ask_quantity) = book.best(Side::Sell)?;
    Some(json!({
        "u": book.last_update_id(), "s": symbol, "b": bid.to_string(), "B": bid_quantity.to_string(),
        "a": ask.to_string(), "A": ask_quantity.to_string(),
    }))
}

/// What a stream shows of a symbol as it is now; none of streams that only carry what happens, and of unknown ones.
fn present(engine: &Engine, name: &Name<'_>, now_us: i64, unit: TimeUnit) -> Option<Value> {
    let symbol = name.symbol.as_str();
    let tape = engine.tape(symbol)?;
    let now = unit.of(now_us);
    match name.suffix {
        "bookTicker" => book_ticker(engine, symbol),
        "miniTicker" => Some(mini_ticker(engine, symbol, now_us, unit)),
        "ticker" => Some(ticker(engine, symbol, None, now_us, unit)),
        "avgPrice" => {
            let (price, close_us) = market::average_of(tape, now_us);
            Some(json!({
                "e": "avgPrice", "E": now, "s": symbol, "i": "5m", "w": price.to_string(), "T": unit.of(close_us),
            }))
        }
        suffix => {
            if let Some(interval) = suffix.strip_prefix("kline_") {
                let (interval, offset_us) = match interval.strip_suffix("@+08:00") {
                    Some(interval) => (interval, 8 * 60 * MINUTE_US),
                    None => (interval, 0),
                };
                return kline(tape, symbol, interval, offset_us, now_us, unit);
            }
            if let Some(size) = suffix.strip_prefix("ticker_") {
                return Some(ticker(engine, symbol, Some(size), now_us, unit));
            }
            let levels = suffix.strip_prefix("depth")?.split('@').next()?.parse().ok()?;
            Some(market::depth(engine, symbol, levels)?.to_json())
        }
    }
}

fn kline(
    tape: &Tape,
    symbol: &str,
    name: &str,
    offset_us: i64,
    now_us: i64,
    unit: TimeUnit,
) -> Option<Value> {
    let candles = tape.candles(Interval::parse(name)?, offset_us, (None, None), 1, now_us);
    let (start, next, stats) = candles.into_iter().next()?;
    Some(json!({
        "e": "kline", "E": unit.of(now_us), "s": symbol, "k": {
            "t": unit.of(start), "T": unit.of(next - 1), "s": symbol, "i": name, "f": stats.first_id,
            "L": stats.last_id, "o": stats.open.to_string(), "c": stats.close.to_string(),
            "h": stats.high.to_string(), "l": stats.low.to_string(), "v": stats.volume.to_string(),
            "n": stats.count, "x": next <= now_us, "q": stats.quote_volume.to_string(),
            "V": stats.taker_buy_volume.to_string(), "Q": stats.taker_buy_quote_volume.to_string(), "B": "0",
        },
    }))
}

fn stats(engine: &Engine, symbol: &str, start_us: i64, now_us: i64) -> Option<Stats> {
    Some(engine.tape(symbol)?.window(start_us, now_us))
}

fn mini_ticker(engine: &Engine, symbol: &str, now_us: i64, unit: TimeUnit) -> Value {
    let Some(stats) = stats(engine, symbol, now_us - DAY_US, now_us) else {
        return Value::Null;
    };
    json!({
        "e": "24hrMiniTicker", "E": unit.of(now_us), "s": symbol, "c": stats.close.to_string(),
        "o": stats.open.to_string(), "h": stats.high.to_string(), "l": stats.low.to_string(),
        "v": stats.volume.to_string(), "q": stats.quote_volume.to_string(),
    })
}

/// The ticker of 24 hours, or of a window.
fn ticker(engine: &Engine, symbol: &str, size: Option<&str>, now_us: i64, unit: TimeUnit) -> Value {
    let start_us = size.map_or(now_us - DAY_US, |size| market::window_start(size, now_us));
    let Some(stats) = stats(engine, symbol, start_us, now_us) else {
        return Value::Null;
    };
    let kind = size.map_or_else(|| "24hrTicker".to_owned(), |size| format!("{size}Ticker"));
    let mut event = json!({
        "e": kind, "E": unit.of(now_us), "s": symbol, "p": (stats.close - stats.open).to_string(),
        "P": market::percent(&stats), "o": stats.open.to_string(), "h": stats.high.to_string(),
        "l": stats.low.to_string(), "c": stats.close.to_string(), "w": stats.average().to_string(),
        "v": stats.volume.to_string(), "q": stats.quote_volume.to_string(), "O": unit.of(start_us),
        "C": unit.of(now_us), "F": stats.first_id, "L": stats.last_id, "n": stats.count,
    });
    if let (None, Some(object)) = (size, event.as_object_mut()) {
        let [bid, ask] = market::best(engine, symbol);
        for (name, number) in [
            ("x", stats.previous_close),
            ("Q", stats.last_quantity),
            ("b", bid.0),
            ("B", bid.1),
            ("a", ask.0),
            ("A", ask.1),
        ] {
            object.insert(name.to_owned(), number.to_string().into());
        }
    }
    event
}

/// What the streams of all symbols show: of those that traded, where it is said which did.
fn all_tickers(
    engine: &Engine,
    name: &str,
    traded: Option<&BTreeSet<String>>,
    now_us: i64,
    unit: TimeUnit,
) -> Option<Value> {
    let kind = name.strip_prefix('!')?.strip_suffix("@arr")?;
    let names: Vec<&str> = engine.symbols().map(|symbol| symbol.name.as_str()).collect();
    let wanted = names
        .into_iter()
        .filter(|name| traded.is_none_or(|traded| traded.contains(*name)));
    let tickers: Vec<Value> = match kind {
        "miniTicker" => wanted
            .map(|symbol| mini_ticker(engine, symbol, now_us, unit))
            .collect(),
        "ticker" => wanted
            .map(|symbol| ticker(engine, symbol, None, now_us, unit))
            .collect(),
        _ => {
            let size = kind.strip_prefix("ticker_")?;
            wanted
                .map(|symbol| ticker(engine, symbol, Some(size), now_us, unit))
                .collect()
        }
    };
    (!tickers.is_empty()).then_some(Value::Array(tickers))
}
