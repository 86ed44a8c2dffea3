//! Orders, conditional orders, and the trades of accounts.

use binance_wire_catalog_data::model::Call as Described;
use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    AccountTrade, Algo, Contract, ContractId, Kind, Order, OrderType, Status, Working,
};
use serde_json::{Map, Value, json};

use super::numbers::{average, money, ms, plain, price, quantity};
use super::read::{Span, change, integer, invalid, new_order};
use super::{Call, Venue};
use crate::catalog;
use crate::error::Refusal;
use crate::params::Params;

/// Orders of one request.
const MAX_BATCH: usize = 5;
/// Orders of one request to cancel.
const MAX_CANCELS: usize = 10;

/// Answers an operation of orders.
pub(super) fn answer(venue: &mut Venue, call: &Call<'_>) -> Option<Result<Value, Refusal>> {
    let params = call.params;
    Some(match call.id {
        "newOrder" => place(venue, call, params),
        "testOrder" => test(venue, call),
        "placeMultipleOrders" => batch(call, "newOrder", |params| place(venue, call, params)),
        "modifyOrder" | "orderModify" => modify(venue, call, params),
        "modifyMultipleOrders" => batch(call, "modifyOrder", |params| modify(venue, call, params)),
        "cancelOrder" => cancel(venue, call),
        "cancelMultipleOrders" => cancel_several(venue, call),
        "cancelAllOpenOrders" => venue.contract(params).map(|contract| {
            venue.futures.cancel_all(call.account, contract);
            json!({ "code": 200, "msg": "The operation of cancel all open order is done." })
        }),
        "autoCancelAllOpenOrders" => countdown(venue, call),
        "queryOrder" => query(venue, call, false),
        "queryCurrentOpenOrder" => query(venue, call, true),
        "openOrders" => open_orders(venue, call),
        "allOrders" => all_orders(venue, call),
        "myTrades" => trades(venue, call),
        "getOrderModifyHistory" => amendments(venue, call),
        "usersForceOrders" => forced(venue, call),
        "newAlgoOrder" => place_algo(venue, call),
        "cancelAlgoOrder" => cancel_algo(venue, call),
        "cancelAllAlgoOpenOrders" => venue.contract(params).map(|contract| {
            venue.futures.cancel_all_algos(call.account, contract);
            json!({ "code": 200, "msg": "The operation of cancel all open order is done." })
        }),
        "queryAlgoOrder" => query_algo(venue, call),
        "currentAllAlgoOpenOrders" => open_algos(venue, call),
        "queryAllAlgoOrders" => all_algos(venue, call),
        _ => return None,
    })
}

fn place(venue: &mut Venue, call: &Call<'_>, params: &Params) -> Result<Value, Refusal> {
    let order = new_order(venue, params)?;
    let mut placed = venue.futures.place(call.account, order)?;
    if !matches!(params.get("newOrderRespType"), Some("RESULT" | "FULL")) {
        // The answer is that of the moment in which it was accepted.
        placed.status = Status::New;
        placed.executed = Fixed::ZERO;
        placed.notional = Fixed::ZERO;
        placed.updated_us = placed.created_us;
    }
    Ok(report(venue, &placed))
}

fn test(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let order = new_order(venue, call.params)?;
    venue.futures.test(call.account, order)?;
    Ok(json!({}))
}

