//! The life of a supervised connection, whatever travels over it: made, made again, and replaced.

mod health;
mod policy;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use health::{Health, Verdict};
use policy::{Backoff, Jitter};

pub use policy::ReconnectPolicy;

/// The number of a connection, in the order in which they were opened.
pub type ConnectionId = u64;

/// What a [`Lifecycle`] wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make a connection. It ends with [`opened`](Lifecycle::opened), [`failed`](Lifecycle::failed) or, where it may not be
    /// made yet, [`postponed`](Lifecycle::postponed).
    Connect,
    /// This connection is the one in use from now on, in place of another that still works, if there is one.
    Promote {
        /// The new one.
        id: ConnectionId,
        /// The old one, which is listened to until [`Close`](Self::Close) names it.
        replaced: Option<ConnectionId>,
    },
    /// Ping the server.
    Ping(ConnectionId),
    /// The server shows no life. The connection is to be taken for lost, and [`lost`](Lifecycle::lost) to be called.
    Silent(ConnectionId),
    /// Close a connection that was replaced.
    Close(ConnectionId),
    /// There will be no other connection: too many attempts failed.
    GiveUp,
}

/// How one kind of connection takes over from another.
#[derive(Clone, Copy, Debug)]
pub struct Takeover {
    /// How long a new connection that is ready waits for [`met`](Lifecycle::met), which says that the old one has nothing that
    /// the new one lacks. Zero: it takes over as soon as it is ready.
    pub meet_within: Duration,
    /// How long an old connection is listened to once it was replaced.
    pub drain_for: Duration,
    /// The server closes connections on which it is not pinged this often.
    pub ping_every: Option<Duration>,
}

/// A connection that is being set up.
#[derive(Debug)]
struct Rising {
    id: ConnectionId,
    health: Health,
    /// When it was ready.
    ready: Option<Instant>,
}

/// Decides when connections are made, replaced and closed. It has no socket and no clock: whoever drives it reports what
/// happens, with the time, and does what [`next_action`](Self::next_action) says.
///
/// There is one connection in use, or one being made; while a connection is replaced there are two. What holds:
///
/// - A lost connection is made again after a delay that grows with every failure, and so is one whose server says that it
///   closes, so that a server that says so to every newcomer is not stormed.
/// - A server that does not answer is left, whatever else it sends.
/// - A connection in use is replaced by one that is ready, and loses nothing that [`met`](Self::met) or
///   [`drained`](Self::drained) is waited for.
/// - No connection is made to replace one that has not replaced its own predecessor entirely.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use binance_wire_net::lifecycle::{Action, Lifecycle, ReconnectPolicy, Takeover};
///
/// let takeover = Takeover {
///     meet_within: Duration::from_secs(1),
///     drain_for: Duration::ZERO,
///     ping_every: None,
/// };
/// let start = Instant::now();
/// let mut life = Lifecycle::new(&ReconnectPolicy::default(), takeover);
/// life.connect();
/// assert_eq!(life.next_action(), Some(Action::Connect));
/// let first = life.opened(start);
/// life.ready(first, start);
/// assert_eq!(life.next_action(), Some(Action::Promote { id: first, replaced: None }));
///
/// // It breaks, and is made again a little later.
/// life.lost(first, start);
/// assert_eq!(life.next_action(), None);
/// let later = life.next_wake().expect("an attempt is planned");
/// life.tick(later);
/// assert_eq!(life.next_action(), Some(Action::Connect));
/// ```
#[derive(Debug)]
pub struct Lifecycle {
    policy: ReconnectPolicy,
    takeover: Takeover,
    backoff: Backoff,
    jitter: Jitter,
    opened: ConnectionId,
    /// An attempt is under way.
    connecting: bool,
    /// When the next attempt is due.
    retry_at: Option<Instant>,
    /// No attempt is made before.
    banned_until: Option<Instant>,
    active: Option<(ConnectionId, Health)>,
    rising: Option<Rising>,
    draining: Vec<(ConnectionId, Instant)>,
    /// The old connection is not read for now, and may have something to say.
    stalled: bool,
    actions: VecDeque<Action>,
}

