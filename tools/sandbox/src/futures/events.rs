//! Events of the engine on the connections that listen to them.

use std::collections::BTreeMap;

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    AccountEvent, Algo, BalanceView, Event, Execution, Fill, MarginType, MarketEvent, Order, PositionView,
    Reason,
};
use serde_json::{Value, json};

use super::Venue;
use super::numbers::{average, money, ms, plain, price, quantity};
use super::orders::{details, working};
use super::streams;
use crate::depth::DepthRoad;
use crate::state::{Connection, listeners};

/// Sends events to those who listen to them.
pub(super) fn send(
    venue: &Venue,
    connections: &BTreeMap<u64, Connection>,
    road: &mut DepthRoad,
    key_of: impl Fn(u64) -> Option<String>,
    events: Vec<Event>,
) {
    for event in events {
        match event {
            Event::Account {
                account,
                time_us,
                event,
            } => {
                let Some(key) = key_of(account) else { continue };
                for data in account_events(venue, &event, time_us) {
                    for (_, connection, subscriptions) in listeners(connections) {
                        if subscriptions.is_of(venue.name)
                            && subscriptions.hears(&key, data["e"].as_str().unwrap_or_default())
                        {
                            connection.send(subscriptions.wrap(&key, &data));
                        }
                    }
                }
            }
            Event::Market {
                contract,
                time_us,
                event,
            } => {
                let is_depth = matches!(event, MarketEvent::Depth { .. });
                for (id, connection, subscriptions) in listeners(connections) {
                    if !subscriptions.is_of(venue.name) {
                        continue;
                    }
                    for name in subscriptions.names() {
                        let Some(data) = streams::event(venue, name, contract, &event, time_us) else {
                            continue;
                        };
                        let text = subscriptions.wrap(name, &data);
                        match is_depth {
                            true => road
                                .deliver(id, name, text)
                                .into_iter()
                                .for_each(|text| connection.send(text)),
                            false => connection.send(text),
                        }
                    }
                }
            }
        }
    }
}

/// The events of the user data stream that something is.
fn account_events(venue: &Venue, event: &AccountEvent, time_us: i64) -> Vec<Value> {
    let now_ms = ms(time_us);
    match event {
        AccountEvent::Order {
            execution,
            order,
            fill,
        } => {
            let update = order_update(venue, *execution, order, *fill);
            let mut update = json!({ "e": "ORDER_TRADE_UPDATE", "E": now_ms, "T": now_ms, "o": update });
            if venue.is_coin() {
                update["i"] = "SgsR".into();
            }
            let lite = fill.filter(|_| !venue.is_coin() && *execution == Execution::Trade);
            let lite = lite.map(|fill| trade_lite(venue, order, fill, now_ms));
            lite.into_iter().chain([update]).collect()
        }
        AccountEvent::Account {
            reason,
            balances,
            positions,
        } => vec![account_update(venue, *reason, balances, positions, now_ms)],
        AccountEvent::Algo(algo) => vec![json!({
            "e": "ALGO_UPDATE",
            "E": now_ms,
            "T": now_ms,
            "o": algo_update(venue, algo),
        })],
        AccountEvent::Leverage { contract, leverage } => vec![json!({
            "e": "ACCOUNT_CONFIG_UPDATE",
            "E": now_ms,
            "T": now_ms,
            "ac": { "s": details(venue, *contract).symbol, "l": leverage },
        })],
        AccountEvent::MultiAssets(multi) => vec![json!({
            "e": "ACCOUNT_CONFIG_UPDATE",
            "E": now_ms,
            "T": now_ms,
            "ai": { "j": multi },
        })],
        AccountEvent::MarginCall { cross, positions } => vec![margin_call(venue, *cross, positions, now_ms)],
    }
}

fn order_update(venue: &Venue, execution: Execution, order: &Order, fill: Option<Fill>) -> Value {
    let request = &order.request;
    let contract = details(venue, request.contract);
    let zero = Fixed::ZERO;
    let mut update = json!({
        "s": contract.symbol,
        "c": order.client_id,
        "S": request.side.as_str(),
        "o": order.kind.as_str(),
        "f": request.time_in_force.as_str(),
        "q": quantity(contract, request.quantity),
        "p": price(contract, request.price),
        "ap": average(venue.futures.average_price(order)),
        "sp": price(contract, request.stop_price.unwrap_or(zero)),
        "x": execution.as_str(),
        "X": order.status.as_str(),
        "i": order.id,
        "l": quantity(contract, fill.map_or(zero, |fill| fill.quantity)),
        "z": quantity(contract, order.executed),
        "L": price(contract, fill.map_or(zero, |fill| fill.price)),
        "T": ms(order.updated_us),
        "t": fill.map_or(0, |fill| fill.trade),
        "b": "0",
        "a": "0",
        "m": fill.is_some_and(|fill| fill.maker),
        "R": request.reduce_only,
        "wt": working(request.working),
        "ot": request.kind.as_str(),
        "ps": request.position_side.as_str(),
        "cp": request.close_position,
        "rp": money(fill.map_or(zero, |fill| fill.realized)),
        "pP": request.price_protect,
        "V": request.prevention.as_str(),
        "pm": request.price_match.as_str(),
    });
    if let Some(fill) = fill {
        update["N"] = contract.margin_asset().into();
        update["n"] = money(fill.fee).into();
    }
    if let Some(at) = request.activation {
        update["AP"] = price(contract, at).into();
    }
    if let Some(rate) = request.callback {
        update["cr"] = plain(rate).into();
    }
    if venue.is_coin() {
        update["ma"] = contract.margin_asset().into();
    } else {
        update["si"] = 0.into();
        update["ss"] = 0.into();
        update["gtd"] = request.good_till_us.map_or(0, ms).into();
    }
    update
}

