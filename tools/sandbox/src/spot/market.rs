//! Market data: queries of books, trades and what is computed of trades.

use binance_wire_sandbox_engine::Interval;
use binance_wire_sandbox_engine::book::Side;
use binance_wire_sandbox_engine::spot::{Aggregate, Engine, Stats, Tape, Trade};
use serde_json::{Map, Value, json};

use super::Fixed;
use crate::clock::{TimeUnit, to_us};
use crate::error::Refusal;
use crate::params::Params;

pub(super) const MINUTE_US: i64 = 60_000_000;
pub(super) const DAY_US: i64 = 1_440 * MINUTE_US;

/// The best levels of a book at one moment.
#[derive(Clone, Debug)]
pub(crate) struct DepthSnapshot {
    pub(crate) last_update_id: i64,
    pub(crate) bids: Vec<(Fixed, Fixed)>,
    pub(crate) asks: Vec<(Fixed, Fixed)>,
}

/// The book of a symbol, its best levels.
pub(crate) fn depth(engine: &Engine, symbol: &str, limit: usize) -> Option<DepthSnapshot> {
    let book = engine.book(symbol)?;
    Some(DepthSnapshot {
        last_update_id: book.last_update_id(),
        bids: book.depth(Side::Buy).take(limit).collect(),
        asks: book.depth(Side::Sell).take(limit).collect(),
    })
}

/// Price levels as `[["price", "quantity"], …]`.
pub(crate) fn levels(levels: &[(Fixed, Fixed)]) -> Value {
    levels
        .iter()
        .map(|(price, quantity)| json!([price.to_string(), quantity.to_string()]))
        .collect()
}

impl DepthSnapshot {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "lastUpdateId": self.last_update_id,
            "bids": levels(&self.bids),
            "asks": levels(&self.asks),
        })
    }
}

fn invalid_symbol() -> Refusal {
    Refusal::new(-1121, "Invalid symbol.")
}

pub(super) fn tape<'e>(engine: &'e Engine, params: &Params) -> Result<&'e Tape, Refusal> {
    engine
        .tape(params.get("symbol").unwrap_or_default())
        .ok_or_else(invalid_symbol)
}

/// `limit`, of which there are at most a thousand.
pub(super) fn limit(params: &Params, default: i64) -> Result<usize, Refusal> {
    let limit = params.integer("limit")?.unwrap_or(default).clamp(1, 1000);
    Ok(usize::try_from(limit).unwrap_or(1000))
}

/// A time parameter in microseconds.
pub(super) fn time(params: &Params, name: &str) -> Result<Option<i64>, Refusal> {
    // Far enough from the ends that a time zone can be added.
    Ok(params.integer(name)?.map(|time| to_us(time).min(i64::MAX / 2)))
}

/// The last `limit` of a sequence that is read from its end, in its own order.
pub(super) fn last<T>(newest_first: impl Iterator<Item = T>, limit: usize) -> Vec<T> {
    let mut page: Vec<T> = newest_first.take(limit).collect();
    page.reverse();
    page
}

fn trade(trade: &Trade, unit: TimeUnit) -> Value {
    json!({
        "id": trade.id,
        "price": trade.price.to_string(),
        "qty": trade.quantity.to_string(),
        "quoteQty": trade.price.times(trade.quantity).to_string(),
        "time": unit.of(trade.time_us),
        "isBuyerMaker": trade.buyer_is_maker,
        "isBestMatch": true,
    })
}

/// `trades` and `historicalTrades`.
pub(super) fn trades(engine: &Engine, params: &Params, unit: TimeUnit) -> Result<Value, Refusal> {
    let tape = tape(engine, params)?;
    let limit = limit(params, 500)?;
    let page: Vec<&Trade> = match params.integer("fromId")? {
        Some(from) => tape.since(from).take(limit).collect(),
        None => last(tape.trades().rev(), limit),
    };
    Ok(page.into_iter().map(|one| trade(one, unit)).collect())
}

