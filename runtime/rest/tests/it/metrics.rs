//! What is counted.

use binance_wire_core::RetryBudget;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::common::{Account, Action, NewOrder, Server, http, ok};

#[tokio::test]
async fn calls_attempts_and_connections_are_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The test's runtime has one thread.
    let _guard = metrics::set_default_local_recorder(&recorder);
    let server = Server::start(|number, _| {
        Action::Reply(match number {
            0 | 2 => ok("{\"id\":7}"),
            1 => http("503 Service Unavailable", &[], "busy"),
            3 => http("400 Bad Request", &[], "{\"code\":-2010,\"msg\":\"no\"}"),
            _ => return Action::Hang,
        })
    })
    .await;
    let client = server
        .builder()
        .retry_reads(2, std::time::Duration::from_secs(30))
        .build()
        .expect("a client");
    client.send(&NewOrder::new()).await.expect("an answer");
    client.send(&Account).await.expect("an answer, the second time");
    client.send(&NewOrder::new()).await.expect_err("refused");
    // One whose caller stops waiting.
    {
        let mut call = Box::pin(client.send(&NewOrder::new()));
        while server.requests().len() < 5 {
            tokio::select! {
                biased;
                answer = &mut call => panic!("{answer:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
    }

    let all = snapshotter.snapshot().into_vec();
    let count = |name: &str, labels: &[(&str, &str)]| -> Option<f64> {
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
            DebugValue::Histogram(values) => values.len() as f64,
        })
    };
    let order = ("operation", "newOrder");
    let read = ("operation", "getAccount");
    for (name, labels, expected) in [
        (
            "binance_rest_requests_total",
            &[("product", "test"), order, ("outcome", "ok"), ("status", "200")][..],
            1.0,
        ),
        (
            "binance_rest_requests_total",
            &[order, ("outcome", "api"), ("status", "400")],
            1.0,
        ),
        (
            "binance_rest_requests_total",
            &[order, ("outcome", "dropped"), ("status", "none")],
            1.0,
        ),
        (
            "binance_rest_requests_total",
            &[read, ("outcome", "ok"), ("status", "200")],
            1.0,
        ),
        (
            "binance_rest_request_duration_seconds",
            &[read, ("outcome", "ok")],
            1.0,
        ),
        ("binance_rest_requests_in_flight", &[("product", "test")], 0.0),
        ("binance_rest_attempts_total", &[read], 2.0),
        ("binance_rest_retries_total", &[read], 1.0),
        ("binance_rest_connects_total", &[("outcome", "ok")], 1.0),
        ("binance_rest_connections_open", &[], 0.0),
        ("binance_rest_received_bytes_total", &[], 8.0 + 4.0 + 8.0 + 25.0),
    ] {
        assert_eq!(count(name, labels), Some(expected), "{name} {labels:?}");
    }
    assert_eq!(count("binance_rest_retries_total", &[order]), None);
    assert!(count("binance_rest_sent_bytes_total", &[]).is_some_and(|bytes| bytes > 200.0));
}

#[tokio::test]
async fn reads_that_are_not_repeated_for_want_of_a_budget_are_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let server = Server::answering(http("503 Service Unavailable", &[], "busy")).await;
    let client = server
        .builder()
        .retry_reads(5, std::time::Duration::from_secs(30))
        .retry_budget(&RetryBudget::new(1, 1))
        .build()
        .expect("a client");
    for _ in 0..2 {
        client.send(&Account).await.expect_err("a failure");
    }
    let counts: Vec<(String, u64)> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter(|(key, ..)| key.key().name().contains("retries"))
        .filter_map(|(key, .., value)| match value {
            DebugValue::Counter(count) => Some((key.key().name().to_owned(), count)),
            _ => None,
        })
        .collect();
    let count = |name: &str| {
        counts
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, count)| *count)
    };
    assert_eq!(count("binance_rest_retries_total"), Some(1));
    assert_eq!(count("binance_rest_retries_refused_total"), Some(2));
}