fn trade_lite(venue: &Venue, order: &Order, fill: Fill, now_ms: i64) -> Value {
    let request = &order.request;
    let contract = details(venue, request.contract);
    json!({
        "e": "TRADE_LITE",
        "E": now_ms,
        "T": now_ms,
        "s": contract.symbol,
        "q": quantity(contract, request.quantity),
        "p": price(contract, request.price),
        "m": fill.maker,
        "c": order.client_id,
        "S": request.side.as_str(),
        "L": price(contract, fill.price),
        "l": quantity(contract, fill.quantity),
        "t": fill.trade,
        "i": order.id,
    })
}

fn account_update(
    venue: &Venue,
    reason: Reason,
    balances: &[BalanceView],
    positions: &[PositionView],
    now_ms: i64,
) -> Value {
    let balances: Vec<Value> = balances
        .iter()
        .map(|balance| {
            json!({
                "a": balance.asset,
                "wb": money(balance.wallet),
                "cw": money(balance.cross),
                "bc": money(balance.change),
            })
        })
        .collect();
    let positions: Vec<Value> = positions
        .iter()
        .map(|position| {
            let contract = details(venue, position.contract);
            let isolated = position.margin_type == MarginType::Isolated;
            let mut shown = json!({
                "s": contract.symbol,
                "pa": quantity(contract, position.amount),
                "ep": money(position.entry_price),
                "bep": money(position.break_even_price),
                "cr": money(position.realized),
                "up": money(position.unrealized),
                "mt": if isolated { "isolated" } else { "cross" },
                "iw": money(position.isolated_wallet),
                "ps": position.side.as_str(),
            });
            if !venue.is_coin() {
                shown["ma"] = contract.margin_asset().into();
            }
            shown
        })
        .collect();
    let mut event = json!({
        "e": "ACCOUNT_UPDATE",
        "E": now_ms,
        "T": now_ms,
        "a": { "m": reason.as_str(), "B": balances, "P": positions },
    });
    if venue.is_coin() {
        event["i"] = "SgsR".into();
    }
    event
}

fn algo_update(venue: &Venue, algo: &Algo) -> Value {
    let request = &algo.request;
    let contract = details(venue, request.contract);
    let (actual, filled) = algo.outcome.unwrap_or((Fixed::ZERO, Fixed::ZERO));
    let placed = algo.order.map(|id| id.to_string()).unwrap_or_default();
    json!({
        "caid": algo.client_id,
        "aid": algo.id,
        "at": "CONDITIONAL",
        "o": request.kind.as_str(),
        "s": contract.symbol,
        "S": request.side.as_str(),
        "ps": request.position_side.as_str(),
        "f": request.time_in_force.as_str(),
        "q": quantity(contract, request.quantity),
        "X": algo.status.as_str(),
        "ai": placed,
        "ap": average(actual),
        "aq": quantity(contract, filled),
        "act": algo.order.map_or("0", |_| request.kind.triggered().as_str()),
        "tp": price(contract, request.stop_price.unwrap_or(Fixed::ZERO)),
        "p": price(contract, request.price),
        "V": request.prevention.as_str(),
        "wt": working(request.working),
        "pm": request.price_match.as_str(),
        "cp": request.close_position,
        "pP": request.price_protect,
        "R": request.reduce_only,
        "tt": algo.triggered_us.map_or(0, ms),
        "gtd": request.good_till_us.map_or(0, ms),
        "rm": algo.reason.clone().unwrap_or_default(),
    })
}

fn margin_call(
    venue: &Venue,
    cross: Option<Fixed>,
    positions: &[(PositionView, Fixed)],
    now_ms: i64,
) -> Value {
    let positions: Vec<Value> = positions
        .iter()
        .map(|(position, maintenance)| {
            let listing = &venue.futures.listings()[position.contract];
            let contract = &listing.contract;
            let isolated = position.margin_type == MarginType::Isolated;
            // One-way mode has one side, named after what is held.
            let side = match position.side.as_str() {
                "BOTH" if position.amount < Fixed::ZERO => "SHORT",
                "BOTH" => "LONG",
                side => side,
            };
            json!({
                "s": contract.symbol,
                "ps": side,
                "pa": quantity(contract, position.amount),
                "mt": if isolated { "ISOLATED" } else { "CROSSED" },
                "iw": money(position.isolated_wallet),
                "mp": money(listing.mark),
                "up": money(position.unrealized),
                "mm": money(*maintenance),
            })
        })
        .collect();
    let mut event = json!({ "e": "MARGIN_CALL", "E": now_ms, "p": positions });
    if let Some(cross) = cross {
        event["cw"] = money(cross).into();
    }
    if venue.is_coin() {
        event["i"] = "SgsR".into();
    }
    event
}
