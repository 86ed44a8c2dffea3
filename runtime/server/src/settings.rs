//! Settings of a server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::contract::Contract;
use crate::idempotency::IdempotencyStore;
use crate::memory::MemoryStore;
use crate::server::{Dispatch, Overload, Route, Server};

/// The default limit of a request's body, in bytes: many times the size of any documented request.
const MAX_BODY: usize = 64 * 1024;

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A prefix or path that is none: it begins with `/`, does not end with it, and holds letters, digits and
    /// `-._~/` only.
    #[error("`{0}` is not a path: begin with `/`, do not end with it, use letters, digits and -._~/")]
    Path(String),
    /// There is no such operation.
    #[error("there is no operation `{0}`")]
    UnknownOperation(String),
    /// The documentation says where the operation must be.
    #[error("the path of `{0}` is fixed by the documentation")]
    FixedPath(&'static str),
    /// Two operations would be called in the same way.
    #[error("`{0}` and `{1}` would have the same method and path")]
    SamePath(&'static str, &'static str),
    /// A token that is empty, with which anybody would be let in.
    #[error("the bearer token is empty")]
    EmptyToken,
}

/// Settings of a [`Server`]. Everything has a default that the documentation gives, or that is said here.
#[must_use = "settings do nothing before they are built"]
pub struct ServerBuilder {
    contract: &'static Contract,
    dispatch: Arc<dyn Dispatch>,
    prefix: String,
    paths: Vec<(String, String)>,
    time_limit: Option<Duration>,
    max_body: usize,
    overload: Option<(usize, Duration)>,
    token: Option<String>,
    store: Option<Arc<dyn IdempotencyStore>>,
}

impl ServerBuilder {
    /// For generated code: the operations of `contract`, answered by `dispatch`.
    pub fn new(contract: &'static Contract, dispatch: Arc<dyn Dispatch>) -> Self {
        Self {
            contract,
            dispatch,
            prefix: contract.prefix.to_owned(),
            paths: Vec::new(),
            time_limit: contract.time_limit,
            max_body: MAX_BODY,
            overload: None,
            token: None,
            store: None,
        }
    }

    /// Sets the prefix of every path, such as `/api`; empty for none.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Another path for an operation whose path the documentation leaves open, below the prefix.
    pub fn path(mut self, operation: impl Into<String>, path: impl Into<String>) -> Self {
        self.paths.push((operation.into(), path.into()));
        self
    }

    /// Sets how long an answer may take before the caller gets a refusal instead. The default is what the
    /// documentation says; where it says nothing there is no limit.
    ///
    /// A handler that takes longer is dropped. One of an operation with an idempotency key runs to its end instead, so
    /// that a repeated request can be given its answer.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// The most bytes of a body. Default: 64 KiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the maximum number of simultaneous requests; more are refused, with the advice to come back after
    /// `retry_after` (HTTP 429 with `Retry-After`). Default: no limit.
    pub fn max_in_progress(mut self, requests: usize, retry_after: Duration) -> Self {
        self.overload = Some((requests, retry_after));
        self
    }

    /// Lets in only who sends `Authorization: Bearer <token>`. Without it whoever reaches the server may call it, and
    /// something in front of it must decide who does.
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets the store of answers to requests with an idempotency key. Default: a [`MemoryStore`].
    pub fn idempotency(mut self, store: impl IdempotencyStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// The server.
    ///
    /// # Errors
    /// A setting that cannot be.
    pub fn build(self) -> Result<Server, SettingsError> {
        if !self.prefix.is_empty() {
            check_path(&self.prefix)?;
        }
        if self.token.as_ref().is_some_and(String::is_empty) {
            return Err(SettingsError::EmptyToken);
        }
        let operations = self.contract.operations;
        let mut paths: Vec<&str> = operations.iter().map(|operation| operation.path).collect();
        for (id, path) in &self.paths {
            let found = operations
                .iter()
                .zip(&mut paths)
                .find(|(known, _)| known.id == id);
            let Some((operation, place)) = found else {
                return Err(SettingsError::UnknownOperation(id.clone()));
            };
            if !operation.free_path {
                return Err(SettingsError::FixedPath(operation.id));
            }
            check_path(path)?;
            *place = path;
        }
        let mut routes: Vec<Route> = Vec::with_capacity(operations.len());
        for (operation, path) in operations.iter().zip(paths) {
            let path = format!("{}{path}", self.prefix);
            let same = |route: &&Route| route.path == path && route.operation.method == operation.method;
            if let Some(other) = routes.iter().find(same) {
                return Err(SettingsError::SamePath(other.operation.id, operation.id));
            }
            routes.push(Route { path, operation });
        }
        Ok(Server {
            contract: self.contract,
            dispatch: self.dispatch,
            routes,
            time_limit: self.time_limit,
            max_body: self.max_body,
            overload: self.overload.map(|(requests, retry_after)| Overload {
                permits: Arc::new(Semaphore::new(requests.min(Semaphore::MAX_PERMITS))),
                retry_after,
            }),
            token: self.token,
            store: self.store.unwrap_or_else(|| Arc::new(MemoryStore::default())),
        })
    }
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("product", &self.contract.product)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Placeholders and wild cards of web frameworks are not among what a path may hold.
pub(crate) fn check_path(path: &str) -> Result<(), SettingsError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let fits =
        path.starts_with('/') && !path.ends_with('/') && !path.contains("//") && path.bytes().all(plain);
    match fits {
        true => Ok(()),
        false => Err(SettingsError::Path(path.to_owned())),
    }
}
