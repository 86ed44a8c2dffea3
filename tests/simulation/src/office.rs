//! The clients under test, and what those of one process share.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use binance_wire_core::{Text, Timestamp, json};
use binance_wire_net::{ConnectBudget, Dial, Dialing, Duplex};
use binance_wire_sandbox::keys;
use binance_wire_spot::books::{self, Market, OrderBooks};
use binance_wire_spot::user_data::{UserData, user_data};
use binance_wire_spot::ws_api::ReconnectPolicy;
use binance_wire_spot::{Credentials, models, rest, streams, ws_api};
use binance_wire_usds_futures as futures;
use binance_wire_usds_futures::requests::{KeepaliveUserDataStream, StartUserDataStream};
use binance_wire_websocket::{Fetching, ListenKeys, UserDataBuilder};
use tokio::time::sleep;

use crate::clock::WallClock;
use crate::desk::Desk;
use crate::ledger::Ledger;
use crate::limits::Keeper;
use crate::network::Network;
use crate::plan::Plan;
use crate::trace::{Trace, note};
use crate::{API_HOST, REST_HOST, STREAM_HOST, SYMBOLS};

/// The address of the clients that trade, and that of another process of the same account.
pub(crate) const TRADING: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
pub(crate) const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

/// Dials into the simulated network from one address.
#[derive(Clone)]
struct Dialer {
    network: Network,
    address: IpAddr,
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

/// What the clients of a process share.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) network: Network,
    pub(crate) clock: WallClock,
    pub(crate) ledger: Ledger,
    pub(crate) trace: Trace,
    pub(crate) plan: Arc<Plan>,
    /// What the bot adds to its clock, in milliseconds, where no client keeps the exchange's.
    pub(crate) correction: Arc<AtomicI64>,
    pub(crate) numbers: Arc<AtomicU64>,
    pub(crate) budget: ConnectBudget,
    /// What keeps the clients under the exchange's limits, and knows its time.
    pub(crate) keeper: Option<Keeper>,
}

impl Office {
    fn dialer(&self, address: IpAddr) -> Dialer {
        Dialer {
            network: self.network.clone(),
            address,
        }
    }

    fn now(&self) -> impl Fn() -> Timestamp + Send + Sync + 'static + use<> {
        let (clock, correction) = (self.clock.clone(), Arc::clone(&self.correction));
        move || Timestamp::from_millis(clock.now_us().div_euclid(1000) + correction.load(Ordering::Relaxed))
    }

    /// Connects clients, however often it takes.
    pub(crate) async fn desk(&self) -> Desk {
        let rest = self.rest();
        if self.keeper.is_some() {
            // It states the limits.
            while let Err(error) = rest.exchange_info().send().await {
                note!(self.trace, "the limits: {error}");
                sleep(Duration::from_secs(2)).await;
            }
        }
        Desk::new(self, rest, self.connect().await)
    }

    async fn connect(&self) -> ws_api::Client {
        loop {
            match self.api().connect().await {
                Ok(client) => return client,
                Err(error) => {
                    note!(self.trace, "connecting: {error}");
                    sleep(Duration::from_secs(2)).await;
                }
            }
        }
    }

    fn rest(&self) -> rest::Client {
        let builder = rest::Client::builder_at([format!("http://{REST_HOST}")])
            .credentials(credentials())
            .timeout(self.plan.request_timeout)
            .allow_plaintext(true)
            .retry_reads(2, Duration::from_secs(5))
            .dialer(self.dialer(TRADING));
        let builder = match &self.keeper {
            Some(keeper) => builder.limiter(&keeper.limiter).server_clock(&keeper.clock),
            None => builder.clock(self.now()),
        };
        match builder.build() {
            Ok(rest) => rest,
            Err(error) => panic!("the REST client's settings: {error}"),
        }
    }

    fn api(&self) -> ws_api::ClientBuilder<ws_api::Client> {
        let builder = ws_api::Client::builder_at([format!("ws://{API_HOST}/ws-api/v3")])
            .credentials(credentials())
            .request_timeout(self.plan.request_timeout)
            .allow_plaintext(true)
            .reconnect(policy(self.plan.life))
            .connect_budget(self.budget.clone())
            .event_capacity(self.plan.capacity)
            .dialer(self.dialer(TRADING));
        match &self.keeper {
            Some(keeper) => builder.limiter(&keeper.limiter).server_clock(&keeper.clock),
            None => builder.clock(self.now()),
        }
    }

    /// Order books of these symbols, their snapshots by the desk's REST client.
    pub(crate) async fn books(
        &self,
        desk: &Desk,
        symbols: &[&str],
        depth: u32,
    ) -> Result<OrderBooks<Market>, String> {
        let connections = streams::builder_at([format!("ws://{STREAM_HOST}")])
            .allow_plaintext(true)
            .reconnect(policy(self.plan.life))
            .connect_budget(self.budget.clone())
            .capacity(self.plan.capacity.max(16))
            .dialer(self.dialer(TRADING));
        let connections = match &self.keeper {
            Some(keeper) => connections.limiter(&keeper.limiter).server_clock(&keeper.clock),
            None => connections,
        };
        let books = books::builder(desk.rest())
            .symbols(symbols.iter().copied())
            .depth(depth)
            .start(connections)
            .await;
        books.map_err(|error| format!("books without a fault: {error}"))
    }

    /// User data with snapshots, by a client of its own, however often it takes.
    pub(crate) async fn account(&self) -> UserData {
        let client = self.connect().await;
        loop {
            match user_data(&client).symbols(SYMBOLS).connect().await {
                Ok(items) => return items,
                Err(error) => note!(self.trace, "the account: {error}"),
            }
            sleep(Duration::from_secs(5)).await;
        }
    }

    /// User data by a listen key of that life, as another process has it.
    pub(crate) fn by_listen_key(&self, life: Duration) -> UserDataBuilder<models::UserDataEvent> {
        let keeper = Keeper::waiting(None, self.clock.now_us());
        let rest = futures::rest::Client::builder_at([format!("http://{REST_HOST}")])
            .credentials(credentials())
            .timeout(self.plan.request_timeout)
            .allow_plaintext(true)
            .limiter(&keeper.limiter)
            .server_clock(&keeper.clock)
            .dialer(self.dialer(ELSEWHERE))
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
            .limiter(&keeper.limiter)
            .server_clock(&keeper.clock)
            .dialer(self.dialer(ELSEWHERE))
    }
}

/// Settings of reconnection that suit a connection of that life.
fn policy(life: Duration) -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::default();
    policy.lifetime = policy.lifetime.min(life.mul_f64(0.8));
    policy
}

fn credentials() -> Credentials {
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
