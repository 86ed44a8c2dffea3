//! The state of the limits, to look at.

use std::fmt;
use std::time::Duration;

use binance_wire_core::{RateLimitKind, Timestamp};

use super::Ledger;
use super::meter::{Counter, Meter};
use crate::demand::What;
use crate::{Interval, Moment};

/// The state of every counter that has been used, and of every ban.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The counters.
    pub counters: Vec<CounterState>,
    /// The bans that are not over.
    pub bans: Vec<Ban>,
    /// The state of the store that the processes of an address share.
    pub store: StoreState,
}

/// The state of a shared store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StoreState {
    /// There is none: this process alone counts.
    #[default]
    None,
    /// It answers.
    Reachable,
    /// It did not answer last; what happens meanwhile is as [`StoreLoss`](crate::StoreLoss) says.
    Unreachable,
}

/// The state of one counter in its present window.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CounterState {
    /// The name of the address.
    pub address: String,
    /// The account, of what is counted per account: the name that the user chose, or a fingerprint of the API key.
    pub account: Option<String>,
    /// Product and operation, of what is counted per endpoint.
    pub endpoint: Option<(&'static str, &'static str)>,
    /// The kind; `None` for calls of an operation that has a limit of its own.
    pub kind: Option<RateLimitKind>,
    /// The interval.
    pub interval: Interval,
    /// The most that is allowed, where that is known.
    pub limit: Option<u64>,
    /// What is used, as far as is known, calls under way included.
    pub used: u64,
    /// The part of it that is of calls under way.
    pub in_flight: u64,
    /// What waiting requests have booked of this window and of later ones.
    pub booked: u64,
    /// The end of the window.
    pub ends: Timestamp,
    /// Until when the exchange wants nothing more of it.
    pub held_until: Option<Timestamp>,
}

/// Such as `spot@api.binance.com request weight: 240 of 6000 per 1 min`.
impl fmt::Display for CounterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)?;
        if let Some(account) = &self.account {
            write!(f, " {account}")?;
        }
        match (self.endpoint, self.kind) {
            (Some((product, operation)), Some(kind)) => write!(f, " {kind} of {product} {operation}")?,
            (Some((product, operation)), None) => write!(f, " calls of {product} {operation}")?,
            (None, Some(kind)) => write!(f, " {kind}")?,
            (None, None) => f.write_str(" calls")?,
        }
        write!(f, ": {}", self.used)?;
        if let Some(limit) = self.limit {
            write!(f, " of {limit}")?;
        }
        write!(f, " per {}", self.interval)
    }
}

/// A ban of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ban {
    /// The name of the address.
    pub address: String,
    /// The end, by the exchange's clock.
    pub until: Timestamp,
}

/// What a counter counts, in words.
pub(super) fn name(meter: &Meter, counter: &Counter) -> String {
    let what = match meter.key.what {
        What::Kind(kind) => kind.to_string(),
        What::Calls(_) => "calls".to_owned(),
    };
    let of = match meter.key.endpoint {
        Some((_, id)) => format!(" of {id}"),
        None => String::new(),
    };
    match counter.limit {
        Some(limit) => format!("{limit} {what}{of} per {}", counter.interval),
        None => format!("{what}{of} per {}", counter.interval),
    }
}

impl Ledger {
    /// The state of every counter and of every ban.
    pub fn snapshot(&mut self, now: Moment) -> Snapshot {
        for at in 0..self.meters.len() {
            let Some(place) = self.meters.get(at).map(|meter| meter.key.place) else {
                continue;
            };
            let earliest = self.advance(place, now);
            if let Some(meter) = self.meters.get_mut(at) {
                meter.advance(earliest);
            }
        }
        let counters = self
            .meters
            .iter()
            .flat_map(|meter| self.states_of(meter, now))
            .collect();
        let bans = self
            .places
            .iter()
            .map(|place| (place, place.ban.end(now)))
            .filter(|(_, end)| *end > now.earliest())
            .map(|(place, end)| Ban {
                address: place.name.to_string(),
                until: Timestamp::from_micros(end),
            })
            .collect();
        Snapshot {
            counters,
            bans,
            store: StoreState::None,
        }
    }

    /// The state of the counters of these meters, for metrics.
    #[cfg(feature = "metrics")]
    pub(crate) fn states(&self, now: Moment, meters: &[usize]) -> Vec<CounterState> {
        let meters = meters.iter().filter_map(|at| self.meters.get(*at));
        meters.flat_map(|meter| self.states_of(meter, now)).collect()
    }

    fn states_of(&self, meter: &Meter, now: Moment) -> impl Iterator<Item = CounterState> {
        meter.counters.iter().map(move |counter| {
            let window = counter.peek(counter.interval.window(now.latest()));
            let before = counter.peek(counter.interval.window(now.earliest()));
            CounterState {
                address: self.address(meter),
                account: self.account_name(meter),
                endpoint: meter.key.endpoint,
                kind: meter.kind(),
                interval: counter.interval,
                limit: counter.limit,
                used: window.base.max(before.base) + meter.in_flight,
                in_flight: meter.in_flight,
                booked: counter.booked(),
                ends: counter.ends(now),
                held_until: Some(meter.hold.end(now))
                    .filter(|end| *end > now.earliest())
                    .map(Timestamp::from_micros),
            }
        })
    }

    fn address(&self, meter: &Meter) -> String {
        let place = self.places.get(meter.key.place.0 as usize);
        place.map_or_else(String::new, |place| place.name.to_string())
    }

    fn account_name(&self, meter: &Meter) -> Option<String> {
        let name = self.names.get(meter.key.account.0? as usize)?;
        Some(name.to_string())
    }
}

impl Snapshot {
    /// The counter of a kind and an interval at an address: the first of them, where several accounts or endpoints have
    /// one.
    pub fn counter(&self, address: &str, kind: RateLimitKind, interval: Duration) -> Option<&CounterState> {
        self.counters.iter().find(|counter| {
            counter.address == address && counter.kind == Some(kind) && counter.interval.length() == interval
        })
    }
}
