//! Orders: how they are made, and what becomes of them.

use binance::models::{NewOrderResponse, OrderType, TimeInForce};
use binance::requests::{self, NewOrder};
use binance::{rest, ws_api};

use crate::prelude::{Decimal, Error, Order, Side, Status};

/// What the desk knows of an order. Its states are the desk's own, whatever they are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits in the book.
    Resting,
    /// It is filled or canceled.
    Done,
    /// Nobody wanted it.
    Expired,
}

impl From<&Status> for State {
    fn from(status: &Status) -> Self {
        match status {
            Status::Filled | Status::Canceled | Status::Rejected => Self::Done,
            Status::Expired | Status::ExpiredInMatch => Self::Expired, // uses: expired
            _ => Self::Resting,
        }
    }
}

/// One side of a quote, as a request that can be stored and sent by either transport.
pub fn quote(symbol: &str, side: Side, price: Decimal, quantity: Decimal) -> NewOrder {
    NewOrder::new(symbol, side, OrderType::LimitMaker) // uses: new-order
        .price(price) // uses: price-setter
        .quantity(quantity)
}

/// Gets rid of a position at once.
pub async fn flatten(client: &rest::Client, symbol: &str, quantity: Decimal) -> Result<Decimal, Error> {
    let answer = client
        .new_order(symbol, Side::Sell, OrderType::Market) // uses: new-order
        .quantity(quantity)
        .send()
        .await?;
    Ok(match &answer {
        NewOrderResponse::Full(full) => full.fills.iter().map(|fill| fill.qty * fill.price).sum(),
        NewOrderResponse::Result(result) => result.cummulative_quote_qty,
        _ => Decimal::default(),
    })
}

/// Takes profit over the WebSocket API.
pub async fn take_profit(client: &ws_api::Client, symbol: &str, price: Decimal) -> Result<i64, Error> {
    let order = client
        .new_order(symbol, Side::Sell, OrderType::Limit) // uses: new-order
        .time_in_force(TimeInForce::Gtc)
        .price(price) // uses: price-setter
        .send()
        .await?;
    Ok(order.order_id())
}

/// Tries an order without placing it; the other request has a `price` as well, and is another.
pub async fn rehearse(client: &rest::Client, symbol: &str, price: Decimal) -> Result<(), Error> {
    let test = requests::TestOrder::new(symbol, Side::Buy, OrderType::Limit).price(price);
    client.send(&test).await?;
    Ok(())
}

/// What is left of an order. The field is an order's, and no execution report's.
pub fn open_quantity(order: &Order) -> Option<Decimal> {
    order.orig_qty.map(|all| all - order.executed_qty)
}

/// The orders that nobody wanted.
pub async fn expired(client: &rest::Client, symbol: &str) -> Result<binance::List<Order>, Error> {
    let mut orders = client.all_orders(symbol).send().await?;
    orders.retain(|order| matches!(order.status, Status::Expired)); // uses: expired
    orders.sort_by_key(|order| order.order_id);
    let all_expired = |orders: &[Order]| orders.iter().all(|order| order.status == Status::Expired); // uses: expired
    debug_assert!(all_expired(&orders));
    Ok(orders)
}
