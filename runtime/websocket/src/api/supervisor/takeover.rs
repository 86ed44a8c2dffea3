//! Connections that come, take over and go, and the way of events from them to the consumers.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::ops::Range;
use std::time::Instant;

use binance_wire_core::{Error, ThrottleReason};
use binance_wire_limits::Permit;

use super::super::client::{Held, Phase};
use super::super::connection::{By, Command, Connection, SESSION_WEIGHT, dismiss, transport};
use super::super::frame::EventKind;
use super::super::session::SessionState;
use super::{ConnectionId, Context, HELD, Poll, Slot, Supervisor, Waker, now};
use crate::handover::{Message, Passed, unanswered};
use crate::item::{GapReason, Notice};
use crate::socket::{ConnectError, FrameText, Socket};

/// An event on its way to its consumer.
#[derive(Debug)]
pub(super) struct Event {
    /// The subscription; `None` for all.
    local: Option<u64>,
    text: FrameText,
    span: Range<usize>,
    kind: EventKind,
}

impl Event {
    fn text(&self) -> &str {
        self.text.get(self.span.clone()).unwrap_or_default()
    }
}

impl Message for Event {
    fn key(&self) -> (Option<u64>, &[u8]) {
        (self.local, self.text().as_bytes())
    }
}

/// What becomes of the events of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// They are delivered.
    Delivers,
    /// They wait for the connection that delivers.
    Follows,
    /// Another connection has delivered them, or will.
    Replaced,
}

impl Supervisor {
    pub(super) fn connect_now(&mut self) {
        let Some(url) = self
            .endpoints
            .get(self.next_endpoint % self.endpoints.len().max(1))
            .cloned()
        else {
            return self.close("no address to connect to");
        };
        if let Err(at) = self.connect.admit(&url, now()) {
            self.hold(at, ThrottleReason::Exhausted("attempts to connect".into()));
            return self.life.postponed(at);
        }
        self.next_endpoint = self.next_endpoint.wrapping_add(1);
        let connect = self.connect.clone();
        let connecting = Socket::connecting(url, connect.clone());
        let weight = self.setup_weight();
        // It is set up at once: between leave and sending nothing stops the address.
        self.connecting = Some(Box::pin(async move {
            let socket = connecting.await?;
            Ok((socket, connect.setup(weight).await?))
        }));
    }

    /// The weight of what sets up a connection.
    pub(super) fn setup_weight(&self) -> u32 {
        let requests = self.subscriptions.len() + usize::from(self.logon.is_some());
        u32::try_from(requests)
            .unwrap_or(u32::MAX)
            .saturating_mul(SESSION_WEIGHT)
    }

    /// Lets requests know that a limit allows no connection until then.
    fn hold(&self, until: Instant, reason: ThrottleReason) {
        let held = Some(Held { until, reason });
        self.status.send_modify(|status| status.held = held);
    }

    pub(super) fn held_by(&self, error: &ConnectError) {
        if let Error::Throttled(throttled) = &error.error
            && let Some(until) = error.retry_after.and_then(|wait| now().checked_add(wait))
        {
            self.hold(until, throttled.reason.clone());
        }
    }

    /// A new connection is open: log it on and subscribe, then it takes over.
    pub(super) fn rise(&mut self, socket: Socket, permit: Permit) {
        let id = self.life.opened(now());
        self.rising = Some(Connection::new(id, socket, permit));
        if self.active.is_some() {
            // The lifecycle makes no other connection before a takeover is over; nothing may be lost if it did.
            self.conclude(Some(unanswered()));
            self.handover.begin();
        }
        if let Some(credentials) = self.logon.clone() {
            self.send_logon(Slot::Rising, credentials, None);
        }
        // Those by the session follow when it is logged on.
        self.subscribe_all(|by| !matches!(by, By::Session));
        self.ready_if_set_up();
    }

    pub(super) fn ready_if_set_up(&mut self) {
        if let Some(connection) = &self.rising
            && connection.setup_left == 0
        {
            self.life.ready(connection.id, now());
        }
    }

