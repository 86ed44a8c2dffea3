//! Counters, gauges and histograms, which the feature `metrics` switches on. Without it every function here is empty.

use std::time::Duration;

use binance_wire_core::Error;

use crate::limiter::Shared;
use crate::{Refusal, ServerClock};

/// A request was let go after it had waited, or was refused.
pub(crate) fn admitted(address: &str, waited: Option<Duration>, refusal: Option<&Error>) {
    let _ = (address, waited, refusal);
    #[cfg(feature = "metrics")]
    on::admitted(address, waited, refusal);
}

/// The exchange asked to send nothing more for a time.
pub(crate) fn stopped(address: &str, refusal: Refusal) {
    let _ = (address, refusal);
    #[cfg(feature = "metrics")]
    on::stopped(address, refusal);
}

/// The counters of these meters have changed.
pub(crate) fn counted(shared: &Shared, clock: &ServerClock, meters: &[usize]) {
    let _ = (shared, clock, meters);
    #[cfg(feature = "metrics")]
    on::counted(shared, clock, meters);
}

#[cfg(feature = "metrics")]
mod on {
    use std::time::Duration;

    use binance_wire_core::{Error, ThrottleReason};
    use metrics::{Label, counter, gauge, histogram};

    use crate::limiter::Shared;
    use crate::{Refusal, ServerClock};

    const USED: &str = "binance_limits_used";
    const LIMIT: &str = "binance_limits_limit";
    const WAITS: &str = "binance_limits_wait_seconds";
    const REFUSALS: &str = "binance_limits_refusals_total";
    const STOPS: &str = "binance_limits_stops_total";

    pub(super) fn admitted(address: &str, waited: Option<Duration>, refusal: Option<&Error>) {
        match refusal {
            Some(Error::Throttled(throttled)) => {
                let reason = match &throttled.reason {
                    ThrottleReason::Exhausted(_) => "exhausted",
                    ThrottleReason::TooLarge(_) => "too_large",
                    ThrottleReason::Banned => "banned",
                    ThrottleReason::StoreUnreachable => "store_unreachable",
                    _ => "other",
                };
                counter!(REFUSALS, "address" => address.to_owned(), "reason" => reason).increment(1);
            }
            _ => {
                if let Some(waited) = waited {
                    histogram!(WAITS, "address" => address.to_owned()).record(waited);
                }
            }
        }
    }

    pub(super) fn stopped(address: &str, Refusal { banned, orders, .. }: Refusal) {
        let what = match (banned, orders) {
            (true, _) => "banned",
            (false, true) => "orders",
            (false, false) => "limited",
        };
        counter!(STOPS, "address" => address.to_owned(), "what" => what).increment(1);
    }

    pub(super) fn counted(shared: &Shared, clock: &ServerClock, meters: &[usize]) {
        let now = shared.moment(clock);
        let states = shared.ledger().states(now, meters);
        for state in states {
            let kind = state
                .kind
                .map_or_else(|| "calls".to_owned(), |kind| kind.to_string());
            let mut labels = vec![
                Label::new("address", state.address),
                Label::new("limit", kind),
                Label::new("interval", state.interval.to_string()),
            ];
            labels.extend(state.account.map(|account| Label::new("account", account)));
            labels.extend(state.endpoint.map(|(_, id)| Label::new("operation", id)));
            gauge!(USED, labels.clone()).set(state.used as f64);
            if let Some(limit) = state.limit {
                gauge!(LIMIT, labels).set(limit as f64);
            }
        }
    }
}
