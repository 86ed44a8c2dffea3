//! What happened, as user data streams show it.

use binance_wire_sandbox_engine::spot::{
    Balance, Execution, ExecutionType, OrderList, self_trade_name, time_in_force_name,
};
use serde_json::{Map, Value, json};

use super::Fixed;
use super::answers::{id, list_id};
use crate::clock::TimeUnit;

/// `executionReport`.
pub(super) fn execution(report: &Execution, unit: TimeUnit) -> Value {
    let order = &report.order;
    // Of a cancellation `c` names the request and `C` the order; of an amendment they are the order's names since and before.
    let (client_id, original_id) = match (&report.other_client_id, report.kind) {
        (Some(request), ExecutionType::Canceled) => (request.as_str(), order.client_order_id.as_str()),
        (Some(before), _) => (order.client_order_id.as_str(), before.as_str()),
        (None, _) => (order.client_order_id.as_str(), ""),
    };
    let (last_quantity, last_price, commission, trade_id) = match &report.fill {
        Some(fill) => (fill.quantity, fill.price, fill.commission, fill.trade_id),
        None => (Fixed::ZERO, Fixed::ZERO, Fixed::ZERO, -1),
    };
    let on_book = order.status.is_open() && order.working_us.is_some();
    let mut out = json!({
        "e": "executionReport",
        "E": unit.of(report.time_us),
        "s": order.symbol,
        "c": client_id,
        "S": order.side.as_str(),
        "o": order.kind.as_str(),
        "f": time_in_force_name(order.time_in_force),
        "q": order.quantity.to_string(),
        "p": order.price.to_string(),
        "P": order.stop_price.to_string(),
        "F": order.iceberg.to_string(),
        "g": list_id(order),
        "C": original_id,
        "x": report.kind.as_str(),
        "X": order.status.as_str(),
        "r": report.reject_reason.unwrap_or("NONE"),
        "i": id(order.id),
        "l": last_quantity.to_string(),
        "z": order.executed.to_string(),
        "L": last_price.to_string(),
        "n": commission.to_string(),
        "N": report.fill.as_ref().map(|fill| fill.commission_asset.as_str()),
        "T": unit.of(report.time_us),
        "t": trade_id,
        "I": report.execution_id,
        "w": on_book,
        "m": report.fill.as_ref().is_some_and(|fill| fill.is_maker),
        "M": false,
        "O": unit.of(order.created_us),
        "Z": order.executed_quote.to_string(),
        "Y": last_quantity.times(last_price).to_string(),
        "Q": order.quote_quantity.to_string(),
        "V": self_trade_name(order.self_trade),
    });
    if let Some(object) = out.as_object_mut() {
        conditional(object, report, unit);
    }
    out
}

fn conditional(out: &mut Map<String, Value>, report: &Execution, unit: TimeUnit) {
    let order = &report.order;
    let mut add = |name: &str, value: Value| out.insert(name.to_owned(), value);
    if let Some(working_us) = order.working_us {
        add("W", unit.of(working_us).into());
    }
    if let Some(delta) = order.trailing_delta {
        add("d", delta.into());
        add("D", order.trailing_us.map_or(-1, |us| unit.of(us)).into());
    }
    if let Some(strategy) = order.strategy_id {
        add("j", strategy.into());
    }
    if let Some(kind) = order.strategy_type {
        add("J", kind.into());
    }
    if let Some((entry, counter)) = &report.prevented {
        let is_taker = entry.taker == order.id;
        let lost = if is_taker {
            entry.from_taker
        } else {
            entry.from_maker
        };
        add("v", entry.id.into());
        add("A", order.prevented.to_string().into());
        add("B", lost.to_string().into());
        add("u", entry.group.into());
        add("U", id(*counter).into());
        add("Cs", order.symbol.clone().into());
        add("pl", entry.quantity.to_string().into());
        add("pL", entry.price.to_string().into());
        add("pY", entry.quantity.times(entry.price).to_string().into());
    }
    if order.sor {
        if let Some(allocation) = report.fill.as_ref().and_then(|fill| fill.allocation) {
            add("b", "ONE_PARTY_TRADE_REPORT".into());
            add("a", allocation.into());
        }
        add("k", "SOR".into());
        add("uS", true.into());
    }
    if let Some(peg) = order.peg {
        add("gP", if peg.market { "MARKET_PEG" } else { "PRIMARY_PEG" }.into());
        if let Some(offset) = peg.offset {
            add("gOT", "PRICE_LEVEL".into());
            add("gOV", offset.into());
        }
        if let Some(price) = order.pegged_price() {
            add("gp", price.to_string().into());
        }
    }
    if let Some(reason) = order.expiry_reason {
        add("eR", reason.into());
    }
}

/// `listStatus`.
pub(super) fn list_status(list: &OrderList, unit: TimeUnit) -> Value {
    let orders = list
        .orders
        .iter()
        .map(|(order, name)| json!({ "s": list.symbol, "i": id(*order), "c": name }));
    json!({
        "e": "listStatus",
        "E": unit.of(list.updated_us),
        "s": list.symbol,
        "g": id(list.id),
        "c": list.contingency.as_str(),
        "l": list.stage.status_type(),
        "L": list.stage.order_status(),
        "r": "NONE",
        "C": list.client_id,
        "T": unit.of(list.updated_us),
        "O": orders.collect::<Value>(),
    })
}

/// `outboundAccountPosition`.
pub(super) fn position(balances: &[(String, Balance)], time_us: i64, unit: TimeUnit) -> Value {
    let balances = balances.iter().map(|(asset, balance)| {
        json!({ "a": asset, "f": balance.free.to_string(), "l": balance.locked.to_string() })
    });
    json!({
        "e": "outboundAccountPosition",
        "E": unit.of(time_us),
        "u": unit.of(time_us),
        "B": balances.collect::<Value>(),
    })
}

/// `balanceUpdate`.
pub(super) fn balance_update(asset: &str, delta: Fixed, time_us: i64, unit: TimeUnit) -> Value {
    json!({ "e": "balanceUpdate", "E": unit.of(time_us), "a": asset, "d": delta.to_string(), "T": unit.of(time_us) })
}

/// The event that ends a user data subscription.
pub(crate) fn stream_terminated(now_us: i64, unit: TimeUnit) -> Value {
    json!({ "e": "eventStreamTerminated", "E": unit.of(now_us) })
}

/// The event that announces the end of a connection.
pub(crate) fn server_shutdown(now_us: i64, unit: TimeUnit) -> Value {
    json!({ "e": "serverShutdown", "E": unit.of(now_us) })
}
