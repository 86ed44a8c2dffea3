//! A handle of the exchange's clock that clients share.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use binance_wire_core::{Error, ErrorCode, Timestamp};

use crate::{ClockEstimate, Moment};

/// The requests of one synchronisation; the one with the shortest round trip counts.
const PROBES: usize = 3;
/// The time after which a synchronisation is repeated, unless another is set.
const RESYNC: Duration = Duration::from_secs(300);
/// How long to wait after a failed one.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How wrong the system's clock is taken to be before the exchange has been asked.
const UNSYNCHRONIZED: Duration = Duration::from_secs(1);
/// `INVALID_TIMESTAMP`: the time of a request is outside of its window.
pub const INVALID_TIMESTAMP: ErrorCode = ErrorCode(-1021);

/// The clock of the exchange. Clones share it; clients that have it ask the exchange for its time before their first
/// signed request, again while it is used, and at once where the exchange finds a time stamp wrong (-1021).
///
/// Until then, and without a client that asks, it is the system's clock as it was when this was made, carried on by the
/// monotonic clock.
///
/// ```
/// use std::time::Duration;
/// use binance_wire_limits::ServerClock;
///
/// let clock = ServerClock::new().resync_after(Duration::from_secs(60));
/// assert!(!clock.is_synchronized());
/// let moment = clock.moment();
/// println!("{} ± {:?}", moment.at(), moment.uncertainty());
/// ```
#[derive(Clone)]
pub struct ServerClock {
    shared: Arc<Shared>,
    resync_after: Duration,
}

struct Shared {
    state: Mutex<State>,
    /// One synchronisation at a time.
    turn: tokio::sync::Mutex<()>,
    /// The number of synchronisations so far.
    generation: AtomicU64,
}

struct State {
    estimate: ClockEstimate,
    /// What the system's clock said when this was made.
    origin: (Instant, Timestamp),
    /// When the next synchronisation is due; `None` before the first.
    due: Option<Instant>,
}

/// A time of the clock and the synchronisation that it is based on.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The time to sign with.
    pub at: Timestamp,
    generation: u64,
}

/// Whether the clock is to be synchronised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It is not.
    None,
    /// It is good enough for the request at hand, and should be synchronised beside it.
    Soon,
    /// It has never been.
    First,
}

impl Default for ServerClock {
    fn default() -> Self {
        Self::new()
    }
}

impl ServerClock {
    /// Returns a clock that has not been synchronised, and is again every five minutes of use.
    pub fn new() -> Self {
        Self::starting_at(Timestamp::from(std::time::SystemTime::now()))
    }

