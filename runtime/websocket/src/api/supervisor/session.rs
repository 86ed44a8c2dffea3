//! The session and the subscriptions: what the supervisor itself asks of the server, and what it makes of the
//! answers and events.

use std::sync::atomic::Ordering;

use binance_wire_core::{Error, ErrorCode, ParamSink};
use binance_wire_limits::Permit;
use binance_wire_net::lifecycle::ConnectionId;
use binance_wire_signing::Credentials;

use super::super::connection::{
    By, CallReply, Command, Done, Failure, Late, Leave, Own, Pending, RawResponse, SESSION_WEIGHT, dismiss,
    fail, finish, transport,
};
use super::super::frame;
use super::super::outcome::Subject;
use super::super::request::{Authorization, build};
use super::super::session::SessionState;
use super::{Slot, Subscription, Supervisor, now};
use crate::item::{GapReason, Notice};
use crate::socket::ConnectError;

/// Codes with which the exchange refuses who asks, and not how: `UNAUTHORIZED`, `INVALID_SIGNATURE`, `UNAUTHORIZED` of
/// later services, `BAD_API_KEY_FMT`, `REJECTED_MBX_KEY`.
const FINAL: [ErrorCode; 5] = [
    ErrorCode(-1002),
    ErrorCode(-1022),
    ErrorCode(-1099),
    ErrorCode(-2014),
    ErrorCode(-2015),
];

/// The weight of asking for the exchange's time.
const TIME_WEIGHT: u32 = 1;

/// The status of what the exchange answers to an address that it has banned.
const BANNED: u16 = 418;

impl Supervisor {
    pub(super) fn subscribe_all(&mut self, which: impl Fn(&By) -> bool) {
        let locals: Vec<u64> = self
            .subscriptions
            .iter()
            .filter(|(_, subscription)| which(&subscription.by))
            .map(|(id, _)| *id)
            .collect();
        for local in locals {
            self.send_subscribe(Slot::Rising, local, None);
        }
    }

    /// Sends what the supervisor itself asks of the server. In the rising slot it is part of setting up.
    pub(super) fn send(
        &mut self,
        slot: Slot,
        method: &str,
        authorization: Authorization<'_>,
        params: &dyn Fn(&mut dyn ParamSink),
        pending: Pending,
    ) {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let window = self.config.recv_window;
        let frame = match build(id, method, authorization, window, self.config.clock.now(), params) {
            Ok(frame) => frame,
            Err(error) => return fail(pending, Failure::Error(error)),
        };
        // Since it was let go, the answer to another request may have stopped the address.
        if let Err(stopped) = self.connect.check() {
            return match slot {
                Slot::Rising => self.setup_refused(pending, stopped),
                Slot::Active | Slot::Draining(_) => fail(pending, Failure::Error(stopped)),
            };
        }
        let deadline = now() + self.config.request_timeout;
        let Some(connection) = self.connection(slot) else {
            return fail(pending, Failure::NotSent);
        };
        match connection.send(id, frame, deadline, pending) {
            Ok(()) if slot == Slot::Rising => connection.setup_left += 1,
            Ok(()) => {}
            Err((pending, error)) => {
                fail(pending, Failure::NotSent);
                self.lost(slot, error.into());
            }
        }
    }

    pub(super) fn send_logon(&mut self, slot: Slot, credentials: Credentials, done: Option<Done>) {
        let pending = Pending::Logon {
            credentials: credentials.clone(),
            done,
        };
        self.send(
            slot,
            "session.logon",
            Authorization::Signature(&credentials),
            &|_| {},
            pending,
        );
    }

    pub(super) fn send_subscribe(&mut self, slot: Slot, local: u64, done: Option<Done>) {
        self.send_subscribe_with(slot, local, done, None);
    }

    pub(super) fn send_subscribe_with(
        &mut self,
        slot: Slot,
        local: u64,
        done: Option<Done>,
        permit: Option<Box<Permit>>,
    ) {
        let by = self
            .subscriptions
            .get(&local)
            .map(|subscription| subscription.by.clone());
        let pending = Pending::Subscribe { local, done, permit };
        match &by {
            Some(By::Token { method, token, .. }) => self.send_token(slot, method, token, pending),
            Some(By::Signature(credentials)) => self.send(
                slot,
                "userDataStream.subscribe.signature",
                Authorization::Signature(credentials),
                &|_| {},
                pending,
            ),
            Some(By::Session) | None => self.send(
                slot,
                "userDataStream.subscribe",
                Authorization::None,
                &|_| {},
                pending,
            ),
        }
    }

