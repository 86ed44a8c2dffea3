//! The task that keeps a stream connection: it alone reads and writes, and decodes what it reads.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use binance_wire_core::{ApiError, Error, ErrorCode, Text, TransportError};
use tokio::sync::{mpsc, oneshot};

use super::builder::StreamConfig;
use super::client::{PATIENCE, too_many};
use super::connection::{Connection, HELD, NEW, OLD, Read, bytes, deliver, now, poll_frames};
use super::frame::{self, Kind};
use crate::event_stream::Sink;
use crate::item::{GapReason, Notice};
use crate::overlap::Overlap;
use crate::reconnect::{Backoff, Decision, Health, Jitter, Verdict};
use crate::socket::{Connect, ConnectError, Frame, Socket, without_query};
use crate::subscriptions::{Answer, Outcome, SubscriptionSet, Token};

type Connecting = Pin<Box<dyn Future<Output = Result<Socket, ConnectError>> + Send>>;
type Done<T> = oneshot::Sender<Result<T, Error>>;

/// What the handles ask of the supervisor.
pub(crate) enum Command {
    Subscribe { names: Vec<Text>, done: Done<()> },
    Unsubscribe { names: Vec<Text>, done: Done<()> },
    List { done: Done<Vec<Text>> },
    Wanted { done: Done<Vec<Text>> },
    Close { done: Done<()> },
    ConsumerGone,
}

/// Who waits for the answer to a control message.
enum Waiter {
    Change(Done<()>),
    List(Done<Vec<Text>>),
}

/// What one turn of the loop waited for.
enum Woken {
    Command(Option<Command>),
    Read(Read),
    Connected(Result<Socket, ConnectError>),
    Timer,
}

pub(crate) struct Supervisor {
    config: StreamConfig,
    connect: Connect,
    commands: mpsc::Receiver<Command>,
    sink: Box<dyn Sink>,
    active: Option<Connection>,
    /// A new connection that is being subscribed.
    rising: Option<Connection>,
    /// What the new connection has sent so far; it is passed on when the old one has had its say.
    held: VecDeque<Frame>,
    overlap: Overlap,
    /// The subscriptions of a connection that was lost.
    orphaned: Option<SubscriptionSet>,
    connecting: Option<(Connecting, Vec<Text>)>,
    retry_at: Option<Instant>,
    next_endpoint: usize,
    backoff: Backoff,
    jitter: Jitter,
    waiters: HashMap<Token, Waiter>,
    next_token: Token,
    /// Commands that wait for a settled connection.
    deferred: VecDeque<Command>,
    started: Option<Done<()>>,
    closed: Option<String>,
}

fn transport(action: &str, reason: impl Into<String>) -> Error {
    Error::Transport(TransportError::new(action, reason.into()))
}

/// A refusal by a stream server. Its codes are small numbers of its own, and there is no status.
fn refused(code: i32, message: String) -> Error {
    Error::Api(ApiError {
        status: 400,
        code: ErrorCode(code),
        code_text: None,
        message,
        data: None,
    })
}

impl Supervisor {
    pub(crate) fn new(
        config: StreamConfig,
        connect: Connect,
        commands: mpsc::Receiver<Command>,
        sink: Box<dyn Sink>,
        started: Done<()>,
    ) -> Self {
        Self {
            backoff: Backoff::new(&config.reconnect),
            jitter: Jitter::new(config.reconnect.seed),
            config,
            connect,
            commands,
            sink,
            active: None,
            rising: None,
            held: VecDeque::new(),
            overlap: Overlap::default(),
            orphaned: None,
            connecting: None,
            retry_at: None,
            next_endpoint: 0,
            waiters: HashMap::new(),
            next_token: 0,
            deferred: VecDeque::new(),
            started: Some(started),
            closed: None,
        }
    }

