//! The state machine, case by case.

use std::time::Duration;

use binance_wire_core::{
    Credit, IntervalUnit, LimitScope, OperationInfo, ProductLimits, RateLimitKind, RateLimitRule,
    ThrottleReason, Throttled, Timestamp,
};
use binance_wire_limits::{
    AccountId, Demand, Ledger, Moment, Outcome, PlaceId, Policy, Priority, Refusal, Reservation, Verdict,
};

use super::*;

struct Bench {
    ledger: Ledger,
    place: PlaceId,
    account: AccountId,
}

/// Nothing is kept for anybody.
fn even() -> Policy {
    Policy::default().for_trading(0.0).for_cancels(0.0)
}

impl Bench {
    fn new(policy: Policy) -> Self {
        let mut ledger = Ledger::new(policy);
        let place = ledger.place("toys", &LIMITS);
        let account = ledger.account("desk");
        Self {
            ledger,
            place,
            account,
        }
    }

    fn demand(&self, info: &OperationInfo, credit: Credit) -> Demand {
        Demand::of(self.place, self.account, &LIMITS, info, &credit, false)
    }

    fn ask(&mut self, now: Moment, info: &OperationInfo, credit: Credit) -> Verdict {
        let demand = self.demand(info, credit);
        self.ledger.reserve(now, &demand, None)
    }

    fn go(&mut self, now: Moment, info: &OperationInfo, credit: Credit) -> Reservation {
        match self.ask(now, info, credit) {
            Verdict::Go(reservation) => reservation,
            other => panic!("{other:?}"),
        }
    }

    /// The time until which it has to wait.
    fn until(&mut self, now: Moment, info: &OperationInfo, credit: Credit) -> i64 {
        match self.ask(now, info, credit) {
            Verdict::Until(booking) => {
                let at = booking.at().as_millis() - START;
                self.ledger.cancel(booking);
                at
            }
            other => panic!("{other:?}"),
        }
    }

    fn refused(&mut self, now: Moment, info: &OperationInfo, credit: Credit) -> Throttled {
        let demand = self.demand(info, credit);
        match self.ledger.reserve(now, &demand, Some(now.at())) {
            Verdict::Refused(throttled) => throttled,
            other => panic!("{other:?}"),
        }
    }

    fn done(&mut self, now: Moment, reservation: Reservation) {
        self.ledger.settle(now, reservation, Outcome::Succeeded, &[]);
    }

    fn used(&mut self, now: Moment, kind: RateLimitKind, interval: Duration) -> u64 {
        let snapshot = self.ledger.snapshot(now);
        snapshot.counter("toys", kind, interval).map_or(0, |c| c.used)
    }

    fn weight(&mut self, now: Moment) -> u64 {
        self.used(now, RateLimitKind::RequestWeight, MINUTE)
    }
}

#[test]
fn a_window_begins_where_the_exchange_begins_it() {
    let mut bench = Bench::new(even());
    let all = bench.go(after(59_000), &READ, Credit::ip(100));
    bench.done(after(59_100), all);
    // The clock is known within a millisecond, so the new minute is certain a millisecond after it began.
    assert_eq!(bench.until(after(59_200), &READ, Credit::ip(1)), 60_001);
    let next = bench.go(after(60_001), &READ, Credit::ip(100));
    bench.done(after(60_002), next);
}

#[test]
fn what_is_under_way_counts_in_the_window_that_it_may_arrive_in() {
    let mut bench = Bench::new(even());
    let slow = bench.go(after(59_990), &READ, Credit::ip(60));
    assert_eq!(bench.weight(after(60_500)), 60);
    let small = bench.go(after(60_500), &READ, Credit::ip(40));
    // It was answered in the new minute, and nobody knows in which of the two it was counted.
    bench.done(after(61_000), slow);
    bench.done(after(61_000), small);
    assert_eq!(bench.weight(after(61_000)), 100);
    assert_eq!(bench.until(after(61_000), &READ, Credit::ip(1)), 120_001);
}

