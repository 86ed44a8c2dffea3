//! Interchangeable hosts and the connections kept to them.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use binance_wire_core::{Error, TransportError};
use http::uri::Scheme;
use http::{HeaderValue, Uri};
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::connection::{BoxError, Connection, Connector};
use crate::metric;

/// One host.
pub(crate) struct Origin {
    /// Scheme and authority, for connecting.
    uri: Uri,
    /// The value of the header `Host`.
    pub(crate) host: HeaderValue,
    /// Connections at rest, the one used last on top.
    idle: Mutex<Vec<Connection>>,
}

/// Takes `https://host[:port][/prefix]` apart; the prefix comes without the slash at its end.
pub(crate) fn parse_base_url(text: &str) -> Result<(Origin, String), Error> {
    let refuse = |why: &str| Error::Unusable(format!("base URL `{text}`: {why}"));
    let uri: Uri = text.parse().map_err(|error| refuse(&format!("{error}")))?;
    match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP => {}
        _ => return Err(refuse("it must begin with https:// or http://")),
    }
    let authority = uri.authority().ok_or_else(|| refuse("it names no host"))?;
    if authority.as_str().contains('@') {
        return Err(refuse("a user name has no place in it"));
    }
    if uri.query().is_some() {
        return Err(refuse("a query has no place in it"));
    }
    let host = HeaderValue::from_str(authority.as_str()).map_err(|_| refuse("the host is not usable"))?;
    let prefix = uri.path().trim_end_matches('/').to_owned();
    Ok((
        Origin {
            host,
            idle: Mutex::new(Vec::new()),
            uri,
        },
        prefix,
    ))
}

/// The hosts of a client.
pub(crate) struct Pool {
    origins: Vec<Origin>,
    /// The host that is asked first: the one connected to last, unless it fell silent.
    preferred: AtomicUsize,
    permits: Semaphore,
    /// How many permits there are.
    most: u32,
    connector: Connector,
    /// The time limit of one new connection: name look-up, TCP and TLS.
    connect_timeout: Duration,
    idle_timeout: Duration,
}

/// A connection lent to one request, with its place among the connections that may be open.
pub(crate) struct Lease<'a> {
    pub(crate) connection: Connection,
    /// The index of its host.
    pub(crate) origin: usize,
    /// Whether it carried a request before.
    pub(crate) reused: bool,
    _permit: SemaphorePermit<'a>,
}

impl Pool {
    /// `origins` must not be empty.
    pub(crate) fn new(
        origins: Vec<Origin>,
        connector: Connector,
        connect_timeout: Duration,
        max_connections: usize,
        idle_timeout: Duration,
    ) -> Self {
        let most = u32::try_from(max_connections.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        let permits = Semaphore::new(usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS));
        Self {
            origins,
            preferred: AtomicUsize::new(0),
            permits,
            most,
            connector,
            connect_timeout,
            idle_timeout,
        }
    }

