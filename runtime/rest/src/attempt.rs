//! One attempt to have a call answered, and what becomes of it when its caller stops waiting.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use binance_wire_core::{Error, HttpMethod, LateAnswer, TransportError};
use binance_wire_limits::{Permit, Sending};
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use tokio::sync::oneshot;
use tracing::Instrument as _;

use crate::answer;
use crate::call::Call;
use crate::client::{Inner, header_name};
use crate::connection::{ExchangeError, Reply};
use crate::metric;
use crate::pool::Lease;
use crate::sign::Outgoing;

/// How long a connection is read for an answer that nobody waits for any more.
const LATE: Duration = Duration::from_secs(60);

const FOR_CONNECTION: &str = "waiting for a connection";

/// How far a request has come: whether it may be on the wire, and to which host it goes.
#[derive(Default)]
pub(crate) struct Progress {
    state: AtomicU8,
    origin: AtomicUsize,
    /// Where the limiter looks whether it was sent, and says whether it may be.
    sending: Option<Sending>,
}

const WAITING: u8 = 0;
const SENT: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Progress {
    fn new(permit: &Permit) -> Self {
        Self {
            sending: permit.sending(),
            ..Self::default()
        }
    }

    fn track(&self, sent: bool) {
        if let Some(sending) = &self.sending {
            sending.set_sent(sent);
        }
    }

    /// Whether the limiter still lets it go.
    fn check(&self) -> Result<(), Error> {
        self.sending.as_ref().map_or(Ok(()), Sending::check)
    }

    fn change(&self, from: u8, to: u8) -> bool {
        let changed = self
            .state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
        changed.is_ok()
    }

    /// Whether the request may be sent now: its caller has not given it up.
    fn start(&self, origin: usize) -> bool {
        self.origin.store(origin, Ordering::Relaxed);
        // Before the state, so that whoever sees neither may be sure that nothing goes out.
        self.track(true);
        let started = self.change(WAITING, SENT);
        if !started {
            self.track(false);
        }
        started
    }

    /// Nothing of it went out.
    fn take_back(&self) {
        self.change(SENT, WAITING);
        self.track(false);
    }

    /// From now on it is not sent any more. Whether it was already.
    fn give_up(&self) -> bool {
        self.change(WAITING, GIVEN_UP);
        self.is_sent()
    }

    pub(crate) fn is_sent(&self) -> bool {
        self.state.load(Ordering::Acquire) == SENT
    }

    /// The host that it was sent to.
    fn origin(&self) -> Option<usize> {
        self.is_sent().then(|| self.origin.load(Ordering::Relaxed))
    }
}

impl Inner {
    /// One attempt within the time allowed, which sends nothing after `send_by`. Where the exchange stops the address between
    /// leave to send and sending, the limiter is asked again.
    pub(crate) async fn attempt(
        self: &Arc<Self>,
        call: &Arc<Call>,
        send_by: Option<Instant>,
    ) -> Result<Reply, Error> {
        loop {
            let permit = self.gate.admit(call, send_by).await?;
            let result = self.attempt_now(call, send_by, &permit).await;
            self.settle(call, permit, &result);
            if !matches!(result, Err(Error::Throttled(_))) {
                return result;
            }
        }
    }

    /// An attempt that the limiter has let go.
    async fn attempt_now(
        self: &Arc<Self>,
        call: &Arc<Call>,
        send_by: Option<Instant>,
        permit: &Permit,
    ) -> Result<Reply, Error> {
        let began = tokio::time::Instant::now();
        // An operation that is known to take long gets the time, whatever the setting for all.
        let timeout = self.timeout.max(call.info.timeout.unwrap_or_default());
        let reply = if call.info.mutation && self.late_answers.is_some() {
            self.attempt_watched(call, send_by, timeout, permit).await?
        } else {
            let progress = Progress::new(permit);
            match tokio::time::timeout(timeout, self.exchange(call, &progress, send_by)).await {
                Ok(result) => result?,
                Err(_) => return Err(self.timed_out(call, &progress, timeout)),
            }
        };
        self.record(call, &reply, began.elapsed());
        Ok(reply)
    }

