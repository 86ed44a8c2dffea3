//! Carrying out the operations: what REST and the WebSocket API both end in.

use binance_wire_sandbox_engine::book::OrderId;
use binance_wire_sandbox_engine::spot::{COMMISSION, NewOrder, OrderRef, OrderType, Restriction};
use serde_json::{Value, json};

use super::operation::{Kind, Operation};
use super::requests::{Shape, new_list, new_order, order_ref, shape};
use super::{DepthSnapshot, Fixed, Rejection, answers, market};
use crate::account::AccountId;
use crate::clock::TimeUnit;
use crate::error::Refusal;
use crate::params::Params;
use crate::state::State;

/// What an operation answers with.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Json(Value),
    /// Kept as numbers, for it is also to be had in SBE.
    Depth(DepthSnapshot),
    /// Likewise.
    Time(i64),
    Pong,
}

impl Answer {
    pub(crate) fn into_json(self, unit: TimeUnit) -> Value {
        match self {
            Answer::Json(value) => value,
            Answer::Depth(snapshot) => snapshot.to_json(),
            Answer::Time(now_us) => json!({ "serverTime": unit.of(now_us) }),
            Answer::Pong => json!({}),
        }
    }
}

/// Who asks, and how.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The account, for signed operations.
    pub(crate) account: Option<AccountId>,
    pub(crate) unit: TimeUnit,
    /// What the next new order is to be refused with, at a test's wish.
    pub(crate) rejection: Option<Refusal>,
}

