//! Setting up a WebSocket API client.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use binance_wire_core::json::Reading;
use binance_wire_core::{
    Error, ErrorCode, LateAnswer, LateAnswerHook, OrderIds, Product, ProductLimits, ReadRetries,
    ReconcilePolicy, RetryBudget, TimeUnit, Timestamp,
};
use binance_wire_limits::{Limiter, ServerClock};
use binance_wire_net::lifecycle::ReconnectPolicy;
use binance_wire_net::{ConnectBudget, Network};
use binance_wire_signing::{Credentials, RecvWindow, RecvWindowError};

use super::client::ApiClient;
use super::request::Clock;
use crate::gate::Gate;
use crate::queue::{ACCOUNT, Bounds};
use crate::url;
use crate::user_data::Fetching;

/// Everything a WebSocket API client is set up with; see the methods for the defaults.
#[must_use = "a builder does nothing before `connect`"]
pub struct ApiClientBuilder<C = ApiClient> {
    config: ApiConfig,
    /// An invalid window is an error when connecting.
    recv_window: Option<Result<RecvWindow, RecvWindowError>>,
    /// The type that `connect` returns: this crate's client, or one that wraps it.
    client: PhantomData<fn() -> C>,
}

/// The settings themselves, whatever client they are for.
#[derive(Clone, Debug)]
pub(crate) struct ApiConfig {
    pub(crate) urls: Vec<String>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) recv_window: Option<RecvWindow>,
    pub(crate) time_unit: Option<TimeUnit>,
    pub(crate) return_rate_limits: Option<bool>,
    pub(crate) request_timeout: Duration,
    pub(crate) order_ids: OrderIds,
    pub(crate) mutation_wait: Duration,
    pub(crate) reconcile_policy: ReconcilePolicy,
    pub(crate) late_answers: Option<LateAnswerHook>,
    pub(crate) read_retries: ReadRetries,
    pub(crate) logon: bool,
    pub(crate) reconnect: ReconnectPolicy,
    pub(crate) clock: Clock,
    pub(crate) code_name: fn(ErrorCode) -> Option<&'static str>,
    pub(crate) product: Option<Product>,
    pub(crate) check_requests: bool,
    pub(crate) network: Network,
    pub(crate) budget: ConnectBudget,
    pub(crate) gate: Gate,
    pub(crate) reading: Reading,
    pub(crate) events: Bounds,
}

impl ApiClientBuilder {
    pub(crate) fn new(urls: Vec<String>) -> Self {
        let config = ApiConfig {
            urls,
            credentials: None,
            recv_window: None,
            time_unit: None,
            return_rate_limits: None,
            request_timeout: Duration::from_secs(10),
            order_ids: OrderIds::new(),
            mutation_wait: Duration::from_secs(1),
            reconcile_policy: ReconcilePolicy::default(),
            late_answers: None,
            read_retries: ReadRetries::default(),
            logon: false,
            reconnect: ReconnectPolicy::default(),
            clock: Clock::system(),
            code_name: |_| None,
            product: None,
            check_requests: true,
            network: Network::default(),
            budget: ConnectBudget::shared(),
            gate: Gate::NONE,
            reading: Reading::new(),
            events: ACCOUNT,
        };
        Self {
            config,
            recv_window: None,
            client: PhantomData,
        }
    }
}

impl<C: From<ApiClient>> ApiClientBuilder<C> {
    binance_wire_net::network_settings!(config.network);

