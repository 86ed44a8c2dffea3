//! The state machine of one book.

use std::fmt;
use std::time::{Duration, Instant};

use crate::buffer::Buffer;
use crate::fetch::{Fetch, Ticket};
use crate::rule::Fit;
use crate::{Book, DepthSnapshot, DepthUpdate, Rule, Update};

/// The difference between the time of an event and that of the book from which an old number means a new count.
const NEW_COUNT: Duration = Duration::from_secs(10);

/// The settings of a book.
///
/// ```
/// use binance_wire_books::BookSettings;
///
/// let settings = BookSettings::new(1000).keep(200);
/// assert_eq!((settings.depth, settings.keep), (1000, Some(200)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BookSettings {
    /// The limit of levels a side with which snapshots are asked for. A side with as many is not known behind them, so
    /// that this must not be more than the exchange sends.
    pub depth: usize,
    /// The levels a side that the book holds; the worst ones beyond it are forgotten. All, unless set.
    pub keep: Option<usize>,
    /// The most events that wait for a snapshot; 1,000 unless set, which is 100 seconds of an event each 100 ms. Beyond
    /// it the oldest are forgotten, and the snapshot has to be newer than those.
    pub buffer_events: usize,
    /// The most levels in events that wait for a snapshot; 100,000 unless set.
    pub buffer_levels: usize,
    /// The pause between a snapshot that was of no use and the next; 1 second unless set. It doubles each time.
    pub pause: Duration,
    /// The longest pause between snapshots; 30 seconds unless set.
    pub max_pause: Duration,
    /// The time after which a snapshot that did not come is asked for again; 30 seconds unless set.
    pub timeout: Duration,
    /// Where the exchange answers from a cache: a book that was set to a snapshot, and had no event for this long, asks
    /// for another one, in case the first was older than the stream.
    pub confirm: Option<Duration>,
}

impl BookSettings {
    /// Settings for snapshots of `depth` levels a side.
    pub const fn new(depth: usize) -> Self {
        Self {
            depth,
            keep: None,
            buffer_events: 1_000,
            buffer_levels: 100_000,
            pause: Duration::from_secs(1),
            max_pause: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
            confirm: None,
        }
    }

    /// Sets how many levels a side the book [keeps](Self::keep).
    #[must_use]
    pub const fn keep(mut self, levels: usize) -> Self {
        self.keep = Some(levels);
        self
    }

    /// Sets the [pause](Self::pause) between snapshots and its bound.
    #[must_use]
    pub const fn pauses(mut self, pause: Duration, max_pause: Duration) -> Self {
        (self.pause, self.max_pause) = (pause, max_pause);
        self
    }

    /// Sets how many events and levels [wait](Self::buffer_events) for a snapshot.
    #[must_use]
    pub const fn buffer(mut self, events: usize, levels: usize) -> Self {
        (self.buffer_events, self.buffer_levels) = (events, levels);
        self
    }

    /// Sets the [time limit](Self::timeout) of a snapshot.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets after how long a snapshot without events is [confirmed](Self::confirm).
    #[must_use]
    pub const fn confirm(mut self, after: Duration) -> Self {
        self.confirm = Some(after);
        self
    }
}

/// Why a book cannot be read until it has been synchronised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It is new.
    Started,
    /// The connection of its stream was lost.
    Disconnected,
    /// An event may have been dropped on this side: the queue was full, or a frame could not be decoded.
    Dropped,
    /// An event does not continue the book: one before it is missing.
    Missed,
    /// A level of an event could not be read, or a quantity is negative.
    Unreadable,
    /// The best bid is not below the best ask.
    Crossed,
    /// The levels that are known of a side are used up, and its best one lies behind them.
    Exhausted,
    /// The exchange counts updates anew: numbers went back while its clock went on.
    Renumbered,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Started => "the book is new",
            Self::Disconnected => "the connection was lost",
            Self::Dropped => "an event may have been dropped",
            Self::Missed => "an event is missing",
            Self::Unreadable => "an event could not be read",
            Self::Crossed => "the book is crossed",
            Self::Exhausted => "the known levels are used up",
            Self::Renumbered => "the exchange numbers updates from the start",
        })
    }
}

