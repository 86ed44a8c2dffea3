//! What is counted of a limiter.

use std::time::Duration;

use binance_wire_core::{ApiError, Credit, Error, ErrorCode};
use binance_wire_limits::{Limiter, Policy, ServerClock, WhenFull};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tokio::time::Instant;

use super::*;

#[tokio::test(start_paused = true)]
async fn counters_waits_refusals_and_stops() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The test's runtime has one thread.
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let clock = ServerClock::new();
    clock.record(Instant::now().into_std(), Timestamp::from_millis(START + 500));
    let limiter = Limiter::builder()
        .when_full(WhenFull::Wait(Duration::from_secs(600)))
        .policy(Policy::default().for_trading(0.0).for_cancels(0.0))
        .server_clock(&clock)
        .build();
    let limiter = limiter.account("desk");
    let lane = limiter.lane(&LIMITS, "https://toys.example/api", Some("secret-key"), None);
    let weight = Credit::ip(60);
    let forever = Duration::MAX;
    let first = lane.admit(&READ, &weight, true, forever).await.unwrap();
    first.succeeded(&[]);
    // The second waits for the next minute; the third is refused, and so is what no minute has room for.
    let second = lane.admit(&READ, &weight, true, forever).await.unwrap();
    lane.admit(&READ, &weight, true, Duration::ZERO)
        .await
        .unwrap_err();
    lane.admit(&READ, &Credit::ip(101), true, forever)
        .await
        .unwrap_err();
    let banned = Error::Banned {
        retry_after: Some(Duration::from_secs(3600)),
        retry_at: None,
        error: Box::new(ApiError {
            status: 418,
            code: ErrorCode(-1003),
            code_text: None,
            message: "way too much".to_owned(),
            data: None,
            code_name: None,
            call: None,
        }),
    };
    second.failed(&banned, &[]);
    lane.admit(&ORDER, &Credit::ip(1), true, forever)
        .await
        .unwrap_err();

    let all = snapshotter.snapshot().into_vec();
    let value = |name: &str, labels: &[(&str, &str)]| -> Option<f64> {
        let of = all.iter().filter(|(key, ..)| key.key().name() == name);
        let mut with = of.filter(|(key, ..)| {
            labels.iter().all(|(name, value)| {
                let mut has = key.key().labels();
                has.any(|label| (label.key(), label.value()) == (*name, *value))
            })
        });
        let (.., value) = with.next()?;
        assert!(with.next().is_none(), "{name} {labels:?} is not one metric");
        Some(match value {
            DebugValue::Counter(count) => *count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(values) => values.iter().map(|value| value.into_inner()).sum(),
        })
    };
    let address = ("address", "toys@toys.example");
    let minute = ("limit", "request weight");
    assert_eq!(value("binance_limits_used", &[address, minute]), Some(60.0));
    assert_eq!(value("binance_limits_limit", &[address, minute]), Some(100.0));
    let waited = value("binance_limits_wait_seconds", &[address]).expect("one waited");
    assert!((59.0..61.0).contains(&waited), "{waited}");
    for (reason, count) in [("exhausted", 1.0), ("too_large", 1.0), ("banned", 1.0)] {
        let labels = [address, ("reason", reason)];
        assert_eq!(
            value("binance_limits_refusals_total", &labels),
            Some(count),
            "{reason}"
        );
    }
    assert_eq!(
        value("binance_limits_stops_total", &[address, ("what", "banned")]),
        Some(1.0)
    );
    let shows_key = all
        .iter()
        .any(|(key, ..)| key.key().labels().any(|label| label.value().contains("secret")));
    assert!(!shows_key);
}

/// On a clock that does not rest, finding room takes time too.
#[tokio::test]
async fn a_request_with_room_has_not_waited() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The test's runtime has one thread.
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let limiter = Limiter::builder()
        .when_full(WhenFull::Wait(Duration::from_secs(600)))
        .build();
    let lane = limiter.lane(&LIMITS, "https://toys.example/api", Some("secret-key"), None);
    for _ in 0..20 {
        let permit = lane.admit(&READ, &Credit::ip(1), true, Duration::MAX).await;
        permit.unwrap().succeeded(&[]);
    }
    let all = snapshotter.snapshot().into_vec();
    let names: Vec<&str> = all.iter().map(|(key, ..)| key.key().name()).collect();
    assert!(names.contains(&"binance_limits_used"), "{names:?}");
    assert!(!names.contains(&"binance_limits_wait_seconds"), "{names:?}");
    let counters = limiter.snapshot().counters;
    let shown: Vec<String> = counters.iter().map(ToString::to_string).collect();
    assert!(
        shown
            .iter()
            .any(|line| line.starts_with("toys@toys.example request weight: 20 of 100 per 1 min")),
        "{shown:?}"
    );
}
