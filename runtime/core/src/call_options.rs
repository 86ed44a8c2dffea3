//! Settings of one call.

use crate::recv_window::IntoRecvWindow;
use crate::{Error, RecvWindow, RecvWindowError, TimeUnit};

/// Settings of one call, in place of the client's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    recv_window: Option<Result<RecvWindow, RecvWindowError>>,
    time_unit: Option<TimeUnit>,
    return_rate_limits: Option<bool>,
}

impl CallOptions {
    /// The client's settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the request is good, as a [`Duration`](std::time::Duration) or in milliseconds; up to 60 seconds, to the
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
