//! The values of an order that filters look at.

use crate::{Decimal, Operation, ParamSink, Text};

/// What filters look at in an order. Made of plain values, or of any request that places or amends an order.
///
/// Sides and order types are the texts of the wire, which the products' value sets turn into with `as_ref`:
/// `OrderValues::market(Side::Buy, quantity)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderValues {
    pub(super) symbol: Option<Text>,
    pub(super) side: Option<Text>,
    pub(super) order_type: Option<Text>,
    pub(super) price: Option<Decimal>,
    pub(super) quantity: Option<Decimal>,
    pub(super) quote_quantity: Option<Decimal>,
    pub(super) stop_price: Option<Decimal>,
    pub(super) iceberg_quantity: Option<Decimal>,
    pub(super) trailing_delta: Option<i64>,
    /// The exchange chooses the price: a pegged order, or one with a price match.
    pub(super) chosen_price: bool,
    pub(super) reduces_only: bool,
    /// Hedge mode: the position that the order opens or closes.
    pub(super) position_side: Option<Text>,
    /// The exchange chooses the quantity.
    pub(super) closes_position: bool,
    pub(super) opens_list: bool,
    pub(super) amends: bool,
}

impl OrderValues {
    /// An order by its side and type; the rest is set.
    pub fn new(side: impl AsRef<str>, order_type: impl AsRef<str>) -> Self {
        Self {
            side: Some(side.as_ref().into()),
            order_type: Some(order_type.as_ref().into()),
            ..Self::default()
        }
    }

    /// A limit order; quantity before price, as in the constructors of requests.
    pub fn limit(side: impl AsRef<str>, quantity: Decimal, price: Decimal) -> Self {
        Self::new(side, "LIMIT").quantity(quantity).price(price)
    }

    /// A market order.
    pub fn market(side: impl AsRef<str>, quantity: Decimal) -> Self {
        Self::new(side, "MARKET").quantity(quantity)
    }

    /// A market order by the amount of quote asset to spend or to receive.
    pub fn market_quote(side: impl AsRef<str>, quote_quantity: Decimal) -> Self {
        Self {
            quote_quantity: Some(quote_quantity),
            ..Self::new(side, "MARKET")
        }
    }

    /// An amendment that keeps the order's priority: its new quantity.
    pub fn amendment(quantity: Decimal) -> Self {
        Self {
            amends: true,
            quantity: Some(quantity),
            ..Self::default()
        }
    }

    /// Sets the symbol, so that filters of another one are not taken for its own. A request has it.
    #[must_use]
    pub fn symbol(mut self, symbol: impl AsRef<str>) -> Self {
        self.symbol = Some(symbol.as_ref().into());
        self
    }

    /// Sets the limit price.
    #[must_use]
    pub fn price(mut self, price: Decimal) -> Self {
        self.price = Some(price);
        self
    }

    /// Sets the quantity.
    #[must_use]
    pub fn quantity(mut self, quantity: Decimal) -> Self {
        self.quantity = Some(quantity);
        self
    }

    /// Sets the trigger price.
    #[must_use]
    pub fn stop_price(mut self, price: Decimal) -> Self {
        self.stop_price = Some(price);
        self
    }

    /// Sets the visible part of an iceberg order.
    #[must_use]
    pub fn iceberg_quantity(mut self, quantity: Decimal) -> Self {
        self.iceberg_quantity = Some(quantity);
        self
    }

    /// Sets the trailing distance in basis points.
    #[must_use]
    pub fn trailing_delta(mut self, basis_points: i64) -> Self {
        self.trailing_delta = Some(basis_points);
        self
    }

    /// Futures: the order only reduces a position.
    #[must_use]
    pub fn reduce_only(mut self) -> Self {
        self.reduces_only = true;
        self
    }

    /// The order is the first of an order list, which counts as one more list.
    #[must_use]
    pub fn opens_list(mut self) -> Self {
        self.opens_list = true;
        self
    }

