//! The connections under one handle: which of them carries which stream.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use binance_wire_core::{Error, Text, TransportError};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use super::builder::StreamConfig;
use super::rules::{self, Route};
use super::supervisor::{Command, Supervisor};
use crate::event_stream::Sinks;
use crate::queue::Overflow;
use crate::socket::Connect;
use crate::watch;

/// Commands that may wait for a connection's task to take them.
const COMMANDS: usize = 64;

/// One connection, with its own task.
struct Lane {
    id: u64,
    route: Option<&'static Route>,
    commands: mpsc::Sender<Command>,
    /// The streams subscribed here and not unsubscribed. Streams that the exchange refused later may still be among
    /// them.
    streams: BTreeSet<Text>,
}

/// Streams for one connection.
pub(crate) struct Share {
    lane: u64,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) streams: Vec<Text>,
    /// For a connection that was opened for them: whether it came about.
    pub(crate) opened: Option<oneshot::Receiver<Result<(), Error>>>,
}

/// The connections of one stream of messages. They end together.
pub(crate) struct Pool {
    config: Arc<StreamConfig>,
    connect: Connect,
    sinks: Box<dyn Sinks>,
    lanes: Mutex<Vec<Lane>>,
    ended: Arc<watch::Sender<Option<String>>>,
}

pub(crate) fn closed(action: &str) -> Error {
    Error::Transport(TransportError::new(action, "the connection is closed"))
}

