//! The task that keeps the connection of a WebSocket API client: it alone reads and writes.

mod clock;
mod session;
mod takeover;
mod tokens;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use binance_wire_limits::Permit;
use binance_wire_net::lifecycle::{Action, ConnectionId, Lifecycle, Takeover};
use binance_wire_signing::Credentials;
use tokio::sync::mpsc;

use super::builder::ApiConfig;
use super::client::{Phase, Status};
use super::connection::{
    By, CallReply, Command, Connection, Done, Failure, Leave, Opening, Own, Pending, RawResponse, dismiss,
    fail,
};
use super::frame::{self, Incoming};
use crate::clock::now;
use crate::event_stream::Sink;
use crate::handover::{HELD, Handover};
use crate::item::{GapReason, Notice};
use crate::socket::{Connect, ConnectError, Frame, FrameText, SendError, Socket};
use crate::watch;

/// New requests go to a new connection as soon as it is ready. The old one is read for a while for answers and events that are
/// under way.
const TAKEOVER: Takeover = Takeover {
    meet_within: Duration::ZERO,
    drain_for: Duration::from_secs(1),
    ping_every: None,
};

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
    Connected(Result<(Socket, Permit), ConnectError>),
    Leave(ConnectionId, Own, Result<Permit, ConnectError>),
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
    /// Replaced connections that still owe events or answers.
    draining: Vec<Connection>,
    /// The one of them whose events still come first.
    giving_way: Option<ConnectionId>,
    /// What passes from the old connection to the new one.
    handover: Handover<takeover::Event>,
    connecting: Option<Opening>,
    /// Requests of its own that wait for leave.
    leaves: Vec<Leave>,
    /// Decides which connection comes, stays and goes.
    life: Lifecycle,
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
            life: Lifecycle::new(&config.reconnect, TAKEOVER),
            config,
            connect,
            commands,
            status,
            ids,
            active: None,
            rising: None,
            draining: Vec::new(),
            giving_way: None,
            handover: Handover::default(),
            connecting: None,
            leaves: Vec::new(),
            logon,
            subscriptions: BTreeMap::new(),
            deferred: VecDeque::new(),
            started: Some(started),
            closed: None,
        }
    }

    pub(crate) async fn run(mut self, first: Socket, permit: Permit) {
        self.rise(first, permit);
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
                Woken::Connected(Ok((socket, permit))) => {
                    self.connecting = None;
                    self.rise(socket, permit);
                }
                Woken::Connected(Err(error)) => {
                    self.connecting = None;
                    tracing::warn!(error = %error.error, "connecting failed");
                    self.held_by(&error);
                    self.life.failed(now(), error.retry_after);
                }
                Woken::Leave(connection, own, permit) => self.leave_given(connection, own, permit),
                Woken::Timer => {}
            }
        }
        self.finish().await;
    }

    async fn wait(&mut self) -> Woken {
        let wake = tokio::time::Instant::from_std(self.next_wake());
        let (follower, giving_way) = (self.follower(), self.giving_way);
        let Self {
            active,
            rising,
            draining,
            connecting,
            leaves,
            commands,
            handover,
            ..
        } = self;
        // A new connection is not read while there is no room for what it sends before its turn.
        let waits = follower.filter(|_| !handover.has_room());
        let frames = std::future::poll_fn(|cx| poll_frames(active, rising, draining, giving_way, waits, cx));
        let connected = std::future::poll_fn(|cx| match connecting {
            Some(future) => future.as_mut().poll(cx),
            None => Poll::Pending,
        });
        let leave = std::future::poll_fn(|cx| poll_leaves(leaves, cx));
        // In this order and not by lot, so that a simulated run can be repeated. Commands wait for no flood of events; there
        // are never more of them than callers, so that they keep no answer from being read.
        tokio::select! {
            biased;
            result = connected => Woken::Connected(result),
            (connection, own, permit) = leave => Woken::Leave(connection, own, permit),
            command = commands.recv() => Woken::Command(command),
            (slot, frame) = frames => Woken::Frame(slot, frame),
            () = tokio::time::sleep_until(wake) => Woken::Timer,
        }
    }

    fn next_wake(&self) -> Instant {
        let connections = self.active.iter().chain(&self.rising).chain(&self.draining);
        let deadlines = connections.filter_map(|connection| connection.in_flight.next_deadline());
        let times = deadlines.chain(self.life.next_wake());
        times.min().unwrap_or_else(|| now() + Duration::from_secs(60))
    }

    /// Does what time and state ask for: deadlines, what the lifecycle wants, deferred commands.
    fn tend(&mut self, now: Instant) {
        let timeout = self.config.request_timeout;
        for connection in self
            .active
            .iter_mut()
            .chain(&mut self.rising)
            .chain(&mut self.draining)
        {
            let expired = connection.expire(now);
            // Where nothing was answered in the time of a whole request, it is not the request's fault.
            if expired {
                self.life
                    .unanswered(connection.id, timeout, PATIENCE.min(timeout), now);
            }
        }
        // A connection that cannot be set up in the time of one request is given up.
        if let Some(connection) = &self.rising
            && connection.setup_left > 0
            && connection.in_flight.is_empty()
            && !self.leaves.iter().any(|leave| leave.connection == connection.id)
        {
            self.lost(Slot::Rising, GapReason::Silent);
        }
        self.end_takeover();
        self.act(now);
        let mut leaves = std::mem::take(&mut self.leaves);
        leaves.retain(|leave| self.slot(leave.connection).is_some());
        self.leaves = leaves;
        // Deadlines empty these sooner or later.
        let (done, draining) = std::mem::take(&mut self.draining)
            .into_iter()
            .partition(|connection: &Connection| connection.closing && connection.in_flight.is_empty());
        self.draining = draining;
        for connection in done {
            dismiss(connection, &GapReason::Silent);
        }
        if self.rising.is_none() && self.active.is_some() {
            while let Some(command) = self.deferred.pop_front() {
                self.session_command(command);
            }
            self.act(now);
        }
    }

    /// Does what the lifecycle wants.
    fn act(&mut self, now: Instant) {
        self.life.tick(now);
        while let Some(action) = self.life.next_action() {
            self.carry_out(action);
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Connect => self.connect_now(),
            Action::Promote { .. } => self.promote(),
            Action::Ping(id) => {
                let slot = self.slot(id);
                let pinged = slot.and_then(|slot| self.connection(slot));
                if let Some(Err(reason)) = pinged.map(|connection| connection.socket.ping())
                    && let Some(slot) = slot
                {
                    self.lost(slot, reason);
                }
            }
            Action::Silent(id) => {
                if let Some(slot) = self.slot(id) {
                    self.lost(slot, GapReason::Silent);
                }
            }
            Action::Close(id) => self.drained(id),
            Action::GiveUp => self.close("the connection could not be made again"),
        }
    }

    /// The place of a connection.
    fn slot(&self, id: ConnectionId) -> Option<Slot> {
        let is = |connection: &Option<Connection>| {
            connection.as_ref().is_some_and(|connection| connection.id == id)
        };
        if is(&self.active) {
            return Some(Slot::Active);
        }
        if is(&self.rising) {
            return Some(Slot::Rising);
        }
        let draining = self.draining.iter().position(|connection| connection.id == id);
        draining.map(Slot::Draining)
    }

    fn connection(&mut self, slot: Slot) -> Option<&mut Connection> {
        match slot {
            Slot::Active => self.active.as_mut(),
            Slot::Rising => self.rising.as_mut(),
            Slot::Draining(index) => self.draining.get_mut(index),
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Call {
                id,
                frame,
                by_session,
                send_by,
                sending,
                late,
                reply,
            } => {
                // Whoever asked has stopped waiting, and would not learn what became of it.
                if reply.is_closed() {
                    return;
                }
                // The answer to a request before this one may have stopped the address.
                let is_stopped = sending.is_some_and(|sending| sending.check().is_err());
                if is_stopped || now() >= send_by {
                    let _ = reply.send(CallReply::NotSent);
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
                let pending = Pending::Call {
                    by_session,
                    late,
                    reply,
                };
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
                    self.ask_leave(Slot::Active, Own::Unsubscribe { id });
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
                    // Whoever has stopped waiting, and tokens that have a successor, must not pile up in an outage.
                    self.deferred.retain(|other| !command.makes_idle(other));
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
            Frame::Pong => {
                let id = connection.id;
                self.life.answered(id, now);
            }
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
                if let Some(id) = self.connection(slot).map(|connection| connection.id) {
                    self.life.answered(id, now());
                }
                let pending = match (envelope.id, self.connection(slot)) {
                    (Some(id), Some(connection)) => connection.in_flight.take(id),
                    (None, _) if envelope.status == 401 => {
                        return self.session_revoked(slot, RawResponse { text, envelope });
                    }
                    (None, Some(connection)) if !envelope.has_id => connection.take_only(),
                    _ => None,
                };
                match pending {
                    Some(pending) => self.response(slot, pending, RawResponse { text, envelope }),
                    None => {
                        let late = envelope.id.and_then(|id| self.connection(slot)?.late.take(id));
                        // After its deadline and nobody's interest, or about a request that the server could not read.
                        if late.is_none() {
                            tracing::warn!(status = envelope.status, "a response to no request in flight");
                        }
                        let response = RawResponse { text, envelope };
                        self.meet_ban(&response);
                        self.unawaited(late, &response);
                    }
                }
            }
            Ok(Incoming::Event {
                subscription,
                event,
                kind,
            }) => {
                self.event(slot, subscription, (text, event), kind);
            }
            Err(error) => tracing::warn!(%error, "a frame could not be read"),
        }
    }

    fn close(&mut self, reason: &str) {
        self.closed.get_or_insert_with(|| reason.to_owned());
    }

    async fn finish(mut self) {
        let reason = self.closed.take().unwrap_or_default();
        tracing::debug!(reason, "closing");
        self.read_received();
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

fn poll_leaves(
    leaves: &mut Vec<Leave>,
    cx: &mut Context<'_>,
) -> Poll<(ConnectionId, Own, Result<Permit, ConnectError>)> {
    for index in 0..leaves.len() {
        let Some(leave) = leaves.get_mut(index) else { break };
        if let Poll::Ready(permit) = leave.permit.as_mut().poll(cx) {
            let leave = leaves.remove(index);
            return Poll::Ready((leave.connection, leave.own, permit));
        }
    }
    Poll::Pending
}

fn poll_frames(
    active: &mut Option<Connection>,
    rising: &mut Option<Connection>,
    draining: &mut [Connection],
    giving_way: Option<ConnectionId>,
    waits: Option<Slot>,
    cx: &mut Context<'_>,
) -> Poll<(Slot, Result<Frame, GapReason>)> {
    // The oldest first: what it still has to say is older. Those that only owe answers hold up nothing.
    let mut poll_draining = |gives_way: bool, cx: &mut Context<'_>| {
        for (index, connection) in draining.iter_mut().enumerate() {
            if (Some(connection.id) == giving_way) == gives_way
                && let Poll::Ready(frame) = connection.poll_frame(cx)
            {
                return Poll::Ready((Slot::Draining(index), frame));
            }
        }
        Poll::Pending
    };
    if let Poll::Ready(frame) = poll_draining(true, cx) {
        return Poll::Ready(frame);
    }
    for (slot, connection) in [(Slot::Active, active), (Slot::Rising, rising)] {
        if let Some(connection) = connection
            && waits != Some(slot)
            && let Poll::Ready(frame) = connection.poll_frame(cx)
        {
            return Poll::Ready((slot, frame));
        }
    }
    poll_draining(false, cx)
}
