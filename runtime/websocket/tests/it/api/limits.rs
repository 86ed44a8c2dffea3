//! The limiter and the exchange's clock on the way of a request over the WebSocket API.

use std::time::{Duration, Instant};

use binance_wire_core::{
    CallOptions, Error, IntervalUnit, ProductLimits, RateLimitKind, RateLimitRule, RawJson, ThrottleReason,
    Timestamp,
};
use binance_wire_websocket::limits::{Limiter, Policy, ServerClock, WhenFull};
use binance_wire_websocket::{ApiClient, ConnectBudget, SessionState, StreamClient};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::operations::{
    Account, Place, Time, builder, connected, done, ed25519_credentials, hmac_credentials, policy, send,
};
use crate::common::{Peer, Server, within};

/// Windows of a day, and a clock in the middle of one: no window ends while a test runs.
const LIMITS: ProductLimits = ProductLimits {
    system: "toys",
    connect_weight: 2,
    rules: &[
        RateLimitRule::new(RateLimitKind::RequestWeight, 5, 1, IntervalUnit::Day),
        RateLimitRule::new(RateLimitKind::Connections, 2, 1, IntervalUnit::Day),
    ],
    time_method: "time",
    ..ProductLimits::UNKNOWN
};
const NOON: i64 = 1_700_049_600_000;
const DAY: Duration = Duration::from_secs(86_400);

fn limiter() -> Limiter {
    let clock = ServerClock::new();
    clock.record(Instant::now(), Timestamp::from_millis(NOON));
    Limiter::builder()
        .when_full(WhenFull::Refuse)
        .policy(Policy::default().for_trading(0.0).for_cancels(0.0))
        .server_clock(&clock)
        .build()
}

fn used(limiter: &Limiter, kind: RateLimitKind) -> u64 {
    let snapshot = limiter.snapshot();
    snapshot
        .counter("toys@127.0.0.1", kind, DAY)
        .map_or(0, |counter| counter.used)
}

async fn limits(peer: &mut Peer, request: &Value, status: u16, body: Value, count: u32, limit: u32) {
    let mut answer = json!({"id": request["id"], "status": status, "rateLimits": [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "DAY", "intervalNum": 1, "limit": limit, "count": count}]});
    let member = if status == 200 { "result" } else { "error" };
    answer[member] = body;
    peer.send_value(&answer).await;
}