impl Pool {
    pub(crate) fn new(config: StreamConfig, sinks: Box<dyn Sinks>) -> Result<Self, Error> {
        let timeout = config.reconnect.connect_timeout;
        let (budget, clock) = (config.budget.clone(), config.clock.clone());
        let mut connect = Connect::new(&config.network, &config.urls, timeout, budget, clock)?;
        connect.api_key = config.api_key.clone();
        connect.limits = config.gate.lane(&config.urls, None).map(|lane| (lane, false));
        Ok(Self {
            config: Arc::new(config),
            connect,
            sinks,
            lanes: Mutex::new(Vec::new()),
            ended: Arc::new(watch::Sender::new(None)),
        })
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Lane>> {
        // Nothing that can panic half-way runs under the lock.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn config(&self) -> &StreamConfig {
        &self.config
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// Every connection that there is.
    pub(crate) fn all(&self) -> Vec<mpsc::Sender<Command>> {
        let lanes = self.lanes();
        let alive = lanes.iter().filter(|lane| !lane.commands.is_closed());
        alive.map(|lane| lane.commands.clone()).collect()
    }

    /// Opens a connection that carries nothing yet.
    pub(crate) fn open_idle(&self) -> oneshot::Receiver<Result<(), Error>> {
        let route = self.config.only;
        self.open(&mut self.lanes(), route, Vec::new()).1
    }

    /// Assigns streams to connections: those that have them, then those that have room, then new ones. All or, where
    /// one of them has no place, none.
    pub(crate) fn assign(&self, names: Vec<Text>) -> Result<Vec<Share>, Error> {
        let mut routed: Vec<(Text, Option<&'static Route>)> = Vec::new();
        for name in names {
            let route = self.config.rules.route_of(&name, self.config.only)?;
            routed.push((name, route));
        }
        if self.has_ended() {
            return Err(closed("subscribing"));
        }
        let most = self.config.rules.max_streams.max(1);
        let mut lanes = self.lanes();
        lanes.retain(|lane| !lane.commands.is_closed());
        let mut shares: Vec<Share> = Vec::new();
        // For connections that are to be opened.
        let mut new: Vec<(Option<&'static Route>, Vec<Text>)> = Vec::new();
        for (name, route) in routed {
            if new.iter().any(|(_, streams)| streams.contains(&name)) {
                continue;
            }
            let place = lanes
                .iter()
                .position(|lane| lane.streams.contains(&name))
                .or_else(|| {
                    lanes
                        .iter()
                        .position(|lane| lane.route == route && lane.streams.len() < most)
                });
            if let Some(lane) = place.and_then(|place| lanes.get_mut(place)) {
                lane.streams.insert(name.clone());
                match shares.iter_mut().find(|share| share.lane == lane.id) {
                    Some(share) => share.streams.push(name),
                    None => shares.push(Share {
                        lane: lane.id,
                        commands: lane.commands.clone(),
                        streams: vec![name],
                        opened: None,
                    }),
                }
                continue;
            }
            let room = new
                .iter_mut()
                .find(|(of, streams)| *of == route && streams.len() < most);
            match room {
                Some((_, streams)) => streams.push(name),
                None => new.push((route, vec![name])),
            }
        }
        for (route, streams) in new {
            let (lane, opened) = self.open(&mut lanes, route, streams.clone());
            if let Some(lane) = lanes.iter().find(|known| known.id == lane) {
                shares.push(Share {
                    lane: lane.id,
                    commands: lane.commands.clone(),
                    streams,
                    opened: Some(opened),
                });
            }
        }
        Ok(shares)
    }

    fn open(
        &self,
        lanes: &mut Vec<Lane>,
        route: Option<&'static Route>,
        streams: Vec<Text>,
    ) -> (u64, oneshot::Receiver<Result<(), Error>>) {
        let id = lanes.iter().map(|lane| lane.id + 1).max().unwrap_or(0);
        let (commands, receiver) = mpsc::channel(COMMANDS);
        let (started, outcome) = oneshot::channel();
        lanes.push(Lane {
            id,
            route,
            commands,
            streams: streams.iter().cloned().collect(),
        });
        let supervisor = Supervisor::new(
            Arc::clone(&self.config),
            route,
            self.connect.clone(),
            receiver,
            self.sinks.sink(),
            started,
        );
        let task = supervisor.run(streams, Arc::clone(&self.ended));
        let route = route.map(|route| route.name);
        tokio::spawn(task.instrument(tracing::info_span!("binance_streams", route, connection = id)));
        (id, outcome)
    }

    /// Who carries streams that are to be given back; those that nobody carries are left out.
    pub(crate) fn release(&self, names: &[Text]) -> Vec<Share> {
        let mut shares = Vec::new();
        for lane in self.lanes().iter_mut() {
            let streams: Vec<Text> = names
                .iter()
                .filter(|name| lane.streams.remove(*name))
                .cloned()
                .collect();
            if !streams.is_empty() {
                shares.push(Share {
                    lane: lane.id,
                    commands: lane.commands.clone(),
                    streams,
                    opened: None,
                });
            }
        }
        shares
    }

    /// What `share` asked for did not come about; or, where it was to be given back, stays.
    pub(crate) fn undo(&self, share: &Share, carried: bool) {
        let mut lanes = self.lanes();
        let Some(lane) = lanes.iter_mut().find(|lane| lane.id == share.lane) else {
            return;
        };
        for name in &share.streams {
            if carried {
                lane.streams.insert(name.clone());
            } else {
                lane.streams.remove(name);
            }
        }
    }

    /// Sets what becomes of the messages of these streams when the consumer does not keep up; as of all others where it is
    /// `None`.
    pub(crate) fn set_overflow(&self, names: &[Text], overflow: Option<Overflow>) {
        self.sinks.set_overflow(names, overflow);
    }

    /// Whether messages of these streams may be treated as is set.
    ///
    /// # Errors
    /// Where what is lost would be missing for good.
    pub(crate) fn check_overflow(&self, names: &[Text]) -> Result<(), Error> {
        let mut latest = names
            .iter()
            .filter(|name| self.sinks.overflow_of(name) == Overflow::Latest);
        latest.try_for_each(|name| rules::check_whole_states(name))
    }

    /// Ends every connection.
    pub(crate) fn end(&self, reason: &str) {
        end(&self.ended, reason);
        self.sinks.end(reason);
    }
}

/// Tells every connection to end, unless that was done.
pub(crate) fn end(ended: &watch::Sender<Option<String>>, reason: &str) {
    ended.send_modify(|known| {
        known.get_or_insert_with(|| reason.to_owned());
    });
}

/// Ends the connections when the consumer of their messages is dropped.
pub(crate) struct Guard(pub(crate) Arc<Pool>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.end("nobody listens");
    }
}
