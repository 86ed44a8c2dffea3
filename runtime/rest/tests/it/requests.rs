//! What goes out: target, headers, signature.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::answers::SBE;
use crate::common::{Account, Answer, Depth, HistoricalTrades, NewOrder, Server, ok};
use binance_wire_core::{CallOptions, Decimal, Error, ErrorCode, OrderIds, Product, TimeUnit, Timestamp};
use binance_wire_rest::Client;
use binance_wire_signing::Credentials;

/// Signs on its own account: the test must not lean on the encoder that it tests.
fn expected_signature(payload: &str) -> String {
    let mut out = String::new();
    Credentials::hmac("the-key", "the-secret")
        .expect("usable")
        .sign(payload.as_bytes(), &mut out)
        .expect("signed");
    out
}

#[tokio::test]
async fn a_signed_mutation() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server
        .builder()
        .recv_window(Decimal::new(50005, 1))
        .clock(|| Timestamp::from_millis(1_499_827_319_559))
        .clock_offset_millis(-559)
        .user_agent("a-test/1")
        .build()
        .expect("a client");
    assert_eq!(
        client.send(&NewOrder::new()).await.expect("an answer"),
        Answer { id: 7 }
    );
    let request = server.request();
    assert_eq!(request.method, "POST");
    assert_eq!(request.path(), "/api/v3/order");
    let payload =
        "symbol=BTCUSDT&quantity=1.00&newClientOrderId=my-order-1&recvWindow=5000.5&timestamp=1499827319000";
    assert_eq!(
        request.query(),
        format!("{payload}&signature={}", expected_signature(payload))
    );
    assert_eq!(request.header("x-mbx-apikey"), Some("the-key"));
    assert_eq!(request.header("user-agent"), Some("a-test/1"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("content-length"), Some("0"));
    assert_eq!(request.header("host"), server.url.strip_prefix("http://"));
    assert_eq!(request.header("x-mbx-time-unit"), None);
    assert_eq!(
        client.signed_target(&NewOrder::new()).expect("signed"),
        request.target
    );
}

#[tokio::test]
async fn beyond_ascii() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server
        .builder()
        .clock(|| Timestamp::from_micros(1_499_827_319_559_123))
        .order_ids(OrderIds::off())
        .build()
        .expect("a client");
    client.set_clock_offset_millis(1000);
    assert_eq!(client.clock_offset_millis(), 1000);
    let order = NewOrder {
        symbol: "这是".to_owned(),
        client_order_id: None,
    };
    client.send(&order).await.expect("an answer");
    let payload = "symbol=%E8%BF%99%E6%98%AF&quantity=1.00&timestamp=1499827320559123";
    assert_eq!(
        server.request().query(),
        format!("{payload}&signature={}", expected_signature(payload))
    );
}

#[tokio::test]
async fn keys_go_only_where_they_are_needed() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server
        .builder()
        .time_unit(TimeUnit::Microsecond)
        .build()
        .expect("a client");
    client
        .send(&Depth { symbol: "BTCUSDT" })
        .await
        .expect("an answer");
    client.send(&HistoricalTrades).await.expect("an answer");
    let requests = server.requests();
    assert_eq!(requests[0].target, "/api/v3/depth/BTCUSDT?limits=%5B5%2C10%5D");
    assert_eq!(requests[0].header("x-mbx-apikey"), None);
    assert_eq!(requests[0].header("x-mbx-time-unit"), Some("MICROSECOND"));
    assert_eq!(
        requests[1].target, "/api/v3/historicalTrades",
        "no question mark that nothing follows"
    );
    assert_eq!(requests[1].header("x-mbx-apikey"), Some("the-key"));
}

#[tokio::test]
async fn missing_credentials() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = Client::builder([server.url.as_str()]).build().expect("a client");
    for error in [
        client.send(&NewOrder::new()).await.expect_err("refused"),
        client.send(&HistoricalTrades).await.expect_err("refused"),
    ] {
        assert!(
            matches!(&error, Error::Unusable(text) if text.contains("needs credentials")),
            "{error:?}"
        );
    }
    assert!(server.requests().is_empty());
    client
        .send(&Depth { symbol: "BTCUSDT" })
        .await
        .expect("a public operation needs none");
}

