//! Weights and counters: what the exchange reports is data, and what a request value says that it costs is true.

use std::sync::{Arc, Mutex};

use binance_wire_core::{Credit, Operation, RestOperation, Timestamp, dec};
use binance_wire_e2e::{RESTING, ed25519, hmac, rest_builder, rest_client, resting_order};
use binance_wire_sandbox::Exchange;
use binance_wire_spot::requests::{
    Account, CancelOrder, Depth, ExchangeInfo, MyTrades, NewOrder, OpenOrders, OrderCancelReplace, Ping,
    QueryOrder, RateLimitOrder, TestOrder, Time,
};
use binance_wire_spot::rest::{Client, IntervalUnit, RateLimitKind, RateLimits};
use binance_wire_spot::{CancelReplaceMode, OrderType, Side, TimeInForce, error_codes};

fn count(limits: &RateLimits, kind: RateLimitKind, interval_num: u32, interval: IntervalUnit) -> Option<u64> {
    let found = limits
        .iter()
        .find(|usage| (usage.kind, usage.interval_num, usage.interval) == (kind, interval_num, interval));
    found.map(|usage| usage.count)
}

fn weight(limits: &RateLimits) -> u64 {
    count(limits, RateLimitKind::RequestWeight, 1, IntervalUnit::Minute).expect("the weight used")
}

#[tokio::test]
async fn counters_come_with_every_answer() {
    let exchange = Exchange::start();
    let observed = Arc::new(Mutex::new(Vec::new()));
    let sink = observed.clone();
    let client = rest_builder(&exchange)
        .credentials(ed25519())
        .observe(move |seen| {
            sink.lock()
                .expect("no panic")
                .push((seen.operation.id, seen.status, weight(&seen.limits)))
        })
        .build()
        .expect("a client");

    let placed = client
        .new_order("BTCUSDT", Side::Buy, OrderType::Market)
        .quantity(dec!(0.01));
    let placed = placed.send_detailed().await.expect("filled");
    assert_eq!(placed.status, 200);
    assert_eq!(
        count(&placed.limits, RateLimitKind::Orders, 10, IntervalUnit::Second),
        Some(1)
    );
    assert_eq!(
        count(&placed.limits, RateLimitKind::Orders, 1, IntervalUnit::Day),
        Some(1)
    );
    assert_eq!(weight(&placed.limits), 0, "what succeeds is free");
    assert_eq!(placed.header("x-mbx-order-count-10s"), Some("1"));
    assert!(placed.body.starts_with(b"{"), "the body is kept");
    assert_eq!(client.transport().last_limits(), placed.limits);

    let account = client.account().send_detailed().await.expect("the account");
    assert_eq!(weight(&account.limits), 20);
    assert_eq!(
        count(&account.limits, RateLimitKind::Orders, 1, IntervalUnit::Day),
        None
    );

    // A refusal is charged too, and the observer and the client have seen it.
    let refused = client
        .query_order("BTCUSDT")
        .order_id(404)
        .send()
        .await
        .expect_err("there is none");
    assert_eq!(refused.code(), Some(error_codes::NO_SUCH_ORDER));
    assert_eq!(weight(&client.transport().last_limits()), 24);
    assert_eq!(
        *observed.lock().expect("no panic"),
        [
            ("newOrder", 200, 0),
            ("account", 200, 20),
            ("queryOrder", 400, 24)
        ]
    );
}

/// Sends a request and compares what the exchange charged with what the value says.
async fn charge<O: RestOperation + Sync>(client: &Client, request: &O) {
    let Credit {
        weight: on_failure,
        weight_on_success,
        unfilled_orders,
        ..
    } = request.credit();
    let orders =
        |limits: &RateLimits| count(limits, RateLimitKind::Orders, 1, IntervalUnit::Day).unwrap_or(0);
    let before = client
        .send_detailed(&RateLimitOrder::new())
        .await
        .expect("the order counts");
    let outcome = client.send_detailed(request).await.map(|answer| answer.limits);
    let after = client
        .send_detailed(&RateLimitOrder::new())
        .await
        .expect("the order counts");

    let charged =
        weight(&after.limits) - weight(&before.limits) - u64::from(RateLimitOrder::new().credit().weight);
    let promised = if outcome.is_ok() {
        weight_on_success
    } else {
        on_failure
    };
    let name = <O as RestOperation>::INFO.id;
    assert_eq!(
        charged,
        u64::from(promised),
        "{name}, {:?}",
        outcome.as_ref().err()
    );
    if let Ok(limits) = outcome {
        assert_eq!(
            after.value[0].count - before.value[0].count,
            i64::from(unfilled_orders),
            "{name}"
        );
        assert_eq!(
            orders(&limits) > 0,
            unfilled_orders > 0,
            "{name}: only what adds orders reports them"
        );
    }
}