/// The members that the query and the stream of aggregates share.
pub(super) fn aggregate(one: &Aggregate, unit: TimeUnit) -> Map<String, Value> {
    let Aggregate { trade, first_id } = one;
    let members = json!({
        "a": trade.aggregate,
        "p": trade.price.to_string(),
        "q": trade.quantity.to_string(),
        "f": first_id,
        "l": trade.id,
        "T": unit.of(trade.time_us),
        "m": trade.buyer_is_maker,
        "M": true,
    });
    match members {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// `aggTrades`.
pub(super) fn aggregates(engine: &Engine, params: &Params, unit: TimeUnit) -> Result<Value, Refusal> {
    let tape = tape(engine, params)?;
    let limit = limit(params, 500)?;
    let (from_id, start, end) = (
        params.integer("fromId")?,
        time(params, "startTime")?,
        time(params, "endTime")?,
    );
    let within = tape.between(start.unwrap_or(i64::MIN), end.unwrap_or(i64::MAX));
    let mut joined = Tape::aggregates(within);
    joined.retain(|one| from_id.is_none_or(|from| one.trade.aggregate >= from));
    if from_id.is_some() || start.is_some() {
        joined.truncate(limit);
    } else {
        joined.drain(..joined.len().saturating_sub(limit));
    }
    Ok(joined
        .iter()
        .map(|one| Value::Object(aggregate(one, unit)))
        .collect())
}

/// `klines` and `uiKlines`.
pub(super) fn klines(
    engine: &Engine,
    params: &Params,
    now_us: i64,
    unit: TimeUnit,
) -> Result<Value, Refusal> {
    let tape = tape(engine, params)?;
    let interval = Interval::parse(params.get("interval").unwrap_or_default());
    let interval = interval.ok_or_else(|| Refusal::new(-1120, "Invalid interval."))?;
    let (start, end) = (time(params, "startTime")?, time(params, "endTime")?);
    let offset_us = time_zone(params)?;
    let candles = tape.candles(interval, offset_us, (start, end), limit(params, 500)?, now_us);
    let row = |(start, next, stats): (i64, i64, Stats)| {
        json!([
            unit.of(start),
            stats.open.to_string(),
            stats.high.to_string(),
            stats.low.to_string(),
            stats.close.to_string(),
            stats.volume.to_string(),
            unit.of(next - 1),
            stats.quote_volume.to_string(),
            stats.count,
            stats.taker_buy_volume.to_string(),
            stats.taker_buy_quote_volume.to_string(),
            "0",
        ])
    };
    Ok(candles.into_iter().map(row).collect())
}

/// `timeZone`: hours, or hours and minutes, from -12:00 to +14:00; in microseconds.
fn time_zone(params: &Params) -> Result<i64, Refusal> {
    let Some(text) = params.get("timeZone") else {
        return Ok(0);
    };
    let invalid = || Refusal::new(-1130, "Data sent for parameter 'timeZone' is not valid.");
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let number = |text: &str| text.parse::<u8>().map(i64::from).map_err(|_| invalid());
    let offset = sign * (number(hours)? * 60 + number(minutes)?);
    if number(minutes)? > 59 || !(-12 * 60..=14 * 60).contains(&offset) {
        return Err(invalid());
    }
    Ok(offset * MINUTE_US)
}

/// `avgPrice`.
pub(super) fn average(
    engine: &Engine,
    params: &Params,
    now_us: i64,
    unit: TimeUnit,
) -> Result<Value, Refusal> {
    let (price, close_us) = average_of(tape(engine, params)?, now_us);
    Ok(json!({ "mins": 5, "price": price.to_string(), "closeTime": unit.of(close_us) }))
}

/// The average price of five minutes, and the time of the last trade.
pub(super) fn average_of(tape: &Tape, now_us: i64) -> (Fixed, i64) {
    let stats = tape.window(now_us - 5 * MINUTE_US, now_us);
    let close_us = tape.trades().next_back().map_or(now_us, |trade| trade.time_us);
    (stats.average(), close_us)
}

/// The change in percent of the opening price, with three fraction digits.
pub(super) fn percent(stats: &Stats) -> String {
    let thousandths = (stats.close - stats.open).units().saturating_mul(100_000);
    let thousandths = thousandths.checked_div(stats.open.units()).unwrap_or(0);
    let sign = if thousandths < 0 { "-" } else { "" };
    let digits = thousandths.unsigned_abs();
    format!("{sign}{}.{:03}", digits / 1000, digits % 1000)
}

/// Which tickers a query is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    /// The last 24 hours to this moment.
    Day,
    /// The day since midnight in a time zone.
    TradingDay,
    /// `windowSize` to the minute.
    Chosen,
}

/// A query of one symbol, of several, or of all: an object or a list.
pub(super) fn each(
    engine: &Engine,
    params: &Params,
    one: impl Fn(&str) -> Result<Value, Refusal>,
) -> Result<Value, Refusal> {
    if let Some(symbol) = params.get("symbol") {
        known(engine, symbol)?;
        return match trading(params) {
            true => one(symbol),
            false => Err(Refusal::new(
                -1220,
                "The symbol's status does not match the requested symbolStatus.",
            )),
        };
    }
    let symbols: Vec<String> = match params.get("symbols") {
        Some(text) => symbols(engine, text)?,
        None => engine.symbols().map(|symbol| symbol.name.clone()).collect(),
    };
    let symbols = symbols.iter().filter(|_| trading(params));
    symbols.map(|symbol| one(symbol)).collect()
}

/// Whether a request is for symbols that are traded, as all are.
pub(super) fn trading(params: &Params) -> bool {
    params
        .get("symbolStatus")
        .is_none_or(|status| status == "TRADING")
}

pub(super) fn known(engine: &Engine, symbol: &str) -> Result<(), Refusal> {
    engine.symbol(symbol).map(|_| ()).ok_or_else(invalid_symbol)
}

/// The symbols of a JSON array.
pub(super) fn symbols(engine: &Engine, text: &str) -> Result<Vec<String>, Refusal> {
    let Ok(symbols) = serde_json::from_str::<Vec<String>>(text) else {
        return Err(Refusal::new(
            -1135,
            "JSON sent for parameter 'symbols' is not valid",
        ));
    };
    for (at, symbol) in symbols.iter().enumerate() {
        known(engine, symbol)?;
        if symbols[..at].contains(symbol) {
            return Err(Refusal::new(
                -1151,
                "Symbol is present multiple times in the list.",
            ));
        }
    }
    Ok(symbols)
}

/// A window's start and end, in microseconds.
fn bounds(params: &Params, window: Window, now_us: i64) -> Result<(i64, i64), Refusal> {
    Ok(match window {
        Window::Day => (now_us - DAY_US, now_us),
        Window::TradingDay => {
            let offset = time_zone(params)?;
            let (start, next) = Interval::Micros(DAY_US).around(now_us + offset);
            (start - offset, next - offset - 1)
        }
        Window::Chosen => (
            window_start(params.get("windowSize").unwrap_or("1d"), now_us),
            now_us,
        ),
    })
}

/// Where a window of so many minutes, hours or days begins: at a whole minute.
pub(super) fn window_start(size: &str, now_us: i64) -> i64 {
    // What is no size, as the name of a stream may have, counts as a day.
    let unit = |name, length| size.strip_suffix(name).map(|count| (count, length));
    let (count, length) = unit('m', MINUTE_US)
        .or_else(|| unit('h', 60 * MINUTE_US))
        .or_else(|| unit('d', DAY_US))
        .unwrap_or(("1", DAY_US));
    let start = now_us.saturating_sub(count.parse::<i64>().unwrap_or(1).saturating_mul(length));
    start - start.rem_euclid(MINUTE_US)
}

/// `ticker/24hr`, `ticker/tradingDay` and `ticker`.
pub(super) fn ticker(
    engine: &Engine,
    params: &Params,
    window: Window,
    now_us: i64,
    unit: TimeUnit,
) -> Result<Value, Refusal> {
    let (start, end) = bounds(params, window, now_us)?;
    let full = params.get("type") != Some("MINI");
    each(engine, params, |symbol| {
        let tape = engine.tape(symbol).ok_or_else(invalid_symbol)?;
        let stats = tape.window(start, end.min(now_us));
        let mut out = Map::new();
        let mut add = |name: &str, value: Value| out.insert(name.to_owned(), value);
        let text = |number: Fixed| Value::from(number.to_string());
        add("symbol", symbol.into());
        if full {
            add("priceChange", text(stats.close - stats.open));
            add("priceChangePercent", percent(&stats).into());
            add("weightedAvgPrice", text(stats.average()));
        }
        if full && window == Window::Day {
            let [bid, ask] = best(engine, symbol);
            add("prevClosePrice", text(stats.previous_close));
            add("lastPrice", text(stats.close));
            add("lastQty", text(stats.last_quantity));
            add("bidPrice", text(bid.0));
            add("bidQty", text(bid.1));
            add("askPrice", text(ask.0));
            add("askQty", text(ask.1));
        }
        add("openPrice", text(stats.open));
        add("highPrice", text(stats.high));
        add("lowPrice", text(stats.low));
        add("lastPrice", text(stats.close));
        add("volume", text(stats.volume));
        add("quoteVolume", text(stats.quote_volume));
        add("openTime", unit.of(start).into());
        add("closeTime", unit.of(end).into());
        add("firstId", stats.first_id.into());
        add("lastId", stats.last_id.into());
        add("count", stats.count.into());
        Ok(Value::Object(out))
    })
}

/// The best levels, 0 where a side is empty.
pub(super) fn best(engine: &Engine, symbol: &str) -> [(Fixed, Fixed); 2] {
    [Side::Buy, Side::Sell].map(|side| {
        engine
            .book(symbol)
            .and_then(|book| book.best(side))
            .unwrap_or_default()
    })
}

/// `ticker/price`.
pub(super) fn price(engine: &Engine, params: &Params) -> Result<Value, Refusal> {
    each(engine, params, |symbol| {
        let price = engine.tape(symbol).map(Tape::last_price).unwrap_or_default();
        Ok(json!({ "symbol": symbol, "price": price.to_string() }))
    })
}

/// `ticker/bookTicker`.
pub(super) fn book_ticker(engine: &Engine, params: &Params) -> Result<Value, Refusal> {
    each(engine, params, |symbol| {
        let [bid, ask] = best(engine, symbol);
        Ok(json!({
            "symbol": symbol,
            "bidPrice": bid.0.to_string(),
            "bidQty": bid.1.to_string(),
            "askPrice": ask.0.to_string(),
            "askQty": ask.1.to_string(),
        }))
    })
}
