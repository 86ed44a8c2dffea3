//! The ledger against an exchange that counts for itself, under any interleaving.

use std::collections::BTreeMap;
use std::time::Duration;

use binance_wire_core::{Credit, IntervalUnit, RateLimitKind, RateLimitUsage, Timestamp};
use binance_wire_limits::{Booking, Demand, Ledger, Moment, Outcome, Policy, Reservation, Verdict};
use proptest::prelude::*;

use super::*;

/// How far the client's clock may be off, in microseconds.
const SPREAD: i64 = 150_000;
/// How long a call that was given up may be under way.
const LATE: i64 = 10_000_000;

#[derive(Clone, Debug)]
enum Step {
    /// Time passes.
    Pass(i64),
    /// Time passes until so long before or after a window begins.
    Turn(i64),
    /// A call is asked for.
    Ask {
        weight: u32,
        on_success: u32,
        orders: u32,
    },
    /// A booking is claimed, early or late.
    Claim(usize),
    /// A booking is not wanted any more.
    Cancel(usize),
    /// A call reaches the exchange, which carries it out or not.
    Arrive { call: usize, succeeds: bool },
    /// An answer reaches the client, with the counters or without.
    Answer { call: usize, reports: bool },
    /// The client stops waiting for a call.
    GiveUp(usize),
    /// The exchange takes fills off the count of orders.
    Fill(u64),
    /// The address is banned for so long, and the client learns it.
    Ban(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0_i64..20_000_000).prop_map(Step::Pass),
        2 => (0_i64..60_000).prop_map(Step::Pass),
        2 => (-160_000_i64..160_000).prop_map(Step::Turn),
        8 => (0_u32..60, 0_u32..60, 0_u32..4)
            .prop_map(|(weight, on_success, orders)| Step::Ask { weight, on_success, orders }),
        3 => any::<usize>().prop_map(Step::Claim),
        1 => any::<usize>().prop_map(Step::Cancel),
        8 => (any::<usize>(), any::<bool>()).prop_map(|(call, succeeds)| Step::Arrive { call, succeeds }),
        8 => (any::<usize>(), any::<bool>()).prop_map(|(call, reports)| Step::Answer { call, reports }),
        2 => any::<usize>().prop_map(Step::GiveUp),
        1 => (0_u64..6).prop_map(Step::Fill),
        1 => (0_i64..100_000_000).prop_map(Step::Ban),
    ]
}

/// What the exchange counts, by its own clock.
#[derive(Default)]
struct Exchange {
    weight: BTreeMap<i64, u64>,
    ten_seconds: BTreeMap<i64, u64>,
    days: BTreeMap<i64, u64>,
}

impl Exchange {
    fn windows(now: i64) -> (i64, i64, i64) {
        (now / 60_000_000, now / 10_000_000, now / 86_400_000_000)
    }

    /// Counts a call, and says what its answer will report.
    fn count(&mut self, now: i64, weight: u64, orders: u64) -> Vec<RateLimitUsage> {
        let (minute, ten_seconds, day) = Self::windows(now);
        let weight = bump(&mut self.weight, minute, weight);
        let short = bump(&mut self.ten_seconds, ten_seconds, orders);
        let long = bump(&mut self.days, day, orders);
        let usage = |kind, interval_num, interval, count| RateLimitUsage {
            kind,
            interval_num,
            interval,
            count,
        };
        vec![
            usage(RateLimitKind::RequestWeight, 1, IntervalUnit::Minute, weight),
            usage(RateLimitKind::Orders, 10, IntervalUnit::Second, short),
            usage(RateLimitKind::Orders, 1, IntervalUnit::Day, long),
        ]
    }

    fn fill(&mut self, now: i64, count: u64) {
        let (_, ten_seconds, day) = Self::windows(now);
        for (windows, window) in [(&mut self.ten_seconds, ten_seconds), (&mut self.days, day)] {
            let orders = windows.entry(window).or_default();
            *orders = orders.saturating_sub(count);
        }
    }

    fn exceeded(&self) -> Option<String> {
        let over = |name: &str, windows: &BTreeMap<i64, u64>, limit: u64| {
            let found = windows.iter().find(|(_, count)| **count > limit)?;
            Some(format!("{name}: {} in window {}", found.1, found.0))
        };
        over("weight", &self.weight, 100)
            .or_else(|| over("orders per 10 s", &self.ten_seconds, 10))
            .or_else(|| over("orders per day", &self.days, 40))
    }
}

