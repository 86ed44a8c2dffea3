//! The WebSocket API client against a server that the tests drive.

mod common;

use std::time::Duration;

use aws_lc_rs::{hmac, signature};
use base64::Engine as _;
use binance_wire_core::{
    Credit, Decimal, DecodeError, Error, FromJson, LimitScope, Operation, OperationInfo, ParamSink, RawJson,
    Reader, Security, TimeUnit, Timestamp, WsApiOperation,
};
use binance_wire_signing::{Credentials, RecvWindow};
use binance_wire_websocket::{
    ApiClient, ApiClientBuilder, EventStream, Overflow, ReconnectPolicy, SessionState, StreamItem,
};
use common::{Peer, Server, within};
use serde_json::{Value, json};

const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const NOW: i64 = 1_645_423_376_532;

/// The key pair of the exchange's published FIX example.
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n-----END PRIVATE KEY-----\n";
const PUBLIC_KEY: [u8; 32] = [
    0x19, 0x42, 0x0a, 0xbf, 0xd7, 0x52, 0xa5, 0x65, 0xc1, 0x56, 0x25, 0xe9, 0xda, 0x6e, 0xaf, 0x00, 0x86,
    0xfc, 0x40, 0xc1, 0x49, 0x60, 0x18, 0x32, 0x14, 0x44, 0x2c, 0x14, 0x99, 0x6a, 0x80, 0x0d,
];

/// A result as it came.
#[derive(Debug, PartialEq)]
struct Json(RawJson);

impl FromJson for Json {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        RawJson::from_json(reader).map(Self)
    }
}

const fn info(security: Security, signed: bool, mutation: bool) -> OperationInfo {
    OperationInfo {
        product: "test",
        id: "test",
        security,
        signed,
        mutation,
        docs: "",
        ..OperationInfo::DEFAULT
    }
}

macro_rules! operation {
    ($name:ident, $method:literal, $info:expr) => {
        impl WsApiOperation for $name {
            const INFO: OperationInfo = $info;
            const METHOD: &'static str = $method;
        }
    };
}

macro_rules! credit {
    () => {
        fn credit(&self) -> Credit {
            Credit {
                weight: 1,
                weight_on_success: 0,
                scope: LimitScope::Ip,
                uid_weight: 0,
                unfilled_orders: 0,
            }
        }
    };
}

/// A mutation that is signed.
struct Place(Option<&'static str>);

impl Operation for Place {
    type Response = Json;

    fn write_params(&self, sink: &mut dyn ParamSink) {
        sink.text("symbol", "１２３BTC");
        sink.text("side", "SELL");
        sink.decimal("price", Decimal::new(5_200_000, 2));
        if let Some(id) = self.0 {
            sink.text("newClientOrderId", id);
        }
    }

    credit!();

    fn client_order_id(&self) -> Option<&str> {
        self.0
    }
}

operation!(Place, "order.place", info(Security::Trade, true, true));

/// A read that is signed.
struct Account;

impl Operation for Account {
    type Response = Json;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    credit!();
}

operation!(Account, "account.status", info(Security::UserData, true, false));

/// A read open to everyone.
struct Time(i64);

impl Operation for Time {
    type Response = Json;

    fn write_params(&self, sink: &mut dyn ParamSink) {
        sink.integer("n", self.0);
    }

    credit!();
}

operation!(Time, "time", info(Security::None, false, false));

fn hmac_credentials() -> Credentials {
    Credentials::hmac("the-key", SECRET).expect("credentials")
}

fn ed25519_credentials() -> Credentials {
    Credentials::ed25519("the-ed-key", PEM).expect("credentials")
}

fn policy() -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    policy.seed = Some(1);
    policy
}

fn builder(server: &Server) -> ApiClientBuilder {
    ApiClient::builder([server.url.as_str()])
        .reconnect(policy())
        .clock(|| Timestamp::from_millis(NOW))
        .recv_window(RecvWindow::from_millis(Decimal::from(100)).expect("a window"))
}

