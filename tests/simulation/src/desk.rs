//! The bot: places and cancels orders through the clients under test, and finds out what became of each.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use binance_wire_core::{Decimal, Error, Text, Timestamp, json};
use binance_wire_exchange::keys;
use binance_wire_net::{ConnectBudget, Dial, Dialing, Duplex};
use binance_wire_spot::requests::{CancelOrder, NewOrder, QueryOrder};
use binance_wire_spot::ws_api::ReconnectPolicy;
use binance_wire_spot::{Credentials, OrderType, Side, TimeInForce, models, rest, ws_api};
use binance_wire_usds_futures as futures;
use binance_wire_usds_futures::requests::{KeepaliveUserDataStream, StartUserDataStream};
use binance_wire_websocket::{Fetching, ListenKeys, UserDataBuilder};
use tokio::time::{Instant, sleep};

use crate::clock::WallClock;
use crate::ledger::{Fate, Ledger};
use crate::network::Network;
use crate::plan::{Plan, about};
use crate::trace::{Trace, note};
use crate::{API_HOST, REST_HOST, STREAM_HOST, SYMBOL};

/// How long signed requests are good, in milliseconds.
const RECV_WINDOW: i64 = 5_000;
const NO_SUCH_ORDER: i32 = -2013;
const UNKNOWN_ORDER: i32 = -2011;
const OUTSIDE_WINDOW: i32 = -1021;

/// Dials into the simulated network from one address.
#[derive(Clone)]
pub(crate) struct Dialer {
    pub(crate) network: Network,
    pub(crate) address: IpAddr,
}

impl Dial for Dialer {
    fn dial(&self, host: &str, _port: u16) -> Dialing {
        let Self { network, address } = self.clone();
        let host = host.to_owned();
        Box::pin(async move {
            let end = network.dial(address, &host).await?;
            Ok(Box::new(end) as Box<dyn Duplex>)
        })
    }
}

/// One client of each kind, and what they share with the others of the process.
#[derive(Clone)]
pub(crate) struct Desk {
    rest: rest::Client,
    api: ws_api::Client,
    clock: WallClock,
    /// What the bot adds to its clock, in milliseconds.
    correction: Arc<AtomicI64>,
    ledger: Ledger,
    numbers: Arc<AtomicU64>,
    trace: Trace,
    plan: Arc<Plan>,
}

/// What the clients of a process share.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) dialer: Dialer,
    pub(crate) clock: WallClock,
    pub(crate) ledger: Ledger,
    pub(crate) trace: Trace,
    pub(crate) plan: Arc<Plan>,
    pub(crate) correction: Arc<AtomicI64>,
    pub(crate) numbers: Arc<AtomicU64>,
    pub(crate) budget: ConnectBudget,
}

impl Office {
    fn now(&self) -> impl Fn() -> Timestamp + Send + Sync + 'static + use<> {
        let (clock, correction) = (self.clock.clone(), Arc::clone(&self.correction));
        move || Timestamp::from_millis(clock.now_us().div_euclid(1000) + correction.load(Ordering::Relaxed))
    }

    /// Connects clients, however often it takes.
    pub(crate) async fn desk(&self) -> Desk {
        let credentials = credentials();
        let rest = rest::Client::builder_at([format!("http://{REST_HOST}")])
            .credentials(credentials.clone())
            .timeout(self.plan.request_timeout)
            .allow_plaintext(true)
            .clock(self.now())
            .retry_reads(2, Duration::from_secs(5))
            .dialer(self.dialer.clone())
            .build();
        let rest = match rest {
            Ok(rest) => rest,
            Err(error) => panic!("the REST client's settings: {error}"),
        };
        let api = loop {
            let client = ws_api::Client::builder_at([format!("ws://{API_HOST}/ws-api/v3")])
                .credentials(credentials.clone())
                .request_timeout(self.plan.request_timeout)
                .allow_plaintext(true)
                .clock(self.now())
                .reconnect(policy(self.plan.life))
                .connect_budget(self.budget.clone())
                .event_capacity(self.plan.capacity)
                .dialer(self.dialer.clone())
                .connect()
                .await;
            match client {
                Ok(client) => break client,
                Err(error) => {
                    note!(self.trace, "connecting: {error}");
                    sleep(Duration::from_secs(2)).await;
                }
            }
        };
        Desk {
            rest,
            api,
            clock: self.clock.clone(),
            correction: Arc::clone(&self.correction),
            ledger: self.ledger.clone(),
            numbers: Arc::clone(&self.numbers),
            trace: self.trace.clone(),
            plan: Arc::clone(&self.plan),
        }
    }
}

/// Settings of reconnection that suit a connection of that life.
pub(crate) fn policy(life: Duration) -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::default();
    policy.lifetime = policy.lifetime.min(life.mul_f64(0.8));
    policy
}

pub(crate) fn credentials() -> Credentials {
    match Credentials::hmac(keys::HMAC_API_KEY, keys::HMAC_SECRET) {
        Ok(credentials) => credentials,
        Err(error) => panic!("the built-in key: {error}"),
    }
}

