//! Carrying out the operations: what REST and the WebSocket API both end in.

use serde_json::{Value, json};

use crate::account::AccountId;
use crate::book::{LISTINGS, Side};
use crate::clock::{TimeUnit, to_us};
use crate::decimal::Fixed;
use crate::engine::OrderRef;
use crate::error::Refusal;
use crate::operations::{Answer, Operation};
use crate::order::{NewOrder, ResponseType};
use crate::params::Params;
use crate::state::State;

/// Who asks, and how.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The account, for signed operations.
    pub(crate) account: Option<AccountId>,
    pub(crate) unit: TimeUnit,
    /// What the next new order is to be refused with, at a test's wish.
    pub(crate) rejection: Option<Refusal>,
}

impl State {
    /// Carries out an operation whose parameters have been checked.
    pub(crate) fn execute(
        &mut self,
        operation: Operation,
        caller: &Caller,
        params: &Params,
    ) -> Result<Answer, Refusal> {
        let now_us = self.clock.now_us();
        let unit = caller.unit;
        match operation {
            Operation::Ping => return Ok(Answer::Pong),
            Operation::Time => return Ok(Answer::Time(now_us)),
            Operation::ExchangeInfo => return Ok(Answer::Json(self.exchange_info(params, now_us, unit))),
            Operation::Depth => return self.depth(params),
            _ => {}
        }
        let account = caller.account.ok_or_else(Refusal::rejected_key)?;
        let symbol = params.get("symbol");
        let value = match operation {
            Operation::Account => self.account_json(account, params, unit),
            Operation::OrderCounts => self.counters.order_limits_json(account, now_us).into(),
            Operation::TestOrder => {
                let new = new_order(params)?;
                self.engine.check(&new)?;
                if params.get("computeCommissionRates") == Some("true") {
                    commission_rates()
                } else {
                    json!({})
                }
            }
            Operation::NewOrder => {
                let new = new_order(params)?;
                self.place(account, &new, caller, now_us)?
            }
            Operation::CancelOrder => {
                let order = order_ref(params, "orderId", "origClientOrderId")?;
                self.cancel(account, params, &order, "newClientOrderId", now_us, unit)?
            }
            Operation::QueryOrder => {
                let order = order_ref(params, "orderId", "origClientOrderId")?;
                let unknown = || Refusal::new(-2013, "Order does not exist.");
                let found = self
                    .engine
                    .find(account, symbol.unwrap_or_default(), &order, unknown)?;
                found.queried_json(unit)
            }
            Operation::OpenOrders => self
                .engine
                .orders
                .values()
                .filter(|order| order.account == account && order.status.is_open())
                .filter(|order| symbol.is_none_or(|symbol| order.symbol == symbol))
                .map(|order| order.queried_json(unit))
                .collect(),
            Operation::CancelReplace => self.cancel_replace(account, params, caller, now_us)?,
            Operation::MyTrades => self.my_trades(account, params, unit)?,
            Operation::Ping | Operation::Time | Operation::ExchangeInfo | Operation::Depth => Value::Null,
        };
        Ok(Answer::Json(value))
    }

