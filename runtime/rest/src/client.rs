//! The client: from a request value to its typed result.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use binance_wire_core::envelope::Opened;
use binance_wire_core::json::Reading;
use binance_wire_core::{
    Again, CallName, CallOptions, DecodeError, DecodeErrorKind, Error, ErrorCode, InvalidRequest,
    LateAnswerHook, OrderIds, Product, ReadRetries, ReconcilePolicy, RestOperation, TimeUnit, Timestamp,
};
use binance_wire_signing::partner::HmacKey;
use binance_wire_signing::{Credentials, PartnerCredentials, RecvWindow};
use http::{HeaderMap, HeaderValue, header};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::answer;
use crate::call::Call;
use crate::connection::Reply;
use crate::error_body::SbeFormat;
use crate::gate::Gate;
use crate::metric;
use crate::pool::Pool;
use crate::response::Headers;
use crate::{Body, ClientBuilder, Observation, RateLimits, Response};

pub(crate) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
pub(crate) type Observer = Arc<dyn Fn(&Observation) + Send + Sync>;

/// Header names of the exchange.
pub(crate) mod header_name {
    use http::HeaderName;

    pub(crate) const API_KEY: HeaderName = HeaderName::from_static("x-mbx-apikey");
    pub(crate) const TIME_UNIT: HeaderName = HeaderName::from_static("x-mbx-time-unit");
    pub(crate) const SBE: HeaderName = HeaderName::from_static("x-mbx-sbe");
    pub(crate) const SBE_DEPRECATED: HeaderName = HeaderName::from_static("x-mbx-sbe-deprecated");
}

/// Sends request values over HTTP. Cloning is cheap; all clones share connections, clock and counters.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    options: CallOptions,
}

pub(crate) struct Inner {
    /// The limiter and the exchange's clock.
    pub(crate) gate: Gate,
    pub(crate) pool: Pool,
    /// The path in front of every operation's path.
    pub(crate) prefix: String,
    /// The headers of each host.
    pub(crate) headers: Vec<HeaderSets>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) partner: Option<PartnerCredentials>,
    pub(crate) body_key: Option<HmacKey>,
    pub(crate) timeout: Duration,
    pub(crate) recv_window: Option<RecvWindow>,
    pub(crate) order_ids: OrderIds,
    pub(crate) mutation_wait: Duration,
    pub(crate) reconcile_policy: ReconcilePolicy,
    pub(crate) late_answers: Option<LateAnswerHook>,
    /// How many connections may wait for late answers.
    pub(crate) late_slots: Semaphore,
    pub(crate) clock: Option<Clock>,
    pub(crate) clock_offset_millis: AtomicI64,
    pub(crate) sbe: Option<SbeFormat>,
    pub(crate) product: Option<Product>,
    pub(crate) check_requests: bool,
    pub(crate) read_retries: ReadRetries,
    pub(crate) max_body: usize,
    pub(crate) reading: Reading,
    pub(crate) observer: Option<Observer>,
    pub(crate) code_name: fn(ErrorCode) -> Option<&'static str>,
    pub(crate) last_limits: Mutex<RateLimits>,
    pub(crate) warned_of_sbe: AtomicBool,
}

/// The headers of a request to one host, ready to be cloned: for an answer in JSON or in SBE, and for the methods
/// with and without a `Content-Length`, on which some servers insist where a body would be usual.
pub(crate) struct HeaderSets([HeaderMap; 4]);

impl HeaderSets {
    pub(crate) fn new(json: HeaderMap, sbe: HeaderMap) -> Self {
        let with_length = |headers: &HeaderMap| {
            let mut headers = headers.clone();
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
            headers
        };
        let (json_length, sbe_length) = (with_length(&json), with_length(&sbe));
        Self([json, json_length, sbe, sbe_length])
    }

    pub(crate) fn get(&self, sbe: bool, length: bool) -> &HeaderMap {
        let [json, json_length, sbe_plain, sbe_length] = &self.0;
        match (sbe, length) {
            (false, false) => json,
            (false, true) => json_length,
            (true, false) => sbe_plain,
            (true, true) => sbe_length,
        }
    }
}

