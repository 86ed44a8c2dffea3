//! A request that was let go.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use binance_wire_core::{Error, ErrorCode, RateLimitUsage, Retry, ThrottleReason, Throttled, Timestamp};

use crate::limiter::Shared;
use crate::metric;
use crate::store::{Change, Take};
use crate::{About, Moment, Outcome, Refusal, Reservation, ServerClock};

/// Too many unfilled orders.
const TOO_MANY_ORDERS: ErrorCode = ErrorCode(-1015);
/// Too many requests; the address may be banned by it.
const TOO_MANY_REQUESTS: ErrorCode = ErrorCode(-1003);

/// Leave to send one request. Whoever has it says when the request goes out, and how it ended; where it is dropped
/// without a word, it gives back what it took if nothing was sent, and counts on if something was.
#[must_use = "a permit that is dropped gives its room back"]
pub struct Permit {
    sent: Sent,
    held: Option<Held>,
}

/// Whether the request went out. Without a limiter nobody wants to know.
#[derive(Debug)]
enum Sent {
    Untracked(AtomicBool),
    Tracked(Arc<AtomicBool>),
}

pub(crate) struct Held {
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: ServerClock,
    pub(crate) address: Arc<str>,
    pub(crate) reservation: Reservation,
    pub(crate) takes: Vec<Take>,
}

impl Permit {
    /// Leave of no limiter: for clients without one.
    pub const fn unlimited() -> Self {
        Self {
            sent: Sent::Untracked(AtomicBool::new(false)),
            held: None,
        }
    }

    pub(crate) fn new(held: Held) -> Self {
        Self {
            sent: Sent::Tracked(Arc::default()),
            held: Some(held),
        }
    }

    /// With what other processes have been asked for.
    pub(crate) fn with_takes(mut self, takes: Vec<Take>) -> Self {
        if let Some(held) = &mut self.held {
            held.takes = takes;
        }
        self
    }

    /// Whether a limiter gave it.
    pub fn is_limited(&self) -> bool {
        self.held.is_some()
    }

    /// To be set before the first byte goes out.
    pub fn sent(&self) -> &AtomicBool {
        match &self.sent {
            Sent::Untracked(sent) => sent,
            Sent::Tracked(sent) => sent,
        }
    }

    /// The same for a task that the request is sent by; `None` where no limiter wants to know.
    pub fn sending(&self) -> Option<Sending> {
        match (&self.sent, &self.held) {
            (Sent::Tracked(sent), Some(held)) => Some(Sending {
                sent: sent.clone(),
                shared: held.shared.clone(),
                clock: held.clock.clone(),
                address: held.address.clone(),
                about: held.reservation.about(),
            }),
            _ => None,
        }
    }

    /// Whether the request still may go out; see [`Sending::check`].
    ///
    /// # Errors
    /// [`Error::Throttled`] where it may not.
    pub fn check(&self) -> Result<(), Error> {
        self.sending().map_or(Ok(()), |sending| sending.check())
    }

    /// Says that it was answered with success, and what the answer reports of the counters.
    pub fn succeeded(self, usage: &[RateLimitUsage]) {
        self.settle(Outcome::Succeeded, usage);
    }

    /// Says that the request failed: what it costs then, and what else is stopped, follows from the error.
    pub fn failed(mut self, error: &Error, usage: &[RateLimitUsage]) {
        let Some(held) = &self.held else { return };
        let answered = match error {
            Error::Transport(_) | Error::Unusable(_) | Error::Throttled(_) => false,
            Error::ExecutionUnknown { status, .. } => status.is_some(),
            _ => true,
        };
        stop(
            &held.shared,
            &held.clock,
            &held.address,
            &held.reservation.about(),
            error,
        );
        let outcome = match (answered, self.sent().load(Ordering::Acquire)) {
            (true, _) => Outcome::Failed,
            (false, true) => Outcome::Unknown,
            (false, false) => Outcome::NotSent,
        };
        self.finish(outcome, usage);
    }

    /// Says how the request ended, of an answer that reports nothing of the counters.
    pub fn ended<T>(self, outcome: &Result<T, Error>) {
        match outcome {
            Ok(_) => self.succeeded(&[]),
            Err(error) => self.failed(error, &[]),
        }
    }

    /// Says how the request ended.
    pub fn settle(mut self, outcome: Outcome, usage: &[RateLimitUsage]) {
        self.finish(outcome, usage);
    }