    pub(crate) async fn run(mut self, first: Socket, set: SubscriptionSet) {
        self.rise(first, set);
        loop {
            self.tend(now());
            // News reach the consumer before anything else is awaited.
            self.sink.flush();
            if self.closed.is_some() {
                break;
            }
            match self.wait().await {
                Woken::Command(Some(command)) => self.command(command),
                Woken::Command(None) => self.close("every handle was dropped"),
                Woken::Read(Read::Control { rising, kind }) => self.control(rising, kind),
                Woken::Read(Read::Lost { rising, reason }) => self.lost(rising, reason),
                Woken::Read(Read::Busy) => {
                    if self.sink.consumer_gone() {
                        self.close("nobody listens");
                    }
                    tokio::task::yield_now().await;
                }
                Woken::Connected(result) => self.connected(result),
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
            held,
            overlap,
            sink,
            connecting,
            commands,
            ..
        } = self;
        let sink = sink.as_mut();
        let frames = std::future::poll_fn(|cx| poll_frames(active, rising, held, overlap, sink, cx));
        let connected = std::future::poll_fn(|cx| match connecting {
            Some((future, _)) => future.as_mut().poll(cx),
            None => Poll::Pending,
        });
        tokio::select! {
            read = frames => Woken::Read(read),
            command = commands.recv() => Woken::Command(command),
            result = connected => Woken::Connected(result),
            () = tokio::time::sleep_until(wake) => Woken::Timer,
        }
    }

    fn next_wake(&self) -> Instant {
        let connections = self.active.iter().chain(&self.rising);
        let times = connections
            .flat_map(|connection| [connection.send_at, connection.set.next_deadline()])
            .flatten();
        let checks = self
            .active
            .iter()
            .map(|connection| connection.health.next_check());
        times
            .chain(checks)
            .chain(self.retry_at)
            .min()
            .unwrap_or_else(|| now() + Duration::from_secs(60))
    }

    /// Does what time and state ask for.
    fn tend(&mut self, now: Instant) {
        if self.rising.is_none() && self.active.is_some() {
            while let Some(command) = self.deferred.pop_front() {
                self.change(command);
            }
        }
        for rising in [false, true] {
            let connection = if rising {
                &mut self.rising
            } else {
                &mut self.active
            };
            if let Some(connection) = connection
                && let Err(reason) = connection.send_due(now)
            {
                self.lost(rising, reason);
            }
        }
        if let Some(connection) = &mut self.active {
            match connection.health.check(now) {
                Some(Verdict::Silent) => self.lost(false, GapReason::Silent),
                Some(Verdict::Old) => {
                    connection.health.replacement_started();
                    if self.connecting.is_none() && self.rising.is_none() && self.retry_at.is_none() {
                        self.retry_at = Some(now);
                    }
                }
                None => {}
            }
        }
        if self.retry_at.is_some_and(|at| now >= at) && self.connecting.is_none() {
            self.retry_at = None;
            self.connect_now();
        }
    }

    fn wanted(&self) -> Option<&SubscriptionSet> {
        self.active
            .as_ref()
            .map(|connection| &connection.set)
            .or(self.orphaned.as_ref())
    }

    fn connect_now(&mut self) {
        let wanted = self.wanted().map(SubscriptionSet::wanted).unwrap_or_default();
        let named = self.config.on_address(wanted.iter());
        let Some(url) = self.config.endpoint(self.next_endpoint, &named) else {
            return self.close("no address to connect to");
        };
        self.next_endpoint = self.next_endpoint.wrapping_add(1);
        let options = self.connect.clone();
        tracing::debug!(url = without_query(&url), "connecting");
        let future = Box::pin(async move { Socket::connect(&url, &options).await });
        self.connecting = Some((future, named));
    }

    fn connected(&mut self, result: Result<Socket, ConnectError>) {
        let named = self.connecting.take().map(|(_, named)| named).unwrap_or_default();
        match result {
            Ok(socket) => {
                let set = match self.wanted() {
                    Some(set) => set.renewed(&named),
                    None => SubscriptionSet::new(PATIENCE, 1),
                };
                self.rise(socket, set);
            }
            Err(error) => {
                tracing::warn!(error = %error.error, "connecting failed");
                self.retry(error.retry_after);
            }
        }
    }

    fn retry(&mut self, not_before: Option<Duration>) {
        let now = now();
        match self.backoff.failed(now, not_before) {
            Decision::RetryAfter(delay) => self.retry_at = Some(now + delay),
            // While the old connection works there is no reason to give up.
            Decision::GiveUp if self.active.is_some() => {
                self.retry_at = Some(now + self.config.reconnect.max_delay);
            }
            Decision::GiveUp => self.close("the connection could not be made again"),
        }
    }

    fn rise(&mut self, socket: Socket, set: SubscriptionSet) {
        let health = Health::new(&self.config.reconnect, &mut self.jitter, now());
        self.rising = Some(Connection {
            socket,
            health,
            set,
            send_at: None,
        });
        self.promote_if_ready();
    }

    /// Lets a new connection take over once everything is confirmed on it.
    fn promote_if_ready(&mut self) {
        let Some(connection) = self.rising.take_if(|connection| connection.set.settled()) else {
            return;
        };
        self.backoff.connected(now());
        self.orphaned = None;
        tracing::info!("connection ready");
        match self.active.replace(connection) {
            Some(old) => {
                self.replaced(old);
                self.sink.notice(Notice::Replaced);
            }
            None if self.started.is_none() => self.sink.notice(Notice::Reconnected),
            None => {}
        }
        if let Some(started) = self.started.take() {
            let _ = started.send(Ok(()));
        }
        self.pass_held();
    }

    /// Hands over what the new connection has sent so far, except what the old one had delivered already.
    fn pass_held(&mut self) {
        for frame in std::mem::take(&mut self.held) {
            if !self.overlap.is_repeated(NEW, bytes(&frame)) {
                deliver(self.sink.as_mut(), &frame);
            }
        }
        self.overlap.clear();
    }

    /// What the old connection has still received is passed on before it is closed.
    fn replaced(&mut self, mut old: Connection) {
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..HELD {
            match old.socket.poll_frame(&mut cx) {
                Poll::Ready(Ok(Frame::Text(text))) => {
                    if frame::sort(&text) == Kind::Data {
                        self.overlap.is_repeated(OLD, text.as_bytes());
                        self.sink.text(&text);
                    }
                }
                Poll::Ready(Ok(Frame::Binary(bytes))) => {
                    self.overlap.is_repeated(OLD, &bytes);
                    self.sink.binary(&bytes);
                }
                Poll::Ready(Ok(Frame::Alive)) => {}
                Poll::Ready(Err(_)) | Poll::Pending => break,
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

    fn command(&mut self, command: Command) {
        match command {
            Command::Close { done } => {
                self.close("the client was closed");
                let _ = done.send(Ok(()));
            }
            Command::ConsumerGone => self.close("nobody listens"),
            Command::Wanted { done } => {
                let _ = done.send(Ok(self.wanted().map(SubscriptionSet::wanted).unwrap_or_default()));
            }
            command if self.rising.is_none() && self.active.is_some() => self.change(command),
            command => self.deferred.push_back(command),
        }
    }

    /// What changes subscriptions or asks for them: on a settled connection only, so that no other misses it.
    fn change(&mut self, command: Command) {
        let Some(connection) = &mut self.active else {
            return;
        };
        let token = self.next_token;
        self.next_token += 1;
        match command {
            Command::Subscribe { names, done } if !done.is_closed() => {
                match connection.set.subscribe(&names, Some(token)) {
                    Ok(true) => drop(self.waiters.insert(token, Waiter::Change(done))),
                    Ok(false) => drop(done.send(Ok(()))),
                    Err(_) => drop(done.send(Err(too_many()))),
                }
            }
            Command::Unsubscribe { names, done } if !done.is_closed() => {
                if connection.set.unsubscribe(&names, Some(token)) {
                    self.waiters.insert(token, Waiter::Change(done));
                } else {
                    let _ = done.send(Ok(()));
                }
            }
            Command::List { done } if !done.is_closed() => {
                connection.set.list(token);
                self.waiters.insert(token, Waiter::List(done));
            }
            // Who asked has stopped waiting.
            _ => {}
        }
    }

    fn control(&mut self, rising: bool, kind: Kind) {
        let connection = if rising {
            &mut self.rising
        } else {
            &mut self.active
        };
        let Some(connection) = connection else { return };
        let (id, answer) = match kind {
            Kind::Control { id, answer } => (id, answer),
            Kind::ServerShutdown => {
                tracing::info!("the server announced that it will close the connection");
                connection.health.replace_from(now());
                self.sink.notice(Notice::ServerShutdown);
                return;
            }
            Kind::Data => return,
        };
        let Some(outcome) = connection.set.answered(id, answer) else {
            tracing::warn!(?id, "an answer to no control message");
            return;
        };
        self.answered(outcome);
        if rising {
            self.promote_if_ready();
        }
    }

    fn answered(&mut self, outcome: Outcome) {
        let Outcome { token, answer, names } = outcome;
        let waiter = token.and_then(|token| self.waiters.remove(&token));
        match (waiter, answer) {
            (Some(Waiter::Change(done)), Answer::Refused { code, message }) => {
                let _ = done.send(Err(refused(code, message)));
            }
            (Some(Waiter::List(done)), Answer::Refused { code, message }) => {
                let _ = done.send(Err(refused(code, message)));
            }
            (Some(Waiter::Change(done)), _) => drop(done.send(Ok(()))),
            (Some(Waiter::List(done)), Answer::Names(names)) => drop(done.send(Ok(names))),
            (Some(Waiter::List(done)), Answer::Done) => drop(done.send(Ok(Vec::new()))),
            (None, Answer::Refused { code, message }) => match self.started.take() {
                Some(started) => {
                    let _ = started.send(Err(refused(code, message)));
                    self.close("the streams were refused");
                }
                None => self.sink.notice(Notice::Refused {
                    names,
                    reason: message,
                }),
            },
            (None, _) => {}
        }
    }

    fn lost(&mut self, rising: bool, reason: GapReason) {
        tracing::warn!(rising, %reason, "connection lost");
        if rising {
            let Some(connection) = self.rising.take() else {
                return;
            };
            self.held.clear();
            self.overlap.clear();
            tokio::spawn(connection.socket.close());
            if let Some(started) = self.started.take() {
                let _ = started.send(Err(transport("setting up the connection", reason.to_string())));
                return self.close("the first connection could not be set up");
            }
            return self.retry(None);
        }
        let Some(connection) = self.active.take() else {
            return;
        };
        self.sink.notice(Notice::Gap(reason.clone()));
        self.abandon(&connection.set, &reason.to_string());
        tokio::spawn(connection.socket.close());
        self.orphaned = Some(connection.set);
        // From here on the new connection delivers directly, and what it sent before comes first.
        self.pass_held();
        // A replacement that is under way already will do.
        if self.rising.is_none() && self.connecting.is_none() && self.retry_at.is_none() {
            self.retry(None);
        }
    }

    fn close(&mut self, reason: &str) {
        self.closed.get_or_insert_with(|| reason.to_owned());
    }

    async fn finish(mut self) {
        let reason = self.closed.take().unwrap_or_default();
        tracing::debug!(reason, "closing");
        self.sink.notice(Notice::Terminated(reason));
        self.sink.flush();
        for connection in self.active.take().into_iter().chain(self.rising.take()) {
            connection.socket.close().await;
        }
    }
}
