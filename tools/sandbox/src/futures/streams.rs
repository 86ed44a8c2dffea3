//! The market streams of futures: what each says, at a tick and when something happens.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    AggTrade, Candle, Candles, ContractId, Level, Listing, MarketEvent, Order, Side, kline_interval,
};
use serde_json::{Value, json};

use super::Venue;
use super::market::{aggregate, day, is_coin, levels, notional};
use super::numbers::{average, money, ms, places, price, quantity};
use crate::state::{State, listeners};

/// A stream that the engine feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What<'n> {
    AggTrade,
    /// Changes of the book.
    Depth,
    /// The best levels.
    Top(usize),
    BookTicker,
    Forced,
    MarkPrice,
    IndexPrice,
    Ticker,
    MiniTicker,
    /// By the spelling of its interval.
    Kline(&'n str, Source),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Trades,
    Continuous,
    Mark,
    Index,
}

/// What a stream is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    All,
    One(ContractId),
    Unlisted,
}

/// A name of a stream, read.
struct Name<'n> {
    what: What<'n>,
    of: Of,
    /// Whether an event is a list.
    list: bool,
}

/// Reads a name; `None` of streams that the engine does not feed.
fn read<'n>(venue: &Venue, name: &'n str) -> Option<Name<'n>> {
    if let Some(all) = name.strip_prefix('!') {
        let (what, list) = match all {
            "bookTicker" => (What::BookTicker, false),
            "forceOrder@arr" => (What::Forced, false),
            "ticker@arr" => (What::Ticker, true),
            "miniTicker@arr" => (What::MiniTicker, true),
            "markPrice@arr" | "markPrice@arr@1s" => (What::MarkPrice, true),
            _ => return None,
        };
        let of = Of::All;
        return Some(Name { what, of, list });
    }
    let (of, suffix) = name.split_once('@')?;
    let what = read_suffix(suffix)?;
    let of = of.to_uppercase();
    let listings = venue.futures.listings();
    let of_pair = |pair: &str| listings.iter().position(|listing| listing.contract.pair == pair);
    let by_symbol = venue.futures.find(&of);
    let contract = match what {
        What::Kline(_, Source::Continuous) => of.strip_suffix("_PERPETUAL").and_then(of_pair),
        What::IndexPrice | What::Kline(_, Source::Index) => of_pair(&of),
        What::MarkPrice => by_symbol.or_else(|| of_pair(&of)),
        _ => by_symbol,
    };
    Some(Name {
        what,
        of: contract.map_or(Of::Unlisted, Of::One),
        // The mark prices of a pair are a list.
        list: what == What::MarkPrice && by_symbol.is_none(),
    })
}

/// Reads what comes after the symbol.
fn read_suffix(suffix: &str) -> Option<What<'_>> {
    let (first, speed) = match suffix.split_once('@') {
        Some((first, speed)) => (first, Some(speed)),
        None => (suffix, None),
    };
    let of_books = matches!(speed, None | Some("100ms" | "250ms" | "500ms"));
    let of_prices = matches!(speed, None | Some("1s"));
    Some(match first {
        "depth" | "rpiDepth" if of_books => What::Depth,
        "depth5" if of_books => What::Top(5),
        "depth10" if of_books => What::Top(10),
        "depth20" if of_books => What::Top(20),
        "markPrice" if of_prices => What::MarkPrice,
        "indexPrice" if of_prices => What::IndexPrice,
        _ if speed.is_some() => return None,
        "aggTrade" => What::AggTrade,
        "bookTicker" => What::BookTicker,
        "forceOrder" => What::Forced,
        "ticker" => What::Ticker,
        "miniTicker" => What::MiniTicker,
        _ => {
            let (source, interval) = first.split_once('_')?;
            let source = match source {
                "kline" => Source::Trades,
                "continuousKline" => Source::Continuous,
                "markPriceKline" => Source::Mark,
                "indexPriceKline" => Source::Index,
                _ => return None,
            };
            kline_interval(interval)?;
            What::Kline(interval, source)
        }
    })
}

/// Whether the engine feeds a stream, and what the stream says at a tick: nothing where only events make it speak, and where
/// its contract is not listed.
pub(super) fn present(venue: &Venue, name: &str, now_us: i64) -> Option<Option<Value>> {
    let read = read(venue, name)?;
    let listings = venue.futures.listings();
    let of = |listing: &Listing| state(listing, read.what, now_us);
    Some(match (read.of, read.list) {
        (Of::One(contract), false) => of(&listings[contract]),
        (Of::One(contract), true) => of(&listings[contract]).map(|event| json!([event])),
        (Of::All, true) => Some(listings.iter().filter_map(of).collect()),
        (Of::All, false) | (Of::Unlisted, _) => None,
    })
}

