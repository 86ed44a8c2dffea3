//! A small WebSocket server that a test drives by hand: what the client sends is read and answered in the test.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http;

/// The server's side of one connection.
pub(crate) struct Peer {
    pub(crate) path: String,
    pub(crate) api_key: Option<String>,
    ws: WebSocketStream<TcpStream>,
}

/// A listening server.
pub(crate) struct Server {
    pub(crate) url: String,
    peers: mpsc::UnboundedReceiver<Peer>,
    refusals: Refusals,
}

/// Handshakes to be answered with these responses: status, `Retry-After`, body.
type Refusals = Arc<Mutex<VecDeque<(u16, Option<u32>, &'static str)>>>;

/// A hang is a failure; nothing here asserts on how long anything takes.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(20), future).await {
        Ok(value) => value,
        Err(_) => panic!("nothing happened while waiting for {what}"),
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::refusing(Vec::new()).await
    }

    /// Answers the first handshakes with these responses: status, `Retry-After`, body.
    pub(crate) async fn refusing(refusals: Vec<(u16, Option<u32>, &'static str)>) -> Self {
        let refusals: Refusals = Arc::new(Mutex::new(refusals.into()));
        let to_refuse = refusals.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("ws://{}", listener.local_addr().expect("an address"));
        let (sender, peers) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let refusal = to_refuse.lock().expect("no panic").pop_front();
                if let Some(peer) = accept(tcp, refusal).await
                    && sender.send(peer).is_err()
                {
                    break;
                }
            }
        });
        Self { url, peers, refusals }
    }

    /// Answers the next handshake with a status.
    pub(crate) fn refuse_next(&self, status: u16) {
        self.refusals
            .lock()
            .expect("no panic")
            .push_back((status, None, ""));
    }

    pub(crate) async fn peer(&mut self) -> Peer {
        within("a connection", self.peers.recv())
            .await
            .expect("the server runs")
    }

    /// Whether a connection has come that was not taken yet.
    pub(crate) fn has_peer(&mut self) -> bool {
        !self.peers.is_empty()
    }
}

#[allow(clippy::result_large_err, reason = "the library's callback type")]
async fn accept(tcp: TcpStream, refusal: Option<(u16, Option<u32>, &'static str)>) -> Option<Peer> {
    let mut path = String::new();
    let mut api_key = None;
    let callback = |request: &Request, response: Response| {
        path = request.uri().to_string();
        api_key = request
            .headers()
            .get("x-mbx-apikey")
            .map(|key| key.to_str().unwrap_or("?").to_owned());
        let Some((status, retry_after, body)) = refusal else {
            return Ok(response);
        };
        let mut response = http::Response::builder().status(status);
        if let Some(seconds) = retry_after {
            response = response.header("retry-after", seconds);
        }
        let response: ErrorResponse = response.body(Some(body.to_owned())).expect("a response");
        Err(response)
    };
    let ws = tokio_tungstenite::accept_hdr_async(tcp, callback).await.ok()?;
    Some(Peer { path, api_key, ws })
}

impl Peer {
    pub(crate) async fn message(&mut self) -> Option<Message> {
        within("a frame from the client", self.ws.next()).await?.ok()
    }

    /// The next request; pings, pongs and the like are passed over.
    pub(crate) async fn request(&mut self) -> Value {
        loop {
            match self.message().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).expect("JSON"),
                Some(Message::Close(_)) | None => panic!("the client closed the connection"),
                Some(_) => {}
            }
        }
    }

    /// Reads up to a ping of the client, and answers it.
    pub(crate) async fn pinged(&mut self) {
        while let Some(message) = self.message().await {
            if matches!(message, Message::Ping(_)) {
                // The library has queued the answer.
                return within("answering", self.ws.flush())
                    .await
                    .expect("the client takes it");
            }
        }
    }

    /// Waits until the client closes the connection.
    pub(crate) async fn closed(&mut self) {
        while let Some(message) = self.message().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
    }

    pub(crate) async fn text(&mut self, text: impl Into<String>) {
        self.send(Message::text(text.into())).await;
    }

    /// Sends a text; `false` when the client no longer takes it.
    pub(crate) async fn try_text(&mut self, text: String) -> bool {
        within("sending", self.ws.send(Message::text(text))).await.is_ok()
    }

    /// Sends a ping without reading anything; `false` when the client no longer takes it.
    pub(crate) async fn try_ping(&mut self) -> bool {
        let ping = Message::Ping(Default::default());
        within("sending", self.ws.send(ping)).await.is_ok()
    }

    pub(crate) async fn send(&mut self, message: Message) {
        within("sending", self.ws.send(message))
            .await
            .expect("the client takes it");
    }

    pub(crate) async fn send_value(&mut self, value: &Value) {
        self.text(value.to_string()).await;
    }

    /// Waits until the client has read all that was sent: its answer to a ping shows it.
    pub(crate) async fn is_read(&mut self) {
        self.send(Message::Ping("read".into())).await;
        assert!(self.message().await.is_some());
    }

    pub(crate) async fn answer(&mut self, request: &Value, result: Value) {
        let answer = serde_json::json!({"id": request["id"], "status": 200, "result": result});
        self.send_value(&answer).await;
    }

    /// Confirms a control message of a stream connection.
    pub(crate) async fn confirm(&mut self, request: &Value) {
        self.send_value(&serde_json::json!({"result": null, "id": request["id"]}))
            .await;
    }

    pub(crate) async fn close(mut self) {
        let _ = self.ws.close(None).await;
    }
}
