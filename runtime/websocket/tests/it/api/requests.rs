//! Requests and their answers: signatures, refusals, and what nobody answers.

use std::time::Duration;

use binance_wire_core::{
    CallOptions, Credit, Error, ErrorCode, Operation, OperationInfo, ParamSink, RawJson, TimeUnit, Timestamp,
    WsApiOperation,
};
use binance_wire_signing::Credentials;
use binance_wire_websocket::ApiClient;
use serde_json::{Value, json};

use super::operations::{
    Account, Place, SECRET, StartUserData, Time, assert_ed25519, assert_hmac, builder, connected, done,
    ed25519_credentials, hmac_credentials, payload, policy, send,
};
use crate::common::{Server, within};

#[tokio::test]
async fn responses_find_their_requests_in_any_order() {
    let mut server = Server::start().await;
    let builder = builder(&server)
        .time_unit(TimeUnit::Microsecond)
        .return_rate_limits(false);
    let (client, mut peer) = connected(&mut server, builder).await;
    assert_eq!(peer.path, "/?returnRateLimits=false&timeUnit=MICROSECOND");
    let calls: Vec<_> = (0..20).map(|n| send(&client, Time(n))).collect();
    let mut requests = Vec::new();
    for _ in 0..20 {
        requests.push(peer.request().await);
    }
    let mut ids: Vec<_> = requests
        .iter()
        .map(|request| request["id"].as_u64().expect("an id"))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20, "no two in flight alike");
    peer.text(r#"{"id":999999,"status":200,"result":"nobody's"}"#)
        .await;
    peer.text("not JSON").await;
    for request in requests.iter().rev() {
        assert_eq!(
            request["params"].as_object().map(|params| params.len()),
            Some(1),
            "open methods are not signed"
        );
        peer.answer(request, json!({"was": request["params"]["n"]})).await;
    }
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(done(call).await.unwrap(), format!(r#"{{"was":{n}}}"#));
    }
}

binance_wire_core::json_object! {
    /// An account.
    pub struct Kept {
        /// Its id.
        id: i64 = required("id"),
    }
}

/// As [`Account`], with an answer that keeps what it does not know.
struct Keeping;

impl Operation for Keeping {
    type Response = Kept;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        Account.credit()
    }
}

impl WsApiOperation for Keeping {
    const INFO: OperationInfo = Account::INFO;
    const METHOD: &'static str = Account::METHOD;
}

#[tokio::test]
async fn requests_of_another_product_are_not_sent() {
    let mut server = Server::start().await;
    let product = binance_wire_core::Product {
        name: "other",
        addresses: |_| &[],
    };
    let builder = builder(&server).credentials(hmac_credentials()).product(product);
    let (client, _peer) = connected(&mut server, builder).await;
    let Err(error) = within("a refusal", client.send(&Keeping)).await else {
        panic!("another product's");
    };
    assert!(error.to_string().contains("a client of other"), "{error}");
}

#[tokio::test]
async fn unknown_members_are_kept_on_request() {
    for keeps in [false, true] {
        let mut server = Server::start().await;
        let mut builder = builder(&server).credentials(hmac_credentials());
        if keeps {
            builder = builder.keep_unknown_members();
        }
        let (client, mut peer) = connected(&mut server, builder).await;
        let call = tokio::spawn(async move { client.send(&Keeping).await });
        let request = peer.request().await;
        peer.answer(&request, json!({"id": 7, "new": 1})).await;
        let kept = within("an answer", call)
            .await
            .expect("no panic")
            .expect("an answer");
        assert_eq!((kept.id, kept.raw.get("new")), (7, keeps.then_some("1")));
    }
}

#[tokio::test]
async fn a_detailed_response_has_limits_and_frame() {
    let mut server = Server::start().await;
    let builder = builder(&server);
    let (client, mut peer) = connected(&mut server, builder).await;
    let call = tokio::spawn(async move { client.send_detailed(&Time(1)).await });
    let request = peer.request().await;
    peer.send_value(&json!({"id": request["id"], "status": 200, "result": {"serverTime": 5}, "rateLimits": [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000, "count": 70}]}))
        .await;
    let response = done(call).await.unwrap();
    assert_eq!((response.status, response.rate_limits.len()), (200, 1));
    assert_eq!(
        (response.rate_limits[0].limit, response.rate_limits[0].count),
        (6000, 70)
    );
    assert!(response.frame().contains("rateLimits") && response.value.0.as_str() == r#"{"serverTime":5}"#);
}

