//! What is counted.

use std::time::Duration;

use binance_wire_core::{RawJson, json};
use binance_wire_websocket::{ApiClient, ReconnectPolicy, StreamClient, StreamItem};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::json;

use crate::api::operations::Time;
use crate::common::{Server, within};

fn trade(number: u32) -> String {
    format!(r#"{{"stream":"a@trade","data":{{"e":"trade","t":{number}}}}}"#)
}

#[tokio::test]
async fn calls_connections_gaps_and_events_are_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The test's runtime has one thread.
    let _guard = metrics::set_default_local_recorder(&recorder);
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    let mut server = Server::start().await;

    let builder = ApiClient::builder([server.url.as_str()]).reconnect(policy.clone());
    let connecting = tokio::spawn(builder.connect());
    let mut peer = server.peer().await;
    let client = within("connecting", connecting)
        .await
        .expect("no panic")
        .expect("a connection");
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.send(&Time(1)).await }
    });
    let request = peer.request().await;
    peer.answer(&request, json!(1)).await;
    within("the call", call)
        .await
        .expect("no panic")
        .expect("an answer");
    // One that nobody waits for.
    let dropped = tokio::spawn({
        let client = client.clone();
        async move { client.send(&Time(2)).await }
    });
    let _ = peer.request().await;
    dropped.abort();
    assert!(dropped.await.expect_err("aborted").is_cancelled());

    let builder = StreamClient::builder([server.url.as_str()], json::from_str::<RawJson>).reconnect(policy);
    let connecting = tokio::spawn(builder.connect());
    let mut peer = server.peer().await;
    let (streams, mut messages) = within("connecting", connecting)
        .await
        .expect("no panic")
        .expect("a connection");
    for text in [trade(1), trade(2), "no JSON".to_owned()] {
        peer.text(text).await;
    }
    for _ in 0..3 {
        within("a message", messages.next()).await.expect("more");
    }
    peer.close().await;
    let gap = within("the gap", messages.next()).await;
    assert!(matches!(gap, Some(StreamItem::Gap { .. })), "{gap:?}");
    let _peer = server.peer().await;
    let back = within("the end of the gap", messages.next()).await;
    assert!(matches!(back, Some(StreamItem::Reconnected { .. })), "{back:?}");
    client.close().await;
    streams.close().await;

    let all = snapshotter.snapshot().into_vec();
    let count = |name: &str, labels: &[(&str, &str)]| -> Option<f64> {
        let of = all.iter().filter(|(key, ..)| key.key().name() == name);
        let mut with = of.filter(|(key, ..)| {
            labels.iter().all(|(name, value)| {
                key.key()
                    .labels()
                    .any(|label| (label.key(), label.value()) == (*name, *value))
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
    for (name, labels, expected) in [
        (
            "binance_ws_api_requests_total",
            &[
                ("product", "test"),
                ("operation", "test"),
                ("outcome", "ok"),
                ("status", "200"),
            ][..],
            1.0,
        ),
        (
            "binance_ws_api_requests_total",
            &[("outcome", "dropped"), ("status", "none")],
            1.0,
        ),
        (
            "binance_ws_api_request_duration_seconds",
            &[("outcome", "ok")],
            1.0,
        ),
        ("binance_ws_api_requests_in_flight", &[("product", "test")], 0.0),
        ("binance_ws_connects_total", &[("outcome", "ok")], 3.0),
        ("binance_ws_events_total", &[], 2.0),
        ("binance_ws_undecodable_frames_total", &[], 1.0),
        ("binance_ws_gaps_total", &[("reason", "closed")], 1.0),
        ("binance_ws_reconnects_total", &[], 1.0),
    ] {
        assert_eq!(count(name, labels), Some(expected), "{name} {labels:?}");
    }
    let received = count("binance_ws_received_bytes_total", &[]).expect("bytes");
    assert!(received > 20.0, "{received}");
    let frames = count("binance_ws_received_frames_total", &[]).expect("frames");
    assert!((4.0..=5.0).contains(&frames), "{frames}");
}
