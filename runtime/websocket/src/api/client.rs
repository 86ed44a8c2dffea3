//! The handle of a WebSocket API client.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use binance_wire_core::json::Reading;
use binance_wire_core::{
    ApiError, CallName, CallOptions, Credit, Error, ErrorCode, FromJson, Identified, OperationInfo, OrderIds,
    ParamSink, Product, ProductLimits, ReadRetries, ReconcilePolicy, Security, Sent, ThrottleReason,
    Throttled, Timestamp, TransportError, WsApiOperation,
};
use binance_wire_limits::{Lane, ServerClock};
use binance_wire_signing::{Credentials, KeyType, RecvWindow};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use tracing::Instrument;

use super::builder::{ApiClientBuilder, ApiConfig};
use super::connection::{By, CallReply, Command, Done, Late, RawResponse, SESSION_WEIGHT};
use super::frame::{RateLimit, read_rate_limits};
use super::outcome::Subject;
use super::request::{Authorization, Clock, build};
use super::supervisor::Supervisor;
use super::watched::watched;
use crate::event_stream::{EventStream, Life, Sink, channel, decoder};
use crate::queue::Bounds;
use crate::socket::{Connect, FrameText, Socket};
use crate::user_data::{Fetching, tokens};
use crate::watch;

/// Requests that may wait for the connection's task to take them.
const COMMANDS: usize = 256;
/// More calls than can be under way at once.
const CALLS: u32 = 1 << 20;
/// The wait before a request that did not go out is tried on the connection as it is then.
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// Whether the session is logged on.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SessionState {
    /// It is not; requests are signed one by one.
    LoggedOff,
    /// It is; requests carry neither key nor signature.
    LoggedOn,
    /// It was, until the exchange withdrew it: the key is no longer good.
    Revoked(ApiError),
}

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
/// [`EventStream`] made from them, is dropped.
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
    explicit: Option<Credentials>,
    options: CallOptions,
}

pub(super) struct Shared {
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<Status>,
    ids: Arc<AtomicU64>,
    credentials: Option<Credentials>,
    recv_window: Option<RecvWindow>,
    request_timeout: Duration,
    order_ids: OrderIds,
    mutation_wait: Duration,
    reconcile_policy: ReconcilePolicy,
    pub(super) read_retries: ReadRetries,
    /// Whether somebody takes answers that come late.
    late_answers: bool,
    clock: Clock,
    pub(super) server_clock: Option<ServerClock>,
    pub(super) product: ProductLimits,
    code_name: fn(ErrorCode) -> Option<&'static str>,
    for_product: Option<Product>,
    check_requests: bool,
    reading: Reading,
    events: Bounds,
    /// A permit for each call that is under way; closed at the shutdown.
    calls: Semaphore,
}

/// Tells the connection that a subscription's consumer is gone, and keeps it alive until then.
struct Unsubscribe {
    shared: Arc<Shared>,
    local: u64,
}

impl Drop for Unsubscribe {
    fn drop(&mut self) {
        // Where the queue is full, the task notices at the next event.
        let _ = self
            .shared
            .commands
            .try_send(Command::Unsubscribe { local: self.local });
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient")
            .field("credentials", &self.credentials())
            .field("status", &*self.shared.status.borrow())
            .finish_non_exhaustive()
    }
}

