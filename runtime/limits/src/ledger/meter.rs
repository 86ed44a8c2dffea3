//! One meter: what is counted for somebody, in one or more intervals at once.

use std::collections::VecDeque;
use std::time::Instant;

use binance_wire_core::{RateLimitKind, Timestamp};

use super::reservation::Refusal;
use crate::demand::{Key, What};
use crate::moment::micros;
use crate::{Interval, Moment};

/// Counts one thing. A call that is under way counts in every window, since nobody knows in which of them the exchange
/// will count it.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) key: Key,
    pub(crate) counters: Vec<Counter>,
    /// The amounts of calls whose outcome is open.
    pub(crate) in_flight: u64,
    /// What will remain of them where all succeed.
    pub(crate) in_flight_least: u64,
    /// Calls that were given up and may still reach the exchange: until when, and the amount.
    lingering: VecDeque<(i64, u64)>,
    /// Until when nothing more is to be sent, by the exchange's word.
    pub(crate) hold: Hold,
}

/// A pause that the exchange has asked for. It is over when both are: a time of the exchange's clock, and one of the
/// monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    /// In microseconds.
    until: i64,
    local: Option<Instant>,
}

impl Hold {
    /// No pause.
    pub(crate) const NONE: Self = Self {
        until: i64::MIN,
        local: None,
    };

    /// The pause that a refusal asks for at `now`; `None` where it states none.
    pub(crate) fn stated(now: Moment, refusal: Refusal) -> Option<Self> {
        let until = refusal.until.map(Timestamp::as_micros);
        let wait = refusal.wait.map(|wait| match now.local() {
            Some(local) => (None, local.checked_add(wait)),
            None => (Some(now.latest().saturating_add(micros(wait))), None),
        });
        let (by_wait, local) = wait.unwrap_or_default();
        (refusal.wait.is_some() || until.is_some()).then(|| Self {
            until: until.max(by_wait).unwrap_or(i64::MIN),
            local,
        })
    }

    /// A pause until a time of the exchange's clock.
    pub(crate) fn until(until: Timestamp) -> Self {
        Self {
            until: until.as_micros(),
            local: None,
        }
    }

    /// Makes it last as long as another as well.
    pub(crate) fn extend(&mut self, other: Self) {
        self.until = self.until.max(other.until);
        self.local = self.local.max(other.local);
    }

    /// Its end on the exchange's clock, in microseconds, as it seems at `now`.
    pub(crate) fn end(self, now: Moment) -> i64 {
        let left = self.local.zip(now.local());
        let left = left.and_then(|(end, now)| end.checked_duration_since(now));
        match left.filter(|left| !left.is_zero()) {
            Some(left) => self.until.max(now.latest().saturating_add(micros(left))),
            None => self.until,
        }
    }
}

/// The windows of one interval.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) interval: Interval,
    /// `None` where no limit is known; usage is counted all the same.
    pub(crate) limit: Option<u64>,
    /// By rising index, the present one first.
    windows: VecDeque<Window>,
}

/// The counts of one window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    index: i64,
    /// What own calls that are answered were charged; it only grows.
    pub(crate) settled: u64,
    /// The same, corrected by the exchange's reports.
    pub(crate) base: u64,
    /// What is booked for calls that wait for this window.
    pub(crate) booked: u64,
    /// The number of the event that last used a report.
    last_report: u64,
}

/// The state of a window when a call was let go, by which a report in its answer is understood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) meter: usize,
    pub(crate) counter: usize,
    /// `None` where the moment may have been in two windows.
    window: Option<i64>,
    settled: u64,
}

/// Whether an amount has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// It has.
    Now,
    /// It may have, when calls that are under way have been answered.
    Soon,
    /// Not before this time.
    At(i64),
}

impl Meter {
    pub(crate) fn new(key: Key) -> Self {
        Self {
            key,
            counters: Vec::new(),
            in_flight: 0,
            in_flight_least: 0,
            lingering: VecDeque::new(),
            hold: Hold::NONE,
        }
    }

    pub(crate) fn kind(&self) -> Option<RateLimitKind> {
        match self.key.what {
            What::Kind(kind) => Some(kind),
            What::Calls(_) => None,
        }
    }

    /// Sets the limit of an interval.
    pub(crate) fn limit(&mut self, interval: Interval, limit: Option<u64>) {
        let at = self.counter(interval);
        if let Some(counter) = self.counters.get_mut(at) {
            counter.limit = limit;
        }
    }

    /// The place of the counter of an interval, which is made where there is none.
    pub(crate) fn counter(&mut self, interval: Interval) -> usize {
        let found = self
            .counters
            .iter()
            .position(|counter| counter.interval == interval);
        found.unwrap_or_else(|| {
            self.counters.push(Counter {
                interval,
                limit: None,
                windows: VecDeque::new(),
            });
            self.counters.len() - 1
        })
    }

    /// Leaves windows that are over, and calls that can no longer arrive.
    pub(crate) fn advance(&mut self, earliest: i64) {
        while let Some(&(deadline, amount)) = self.lingering.front()
            && deadline < earliest
        {
            self.lingering.pop_front();
            self.in_flight = self.in_flight.saturating_sub(amount);
            self.in_flight_least = self.in_flight_least.saturating_sub(amount);
            for counter in &mut self.counters {
                counter.charge(earliest, deadline, amount);
            }
        }
        for counter in &mut self.counters {
            let present = counter.interval.window(earliest);
            while counter
                .windows
                .front()
                .is_some_and(|window| window.index < present)
            {
                counter.windows.pop_front();
            }
        }
    }

