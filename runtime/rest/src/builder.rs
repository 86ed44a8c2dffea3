//! Putting a client together.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use binance_wire_core::json::Reading;
use binance_wire_core::{
    Error, ErrorCode, LateAnswer, LateAnswerHook, OrderIds, Product, ProductLimits, ReadRetries,
    ReconcilePolicy, RetryBudget, TimeUnit, Timestamp,
};
use binance_wire_limits::{Limiter, ServerClock};
use binance_wire_net::Network;
use binance_wire_signing::partner::HmacKey;
use binance_wire_signing::{Credentials, PartnerCredentials, RecvWindow, RecvWindowError};
use http::{HeaderMap, HeaderValue, header};
use hyper_rustls::HttpsConnectorBuilder;
use tokio::sync::Semaphore;

use crate::client::{Clock, HeaderSets, Inner, Observer, header_name};
use crate::connection::Connector;
use crate::gate::Gate;
use crate::pool::{Pool, parse_base_url};
use crate::{Client, Observation, RateLimits, SbeFormat};

/// The default time limit of a call.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The default time limit of connecting to one host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The default time after which an idle connection is not used any more.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);
/// The default time that a request that changes something waits to be sent.
const MUTATION_WAIT: Duration = Duration::from_secs(2);
/// The default number of connections.
const MAX_CONNECTIONS: usize = 256;
/// The largest body that is read. The longest documented answer is about a third of it.
const MAX_BODY: usize = 64 << 20;
/// RSA keys of less bits are weak.
const WEAK_BITS: u32 = 2048;
/// The default `User-Agent`.
const USER_AGENT: &str = concat!("binance-wire/", env!("CARGO_PKG_VERSION"));

/// Collects the settings of a [`Client`]; made by [`Client::builder`]. Nothing is checked before
/// [`build`](Self::build).
#[must_use = "a builder does nothing before `build`"]
pub struct ClientBuilder<C = Client> {
    settings: Settings,
    /// The type that `build` returns: this crate's client, or one that wraps it.
    client: PhantomData<fn() -> C>,
}

#[derive(Clone)]
struct Settings {
    base_urls: Vec<String>,
    credentials: Option<Credentials>,
    partner: Option<PartnerCredentials>,
    body_key: Option<HmacKey>,
    timeout: Duration,
    connect_timeout: Duration,
    recv_window: Option<Result<RecvWindow, RecvWindowError>>,
    order_ids: OrderIds,
    mutation_wait: Duration,
    reconcile_policy: ReconcilePolicy,
    late_answers: Option<LateAnswerHook>,
    time_unit: Option<TimeUnit>,
    clock: Option<Clock>,
    clock_offset_millis: i64,
    sbe: Option<SbeFormat>,
    check_requests: bool,
    user_agent: String,
    read_retries: ReadRetries,
    max_connections: usize,
    idle_timeout: Duration,
    max_body: usize,
    reading: Reading,
    observer: Option<Observer>,
    code_name: fn(ErrorCode) -> Option<&'static str>,
    network: Network,
    limiter: Option<Limiter>,
    server_clock: Option<ServerClock>,
    product_limits: ProductLimits,
    product: Option<Product>,
    gzip: bool,
}

impl ClientBuilder {
    /// The same as [`Client::builder`].
    pub fn new<I>(base_urls: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let settings = Settings {
            base_urls: base_urls.into_iter().map(Into::into).collect(),
            credentials: None,
            partner: None,
            body_key: None,
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            recv_window: None,
            order_ids: OrderIds::new(),
            mutation_wait: MUTATION_WAIT,
            reconcile_policy: ReconcilePolicy::default(),
            late_answers: None,
            time_unit: None,
            clock: None,
            clock_offset_millis: 0,
            sbe: None,
            check_requests: true,
            user_agent: USER_AGENT.to_owned(),
            read_retries: ReadRetries::default(),
            max_connections: MAX_CONNECTIONS,
            idle_timeout: IDLE_TIMEOUT,
            max_body: MAX_BODY,
            reading: Reading::new(),
            observer: None,
            code_name: |_| None,
            network: Network::default(),
            limiter: None,
            server_clock: None,
            product_limits: ProductLimits::UNKNOWN,
            product: None,
            gzip: false,
        };
        Self {
            settings,
            client: PhantomData,
        }
    }
}

impl<C: From<Client>> ClientBuilder<C> {
    binance_wire_net::network_settings!(settings.network);

