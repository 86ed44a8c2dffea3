//! The key of a user data connection, and what is under way to renew it.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use binance_wire_core::{Error, ErrorCode, Text, Timestamp, TransportError};

use super::keys::{Fetching, ListenKeys};
use crate::lease::Lease;
use crate::url;

/// The exchange's code for a listen key that does not exist.
const NO_SUCH_KEY: ErrorCode = ErrorCode(-1125);

/// Access to user data by a key.
#[derive(Clone)]
pub(crate) struct KeyAccess {
    pub(crate) keys: Arc<dyn ListenKeys>,
    /// What follows the address, with `{listenKey}` and perhaps `{events}` in it.
    pub(crate) path: &'static str,
    /// The events wanted; empty: all.
    pub(crate) events: Vec<Text>,
    pub(crate) life: Duration,
    /// Whether the key is ended with the connection.
    pub(crate) close: bool,
}

impl KeyAccess {
    /// The path and query of a connection with `key`.
    pub(crate) fn target(&self, key: &str) -> String {
        let path = self.path.replace("{listenKey}", &url::encode_stream(key));
        if self.events.is_empty() {
            return path.replace("&events={events}", "");
        }
        let events: Vec<String> = self
            .events
            .iter()
            .map(|event| url::encode_stream(event))
            .collect();
        path.replace("{events}", &events.join("/"))
    }

    /// Whether the exchange lets events be chosen here.
    pub(crate) fn has_choice(&self) -> bool {
        self.path.contains("{events}")
    }
}

/// The outcome of a request for a key.
#[derive(Debug)]
pub(crate) enum Kept {
    /// There is a key to connect with.
    Started,
    /// There is none; the connection cannot be made for now.
    NotStarted(Error),
    /// The key lives on.
    Alive,
    /// The key is gone: what it carried is over.
    Gone,
}

enum Work {
    Start(Fetching<'static, Option<Text>>),
    KeepAlive(Fetching<'static, Option<Text>>),
}

/// Keeps one key.
pub(crate) struct Keeper {
    pub(crate) access: KeyAccess,
    current: Option<(Text, Lease)>,
    work: Option<Work>,
}

impl Keeper {
    pub(crate) fn new(access: KeyAccess) -> Self {
        Self {
            access,
            current: None,
            work: None,
        }
    }

    pub(crate) fn key(&self) -> Option<&Text> {
        self.current.as_ref().map(|(key, _)| key)
    }

    /// Asks for a key, unless that is under way.
    pub(crate) fn start(&mut self) {
        if !self.is_starting() {
            let keys = self.access.keys.clone();
            self.work = Some(Work::Start(Box::pin(async move { keys.start().await })));
        }
    }

    pub(crate) fn is_starting(&self) -> bool {
        matches!(self.work, Some(Work::Start(_)))
    }

    /// The key is good no longer.
    pub(crate) fn forget(&mut self) {
        self.current = None;
        // What is asked about it concerns nobody; a new key that is being made does.
        if !self.is_starting() {
            self.work = None;
        }
    }

    /// Renews the key where that is due; whether the key is over.
    pub(crate) fn tend(&mut self, now: Instant) -> bool {
        let Some((key, lease)) = &self.current else {
            return false;
        };
        if lease.is_over(now) {
            return true;
        }
        if self.work.is_none() && lease.is_due(now) {
            let (keys, key) = (self.access.keys.clone(), key.clone());
            self.work = Some(Work::KeepAlive(Box::pin(
                async move { keys.keep_alive(&key).await },
            )));
        }
        false
    }

    /// When [`tend`](Self::tend) has something to do.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.current.as_ref().map(|(_, lease)| match self.work {
            // Its own end wakes the task.
            Some(_) => lease.end(),
            None => lease.next(),
        })
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(bool, Result<Option<Text>, Error>)> {
        let (starting, future) = match &mut self.work {
            Some(Work::Start(future)) => (true, future),
            Some(Work::KeepAlive(future)) => (false, future),
            None => return Poll::Pending,
        };
        let result = std::task::ready!(future.as_mut().poll(cx));
        self.work = None;
        Poll::Ready((starting, result))
    }

