//! Every fault of the sandbox, as its command line and its control endpoint name it, and what a user of the clients sees.

use std::time::Duration;

use binance_wire_core::{Error, Fate};
use binance_wire_e2e::{
    hmac, logged_on, next, next_event, placed_status, rest_builder, rest_client, resting_order, seen,
    status_of, stream_builder, within,
};
use binance_wire_sandbox::{Exchange, FaultName, Injection};
use binance_wire_spot::models::DepthUpdateEvent;
use binance_wire_spot::requests::NewOrder;
use binance_wire_spot::streams::{EventStream, MarketEvent, StreamItem, StreamMessage};
use binance_wire_spot::ws_api::SessionState;
use binance_wire_spot::{Environment, OrderStatus, error_codes, rest, sbe, streams};

fn inject(exchange: &Exchange, fault: &str) {
    exchange.inject(fault.parse::<Injection>().expect("a fault"));
}

/// A client that waits for no answer for long.
fn impatient(exchange: &Exchange) -> rest::Client {
    rest_builder(exchange)
        .credentials(hmac())
        .timeout(Duration::from_millis(200))
        .retry_reads(0, Duration::ZERO)
        .build()
        .expect("a client")
}

async fn placed(client: &rest::Client) -> Result<(), Error> {
    within("an order", client.send(&resting_order("mine")))
        .await
        .map(drop)
}

/// What is known of an order after its answer was lost.
async fn fate_of(
    client: &rest::Client,
    outcome: Result<(), Error>,
) -> Fate<binance_wire_spot::models::Order> {
    let error = outcome.expect_err("no answer came");
    assert!(matches!(error, Error::ExecutionUnknown { .. }), "{error:?}");
    let unresolved = error.unresolved().expect("an order with an id");
    client
        .reconcile::<NewOrder>(unresolved)
        .await
        .expect("the exchange was asked")
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_is_found() {
    for fault in ["lost-reply", "unavailable-placed", "cut-body=10@at new-order"] {
        let exchange = Exchange::start();
        let client = rest_client(&exchange, hmac());
        inject(&exchange, fault);
        let fate = fate_of(&client, placed(&client).await).await;
        assert!(matches!(fate, Fate::CarriedOut(_)), "{fault}: {fate:?}");
        assert_eq!(exchange.orders().len(), 1, "{fault}");
    }
}

#[tokio::test]
async fn an_order_that_never_arrived_is_not_in() {
    for fault in ["cut", "unavailable", "silence", "latency=60s", "status=502"] {
        let exchange = Exchange::start();
        let client = impatient(&exchange);
        inject(&exchange, fault);
        let error = placed(&client).await.expect_err("no answer came");
        assert!(
            matches!(error, Error::ExecutionUnknown { .. }),
            "{fault}: {error:?}"
        );
        assert_eq!(status_of(&exchange, "mine"), None, "{fault}");
        // The next is served as if nothing had been.
        placed(&client).await.expect("placed");
    }
}

#[tokio::test]
async fn refusals_and_limits_are_errors_of_their_own() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    inject(&exchange, "reject-order=-2010");
    let refused = placed(&client).await.expect_err("refused");
    assert_eq!(refused.code(), Some(error_codes::NEW_ORDER_REJECTED));
    inject(&exchange, "rate-limited=7");
    let limited = placed(&client).await.expect_err("limited");
    assert!(matches!(limited, Error::RateLimited { .. }), "{limited:?}");
    let once = Exchange::start();
    let client = rest_client(&once, hmac());
    inject(&once, "banned=7");
    let banned = placed(&client).await.expect_err("banned");
    assert!(matches!(banned, Error::Banned { .. }), "{banned:?}");
    let client = rest_client(&exchange, hmac());
    inject(&exchange, "html-403");
    let forbidden = placed(&client).await.expect_err("forbidden");
    assert!(matches!(forbidden, Error::Forbidden { .. }), "{forbidden:?}");
}

#[tokio::test]
async fn a_banned_address_stays_banned() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    client.time().send().await.expect("the time");
    inject(&exchange, "ban-addresses=60");
    for _ in 0..2 {
        let banned = rest_client(&exchange, hmac())
            .time()
            .send()
            .await
            .expect_err("banned");
        assert!(matches!(banned, Error::Banned { .. }), "{banned:?}");
    }
    exchange.lift_bans();
    client.time().send().await.expect("the time");
}

