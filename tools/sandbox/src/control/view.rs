//! The exchange as JSON, for the page and for programs.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::exchange::Exchange;
use crate::faults::Injection;
use crate::record::{BookView, OrderView};
use crate::state::{Role, Shared, State};

/// Levels of a book's side.
const LEVELS: usize = 10;
/// Orders, fills and requests that are listed, the latest.
const LATEST: usize = 30;
/// The accounts of the built-in keys.
const ACCOUNTS: [u64; 2] = [1, 2];
/// What is left out of a request: what signs, and what could.
const HIDDEN: &str = "…";

/// Everything at once.
pub(super) fn state(shared: &Shared, exchange: &Exchange) -> Value {
    let symbols: Vec<Value> = exchange
        .symbols()
        .into_iter()
        .filter_map(|symbol| Some(book(&symbol, &exchange.book(&symbol, LEVELS)?)))
        .collect();
    let accounts = ACCOUNTS.map(|account| {
        let fills = exchange.fills(account);
        let latest = fills.iter().rev().take(LATEST).map(|fill| {
            json!({
                "tradeId": fill.trade_id, "orderId": fill.order_id, "price": fill.price, "quantity": fill.quantity,
            })
        });
        let balances = exchange.balances(account).into_iter();
        let balances = balances.map(|(asset, (free, locked))| json!({ "asset": asset, "free": free, "locked": locked }));
        json!({
            "account": account,
            "balances": balances.collect::<Vec<_>>(),
            "fills": latest.collect::<Vec<_>>(),
            "fillCount": fills.len(),
        })
    });
    let counts = exchange.counts();
    let state = &mut *shared.lock();
    let (orders, order_count) = latest_orders(state);
    json!({
        "now": state.clock.now_us().div_euclid(1000),
        "speed": state.clock.speed(),
        "counts": {
            "accepted": counts.accepted, "open": counts.open, "httpRequests": counts.http_requests,
            "webSockets": counts.websockets, "openWebSockets": counts.open_websockets, "orders": order_count,
        },
        "symbols": symbols,
        "orders": orders,
        "accounts": accounts,
        "connections": connections(state),
        "limits": state.counters.usage_json(state.clock.now_us()),
        "faults": {
            "waiting": state.faults.waiting().map(Injection::to_string).collect::<Vec<_>>(),
            "struck": state.faults.struck(),
        },
        "requests": requests_of(state, LATEST),
    })
}

fn book(symbol: &str, book: &BookView) -> Value {
    json!({ "symbol": symbol, "lastUpdateId": book.last_update_id, "bids": book.bids, "asks": book.asks })
}

/// The latest orders of the users' accounts, the last first, and how many there are of all accounts.
fn latest_orders(state: &State) -> (Vec<Value>, usize) {
    let mut latest = VecDeque::with_capacity(LATEST);
    let mut count = 0;
    for order in state.spot.orders() {
        count += 1;
        if ACCOUNTS.contains(&order.account) {
            if latest.len() == LATEST {
                latest.pop_front();
            }
            latest.push_back(order);
        }
    }
    let orders = latest.into_iter().rev().map(|one| order(&OrderView::of(one)));
    (orders.collect(), count)
}

fn order(order: &OrderView) -> Value {
    json!({
        "orderId": order.order_id,
        "account": order.account,
        "symbol": order.symbol,
        "side": order.side,
        "type": order.order_type,
        "status": order.status,
        "price": order.price,
        "quantity": order.quantity,
        "executed": order.executed_quantity,
        "clientOrderId": order.client_order_id,
    })
}

fn connections(state: &State) -> Vec<Value> {
    let view = |(id, connection): (&u64, &crate::state::Connection)| {
        let (kind, listens) = match &connection.role {
            Role::WsApi(session) => ("WebSocket API", session.to_view()),
            Role::Streams(subscriptions) => {
                let names: Vec<String> = subscriptions.names().map(hide_key).collect();
                ("streams", json!({ "streams": names }))
            }
        };
        json!({ "id": id, "kind": kind, "listens": listens, "waiting": connection.backlog.bytes() })
    };
    state.connections.iter().map(view).collect()
}

/// The name of a stream, or what stands for a listen key.
fn hide_key(name: &str) -> String {
    if name.contains('@') || name.starts_with('!') {
        name.to_owned()
    } else {
        "listen key".to_owned()
    }
}

/// What was received, the latest first.
pub(super) fn requests(exchange: &Exchange, most: usize) -> Value {
    json!({ "requests": requests_of(&exchange.shared.lock(), most) })
}

fn requests_of(state: &State, most: usize) -> Vec<Value> {
    let latest = state.records.requests.iter().rev().take(most);
    let view = latest.map(|request| {
        let query = request.query.split('&').map(|pair| match pair.split_once('=') {
            Some((name @ ("signature" | "listenKey" | "apiKey"), _)) => format!("{name}={HIDDEN}"),
            _ => pair.to_owned(),
        });
        json!({
            "method": request.method,
            "path": request.path,
            "query": query.collect::<Vec<_>>().join("&"),
        })
    });
    view.collect()
}
