//! The handle, in time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use binance_wire_core::{ApiError, Credit, Error, ErrorCode, RateLimitKind, ThrottleReason, Timestamp};
use binance_wire_limits::{Lane, Limiter, Outcome, Permit, Policy, ServerClock, WhenFull};
use tokio::time::Instant;

use super::*;

const LONG: Duration = Duration::from_secs(600);

/// A clock that is right, and half a second into a minute.
fn clock() -> ServerClock {
    let clock = ServerClock::new();
    clock.record(Instant::now().into_std(), Timestamp::from_millis(START + 500));
    clock
}

fn limiter(when_full: WhenFull) -> (Limiter, Lane) {
    let limiter = Limiter::builder()
        .when_full(when_full)
        .policy(Policy::default().for_trading(0.0).for_cancels(0.0))
        .server_clock(&clock())
        .margin(Duration::from_millis(10))
        .build();
    let lane = limiter.lane(&LIMITS, "https://toys.example/api", Some("secret-key"), None);
    (limiter, lane)
}

fn api_error(status: u16, code: i32, message: &str) -> Box<ApiError> {
    Box::new(ApiError {
        status,
        code: ErrorCode(code),
        code_text: None,
        message: message.to_owned(),
        data: None,
        code_name: None,
        call: None,
    })
}

