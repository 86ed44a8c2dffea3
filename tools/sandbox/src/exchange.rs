//! The handle: starting, looking, and interfering.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::account::{KeyError, KeyRing, Verifier};
use crate::faults::{Fault, Injection};
use crate::limits::Counters;
use crate::record::{Counts, OrderView, ReceivedFrame, ReceivedPong, ReceivedRequest};
use crate::server;
use crate::state::{Outbound, Settings, Shared, State};

/// Why the exchange could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken, or there is no loopback interface.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// A built-in key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// An API key to be added to those that are built in.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// An HMAC-SHA-256 secret.
    Hmac(&'a str),
    /// An RSA private key of 2048 bits or more, unencrypted PKCS#8 in PEM.
    RsaPem(&'a str),
    /// An Ed25519 private key, unencrypted PKCS#8 in PEM.
    Ed25519Pem(&'a str),
}

impl Key<'_> {
    fn verifier(self) -> Result<Verifier, KeyError> {
        match self {
            Key::Hmac(secret) => Ok(Verifier::Hmac(secret.into())),
            Key::RsaPem(pem) => Verifier::rsa_from_private_pem(pem),
            Key::Ed25519Pem(pem) => Verifier::ed25519_from_private_pem(pem),
        }
    }
}

/// What can be settled before the start.
#[derive(Debug, Default)]
pub struct Builder {
    port: u16,
    market_data: Option<Duration>,
    pub(crate) settings: Settings,
    pub(crate) counters: Counters,
}

impl Builder {
    /// A fixed port on 127.0.0.1; without it the system picks one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Builder {
        self.port = port;
        self
    }

    /// Sends an event on every subscribed stream this often, made up from the books. Without it
    /// streams carry only what orders cause and what tests push.
    ///
    /// These events leave the books as they are. Books move when orders rest, trade or are
    /// canceled: a client that keeps a book sees it change once somebody places an order.
    #[must_use]
    pub fn market_data_every(mut self, every: Duration) -> Builder {
        self.market_data = Some(every);
        self
    }

    /// Request weight that an address has per minute (6000).
    #[must_use]
    pub fn weight_per_minute(mut self, weight: u32) -> Builder {
        self.counters.limits.weight_per_minute = weight;
        self
    }

    /// Unfilled orders that an account may have per ten seconds (50) and per day (160,000).
    #[must_use]
    pub fn order_limits(mut self, per_10_seconds: u32, per_day: u32) -> Builder {
        self.counters.limits.orders_per_10s = per_10_seconds;
        self.counters.limits.orders_per_day = per_day;
        self
    }

    /// How often WebSocket connections are pinged (20 s); none never.
    #[must_use]
    pub fn ping_every(mut self, every: Option<Duration>) -> Builder {
        self.settings.ping_interval = every;
        self
    }

    /// Closes each WebSocket connection this long after it was opened, as the exchange does after
    /// 24 hours.
    #[must_use]
    pub fn close_after(mut self, after: Duration) -> Builder {
        self.settings.close_after = Some(after);
        self
    }

    /// Closes stream connections that send more text, ping and pong frames a second than this.
    /// The exchange allows 5; without this call there is no limit.
    #[must_use]
    pub fn stream_frames_per_second(mut self, limit: u32) -> Builder {
        self.settings.stream_frames_per_second = Some(limit);
        self
    }

    /// Refuses SBE with code -1155.
    #[must_use]
    pub fn without_sbe(mut self) -> Builder {
        self.settings.sbe_enabled = false;
        self
    }

    /// Starts the exchange.
    ///
    /// # Errors
    /// [`StartError::Listen`] when the port cannot be had.
    pub fn start(self) -> Result<Exchange, StartError> {
        let keys = KeyRing::built_in()?;
        let shared = Arc::new(Shared::new(State::new(self.settings, self.counters, keys)));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = Arc::clone(&shared);
        let market_data = self.market_data;
        let listener = {
            // Registering the listener needs the runtime that will serve it.
            let _guard = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let thread = std::thread::Builder::new()
            .name("exchange".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    tokio::spawn(server::accept(listener, Arc::clone(&served)));
                    if let Some(every) = market_data {
                        tokio::spawn(server::tick_market(served, every));
                    }
                    // Either the word or the end of the handle that would have said it.
                    let _ = stopped.await;
                });
                // With the runtime go all tasks, and with them all sockets.
            })?;
        Ok(Exchange {
            shared,
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// A running exchange. Dropping it closes every connection and the port.
#[derive(Debug)]
pub struct Exchange {
    pub(crate) shared: Arc<Shared>,
    pub(crate) address: SocketAddr,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) thread: Option<JoinHandle<()>>,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Exchange {
    /// Starts an exchange on a free port, with everything at its default.
    ///
    /// # Panics
    /// When there is no loopback interface to listen on.
    pub fn start() -> Exchange {
        match Exchange::builder().start() {
            Ok(exchange) => exchange,
            Err(error) => panic!("the test exchange does not start: {error}"),
        }
    }

    /// Settles things before the start.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens, for everything.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base of the REST API, `http://127.0.0.1:<port>`; paths begin with `/api/v3`.
    pub fn rest_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The WebSocket API, `ws://127.0.0.1:<port>/ws-api/v3`.
    pub fn ws_api_url(&self) -> String {
        format!("ws://{}/ws-api/v3", self.address)
    }

    /// Base of the streams, `ws://127.0.0.1:<port>`; paths are `/ws/<stream>` and `/stream?streams=…`.
    pub fn streams_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Lets something go wrong: a [`Fault`] strikes the next request of any kind, an
    /// [`Injection`] says which one and how often.
    pub fn inject(&self, fault: impl Into<Injection>) {
        let injection = fault.into();
        let mut state = self.shared.lock();
        if injection.fault == Fault::ServerShutdown {
            state.announce_shutdown();
        } else {
            state.faults.add(injection);
        }
    }

    /// Forgets the faults that still wait, the sticky ones too.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// The HTTP requests received so far, WebSocket handshakes among them.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared.lock().records.requests.clone()
    }

    /// The text frames received so far on WebSocket connections.
    pub fn frames(&self) -> Vec<ReceivedFrame> {
        self.shared.lock().records.frames.clone()
    }

    /// The pongs received so far.
    pub fn pongs(&self) -> Vec<ReceivedPong> {
        self.shared.lock().records.pongs.clone()
    }

    /// Forgets requests, frames and pongs; the counts go on.
    pub fn clear_records(&self) {
        let records = &mut self.shared.lock().records;
        records.requests.clear();
        records.frames.clear();
        records.pongs.clear();
    }

    /// Connections and requests counted since the start.
    pub fn counts(&self) -> Counts {
        self.shared.lock().records.counts
    }

    /// All orders of all accounts, oldest first.
    pub fn orders(&self) -> Vec<OrderView> {
        let state = self.shared.lock();
        state.spot.orders().map(OrderView::of).collect()
    }

    /// Waits until a condition holds, looking every few milliseconds; whether it did in time.
    /// Needs a tokio runtime with time enabled.
    pub async fn wait_for(&self, timeout: Duration, mut condition: impl FnMut(&Exchange) -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            if condition(self) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The names that stream connections have subscribed to now, each once, sorted.
    pub fn subscribed_streams(&self) -> Vec<String> {
        let state = self.shared.lock();
        let mut names: Vec<String> = Vec::new();
        for connection in state.connections.values() {
            if let crate::state::Role::Streams(subscriptions) = &connection.role {
                names.extend(subscriptions.names().map(str::to_owned));
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Sends a payload to everyone subscribed to a stream, wrapped where the connection is
    /// combined, and tells how many connections that were.
    pub fn push_stream(&self, name: &str, payload: &Value) -> usize {
        self.shared.lock().push_stream(name, payload)
    }

    /// Sends an event to the user data subscriptions of an account (1 or 2), with their
    /// `subscriptionId`, and tells how many those were.
    pub fn push_user_event(&self, account: u64, event: &Value) -> usize {
        self.shared.lock().push_user_event(account, event)
    }

    /// Gives every subscribed stream one event made up from the books.
    pub fn tick_market_data(&self) {
        self.shared.lock().tick_market();
    }

    /// Pings every WebSocket connection.
    pub fn ping_websockets(&self, payload: &[u8]) {
        let mut payload = payload.to_vec();
        // Control frames hold no more than this.
        payload.truncate(125);
        self.shared.lock().broadcast(&Outbound::Ping(payload));
    }

    /// Closes every WebSocket connection with a close frame.
    pub fn close_websockets(&self, code: u16, reason: &str) {
        let mut reason = reason.to_owned();
        // A close frame has room for 123 bytes of reason.
        while reason.len() > 123 {
            reason.pop();
        }
        self.shared.lock().broadcast(&Outbound::Close { code, reason });
    }

    /// Cuts every WebSocket connection without a word.
    pub fn cut_websockets(&self) {
        self.shared.lock().broadcast(&Outbound::Cut);
    }

    /// Sends raw text on every WebSocket connection, well-formed or not.
    pub fn send_raw(&self, text: &str) {
        self.shared.lock().broadcast(&Outbound::Text(text.to_owned()));
    }

    /// How often connections opened from now on are pinged; none never.
    pub fn set_ping_every(&self, every: Option<Duration>) {
        self.shared.lock().settings.ping_interval = every;
    }

    /// How long connections opened from now on live; none for ever.
    pub fn set_close_after(&self, after: Option<Duration>) {
        self.shared.lock().settings.close_after = after;
    }

    /// Sets whether answers in SBE are served to those who ask for them.
    pub fn set_sbe_enabled(&self, enabled: bool) {
        self.shared.lock().settings.sbe_enabled = enabled;
    }

    /// Puts the exchange's clock ahead of the system's (behind it when negative), in milliseconds,
    /// and lets it run.
    pub fn shift_clock(&self, offset_ms: i64) {
        self.shared.lock().clock.shift_ms(offset_ms);
    }

    /// Stops the exchange's clock at a time in milliseconds since the epoch.
    pub fn freeze_clock(&self, now_ms: i64) {
        self.shared.lock().clock.freeze_us(now_ms.saturating_mul(1000));
    }

    /// The exchange's clock, in milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.shared.lock().clock.now_us().div_euclid(1000)
    }

    /// Adds an API key, or replaces it. An account that is new to the exchange is endowed.
    ///
    /// # Errors
    /// [`KeyError`] when the key cannot be read.
    pub fn add_key(&self, api_key: &str, account: u64, key: Key<'_>) -> Result<(), KeyError> {
        let verifier = key.verifier()?;
        self.shared.lock().keys.insert(api_key, account, verifier);
        Ok(())
    }

    /// Revokes an API key; whether it was known. A session that it had opened is told so upon its
    /// next request.
    pub fn revoke_key(&self, api_key: &str) -> bool {
        self.shared.lock().keys.remove(api_key)
    }
}
