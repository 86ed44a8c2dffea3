//! A client of bare sockets and ring, so that the exchange is tested by neither its own code nor
//! the project's.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use binance_wire_sandbox::{Exchange, keys};
use futures_util::{SinkExt as _, StreamExt as _};
use ring::{hmac, rand, signature};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Long enough for any machine; no test waits for it to pass.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Signer {
    Hmac,
    Rsa,
    Ed25519,
    Second,
}

fn pem_body(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).unwrap()
}

impl Signer {
    pub(crate) fn api_key(self) -> &'static str {
        match self {
            Signer::Hmac => keys::HMAC_API_KEY,
            Signer::Rsa => keys::RSA_API_KEY,
            Signer::Ed25519 => keys::ED25519_API_KEY,
            Signer::Second => keys::SECOND_API_KEY,
        }
    }

    pub(crate) fn sign(self, payload: &str) -> String {
        let ed25519 = |pem: &str| {
            let pair = signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pem_body(pem)).unwrap();
            STANDARD.encode(pair.sign(payload.as_bytes()))
        };
        match self {
            Signer::Hmac => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, keys::HMAC_SECRET.as_bytes());
                let tag = hmac::sign(&key, payload.as_bytes());
                hex::encode(tag)
            }
            Signer::Rsa => {
                let pair = signature::RsaKeyPair::from_pkcs8(&pem_body(keys::RSA_PRIVATE_KEY_PEM)).unwrap();
                let mut out = vec![0; pair.public().modulus_len()];
                let random = rand::SystemRandom::new();
                pair.sign(
                    &signature::RSA_PKCS1_SHA256,
                    &random,
                    payload.as_bytes(),
                    &mut out,
                )
                .unwrap();
                STANDARD.encode(out)
            }
            Signer::Ed25519 => ed25519(keys::ED25519_PRIVATE_KEY_PEM),
            Signer::Second => ed25519(keys::SECOND_PRIVATE_KEY_PEM),
        }
    }

    /// `query` with timestamp and signature, as REST wants them.
    pub(crate) fn signed(self, exchange: &Exchange, query: &str) -> String {
        let separator = if query.is_empty() { "" } else { "&" };
        let query = format!("{query}{separator}timestamp={}", exchange.now_ms());
        let signature = self.sign(&query);
        let signature = signature
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        format!("{query}&signature={signature}")
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn code(&self) -> i64 {
        self.json()["code"]
            .as_i64()
            .unwrap_or_else(|| panic!("no code: {self:?}"))
    }
}

/// Sends bytes on a connection of their own and reads until the end.
pub(crate) async fn raw(exchange: &Exchange, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(exchange.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A cut connection may end in a reset; what came before it counts.
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

/// One request with these extra header lines, on a connection of its own.
pub(crate) async fn send(
    exchange: &Exchange,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> Answer {
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let bytes = raw(exchange, request.as_bytes()).await;
    let at = bytes
        .windows(4)
        .position(|mark| mark == b"\r\n\r\n")
        .expect("no complete answer");
    let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        head,
        body: bytes[at + 4..].to_vec(),
    }
}

pub(crate) async fn get(exchange: &Exchange, target: &str) -> Answer {
    send(exchange, "GET", target, "", "").await
}

/// A signed request with its parameters in the query.
pub(crate) async fn call(
    exchange: &Exchange,
    signer: Signer,
    method: &str,
    path: &str,
    query: &str,
) -> Answer {
    let target = format!("{path}?{}", signer.signed(exchange, query));
    send(
        exchange,
        method,
        &target,
        &format!("X-MBX-APIKEY: {}\r\n", signer.api_key()),
        "",
    )
    .await
}

pub(crate) const LIMIT_BUY: &str =
    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=51000.00";

/// A WebSocket connection.
pub(crate) struct Socket(pub(crate) WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn open(exchange: &Exchange, target: &str) -> Socket {
        let stream = TcpStream::connect(exchange.address()).await.unwrap();
        let url = format!("ws://{}{target}", exchange.address());
        Socket(tokio_tungstenite::client_async(url, stream).await.unwrap().0)
    }

    pub(crate) async fn api(exchange: &Exchange) -> Socket {
        Socket::open(exchange, "/ws-api/v3").await
    }

    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    /// Sends several frames in one go, so that nothing of ours comes between them.
    pub(crate) async fn send_together(&mut self, texts: &[&str]) {
        for text in texts {
            self.0.feed(Message::text(*text)).await.unwrap();
        }
        self.0.flush().await.unwrap();
    }

    /// The next message of any kind; none after the end.
    pub(crate) async fn message(&mut self) -> Option<Message> {
        tokio::time::timeout(PATIENCE, self.0.next())
            .await
            .expect("nothing came")
            .and_then(Result::ok)
    }

    /// The next text frame, as JSON.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.message().await.expect("connection ended") {
                Message::Text(text) => return serde_json::from_str(text.as_str()).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    pub(crate) async fn request(&mut self, id: &str, method: &str, params: Value) -> Value {
        let id: Value = serde_json::from_str(id).unwrap();
        self.send(serde_json::json!({ "id": id, "method": method, "params": params }).to_string())
            .await;
        self.next().await
    }
}

/// WebSocket API parameters with apiKey, timestamp and signature added.
pub(crate) fn ws_signed(exchange: &Exchange, signer: Signer, params: &[(&str, &str)]) -> Value {
    let timestamp = exchange.now_ms().to_string();
    let mut all: Vec<(&str, &str)> = params.to_vec();
    all.push(("apiKey", signer.api_key()));
    all.push(("timestamp", &timestamp));
    all.sort_unstable();
    let payload: Vec<String> = all
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let signature = signer.sign(&payload.join("&"));
    let mut out: serde_json::Map<String, Value> = all
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    // The number must read as the text that was signed.
    out.insert("timestamp".to_owned(), timestamp.parse::<i64>().unwrap().into());
    out.insert("signature".to_owned(), signature.into());
    Value::Object(out)
}
