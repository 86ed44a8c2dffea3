//! Reading new orders, lists and names of orders out of parameters that have been checked.

use binance_wire_sandbox_engine::book::{SelfTrade, Side, TimeInForce};
use binance_wire_sandbox_engine::spot::{NewList, NewOrder, OrderRef, OrderType, Peg, SELF_TRADE_MODES};

use super::Fixed;
use super::operation::Kind;
use crate::error::Refusal;
use crate::params::Params;

/// Which of the three shapes a new order is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Ack,
    Result,
    Full,
}

/// The shape that a request asks for; `kind` has one by itself.
pub(super) fn shape(params: &Params, kind: OrderType) -> Shape {
    match params.get("newOrderRespType") {
        Some("ACK") => Shape::Ack,
        Some("RESULT") => Shape::Result,
        Some(_) => Shape::Full,
        None if matches!(kind, OrderType::Market | OrderType::Limit) => Shape::Full,
        None => Shape::Ack,
    }
}

/// The parameters of one order among those of a list: `price` is `workingPrice` of the working one.
struct Leg<'p> {
    params: &'p Params,
    prefix: &'static str,
}

impl Leg<'_> {
    fn name(&self, name: &str) -> String {
        if self.prefix.is_empty() {
            return name.to_owned();
        }
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        let rest = letters.as_str();
        format!(
            "{}{}{rest}",
            self.prefix,
            first.map(String::from).unwrap_or_default()
        )
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.params.get(&self.name(name))
    }

    fn decimal(&self, name: &str) -> Result<Option<Fixed>, Refusal> {
        self.params.decimal(&self.name(name))
    }

    fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.params.integer(&self.name(name))
    }

    /// A whole number that fits 32 bits; the filters refuse what is beyond it, as they do the greatest.
    fn count(&self, name: &str) -> Result<Option<u32>, Refusal> {
        Ok(self
            .integer(name)?
            .map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
    }

    /// What every order says of itself; side and quantity are the list's at times.
    fn order(&self, side: Side, quantity: Option<Fixed>) -> Result<NewOrder, Refusal> {
        let kind = OrderType::parse(self.text("type").unwrap_or_default()).unwrap_or(OrderType::Limit);
        let symbol = self.params.get("symbol").unwrap_or_default();
        let peg = match self.text("pegPriceType") {
            None => None,
            Some(kind) => Some(Peg {
                market: kind == "MARKET_PEG",
                offset: self.count("pegOffsetValue")?,
            }),
        };
        Ok(NewOrder {
            time_in_force: time_in_force(self.text("timeInForce")),
            quantity,
            price: self.decimal("price")?,
            stop_price: self.decimal("stopPrice")?,
            trailing_delta: self.count("trailingDelta")?,
            iceberg: self.decimal("icebergQty")?,
            client_order_id: self.text("clientOrderId").map(str::to_owned),
            strategy_id: self.integer("strategyId")?,
            strategy_type: self.integer("strategyType")?,
            self_trade: self_trade(self.params),
            peg,
            ..NewOrder::new(symbol, side, kind)
        })
    }
}

fn time_in_force(name: Option<&str>) -> TimeInForce {
    match name {
        Some("IOC") => TimeInForce::Ioc,
        Some("FOK") => TimeInForce::Fok,
        _ => TimeInForce::Gtc,
    }
}

fn self_trade(params: &Params) -> Option<SelfTrade> {
    let name = params.get("selfTradePreventionMode")?;
    SELF_TRADE_MODES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, mode)| *mode)
}

fn side(name: Option<&str>) -> Side {
    if name == Some("BUY") {
        Side::Buy
    } else {
        Side::Sell
    }
}

/// A price or stop price of 0 is none.
fn positive(order: NewOrder) -> Result<NewOrder, Refusal> {
    let prices = [order.price.filter(|_| order.peg.is_none()), order.stop_price];
    if prices.into_iter().flatten().any(Fixed::is_zero) {
        return Err(Refusal::new(-1013, "Filter failure: PRICE_FILTER"));
    }
    Ok(order)
}

/// Reads a new order.
pub(super) fn new_order(params: &Params, sor: bool) -> Result<NewOrder, Refusal> {
    let leg = Leg { params, prefix: "" };
    let order = leg.order(side(params.get("side")), params.decimal("quantity")?)?;
    positive(NewOrder {
        quote_quantity: params.decimal("quoteOrderQty")?,
        client_order_id: params.text("newClientOrderId"),
        sor,
        ..order
    })
}

