//! The limits as a state machine: it takes requests, answers and the time, and does no I/O.

mod meter;
mod policy;
mod reservation;
mod snapshot;

use std::collections::HashMap;
use std::time::Duration;

use binance_wire_core::{
    ProductLimits, RateLimitKind, RateLimitRule, RateLimitUsage, ThrottleReason, Throttled, Timestamp,
};

pub use policy::Policy;
pub use reservation::{About, Booking, Outcome, Refusal, Reservation};
pub use snapshot::{Ban, CounterState, Snapshot, StoreState};

use crate::demand::{AccountId, Charge, Demand, Key, PlaceId, What};
use crate::moment::micros;
use crate::store::Take;
use crate::{Interval, Moment};
use meter::{Counter, Hold, Meter, Report, Room};
use reservation::{Held, Slot};

/// How long to wait before asking again for what calls under way may leave.
const SOON: Duration = Duration::from_millis(10);
/// The windows that a request is moved on over before it is refused.
const WINDOWS: usize = 10_000;
/// The length of a ban that says none: the exchange's shortest.
const SHORTEST_BAN: Duration = Duration::from_secs(120);
/// The length of a pause that says none, where no window tells it.
const PAUSE: Duration = Duration::from_secs(60);

/// The answer to a request for room.
#[derive(Debug)]
pub enum Verdict {
    /// Send it now, and [`settle`](Ledger::settle) it when its outcome is known.
    Go(Reservation),
    /// [`claim`](Ledger::claim) it at [`Booking::at`]; the room is kept until then.
    Until(Booking),
    /// It cannot be sent, or not as early as is wanted.
    Refused(Throttled),
}

/// Every limit of every address and account that one process sends from, and what is used of them.
///
/// ```
/// use std::time::Duration;
/// use binance_wire_core::{Credit, IntervalUnit, OperationInfo, ProductLimits, RateLimitKind, RateLimitRule, Timestamp};
/// use binance_wire_limits::{AccountId, Demand, Ledger, Moment, Outcome, Policy, Verdict};
///
/// const LIMITS: ProductLimits = ProductLimits {
///     system: "spot",
///     rules: &[RateLimitRule::new(RateLimitKind::RequestWeight, 6_000, 1, IntervalUnit::Minute)],
///     ..ProductLimits::UNKNOWN
/// };
/// const INFO: OperationInfo = OperationInfo { product: "spot", id: "exchangeInfo", ..OperationInfo::DEFAULT };
///
/// let mut ledger = Ledger::new(Policy::default());
/// let place = ledger.place("api.binance.com", &LIMITS);
/// let demand = Demand::of(place, AccountId::default(), &LIMITS, &INFO, &Credit::ip(4_000), true);
/// let now = Moment::new(Timestamp::from_millis(1_000), Duration::from_millis(10));
/// let Verdict::Go(first) = ledger.reserve(now, &demand, Some(now.at())) else { panic!() };
/// // A second one would exceed the 6,000 of this minute.
/// let Verdict::Until(second) = ledger.reserve(now, &demand, None) else { panic!() };
/// assert_eq!(second.at().as_millis(), 60_010);
/// ledger.settle(now, first, Outcome::Succeeded, &[]);
/// # ledger.cancel(second);
/// ```
#[derive(Debug)]
pub struct Ledger {
    policy: Policy,
    names: Vec<Box<str>>,
    places: Vec<Place>,
    rules: HashMap<(PlaceId, RateLimitKind), Vec<(Interval, u64)>>,
    index: HashMap<Key, usize>,
    meters: Vec<Meter>,
    /// Numbers what happens.
    events: u64,
    /// Into how many parts the limits are divided; more than one while a shared store is out of reach.
    parts: u64,
}

#[derive(Debug)]
struct Place {
    name: Box<str>,
    ban: Hold,
    /// The earliest time that it can be there, which does not go back.
    earliest: i64,
}