#[tokio::test]
async fn connections_that_are_refused_are_tried_again_for_reads() {
    let exchange = Exchange::start();
    let client = rest_builder(&exchange)
        .retry_reads(2, Duration::from_secs(10))
        .build()
        .expect("a client");
    inject(&exchange, "refuse");
    client.time().send().await.expect("a second attempt");
    assert!(exchange.counts().accepted >= 2);
}

#[tokio::test]
async fn a_hello_of_tls_without_an_answer_ends_with_the_time_limit() {
    let exchange = Exchange::start();
    let client = over_tls(&exchange);
    client.time().send().await.expect("over TLS");
    let strange = rest::Client::builder(Environment::Sandbox)
        .base_url(exchange.https_url())
        .build()
        .expect("a client");
    let untrusted = strange.time().send().await.expect_err("an unknown authority");
    assert!(
        untrusted.to_string().to_lowercase().contains("certificate"),
        "{untrusted}"
    );
    let fresh = over_tls(&exchange);
    inject(&exchange, "hung-tls");
    let hung = within("an error", fresh.time().send())
        .await
        .expect_err("no handshake");
    assert!(matches!(hung, Error::Transport(_)), "{hung:?}");
    fresh.time().send().await.expect("the next attempt");
}

fn over_tls(exchange: &Exchange) -> rest::Client {
    rest::Client::builder(Environment::Sandbox)
        .base_url(exchange.https_url())
        .root_certificate(exchange.ca_der())
        .connect_timeout(Duration::from_secs(2))
        .retry_reads(0, Duration::ZERO)
        .build()
        .expect("a client")
}

#[tokio::test]
async fn what_nobody_documents_is_kept_and_does_no_harm() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    inject(&exchange, "unknown-value@at new-order");
    let answer = client.send(&resting_order("one")).await.expect("an answer");
    let status = placed_status(&answer);
    assert_eq!(status, &OrderStatus::unlisted("SANDBOX_UNKNOWN"));
    inject(&exchange, "unknown-member@at new-order");
    let answer = client.send(&resting_order("two")).await.expect("an answer");
    assert_eq!(placed_status(&answer), &OrderStatus::New);
}

#[tokio::test]
async fn a_newer_schema_of_sbe_is_read() {
    let exchange = Exchange::start();
    let client = rest_builder(&exchange)
        .sbe(sbe::format())
        .build()
        .expect("a client");
    let before = client.depth("BTCUSDT").send().await.expect("a book");
    inject(&exchange, "newer-sbe");
    let answer = client
        .depth("BTCUSDT")
        .send_detailed()
        .await
        .expect("a book of a newer schema");
    assert_eq!(answer.value, before);
    let version = answer.body.get(6..8).map(|bytes| u16::from(bytes[0]));
    assert_eq!(version, Some(sbe::spot::SCHEMA.version + 1));
}

#[tokio::test]
async fn a_corrupted_answer_is_an_error_and_a_stray_one_is_nobodys() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    inject(&exchange, "corrupted");
    let broken = client.exchange_info().send().await.expect_err("half a body");
    assert!(matches!(broken, Error::Decode { .. }), "{broken:?}");
    inject(&exchange, "stray-answer");
    let first = client
        .depth("BTCUSDT")
        .limit(1)
        .send()
        .await
        .expect("its own answer");
    assert_eq!(first.bids.len(), 1);
    // The stray `{}` would read as the answer to a ping, and as no depth.
    let second = client
        .depth("BTCUSDT")
        .limit(2)
        .send()
        .await
        .expect("its own answer");
    assert_eq!(second.bids.len(), 2);

    let client = logged_on(&exchange).await;
    inject(&exchange, "stray-answer@at time");
    within("the time", client.time().send())
        .await
        .expect("its own answer");
}

#[tokio::test]
async fn a_wrong_clock_is_an_error_by_its_code() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    inject(&exchange, "clock-offset=3600000");
    let late = placed(&client).await.expect_err("an hour late");
    assert_eq!(late.code(), Some(error_codes::INVALID_TIMESTAMP), "{late:?}");
    assert!(exchange.orders().is_empty());
}