    /// The key that signs requests, and logs the session on where [`logon`](Self::logon) asks for it.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.config.credentials = Some(credentials);
        self
    }

    /// For how many milliseconds signed requests are good: `recvWindow`, 0 to 60,000 with at most three fraction
    /// digits, as a [`RecvWindow`], an integer or a [`Decimal`](binance_wire_core::Decimal). Without it the exchange
    /// takes 5,000.
    pub fn recv_window(mut self, window: impl binance_wire_core::recv_window::IntoRecvWindow) -> Self {
        self.recv_window = Some(RecvWindow::read(window));
        self
    }

    /// The unit of times in responses and events; milliseconds without it. Seconds are not on offer:
    /// [`connect`](Self::connect) refuses them.
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.config.time_unit = Some(unit);
        self
    }

    /// Whether responses carry the state of the rate limits; they do without it.
    pub fn return_rate_limits(mut self, wanted: bool) -> Self {
        self.config.return_rate_limits = Some(wanted);
        self
    }

    /// Sets the time limit of a call from its start to its response, including the wait for a connection. Default
    /// 10 s, the exchange's own limit; at most a day.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.config.request_timeout = timeout.min(Duration::from_secs(24 * 3600));
        self
    }

    /// Sets what makes client order ids for requests that have none, such as [`OrderIds::with_prefix`]. They are made
    /// before anything is sent, so that an order can be found whatever happens to its answer. Unless set, ids have no
    /// prefix; [`OrderIds::off`] leaves them to the exchange.
    pub fn order_ids(mut self, ids: OrderIds) -> Self {
        self.config.order_ids = ids;
        self
    }

    /// Sets how long a request that changes something waits for a connection before it fails without having been sent:
    /// what its caller wanted holds for the moment. 1 second unless set; never longer than the request's `recvWindow`
    /// where one is set. A [`deadline`](binance_wire_core::CallOptions::deadline) of a call takes its place.
    pub fn mutation_wait(mut self, wait: Duration) -> Self {
        self.config.mutation_wait = wait;
        self
    }

    /// Sets how long [`reconcile`](ApiClient::reconcile) waits, and for what.
    pub fn reconcile_policy(mut self, policy: ReconcilePolicy) -> Self {
        self.config.reconcile_policy = policy;
        self
    }

    /// Sets a function that is called with each answer to a request that changes something that came after its caller had
    /// got [`Error::ExecutionUnknown`], or had stopped waiting: up to a minute later, as long as the connection lives. It
    /// must not block.
    pub fn on_late_answer(mut self, hook: impl Fn(LateAnswer) + Send + Sync + 'static) -> Self {
        self.config.late_answers = Some(LateAnswerHook::new(hook));
        self
    }

    /// Repeats a read up to `max` times when the connection is lost before its answer, cannot be made in time, or the
    /// exchange answers with a 5xx status, as long as the next attempt begins within a time of the start of the call and
    /// the client's [`retry_budget`](Self::retry_budget) has room. It goes out on the connection that is there by then,
    /// which may be one to another address. The waits between grow from 50 ms to 2 s and have some jitter. Never repeats a
    /// request that changes something, one refused for a limit, nor one that is to
    /// [fail fast](binance_wire_core::CallOptions::fail_fast). Off unless set.
    pub fn retry_reads(mut self, max: u32, within: Duration) -> Self {
        self.config.read_retries.max = max;
        self.config.read_retries.within = within;
        self
    }

    /// Sets the budget that the repetitions of all reads are taken from, which other clients may share. Unless set, the
    /// client has one of its own: [`RetryBudget::default`].
    pub fn retry_budget(mut self, budget: &RetryBudget) -> Self {
        self.config.read_retries.budget = budget.clone();
        self
    }

    /// Log the session on as part of connecting, so that requests need no signature of their own. Takes
    /// Ed25519 credentials. Default: no.
    pub fn logon(mut self, wanted: bool) -> Self {
        self.config.logon = wanted;
        self
    }

    /// Sets how the connection is kept alive and restored.
    pub fn reconnect(mut self, policy: ReconnectPolicy) -> Self {
        self.config.reconnect = policy.bounded();
        self
    }

    /// Sets the clock for request timestamps. Default: the system's.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.config.clock = Clock(Arc::new(clock));
        self
    }

    /// Whether requests are checked against the rules of their operations before they are signed: what is mandatory for
    /// an order type, what excludes what, patterns and ranges. A request that breaks one is
    /// [`Error::InvalidRequest`] and is not sent. Default: yes.
    pub fn check_requests(mut self, wanted: bool) -> Self {
        self.config.check_requests = wanted;
        self
    }

    /// Keeps requests and attempts to connect under the exchange's limits: each waits for room before it is sent, or is refused, as the limiter is
    /// set. All clients that are given the same limiter share it. Without one, nothing is counted.
    pub fn limiter(mut self, limiter: &Limiter) -> Self {
        self.config.gate.limiter = Some(limiter.clone());
        self
    }

    /// Signs with the exchange's own time, which the client asks for before its first signed request, and again while it is
    /// used. A time stamp that the exchange finds wrong (-1021) has it asked once more; a read is then repeated once, and
    /// anything else is refused with that error. A session is logged on with what the clock says by then.
    ///
    /// Takes the place of [`clock`](Self::clock). Clients of one system of the exchange can share a clock.
    pub fn server_clock(mut self, clock: &ServerClock) -> Self {
        self.config.gate.clock = Some(clock.clone());
        self.config.clock = Gate::read_by(clock);
        self
    }

    /// Sets what is known of the product's limits, and where its time is asked for. Product crates set it.
    pub fn product_limits(mut self, limits: ProductLimits) -> Self {
        self.config.gate.product = limits;
        self
    }

    /// Sets the product whose requests the client sends; it refuses those of others. Product crates set it.
    pub fn product(mut self, product: Product) -> Self {
        self.config.product = Some(product);
        self
    }

    /// Looks up the names of error codes, which errors then show. Product crates set it.
    pub fn code_names(mut self, name: fn(ErrorCode) -> Option<&'static str>) -> Self {
        self.config.code_name = name;
        self
    }

    /// Sets the budget of attempts to connect. Default: the one that all clients of the process share, 300 in 5 minutes for
    /// each host, as the exchange counts them. While it is used up, connecting waits, which the log shows.
    pub fn connect_budget(mut self, budget: ConnectBudget) -> Self {
        self.config.budget = budget;
        self
    }

    /// The same settings of connections as another client's.
    pub(crate) fn network(mut self, network: Network) -> Self {
        self.config.network = network;
        self
    }

    /// Keeps members of results and events that the types of this version do not know, in the field `raw` of the object
    /// that has them, and writes them back where the value is written. Without it they are skipped, which costs nothing.
    pub fn keep_unknown_members(mut self) -> Self {
        self.config.reading = self.config.reading.keeping_unknown();
        self
    }

    /// Makes an element of a list that cannot be read an error of the whole result or event. Without it the element is kept
    /// apart, in [`List::unreadable`](binance_wire_core::List::unreadable), and its neighbours can be read.
    ///
    /// The result of a mutation that cannot be read as a whole leaves its fate [unknown](Error::ExecutionUnknown).
    pub fn complete_lists(mut self) -> Self {
        self.config.reading = self.config.reading.complete();
        self
    }

    /// Sets how many user data events wait for a slow consumer. Default 65,536, which is more than an account has in a
    /// day of brisk trading. The connection carries the answers of requests as well, which do not wait for the reader of
    /// events: where more events wait, the oldest are dropped, and [`StreamItem::Lagged`](crate::StreamItem::Lagged) says
    /// how many in their place. The account must then be asked for its state, as after a gap.
    pub fn event_capacity(mut self, events: usize) -> Self {
        self.config.events.items = events;
        self
    }

    /// Sets how many bytes of frames these events may have. Default 64 MiB.
    pub fn event_capacity_bytes(mut self, bytes: usize) -> Self {
        self.config.events.bytes = bytes;
        self
    }

    /// The limiter and the clock that another builder was given.
    pub(crate) fn gate(mut self, gate: Gate) -> Self {
        if let Some(clock) = &gate.clock {
            self.config.clock = Gate::read_by(clock);
        }
        self.config.gate = gate;
        self
    }

    /// The same settings for a client that wraps this crate's, such as a product crate's.
    pub fn wrapped<D: From<ApiClient>>(self) -> ApiClientBuilder<D> {
        ApiClientBuilder {
            config: self.config,
            recv_window: self.recv_window,
            client: PhantomData,
        }
    }

    /// Connects, logs on where asked to, and starts the task that keeps the connection. Must be called within
    /// a Tokio runtime with its I/O and time drivers on.
    ///
    /// # Errors
    /// Where no address takes the connection, the logon is refused, or `recvWindow` is out of range. Later losses are
    /// repaired by the client.
    pub async fn connect(self) -> Result<C, Error> {
        connect(self.config, self.recv_window).await.map(C::from)
    }
}