    /// One base URL in place of all others, such as a server of one's own.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        self.base_urls([url])
    }

    /// Interchangeable base URLs in place of all others. All must have the same path.
    pub fn base_urls<I>(mut self, urls: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.settings.base_urls = urls.into_iter().map(Into::into).collect();
        self
    }

    /// The API key and what signs for it. Without them only public operations can be sent.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.settings.credentials = Some(credentials);
        self
    }

    /// Sets the credentials of a partner (Connect, Connect Prime, x402): client id, access token and RSA key, sent as
    /// the headers `X-Tesla-…`. The key signs the exact body followed by the time.
    ///
    /// The partner documentation generates keys of 1024 bits, which are taken with a warning in the log: use at least
    /// 2048 where the exchange lets you.
    pub fn partner(mut self, credentials: PartnerCredentials) -> Self {
        self.settings.partner = Some(credentials);
        self
    }

    /// The secret that signs exact bodies, in the header `X-SHA-Signature` (KYC).
    pub fn body_key(mut self, key: HmacKey) -> Self {
        self.settings.body_key = Some(key);
        self
    }

    /// Sets the time limit of one attempt, from waiting for a connection to the last byte of the answer. 10 seconds
    /// unless set, which is when the exchange gives up itself. An operation that is documented to take longer gets the
    /// time that it says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// Sets the time limit of connecting to one host, from the look-up of its name to the end of the TLS handshake, after
    /// which the next one is tried. 3 seconds unless set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// For how many milliseconds signed requests are good: `recvWindow`, 0 to 60,000 with at most three fraction
    /// digits, as a [`Duration`], a [`RecvWindow`], an integer or a [`Decimal`](binance_wire_core::Decimal). Only Spot documents
    /// fractions; other products document an integer. Unless set, none is sent, and the exchange takes 5,000.
    pub fn recv_window(mut self, window: impl binance_wire_core::recv_window::IntoRecvWindow) -> Self {
        self.settings.recv_window = Some(RecvWindow::read(window));
        self
    }

    /// Sets what makes client order ids for requests that have none, such as [`OrderIds::with_prefix`]. They are made
    /// before anything is sent, so that an order can be found whatever happens to its answer. Unless set, ids have no
    /// prefix; [`OrderIds::off`] leaves them to the exchange.
    pub fn order_ids(mut self, ids: OrderIds) -> Self {
        self.settings.order_ids = ids;
        self
    }

    /// Sets how long a request that changes something waits for a connection before it fails without having been sent:
    /// what its caller wanted holds for the moment. 2 seconds unless set, which includes making a new connection; never
    /// longer than the request's `recvWindow` where one is set. A
    /// [`deadline`](binance_wire_core::CallOptions::deadline) of a call takes its place.
    pub fn mutation_wait(mut self, wait: Duration) -> Self {
        self.settings.mutation_wait = wait;
        self
    }

    /// Sets how long [`reconcile`](Client::reconcile) waits, and for what.
    pub fn reconcile_policy(mut self, policy: ReconcilePolicy) -> Self {
        self.settings.reconcile_policy = policy;
        self
    }

    /// Sets a function that is called with each answer to a request that changes something that came after its caller had
    /// got [`Error::ExecutionUnknown`], or had stopped waiting: with them, requests are carried by tasks of their own,
    /// and a connection is read for a further minute before it is closed. No more than half of the connections wait for
    /// such answers. The function must not block.
    pub fn on_late_answer(mut self, hook: impl Fn(LateAnswer) + Send + Sync + 'static) -> Self {
        self.settings.late_answers = Some(LateAnswerHook::new(hook));
        self
    }

    /// The unit of times in JSON answers (`X-MBX-TIME-UNIT`). Unless set, the exchange takes milliseconds. Seconds are
    /// not on offer: [`build`](Self::build) refuses them.
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.settings.time_unit = Some(unit);
        self
    }

    /// Sets the clock for signed requests, in place of the system's. It is sent in its own unit.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.settings.clock = Some(Arc::new(clock));
        self
    }

    /// By how much the exchange's clock is ahead of this one, in milliseconds (negative: behind). It can be changed
    /// later: [`Client::set_clock_offset_millis`].
    pub fn clock_offset_millis(mut self, offset: i64) -> Self {
        self.settings.clock_offset_millis = offset;
        self
    }

    /// Asks for SBE answers where an operation has an SBE form, and for JSON elsewhere.
    pub fn sbe(mut self, format: SbeFormat) -> Self {
        self.settings.sbe = Some(format);
        self
    }

    /// Asks for JSON answers everywhere: the default.
    pub fn json(mut self) -> Self {
        self.settings.sbe = None;
        self
    }

    /// Keeps members that the types of this version do not know, in the field `raw` of the object that has them, and writes
    /// them back where the value is written. Without it they are skipped, which costs nothing.
    pub fn keep_unknown_members(mut self) -> Self {
        self.settings.reading = self.settings.reading.keeping_unknown();
        self
    }

    /// Makes an element of a list that cannot be read an error of the whole answer. Without it the element is kept apart, in
    /// [`List::unreadable`](binance_wire_core::List::unreadable), and its neighbours can be read.
    ///
    /// The answer to a mutation that cannot be read as a whole leaves its fate
    /// [unknown](Error::ExecutionUnknown).
    pub fn complete_lists(mut self) -> Self {
        self.settings.reading = self.settings.reading.complete();
        self
    }

    /// Sets the header `User-Agent`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.settings.user_agent = user_agent.into();
        self
    }

    /// Repeats a read up to `max` times when the connection fails, time runs out or the exchange answers with a 5xx
    /// status, as long as the next attempt begins within a time of the start of the call and the client's
    /// [`retry_budget`](Self::retry_budget) has room. The next attempt goes to another base URL where there is one. The
    /// waits between grow from 50 ms to 2 s and have some jitter. Never repeats a request that changes something, one
    /// refused for a limit, nor one that is to [fail fast](binance_wire_core::CallOptions::fail_fast). Off unless set.
    pub fn retry_reads(mut self, max: u32, within: Duration) -> Self {
        self.settings.read_retries.max = max;
        self.settings.read_retries.within = within;
        self
    }

    /// Sets the budget that the repetitions of all reads are taken from, which other clients may share. Unless set, the
    /// client has one of its own: [`RetryBudget::default`].
    pub fn retry_budget(mut self, budget: &RetryBudget) -> Self {
        self.settings.read_retries.budget = budget.clone();
        self
    }

    /// Sets the maximum number of connections, and thus of simultaneous requests; further requests wait. 256 unless
    /// set.
    pub fn max_connections(mut self, max: usize) -> Self {
        self.settings.max_connections = max;
        self
    }

    /// Sets the time after which an idle connection is replaced by a new one. 45 seconds unless set.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle_timeout = timeout;
        self
    }

    /// The largest body to read, in bytes. 64 MiB unless set.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.settings.max_body = bytes;
        self
    }

    /// Asks for compressed answers (`Accept-Encoding: gzip`), which are a fraction in size: worth it for `exchangeInfo` and
    /// lists of tickers, where bandwidth counts. Answers to orders are short, and compressing them takes time. Off unless
    /// set; an answer that comes compressed all the same is read.
    pub fn gzip(mut self, wanted: bool) -> Self {
        self.settings.gzip = wanted;
        self
    }

    /// Sets a function that is called with every answer and failure, before the caller gets it: for limiters and
    /// metrics. It must not block.
    pub fn observe(mut self, observer: impl Fn(&Observation) + Send + Sync + 'static) -> Self {
        self.settings.observer = Some(Arc::new(observer));
        self
    }

    /// Whether requests are checked against the rules of their operations before they are signed: what is mandatory for
    /// an order type, what excludes what, patterns and ranges. A request that breaks one is
    /// [`Error::InvalidRequest`] and is not sent. Default: yes.
    pub fn check_requests(mut self, wanted: bool) -> Self {
        self.settings.check_requests = wanted;
        self
    }

    /// Keeps requests under the exchange's limits: each waits for room before it is sent, or is refused, as the limiter is set.
    /// All clients that are given the same limiter share it. Without one, nothing is counted.
    pub fn limiter(mut self, limiter: &Limiter) -> Self {
        self.settings.limiter = Some(limiter.clone());
        self
    }

    /// Signs with the exchange's own time, which the client asks for before its first signed request, and again while it is
    /// used. A time stamp that the exchange finds wrong (-1021) has it asked once more; a read is then repeated once, and
    /// anything else is refused with that error.
    ///
    /// Takes the place of [`clock`](Self::clock) and [`clock_offset_millis`](Self::clock_offset_millis). Clients of one
    /// system of the exchange can share a clock.
    pub fn server_clock(mut self, clock: &ServerClock) -> Self {
        self.settings.server_clock = Some(clock.clone());
        self
    }

    /// Sets what is known of the product's limits, and where its time is asked for. Product crates set it.
    pub fn product_limits(mut self, limits: ProductLimits) -> Self {
        self.settings.product_limits = limits;
        self
    }

    /// Sets the product whose requests the client sends; it refuses those of others. Product crates set it.
    pub fn product(mut self, product: Product) -> Self {
        self.settings.product = Some(product);
        self
    }

    /// Looks up the names of error codes, which errors then show. Product crates set it.
    pub fn code_names(mut self, name: fn(ErrorCode) -> Option<&'static str>) -> Self {
        self.settings.code_name = name;
        self
    }

    /// The same settings for a client that wraps this crate's, such as a product crate's.
    pub fn wrapped<D: From<Client>>(self) -> ClientBuilder<D> {
        ClientBuilder {
            settings: self.settings,
            client: PhantomData,
        }
    }

    /// The client. No connection is made yet.
    ///
    /// # Errors
    /// [`Error::Unusable`] where a setting is not usable: no base URL, one that is malformed, a `recvWindow` out of
    /// range.
    pub fn build(self) -> Result<C, Error> {
        self.settings.build().map(C::from)
    }
}

