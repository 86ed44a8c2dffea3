//! Settings of one call.

use std::time::{Duration, Instant};

use crate::recv_window::IntoRecvWindow;
use crate::{Error, RecvWindow, RecvWindowError, TimeUnit};

/// Settings of one call, in place of the client's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    recv_window: Option<Result<RecvWindow, RecvWindowError>>,
    time_unit: Option<TimeUnit>,
    return_rate_limits: Option<bool>,
    deadline: Option<Deadline>,
    fail_fast: bool,
}

/// The moment after which a request is not sent any more: an [`Instant`], or a [`Duration`] from the moment on in which
/// it is handed to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(When);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    At(Instant),
    Within(Duration),
}

impl Deadline {
    /// The moment, for a request that is handed over `now`; `None` where it is too far away to count.
    pub fn at(self, now: Instant) -> Option<Instant> {
        match self.0 {
            When::At(moment) => Some(moment),
            When::Within(time) => now.checked_add(time),
        }
    }
}

impl From<Instant> for Deadline {
    fn from(moment: Instant) -> Self {
        Self(When::At(moment))
    }
}

impl From<Duration> for Deadline {
    fn from(time: Duration) -> Self {
        Self(When::Within(time))
    }
}

impl CallOptions {
    /// The client's settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the request is good, as a [`Duration`] or in milliseconds; up to 60 seconds, to the
    /// microsecond. A request that is not signed carries none, whatever is set here.
    #[must_use]
    pub fn recv_window(mut self, window: impl IntoRecvWindow) -> Self {
        self.recv_window = Some(RecvWindow::read(window));
        self
    }

    /// The unit of times in the answer (REST), where the product has more than one.
    #[must_use]
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.time_unit = Some(unit);
        self
    }

    /// Whether the answer carries the state of the rate limits (WebSocket API).
    #[must_use]
    pub fn return_rate_limits(mut self, wanted: bool) -> Self {
        self.return_rate_limits = Some(wanted);
        self
    }

    /// The moment after which the request is not sent any more: an [`Instant`], or a [`Duration`] from when it is handed to
    /// the client. It covers the waits for a connection, for limits and for the exchange's time, and all repetitions of a
    /// read; where a limit has no room before it, the request is refused at once ([`Error::Throttled`]). Once a request is
    /// out, its answer is awaited as long as the client's time limit says, since giving up would leave its fate unknown.
    ///
    /// Takes the place of the short time for which clients let a request that changes something wait by themselves.
    #[must_use]
    pub fn deadline(mut self, deadline: impl Into<Deadline>) -> Self {
        self.deadline = Some(deadline.into());
        self
    }

    /// Sends the request now or not at all: where there is no connection (WebSocket API), no free one (REST), or a limit
    /// in the way, it fails at once. It is not repeated, and not held up to ask for the exchange's time: the first request of a
    /// client with a server clock is then signed with the system's. Making a new connection to send a REST request is not
    /// waiting.
    #[must_use]
    pub fn fail_fast(mut self, wanted: bool) -> Self {
        self.fail_fast = wanted;
        self
    }

    /// The deadline that was set. For transports.
    pub fn get_deadline(&self) -> Option<Deadline> {
        self.deadline
    }

    /// The moment after which a request that is handed over `now` is not sent any more. For transports.
    ///
    /// A request that changes something does not wait for longer than `patience` or than it is good for once it is
    /// signed, unless a deadline was set: its caller wants what it says now.
    pub fn send_by(
        &self,
        now: Instant,
        mutation: bool,
        patience: Duration,
        window: Option<RecvWindow>,
    ) -> Option<Instant> {
        match self.deadline {
            Some(deadline) => deadline.at(now),
            None if mutation => {
                let window = window.map_or(patience, RecvWindow::as_duration);
                now.checked_add(patience.min(window))
            }
            None => None,
        }
    }

    /// Whether the request is to be sent now or not at all. For transports.
    pub fn get_fail_fast(&self) -> bool {
        self.fail_fast
    }

    /// The window that was set. For transports.
    ///
    /// # Errors
    /// [`Error::Unusable`] where it is out of range.
    pub fn get_recv_window(&self) -> Result<Option<RecvWindow>, Error> {
        let window = self.recv_window.clone().transpose();
        window.map_err(|error| Error::Unusable(error.to_string()))
    }

    /// The exchange's word for the unit that was set. For transports.
    ///
    /// # Errors
    /// As [`TimeUnit::on_request`].
    pub fn get_time_unit(&self) -> Result<Option<&'static str>, Error> {
        self.time_unit.map(TimeUnit::on_request).transpose()
    }

    /// Whether the state of the rate limits is wanted, if that was set. For transports.
    pub fn get_return_rate_limits(&self) -> Option<bool> {
        self.return_rate_limits
    }
}
