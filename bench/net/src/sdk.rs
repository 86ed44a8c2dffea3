//! binance-sdk's clients, through their public interface.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use binance_sdk::config::{ConfigurationRestApi, ConfigurationWebsocketApi, ConfigurationWebsocketStreams};
use binance_sdk::spot::{SpotRestApi, SpotWsApi, SpotWsStreams, rest_api, websocket_api, websocket_streams};
use binance_wire_core::Decimal;
use tokio::sync::Notify;

use crate::client::workers;
use crate::workers::{Load, Worker};
use crate::{API_KEY, ORDER_ID, SECRET, STREAM};

struct Rest(Arc<rest_api::RestApi>);

impl Worker for Rest {
    async fn request(&mut self) {
        let params = rest_api::NewOrderParams::builder(
            "BTCUSDT".to_owned(),
            rest_api::NewOrderSideEnum::Buy,
            rest_api::NewOrderTypeEnum::Limit,
        )
        .time_in_force(rest_api::NewOrderTimeInForceEnum::Gtc)
        .quantity(Decimal::new(1_518_000, 8))
        .price(Decimal::new(6_012_345, 2))
        .recv_window(Decimal::new(5000, 0))
        .build()
        .expect("parameters");
        let answer = self.0.new_order(params).await.expect("an answer");
        let order = answer.data().await.expect("an order");
        assert_eq!(order.order_id, Some(ORDER_ID));
    }
}

pub fn rest(at: &str, in_flight: usize) -> impl Load + use<> {
    let settings = ConfigurationRestApi::builder()
        .api_key(API_KEY)
        .api_secret(SECRET)
        .base_path(format!("http://{at}"))
        .timeout(10_000)
        .build()
        .expect("settings");
    let client = Arc::new(SpotRestApi::from_config(settings));
    workers(in_flight, || Rest(client.clone()))
}

struct Api(Arc<websocket_api::WebsocketApi>);

impl Worker for Api {
    async fn request(&mut self) {
        let params = websocket_api::OrderPlaceParams::builder(
            "BTCUSDT".to_owned(),
            websocket_api::OrderPlaceSideEnum::Buy,
            websocket_api::OrderPlaceTypeEnum::Limit,
        )
        .time_in_force(websocket_api::OrderPlaceTimeInForceEnum::Gtc)
        .quantity(Decimal::new(1_518_000, 8))
        .price(Decimal::new(6_012_345, 2))
        .recv_window(Decimal::new(5000, 0))
        .build()
        .expect("parameters");
        let answer = self.0.order_place(params).await.expect("an answer");
        let order = answer.data().expect("an order");
        assert_eq!(order.order_id, Some(ORDER_ID));
    }
}

pub async fn api(at: &str, in_flight: usize) -> impl Load + use<> {
    let settings = ConfigurationWebsocketApi::builder()
        .api_key(API_KEY)
        .api_secret(SECRET)
        .ws_url(format!("ws://{at}"))
        .build()
        .expect("settings");
    let client = SpotWsApi::from_config(settings)
        .connect()
        .await
        .expect("a connection");
    let client = Arc::new(client);
    workers(in_flight, || Api(client.clone()))
}

/// What reached the callback, and who waits for how many.
#[derive(Default)]
struct Received {
    events: AtomicU64,
    wanted: AtomicU64,
    enough: Notify,
}

struct Streams {
    received: Arc<Received>,
    _client: websocket_streams::WebsocketStreams,
}

impl Load for Streams {
    async fn run(&mut self, count: u64) -> u64 {
        let before = self.received.events.load(Relaxed);
        self.received.wanted.store(before + count, Relaxed);
        while self.received.events.load(Relaxed) < before + count {
            self.received.enough.notified().await;
        }
        self.received.events.load(Relaxed) - before
    }
}

pub async fn streams(at: &str) -> impl Load + use<> {
    let settings = ConfigurationWebsocketStreams::builder()
        .ws_url(format!("ws://{at}"))
        .build()
        .expect("settings");
    let client = SpotWsStreams::from_config(settings)
        .connect()
        .await
        .expect("a connection");
    let (symbol, _) = STREAM.split_once('@').expect("a symbol");
    let params = websocket_streams::AggTradeParams::builder(symbol.to_owned())
        .build()
        .expect("parameters");
    let stream = client.agg_trade(params).await.expect("a subscription");
    let received = Arc::<Received>::default();
    let of_callback = Arc::clone(&received);
    stream.on_message(move |trade| {
        assert_eq!(trade.s.as_deref(), Some("BTCUSDT"));
        let events = of_callback.events.fetch_add(1, Relaxed) + 1;
        if events == of_callback.wanted.load(Relaxed) {
            of_callback.enough.notify_one();
        }
    });
    Streams {
        received,
        _client: client,
    }
}