#[tokio::test]
async fn requests_cost_what_they_say() {
    let exchange = Exchange::start();
    // No counter may start anew between two requests.
    let now = exchange.now_ms();
    exchange.freeze_clock(now);
    let client = rest_builder(&exchange)
        .credentials(hmac())
        .clock(move || Timestamp::from_millis(now))
        .build()
        .expect("a client");

    charge(&client, &Ping::new()).await;
    charge(&client, &Time::new()).await;
    charge(&client, &ExchangeInfo::new()).await;
    charge(&client, &ExchangeInfo::new().symbols(["BTCUSDT", "ETHUSDT"])).await;
    charge(&client, &Depth::new("BTCUSDT")).await;
    for limit in [1, 100, 101, 500, 501, 1000, 1001, 5000] {
        charge(&client, &Depth::new("BTCUSDT").limit(limit)).await;
    }
    charge(&client, &Account::new()).await;
    charge(&client, &RateLimitOrder::new()).await;
    charge(&client, &OpenOrders::new()).await;
    charge(&client, &OpenOrders::new().symbol("BTCUSDT")).await;
    charge(&client, &MyTrades::new("BTCUSDT")).await;
    charge(&client, &MyTrades::new("BTCUSDT").order_id(1)).await;
    let test = TestOrder::new("BTCUSDT", Side::Sell, OrderType::Market).quantity(dec!(0.01));
    charge(&client, &test).await;
    charge(&client, &test.compute_commission_rates(true)).await;

    // Orders are free where they succeed, and cost where they fail.
    charge(&client, &resting_order("first")).await;
    charge(&client, &resting_order("bad").price(dec!(0.001))).await;
    charge(&client, &QueryOrder::new("BTCUSDT").orig_client_order_id("first")).await;
    charge(
        &client,
        &QueryOrder::new("BTCUSDT").orig_client_order_id("never-was"),
    )
    .await;
    let replace = OrderCancelReplace::new(
        "BTCUSDT",
        Side::Buy,
        OrderType::Limit,
        CancelReplaceMode::StopOnFailure,
    )
    .cancel_orig_client_order_id("first")
    .time_in_force(TimeInForce::Gtc)
    .quantity(dec!(0.02))
    .price(RESTING)
    .new_client_order_id("second");
    charge(&client, &replace).await;
    charge(
        &client,
        &CancelOrder::new("BTCUSDT").orig_client_order_id("second"),
    )
    .await;
    charge(
        &client,
        &CancelOrder::new("BTCUSDT").orig_client_order_id("second"),
    )
    .await;
    assert_eq!(exchange.orders().len(), 2);
}

/// The limit itself: the exchange refuses the order that is one too many, and nothing is sent again by itself.
#[tokio::test]
async fn one_order_too_many_is_rate_limited() {
    let exchange = Exchange::builder()
        .order_limits(2, 100)
        .start()
        .expect("it starts");
    let now = exchange.now_ms();
    exchange.freeze_clock(now);
    let client = rest_builder(&exchange)
        .credentials(hmac())
        .clock(move || Timestamp::from_millis(now))
        .build()
        .expect("a client");
    for id in ["one", "two"] {
        client.send(&resting_order(id)).await.expect("placed");
    }
    let refused = client
        .send(&resting_order("three"))
        .await
        .expect_err("one too many");
    assert_eq!(refused.code(), Some(error_codes::TOO_MANY_ORDERS));
    assert!(
        matches!(&refused, binance_wire_core::Error::RateLimited { retry_after: Some(wait), .. } if wait.as_secs() <= 10),
        "{refused:?}"
    );
    assert_eq!(exchange.requests().len(), 3);
}

/// A request is a value: it can be stored, compared, cloned, and taken out of a call that was begun on a client.
#[tokio::test]
async fn a_stored_request_is_sent_by_any_client() {
    let exchange = Exchange::start();
    let stored: Vec<NewOrder> = ["a", "b", "c"].map(resting_order).to_vec();
    let begun = rest_client(&exchange, hmac());
    let taken_out = begun
        .new_order("BTCUSDT", Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(dec!(0.01))
        .price(RESTING)
        .new_client_order_id("a")
        .into_request();
    assert_eq!(taken_out, stored[0]);
    for (request, (name, credentials)) in stored.iter().zip(binance_wire_e2e::every_key_type()) {
        let placed = rest_client(&exchange, credentials).send(request).await;
        let placed = placed.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            placed.client_order_id().as_str(),
            request.new_client_order_id.as_deref().expect("set")
        );
    }
    assert_eq!(exchange.orders().len(), 3);
}