/// Carries out what the entries of `batchOrders` ask for, one by one, and returns what became of each.
fn batch(
    call: &Call<'_>,
    operation: &str,
    mut carry_out: impl FnMut(&Params) -> Result<Value, Refusal>,
) -> Result<Value, Refusal> {
    let list = call.params.get("batchOrders").unwrap_or_default();
    let entries: Vec<Map<String, Value>> = serde_json::from_str(list).map_err(|_| invalid("batchOrders"))?;
    if entries.is_empty() || entries.len() > MAX_BATCH {
        return Err(Refusal::new(-4082, "Invalid number of batch place orders."));
    }
    let is_rest = |call: &Described| matches!(call, Described::Rest { .. });
    let described = call
        .product
        .operations
        .iter()
        .find(|one| one.id == operation && is_rest(&one.call));
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let outcomes = entries.into_iter().map(|entry| {
        let params = Params::from_pairs(entry.into_iter().map(|(name, value)| (name, text(value))));
        let checked = described.map_or(Ok(()), |one| catalog::check(call.product, one, &params));
        match checked.and_then(|()| carry_out(&params)) {
            Ok(order) => order,
            Err(refusal) => refusal.to_json(),
        }
    });
    Ok(outcomes.collect())
}

/// `orderId` and `origClientOrderId`.
fn ids(params: &Params) -> Result<(Option<i64>, Option<&str>), Refusal> {
    let ids = (integer(params, "orderId")?, params.get("origClientOrderId"));
    match ids {
        (None, None) => Err(Refusal::missing("orderId")),
        ids => Ok(ids),
    }
}

fn modify(venue: &mut Venue, call: &Call<'_>, params: &Params) -> Result<Value, Refusal> {
    let contract = venue.contract(params)?;
    let (id, client_id) = ids(params)?;
    let order = venue
        .futures
        .modify(call.account, contract, id, client_id, change(params)?)?;
    let mut answer = report(venue, &order);
    if let (Some(id), Some(members)) = (integer(params, "modifyId")?, answer.as_object_mut()) {
        members.insert("modifyId".to_owned(), id.into());
    }
    Ok(answer)
}

fn cancel(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let (id, client_id) = ids(call.params)?;
    let order = venue.futures.cancel(call.account, contract, id, client_id)?;
    Ok(report(venue, &order))
}

fn cancel_several(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let list = |name: &str| -> Result<Vec<Value>, Refusal> {
        let text = call.params.get(name).unwrap_or("[]");
        // Either a JSON list or values with commas between them.
        serde_json::from_str(text).or_else(|_| {
            let values = text
                .split(',')
                .map(|item| Value::from(item.trim().trim_matches('"')));
            Ok(values.collect())
        })
    };
    let numbers = list("orderIdList")?;
    let names = list("origClientOrderIdList")?;
    if numbers.len().max(names.len()) > MAX_CANCELS {
        return Err(Refusal::new(-4032, "Exceed maximum cancel order size."));
    }
    let mut outcomes = Vec::new();
    let mut end = |id: Option<i64>, client_id: Option<&str>| {
        outcomes.push(
            match venue.futures.cancel(call.account, contract, id, client_id) {
                Ok(order) => report(venue, &order),
                Err(reject) => Refusal::from(reject).to_json(),
            },
        );
    };
    for number in &numbers {
        let id = number.as_i64().or_else(|| number.as_str()?.parse().ok());
        end(Some(id.ok_or_else(|| invalid("orderIdList"))?), None);
    }
    // Where both are sent, the ids count.
    if numbers.is_empty() {
        for name in &names {
            end(
                None,
                Some(name.as_str().ok_or_else(|| invalid("origClientOrderIdList"))?),
            );
        }
    }
    Ok(Value::Array(outcomes))
}

fn countdown(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let milliseconds = integer(call.params, "countdownTime")?.unwrap_or(0);
    venue.futures.countdown(call.account, contract, milliseconds);
    Ok(json!({
        "symbol": call.params.get("symbol"),
        "countdownTime": milliseconds.to_string(),
    }))
}

fn query(venue: &mut Venue, call: &Call<'_>, open: bool) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let (id, client_id) = ids(call.params)?;
    let order = venue.futures.find_order(call.account, contract, id, client_id)?;
    match open && !order.is_open() {
        true => Err(Refusal::new(-2013, "Order does not exist.")),
        false => Ok(shown(venue, order)),
    }
}