/// Why a snapshot was of no use. Another one is fetched after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// It is older than the events that follow, or than the book: those between are missing.
    Older,
    /// A level could not be read, or a quantity is negative.
    Unreadable,
    /// With the events that follow, its best bid is not below its best ask.
    Crossed,
    /// The events that follow use up the levels of a side.
    Exhausted,
}

/// What ended a resync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remedy {
    /// A snapshot and the events after it.
    Snapshot,
    /// The next event, which continues the book: nothing was missing.
    NextEvent,
}

/// What an input did to a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it says whether the book can be read"]
pub enum Outcome {
    /// Nothing: an event that the book has already, or an input without meaning in its state.
    Unchanged,
    /// The event waits for a snapshot.
    Buffered,
    /// The book contains the event now.
    Updated {
        /// Whether the best bid or the best ask is another.
        top_changed: bool,
    },
    /// A resync starts: the book cannot be read until [`Synced`](Self::Synced).
    ResyncStarted(Reason),
    /// A resync ends: the book can be read.
    Synced {
        /// Why the resync was necessary.
        reason: Reason,
        /// What ended it.
        by: Remedy,
    },
    /// A snapshot took the place of the book, which could be read all the time: more levels are known.
    Refreshed,
    /// The snapshot was of no use; another one is fetched after a pause.
    SnapshotRejected(Rejection),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Live,
    /// Events may be missing. The next one says, by its number.
    Doubtful(Reason),
    /// Only a snapshot helps.
    Lost(Reason),
}

/// One order book, kept by the rule of its product: a state machine without clock and sockets.
///
/// It is fed with [events](Self::event), [gaps](Self::gap) of the stream, its [return](Self::connected) and
/// [snapshots](Self::snapshot), and says with [`tick`](Self::tick) when it needs one. [`book`](Self::book) is there
/// whenever it is a state that the exchange's book had at that update. Every number is checked, so that an event that
/// comes twice or late, or is missing, never makes a wrong book:
///
/// - an event that the book has already is ignored;
/// - where one is missing, a resync starts: events are buffered, and a snapshot is fetched. One that is older than the
///   buffered events is fetched again after a pause;
/// - after a gap of the stream, the next event may show that nothing was missing, which ends the resync at once;
/// - where the levels known of a side become few, a snapshot is fetched in the background.
///
/// ```
/// use std::time::Instant;
///
/// use binance_wire_books::{BookSettings, Level, OrderBook, Outcome, Reason, Remedy, Rule, Snapshot, Update};
/// use binance_wire_core::dec;
///
/// let now = Instant::now();
/// let mut machine = OrderBook::new(Rule::Sequential, BookSettings::new(5000));
/// let _ = machine.connected(now);
/// let ticket = machine.tick(now).expect("a new book needs a snapshot");
/// // An event comes while it is on its way.
/// let update = Update { first_update_id: 8, last_update_id: 9, bids: vec![Level::new(dec!(99), dec!(0))], ..Update::default() };
/// assert_eq!(machine.event(&update, now), Outcome::Buffered);
/// let snapshot = Snapshot {
///     last_update_id: 8,
///     bids: vec![Level::new(dec!(99), dec!(2)), Level::new(dec!(98), dec!(1))],
///     ..Snapshot::default()
/// };
/// let synced = Outcome::Synced { reason: Reason::Started, by: Remedy::Snapshot };
/// assert_eq!(machine.snapshot(ticket, &snapshot, now), synced);
/// assert_eq!(machine.book().and_then(|book| book.best_bid()), Some(Level::new(dec!(98), dec!(1))));
/// ```
#[derive(Clone, Debug)]
pub struct OrderBook {
    rule: Rule,
    settings: BookSettings,
    state: State,
    book: Book,
    /// The book is a snapshot, and no event has followed.
    first: bool,
    /// Events since the snapshot was asked for.
    buffer: Buffer,
    /// The stream sends, as far as is known.
    connected: bool,
    pub(crate) fetch: Fetch,
    /// The snapshot that is to be fetched confirms the one before.
    confirming: bool,
}

impl OrderBook {
    /// A book that needs its first snapshot, once the stream is [connected](Self::connected).
    pub fn new(rule: Rule, settings: BookSettings) -> Self {
        Self {
            rule,
            settings,
            state: State::Lost(Reason::Started),
            book: Book::empty(),
            first: true,
            buffer: Buffer::default(),
            connected: false,
            fetch: Fetch::new(),
            confirming: false,
        }
    }

