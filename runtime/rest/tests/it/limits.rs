//! The limiter and the exchange's clock on the way of a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use binance_wire_core::{
    CallOptions, Credit, Error, HttpMethod, IntervalUnit, Operation, OperationInfo, ParamSink, ProductLimits,
    RateLimitKind, RateLimitRule, RestOperation, ThrottleReason, Timestamp,
};
use binance_wire_rest::limits::{CounterState, Limiter, ServerClock, WhenFull};
use binance_wire_rest::{Client, ClientBuilder};
use tokio::sync::{Notify, mpsc};

use crate::common::{Account, Action, Answer, Depth, NewOrder, Received, Server, http, ok};

/// Windows of a day, and a clock in the middle of one: no window ends while a test runs.
const LIMITS: ProductLimits = ProductLimits {
    system: "toys",
    rules: &[
        RateLimitRule::new(RateLimitKind::RequestWeight, 100, 1, IntervalUnit::Day),
        RateLimitRule::new(RateLimitKind::RawRequests, 50, 1, IntervalUnit::Day),
    ],
    time_path: "/api/v3/time",
    ..ProductLimits::UNKNOWN
};
const DAY: Duration = Duration::from_secs(86_400);
const NOON: i64 = 1_700_049_600_000;

fn limiter(when_full: WhenFull) -> Limiter {
    let clock = ServerClock::new();
    clock.record(Instant::now(), Timestamp::from_millis(NOON));
    Limiter::builder()
        .when_full(when_full)
        .server_clock(&clock)
        .build()
}

fn refusing() -> Limiter {
    limiter(WhenFull::Refuse)
}

fn client(server: &Server, limiter: &Limiter) -> Client {
    limited(server.builder(), limiter).build().expect("a client")
}

fn limited(builder: ClientBuilder, limiter: &Limiter) -> ClientBuilder {
    builder.product_limits(LIMITS).limiter(limiter)
}

fn counter(limiter: &Limiter, kind: RateLimitKind) -> CounterState {
    let snapshot = limiter.snapshot();
    snapshot
        .counter("toys@127.0.0.1", kind, DAY)
        .expect("a counter")
        .clone()
}

fn weight(limiter: &Limiter) -> u64 {
    counter(limiter, RateLimitKind::RequestWeight).used
}

/// A read that weighs what it says; under the name that a test gives it.
struct Heavy {
    credit: Credit,
}

impl Operation for Heavy {
    type Response = Answer;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        self.credit
    }
}

impl RestOperation for Heavy {
    const INFO: OperationInfo = OperationInfo {
        product: "toys",
        id: "exchangeInfo",
        ..OperationInfo::DEFAULT
    };
    const METHOD: HttpMethod = HttpMethod::Get;
    const PATH: &'static str = "/api/v3/exchangeInfo";
}

fn heavy(weight: u32) -> Heavy {
    Heavy {
        credit: Credit::ip(weight),
    }
}

const DEPTH: Depth = Depth { symbol: "BTCUSDT" };

fn throttled(error: Error) -> ThrottleReason {
    match error {
        Error::Throttled(throttled) => throttled.reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_has_no_room_does_not_reach_the_exchange() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let limiter = refusing();
    let client = client(&server, &limiter);
    client.send(&heavy(60)).await.expect("an answer");
    client.send(&heavy(30)).await.expect("an answer");
    let error = client
        .send(&heavy(1))
        .await
        .expect_err("a tenth is kept for trading");
    assert!(
        error
            .to_string()
            .starts_with("exchangeInfo (GET /api/v3/exchangeInfo): the limiter kept"),
        "{error}"
    );
    assert!(matches!(throttled(error), ThrottleReason::Exhausted(_)));
    assert_eq!(server.requests().len(), 2);
    client.send(&NewOrder::new()).await.expect("an order has room");
    assert_eq!(
        (
            weight(&limiter),
            counter(&limiter, RateLimitKind::RawRequests).used
        ),
        (91, 3)
    );
}

#[tokio::test]
async fn clients_share_what_the_limiter_counts() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let limiter = refusing();
    let (one, two) = (client(&server, &limiter), client(&server, &limiter));
    one.send(&heavy(90)).await.expect("an answer");
    assert!(two.send(&heavy(1)).await.is_err());
}

