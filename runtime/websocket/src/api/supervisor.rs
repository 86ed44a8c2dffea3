//! The task that keeps the connection of a WebSocket API client: it alone reads and writes.

mod session;
mod tokens;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use binance_wire_signing::Credentials;
use tokio::sync::{mpsc, watch};

use super::builder::ApiConfig;
use super::client::{Phase, SessionState, Status};
use super::connection::{
    By, CallReply, Command, Connection, Done, Failure, Pending, RawResponse, dismiss, fail, transport,
};
use super::frame::{self, Incoming};
use crate::event_stream::Sink;
use crate::item::{GapReason, Notice};
use crate::overlap::Overlap;
use crate::reconnect::{Backoff, Health, Jitter, Verdict, now};
use crate::socket::{Connect, ConnectError, Connecting, Frame, FrameText, SendError, Socket};

/// The time for which a replaced connection is read, for responses that are under way.
const OVERLAP: Duration = Duration::from_secs(1);

/// The turns of the loop after which other tasks get theirs.
const BATCH: usize = 64;

/// The time for which a server in doubt may leave a ping unanswered.
const PATIENCE: Duration = Duration::from_secs(5);

/// A user data subscription as the caller made it; connections come and go beneath it.
struct Subscription {
    sink: Box<dyn Sink>,
    by: By,
}

/// The connection of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Active,
    Rising,
    Draining(usize),
}

/// The event that one turn of the loop waited for.
enum Woken {
    Command(Option<Command>),
    Frame(Slot, Result<Frame, GapReason>),
    Connected(Result<Socket, ConnectError>),
    Timer,
}

pub(crate) struct Supervisor {
    config: ApiConfig,
    endpoints: Vec<String>,
    next_endpoint: usize,
    connect: Connect,
    commands: mpsc::Receiver<Command>,
    status: watch::Sender<Status>,
    ids: Arc<AtomicU64>,
    /// The connection in use.
    active: Option<Connection>,
    /// A new connection that is being logged on and subscribed.
    rising: Option<Connection>,
    /// Replaced connections that still owe answers.
    draining: Vec<Connection>,
    /// The number of connections so far.
    connections: u64,
    overlap: Overlap,
    connecting: Option<Connecting>,
    retry_at: Option<Instant>,
    /// The address is banned until then: no connection is tried before.
    banned_until: Option<Instant>,
    backoff: Backoff,
    jitter: Jitter,
    /// Who the session is to be logged on as, on every connection.
    logon: Option<Credentials>,
    subscriptions: BTreeMap<u64, Subscription>,
    /// Session commands that wait for a settled connection.
    deferred: VecDeque<Command>,
    /// Told how the first connection went.
    started: Option<Done>,
    closed: Option<String>,
}

impl Supervisor {
    pub(crate) fn new(
        config: ApiConfig,
        connect: Connect,
        commands: mpsc::Receiver<Command>,
        status: watch::Sender<Status>,
        ids: Arc<AtomicU64>,
        started: Done,
    ) -> Self {
        let logon = config.credentials.clone().filter(|_| config.logon);
        Self {
            endpoints: config.endpoints(),
            next_endpoint: 0,
            backoff: Backoff::new(&config.reconnect),
            jitter: Jitter::new(config.reconnect.seed),
            config,
            connect,
            commands,
            status,
            ids,
            active: None,
            rising: None,
            draining: Vec::new(),
            connections: 0,
            overlap: Overlap::default(),
            connecting: None,
            retry_at: None,
            banned_until: None,
            logon,
            subscriptions: BTreeMap::new(),
            deferred: VecDeque::new(),
            started: Some(started),
            closed: None,
        }
    }

    pub(crate) async fn run(mut self, first: Socket) {
        self.rise(first);
        let mut frames = 0;
        while self.closed.is_none() {
            self.tend(now());
            if self.closed.is_some() {
                break;
            }
            // Frames that are there already take no time to wait for, and whoever reads the events wants a turn.
            frames = (frames + 1) % BATCH;
            if frames == 0 {
                tokio::task::yield_now().await;
            }
            match self.wait().await {
                Woken::Command(Some(command)) => self.command(command),
                Woken::Command(None) => self.close("every handle was dropped"),
                Woken::Frame(slot, Ok(frame)) => self.frame(slot, frame),
                Woken::Frame(slot, Err(reason)) => self.lost(slot, reason),
                Woken::Connected(Ok(socket)) => {
                    self.connecting = None;
                    self.rise(socket);
                }
                Woken::Connected(Err(error)) => {
                    self.connecting = None;
                    tracing::warn!(error = %error.error, "connecting failed");
                    self.retry(error.retry_after);
                }
                Woken::Timer => {}
            }
        }
        self.finish().await;
    }