    /// The new connection takes over. Its events wait until the old one has shown that all of its own have come.
    pub(super) fn promote(&mut self) {
        let Some(mut connection) = self.rising.take() else {
            return;
        };
        if let Some(permit) = connection.permit.take() {
            permit.succeeded(&[]);
        }
        let logged_on = connection.logged_on;
        tracing::info!(logged_on, "connection ready");
        if let Some(started) = self.started.take() {
            let _ = started.send(Ok(()));
        }
        match self.active.replace(connection) {
            Some(mut old) => {
                // Where it broke, its loss is noticed when it is read.
                let subscriptions = self.subscriptions.keys().copied().map(Some);
                self.handover.settled(subscriptions, || old.socket.ping().ok());
                self.giving_way = Some(old.id);
                self.draining.push(old);
            }
            None => self.notify(&Notice::Reconnected { streams: Vec::new() }),
        }
        self.status.send_modify(|status| {
            status.phase = Phase::Ready;
            status.held = None;
            if logged_on {
                status.session = SessionState::LoggedOn;
            } else if status.session == SessionState::LoggedOn {
                status.session = SessionState::LoggedOff;
            }
        });
        self.end_takeover();
    }

    /// Ends a takeover in which nothing is missing any more. Where the two have not met, the old connection is read until
    /// its time is over, although it has answered: what the exchange has for it may come later than its answer.
    pub(super) fn end_takeover(&mut self) {
        if let Some(id) = self.giving_way
            && self.handover.met()
        {
            self.conclude(None);
            self.life.drained(id);
        }
        if let Some(connection) = &self.active {
            self.handover
                .catch_up(|ping| connection.socket.has_answered(ping));
        }
    }

    /// Whether all has come from the connection that gives way.
    fn is_complete(&self) -> bool {
        let old = self
            .draining
            .iter()
            .find(|connection| Some(connection.id) == self.giving_way);
        old.is_some_and(|old| self.handover.is_complete(|ping| old.socket.has_answered(ping)))
    }

    /// From now on the new connection delivers. Says whether something may be missing, and why.
    fn conclude(&mut self, gap: Option<GapReason>) {
        if self.giving_way.take().is_none() {
            return;
        }
        let Passed { early, late } = self.finish_handover();
        match gap {
            None => {
                self.notify(&Notice::Replaced);
                self.deliver_all(early);
            }
            Some(reason) => {
                self.notify(&Notice::Gap {
                    reason,
                    streams: Vec::new(),
                });
                self.deliver_all(early);
                self.notify(&Notice::Reconnected { streams: Vec::new() });
            }
        }
        self.deliver_all(late);
    }

    fn finish_handover(&mut self) -> Passed<Event> {
        let ping = || self.active.as_mut()?.socket.ping().ok();
        self.handover.finish(now(), ping)
    }

    fn deliver_all(&mut self, events: VecDeque<Event>) {
        for event in events {
            self.deliver(event);
        }
    }

    /// Delivers what the new connection has sent, although the old one may have more.
    fn deliver_held(&mut self) {
        let Passed { early, late } = self.finish_handover();
        self.deliver_all(early);
        self.deliver_all(late);
    }

    /// The time of an old connection is over; it is closed once it has answered everything.
    pub(super) fn drained(&mut self, id: ConnectionId) {
        if self.giving_way == Some(id) {
            // Where the process was held up, what it waits for may be there already.
            self.read_what_is_there(id);
            // It may be gone by now, and the takeover over.
            if self.giving_way == Some(id) {
                let gap = (!self.is_complete()).then(unanswered);
                self.conclude(gap);
            }
        }
        let old = self.draining.iter_mut().find(|connection| connection.id == id);
        if let Some(old) = old {
            old.closing = true;
        }
    }

    /// Reads what a connection has received, without waiting for more.
    fn read_what_is_there(&mut self, id: ConnectionId) {
        for _ in 0..HELD.items {
            let Some(slot) = self.slot(id) else { return };
            let Some(connection) = self.connection(slot) else {
                return;
            };
            // To the end, and not until the runtime wants its turn.
            let mut reading = Box::pin(tokio::task::unconstrained(poll_fn(|cx| {
                connection.poll_frame(cx)
            })));
            let frame = reading.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            drop(reading);
            match frame {
                Poll::Ready(Ok(frame)) => self.frame(slot, frame),
                Poll::Ready(Err(reason)) => return self.lost(slot, reason),
                Poll::Pending => return,
            }
        }
    }

