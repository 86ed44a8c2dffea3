//! One connection takes over from another without loss, whatever travels over them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::item::GapReason;
use crate::overlap::{Overlap, Repeat};
use crate::queue::Bounds;
use crate::socket::{Frame, Ping};

/// The most messages of one connection that wait while another takes over.
pub(crate) const HELD: Bounds = Bounds {
    items: 1 << 16,
    bytes: 16 << 20,
};

/// The least time for which it is remembered what the old connection delivered and the new one has not sent.
const REMEMBERED: Duration = Duration::from_secs(10);

/// The two connections of an overlap.
const OLD: u64 = 0;
const NEW: u64 = 1;

/// A message that both connections carry.
pub(crate) trait Message {
    /// What is the same on both: the subscription, where messages do not name it themselves, and the bytes.
    fn key(&self) -> (Option<u64>, &[u8]);
}

impl Message for Frame {
    fn key(&self) -> (Option<u64>, &[u8]) {
        (None, bytes(self))
    }
}

pub(crate) fn bytes(frame: &Frame) -> &[u8] {
    match frame {
        Frame::Text(text) => text.as_bytes(),
        Frame::Binary(bytes) => bytes,
        Frame::Ping | Frame::Pong => &[],
    }
}

/// Why events may be missing after an old connection that did not show that everything has come.
pub(crate) fn unanswered() -> GapReason {
    GapReason::Broken("it did not answer before it was replaced".to_owned())
}

/// What a new connection has sent before its turn, which is to be delivered now.
#[derive(Debug)]
pub(crate) struct Passed<M> {
    /// What came before everything was subscribed. Where the handover was not complete, something may be missing in between.
    pub(crate) early: VecDeque<M>,
    /// What came after that.
    pub(crate) late: VecDeque<M>,
}

/// What passes from an old connection to a new one while there are both.
///
/// The old one delivers, and what the new one sends is held. The handover is complete when nothing is missing that the new
/// one does not bring, which is so in two cases:
///
/// - The two meet in each subscription, at a message that both have sent, the new one after everything was subscribed on it,
///   and that is unlike the others. All that happened before in this subscription has come over the old one, however slow it
///   is, and the rest comes over the new one. It says nothing of other subscriptions: they come from other parts of the
///   exchange, which may be behind.
/// - The old one answers a ping that was sent when everything was subscribed on the new one. Bytes of one connection keep
///   their order, so that all that it sent before has come. What the exchange has not yet handed to it when it answers is
///   missing, so that the old one is read for a while after that, as long as not all subscriptions have met.
///
/// Where the new one is the slower one, it repeats what the old one has delivered, which is left out. Messages are counted,
/// as the exchange may send two that are alike.
#[derive(Debug)]
pub(crate) struct Handover<M> {
    /// Whether a new connection is there beside the old one, or on its way.
    open: bool,
    held: VecDeque<M>,
    held_bytes: usize,
    /// How many of those that are held came before the new connection was settled: they are no point to meet at.
    early: usize,
    overlap: Overlap,
    settled: bool,
    /// The subscriptions in which the two are to meet; none where it cannot be told of which one a message is.
    to_meet: BTreeSet<Option<u64>>,
    /// Those in which they have.
    met: BTreeSet<Option<u64>>,
    /// The ping that the old one is to answer.
    farewell: Option<Ping>,
    /// What connections that are gone have delivered and those after them have not sent yet, by hash, and how often.
    delivered: HashMap<u64, u32>,
    /// Until when that is remembered at least.
    remembered_until: Option<Instant>,
    /// The ping to the new connection whose answer shows that it has sent all that the old one delivered.
    behind: Option<Ping>,
}

impl<M> Default for Handover<M> {
    fn default() -> Self {
        Self {
            open: false,
            held: VecDeque::new(),
            held_bytes: 0,
            early: 0,
            overlap: Overlap::default(),
            settled: false,
            to_meet: BTreeSet::new(),
            met: BTreeSet::new(),
            farewell: None,
            delivered: HashMap::new(),
            remembered_until: None,
            behind: None,
        }
    }
}

impl<M: Message> Handover<M> {
    /// A new connection is being made beside the one in use. It may be subscribed before anyone hears of it.
    pub(crate) fn begin(&mut self) {
        self.abandon();
        self.open = true;
    }

    /// The new connection is given up. The old one delivers whatever was held.
    pub(crate) fn abandon(&mut self) {
        self.open = false;
        self.held.clear();
        self.held_bytes = 0;
        self.early = 0;
        self.overlap.clear();
        self.settled = false;
        self.to_meet.clear();
        self.met.clear();
        self.farewell = None;
    }

