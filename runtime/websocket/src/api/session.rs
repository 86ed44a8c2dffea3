//! The session of a client and its subscriptions to user data.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use binance_wire_core::{ApiError, Credit, Error, FromJson, OperationInfo, TransportError};
use binance_wire_signing::{Credentials, KeyType};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use super::client::{ApiClient, Phase, Shared, Status, closed};
use super::connection::{By, Command, Done, SESSION_WEIGHT};
use crate::event_stream::{EventStream, Life, Sink, channel, decoder};
use crate::user_data::{Fetching, tokens};

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

pub(super) fn require_logon_key(credentials: &Credentials) -> Result<(), Error> {
    credentials
        .require(KeyType::Ed25519, "session.logon")
        .map_err(|error| Error::Unusable(error.to_string()))
}

impl ApiClient {
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
        permit.ended(&result);
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
}