impl Settings {
    fn build(self) -> Result<Client, Error> {
        let mut origins = Vec::with_capacity(self.base_urls.len());
        let mut headers = Vec::with_capacity(self.base_urls.len());
        let mut prefix: Option<String> = None;
        for url in &self.base_urls {
            let (origin, path) = parse_base_url(url)?;
            self.network.check_url(url)?;
            if prefix.get_or_insert_with(|| path.clone()) != &path {
                return Err(Error::Unusable(
                    "interchangeable base URLs must have the same path".to_owned(),
                ));
            }
            headers.push(self.headers(&origin.host)?);
            origins.push(origin);
        }
        let Some(prefix) = prefix else {
            return Err(Product::without_address(self.product));
        };
        let recv_window = self
            .recv_window
            .clone()
            .transpose()
            .map_err(|error| Error::Unusable(error.to_string()))?;
        let connector = self.connector()?;
        if let Some(bits) = self.partner.as_ref().map(|partner| partner.key().bits())
            && bits < WEAK_BITS
        {
            tracing::warn!(
                bits,
                "the partner key is weak: an RSA key should have 2048 bits at least"
            );
        }
        let key = self.credentials.as_ref().map(Credentials::api_key);
        let gate = Gate::new(
            self.limiter.as_ref(),
            self.server_clock,
            self.product_limits,
            self.base_urls.first().map_or("", String::as_str),
            key,
        );
        Ok(Client::from_inner(Inner {
            gate,
            pool: Pool::new(
                origins,
                connector,
                self.connect_timeout,
                self.max_connections,
                self.idle_timeout,
            ),
            prefix,
            headers,
            credentials: self.credentials,
            partner: self.partner,
            body_key: self.body_key,
            timeout: self.timeout,
            recv_window,
            order_ids: self.order_ids,
            mutation_wait: self.mutation_wait,
            reconcile_policy: self.reconcile_policy,
            late_answers: self.late_answers,
            late_slots: Semaphore::new((self.max_connections / 2).min(Semaphore::MAX_PERMITS)),
            clock: self.clock,
            clock_offset_millis: AtomicI64::new(self.clock_offset_millis),
            sbe: self.sbe,
            product: self.product,
            check_requests: self.check_requests,
            read_retries: self.read_retries,
            max_body: self.max_body,
            reading: self.reading,
            observer: self.observer,
            code_name: self.code_name,
            last_limits: Mutex::new(RateLimits::default()),
            warned_of_sbe: AtomicBool::new(false),
        }))
    }

