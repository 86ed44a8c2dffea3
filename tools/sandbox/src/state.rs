//! Everything the exchange knows, behind one lock, and the delivery of events to connections.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::account::{AccountId, KeyRing};
use crate::catalog::Memory;
use crate::clock::{Clock, TimeUnit, to_us};
use crate::depth::DepthRoad;
use crate::error::Refusal;
use crate::faults::Faults;
use crate::futures::Venues;
use crate::limits::Counters;
use crate::listen_keys::ListenKeys;
use crate::market::Market;
use crate::params::Params;
use crate::record::Records;
use crate::signature::verify;
use crate::spot::{self, server_shutdown};
use crate::streams::Subscriptions;
use crate::websocket::Backlog;
use crate::ws_api::Session;

const MAX_RECV_WINDOW_MS: i128 = 60_000;
const DEFAULT_RECV_WINDOW_US: i64 = 5_000_000;

/// What may be changed while the exchange runs.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) sbe_enabled: bool,
    /// For connections opened from now on.
    pub(crate) ping_interval: Option<Duration>,
    /// Likewise.
    pub(crate) close_after: Option<Duration>,
    /// How many frames a second a stream connection may send; no limit by default.
    pub(crate) stream_frames_per_second: Option<u32>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            sbe_enabled: true,
            ping_interval: Some(Duration::from_secs(20)),
            close_after: None,
            stream_frames_per_second: None,
        }
    }
}

/// What a WebSocket connection's task is told to do.
#[derive(Clone, Debug)]
pub(crate) enum Outbound {
    Text(String),
    Ping(Vec<u8>),
    Close {
        code: u16,
        reason: String,
    },
    /// Bytes that are no frame.
    Raw(Vec<u8>),
    /// Whatever follows is held back this long.
    Lag(Duration),
    /// Nothing more is said, and the connection stays open.
    Silence,
    Cut,
}

/// What a WebSocket connection is for.
#[derive(Debug)]
pub(crate) enum Role {
    WsApi(Session),
    Streams(Subscriptions),
}

/// An open WebSocket connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) outbound: UnboundedSender<Outbound>,
    /// What waits to be sent.
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) unit: TimeUnit,
    pub(crate) role: Role,
}

impl Connection {
    pub(crate) fn send(&self, text: String) {
        if self.backlog.add(text.len()) {
            // A connection that has just ended takes nothing any more; its entry goes with its task.
            let _ = self.outbound.send(Outbound::Text(text));
        }
    }
}

/// The connections that listen to streams, with what each has subscribed to.
pub(crate) fn listeners(
    connections: &BTreeMap<u64, Connection>,
) -> impl Iterator<Item = (u64, &Connection, &Subscriptions)> {
    connections
        .iter()
        .filter_map(|(id, connection)| match &connection.role {
            Role::Streams(subscriptions) => Some((*id, connection, subscriptions)),
            Role::WsApi(_) => None,
        })
}

/// The whole state.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) spot: spot::Engine,
    pub(crate) counters: Counters,
    pub(crate) keys: KeyRing,
    pub(crate) listen_keys: ListenKeys,
    /// The same of COIN-M.
    pub(crate) coin_keys: ListenKeys,
    /// USDⓈ-M and COIN-M.
    pub(crate) futures: Venues,
    pub(crate) faults: Faults,
    pub(crate) market: Market,
    pub(crate) depth: DepthRoad,
    pub(crate) records: Records,
    /// What operations that no engine carries out have made.
    pub(crate) memory: Memory,
    pub(crate) connections: BTreeMap<u64, Connection>,
}