#[tokio::test]
async fn every_request_is_signed_sorted_and_raw() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let call = send(&client, Place(Some("mine")));
    let request = peer.request().await;
    assert_eq!(request["method"], "order.place");
    let params = &request["params"];
    assert_hmac(params);
    assert_eq!(
        payload(params),
        "apiKey=the-key&newClientOrderId=mine&price=52000.00&recvWindow=100&side=SELL&symbol=１２３BTC&timestamp=1645423376532"
    );
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
    // Another account on the same connection.
    let call = send(&client.with_credentials(ed25519_credentials()), Account);
    let request = peer.request().await;
    assert_ed25519(&request["params"]);
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
    assert!(!format!("{client:?}").contains(SECRET));
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_sent() {
    let mut server = Server::start().await;
    let unsigned = builder(&server);
    let (client, _peer) = connected(&mut server, unsigned).await;
    assert!(matches!(client.send(&Account).await, Err(Error::Unusable(_))));
    assert!(matches!(client.logon().await, Err(Error::Unusable(_))));
    assert!(matches!(
        client.subscribe_user_data::<RawJson>().await,
        Err(Error::Unusable(_))
    ));
    let hmac = builder(&server).credentials(hmac_credentials()).logon(true);
    assert!(matches!(hmac.connect().await, Err(Error::Unusable(_))));
    assert!(matches!(
        builder(&server).logon(true).connect().await,
        Err(Error::Unusable(_))
    ));
    let nowhere = ApiClient::builder(Vec::<String>::new()).connect().await;
    assert!(matches!(nowhere, Err(Error::Unusable(_))));
}

