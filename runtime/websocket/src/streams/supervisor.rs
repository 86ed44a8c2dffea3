//! The task that keeps a stream connection: it alone reads and writes, and decodes what it reads.

mod connecting;
mod takeover;
mod user_data;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use binance_wire_core::{ApiError, Error, ErrorCode, Text, TransportError};
use binance_wire_net::lifecycle::{Action, ConnectionId, Lifecycle, Takeover};
use tokio::sync::{mpsc, oneshot};

use super::builder::{Access, StreamConfig};
use super::client::{PATIENCE, too_many};
use super::connection::{Connection, Read, poll_frames};
use super::frame::Kind;
use super::outbox::Outbox;
use super::pool;
use super::rules::Route;
use super::topics::PING_EVERY;
use crate::clock::now;
use crate::event_stream::Sink;
use crate::handover::Handover;
use crate::item::{GapReason, Notice};
use crate::socket::{Connect, ConnectError, Connecting, Frame, Socket};
use crate::subscriptions::{Answer, Outcome, SubscriptionSet, Token};
use crate::user_data::keeper::Keeper;
use crate::watch;

pub(crate) type Done<T> = oneshot::Sender<Result<T, Error>>;

/// The time for which the old connection is read after the new one is complete, unless they meet before.
const OVERLAP: Duration = Duration::from_secs(1);

/// The commands that wait for a connection at most, and what those beyond are answered.
const DEFERRED: usize = 1024;
const MANY_WAIT: &str = "too many commands wait for a connection";

/// A command from a handle to the supervisor.
pub(crate) enum Command {
    Subscribe { names: Vec<Text>, done: Done<()> },
    Unsubscribe { names: Vec<Text>, done: Done<()> },
    List { done: Done<Vec<Text>> },
    Wanted { done: Done<Vec<Text>> },
}

/// Who waits for the answer to a control message.
enum Waiter {
    Change(Done<()>),
    List(Done<Vec<Text>>),
}

/// The event that one turn of the loop waited for.
enum Woken {
    Command(Option<Command>),
    Read(Read),
    Connected(Result<Socket, ConnectError>),
    Kept(bool, Result<Option<Text>, Error>),
    Ended(String),
    Timer,
}

pub(crate) struct Supervisor {
    config: Arc<StreamConfig>,
    route: Option<&'static Route>,
    connect: Connect,
    commands: mpsc::Receiver<Command>,
    outbox: Outbox,
    active: Option<Connection>,
    /// A new connection that is being subscribed.
    rising: Option<Connection>,
    /// What passes from the old connection to the new one.
    handover: Handover<Frame>,
    /// The subscriptions of a connection that was lost.
    orphaned: Option<SubscriptionSet>,
    connecting: Option<(Connecting, Vec<Text>)>,
    /// Decides which connection comes, stays and goes.
    life: Lifecycle,
    next_endpoint: usize,
    /// The number of addresses left to try for the first connection.
    attempts_left: usize,
    /// The listen key, of user data.
    keeper: Option<Keeper>,
    random: fastrand::Rng,
    waiters: HashMap<Token, Waiter>,
    next_token: Token,
    /// Commands that wait for a settled connection.
    deferred: VecDeque<Command>,
    started: Option<Done<()>>,
    /// Set once a connection was made; before that, the end of this one leaves the others of its pool alone.
    came_about: bool,
    closed: Option<String>,
}

fn transport(action: &str, reason: impl Into<String>) -> Error {
    Error::Transport(TransportError::new(action, reason.into()))
}

/// A refusal by a stream server. It has its own small codes, and no status.
fn refused(code: i32, message: String) -> Error {
    Error::Api(ApiError {
        status: 400,
        code: ErrorCode(code),
        code_text: None,
        message,
        data: None,
        code_name: None,
        call: None,
    })
}

impl Supervisor {
    pub(crate) fn new(
        config: Arc<StreamConfig>,
        route: Option<&'static Route>,
        connect: Connect,
        commands: mpsc::Receiver<Command>,
        sink: Box<dyn Sink>,
        started: Done<()>,
    ) -> Self {
        let takeover = Takeover {
            meet_within: OVERLAP,
            drain_for: Duration::ZERO,
            ping_every: matches!(config.access, Access::Topics(_)).then_some(PING_EVERY),
        };
        Self {
            life: Lifecycle::new(&config.reconnect, takeover),
            random: match config.reconnect.seed {
                Some(seed) => fastrand::Rng::with_seed(seed),
                None => fastrand::Rng::new(),
            },
            attempts_left: config.urls.len(),
            keeper: match &config.access {
                Access::Key(access) => Some(Keeper::new(access.clone())),
                _ => None,
            },
            config,
            route,
            connect,
            commands,
            outbox: Outbox::new(sink),
            active: None,
            rising: None,
            handover: Handover::default(),
            orphaned: None,
            connecting: None,
            next_endpoint: 0,
            waiters: HashMap::new(),
            next_token: 0,
            deferred: VecDeque::new(),
            started: Some(started),
            came_about: false,
            closed: None,
        }
    }