fn bump(windows: &mut BTreeMap<i64, u64>, window: i64, amount: u64) -> u64 {
    let count = windows.entry(window).or_default();
    *count += amount;
    *count
}

struct Call {
    credit: Credit,
    /// Until the client has its outcome.
    reservation: Option<Reservation>,
    /// When it may no longer arrive, after it was given up.
    deadline: Option<i64>,
    arrived: Option<(bool, Vec<RateLimitUsage>)>,
}

/// The element that a number names: most often one of the last.
fn pick<T>(list: &[T], number: usize) -> Option<usize> {
    let among = if !number.is_multiple_of(4) {
        list.len().min(3)
    } else {
        list.len()
    };
    (among > 0).then(|| list.len() - 1 - number / 4 % among)
}

struct World {
    now: i64,
    ledger: Ledger,
    exchange: Exchange,
    calls: Vec<Call>,
    bookings: Vec<(Booking, Demand, Credit)>,
    banned_until: i64,
    place: binance_wire_limits::PlaceId,
    account: binance_wire_limits::AccountId,
    /// The errors of the client's clock, one after the other.
    errors: Vec<i64>,
    at_error: usize,
}

impl World {
    fn new(errors: Vec<i64>) -> Self {
        let policy = Policy::default()
            .for_trading(0.0)
            .for_cancels(0.0)
            .late(Duration::from_micros(LATE.unsigned_abs()));
        let mut ledger = Ledger::new(policy);
        let place = ledger.place("toys", &LIMITS);
        let account = ledger.account("desk");
        Self {
            now: START * 1_000,
            ledger,
            exchange: Exchange::default(),
            calls: Vec::new(),
            bookings: Vec::new(),
            banned_until: 0,
            place,
            account,
            errors,
            at_error: 0,
        }
    }

    /// The present as the client knows it.
    fn moment(&mut self) -> Moment {
        self.at_error = (self.at_error + 1) % self.errors.len();
        let at = Timestamp::from_micros(self.now + self.errors[self.at_error]);
        Moment::new(at, Duration::from_micros(SPREAD.unsigned_abs()))
    }

    fn verdict(&mut self, verdict: Verdict, demand: Demand, credit: Credit) -> Result<(), TestCaseError> {
        match verdict {
            Verdict::Go(reservation) => {
                prop_assert!(self.now >= self.banned_until, "let go during a ban");
                self.calls.push(Call {
                    credit,
                    reservation: Some(reservation),
                    deadline: None,
                    arrived: None,
                });
            }
            Verdict::Until(booking) => self.bookings.push((booking, demand, credit)),
            Verdict::Refused(refused) => prop_assert!(refused.until.is_none(), "{refused:?}"),
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Pass(micros) => self.now += micros,
            Step::Turn(micros) => self.now = self.now.max((self.now / 10_000_000 + 1) * 10_000_000 + micros),
            Step::Ask {
                weight,
                on_success,
                orders,
            } => {
                let credit = Credit::ip(weight)
                    .on_success(on_success.min(weight))
                    .unfilled_orders(orders);
                let demand = Demand::of(self.place, self.account, &LIMITS, &ORDER, &credit, false);
                let moment = self.moment();
                let verdict = self.ledger.reserve(moment, &demand, None);
                self.verdict(verdict, demand, credit)?;
            }
            Step::Claim(number) => {
                if let Some(at) = pick(&self.bookings, number) {
                    let (booking, demand, credit) = self.bookings.swap_remove(at);
                    let moment = self.moment();
                    let verdict = self.ledger.claim(moment, booking, &demand, None);
                    self.verdict(verdict, demand, credit)?;
                }
            }
            Step::Cancel(number) => {
                if let Some(at) = pick(&self.bookings, number) {
                    self.ledger.cancel(self.bookings.swap_remove(at).0);
                }
            }
            Step::Arrive { call, succeeds } => {
                let Some(at) = pick(&self.calls, call) else {
                    return Ok(());
                };
                let call = &mut self.calls[at];
                let in_time = call.deadline.is_none_or(|deadline| self.now <= deadline);
                if call.arrived.is_none() && in_time {
                    let weight = match succeeds {
                        true => call.credit.weight_on_success,
                        false => call.credit.weight,
                    };
                    let usage =
                        self.exchange
                            .count(self.now, weight.into(), call.credit.unfilled_orders.into());
                    call.arrived = Some((succeeds, usage));
                }
                if let Some(exceeded) = self.exchange.exceeded() {
                    return Err(TestCaseError::fail(exceeded));
                }
            }
            Step::Answer { call, reports } => {
                let Some(at) = pick(&self.calls, call) else {
                    return Ok(());
                };
                let moment = self.moment();
                let call = &mut self.calls[at];
                if let Some((succeeded, usage)) = &call.arrived
                    && let Some(reservation) = call.reservation.take()
                {
                    let outcome = if *succeeded {
                        Outcome::Succeeded
                    } else {
                        Outcome::Failed
                    };
                    let usage = if reports { usage.as_slice() } else { &[] };
                    self.ledger.settle(moment, reservation, outcome, usage);
                }
            }
            Step::GiveUp(number) => {
                let Some(at) = pick(&self.calls, number) else {
                    return Ok(());
                };
                let moment = self.moment();
                let call = &mut self.calls[at];
                if let Some(reservation) = call.reservation.take() {
                    // An unsent call is one that never arrives.
                    let sent = call.arrived.is_some() || number % 3 > 0;
                    let outcome = if sent { Outcome::Unknown } else { Outcome::NotSent };
                    call.deadline = Some(if sent { self.now + LATE } else { i64::MIN });
                    self.ledger.settle(moment, reservation, outcome, &[]);
                }
            }
            Step::Fill(count) => self.exchange.fill(self.now, count),
            Step::Ban(micros) => {
                self.banned_until = self.banned_until.max(self.now + micros);
                self.ledger
                    .ban(self.place, Timestamp::from_micros(self.now + micros));
            }
        }
        Ok(())
    }

