//! One connection of the WebSocket API and what hangs on it.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use binance_wire_core::{Error, Text, TransportError};
use binance_wire_limits::{Permit, Sending};
use binance_wire_net::lifecycle::ConnectionId;
use binance_wire_signing::Credentials;
use tokio::sync::{mpsc, oneshot};

use super::frame::Envelope;
use super::outcome::Subject;
use crate::event_stream::Sink;
use crate::in_flight::InFlight;
use crate::item::GapReason;
use crate::socket::{ConnectError, Frame, FrameText, SendError, Socket};

/// How long an answer may come after the time of its request is over.
const LATE: Duration = Duration::from_secs(60);

/// Tells the caller of a session operation how it went.
pub(crate) type Done = oneshot::Sender<Result<(), Error>>;

/// The way in which a user data subscription is made, again on every connection.
#[derive(Clone)]
pub(crate) enum By {
    /// The session.
    Session,
    /// Its own signature.
    Signature(Credentials),
    /// A listen token.
    Token {
        /// The method that takes it.
        method: &'static str,
        token: Text,
        /// Asks for another.
        wanted: mpsc::Sender<()>,
        /// Whether the token is no longer good, and no other has been confirmed yet.
        lapsed: bool,
    },
}

/// A command from a handle to the supervisor.
pub(crate) enum Command {
    /// Send a request.
    Call {
        id: u64,
        frame: String,
        by_session: bool,
        /// The moment after which it is not sent any more.
        send_by: Instant,
        /// Whether the limiter, which let it go, still does.
        sending: Option<Sending>,
        late: Option<Box<Late>>,
        reply: oneshot::Sender<CallReply>,
    },
    /// Log the session on, now and after every reconnection.
    Logon { credentials: Credentials, done: Done },
    /// Log the session off.
    Logout { done: Done },
    /// Subscribe to user data.
    Subscribe {
        local: u64,
        by: By,
        sink: Box<dyn Sink>,
        done: Done,
    },
    /// A new token for a subscription by token.
    Token { local: u64, token: Text },
    /// A subscription's consumer is gone.
    Unsubscribe { local: u64 },
    /// End everything.
    Close { done: oneshot::Sender<()> },
}

impl Command {
    /// Whether `other`, which came before this one, is not worth carrying out any more.
    pub(crate) fn makes_idle(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Token { local, .. }, Self::Token { local: other, .. }) => local == other,
            (_, Self::Logon { done, .. } | Self::Logout { done } | Self::Subscribe { done, .. }) => {
                done.is_closed()
            }
            _ => false,
        }
    }
}

/// The outcome of a call.
#[derive(Debug)]
pub(crate) enum CallReply {
    /// An answer came.
    Answered(RawResponse),
    /// Nothing was written: the connection went away before, or the session the call counted on did.
    NotSent,
    /// It was written, and the connection was lost before the answer.
    Lost(GapReason),
    /// It was written, and no answer came in time.
    TimedOut,
}

/// A mutation whose answer is of interest even if it comes late.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) id: u64,
    pub(crate) subject: Subject,
}

/// A response as it came.
#[derive(Clone, Debug)]
pub(crate) struct RawResponse {
    pub(crate) text: FrameText,
    pub(crate) envelope: Envelope,
}

/// The purpose of an awaited response.
pub(crate) enum Pending {
    Call {
        by_session: bool,
        late: Option<Box<Late>>,
        reply: oneshot::Sender<CallReply>,
    },
    /// `done` is `None` while a connection is being set up.
    Logon {
        credentials: Credentials,
        done: Option<Done>,
    },
    Logout {
        done: Done,
    },
    Subscribe {
        local: u64,
        done: Option<Done>,
        /// Leave of the limiter, where neither a caller has it nor the setup of the connection.
        permit: Option<Box<Permit>>,
    },
    /// Nobody waits for it.
    Unsubscribe {
        permit: Box<Permit>,
    },
    /// The exchange's time, for a connection that is being set up.
    Time {
        sent: Instant,
        permit: Box<Permit>,
    },
}

impl Pending {
    /// Tells the limiter how a request ended that has leave of its own.
    pub(crate) fn settle<T>(self, outcome: &Result<T, Error>) -> Self {
        match self {
            Self::Subscribe { local, done, permit } => {
                if let Some(permit) = permit {
                    permit.ended(outcome);
                }
                Self::Subscribe {
                    local,
                    done,
                    permit: None,
                }
            }
            Self::Unsubscribe { permit } => {
                permit.ended(outcome);
                Self::Unsubscribe {
                    permit: Box::new(Permit::unlimited()),
                }
            }
            other => other,
        }
    }
}

/// What the supervisor asks of the server by itself, once the limiter gives leave.
pub(crate) enum Own {
    /// The exchange's time.
    Time,
    /// The subscription by a new token.
    Token { local: u64 },
    /// The end of the subscription with this id of the server's.
    Unsubscribe { id: i64 },
}

/// A request of the supervisor's own that waits for leave.
pub(crate) struct Leave {
    pub(crate) connection: ConnectionId,
    pub(crate) own: Own,
    pub(crate) permit: Pin<Box<dyn Future<Output = Result<Permit, ConnectError>> + Send>>,
}

/// The weight of `session.logon`, `session.logout` and of each way to subscribe to user data, and to end that:
/// <https://developers.binance.com/docs/binance-spot-api-docs/websocket-api/authentication-requests>.
pub(crate) const SESSION_WEIGHT: u32 = 2;

