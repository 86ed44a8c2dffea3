//! Refusals of requests.

use std::time::Duration;

/// The kind of a refusal; the contract defines its status and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The arguments make no sense: sending the request again would not help.
    Invalid,
    /// There is no such operation here.
    NotOffered,
    /// The caller did not prove who it is.
    Unauthorized,
    /// The same key came with other arguments.
    Conflict,
    /// Too much at once: the caller should wait.
    Overloaded,
    /// It took too long, or still takes; the caller cannot know whether anything was done.
    TimedOut,
    /// Something went wrong on this side, and nothing was done.
    Failed,
    /// Something went wrong on this side, and nobody knows whether anything was done.
    Unknown,
}

/// A refusal: what a handler returns instead of an answer.
///
/// The message goes to the caller: put nothing into it that is not meant for the other side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    kind: RefusalKind,
    message: String,
    code: Option<String>,
    retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            code: None,
            retry_after: None,
        }
    }

    /// The arguments make no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Invalid, message)
    }

    /// The operation is not offered here: HTTP 404.
    pub fn not_offered() -> Self {
        Self::new(RefusalKind::NotOffered, "not offered")
    }

    /// Too much at once: HTTP 429 with `Retry-After`, in whole seconds and at least one.
    pub fn overloaded(retry_after: Duration) -> Self {
        let mut refusal = Self::new(RefusalKind::Overloaded, "too many requests");
        refusal.retry_after = Some(retry_after);
        refusal
    }

    /// Something went wrong on this side, and nothing was done: the same request may be sent again.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Failed, message)
    }

    /// Something went wrong on this side, and nobody knows whether anything was done. An idempotency key stays claimed:
    /// the request is not carried out again before somebody has looked.
    pub fn outcome_unknown(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unknown, message)
    }

    /// With this code in the envelope instead of the documented one of its kind.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With a time after which the caller may try again, as `Retry-After`.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Its kind.
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The message for the caller.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The code that replaces the documented one.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// When the caller may try again, in whole seconds rounded up, at least one.
    pub(crate) fn retry_seconds(&self) -> Option<u64> {
        let after = self.retry_after?;
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        Some(seconds.max(1))
    }
}