fn closed(action: &str, reason: &str) -> Error {
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

    fn credentials(&self) -> Option<&Credentials> {
        self.explicit.as_ref().or(self.shared.credentials.as_ref())
    }

    /// Sends a request and waits for its result.
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

    /// Everything about an attempt that does not depend on the operation's type, compiled once. Nothing is sent after
    /// `send_by`, nor after the time limit of a request.
    pub(super) async fn exchange(
        &self,
        mut subject: Subject,
        send_by: Option<std::time::Instant>,
        credit: Option<&Credit>,
        write_params: &(dyn Fn(&mut dyn ParamSink) + Sync),
    ) -> Result<Answer, Error> {
        let shared = &*self.shared;
        let info = subject.info;
        if info.security != Security::None && self.credentials().is_none() {
            return Err(Error::Unusable(format!("{} needs credentials", subject.method)));
        }
        let recv_window = self.options.get_recv_window()?.or(shared.recv_window);
        let return_rate_limits = self.options.get_return_rate_limits();
        let write_params = &|sink: &mut dyn ParamSink| {
            write_params(sink);
            if let Some(wanted) = return_rate_limits {
                sink.boolean("returnRateLimits", wanted);
            }
        };
        let now = Instant::now();
        let deadline = now + shared.request_timeout;
        let send_by = send_by.map_or(deadline, |send_by| deadline.min(Instant::from_std(send_by)));
        if now >= send_by {
            return Err(subject.past_deadline(""));
        }
        let fail_fast = self.options.get_fail_fast();
        let patience = || match fail_fast {
            true => Duration::ZERO,
            false => send_by.saturating_duration_since(Instant::now()),
        };
        let mut permit = self.admit(info, credit, patience()).await?;
        loop {
            if fail_fast && matches!(shared.status.borrow().phase, Phase::Connecting) {
                if let Some(held) = shared.status.borrow().held.clone() {
                    return Err(self.throttled(held));
                }
                return Err(subject.not_sent("there is no connection at the moment"));
            }
            let logged_on = match tokio::time::timeout_at(send_by, self.ready(send_by)).await {
                Ok(Ok(logged_on)) => logged_on,
                Ok(Err(Unready::Closed(reason))) => {
                    return Err(subject.closed(&reason));
                }
                Ok(Err(Unready::Held(held))) => return Err(self.throttled(held)),
                Err(_) => return Err(subject.past_deadline("waiting for a connection")),
            };
            // While a connection was waited for, the answer to another request may have stopped the address.
            if permit.check().is_err() {
                permit = self.admit(info, credit, patience()).await?;
                continue;
            }
            let by_session = logged_on && self.explicit.is_none() && info.security != Security::None;
            let authorization = match self.credentials() {
                _ if by_session && info.signed => Authorization::Session,
                _ if by_session || info.security == Security::None => Authorization::None,
                Some(credentials) if info.signed => Authorization::Signature(credentials),
                Some(credentials) => Authorization::Key(credentials),
                None => {
                    return Err(Error::Unusable(format!("{} needs credentials", subject.method)));
                }
            };
            let id = shared.ids.fetch_add(1, Ordering::Relaxed);
            let timestamp = shared.clock.now();
            subject.sent = info.signed.then(|| Sent {
                timestamp,
                at: Instant::now().into_std(),
                recv_window,
            });
            let frame = build(
                id,
                subject.method,
                authorization,
                recv_window,
                timestamp,
                write_params,
            )?;
            let late = (info.mutation && shared.late_answers).then(|| {
                let subject = subject.clone();
                Box::new(Late { id, subject })
            });
            let (reply, outcome) = oneshot::channel();
            let command = Command::Call {
                id,
                frame,
                by_session,
                send_by: send_by.into_std(),
                sending: permit.sending(),
                late,
                reply,
            };
            match tokio::time::timeout_at(send_by, shared.commands.send(command)).await {
                Ok(Ok(())) => permit.sent().store(true, Ordering::Relaxed),
                Ok(Err(_)) => return Err(subject.closed("its task ended")),
                Err(_) => return Err(subject.past_deadline("waiting behind other requests")),
            }
            return match outcome.await {
                Ok(CallReply::Answered(response)) => {
                    let result = subject.result(&response.text, &response.envelope);
                    self.settle(info, permit, &response, &result);
                    Ok(Answer {
                        response,
                        result: result?,
                        subject,
                    })
                }
                // Nothing went out; the state that has changed decides how to go on, as long as there is time.
                Ok(CallReply::NotSent) if Instant::now() >= send_by => {
                    permit.sent().store(false, Ordering::Relaxed);
                    Err(subject.past_deadline("waiting to be sent"))
                }
                Ok(CallReply::NotSent) if fail_fast => {
                    permit.sent().store(false, Ordering::Relaxed);
                    Err(subject.not_sent("it could not be sent at once"))
                }
                Ok(CallReply::NotSent) => {
                    permit.sent().store(false, Ordering::Relaxed);
                    tokio::time::sleep(BETWEEN_TRIES).await;
                    continue;
                }
                Ok(CallReply::Lost(reason)) => Err(subject.unanswered(&reason.to_string())),
                Ok(CallReply::TimedOut) => Err(subject.unanswered("no answer in time")),
                Err(_) => Err(subject.unanswered("the connection's task ended")),
            };
        }
    }

    /// Waits for a connection; whether its session is logged on, or why there will be none by `send_by`.
    async fn ready(&self, send_by: Instant) -> Result<bool, Unready> {
        let held = |status: &Status| {
            let held = status
                .held
                .as_ref()
                .filter(|held| held.until > send_by.into_std());
            held.filter(|_| matches!(status.phase, Phase::Connecting))
                .cloned()
        };
        let settled = self
            .shared
            .status
            .wait_for(|status| !matches!(status.phase, Phase::Connecting) || held(status).is_some())
            .await;
        let Ok(status) = settled else {
            return Err(Unready::Closed("its task ended".into()));
        };
        match (&status.phase, held(&status)) {
            (Phase::Closed(reason), _) => Err(Unready::Closed(reason.clone())),
            (_, Some(held)) => Err(Unready::Held(held)),
            _ => Ok(status.session == SessionState::LoggedOn),
        }
    }

    /// A limit keeps the connection from being made in time.
    fn throttled(&self, held: Held) -> Error {
        let wait = held.until.saturating_duration_since(Instant::now().into_std());
        Error::Throttled(Box::new(Throttled::new(held.reason, Some(self.now() + wait))))
    }

    /// Has the task do something and waits for its outcome, no longer than a request may take.
    async fn ask(&self, action: &str, command: impl FnOnce(Done) -> Command) -> Result<(), Error> {
        let (done, outcome) = oneshot::channel();
        let credit = Credit::ip(SESSION_WEIGHT);
        let patience = self.shared.request_timeout;
        let permit = self
            .admit(&OperationInfo::DEFAULT, Some(&credit), patience)
            .await?;
        let work = async {
            permit.sent().store(true, Ordering::Release);
            self.shared
                .commands
                .send(command(done))
                .await
                .map_err(|_| closed(action, "its task ended"))?;
            outcome.await.map_err(|_| closed(action, "its task ended"))?
        };
        // The task has its own deadline once the request is out; this one covers waiting for a connection.
        let result = match tokio::time::timeout(patience, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::Transport(TransportError::new(action, "timed out"))),
        };
        match &result {
            Ok(()) => permit.succeeded(&[]),
            Err(error) => permit.failed(error, &[]),
        }
        result
    }

    /// Logs the session on with the client's credentials, on this connection and on every later one: requests
    /// then need no signature.
    ///
    /// # Errors
    /// Where there are no Ed25519 credentials, or the exchange refuses them.
    pub async fn logon(&self) -> Result<(), Error> {
        let credentials = self
            .credentials()
            .cloned()
            .ok_or_else(|| Error::Unusable("session.logon needs credentials".into()))?;
        require_logon_key(&credentials)?;
        let log_on = || {
            let credentials = credentials.clone();
            self.ask("logging on", |done| Command::Logon { credentials, done })
        };
        self.in_time(log_on).await
    }

    /// Logs the session off; the connection stays. User data subscribed to by the session ends.
    ///
    /// # Errors
    /// Where the exchange refuses it or does not answer.
    pub async fn logout(&self) -> Result<(), Error> {
        self.ask("logging off", |done| Command::Logout { done }).await
    }

    /// Whether the session is logged on, as far as this side knows.
    pub fn session(&self) -> SessionState {
        self.shared.status.borrow().session.clone()
    }

    /// Waits until the state of the session changes, and gives the new one. `None` when the client is closed.
    pub async fn session_change(&self) -> Option<SessionState> {
        let status = &self.shared.status;
        let before = status.borrow().session.clone();
        let changed = |status: &Status| status.session != before || matches!(status.phase, Phase::Closed(_));
        let status = status.wait_for(changed).await.ok()?;
        (status.session != before).then(|| status.session.clone())
    }

    /// Subscribes to the account's events: by the session where it is logged on, else with a signature, which
    /// any kind of key can make. The subscription is renewed on every later connection.
    ///
    /// `E` is the product's event type; dropping the stream unsubscribes.
    ///
    /// # Errors
    /// Where there are no credentials, or the exchange refuses the subscription.
    pub async fn subscribe_user_data<E: FromJson + Send + 'static>(&self) -> Result<EventStream<E>, Error> {
        let (sink, consumer) = channel(self.shared.events, decoder::<E>(self.shared.reading), None);
        let by_session = self.explicit.is_none() && self.session() == SessionState::LoggedOn;
        let credentials = self.credentials().filter(|_| !by_session).cloned();
        if credentials.is_none() && !by_session {
            return Err(Error::Unusable("user data needs credentials".into()));
        }
        let by = credentials.map_or(By::Session, By::Signature);
        let (_, guard) = self.subscribe(by, sink).await?;
        Ok(EventStream::new(consumer, guard))
    }

    /// As [`subscribe_user_data`](Self::subscribe_user_data), with listen tokens, which need neither session nor
    /// signature here.
    pub(crate) async fn subscribe_with_tokens(
        &self,
        request: tokens::Request,
        sink: Box<dyn Sink>,
    ) -> Result<Life, Error> {
        let token = request.issue().await?;
        let (wanted, wishes) = mpsc::channel(1);
        let by = By::Token {
            method: request.method,
            token: token.token.clone(),
            wanted,
            lapsed: false,
        };
        let (local, guard) = self.subscribe(by, sink).await?;
        let task = request.keep(token, local, wishes, self.shared.commands.downgrade());
        tokio::spawn(task.instrument(tracing::info_span!("binance_listen_token")));
        Ok(guard)
    }

    fn subscribe(&self, by: By, sink: Box<dyn Sink>) -> Fetching<'_, (u64, Life)> {
        Box::pin(self.ask_to_subscribe(by, sink))
    }

    async fn ask_to_subscribe(&self, by: By, sink: Box<dyn Sink>) -> Result<(u64, Life), Error> {
        let local = self.shared.ids.fetch_add(1, Ordering::Relaxed);
        // Made first, so that a subscription whose caller stops waiting is undone.
        let guard: Life = Box::new(Unsubscribe {
            shared: self.shared.clone(),
            local,
        });
        self.ask("subscribing to user data", |done| Command::Subscribe {
            local,
            by,
            sink,
            done,
        })
        .await?;
        Ok((local, guard))
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

fn require_logon_key(credentials: &Credentials) -> Result<(), Error> {
    credentials
        .require(KeyType::Ed25519, "session.logon")
        .map_err(|error| Error::Unusable(error.to_string()))
}

/// Why there is no connection for a request.
enum Unready {
    Closed(Arc<str>),
    Held(Held),
}

/// The times of a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    /// When it was handed over.
    pub(super) started: std::time::Instant,
    /// After that nothing of it is sent any more.
    pub(super) send_by: Option<std::time::Instant>,
}

/// A response whose result is where it says.
pub(super) struct Answer {
    pub(super) response: RawResponse,
    pub(super) result: Range<usize>,
    subject: Subject,
}