/// Keys of the simulated exchange, over a client of the futures, whose API is the same.
struct Keys(futures::rest::Client);

impl ListenKeys for Keys {
    fn start(&self) -> Fetching<'_, Option<Text>> {
        Box::pin(async move {
            let answer = self.0.send(&StartUserDataStream::new()).await?;
            Ok(Some(answer.listen_key))
        })
    }

    fn keep_alive<'a>(&'a self, _key: &'a str) -> Fetching<'a, Option<Text>> {
        Box::pin(async move {
            let answer = self.0.send(&KeepaliveUserDataStream::new()).await?;
            Ok(answer.listen_key)
        })
    }
}

impl Office {
    /// User data by a listen key of that life.
    pub(crate) fn by_listen_key(&self, life: Duration) -> UserDataBuilder<models::UserDataEvent> {
        let rest = futures::rest::Client::builder_at([format!("http://{REST_HOST}")])
            .credentials(credentials())
            .timeout(self.plan.request_timeout)
            .allow_plaintext(true)
            .dialer(self.dialer.clone())
            .build();
        let rest = match rest {
            Ok(rest) => rest,
            Err(error) => panic!("the settings of the client for listen keys: {error}"),
        };
        let addresses = [format!("ws://{STREAM_HOST}")];
        UserDataBuilder::listen_key(addresses, "/ws/{listenKey}", 60, Keys(rest), json::from_str)
            .key_life(life)
            .capacity(self.plan.capacity)
            .allow_plaintext(true)
            .reconnect(policy(self.plan.life))
            .connect_budget(self.budget.clone())
            .dialer(self.dialer.clone())
    }
}

impl Desk {
    pub(crate) fn api(&self) -> &ws_api::Client {
        &self.api
    }

    /// The account in calm: no fault stands in the way but a clock that is wrong.
    pub(crate) async fn account(&self) -> Result<models::Account, String> {
        self.set_clock().await;
        let account = self.rest.account().send().await;
        account.map_err(|error| format!("the account at rest: {error}"))
    }

    /// Trades until `end`, or until the ledger has `orders` entries.
    pub(crate) async fn trade(self, mut rng: fastrand::Rng, end: Instant, orders: usize) {
        while Instant::now() < end && self.ledger.len() < orders {
            match rng.u8(0..10) {
                0..7 => self.place(&mut rng).await,
                _ => self.cancel(&mut rng).await,
            }
            sleep(about(&mut rng, self.plan.between_orders)).await;
        }
    }

    /// Milliseconds since the epoch, as requests state them.
    fn now_ms(&self) -> i64 {
        self.clock.now_us().div_euclid(1000) + self.correction.load(Ordering::Relaxed)
    }

