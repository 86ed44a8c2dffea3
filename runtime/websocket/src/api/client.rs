//! The handle of a WebSocket API client.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use binance_wire_core::json::Reading;
use binance_wire_core::{
    CallName, CallOptions, Error, ErrorCode, Identified, OperationInfo, OrderIds, ParamSink, Product,
    ProductLimits, ReadRetries, ReconcilePolicy, ThrottleReason, Timestamp, TransportError, WsApiOperation,
};
use binance_wire_limits::{Lane, ServerClock};
use binance_wire_signing::{Credentials, RecvWindow};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use tracing::Instrument;

use super::builder::{ApiClientBuilder, ApiConfig};
use super::connection::{Command, RawResponse, SESSION_WEIGHT};
use super::exchange::{Answer, When};
use super::frame::{RateLimit, read_rate_limits};
use super::outcome::Subject;
use super::request::Clock;
use super::session::{SessionState, require_logon_key};
use super::supervisor::Supervisor;
use super::watched::watched;
use crate::queue::Bounds;
use crate::socket::{Connect, FrameText, Socket};
use crate::watch;

/// Requests that may wait for the connection's task to take them.
const COMMANDS: usize = 256;
/// More calls than can be under way at once.
const CALLS: u32 = 1 << 20;

/// The state of the connection, as the handles see it.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) phase: Phase,
    pub(crate) session: SessionState,
    /// Why there will be no connection for a while.
    pub(crate) held: Option<Held>,
}

/// A limit keeps a connection from being made.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) until: std::time::Instant,
    pub(crate) reason: ThrottleReason,
}

#[derive(Clone, Debug)]
pub(crate) enum Phase {
    Connecting,
    Ready,
    Closed(Arc<str>),
}

/// A result with all that came with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiResponse<T> {
    /// The result.
    pub value: T,
    /// The `status` of the frame.
    pub status: u16,
    /// The usage of the rate limits; empty where the connection or the request asked for none.
    pub rate_limits: Vec<RateLimit>,
    text: FrameText,
}

impl<T> ApiResponse<T> {
    /// The whole frame as it came.
    pub fn frame(&self) -> &str {
        self.text.as_str()
    }
}

/// A client of the WebSocket API. Clones share one connection, which lives until the last of them, and the last
/// [`EventStream`](crate::EventStream) made from them, is dropped.
///
/// ```no_run
/// # async fn example(credentials: binance_wire_signing::Credentials) -> Result<(), binance_wire_core::Error> {
/// let client = binance_wire_websocket::ApiClient::builder(["wss://ws-api.testnet.binance.vision/ws-api/v3"])
///     .credentials(credentials)
///     .logon(true)
///     .connect()
///     .await?;
/// # drop(client);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ApiClient {
    pub(super) shared: Arc<Shared>,
    /// The limits of the address and of the account that signs, where there is a limiter.
    pub(super) lane: Option<Lane>,
    /// Signs in place of the session.
    pub(super) explicit: Option<Credentials>,
    pub(super) options: CallOptions,
}

pub(super) struct Shared {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) status: watch::Receiver<Status>,
    pub(super) ids: Arc<AtomicU64>,
    pub(super) credentials: Option<Credentials>,
    pub(super) recv_window: Option<RecvWindow>,
    pub(super) request_timeout: Duration,
    pub(super) order_ids: OrderIds,
    pub(super) mutation_wait: Duration,
    pub(super) reconcile_policy: ReconcilePolicy,
    pub(super) read_retries: ReadRetries,
    /// Whether somebody takes answers that come late.
    pub(super) late_answers: bool,
    pub(super) clock: Clock,
    pub(super) server_clock: Option<ServerClock>,
    pub(super) product: ProductLimits,
    pub(super) code_name: fn(ErrorCode) -> Option<&'static str>,
    pub(super) for_product: Option<Product>,
    pub(super) check_requests: bool,
    pub(super) reading: Reading,
    pub(super) events: Bounds,
    /// A permit for each call that is under way; closed at the shutdown.
    pub(super) calls: Semaphore,
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient")
            .field("credentials", &self.credentials())
            .field("status", &*self.shared.status.borrow())
            .finish_non_exhaustive()
    }
}

pub(super) fn closed(action: &str, reason: &str) -> Error {
    TransportError::shut_down(action, format!("the connection is closed: {reason}")).into()
}

impl ApiClient {
    /// A client that connects to the first of `urls` that takes it; the others are tried when it fails.
    pub fn builder<U: Into<String>>(urls: impl IntoIterator<Item = U>) -> ApiClientBuilder {
        ApiClientBuilder::new(urls.into_iter().map(Into::into).collect())
    }

