//! Orders by session and by signature, and requests that go over either transport.

use std::time::Duration;

use binance_wire_core::{Error, Operation, dec};
use binance_wire_e2e::{
    FOREIGN_SYMBOL, RESTING, canceled_order, ed25519, every_key_type, frames_of, hmac, logged_on,
    placed_status, rest_client, resting_order, rsa, seen, signing, status_of, within, ws_builder,
};
use binance_wire_sandbox::{Exchange, Fault, Injection, keys};
use binance_wire_spot::models::NewOrderResponse;
use binance_wire_spot::requests::{Account, Depth, QueryOrder};
use binance_wire_spot::ws_api::{Client, SessionState};
use binance_wire_spot::{OrderStatus, OrderType, Side, TimeInForce};

/// Places an order and cancels it, looking at the exchange's own books.
async fn place_and_cancel(exchange: &Exchange, client: &Client, id: &str) {
    let placed = client
        .new_order("BTCUSDT", Side::Buy, OrderType::Limit)
        .time_in_force(TimeInForce::Gtc)
        .quantity(dec!(0.01))
        .price(RESTING)
        .new_client_order_id(id)
        .send()
        .await
        .unwrap_or_else(|error| panic!("{id}: {error}"));
    assert_eq!(placed_status(&placed), &OrderStatus::New, "{id}");
    assert_eq!(status_of(exchange, id).as_deref(), Some("NEW"), "{id}");
    let canceled = client
        .cancel_order("BTCUSDT")
        .order_id(placed.order_id())
        .send()
        .await;
    let canceled = canceled_order(canceled.unwrap_or_else(|error| panic!("{id}: {error}")));
    assert_eq!(
        (canceled.order_id, canceled.status),
        (placed.order_id(), OrderStatus::Canceled)
    );
    assert_eq!(status_of(exchange, id).as_deref(), Some("CANCELED"), "{id}");
}

#[tokio::test]
async fn a_session_places_and_cancels_without_signatures() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    assert_eq!(client.transport().session(), SessionState::LoggedOn);
    place_and_cancel(&exchange, &client, "by-session").await;
    for method in ["order.place", "order.cancel"] {
        let params = &frames_of(&exchange, method)[0]["params"];
        assert_eq!(
            (params.get("apiKey"), params.get("signature")),
            (None, None),
            "{params}"
        );
    }
    let session = client.session_status().send().await.expect("the session");
    assert_eq!(
        session.api_key.as_option().map(|key| key.as_str()),
        Some(keys::ED25519_API_KEY)
    );

    // After a logout each request is signed on its own.
    client.transport().logout().await.expect("logged off");
    assert_eq!(client.transport().session(), SessionState::LoggedOff);
    place_and_cancel(&exchange, &client, "after-logout").await;
    assert!(frames_of(&exchange, "order.place")[1]["params"]["signature"].is_string());
    client.transport().logon().await.expect("logged on again");
    assert_eq!(client.transport().session(), SessionState::LoggedOn);
}

#[tokio::test]
async fn every_key_type_signs_single_requests() {
    let exchange = Exchange::start();
    for (name, credentials) in every_key_type() {
        let api_key = credentials.api_key().to_owned();
        let client = signing(&exchange, credentials).await;
        place_and_cancel(&exchange, &client, &format!("ws-{name}")).await;
        let frames = frames_of(&exchange, "order.place");
        let params = &frames.last().expect("sent")["params"];
        assert_eq!(params["apiKey"], api_key.as_str(), "{name}");
        assert!(params["signature"].is_string(), "{name}");
    }
}

#[tokio::test]
async fn only_ed25519_can_log_on() {
    let exchange = Exchange::start();
    for credentials in [hmac(), rsa()] {
        let refused = within(
            "connecting",
            ws_builder(&exchange, credentials).logon(true).connect(),
        )
        .await;
        assert!(
            matches!(&refused, Err(Error::Unusable(why)) if why.contains("session.logon")),
            "{refused:?}"
        );
    }
    assert!(exchange.requests().is_empty(), "nothing was tried");
}

#[tokio::test]
async fn a_symbol_outside_of_ascii_is_signed() {
    let exchange = Exchange::start();
    for (name, credentials) in every_key_type() {
        let client = signing(&exchange, credentials).await;
        let placed = client
            .new_order(FOREIGN_SYMBOL, Side::Buy, OrderType::Limit)
            .time_in_force(TimeInForce::Gtc)
            .quantity(dec!(10))
            .price(dec!(0.5))
            .send()
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(placed.symbol(), FOREIGN_SYMBOL);
    }
}