    async fn place(&self, rng: &mut fastrand::Rng) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let id = format!("sim-{number:06}");
        let side = if rng.bool() { Side::Buy } else { Side::Sell };
        let quantity = Decimal::new(rng.i64(100..2_000), 5);
        // Around the middle of 52,000: some cross the book, some rest.
        let price = Decimal::new(5_200_000 + rng.i64(-400..=400), 2);
        let request = match rng.u8(0..10) {
            0..6 => NewOrder::limit(SYMBOL, side, quantity, price),
            6..8 => NewOrder::new(SYMBOL, side, OrderType::Limit)
                .time_in_force(TimeInForce::Ioc)
                .quantity(quantity)
                .price(price),
            _ => NewOrder::market(SYMBOL, side, quantity),
        };
        let request = request.new_client_order_id(id.as_str());
        self.ledger.open(&id);
        let over_rest = rng.bool();
        note!(
            self.trace,
            "{id}: {} over {}",
            request_text(&request),
            over(over_rest)
        );
        let answer = match over_rest {
            true => self.rest.send(&request).await,
            false => self.api.send(&request).await,
        };
        let latest = self.now_ms();
        match answer {
            Ok(response) => {
                note!(self.trace, "{id}: placed");
                self.ledger.placed(&id, Fate::Done(response.order_id()));
            }
            Err(error) => match self.fate(&id, &error).await {
                Fate::Unknown => {
                    self.ledger.placed(&id, Fate::Unknown);
                    self.reconcile(&id, latest, rng).await;
                }
                fate => self.ledger.placed(&id, fate),
            },
        }
    }

    /// What an error says about a change that was asked for.
    async fn fate(&self, id: &str, error: &Error) -> Fate {
        note!(self.trace, "{id}: {error}");
        match error {
            Error::Api(refused) => {
                if refused.code.0 == OUTSIDE_WINDOW {
                    self.set_clock().await;
                }
                Fate::Not(refused.code.0)
            }
            Error::RateLimited { error, .. } | Error::Banned { error, .. } => {
                sleep(error_wait(error.status)).await;
                Fate::Not(error.code.0)
            }
            Error::Forbidden { .. } | Error::Transport(_) => Fate::Not(0),
            Error::ExecutionUnknown { client_order_id, .. } => {
                if client_order_id.as_deref() != Some(id) {
                    self.trace
                        .violated(format_args!("the error of {id} names order {client_order_id:?}"));
                }
                Fate::Unknown
            }
            other => {
                self.trace
                    .violated(format_args!("{id}: {other:?} leaves its fate open"));
                Fate::Not(0)
            }
        }
    }

    /// Finds out what became of an order whose answer was lost. `latest` is the latest time that its request can state.
    async fn reconcile(&self, id: &str, latest: i64, rng: &mut fastrand::Rng) {
        let request = QueryOrder::new(SYMBOL).orig_client_order_id(id);
        loop {
            // The order may still be on its way for as long as its request is good.
            let over = self.server_time().await > latest + RECV_WINDOW;
            match self.query(&request, rng).await {
                Ok(order) => {
                    note!(self.trace, "{id}: it was placed");
                    return self.ledger.placed(id, Fate::Done(order.order_id));
                }
                Err(Error::Api(refused)) if refused.code.0 == NO_SUCH_ORDER && over => {
                    note!(self.trace, "{id}: it was not placed and will not be");
                    return self.ledger.placed(id, Fate::Not(NO_SUCH_ORDER));
                }
                Err(error) => {
                    note!(self.trace, "{id}: query: {error}");
                    self.recover(&error).await;
                }
            }
        }
    }

    async fn cancel(&self, rng: &mut fastrand::Rng) {
        let Some(id) = self.ledger.any_placed(rng) else {
            return;
        };
        let at = self.ledger.canceling(&id);
        let request = CancelOrder::new(SYMBOL).orig_client_order_id(id.as_str());
        let over_rest = rng.bool();
        note!(self.trace, "{id}: cancel over {}", over(over_rest));
        let answer = match over_rest {
            true => self.rest.send(&request).await,
            false => self.api.send(&request).await,
        };
        let latest = self.now_ms();
        match answer {
            Ok(_) => {
                note!(self.trace, "{id}: canceled");
                self.ledger.canceled(&id, at, Fate::Done(0));
            }
            Err(error) => match self.fate(&id, &error).await {
                Fate::Unknown => {
                    self.ledger.canceled(&id, at, Fate::Unknown);
                    let fate = self.reconcile_cancel(&id, latest, rng).await;
                    self.ledger.canceled(&id, at, fate);
                }
                fate => self.ledger.canceled(&id, at, fate),
            },
        }
    }

    async fn reconcile_cancel(&self, id: &str, latest: i64, rng: &mut fastrand::Rng) -> Fate {
        let request = QueryOrder::new(SYMBOL).orig_client_order_id(id);
        loop {
            let over = self.server_time().await > latest + RECV_WINDOW;
            match self.query(&request, rng).await {
                Ok(order) if order.status == models::OrderStatus::Canceled => return Fate::Done(0),
                Ok(order) if over || order.status == models::OrderStatus::Filled => {
                    note!(self.trace, "{id}: it was not canceled");
                    return Fate::Not(UNKNOWN_ORDER);
                }
                Ok(_) => sleep(Duration::from_millis(500)).await,
                Err(error) => {
                    note!(self.trace, "{id}: query: {error}");
                    self.recover(&error).await;
                }
            }
        }
    }

    async fn query(&self, request: &QueryOrder, rng: &mut fastrand::Rng) -> Result<models::Order, Error> {
        match rng.bool() {
            true => self.rest.send(request).await,
            false => self.api.send(request).await,
        }
    }

    /// Does what an error of a read asks for.
    async fn recover(&self, error: &Error) {
        match error {
            Error::Api(refused) if refused.code.0 == OUTSIDE_WINDOW => self.set_clock().await,
            Error::RateLimited { error, .. } | Error::Banned { error, .. } => {
                sleep(error_wait(error.status)).await;
            }
            _ => sleep(Duration::from_millis(700)).await,
        }
    }

    /// The exchange's time in milliseconds, as it answers a request.
    async fn server_time(&self) -> i64 {
        loop {
            match self.rest.time().send().await {
                Ok(time) => return time.server_time.as_millis(),
                Err(error) => {
                    note!(self.trace, "time: {error}");
                    sleep(Duration::from_millis(900)).await;
                }
            }
        }
    }

    /// Sets the bot's clock by the exchange's.
    async fn set_clock(&self) {
        let asked = self.clock.now_us().div_euclid(1000);
        let time = self.server_time().await;
        let answered = self.clock.now_us().div_euclid(1000);
        let correction = time - (asked + answered) / 2;
        note!(self.trace, "the clock is corrected by {correction} ms");
        self.correction.store(correction, Ordering::Relaxed);
    }
}

fn over(rest: bool) -> &'static str {
    if rest { "REST" } else { "the WebSocket API" }
}

fn request_text(request: &NewOrder) -> String {
    let price = request
        .price
        .map_or_else(|| Text::from("market"), |price| Text::from(price.to_string()));
    format!("{} {:?} at {price}", request.side.as_str(), request.quantity)
}

fn error_wait(status: u16) -> Duration {
    Duration::from_secs(if status == 418 { 10 } else { 2 })
}
