//! User data by listen key and by listen token, against a server that the tests drive and keys that they give out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::common::{Server, within};
use binance_wire_core::{ApiError, Error, ErrorCode, RawJson, Text, Timestamp, TransportError, json};
use binance_wire_websocket::{
    ApiClient, EventStream, Fetching, GapReason, ListenKeys, ListenToken, ListenTokens, ReconnectPolicy,
    StreamItem, UserDataBuilder,
};
use serde_json::json;
use tokio::sync::mpsc;

/// What is given out: a key or token, none, or the code of an error (0: no answer came).
type Answer = Result<Option<&'static str>, i32>;

/// Gives out keys and tokens; what was asked comes out at the other end.
#[derive(Clone)]
struct Desk {
    asked: mpsc::UnboundedSender<String>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    life: Duration,
}

type Asked = mpsc::UnboundedReceiver<String>;

fn desk(answers: &[Answer]) -> (Desk, Asked) {
    let (asked, questions) = mpsc::unbounded_channel();
    let desk = Desk {
        asked,
        answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
        life: Duration::from_secs(3600),
    };
    (desk, questions)
}

fn refused(code: i32) -> Error {
    if code == 0 {
        return Error::Transport(TransportError::new("asking", "nobody answers"));
    }
    Error::Api(ApiError {
        status: 400,
        code_text: None,
        code: ErrorCode(code),
        message: "no".into(),
        data: None,
        code_name: None,
        call: None,
    })
}

impl Desk {
    /// The next answer; without one the question stays unanswered.
    fn answer(&self, question: String) -> Fetching<'static, Option<Text>> {
        let _ = self.asked.send(question);
        match self.answers.lock().unwrap().pop_front() {
            Some(answer) => Box::pin(async move { answer.map(|key| key.map(Text::from)).map_err(refused) }),
            None => Box::pin(std::future::pending()),
        }
    }
}

impl ListenKeys for Desk {
    fn start(&self) -> Fetching<'_, Option<Text>> {
        self.answer("start".into())
    }

    fn keep_alive<'a>(&'a self, key: &'a str) -> Fetching<'a, Option<Text>> {
        self.answer(format!("keep {key}"))
    }

    fn close<'a>(&'a self, key: &'a str) -> Fetching<'a, ()> {
        let closing = self.answer(format!("close {key}"));
        Box::pin(async move { closing.await.map(drop) })
    }
}

impl ListenTokens for Desk {
    fn issue(&self) -> Fetching<'_, Option<ListenToken>> {
        let answer = self.answer("issue".into());
        let now = Timestamp::from(SystemTime::now());
        let expires = Timestamp::from_micros(now.as_micros() + i64::try_from(self.life.as_micros()).unwrap());
        Box::pin(async move { Ok(answer.await?.map(|token| ListenToken { token, expires })) })
    }
}

fn policy() -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy.max_delay = Duration::from_millis(20);
    policy
}

const PRIVATE: &str = "/private/ws?listenKey={listenKey}&events={events}";

fn by_key(server: &Server, desk: Desk) -> UserDataBuilder<RawJson> {
    UserDataBuilder::listen_key(
        [server.url.as_str()],
        PRIVATE,
        60,
        desk,
        json::from_str::<RawJson>,
    )
    .reconnect(policy())
}

async fn asked(questions: &mut Asked) -> String {
    within("a question", questions.recv())
        .await
        .expect("the desk is open")
}

async fn next(events: &mut EventStream<RawJson>) -> StreamItem<RawJson> {
    within("an item", events.next())
        .await
        .expect("the stream goes on")
}

fn expired() -> StreamItem<RawJson> {
    StreamItem::Gap {
        reason: GapReason::KeyExpired,
        streams: Vec::new(),
    }
}

fn reconnected() -> StreamItem<RawJson> {
    StreamItem::Reconnected { streams: Vec::new() }
}

fn event(text: &str) -> StreamItem<RawJson> {
    StreamItem::Event(RawJson::new(text).expect("JSON"))
}