    fn connector(&self) -> Result<Connector, Error> {
        let tcp = self.network.connector(self.connect_timeout)?;
        let tls = self.network.tls()?;
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(Arc::unwrap_or_clone(tls))
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(https)
    }

    fn headers(&self, host: &HeaderValue) -> Result<HeaderSets, Error> {
        let value = |text: &str, what: &str| {
            HeaderValue::from_str(text)
                .map_err(|_| Error::Unusable(format!("{what} is not allowed in an HTTP header")))
        };
        let mut json = HeaderMap::with_capacity(6);
        json.insert(header::HOST, host.clone());
        json.insert(header::USER_AGENT, value(&self.user_agent, "the user agent")?);
        if let Some(credentials) = &self.credentials {
            let mut key = value(credentials.api_key(), "the API key")?;
            key.set_sensitive(true);
            json.insert(header_name::API_KEY, key);
        }
        if let Some(unit) = self.time_unit {
            let unit = HeaderValue::from_static(unit.on_request()?);
            json.insert(header_name::TIME_UNIT, unit);
        }
        if self.gzip {
            json.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let mut sbe = json.clone();
        json.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(format) = self.sbe {
            sbe.insert(header::ACCEPT, HeaderValue::from_static("application/sbe"));
            let version = format!("{}:{}", format.schema_id, format.version);
            sbe.insert(header_name::SBE, value(&version, "the SBE version")?);
        }
        Ok(HeaderSets::new(json, sbe))
    }
}

impl<C> Clone for ClientBuilder<C> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            client: PhantomData,
        }
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_urls", &self.settings.base_urls)
            .field("credentials", &self.settings.credentials)
            .field("timeout", &self.settings.timeout)
            .field("sbe", &self.settings.sbe)
            .finish_non_exhaustive()
    }
}
