//! The machine behind user data: events go in, and come out again with snapshots wherever some may be missing.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use binance_wire_core::{Error, Text, Timestamp};

use super::item::{GapCause, UserDataItem};
use super::known::{Known, Origin, Verdict};
use super::model::{AccountModel, Change, Fetch, Fetched};
use super::recovery::{Ended, KeptBack, Next, Outcome, Recovery};
use super::retry::Retry;

/// Limits and times of [`AccountSync`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SyncPolicy {
    /// The most events that are kept back until a snapshot is there. Default 100,000.
    pub buffer_events: usize,
    /// The most memory that these events may take, in bytes, about. Default 64 MiB.
    pub buffer_bytes: usize,
    /// The wait before a failed snapshot is tried again; it doubles with each failure, up to
    /// [`max_delay`](Self::max_delay), and a random half of it is taken off. Default 250 ms.
    pub first_delay: Duration,
    /// The longest of these waits. A longer one that the exchange asks for is kept to. Default 30 s.
    pub max_delay: Duration,
    /// How often a snapshot is fetched that does not add up, before it is handed out with its doubts, and how often the first
    /// one is where orders are filled meanwhile. Default 4.
    pub attempts: u32,
    /// Seed of the jitter; set it for repeatable delays. Default: from the process's random state.
    pub seed: Option<u64>,
}

impl Default for SyncPolicy {
    fn default() -> Self {
        Self {
            buffer_events: 100_000,
            buffer_bytes: 64 << 20,
            first_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(30),
            attempts: 4,
            seed: None,
        }
    }
}

/// Identifies something that is being fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

/// What [`AccountSync`] wants done.
pub enum Action<M: AccountModel> {
    /// Hand this to the reader.
    Yield(UserDataItem<M>),
    /// Fetch this, and report with [`AccountSync::fetched`].
    Fetch(Ticket, Fetch),
}

enum Stage<M: AccountModel> {
    /// Events do not flow: a snapshot would miss those that come before they do.
    Down,
    /// A snapshot failed.
    Resting {
        until: Instant,
    },
    Fetching(Box<Attempt<M>>),
    Live,
}

/// A snapshot that is being made.
struct Attempt<M: AccountModel> {
    recovery: Recovery<M>,
    /// What failed, and is to be fetched again.
    again: Vec<Fetch>,
    /// Until when nothing more is to be fetched, after a failure.
    paused: Option<Instant>,
}

/// Something that is kept back.
enum Kept<E> {
    Event {
        change: Change,
        event: E,
        /// Whether a loss came after it.
        before_loss: bool,
    },
    /// More may be missing here.
    Missed(GapCause),
}

impl<E> Kept<E> {
    fn size<M: AccountModel<Event = E>>(&self) -> usize {
        match self {
            Self::Event { event, .. } => M::size(event),
            Self::Missed(_) => 0,
        }
    }
}

/// Turns the events of an account into [`UserDataItem`]s: after every gap it keeps events back, has the account, its open
/// orders and the trades of the gap fetched, yields a [`Snapshot`](super::Snapshot), and then the events that
/// the snapshot does not contain. Does no I/O and has no clock.
///
/// What it holds to, as long as the exchange's answers are not older than the events before them:
/// - each fill is yielded once, in an event or in a snapshot;
/// - the state of an order never goes back;
/// - after the last event, the balances and orders that the reader has are those of the account.
pub struct AccountSync<M: AccountModel> {
    policy: SyncPolicy,
    known: Known,
    stage: Stage<M>,
    /// Whether no snapshot has been there yet.
    first: bool,
    buffer: VecDeque<Kept<M::Event>>,
    buffered_bytes: usize,
    waiting: HashMap<Ticket, Fetch>,
    tickets: u64,
    failures: u32,
    /// The end of the rest after a failure, which a new connection does not shorten.
    not_before: Option<Instant>,
    doubtful: u32,
    /// Closed orders of an attempt that a loss ended: they are what they were.
    ended: Ended<M>,
    retry: Retry,
    actions: VecDeque<Action<M>>,
}

