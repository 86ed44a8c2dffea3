//! The budget of repetitions, and the repetitions of one call.

use std::time::{Duration, Instant};

use binance_wire_core::{Again, ReadRetries, RetryBudget};
use proptest::prelude::*;

fn settings(max: u32, within: Duration, budget: &RetryBudget) -> ReadRetries {
    ReadRetries {
        max,
        within,
        budget: budget.clone(),
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn delays_double_and_end_at_two_seconds() {
    let now = Instant::now();
    let retries = settings(9, MINUTE, &RetryBudget::default());
    let mut call = retries.start(now, true);
    let mut waits = Vec::new();
    while let Again::After(wait) = call.again(now, None, 1.0) {
        waits.push(wait.as_millis());
    }
    assert_eq!(waits, [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000]);
    let mut call = retries.start(now, true);
    assert_eq!(
        call.again(now, None, 0.0),
        Again::After(Duration::from_millis(25))
    );
}

#[test]
fn neither_the_time_nor_the_deadline_is_passed() {
    let now = Instant::now();
    let retries = settings(9, Duration::from_millis(100), &RetryBudget::default());
    let mut call = retries.start(now, true);
    assert!(matches!(
        call.again(now + Duration::from_millis(50), None, 1.0),
        Again::After(_)
    ));
    assert_eq!(call.again(now + Duration::from_millis(50), None, 1.0), Again::No);
    let mut call = retries.start(now, true);
    let by = now + Duration::from_millis(50);
    assert_eq!(call.again(now, Some(by), 1.0), Again::No);
    assert!(matches!(call.again(now, Some(by), 0.5), Again::After(_)));
    let mut call = retries.start(now, false);
    assert_eq!(call.again(now, None, 0.0), Again::No);
}

#[test]
fn calls_share_the_budget_and_successes_fill_it() {
    let now = Instant::now();
    let budget = RetryBudget::new(2, 3);
    let retries = settings(5, MINUTE, &budget);
    let mut first = retries.start(now, true);
    assert!(matches!(first.again(now, None, 0.0), Again::After(_)));
    let mut second = retries.start(now, true);
    assert!(matches!(second.again(now, None, 0.0), Again::After(_)));
    assert_eq!(second.again(now, None, 0.0), Again::BudgetUsedUp);
    // What is not repeated takes nothing, and says so.
    assert_eq!(retries.start(now, false).again(now, None, 0.0), Again::No);
    // A repetition that succeeded gives back what it took.
    first.succeeded();
    assert_eq!(budget.available(), 1);
    for _ in 0..3 {
        retries.start(now, true).succeeded();
    }
    assert_eq!(budget.available(), 2);
    first.succeeded();
    assert_eq!(budget.available(), 2, "it never holds more than at first");
}

#[test]
fn a_budget_of_nothing_repeats_nothing() {
    let budget = RetryBudget::new(0, 0);
    budget.succeeded(true);
    assert!(!budget.take());
}

proptest! {
    /// Repetitions never exceed what there was and what was earned.
    #[test]
    fn repetitions_are_paid_for(
        retries in 0_u32..20,
        price in 1_u32..8,
        steps in prop::collection::vec((any::<bool>(), any::<bool>()), 0..200),
    ) {
        let budget = RetryBudget::new(retries, price);
        let (mut taken, mut earned) = (0_u32, 0_u32);
        for (take, repeated) in steps {
            if take {
                taken += if budget.take() { price } else { 0 };
            } else {
                budget.succeeded(repeated);
                earned += if repeated { price } else { 1 };
            }
            prop_assert!(taken <= retries * price + earned);
            prop_assert!(budget.available() <= retries);
        }
    }
}