    /// Nothing is read any more after this: what was received is delivered.
    pub(super) fn read_received(&mut self) {
        let connections = self.draining.iter().chain(&self.active);
        let ids: Vec<ConnectionId> = connections.map(|connection| connection.id).collect();
        for id in ids {
            self.read_what_is_there(id);
        }
        if self.is_complete() {
            self.conclude(None);
        } else {
            self.deliver_held();
        }
    }

    pub(super) fn notify(&mut self, notice: &Notice) {
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

    /// The connection whose events wait for those of another.
    pub(super) fn follower(&self) -> Option<Slot> {
        if self.giving_way.is_some() {
            return Some(Slot::Active);
        }
        let beside = self.active.is_some() && self.rising.is_some();
        beside.then_some(Slot::Rising)
    }

    fn role(&self, slot: Slot) -> Role {
        let gives_way = |index: usize| {
            let id = self.draining.get(index).map(|connection| connection.id);
            id.is_some() && id == self.giving_way
        };
        match slot {
            slot if self.follower() == Some(slot) => Role::Follows,
            Slot::Draining(index) if !gives_way(index) => Role::Replaced,
            _ => Role::Delivers,
        }
    }

    pub(super) fn event(
        &mut self,
        slot: Slot,
        subscription: Option<i64>,
        (text, span): (FrameText, Range<usize>),
        kind: EventKind,
    ) {
        let role = self.role(slot);
        // A connection that has been replaced is closed by us; how it ends concerns nobody.
        let ends = kind != EventKind::Other;
        if role == Role::Replaced || (matches!(slot, Slot::Draining(_)) && ends) {
            return;
        }
        let Some(connection) = self.connection(slot) else {
            return;
        };
        if kind == EventKind::ServerShutdown {
            tracing::info!("the server announced that it will close the connection");
            let id = connection.id;
            self.notify(&Notice::ServerShutdown);
            return self.life.announced(id, now());
        }
        let local = match subscription {
            Some(id) => match connection.routes.get(&id) {
                Some(local) => Some(*local),
                // Or of one that is not confirmed yet. It is not counted, so that the old connection still delivers it.
                None => return tracing::debug!(id, "an event of a subscription that has ended"),
            },
            None => None,
        };
        let event = Event {
            local,
            text,
            span,
            kind,
        };
        match role {
            Role::Follows => self.handover.heard_new(event),
            _ if self.handover.heard_old(&event, now) => self.deliver(event),
            _ => {}
        }
    }

    fn deliver(&mut self, event: Event) {
        let Some(local) = event.local else {
            for subscription in self.subscriptions.values_mut() {
                subscription.sink.text(event.text());
                subscription.sink.flush();
            }
            return;
        };
        let Some(subscription) = self.subscriptions.get_mut(&local) else {
            return;
        };
        subscription.sink.text(event.text());
        subscription.sink.flush();
        let consumer_gone = subscription.sink.consumer_gone();
        if event.kind == EventKind::StreamTerminated && self.token_lapsed(local) {
            tracing::info!("a subscription by listen token has expired");
        } else if event.kind == EventKind::StreamTerminated {
            self.terminate(local, "the exchange ended the event stream");
        } else if consumer_gone {
            self.command(Command::Unsubscribe { local });
        }
    }

    /// A connection is gone.
    pub(super) fn lost(&mut self, slot: Slot, reason: GapReason) {
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
                // What another connection has sent meanwhile comes after the gap.
                self.giving_way = None;
                self.deliver_held();
                self.life.lost(connection.id, now());
                dismiss(connection, &reason);
            }
            Slot::Rising => {
                let Some(connection) = self.rising.take() else {
                    return;
                };
                self.handover.abandon();
                self.life.lost(connection.id, now());
                dismiss(connection, &reason);
                if let Some(started) = self.started.take() {
                    let _ = started.send(Err(transport("setting up the connection", reason.to_string())));
                    self.close("the first connection could not be set up");
                }
            }
            Slot::Draining(index) => {
                if index < self.draining.len() {
                    if self.draining.get(index).map(|connection| connection.id) == self.giving_way {
                        let gap = (!self.is_complete()).then(|| reason.clone());
                        self.conclude(gap);
                    }
                    let connection = self.draining.swap_remove(index);
                    self.life.lost(connection.id, now());
                    dismiss(connection, &reason);
                }
            }
        }
    }
}