    /// Takes what came of asking. `time` is what the clock of the client shows now.
    pub(crate) fn answered(
        &mut self,
        starting: bool,
        result: Result<Option<Text>, Error>,
        now: Instant,
        time: Timestamp,
    ) -> Kept {
        match result {
            Ok(Some(key)) if starting => {
                self.current = Some((key, Lease::new(self.access.life, now)));
                Kept::Started
            }
            Ok(None) if starting => Kept::NotStarted(Error::Transport(TransportError::new(
                "asking for a listen key",
                "the answer names none",
            ))),
            Err(error) if starting => Kept::NotStarted(error),
            Ok(named) => match &mut self.current {
                Some((key, lease)) if named.as_ref().is_none_or(|named| named == key) => {
                    lease.renewed(now);
                    Kept::Alive
                }
                // The account has another key now; events come with that.
                current => {
                    *current = named.map(|key| (key, Lease::new(self.access.life, now)));
                    Kept::Gone
                }
            },
            Err(error) if error.code() == Some(NO_SUCH_KEY) => {
                self.current = None;
                Kept::Gone
            }
            Err(error) => {
                tracing::warn!(%error, "keeping the listen key alive failed");
                if let Some((_, lease)) = &mut self.current {
                    lease.failed(now, error.wait(time));
                }
                Kept::Alive
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use binance_wire_core::ApiError;

    use super::*;

    struct Never;

    impl ListenKeys for Never {
        fn start(&self) -> Fetching<'_, Option<Text>> {
            Box::pin(std::future::pending())
        }

        fn keep_alive<'a>(&'a self, _key: &'a str) -> Fetching<'a, Option<Text>> {
            Box::pin(std::future::pending())
        }
    }

    const HOUR: Duration = Duration::from_secs(3600);

    fn keeper(path: &'static str, events: &[&str]) -> Keeper {
        Keeper::new(KeyAccess {
            keys: Arc::new(Never),
            path,
            events: events.iter().map(|event| Text::from(*event)).collect(),
            life: HOUR,
            close: true,
        })
    }

    const TIME: Timestamp = Timestamp::from_millis(0);

    fn refused(code: i32) -> Error {
        Error::Api(ApiError {
            status: 400,
            code_text: None,
            code: ErrorCode(code),
            message: String::new(),
            data: None,
            code_name: None,
            call: None,
        })
    }

    #[test]
    fn addresses() {
        let private = "/private/ws?listenKey={listenKey}&events={events}";
        assert_eq!(keeper(private, &[]).access.target("k"), "/private/ws?listenKey=k");
        assert_eq!(
            keeper(private, &["ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE"])
                .access
                .target("k"),
            "/private/ws?listenKey=k&events=ORDER_TRADE_UPDATE/ACCOUNT_UPDATE"
        );
        assert_eq!(
            keeper("/ws/{listenKey}", &[]).access.target("a b?"),
            "/ws/a%20b%3F"
        );
        assert_eq!(
            keeper("/ws/{listenKey}@orderReport", &[]).access.target("k"),
            "/ws/k@orderReport"
        );
    }

    #[test]
    fn the_life_of_a_key() {
        let start = Instant::now();
        let mut keeper = keeper("/ws/{listenKey}", &[]);
        let mut cx = Context::from_waker(Waker::noop());
        keeper.start();
        assert!(keeper.is_starting() && keeper.poll(&mut cx).is_pending());
        assert!(matches!(
            keeper.answered(true, Ok(None), start, TIME),
            Kept::NotStarted(_)
        ));
        assert!(matches!(
            keeper.answered(true, Ok(Some("k1".into())), start, TIME),
            Kept::Started
        ));
        keeper.work = None;
        assert_eq!(keeper.next(), Some(start + HOUR / 2));
        keeper.work = None;
        assert!(!keeper.tend(start + HOUR / 2));
        assert!(matches!(keeper.work, Some(Work::KeepAlive(_))));
        assert_eq!(
            keeper.next(),
            Some(start + HOUR),
            "while it is asked, its end is what counts"
        );
        keeper.work = None;
        // Failing does not end it before its time.
        let half = start + HOUR / 2;
        assert!(matches!(
            keeper.answered(false, Err(refused(-1000)), half, TIME),
            Kept::Alive
        ));
        assert_eq!(keeper.next(), Some(half + Duration::from_secs(60)));
        assert!(keeper.tend(start + HOUR), "an hour after it was made it is over");
        // The same key, or none, in the answer: it lives on.
        assert!(matches!(
            keeper.answered(false, Ok(Some("k1".into())), half, TIME),
            Kept::Alive
        ));
        assert!(matches!(
            keeper.answered(false, Ok(None), half, TIME),
            Kept::Alive
        ));
        assert_eq!(keeper.next(), Some(half + HOUR / 2));
        assert!(matches!(
            keeper.answered(false, Ok(Some("k2".into())), half, TIME),
            Kept::Gone
        ));
        assert_eq!(keeper.key().map(|key| key.as_str()), Some("k2"));
        assert!(matches!(
            keeper.answered(false, Err(refused(-1125)), half, TIME),
            Kept::Gone
        ));
        assert_eq!(keeper.key(), None);
        // An answer about a key that was forgotten meanwhile brings none back.
        assert!(matches!(keeper.answered(false, Ok(None), half, TIME), Kept::Gone));
        assert_eq!(keeper.key(), None);
    }
}