impl Client {
    /// A builder for a client of interchangeable base URLs such as `https://api.binance.com`. The first is
    /// preferred; another takes its place when it cannot be reached.
    pub fn builder<I>(base_urls: I) -> ClientBuilder
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        ClientBuilder::new(base_urls)
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
            options: CallOptions::new(),
        }
    }

    /// The same client, connections and counters, with settings of their own for the calls that are made with it.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            inner: self.inner.clone(),
            options,
        }
    }

    /// Sends a request and gives its typed result.
    ///
    /// The future does not borrow the request, and nothing is sent before it is first polled. Dropping it closes
    /// the connection; a request that changes something may have been carried out by then. With
    /// [`on_late_answer`](ClientBuilder::on_late_answer) its answer is waited for all the same.
    ///
    /// # Errors
    /// See [`Error`], whose variants say what to do.
    pub fn send<'a, O: RestOperation>(
        &'a self,
        operation: &O,
    ) -> impl Future<Output = Result<O::Response, Error>> + Send + use<'a, O> {
        let call = self.inner.call(operation, &self.options);
        async move {
            let (answer, _) = self.inner.execute_boxed(call?).await?;
            self.inner.decode::<O>(&answer)
        }
    }

    /// Like [`send`](Self::send), and also returns status, headers, rate-limit counters and the raw body.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_detailed<'a, O: RestOperation>(
        &'a self,
        operation: &O,
    ) -> impl Future<Output = Result<Response<O::Response>, Error>> + Send + use<'a, O> {
        let call = self.inner.call(operation, &self.options);
        async move {
            let (answer, latency) = self.inner.execute_boxed(call?).await?;
            let value = self.inner.decode::<O>(&answer)?;
            let Answer { reply, opened, .. } = answer;
            Ok(Response {
                value,
                status: reply.status,
                message: opened.and_then(|opened| opened.message),
                limits: RateLimits::from_headers(&reply.headers),
                retry_after: answer::retry_after(&reply.headers, self.inner.now()),
                sbe_deprecated: reply.headers.contains_key(header_name::SBE_DEPRECATED),
                latency,
                body: Body(reply.body),
                headers: Headers(reply.headers),
            })
        }
    }

    /// The target of the request line as it would be sent now: path, parameters, time and signature. For looking
    /// into what is signed, and for sending it by other means. What travels in a body or in headers is not part of it.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where the request breaks a rule, [`Error::Unusable`] where credentials are missing.
    pub fn signed_target<O: RestOperation>(&self, operation: &O) -> Result<String, Error> {
        let outgoing = self.inner.outgoing(&self.inner.call(operation, &self.options)?)?;
        Ok(outgoing.target)
    }

    /// The rate-limit counters of the last answer that had any, failures included.
    pub fn last_limits(&self) -> RateLimits {
        *self
            .inner
            .last_limits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets by how much the exchange's clock is ahead of this one, in milliseconds (negative: behind). It is added
    /// to the time of every signed request from now on.
    pub fn set_clock_offset_millis(&self, offset: i64) {
        self.inner.clock_offset_millis.store(offset, Ordering::Relaxed);
    }

    /// By how much the exchange's clock is taken to be ahead of this one, in milliseconds.
    pub fn clock_offset_millis(&self) -> i64 {
        self.inner.clock_offset_millis.load(Ordering::Relaxed)
    }

    pub(crate) fn reconcile_policy(&self) -> ReconcilePolicy {
        self.inner.reconcile_policy
    }

    /// The time on the exchange's clock, as far as it is known.
    pub(crate) fn now(&self) -> Timestamp {
        self.inner.now()
    }

    /// Ends the client and all its clones: requests that are under way come to their end, for as long as `limit`, new ones
    /// are [`Error::Transport`], and connections are closed. Returns whether all requests came to their end; those that
    /// did not go on until their callers stop waiting. Nothing of the client runs in the background.
    ///
    /// ```
    /// # async fn example(client: binance_wire_rest::Client) {
    /// let finished = client.shutdown(std::time::Duration::from_secs(5)).await;
    /// # let _ = finished;
    /// # }
    /// ```
    pub async fn shutdown(&self, limit: Duration) -> bool {
        self.inner.pool.shut_down(limit).await
    }

    /// The credentials that sign, if there are any.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.inner.credentials.as_ref()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("credentials", &self.inner.credentials)
            .field("partner", &self.inner.partner)
            .field("timeout", &self.inner.timeout)
            .field("sbe", &self.inner.sbe)
            .finish_non_exhaustive()
    }
}

