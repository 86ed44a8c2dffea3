//! Orders and trades as the engine keeps them and as JSON shows them.

use serde_json::{Map, Value, json};

use crate::account::AccountId;
use crate::book::Side;
use crate::clock::TimeUnit;
use crate::decimal::Fixed;

/// Which of the three response shapes a new order is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseType {
    Ack,
    Result,
    Full,
}

/// An order as requested, syntactically sound.
#[derive(Clone, Debug)]
pub(crate) struct NewOrder {
    pub(crate) symbol: String,
    pub(crate) side: Side,
    pub(crate) kind: String,
    pub(crate) time_in_force: Option<String>,
    pub(crate) quantity: Option<Fixed>,
    pub(crate) quote_quantity: Option<Fixed>,
    pub(crate) price: Option<Fixed>,
    pub(crate) stop_price: Option<Fixed>,
    pub(crate) client_order_id: Option<String>,
    pub(crate) strategy_id: Option<i64>,
    pub(crate) strategy_type: Option<i64>,
    pub(crate) self_trade_prevention: Option<String>,
    pub(crate) response: ResponseType,
}

impl NewOrder {
    /// Whether it waits for a stop price before it meets the book.
    pub(crate) fn waits_for_stop(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "STOP_LOSS" | "STOP_LOSS_LIMIT" | "TAKE_PROFIT" | "TAKE_PROFIT_LIMIT"
        )
    }

    pub(crate) fn is_market(&self) -> bool {
        self.kind == "MARKET"
    }
}

/// Life stages of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    New,
    PartiallyFilled,
    Filled,
    Canceled,
    Expired,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Status::New => "NEW",
            Status::PartiallyFilled => "PARTIALLY_FILLED",
            Status::Filled => "FILLED",
            Status::Canceled => "CANCELED",
            Status::Expired => "EXPIRED",
        }
    }

    pub(crate) fn is_open(self) -> bool {
        matches!(self, Status::New | Status::PartiallyFilled)
    }
}

/// One execution of one order.
#[derive(Clone, Debug)]
pub(crate) struct Fill {
    pub(crate) trade_id: i64,
    pub(crate) price: Fixed,
    pub(crate) quantity: Fixed,
    pub(crate) commission: Fixed,
    pub(crate) commission_asset: String,
    pub(crate) time_us: i64,
    pub(crate) is_maker: bool,
}

/// An order in the engine.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) account: AccountId,
    pub(crate) symbol: String,
    pub(crate) client_order_id: String,
    pub(crate) side: Side,
    pub(crate) kind: String,
    pub(crate) time_in_force: String,
    pub(crate) price: Fixed,
    pub(crate) stop_price: Fixed,
    pub(crate) quantity: Fixed,
    pub(crate) quote_quantity: Fixed,
    pub(crate) executed: Fixed,
    pub(crate) executed_quote: Fixed,
    pub(crate) status: Status,
    pub(crate) created_us: i64,
    pub(crate) updated_us: i64,
    /// When it came onto the book; none while it waits for its stop price.
    pub(crate) working_us: Option<i64>,
    pub(crate) strategy_id: Option<i64>,
    pub(crate) strategy_type: Option<i64>,
    pub(crate) self_trade_prevention: String,
    pub(crate) expiry_reason: Option<&'static str>,
    pub(crate) fills: Vec<Fill>,
}

impl Order {
    pub(crate) fn open_quantity(&self) -> Fixed {
        self.quantity - self.executed
    }

    /// What one unit still open keeps locked: the price for a buyer, one of the base asset for a seller.
    pub(crate) fn locked_per_unit(&self) -> Fixed {
        match self.side {
            Side::Buy if self.price.is_zero() => self.stop_price,
            Side::Buy => self.price,
            Side::Sell => Fixed::from_units(100_000_000),
        }
    }

    fn id_json(&self) -> i64 {
        i64::try_from(self.id).unwrap_or(i64::MAX)
    }

    fn amounts(&self, out: &mut Map<String, Value>) {
        out.insert("price".into(), self.price.to_string().into());
        out.insert("origQty".into(), self.quantity.to_string().into());
        out.insert("executedQty".into(), self.executed.to_string().into());
        out.insert("origQuoteOrderQty".into(), self.quote_quantity.to_string().into());
        out.insert(
            "cummulativeQuoteQty".into(),
            self.executed_quote.to_string().into(),
        );
        out.insert("status".into(), self.status.as_str().into());
        out.insert("timeInForce".into(), self.time_in_force.clone().into());
        out.insert("type".into(), self.kind.clone().into());
        out.insert("side".into(), self.side.as_str().into());
    }