fn open_orders(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (contracts, _) = venue.contracts(call.params)?;
    let ids = venue.futures.open_orders(call.account, None);
    let orders = ids.into_iter().filter_map(|id| venue.futures.order(id));
    let orders = orders.filter(|order| contracts.contains(&order.request.contract));
    Ok(orders.map(|order| shown(venue, order)).collect())
}

fn all_orders(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (contracts, _) = venue.contracts(call.params)?;
    let span = Span::read(call.params, "orderId")?;
    let owner = venue.futures.account(call.account);
    let orders = owner
        .into_iter()
        .flat_map(|owner| &owner.orders)
        .filter_map(|id| venue.futures.order(*id));
    let orders = orders.filter(|order| contracts.contains(&order.request.contract));
    let orders = span.of(orders, |order| (order.id, order.created_us));
    Ok(orders.into_iter().map(|order| shown(venue, order)).collect())
}

fn trades(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (contracts, _) = venue.contracts(call.params)?;
    let span = Span::read(call.params, "fromId")?;
    let order = integer(call.params, "orderId")?;
    let owner = venue.futures.account(call.account);
    let trades = owner.into_iter().flat_map(|owner| &owner.trades);
    let concerned = |trade: &&AccountTrade| {
        contracts.contains(&trade.contract) && order.is_none_or(|order| trade.order == order)
    };
    let trades = span.of(trades.filter(concerned), |trade| (trade.id, trade.time_us));
    Ok(trades
        .into_iter()
        .map(|trade| account_trade(venue, trade))
        .collect())
}

fn account_trade(venue: &Venue, trade: &AccountTrade) -> Value {
    let contract = details(venue, trade.contract);
    let notional = contract.notional(trade.quantity, trade.price);
    let mut shown = json!({
        "symbol": contract.symbol,
        "id": trade.id,
        "orderId": trade.order,
        "side": trade.side.as_str(),
        "price": price(contract, trade.price),
        "qty": quantity(contract, trade.quantity),
        "realizedPnl": money(trade.realized),
        "marginAsset": contract.margin_asset(),
        "commission": money(trade.fee),
        "commissionAsset": contract.margin_asset(),
        "time": ms(trade.time_us),
        "positionSide": trade.position_side.as_str(),
        "maker": trade.maker,
        "buyer": trade.side.as_str() == "BUY",
    });
    if venue.is_coin() {
        shown["pair"] = contract.pair.as_str().into();
        shown["baseQty"] = money(notional).into();
    } else {
        shown["quoteQty"] = plain(notional).into();
    }
    shown
}

fn amendments(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let span = Span::read(call.params, "fromId")?;
    let (id, client_id) = (
        integer(call.params, "orderId")?,
        call.params.get("origClientOrderId"),
    );
    let of_account = venue.futures.amendments().filter(|one| {
        one.account == call.account
            && one.contract == contract
            && id.is_none_or(|id| one.order == id)
            && client_id.is_none_or(|text| one.client_id == text)
    });
    let found = span.of(of_account, |one| (one.id, one.time_us));
    let contract = details(venue, contract);
    let shown = |one: &binance_wire_sandbox_engine::futures::Amendment| {
        json!({
            "amendmentId": one.id,
            "symbol": contract.symbol,
            "pair": contract.pair,
            "orderId": one.order,
            "clientOrderId": one.client_id,
            "time": ms(one.time_us),
            "amendment": {
                "price": { "before": price(contract, one.price.0), "after": price(contract, one.price.1) },
                "origQty": { "before": quantity(contract, one.quantity.0), "after": quantity(contract, one.quantity.1) },
                "count": one.count,
            },
        })
    };
    Ok(found.into_iter().map(shown).collect())
}