    fn finish(&mut self, outcome: Outcome, usage: &[RateLimitUsage]) {
        let Some(held) = self.held.take() else { return };
        let moment = held.shared.moment(&held.clock);
        if let Some(store) = held.shared.store()
            && !held.takes.is_empty()
        {
            let changes = changes(&held.takes, moment, outcome, usage);
            if !changes.is_empty() {
                store.settle(changes);
            }
        }
        let meters = held.reservation.meters();
        held.shared
            .ledger()
            .settle(moment, held.reservation, outcome, usage);
        metric::counted(&held.shared, &held.clock, &meters);
        held.shared.changed();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let outcome = match self.sent().load(Ordering::Acquire) {
            true => Outcome::Unknown,
            false => Outcome::NotSent,
        };
        self.finish(outcome, &[]);
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("limited", &self.held.is_some())
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

/// The sending of a request that was let go.
#[derive(Clone)]
pub struct Sending {
    sent: Arc<AtomicBool>,
    shared: Arc<Shared>,
    clock: ServerClock,
    address: Arc<str>,
    about: About,
}

impl Sending {
    /// Says whether the request is out; to be set before its first byte goes.
    pub fn set_sent(&self, sent: bool) {
        self.sent.store(sent, Ordering::Release);
    }

    /// Takes what an answer says that came after the permit was settled, since nobody waited for it any more: a 429 or 418
    /// stops what the request was about all the same.
    pub fn answered_late(&self, error: &Error) {
        if stop(&self.shared, &self.clock, &self.address, &self.about, error) {
            self.shared.changed();
        }
    }

    /// Whether it still may go out: between being let go and being sent, such as while a connection was made, the exchange
    /// may have answered another request with a 429 or 418.
    ///
    /// # Errors
    /// [`Error::Throttled`] where it may not; the limiter says when it may.
    pub fn check(&self) -> Result<(), Error> {
        check(&self.shared, &self.clock, &self.about)
    }
}

/// Whether something may be sent: the exchange has not asked to send nothing more for a time.
pub(crate) fn check(shared: &Shared, clock: &ServerClock, about: &About) -> Result<(), Error> {
    let moment = shared.moment(clock);
    match shared.ledger().stopped(moment, about) {
        None => Ok(()),
        Some(until) => Err(Error::Throttled(Box::new(Throttled::new(
            ThrottleReason::Banned,
            Some(until),
        )))),
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending")
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

/// Stops what an error asks to be stopped. Returns whether it is one that does.
pub(crate) fn stop(
    shared: &Shared,
    clock: &ServerClock,
    address: &str,
    about: &About,
    error: &Error,
) -> bool {
    let moment = shared.moment(clock);
    let Some(refusal) = refusal(error, moment) else {
        return false;
    };
    // Too many orders of some account are nothing that stops an address, and with it cancellations.
    if refusal.orders && about.meters().is_empty() {
        return false;
    }
    let until = shared.ledger().stop(moment, about, refusal);
    metric::stopped(address, refusal);
    let status = error.api().map(|error| error.status);
    tracing::warn!(address, status, %until, "the exchange asks to send nothing more for a time");
    if let Some(store) = shared.store() {
        store.ban(address, until);
    }
    true
}

/// What an error says about sending on.
fn refusal(error: &Error, now: Moment) -> Option<Refusal> {
    // Three days at most, whatever is stated.
    let until = |at: Option<Timestamp>| {
        let wait = Retry { after: None, at }.wait(now.at());
        wait.and_then(|wait| now.at().checked_add(wait))
    };
    let longest = |after: Option<Duration>| Retry { after, at: None }.wait(now.at());
    match error {
        Error::Banned {
            retry_after,
            retry_at,
            ..
        } => Some(Refusal {
            banned: true,
            orders: false,
            until: until(*retry_at),
            wait: longest(*retry_after),
        }),
        Error::RateLimited {
            retry_after,
            retry_at,
            error,
        } => Some(Refusal {
            banned: false,
            orders: error.code == TOO_MANY_ORDERS,
            until: until(*retry_at),
            wait: longest(*retry_after),
        }),
        _ => {
            let error = error.api()?;
            let at = Retry::default().or_as_said(&error.message).at;
            match error.code {
                // With whatever status: the text says until when.
                TOO_MANY_REQUESTS => Some(Refusal {
                    banned: at.is_some(),
                    orders: false,
                    until: until(at),
                    wait: None,
                }),
                TOO_MANY_ORDERS => Some(Refusal {
                    banned: false,
                    orders: true,
                    until: until(at),
                    wait: None,
                }),
                _ => None,
            }
        }
    }
}

/// What is to be corrected in the shared counters after an outcome.
fn changes(takes: &[Take], now: Moment, outcome: Outcome, usage: &[RateLimitUsage]) -> Vec<Change> {
    takes
        .iter()
        .filter_map(|take| {
            let present = take.interval.window(now.latest());
            let certain = present == take.window && take.interval.window(now.earliest()) == present;
            let back = match outcome {
                Outcome::Unknown => 0,
                Outcome::NotSent => take.amount,
                // It was counted by now.
                _ if take.window > present => take.amount,
                Outcome::Succeeded => take.amount - take.on_success.min(take.amount),
                Outcome::Failed => 0,
            };
            let reported = usage.iter().filter(|_| certain).find(|usage| {
                Some(usage.kind) == take.kind
                    && crate::Interval::new(usage.interval_num, usage.interval) == take.interval
            });
            let reported = reported.map(|usage| usage.count);
            (back > 0 || reported.is_some()).then(|| Change {
                counter: take.counter.clone(),
                back,
                reported,
                ends: Timestamp::from_micros(take.interval.end(take.window)),
            })
        })
        .collect()
}