/// The clock is known within a millisecond, and goes to and fro within that.
#[test]
fn what_was_answered_on_a_boundary_counts_on_both_sides() {
    let mut bench = Bench::new(even());
    let call = bench.go(after(59_990), &READ, Credit::ip(100));
    bench.done(after(59_999), call);
    bench.refused(after(59_998), &READ, Credit::ip(1));
    bench.refused(after(60_002), &READ, Credit::ip(1));
}

#[test]
fn success_failure_and_what_was_not_sent() {
    let mut bench = Bench::new(even());
    let now = after(100);
    for (outcome, left) in [
        (Outcome::NotSent, 0),
        (Outcome::Succeeded, 2),
        (Outcome::Failed, 30 + 2),
        (Outcome::Unknown, 30 + 30 + 2),
    ] {
        let call = bench.go(now, &READ, Credit::ip(30).on_success(2));
        assert!(bench.weight(now) >= 30);
        bench.ledger.settle(now, call, outcome, &[]);
        assert_eq!(bench.weight(now), left, "{outcome:?}");
    }
}

#[test]
fn a_call_that_nobody_waits_for_may_still_arrive() {
    let mut bench = Bench::new(even());
    let lost = bench.go(after(55_000), &READ, Credit::ip(100));
    bench.ledger.settle(after(55_100), lost, Outcome::Unknown, &[]);
    // In the new minute too, until ten seconds have passed; then it stays in that minute.
    assert_eq!(bench.weight(after(60_100)), 100);
    assert_eq!(bench.weight(after(65_200)), 100);
    assert_eq!(bench.weight(after(120_100)), 0);
}

#[test]
fn orders_are_counted_per_account_in_all_their_intervals() {
    let mut bench = Bench::new(even());
    for second in 0..4 {
        for _ in 0..10 {
            let order = bench.go(after(second * 10_000 + 5), &ORDER, order());
            bench.done(after(second * 10_000 + 6), order);
        }
        if second < 3 {
            assert_eq!(
                bench.until(after(second * 10_000 + 7), &ORDER, order()),
                (second + 1) * 10_000 + 1
            );
        }
    }
    // The day's 40 are used up.
    let refused = bench.refused(after(31_000), &ORDER, order());
    let day = Timestamp::from_millis((START / 86_400_000 + 1) * 86_400_000 + 1);
    assert_eq!(refused.until, Some(day));
    assert!(
        matches!(&refused.reason, ThrottleReason::Exhausted(limit) if limit == "40 unfilled orders per 1 d"),
        "{refused:?}"
    );
    // Cancelling adds no order, and another account has a count of its own.
    let cancel = bench.go(after(31_000), &CANCEL, Credit::ip(1).on_success(0));
    bench.done(after(31_001), cancel);
    bench.account = bench.ledger.account("other desk");
    let other = bench.go(after(31_000), &ORDER, order());
    bench.done(after(31_001), other);
}

#[test]
fn operations_share_the_limits_that_name_them() {
    let mut bench = Bench::new(even());
    let first = bench.go(after(3), &QUOTE, Credit::ip(1));
    let second = bench.go(after(3), &OTHER_QUOTE, Credit::ip(1));
    let refused = bench.refused(after(4), &QUOTE, Credit::ip(1));
    assert!(
        refused
            .to_string()
            .starts_with("2 calls of otherQuote per 3 s are used up"),
        "{refused}"
    );
    bench.done(after(5), first);
    bench.done(after(5), second);
    // Windows of three seconds count from the epoch.
    assert_eq!(bench.until(after(6), &OTHER_QUOTE, Credit::ip(1)), 3_001);
}

