//! Messages that come twice, because two connections carry the same subscription while one replaces the other.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash, RandomState};

/// The least number of messages that are remembered, and half of the greatest. Repeats of older ones are let through.
const REMEMBERED: usize = 1 << 16;

/// The messages of the overlap that have come over one connection only.
#[derive(Debug, Default)]
pub(crate) struct Overlap {
    hasher: RandomState,
    /// By hash.
    seen: HashMap<u64, Seen>,
    /// Those before that, which are forgotten when there are as many newer ones again.
    older: HashMap<u64, Seen>,
}

/// What is known of a message.
#[derive(Debug)]
struct Seen {
    /// The connection, and how often it came there and not on the other.
    connection: u64,
    times: u32,
    /// Whether there were several that are alike.
    is_common: bool,
}

/// Whether a message has come over another connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It has not.
    First,
    /// It has.
    Same,
    /// One that is alike has, and there were several of them: this may be another.
    Alike,
}

impl Overlap {
    /// Compares the message of this hash with those of the other connection. Each copy cancels one: two equal messages on
    /// one connection are two messages.
    pub(crate) fn compare(&mut self, connection: u64, hash: u64) -> Repeat {
        if self.seen.len() >= REMEMBERED {
            self.older = std::mem::take(&mut self.seen);
        }
        let is_older = !self.older.is_empty() && self.older.contains_key(&hash);
        let known = if is_older { &mut self.older } else { &mut self.seen };
        match known.entry(hash) {
            Entry::Vacant(entry) => {
                entry.insert(Seen {
                    connection,
                    times: 1,
                    is_common: false,
                });
                Repeat::First
            }
            Entry::Occupied(mut entry) if entry.get().connection == connection => {
                let seen = entry.get_mut();
                seen.times = seen.times.saturating_add(1);
                seen.is_common = true;
                Repeat::First
            }
            Entry::Occupied(mut entry) => {
                let seen = entry.get_mut();
                seen.times -= 1;
                let repeat = if seen.is_common {
                    Repeat::Alike
                } else {
                    Repeat::Same
                };
                if seen.times == 0 {
                    entry.remove();
                }
                repeat
            }
        }
    }

    /// The hash of a message.
    pub(crate) fn hash(&self, message: &impl Hash) -> u64 {
        self.hasher.hash_one(message)
    }

    /// The messages that have come over `connection` only, by hash, and how often each; the overlap is over.
    pub(crate) fn take(&mut self, connection: u64) -> impl Iterator<Item = (u64, u32)> + '_ {
        let seen = self.seen.drain().chain(self.older.drain());
        seen.filter_map(move |(hash, seen)| (seen.connection == connection).then_some((hash, seen.times)))
    }

    /// The overlap is over.
    pub(crate) fn clear(&mut self) {
        self.seen.clear();
        self.older.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_is_passed_once_whichever_connection_is_first() {
        let mut overlap = Overlap::default();
        let mut compare = |connection, message: &str| {
            let hash = overlap.hash(&message);
            overlap.compare(connection, hash)
        };
        assert_eq!(compare(1, "a"), Repeat::First);
        assert_eq!(compare(2, "a"), Repeat::Same);
        assert_eq!(compare(2, "b"), Repeat::First);
        assert_eq!(compare(2, "b"), Repeat::First);
        assert_eq!(compare(1, "b"), Repeat::Alike);
        assert_eq!(compare(1, "b"), Repeat::Alike);
        assert_eq!(compare(1, "b"), Repeat::First);
        overlap.clear();
        let hash = overlap.hash(&"b");
        assert_eq!(overlap.compare(2, hash), Repeat::First);
    }

    #[test]
    fn the_latest_messages_are_remembered_however_many_there_were() {
        let mut overlap = Overlap::default();
        let total = 5 * REMEMBERED as u64 / 2;
        for message in 0..total {
            assert_eq!(overlap.compare(1, message), Repeat::First);
        }
        assert!(overlap.seen.len() + overlap.older.len() <= 2 * REMEMBERED);
        let latest = total - REMEMBERED as u64..total;
        for message in latest {
            assert_eq!(overlap.compare(2, message), Repeat::Same);
        }
        assert_eq!(overlap.compare(2, 0), Repeat::First, "it was forgotten");
        assert_eq!(overlap.take(2).collect::<Vec<_>>(), [(0, 1)]);
    }
}