    pub(crate) async fn start(config: ApiConfig) -> Result<Self, Error> {
        if let Some(credentials) = config.credentials.as_ref().filter(|_| config.logon) {
            require_logon_key(credentials)?;
        }
        let timeout = config.reconnect.connect_timeout;
        let (budget, clock) = (config.budget.clone(), config.clock.clone());
        let mut connect = Connect::new(&config.network, &config.urls, timeout, budget, clock)?;
        let key = config.credentials.as_ref().map(Credentials::api_key);
        let lane = config.gate.lane(&config.urls, key);
        connect.limits = lane.clone().map(|lane| (lane, true));
        let mut first = None;
        let mut failure = Error::Unusable("no address to connect to".into());
        for url in config.endpoints() {
            connect.admitted(&url).await;
            match Socket::connect(&url, &connect).await {
                Ok(socket) => {
                    first = Some(socket);
                    break;
                }
                Err(error) => failure = error.error,
            }
        }
        let Some(first) = first else { return Err(failure) };
        let (commands, receiver) = mpsc::channel(COMMANDS);
        let status = Status {
            phase: Phase::Connecting,
            session: SessionState::LoggedOff,
            held: None,
        };
        let (status_sender, status) = watch::channel(status);
        let ids = Arc::new(AtomicU64::new(1));
        let shared = Shared {
            commands,
            status,
            ids: ids.clone(),
            credentials: config.credentials.clone(),
            recv_window: config.recv_window,
            request_timeout: config.request_timeout,
            order_ids: config.order_ids.clone(),
            mutation_wait: config.mutation_wait,
            reconcile_policy: config.reconcile_policy,
            read_retries: config.read_retries.clone(),
            late_answers: config.late_answers.is_some(),
            clock: config.clock.clone(),
            server_clock: config.gate.clock.clone(),
            product: config.gate.product,
            code_name: config.code_name,
            for_product: config.product,
            check_requests: config.check_requests,
            reading: config.reading,
            events: config.events,
            calls: Semaphore::new(CALLS as usize),
        };
        let weight = if config.logon { SESSION_WEIGHT } else { 0 };
        let permit = connect.setup(weight).await.map_err(|error| error.error)?;
        let (started, outcome) = oneshot::channel();
        let supervisor = Supervisor::new(config, connect, receiver, status_sender, ids, started);
        tokio::spawn(
            supervisor
                .run(first, permit)
                .instrument(tracing::info_span!("binance_ws_api")),
        );
        match outcome.await {
            Ok(Ok(())) => Ok(Self {
                shared: Arc::new(shared),
                lane,
                explicit: None,
                options: CallOptions::new(),
            }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(closed("connecting", "its task ended")),
        }
    }

    /// The same connection, with `credentials` signing every request in place of the client's own or the
    /// session's: several accounts can share one connection.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self {
            shared: self.shared.clone(),
            lane: self
                .lane
                .as_ref()
                .map(|lane| lane.with_key(credentials.api_key())),
            explicit: Some(credentials),
            options: self.options.clone(),
        }
    }

    /// The same connection, with settings of their own for the calls that are made with it.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            shared: self.shared.clone(),
            lane: self.lane.clone(),
            explicit: self.explicit.clone(),
            options,
        }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The time that requests carry.
    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(super) fn credentials(&self) -> Option<&Credentials> {
        self.explicit.as_ref().or(self.shared.credentials.as_ref())
    }

    /// Sends a request and waits for its result.
    ///
    /// A future that is dropped before its request was written sends nothing. A time limit around it, such as that of
    /// `tokio::time::timeout`, may end late where the runtime is held up, and the request be written first:
    /// [`deadline`](CallOptions::deadline) is looked at right before the writing.
    ///
    /// # Errors
    /// As [`Error`] says. A mutation whose fate is not known gives [`Error::ExecutionUnknown`]; nothing is ever
    /// sent twice.
    pub async fn send<O: WsApiOperation + Sync>(&self, operation: &O) -> Result<O::Response, Error> {
        let answer = self.exchange_for(operation).await?;
        self.decode::<O>(&answer)
    }

    /// Sends a request and waits for its result, which comes with the rate limits and the frame.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_detailed<O: WsApiOperation + Sync>(
        &self,
        operation: &O,
    ) -> Result<ApiResponse<O::Response>, Error> {
        let answer = self.exchange_for(operation).await?;
        let value = self.decode::<O>(&answer)?;
        let RawResponse { text, envelope } = answer.response;
        let limits = envelope.rate_limits.and_then(|span| text.get(span));
        Ok(ApiResponse {
            value,
            status: envelope.status,
            rate_limits: read_rate_limits(limits),
            text,
        })
    }

    /// As [`send`](Self::send), with the result as JSON.
    pub(super) async fn send_with_text<O: WsApiOperation + Sync>(
        &self,
        operation: &O,
    ) -> Result<(O::Response, String), Error> {
        let answer = self.exchange_for(operation).await?;
        let value = self.decode::<O>(&answer)?;
        let text = answer.response.text.get(answer.result).unwrap_or_default();
        Ok((value, text.to_owned()))
    }

    pub(super) fn reconcile_policy(&self) -> ReconcilePolicy {
        self.shared.reconcile_policy
    }

    fn decode<O: WsApiOperation>(&self, answer: &Answer) -> Result<O::Response, Error> {
        let Answer {
            response: RawResponse { text, envelope },
            result,
            subject,
        } = answer;
        let value = text.get(result.clone()).unwrap_or_default();
        self.shared
            .reading
            .read(value)
            .map_err(|error| self.named::<O>(subject.undecodable(envelope.status, text, error)))
    }

    async fn exchange_for<O: WsApiOperation + Sync>(&self, operation: &O) -> Result<Answer, Error> {
        if let Some(product) = self.shared.for_product {
            product.check(&O::INFO)?;
        }
        if self.shared.check_requests {
            operation
                .check()
                .map_err(|error| self.named::<O>(Error::InvalidRequest(Box::new(error))))?;
        }
        let _under_way = self
            .shared
            .calls
            .acquire()
            .await
            .map_err(|_| self.named::<O>(closed("sending the request", "the client was shut down")))?;
        let params = |sink: &mut dyn ParamSink| operation.write_params(sink);
        let identified = match O::INFO.mutation {
            true => Identified::new(&O::IDENTITY, &self.shared.order_ids, &params),
            false => Identified::default(),
        };
        let subject = Subject {
            method: O::METHOD,
            info: const { &O::INFO },
            orders: identified.orders().to_vec(),
            sent: None,
        };
        let credit = self.lane.is_some().then(|| operation.credit());
        let when = self.when(subject.info)?;
        let write = |sink: &mut dyn ParamSink| identified.write(&params, sink);
        watched(
            subject.info,
            O::METHOD,
            self.exchange_in_time(subject, when, credit, &write),
        )
        .await
        .map_err(|error| self.named::<O>(error))
    }

    /// The error with the names of the call and of its code.
    fn named<O: WsApiOperation>(&self, error: Error) -> Error {
        let call = CallName {
            operation: O::INFO.id,
            method: O::METHOD,
            path: "",
        };
        error.of_call(call, self.shared.code_name)
    }

    /// The times of a call that is handed over now.
    fn when(&self, info: &OperationInfo) -> Result<When, Error> {
        let shared = &*self.shared;
        let started = Instant::now().into_std();
        let window = self.options.get_recv_window()?.or(shared.recv_window);
        let window = window.filter(|_| info.signed);
        let send_by = self
            .options
            .send_by(started, info.mutation, shared.mutation_wait, window);
        Ok(When { started, send_by })
    }

    pub(super) fn is_to_fail_fast(&self) -> bool {
        self.options.get_fail_fast()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.shared.calls.is_closed() || matches!(self.shared.status.borrow().phase, Phase::Closed(_))
    }

    /// Ends the client and all its clones: requests that are under way come to their end, for as long as `limit`, new ones
    /// are [`Error::Transport`], then the connection is closed with a close frame and its task ends. Returns whether all
    /// requests were answered in time; the others end as if the connection had been lost. Streams of events end.
    pub async fn shutdown(&self, limit: Duration) -> bool {
        // The queue for permits is fair: whoever comes later waits behind this, and finds it closed.
        let all = tokio::time::timeout(limit, self.shared.calls.acquire_many(CALLS)).await;
        self.shared.calls.close();
        self.close().await;
        all.is_ok()
    }

    /// Waits until the client is closed, by its owner or for good.
    pub(crate) async fn closed(&self) {
        let closed = |status: &Status| matches!(status.phase, Phase::Closed(_));
        // Where its task is gone, it is closed too.
        drop(self.shared.status.wait_for(closed).await);
    }

    /// Closes the connection for all clones. Requests in flight end as if it had been lost.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.shared.commands.send(Command::Close { done }).await.is_ok() {
            let _ = closed.await;
        }
    }
}