fn name_of<O: RestOperation>() -> CallName {
    CallName {
        operation: O::INFO.id,
        method: O::METHOD.as_str(),
        path: O::PATH,
    }
}

fn unasked_sbe() -> DecodeError {
    DecodeError::new(
        DecodeErrorKind::Other("an SBE answer that was not asked for".to_owned()),
        0,
    )
}

/// The times of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    /// When it was handed over.
    pub(crate) started: Instant,
    /// After that nothing of it is sent any more.
    pub(crate) send_by: Option<std::time::Instant>,
}

/// A successful answer.
pub(crate) struct Answer {
    reply: Reply,
    /// The message of its envelope, if it came in one.
    opened: Option<Opened>,
    call: Arc<Call>,
}

/// The result of an answer in one of the two encodings.
enum Encoded<'a> {
    Json(&'a str),
    Sbe(&'a [u8]),
}

impl Answer {
    fn encoded(&self) -> Result<Encoded<'_>, DecodeError> {
        match answer::is_sbe(&self.reply.headers) {
            true => Ok(Encoded::Sbe(&self.reply.body)),
            false => answer::text_of(&self.reply).map(Encoded::Json),
        }
    }
}

/// A successful answer and how long the call took, or what went wrong.
type Outcome = Result<(Answer, Duration), Error>;