async fn connected(server: &mut Server, builder: ApiClientBuilder) -> (ApiClient, Peer) {
    let connecting = tokio::spawn(builder.connect());
    let peer = server.peer().await;
    (within("connecting", connecting).await.unwrap().unwrap(), peer)
}

async fn logged_on(server: &mut Server) -> (ApiClient, Peer) {
    let builder = builder(server).credentials(ed25519_credentials()).logon(true);
    let connecting = tokio::spawn(builder.connect());
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    assert_eq!(logon["method"], "session.logon");
    peer.answer(&logon, json!({"apiKey": "the-ed-key"})).await;
    (within("connecting", connecting).await.unwrap().unwrap(), peer)
}

fn send<O: WsApiOperation<Response = Json> + Send + Sync + 'static>(
    client: &ApiClient,
    operation: O,
) -> tokio::task::JoinHandle<Result<String, Error>> {
    let client = client.clone();
    tokio::spawn(async move {
        client
            .send(&operation)
            .await
            .map(|json| json.0.as_str().to_owned())
    })
}

async fn done<T>(task: tokio::task::JoinHandle<T>) -> T {
    within("the call", task).await.expect("no panic")
}

/// What is signed, put together from the frame by the rule and not by the code under test.
fn payload(params: &Value) -> String {
    let mut pairs: Vec<String> = params
        .as_object()
        .expect("params")
        .iter()
        .filter(|(name, _)| *name != "signature")
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        })
        .collect();
    pairs.sort();
    pairs.join("&")
}

fn assert_hmac(params: &Value) {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, payload(params).as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(params["signature"], hex);
    assert_eq!(params["apiKey"], "the-key");
}

fn assert_ed25519(params: &Value) {
    let text = params["signature"].as_str().expect("a signature");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .expect("base64");
    let key = signature::UnparsedPublicKey::new(&signature::ED25519, PUBLIC_KEY);
    key.verify(payload(params).as_bytes(), &bytes)
        .expect("a good signature");
    assert_eq!(params["apiKey"], "the-ed-key");
}

async fn next(events: &mut EventStream<RawJson>) -> StreamItem<RawJson> {
    within("an item", events.next())
        .await
        .expect("the stream goes on")
}