    async fn wait(&mut self) -> Woken {
        let wake = tokio::time::Instant::from_std(self.next_wake());
        let Self {
            active,
            rising,
            draining,
            connecting,
            commands,
            subscriptions,
            ..
        } = self;
        let frames = std::future::poll_fn(|cx| poll_frames(active, rising, draining, subscriptions, cx));
        let connected = std::future::poll_fn(|cx| match connecting {
            Some(future) => future.as_mut().poll(cx),
            None => Poll::Pending,
        });
        tokio::select! {
            (slot, frame) = frames => Woken::Frame(slot, frame),
            command = commands.recv() => Woken::Command(command),
            result = connected => Woken::Connected(result),
            () = tokio::time::sleep_until(wake) => Woken::Timer,
        }
    }

    fn next_wake(&self) -> Instant {
        let connections = self.active.iter().chain(&self.rising).chain(&self.draining);
        let deadlines = connections.filter_map(|connection| connection.in_flight.next_deadline());
        let checks = self
            .active
            .iter()
            .map(|connection| connection.health.next_check());
        // Those that still wait for answers are looked at when these are due.
        let idle = self
            .draining
            .iter()
            .filter(|connection| connection.in_flight.is_empty());
        let times = deadlines
            .chain(checks)
            .chain(idle.map(|connection| connection.keep_until))
            .chain(self.retry_at);
        times.min().unwrap_or_else(|| now() + Duration::from_secs(60))
    }

    /// Does what time and state ask for: deadlines, silence, age, attempts to connect, deferred commands.
    fn tend(&mut self, now: Instant) {
        let timeout = self.config.request_timeout;
        for connection in self
            .active
            .iter_mut()
            .chain(&mut self.rising)
            .chain(&mut self.draining)
        {
            let mut expired = false;
            while let Some(pending) = connection.in_flight.expired(now) {
                fail(pending, Failure::TimedOut);
                expired = true;
            }
            // Where nothing was answered in the time of a whole request, it is not the request's fault.
            if expired && connection.health.doubt(now, timeout, PATIENCE.min(timeout)) {
                // Where it cannot be sent, no answer comes either.
                let _ = connection.socket.ping();
            }
        }
        if let Some(connection) = &mut self.active {
            match connection.health.check(now) {
                Some(Verdict::Silent) => self.lost(Slot::Active, GapReason::Silent),
                Some(Verdict::Old) => {
                    connection.health.replacement_started();
                    self.connect_from(now);
                }
                Some(Verdict::Ping) => {
                    connection.health.pinged(now);
                    if let Err(reason) = connection.socket.ping() {
                        self.lost(Slot::Active, reason);
                    }
                }
                None => {}
            }
        }
        // A connection that cannot be set up in the time of one request is given up.
        if let Some(connection) = &self.rising
            && connection.in_flight.is_empty()
        {
            self.lost(Slot::Rising, GapReason::Silent);
        }
        // Deadlines empty these sooner or later.
        let (done, draining) =
            std::mem::take(&mut self.draining)
                .into_iter()
                .partition(|connection: &Connection| {
                    connection.in_flight.is_empty() && now >= connection.keep_until
                });
        self.draining = draining;
        for connection in done {
            dismiss(connection, &GapReason::Silent);
        }
        if self.retry_at.is_some_and(|at| now >= at) && self.connecting.is_none() {
            self.retry_at = None;
            self.connect_now();
        }
        if self.rising.is_none() && self.active.is_some() {
            while let Some(command) = self.deferred.pop_front() {
                self.session_command(command);
            }
        }
    }

    /// Starts an attempt unless one is under way or planned.
    fn connect_from(&mut self, at: Instant) {
        if self.connecting.is_none() && self.rising.is_none() && self.retry_at.is_none() {
            self.retry_at = Some(at);
        }
    }

    fn connect_now(&mut self) {
        let Some(url) = self
            .endpoints
            .get(self.next_endpoint % self.endpoints.len().max(1))
            .cloned()
        else {
            return self.close("no address to connect to");
        };
        if let Err(at) = self.connect.admit(&url, now()) {
            self.retry_at = Some(at);
            return;
        }
        self.next_endpoint = self.next_endpoint.wrapping_add(1);
        self.connecting = Some(Socket::connecting(url, self.connect.clone()));
    }