impl<M: AccountModel> AccountSync<M> {
    /// A machine before the first connection, at `now` by the exchange's clock or one near to it. Trades of `symbols`
    /// (section and name) are looked at after each gap; of other symbols once the account has had an order there.
    pub fn new(policy: SyncPolicy, now: Timestamp, symbols: impl IntoIterator<Item = (u8, Text)>) -> Self {
        let mut known = Known::new(now);
        for symbol in symbols {
            known.touch(symbol);
        }
        Self {
            retry: Retry::new(policy.first_delay, policy.max_delay, policy.seed),
            policy,
            known,
            stage: Stage::Down,
            first: true,
            buffer: VecDeque::new(),
            buffered_bytes: 0,
            waiting: HashMap::new(),
            tickets: 0,
            failures: 0,
            not_before: None,
            doubtful: 0,
            ended: Ended::<M>::new(),
            actions: VecDeque::new(),
        }
    }

    /// What is to be done next.
    pub fn action(&mut self) -> Option<Action<M>> {
        self.actions.pop_front()
    }

    /// Whether something is still to be fetched; what is not, is of an attempt that was given up.
    pub fn wants(&self, ticket: Ticket) -> bool {
        self.waiting.contains_key(&ticket)
    }

    /// When [`tick`](Self::tick) is due. No request is to be started before that; answers to those under way still count.
    pub fn due(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Resting { until } => Some(*until),
            Stage::Fetching(attempt) => attempt.paused,
            _ => None,
        }
    }

    /// An event came.
    pub fn event(&mut self, now: Instant, event: M::Event) {
        let change = M::change(&event);
        self.known.noticed(&change);
        let mut unclear = false;
        if matches!(self.stage, Stage::Live) {
            match self.known.take(&change, Origin::Connection) {
                Verdict::Unclear => unclear = true,
                verdict => return self.deliver(verdict, event),
            }
        }
        self.buffered_bytes += M::size(&event);
        let before_loss = false;
        self.keep(
            now,
            Kept::Event {
                change,
                event,
                before_loss,
            },
        );
        if unclear {
            // It stays in the buffer, so that its order is looked up.
            self.missed(now, GapCause::OutOfOrder);
        }
    }

    /// Events no longer flow.
    pub fn lost(&mut self, cause: GapCause) {
        self.say(UserDataItem::Gap(cause));
        self.waiting.clear();
        self.age(self.buffer.len());
        if let Stage::Fetching(attempt) = std::mem::replace(&mut self.stage, Stage::Down) {
            self.ended = attempt.recovery.ended();
        }
    }

    /// Events flow, for the first time or again.
    pub fn connected(&mut self, now: Instant) {
        self.doubtful = 0;
        self.start(now);
    }

    /// Events flow, and some may be missing.
    pub fn missed(&mut self, now: Instant, cause: GapCause) {
        match self.stage {
            Stage::Live => {
                self.say(UserDataItem::Gap(cause));
                self.start(now);
            }
            // What is being fetched may be older than what is missing here: another snapshot follows this one.
            Stage::Fetching(_) => self.keep(now, Kept::Missed(cause)),
            // The snapshot is yet to begin.
            Stage::Down | Stage::Resting { .. } => {
                self.age(self.buffer.len());
                self.say(UserDataItem::Gap(cause));
            }
        }
    }

    /// The first `count` of what is kept back came before a loss, for which the next snapshot makes up.
    fn age(&mut self, count: usize) {
        let after = self.buffer.split_off(count);
        let before = std::mem::take(&mut self.buffer);
        for mut kept in before {
            match &mut kept {
                Kept::Missed(_) => {}
                // Nothing has been told yet: the first snapshot has it all.
                Kept::Event { change, .. } if self.first && *change != Change::Other => continue,
                Kept::Event { before_loss, .. } => *before_loss = true,
            }
            match kept {
                Kept::Missed(cause) => self.say(UserDataItem::Gap(cause)),
                event => self.buffer.push_back(event),
            }
        }
        self.buffer.extend(after);
        self.buffered_bytes = self.buffer.iter().map(Kept::size::<M>).sum();
    }

    fn keep(&mut self, now: Instant, kept: Kept<M::Event>) {
        self.buffer.push_back(kept);
        let events = self.buffer.len();
        if events > self.policy.buffer_events || self.buffered_bytes > self.policy.buffer_bytes {
            self.buffer.clear();
            self.buffered_bytes = 0;
            self.say(UserDataItem::Gap(GapCause::BufferFull { events }));
            // What was given up may be newer than what has been fetched.
            if matches!(self.stage, Stage::Fetching(_)) {
                self.start(now);
            }
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) {
        if self.due().is_none_or(|due| due > now) {
            return;
        }
        match &mut self.stage {
            Stage::Fetching(attempt) => {
                attempt.paused = None;
                let again = std::mem::take(&mut attempt.again);
                again.into_iter().for_each(|fetch| self.want(fetch));
            }
            _ => self.start(now),
        }
    }

    /// Something was fetched, or not: then it is fetched again after a while, and nothing else is. `wait` is the time that
    /// the exchange asks for before the next request.
    pub fn fetched(
        &mut self,
        now: Instant,
        ticket: Ticket,
        result: Result<Fetched<M>, Error>,
        wait: Option<Duration>,
    ) {
        // Answers to an attempt that was given up are of no use.
        let Some(fetch) = self.waiting.remove(&ticket) else {
            return;
        };
        let Stage::Fetching(attempt) = &mut self.stage else {
            return;
        };
        match result {
            Err(error) => {
                attempt.again.push(fetch);
                self.pause(now, error, wait);
            }
            Ok(fetched) => {
                let more = attempt.recovery.answered(&fetch, fetched);
                if attempt.paused.is_none() {
                    self.failures = 0;
                }
                if let Some(page) = more {
                    self.want(page);
                }
                self.advance(now);
            }
        }
    }

    /// A request failed: the next ones wait. Those that were under way with it may fail as well, which counts as one failure.
    fn pause(&mut self, now: Instant, error: Error, wait: Option<Duration>) {
        let Stage::Fetching(attempt) = &mut self.stage else {
            return;
        };
        let wait = wait.unwrap_or_default();
        let retry_in = match attempt.paused {
            Some(_) => wait,
            None => {
                self.failures = self.failures.saturating_add(1);
                self.retry.delay(self.failures).max(wait)
            }
        };
        let until = later(now, retry_in, self.policy.max_delay);
        if attempt.paused < Some(until) {
            attempt.paused = Some(until);
            self.not_before = Some(until);
            self.say(UserDataItem::SnapshotFailed { error, retry_in });
        }
    }

    fn advance(&mut self, now: Instant) {
        let Stage::Fetching(attempt) = &mut self.stage else {
            return;
        };
        let Attempt { recovery, again, .. } = &mut **attempt;
        if !self.waiting.is_empty() || !again.is_empty() {
            return;
        }
        let mut kept_back = KeptBack::new();
        for kept in &self.buffer {
            if let Kept::Event {
                change: Change::Order(state, fill),
                ..
            } = kept
            {
                kept_back.entry(state.key.clone()).or_default().extend(fill);
            }
        }
        match recovery.next(&mut self.known, &kept_back) {
            Next::Fetch(wanted) => wanted.into_iter().for_each(|fetch| self.want(fetch)),
            Next::Finish => {
                let Stage::Fetching(attempt) = std::mem::replace(&mut self.stage, Stage::Down) else {
                    return;
                };
                match attempt.recovery.finish(&self.known, &kept_back) {
                    Some(outcome)
                        if outcome.doubts.is_empty() || self.doubtful + 1 >= self.policy.attempts =>
                    {
                        self.snapshot(now, outcome);
                    }
                    Some(_) => {
                        self.doubtful += 1;
                        let wait = self.retry.delay(self.doubtful);
                        self.rest(now, wait);
                    }
                    None => self.failed(
                        now,
                        Error::Unusable("the account was not among the answers".into()),
                        None,
                    ),
                }
            }
        }
    }

    fn snapshot(&mut self, now: Instant, outcome: Outcome<M>) {
        let origin = match self.first {
            true => Origin::FirstReplay,
            false => Origin::Replay,
        };
        let snapshot = outcome.settle(&mut self.known);
        self.say(UserDataItem::Snapshot(Box::new(snapshot)));
        self.stage = Stage::Live;
        self.first = false;
        self.failures = 0;
        self.doubtful = 0;
        self.not_before = None;
        while let Some(kept) = self.buffer.pop_front() {
            match kept {
                Kept::Event {
                    change,
                    event,
                    before_loss,
                } => {
                    let origin = if before_loss { Origin::BeforeLoss } else { origin };
                    self.buffered_bytes -= M::size(&event).min(self.buffered_bytes);
                    let verdict = self.known.take(&change, origin);
                    self.deliver(verdict, event);
                }
                Kept::Missed(cause) => {
                    self.say(UserDataItem::Gap(cause));
                    let wait = self.retry.delay(1);
                    return self.rest(now, wait);
                }
            }
        }
    }

    fn deliver(&mut self, verdict: Verdict, event: M::Event) {
        match verdict {
            Verdict::Deliver => self.say(UserDataItem::Event(event)),
            Verdict::Late => self.say(UserDataItem::LateFill(event)),
            // A snapshot has doubted what is unclear.
            Verdict::Drop | Verdict::Unclear => {}
        }
    }

    fn failed(&mut self, now: Instant, error: Error, wait: Option<Duration>) {
        self.failures = self.failures.saturating_add(1);
        let retry_in = self.retry.delay(self.failures).max(wait.unwrap_or_default());
        self.say(UserDataItem::SnapshotFailed { error, retry_in });
        self.rest(now, retry_in);
    }

    fn rest(&mut self, now: Instant, time: Duration) {
        self.waiting.clear();
        let until = later(now, time, self.policy.max_delay);
        self.not_before = Some(until);
        self.stage = Stage::Resting { until };
    }

    fn start(&mut self, now: Instant) {
        self.waiting.clear();
        if let Some(until) = self.not_before.filter(|until| *until > now) {
            self.stage = Stage::Resting { until };
            return;
        }
        self.actions.retain(|action| !matches!(action, Action::Fetch(..)));
        if let Some(last) = self
            .buffer
            .iter()
            .rposition(|kept| matches!(kept, Kept::Missed(_)))
        {
            self.age(last + 1);
        }
        let ended = std::mem::take(&mut self.ended);
        let (recovery, next) = Recovery::new(self.first, self.policy.attempts, ended, &mut self.known);
        self.stage = Stage::Fetching(Box::new(Attempt {
            recovery,
            again: Vec::new(),
            paused: None,
        }));
        if let Next::Fetch(wanted) = next {
            wanted.into_iter().for_each(|fetch| self.want(fetch));
        }
        // Where nothing is wanted, the next step follows.
        self.advance(now);
    }

    fn want(&mut self, fetch: Fetch) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.waiting.insert(ticket, fetch.clone());
        self.actions.push_back(Action::Fetch(ticket, fetch));
    }

    /// Yields an item in its turn.
    pub(super) fn say(&mut self, item: UserDataItem<M>) {
        self.actions.push_back(Action::Yield(item));
    }
}

/// So much later. A wait that no clock can hold is as good as the longest one.
fn later(now: Instant, wait: Duration, longest: Duration) -> Instant {
    now.checked_add(wait)
        .or_else(|| now.checked_add(longest))
        .unwrap_or(now)
}
