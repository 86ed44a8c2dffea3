//! The least that does the same over the libraries that our clients stand on: requests are built, signed and decoded by
//! the same code as ours, and nothing watches connections, time limits or ids.

use binance_wire_core::{
    Decimal, DecodeError, Operation as _, ParamSink as _, Reader, Timestamp, Writer, json,
};
use binance_wire_signing::{Credentials, WsApiParams};
use binance_wire_spot::models::NewOrderResponse;
use binance_wire_spot::streams::StreamMessage;
use bytes::Bytes;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::ours::{check, check_event, credentials, order};
use crate::workers::{Load, Worker, Workers};
use crate::{API_KEY, STREAM};

struct Rest {
    /// Only builds and signs.
    signer: binance_wire_rest::Client,
    host: String,
    connection: http1::SendRequest<Empty<Bytes>>,
}

impl Worker for Rest {
    async fn request(&mut self) {
        let target = self.signer.signed_target(&order()).expect("credentials");
        let request = http::Request::post(target)
            .header(http::header::HOST, &self.host)
            .header("X-MBX-APIKEY", API_KEY)
            .body(Empty::new())
            .expect("a request");
        let answer = self.connection.send_request(request).await.expect("an answer");
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        check(&json::from_slice(&body).expect("an order"));
    }
}

/// HTTP/1.1: as many connections as requests in flight.
pub async fn rest(at: &str, in_flight: usize) -> impl Load {
    let signer = binance_wire_rest::Client::builder([format!("http://{at}")])
        .credentials(credentials())
        .recv_window(Decimal::from(5000))
        .build()
        .expect("a client");
    let mut workers = Vec::with_capacity(in_flight);
    for _ in 0..in_flight {
        let socket = TcpStream::connect(at).await.expect("a connection");
        socket.set_nodelay(true).expect("no delay");
        let (sender, connection) = http1::handshake(TokioIo::new(socket)).await.expect("a handshake");
        tokio::spawn(connection);
        workers.push(Rest {
            signer: signer.clone(),
            host: at.to_owned(),
            connection: sender,
        });
    }
    Workers(workers)
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(url: String) -> Socket {
    let (socket, _) = tokio_tungstenite::connect_async_with_config(url, None, true)
        .await
        .expect("a connection");
    socket
}

struct Api {
    socket: Socket,
    credentials: Credentials,
    in_flight: u64,
    next_id: u64,
}

impl Api {
    fn frame(&mut self) -> String {
        let mut params = WsApiParams::new();
        // Ours makes one for each order.
        order()
            .new_client_order_id("2F7d0DzkwK0cGX7cyy5HGphSf0EkHWw8")
            .write_params(&mut params);
        params.json("recvWindow", "5000");
        params.integer(
            "timestamp",
            Timestamp::from(std::time::SystemTime::now()).as_millis(),
        );
        params.sign(&self.credentials).expect("signed");
        self.next_id += 1;
        let mut frame = Writer::append_to(String::with_capacity(512));
        frame.begin_object();
        frame.key("id");
        frame.u64(self.next_id);
        frame.key("method");
        frame.str("order.place");
        frame.key("params");
        let mut frame = frame.into_string();
        params.write_json(&mut frame);
        frame.push('}');
        frame
    }
}

impl Load for Api {
    /// Keeps so many in flight: sends until there are, then reads what has come.
    async fn run(&mut self, count: u64) -> u64 {
        let (mut sent, mut answered) = (0, 0);
        while answered < count {
            while sent < count && sent - answered < self.in_flight {
                let frame = self.frame();
                self.socket.feed(Message::text(frame)).await.expect("sent");
                sent += 1;
            }
            self.socket.flush().await.expect("sent");
            let mut message = self.socket.next().await;
            loop {
                let frame = message.expect("the connection stays").expect("a frame");
                check(&answer(frame.to_text().expect("text")).expect("an order"));
                answered += 1;
                match self.socket.next().now_or_never() {
                    Some(next) => message = next,
                    None => break,
                }
            }
        }
        answered
    }
}

fn answer(frame: &str) -> Result<NewOrderResponse, DecodeError> {
    let mut reader = Reader::new(frame);
    let mut result = "";
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        match key.as_bytes() {
            b"result" => result = reader.raw_value()?,
            _ => reader.skip_value()?,
        }
    }
    reader.finish()?;
    json::from_str(result)
}

pub async fn api(at: &str, in_flight: usize) -> impl Load {
    Api {
        socket: connect(format!("ws://{at}")).await,
        credentials: credentials(),
        in_flight: in_flight as u64,
        next_id: 0,
    }
}

struct Streams(Socket);

impl Load for Streams {
    async fn run(&mut self, count: u64) -> u64 {
        for _ in 0..count {
            let frame = self
                .0
                .next()
                .await
                .expect("the connection stays")
                .expect("a frame");
            check_event(&StreamMessage::decode(frame.to_text().expect("text")).expect("an event"));
        }
        count
    }
}

pub async fn streams(at: &str) -> impl Load {
    Streams(connect(format!("ws://{at}/stream?streams={STREAM}")).await)
}