/// A connection that is being made, with leave to set it up.
pub(crate) type Opening = Pin<Box<dyn Future<Output = Result<(Socket, Permit), ConnectError>> + Send>>;

/// A connection, its requests in flight, its session and its subscriptions.
pub(crate) struct Connection {
    /// Tells it from those before and after it.
    pub(crate) id: ConnectionId,
    pub(crate) socket: Socket,
    pub(crate) in_flight: InFlight<Pending>,
    /// Mutations whose time is over, and that may be answered yet.
    pub(crate) late: InFlight<Box<Late>>,
    /// Whether the time of a request was over before its answer came: one without an id may be of that.
    given_up: bool,
    pub(crate) logged_on: bool,
    /// From the server's subscription ids to ours.
    pub(crate) routes: HashMap<i64, u64>,
    /// Answers that setting up still waits for.
    pub(crate) setup_left: usize,
    /// Leave of the limiter to set it up, until that is done.
    pub(crate) permit: Option<Permit>,
    /// What was refused for its time stamp and waits for the exchange's time; empty when that has come.
    pub(crate) untimely: Option<Vec<(Pending, Error)>>,
    /// It was replaced, and is closed when nothing waits for an answer any more.
    pub(crate) closing: bool,
}

impl Connection {
    pub(crate) fn new(id: ConnectionId, socket: Socket, permit: Permit) -> Self {
        permit.sent().store(true, Ordering::Release);
        Self {
            id,
            socket,
            in_flight: InFlight::new(),
            late: InFlight::new(),
            given_up: false,
            logged_on: false,
            routes: HashMap::new(),
            setup_left: 0,
            permit: Some(permit),
            untimely: None,
            closing: false,
        }
    }

    /// Sends a request and remembers what its response is for.
    pub(crate) fn send(
        &mut self,
        id: u64,
        frame: String,
        deadline: Instant,
        pending: Pending,
    ) -> Result<(), (Pending, SendError)> {
        match self.socket.send(frame) {
            Ok(()) => {
                self.in_flight.insert(id, deadline, pending);
                Ok(())
            }
            Err(reason) => Err((pending, reason)),
        }
    }

    /// Fails the requests whose time is over; whether there were any.
    pub(crate) fn expire(&mut self, now: Instant) -> bool {
        while self.late.expired(now).is_some() {}
        let mut any = false;
        while let Some(mut pending) = self.in_flight.expired(now) {
            if let Pending::Call { late, .. } = &mut pending
                && let Some(late) = late.take()
            {
                self.late.insert(late.id, now + LATE, late);
            }
            fail(pending, Failure::TimedOut);
            self.given_up = true;
            any = true;
        }
        any
    }

    /// The request that a response without an id answers: the only one that waits, where it cannot be another's.
    pub(crate) fn take_only(&mut self) -> Option<Pending> {
        let only = self.in_flight.only(|_| true).filter(|_| !self.given_up);
        only.and_then(|id| self.in_flight.take(id))
    }

    pub(crate) fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, GapReason>> {
        self.socket.poll_frame(cx)
    }

    /// The server's id of a subscription on this connection.
    pub(crate) fn server_id(&self, local: u64) -> Option<i64> {
        self.routes
            .iter()
            .find(|(_, ours)| **ours == local)
            .map(|(id, _)| *id)
    }
}

/// The reason why a request gets no answer.
pub(crate) enum Failure<'a> {
    Error(Error),
    NotSent,
    Lost(&'a GapReason),
    TimedOut,
}

/// A failure of the connection while doing `action`.
pub(crate) fn transport(action: &str, reason: impl Into<String>) -> Error {
    Error::Transport(TransportError::new(action, reason.into()))
}

/// Tells whoever waits that there will be no answer.
pub(crate) fn fail(pending: Pending, failure: Failure<'_>) {
    if let Pending::Call { reply, .. } = pending {
        let _ = reply.send(match failure {
            Failure::Error(_) | Failure::NotSent => CallReply::NotSent,
            Failure::Lost(reason) => CallReply::Lost(reason.clone()),
            Failure::TimedOut => CallReply::TimedOut,
        });
        return;
    }
    let error = match failure {
        Failure::Error(error) => error,
        Failure::NotSent => transport("using the session", "the connection was lost"),
        Failure::Lost(reason) => transport("using the session", reason.to_string()),
        Failure::TimedOut => transport("using the session", "timed out"),
    };
    match pending {
        Pending::Logon { done, .. } | Pending::Subscribe { done, .. } => finish(done, Err(error)),
        Pending::Logout { done } => finish(Some(done), Err(error)),
        Pending::Unsubscribe { .. } | Pending::Time { .. } | Pending::Call { .. } => {}
    }
}

/// Gives an outcome to the caller of a session operation, if one waits.
pub(crate) fn finish(done: Option<Done>, outcome: Result<(), Error>) {
    if let Some(done) = done {
        let _ = done.send(outcome);
    }
}

/// Fails everything that waits on a connection and closes it in the background.
pub(crate) fn dismiss(mut connection: Connection, reason: &GapReason) {
    for pending in connection.in_flight.drain() {
        fail(pending, Failure::Lost(reason));
    }
    tokio::spawn(connection.socket.close());
}