fn event(text: &str) -> StreamItem<RawJson> {
    StreamItem::Event(RawJson::new(text).expect("JSON"))
}

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
    let cases: [(Value, Expected); 9] = [
        (
            json!({"status": 400, "error": {"code": -1121, "msg": "Invalid symbol."}}),
            |error| matches!(error, Error::Api(said) if said.code.0 == -1121 && said.status == 400),
        ),
        (
            json!({"status": 403, "error": {"code": 0, "msg": "WAF"}}),
            |error| matches!(error, Error::Forbidden { .. }),
        ),
        (
            json!({"status": 409, "error": {"code": -2021, "msg": "partly", "data": {"cancelResult": "FAILURE"}}}),
            |error| {
                matches!(error, Error::PartialSuccess(said)
                    if said.data.as_ref().is_some_and(|data| data.as_str() == r#"{"cancelResult":"FAILURE"}"#))
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
        (json!({"status": 200}), |error| {
            matches!(error, Error::Decode { .. })
        }),
        (json!({"status": 400, "error": 7}), |error| {
            matches!(error, Error::Decode { .. })
        }),
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
            client_order_id: None,
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
async fn a_session_spares_signatures_until_it_is_logged_off() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(ed25519_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    assert_eq!(client.session(), SessionState::LoggedOff);
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.logon().await }
    });
    let logon = peer.request().await;
    assert_eq!(logon["method"], "session.logon");
    assert_ed25519(&logon["params"]);
    assert_eq!(
        payload(&logon["params"]),
        "apiKey=the-ed-key&recvWindow=100&timestamp=1645423376532"
    );
    peer.answer(&logon, json!({"apiKey": "the-ed-key"})).await;
    done(task).await.unwrap();
    assert_eq!(client.session(), SessionState::LoggedOn);

    let call = send(&client, Place(None));
    let request = peer.request().await;
    let params = request["params"].as_object().expect("params");
    assert!(!params.contains_key("apiKey") && !params.contains_key("signature"));
    assert_eq!(
        (&params["timestamp"], &params["recvWindow"]),
        (&json!(NOW), &json!(100))
    );
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
    let call = send(&client.with_credentials(hmac_credentials()), Place(None));
    let request = peer.request().await;
    assert_hmac(&request["params"]);
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();

    let task = tokio::spawn({
        let client = client.clone();
        async move { client.logout().await }
    });
    let logout = peer.request().await;
    assert_eq!(logout["method"], "session.logout");
    peer.answer(&logout, json!({})).await;
    done(task).await.unwrap();
    let _call = send(&client, Account);
    assert_ed25519(&peer.request().await["params"]);
}

#[tokio::test]
async fn a_refused_logon_fails_connecting() {
    let mut server = Server::start().await;
    for with_id in [true, false] {
        let builder = builder(&server).credentials(ed25519_credentials()).logon(true);
        let connecting = tokio::spawn(builder.connect());
        let mut peer = server.peer().await;
        let logon = peer.request().await;
        let id = if with_id { logon["id"].clone() } else { Value::Null };
        let refusal = json!({"id": id, "status": 401, "error": {"code": -2015, "msg": "Invalid API-key"}});
        peer.send_value(&refusal).await;
        let error = done(connecting).await.unwrap_err();
        assert_eq!(error.code().map(|code| code.0), Some(-2015));
        peer.closed().await;
    }
}

#[tokio::test]
async fn logon_and_user_data_come_back_after_a_loss() {
    let mut server = Server::start().await;
    let (client, mut peer) = logged_on(&mut server).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.subscribe");
    assert!(request.get("params").is_none());
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    peer.text(r#"{"subscriptionId":0,"event":{"e":"balanceUpdate","d":"1"}}"#)
        .await;
    peer.text(r#"{"event":{"e":"balanceUpdate","d":"2"}}"#).await;
    peer.text(r#"{"subscriptionId":9,"event":{"e":"balanceUpdate","d":"not mine"}}"#)
        .await;
    assert_eq!(next(&mut events).await, event(r#"{"e":"balanceUpdate","d":"1"}"#));
    assert_eq!(next(&mut events).await, event(r#"{"e":"balanceUpdate","d":"2"}"#));

    peer.close().await;
    assert!(matches!(next(&mut events).await, StreamItem::Gap { .. }));
    let waiting = send(&client, Place(None));
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    assert_eq!(logon["method"], "session.logon");
    peer.answer(&logon, json!({})).await;
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.subscribe");
    // Another id than before.
    peer.answer(&request, json!({"subscriptionId": 4})).await;
    assert_eq!(
        next(&mut events).await,
        StreamItem::Reconnected { streams: Vec::new() }
    );
    peer.text(r#"{"subscriptionId":4,"event":{"e":"balanceUpdate","d":"3"}}"#)
        .await;
    assert_eq!(next(&mut events).await, event(r#"{"e":"balanceUpdate","d":"3"}"#));
    // The call that waited goes out by the session.
    let request = peer.request().await;
    assert_eq!(request["method"], "order.place");
    assert!(request["params"].get("signature").is_none());
    peer.answer(&request, json!({})).await;
    done(waiting).await.unwrap();

    drop(events);
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.unsubscribe");
    assert_eq!(request["params"], json!({"subscriptionId": 4}));
}

#[tokio::test]
async fn user_data_with_a_signature_and_its_end() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let mut streams = Vec::new();
    for id in [3, 5] {
        let task = tokio::spawn({
            let client = client.clone();
            async move { client.subscribe_user_data::<RawJson>().await }
        });
        let request = peer.request().await;
        assert_eq!(request["method"], "userDataStream.subscribe.signature");
        assert_hmac(&request["params"]);
        peer.answer(&request, json!({"subscriptionId": id})).await;
        streams.push(done(task).await.unwrap());
    }
    peer.text(r#"{"subscriptionId":5,"event":{"e":"x","n":1}}"#).await;
    peer.text(r#"{"subscriptionId":3,"event":{"e":"x","n":2}}"#).await;
    peer.text(r#"{"event":{"e":"eventStreamTerminated","E":1},"subscriptionId":3}"#)
        .await;
    peer.text(r#"{"subscriptionId":5,"event":{"e":"x","n":3}}"#).await;
    let [first, second] = &mut streams[..] else {
        panic!("two streams")
    };
    assert_eq!(next(first).await, event(r#"{"e":"x","n":2}"#));
    assert_eq!(next(first).await, event(r#"{"e":"eventStreamTerminated","E":1}"#));
    assert!(matches!(next(first).await, StreamItem::Terminated { .. }));
    assert!(first.next().await.is_none());
    assert_eq!(next(second).await, event(r#"{"e":"x","n":1}"#));
    assert_eq!(next(second).await, event(r#"{"e":"x","n":3}"#));

    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    peer.send_value(&json!({"id": request["id"], "status": 400, "error": {"code": -2035, "msg": "already"}}))
        .await;
    assert!(matches!(done(task).await, Err(Error::Api(error)) if error.code.0 == -2035));
}

#[tokio::test]
async fn events_that_nobody_takes_are_dropped_and_counted() {
    let mut server = Server::start().await;
    let builder = builder(&server)
        .credentials(hmac_credentials())
        .event_capacity(2)
        .event_overflow(Overflow::DropOldest);
    let (client, mut peer) = connected(&mut server, builder).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    for n in 0..5 {
        peer.text(format!(r#"{{"subscriptionId":0,"event":{{"n":{n}}}}}"#))
            .await;
    }
    // Responses are not held up by them.
    let call = send(&client, Time(1));
    let request = peer.request().await;
    peer.answer(&request, json!(1)).await;
    done(call).await.unwrap();
    assert_eq!(next(&mut events).await, StreamItem::Lagged { dropped: 3 });
    assert_eq!(next(&mut events).await, event(r#"{"n":3}"#));
}

#[tokio::test]
async fn a_revoked_key_ends_the_session() {
    let mut server = Server::start().await;
    let (client, mut peer) = logged_on(&mut server).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    let change = tokio::spawn({
        let client = client.clone();
        async move { client.session_change().await }
    });
    let call = send(&client, Account);
    peer.request().await;
    peer.text(
        r#"{"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions."}}"#,
    )
    .await;
    let error = done(call).await.unwrap_err();
    assert!(
        matches!(&error, Error::Api(said) if said.status == 401 && said.code.0 == -2015),
        "{error:?}"
    );
    assert!(matches!(done(change).await, Some(SessionState::Revoked(said)) if said.code.0 == -2015));
    assert!(matches!(next(&mut events).await, StreamItem::Terminated { .. }));
    // From here on requests are signed one by one again.
    let _call = send(&client, Account);
    assert_ed25519(&peer.request().await["params"]);
}

#[tokio::test]
async fn a_shutdown_announced_moves_to_a_new_connection_before_the_old_one_closes() {
    let mut server = Server::start().await;
    let (client, mut old) = logged_on(&mut server).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = old.request().await;
    old.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    let order = send(&client, Place(Some("on the old one")));
    let order_request = old.request().await;

    old.text(r#"{"event":{"e":"serverShutdown","E":1770123456789}}"#)
        .await;
    assert_eq!(next(&mut events).await, StreamItem::ServerShutdown);
    let mut new = server.peer().await;
    let logon = new.request().await;
    assert_eq!(logon["method"], "session.logon");
    // Until the new one is ready the old one serves.
    let call = send(&client, Time(1));
    let request = old.request().await;
    old.answer(&request, json!(1)).await;
    done(call).await.unwrap();
    new.answer(&logon, json!({})).await;
    let request = new.request().await;
    new.answer(&request, json!({"subscriptionId": 7})).await;
    assert_eq!(next(&mut events).await, StreamItem::Replaced);
    let call = send(&client, Time(2));
    let request = new.request().await;
    new.answer(&request, json!(2)).await;
    done(call).await.unwrap();
    // The same event over both connections comes once.
    old.text(r#"{"subscriptionId":0,"event":{"e":"executionReport","i":1}}"#)
        .await;
    assert_eq!(next(&mut events).await, event(r#"{"e":"executionReport","i":1}"#));
    new.text(r#"{"subscriptionId":7,"event":{"e":"executionReport","i":1}}"#)
        .await;
    new.text(r#"{"subscriptionId":7,"event":{"e":"executionReport","i":2}}"#)
        .await;
    assert_eq!(next(&mut events).await, event(r#"{"e":"executionReport","i":2}"#));
    // What the old connection still owed is answered, then it is closed.
    old.answer(&order_request, json!({"orderId": 1})).await;
    assert_eq!(done(order).await.unwrap(), r#"{"orderId":1}"#);
    old.closed().await;
}

#[tokio::test]
async fn the_connection_lives_as_long_as_something_uses_it() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let task = tokio::spawn(async move { client.subscribe_user_data::<RawJson>().await });
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = done(task).await.unwrap();
    // Every handle is gone; the stream is not.
    peer.text(r#"{"subscriptionId":0,"event":{"n":1}}"#).await;
    assert_eq!(next(&mut events).await, event(r#"{"n":1}"#));
    drop(events);
    peer.closed().await;
}

#[tokio::test]
async fn closing_ends_everything() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let order = send(&client, Place(Some("mine")));
    peer.request().await;
    client.close().await;
    peer.closed().await;
    assert!(matches!(done(order).await, Err(Error::ExecutionUnknown { .. })));
    assert!(matches!(
        done(send(&client, Place(None))).await,
        Err(Error::Transport(_))
    ));
}

#[tokio::test]
async fn a_logon_limited_on_the_way_back_is_tried_again() {
    let mut server = Server::start().await;
    let (client, peer) = logged_on(&mut server).await;
    drop(peer);
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    peer.send_value(
        &json!({"id": logon["id"], "status": 429, "error": {"code": -1003, "msg": "slow",
        "data": {"serverTime": NOW, "retryAfter": NOW + 1}}}),
    )
    .await;
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    peer.answer(&logon, json!({})).await;
    let call = send(&client, Account);
    let request = peer.request().await;
    assert!(request["params"].get("signature").is_none());
    peer.answer(&request, json!({})).await;
    done(call).await.unwrap();
}

#[tokio::test]
async fn a_subscription_given_up_by_its_caller_is_undone() {
    let mut server = Server::start().await;
    let builder = builder(&server).credentials(hmac_credentials());
    let (client, mut peer) = connected(&mut server, builder).await;
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.subscribe_user_data::<RawJson>().await }
    });
    let request = peer.request().await;
    task.abort();
    assert!(within("the task", task).await.is_err());
    peer.answer(&request, json!({"subscriptionId": 8})).await;
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.unsubscribe");
    assert_eq!(request["params"], json!({"subscriptionId": 8}));
    drop(client);
}

/// Manages a listen key: takes a key and no signature.
struct StartUserData;

impl Operation for StartUserData {
    type Response = Json;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    credit!();
}

operation!(
    StartUserData,
    "userDataStream.start",
    info(Security::UserStream, false, true)
);

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