fn throttled(error: Error) -> ThrottleReason {
    match error {
        Error::Throttled(throttled) => throttled.reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn requests_and_connections_count_and_frames_correct_the_count() {
    let mut server = Server::start().await;
    let limiter = limiter();
    let builder = builder(&server).product_limits(LIMITS).limiter(&limiter);
    let (client, mut peer) = connected(&mut server, builder).await;
    assert_eq!(used(&limiter, RateLimitKind::Connections), 1);
    assert_eq!(used(&limiter, RateLimitKind::RequestWeight), 2);
    let call = send(&client, Time(1));
    let request = peer.request().await;
    assert_eq!(used(&limiter, RateLimitKind::RequestWeight), 3);
    // It weighs nothing when it succeeds; somebody else has used two.
    limits(&mut peer, &request, 200, json!({}), 4, 6).await;
    done(call).await.unwrap();
    assert_eq!(used(&limiter, RateLimitKind::RequestWeight), 4);
    // Six by the exchange's word, and the third does not go out.
    for count in [5, 6] {
        let call = send(&client, Time(1));
        let request = peer.request().await;
        limits(
            &mut peer,
            &request,
            400,
            json!({"code": -1100, "msg": "no"}),
            count,
            6,
        )
        .await;
        done(call).await.unwrap_err();
    }
    let error = done(send(&client, Time(1))).await.unwrap_err();
    assert!(
        matches!(throttled(error), ThrottleReason::Exhausted(limit) if limit == "6 request weight per 1 d")
    );
}

/// By nobody's request, of several that are in flight; and by one whose caller has stopped waiting.
#[tokio::test]
async fn a_refusal_that_nobody_waits_for_stops_requests() {
    for (status, nobodys) in [(429, true), (418, true), (429, false), (418, false)] {
        let mut server = Server::start().await;
        let limiter = limiter();
        let builder = builder(&server).product_limits(LIMITS).limiter(&limiter);
        let (client, mut peer) = connected(&mut server, builder).await;
        let calls = [send(&client, Time(1)), send(&client, Time(1))];
        let request = peer.request().await;
        peer.request().await;
        let id = match nobodys {
            true => json!(null),
            false => {
                for call in calls {
                    call.abort();
                    assert!(call.await.is_err());
                }
                request["id"].clone()
            }
        };
        let data = json!({"serverTime": NOON, "retryAfter": NOON + 300_000});
        peer.send_value(&json!({"id": id, "status": status,
            "error": {"code": -1003, "msg": "Too much.", "data": data}}))
            .await;
        // What was read before a pong has been dealt with.
        peer.send(Message::Ping("read".into())).await;
        assert!(peer.message().await.is_some());
        let error = done(send(&client, Time(1))).await.unwrap_err();
        assert_eq!(throttled(error), ThrottleReason::Banned, "{status} {nobodys}");
    }
}

#[tokio::test]
async fn too_many_orders_of_nobody_knows_whom_stop_nothing() {
    let mut server = Server::start().await;
    let limiter = limiter();
    let builder = builder(&server).product_limits(LIMITS).limiter(&limiter);
    let (client, mut peer) = connected(&mut server, builder).await;
    let data = json!({"serverTime": NOON, "retryAfter": NOON + 300_000});
    peer.send_value(&json!({"id": 77, "status": 429,
        "error": {"code": -1015, "msg": "Too many new orders.", "data": data}}))
        .await;
    peer.send(Message::Ping("read".into())).await;
    assert!(peer.message().await.is_some());
    let call = send(&client, Time(1));
    let request = peer.request().await;
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
}

#[tokio::test]
async fn a_ban_stops_requests_and_connections() {
    let mut server = Server::start().await;
    let limiter = limiter();
    let builder = builder(&server).product_limits(LIMITS).limiter(&limiter);
    let (client, mut peer) = connected(&mut server, builder.clone()).await;
    let call = send(&client, Time(1));
    let request = peer.request().await;
    let data = json!({"serverTime": NOON, "retryAfter": NOON + 300_000});
    peer.send_value(&json!({"id": request["id"], "status": 418,
        "error": {"code": -1003, "msg": "Way too much.", "data": data}}))
        .await;
    assert!(matches!(done(call).await, Err(Error::Banned { .. })));
    assert_eq!(
        throttled(done(send(&client, Time(1))).await.unwrap_err()),
        ThrottleReason::Banned
    );
    let error = within("a refusal", builder.connect()).await.expect_err("stopped");
    assert_eq!(throttled(error), ThrottleReason::Banned);
    let streams = StreamClient::builder(
        [server.url.as_str()],
        binance_wire_core::json::from_str::<binance_wire_core::RawJson>,
    )
    .product_limits(LIMITS)
    .limiter(&limiter)
    .reconnect(policy());
    let error = within("a refusal", streams.connect()).await.expect_err("stopped");
    assert_eq!(throttled(error), ThrottleReason::Banned);
    assert!(!server.has_peer());
}

#[tokio::test]
async fn a_handshake_that_is_answered_with_a_ban_stops_the_address() {
    let server = Server::refusing(vec![(418, Some(300), "")]).await;
    let limiter = limiter();
    let builder = builder(&server).product_limits(LIMITS).limiter(&limiter);
    assert!(matches!(
        within("a refusal", builder.clone().connect()).await,
        Err(Error::Banned { .. })
    ));
    let error = within("a refusal", builder.connect()).await.expect_err("stopped");
    assert_eq!(throttled(error), ThrottleReason::Banned);
}

#[tokio::test]
async fn attempts_of_streams_and_requests_share_a_budget() {
    let mut server = Server::start().await;
    let limiter = limiter();
    let builder = builder(&server).product_limits(LIMITS).limiter(&limiter);
    let (_client, _peer) = connected(&mut server, builder.clone()).await;
    let streams = StreamClient::builder(
        [server.url.as_str()],
        binance_wire_core::json::from_str::<binance_wire_core::RawJson>,
    )
    .product_limits(LIMITS)
    .limiter(&limiter)
    .reconnect(policy());
    let connecting = tokio::spawn(streams.connect());
    let peer = server.peer().await;
    let (_streams, _events) = within("connecting", connecting).await.unwrap().unwrap();
    assert!(matches!(
        within("a refusal", builder.connect()).await,
        Err(Error::Throttled(_))
    ));
    // One that was lost is not made again either, before there is room.
    peer.close().await;
    let more = tokio::time::timeout(Duration::from_millis(300), server.peer()).await;
    assert!(more.is_err());
}

/// Answers requests for the time until another request comes.
async fn past_time(peer: &mut Peer, now: i64) -> (usize, Value) {
    let mut asked = 0;
    loop {
        let request = peer.request().await;
        if request["method"] != "time" {
            return (asked, request);
        }
        asked += 1;
        peer.answer(&request, json!({"serverTime": now})).await;
    }
}

#[tokio::test]
async fn requests_are_signed_in_the_exchanges_time() {
    let mut server = Server::start().await;
    let clock = ServerClock::new();
    let builder = builder(&server)
        .credentials(hmac_credentials())
        .product_limits(LIMITS)
        .server_clock(&clock);
    let (client, mut peer) = connected(&mut server, builder).await;
    let now = 1_500_000_000_000_i64;
    let call = send(&client, Place(None));
    let (asked, request) = past_time(&mut peer, now).await;
    let time = request["params"]["timestamp"].as_i64().expect("a time");
    assert_eq!((asked, (now..now + 20_000).contains(&time)), (3, true), "{time}");
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();

    // The exchange's clock was put on: a read is repeated, and what changes something is not.
    let now = now + 600_000;
    let wrong = json!({"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."});
    let call = send(&client, Account);
    let request = peer.request().await;
    peer.send_value(&json!({"id": request["id"], "status": 400, "error": wrong}))
        .await;
    let (asked, request) = past_time(&mut peer, now).await;
    assert_eq!((asked, &request["method"]), (3, &json!("account.status")));
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
    let call = send(&client, Place(None));
    let request = peer.request().await;
    assert!(request["params"]["timestamp"].as_i64().expect("a time") >= now);
    peer.send_value(&json!({"id": request["id"], "status": 400, "error": wrong}))
        .await;
    let answers = async {
        for _ in 0..3 {
            let request = peer.request().await;
            assert_eq!(request["method"], "time");
            peer.answer(&request, json!({"serverTime": now})).await;
        }
    };
    let (result, ()) = tokio::join!(done(call), answers);
    assert_eq!(result.unwrap_err().code().map(|code| code.0), Some(-1021));
    assert_eq!(clock.synchronizations(), 3);
}

#[tokio::test]
async fn a_deadline_before_the_room_and_fail_fast_are_refused_at_once() {
    let mut server = Server::start().await;
    let clock = ServerClock::new();
    clock.record(Instant::now(), Timestamp::from_millis(NOON));
    let limiter = Limiter::builder()
        .when_full(WhenFull::Wait(2 * DAY))
        .policy(Policy::default().for_trading(0.0).for_cancels(0.0))
        .server_clock(&clock)
        .build();
    let builder = builder(&server).product_limits(LIMITS).limiter(&limiter);
    let (client, mut peer) = connected(&mut server, builder.credentials(hmac_credentials())).await;
    for _ in 0..3 {
        let call = send(&client, Time(1));
        let request = peer.request().await;
        peer.send_value(&json!({"id": request["id"], "status": 400, "error": {"code": -1, "msg": "no"}}))
            .await;
        done(call).await.unwrap_err();
    }
    for options in [
        CallOptions::new().deadline(Duration::from_secs(3600)),
        CallOptions::new().fail_fast(true),
        // A read waits no longer than the time limit of requests.
        CallOptions::new(),
    ] {
        let error = done(send(&client.with_options(options), Time(2)))
            .await
            .unwrap_err();
        let wait = error.wait(Timestamp::from_millis(NOON)).expect("a time");
        assert!((DAY / 4..DAY).contains(&wait), "{wait:?}");
        assert!(
            matches!(throttled(error), ThrottleReason::Exhausted(limit) if limit == "5 request weight per 1 d")
        );
    }
    let error = done(send(&client, Place(None))).await.unwrap_err();
    assert!(matches!(throttled(error), ThrottleReason::Exhausted(_)));
}

#[tokio::test]
async fn a_call_learns_which_limit_keeps_the_connection_from_being_made() {
    let mut server = Server::start().await;
    let limiter = limiter();
    let budget = ConnectBudget::new(1, DAY);
    let limits = ProductLimits {
        connect_weight: 0,
        ..LIMITS
    };
    for by_budget in [true, false] {
        let builder = builder(&server).request_timeout(Duration::from_secs(3600));
        let builder = match by_budget {
            true => builder.connect_budget(budget.clone()),
            false => builder.product_limits(limits).limiter(&limiter),
        };
        let (client, mut peer) = connected(&mut server, builder).await;
        if !by_budget {
            // The second and last one of the day.
            let other = self::builder(&server).product_limits(limits).limiter(&limiter);
            connected(&mut server, other).await;
        }
        let call = send(&client, Time(1));
        peer.request().await;
        drop(peer);
        // It fails when the client has noticed.
        assert!(matches!(done(call).await, Err(Error::Transport(_))));
        let error = done(send(&client, Time(1))).await.unwrap_err();
        assert!(
            matches!(throttled(error), ThrottleReason::Exhausted(limit) if limit.contains("connect")),
            "{by_budget}"
        );
        let fast = client.with_options(CallOptions::new().fail_fast(true));
        throttled(done(send(&fast, Time(1))).await.unwrap_err());
    }
}

#[tokio::test]
async fn a_first_logon_with_a_wrong_clock_asks_for_the_time_and_is_sent_again() {
    let mut server = Server::start().await;
    let clock = ServerClock::new();
    let builder = builder(&server)
        .credentials(ed25519_credentials())
        .product_limits(LIMITS)
        .server_clock(&clock)
        .logon(true);
    let connecting = tokio::spawn(builder.connect());
    let mut peer = server.peer().await;
    let now = 1_500_000_000_000_i64;
    let untimely = json!({"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."});
    let refuse = |request: &Value| json!({"id": request["id"], "status": 400, "error": untimely});
    let logon = peer.request().await;
    assert!(logon["params"]["timestamp"].as_i64().expect("a time") > now + 1_000_000);
    peer.send_value(&refuse(&logon)).await;
    let (asked, logon) = past_time(&mut peer, now).await;
    let time = logon["params"]["timestamp"].as_i64().expect("a time");
    assert_eq!((asked, &logon["method"]), (1, &json!("session.logon")));
    assert!((now..now + 20_000).contains(&time), "{time}");
    peer.answer(&logon, json!({})).await;
    let client = within("connecting", connecting).await.unwrap().unwrap();
    assert_eq!(client.session(), SessionState::LoggedOn);

    // The exchange's clock was put on before the next connection.
    let now = now + 600_000;
    peer.close().await;
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    peer.send_value(&refuse(&logon)).await;
    let (asked, logon) = past_time(&mut peer, now).await;
    assert_eq!(asked, 1);
    // Once is enough for one connection.
    peer.send_value(&refuse(&logon)).await;
    peer.closed().await;
    let mut peer = server.peer().await;
    let (_, logon) = past_time(&mut peer, now).await;
    assert!(logon["params"]["timestamp"].as_i64().expect("a time") >= now);
    peer.answer(&logon, json!({})).await;
    let call = send(&client, Place(None));
    let request = peer.request().await;
    assert!(request["params"].get("signature").is_none());
    peer.answer(&request, json!({})).await;
    done(call).await.expect("an answer");
}

fn refused(request: &Value, retry_after: i64) -> Value {
    json!({"id": request["id"], "status": 429, "error": {"code": -1003, "msg": "Too much request weight used.",
        "data": {"serverTime": NOON, "retryAfter": retry_after}}})
}

#[tokio::test]
async fn a_setup_sends_nothing_after_a_refusal_and_its_own_are_learned() {
    let untimely = |request: &Value| {
        json!({"id": request["id"], "status": 400, "error":
        {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}})
    };
    for own in [false, true] {
        let mut server = Server::start().await;
        let clock = ServerClock::new();
        clock.record(Instant::now(), Timestamp::from_millis(NOON));
        let limits = ProductLimits { rules: &[], ..LIMITS };
        let limiter = limiter();
        let other = builder(&server).product_limits(limits).limiter(&limiter);
        let (other, mut other_peer) = connected(&mut server, other).await;
        let builder = builder(&server)
            .credentials(ed25519_credentials())
            .product_limits(limits)
            .limiter(&limiter)
            .server_clock(&clock)
            .logon(true);
        let connecting = tokio::spawn(builder.connect());
        let mut peer = server.peer().await;
        let logon = peer.request().await;
        let until = NOON + 3_600_000;
        if own {
            peer.send_value(&untimely(&logon)).await;
            let time = peer.request().await;
            assert_eq!(time["method"], "time");
            peer.send_value(&refused(&time, until)).await;
        } else {
            // Another request learns that the address is to be quiet, while the answer to the logon is on its way.
            let call = send(&other, Time(1));
            let request = other_peer.request().await;
            other_peer.send_value(&refused(&request, until)).await;
            done(call).await.unwrap_err();
            peer.send_value(&untimely(&logon)).await;
        }
        let error = within("connecting", connecting).await.unwrap().unwrap_err();
        let wait = error.wait(Timestamp::from_millis(NOON)).expect("a time");
        assert!(wait > Duration::from_secs(3_500), "{own}: {error:?}");
        peer.closed().await;
        assert_eq!(
            throttled(done(send(&other, Time(2))).await.unwrap_err()),
            ThrottleReason::Banned
        );
    }
}

#[tokio::test]
async fn the_end_of_a_subscription_is_charged_and_waits_for_the_end_of_a_refusal() {
    let mut server = Server::start().await;
    let limiter = limiter();
    const NINE: ProductLimits = ProductLimits {
        rules: &[RateLimitRule::new(
            RateLimitKind::RequestWeight,
            9,
            1,
            IntervalUnit::Day,
        )],
        ..LIMITS
    };
    let builder = builder(&server)
        .credentials(hmac_credentials())
        .product_limits(NINE)
        .limiter(&limiter);
    let (client, mut peer) = connected(&mut server, builder).await;
    let subscribe = |client: &ApiClient| {
        let client = client.clone();
        tokio::spawn(async move { client.subscribe_user_data::<RawJson>().await })
    };
    let first = subscribe(&client);
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let first = within("subscribing", first).await.unwrap().unwrap();
    assert_eq!(used(&limiter, RateLimitKind::RequestWeight), 4);
    drop(first);
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.unsubscribe");
    peer.answer(&request, json!({})).await;

    let second = subscribe(&client);
    let request = peer.request().await;
    assert_eq!(used(&limiter, RateLimitKind::RequestWeight), 8);
    peer.answer(&request, json!({"subscriptionId": 1})).await;
    let second = within("subscribing", second).await.unwrap().unwrap();
    let call = send(&client, Time(1));
    let request = peer.request().await;
    peer.send_value(&refused(&request, NOON + 600)).await;
    done(call).await.unwrap_err();
    drop(second);
    // It is over for this side and has no room on that of the exchange: neither at once nor after the refusal.
    let more = tokio::time::timeout(Duration::from_millis(300), peer.request()).await;
    assert!(more.is_err());
    assert_eq!(used(&limiter, RateLimitKind::RequestWeight), 9);
}
