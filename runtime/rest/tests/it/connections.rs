//! The connections that requests go over: kept, replaced, and by other ways.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::{Account, Action, Answer, NewOrder, Server, ok};
use binance_wire_core::Error;
use binance_wire_rest::Client;
use binance_wire_signing::Credentials;

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
