//! End-to-end tests of the generated clients, over real sockets, against the sandbox exchange of this repository.
//!
//! This library is what the tests share: credentials of the exchange's built-in keys, clients that point at it, and
//! waiting without sleeping. The tests stand in `tests/`, one folder a transport, and what a newcomer runs first in
//! `examples/`. It is not published and touches nothing but the loopback interface.

use std::future::Future;
use std::time::Duration;

use binance_wire_core::{Decimal, dec};
use binance_wire_sandbox::{Exchange, keys};
use binance_wire_spot::requests::NewOrder;
use binance_wire_spot::streams::{EventStream, ReconnectPolicy, StreamItem, StreamMessage};
use binance_wire_spot::{
    Credentials, Environment, OrderStatus, OrderType, Side, TimeInForce, models, rest, streams, ws_api,
};

/// The README's example is compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// Long enough for any machine; no test waits for it to pass.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A symbol that does not stand in ASCII, which the exchange lists for tests of encoding and signing.
pub const FOREIGN_SYMBOL: &str = "这是测试币４５６";

/// Below the best bid of BTCUSDT (52,000): a buy order at it rests.
pub const RESTING: Decimal = dec!(51000.00);

/// The HMAC key of the first account.
///
/// # Panics
/// When the built-in key cannot be read.
pub fn hmac() -> Credentials {
    Credentials::hmac(keys::HMAC_API_KEY, keys::HMAC_SECRET).expect("the built-in HMAC key")
}

/// The RSA key of the first account.
///
/// # Panics
/// When the built-in key cannot be read.
pub fn rsa() -> Credentials {
    Credentials::rsa(keys::RSA_API_KEY, keys::RSA_PRIVATE_KEY_PEM).expect("the built-in RSA key")
}

/// The Ed25519 key of the first account.
///
/// # Panics
/// When the built-in key cannot be read.
pub fn ed25519() -> Credentials {
    Credentials::ed25519(keys::ED25519_API_KEY, keys::ED25519_PRIVATE_KEY_PEM)
        .expect("the built-in Ed25519 key")
}

/// One key of each type, all of the first account, with the type's name.
pub fn every_key_type() -> [(&'static str, Credentials); 3] {
    [("HMAC", hmac()), ("RSA", rsa()), ("Ed25519", ed25519())]
}

/// Settings of a REST client of the sandbox, without credentials.
pub fn rest_builder(exchange: &Exchange) -> rest::ClientBuilder<rest::Client> {
    rest::Client::builder(Environment::Testnet).base_url(exchange.rest_url())
}

/// A REST client of the sandbox.
///
/// # Panics
/// When the settings are not usable.
pub fn rest_client(exchange: &Exchange, credentials: Credentials) -> rest::Client {
    rest_builder(exchange)
        .credentials(credentials)
        .build()
        .expect("a usable setting")
}

/// Settings of a WebSocket API client of the sandbox, which comes back quickly after a loss.
pub fn ws_builder(exchange: &Exchange, credentials: Credentials) -> ws_api::ClientBuilder<ws_api::Client> {
    ws_api::Client::builder_at([exchange.ws_api_url()])
        .credentials(credentials)
        .reconnect(prompt())
}

/// A WebSocket API client that has logged its session on, with Ed25519.
///
/// # Panics
/// When it cannot connect or is refused.
pub async fn logged_on(exchange: &Exchange) -> ws_api::Client {
    let connecting = ws_builder(exchange, ed25519()).logon(true).connect();
    within("connecting", connecting)
        .await
        .expect("connected and logged on")
}

/// A WebSocket API client that signs each request.
///
/// # Panics
/// When it cannot connect.
pub async fn signing(exchange: &Exchange, credentials: Credentials) -> ws_api::Client {
    let connecting = ws_builder(exchange, credentials).connect();
    within("connecting", connecting).await.expect("connected")
}

/// Settings of a connection to the sandbox's market streams, which comes back quickly after a loss.
pub fn stream_builder(exchange: &Exchange) -> streams::ClientBuilder<StreamMessage> {
    streams::builder_at([exchange.streams_url()]).reconnect(prompt())
}

/// Hardly any delay before a lost connection is made again.
fn prompt() -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    policy
}

/// A limit order to buy 0.01 BTC that rests in the book, with a client order id.
pub fn resting_order(client_order_id: &str) -> NewOrder {
    NewOrder::new("BTCUSDT", Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(dec!(0.01))
        .price(RESTING)
        .new_client_order_id(client_order_id)
}

/// What the exchange itself says of the order with a client order id: its status, or `None` where it has none.
pub fn status_of(exchange: &Exchange, client_order_id: &str) -> Option<String> {
    let orders = exchange.orders();
    orders
        .into_iter()
        .find(|order| order.client_order_id == client_order_id)
        .map(|order| order.status)
}

/// The status that an answer to a new order tells.
///
/// # Panics
/// When the answer is the short form, which tells none.
pub fn placed_status(placed: &models::NewOrderResponse) -> &OrderStatus {
    match placed {
        models::NewOrderResponse::Full(order) => &order.status,
        models::NewOrderResponse::Result(order) => &order.status,
        other => panic!("an answer without a status: {other:?}"),
    }
}

/// The single order that a cancellation was about.
///
/// # Panics
/// When it was a list.
pub fn canceled_order(canceled: models::CanceledOrderOrList) -> models::CanceledOrder {
    match canceled {
        models::CanceledOrderOrList::Order(order) => order,
        other => panic!("a single order was canceled, not {other:?}"),
    }
}

/// The result of `future`.
///
/// # Panics
/// When [`PATIENCE`] runs out first; names `what` was waited for.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: nothing came in {PATIENCE:?}"),
    }
}

/// Waits until the exchange has seen what `condition` asks for.
///
/// # Panics
/// When [`PATIENCE`] runs out first; names `what` was waited for.
pub async fn seen(exchange: &Exchange, what: &str, condition: impl FnMut(&Exchange) -> bool) {
    assert!(
        exchange.wait_for(PATIENCE, condition).await,
        "{what}: the exchange never saw it"
    );
}

/// The next item of a stream.
///
/// # Panics
/// When none comes or the stream is over.
pub async fn next<M>(events: &mut EventStream<M>) -> StreamItem<M> {
    within("an item of a stream", events.next())
        .await
        .expect("the stream goes on")
}

/// The next item of a stream, which must be a message.
///
/// # Panics
/// When something else comes.
pub async fn next_event<M: std::fmt::Debug>(events: &mut EventStream<M>) -> M {
    match next(events).await {
        StreamItem::Event(event) => event,
        other => panic!("a message was expected, not {other:?}"),
    }
}

/// The text frames for one method that reached the exchange on WebSocket API connections, as JSON.
///
/// # Panics
/// When a client sent something that is not JSON.
pub fn frames_of(exchange: &Exchange, method: &str) -> Vec<serde_json::Value> {
    let frames = exchange.frames().into_iter();
    let parsed = frames.map(|frame| serde_json::from_str(&frame.text).expect("a client sends JSON"));
    parsed
        .filter(|frame: &serde_json::Value| frame["method"] == method)
        .collect()
}