fn forced(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (contracts, _) = venue.contracts(call.params)?;
    let span = Span::read(call.params, "fromId")?;
    // Nothing is deleveraged here.
    if call.params.get("autoCloseType") == Some("ADL") {
        return Ok(json!([]));
    }
    let of_account = venue
        .futures
        .forced()
        .filter(|order| order.account == call.account && contracts.contains(&order.request.contract));
    let found = span.of(of_account, |order| (order.id, order.created_us));
    let shown = found.into_iter().map(|order| {
        let mut shown = shown(venue, order);
        let contract = details(venue, order.request.contract);
        shown["pair"] = contract.pair.as_str().into();
        shown["type"] = "LIMIT".into();
        shown["origType"] = "LIMIT".into();
        shown["cumBase"] = match venue.is_coin() {
            true => money(order.notional),
            false => quantity(contract, order.executed),
        }
        .into();
        shown
    });
    Ok(shown.collect())
}

pub(super) fn details(venue: &Venue, contract: ContractId) -> &Contract {
    &venue.futures.listings()[contract].contract
}

/// An order as queries show it.
fn shown(venue: &Venue, order: &Order) -> Value {
    let mut shown = members(venue, order);
    shown.insert("time".to_owned(), ms(order.created_us).into());
    shown.insert("updateTime".to_owned(), ms(order.updated_us).into());
    Value::Object(shown)
}

/// An order as what changes it shows it.
fn report(venue: &Venue, order: &Order) -> Value {
    let contract = details(venue, order.request.contract);
    let mut shown = members(venue, order);
    shown.insert("cumQty".to_owned(), quantity(contract, order.executed).into());
    shown.insert("updateTime".to_owned(), ms(order.updated_us).into());
    Value::Object(shown)
}