impl Inner {
    /// [`execute`](Self::execute) behind a pointer: it is five kilobytes of state, which would otherwise be moved about
    /// with every caller's future, and would be compiled into every crate that sends.
    fn execute_boxed(self: &Arc<Self>, call: Call) -> Pin<Box<dyn Future<Output = Outcome> + Send + '_>> {
        Box::pin(self.execute(Arc::new(call)))
    }

    /// Sends a call until it is answered with success, it failed for good, or the repetitions are used up.
    async fn execute(self: &Arc<Self>, call: Arc<Call>) -> Outcome {
        let span = tracing::debug_span!(
            "rest",
            operation = call.info.id,
            method = call.method.as_str(),
            path = call.documented_path,
            status = tracing::field::Empty,
            latency_us = tracing::field::Empty,
        );
        let mut watch = metric::Watch::start(call.info);
        let started = Instant::now();
        let window = call.recv_window.filter(|_| call.info.signed);
        let send_by =
            call.options
                .send_by(started.into_std(), call.info.mutation, self.mutation_wait, window);
        let when = When { started, send_by };
        let result = self.execute_in_time(&call, when).instrument(span.clone()).await;
        let latency = started.elapsed();
        span.record(
            "latency_us",
            u64::try_from(latency.as_micros()).unwrap_or(u64::MAX),
        );
        let result = result.and_then(|reply| {
            span.record("status", reply.status);
            let opened = self.opened(&call, &reply)?;
            let call = call.clone();
            Ok((Answer { reply, opened, call }, latency))
        });
        let result = result.map_err(|error| error.of_call(call.name(), self.code_name));
        let status = result.as_ref().map_or(0, |(answer, _)| answer.reply.status);
        watch.end(status, result.as_ref().err());
        if let Err(error) = &result {
            let _entered = span.enter();
            tracing::debug!(code = error.code().map(|code| code.0), "{error}");
        }
        result
    }

    /// What an answer says about itself, where it says that the call succeeded.
    pub(crate) fn opened(&self, call: &Call, reply: &Reply) -> Result<Option<Opened>, Error> {
        match reply.status {
            200..300 => answer::open(call, reply),
            _ => Err(answer::failure(call, reply, self.sbe, call.info.envelope)),
        }
    }

    /// The call that a request makes, where it obeys the rules of its operation.
    fn call<O: RestOperation>(&self, operation: &O, options: &CallOptions) -> Result<Call, Error> {
        if let Some(product) = self.product {
            product.check(&O::INFO)?;
        }
        if self.check_requests {
            operation
                .check()
                .map_err(|error| self.invalid(name_of::<O>(), error))?;
        }
        let mut call = Call::new(&self.prefix, operation, &self.order_ids);
        call.credit = self.gate.wants_credit().then(|| operation.credit());
        self.set_options(&mut call, options)?;
        Ok(call)
    }

    fn set_options(&self, call: &mut Call, options: &CallOptions) -> Result<(), Error> {
        call.options = options.clone();
        call.recv_window = options.get_recv_window()?.or(self.recv_window);
        call.time_unit = options.get_time_unit()?;
        Ok(())
    }

    fn invalid(&self, call: CallName, error: InvalidRequest) -> Error {
        Error::InvalidRequest(Box::new(error)).of_call(call, self.code_name)
    }

    fn decode<O: RestOperation>(&self, answer: &Answer) -> Result<O::Response, Error> {
        let result = match (answer.encoded(), O::SBE) {
            (Err(error), _) => Err(error),
            (Ok(Encoded::Sbe(bytes)), Some(decode)) => decode(bytes),
            (Ok(Encoded::Sbe(_)), None) => Err(unasked_sbe()),
            (Ok(Encoded::Json(text)), _) => match &answer.opened {
                Some(opened) => opened.decode(text, self.reading),
                None => self.reading.read(text),
            },
        };
        result.map_err(|error| self.undecodable(answer, error))
    }

    #[cold]
    fn undecodable(&self, answer: &Answer, error: DecodeError) -> Error {
        let Answer { reply, call, .. } = answer;
        call.undecodable(reply, error)
            .of_call(call.name(), self.code_name)
    }

    /// Sends a call, and a read again while it fails for what may pass, as the client is set.
    pub(crate) async fn execute_repeatedly(
        self: &Arc<Self>,
        call: &Arc<Call>,
        when: When,
    ) -> Result<Reply, Error> {
        let repeatable = !call.info.mutation && !call.options.get_fail_fast();
        let mut repetitions = self.read_retries.start(when.started.into_std(), repeatable);
        let mut attempts = 0_u32;
        loop {
            attempts = attempts.saturating_add(1);
            metric::attempt(call.info, attempts > 1);
            let span = tracing::debug_span!("attempt", number = attempts);
            let result = self.attempt(call, when.send_by).instrument(span).await;
            let passing = match &result {
                Ok(reply) => reply.status >= 500,
                Err(error) => matches!(error, Error::Transport(_)) && !self.pool.is_shut_down(),
            };
            if !passing {
                if result.as_ref().is_ok_and(|reply| reply.status < 400) {
                    repetitions.succeeded();
                }
                return result;
            }
            let wait = match repetitions.again(Instant::now().into_std(), when.send_by, fastrand::f64()) {
                Again::After(wait) => wait,
                Again::No => return result,
                Again::BudgetUsedUp => {
                    metric::unrepeated(call.info);
                    tracing::debug!("the read failed and is not repeated: the retry budget is used up");
                    return result;
                }
            };
            if let Ok(reply) = &result {
                self.pool.leave(reply.origin);
            }
            tracing::debug!(
                wait_ms = wait.as_millis() as u64,
                "the read failed and is repeated"
            );
            tokio::time::sleep(wait).await;
        }
    }

    /// The time to put into a signed request.
    pub(crate) fn now(&self) -> Timestamp {
        if let Some(now) = self.gate.now() {
            return now;
        }
        let offset = self.clock_offset_millis.load(Ordering::Relaxed);
        let now = match &self.clock {
            Some(clock) => clock(),
            None => Timestamp::now(),
        };
        match now.unit() {
            TimeUnit::Second | TimeUnit::Millisecond => {
                Timestamp::from_millis(now.as_millis().saturating_add(offset))
            }
            TimeUnit::Microsecond => {
                Timestamp::from_micros(now.count().saturating_add(offset.saturating_mul(1000)))
            }
        }
    }

    /// Records the limits that an answer states, and calls the observer.
    pub(crate) fn record(&self, call: &Call, reply: &Reply, latency: Duration) {
        metric::received(reply);
        let limits = RateLimits::from_headers(&reply.headers);
        if !limits.is_empty() {
            *self.last_limits.lock().unwrap_or_else(PoisonError::into_inner) = limits;
        }
        if reply.headers.contains_key(header_name::SBE_DEPRECATED)
            && !self.warned_of_sbe.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(schema = ?self.sbe, "the exchange says that this SBE schema version is deprecated");
        }
        if let Some(observer) = &self.observer {
            observer(&Observation {
                operation: call.info,
                status: reply.status,
                limits,
                retry_after: answer::retry_after(&reply.headers, self.now()),
                latency,
            });
        }
    }
}
