//! Several processes, by a store that can be lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use binance_wire_core::{Credit, Error, RateLimitKind, ThrottleReason, Timestamp};
use binance_wire_limits::store::{BoxFuture, Change, Store, StoreError, StoreLoss, Take, Taken};
use binance_wire_limits::{Lane, Limiter, Policy, ServerClock, StoreState, WhenFull};
use tokio::time::Instant;

use super::*;

const LONG: Duration = Duration::from_secs(600);

/// A store in memory.
#[derive(Clone, Debug, Default)]
struct Shelf {
    counters: Arc<Mutex<HashMap<String, u64>>>,
    bans: Arc<Mutex<HashMap<String, Timestamp>>>,
    down: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Store for Shelf {
    fn take<'a>(&'a self, address: &'a str, takes: &'a [Take]) -> BoxFuture<'a, Result<Taken, StoreError>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.down.load(Ordering::Relaxed) {
                return Err(StoreError::new("down"));
            }
            if let Some(until) = self.bans.lock().unwrap().get(address) {
                return Ok(Taken::Banned(*until));
            }
            let mut counters = self.counters.lock().unwrap();
            for (index, take) in takes.iter().enumerate() {
                let count = counters.get(&take.counter).copied().unwrap_or(0);
                if count + take.amount > take.limit {
                    return Ok(Taken::Exhausted(index));
                }
            }
            for take in takes {
                *counters.entry(take.counter.clone()).or_default() += take.amount;
            }
            Ok(Taken::All)
        })
    }

    fn settle(&self, changes: Vec<Change>) {
        let mut counters = self.counters.lock().unwrap();
        for change in changes {
            let count = counters.entry(change.counter).or_default();
            *count = count
                .saturating_sub(change.back)
                .max(change.reported.unwrap_or(0));
        }
    }

    fn ban(&self, address: &str, until: Timestamp) {
        self.bans.lock().unwrap().insert(address.to_owned(), until);
    }
}

fn clock() -> ServerClock {
    let clock = ServerClock::new();
    clock.record(Instant::now().into_std(), Timestamp::from_millis(START + 500));
    clock
}

fn process(shelf: &Shelf, when_full: WhenFull, loss: StoreLoss) -> (Limiter, Lane) {
    let limiter = Limiter::builder()
        .when_full(when_full)
        .policy(Policy::default().for_trading(0.0).for_cancels(0.0))
        .server_clock(&clock())
        .store(shelf.clone())
        .on_store_loss(loss)
        .build();
    let lane = limiter.lane(&LIMITS, "https://toys.example", Some("key"), None);
    (limiter, lane)
}

#[tokio::test(start_paused = true)]
async fn processes_share_one_budget() {
    let shelf = Shelf::default();
    let (_, one) = process(&shelf, WhenFull::Wait(LONG), StoreLoss::Refuse);
    let (_, two) = process(&shelf, WhenFull::Refuse, StoreLoss::Refuse);
    one.admit(&READ, &Credit::ip(60), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    two.admit(&READ, &Credit::ip(40), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    let error = two.admit(&READ, &Credit::ip(1), true, LONG).await.unwrap_err();
    assert!(
        matches!(&error, Error::Throttled(t) if matches!(t.reason, ThrottleReason::Exhausted(_))),
        "{error:?}"
    );
    let start = Instant::now();
    one.admit(&READ, &Credit::ip(100), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    assert!(start.elapsed() > Duration::from_secs(59));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_used_goes_back_to_all() {
    let shelf = Shelf::default();
    let (_, one) = process(&shelf, WhenFull::Refuse, StoreLoss::Refuse);
    let (_, two) = process(&shelf, WhenFull::Refuse, StoreLoss::Refuse);
    drop(one.admit(&READ, &Credit::ip(100), true, LONG).await.unwrap());
    one.admit(&READ, &Credit::ip(90).on_success(10), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    two.admit(&READ, &Credit::ip(90), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    assert!(one.admit(&READ, &Credit::ip(1), true, LONG).await.is_err());
    // Nothing is left of windows to come, which were taken as long as the calls might have been counted in them.
    let total: u64 = shelf.counters.lock().unwrap().values().sum();
    assert_eq!(total, 100);
}

#[tokio::test(start_paused = true)]
async fn a_report_counts_for_all() {
    let shelf = Shelf::default();
    let (_, one) = process(&shelf, WhenFull::Refuse, StoreLoss::Refuse);
    let (_, two) = process(&shelf, WhenFull::Refuse, StoreLoss::Refuse);
    one.admit(&READ, &Credit::ip(1), true, LONG)
        .await
        .unwrap()
        .succeeded(&[weight(95)]);
    assert!(two.admit(&READ, &Credit::ip(6), true, LONG).await.is_err());
    two.admit(&READ, &Credit::ip(5), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
}

#[tokio::test(start_paused = true)]
async fn a_ban_is_of_all() {
    let shelf = Shelf::default();
    let (limiter, _) = process(&shelf, WhenFull::Refuse, StoreLoss::Refuse);
    let (other, two) = process(&shelf, WhenFull::Refuse, StoreLoss::Refuse);
    limiter.ban(&LIMITS, "toys.example", Timestamp::from_millis(START + 90_000));
    let error = two.admit(&CANCEL, &Credit::ip(1), true, LONG).await.unwrap_err();
    assert!(
        matches!(&error, Error::Throttled(t) if t.reason == ThrottleReason::Banned),
        "{error:?}"
    );
    assert_eq!(other.snapshot().bans.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_the_store_a_part_of_the_limit_remains() {
    let shelf = Shelf::default();
    let (limiter, lane) = process(&shelf, WhenFull::Refuse, StoreLoss::default());
    lane.admit(&READ, &Credit::ip(10), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    assert_eq!(limiter.snapshot().store, StoreState::Reachable);
    shelf.down.store(true, Ordering::Relaxed);
    for _ in 0..4 {
        lane.admit(&READ, &Credit::ip(10), true, LONG)
            .await
            .unwrap()
            .succeeded(&[]);
    }
    // Half of a hundred.
    assert!(lane.admit(&READ, &Credit::ip(1), true, LONG).await.is_err());
    assert_eq!(limiter.snapshot().store, StoreState::Unreachable);
    // It was asked once, and is asked again after a second.
    assert_eq!(shelf.asked.load(Ordering::Relaxed), 2);
    shelf.down.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(lane.admit(&READ, &Credit::ip(1), true, LONG).await.is_err());
    tokio::time::sleep(Duration::from_secs(60)).await;
    lane.admit(&READ, &Credit::ip(1), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    assert_eq!(limiter.snapshot().store, StoreState::Reachable);
    lane.admit(&READ, &Credit::ip(99), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
}

#[tokio::test(start_paused = true)]
async fn without_the_store_nothing_or_everything_goes_where_that_is_set() {
    let shelf = Shelf::default();
    shelf.down.store(true, Ordering::Relaxed);
    let (_, closed) = process(&shelf, WhenFull::Wait(LONG), StoreLoss::Refuse);
    let error = closed.admit(&READ, &Credit::ip(1), true, LONG).await.unwrap_err();
    assert!(
        matches!(&error, Error::Throttled(t) if t.reason == ThrottleReason::StoreUnreachable),
        "{error:?}"
    );
    let (limiter, open) = process(&shelf, WhenFull::Wait(LONG), StoreLoss::Ignore);
    open.admit(&READ, &Credit::ip(100), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    let used = limiter.snapshot();
    let used = used.counter("toys@toys.example", RateLimitKind::RequestWeight, MINUTE);
    assert_eq!(used.map(|counter| counter.used), Some(100));
}
