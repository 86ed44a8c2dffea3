//! Giving a repeated request the answer of the first.

use crate::endpoint::BoxFuture;

/// The identity of a request that may be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct IdempotencyKey {
    /// The operation's identifier.
    pub operation: &'static str,
    /// The value of the argument that the documentation names as the key.
    pub value: String,
}

impl IdempotencyKey {
    pub(crate) fn new(operation: &'static str, value: String) -> Self {
        Self { operation, value }
    }
}

/// A store's decision about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// Nobody has asked this before: the caller carries it out, then completes or releases the key.
    Granted,
    /// It was carried out; this was the answer.
    Answered(String),
    /// It is being carried out at this moment, or was begun and its end is not known.
    InProgress,
    /// The key was used with other arguments.
    Conflict,
}

/// The store could not do it. The request is refused, and nothing was carried out.
#[derive(Debug)]
pub struct StoreError(pub Box<dyn std::error::Error + Send + Sync>);

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the idempotency store failed: {}", self.0)
    }
}

/// What is behind the reason, which is printed already.
impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Remembers which requests were carried out, and what was answered.
///
/// [`MemoryStore`](crate::MemoryStore) forgets with the process, and is not shared between processes. Where money
/// moves, implement this over the database that the money is booked in: a row with a unique key, in the same
/// transaction if you can.
///
/// A request is claimed, then carried out, then completed. A handler that refuses releases the key, so that the request
/// may be sent again. One whose end nobody saw (the process died) stays claimed: whether to release it is for whoever
/// looks at what was booked.
pub trait IdempotencyStore: Send + Sync + 'static {
    /// Claims a key for a request, in one step: of two claims at once only one may be granted. `request` is the JSON of
    /// the arguments, written the same way each time; with other arguments the answer is [`Claim::Conflict`].
    fn claim<'a>(
        &'a self,
        key: &'a IdempotencyKey,
        request: &'a str,
    ) -> BoxFuture<'a, Result<Claim, StoreError>>;

    /// Keeps the answer (JSON) to a request that was carried out.
    fn complete<'a>(
        &'a self,
        key: &'a IdempotencyKey,
        answer: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Forgets a claim: the handler refused, and nothing was carried out.
    fn release<'a>(&'a self, key: &'a IdempotencyKey) -> BoxFuture<'a, Result<(), StoreError>>;
}
