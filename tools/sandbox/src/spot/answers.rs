//! Orders, lists and executions as answers show them.

use binance_wire_sandbox_engine::book::OrderId;
use binance_wire_sandbox_engine::spot::{
    Amendment, Canceled, Engine, Fill, Order, OrderList, PreventedMatch, self_trade_name, time_in_force_name,
};
use serde_json::{Map, Value, json};

use super::requests::Shape;
use crate::clock::TimeUnit;

pub(super) fn id(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

/// `orderListId`, -1 of an order by itself.
pub(super) fn list_id(order: &Order) -> i64 {
    order.list.map_or(-1, id)
}

/// Members that answers share, in their order.
struct Members(Map<String, Value>);

impl Members {
    fn new() -> Members {
        Members(Map::new())
    }

    fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn amounts(&mut self, order: &Order) {
        self.add("price", order.price.to_string());
        self.add("origQty", order.quantity.to_string());
        self.add("executedQty", order.executed.to_string());
        self.add("origQuoteOrderQty", order.quote_quantity.to_string());
        self.add("cummulativeQuoteQty", order.executed_quote.to_string());
        self.add("status", order.status.as_str());
        self.add("timeInForce", time_in_force_name(order.time_in_force));
        self.add("type", order.kind.as_str());
        self.add("side", order.side.as_str());
    }

    /// Members that appear under a condition; stop price and iceberg are always there in queries.
    fn conditional(&mut self, order: &Order, unit: TimeUnit, queried: bool) {
        if !queried && !order.iceberg.is_zero() {
            self.add("icebergQty", order.iceberg.to_string());
        }
        if !queried && !order.stop_price.is_zero() {
            self.add("stopPrice", order.stop_price.to_string());
        }
        if let Some(prevented) = order.prevented_match {
            self.add("preventedMatchId", prevented);
            self.add("preventedQuantity", order.prevented.to_string());
        }
        if let Some(strategy) = order.strategy_id {
            self.add("strategyId", strategy);
        }
        if let Some(kind) = order.strategy_type {
            self.add("strategyType", kind);
        }
        if let Some(delta) = order.trailing_delta {
            self.add("trailingDelta", delta);
            self.add("trailingTime", order.trailing_us.map_or(-1, |us| unit.of(us)));
        }
        if order.sor {
            self.add("usedSor", true);
            self.add("workingFloor", "SOR");
        }
        if let Some(peg) = order.peg {
            self.add(
                "pegPriceType",
                if peg.market { "MARKET_PEG" } else { "PRIMARY_PEG" },
            );
            if let Some(offset) = peg.offset {
                self.add("pegOffsetType", "PRICE_LEVEL");
                self.add("pegOffsetValue", offset);
            }
            if let Some(price) = order.pegged_price() {
                self.add("peggedPrice", price.to_string());
            }
        }
        if let Some(reason) = order.expiry_reason {
            self.add("expiryReason", reason);
        }
    }
}

/// The answer to an order's placement.
pub(super) fn placed(engine: &Engine, order: &Order, shape: Shape, unit: TimeUnit) -> Value {
    let mut out = Members::new();
    out.add("symbol", order.symbol.clone());
    out.add("orderId", id(order.id));
    out.add("orderListId", list_id(order));
    out.add("clientOrderId", order.client_order_id.clone());
    out.add("transactTime", unit.of(order.created_us));
    if shape == Shape::Ack {
        return Value::Object(out.0);
    }
    out.amounts(order);
    if let Some(working_us) = order.working_us {
        out.add("workingTime", unit.of(working_us));
    }
    if shape == Shape::Full {
        let fills = engine.fills_of_order(order);
        out.add("fills", fills.into_iter().map(fill).collect::<Value>());
    }
    out.add("selfTradePreventionMode", self_trade_name(order.self_trade));
    out.conditional(order, unit, false);
    let prevented = engine.prevented_by(order);
    if shape == Shape::Full && !prevented.is_empty() {
        out.add(
            "preventedMatches",
            prevented.into_iter().map(short_prevented).collect::<Value>(),
        );
    }
    Value::Object(out.0)
}

/// An execution in the answer to a new order.
fn fill(fill: &Fill) -> Value {
    let mut out = Members::new();
    if let Some(allocation) = fill.allocation {
        out.add("matchType", "ONE_PARTY_TRADE_REPORT");
        out.add("price", fill.price.to_string());
        out.add("qty", fill.quantity.to_string());
        out.add("commission", fill.commission.to_string());
        out.add("commissionAsset", fill.commission_asset.clone());
        out.add("tradeId", -1);
        out.add("allocId", allocation);
        return Value::Object(out.0);
    }
    json!({
        "price": fill.price.to_string(),
        "qty": fill.quantity.to_string(),
        "commission": fill.commission.to_string(),
        "commissionAsset": fill.commission_asset,
        "tradeId": fill.trade_id,
    })
}

fn short_prevented(entry: &PreventedMatch) -> Value {
    let mut out = Members::new();
    out.add("preventedMatchId", entry.id);
    out.add("makerOrderId", id(entry.maker));
    out.add("price", entry.price.to_string());
    out.prevented_quantities(entry);
    Value::Object(out.0)
}

impl Members {
    fn prevented_quantities(&mut self, entry: &PreventedMatch) {
        for (name, quantity) in [
            ("takerPreventedQuantity", entry.from_taker),
            ("makerPreventedQuantity", entry.from_maker),
        ] {
            if !quantity.is_zero() {
                self.add(name, quantity.to_string());
            }
        }
    }
}

/// A prevented match in `myPreventedMatches`.
pub(super) fn prevented(symbol: &str, entry: &PreventedMatch, unit: TimeUnit) -> Value {
    let mut out = Members::new();
    out.add("symbol", symbol);
    out.add("preventedMatchId", entry.id);
    out.add("takerOrderId", id(entry.taker));
    out.add("makerSymbol", symbol);
    out.add("makerOrderId", id(entry.maker));
    out.add("tradeGroupId", entry.group);
    out.add("selfTradePreventionMode", self_trade_name(entry.mode));
    out.add("price", entry.price.to_string());
    out.prevented_quantities(entry);
    out.add("transactTime", unit.of(entry.time_us));
    Value::Object(out.0)
}

/// The answer to an order's cancellation.
fn canceled_order(order: &Order, client_id: &str, unit: TimeUnit) -> Value {
    let mut out = Members::new();
    out.add("symbol", order.symbol.clone());
    out.add("origClientOrderId", order.client_order_id.clone());
    out.add("orderId", id(order.id));
    out.add("orderListId", list_id(order));
    out.add("clientOrderId", client_id);
    out.add("transactTime", unit.of(order.updated_us));
    out.amounts(order);
    out.add("selfTradePreventionMode", self_trade_name(order.self_trade));
    out.conditional(order, unit, false);
    Value::Object(out.0)
}

/// The answer to a cancellation.
pub(super) fn canceled(canceled: &Canceled, client_id: &str, unit: TimeUnit) -> Value {
    match canceled {
        Canceled::Order(order) => canceled_order(order, client_id, unit),
        Canceled::List(of, orders) => {
            let reports = orders.iter().map(|order| canceled_order(order, client_id, unit));
            with_reports(list(of, unit), reports.collect())
        }
    }
}

/// A list as queries show it.
pub(super) fn list(list: &OrderList, unit: TimeUnit) -> Value {
    let orders = list.orders.iter().map(|(order, name)| entry(list, *order, name));
    json!({
        "orderListId": id(list.id),
        "contingencyType": list.contingency.as_str(),
        "listStatusType": list.stage.status_type(),
        "listOrderStatus": list.stage.order_status(),
        "listClientOrderId": list.client_id,
        "transactionTime": unit.of(list.updated_us),
        "symbol": list.symbol,
        "orders": orders.collect::<Value>(),
    })
}

fn entry(list: &OrderList, order: OrderId, name: &str) -> Value {
    json!({ "symbol": list.symbol, "orderId": id(order), "clientOrderId": name })
}

/// The answer to a list's placement.
pub(super) fn placed_list(engine: &Engine, of: &OrderList, shape: Shape, unit: TimeUnit) -> Value {
    let orders = of.orders.iter().filter_map(|(id, _)| engine.order(*id));
    let reports = orders.map(|order| placed(engine, order, shape, unit));
    with_reports(list(of, unit), reports.collect())
}

fn with_reports(mut list: Value, reports: Value) -> Value {
    if let Some(object) = list.as_object_mut() {
        object.insert("orderReports".to_owned(), reports);
    }
    list
}

/// The order as queries show it.
pub(super) fn queried(order: &Order, unit: TimeUnit) -> Value {
    let mut out = Members::new();
    out.add("symbol", order.symbol.clone());
    out.add("orderId", id(order.id));
    out.add("orderListId", list_id(order));
    out.add("clientOrderId", order.client_order_id.clone());
    out.amounts(order);
    out.add("stopPrice", order.stop_price.to_string());
    out.add("icebergQty", order.iceberg.to_string());
    out.add("time", unit.of(order.created_us));
    out.add("updateTime", unit.of(order.updated_us));
    out.add("isWorking", order.working_us.is_some());
    out.add("workingTime", order.working_us.map_or(-1, |us| unit.of(us)));
    out.add("selfTradePreventionMode", self_trade_name(order.self_trade));
    out.conditional(order, unit, true);
    Value::Object(out.0)
}

/// The answer to an amendment.
pub(super) fn amended(engine: &Engine, order: &Order, amendment: &Amendment, unit: TimeUnit) -> Value {
    let mut of_order = Members::new();
    of_order.add("symbol", order.symbol.clone());
    of_order.add("orderId", id(order.id));
    of_order.add("orderListId", list_id(order));
    of_order.add("origClientOrderId", amendment.old_client_order_id.clone());
    of_order.add("clientOrderId", order.client_order_id.clone());
    of_order.add("price", order.price.to_string());
    of_order.add("qty", order.quantity.to_string());
    of_order.add("executedQty", order.executed.to_string());
    of_order.add("preventedQty", order.prevented.to_string());
    of_order.add("quoteOrderQty", order.quote_quantity.to_string());
    of_order.add("cumulativeQuoteQty", order.executed_quote.to_string());
    of_order.add("status", order.status.as_str());
    of_order.add("timeInForce", time_in_force_name(order.time_in_force));
    of_order.add("type", order.kind.as_str());
    of_order.add("side", order.side.as_str());
    if let Some(working_us) = order.working_us {
        of_order.add("workingTime", unit.of(working_us));
    }
    of_order.add("selfTradePreventionMode", self_trade_name(order.self_trade));
    of_order.conditional(order, unit, false);
    let mut out = Members::new();
    out.add("transactTime", unit.of(amendment.time_us));
    out.add("executionId", amendment.execution_id);
    out.add("amendedOrder", of_order.0);
    if let Some(list) = engine
        .find_list(order.account, order.list, None)
        .filter(|_| order.list.is_some())
    {
        let orders = list.orders.iter().map(|(order, name)| entry(list, *order, name));
        let status = json!({
            "orderListId": id(list.id),
            "contingencyType": list.contingency.as_str(),
            "listOrderStatus": list.stage.order_status(),
            "listClientOrderId": list.client_id,
            "symbol": list.symbol,
            "orders": orders.collect::<Value>(),
        });
        out.add("listStatus", status);
    }
    Value::Object(out.0)
}

/// An amendment as queries show it.
pub(super) fn amendment(symbol: &str, amendment: &Amendment, unit: TimeUnit) -> Value {
    json!({
        "symbol": symbol,
        "orderId": id(amendment.order),
        "executionId": amendment.execution_id,
        "origClientOrderId": amendment.old_client_order_id,
        "newClientOrderId": amendment.new_client_order_id,
        "origQty": amendment.old_quantity.to_string(),
        "newQty": amendment.new_quantity.to_string(),
        "time": unit.of(amendment.time_us),
    })
}

/// An execution in `myTrades`.
pub(super) fn own_trade(symbol: &str, list: i64, fill: &Fill, unit: TimeUnit) -> Value {
    json!({
        "symbol": symbol,
        "id": fill.trade_id,
        "orderId": id(fill.order),
        "orderListId": list,
        "price": fill.price.to_string(),
        "qty": fill.quantity.to_string(),
        "quoteQty": fill.price.times(fill.quantity).to_string(),
        "commission": fill.commission.to_string(),
        "commissionAsset": fill.commission_asset,
        "time": unit.of(fill.time_us),
        "isBuyer": fill.is_buyer,
        "isMaker": fill.is_maker,
        "isBestMatch": true,
    })
}

/// An execution in `myAllocations`; none of a trade.
pub(super) fn allocation(symbol: &str, list: i64, fill: &Fill, unit: TimeUnit) -> Option<Value> {
    Some(json!({
        "symbol": symbol,
        "allocationId": fill.allocation?,
        "allocationType": "SOR",
        "orderId": id(fill.order),
        "orderListId": list,
        "price": fill.price.to_string(),
        "qty": fill.quantity.to_string(),
        "quoteQty": fill.price.times(fill.quantity).to_string(),
        "commission": fill.commission.to_string(),
        "commissionAsset": fill.commission_asset,
        "time": unit.of(fill.time_us),
        "isBuyer": fill.is_buyer,
        "isMaker": fill.is_maker,
        "isAllocator": false,
    }))
}
