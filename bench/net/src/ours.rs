//! Our clients, with their settings as they are unless set.

use std::sync::Arc;

use binance_wire_core::{Decimal, IntervalUnit, ProductLimits, RateLimitKind, RateLimitRule, Timestamp};
use binance_wire_limits::Limiter;
use binance_wire_signing::Credentials;
use binance_wire_spot::models::NewOrderResponse;
use binance_wire_spot::requests::NewOrder;
use binance_wire_spot::streams::{self, MarketEvent, StreamItem, StreamMessage};
use binance_wire_spot::{OrderType, Side, TimeInForce, rest, ws_api};

use crate::client::workers;
use crate::workers::{Load, Worker};
use crate::{API_KEY, ORDER_ID, SECRET};

/// The limits of Spot by kind and interval, with room for as many requests as are measured.
const LIMITS: ProductLimits = ProductLimits {
    rules: &[
        RateLimitRule::new(RateLimitKind::RequestWeight, ROOM, 1, IntervalUnit::Minute),
        RateLimitRule::new(RateLimitKind::RawRequests, ROOM, 5, IntervalUnit::Minute),
        RateLimitRule::new(RateLimitKind::Orders, ROOM, 10, IntervalUnit::Second),
        RateLimitRule::new(RateLimitKind::Orders, ROOM, 1, IntervalUnit::Day),
    ],
    ..binance_wire_spot::environments::LIMITS
};
const ROOM: u64 = u64::MAX >> 8;

/// The order, made anew each time as a caller would.
pub fn order() -> NewOrder {
    NewOrder::new("BTCUSDT", Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(Decimal::new(1_518_000, 8))
        .price(Decimal::new(6_012_345, 2))
}

pub fn credentials() -> Credentials {
    Credentials::hmac(API_KEY, SECRET).expect("the key is well-formed")
}

/// Makes sure that the answer was read.
pub fn check(answer: &NewOrderResponse) {
    match answer {
        NewOrderResponse::Full(order) => assert_eq!(order.order_id, ORDER_ID),
        other => panic!("not told apart: {other:?}"),
    }
}

/// Makes sure that the event was read.
pub fn check_event(message: &StreamMessage) {
    match &message.event {
        MarketEvent::AggTrade(trade) => assert!(trade.event_time > Timestamp::from_millis(0)),
        other => panic!("not told apart: {other:?}"),
    }
}

struct Rest(rest::Client);

impl Worker for Rest {
    async fn request(&mut self) {
        check(&self.0.send(&order()).await.expect("an answer"));
    }
}

pub async fn rest(at: &str, in_flight: usize, limiter: bool) -> impl Load {
    let builder = rest::Client::builder_at([format!("http://{at}")])
        .credentials(credentials())
        .recv_window(Decimal::from(5000));
    let builder = match limiter {
        true => builder
            .product_limits(LIMITS)
            .limiter(&Limiter::builder().build()),
        false => builder,
    };
    let client = builder.build().expect("a client");
    workers(in_flight, || Rest(client.clone()))
}

struct Api(ws_api::Client);

impl Worker for Api {
    async fn request(&mut self) {
        check(&self.0.send(&order()).await.expect("an answer"));
    }
}

pub async fn api(at: &str, in_flight: usize, limiter: bool) -> impl Load {
    let builder = ws_api::Client::builder_at([format!("ws://{at}")])
        .credentials(credentials())
        .recv_window(Decimal::from(5000));
    let builder = match limiter {
        true => builder
            .product_limits(LIMITS)
            .limiter(&Limiter::builder().build()),
        false => builder,
    };
    let client: ws_api::Client = builder.connect().await.expect("a connection");
    workers(in_flight, || Api(client.clone()))
}

/// Held by the client's process until it ends: without the handle the connection would be closed.
struct Streams {
    _client: Arc<streams::Client>,
    events: streams::EventStream<StreamMessage>,
}

impl Load for Streams {
    async fn run(&mut self, count: u64) -> u64 {
        let mut events = 0;
        while events < count {
            match self.events.next().await {
                Some(StreamItem::Event(message)) => {
                    check_event(&message);
                    events += 1;
                }
                other => panic!("not an event: {other:?}"),
            }
        }
        events
    }
}

pub async fn streams(at: &str) -> impl Load {
    let (client, events) = streams::builder_at([format!("ws://{at}")])
        .streams([crate::STREAM])
        .connect()
        .await
        .expect("a connection");
    Streams {
        _client: Arc::new(client),
        events,
    }
}

/// Counters and histograms go to a recorder that an exporter would read.
#[cfg(feature = "metrics")]
pub fn install_recorder() {
    let handle = metrics_exporter_prometheus::PrometheusBuilder::new()
        .install_recorder()
        .expect("no other recorder");
    // An exporter does it every few seconds; without it, what histograms keep would grow.
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(std::time::Duration::from_secs(1));
            handle.run_upkeep();
        }
    });
}

#[cfg(not(feature = "metrics"))]
pub fn install_recorder() {
    panic!("this program was built without the feature `metrics`");
}
