//! Messages that come twice, because two connections carry the same subscription while one replaces the other.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash, RandomState};

/// The number of remembered messages. An overlap lasts a second or two; beyond that repeats are let through.
const REMEMBERED: usize = 1 << 16;

/// The messages of the overlap that have come over one connection only.
#[derive(Debug, Default)]
pub(crate) struct Overlap {
    hasher: RandomState,
    /// By hash: the connection, and how often it came there.
    seen: HashMap<u64, (u64, u32)>,
}

impl Overlap {
    /// Whether the message of this hash has come over another connection. Each copy cancels one: two equal messages on
    /// one connection are two messages.
    pub(crate) fn is_repeated(&mut self, connection: u64, hash: u64) -> bool {
        if self.seen.len() >= REMEMBERED {
            self.seen.clear();
        }
        match self.seen.entry(hash) {
            Entry::Vacant(entry) => {
                entry.insert((connection, 1));
                false
            }
            Entry::Occupied(mut entry) if entry.get().0 == connection => {
                entry.get_mut().1 = entry.get().1.saturating_add(1);
                false
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().1 -= 1;
                if entry.get().1 == 0 {
                    entry.remove();
                }
                true
            }
        }
    }

    /// The hash of a message.
    pub(crate) fn hash(&self, message: &impl Hash) -> u64 {
        self.hasher.hash_one(message)
    }

    /// The messages that have come over `connection` only, by hash, and how often each; the overlap is over.
    pub(crate) fn take(&mut self, connection: u64) -> impl Iterator<Item = (u64, u32)> + '_ {
        let seen = self.seen.drain();
        seen.filter_map(move |(hash, (of, times))| (of == connection).then_some((hash, times)))
    }

    /// The overlap is over.
    pub(crate) fn clear(&mut self) {
        self.seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_is_passed_once_whichever_connection_is_first() {
        let mut overlap = Overlap::default();
        let mut is_repeated = |connection, message: &str| {
            let hash = overlap.hash(&message);
            overlap.is_repeated(connection, hash)
        };
        assert!(!is_repeated(1, "a"));
        assert!(is_repeated(2, "a"));
        assert!(!is_repeated(2, "b"));
        assert!(!is_repeated(2, "b"));
        assert!(is_repeated(1, "b"));
        assert!(is_repeated(1, "b"));
        assert!(!is_repeated(1, "b"));
        overlap.clear();
        let hash = overlap.hash(&"b");
        assert!(!overlap.is_repeated(2, hash));
    }
}