impl Ledger {
    /// Returns a ledger that knows no limits.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            names: Vec::new(),
            places: Vec::new(),
            rules: HashMap::new(),
            index: HashMap::new(),
            meters: Vec::new(),
            events: 0,
            parts: 1,
        }
    }

    /// The address of a system, by name. The limits of `product` hold there until the exchange says others.
    pub fn place(&mut self, name: &str, product: &ProductLimits) -> PlaceId {
        let found = self.places.iter().position(|place| *place.name == *name);
        let at = found.unwrap_or_else(|| {
            self.places.push(Place {
                name: name.into(),
                ban: Hold::NONE,
                earliest: i64::MIN,
            });
            self.places.len() - 1
        });
        let place = PlaceId(u32::try_from(at).unwrap_or(u32::MAX));
        let mut fresh: Vec<RateLimitKind> = product.rules.iter().map(|rule| rule.kind).collect();
        fresh.sort_unstable();
        fresh.dedup();
        fresh.retain(|kind| !self.rules.contains_key(&(place, *kind)));
        for rule in product.rules.iter().filter(|rule| fresh.contains(&rule.kind)) {
            self.rule(place, rule);
        }
        place
    }

    /// An account, by name.
    pub fn account(&mut self, name: &str) -> AccountId {
        let found = self.names.iter().position(|known| **known == *name);
        let at = found.unwrap_or_else(|| {
            self.names.push(name.into());
            self.names.len() - 1
        });
        AccountId(u32::try_from(at).ok())
    }

    fn rule(&mut self, place: PlaceId, rule: &RateLimitRule) {
        let interval = Interval::new(rule.interval_num, rule.interval);
        let rules = self.rules.entry((place, rule.kind)).or_default();
        match rules.iter_mut().find(|known| known.0 == interval) {
            Some(known) => known.1 = rule.count,
            None => rules.push((interval, rule.count)),
        }
        for meter in self.meters_of(place, rule.kind) {
            meter.limit(interval, Some(rule.count));
        }
    }

    fn meters_of(&mut self, place: PlaceId, kind: RateLimitKind) -> impl Iterator<Item = &mut Meter> {
        self.meters
            .iter_mut()
            .filter(move |meter| meter.key.place == place && meter.kind() == Some(kind))
    }

    /// Takes limits from the exchange, which replace those of the same kind and interval. Where the list is `complete`,
    /// as that of `exchangeInfo` is, other intervals of the kinds in it have no limit any more.
    pub fn learn(&mut self, place: PlaceId, rules: &[RateLimitRule], complete: bool) {
        if complete {
            for kind in rules.iter().map(|rule| rule.kind) {
                let stays = |interval: &Interval| {
                    rules.iter().any(|rule| {
                        rule.kind == kind && Interval::new(rule.interval_num, rule.interval) == *interval
                    })
                };
                if let Some(known) = self.rules.get_mut(&(place, kind)) {
                    known.retain(|(interval, _)| stays(interval));
                }
                for counter in self.meters_of(place, kind).flat_map(|meter| &mut meter.counters) {
                    if !stays(&counter.interval) {
                        counter.limit = None;
                    }
                }
            }
        }
        for rule in rules {
            self.rule(place, rule);
        }
    }

    fn meter(&mut self, charge: &Charge) -> usize {
        if let Some(at) = self.index.get(&charge.key) {
            return *at;
        }
        let mut meter = Meter::new(charge.key);
        if let What::Kind(kind) = charge.key.what {
            for (interval, limit) in self.rules.get(&(charge.key.place, kind)).into_iter().flatten() {
                meter.limit(*interval, Some(*limit));
            }
        }
        if let Some((limit, interval)) = charge.rule {
            meter.limit(interval, Some(limit));
        }
        self.meters.push(meter);
        let at = self.meters.len() - 1;
        self.index.insert(charge.key, at);
        at
    }

    /// The earliest time that it can be at an address: what is over stays over.
    fn advance(&mut self, place: PlaceId, now: Moment) -> i64 {
        let Some(place) = self.places.get_mut(place.0 as usize) else {
            return now.earliest();
        };
        // A clock that was wrong by more than it knew does not hold everything up until it was right.
        if place.earliest > now.latest() {
            place.earliest = now.earliest();
        }
        place.earliest = place.earliest.max(now.earliest());
        place.earliest
    }

    /// Asks for room for a request, which may be sent at `not_after` at the latest: the present to be refused at once
    /// where there is none, `None` for any time.
    pub fn reserve(&mut self, now: Moment, demand: &Demand, not_after: Option<Timestamp>) -> Verdict {
        let earliest = self.advance(demand.place, now);
        let mut at = now.micros();
        let mut reason = None;
        let mut hold = |until: i64, why: Option<(usize, usize)>| {
            if until > now.earliest() {
                let free = until.saturating_add(now.spread());
                if free > at {
                    (at, reason) = (free, why);
                }
            }
        };
        if let Some(place) = self.places.get(demand.place.0 as usize) {
            hold(place.ban.end(now), None);
        }
        let meters: Vec<usize> = demand.charges.iter().map(|charge| self.meter(charge)).collect();
        for &meter in &meters {
            if let Some(meter) = self.meters.get_mut(meter) {
                meter.advance(earliest);
                hold(meter.hold.end(now), None);
            }
        }
        let mut soon = false;
        let mut left = WINDOWS;
        loop {
            let mut next = at;
            soon &= at == now.micros();
            for (charge, &at_meter) in demand.charges.iter().zip(&meters) {
                let Some(meter) = self.meters.get(at_meter).filter(|_| charge.amount > 0) else {
                    continue;
                };
                for (index, counter) in meter.counters.iter().enumerate() {
                    let Some(limit) = counter.limit else { continue };
                    let cap = self
                        .policy
                        .cap(limit / self.parts.max(1), demand.priority, meter.kind());
                    if charge.amount > cap {
                        let name = self.name(at_meter, index);
                        return Verdict::Refused(Throttled::new(ThrottleReason::TooLarge(name), None));
                    }
                    match meter.room(counter, now, at, charge.amount, cap) {
                        Room::Now => {}
                        Room::Soon => {
                            soon = true;
                            reason = reason.or(Some((at_meter, index)));
                        }
                        Room::At(time) if time > next => {
                            next = time;
                            reason = Some((at_meter, index));
                        }
                        Room::At(_) => {}
                    }
                }
            }
            left -= 1;
            if next == at || left == 0 {
                break;
            }
            at = next;
        }
        if at == now.micros() && !soon {
            return Verdict::Go(self.go(now, demand, &meters));
        }
        let wake = match at == now.micros() {
            true => at.saturating_add(micros(SOON)),
            false => at,
        };
        if left == 0 || not_after.is_some_and(|latest| wake > latest.as_micros()) {
            let reason = match reason {
                Some((meter, counter)) => ThrottleReason::Exhausted(self.name(meter, counter)),
                None => ThrottleReason::Banned,
            };
            return Verdict::Refused(Throttled::new(reason, Some(Timestamp::from_micros(wake))));
        }
        Verdict::Until(self.book(now, at, wake, demand, &meters))
    }

    fn go(&mut self, now: Moment, demand: &Demand, meters: &[usize]) -> Reservation {
        self.events += 1;
        let mut held = Vec::with_capacity(meters.len());
        let mut marks = Vec::with_capacity(meters.len() + 1);
        for (charge, &at) in demand.charges.iter().zip(meters) {
            let Some(meter) = self.meters.get_mut(at) else {
                continue;
            };
            meter.marks(at, now, &mut marks);
            meter.in_flight += charge.amount;
            meter.in_flight_least += charge.on_success;
            held.push(Held {
                meter: at,
                amount: charge.amount,
                on_success: charge.on_success,
            });
        }
        Reservation {
            place: demand.place,
            account: demand.account,
            at: now.earliest(),
            event: self.events,
            held,
            marks,
        }
    }

    fn book(&mut self, now: Moment, at: i64, wake: i64, demand: &Demand, meters: &[usize]) -> Booking {
        let mut slots = Vec::new();
        let spread = now.spread();
        for (charge, &at_meter) in demand.charges.iter().zip(meters) {
            let Some(meter) = self.meters.get_mut(at_meter).filter(|_| charge.amount > 0) else {
                continue;
            };
            for (counter, state) in meter.counters.iter_mut().enumerate() {
                let windows = state
                    .interval
                    .windows(at.saturating_sub(spread), at.saturating_add(spread));
                for window in windows {
                    state.book(window, charge.amount);
                    slots.push(Slot {
                        meter: at_meter,
                        counter,
                        window,
                        amount: charge.amount,
                    });
                }
            }
        }
        Booking {
            at: Timestamp::from_micros(wake),
            slots,
        }
    }

    /// Asks again for what was booked. A ban or a report in between may have changed what there is; the rest of the
    /// world cannot have taken it.
    pub fn claim(
        &mut self,
        now: Moment,
        booking: Booking,
        demand: &Demand,
        not_after: Option<Timestamp>,
    ) -> Verdict {
        self.cancel(booking);
        self.reserve(now, demand, not_after)
    }

    /// Gives back what was booked for a request that is not wanted any more.
    pub fn cancel(&mut self, booking: Booking) {
        for slot in booking.slots {
            let meter = self.meters.get_mut(slot.meter);
            if let Some(counter) = meter.and_then(|meter| meter.counters.get_mut(slot.counter)) {
                counter.unbook(slot.window, slot.amount);
            }
        }
    }

    /// Takes the outcome of a request that was let go, and the counters that its answer reports.
    pub fn settle(
        &mut self,
        now: Moment,
        reservation: Reservation,
        outcome: Outcome,
        usage: &[RateLimitUsage],
    ) {
        let earliest = self.advance(reservation.place, now);
        self.events += 1;
        let deadline = now.latest().saturating_add(micros(self.policy.late));
        for held in &reservation.held {
            let Some(meter) = self.meters.get_mut(held.meter) else {
                continue;
            };
            meter.advance(earliest);
            match outcome {
                Outcome::Unknown => meter.linger(held.amount, held.on_success, deadline),
                _ => meter.settle(
                    now,
                    held.amount,
                    held.on_success,
                    held.charged(outcome).unwrap_or(held.amount),
                ),
            }
        }
        for usage in usage {
            self.report(now, earliest, &reservation, outcome, usage);
        }
    }

    fn report(
        &mut self,
        now: Moment,
        earliest: i64,
        reservation: &Reservation,
        outcome: Outcome,
        usage: &RateLimitUsage,
    ) {
        let held = reservation.held.iter().find(|held| {
            let meter = self.meters.get(held.meter);
            meter.is_some_and(|meter| meter.kind() == Some(usage.kind))
        });
        let (at, charged) = match held {
            Some(held) => (held.meter, held.charged(outcome).unwrap_or(0)),
            None => match reservation.key_of(usage.kind) {
                Some(key) => (self.meter(&Charge::nothing(key)), 0),
                None => return,
            },
        };
        let event = self.events;
        let Some(meter) = self.meters.get_mut(at) else {
            return;
        };
        meter.advance(earliest);
        let counter = meter.counter(Interval::new(usage.interval_num, usage.interval));
        let mark = reservation
            .marks
            .iter()
            .find(|mark| (mark.meter, mark.counter) == (at, counter));
        let report = Report {
            counter,
            count: usage.count,
            charged,
            sent_at: reservation.at,
            sent: reservation.event,
            event,
        };
        meter.report(now, mark, report);
    }

    /// Stops everything that is sent to an address.
    pub fn ban(&mut self, place: PlaceId, until: Timestamp) {
        self.stop_place(place, Hold::until(until));
    }

    fn stop_place(&mut self, place: PlaceId, hold: Hold) {
        if let Some(place) = self.places.get_mut(place.0 as usize) {
            place.ban.extend(hold);
        }
    }

    /// The time before which a request that was let go is not to be sent any more: the exchange has stopped since what it
    /// is about.
    pub fn stopped(&self, now: Moment, about: &About) -> Option<Timestamp> {
        let place = self.places.get(about.place.0 as usize);
        let meters = about.meters.iter().filter_map(|at| self.meters.get(*at));
        let until = meters
            .map(|meter| meter.hold.end(now))
            .chain(place.map(|place| place.ban.end(now)))
            .max()?;
        (until > now.earliest()).then(|| Timestamp::from_micros(until.saturating_add(now.spread())))
    }

    /// Takes the exchange's word that the request came too early (429), or that the address is banned (418), and stops
    /// what it is about. Returns the time from which on it is free again.
    pub fn refused(&mut self, now: Moment, reservation: &Reservation, refusal: Refusal) -> Timestamp {
        self.stop(now, &reservation.about(), refusal)
    }

    /// As [`refused`](Self::refused), of a request that may have been settled already.
    pub fn stop(&mut self, now: Moment, about: &About, refusal: Refusal) -> Timestamp {
        let place = about.place;
        let stated = Hold::stated(now, refusal);
        let end = |hold: Hold| Timestamp::from_micros(hold.end(now));
        if refusal.banned {
            let hold = stated.unwrap_or_else(|| Hold::until(now.at() + SHORTEST_BAN));
            self.stop_place(place, hold);
            return end(hold);
        }
        let stopped: Vec<usize> = about
            .meters
            .iter()
            .copied()
            .filter(|at| {
                self.meters.get(*at).is_some_and(|meter| match meter.key.what {
                    What::Kind(RateLimitKind::Orders) => refusal.orders,
                    What::Kind(RateLimitKind::SapiIpWeight | RateLimitKind::SapiUidWeight) => !refusal.orders,
                    What::Kind(_) => false,
                    What::Calls(_) => !refusal.orders,
                })
            })
            .collect();
        let shortest = |meter: &Meter| {
            meter
                .counters
                .iter()
                .min_by_key(|counter| counter.interval.length())
                .map(|counter| counter.ends(now))
        };
        if stopped.is_empty() {
            let weight = about.meters.iter().filter_map(|at| self.meters.get(*at));
            let hold = stated.unwrap_or_else(|| {
                let window = weight.filter_map(shortest).min();
                Hold::until(window.unwrap_or_else(|| now.at() + PAUSE))
            });
            self.stop_place(place, hold);
            return end(hold);
        }
        let mut last = now.at();
        for at in stopped {
            if let Some(meter) = self.meters.get_mut(at) {
                let window = || Hold::until(shortest(meter).unwrap_or_else(|| now.at() + PAUSE));
                let hold = stated.unwrap_or_else(window);
                meter.hold.extend(hold);
                last = last.max(end(hold));
            }
        }
        last
    }

    /// What a reservation takes of the counters that processes share, window by window: those in which it may be counted
    /// until `late` has passed.
    pub(crate) fn takes(&self, now: Moment, demand: &Demand, reservation: &Reservation) -> Vec<Take> {
        let latest = now.latest().saturating_add(micros(self.policy.late));
        let mut takes = Vec::new();
        for (held, charge) in reservation.held.iter().zip(&demand.charges) {
            let Some(meter) = self.meters.get(held.meter).filter(|_| held.amount > 0) else {
                continue;
            };
            for counter in &meter.counters {
                let Some(limit) = counter.limit else { continue };
                for window in counter.interval.windows(now.earliest(), latest) {
                    takes.push(Take {
                        counter: self.shared_name(meter, counter, window),
                        kind: meter.kind(),
                        interval: counter.interval,
                        window,
                        amount: held.amount,
                        on_success: charge.on_success,
                        limit: self.policy.cap(limit, demand.priority, meter.kind()),
                        description: snapshot::name(meter, counter),
                    });
                }
            }
        }
        takes
    }

    /// The name of a window of a counter, which is the same in every process.
    fn shared_name(&self, meter: &Meter, counter: &Counter, window: i64) -> String {
        let Key {
            place,
            account,
            what,
            endpoint,
        } = meter.key;
        let place = self.places.get(place.0 as usize).map_or("", |place| &place.name);
        let account = account.0.and_then(|at| self.names.get(at as usize));
        let account = account.map_or("", |name| &**name);
        let (product, operation) = endpoint.unwrap_or_default();
        let what = match what {
            What::Kind(kind) => kind.to_string().replace(' ', "-"),
            What::Calls(_) => "calls".to_owned(),
        };
        let interval = counter.interval.to_string().replace(' ', "");
        format!("{place}:{account}:{what}:{product}/{operation}:{interval}:{window}")
    }

    /// Divides every limit by `parts`: the share of one process while it cannot ask the others.
    pub fn divide(&mut self, parts: u32) {
        self.parts = u64::from(parts.max(1));
    }

    /// Into how many parts the limits are divided.
    pub(crate) fn parts(&self) -> u64 {
        self.parts
    }

    /// What a counter counts, in words.
    fn name(&self, meter: usize, counter: usize) -> String {
        let Some(meter) = self.meters.get(meter) else {
            return String::new();
        };
        match meter.counters.get(counter) {
            Some(counter) => snapshot::name(meter, counter),
            None => String::new(),
        }
    }
}