    fn exchange_info(&self, params: &Params, now_us: i64, unit: TimeUnit) -> Value {
        let wanted: Option<Vec<String>> = match (params.text("symbol"), params.get("symbols")) {
            (Some(symbol), _) => Some(vec![symbol]),
            (None, Some(list)) => serde_json::from_str(list).ok(),
            (None, None) => None,
        };
        let listed = |symbol: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(|w| w == symbol))
        };
        let trading = params
            .get("symbolStatus")
            .is_none_or(|status| status == "TRADING");
        json!({
            "timezone": "UTC",
            "serverTime": unit.of(now_us),
            "rateLimits": self.counters.announced_json(),
            "exchangeFilters": [],
            "symbols": LISTINGS.iter()
                .filter(|listing| trading && listed(listing.symbol))
                .map(|listing| listing.to_json())
                .collect::<Vec<_>>(),
        })
    }

    fn depth(&self, params: &Params) -> Result<Answer, Refusal> {
        if params
            .get("symbolStatus")
            .is_some_and(|status| status != "TRADING")
        {
            let message = "The symbol's status does not match the requested symbolStatus.";
            return Err(Refusal::new(-1220, message));
        }
        let limit = params.integer("limit")?.unwrap_or(100).clamp(1, 5000);
        let limit = usize::try_from(limit).unwrap_or(100);
        let snapshot = self.engine.depth(params.get("symbol").unwrap_or_default(), limit);
        snapshot
            .map(Answer::Depth)
            .ok_or_else(|| Refusal::new(-1121, "Invalid symbol."))
    }

    fn account_json(&mut self, id: AccountId, params: &Params, unit: TimeUnit) -> Value {
        let omit_zero = params.get("omitZeroBalances") == Some("true");
        let account = self.engine.account(id);
        let balances: Vec<Value> = account
            .balances
            .iter()
            .filter(|(_, balance)| !(omit_zero && balance.free.is_zero() && balance.locked.is_zero()))
            .map(|(asset, balance)| {
                json!({ "asset": asset, "free": balance.free.to_string(), "locked": balance.locked.to_string() })
            })
            .collect();
        json!({
            "makerCommission": 10,
            "takerCommission": 10,
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": {
                "maker": "0.00100000", "taker": "0.00100000", "buyer": "0.00000000", "seller": "0.00000000",
            },
            "canTrade": true,
            "canWithdraw": true,
            "canDeposit": true,
            "brokered": false,
            "requireSelfTradePrevention": false,
            "preventSor": false,
            "updateTime": unit.of(account.updated_us),
            "accountType": "SPOT",
            "balances": balances,
            "permissions": ["SPOT"],
            "uid": id,
        })
    }

    fn place(
        &mut self,
        account: AccountId,
        new: &NewOrder,
        caller: &Caller,
        now_us: i64,
    ) -> Result<Value, Refusal> {
        self.engine.check(new)?;
        self.counters.count_order(account, now_us)?;
        if let Some(rejection) = &caller.rejection {
            return Err(rejection.clone());
        }
        let id = self.engine.place(account, new, now_us)?;
        let placed = self.engine.orders.get(&id);
        Ok(placed.map_or(Value::Null, |order| order.placed_json(new.response, caller.unit)))
    }

    fn cancel(
        &mut self,
        account: AccountId,
        params: &Params,
        order: &OrderRef,
        client_id_param: &str,
        now_us: i64,
        unit: TimeUnit,
    ) -> Result<Value, Refusal> {
        let client_id = params
            .text(client_id_param)
            .unwrap_or_else(|| format!("cancel{now_us:018}"));
        let symbol = params.get("symbol").unwrap_or_default();
        let restriction = params.get("cancelRestrictions");
        let canceled = self
            .engine
            .cancel(account, symbol, order, restriction, &client_id, now_us)?;
        Ok(canceled.canceled_json(&client_id, unit))
    }

    /// Cancels one order and places another. Status 409 with both results when one of the two
    /// fails, 400 when nothing came of either.
    fn cancel_replace(
        &mut self,
        account: AccountId,
        params: &Params,
        caller: &Caller,
        now_us: i64,
    ) -> Result<Value, Refusal> {
        let new = new_order(params)?;
        // Filters are looked at before anything is cancelled.
        self.engine.check(&new)?;
        let order = order_ref(params, "cancelOrderId", "cancelOrigClientOrderId")?;
        let stops = params.get("cancelReplaceMode") == Some("STOP_ON_FAILURE");
        let canceled = self.cancel(
            account,
            params,
            &order,
            "cancelNewClientOrderId",
            now_us,
            caller.unit,
        );
        let placed = if stops && canceled.is_err() {
            // The order counts all the same.
            self.counters.count_order(account, now_us)?;
            None
        } else {
            Some(self.place(account, &new, caller, now_us))
        };
        let word = |succeeded: bool| if succeeded { "SUCCESS" } else { "FAILURE" };
        let both = json!({
            "cancelResult": word(canceled.is_ok()),
            "newOrderResult": placed.as_ref().map_or("NOT_ATTEMPTED", |placed| word(placed.is_ok())),
            "cancelResponse": canceled.as_ref().map_or_else(Refusal::to_json, Value::clone),
            "newOrderResponse": match &placed {
                None => Value::Null,
                Some(Ok(response)) => response.clone(),
                Some(Err(refusal)) => refusal.to_json(),
            },
        });
        match (canceled.is_ok(), placed.is_some_and(|placed| placed.is_ok())) {
            (true, true) => Ok(both),
            (false, false) => Err(Refusal::new(-2022, "Order cancel-replace failed.").data(both)),
            _ => Err(Refusal::new(-2021, "Order cancel-replace partially failed.")
                .status(409)
                .data(both)),
        }
    }

    fn my_trades(&self, account: AccountId, params: &Params, unit: TimeUnit) -> Result<Value, Refusal> {
        let has = |name: &str| params.contains(name);
        let combination = (has("orderId"), has("startTime") || has("endTime"), has("fromId"));
        if matches!(combination, (true, true, _) | (_, true, true)) {
            return Err(Refusal::new(-1128, "Combination of optional parameters invalid."));
        }
        let symbol = params.get("symbol").unwrap_or_default();
        let order_id = params.integer("orderId")?;
        let from_id = params.integer("fromId")?.unwrap_or(0);
        let start_us = params.integer("startTime")?.map_or(i64::MIN, to_us);
        let end_us = params.integer("endTime")?.map_or(i64::MAX, to_us);
        let limit = usize::try_from(params.integer("limit")?.unwrap_or(500).clamp(1, 1000)).unwrap_or(500);
        let mut found = Vec::new();
        for order in self.engine.orders.values() {
            let named = order_id.is_none_or(|id| u64::try_from(id) == Ok(order.id));
            if order.account != account || order.symbol != symbol || !named {
                continue;
            }
            for fill in &order.fills {
                if fill.trade_id >= from_id && (start_us..=end_us).contains(&fill.time_us) {
                    found.push((order, fill));
                }
            }
        }
        found.sort_by_key(|(_, fill)| fill.trade_id);
        // From a starting point onwards the oldest, else the most recent.
        if !(has("fromId") || has("startTime")) {
            found.drain(..found.len().saturating_sub(limit));
        }
        let page = found.into_iter().take(limit);
        Ok(page.map(|(order, fill)| order.trade_json(fill, unit)).collect())
    }
}

