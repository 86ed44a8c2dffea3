//! What goes out: target, headers, signature, connections.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::{Account, Action, Answer, Depth, HistoricalTrades, NewOrder, Server, http, ok};
use binance_wire_core::{
    CallOptions, Credit, Decimal, Error, ErrorCode, HttpMethod, Operation, OperationInfo, OrderIds,
    ParamSink, Product, RestOperation, TimeUnit, Timestamp, json,
};
use binance_wire_rest::{Client, ErrorBody, IntervalUnit, RateLimitKind, RateLimitUsage, SbeFormat};
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
async fn connections_are_kept() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server.client();
    for _ in 0..5 {
        client.send(&Account).await.expect("an answer");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    assert!(server.requests().iter().all(|request| request.connection == 0));
}

#[tokio::test]
async fn connections_that_rested_too_long_are_not_used() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server
        .builder()
        .idle_timeout(Duration::ZERO)
        .build()
        .expect("a client");
    for _ in 0..3 {
        client.send(&Account).await.expect("an answer");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_connection_closed_at_rest_is_replaced_even_for_a_mutation() {
    let server = Server::start(|_, _| Action::Close(ok("{\"id\":7}"))).await;
    let client = server.client();
    for _ in 0..3 {
        assert_eq!(
            client.send(&NewOrder::new()).await.expect("an answer"),
            Answer { id: 7 }
        );
        // Lets the close arrive.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.requests().len(), 3);
    assert_eq!(server.connections.load(Ordering::SeqCst), 3);
}

/// A peer on a thread of its own.
struct Peer {
    url: String,
    /// How many answers the client has read.
    read: Arc<AtomicUsize>,
    /// How many connections the peer has done with.
    done: Arc<AtomicUsize>,
}

impl Peer {
    /// Answers the first request of a connection with the number of requests before it. When the client has read that,
    /// hands the connection over to `after`, which keeps it open by returning it.
    fn start(after: fn(TcpStream) -> Option<TcpStream>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (read, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (answers, count) = (read.clone(), done.clone());
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).expect("a request");
                    head.extend(byte);
                }
                let number = count.load(Ordering::SeqCst);
                let answer = ok(&format!("{{\"id\":{number}}}"));
                stream.write_all(&answer).expect("written");
                while answers.load(Ordering::SeqCst) <= number {
                    std::thread::sleep(Duration::from_millis(1));
                }
                kept.extend(after(stream));
                count.store(number + 1, Ordering::SeqCst);
            }
        });
        Self { url, read, done }
    }

    /// Sends orders, and keeps the only thread busy in between until the peer has done with each: the runtime sees
    /// nothing of that.
    async fn take_orders(&self) {
        let client = Client::builder([self.url.as_str()])
            .credentials(Credentials::hmac("the-key", "the-secret").expect("usable"))
            .build()
            .expect("a client");
        for number in 0..5 {
            let answer = client.send(&NewOrder::new()).await.expect("an answer");
            assert_eq!(answer, Answer { id: number });
            self.read.fetch_add(1, Ordering::SeqCst);
            while self.done.load(Ordering::SeqCst) as i64 <= number {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

#[tokio::test]
async fn a_connection_closed_while_the_thread_was_busy_is_replaced() {
    Peer::start(|_| None).take_orders().await;
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_belongs_to_no_request() {
    let stray = |mut stream: TcpStream| {
        stream.write_all(&ok("{\"id\":666}")).expect("written");
        Some(stream)
    };
    Peer::start(stray).take_orders().await;
}

/// The connections of the process to `port` that the peer has closed and this side has not; only Linux tells.
#[cfg(target_os = "linux")]
fn half_closed(port: u16) -> usize {
    const CLOSE_WAIT: &str = "08";
    let table = std::fs::read_to_string("/proc/self/net/tcp").expect("the table of connections");
    let remote = format!(":{port:04X}");
    let rows = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.len() > 3 && row[2].ends_with(&remote) && row[3] == CLOSE_WAIT)
        .count()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_that_the_peer_has_closed_are_not_kept_below_those_in_use() {
    let server = Server::start(|number, _| match number {
        // Many at once, of which the peer closes all.
        0..20 => Action::Close(ok("{\"id\":7}")),
        _ => Action::Reply(ok("{\"id\":7}")),
    })
    .await;
    let port: u16 = server
        .url
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("a port");
    let client = server.client();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.send(&Account).await.expect("an answer") })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic");
    }
    // Lets the closes arrive.
    tokio::time::sleep(Duration::from_millis(50)).await;
    for _ in 0..2 {
        client.send(&Account).await.expect("an answer");
    }
    assert_eq!(half_closed(port), 0);
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server.builder().max_connections(2).build().expect("a client");
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.send(&Account).await })
        })
        .collect();
    for call in calls {
        assert_eq!(
            call.await.expect("no panic").expect("an answer"),
            Answer { id: 7 }
        );
    }
    assert_eq!(server.requests().len(), 16);
    assert!(server.connections.load(Ordering::SeqCst) <= 2);
}