    /// Connects with `streams` to begin with, and keeps the connection until `ended` says otherwise, or until it is
    /// given up and says so itself.
    pub(crate) async fn run(mut self, streams: Vec<Text>, ended: Arc<watch::Sender<Option<String>>>) {
        let watch = ended.subscribe();
        let mut set = SubscriptionSet::new(self.config.manner(), PATIENCE, 1);
        if set.subscribe(&streams, None).is_err() {
            self.fail_start(too_many(self.config.rules.max_streams));
        }
        self.orphaned = Some(set);
        self.life.connect();
        loop {
            self.tend(now());
            // News reach the consumer before anything else is awaited.
            self.outbox.flush();
            if self.closed.is_some() {
                break;
            }
            match self.wait(&watch).await {
                Woken::Command(Some(command)) => self.command(command),
                Woken::Command(None) => self.close("every handle was dropped"),
                Woken::Read(Read::Control { rising, kind }) => self.control(rising, kind),
                Woken::Read(Read::Lost { rising, reason }) => self.lost(rising, reason),
                Woken::Read(Read::Met) => self.ready_if_settled(),
                Woken::Read(Read::Busy) => {
                    if self.outbox.consumer_gone() {
                        self.close("nobody listens");
                    }
                    tokio::task::yield_now().await;
                }
                Woken::Connected(result) => self.connected(result),
                Woken::Kept(starting, result) => self.kept(starting, result),
                Woken::Ended(reason) => self.close(&reason),
                Woken::Timer => {}
            }
        }
        self.finish(&ended).await;
    }

    async fn wait(&mut self, watch: &watch::Receiver<Option<String>>) -> Woken {
        let wake = tokio::time::Instant::from_std(self.next_wake());
        let Self {
            active,
            rising,
            handover,
            outbox,
            connecting,
            keeper,
            commands,
            ..
        } = self;
        let frames = std::future::poll_fn(|cx| poll_frames(active, rising, handover, outbox, cx));
        let connected = std::future::poll_fn(|cx| match connecting {
            Some((future, _)) => future.as_mut().poll(cx),
            None => Poll::Pending,
        });
        let kept = std::future::poll_fn(|cx| match keeper {
            Some(keeper) => keeper.poll(cx),
            None => Poll::Pending,
        });
        // In this order and not by lot, so that a simulated run can be repeated: what is rare does not wait for events.
        tokio::select! {
            biased;
            reason = watch.wait_for(Option::is_some) => {
                Woken::Ended(reason.ok().and_then(|reason| reason.clone()).unwrap_or_default())
            }
            (starting, result) = kept => Woken::Kept(starting, result),
            command = commands.recv() => Woken::Command(command),
            result = connected => Woken::Connected(result),
            read = frames => Woken::Read(read),
            () = tokio::time::sleep_until(wake) => Woken::Timer,
        }
    }

    fn next_wake(&self) -> Instant {
        let connections = self.active.iter().chain(&self.rising);
        let times = connections.filter_map(Connection::next);
        times
            .chain(self.life.next_wake())
            .chain(self.keeper.as_ref().and_then(Keeper::next))
            .min()
            .unwrap_or_else(|| now() + Duration::from_secs(60))
    }