    /// An attempt in a task of its own, which goes on reading when the caller has stopped waiting.
    async fn attempt_watched(
        self: &Arc<Self>,
        call: &Arc<Call>,
        send_by: Option<Instant>,
        timeout: Duration,
        permit: &Permit,
    ) -> Result<Reply, Error> {
        let progress = Arc::new(Progress::new(permit));
        let (answer, awaited) = oneshot::channel();
        let mut awaited = Awaited {
            answer: awaited,
            progress: progress.clone(),
            client: self.clone(),
            call: call.clone(),
        };
        tokio::spawn(carry(self.clone(), call.clone(), progress.clone(), send_by, answer).in_current_span());
        match tokio::time::timeout(timeout, &mut awaited.answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => {
                let ended = io::Error::other("the runtime was shut down");
                Err(call.lost(progress.is_sent(), "waiting for the answer", ended.into()))
            }
            Err(_) => Err(self.timed_out(call, &progress, timeout)),
        }
    }

    fn timed_out(&self, call: &Call, progress: &Progress, timeout: Duration) -> Error {
        let sent = progress.give_up();
        // Where another host is as good, it is asked next.
        if let Some(origin) = progress.origin() {
            self.pool.leave(origin);
        }
        let action = match sent {
            true => "waiting for the answer",
            false => FOR_CONNECTION,
        };
        let elapsed = io::Error::new(io::ErrorKind::TimedOut, format!("not within {timeout:?}"));
        call.lost(sent, action, elapsed.into())
    }

    async fn exchange(
        &self,
        call: &Call,
        progress: &Progress,
        send_by: Option<Instant>,
    ) -> Result<Reply, Error> {
        let mut fresh = false;
        loop {
            let kept = match fresh {
                true => None,
                false => self.pool.lease_kept().await,
            };
            let lease = self.pool.lease(fresh, call.options.get_fail_fast());
            let mut lease = match (kept, send_by) {
                (Some(lease), _) => lease,
                (None, None) => lease.await?,
                (None, Some(send_by)) => match tokio::time::timeout_at(send_by.into(), lease).await {
                    Ok(lease) => lease?,
                    Err(_) => return Err(too_late(FOR_CONNECTION)),
                },
            };
            if send_by.is_some_and(|send_by| tokio::time::Instant::now().into_std() >= send_by) {
                self.pool.keep(lease);
                return Err(too_late(FOR_CONNECTION));
            }
            if let Err(stopped) = progress.check() {
                self.pool.keep(lease);
                return Err(stopped);
            }
            // Signed after connecting, so that the time in it is the time of sending.
            let request = self.request(call, &lease)?;
            if !progress.start(lease.origin) {
                self.pool.keep(lease);
                let given_up = io::Error::other("nobody waits for the answer");
                return Err(call.lost(false, "sending the request", given_up.into()));
            }
            match lease.connection.exchange(request, self.max_body).await {
                Ok(mut reply) => {
                    reply.origin = lease.origin;
                    self.pool.keep(lease);
                    return Ok(reply);
                }
                // The connection was closed while it was at rest, and not a byte went out: another one, once.
                Err(ExchangeError::NotSent(_)) if lease.reused && !fresh => {
                    progress.take_back();
                    fresh = true;
                }
                Err(ExchangeError::NotSent(source)) => {
                    progress.take_back();
                    self.pool.leave(lease.origin);
                    return Err(call.lost(false, "sending the request", source));
                }
                Err(ExchangeError::Cut(reply, source)) => {
                    self.learn_of_stop(call, progress, &reply);
                    self.pool.leave(lease.origin);
                    return Err(call.lost(true, "reading the answer", source));
                }
                Err(ExchangeError::Broken(source)) => {
                    self.pool.leave(lease.origin);
                    return Err(call.lost(true, "waiting for the answer", source));
                }
            }
        }
    }