#[tokio::test]
async fn builders_that_cannot_build() {
    let refused = |builder: binance_wire_rest::ClientBuilder| match builder.build() {
        Err(Error::Unusable(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(Client::builder(Vec::<String>::new())),
        "there is no base URL"
    );
    assert!(refused(Client::builder(["ftp://host"])).contains("https://"));
    assert!(refused(Client::builder(["https://a/x", "https://b/y"])).contains("same path"));
    let local = || Client::builder(["http://127.0.0.1:1"]);
    assert!(refused(local().recv_window(Decimal::from(60_001))).contains("recvWindow"));
    assert!(refused(local().time_unit(TimeUnit::Second)).contains("seconds"));
    assert!(refused(local().user_agent("line\nbreak")).contains("user agent"));
}

#[tokio::test]
async fn a_prefix_in_the_base_url() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server
        .builder()
        .base_url(format!("{}/behind/", server.url))
        .build()
        .expect("a client");
    client.send(&Account).await.expect("an answer");
    assert_eq!(server.request().path(), "/behind/api/v3/account");
}

#[tokio::test]
async fn requests_of_another_product_are_not_sent() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = |name| {
        let product = Product {
            name,
            addresses: |_| &[],
        };
        server.builder().product(product).build().expect("a client")
    };
    let error = client("other")
        .send(&NewOrder::new())
        .await
        .expect_err("another product's");
    assert!(
        matches!(&error, Error::Unusable(text) if text.contains("a request of test") && text.contains("a client of other")),
        "{error}"
    );
    assert!(server.requests().is_empty());
    client("test").send(&NewOrder::new()).await.expect("an answer");
}

#[test]
fn futures_are_send_and_do_not_borrow_the_request() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let client = Client::builder(["http://127.0.0.1:1"]).build().expect("a client");
    let future = {
        let order = NewOrder::new();
        sendable(client.send(&order))
    };
    drop(future);
}

#[test]
fn debug_keeps_secrets() {
    let credentials = Credentials::hmac("the-key", "the-secret").expect("usable");
    let builder = Client::builder(["http://127.0.0.1:1"])
        .credentials(credentials)
        .sbe(SBE);
    let text = format!("{builder:?} {:?}", builder.clone().build().expect("a client"));
    assert!(text.contains("SbeFormat(3:4)"), "{text}");
    assert!(
        !text.contains("the-key") && !text.contains("the-secret"),
        "{text}"
    );
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_is_not_sent() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server
        .builder()
        .code_names(|code| (code.0 == -1105).then_some("PARAM_EMPTY"))
        .build()
        .expect("a client");
    let mut order = NewOrder::new();
    order.client_order_id = Some(String::new());
    let refused = [
        client.send(&order).await.map(|_| ()),
        client.send_detailed(&order).await.map(|_| ()),
        client.signed_target(&order).map(|_| ()),
    ];
    for error in refused {
        let error = error.expect_err("a broken rule");
        assert_eq!(
            error.to_string(),
            "newOrder (POST /api/v3/order): the request was not sent: A test order has an id of its own \
             (newClientOrderId); the exchange's code is PARAM_EMPTY (-1105)"
        );
        assert_eq!(error.call().map(|call| call.operation), Some("newOrder"));
        assert_eq!(error.code(), None, "the exchange sent none");
        let Error::InvalidRequest(broken) = error else {
            panic!("{error:?}");
        };
        assert_eq!(broken.parameters, ["newClientOrderId"]);
        assert_eq!(broken.code, Some(ErrorCode(-1105)));
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 0, "nothing goes out");

    let unchecked = server.builder().check_requests(false).build().expect("a client");
    unchecked.send(&order).await.expect("the server's answer");
    assert_eq!(server.request().param("newClientOrderId"), Some(""));
}

#[tokio::test]
async fn settings_of_one_call() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server
        .builder()
        .recv_window(5000)
        .time_unit(TimeUnit::Millisecond)
        .build()
        .expect("a client");
    let options = CallOptions::new()
        .recv_window(Duration::from_micros(250_500))
        .time_unit(TimeUnit::Microsecond);
    let hurried = client.with_options(options.clone());
    hurried.send(&NewOrder::new()).await.expect("an answer");
    client.send(&NewOrder::new()).await.expect("an answer");
    // What is not signed carries no window.
    hurried
        .send(&Depth { symbol: "BTCUSDT" })
        .await
        .expect("an answer");
    let requests = server.requests();
    let window = |nth: usize| requests[nth].param("recvWindow");
    let unit = |nth: usize| requests[nth].header("x-mbx-time-unit");
    assert_eq!((window(0), unit(0)), (Some("250.5"), Some("MICROSECOND")));
    assert_eq!((window(1), unit(1)), (Some("5000"), Some("MILLISECOND")));
    assert_eq!((window(2), unit(2)), (None, Some("MICROSECOND")));

    for refused in [
        CallOptions::new().recv_window(60_001),
        CallOptions::new().recv_window(Duration::from_nanos(1)),
        CallOptions::new().time_unit(TimeUnit::Second),
    ] {
        let error = client.with_options(refused).send(&NewOrder::new()).await;
        assert!(matches!(error, Err(Error::Unusable(_))), "{error:?}");
    }
    assert_eq!(server.requests().len(), 3);
}