    /// A host has left a request without an answer, or with one that says nothing: the next connections go to another.
    pub(crate) fn leave(&self, origin: usize) {
        let next = origin.wrapping_add(1) % self.origins.len().max(1);
        let _ = self
            .preferred
            .compare_exchange(origin, next, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Lets the requests that have a connection, or wait for one already, come to their end within the time limit, and
    /// takes no others. Returns whether they did.
    pub(crate) async fn shut_down(&self, limit: Duration) -> bool {
        // The queue for permits is fair: whoever comes later waits behind this, and finds it closed.
        let all = tokio::time::timeout(limit, self.permits.acquire_many(self.most)).await;
        self.permits.close();
        for origin in &self.origins {
            let idle = std::mem::take(&mut *lock(&origin.idle));
            drop(idle);
        }
        all.is_ok()
    }

    /// Whether nothing is sent any more.
    pub(crate) fn is_shut_down(&self) -> bool {
        self.permits.is_closed()
    }

    async fn open(&self, origin: &Origin) -> Result<Connection, BoxError> {
        let span = tracing::debug_span!("connect", host = origin.uri.host());
        let opening = Connection::open(&self.connector, &origin.uri).instrument(span);
        let opened = match tokio::time::timeout(self.connect_timeout, opening).await {
            Ok(opened) => opened,
            Err(_) => {
                let why = format!("not within {:?}", self.connect_timeout);
                Err(io::Error::new(io::ErrorKind::TimedOut, why).into())
            }
        };
        metric::connecting(opened.is_ok());
        opened
    }

    /// A kept connection to the preferred host, where one is free: nothing is waited for, so that nobody needs a timer.
    pub(crate) async fn lease_kept(&self) -> Option<Lease<'_>> {
        let permit = self.permits.try_acquire().ok()?;
        let index = self.preferred.load(Ordering::Relaxed);
        let connection = self.reuse(self.origins.get(index)?).await?;
        Some(Lease {
            connection,
            origin: index,
            reused: true,
            _permit: permit,
        })
    }

    /// A kept connection that takes another request.
    async fn reuse(&self, origin: &Origin) -> Option<Connection> {
        loop {
            let mut connection = self.take_idle(origin)?;
            if connection.is_usable().await {
                return Some(connection);
            }
        }
    }

    /// A connection: a kept one, or a new one to the first host that can be reached. `fresh` leaves kept ones alone;
    /// `now` does not wait for one to be free.
    pub(crate) async fn lease(&self, fresh: bool, now: bool) -> Result<Lease<'_>, TransportError> {
        const WAITING: &str = "waiting for a free connection";
        let shut_down = || TransportError::shut_down(WAITING, "the client was shut down");
        let permit = match now {
            true => self.permits.try_acquire().map_err(|error| match error {
                TryAcquireError::NoPermits => TransportError::new(WAITING, error),
                TryAcquireError::Closed => shut_down(),
            })?,
            false => self.permits.acquire().await.map_err(|_| shut_down())?,
        };
        let preferred = self.preferred.load(Ordering::Relaxed);
        let mut failure = None;
        for step in 0..self.origins.len() {
            let index = (preferred + step) % self.origins.len();
            let Some(origin) = self.origins.get(index) else {
                continue;
            };
            if !fresh && let Some(connection) = self.reuse(origin).await {
                return Ok(Lease {
                    connection,
                    origin: index,
                    reused: true,
                    _permit: permit,
                });
            }
            let connecting = Connecting { pool: self, index };
            let opened = self.open(origin).await;
            // Seen to its end, whichever.
            std::mem::forget(connecting);
            match opened {
                Ok(connection) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(Lease {
                        connection,
                        origin: index,
                        reused: false,
                        _permit: permit,
                    });
                }
                Err(error) => {
                    let error = TransportError::new(format!("connecting to {}", origin.uri), error);
                    tracing::warn!(%error, cause = ?error.source, "no connection");
                    failure = Some(error);
                }
            }
        }
        Err(failure.unwrap_or_else(|| TransportError::new("connecting", "there is no base URL")))
    }

    /// Takes a connection back for the next request.
    pub(crate) fn keep(&self, lease: Lease<'_>) {
        let Lease {
            mut connection,
            origin,
            ..
        } = lease;
        if let Some(origin) = self.origins.get(origin)
            && connection.is_open()
            && !self.permits.is_closed()
        {
            connection.idle_since = Instant::now();
            let mut idle = lock(&origin.idle);
            // Those at the bottom have rested longest, and nobody would look at them while there is work for fewer.
            let good = idle.iter_mut().position(|connection| {
                connection.idle_since.elapsed() < self.idle_timeout && connection.takes_requests()
            });
            let over = good.unwrap_or(idle.len());
            let over: Vec<Connection> = idle.drain(..over).collect();
            idle.push(connection);
            drop(idle);
            drop(over);
        }
    }

    fn take_idle(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = lock(&origin.idle);
        let connection = idle.pop()?;
        if connection.idle_since.elapsed() < self.idle_timeout {
            return Some(connection);
        }
        // Those below have been lying there for longer.
        let old = std::mem::take(&mut *idle);
        drop(idle);
        drop((connection, old));
        None
    }
}

/// An attempt to connect, which says something about its host where nobody waits for its end.
struct Connecting<'a> {
    pool: &'a Pool,
    index: usize,
}

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        self.pool.leave(self.index);
    }
}

/// The data is whole whatever happened to another thread: it is a list that is pushed to and popped from.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        let prefix = |text: &str| {
            parse_base_url(text)
                .map(|(origin, prefix)| (origin.host, prefix))
                .ok()
        };
        let host = HeaderValue::from_static;
        assert_eq!(
            prefix("https://api.example.com"),
            Some((host("api.example.com"), String::new()))
        );
        assert_eq!(
            prefix("http://127.0.0.1:8080/"),
            Some((host("127.0.0.1:8080"), String::new()))
        );
        assert_eq!(
            prefix("https://h.example/a/b/"),
            Some((host("h.example"), "/a/b".to_owned()))
        );
        for text in [
            "",
            "api.example.com",
            "/path",
            "wss://h",
            "https://u:p@h",
            "https://h/?a=b",
            "https://",
        ] {
            let error = parse_base_url(text).err().map(|error| error.to_string());
            assert!(
                error.as_deref().is_some_and(|text| text.starts_with("base URL")),
                "{text}: {error:?}"
            );
        }
    }
}
