//! The handle: starting, looking, and interfering.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::oneshot;

use crate::account::{KeyError, Verifier};
use crate::builder::Builder;
#[cfg(doc)]
use crate::faults::Fault;
use crate::faults::Injection;
use crate::record::{Counts, OrderView, ReceivedFrame, ReceivedPong, ReceivedRequest};
use crate::state::{Outbound, Shared, listeners};
use crate::tls::{CertificateError, Tls};

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
    /// There is no certificate to speak TLS with.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
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

/// A running exchange. Dropping it closes every connection and the port.
#[derive(Debug)]
pub struct Exchange {
    pub(crate) shared: Arc<Shared>,
    pub(crate) address: SocketAddr,
    /// Of an exchange that listens.
    pub(crate) tls: Option<Arc<Tls>>,
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

    /// A handle of an exchange that another handle ends.
    pub(crate) fn of(shared: Arc<Shared>) -> Exchange {
        Exchange {
            shared,
            address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            tls: None,
            stop: None,
            thread: None,
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

    /// The same with TLS, `https://127.0.0.1:<port>`: one port speaks both. Clients trust [`ca_pem`](Self::ca_pem).
    pub fn https_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The WebSocket API with TLS, `wss://127.0.0.1:<port>/ws-api/v3`.
    pub fn wss_api_url(&self) -> String {
        format!("wss://{}/ws-api/v3", self.address)
    }

    /// Base of the streams with TLS, `wss://127.0.0.1:<port>`.
    pub fn wss_streams_url(&self) -> String {
        format!("wss://{}", self.address)
    }

    /// The certificate authority that clients have to trust to connect with TLS, in PEM; empty for an exchange that listens
    /// nowhere. It can vouch for this machine alone.
    pub fn ca_pem(&self) -> &str {
        self.tls.as_ref().map_or("", |tls| &tls.ca_pem)
    }

    /// The same in DER, as `root_certificate` of our clients takes it.
    pub fn ca_der(&self) -> &[u8] {
        self.tls.as_ref().map_or(&[], |tls| &tls.ca_der)
    }

    /// Lets something go wrong: a [`Fault`] strikes the next request of any kind, an
    /// [`Injection`] says which one and how often. A fault of the exchange as a whole, such as [`Fault::Lag`], happens at
    /// once unless the injection says when.
    pub fn inject(&self, fault: impl Into<Injection>) {
        self.shared.lock().inject(fault.into());
    }

    /// Forgets the faults that still wait, the sticky ones too.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// The symbols that have an order book.
    pub fn symbols(&self) -> Vec<String> {
        self.shared.lock().symbols()
    }

    /// Starts over: books, orders, balances, limits, listen keys and faults are as at the start, and what was received is
    /// forgotten. Connections stay, and their subscriptions; clock and keys stay too.
    pub fn reset(&self) {
        self.shared.lock().reset();
    }

    /// The HTTP requests received so far, WebSocket handshakes among them; the latest, where
    /// [`Builder::keep_requests`] says how many.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared.lock().records.requests.iter().cloned().collect()
    }

    /// The text frames received so far on WebSocket connections.
    pub fn frames(&self) -> Vec<ReceivedFrame> {
        self.shared.lock().records.frames.iter().cloned().collect()
    }

    /// The pongs received so far.
    pub fn pongs(&self) -> Vec<ReceivedPong> {
        self.shared.lock().records.pongs.iter().cloned().collect()
    }

    /// Forgets requests, frames and pongs; the counts go on.
    pub fn clear_records(&self) {
        self.shared.lock().records.clear();
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
        let mut names: Vec<String> = listeners(&state.connections)
            .flat_map(|(_, _, subscriptions)| subscriptions.names().map(str::to_owned))
            .collect();
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

    /// Sets the exchange's clock, in milliseconds since the epoch, and lets it run on at the speed that it has.
    pub fn set_clock(&self, now_ms: i64) {
        self.shared.lock().clock.set_us(now_ms.saturating_mul(1000));
    }

    /// Runs the exchange's clock on from now at a speed: 1 as time passes, 60 a minute a second, 0 not at all.
    pub fn run_clock(&self, speed: f64) {
        self.shared.lock().clock.run_at(speed);
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