    /// Ends a subscription and says so to its consumer.
    pub(super) fn terminate(&mut self, local: u64, reason: &str) {
        if let Some(mut subscription) = self.subscriptions.remove(&local) {
            subscription.sink.notice(Notice::Terminated(reason.to_owned()));
            subscription.sink.flush();
        }
        for connection in self
            .active
            .iter_mut()
            .chain(&mut self.rising)
            .chain(&mut self.draining)
        {
            connection.routes.retain(|_, ours| *ours != local);
        }
    }

    fn terminate_session_subscriptions(&mut self, reason: &str) {
        let locals: Vec<u64> = self
            .subscriptions
            .iter()
            .filter(|(_, subscription)| matches!(subscription.by, By::Session))
            .map(|(local, _)| *local)
            .collect();
        for local in locals {
            self.terminate(local, reason);
        }
    }

    /// What concerns the session: done on a settled connection only, so that no other one misses it.
    pub(super) fn session_command(&mut self, command: Command) {
        match command {
            Command::Logon { credentials, done } if !done.is_closed() => {
                self.send_logon(Slot::Active, credentials, Some(done));
            }
            Command::Logout { done } if !done.is_closed() => {
                self.send(
                    Slot::Active,
                    "session.logout",
                    Authorization::None,
                    &|_| {},
                    Pending::Logout { done },
                );
            }
            Command::Subscribe {
                local,
                by,
                sink,
                done,
            } if !done.is_closed() => {
                self.subscriptions.insert(local, Subscription { sink, by });
                self.send_subscribe(Slot::Active, local, Some(done));
            }
            Command::Token { local, token } => self.renew_token(local, token),
            // Who asked has stopped waiting.
            _ => {}
        }
    }