#[test]
fn endpoints_of_sapi_have_counters_of_their_own() {
    const SAPI: ProductLimits = ProductLimits {
        system: "api",
        each_endpoint: true,
        rules: &[
            RateLimitRule::new(RateLimitKind::SapiIpWeight, 100, 1, IntervalUnit::Minute),
            RateLimitRule::new(RateLimitKind::SapiUidWeight, 200, 1, IntervalUnit::Minute),
        ],
        ..ProductLimits::UNKNOWN
    };
    let mut ledger = Ledger::new(even());
    let place = ledger.place("toys", &SAPI);
    let account = ledger.account("desk");
    let mut ask = |info: &OperationInfo, credit: Credit| {
        let demand = Demand::of(place, account, &SAPI, info, &credit, true);
        match ledger.reserve(after(5), &demand, Some(after(5).at())) {
            Verdict::Go(reservation) => ledger.settle(after(6), reservation, Outcome::Succeeded, &[]),
            Verdict::Refused(refused) => return Err(refused.to_string()),
            other => panic!("{other:?}"),
        }
        Ok(())
    };
    let other = OperationInfo { id: "trades", ..READ };
    assert_eq!(ask(&READ, Credit::ip(100)), Ok(()));
    assert_eq!(ask(&other, Credit::ip(100)), Ok(()));
    let refused = ask(&READ, Credit::ip(1)).unwrap_err();
    assert!(
        refused.contains("100 IP weight of the endpoint of depth per 1 min"),
        "{refused}"
    );
    // That of the account is another.
    assert_eq!(Credit::uid(200).scope, LimitScope::Uid);
    assert_eq!(ask(&READ, Credit::uid(200)), Ok(()));
    assert!(ask(&READ, Credit::uid(1)).is_err());
    assert_eq!(ask(&other, Credit::ip(0).uid_weight(200)), Ok(()));
    assert!(ask(&other, Credit::ip(0).uid_weight(1)).is_err());
}

#[test]
fn reads_leave_room_for_orders_and_these_for_cancellations() {
    let mut bench = Bench::new(Policy::default().for_trading(0.2).for_cancels(0.05));
    let now = after(5);
    let reads = bench.go(now, &READ, Credit::ip(80));
    bench.refused(now, &READ, Credit::ip(1));
    let order = bench.go(now, &ORDER, Credit::ip(15));
    bench.refused(now, &ORDER, Credit::ip(1));
    let cancel = bench.go(now, &CANCEL, Credit::ip(5));
    bench.refused(now, &CANCEL, Credit::ip(1));
    bench.ledger.settle(now, cancel, Outcome::NotSent, &[]);
    // The user can say otherwise.
    let demand = bench.demand(&READ, Credit::ip(1)).priority(Priority::Cancel);
    let Verdict::Go(read) = bench.ledger.reserve(after(5), &demand, None) else {
        panic!()
    };
    for call in [reads, order, read] {
        bench.done(now, call);
    }
}