#[tokio::test]
async fn the_key_stands_in_the_address_and_ends_with_the_stream() {
    let mut server = Server::start().await;
    let (desk, mut questions) = desk(&[Ok(Some("k1")), Ok(None)]);
    let builder = by_key(&server, desk)
        .events(["ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE"])
        .close_key(true);
    let mut events = within("connecting", builder.connect()).await.unwrap();
    assert_eq!(asked(&mut questions).await, "start");
    let mut peer = server.peer().await;
    assert_eq!(
        peer.path,
        "/private/ws?listenKey=k1&events=ORDER_TRADE_UPDATE/ACCOUNT_UPDATE"
    );
    peer.text(r#"{"e":"ACCOUNT_UPDATE"}"#).await;
    assert_eq!(next(&mut events).await, event(r#"{"e":"ACCOUNT_UPDATE"}"#));
    // A lost connection is made again with the same key.
    drop(peer);
    assert!(matches!(next(&mut events).await, StreamItem::Gap { .. }));
    let mut peer = server.peer().await;
    assert!(peer.path.contains("listenKey=k1&"), "{}", peer.path);
    assert_eq!(next(&mut events).await, reconnected());
    drop(events);
    peer.closed().await;
    assert_eq!(asked(&mut questions).await, "close k1");
}

#[tokio::test]
async fn a_key_is_left_alone_unless_told_otherwise() {
    let mut server = Server::start().await;
    let (desk, mut questions) = desk(&[Ok(Some("k1"))]);
    let events = by_key(&server, desk).connect().await.unwrap();
    let mut peer = server.peer().await;
    assert_eq!(peer.path, "/private/ws?listenKey=k1");
    drop(events);
    peer.closed().await;
    assert_eq!(asked(&mut questions).await, "start");
    // With the task gone nobody can ask any more.
    assert_eq!(within("the end", questions.recv()).await, None);
}

#[tokio::test]
async fn an_expired_key_is_replaced_and_the_gap_is_told() {
    let mut server = Server::start().await;
    let (desk, mut questions) = desk(&[Ok(Some("k1")), Ok(Some("k2"))]);
    let mut events = by_key(&server, desk).connect().await.unwrap();
    assert_eq!(asked(&mut questions).await, "start");
    let mut old = server.peer().await;
    // Another's key concerns nobody here.
    let other = r#"{"e":"listenKeyExpired","E":1,"listenKey":"k0"}"#;
    let ours = r#"{"e":"listenKeyExpired","E":1,"listenKey":"k1"}"#;
    for text in [other, ours] {
        old.text(text).await;
        assert_eq!(next(&mut events).await, event(text), "it is an event as well");
    }
    assert_eq!(next(&mut events).await, expired());
    assert_eq!(asked(&mut questions).await, "start");
    let new = server.peer().await;
    assert_eq!(new.path, "/private/ws?listenKey=k2");
    assert_eq!(next(&mut events).await, reconnected());
    old.closed().await;
}

#[tokio::test]
async fn a_key_is_kept_alive_and_replaced_where_the_exchange_does_not_know_it() {
    let mut server = Server::start().await;
    // Kept alive twice, once in vain, then unknown.
    let answers = [
        Ok(Some("k1")),
        Ok(None),
        Ok(Some("k1")),
        Err(0),
        Err(-1125),
        Ok(Some("k2")),
    ];
    let (desk, mut questions) = desk(&answers);
    let life = Duration::from_millis(600);
    let mut events = by_key(&server, desk).key_life(life).connect().await.unwrap();
    let _old = server.peer().await;
    for question in ["start", "keep k1", "keep k1", "keep k1", "keep k1"] {
        assert_eq!(asked(&mut questions).await, question);
    }
    assert_eq!(next(&mut events).await, expired());
    assert_eq!(asked(&mut questions).await, "start");
    assert_eq!(server.peer().await.path, "/private/ws?listenKey=k2");
    assert_eq!(next(&mut events).await, reconnected());
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_alive_is_over_at_its_end() {
    let mut server = Server::start().await;
    // Keeping it alive is never answered.
    let (desk, mut questions) = desk(&[Ok(Some("k1"))]);
    let answers = desk.answers.clone();
    let life = Duration::from_millis(200);
    let mut events = by_key(&server, desk).key_life(life).connect().await.unwrap();
    let _old = server.peer().await;
    assert_eq!(asked(&mut questions).await, "start");
    assert_eq!(asked(&mut questions).await, "keep k1");
    // A first attempt to get another fails, too.
    answers.lock().unwrap().extend([Err(0), Ok(Some("k2"))]);
    assert_eq!(next(&mut events).await, expired());
    assert_eq!(asked(&mut questions).await, "start");
    assert_eq!(asked(&mut questions).await, "start");
    assert_eq!(server.peer().await.path, "/private/ws?listenKey=k2");
    assert_eq!(next(&mut events).await, reconnected());
}

#[tokio::test]
async fn keeping_alive_may_answer_with_another_key() {
    let mut server = Server::start().await;
    let (desk, _questions) = desk(&[Ok(Some("k1")), Ok(Some("k2"))]);
    let life = Duration::from_millis(400);
    let mut events = by_key(&server, desk).key_life(life).connect().await.unwrap();
    let _old = server.peer().await;
    assert_eq!(next(&mut events).await, expired());
    assert_eq!(server.peer().await.path, "/private/ws?listenKey=k2");
    assert_eq!(next(&mut events).await, reconnected());
}

#[tokio::test]
async fn an_old_connection_is_replaced_with_the_same_key() {
    let mut server = Server::start().await;
    let (desk, _questions) = desk(&[Ok(Some("k1"))]);
    let mut policy = policy();
    policy.lifetime = Duration::from_millis(100);
    let mut events = by_key(&server, desk).reconnect(policy).connect().await.unwrap();
    let mut old = server.peer().await;
    let new = server.peer().await;
    assert_eq!(new.path, "/private/ws?listenKey=k1");
    let old = tokio::spawn(async move { old.closed().await });
    assert_eq!(next(&mut events).await, StreamItem::Replaced);
    old.await.unwrap();
}

#[tokio::test]
async fn what_goes_wrong_at_the_start_is_an_error() {
    let mut server = Server::start().await;
    let (no_key, _questions) = desk(&[Err(-2015), Ok(None)]);
    let builder = by_key(&server, no_key);
    let error = builder.clone().connect().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode(-2015)));
    assert!(matches!(builder.connect().await, Err(Error::Transport(_))));
    let (desk, mut questions) = desk(&[]);
    let no_choice = UserDataBuilder::listen_key(
        [server.url.as_str()],
        "/ws/{listenKey}",
        60,
        desk,
        json::from_str::<RawJson>,
    );
    assert!(matches!(
        no_choice.events(["ACCOUNT_UPDATE"]).connect().await,
        Err(Error::Unusable(_))
    ));
    assert!(questions.try_recv().is_err() && !server.has_peer());
}

#[tokio::test]
async fn a_key_that_the_handshake_refuses_is_replaced() {
    let mut server = Server::start().await;
    let (desk, mut questions) = desk(&[Ok(Some("k1")), Ok(Some("k2"))]);
    let mut events = by_key(&server, desk).connect().await.unwrap();
    assert_eq!(asked(&mut questions).await, "start");
    let old = server.peer().await;
    server.refuse_next(401);
    drop(old);
    assert!(matches!(next(&mut events).await, StreamItem::Gap { .. }));
    assert_eq!(asked(&mut questions).await, "start");
    assert_eq!(server.peer().await.path, "/private/ws?listenKey=k2");
    assert_eq!(next(&mut events).await, reconnected());
}

const METHOD: &str = "userDataStream.subscribe.listenToken";

fn by_token(server: &Server, desk: Desk) -> UserDataBuilder<RawJson> {
    UserDataBuilder::listen_token([server.url.as_str()], METHOD, desk, json::from_str::<RawJson>)
        .reconnect(policy())
}

#[tokio::test]
async fn a_token_subscribes_and_is_renewed_before_it_expires() {
    let mut server = Server::start().await;
    let (mut desk, mut questions) = desk(&[Ok(Some("t1")), Ok(Some("t2")), Ok(Some("t3"))]);
    desk.life = Duration::from_millis(600);
    let answers = desk.answers.clone();
    let connecting = tokio::spawn(by_token(&server, desk).connect());
    let mut peer = server.peer().await;
    let request = peer.request().await;
    assert_eq!(
        (&request["method"], &request["params"]),
        (&json!(METHOD), &json!({"listenToken": "t1"}))
    );
    peer.answer(&request, json!({"subscriptionId": 1, "expirationTime": 1}))
        .await;
    let mut events = within("connecting", connecting).await.unwrap().unwrap();
    let text = r#"{"e":"balanceUpdate"}"#;
    for token in ["t2", "t3"] {
        peer.text(format!(r#"{{"subscriptionId":1,"event":{text}}}"#))
            .await;
        assert_eq!(next(&mut events).await, event(text));
        let request = peer.request().await;
        assert_eq!(request["params"]["listenToken"], token);
        peer.answer(&request, json!({"subscriptionId": 1, "expirationTime": 2}))
            .await;
    }
    for _ in 0..3 {
        assert_eq!(asked(&mut questions).await, "issue");
    }
    // On a new connection the last token is used.
    drop(peer);
    assert!(matches!(next(&mut events).await, StreamItem::Gap { .. }));
    let mut peer = server.peer().await;
    let request = peer.request().await;
    assert_eq!(request["params"]["listenToken"], "t3");
    peer.answer(&request, json!({"subscriptionId": 0, "expirationTime": 2}))
        .await;
    assert_eq!(next(&mut events).await, reconnected());
    drop((events, answers));
    peer.closed().await;
}

#[tokio::test]
async fn an_expired_token_is_replaced_and_the_gap_is_told() {
    let mut server = Server::start().await;
    let (desk, mut questions) = desk(&[Ok(Some("t1")), Ok(Some("t2")), Err(0), Ok(Some("t3"))]);
    let over = tokio::spawn({
        let url = server.url.clone();
        async move { ApiClient::builder([url]).reconnect(policy()).connect().await }
    });
    let mut peer = server.peer().await;
    let client = within("connecting", over).await.unwrap().unwrap();
    let connecting = tokio::spawn(by_token(&server, desk).over(&client).connect());
    let request = peer.request().await;
    peer.answer(&request, json!({"subscriptionId": 0})).await;
    let mut events = within("subscribing", connecting).await.unwrap().unwrap();
    assert_eq!(asked(&mut questions).await, "issue");

    let terminated = r#"{"e":"eventStreamTerminated","E":1}"#;
    peer.text(format!(r#"{{"subscriptionId":0,"event":{terminated}}}"#))
        .await;
    assert_eq!(next(&mut events).await, event(terminated));
    assert_eq!(next(&mut events).await, expired());
    assert_eq!(asked(&mut questions).await, "issue");
    let request = peer.request().await;
    assert_eq!(request["params"]["listenToken"], "t2");
    // The new one is not good either, and the next is not to be had at once.
    let error =
        json!({"id": request["id"], "status": 400, "error": {"code": -1209, "msg": "Invalid listenToken."}});
    peer.send_value(&error).await;
    let request = peer.request().await;
    assert_eq!(request["params"]["listenToken"], "t3");
    peer.answer(&request, json!({"subscriptionId": 1})).await;
    assert_eq!(next(&mut events).await, reconnected());
    peer.text(r#"{"subscriptionId":1,"event":{"e":"x"}}"#).await;
    assert_eq!(next(&mut events).await, event(r#"{"e":"x"}"#));
    // The consumer leaves; the connection is the caller's and stays.
    drop(events);
    let request = peer.request().await;
    assert_eq!(request["method"], "userDataStream.unsubscribe");
    peer.answer(&request, json!({})).await;
    client.close().await;
}

#[tokio::test]
async fn a_token_that_is_refused_at_the_start_is_an_error() {
    let mut server = Server::start().await;
    let (desk, _questions) = desk(&[Ok(Some("t1")), Ok(None)]);
    let builder = by_token(&server, desk);
    let connecting = tokio::spawn(builder.clone().connect());
    let mut peer = server.peer().await;
    let request = peer.request().await;
    let error =
        json!({"id": request["id"], "status": 400, "error": {"code": -1209, "msg": "Invalid listenToken."}});
    peer.send_value(&error).await;
    let error = within("connecting", connecting).await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode(-1209)));
    let connecting = tokio::spawn(builder.connect());
    let _peer = server.peer().await;
    assert!(matches!(
        within("connecting", connecting).await.unwrap(),
        Err(Error::Transport(_))
    ));
}