fn used(limiter: &Limiter) -> u64 {
    let snapshot = limiter.snapshot();
    let counter = snapshot.counter("toys@toys.example", RateLimitKind::RequestWeight, MINUTE);
    counter.map_or(0, |counter| counter.used)
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_its_window() {
    let (_, lane) = limiter(WhenFull::Wait(LONG));
    let start = Instant::now();
    lane.admit(&READ, &Credit::ip(100), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    assert_eq!(start.elapsed(), Duration::ZERO);
    lane.admit(&READ, &Credit::ip(100), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    let waited = start.elapsed();
    // To the end of the minute, and over the uncertainty.
    assert!(
        waited > Duration::from_millis(59_500) && waited < Duration::from_millis(59_600),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_would_wait_too_long_is_refused_at_once() {
    let (_, lane) = limiter(WhenFull::Wait(LONG));
    lane.admit(&READ, &Credit::ip(100), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    let start = Instant::now();
    let error = lane
        .admit(&READ, &Credit::ip(1), true, Duration::from_secs(10))
        .await
        .unwrap_err();
    assert_eq!(start.elapsed(), Duration::ZERO);
    let Error::Throttled(throttled) = &error else {
        panic!("{error:?}")
    };
    assert!(matches!(throttled.reason, ThrottleReason::Exhausted(_)));
    let wait = error.wait(Timestamp::from_millis(START + 500)).unwrap();
    assert!(
        wait > Duration::from_millis(59_500) && wait < Duration::from_millis(59_600),
        "{wait:?}"
    );

    let (_, refusing) = limiter(WhenFull::Refuse);
    refusing
        .admit(&READ, &Credit::ip(100), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    assert!(refusing.admit(&READ, &Credit::ip(1), true, LONG).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_permit_gives_back_what_was_not_sent() {
    let (limiter, lane) = limiter(WhenFull::Refuse);
    drop(lane.admit(&READ, &Credit::ip(100), true, LONG).await.unwrap());
    assert_eq!(used(&limiter), 0);
    let sent = lane.admit(&READ, &Credit::ip(100), true, LONG).await.unwrap();
    sent.sent().store(true, Ordering::Relaxed);
    drop(sent);
    assert_eq!(used(&limiter), 100);
    assert!(lane.admit(&READ, &Credit::ip(1), true, LONG).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn who_stops_waiting_leaves_the_place_to_others() {
    let (limiter, lane) = limiter(WhenFull::Wait(LONG));
    lane.admit(&READ, &Credit::ip(100), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    let credit = Credit::ip(100);
    let given_up = lane.admit(&READ, &credit, true, LONG);
    assert!(
        tokio::time::timeout(Duration::from_secs(1), given_up)
            .await
            .is_err()
    );
    assert_eq!(limiter.snapshot().counters[0].booked, 0);
    let start = Instant::now();
    lane.admit(&READ, &Credit::ip(100), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn clients_of_one_address_share_and_others_do_not() {
    let (limiter, lane) = limiter(WhenFull::Refuse);
    let websocket = limiter.lane(&LIMITS, "wss://toys.example:9443/ws", None, None);
    lane.admit(&READ, &Credit::ip(60), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    websocket
        .admit(&READ, &Credit::ip(40), false, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    assert!(websocket.admit(&READ, &Credit::ip(1), false, LONG).await.is_err());
    let elsewhere = limiter.lane(&LIMITS, "https://other.example", None, None);
    elsewhere
        .admit(&READ, &Credit::ip(100), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
}

#[tokio::test(start_paused = true)]
async fn keys_of_one_account_count_together_where_that_is_said() {
    let (limiter, _) = limiter(WhenFull::Refuse);
    let url = "https://toys.example";
    let desk = limiter.account("desk");
    let (one, two) = (
        desk.lane(&LIMITS, url, Some("k1"), None),
        desk.lane(&LIMITS, url, Some("k2"), None),
    );
    for lane in [&one, &two].into_iter().cycle().take(10) {
        lane.admit(&ORDER, &order(), true, LONG)
            .await
            .unwrap()
            .succeeded(&[]);
    }
    assert!(one.admit(&ORDER, &order(), true, LONG).await.is_err());
    let alone = limiter.lane(&LIMITS, url, Some("k3"), None);
    alone
        .admit(&ORDER, &order(), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    let other = alone.with_key("k4");
    other
        .admit(&ORDER, &order(), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
    let shown = format!("{:?}", limiter.snapshot());
    assert!(shown.contains("desk") && !shown.contains("\"k3\""), "{shown}");
}

/// Every way in which the exchange says it stops everything: further requests, the WebSocket API, and attempts to connect.
#[tokio::test(start_paused = true)]
async fn a_ban_stops_everything_on_the_address() {
    let text = format!(
        "Way too much request weight used; IP banned until {}.",
        START + 300_000
    );
    let errors = [
        Error::Banned {
            retry_after: Some(Duration::from_secs(299)),
            retry_at: None,
            error: api_error(418, -1003, ""),
        },
        Error::Banned {
            retry_after: None,
            retry_at: Some(Timestamp::from_millis(START + 300_000)),
            error: api_error(418, -1003, ""),
        },
        // With a status that says nothing of it.
        Error::Api(*api_error(400, -1003, &text)),
        Error::Server {
            status: 503,
            error: Some(api_error(503, -1003, &text)),
            body: binance_wire_core::RawBody::default(),
            call: None,
        },
    ];
    for error in errors {
        let (limiter, lane) = limiter(WhenFull::Wait(LONG));
        let websocket = limiter.lane(&LIMITS, "wss://toys.example/ws", None, None);
        let permit = lane.admit(&READ, &Credit::ip(1), true, LONG).await.unwrap();
        permit.failed(&error, &[]);
        let start = Instant::now();
        for result in [
            lane.admit(&CANCEL, &Credit::ip(1), true, Duration::from_secs(100))
                .await,
            websocket
                .admit(&READ, &Credit::ip(1), false, Duration::from_secs(100))
                .await,
            websocket.connect(true, Duration::from_secs(100)).await,
        ] {
            match result.unwrap_err() {
                Error::Throttled(throttled) => assert_eq!(throttled.reason, ThrottleReason::Banned),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        websocket.connect(true, LONG).await.unwrap().succeeded(&[]);
        assert!(start.elapsed() > Duration::from_secs(298), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_pauses_until_the_time_it_says_or_the_window_ends() {
    let limited = |retry_after, code| Error::RateLimited {
        retry_after,
        retry_at: None,
        error: api_error(429, code, ""),
    };
    for (retry_after, least) in [(Some(7), 7_000), (None, 59_400)] {
        let (_, lane) = limiter(WhenFull::Wait(LONG));
        let permit = lane.admit(&READ, &Credit::ip(1), true, LONG).await.unwrap();
        permit.failed(&limited(retry_after.map(Duration::from_secs), -1003), &[]);
        let start = Instant::now();
        lane.admit(&READ, &Credit::ip(1), true, LONG)
            .await
            .unwrap()
            .succeeded(&[]);
        let waited = start.elapsed();
        assert!(
            waited >= Duration::from_millis(least) && waited < Duration::from_millis(least + 300),
            "{waited:?}"
        );
    }
    // Unfilled orders: cancellations go on.
    let (_, lane) = limiter(WhenFull::Refuse);
    let permit = lane.admit(&ORDER, &order(), true, LONG).await.unwrap();
    permit.failed(&limited(None, -1015), &[]);
    assert!(lane.admit(&ORDER, &order(), true, LONG).await.is_err());
    lane.admit(&CANCEL, &Credit::ip(1), true, LONG)
        .await
        .unwrap()
        .succeeded(&[]);
}

/// A wait counts from its answer, whatever the clock turns out to be.
#[tokio::test(start_paused = true)]
async fn a_better_clock_does_not_shorten_a_pause() {
    let wait = Duration::from_secs(3);
    // By more than the clock of a system is taken to be wrong, too.
    for wrong_by in [-60_000, -900, 0, 900, 60_000] {
        let start = Instant::now();
        let clock = ServerClock::starting_at(Timestamp::from_millis(START + 500 + wrong_by));
        let limiter = Limiter::builder().server_clock(&clock).build();
        let lane = limiter.lane(&LIMITS, "https://toys.example/api", None, None);
        let permit = lane.admit(&READ, &Credit::ip(1), true, LONG).await.unwrap();
        let error = Error::RateLimited {
            retry_after: Some(wait),
            retry_at: None,
            error: api_error(429, -1003, ""),
        };
        permit.failed(&error, &[]);
        clock.record(start.into_std(), Timestamp::from_millis(START + 500));
        lane.admit(&READ, &Credit::ip(1), true, LONG)
            .await
            .unwrap()
            .succeeded(&[]);
        let waited = start.elapsed();
        assert!(
            (wait..wait + Duration::from_secs(1)).contains(&waited),
            "{wrong_by}: {waited:?}"
        );
    }
}

/// A request that was let go, and whose connection is still being made.
#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_sent_yet_is_stopped_too() {
    let (_, lane) = limiter(WhenFull::Wait(LONG));
    let waiting = lane.admit(&READ, &Credit::ip(1), true, LONG).await.unwrap();
    let order = lane.admit(&ORDER, &order(), true, LONG).await.unwrap();
    let refused = lane.admit(&ORDER, &self::order(), true, LONG).await.unwrap();
    assert!(waiting.check().is_ok() && order.check().is_ok());
    let too_many = |code| Error::RateLimited {
        retry_after: Some(Duration::from_secs(5)),
        retry_at: None,
        error: api_error(429, code, ""),
    };
    // Orders alone.
    refused.failed(&too_many(-1015), &[]);
    assert!(waiting.check().is_ok() && order.check().is_err());
    lane.admit(&CANCEL, &Credit::ip(1), true, LONG)
        .await
        .unwrap()
        .failed(&too_many(-1003), &[]);
    assert!(waiting.check().is_err());
    tokio::time::advance(Duration::from_secs(6)).await;
    assert!(waiting.check().is_ok() && order.check().is_ok());
    assert!(Permit::unlimited().check().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_failure_costs_what_failures_cost() {
    let (limiter, lane) = limiter(WhenFull::Refuse);
    let credit = Credit::ip(4).on_success(0);
    let lost = || {
        Error::Transport(binance_wire_core::TransportError::new(
            "calling",
            "the connection was lost",
        ))
    };
    let admit = || lane.admit(&ORDER, &credit, true, LONG);
    admit().await.unwrap().succeeded(&[]);
    assert_eq!(used(&limiter), 0);
    admit()
        .await
        .unwrap()
        .failed(&Error::Api(*api_error(400, -1013, "")), &[]);
    assert_eq!(used(&limiter), 4);
    admit().await.unwrap().failed(&lost(), &[]);
    assert_eq!(used(&limiter), 4);
    let permit = admit().await.unwrap();
    permit.sent().store(true, Ordering::Relaxed);
    permit.failed(&lost(), &[]);
    assert_eq!(used(&limiter), 8);
}

#[tokio::test(start_paused = true)]
async fn the_state_can_be_watched() {
    let (limiter, lane) = limiter(WhenFull::Refuse);
    let mut watch = limiter.watch();
    let seen = tokio::spawn(async move {
        loop {
            let snapshot = watch.changed().await;
            if let Some(ban) = snapshot.bans.first() {
                return ban.clone();
            }
        }
    });
    tokio::task::yield_now().await;
    let permit = lane.admit(&READ, &Credit::ip(5), true, LONG).await.unwrap();
    tokio::task::yield_now().await;
    permit.settle(Outcome::Succeeded, &[weight(30)]);
    assert_eq!(used(&limiter), 30);
    let until = Timestamp::from_millis(START + 60_000);
    limiter.ban(&LIMITS, "toys.example", until);
    let ban = seen.await.unwrap();
    assert_eq!((ban.address.as_str(), ban.until), ("toys@toys.example", until));
    assert!(lane.admit(&READ, &Credit::ip(5), true, LONG).await.is_err());
}

/// Many at once, over many windows: all of them get their turn, none too early.
#[tokio::test(start_paused = true)]
async fn nobody_is_starved() {
    let (_, lane) = limiter(WhenFull::Wait(Duration::from_secs(86_400)));
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200_u32 {
        let lane = lane.clone();
        tasks.spawn(async move {
            let credit = Credit::ip(if number % 10 == 0 { 90 } else { 5 });
            let permit = lane
                .admit(&READ, &credit, true, Duration::from_secs(86_400))
                .await
                .unwrap();
            let admitted = Instant::now();
            tokio::time::sleep(Duration::from_millis(u64::from(number % 7) * 30)).await;
            permit.succeeded(&[]);
            (admitted, credit.weight)
        });
    }
    let mut windows = std::collections::BTreeMap::<u64, u32>::new();
    while let Some(result) = tasks.join_next().await {
        let (admitted, weight) = result.unwrap();
        let minute = (admitted - start + Duration::from_millis(500)).as_secs() / 60;
        *windows.entry(minute).or_default() += weight;
    }
    assert!(windows.values().all(|weight| *weight <= 100), "{windows:?}");
    // 20 large ones and 180 small ones of 5: 27 minutes where they are packed well, each large one with two small ones.
    assert!(*windows.keys().last().unwrap() <= 30, "{windows:?}");
}