    /// When everything has had its outcome and all windows are over, nothing is left.
    fn end(&mut self) -> Result<(), TestCaseError> {
        let moment = self.moment();
        for call in &mut self.calls {
            if let Some(reservation) = call.reservation.take() {
                self.ledger.settle(moment, reservation, Outcome::Unknown, &[]);
            }
        }
        for (booking, ..) in self.bookings.drain(..) {
            self.ledger.cancel(booking);
        }
        self.now += 3 * 86_400_000_000;
        let moment = self.moment();
        for counter in self.ledger.snapshot(moment).counters {
            prop_assert_eq!(
                (counter.used, counter.in_flight, counter.booked),
                (0, 0, 0),
                "{:?}",
                counter
            );
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// By the exchange's own count no window ever holds more than the limit, nothing is let go during a ban, and nothing
    /// is leaked: whatever the order of events, with the clock off by as much as it may be.
    #[test]
    fn the_exchange_never_counts_more_than_its_limit(
        steps in prop::collection::vec(step(), 1..150),
        errors in prop::collection::vec(-SPREAD..=SPREAD, 1..20),
    ) {
        let mut world = World::new(errors);
        for step in &steps {
            world.step(step)?;
        }
        world.end()?;
    }

    /// Whoever waits gets its turn when its window comes, however many others ask all the time, as long as calls are
    /// answered.
    #[test]
    fn whoever_waits_gets_a_turn(
        weight in 1_u32..=100,
        others in prop::collection::vec((1_u32..=50, 0_i64..3_000_000), 20..200),
    ) {
        let mut world = World::new(vec![0]);
        let full = Credit::ip(100);
        let demand = Demand::of(world.place, world.account, &LIMITS, &READ, &full, false);
        let moment = world.moment();
        let Verdict::Go(all) = world.ledger.reserve(moment, &demand, None) else { panic!("the first has room") };
        world.ledger.settle(moment, all, Outcome::Succeeded, &[]);
        let wanted = Demand::of(world.place, world.account, &LIMITS, &READ, &Credit::ip(weight), false);
        let Verdict::Until(mut booking) = world.ledger.reserve(moment, &wanted, None) else { panic!("it is full") };
        let mut claims = 0;
        for (weight, pause) in others.into_iter().cycle() {
            world.now += pause;
            let moment = world.moment();
            let other = Demand::of(world.place, world.account, &LIMITS, &READ, &Credit::ip(weight), false);
            if let Verdict::Go(call) = world.ledger.reserve(moment, &other, Some(moment.at())) {
                world.ledger.settle(moment, call, Outcome::Succeeded, &[]);
            }
            if moment.at() >= booking.at() {
                claims += 1;
                match world.ledger.claim(moment, booking, &wanted, None) {
                    Verdict::Go(call) => {
                        world.ledger.settle(moment, call, Outcome::Succeeded, &[]);
                        break;
                    }
                    Verdict::Until(next) => booking = next,
                    Verdict::Refused(refused) => panic!("{refused:?}"),
                }
                prop_assert!(claims < 2, "it was put off");
            }
            // Nobody can wait for a minute that never comes.
            world.now += 1;
        }
    }
}