#[test]
fn what_can_never_be_sent_is_said_so() {
    let mut bench = Bench::new(even());
    let demand = bench.demand(&READ, Credit::ip(101));
    match bench.ledger.reserve(after(5), &demand, None) {
        Verdict::Refused(refused) => {
            assert!(
                matches!(refused.reason, ThrottleReason::TooLarge(_)),
                "{refused:?}"
            );
            assert_eq!(refused.until, None);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn those_who_wait_are_served_in_turn() {
    let mut bench = Bench::new(even());
    let first = bench.go(after(5), &READ, Credit::ip(100));
    bench.done(after(6), first);
    let large = bench.demand(&READ, Credit::ip(90));
    let small = bench.demand(&READ, Credit::ip(20));
    let Verdict::Until(large_waits) = bench.ledger.reserve(after(7), &large, None) else {
        panic!()
    };
    let Verdict::Until(small_waits) = bench.ledger.reserve(after(7), &small, None) else {
        panic!()
    };
    assert_eq!(large_waits.at().as_millis() - START, 60_001);
    assert_eq!(small_waits.at().as_millis() - START, 120_001);
    // Whoever comes without having waited does not take what is booked.
    let late = bench.until(after(60_001), &READ, Credit::ip(20));
    assert_eq!(late, 120_001);
    let Verdict::Go(large) = bench.ledger.claim(after(60_500), large_waits, &large, None) else {
        panic!()
    };
    bench.done(after(60_600), large);
    // What is given up is there for others.
    bench.ledger.cancel(small_waits);
    let again = bench.go(after(120_001), &READ, Credit::ip(100));
    bench.done(after(120_002), again);
}

#[test]
fn what_is_under_way_may_leave_room_in_a_moment() {
    let mut bench = Bench::new(even());
    let order = bench.go(after(5), &ORDER, Credit::ip(100).on_success(0));
    // It costs nothing when it succeeds, which will be known soon.
    assert_eq!(bench.until(after(6), &READ, Credit::ip(1)), 16);
    bench.refused(after(6), &READ, Credit::ip(1));
    bench.done(after(8), order);
    let read = bench.go(after(9), &READ, Credit::ip(100));
    bench.done(after(10), read);
}

#[test]
fn a_ban_stops_all_of_the_address_and_nothing_else() {
    let mut bench = Bench::new(even());
    let call = bench.go(after(5), &READ, Credit::ip(1));
    let until = Timestamp::from_millis(START + 200_000);
    let refusal = Refusal {
        banned: true,
        orders: false,
        until: Some(until),
        wait: None,
    };
    assert_eq!(bench.ledger.refused(after(6), &call, refusal), until);
    bench.ledger.settle(after(6), call, Outcome::Failed, &[]);
    for (info, credit) in [
        (&READ, Credit::ip(1)),
        (&CANCEL, Credit::ip(1)),
        (&ORDER, order()),
    ] {
        let refused = bench.refused(after(7), info, credit);
        assert_eq!(refused.reason, ThrottleReason::Banned);
        assert_eq!(bench.until(after(7), info, credit), 200_001);
    }
    let connection = Demand::connection(bench.place, 2);
    assert!(matches!(
        bench.ledger.reserve(after(7), &connection, Some(after(7).at())),
        Verdict::Refused(_)
    ));
    let snapshot = bench.ledger.snapshot(after(7));
    assert_eq!((snapshot.bans.len(), snapshot.bans[0].until), (1, until));
    let elsewhere = bench.ledger.place("other toys", &LIMITS);
    let demand = Demand::of(elsewhere, bench.account, &LIMITS, &READ, &Credit::ip(1), false);
    let Verdict::Go(free) = bench.ledger.reserve(after(7), &demand, None) else {
        panic!()
    };
    bench.ledger.settle(after(7), free, Outcome::NotSent, &[]);
    // A shorter ban does not end a longer one.
    bench
        .ledger
        .ban(bench.place, Timestamp::from_millis(START + 100_000));
    assert_eq!(bench.until(after(8), &READ, Credit::ip(1)), 200_001);
    assert!(bench.ledger.snapshot(after(200_001)).bans.is_empty());
    let free = bench.go(after(200_001), &READ, Credit::ip(1));
    bench.done(after(200_002), free);
}

#[test]
fn a_ban_in_the_meantime_moves_those_who_wait() {
    let mut bench = Bench::new(even());
    let all = bench.go(after(5), &READ, Credit::ip(100));
    bench.done(after(6), all);
    let demand = bench.demand(&READ, Credit::ip(1));
    let Verdict::Until(waits) = bench.ledger.reserve(after(7), &demand, None) else {
        panic!()
    };
    bench
        .ledger
        .ban(bench.place, Timestamp::from_millis(START + 90_000));
    let Verdict::Until(waits) = bench.ledger.claim(after(60_001), waits, &demand, None) else {
        panic!()
    };
    assert_eq!(waits.at().as_millis() - START, 90_001);
    bench.ledger.cancel(waits);
}

#[test]
fn a_pause_is_of_what_the_exchange_paused() {
    // Unfilled orders: orders of the account, until the window ends where no time is stated.
    let mut bench = Bench::new(even());
    let call = bench.go(after(5), &ORDER, order());
    let refusal = Refusal {
        orders: true,
        ..Refusal::default()
    };
    bench.ledger.refused(after(6), &call, refusal);
    bench.ledger.settle(after(6), call, Outcome::Failed, &[]);
    assert_eq!(bench.until(after(7), &ORDER, order()), 10_001);
    let cancel = bench.go(after(7), &CANCEL, Credit::ip(1));
    bench.done(after(8), cancel);

    // An operation with a limit of its own: that operation.
    let call = bench.go(after(20_000), &QUOTE, Credit::ip(1));
    let until = Some(Timestamp::from_millis(START + 45_000));
    bench.ledger.refused(
        after(20_001),
        &call,
        Refusal {
            until,
            ..Refusal::default()
        },
    );
    bench.ledger.settle(after(20_001), call, Outcome::Failed, &[]);
    assert_eq!(bench.until(after(20_002), &OTHER_QUOTE, Credit::ip(1)), 45_001);

    // Everything else is of the address.
    let call = bench.go(after(20_003), &READ, Credit::ip(1));
    bench.ledger.refused(after(20_004), &call, Refusal::default());
    bench.ledger.settle(after(20_004), call, Outcome::Failed, &[]);
    assert_eq!(bench.until(after(20_005), &CANCEL, Credit::ip(1)), 60_001);
}

#[test]
fn others_on_the_address_are_seen_in_reports() {
    let mut bench = Bench::new(even());
    let call = bench.go(after(5), &READ, Credit::ip(10));
    bench
        .ledger
        .settle(after(10), call, Outcome::Succeeded, &[weight(70)]);
    assert_eq!(bench.weight(after(11)), 70);
    bench.refused(after(12), &READ, Credit::ip(31));
    // The next minute begins at nothing.
    assert_eq!(bench.weight(after(60_001)), 0);
}

#[test]
fn a_report_that_own_calls_explain_changes_nothing() {
    let mut bench = Bench::new(even());
    let (first, second) = (
        bench.go(after(5), &READ, Credit::ip(10)),
        bench.go(after(5), &READ, Credit::ip(10)),
    );
    // The answer to the second, which was processed after the first.
    bench
        .ledger
        .settle(after(10), second, Outcome::Succeeded, &[weight(20)]);
    assert_eq!(bench.weight(after(10)), 20);
    // And that to the first: less than what is known, and older.
    bench
        .ledger
        .settle(after(11), first, Outcome::Succeeded, &[weight(10)]);
    assert_eq!(bench.weight(after(11)), 20);
}

#[test]
fn an_older_report_does_not_take_back_what_a_newer_one_showed() {
    let mut bench = Bench::new(even());
    let first = bench.go(after(5), &READ, Credit::ip(10));
    let second = bench.go(after(5), &READ, Credit::ip(10));
    // Between the two, somebody else used 50.
    bench
        .ledger
        .settle(after(10), second, Outcome::Succeeded, &[weight(70)]);
    assert!(bench.weight(after(10)) >= 70);
    bench
        .ledger
        .settle(after(11), first, Outcome::Succeeded, &[weight(10)]);
    assert!(bench.weight(after(11)) >= 70);
    // A request that was sent after that shows what is true.
    let third = bench.go(after(12), &READ, Credit::ip(10));
    bench
        .ledger
        .settle(after(13), third, Outcome::Succeeded, &[weight(80)]);
    assert_eq!(bench.weight(after(14)), 80);
}

#[test]
fn a_report_never_hides_calls_under_way() {
    let mut bench = Bench::new(even());
    let under_way = bench.go(after(5), &READ, Credit::ip(40));
    let call = bench.go(after(6), &READ, Credit::ip(10));
    bench
        .ledger
        .settle(after(9), call, Outcome::Succeeded, &[weight(10)]);
    assert_eq!(bench.weight(after(10)), 50);
    bench.done(after(11), under_way);
    assert_eq!(bench.weight(after(12)), 50);
}

#[test]
fn fills_lower_the_count_of_orders() {
    let mut bench = Bench::new(even());
    let ten_seconds = Duration::from_secs(10);
    for _ in 0..8 {
        let call = bench.go(after(5), &ORDER, order());
        bench.ledger.settle(after(6), call, Outcome::Succeeded, &[]);
    }
    assert_eq!(bench.used(after(7), RateLimitKind::Orders, ten_seconds), 8);
    // Five of them were filled; this one is the fourth that is not.
    let call = bench.go(after(8), &ORDER, order());
    bench
        .ledger
        .settle(after(9), call, Outcome::Succeeded, &[orders(4)]);
    assert_eq!(bench.used(after(10), RateLimitKind::Orders, ten_seconds), 4);
}

#[test]
fn a_report_of_another_window_says_nothing() {
    let mut bench = Bench::new(even());
    let call = bench.go(after(59_990), &READ, Credit::ip(10));
    bench
        .ledger
        .settle(after(60_010), call, Outcome::Succeeded, &[weight(95)]);
    assert_eq!(bench.weight(after(60_011)), 10);
}

#[test]
fn the_exchange_states_its_limits() {
    let mut bench = Bench::new(even());
    let learned = |count| RateLimitRule::new(RateLimitKind::RequestWeight, count, 1, IntervalUnit::Minute);
    bench.ledger.learn(bench.place, &[learned(150)], true);
    let call = bench.go(after(5), &READ, Credit::ip(150));
    bench.done(after(6), call);
    bench.refused(after(7), &READ, Credit::ip(1));
    // Another client of the product does not bring back what the specs say.
    assert_eq!(bench.ledger.place("toys", &LIMITS), bench.place);
    bench.refused(after(7), &READ, Credit::ip(1));
    bench.ledger.learn(bench.place, &[learned(200)], false);
    let call = bench.go(after(8), &READ, Credit::ip(50));
    bench.done(after(9), call);

    // Orders are counted per second now, and by the day no more.
    let per_second = RateLimitRule::new(RateLimitKind::Orders, 2, 1, IntervalUnit::Second);
    let call = bench.go(after(10), &ORDER, Credit::ip(0).unfilled_orders(1));
    bench.done(after(11), call);
    bench.ledger.learn(bench.place, &[per_second], true);
    for second in 1..20 {
        let now = after(61_000 + second * 1_000 + 5);
        for _ in 0..2 {
            let call = bench.go(now, &ORDER, Credit::ip(0).unfilled_orders(1));
            bench.done(now, call);
        }
        bench.refused(now, &ORDER, Credit::ip(0).unfilled_orders(1));
    }
}

#[test]
fn attempts_to_connect_have_a_budget_of_the_address() {
    let mut bench = Bench::new(even());
    let demand = Demand::connection(bench.place, 2);
    for attempt in 0..3 {
        let Verdict::Go(call) = bench.ledger.reserve(after(attempt), &demand, None) else {
            panic!()
        };
        bench.done(after(attempt), call);
    }
    assert_eq!(bench.weight(after(4)), 6);
    let Verdict::Until(waits) = bench.ledger.reserve(after(5), &demand, None) else {
        panic!()
    };
    let window = (START / 300_000 + 1) * 300_000 + 1;
    assert_eq!(waits.at().as_millis(), window);
    bench.ledger.cancel(waits);
}

/// A clock that was an hour ahead for a moment does not stop the limiter for an hour.
#[test]
fn a_clock_that_was_wrong_is_put_right() {
    let mut bench = Bench::new(even());
    let call = bench.go(after(3_600_000), &READ, Credit::ip(100));
    bench.done(after(3_600_001), call);
    let call = bench.go(after(100), &READ, Credit::ip(100));
    bench.done(after(101), call);
    assert_eq!(bench.until(after(102), &READ, Credit::ip(1)), 60_001);
}