    pub(super) fn response(&mut self, slot: Slot, pending: Pending, response: RawResponse) {
        let pending = match pending {
            Pending::Call { reply, late, .. } => {
                self.meet_ban(&response);
                if let Err(CallReply::Answered(response)) = reply.send(CallReply::Answered(response)) {
                    self.unawaited(late, &response);
                }
                return;
            }
            Pending::Time { sent, permit } => return self.time_answered(sent, *permit, &response),
            pending => pending,
        };
        let outcome = session_outcome(&response);
        let pending = pending.settle(&outcome);
        if slot == Slot::Rising {
            self.setup_answered(pending, outcome);
            return;
        }
        // The session is that of the connection in use. What was answered on one that has been replaced meanwhile is
        // done again on its successor.
        if matches!(slot, Slot::Draining(_)) && outcome.is_ok() {
            match pending {
                Pending::Logon {
                    credentials,
                    done: Some(done),
                } => return self.deferred.push_back(Command::Logon { credentials, done }),
                Pending::Logout { done } => return self.deferred.push_back(Command::Logout { done }),
                _ => {}
            }
        }
        match pending {
            Pending::Logon { credentials, done } => {
                if outcome.is_ok() {
                    self.logon = Some(credentials);
                    self.set_session(slot, SessionState::LoggedOn);
                }
                finish(done, outcome.map(drop));
            }
            Pending::Logout { done } => {
                if outcome.is_ok() {
                    self.logon = None;
                    self.set_session(slot, SessionState::LoggedOff);
                    self.terminate_session_subscriptions("the session was logged off");
                }
                let _ = done.send(outcome.map(drop));
            }
            Pending::Subscribe { local, done, .. } => {
                let outcome = outcome.and_then(|id| self.subscribed(slot, local, id));
                if let Err(error) = &outcome {
                    // The caller gets the error; later, a refused token is replaced.
                    if done.is_some() || !self.token_lapsed(local) {
                        self.subscriptions.remove(&local);
                    } else {
                        tracing::warn!(%error, "subscribing again with a listen token failed");
                    }
                }
                finish(done, outcome);
            }
            Pending::Unsubscribe { .. } | Pending::Time { .. } | Pending::Call { .. } => {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "unsubscribing failed");
                }
            }
        }
    }

    /// No attempt to connect is made before a ban is over; the exchange closes the connection after its word of it.
    pub(super) fn meet_ban(&mut self, response: &RawResponse) {
        if response.envelope.status == BANNED
            && let Err(error) = session_outcome(response)
        {
            let wait = error.wait(self.config.clock.now());
            if let Some(until) = wait.and_then(|wait| now().checked_add(wait)) {
                self.life.banned(until);
            }
        }
    }

    /// An answer that nobody waits for: what it says of limits holds for everybody, and the hook gets it.
    pub(super) fn unawaited(&self, late: Option<Box<Late>>, response: &RawResponse) {
        if let (Some((lane, _)), Err(error)) = (&self.connect.limits, session_outcome(response)) {
            lane.answered(&error);
        }
        if let (Some(hook), Some(late)) = (&self.config.late_answers, late) {
            tracing::warn!(status = response.envelope.status, "an answer came late");
            hook.call(late.subject.late(response, self.config.code_name));
        }
    }

    fn subscribed(&mut self, slot: Slot, local: u64, id: Option<i64>) -> Result<(), Error> {
        let id =
            id.ok_or_else(|| transport("subscribing to user data", "the answer names no subscriptionId"))?;
        if !self.subscriptions.contains_key(&local) {
            // Its consumer left while it was being made.
            self.ask_leave(slot, Own::Unsubscribe { id });
        } else if let Some(connection) = self.connection(slot) {
            connection.routes.insert(id, local);
            self.token_confirmed(local);
        }
        Ok(())
    }

    fn send_unsubscribe(&mut self, slot: Slot, id: i64, permit: Box<Permit>) {
        let params = move |sink: &mut dyn ParamSink| sink.integer("subscriptionId", id);
        let method = "userDataStream.unsubscribe";
        let pending = Pending::Unsubscribe { permit };
        self.send(slot, method, Authorization::None, &params, pending);
    }

    /// Sends a request of the client's own when the limiter gives leave, on the connection that is at `slot` now.
    pub(super) fn ask_leave(&mut self, slot: Slot, own: Own) {
        let Some(connection) = self.connection(slot).map(|connection| connection.id) else {
            return;
        };
        let (connect, persists) = (self.connect.clone(), !matches!(own, Own::Time));
        let weight = match own {
            // What it is asked for goes out again after it.
            Own::Time => TIME_WEIGHT.saturating_add(self.setup_weight()),
            Own::Token { .. } | Own::Unsubscribe { .. } => SESSION_WEIGHT,
        };
        let timeout = self.config.request_timeout;
        let permit = Box::pin(async move {
            loop {
                match connect.setup(weight).await {
                    Err(error) if persists => {
                        tokio::time::sleep(error.retry_after.unwrap_or(timeout)).await;
                    }
                    result => return result,
                }
            }
        });
        self.leaves.push(Leave {
            connection,
            own,
            permit,
        });
    }

    /// The limiter has given leave, or says that there will be none in time.
    pub(super) fn leave_given(
        &mut self,
        connection: ConnectionId,
        own: Own,
        permit: Result<Permit, ConnectError>,
    ) {
        // What was for a connection that is gone, its successor has been asked for.
        let Some(slot) = self.slot(connection) else { return };
        let permit = match permit {
            Ok(permit) => Box::new(permit),
            Err(error) => return self.time_is_unknown(error.error),
        };
        permit.sent().store(true, Ordering::Release);
        match own {
            Own::Time => {
                // It counts among what was sent from here on.
                if let Some(connection) = self.connection(slot) {
                    connection.setup_left = connection.setup_left.saturating_sub(1);
                }
                let method = self.config.gate.product.time_method;
                let pending = Pending::Time { sent: now(), permit };
                self.send(slot, method, Authorization::None, &|_| {}, pending);
            }
            Own::Token { local } if self.subscriptions.contains_key(&local) => {
                self.send_subscribe_with(slot, local, None, Some(permit));
            }
            Own::Token { .. } => {}
            Own::Unsubscribe { id } => self.send_unsubscribe(slot, id, permit),
        }
    }

    /// An answer to what sets up a new connection.
    fn setup_answered(&mut self, pending: Pending, outcome: Result<Option<i64>, Error>) {
        if let Some(connection) = &mut self.rising {
            connection.setup_left = connection.setup_left.saturating_sub(1);
        }
        let refusal = match outcome {
            Ok(id) => {
                match pending {
                    Pending::Logon { .. } => {
                        if let Some(connection) = &mut self.rising {
                            connection.logged_on = true;
                        }
                        self.subscribe_all(|by| matches!(by, By::Session));
                    }
                    Pending::Subscribe { local, .. } => {
                        if let Err(error) = self.subscribed(Slot::Rising, local, id) {
                            self.terminate(local, &error.to_string());
                        }
                    }
                    _ => {}
                }
                return self.ready_if_set_up();
            }
            Err(refusal) => refusal,
        };
        if let Some((pending, refusal)) = self.ask_time(pending, refusal) {
            self.setup_refused(pending, refusal);
        }
    }

    pub(super) fn setup_refused(&mut self, pending: Pending, refusal: Error) {
        tracing::warn!(error = %refusal, "setting up a connection was refused");
        // What it says of the limits concerns everyone.
        if let Some(permit) = self
            .rising
            .as_mut()
            .and_then(|connection| connection.permit.take())
        {
            permit.failed(&refusal, &[]);
        }
        // Only a refusal of the key or the signature is final on the way back; anything else may pass, and the
        // connection is made again later.
        let is_final = match (&refusal, &self.started) {
            (Error::Api(_), Some(_)) => true,
            (Error::Api(error), None) => FINAL.contains(&error.code),
            _ => false,
        };
        if !is_final {
            let not_before = refusal.wait(self.config.clock.now());
            if let Some(connection) = self.rising.take() {
                self.handover.abandon();
                self.life.refused(connection.id, now(), not_before);
                dismiss(connection, &GapReason::Unconfirmed);
            }
            if let Some(started) = self.started.take() {
                let _ = started.send(Err(refusal));
                self.close("the first connection could not be set up");
            }
            return;
        }
        match pending {
            Pending::Logon { .. } => {
                let reason = refusal.to_string();
                self.logon = None;
                self.revoke(&refusal);
                if let Some(started) = self.started.take() {
                    let _ = started.send(Err(refusal));
                    return self.close("the logon was refused");
                }
                self.terminate_session_subscriptions(&reason);
            }
            Pending::Subscribe { local, .. } if !self.token_lapsed(local) => {
                self.terminate(local, &refusal.to_string());
            }
            _ => {}
        }
        self.ready_if_set_up();
    }

    fn set_session(&mut self, slot: Slot, session: SessionState) {
        if let Some(connection) = self.connection(slot) {
            connection.logged_on = session == SessionState::LoggedOn;
        }
        self.status.send_modify(|status| status.session = session);
    }

    fn revoke(&mut self, error: &Error) {
        if let Some(error) = error.api().cloned() {
            self.status
                .send_modify(|status| status.session = SessionState::Revoked(error));
        }
    }

    /// The key of the session is no longer good. The exchange says so in answer to the next request, without
    /// its id.
    pub(super) fn session_revoked(&mut self, slot: Slot, response: RawResponse) {
        let error = match session_outcome(&response) {
            Err(error) => error,
            Ok(_) => return,
        };
        if let Some(connection) = self.connection(slot)
            && let Some(id) = connection
                .in_flight
                .only(|pending| matches!(pending, Pending::Logon { .. }))
            && let Some(logon) = connection.in_flight.take(id)
        {
            // It is the logon itself that was refused.
            return self.response(slot, logon, response);
        }
        tracing::warn!(%error, "the session was revoked");
        if let Some(connection) = self.connection(slot) {
            connection.logged_on = false;
            // With one request by the session in flight it is clear which one was refused. With several it is
            // not, and some of them may have been carried out: those wait for their answer or their deadline.
            let only = connection
                .in_flight
                .only(|pending| matches!(pending, Pending::Call { by_session: true, .. }));
            if let Some(Pending::Call { reply, .. }) = only.and_then(|id| connection.in_flight.take(id)) {
                let _ = reply.send(CallReply::Answered(response));
            }
        }
        self.logon = None;
        self.revoke(&error);
        self.terminate_session_subscriptions(&error.to_string());
    }
}

/// The outcome of a request that the supervisor made itself, with the `subscriptionId` if there is one.
fn session_outcome(response: &RawResponse) -> Result<Option<i64>, Error> {
    let span = Subject::of_read("session").result(&response.text, &response.envelope)?;
    Ok(response.text.get(span).and_then(frame::read_subscription_id))
}