fn order_ref(params: &Params, id: &str, client_id: &str) -> Result<OrderRef, Refusal> {
    // A number beyond what an id can be names no order.
    let id = params
        .integer(id)?
        .map(|id| u64::try_from(id).unwrap_or(u64::MAX));
    let order = OrderRef {
        id,
        client_order_id: params.text(client_id),
    };
    if order.id.is_none() && order.client_order_id.is_none() {
        let message = format!(
            "Param '{client_id}' or '{}' must be sent, but both were empty/null!",
            {
                if client_id == "origClientOrderId" {
                    "orderId"
                } else {
                    "cancelOrderId"
                }
            }
        );
        return Err(Refusal::new(-1102, message));
    }
    Ok(order)
}

/// Reads a new order, with the rules of its type.
fn new_order(params: &Params) -> Result<NewOrder, Refusal> {
    let kind = params.text("type").unwrap_or_default();
    let is_limit = matches!(kind.as_str(), "LIMIT" | "STOP_LOSS_LIMIT" | "TAKE_PROFIT_LIMIT");
    let is_market = kind == "MARKET";
    let mut needed = Vec::new();
    if is_limit {
        needed.push("timeInForce");
    }
    if is_limit || kind == "LIMIT_MAKER" {
        needed.push("price");
    }
    if !is_market {
        needed.push("quantity");
    }
    if kind.starts_with("STOP_LOSS") || kind.starts_with("TAKE_PROFIT") {
        needed.push("stopPrice");
    }
    if let Some(missing) = needed.into_iter().find(|name| !params.contains(name)) {
        return Err(Refusal::missing(missing));
    }
    let mut superfluous = vec![];
    if is_market {
        superfluous.extend(["price", "stopPrice"]);
        match (params.contains("quantity"), params.contains("quoteOrderQty")) {
            (true, true) => superfluous.push("quoteOrderQty"),
            (false, false) => {
                let message = "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!";
                return Err(Refusal::new(-1102, message));
            }
            _ => {}
        }
    } else {
        superfluous.push("quoteOrderQty");
    }
    if !is_limit {
        superfluous.push("timeInForce");
    }
    if let Some(name) = superfluous.into_iter().find(|name| params.contains(name)) {
        return Err(Refusal::new(
            -1106,
            format!("Parameter '{name}' sent when not required."),
        ));
    }
    for (name, message) in [
        ("icebergQty", "Iceberg orders are not supported for this symbol."),
        (
            "trailingDelta",
            "Trailing stop orders are not supported for this symbol.",
        ),
        ("pegPriceType", "Pegged orders are not supported for this symbol."),
    ] {
        if params.contains(name) {
            return Err(Refusal::rejected_order(message));
        }
    }
    let strategy_type = params.integer("strategyType")?;
    if strategy_type.is_some_and(|strategy| strategy < 1_000_000) {
        return Err(Refusal::new(-1134, "`strategyType` was less than 1000000."));
    }
    let side = match params.get("side") {
        Some("BUY") => Side::Buy,
        _ => Side::Sell,
    };
    let response = match params.get("newOrderRespType") {
        Some("ACK") => ResponseType::Ack,
        Some("RESULT") => ResponseType::Result,
        Some(_) => ResponseType::Full,
        None if matches!(kind.as_str(), "MARKET" | "LIMIT") => ResponseType::Full,
        None => ResponseType::Ack,
    };
    let order = NewOrder {
        symbol: params.text("symbol").unwrap_or_default(),
        side,
        time_in_force: params.text("timeInForce"),
        quantity: params.decimal("quantity")?,
        quote_quantity: params.decimal("quoteOrderQty")?,
        price: params.decimal("price")?,
        stop_price: params.decimal("stopPrice")?,
        client_order_id: params.text("newClientOrderId"),
        strategy_id: params.integer("strategyId")?,
        strategy_type,
        self_trade_prevention: params.text("selfTradePreventionMode"),
        kind,
        response,
    };
    if [order.price, order.stop_price]
        .into_iter()
        .flatten()
        .any(Fixed::is_zero)
    {
        return Err(Refusal::new(-1013, "Filter failure: PRICE_FILTER"));
    }
    Ok(order)
}

fn commission_rates() -> Value {
    let rates = |rate: &str| json!({ "maker": rate, "taker": rate });
    json!({
        "standardCommissionForOrder": rates("0.00100000"),
        "specialCommissionForOrder": rates("0.00000000"),
        "taxCommissionForOrder": rates("0.00000000"),
        "discount": {
            "enabledForAccount": false, "enabledForSymbol": false, "discountAsset": "BNB",
            "discount": "0.00000000",
        },
    })
}