#[tokio::test]
async fn a_session_that_is_revoked_is_known_to_be() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    inject(&exchange, "revoke-sessions");
    let refused = within("a refusal", client.account().send())
        .await
        .expect_err("revoked");
    assert_eq!(refused.code(), Some(error_codes::REJECTED_MBX_KEY), "{refused:?}");
    assert!(matches!(client.transport().session(), SessionState::Revoked(_)));
}

/// A connection with the depth events of BTCUSDT.
async fn depth(exchange: &Exchange) -> EventStream<StreamMessage> {
    let builder = stream_builder(exchange).streams([streams::diff_book_depth("BTCUSDT", None)]);
    let (_, events) = within("connecting", builder.connect()).await.expect("connected");
    events
}

fn update(message: StreamMessage) -> DepthUpdateEvent {
    match message.event {
        MarketEvent::DepthUpdate(update) => update,
        other => panic!("a depth update, not {other:?}"),
    }
}

#[tokio::test]
async fn depth_events_are_lost_and_doubled() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let mut events = depth(&exchange).await;
    client.send(&resting_order("one")).await.expect("placed");
    let first = update(next_event(&mut events).await);
    inject(&exchange, "drop-depth");
    client.send(&resting_order("two")).await.expect("placed");
    // The order that is lost has to be gone before the next makes an event.
    seen(&exchange, "two orders", |exchange| exchange.orders().len() == 2).await;
    client.send(&resting_order("three")).await.expect("placed");
    let third = update(next_event(&mut events).await);
    assert!(
        third.first_update_id > first.last_update_id + 1,
        "{first:?} {third:?}"
    );
    inject(&exchange, "double-depth");
    client.send(&resting_order("four")).await.expect("placed");
    let [fourth, again] = [
        update(next_event(&mut events).await),
        update(next_event(&mut events).await),
    ];
    assert_eq!(fourth, again);
}

#[tokio::test]
async fn events_of_a_lagging_connection_come_after_those_of_a_new_one() {
    let exchange = Exchange::start();
    let client = rest_client(&exchange, hmac());
    let mut old = depth(&exchange).await;
    inject(&exchange, "lag=3600s");
    let mut new = depth(&exchange).await;
    client.send(&resting_order("one")).await.expect("placed");
    let _ = update(next_event(&mut new).await);
    client.send(&resting_order("two")).await.expect("placed");
    let _ = update(next_event(&mut new).await);
    assert!(futures_now(&mut old).is_none(), "the old one has nothing yet");
}

/// The next item, where there is one already.
fn futures_now(events: &mut EventStream<StreamMessage>) -> Option<StreamItem<StreamMessage>> {
    let mut next = std::pin::pin!(events.next());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match next.as_mut().poll(&mut context) {
        std::task::Poll::Ready(item) => item,
        std::task::Poll::Pending => None,
    }
}

#[tokio::test]
async fn streams_say_what_they_missed() {
    for fault in ["corrupted@at event depthUpdate", "cut@at event depthUpdate"] {
        let exchange = Exchange::start();
        let client = rest_client(&exchange, hmac());
        let mut events = depth(&exchange).await;
        inject(&exchange, fault);
        client.send(&resting_order("one")).await.expect("placed");
        let gap = next(&mut events).await;
        assert!(matches!(&gap, StreamItem::Gap { .. }), "{fault}: {gap:?}");
        let back = next(&mut events).await;
        assert!(
            matches!(&back, StreamItem::Reconnected { .. }),
            "{fault}: {back:?}"
        );
    }
    let exchange = Exchange::start();
    let mut events = depth(&exchange).await;
    inject(&exchange, "server-shutdown");
    let told = next(&mut events).await;
    assert!(matches!(told, StreamItem::ServerShutdown), "{told:?}");
}

/// Faults that a test above or in the sandbox's own tests shows.
#[test]
fn every_fault_has_a_test() {
    let own = include_str!("faults.rs");
    let of_sandbox = include_str!("../../../../tools/sandbox/tests/it/faults.rs");
    for fault in FaultName::all() {
        let named = |text: &str| {
            [
                format!("\"{}\"", fault.name),
                format!("\"{}@", fault.name),
                format!("\"{}=", fault.name),
            ]
            .iter()
            .any(|name| text.contains(name))
        };
        assert!(named(own) || named(of_sandbox), "{} is shown nowhere", fault.name);
    }
}