    fn request(&self, call: &Call, lease: &Lease<'_>) -> Result<Request<Full<Bytes>>, Error> {
        let Outgoing {
            target,
            body,
            headers,
        } = self.outgoing(call)?;
        metric::sent(target.len() + body.len());
        // The buffers that were signed become target and body without being copied.
        let target = Bytes::from(target);
        let target = PathAndQuery::from_maybe_shared(target)
            .map_err(|error| Error::Unusable(format!("the request cannot be sent: {error}")))?;
        let length = body.len();
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = match call.method {
            HttpMethod::Get => Method::GET,
            HttpMethod::Post => Method::POST,
            HttpMethod::Put => Method::PUT,
            HttpMethod::Delete => Method::DELETE,
        };
        *request.uri_mut() = Uri::from(target);
        if let Some(sets) = self.headers.get(lease.origin) {
            let sbe = call.has_sbe && self.sbe.is_some();
            let says_length = matches!(call.method, HttpMethod::Post | HttpMethod::Put);
            request.headers_mut().clone_from(sets.get(sbe, says_length));
        }
        if length > 0 {
            request
                .headers_mut()
                .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        request.headers_mut().extend(headers);
        if let Some(unit) = call.time_unit {
            let unit = HeaderValue::from_static(unit);
            request.headers_mut().insert(header_name::TIME_UNIT, unit);
        }
        if !call.needs_key() {
            request.headers_mut().remove(header_name::API_KEY);
        }
        Ok(request)
    }

    /// Lets the limiter know of a 429 or 418 whose body did not come. What became of the request remains unknown.
    fn learn_of_stop(&self, call: &Call, progress: &Progress, reply: &Reply) {
        if !matches!(reply.status, 418 | 429) {
            return;
        }
        if let (Some(sending), Err(error)) = (&progress.sending, self.opened(call, reply)) {
            sending.answered_late(&error);
        }
    }

    /// Hands an answer that nobody waits for to the hook.
    fn late(&self, call: &Call, progress: &Progress, outcome: Result<Reply, Error>) {
        // A connection that failed says nothing that the caller does not know.
        let (Some(hook), Ok(reply)) = (&self.late_answers, outcome) else {
            return;
        };
        let opened = self.opened(call, &reply);
        if let (Some(sending), Err(error)) = (&progress.sending, &opened) {
            sending.answered_late(error);
        }
        let result = opened.map(|_| reply.body.to_vec().into());
        let result = result.map_err(|error| error.of_call(call.name(), self.code_name));
        let mut late = LateAnswer::new(call.name(), call.orders.clone(), reply.status, result);
        late.sbe = answer::is_sbe(&reply.headers);
        tracing::warn!(
            operation = call.info.id,
            status = reply.status,
            "an answer came late"
        );
        hook.call(late);
    }
}

/// The request was not sent while the client did `action`, and is not sent any more.
pub(crate) fn too_late(action: &str) -> Error {
    TransportError::past_deadline(action).into()
}

/// The caller's end of an attempt in a task.
struct Awaited {
    answer: oneshot::Receiver<Result<Reply, Error>>,
    progress: Arc<Progress>,
    client: Arc<Inner>,
    call: Arc<Call>,
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.progress.give_up();
        self.answer.close();
        // It came after the caller last looked.
        if let Ok(outcome) = self.answer.try_recv() {
            self.client.late(&self.call, &self.progress, outcome);
        }
    }
}

async fn carry(
    client: Arc<Inner>,
    call: Arc<Call>,
    progress: Arc<Progress>,
    send_by: Option<Instant>,
    mut answer: oneshot::Sender<Result<Reply, Error>>,
) {
    let mut exchange = pin!(client.exchange(&call, &progress, send_by));
    let outcome = tokio::select! {
        biased;
        outcome = &mut exchange => outcome,
        () = answer.closed() => {
            // Connections that wait for late answers must not keep requests from being sent.
            let slot = client.late_slots.try_acquire();
            if !progress.is_sent() || slot.is_err() {
                return;
            }
            match tokio::time::timeout(LATE, exchange).await {
                Ok(outcome) => outcome,
                Err(_) => return,
            }
        }
    };
    if let Err(outcome) = answer.send(outcome) {
        client.late(&call, &progress, outcome);
    }
}
