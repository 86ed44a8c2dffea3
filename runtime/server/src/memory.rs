//! An idempotency store in memory.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::endpoint::BoxFuture;
use crate::idempotency::{Claim, IdempotencyKey, IdempotencyStore, StoreError};

/// Remembers the last requests in memory, up to a number of them.
///
/// For tests, and for operations whose handler keeps its own books anyway. When it is full the answer that was kept
/// longest is forgotten; a request that is being carried out never is, so a store full of those refuses new ones.
#[derive(Debug)]
pub struct MemoryStore {
    capacity: NonZeroUsize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<IdempotencyKey, Entry>,
    /// Keys that are answered, the oldest first.
    answered: VecDeque<IdempotencyKey>,
}

#[derive(Debug)]
struct Entry {
    request: String,
    answer: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("{0} requests are being carried out, as many as the store holds")]
struct Full(NonZeroUsize);

impl MemoryStore {
    /// The default number of remembered requests.
    pub const DEFAULT_CAPACITY: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

    /// A store that remembers so many requests.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    /// The state. No code that could panic runs while it is held, so a poisoned lock is as good as another.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claim_now(&self, key: &IdempotencyKey, request: &str) -> Result<Claim, StoreError> {
        let mut state = self.state();
        if let Some(entry) = state.entries.get(key) {
            return Ok(match &entry.answer {
                _ if entry.request != request => Claim::Conflict,
                Some(answer) => Claim::Answered(answer.clone()),
                None => Claim::InProgress,
            });
        }
        if state.entries.len() >= self.capacity.get() {
            let Some(oldest) = state.answered.pop_front() else {
                return Err(StoreError(Full(self.capacity).into()));
            };
            state.entries.remove(&oldest);
        }
        state.entries.insert(
            key.clone(),
            Entry {
                request: request.to_owned(),
                answer: None,
            },
        );
        Ok(Claim::Granted)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAPACITY)
    }
}

impl IdempotencyStore for MemoryStore {
    fn claim<'a>(
        &'a self,
        key: &'a IdempotencyKey,
        request: &'a str,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        Box::pin(async move { self.claim_now(key, request) })
    }

    fn complete<'a>(
        &'a self,
        key: &'a IdempotencyKey,
        answer: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut state = self.state();
            if let Some(entry) = state.entries.get_mut(key)
                && entry.answer.is_none()
            {
                entry.answer = Some(answer.to_owned());
                state.answered.push_back(key.clone());
            }
            Ok(())
        })
    }

    fn release<'a>(&'a self, key: &'a IdempotencyKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut state = self.state();
            if state.entries.get(key).is_some_and(|entry| entry.answer.is_none()) {
                state.entries.remove(key);
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(value: &str) -> IdempotencyKey {
        IdempotencyKey::new("refund", value.to_owned())
    }

    #[tokio::test]
    async fn a_request_is_carried_out_once() {
        let store = MemoryStore::default();
        let claim = async |request: &str| store.claim(&key("a"), request).await.expect("room");
        assert_eq!(claim("{}").await, Claim::Granted);
        assert_eq!(claim("{}").await, Claim::InProgress);
        store.complete(&key("a"), "1").await.expect("kept");
        assert_eq!(claim("{}").await, Claim::Answered("1".to_owned()));
        assert_eq!(claim(r#"{"b":2}"#).await, Claim::Conflict);
        // An answer stays.
        store.release(&key("a")).await.expect("nothing to do");
        store.complete(&key("a"), "2").await.expect("nothing to do");
        assert_eq!(claim("{}").await, Claim::Answered("1".to_owned()));
    }

    #[tokio::test]
    async fn a_released_request_may_come_again() {
        let store = MemoryStore::default();
        assert_eq!(store.claim(&key("a"), "{}").await.expect("room"), Claim::Granted);
        store.release(&key("a")).await.expect("released");
        assert_eq!(store.claim(&key("a"), "{}").await.expect("room"), Claim::Granted);
    }

    #[tokio::test]
    async fn it_holds_so_many_and_no_more() {
        let store = MemoryStore::new(NonZeroUsize::new(2).expect("two"));
        for name in ["a", "b"] {
            assert_eq!(store.claim(&key(name), "{}").await.expect("room"), Claim::Granted);
        }
        assert!(
            store.claim(&key("c"), "{}").await.is_err(),
            "both are in progress"
        );
        store.complete(&key("b"), "1").await.expect("kept");
        assert_eq!(store.claim(&key("c"), "{}").await.expect("room"), Claim::Granted);
        assert_eq!(
            store.claim(&key("a"), "{}").await.expect("known"),
            Claim::InProgress
        );
        assert!(
            store.claim(&key("b"), "{}").await.is_err(),
            "forgotten, and no room"
        );
    }
}