/// What a stream says of a contract by itself.
fn state(listing: &Listing, what: What<'_>, now_us: i64) -> Option<Value> {
    let contract = &listing.contract;
    let now_ms = ms(now_us);
    let mut event = match what {
        What::MarkPrice => json!({
            "e": "markPriceUpdate",
            "E": now_ms,
            "s": contract.symbol,
            "p": money(listing.mark),
            "i": money(listing.index),
            "P": money(listing.index),
            "r": money(listing.funding_rate()),
            "T": ms(listing.next_funding_us),
        }),
        What::IndexPrice => {
            return Some(json!({
                "e": "indexPriceUpdate",
                "E": now_ms,
                "i": contract.pair,
                "p": money(listing.index),
            }));
        }
        What::Ticker | What::MiniTicker => {
            let day = day(listing, now_us);
            let mut event = json!({
                "e": "24hrMiniTicker",
                "E": now_ms,
                "s": contract.symbol,
                "ps": contract.pair,
                "c": price(contract, day.last),
                "o": price(contract, day.open),
                "h": price(contract, day.high),
                "l": price(contract, day.low),
                "v": quantity(contract, day.volume),
                "q": notional(contract, day.notional),
            });
            if let (What::Ticker, Some(members)) = (what, event.as_object_mut()) {
                let more = json!({
                    "e": "24hrTicker",
                    "p": price(contract, day.change),
                    "P": places(day.change_percent, 3),
                    "w": price(contract, day.average),
                    "Q": quantity(contract, day.last_quantity),
                    "O": day.open_ms,
                    "C": day.close_ms,
                    "F": day.first,
                    "L": day.last_id,
                    "n": day.count,
                });
                if let Value::Object(more) = more {
                    members.extend(more);
                }
            }
            event
        }
        What::Top(count) => {
            let last = listing.book.last_update();
            json!({
                "e": "depthUpdate",
                "E": now_ms,
                "T": now_ms,
                "s": contract.symbol,
                "ps": contract.pair,
                "U": last,
                "u": last,
                "pu": last,
                "b": levels(contract, listing.book.levels(Side::Buy).take(count)),
                "a": levels(contract, listing.book.levels(Side::Sell).take(count)),
            })
        }
        What::Kline(interval, source) => return kline(listing, interval, source, now_us),
        What::AggTrade | What::Depth | What::BookTicker | What::Forced => return None,
    };
    stamp(listing, &mut event);
    Some(event)
}

/// The member that tells the products of a stream apart.
fn stamp(listing: &Listing, event: &mut Value) {
    event["st"] = if is_coin(&listing.contract) { 2 } else { 1 }.into();
}

fn kline(listing: &Listing, spelled: &str, source: Source, now_us: i64) -> Option<Value> {
    let contract = &listing.contract;
    let interval = kline_interval(spelled)?;
    let candles: &Candles = match source {
        Source::Trades | Source::Continuous => &listing.tape.candles,
        Source::Mark => &listing.mark_candles,
        Source::Index => &listing.index_candles,
    };
    let candle: Candle = candles.latest(interval)?;
    let end_us = interval.around(candle.open_us).1;
    let of_trades = matches!(source, Source::Trades | Source::Continuous);
    let at = |value: Fixed| {
        if of_trades {
            price(contract, value)
        } else {
            money(value)
        }
    };
    let amount = |text: String| if of_trades { text } else { "0".to_owned() };
    let mut k = json!({
        "t": ms(candle.open_us),
        "T": ms(end_us) - 1,
        "i": spelled,
        "f": if of_trades { candle.first } else { ms(candle.open_us) },
        "L": if of_trades { candle.last } else { ms(now_us) },
        "o": at(candle.open),
        "c": at(candle.close),
        "h": at(candle.high),
        "l": at(candle.low),
        "v": amount(quantity(contract, candle.volume)),
        "n": candle.trades,
        "x": now_us >= end_us,
        "q": amount(notional(contract, candle.notional)),
        "V": amount(quantity(contract, candle.taker_volume)),
        "Q": amount(notional(contract, candle.taker_notional)),
        "B": "0",
    });
    match source {
        Source::Trades | Source::Mark => k["s"] = contract.symbol.as_str().into(),
        Source::Index => k["s"] = "0".into(),
        Source::Continuous => {}
    }
    let mut event = json!({ "E": ms(now_us), "k": k });
    let (kind, named) = match source {
        Source::Trades => ("kline", "s"),
        Source::Continuous => ("continuous_kline", "ps"),
        Source::Mark => ("markPrice_kline", "ps"),
        Source::Index => ("indexPrice_kline", "ps"),
    };
    event["e"] = kind.into();
    event[named] = match named {
        "s" => contract.symbol.as_str(),
        _ => contract.pair.as_str(),
    }
    .into();
    if source == Source::Continuous {
        event["ct"] = "PERPETUAL".into();
    }
    Some(event)
}

