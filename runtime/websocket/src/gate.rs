//! The limiter and the exchange's clock, as the builders collect them.

use binance_wire_core::ProductLimits;
use binance_wire_limits::{Lane, Limiter, ServerClock};

use crate::api::Clock;

/// What a client was given to keep under the exchange's limits and in its time.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) limiter: Option<Limiter>,
    pub(crate) clock: Option<ServerClock>,
    pub(crate) product: ProductLimits,
}

impl Gate {
    pub(crate) const NONE: Self = Self {
        limiter: None,
        clock: None,
        product: ProductLimits::UNKNOWN,
    };

    /// The limits of a client of these addresses.
    pub(crate) fn lane(&self, urls: &[String], key: Option<&str>) -> Option<Lane> {
        let url = urls.first().map_or("", String::as_str);
        let limiter = self.limiter.as_ref()?;
        Some(limiter.lane(&self.product, url, key, self.clock.as_ref()))
    }

    /// The clock that stands in for the system's.
    pub(crate) fn read_by(clock: &ServerClock) -> Clock {
        let clock = clock.clone();
        Clock(std::sync::Arc::new(move || clock.read().at))
    }
}