    /// Fields that appear under a condition.
    fn conditional(&self, out: &mut Map<String, Value>, with_stop_price: bool) {
        if with_stop_price && !self.stop_price.is_zero() {
            out.insert("stopPrice".into(), self.stop_price.to_string().into());
        }
        if let Some(id) = self.strategy_id {
            out.insert("strategyId".into(), id.into());
        }
        if let Some(kind) = self.strategy_type {
            out.insert("strategyType".into(), kind.into());
        }
        if let Some(reason) = self.expiry_reason {
            out.insert("expiryReason".into(), reason.into());
        }
    }

    /// The answer to the order's placement.
    pub(crate) fn placed_json(&self, shape: ResponseType, unit: TimeUnit) -> Value {
        let mut out = Map::new();
        out.insert("symbol".into(), self.symbol.clone().into());
        out.insert("orderId".into(), self.id_json().into());
        out.insert("orderListId".into(), (-1).into());
        out.insert("clientOrderId".into(), self.client_order_id.clone().into());
        out.insert("transactTime".into(), unit.of(self.created_us).into());
        if shape == ResponseType::Ack {
            return Value::Object(out);
        }
        self.amounts(&mut out);
        if let Some(working_us) = self.working_us {
            out.insert("workingTime".into(), unit.of(working_us).into());
        }
        if shape == ResponseType::Full {
            let fills = self.fills.iter().map(|fill| {
                json!({
                    "price": fill.price.to_string(),
                    "qty": fill.quantity.to_string(),
                    "commission": fill.commission.to_string(),
                    "commissionAsset": fill.commission_asset,
                    "tradeId": fill.trade_id,
                })
            });
            out.insert("fills".into(), fills.collect());
        }
        out.insert(
            "selfTradePreventionMode".into(),
            self.self_trade_prevention.clone().into(),
        );
        self.conditional(&mut out, true);
        Value::Object(out)
    }

    /// The answer to the order's cancellation.
    pub(crate) fn canceled_json(&self, cancel_client_id: &str, unit: TimeUnit) -> Value {
        let mut out = Map::new();
        out.insert("symbol".into(), self.symbol.clone().into());
        out.insert("origClientOrderId".into(), self.client_order_id.clone().into());
        out.insert("orderId".into(), self.id_json().into());
        out.insert("orderListId".into(), (-1).into());
        out.insert("clientOrderId".into(), cancel_client_id.into());
        out.insert("transactTime".into(), unit.of(self.updated_us).into());
        self.amounts(&mut out);
        out.insert(
            "selfTradePreventionMode".into(),
            self.self_trade_prevention.clone().into(),
        );
        self.conditional(&mut out, true);
        Value::Object(out)
    }

    /// The order as queries show it.
    pub(crate) fn queried_json(&self, unit: TimeUnit) -> Value {
        let mut out = Map::new();
        out.insert("symbol".into(), self.symbol.clone().into());
        out.insert("orderId".into(), self.id_json().into());
        out.insert("orderListId".into(), (-1).into());
        out.insert("clientOrderId".into(), self.client_order_id.clone().into());
        self.amounts(&mut out);
        out.insert("stopPrice".into(), self.stop_price.to_string().into());
        out.insert("icebergQty".into(), Fixed::ZERO.to_string().into());
        out.insert("time".into(), unit.of(self.created_us).into());
        out.insert("updateTime".into(), unit.of(self.updated_us).into());
        out.insert("isWorking".into(), self.working_us.is_some().into());
        out.insert(
            "workingTime".into(),
            self.working_us.map_or(-1, |us| unit.of(us)).into(),
        );
        out.insert(
            "selfTradePreventionMode".into(),
            self.self_trade_prevention.clone().into(),
        );
        self.conditional(&mut out, false);
        Value::Object(out)
    }

    /// The order's executions as `myTrades` shows them.
    pub(crate) fn trade_json(&self, fill: &Fill, unit: TimeUnit) -> Value {
        json!({
            "symbol": self.symbol,
            "id": fill.trade_id,
            "orderId": self.id_json(),
            "orderListId": -1,
            "price": fill.price.to_string(),
            "qty": fill.quantity.to_string(),
            "quoteQty": fill.price.times(fill.quantity).to_string(),
            "commission": fill.commission.to_string(),
            "commissionAsset": fill.commission_asset,
            "time": unit.of(fill.time_us),
            "isBuyer": self.side == Side::Buy,
            "isMaker": fill.is_maker,
            "isBestMatch": true,
        })
    }
}