/// Several accounts on one connection: explicit credentials sign in place of the session.
#[tokio::test]
async fn other_credentials_share_the_connection() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let second = binance_wire_spot::Credentials::ed25519(keys::SECOND_API_KEY, keys::SECOND_PRIVATE_KEY_PEM);
    let other = client
        .transport()
        .with_credentials(second.expect("the built-in key"));
    client.send(&resting_order("first")).await.expect("placed");
    other.send(&resting_order("second")).await.expect("placed");
    let accounts: Vec<u64> = exchange.orders().iter().map(|order| order.account).collect();
    assert_eq!((accounts, exchange.counts().websockets), (vec![1, 2], 1));
}

#[tokio::test]
async fn answers_may_come_out_of_order() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    exchange.inject(Injection::new(Fault::Delay(Duration::from_millis(1500))).on_method("order.place"));
    let slow = tokio::spawn({
        let client = client.clone();
        async move { client.send(&resting_order("slow")).await }
    });
    seen(&exchange, "the slow order", |exchange| {
        !frames_of(exchange, "order.place").is_empty()
    })
    .await;
    let time = client.time().send().await.expect("the time");
    let account = client.account().send().await.expect("the account");
    assert!(!slow.is_finished(), "the first request is answered last");
    assert!(time.server_time.as_millis() > 0);
    assert_eq!(account.uid, Some(1));
    let placed = within("the slow answer", slow)
        .await
        .expect("no panic")
        .expect("placed");
    assert_eq!(placed.client_order_id(), "slow");
}

/// Answers find their requests among many.
#[tokio::test]
async fn many_requests_at_once() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                let id = format!("order-{number}");
                let placed = client.send(&resting_order(&id)).await.expect("placed");
                assert_eq!(placed.client_order_id(), id.as_str());
                client
                    .cancel_order("BTCUSDT")
                    .orig_client_order_id(&id)
                    .send()
                    .await
                    .expect("canceled");
            })
        })
        .collect();
    for task in tasks {
        within("an order", task).await.expect("no panic");
    }
    assert_eq!(exchange.orders().len(), 40);
    assert!(exchange.orders().iter().all(|order| order.status == "CANCELED"));
}

/// One value, two transports.
#[tokio::test]
async fn a_request_value_goes_over_either_transport() {
    let exchange = Exchange::start();
    let (rest, ws) = (rest_client(&exchange, ed25519()), logged_on(&exchange).await);

    let depth = Depth::new("BTCUSDT").limit(20);
    let (over_rest, over_ws) = (
        rest.send(&depth).await.expect("a book"),
        ws.send(&depth).await.expect("a book"),
    );
    assert_eq!(over_rest, over_ws);

    let template = resting_order("over-rest");
    let placed = [
        rest.send(&template).await.expect("placed"),
        ws.send(&template.clone().new_client_order_id("over-ws"))
            .await
            .expect("placed"),
    ];
    for placed in &placed {
        assert!(matches!(placed, NewOrderResponse::Full(_)));
        let query = QueryOrder::new("BTCUSDT").order_id(placed.order_id());
        assert_eq!(
            rest.send(&query).await.expect("found"),
            ws.send(&query).await.expect("found")
        );
    }
    let account = Account::new().omit_zero_balances(true);
    assert_eq!(
        rest.send(&account).await.expect("account"),
        ws.send(&account).await.expect("account")
    );
}

#[tokio::test]
async fn rate_limits_come_with_the_answer() {
    let exchange = Exchange::start();
    let client = logged_on(&exchange).await;
    let depth = Depth::new("BTCUSDT").limit(500);
    let used = |limits: &[binance_wire_spot::ws_api::RateLimit]| {
        let found = limits
            .iter()
            .find(|limit| limit.rate_limit_type == "REQUEST_WEIGHT");
        found
            .map(|limit| {
                (
                    limit.interval.clone(),
                    limit.interval_num,
                    limit.limit,
                    limit.count,
                )
            })
            .expect("a limit")
    };
    let first = client.send_detailed(&depth).await.expect("a book");
    let second = client.send_detailed(&depth).await.expect("a book");
    assert_eq!((first.status, first.value == second.value), (200, true));
    assert!(first.frame().contains("\"rateLimits\""));
    let (first, second) = (used(&first.rate_limits), used(&second.rate_limits));
    assert_eq!((first.0.as_str(), first.1, first.2), ("MINUTE", 1, 6000));
    // The counter may start anew between the two.
    if second.3 > first.3 {
        assert_eq!(second.3 - first.3, i64::from(depth.credit().weight_on_success));
    }

    let quiet = ws_builder(&exchange, hmac()).return_rate_limits(false);
    let quiet = within("connecting", quiet.connect()).await.expect("connected");
    assert!(
        quiet
            .send_detailed(&depth)
            .await
            .expect("a book")
            .rate_limits
            .is_empty()
    );
}
