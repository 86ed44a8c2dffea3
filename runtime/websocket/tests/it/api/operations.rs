//! Operations to send, settings of clients, and how signatures are checked.

use std::time::Duration;

use aws_lc_rs::{hmac, signature};
use base64::Engine as _;
use binance_wire_core::{
    Credit, Decimal, DecodeError, Error, Evidence, FromJson, Identity, LimitScope, Operation, OperationInfo,
    ParamSink, QueryTwin, RawJson, Reader, Reconcile, Rules, Security, Timestamp, WsApiOperation, rule,
};
use binance_wire_signing::{Credentials, RecvWindow};
use binance_wire_websocket::{ApiClient, ApiClientBuilder, EventStream, ReconnectPolicy, StreamItem};
use serde_json::{Value, json};

use crate::common::{Peer, Server, within};

pub(crate) const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
pub(crate) const NOW: i64 = 1_645_423_376_532;

/// The key pair of the exchange's published FIX example.
pub(crate) const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n-----END PRIVATE KEY-----\n";
pub(crate) const PUBLIC_KEY: [u8; 32] = [
    0x19, 0x42, 0x0a, 0xbf, 0xd7, 0x52, 0xa5, 0x65, 0xc1, 0x56, 0x25, 0xe9, 0xda, 0x6e, 0xaf, 0x00, 0x86,
    0xfc, 0x40, 0xc1, 0x49, 0x60, 0x18, 0x32, 0x14, 0x44, 0x2c, 0x14, 0x99, 0x6a, 0x80, 0x0d,
];

/// A result as it came.
#[derive(Debug, PartialEq)]
pub(crate) struct Json(pub(crate) RawJson);

impl FromJson for Json {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        RawJson::from_json(reader).map(Self)
    }
}

pub(crate) const fn info(security: Security, signed: bool, mutation: bool) -> OperationInfo {
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
pub(crate) struct Place(pub(crate) Option<&'static str>);

impl Operation for Place {
    type Response = Json;

    const RULES: Rules = Rules::new(
        &[
            rule!("A test order's id has no spaces." code -1100 => pattern("newClientOrderId", "a-z0-9-", 1, 36)),
        ],
        &[],
        &[],
    );

    fn write_params(&self, sink: &mut dyn ParamSink) {
        sink.text("symbol", "１２３BTC");
        sink.text("side", "SELL");
        sink.decimal("price", Decimal::new(5_200_000, 2));
        if let Some(id) = self.0 {
            sink.text("newClientOrderId", id);
        }
    }

    credit!();

    const IDENTITY: Identity = Identity {
        made: &["newClientOrderId"],
        query: Some(QueryTwin::new(
            &[("symbol", "symbol"), ("newClientOrderId", "origClientOrderId")],
            &[-2013],
            Evidence::Exists,
            Credit::ip(4),
        )),
        ..Identity::NONE
    };
}

operation!(Place, "order.place", info(Security::Trade, true, true));

impl Reconcile for Place {
    type Query = Status;
}

/// The query that finds an order.
#[derive(Debug)]
pub(crate) struct Status;

impl Operation for Status {
    type Response = Json;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    credit!();
}

operation!(Status, "order.status", info(Security::UserData, true, false));

/// A read that is signed.
pub(crate) struct Account;

impl Operation for Account {
    type Response = Json;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    credit!();
}

operation!(Account, "account.status", info(Security::UserData, true, false));

/// A read open to everyone.
pub(crate) struct Time(pub(crate) i64);

impl Operation for Time {
    type Response = Json;

    fn write_params(&self, sink: &mut dyn ParamSink) {
        sink.integer("n", self.0);
    }

    credit!();
}

operation!(Time, "time", info(Security::None, false, false));

/// Manages a listen key: takes a key and no signature.
pub(crate) struct StartUserData;

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

pub(crate) fn hmac_credentials() -> Credentials {
    Credentials::hmac("the-key", SECRET).expect("credentials")
}

pub(crate) fn ed25519_credentials() -> Credentials {
    Credentials::ed25519("the-ed-key", PEM).expect("credentials")
}

pub(crate) fn policy() -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    policy.seed = Some(1);
    policy
}

pub(crate) fn builder(server: &Server) -> ApiClientBuilder {
    ApiClient::builder([server.url.as_str()])
        .reconnect(policy())
        .clock(|| Timestamp::from_millis(NOW))
        .recv_window(RecvWindow::from_millis(Decimal::from(100)).expect("a window"))
}

pub(crate) async fn connected(server: &mut Server, builder: ApiClientBuilder) -> (ApiClient, Peer) {
    let connecting = tokio::spawn(builder.connect());
    let peer = server.peer().await;
    (within("connecting", connecting).await.unwrap().unwrap(), peer)
}

pub(crate) async fn logged_on(server: &mut Server) -> (ApiClient, Peer) {
    let builder = builder(server).credentials(ed25519_credentials()).logon(true);
    let connecting = tokio::spawn(builder.connect());
    let mut peer = server.peer().await;
    let logon = peer.request().await;
    assert_eq!(logon["method"], "session.logon");
    peer.answer(&logon, json!({"apiKey": "the-ed-key"})).await;
    (within("connecting", connecting).await.unwrap().unwrap(), peer)
}

pub(crate) fn send<O: WsApiOperation<Response = Json> + Send + Sync + 'static>(
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

pub(crate) async fn done<T>(task: tokio::task::JoinHandle<T>) -> T {
    within("the call", task).await.expect("no panic")
}

/// What is signed, put together from the frame by the rule and not by the code under test.
pub(crate) fn payload(params: &Value) -> String {
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

pub(crate) fn assert_hmac(params: &Value) {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, payload(params).as_bytes());
    assert_eq!(params["signature"], hex::encode(tag));
    assert_eq!(params["apiKey"], "the-key");
}

pub(crate) fn assert_ed25519(params: &Value) {
    let text = params["signature"].as_str().expect("a signature");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .expect("base64");
    let key = signature::UnparsedPublicKey::new(&signature::ED25519, PUBLIC_KEY);
    key.verify(payload(params).as_bytes(), &bytes)
        .expect("a good signature");
    assert_eq!(params["apiKey"], "the-ed-key");
}

pub(crate) async fn next(events: &mut EventStream<RawJson>) -> StreamItem<RawJson> {
    within("an item", events.next())
        .await
        .expect("the stream goes on")
}

pub(crate) fn event(text: &str) -> StreamItem<RawJson> {
    StreamItem::Event(RawJson::new(text).expect("JSON"))
}