    /// Futures in hedge mode: sets the position that the order opens or closes.
    #[must_use]
    pub fn position_side(mut self, side: impl AsRef<str>) -> Self {
        self.position_side = Some(side.as_ref().into());
        self
    }

    /// Whether it can only make a position smaller: as its flag says, or by closing a side of hedge mode.
    pub(super) fn only_reduces(&self) -> bool {
        let sides = (self.side.as_deref(), self.position_side.as_deref());
        let closes = matches!(sides, (Some("SELL"), Some("LONG")) | (Some("BUY"), Some("SHORT")));
        self.reduces_only || closes
    }

    /// Whether it becomes a market order when its trigger is reached.
    pub(super) fn becomes_market(&self, spot: bool) -> bool {
        self.order_type.as_deref().is_some_and(|order_type| {
            order_type.ends_with("_MARKET") || spot && matches!(order_type, "STOP_LOSS" | "TAKE_PROFIT")
        })
    }

    pub(super) fn is(&self, order_type: &str) -> bool {
        self.order_type.as_deref() == Some(order_type)
    }

    pub(super) fn is_market(&self) -> bool {
        self.is("MARKET")
    }

    /// Whether it waits for a trigger.
    pub(super) fn is_algo(&self) -> bool {
        self.order_type.as_deref().is_some_and(|order_type| {
            ["STOP", "TAKE_PROFIT", "TRAILING_STOP"]
                .iter()
                .any(|start| order_type.starts_with(start))
        })
    }

    pub(super) fn is_iceberg(&self) -> bool {
        self.iceberg_quantity
            .is_some_and(|quantity| quantity > Decimal::ZERO)
    }

    fn take_number(&mut self, name: &str, value: Decimal) {
        let place = match name {
            "price" => &mut self.price,
            "quantity" => &mut self.quantity,
            "newQty" => {
                self.amends = true;
                &mut self.quantity
            }
            "quoteOrderQty" => &mut self.quote_quantity,
            "stopPrice" | "triggerPrice" => &mut self.stop_price,
            "icebergQty" => &mut self.iceberg_quantity,
            _ => return,
        };
        *place = Some(value);
    }
}

impl From<&OrderValues> for OrderValues {
    fn from(order: &OrderValues) -> Self {
        order.clone()
    }
}

/// Of the parameters of a request. A request that is not one order, such as an order list, has no side and type of its
/// own, and what depends on them is not checked.
impl<O: Operation> From<&O> for OrderValues {
    fn from(request: &O) -> Self {
        let mut order = Self::default();
        request.write_params(&mut order);
        order
    }
}

/// Takes what it knows by the names of parameters.
impl ParamSink for OrderValues {
    fn text(&mut self, name: &str, value: &str) {
        match name {
            "symbol" => self.symbol = Some(value.into()),
            "side" => self.side = Some(value.into()),
            "positionSide" => self.position_side = Some(value.into()),
            "type" | "orderType" => self.order_type = Some(value.into()),
            "pegPriceType" => self.chosen_price = true,
            "priceMatch" => self.chosen_price |= value != "NONE",
            // Some products send flags as text.
            "reduceOnly" => self.reduces_only = value == "true",
            "closePosition" => self.closes_position = value == "true",
            _ => {
                if let Ok(value) = Decimal::from_str_exact(value) {
                    self.take_number(name, value);
                }
            }
        }
    }

    fn integer(&mut self, name: &str, value: i64) {
        match name {
            "trailingDelta" => self.trailing_delta = Some(value),
            _ => self.take_number(name, value.into()),
        }
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        self.take_number(name, value);
    }

    fn boolean(&mut self, name: &str, value: bool) {
        match name {
            "reduceOnly" => self.reduces_only = value,
            "closePosition" => self.closes_position = value,
            _ => {}
        }
    }

    fn json(&mut self, _: &str, _: &str) {}
}
