//! Webhooks, received over sockets.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use binance_wire_connect::WebhookReplyCode;
use binance_wire_connect::models::{WebhookEvent, WebhookReply};
use binance_wire_connect::webhooks::{self, Refusal, RefusalKind, Webhooks, router};
use binance_wire_core::json;
use binance_wire_server_tests::{Answer, CLIENT_ID, now, public_key, send, serve, signed};

const ORDER: &str = r#"{"webhookEventType":"connect_order_event","externalOrderId":"180401941923045","type":1,"businessType":1,"status":2,"fiatAmount":"100","cryptoAmount":"107.8","orderTime":1723186761000}"#;

/// Keeps what it was told; refuses what it is told to refuse.
#[derive(Clone, Default)]
struct Orders {
    events: Arc<Mutex<Vec<WebhookEvent>>>,
    refusal: Option<Refusal>,
}

impl Orders {
    fn events(&self) -> Vec<WebhookEvent> {
        self.events.lock().expect("no poison").clone()
    }
}

impl Webhooks for Orders {
    async fn event(&self, event: WebhookEvent) -> Result<WebhookReply, Refusal> {
        self.events.lock().expect("no poison").push(event);
        match &self.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(WebhookReply::new(WebhookReplyCode::Success, "thanks")),
        }
    }
}

async fn started(orders: &Orders) -> SocketAddr {
    let verifier = webhooks::verifier(public_key(), CLIENT_ID);
    let receiver = webhooks::receiver(verifier, orders.clone())
        .path("/hooks")
        .max_body(4096);
    serve(router(receiver.build().expect("settings"))).await
}

async fn post(to: SocketAddr, headers: &[(String, String)], body: &str) -> Answer {
    send(to, "POST /hooks", headers, body).await
}

#[tokio::test]
async fn an_event_arrives() {
    let orders = Orders::default();
    let to = started(&orders).await;
    let answer = post(to, &signed(ORDER, now()), ORDER).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.body,
        r#"{"returnCode":"SUCCESS","returnMessage":"thanks"}"#
    );
    let events = orders.events();
    let [WebhookEvent::ConnectOrderEvent(event)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(event.external_order_id, "180401941923045");
    assert_eq!(event.crypto_amount, Some(binance_wire_connect::dec!(107.8)));
    assert_eq!(event.open_user_id, None);
}

