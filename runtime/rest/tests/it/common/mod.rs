//! A server that answers as it is told, and operations to send to it.
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use binance_wire_core::{
    Credit, Decimal, DecodeError, DecodeErrorKind, Evidence, FromJson, HttpMethod, Identity, LimitScope,
    Operation, OperationInfo, ParamSink, QueryTwin, Reader, Reconcile, RestOperation, Rules, Security, rule,
};
use binance_wire_rest::{Client, ClientBuilder};
use binance_wire_signing::Credentials;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// How many connections had been made before the one that it came over.
    pub(crate) connection: usize,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query()
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name))
            .map(|(_, v)| v)
    }
}

/// What the server does with a request.
pub(crate) enum Action {
    /// Sends the bytes and keeps the connection.
    Reply(Vec<u8>),
    /// Sends the bytes, none perhaps, and closes the connection.
    Close(Vec<u8>),
    /// Never answers.
    Hang,
    /// Sends the bytes when it is told to, and keeps the connection.
    Later(Arc<Notify>, Vec<u8>),
}

pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) received: Arc<Mutex<Vec<Received>>>,
    /// Connections made so far.
    pub(crate) connections: Arc<AtomicUsize>,
}

impl Server {
    /// A server that hands every request, with the number of requests before it, to `handler`.
    pub(crate) async fn start(handler: impl Fn(usize, &Received) -> Action + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let server = Self {
            url,
            received: received.clone(),
            connections: connections.clone(),
        };
        let handler = Arc::new(handler);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, number, handler.clone(), received.clone()));
            }
        });
        server
    }

    /// A server that always gives the same answer.
    pub(crate) async fn answering(reply: Vec<u8>) -> Self {
        Self::start(move |_, _| Action::Reply(reply.clone())).await
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder([self.url.as_str()])
            .credentials(Credentials::hmac("the-key", "the-secret").expect("usable"))
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().expect("a client")
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn has_received(&self, count: usize) {
        while self.requests().len() < count {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn request(&self) -> Received {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }
}

/// What decides on the answers.
type Handler = Arc<dyn Fn(usize, &Received) -> Action + Send + Sync>;

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    handler: Handler,
    received: Arc<Mutex<Vec<Received>>>,
) {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            let mut chunk = [0; 4096];
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return,
                Ok(count) => buffer.extend_from_slice(&chunk[..count]),
            }
        };
        let head = String::from_utf8(buffer.drain(..end).collect()).expect("ASCII");
        let mut lines = head.split("\r\n");
        let mut first = lines.next().expect("a request line").split(' ');
        let mut request = Received {
            connection,
            method: first.next().expect("a method").to_owned(),
            target: first.next().expect("a target").to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: String::new(),
        };
        let length = request
            .header("content-length")
            .map_or(0, |length| length.parse().expect("a length"));
        while buffer.len() < length {
            let mut chunk = [0; 4096];
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return,
                Ok(count) => buffer.extend_from_slice(&chunk[..count]),
            }
        }
        request.body = String::from_utf8(buffer.drain(..length).collect()).expect("text");
        let number = {
            let mut received = received.lock().expect("no panic");
            received.push(request.clone());
            received.len() - 1
        };
        match handler(number, &request) {
            Action::Reply(bytes) => stream.write_all(&bytes).await.expect("written"),
            Action::Close(bytes) => {
                stream.write_all(&bytes).await.expect("written");
                return;
            }
            Action::Hang => std::future::pending().await,
            Action::Later(now, bytes) => {
                now.notified().await;
                // Whoever asked may be gone.
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// An HTTP answer.
pub(crate) fn http(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut out = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

pub(crate) fn ok(body: &str) -> Vec<u8> {
    http(
        "200 OK",
        &[("Content-Type", "application/json;charset=UTF-8")],
        body,
    )
}

/// The result of every operation here: `{"id": …}`, or in "SBE" one byte.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) id: i64,
}

impl FromJson for Answer {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut id = None;
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match key.as_bytes() {
                b"id" => reader.field(&mut id, "id")?,
                _ => reader.skip_value()?,
            }
        }
        Ok(Self {
            id: reader.required(id, "id")?,
        })
    }
}

const CREDIT: Credit = Credit {
    weight: 1,
    weight_on_success: 1,
    scope: LimitScope::Ip,
    uid_weight: 0,
    unfilled_orders: 0,
};

