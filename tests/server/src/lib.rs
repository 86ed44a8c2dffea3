//! What the tests share: a router behind a socket, requests written out, and the key that the partner documentation
//! prints.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use binance_wire_signing::partner::{RsaKey, RsaPublicKey};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBANAAMnEOR1NIBIbwnDwHu19L/Jv0s4eEDHEjQ24OHjkHQ3CHWj4Ik4iFZyX9MvQsmZEzkDx8mJkkgAmIGjYkkZhEny1z6GPW55+ruo4dLYIRurESYRufZxI49BtIeLOOwL9ZFOnVfxBh8T7xyCvMmMcF93Suv6RcbTWXk8EC0pkXAgMBAAECgYA2cXbChNxCfj1BHMWoKNXwkbEjGR/MvtGK45IIwoVCpBYQ5DzIs/H58AEZvnaR1wKzMO32Bx7iJt2koQ1LUrMQ0UB9ydxhP2BogHvt9ZDI49+UPkTS92HMgPixi6O1HE6nOOu4rHR+6j7pdGcB+dneTwgPngWdk71VsbX8ZzPZsQJBAOGPmztuIpgXCxPlyLWCuEa9zTKc9lHiBe65ZN1jvUq1GCLClVcx/oEtEb9CCo7u1vacr/1sGFPxgBdvzv2y8HMCQQDsEfGEhp/79keDnjvJZ+TLfP4r+u1Gw0gAuj4Cay316K3f3q2OEqNm9lMNzg5dVYb78sVRd+guZ88u9etRBX/NAkAheIrjdcNiaED3keiHrr8jmDSj5xDSM8UHmLEz/QHw3RCYz+ETUFLg3kw84lLoxN5XOAcRhwHRKwwD7k577RqrAkEAhBiGTOIII7Vrzvp7+fdoz3ThxTpkC3S6la2hhTj0PuY0ZVD1TMqhJLwxPUhQQWnaXqE6SJwQD+eGx4BUbMHnAQJBAKomO+rK7ycU9OSRpEbPt2yQskwCcY2fiLgDy0Sy1hWmp/e5Cowt2Uyzp6uk/4QwMkfFApYzWtvjrnRkru19rMw=
-----END PRIVATE KEY-----";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDQADJxDkdTSASG8Jw8B7tfS/yb9LOHhAxxI0NuDh45B0Nwh1o+CJOIhWcl/TL0LJmRM5A8fJiZJIAJiBo2JJGYRJ8tc+hj1uefq7qOHS2CEbqxEmEbn2cSOPQbSHizjsC/WRTp1X8QYfE+8cgrzJjHBfd0rr+kXG01l5PBAtKZFwIDAQAB
-----END PUBLIC KEY-----";

/// The client id that posts are for.
pub const CLIENT_ID: &str = "client-1";

/// The private key that stands for Binance's.
///
/// # Panics
/// Never: the key is known to be one.
pub fn private_key() -> RsaKey {
    RsaKey::from_pem(PRIVATE).expect("a key")
}

/// The public key that belongs to it.
///
/// # Panics
/// Never: the key is known to be one.
pub fn public_key() -> RsaPublicKey {
    RsaPublicKey::from_pem(PUBLIC).expect("a key")
}

/// This moment in milliseconds.
///
/// # Panics
/// Before 1970.
pub fn now() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock")
        .as_millis()
}

/// The headers of a post that was signed at a time.
///
/// # Panics
/// Where signing fails.
pub fn signed(body: &str, timestamp: u128) -> Vec<(String, String)> {
    let timestamp = timestamp.to_string();
    let mut signature = String::new();
    private_key()
        .sign(body.as_bytes(), &timestamp, &mut signature)
        .expect("signed");
    [
        ("X-BN-Connect-Timestamp", timestamp.as_str()),
        ("X-BN-Connect-Signature", &signature),
        ("X-BN-Connect-For", CLIENT_ID),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// Serves a router on a free port for as long as the runtime lives.
///
/// # Panics
/// Where there is no port.
pub async fn serve(router: axum::Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Sends a request over a connection of its own and reads the whole answer.
///
/// # Panics
/// Where the connection fails or the answer is no HTTP.
pub async fn send(to: SocketAddr, line: &str, headers: &[(String, String)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(to).await.expect("a connection");
    stream
        .write_all(written(line, headers, body).as_bytes())
        .await
        .expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .expect("a status");
    Answer {
        status: status.parse().expect("a number"),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}

/// A request as HTTP has it.
pub fn written(line: &str, headers: &[(String, String)], body: &str) -> String {
    let mut text = format!(
        "{line} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text + "\r\n" + body
}