/// Connects to a server on this machine, whatever the name.
struct Detour(String);

impl binance_wire_rest::Dial for Detour {
    fn dial(&self, host: &str, port: u16) -> binance_wire_rest::Dialing {
        assert_eq!((host, port), ("exchange.invalid", 80));
        let address = self.0.clone();
        Box::pin(async move {
            let stream = tokio::net::TcpStream::connect(address).await?;
            Ok(Box::new(stream) as Box<dyn binance_wire_rest::Duplex>)
        })
    }
}

#[tokio::test]
async fn a_dialer_makes_the_connections() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    let address = server.url.strip_prefix("http://").expect("an address");
    let client = server
        .builder()
        .base_url("http://exchange.invalid")
        .allow_plaintext(true)
        .dialer(Detour(address.to_owned()))
        .build()
        .expect("a client");
    assert_eq!(
        client.send(&NewOrder::new()).await.expect("an answer"),
        Answer { id: 7 }
    );
    assert_eq!(server.requests()[0].header("host"), Some("exchange.invalid"));
}

#[tokio::test]
async fn another_host_where_the_first_cannot_be_reached() {
    let server = Server::answering(ok("{\"id\":7}")).await;
    // A port that was free a moment ago.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address");
    let client = server
        .builder()
        .base_urls([format!("http://{closed}"), server.url.clone()])
        .build()
        .expect("a client");
    for _ in 0..2 {
        assert_eq!(
            client.send(&NewOrder::new()).await.expect("an answer"),
            Answer { id: 7 }
        );
    }
    assert_eq!(
        server.requests()[0].header("host"),
        server.url.strip_prefix("http://")
    );
    let nowhere = server
        .builder()
        .base_url(format!("http://{closed}"))
        .build()
        .expect("a client");
    // Nothing went out, so that even for a mutation nothing is unknown.
    let error = nowhere.send(&NewOrder::new()).await.expect_err("no connection");
    assert!(
        matches!(&error, Error::Transport(error) if error.action.starts_with("connecting to")),
        "{error:?}"
    );
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

impl RestOperation for Keeping {
    const INFO: OperationInfo = Account::INFO;
    const METHOD: HttpMethod = Account::METHOD;
    const PATH: &'static str = Account::PATH;
}

#[tokio::test]
async fn unknown_members_are_kept_on_request() {
    let body = r#"{"id":7,"new":{"a":null}}"#;
    let server = Server::start(move |_, _| Action::Reply(ok(body))).await;
    let skipping = server.builder().build().expect("a client");
    let skipped = skipping.send(&Keeping).await.expect("an answer");
    assert!(skipped.raw.is_empty());
    let keeping = server.builder().keep_unknown_members().build().expect("a client");
    let kept = keeping.send(&Keeping).await.expect("an answer");
    assert_eq!((kept.id, kept.raw.get("new")), (7, Some(r#"{"a":null}"#)));
    assert_eq!(json::to_string(&kept), body);
}

/// As [`Account`], with a list.
struct Listing;

impl Operation for Listing {
    type Response = binance_wire_core::List<Kept>;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        Account.credit()
    }
}

impl RestOperation for Listing {
    const INFO: OperationInfo = Account::INFO;
    const METHOD: HttpMethod = Account::METHOD;
    const PATH: &'static str = Account::PATH;
}

#[tokio::test]
async fn lists_are_complete_on_request() {
    let server = Server::start(|_, _| Action::Reply(ok(r#"[{"id":7},{"id":"x"}]"#))).await;
    let client = server.builder().build().expect("a client");
    let list = client.send(&Listing).await.expect("an answer");
    assert_eq!((list.len(), list.unreadable().len()), (1, 1));
    let client = server.builder().complete_lists().build().expect("a client");
    let error = client.send(&Listing).await.expect_err("an element is missing");
    assert!(
        matches!(&error, Error::Decode { error, .. } if error.path() == "$[1].id"),
        "{error:?}"
    );
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

fn decode_error(bytes: &[u8]) -> Option<ErrorBody> {
    match bytes {
        [0xEE, low, high] => Some(ErrorBody {
            code: binance_wire_core::ErrorCode(i32::from(i16::from_le_bytes([*low, *high]))),
            code_text: None,
            message: "in SBE".to_owned(),
            data: None,
            retry_at: Some(Timestamp::from_micros(1)),
        }),
        _ => None,
    }
}

const SBE: SbeFormat = SbeFormat {
    schema_id: 3,
    version: 4,
    decode_error,
};
const SBE_TYPE: (&str, &str) = ("Content-Type", "application/sbe");

#[tokio::test]
async fn sbe_is_asked_for_where_there_is_a_form() {
    let server = Server::start(|_, request| {
        Action::Reply(match request.header("accept") {
            Some("application/sbe") => http("200 OK", &[SBE_TYPE, ("X-MBX-SBE-DEPRECATED", "true")], [9]),
            _ => ok("{\"id\":7}"),
        })
    })
    .await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    let answer = client
        .send_detailed(&Depth { symbol: "A" })
        .await
        .expect("an answer");
    assert_eq!(answer.value, Answer { id: 9 });
    assert!(answer.sbe_deprecated);
    assert_eq!(client.send(&Account).await.expect("an answer"), Answer { id: 7 });
    let requests = server.requests();
    assert_eq!(requests[0].header("x-mbx-sbe"), Some("3:4"));
    assert_eq!(requests[1].header("accept"), Some("application/json"));
    assert_eq!(requests[1].header("x-mbx-sbe"), None);
    let plain = server.builder().sbe(SBE).json().build().expect("a client");
    assert_eq!(
        plain.send(&Depth { symbol: "A" }).await.expect("an answer"),
        Answer { id: 7 }
    );
}

#[tokio::test]
async fn the_answer_says_in_which_form_it_is() {
    // SBE switched off at the exchange: JSON comes although SBE was asked for.
    let server = Server::answering(ok("{\"id\":7}")).await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    assert_eq!(
        client.send(&Depth { symbol: "A" }).await.expect("an answer"),
        Answer { id: 7 }
    );
    // And the reverse.
    let server = Server::answering(http("200 OK", &[SBE_TYPE], [9])).await;
    let error = server.client().send(&Account).await.expect_err("not understood");
    assert!(
        matches!(&error, Error::Decode { status: 200, body, .. } if body == &[9]),
        "{error:?}"
    );
}

#[tokio::test]
async fn sbe_errors() {
    let bytes = [0xEE, (-1121_i16).to_le_bytes()[0], (-1121_i16).to_le_bytes()[1]];
    let server = Server::answering(http("400 Bad Request", &[SBE_TYPE], bytes)).await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    let error = client.send(&Depth { symbol: "A" }).await.expect_err("refused");
    assert!(
        matches!(&error, Error::Api(api) if api.code.0 == -1121 && api.message == "in SBE"),
        "{error:?}"
    );

    let server = Server::answering(http("429 Too Many Requests", &[SBE_TYPE], bytes)).await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    let error = client.send(&Depth { symbol: "A" }).await.expect_err("refused");
    assert!(
        matches!(&error, Error::RateLimited { retry_at: Some(at), .. } if *at == Timestamp::from_micros(1)),
        "{error:?}"
    );

    let server = Server::answering(http("400 Bad Request", &[SBE_TYPE], [1, 2])).await;
    let client = server.builder().sbe(SBE).build().expect("a client");
    let error = client.send(&Depth { symbol: "A" }).await.expect_err("refused");
    assert!(
        matches!(&error, Error::Decode { status: 400, body, .. } if body == &[1, 2]),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_else_an_answer_says() {
    let headers = [
        ("X-MBX-USED-WEIGHT-1M", "12"),
        ("X-MBX-ORDER-COUNT-10S", "3"),
        ("x-mbx-uuid", "6d4e2b1a"),
        ("Retry-After", "2"),
    ];
    let server = Server::answering(http("200 OK", &headers, "{\"id\":7}")).await;
    let client = server.client();
    assert!(client.last_limits().is_empty());
    let answer = client.send_detailed(&Account).await.expect("an answer");
    let expected = [
        (RateLimitKind::RequestWeight, 1, IntervalUnit::Minute, 12),
        (RateLimitKind::Orders, 10, IntervalUnit::Second, 3),
    ]
    .map(|(kind, interval_num, interval, count)| RateLimitUsage {
        kind,
        interval_num,
        interval,
        count,
    });
    assert_eq!(*answer.limits, expected);
    assert_eq!(*client.last_limits(), expected);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("X-MBX-UUID"), Some("6d4e2b1a"));
    assert_eq!(answer.header("absent"), None);
    assert_eq!(answer.retry_after, Some(Duration::from_secs(2)));
    assert!(!answer.sbe_deprecated);
    assert_eq!(&*answer.body, b"{\"id\":7}");
    assert_eq!(answer.body.clone().into_vec(), b"{\"id\":7}");
    assert_eq!(answer.map(|value| value.id).value, 7);
}

#[tokio::test]
async fn bodies_in_many_pieces() {
    let long = format!("{{\"pad\":\"{}\",\"id\":7}}", "x".repeat(300_000));
    let mut chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in long.as_bytes().chunks(1000) {
        chunked.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunked.extend_from_slice(piece);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    for reply in [ok(&long), chunked] {
        let server = Server::answering(reply.clone()).await;
        let client = server.client();
        for _ in 0..2 {
            let answer = client.send_detailed(&Account).await.expect("an answer");
            assert_eq!(answer.value, Answer { id: 7 });
            assert_eq!(answer.body.len(), long.len());
        }
        assert_eq!(server.connections.load(Ordering::SeqCst), 1);
        let narrow = server.builder().max_body(1000).build().expect("a client");
        let error = narrow.send(&Account).await.expect_err("too large");
        assert!(matches!(&error, Error::Transport(error) if error.source.to_string().contains("1000 bytes")));
    }
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

fn gzipped(body: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(body.as_bytes()).expect("written");
    packer.finish().expect("packed")
}

#[tokio::test]
async fn compressed_answers_are_read_whether_asked_for_or_not() {
    let packed = http("200 OK", &[("Content-Encoding", "gzip")], gzipped("{\"id\":7}"));
    for asked in [false, true] {
        let server = Server::answering(packed.clone()).await;
        let client = server.builder().gzip(asked).build().expect("a client");
        let answer = client.send(&Account).await.expect("an answer");
        assert_eq!(answer, Answer { id: 7 });
        let asks = server.request().header("accept-encoding").map(str::to_owned);
        assert_eq!(asks.as_deref(), asked.then_some("gzip"));
    }
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_an_error_that_says_so() {
    let huge = gzipped(&" ".repeat(1 << 20));
    let cases = [
        (
            http("200 OK", &[("Content-Encoding", "br")], "{}"),
            "Content-Encoding `br`",
        ),
        (http("200 OK", &[("Content-Encoding", "gzip")], "{}"), "gzip"),
        (http("200 OK", &[("Content-Encoding", "gzip")], huge), "1000"),
    ];
    for (reply, says) in cases {
        let server = Server::answering(reply).await;
        let client = server.builder().max_body(1000 * 10).build().expect("a client");
        let error = client.send(&Account).await.expect_err("no answer");
        assert!(error.to_string().contains(says), "{error}");
        let unknown = client.send(&NewOrder::new()).await.expect_err("no answer");
        assert!(matches!(unknown, Error::ExecutionUnknown { .. }), "{unknown:?}");
    }
}

#[tokio::test]
async fn requests_go_through_a_proxy() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut heads = Vec::new();
        for answer in [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), ok("{\"id\":7}")] {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.expect("a request"));
            }
            stream.write_all(&answer).await.expect("written");
            heads.push(String::from_utf8(head).expect("text"));
        }
        heads
    });
    let client = Client::builder(["http://exchange.invalid"])
        .allow_plaintext(true)
        .credentials(Credentials::hmac("the-key", "the-secret").expect("usable"))
        .proxy(format!("http://127.0.0.1:{port}"))
        .build()
        .expect("a client");
    assert_eq!(client.send(&Account).await.expect("an answer"), Answer { id: 7 });
    let heads = serving.await.expect("no panic");
    assert!(heads[0].starts_with("CONNECT exchange.invalid:80 "), "{heads:?}");
    assert!(heads[1].starts_with("GET /api/v3/account"), "{heads:?}");
    let refused = Client::builder(["https://exchange.invalid"])
        .proxy("ftp://host")
        .build();
    assert!(matches!(refused, Err(Error::Unusable(text)) if text.contains("proxy")));
    let plain = Client::builder(["http://exchange.invalid"]).build();
    assert!(matches!(plain, Err(Error::Unusable(text)) if text.contains("without TLS")));
}