const fn info(id: &'static str, security: Security, signed: bool, mutation: bool) -> OperationInfo {
    OperationInfo {
        product: "test",
        id,
        security,
        signed,
        mutation,
        docs: "https://example.com",
        ..OperationInfo::DEFAULT
    }
}

/// A signed mutation.
#[derive(Clone, Debug)]
pub(crate) struct NewOrder {
    pub(crate) symbol: String,
    pub(crate) client_order_id: Option<String>,
}

impl NewOrder {
    pub(crate) fn new() -> Self {
        Self {
            symbol: "BTCUSDT".to_owned(),
            client_order_id: Some("my-order-1".to_owned()),
        }
    }
}

impl Operation for NewOrder {
    type Response = Answer;

    const RULES: Rules = Rules::new(
        &[
            rule!("A test order has an id of its own." code -1105 => pattern("newClientOrderId", "a-z0-9-", 1, 36)),
        ],
        &[],
        &[],
    );

    fn write_params(&self, sink: &mut dyn ParamSink) {
        sink.text("symbol", &self.symbol);
        sink.decimal("quantity", Decimal::new(100, 2));
        if let Some(id) = &self.client_order_id {
            sink.text("newClientOrderId", id);
        }
    }

    fn credit(&self) -> Credit {
        CREDIT
    }

    const IDENTITY: Identity = Identity {
        made: &["newClientOrderId"],
        query: Some(QueryTwin::new(
            &[("symbol", "symbol"), ("newClientOrderId", "origClientOrderId")],
            &[-2013],
            Evidence::Exists,
            CREDIT,
        )),
        ..Identity::NONE
    };
}

impl Reconcile for NewOrder {
    type Query = QueryOrder;
}

/// The query that finds an order.
#[derive(Clone, Debug)]
pub(crate) struct QueryOrder;

impl Operation for QueryOrder {
    type Response = Answer;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        CREDIT
    }
}

impl RestOperation for QueryOrder {
    const INFO: OperationInfo = info("queryOrder", Security::UserData, true, false);
    const METHOD: HttpMethod = HttpMethod::Get;
    const PATH: &'static str = "/api/v3/order";
}

impl RestOperation for NewOrder {
    const INFO: OperationInfo = info("newOrder", Security::Trade, true, true);
    const METHOD: HttpMethod = HttpMethod::Post;
    const PATH: &'static str = "/api/v3/order";
}

/// A signed read.
#[derive(Clone, Debug)]
pub(crate) struct Account;

impl Operation for Account {
    type Response = Answer;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        CREDIT
    }
}

impl RestOperation for Account {
    const INFO: OperationInfo = info("getAccount", Security::UserData, true, false);
    const METHOD: HttpMethod = HttpMethod::Get;
    const PATH: &'static str = "/api/v3/account";
}

/// A public read with an SBE form and a path parameter.
#[derive(Clone, Debug)]
pub(crate) struct Depth {
    pub(crate) symbol: &'static str,
}

impl Operation for Depth {
    type Response = Answer;

    const SBE: Option<fn(&[u8]) -> Result<Answer, DecodeError>> = Some(|bytes| match bytes {
        [id] => Ok(Answer { id: i64::from(*id) }),
        _ => Err(DecodeError::new(DecodeErrorKind::UnexpectedEnd, bytes.len())),
    });

    fn write_params(&self, sink: &mut dyn ParamSink) {
        sink.json("limits", "[5,10]");
    }

    fn credit(&self) -> Credit {
        CREDIT
    }
}

impl RestOperation for Depth {
    const INFO: OperationInfo = info("depth", Security::None, false, false);
    const METHOD: HttpMethod = HttpMethod::Get;
    const PATH: &'static str = "/api/v3/depth/{symbol}";

    fn path(&self) -> Cow<'static, str> {
        Cow::Owned(format!("/api/v3/depth/{}", self.symbol))
    }
}

/// A read with a key and no signature, and no parameters.
#[derive(Clone, Debug)]
pub(crate) struct HistoricalTrades;

impl Operation for HistoricalTrades {
    type Response = Answer;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        CREDIT
    }
}

impl RestOperation for HistoricalTrades {
    const INFO: OperationInfo = info("historicalTrades", Security::MarketData, false, false);
    const METHOD: HttpMethod = HttpMethod::Get;
    const PATH: &'static str = "/api/v3/historicalTrades";
}