    /// As [`new`](Self::new), for a process that knows a better time than the system's: until the exchange has been asked,
    /// it is taken to be `time` now.
    pub fn starting_at(time: Timestamp) -> Self {
        let origin = (now(), time);
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    estimate: ClockEstimate::new(),
                    origin,
                    due: None,
                }),
                turn: tokio::sync::Mutex::new(()),
                generation: AtomicU64::new(0),
            }),
            resync_after: RESYNC,
        }
    }

    /// Sets the time after which the next use synchronises it again. 5 minutes unless set.
    #[must_use]
    pub fn resync_after(mut self, interval: Duration) -> Self {
        self.resync_after = interval;
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exchange's time now, with its uncertainty.
    pub fn moment(&self) -> Moment {
        self.state().moment(now())
    }

    /// The exchange's time now.
    pub fn now(&self) -> Timestamp {
        self.moment().at()
    }

    /// Returns `true` once the exchange has been asked.
    pub fn is_synchronized(&self) -> bool {
        self.shared.generation.load(Ordering::Acquire) > 0
    }

    /// The number of times that it was synchronised.
    pub fn synchronizations(&self) -> u64 {
        self.shared.generation.load(Ordering::Acquire)
    }

    /// Takes the time that the exchange stated in an answer received now, to a request sent at `sent`: for those who ask
    /// it themselves.
    pub fn record(&self, sent: Instant, server: Timestamp) {
        let received = now();
        let mut state = self.state();
        state.estimate.record(sent, received, server);
        state.due = Some(received + self.resync_after);
        drop(state);
        self.shared.generation.fetch_add(1, Ordering::Release);
    }

    /// As [`record`](Self::record), in place of what was known before: for those who ask the exchange for its time after it
    /// has found a time stamp wrong.
    pub fn replace(&self, sent: Instant, server: Timestamp) {
        self.state().estimate.clear();
        self.record(sent, server);
    }

    /// The local instant of a time of the exchange, as it seems now.
    pub(crate) fn instant_of(&self, at: Timestamp) -> Instant {
        let now = now();
        now + (at - self.state().moment(now).at())
    }

    /// The time to sign with. For transports.
    pub fn read(&self) -> Reading {
        // In this order: a synchronisation in between makes the reading look older than it is.
        let generation = self.shared.generation.load(Ordering::Acquire);
        Reading {
            at: Timestamp::from_millis(self.now().as_millis()),
            generation,
        }
    }

    /// The time to sign the next request with: the first one waits until the clock is synchronised, a later one that finds
    /// this due has it done beside, as does the first where it may not `wait`. Where the exchange does not say its time,
    /// the system's is used. For transports.
    pub async fn prepare<P, F>(&self, probe: P, wait: bool) -> Reading
    where
        P: Fn() -> F + Send + 'static,
        F: Future<Output = Result<Timestamp, Error>> + Send + 'static,
    {
        match self.need() {
            Need::None => {}
            Need::First if wait => {
                if let Err(error) = self.synchronize(probe).await {
                    tracing::warn!(%error, "the exchange's time is not known; the system's is used");
                }
            }
            Need::First | Need::Soon => {
                let clock = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = clock.synchronize(probe).await {
                        tracing::debug!(%error, "the exchange's time could not be asked for");
                    }
                });
            }
        }
        self.read()
    }

    /// Whether the exchange refused a request for the time of `reading` and has been asked for its own since, so that a
    /// read may be sent once more. For transports.
    pub async fn is_corrected<P, F>(&self, code: Option<ErrorCode>, reading: Reading, probe: P) -> bool
    where
        P: Fn() -> F,
        F: Future<Output = Result<Timestamp, Error>>,
    {
        if code != Some(INVALID_TIMESTAMP) {
            return false;
        }
        match self.correct(reading, probe).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "the exchange's time could not be asked for");
                false
            }
        }
    }

    /// Whether the clock is to be synchronised. For transports.
    pub fn need(&self) -> Need {
        match self.state().due {
            None => Need::First,
            Some(due) if now() >= due => Need::Soon,
            Some(_) => Need::None,
        }
    }

    /// Synchronises the clock where that is still needed, by requests for the exchange's time. Those who need it at the
    /// same time wait for the one that is under way. For transports.
    ///
    /// # Errors
    /// That of the last probe, where none was answered. The clock goes on as it was.
    pub async fn synchronize<P, F>(&self, probe: P) -> Result<(), Error>
    where
        P: Fn() -> F,
        F: Future<Output = Result<Timestamp, Error>>,
    {
        let _turn = self.shared.turn.lock().await;
        if self.need() == Need::None {
            return Ok(());
        }
        self.sample(probe).await
    }

    /// Synchronises the clock after the exchange found the time of `reading` wrong, unless that has been done since.
    /// For transports.
    ///
    /// # Errors
    /// As [`synchronize`](Self::synchronize).
    pub async fn correct<P, F>(&self, reading: Reading, probe: P) -> Result<(), Error>
    where
        P: Fn() -> F,
        F: Future<Output = Result<Timestamp, Error>>,
    {
        let _turn = self.shared.turn.lock().await;
        if self.shared.generation.load(Ordering::Acquire) != reading.generation {
            return Ok(());
        }
        self.state().estimate.clear();
        tracing::info!("the exchange finds the time stamps wrong; its clock is asked for again");
        self.sample(probe).await
    }

    async fn sample<P, F>(&self, probe: P) -> Result<(), Error>
    where
        P: Fn() -> F,
        F: Future<Output = Result<Timestamp, Error>>,
    {
        let mut answered = false;
        let mut failure = None;
        for _ in 0..PROBES {
            let sent = now();
            match probe().await {
                Ok(server) => {
                    let received = now();
                    self.state().estimate.record(sent, received, server);
                    answered = true;
                }
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        let next = if answered {
            self.resync_after
        } else {
            AFTER_FAILURE
        };
        self.state().due = Some(now() + next);
        if answered {
            self.shared.generation.fetch_add(1, Ordering::Release);
            return Ok(());
        }
        failure.map_or(Ok(()), Err)
    }
}

impl State {
    fn moment(&self, now: Instant) -> Moment {
        let moment = self.estimate.at(now).unwrap_or_else(|| {
            let (then, time) = self.origin;
            let time = Timestamp::from_micros(time.as_micros());
            Moment::new(time + now.saturating_duration_since(then), UNSYNCHRONIZED)
        });
        moment.at_local(now)
    }
}

impl fmt::Debug for ServerClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerClock")
            .field("moment", &self.moment())
            .field("synchronizations", &self.synchronizations())
            .finish_non_exhaustive()
    }
}

/// The monotonic clock, by Tokio, whose tests can move it.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