#[tokio::test]
async fn a_deposit_event_and_one_that_is_not_known() {
    let orders = Orders::default();
    let to = started(&orders).await;
    let deposit = r#"{"webhookEventType":"deposit_status_event","externalOrderId":"dep-1","status":1,"cryptoCurrency":"USDT","depositAddresses":[{"depositAddress":"0x12","network":"BSC","addressTag":null}],"updateTime":1745350200000}"#;
    let unknown = r#"{"webhookEventType": "card_event", "n": [1, 2]}"#;
    for body in [deposit, unknown] {
        assert_eq!(post(to, &signed(body, now()), body).await.status, 200);
    }
    let events = orders.events();
    let [
        deposited @ WebhookEvent::DepositStatusEvent(_),
        WebhookEvent::Unrecognized(raw),
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(json::to_string(deposited), deposit);
    assert_eq!(raw.as_str(), unknown, "as it came");
}

#[tokio::test]
async fn what_is_forged_never_reaches_the_handler() {
    let orders = Orders::default();
    let to = started(&orders).await;
    let good = signed(ORDER, now());
    let with = |name: &str, value: &str| {
        let mut headers = good.clone();
        headers.retain(|(known, _)| known != name);
        headers.push((name.to_owned(), value.to_owned()));
        headers
    };
    let changed = ORDER.replace("\"100\"", "\"900\"");
    let another = signed("{}", now()).remove(1).1;
    let cases = [
        ("a byte was changed", good.clone(), changed.as_str()),
        ("a blank was added", good.clone(), &format!("{ORDER} ")),
        ("of another body", with("X-BN-Connect-Signature", &another), ORDER),
        ("no base64", with("X-BN-Connect-Signature", "?"), ORDER),
        (
            "the time was changed",
            with("X-BN-Connect-Timestamp", &(now() + 1_000).to_string()),
            ORDER,
        ),
        ("for another client", with("X-BN-Connect-For", "client-2"), ORDER),
        ("six minutes old", signed(ORDER, now() - 360_000), ORDER),
        ("from the future", signed(ORDER, now() + 360_000), ORDER),
    ];
    for (why, headers, body) in &cases {
        let answer = post(to, headers, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{why}");
    }
    for missing in 0..good.len() {
        let mut headers = good.clone();
        headers.remove(missing);
        assert_eq!(post(to, &headers, ORDER).await.status, 400);
        let mut headers = good.clone();
        headers.push(good[missing].clone());
        assert_eq!(
            post(to, &headers, ORDER).await.status,
            400,
            "which of the two is meant?"
        );
    }
    assert_eq!(orders.events(), []);
}

#[tokio::test]
async fn what_is_no_event_never_reaches_the_handler() {
    let orders = Orders::default();
    let to = started(&orders).await;
    for (body, status) in [
        ("not JSON".to_owned(), 400),
        ("{}".to_owned(), 400),
        (r#"{"webhookEventType":"connect_order_event"}"#.to_owned(), 400),
        (" ".repeat(4097), 413),
    ] {
        assert_eq!(
            post(to, &signed(&body, now()), &body).await.status,
            status,
            "{body}"
        );
    }
    assert_eq!(send(to, "GET /hooks", &[], "").await.status, 405);
    assert_eq!(orders.events(), []);
}

#[tokio::test]
async fn an_event_that_is_not_taken_is_not_answered_with_200() {
    for (refusal, status) in [(Refusal::failed("later"), 500), (Refusal::invalid("what?"), 400)] {
        let orders = Orders {
            refusal: Some(refusal),
            ..Orders::default()
        };
        let to = started(&orders).await;
        assert_eq!(post(to, &signed(ORDER, now()), ORDER).await.status, status);
    }
    assert_eq!(Refusal::failed("later").kind(), RefusalKind::Failed);
}

mod prime {
    use binance_wire_connect_prime::dec;
    use binance_wire_connect_prime::models::{PrimeOrderOutcome, WebhookEvent};
    use binance_wire_connect_prime::webhooks;
    use binance_wire_server_tests::{CLIENT_ID, now, public_key, signed};

    #[test]
    fn received_without_a_framework() {
        let body = r#"{"webhookEventType":"prime_order_event","orderId":"1234567890","clientOrderId":"myOrder001","direction":"BUY","fiatCurrency":"EUR","cryptoCurrency":"BTC","fiatAmount":100,"cryptoAmount":0.00102181,"price":97849.27,"status":"FILLED","createTime":1692951399,"settleTime":1692954999}"#;
        let mut headers = axum::http::HeaderMap::new();
        for (name, value) in signed(body, now()) {
            let name: axum::http::HeaderName = name.parse().expect("a name");
            headers.insert(name, value.parse().expect("a value"));
        }
        let verifier = webhooks::verifier(public_key(), CLIENT_ID);
        let event = webhooks::receive(&verifier, &headers, body.as_bytes()).expect("an event");
        let WebhookEvent::PrimeOrderEvent(order) = event else {
            panic!("{event:?}");
        };
        assert_eq!(order.crypto_amount, Some(dec!(0.00102181)));
        assert_eq!(order.status, PrimeOrderOutcome::Filled);
        assert_eq!(binance_wire_core::json::to_string(&order), body);
    }
}

mod kyc {
    use std::sync::{Arc, Mutex};

    use binance_wire_kyc::models::WebhookEvent;
    use binance_wire_kyc::webhooks::{self, HmacKey, Refusal, Webhooks, router};
    use binance_wire_server_tests::{send, serve};

    const BODY: &str = r#"{"eventType":"USER-STATUS","bizEntityKey":"BROKERKEY","entityCustomerId":"457","kycType":"USER","eventVo":{"levelInfo":{"currentLevel":{"levelName":"INTERMEDIATE","limit":{"fiatCurrency":"USD","withdrawFiatDailyLimit":20000,"depositCryptoDailyLimit":-1}},"kycPass":false,"passedLevels":[]},"basicInfo":{"id":4581048056761212345}},"version":1751010193080}"#;

    struct Customers(Arc<Mutex<Vec<WebhookEvent>>>);

    impl Webhooks for Customers {
        async fn event(&self, event: WebhookEvent) -> Result<(), Refusal> {
            self.0.lock().expect("no poison").push(event);
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_notification_arrives_if_it_is_signed() {
        let key = HmacKey::new("secret").expect("a key");
        let mut right = String::new();
        key.sign(BODY.as_bytes(), &mut right);
        let events = Arc::default();
        let verifier = webhooks::verifier(key);
        let receiver = webhooks::receiver(verifier, Customers(Arc::clone(&events)));
        let to = serve(router(receiver.build().expect("settings"))).await;
        let post = async |signature: &str, body: &str| {
            let header = ("X-SHA2-Signature".to_owned(), signature.to_owned());
            send(to, "POST /webhooks/kyc", &[header], body).await
        };
        let changed = BODY.replace("457", "458");
        for (signature, body) in [
            (right.as_str(), changed.as_str()),
            (&"0".repeat(64), BODY),
            ("", BODY),
        ] {
            assert_eq!(post(signature, body).await.status, 401);
        }
        assert_eq!(send(to, "POST /webhooks/kyc", &[], BODY).await.status, 400);
        let answer = post(&right, BODY).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        let events = events.lock().expect("no poison");
        let [WebhookEvent::UserStatus(event)] = events.as_slice() else {
            panic!("{events:?}");
        };
        let basic = event
            .event_vo
            .as_ref()
            .and_then(|event| event.basic_info.as_ref());
        assert_eq!(basic.and_then(|basic| basic.id), Some(4_581_048_056_761_212_345));
        assert_eq!(binance_wire_core::json::to_string(&events[0]), BODY);
    }
}
