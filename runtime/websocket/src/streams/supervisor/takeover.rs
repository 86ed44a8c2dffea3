//! Connections that come, take over and go.

use binance_wire_core::Text;

use super::{Connection, Supervisor, Waiter, now, transport};
use crate::item::{GapReason, Notice};
use crate::socket::Socket;
use crate::subscriptions::SubscriptionSet;

impl Supervisor {
    pub(super) fn rise(&mut self, socket: Socket, set: SubscriptionSet) {
        if self.active.is_some() {
            self.handover.restart();
        }
        self.rising = Some(Connection {
            id: self.life.opened(now()),
            socket,
            heard: None,
            answered: None,
            set,
            frames: self.config.frames(),
            send_at: None,
            stalled: false,
            farewell: None,
        });
        self.ready_if_settled();
    }

    /// Lets a new connection take over once everything is confirmed on it.
    pub(super) fn ready_if_settled(&mut self) {
        if let Some(connection) = &self.rising
            && connection.set.settled()
        {
            self.life.ready(connection.id, now());
            // Where it broke, its loss is noticed when it is read.
            if let Some(old) = &mut self.active
                && old.farewell.is_none()
            {
                old.farewell = old.socket.ping().ok();
            }
            if self.handover.met() {
                self.life.met(now());
            }
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
        self.pass_held();
    }

    /// Hands over what the new connection has sent so far, except what the old one had delivered already.
    pub(super) fn pass_held(&mut self) {
        self.outbox.later(self.handover.finish(now()));
    }

    /// What the old connection has still received is passed on before it is closed.
    fn replaced(&mut self, mut old: Connection, streams: Vec<Text>) {
        let (frames, outcome) = old.drain(&mut self.handover);
        self.outbox.later(frames);
        match outcome {
            Ok(()) if self.handover.met() || old.is_drained() => self.outbox.notice(Notice::Replaced),
            outcome => {
                let stuck = "it did not answer before it was replaced";
                let reason = outcome
                    .err()
                    .unwrap_or_else(|| GapReason::Broken(stuck.to_owned()));
                self.outbox.notice(Notice::Gap {
                    reason,
                    streams: old.set.wanted(),
                });
                self.outbox.notice(Notice::Reconnected { streams });
            }
        }
        self.abandon(&old.set, "the connection was replaced");
        tokio::spawn(old.socket.close());
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
            self.handover.restart();
            if let Some(old) = &mut self.active {
                old.farewell = None;
            }
            self.life.lost(connection.id, now());
            tokio::spawn(connection.socket.close());
            if self.started.is_some() {
                self.fail_start(transport("setting up the connection", reason.to_string()));
            }
            return;
        }
        let complete = self
            .rising
            .as_ref()
            .is_some_and(|connection| connection.set.settled());
        if complete && self.handover.met() {
            // All that the new one lacks has come, and it goes on from there.
            return self.ready_if_settled();
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
        self.pass_held();
        self.life.lost(id, now());
    }
}
