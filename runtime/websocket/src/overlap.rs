//! Messages that come twice, because two connections carry the same subscription while one replaces the other.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

/// How many messages are remembered; the overlap lasts about a second.
const REMEMBERED: usize = 4096;

/// The messages of the overlap so far, by connection.
#[derive(Debug, Default)]
pub(crate) struct Overlap {
    hasher: RandomState,
    seen: VecDeque<(u64, u64)>,
}

impl Overlap {
    /// Whether the same message has come over another connection. Each copy cancels one: two equal messages on one
    /// connection are two messages.
    pub(crate) fn is_repeated(&mut self, connection: u64, message: &[u8]) -> bool {
        let hash = self.hasher.hash_one(message);
        if let Some(at) = self.seen.iter().position(|(other, seen)| *other != connection && *seen == hash) {
            self.seen.remove(at);
            return true;
        }
        if self.seen.len() == REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back((connection, hash));
        false
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
        assert!(!overlap.is_repeated(1, b"a"));
        assert!(overlap.is_repeated(2, b"a"));
        assert!(!overlap.is_repeated(2, b"b"));
        assert!(!overlap.is_repeated(2, b"b"));
        assert!(overlap.is_repeated(1, b"b"));
        assert!(overlap.is_repeated(1, b"b"));
        assert!(!overlap.is_repeated(1, b"b"));
        overlap.clear();
        assert!(!overlap.is_repeated(2, b"b"));
    }
}
