//! Requests that the client makes itself count as those of its caller do.

use std::time::{Duration, Instant};

use binance_wire_core::{
    Error, IntervalUnit, ProductLimits, RateLimitKind, RateLimitRule, RawJson, Timestamp,
};
use binance_wire_websocket::limits::{Limiter, Policy, ServerClock, WhenFull};
use serde_json::{Value, json};

use super::operations::{Time, builder, done, ed25519_credentials, send};
use crate::common::{Server, within};

/// A window of a day, and a clock in the middle of one: no window ends while a test runs.
const LIMITS: ProductLimits = ProductLimits {
    system: "toys",
    connect_weight: 2,
    rules: &[RateLimitRule::new(
        RateLimitKind::RequestWeight,
        9,
        1,
        IntervalUnit::Day,
    )],
    ..ProductLimits::UNKNOWN
};
const NOON: i64 = 1_700_049_600_000;

fn limiter() -> Limiter {
    let clock = ServerClock::new();
    clock.record(Instant::now(), Timestamp::from_millis(NOON));
    Limiter::builder()
        .when_full(WhenFull::Refuse)
        .policy(Policy::default().for_trading(0.0).for_cancels(0.0))
        .server_clock(&clock)
        .build()
}

fn used(limiter: &Limiter) -> u64 {
    let snapshot = limiter.snapshot();
    let counter = snapshot.counter(
        "toys@127.0.0.1",
        RateLimitKind::RequestWeight,
        Duration::from_secs(86_400),
    );
    counter.map_or(0, |counter| counter.used)
}

fn slow_down(request: &Value) -> Value {
    let data = json!({"serverTime": NOON, "retryAfter": NOON + 300_000});
    json!({"id": request["id"], "status": 429, "error": {"code": -1003, "msg": "Too much.", "data": data}})
}

#[tokio::test]
async fn logons_and_subscriptions_take_their_weight() {
    let mut server = Server::start().await;
    let limiter = limiter();
    let builder = builder(&server)
        .credentials(ed25519_credentials())
        .logon(true)
        .product_limits(LIMITS)
        .limiter(&limiter);
    let connecting = tokio::spawn(builder.connect());
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    assert_eq!(used(&limiter), 4);
    peer.answer(&logon, json!({})).await;
    let client = within("connecting", connecting).await.unwrap().unwrap();
    let mut events = Vec::new();
    for id in 0..2 {
        let client = client.clone();
        let task = tokio::spawn(async move { client.subscribe_user_data::<RawJson>().await });
        let request = peer.request().await;
        peer.answer(&request, json!({"subscriptionId": id})).await;
        events.push(done(task).await.unwrap());
    }
    assert_eq!(used(&limiter), 8);
    let refused = within("a refusal", client.subscribe_user_data::<RawJson>()).await;
    assert!(matches!(refused, Err(Error::Throttled(_))));
    // Nothing is left to make the connection again with.
    peer.close().await;
    let call = done(send(&client, Time(1))).await;
    assert!(call.is_err());
    assert!(!server.has_peer());
}

#[tokio::test]
async fn a_refused_logon_or_subscription_stops_the_address() {
    for at_logon in [true, false] {
        let mut server = Server::start().await;
        let limiter = limiter();
        let builder = builder(&server)
            .credentials(ed25519_credentials())
            .logon(true)
            .product_limits(LIMITS)
            .limiter(&limiter);
        let connecting = tokio::spawn(builder.clone().connect());
        let mut peer = server.peer().await;
        let logon = peer.request().await;
        if at_logon {
            peer.send_value(&slow_down(&logon)).await;
            let refused = within("connecting", connecting).await.unwrap();
            assert!(matches!(refused, Err(Error::RateLimited { .. })));
        } else {
            peer.answer(&logon, json!({})).await;
            let client = within("connecting", connecting).await.unwrap().unwrap();
            let task = tokio::spawn(async move { client.subscribe_user_data::<RawJson>().await });
            let request = peer.request().await;
            peer.send_value(&slow_down(&request)).await;
            assert!(matches!(done(task).await, Err(Error::RateLimited { .. })));
        }
        let refused = within("a refusal", builder.connect()).await;
        assert!(matches!(refused, Err(Error::Throttled(_))));
        assert!(!server.has_peer());
    }
}