/// A request whose parameters have been checked.
pub(super) struct Request<'r> {
    pub(super) operation: Operation,
    pub(super) params: &'r Params,
    pub(super) account: AccountId,
    pub(super) unit: TimeUnit,
    pub(super) now_us: i64,
    rejection: Option<&'r Refusal>,
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
        if let Some(symbol) = params.get("symbol") {
            market::known(&self.spot, symbol)?;
        }
        let value = match operation.kind {
            Kind::Ping => return Ok(Answer::Pong),
            Kind::Time => return Ok(Answer::Time(now_us)),
            Kind::Depth => return self.depth(params),
            Kind::ExchangeInfo => self.exchange_info(params, now_us, unit)?,
            Kind::Trades | Kind::HistoricalTrades => market::trades(&self.spot, params, unit)?,
            Kind::AggTrades => market::aggregates(&self.spot, params, unit)?,
            Kind::Klines => market::klines(&self.spot, params, now_us, unit)?,
            Kind::AvgPrice => market::average(&self.spot, params, now_us, unit)?,
            Kind::Ticker24hr => market::ticker(&self.spot, params, market::Window::Day, now_us, unit)?,
            Kind::TickerTradingDay => {
                market::ticker(&self.spot, params, market::Window::TradingDay, now_us, unit)?
            }
            Kind::TickerWindow => market::ticker(&self.spot, params, market::Window::Chosen, now_us, unit)?,
            Kind::TickerPrice => market::price(&self.spot, params)?,
            Kind::BookTicker => market::book_ticker(&self.spot, params)?,
            _ => {
                let account = caller.account.ok_or_else(Refusal::rejected_key)?;
                let rejection = caller.rejection.as_ref();
                let request = Request {
                    operation,
                    params,
                    account,
                    unit,
                    now_us,
                    rejection,
                };
                self.carry_out(&request)?
            }
        };
        Ok(Answer::Json(value))
    }

    fn carry_out(&mut self, request: &Request<'_>) -> Result<Value, Refusal> {
        let Request {
            params,
            account,
            unit,
            now_us,
            ..
        } = *request;
        match request.operation.kind {
            Kind::NewOrder | Kind::SorOrder => {
                let new = new_order(params, request.operation.kind == Kind::SorOrder)?;
                self.place(request, &new)
            }
            Kind::TestOrder | Kind::SorTest => {
                let new = new_order(params, request.operation.kind == Kind::SorTest)?;
                self.spot.check(account, &new)?;
                Ok(if params.get("computeCommissionRates") == Some("true") {
                    rates_for_order()
                } else {
                    json!({})
                })
            }
            Kind::CancelOrder => {
                let order = order_ref(params, "orderId", "origClientOrderId")?;
                self.cancel(request, &order, "newClientOrderId")
            }
            Kind::CancelAll => {
                let name = |id: OrderId| format!("cancel{now_us:016}{id}");
                let canceled = self.spot.cancel_all(account, request.symbol(), name, now_us)?;
                Ok(canceled
                    .iter()
                    .map(|(ended, name)| answers::canceled(ended, name, unit))
                    .collect())
            }
            Kind::CancelReplace => self.cancel_replace(request),
            Kind::Amend => self.amend(request),
            Kind::OldOco | Kind::Oco | Kind::Oto | Kind::Otoco | Kind::Opo | Kind::Opoco => {
                self.place_list(request)
            }
            Kind::CancelList => {
                let id = params
                    .integer("orderListId")?
                    .map(|id| u64::try_from(id).unwrap_or(u64::MAX));
                let name = params.get("listClientOrderId");
                if id.is_none() && name.is_none() {
                    return Err(Refusal::missing("orderListId"));
                }
                let new_name = request.name("newClientOrderId", "cancel");
                let canceled =
                    self.spot
                        .cancel_list(account, request.symbol(), id, name, &new_name, now_us)?;
                Ok(answers::canceled(&canceled, &new_name, unit))
            }
            Kind::Account => Ok(self.account_json(request)),
            Kind::OrderCounts => Ok(self.counters.order_limits_json(account, now_us).into()),
            _ => self.query(request),
        }
    }

    fn depth(&self, params: &Params) -> Result<Answer, Refusal> {
        if !market::trading(params) {
            let message = "The symbol's status does not match the requested symbolStatus.";
            return Err(Refusal::new(-1220, message));
        }
        let limit = params.integer("limit")?.unwrap_or(100).clamp(1, 5000);
        let limit = usize::try_from(limit).unwrap_or(100);
        let snapshot = market::depth(&self.spot, params.get("symbol").unwrap_or_default(), limit);
        snapshot
            .map(Answer::Depth)
            .ok_or_else(|| Refusal::new(-1121, "Invalid symbol."))
    }

    /// Counts orders, and refuses where a test wants it.
    fn count_orders(&mut self, request: &Request<'_>, count: u32) -> Result<(), Refusal> {
        for _ in 0..count {
            self.counters.count_order(request.account, request.now_us)?;
        }
        request
            .rejection
            .map_or(Ok(()), |rejection| Err(rejection.clone()))
    }

    fn place(&mut self, request: &Request<'_>, new: &NewOrder) -> Result<Value, Refusal> {
        self.spot.check(request.account, new)?;
        self.count_orders(request, 1)?;
        let id = self.spot.place(request.account, new, request.now_us)?;
        let shape = shape(request.params, new.kind);
        let placed = self.spot.order(id);
        Ok(placed.map_or(Value::Null, |order| {
            answers::placed(&self.spot, order, shape, request.unit)
        }))
    }

    fn place_list(&mut self, request: &Request<'_>) -> Result<Value, Refusal> {
        let kind = request.operation.kind;
        let new = new_list(request.params, kind)?;
        self.spot.check_list(request.account, &new)?;
        self.count_orders(request, request.operation.counted_orders())?;
        let id = self.spot.place_list(request.account, &new, request.now_us)?;
        // Lists answer as a conditional order does, but for the older operation.
        let default = if kind == Kind::OldOco {
            Shape::Full
        } else {
            Shape::Result
        };
        let shape = match request.params.contains("newOrderRespType") {
            true => shape(request.params, OrderType::Market),
            false => default,
        };
        let list = self.spot.find_list(request.account, Some(id), None);
        Ok(list.map_or(Value::Null, |list| {
            answers::placed_list(&self.spot, list, shape, request.unit)
        }))
    }

    fn cancel(&mut self, request: &Request<'_>, order: &OrderRef, name: &str) -> Result<Value, Refusal> {
        let client_id = request.name(name, "cancel");
        let restriction = match request.params.get("cancelRestrictions") {
            Some("ONLY_NEW") => Some(Restriction::OnlyNew),
            Some(_) => Some(Restriction::OnlyPartiallyFilled),
            None => None,
        };
        let symbol = request.symbol();
        let canceled = self.spot.cancel(
            request.account,
            symbol,
            order,
            restriction,
            &client_id,
            request.now_us,
        )?;
        Ok(answers::canceled(&canceled, &client_id, request.unit))
    }

    /// Cancels one order and places another. Status 409 with both results when one of the two fails, 400 when nothing came of
    /// either.
    fn cancel_replace(&mut self, request: &Request<'_>) -> Result<Value, Refusal> {
        let new = new_order(request.params, false)?;
        // Filters are looked at before anything is canceled; the order that goes makes room for the new one.
        self.spot.check(request.account, &new)?;
        let order = order_ref(request.params, "cancelOrderId", "cancelOrigClientOrderId")?;
        let stops = request.params.get("cancelReplaceMode") == Some("STOP_ON_FAILURE");
        let cancels_beyond_limit = request.params.get("orderRateLimitExceededMode") == Some("CANCEL_ONLY");
        let counted = self.counters.count_order(request.account, request.now_us);
        if let Err(beyond) = &counted
            && !cancels_beyond_limit
        {
            return Err(beyond.clone());
        }
        let canceled = self.cancel(request, &order, "cancelNewClientOrderId");
        let placed = if stops && canceled.is_err() {
            // The order counts all the same.
            None
        } else {
            Some(counted.and_then(|()| self.place_counted(request, &new)))
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

    fn place_counted(&mut self, request: &Request<'_>, new: &NewOrder) -> Result<Value, Refusal> {
        if let Some(rejection) = request.rejection {
            return Err(rejection.clone());
        }
        let id = self.spot.place(request.account, new, request.now_us)?;
        let shape = shape(request.params, new.kind);
        let placed = self.spot.order(id);
        Ok(placed.map_or(Value::Null, |order| {
            answers::placed(&self.spot, order, shape, request.unit)
        }))
    }

    fn amend(&mut self, request: &Request<'_>) -> Result<Value, Refusal> {
        let params = request.params;
        let order = order_ref(params, "orderId", "origClientOrderId")?;
        let quantity = params
            .decimal("newQty")?
            .ok_or_else(|| Refusal::missing("newQty"))?;
        let name = params.get("newClientOrderId");
        let (order, amendment) = self.spot.amend(
            request.account,
            request.symbol(),
            &order,
            name,
            quantity,
            request.now_us,
        )?;
        Ok(answers::amended(&self.spot, &order, &amendment, request.unit))
    }

    fn account_json(&mut self, request: &Request<'_>) -> Value {
        let omit_zero = request.params.get("omitZeroBalances") == Some("true");
        let account = self.spot.account(request.account);
        let shown = account
            .balances
            .iter()
            .filter(|(_, balance)| !(omit_zero && balance.free.is_zero() && balance.locked.is_zero()));
        let balances = shown.map(|(asset, balance)| {
            json!({ "asset": asset, "free": balance.free.to_string(), "locked": balance.locked.to_string() })
        });
        let mut out = json!({
            "makerCommission": 10,
            "takerCommission": 10,
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": rates(&["maker", "taker"], COMMISSION, &["buyer", "seller"]),
            "canTrade": true,
            "canWithdraw": true,
            "canDeposit": true,
            "brokered": false,
            "requireSelfTradePrevention": false,
            "preventSor": false,
            "updateTime": request.unit.of(account.updated_us),
            "accountType": "SPOT",
            "balances": balances.collect::<Value>(),
            "permissions": ["SPOT"],
            "uid": request.account,
        });
        if let (Some(group), Some(object)) = (account.trade_group, out.as_object_mut()) {
            object.insert("tradeGroupId".to_owned(), group.into());
        }
        out
    }
}

impl<'r> Request<'r> {
    /// `symbol`, empty where there is none.
    pub(super) fn symbol(&self) -> &'r str {
        self.params.get("symbol").unwrap_or_default()
    }

    /// The name in a parameter, or one of its own.
    fn name(&self, parameter: &str, kind: &str) -> String {
        self.params
            .text(parameter)
            .unwrap_or_else(|| format!("{kind}{:018}", self.now_us))
    }
}

/// Rates of commission: `rate` for some, nothing for the others.
pub(super) fn rates(paid: &[&str], rate: Fixed, free: &[&str]) -> Value {
    let paid = paid.iter().map(|name| (*name, rate));
    let all = paid.chain(free.iter().map(|name| (*name, Fixed::ZERO)));
    Value::Object(
        all.map(|(name, rate)| (name.to_owned(), rate.to_string().into()))
            .collect(),
    )
}

pub(super) fn discount() -> Value {
    json!({
        "enabledForAccount": false, "enabledForSymbol": false, "discountAsset": "BNB", "discount": "0.00000000",
    })
}

fn rates_for_order() -> Value {
    let both = ["maker", "taker"];
    json!({
        "standardCommissionForOrder": rates(&both, COMMISSION, &[]),
        "specialCommissionForOrder": rates(&[], COMMISSION, &both),
        "taxCommissionForOrder": rates(&[], COMMISSION, &both),
        "discount": discount(),
    })
}

/// The rejection of an order that does not exist.
pub(super) fn no_such_order() -> Rejection {
    Rejection {
        code: -2013,
        message: "Order does not exist.".to_owned(),
    }
}