    /// Everything is subscribed on the new connection, and the two are to meet in `subscriptions`, which are those of
    /// [`Message::key`]. From now on the old one is to be pinged, by `ping`, until it is.
    pub(crate) fn settled(
        &mut self,
        subscriptions: impl IntoIterator<Item = Option<u64>>,
        ping: impl FnOnce() -> Option<Ping>,
    ) {
        if !std::mem::replace(&mut self.settled, true) {
            self.early = self.held.len();
            self.to_meet.extend(subscriptions);
        }
        if self.farewell.is_none() {
            self.farewell = ping();
        }
    }

    /// The connection in use has sent something. Returns whether it is to be delivered: it is not where a connection before
    /// this one has delivered it.
    pub(crate) fn heard_old(&mut self, message: &M, now: impl Fn() -> Instant) -> bool {
        if self.open {
            let key = message.key();
            let repeat = self.overlap.compare(OLD, self.overlap.hash(&key));
            if repeat != Repeat::First
                && let Some(at) = self.held.iter().position(|held| held.key() == key)
            {
                self.held.remove(at);
                self.held_bytes -= key.1.len();
                if at < self.early {
                    self.early -= 1;
                } else if self.settled && repeat == Repeat::Same {
                    self.met.insert(key.0);
                }
            }
        }
        !self.has_delivered(message, now)
    }

    /// The new connection has sent something while the old one still delivers.
    pub(crate) fn heard_new(&mut self, message: M) {
        let key = message.key();
        let repeat = self.overlap.compare(NEW, self.overlap.hash(&key));
        if repeat != Repeat::First {
            if self.settled && repeat == Repeat::Same {
                self.met.insert(key.0);
            }
            return;
        }
        self.held_bytes += key.1.len();
        self.held.push_back(message);
    }

    /// Whether more of the new connection can be held. Where it cannot, it is not read until the old one has come as far.
    pub(crate) fn has_room(&self) -> bool {
        self.held.len() < HELD.items && self.held_bytes < HELD.bytes
    }

    /// Whether the two have met in each subscription.
    pub(crate) fn met(&self) -> bool {
        !self.to_meet.is_empty() && self.to_meet.is_subset(&self.met)
    }

    /// Whether all has come that the new connection does not bring. `has_answered` says whether the old one has answered a
    /// ping.
    pub(crate) fn is_complete(&self, has_answered: impl FnOnce(Ping) -> bool) -> bool {
        self.met() || self.farewell.is_some_and(has_answered)
    }

    /// Ends the handover, complete or not: the old connection is not listened to any more. Returns what the new connection
    /// alone has sent. Where it has something left to repeat it is pinged, by `ping`: its answer shows that it has caught up.
    pub(crate) fn finish(&mut self, now: Instant, ping: impl FnOnce() -> Option<Ping>) -> Passed<M> {
        let mut early = std::mem::take(&mut self.held);
        let mut late = match self.settled {
            true => early.split_off(self.early.min(early.len())),
            false => VecDeque::new(),
        };
        early.retain(|message| !self.has_delivered(message, || now));
        late.retain(|message| !self.has_delivered(message, || now));
        if self.delivered.len() >= HELD.items {
            self.delivered.clear();
        }
        for (hash, times) in self.overlap.take(OLD) {
            *self.delivered.entry(hash).or_default() += times;
        }
        self.remembered_until = Some(now + REMEMBERED);
        self.behind = if self.delivered.is_empty() { None } else { ping() };
        self.abandon();
        Passed { early, late }
    }

    /// Forgets in due time what the old connection delivered. `has_answered` says whether the connection in use has answered
    /// a ping.
    pub(crate) fn catch_up(&mut self, has_answered: impl FnOnce(Ping) -> bool) {
        if self.behind.is_some_and(has_answered) {
            self.behind = None;
        }
    }

    /// Whether a connection that is gone has delivered a message that the one after it sends now.
    fn has_delivered(&mut self, message: &M, now: impl Fn() -> Instant) -> bool {
        let Some(until) = self.remembered_until else {
            return false;
        };
        if self.behind.is_none() && now() >= until {
            self.remembered_until = None;
            self.delivered.clear();
            return false;
        }
        let Entry::Occupied(mut times) = self.delivered.entry(self.overlap.hash(&message.key())) else {
            return false;
        };
        *times.get_mut() -= 1;
        if *times.get() == 0 {
            times.remove();
        }
        true
    }
}

#[cfg(test)]
mod tests;
