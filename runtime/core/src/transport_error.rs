//! Connections that failed, and requests that were never sent.

use std::fmt;

use crate::CallName;
use crate::error::of;

/// A connection that failed. Prints as the action and the reason; [`source`](std::error::Error::source) goes on with what is
/// behind the reason, so that a chain of causes says nothing twice.
///
/// ```
/// use binance_wire_core::{Error, TransportError};
///
/// let error = Error::from(TransportError::past_deadline("waiting for a connection"));
/// assert!(error.is_past_deadline());
/// assert_eq!(error.to_string(), "not sent: its deadline passed while waiting for a connection");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// What to make of it.
    pub kind: TransportErrorKind,
    /// The action that failed, such as `connecting to api.binance.com`.
    pub action: String,
    /// The reason.
    pub source: Box<dyn std::error::Error + Send + Sync>,
    /// The call that was to be sent, where there was one.
    pub call: Option<Box<CallName>>,
}

/// The kind of a [`TransportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// A connection could not be made, was lost, or took too long to answer.
    Connection,
    /// The request was not sent, because its deadline had passed.
    PastDeadline,
    /// The client has been shut down or closed: it sends nothing any more.
    ShutDown,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", of(&self.call), self.action, self.source)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}

impl TransportError {
    /// An error met while doing `action`.
    pub fn new(
        action: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind: TransportErrorKind::Connection,
            action: action.into(),
            source: source.into(),
            call: None,
        }
    }

    /// The request was not sent, because its deadline passed while the client did `action`; an empty one where it had
    /// passed before anything was done. For transports.
    pub fn past_deadline(action: &str) -> Self {
        let passed = match action.is_empty() {
            true => "its deadline passed".to_owned(),
            false => format!("its deadline passed while {action}"),
        };
        Self {
            kind: TransportErrorKind::PastDeadline,
            ..Self::new("not sent", passed)
        }
    }

    /// The client does `action` no more, for it has been shut down or closed. For transports.
    pub fn shut_down(
        action: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind: TransportErrorKind::ShutDown,
            ..Self::new(action, source)
        }
    }
}