    /// A call that was let go has had its outcome, and was charged so much.
    pub(crate) fn settle(&mut self, now: Moment, amount: u64, on_success: u64, charged: u64) {
        self.in_flight = self.in_flight.saturating_sub(amount);
        self.in_flight_least = self.in_flight_least.saturating_sub(on_success);
        if charged > 0 {
            for counter in &mut self.counters {
                counter.charge(now.earliest(), now.latest(), charged);
            }
        }
    }

    /// Nobody waits for the call any more, and it may arrive until `deadline`.
    pub(crate) fn linger(&mut self, amount: u64, on_success: u64, deadline: i64) {
        self.in_flight_least += amount.saturating_sub(on_success);
        // Deadlines come in order, but for a clock that was set back.
        let deadline = self
            .lingering
            .back()
            .map_or(deadline, |last| deadline.max(last.0));
        self.lingering.push_back((deadline, amount));
    }

    /// The state of every counter now, for reports in the answer to a call that is let go.
    pub(crate) fn marks(&self, meter: usize, now: Moment, marks: &mut Vec<Mark>) {
        for (index, counter) in self.counters.iter().enumerate() {
            let window = counter.interval.window(now.earliest());
            let certain = window == counter.interval.window(now.latest());
            marks.push(Mark {
                meter,
                counter: index,
                window: certain.then_some(window),
                settled: counter.peek(window).settled,
            });
        }
    }

    /// Whether `amount` has room at `at`, and `present` where that is now, under `cap`.
    pub(crate) fn room(&self, counter: &Counter, now: Moment, at: i64, amount: u64, cap: u64) -> Room {
        let present = at == now.micros();
        let mut room = Room::Now;
        let spread = now.spread();
        for index in counter
            .interval
            .windows(at.saturating_sub(spread), at.saturating_add(spread))
        {
            let window = counter.peek(index);
            let wanted = window.base + window.booked + amount;
            let least = if present { self.in_flight_least } else { 0 };
            if wanted + least > cap {
                return Room::At(counter.interval.end(index).saturating_add(spread));
            }
            if present && wanted + self.in_flight > cap {
                room = Room::Soon;
            }
        }
        room
    }

    /// Takes a report of the exchange into account, in a window that `mark` and `now` agree on; see the crate's
    /// documentation for the reasons. `sent` and `event` number the sending of the call and this event.
    pub(crate) fn report(&mut self, now: Moment, mark: Option<&Mark>, report: Report) {
        let in_flight = self.in_flight;
        let Some(counter) = self.counters.get_mut(report.counter) else {
            return;
        };
        let index = counter.interval.window(now.earliest());
        let certain = index == counter.interval.window(now.latest())
            && counter.interval.window(report.sent_at) == index
            && mark.is_none_or(|mark| mark.window == Some(index));
        if !certain {
            return;
        }
        let Some(window) = counter.window(index) else {
            return;
        };
        // What the report surely does not contain: calls that were answered since this one was sent.
        let since = mark.map_or(0, |mark| {
            window
                .settled
                .saturating_sub(mark.settled)
                .saturating_sub(report.charged)
        });
        let most = report.count.saturating_add(since);
        let least = report.count.saturating_sub(in_flight);
        let newer = mark.is_some() && report.sent > window.last_report;
        let raised = window.base < least;
        if raised || (window.base > most && newer) {
            window.base = most;
        }
        if raised || newer {
            window.last_report = report.event;
        }
    }
}

/// A counter as the exchange reported it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    pub(crate) counter: usize,
    pub(crate) count: u64,
    /// What the call that it came with was charged.
    pub(crate) charged: u64,
    /// When that call was let go, at the earliest.
    pub(crate) sent_at: i64,
    /// The number of that event.
    pub(crate) sent: u64,
    /// The number of the present event.
    pub(crate) event: u64,
}

impl Counter {
    /// The counts of a window; nothing where nothing has been counted.
    pub(crate) fn peek(&self, index: i64) -> Window {
        let found = self.windows.iter().find(|window| window.index == index);
        found.copied().unwrap_or_default()
    }

    /// The window of an index, which is made where there is none.
    fn window(&mut self, index: i64) -> Option<&mut Window> {
        let at = self.windows.partition_point(|window| window.index < index);
        if self.windows.get(at).is_none_or(|window| window.index != index) {
            self.windows.insert(
                at,
                Window {
                    index,
                    ..Window::default()
                },
            );
        }
        self.windows.get_mut(at)
    }

    /// Charges every window between two times.
    fn charge(&mut self, earliest: i64, latest: i64, amount: u64) {
        for index in self.interval.windows(earliest, latest) {
            if let Some(window) = self.window(index) {
                window.settled += amount;
                window.base += amount;
            }
        }
    }

    pub(crate) fn book(&mut self, index: i64, amount: u64) {
        if let Some(window) = self.window(index) {
            window.booked += amount;
        }
    }

    pub(crate) fn unbook(&mut self, index: i64, amount: u64) {
        if let Some(window) = self.windows.iter_mut().find(|window| window.index == index) {
            window.booked = window.booked.saturating_sub(amount);
        }
    }

    /// What is booked of all windows.
    pub(crate) fn booked(&self) -> u64 {
        self.windows.iter().map(|window| window.booked).sum()
    }

    /// The end of the present window.
    pub(crate) fn ends(&self, now: Moment) -> Timestamp {
        Timestamp::from_micros(self.interval.end(self.interval.window(now.latest())))
    }
}