    /// The book, unless a resync is on.
    pub fn book(&self) -> Option<&Book> {
        match self.state {
            State::Live => Some(&self.book),
            _ => None,
        }
    }

    /// The reason of the resync that is on.
    pub fn resyncing(&self) -> Option<Reason> {
        match self.state {
            State::Live => None,
            State::Doubtful(reason) | State::Lost(reason) => Some(reason),
        }
    }

    /// The number of events that wait for a snapshot.
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// An event of the stream.
    #[inline]
    pub fn event(&mut self, update: &impl DepthUpdate, now: Instant) -> Outcome {
        self.connected = true;
        if let State::Lost(_) = self.state {
            return self.wait_for_snapshot(update, now);
        }
        match self.rule.fit(self.book.update_id(), self.first, update) {
            Fit::Next => self.apply(update, now),
            Fit::Old if self.is_renumbered(update) => {
                self.buffer.clear();
                self.lose(Reason::Renumbered, update, now)
            }
            Fit::Old => Outcome::Unchanged,
            Fit::Beyond => self.lose(Reason::Missed, update, now),
        }
    }

    /// Whether an old number comes at a time at which it cannot be an event that came late or twice.
    fn is_renumbered(&self, update: &impl DepthUpdate) -> bool {
        let (Some(event), Some(book)) = (update.time(), self.book.time()) else {
            return false;
        };
        event
            .checked_duration_since(book)
            .is_some_and(|difference| difference >= NEW_COUNT)
    }

    #[inline]
    fn apply(&mut self, update: &impl DepthUpdate, now: Instant) -> Outcome {
        let top = (self.book.best_bid(), self.book.best_ask());
        if self.book.apply(update).is_none() {
            return self.lose(Reason::Unreadable, update, now);
        }
        self.first = false;
        if self.book.is_crossed() {
            return self.lose(Reason::Crossed, update, now);
        }
        if let Some(levels) = self.settings.keep {
            self.book.keep(levels);
        }
        let known = self.book.fewest_known();
        if known == Some(0) {
            return self.lose(Reason::Exhausted, update, now);
        }
        let doubt = match self.state {
            State::Doubtful(reason) => Some(reason),
            _ => None,
        };
        if doubt.is_some() || self.confirming {
            self.state = State::Live;
            self.be_done();
        }
        if known.is_some_and(|levels| levels < self.refresh_below()) {
            self.fetch.want(now, &self.settings);
        }
        if self.fetch.is_on() {
            self.keep_event(update);
        }
        match doubt {
            Some(reason) => Outcome::Synced {
                reason,
                by: Remedy::NextEvent,
            },
            None => Outcome::Updated {
                top_changed: top != (self.book.best_bid(), self.book.best_ask()),
            },
        }
    }

    /// With fewer known levels than this on a side, a snapshot is fetched before they are used up.
    fn refresh_below(&self) -> usize {
        let kept = self.settings.keep.unwrap_or(usize::MAX);
        self.settings.depth.min(kept) / 8
    }

    /// Nothing is to be fetched any more.
    fn be_done(&mut self) {
        self.confirming = false;
        self.fetch.cancel();
        self.buffer.clear();
    }

    fn keep_event(&mut self, update: &impl DepthUpdate) {
        // One that misses a level would make a wrong book; without it there is a hole, which is noticed.
        if update.is_complete() {
            let (events, levels) = (self.settings.buffer_events, self.settings.buffer_levels);
            self.buffer.push(Update::copy_of(update), events, levels);
        }
    }

    #[cold]
    fn wait_for_snapshot(&mut self, update: &impl DepthUpdate, now: Instant) -> Outcome {
        self.keep_event(update);
        self.fetch.want(now, &self.settings);
        Outcome::Buffered
    }

    #[cold]
    fn lose(&mut self, reason: Reason, update: &impl DepthUpdate, now: Instant) -> Outcome {
        let started = match self.state {
            State::Live => reason,
            State::Doubtful(reason) | State::Lost(reason) => reason,
        };
        let was_live = self.state == State::Live;
        self.state = State::Lost(started);
        self.book = Book::empty();
        self.first = true;
        if std::mem::take(&mut self.confirming) {
            // It was to come later.
            self.fetch.cancel();
        }
        let outcome = self.wait_for_snapshot(update, now);
        match was_live {
            true => Outcome::ResyncStarted(reason),
            false => outcome,
        }
    }

