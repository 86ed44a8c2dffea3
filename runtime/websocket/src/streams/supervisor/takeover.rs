//! Connections that come, take over and go.

use std::time::Instant;

use binance_wire_core::Text;

use super::{Connection, Supervisor, Waiter, now, transport};
use crate::handover::{Passed, unanswered};
use crate::item::{GapReason, Notice};
use crate::socket::{Frame, Socket};
use crate::subscriptions::SubscriptionSet;

impl Supervisor {
    pub(super) fn rise(&mut self, socket: Socket, set: SubscriptionSet) {
        let id = self.life.opened(now());
        self.rising = Some(Connection::new(id, socket, set, self.config.frames()));
        self.ready_if_settled();
    }

    /// Lets a new connection take over once everything is confirmed on it.
    pub(super) fn ready_if_settled(&mut self) {
        if let Some(connection) = &self.rising
            && connection.set.settled()
        {
            self.life.ready(connection.id, now());
            self.bid_farewell(now());
            if self.handover.met() {
                self.life.met(now());
            }
        }
    }

    /// Pings the connection that is to be replaced, as soon as the limit of messages a second allows it.
    pub(super) fn bid_farewell(&mut self, now: Instant) {
        if let (Some(old), Some(new)) = (&mut self.active, &self.rising)
            && new.set.settled()
        {
            // Frames need not name their stream, so that the two meet only where there is one.
            let stream = (old.set.wanted().len() <= 1).then_some(None);
            self.handover.settled(stream, || old.ping(now));
        }
    }

    /// The new connection takes over.
    pub(super) fn promote(&mut self) {
        let Some(mut connection) = self.rising.take().filter(|_| self.closed.is_none()) else {
            return;
        };
        connection.set.set_renewing();
        self.orphaned = None;
        tracing::info!("connection ready");
        self.came_about = true;
        let streams = connection.set.wanted();
        match self.active.replace(connection) {
            Some(old) => self.replaced(old, streams),
            None if self.started.is_none() => self.outbox.notice(Notice::Reconnected { streams }),
            None => {}
        }
        if let Some(started) = self.started.take() {
            let _ = started.send(Ok(()));
        }
    }

    fn finish_handover(&mut self) -> Passed<Frame> {
        let ping = || self.active.as_mut()?.ping(now());
        self.handover.finish(now(), ping)
    }

    /// What the old connection has still received is passed on before it is closed.
    fn replaced(&mut self, mut old: Connection, streams: Vec<Text>) {
        let (frames, outcome) = old.drain(&mut self.handover);
        self.outbox.later(frames);
        let complete = self.handover.is_complete(|ping| old.socket.has_answered(ping));
        let Passed { early, late } = self.finish_handover();
        match outcome {
            Ok(()) if complete => {
                self.outbox.notice(Notice::Replaced);
                self.outbox.later(early);
            }
            outcome => {
                self.outbox.notice(Notice::Gap {
                    reason: outcome.err().unwrap_or_else(unanswered),
                    streams: old.set.wanted(),
                });
                self.outbox.later(early);
                self.outbox.notice(Notice::Reconnected { streams });
            }
        }
        self.outbox.later(late);
        self.abandon(&old.set, "the connection was replaced");
        tokio::spawn(old.socket.close());
    }

    /// Nothing is read any more after this: what was received is delivered, although a takeover may not be over.
    pub(super) fn deliver_received(&mut self) {
        if let Some(active) = &mut self.active {
            // Why that may not be all is of no interest at the end.
            let (frames, _) = active.drain(&mut self.handover);
            self.outbox.later(frames);
        }
        let Passed { early, late } = self.finish_handover();
        self.outbox.later(early);
        self.outbox.later(late);
    }

    fn abandon(&mut self, set: &SubscriptionSet, reason: &str) {
        for token in set.abandoned() {
            match self.waiters.remove(&token) {
                Some(Waiter::Change(done)) => {
                    drop(done.send(Err(transport("changing subscriptions", reason))))
                }
                Some(Waiter::List(done)) => drop(done.send(Err(transport("listing subscriptions", reason)))),
                None => {}
            }
        }
    }

    pub(super) fn lost(&mut self, rising: bool, reason: GapReason) {
        tracing::warn!(rising, %reason, "connection lost");
        if rising {
            let Some(connection) = self.rising.take() else {
                return;
            };
            self.handover.abandon();
            self.life.lost(connection.id, now());
            tokio::spawn(connection.socket.close());
            if self.started.is_some() {
                self.fail_start(transport("setting up the connection", reason.to_string()));
            }
            return;
        }
        let settled = |connection: &Connection| connection.set.settled();
        if self.rising.as_ref().is_some_and(settled)
            && let Some(old) = &self.active
            && self.handover.is_complete(|ping| old.socket.has_answered(ping))
        {
            // All that the new one lacks has come, and it goes on from there.
            return self.life.met(now());
        }
        let Some(connection) = self.active.take() else {
            return;
        };
        let id = connection.id;
        self.outbox.notice(Notice::Gap {
            reason: reason.clone(),
            streams: connection.set.wanted(),
        });
        self.abandon(&connection.set, &reason.to_string());
        tokio::spawn(connection.socket.close());
        self.orphaned = Some(connection.set);
        // From here on the new connection delivers directly, and what it sent before comes first.
        let Passed { early, late } = self.finish_handover();
        self.outbox.later(early);
        self.outbox.later(late);
        self.life.lost(id, now());
    }
}