impl Lifecycle {
    /// Returns the state without any connection.
    pub fn new(policy: &ReconnectPolicy, takeover: Takeover) -> Self {
        let policy = policy.clone().bounded();
        Self {
            backoff: Backoff::new(&policy),
            jitter: Jitter::new(policy.seed),
            policy,
            takeover,
            opened: 0,
            connecting: false,
            retry_at: None,
            banned_until: None,
            active: None,
            rising: None,
            draining: Vec::new(),
            stalled: false,
            actions: VecDeque::new(),
        }
    }

    /// Returns what is to be done next; call it until there is nothing.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`tick`](Self::tick) has something to do.
    pub fn next_wake(&self) -> Option<Instant> {
        let check = self.active.as_ref().map(|(_, health)| health.next_check());
        let retry = self.retry_at.filter(|_| !self.connecting);
        let meet = self.meet_by().filter(|_| !self.stalled);
        let drained = self.draining.iter().map(|(_, until)| *until);
        check.into_iter().chain(retry).chain(meet).chain(drained).min()
    }

    /// Whether a connection is being made, set up, or planned.
    pub fn is_connecting(&self) -> bool {
        self.connecting || self.rising.is_some() || self.retry_at.is_some()
    }

    /// Has a connection made at once, unless one is on its way.
    pub fn connect(&mut self) {
        if !self.connecting && self.rising.is_none() {
            self.retry_at = None;
            self.connecting = true;
            self.actions.push_back(Action::Connect);
        }
    }

    /// The attempt may not be made before then.
    pub fn postponed(&mut self, at: Instant) {
        self.connecting = false;
        self.retry_at = Some(at);
    }

    /// The attempt was given up; what follows is up to the caller.
    pub fn cancelled(&mut self) {
        self.connecting = false;
        self.retry_at = None;
    }

    /// The attempt was successful: the connection is open, and is set up now.
    pub fn opened(&mut self, now: Instant) -> ConnectionId {
        self.connecting = false;
        self.retry_at = None;
        self.opened += 1;
        let health = Health::new(&self.policy, self.takeover.ping_every, &mut self.jitter, now);
        self.rising = Some(Rising {
            id: self.opened,
            health,
            ready: None,
        });
        self.opened
    }

    /// The attempt failed; `not_before` is the wait that the exchange asks for.
    pub fn failed(&mut self, now: Instant, not_before: Option<Duration>) {
        self.connecting = false;
        self.retry(now, not_before);
    }

    /// The address is banned until then, or longer if that is known: no attempt is planned before.
    pub fn banned(&mut self, until: Instant) {
        self.banned_until = self.banned_until.max(Some(until));
    }

    /// A connection is set up: the server has answered all that it was asked.
    pub fn ready(&mut self, id: ConnectionId, now: Instant) {
        if let Some(rising) = self.rising.as_mut().filter(|rising| rising.id == id) {
            if rising.ready.is_none() {
                rising.ready = Some(now);
                rising.health.answered(now);
            }
            if self.active.is_none() || self.takeover.meet_within.is_zero() {
                self.promote(now);
            }
        }
    }

    /// The old connection has nothing, or will have nothing, that the new one lacks.
    pub fn met(&mut self, now: Instant) {
        if self.rising.as_ref().is_some_and(|rising| rising.ready.is_some()) {
            self.promote(now);
        }
    }

    /// An old connection has nothing left that the new one lacks, and is closed before its time.
    pub fn drained(&mut self, id: ConnectionId) {
        let before = self.draining.len();
        self.draining.retain(|(draining, _)| *draining != id);
        if self.draining.len() < before {
            self.actions.push_back(Action::Close(id));
        }
    }

    /// Whether the connection in use is read. As long as it is not, none takes its place.
    pub fn stalled(&mut self, stalled: bool, now: Instant) {
        if std::mem::replace(&mut self.stalled, stalled) && !stalled {
            // It has all the time of the handover again.
            if let Some(rising) = &mut self.rising {
                rising.ready = rising.ready.map(|_| now);
            }
        }
    }

    /// A connection is gone.
    pub fn lost(&mut self, id: ConnectionId, now: Instant) {
        self.draining.retain(|(draining, _)| *draining != id);
        if self.active.as_ref().is_some_and(|(active, _)| *active == id) {
            self.active = None;
            self.stalled = false;
            if self.rising.as_ref().is_some_and(|rising| rising.ready.is_some()) {
                self.promote(now);
            } else if !self.is_connecting() {
                self.retry(now, None);
            }
        } else {
            self.refused(id, now, None);
        }
    }