    /// Events are missing from here on, or may be: the connection is gone. No snapshot is fetched before it is
    /// [back](Self::connected) or an event comes.
    pub fn gap(&mut self, reason: Reason) -> Outcome {
        self.connected = false;
        // A snapshot that is on its way may be older than what is lost.
        self.fetch.cancel();
        self.confirming = false;
        match self.state {
            State::Live => {
                self.buffer.clear();
                self.state = State::Doubtful(reason);
                Outcome::ResyncStarted(reason)
            }
            _ => Outcome::Unchanged,
        }
    }

    /// The stream is subscribed to, for the first time or again. Where the book is not sure by now to have missed nothing,
    /// it needs a snapshot.
    pub fn connected(&mut self, now: Instant) -> Outcome {
        self.connected = true;
        if self.state != State::Live {
            self.fetch.want(now, &self.settings);
        }
        Outcome::Unchanged
    }

    /// Whether a snapshot is to be fetched now: then its ticket, to be handed in with the
    /// [snapshot](Self::snapshot) or the [failure](Self::snapshot_failed). To be called at
    /// [`next_tick`](Self::next_tick).
    pub fn tick(&mut self, now: Instant) -> Option<Ticket> {
        if !self.connected {
            return None;
        }
        self.fetch.start(now, &self.settings)
    }

    /// When [`tick`](Self::tick) will have something to do; `None` while it depends on other inputs.
    pub fn next_tick(&self) -> Option<Instant> {
        self.fetch.next().filter(|_| self.connected)
    }

    /// A snapshot. One whose ticket is not the last is ignored: it was asked for before a gap, or took too long.
    pub fn snapshot(&mut self, ticket: Ticket, snapshot: &impl DepthSnapshot, now: Instant) -> Outcome {
        if !self.fetch.finish(ticket) {
            return Outcome::Unchanged;
        }
        let (book, first) = match self.replay(snapshot) {
            Ok(replayed) => replayed,
            Err(rejection) => {
                self.fetch.want(now, &self.settings);
                return Outcome::SnapshotRejected(rejection);
            }
        };
        let before = self.resyncing();
        let confirmed = self.confirming;
        self.book = book;
        self.first = first;
        self.state = State::Live;
        self.be_done();
        if let (Some(after), true, false) = (self.settings.confirm, first, confirmed) {
            self.confirming = true;
            self.fetch.want_at(now + after);
        }
        match before {
            Some(reason) => Outcome::Synced {
                reason,
                by: Remedy::Snapshot,
            },
            None => Outcome::Refreshed,
        }
    }

    /// The book of a snapshot with the events that waited for it.
    fn replay(&self, snapshot: &impl DepthSnapshot) -> Result<(Book, bool), Rejection> {
        let mut book = Book::from_snapshot(snapshot, self.settings.depth).ok_or(Rejection::Unreadable)?;
        let mut first = true;
        for update in self.buffer.iter() {
            match self.rule.fit(book.update_id(), first, update) {
                Fit::Old => {}
                Fit::Next => {
                    book.apply(update).ok_or(Rejection::Unreadable)?;
                    first = false;
                }
                Fit::Beyond => return Err(Rejection::Older),
            }
        }
        if !matches!(self.state, State::Lost(_)) && book.update_id() < self.book.update_id() {
            return Err(Rejection::Older);
        }
        if book.is_crossed() {
            return Err(Rejection::Crossed);
        }
        if let Some(levels) = self.settings.keep {
            book.keep(levels);
        }
        if book.fewest_known() == Some(0) {
            return Err(Rejection::Exhausted);
        }
        Ok((book, first))
    }

    /// The snapshot could not be fetched. It is tried again after the usual pause, and not before `not_before`.
    pub fn snapshot_failed(&mut self, ticket: Ticket, not_before: Option<Instant>, now: Instant) {
        if self.fetch.finish(ticket) {
            self.fetch.want(now, &self.settings);
            if let Some(not_before) = not_before {
                self.fetch.delay(not_before);
            }
        }
    }
}