#[tokio::test]
async fn headers_correct_the_count() {
    let server = Server::answering(http("200 OK", &[("X-MBX-USED-WEIGHT-1D", "85")], "{\"id\":7}")).await;
    let limiter = refusing();
    let client = client(&server, &limiter);
    client.send(&heavy(1)).await.expect("an answer");
    assert_eq!(weight(&limiter), 85);
    assert!(client.send(&heavy(6)).await.is_err());
    client.send(&heavy(5)).await.expect("an answer");
}

#[tokio::test]
async fn exchange_info_states_the_limits() {
    let info = r#"{"id":7,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"DAY","intervalNum":1,"limit":1000}]}"#;
    let server = Server::answering(ok(info)).await;
    let limiter = refusing();
    let client = client(&server, &limiter);
    client.send(&heavy(10)).await.expect("an answer");
    assert_eq!(counter(&limiter, RateLimitKind::RequestWeight).limit, Some(1_000));
    client.send(&heavy(800)).await.expect("an answer");
}

#[tokio::test]
async fn the_weight_of_a_failure_is_given_back_by_success() {
    let server = Server::start(|number, _| match number {
        0 => Action::Reply(ok("{\"id\":7}")),
        1 => Action::Reply(http(
            "400 Bad Request",
            &[],
            r#"{"code":-1121,"msg":"Invalid symbol."}"#,
        )),
        // A success by its status alone.
        _ => Action::Reply(ok(r#"{"code":-1121,"msg":"Invalid symbol."}"#)),
    })
    .await;
    let limiter = refusing();
    let client = client(&server, &limiter);
    let operation = Heavy {
        credit: Credit::ip(10).on_success(0),
    };
    client.send(&operation).await.expect("an answer");
    assert_eq!(weight(&limiter), 0);
    client.send(&operation).await.expect_err("refused");
    assert_eq!(weight(&limiter), 10);
    client.send(&operation).await.expect_err("refused");
    assert_eq!(weight(&limiter), 20);
}

#[tokio::test]
async fn a_ban_stops_all_clients_of_the_address() {
    let banned = http(
        "418 I'm a teapot",
        &[("Retry-After", "200")],
        r#"{"code":-1003,"msg":"Way too much request weight used; IP banned."}"#,
    );
    let in_text = http(
        "400 Bad Request",
        &[],
        format!(
            r#"{{"code":-1003,"msg":"Way too many requests; IP banned until {}."}}"#,
            NOON + 200_000
        ),
    );
    for refusal in [banned, in_text] {
        let server = Server::answering(refusal).await;
        let limiter = limiter(WhenFull::Wait(Duration::from_secs(10)));
        let (one, two) = (client(&server, &limiter), client(&server, &limiter));
        one.send(&DEPTH).await.expect_err("banned");
        // At once, since the ban is longer than anyone would wait.
        for error in [
            one.send(&DEPTH).await.expect_err("stopped"),
            two.send(&NewOrder::new()).await.expect_err("stopped"),
        ] {
            let wait = error.wait(Timestamp::from_millis(NOON)).expect("a time");
            assert!(wait > Duration::from_secs(150), "{wait:?}");
            assert_eq!(throttled(error), ThrottleReason::Banned);
        }
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_429_pauses_the_address() {
    let server = Server::answering(http(
        "429 Too Many Requests",
        &[("Retry-After", "100")],
        "slow down",
    ))
    .await;
    let limiter = refusing();
    let client = client(&server, &limiter);
    assert!(matches!(
        client.send(&DEPTH).await,
        Err(Error::RateLimited { .. })
    ));
    assert_eq!(
        throttled(client.send(&DEPTH).await.expect_err("stopped")),
        ThrottleReason::Banned
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_that_is_cut_off_stops_the_address_and_tells_no_fate() {
    let cut =
        b"HTTP/1.1 418 I'm a teapot\r\nRetry-After: 100\r\nContent-Length: 90\r\n\r\n{\"code\":".to_vec();
    let server = Server::start(move |_, _| Action::Close(cut.clone())).await;
    let limiter = refusing();
    let client = client(&server, &limiter);
    let error = client.send(&NewOrder::new()).await.expect_err("cut off");
    assert!(matches!(error, Error::ExecutionUnknown { .. }), "{error:?}");
    assert_eq!(
        throttled(client.send(&DEPTH).await.expect_err("stopped")),
        ThrottleReason::Banned
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_429_that_nobody_waits_for_pauses_the_address() {
    let answer = Arc::new(Notify::new());
    let later = answer.clone();
    let refusal = http("429 Too Many Requests", &[("Retry-After", "100")], "slow down");
    let server = Server::start(move |_, _| Action::Later(later.clone(), refusal.clone())).await;
    let limiter = refusing();
    let (sender, mut hook) = mpsc::unbounded_channel();
    let client = limited(server.builder(), &limiter)
        .on_late_answer(move |late| sender.send(late).expect("the test listens"))
        .timeout(Duration::from_millis(100))
        .build()
        .expect("a client");
    client.send(&NewOrder::new()).await.expect_err("no answer");
    answer.notify_one();
    let late = hook.recv().await.expect("a late answer");
    assert!(matches!(late.result, Err(Error::RateLimited { .. })), "{late:?}");
    assert_eq!(
        throttled(client.send(&DEPTH).await.expect_err("stopped")),
        ThrottleReason::Banned
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_dropped_future_gives_back_what_was_not_sent() {
    let server = Server::start(|_, _| Action::Hang).await;
    let limiter = refusing();
    let client = client(&server, &limiter);
    let never_polled = client.send(&DEPTH);
    drop(never_polled);
    assert!(limiter.snapshot().counters.is_empty());
    let sending = tokio::spawn({
        let client = client.clone();
        async move { client.send(&heavy(10)).await }
    });
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    sending.abort();
    sending.await.expect_err("it was aborted");
    assert_eq!(weight(&limiter), 10);

    // Nothing listens there, so that nothing is sent.
    let nowhere = limited(Client::builder(["http://127.0.0.1:1"]), &limiter)
        .build()
        .expect("a client");
    nowhere.send(&heavy(20)).await.expect_err("no connection");
    assert_eq!(weight(&limiter), 10);
}

#[tokio::test]
async fn every_attempt_of_a_read_counts() {
    let server = Server::answering(http("500 Internal Server Error", &[], "{}")).await;
    let limiter = refusing();
    let client = limited(server.builder(), &limiter)
        .retry_reads(2, Duration::from_secs(10))
        .build()
        .expect("a client");
    client.send(&heavy(10)).await.expect_err("it fails");
    assert_eq!(weight(&limiter), 30);
}

/// An exchange with a clock of its own.
#[derive(Default)]
struct Timed {
    now: AtomicI64,
    /// Refuses what is signed more than five seconds off.
    strict: AtomicBool,
}

impl Timed {
    fn answer(&self, request: &Received) -> Action {
        let now = self.now.load(Ordering::Relaxed);
        if request.path() == "/api/v3/time" {
            return Action::Reply(ok(&format!("{{\"serverTime\":{now}}}")));
        }
        let time: i64 = request
            .param("timestamp")
            .expect("a time")
            .parse()
            .expect("a number");
        let off = (time - now).abs();
        match off < 5_000 || !self.strict.load(Ordering::Relaxed) {
            true => Action::Reply(ok("{\"id\":7}")),
            false => Action::Reply(http(
                "400 Bad Request",
                &[],
                r#"{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}"#,
            )),
        }
    }

    async fn start(now: i64) -> (Arc<Self>, Server) {
        let timed = Arc::new(Self::default());
        timed.now.store(now, Ordering::Relaxed);
        timed.strict.store(true, Ordering::Relaxed);
        let answers = timed.clone();
        let server = Server::start(move |_, request| answers.answer(request)).await;
        (timed, server)
    }
}

fn paths(server: &Server) -> Vec<String> {
    let requests = server.requests();
    requests
        .iter()
        .map(|request| request.path().trim_start_matches("/api/v3/").to_owned())
        .collect()
}

fn in_time(server: &Server, clock: &ServerClock) -> Client {
    let builder = server.builder().product_limits(LIMITS).server_clock(clock);
    builder.build().expect("a client")
}

#[tokio::test]
async fn requests_are_signed_in_the_exchanges_time() {
    let (_, server) = Timed::start(1_500_000_000_000).await;
    let clock = ServerClock::new();
    let client = in_time(&server, &clock);
    client.send(&NewOrder::new()).await.expect("in time");
    client.send(&Account).await.expect("in time");
    assert_eq!(paths(&server), ["time", "time", "time", "order", "account"]);
    // Another client that shares the clock has nothing to ask for.
    in_time(&server, &clock).send(&Account).await.expect("in time");
    assert_eq!((clock.synchronizations(), server.requests().len()), (1, 6));
}

#[tokio::test]
async fn a_time_stamp_that_is_refused_has_the_time_asked_for_once() {
    let (exchange, server) = Timed::start(1_500_000_000_000).await;
    let clock = ServerClock::new();
    let client = in_time(&server, &clock);
    client.send(&Account).await.expect("in time");
    // A read is repeated.
    exchange.now.fetch_add(60_000, Ordering::Relaxed);
    client.send(&Account).await.expect("in time");
    assert_eq!(
        paths(&server)[4..],
        ["account", "time", "time", "time", "account"]
    );
    // What changes something is not, but what comes after it is in time.
    exchange.now.fetch_add(60_000, Ordering::Relaxed);
    let error = client.send(&NewOrder::new()).await.expect_err("refused");
    assert_eq!(error.code().map(|code| code.0), Some(-1021));
    assert_eq!(paths(&server)[9..], ["order", "time", "time", "time"]);
    client.send(&NewOrder::new()).await.expect("in time");
    assert_eq!(clock.synchronizations(), 3);
}

#[tokio::test]
async fn many_refusals_at_once_have_the_time_asked_for_once() {
    let (exchange, server) = Timed::start(1_500_000_000_000).await;
    let clock = ServerClock::new();
    let client = in_time(&server, &clock);
    client.send(&Account).await.expect("in time");
    exchange.now.fetch_add(60_000, Ordering::Relaxed);
    let (a, b, c) = tokio::join!(
        client.send(&Account),
        client.send(&Account),
        client.send(&NewOrder::new())
    );
    a.and(b).expect("repeated in time");
    c.expect_err("refused");
    assert_eq!(clock.synchronizations(), 2);
}

/// A refusal that the time does not explain is not repeated again and again.
#[tokio::test]
async fn a_refusal_that_stays_is_returned() {
    let server = Server::start(|_, request| match request.path() {
        "/api/v3/time" => Action::Reply(ok("{\"serverTime\":1500000000000}")),
        _ => Action::Reply(http("400 Bad Request", &[], r#"{"code":-1021,"msg":"no"}"#)),
    })
    .await;
    let clock = ServerClock::new();
    let error = in_time(&server, &clock)
        .send(&Account)
        .await
        .expect_err("refused");
    assert_eq!(error.code().map(|code| code.0), Some(-1021));
    assert_eq!(paths(&server).iter().filter(|path| *path == "account").count(), 2);
    assert_eq!(clock.synchronizations(), 2);
}

#[tokio::test]
async fn an_exchange_that_does_not_say_the_time_leaves_the_systems() {
    let server = Server::start(|_, request| match request.path() {
        "/api/v3/time" => Action::Reply(http("500 Internal Server Error", &[], "{}")),
        _ => Action::Reply(ok("{\"id\":7}")),
    })
    .await;
    let clock = ServerClock::new();
    in_time(&server, &clock).send(&Account).await.expect("an answer");
    assert!(!clock.is_synchronized());
    let signed: i64 = server.requests()[1]
        .param("timestamp")
        .expect("a time")
        .parse()
        .expect("a number");
    let here = Timestamp::now().as_millis();
    assert!((here - 60_000..=here + 60_000).contains(&signed), "{signed}");
}

#[tokio::test]
async fn without_them_nothing_is_counted_and_nothing_asked_for() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server.builder().product_limits(LIMITS).build().expect("a client");
    for _ in 0..120 {
        client.send(&heavy(100)).await.expect("an answer");
    }
    client.send(&NewOrder::new()).await.expect("an answer");
    assert!(paths(&server).iter().all(|path| path != "time"));
}

#[tokio::test]
async fn a_deadline_before_the_room_and_fail_fast_are_refused_at_once() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let limiter = limiter(WhenFull::Wait(2 * DAY));
    let client = client(&server, &limiter);
    for _ in 0..2 {
        client.send(&heavy(45)).await.expect("an answer");
    }
    for options in [
        CallOptions::new().deadline(Duration::from_secs(3600)),
        CallOptions::new().deadline(Instant::now() + Duration::from_secs(3600)),
        CallOptions::new().fail_fast(true),
    ] {
        let error = client
            .with_options(options)
            .send(&heavy(20))
            .await
            .expect_err("there is no room before tomorrow");
        let wait = error.wait(Timestamp::from_millis(NOON)).expect("a time");
        assert!((DAY / 4..DAY).contains(&wait), "{wait:?}");
        assert_eq!(
            throttled(error),
            ThrottleReason::Exhausted("100 request weight per 1 d".to_owned())
        );
    }
    // What changes something waits for as long as clients let it, and not for the limiter's two days.
    let order = Order(Credit::ip(20));
    assert!(matches!(
        throttled(client.send(&order).await.expect_err("refused")),
        ThrottleReason::Exhausted(_)
    ));
    assert_eq!(server.requests().len(), 2);
    assert_eq!(weight(&limiter), 90);
}

/// A mutation that costs what it says.
struct Order(Credit);

impl Operation for Order {
    type Response = Answer;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        self.0
    }
}

impl RestOperation for Order {
    const INFO: OperationInfo = OperationInfo {
        product: "toys",
        id: "order",
        mutation: true,
        ..OperationInfo::DEFAULT
    };
    const METHOD: HttpMethod = HttpMethod::Post;
    const PATH: &'static str = "/api/v3/order";
}

#[tokio::test]
async fn the_wait_for_the_exchanges_time_counts_against_the_deadline() {
    let server = Server::start(|_, request| match request.path() {
        "/api/v3/time" => Action::Hang,
        _ => Action::Reply(ok("{\"id\":7}")),
    })
    .await;
    let client = server
        .builder()
        .product_limits(LIMITS)
        .server_clock(&ServerClock::new())
        .mutation_wait(Duration::from_millis(200))
        .build()
        .expect("a client");
    let error = client.send(&NewOrder::new()).await.expect_err("too late");
    assert!(
        error.is_past_deadline() && error.to_string().contains("asking for the exchange's time"),
        "{error:?}"
    );
    let soon = CallOptions::new().deadline(Duration::from_millis(200));
    client
        .with_options(soon)
        .send(&Account)
        .await
        .expect_err("too late");
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.path() == "/api/v3/time")
    );
    // It does not wait at all, and is signed with the system's time.
    let fast = CallOptions::new().fail_fast(true);
    client
        .with_options(fast)
        .send(&NewOrder::new())
        .await
        .expect("an answer");
}