    fn retry(&mut self, not_before: Option<Duration>) {
        let now = now();
        let ban = self.banned_until.and_then(|end| end.checked_duration_since(now));
        let not_before = not_before.max(ban);
        match self.backoff.retry_at(now, not_before, self.active.is_some()) {
            Some(at) => self.retry_at = Some(at),
            None => self.close("the connection could not be made again"),
        }
    }

    /// A new connection is open: log it on and subscribe, then it takes over.
    fn rise(&mut self, socket: Socket) {
        let health = Health::new(&self.config.reconnect, &mut self.jitter, now());
        self.connections += 1;
        self.rising = Some(Connection::new(self.connections, socket, health));
        if let Some(credentials) = self.logon.clone() {
            self.send_logon(Slot::Rising, credentials, None);
        }
        // Those by the session follow when it is logged on.
        self.subscribe_all(|by| !matches!(by, By::Session));
        self.promote_if_ready();
    }

    fn connection(&mut self, slot: Slot) -> Option<&mut Connection> {
        match slot {
            Slot::Active => self.active.as_mut(),
            Slot::Rising => self.rising.as_mut(),
            Slot::Draining(index) => self.draining.get_mut(index),
        }
    }

    fn promote_if_ready(&mut self) {
        if self
            .rising
            .as_ref()
            .is_none_or(|connection| connection.setup_left > 0)
        {
            return;
        }
        let Some(connection) = self.rising.take() else {
            return;
        };
        let logged_on = connection.logged_on;
        self.backoff.connected(now());
        let news = match self.active.replace(connection) {
            Some(mut old) => {
                old.keep_until = now() + OVERLAP;
                self.draining.push(old);
                Notice::Replaced
            }
            None => Notice::Reconnected { streams: Vec::new() },
        };
        tracing::info!(logged_on, "connection ready");
        if let Some(started) = self.started.take() {
            let _ = started.send(Ok(()));
        }
        self.notify(&news);
        self.status.send_modify(|status| {
            status.phase = Phase::Ready;
            if logged_on {
                status.session = SessionState::LoggedOn;
            } else if status.session == SessionState::LoggedOn {
                status.session = SessionState::LoggedOff;
            }
        });
    }

    fn notify(&mut self, notice: &Notice) {
        for subscription in self.subscriptions.values_mut() {
            // One without a good token goes on when it has another.
            if matches!(notice, Notice::Reconnected { .. })
                && matches!(subscription.by, By::Token { lapsed: true, .. })
            {
                continue;
            }
            subscription.sink.notice(notice.clone());
            subscription.sink.flush();
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Call {
                id,
                frame,
                by_session,
                reply,
            } => {
                // Whoever asked has stopped waiting, and would not learn what became of it.
                if reply.is_closed() {
                    return;
                }
                let deadline = now() + self.config.request_timeout;
                let Some(connection) = self
                    .active
                    .as_mut()
                    .filter(|active| active.logged_on || !by_session)
                else {
                    let _ = reply.send(CallReply::NotSent);
                    return;
                };
                let pending = Pending::Call { by_session, reply };
                match connection.send(id, frame, deadline, pending) {
                    Ok(()) => {}
                    Err((pending, SendError::Full)) => fail(pending, Failure::NotSent),
                    Err((pending, SendError::Broken(reason))) => {
                        // The library may have taken a part of it.
                        fail(pending, Failure::Lost(&reason));
                        self.lost(Slot::Active, reason);
                    }
                }
            }
            Command::Unsubscribe { local } => {
                let id = self
                    .active
                    .as_ref()
                    .and_then(|connection| connection.server_id(local));
                self.terminate(local, "unsubscribed");
                if let Some(id) = id {
                    self.send_unsubscribe(Slot::Active, id);
                }
            }
            Command::Close { done } => {
                self.close("the client was closed");
                let _ = done.send(());
            }
            command => {
                if self.active.is_some() && self.rising.is_none() {
                    self.session_command(command);
                } else {
                    self.deferred.push_back(command);
                }
            }
        }
    }

