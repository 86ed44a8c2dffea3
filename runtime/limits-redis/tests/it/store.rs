//! What is shared, what is given back, and what happens without Redis.

use std::time::Duration;

use binance_wire_core::{Error, IntervalUnit, RateLimitKind, RateLimitUsage, ThrottleReason};
use binance_wire_limits::{Limiter, StoreLoss, StoreState, WhenFull};
use binance_wire_limits_redis::RedisStore;

use super::server::Redis;
use super::*;

fn process(redis: &Redis, loss: StoreLoss) -> Limiter {
    builder(noon())
        .when_full(WhenFull::Refuse)
        .store(redis.store().build().expect("a store"))
        .on_store_loss(loss)
        .build()
}

/// Corrections are written beside requests.
async fn until_counted(redis: &Redis, count: i64) {
    for _ in 0..500 {
        if redis
            .counters()
            .await
            .iter()
            .map(|(_, value, _)| value)
            .sum::<i64>()
            == count
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", redis.counters().await);
}

#[tokio::test]
async fn limiters_share_a_budget_and_give_back_what_they_do_not_use() {
    let Some(redis) = Redis::start().await else { return };
    let (one, two) = (
        process(&redis, StoreLoss::Refuse),
        process(&redis, StoreLoss::Refuse),
    );
    let (one, two) = (lane(&one, &DAY), lane(&two, &DAY));
    read(&one, 60).await.expect("room").succeeded(&[]);
    read(&two, 40).await.expect("room").succeeded(&[]);
    let error = read(&one, 1).await.expect_err("no room");
    assert!(
        matches!(&error, Error::Throttled(t) if matches!(t.reason, ThrottleReason::Exhausted(_))),
        "{error:?}"
    );
    until_counted(&redis, 100).await;
    let counters = redis.counters().await;
    let [(key, 100, life)] = counters.as_slice() else {
        panic!("{counters:?}")
    };
    assert!(
        key.starts_with("binance-wire:{toys@toys.example}:") && key.contains("request-weight"),
        "{key}"
    );
    assert!(*life > 0, "it is not kept for ever");

    let Some(redis) = Redis::start().await else { return };
    let limiter = process(&redis, StoreLoss::Refuse);
    let lane = lane(&limiter, &DAY);
    drop(read(&lane, 100).await.expect("room"));
    until_counted(&redis, 0).await;
    read(&lane, 100).await.expect("room").succeeded(&[]);
}

#[tokio::test]
async fn a_report_raises_the_count_of_all() {
    let Some(redis) = Redis::start().await else { return };
    let (one, two) = (
        process(&redis, StoreLoss::Refuse),
        process(&redis, StoreLoss::Refuse),
    );
    let reported = RateLimitUsage {
        kind: RateLimitKind::RequestWeight,
        interval_num: 1,
        interval: IntervalUnit::Day,
        count: 95,
    };
    read(&lane(&one, &DAY), 1)
        .await
        .expect("room")
        .succeeded(&[reported]);
    until_counted(&redis, 95).await;
    assert!(read(&lane(&two, &DAY), 6).await.is_err());
    read(&lane(&two, &DAY), 5).await.expect("room").succeeded(&[]);
}

#[tokio::test]
async fn a_ban_stops_all() {
    let Some(redis) = Redis::start().await else { return };
    let (one, two) = (
        process(&redis, StoreLoss::Refuse),
        process(&redis, StoreLoss::Refuse),
    );
    let until = noon() + Duration::from_secs(3_600);
    one.ban(&DAY, "toys.example", until);
    until_counted(&redis, until.as_millis()).await;
    let error = read(&lane(&two, &DAY), 1).await.expect_err("banned");
    assert!(
        matches!(&error, Error::Throttled(t) if t.reason == ThrottleReason::Banned),
        "{error:?}"
    );
    assert_eq!(two.snapshot().bans.first().map(|ban| ban.until), Some(until));
}

/// A process that dies while it has something under way costs the rest of the window.
#[tokio::test]
async fn what_is_never_settled_ends_with_its_window() {
    let Some(redis) = Redis::start().await else { return };
    let now = Timestamp::now();
    let limiter = || {
        builder(now)
            .when_full(WhenFull::Wait(LONG))
            .store(redis.store().build().expect("a store"))
            .build()
    };
    let dead = limiter();
    std::mem::forget(read(&lane(&dead, &SECOND), 20).await.expect("room"));
    let alive = limiter();
    read(&lane(&alive, &SECOND), 20)
        .await
        .expect("room, after a while")
        .succeeded(&[]);
}

#[tokio::test]
async fn without_redis_it_is_as_was_chosen() {
    let Some(mut redis) = Redis::start().await else {
        return;
    };
    let share = process(&redis, StoreLoss::Share(4));
    let refuse = process(&redis, StoreLoss::Refuse);
    read(&lane(&share, &DAY), 5).await.expect("room").succeeded(&[]);
    assert_eq!(share.snapshot().store, StoreState::Reachable);
    redis.kill();
    read(&lane(&share, &DAY), 20)
        .await
        .expect("a quarter of the limit")
        .succeeded(&[]);
    assert!(read(&lane(&share, &DAY), 1).await.is_err());
    assert_eq!(share.snapshot().store, StoreState::Unreachable);
    let error = read(&lane(&refuse, &DAY), 1).await.expect_err("closed");
    assert!(
        matches!(&error, Error::Throttled(t) if t.reason == ThrottleReason::StoreUnreachable),
        "{error:?}"
    );

    redis.start_again().await;
    for _ in 0..100 {
        if read(&lane(&share, &DAY), 1)
            .await
            .map(|permit| permit.succeeded(&[]))
            .is_ok()
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(share.snapshot().store, StoreState::Reachable);
}

#[tokio::test]
async fn addresses_that_are_none_are_refused_without_showing_them() {
    let error = RedisStore::builder("http://user:secret@host")
        .build()
        .expect_err("no Redis");
    assert!(
        matches!(&error, Error::Unusable(text) if !text.contains("secret")),
        "{error:?}"
    );
    let builder = RedisStore::builder("redis://user:secret@host");
    assert!(!format!("{builder:?}").contains("secret"));
    let store = builder.build().expect("a store");
    assert!(!format!("{store:?}").contains("secret"));
}