    /// A connection that was being set up is given up; `not_before` is the wait that the exchange asks for.
    pub fn refused(&mut self, id: ConnectionId, now: Instant, not_before: Option<Duration>) {
        if self.rising.as_ref().is_some_and(|rising| rising.id == id) {
            self.rising = None;
            self.retry(now, not_before);
        }
    }

    /// The server announced that it will close a connection. Only the first time counts.
    pub fn announced(&mut self, id: ConnectionId, now: Instant) {
        let (active, rising) = (&mut self.active, &mut self.rising);
        let health = match (active, rising) {
            (Some((active, health)), _) if *active == id => health,
            (_, Some(rising)) if rising.id == id => &mut rising.health,
            _ => return,
        };
        if health.announce() {
            health.replace_from(self.backoff.replace_at(now));
        }
    }

    fn health(&mut self, id: ConnectionId) -> Option<&mut Health> {
        match (&mut self.active, &mut self.rising) {
            (Some((active, health)), _) if *active == id => Some(health),
            (_, Some(rising)) if rising.id == id => Some(&mut rising.health),
            _ => None,
        }
    }

    /// The server sent an event. Its pings are none.
    pub fn heard(&mut self, id: ConnectionId, now: Instant) {
        if let Some(health) = self.health(id) {
            health.heard(now);
        }
    }

    /// The server answered a request or a ping.
    pub fn answered(&mut self, id: ConnectionId, now: Instant) {
        if let Some(health) = self.health(id) {
            health.answered(now);
        }
    }

    /// A request was not answered within this time. Where nothing else was either, the server is pinged, and left if it does
    /// not answer that within `patience`.
    pub fn unanswered(&mut self, id: ConnectionId, within: Duration, patience: Duration, now: Instant) {
        if self
            .health(id)
            .is_some_and(|health| health.doubt(now, within, patience))
        {
            self.actions.push_back(Action::Ping(id));
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Instant) {
        if self.meet_by().is_some_and(|at| now >= at) {
            self.promote(now);
        }
        self.look_after_active(now);
        self.draining.retain(|(id, until)| {
            let over = now >= *until;
            if over {
                self.actions.push_back(Action::Close(*id));
            }
            !over
        });
        if self.retry_at.is_some_and(|at| now >= at) {
            self.connect();
        }
    }

    fn look_after_active(&mut self, now: Instant) {
        let on_its_way = self.is_connecting();
        let Some((id, health)) = &mut self.active else {
            return;
        };
        while let Some(verdict) = health.check(now) {
            match verdict {
                Verdict::Silent => {
                    if !self.actions.contains(&Action::Silent(*id)) {
                        self.actions.push_back(Action::Silent(*id));
                    }
                    return;
                }
                Verdict::Old => {
                    health.replacement_started(now);
                    if !on_its_way {
                        // Three connections at once would make it hard to tell what each has delivered.
                        let drained = self.draining.iter().map(|(_, until)| *until);
                        self.retry_at = self.banned_until.into_iter().chain(drained).chain([now]).max();
                    }
                }
                Verdict::Ping => {
                    health.pinged(now);
                    self.actions.push_back(Action::Ping(*id));
                }
            }
        }
    }

    /// When a connection that is ready takes over at the latest.
    fn meet_by(&self) -> Option<Instant> {
        let ready = self.rising.as_ref()?.ready?;
        Some(ready + self.takeover.meet_within)
    }

    fn promote(&mut self, now: Instant) {
        if self.active.is_some() && self.stalled {
            return;
        }
        let Some(Rising { id, health, .. }) = self.rising.take() else {
            return;
        };
        self.backoff.connected(now);
        let replaced = self.active.replace((id, health)).map(|(old, _)| old);
        self.actions.push_back(Action::Promote { id, replaced });
        match replaced {
            Some(old) if self.takeover.drain_for.is_zero() => self.actions.push_back(Action::Close(old)),
            Some(old) => self.draining.push((old, now + self.takeover.drain_for)),
            None => {}
        }
    }

    fn retry(&mut self, now: Instant, not_before: Option<Duration>) {
        let ban = self.banned_until.and_then(|end| end.checked_duration_since(now));
        match self
            .backoff
            .retry_at(now, not_before.max(ban), self.active.is_some())
        {
            Some(at) => self.retry_at = Some(at),
            None => self.actions.push_back(Action::GiveUp),
        }
    }
}

#[cfg(test)]
mod tests;