fn members(venue: &Venue, order: &Order) -> Map<String, Value> {
    let request = &order.request;
    let contract = details(venue, request.contract);
    let text = |value: String| Value::String(value);
    let mut members: Map<String, Value> = [
        ("orderId", order.id.into()),
        ("symbol", contract.symbol.as_str().into()),
        ("status", order.status.as_str().into()),
        ("clientOrderId", order.client_id.as_str().into()),
        ("price", text(price(contract, request.price))),
        ("avgPrice", text(average(venue.futures.average_price(order)))),
        ("origQty", text(quantity(contract, request.quantity))),
        ("executedQty", text(quantity(contract, order.executed))),
        ("timeInForce", request.time_in_force.as_str().into()),
        ("type", order.kind.as_str().into()),
        ("reduceOnly", request.reduce_only.into()),
        ("closePosition", request.close_position.into()),
        ("side", request.side.as_str().into()),
        ("positionSide", request.position_side.as_str().into()),
        (
            "stopPrice",
            text(price(contract, request.stop_price.unwrap_or(Fixed::ZERO))),
        ),
        ("workingType", working(request.working).into()),
        ("priceProtect", request.price_protect.into()),
        ("origType", request.kind.as_str().into()),
        ("priceMatch", request.price_match.as_str().into()),
        ("selfTradePreventionMode", request.prevention.as_str().into()),
    ]
    .map(|(name, value): (&str, Value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    match contract.kind {
        Kind::Linear => {
            members.insert("cumQuote".to_owned(), plain(order.notional).into());
            let until = request.good_till_us.map_or(0, ms);
            members.insert("goodTillDate".to_owned(), until.into());
        }
        Kind::Inverse { .. } => {
            members.insert("pair".to_owned(), contract.pair.as_str().into());
            members.insert("cumBase".to_owned(), money(order.notional).into());
        }
    }
    if request.kind == OrderType::TrailingStopMarket {
        let at = request.activation.unwrap_or(Fixed::ZERO);
        members.insert("activatePrice".to_owned(), price(contract, at).into());
        let rate = request.callback.unwrap_or(Fixed::ZERO);
        members.insert("priceRate".to_owned(), plain(rate).into());
    }
    members
}

pub(super) fn working(working: Working) -> &'static str {
    match working {
        Working::Mark => "MARK_PRICE",
        Working::Contract => "CONTRACT_PRICE",
    }
}

fn place_algo(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let order = new_order(venue, call.params)?;
    let algo = venue.futures.place_algo(call.account, order)?;
    Ok(algo_order(venue, &algo, false))
}

/// `algoId` and `clientAlgoId`.
fn algo_ids(params: &Params) -> Result<(Option<i64>, Option<&str>), Refusal> {
    match (integer(params, "algoId")?, params.get("clientAlgoId")) {
        (None, None) => Err(Refusal::missing("algoId")),
        ids => Ok(ids),
    }
}

fn cancel_algo(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (id, client_id) = algo_ids(call.params)?;
    let algo = venue.futures.cancel_algo(call.account, id, client_id)?;
    Ok(json!({
        "algoId": algo.id,
        "clientAlgoId": algo.client_id,
        "code": "200",
        "msg": "success",
    }))
}

fn query_algo(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (id, client_id) = algo_ids(call.params)?;
    let algo = venue.futures.find_algo(call.account, id, client_id)?;
    Ok(algo_order(venue, algo, true))
}

fn open_algos(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (contracts, _) = venue.contracts(call.params)?;
    let id = integer(call.params, "algoId")?;
    let ids = venue.futures.open_algos(call.account, None);
    let algos = ids.into_iter().filter_map(|id| venue.futures.algo(id));
    let asked =
        |algo: &&Algo| contracts.contains(&algo.request.contract) && id.is_none_or(|id| algo.id == id);
    Ok(algos
        .filter(asked)
        .map(|algo| algo_order(venue, algo, true))
        .collect())
}

fn all_algos(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let span = Span::read(call.params, "algoId")?;
    let owner = venue.futures.account(call.account);
    let algos = owner
        .into_iter()
        .flat_map(|owner| &owner.algos)
        .filter_map(|id| venue.futures.algo(*id));
    let algos = algos.filter(|algo| algo.request.contract == contract);
    let algos = span.of(algos, |algo| (algo.id, algo.created_us));
    Ok(algos
        .into_iter()
        .map(|algo| algo_order(venue, algo, true))
        .collect())
}

/// A conditional order; queries show the order that it placed as well.
fn algo_order(venue: &Venue, algo: &Algo, queried: bool) -> Value {
    let request = &algo.request;
    let contract = details(venue, request.contract);
    let price_or = |value: Option<Fixed>| price(contract, value.unwrap_or(Fixed::ZERO));
    let text_or = |value: Option<String>| value.unwrap_or_default();
    let mut shown = json!({
        "algoId": algo.id,
        "clientAlgoId": algo.client_id,
        "algoType": "CONDITIONAL",
        "orderType": request.kind.as_str(),
        "symbol": contract.symbol,
        "side": request.side.as_str(),
        "positionSide": request.position_side.as_str(),
        "timeInForce": request.time_in_force.as_str(),
        "quantity": quantity(contract, request.quantity),
        "algoStatus": algo.status.as_str(),
        "triggerPrice": price_or(request.stop_price),
        "price": price(contract, request.price),
        "icebergQuantity": Value::Null,
        "selfTradePreventionMode": request.prevention.as_str(),
        "workingType": working(request.working),
        "priceMatch": request.price_match.as_str(),
        "closePosition": request.close_position,
        "priceProtect": request.price_protect,
        "reduceOnly": request.reduce_only,
        "activatePrice": text_or(request.activation.map(|at| price(contract, at))),
        "callbackRate": text_or(request.callback.map(plain)),
        "createTime": ms(algo.created_us),
        "updateTime": ms(algo.updated_us),
        "triggerTime": algo.triggered_us.map_or(0, ms),
        "goodTillDate": request.good_till_us.map_or(0, ms),
    });
    if queried {
        shown["actualOrderId"] = text_or(algo.order.map(|id| id.to_string())).into();
        let (actual, _) = algo.outcome.unwrap_or((Fixed::ZERO, Fixed::ZERO));
        shown["actualPrice"] = average(actual).into();
    }
    shown
}