/// Boxed: what an async function awaits is compiled into every crate that awaits it, and connecting is much.
fn connect(
    mut config: ApiConfig,
    recv_window: Option<Result<RecvWindow, RecvWindowError>>,
) -> Fetching<'static, ApiClient> {
    Box::pin(async move {
        config.recv_window = recv_window
            .transpose()
            .map_err(|error| Error::Unusable(error.to_string()))?;
        if config.urls.is_empty() {
            return Err(Product::without_address(config.product));
        }
        if config.logon && config.credentials.is_none() {
            return Err(Error::Unusable("session.logon needs credentials".into()));
        }
        url::check_time_unit(config.time_unit)?;
        ApiClient::start(config).await
    })
}

impl<C> Clone for ApiClientBuilder<C> {
    fn clone(&self) -> Self {
        Self {
            config: self.config.clone(),
            recv_window: self.recv_window.clone(),
            client: PhantomData,
        }
    }
}

impl<C> fmt::Debug for ApiClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClientBuilder")
            .field("config", &self.config)
            .finish()
    }
}

impl ApiConfig {
    /// The addresses with what belongs into their query.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        let mut query = Vec::new();
        if let Some(wanted) = self.return_rate_limits {
            query.push(("returnRateLimits", if wanted { "true" } else { "false" }));
        }
        if let Some(unit) = self.time_unit.and_then(|unit| unit.on_request().ok()) {
            query.push(("timeUnit", unit));
        }
        self.urls.iter().map(|url| url::with_query(url, &query)).collect()
    }
}