/// What a stream says of something that happened in a contract.
pub(super) fn event(
    venue: &Venue,
    name: &str,
    contract: ContractId,
    happened: &MarketEvent,
    now_us: i64,
) -> Option<Value> {
    let read = read(venue, name)?;
    if read.of != Of::All && read.of != Of::One(contract) {
        return None;
    }
    let listing = &venue.futures.listings()[contract];
    let mut event = match (read.what, happened) {
        (What::AggTrade, MarketEvent::AggTrade(trade)) => agg_trade(listing, trade, now_us),
        (What::Depth, MarketEvent::Depth { .. }) => depth(listing, happened, now_us)?,
        (What::Top(_), MarketEvent::Depth { .. })
        | (What::Kline(_, Source::Trades | Source::Continuous), MarketEvent::Trade(_)) => {
            return state(listing, read.what, now_us);
        }
        (What::BookTicker, MarketEvent::BookTicker { update, bid, ask }) => {
            book_ticker(listing, *update, *bid, *ask, now_us)
        }
        (What::Forced, MarketEvent::Forced { order, .. }) => forced(venue, listing, order, now_us),
        _ => return None,
    };
    stamp(listing, &mut event);
    Some(event)
}

fn agg_trade(listing: &Listing, trade: &AggTrade, now_us: i64) -> Value {
    let contract = &listing.contract;
    let mut event = json!({ "e": "aggTrade", "E": ms(now_us), "s": contract.symbol });
    if let (Some(members), Value::Object(trade)) = (event.as_object_mut(), aggregate(contract, trade)) {
        members.extend(trade);
    }
    event
}

fn depth(listing: &Listing, happened: &MarketEvent, now_us: i64) -> Option<Value> {
    let MarketEvent::Depth {
        first,
        last,
        previous,
        bids,
        asks,
    } = happened
    else {
        return None;
    };
    let contract = &listing.contract;
    Some(json!({
        "e": "depthUpdate",
        "E": ms(now_us),
        "T": ms(now_us),
        "s": contract.symbol,
        "ps": contract.pair,
        "U": first,
        "u": last,
        "pu": previous,
        "b": levels(contract, bids.iter().copied()),
        "a": levels(contract, asks.iter().copied()),
    }))
}

fn book_ticker(listing: &Listing, update: i64, bid: Option<Level>, ask: Option<Level>, now_us: i64) -> Value {
    let contract = &listing.contract;
    let none = (Fixed::ZERO, Fixed::ZERO);
    let ((bid, bids), (ask, asks)) = (bid.unwrap_or(none), ask.unwrap_or(none));
    json!({
        "e": "bookTicker",
        "u": update,
        "E": ms(now_us),
        "T": ms(now_us),
        "s": contract.symbol,
        "ps": contract.pair,
        "b": price(contract, bid),
        "B": quantity(contract, bids),
        "a": price(contract, ask),
        "A": quantity(contract, asks),
    })
}

fn forced(venue: &Venue, listing: &Listing, order: &Order, now_us: i64) -> Value {
    let contract = &listing.contract;
    let mut o = json!({
        "s": contract.symbol,
        "S": order.request.side.as_str(),
        "o": "LIMIT",
        "f": "IOC",
        "q": quantity(contract, order.request.quantity),
        "p": price(contract, order.request.price),
        "ap": average(venue.futures.average_price(order)),
        "X": order.status.as_str(),
        "l": quantity(contract, order.executed),
        "z": quantity(contract, order.executed),
        "T": ms(order.updated_us),
    });
    if is_coin(contract) {
        o["ps"] = contract.pair.as_str().into();
    }
    json!({ "e": "forceOrder", "E": ms(now_us), "o": o })
}

/// Sends what streams say every second: prices, statistics and klines.
pub(super) fn tick(state: &State) {
    let now_us = state.clock.now_us();
    for (_, connection, subscriptions) in listeners(&state.connections) {
        let Some(venue) = state
            .futures
            .venues
            .iter()
            .find(|venue| subscriptions.is_of(venue.name))
        else {
            continue;
        };
        for name in subscriptions.names() {
            if let Some(Some(event)) = present(venue, name, now_us) {
                connection.send(subscriptions.wrap(name, &event));
            }
        }
    }
}
