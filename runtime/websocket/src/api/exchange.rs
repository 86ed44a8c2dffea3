//! One attempt to have a request answered.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use binance_wire_core::{Credit, Error, ParamSink, Security, Sent, Throttled};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::client::{ApiClient, Held, Phase, Status};
use super::connection::{CallReply, Command, Late, RawResponse};
use super::outcome::Subject;
use super::request::{Authorization, build};
use super::session::SessionState;

/// The wait before a request that did not go out is tried on the connection as it is then.
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

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
    pub(super) subject: Subject,
}

impl ApiClient {
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
}