    /// Does what time and state ask for.
    fn tend(&mut self, now: Instant) {
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
        for connection in self.active.iter_mut().chain(&mut self.rising) {
            if let Some(at) = connection.heard.take() {
                self.life.heard(connection.id, at);
            }
            if let Some(at) = connection.answered.take() {
                self.life.answered(connection.id, at);
            }
        }
        self.bid_farewell(now);
        if let Some(connection) = &self.active {
            self.handover
                .catch_up(|ping| connection.socket.has_answered(ping));
        }
        let stalled = self.active.as_ref().is_some_and(|connection| connection.stalled);
        self.life.stalled(stalled, now);
        if let Some(keeper) = &mut self.keeper
            && keeper.tend(now)
        {
            keeper.forget();
            self.key_gone();
        }
        self.act(now);
        if self.rising.is_none() && self.active.is_some() {
            while let Some(command) = self.deferred.pop_front() {
                self.change(command);
            }
            // What was deferred is sent without waiting for something else to happen.
            if let Some(connection) = &mut self.active
                && let Err(reason) = connection.send_due(now)
            {
                self.lost(false, reason);
                self.act(now);
            }
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
        let is = |connection: &Option<Connection>, id: ConnectionId| {
            connection.as_ref().is_some_and(|connection| connection.id == id)
        };
        match action {
            Action::Connect => self.connect_now(),
            Action::Promote { .. } => self.promote(),
            Action::Ping(id) => {
                if let Some(connection) = &mut self.active
                    && connection.id == id
                {
                    connection.ping_due = true;
                    if let Err(reason) = connection.send_due(now()) {
                        self.lost(false, reason);
                    }
                }
            }
            Action::Silent(id) if is(&self.active, id) => self.lost(false, GapReason::Silent),
            // It was drained and closed when it was replaced.
            Action::Silent(_) | Action::Close(_) => {}
            Action::GiveUp => self.close("the connection could not be made again"),
        }
    }

    fn wanted(&self) -> Option<&SubscriptionSet> {
        self.active
            .as_ref()
            .map(|connection| &connection.set)
            .or(self.orphaned.as_ref())
    }

    /// The streams that are wanted once the commands that wait for a connection are carried out.
    fn wanted_in_the_end(&self) -> Vec<Text> {
        let wanted = self.wanted().map(SubscriptionSet::wanted).unwrap_or_default();
        let mut wanted: BTreeSet<Text> = wanted.into_iter().collect();
        for command in &self.deferred {
            match command {
                Command::Subscribe { names, .. } => wanted.extend(names.iter().cloned()),
                Command::Unsubscribe { names, .. } => wanted.retain(|name| !names.contains(name)),
                Command::List { .. } | Command::Wanted { .. } => {}
            }
        }
        wanted.into_iter().collect()
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Wanted { done } => {
                let _ = done.send(Ok(self.wanted_in_the_end()));
            }
            command if self.rising.is_none() && self.active.is_some() => self.change(command),
            command if self.deferred.len() < DEFERRED => self.deferred.push_back(command),
            Command::Subscribe { done, .. } | Command::Unsubscribe { done, .. } => {
                drop(done.send(Err(Error::Unusable(MANY_WAIT.to_owned()))));
            }
            Command::List { done } => drop(done.send(Err(Error::Unusable(MANY_WAIT.to_owned())))),
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
            // Where nobody waits for the outcome any more, the streams are wanted, or not wanted, all the same. What comes
            // of it is reported in-band.
            Command::Subscribe { names, done } => {
                let token = (!done.is_closed()).then_some(token);
                match (connection.set.subscribe(&names, token), token) {
                    (Ok(true), Some(token)) => drop(self.waiters.insert(token, Waiter::Change(done))),
                    (Ok(_), _) => drop(done.send(Ok(()))),
                    (Err(_), _) => drop(done.send(Err(too_many(self.config.rules.max_streams)))),
                }
            }
            Command::Unsubscribe { names, done } => {
                let token = (!done.is_closed()).then_some(token);
                match (connection.set.unsubscribe(&names, token), token) {
                    (true, Some(token)) => drop(self.waiters.insert(token, Waiter::Change(done))),
                    _ => drop(done.send(Ok(()))),
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
                self.life.announced(connection.id, now());
                self.outbox.notice(Notice::ServerShutdown);
                return;
            }
            Kind::KeyExpired { key } => {
                tracing::info!("the exchange says that a listen key has expired");
                return self.key_expired(key.as_ref());
            }
            Kind::Data => return,
        };
        let Some(outcome) = connection.set.answered(id, answer) else {
            tracing::warn!(?id, "an answer to no control message");
            return;
        };
        self.answered(outcome);
        if rising {
            self.ready_if_settled();
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
            (None, Answer::Refused { code, message }) => match self.started {
                Some(_) => self.fail_start(refused(code, message)),
                None => self.outbox.notice(Notice::Refused {
                    names,
                    reason: message,
                }),
            },
            (None, _) => {}
        }
    }

    fn close(&mut self, reason: &str) {
        self.closed.get_or_insert_with(|| reason.to_owned());
    }

    async fn finish(mut self, ended: &watch::Sender<Option<String>>) {
        let reason = self.closed.take().unwrap_or_default();
        tracing::debug!(reason, "closing");
        // The connections of one stream of messages end together.
        if self.came_about {
            self.deliver_received();
            pool::end(ended, &reason);
            self.outbox.end(&reason);
        }
        drop(self.outbox);
        let key = self.keeper.take().and_then(|keeper| keeper.key().cloned());
        for connection in self.active.take().into_iter().chain(self.rising.take()) {
            connection.socket.close().await;
        }
        user_data::end_key(&self.config.access, key).await;
    }
}