#[tokio::test]
async fn refusals_become_what_to_do_next() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    type Expected = fn(&Error) -> bool;
    let cases: [(Value, Expected); 11] = [
        (
            json!({"status": 400, "error": {"code": -1121, "msg": "Invalid symbol."}}),
            |error| matches!(error, Error::Api(said) if said.code.0 == -1121 && said.status == 400),
        ),
        (
            json!({"status": 403, "error": {"code": 0, "msg": "WAF"}}),
            |error| matches!(error, Error::Forbidden { .. }),
        ),
        (
            json!({"status": 403, "error": {"code": -2015, "msg": "no permission"}}),
            |error| matches!(error, Error::Api(said) if said.code.0 == -2015 && said.status == 403),
        ),
        (
            json!({"status": 418, "error": {"code": -1003, "msg": "banned until 1659146400000.", "data": {"retryAfter": 1}}}),
            |error| {
                matches!(error, Error::Banned { retry_at: Some(at), .. }
                    if *at == Timestamp::from_millis(1_659_146_400_000))
            },
        ),
        (
            json!({"status": 409, "error": {"code": -2021, "msg": "partly", "data": {"cancelResult": "FAILURE"}}}),
            |error| {
                matches!(error, Error::PartialSuccess { error, .. }
                    if error.data.as_ref().is_some_and(|data| data.as_str() == r#"{"cancelResult":"FAILURE"}"#))
            },
        ),
        (
            json!({"status": 418, "error": {"code": -1003, "msg": "banned", "data": {"retryAfter": 1_659_146_400_000_i64}}}),
            |error| {
                matches!(error, Error::Banned { retry_at: Some(at), .. }
                    if *at == Timestamp::from_millis(1_659_146_400_000))
            },
        ),
        (
            json!({"status": 429, "error": {"code": -1003, "msg": "slow", "data": {"serverTime": 1, "retryAfter": 1_659_146_400_000_i64}}}),
            |error| {
                matches!(error, Error::RateLimited { retry_at: Some(at), .. }
                    if *at == Timestamp::from_millis(1_659_146_400_000))
            },
        ),
        (
            json!({"status": 500, "error": {"code": -1000, "msg": "?"}}),
            |error| matches!(error, Error::ExecutionUnknown { client_order_id: Some(id), status: Some(500), .. } if id == "mine"),
        ),
        (
            json!({"status": 400, "error": {"code": -1007, "msg": "Timeout"}}),
            |error| {
                matches!(error, Error::ExecutionUnknown { .. })
                    && error.code().is_some_and(|code| code.0 == -1007)
            },
        ),
        (
            json!({"status": 200}),
            |error| matches!(error, Error::ExecutionUnknown { client_order_id: Some(id), status: Some(200), .. } if id == "mine"),
        ),
        (
            json!({"status": 400, "error": 7}),
            |error| matches!(error, Error::ExecutionUnknown { status: Some(400), body, .. } if !body.is_empty()),
        ),
    ];
    for (answer, expected) in cases {
        let call = send(&client, Place(Some("mine")));
        let request = peer.request().await;
        let mut frame = json!({"id": request["id"]});
        for (name, value) in answer.as_object().expect("an object") {
            frame[name] = value.clone();
        }
        peer.send_value(&frame).await;
        let error = done(call).await.unwrap_err();
        assert!(expected(&error), "{answer}: {error:?}");
    }
    let call = send(&client, Account);
    let request = peer.request().await;
    peer.send_value(&json!({"id": request["id"], "status": 503, "error": {"code": -1008, "msg": "busy"}}))
        .await;
    assert!(matches!(done(call).await, Err(Error::Server { status: 503, .. })));
}

#[tokio::test]
async fn a_cut_connection_leaves_an_order_unknown_and_a_read_failed() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let order = send(&client, Place(Some("mine")));
    peer.request().await;
    let read = send(&client, Account);
    peer.request().await;
    drop(peer);
    match done(order).await {
        Err(Error::ExecutionUnknown {
            client_order_id,
            status: None,
            ..
        }) => {
            assert_eq!(client_order_id.as_deref(), Some("mine"));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(done(read).await, Err(Error::Transport(_))));
    // The next call waits for the new connection; the order was not sent again.
    let call = send(&client, Time(1));
    let mut peer = server.peer().await;
    let request = peer.request().await;
    assert_eq!(request["method"], "time");
    peer.answer(&request, json!(1)).await;
    assert_eq!(done(call).await.unwrap(), "1");
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time() {
    let mut server = Server::start().await;
    let mut patient = policy();
    (patient.first_delay, patient.max_delay) = (Duration::from_secs(600), Duration::from_secs(600));
    let builder = builder(&server)
        .credentials(hmac_credentials())
        .request_timeout(Duration::from_millis(100))
        .reconnect(patient);
    let (client, mut peer) = connected(&mut server, builder).await;
    let order = send(&client, Place(None));
    let late = peer.request().await;
    assert!(matches!(
        done(order).await,
        Err(Error::ExecutionUnknown {
            client_order_id: Some(_),
            ..
        })
    ));
    // The late answer is nobody else's.
    peer.answer(&late, json!("late")).await;
    let call = send(&client, Time(1));
    let request = peer.request().await;
    peer.answer(&request, json!("in time")).await;
    assert_eq!(done(call).await.unwrap(), "\"in time\"");
    drop(peer);
    assert!(matches!(
        done(send(&client, Time(2))).await,
        Err(Error::Transport(_))
    ));
    // Now that the loss is known nothing is written: not even an order is in doubt.
    assert!(matches!(
        done(send(&client, Place(None))).await,
        Err(Error::Transport(_))
    ));
}

#[tokio::test]
async fn listen_keys_are_managed_with_the_api_key_alone() {
    let mut server = Server::start().await;
    let credentials = Credentials::hmac("the-key", SECRET).unwrap();
    let connecting = tokio::spawn(
        ApiClient::builder([server.url.as_str()])
            .credentials(credentials)
            .connect(),
    );
    let mut peer = server.peer().await;
    let client = within("connecting", connecting).await.unwrap().unwrap();
    let task = tokio::spawn(async move { client.send(&StartUserData).await });
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.start");
    assert_eq!(request["params"], json!({"apiKey": "the-key"}));
    peer.answer(&request, json!({"listenKey": "k"})).await;
    within("the key", task).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_is_not_sent() {
    let mut server = Server::start().await;
    let settings = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, settings.clone()).await;
    for error in [
        client.send(&Place(Some("two words"))).await.map(|_| ()),
        client.send_detailed(&Place(Some("two words"))).await.map(|_| ()),
    ] {
        let error = error.expect_err("a broken rule");
        assert!(matches!(&error, Error::InvalidRequest(broken) if broken.parameters == ["newClientOrderId"]));
        assert_eq!(
            error.to_string(),
            "test (order.place): the request was not sent: A test order's id has no spaces (newClientOrderId); \
             the exchange's code is -1100"
        );
    }
    // The first frame that the server sees is that of the next request.
    let call = send(&client, Place(Some("words")));
    let request = peer.request().await;
    assert_eq!(request["params"]["newClientOrderId"], "words");
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();

    let (client, mut peer) = connected(&mut server, settings.check_requests(false)).await;
    let call = send(&client, Place(Some("two words")));
    let request = peer.request().await;
    assert_eq!(request["params"]["newClientOrderId"], "two words");
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
}

/// Who drops a call before it was sent will not learn what became of it, so it is not sent.
#[tokio::test]
async fn a_call_dropped_before_it_went_out_is_not_sent() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let order = Place(Some("dropped"));
    {
        let mut call = std::pin::pin!(client.send(&order));
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(call.as_mut().poll(cx).is_ready()));
        assert!(!polled.await);
    }
    let call = send(&client, Time(1));
    let request = peer.request().await;
    assert_eq!(request["method"], "time", "{request}");
    peer.answer(&request, json!(1)).await;
    done(call).await.unwrap();
}

