//! COIN-M: the same with contracts that earn coins.

use binance_wire::coin_futures::models::UserDataEvent;
use binance_wire::coin_futures::streams::{self, StreamItem};
use binance_wire::coin_futures::{
    FuturesOrderStatus, FuturesOrderType, NewOrderRespType, Side, WorkingType, requests, rest,
};

use super::{Decimal, Environment, Exchange, code, credentials, dec, soon};

const SYMBOL: &str = "BTCUSD_PERP";

fn client(exchange: &Exchange) -> rest::Client {
    rest::Client::builder(Environment::Testnet)
        .base_url(exchange.rest_url())
        .credentials(credentials(false))
        .build()
        .expect("usable settings")
}

fn market(side: Side, quantity: Decimal) -> requests::NewOrder {
    requests::NewOrder::new(SYMBOL, side, FuturesOrderType::Market)
        .quantity(quantity)
        .new_order_resp_type(NewOrderRespType::Result)
}

async fn coins(client: &rest::Client) -> Decimal {
    let balances = client.balance().send().await.expect("balances");
    balances
        .iter()
        .find(|one| one.asset == "BTC")
        .and_then(|one| one.balance)
        .expect("BTC")
}

#[tokio::test]
async fn contracts_earn_coins() {
    let exchange = Exchange::start();
    let client = client(&exchange);
    let before = coins(&client).await;
    let bought = client.call(market(Side::Buy, dec!(520))).send().await.unwrap();
    assert_eq!(bought.status, FuturesOrderStatus::Filled);
    // 520 contracts of 100 USD at 52,000.1.
    assert_eq!(bought.cum_base, Some(dec!(0.99999807)));
    assert!(exchange.move_futures(SYMBOL, "53000"));
    let positions = client.position_risk().pair("BTCUSD").send().await.unwrap();
    let held = positions.iter().next().unwrap().clone();
    assert_eq!(
        (held.position_amt, held.mark_price),
        (Some(dec!(520)), Some(dec!(53000)))
    );
    assert_eq!(held.un_realized_profit, Some(dec!(0.01886600)));
    client.call(market(Side::Sell, dec!(520))).send().await.unwrap();
    let incomes = client.get_income_history().symbol(SYMBOL).send().await.unwrap();
    let sum = incomes
        .iter()
        .fold(dec!(0), |sum, income| sum + income.income.unwrap());
    assert!(sum > dec!(0.017));
    assert_eq!(coins(&client).await, before + sum);
}

#[tokio::test]
async fn conditional_orders_are_orders_here() {
    let exchange = Exchange::start();
    let client = client(&exchange);
    client.call(market(Side::Buy, dec!(10))).send().await.unwrap();
    let stop = requests::NewOrder::new(SYMBOL, Side::Sell, FuturesOrderType::StopMarket)
        .close_position(true)
        .working_type(WorkingType::MarkPrice);
    assert_eq!(
        code(client.call(stop.clone().stop_price(dec!(53000.0))).send().await),
        -2021
    );
    let placed = client.call(stop.stop_price(dec!(51000.0))).send().await.unwrap();
    assert_eq!(
        (placed.status, placed.type_),
        (FuturesOrderStatus::New, Some(FuturesOrderType::StopMarket))
    );
    assert!(exchange.move_futures(SYMBOL, "50900"));
    let order = client
        .query_order(SYMBOL)
        .order_id(placed.order_id)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (order.status, order.executed_qty),
        (FuturesOrderStatus::Filled, Some(dec!(10)))
    );
    assert_eq!(order.orig_type, Some(FuturesOrderType::StopMarket));
}

#[tokio::test]
async fn user_data_has_keys_of_its_own() {
    let exchange = Exchange::start();
    let client = client(&exchange);
    let url = format!("{}/coin-futures", exchange.streams_url());
    let mut events = soon(streams::user_data_at([url], &client).connect())
        .await
        .expect("connected");
    client.call(market(Side::Buy, dec!(10))).send().await.unwrap();
    loop {
        if let StreamItem::Event(UserDataEvent::OrderTradeUpdate(update)) =
            soon(events.next()).await.expect("an item")
            && update.order.order_status == Some(FuturesOrderStatus::Filled)
        {
            assert_eq!(update.order.symbol, SYMBOL);
            break;
        }
    }
}