/// The state as the tasks and the handle share it.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(state: State) -> Shared {
        Shared {
            state: Mutex::new(state),
        }
    }

    /// A panic elsewhere does not make the state unusable: every change is whole before the lock goes.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn new(settings: Settings, counters: Counters, keys: KeyRing) -> State {
        State {
            clock: Clock::default(),
            settings,
            spot: spot::engine(),
            counters,
            keys,
            listen_keys: ListenKeys::default(),
            coin_keys: ListenKeys::of_coin(),
            futures: Venues::new(),
            faults: Faults::default(),
            market: Market::default(),
            depth: DepthRoad::default(),
            records: Records::default(),
            memory: Memory::default(),
            connections: BTreeMap::new(),
        }
    }

    /// The symbols that have an order book.
    pub(crate) fn symbols(&self) -> Vec<String> {
        self.spot.symbols().map(|symbol| symbol.name.clone()).collect()
    }

    /// Makes books, orders, positions, balances, limits, listen keys and faults as they were at the start. Clock, keys and
    /// connections stay.
    pub(crate) fn reset(&mut self) {
        let fresh = State::new(self.settings.clone(), self.counters.unused(), self.keys.clone());
        let old = std::mem::replace(self, fresh);
        self.clock = old.clock;
        self.connections = old.connections;
        self.depth = old.depth;
        self.records = old.records;
        self.records.clear();
        self.faults = old.faults;
        self.faults.clear();
        self.market = old.market;
        // A new key must be none that a connection listens to still.
        self.listen_keys = old.listen_keys.without_keys();
        self.coin_keys = old.coin_keys.without_keys();
    }

    /// Verifies a signed request and gives the account behind it.
    pub(crate) fn authenticate(
        &self,
        api_key: Option<&str>,
        params: &Params,
        payload: &str,
    ) -> Result<AccountId, Refusal> {
        let malformed = || Refusal::new(-2014, "API-key format invalid.").status(401);
        let api_key = api_key.ok_or_else(malformed)?;
        if api_key.is_empty() || !api_key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(malformed());
        }
        let key = self.keys.get(api_key).ok_or_else(Refusal::rejected_key)?;
        self.check_time(params)?;
        let signature = params.get("signature").filter(|text| !text.is_empty());
        let signature = signature.ok_or_else(|| Refusal::missing("signature"))?;
        if !verify(&key.verifier, payload.as_bytes(), signature) {
            return Err(Refusal::bad_signature());
        }
        Ok(key.account)
    }

    /// Checks `timestamp` against the exchange's clock and the request's `recvWindow`.
    pub(crate) fn check_time(&self, params: &Params) -> Result<(), Refusal> {
        let timestamp = params
            .integer("timestamp")?
            .ok_or_else(|| Refusal::missing("timestamp"))?;
        let window_us = match params.decimal("recvWindow")? {
            None => DEFAULT_RECV_WINDOW_US,
            Some(window) => {
                if window.units() > MAX_RECV_WINDOW_MS * 100_000_000 {
                    let message = "'recvWindow' contains unexpected value. Cannot be greater than 60000.";
                    return Err(Refusal::new(-1102, message));
                }
                // Milliseconds with at most three fraction digits.
                if window.units() % 100_000 != 0 {
                    let message = "Parameter 'recvWindow' has too much precision.";
                    return Err(Refusal::new(-1111, message));
                }
                i64::try_from(window.units() / 100_000).unwrap_or(DEFAULT_RECV_WINDOW_US)
            }
        };
        let age_us = self.clock.now_us().saturating_sub(to_us(timestamp));
        if age_us <= -1_000_000 {
            let message = "Timestamp for this request was 1000ms ahead of the server's time.";
            return Err(Refusal::new(-1021, message));
        }
        if age_us > window_us {
            return Err(Refusal::new(
                -1021,
                "Timestamp for this request is outside of the recvWindow.",
            ));
        }
        Ok(())
    }

    /// Sends a payload to everyone subscribed to a stream, and tells how many that were.
    pub(crate) fn push_stream(&self, name: &str, data: &Value) -> usize {
        let mut receivers = 0;
        for (_, connection, subscriptions) in listeners(&self.connections) {
            if subscriptions.contains(name) {
                connection.send(subscriptions.wrap(name, data));
                receivers += 1;
            }
        }
        receivers
    }

    /// Sends an account's subscribers an event made by the test.
    pub(crate) fn push_user_event(&self, account: AccountId, event: &Value) -> usize {
        let mut receivers = 0;
        for connection in self.connections.values() {
            if let Role::WsApi(session) = &connection.role {
                for id in session.subscriptions_of(account) {
                    connection.send(user_frame(Some(id), event));
                    receivers += 1;
                }
            }
        }
        receivers
    }

    /// Tells every WebSocket connection that the server is going down.
    pub(crate) fn announce_shutdown(&self) {
        let now_us = self.clock.now_us();
        for connection in self.connections.values() {
            let event = server_shutdown(now_us, connection.unit);
            connection.send(match &connection.role {
                Role::WsApi(_) => user_frame(None, &event),
                Role::Streams(subscriptions) => subscriptions.wrap("!serverShutdown", &event),
            });
        }
    }

    /// Tells every WebSocket connection's task something.
    pub(crate) fn broadcast(&self, outbound: &Outbound) {
        for connection in self.connections.values() {
            let _ = connection.outbound.send(outbound.clone());
        }
    }
}

/// An event as the WebSocket API frames it.
pub(crate) fn user_frame(subscription: Option<u64>, event: &Value) -> String {
    match subscription {
        Some(id) => format!("{{\"subscriptionId\":{id},\"event\":{event}}}"),
        None => format!("{{\"event\":{event}}}"),
    }
}