/// The task of the connection gives way: who reads the events gets them while they come in.
#[tokio::test]
async fn a_flood_of_events_leaves_time_to_read_them() {
    const EVENTS: usize = 20_000;
    let mut server = Server::start().await;
    let builder = builder(&server)
        .credentials(hmac_credentials())
        .event_capacity(1024);
    let (client, mut peer) = connected(&mut server, builder).await;
    let task = tokio::spawn(async move { client.subscribe_user_data::<RawJson>().await });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    let sending = tokio::spawn(async move {
        for number in 0..EVENTS {
            peer.text(format!(r#"{{"subscriptionId":0,"event":{{"n":{number}}}}}"#))
                .await;
        }
        peer
    });
    for number in 0..EVENTS {
        let expected = super::operations::event(&format!(r#"{{"n":{number}}}"#));
        assert_eq!(super::operations::next(&mut events).await, expected);
    }
    sending.await.unwrap();
}

#[tokio::test]
async fn settings_of_one_call() {
    let mut server = Server::start().await;
    let settings = builder(&server).credentials(hmac_credentials()).recv_window(5000);
    let (client, mut peer) = connected(&mut server, settings).await;
    let options = CallOptions::new()
        .recv_window(Duration::from_micros(250_500))
        .return_rate_limits(false);
    let quiet = client.with_options(options);
    for (client, window, limits) in [
        (&quiet, json!(250.5), json!(false)),
        (&client, json!(5000), Value::Null),
    ] {
        let call = send(client, Place(None));
        let request = peer.request().await;
        assert_eq!(request["params"]["recvWindow"], window);
        assert_eq!(request["params"]["returnRateLimits"], limits);
        assert_hmac(&request["params"]);
        peer.answer(&request, json!({})).await;
        done(call).await.unwrap();
    }
    // What is not signed carries no window.
    let call = send(&quiet, Time(1));
    let request = peer.request().await;
    assert_eq!(request["params"], json!({"n": 1, "returnRateLimits": false}));
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
}

#[tokio::test]
async fn an_answer_without_an_id_is_that_of_the_only_request() {
    let mut server = Server::start().await;
    let settings = builder(&server)
        .credentials(hmac_credentials())
        .request_timeout(Duration::from_millis(400));
    let (client, mut peer) = connected(&mut server, settings).await;
    let refusal = r#"{"id":null,"status":400,"error":{"code":-1102,"msg":"no id"}}"#;
    let order = send(&client, Place(Some("mine")));
    peer.request().await;
    peer.text(refusal).await;
    assert!(matches!(done(order).await, Err(Error::Api(error)) if error.code == ErrorCode(-1102)));
    // Of two it says nothing, and a foreign id is nobody's.
    let (one, other) = (send(&client, Place(Some("one"))), send(&client, Time(1)));
    let requests = [peer.request().await, peer.request().await];
    peer.text(refusal).await;
    peer.text(r#"{"id":"x","status":200,"result":{}}"#).await;
    for request in &requests {
        // A number that comes back as text is the number.
        let answer = json!({"id": request["id"].to_string(), "status": 200, "result": {"n": 1}});
        peer.send_value(&answer).await;
    }
    for call in [one, other] {
        assert_eq!(done(call).await.expect("an answer"), r#"{"n":1}"#);
    }
    // After a request was given up it may be of that: the order's fate is not known.
    let read = send(&client, Time(2));
    peer.request().await;
    assert!(matches!(done(read).await, Err(Error::Transport(_))));
    let order = send(&client, Place(Some("mine")));
    peer.request().await;
    peer.text(refusal).await;
    assert!(matches!(done(order).await, Err(Error::ExecutionUnknown { .. })));
}
