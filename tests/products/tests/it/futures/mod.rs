//! Futures of the sandbox exchange, by the generated clients, over sockets.

mod coin;
mod orders;
mod positions;
mod streams;

use std::time::Duration;

use binance_wire::usds_futures::{
    FuturesOrderType, FuturesTimeInForce, NewOrderRespType, Side, models, requests, rest,
};
use binance_wire::{Credentials, Environment, Error};
use binance_wire_core::{Decimal, dec};
use binance_wire_sandbox::{Exchange, keys};

pub(crate) const SYMBOL: &str = "BTCUSDT";

fn credentials(second: bool) -> Credentials {
    match second {
        false => Credentials::hmac(keys::HMAC_API_KEY, keys::HMAC_SECRET).expect("usable"),
        true => Credentials::ed25519(keys::SECOND_API_KEY, keys::SECOND_PRIVATE_KEY_PEM).expect("usable"),
    }
}

/// A client of the first account, or of the second.
fn client(exchange: &Exchange, second: bool) -> rest::Client {
    let offset = exchange.now_ms();
    let started = std::time::Instant::now();
    let now = move || {
        let passed = i64::try_from(started.elapsed().as_millis()).unwrap_or_default();
        binance_wire::Timestamp::from_millis(offset + passed)
    };
    rest::Client::builder(Environment::Testnet)
        .base_url(exchange.rest_url())
        .credentials(credentials(second))
        .clock(now)
        .build()
        .expect("usable settings")
}

/// The code of a refusal.
fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> i64 {
    match result {
        Err(Error::Api(refusal)) => refusal.code.0.into(),
        other => panic!("not refused: {other:?}"),
    }
}

fn limit(side: Side, quantity: Decimal, price: Decimal) -> requests::NewOrder {
    requests::NewOrder::new(SYMBOL, side, FuturesOrderType::Limit)
        .time_in_force(FuturesTimeInForce::Gtc)
        .quantity(quantity)
        .price(price)
        .new_order_resp_type(NewOrderRespType::Result)
}

fn market(side: Side, quantity: Decimal) -> requests::NewOrder {
    requests::NewOrder::new(SYMBOL, side, FuturesOrderType::Market)
        .quantity(quantity)
        .new_order_resp_type(NewOrderRespType::Result)
}

async fn position(client: &rest::Client) -> models::Position {
    let positions = client
        .position_risk_v3()
        .symbol(SYMBOL)
        .send()
        .await
        .expect("positions");
    positions.iter().next().expect("one").clone()
}

/// The balance of USDT.
async fn balance(client: &rest::Client) -> models::AccountBalance {
    let balances = client.balance_v3().send().await.expect("balances");
    balances
        .iter()
        .find(|one| one.asset == "USDT")
        .expect("USDT")
        .clone()
}

async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("in time")
}