/// Reads a new order list.
pub(super) fn new_list(params: &Params, kind: Kind) -> Result<NewList, Refusal> {
    let leg = |prefix| Leg { params, prefix };
    let own_side = side(params.get("side"));
    let pending_side = side(params.get("pendingSide"));
    let working = || {
        let order = leg("working").order(
            side(params.get("workingSide")),
            params.decimal("workingQuantity")?,
        )?;
        positive(order)
    };
    let quantity = params.decimal("quantity")?;
    let pending_quantity = params.decimal("pendingQuantity")?;
    let (working, orders) = match kind {
        Kind::OldOco => (None, old_pair(params, own_side, quantity)?),
        Kind::Oco => {
            let orders = ["above", "below"].map(|prefix| leg(prefix).order(own_side, quantity));
            (None, orders.into_iter().collect::<Result<_, _>>()?)
        }
        Kind::Oto | Kind::Opo => {
            let working = working()?;
            // What pays for it decides the quantity in the end.
            let quantity = pending_quantity.or(working.quantity);
            (Some(working), vec![leg("pending").order(pending_side, quantity)?])
        }
        _ => {
            let working = working()?;
            let quantity = pending_quantity.or(working.quantity);
            let orders =
                ["pendingAbove", "pendingBelow"].map(|prefix| leg(prefix).order(pending_side, quantity));
            (Some(working), orders.into_iter().collect::<Result<_, _>>()?)
        }
    };
    Ok(NewList {
        client_id: params.text("listClientOrderId"),
        working,
        orders: orders.into_iter().map(positive).collect::<Result<_, _>>()?,
        pays: matches!(kind, Kind::Opo | Kind::Opoco),
    })
}

/// The pair of the older operation: a limit maker, and a stop-loss that may have a limit.
fn old_pair(params: &Params, side: Side, quantity: Option<Fixed>) -> Result<Vec<NewOrder>, Refusal> {
    let symbol = params.get("symbol").unwrap_or_default();
    let base = |prefix| -> Result<NewOrder, Refusal> {
        let leg = Leg { params, prefix };
        Ok(NewOrder {
            quantity,
            iceberg: leg.decimal("icebergQty")?,
            client_order_id: leg.text("clientOrderId").map(str::to_owned),
            strategy_id: leg.integer("strategyId")?,
            strategy_type: leg.integer("strategyType")?,
            self_trade: self_trade(params),
            ..NewOrder::new(symbol, side, OrderType::LimitMaker)
        })
    };
    let limit = NewOrder {
        price: params.decimal("price")?,
        ..base("limit")?
    };
    let stop_limit = params.decimal("stopLimitPrice")?;
    if stop_limit.is_some() && !params.contains("stopLimitTimeInForce") {
        return Err(Refusal::missing("stopLimitTimeInForce"));
    }
    let delta = params.integer("trailingDelta")?;
    let stop = NewOrder {
        kind: if stop_limit.is_some() {
            OrderType::StopLossLimit
        } else {
            OrderType::StopLoss
        },
        price: stop_limit,
        stop_price: params.decimal("stopPrice")?,
        trailing_delta: delta.map(|delta| u32::try_from(delta).unwrap_or(u32::MAX)),
        time_in_force: time_in_force(params.get("stopLimitTimeInForce")),
        ..base("stop")?
    };
    Ok(match side {
        Side::Sell => vec![limit, stop],
        Side::Buy => vec![stop, limit],
    })
}

/// How a request names an order.
pub(super) fn order_ref(params: &Params, id: &str, client_id: &str) -> Result<OrderRef, Refusal> {
    // A number beyond what an id can be names no order.
    let number = params
        .integer(id)?
        .map(|id| u64::try_from(id).unwrap_or(u64::MAX));
    let order = OrderRef {
        id: number,
        client_order_id: params.text(client_id),
    };
    if order.id.is_none() && order.client_order_id.is_none() {
        let message = format!("Param '{client_id}' or '{id}' must be sent, but both were empty/null!");
        return Err(Refusal::new(-1102, message));
    }
    Ok(order)
}
