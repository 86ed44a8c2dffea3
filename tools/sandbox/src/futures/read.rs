//! Parameters of requests as values of the engine.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    NewOrder, OrderChange, OrderType, PositionSide, Prevention, PriceMatch, Side, TimeInForce, Working,
};

use super::Venue;
use crate::error::Refusal;
use crate::params::Params;

/// Entries of a list that are returned without `limit`.
const DEFAULT_LIMIT: usize = 500;

/// A value of a set that the engine knows less of than the specs do.
fn choice<T>(params: &Params, name: &str, parse: impl Fn(&str) -> Option<T>, or: T) -> Result<T, Refusal> {
    match params.get(name) {
        None => Ok(or),
        Some(text) => parse(text).ok_or_else(|| invalid(name)),
    }
}

pub(super) fn invalid(name: &str) -> Refusal {
    Refusal::new(-1130, format!("Data sent for parameter '{name}' is not valid."))
}

/// A decimal number.
pub(super) fn decimal(params: &Params, name: &str) -> Result<Option<Fixed>, Refusal> {
    let Some(text) = params.get(name) else {
        return Ok(None);
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let too_precise = "Precision is over the maximum defined for this asset.";
    let number = Fixed::parse(digits).map_err(|error| match error {
        binance_wire_sandbox_engine::FixedError::Precision => Refusal::new(-1111, too_precise),
        _ => invalid(name),
    })?;
    Ok(Some(if negative { Fixed::ZERO - number } else { number }))
}

pub(super) fn integer(params: &Params, name: &str) -> Result<Option<i64>, Refusal> {
    let text = params.get(name);
    text.map(|text| text.parse().map_err(|_| invalid(name)))
        .transpose()
}

pub(super) fn flag(params: &Params, name: &str) -> bool {
    params
        .get(name)
        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// `positionSide`; one-way mode's where there is none.
pub(super) fn position_side(params: &Params) -> Result<PositionSide, Refusal> {
    choice(params, "positionSide", PositionSide::parse, PositionSide::Both)
}

/// A new order, of `order` and `algoOrder` of both products.
pub(super) fn new_order(venue: &Venue, params: &Params) -> Result<NewOrder, Refusal> {
    let contract = venue.contract(params)?;
    let details = &venue.futures.listings()[contract].contract;
    let side = Side::parse(params.get("side").unwrap_or_default());
    let side = side.ok_or_else(|| Refusal::new(-1117, "Invalid side."))?;
    let kind = OrderType::parse(params.get("type").unwrap_or_default());
    let kind = kind.filter(|kind| *kind != OrderType::Liquidation);
    let kind = kind.ok_or_else(|| Refusal::new(-1116, "Invalid orderType."))?;
    let stop_price = match params.contains("triggerPrice") {
        true => decimal(params, "triggerPrice")?,
        false => decimal(params, "stopPrice")?,
    };
    let activation = match params.contains("activatePrice") {
        true => decimal(params, "activatePrice")?,
        false => decimal(params, "activationPrice")?,
    };
    let client_id = params.get("newClientOrderId").or(params.get("clientAlgoId"));
    let time_in_force = choice(params, "timeInForce", TimeInForce::parse, TimeInForce::Gtc)
        .map_err(|_| Refusal::new(-1115, "Invalid timeInForce."))?;
    let price = decimal(params, "price")?.unwrap_or(Fixed::ZERO);
    let quantity = decimal(params, "quantity")?.unwrap_or(Fixed::ZERO);
    let digits = super::numbers::digits;
    if digits(price) > digits(details.tick) || digits(quantity) > digits(details.step) {
        return Err(Refusal::new(
            -1111,
            "Precision is over the maximum defined for this asset.",
        ));
    }
    Ok(NewOrder {
        position_side: position_side(params)?,
        time_in_force,
        price: if kind.triggered() == OrderType::Limit {
            price
        } else {
            Fixed::ZERO
        },
        client_id: client_id.map(str::to_owned),
        reduce_only: flag(params, "reduceOnly"),
        close_position: flag(params, "closePosition"),
        stop_price,
        activation,
        callback: decimal(params, "callbackRate")?,
        working: match params.get("workingType") {
            Some("MARK_PRICE") => Working::Mark,
            _ => Working::Contract,
        },
        price_protect: flag(params, "priceProtect"),
        price_match: choice(params, "priceMatch", PriceMatch::parse, PriceMatch::None)?,
        prevention: choice(
            params,
            "selfTradePreventionMode",
            Prevention::parse,
            Prevention::None,
        )
        .map_err(|_| Refusal::new(-5039, "Invalid self trade prevention mode."))?,
        good_till_us: match time_in_force {
            TimeInForce::Gtd => integer(params, "goodTillDate")?.map(crate::clock::to_us),
            _ => None,
        },
        ..NewOrder::new(contract, side, kind, quantity)
    })
}

/// What is to change of an order.
pub(super) fn change(params: &Params) -> Result<OrderChange, Refusal> {
    Ok(OrderChange {
        side: params.get("side").and_then(Side::parse),
        quantity: decimal(params, "quantity")?,
        price: decimal(params, "price")?,
        price_match: choice(params, "priceMatch", PriceMatch::parse, PriceMatch::None)?,
    })
}

/// The part of a history that a request asks for: between two times, from an id, at most `limit` entries.
pub(super) struct Span {
    start_us: Option<i64>,
    end_us: Option<i64>,
    from_id: Option<i64>,
    limit: usize,
}

impl Span {
    /// Reads `startTime`, `endTime`, `limit`, and the parameter of an id where there is one.
    pub(super) fn read(params: &Params, id: &str) -> Result<Span, Refusal> {
        let time = |name| Ok::<_, Refusal>(integer(params, name)?.map(crate::clock::to_us));
        let limit = integer(params, "limit")?;
        Ok(Span {
            start_us: time("startTime")?,
            end_us: time("endTime")?,
            from_id: integer(params, id)?,
            limit: limit
                .and_then(|limit| usize::try_from(limit).ok())
                .unwrap_or(DEFAULT_LIMIT),
        })
    }

    /// Those of the entries, which are in the order of their ids and times, that are asked for: the first ones where a start
    /// is, and the last ones otherwise.
    pub(super) fn of<T>(&self, entries: impl Iterator<Item = T>, place: impl Fn(&T) -> (i64, i64)) -> Vec<T> {
        let within = |entry: &T| {
            let (id, time_us) = place(entry);
            self.from_id.is_none_or(|from| id >= from)
                && self.start_us.is_none_or(|start| time_us >= start)
                // The end is a millisecond, and belongs to the span.
                && self.end_us.is_none_or(|end| time_us < end + 1_000)
        };
        let mut found: Vec<T> = entries.filter(within).collect();
        if self.from_id.is_some() || self.start_us.is_some() {
            found.truncate(self.limit);
        } else {
            let surplus = found.len().saturating_sub(self.limit);
            found.drain(..surplus);
        }
        found
    }
}