    fn frame(&mut self, slot: Slot, frame: Frame) {
        let now = now();
        let Some(connection) = self.connection(slot) else {
            return;
        };
        match frame {
            Frame::Text(text) => self.text(slot, text),
            // Only what answers proves that the server reads; its own pings and events do not.
            Frame::Pong => connection.health.heard(now),
            Frame::Ping => {}
            Frame::Binary(bytes) => {
                tracing::warn!(
                    bytes = bytes.len(),
                    "a binary frame on a JSON connection was ignored"
                );
            }
        }
    }

    fn text(&mut self, slot: Slot, text: FrameText) {
        match frame::read(&text) {
            Ok(Incoming::Response(envelope)) => {
                if let Some(connection) = self.connection(slot) {
                    connection.health.heard(now());
                }
                let pending = match (envelope.id, self.connection(slot)) {
                    (Some(id), Some(connection)) => connection.in_flight.take(id),
                    (None, _) if envelope.status == 401 => {
                        return self.session_revoked(slot, RawResponse { text, envelope });
                    }
                    _ => None,
                };
                match pending {
                    Some(pending) => self.response(slot, pending, RawResponse { text, envelope }),
                    // Late, after its deadline, or about a request that the server could not read.
                    None => tracing::warn!(status = envelope.status, "a response to no request in flight"),
                }
            }
            Ok(Incoming::Event {
                subscription,
                event,
                kind,
            }) => {
                let Some(event) = text.get(event) else { return };
                self.event(slot, subscription, event, kind);
            }
            Err(error) => tracing::warn!(%error, "a frame could not be read"),
        }
    }

    /// A connection is gone.
    fn lost(&mut self, slot: Slot, reason: GapReason) {
        tracing::warn!(?slot, %reason, "connection lost");
        match slot {
            Slot::Active => {
                let Some(connection) = self.active.take() else {
                    return;
                };
                self.status.send_modify(|status| status.phase = Phase::Connecting);
                self.notify(&Notice::Gap {
                    reason: reason.clone(),
                    streams: Vec::new(),
                });
                dismiss(connection, &reason);
                // A replacement that is under way already will do.
                if self.rising.is_none() && self.connecting.is_none() && self.retry_at.is_none() {
                    self.retry(None);
                }
            }
            Slot::Rising => {
                let Some(connection) = self.rising.take() else {
                    return;
                };
                dismiss(connection, &reason);
                match self.started.take() {
                    Some(started) => {
                        let _ = started.send(Err(transport("setting up the connection", reason.to_string())));
                        self.close("the first connection could not be set up");
                    }
                    None => self.retry(None),
                }
            }
            Slot::Draining(index) => {
                if index < self.draining.len() {
                    dismiss(self.draining.swap_remove(index), &reason);
                }
            }
        }
    }

    fn close(&mut self, reason: &str) {
        self.closed.get_or_insert_with(|| reason.to_owned());
    }

    async fn finish(mut self) {
        let reason = self.closed.take().unwrap_or_default();
        tracing::debug!(reason, "closing");
        self.notify(&Notice::Terminated(reason.clone()));
        self.status
            .send_modify(|status| status.phase = Phase::Closed(reason.as_str().into()));
        let lost = GapReason::Broken(reason);
        let connections = self
            .active
            .take()
            .into_iter()
            .chain(self.rising.take())
            .chain(self.draining.drain(..));
        for mut connection in connections {
            for pending in connection.in_flight.drain() {
                fail(pending, Failure::Lost(&lost));
            }
            connection.socket.close().await;
        }
    }
}

fn poll_frames(
    active: &mut Option<Connection>,
    rising: &mut Option<Connection>,
    draining: &mut [Connection],
    subscriptions: &mut BTreeMap<u64, Subscription>,
    cx: &mut Context<'_>,
) -> Poll<(Slot, Result<Frame, GapReason>)> {
    if subscriptions
        .values_mut()
        .any(|subscription| subscription.sink.poll_room(cx).is_pending())
    {
        return Poll::Pending;
    }
    // The oldest first: what it still has to say is older.
    for (index, connection) in draining.iter_mut().enumerate() {
        if let Poll::Ready(frame) = connection.poll_frame(cx) {
            return Poll::Ready((Slot::Draining(index), frame));
        }
    }
    for (slot, connection) in [(Slot::Active, active), (Slot::Rising, rising)] {
        if let Some(connection) = connection
            && let Poll::Ready(frame) = connection.poll_frame(cx)
        {
            return Poll::Ready((slot, frame));
        }
    }
    Poll::Pending
}
