//! A WebSocket server that a test drives by hand.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::within;

/// A listening server.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, `ws://…`.
    pub url: String,
    peers: mpsc::UnboundedReceiver<Peer>,
}

/// The server's side of one connection.
#[derive(Debug)]
pub struct Peer {
    /// Path and query that the client asked for.
    pub target: String,
    /// The API key of the handshake.
    pub api_key: Option<String>,
    socket: WebSocketStream<TcpStream>,
}

impl Server {
    /// A server that takes every connection.
    ///
    /// # Panics
    /// Where there is no port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("ws://{}", listener.local_addr().expect("an address"));
        let (sender, peers) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Some(peer) = accept(stream).await
                    && sender.send(peer).is_err()
                {
                    break;
                }
            }
        });
        Self { url, peers }
    }

    /// The next connection.
    ///
    /// # Panics
    /// Where none comes.
    pub async fn peer(&mut self) -> Peer {
        within("a connection", self.peers.recv())
            .await
            .expect("the server runs")
    }

    /// Whether a connection has come that was not taken yet.
    pub fn has_peer(&self) -> bool {
        !self.peers.is_empty()
    }
}

async fn accept(stream: TcpStream) -> Option<Peer> {
    let (mut target, mut api_key) = (String::new(), None);
    #[allow(clippy::result_large_err, reason = "the library's callback type")]
    let callback = |request: &Request, response: Response| {
        target = request.uri().to_string();
        let key = request.headers().get("x-mbx-apikey");
        api_key = key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
        Ok(response)
    };
    let socket = tokio_tungstenite::accept_hdr_async(stream, callback).await.ok()?;
    Some(Peer {
        target,
        api_key,
        socket,
    })
}

impl Peer {
    /// The next request; pings and the like are skipped.
    ///
    /// # Panics
    /// Where the client closes the connection, or sends no JSON.
    pub async fn request(&mut self) -> Value {
        loop {
            match within("a request", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("JSON"),
                Some(Ok(Message::Close(_)) | Err(_)) | None => panic!("the client closed the connection"),
                Some(Ok(_)) => {}
            }
        }
    }

    /// Waits until the client closes the connection.
    pub async fn closed(&mut self) {
        while let Some(Ok(message)) = within("the end of a connection", self.socket.next()).await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
    }

    /// Sends a text.
    ///
    /// # Panics
    /// Where the client does not take it.
    pub async fn text(&mut self, text: impl Into<String>) {
        let message = Message::text(text.into());
        within("sending", self.socket.send(message))
            .await
            .expect("the client takes it");
    }

    /// Confirms a control message of a stream connection.
    pub async fn confirm(&mut self, request: &Value) {
        self.text(json!({"result": null, "id": request["id"]}).to_string())
            .await;
    }

    /// Answers a request of the WebSocket API.
    pub async fn answer(&mut self, request: &Value, result: Value) {
        self.text(json!({"id": request["id"], "status": 200, "result": result}).to_string())
            .await;
    }
}
