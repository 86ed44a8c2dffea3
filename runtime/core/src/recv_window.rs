//! The window of time in which a signed request is good.

use std::convert::Infallible;
use std::time::Duration;

use crate::{Decimal, ParamSink};

/// The time after its timestamp for which the exchange may act on a signed request.
///
/// Milliseconds from 0 to 60,000 with at most three fraction digits. Where a request carries none, the exchange
/// takes 5,000; it recommends no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvWindow(Decimal);

/// A value that the exchange would not take as `recvWindow`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("recvWindow {value} is not usable: it is 0 to 60000 milliseconds with at most 3 fraction digits")]
pub struct RecvWindowError {
    /// The value refused.
    pub value: Decimal,
}

/// What a window is made from: a [`RecvWindow`], a [`Duration`], or a number of milliseconds.
pub trait IntoRecvWindow: TryInto<RecvWindow, Error: Into<RecvWindowError>> {}

impl<W: TryInto<RecvWindow, Error: Into<RecvWindowError>>> IntoRecvWindow for W {}

impl RecvWindow {
    /// A window of so many milliseconds.
    ///
    /// # Errors
    /// If it is negative, more than 60,000 or has more than three fraction digits that count.
    pub fn from_millis(millis: Decimal) -> Result<Self, RecvWindowError> {
        let refused = RecvWindowError { value: millis };
        if millis.is_sign_negative() && !millis.is_zero() || millis > Decimal::from(60_000) {
            return Err(refused);
        }
        if millis.scale() <= 3 {
            return Ok(Self(millis));
        }
        let shorter = millis.normalize();
        if shorter.scale() <= 3 {
            Ok(Self(shorter))
        } else {
            Err(refused)
        }
    }

    /// A window from anything that can be one: a window, an integer or a decimal in milliseconds.
    ///
    /// # Errors
    /// As [`from_millis`](Self::from_millis).
    pub fn read(window: impl IntoRecvWindow) -> Result<Self, RecvWindowError> {
        window.try_into().map_err(Into::into)
    }

    /// The window in milliseconds.
    pub fn as_millis(self) -> Decimal {
        self.0
    }

    /// The window as a duration.
    pub fn as_duration(self) -> Duration {
        let micros = u64::try_from(self.0 * Decimal::from(1000));
        Duration::from_micros(micros.unwrap_or_default())
    }

    /// Hands the window to `sink` as the parameter `recvWindow`.
    pub fn write_param(self, sink: &mut dyn ParamSink) {
        sink.decimal("recvWindow", self.0);
    }
}

/// Milliseconds.
macro_rules! from_millis {
    ($($type:ty),*) => {$(
        /// Milliseconds.
        impl TryFrom<$type> for RecvWindow {
            type Error = RecvWindowError;

            fn try_from(millis: $type) -> Result<Self, RecvWindowError> {
                Self::from_millis(Decimal::from(millis))
            }
        }
    )*};
}

from_millis!(Decimal, i32, u32, i64, u64);

/// To the microsecond.
impl TryFrom<Duration> for RecvWindow {
    type Error = RecvWindowError;

    fn try_from(window: Duration) -> Result<Self, RecvWindowError> {
        let nanos = i128::try_from(window.as_nanos()).unwrap_or(i128::MAX);
        Self::from_millis(Decimal::try_from_i128_with_scale(nanos, 6).unwrap_or(Decimal::MAX))
    }
}

/// Of a window that is one already.
impl From<Infallible> for RecvWindowError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> Option<String> {
        RecvWindow::from_millis(text.parse().expect("a decimal"))
            .ok()
            .map(|w| w.as_millis().to_string())
    }

    #[test]
    fn from_what_is_at_hand() {
        let millis = |window: Result<RecvWindow, RecvWindowError>| window.map(|w| w.as_millis().to_string());
        assert_eq!(millis(RecvWindow::read(5000)).as_deref(), Ok("5000"));
        assert_eq!(millis(RecvWindow::read(5000_u64)).as_deref(), Ok("5000"));
        assert_eq!(
            millis(RecvWindow::read(Decimal::new(50005, 1))).as_deref(),
            Ok("5000.5")
        );
        let of = |window: Duration| millis(RecvWindow::read(window));
        assert_eq!(of(Duration::from_millis(250)).as_deref(), Ok("250"));
        assert_eq!(of(Duration::from_micros(250_500)).as_deref(), Ok("250.5"));
        assert_eq!(of(Duration::from_secs(60)).as_deref(), Ok("60000"));
        for refused in [
            Duration::from_nanos(1),
            Duration::from_millis(60_001),
            Duration::MAX,
        ] {
            assert!(of(refused).is_err(), "{refused:?}");
        }
        let fine = RecvWindow::read(Duration::from_micros(250_500)).expect("a window");
        assert_eq!(fine.as_duration(), Duration::from_micros(250_500));
        let window = RecvWindow::from_millis(Decimal::ONE).expect("a window");
        assert_eq!(window.as_duration(), Duration::from_millis(1));
        assert_eq!(RecvWindow::read(window), Ok(window));
        for refused in [RecvWindow::read(-1), RecvWindow::read(60_001)] {
            assert!(refused.is_err());
        }
    }

    #[test]
    fn bounds() {
        assert_eq!(window("6000.346").as_deref(), Some("6000.346"));
        assert_eq!(window("60000.000").as_deref(), Some("60000.000"));
        assert_eq!(window("0").as_deref(), Some("0"));
        assert_eq!(window("5000.50000").as_deref(), Some("5000.5"));
        for refused in ["-1", "60000.001", "0.0001"] {
            assert_eq!(window(refused), None, "{refused}");
        }
    }
}
